"""
Step 32: a backward that can be differentiated
==============================================

Let the backward pass be recorded like any other computation, and the gradient is a variable with a
graph of its own. No rule has to change for it.

What has to change, so that a derivative can be differentiated again?
"""

# %%
# .. slide:: A derivative is a computation
#    :show: output
#    :minutes: 3
#
#    Products and sums, one after the other. Anything that is computed from x can be differentiated.
#
#    .. notes::
#       Write the four lines on the board, and let the group differentiate the last one.
#
# `Step 29 <step29.ipynb>`_ needed the second derivative of :math:`x^4 - 2x^2`, and had to be given
# a formula. Yet here is what ``backward`` does at 2, line by line, with numbers:

import numpy as np

x = np.array(2.0)
seed = np.array(1.0)
through_fourth = 4 * x ** 3 * seed
through_square = 2 * x * (-seed * 2)
gx = through_fourth + through_square
print(through_fourth, '+', through_square, '=', gx)
assert gx == 24

# %%
# Four lines of arithmetic, and :math:`x` occurs in them. If :math:`x` were a variable here, each
# line would be recorded, and ``gx`` would be a variable that knows how it came from :math:`x`. One
# more ``backward``, and there is the second derivative.
#
# So the pass itself must compute with variables, if it is asked to. What goes into it?
#
# - The **seed**: that becomes a variable by wrapping it.
# - What the **rules read**, ``self.xs`` and ``self.y``. These are arrays. In their place the rule
#   must find the *variables* from which they came, at their places in the graph.
# - The **rules** themselves. They are written with operators and with NumPy's names, ``np.cos(x) *
#   gy``. Since `step 24 <../stage2/step24.ipynb>`_ both work on variables as on arrays.
#
# The program
# -----------
# .. slide:: Not one rule changes
#    :show: program
#    :minutes: 6
#
#    The seed is wrapped; a copy of the function finds variables where it had kept arrays.
#
#    .. notes::
#       Ask what the book's program had to change here: each ``.data`` in each rule.
#
# ``with_variables`` makes a copy of a function which has variables in place of the arrays it kept.
# ``variable_at`` finds them: a leaf is its own place; for anything else it makes a variable anew,
# with the array that was kept and with the function of that place as its creator. That is as good
# as the one that was there in the forward run, which may have been dropped long ago. The original
# keeps its arrays, so that a plain pass costs what it did.
import copy
import heapq
import weakref
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

recording = ContextVar('recording', default=True)


@contextmanager
def no_grad():
    token = recording.set(False)
    try:
        yield
    finally:
        recording.reset(token)


implementations = {}


def implements(ufunc):
    def register(kind):
        implementations[ufunc] = kind
        return kind
    return register


class Variable:
    def __init__(self, data, name=None):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.grad = None
        self.name = name
        self.creator = None
        self.generation = 0

    def set_creator(self, f):
        self.creator = f
        self.generation = f.generation + 1

    def cleargrad(self):
        self.grad = None

    def retain_grad(self):
        if self.creator is not None:
            self.creator.retained = weakref.ref(self)

    def backward(self, create_graph=False):
        seed = np.ones_like(self.data) if self.grad is None else self.grad
        for v, gradient in backward_pass(self, seed, create_graph).items():
            if v is self or v.grad is None:
                v.grad = gradient
            else:
                v.grad = v.grad + gradient  # not +=: the array may be shared

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        name = '' if self.name is None else f', name={self.name!r}'
        return f'Variable({self.data}{name})'

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != '__call__' or options or ufunc not in implementations:
            raise TypeError(f'no derivative is known for this use of np.{ufunc.__name__}')
        return implementations[ufunc]()(*inputs)

    __add__ = lambda self, other: np.add(self, other)
    __radd__ = lambda self, other: np.add(other, self)
    __sub__ = lambda self, other: np.subtract(self, other)
    __rsub__ = lambda self, other: np.subtract(other, self)
    __mul__ = lambda self, other: np.multiply(self, other)
    __rmul__ = lambda self, other: np.multiply(other, self)
    __truediv__ = lambda self, other: np.divide(self, other)
    __rtruediv__ = lambda self, other: np.divide(other, self)
    __neg__ = lambda self: np.negative(self)
    __pow__ = lambda self, c: np.power(self, c)


def backward_pass(y, seed, create_graph=False):
    if create_graph and not isinstance(seed, Variable):
        seed = Variable(seed)
    gradients = {y.creator or y: seed}
    found = {}
    waiting = [(0, 0, y.creator)] if y.creator else []
    turn = 0
    while waiting:
        _, _, f = heapq.heappop(waiting)
        gy = gradients.pop(f)
        if f.retained is not None and f.retained() is not None:
            found[f.retained()] = gy
        rule = f.with_variables() if create_graph else f
        gxs = rule.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(f.parents, gxs):
            if parent is None:
                continue
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx
                continue
            gradients[parent] = gx
            if isinstance(parent, Function):
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found | gradients


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


def data_of(x):
    return x.data if isinstance(x, Variable) else x


def place_of(x):
    return x.creator or x if isinstance(x, Variable) else None  # a constant has none


def variable_at(place, data):
    if place is None:
        return data
    if isinstance(place, Variable):
        return place
    variable = Variable(data)
    variable.set_creator(place)
    return variable


class Function:
    keeps_xs = True
    keeps_y = False
    retained = None

    def __call__(self, *inputs):
        xs = tuple(data_of(x) for x in inputs)
        y = as_array(self.forward(*xs))
        output = Variable(y)
        variables = [x for x in inputs if isinstance(x, Variable)]
        for x in variables:
            if x.shape != y.shape:
                raise ValueError(f'{x.shape} was stretched to {y.shape}: not supported yet')
        if recording.get():
            self.parents = tuple(place_of(x) for x in inputs)
            self.generation = max(x.generation for x in variables)
            if self.keeps_xs:
                self.xs = xs
            if self.keeps_y:
                self.y = y
            output.set_creator(self)
        return output

    def with_variables(self):
        twin = copy.copy(self)
        if self.keeps_xs:
            twin.xs = tuple(variable_at(place, x) for place, x in zip(self.parents, self.xs))
        if self.keeps_y:
            twin.y = variable_at(self, self.y)
        return twin


@implements(np.power)
class Pow(Function):
    def __call__(self, x, c):
        if isinstance(c, Variable):
            raise TypeError('the exponent is a Variable: only numbers are supported')
        self.c = c
        return super().__call__(x)

    def forward(self, x):
        return x ** self.c

    def backward(self, gy):
        x, = self.xs
        return self.c * x ** (self.c - 1) * gy


@implements(np.exp)
class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return self.y * gy


@implements(np.add)
class Add(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 + x1

    def backward(self, gy):
        return gy, gy


@implements(np.subtract)
class Sub(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


@implements(np.multiply)
class Mul(Function):
    def forward(self, x0, x1):
        return x0 * x1

    def backward(self, gy):
        x0, x1 = self.xs
        return gy * x1, gy * x0


@implements(np.divide)
class Div(Function):
    def forward(self, x0, x1):
        return x0 / x1

    def backward(self, gy):
        x0, x1 = self.xs
        return gy / x1, gy * (-x0 / x1 ** 2)


@implements(np.negative)
class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


@implements(np.sin)
class Sin(Function):
    def forward(self, x):
        return np.sin(x)

    def backward(self, gy):
        x, = self.xs
        return np.cos(x) * gy


@implements(np.cos)
class Cos(Function):
    def forward(self, x):
        return np.cos(x)

    def backward(self, gy):
        x, = self.xs
        return -np.sin(x) * gy


def newton(f, second, x, steps):
    points = [float(x.data)]
    for _ in range(steps):
        x.cleargrad()
        f(x).backward()
        x.data = x.data - x.grad / second(x.data)
        points.append(float(x.data))
    return points


# %%
# The run
# -------
# .. slide:: Twenty-four, forty-four, forty-eight, twenty-four
#    :show: output
#    :minutes: 3
#
#    :math:`x^4 - 2x^2` at 2, and every derivative it has.
#
# At 2 the derivatives of :math:`x^4 - 2x^2` are :math:`4x^3 - 4x = 24`, then :math:`12x^2 - 4 =
# 44`, :math:`24x = 48` and 24.


def f(x):
    return x ** 4 - 2 * x ** 2


def functions_behind(y):
    found, stack = set(), [y.creator]
    while stack:
        g = stack.pop()
        if isinstance(g, Function) and g not in found:
            found.add(g)
            stack += g.parents
    return found


x = Variable(np.array(2.0))
y = f(x)
orders = [y]
for _ in range(4):
    x.cleargrad()
    orders[-1].backward(create_graph=True)
    orders.append(x.grad)
for n, v in enumerate(orders):
    print(f'order {n}: {float(v.data):4.0f}, {len(functions_behind(v)):3} functions')
assert [float(v.data) for v in orders] == [8, 24, 44, 48, 24]
assert all(isinstance(v, Variable) for v in orders)

x.cleargrad()
f(x).backward()  # unless asked to, a pass still computes with arrays
assert x.grad == 24 and not isinstance(x.grad, Variable)

# %%
# And with other functions, at other points, against differences *of gradients*. This is the
# **second-order check**: if the first derivative is right and can be differentiated, its derivative
# is the limit of these.


def second(f, point):
    x = Variable(np.array(point))
    f(x).backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    gx.backward()
    return float(x.grad)


def by_difference(f, point, eps=1e-5):
    slopes = []
    for s in (-eps, eps):
        x = Variable(np.array(point + s))
        f(x).backward()
        slopes.append(x.grad)
    return float(slopes[1] - slopes[0]) / (2 * eps)


formulas = [f, lambda x: np.exp(x * x), lambda x: np.sin(x) / x, lambda x: np.cos(x) ** 3,
            lambda x: 1 / (1 - x) - x * np.exp(-x)]
for formula in formulas:
    for point in [2.0, 0.7]:
        assert np.isclose(second(formula, point), by_difference(formula, point), 1e-6, 1e-7)
print('second derivatives agree with differences')

points = newton(f, lambda point: second(f, point), Variable(np.array(2.0)), 7)
assert points[1] == 1.4545454545454546 and points[-1] == 1.0  # as by hand

x = Variable(np.array(3.0))
(x + x).backward(create_graph=True)
assert isinstance(x.grad, Variable) and x.grad.data == 2  # even where no rule computes

# %%
# .. slide:: Forgotten to clear
#    :show: predict output
#    :minutes: 3
#
#    The first gradient is still there when the second arrives.
#
# .. predict:: x.grad is 24, a variable. We call x.grad.backward() without clearing first. The
#    second derivative is 44; what is x.grad now?
#    :answer: float(x.grad.data)
#    :type: number
#    :after:
#
#    - ``44``: That would be the second derivative alone. What arrives at a leaf is added to what is
#      there.
#    - ``24``: The second pass did arrive at x.

x = Variable(np.array(2.0))
f(x).backward(create_graph=True)
x.grad.backward()
print(x.grad)
assert x.grad.data == 24 + 44

# %%
# So we keep the first gradient under a name of its own, clear, and go back again. (`Step 36
# <step36.ipynb>`_ will ask for gradients without leaving them anywhere.)
#
# .. slide:: What a recorded pass computes
#    :show: statement
#    :minutes: 3
#
#    The numbers of the plain pass, and how they depend on the leaves.
#
# Proposition (a recorded pass)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let every rule compute its result from ``gy``, ``self.xs``, ``self.y`` and constants alone, by
# functions that the engine differentiates, and let no data have changed since the forward run. Then
# ``backward(create_graph=True)`` leaves in each leaf a variable with the data of the plain pass, up
# to rounding, whose graph expresses them as a function of the leaves. So its own ``backward`` gives
# the second derivatives.
#
# .. slide:: One entry of the table after the other
#    :show: proof
#    :below:
#    :minutes: 3
#
#    Whatever the rule combines is a variable already, and so is what it gives.
#
# Proof
# ~~~~~
# By induction over the turns of the pass we show that each entry of the table is a variable, with
# the plain pass's data and with a graph that computes these data from the leaves. The seed is a
# constant; it depends on no leaf. Now a function runs. Its ``gy`` is an entry of the table. A
# variable made by ``variable_at`` has the array that the forward run computed there, and as its
# creator the very function that computed it; hence its graph is the one that the forward run
# recorded, down to the leaves. The rule combines these by functions that compute on variables what
# they compute on arrays, and that record themselves. So what it gives is as claimed, and so is the
# sum with what was in the table before. The entries of the leaves are their gradients. That a pass
# through the graph of such an entry gives its derivatives is the theorem of `step 15
# <../stage2/step15.ipynb>`_. ∎
#
# .. slide:: A rule that looks past the engine
#    :show: output
#    :minutes: 5
#
#    The first derivative is right. The second is wrong, and nothing complains.
#
# What if a rule reads something else?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The hypothesis about the rules is the point. Here is one that keeps the array by itself, as one
# might, in ``forward``. For a plain pass that is all the same. In a recorded pass the array is a
# constant, and the way from it to :math:`x` is lost. Take :math:`(x^2)^2 = x^4` at 2, with
# derivatives 32 and 48.


class Careless(Function):
    def forward(self, x):
        self.kept = x
        return x ** 2

    def backward(self, gy):
        return 2 * self.kept * gy


def careless(x):
    return Careless()(x) ** 2


x = Variable(np.array(2.0))
careless(x).backward()
print('first derivative: ', x.grad)
print('second derivative:', second(careless, 2.0))
print('by differences:   ', round(by_difference(careless, 2.0), 4))
assert x.grad == 32 and second(careless, 2.0) == 32
assert abs(by_difference(careless, 2.0) - 48) < 1e-4

# %%
# In :math:`2 x^2 \cdot 2x` only the first factor was differentiated, :math:`4x \cdot 2x = 32`. The
# check of `step 10 <../stage1/step10.ipynb>`_ cannot see it, for the first derivative is right. The
# second-order check does.
#
# In the book, rules say ``self.inputs[0].data`` up to here, and this step takes each of these
# ``.data`` away. It is the same condition: a rule must not step out of the graph. Our rules have
# read what the engine gave them since `step 18 <../stage2/step18.ipynb>`_, and so none of them is
# in the difference above.
#
# .. slide:: A leaf holds its gradient, and the gradient holds the leaf
#    :show: output
#    :minutes: 3
#
#    A circle again: it waits for the collector, unless the gradient is cleared.
#
# Does it cost memory?
# ~~~~~~~~~~~~~~~~~~~~
# The graph of a gradient leads back to the leaf. Since the leaf holds its gradient, there is a
# circle: from :math:`x` to ``x.grad``, to its creator, and by parents on to :math:`x`. `Step 17
# <../stage2/step17.ipynb>`_ knows what follows. (PyTorch warns of it in the same situation.)
# Clearing the gradient opens the circle.

import gc

gc.disable()


def left_behind(create_graph, clear):
    x = Variable(np.array(2.0))
    f(x).backward(create_graph=create_graph)
    if clear:
        x.cleargrad()
    return weakref.ref(x)


for create_graph, clear in [(False, False), (True, False), (True, True)]:
    witness = left_behind(create_graph, clear)
    print(f'create_graph={create_graph}, cleared={clear}: still there:', witness() is not None)
    assert (witness() is not None) == (create_graph and not clear)
gc.enable()
_ = gc.collect()

# %%
# The graph
# ---------
# .. slide:: The graph of a derivative
#    :show: picture
#    :minutes: 3
#
#    Recorded by the backward pass of x³: a power, and two products.
#
# What ``backward(create_graph=True)`` records for :math:`y = x^3`, in ``dezero_lite``: not the
# function, but its derivative.
import dezero_lite
from dezero_lite import graph

v = dezero_lite.Variable(np.array(2.0), name='x')
w = v ** 3
w.backward(create_graph=True)
gv = v.grad
v.cleargrad()
gv.backward()
assert (gv.data, v.grad) == (12, 12)
graph(gv, names={"y'": gv}, values=True)

# %%
# Does everything from before still work?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A program that grows may lose something on the way. Two formulas that use all its operators, in
# both orders, against `differences <../stage1/step10.ipynb>`_, with gradients added up over two
# passes:

def still_right(formula, point, eps=1e-5):
    x = Variable(np.array(point))
    for _ in range(2):
        formula(x).backward()
    low, high = formula(np.array(point - eps)), formula(np.array(point + eps))
    return np.isclose(x.grad, 2 * (high - low) / (2 * eps), rtol=1e-8, atol=0)


mixed = [lambda x: (x * x - 3) / (1 + np.exp(-x)) - 2 / x,
         lambda x: (lambda a: np.sin(a) + x - a * np.cos(a) / 2)(2 - x ** 3)]
assert all(still_right(formula, point) for formula in mixed for point in [0.7, 1.3])

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: Now Newton's method can do it alone
#    :minutes: 1
#
#    The second derivative need not be handed in any more.
#
# The pieces are there. `Step 33 <step33.ipynb>`_ puts them into Newton's method, and nobody has to
# derive anything.

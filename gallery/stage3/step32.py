"""
Step 32: a backward that can be differentiated
==============================================

Record the backward pass like any other computation, and the gradient becomes a variable with a graph
of its own. No rule has to change for it.

What must change so that a derivative can itself be differentiated?
"""

# %%
# .. slide:: A derivative is a computation
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    The pass is three lines of products and sums. They are computed from x, so they can be differentiated as
#    well.
#
#    .. notes::
#       Write the three lines on the board, and let the group differentiate the last one.
#
# `Step 29 <step29.ipynb>`_ needed the second derivative of :math:`x^4 - 2x^2`, and had to be given
# a formula. Yet what ``backward`` does to find the first one is a few products and sums. They could be
# differentiated as well. Here they are, line by line.

import numpy as np


def pass_by_hand(x):
    seed = 1.0
    through_fourth = 4 * x ** 3 * seed
    through_square = 2 * x * (-seed * 2)
    return through_fourth + through_square


print(pass_by_hand(2.0))
assert pass_by_hand(2.0) == 24

# %%
# After the seed these are three lines of arithmetic, and :math:`x` occurs in them. Nothing stops us
# from putting a *variable* in for :math:`x`. Then each line is recorded, and what comes out is a
# variable that knows how it came from :math:`x`. One more ``backward``, and there is the second
# derivative, :math:`12x^2 - 4 = 44`:

import dezero_lite

x = dezero_lite.Variable(np.array(2.0))
gx = pass_by_hand(x)
gx.backward()
print(gx, x.grad)
assert gx.data == 24 and x.grad == 44

# %%
# So the pass itself must compute with variables, if it is asked to. What goes into it?
#
# - The **seed** is a 1, whatever :math:`x` is. It may stay an array: a constant.
# - The **rules** are written with operators and with NumPy's names, ``gy * np.cos(x)``. Since `step
#   24 <../stage2/step24.ipynb>`_ both work on variables as on arrays. They need no change.
# - What the **rules read**, ``self.xs`` and ``self.y``, are arrays. In their place the rule must find
#   *variables*, and at the right places in the graph. That is all there is to do.
#
# Which variable stands for an array?
# -----------------------------------
# .. slide:: What the rule reads has to be tied to x
#    :show: picture
#    :minutes: 4
#    :meeting:
#
#    :math:`y = e^x` at 1: the picture has the same product twice, loose and tied.
#
#    .. notes::
#       Ask for the derivative of each product with respect to x: go back along the arrows. From the
#       first there is no arrow to x.
#
# Take :math:`y = e^x` at 1. Its rule is ``gy * self.y``, and what the function has kept as ``self.y`` is an
# array, 2.718. The picture has the product twice: as the rule computes it from the array, and as it should
# be, from a variable. The loose one has the right value, and no path leads from it back to :math:`x`. The one
# that is tied can be differentiated.

from types import SimpleNamespace as Node

from dezero_lite import graph

x, gy = Node(data=1.0), Node(data=1.0)
y, array, loose, tied = [Node(data=np.exp(1.0)) for _ in range(4)]
exp, rule, twin = Node(), Node(), Node()
graph(calls=[(exp, [x], [y]), (rule, [gy, array], [loose]), (twin, [gy, y], [tied])],
      names={'x': x, 'y': y, 'gy': gy, 'array': array, 'loose': loose, 'tied': tied,
             'Exp': exp, "Exp's rule": rule, "its twin's rule": twin}, values=True)

# %%
# Must it be the very variable ``y`` of the forward run? That one may have been dropped long ago. But
# what makes a variable part of a graph is not the object. It is its **creator**, the place to which
# its gradients go. A *new* variable with the same number and the same creator is as good as the old
# one. So it is enough that a function knows its places: it is itself the place of its output, and its
# ``parents`` are those of its inputs.
#
# The original should keep its arrays, so that a plain pass costs what it did. So we make a copy of the
# function, its **twin**, give it variables in place of the arrays, and run the rule of the twin. It is
# no contradiction that the twin of ``Exp`` holds a variable whose creator is the original: the twin is
# in no graph. It computes a product, and is dropped.
#
# .. ask::
#    Let the backward pass be recorded: how can a derivative be differentiated?
#
#    - ``y.backward(create_graph=True)``, the argument by its name: then ``x.grad`` of a leaf is a
#      variable, with the data that a plain pass leaves there, and ``x.grad.backward()`` goes back
#      from it. It records in a block of ``no_grad`` as well.
#    - ``y.backward()`` leaves arrays as before.
#    - ``np.cos(x)`` works on a variable.
#
# The program
# -----------
# .. slide:: Not one rule changes
#    :show: program
#    :pieces: Function.pull Function.with_variables
#    :minutes: 5
#    :meeting:
#
#    A copy of the function finds variables where it had kept arrays.
#
#    .. notes::
#       Ask what the book's program had to change here: each ``.data`` in each rule.
#
# In the pass one line is new: it calls ``place.pull``, which runs the rule of the function, or of its
# twin. ``with_variables`` makes the twin; ``variable_at`` has made the output of each call since step
# 19, and now makes its stand-in as well. ``handed_out`` wraps what is no variable in the end, for a
# gradient may be a constant, and then nothing was recorded. If a block of ``no_grad`` is open, the
# pass records all the same: someone has asked for it. And since the rule of ``Sin`` calls ``np.cos``,
# now on a variable, the engine learns ``Cos``.
import copy
import heapq
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

pauses = ContextVar('pauses', default=0)  # how many blocks of no_grad are open


@contextmanager
def paused(by):
    pauses.set(pauses.get() + by)
    try:
        yield
    finally:
        pauses.set(pauses.get() - by)


def no_grad():
    return paused(1)


implementations = {}


def implements(numpy_function):
    def register(f):
        implementations[numpy_function] = (lambda *inputs: f()(*inputs)) if isinstance(f, type) else f
        return f
    return register


class Variable:
    creator = None
    generation = 0
    gradient = None
    retains = True

    def __init__(self, data, name=None):
        if not isinstance(data, (np.ndarray, np.generic)):
            raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.name = name

    @property
    def grad(self):
        return place_of(self).gradient

    @grad.setter
    def grad(self, gradient):
        place_of(self).gradient = gradient

    def cleargrad(self):
        self.grad = None

    def retain_grad(self):
        place_of(self).retains = True

    def backward(self, *, create_graph=False):
        with paused(-pauses.get() if create_graph else 0):
            found = backward_pass(self, create_graph)
            for place, gradient in found.items():
                if place.gradient is not None:
                    gradient = place.gradient + gradient
                place.gradient = handed_out(gradient, place, create_graph)

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    dtype = property(lambda self: self.data.dtype)

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        name = '' if self.name is None else f', name={self.name!r}'
        return f'Variable({self.data}{name})'

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != '__call__' or options or ufunc not in implementations:
            raise TypeError(f'no derivative is known for this use of np.{ufunc.__name__}')
        return implementations[ufunc](*inputs)

    __add__ = lambda self, other: implementations[np.add](self, other)
    __radd__ = lambda self, other: implementations[np.add](other, self)
    __sub__ = lambda self, other: implementations[np.subtract](self, other)
    __rsub__ = lambda self, other: implementations[np.subtract](other, self)
    __mul__ = lambda self, other: implementations[np.multiply](self, other)
    __rmul__ = lambda self, other: implementations[np.multiply](other, self)
    __truediv__ = lambda self, other: implementations[np.divide](self, other)
    __rtruediv__ = lambda self, other: implementations[np.divide](other, self)
    __pow__ = lambda self, c: implementations[np.power](self, c)
    __neg__ = lambda self: implementations[np.negative](self)


def backward_pass(y, create_graph=False):
    gradients = {place_of(y): np.ones_like(y.data)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place.retains:
            found[place] = gy
        if place.generation == 0:
            continue
        for parent, gx in zip(place.parents, place.pull(gy, create_graph)):
            if parent is None:
                continue
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def handed_out(gradient, place, create_graph):
    if isinstance(gradient, Variable):
        return gradient
    gradient = np.array(gradient, place.dtype if isinstance(place, Variable) else gradient.dtype)
    return Variable(gradient) if create_graph else gradient


def data_of(x):
    if isinstance(x, Variable):
        x = x.data
    elif isinstance(x, np.ndarray):
        x = x.copy()  # its owner may change it before the pass
    return x[()] if isinstance(x, np.ndarray) and x.ndim == 0 else x  # a number has no axes


def place_of(x):
    if isinstance(x, Variable):
        return x if x.creator is None else x.creator
    return None  # a constant has none


def variable_at(place, data):
    variable = Variable(np.asarray(data))
    variable.creator, variable.generation = place, place.generation
    return variable


class Function:
    gradient = None
    retains = False
    keeps_xs = True
    keeps_y = False

    def __call__(self, *inputs):
        xs = tuple(map(data_of, inputs))
        y = self.forward(*xs)
        if pauses.get():
            return Variable(np.asarray(y))
        for x in inputs:
            if isinstance(x, Variable) and x.shape != np.shape(y):
                raise ValueError(f'{x.shape} was stretched to {np.shape(y)}: not supported yet')
        self.parents = tuple(map(place_of, inputs))
        self.generation = 1 + max([place.generation for place in self.parents if place is not None], default=0)
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = y
        return variable_at(self, y)

    def pull(self, gy, create_graph):
        rule = self.with_variables() if create_graph else self
        gxs = rule.backward(gy)
        return gxs if isinstance(gxs, tuple) else (gxs,)

    def with_variables(self):
        twin = copy.copy(self)
        if self.keeps_xs:
            twin.xs = tuple([x if place is None else variable_at(place, x) for place, x in zip(self.parents, self.xs)])
        if self.keeps_y:
            twin.y = variable_at(self, self.y)
        return twin


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
        return gy / x1, -gy * (x0 / x1 / x1)


@implements(np.negative)
class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


@implements(np.power)
class Pow(Function):
    def __call__(self, x, c):
        if isinstance(c, Variable):
            raise TypeError('the exponent is a Variable: only numbers are supported')
        return super().__call__(x, c)

    def forward(self, x, c):
        return x ** c

    def backward(self, gy):
        x, c = self.xs
        return gy * (c * x ** (c - (c != 0))), None


@implements(np.exp)
class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.y


@implements(np.sin)
class Sin(Function):
    def forward(self, x):
        return np.sin(x)

    def backward(self, gy):
        x, = self.xs
        return gy * np.cos(x)


@implements(np.cos)
class Cos(Function):
    def forward(self, x):
        return np.cos(x)

    def backward(self, gy):
        x, = self.xs
        return -gy * np.sin(x)

# %%
# The run
# -------
# .. slide:: Twenty-four, forty-four, forty-eight, twenty-four
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    :math:`x^4 - 2x^2` at 2, and its first four derivatives.
#
#    .. notes::
#       There are seven functions in each, from the first on: a power and two products for each term, and a
#       sum.
#
# .. internal:: functions_behind
#
# At 2 the derivatives of :math:`x^4 - 2x^2` are :math:`4x^3 - 4x = 24`, then :math:`12x^2 - 4 =
# 44`, :math:`24x = 48` and 24. The first one is recorded by seven functions: for each of the two terms
# a power and two products, and the sum of both. So are the others, since the engine does not notice
# that a power has become a constant.


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


def orders(f, point, n):
    x = Variable(np.array(point))
    found = [f(x)]
    for _ in range(n):
        x.cleargrad()
        found[-1].backward(create_graph=True)
        found.append(x.grad)
    return found


for n, v in enumerate(orders(f, 2.0, 4)):
    print(f'order {n}: {float(v.data):4.0f}, {len(functions_behind(v))} functions')
    assert isinstance(v, Variable) and len(functions_behind(v)) == (7 if n else 4)
assert [float(v.data) for v in orders(f, 2.0, 5)] == [8, 24, 44, 48, 24, 0]
assert [float(v.data) for v in orders(f, 0.0, 5)] == [0, 0, -4, 0, 24, 0]

x = Variable(np.array(2.0))
f(x).backward()  # unless asked to, a pass still computes with arrays
assert x.grad == 24 and not isinstance(x.grad, Variable)

# %%
# .. internal::
#
# Here is the twin of the picture, for :math:`e^x` at 1. The original keeps its array. The twin has a
# variable whose creator is the original, and the product that is recorded has the original ``Exp`` as
# the place of its second input. The first is the seed, a constant, which has no place.

x = Variable(np.array(1.0))
y = np.exp(x)
exp, twin = y.creator, y.creator.with_variables()
y.backward(create_graph=True)
print('the original keeps:', type(exp.y).__name__, ' its twin:', repr(twin.y))
assert not isinstance(exp.y, Variable) and twin.y.creator is exp and twin.y.data == exp.y
assert x.grad.creator.parents == (None, exp) and x.grad.data == exp.y

# %%
# Now we try other functions at other points, and compare with differences *of gradients*. This is the
# **second-order check**: if the first derivative is right and can be differentiated, its derivative is the
# limit of these.


def slope(f, point):
    x = Variable(np.array(point))
    f(x).backward()
    return x.grad


def second(f, point):
    x = Variable(np.array(point))
    f(x).backward(create_graph=True)
    first = x.grad
    x.cleargrad()
    first.backward()
    return x.grad


def by_differences(f, point, eps=1e-5):
    return (f(point + eps) - f(point - eps)) / (2 * eps)


formulas = [f, lambda x: np.exp(x * x), lambda x: np.sin(x) / x, lambda x: np.cos(x) ** 3,
            lambda x: 1 / (1 - x) - x * np.exp(-x)]
for formula in formulas:
    for point in [2.0, 0.7]:
        difference = by_differences(lambda p: slope(formula, p), point)
        assert np.isclose(second(formula, point), difference, rtol=1e-6, atol=1e-7)
print('second derivatives agree with differences')

x = Variable(np.array(3.0))
(x + x).backward(create_graph=True)
assert isinstance(x.grad, Variable) and x.grad.data == 2  # even where no rule computes anything

# %%
# .. slide:: The second pass, at once
#    :show: predict output
#    :minutes: 3
#    :meeting:
#
#    The first gradient is a variable, and we go back from it.
#
#    .. notes::
#       Where does the second pass put what it finds? At x, where something is already.
#
# .. predict:: At 2, x.grad is 24, a variable. We call x.grad.backward() without clearing first. The
#    second derivative is 44; what is x.grad now?
#    :answer: 68.0 = float(x.grad.data)
#    :type: number
#    :after:
#
#    - ``float(x.grad.data)``: What arrives at a leaf is added to what is there, and the first
#      derivative is still there: 24 + 44.
#    - ``44``: That would be the second derivative alone. What arrives at a leaf is added to what is
#      there.
#    - ``24``: That is the first derivative. But the second pass arrives at x, too.
#
# .. internal:: 24 + 44

x = Variable(np.array(2.0))
f(x).backward(create_graph=True)
x.grad.backward()
print(x.grad)
assert x.grad.data == 24 + 44

# %%
# So we keep the first gradient under a name of its own, clear, and go back again. (`Step 36
# <step36.ipynb>`_ will ask for gradients without leaving them anywhere.)
#
# What if a leaf gets new data meanwhile?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. internal::
#
# Nothing happens: both passes compute with the data of the call. A function has kept the array that it
# read, and the stand-in for the leaf holds that array, and not the leaf's new one. For :math:`x^3`,
# called at 2, the derivative is 12, though :math:`x` is 5 by now and :math:`3 \cdot 5^2 = 75`:

x = Variable(np.array(2.0))
y = x ** 3
x.data = np.array(5.0)
for create_graph in [False, True]:
    x.cleargrad()
    y.backward(create_graph=create_graph)
    print(repr(x.grad))
    assert (x.grad.data if create_graph else x.grad) == 12
assert 3 * x.data ** 2 == 75

# %%
# .. slide:: What a recorded pass computes
#    :show: statement
#    :minutes: 3
#
#    It computes not one number, but the derivative as a function of the leaves.
#
#    .. notes::
#       The right number at one point would not be enough: many expressions are 24 at 2.
#
# Proposition (a recorded pass)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let every rule compute its result from ``gy``, ``self.xs``, ``self.y`` and constants alone, by
# functions that the engine differentiates. Then ``backward(create_graph=True)`` leaves in each leaf
# that it reaches, and whose gradient was cleared, a variable with the data of the plain pass. If the
# functions behind this variable are run at other values of the leaves, they give what the functions
# behind :math:`y` and a plain pass through them would give there, up to rounding. So where all of them
# are twice differentiable, its own ``backward`` gives the second derivatives of what ran.
#
# .. slide:: One entry of the table after the other
#    :show: proof
#    :below:
#    :minutes: 4
#
#    Whatever the rule combines is right for all values of the leaves, and so is what it gives.
#
#    .. notes::
#       The order of the turns depends on generations and not on data: that is why one can compare the
#       passes at two points turn by turn.
#
# Proof
# ~~~~~
# Think of a plain pass at other values of the leaves, with the same functions. The order of its turns
# is the same, since it depends on generations and parents, and not on data. We show by induction over
# the turns: *each entry of the table is a constant or a variable which, if the functions behind it are
# run at these other values, gives what stands in the table of that other pass.* At the values that the
# leaves have, this says that the data are those of the plain pass.
#
# The seed consists of ones in both passes. Now a function runs. Its ``gy`` is an entry of the table. A
# variable made by ``variable_at`` has for its creator the very function that computed this array in
# the forward run, or the leaf itself. So at the other values it gives what the forward run would give
# there, and this is what the rule of the other pass reads; constants are the same in both. The rule
# combines all these by functions that compute on variables what they compute on arrays, and that
# record themselves. So what it gives is as claimed, and so is the sum with what was in the table
# before.
#
# The entry of a leaf :math:`x` is therefore, as a function of the leaves, what the plain pass computes
# at all their values, and by the corollary of `step 15 <../stage2/step15.ipynb>`_ that is
# :math:`\partial y/\partial x`. By the same corollary a pass through the graph of this entry gives its
# derivatives. ∎
#
# For a program with a loop, as in `step 27 <step27.ipynb>`_, "what ran" is the point: the derivative is
# that of the functions that were called, with as many turns of the loop as there were.
#
# .. slide:: A rule that looks past the engine
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    The first derivative is right. The second is wrong, and nothing complains.
#
#    .. notes::
#       It keeps the array by itself. Where in the picture of the twin is that array?
#
# What if a rule reads something else?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. flaw:: == 32
#
# The hypothesis about the rules is the point. Here is one that keeps the array by itself, as one
# might, in ``forward``. In a plain pass it makes no difference. In a recorded pass the array is a
# constant, and the path from it to :math:`x` is lost. Take :math:`(x^2)^2 = x^4` at 2, with
# derivatives 32 and 48.


class Careless(Function):
    def forward(self, x):
        self.kept = x
        return x ** 2

    def backward(self, gy):
        return 2 * self.kept * gy


def careless(x):
    return Careless()(x) ** 2


print('first derivative: ', slope(careless, 2.0))
print('second derivative:', second(careless, 2.0))
print('by differences:   ', round(by_differences(lambda p: slope(careless, p), 2.0), 4))
assert slope(careless, 2.0) == 32 and second(careless, 2.0) == 32
assert abs(by_differences(lambda p: slope(careless, p), 2.0) - 48) < 1e-4
assert 2 * 3.0 ** 2 * 4 == 72 and slope(careless, 3.0) == 108

# %%
# In :math:`2 x^2 \cdot 2x` only the first factor was differentiated, :math:`4x \cdot 2x = 32`. At 2 the
# recorded expression has the right value. At 3, say, its value is wrong, 72 in place of 108: the second factor
# stays 4 there, and this is where the proof fails. The check of `step 10 <../stage1/step10.ipynb>`_ cannot
# see it, for the first derivative is right. The second-order check does.
#
# In the book, rules say ``self.inputs[0].data`` up to here, and this step takes each of these
# ``.data`` away. It is the same condition: a rule must not step out of the graph. Our rules have
# read what the engine gave them since step 19, and so none of them appears in the diff above.
#
# .. slide:: A leaf holds its gradient, and the gradient holds the leaf
#    :show: output
#    :minutes: 2
#
#    That is a circle again, and it waits for the collector, unless the gradient is cleared.
#
#    .. notes::
#       Step 17 once more. PyTorch prints a warning here.
#
# Does it cost memory?
# ~~~~~~~~~~~~~~~~~~~~
# .. flaw:: witness
#
# The graph of a gradient leads back to the leaf. Since the leaf holds its gradient, there is a
# circle: from :math:`x` to ``x.grad``, to its creator, and by parents on to :math:`x`. `Step 17
# <../stage2/step17.ipynb>`_ knows what follows. (PyTorch warns of it in the same situation.)
# Clearing the gradient opens the circle.

import gc
import weakref

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
#    :minutes: 2
#    :meeting:
#    :recap:
#
#    For :math:`e^x` the pass has recorded one product, which is tied to x by y.
#
#    .. notes::
#       Compare with the picture before the program: this is its second product.
#
# This is what ``backward(create_graph=True)`` has recorded for :math:`y = e^x`: one product, tied to
# :math:`x` by the function's own graph. The seed, a constant, has no place in it.
from dezero_lite import graph

x = Variable(np.array(1.0), name='x')
y = np.exp(x)
y.backward(create_graph=True)
gx = x.grad
x.cleargrad()
gx.backward()
assert gx.data == x.grad == np.exp(1.0)
graph(gx, names={'y': y, "y'": gx}, values=True)

# %%
# Does everything from before still work?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# This is the test of `step 27 <step27.ipynb>`_ (formulas against differences, two passes, and what is
# kept), and the second-order check besides.

def slope(formula, point):
    x = Variable(point)
    for _ in range(2):
        formula(x).backward()
    return x.grad / 2


def second(formula, point):
    x = Variable(point)
    y = formula(x)
    with no_grad():
        y.backward(create_graph=True)  # records all the same
    first = x.grad
    x.cleargrad()
    first.backward()
    return x.grad


def by_differences(f, point, eps=1e-5):
    return (f(point + eps) - f(point - eps)) / (2 * eps)


def through_a(x):
    a = 2 - x ** 3
    return np.sin(a) + x - a * np.cos(a) / (3 - np.sin(a))


def right(slopes, differences):
    return np.allclose(slopes, differences, rtol=1e-7, atol=0)


point = np.array([0.7, 1.3])
formulas = [lambda x: (x * x - 3) / (1 + np.exp(-x)) - 2 / x, through_a,
            lambda x: x + x + x + point / (point - 3 * x) - (x / 5) ** -2]
for formula in formulas:
    assert right(slope(formula, point), by_differences(formula, point))
    differences = by_differences(lambda p: slope(formula, p), point)
    assert right(second(formula, point), differences)

x, z = Variable(point), Variable(point)
(x + z).backward()
x.grad[0] = 5.0
assert z.grad[0] == 1  # each gradient is an array of its own

x = Variable(point)
a = x * x
a.retain_grad()
(a * 3).backward()
assert np.all(a.grad == 3) and np.all(x.grad == 6 * point)
factors = np.array([2.0, 3.0])
x.cleargrad()
y = x * factors
factors[:] = 0  # the call has kept them as they were
y.backward()
assert np.all(x.grad == [2, 3])

# %%
# .. internal::
#
# In a block of ``no_grad`` nothing is recorded. Outside of it, stretching is still refused.

with no_grad():
    assert (x * 2).creator is None
try:
    x + Variable(np.array(1.0))
    raise AssertionError('a number was stretched')
except ValueError as error:
    print(error)

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: Now Newton's method can do it alone
#    :minutes: 1
#    :meeting:
#
#    The second derivative need not be handed in any more.
#
#    .. notes::
#       Which lines of step 29's newton will change?
#
# The pieces are there. `Step 33 <step33.ipynb>`_ puts them into Newton's method, and nobody has to
# derive anything.

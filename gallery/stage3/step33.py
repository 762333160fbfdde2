"""
Step 33: Newton's method, by itself
===================================

The engine finds the second derivative, and Newton's method finds the same points to the last digit.
Now it works for functions that nobody would like to differentiate twice.

Does it find the same points, when nobody writes the second derivative?
"""

# %%
# .. slide:: Which point of the bell is nearest?
#    :show: output
#    :minutes: 3
#
#    The curve :math:`e^{-x^2}`, and a traveller at (1, 1). To go down on this, who wants to
#    differentiate
#    it twice by hand?
#
#    .. notes::
#       Let somebody try it on the board, and look at the clock.
#
# `Step 29 <step29.ipynb>`_ went down on a polynomial, whose second derivative is quickly written.
# Here is a question with a less pleasant one: which point of the curve :math:`y = e^{-x^2}` is
# nearest to the point (1, 1)? The square of the distance is :math:`(x - 1)^2 + (e^{-x^2} - 1)^2`.
# We try a few places:

import numpy as np


def squared_distance(x):
    return (x - 1) ** 2 + (np.exp(-x ** 2) - 1) ** 2


tried = {x: squared_distance(x) for x in [0.0, 0.25, 0.5, 0.75, 1.0]}
for x, d in tried.items():
    print(f'x = {x:4}: {d:.4f}')
assert min(tried, key=tried.get) == 0.75

# %%
# Somewhere near 0.75. To find it exactly, Newton's method needs :math:`f'` and :math:`f''`, and by
# hand that is a product rule within a chain rule, two times. Since `step 32 <step32.ipynb>`_ the
# engine can do it: go back once with ``create_graph=True``, and then go back from the gradient.
#
# The program
# -----------
# .. slide:: Two passes, and a clear between them
#    :show: changes program
#    :minutes: 4
#
#    The first pass is recorded. Its result keeps its name, ``first``, while x is cleared for the
#    second.
#
# ``newton`` no longer takes ``second``. It lets the first pass be recorded, puts the gradient aside
# under the name ``first``, clears, and goes back from there. The second pass is not recorded, since
# nobody asks for a third derivative; so ``x.grad`` is an array then. The step itself is a
# computation with arrays.

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


def newton(f, x, steps):
    points = [float(x.data)]
    for _ in range(steps):
        x.cleargrad()
        f(x).backward(create_graph=True)
        first = x.grad
        x.cleargrad()
        first.backward()
        x.data = x.data - first.data / x.grad
        points.append(float(x.data))
    return points


# %%
# The run
# -------
# .. slide:: The same eight points
#    :show: output
#    :meeting:
#    :minutes: 3
#
#    By hand on the left, by the engine on the right.
#
# The function of step 29, from 2, beside the same method with the formula :math:`12 x^2 - 4`:


def f(x):
    return x ** 4 - 2 * x ** 2


points = newton(f, Variable(np.array(2.0)), 7)
by_hand = [2.0]
for _ in range(7):
    x = by_hand[-1]
    by_hand.append(x - (4 * x ** 3 - 4 * x) / (12 * x ** 2 - 4))
for left, right in zip(by_hand, points):
    print(f'{left:<20} {right}')
assert points == by_hand == [2.0, 1.4545454545454546, 1.1510467893775467, 1.0253259289766978,
                             1.0009084519430513, 1.0000012353089454, 1.000000000002289, 1.0]

# %%
# Not a digit differs. That is a little more than one may ask for: the engine adds up :math:`12 x^2`
# and :math:`-4` from other products than the formula does, and each product is rounded. What holds
# at every point is that both compute the same second derivative, up to rounding; that is the
# proposition of step 32.
#
# .. slide:: The nearest point
#    :show: picture
#    :meeting:
#    :minutes: 3
#
#    Five steps from 0.75. The way from (1, 1) meets the curve at a right angle.
#
# And the traveller? From 0.75, five steps. We need not trust the engine that this is the place: the
# shortest way to a curve meets it at a right angle. The direction of the curve is :math:`(1, -2x
# e^{-x^2})`, which is quickly found by hand.

import matplotlib.pyplot as plt

ways = newton(squared_distance, Variable(np.array(0.75)), 5)
print(*[f'{x:.12f}' for x in ways])
x = ways[-1]
foot, direction = np.array([x, np.exp(-x ** 2)]), np.array([1, -2 * x * np.exp(-x ** 2)])
assert abs((foot - 1) @ direction) < 1e-14 and ways[5] == ways[4]
grid = np.linspace(-0.6, 2, 400)
assert squared_distance(x) <= squared_distance(grid).min()

figure, axes = plt.subplots(figsize=(7, 3.8))
axes.plot(grid, np.exp(-grid ** 2), color='black', label='$e^{-x^2}$')
axes.plot(*zip((1, 1), foot), 'o-', color='C1', label='the shortest way')
circle = plt.Circle((1, 1), squared_distance(x) ** 0.5, fill=False, linestyle=':', color='C0')
axes.add_patch(circle)
axes.set(aspect='equal', ylim=(0, 1.7), xlabel='x', ylabel='y')
axes.legend(loc='upper left')
figure.set_label('The bell curve, the point (1, 1) above it, and the shortest way from there to '
                 'the curve, which meets it at a right angle. A circle about (1, 1) touches the '
                 'curve at that point.')

# %%
# .. slide:: Forgotten to clear
#    :show: predict output
#    :meeting:
#    :minutes: 4
#
#    Then f′ + f″ is in the denominator. Does the method still arrive at 1?
#
# What if one forgets to clear between the passes?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Then the second derivative is added to the first, and the step divides by :math:`f' + f''`.
#
# .. predict:: Newton's method from 2 is exactly at 1.0 after 7 steps. The clear between the two
#    passes is left
#    out, so it divides by f′ + f″. After how many steps is it at 1.0 now?
#    :answer: late
#    :type: number
#    :after:
#
#    - ``7``: The points differ from the first step on: 24/(24 + 44) is not 24/44.
#    - ``0``: It does arrive: a point stays where it is only where f′ is 0.


def forgetful(f, x):
    x.cleargrad()
    f(x).backward(create_graph=True)
    first = x.grad
    first.backward()
    return x.data - first.data / x.grad.data


x, way = Variable(np.array(2.0)), [2.0]
while way[-1] != 1 and len(way) < 30:
    x.data = forgetful(f, x)
    way.append(float(x.data))
late = len(way) - 1
print(late, 'steps:', *[f'{p:.9f}' for p in way[1:]])
assert np.isclose(way[1], 2 - 24 / (24 + 44)) and way[-1] == 1 and late > 7
factors = [(b - 1) / (a - 1) ** 2 for a, b in zip(way, way[1:]) if 1e-5 < a - 1 < 1e-2]
assert np.allclose(factors, 2.5, atol=0.05) and len(factors) >= 1

# %%
# It arrives, and the digits even double near the end, since :math:`f'` is nearly 0 there: the error
# is still squared, with the factor 2.5 in place of 1.5. A mistake that only costs a few steps is
# the hardest to find. The comparison with the formula finds it in the first step.
#
# .. slide:: Metres or millimetres?
#    :show: statement proof
#    :minutes: 4
#
#    Newton's method makes the same steps in any unit. Descent does not.
#
# Why does it need no learning rate?
# ----------------------------------
# Suppose that we measure :math:`x` in another unit, and from another zero: :math:`x = a t + b`. For
# descent that is another problem. For Newton's method it is the same.
#
# Proposition (units do not matter)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`f` be twice differentiable, :math:`a \ne 0` and :math:`g(t) = f(a t + b)`. If Newton's
# method for :math:`g` goes from :math:`t` to :math:`t^+`, then Newton's method for :math:`f` goes
# from :math:`a t + b` to :math:`a t^+ + b`.
#
# Proof
# ~~~~~
# Let :math:`x = a t + b`. By the chain rule :math:`g'(t) = a f'(x)` and :math:`g''(t) = a^2
# f''(x)`. So :math:`g''(t) \ne 0` if and only if :math:`f''(x) \ne 0`, and then
#
# .. math::
#     a t^+ + b = a t - a\,\frac{a f'(x)}{a^2 f''(x)} + b = x - \frac{f'(x)}{f''(x)} . \;∎
#
# .. slide:: A thousand times finer
#    :show: output
#    :minutes: 3
#
#    Now t is in thousandths. Newton's method does not notice, and descent hardly moves.
#
# With :math:`a = 1/1000`: :math:`t` starts at 2000. Descent with the rate 0.01, which `took 70
# steps <step29.ipynb>`_ to come near the minimum at 1, is a million times slower now:


def g(t):
    return f(t / 1000)


finer = newton(g, Variable(np.array(2000.0)), 7)
print('Newton: ', *[f'{t:.4f}' for t in finer])
assert np.allclose(np.divide(finer, 1000), points, rtol=1e-14, atol=0)

t = Variable(np.array(2000.0))
for _ in range(70):
    t.cleargrad()
    g(t).backward()
    t.data = t.data - 0.01 * t.grad
print(f'descent: {t.data:.4f} after 70 steps')
assert np.isclose(2000 - t.data, 70 * 0.01 * 24 / 1000, rtol=1e-3)

# %%
# .. slide:: Two variables: a matrix takes the place of f″
#    :show: output
#    :meeting:
#    :minutes: 4
#
#    Rosenbrock's valley from (0, 2). Descent was at (0.68, 0.47) after a thousand steps.
#
# And with two variables?
# -----------------------
# Then :math:`f'` is the gradient :math:`g`, :math:`f''` is the matrix of second derivatives
# :math:`H`, and the step goes to :math:`x - H^{-1} g`. The program's parts suffice: each component
# of the gradient is a variable, and going back from it gives one row of :math:`H`. In the valley of
# `step 28 <step28.ipynb>`_, from (0, 2):


def gradient_and_hessian(f, xs):
    for x in xs:
        x.cleargrad()
    f(*xs).backward(create_graph=True)
    first, rows = [x.grad for x in xs], []
    for component in first:
        for x in xs:
            x.cleargrad()
        component.backward()
        rows.append([0.0 if x.grad is None else x.grad for x in xs])
    return np.array([v.data for v in first]), np.array(rows)


def rosenbrock(x0, x1):
    return 100 * (x1 - x0 ** 2) ** 2 + (1 - x0) ** 2


xs, path = [Variable(np.array(0.0)), Variable(np.array(2.0))], []
for step in range(6):
    a, b = (float(x.data) for x in xs)
    path.append((a, b))
    print(f'step {step}: ({a:.6f}, {b:.6f}), value {rosenbrock(a, b):.3g}')
    slope, H = gradient_and_hessian(rosenbrock, xs)
    assert np.allclose(H, [[1200 * a * a - 400 * b + 2, -400 * a], [-400 * a, 200]], rtol=1e-13)
    for x, move in zip(xs, np.linalg.solve(H, slope)):
        x.data = np.array(x.data - move)
assert np.allclose(path[5], 1, rtol=0, atol=1e-6)
assert round(rosenbrock(*path[1]), 2) == 1.01 and round(rosenbrock(*path[2])) == 101

# %%
# Five steps. On the way the value once rises from 1.01 to 101: Newton's method asks where the slope
# is 0, not where it goes down. (The matrix is asserted against its formula at each point. A
# gradient may be None here, where a component does not depend on a variable; its derivative is 0
# then.)
#
# The graph
# ---------
# .. slide:: What the second pass goes back through
#    :show: picture
#    :minutes: 2
#
#    The first pass has drawn this. The second walks back from y′ to x.
#
# The graph of ``first`` at 2, in ``dezero_lite``. The second pass goes back through it, from
# :math:`y' = 24` to :math:`x`, and finds 44.
import dezero_lite
from dezero_lite import graph

v = dezero_lite.Variable(np.array(2.0), name='x')
f(v).backward(create_graph=True)
first = v.grad
v.cleargrad()
first.backward()
assert (first.data, v.grad) == (24, 44)
graph(first, names={"y'": first}, values=True)

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: And the third, and the eighth?
#    :minutes: 1
#
#    One pass more for each order. Each goes through the graph that the one before it has drawn.
#
# Nothing stops us from recording the second pass as well, and going on. Each pass goes through the
# graph that the pass before has drawn, and draws a larger one. How much larger? `Step 35
# <step35.ipynb>`_ counts.

"""
Step 29: Newton's method, by hand
=================================

A parabola fitted at the current point knows how far to go. Seven steps suffice, and near the end
each doubles the number of right digits; but somebody has to write down the second derivative.

How few steps will do, if we know not only the slope but also how fast it changes?
"""

# %%
# .. slide:: One step to the bottom of the parabola
#    :show: picture
#    :minutes: 4
#    :meeting:
#
#    At 2 the function has a value, a slope and a curvature. One parabola has all three.
#
#    .. notes::
#       Ask where the next parabola will touch, and where its bottom will be.
#
# Let us go down on :math:`f(x) = x^4 - 2x^2`, from :math:`x = 2`. Its minima are at -1 and 1. `Step 28
# <step28.ipynb>`_ would have to choose a learning rate. Newton's method does not: it puts a parabola in place
# of the function, the one that has the same value, slope and curvature at :math:`x`, and goes to its lowest
# point. The parabola is :math:`f(x) + f'(x)\, d + f''(x)\, d^2/2` at :math:`x + d`. If :math:`f''(x)` is
# positive, it opens upward and is lowest where :math:`f'(x) + f''(x)\, d = 0`. This gives the step.
#
# .. math::
#     x \;\to\; x - \frac{f'(x)}{f''(x)}
#
# It is gradient descent with a learning rate of its own for each point, :math:`1/f''(x)`.

import matplotlib.pyplot as plt
import numpy as np

grid = np.linspace(0.4, 2.2, 80)
figure, axes = plt.subplots(figsize=(7, 4))
axes.plot(grid, grid ** 4 - 2 * grid ** 2, color='black', label='$x^4 - 2x^2$')
point = 2.0
for colour in ['C0', 'C1', 'C2']:
    value, slope = point ** 4 - 2 * point ** 2, 4 * point ** 3 - 4 * point
    bend, d = 12 * point ** 2 - 4, grid - point
    axes.plot(grid, value + slope * d + bend * d ** 2 / 2, '--', color=colour)
    axes.plot(point, value, 'o', color=colour, label=f'at {point:.3f}')
    point -= slope / bend
axes.set(ylim=(-2.5, 9), xlabel='x')
axes.legend()
figure.set_label('The curve of the function and three parabolas that touch it at 2, 1.455 and 1.151. '
                 'Each touches where the one before is lowest; the bottoms come close to 1.')

# %%
# .. ask::
#    How far should a step of descent be, if one knows the second derivative?
#
#    - ``newton(f, second, x, steps)`` takes a function, its second derivative as a formula for
#      numbers, a variable and a number of steps. It moves the variable by :math:`-f'/f''` in each
#      step, and returns the list of the points it visited as floats, the start among them: one more
#      than steps.
#
# The program
# -----------
# .. slide:: Descent with a rate of its own
#    :show: program
#    :pieces: newton
#    :minutes: 3
#    :meeting:
#    :recap:
#
#    The first derivative comes from ``backward``. The second is handed in, as a formula.
#
#    .. notes::
#       Put it beside ``descend``: rate became 1 / second(x.data).
#
# The engine is that of step 27. New is the function below it.
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

    def backward(self):
        for place, gradient in backward_pass(self).items():
            if place.gradient is not None:
                gradient = place.gradient + gradient
            place.gradient = np.array(gradient)

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


def backward_pass(y):
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
        gxs = place.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(place.parents, gxs):
            if parent is None:
                continue
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


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

# %%
# ``newton`` clears, computes and goes back as ``descend`` did. It cannot find the second derivative; somebody
# has to write that down.

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
# .. slide:: In the end each step doubles the right digits
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    The distances to 1: how do they go on?
#
#    .. notes::
#       Cover the last three rows, and ask for the exponent of the next distance.
#
# From 2, with :math:`f''(x) = 12 x^2 - 4`:


def f(x):
    return x ** 4 - 2 * x ** 2


def second(x):
    return 12 * x ** 2 - 4


points = newton(f, second, Variable(np.array(2.0)), 7)
for k, point in enumerate(points):
    print(f'{k}: {point:<20}  distance {abs(point - 1):.1e}')
assert points == [2.0, 1.4545454545454546, 1.1510467893775467, 1.0253259289766978,
                  1.0009084519430513, 1.0000012353089454, 1.000000000002289, 1.0]
assert newton(f, second, Variable(np.array(-1.7)), 7)[-1] == -1.0

# %%
# .. slide:: And descent?
#    :show: predict output
#    :minutes: 3
#    :meeting:
#
#    It has the best of its rates, starts at 2, and stops when 1 is nearer than a thousandth.
#
#    .. notes::
#       2/λ at the start is 2/44: that is where the rates end.
#
# And descent, with one rate for all points? Between -2 and 2 the curvature is at most 44, so by `step 28
# <step28.ipynb>`_ a step with a rate below :math:`2/44` goes down there. We let descent have the best of
# 0.01, 0.02, 0.03 and 0.04.
#
# .. predict:: Descent with the best of these rates starts at 2 as well. After how many steps is it
#    nearer to 1 than 0.001? (Newton's method needed four.)
#    :answer: 11 = min(needed.values())
#    :after:
#
#    - ``4``: Newton's method needs so few only because each of its last steps squares the distance.
#    - ``min(needed.values())``: With 0.04 the first step leads to 1.04. Near 1 each step multiplies
#      the distance by about 1 - 0.04 · 8 = 0.68, and from 0.04 to 0.001 that takes ten steps.
#    - ``max(needed.values())``: That is what the rate 0.01 needs: near 1 its factor is 0.92, and 0.01 is not
#      the best.


def descent(rate, near, x):
    x, steps = Variable(np.array(x)), 0
    while abs(x.data - 1) >= near:
        x.cleargrad()
        f(x).backward()
        x.data = x.data - rate * x.grad
        steps += 1
    return steps


needed = {rate: descent(rate, 1e-3, 2.0) for rate in [0.01, 0.02, 0.03, 0.04]}
few = next(k for k, p in enumerate(points) if abs(p - 1) < 1e-3)
print('to a thousandth:', *[f'{steps} steps with {rate};' for rate, steps in needed.items()], f'Newton {few}')
far = min(descent(rate, 1e-12, 2.0) for rate in needed)
newton_far = next(k for k, p in enumerate(points) if abs(p - 1) < 1e-12)
print(f'to 1e-12: {far} steps with the best of them; Newton {newton_far}')
assert needed == {0.01: 70, 0.02: 33, 0.03: 20, 0.04: 11} and few == 4 and 0.04 < 2 / 44 < 0.05
assert max(second(np.linspace(-2, 2, 101))) == 44
for rate, start, factor in [(0.04, 1 + 1e-6, 0.68), (0.01, 1 + 1e-6, 0.92), (0.04, 2.0, 0.04)]:
    x = Variable(np.array(start))
    f(x).backward()
    assert round((x.data - rate * x.grad - 1) / (start - 1), 2) == factor
assert 0.04 * 0.68 ** 10 < 0.001 < 0.04 * 0.68 ** 9 and 1 + 0.04 == 1.04

# %%
# To a thousandth the difference is not great. Beyond that it grows: in the end each step of descent takes
# away a fixed share of the distance, and Newton's method doubles the digits. Its distances fall
# from :math:`9 \cdot 10^{-4}` to :math:`1 \cdot 10^{-6}` to :math:`2 \cdot 10^{-12}`. There is a law
# in that.

assert [f'{abs(p - 1):.0e}' for p in points[4:7]] == ['9e-04', '1e-06', '2e-12']

# %%
# Could descent be lucky?
# ~~~~~~~~~~~~~~~~~~~~~~~
# Yes. With the rate 0.125, which is far from safe at 2, one step leads from 2 to the other minimum,
# -1, exactly. From 2.1 it leads to -1.48.

for start in [2.0, 2.1]:
    x = Variable(np.array(start))
    f(x).backward()
    print(f'from {start} to {x.data - 0.125 * x.grad:.4f}')
    assert round(x.data - 0.125 * x.grad, 2) == {2.0: -1, 2.1: -1.48}[start]
assert 2 - 0.125 * (4 * 2 ** 3 - 4 * 2) == -1

# %%
# .. slide:: The error is squared
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    That holds up to a factor. Digits double from the moment when that factor no longer matters.
#
#    .. notes::
#       Here the factor is near 1.5: 24 divided by 2 times 8.
#
# Theorem (Newton's method converges quadratically)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`f` be three times continuously differentiable on the interval :math:`I` of all
# :math:`x` with :math:`|x - m| \le r`, and :math:`f'(m) = 0`. Let :math:`|f''| \ge c > 0` and
# :math:`|f'''| \le M` on :math:`I`. For each :math:`x` in :math:`I` the next point :math:`x^+ = x -
# f'(x)/f''(x)` satisfies
#
# .. math::
#     |x^+ - m| \le \frac{M}{2c}\, |x - m|^2 .
#
# If :math:`q = Mr/(2c) < 1`, then all points from any start in :math:`I` stay in :math:`I` and tend
# to :math:`m`.
#
# .. slide:: Taylor for f′, from here to the minimum
#    :show: proof
#    :below:
#    :minutes: 3
#
#    The first two terms are the step. What is left has the square.
#
#    .. notes::
#       Taylor for the derivative, and from the point to m, not the other way.
#
# Proof
# ~~~~~
# By Taylor's theorem for :math:`f'`, from :math:`x` to :math:`m`, there is a :math:`\xi` between
# them with
#
# .. math::
#     0 = f'(m) = f'(x) &+ f''(x)\,(m - x) \\
#     &+ \frac{f'''(\xi)}{2}\,(m - x)^2 .
#
# Divide by :math:`f''(x)`, which is not 0, and put the terms in order:
#
# .. math::
#     x - \frac{f'(x)}{f''(x)} - m = \frac{f'''(\xi)}{2 f''(x)}\,(m - x)^2 .
#
# On the left is :math:`x^+ - m`, and the factor on the right is at most :math:`M/(2c)` in absolute
# value. If :math:`q < 1`, then
#
# .. math::
#     |x^+ - m| \le \frac{M}{2c}\, r\, |x - m| = q\, |x - m| ,
#
# so the next point is in :math:`I` again, and the distances fall at least as fast as :math:`q^k`. ∎
#
# Here :math:`m = 1`, :math:`f''(1) = 8` and :math:`f'''(1) = 24`; so close to 1 the factor is
# nearly :math:`24/16 = 1.5`. With :math:`r = 0.2` the hypotheses hold: :math:`c = f''(0.8) = 3.68`,
# :math:`M = f'''(1.2) = 28.8`, :math:`q = 0.78`. The point 1.151 is the first in that interval.

factors = [abs(b - 1) / (a - 1) ** 2 for a, b in zip(points[:6], points[1:6])]
print('distance / square of the distance before:', *[f'{factor:.3f}' for factor in factors])
c, M = second(0.8), 24 * 1.2
assert np.isclose(c, 3.68) and np.isclose(M, 28.8) and 0.78 < M * 0.2 / (2 * c) < 0.79
assert all(abs(b - 1) <= M / (2 * c) * (a - 1) ** 2 for a, b in zip(points[2:5], points[3:6]))
assert np.isclose((second(1 + 1e-6) - second(1 - 1e-6)) / 2e-6, 24) and 2 * second(1.0) == 16
assert abs(factors[-1] - 1.5) < 0.01
assert [abs(p - 1) <= 0.2 for p in points[:3]] == [False, False, True]

# %%
# .. slide:: What it needs
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    It looks for a place where the slope is 0. What kind of place that is, it does not ask.
#
#    .. notes::
#       Draw the parabola at 0.1: it opens downward, and its "lowest" point is its top.
#
# What can go wrong?
# ~~~~~~~~~~~~~~~~~~
# Newton's method looks for a place where the slope is 0, and any will do. Where the curvature is
# negative it sets off *uphill*. From 0.1 it finds the maximum at 0. From 0.5 it jumps over the maximum,
# to -1. And if the curvature vanishes at the minimum, as for :math:`x^4`, the theorem says nothing, and
# convergence is no longer quadratic: the slope :math:`4x^3` over :math:`12x^2` removes a third of the
# distance in each step.

for start in [0.1, 0.5]:
    print(f'from {start}:', *[f'{p:.6f}' for p in newton(f, second, Variable(np.array(start)), 4)])
maximum, across = (newton(f, second, Variable(np.array(s)), 4) for s in (0.1, 0.5))
assert abs(maximum[-1]) < 1e-12 and second(0.0) < 0 and across[1] == -1 and across[-1] == -1
assert f(maximum[1]) > f(0.1)

flat = newton(lambda x: x ** 4, lambda x: 12 * x ** 2, Variable(np.array(1.0)), 7)
print('x^4:', *[f'{p:.4f}' for p in flat])
assert np.allclose(np.divide(flat[1:], flat[:-1]), 2 / 3)

# %%
# .. slide:: A wrong formula does not show
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    With :math:`12x^2` in place of :math:`12x^2 - 4` it still arrives, only much later.
#
#    .. notes::
#       Who would look for a mistake in a method that arrives?
#
# Why by hand, and what would have to be derived?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Because the engine can't do better yet: its gradients are arrays, without a past, and can't be
# differentiated once more. So for each function somebody derives :math:`f''`, and derives it again
# when the function changes. With :math:`n` variables there are :math:`n^2` second
# derivatives, and :math:`n (n + 1)/2` different ones, since the order does not matter (`step 28 <step28.ipynb>`_); for Rosenbrock's function three, for a small network with 37 numbers to be learned 703.
# And a mistake is hard to notice, since the iteration still goes to where the slope is 0. Let us
# forget the 4:

assert (2 * 3 // 2, 37 * 38 // 2) == (3, 703)
careless = newton(f, lambda x: 12 * x ** 2, Variable(np.array(2.0)), 25)
for k in [1, 7, 25]:
    print(f'{k:2}: {careless[k]:.12f}')
assert abs(careless[7] - 1) > 1e-4 and abs(careless[25] - 1) < 1e-10
ratio = (careless[20] - 1) / (careless[19] - 1)
print(f'of the distance remains in each step: {ratio:.3f}')
assert abs(ratio - (1 - 8 / 12)) < 1e-3

# %%
# It arrives, but in the end each step removes only two thirds of the distance, where Newton's method
# squares it. The *speed* reveals the mistake, and the place where it arrives does not.
#
# The graph
# ---------
# .. slide:: The function has a graph, its derivative has none
#    :show: picture
#    :minutes: 1
#
#    The gradient 24 stands at x as a number. How it came about is forgotten.
#
#    .. notes::
#       If it had a graph, one could go back from it. That is step 32.
#
# Here is the function at 2, with its gradient. It has a graph; the gradient 24 is a number without one. (A
# circle is empty where no rule has kept the number.)
from dezero_lite import graph

x = Variable(np.array(2.0), name='x')
y = f(x)
y.backward()
assert (y.data, x.grad) == (8, 24)
graph(y, names={'y': y}, values=True, grads=True)

# %%
# Does everything from before still work?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# This is the test of `step 27 <step27.ipynb>`_: formulas against differences, two passes, and what is
# kept.

def slope(formula, point):
    x = Variable(point)
    for _ in range(2):
        formula(x).backward()
    return x.grad / 2


def by_differences(f, point, eps=1e-5):
    return (f(point + eps) - f(point - eps)) / (2 * eps)


def through_a(x):
    a = 2 - x ** 3
    return np.sin(a) + x - a / (3 - np.sin(a))


def right(slopes, differences):
    return np.allclose(slopes, differences, rtol=1e-7, atol=0)


point = np.array([0.7, 1.3])
formulas = [lambda x: (x * x - 3) / (1 + np.exp(-x)) - 2 / x, through_a,
            lambda x: x + x + x + point / (point - 3 * x) - (x / 5) ** -2]
for formula in formulas:
    assert right(slope(formula, point), by_differences(formula, point))

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

z = Variable(np.array(2.0))
halved = newton(lambda z: z ** 3, lambda z: 6 * z, z, 2)
assert np.allclose(halved, [2, 1, 0.5]) and np.isclose(z.data, 0.5)
assert all(isinstance(point, float) for point in halved)

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
# .. slide:: Let the derivative have a graph
#    :minutes: 1
#    :meeting:
#
#    The pass computes 24 from 2 by products and sums. Why not record those as well?
#
#    .. notes::
#       Write the pass for x⁴ − 2x² on the board, line by line; step 32 begins with it.
#
# The backward pass computes 24 from 2, by products and sums, as any computation does. If it were
# recorded like any other, the gradient would be a variable with a graph of its own, and the second
# derivative would be one more call of ``backward``. `Step 32 <step32.ipynb>`_ records it.

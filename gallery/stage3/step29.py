"""
Step 29: Newton's method, by hand
=================================

A parabola that fits where one stands knows how far to go. Seven steps suffice, and near the end
each doubles the number of right digits; but somebody has to write down the second derivative.

How few steps are enough, if one knows not only which way is down, but also how fast that changes?
"""

# %%
# .. slide:: One step to the bottom of the parabola
#    :show: picture
#    :minutes: 4
#
#    At 2 the function has a value, a slope and a curvature. One parabola has all three.
#
#    .. notes::
#       Ask where the next parabola will touch, and where its bottom will be.
#
# Let us go down on :math:`f(x) = x^4 - 2x^2`, from :math:`x = 2`. Its minima are at -1 and 1. `Step
# 28 <step28.ipynb>`_ would have to choose a learning rate. Newton's method does not: it puts a
# parabola in place of the function, the one that has the same value, slope and curvature at
# :math:`x`, and goes to its lowest point. The parabola is :math:`f(x) + f'(x)\, d + f''(x)\, d^2/2`
# at :math:`x + d`. It is lowest where :math:`f'(x) + f''(x)\, d = 0`, so the step leads
#
# .. math::
#     x \;\to\; x - \frac{f'(x)}{f''(x)}.
#
# It is gradient descent with a learning rate of its own for each point, :math:`1/f''(x)`.

import matplotlib.pyplot as plt
import numpy as np

grid = np.linspace(0.4, 2.2, 200)
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
# The program
# -----------
# .. slide:: Descent with a rate of its own
#    :show: changes program
#    :minutes: 3
#
#    The first derivative comes from ``backward``. The second is handed in, as a formula.
#
# ``newton`` takes the function and, written by hand, its second derivative. It gives the points
# that it passed.
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

    def backward(self):
        seed = np.ones_like(self.data) if self.grad is None else self.grad
        for v, gradient in backward_pass(self, seed).items():
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


def backward_pass(y, seed):
    gradients = {y.creator or y: seed}
    found = {}
    waiting = [(0, 0, y.creator)] if y.creator else []
    turn = 0
    while waiting:
        _, _, f = heapq.heappop(waiting)
        gy = gradients.pop(f)
        if f.retained is not None and f.retained() is not None:
            found[f.retained()] = gy
        gxs = f.backward(gy)
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
# .. slide:: Each step doubles the number of right digits
#    :show: output
#    :minutes: 3
#
#    The distances to 1: how do they go on?
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
#
#    With the rate 0.01, from 2, until 1 is nearer than a thousandth.
#
# .. predict:: Gradient descent with the rate 0.01 starts at 2 as well. After how many steps is it
#    nearer to 1 than 0.001? (Newton's method needed four.)
#    :answer: steps
#    :type: number
#    :after:
#
#    - ``4``: So few are Newton's. Descent loses a fixed share of the distance in each step, near
#      the end 8 %.
#    - ``7``: That is when Newton's method has all digits.

x, steps = Variable(np.array(2.0)), 0
while abs(x.data - 1) >= 1e-3:
    x.cleargrad()
    f(x).backward()
    x.data = x.data - 0.01 * x.grad
    steps += 1
few = next(k for k, p in enumerate(points) if abs(p - 1) < 1e-3)
print('descent:', steps, 'steps; Newton:', few)
assert steps == 70 and abs(points[4] - 1) < 1e-3 <= abs(points[3] - 1)

# %%
# The distances of Newton's method fall faster and faster: from a thousandth to a millionth to a
# billionth of a thousandth. There is a law in that.
#
# .. slide:: The error is squared
#    :show: statement
#    :minutes: 3
#
#    Up to a factor. Digits double from the moment when that factor no longer matters.
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
# Proof
# ~~~~~
# By Taylor's theorem for :math:`f'`, from :math:`x` to :math:`m`, there is a :math:`\xi` between
# them with
#
# .. math::
#     0 = f'(m) = f'(x) + f''(x)\,(m - x) + \frac{f'''(\xi)}{2}\,(m - x)^2 .
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
assert abs(factors[-1] - 1.5) < 0.01

# %%
# .. slide:: What it needs
#    :show: output
#    :minutes: 4
#
#    It looks for a place where the slope is 0. What kind of place that is, it does not ask.
#
# What can go wrong?
# ~~~~~~~~~~~~~~~~~~
# Newton's method looks for a place where the slope is 0, and any will do. Where the curvature is
# negative it goes *up*. From 0.1 it finds the maximum at 0. From 0.5 it jumps across that, to -1.
# And if the curvature vanishes at the minimum, as for :math:`x^4`, the theorem says nothing, and
# convergence is no longer quadratic: the slope :math:`4x^3` over :math:`12x^2` takes away a third
# of the distance each time.

for start in [0.1, 0.5]:
    print(f'from {start}:', *[f'{p:.6f}' for p in newton(f, second, Variable(np.array(start)), 4)])
maximum, across = (newton(f, second, Variable(np.array(s)), 4)[-1] for s in (0.1, 0.5))
assert abs(maximum) < 1e-12 and second(0.0) < 0 and across == -1

flat = newton(lambda x: x ** 4, lambda x: 12 * x ** 2, Variable(np.array(1.0)), 7)
print('x^4:', *[f'{p:.4f}' for p in flat])
assert np.allclose(np.divide(flat[1:], flat[:-1]), 2 / 3)

# %%
# .. slide:: A wrong formula does not show
#    :show: output
#    :minutes: 3
#
#    With :math:`12x^2` in place of :math:`12x^2 - 4` it still arrives. Only much later.
#
# Why by hand, and what would have to be derived?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Because the engine can't do better yet: its gradients are arrays, without a past, and can't be
# differentiated once more. So for each function somebody derives :math:`f''`, and derives it again
# when the function changes. With :math:`n` variables there are :math:`n (n + 1)/2` second
# derivatives; for Rosenbrock's function three, for a network with 37 parameters 703. And a mistake
# is hard to notice, since the iteration still goes to where the slope is 0. Let us forget the 4:

assert (2 * 3 // 2, 37 * 38 // 2) == (3, 703)
careless = newton(f, lambda x: 12 * x ** 2, Variable(np.array(2.0)), 25)
for k in [1, 7, 25]:
    print(f'{k:2}: {careless[k]:.12f}')
assert abs(careless[7] - 1) > 1e-4 and abs(careless[25] - 1) < 1e-10
ratio = (careless[20] - 1) / (careless[19] - 1)
print(f'of the distance remains in each step: {ratio:.3f}')
assert abs(ratio - (1 - 8 / 12)) < 1e-3

# %%
# It arrives, but loses only two thirds of the distance in each step, where Newton's method squares
# it. Only who looks at the *speed* finds the mistake.
#
# The graph
# ---------
# .. slide:: The function has a graph, its derivative has none
#    :show: picture
#    :minutes: 2
#
#    The gradient 24 stands at x as a number. How it came about is forgotten.
#
# The function at 2, with its gradient.
import dezero_lite
from dezero_lite import graph

x = dezero_lite.Variable(np.array(2.0), name='x')
y = f(x)
y.backward()
assert (y.data, x.grad) == (8, 24)
graph(y, names={'y': y}, values=True, grads=True)

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
# .. slide:: Let the derivative have a graph
#    :minutes: 1
#
#    The pass computes 24 from 2 by products and sums. Why not record those as well?
#
# The backward pass computes 24 from 2, by products and sums, as any computation does. If it were
# recorded like any other, the gradient would be a variable with a graph of its own, and the second
# derivative would be one more call of ``backward``. `Step 32 <step32.ipynb>`_ records it.

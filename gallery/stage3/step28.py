"""
Step 28: descent
================

Go downhill along the gradient. How large a step may one take? There are two answers, for one step
and for many, and they can differ by a factor of a thousand.

A gradient says which way is down, and nothing about how far. Too small a step wastes time, too
large a step climbs the other side. Where is the limit?
"""

# %%
# .. slide:: Down, but how far?
#    :show: output
#    :minutes: 4
#
#    One step from (0, 2), with five learning rates. The value was 401.
#
#    .. notes::
#       Ask which of them one would choose, and whether one would choose it for the next step too.
#
# Here is a valley: the function of Rosenbrock, :math:`100\,(x_1 - x_0^2)^2 + (1 - x_0)^2`. It is 0
# at (1, 1), and nowhere else. The floor of the valley is the parabola :math:`x_1 = x_0^2`; its
# walls are steep. At (0, 2) the value is 401 and the gradient is (-2, 400). A step of *gradient
# descent* goes against the gradient,
#
# .. math::
#     x \;\to\; x - \eta\, \nabla f(x),
#
# and the number :math:`\eta` is called *step size* or *learning rate*. (It is not the length of the
# step, which is :math:`\eta\, |\nabla f(x)|`.) Where does one step lead?

import numpy as np


def value(x0, x1):
    return 100 * (x1 - x0 ** 2) ** 2 + (1 - x0) ** 2


after = {rate: value(0 + 2 * rate, 2 - 400 * rate) for rate in [0.0001, 0.001, 0.005, 0.009, 0.011]}
for rate, f in after.items():
    print(f'rate {rate:6}: value {f:8.3f}')
assert after[0.0001] > after[0.001] > after[0.005] < after[0.009] < 401 < after[0.011]

# %%
# A small rate hardly moves, 0.005 goes right to the floor, 0.009 to the opposite wall, almost as
# high as where it came from, and 0.011 higher. So this first step has a limit, near 0.01.
#
# The program
# -----------
# .. slide:: Descent in five lines
#    :show: changes program
#    :minutes: 3
#
#    Clear, forward, backward, move. ``x.data`` gets a new array, outside of any graph.
#
# ``descend`` clears the gradients, computes, goes back, and moves each variable. The move is a
# computation with arrays, not with variables, so it is not recorded. (A gradient is None before the
# first pass, so clearing comes first, and needs no special case.)
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


def rosenbrock(x0, x1):
    return 100 * (x1 - x0 ** 2) ** 2 + (1 - x0) ** 2


def descend(f, xs, rate, steps):
    for _ in range(steps):
        for x in xs:
            x.cleargrad()
        f(*xs).backward()
        for x in xs:
            x.data = x.data - rate * x.grad


# %%
# The run
# -------
# .. slide:: A thousand steps
#    :show: output
#    :minutes: 2
#
#    Quickly down the wall, then slowly along the floor.
#
# A thousand steps with the rate 0.001, from (0, 2):

x0, x1 = Variable(np.array(0.0)), Variable(np.array(2.0))
path = [(0.0, 2.0)]
for _ in range(1000):
    descend(rosenbrock, (x0, x1), rate=0.001, steps=1)
    path.append((float(x0.data), float(x1.data)))
for step in [0, 1, 10, 100, 1000]:
    a, b = path[step]
    print(f'step {step:4}: ({a:.5f}, {b:.5f}), value {rosenbrock(a, b):.5f}')
values = [rosenbrock(*point) for point in path]
assert np.allclose(path[-1], (0.68371, 0.46595), rtol=0, atol=5e-6)
assert all(later < earlier for earlier, later in zip(values, values[1:]))

# %%
# Each of the thousand steps went down. The first ten did the better part, and after that it is a
# long walk. Why so slow? Because :math:`\eta` is the same in all directions, and the walls forbid
# what the floor would allow. To say it exactly we need the second derivatives.
#
# How a step ends
# ---------------
# Let :math:`f` be a twice continuously differentiable function of :math:`n` numbers, :math:`g` its
# gradient at :math:`x`, and :math:`H` its *Hessian*, the symmetric matrix of second derivatives. In
# the direction of a vector :math:`v` of length 1, :math:`f` bends by :math:`v \cdot Hv`, its
# *curvature*; the largest curvature at a point is the largest eigenvalue :math:`\lambda` of
# :math:`H`.
#
# .. slide:: A short step goes down
#    :show: statement
#    :minutes: 3
#
#    How short depends on how much the function bends on the way.
#
# Theorem (a short step goes down)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`L > 0` be such that :math:`v \cdot H(p)\, v \le L\, |v|^2` for all vectors :math:`v`
# and all points :math:`p` of the segment from :math:`x` to :math:`x - \eta g`. Then
#
# .. math::
#     f(x - \eta g) \le f(x) - \eta \left(1 - \frac{L \eta}{2}\right) |g|^2 .
#
# So if :math:`g \ne 0` and :math:`0 < \eta < 2/L`, the step goes down.
#
# .. slide:: Taylor along the segment
#    :show: proof
#    :below:
#    :minutes: 3
#
#    One variable is enough: how far along the step.
#
# Proof
# ~~~~~
# Let :math:`\varphi(s) = f(x - s \eta g)` for :math:`0 \le s \le 1`. By the chain rule
# :math:`\varphi'(0) = -\eta\, |g|^2`, and :math:`\varphi''(s) = \eta^2\, g \cdot H(x - s \eta g)\,
# g`, which is at most :math:`\eta^2 L\, |g|^2`. By Taylor's theorem there is an :math:`s` in
# :math:`(0, 1)` with :math:`\varphi(1) = \varphi(0) + \varphi'(0) + \varphi''(s)/2`, and that is at
# most :math:`f(x) - \eta\, |g|^2 + \eta^2 L\, |g|^2 / 2`. ∎
#
# That a step is short enough is sufficient. What is necessary? For a quadratic function both limits
# can be told exactly. Let :math:`f(x) = f(m) + (x - m) \cdot A (x - m) / 2` with a symmetric matrix
# :math:`A`; its Hessian is :math:`A` everywhere.
#
# .. slide:: One step: 2 g·g / g·Ag
#    :show: statement proof
#    :minutes: 4
#
#    Only the curvature along the gradient matters.
#
# Proposition (the limit of one step)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`g \ne 0` and :math:`\eta > 0`. On the quadratic function the step from :math:`x` goes
# down if and only if :math:`\eta\; g \cdot A g < 2\, g \cdot g`.
#
# Proof
# ~~~~~
# There is no remainder:
#
# .. math::
#     f(x - \eta g) = f(x) - \eta\, g \cdot g + \eta^2\, g \cdot A g / 2 .
#
# This is less than :math:`f(x)` if and only if :math:`\eta\, g \cdot A g / 2 < g \cdot g`. ∎
#
# .. slide:: Many steps: 2 / λ
#    :show: statement
#    :minutes: 3
#
#    Each component is multiplied by its own factor, again and again.
#
# Proposition (the limit of many steps)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`\lambda > 0` be an eigenvalue of :math:`A` and :math:`u` an eigenvector to it of length
# 1. Each step multiplies the component :math:`u \cdot (x - m)` by :math:`1 - \eta \lambda`. If
# :math:`\eta > 2/\lambda`, the component grows without bound, unless it is 0 to begin with. If no
# eigenvalue is negative and :math:`0 < \eta < 2/\lambda` for the largest, all steps from every
# starting point, until the gradient is 0, go down, and :math:`f` tends to :math:`f(m)`.
#
# .. slide:: Component by component
#    :show: proof
#    :below:
#    :minutes: 4
#
#    In the directions of the eigenvectors nothing mixes.
#
# Proof
# ~~~~~
# Here :math:`\nabla f(x) = A (x - m)`. After the step the component is
#
# .. math::
#     u \cdot (x - m) - \eta\, u \cdot A (x - m) = (1 - \eta \lambda)\, u \cdot (x - m),
#
# since :math:`u \cdot A w = (A u) \cdot w` for a symmetric :math:`A`, and :math:`A u = \lambda u`.
# If :math:`\eta \lambda > 2`, the factor :math:`1 - \eta \lambda` is below :math:`-1`. For the
# second part, :math:`g \cdot A g \le \lambda\, g \cdot g` with the largest :math:`\lambda`, so
# :math:`\eta < 2/\lambda` satisfies the proposition before. And :math:`f(x) - f(m)` is half the sum
# of :math:`\lambda_i\, (u_i \cdot (x - m))^2` over an orthonormal basis of eigenvectors. Where
# :math:`\lambda_i = 0` the summand is 0; elsewhere it is multiplied by :math:`(1 - \eta
# \lambda_i)^2 < 1` in each step. ∎
#
# .. slide:: Ten times too far, and still down
#    :show: predict output
#    :minutes: 5
#
#    :math:`5 x_0^2 + x_1^2/2` from (0.001, 10), with a rate 5 % above :math:`2/\lambda = 0.2`.
#
# Why is the limit of one step not the limit of many?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Because the gradient may point where the function bends little. Take :math:`5 x_0^2 + x_1^2/2`.
# The curvatures are 10 and 1, so :math:`2/\lambda = 0.2`. From (0.001, 10) nearly all of the
# gradient is along the second axis, and one step may be nearly ten times as large. But what there
# is along the first axis grows, if only by a tenth a step.
#
# .. predict:: With the rate 0.21, which is 5 % more than 2/λ = 0.2, where does the value begin to
#    rise?
#    :answer: turning
#    :type: number
#    :after:
#
#    - ``1``: The limit of one step is near 2 here; the first step goes down, from 50 to 31.
#    - ``0``: It does rise in the end: the first component grows by a tenth in each step.


def bowl(x0, x1):
    return 5 * x0 ** 2 + x1 ** 2 / 2


xs = Variable(np.array(0.001)), Variable(np.array(10.0))
A, rate = np.diag([10.0, 1.0]), 0.21
firsts, falling = [], []
for step in range(101):
    point = np.array([float(x.data) for x in xs])
    falling.append(float(bowl(*point)))
    firsts.append(point[0])
    descend(bowl, xs, rate, 1)
    g = A @ point
    bound = falling[-1] - rate * (1 - 10 * rate / 2) * g @ g
    assert float(bowl(*xs).data) <= bound * (1 + 1e-12)  # the theorem, with L = 10
turning = next(k for k in range(100) if falling[k + 1] > falling[k])
print(f'value: {falling[0]:.6f}, {falling[1]:.3f}, ..., {falling[turning]:.5f} after {turning} '
      f'steps, ..., {falling[100]:.3f} after 100')
print('first component, factor a step:', round(firsts[1] / firsts[0], 6))
assert round(falling[0], 6) == 50.000005 and round(falling[1], 3) == 31.205
assert np.allclose(np.divide(firsts[1:], firsts[:-1]), 1 - rate * 10, rtol=1e-9, atol=0)

g = A @ [0.001, 10.0]
limit = 2 * g @ g / (g @ A @ g)
print(f'limit of one step {limit:.5f}, of many 0.2')
for share, down in [(0.999, True), (1.001, False)]:
    assert (bowl(*([0.001, 10.0] - share * limit * g)) < falling[0]) == down

# %%
# The factor is -1.1: the component changes its sign in each step. That is the *zig-zag* by which
# one recognises a rate that is too large, or nearly so.
#
# .. slide:: Rosenbrock, with both limits
#    :show: output
#    :minutes: 4
#
#    At the start they agree. Along the floor one step could be hundreds of times larger.
#
# Both limits in the valley
# -------------------------
# Rosenbrock's function is not quadratic, but near each point it nearly is. We need its Hessian. As
# yet, we take differences of gradients; from step 32 on, an engine will do better. The last column
# is neither: it is found by trying out steps of increasing size, until one does not go down.


def gradient(f, point):
    xs = [Variable(np.array(p)) for p in point]
    f(*xs).backward()
    return np.array([x.grad for x in xs])


def hessian(f, point, eps=1e-5):
    return np.array([(gradient(f, point + e) - gradient(f, point - e)) / (2 * eps)
                     for e in eps * np.eye(2)])


print(' step      2/λ  2 g·g/g·Hg   by trying')
table = {}
for step in [0, 10, 100, 1000]:
    point = np.array(path[step])
    H, g = hessian(rosenbrock, point), gradient(rosenbrock, point)
    a, b = point
    assert np.allclose(H, [[1200 * a * a - 400 * b + 2, -400 * a], [-400 * a, 200]], rtol=1e-6)
    many, one = 2 / np.linalg.eigvalsh(H)[-1], 2 * g @ g / (g @ H @ g)
    tried = next(rate for rate in np.geomspace(1e-4, 10, 400)
                 if rosenbrock(*(point - rate * g)) >= rosenbrock(*point))
    table[step] = many, one, tried
    print(f'{step:5}  {many:7.5f}  {one:10.5f}  {tried:10.5f}')
assert all(many > 2 * 0.001 for many, _, _ in table.values())
assert abs(table[0][1] / table[0][0] - 1) < 0.01 and abs(table[0][2] / table[0][0] - 1) < 0.03
assert table[1000][1] > 600 * table[1000][0] and table[1000][2] > 200 * table[1000][0]

# %%
# At the start the gradient points straight down the wall, where the curvature is largest: the two
# limits agree, and trying confirms them. After a thousand steps the gradient points along the
# floor. There a single step could be more than two hundred times :math:`2/\lambda`, but who takes
# such steps again and again will be thrown against the walls.
#
# .. slide:: Zig-zag
#    :show: picture
#    :minutes: 4
#
#    The larger rate is ahead at first, and then stays where the curvature is 2/rate.
#
# The rate 0.001 is safe at all these points. What about 0.004? At the step 1000 of the table it is
# above :math:`2/\lambda`, and at the step 100 below. So it should get as far as some place in
# between, and no further.

import matplotlib.pyplot as plt

wild = [(0.0, 2.0)]
x0, x1 = Variable(np.array(0.0)), Variable(np.array(2.0))
for _ in range(1000):
    descend(rosenbrock, (x0, x1), rate=0.004, steps=1)
    wild.append((float(x0.data), float(x1.data)))
curvatures = [np.linalg.eigvalsh(hessian(rosenbrock, np.array(p)))[-1] for p in wild[-100:]]
print(f'last point ({wild[-1][0]:.3f}, {wild[-1][1]:.3f}), largest curvature on average '
      f'{np.mean(curvatures):.0f}, 2/rate = {2 / 0.004:.0f}')
assert abs(np.mean(curvatures) * 0.004 / 2 - 1) < 0.05

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.1), layout='constrained')
grid = np.meshgrid(np.linspace(-0.3, 1.3, 50), np.linspace(-0.3, 2.1, 50))
left.contour(*grid, rosenbrock(*grid), np.geomspace(0.05, 400, 12), colors='tab:gray',
             linewidths=0.6)
for points, colour, name in [(path, 'C0', 'rate 0.001'), (wild, 'C1', 'rate 0.004')]:
    left.plot(*zip(*points), '.-', color=colour, markersize=3, linewidth=0.6, label=name)
    right.loglog(range(1, len(points) + 1), [rosenbrock(*p) for p in points], color=colour,
                 label=name)
left.plot(1, 1, '*', color='tab:green', markersize=12)
left.set(xlabel='$x_0$', ylabel='$x_1$', title='The way')
right.set(xlabel='step', title='The value')
right.legend()
figure.set_label('Two descents in the valley of Rosenbrock. With the rate 0.001 the way bends into '
                 'the floor and creeps along it. With 0.004 it zig-zags between the walls, is '
                 'further down at first, and in the end not as close to the minimum at (1, 1).')
assert rosenbrock(*wild[10]) < values[10] and rosenbrock(*wild[-1]) > values[-1]

# %%
# It hangs where the largest curvature is 500, which is 2/0.004, and zig-zags there. Training of
# networks has been observed to do the same, to drive the largest curvature up to 2 divided by the
# learning rate and to stay there: the *edge of stability* (`Cohen et al. 2021
# <../../bibliography.md#cohen-2021>`_). That one can learn the largest curvature of a network while
# it is trained, and choose the rate by it, was shown long before (`LeCun, Simard and Pearlmutter
# 1993 <../../bibliography.md#lecun-1993>`_).
#
# Does a short step always go down?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If :math:`f` is as smooth as the theorem asks, yes: near :math:`x` the second derivatives are
# bounded, so some :math:`L` serves for all steps that are short. For a function like :math:`|x|`,
# whose slope jumps at 0, a step of any fixed size goes up if it starts close enough to 0. From
# 0.01, the rate 0.1 leads to -0.09.

x = Variable(np.array(0.01))
descend(lambda x: (x ** 2) ** 0.5, (x,), rate=0.1, steps=1)
print(f'{x.data:.2f}')
assert abs(x.data) > 0.01 and np.isclose(x.data, -0.09)

# %%
# How slow is slow?
# ~~~~~~~~~~~~~~~~~
# At (1, 1) the curvatures are 1001.6 and 0.4. A stable rate is below 2/1001.6, about 0.002, and
# then the component along the floor is multiplied in each step by a factor that is no smaller than
# :math:`1 - 0.002 \cdot 0.4 = 0.9992`. To gain one digit takes more than two thousand steps. It is
# the quotient of the curvatures, 2508, that makes the work.

small, large = np.linalg.eigvalsh(hessian(rosenbrock, np.array([1.0, 1.0])))
print(f'{large:.1f} / {small:.3f} = {large / small:.0f}; steps for a digit: at least '
      f'{np.log(0.1) / np.log(1 - 2 / large * small):.0f}')
assert round(large, 1) == 1001.6 and round(small, 1) == 0.4 and round(large / small) == 2508
assert np.log(0.1) / np.log(1 - 2 / large * small) > 2000

# %%
# .. slide:: One evaluation, once more recorded
#    :show: picture
#    :minutes: 1
#
#    Made anew in every step, and dropped after it.
#
# The graph
# ---------
# One evaluation of Rosenbrock's function.
import dezero_lite
from dezero_lite import graph

v0 = dezero_lite.Variable(np.array(0.0), name='x0')
v1 = dezero_lite.Variable(np.array(2.0), name='x1')
y = rosenbrock(v0, v1)
y.backward()
assert (y.data, v0.grad, v1.grad) == (401, -2, 400)
graph(y, names={'f': y}, values=True)

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
# .. slide:: The gradient alone is not enough
#    :minutes: 1
#
#    One rate for all directions is too large for some and too small for others. Curvature knows
#    better.
#
# One rate for all directions is too large for some and too small for others, and the gradient does
# not know. The second derivative does. `Step 29 <step29.ipynb>`_ uses it, for a function of one
# variable, and needs seven steps.

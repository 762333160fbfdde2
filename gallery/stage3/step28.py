"""
Step 28: descent
================

Go downhill along the gradient. How large a step may one take? There are two answers, for one step
and for many, and in a narrow valley they can differ by a factor of hundreds.

A gradient says which way is down, and nothing about how far. Too small a step wastes time; too large
a step climbs the opposite slope. Where is the limit?
"""

# %%
# .. slide:: Down, but how far?
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    We make one step from (0, 2), with five learning rates. The value there is 401.
#
#    .. notes::
#       Ask which of them one would choose, and whether one would choose it for the next step too.
#
# Here is a valley: the function of Rosenbrock, :math:`100\,(x_1 - x_0^2)^2 + (1 - x_0)^2`. It is 0
# at (1, 1), and nowhere else. The floor of the valley is the parabola :math:`x_1 = x_0^2`; its
# walls are steep. At (0, 2) the value is 401 and the gradient is (-2, 400). A step of **gradient
# descent** goes against the gradient.
#
# .. math::
#     x \;\to\; x - \eta\, \nabla f(x)
#
# The number :math:`\eta` is called *step size* or **learning rate**. (It is not the length of the
# step, which is :math:`\eta\, |\nabla f(x)|`.) Where does one step lead?

import numpy as np


def value(x0, x1):
    return 100 * (x1 - x0 ** 2) ** 2 + (1 - x0) ** 2


after = {rate: value(0 + 2 * rate, 2 - 400 * rate) for rate in [0.0001, 0.001, 0.005, 0.009, 0.011]}
for rate, f in after.items():
    print(f'rate {rate:6}: value {f:8.3f}')
assert after[0.005] < 1 and round(after[0.001]) == round(after[0.009]) == 257
assert value(0, 2) == 401 > after[0.0001] > after[0.001] and after[0.011] > 401

# %%
# The rate 0.0001 hardly moves, and 0.005 goes right to the floor. With 0.009 the step ends on the opposite
# wall, about as high as it still is on this one with 0.001; and with 0.011 it ends higher than it began. So
# this first step has a limit, near 0.01.
#
# .. ask::
#    Which way is downhill, and how far should one go?
#
#    - ``rosenbrock(x0, x1)`` is :math:`100\,(x_1 - x_0^2)^2 + (1 - x_0)^2`, for numbers, arrays and
#      variables.
#    - ``descend(f, xs, rate, steps)`` takes a function of several variables, the tuple of these, a
#      learning rate and a number of steps. It moves the variables, by new ``data``, and gives
#      nothing back.
#
# The program
# -----------
# .. slide:: Clear, forward, backward, move
#    :show: program
#    :pieces: descend
#    :minutes: 3
#    :meeting:
#
#    ``x.data`` gets a new number, and no graph knows of it.
#
#    .. notes::
#       Ask what would happen without cleargrad: each gradient is added to all that came before.
#
# The engine is that of step 27. New are the two functions below it.
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
# ``descend`` clears the gradients, computes, goes back, and moves each variable. The move is a
# computation with numbers, not with variables, so it is not recorded. (A gradient is None before the
# first pass, so clearing comes first, and needs no special case.)

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
#    :meeting:
#
#    It goes quickly down the wall, and then slowly along the floor.
#
#    .. notes::
#       The minimum is at (1, 1). How much longer will it take? Keep the guesses for step 33.
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
# Each of the thousand steps went down. The first ten did most of it, and what follows is a long walk. Why so
# slow? Because :math:`\eta` is the same in all directions, and the walls forbid what the floor would allow.
# To say it exactly we need to know how much the function bends, in each direction.
#
# How much does it bend?
# ----------------------
# .. slide:: Curvature depends on the direction
#    :show: picture output
#    :minutes: 4
#    :meeting:
#
#    We walk over the bowl :math:`5 x_0^2 + x_1^2/2` along three lines through its lowest point.
#
#    .. notes::
#       Let them guess the third number: the direction lies half way between the axes. 5.5, half way
#       between 10 and 1.
#
# First a simpler valley, the bowl :math:`5 x_0^2 + x_1^2/2`. Its level lines are ellipses. Walk along
# a line, from a point in the direction of a vector :math:`v` of length 1. What we see there is a
# function of one number, :math:`\varphi(s) = f(x + s v)`, and its second derivative is the
# **curvature** of :math:`f` in that direction. Without any formula it is nearly the second
# difference :math:`(\varphi(s) - 2 \varphi(0) + \varphi(-s))/s^2`:

def bowl(x0, x1):
    return 5 * x0 ** 2 + x1 ** 2 / 2


def bend(f, point, v, s=1e-3):
    point, v = np.array(point), np.array(v)
    return (f(*(point + s * v)) - 2 * f(*point) + f(*(point - s * v))) / s ** 2


directions = {'along the first axis': (1.0, 0.0), 'along the second axis': (0.0, 1.0),
              'half way between': (0.5 ** 0.5, 0.5 ** 0.5)}
for name, v in directions.items():
    print(f'curvature {name}: {bend(bowl, (0.3, -0.2), v):.1f}')
assert np.allclose([bend(bowl, (0.3, -0.2), v) for v in directions.values()], [10, 1, 5.5], rtol=1e-6)

import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout='constrained')
grid = np.meshgrid(np.linspace(-1.2, 1.2, 40), np.linspace(-1.2, 1.2, 40))
left.contour(*grid, bowl(*grid), [0.1, 0.5, 1.2, 2.5, 4.5], colors='tab:gray', linewidths=0.6)
along = np.linspace(-1, 1, 41)
for (name, v), style in zip(directions.items(), ['C0-', 'C1--', 'C2-.']):
    right.plot(along, bowl(along * v[0], along * v[1]), style, label=name)
    left.plot([-v[0], v[0]], [-v[1], v[1]], style)
left.set(aspect='equal', xlabel='$x_0$', ylabel='$x_1$', title='Three lines through the bowl')
right.set(xlabel='s', title='The bowl along each of them')
right.legend()
figure.set_label('Left, the level lines of the bowl, ellipses about three times as long as they '
                 'are wide, and three lines through its lowest point. Right, what one sees along each '
                 'line: a steep parabola, a flat one, and one between them.')

# %%
# .. slide:: One matrix knows all curvatures
#    :show: output
#    :minutes: 4
#
#    :math:`\varphi''(0) = v \cdot H v`
#
#    .. notes::
#       The chain rule twice. Work the half-way direction out on the board: (10 + 1)/2.
#
# The curvature depends on the direction, and there are infinitely many directions. Yet a few numbers
# know them all. By the chain rule :math:`\varphi'(s)` is the sum of :math:`\partial f/\partial x_i
# \cdot v_i`, and again by the chain rule
#
# .. math::
#     \varphi''(0) = \sum_{i,j} v_i\, \frac{\partial^2 f}{\partial x_i\, \partial x_j}\, v_j
#     = v \cdot H v .
#
# The matrix :math:`H` of all second derivatives is called the **Hessian**. It is symmetric where
# these are continuous. For the bowl it has 10 and 1 on its diagonal, and 0 elsewhere; half way
# between the axes :math:`v \cdot H v = (10 + 1)/2`. From linear algebra: a symmetric matrix of
# :math:`n` rows has :math:`n` *eigenvectors* :math:`u_i` of length 1, at right angles to each other, with :math:`H u_i =
# \lambda_i u_i`, and each vector :math:`v` is the sum of :math:`(u_i \cdot v)\, u_i`. So :math:`v \cdot H v` is the sum
# of :math:`\lambda_i\, (u_i \cdot v)^2`, a mean of the *eigenvalues*: the weights :math:`(u_i \cdot v)^2` add up to
# :math:`v \cdot v = 1`. The largest curvature at a
# point is therefore the largest eigenvalue. For the bowl that is 10.

H = np.array([[10.0, 0.0], [0.0, 1.0]])
rng = np.random.default_rng(0)
for angle in rng.uniform(0, np.pi, 20):
    v = np.array([np.cos(angle), np.sin(angle)])
    assert np.isclose(bend(bowl, (0.3, -0.2), v), v @ H @ v, rtol=1e-6) and 1 <= v @ H @ v <= 10
print('eigenvalues:', np.linalg.eigvalsh(H))

# %%
# A race down the bowl
# --------------------
# .. slide:: Five per cent too far
#    :show: predict
#    :minutes: 4
#    :meeting:
#
#    :math:`5 x_0^2 + x_1^2/2` from (0.001, 10), with the rate 0.21
#
#    .. notes::
#       Let them multiply: 1 − 0.21 · 10 and 1 − 0.21 · 1. One component shrinks, the other grows, and
#       it begins ten thousand times smaller.
#
# A step changes the two components of the bowl's point independently: :math:`x_0` becomes
# :math:`x_0 - \eta \cdot 10 x_0`, and :math:`x_1` becomes :math:`x_1 - \eta \cdot x_1`. With the rate
# 0.21 these are factors of -1.1 and 0.79. We start at (0.001, 10), so nearly all of the value, 50, is
# in the second component.
#
# .. predict:: With the rate 0.21 from (0.001, 10): after about how many steps does the value begin to rise?
#    :answer: 25 = min([1, 25, 250], key=lambda k: abs(k - turning))
#    :after:
#
#    - ``1``: The first component does grow at once, but from 0.001. What it adds is nothing beside the
#      38 % that the second loses of the value in each step.
#    - ``25``: The second component, 10 · 0.79ᵏ, has to shrink, and the first, 0.001 · 1.1ᵏ, to grow,
#      until they matter alike. In each step their quotient of 10,000 loses a factor of 1.4; that
#      makes 25 to 30 steps.
#    - ``250``: By then the first component would be 0.001 · 1.1²⁵⁰, in the millions.

xs = Variable(np.array(0.001)), Variable(np.array(10.0))
rate = 0.21
firsts, falling = [], []
for step in range(101):
    point = np.array([float(x.data) for x in xs])
    falling.append(float(bowl(*point)))
    firsts.append(point[0])
    descend(bowl, xs, rate, 1)
    g = H @ point
    bound = falling[-1] - rate * (1 - 10 * rate / 2) * g @ g
    assert float(bowl(*xs).data) <= bound * (1 + 1e-12)  # the theorem below, with L = 10
turning = next(k for k in range(100) if falling[k + 1] > falling[k])
print(f'value: {falling[0]:.6f}, {falling[1]:.3f}, ..., {falling[turning]:.5f} after {turning} '
      f'steps, ..., {falling[100]:.3f} after 100')
print('first component, factor a step:', round(firsts[1] / firsts[0], 6))
assert round(falling[0], 6) == 50.000005 and round(falling[0]) == 50
assert round(falling[1], 3) == 31.205 and turning == 26
assert all(falling[k + 1] > falling[k] for k in range(26, 100))
assert np.allclose(np.divide(firsts[1:], firsts[:-1]), 1 - rate * 10, rtol=1e-9, atol=0)
assert round(100 * (1 - 0.79 ** 2)) == 38 and round(1.1 / 0.79, 1) == 1.4
assert 25 < np.log(10_000) / np.log(1.1 / 0.79) < 30 and 0.001 * 1.1 ** 250 > 1e6

# %%
# .. slide:: Down for 26 steps, and then up
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    A single step may have a much larger rate than a run of steps.
#
#    .. notes::
#       So there are two limits. This is the question of the rest of the page.
#
# The value falls for 26 steps, and then it rises. The small component along the first axis
# grows by a tenth in every step, and changes its sign: that is the *zig-zag* by which one recognises
# a rate that is too large, or nearly so. One single step from the start could even be much larger
# than 0.21 and would still go down. So there are two limits, one for one step, and one for many.
#
# How a step ends
# ---------------
# Let :math:`f` be a twice continuously differentiable function of :math:`n` numbers, :math:`g` its
# gradient at :math:`x`, and :math:`H(p)` its Hessian at :math:`p`.
#
# .. slide:: A short step goes down
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    How short depends on how much the function bends on the way.
#
#    .. notes::
#       The bracket is the whole story: 1 minus half of L times the rate. Where is it 0?
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
#    One variable is enough: it says how far along the step one is.
#
#    .. notes::
#       The same φ as in the picture of the bowl, with the step in place of v.
#
# Proof
# ~~~~~
# Let :math:`\varphi(s) = f(x - s \eta g)` for :math:`0 \le s \le 1`. By the chain rule
# :math:`\varphi'(0) = -\eta\, |g|^2`, and :math:`\varphi''(s) = \eta^2\, g \cdot H(x - s \eta g)\,
# g`, which is at most :math:`\eta^2 L\, |g|^2`. By Taylor's theorem there is an :math:`s` in
# :math:`(0, 1)` with :math:`\varphi(1) = \varphi(0) + \varphi'(0) + \varphi''(s)/2`, and that is at
# most :math:`f(x) - \eta\, |g|^2 + \eta^2 L\, |g|^2 / 2`. ∎
#
# The theorem gives a step size that is safe. How large is too large? For a quadratic function the
# answer is exact, for one step and for many. Let :math:`f(x) = f(m) + (x - m) \cdot A (x - m) / 2`
# with a symmetric matrix :math:`A`; its Hessian is :math:`A` everywhere. For the bowl :math:`m` is
# (0, 0), and :math:`A` is the matrix with 10 and 1.
#
# .. slide:: One step: 2 g·g / g·Ag
#    :show: statement proof
#    :minutes: 3
#
#    Only the curvature along the gradient matters.
#
#    .. notes::
#       g·Ag divided by g·g is the curvature in the direction of the gradient.
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
#    :meeting:
#
#    Each component is multiplied by its own factor, again and again.
#
#    .. notes::
#       In the race the factors were −1.1 and 0.79.
#
# Proposition (the limit of many steps)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`\lambda > 0` be an eigenvalue of :math:`A` and :math:`u` an eigenvector to it of length
# 1. Each step multiplies the component :math:`u \cdot (x - m)` by :math:`1 - \eta \lambda`. If
# :math:`\eta > 2/\lambda`, the component grows without bound, unless it is 0 to begin with. If no
# eigenvalue is negative and :math:`0 < \eta < 2/\lambda` for the largest, then from every starting
# point every step goes down until the gradient is 0, and :math:`f` tends to :math:`f(m)`.
#
# .. slide:: Component by component
#    :show: proof
#    :below:
#    :minutes: 4
#
#    In the directions of the eigenvectors nothing mixes.
#
#    .. notes::
#       The one line to remember: u · A w = A u · w, and A u = λ u.
#
# Proof
# ~~~~~
# Here :math:`\nabla f(x) = A (x - m)`. After the step the component is
#
# .. math::
#     u \cdot (x - m) &- \eta\, u \cdot A (x - m) \\
#     &= (1 - \eta \lambda)\, u \cdot (x - m),
#
# since :math:`u \cdot A w = (A u) \cdot w` for a symmetric :math:`A`, and :math:`A u = \lambda u`.
# If :math:`\eta \lambda > 2`, the factor :math:`1 - \eta \lambda` is below :math:`-1`. For the
# second part, :math:`g \cdot A g \le \lambda\, g \cdot g` with the largest :math:`\lambda`, so
# :math:`\eta < 2/\lambda` satisfies the proposition before. And :math:`f(x) - f(m)` is half the sum
# of :math:`\lambda_i\, (u_i \cdot (x - m))^2` over an orthonormal basis of eigenvectors. Where
# :math:`\lambda_i = 0` the summand is 0; elsewhere it is multiplied by :math:`(1 - \eta
# \lambda_i)^2 < 1` in each step. ∎
#
# In the race :math:`2/\lambda` is 0.2, so 0.21 is 5 % too much. The limit of its first step is nearly
# ten times as large, because at (0.001, 10) the gradient points nearly along the second axis, where the
# bowl bends little.

g = H @ [0.001, 10.0]
limit = 2 * g @ g / (g @ H @ g)
print(f'limit of one step {limit:.5f}, of many {2 / 10}')
assert 9.9 < limit / 0.2 < 10
for share, down in [(0.999, True), (1.001, False)]:
    assert (bowl(*([0.001, 10.0] - share * limit * g)) < falling[0]) == down

# %%
# .. slide:: Rosenbrock, with both limits
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    At the start they agree. Along the floor one step could be hundreds of times larger.
#
#    .. notes::
#       The last column comes from no formula. Where the step gets long, the valley bends away from the
#       quadratic function that is like it at the point.
#
# Both limits in the valley
# -------------------------
# Rosenbrock's function is not quadratic, but near each point it nearly is. We need its Hessian. For
# now we take differences of gradients; from step 32 on, the engine will do better. The last column
# comes from no formula: it is found by trying out steps of increasing size, until one does not go
# down.


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
assert all(2 < table[step][1] / table[step][2] < 5 for step in [100, 1000])

# %%
# At the start the gradient points straight down the wall, in the direction of the largest curvature: the
# two limits agree, and trying confirms them. After a thousand steps the gradient points along the
# floor, and the limits differ by a factor of hundreds. There a single step could be more than two
# hundred times :math:`2/\lambda`, but a run that keeps taking such steps is thrown against the walls.
#
# From step 100 on the formula for one step promises more than is true, by a factor of 3 or 4. It is
# exact for a quadratic function. A step this long ends outside the region where ours is nearly one: the
# valley bends, and the step runs into its wall.
#
# .. slide:: Zig-zag
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    The larger rate is ahead at first, and then stays where the curvature is about 2/rate.
#
#    .. notes::
#       The spikes on the right are the two ends of the zig-zag.
#
# The rate 0.001 is safe at all these points. What about 0.004? At step 1000 of the table it is
# above :math:`2/\lambda`, and at step 100 below. So it should get stuck somewhere in between.

wild = [(0.0, 2.0)]
x0, x1 = Variable(np.array(0.0)), Variable(np.array(2.0))
for _ in range(2100):
    descend(rosenbrock, (x0, x1), rate=0.004, steps=1)
    wild.append((float(x0.data), float(x1.data)))
for point in wild[-2:]:
    sharpest = np.linalg.eigvalsh(hessian(rosenbrock, np.array(point)))[-1]
    print(f'({point[0]:.3f}, {point[1]:.3f}): largest curvature {sharpest:.0f}')
assert np.allclose(wild[2000:2099], wild[2002:2101], rtol=0, atol=5e-4)
assert table[1000][0] < 0.004 < table[100][0]

import matplotlib.pyplot as plt

seen = [*range(20), *np.unique(np.geomspace(20, 1000, 60).astype(int))]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.1), layout='constrained')
grid = np.meshgrid(np.linspace(-0.3, 1.3, 40), np.linspace(-0.3, 2.1, 40))
left.contour(*grid, rosenbrock(*grid), np.geomspace(1, 400, 7), colors='tab:gray',
             linewidths=0.6)
for points, colour, style, name in [(path, 'C0', '-', 'rate 0.001'), (wild, 'C1', '--', 'rate 0.004')]:
    left.plot(*zip(*[points[k] for k in seen]), style, color=colour, linewidth=1, label=name)
    right.loglog([k + 1 for k in seen], [rosenbrock(*points[k]) for k in seen], style, color=colour,
                 linewidth=1, label=name)
left.plot(1, 1, '*', color='tab:green', markersize=12)
left.set(xlabel='$x_0$', ylabel='$x_1$', title='The path')
right.set(xlabel='step', title='The value')
right.legend()
figure.set_label('Two descents in the valley of Rosenbrock, at eighty of their first thousand steps. '
                 'With the rate 0.001 the path bends into the floor and creeps along it. With 0.004 '
                 'it zig-zags between the walls, is further down at first, and in the end not as '
                 'close to the minimum at (1, 1).')
assert rosenbrock(*wild[10]) < values[10] and rosenbrock(*wild[1000]) > values[-1]
assert len(seen) == 80

# %%
# It does get stuck. After two thousand steps it goes to and fro between two points, one on each wall.
# On one of them the largest curvature is above :math:`2/0.004 = 500`, on the other it is below. What
# one step adds, the next one takes away.
#
# Something like it has been observed in the training of networks with full batches: the largest curvature
# rises up to 2 divided by the learning rate, and stays there. This is called the *edge of stability* (`Cohen
# et al. 2021 <../../bibliography.md#cohen-2021>`_). That one can learn the largest curvature of a network
# while it is trained, and choose the rate by it, was shown long before (`LeCun, Simard and Pearlmutter 1993
# <../../bibliography.md#lecun-1993>`_).

curvatures = [np.linalg.eigvalsh(hessian(rosenbrock, np.array(p)))[-1] for p in wild[-2:]]
assert min(curvatures) < 2 / 0.004 == 500 < max(curvatures)
heights = [x1 - x0 ** 2 for x0, x1 in wild[-2:]]
assert min(heights) < 0 < max(heights)

# %%
# Does a short step always go down?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If :math:`f` is as smooth as the theorem asks, and its gradient is not 0, yes: near :math:`x` the
# second derivatives are bounded, so some :math:`L` serves for all steps that are short. For a function
# like :math:`|x|`, whose slope jumps at 0, a step of any fixed size goes up if it starts close enough to
# 0. From 0.01, the rate 0.1 leads to -0.09.

x = Variable(np.array(0.01))
descend(lambda x: (x ** 2) ** 0.5, (x,), rate=0.1, steps=1)
print(f'{x.data:.2f}')
assert abs(x.data) > 0.01 and np.isclose(x.data, -0.09)

# %%
# How slow is slow?
# ~~~~~~~~~~~~~~~~~
# At (1, 1) the curvatures are 1001.6 and 0.4. A stable rate is below 2/1001.6, about 0.002, and
# then the component along the floor is multiplied in each step by a factor that is not smaller than
# :math:`1 - 0.002 \cdot 0.4 = 0.9992`. To gain one digit takes more than two thousand steps. The
# ratio of the curvatures, 2508, decides how much work it is; it is called the **condition number**.

small, large = np.linalg.eigvalsh(hessian(rosenbrock, np.array([1.0, 1.0])))
print(f'{large:.1f} / {small:.3f} = {large / small:.0f}; steps for a digit: at least '
      f'{np.log(0.1) / np.log(1 - 2 / large * small):.0f}')
assert round(large, 1) == 1001.6 and round(small, 1) == 0.4 and round(large / small) == 2508
assert round(1 - 2 / large * small, 4) == 0.9992 and np.log(0.1) / np.log(1 - 2 / large * small) > 2000

# %%
# .. slide:: One evaluation, recorded
#    :show: picture
#    :minutes: 1
#
#    It is made anew in every step, and dropped after it.
#
#    .. notes::
#       The two gradients are all that a step keeps of it.
#
# The graph
# ---------
# Here is one evaluation of Rosenbrock's function at (0, 2), with its gradients. Each step makes such a
# graph anew, and drops it when the two gradients are there. (Constants have no place in it, and a circle is
# empty where no rule has kept the number.)
from dezero_lite import graph

x0, x1 = Variable(np.array(0.0), name='x0'), Variable(np.array(2.0), name='x1')
y = rosenbrock(x0, x1)
y.backward()
assert (y.data, x0.grad, x1.grad) == (401, -2, 400)
graph(y, names={'f': y}, values=True, grads=True)

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

start = np.array([3.0, -2.0])
x = Variable(start)
descend(lambda x: x ** 2, (x,), rate=0.25, steps=3)  # each step halves it
assert x.data.tolist() == [3 / 8, -2 / 8] and start.tolist() == [3, -2]

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
# .. slide:: The gradient alone is not enough
#    :minutes: 1
#    :meeting:
#    :recap:
#
#    One rate for all directions is too large for some and too small for others. Curvature knows
#    better.
#
#    .. notes::
#       What would one do with the curvature, if one had it?
#
# One rate for all directions is too large for some and too small for others, and the gradient does
# not know. The second derivative does. `Step 29 <step29.ipynb>`_ uses it, for a function of one
# variable, and needs seven steps.

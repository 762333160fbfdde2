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
#    :minutes: 2
#    :meeting:
#
#    Here are the curve :math:`e^{-x^2}` and a traveller at (1, 1). Who wants to differentiate the squared
#    distance twice by hand?
#
#    .. notes::
#       Let somebody try it on the board, and look at the clock.
#
# `Step 29 <step29.ipynb>`_ went down on a polynomial, whose second derivative is quickly written. Here is a
# question with a less pleasant one. A traveller stands at (1, 1) and wants to reach the curve
# :math:`y = e^{-x^2}` by the shortest path: which of its points is nearest? The square of the distance is
# :math:`(x - 1)^2 + (e^{-x^2} - 1)^2`. We try a few places.

import numpy as np

tried = {x: (x - 1) ** 2 + (np.exp(-x ** 2) - 1) ** 2 for x in [0.0, 0.25, 0.5, 0.75, 1.0]}
for x, d in tried.items():
    print(f'x = {x:4}: {d:.4f}')
assert min(tried, key=tried.get) == 0.75

# %%
# Of these 0.75 is the nearest. To find the place exactly, Newton's method needs :math:`f'` and :math:`f''`,
# and by hand that is a product rule within a chain rule, two times. Since `step 32 <step32.ipynb>`_ the
# engine can do it: go back once with ``create_graph=True``, and then go back from the gradient.
#
# .. ask::
#    Newton's method needs a second derivative. How does the engine find it?
#
#    - ``newton(f, x, steps)`` takes a function, a variable and a number of steps. It moves the
#      variable and returns the list of the points it visited as floats, the start among them.
#
# The program
# -----------
# .. slide:: Two passes, and a clear between them
#    :show: program
#    :pieces: newton
#    :minutes: 4
#    :meeting:
#
#    The first pass is recorded. Its result keeps its name, ``first``, while x is cleared for the
#    second.
#
#    .. notes::
#       Why may the second pass be a plain one? Nobody asks for a third derivative.
#
# The engine is that of step 32. ``newton``, below it, no longer takes ``second``.
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
# ``newton`` lets the first pass be recorded, puts the gradient aside under the name ``first``, clears,
# and goes back from there. The second pass is not recorded, since nobody asks for a third derivative;
# so ``x.grad`` is an array then. The step itself is a computation with numbers.

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
#    :minutes: 2
#    :meeting:
#
#    The left column was found by hand, the right one by the engine.
#
#    .. notes::
#       Equal to the last digit is luck: the engine multiplies in another order.
#
# .. internal:: == by_hand
#
# Here is the function of step 29, from 2, beside the same method with the formula :math:`12 x^2 - 4`:


def f(x):
    return x ** 4 - 2 * x ** 2


points = newton(f, Variable(np.array(2.0)), 7)
by_hand = [2.0]
for _ in range(7):
    x = by_hand[-1]
    by_hand.append(x - (4 * x ** 3 - 4 * x) / (12 * x ** 2 - 4))
for left, right in zip(by_hand, points):
    print(f'{left:<20} {right}')
assert np.allclose(points, by_hand, rtol=1e-14, atol=0)
assert points == by_hand == [2.0, 1.4545454545454546, 1.1510467893775467, 1.0253259289766978,
                             1.0009084519430513, 1.0000012353089454, 1.000000000002289, 1.0]

# %%
# Not a digit differs. That is more than we had a right to expect: the engine adds up :math:`12 x^2`
# and :math:`-4` from other products than the formula does, and each product is rounded. What holds
# at every point is that both compute the same second derivative, up to rounding; that is the
# proposition of step 32.
#
# .. slide:: The nearest point
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    Five steps from 0.75 suffice. The shortest path from (1, 1) meets the curve at a right angle.
#
#    .. notes::
#       The right angle checks the result without any second derivative.
#
# And the traveller? From 0.75 it takes five steps. We need not trust the engine that this is the place: the
# shortest path to a curve meets it at a right angle. The direction of the curve is :math:`(1, -2x e^{-x^2})`,
# which is quickly found by hand. And none of a hundred other points is nearer.

def squared_distance(x):
    return (x - 1) ** 2 + (np.exp(-x ** 2) - 1) ** 2


ways = newton(squared_distance, Variable(np.array(0.75)), 5)
print(*[f'{x:.12f}' for x in ways])
x = ways[-1]
foot, direction = np.array([x, np.exp(-x ** 2)]), np.array([1, -2 * x * np.exp(-x ** 2)])
assert abs((foot - 1) @ direction) < 1e-14 and abs(ways[5] - ways[4]) < 1e-15
grid = np.linspace(-0.6, 2, 100)
assert squared_distance(x) <= squared_distance(grid).min()

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 3.8))
axes.plot(grid, np.exp(-grid ** 2), color='black', label='$e^{-x^2}$')
axes.plot(*zip((1, 1), foot), 'o-', color='C1', label='the shortest path')
circle = plt.Circle((1, 1), squared_distance(x) ** 0.5, fill=False, linestyle=':', color='C0')
axes.add_patch(circle)
axes.set(aspect='equal', ylim=(0, 1.7), xlabel='x', ylabel='y')
axes.legend(loc='upper left')
figure.set_label('The bell curve, the point (1, 1) above it, and the shortest path from there to '
                 'the curve, which meets it at a right angle. A circle about (1, 1) touches the '
                 'curve at that point.')

# %%
# .. slide:: Without the clear
#    :show: predict output
#    :minutes: 3
#    :meeting:
#
#    Then f′ + f″ is in the denominator. Does the method still arrive at 1?
#
#    .. notes::
#       Near 1 the first derivative is nearly 0. So what is f′ + f″ there?
#
# What if one forgets to clear between the passes?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Then the second derivative is added to the first, and the step divides by :math:`f' + f''`.
#
# .. predict:: Newton's method from 2 is exactly at 1.0 after 7 steps. The clear between the two
#    passes is left out, so it divides by f′ + f″. After how many steps is it at 1.0 now?
#    :answer: 8 = late
#    :after:
#
#    - ``late``: Near 1 the first derivative is nearly 0, so the denominator is nearly right, and the
#      error is squared in each step as before. Only the first steps are shorter.
#    - ``7``: The points differ from the first step on: 24/(24 + 44) is not 24/44.
#    - ``40``: That would be so if each step removed a fixed share of the distance. But near 1 the
#      denominator is nearly right.
#    - ``'never'``: It does arrive: near 1 the denominator is nearly f″, so these are nearly Newton's steps.


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
assert np.isclose(way[1], 2 - 24 / (24 + 44)) and way[-1] == 1 and late == 8
factors = [(b - 1) / (a - 1) ** 2 for a, b in zip(way, way[1:]) if 1e-5 < a - 1 < 1e-2]
assert np.allclose(factors, 2.5, atol=0.05) and len(factors) >= 1

# %%
# It arrives, and the digits even double near the end, since :math:`f'` is nearly 0 there: the error
# is still squared, with the factor 2.5 in place of 1.5. A mistake that costs a single step is the
# hardest to find. The comparison with the formula finds it in the first step.
#
# .. slide:: Metres or millimetres?
#    :show: statement proof
#    :minutes: 3
#
#    Newton's method makes the same steps in any unit. Descent does not.
#
#    .. notes::
#       The slope brings one a, the curvature two, and going back to x one more.
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
#    :minutes: 2
#
#    Now t is in thousandths. Newton's method does not notice, and descent hardly moves.
#
#    .. notes::
#       The gradient is a thousand times smaller, and the distance a thousand times larger.
#
# Let :math:`a = 1/1000`, so that :math:`t` starts at 2000. Descent with the rate 0.04, which `took 11
# steps <step29.ipynb>`_ to come near the minimum at 1, is a million times slower now: the distance is
# a thousand times larger, and the gradient a thousand times smaller.


def g(t):
    return f(t / 1000)


finer = newton(g, Variable(np.array(2000.0)), 7)
print('Newton: ', *[f'{t:.4f}' for t in finer])
assert np.allclose(np.divide(finer, 1000), points, rtol=1e-14, atol=0)

t = Variable(np.array(2000.0))
for _ in range(11):
    t.cleargrad()
    g(t).backward()
    t.data = t.data - 0.04 * t.grad
print(f'descent: {t.data:.4f} after 11 steps')
assert np.isclose(2000 - t.data, 11 * 0.04 * 24 / 1000, rtol=1e-3)

# %%
# And with two variables?
# -----------------------
# .. slide:: Two variables: a matrix takes the place of f″
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    Where is :math:`g \cdot d + d \cdot H d / 2` lowest? Where :math:`H d = -g`.
#
#    .. notes::
#       The same thought as in step 29: put a paraboloid in place of the function, and go to its
#       bottom.
#
# Then :math:`f'` is the gradient :math:`g`, and :math:`f''` is the Hessian :math:`H` of `step 28
# <step28.ipynb>`_. In place of the parabola there is a paraboloid, which has the same value, the same
# gradient and the same curvatures at :math:`x`:
#
# .. math::
#     f(x) + g \cdot d + \tfrac{1}{2}\, d \cdot H d \quad\text{at } x + d .
#
# Its gradient with respect to :math:`d` is :math:`g + H d`, since :math:`H` is symmetric. That is 0 where
# :math:`H d = -g`, and if all curvatures are positive, the paraboloid is lowest there. So the step leads to
# :math:`x - H^{-1} g`, where for one variable there stood :math:`x - f'/f''`.
#
# The program's parts suffice: each component of the gradient is a variable, and going back from it
# gives one row of :math:`H`. In Rosenbrock's valley, from (0, 2):


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
    print(f'step {step}: ({a:.6f}, {b:.6f}), value {rosenbrock(a, b):10.6f}')
    slope, H = gradient_and_hessian(rosenbrock, xs)
    assert np.allclose(H, [[1200 * a * a - 400 * b + 2, -400 * a], [-400 * a, 200]], rtol=1e-13)
    for x, move in zip(xs, np.linalg.solve(H, slope)):
        x.data = x.data - move
assert np.allclose(path[5], 1, rtol=0, atol=1e-6)
assert round(rosenbrock(*path[1]), 3) == 1.005 and round(rosenbrock(*path[2]), 1) == 100.5

# %%
# .. slide:: Five steps beside a thousand
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Descent walks along the floor. Newton's method jumps, once up the wall, and is there.
#
#    .. notes::
#       Point 2 lies at the height 100.5. The paraboloid at point 1 goes down there; the valley does not.
#
# Five steps were enough. Here they are beside the thousand steps of descent from `step 28 <step28.ipynb>`_,
# in the same valley:

descended = [(0.0, 2.0)]
x0, x1 = Variable(np.array(0.0)), Variable(np.array(2.0))
for _ in range(1000):
    for x in (x0, x1):
        x.cleargrad()
    rosenbrock(x0, x1).backward()
    for x in (x0, x1):
        x.data = x.data - 0.001 * x.grad
    descended.append((float(x0.data), float(x1.data)))
assert np.allclose(descended[-1], (0.68371, 0.46595), rtol=0, atol=5e-6)

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 4.2))
grid = np.meshgrid(np.linspace(-0.3, 1.4, 40), np.linspace(-0.4, 2.2, 40))
axes.contour(*grid, rosenbrock(*grid), np.geomspace(1, 400, 7),
             colors='tab:gray', linewidths=0.6)
axes.plot(*zip(*descended[:20], *descended[20::20]), color='C0', label='descent, 1000 steps')
axes.plot(*zip(*path), 'o--', color='C1', label='Newton, 5 steps')
for step, (a, b) in enumerate(path[:4]):
    axes.annotate(str(step), (a, b), xytext=(6, 6), textcoords='offset points')
axes.plot(1, 1, '*', color='tab:green', markersize=12)
axes.set(xlabel='$x_0$', ylabel='$x_1$')
axes.legend(loc='upper right')
figure.set_label('The valley of Rosenbrock from above. Descent bends into the floor and creeps along it to '
                 '(0.68, 0.47). Newton\'s method goes straight down to (0, 0), from there to (1, 0), high '
                 'up the wall, then to (1, 1), the minimum.')
assert np.allclose(path[1], (0, 0), atol=0.03) and np.allclose(path[2], (1, 0), atol=0.03)
assert np.allclose(path[3], (1, 1), atol=0.03)

# %%
# In one step the value rises from 1.005 to 100.5. It is not that the method has turned uphill: at point 1 all
# curvatures are positive, and the paraboloid is lower at point 2. But so far away the valley is no longer
# like it, and nothing in the method compares the values of the function itself. (The matrix is asserted
# against its formula at each point. A gradient may be None here, where a component does not depend on a
# variable; its derivative is 0 then.)

(a, b), there = path[1], np.array(path[2])
slope = np.array([-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)])
H = np.array([[1200 * a * a - 400 * b + 2, -400 * a], [-400 * a, 200]])
move = there - (a, b)
assert np.linalg.eigvalsh(H).min() > 0 and slope @ move < slope @ move + move @ H @ move / 2 < 0

# %%
# The graph
# ---------
# .. slide:: What the second pass goes back through
#    :show: picture
#    :minutes: 2
#
#    The first pass has recorded this. The second goes back from y′ to x.
#
#    .. notes::
#       There are two paths from x to y′, one for each term. Where do they meet?
#
# Here is the graph of ``first`` at 2. The second pass goes back through it, from :math:`y' = 24` to
# :math:`x`, and finds 44. (A circle is empty where no rule has kept the number.)
from dezero_lite import graph

x = Variable(np.array(2.0), name='x')
f(x).backward(create_graph=True)
first = x.grad
x.cleargrad()
first.backward()
assert (first.data, x.grad) == (24, 44)
graph(first, names={"y'": first}, values=True)

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
halved = newton(lambda z: z ** 3, z, 2)
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
# .. slide:: And the third, and the eighth?
#    :minutes: 1
#    :meeting:
#
#    One pass more for each order. Each goes through the graph that the one before it has recorded.
#
#    .. notes::
#       Guess: how many functions are behind the eighth derivative of tanh?
#
# Nothing stops us from recording the second pass as well, and going on. Each pass goes through the
# graph that the pass before has recorded, and records another. How large do they get? `Step 35
# <step35.ipynb>`_ counts.

"""
Column: hard functions
======================

Three functions on which optimisation methods are tested, differentiated by one call and checked: the sphere, Matyas,
and Goldstein and Price with its thirty-eight functions.

Nobody would like to differentiate the function of Goldstein and Price by hand. Can one trust what the program of
`step 24 <step24.ipynb>`_ says about it?
"""

# %%
# Three landscapes
# ----------------
# .. slide:: Three landscapes
#    :show: picture
#    :minutes: 3
#
#    These are contour lines of the sphere, Matyas, and Goldstein and Price, from -2 to 2.
#
#    .. notes::
#       Ask where each is smallest. In the third the colours are of the logarithm.
#
# Optimisation methods look for the point where a function is smallest, and many feel their way by the gradient. To
# compare them, one tries them on functions whose smallest value is known. Here are three: the *sphere*
# :math:`x^2 + y^2`, the function of *Matyas* :math:`0.26\,(x^2 + y^2) - 0.48\,xy`, a long narrow valley, and that of
# *Goldstein and Price*, a polynomial of degree 8 with very steep walls, whose smallest value is 3, at (0, -1).

import numpy as np


def sphere(x, y):
    return x ** 2 + y ** 2


def matyas(x, y):
    return 0.26 * (x ** 2 + y ** 2) - 0.48 * x * y


def goldstein_price(x, y):
    a = 19 - 14 * x + 3 * x ** 2 - 14 * y + 6 * x * y + 3 * y ** 2
    b = 18 - 32 * x + 12 * x ** 2 + 48 * y - 36 * x * y + 27 * y ** 2
    return (1 + (x + y + 1) ** 2 * a) * (30 + (2 * x - 3 * y) ** 2 * b)


functions = [sphere, matyas, goldstein_price]
assert [f(x, y) for f, x, y in [(sphere, 0, 0), (matyas, 0, 0), (goldstein_price, 0, -1)]] == [0, 0, 3]
grid = np.linspace(-2, 2, 401)
assert np.isclose(goldstein_price(*np.meshgrid(grid, grid)).min(), 3, rtol=1e-9, atol=0)

# %%
# They are plain formulas, so they work on NumPy's arrays as well, and give the values of a whole grid at once. (The
# third picture is of the logarithm of the values plus 1: the walls are so steep that lines at equal steps would all
# stand there.)

import matplotlib.pyplot as plt

grid = np.linspace(-2, 2, 61)
figure, axes = plt.subplots(1, 3, figsize=(7.5, 2.7), sharey=True, layout='constrained')
for axis, f in zip(axes, functions):
    values = f(*np.meshgrid(grid, grid))
    if f is goldstein_price:
        values = np.log(values + 1)
    axis.contour(grid, grid, values, levels=9)
    axis.set(title=f.__name__, aspect='equal')
figure.set_label(
    'Contour lines of the three functions for x and y from -2 to 2. Those of the sphere are circles around the origin. '
    'Those of Matyas run along both sides of the diagonal. Those of Goldstein and Price bend around a deep hollow '
    'at (0, -1).')

# %%
# How do we know the smallest values?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A grid shows the values at its points only. But here the smallest values can be proved.
#
# Proposition (the smallest values)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The sphere and Matyas' function are 0 at (0, 0) and positive everywhere else. The function of Goldstein and Price is 3
# at (0, -1) and larger everywhere else.
#
# Proof (the smallest values)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For the sphere it is clear, and Matyas' function is :math:`0.24\,(x - y)^2 + 0.02\,(x^2 + y^2)`. For the third let
# :math:`p = x + y + 1` and :math:`q = 2x - 3y`. Multiplying out shows that the function is
#
# .. math::
#
#     \bigl(1 + p^2\,(3p^2 - 20p + 36)\bigr)\,\bigl(30 + q^2\,(3q^2 - 16q + 18)\bigr) .
#
# Here :math:`3p^2 - 20p + 36 = 3\,(p - 10/3)^2 + 8/3` is positive. So the first factor is at least 1, and is 1 only for
# :math:`p = 0`. The second factor is :math:`3 + (q - 3)^2\,(3q^2 + 2q + 3)`, again by multiplying out, and
# :math:`3q^2 + 2q + 3 = 3\,(q + 1/3)^2 + 8/3` is positive. So the second factor is at least 3, and is 3 only for
# :math:`q = 3`. The product is at least :math:`1 \cdot 3`, and is 3 only where :math:`p = 0` and :math:`q = 3`. There
# :math:`x + y = -1` and :math:`2x - 3y = 3`, and the only solution is (0, -1). ∎
#
# What was multiplied out is compared on the grid:

x, y = np.meshgrid(grid, grid)
p, q = x + y + 1, 2 * x - 3 * y
first, second = 1 + p ** 2 * (3 * p ** 2 - 20 * p + 36), 30 + q ** 2 * (3 * q ** 2 - 16 * q + 18)
assert np.allclose(goldstein_price(x, y), first * second, rtol=1e-9, atol=0)
assert np.allclose(first, 1 + p ** 2 * (3 * (p - 10 / 3) ** 2 + 8 / 3), rtol=1e-9, atol=0)
assert np.allclose(second, 3 + (q - 3) ** 2 * (3 * (q + 1 / 3) ** 2 + 8 / 3), rtol=1e-9, atol=0)
assert np.allclose(matyas(x, y), 0.24 * (x - y) ** 2 + 0.02 * (x ** 2 + y ** 2), rtol=1e-9, atol=1e-12)

# %%
# The program
# -----------
# It is step 24's, unchanged.
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


# %%
# How many functions are a formula?
# ---------------------------------
# .. slide:: How many functions are a formula?
#    :show: predict output
#    :minutes: 4
#
#    Matyas: :math:`0.26\,(x^2 + y^2) - 0.48\,xy`. Constants are not functions.
#
#    .. notes::
#       Give a minute with pencil and paper. Nine comes from those who count the constants, and six from those who see
#       one product where there are two. Then show the last line of the output: nobody would want to count that one.
#
# Each operator records one function, and ``backward`` runs each of them once.
#
# .. predict:: How many functions does the graph of ``0.26 * (x ** 2 + y ** 2) - 0.48 * x * y`` have?
#    :answer: 7 = found['matyas']
#    :type: number
#    :after:
#
#    - ``found['matyas']``: two powers, a plus, a minus, and three products: 0.26 times the sum, 0.48 times x, and that
#      times y.
#    - ``found['matyas'] + 2``: two too many. The two constants are not functions, and neither are x and y.
#    - ``found['matyas'] - 1``: one too few. Between 0.48, x and y there are two products.


def functions_behind(y):
    found, stack = set(), [y.creator]
    while stack:
        f = stack.pop()
        if isinstance(f, Function) and f not in found:
            found.add(f)
            stack += f.parents
    return found


found = {}
print('at (1, 1)      functions     value   gradient')
for f in functions:
    x, y = Variable(np.array(1.0)), Variable(np.array(1.0))
    z = f(x, y)
    z.backward()
    found[f.__name__] = len(functions_behind(z))
    print(f'{f.__name__:16}{found[f.__name__]:8}{z.data:10.6g}   ({x.grad:.6g}, {y.grad:.6g})')
assert list(found.values()) == [3, 7, 38]
assert (z.data, x.grad, y.grad) == (1876, -5376, 8064)

# %%
# Thirty-eight functions, one call of ``backward``. The last one's value and derivatives at (1, 1) are whole numbers, so
# rounding hides nothing.
#
# By hand, once
# ~~~~~~~~~~~~~
# .. slide:: By hand, once
#    :minutes: 3
#
#    At (1, 1) we have :math:`p = 3`, :math:`a = 3`, :math:`q = -1` and :math:`b = 37`.
#
#    .. notes::
#       It takes the product rule, the chain rule, and six numbers. Then ask who would do it at another point.
#
# It can still be done by hand, at this point. With :math:`p = x + y + 1` and :math:`q = 2x - 3y`, and with :math:`a`
# and
# :math:`b` as in the code above, the function is :math:`(1 + p^2 a)(30 + q^2 b)`. Its derivative by :math:`x` is
#
# .. math::
#
#     (2 p\,a + p^2 a_x)\,(30 + q^2 b) + (1 + p^2 a)\,(4 q\,b + q^2 b_x),
#
# where :math:`a_x = -14 + 6x + 6y` and :math:`b_x = -32 + 24x - 36y`. (The 4 is twice the derivative of :math:`q`.)

p, q, a, b = 1 + 1 + 1, 2 - 3, 19 - 14 + 3 - 14 + 6 + 3, 18 - 32 + 12 + 48 - 36 + 27
a_x, b_x = -14 + 6 + 6, -32 + 24 - 36
by_hand = (2 * p * a + p ** 2 * a_x) * (30 + q ** 2 * b) + (1 + p ** 2 * a) * (4 * q * b + q ** 2 * b_x)
print('by hand:', by_hand)
assert (p, q, a, b) == (3, -1, 3, 37) and by_hand == x.grad

# %%
# Are the gradients right?
# ------------------------
# .. slide:: Are the gradients right?
#    :show: output
#    :minutes: 3
#
#    Move one input at a time, and compare.
#
#    .. notes::
#       Ask what one would compare with, if the formula is too long to be differentiated by hand. Differences, as in
#       step 10. Ask also what agreement at three points proves: nothing in the strict sense, but a wrong sign in any
#       rule would show.
#
# And at other points? `Step 10's <../stage1/step10.ipynb>`_ ``numerical_gradient`` needs no derivatives: it moves one
# input at a time. Here it is for functions of two numbers. It calls the same formula with plain numbers, since a
# formula does not know whether it computes with variables.


def differences(f, point, eps=1e-5):
    found = []
    for i in range(len(point)):
        low, high = ([*point[:i], point[i] + s, *point[i + 1:]] for s in (-eps, eps))
        found.append((f(*high) - f(*low)) / (2 * eps))
    return found


print('                 point          gradient                differences')
for f in functions:
    for point in [(1.0, 1.0), (0.4, -0.7), (-1.3, 0.2)]:
        xs = [Variable(np.array(p)) for p in point]
        f(*xs).backward()
        gradient, wanted = [x.grad for x in xs], differences(f, point)
        print(f'{f.__name__:17}{str(point):13}', ' '.join(f'{g:11.3f}' for g in [*gradient, *wanted]))
        assert np.allclose(gradient, wanted, rtol=1e-6, atol=1e-6)

# %%
# A check by differences is never a proof, as `step 10 <../stage1/step10.ipynb>`_ says. But would it notice a mistake?
# We make some on purpose, one at a time: each gradient that one of the thirty-eight functions sends to an input gets
# the wrong sign, or is doubled, or is wrong by a thousandth. At the second point all of these are noticed.


def spoiled(rule, which, by):
    def backward(gy):
        gxs = rule(gy)
        gxs = list(gxs) if isinstance(gxs, tuple) else [gxs]
        gxs[which] = gxs[which] * by
        return tuple(gxs)
    return backward


noticed = []
xs = [Variable(np.array(0.4)), Variable(np.array(-0.7))]
z, wanted = goldstein_price(*xs), differences(goldstein_price, (0.4, -0.7))
for g in functions_behind(z):
    for which, parent in enumerate(g.parents):
        for by in [-1, 2, 1.001] if parent is not None else []:
            g.backward = spoiled(g.backward, which, by)
            gradients = backward_pass(z)
            del g.backward  # the class's own again
            noticed.append(not np.allclose([gradients[x] for x in xs], wanted, rtol=1e-6, atol=1e-6))
print('mistakes made:', len(noticed), ' noticed:', sum(noticed))
gradients = backward_pass(z)
assert np.allclose([gradients[x] for x in xs], wanted, rtol=1e-6, atol=1e-6)
assert all(noticed) and len(noticed) > 3 * 38

# %%
# What would such a check not notice?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: What such a formula can't show
#    :show: output
#    :minutes: 2
#
#    In such a formula each computed value is used once. So no order of the pass could spoil it.
#
#    .. notes::
#       The question is what a test can't see. Most say 'a wrong rule', and that is just what it does see. A wrong
#       *order* stays hidden, because in such a formula each computed value is used once; the diamond is there for
#       that. If the room is tired, this is the slide to leave out.
#
# It would not notice a wrong order. In these formulas each computed value is used once, and only ``x`` and ``y`` are
# used several times. By the `theorem <breaks14.ipynb>`_ of the column after step 15, even step 14's order is right
# then. That is why the pages from 17 on repeat the diamond. Let us count the uses:

from collections import Counter

for f in functions:
    x, y = Variable(np.array(1.0)), Variable(np.array(1.0))
    parents = [place for g in functions_behind(f(x, y)) for place in g.parents]
    uses = Counter(place for place in parents if place is not None)
    computed = [count for place, count in uses.items() if isinstance(place, Function)]
    print(f'{f.__name__:16} uses of x: {uses[x]}, of y: {uses[y]}, of a computed value: {max(computed)}')
    assert max(computed) == 1
assert (uses[x], uses[y]) == (8, 8)

# %%
# .. slide:: Matyas, seven functions
#    :show: picture
#    :minutes: 2
#
#    Nobody drew this by hand. It is what one call of the formula has recorded.
#
#    .. notes::
#       Let them find the seven boxes in the picture, and the products into which one arrow goes in place of two. Ask
#       what the blank circles are: values that no rule reads.
#
# The graph
# ---------
# Here is the graph of Matyas' function, which is small enough to look at. Into two of its three products leads one
# arrow only, since the constants 0.26 and 0.48 have no place. Blank circles are values that no rule reads.
from dezero_lite import graph

x, y = Variable(np.array(1.0), name='x'), Variable(np.array(1.0), name='y')
z = matyas(x, y)
picture = graph(z, names={'z': z}, values=True)
assert len(picture.functions) == found['matyas']
products = [g for g in functions_behind(z) if isinstance(g, Mul)]
assert sorted(g.parents.count(None) for g in products) == [0, 1, 1]
picture

# %%
# Does one step downhill help?
# ----------------------------
# .. slide:: One step against the gradient
#    :show: output
#    :minutes: 2
#
#    .. notes::
#       The step has to be tiny for Goldstein and Price. Ask why.
#
# The gradient says in which direction a function grows fastest. A small step against it should make the value smaller.
# How small is small enough?

for f in functions:
    x, y = Variable(np.array(1.0)), Variable(np.array(1.0))
    z = f(x, y)
    z.backward()
    steps = []
    for rate in [0.1, 0.001, 0.00001]:
        moved = f(x.data - rate * x.grad, y.data - rate * y.grad)
        steps.append(bool(moved < z.data))
        print(f'{f.__name__:16} rate {rate:<8g} from {z.data:.6g} to {moved:.6g}')
    assert steps == [f is not goldstein_price] * 2 + [True]

# %%
# On the steep walls of the third only the smallest step helps; the others go too far, and end higher than they began.
# How one walks down such a function is the subject of `step 28 <../stage3/step28.ipynb>`_. And the package behind this
# site says the same as the program of this page:

import dezero_lite

x, y = dezero_lite.Variable(np.array(1.0)), dezero_lite.Variable(np.array(1.0))
z = goldstein_price(x, y)
z.backward()
assert (z.data, x.grad, y.grad) == (1876, -5376, 8064)

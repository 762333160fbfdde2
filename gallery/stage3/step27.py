"""
Step 27: a Taylor series
========================

A loop that stops when its terms are small, differentiated as it ran. The derivative of a truncated
series is less exact than its value, and one can say by how much.

How does a computer find a sine? One way is to add up a series until the terms are too small to
matter. How many terms that takes depends on the number. Can such a program be differentiated?
"""

# %%
# .. slide:: How long does the loop run?
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    Nobody knows before it runs: it depends on the number, and on the threshold.
#
#    .. notes::
#       Ask for a guess at x = 10 before the output appears. Then: can one differentiate a program of
#       which nobody knows how long it is?
#
# The sine is the sum of its Taylor series.
#
# .. math::
#     \sin x = x - \frac{x^3}{3!} + \frac{x^5}{5!} - \dots
#     = \sum_{i=0}^{\infty} (-1)^i \frac{x^{2i+1}}{(2i+1)!}.
#
# We add terms until one is smaller than a threshold. Let us count them first, with plain numbers.

from math import factorial, pi


def terms(x, threshold):
    i = 0
    while abs(x ** (2 * i + 1) / factorial(2 * i + 1)) >= threshold:
        i += 1
    return i + 1


for x in [0.1, pi / 4, 3.0, 10.0]:
    print(f'x = {x:7.4f}:', *[f'{terms(x, t):3} terms at {t:g}' for t in (1e-4, 1e-8)])
assert [terms(x, 1e-4) for x in (0.1, pi / 4, 3.0, 10.0)] == [3, 4, 8, 18]

# %%
# A formula on paper has one length, whatever :math:`x` is. The length of a program's run may depend
# on :math:`x`, and the graph is recorded while it runs. So nothing needs to be done: after the loop
# the graph holds the functions that were called, and ``backward`` goes through those.
#
# .. ask::
#    How does one differentiate a loop whose length depends on the data?
#
#    - ``taylor_sin(x, threshold)`` takes a variable and a number, and gives the sum as a variable:
#      all terms down to the first whose absolute value is below the threshold, that one included.
#    - ``np.sin(x)`` works on a variable.
#
# The program
# -----------
# .. slide:: A loop with a condition
#    :show: program
#    :pieces: taylor_sin Sin
#    :minutes: 3
#    :meeting:
#
#    ``taylor_sin`` looks at the data to decide whether to go on. The engine never notices.
#
#    .. notes::
#       Point at ``t.data``: the condition is outside the graph. The engine's own sine is one class
#       with one rule.
#
# To compare with, the engine learns ``np.sin``, whose derivative is the cosine.
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
# ``taylor_sin`` is an ordinary function with an ordinary loop. It looks at ``t.data``, a number, to
# decide whether to go on.

import itertools
import math


def taylor_sin(x, threshold):
    y = 0
    for i in itertools.count():
        t = (-1) ** i / math.factorial(2 * i + 1) * x ** (2 * i + 1)
        y = y + t
        if abs(t.data) < threshold:
            return y


# %%
# The run
# -------
# .. slide:: The derivative of what ran
#    :show: predict output
#    :minutes: 4
#    :meeting:
#
#    :math:`\sin \pi/4` and its derivative should both be 0.70710678…
#
#    .. notes::
#       Let everybody write down a number. Whoever says 3 has counted the terms that are not below the
#       threshold; the fourth is, and it is added all the same.
#
# .. internal:: functions_behind
#
# Sine and cosine of :math:`\pi/4` are equal, :math:`\sqrt{1/2}`. The threshold is :math:`10^{-4}`.
#
# .. predict:: At π/4 the terms are 0.785, 0.081, 0.0025, 0.000037, … How many does the loop add,
#    with a threshold of 0.0001?
#    :answer: 4 = len(functions_behind(y)) // 3
#    :type: number
#    :after:
#
#    - ``len(functions_behind(y)) // 3``: The loop looks at a term after it has added it. So the first one
#      below the threshold, 0.000037, is in the sum as well.
#    - ``3``: The first term below the threshold is added as well; only then does the loop look at it.
#    - ``len(functions_behind(y))``: That is the number of functions. Each term is a power, a
#      product and a sum.


from math import factorial, pi


def functions_behind(y):
    found, stack = set(), [y.creator]
    while stack:
        f = stack.pop()
        if isinstance(f, Function) and f not in found:
            found.add(f)
            stack += f.parents
    return found


sizes = [(pi / 4) ** (2 * i + 1) / factorial(2 * i + 1) for i in range(4)]
assert [round(size, d) for size, d in zip(sizes, [3, 3, 4, 6])] == [0.785, 0.081, 0.0025, 0.000037]

x = Variable(np.array(np.pi / 4))
y = taylor_sin(x, 1e-4)
y.backward()
print('value     ', y.data)
print('derivative', x.grad)
print(len(functions_behind(y)), 'functions')
assert round(0.5 ** 0.5, 8) == 0.70710678
assert np.allclose((y.data, x.grad), (0.7071064695751781, 0.7071032148228457), rtol=1e-14)
assert len(functions_behind(y)) == 12
assert 1e-7 < abs(y.data - 0.5 ** 0.5) < 1e-6 < abs(x.grad - 0.5 ** 0.5) < 1e-5

# %%
# .. slide:: The derivative is worse than the value
#    :show: output
#    :minutes: 3
#
#    Both are truncated at the same term. Why is one further off than the other?
#
#    .. notes::
#       Differentiate the first term left out on the board: the power falls by one, and a factor comes
#       down.
#
# .. internal::
#
# Four terms, three functions each. The value is off by less than a millionth, the derivative by more
# than that. Here are other thresholds, with the errors. (They are measured against sixteen terms of the
# series, computed in fractions.)

from fractions import Fraction
from functools import cache


@cache
def exact(x, n, derivative=False):
    """The first n terms of the series, or of its derivative, without rounding."""
    d = 0 if derivative else 1
    return sum((-1) ** i * Fraction(x) ** (2 * i + d) / factorial(2 * i + d) for i in range(n))


def measured(point, threshold):
    """Terms, errors of value and of derivative, and the number of functions."""
    x = Variable(np.array(point))
    y = taylor_sin(x, threshold)
    y.backward()
    size = len(functions_behind(y))
    errors = [abs(float(Fraction(float(got)) - exact(point, 16, derivative)))
              for got, derivative in [(y.data, False), (x.grad, True)]]
    return size // 3, *errors, size


print('threshold  terms  error of value  of derivative  functions')
rows = {t: measured(pi / 4, t) for t in [1e-4, 1e-8, 1e-12, 1e-150]}
for t, (n, value, derivative, size) in rows.items():
    print(f'{t:9g}  {n:5}  {value:14.1e}  {derivative:13.1e}  {size:9}')
assert [row[0] for row in rows.values()] == [4, 6, 8, 47]
assert [row[3] for row in rows.values()] == [12, 18, 24, 141]
assert all(row[1] < row[2] for row in list(rows.values())[:3])

# %%
# .. internal:: measured
#
# With a threshold of :math:`10^{-150}` the loop goes on for 47 terms, though a value near 0.7 is not
# changed by any after the tenth: the terms are below half a unit of its last digit. The graph has
# them all the same.

x = Variable(np.array(np.pi / 4))
assert taylor_sin(x, 1e-150).data == taylor_sin(x, 1e-16).data
assert measured(pi / 4, 1e-16)[0] <= 10

# %%
# .. slide:: The error is at most the first term left out
#    :show: statement
#    :minutes: 2
#
#    That holds if the terms alternate in sign, never grow, and go to zero.
#
#    .. notes::
#       Draw the sums on a line: each jumps over the limit, and each jump is shorter than the last.
#
# Theorem (the error of an alternating series)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`a_0 \ge a_1 \ge a_2 \ge \dots` tend to 0, and let :math:`S_n = a_0 - a_1 + \dots \pm
# a_{n-1}` be the sum of the first :math:`n` terms with alternating signs. Then :math:`S_n` tends to
# a limit :math:`S`, and :math:`|S - S_n| \le a_n`.
#
# .. slide:: Bracket the terms in two ways
#    :show: proof
#    :below:
#    :minutes: 3
#
#    What follows the :math:`n`-th sum lies between nothing and the first term of it.
#
#    .. notes::
#       Two ways to put brackets: pairs from the first term on, pairs from the second on.
#
# Proof
# ~~~~~
# Let :math:`m > n`. The difference :math:`(-1)^n (S_m - S_n)` is :math:`a_n - a_{n+1} + a_{n+2} -
# \dots`, ending with :math:`\pm a_{m-1}`. Put brackets around pairs, beginning with the first term:
# :math:`(a_n - a_{n+1}) + (a_{n+2} - a_{n+3}) + \dots`. Each bracket is at least 0, and so is a
# last term that stands alone, for its sign is plus. So the difference is at least 0. Now put
# brackets beginning with the second: :math:`a_n - (a_{n+1} - a_{n+2}) - \dots`, where a last term
# that stands alone has a minus. So it is at most :math:`a_n`.
#
# Hence :math:`|S_m - S_n| \le a_n` for all :math:`m > n`. As :math:`a_n` tends to 0, the sums are a
# Cauchy sequence and have a limit. Let :math:`m` go to infinity. ∎
#
# .. slide:: Differentiation lowers each power by one
#    :show: statement
#    :minutes: 2
#
#    So the first term left out is larger, by the factor :math:`(2n + 1)/x`.
#
#    .. notes::
#       At π/4 with four terms: 9 divided by 0.785, about one digit.
#
# Proposition (the derivative of a truncated series)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`0 < x \le \sqrt 2`, and let :math:`P_n` be the polynomial of the first :math:`n \ge 1`
# terms of the series. Then
#
# .. math::
#     |\sin x - P_n(x)| &\le \frac{x^{2n+1}}{(2n+1)!}, \\
#     |\cos x - P_n'(x)| &\le \frac{x^{2n}}{(2n)!},
#
# and the second bound is :math:`(2n + 1)/x` times the first.
#
# Proof
# ~~~~~
# Term :math:`i` of the sine is :math:`x^2 / ((2i)(2i + 1))` times the one before. For :math:`i \ge
# 1` and :math:`x^2 \le 2` that is less than 1, and it tends to 0; so the terms fall, and tend to 0.
# The theorem gives the first bound. Term by term, the derivative is :math:`P_n'(x) = 1 - x^2/2! +
# \dots`, the first :math:`n` terms of the cosine, and :math:`n` is the same for both: the loop has
# run, and how it came to stop does not matter any more. Each term is :math:`x^2/((2i - 1)(2i))`
# times the one before, at most 1, and the theorem gives the second bound. The quotient of the
# bounds is :math:`(2n + 1)!/(2n)! \cdot 1/x`. ∎
#
# .. slide:: Where rounding begins, the errors stop falling
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    The dots are the errors of value and derivative, and the lines are their bounds.
#
#    .. notes::
#       Both bounds fall faster and faster, about one digit apart. The floor is the last digit of a float.
#
# .. internal::
#
# At :math:`\pi/4` and with four terms the factor is :math:`9/0.785 \approx 11.5`, which costs about one
# digit. The picture shows errors and bounds for one to ten terms.

import matplotlib.pyplot as plt

assert round(9 / (pi / 4), 1) == 11.5
points = range(1, 11)
errors = {'value': [], 'derivative': []}
for n in points:
    x = Variable(np.array(pi / 4))
    last = (pi / 4) ** (2 * n - 1) / factorial(2 * n - 1)
    _, value, derivative, size = measured(pi / 4, 1.0001 * last)
    assert size == 3 * n
    errors['value'].append(value)
    errors['derivative'].append(derivative)
bounds = {'value': [(pi / 4) ** (2 * n + 1) / factorial(2 * n + 1) for n in points],
          'derivative': [(pi / 4) ** (2 * n) / factorial(2 * n) for n in points]}

figure, axes = plt.subplots(figsize=(7, 3.4))
for name, colour in [('value', 'C0'), ('derivative', 'C1')]:
    axes.semilogy(points, [max(e, 1e-18) for e in errors[name]], 'o', color=colour,
                  label=f'error of the {name}')
    axes.semilogy(points, bounds[name], '-', color=colour, alpha=0.5, label='its bound')
    assert all(e <= b + 3e-16 for e, b in zip(errors[name], bounds[name]))
for n in points:  # without rounding the bounds hold as they are, at two points
    for p in [pi / 4, 1.3]:
        assert abs(exact(p, n) - exact(p, 16)) <= Fraction(p) ** (2 * n + 1) / factorial(2 * n + 1)
        assert (abs(exact(p, n, True) - exact(p, 16, True))
                <= Fraction(p) ** (2 * n) / factorial(2 * n))
axes.set(xlabel='terms', ylabel='error at π/4', ylim=(1e-18, 1))
axes.legend()
figure.set_label('Error against number of terms, both falling steeply; the derivative is about one '
                 'digit worse than the value. In the end rounding, about 1e-16, is all that is left.')

# %%
# .. slide:: A jump that backward does not see
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    Where the number of terms changes, the program jumps. The derivative of what ran knows nothing
#    of it.
#
#    .. notes::
#       Which of the two numbers is the derivative of the program? Neither: there is none at that
#       place. Which does one want? The one near the cosine.
#
# Where the number of terms changes
# ---------------------------------
# .. internal::
#
# The program as a whole is not differentiable everywhere. Between 0.3 and :math:`\pi/4` there is a
# place where a fourth term is added; there the value jumps by the size of that term, 0.0000004.
# ``backward`` differentiates the terms that were added, to the left and to the right of that place,
# and both derivatives are close to the cosine. A central difference across the place, with
# :math:`\varepsilon = 10^{-8}`, sees the jump, and gives about -19. We find the place by bisection.

def terms_of(point):
    return len(functions_behind(taylor_sin(Variable(np.array(point)), 1e-4))) // 3


few, many = 0.3, pi / 4
while many - few > 1e-12:
    middle = (few + many) / 2
    if terms_of(middle) > terms_of(few):
        many = middle
    else:
        few = middle
slopes = []
for point in [few, many]:
    x = Variable(np.array(point))
    y = taylor_sin(x, 1e-4)
    y.backward()
    slopes.append(x.grad)
    print(f'at {point:.12f}: {terms_of(point)} terms, derivative {x.grad:.6f}')
eps = 1e-8
above, below = (taylor_sin(Variable(np.array(few + s)), 1e-4).data for s in (eps, -eps))
print(f'difference quotient across: {(above - below) / (2 * eps):.1f}')
assert np.allclose(slopes, np.cos(few), rtol=0, atol=1e-5)
assert round(few ** 7 / factorial(7), 7) == 4e-7
assert round((above - below) / (2 * eps)) == -19

# %%
# What if x is large?
# ~~~~~~~~~~~~~~~~~~~
# Then the series is still right, and the program is not. The terms first grow, with alternating
# signs, and a sum that is at most 1 is what remains of them when they have cancelled each other.
# Each is rounded in its sixteenth digit. At 40 the largest is so large that half a unit of its last
# digit is 1; at 50 the program's "sine" lies outside the interval from -1 to 1.

for point in [10, 20, 30, 40, 50]:
    largest = float(max(Fraction(point) ** (2 * i + 1) / factorial(2 * i + 1) for i in range(60)))
    print(f'x = {point}: largest term {largest:7.1e}, rounded by up to {np.spacing(largest) / 2:.1e}')
    assert point != 40 or np.spacing(largest) / 2 == 1
assert abs(taylor_sin(Variable(np.array(10.0)), 1e-8).data - np.sin(10)) < 1e-8
assert abs(taylor_sin(Variable(np.array(50.0)), 1e-8).data) > 1

# %%
# That is **cancellation**. The remedy is to bring :math:`x` between :math:`-\pi` and :math:`\pi`
# first, by subtracting a multiple of :math:`2\pi`.
#
# What does define-by-run buy here?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# It buys the loop. Where a graph is defined first and run later, Python's own ``while`` and ``if`` have
# finished before the first number arrives. Such a system needs a loop of its own, as a function of
# the graph, and the number of terms must be data like any other. Here ``for`` is ``for``, a debugger
# stops in it, and the graph may be another one for each :math:`x`. The price is that it is recorded
# anew each time.
#
# .. internal:: functions_behind
#
# Still, that a function can be computed by a loop does not mean the loop should be recorded. The
# engine's own sine is one function in the graph, with one rule, and its derivative is a cosine that
# is not truncated:

for point in [np.pi / 4, 0.7, -2.0]:
    x = Variable(np.array(point))
    y = np.sin(x)
    y.backward()
    assert x.grad == np.cos(point) and len(functions_behind(y)) == 1
    print(f'at {point:.4f}: {len(functions_behind(y))} function, derivative {x.grad:.6f}')

# %%
# .. slide:: Nine functions that nobody wrote down
#    :show: picture
#    :minutes: 1
#
#    There are three terms, and each is a power, a product with a number, and a sum.
#
#    .. notes::
#       Ask where the loop is. It is gone: the graph has what ran.
#
# The graph
# ---------
# Here are three terms, as the loop added them. The loop itself is not in the picture.
#
# .. internal:: picture.functions
from dezero_lite import graph

x = Variable(np.array(np.pi / 4), name='x')
y = taylor_sin(x, 1e-2)
picture = graph(y, names={'y': y})
assert len(picture.functions) == 9
picture

# %%
# Does everything from before still work?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A program that grows may lose something on the way. So the steps of this stage put it to the same
# test. Formulas that use all its operators, with numbers and arrays on both sides, are compared with
# `differences <../stage1/step10.ipynb>`_; gradients have to add up over two passes; and what is kept
# is looked at.

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

sums = [taylor_sin(Variable(np.array(1.0)), threshold).data for threshold in [0.2, 0.1, 0.005]]
assert np.allclose(sums, [1 - 1 / 6, 1 - 1 / 6 + 1 / 120, 1 - 1 / 6 + 1 / 120 - 1 / 5040], rtol=1e-14)

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
# .. slide:: A derivative of anything: what for?
#    :minutes: 1
#
#    To find where something is least: go down, step by step.
#
#    .. notes::
#       Ask what the group would use a gradient for, before the answer.
#
# We can differentiate what we can compute. What does one do with a derivative? By far the most common
# answer: follow it downhill. `Step 28 <step28.ipynb>`_ does, and asks how large a step may be.

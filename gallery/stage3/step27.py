"""
Step 27: a Taylor series
========================

A loop that stops when its terms are small, differentiated as it ran. The derivative of a truncated
series is less exact than its value, and one can say by how much.

How does a computer find a sine? For instance by adding up a series until the terms are too small to
matter. How many terms that takes depends on the number. Can such a program be differentiated?
"""

# %%
# .. slide:: How long does the loop run?
#    :show: output
#    :minutes: 3
#
#    Nobody knows before it runs: it depends on the number, and on the threshold.
#
# The Taylor series of the sine is
#
# .. math::
#     \sin x = x - \frac{x^3}{3!} + \frac{x^5}{5!} - \dots
#     = \sum_{i=0}^{\infty} (-1)^i \frac{x^{2i+1}}{(2i+1)!}.
#
# We add terms until one is smaller than a threshold. First with plain numbers, to get a feeling:

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
# No formula on paper has a length that depends on :math:`x`. A program has, and the graph is
# recorded while it runs. So there is nothing to do: after the loop the graph has as many functions
# as were called, and ``backward`` goes through those.
#
# The program
# -----------
# .. slide:: A loop with a condition
#    :show: changes program
#    :minutes: 4
#
#    ``taylor_sin`` looks at the data to decide whether to go on. The engine never notices.
#
# ``taylor_sin`` is an ordinary function with an ordinary loop. To compare with, the engine learns
# ``np.sin`` and ``np.cos``, each the other's derivative up to a sign.
import heapq
import itertools
import math
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
#
#    :math:`\sin \pi/4` and its derivative should both be 0.7071067811865475…
#
# Sine and cosine of :math:`\pi/4` are equal, :math:`\sqrt{1/2}`. The threshold is :math:`10^{-4}`.
#
# .. predict:: At π/4 the terms are 0.785, 0.081, 0.0025, 0.000037, … How many does the loop add,
#    with a threshold of 0.0001?
#    :answer: len(functions_behind(y)) // 3
#    :type: number
#    :after:
#
#    - ``3``: The first term below the threshold is added as well: only then the loop looks.
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


x = Variable(np.array(np.pi / 4))
y = taylor_sin(x, 1e-4)
y.backward()
print('value     ', y.data)
print('derivative', x.grad)
print(len(functions_behind(y)), 'functions')
assert (y.data, x.grad) == (0.7071064695751781, 0.7071032148228457)
assert len(functions_behind(y)) == 12

# %%
# .. slide:: The derivative is worse than the value
#    :show: output
#    :minutes: 4
#
#    Both are truncated at the same term. Why is one further off than the other?
#
# Four terms, three functions each. The derivative is right to five digits, the value to six. With
# other thresholds, and the errors against exact values. (They are computed in fractions, with
# sixteen terms.)

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

# %%
# With a threshold of :math:`10^{-150}` the loop goes on for 47 terms, though a value near 0.7 takes
# no notice of any after the tenth: the terms are below half a unit of its last digit. The graph has
# them all the same.

x = Variable(np.array(np.pi / 4))
assert taylor_sin(x, 1e-150).data == taylor_sin(x, 1e-16).data
assert measured(pi / 4, 1e-16)[0] <= 10

# %%
# .. slide:: The error is at most the first term left out
#    :show: statement
#    :minutes: 2
#
#    If the terms alternate in sign, fall, and go to zero.
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
# Proposition (the derivative of a truncated series)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`0 < x \le \sqrt 2`, and let :math:`P_n` be the polynomial of the first :math:`n \ge 1`
# terms of the series. Then
#
# .. math::
#     |\sin x - P_n(x)| \le \frac{x^{2n+1}}{(2n+1)!}
#     \quad\text{and}\quad
#     |\cos x - P_n'(x)| \le \frac{x^{2n}}{(2n)!},
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
# .. slide:: Where rounding begins, the lines stop falling
#    :show: picture
#    :minutes: 3
#
#    Error of value and derivative against the number of terms, with both bounds.
#
# At :math:`\pi/4` and with four terms the factor is :math:`9/0.785 \approx 11.5`: one digit. The
# picture has errors and bounds for one to ten terms.

import matplotlib.pyplot as plt

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
# .. slide:: A step that backward does not see
#    :show: output
#    :minutes: 4
#
#    Where the number of terms changes, the program jumps. The derivative of what ran knows nothing
#    of it.
#
# What if the number of terms changes just here?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The program as a whole is not differentiable everywhere. Between 0.3 and :math:`\pi/4` there is a
# place where a fourth term is added, and by its size, 0.0000004, the value jumps. ``backward``
# differentiates the terms that were added, to the left and to the right of that place, and both
# derivatives are close to the cosine. A central difference across the place sees the jump. We find
# it by bisection.

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
assert abs((above - below) / (2 * eps) - np.cos(few)) > 10

# %%
# What does define-by-run buy here?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The loop. Where a graph is defined first and run later, ``while`` and ``if`` of the language are
# over before the first number arrives. Such a system needs a loop of its own, as a function of the
# graph, and the number of terms must be data like any other. Here ``for`` is ``for``, a debugger
# stops in it, and the graph is different for each :math:`x`. The price is that it is recorded anew
# each time.
#
# On the other hand, a loop is no reason to record a loop. The engine's own sine is one function in
# the graph, with one rule, and its derivative is a cosine that is not truncated:

x = Variable(np.array(np.pi / 4))
y = np.sin(x)
y.backward()
print(len(functions_behind(y)), 'function, derivative', x.grad)
assert x.grad == np.cos(np.pi / 4) and len(functions_behind(y)) == 1

for point in [0.7, -2.0]:
    x = Variable(np.array(point))
    np.cos(x).backward()
    assert x.grad == -np.sin(point)

# %%
# .. slide:: Twelve functions that nobody wrote down
#    :show: picture
#    :minutes: 2
#
#    Four terms: a power, a product with a number, a sum.
#
# The graph
# ---------
# The loop with four terms, recorded by ``dezero_lite``; ``taylor_sin`` runs with any engine.
import dezero_lite
from dezero_lite import graph

x = dezero_lite.Variable(np.array(np.pi / 4), name='x')
y = taylor_sin(x, 1e-4)
assert y.data == 0.7071064695751781
picture = graph(y, names={'y': y})
assert len(picture.functions) == 12
picture

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
# .. slide:: A derivative of anything: what for?
#    :minutes: 1
#
#    To find where something is least: go down, step by step.
#
# We can differentiate what we can compute. What does one do with a derivative? The most frequent
# answer by far is to go downhill with it. `Step 28 <step28.ipynb>`_ does, and asks how large a step
# may be.

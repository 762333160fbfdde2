"""
Column: all derivatives at once
===============================

Let each place of a program hold not a number, but the beginning of a series. One run forward then gives all derivatives
up to any order, and no graph is kept. What it costs can be counted.

Passes over passes make a graph that, for ``tanh``, grows nearly threefold with each order. Must higher derivatives be so expensive?
"""

# %%
# Carry a curve along
# -------------------
# .. slide:: Multiply, and cut off
#    :show: output
#    :minutes: 3
#
#    We multiply the series of the exponential with itself, up to the fourth power. What should come out?
#
#    .. notes::
#       Let them say it first: the exponential squared is that of twice as much. Then the coefficients are powers of 2
#       over factorials.
#
# Let :math:`x` move: it is :math:`x + t` at the time :math:`t`. Then everything that a program computes from it is a
# function of :math:`t`, and each smooth function of :math:`t` begins like a polynomial,
# :math:`u_0 + u_1 t + u_2 t^2 + \dots`, with :math:`u_k = u^{(k)}(0) / k!`. The
# `dual numbers <../stage1/column.ipynb>`_ of stage 1 carry :math:`u_0` and :math:`u_1`. Why stop there?
# `Step 35 <step35.ipynb>`_ has done it for ``tanh`` by itself. Here is the series of :math:`e^t`, multiplied with
# itself as one multiplies polynomials, and cut off after :math:`t^4`:

import math

e = [1 / math.factorial(k) for k in range(5)]
square = [sum(e[i] * e[k - i] for i in range(k + 1)) for k in range(5)]
print(*[f'{coefficient:.4f}' for coefficient in square])
assert all(math.isclose(square[k], 2 ** k / math.factorial(k)) for k in range(5))

# %%
# These are :math:`2^k / k!`, the coefficients of :math:`e^{2t}`, as it should be. So a product is easy. But what is the
# exponential of a series, or its ``tanh``?
#
# Theory
# ------
# .. slide:: One rule for exp, log, sin and tanh
#    :show: statement
#    :minutes: 4
#
#    Each of them has a derivative that is a factor times the derivative of what is inside.
#
#    .. notes::
#       Ask for g: it is y for exp, one over u for log, the cosine for sin, and 1 minus y squared for tanh.
#
# .. slide:: Compare the coefficients
#    :show: proof
#    :below:
#    :minutes: 3
#
# Theorem (the rules of series)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`u` and :math:`v` have :math:`n` derivatives at 0, and let :math:`u_k`, :math:`v_k` be their coefficients.
# For :math:`k \le n`:
#
# - :math:`w = uv` has :math:`w_k = \sum_{i=0}^k u_i v_{k-i}`;
# - :math:`w = u/v`, where :math:`v_0 \ne 0`, has :math:`w_k = \bigl(u_k - \sum_{i=1}^k v_i w_{k-i}\bigr) / v_0`;
# - if :math:`y' = g\, u'` near 0, and :math:`g` has :math:`n - 1` derivatives there, then
#   :math:`k\, y_k = \sum_{i=1}^k i\, u_i\, g_{k-i}` for :math:`k \ge 1`.
#
# Proof
# ~~~~~
# The k-th derivative of a product is :math:`\sum_i \binom{k}{i} u^{(i)} v^{(k-i)}`, by Leibniz; divided by :math:`k!`
# this is the first line. The second is the first, for :math:`u = wv`, solved for :math:`w_k`. For the third, the
# coefficient of :math:`t^{k-1}` in :math:`y'` is :math:`k\, y_k`, in :math:`u'` that of :math:`t^{i-1}` is
# :math:`i\, u_i`; and the first line gives that of the product. ∎
#
# The third line needs only the coefficients of :math:`g` up to :math:`k - 1`. So :math:`g` may depend on :math:`y`
# itself, whose coefficients up to :math:`k - 1` are there by then: :math:`y = e^u` has :math:`g = y`, and
# :math:`y = \tanh u` has :math:`g = 1 - y^2`. Sine and cosine are the imaginary and the real part of
# :math:`y = e^{iu}`, where :math:`g = iy`.
#
# The arithmetic
# --------------
# Such a beginning of a series is called a *jet*. ``dot`` makes the sums of the theorem, and counts their products.

import cmath

products = 0


def dot(a, b):
    """a[0] b[-1] + a[1] b[-2] + …"""
    global products
    products += len(a)
    return sum(p * q for p, q in zip(a, reversed(b)))


class Jet:
    def __init__(self, coefficients):
        self.c = list(coefficients)

    def like(self, other):
        """The coefficients of something that may be a number, and stands still then."""
        return other.c if isinstance(other, Jet) else [other] + [0.0] * (len(self.c) - 1)

    def __add__(self, other):
        return Jet(a + b for a, b in zip(self.c, self.like(other)))

    def __mul__(self, other):
        b = self.like(other)
        return Jet(dot(self.c[:k + 1], b[:k + 1]) for k in range(len(b)))

    def __truediv__(self, other):
        b, w = self.like(other), []
        for k, a in enumerate(self.c):
            w.append((a - dot(b[1:k + 1], w)) / b[0])
        return Jet(w)

    def __rtruediv__(self, number):
        return Jet(self.like(number)) / self

    def __array_ufunc__(self, ufunc, method, u):
        return {np.exp: exp, np.log: log, np.sin: sin, np.cos: cos, np.tanh: tanh}[ufunc](u)

    __radd__, __rmul__ = __add__, __mul__


# %%
# .. slide:: A function is a factor, and where it begins
#    :show: code
#    :minutes: 4
#
#    A *jet* is the beginning of a series. ``solve`` is the third line of the theorem.
#
#    .. notes::
#       Ask what one has to write for the arctangent: its factor, 1 over 1 plus u squared, and nothing else.
#
# Now the functions. Each has its value, and its factor :math:`g`.


def solve(u, start, factor):
    """The y with y' = g u', where factor(y) is the next coefficient of g."""
    y, g = [start], []
    for k in range(1, len(u.c)):
        g.append(factor(y))
        y.append(dot([i * u.c[i] for i in range(1, k + 1)], g) / k)
    return Jet(y)


def exp(u):
    return solve(u, math.exp(u.c[0]), lambda y: y[-1])


def log(u):
    inverse = (1 / u).c
    return solve(u, math.log(u.c[0]), lambda y: inverse[len(y) - 1])


def tanh(u):
    return solve(u, math.tanh(u.c[0]), lambda y: (len(y) == 1) - dot(y, y))


# %%
# Sine and cosine go by complex numbers, for which the proof is the same. Last comes the series of a whole program:


def turn(u):
    return solve(u, cmath.exp(1j * u.c[0]), lambda y: 1j * y[-1]).c


def sin(u):
    return Jet(number.imag for number in turn(u))


def cos(u):
    return Jet(number.real for number in turn(u))


def taylor(f, x, n):
    """The coefficients of f(x + t), up to order n."""
    return f(Jet([x, 1.0] + [0.0] * (n - 1))).c


# %%
# NumPy's functions ask a ``Jet`` what to do, as they ask our variables (`step 24 <../stage2/step24.ipynb>`_). So one
# formula serves both.
#
# The run
# -------
# .. slide:: The same eight derivatives
#    :show: output
#    :minutes: 3
#
#    On the left stand eight passes, each over the graph of the one before, and on the right one run.
#
#    .. notes::
#       The last column counts products. Ask by which law it grows before you go on.
#
# The n-th derivative is :math:`n!` times the n-th coefficient. Here it is for ``tanh`` at 1, beside what the engine
# finds by going back again and again:

import numpy as np

from dezero_lite import Variable, gradients


def by_passes(f, x, n):
    """The derivatives of order 0 to n, each a variable with its graph."""
    x = Variable(np.array(x))
    found = [f(x)]
    for _ in range(n):
        found += gradients(found[-1], (x,), create_graph=True)
    return found


def functions_behind(y):
    found, waiting = set(), [y.creator]
    while waiting:
        f = waiting.pop()
        if hasattr(f, 'parents') and f not in found:
            found.add(f)
            waiting += f.parents
    return found


def counted(f, x, n):
    """All derivatives up to order n, and how many products that took."""
    global products
    products = 0
    series = taylor(f, x, n)
    return [coefficient * math.factorial(k) for k, coefficient in enumerate(series)], products


orders = range(1, 9)
passes = by_passes(np.tanh, 1.0, 8)
functions = [len(functions_behind(passes[n])) for n in orders]
counts = [counted(np.tanh, 1.0, n)[1] for n in orders]
for n in orders:
    print(f'order {n}: {float(passes[n].data):10.4f} {functions[n - 1]:5} functions,', end=' ')
    print(f'{counted(np.tanh, 1.0, n)[0][n]:10.4f} {counts[n - 1]:3} products')
assert np.allclose([y.data for y in passes], counted(np.tanh, 1.0, 8)[0], rtol=1e-11)
assert counts == [n * (n + 1) for n in orders]
assert functions[1:] == [3 ** (n - 1) + 3 * 2 ** (n - 1) - 2 for n in orders[1:]]

# %%
# .. slide:: From order 10 to order 20
#    :show: predict output
#    :minutes: 3
#
#    .. notes::
#       In step 35 the graph of order 20 would have had more than a billion functions.
#
# .. predict:: We want twenty derivatives of tanh in place of ten. By what factor does the number of products grow,
#    roughly?
#    :answer: 4 = round(ratio)
#    :type: number
#    :after:
#
#    - ``round(ratio)``: each new coefficient takes sums over all that are there, so the number grows like the square of
#      the order.
#    - ``2``: each coefficient would have to cost the same, however many there are before it.
#    - ``3 ** 10``: that is about how the graph of passes over passes grows, nearly threefold with each order.

ten, twenty = counted(np.tanh, 1.0, 10)[1], counted(np.tanh, 1.0, 20)[1]
ratio = twenty / ten
print(ten, 'products for order 10,', twenty, 'for order 20')
print('functions for order 20, by step 35:', 3 ** 19 + 3 * 2 ** 19 - 2)
assert (ten, twenty) == (10 * 11, 20 * 21) and 3 ** 19 + 3 * 2 ** 19 - 2 > 1e9

# %%
# (The sums of step 35 had half as many. There what is inside ``tanh`` is :math:`x + t`, and the sums over its
# coefficients have a single term that is not 0. ``solve`` does not look.)
#
# Proposition (the price)
# ~~~~~~~~~~~~~~~~~~~~~~~
# With jets of order :math:`n` each ``+``, ``*``, ``/``, ``exp``, ``log``, ``sin``, ``cos`` and ``tanh`` of a program
# takes at most :math:`(n + 1)(n + 2)` products of coefficients in ``dot``.
#
# Proof (price)
# ~~~~~~~~~~~~~
# A product takes :math:`1 + 2 + \dots + (n + 1) = \tfrac{1}{2}(n + 1)(n + 2)`. A quotient takes
# :math:`0 + 1 + \dots + n = \tfrac{1}{2} n(n + 1)`, and so does ``solve`` by itself, and with it ``exp``, ``sin`` and
# ``cos``. For ``log`` there is a quotient before, for ``tanh`` a square within, with as many again: :math:`n(n + 1)`. A
# sum takes none. ∎
#
# .. slide:: A power, and a square
#    :show: picture
#    :minutes: 2
#
#    On this scale a power of a number is a straight line.
#
#    .. notes::
#       For a second derivative it does not matter. Ask from which order on it does.
from dezero_lite.pictures import control, curve

for name, most in {'exp': 0.5, 'sin': 0.5, 'cos': 0.5, 'log': 1, 'tanh': 1}.items():
    assert all(counted(getattr(np, name), 1.0, n)[1] == most * n * (n + 1) for n in orders)
assert all(counted(lambda x: x * x, 1.0, n)[1] == (n + 1) * (n + 2) / 2 for n in orders)
curve({'functions of the graph': (list(orders), functions), 'products with jets': (list(orders), counts)}, log='y',
      x='order of the derivative', y='how many')

# %%
# For comparison, here is the graph of the third derivative. Jets leave none.
from dezero_lite import graph

graph(passes[3])

# %%
# A whole formula
# ---------------
# .. slide:: Twenty derivatives of a formula
#    :show: output
#    :minutes: 3
#
#    They are checked without any derivative, by the values on a circle around the point.
#
#    .. notes::
#       The second way is Cauchy's formula, with a sum in place of the integral. It needs a function of complex numbers.
#
# Rules for functions are rules for everything that is made of them. Here is :math:`e^{\sin x} \log(2 + x) / (1 + x^2)`
# at one half, up to order 20. That is too far for passes. But there is another way to the coefficients, which
# knows nothing of rules: by Cauchy's formula they are means over a circle in the complex plane, :math:`u_k r^k` being
# that of :math:`f(x + r e^{i\varphi})\, e^{-ik\varphi}`. For 256 points that is exact up to round-off here.


def formula(x):
    return np.exp(np.sin(x)) * np.log(2 + x) / (1 + x * x)


r = 0.7
series = taylor(formula, 0.5, 20)
circle = np.fft.fft(formula(0.5 + r * np.exp(2j * np.pi * np.arange(256) / 256))).real / 256
for k in (0, 1, 5, 20):
    print(f'order {k:2}: coefficient {series[k]:11.8f}, by the circle {circle[k] / r ** k:11.8f}')
assert np.allclose(np.array(series) * r ** np.arange(21), circle[:21], rtol=0, atol=1e-13)
assert np.allclose([y.data for y in by_passes(formula, 0.5, 3)], counted(formula, 0.5, 3)[0], rtol=1e-11)

# %%
# How far does a series reach?
# ----------------------------
# .. slide:: The series of tanh knows π
#    :show: picture output
#    :minutes: 4
#
#    The curve is smooth and has no corner, and yet its polynomials leave it beyond 1.57.
#
#    .. notes::
#       Move the order in the page. Ask what is at 1.57. Nothing that is real: a pole at iπ/2, as far away as that.
#
# ``tanh`` is smooth everywhere. Its series at 0 is another matter. Choose an order. (The picture cuts off at 2.)

order = control('order', 9, 1, 41)
across = np.linspace(-2.2, 2.2, 89)
polynomial = np.polyval(taylor(np.tanh, 0.0, 41)[int(order)::-1], across)
curve({'tanh': (across, np.tanh(across)), 'its series, cut off': (across, np.clip(polynomial, -2, 2))}, x='x', y='y')

# %%
# However many terms one takes, they help only up to about 1.57. What is there? Nothing that one could see: the obstacle
# lies at the same distance from 0, but in the complex plane, where :math:`\tanh` has a *pole*, a place near which it
# grows without bound. The coefficients know it.

c = taylor(np.tanh, 0.0, 41)
reach = math.sqrt(-c[39] / c[41])
print(f'root of the ratio of the last two: {reach:.12f}')
print(f'π / 2:                             {math.pi / 2:.12f}')
assert abs(reach - math.pi / 2) < 1e-12 and round(reach, 2) == 1.57

# %%
# Proposition (where tanh has its poles)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For the coefficients of :math:`\tanh` at 0, :math:`-c_{k}/c_{k+2}` tends to :math:`(\pi/2)^2` as :math:`k` runs
# through the odd numbers.
#
# Proof (poles)
# ~~~~~~~~~~~~~
# :math:`\tanh z = \sinh z / \cosh z` has poles where :math:`\cosh z = 0`. Those next to 0 are :math:`\pm i\pi/2`, and
# there it behaves like :math:`1/(z \mp i\pi/2)`, since the derivative of the denominator is the numerator. Take both
# away: what is left has no pole up to :math:`\pm 3i\pi/2`, so its coefficients are at most a multiple of :math:`q^k`
# for each :math:`q` above :math:`2/(3\pi)`. And the two together are :math:`2z / (z^2 + (\pi/2)^2)`, a geometric
# series: from one odd coefficient to the next there is the factor :math:`-(2/\pi)^2`. With a :math:`q` below
# :math:`2/\pi` the rest tends to 0 beside them. ∎
#
# .. slide:: A sine with a derivative that is not a number
#    :show: output
#    :minutes: 3
#
#    Each derivative of a sine lies between -1 and 1. That of order 201 should, too.
#
#    .. notes::
#       Which of the two factors is to blame? Both: one is too large for a number of 64 bits, the other too small.
#
# What is still wrong
# -------------------
# The derivative is :math:`k!` times the coefficient, and both may leave the range of numbers, on different sides. The
# derivative of order 201 of the sine at 0 is 1:

coefficient = taylor(np.sin, 0.0, 201)[201]
factorial = math.prod(float(k) for k in range(1, 202))
derivative = coefficient * factorial
print('coefficient', coefficient, ' factorial', factorial, ' derivative', derivative)
assert coefficient == 0 and math.isinf(factorial) and math.isnan(derivative)

# %%
# The cure is another pace: let :math:`x` move by :math:`x + st`. Then the k-th coefficient is :math:`s^k` times
# as large, and with an :math:`s` that is neither too small nor too large both factors are numbers again:

s = 74.0
coefficient = sin(Jet([0.0, s] + [0.0] * 200)).c[201]
derivative = coefficient * math.prod(k / s for k in range(1, 202))
print(f'coefficient {coefficient:.3f}, derivative {derivative:.10f}')
assert abs(derivative - 1) < 1e-10

# %%
# And a jet moves along *one* line. For :math:`f(x, y)` one run along (1, 0), one along (0, 1) and one along (1, 1) give
# the mixed derivative: :math:`f_{xy}` is what the second coefficient of the last has beyond those of the two others.
# For all second derivatives of a function of :math:`n` numbers that makes :math:`n(n + 1)/2` runs. With passes, as in
# `step 36 <step36.ipynb>`_, it takes one for the gradient, and :math:`n` over that one.


def two(x, y):
    return np.sin(x * y) * x + np.tanh(y)


at = 0.8, 0.3
second = [two(*(Jet([x, float(v), 0.0]) for x, v in zip(at, along))).c[2] for along in [(1, 1), (1, 0), (0, 1)]]
mixed = second[0] - second[1] - second[2]
x, y = (Variable(np.array(number)) for number in at)
slope, = gradients(two(x, y), (x,), create_graph=True)
passed = float(gradients(slope, (y,))[0])
print(f'mixed derivative: {mixed:.10f} with jets, {passed:.10f} by two passes')
assert np.isclose(mixed, passed, rtol=1e-12)

# %%
# So jets are for many orders and few directions, passes for few orders and many inputs. The standard book on automatic
# differentiation has a chapter on such series, with rules for more functions (:paper:`griewank-walther-2008`).

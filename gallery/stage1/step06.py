"""
Step 06: backpropagation by hand
================================

The chain rule, proved in full, and four lines of code that apply it from the output back to the input.

A program computes :math:`w = h(g(f(x)))` in three moves. How fast does :math:`w` change when
:math:`x` changes, and can the program tell us with three small rules instead of one long formula?
"""

# %%
# Theory
# ------
# .. slides: skip
#
# Name the values on the way: :math:`y = f(x)`, :math:`z = g(y)`, :math:`w = h(z)`.
#
# Theorem (chain rule)
# ~~~~~~~~~~~~~~~~~~~~
# Let :math:`I, J, K` be open intervals and :math:`f: I \to J`, :math:`g: J \to K`,
# :math:`h: K \to \mathbb{R}` functions. Let :math:`x \in I`, :math:`y = f(x)` and :math:`z = g(y)`.
# If :math:`f` is differentiable at :math:`x`, :math:`g` at :math:`y` and :math:`h` at :math:`z`,
# then :math:`h \circ g \circ f` is differentiable at :math:`x`, and
#
# .. math::
#     (h \circ g \circ f)'(x) = h'(z) \cdot g'(y) \cdot f'(x).
#
# Nothing more is asked: the derivatives need not be continuous, nor exist at any other point. And if
# the functions are defined near :math:`x, y, z` only, shrink the intervals: :math:`g` is continuous
# at :math:`y`, so it maps a small open interval around :math:`y` into :math:`K`, and likewise
# :math:`f`.
#
# The proof that fails
# ~~~~~~~~~~~~~~~~~~~~
# It is tempting to multiply and divide by the inner increment :math:`f(s) - f(x)`:
#
# .. math::
#     \frac{g(f(s)) - g(f(x))}{s - x}
#     = \frac{g(f(s)) - g(f(x))}{f(s) - f(x)} \cdot \frac{f(s) - f(x)}{s - x}.
#
# But the inner increment may be zero, and that in every neighbourhood of :math:`x`, however small.
# The classical example is :math:`s^2 \sin(1/s)` at :math:`x = 0`. We take a sister of it that can be
# computed without rounding: :math:`f(0) = 0`, and otherwise :math:`f(s) = s^2 \cdot d(1/s)`, where
# :math:`d(u)` is the distance from :math:`u` to the nearest integer. It is zero at
# :math:`s = \pm 1, \pm 1/2, \pm 1/3, \dots`, and :math:`f'(0) = 0` because
# :math:`|f(s)| \le s^2 / 2`.
#
# How often does the tempting proof divide by zero? We count, in exact fractions, with
# :math:`g(q) = q^2 + 3q` as the outer function.

from fractions import Fraction
from functools import cache


@cache  # we shall ask for the same points again and again
def f(s):
    return s * s * abs(1 / s - round(1 / s)) if s else s


def g(q):
    return q * q + 3 * q


def naive(s):
    return (g(f(s)) - g(f(0))) / (f(s) - f(0)) * ((f(s) - f(0)) / s)


# 1/k is a zero of f; between two zeros, at 2/(2k + 1), f reaches its bound s^2/2.
points = [sign * s for k in range(1, 1001) for sign in (1, -1)
          for s in (Fraction(1, k), Fraction(2, 2 * k + 1))]

failures = 0
for s in points:
    try:
        naive(s)
    except ZeroDivisionError:
        failures += 1

print(f'divided by zero at {failures} of {len(points)} points')
assert failures == 2000 and len(points) == 4000
assert all(f(s) in (0, s * s / 2) for s in points)

# %%
# Neither kind of point can be left out, since both occur as close to 0 as we please. One could treat
# the two kinds apart; it is simpler to multiply where the tempting proof divides.
#
# Lemma (Carathéodory)
# ~~~~~~~~~~~~~~~~~~~~
# Let :math:`f` be a real function on an open interval :math:`I`, and :math:`a \in I`. Then :math:`f` is
# differentiable at :math:`a` if and only if there is a function :math:`\varphi` on :math:`I`,
# continuous at :math:`a`, such that for all :math:`s \in I`
#
# .. math::
#     f(s) - f(a) = \varphi(s) \cdot (s - a).
#
# In that case :math:`\varphi(a) = f'(a)`, and :math:`f` is continuous at :math:`a`. (What else this
# makes short: `Kuhn (1991) <../../bibliography.md#kuhn-1991>`_.)
#
# Proof of the lemma
# ~~~~~~~~~~~~~~~~~~
# If :math:`f` is differentiable at :math:`a`, let :math:`\varphi(s)` be the difference quotient for
# :math:`s \ne a`, and :math:`\varphi(a) = f'(a)`. The equation holds for :math:`s \ne a` by this
# choice, and for :math:`s = a` both sides are 0. That the quotients tend to :math:`f'(a)` is the
# continuity of :math:`\varphi` at :math:`a`.
#
# If conversely such a :math:`\varphi` is given, then the difference quotient equals
# :math:`\varphi(s)` for each :math:`s \ne a`, and tends to :math:`\varphi(a)` by continuity. So
# :math:`f'(a)` exists and is :math:`\varphi(a)`. Finally
# :math:`f(s) = f(a) + \varphi(s)(s - a) \to f(a)` as :math:`s \to a`. ∎
#
# In code, :math:`\varphi` needs the value of the derivative at one point only. A wrong value there
# would spoil the continuity, and that is what we test for our :math:`f` at 0: since
# :math:`|\varphi(s)| \le |s|/2`, the value at 0 must be 0.


def slope(f, a, derivative):
    return lambda s: (f(s) - f(a)) / (s - a) if s != a else derivative


phi = slope(f, 0, 0)

assert all(f(s) - f(0) == phi(s) * s for s in [*points, 0])
assert all(abs(phi(s) - phi(0)) <= abs(s) / 2 for s in points)

wrong = slope(f, 0, 1)
assert all(abs(wrong(s) - wrong(0)) >= 1 / 2 for s in points)  # not continuous at 0

# %%
# Proof of the chain rule
# ~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`\varphi` belong to :math:`f` at :math:`x` and :math:`\psi` to :math:`g` at :math:`y`,
# by the lemma. Thus :math:`g(q) - g(y) = \psi(q)(q - y)` for **all** :math:`q \in J`,
# the case :math:`q = y` included. We may put :math:`q = f(s)` for any :math:`s \in I`:
#
# .. math::
#     g(f(s)) - g(f(x)) &= \psi(f(s)) \cdot (f(s) - f(x)) \\
#     &= \psi(f(s)) \cdot \varphi(s) \cdot (s - x).
#
# Does this hold at all 4000 points, the 2000 awkward ones among them? Yes, and without rounding. The
# derivative of our :math:`g` at :math:`f(0) = 0` is 3.

psi = slope(g, f(0), 3)

for s in points:
    y = f(s)
    assert g(y) - g(f(0)) == psi(y) * (y - f(0)) == psi(y) * phi(s) * s
print('holds exactly at', len(points), 'points, with inner increment 0 at',
      sum(f(s) == f(0) for s in points))

# %%
# The factor :math:`(\psi \circ f) \cdot \varphi` is continuous at :math:`x`: by the lemma
# :math:`f` is continuous at :math:`x`, :math:`\psi` at :math:`y = f(x)`, and :math:`\varphi` at
# :math:`x`, and composition and product keep continuity. Hence the lemma, read in the other
# direction and for :math:`g \circ f`, says that :math:`g \circ f` is differentiable at :math:`x`,
# with derivative
#
# .. math::
#     (g \circ f)'(x) = \psi(f(x)) \cdot \varphi(x) = g'(y) \cdot f'(x).
#
# .. slides: skip
#
# We watch the factor come to its limit, for our :math:`f` (limit :math:`3 \cdot 0`) and for
# :math:`s + f(s)`, whose derivative at 0 is 1 (limit :math:`3 \cdot 1`).


def tilted(s):
    return s + f(s)


for name, inner, derivative in (('f', f, 0), ('s + f', tilted, 1)):
    phi, psi = slope(inner, 0, derivative), slope(g, inner(0), 3)
    for radius in (Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000)):
        close = [s for s in points if abs(s) <= radius]
        gap = max(abs(psi(inner(s)) * phi(s) - 3 * derivative) for s in close)
        print(f'{name:>5}: within {str(radius):>6} of 0 the factor is within '
              f'{float(gap):.5f} of {3 * derivative}')
        assert gap <= 3 * radius

# %%
# .. slides: full
#
# For three functions, use what we have just proved twice. The function :math:`g \circ f` is
# differentiable at :math:`x`, its value there is :math:`z`, and :math:`h` is differentiable at
# :math:`z`. So
#
# .. math::
#     (h \circ (g \circ f))'(x) = h'(z) \cdot (g \circ f)'(x) = h'(z) \cdot g'(y) \cdot f'(x). \quad ∎
#
# The same step, repeated, proves it for any number of functions. In the increment of
# :math:`h \circ g \circ f` three factors line up in place of two, and that can be tested exactly, too.


def h(r):
    return r * r + 5 * r


phi, psi, chi = slope(f, 0, 0), slope(g, f(0), 3), slope(h, g(f(0)), 5)

for s in points:
    y = f(s)
    z = g(y)
    assert h(z) - h(g(f(0))) == chi(z) * psi(y) * phi(s) * s

# %%
# From which end to multiply
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# The product :math:`h'(z) \cdot g'(y) \cdot f'(x)` may be taken from either end. Taken from the
# left, its partial products are
#
# .. math::
#     1, \qquad h'(z), \qquad h'(z)\, g'(y), \qquad h'(z)\, g'(y)\, f'(x),
#
# the derivatives of the *output* :math:`w` with respect to :math:`w, z, y, x`, in this order. That
# is backpropagation. Taken from the right, they are the derivatives of :math:`x, y, z, w` with respect
# to the *input* :math:`x`. On a line both ways cost the same. With many inputs and one output the left
# end wins, and a `column <column.ipynb>`_ counts by how much; so the left it is.
#
# Each factor needs the value at which its function was called, and so a function has to remember its
# input.
#
# The program
# -----------
# A ``Variable`` holds a value, ``data``, and later a derivative, ``grad``. A ``Function`` holds a
# rule for each of the two directions: ``forward`` computes, ``backward`` multiplies the derivative
# that arrives, ``gy``, by its own.

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None


class Function:
    def __call__(self, x):
        y = Variable(self.forward(x.data))
        self.input = x  # backward differentiates at this point
        return y


class Square(Function):
    def forward(self, x):
        return x ** 2

    def backward(self, gy):
        return 2 * self.input.data * gy


class Exp(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return np.exp(self.input.data) * gy


# %%
# The run
# -------
# Forward: :math:`f` and :math:`h` square, :math:`g` is the exponential, and :math:`x = 0.5`. So
# :math:`y` is 0.25, :math:`z` is :math:`e^{0.25}` and :math:`w` is :math:`e^{0.5}`.

f, g, h = Square(), Exp(), Square()

x = Variable(np.array(0.5))
y = f(x)
z = g(y)
w = h(z)

print('y =', y.data)
print('z =', z.data)
print('w =', w.data)
assert y.data == 0.25 and z.data == np.exp(0.25)
assert np.isclose(w.data, np.exp(0.5), rtol=1e-15, atol=0)

# %%
# Backward: four lines, from the output to the input. The first says that
# :math:`\mathrm{d}w/\mathrm{d}w = 1`.

w.grad = np.array(1.0)
z.grad = h.backward(w.grad)
y.grad = g.backward(z.grad)
x.grad = f.backward(y.grad)
print(x.grad)

assert x.grad == 3.297442541400256

# %%
# Is it right? On paper :math:`w = e^{2x^2}`, so the derivative is
# :math:`4x\, e^{2x^2} = 2 e^{0.5} \approx 3.2974`. And each variable on the way holds the partial
# product that the theory promised it.

assert np.isclose(x.grad, 2 * np.exp(0.5), rtol=1e-15, atol=0)
assert round(float(x.grad), 4) == 3.2974

dh, dg, df = 2 * z.data, np.exp(y.data), 2 * x.data
assert (w.grad, z.grad, y.grad, x.grad) == (1, dh, dh * dg, dh * dg * df)

# %%
# Why keep a gradient on every variable?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Only ``x.grad`` was asked for. Along a line each of the others is read once, by the next line
# of code, and one running product would do. It looks wasteful.
#
# It stops being wasteful as soon as the graph branches and merges. Let :math:`y = f(x)` be used
# twice, :math:`w = g(y) + h(y)`. Its derivative is
#
# .. math::
#     \frac{\mathrm{d}w}{\mathrm{d}x} = (g'(y) + h'(y)) \cdot f'(x)
#     = g'(y) \cdot f'(x) + h'(y) \cdot f'(x).
#
# In the first form the sum is kept, as ``y.grad``, and the way back leads through :math:`f` once; in
# the second each path pays for :math:`f` again. Both ways in turn:

gw = np.array(1.0)
g(y), h(y)  # both functions remember y now

y.grad = g.backward(gw) + h.backward(gw)
once = f.backward(y.grad)
by_path = [f.backward(g.backward(gw)), f.backward(h.backward(gw))]

assert np.isclose(once, sum(by_path), rtol=1e-15, atol=0)
print('one call of f.backward, or one for each of', len(by_path), 'paths')

# %%
# Two paths are no burden, but paths multiply: `step 15 <../stage2/step15.ipynb>`_ counts
# :math:`2^k` of them in a ladder of :math:`k` diamonds. With a gradient kept on each variable, and a
# good order, the work grows with the number of functions, not of paths.
#
# The graph
# ---------
# Nothing in this program knows how the pieces hang together, so we have to tell the drawing which
# function was called on what. Values stand above gradients. An edge bears the derivative of the
# function that it leads to, where ``x`` stands for that function's own input.

from dezero_lite import graph

x, f, g, h = Variable(np.array(0.5)), Square(), Exp(), Square()
y = f(x)
z = g(y)
w = h(z)
w.grad = np.array(1.0)
z.grad = h.backward(w.grad)
y.grad = g.backward(z.grad)
x.grad = f.backward(y.grad)

graph(w, calls=[(f, [x], [y]), (g, [y], [z]), (h, [z], [w])],
      names={'x': x, 'y': y, 'z': z, 'w': w}, values=True, grads=True,
      local={'Square': '2x', 'Exp': 'exp x'})

# %%
# Why the next step is needed
# ---------------------------
# After the first, which is always the same, the backward lines are the three forward lines read from
# the end. We wrote them ourselves, and whenever the forward lines change we have to write them again.
# Yet they hold no information of their own: who called what was known while the forward lines ran,
# and we let it go. `Step 07 <step07.ipynb>`_ keeps it.

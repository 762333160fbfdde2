"""
Step 06: backpropagation by hand
================================

A nudge at the input comes out larger or smaller at the output. Four lines of code say by what factor.

A program computes :math:`w = h(g(f(x)))` in three moves. If :math:`x` changes a little, how much does
:math:`w` change? And can the program tell us with a small rule for each function, instead of one long
formula?
"""

# %%
# Why differentiate a program?
# ----------------------------
# .. slide:: A knob for each number
#    :minutes: 3
#
#    A model has many numbers that we may turn, like knobs, and one result: its error.
#
#    For each knob we want to know: which way does the error go, and how fast?
#
#    That is a derivative.
#
#    .. notes::
#       Ask: you have a model with a million knobs. How would you find out which of them to turn? (Try each:
#       a million runs. The column of this stage counts what that costs.)
#
# A model such as a neural network is a program with many numbers in it that we are free to choose, like
# knobs that we may turn. What comes out at the end is one number, its error. To make the error smaller
# we have to know, for each knob, which way the error goes when the knob is turned, and how fast. That is
# the derivative of the error with respect to the knob. Finding all of these derivatives at once, by
# working from the output back to the inputs, is called *backpropagation*, and this course builds an
# engine that does it.
#
# We begin with one knob :math:`x` and three functions in a row. (The steps have the numbers of `the book
# <../../bibliography.md#saitoh-2020>`_; the `home page <../../index.md>`_ says which are left out.)
#
# A nudge, and what becomes of it
# -------------------------------
# .. slide:: A nudge changes its size at each function
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Square, exponential, square, at :math:`x = 0.6`.
#
#    .. notes::
#       Read the picture from the top: x moves by 0.1, y by 0.13, z by 0.199, w by 0.61. Ask what the three
#       factors multiply to, and why (the lengths cancel). The usual wrong answer adds them.
#
# Let :math:`f` and :math:`h` square their input, and let :math:`g` be the exponential. We name the values
# on the way, :math:`y = f(x)`, :math:`z = g(y)`, :math:`w = h(z)`, and move :math:`x` from 0.6 to 0.7. How
# far does each of the others move?

import numpy as np


def values(x):
    y = x ** 2
    z = np.exp(y)
    return x, y, z, z ** 2


before, after = values(0.6), values(0.7)
for name, start, end in zip('xyzw', before, after):
    print(f'{name} moves from {start:.3f} to {end:.3f}, by {end - start:.3f}')

# %%
# The same as a picture. Each function takes the bar above it to the one below, and makes it longer or
# shorter by a factor. (3Blue1Brown shows such a nudge `in motion <../../bibliography.md#sanderson-2017>`_.)
#
# .. only-draws::

import matplotlib.pyplot as plt

figure, axes = plt.subplots(layout='constrained')
said = []
for row, (name, start, end) in enumerate(zip('xyzw', before, after)):
    axes.plot([start, end], [row, row], linewidth=7, solid_capstyle='butt')
    axes.text(end + 0.08, row, f'{name} moves by {end - start:.3f}', va='bottom')
    said.append(f'{name} moves from {start:.3f} to {end:.3f}.')
for row, function in enumerate('fgh'):
    for at in (before, after):  # where the ends of a bar go
        axes.plot(at[row:row + 2], [row, row + 1], color='gray', linewidth=0.8, zorder=0)
    factor = (after[row + 1] - before[row + 1]) / (after[row] - before[row])
    axes.text(max(after[row:row + 2]) + 0.05, row + 0.5, f'{function}: × {factor:.3f}', va='center')
    said.append(f'The factor of {function} is {factor:.3f}.')
axes.set(xlim=(0, 3.6), ylim=(3.4, -0.4), yticks=range(4), yticklabels='xyzw', xlabel='value',
         title='One nudge on four number lines')
figure.set_label('Four number lines. ' + ' '.join(said))

# %%
# .. slide:: The factors multiply, because the lengths cancel
#    :show: output
#    :minutes: 4
#
#    .. notes::
#       The third and the sixth line are the derivatives, nearly. Ask where 2.568 in the third comes from before you show
#       the rules: 2z, at z = 1.284.
#
# Multiplied together, the three factors give the factor of the whole, because the lengths in between
# cancel. We can check that exactly, since a floating-point number is a fraction. Here are the factors at
# 0.5, where the book runs its example, and at 0.6, for nudges that get smaller.
#
# (``assert`` stops the program if what follows it is not so. Thus the claims of the text are checked each
# time this page is built. An ``assert`` that holds prints nothing.)

from fractions import Fraction


def factors(x, nudge):
    start, end = ([Fraction(float(v)) for v in values(at)] for at in (x, x + nudge))
    moved = [b - a for a, b in zip(start, end)]
    each = [b / a for a, b in zip(moved, moved[1:])]
    assert each[0] * each[1] * each[2] == moved[3] / moved[0]  # exactly
    return [float(factor) for factor in each + [moved[3] / moved[0]]]


for x in (0.5, 0.6):
    for nudge in (0.1, 0.001, 0.00001):
        print(f'x = {x}, nudge {nudge:7}: %.4f · %.4f · %.4f = %.4f' % tuple(factors(x, nudge)))

assert np.allclose(factors(0.5, 0.001), (1.0010, 1.2847, 2.5693, 3.3040), atol=5e-5)
assert np.allclose(factors(0.5, 1e-5), (1, 1.2840, 2.5681, 3.2974), atol=1e-4)
assert np.allclose(factors(0.6, 1e-5), (1.2, 1.4333, 2.8667, 4.9306), atol=2e-4)

# %%
# Each factor settles down as the nudge gets smaller: it has a limit, the *derivative* of that function
# at the value that it was given. And the factor of the whole settles down as well.
#
# The chain rule
# --------------
# .. slide:: The chain rule: the limits multiply, too
#    :show: formula
#    :minutes: 2
#    :meeting:
#
#    Each derivative is taken at the value that its function was given.
#
#    .. notes::
#       For three functions this is one line; nobody has to write out the long formula. Point at y and z: they
#       are numbers that the program has computed already.
#
# The **chain rule** says that the limits multiply as the factors do:
#
# .. math::
#     (h \circ g \circ f)'(x) = h'(z) \cdot g'(y) \cdot f'(x), \qquad y = f(x), \quad z = g(y).
#
# Here :math:`h \circ g \circ f` is short for the function that takes :math:`x` to :math:`h(g(f(x)))`.
# (Why cancelling is not quite a proof, and what a proof looks like, comes after the program.) The product
# may be taken from either end.
#
# .. slide:: From the output's end: backpropagation
#    :show: formula
#    :minutes: 3
#
#    Each partial product is itself a derivative of the *output*.
#
#    .. notes::
#       With one input and one output both ends cost the same. Ask: a million inputs, one output, which end? The
#       column at the end of this stage counts.
#
# Taken from the left, the partial products are
#
# .. math::
#     1, \qquad h'(z), \qquad h'(z)\, g'(y), \qquad h'(z)\, g'(y)\, f'(x),
#
# the derivatives of the *output* :math:`w` with respect to :math:`w, z, y, x`, in this order. That is
# backpropagation. Taken from the right, they are the derivatives of :math:`x, y, z, w` with respect to
# the *input* :math:`x`. With many inputs and one output the left end wins by far. To nudge each of a
# million inputs takes more than a million runs of the program; in the example of the `column
# <column.ipynb>`_ one run back finds all the derivatives, and costs less than three more runs. So we take
# the left end. `Rumelhart, Hinton and Williams <../../bibliography.md#rumelhart-1986>`_ made it known as a
# way of training networks in 1986. (`Nielsen <../../bibliography.md#nielsen-2015>`_ tells as a story why it is
# fast.)
#
# Each factor needs the value that its function was given, and so a function has to remember its input.
#
# The program
# -----------
# .. slide:: A box for a value, and a rule for each direction
#    :show: program
#    :minutes: 4
#
#    .. notes::
#       ``backward`` gets the derivative of the output with respect to what this function gave (``gy``), and returns
#       the derivative with respect to what it was given. Ask why ``Exp`` needs its input.
#
# A ``Variable`` holds a value, ``data``, and later a derivative, its gradient ``grad``; None says that
# nobody has computed it yet. ``y.grad`` will hold :math:`\mathrm{d}w/\mathrm{d}y`: not the derivative *of*
# :math:`y`, but that of the result *with respect to* :math:`y`. It says what a nudge at :math:`y` does to
# the result.
#
# A ``Function`` has a rule for each of the two directions. ``forward`` computes the value. ``backward`` gets
# the gradient of its output, ``gy``, multiplies it by the function's own derivative, and returns the
# gradient of its input.
#
# (Data are NumPy arrays even where they are one number; `step 09 <step09.ipynb>`_ says why. And ``Exp``
# computes the exponential a second time on the way back, although its output has it: `step 18
# <../stage2/step18.ipynb>`_ spares it that.)

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
# .. slide:: Forward: three lines
#    :show: code output
#    :minutes: 2
#
#    .. notes::
#       Have somebody compute e^0.25 roughly before you show it (a little more than 1.25).
#
# Forward, at the book's :math:`x = 0.5`: :math:`y` is 0.25, :math:`z` is :math:`e^{0.25}` and :math:`w`
# is :math:`e^{0.5}`.

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
# .. slide:: Backward: four lines, from the end
#    :show: code output
#    :minutes: 4
#    :meeting:
#
#    They hold no information of their own: which function was applied to what was known while the forward lines ran.
#
#    .. notes::
#       Let the room say each line before you read it. The first one is always the same: dw/dw = 1. Then ask what the
#       program would have to remember to write these lines by itself; step 07 answers. The usual wrong answer is "the
#       formula": it needs only which function was applied to what.
#
# Backward: four lines, from the output to the input. The first says that
# :math:`\mathrm{d}w/\mathrm{d}w = 1`.

w.grad = np.array(1.0)
z.grad = h.backward(w.grad)
y.grad = g.backward(z.grad)
x.grad = f.backward(y.grad)
print(x.grad)

assert x.grad == 3.297442541400256

# %%
# .. slide:: On paper it is the same number
#    :show: formula
#    :minutes: 2
#
#    .. notes::
#       The first line has a factor for each rule. Ask which of them is invisible in the product. (2 times
#       0.5 is 1.)
#
# Is it right? We put the numbers into the chain rule:
#
# .. math::
#     2z \cdot e^y \cdot 2x &= 2 e^{0.25} \cdot e^{0.25} \cdot 2 \cdot 0.5 \\
#     &= 2 e^{0.5} \approx 3.2974 .

assert np.isclose(x.grad, 2 * np.exp(0.5), rtol=1e-15, atol=0)
assert round(float(x.grad), 4) == 3.2974

# %%
# A second point
# ~~~~~~~~~~~~~~
# .. slide:: At 0.5 one factor is 1, and a mistake could hide
#    :show: predict
#    :minutes: 3
#
#    At :math:`x = 0.5` the factor :math:`2x` is 1, so ``y.grad`` and ``x.grad`` are equal by accident.
#
#    .. notes::
#       Ask: replace the last of the four lines by x.grad = y.grad. What is printed? (The same number.) So at 0.5
#       we can't see whether f's rule was applied at all.
#
# The book's point has one drawback: at 0.5 the factor :math:`f'(x) = 2x` is 1. So ``x.grad`` equals
# ``y.grad``, as if it had been copied; and if we really copied it, by writing ``x.grad = y.grad`` in the
# last line, the number printed would be the same. We keep 0.5, because readers of the book know its
# number, but from here on each page also looks at a point where no factor is 1. For that we put the lines
# into a function.

assert y.grad == x.grad


def there_and_back(value):
    f, g, h = Square(), Exp(), Square()
    x = Variable(np.array(value))
    y = f(x)
    z = g(y)
    w = h(z)
    w.grad = np.array(1.0)
    z.grad = h.backward(w.grad)
    y.grad = g.backward(z.grad)
    x.grad = f.backward(y.grad)
    return (f, g, h), (x, y, z, w)


(f, g, h), (x, y, z, w) = there_and_back(0.6)

# %%
# .. predict:: At x = 0.6 the gradient of y is 4.1089. What will x.grad be?
#    :answer: 4.9306 = round(float(x.grad), 4)
#
#    - ``round(float(y.grad), 4)``: That copies the gradient of y, which is right at 0.5 only, where f's own derivative is 1.
#    - ``round(float(y.grad * 2 * x.data), 4)``: The rule of f multiplies what arrives by 2x = 1.2.
#    - ``round(float(2 * x.data), 4)``: That is the derivative of y with respect to x. What arrives from w has been forgotten.
#    - ``1.0``: That is how fast x moves with x. The gradient of x says how fast the result, w, does.
#
# Each variable now holds the partial product that the chain rule promised it, and :math:`x` the
# derivative of :math:`w = e^{2x^2}`, which is :math:`4x\, e^{2x^2}`.

for v, name in ((w, 'w'), (z, 'z'), (y, 'y'), (x, 'x')):
    print(f'{name}.grad = {v.grad:.4f}')

dh, dg, df = 2 * z.data, np.exp(y.data), 2 * x.data
assert (w.grad, z.grad, y.grad, x.grad) == (1, dh, dh * dg, dh * dg * df)
assert np.allclose([z.grad, y.grad, x.grad], [2.8667, 4.1089, 4.9306], rtol=0, atol=5e-5)
for value in np.linspace(-1, 1, 21):
    _, (x, *_) = there_and_back(value)
    assert np.isclose(x.grad, 4 * value * np.exp(2 * value ** 2), rtol=1e-14, atol=0)

# %%
# Now do it by hand once, with a calculator: three values forward, four gradients backward. (In a `lecture
# <../../bibliography.md#karpathy-2022>`_ by Karpathy you can watch somebody guess every gradient of a larger
# graph before it is computed.)
#
# .. predict:: Take x = 0.4. What is x.grad, to two decimals?
#    :answer: 2.2 = round(float(x.grad), 2)
#    :after:
#    :type: number
#
#    - ``round(float(x.grad), 2)``: The values are 0.16, 1.1735 and 1.3771; the gradients of w, z, y and x are 1, 2.3470, 2.7543 and 2.2034.
#    - ``round(float(y.grad), 2)``: That is the gradient of y. The rule of f, times 2x = 0.8, is still to come.
#    - ``round(float(z.grad), 2)``: That is the gradient of z. Two rules are still to come.

(f, g, h), (x, y, z, w) = there_and_back(0.4)
assert np.allclose([v.data for v in (y, z, w)], [0.16, 1.1735, 1.3771], rtol=0, atol=5e-5)
assert np.allclose([v.grad for v in (w, z, y, x)], [1, 2.3470, 2.7543, 2.2034], rtol=0, atol=5e-5)

# %%
# The graph
# ---------
# .. slide:: A gradient is the product of the numbers behind it
#    :show: picture
#    :minutes: 3
#
#    .. notes::
#       Values above, gradients below. From any variable, multiply the factors on the way to w.
#
# Values stand above gradients, here at 0.6. The number on the edge into each function is its own
# derivative: what its rule returns when ``gy`` is 1. The gradient of a variable is the product of the
# numbers between it and :math:`w`. (Nothing in this program knows how the pieces fit together, so we have
# to tell the drawing which function was called on what.)

from dezero_lite import graph

(f, g, h), (x, y, z, w) = there_and_back(0.6)

graph(w, calls=[(f, [x], [y]), (g, [y], [z]), (h, [z], [w])],
      names={'x': x, 'y': y, 'z': z, 'w': w, 'f': f, 'g': g, 'h': h}, values=True, grads=True,
      local={name: f'× {function.backward(1.0):.4g}' for name, function in zip('fgh', (f, g, h))})

# %%
# Why keep a gradient on every variable?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Each gradient is read once: why keep them all?
#    :show: formula
#    :minutes: 4
#
#    Use :math:`y` twice, :math:`w = g(y) + h(y)`, and the sum that arrives at :math:`y` pays for
#    :math:`f` once.
#
#    .. notes::
#       On a chain it is a waste. Ask: and when y is used twice? In a ladder of k diamonds there are 2^k paths, and
#       step 15 counts them.
#
# We asked only for ``x.grad``. Along a chain each of the others is read once, by the next line of code,
# and one running product would do. It looks wasteful.
#
# It stops being wasteful as soon as the graph branches and merges. Let :math:`y = f(x)` be used
# twice, :math:`w = g(y) + h(y)`. Its derivative is
#
# .. math::
#     \frac{\mathrm{d}w}{\mathrm{d}x} = (g'(y) + h'(y)) \cdot f'(x)
#     = g'(y) \cdot f'(x) + h'(y) \cdot f'(x).
#
# In the first form the sum is kept, as ``y.grad``, and the way back leads through :math:`f` once; in
# the second each path pays for :math:`f` again. We count.


class CountedSquare(Square):
    calls = 0

    def backward(self, gy):
        self.calls += 1
        return super().backward(gy)


once, each_path = CountedSquare(), CountedSquare()
for f in (once, each_path):
    x = Variable(np.array(0.6))
    y = f(x)
    g, h = Exp(), Square()
    g(y), h(y)  # both remember y
    if f is once:
        x.grad = f.backward(g.backward(1.0) + h.backward(1.0))
    else:
        x.grad = f.backward(g.backward(1.0)) + f.backward(h.backward(1.0))
    assert np.isclose(x.grad, (np.exp(0.36) + 2 * 0.36) * 1.2, rtol=1e-15, atol=0)

print('calls of f.backward:', once.calls, 'with the sum kept,', each_path.calls, 'path by path')
assert (once.calls, each_path.calls) == (1, 2)

# %%
# Two paths are no burden, but paths multiply: `step 15 <../stage2/step15.ipynb>`_ counts
# :math:`2^k` of them in a ladder of :math:`k` diamonds, and shows how to run each function once.
#
# Can we always cancel?
# ---------------------
# .. slide:: Cancelling divides by the inner nudge, which may be 0
#    :show: picture
#    :minutes: 4
#
#    .. notes::
#       The function is squeezed between two parabolas, so it has derivative 0 at 0, and yet it has zeros as close
#       to 0 as we please. Ask for the factor of g there: 0/0.
#
# If you believe the chain rule, go on to `the end of this page
# <step06.ipynb#why-the-next-step-is-needed>`_: the following steps use the rule, and not its proof.
#
# The factor of :math:`g` was :math:`\Delta z / \Delta y`, how far :math:`z` moves over how far :math:`y`
# does. But :math:`\Delta y` may be 0 for a nudge that is not, and then the factor is 0/0. If that happened
# for a few nudges only, smaller ones would avoid it. But it can happen at points as close to :math:`x` as
# we please. The classical example is :math:`s^2 \sin(1/s)` at 0. We take a relative of it that can be
# computed without rounding, and call it :math:`b`: :math:`b(0) = 0`, and otherwise
# :math:`b(s) = s^2 \cdot d(1/s)`, where :math:`d(u)` is the distance from :math:`u` to the nearest
# integer. It is zero at :math:`s = \pm 1, \pm 1/2, \pm 1/3, \dots`, and :math:`b'(0) = 0` because
# :math:`|b(s)| \le s^2 / 2`.


def inner(s):
    """The function b."""
    return s * s * abs(1 / s - round(1 / s)) if s else s


# %%
# Here it is, drawn for its first zeros on either side:
#
# .. only-draws::

import matplotlib.pyplot as plt

right = np.array([1 / u for u in np.linspace(40, 2, 761)])
fine = np.concatenate([-right[::-1], right])
zeros = np.array([sign / k for k in range(2, 41) for sign in (1, -1)])

figure, axes = plt.subplots(layout='constrained')
axes.plot(fine, [inner(s) for s in fine], linewidth=1, label='b(s)')
axes.plot(zeros, 0 * zeros, '.', markersize=4, label='its zeros')
axes.plot(fine, fine ** 2 / 2, '--', fine, -fine ** 2 / 2, '--', color='gray', linewidth=0.8)
axes.set(xlabel='s', title='A function with zeros as close to 0 as we please')
axes.legend()
figure.set_label('The function b between the parabolas s²/2 and -s²/2. It touches the upper one and returns to '
                 '0 again and again, ever faster as s comes closer to 0, where its derivative is 0.')

# %%
# Now let :math:`c(q) = q^2 + 3q` come after it. For which nudges at 0 does cancelling divide by zero? For
# :math:`\pm 1/k`, whatever whole number :math:`k` is, and so for nudges as small as we please. Between any
# two of them there are nudges for which it does not. We take 500 of each kind, in exact fractions.

from fractions import Fraction


def outer(q):
    """The function c."""
    return q * q + 3 * q


# 1/k is a zero of b; between two zeros, at 2/(2k + 1), b reaches its bound s^2/2.
points = {sign * s: inner(sign * s) for k in range(1, 251) for sign in (1, -1)
          for s in (Fraction(1, k), Fraction(2, 2 * k + 1))}
for k in (2, 10, 250):
    print(f'a nudge of 1/{k} moves b by {points[Fraction(1, k)]}')

assert [s for s, b_s in points.items() if b_s == 0] == [sign * Fraction(1, k) for k in range(1, 251) for sign in (1, -1)]
assert [b_s / s ** 2 for s, b_s in points.items() if b_s] == 500 * [Fraction(1, 2)]

# %%
# Neither kind of point can be left out, since both occur as close to 0 as we please. You could treat
# the two kinds separately; it is simpler to multiply where cancelling divides.
#
# .. slide:: The chain rule asks for three derivatives, and no more
#    :show: statement
#    :minutes: 3
#
#    .. notes::
#       Differentiable at one point each, that is all. If you do not want the proof, go right; it
#       is below.
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
# Nothing more is required: the derivatives need not be continuous, or even exist anywhere else. And if
# the functions are defined near :math:`x, y, z` only, shrink the intervals: :math:`g` is continuous
# at :math:`y`, so it maps a small open interval around :math:`y` into :math:`K`, and likewise
# :math:`f`.
#
# .. slide:: Multiply where cancelling divides
#    :show: statement
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Where a quotient would be 0/0, the equation says 0 = 0, and is still true.
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
# In that case :math:`\varphi(a) = f'(a)`, and :math:`f` is continuous at :math:`a`. (The lemma is in
# `Carathéodory (1950) <../../bibliography.md#caratheodory-1950>`_; `Kuhn (1991)
# <../../bibliography.md#kuhn-1991>`_ shows what else it shortens.)
#
# .. slide:: The lemma: the difference quotient, with its hole filled
#    :show: proof
#    :below:
#    :minutes: 4
#
#    .. notes::
#       Draw a difference quotient with its hole at a, and fill it in with f'(a).
#
# Proof of the lemma
# ~~~~~~~~~~~~~~~~~~
# If :math:`f` is differentiable at :math:`a`, let :math:`\varphi(s)` be the difference quotient for
# :math:`s \ne a`, and :math:`\varphi(a) = f'(a)`. The equation holds for :math:`s \ne a` by this
# choice, and for :math:`s = a` both sides are 0. That the quotients tend to :math:`f'(a)` says precisely
# that :math:`\varphi` is continuous at :math:`a`.
#
# If conversely such a :math:`\varphi` is given, then the difference quotient equals
# :math:`\varphi(s)` for each :math:`s \ne a`, and tends to :math:`\varphi(a)` by continuity. So
# :math:`f'(a)` exists and is :math:`\varphi(a)`. Finally
# :math:`f(s) = f(a) + \varphi(s)(s - a) \to f(a)` as :math:`s \to a`. ∎
#
# In code, :math:`\varphi` needs the value of the derivative at one point only. A wrong value there
# would spoil the continuity, and that is what we test for our :math:`b` at 0: since
# :math:`|\varphi(s)| \le |s|/2`, the value at 0 must be 0.


def slope(function, a, derivative):
    return lambda s: (function(s) - function(a)) / (s - a) if s != a else derivative


phi, wrong = slope(inner, 0, 0), slope(inner, 0, 1)
assert all(b_s - inner(0) == phi(s) * s for s, b_s in points.items())
assert all(abs(phi(s) - phi(0)) <= abs(s) / 2 for s in points)
assert all(abs(wrong(s) - wrong(0)) >= 1 / 2 for s in points)  # not continuous at 0

# %%
# .. slide:: Two functions: put q = f(s), whatever f(s) is
#    :show: proof
#    :below:
#    :minutes: 5
#
#    .. notes::
#       The step to watch is q = f(s): allowed for any s, also where f(s) = f(x).
#
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
# The factor :math:`(\psi \circ f) \cdot \varphi` is continuous at :math:`x`: by the lemma
# :math:`f` is continuous at :math:`x`, :math:`\psi` at :math:`y = f(x)`, and :math:`\varphi` at
# :math:`x`, and compositions and products of continuous functions are continuous. Hence the lemma, read
# in the other direction and for :math:`g \circ f`, says that :math:`g \circ f` is differentiable at
# :math:`x`, with derivative
#
# .. math::
#     (g \circ f)'(x) = \psi(f(x)) \cdot \varphi(x) = g'(y) \cdot f'(x).
#
# For three functions, use what we have just proved twice. The function :math:`g \circ f` is
# differentiable at :math:`x`, its value there is :math:`z`, and :math:`h` is differentiable at
# :math:`z`. So
#
# .. math::
#     (h \circ (g \circ f))'(x) = h'(z) \cdot (g \circ f)'(x) = h'(z) \cdot g'(y) \cdot f'(x). \quad ∎
#
# The same step, repeated, proves it for any number of functions. Do the equations hold at all 1000
# points, the 500 awkward ones among them? They do, and without rounding. And the factor comes as close
# to its limit, :math:`3 \cdot 0`, as it should: within twice the distance of :math:`s` from 0.


def last(r):
    return r * r + 5 * r


phi, psi, chi = slope(inner, 0, 0), slope(outer, 0, 3), slope(last, 0, 5)
for s, q in points.items():
    r = outer(q)
    assert r - outer(0) == psi(q) * (q - inner(0)) == psi(q) * phi(s) * s
    assert last(r) - last(0) == chi(r) * psi(q) * phi(s) * s
    assert abs(psi(q) * phi(s)) <= 2 * abs(s)

print('the products are right, exactly, at', len(points), 'points')

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: Four lines that hold no information of their own
#    :minutes: 2
#
#    .. code-block:: python
#
#       w.grad = np.array(1.0)
#       z.grad = h.backward(w.grad)
#       y.grad = g.backward(z.grad)
#       x.grad = f.backward(y.grad)
#
#    They are the forward lines in reverse. Which function was applied to what was known while those ran.
#
#    .. notes::
#       Ask what the program would have to remember to write these lines by itself. Step 07 answers.
#
# Apart from the first, which is always the same, the backward lines are the forward lines in reverse. We
# wrote them ourselves, and whenever the forward lines change we have to write them again.
# Yet they hold no information of their own: which function was applied to which variable was known while
# the forward lines ran, and we threw it away. `Step 07 <step07.ipynb>`_ keeps it.

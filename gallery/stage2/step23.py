"""
Step 23: division and powers
============================

The program learns to divide, and to raise to a power that is a number. In one case the rule that everybody knows goes
wrong.

To differentiate a power one lowers its exponent by one. Is that right for every exponent, and for every number that a
program may meet?
"""

# %%
# Six litres for three
# --------------------
# .. slide:: Six litres for three people
#    :show: output
#    :minutes: 2
#
#    A little more in the can, or a little more of a person: what does each share do?
#
#    .. notes::
#       Let them answer in litres before the output: a little more in the can, a third of it for each. For the people
#       the usual answer is also a third; but the share gets smaller, and the more there was to share, the faster. The
#       two lines about powers can wait for their own slide.
#
# Six litres, three people: two litres each. A little more in the can gives each of them a third of it. And if the
# number of people could move a little, each share would shrink at the rate of a third of what it is, two thirds of a
# litre.

import numpy as np

nudge = 1e-4
for name, f, inputs, wanted in [('x0 / x1', lambda x0, x1: x0 / x1, (6.0, 3.0), (1 / 3, -2 / 3)),
                                ('x ** 3', lambda x: x ** 3, (2.0,), (12,)),
                                ('x ** -1', lambda x: x ** -1, (2.0,), (-1 / 4,))]:
    for i, derivative in enumerate(wanted):
        moved = [x + nudge * (i == j) for j, x in enumerate(inputs)]
        times = (f(*moved) - f(*inputs)) / nudge
        print(f'{name:8} at {inputs}, input {i} moved: the result moves {times:7.3f} times as far')
        assert np.isclose(times, derivative, atol=20 * nudge)

# %%
# .. slide:: The rule of a quotient
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       Read it against the litres: 1 over three, and minus six over nine. Ask what is excluded, and see whether
#       somebody says that the numerator may well be 0. The proof hangs below, and it uses the product, so there is
#       nothing new to learn by heart.
#
# Proposition (quotient)
# ~~~~~~~~~~~~~~~~~~~~~~
# Where :math:`x_1 \neq 0`, the quotient :math:`x_0 / x_1` is differentiable, with the partial derivatives
# :math:`1/x_1` and :math:`-x_0/x_1^2`.
#
# .. slide:: A product with one over the other
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Only the first line is new; check it by multiplying out. Then it is the rectangle of step 21 once more, with the
#       sides :math:`x_0` and :math:`1/x_1`. Ask which terms are the strips and which are the corner.
#
# Proof (quotient)
# ~~~~~~~~~~~~~~~~
# For :math:`|h_2| < |x_1|` we have
#
# .. math::
#
#     \frac{1}{x_1 + h_2} = \frac{1}{x_1} - \frac{h_2}{x_1^2} + \frac{h_2^2}{x_1^2 (x_1 + h_2)} ,
#
# as one sees by multiplying both sides by :math:`x_1^2 (x_1 + h_2)`. Now multiply both sides by :math:`x_0 + h_1`:
#
# .. math::
#
#     \frac{x_0 + h_1}{x_1 + h_2} = \frac{x_0}{x_1} + \frac{1}{x_1}\,h_1 - \frac{x_0}{x_1^2}\,h_2
#     - \frac{h_1 h_2}{x_1^2} + \frac{(x_0 + h_1)\,h_2^2}{x_1^2 (x_1 + h_2)} .
#
# The last two terms are the remainder. They contain :math:`h_1 h_2` and :math:`h_2^2`, which are at most :math:`|h|^2`
# in size, and what stands beside these stays bounded as :math:`h \to 0`. So the remainder is small compared with
# :math:`h`, as in `step 21 <step21.ipynb>`_. ∎
#
# .. slide:: The rule of a power
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       Everybody knows the formula, so don't read it. Ask for which exponents it is *not* claimed. People look for
#       trouble with the negative ones and the roots; the exponent that is missing is a harmless one, and the vote is
#       about it.
#
# Proposition (power)
# ~~~~~~~~~~~~~~~~~~~
# For a natural number :math:`c \ge 1` and every :math:`x`, the derivative of :math:`x^c` is :math:`c\,x^{c-1}`, where
# :math:`x^0 = 1`. The same formula holds for negative whole :math:`c` where :math:`x \neq 0`, and for every real
# :math:`c` where :math:`x > 0`.
#
# .. slide:: One factor more
#    :show: proof
#    :below:
#    :minutes: 2
#
#    .. notes::
#       A whole exponent grows by one factor at a time, with the rule of a product in each. Negative ones turn it over,
#       and the real ones go through the logarithm, which needs a positive x. For a room that knows its calculus, leave
#       it below.
#
# Proof (power)
# ~~~~~~~~~~~~~
# For :math:`c = 1` it is 1, the derivative of :math:`x`. If it holds for :math:`c`, then :math:`x^{c+1} = x \cdot x^c`
# has, by the rule of a product and the theorem of step 14, the derivative
# :math:`x^c + x \cdot c\,x^{c-1} = (c + 1)\,x^c`. For negative whole :math:`c`, :math:`x^c` is the quotient
# :math:`1/x^{-c}`. By the rule of a quotient and the chain rule its derivative is
# :math:`-(-c)\,x^{-c-1}/(x^{-c})^2 = c\,x^{c-1}`. For real :math:`c` and :math:`x > 0`, :math:`x^c` means
# :math:`e^{c \log x}`, and this has the derivative :math:`e^{c \log x} \cdot c/x = c\,x^{c-1}` by the chain rule. ∎
#
# The power of 0
# --------------
# .. slide:: What is the derivative of x to the power of 0?
#    :show: predict output
#    :minutes: 3
#
#    It is 1 everywhere. What is its derivative?
#
#    .. notes::
#       The proposition leaves out c = 0. That is where it goes wrong.
#
# For the exponent 0 the proposition says nothing where :math:`x \le 0`. To the power of 0 every number is 1, in
# mathematics mostly, in NumPy always. So the derivative is 0 everywhere.
#
# .. predict:: What does the formula :math:`c\,x^{c-1}` give for :math:`c = 0` at :math:`x = 0`, in NumPy?
#    :answer: nan = str(by_formula[0.0])
#    :after:
#
#    - ``str(by_formula[0.0])``: 0 to the power of -1 is inf, and 0 times inf is not a number.
#    - ``str(by_formula[2.0])``: that is what it should be, and what the formula gives elsewhere.
#    - ``'inf'``: 0 to the power of -1 is, but it is multiplied by 0.

by_formula = {}
with np.errstate(divide='ignore', invalid='ignore'):
    for x in [2.0, 0.0]:
        by_formula[x] = float(0 * np.float64(x) ** (0 - 1))
print(by_formula)
assert by_formula[2.0] == 0 and np.isnan(by_formula[0.0])
try:
    np.int64(2) ** (0 - 1)
    raise AssertionError('an integer to the power of -1')
except ValueError as error:
    print('ValueError:', error)

# %%
# Such a nan goes on through the rest of the pass, and nothing tells where it came from. And with NumPy's integers the
# formula can't even be computed. So the rule lowers the exponent only if it is not 0: ``c * x ** (c - (c != 0))``. In
# Python ``c != 0`` is True or False, and counts as 1 or 0. For :math:`c = 0` this is :math:`0 \cdot x^0 = 0`.
#
# .. ask::
#    To differentiate a power one lowers its exponent by one. Is that right for every exponent, and
#    for every number that a program may meet?
#
#    - ``v / w``, with numbers and arrays on either side, by a function ``Div``.
#    - ``v ** c`` with a number or an array ``c``, by a function ``Pow``, which is called as
#      ``Pow()(v, c)``. A variable as exponent is a TypeError.
#    - The gradient of ``x ** 0`` is 0 everywhere, at 0 and for integers, too.

# %%
# The program
# -----------
# .. slide:: A quotient and a power
#    :show: program
#    :pieces: Variable.__truediv__ Variable.__rtruediv__ Variable.__pow__ Div Pow
#    :minutes: 4
#
#    .. notes::
#       Let them find the odd line, ``c - (c != 0)``, and say in words what it does: lower the exponent, unless it is 0.
#       Ask what the None in the rule of a power means. It is the gradient that nobody wants, that of a constant; a
#       variable as the exponent is refused before.
#
# ``Pow`` has a ``__call__`` of its own, which refuses a variable as the exponent: its rule would need a logarithm, and
# this one has none. The exponent is a constant otherwise, so the rule returns None for it. ``Div`` writes
# ``x0 / x1 / x1`` for :math:`x_0 / x_1^2`; why, the run shows.
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


class Variable:
    __array_ufunc__ = None  # an array on the left leaves the operator to us
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

    __add__ = lambda self, other: Add()(self, other)
    __radd__ = lambda self, other: Add()(other, self)
    __sub__ = lambda self, other: Sub()(self, other)
    __rsub__ = lambda self, other: Sub()(other, self)
    __mul__ = lambda self, other: Mul()(self, other)
    __rmul__ = lambda self, other: Mul()(other, self)
    __truediv__ = lambda self, other: Div()(self, other)
    __rtruediv__ = lambda self, other: Div()(other, self)
    __pow__ = lambda self, c: Pow()(self, c)
    __neg__ = lambda self: Neg()(self)


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


class Add(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 + x1

    def backward(self, gy):
        return gy, gy


class Sub(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


class Mul(Function):
    def forward(self, x0, x1):
        return x0 * x1

    def backward(self, gy):
        x0, x1 = self.xs
        return gy * x1, gy * x0


class Div(Function):
    def forward(self, x0, x1):
        return x0 / x1

    def backward(self, gy):
        x0, x1 = self.xs
        return gy / x1, -gy * (x0 / x1 / x1)


class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


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


class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.y


def exp(x):
    return Exp()(x)


# %%
# The run
# -------
# .. slide:: Quotients and powers, with their gradients checked
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Ask which line is the dangerous one. It is the last, with the power of 0, which the simple formula would have
#       spoiled at 0. Each gradient is checked at a second point, which the table does not show. When late, show the
#       table for a moment and go on.
#
# Here are formulas at :math:`x = 2`, the first three from the book. Each gradient stands beside the `central difference
# <../stage1/step10.ipynb>`_ that checks it, and is checked at a second point as well.

formulas = {
    '3.0 / x': lambda x: 3.0 / x,
    'x / 4.0': lambda x: x / 4.0,
    'x ** 3': lambda x: x ** 3,
    '1 - x ** -1.5': lambda x: 1 - x ** -1.5,
    'x * x / (x + exp(x))': lambda x: x * x / (x + exp(x)),
    '(x - 3) / x ** 2': lambda x: (x - 3) / x ** 2,
    '-x / (1 + x)': lambda x: -x / (1 + x),
    'x ** 0 * x': lambda x: x ** 0 * x,
}
values, eps = [], 1e-5
print('                         value   gradient  difference')
for text, f in formulas.items():
    for point in [2.0, 0.7]:
        x = Variable(np.array(point))
        y = f(x)
        y.backward()
        with no_grad():
            around = [f(Variable(np.array(point + s))).data for s in (-eps, eps)]
        difference = (around[1] - around[0]) / (2 * eps)
        assert np.isclose(x.grad, difference, rtol=1e-8, atol=0)
        if point == 2.0:
            values.append(float(y.data))
            print(f'{text:20}{y.data:10.4f} {x.grad:10.4f}{difference:12.4f}')
assert values[:3] == [1.5, 0.5, 8]

# %%
# It also works with two variables, and with an array of exponents:

x0, x1 = Variable(np.array(6.0)), Variable(np.array(3.0))
(x0 / x1).backward()
assert np.allclose((x0.grad, x1.grad), (1 / 3, -2 / 3), rtol=1e-15, atol=0)

x = Variable(np.array([0.0, 2.0, 2.0, 0.0]))
y = x ** np.array([0.0, 0.0, 3.0, 1.0])
y.backward()
print(y, x.grad)
assert y.data.tolist() == [1, 1, 8, 0] and x.grad.tolist() == [0, 0, 12, 1]

x = Variable(np.array(2))
(x ** 0).backward()
assert x.grad == 0

# %%
# .. slide:: Why x0 / x1 / x1
#    :show: output
#    :minutes: 1
#
#    The square of a small number may be 0.
#
#    .. notes::
#       Ask what is wrong with dividing by the square, as the formula says. On paper nothing; in floating point the
#       square of a very small number is 0, and one divides by it. It is a minute for those who have met an inf in their
#       own programs, and can be left out for all others.
#
# Why is the rule written ``x0 / x1 / x1``?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Because the square of a small number may be too small for a floating-point number, although the result is not. Then
# the square is 0, and one divides by 0:
#
# .. internal:: w.grad

x0, x1 = np.float64(1e-200), np.float64(1e-180)
with np.errstate(divide='ignore'):
    print(f'x0 / x1 ** 2 = {x0 / x1 ** 2:.1e}   x0 / x1 / x1 = {x0 / x1 / x1:.1e}')
    assert np.isinf(x0 / x1 ** 2) and np.isclose(x0 / x1 / x1, 1e160, rtol=1e-14)

u, w = Variable(np.array(x0)), Variable(np.array(x1))
(u / w).backward()
assert np.isclose(w.grad, -1e160, rtol=1e-14)

# %%
# Two over x
# ~~~~~~~~~~
# Like a difference, a quotient has a method for each order. With one for both it would be upside down:


class Careless(Variable):
    __rtruediv__ = Variable.__truediv__


x = Careless(np.array(5.0))
print('2 / x =', (2 / x).data)
assert (2 / x).data == 2.5 and (2 / Variable(x.data)).data == 0.4

# %%
# .. slide:: A formula is a graph
#    :show: picture
#    :minutes: 2
#
#    The exponent 2 has no place in it: nobody asks for its gradient.
#
#    .. notes::
#       Ask why two of the circles are blank, which repeats step 19: the sum keeps nothing, and neither function before
#       it reads its output. Then the uses of ``a``: there are two arrows, and its gradient is a sum.
#
# The graph
# ---------
# This is the graph of :math:`y = ab + a^2` at (3, 2): the product and the power share an input. :math:`ab` and
# :math:`a^2` are blank, since a sum keeps nothing, and a product and a power do not keep their outputs.
from dezero_lite import graph

a, b = Variable(np.array(3.0), name='a'), Variable(np.array(2.0), name='b')
y = a * b + a ** 2
y.backward()
assert (y.data, a.grad, b.grad) == (15, 2 + 2 * 3, 3)
graph(y, names={'y': y}, values=True, grads=True)

# %%
# Does everything from before still work?
# ---------------------------------------
# Here are the graphs of steps 14 to 16 in formulas, with the number of runs, a gradient in the middle, two passes, and
# the memory of step 17.
#
# .. internal:: a.creator

import gc
import weakref


class Noted(Pow):
    runs = 0

    def backward(self, gy):
        Noted.runs += 1
        return super().backward(gy)


noted = lambda x: Noted()(x, 2)
cases = {  # what is computed from a = x², its derivative by a at x = 2, and the noted squares
    'diamond': (lambda x, a: noted(a) + noted(a), 16, 3),
    'a - a²': (lambda x, a: a - noted(a), -7, 2),
    'b + (a + b)': (lambda x, a: (lambda b: b + (a + b))(noted(a)), 17, 2),
    'a² - a': (lambda x, a: noted(a) - a, 7, 2),
    'a² / (a + 1)': (lambda x, a: noted(a) / (a + 1), (16 + 8) / 25, 2),
    '2 / a² - a / 4': (lambda x, a: 2 / noted(a) - a / 4, -4 / 64 - 1 / 4, 2),
    '(1 - a)^3 a': (lambda x, a: (1 - a) ** 3 * a, -3 * 9 * 4 - 27, 1),
    'exp(1 - a) / a': (lambda x, a: exp(1 - a) / a, -np.exp(-3) * (1 / 4 + 1 / 16), 1),
    '(exp(a) + a)^2': (lambda x, a: noted(exp(a) + a), 2 * (np.exp(4) + 4) * (np.exp(4) + 1), 2),
}
gc.disable()
for name, (compute, derivative, squares) in cases.items():
    x, Noted.runs = Variable(np.array(2.0)), 0
    a = noted(x)
    a.retain_grad()
    y = compute(x, a)
    y.backward()
    assert y.grad is None, name
    assert np.isclose(a.grad, derivative, rtol=1e-13, atol=0) and Noted.runs == squares, name
    y.backward()
    assert np.isclose(x.grad, 2 * 4 * derivative, rtol=1e-13, atol=0), name
    witnesses = [weakref.ref(thing) for thing in (a, a.creator, y.creator)]
    del a, y
    assert all(witness() is None for witness in witnesses), name
gc.enable()

x = Variable(np.array([2.0, -1.0]))
y = x + x + x
y.backward()
y.backward()
assert x.grad.tolist() == [6, 6]  # with += in the table it would be more
u, w = Variable(np.array(2.0)), Variable(np.array(5.0))
y = u + w
y.backward()
y.backward()
assert (u.grad, w.grad) == (2, 2)

# %%
# What is still wrong
# -------------------
# .. slide:: What does np.exp(v) give?
#    :show: output
#    :minutes: 2
#    :recap:
#
#    NumPy was told to keep off variables. So its functions refuse them, too.
#
#    .. notes::
#       Take a vote before the output. Those who remember step 22 expect an array of variables; there is a TypeError,
#       because we told NumPy to keep off. Ask what one would like it to do. The answer, that NumPy should ask us, is
#       the way step 24 goes.
#
# The program has become long, and it is one file. NumPy's functions refuse a variable, since we
# told it to keep off. And a power needs a number as its exponent:
#
# .. flaw::

x = Variable(np.array(2.0))
for text in ['np.exp(x)', '2 ** x', 'x ** x']:
    try:
        eval(text)
        raise AssertionError(text)
    except TypeError as error:
        print(f'{text:10} TypeError: {error}')
        said = str(error)
assert 'exponent' in said

# %%
# (``dezero_lite`` has the power with a variable exponent.) `Step 24 <step24.ipynb>`_ cuts the program into files, and
# finds on the way how ``np.exp(x)`` can work.

import dezero_lite

assert np.isclose((2 ** dezero_lite.Variable(np.array(3.0))).data, 8)

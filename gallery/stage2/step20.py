"""
Step 20: operators
==================

Formulas that look like formulas: plus, minus, times, divided by and powers, with numbers and arrays
on either side. And what goes wrong, without a word, when an array stands on the left.

``add(square(a), b)`` computes what ``a ** 2 + b`` says. Python lets a class of ours take part in
its arithmetic; so what has to be written, and who is asked first?
"""

# %%
# .. slide:: Who is asked?
#    :show: output
#    :minutes: 4
#
#    The one on the left is asked first, and may pass. Then the one on the right.
#
#    .. notes::
#       Let the group guess the fourth line before it is shown.
#
# For ``2 * v`` Python asks the number 2 first. It does not know how to multiply itself by ``v``, so
# Python asks ``v``, through the method ``__rmul__``, with an r for *right*. Here is an object that
# says how it is asked.

import numpy as np


class Asked:
    def __mul__(self, other):
        return f'v.__mul__({other})'

    def __rmul__(self, other):
        return f'v.__rmul__({other})'


v = Asked()
answers = {'v * 2': v * 2, '2 * v': 2 * v, 'v * array': v * np.array([2.0, 3.0]),
           'array * v': np.array([2.0, 3.0]) * v}
for expression, answer in answers.items():
    print(f'{expression:10}', answer)
assert answers['2 * v'] == 'v.__rmul__(2)'
assert answers['array * v'].dtype == object and len(answers['array * v']) == 2

# %%
# The first three are as expected. In the fourth the array on the left is not helpless. It takes
# ``v`` for a number of a kind unknown to it, and multiplies element by element: ``v`` is asked
# twice, and the answer is an array of two objects. We shall come back to what that does to a
# variable.
#
# The program
# -----------
# .. slide:: Ten methods, seven functions
#    :show: program
#    :pieces: Variable.__array_ufunc__ Variable.__add__ Variable.__radd__ Variable.__mul__ Variable.__rmul__
#       Variable.__pow__ Pow Mul data_of place_of
#    :minutes: 6
#
#    Each operator makes a function and calls it. Each function has its rule beside it.
#
# Each operator is a method of one line: it makes a function and calls it. For a swapped order there
# is a method of its own, since :math:`2 - x` is not :math:`x - 2`. Each function has its rule: a
# product needs both inputs, a sum and a difference none.
#
# .. math::
#     \frac{\partial (x_0 x_1)}{\partial x_0} = x_1, \quad
#     \frac{\partial (x_0 x_1)}{\partial x_1} = x_0, \quad
#     \frac{\partial (x_0 / x_1)}{\partial x_0} = \frac{1}{x_1}, \quad
#     \frac{\partial (x_0 / x_1)}{\partial x_1} = -\frac{x_0}{x_1^2}, \quad
#     \frac{\mathrm{d} x^c}{\mathrm{d} x} = c\, x^{c - 1}.
#
# Numbers and arrays may be inputs now. They are *constants*: they have no place in the graph, and
# ``parents`` has None for them, so the pass leaves them out. ``place_of`` and ``data_of`` tell the
# two kinds apart.
#
# A variable also learns to say what it is: its ``name``, ``shape`` and ``dtype``, its length, and
# how it is printed. There is no ``square`` and no ``add`` any more: they are ``x ** 2`` and ``x +
# y`` from now on.
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


class Variable:
    __array_ufunc__ = None  # an array on the left leaves the operator to us

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

    __add__ = lambda self, other: Add()(self, other)
    __radd__ = lambda self, other: Add()(other, self)
    __sub__ = lambda self, other: Sub()(self, other)
    __rsub__ = lambda self, other: Sub()(other, self)
    __mul__ = lambda self, other: Mul()(self, other)
    __rmul__ = lambda self, other: Mul()(other, self)
    __truediv__ = lambda self, other: Div()(self, other)
    __rtruediv__ = lambda self, other: Div()(other, self)
    __neg__ = lambda self: Neg()(self)
    __pow__ = lambda self, c: Pow()(self, c)


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


class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return self.y * gy


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
        return gy / x1, gy * (-x0 / x1 ** 2)


class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


def exp(x):
    return Exp()(x)


# %%
# The run
# -------
# .. slide:: Numbers and arrays on either side
#    :show: output
#    :minutes: 3
#
#    The results that the book prints, and their gradients checked.
#
# First a gradient: :math:`y = ab + c` at (3, 2, 1).

a = Variable(np.array(3.0), name='a')
b = Variable(np.array(2.0), name='b')
c = Variable(np.array(1.0), name='c')
y = a * b + c
y.backward()
print(y, a.grad, b.grad, c.grad)
assert (y.data, a.grad, b.grad, c.grad) == (7.0, 2.0, 3.0, 1.0)
y.backward()
assert (a.grad, b.grad, c.grad) == (4.0, 6.0, 2.0)  # added up

# %%
# Then the table of the book, for :math:`x = 2`, with a derivative by `central differences
# <../stage1/step10.ipynb>`_ beside each that ``backward`` gives, here and at a second point.

formulas = {
    'x + np.array(3.0)': lambda x: x + np.array(3.0),
    'np.array(3.0) + x': lambda x: np.array(3.0) + x,
    '3.0 * x + 1.0': lambda x: 3.0 * x + 1.0,
    '-x': lambda x: -x,
    '2.0 - x': lambda x: 2.0 - x,
    'x - 1.0': lambda x: x - 1.0,
    '3.0 / x': lambda x: 3.0 / x,
    'x / 4.0': lambda x: x / 4.0,
    'x ** 3': lambda x: x ** 3,
    '1 - x ** -1.5': lambda x: 1 - x ** -1.5,
    'x * x / (x + exp(x))': lambda x: x * x / (x + exp(x)),
    'a + exp(a), a = -x': lambda x: (lambda a: a + exp(a))(-x),
}
values, eps = [], 1e-5
for text, f in formulas.items():
    for point in [2.0, 0.7]:
        x = Variable(np.array(point))
        y = f(x)
        y.backward()
        with no_grad():
            around = [f(Variable(np.array(point + s))).data for s in (-eps, eps)]
        assert np.isclose(x.grad, (around[1] - around[0]) / (2 * eps), rtol=1e-8, atol=0)
        if point == 2.0:
            values.append(float(y.data))
            print(f'{text:20}{y.data:9.4f}   derivative{x.grad:9.4f}')
assert values[:9] == [5, 5, 7, -2, 0, 1, 1.5, 0.5, 8]

# %%
# With both inputs variables, at a point where no two derivatives are equal:

import operator

x0, x1 = Variable(np.array(3.0)), Variable(np.array(5.0))
for f, wanted in [(operator.add, (1, 1)), (operator.sub, (1, -1)),
                  (operator.mul, (5, 3)), (operator.truediv, (1 / 5, -3 / 25))]:
    x0.cleargrad()
    x1.cleargrad()
    f(x0, x1).backward()
    assert np.allclose((x0.grad, x1.grad), wanted, rtol=1e-15, atol=0)

x = Variable(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), name='x')
print(x.shape, len(x), x.dtype)
print(x)
assert x.shape == (2, 3) and len(x) == 2
assert sum([x0, x1, 1]).data == 9  # sum begins with 0 + x0, and so with __radd__

# %%
# .. slide:: An array on the left
#    :show: predict output
#    :minutes: 5
#
#    NumPy takes a variable for a single number of unknown kind, unless it is told not to.
#
# What does NumPy do with ``array + v``?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# In this program one line decides it: ``__array_ufunc__ = None`` tells NumPy that a variable does
# not want to be treated as a number. NumPy then passes, and Python asks the variable. Take the line
# away, and there is no error:
#
# .. predict:: Without that line, what does ``np.array([2.0, 3.0]) + v`` give, if ``v`` holds the
#    array [1.0, 1.0]?
#    :answer: what(wrong)
#    :after:
#
#    - ``what(right)``: That is what one wants, and gets with the line in place.
#    - ``what(right.data)``: No graph, and still two numbers? NumPy does not look inside of the
#      variable.
#    - ``what(wrong)``: Each element of the array is added to the whole variable.


def what(result):
    kind = type(result).__name__
    return f'{kind} of {len(result)} ' + ('objects' if result.dtype == object else 'numbers')


v = Variable(np.array([1.0, 1.0]))
right = np.array([2.0, 3.0]) + v
del Variable.__array_ufunc__
wrong = np.array([2.0, 3.0]) + v
single = np.array(2.0) + v
Variable.__array_ufunc__ = None

print('with:   ', repr(right))
print('without:', what(wrong), '–', *wrong)
print('0-d:    ', repr(single))
assert isinstance(right, Variable) and list(right.data) == [3, 4]
assert type(wrong) is np.ndarray and [list(w.data) for w in wrong] == [[3, 3], [4, 4]]
assert isinstance(single, Variable)
assert list((np.float64(2.0) * v).data) == [2, 2]  # NumPy's numbers pass as well

# %%
# An array of two variables, [3, 3] and [4, 4], where one variable [3, 4] was meant. The sums that
# follow will go wrong as quietly. It is hard to notice, because with an array of no axes, as in
# most first examples, the result *looks* right: there is one element, so ``v`` is asked once, and
# NumPy hands its answer out. Readers of the book have asked why the line that it adds here is
# needed at all; that is why. (The book writes ``__array_priority__ = 200``, an older way to say the
# same, and NumPy still listens to it.)

del Variable.__array_ufunc__
Variable.__array_priority__ = 200
assert list((np.array([2.0, 3.0]) + v).data) == [3, 4]
del Variable.__array_priority__
Variable.__array_ufunc__ = None

# %%
# .. slide:: Two minus x is not x minus two
#    :show: output
#    :minutes: 2
#
#    A sum may use one method for both orders, a difference may not.
#
# Why a method of its own for each order?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For sums and products one would be enough. For a difference it would have the wrong sign, and for
# a quotient it would be upside down:


class Careless(Variable):
    __rsub__, __rtruediv__ = Variable.__sub__, Variable.__truediv__


x = Careless(np.array(5.0))
print('2 - x =', (2 - x).data, ' 2 / x =', (2 / x).data)
assert (2 - x).data == 3 and (2 / x).data == 2.5
assert (2 - Variable(x.data)).data == -3 and (2 / Variable(x.data)).data == 0.4

# %%
# .. slide:: A new variable is what ``x += y`` makes
#    :show: output
#    :minutes: 2
#
#    The name x moves on. The array of the old variable stays as it was.
#
# Why does ``x += y`` not change x's array?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For arrays it does: ``+=`` writes into the same memory. A variable has no method for ``+=``, so
# Python computes ``x + y`` and gives the name ``x`` to the result. The old variable, which the
# graph refers to, is untouched, and that is what one wants: a rule may still have to read its
# array. The other way round, an array that is to take in a variable, is refused.

old = x = Variable(np.array([1.0, 2.0]))
x += x * x
print(old, '->', x)
assert x is not old and list(old.data) == [1, 2] and list(x.data) == [2, 6]
x.backward()
assert list(old.grad) == [3, 5]  # of the sum of x + x^2

array = np.zeros(2)
try:
    array += old
    raise AssertionError('the array took it')
except TypeError as error:
    print('TypeError:', error)

# %%
# What if a variable is stretched?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# NumPy adds a number to each element of an array. If the number is a variable, it is used several
# times, so its gradient is a sum, and must not come out in the shape of the array. A rule of this
# program can't know that. So the call is refused, where it is made. (``dezero_lite`` sums up; a
# later stage of the course will show how.)

v = Variable(np.array(2.0))
try:
    v * np.array([1.0, 2.0, 3.0])
    raise AssertionError('it was stretched')
except ValueError as error:
    print('ValueError:', error)

import dezero_lite

w = dezero_lite.Variable(np.array(2.0))
(w * np.array([1.0, 2.0, 3.0])).backward()
assert w.grad == 1 + 2 + 3

# %%
# Is None the same as 0?
# ~~~~~~~~~~~~~~~~~~~~~~
# No. 0 is a derivative: the result does not change, to first order, with this variable. None says
# that no pass has come by.

x, unused = Variable(np.array(3.0)), Variable(np.array(3.0))
(x * 0.0).backward()
print(x.grad, unused.grad)
assert x.grad == 0 and unused.grad is None

# %%
# .. slide:: A formula is a graph
#    :show: picture
#    :minutes: 2
#
#    The constant 2 has no place in it: nobody asks for its gradient.
#
# The graph
# ---------
# :math:`y = ab + a^2` at (3, 2): the product and the power share an input.
from dezero_lite import graph

a, b = Variable(np.array(3.0), name='a'), Variable(np.array(2.0), name='b')
p = a * b
q = a ** 2
y = p + q
y.backward()
assert (y.data, a.grad, b.grad) == (15, 2 + 2 * 3, 3)
graph(y, calls=[(p.creator, [a, b], [p]), (q.creator, [a], [q]), (y.creator, [p, q], [y])],
      names={'y': y}, values=True, grads=True)

# %%
# What is still wrong
# -------------------
# .. slide:: What does np.exp(v) give?
#    :show: output
#    :minutes: 2
#
#    NumPy was told to keep off variables. So its own functions refuse them, too.
#
# The program has become long, and it is one file. NumPy's functions refuse a variable, since we
# told it to keep off. And a power needs a number as its exponent:

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
# (``dezero_lite`` has the power with a variable exponent; its rule needs a logarithm.) `Step 24
# <step24.ipynb>`_ cuts the program into files, and finds on the way how ``np.exp(x)`` can work.

assert np.isclose((2 ** dezero_lite.Variable(np.array(3.0))).data, 8)

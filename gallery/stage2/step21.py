"""
Step 21: plus, times, minus
===========================

Operators and a readable variable: ``a * b + c`` computes what it says, and a product gets its rule.

``square(add(a, b))`` is how a machine would write it. What must a class have so that ``a * b + c`` works, and what is
the rule of a product?
"""

# %%
# A rectangle
# -----------
# .. slide:: Move one side of a rectangle
#    :show: output
#    :minutes: 2
#
#    The sides are 3 and 5. By how much does the area move?
#
#    .. notes::
#       Ask before showing. The strip that is added is as long as the other side.
#
# A rectangle has the sides 3 and 5. Move the first side a little, and the area grows by a strip that is as long as the
# *other* side. Here are a product and a minus, with one input moved by a thousandth:

import numpy as np

nudge = 0.001
moves = {}
for name, f, inputs in [('x0 * x1', lambda x0, x1: x0 * x1, (3.0, 5.0)), ('-x', lambda x: -x, (3.0,))]:
    for i in range(len(inputs)):
        moved = [x + nudge * (i == j) for j, x in enumerate(inputs)]
        moves[name, i] = (f(*moved) - f(*inputs)) / nudge
        print(f'{name:8} at {inputs}, input {i} moved: {moves[name, i]:6.3f} times as far')
assert np.allclose(list(moves.values()), [5, 3, -1])

# %%
# .. slide:: Each side has the other for its derivative
#    :show: picture
#    :minutes: 1
#
#    .. notes::
#       Have somebody read the numbers beside the arrows of the product, and ask why they seem to have changed sides.
#       With equal sides nobody would notice, so the example has two different ones. Then multiply along one path, minus
#       included.
#
# So these are the derivatives beside the arrows of :math:`y = -(x_0 x_1)`, at 3 and 5:
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

x0, x1, p, y, times, minus = [Node(data=data) for data in (3, 5, 15, -15, None, None)]
graph(calls=[(times, [x0, x1], [p]), (minus, [p], [y])],
      names={'x0': x0, 'x1': x1, 'p': p, 'y': y, 'mul': times, 'neg': minus}, values=True,
      local={'mul': ('x1 = 5', 'x0 = 3'), 'neg': '-1'})

# %%
# .. slide:: The derivatives of a product
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       The strip and the rule are the same sentence. If somebody quotes the school's rule, u′v + uv′, ask where the two
#       primes are: they belong to the functions before this one, which knows only the two numbers. One sentence is
#       enough here when you are late.
#
# Proposition (product and minus)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The product :math:`x_0 x_1` is differentiable everywhere, with the partial derivatives :math:`x_1` and :math:`x_0`.
# The function :math:`-x` has the derivative -1.
#
# .. slide:: What is left over is the small corner
#    :show: proof
#    :below:
#    :minutes: 2
#
#    .. notes::
#       Draw the rectangle with both sides moved: two strips and a corner. Ask how the corner shrinks when both moves
#       are halved. It is a quarter, and that is all of the proof.
#
# Proof
# ~~~~~
# Move both sides: :math:`(x_0 + h_1)(x_1 + h_2) = x_0 x_1 + x_1 h_1 + x_0 h_2 + h_1 h_2`. By the definition of `step 14
# <step14.ipynb#definition-differentiable>`_ it remains to see that the corner :math:`h_1 h_2` is small compared with
# :math:`|h|`. It is, for neither :math:`|h_1|` nor :math:`|h_2|` is larger than :math:`|h|`; so
# :math:`|h_1 h_2| \le |h|^2`, and divided by :math:`|h|` it is at most :math:`|h|`, which goes to 0. And
# :math:`-(x + h) = -x + (-1) h`, with nothing left over. ∎
#
# How Python asks
# ---------------
# .. slide:: How Python asks
#    :show: output
#    :minutes: 2
#
#    An operator is a method with a fixed name.
#
#    .. notes::
#       Ask what Python does when it sees a plus. Many think that plus belongs to numbers. It belongs to the object on
#       the left, which is asked by a method of a fixed name; the one here only says how it was asked. Keep for the
#       next step what happens if the object on the left knows nothing.
#
# For ``v + w`` Python calls a method of ``v`` with a fixed name, and gives it ``w``. Here is an object that says how it
# was asked:


class Asked:
    __add__ = lambda self, other: f'v.__add__({other})'
    __mul__ = lambda self, other: f'v.__mul__({other})'
    __neg__ = lambda self: 'v.__neg__()'
    __repr__ = lambda self: 'v'


v = Asked()
print('v + 1  asks', v + 1)
print('v * v  asks', v * v)
print('-v     asks', -v)
assert (v + 1, v * v, -v) == ('v.__add__(1)', 'v.__mul__(v)', 'v.__neg__()')

# %%
# A method is a function that stands in a class. ``lambda self, other: ...`` is a function without a name, good for one
# expression; given a name in the class, it is a method like any other.
#
# .. ask::
#    What must a class have so that ``a * b + c`` works, and what is the rule of a product?
#
#    - ``v + w``, ``v * w`` and ``-v``, by functions ``Add``, ``Mul`` and ``Neg``.
#    - ``Variable(data, name='x')`` and ``v.name``, which is None if nobody gave one.
#    - ``v.shape``, ``v.ndim``, ``v.dtype`` and ``len(v)`` are those of its array.
#    - ``repr(v)`` is ``Variable(7.0, name='y')``, or ``Variable(7.0)`` without a name.

# %%
# The program
# -----------
# .. slide:: One line an operator
#    :show: program
#    :pieces: Variable.__add__ Variable.__mul__ Variable.__neg__ Mul Neg
#    :minutes: 4
#
#    .. notes::
#       Which of the two keeps its inputs?
#
# .. slide:: A variable says what it is
#    :show: program
#    :pieces: Variable.shape Variable.ndim Variable.dtype Variable.__len__ Variable.__repr__
#    :below:
#    :minutes: 2
#
#    .. notes::
#       For those who wonder about ``property``: it is computed when it is read, so the shape can't get out of date.
#       Nothing depends on this slide. It hangs below, and can stay there.
#
# Each operator is a method of one line: it makes a function and calls it. A product keeps both inputs, since its rule
# reads them; a minus keeps nothing. ``shape = property(lambda self: self.data.shape)`` makes an attribute that is
# computed when it is read.
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
    creator = None
    generation = 0
    gradient = None
    retains = True

    def __init__(self, data, name=None):
        if data is not None:
            if not isinstance(data, np.ndarray):
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
    __mul__ = lambda self, other: Mul()(self, other)
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
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def place_of(x):
    return x if x.creator is None else x.creator


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
        xs = tuple([x.data for x in inputs])
        y = self.forward(*xs)
        if pauses.get():
            return Variable(np.asarray(y))
        self.parents = tuple(map(place_of, inputs))
        self.generation = 1 + max([place.generation for place in self.parents])
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = y
        return variable_at(self, y)


class Square(Function):
    def forward(self, x):
        return x ** 2

    def backward(self, gy):
        x, = self.xs
        return 2 * x * gy


class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.y


class Add(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 + x1

    def backward(self, gy):
        return gy, gy


class Mul(Function):
    def forward(self, x0, x1):
        return x0 * x1

    def backward(self, gy):
        x0, x1 = self.xs
        return gy * x1, gy * x0


class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


def square(x):
    return Square()(x)


def exp(x):
    return Exp()(x)


# %%
# The run
# -------
# .. slide:: The first formula: ``a * b + c``
#    :show: output
#    :minutes: 2
#
#    It is the book's first example, at (3, 2, 1).
#
#    .. notes::
#       Let them say the three gradients before the output appears. Those who get them wrong usually give ``a`` its own
#       value, where it gets that of ``b``. Ask what has put the times before the plus: Python has, and we have written
#       no line for that.
#
# We compute :math:`y = ab + c` at (3, 2, 1). The derivatives are :math:`b`, :math:`a` and 1. Python's own rules, times
# before plus, make the graph.

a = Variable(np.array(3.0), name='a')
b = Variable(np.array(2.0), name='b')
c = Variable(np.array(1.0), name='c')
y = a * b + c
y.backward()
print(y, a.grad, b.grad, c.grad)
assert (y.data, a.grad, b.grad, c.grad) == (7.0, 2.0, 3.0, 1.0)

for v in (a, b, c):
    v.cleargrad()
y = -(a * b) * c + -a  # -abc - a
y.backward()
assert (y.data, a.grad, b.grad, c.grad) == (-9.0, -3.0, -3.0, -6.0)

# %%
# And a variable says what it is:

x = Variable(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), name='x')
print(x)
print(x.shape, x.ndim, x.dtype, len(x))
assert (x.shape, x.ndim, x.dtype, len(x)) == ((2, 3), 2, np.float64, 2)
assert repr(Variable(np.array(7.0), name='y')) == "Variable(7.0, name='y')" and repr(y) == 'Variable(-9.0)'

# %%
# .. slide:: Both inputs are x
#    :show: predict
#    :minutes: 3
#
#    .. notes::
#       The rule knows nothing of squares.
#
# .. predict:: ``y = x * x`` at 3, by the rule of a product. What is ``x.grad``?
#    :answer: 6 = int(x.grad)
#    :type: number
#    :after:
#
#    - ``int(x.grad)``: each side of the square moves, and for each the other one is 3. The table adds 3 and 3.
#    - ``int(x.data)``: that is one side. But both inputs are ``x``, and both move.
#    - ``int(y.data)``: that is the value.

x = Variable(np.array(3.0), name='x')
y = x * x
y.backward()
assert x.grad == 6

# %%
# Watch the two threes arrive:
from dezero_lite import play

x = Variable(np.array(3.0), name='x')
play(x * x, names={'x': x})

# %%
# .. slide:: A new variable is what ``x += y`` makes
#    :show: output
#    :minutes: 2
#
#    The name x moves on. The array of the old variable stays as it was.
#
#    .. notes::
#       Ask what is in the old variable after ``x += x * x``. Those who know arrays say that it was overwritten, since
#       for arrays ``+=`` writes in place. A variable has no such method, so Python computes a sum and moves the name.
#       Ask why that is what we want: a rule may still have to read the old array.
#
# Why does ``x += y`` not change x's array?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For arrays it does: ``+=`` writes into the same memory. A variable has no method for ``+=``, so
# Python computes ``x + y`` and gives the name ``x`` to the result. The old variable, which the
# graph refers to, is untouched, and that is what one wants: a rule may still have to read its array.

old = x = Variable(np.array([1.0, 2.0]))
x += x * x
print(old, '->', x)
assert x is not old and list(old.data) == [1, 2] and list(x.data) == [2, 6]
x.backward()
assert list(old.grad) == [3, 5]  # 1 + 2x

# %%
# What does ``-x * x`` mean?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# Python reads it as ``(-x) * x``, and :math:`-(x \cdot x)` is the same number. But the graphs differ: the product of
# the first reads ``-x`` and ``x``, that of the second ``x`` twice. The derivatives agree, as they must.
#
# .. internal::

grads = []
for compute in [lambda x: -x * x, lambda x: -(x * x)]:
    x = Variable(np.array(3.0))
    y = compute(x)
    y.backward()
    grads.append((type(y.creator).__name__, float(x.grad)))
print(grads)
assert grads == [('Mul', -6.0), ('Neg', -6.0)]

# %%
# Does everything from before still work?
# ---------------------------------------
# Here are the graphs of steps 14 to 16 with operators, with the number of runs, a gradient in the middle, two passes,
# the memory of step 17 and the block of step 20.
#
# .. internal:: a.creator

import gc
import weakref


class Noted(Square):
    runs = 0

    def backward(self, gy):
        Noted.runs += 1
        return super().backward(gy)


noted = lambda x: Noted()(x)
cases = {  # what is computed from a = x², its derivative by a at x = 2, and how many squares it has
    'diamond': (lambda x, a: noted(a) + noted(a), 16, 3),
    'a + a²': (lambda x, a: a + noted(a), 9, 2),
    'b + (a + b)': (lambda x, a: (lambda b: b + (a + b))(noted(a)), 17, 2),
    'a² + a': (lambda x, a: noted(a) + a, 9, 2),
    'a a + a': (lambda x, a: a * a + a, 9, 1),
    '-a² a': (lambda x, a: -noted(a) * a, -48, 2),
    'exp(-a) a': (lambda x, a: exp(-a) * a, -3 * np.exp(-4), 1),
    'exp(a + a)²': (lambda x, a: noted(exp(a + a)), 4 * np.exp(16), 2),
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
with no_grad():
    assert (u * w).creator is None

# %%
# What is still wrong
# -------------------
# .. slide:: Next: numbers and arrays
#    :show: output
#    :minutes: 1
#
#    A formula has numbers in it, and they may stand on the left.
#
#    .. notes::
#       Let them guess which of the four lines fail. All do, in two different ways. The one to take home is the number
#       on the left: which of the two should compute it, if a number has never heard of our class?
#
# A formula also has numbers in it, and they may stand on the left:
#
# .. flaw::

x = Variable(np.array(2.0))
for expression in ['x * 3', '3 * x', 'x * np.array(3.0)', '2 - x']:
    try:
        eval(expression)
        raise AssertionError(expression)
    except (AttributeError, TypeError) as error:
        print(f'{expression:18} {type(error).__name__}: {error}')

# %%
# `Step 22 <step22.ipynb>`_ lets numbers and arrays take part, and finds that an array on the left can do harm without a
# word.

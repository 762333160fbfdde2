"""
Step 22: numbers and arrays beside
==================================

Numbers and arrays take part in formulas, on either side. An array on the left needs one line more.

``2 - x`` has a number on the left, and a number knows nothing of our variables. Which of the two computes it? And what
if an array stands there?
"""

# %%
# An array on the left
# --------------------
# .. slide:: An array on the left
#    :show: predict output
#    :minutes: 5
#
#    Python asks the object on the left first. It may pass; then the one on the right is asked.
#
#    .. notes::
#       Let the group guess the fourth line before it is shown. If somebody asks: the one on the right comes first where
#       its class inherits from the other's and has a reflected method of its own.
#
# For ``2 * v`` Python asks the number 2 first. It does not know how to multiply itself by ``v`` and passes. So Python
# asks ``v``, by another method, ``__rmul__``, with an r for *reflected*: the operands have changed sides. Here is a
# small class with both methods, and an array of two in it.
#
# .. predict:: ``v`` holds the array [1, 10], and has ``__mul__`` and ``__rmul__``. What is
#    ``np.array([2.0, 3.0]) * v``?
#    :answer: an array of 2 boxes = what(answers['array * v'])
#    :after:
#
#    - ``what(answers['v * array'])``: that is what one wants, and gets if the array is on the right.
#    - ``what(answers['array * v'])``: NumPy takes ``v`` for a single number, and multiplies each element of the array
#      by the whole of it.
#    - ``'a TypeError'``: that would be a mercy. There is no message at all.

import numpy as np


class Box:
    def __init__(self, data):
        self.data = data

    def __mul__(self, other):
        return Box(self.data * other)

    def __rmul__(self, other):
        return Box(other * self.data)

    def __repr__(self):
        return f'Box({self.data})'


def what(result):
    return f'an array of {len(result)} boxes' if isinstance(result, np.ndarray) else 'a box of two numbers'


v = Box(np.array([1.0, 10.0]))
array = np.array([2.0, 3.0])
answers = {'v * 2': v * 2, '2 * v': 2 * v, 'v * array': v * array, 'array * v': array * v}
for expression, answer in answers.items():
    print(f'{expression:10}', answer)
assert what(answers['v * array']) == 'a box of two numbers' and list(answers['v * array'].data) == [2, 30]
assert [list(box.data) for box in answers['array * v']] == [[2, 20], [3, 30]]

# %%
# The first three are as expected. In the fourth the array is not helpless. It takes ``v`` for a number of some unknown
# kind, and multiplies element by element: ``v`` is asked twice, and the answer is an array of two boxes, [2, 20] and
# [3, 30], where one box [2, 30] was meant. Nothing is said, and what is computed from it goes wrong just as quietly. It
# is hard to notice, because with a 0-d array, as in most first examples, the result *looks* right:

print(np.array(2.0) * v)
assert isinstance(np.array(2.0) * v, Box)

# %%
# One line in the class forbids it. ``__array_ufunc__ = None`` tells NumPy that this object does not want to be treated
# as a number. Then the array passes as the number 2 did, and ``v`` is asked:

Box.__array_ufunc__ = None
print(array * v)
assert list((array * v).data) == [2, 30]

# %%
# Two minus x
# -----------
# .. slide:: Two minus x is not x minus two
#    :show: output
#    :minutes: 3
#
#    A sum may use one method for both orders, a difference may not.
#
#    .. notes::
#       Ask why Python has two methods for a minus and whether one would do. For a plus it would, and that is where the
#       mistake comes from: people use one method for both, and it works until somebody subtracts. The outcome then has
#       the wrong sign and no message. When late, say this and go on.
#
# For sums and products the reflected method could be the same as the other one. A difference shows why there are two:
# :math:`2 - x` is not :math:`x - 2`. Its two inputs also have different derivatives. Move one of them by a thousandth:

nudge = 0.001
for i, (x0, x1) in enumerate([(5 + nudge, 2), (5, 2 + nudge)]):
    times = ((x0 - x1) - 3) / nudge
    print(f'5 - 2, input {i} moved: the result moves {times:6.3f} times as far')
    assert np.isclose(times, [1, -1][i])

# %%
# Proposition (difference)
# ~~~~~~~~~~~~~~~~~~~~~~~~
# The difference :math:`x_0 - x_1` is differentiable, with the partial derivatives 1 and -1.
#
# Proof
# ~~~~~
# :math:`(x_0 + h_1) - (x_1 + h_2) = (x_0 - x_1) + 1 \cdot h_1 + (-1) \cdot h_2`, with nothing left over. ∎
#
# Constants
# ---------
# .. slide:: A constant has no place
#    :minutes: 2
#
#    - ``parents`` has None for it, and the pass leaves it out.
#    - Its array is copied: its owner may change it before the pass.
#
#    .. notes::
#       Two questions. Does anybody want the gradient of the 2? Nobody does, so the pass leaves it out. And may anybody
#       change an array that we were given? Its owner may. The usual objection is that copying is a waste; the vote on
#       the buffer, later on this page, shows what it saves us from.
#
# Nobody asks for the gradient of the 2 in :math:`2 - x`. It is a *constant*: it has no place in the graph, ``parents``
# has None for it, and the pass leaves it out. But a rule may read it, as that of :math:`c\,x` does. A number can't
# change. An array can, and its owner may use it for something else before the pass. So a constant array is copied when
# it comes in.
#
# What is left for a later step is a variable that NumPy would *stretch* to the shape of an array, such as a number
# times an array of three. It is used three times then, and a rule of this program does not know that. The call is
# refused, where it is made. (In a block of ``no_grad`` it is not, since nobody will go back through it.)
#
# .. ask::
#    ``2 - x`` has a number on the left, and a number knows nothing of our variables. Which of the two
#    computes it? And what if an array stands there?
#
#    - ``v - w``, by a function ``Sub``.
#    - Numbers and arrays on either side of ``+``, ``-`` and ``*``; the result is one ``Variable``.
#      What an array held at the call is what counts, also if its owner changes it afterwards.
#    - ``Variable(data)`` takes an array or one of NumPy's numbers, such as ``np.float64(3.0)``;
#      anything else is a TypeError, and so is an operator with None or a text.
#    - Where a function that is recorded would stretch a variable, there is a ValueError.

# %%
# The program
# -----------
# .. slide:: The two sides of an operator
#    :show: program
#    :pieces: Variable.__array_ufunc__ Variable.__radd__ Variable.__sub__ Variable.__rsub__ Variable.__rmul__ Sub
#    :minutes: 4
#
#    .. notes::
#       self and other have changed places in the reflected ones.
#
# .. slide:: Variables have places, constants have not
#    :show: program
#    :pieces: data_of place_of Function.__call__
#    :minutes: 4
#
#    .. notes::
#       Go through ``__call__`` with one variable and one number. Where does the number get lost? In ``place_of``, which
#       gives None for it. Ask what the ``default=0`` is for: a function of constants alone would have no largest
#       generation. The ValueError about stretching is a refusal that lasts until step 40.
#
# ``data_of`` and ``place_of`` tell variables and constants apart. ``data_of`` also hands a 0-d array out as a number:
# NumPy makes numbers of them anyway, as soon as it computes. That is why ``Variable`` takes NumPy's numbers from now
# on: ``x.data - 0.1 * x.grad`` is one. Only variables count for the generation; a function of constants alone has 1.
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
# .. slide:: Numbers and arrays on either side
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Cover the derivatives and have the room say them from the formulas at the left; the last one catches most
#       people, with its two minus signs. The column of differences is the check of step 10. When late, look at one line
#       with the number on the left and skip the others.
#
# With a number or an array on either side, the derivative by ``x`` at 2 agrees with a `central difference
# <../stage1/step10.ipynb>`_:

formulas = {
    'x + np.array(3.0)': lambda x: x + np.array(3.0),
    'np.array(3.0) + x': lambda x: np.array(3.0) + x,
    '3.0 * x + 1.0': lambda x: 3.0 * x + 1.0,
    '-x * 2.0': lambda x: -x * 2.0,
    '2.0 - x': lambda x: 2.0 - x,
    'x - 1.0': lambda x: x - 1.0,
    'np.array(5.0) - x * x': lambda x: np.array(5.0) - x * x,
    '2.0 - (1.0 - x) * x': lambda x: 2.0 - (1.0 - x) * x,
}
eps = 1e-5
for text, f in formulas.items():
    x = Variable(np.array(2.0))
    y = f(x)
    y.backward()
    around = [f(Variable(np.array(2.0 + s))).data for s in (-eps, eps)]
    difference = (around[1] - around[0]) / (2 * eps)
    print(f'{text:22}{y.data:6.2f}   derivative{x.grad:6.2f}   difference{difference:8.4f}')
    assert np.isclose(x.grad, difference, rtol=1e-8, atol=0)
    assert y.data == f(2.0)

x0, x1 = Variable(np.array(5.0)), Variable(np.array(2.0))
(x0 - x1).backward()
assert (x0.grad, x1.grad) == (1, -1)

# %%
# And here are arrays on the left, with the derivative of the sum of the elements:

v = Variable(np.array([1.0, 10.0]))
array = np.array([2.0, 3.0])
for y, value, derivative in [(array * v, [2, 30], [2, 3]), (array - v, [1, -7], [-1, -1]),
                             (array + v, [3, 13], [1, 1])]:
    v.cleargrad()
    y.backward()
    print(y, v.grad)
    assert isinstance(y, Variable) and (y.data.tolist(), v.grad.tolist()) == (value, derivative)
assert list((np.float64(2.0) * v).data) == [2, 20]  # NumPy's numbers pass as well
assert sum([v, v, 1]).data.tolist() == [3, 21]  # sum begins with 0 + v, and so with __radd__

# %%
# .. slide:: A graph without the constants
#    :show: picture
#    :minutes: 2
#
#    One arrow leads into the product with 3, and one into that with 2: constants have no place.
#
#    .. notes::
#       Ask how many arrows should go into a product of ``x`` and 3. Two is the usual answer; there is one, since the
#       constant has no place. The numbers are not lost: the function has kept them, because its rule reads them.
#
# In the picture the constants are missing, since they have no place. :math:`y = 3x - 2x^2` at 2:
#
# .. internal:: parents
# .. internal:: backward_pass
from dezero_lite import graph

x = Variable(np.array(2.0), name='x')
y = 3 * x - x * x * 2
assert [place.parents.count(None) for place in y.creator.parents] == [1, 1]
assert backward_pass(y) == {x: 3 - 4 * 2}
graph(y, names={'y': y}, values=True)

# %%
# .. slide:: A buffer that is used again
#    :show: predict output
#    :minutes: 3
#
#    .. notes::
#       Without the copy each product reads what the buffer holds in the end.
#
# Constants are copied
# --------------------
# Whoever made an array may go on using it. Here is a loop with a weight that is halved in each turn, in place:
# 1, then 0.5, then 0.25. The result is :math:`(1 + 0.5 + 0.25)\,x`.
#
# .. predict:: A loop has three turns, each with ``y = y + x * weight`` and then ``weight *= 0.5``. What would the
#    derivative by ``x`` be if the constant were *not* copied?
#    :answer: 0.375 = derivative['shared']
#    :type: number
#    :after:
#
#    - ``derivative['shared']``: after three turns the weight is 0.125, and all three products read that.
#    - ``derivative['copied']``: that is right, 1 + 0.5 + 0.25, and what the program gives.
#    - ``3 * 0.25``: nearly: 0.25 was the last weight that was used. But it was halved once more after that.
#
# .. internal:: data_of
# .. internal:: shared


def of_the_loop():
    x, weight = Variable(np.array([1.0])), np.array([1.0])
    y = 0.0 * x
    for _ in range(3):
        y = y + x * weight
        weight *= 0.5
    y.backward()
    return float(x.grad[0])


derivative = {'copied': of_the_loop()}
copying = data_of
data_of = lambda x: x.data if isinstance(x, Variable) else x
derivative['shared'] = of_the_loop()
data_of = copying
print(derivative)
assert derivative['copied'] == 1 + 0.5 + 0.25
assert derivative['shared'] == 3 * 0.125

# %%
# (The array of a *variable* is not copied. It may be large, and step 19 says what happens if it is written into.)
#
# Without that line
# -----------------
# .. slide:: Two wrong variables, without a word
#    :show: output
#    :minutes: 2
#
#    .. notes::
#       Read the middle part first, with no line at all, and ask who in the room would have noticed. Then read the
#       book's line, which helps with the operator and with nothing else. With the line that we use, what can't be done
#       says so. When late, leave out the book's.
#
# Take the line away, and our variables meet the fate of the box, an array of two variables in place of one. The book
# writes ``__array_priority__ = 200`` in its place, an older way, which concerns operators only. ``np.add`` still takes
# a variable for a number, and ``a += v`` turns the array ``a`` into a variable. With ``__array_ufunc__ = None`` both
# are refused.
#
# .. internal::


def outcome(compute):
    try:
        result = compute()
    except TypeError:
        return 'TypeError'
    if isinstance(result, np.ndarray):
        return f'an array of {len(result)} variables'
    return f'a variable of {result.data.tolist()}'


def in_place():
    a = np.array([2.0, 3.0])
    a += v
    return a


v = Variable(np.array([1.0, 1.0]))
ways = {'array + v': lambda: np.array([2.0, 3.0]) + v,
        'np.add(array, v)': lambda: np.add(np.array([2.0, 3.0]), v), 'array += v': in_place}
table = {'__array_ufunc__ = None': [outcome(way) for way in ways.values()]}
del Variable.__array_ufunc__
table['nothing'] = [outcome(way) for way in ways.values()]
Variable.__array_priority__ = 200
table['__array_priority__ = 200'] = [outcome(way) for way in ways.values()]
del Variable.__array_priority__
Variable.__array_ufunc__ = None

for line, outcomes in table.items():
    print(line)
    for way, said in zip(ways, outcomes):
        print(f'    {way:18}{said}')
assert table['__array_ufunc__ = None'] == ['a variable of [3.0, 4.0]', 'TypeError', 'TypeError']
assert table['nothing'][0] == 'an array of 2 variables'
assert table['__array_priority__ = 200'] == ['a variable of [3.0, 4.0]', 'an array of 2 variables',
                                             'a variable of [3.0, 4.0]']

# %%
# What would go wrong with one method for both orders?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The difference would have the wrong sign, and nothing would say so:


class Careless(Variable):
    __rsub__ = Variable.__sub__


x = Careless(np.array(5.0))
print('2 - x =', (2 - x).data)
assert (2 - x).data == 3 and (2 - Variable(x.data)).data == -3

# %%
# What if a variable is stretched?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# NumPy multiplies a number with each element of an array. If the number is a variable, it is used several times, so
# its gradient is a sum, and must not come out in the shape of the array. Where nothing is recorded, nothing can go
# wrong on the way back, and stretching is allowed. (``dezero_lite`` sums up; step 40 shows how.)
#
# .. internal:: with no_grad

v = Variable(np.array(2.0))
try:
    v * np.array([1.0, 2.0, 3.0])
    raise AssertionError('it was stretched')
except ValueError as error:
    print('ValueError:', error)

with no_grad():
    assert (v * np.array([1.0, 2.0, 3.0])).data.tolist() == [2, 4, 6]

import dezero_lite

w = dezero_lite.Variable(np.array(2.0))
(w * np.array([1.0, 2.0, 3.0])).backward()
assert w.grad == 1 + 2 + 3

# %%
# What may be data?
# ~~~~~~~~~~~~~~~~~
# Data may be an array, or one of NumPy's numbers, since computing with 0-d arrays gives these. So the result of a step
# against the gradient, ``x.data - 0.1 * x.grad``, can be made into a variable again. Python's own numbers and lists are
# refused, as since step 09; and None, which was allowed until now, is refused as well.
#
# .. internal:: np.float64

x = Variable(np.array(3.0))
(x * x).backward()
x = Variable(x.data - 0.1 * x.grad)
print(type(x.data).__name__, x)
assert isinstance(x.data, np.float64) and np.isclose(x.data, 2.4, rtol=1e-15)
for data in [2.0, [1.0, 2.0], None]:
    try:
        Variable(data)
        raise AssertionError(data)
    except TypeError as error:
        print('TypeError:', error)

# %%
# And a function of constants alone? It is computed like any other, and its pass finds nothing:
#
# .. internal::

y = exp(np.array(1.0))
assert np.isclose(y.data, np.e, rtol=1e-15) and y.creator.generation == 1 and backward_pass(y) == {}

# %%
# Does everything from before still work?
# ---------------------------------------
# Here are the graphs of steps 14 to 16, now with numbers in them, with the number of runs, a gradient in the middle,
# two passes, and the memory of step 17.
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
    'a - a²': (lambda x, a: a - noted(a), -7, 2),
    'b + (a + b)': (lambda x, a: (lambda b: b + (a + b))(noted(a)), 17, 2),
    'a² - a': (lambda x, a: noted(a) - a, 7, 2),
    '3 a² - 2 a': (lambda x, a: 3 * noted(a) - a * 2, 22, 2),
    '(1 - a)² a': (lambda x, a: noted(1 - a) * a, 2 * 3 * 4 + 9, 2),
    'exp(1 - a) a': (lambda x, a: exp(1 - a) * a, -3 * np.exp(-3), 1),
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

# %%
# What is still wrong
# -------------------
# .. slide:: Next: division and powers
#    :show: output
#    :minutes: 1
#
#    .. notes::
#       Three lines fail, and there is nothing to discuss. Ask for the derivative of a quotient with respect to its
#       denominator; the missing minus is the usual slip, and that is how the next page begins.
#
# Of the four operations one is missing, and so are powers:
#
# .. flaw::

x = Variable(np.array(2.0))
for expression in ['x / 4.0', '3.0 / x', 'x ** 3']:
    try:
        eval(expression)
        raise AssertionError(expression)
    except TypeError as error:
        print(f'{expression:8} TypeError: {error}')

# %%
# `Step 23 <step23.ipynb>`_ adds both, and the power has a case in which its rule goes wrong.

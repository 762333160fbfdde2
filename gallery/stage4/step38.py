"""
Step 38: what moves, moves back
===============================

Reshape, transpose, sum and slicing are linear maps, and the backward of a linear map is its adjoint. One class carries
them all, and comparing two sums finds a wrong one.

What goes back through a reshape, a transpose, a sum, and through ``x[i]``?
"""

# %%
# The same bill twice
# -------------------
# .. slide:: Bring the goods to the prices, or the prices to the goods
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    Three crates go to three stalls. What is the bill?
#
#    .. notes::
#       Let half of the group reckon at the stalls, the other half at home.
#
# At home are three crates with 2, 3 and 5 kilograms of fruit. They are brought to three stalls: stall 0 gets crate 2,
# stall 1 crate 0, stall 2 crate 1. A kilogram costs 10 at stall 0, 20 at stall 1, 30 at stall 2. What is everything
# worth?
#
# We may go to the stalls, and multiply what has arrived there by the prices. Or we stay at home, and write on each
# crate the price of the stall to which it goes. Either the goods move to the prices, or the prices move back to the
# goods. The bill is the same.

import numpy as np

x, u = np.array([2.0, 3.0, 5.0]), np.array([10.0, 20.0, 30.0])
order = [2, 0, 1]
moved = x[order]
written = np.zeros(3)
written[order] = u
print('at the stalls:', moved, 'kg at', u, ' bill', np.sum(moved * u))
print('at home:      ', x, 'kg at', written, ' bill', np.sum(x * written))
assert np.sum(moved * u) == np.sum(x * written) == 180
assert written.tolist() == [20, 30, 10]

# %%
# Now the price that stands on a crate is how much the bill grows with each kilogram in it: its *derivative*. So we have
# found the gradient of the bill, and computed it by moving prices back. Pour all fruit into one basket, for one price:
# that is a sum, and the way back writes the same price on every crate. No formula for a derivative was needed, only the
# question where things come from.
#
# .. slide:: Linear maps, and their adjoints
#    :show: statement
#    :minutes: 2
#    :meeting:
#
#    One bill: :math:`\langle Px, u \rangle = \langle x, P^* u \rangle`.
#
#    .. notes::
#       Translate it back into crates: P carries the goods, its adjoint the prices, and the bill is one number. Ask for
#       a map of arrays that is not linear. Adding 1 is the one that people take for linear, because its graph is a
#       straight line.
#
# Definition (linear, adjoint)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A map :math:`P` from arrays of one shape to arrays of another is **linear** if :math:`P(ax + bz) = a\,Px + b\,Pz` for
# all arrays :math:`x, z` and numbers :math:`a, b`. A map :math:`P^*` back is its **adjoint** if
#
# .. math::
#
#     \langle P x, u \rangle = \langle x, P^* u \rangle \quad \text{for all } x \text{ and } u.
#
# Moving, repeating, adding up, leaving out and putting in zeros are linear: each element of :math:`Px` is a sum of
# multiples of elements of :math:`x`. Adding 1 is not, nor is squaring: twice the :math:`x` does not give twice the
# result.
#
# .. slide:: The backward of a linear map is its adjoint
#    :show: statement
#    :minutes: 3
#    :meeting:
#    :recap:
#
#    Each linear map has exactly one, and it needs no x.
#
#    .. notes::
#       Say what it saves: no derivative has to be computed, only the question answered where each number came from. Ask
#       why no x occurs in it. A linear map has the same derivative everywhere, so its function needs to keep nothing.
#       This and the program are what must not be cut.
#
# Theorem (the backward of a linear map is its adjoint)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A linear map :math:`P` has exactly one adjoint, which is linear. Whatever :math:`x` is, a pass through :math:`y = Px`
# has to turn the gradient :math:`u` of :math:`y` into the gradient :math:`P^* u` of :math:`x`.
#
# .. slide:: Entry by entry
#    :show: proof
#    :below:
#    :minutes: 4
#
#    The adjoint multiplies with the transposed matrix.
#
#    .. notes::
#       With matrices it is one line: exchange two sums. The part that is easily overlooked is 'just one'; ask what one
#       would do if there were two adjoints. For a room that is happy with transposes, leave it below.
#
# Proof
# ~~~~~
# Let the elements of both arrays be numbered. Linearity says that there is a matrix :math:`A` with
# :math:`(Px)_i = \sum_j A_{ij} x_j`; column :math:`j` is what :math:`P` makes of the array that is 1 at place :math:`j`
# and 0 elsewhere. Then
#
# .. math::
#
#     \langle Px, u \rangle = \sum_i \Bigl(\sum_j A_{ij} x_j\Bigr) u_i = \sum_j x_j \Bigl(\sum_i A_{ij} u_i\Bigr) ,
#
# so :math:`(P^* u)_j = \sum_i A_{ij} u_i`, or :math:`P^* u = A^\top u`, is an adjoint, and it is linear. If :math:`Q`
# is another, then :math:`\langle x, P^* u - Qu \rangle = 0` for all :math:`x`. Take :math:`x = P^* u - Qu`: a sum of
# squares is 0, so each of them is, and :math:`Qu = P^* u`.
#
# By `step 37 <step37.ipynb#theorem-a-pass-with-a-seed>`_ the pass has to give the gradient of
# :math:`\langle Px, u \rangle` with respect to :math:`x`. On the right side of the formula the factor of :math:`x_j` is
# :math:`(P^* u)_j`, and that is the derivative. ∎
#
# .. slide:: Adjoints of adjoints, and of compositions
#    :show: statement
#    :below:
#    :minutes: 2
#
#    .. notes::
#       Two remarks with consequences. The order is turned round, and that is why a pass goes backwards. And the adjoint
#       of the adjoint is the map itself, so second derivatives need no new rule. Ask what the backward of the backward
#       of a sum is. It is the sum.
#
# Corollary (backwards in both senses)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The adjoint of :math:`P^*` is :math:`P`. If what :math:`Q` gives has the shape that :math:`P` takes, the adjoint of
# :math:`PQ`, first :math:`Q` and then :math:`P`, is :math:`Q^* P^*`.
#
# Proof (corollary)
# ~~~~~~~~~~~~~~~~~
# Read the formula from the right: :math:`\langle P^* u, x \rangle = \langle u, P x \rangle`. And
# :math:`\langle PQx, u \rangle = \langle Qx, P^* u \rangle = \langle x, Q^* P^* u \rangle`. ∎
#
# The second half is what a pass does: it undoes the last function first. The first half gives us second derivatives for
# nothing. The rule of :math:`P` is a linear function of ``gy``, namely :math:`P^*`. Whoever wants to differentiate
# through it needs *its* rule, and that is :math:`P`, which we had to write down anyway.

# %%
# .. ask::
#    What goes back through a reshape, a transpose, a sum, and through ``x[i]``?
#
#    - ``linear(forward, adjoint, x)``: applies a linear map, given by two functions of arrays, to a variable. Its
#      backward is the adjoint, to every order. Of an array it computes ``forward(x)``.
#    - ``np.reshape(x, shape)``, ``np.transpose(x, axes)``, ``np.sum(x, axis, keepdims)`` and ``x[index]``, of
#      variables; the axes of a transpose are counted from the front. For a function of NumPy that you do not have, a
#      TypeError names it.
#    - ``put(gy, index, shape)``: zeros of a shape, with an array added at an index that may have a place twice.
#    - ``hvp``: its variables may be arrays, of different shapes.
#
# The program
# -----------
# .. slide:: One class for all of them
#    :show: program
#    :pieces: Linear linear reshape transpose total getitem put
#    :minutes: 5
#    :meeting:
#
#    Read each pair aloud: what goes out, and what comes back.
#
#    .. notes::
#       "Undone" is right for reshape and transpose. A sum can't be undone; ask what its adjoint does instead.
#
# ``Linear`` keeps two functions and no inputs: a linear map has the same derivative everywhere. Its rule is one line,
# and on variables it makes a ``Linear`` with the two exchanged. After that each function of this page is a pair. Note
# what the pairs remember: ``before``, the *shape* of the input, and not the input, which would keep its array alive.
#
# ``np.sum(x)`` and its kin are no ufuncs, so they don't ask ``__array_ufunc__``. They ask ``__array_function__`` of
# their arguments (`Hoyer et al. 2018 <../../bibliography.md#hoyer-2018>`_), with themselves and what they were called
# with.
import copy
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

    def backward(self, *, seed=None, create_graph=False):
        with paused(-pauses.get() if create_graph else 0):
            found = backward_pass(self, seed, create_graph)
            for place, gradient in found.items():
                if place.gradient is not None:
                    gradient = place.gradient + gradient
                place.gradient = handed_out(gradient, place, create_graph)

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

    def __array_function__(self, function, types, inputs, options):
        if function not in implementations:
            raise TypeError(f'no derivative is known for np.{function.__name__}')
        return implementations[function](*inputs, **options)

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
    __getitem__ = lambda self, index: implementations['getitem'](self, index)


def backward_pass(y, seed=None, create_graph=False, wanted=()):
    seed = np.ones(y.shape, y.dtype) if seed is None else seed
    gradients = {place_of(y): seed if create_graph else data_of(seed)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    running = wanted and between(y, wanted)
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place in wanted or place.retains:
            found[place] = gy
        if place.generation == 0 or wanted and place not in running:
            continue
        for parent, gx in zip(place.parents, place.pull(gy, create_graph)):
            if parent is None:
                continue
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def between(y, wanted):
    functions, stack = set(), [place_of(y)]
    while stack:
        place = stack.pop()
        if place is not None and place.generation > 0 and place not in functions:
            functions.add(place)
            stack.extend(place.parents)
    running = set()
    for f in sorted(functions, key=lambda f: f.generation):
        if any(parent in wanted or parent in running for parent in f.parents):
            running.add(f)
    return running


def handed_out(gradient, place, create_graph):
    if isinstance(gradient, Variable):
        return gradient
    gradient = np.array(gradient, place.dtype if isinstance(place, Variable) else gradient.dtype)
    return Variable(gradient) if create_graph else gradient


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
            if isinstance(x, Variable) and len(inputs) > 1 and x.shape != np.shape(y):
                raise ValueError(f'{x.shape} was stretched to {np.shape(y)}: not supported yet')
        self.parents = tuple(map(place_of, inputs))
        self.generation = 1 + max([place.generation for place in self.parents if place is not None], default=0)
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = y
        return variable_at(self, y)

    def pull(self, gy, create_graph):
        rule = self.with_variables() if create_graph else self
        gxs = rule.backward(gy)
        return gxs if isinstance(gxs, tuple) else (gxs,)

    def with_variables(self):
        twin = copy.copy(self)
        if self.keeps_xs:
            twin.xs = tuple([x if place is None else variable_at(place, x) for place, x in zip(self.parents, self.xs)])
        if self.keeps_y:
            twin.y = variable_at(self, self.y)
        return twin


def gradients(y, xs, seed=None, *, create_graph=False):
    with paused(-pauses.get() if create_graph else 0):
        found = backward_pass(y, seed, create_graph, {place_of(x) for x in xs})
    zeros = [np.zeros(x.shape, x.dtype) for x in xs]
    return tuple([handed_out(found.get(place_of(x), zero), x, create_graph) for x, zero in zip(xs, zeros)])


class Linear(Function):
    keeps_xs = False

    def __init__(self, forward, adjoint):
        self.forward, self.adjoint = forward, adjoint

    def backward(self, gy):
        return linear(self.adjoint, self.forward, gy)


def linear(forward, adjoint, x):
    return Linear(forward, adjoint)(x) if isinstance(x, Variable) else forward(x)


@implements(np.reshape)
def reshape(x, shape):
    before = x.shape
    return linear(lambda x: x.reshape(shape), lambda gy: gy.reshape(before), x)


@implements(np.transpose)
def transpose(x, axes=None):
    back = None if axes is None else np.argsort(axes)
    return linear(lambda x: x.transpose(axes), lambda gy: gy.transpose(back), x)


@implements(np.sum)
def total(x, axis=None, keepdims=False):
    before, gone = x.shape, () if axis is None or keepdims else axis
    return linear(lambda x: x.sum(axis, keepdims=keepdims),
                  lambda gy: np.broadcast_to(np.expand_dims(gy, gone), before), x)


@implements('getitem')
def getitem(x, index):
    before = x.shape
    return linear(lambda x: x[index], lambda gy: put(gy, index, before), x)


def put(gy, index, shape):
    y = np.zeros(shape, gy.dtype)
    np.add.at(y, index, gy)  # not y[index] += gy: an index may come twice
    return y


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


@implements(np.cos)
class Cos(Function):
    def forward(self, x):
        return np.cos(x)

    def backward(self, gy):
        x, = self.xs
        return -gy * np.sin(x)


@implements(np.tanh)
class Tanh(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.tanh(x)

    def backward(self, gy):
        return gy * (1 - self.y * self.y)


def hvp(f, xs, vs):
    first = gradients(f(*xs), xs, create_graph=True)
    along = sum(total(g * v) for g, v in zip(first, vs))
    return gradients(along, xs)


# %%
# The run
# -------
# .. slide:: Goods and prices, by the pass
#    :show: output
#    :minutes: 1
#
#    The gradient of the bill is what stood on the crates.
#
#    .. notes::
#       The engine gives what stood on the crates, and that is all. Ask before the output what the one basket sends
#       back; some say a third of the price to each crate, as if it had to be shared out. Skip it when late.
#
# Here are the crates again, and the basket. The pass has the prices for its seed:

x = Variable(np.array([2.0, 3.0, 5.0]))
crates, = gradients(x[[2, 0, 1]], (x,), seed=np.array([10.0, 20.0, 30.0]))
basket, = gradients(np.sum(x), (x,), seed=np.array(10.0))
print('crates:', crates, ' basket:', basket)
assert crates.tolist() == written.tolist() and basket.tolist() == [10, 10, 10]

# %%
# .. slide:: A check without ε
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    Forward, back, and two sums. If they differ, it is wrong.
#
#    .. notes::
#       Compare with step 10: no step width to choose, and no error that it leaves.
#
# A check without ε
# -----------------
# The definition is a test. Take any :math:`x` and :math:`u`, go forward with one and back with the other, and compare
# two sums. It takes no difference quotient and no step width, and with small whole numbers there is no rounding either.
# The table shows the gap :math:`\langle Px, u \rangle - \langle x, P^* u \rangle`.


def gap(f, x, u):
    v = Variable(x)
    y = f(v)
    back, = gradients(y, (v,), u)
    return np.sum(y.data * u) - np.sum(x * back)


rng = np.random.default_rng(0)
mask = np.arange(24).reshape(2, 3, 4) % 3 > 0
maps = {
    'reshape(x, (4, 3, 2))': lambda x: np.reshape(x, (4, 3, 2)),
    'transpose(x)': lambda x: np.transpose(x),
    'transpose(x, (1, 2, 0))': lambda x: np.transpose(x, (1, 2, 0)),
    'sum(x)': lambda x: np.sum(x),
    'sum(x, axis=1)': lambda x: np.sum(x, axis=1),
    'sum(x, (0, 2), keepdims)': lambda x: np.sum(x, axis=(0, 2), keepdims=True),
    'x[1]': lambda x: x[1],
    'x[:, ::-1, 1:3]': lambda x: x[:, ::-1, 1:3],
    'x[[0, 0, 1]]': lambda x: x[[0, 0, 1]],
    'x[mask]': lambda x: x[mask],
    '3 x - x': lambda x: 3 * x - x,
    'x + 1': lambda x: x + 1,
    'x * x': lambda x: x * x,
}
gaps = {}
for name, f in maps.items():
    x = rng.integers(-9, 10, (2, 3, 4)) * 1.0
    u = rng.integers(-9, 10, f(Variable(x)).shape) * 1.0
    gaps[name] = float(gap(f, x, u))
    print(f'{name:26}{gaps[name]:9.0f}')
wrong = [name for name, found in gaps.items() if found != 0]
assert wrong == ['x + 1', 'x * x']
assert gap(lambda x: x[x.data > 0], x, np.ones(np.sum(x > 0))) == 0

# %%
# Only the last two fail, and they should: they are not linear. (Their gradients are right. The check says that what
# goes back is not the adjoint of what goes forward. Only for a linear map does that mean a mistake. And what
# passes need not be linear: ``x[x.data > 0]`` passes, too, though it chooses by ``x`` itself.)
#
# .. slide:: A slice, and the way back, as tables
#    :show: picture
#    :minutes: 3
#
#    The left table goes forward, the right one back. What is the relation between them?
#
#    .. notes::
#       Rows have become columns: the transpose. In the page the first index can be changed.
#
# The two tables
# ~~~~~~~~~~~~~~
# What ``x[[i, 0, 1]]`` does to three numbers is a table of nine, and what ``put`` does is another. Here they are,
# beside each other, both filled by passes: the left one row by row with the seeds of step 37, the right one by going
# through the rule once more, as the corollary has it. In the page you can choose the first index.
from dezero_lite.pictures import control, heat

first = control('the first index', 0, 0, 2)
x, u = Variable(np.zeros(3)), Variable(np.zeros(3))
y = x[[first, 0, 1]]
back, = gradients(y, (x,), u, create_graph=True)
forward_table = np.array([gradients(y, (x,), seed)[0] for seed in np.eye(3)])
backward_table = np.array([gradients(back, (u,), seed)[0] for seed in np.eye(3)])
assert np.array_equal(forward_table, np.eye(3)[[first, 0, 1]])
assert np.array_equal(backward_table, forward_table.T)
heat(np.hstack([forward_table, np.full((3, 1), np.nan), backward_table]), rows=['0', '1', '2'],
     columns=['x₀', 'x₁', 'x₂', '', 'u₀', 'u₁', 'u₂'], title='x[[i, 0, 1]], and put')

# %%
# Second derivatives go through a sum as well. Take :math:`\langle x, x \rangle^2`. Its Hessian is :math:`4\langle x,
# x\rangle I + 8\, x x^\top`, and to multiply it by a vector, the pass goes back and forth through the sum:

point, along = np.array([1.0, -2.0, 3.0]), np.array([1.0, 0.0, 2.0])
product, = hvp(lambda x: np.sum(x * x) ** 2, (Variable(point),), (along,))
print('H v =', product)
assert product.tolist() == (4 * 14 * along + 8 * point * 7).tolist()

# %%
# ``hvp`` now sums each product before it adds them up, for the variables may have different shapes. In
# :math:`\langle x, x \rangle\,y_0 y_1`, say, :math:`x` has three numbers and :math:`y` two:

pair = Variable(point), Variable(np.array([2.0, 5.0]))
product = hvp(lambda x, y: np.sum(x * x) * y[0] * y[1], pair, (along, np.array([1.0, 0.0])))
print('H v =', *product)
assert product[0].tolist() == (20 * along + 10 * point).tolist()
assert product[1].tolist() == [70, 14 + 28]

# %%
# .. slide:: The same axes once more?
#    :show: predict output
#    :minutes: 3
#    :meeting:
#
#    Six orders of three axes. For how many does the mistake not show?
#
#    .. notes::
#       With matrices there are only two orders, and nobody ever notices.
#
# The same axes once more?
# ------------------------
# A transpose moves the axes, so the way back has to move them back, by the *inverse* order. If they are counted from
# the front, that is ``np.argsort(axes)``. It is tempting to use ``axes`` again. For a matrix that is right.
#
# .. predict:: Three axes can be put in six orders. For how many of them is it right to apply the same order again on the way back?
#    :answer: 4 = right[3]
#    :type: number
#    :after:
#
#    - ``right[3]``: the order as it is, and the three that exchange two axes. The two that move all three in a circle
#      need the circle in the other direction.
#    - ``6``: then ``argsort`` would not be needed. Try (1, 2, 0) twice, with your fingers.
#    - ``2``: so many orders has a matrix, and both are right. Of three axes one can also exchange two, in three ways.
#    - ``3``: these exchange two axes. The order that leaves everything as it is counts as well.
#
# .. internal:: careless

from itertools import permutations

right = {}
for n in [2, 3, 4]:
    shape = (2, 3, 4, 5)[:n]
    x = rng.integers(-9, 10, shape) * 1.0
    right[n], orders = 0, list(permutations(range(n)))
    twice_nothing = [axes for axes in orders if all(axes[axes[i]] == i for i in range(n))]
    for axes in orders:
        careless = linear(lambda x: x.transpose(axes), lambda gy: gy.transpose(axes), Variable(x))
        u = rng.integers(-9, 10, careless.shape) * 1.0
        back = careless.creator.backward(u)
        fits = back.shape == x.shape and np.sum(careless.data * u) == np.sum(x * back)
        assert fits == (axes in twice_nothing)
        right[n] += fits
        assert gap(lambda x: np.transpose(x, axes), x, u) == 0
    print(f'{n} axes: right for {right[n]} of {len(orders)} orders')
    assert right[n] == len(twice_nothing)
assert right == {2: 2, 3: 4, 4: 10}

# %%
# Those are the orders that are their own inverse: applied twice, they change nothing. So a test with matrices can't
# find this mistake.
#
# .. slide:: An index that comes twice
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    ``y[[0, 0, 1]] += 1``: how often is 1 added to y[0]?
#
#    .. notes::
#       NumPy reads, adds, and writes: both additions start from the same old value.
#
# An index that comes twice
# -------------------------
# ``x[[0, 0, 1]]`` uses ``x[0]`` twice, so two gradients come back to it, and by step 14 they add up. NumPy's ``+=``
# does not do that. It reads all the old values, adds to each, and writes them back, and the last one wins.
# ``np.add.at`` adds one after the other.

naive, added = np.zeros(3), np.zeros(3)
naive[[0, 0, 1]] += 1
np.add.at(added, [0, 0, 1], 1)
print('+=:       ', naive)
print('np.add.at:', added)
assert naive.tolist() == [1, 1, 0] and added.tolist() == [2, 1, 0]


def careless_put(gy, index, shape):
    y = np.zeros(shape)
    y[index] += gy
    return y


x, u = np.array([2.0, 3.0, 5.0]), np.array([10.0, 20.0, 30.0])
index = [0, 0, 1]
bill = np.sum(x[index] * u)
gap_of = {back.__name__: bill - np.sum(x * back(u, index, 3)) for back in (careless_put, put)}
print('the gap:', gap_of['careless_put'], 'with +=,', gap_of['put'], 'with put')
assert gap_of == {'careless_put': 20, 'put': 0}

# %%
# The gap is 20: a price of 10 has been lost, and it was to be paid for 2 kilograms. In a network that reads words, a
# word that comes twice in a sentence is such an index.
#
# The graph
# ---------
# .. slide:: No numbers in the circles
#    :show: picture
#    :minutes: 1
#    :below:
#
#    A linear map keeps nothing of its input.
#
#    .. notes::
#       Ask why the circles between the boxes are empty. No rule of a linear map reads its input, so nobody has kept the
#       arrays. It is step 19 once more, and hangs below.
#
# This is the graph of ``np.sum(np.transpose(x)[1])``. All three functions are ``Linear``.
from dezero_lite import graph

x = Variable(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), name='x')
y = np.sum(np.transpose(x)[1])
y.backward()
assert y.data == 2 + 5 and x.grad.tolist() == [[0, 1, 0], [0, 1, 0]]
graph(y, names={'y': y}, grads=True)

# %%
# What NumPy can do and the program can't is refused, by its name:

try:
    np.sort(x)
    raise AssertionError('sorted')
except TypeError as error:
    print('TypeError:', error)

# %%
# What would happen without ``__array_function__``?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. internal::
#
# NumPy would take the variable for a sequence, since it has a length and can be indexed. It would go through it number
# by number, and make an array of six variables, each a graph of its own. For a transpose there would not even be an
# error.

kept = Variable.__array_function__
del Variable.__array_function__
lost = np.transpose(x)
Variable.__array_function__ = kept
print(type(lost).__name__, lost.shape, 'of', type(lost[0, 0]).__name__)
assert isinstance(lost, np.ndarray) and lost.shape == (3, 2) and isinstance(lost[0, 0], Variable)

# %%
# May axes be counted from the end?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. flaw::
#
# In a sum they may. In our ``transpose`` they may not: it goes forward, but the way back is wrong, because
# ``np.argsort`` puts -1 before 0. The check notices; a program that never looks does not. What has to be changed?
# (``dezero_lite`` counts from the front first, with ``i % x.ndim`` for each axis ``i``.)

x = np.array([[1.0, 2.0], [3.0, 4.0]])
u = np.array([[5.0, 6.0], [7.0, 8.0]])
found = {axes: float(gap(lambda x: np.transpose(x, axes), x, u)) for axes in [(1, 0), (-1, 0)]}
print(found)
assert found[1, 0] == 0 != found[-1, 0]
assert gap(lambda x: np.sum(x, axis=-1), x, np.array([5.0, 6.0])) == 0

# %%
# Is this check enough?
# ~~~~~~~~~~~~~~~~~~~~~
# If the map and what goes back are both linear, it is, in this sense. Let :math:`Q \neq P^*` go back. The gap is
# :math:`\langle x, P^* u - Qu \rangle`. The :math:`u` for which :math:`P^* u = Qu` form a set of fewer dimensions, as a
# line is in a plane; and for every other :math:`u`, those :math:`x` for which the gap is 0 form such a set as well. A
# random point from a cube lies in it with probability 0. (Whole numbers may do so by chance; take others once more.)
# ``dezero_lite`` has the check as ``adjointcheck``. But it says nothing about whether :math:`P` is what you wanted.
# ``x[::-1]`` and its adjoint pass, even if you meant ``x[::2]``.

import dezero_lite

assert dezero_lite.adjointcheck(lambda x: np.sum(x[::-1], axis=0), rng.standard_normal((4, 3)))
try:
    dezero_lite.adjointcheck(lambda x: x + 1, rng.standard_normal((4, 3)))
    raise AssertionError('it passed')
except AssertionError as error:
    assert 'adjointcheck' in str(error)

# %%
# Does everything from before still work?
# ---------------------------------------
# Formulas are compared with differences, now with functions that move elements, and so are second derivatives through
# them. Then come seeds, what is retained, what is not recorded and what is refused, and the memory of step 17.
#
# .. internal:: creator

import gc
import weakref


def by_differences(f, point, eps=1e-5):
    moves = [eps * e.reshape(point.shape) for e in np.eye(point.size)]
    return np.reshape([(f(point + m) - f(point - m)) / (2 * eps) for m in moves], point.shape)


def first_order(formula, point):
    x = Variable(point)
    for _ in range(2):
        formula(x).backward()
    return x.grad / 2


def second_order(formula, point, along):
    return hvp(formula, (Variable(point),), (along,))[0]


point = np.array([[0.7, 1.3, 0.4], [0.9, 0.2, 1.1]])
along = np.array([[1.0, -1.0, 2.0], [0.5, 3.0, -2.0]])
formulas = [lambda x: np.sum((x * x - 3) / (1 + np.exp(-x)) - 2 / x),
            lambda x: np.sum(np.transpose(np.sin(x))[[0, 0, 2]] * np.cos(np.transpose(x))),
            lambda x: np.sum(np.sum(x * np.tanh(x), axis=0) ** 2),
            lambda x: np.sum(np.exp(np.reshape(x, (3, 2))[1:]) * np.reshape(x[:, 1:], (2, 2))),
            lambda x: np.sum(x[0] * x[1] - x[1] ** 3, keepdims=True)[0]]
for formula in formulas:
    assert np.allclose(first_order(formula, point), by_differences(formula, point), rtol=1e-6)
    slopes = by_differences(lambda p: np.sum(first_order(formula, p) * along), point)
    assert np.allclose(second_order(formula, point, along), slopes, rtol=1e-6, atol=1e-8)

x = Variable(np.array([0.7, 1.3]))
a = x * x
a.retain_grad()
y = a * 3
y.backward(seed=np.array([1.0, 0.0]))
y.backward(seed=np.array([0.0, 1.0]))
assert a.grad.tolist() == [3, 3] and np.all(x.grad == 6 * x.data)
assert gradients(y, (Variable(np.zeros(2)),), np.ones(2))[0].tolist() == [0, 0]
assert hvp(lambda x: x ** 3, (Variable(np.array(2.0)),), (1.0,)) == (12,)

gc.disable()
moved = x * 1.0
witnesses = [weakref.ref(moved.data)]
y = np.sum(np.reshape(moved[[1, 0]], (2, 1)))
witnesses.append(weakref.ref(y.creator))
del moved
assert witnesses[0]() is None  # a linear map keeps nothing of what it was given
del y
assert witnesses[1]() is None
gc.enable()
with no_grad():
    assert np.sum(x).creator is None
try:
    x + Variable(np.array(1.0))
    raise AssertionError('a number was stretched')
except ValueError as error:
    assert 'stretched' in str(error)

# %%
# What is still wrong
# -------------------
# .. slide:: Next: what is stretched
#    :show: output
#    :minutes: 1
#
#    A number, added to each of three. By the theorem, what comes back?
#
#    .. notes::
#       Let them answer the question on the slide by the theorem, before the first vote of step 40: what goes out to
#       three places comes back as a sum of three. Who says that the number gets the mean, gets an answer there.
#
# .. flaw::
#
# If a variable with one number in it is added to an array, that is still refused:

x, b = Variable(np.array([1.0, 2.0, 3.0])), Variable(np.array(10.0))
try:
    x + b
    raise AssertionError('it was stretched')
except ValueError as error:
    print('ValueError:', error)

# %%
# But stretching is a linear map, and now we know how to find what comes back. `Step 40 <step40.ipynb>`_ refuses it no
# longer.

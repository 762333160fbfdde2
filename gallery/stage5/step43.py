"""
Step 43: something bent
=======================

Two layers without a bend between them are one layer. With a bend, four points that no line separates are learnt in the page.

*1969.* Marvin Minsky and Seymour Papert prove what a single layer cannot do (:paper:`minsky-papert-1969`). *1986.* David
Rumelhart, Geoffrey Hinton and Ronald Williams train the layers behind it (:paper:`rumelhart-1986`).

A line is a line. Do two of them, one after the other, make something that is not a line?
"""

# %%
# .. slide:: Four points that no line separates
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    *XOR* is one or the other, but not both: blue at two corners, orange at the other two.
#
#    .. notes::
#       Let everybody try to draw the line. Nobody will believe you before having tried.
#
# Here are four points of two classes: 1 if *one* of the two inputs is 1, and 0 if none is or both are. This is called
# **XOR**, exclusive or. What does the best plane over these four points look like, the one that step 42 would find?

import numpy as np

corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
t = np.array([[0.0], [1.0], [1.0], [0.0]])
X = np.hstack([corners, np.ones((4, 1))])
weights = np.linalg.lstsq(X, t, rcond=None)[0]
for corner, p in zip(corners.tolist(), (X @ weights)[:, 0]):
    print(corner, f'{p:.3f}')
assert np.allclose(X @ weights, 0.5) and np.allclose(weights[:2], 0)

# %%
# It is one half everywhere. It does not tell the classes apart, and its loss is 1/4. Could another plane do better?

assert np.isclose(np.mean((X @ weights - t) ** 2), 1 / 4)

# %%
#
# Theory
# ------
# .. slide:: One layer cannot
#    :show: statement proof
#    :minutes: 4
#    :meeting:
#
#    Four inequalities, added up two by two.
#
#    .. notes::
#       The proof fits on a hand. Let somebody else say the last line.
#
# Theorem (no line separates XOR)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# There are no numbers :math:`w_0, w_1, b` such that :math:`w_0 x_0 + w_1 x_1 + b` is positive at (0, 1) and (1, 0), and
# not positive at (0, 0) and (1, 1).
#
# Proof
# ~~~~~
# Add up the two that are to be positive: :math:`w_0 + w_1 + 2b > 0`. Add up the two others: :math:`w_0 + w_1 + 2b \le 0`.
# These are the same sum. ∎
#
# So what about two layers? A layer is an *affine* map: a matrix product and a bias, :math:`x \mapsto xW + b`.
#
# .. slide:: Two layers without a bend are one
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    And so are a hundred.
#
#    .. notes::
#       Ask first how many parameters 2-100-1 has, and how many of them count.
#
# Proposition (affine after affine is affine)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The layers :math:`W_1, b_1` and :math:`W_2, b_2`, one after the other, are the one layer with the weights :math:`W_1 W_2`
# and the bias :math:`b_1 W_2 + b_2`.
#
# Proof (affine after affine)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# :math:`(x W_1 + b_1) W_2 + b_2 = x\, (W_1 W_2) + (b_1 W_2 + b_2)`. ∎
#
# So something that is not affine has to stand between them. The simplest bend is to cut off what is negative. It is called
# **ReLU**, for rectified linear unit: :math:`\mathrm{relu}(x) = \max(x, 0)`, for each element. Its derivative is 1 where
# :math:`x > 0` and 0 where :math:`x < 0`. At 0 it has none; we take 0 there.
#
# .. slide:: Two bent units are enough
#    :show: statement
#    :minutes: 4
#    :meeting:
#
#    *ReLU* cuts off what is negative. The first unit counts the ones, the second takes two off when there are two.
#
#    .. notes::
#       Write the four corners on the board, and compute all three columns together.
#
# Proposition (two units compute XOR)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# :math:`\mathrm{relu}(x_0 + x_1) - 2\, \mathrm{relu}(x_0 + x_1 - 1)` is 0, 1, 1, 0 at (0, 0), (0, 1), (1, 0), (1, 1). With
# one unit, :math:`c\, \mathrm{relu}(w_0 x_0 + w_1 x_1 + b) + d`, no choice of the numbers gives values above
# :math:`\frac{1}{2}` at (0, 1) and (1, 0) and values of at most :math:`\frac{1}{2}` at the two others.
#
# Proof (two units)
# ~~~~~~~~~~~~~~~~~
# The sum :math:`x_0 + x_1` is 0, 1, 1, 2. The first term is the same, the second takes off 0, 0, 0, 2.
#
# With one unit let :math:`u` be what it bends. If :math:`c > 0`, the value is above :math:`\frac{1}{2}` where
# :math:`\mathrm{relu}(u) > (\frac{1}{2} - d)/c`. That is everywhere, or where :math:`u` is larger than some number: one side
# of a line, and the theorem applies. If :math:`c < 0`, it is where :math:`\mathrm{relu}(u)` is smaller than some number,
# which is nowhere, or where :math:`u` is smaller than it: one side of a line again. If :math:`c = 0`, it is everywhere or
# nowhere. ∎

bend = lambda x: np.maximum(x, 0)
both = corners.sum(1)
assert (bend(both) - 2 * bend(both - 1)).tolist() == t[:, 0].tolist() == [0, 1, 1, 0]

# %%
# .. ask::
#    What bends a line, and what goes back through the bend?
#
#    - ``relu(x)`` takes a variable and cuts off what is negative, element by element. Where :math:`x` is 0 its derivative
#      is 0. It can be differentiated twice, like all others.
#
# The program
# -----------
# .. slide:: Forward, a maximum. Back, a mask
#    :show: program
#    :pieces: ReLU relu
#    :minutes: 3
#    :meeting:
#
#    What was cut off gets nothing back.
#
#    .. notes::
#       Ask for the second derivative. It is 0, and the mask is a constant.
#
# The mask ``data_of(x) > 0`` is a constant array, also when the pass is recorded: where the bend is does not depend on how
# much arrives. There is no ``np.relu``, so it is a function of our own and not an entry in the table.
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
    __matmul__ = lambda self, other: implementations[np.matmul](self, other)
    __rmatmul__ = lambda self, other: implementations[np.matmul](other, self)
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
        for parent, shape, gx in zip(place.parents, place.shapes, place.pull(gy, create_graph)):
            if parent is None:
                continue
            if gx.shape != shape:
                gx = implementations['sum_to'](gx, shape)
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
        self.parents = tuple(map(place_of, inputs))
        self.shapes = tuple([np.shape(x) for x in xs])
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


@implements(np.broadcast_to)
def broadcast_to(x, shape):
    before = x.shape
    return linear(lambda x: np.broadcast_to(x, shape), lambda gy: sum_to(gy, before), x)


@implements('sum_to')
def sum_to(x, shape):
    lead = x.ndim - len(shape)
    axes = tuple([i for i, n in enumerate(x.shape) if i < lead or shape[i - lead] != n])
    return reshape(total(x, axes), shape)


@implements('getitem')
def getitem(x, index):
    before = x.shape
    return linear(lambda x: x[index], lambda gy: put(gy, index, before), x)


def put(gy, index, shape):
    y = np.zeros(shape, gy.dtype)
    np.add.at(y, index, gy)  # not y[index] += gy: an index may come twice
    return y


@implements(np.matmul)
class MatMul(Function):
    def forward(self, x0, x1):
        return x0 @ x1

    def backward(self, gy):
        (x0, x1), (parent0, parent1) = self.xs, self.parents
        return (None if parent0 is None else gy @ swapped(x1),
                None if parent1 is None else swapped(x0) @ gy)


def swapped(x):
    return linear(lambda x: x.swapaxes(-1, -2), lambda gy: gy.swapaxes(-1, -2), x)


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


class ReLU(Function):
    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, gy):
        x, = self.xs
        return gy * (data_of(x) > 0)


def relu(x):
    return ReLU()(x)


def hvp(f, xs, vs):
    first = gradients(f(*xs), xs, create_graph=True)
    along = sum(total(g * v) for g, v in zip(first, vs))
    return gradients(along, xs)

# %%
# The run
# -------
# First we look at the function by itself: its values, its gradients, and the second derivative of
# :math:`\mathrm{relu}(x)^2`, which has to be 2 on the right and 0 on the left.

x = Variable(np.array([-2.0, -0.5, 0.0, 0.5, 3.0]))
y = relu(x)
back, = gradients(y, (x,), np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
print('relu:', y.data, ' back:', back)
assert y.data.tolist() == [0, 0, 0, 0.5, 3] and back.tolist() == [0, 0, 0, 4, 5]
first, = gradients(relu(x) ** 2, (x,), create_graph=True)
second, = gradients(first, (x,))
assert first.data.tolist() == [0, 0, 0, 1, 6] and second.tolist() == [0, 0, 0, 2, 2]
assert relu(Variable(np.array([[-1.5, 2.5]], dtype=np.float32))).dtype == np.float32
assert float(relu(Variable(np.array(-3.0))).data) == 0.0

# %%
# .. slide:: XOR, learnt
#    :show: picture
#    :minutes: 5
#    :meeting:
#
#    The map of what the network decides, while it is trained.
#
#    .. notes::
#       Change the seed until it fails. With few units that does not take long.
#
# Now to the four corners. The network has two layers with a bend between them; its weights are random at the start. The
# map shows where its value is above one half. Choose the seed, the number of units in the middle and the rate.

from dezero_lite.pictures import control, curve, heat, regions, steps


def start(rng, n_in, units):
    return [Variable(array) for array in (rng.normal(size=(n_in, units)), np.zeros(units),
                                          rng.normal(size=(units, 1)), np.zeros(1))]


def network(parameters, x):
    W1, b1, W2, b2 = parameters
    return relu(x @ W1 + b1) @ W2 + b2


def descend(parameters, x, t, rate):
    difference = network(parameters, x) - t
    loss = np.sum(difference * difference) / len(t)
    for p, g in zip(parameters, gradients(loss, parameters)):
        p.data = p.data - rate * g
    return float(loss.data)


def decided(points):
    with no_grad():
        return (network(parameters, points).data > 0.5)[:, 0]


rate, units, seed = control('learning rate', 0.1, 0.01, 1.0), control('units', 8, 1, 12), control('seed', 0, 0, 9)
parameters = start(np.random.default_rng(seed), 2, units)
losses = []
for step in steps(200, show=lambda: regions(decided, corners, t[:, 0], names=['0', '1']), every=20):
    losses.append(descend(parameters, corners, t, rate))
print(f'loss {losses[0]:.2f} at the start, {losses[-1]:.4f} at the end')

# %%
# The map is made of pieces with straight borders: each unit bends along one line of the plane, and between these lines the
# network is affine. Here is the loss, and then what the weights of the first layer have become.

assert losses[-1] < 0.001 and decided(corners).tolist() == [False, True, True, False]
curve(losses, log='y', x='step', y='loss')

# %%
# .. slide:: The weights move
#    :show: picture
#    :minutes: 2
#
#    A column for each unit: two weights, a bias, and what it counts in the end.
#
#    .. notes::
#       Ask what a column is, and which of its four numbers decides whether a unit counts at all. Look for a column that
#       stands still: such a unit is cut off at all corners, and no gradient reaches it. When late, skip it, the map has
#       shown the same from outside.
#
# Each column is a unit: its two weights, its bias, and the weight with which it counts. In the page they move.

parameters = start(np.random.default_rng(0), 2, 8)


def weights_now():
    W1, b1, W2, b2 = [p.data for p in parameters]
    return heat(np.round(np.vstack([W1, b1, W2[:, 0]]), 2), rows=['from x₀', 'from x₁', 'bias', 'weight of the unit'],
                columns=list('12345678'))


for step in steps(200, show=weights_now, every=20):
    loss = descend(parameters, corners, t, 0.1)
assert loss < 0.001

# %%
# .. slide:: How many units does one need?
#    :show: predict output
#    :minutes: 4
#    :meeting:
#
#    The proposition says how many are enough. Now networks of each size are trained, from random starts.
#
#    .. notes::
#       To exist and to be found are two things. That is the point of this slide.
#
# How many units does it need?
# ----------------------------
# Two, says the proposition. That is what *exists*. What does descent *find*?
#
# .. predict:: Twenty networks with two units, each from a random start of its own, 500 steps at the rate 0.1. How many of
#    them learn XOR?
#    :answer: 2 = learnt[2]
#    :type: number
#    :after:
#
#    - ``learnt[2]``: few. Most of the others have a unit that is 0 at all corners, and whose gradient is 0 then.
#    - ``20``: two units are enough to *compute* it. Nobody promised that descent gets there.
#    - ``0``: two units are enough, and from some starts descent gets there.
#
# Twenty networks at once: a first axis for the networks, and the products are stretched over it. Their losses are added,
# and since no network uses the weights of another, each gets its own gradient.

learnt, ends, said, dead = {}, {}, {}, {}
for units in [2, 4, 8]:
    rng = np.random.default_rng(0)
    many = [Variable(array) for array in (rng.normal(size=(20, 2, units)), np.zeros((20, 1, units)),
                                          rng.normal(size=(20, units, 1)), np.zeros((20, 1, 1)))]
    for step in range(500):
        descend(many, corners, t, 0.1)
    said[units] = network(many, corners).data[:, :, 0]
    dead[units] = (relu(corners @ many[0] + many[1]).data == 0).all(1).any(1)
    ends[units] = ((said[units] - t[:, 0]) ** 2).mean(1)
    learnt[units] = int((ends[units] < 0.01).sum())
    print(f'{units} units: {learnt[units]:2} of 20 learn it')
assert 0 < learnt[2] < learnt[4] < learnt[8] < 20
assert dead[2][ends[2] >= 0.01].mean() > 1 / 2

# %%
# More units than needed are more attempts at once. A unit that is 0 at all corners is called *dead*: it gives 0 and its
# gradient is 0, so it stays so.
#
# And where do those networks end that do not learn it? Nearly all of them have one of three losses. At 1/4 they say one
# half at each corner, like the best plane. At 1/6 they are right at one corner, and at 1/8 at two; at the corners that
# are left they say the mean of the targets there.

stuck, answers = [np.concatenate([found[units] for units in found]) for found in (ends, said)]
right = (np.abs(answers - t[:, 0]) < 0.2).sum(1)
near = {}
for name, loss, corners_right in [('1/4', 1 / 4, 0), ('1/6', 1 / 6, 1), ('1/8', 1 / 8, 2)]:
    there = np.abs(stuck - loss) < 0.002
    near[name] = int(there.sum())
    assert near[name] > 0 and np.all(right[there] == corners_right)
    for answer in answers[there]:
        left = np.abs(answer - t[:, 0]) >= 0.2
        assert np.allclose(answer[left], t[left, 0].mean(), atol=0.1)
print(near, 'of', int((stuck >= 0.01).sum()))
assert sum(near.values()) >= (stuck >= 0.01).sum() - 1
assert np.isclose(np.mean((np.array([0, 1, 1]) - 2 / 3) ** 2) * 3 / 4, 1 / 6) and 2 * (1 / 2) ** 2 / 4 == 1 / 8

# %%
# What if all weights are equal?
# ------------------------------
# .. slide:: Equal units stay equal
#    :show: statement
#    :minutes: 4
#    :meeting:
#
#    Why must the start be random at all?
#
#    .. notes::
#       Everybody's first idea is to begin with zeros. Ask what the second unit would be told that the first is not.
#
# Why were the weights random? Zeros, or ones, would be simpler.
#
# Theorem (equal units stay equal)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If two units of the hidden layer have the same column of :math:`W_1`, the same entry of :math:`b_1` and the same row of
# :math:`W_2`, then they have so after each step of descent. And if :math:`W_1`, :math:`b_1` and :math:`W_2` are 0, they
# stay 0.
#
# .. slide:: The same numbers in, the same numbers back
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Follow one matrix after the other, forward and back, and ask each time: are the two columns equal? The mask is
#       where people hesitate; it is made of equal numbers, so it is equal, too. For a room that believes the statement,
#       leave it below.
#
# Proof (equal units)
# ~~~~~~~~~~~~~~~~~~~
# Let :math:`H = \mathrm{relu}(X W_1 + b_1)`, and let :math:`G` be the gradient of the network's output. Equal columns of
# :math:`W_1` with equal biases give equal columns of :math:`H`. The gradient of :math:`W_2` is :math:`H^\top G`, so the two
# rows of it are equal. The gradient of :math:`H` is :math:`G W_2^\top`, with two equal columns, since the rows of
# :math:`W_2` are equal. The mask has equal columns too, and so have the gradients of :math:`W_1` and :math:`b_1`. Thus all
# changes are equal, and what was equal stays so: by induction, for ever.
#
# If all are 0, then :math:`H = 0`, so the gradient of :math:`W_2` is 0; and :math:`G W_2^\top = 0`, so those of
# :math:`W_1` and :math:`b_1` are. ∎
#
# So equal units are one unit, and one unit is not enough. Try both.

for name, W1, W2 in [('equal', np.array([[1.0] * 4, [-0.5] * 4]), np.ones((4, 1))), ('zeros', np.zeros((2, 4)), np.zeros((4, 1)))]:
    parameters = [Variable(array) for array in (W1, np.zeros(4), W2, np.zeros(1))]
    for step in range(500):
        loss = descend(parameters, corners, t, 0.1)
    W1, b1, W2, b2 = [p.data for p in parameters]
    print(f'{name}: rank of W1 {np.linalg.matrix_rank(W1)}, largest weight {np.abs(W2).max():.2f}, bias {b2[0]:.2f}, loss {loss:.3f}')
    assert np.all(W1 == W1[:, :1]) and np.all(W2 == W2[0]) and loss > 0.1
assert not W1.any() and not W2.any() and not b1.any() and round(b2[0], 9) == 0.5

# %%
# After 500 steps from zeros all weights are still 0. The last bias has gone to the mean. That is the half that step 42
# would find.
#
# And without the bend? Two such layers are one, by the proposition, and the best plane has the loss 1/4. Five hundred
# steps from random weights end there.

parameters = start(np.random.default_rng(0), 2, 4)
W1, b1, W2, b2 = parameters
for step in range(500):
    difference = (corners @ W1 + b1) @ W2 + b2 - t
    loss = np.sum(difference * difference) / 4
    for p, g in zip(parameters, gradients(loss, parameters)):
        p.data = p.data - 0.1 * g
one_layer = corners @ (W1.data @ W2.data) + (b1.data @ W2.data + b2.data)
print(f'without a bend: loss {loss.data:.4f}')
assert np.isclose(loss.data, 1 / 4) and np.allclose(one_layer, (corners @ W1.data + b1.data) @ W2.data + b2.data)

# %%
# A curve from bends
# ------------------
# .. slide:: A parabola from bends
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    What step 42 could not do. Straight pieces, and a kink for each unit.
#
#    .. notes::
#       Turn the number of units down to 2, and count the kinks.
#
# Step 42 ended with a parabola that no line can follow. With one input, a hidden layer of ReLU gives a line that bends: each
# unit has one place where its :math:`wx + b` is 0, and only there can the network have a kink. So it has at most as many
# kinks as units.

across = np.linspace(-1, 1, 21).reshape(-1, 1)
units, seed = control('hidden units', 8, 1, 12), control('another seed', 1, 0, 9)
rng = np.random.default_rng(seed)
parameters = [Variable(array) for array in (rng.normal(size=(1, units)), 0.5 * rng.normal(size=units),
                                            0.5 * rng.normal(size=(units, 1)), np.zeros(1))]
fine = np.linspace(-1, 1, 201).reshape(-1, 1)


def fitted():
    with no_grad():
        return curve({'network': (fine[:, 0], network(parameters, fine).data[:, 0])},
                     points={'data': (across[:, 0], across[:, 0] ** 2)}, x='x', y='t')


for step in steps(500, show=fitted, every=20):
    loss = descend(parameters, across, across ** 2, 0.1)
W1, b1, _, _ = [p.data for p in parameters]
kinks = np.sort((-b1 / W1[0])[np.abs(b1) < np.abs(W1[0])])
print(f'loss {loss:.4f}, kinks between -1 and 1: {len(kinks)} of at most {units}')
assert len(kinks) <= units

# %%
# The loss is less than a fiftieth of what the best line has, which is the variance of the targets.

assert loss < np.var(across ** 2) / 50

# %%
# Does everything from before still work?
# ---------------------------------------
# The gradient of a network with a bend is compared with a difference along one direction, and the product of its
# Hessian with that direction with differences of the gradient. At a kink a difference would not know what to compare,
# so the points lie off the kinks.

rng = np.random.default_rng(2)
parameters, inputs = start(rng, 3, 5), rng.normal(size=(7, 3))
along = [rng.normal(size=p.shape) for p in parameters]
value = lambda *ps: np.sum(network(ps, inputs) ** 2)
moved = lambda eps: [Variable(p.data + eps * v) for p, v in zip(parameters, along)]
assert np.abs(inputs @ parameters[0].data).min() > 1e-3
slope = sum(np.sum(g * v) for g, v in zip(gradients(value(*parameters), parameters), along))
eps = 1e-5
assert np.isclose(slope, (value(*moved(eps)).data - value(*moved(-eps)).data) / (2 * eps), rtol=1e-7)
there, here = [gradients(value(*ps), ps) for ps in (moved(eps), moved(-eps))]
for product, high, low in zip(hvp(value, parameters, along), there, here):
    assert np.allclose(product, (high - low) / (2 * eps), rtol=1e-5, atol=1e-5)
print('the gradient along v, and H v, agree with differences')

# %%
# The graph
# ---------
# Between the products of the two layers stands the bend. The corners are constants, and have no place.
from dezero_lite import graph

pieces = [Variable(p.data, name) for p, name in zip(start(np.random.default_rng(0), 2, 3), ['W1', 'b1', 'W2', 'b2'])]
graph(network(pieces, corners))

# %%
# What is still wrong
# -------------------
# .. slide:: Next: how large should the weights be at the start?
#    :show: output
#    :minutes: 2
#    :meeting:
#    :recap:
#
#    Twenty layers, with weights as we have drawn them.
#
#    .. notes::
#       Before the output, ask how large the numbers are after twenty layers of a hundred units. A few hundred is a
#       common guess, as if each layer added something; each multiplies. Do not explain the factor yet, the next step
#       begins with a vote on it.
#
# The weights at the start were drawn with the spread 1, because it was the first that came to mind. With one bent layer
# that is good enough. With twenty layers of a hundred units?

rng = np.random.default_rng(0)
h = rng.normal(size=(50, 100))
for layer in range(20):
    h = np.maximum(h @ rng.normal(size=(100, 100)), 0)
print(f'after twenty layers: {h.std():.0e}')
assert h.std() > 1e16

# %%
# No training begins well there. :page:`Step 44 <stage5/step44>` asks how large they should be.

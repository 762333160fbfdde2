"""
Step 59: through time
=====================

A network that hands on what it has seen, letter after letter. Its gradient is a product of Jacobians, which can fade to
nothing or grow without bound; a gate that stays open keeps it alive.

*1997.* Sepp Hochreiter and Jürgen Schmidhuber give the network a memory that does not fade (:paper:`hochreiter-1997`).

A recurrent network has seen the first letter, since everything goes through its state. Why can it not remember it?
"""

# %%
# One vector, handed on
# ---------------------
# .. slide:: One vector for all that was
#    :show: formula
#    :minutes: 2
#    :meeting:
#
#    A **recurrent network** hands on a state, from letter to letter.
#
#    .. notes::
#       Say it as a game of whispers: each hears what the one before has made of it, and adds one letter. Ask how long a
#       whisper lasts.
#
# A **recurrent network** reads a word letter by letter. What it knows is one vector, its state :math:`h`, and each
# letter :math:`x_t` makes a new one of it:
#
# .. math::
#     h_t = \tanh(h_{t-1} W + x_t).
#
# In the engine this is a loop in Python, and the graph is as long as the word (`step 27 <../stage3/step27.ipynb>`_: the
# loop may depend on the data). Going back through it is called backpropagation through time, and is nothing but
# ``backward``.
#
# The program
# -----------
# It stays as it was at the end of stage 5: a product, a sum and a tanh are all there.
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


@implements(np.log)
class Log(Function):
    def forward(self, x):
        return np.log(x)

    def backward(self, gy):
        x, = self.xs
        return gy / x


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


def log_softmax(x):
    below = x - data_of(x).max(-1, keepdims=True)
    return below - np.log(total(np.exp(below), -1, keepdims=True))


def cross_entropy(x, labels):
    return -total(log_softmax(x)[np.arange(len(labels)), labels]) / len(labels)


class Layer:
    def parameters(self):
        found = {}
        for value in vars(self).values():
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, Layer):
                    found |= dict.fromkeys(part.parameters())
                elif isinstance(part, Variable):
                    found[part] = None
        return list(found)


class Affine(Layer):
    def __init__(self, rng, n_in, n_out, gain=1.0):
        self.W = Variable(rng.normal(size=(n_in, n_out)) * gain / np.sqrt(n_in))
        self.b = Variable(np.zeros(n_out))

    def __call__(self, x):
        return x @ self.W + self.b


class SGD:
    def __init__(self, parameters, rate):
        self.parameters, self.rate = parameters, rate

    def step(self):
        for p in self.parameters:
            p.data = p.data - self.rate * p.grad
            p.cleargrad()


class Momentum(SGD):
    def __init__(self, parameters, rate, beta=0.9):
        super().__init__(parameters, rate)
        self.beta, self.vs = beta, [np.zeros(p.shape) for p in parameters]

    def step(self):
        for i, p in enumerate(self.parameters):
            self.vs[i] = self.beta * self.vs[i] - self.rate * p.grad
            p.data = p.data + self.vs[i]
            p.cleargrad()


class Adam(SGD):
    def __init__(self, parameters, rate, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(parameters, rate)
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0
        self.ms = [np.zeros(p.shape) for p in parameters]
        self.vs = [np.zeros(p.shape) for p in parameters]

    def step(self):
        self.t += 1
        for i, p in enumerate(self.parameters):
            self.ms[i] = self.beta1 * self.ms[i] + (1 - self.beta1) * p.grad
            self.vs[i] = self.beta2 * self.vs[i] + (1 - self.beta2) * p.grad ** 2
            m, v = self.ms[i] / (1 - self.beta1 ** self.t), self.vs[i] / (1 - self.beta2 ** self.t)
            p.data = p.data - self.rate * m / (np.sqrt(v) + self.eps)
            p.cleargrad()

# %%
# The graph
# ---------
# Here it is for three letters. The same :math:`W` is used at each of them, so its gradient has a share from each (`step
# 14 <../stage2/step14.ipynb>`_).
from dezero_lite import graph

W, h = Variable(np.eye(2), 'W'), Variable(np.zeros((1, 2)), 'h0')
for x in np.ones((3, 1, 2)):
    h = np.tanh(h @ W + x)
graph(h, names={'h3': h})

# %%
# How much comes back?
# --------------------
# .. slide:: What comes back after thirty steps
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Each curve has its gain, which says by how much the matrix stretches before tanh shrinks the result again.
#
#    .. notes::
#       Move the slider on the page. Ask where the curve is level, and what happens right and left of it.
#
# Take 30 letters, and let the result be some function of the last state. How long is its gradient with respect to the
# state that was there 0, 10, 20, 29 steps before? ``gain`` is that of ``Affine`` (`step 44 <../stage5/step44.ipynb>`_):
# its matrix stretches a vector by about this factor, in the root mean square over all directions. Set your own.

from dezero_lite.pictures import control, curve, steps


def lengths(gain, number=30, size=16):
    """Of the gradients with respect to the state, from the last one to the first."""
    rng = np.random.default_rng(0)
    layer, h, states = Affine(rng, size, size, gain), np.zeros((1, size)), []
    for _ in range(number):
        h = np.tanh(layer(h) + 0.1 * rng.normal(size=(1, size)))
        states.append(h)
    seed = rng.normal(size=(1, size))
    return [np.linalg.norm(g) for g in gradients(h, states, seed=seed)[::-1]], layer.W.data


found = {gain: lengths(gain)[0] for gain in (0.5, 1.0, 1.5, 3.0)}
for gain, norms in found.items():
    print(f'gain {gain}:', ', '.join(f'{norms[back]:.1e} at {back} back' for back in (0, 10, 20, 29)))

assert found[0.5][29] < 1e-6 * found[0.5][0] and found[3.0][29] > 1000 * found[3.0][0]
assert all(found[1.5][0] / 3 < n < 3 * found[1.5][0] for n in found[1.5])
gain = control('gain', 0.8, 0.3, 4.0)
curve({f'gain {g}': n for g, n in found.items()} | {'yours': lengths(gain)[0]}, log='y',
      x='steps back', y='length of the gradient')

# %%
# With the gain 0.5 less than a millionth is left of the gradient: it *vanishes*. With 3 it has grown more than a
# thousandfold: it *explodes*. With 1.5 it happens to keep its length within a factor of 3.
#
# Why?
# ----
# .. slide:: Thirty steps multiply by thirty Jacobians
#    :show: statement
#    :minutes: 2
#    :meeting:
#
#    If each of thirty factors is below 1, what is left?
#
#    .. notes::
#       0.9 to the power of 30 is 0.04. Ask which condition would make it grow without bound, and whether it is
#       sufficient (no: tanh may flatten).
#
# .. slide:: Each step multiplies by one Jacobian
#    :show: proof
#    :below:
#
#    .. notes::
#       Go back through one step only, first the tanh and then the product, and say 'the same once more'. Ask why the
#       bound has no tanh in it: its numbers lie between 0 and 1, so they make no vector longer, and an upper bound may
#       leave them out. It hangs below, and the statement is clear without it.
#
# Theorem (a gradient through time)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let a result depend on the states through the last one, :math:`h_T`, alone. Its gradient with respect to :math:`h_0` is
# :math:`g_0 = g_T\, D_T W^\top D_{T-1} W^\top \cdots D_1 W^\top` for the
# gradient :math:`g_T` with respect to :math:`h_T`, where :math:`D_t` is diagonal with :math:`1 - h_t^2`. So
# :math:`|g_0| \le \lVert W \rVert^T |g_T|`, where :math:`\lVert W \rVert` is the largest factor by which :math:`W`
# stretches a vector.
#
# Proof
# ~~~~~
# Going back through :math:`\tanh` multiplies each component by :math:`1 - h_t^2` (`step 35 <../stage3/step35.ipynb>`_),
# and back through :math:`h W` is multiplication by :math:`W^\top` on the right (`step 41 <../stage4/step41.ipynb>`_).
# That is one step; the others follow by induction. The numbers of :math:`D_t` lie between 0 and 1, so :math:`D_t` makes
# no vector longer. And :math:`W^\top` stretches by no more than :math:`W` does: for a row :math:`g`, the square of the
# length of :math:`g W^\top` is :math:`(g W^\top)(g W^\top)^\top = (g W^\top W)\, g^\top`, which is at most
# :math:`\lVert W \rVert\, |g W^\top|\, |g|`. Divide by :math:`|g W^\top|`. ∎
#
# With :math:`\lVert W \rVert < 1` the gradient fades exponentially, whatever the letters are (:paper:`pascanu-2013`).
# Whatever descent is to learn about the first letter comes back through the gradients at the first states. Where these
# are a millionth of those at the last states, the last letters are heard and the first is not, and the network has no
# reason to keep it. (The condition cannot be turned round: if :math:`\lVert W \rVert` is larger than 1, the gradient
# may grow, but where tanh is flat it fades all the same.)
#
# Does the bound hold, and has the engine made this very product?

for gain in (0.5, 1.0, 1.5, 3.0):
    norms, W = lengths(gain)
    most = np.linalg.norm(W, 2)
    assert abs(np.linalg.norm(W) / 16 ** 0.5 / gain - 1) < 0.02  # the root mean square of the stretches
    holds = all(n <= most ** back * norms[0] * (1 + 1e-9) for back, n in enumerate(norms))
    print(f'gain {gain}: W stretches by {most:.2f} at most; the bound holds: {holds}')
    assert holds
assert round(0.9 ** 30, 2) == 0.04
rng = np.random.default_rng(1)
W, h0, g = rng.normal(size=(3, 3)), Variable(rng.normal(size=(1, 3))), rng.normal(size=(1, 3))
xs = rng.normal(size=(4, 1, 3))
h, jacobians = h0, []
for x in xs:
    h = np.tanh(h @ W + x)
    jacobians.append(np.diag(1 - h.data[0] ** 2) @ W.T)
by_hand = g
for J in reversed(jacobians):
    by_hand = by_hand @ J
assert np.allclose(gradients(h, (h0,), seed=g)[0], by_hand)

# %%
# Can it say the first letter?
# ----------------------------
# .. slide:: What was the first letter?
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    There are four letters, so a blind guess is right one time in four.
#
#    .. notes::
#       Same network, same number of steps, words four times as long. Ask whether more training would help, and what
#       would help more.
#
# Here is a task that needs nothing but memory. The words are random, made of four different letters, and at the end the
# network should say which letter was the first. A letter becomes the vector :math:`x_t` by a table, ``letter``: it has a
# row for each, and the rows are learnt, too. At the end ``read`` makes four scores of the last state. We begin with words of five letters, and then take words of twenty.


class RNN(Layer):
    def __init__(self, rng, letters, size=16):
        self.letter = Variable(rng.normal(size=(letters, size)))
        self.on, self.read = Affine(rng, size, size), Affine(rng, size, letters)

    def __call__(self, ids):
        h = np.zeros((len(ids), self.on.W.shape[0]))
        for letter in ids.T:
            h = np.tanh(self.letter[letter] + self.on(h))
        return self.read(h)


def train(model, length, number, losses):
    rng, adam = np.random.default_rng(0), Adam(model.parameters(), 0.015)
    for step in steps(number, show=lambda: curve(losses, x='step', y='loss'), every=10):
        words = rng.integers(4, size=(32, length))
        loss = cross_entropy(model(words), words[:, 0])
        loss.backward()
        adam.step()
        losses.append(loss.data.item())


def right(model, length):
    words = np.random.default_rng(1).integers(4, size=(500, length))
    with no_grad():
        return (model(words).data.argmax(1) == words[:, 0]).mean()


rnn = {length: RNN(np.random.default_rng(0), 4) for length in (5, 20)}
for length, model in rnn.items():
    train(model, length, 80, [])
    share = right(model, length)
    print(f'words of {length:2} letters: more than 95 % right: {share > 0.95}, more than 40 %: {share > 0.4}')

assert right(rnn[5], 5) > 0.95 and right(rnn[20], 20) < 1 / 3

# %%
# Over five letters the first is remembered. After twenty, the answer is hardly better than a guess, which would be
# right one time in four. Why are no digits printed here? Adam divides by the size of the gradients (`step 46
# <../stage5/step46.ipynb>`_), so it can turn rounding errors into large steps, and these errors differ from machine to
# machine.

# %%
# A gate
# ------
# .. slide:: A memory that is added to, not passed through
#    :show: formula
#    :minutes: 3
#    :meeting:
#
#    The cell is a second vector. **Gates** between 0 and 1 say how much of it is kept, taken in and shown.
#
#    .. notes::
#       Compare with the state before: there W and tanh come at each step; here one factor, which the network itself
#       sets near 1. Ask where the idea comes again: on page 61, where everything is added.
#
# The cure is a second vector, the *cell* :math:`c`, that does not go through a matrix and a tanh at each step. It is
# multiplied by a **gate** :math:`f` with numbers between 0 and 1, and something is added to it:
#
# .. math::
#     c_t = f_t \odot c_{t-1} + i_t \odot \tanh(a_t), \qquad h_t = o_t \odot \tanh(c_t).
#
# The sign :math:`\odot` multiplies component by component. The gates :math:`f, i, o` and the vector :math:`a` are
# computed from the letter and :math:`h_{t-1}`, by affine functions; for the gates a *sigmoid*, :math:`1/(1 + e^{-z})`,
# follows, which brings each number between 0 and 1. This is the LSTM, long short-term memory. That of 1997 had no
# :math:`f`: everything was kept. The gate that can forget was added three years later (:paper:`gers-2000`).
#
# Proposition (what a gate keeps)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Along the cells alone, with the gates held fixed, the derivative of :math:`c_T` with respect to :math:`c_0` is
# :math:`f_T \odot \cdots \odot f_1`, component by component.
#
# Proof
# ~~~~~
# With :math:`f_t` and what is added held fixed, :math:`c_t` is an affine function of :math:`c_{t-1}` whose factor is
# :math:`f_t`. Multiply along the chain. ∎
#
# A gate at 0.99 keeps 74 % over 30 steps; one at 0.5 keeps about a billionth. No matrix and no tanh stands in this
# product, and the network can learn how far each gate should be open.

c0 = c = Variable(np.ones(2))
for t in range(30):
    c = np.array([0.99, 0.5]) * c + 0.1 * t
kept, = gradients(c, (c0,))
print(f'kept after 30 steps: {kept[0]:.0%} and {kept[1]:.1e}')

assert np.allclose(kept, np.array([0.99, 0.5]) ** 30) and abs(kept[1] / 1e-9 - 1) < 0.1

# %%
# .. slide:: Twenty letters, with gates
#    :show: picture output
#    :minutes: 3
#    :meeting:
#
#    The task is the same, and the number of steps is, too.
#
#    .. notes::
#       The gates that forget begin with a bias of 3, so they are near 0.95. Ask what happens if they begin half closed,
#       near 0.5; the page tries it.
#
# The gates :math:`f` begin open: a bias of 3 puts them near 0.95. Now the words of twenty letters again, with as many
# steps as before:


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTM(Layer):
    def __init__(self, rng, letters, size=16, open=3.0):
        self.letter = Variable(rng.normal(size=(letters, 4 * size)))
        self.on, self.read = Affine(rng, size, 4 * size), Affine(rng, size, letters)
        self.on.b.data[:size] = open
        self.size = size

    def __call__(self, ids):
        n = self.size
        h = c = np.zeros((len(ids), n))
        for letter in ids.T:
            z = self.letter[letter] + self.on(h)
            f, i, o = [sigmoid(z[:, k * n:(k + 1) * n]) for k in range(3)]
            c = f * c + i * np.tanh(z[:, 3 * n:])
            h = o * np.tanh(c)
        return self.read(h)


lstm, losses = LSTM(np.random.default_rng(0), 4), []
train(lstm, 20, 80, losses)
print(f'words of 20 letters, with gates: more than 90 % right: {right(lstm, 20) > 0.9}')

assert right(lstm, 20) > 0.9 and round(sigmoid(3.0), 2) == 0.95

# %%
# What if the gates begin half closed?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# With a bias of 0 they begin near 0.5, and over twenty steps that leaves about a millionth. The network is the same, and
# so are the words and the number of steps:

shut = LSTM(np.random.default_rng(0), 4, open=0.0)
train(shut, 20, 80, [])
print(f'gates that begin at {sigmoid(0.0)}: more than 40 % right: {right(shut, 20) > 0.4}')

assert right(shut, 20) < 1 / 3 and abs(0.5 ** 20 / 1e-6 - 1) < 0.1

# %%
# So having gates is not enough here. They have to be open at the start, when the network is to find out what is worth
# keeping.
#
# May one cut the graph?
# ----------------------
# .. predict:: A long graph costs memory, so many cut it: every few steps the state is handed on as an array without a
#    past. What is the gradient then?
#    :answer: another one = 'another one' if error[5] > 0.05 else 'the same'
#    :after:
#
#    - ``'the same'``: the values are the same, but a gradient is more than values, and part of it came from beyond the
#      cut.
#    - ``'another one'``: what went back beyond the cut is missing.
#
# .. slide:: A cut graph has another gradient
#    :show: output
#    :minutes: 2
#
#    The loss is the same number. Its gradient is not.
#
#    .. notes::
#       Truncated backpropagation is widely used, and rightly so where memory is short. It is wrong to think that
#       nothing is lost.
#
# Cutting so is called *truncated backpropagation through time*. The loss does not change at all, and nothing warns.
# Here is how far the gradient with respect to ``W`` is from the true one, relative to its length, for a cut every 10, 5
# and 2 steps:


def gradient(cut, gain=1.5, number=20, size=16):
    rng = np.random.default_rng(0)
    layer, h, loss = Affine(rng, size, size, gain), np.zeros((1, size)), 0.0
    for t in range(number):
        if t % cut == 0:
            h = h.data if isinstance(h, Variable) else h
        h = np.tanh(layer(h) + 0.1 * rng.normal(size=(1, size)))
        loss = loss + np.sum(h * rng.normal(size=size))
    return loss.data.item(), gradients(loss, (layer.W,))[0]


whole, true = gradient(20)
error = {}
for cut in (10, 5, 2):
    loss, g = gradient(cut)
    error[cut] = np.linalg.norm(g - true) / np.linalg.norm(true)
    print(f'cut every {cut:2} steps: same loss {np.isclose(loss, whole)}, gradient off by {error[cut]:.0%}')

assert error[10] < error[5] < error[2] and error[5] > 0.05
short, full = gradient(10, gain=0.5)[1], gradient(20, gain=0.5)[1]
faded = np.linalg.norm(short - full) / np.linalg.norm(full)
print(f'gain 0.5, where it fades anyway: cut every 10 steps, off by {faded:.0%}')

assert 0.05 < faded < error[10] / 3

# %%
# How much is lost depends on how much would have come back: at the gain 1.5 a gradient keeps its length, so most of it
# comes from afar. Where it fades by itself, a cut takes less.

# %%
# What is still wrong
# -------------------
# .. slide:: All through one vector, one after the other
#    :minutes: 1
#    :meeting:
#
#    Sixteen numbers have to do, for five letters and for a thousand.
#
#    .. notes::
#       Two complaints: the width of the memory does not depend on how much there is to remember, and nothing can be
#       computed before what is before it. Ask for a way to reach the first letter in one step.
#
# The gate keeps what the network decided to keep, in a vector of fixed size, and it had to decide before it knew what
# would be asked. And each state waits for the one before: a word of :math:`n` letters is :math:`n` steps, one after
# another. `Step 60 <step60.ipynb>`_ asks what can be learnt with no memory at all. Then `step 61 <step61.ipynb>`_
# reaches any letter in one step.

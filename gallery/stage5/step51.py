"""
Step 51: digits
===============

A network learns to read handwritten digits. You draw one of your own, and a small change of every pixel misleads the
network.

Can it read? And what does it look at?
"""

# %%
# .. slide:: One picture, 1,797 digits
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    Python's own library is enough to read the file.
#
#    .. notes::
#       Show the file itself: it is a picture. The labels are the pixels at the bottom.
#
# The data are one picture beside this script, ``digits.png``: 42 digits in a row, each of 8 by 8 pixels with 17 levels of grey.
# (They come from the *Optical Recognition of Handwritten Digits* of :paper:`alpaydin-kaynak-1998`, licence CC BY 4.0.) A
# picture of the kind PNG is a row of chunks; those called IDAT hold the pixels, packed by ``zlib``.
import zlib
from pathlib import Path

import numpy as np

png = (Path(globals().get('__file__', 'here')).parent / 'digits.png').read_bytes()
packed, at = b'', 8
while at < len(png):
    length, kind = int.from_bytes(png[at:at + 4]), png[at + 4:at + 8]
    packed += png[at + 8:at + 8 + length] if kind == b'IDAT' else b''
    at += 12 + length
pixels = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(387, 337)[:, 1:] // 15
digits = pixels[:344].reshape(43, 8, 42, 8).transpose(0, 2, 1, 3).reshape(-1, 64)[:1797] / 16
labels = pixels[344:, :42].reshape(-1)[:1797].astype(int)
print(digits.shape, 'from', digits.min(), 'to', digits.max(), ' labels:', np.bincount(labels))
assert np.unique(digits * 16).tolist() == list(range(17)) and labels[:10].tolist() == list(range(10))
order = np.random.default_rng(0).permutation(1797)
digits, labels = digits[order], labels[order]
train, test = slice(0, 1437), slice(1437, None)
assert len(digits[test]) == 360

# %%
# They have been shuffled, since digits that stand side by side may be of the same hand. The first 1,437 are for learning,
# the last 360 are kept aside. Here are the first ten.

from dezero_lite.pictures import control, curve, heat, images, steps

images(digits[:10].reshape(-1, 8, 8) * 16, captions=labels[:10].tolist())

# %%
# Theory
# ------
# The loss has a gradient with respect to the weights. It has one with respect to the *input* as well: which pixels
# would change the loss, and how much? Suppose that each pixel may move by at most :math:`\varepsilon`. Which change
# raises the loss most? To first order the theorem answers that, and :paper:`Goodfellow and others <goodfellow-2015>`
# use its answer to mislead networks.
#
# .. slide:: The worst small change
#    :show: statement proof
#    :minutes: 4
#    :meeting:
#
#    Each pixel moves by the same amount, in the direction that hurts.
#
#    .. notes::
#       Ask what limits the change: no pixel by more than a sixteenth. Then the proof is one line.
#
# Theorem (the sign step)
# ~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`g` be the gradient with respect to the input. The change of the loss by :math:`d` is, to first order,
# :math:`\langle g, d \rangle`. Among all :math:`d` with :math:`|d_i| \le \varepsilon` none makes it larger than
# :math:`d_i = \varepsilon\, \mathrm{sign}(g_i)`.
#
# Proof
# ~~~~~
# :math:`\langle g, d \rangle = \sum_i g_i d_i \le \sum_i |g_i|\, \varepsilon`, and for
# :math:`d_i = \varepsilon\, \mathrm{sign}(g_i)` both sides are equal. ∎
#
# The program
# -----------
# It is the program of `step 48 <step48.ipynb>`_, unchanged.
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
# The run
# -------
# .. slide:: It learns to read
#    :show: picture
#    :minutes: 5
#    :meeting:
#
#    Thirty digits at a time, 480 steps.
#
#    .. notes::
#       Run it in the page. Ask beforehand how many of a hundred unseen digits it will read.
#
# The network has one layer of 32 bent units. It learns by plain descent, from thirty digits in each step.


class Reader(Layer):
    def __init__(self, rng):
        self.layers = [Affine(rng, 64, 32, 2 ** 0.5), Affine(rng, 32, 10)]

    def __call__(self, x):
        return self.layers[1](relu(self.layers[0](x)))


rng = np.random.default_rng(0)
net = Reader(rng)
descent = SGD(net.parameters(), 0.5)
losses = []
for step in steps(480, show=lambda: curve(losses, x='step', y='loss'), every=40):
    chosen = rng.integers(1437, size=30)
    loss = cross_entropy(net(Variable(digits[chosen])), labels[chosen])
    loss.backward()
    descent.step()
    losses.append(float(loss.data))

# %%
# How many of the 360 digits that it has never seen does it read?


def read(x):
    with no_grad():
        return net(Variable(x)).data.argmax(1)


def right(x):
    return (read(x) == labels[test]).mean()


print(f'learnt: {(read(digits[train]) == labels[train]).mean():.2f}   unseen: {right(digits[test]):.2f}')
assert right(digits[test]) > 0.95

# %%
# Which digits does it take for which? A *confusion matrix* counts them: rows are what was written, columns what was read.
#
# .. slide:: What is taken for what
#    :show: picture
#    :minutes: 3
#
#    Rows: what was written. Columns: what was read.
#
#    .. notes::
#       Look for the pairs off the diagonal, and then at the pictures of the mistakes.

confusion = np.zeros((10, 10), int)
np.add.at(confusion, (labels[test], read(digits[test])), 1)
heat(confusion, rows=[str(k) for k in range(10)], columns=[str(k) for k in range(10)])

# %%
# And these are some that it got wrong, with what it read. Would you have read them right?

wrong = np.flatnonzero(read(digits[test]) != labels[test])[:8]
images(digits[test][wrong].reshape(-1, 8, 8) * 16, captions=[f'{read(digits[test])[i]} for {labels[test][i]}' for i in wrong])

# %%
# What does it look at?
# ---------------------
# .. slide:: Draw your own
#    :show: picture
#    :minutes: 5
#    :meeting:
#
#    The gradient with respect to the pixels shows where more ink would raise the score, and where less.
#
#    .. notes::
#       Let somebody draw on the pad in the page. Try a seven with a bar.
#
# Draw a digit of your own (in the page: with a finger, a mouse, or the arrow keys and the space bar). The network says what it
# reads; the picture shows the gradient of its score with respect to the pixels.

drawn = control('draw a digit', (digits[test][0] * 16).reshape(8, 8), high=16)
mine = Variable(np.asarray(drawn, float).reshape(1, 64) / 16)
scores = net(mine)
guess = int(scores.data.argmax())
by_pixel, = gradients(scores[0, guess], (mine,))
print('it reads a', guess)
heat(by_pixel.reshape(8, 8), title=f'for {guess}: more ink, less ink')

# %%
# A small change of every pixel
# -----------------------------
# .. slide:: Three sixteenths
#    :show: output
#    :minutes: 4
#    :meeting:
#    :recap:
#
#    The digits move along the sign of the gradient, at random, and one pixel to the left.
#
#    .. notes::
#       Ask for guesses first. The random change is as large in every pixel.
#
# Now each unseen digit is changed by one, two and three sixteenths a pixel, along the sign of its own gradient; and
# beside it by the same amounts in random directions. What would be below 0 or above 1 is cut off. And then each digit
# is moved by a single pixel.
#
# .. predict:: Each pixel changes by three of sixteen levels, along the sign of the gradient. How many of the unseen
#    digits are still read?
#    :answer: fewer than one in ten = by_sign
#    :after:
#
#    - ``by_sign``: each of the 64 pixels raises the loss a little, and that adds up.
#    - ``by_chance``: that is what the same amounts in random directions leave. There most of the parts cancel.
#    - ``by_shift``: that is what is left if the whole digit moves by one pixel. Here the change is chosen to be the
#      worst.

x = Variable(digits[test])
by_input, = gradients(cross_entropy(net(x), labels[test]), (x,))
random = np.random.default_rng(1).choice([-1.0, 1.0], digits[test].shape)
for sixteenths in (1, 2, 3):
    along, at_random = (np.clip(digits[test] + sixteenths / 16 * d, 0, 1) for d in (np.sign(by_input), random))
    print(f'{sixteenths}/16: along the sign {right(along):.2f}, at random {right(at_random):.2f}')
moved = np.roll(digits[test].reshape(-1, 8, 8), -1, 2)
moved[:, :, -1] = 0
print(f'one pixel to the left: {right(moved.reshape(-1, 64)):.2f}')
by_sign = 'fewer than one in ten' if right(along) < 0.1 else 'more'
by_chance = 'more than nine in ten' if right(at_random) > 0.9 else 'fewer'
by_shift = 'about half' if 0.4 < right(moved.reshape(-1, 64)) < 0.6 else 'more or fewer'
assert (by_sign, by_chance, by_shift) == ('fewer than one in ten', 'more than nine in ten', 'about half')

# %%
# Is the theorem's change the worst, to first order? For the first unseen digit: its :math:`\langle g, d \rangle` is
# compared with those of a thousand random changes of the same size.

g = by_input[0]
others = g @ np.random.default_rng(2).choice([-1.0, 1.0], (64, 1000))
print(f'the best of a thousand random changes reaches {others.max() / (g @ np.sign(g)):.2f} of it')
assert g @ np.sign(g) > others.max() and np.isclose(g @ np.sign(g), np.abs(g).sum())

# %%
# The graph
# ---------
# The input has a place now, like the weights, so a gradient arrives there as well. Here is one digit on its way to its
# loss:
from dezero_lite import graph

graph(cross_entropy(net(Variable(digits[test][:1], 'digit')), labels[test][:1]))

# %%
# Keeping what was learnt
# -----------------------
# The parameters are arrays, in an order that ``parameters`` keeps. So they are saved in one line, and loaded in another.

from io import BytesIO

file = BytesIO()
np.savez(file, *[p.data for p in net.parameters()])
file.seek(0)
again = Reader(np.random.default_rng(5))
for p, saved in zip(again.parameters(), np.load(file).values()):
    p.data = saved
assert np.array_equal(again(Variable(digits[test])).data, net(Variable(digits[test])).data)

# %%
# What is still wrong?
# --------------------
# Moved by one pixel, about half of the digits are misread. Each of the 64 pixels has weights of its own, so a digit
# that has moved is another one to this network. Does a window that slides over the picture do better? That is the
# question of `step 57 <../stage6/step57.ipynb>`_.

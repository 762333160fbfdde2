"""
Step 61: look back where it matters
===================================

A GPT, written on your own engine with not one new rule of differentiation: twenty-six lines of model, trained in your
browser on first names while you watch, or on any list of words that you paste in.

*2017.* Ashish Vaswani and seven others let each word look at all the others (:paper:`vaswani-2017`).

A table of pairs knows only the letter before, and a state that is handed on soon loses the first. What if each letter
could look at all the letters before it, and choose?
"""

# %%
# What you will see
# -----------------
# A model that says how likely each letter is to come next can write. Draw a letter with these chances, put it behind
# the word, ask again, and stop at a full stop. Large language models write in the same way, with pieces of words in
# place of letters. The one on this page is a *GPT*, too. The letters stand for *generative pre-trained transformer*: it
# generates text, it was trained beforehand on other text, and a transformer is a network that is built around
# attention, which this page is about.
#
# Have you come straight from the home page? Then go to :page:`Watch it learn <stage6/step61#watch-it-learn>` first, and
# press *Run* there. The page runs the blocks above it first, by itself; before the first run it has to fetch Python.
# Then, for some seconds, you see a curve fall: the mean *surprise*, which is large where the model gave a small chance
# to the letter that came (minus the logarithm of that chance, to be exact). And every 50 steps you see names that the
# model makes up by then. All of this happens in your browser, on the program that is printed here. The rest of the page
# says what its parts do and why they are built as they are. All other lines come from the pages before this one, which
# begin with :math:`x^2`.
#
# Everybody looks back
# --------------------
# .. slide:: Each letter looks back at all before it
#    :minutes: 2
#    :meeting:
#
#    **Attention**: each letter asks, each letter before it answers, and how well they fit decides who is heard.
#
#    .. notes::
#       Say what the two pages before could not do: the table of pairs sees one letter, and what the recurrent network
#       hands on fades. Ask: whom must the last letter of *carolina* ask, if it is to guess what follows?
#
# In `step 59 <step59.ipynb>`_ all that was known of the letters before had to pass through one vector, again and again,
# and the first letter was easily lost on the way. In `step 60 <step60.ipynb>`_ nothing was handed on at all.
# **Attention** hands nothing on either. Each letter looks back itself, at all the letters before it at once, and
# chooses to which of them it listens.
#
# Each letter is a vector :math:`x_t`, and three affine maps make three vectors of it: a *query* :math:`q_t`, what it
# looks for; a *key* :math:`k_t`, what it can be found by; and a *value* :math:`v_t`, what it has to say. How well the
# query at :math:`t` fits the key at :math:`s` is a dot product. The softmax of `step 48 <../stage5/step48.ipynb>`_
# makes weights of these numbers, which are positive and have the sum 1, and what arrives at :math:`t` is the mean of
# the values with these weights. With :math:`d` numbers in each query and each key, it is
#
# .. math::
#     a_t = \sum_{s \le t} w_{ts}\, v_s, \qquad
#     w_{ts} = \frac{\exp(q_t \cdot k_s / \sqrt d)}{\sum_{r \le t} \exp(q_t \cdot k_r / \sqrt d)}.
#
# That is all of it. (Why the root of :math:`d` stands there is told further down.) Let the vectors be the rows of
# matrices :math:`Q`, :math:`K` and :math:`V`. For the whole word it is then two products of matrices, :math:`Q K^\top`
# and the weights times :math:`V`, with a softmax between them, and you have derived the backward of each. A *mask*
# keeps each letter from seeing what comes later: :math:`-\infty` is added to the scores of later letters, and
# :math:`\exp(-\infty) = 0`.

# %%
# .. ask::
#    How does a model guess the next letter from all letters before it?
#
#    - ``attention(q, k, v, mask)``: arrays or variables of the shape (…, length, d), and numbers that are added to the
#      scores before the softmax. Gives the results, as many as queries, and the weights, (…, length, length).
#    - ``GPT(rng, letters, window, width=16, heads=4)``, a ``Layer``. ``letter`` has a row for each letter, ``place``
#      one for each place in a word; ``query``, ``key``, ``value`` and ``mix`` are ``Affine`` from width to width,
#      ``up`` and ``down`` go to four times the width and back, ``read`` goes to the letters.
#    - ``model(ids)``: for whole numbers of the shape (n, length) the scores of the next letter at each place, (n,
#      length, letters). A place sees itself and what is before it.
#    - ``model.look_back(x)``: for vectors (n, length, width) what attention adds to them, and its weights, (n, heads,
#      length, length).
#    - ``normed(x)`` divides each vector by the root of its mean square plus :math:`10^{-5}`: before the maps of
#      ``look_back``, ``up`` and ``read``. Between ``up`` and ``down`` is ``relu``; what they and ``look_back`` give is added.
#
# The program
# -----------
# .. slide:: The model, and no line of engine
#    :show: program
#    :pieces: normed attention GPT
#    :minutes: 6
#    :meeting:
#
#    .. notes::
#       Read it aloud, from ``__call__`` upwards. Ask of each line on which page it was derived: embedding is getitem
#       (page 38), place is stretching (page 40), the maps are on pages 41 and 46, softmax on page 48, the kink on page
#       43.
#
# The engine is that of step 48, word for word. Three things are new. ``normed`` brings each vector to a length of about
# :math:`\sqrt{\text{width}}`, so that numbers neither fade nor grow on their way (the worry of `step 44
# <../stage5/step44.ipynb>`_). ``attention`` is the formula above. And ``GPT`` is the model, to be read from
# ``__call__`` upwards:
#
# - A letter is a row of a table, its *embedding*, and a row for its place in the word is added to it. This vector is
#   ``x``.
# - What ``look_back`` finds is *added* to ``x``. So is what two layers with a kink make of it. Since everything is
#   added, the gradient has a straight way back.
# - ``read`` makes of each vector 27 scores, one for each letter that may come next.
#
# In ``look_back`` four *heads* work side by side, each on a quarter of the width, because one softmax gives one mean,
# and a letter may have more than one thing to look for. ``reshape`` cuts each vector into the four parts, and
# ``transpose`` brings the heads before the places. Then one product of matrices does all heads of all words at once.
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


def normed(x):
    return x * (np.sum(x * x, axis=-1, keepdims=True) / x.shape[-1] + 1e-5) ** -0.5


def attention(q, k, v, mask):
    weights = np.exp(log_softmax(q @ swapped(k) / np.sqrt(q.shape[-1]) + mask))
    return weights @ v, weights


class GPT(Layer):
    def __init__(self, rng, letters, window, width=16, heads=4):
        self.letter = Variable(rng.normal(size=(letters, width)))
        self.place = Variable(rng.normal(size=(window, width)))
        self.query, self.key, self.value, self.mix = [Affine(rng, width, width) for _ in range(4)]
        self.up, self.down = Affine(rng, width, 4 * width), Affine(rng, 4 * width, width)
        self.read = Affine(rng, width, letters)
        self.heads = heads

    def look_back(self, x):
        n, length, width = x.shape
        split = n, length, self.heads, width // self.heads
        q, k, v = [np.transpose(np.reshape(part(normed(x)), split), (0, 2, 1, 3))
                   for part in (self.query, self.key, self.value)]
        later = np.triu(np.full((length, length), -np.inf), 1)
        found, weights = attention(q, k, v, later)
        return self.mix(np.reshape(np.transpose(found, (0, 2, 1, 3)), x.shape)), weights

    def __call__(self, ids):
        x = self.letter[ids] + self.place[:ids.shape[1]]
        x = x + self.look_back(x)[0]
        x = x + self.down(relu(self.up(normed(x))))
        return self.read(normed(x))


# %%
# The run
# -------
# The words are the 5,163 first names that the US census of 1990 found most often (public domain; ``names.txt`` beside
# this script). A full stop stands before and after each word. Every tenth name is kept aside: the model never learns
# from these.
#
# ``coded`` turns words into whole numbers, with 0 for the full stop. ``loss_of`` asks at each place of each word for
# the next letter, and gives the mean surprise. ``write`` begins with a full stop and draws letter after letter.

from pathlib import Path

from dezero_lite.pictures import control, curve, heat, steps


def coded(words):
    letters = '.' + ''.join(sorted(set(''.join(words))))
    ids = np.zeros((len(words), max(map(len, words)) + 2), int)  # 0 is the full stop
    for row, word in zip(ids, words):
        row[1:len(word) + 1] = [letters.index(c) for c in word]
    return letters, ids


def loss_of(model, ids):
    x, y = ids[:, :-1], ids[:, 1:]
    there = x > 0  # what comes after the end of a word is not asked for
    there[:, 0] = True
    return cross_entropy(model(x)[there], y[there])


def write(model, letters, many, temperature=1.0):
    rng = np.random.default_rng(1)
    ids = np.zeros((many, 1), int)
    while ids.shape[1] <= len(model.place):
        with no_grad():
            p = np.exp(log_softmax(model(ids)[:, -1] / temperature)).data
        ids = np.hstack([ids, [[rng.choice(len(letters), p=row)] for row in p]])
    return [''.join(letters[i] for i in row[1:]).split('.')[0] for row in ids]


names = Path(__file__).with_name('names.txt').read_text().split()
letters, ids = coded(names)
aside, ours = ids[::10], np.delete(ids, np.s_[::10], axis=0)
rng = np.random.default_rng(0)
model = GPT(rng, len(letters), ids.shape[1] - 1)
count = sum(p.data.size for p in model.parameters())
print(f'{len(names)} names: {len(ours)} to learn from, {len(aside)} kept aside; {count} parameters')
print('before it has learnt anything:', *write(model, letters, 4))

assert count == 4299 and letters == '.abcdefghijklmnopqrstuvwxyz'
assert np.allclose(model(ids[:9, :5]).data, model(ids[:9, :-1]).data[:, :5])  # a letter sees none that comes later
assert max(map(len, names)) == 11 and len(model.place) == 11 + 1
assert abs(sum(map(len, names)) / len(names) - 6) < 0.1 and len(ours) + len(aside) == len(names)

# %%
# .. slide:: Attention, as a graph
#    :show: picture
#    :minutes: 2
#
#    It has two products of matrices, and a softmax between them.
#
#    .. notes::
#       Let somebody name the page of each box. Ask why v meets the others so late.
#
# This is the graph of ``attention`` for a word of three letters. Each of its boxes is a function that an earlier page
# has differentiated.
from dezero_lite import graph

q, k, v = [Variable(np.eye(3), name) for name in 'qkv']
graph(attention(q, k, v, np.triu(np.full((3, 3), -np.inf), 1))[0])

# %%
# .. slide:: 300 steps of eight names
#    :show: picture
#    :minutes: 5
#    :meeting:
#
#    The loss falls, and every 50 steps the model writes.
#
#    .. notes::
#       Run it on the page, in front of everybody, and read the names aloud as they come. Guessing blindly would cost
#       3.30, the logarithm of 27.
#
# Watch it learn
# --------------
# Each step takes eight names, computes how surprised the model was at each of their letters, goes back once, and lets
# Adam move 4,299 numbers a little. The steps grow shorter towards the end. Whoever thinks all 27 letters equally likely
# has the surprise :math:`\ln 27 = 3.30`, and the model begins a little above that. Every 50 steps a line is printed:
# the step, the mean surprise over the last 50, and six names that the model writes.

number, losses = 300, []
adam = Adam(model.parameters(), 0.02)
for step in steps(number, show=lambda: curve(losses, x='step', y='loss', title='Surprise per letter'), every=10):
    loss = loss_of(model, ours[rng.integers(len(ours), size=8)])
    loss.backward()
    adam.rate = 0.02 * (1 - step / number)
    adam.step()
    losses.append(loss.data.item())
    if (step + 1) % 50 == 0:
        print(f'{step + 1:3}  {np.mean(losses[-50:]):.2f} ', *write(model, letters, 6, 0.7))

assert abs(np.log(27) - 3.3) < 0.005 and 3.3 < losses[0] < 4.5 and np.mean(losses[-50:]) < 2.3
assert 9 < np.exp(np.mean(losses[-50:])) < 10

# %%
# What do these numbers mean? A surprise of :math:`\ln 9 = 2.2` is what one has who must guess among nine letters that
# are equally likely. So the model has come from 27 letters to between 9 and 10. Nobody has told it what a vowel is; yet
# most of the last names can be pronounced, and the first could not.
#
# Does it only repeat what it was shown? Of 100 names that it writes now, most are not in the list.

written = write(model, letters, 100, 0.7)
new = [word for word in written if word not in names]
print(len(new), 'of 100 are new:', *new[:12])

assert 50 < len(new) < 100 and round(np.log(9), 1) == 2.2
cold, hot = [set(write(model, letters, 20, t)) for t in (0.1, 2.0)]
assert len(cold) < 16 and len(hot) == 20

# %%
# Set the *temperature*: the scores are divided by it before the softmax. At 0.1 the likeliest letter wins nearly
# always, and the same few names come again and again. At 2 unlikely letters have a good chance, and no two of the names
# are alike.

temperature = control('temperature', 0.7, 0.1, 2.0)
print(*write(model, letters, 10, temperature))

# %%
# Is it better than a table?
# --------------------------
# .. slide:: Beside tables, on names that none has seen
#    :show: output code
#    :minutes: 2
#    :meeting:
#
#    The numbers are the mean surprise per letter, and smaller is better.
#
#    .. notes::
#       Say it as it is: two letters back, counted, still beats 300 steps. Ask what becomes of the table at five letters
#       back.
#
# The honest test is on the names that were kept aside. The tables of `step 60 <step60.ipynb>`_ are counted from the
# same names, with one added to each count so that nothing is impossible: one letter back, and two.

x, y = ours[:, :-1], ours[:, 1:]
before = np.hstack([np.zeros_like(x[:, :1]), x[:, :-1]])
there = (x > 0) | (np.arange(x.shape[1]) == 0)
pairs, triples = np.ones((27, 27)), np.ones((27, 27, 27))
np.add.at(pairs, (x[there], y[there]), 1)
np.add.at(triples, (before[there], x[there], y[there]), 1)


def pairs_say(x):
    return Variable(np.log(pairs / pairs.sum(-1, keepdims=True))[x])


def triples_say(x):
    before = np.hstack([np.zeros_like(x[:, :1]), x[:, :-1]])
    return Variable(np.log(triples / triples.sum(-1, keepdims=True))[before, x])


with no_grad():
    surprise = {'table of pairs': (pairs.size, loss_of(pairs_say, aside).data.item()),
                'table of triples': (triples.size, loss_of(triples_say, aside).data.item()),
                'this model': (count, loss_of(model, aside).data.item())}
for who, (size, loss) in surprise.items():
    print(f'{who:16} {size:5} numbers, {loss:.2f}')

assert number * 8 == 2400 and surprise['this model'][1] < surprise['table of pairs'][1] - 0.05
assert surprise['table of triples'][1] < surprise['this model'][1] and 4 < triples.size / count < 5

# %%
# The model is better than pairs, and not yet as good as triples. These have more than four times as many numbers, and
# all the 4,646 names were counted for them, while our model has seen at most 2,400 of them. Longer training would take too long
# here. ``tests/benchmarks/gpt.py`` in the repository measures what it does, and fails if it comes out otherwise: after
# 1,000 steps our model is ahead of the triples, and a recurrent network (page 59) of about the same size is a little
# ahead of ours after 300, 1,000 and 3,000 steps. So what attention buys is not a better loss on names of six letters.
# It is that the first of a thousand letters is as near as the last, and that all places are computed at once.
#
# And no model can come down to 0. By the theorem of step 60 the best that one can do is to give each next letter its
# true frequency, given all that came before; and even that is surprised each time a name could have gone on in two
# ways.

# %%
# Which letters does it look at?
# ------------------------------
# .. slide:: Which letters each letter looks at
#    :show: picture
#    :minutes: 4
#    :meeting:
#
#    There is a row for each letter that asks, and a column for each that answers.
#
#    .. notes::
#       Above the diagonal it is empty: nobody sees what comes later. Type names of those present. Ask what head 0 looks
#       for; the honest answer is often that nobody knows.
#
# Type a name, and choose one of the four heads. Each row belongs to a letter, and says how much of what arrives there
# comes from the letter itself and from each before it, the full stop at the beginning among them. Each row has the sum
# 1. Sometimes one sees what a head looks for, such as the letter just before. Often one does not, and the picture is no
# explanation: what is looked up here goes through two more layers before anything is said.

name = control('a name', 'carolina')
head = control('head', 0, 0, 3)
seen = '.' + ''.join(c for c in name.lower() if c in letters)[:len(model.place) - 1]
with no_grad():
    at = np.array([[letters.index(c) for c in seen]])
    _, weights = model.look_back(model.letter[at] + model.place[:len(seen)])
    p = np.exp(log_softmax(model(at)[0, -1])).data
print(f'after {seen[1:]!r}:', *(f'{letters[i]} {p[i]:.2f}' for i in np.argsort(-p)[:4]))
weights = weights.data[0, head]
picture = heat(np.round(weights, 2), list(seen), list(seen), most=1, title=f'Head {head}: which looks at which')

assert np.allclose(weights.sum(1), 1) and not np.triu(weights, 1).any()
picture

# %%
# Your own words
# --------------
# .. slide:: Any list of words will do
#    :show: output
#    :minutes: 3
#
#    Here are the forty-seven prefectures of Japan, and 150 steps.
#
#    .. notes::
#       Ask for a list: the names of those present, of stations, of medicines. It stays in the browser.
#
# The field holds Japan's 47 prefectures. Put your own list in their place: names of villages, of medicines, of the
# people around you. It stays in your browser. A list this short is soon learnt by heart, at least in part.

prefectures = Path(__file__).with_name('prefectures.txt').read_text().strip()
assert len(prefectures.split()) == 47
own = control('your words, one a line', prefectures).lower().replace('.', ' ').split()
if not own:
    raise ValueError('there is no word to learn from: give some, one a line')
own_letters, own_ids = coded([word[:20] for word in own])
rng = np.random.default_rng(0)
small = GPT(rng, len(own_letters), own_ids.shape[1] - 1)
own_adam, own_losses = Adam(small.parameters(), 0.02), []
for step in steps(150, show=lambda: curve(own_losses, x='step', y='loss', title='Surprise per letter'), every=10):
    loss = loss_of(small, own_ids[rng.integers(len(own), size=8)])
    loss.backward()
    own_adam.rate = 0.02 * (1 - step / 150)
    own_adam.step()
    own_losses.append(loss.data.item())
    if (step + 1) % 50 == 0:
        print(f'{step + 1:3}  {np.mean(own_losses[-50:]):.2f} ', *write(small, own_letters, 6, 0.7))

assert np.mean(own_losses[-50:]) < np.mean(own_losses[:10])

# %%
# What the order of letters is
# ----------------------------
# .. slide:: Without places, a word is a bag of letters
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    Dot products don't know where anybody stands.
#
#    .. notes::
#       Ask first: where in ``attention`` does the order of the letters come in? Nowhere. Only the mask and the table of
#       places know of it.
#
# Theorem (attention has no order)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Without a mask, attention commutes with permutations: if :math:`P` is the matrix of one, then
# :math:`\operatorname{attention}(PQ, PK, PV)` is :math:`P \operatorname{attention}(Q, K, V)`.
#
# Proof
# ~~~~~
# The scores become :math:`(PQ)(PK)^\top = P (Q K^\top) P^\top`: the same numbers, with rows and columns in another
# order. The softmax works on each row by itself and does not mind in which order the row stands, so the weights
# :math:`W` become :math:`P W P^\top`. And :math:`P W P^\top P V = P (W V)`, since :math:`P^\top P` is the identity. ∎

rng = np.random.default_rng(2)
q, k, v = rng.normal(size=(3, 6, 4))
order = rng.permutation(6)
assert order.tolist() != list(range(6))
found, weights = attention(q, k, v, 0)
moved, _ = attention(q[order], k[order], v[order], 0)
print('largest difference below 1e-14:', np.abs(moved - found[order]).max() < 1e-14)

assert np.allclose(moved, found[order], atol=1e-14) and not np.allclose(moved, found, atol=0.1)
for t in range(6):
    w = np.exp(k @ q[t] / 2)
    assert np.allclose(weights[t], w / w.sum()) and np.allclose(found[t], (w / w.sum()) @ v)

# %%
# Corollary (a bag of letters)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If all rows of ``place`` are equal, what our model says after a word depends on the word's last letter and on which
# letters stand before it and how often, not on their order.
#
# Proof
# ~~~~~
# The last row of the mask is zero. So the last letter takes a mean over all letters, with weights that are computed
# from their vectors alone, and a sum does not depend on the order of its terms. What follows works on each place by
# itself. ∎
#
# .. predict:: ``place`` is set to zero. After which of these does the model guess the next letter as it does after
#    *marian*?
#    :answer: armian = same[0]
#    :after:
#
#    - ``same[0]``: the same letters before the same last one; nothing else counts.
#    - ``'maria'``: another last letter asks, and with another query.
#    - ``'marion'``: *o* for *a* is another bag.
#
# The table of places is taken away and put back.


def after(word):
    with no_grad():
        return model(np.array([[letters.index(c) for c in '.' + word]])).data[0, -1]


words = ['armian', 'maria', 'marion', 'marian']
kept, model.place.data = model.place.data, np.zeros(model.place.shape)
bags = [after(word) for word in words]
model.place.data = kept
same = [word for word, bag in zip(words, bags) if np.allclose(bag, bags[-1])]
print('without places, as after marian:', same)
print('with places, armian is told from marian:', not np.allclose(after('armian'), after('marian')))

assert same == ['armian', 'marian'] and not np.allclose(after('armian'), after('marian'))

# %%
# With two such blocks, one after the other, the mask alone could give some of the order away: in the first, the second
# letter sees two letters and the fifth sees five, and the second block can make use of that. With one block it cannot,
# as the corollary says.
#
# Why divide by the root of d?
# ----------------------------
# .. slide:: A dot product grows as the root of d
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    Without the division, one of eight weights takes more than half.
#
#    .. notes::
#       The same reason as 1/√n on page 44. Ask what goes back through a softmax with a weight of 1: the derivatives are
#       w − w² and −w·w', and all of them are 0.
#
# Proposition (the size of a score)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If the :math:`2d` components of :math:`q` and :math:`k` are independent, with mean 0 and variance 1, then
# :math:`q \cdot k` has mean 0 and standard deviation :math:`\sqrt d`.
#
# Proof
# ~~~~~
# Each product :math:`q_i k_i` has the mean :math:`0 \cdot 0` and the variance :math:`E(q_i^2)\, E(k_i^2) = 1`, and the
# :math:`d` products are independent, so their variances add up to :math:`d`. ∎
#
# With scores of size :math:`\sqrt d`, a softmax has often decided before anything was learnt. And a weight :math:`w`
# that is nearly 1 passes hardly any gradient back to the scores: its derivative with respect to its own score is
# :math:`w - w^2`, and with respect to another :math:`-w w'`, where :math:`w'` is the weight of that other, nearly 0.
# Divided by :math:`\sqrt d` the scores have the size 1, whatever :math:`d` is.

for d in [4, 64]:
    q, k = rng.normal(size=(2, 2000, 8, d))
    scores = np.einsum('nd,nsd->ns', q[:, 0], k)
    largest = [np.exp(log_softmax(s)).max(1).mean() for s in (scores, scores / np.sqrt(d))]
    print(f'd = {d:2}: deviation {scores.std():.2f}; largest of 8 weights {largest[0]:.2f}, divided {largest[1]:.2f}')

    assert abs(scores.std() / np.sqrt(d) - 1) < 0.02 and 0.3 < largest[1] < 0.4 < 0.5 < largest[0]
q, k, v = rng.normal(size=(3, 8, 64))
assert np.allclose(attention(q, k, v, 0)[1], np.exp(log_softmax(q @ k.T / 8)))
assert np.allclose(attention(q[None], k[None], v[None], 0)[1][0], attention(q, k, v, 0)[1])

# %%
# Nobody sees what comes later
# ----------------------------
# .. slide:: Twelve questions in one pass
#    :show: statement picture
#    :minutes: 3
#    :meeting:
#
#    Since the Jacobian is triangular, a name of eleven letters gives twelve examples in one pass.
#
#    .. notes::
#       What if one forgets the mask? Then each letter may read its answer from the next place, and a small loss says
#       nothing of how the model writes, where no next place is there.
#
# Theorem (the Jacobian is triangular)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# What the model says at place :math:`t` does not depend on what stands at a later place :math:`s > t`: there the
# derivative is exactly 0.
#
# Proof
# ~~~~~
# For :math:`s > t` the mask adds :math:`-\infty` to the score, and :math:`\exp(-\infty) = 0`, so the weight is 0
# whatever the vectors are. So what arrives at place :math:`t` is a sum of values of places up to :math:`t`. All else in
# the model works on each place by itself. ∎
#
# So the model can be asked at all places of a word in one pass, and none of the answers is given away. The engine shows
# it: there is a row for each place that speaks, a column for each letter, and in each cell the length of the gradient.

word = '.carolina'
x = Variable(model.letter.data[[letters.index(c) for c in word]][None])


def said(x):
    x = x + model.place[:len(word)]
    x = x + model.look_back(x)[0]
    return model.read(normed(x + model.down(relu(model.up(normed(x))))))


assert np.allclose(said(x).data[0, -1], after(word[1:]))
u = np.random.default_rng(3).normal(size=len(letters))
rows = [np.linalg.norm(gradients(np.sum(said(x)[0, t] * u), (x,))[0][0], axis=1) for t in range(len(word))]
assert not np.triu(rows, 1).any() and np.diag(rows).all() and np.tril(rows, -1)[1:].any(1).all()
heat(np.array(rows), list(word), list(word), title='How what is said here depends on what stands there')

# %%
# What if one forgets the mask?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Then each letter may look at the one that it should guess. Half as many steps as above bring the loss down to less
# than half of what the model has, which looks like a triumph. But when it writes, no next letter is there to be looked
# at. Here is what it writes:
#
# .. internal::


class Unmasked(GPT):
    def look_back(self, x):
        n, length, width = x.shape
        split = n, length, self.heads, width // self.heads
        q, k, v = [np.transpose(np.reshape(part(normed(x)), split), (0, 2, 1, 3))
                   for part in (self.query, self.key, self.value)]
        found, weights = attention(q, k, v, 0)
        return self.mix(np.reshape(np.transpose(found, (0, 2, 1, 3)), x.shape)), weights


cheat = Unmasked(np.random.default_rng(0), len(letters), len(model.place))
rng, adam, cheated = np.random.default_rng(0), Adam(cheat.parameters(), 0.02), []
for step in range(150):
    loss = loss_of(cheat, ours[rng.integers(len(ours), size=8)])
    loss.backward()
    adam.rate = 0.02 * (1 - step / 150)
    adam.step()
    cheated.append(loss.data.item())
print('less than half of the surprise:', np.mean(cheated[-20:]) < np.mean(losses[-50:]) / 2)
print('and it writes:', *map(repr, write(cheat, letters, 6, 0.7)))

assert 150 == number / 2 and np.mean(cheated[-20:]) < np.mean(losses[-50:]) / 2
assert sum(word in names for word in write(cheat, letters, 100, 0.7)) < sum(word in names for word in written)

# %%
# A small loss is worth nothing if the answer was on the table.
#
# What if nothing is added?
# ~~~~~~~~~~~~~~~~~~~~~~~~~
# If ``mix`` gives nothing, no letter hears of another, and the model is a table of pairs as on page 60, with the place
# of the letter added: the letter itself still goes through, since what is found is added to it and does not replace it.

quiet = GPT(np.random.default_rng(0), 27, 12)
quiet.mix.W.data, quiet.mix.b.data = np.zeros((16, 16)), np.zeros(16)
one, two = quiet(np.array([[3, 1, 4], [15, 9, 4]])).data
assert np.allclose(one[2], two[2]) and not np.allclose(one[1], two[1])
quiet.down.W.data = np.zeros((64, 16))
alone = normed(quiet.letter[[4]] + quiet.place[[2]])
assert np.allclose(quiet(np.array([[3, 1, 4]])).data[0, 2], quiet.read(alone).data[0])
assert np.isclose((normed(np.array([[3.0, -4.0]])) ** 2).mean(), 1, atol=1e-4) and not normed(np.zeros((1, 4))).any()

# %%
# Why arrays?
# -----------
# .. slide:: The same step, number by number
#    :show: output
#    :minutes: 2
#
#    .. notes::
#       One object of Python for each number, as in the well-known tiny engines, is the same mathematics. What differs
#       is how often Python is asked.
#
# There are programs that do all this with one Python object for each number (:paper:`karpathy-2026`). Theirs is the
# same graph, drawn finer. How much finer? Walk over the graph of one loss, and count what each function does with
# single numbers: a product of matrices has a multiplication for each element and each term, and everything else counts
# as one operation for each element that it takes.
#
# .. internal::

recorded = between(loss_of(model, ours[:1]), model.parameters())
singly = sum(int(np.prod(f.shapes[0])) * (f.shapes[1][-1] if isinstance(f, MatMul) else 1) for f in recorded)
print(f'one name: {len(recorded)} functions recorded, and {singly} operations on single numbers')

assert 50 < len(recorded) < 100 and singly > 500 * len(recorded)

# %%
# What is still wrong
# -------------------
# .. slide:: What it cannot do
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    Each letter looks at each, so twice the length costs four times the looks. And there is no vector for a thirteenth
#    place.
#
#    .. notes::
#       This is where research has been since 2017. Let somebody say what else is missing: much more data, tokens in
#       place of letters, more layers. None of it is a new rule of differentiation.
#
# Each letter looks at all before it. For a text of :math:`n` letters that is :math:`n^2` scores in each head, nearly
# half of them masked: what the recurrent network did in :math:`n` steps costs :math:`n^2` scores here. And the window
# has an end. Our longest name has eleven letters, so there are twelve places, and a thirteenth has no vector:
#
# .. flaw::

try:
    model(np.zeros((1, 13), int))
except ValueError:
    print('13 letters: no such place')
else:
    raise AssertionError('a place was invented')
scores = [model.heads * n * n for n in (12, 24, 1000)]
print('scores for 12, 24 and 1000 letters:', *scores)

assert scores[1] == 4 * scores[0]

# %%
# This is a very small GPT. Much of what a large one has besides is more of the same: many such blocks one after the
# other, pieces of words in place of letters, and a great many texts in place of 4,646 names. What it is taught after
# that, such as to answer questions, is not on this page; it is done with gradients, too.
#
# What have you written? `The next page <lines.ipynb>`_ counts it, line by line, and `the last one <engine_read.ipynb>`_
# lays your engine beside the package.

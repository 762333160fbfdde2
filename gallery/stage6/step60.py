"""
Step 60: pairs of letters
=========================

What does one letter say about the next? Counting pairs gives a table, and descent finds the same table, because the
cross entropy is smallest at the frequencies. The page proves it.

Names are written letter by letter. How much does one letter say about the next, and how does one learn it?
"""

# %%
# Guess the next letter
# ---------------------
# .. slide:: What follows a q?
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    We count the pairs of letters in 5,163 first names.
#
#    .. notes::
#       Ask before it is shown. Then ask for *n*. That is the whole model of this page.
#
# Let us count which letter follows which in 5,163 first names (of the US census of 1990, public domain). A full stop
# stands for the beginning and for the end of a name.

from pathlib import Path

import numpy as np

names = Path(__file__).with_name('names.txt').read_text().split()
letters = '.abcdefghijklmnopqrstuvwxyz'
counts = np.zeros((27, 27))
for name in names:
    for a, b in zip('.' + name, name + '.'):
        counts[letters.index(a), letters.index(b)] += 1
share = counts / counts.sum(1, keepdims=True)
for a in 'qn.':
    best = np.argsort(-share[letters.index(a)], kind='stable')[:4]
    print(f'after {a}:', ', '.join(f'{letters[b]} {share[letters.index(a), b]:.2f}' for b in best))
print(len(names), 'names,', int(counts.sum()), 'pairs,', int((counts == 0).sum()), 'of 729 never seen')

assert counts.sum() == sum(len(name) + 1 for name in names) and np.allclose(share.sum(1), 1, rtol=1e-12, atol=0)

# %%
# Here is the table as a picture. It has a row for each letter, and a column for each that may follow.
from dezero_lite.pictures import heat

heat(share, list(letters), list(letters), title='What follows each letter')

# %%
# What is the best table?
# -----------------------
# .. slide:: The frequencies are the best guess
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    The smallest mean surprise that a table can have is called the **entropy**.
#
#    .. notes::
#       Ask: could a bolder table do better, one that says only the likeliest letter? It pays with minus the logarithm
#       of 0 the first time it is wrong. The proof hangs below.
#
# .. slide:: A logarithm lies below its tangent
#    :show: proof
#    :below:
#
#    .. notes::
#       Draw the logarithm and its tangent at 1; that picture is the only thing used. Ask where equality holds, and the
#       'only there' of the theorem is done as well. For those who know it as Gibbs' inequality, say the name and go on.
#
# The cross entropy of `step 48 <../stage5/step48.ipynb>`_ is the mean surprise :math:`-\ln p` at what came. How small
# can it be? If after some letter the letter :math:`b` came :math:`c_b` times of :math:`c`, then a guess :math:`p` has
# there the loss :math:`-\sum_b f_b \ln p_b`, where :math:`f_b = c_b / c`. The loss of a whole table is the mean of the
# losses of its rows, each weighted with how often the row was asked. So it is smallest when each row is at its best.
#
# Theorem (the optimum of cross entropy)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Over all :math:`p` with :math:`p_b > 0` wherever :math:`f_b > 0`, :math:`p_b \ge 0` and :math:`\sum p_b = 1`, the loss
# :math:`-\sum_b f_b \ln p_b` is smallest at :math:`p = f`, and only there. Its value there, :math:`-\sum f_b \ln f_b`,
# is called the **entropy** (:paper:`shannon-1948`).
#
# Proof
# ~~~~~
# The logarithm lies below its tangent at 1: :math:`\ln u \le u - 1`, with equality only at :math:`u = 1`. Take the sums
# over those :math:`b` with :math:`f_b > 0`. There
#
# .. math::
#     \sum f_b \ln p_b - \sum f_b \ln f_b &= \sum f_b \ln (p_b / f_b) \\
#     &\le \sum f_b (p_b / f_b - 1) = \sum p_b - 1 \le 0 .
#
# So no loss is smaller than that of :math:`f`. If one is equal, each :math:`p_b / f_b` is 1; then these :math:`p_b`
# have the sum 1 already, and all others are 0. ∎
#
# So there is nothing to search for. The best table of pairs is the one that we have counted, and on these names no
# model that sees one letter can have a smaller loss. We try twenty other tables, too:

seen = counts > 0
floor = -(counts[seen] * np.log(share[seen])).sum() / counts.sum()
print(f'a blind guess {np.log(27):.3f}, the table {floor:.4f}')

assert f'{floor:.4f}' == '2.3346'
rng = np.random.default_rng(0)
for _ in range(20):
    p = np.abs(share + 0.02 * rng.normal(size=share.shape)) + 1e-9
    p /= p.sum(1, keepdims=True)
    assert -(counts * np.log(p)).sum() / counts.sum() > floor

# %%
# The program
# -----------
# It stays as it was at the end of stage 5. All that this page needs of it is ``log_softmax`` (page 48), a product and a
# sum.
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
# Descent finds it as well
# ------------------------
# .. slide:: Descent comes down to what was counted
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Twenty-seven rows of scores are all zero at the start.
#
#    .. notes::
#       Why do it, if counting is exact? Since descent still works when the table becomes a network, and counting does
#       not.
#
# Why learn what can be counted? Because descent still works when a network takes the place of the table, and then there
# is nothing left to count. So let descent look for the same table, as :paper:`a lecture by Andrej Karpathy
# <karpathy-2022b>` does. ``W`` has a score for each pair, all zero at the start, and the softmax of a row is the guess.
# The loss depends on the names only through the counts, so all 36,122 pairs go into one product.
from dezero_lite.pictures import control, curve, steps

rate = control('learning rate', 40.0, 1.0, 100.0)
W, losses = Variable(np.zeros((27, 27))), []
level = np.array([0, 300]), np.array([floor, floor])
for step in steps(300, show=lambda: curve({'descent': losses, 'counted': level}, x='step', y='loss',
                                          title='Down to the entropy'), every=10):
    loss = -np.sum(log_softmax(W) * counts) / counts.sum()
    loss.backward()
    W.data = W.data - rate * W.grad
    W.cleargrad()
    losses.append(loss.data.item())

# %%
# It begins at :math:`\ln 27`, since at first all letters have the same chance, and comes down towards the floor. It
# cannot come below. In the rows that were asked often, the table of descent is nearly the counted one.

learnt = np.exp(log_softmax(W)).data
print(f'after 300 steps {losses[-1]:.3f}, counted {floor:.3f}')
print(f'after n: counted a {share[14, 1]:.2f}, learnt {learnt[14, 1]:.2f}')

assert np.isclose(losses[0], np.log(27)) and floor < losses[-1] < floor + 0.01
assert np.abs(learnt - share)[counts.sum(1) > 2000].max() < 0.01

# %%
# Why may the rate be as large as 40? `Step 28 <../stage3/step28.ipynb>`_ has a limit for bowls, 2 divided by the
# largest curvature, and near its minimum this loss nearly is one. In a row that was asked a share :math:`n` of the time, the gradient is :math:`n\,(p - f)` (step 48).
# Differentiate once more: :math:`p_b = e^{x_b} / \sum_r e^{x_r}` has the derivative :math:`p_b - p_b^2` with respect to
# its own score and :math:`-p_b\, p_c` with respect to another. At the minimum, where :math:`p = f`, the matrix of
# second derivatives is therefore :math:`n\,(\operatorname{diag}(f) - f f^\top)`. No row has a large share :math:`n`, so
# the curvatures are small:

often = counts.sum(1) / counts.sum()
curvature = max(np.linalg.eigvalsh(n * (np.diag(f) - np.outer(f, f))).max() for n, f in zip(often, share))
print(f'the largest share of a row is {often.max():.2f}; the limit of the rate at the minimum is {2 / curvature:.0f}')

assert 40 < 2 / curvature
nudged = [Variable(np.where(seen, np.log(np.where(seen, share, 1)), -30.0)) for _ in range(2)]
nudged[1].data[14, 1] += 1e-5
before, after = [gradients(-np.sum(log_softmax(v) * counts) / counts.sum(), (v,))[0][14] for v in nudged]
f = share[14]
assert np.allclose((after - before) / 1e-5, often[14] * (f[1] * np.eye(27)[1] - f[1] * f), atol=1e-6)

# %%
# The whole model, as a graph:
from dezero_lite import graph

graph(loss, names={'W': W, 'loss': loss})

# %%
# And at the counted table the gradient is zero, up to rounding. In each row it is :math:`p - f` (step 48), times how
# often the row was asked, and there :math:`p = f`. (Scores of pairs that were never seen would have to be
# :math:`-\infty`; -30 is near enough.)

at_best = Variable(np.where(seen, np.log(np.where(seen, share, 1)), -30.0))
loss = -np.sum(log_softmax(at_best) * counts) / counts.sum()
gradient, = gradients(loss, (at_best,))
print('largest gradient below 1e-12:', np.abs(gradient).max() < 1e-12)

assert np.abs(gradient).max() < 1e-12 and np.isclose(loss.data, floor)
scores = Variable(rng.normal(size=(27, 27)))
gradient, = gradients(-np.sum(log_softmax(scores) * counts) / counts.sum(), (scores,))
p = np.exp(log_softmax(scores)).data
assert np.allclose(gradient, (p - share) * counts.sum(1, keepdims=True) / counts.sum())

# %%
# It writes
# ---------
# .. slide:: Names by pairs
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    Each letter is drawn from the row of the one before.
#
#    .. notes::
#       Which of them could be a name? Each pair of neighbours is fine; as a whole they know nothing of where they
#       began.
#
# Begin with a full stop, draw a letter from its row, then one from that letter's row, until a full stop comes.


def write(rng):
    word, a = '', 0
    while True:
        a = rng.choice(27, p=share[a])
        if a == 0:
            return word
        word += letters[a]


rng = np.random.default_rng(1)
written = [write(rng) for _ in range(10)]
print(*written)

assert {len(word) for word in written} >= {2, 17}

# %%
# Neighbours go together, and the whole does not make a name: one of these has two letters and another seventeen. The
# table does not know how long the word is by now, nor how it began.

# %%
# What is still wrong
# -------------------
# .. predict:: With tables that look one, two, three, four letters back, on names that were kept aside, which one does
#    best?
#    :answer: 2 = best
#    :after:
#
#    - ``1``: all its rows are well filled, but it sees too little.
#    - ``best``: three letters in a row are still found often enough.
#    - ``3``: most of its rows have hardly been seen.
#    - ``4``: its rows have been seen once, twice or never, so the one that is added to each count outweighs what was
#      seen.
#
# .. slide:: One letter more is a table 27 times as large
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    The tables learn from nine names in ten, and are asked about the tenth.
#
#    .. notes::
#       The column of shares tells it all: at four letters back, fewer than one entry in a thousand has ever been seen.
#       Ask what a model would need in order to use letters far back without a row for each of their combinations.
#
# One letter is not much to go by. Why not look two letters back, or four? Because each further letter makes the table
# 27 times as large, while there are no more names than before to fill it. Let us try it: learn from nine names in ten,
# ask about the tenth, and add one to each count so that nothing is impossible.
from collections import Counter


def table(names, back):
    """How often each run of letters came, and how often what it begins with did."""
    runs, rows = Counter(), Counter()
    for name in names:
        word = '.' * back + name + '.'
        for j in range(back, len(word)):
            runs[word[j - back:j + 1]] += 1
            rows[word[j - back:j]] += 1
    return runs, rows


def surprise(names, back, runs, rows):
    asked, _ = table(names, back)
    lost = sum(n * np.log((rows[run[:-1]] + 27) / (runs[run] + 1)) for run, n in asked.items())
    return lost / sum(asked.values())


aside, ours = names[::10], [name for i, name in enumerate(names) if i % 10]
unseen = {}
assert len(ours) == len(names) - len(aside) == 4646
for back in range(1, 5):
    learnt = table(ours, back)
    unseen[back] = surprise(aside, back, *learnt)
    size = 27 ** (back + 1)
    print(f'{back} back: {size:8} entries, {len(learnt[0]) / size:6.2%} seen,',
          f'loss {surprise(ours, back, *learnt):.2f}, of names kept aside {unseen[back]:.2f}')
best = min(unseen, key=unseen.get)

assert size == 27 ** 5 and len(learnt[0]) < size / 1000
assert best == 2 and unseen[1] > unseen[3] > unseen[2] and unseen[4] > unseen[1]

# %%
# Two letters back is better than one. Then it gets worse again: three back has half a million entries for 4,646 names,
# and four back is worse than one. A table has no idea that what it learnt after *ann* may help after *enn*: each row
# starts from nothing.
#
# What is wanted is a model that looks back as far as it likes and pays with few numbers, because it *computes* what to
# make of what it sees and does not look it up. `Step 61 <step61.ipynb>`_ writes one.

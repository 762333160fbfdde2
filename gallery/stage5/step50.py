"""
Step 50: a few at a time
========================

The gradient of three examples stands for that of all twelve. It is wrong each time, and right in the mean: all 220
choices are tried.

May one look at three examples, take a step, and look at three others?
"""

# %%
# .. slide:: Twelve points, and all 220 ways to choose three
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    Each choice is a *mini-batch*, and has a gradient of its own. What is their mean?
#
#    .. notes::
#       Ask for the number of choices first: 12 · 11 · 10 / 6.
#
# Here are twelve points near a line, and the loss of step 42, the mean of the squared errors. Its derivative with
# respect to the slope is a mean over the twelve points. A **mini-batch** is a choice of a few of them; its gradient is
# the mean over these. We try each of the 220 mini-batches of three.
from itertools import combinations

import numpy as np

rng = np.random.default_rng(0)
x = rng.uniform(-2, 2, 12)
t = 1.5 * x + rng.normal(size=12)


def gradient(chosen, w=0.5):
    chosen = list(chosen)
    return 2 * ((w * x - t) * x)[chosen].mean()


full = gradient(range(12))
each = {b: np.array([gradient(chosen) for chosen in combinations(range(12), b)]) for b in (3, 6)}
print(f'{len(each[3])} batches of 3: gradients from {each[3].min():.2f} to {each[3].max():.2f}')
print(f'their mean {each[3].mean():.4f}, the gradient of all twelve {full:.4f}')
assert len(each[3]) == 220 and np.isclose(each[3].mean(), full, rtol=1e-12, atol=0)
far = int((abs(each[3] - full) > abs(full) / 5).sum())
print(f'{far} batches are off by more than a fifth')
assert far > 220 / 2 and abs(each[3] - full).min() > 1e-3

# %%
# Not one of the 220 is right, most are off by more than a fifth, and yet their mean is right to the last digits. That
# is no accident.
#
# .. predict:: With batches of six instead of three, by what factor is the variance of the gradients smaller?
#    :answer: 3 = factor
#    :type: number
#    :after:
#
#    - ``factor``: the formula below has (12 − b)/b in it: 9/3 = 3 for three, and 6/6 = 1 for six.
#    - ``6 // 3``: that would be the answer if the same point could be chosen twice. The more points a batch has, the fewer are
#      left to be wrong about.
#    - ``(6 // 3) ** 2``: then the standard deviation would be halved. It shrinks by less, by the root of 3.

factor = int(round(each[3].var() / each[6].var()))
assert [(12 - b) / b for b in (3, 6)] == [9 / 3, 6 / 6] == [3, 1]
assert np.isclose(each[3].var() / each[6].var(), 3, rtol=1e-10, atol=0)

# %%
# Theory
# ------
# .. slide:: Right in the mean, and how far off
#    :show: statement proof
#    :minutes: 6
#    :meeting:
#
#    Each example is in the same share of all batches.
#
#    .. notes::
#       The first half is counting. For the second let the group take N = 2 and b = 1 first.
#
# Theorem (the mean and the variance of a mini-batch)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`N \ge 2`, let :math:`g_1, \dots, g_N` be numbers with the mean :math:`\bar g` and the variance
# :math:`\sigma^2 = \frac{1}{N} \sum (g_i - \bar g)^2`, and let :math:`m` be the mean of :math:`b` of them, all choices being equally
# likely. Then :math:`m` has the mean :math:`\bar g`, and the variance :math:`\frac{N - b}{b\,(N - 1)}\, \sigma^2`.
#
# Proof
# ~~~~~
# Each :math:`g_i` is in the same share :math:`b/N` of all choices, so the mean of :math:`m` is
# :math:`\frac{1}{b} \sum \frac{b}{N} g_i = \bar g`.
#
# For the variance let :math:`\bar g = 0`; a shift changes nothing. The mean of :math:`m^2` is :math:`\frac{1}{b^2}` times a sum over
# pairs. A pair of one index with itself is chosen with probability :math:`\frac{b}{N}`, a pair of two different ones with
# :math:`\frac{b (b - 1)}{N (N - 1)}`.
#
# Since :math:`\sum_i g_i = 0`, the products of different ones add up to :math:`-\sum g_i^2 = -N \sigma^2`. Together this is
# :math:`\frac{1}{b^2} \left( \frac{b}{N} - \frac{b (b - 1)}{N (N - 1)} \right) N \sigma^2
# = \frac{N - b}{b\,(N - 1)} \sigma^2`. ∎
#
# For three and for six the enumeration gives what the formula says, to the last digits:

single = np.array([gradient([i]) for i in range(12)])
for b in (3, 6):
    formula = (12 - b) / (b * 11) * single.var()
    print(f'batches of {b}: variance {each[b].var():.4f}, by the theorem {formula:.4f}')
    assert np.isclose(each[b].var(), formula, rtol=1e-10, atol=0)

# %%
# A mean of means is not the mean
# -------------------------------
# .. slide:: Batches of 5, 5 and 2
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    The last batch is smaller, and its examples count more.
#
#    .. notes::
#       It is easily overlooked when a mean loss is reported over batches.
#
# In batches of five, twelve examples are 5, 5 and 2. Whoever averages the three means gives each of the two last
# examples two and a half times the weight of the others. If the means are weighted by the sizes of their batches, the
# result is right.

order = rng.permutation(12)
parts = [order[:5], order[5:10], order[10:]]
means = np.array([gradient(part) for part in parts])
sizes = np.array([len(part) for part in parts])
unweighted, weighted = means.mean(), (means * sizes).sum() / 12
assert sizes.tolist() == [5, 5, 2] and ((1 / sizes) / (1 / sizes[0])).tolist() == [1, 1, 2.5]
print(f'mean of the means {unweighted:.3f}, weighted {weighted:.3f}, all twelve {full:.3f}')
assert np.isclose(weighted, full, rtol=1e-12, atol=0) and abs(unweighted - full) > 0.01

# %%
# The program
# -----------
# It is the program of `step 48 <step48.ipynb>`_, unchanged. A mini-batch needs nothing new: it is a choice of rows.
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
# Does everything from before still work?
# ---------------------------------------
# The gradients above were written by hand. Those of the program are the same, on each of the 220 batches.


def loss_of(w, chosen):
    difference = w * x[chosen] - t[chosen]
    return total(difference * difference) / len(chosen)


def by_program(chosen, w=0.5):
    w = Variable(np.array(w))
    return gradients(loss_of(w, list(chosen)), (w,))[0]


assert np.allclose([by_program(chosen) for chosen in combinations(range(12), 3)], each[3], rtol=1e-12, atol=0)

# %%
# The run
# -------
# .. slide:: Three at a time gets there, and then it wanders
#    :show: picture
#    :minutes: 4
#    :meeting:
#
#    The noise does not go away while the steps stay as long.
#
#    .. notes::
#       Ask what one should do with the rate towards the end.
#
# Now descend with batches of three. The twelve points are shuffled, and four steps are taken, each with the next three:
# that is an **epoch**, one walk through all examples, at the price of a single step with all of them. Each step follows a
# batch that was drawn by chance: that is what is *stochastic* in stochastic gradient descent. The slope comes
# near the best one within five epochs. Then it wanders about it, for even at the best slope the gradients of nearly all
# batches are not near 0.

from dezero_lite.pictures import curve, steps

best = (x * t).sum() / (x * x).sum()
w, slopes = 0.0, []
for epoch in steps(30, show=lambda: curve({'slope': slopes, 'best': [best] * len(slopes)}, x='step', y='slope'), every=5):
    for part in rng.permutation(12).reshape(4, 3):
        w = w - 0.05 * by_program(part, w)
        slopes.append(float(w))

# %%
# The steps after the fifth epoch stay within 0.3 of the best slope, and do not come to rest:

farthest = max(abs(np.array(slopes[20:]) - best))
print(f'after five epochs never further than {farthest:.1f} from the best slope {best:.2f}')
assert abs(slopes[0] - best) > 1 and max(abs(np.array(slopes[20:]) - best)) < 0.3
there = np.array([gradient(chosen, best) for chosen in combinations(range(12), 3)])
assert (abs(there) > 0.1).mean() > 0.9 and np.isclose(there.mean(), 0, atol=1e-12)
assert abs(np.mean(slopes[-60:]) - best) < 0.1 and np.std(slopes[-60:]) > 0.01

# %%
# The graph of one batch is the same however many examples there are in all; its arrays are as long as the batch:

from dezero_lite import graph

v = Variable(np.array(0.5), name='w')
graph(loss_of(v, [0, 1, 2]), values=True)

# %%
# What is still wrong?
# --------------------
# Twelve points and one slope are a small exercise. :page:`Step 51 <stage5/step51>` reads digits written by hand, thirty
# at a time.

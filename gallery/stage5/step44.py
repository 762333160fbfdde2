"""
Step 44: how large at the start?
================================

Weights with a spread of one over the root of the number of inputs, times the root of 2 with ReLU, keep signals and
gradients alive through twenty layers. With too small a spread a network is deaf to its input.

*2010.* Xavier Glorot and Yoshua Bengio ask how large the weights of a deep network should be at the start
(:paper:`glorot-2010`); *2015*, Kaiming He and others find what ReLU needs (:paper:`he-2015`).

Weights have to be random, step 43 said. From how wide a range?
"""

# %%
# .. slide:: Twenty layers
#    :show: predict output
#    :minutes: 4
#    :meeting:
#
#    A hundred units each, no bend, spread g over the root of n.
#
#    .. notes::
#       With g = 1 it keeps its size. What does half of that do, twenty times over? And twice as much?
#
# Take fifty inputs with a hundred numbers each, of mean 0 and **spread** 1 (the standard deviation: the
# root of the mean of their squared distances from the mean), and send them through twenty layers, each a
# product with a matrix of 100 by 100 random numbers. Their spread is :math:`g/\sqrt{100}`. Only :math:`g` is different in
# the three rows.
#
# .. predict:: With g = 1 the numbers that come out have the spread 0.98. What about g = 0.5?
#    :answer: 9e-07 = float(f'{spreads[0.5]:.0e}')
#    :after:
#
#    - ``float(f'{spreads[0.5]:.0e}')``: each layer halves, and one half to the power of twenty is a millionth.
#    - ``0.5``: if it happened once. It happens in each of the layers.
#    - ``0.05``: a half divided by ten? Halves are multiplied here.
#    - ``0.0``: it is small, but it is not 0. A computer holds much smaller numbers with all their digits.

import numpy as np


def through(g, layers=20, n=100):
    rng = np.random.default_rng(0)
    h = rng.normal(size=(50, n))
    for layer in range(layers):
        h = h @ (rng.normal(size=(n, n)) * g / np.sqrt(n))
    return h.std()


spreads = {g: float(through(g)) for g in [0.5, 1.0, 2.0]}
for g, spread in spreads.items():
    print(f'g = {g}: {spread:.2g}')
assert spreads[0.5] < 1e-6 and round(spreads[1.0], 2) == 0.98 and spreads[2.0] > 1e6

# %%
# What comes out is about a millionth, one, and a million. It is kept with :math:`g = 1`, and that is a spread of 0.1.
# Why is one over the *root* of the number of inputs right?
#
# Theory
# ------
# Let the entries of :math:`W` be independent random numbers with mean 0 and variance :math:`s^2`, and :math:`W` have
# :math:`n` rows and :math:`m` columns. The *mean square* of a vector of :math:`n` numbers is :math:`\lVert x \rVert^2 / n`.
#
# .. slide:: A layer multiplies by n s²
#    :show: statement
#    :minutes: 4
#    :meeting:
#
#    Forward it counts the inputs, back the outputs.
#
#    .. notes::
#       A sum of n random numbers is as large as the root of n. Everybody has seen that with coins.
#
# Theorem (what a layer does to the size)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For each :math:`x` the mean square of :math:`xW` is on average :math:`n s^2` times that of :math:`x`. A gradient
# :math:`G` that does not depend on :math:`W` comes back as :math:`G W^\top`, with a mean square that is on average
# :math:`m s^2` times that of :math:`G`. Through :math:`L` layers with independent weights and :math:`s = g/\sqrt n` the
# mean square is multiplied by :math:`g^{2L}` on average.
#
# .. slide:: Mixed terms have mean 0
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Write the square of a sum of two terms, and ask what its mixed term is on average. Independent and of mean 0, so
#       it is 0: that is the proof. The rest is counting, once over rows and once over columns. Leave it below if nobody
#       asks.
#
# Proof
# ~~~~~
# An entry of :math:`xW` is :math:`y_k = \sum_j x_j W_{jk}`. Its square has the terms :math:`x_i x_j W_{ik} W_{jk}`. For
# :math:`i \ne j` such a term has mean 0, because the two weights are independent and each has mean 0. For :math:`i = j`
# it is :math:`x_j^2 s^2` on average. So the average of :math:`y_k^2` is :math:`s^2 \lVert x \rVert^2`, which is
# :math:`n s^2` times the mean square of :math:`x`, for each :math:`k`.
#
# :math:`G W^\top` is the same with the transpose of :math:`W`, which has :math:`m` rows.
#
# For several layers: whatever the first ones have made, the weights of the next one are independent of it. So each
# multiplies the average by :math:`n s^2 = g^2`. ∎
#
# .. slide:: ReLU takes one half
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    So the square gets a two, and the spread a root of two.
#
#    .. notes::
#       Change the signs of all weights of a unit. What was positive becomes negative.
#
# Theorem (ReLU takes one half)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let the weights, besides, be distributed symmetrically about 0. Then the mean square of :math:`\mathrm{relu}(xW)`
# is on average :math:`\frac{1}{2} n s^2` times that of :math:`x`. So :math:`s = \sqrt{2/n}` keeps it.
#
# .. slide:: Change the signs of the weights
#    :show: proof
#    :below:
#    :minutes: 2
#
#    .. notes::
#       It takes one sentence: to each draw of the weights belongs its mirror image, and of the two exactly one is let
#       through. Ask where it would fail, and see whether somebody thinks of a bias.
#
# Proof (ReLU)
# ~~~~~~~~~~~~
# If all weights of a unit change their signs, :math:`y_k` becomes :math:`-y_k`, and that is as likely. And
# :math:`\mathrm{relu}(y_k)^2 + \mathrm{relu}(-y_k)^2 = y_k^2`, since one of the two is 0. So the average of
# :math:`\mathrm{relu}(y_k)^2` is half of that of :math:`y_k^2`. ∎
#
# And back? The mask lets through one half as well. For a seed of independent numbers with mean 0 the same proof says
# that half of what the first theorem promises comes back, if no :math:`y_k` is ever exactly 0. Through many layers the mask depends on the weights of all layers below it;
# there we measure.
#
# If the weights are 1 or -1 at random, the average can be had without chance. There are eight choices for three
# weights, all equally likely, and we take them all. The variance of such a weight is 1.

from itertools import product

x = np.array([1.0, 2.0, 4.0])
sums = [float(x @ w) for w in product([-1.0, 1.0], repeat=3)]
print('sums:', sums)
print('mean of the squares:', np.mean(np.square(sums)), ' x·x:', x @ x)
print('after ReLU:', np.mean(np.square(np.maximum(sums, 0))))
assert np.mean(np.square(sums)) == x @ x == 21 and np.mean(np.square(np.maximum(sums, 0))) == 21 / 2

# %%
# .. slide:: One over n is not one over the root
#    :show: output
#    :minutes: 2
#
#    An easy slip, and what twenty layers make of it.
#
#    .. notes::
#       Divide by n and the average is right for a *mean* of equal numbers. These are not equal.
#
# Why not 1/n?
# ~~~~~~~~~~~~
# A mean of :math:`n` numbers divides by :math:`n`, so why not here? Because random numbers of both signs cancel in
# part: by the theorem their sum grows like :math:`\sqrt n` only. The spread 1/n is :math:`g = 0.1` here, and each layer
# leaves a tenth.

print(f'spread 1/n: {through(100 ** -0.5):.0e} after twenty layers')
assert through(100 ** -0.5) < 1e-19

# %%
# What if they are not normal?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Of their distribution only mean and variance are in the theorem. Numbers between :math:`-a` and :math:`a`, all equally
# likely, have the variance :math:`\frac{1}{2a} \int_{-a}^{a} w^2\, dw = a^2/3`. So :math:`a = \sqrt{3/n}` does the same
# as the spread :math:`1/\sqrt n`.

rng = np.random.default_rng(1)
h = rng.normal(size=(50, 100))
for layer in range(20):
    h = h @ rng.uniform(-(3 / 100) ** 0.5, (3 / 100) ** 0.5, size=(100, 100))
print(f'uniform numbers: {h.std():.2f}')
assert 0.5 < h.std() < 2

# %%
# What the page will call
# ~~~~~~~~~~~~~~~~~~~~~~~
# It calls ``relu``, ``np.tanh``, products of matrices, and ``gradients`` with a seed.

# %%
# The program
# -----------
# Nothing is new: it is the program of :page:`step 43 <stage5/step43>`.
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
# .. slide:: Forward and back
#    :show: picture
#    :minutes: 5
#    :meeting:
#
#    Choose the gain. Which value keeps both lines level?
#
#    .. notes::
#       Look for it with the slider, then compare with the root of two.
#
# The picture shows how large the numbers are after each of twenty layers with ReLU, and how large the gradient is
# there, from one pass with a random seed. Choose :math:`g`. Which one keeps both lines level?

from dezero_lite.pictures import control, curve, steps


def sizes(g, bend, layers=20, n=100):
    """The root mean squares of what each layer gives, and of the gradients there."""
    rng = np.random.default_rng(0)
    hs = [Variable(rng.normal(size=(50, n)))]
    for layer in range(layers):
        hs.append(bend(hs[-1] @ (rng.normal(size=(n, n)) * g / np.sqrt(n))))
    back = gradients(hs[-1], hs, rng.normal(size=(50, n)))
    return [[float(np.sqrt(np.mean(a ** 2))) for a in arrays] for arrays in ([h.data for h in hs], back)]


g = control('gain g', 1.0, 0.5, 2.5)
forward, back = sizes(g, relu)
print(f'after twenty layers {forward[-1]:.1e}, back at the start {back[0]:.1e}')
curve({'forward': forward, 'back': back}, log='y', x='layer', y='root mean square')

# %%
# .. slide:: With 1, ReLU leaves a thousandth
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    By the theorem the mean square is halved twenty times.
#
#    .. notes::
#       Take the first row and let them work out the prediction: half, twenty times, for the squares, so half, ten
#       times, for the size. Who answers a millionth has forgotten the root. Ask why the measured numbers are not
#       exactly those: the theorem is about an average, and this is one draw.
#
# By the theorem the root mean square should be multiplied by :math:`(g/\sqrt 2)^{20}`: with 1 by
# :math:`2^{-10}`, about a thousandth; with :math:`\sqrt 2` by 1. The theorem speaks of an average over all weights; these
# are one draw.

print('   g   predicted   forward      back')
for g in [1.0, 2 ** 0.5, 2.0]:
    forward, back = sizes(g, relu)
    predicted = (g / 2 ** 0.5) ** 20
    print(f'{g:.2f}   {predicted:9.1e}   {forward[-1] / forward[0]:.1e}   {back[0] / back[-1]:.1e}')
    assert all(0.5 < found / predicted < 2 for found in (forward[-1] / forward[0], back[0] / back[-1]))

# %%
# And tanh? It is nearly :math:`x` for small :math:`x`, and nearer to 0 than :math:`x` everywhere. So with :math:`g = 1`
# signals fade slowly. With a large gain most units are near its ends, -1 and 1, where it is flat. Forward all looks
# well then, and the gradients explode: most units pass on less than a tenth, but what the others pass on is multiplied
# by large weights.

for g in [1.0, 2.0, 5.0]:
    forward, back = sizes(g, np.tanh)
    print(f'tanh, g = {g:4}: forward {forward[-1]:.2f}, back {back[0] / back[-1]:.0e}')
    assert forward[-1] < 1
assert back[0] / back[-1] > 1e4 and forward[-1] > 0.9
rng = np.random.default_rng(0)
h = rng.normal(size=(50, 100))
for layer in range(20):
    h = np.tanh(h @ (rng.normal(size=(100, 100)) * 5 / np.sqrt(100)))
    assert (1 - h ** 2 < 0.1).mean() > 0.6

# %%
# The deaf start
# --------------
# .. slide:: A deaf network
#    :show: predict picture
#    :minutes: 5
#    :meeting:
#
#    Ten layers of thirty units, the parabola, the same rate. Only the spread at the start is different.
#
#    .. notes::
#       0.1068 is the variance of the targets: the best constant. What does the network see of its input?
#
# Does it matter for training? The parabola of step 43, with ten bent layers of thirty units. A network whose signals die
# on the way gives nearly the same for all inputs, so it learns the mean, and nothing else.
#
# .. predict:: A rate of 0.05, 150 steps. Where does the loss go that starts with g = 0.5? (The variance of the targets is 0.1068.)
#    :answer: 0.1068 = round(ends[0.5], 4)
#    :after:
#
#    - ``round(ends[0.5], 4)``: that is the loss of the best constant. Only the last bias moves by much.
#    - ``0.0``: the network could do it, but gradients of a millionth hardly move its weights.
#    - ``round(float(t.mean()), 4)``: that is the constant itself. The question was for its loss.

inputs = np.linspace(-1, 1, 21).reshape(-1, 1)
t = inputs ** 2


def made(g, layers=10, n=30):
    rng, widths = np.random.default_rng(0), [1] + [n] * layers + [1]
    return [Variable(array) for a, b in zip(widths, widths[1:])
            for array in (rng.normal(size=(a, b)) * g / np.sqrt(a), np.zeros(b))]


def network(parameters, h):
    *hidden, W, b = parameters
    for V, c in zip(hidden[::2], hidden[1::2]):
        h = relu(h @ V + c)
    return h @ W + b


def slopes(parameters):
    loss = np.sum((network(parameters, inputs) - t) ** 2) / len(t)
    return float(loss.data), gradients(loss, parameters)


ends, losses = {}, {}
for name, g in [('0.5', 0.5), ('1', 1.0), ('√2', 2 ** 0.5)]:
    parameters = made(g)
    losses[name] = []
    for step in range(150):
        loss, gs = slopes(parameters)
        losses[name].append(loss)
        for p, gradient in zip(parameters, gs):
            p.data = p.data - 0.05 * gradient
    ends[g] = loss
    print(f'g = {name:3}: loss {loss:.4f}')
assert round(ends[0.5], 4) == round(t.var(), 4) == 0.1068 and ends[1.0] > ends[2 ** 0.5] < 0.001
curve(losses, log='y', x='step', y='loss')

# %%
# .. slide:: It is deaf in all layers alike
#    :show: output
#    :minutes: 3
#
#    Signals fade on the way up, gradients on the way down.
#
#    .. notes::
#       The product of both is the same in each layer. Many expect only the first layers to suffer.
#
# Which layers are deaf?
# ~~~~~~~~~~~~~~~~~~~~~~
# All of them are, about equally. The gradient of a layer's weights is :math:`H^\top G`: what comes up from below, times
# what comes down from above. The first shrinks with each layer below, the second with each layer above. For layers of
# equal width their product has as many factors everywhere.

for name, g in [('0.5', 0.5), ('√2', 2 ** 0.5)]:
    sized = [float(np.abs(gradient).mean()) for gradient in slopes(made(g))[1][2:-2:2]]
    print(f'g = {name:3}: mean gradient in layers 2 to 10 from {min(sized):.0e} to {max(sized):.0e}')
    assert max(sized) < 10 * min(sized)

# %%
# .. slide:: Train it yourself
#    :show: picture
#    :minutes: 2
#
#    With a small gain nothing but the last bias moves.
#
#    .. notes::
#       Set the gain low and ask what moves: the last bias, and nothing else, so the curve goes up and down as a whole
#       and stays flat. Then raise the gain until it bends. If time is short, do the low one alone.
#
# Choose the gain, and watch what the network makes of the parabola.

g, rate = control('gain at the start', 1.4, 0.4, 1.6), control('learning rate', 0.05, 0.005, 0.1)
parameters = made(g)


def fitted():
    with no_grad():
        return curve({'network': (inputs[:, 0], network(parameters, inputs).data[:, 0])},
                     points={'data': (inputs[:, 0], t[:, 0])}, x='x', y='t')


for step in steps(100, show=fitted, every=5):
    loss, gs = slopes(parameters)
    for p, gradient in zip(parameters, gs):
        p.data = p.data - rate * gradient
print(f'loss {loss:.4f}')

# %%
# Does everything from before still work?
# ---------------------------------------
# The program has not changed. The gradient of this page's network goes through all eleven layers; along a random
# direction it is compared with a difference.

parameters = made(2 ** 0.5)
_, gs = slopes(parameters)
along = [np.random.default_rng(3).normal(size=p.shape) for p in parameters]
eps, values = 1e-6, []
for sign in (1, -1):
    moved = [Variable(p.data + sign * eps * v) for p, v in zip(parameters, along)]
    values.append(slopes(moved)[0])
assert np.isclose(sum(np.sum(gradient * v) for gradient, v in zip(gs, along)), (values[0] - values[1]) / (2 * eps), rtol=1e-5)

# %%
# What is still wrong
# -------------------
# .. slide:: Next: a model that knows its parameters
#    :show: output
#    :minutes: 1
#    :meeting:
#
#    All weights and biases in one list. Which is which?
#
#    .. notes::
#       Ask what goes wrong if one array is taken out of the middle of the list. Everything after it is read as
#       something else, and as long as the shapes fit nobody notices. What should a model be able to say about itself?
#       Take the answers along to step 46.
#
# The network of this page has eleven layers, and so a list of 22 arrays, whose meaning depends on their place in it. Take
# one out and everything after it is wrong.

print(len(made(1.0)), 'arrays in a list')
assert len(made(1.0)) == 22

# %%
# A model should know its parameters itself. That is one half of :page:`step 46 <stage5/step46>`; the other half asks how
# one gets down faster.

# %%
# The graph
# ---------
# Two hidden layers and the last one. Each product multiplies what goes up, and what comes down.
from dezero_lite import graph

graph(network(made(1.0, layers=2), np.ones((1, 1))))

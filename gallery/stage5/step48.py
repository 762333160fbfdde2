"""
Step 48: how sure, and how wrong?
=================================

The scores of three classes become probabilities, and the loss is the surprise at what was right. What goes back is the
probability, less 1 at the right class.

A network gives three numbers for three classes. What should it be told when it is wrong?
"""

# %%
# .. slide:: Three scores are not three probabilities
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    They may be negative, and their sum is anything. The *softmax*, an exponential and a division, mends both.
#
#    .. notes::
#       Ask which class the network means. Then ask how sure it is: the scores do not say.
#
# A network's last layer gives any numbers, here 2, 1 and -1 for three classes. We want to know *how sure* it is. The
# exponential makes the numbers positive, and dividing by their sum makes the sum 1. That is called **softmax**.

import numpy as np

scores = np.array([2.0, 1.0, -1.0])
p = np.exp(scores) / np.exp(scores).sum()
print('probabilities:', p.round(3))
assert np.isclose(p.sum(), 1) and p.argmax() == scores.argmax()

# %%
# If the second class was right, the network gave it the probability 0.259. How bad is that? The loss is the *surprise*,
# :math:`-\ln p`: nothing at :math:`p = 1`, and more and more towards 0. Its mean over the examples is the **cross entropy**.
#
# .. predict:: The network is asked again, with 100 added to each of the three scores. What becomes of the probabilities?
#    :answer: they stay = after
#    :after:
#
#    - ``after``: numerator and denominator get the same factor :math:`e^{100}`, and it cancels.
#    - ``'they come closer'``: that is what it does if the scores are divided by a number above 1. Their differences
#      stay here.
#    - ``'the largest wins'``: its lead is a difference of scores, and that is as large as before.

shifted = np.exp(scores + 100) / np.exp(scores + 100).sum()
after = 'they stay' if np.allclose(shifted, p, rtol=1e-12, atol=0) else 'they change'
assert after == 'they stay'
print('surprise at the second class:', round(float(-np.log(p[1])), 3))

# %%
# Theory
# ------
# .. slide:: What comes back is the probability, less one at the right class
#    :show: statement proof
#    :minutes: 5
#    :meeting:
#
#    The *cross entropy* is the mean surprise, and no exponential is left in its gradient.
#
#    .. notes::
#       Let the group derive it for two classes first. The common wrong answer is the derivative of the softmax alone.
#
# Theorem (the gradient of the cross entropy)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`p = \mathrm{softmax}(z)` and let :math:`k` be the right class. Then :math:`L = -\ln p_k` has the derivatives
# :math:`\partial L / \partial z_j = p_j - 1` for :math:`j = k`, and :math:`p_j` for the others. For the mean over
# :math:`n` examples all of that is divided by :math:`n`.
#
# Proof
# ~~~~~
# :math:`L = -z_k + \ln \sum_i e^{z_i}`. The derivative of the first term is :math:`-1` at :math:`k`.
#
# That of the second term with respect to :math:`z_j` is :math:`e^{z_j} / \sum_i e^{z_i} = p_j`. Each example has scores
# of its own, and its loss is in the mean with the factor :math:`1/n`. ∎
#
# Proposition (shifts change nothing)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# :math:`\mathrm{softmax}(z + c) = \mathrm{softmax}(z)` for every number :math:`c`.
#
# Proof (shifts)
# ~~~~~~~~~~~~~~
# The factor :math:`e^c` stands in the numerator and in each term of the denominator. ∎
#
# So we may subtract the largest score before the exponential sees it: then no exponential is above 1, and none overflows.
# Without that, three scores are enough to break it:
#
# .. slide:: A thousand is too much for the exponential
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    The largest score is taken off first. The proposition says that nothing changes.
#
#    .. notes::
#       The tempting answer is the logarithm of a softmax: it is right until a probability is 0.

with np.errstate(all='ignore'):
    wild = np.array([1000.0, 0.0, 0.0])
    naive = np.exp(wild) / np.exp(wild).sum()
    safe = np.exp(wild - wild.max()) / np.exp(wild - wild.max()).sum()
    gap = np.array([800.0, 0.0])
    log_of_softmax = np.log(np.exp(gap - gap.max()) / np.exp(gap - gap.max()).sum())
    log_softmax_of = gap - gap.max() - np.log(np.exp(gap - gap.max()).sum())
print('naive: ', naive, '  safe:', safe)
print('ln of softmax:', log_of_softmax, '  log-softmax:', log_softmax_of)
assert np.isnan(naive[0]) and safe.tolist() == [1, 0, 0]
assert log_of_softmax[1] == -np.inf and log_softmax_of.tolist() == [0, -800]

# %%
# The safe softmax is not enough: its logarithm at a gap of 800 is :math:`-\infty`, since the probability is too small for a
# number of 64 bits. So we compute the logarithm directly, as in the proof: the score less the largest, less the logarithm of the
# sum.
#
# .. ask::
#    A network gives scores for some classes, and one class was right. What is the loss?
#
#    - ``np.log`` of a variable, to every order of derivative.
#    - ``log_softmax(x)`` of a variable of any shape, along its last axis, for scores as large as 800 too.
#    - ``cross_entropy(x, labels)``: x has the shape (n, classes), labels is an array of n integers; it gives one number, the mean
#      of the surprise.
#
# The program
# -----------
# .. slide:: Twelve lines for a loss
#    :show: program
#    :pieces: Log log_softmax cross_entropy
#    :minutes: 3
#    :meeting:
#
#    The largest score is a constant: the proposition says that nothing depends on it.
#
#    .. notes::
#       Ask why ``data_of`` may stand there, though the largest score is computed from x.
#
# In ``log_softmax`` the largest score is taken off as a constant array: by the proposition nothing depends on it, so no
# gradient is lost. ``cross_entropy`` takes out of each row the entry of its label, with the slicing of :page:`step 38
# <stage4/step38>`.
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
# We put the theorem to the program: the gradient has to be the probability, less one at the right class. And the second
# derivatives have to agree with differences of the first.

x = Variable(np.array([[2.0, 1.0, -1.0], [0.5, -3.0, 0.0]]))
labels = np.array([1, 0])
loss = 3 * cross_entropy(x, labels)
loss.backward()
each = np.exp(x.data) / np.exp(x.data).sum(1, keepdims=True)
assert np.allclose(x.grad, 3 * (each - np.eye(3)[labels]) / 2, rtol=1e-12, atol=1e-15)

v, eps = np.array([[0.3, -1.0, 0.7], [1.0, 0.2, -0.4]]), 1e-5
f = lambda x: 3 * cross_entropy(x, labels)
along, = hvp(f, (x,), (v,))
steps_of = [gradients(f(z), (z,))[0] for z in (Variable(x.data + eps * v), Variable(x.data - eps * v))]
assert np.allclose(along, (steps_of[0] - steps_of[1]) / (2 * eps), atol=1e-8)

u = Variable(np.array([2.0, 5.0]))
total(np.log(u) * np.log(u)).backward()
assert np.allclose(u.grad, 2 * np.log(u.data) / u.data)
big = Variable(np.array([[800.0, 0.0]]))
cross_entropy(big, np.array([1])).backward()
assert big.grad.tolist() == [[1, -1]]
for some in (x.data[0], np.stack([x.data, 1 - x.data])):
    assert np.allclose(log_softmax(Variable(some)).data, some - np.log(np.exp(some).sum(-1, keepdims=True)))
a = Variable(np.array([1.0, 2.0]))
total(relu(a) + a + a).backward()
assert a.grad.tolist() == [3, 3]

# %%
# The run
# -------
# .. slide:: A spiral of three arms
#    :show: picture
#    :minutes: 5
#    :meeting:
#
#    Sixteen bent units, and the map of what the network would answer.
#
#    .. notes::
#       Run it in the page and let the group watch the borders bend. Then change the rate.
#
# Here are three hundred points on a spiral of three arms. No straight line separates even two of the arms. For each has
# a chord, from one of its points to another, that crosses a chord of the other arm; and chords on different sides of a
# line would not meet. The network has one layer of 16 bent units. Watch the map of its answers while it learns.

from itertools import combinations, product

from dezero_lite.pictures import control, regions, steps


def spiral(n=100):
    rng = np.random.default_rng(0)
    arm = np.repeat(np.arange(3), n)
    r = np.tile(np.linspace(0.05, 1, n), 3)
    angle = arm * 2 * np.pi / 3 + 4 * r + rng.normal(0, 0.12, 3 * n)
    return np.stack([r * np.sin(angle), r * np.cos(angle)], 1), arm


def cross(one, other):
    """Whether two chords cross: each has its ends on both sides of the other."""
    def side(chord, at):
        (a, b), (c, d), (e, f) = *chord, at
        return (c - a) * (f - b) > (d - b) * (e - a)
    return all(side(x, y[0]) != side(x, y[1]) for x, y in ((one, other), (other, one)))


class Net(Layer):
    def __init__(self, rng):
        self.layers = [Affine(rng, 2, 16, 2 ** 0.5), Affine(rng, 16, 3)]

    def __call__(self, x):
        return self.layers[1](relu(self.layers[0](x)))


points, arms = spiral()
chords = [list(combinations(points[arms == arm][::20], 2)) for arm in range(3)]
assert len(points) == 300 and all(any(cross(*pair) for pair in product(*two)) for two in combinations(chords, 2))
rate = control('learning rate', 0.05, 0.005, 0.2)
net = Net(np.random.default_rng(1))
adam = Adam(net.parameters(), rate)


def answer(points):
    with no_grad():
        return net(Variable(points)).data.argmax(1)


first = cross_entropy(net(Variable(points)), arms).data
for step in steps(200, show=lambda: regions(answer, points, arms), every=20):
    loss = cross_entropy(net(Variable(points)), arms)
    loss.backward()
    adam.step()

# %%
# How often is it right now? And how sure is it in the middle, where the arms meet, and far outside, where it has seen no
# point at all?


def sure(points):
    with no_grad():
        return np.exp(log_softmax(net(Variable(points)))).data.max(1)


share = (answer(points) == arms).mean()
turn = np.arange(12) * np.pi / 6
middle, outside = sure(np.zeros((1, 2))), sure(5 * np.stack([np.sin(turn), np.cos(turn)], 1))
print(f'right for {share:.0%} of the points')
print(f'probability of its answer: {middle[0]:.2f} in the middle, outside from {outside.min():.3f} to {outside.max():.3f}')
assert share > 0.9 and loss.data < first / 3
assert middle[0] < 0.5 and outside.min() > 0.95 and np.linalg.norm(points, axis=1).max() < 1.01

# %%
# In the middle it is hardly surer than a guess, and that is as it should be. Far outside, on a circle five times as wide as
# the spiral, it is very sure of points that belong to no arm at all. The scores lie far apart there, and the softmax sees
# nothing else. A probability near 1 does not say that the network has seen anything like this point.
#
# The graph
# ---------
# These are the functions between the scores of two points and their loss. The largest scores, the labels and the number
# of points are constants, and have no place.
from dezero_lite import graph

scores = Variable(np.array([[2.0, 1.0, -1.0], [0.5, -3.0, 0.0]]), 'scores')
graph(cross_entropy(scores, np.array([1, 0])))

# %%
# What is still wrong?
# --------------------
# Every step looked at all 300 points. With sixty thousand pictures one would wait long for a step. May one look at a
# few examples, and go? That is the question of `step 50 <step50.ipynb>`_.

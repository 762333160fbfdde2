"""
Column: a curve from its law
============================

A network learns the sine and is never shown a value of it: only the law y″ = -y, and how the curve begins.

*1998.* Isaac Lagaris, Aristidis Likas and Dimitrios Fotiadis put a network into a trial solution (:paper:`lagaris-1998`); since
2019 it is known as a physics-informed network (:paper:`raissi-2019`).

Networks learn from examples. What if there are none, and all one has is a law?
"""

# %%
# .. slide:: No data, only a law
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    A swing, a spring, an electric circuit: what moves is pulled back, the more so the further away it is.
#
#    .. notes::
#       Ask who knows the curve. Then ask how one would know it if it had no name.
#
# A weight on a spring is pulled back, the more so the further it is away. In suitable units that is a law about a curve:
# :math:`y'' = -y`. At time 0 the weight is at 0 and has the speed 1. We know the solution; it is the sine. The network is
# not told. No value of the sine is in the loss, and none is in the start.
#
# Two things are needed. The loss has to speak of :math:`y''`; so it contains a second derivative, and its own gradient is a
# third pass. That is what :page:`step 36 <stage3/step36>` was for. And the start has to be right.
#
# Theory
# ------
# Proposition (the start is met, whatever the network says)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`N` be any twice differentiable function, and :math:`y(x) = x + x^2 N(x)`. Then :math:`y(0) = 0` and
# :math:`y'(0) = 1`. The other way round, every curve can be written as :math:`x + x^2 N(x)` at each :math:`x \ne 0`.
#
# Proof
# ~~~~~
# :math:`y(0) = 0`, and :math:`y'(x) = 1 + 2x N(x) + x^2 N'(x)`, which is 1 at 0. For the second part take :math:`N(x) = (y(x) -
# x)/x^2`. ∎
#
# So the start cannot be wrong, and the loss need not look at it. Such a :math:`y` is called a **trial solution**. The
# loss looks at the *residual* :math:`r = y'' + y`, at some points. Is the curve right if the residual is small?
#
# .. slide:: A small residual is a small error
#    :show: statement
#    :minutes: 4
#    :meeting:
#
#    So one knows how near one is to a curve that has never been seen.
#
#    .. notes::
#       It is unusual: with data, a small loss says nothing about the places in between. Here the maximum is over all
#       places, too; the loss looks at 25 of them.
#
# Theorem (the residual bounds the error)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`y` be twice continuously differentiable with :math:`y(0) = 0` and :math:`y'(0) = 1`, and :math:`r = y'' + y`. Then
# for :math:`0 \le x \le \pi`
#
# .. math::
#     |y(x) - \sin x| \;\le\; \int_0^x \sin(x - s)\, |r(s)|\, ds \;\le\; 2 \max_{[0, \pi]} |r| .
#
# .. slide:: A product that is differentiated twice
#    :show: proof
#    :below:
#    :minutes: 4
#
#    .. notes::
#       The trick is the function φ: an error and its slope, combined so that two terms cancel. Ask somebody to
#       differentiate it aloud. The rest is one integral, in which the sine is not negative. For a room that has not met
#       such equations, leave it below.
#
# Proof (residual)
# ~~~~~~~~~~~~~~~~
# The error :math:`e = y - \sin` satisfies :math:`e'' + e = r`, since :math:`\sin'' + \sin = 0`, and :math:`e(0) = e'(0) = 0`. Fix
# :math:`x`, and let
#
# .. math::
#     \varphi(s) = e'(s) \sin(x - s) + e(s) \cos(x - s) .
#
# In its derivative two terms cancel, and :math:`\varphi'(s) = (e''(s) + e(s)) \sin(x - s) = r(s) \sin(x - s)`. Now
# :math:`\varphi(x) = e(x)` and :math:`\varphi(0) = 0`. So :math:`e(x)` is the integral of :math:`r(s) \sin(x - s)` from 0 to
# :math:`x`. There the sine is not negative, and its own integral is :math:`1 - \cos x`, at most 2. ∎
#
# The maximum is over *all* places between 0 and :math:`\pi`, and the loss looks at a few of them. So after training we
# look at more.

# %%
# What the page will call
# ~~~~~~~~~~~~~~~~~~~~~~~
# It calls ``gradients(y, xs, create_graph=True)`` twice, and ``Layer``, ``Affine``, ``Adam`` and ``np.tanh``.

# %%
# The program
# -----------
# It is the program of :page:`step 46 <stage5/step46>`. Nothing is added.
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
# .. slide:: The loss has y″ in it
#    :show: code output
#    :minutes: 5
#    :meeting:
#
#    Three passes: to y′, to y″, and to the parameters through both.
#
#    .. notes::
#       Ask where the sine is. It is not there.
#
# We take a network with one hidden layer of sixteen ``tanh``, and 25 points between 0 and :math:`\pi`. Each number of
# ``y`` depends on its own ``x`` alone. So one pass from all of ``y`` gives :math:`y'` at each point (:page:`step 37
# <stage4/step37>`).

from dezero_lite.pictures import control, curve, steps

xs = np.linspace(0, np.pi, 25).reshape(-1, 1)


class Trial(Layer):
    def __init__(self, rng, units=16):
        self.inner, self.outer = Affine(rng, 1, units), Affine(rng, units, 1)
        self.inner.b.data = rng.normal(size=units)

    def __call__(self, x):
        return x + x * x * self.outer(np.tanh(self.inner(x)))


def residual(y, x, pull):
    value = y(x)
    first, = gradients(value, (x,), create_graph=True)
    second, = gradients(first, (x,), create_graph=True)
    return second + pull(value)


def train(y, optimiser, pull):
    r = residual(y, Variable(xs), pull)
    loss = np.sum(r * r) / len(xs)
    for p, g in zip(y.parameters(), gradients(loss, y.parameters())):
        p.grad = g
    optimiser.step()
    return float(loss.data)


spring = lambda y: y
y = Trial(np.random.default_rng(0))
x = Variable(np.zeros((1, 1)))
slope, = gradients(y(x), (x,))
print('parameters:', sum(p.data.size for p in y.parameters()))
print('before training: y(0) =', y(x).data.item(), ' slope', slope.item())
assert y(x).data == 0 and slope == 1

# %%
# .. slide:: The sine, never shown
#    :show: picture
#    :minutes: 5
#    :meeting:
#
#    The dots are there for us. The network does not see them.
#
#    .. notes::
#       Choose another seed. It begins elsewhere, and ends at the same curve.
#
# Now watch it. The dots are the sine, and they are there for us alone. In the page you can choose the rate and the
# seed.

rate, seed = control('learning rate', 0.05, 0.005, 0.1), control('seed', 0, 0, 9)
y = Trial(np.random.default_rng(seed))
optimiser, losses = Adam(y.parameters(), rate), []


def drawn():
    with no_grad():
        return curve({'network': (xs[:, 0], y(xs).data[:, 0])}, points={'sin, for us': (xs[:, 0], np.sin(xs[:, 0]))}, x='x', y='y')


for step in steps(200, show=drawn, every=10):
    losses.append(train(y, optimiser, spring))

# %%
# .. slide:: Within a hundredth
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    The error, between the points too, and the bound of the theorem.
#
#    .. notes::
#       Ask for a guess at the error between the points, where the network has never been looked at. With data one would
#       expect it to be worse there; here a law holds at these places as well. The bound is much larger than the error,
#       so say why: residuals of both signs cancel, and it does not count on that. When late, read the one line and go
#       on.
#
# How far is it from the sine? We look at 481 places, among which are the 25 of the loss, and put the bound beside it:
# twice the largest residual at these places.

fine = np.linspace(0, np.pi, 481).reshape(-1, 1)
with no_grad():
    error = np.abs(y(fine).data - np.sin(fine)).max()
bound = 2 * np.abs(residual(y, Variable(fine), spring).data).max()
print(f'loss {losses[0]:.0f} at the start, {losses[-1]:.4f} at the end')
print(f'within 0.010 of the sine: {error < 0.010}   error {error:.3f}   bound {bound:.1f}')
assert error < 0.010 and error < bound and all(np.isclose(fine, place).any() for place in xs)
curve(losses, log='y', x='step', y='loss')

# %%
# The bound is much larger than the error here: residuals of both signs cancel, and it does not count on that. But one
# needs no solution to compute it.
#
# .. slide:: What if no gradient goes through y″?
#    :show: predict
#    :minutes: 3
#    :meeting:
#
#    The same loss, with the same value. But no gradient goes through the second derivative.
#
#    .. notes::
#       This is the mistake that an engine makes whose backward cannot be differentiated.
#
# What if no gradient goes through y″?
# ------------------------------------
# An engine whose backward pass cannot be differentiated, such as that of step 20, could still *compute* :math:`y''`, by
# differences, say. Then :math:`y''` is a constant in the loss, and no gradient tells how to change it. In this program
# the same happens if one forgets the second ``create_graph``.
#
# .. predict:: The same run, with that forgotten. What is the largest error after as many steps?
#    :answer: 0.3 = round(float(apart), 1)
#    :after:
#
#    - ``round(float(apart), 1)``: the network is told to change y alone, and does not see what that does to y″.
#    - ``0.0``: the loss has the same value for the same network. But the network is moved by the gradient, and that is
#      another.
#    - ``3.1``: that would be the error of the line y = x, at its end, where the sine is 0. It does come down from
#      there.
#
# .. slide:: A hump that does not know how it bends
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    .. notes::
#       The two curves had the same loss at the start. Ask what the gradient of the second one could not see.


def detached_residual(y, x):
    value = y(x)
    first, = gradients(value, (x,), create_graph=True)
    second, = gradients(first, (x,))
    return second + value


detached = Trial(np.random.default_rng(0))
optimiser = Adam(detached.parameters(), 0.05)
for step in range(200):
    r = detached_residual(detached, Variable(xs))
    loss = np.sum(r * r) / len(xs)
    for p, g in zip(detached.parameters(), gradients(loss, detached.parameters())):
        p.grad = g
    optimiser.step()
with no_grad():
    curves = {'with y″': (xs[:, 0], y(xs).data[:, 0]), 'y″ detached': (xs[:, 0], detached(xs).data[:, 0])}
apart = np.abs(curves['y″ detached'][1] - np.sin(xs[:, 0])).max()
print(f'largest error {apart:.1f}')
assert apart > 50 * error
curve(curves, points={'sin': (xs[:, 0], np.sin(xs[:, 0]))}, x='x', y='y')

# %%
# Both began with the same curve and the same value of the loss, and the error of the second is more than fifty times as
# large. Its gradient says: where :math:`y'' + y` is above 0, lower :math:`y`. It does not know that a hump which is
# lowered bends differently.
#
# .. slide:: A law without a formula
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    A pendulum that swings wide. One word of the program changes.
#
#    .. notes::
#       Hardly anybody knows this curve by name. But its height is known: a third of π.
#
# Another law
# -----------
# For a pendulum that swings wide the law is :math:`y'' = -\sin y`, and its solution is no combination of the functions
# that one meets at school. In the program one word changes: ``np.sin`` in the place of ``spring``. How do we know that
# the answer is right? By something that the law implies: along a solution :math:`y'^2/2 - \cos y` does not change,
# since its derivative is :math:`y'(y'' + \sin y)`. At the start it is :math:`-\frac{1}{2}`. At the highest point
# :math:`y' = 0`; so there :math:`\cos y = \frac{1}{2}`, and :math:`y = \pi/3`.

pendulum = Trial(np.random.default_rng(0))
optimiser = Adam(pendulum.parameters(), 0.05)
for step in range(150):
    train(pendulum, optimiser, np.sin)
with no_grad():
    swing = pendulum(fine).data[:, 0]
print(f'highest {swing.max():.2f}, π/3 is {np.pi / 3:.2f}')
assert abs(swing.max() - np.pi / 3) < 0.01
curve({'pendulum': (fine[:, 0], swing), 'spring': (fine[:, 0], np.sin(fine[:, 0]))}, x='x', y='y')

# %%
# Does everything from before still work?
# ---------------------------------------
# The gradient of a loss with :math:`y''` in it is compared with a difference of the loss, along a random direction, and
# :math:`y''` itself with differences of :math:`y`.

y = Trial(np.random.default_rng(3))


def loss_now():
    r = residual(y, Variable(xs), spring)
    return np.sum(r * r) / len(xs)


gs = gradients(loss_now(), y.parameters())
along = [np.random.default_rng(4).normal(size=p.shape) for p in y.parameters()]
sides = []
for eps in (1e-6, -2e-6):
    for p, v in zip(y.parameters(), along):
        p.data = p.data + eps * v
    sides.append(float(loss_now().data))
assert np.isclose(sum(np.sum(g * v) for g, v in zip(gs, along)), (sides[0] - sides[1]) / 2e-6, rtol=1e-5)
bent = residual(y, Variable(xs), lambda value: 0 * value).data
with no_grad():
    around = [y(xs + moved).data for moved in (-1e-4, 0, 1e-4)]
assert np.allclose(bent, (around[0] - 2 * around[1] + around[2]) / 1e-8, atol=1e-4 * np.abs(bent).max())

# %%
# And this is the graph of :math:`y` at one point. Two recorded passes through it make that of :math:`y''`.
from dezero_lite import graph

graph(y(Variable(np.array([[0.5]]), 'x')))

# %%
# What is it good for?
# --------------------
# For an equation in one variable there are faster and more accurate methods. Networks like this are used where the
# unknown function has many variables, so that a grid would be too large, or where a part of the law is unknown and is
# learnt as well, from a few measured points. What it takes of an engine is what step 32 asked for: a backward pass that
# can be differentiated.

"""
Step 42: a line through points
==============================

A line is fitted to a hundred points by descent. How large its steps may be is known before the first one is taken, to four digits.

*1957.* Frank Rosenblatt's perceptron learns its weights from examples, by small corrections (:paper:`rosenblatt-1958`).

Step 28 found the limit of the learning rate for a bowl that we had drawn ourselves. What is it for data?
"""

# %%
# .. slide:: A hundred points, and a line that lies wrong
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    Two numbers may be chosen: slope and height.
#
#    .. notes::
#       Ask what one would do by hand: lift it, or turn it? Descent does both at once.
#
# Here are the hundred points of :page:`step 40 <stage4/step40>`, and a line that has learnt nothing yet. It has two
# parameters, a weight :math:`W` and a bias :math:`b`, and both are 0.

import numpy as np

from dezero_lite.pictures import arrows, control, curve, steps

rng = np.random.default_rng(0)
x = rng.random((100, 1))
t = 2 * x + 5 + 0.1 * rng.standard_normal((100, 1))
ends = np.array([0.0, 1.0])
curve({'Wx + b': (ends, 0 * ends)}, points={'data': (x[:, 0], t[:, 0])}, x='x', y='t')

# %%
# A step of descent moves both against their gradients. If the steps are short, it takes many of them. If they are too
# long, each step ends higher up on the other side. Where is the limit? One could try. We shall prove where it is, and
# then try.
#
# Theory
# ------
# Put the points into a matrix :math:`X` with a row for each: the number :math:`x`, and a 1 for the bias. The parameters
# are one vector :math:`p` of two numbers. Then the predictions are :math:`Xp`, and the loss is the mean square of what
# they miss.
#
# .. math::
#     L(p) = \frac{1}{n}\, \lVert Xp - t \rVert^2
#
# .. slide:: The curvature depends on the inputs alone
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    Neither the targets nor the parameters stand in it.
#
#    .. notes::
#       So it can be computed before the first step. Ask what has to be known for that.
#
# Proposition (gradient and Hessian of squares)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The gradient is :math:`\nabla L(p) = \frac{2}{n} X^\top (Xp - t)`. The Hessian is
#
# .. math::
#     A = \frac{2}{n}\, X^\top X ,
#
# the same everywhere, whatever the targets are. None of its eigenvalues is negative.
#
# .. slide:: An adjoint, once more
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Only the middle term needs a thought: move the X from one side of the product to the other, and it becomes its
#       transpose. Ask where the last term has gone in the gradient. It has not gone, it is the Hessian's. Leave it
#       below when late.
#
# Proof
# ~~~~~
# Move :math:`p` by :math:`d`. With :math:`r = Xp - t` we have
#
# .. math::
#     L(p + d) = \frac{1}{n} \lVert r + Xd \rVert^2 = L(p) + \frac{2}{n} \langle r, Xd \rangle + \frac{1}{n} \lVert Xd \rVert^2 .
#
# In the middle stands :math:`\langle \frac{2}{n} X^\top r, d \rangle`, since :math:`X^\top` is the adjoint of :math:`X`
# (:page:`step 38 <stage4/step38>`). The last term is :math:`\frac{1}{2} \langle d, A d \rangle`. There is no further one. And
# :math:`\langle d, Ad \rangle = \frac{2}{n} \lVert Xd \rVert^2 \ge 0`. ∎
#
# .. slide:: The limit is known before the first step
#    :show: statement
#    :minutes: 4
#    :meeting:
#
#    The loss is a bowl, and step 28 has the limit for a bowl.
#
#    .. notes::
#       Let somebody say what the factor is at exactly the limit: minus 1, for ever from wall to wall.
#
# Theorem (how large the steps may be)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let no column of :math:`X` be a combination of the others, and :math:`\lambda` the largest eigenvalue of :math:`A`. Then
# there is exactly one minimum :math:`m`. For :math:`0 < \eta < 2/\lambda` descent comes to it from every start. For
# :math:`\eta > 2/\lambda` it goes away without bound, unless :math:`p - m` has no component along the eigenvectors of
# :math:`\lambda` at the start. Each step multiplies the component of :math:`p - m` along an eigenvector of :math:`\lambda_i` by
# :math:`1 - \eta \lambda_i`.
#
# .. slide:: A bowl, and step 28
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       The work was done in step 28; what is new is that the bottom is a single point. Ask what happens if one column
#       of X is a multiple of another. Most say that descent fails; it arrives, but there is a whole line of lowest
#       points.
#
# Proof
# ~~~~~
# By the assumption :math:`Xd \ne 0` for :math:`d \ne 0`. So :math:`\langle d, A d \rangle > 0`, no eigenvalue is 0, and
# :math:`A` has an inverse. Hence the gradient :math:`Ap - \frac{2}{n} X^\top t` is 0 at exactly one point :math:`m`. There
# the formula of the last proof reads :math:`L(m + d) = L(m) + \frac{1}{2} \langle d, A d \rangle`. That is the quadratic
# function of :page:`step 28 <stage3/step28#proposition-the-limit-of-many-steps>`, whose proposition says the rest. If all
# eigenvalues :math:`\lambda_i` satisfy :math:`0 < \eta \lambda_i < 2`, all factors are between -1 and 1, so :math:`p` tends
# to :math:`m`. ∎
#
# Corollary (what is left stands at right angles)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# At the minimum :math:`X^\top (Xm - t) = 0`: the residuals are at right angles to each column of :math:`X`. In particular
# they add up to 0, because one column is all ones.
#
# Proof (of the corollary)
# ~~~~~~~~~~~~~~~~~~~~~~~~
# That is the gradient being 0. ∎
#
# Predicted
# ~~~~~~~~~
# .. slide:: 2/λ, from the inputs
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    No step has been taken yet, and no target has been looked at.
#
#    .. notes::
#       Ask which data have gone into this number. The targets, people say, and they have not: X alone is enough. Then
#       have them write down what will happen at the two rates of the second line, 0.75 and 0.8, because the next vote
#       is about one of them.
#
# For the hundred points:

X = np.hstack([x, np.ones_like(x)])
A = 2 * X.T @ X / len(X)
small, large = np.linalg.eigvalsh(A)
limit = 2 / large
print(f'eigenvalues {small:.4f} and {large:.4f}, limit {limit:.4f}')
print(f'factor at 0.75: {1 - 0.75 * large:.4f}, at 0.8: {1 - 0.8 * large:.4f}')
assert round(limit, 4) == 0.7558 and round(large, 3) == 2.646

# %%
# So 0.75 must come down and 0.8 must not, although the two differ by a fifteenth. At 0.75 the component of the error
# along the eigenvector of the larger eigenvalue is multiplied by -0.985 in each step, and the loss, which is quadratic in it, by the square of that.

assert np.isclose(0.8 / 0.75 - 1, 1 / 15)
assert [round(1 - rate * large, 3) for rate in (0.75, 0.8)] == [-0.985, -1.117]
assert round((1 - 0.8 * large) ** 2, 2) == 1.25

# %%
# What the page will call
# ~~~~~~~~~~~~~~~~~~~~~~~
# It calls ``x @ W + b``, ``np.sum``, ``gradients(y, xs)`` and ``hvp``, all of which you have written.

# %%
# The program
# -----------
# The engine is that of :page:`step 41 <stage4/step41>`, and nothing is added to it. A training loop is not a part of an
# engine; it stands in the run.
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


def hvp(f, xs, vs):
    first = gradients(f(*xs), xs, create_graph=True)
    along = sum(total(g * v) for g, v in zip(first, vs))
    return gradients(along, xs)

# %%
# The run
# -------
# .. slide:: The whole of training
#    :show: predict code output
#    :minutes: 5
#    :meeting:
#
#    The loss, its gradients, one step, at three rates.
#
#    .. notes::
#       Collect votes before anybody runs it. Every training loop of the course has these lines, up to the GPT at the end.
#
# Here is the whole of training.
#
# .. predict:: The loss is 37 at the start, and at the rate 0.8 the error grows by a factor of 1.117 in each step. Where is
#    the loss after 100 steps?
#    :answer: 1e+11 = f'{reached[0.8]:.0e}'
#    :after:
#
#    - ``f'{reached[0.8]:.0e}'``: about that. The loss grows by the square of 1.117, by 1.25, and a hundred such steps
#      make a factor of four thousand million.
#    - ``'4e+03'``: 37 times 1.117, plus that again and again? It does not grow by adding.
#    - ``'2e+06'``: that is the factor 1.117 for the loss. It belongs to the error; the loss is quadratic in it.
#    - ``'4e+01'``: at the limit itself it would stay about as high. The rate 0.8 is above it.


def loss_of(W, b, x=x, t=t):
    difference = x @ W + b - t
    return np.sum(difference * difference) / len(t)


def train(rate, number, x=x, t=t):
    W, b = Variable(np.zeros((1, 1))), Variable(np.zeros(1))
    for step in range(number):
        gW, gb = gradients(loss_of(W, b, x, t), (W, b))
        W.data, b.data = W.data - rate * gW, b.data - rate * gb
    return W, b


reached = {}
print(' rate   loss after 100 steps')
for rate in [0.3, 0.75, 0.8]:
    reached[rate] = float(loss_of(*train(rate, 100)).data)
    print(f'{rate:5}   {reached[rate]:.1e}')
start = float(loss_of(*train(0.1, 0)).data)
assert round(start) == 37 and reached[0.75] < start / 20 and 1e11 < reached[0.8] < 1.6e11

# %%
# 0.75 comes down, slowly; 0.8 is above a hundred thousand million. No error message says so.
#
# Is it the limit, to four digits? A ten-thousandth below it the component of the error along the eigenvector has to
# shrink, and a ten-thousandth above it to grow.

vector = np.linalg.eigh(A)[1][:, 1]
m = np.linalg.lstsq(X, t, rcond=None)[0][:, 0]
for share, grows in [(0.9999, False), (1.0001, True)]:
    W, b = train(share * limit, 100)
    component = abs(vector @ ([W.data[0, 0], b.data[0]] - m)) / abs(vector @ m)
    print(f'{share} of the limit: after 100 steps the error is {component:.4f} times what it was')
    assert (component > 1) == grows and np.isclose(component, abs(1 - 2 * share) ** 100, rtol=1e-6)

# %%
# .. slide:: Choose the rate
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    From left to right across the limit. What does the line do?
#
#    .. notes::
#       Try 0.75, then 0.76. The line jumps from above the points to below them and back.
#
# Choose the rate yourself. Above 0.7558 the line swings further and further: look at the
# numbers at the axis.

rate = control('learning rate', 0.3, 0.01, 1.0)
W, b = Variable(np.zeros((1, 1))), Variable(np.zeros(1))


def line():
    return curve({'Wx + b': (ends, W.data[0, 0] * ends + b.data[0])}, points={'data': (x[:, 0], t[:, 0])}, x='x', y='t')


for step in steps(60, show=line, every=2):
    gW, gb = gradients(loss_of(W, b), (W, b))
    W.data, b.data = W.data - rate * gW, b.data - rate * gb

# %%
# .. slide:: The same descent, seen from above
#    :show: picture
#    :minutes: 2
#
#    Each point of the plane is a line. One walk goes from wall to wall, the other along the floor.
#
#    .. notes::
#       Let somebody say what one point of this plane is. A data point is the usual answer; it is a whole line, with its
#       slope and its height. Then ask for the two directions of the valley: they are the eigenvectors. Skip it if the
#       slider before has taken long.
#
# And here is the plane of the parameters, in which each point is a line. The level lines are those of the loss. The long
# axis of the valley belongs to the small eigenvalue: there the factor is near 1, and the walk is slow.


def walk(rate, number):
    W, b = Variable(np.zeros((1, 1))), Variable(np.zeros(1))
    places = [(W.data[0, 0], b.data[0])]
    for step in range(number):
        gW, gb = gradients(loss_of(W, b), (W, b))
        W.data, b.data = W.data - rate * gW, b.data - rate * gb
        places.append((W.data[0, 0], b.data[0]))
    return np.array(places)


def level(slope, height):
    apart = np.stack([slope - m[0], height - m[1]])
    return np.einsum('i...,ij,j...->...', apart, A, apart)


walks = {f'rate {rate}': walk(rate, 20) for rate in [0.7, 0.1]}
arrows(paths=walks, level=level, x='W', y='b')

# %%
# .. slide:: Right angles
#    :show: output
#    :below:
#    :minutes: 1
#
#    The residuals, against both columns.
#
#    .. notes::
#       For those who know regression: the residuals add up to 0, and so do their products with x. Ask what one would
#       see in the picture of the points if the first sum were not 0: the line would lie too high or too low. It hangs
#       below and nothing later needs it.
#
# And at the end the residuals are at right angles to both columns, as the corollary says. A thousand steps at 0.7 are
# enough for that.

W, b = train(0.7, 1000)
left = x @ W.data + b.data - t
print('Xᵀ times the residuals is below 1e-9:', np.abs(X.T @ left).max() < 1e-9)
print(f'W = {W.data[0, 0]:.3f}, b = {b.data[0]:.3f}')
assert np.abs(X.T @ left).max() < 1e-9 and np.allclose([W.data[0, 0], b.data[0]], m, rtol=1e-9)

# %%
# What if one forgets cleargrad?
# ------------------------------
# .. slide:: Without cleargrad it swings for ever
#    :show: predict picture
#    :minutes: 5
#    :meeting:
#
#    The rate is 0.1, far below the limit.
#
#    .. notes::
#       Usual answers are "it explodes" and "it only gets faster". Then show the curve.
#
# ``gradients`` gives new arrays each time. With ``backward`` what arrives is added to ``grad``, and one has to clear. This
# loop does not.
#
# .. predict:: One loop clears, the other has forgotten it. Both begin at the loss 37, with the rate 0.1. How high does
#    the loss of the forgetful one get in the second half of a hundred steps?
#    :answer: 40 = round(back)
#    :after:
#
#    - ``0``: that is where the loop goes that clears. Here the sum of all gradients so far is what moves, and it overshoots.
#    - ``round(back)``: it comes back as high as it began, and a little higher.
#    - ``float('inf')``: on the other side of the minimum the gradients have the other sign, and slow it down. It does
#      not explode.

losses = {'cleared': [], 'forgotten': []}
for name in losses:
    W, b = Variable(np.zeros((1, 1))), Variable(np.zeros(1))
    for step in range(100):
        if name == 'cleared':
            W.cleargrad()
            b.cleargrad()
        loss = loss_of(W, b)
        loss.backward()
        losses[name].append(float(loss.data))
        W.data, b.data = W.data - 0.1 * W.grad, b.data - 0.1 * b.grad
back = max(losses['forgotten'][50:])
print(f'highest loss in the second half: cleared {max(losses["cleared"][50:]):.2f}, forgotten {back:.0f}')
assert back > 37 and max(losses['forgotten']) < 60 and max(losses['cleared'][50:]) < 0.03
curve(losses, x='step', y='loss')

# %%
# It does not explode, and it never comes to rest. The reason is short.
#
# Proposition (no friction)
# ~~~~~~~~~~~~~~~~~~~~~~~~~
# On the quadratic function, if all gradients are added up and :math:`0 < \eta \lambda_i < 4`, then the component of
# :math:`p - m` along an eigenvector of :math:`\lambda_i` swings for ever: it is bounded, and does not tend to 0 unless it
# is 0.
#
# Proof (no friction)
# ~~~~~~~~~~~~~~~~~~~
# Let :math:`e_k` be the component after :math:`k` steps. The step from :math:`e_k` is the step before and the new gradient
# together: :math:`e_{k+1} - e_k = (e_k - e_{k-1}) - \eta \lambda_i e_k`. Such a sequence is a combination of the powers of
# the two roots of :math:`r^2 - (2 - \eta \lambda_i)\, r + 1 = 0`. The discriminant :math:`(2 - \eta\lambda_i)^2 - 4` is
# negative, so the roots are complex, different and conjugate to each other, and their product is 1. Both have absolute value
# 1. So :math:`e_k = c \cos(k\omega + \delta)` for some constants, with :math:`0 < \omega < \pi`. It is bounded. If it
# tended to 0, so would :math:`e_{k+1} - e_k \cos\omega = -c \sin\omega \sin(k\omega + \delta)`, hence
# :math:`c \sin(k\omega + \delta)`. But the squares of :math:`c \cos` and :math:`c \sin` add up to :math:`c^2`. So then
# :math:`c = 0`. ∎
#
# It is a pendulum without friction. :page:`Step 46 <stage5/step46>` will give it some, on purpose, and call it momentum.
#
# What if a column is in other units?
# -----------------------------------
# .. slide:: Metres or centimetres?
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    The same points, the same line, with x in other units.
#
#    .. notes::
#       The line does not care. Descent does, by a factor of thousands.
#
# The same points, with :math:`x` measured in centimetres instead of metres. As a problem nothing has changed. The limit
# has, and so has the ratio :math:`\kappa` of the largest to the smallest eigenvalue, which says how much slower the slow
# direction is than the fast one. The last row has :math:`x` minus its mean, divided by its standard deviation.

units = {'metres': x, 'centimetres': 100 * x, 'standardised': (x - x.mean()) / x.std()}
table = {}
for name, column in units.items():
    Z = np.hstack([column, np.ones_like(column)])
    low, high = np.linalg.eigvalsh(2 * Z.T @ Z / len(Z))
    table[name] = 2 / high, high / low
    print(f'{name:13} limit {2 / high:.5f}   κ {high / low:8.1f}')
assert round(table['metres'][1]) == 19 and table['centimetres'][1] > 16_000 and np.isclose(table['standardised'][1], 1)

# %%
# A change of units takes :math:`\kappa` from 19 to more than sixteen thousand. With the standardised column both
# eigenvalues are 2. Then the rate 0.5 makes both factors 0, and descent is there *in one step*:

scaled = units['standardised']
W, b = train(0.5, 1, scaled)
best = np.linalg.lstsq(np.hstack([scaled, np.ones_like(scaled)]), t, rcond=None)[0][:, 0]
print('there after one step:', np.allclose([W.data[0, 0], b.data[0]], best, rtol=1e-12))
assert np.allclose([W.data[0, 0], b.data[0]], best, rtol=1e-12) and 1 - 0.5 * 2 == 0

# %%
# That is why one subtracts means and divides by standard deviations before training. It does not cure everything. If
# two standardised columns have the correlation :math:`r`, as height and weight may have, then their part of :math:`2
# X^\top X / n` is 2 on the diagonal and :math:`2r` beside it, with the eigenvalues :math:`2(1 + r)` and :math:`2(1 -
# r)`. For :math:`r = 0.9` that is :math:`\kappa = 19` again.

low, high = np.linalg.eigvalsh(np.array([[2.0, 2 * 0.9], [2 * 0.9, 2.0]]))
print(f'two columns with the correlation 0.9: κ = {high / low:.0f}')
assert np.isclose(high, 2 * 1.9) and np.isclose(low, 2 * 0.1) and round(high / low) == 19

# %%
# Could one jump there?
# ~~~~~~~~~~~~~~~~~~~~~
# Yes. A quadratic function is its own parabola, so one step of :page:`Newton's method <stage3/step29>` ends at the minimum,
# in whatever units. The two columns of the Hessian are two products by ``hvp``.

W, b = Variable(np.zeros((1, 1))), Variable(np.zeros(1))
columns = [hvp(loss_of, (W, b), (np.array([[1.0 - i]]), np.array([i]))) for i in (0.0, 1.0)]
hessian = np.array([[hW[0, 0], hb[0]] for hW, hb in columns])
gW, gb = gradients(loss_of(W, b), (W, b))
jump = -np.linalg.solve(hessian, [gW[0, 0], gb[0]])
print('the Hessian is 2XᵀX/n:', np.allclose(hessian, A), ' one step leads to the minimum:', np.allclose(jump, m))
assert np.allclose(hessian, A, rtol=1e-12) and np.allclose(jump, m, rtol=1e-9)

# %%
# With a million parameters the Hessian would have a million rows and as many columns, a million million
# numbers. So one goes step by step.
#
# Does everything from before still work?
# ---------------------------------------
# The program is the one of step 41. What is new here is the loop; so the gradients in it are compared with differences,
# which know nothing of rules.

eps, at = 1e-6, (Variable(np.array([[1.5]])), Variable(np.array([-0.5])))
for i, g in enumerate(gradients(loss_of(*at), at)):
    moved = [[Variable(v.data + sign * eps * (i == j)) for j, v in enumerate(at)] for sign in (1, -1)]
    slope = (loss_of(*moved[0]).data - loss_of(*moved[1]).data) / (2 * eps)
    assert np.isclose(g.item(), slope, rtol=1e-7)

# %%
# The graph
# ---------
# .. slide:: The graph of a training step
#    :show: picture
#    :below:
#    :minutes: 1
#
#    Data have no place in it. They are constants.
#
#    .. notes::
#       Ask what is not in the picture: the points and the targets, since they are constants. It is made and thrown away
#       in each step, which is what step 17 was for.
#
# A graph like this is made and thrown away in each step.
from dezero_lite import graph

W, b = Variable(np.zeros((1, 1)), 'W'), Variable(np.zeros(1), 'b')
graph(loss_of(W, b))

# %%
# What is still wrong
# -------------------
# .. slide:: Next: what no line can do
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    Descent finds the best line through the points of a parabola.
#
#    .. notes::
#       Have them guess the best line through a parabola that is as long to the left as to the right. Many would tilt
#       it; it lies flat, at the mean. Ask whether more steps or another rate would help, and close with the question
#       what one would have to change in the model.
#
# A line is a line. For points on the parabola :math:`x^2`, each with its mirror image on the other side, the best line is
# horizontal at the mean, and the loss is the variance of the targets. More steps do not help, and neither does another rate.

sides = np.linspace(-1, 1, 21).reshape(-1, 1)
bent = sides ** 2
W, b = train(0.5, 200, sides, bent)
loss = loss_of(W, b, sides, bent).data
print('W is 0:', abs(W.data[0, 0]) < 1e-9, f' loss {loss:.4f}, variance {bent.var():.4f}')
assert abs(W.data[0, 0]) < 1e-9 and np.isclose(loss, bent.var())

# %%
# :page:`Step 43 <stage5/step43>` bends it.

"""
Step 57: a window that slides
=============================

A convolution is a linear map with few numbers in it, used again and again. So its backward is its adjoint, and the
engine has it already: a window is a slice.

*1998.* Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner read handwriting with windows that slide
(:paper:`lecun-1998`).

The same small pattern may stand anywhere in a picture. How does one look for it everywhere with the same few weights,
and what goes back?
"""

# %%
# One row of numbers
# ------------------
# .. slide:: The same three weights, everywhere
#    :show: formula
#    :minutes: 2
#    :meeting:
#
#    In a **convolution** a window of three numbers slides along, with the same weights at each place.
#
#    .. notes::
#       Do it by hand with (1, 2, 3) on the board. Ask how many weights a matrix from six numbers to four would have:
#       24.
#
# Let a window of :math:`k` numbers slide along :math:`x`, and take at each place the dot product with the same weights:
#
# .. math::
#     y_i = \sum_{j} w_j\, x_{i+j}.
#
# That is a **convolution**, as the word is used for networks. (In mathematics the weights are read backwards. We shall
# meet that one, too, in a moment.) It is linear in :math:`x`, so there is a matrix for it; and it is linear in
# :math:`w`.
#
# The program
# -----------
# It stays as it was at the end of stage 5. Taking windows is slicing (page 38), and weighing them is a product (pages
# 22, 40, 41).
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
# Its matrix
# ----------
# .. slide:: Four backward passes print the matrix
#    :show: code output
#    :minutes: 3
#    :meeting:
#
#    Each row has the same three weights, one place further on.
#
#    .. notes::
#       Each pass has a seed with a single 1 (page 37) and gives one row. Ask for the transpose: what does a column say?
#
# Let ``i`` be a column that says where each window begins, and ``j`` the row 0, 1, 2. Then ``i + j`` is a table of
# indices (`step 40 <../stage4/step40.ipynb>`_ stretches both), its first row is 0, 1, 2, its second 1, 2, 3, and
# ``x[i + j]`` has a window in each row. Nobody has told the engine what a convolution is. Let us ask it for the matrix,
# one row in each pass:


def slide(x, w):
    i, j = np.arange(len(x) - len(w) + 1)[:, None], np.arange(len(w))
    return np.sum(x[i + j] * w, axis=1)


x, w = Variable(np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])), Variable(np.array([1.0, 2.0, 3.0]))
y = slide(x, w)
matrix = np.array([gradients(y, (x,), seed=row)[0] for row in np.eye(4)])
print('y =', y.data)
print(matrix)

assert (np.arange(4)[:, None] + np.arange(3))[:2].tolist() == [[0, 1, 2], [1, 2, 3]]
assert y.data.tolist() == [17, 12, 21, 38] == (matrix @ x.data).tolist()
assert matrix.size == 24 and [np.count_nonzero(row) for row in matrix] == [3] * 4

# %%
# The graph knows a slice, a product and a sum, and no convolution.
from dezero_lite import graph

graph(y, names={'x': x, 'w': w, 'y': y})

# %%
# What goes back?
# ---------------
# .. predict:: The gradient that arrives at y is u = (1, 0, 0, 2). What arrives at x?
#    :answer: [1, 2, 3, 2, 4, 6] = back
#    :after:
#
#    - ``back``: each window sends its weights back to where it looked.
#    - ``[3, 2, 1, 6, 4, 2]``: the weights are read backwards in the formula of the adjoint, but they arrive in the
#      order in which they were used.
#    - ``[1, 0, 0, 2, 0, 0]``: this has the right length, but each element of y has looked at three of x.
#
# .. slide:: The adjoint is a convolution again
#    :show: statement
#    :minutes: 2
#    :meeting:
#
#    Going back, the sum runs over all windows that have seen an element.
#
#    .. notes::
#       Ask which windows have seen x₃. Those that began at 1, 2 and 3; with the weights 3, 2 and 1.
#
# .. slide:: Move the window to the other side
#    :show: proof
#    :below:
#
#    .. notes::
#       The whole proof is one change of letters: call i + j by one name, and collect what belongs to one x. Ask which x
#       a weight has met, and then which u comes back along the same way. When late, leave it below; it is step 38 with
#       an index.
#
# Theorem (the adjoint of a convolution)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If :math:`u` is the gradient with respect to :math:`y`, that with respect to :math:`x` is
# :math:`g_m = \sum_j w_j\, u_{m-j}`, where :math:`u` counts as 0 outside. It is the convolution in the sense of
# mathematics, with the weights read backwards, over all places where window and :math:`u` overlap.
#
# Proof
# ~~~~~
# The backward of a linear map is its adjoint (`step 38 <../stage4/step38.ipynb>`_), so look at the inner product:
# :math:`\langle y, u \rangle = \sum_i \sum_j w_j x_{i+j} u_i`. Call :math:`m = i + j`. Then it is
# :math:`\sum_m x_m \sum_j w_j u_{m-j} = \langle x, g \rangle`. ∎

u = np.array([1.0, 0.0, 0.0, 2.0])
g, gw = gradients(y, (x, w), seed=u)
back = g.astype(int).tolist()
print('to x:', back, ' to w:', gw)

assert np.array_equal(g, np.convolve(u, w.data)) and np.array_equal(g, matrix.T @ u)
assert gw.tolist() == slide(x.data, u).tolist()
for m in range(6):
    assert g[m] == sum(w.data[j] * u[m - j] for j in range(3) if 0 <= m - j < 4)

# %%
# What arrives at the weights is a convolution as well: a window with the "weights" :math:`u` slides along :math:`x`.
# For the same inner product is :math:`\sum_j w_j \sum_i u_i x_{i+j}`, and what stands beside :math:`w_j` is its
# gradient.
#
# A picture
# ---------
# .. slide:: Draw, and see what two windows see
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    One window answers to vertical edges, the other to horizontal ones.
#
#    .. notes::
#       Let somebody draw on the page. Ask for a drawing to which neither answers: a full square has edges, a full field
#       has none.
#
# In two dimensions the window is a square. All windows of all pictures are one slice again, with two tables of indices,
# one for the rows and one for the columns. In other programs this is called *im2col*. Draw something, and see where
# each of two windows answers: one has -1 on its left and 1 on its right, the other the same from top to bottom.


def windows(x, k):
    n, high, wide = x.shape
    i = np.arange(high - k + 1)[:, None, None, None] + np.arange(k)[:, None]
    j = np.arange(wide - k + 1)[:, None, None] + np.arange(k)
    return np.reshape(x[:, i, j], (n, high - k + 1, wide - k + 1, k * k))


from dezero_lite.pictures import control, curve, heat, images, steps

ring = np.zeros((10, 10))
ring[2:8, 2:8] = 16
ring[4:6, 4:6] = 0
drawing = control('draw', ring, high=16)
vertical = np.array([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]])
edges = windows(drawing[None] / 16, 3) @ np.stack([vertical.ravel(), vertical.T.ravel()], axis=1)
images(edges[0].transpose(2, 0, 1), captions=['vertical edges', 'horizontal edges'])

# %%
# And what goes back through this slice? Let each window send back a 1 to every element that it sees. They add up, so
# the gradient counts windows: an element in the middle is in nine, one in a corner in one.

x = Variable(np.ones((1, 5, 5)))
counted, = gradients(np.sum(windows(x, 3)), (x,))
assert counted[0].tolist() == np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]).tolist()
assert (counted[0, 2, 2], counted[0, 0, 0]) == (9, 1)
heat(counted[0], title='How many windows see each element')

# %%
# Shifts
# ------
# .. slide:: Shift, then convolve, or the other way round
#    :show: statement
#    :minutes: 2
#    :meeting:
#
#    A convolution has few weights, and it treats all places alike.
#
#    .. notes::
#       The words: equivariant is what moves along, invariant is what stays. A convolution is equivariant. Who says that
#       it is invariant has to show what makes it so.
#
# Theorem (a convolution commutes with shifts)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`x'` be :math:`x`, moved by :math:`s`: :math:`x'_m = x_{m-s}` wherever both sides are defined. Then the
# convolution :math:`y'` of :math:`x'` is :math:`y`, moved by :math:`s`: :math:`y'_i = y_{i-s}` wherever both sides are
# defined.
#
# Proof
# ~~~~~
# :math:`y'_i = \sum_j w_j x'_{i+j} = \sum_j w_j x_{i-s+j} = y_{i-s}`, and if :math:`y'_i` and :math:`y_{i-s}` are
# defined, so are all numbers in the sums. ∎
#
# In two dimensions the proof is the same, with two indices in place of each. With whole numbers we can check it
# exactly, and that a matrix of random numbers does not commute with shifts. Such a matrix also has many more weights:
# from 8 × 8 numbers to eight pictures of 6 × 6 it has 18,432, and eight windows of 3 × 3 have 72.

rng = np.random.default_rng(0)
pictures = rng.integers(-9, 9, (1, 12, 12)).astype(float)
kernel = rng.integers(-9, 9, (9, 8)).astype(float)
whole = windows(pictures, 3) @ kernel
shifted = windows(np.roll(pictures, 2, axis=2), 3) @ kernel
print('the same, two columns on:', np.array_equal(shifted[:, :, 2:], whole[:, :, :-2]))
print(f'weights: {9 * 8} for {64 * 36 * 8}')

assert np.array_equal(shifted[:, :, 2:], whole[:, :, :-2]) and 64 * 36 * 8 == 18432
full = rng.integers(-9, 9, (144, 144)).astype(float)
there, moved = pictures.reshape(1, 144) @ full, np.roll(pictures, 2, axis=2).reshape(1, 144) @ full
assert not np.array_equal(moved.reshape(12, 12)[:, 2:], there.reshape(12, 12)[:, :-2])

# %%
# Three signs
# -----------
# .. slide:: Learnt on the left, asked on the right
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    There are three signs in a field of 12 × 12. All networks have seen them in the left half only.
#
#    .. notes::
#       Vote before you show it: which of the three will know the signs on the right? Many say "the two with windows".
#       The flattened one does not.
#
# It is often said that networks with convolutions are *shift invariant*: they give the same answer wherever the sign
# stands. Is that so? Three signs of 3 × 3 appear in a noisy field of 12 × 12. In training they are always in the left
# half; afterwards we show them in the right half. There are three networks, and each ends with a matrix that gives a
# score to each sign:
#
# - ``Matrix`` has no windows: a matrix takes the whole field to 24 numbers, and a kink follows (`step 43
#   <../stage5/step43.ipynb>`_).
# - ``Flattened`` has eight windows, and puts what they answer at all the 100 places into one long vector.
# - ``Largest`` has eight windows too, and keeps of each only its largest answer, wherever that is. (Elsewhere this is
#   called *global max pooling*.)
#
# The largest answer is a slice, too, whose index is looked up first: ``x[rows, where, columns]``. So the gradient goes
# back to the place that won, and to no other.
#
# .. predict:: Which of the three still knows the signs in the right half?
#    :answer: only Largest = knows
#    :after:
#
#    - ``'none of them'``: so one would think, since none has ever seen a sign there.
#    - ``knows``: it has thrown away where the answer came from. The other two have learnt at which places to look.
#    - ``'Flattened and Largest'``: the windows of Flattened do find the sign. But the matrix behind them has a weight
#      of its own for each place, and those of the right half have never been trained on a sign.

signs = np.array([[[1, 0, 1], [0, 1, 0], [1, 0, 1]],
                  [[0, 1, 0], [1, 1, 1], [0, 1, 0]],
                  [[1, 1, 1], [1, 0, 1], [1, 1, 1]]], float)


def fields(rng, number, left):
    x, t = 0.1 * rng.normal(size=(number, 12, 12)), rng.integers(3, size=number)
    for one, sign in zip(x, t):
        i, j = rng.integers(10), rng.integers(0, 4) if left else rng.integers(6, 10)
        one[i:i + 3, j:j + 3] += signs[sign]
    return x, t


class Matrix(Layer):
    def __init__(self, rng):
        self.first, self.second = Affine(rng, 144, 24), Affine(rng, 24, 3)

    def __call__(self, x):
        return self.second(relu(self.first(x.reshape(len(x), 144))))


class Flattened(Layer):
    def __init__(self, rng):
        self.window, self.last = Affine(rng, 9, 8), Affine(rng, 800, 3)

    def __call__(self, x):
        return self.last(np.reshape(relu(self.window(windows(x, 3))), (len(x), 800)))


class Largest(Layer):
    def __init__(self, rng):
        self.window, self.last = Affine(rng, 9, 8), Affine(rng, 8, 3)

    def __call__(self, x):
        answers = np.reshape(self.window(windows(x, 3)), (len(x), 100, 8))
        where = answers.data.argmax(1)
        return self.last(relu(answers[np.arange(len(x))[:, None], where, np.arange(8)]))


def right(model, x, t):
    with no_grad():
        return (model(x).data.argmax(1) == t).mean()


asked = {'left': fields(np.random.default_rng(1), 400, True), 'right': fields(np.random.default_rng(2), 400, False)}
share, courses = {}, {}
for kind in (Matrix, Flattened, Largest):
    rng = np.random.default_rng(0)
    model, losses = kind(rng), courses.setdefault(kind.__name__, [])
    adam = Adam(model.parameters(), 0.01)
    for step in steps(150, show=lambda: curve(courses, x='step', y='loss'), every=25):
        x, t = fields(rng, 32, True)
        loss = cross_entropy(model(x), t)
        loss.backward()
        adam.step()
        losses.append(loss.data.item())
    share[kind] = [right(model, *asked[side]) for side in asked]
    size = sum(p.data.size for p in model.parameters())
    left, far = share[kind]
    print(f'{kind.__name__:9} {size:4} numbers: right on the left {left:.2f}, on the right {far:.2f}')

good = [kind.__name__ for kind in share if share[kind][1] > 0.9]
knows = ('only ' if len(good) == 1 else '') + (' and '.join(good) or 'none of them')
assert min(left for left, _ in share.values()) > 0.95
assert share[Largest][1] > 0.95 and share[Matrix][1] < 0.5 and share[Flattened][1] < 0.5

# %%
# So the claim is not true of windows alone: what they answer *moves along* with the sign, and the matrix behind them
# has learnt at which places to look. It is taking the largest answer that makes the third network invariant, because
# that forgets the place. And this network is the smallest of the three, with 107 numbers in all.
#
# Why the largest?
# ~~~~~~~~~~~~~~~~
# Because the answers move along with the sign, by the theorem, and the largest of them can be read off without knowing
# where it stands.
#
# Proposition (the largest answer does not move)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let a sign be moved in a field that is 0 elsewhere, and stay at least two places away from the border. Then the scores
# of ``Largest`` stay the same.
#
# Proof
# ~~~~~
# All windows that see any of the sign lie within the field, before and after. By the theorem, their answers are the
# same numbers at other places. All other windows see only zeros and give the same answer, and there are as many of them
# as before. So each of the eight windows gives the same collection of answers in another order, and the largest of a
# collection does not depend on the order. ∎

model_is = type(model).__name__
bare = np.zeros((2, 12, 12))
bare[0, 2:5, 2:5] = bare[1, 6:9, 5:8] = signs[0]
one, other = model(bare).data
alike = np.allclose(one, other, rtol=1e-12, atol=1e-12)
print(f'{model_is}, without noise, the sign moved by (4, 3): the same scores:', alike)

assert model_is == 'Largest' and alike and not np.allclose(one, model(np.zeros((1, 12, 12))).data[0])

# %%
# What is still wrong
# -------------------
# .. slide:: It knows which signs are there, but not their order
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    Two signs change places, and every score stays the same.
#
#    .. notes::
#       For three signs that is fine. For the letters of a word it is not: *on* is not *no*. Ask how far a window would
#       have to reach to see the whole of a sentence.
#
# A network that forgets the place forgets the order too. Here two signs change places, and it cannot tell:

pair = np.zeros((2, 12, 12))
pair[0, 2:5, 2:5] = pair[1, 2:5, 7:10] = signs[0]
pair[0, 2:5, 7:10] = pair[1, 2:5, 2:5] = signs[2]
one, other = model(pair).data
print('first and second sign exchanged: the same scores:', np.allclose(one, other, rtol=1e-12, atol=1e-12))

assert np.allclose(one, other, rtol=1e-12, atol=1e-12) and not np.array_equal(pair[0], pair[1])

# %%
# For letters in a word that will not do: *on* is not *no*. And a window three wide sees only three letters, while the
# end of a word may depend on its beginning. `Step 59 <step59.ipynb>`_ reads one letter after another and carries along
# what it has seen.

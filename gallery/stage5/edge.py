"""
Column: at the edge of stability
================================

How large a step may a network take? Two limits, found by products with its Hessian, and what happens beyond them.

For a line the curvature is known before the first step. That of a network changes with each step. What is the limit then?
"""

# %%
# .. slide:: Sixty points, and a network of twelve units
#    :show: formula
#    :minutes: 2
#
#    It has 37 parameters, and its loss is no bowl.
#
#    .. notes::
#       Two things to say: there are few enough parameters to look at, and the curvature differs from place to place.
#       Ask how the 37 come about. Twelve times three, and people forget the constant at the end. Then: what becomes of
#       a limit that was proved for bowls? That is the question of the page.
#
# The network of this page is a sum of twelve bends, for one number :math:`x`:
#
# .. math::
#     y(x) = \sum_{j=1}^{12} v_j \tanh(w_j x + b_j) + c .
#
# That makes 37 parameters. It is to learn the sine from sixty points with some noise. The loss is the mean square once
# more. But most of the parameters stand within the ``tanh``, so it is no bowl, and the Hessian :math:`H` differs from
# place to place.
#
# :page:`Step 28 <stage3/step28>` found two limits for the learning rate, :math:`g` being the gradient: :math:`2\, g
# \cdot g / g \cdot Hg` for one step, and :math:`2/\lambda` for many, with the largest eigenvalue :math:`\lambda`. Both
# were proved for quadratic functions. Near a point the loss nearly is one, so they should say what happens next. We
# shall see for how long.
#
# The program
# -----------
# It is the program of :page:`step 46 <stage5/step46>`.
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
# .. slide:: Two limits on the way
#    :show: output
#    :minutes: 5
#
#    A rate of 0.05, for 2000 steps. The last column comes from no formula.
#
#    .. notes::
#       At the start the two agree. Ask why they part: the gradient turns away from the steep direction.
#
# The largest eigenvalue is found as in :page:`step 36 <stage3/step36>`: multiply a vector by :math:`H`, scale it, and do it
# again. (Finding a learning rate this way is an idea of :paper:`lecun-1993`.)

from dezero_lite.pictures import control, curve, steps

inputs = np.linspace(-3, 3, 60).reshape(-1, 1)
rng = np.random.default_rng(0)
targets = np.sin(inputs) + 0.1 * rng.standard_normal(inputs.shape)


def network(W, b, V, c, x=inputs):
    return np.tanh(x @ W + b) @ V + c


def loss(*ps):
    difference = network(*ps) - targets
    return np.sum(difference * difference) / len(inputs)


def slope(ps):
    xs = tuple(map(Variable, ps))
    y = loss(*xs)
    return float(y.data), gradients(y, xs)


def product(ps, vs):
    return hvp(loss, tuple(map(Variable, ps)), vs)


def dot(us, vs):
    return float(sum(np.sum(u * v) for u, v in zip(us, vs)))


def moved(ps, by, vs):
    return [p + by * v for p, v in zip(ps, vs)]


def train(ps, rate, number):
    """The points and losses on the way; it stops where the loss is out of hand."""
    path, losses = [ps], []
    while len(losses) < number and (not losses or losses[-1] < 1e6):
        value, g = slope(path[-1])
        losses.append(value)
        path.append(moved(path[-1], -rate, g))
    return path, losses


def curvature(ps, turns=30):
    """The eigenvalue of the Hessian that is largest in absolute value, and its vector."""
    vs = [np.ones_like(p) for p in ps]
    for turn in range(turns):
        length = dot(vs, vs) ** 0.5
        vs = [v / length for v in vs]
        hv = product(ps, vs)
        eigenvalue, vs = dot(vs, hv), hv
    length = dot(vs, vs) ** 0.5
    return eigenvalue, [v / length for v in vs]


def first_up(ps, value, g):
    """The first of a hundred growing rates whose step does not go down."""
    with no_grad():
        return next(rate for rate in np.geomspace(0.02, 400, 100)
                    if loss(*map(Variable, moved(ps, -rate, g))).data >= value)


numbers = rng.standard_normal(37)
start = [part.reshape(shape) for part, shape in zip(np.split(numbers, [12, 24, 36]), [(1, 12), (12,), (12, 1), (1,)])]
path, losses = train(start, 0.05, 2000)
assert all(later < earlier for earlier, later in zip(losses, losses[1:]))
print(' step     loss     2/λ  2 g·g/g·Hg  by trying')
table = {}
for step in [0, 10, 100, 1999]:
    value, g = slope(path[step])
    sharpest, direction = curvature(path[step])
    table[step] = 2 / sharpest, 2 * dot(g, g) / dot(g, product(path[step], g)), first_up(path[step], value, g)
    print(f'{step:5}  {value:7.5f}  {table[step][0]:6.3f}  {table[step][1]:10.3f}  {table[step][2]:9.3f}')
assert all(many > 0.05 and one > many for many, one, _ in table.values())
assert table[0][1] / table[0][0] < 1.2 and table[1999][1] > 3000 * table[1999][0]
assert all(abs(tried / one - 1) < 0.2 for _, one, tried in table.values()) and table[1999][2] > 200

# %%
# The rate 0.05 is below :math:`2/\lambda` at each of these points, and the loss has fallen in each step. At these
# points the limit of one step is above that of many. The last column agrees with it up to a fifth; the loss is no bowl.
# At the end *one* step may be more than two thousand times as long as many may be: by then the gradient lies nearly
# along the flat directions.
#
# Is it the largest curvature that was found? 37 products give the whole matrix.

end, limit = path[1999], 2 / sharpest
units = [[part.reshape(p.shape) for part, p in zip(np.split(e, [12, 24, 36]), end)] for e in np.eye(37)]
spectrum = np.linalg.eigvalsh([np.concatenate([h.ravel() for h in product(end, unit)]) for unit in units])
print(f'eigenvalues from {spectrum[0]:.4f} to {spectrum[-1]:.2f}')
assert table[1999][2] / limit > 2000 and np.isclose(sharpest, spectrum[-1], rtol=1e-9) and spectrum[-1] > -spectrum[0] > 0

# %%
# It is. (The smallest eigenvalue is below 0: this is no minimum yet.) By step 28 the component of the error along the
# steepest direction should be multiplied by :math:`1 - \eta\lambda` in each step. So should the distance between two
# runs that begin side by side in that direction.

for share in [0.9, 1.1]:
    ways = [train(ps, share * limit, 8)[0] for ps in (end, moved(end, 1e-6, direction))]
    apart = [dot(direction, moved(b, -1, a)) for a, b in zip(*ways)]
    print(f'{share} × 2/λ: factor {apart[1] / apart[0]:.3f} a step, 1 - ηλ = {1 - 2 * share:.1f}')
    assert np.allclose(np.divide(apart[1:], apart[:-1]), 1 - 2 * share, atol=5e-3)

# %%
# .. slide:: Beyond the limit
#    :show: predict
#    :minutes: 4
#
#    200 steps from that point, with four rates.
#
#    .. notes::
#       On a bowl the answer would be: it never comes back. Let that be said first.
#
# And the loss? On a bowl every rate above the limit would lead away for ever, but for starts without any component in
# the steepest direction.
#
# .. predict:: Of the rates 0.9, 1.1, 1.5 and 3 times 2/λ, how many end their 200 steps with a loss below 0.01?
#    :answer: 3 = sum(runs[share][-1] < 0.01 for share in runs)
#    :type: number
#    :after:
#
#    - ``sum(runs[share][-1] < 0.01 for share in runs)``: two of those above the limit come back, after a climb.
#    - ``1``: that is what a bowl would do. Here the curvature has changed where the loss has climbed to.
#    - ``4``: at three times the limit the steps are so long that the run does not come back.
#
# .. slide:: A climb, and a region that is less sharp
#    :show: picture
#    :minutes: 1
#
#    .. notes::
#       Follow one line above the limit with the finger: down, up, and down again. Only three times the limit stays up.

runs = {}
for share in [0.9, 1.1, 1.5, 3]:
    runs[share] = way = train(end, share * limit, 200)[1]
    rises = next((k for k in range(len(way) - 1) if way[k + 1] > way[k]), None)
    print(f'{share} × 2/λ:', 'never rises' if rises is None else f'falls at first, rises after {rises} steps, up to {max(way):.0e}')
    assert (rises is None) == (share < 1) and (rises is None or rises >= 5)
    assert (way[-1] > 1e6) == (share == 3) and (way[-1] < 0.01) == (share != 3)
curve({f'{share} × 2/λ': np.minimum(way, 10) for share, way in runs.items()}, log='y', x='step', y='loss')

# %%
# Above the limit the loss falls for a while, since the gradient hardly has a component in the steepest direction. But
# that component grows, until it outweighs all others. Then, at 1.1 and 1.5 times the limit, the run comes to places
# with a smaller curvature, and goes on from there. Is that so? At the last point of each run:

for share in [1.1, 1.5]:
    last = train(end, share * limit, 200)[0][-1]
    print(f'{share} × 2/λ: the curvature was {sharpest:.1f}, and the rate allows {2 / (share * limit):.1f};'
          f' in the end it is {curvature(last)[0]:.1f}')
    assert 0 < curvature(last)[0] < 2 / (share * limit) < sharpest

# %%
# In networks that are trained with full batches it is often seen that the curvature rises until it is near
# :math:`2/\eta`, and stays there, at the *edge of stability* (:paper:`cohen-2021`).
#
# Choose a share of the limit, and watch. (In the picture the loss is cut off at 10.)

share = control('share of 2/λ', 1.1, 0.5, 3.0)
ps, fallen = end, []
for step in steps(150, show=lambda: curve(fallen, log='y', x='step', y='loss'), every=10):
    value, g = slope(ps)
    fallen.append(min(value, 10.0))
    if value < 1e6:
        ps = moved(ps, -share * limit, g)

# %%
# And this is what has been learnt with the rate 0.05: sixty points, and the curve through them.

across = np.linspace(-3, 3, 121).reshape(-1, 1)
curve({'network': (across[:, 0], network(*end, across)[:, 0])}, points={'data': (inputs[:, 0], targets[:, 0])}, x='x', y='y')

# %%
# This is the loss as a graph of its four parameters. Each product with the Hessian went through it, and through the
# graph of its backward pass.
from dezero_lite import graph

W, b, V, c = [Variable(p, name) for p, name in zip(end, 'WbVc')]
graph(loss(W, b, V, c))

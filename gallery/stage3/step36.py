"""
Step 36: gradients of gradients
===============================

A gradient may stand inside of a formula, and the formula is differentiated through it. That gives
the product of the Hessian with a vector, and with it the two limits of a learning rate for a
network.

What is a gradient good for inside of a formula?
"""

# %%
# .. slide:: A formula with a derivative in it
#    :show: output
#    :minutes: 3
#
#    :math:`z = (y')^3 + y` with :math:`y = x^2`. A nudge at 2: is the slope of z 100, or 4?
#
#    .. notes::
#       Ask who would put 4 in for y' first, and let the group find out what that assumes.
#
# Let :math:`y = x^2` and :math:`z = (y')^3 + y`, at :math:`x = 2`. There :math:`y' = 4`, so
# :math:`z = 64 + 4`. How fast does :math:`z` change with :math:`x`? It is tempting to put in the 4
# and to differentiate the rest. But :math:`y'` is no number here. It is an expression in :math:`x`,
# and changes when :math:`x` does. A nudge shows it:

import numpy as np


nudged = np.array([2 - 1e-6, 2 + 1e-6])
moves = np.diff((2 * nudged) ** 3 + nudged ** 2)[0] / 2e-6
frozen = np.diff(4 ** 3 + nudged ** 2)[0] / 2e-6
print(f"y' moves along: {moves:.3f}   y' frozen at 4: {frozen:.3f}")
assert np.isclose(moves, 100, rtol=1e-8) and np.isclose(frozen, 4, rtol=1e-8)

# %%
# With :math:`y' = 2x` we have :math:`z = 8x^3 + x^2`, and its derivative :math:`24 x^2 + 2x` is 100
# at 2. To go back through a gradient like this is called **double backpropagation**.
#
# The program
# -----------
# .. slide:: Ask for a gradient as one asks for a value
#    :show: program
#    :pieces: gradients hvp
#    :meeting:
#    :minutes: 5
#
#    ``gradients`` gives them and leaves nothing behind. ``hvp`` is two calls of it.
#
# ``gradients(y, xs)`` makes a pass and takes from its table what belongs to the ``xs``. No ``grad``
# is touched, so there is nothing to clear, and no circle from a leaf to its own gradient. Where
# :math:`y` does not depend on an x, it gives zeros: the question of `step 35 <step35.ipynb>`_ has
# its answer, for a first derivative.
#
# ``hvp`` computes the product of the second derivatives with a vector. Its two lines are explained
# after the run.

import copy
import heapq
import weakref
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

recording = ContextVar('recording', default=True)


@contextmanager
def no_grad():
    token = recording.set(False)
    try:
        yield
    finally:
        recording.reset(token)


implementations = {}


def implements(ufunc):
    def register(kind):
        implementations[ufunc] = kind
        return kind
    return register


class Variable:
    def __init__(self, data, name=None):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.grad = None
        self.name = name
        self.creator = None
        self.generation = 0

    def set_creator(self, f):
        self.creator = f
        self.generation = f.generation + 1

    def cleargrad(self):
        self.grad = None

    def retain_grad(self):
        if self.creator is not None:
            self.creator.retained = weakref.ref(self)

    def backward(self, create_graph=False):
        seed = np.ones_like(self.data) if self.grad is None else self.grad
        for v, gradient in backward_pass(self, seed, create_graph).items():
            if v is self or v.grad is None:
                v.grad = gradient
            else:
                v.grad = v.grad + gradient  # not +=: the array may be shared

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        name = '' if self.name is None else f', name={self.name!r}'
        return f'Variable({self.data}{name})'

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != '__call__' or options or ufunc not in implementations:
            raise TypeError(f'no derivative is known for this use of np.{ufunc.__name__}')
        return implementations[ufunc]()(*inputs)

    __add__ = lambda self, other: np.add(self, other)
    __radd__ = lambda self, other: np.add(other, self)
    __sub__ = lambda self, other: np.subtract(self, other)
    __rsub__ = lambda self, other: np.subtract(other, self)
    __mul__ = lambda self, other: np.multiply(self, other)
    __rmul__ = lambda self, other: np.multiply(other, self)
    __truediv__ = lambda self, other: np.divide(self, other)
    __rtruediv__ = lambda self, other: np.divide(other, self)
    __neg__ = lambda self: np.negative(self)
    __pow__ = lambda self, c: np.power(self, c)


def backward_pass(y, seed, create_graph=False):
    if create_graph and not isinstance(seed, Variable):
        seed = Variable(seed)
    gradients = {y.creator or y: seed}
    found = {}
    waiting = [(0, 0, y.creator)] if y.creator else []
    turn = 0
    while waiting:
        _, _, f = heapq.heappop(waiting)
        gy = gradients.pop(f)
        if f.retained is not None and f.retained() is not None:
            found[f.retained()] = gy
        rule = f.with_variables() if create_graph else f
        gxs = rule.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(f.parents, gxs):
            if parent is None:
                continue
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx
                continue
            gradients[parent] = gx
            if isinstance(parent, Function):
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found | gradients


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


def data_of(x):
    return x.data if isinstance(x, Variable) else x


def place_of(x):
    return x.creator or x if isinstance(x, Variable) else None  # a constant has none


def variable_at(place, data):
    if place is None:
        return data
    if isinstance(place, Variable):
        return place
    variable = Variable(data)
    variable.set_creator(place)
    return variable


class Function:
    keeps_xs = True
    keeps_y = False
    retained = None

    def __call__(self, *inputs):
        xs = tuple(data_of(x) for x in inputs)
        y = as_array(self.forward(*xs))
        output = Variable(y)
        variables = [x for x in inputs if isinstance(x, Variable)]
        for x in variables:
            if x.shape != y.shape:
                raise ValueError(f'{x.shape} was stretched to {y.shape}: not supported yet')
        if recording.get():
            self.parents = tuple(place_of(x) for x in inputs)
            self.generation = max(x.generation for x in variables)
            if self.keeps_xs:
                self.xs = xs
            if self.keeps_y:
                self.y = y
            output.set_creator(self)
        return output

    def with_variables(self):
        twin = copy.copy(self)
        if self.keeps_xs:
            twin.xs = tuple(variable_at(place, x) for place, x in zip(self.parents, self.xs))
        if self.keeps_y:
            twin.y = variable_at(self, self.y)
        return twin


@implements(np.power)
class Pow(Function):
    def __call__(self, x, c):
        if isinstance(c, Variable):
            raise TypeError('the exponent is a Variable: only numbers are supported')
        self.c = c
        return super().__call__(x)

    def forward(self, x):
        return x ** self.c

    def backward(self, gy):
        x, = self.xs
        return self.c * x ** (self.c - 1) * gy


@implements(np.exp)
class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return self.y * gy


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
        return gy / x1, gy * (-x0 / x1 ** 2)


@implements(np.negative)
class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


@implements(np.sin)
class Sin(Function):
    def forward(self, x):
        return np.sin(x)

    def backward(self, gy):
        x, = self.xs
        return np.cos(x) * gy


@implements(np.cos)
class Cos(Function):
    def forward(self, x):
        return np.cos(x)

    def backward(self, gy):
        x, = self.xs
        return -np.sin(x) * gy


@implements(np.tanh)
class Tanh(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.tanh(x)

    def backward(self, gy):
        return gy * (1 - self.y * self.y)


def gradients(y, xs, create_graph=False):
    for x in xs:
        x.retain_grad()
    table = backward_pass(y, np.ones_like(y.data), create_graph)
    return tuple(table.get(x, np.zeros_like(x.data)) for x in xs)


def hvp(f, xs, vs):
    first = gradients(f(*xs), xs, create_graph=True)
    along = sum(g * v for g, v in zip(first, vs))
    return gradients(along, xs)


# %%
# The run
# -------
# .. slide:: A hundred, or four
#    :show: predict output
#    :meeting:
#    :minutes: 4
#
#    Once with the gradient as a variable, once with its number.
#
# .. predict:: z = (y')³ + y at x = 2. What does z.backward() leave in x, if y' goes into the
#    formula as a
#    bare array, without its graph?
#    :answer: float(x.grad)
#    :type: number
#    :after:
#
#    - ``right``: That is the derivative. It takes both ways, through y and through y'.
#    - ``right - 4``: That is the way through y'. It is the one that gets lost.
#    - ``0``: The way through y is still there.

x = Variable(np.array(2.0))
y = x ** 2
gx, = gradients(y, (x,), create_graph=True)
z = gx ** 3 + y
z.backward()
right = float(x.grad)
print('with its graph:   ', right)

x = Variable(np.array(2.0))
y = x ** 2
gx, = gradients(y, (x,))
z = gx ** 3 + y
z.backward()
print('without its graph:', x.grad)
assert right == 100 and x.grad == 4 and z.data == 68

# %%
# The value of :math:`z` is 68 both times, and nobody complains. Only the derivative differs:
# without ``create_graph`` the gradient is an array, hence a constant. The same happens in any
# engine when one *detaches* it.
#
# .. slide:: Hessian times vector
#    :show: statement proof
#    :minutes: 4
#
#    The gradient of a number. No matrix is ever formed.
#
# Hessian times vector
# --------------------
# For :math:`n` variables the second derivatives form a matrix :math:`H` of :math:`n^2` entries, and
# to have all of them takes a pass for each row. Often one does not need them: :math:`H` times a
# vector is enough.
#
# Proposition (a product with the Hessian is a gradient)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`f` be twice continuously differentiable, and :math:`v` a fixed vector. Then :math:`H v
# = \nabla (\nabla f \cdot v)`.
#
# Proof
# ~~~~~
# The j-th component of the right side is
#
# .. math::
#     \frac{\partial}{\partial x_j} \sum_i \frac{\partial f}{\partial x_i} v_i = \sum_i
#     \frac{\partial^2
#     f}{\partial x_j\, \partial x_i}\, v_i ,
#
# since :math:`v` does not change with :math:`x`. That is the j-th component of :math:`H v`. ∎
#
# .. slide:: Two passes, whatever the number of variables
#    :show: output
#    :minutes: 3
#
#    Ten variables, one product with the Hessian; then the whole matrix, from ten products.
#
# So one pass, recorded, gives :math:`\nabla f`; the sum :math:`\nabla f \cdot v` is one number; and
# a second pass gives its gradient. (`Pearlmutter 1994 <../../bibliography.md#pearlmutter-1994>`_
# computes the same product in another way: he differentiates the backward pass *forward*, in the
# direction :math:`v`.) Rosenbrock's valley in ten variables, against differences of gradients:


def valley(*xs):
    return sum(100 * (b - a ** 2) ** 2 + (1 - a) ** 2 for a, b in zip(xs, xs[1:]))


def variables(point):
    return tuple(Variable(np.array(p)) for p in point)


rng = np.random.default_rng(0)
point, direction = rng.standard_normal(10), rng.standard_normal(10)
product = np.array(hvp(valley, variables(point), direction))
plus, minus = (np.array(gradients(valley(*xs), xs)) for xs in
               (variables(point + 1e-6 * direction), variables(point - 1e-6 * direction)))
H = np.array([hvp(valley, variables(point), e) for e in np.eye(10)])
print('product:', *[f'{p:.1f}' for p in product])
assert np.allclose(product, (plus - minus) / 2e-6, rtol=1e-6, atol=1e-4)
assert np.allclose(H, H.T, rtol=1e-12) and np.allclose(H @ direction, product, rtol=1e-9)

# %%
# .. slide:: Learning where to start
#    :show: output
#    :minutes: 4
#
#    How does the value after a step depend on where the step began? Through the gradient, too.
#
# Where is it used?
# ~~~~~~~~~~~~~~~~~
# - *A penalty for steep slopes*: the loss contains :math:`(|\nabla f| - 1)^2`, and training
#   differentiates it (`Gulrajani et al. 2017 <../../bibliography.md#gulrajani-2017>`_).
# - *Learning to learn*: one looks for a start from which a step of descent leads far down (`Finn et
#   al. 2017 <../../bibliography.md#finn-2017>`_). The value after the step is :math:`f(x - \eta
#   \nabla f(x))`, a formula with a gradient in it.
# - *Second-order methods* that only need products :math:`H v`, for millions of parameters
#   (`Schulman et al. 2015 <../../bibliography.md#schulman-2015>`_ is one).
#
# The second of them, for Rosenbrock's function at (0, 2) and :math:`\eta = 0.001`. By the chain
# rule the derivative is :math:`(I - \eta H)\, \nabla f(x^+)`, with :math:`x^+` after the step. If
# the gradient is a constant, the matrix :math:`I - \eta H` is lost.

after = {}
for create_graph in [True, False]:
    xs = variables((0.0, 2.0))
    step = gradients(valley(*xs), xs, create_graph)
    moved = [x - 0.001 * g for x, g in zip(xs, step)]
    after[create_graph] = np.array(gradients(valley(*moved), xs))
    print(f'create_graph={create_graph}:', *[f'{g:.4f}' for g in after[create_graph]])
H = np.diag([-400 * 2.0 + 2, 200])
assert np.allclose(after[True], (np.eye(2) - 0.001 * H) @ after[False], rtol=1e-13)
assert np.allclose([float(v.data) for v in moved], [0.002, 1.6])

# %%
# .. slide:: A network, and products with its Hessian
#    :show: output
#    :minutes: 3
#
#    37 parameters in one long vector. ``curvature`` multiplies by H, again and again.
#
# How large a step may a network take?
# ------------------------------------
# `Step 28 <step28.ipynb>`_ found two limits for the learning rate: :math:`2\, g \cdot g / g \cdot
# Hg` for one step, and :math:`2/\lambda` for many, :math:`\lambda` being the largest curvature. The
# first takes one product with :math:`H`. The second takes some more: multiply a vector by
# :math:`H`, scale it to length 1, and do it again. This is **power iteration**. If one eigenvalue
# is larger in absolute value than all others, the vector turns towards its eigenvector, unless it
# was at right angles to it from the start. (To find a learning rate so is an idea of `LeCun, Simard
# and Pearlmutter 1993 <../../bibliography.md#lecun-1993>`_.)
#
# Here is a network that learns the sine from sixty noisy points, with ``dezero_lite``, whose
# ``hvp`` is ours for one long vector. Its 37 parameters are one vector ``p``; ``model`` cuts it up.

import dezero_lite as dz

shapes = [(1, 12), (12,), (12, 1), (1,)]
ends = np.cumsum([0] + [int(np.prod(shape)) for shape in shapes])
inputs = np.linspace(-3, 3, 60).reshape(-1, 1)
rng = np.random.default_rng(0)
targets = np.sin(inputs) + 0.1 * rng.standard_normal(inputs.shape)


def model(p):
    w1, b1, w2, b2 = [dz.reshape(p[i:j], s) for i, j, s in zip(ends, ends[1:], shapes)]
    return dz.tanh(inputs @ w1 + b1) @ w2 + b2


def loss(p):
    return dz.mean_squared_error(model(p), targets)


def train(p, rate, steps):
    """The points and losses on the way; it stops where the loss is beyond all bounds."""
    path, losses = [p], []
    while len(losses) < steps and (not losses or losses[-1] < 1e6):
        value, gradient = dz.value_and_grad(loss)(path[-1])
        losses.append(float(value))
        path.append(path[-1] - rate * gradient)
    return path, losses


def curvature(p, turns=30):
    """The eigenvalue of the Hessian that is largest in absolute value, and its vector."""
    v = np.ones_like(p)
    for _ in range(turns):
        v = v / np.linalg.norm(v)
        hv = dz.hvp(loss, p, v)
        v, eigenvalue = hv, v @ hv
    return eigenvalue, v / np.linalg.norm(v)


start = rng.standard_normal(ends[-1])
assert start.size == 37 and dz.gradcheck(loss, start) and dz.gradgradcheck(loss, start)

# %%
# .. slide:: Two limits for a network
#    :show: output
#    :meeting:
#    :minutes: 5
#
#    At the start nearly the same. After two thousand steps one step could be thousands of times
#    larger.
#
# The rate 0.05 for 2000 steps, with both limits on the way. The last column tries out larger and
# larger steps from that point, up to 50, until one does not go down.

path, losses = train(start, 0.05, 2000)
assert all(later < earlier for earlier, later in zip(losses, losses[1:]))


@dz.no_grad()
def first_up(p, gradient):
    value = loss(dz.Variable(p)).data
    return next((rate for rate in np.geomspace(0.02, 50, 100)
                 if loss(dz.Variable(p - rate * gradient)).data >= value), np.inf)


print(' step     loss     2/λ  2 g·g/g·Hg  by trying')
table = {}
for step in [0, 10, 100, 1999]:
    p, g = path[step], dz.grad(loss)(path[step])
    sharpest, direction = curvature(p)
    table[step] = 2 / sharpest, 2 * g @ g / (g @ dz.hvp(loss, p, g)), first_up(p, g)
    print(f'{step:5}  {losses[step]:7.5f}  {table[step][0]:6.4f}  {table[step][1]:10.4f}  '
          f'{table[step][2]:9.4f}')
assert all(many > 0.05 for many, _, _ in table.values())
assert all(one >= many for many, one, _ in table.values())
assert table[0][1] / table[0][0] < 1.2 and table[1999][1] > 1000 * table[1999][0]
assert 590 < 50 / table[1999][0] < 610
assert all(abs(table[k][2] / table[k][1] - 1) < 0.1 for k in [0, 10, 100])
assert table[1999][2] == np.inf

# %%
# The rate 0.05 is below :math:`2/\lambda` at each of these points. The limit of one step is never
# below that of many, and trying confirms it. At the end none of the steps tried, up to 50, goes up;
# that is about six hundred times :math:`2/\lambda`.
#
# Is it the largest curvature? Thirty-seven products give the whole matrix.

end = path[1999]
H = np.array([dz.hvp(loss, end, e) for e in np.eye(37)])
spectrum = np.linalg.eigvalsh(H)
print(f'eigenvalues from {spectrum[0]:.5f} to {spectrum[-1]:.3f}')
assert np.isclose(sharpest, spectrum[-1], rtol=1e-10) and spectrum[-1] > -spectrum[0] > 0
limit = 2 / sharpest

# %%
# It is. (The smallest is below 0: we are not at a minimum yet.) What do many steps do, from here,
# with rates about :math:`2/\lambda`? Two runs that begin close to each other, side by side in the
# direction of the largest curvature, drift apart or together by a factor a step, wherever they are.
# By step 28 it should be :math:`1 - \eta \lambda`, with its sign.

for share in [0.9, 1.1]:
    ways = [train(p, share * limit, 8)[0] for p in (end, end + 1e-6 * direction)]
    apart = [direction @ (b - a) for a, b in zip(*ways)]
    ratios = np.divide(apart[1:], apart[:-1])
    print(f'{share} × 2/λ: factor {ratios[0]:.4f} a step, 1 - ηλ = {1 - 2 * share:.1f}')
    assert np.allclose(ratios, 1 - 2 * share, atol=5e-3)

# %%
# .. slide:: At the edge of stability
#    :show: picture
#    :meeting:
#    :minutes: 4
#
#    Above 2/λ the loss falls at first. Then it climbs, and at three times the limit it does not
#    return.
#
# And the loss itself? Above the limit it *falls* for a while, since the gradient hardly has a
# component in the dangerous direction; but that component grows.

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 3.6))
for share in [0.9, 1.1, 1.5, 3]:
    way = train(end, share * limit, 200)[1]
    turn = next((k for k in range(len(way) - 1) if way[k + 1] > way[k]), None)
    print(f'{share} × 2/λ: rises after {turn} steps, highest {max(way):.4g}, last {way[-1]:.4g}')
    axes.plot(way, label=f'{share} × 2/λ')
    assert (turn is None) == (share < 1) and (turn is None or turn >= 5)
    assert (way[-1] > 1e6 or way[-1] > 10 * way[0]) == (share == 3)
axes.set(ylabel='loss', xlabel='step', yscale='log', ylim=(4e-3, 10))
axes.legend()
figure.set_label('The loss over 200 steps with four rates. Below 2/λ it falls. At 1.1 and 1.5 '
                 'times 2/λ it falls, bumps up and comes down again; at three times it leaves the '
                 'picture.')

# %%
# For a quadratic function the runs above :math:`2/\lambda` would never come back. A network's
# curvature changes with the place: where the loss climbs, it may find a region that is less sharp,
# and go on from there (`Cohen et al. 2021 <../../bibliography.md#cohen-2021>`_).
#
# .. slide:: A way through y, a way through y′
#    :show: picture
#    :minutes: 2
#
#    The formula hangs on x in two ways. Detached, one of them would be missing.
#
# The graph
# ---------
# The formula of the run, in ``dezero_lite``, with the gradient that is 100.
from dezero_lite import graph

v = dz.Variable(np.array(2.0), name='x')
y = v ** 2
gv, = dz.gradients(y, (v,), create_graph=True)
z = gv ** 3 + y
z.backward()
assert v.grad == 100
graph(z, names={'y': y, "y'": gv, 'z': z}, values=True, grads=True)

# %%
# What is still wrong
# -------------------
# .. slide:: What the program still cannot do
#    :show: output
#    :minutes: 2
#
#    Zeros that are no variables; arrays that are stretched; sums; matrices.
#
# The zeros of ``gradients`` are arrays, though it was asked for variables, so one cannot go back
# from them: the third derivative of :math:`x \cdot x` is 0 at last, but there is no fourth. And our
# own program can't run the network: there is no matrix product, no sum over an array, and a
# variable that would have to be stretched is refused.

x = Variable(np.array(3.0))
orders = [x * x]
for n in range(3):
    orders += gradients(orders[-1], (x,), create_graph=True)
print(*orders, type(orders[3]).__name__)
assert orders[3] == 0.0 and not isinstance(orders[3], Variable)
assert (dz.hvp(lambda p: p.sum(), np.ones(2), np.ones(2)) == 0).all()

# %%
# ``dezero_lite`` does all of that, and its heart is what you have written. The `last page
# <engine_read.ipynb>`_ lays both side by side, and says what each further piece is for.

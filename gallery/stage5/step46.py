"""
Step 46: downhill, with memory
==============================

A model lists its own parameters, each once, and a step remembers the steps before it. With that the number of steps
down a valley grows like the root of how narrow it is.

*1964.* Boris Polyak lets a heavy ball roll (:paper:`polyak-1964`). *2014.* Diederik Kingma and Jimmy Ba call their
method Adam (:paper:`kingma-2014`).

What must a model know of itself, so that others can train it? And must a step forget the one before?
"""

# %%
# .. slide:: Without memory it creeps
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    One valley, two ways down, forty steps each.
#
#    .. notes::
#       Ask what a ball would do that the first walker does not.
#
# Here is a valley that bends fifty times as much across as along, and two walkers. The first takes steps against the
# gradient, as in :page:`step 28 <stage3/step28>`. The second keeps three quarters of its last step and adds the new one
# to it, like a ball that rolls on. Both have the rate 1/50.

import numpy as np

from dezero_lite.pictures import arrows, control, curve, regions, steps


def walk(kappa, rate, beta, number):
    place, v, places = np.array([1.0, 1.0]), np.zeros(2), [[1.0, 1.0]]
    for step in range(number):
        v = beta * v - rate * np.array([1.0, kappa]) * place
        place = place + v
        places.append(place.tolist())
    return np.array(places)


def best(kappa):
    """The rate for descent, and rate and beta for momentum."""
    root = np.sqrt(kappa)
    return 2 / (1 + kappa), 4 / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2


valley = lambda x0, x1: (x0 ** 2 + 50 * x1 ** 2) / 2
walks = {'descent': walk(50, 1 / 50, 0, 40), 'with memory': walk(50, 1 / 50, 3 / 4, 40)}
left = {name: float(np.abs(places[-1]).max()) for name, places in walks.items()}
print('distance left:', {name: f'{far:.0e}' for name, far in left.items()})
assert left['with memory'] < left['descent'] / 50
arrows(paths=walks, level=valley, x='along', y='across')

# %%
# .. slide:: One rate has to suit both directions
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    Across the valley it must not bounce higher, so it creeps along it.
#
#    .. notes::
#       Ask for the factor at kappa 1000. It is 0.998.
#
# Theory: why memory helps
# ------------------------
# On a quadratic function let all eigenvalues of the Hessian lie between :math:`\ell > 0` and :math:`\lambda`, both being
# eigenvalues, and :math:`\kappa = \lambda/\ell`. By :page:`step 28 <stage3/step28>` a step of descent multiplies the
# component of the error along an eigenvector of :math:`\lambda_i` by :math:`1 - \eta\lambda_i`.
#
# Proposition (the best rate of descent)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The largest of the factors :math:`|1 - \eta\lambda_i|` is smallest for :math:`\eta = 2/(\ell + \lambda)`, and then it is
# :math:`(\kappa - 1)/(\kappa + 1)`.
#
# Proof (best rate)
# ~~~~~~~~~~~~~~~~~
# It is the larger of :math:`|1 - \eta\ell|` and :math:`|1 - \eta\lambda|`, because what lies between :math:`\ell` and
# :math:`\lambda` has a factor between theirs. For the rate given, the two are :math:`1 - \eta\ell = (\lambda - \ell)/(\lambda
# + \ell)` and :math:`1 - \eta\lambda`, which is minus the same. With a smaller rate the first is larger, with a larger rate
# the second is. ∎
#
# Now with memory. A step keeps the part :math:`\beta` of the last one, its *velocity*:
#
# .. math::
#     v \;\to\; \beta v - \eta\, \nabla f(p) , \qquad p \;\to\; p + v .
#
# This is called **momentum**. With :math:`\beta = 0` it is descent. With :math:`\beta = 1` it is step 42's loop that had
# forgotten to clear, the pendulum without friction. In between there is friction.
#
# .. slide:: Momentum takes the root of κ
#    :show: statement
#    :minutes: 5
#    :meeting:
#
#    *Momentum* is the pendulum of step 42 with some friction, the same in all directions.
#
#    .. notes::
#       The product of the two roots is beta. That is the whole proof, and in step 42 it was 1.
#
# Theorem (momentum takes the root)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# With :math:`\eta = 4/(\sqrt\lambda + \sqrt\ell)^2` and :math:`\sqrt\beta = (\sqrt\kappa - 1)/(\sqrt\kappa + 1)`, the error of
# momentum after :math:`k` steps is at most a constant times :math:`k\, (\sqrt\beta)^k`.
#
# .. slide:: Two roots, and their product
#    :show: proof
#    :below:
#    :minutes: 4
#
#    .. notes::
#       The equation has two roots and their product is beta; if they are complex, both are equally long, so each has
#       the root of beta. Ask where the rate comes in: it has to keep the roots complex for all eigenvalues at once. The
#       last lines are there to check that it does. Leave it below when late.
#
# Proof (momentum)
# ~~~~~~~~~~~~~~~~
# Let :math:`e_k` be the component of the error along an eigenvector of :math:`\lambda_i`. A step is :math:`e_{k+1} - e_k =
# \beta\,(e_k - e_{k-1}) - \eta\lambda_i\, e_k`. Its solutions are made of the powers :math:`r^k` of the roots, and of
# :math:`k r^k` if the two are equal, of
#
# .. math::
#     r^2 - (1 + \beta - \eta\lambda_i)\, r + \beta = 0 .
#
# The product of the two roots is :math:`\beta`. If they are complex, they are conjugate, and if they are equal, real. In both
# cases both have the absolute value :math:`\sqrt\beta`, and :math:`e_k` is at most a constant times :math:`k (\sqrt\beta)^k`
# for :math:`k \ge 1`. That is so if :math:`(1 + \beta - \eta\lambda_i)^2 \le 4\beta`, in other words, if
#
# .. math::
#     (1 - \sqrt\beta)^2 \;\le\; \eta\lambda_i \;\le\; (1 + \sqrt\beta)^2 .
#
# Now :math:`1 - \sqrt\beta = 2/(\sqrt\kappa + 1)`, whose square is :math:`\eta\ell`, and :math:`1 + \sqrt\beta =
# 2\sqrt\kappa/(\sqrt\kappa + 1)`, whose square is :math:`\eta\lambda`. So it holds for all :math:`\lambda_i` between them. ∎
#
# .. slide:: How many steps to a millionth?
#    :show: predict output
#    :minutes: 4
#    :meeting:
#
#    Descent at its best rate, from (1, 1), and κ is 1000.
#
#    .. notes::
#       The natural logarithm of a million is 13.8. Times half of kappa.
#
# The factor :math:`(\kappa - 1)/(\kappa + 1)` is about :math:`1 - 2/\kappa`. So descent takes about :math:`\kappa/2` steps for
# each power of :math:`e`, and momentum about :math:`\sqrt\kappa/2`.
#
# .. predict:: At κ = 1000 descent needs 6,908 steps to come from (1, 1) within a millionth. How many does momentum need?
#    :answer: 321 = needed[1000][1]
#    :after:
#
#    - ``needed[1000][1]``: a twentieth. The root of 1000 is 32; some of the gain is lost to the factor k.
#    - ``needed[1000][0] // 2``: as if it were twice as fast. The root makes more of it, the narrower the valley.
#    - ``needed[100][0]``: a tenth of the steps is what descent needs if κ is a tenth. Momentum gains more.
#    - ``27``: that is momentum in a valley with κ = 10. A narrower one takes it longer, too.


def count(kappa, rate, beta):
    place, v, number = np.array([1.0, 1.0]), np.zeros(2), 0
    while np.abs(place).max() > 1e-6:
        v = beta * v - rate * np.array([1.0, kappa]) * place
        place, number = place + v, number + 1
    return number


needed = {}
print('   κ   descent   momentum')
for kappa in [10, 100, 1000]:
    rate, heavy, beta = best(kappa)
    needed[kappa] = count(kappa, rate, 0), count(kappa, heavy, beta)
    print(f'{kappa:4}   {needed[kappa][0]:7,}   {needed[kappa][1]:8}')
assert needed == {10: (69, 27), 100: (691, 95), 1000: (6908, 321)} and round(np.log(1e6), 1) == 13.8
assert round((1000 - 1) / (1000 + 1), 3) == 0.998 and round(1000 ** 0.5) == 32

# %%
# Theory: each number by itself
# -----------------------------
# Momentum has one rate for all parameters. **Adam** gives each its own. It keeps a running mean :math:`m` of the gradients
# and a running mean :math:`v` of their squares, number by number, and divides one by the root of the other:
#
# .. math::
#     m \to \beta_1 m + (1 - \beta_1)\, g , \quad
#     v \to \beta_2 v + (1 - \beta_2)\, g^2 , \quad
#     p \to p - \eta\, \frac{m / (1 - \beta_1^k)}{\sqrt{v / (1 - \beta_2^k)} + \varepsilon}
#
# in step :math:`k`. Both means begin at 0, and the divisions by :math:`1 - \beta^k` correct for that.
#
# .. slide:: Adam does not see how steep it is
#    :show: statement
#    :minutes: 4
#    :meeting:
#
#    *Adam* takes a first step of the length of the rate, in each number, whatever the gradient is.
#
#    .. notes::
#       Ask what that means where the gradient should be 0 and is not quite.
#
# Proposition (Adam does not see the scale)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`\varepsilon = 0` and no gradient be 0. The first step changes each number by :math:`-\eta` times the sign of its
# gradient. If all gradients of a number are multiplied by the same :math:`c > 0`, its steps stay as they are.
#
# Proof (Adam)
# ~~~~~~~~~~~~
# In the first step :math:`m/(1 - \beta_1) = g` and :math:`v/(1 - \beta_2) = g^2`, and :math:`g/\sqrt{g^2}` is the sign of
# :math:`g`. With :math:`c` the mean :math:`m` is multiplied by :math:`c` and :math:`\sqrt v` too, so the quotient is the same.
# ∎
#
# .. ask::
#    What must a layer know, so that each of three optimisers can train it?
#
#    - ``Layer`` is a class to inherit from. ``layer.parameters()`` is a list of the variables among its attributes, of those of
#      layers among its attributes, and of those in lists of either. Each is there once, also if several layers share it.
#    - ``Affine(rng, n_in, n_out, gain=1.0)`` has ``W``, drawn by one call of ``rng.normal(size=(n_in, n_out))``, times the gain,
#      over the root of ``n_in``; and ``b``, ``n_out`` zeros. Called with ``x`` it gives ``x @ W + b``.
#    - ``SGD(parameters, rate)``: ``step()`` moves each parameter against its ``grad``, by new ``data``, and clears ``grad``.
#    - ``Momentum(parameters, rate, beta=0.9)`` and ``Adam(parameters, rate, beta1=0.9, beta2=0.999, eps=1e-8)``: the same,
#      with the steps of this page.
#
# The program
# -----------
# .. slide:: A model is a tree of layers
#    :show: program
#    :pieces: Layer Affine
#    :minutes: 4
#    :meeting:
#
#    A dictionary instead of a list: each variable is a key, and a key is there once.
#
#    .. notes::
#       Why not a set? Because the order would change from run to run.
#
# .. slide:: Three ways to take a step
#    :show: program
#    :pieces: SGD Momentum Adam
#    :minutes: 4
#    :meeting:
#
#    What do they remember? Nothing, one array for each parameter, two.
#
#    .. notes::
#       Compare them by what they remember, and ask how much memory each needs for a million parameters. The usual slip
#       is Adam: it keeps two arrays for each parameter, not one. Point at the line that clears the gradient; a later
#       slide shows what that is good for.
#
# ``SGD`` is short for stochastic gradient descent; what is stochastic about it is the subject of step 50. The two others
# inherit its beginning. What they remember they keep in lists, an array for each parameter.
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
# .. slide:: A model of two layers, and its parameters
#    :show: output
#    :minutes: 2
#
#    Four variables, in the order in which they were made.
#
#    .. notes::
#       Ask for the four shapes before the output. Most give the first one the wrong way round; the rows of the matrix
#       are the inputs. When late, skip it.
#
# A network is now a short class, and it is a ``Layer`` itself. So it can be a part of a larger one.
#
# .. internal:: layer in model.layers


class Network(Layer):
    def __init__(self, rng, widths, gain=2 ** 0.5):
        self.layers = [Affine(rng, n_in, n_out, gain) for n_in, n_out in zip(widths, widths[1:])]

    def __call__(self, h):
        for layer in self.layers[:-1]:
            h = relu(layer(h))
        return self.layers[-1](h)


model = Network(np.random.default_rng(0), [2, 16, 1])
print([p.shape for p in model.parameters()])
assert sorted(p.shape for p in model.parameters()) == [(1,), (2, 16), (16,), (16, 1)]
assert model.parameters() == [p for layer in model.layers for p in (layer.W, layer.b)]
one = Affine(np.random.default_rng(0), 4, 3, gain=2.0)
assert np.array_equal(one.W.data, np.random.default_rng(0).normal(size=(4, 3)) * 2 / np.sqrt(4)) and not one.b.data.any()
assert np.array_equal(one(np.ones((2, 4))).data, np.ones((2, 4)) @ one.W.data) and one.b.shape == (3,)
assert np.array_equal(Affine(np.random.default_rng(0), 4, 3).W.data, one.W.data / 2)
one.b.data = np.array([1.0, -2.0, 3.0])
assert np.array_equal(one(np.ones((2, 4))).data, np.ones((2, 4)) @ one.W.data + one.b.data)


class Nested(Layer):
    def __init__(self):
        self.name, self.inner, self.scale = 'nested', model, Variable(np.array(2.0))
        self.more = [Variable(np.array(1.0)), 'no parameter']


assert {id(p) for p in model.parameters()} < {id(p) for p in Nested().parameters()}
assert len(Nested().parameters()) == 6

# %%
# Now we follow the three optimisers by hand. The gradients are 1, then 3, then -2, and we write down where each goes.

gs = [1.0, 3.0, -2.0]


def places(optimiser, p):
    found = []
    for g in gs:
        p.grad, before, kept = np.array(g), p.data, p.data.copy()
        optimiser.step()
        found.append(float(p.data))
        assert p.grad is None and before == kept  # the array of before is as it was
    return found


at = lambda: Variable(np.array(5.0))
p = at()
assert np.allclose(places(SGD([p], 0.1), p), [4.9, 4.6, 4.8])
p = at()
assert np.allclose(places(Momentum([p], 0.1), p), [4.9, 4.9 - 0.39, 4.51 - 0.151])
p = at()
assert np.allclose(places(Momentum([p], 0.1, beta=0.5), p), [4.9, 4.9 - 0.35, 4.55 + 0.025])
p, m, v, expected = at(), 0.0, 0.0, [5.0]
for k, g in enumerate(gs, 1):
    m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g ** 2
    expected.append(expected[-1] - 0.1 * (m / (1 - 0.8 ** k)) / ((v / (1 - 0.9 ** k)) ** 0.5 + 0.01))
assert np.allclose(places(Adam([p], 0.1, beta1=0.8, beta2=0.9, eps=0.01), p), expected[1:])
first = {g: Variable(np.array(0.0)) for g in [1e-4, 1.0, 1e4]}
adam = Adam(list(first.values()), 1.0)
for g, p in first.items():
    p.grad = np.array(g)
adam.step()
for g, p in first.items():
    print(f"Adam's first step for a gradient of {g:8}: {float(p.data):.4f}")
    assert round(float(p.data), 3) == -1

# %%
# The last gradient is a hundred million times as large as the first, and the step is the same. Without the two
# corrections it would be :math:`0.1/\sqrt{0.001}` times as long, which is the root of 10.

uncorrected = (1 - 0.9) / np.sqrt(1 - 0.999)
print(f'uncorrected: {uncorrected:.2f}')
assert round(uncorrected, 2) == 3.16 and np.isclose(uncorrected, np.sqrt(10))

# %%
# .. slide:: Race
#    :show: picture
#    :minutes: 4
#    :meeting:
#
#    Three walkers with your own optimisers. Choose how narrow the valley is, and what is kept.
#
#    .. notes::
#       Set beta to 0.99. The ball shoots past and comes back many times.
#
# Now the race, with these classes. Choose how narrow the valley is and how much of each step is kept.

kappa, beta = control('κ', 50.0, 2.0, 200.0), control('β', 0.75, 0.0, 0.99)
scale = np.array([1.0, kappa])
racers = {name: Variable(np.array([1.0, 1.0])) for name in ['SGD', 'Momentum', 'Adam']}
optimisers = [SGD([racers['SGD']], 2 / (1 + kappa)), Momentum([racers['Momentum']], 2 / (1 + kappa), beta),
              Adam([racers['Adam']], 0.1)]
paths = {name: [p.data] for name, p in racers.items()}


def race():
    return arrows(paths={name: np.array(path) for name, path in paths.items()}, area=(-0.8, 1.2, -1.1, 1.1),
                  level=lambda x0, x1: (x0 ** 2 + kappa * x1 ** 2) / 2, x='along', y='across')


for step in steps(40, show=race, every=4):
    for (name, p), optimiser in zip(racers.items(), optimisers):
        (np.sum(scale * p * p) / 2).backward()
        optimiser.step()
        paths[name].append(p.data)

# %%
# .. slide:: Three optimisers on a ring
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    120 points, one hidden layer of 16. Each has the best of three rates.
#
#    .. notes::
#       Say it as it came out: memory helps, and between the last two there is nothing to choose here.
#
# Is Adam the fastest?
# --------------------
# Many take it without a thought. Let us see. A network is to say of 120 points whether they lie within a ring. Each
# optimiser is tried with three rates, each about three times as large as the one before. The table has the loss after
# 100 steps; in each row the rate in the middle is the best.

rng = np.random.default_rng(0)
points = rng.uniform(-1, 1, size=(120, 2))
inside = (np.sum(points ** 2, 1, keepdims=True) < 0.5) * 1.0


def train(model, optimiser):
    loss = np.sum((model(points) - inside) ** 2) / len(points)
    loss.backward()
    optimiser.step()
    return float(loss.data)


tried = {SGD: [0.1, 0.3, 0.9], Momentum: [0.1, 0.3, 0.9], Adam: [0.03, 0.1, 0.3]}
ends = {}
for kind, rates in tried.items():
    ends[kind] = {}
    for rate in rates:
        model = Network(np.random.default_rng(0), [2, 16, 1])
        optimiser = kind(model.parameters(), rate)
        ends[kind][rate] = [train(model, optimiser) for step in range(100)][-1]
    print(f'{kind.__name__:8}', *[f'  {rate}: {loss:.3f}' for rate, loss in ends[kind].items()])
lowest = {kind: min(losses.values()) for kind, losses in ends.items()}
assert lowest[SGD] > 1.1 * max(lowest[Momentum], lowest[Adam]) and abs(lowest[Momentum] / lowest[Adam] - 1) < 0.1
assert all(losses[rates[1]] == lowest[kind] for (kind, rates), losses in zip(tried.items(), ends.values()))
assert max(ends[Adam].values()) < 1.2 * lowest[Adam] and np.isclose(ends[Momentum][0.9], inside.var(), rtol=0.01)

# %%
# Memory helps. Between momentum and Adam there is nothing to choose, here, if each has its best rate. What Adam saves
# is the search for it: its three rates end nearly alike. Momentum with the largest of its rates has learnt nothing but
# the mean, for its loss is the variance of the targets. Adam's rate is a length, and does not depend on the scale of
# the loss.
#
# And valleys? By the proposition Adam does not see :math:`\kappa` if the axes of the valley are those of the
# parameters: if it is steeper in one number, all gradients of that number are multiplied. Turn the valley by thirty
# degrees, and Adam sees it. Momentum does not care how the valley lies, since nothing in its steps speaks of
# coordinates.


def arrive(optimiser, p, A):
    number = 0
    while np.linalg.norm(p.data) > 1e-3:
        p.grad = A @ p.data
        optimiser.step()
        number += 1
    return number


taken = {}
angle = np.pi / 6
turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
print('                    along the axes   turned')
for kappa in [100, 1000]:
    _, heavy, beta = best(kappa)
    for name in ['Momentum', 'Adam']:
        for Q in [np.eye(2), turn]:
            p = Variable(Q @ [1.0, 0.5])
            optimiser = Momentum([p], heavy, beta) if name == 'Momentum' else Adam([p], 0.1)
            taken.setdefault((kappa, name), []).append(arrive(optimiser, p, Q @ np.diag([1.0, kappa]) @ Q.T))
        print(f'κ = {kappa:4}  {name:9} {taken[kappa, name][0]:13} {taken[kappa, name][1]:8}')
assert taken[100, 'Adam'][0] == taken[1000, 'Adam'][0] and taken[1000, 'Adam'][1] > 10 * taken[1000, 'Adam'][0]
assert all(abs(a - b) <= 1 for (_, name), (a, b) in taken.items() if name == 'Momentum')

# %%
# .. slide:: The ring, learnt
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Choose the optimiser and the rate, and watch the map.
#
#    .. notes::
#       Let the room choose the optimiser, the rate and the seed, and bet on the outcome before you start. Somebody will
#       set a large rate with momentum; let it fail, and ask what the same rate does to the two others. A minute less
#       does not hurt it.
#
# Choose for yourself: 0 is SGD, 1 is momentum, 2 is Adam.

which, rate, seed = control('optimiser', 1, 0, 2), control('learning rate', 0.1, 0.005, 1.0), control('seed', 0, 0, 9)
ring = Network(np.random.default_rng(seed), [2, 16, 1])
ring_optimiser = [SGD, Momentum, Adam][which](ring.parameters(), rate)


def decided(places):
    with no_grad():
        return (ring(places).data > 0.5)[:, 0]


def ring_map():
    return regions(decided, points, inside[:, 0], names=['outside', 'inside'])


for step in steps(100, show=ring_map, every=10):
    loss = train(ring, ring_optimiser)
print(f'loss {loss:.3f}')

# %%
# Not enough? The next cell goes on with the same network, as often as you like.

for step in steps(100, show=ring_map, every=10, more=True):
    loss = train(ring, ring_optimiser)
print(f'loss {loss:.3f}')

# %%
# .. slide:: Listed twice, moved twice
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    A weight that two layers share.
#
#    .. notes::
#       Nothing breaks. It only learns with twice the rate, in that one place.
#
# What if two layers share a weight?
# ----------------------------------
# That is allowed: in :page:`step 59 <stage6/step59>` one matrix serves each letter of a word. A pass adds up what comes
# back from all uses: that is step 14. But the list of parameters must have the weight *once*. Here the same layer is
# used twice, and a list is made as one would at first. A loop that moves and then clears takes two steps where one was
# meant. No error says so.


class Twice(Layer):
    def __init__(self, layer):
        self.first = self.second = layer


shared = Affine(np.random.default_rng(0), 3, 3)
model = Twice(shared)
naive = [p for layer in (model.first, model.second) for p in (layer.W, layer.b)]
for name, parameters in [('listed twice', naive), ('each once', model.parameters())]:
    before = shared.W.data
    np.sum(model.second(model.first(np.ones((1, 3))))).backward()
    g = shared.W.grad
    for p in parameters:
        p.data = p.data - 0.1 * p.grad
    for p in model.parameters():
        p.cleargrad()
    moved = np.abs(shared.W.data - before).sum() / np.abs(0.1 * g).sum()
    print(f'{name}: {len(parameters)} parameters, moved by {moved:.1f} times the step')
    assert np.isclose(moved, len(parameters) / 2)
assert len(model.parameters()) == 2

# %%
# The optimisers of this page would have stopped at the second one, because ``step`` clears each ``grad`` at once. That is a
# small reason to clear there.
#
# .. internal::

np.sum(model.second(model.first(np.ones((1, 3))))).backward()
try:
    SGD(naive, 0.1).step()
    raise AssertionError('it moved twice')
except TypeError as error:
    print('TypeError:', error)

# %%
# .. slide:: Adam and a gradient that should be 0
#    :show: predict output
#    :minutes: 4
#    :meeting:
#
#    A tenth and two tenths, minus three tenths, times a thousand million.
#
#    .. notes::
#       In a computer 0.1 + 0.2 is not 0.3. The true gradient is 0, and the parameter should not move at all.
#
# What does Adam make of rounding errors?
# ---------------------------------------
# Let :math:`q = 10^9 p`, and the loss :math:`0.1\, q + (0.2\, q - 0.3\, q)`. It does not depend on :math:`p`, and its
# gradient is 0. The pass of this page finds about :math:`6 \cdot 10^{-8}`: the numbers nearest to 0.1, 0.2 and -0.3
# in a computer do not add up to 0, and their sum is rounded, too. The rate is 0.1.
#
# .. predict:: After a hundred steps SGD has moved p by less than a millionth. And Adam?
#    :answer: 8 = round(abs(ways['Adam']))
#    :after:
#
#    - ``round(abs(ways['Adam']))``: nearly the whole rate in each step. It divides the rounding error by itself.
#    - ``0``: the gradient is small, but Adam does not see how small. Only eps does, and it is smaller still.
#    - ``1``: that would be a tenth of the rate in each step. But the quotient is near 1 while the gradient is above
#      eps.

ways = {}
for kind in [SGD, Adam]:
    p = Variable(np.array(0.0))
    optimiser = kind([p], 0.1)
    for step in range(100):
        q = 1e9 * p
        (0.1 * q + (0.2 * q - 0.3 * q)).backward()
        found = float(p.grad)
        optimiser.step()
    ways[kind.__name__] = float(p.data)
    print(f'{kind.__name__}: gradient {found:.0e}, moved by {abs(ways[kind.__name__]):.1e}')
    assert 0 < found < 1e-7
assert abs(ways['SGD']) < 1e-6 and abs(ways['Adam']) > 5

# %%
# So a run of Adam may depend on the order in which a machine adds. On another processor, or with another library, the
# rounding errors are others, and where gradients are no larger than these, so are the steps. The runs of this course
# are built so that what they print does not depend on it.
#
# Does everything from before still work?
# ---------------------------------------
# The gradients of a model made of layers are compared with differences, and momentum on the valley, step by step, with
# the recurrence at the top of the page.

model = Network(np.random.default_rng(1), [2, 4, 1])
value = lambda: np.sum(model(points[:5]) ** 2)
value().backward()
for p in model.parameters():
    for at in np.ndindex(p.shape):
        kept, sides = p.data, []
        for eps in (1e-6, -1e-6):
            p.data = kept.copy()
            p.data[at] += eps
            sides.append(float(value().data))
        p.data = kept
        assert np.isclose(p.grad[at], (sides[0] - sides[1]) / 2e-6, rtol=1e-4, atol=1e-6)

_, heavy, beta = best(50)
p = Variable(np.array([1.0, 1.0]))
optimiser = Momentum([p], heavy, beta)
for place in walk(50, heavy, beta, 40)[1:]:
    (np.sum(np.array([1.0, 50.0]) * p * p) / 2).backward()
    optimiser.step()
    assert np.allclose(p.data, place, rtol=1e-9, atol=1e-12)

# %%
# The graph
# ---------
# In the graph there are no layers. It has the functions that they call, and the four parameters at which a gradient
# arrives.
from dezero_lite import graph

named = Network(np.random.default_rng(0), [2, 3, 1])
for p, name in zip(named.parameters(), ['W1', 'b1', 'W2', 'b2']):
    p.name = name
graph(named(points[:1]))

# %%
# What is still wrong
# -------------------
# .. slide:: Next: how wrong is half right?
#    :show: output
#    :minutes: 2
#    :meeting:
#    :recap:
#
#    The network should say 1 inside and 0 outside. Here is what it says.
#
#    .. notes::
#       The loss takes more than 1 for 'inside' as a mistake. Ask whether it is one, and what kind of answer a
#       classifier should give. 'Yes or no' is the first reply; a probability is what one can train on. Then ask what to
#       do with three classes, and stop there.
#
# The ring was learnt with squares: 1 inside, 0 outside. The network does not know that these are classes. At some points it
# says more than 1 or less than 0, and it is punished for being too sure of the right answer.

model = Network(np.random.default_rng(0), [2, 16, 1])
optimiser = Momentum(model.parameters(), 0.1)
for step in range(200):
    train(model, optimiser)
with no_grad():
    said = model(points).data
print(f'from {said.min():.1f} to {said.max():.1f}')
assert said.min() < 0 and said.max() > 1

# %%
# And what if there are three classes? Step 48 asks what the loss should be then.
#
# Two columns at the end of this stage go on from here: how large a step may be where the curvature changes with each of
# them, :page:`stage5/edge`, and a network that learns without data, :page:`stage5/law`.

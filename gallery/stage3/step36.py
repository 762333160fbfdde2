"""
Step 36: gradients of gradients
===============================

A gradient may stand inside a formula, and the formula is differentiated through it. That gives the
product of the Hessian with a vector, and with it the two limits of a learning rate, without a matrix.

What is a gradient good for inside a formula?
"""

# %%
# .. slide:: A formula with a derivative in it
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    :math:`z = (y')^3 + y` with :math:`y = x^2`. Nudge x at 2: is the slope of z 100 or 4?
#
#    .. notes::
#       Ask who would put 4 in for y' first, and let the group find out what that assumes.
#
# Let :math:`y = x^2` and :math:`z = (y')^3 + y`, at :math:`x = 2`. There :math:`y' = 4`, so
# :math:`z = 64 + 4`. How fast does :math:`z` change with :math:`x`? It is tempting to put in the 4
# and to differentiate the rest. But :math:`y'` is not a number here. It is an expression in :math:`x`,
# and changes when :math:`x` does. A nudge shows it.

import numpy as np


nudged = np.array([2 - 1e-6, 2 + 1e-6])
moves = np.diff((2 * nudged) ** 3 + nudged ** 2)[0] / 2e-6
frozen = np.diff(4 ** 3 + nudged ** 2)[0] / 2e-6
print(f"y' moves along: {moves:.3f}   y' frozen at 4: {frozen:.3f}")
assert np.isclose(moves, 100, rtol=1e-8) and np.isclose(frozen, 4, rtol=1e-8)
assert 24 * 2 ** 2 + 2 * 2 == 100 and 4 ** 3 == 64

# %%
# With :math:`y' = 2x` we have :math:`z = 8x^3 + x^2`, and its derivative :math:`24 x^2 + 2x` is 100
# at 2. To go back through a gradient like this is called **double backpropagation**.
#
# To write such a formula we want to ask for a gradient as one asks for a value. So far it travels through
# ``x.grad``: one has to clear, to go back, to fetch it, and to clear again. It also costs more than it must.
# ``backward`` goes to every leaf, even if we want to know only how :math:`z` depends on the variable just
# before it.
#
# .. ask::
#    How can one ask for a gradient as one asks for a value?
#
#    - ``gradients(y, xs, create_graph=False)`` takes a variable and a tuple of variables, and
#      returns the tuple of the gradients of ``y`` with respect to these: arrays, or variables if
#      ``create_graph`` is true. It leaves every ``grad`` as it was. Where ``y`` does not depend on
#      an x, it gives zeros. It runs only functions through which something that is wanted can be
#      reached.
#    - ``hvp(f, xs, vs)`` takes a function of several variables, the tuple of these and as many
#      numbers or arrays, and returns the tuple of the product of the second derivatives with the
#      vector ``vs``.
#
# The program
# -----------
# .. slide:: Ask for a gradient as one asks for a value
#    :show: program
#    :pieces: gradients hvp between
#    :minutes: 5
#    :meeting:
#
#    ``gradients`` leaves no ``grad`` behind. ``hvp`` is two calls of it.
#
#    .. notes::
#       Begin with gradients. Then ask which functions the pass needs to run, and show between.
#
# The pass gets one more argument, the places that are ``wanted``, and its table gives out what has
# arrived there. ``between`` finds the functions that have to run: first all that lie behind ``y``; then,
# from the lowest generation on, those of which an input is wanted, or leads on to one that is. Since
# nothing is written into any ``grad``, there is nothing to clear, and no circle from a leaf to its own
# gradient. Zeros answer the question of `step 35 <step35.ipynb>`_: they are variables, if variables
# were asked for, so that one can go on from them.
#
# ``hvp`` computes the product of the second derivatives with a vector. Its three lines are explained
# after the run.
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

    def backward(self, *, create_graph=False):
        with paused(-pauses.get() if create_graph else 0):
            found = backward_pass(self, create_graph)
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

    __add__ = lambda self, other: implementations[np.add](self, other)
    __radd__ = lambda self, other: implementations[np.add](other, self)
    __sub__ = lambda self, other: implementations[np.subtract](self, other)
    __rsub__ = lambda self, other: implementations[np.subtract](other, self)
    __mul__ = lambda self, other: implementations[np.multiply](self, other)
    __rmul__ = lambda self, other: implementations[np.multiply](other, self)
    __truediv__ = lambda self, other: implementations[np.divide](self, other)
    __rtruediv__ = lambda self, other: implementations[np.divide](other, self)
    __pow__ = lambda self, c: implementations[np.power](self, c)
    __neg__ = lambda self: implementations[np.negative](self)


def backward_pass(y, create_graph=False, wanted=()):
    gradients = {place_of(y): np.ones_like(y.data)}
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
        for parent, gx in zip(place.parents, place.pull(gy, create_graph)):
            if parent is None:
                continue
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
        for x in inputs:
            if isinstance(x, Variable) and x.shape != np.shape(y):
                raise ValueError(f'{x.shape} was stretched to {np.shape(y)}: not supported yet')
        self.parents = tuple(map(place_of, inputs))
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


def gradients(y, xs, *, create_graph=False):
    with paused(-pauses.get() if create_graph else 0):
        found = backward_pass(y, create_graph, {place_of(x) for x in xs})
    zeros = [np.zeros(x.shape, x.dtype) for x in xs]
    return tuple([handed_out(found.get(place_of(x), zero), x, create_graph) for x, zero in zip(xs, zeros)])


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
    along = sum(g * v for g, v in zip(first, vs))
    return gradients(along, xs)

# %%
# The run
# -------
# .. slide:: The gradient goes in as a number
#    :show: predict output
#    :minutes: 4
#    :meeting:
#
#    We run it twice, once with the gradient as a variable, and once with its number.
#
#    .. notes::
#       The value of z is the same. So who would notice?
#
# .. predict:: z = (y')³ + y at x = 3. What does z.backward() leave in x, if y' goes into the
#    formula as a bare array, without its graph?
#    :answer: 6.0 = float(x.grad)
#    :type: number
#    :after:
#
#    - ``float(x.grad)``: An array is a constant, so only the path through y is left, and y' is 6 there.
#    - ``right``: That is the derivative. It takes both paths, through y and through y'.
#    - ``right - 6``: That is the path through y'. It is the one that gets lost.
#    - ``0``: The path through y is still there.

x = Variable(np.array(3.0))
y = x ** 2
gx, = gradients(y, (x,), create_graph=True)
z = gx ** 3 + y
z.backward()
right = float(x.grad)
print('with its graph:   ', right)

x = Variable(np.array(3.0))
y = x ** 2
gx, = gradients(y, (x,))
z = gx ** 3 + y
z.backward()
print('without its graph:', x.grad)
assert right == 222 and x.grad == 6 and z.data == 225

# %%
# The value of :math:`z` is 225 both times, and nobody complains. Only the derivative differs:
# without ``create_graph`` the gradient is an array, hence a constant. The same happens in any
# engine when one *detaches* it.
#
# .. internal:: again
#
# And ``gradients`` leaves nothing behind, also where it is asked for a variable that is no leaf: a
# later ``backward`` keeps no gradient there. What is wanted is looked up by place, so two variables
# that stand for the same place get the same answer.

x = Variable(np.array(2.0))
a = x ** 2
y = a ** 2
again = variable_at(a.creator, a.data)
print('gradients for a, for its double, and for x:', *gradients(y, (a, again, x)))
assert gradients(y, (a, again, x)) == (8, 8, 32)
assert x.grad is None and a.grad is None
y.backward()
assert x.grad == 32 and a.grad is None

# %%
# .. slide:: The pass goes only where something is wanted
#    :show: output
#    :minutes: 3
#
#    There is a chain of a hundred functions below ``a``, and one function above it.
#
#    .. notes::
#       Ask for the two numbers first: how many functions does backward run, how many gradients?
#
# The pass goes only where something is wanted. Below ``a`` there is a chain of a hundred functions here, and
# ``gradients(y, (a,))`` runs none of them. Beside it there is a function without a rule, through which
# nothing wanted can be reached; ``backward`` stumbles over it, and ``gradients`` never gets there.


class Shift(Function):
    runs = 0

    def forward(self, x):
        return x + 1

    def backward(self, gy):
        Shift.runs += 1
        return gy


class Floor(Function):
    def forward(self, x):
        return np.floor(x)


def runs_of(go):
    Shift.runs = 0
    go()
    return Shift.runs


x, u = Variable(np.array(2.0)), Variable(np.array(0.5))
a = x
for _ in range(100):
    a = Shift()(a)
y = a ** 2
print('runs of the chain:', runs_of(y.backward), 'by backward,', runs_of(lambda: gradients(y, (a,))), 'for a')
assert runs_of(y.backward) == runs_of(lambda: gradients(y, (x,))) == 100
assert runs_of(lambda: gradients(y, (a,))) == 0 and gradients(y, (a,)) == (204,)

y = a ** 2 + Floor()(u)
assert gradients(y, (x, a)) == (204, 204)
try:
    y.backward()
    raise AssertionError('Floor has got a rule')
except AttributeError as error:
    print('backward:', error)

# %%
# The third derivative of :math:`x \cdot x` was None in step 35. Now it is 0, and so are all after it:

def orders(f, point, n):
    x = Variable(np.array(point))
    found = [f(x)]
    for _ in range(n):
        found += gradients(found[-1], (x,), create_graph=True)
    return found


print(*orders(lambda x: x * x, 3.0, 4))
assert [float(v.data) for v in orders(lambda x: x * x, 3.0, 4)] == [9, 6, 2, 0, 0]
assert [float(v.data) for v in orders(lambda x: x ** 2, 0.0, 4)] == [0, 0, 2, 0, 0]
assert all(isinstance(v, Variable) for v in orders(lambda x: x * x, 3.0, 4))

# %%
# Hessian times vector
# --------------------
# .. slide:: Hessian times vector
#    :show: statement proof
#    :minutes: 4
#    :meeting:
#
#    It is the gradient of a number. No matrix is ever formed.
#
#    .. notes::
#       Write ∇f · v as one number, and ask for its gradient.
#
# For :math:`n` variables the second derivatives form a matrix of :math:`n^2` entries, the Hessian
# :math:`H`, and to have all of them takes a pass for each row. Often one does not need them: :math:`H`
# times a vector is enough.
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
#     \frac{\partial}{\partial x_j} \sum_i \frac{\partial f}{\partial x_i} v_i
#     = \sum_i \frac{\partial^2 f}{\partial x_j\, \partial x_i}\, v_i ,
#
# since :math:`v` does not change with :math:`x`. That is the j-th component of :math:`H v`. ∎
#
# .. slide:: Two passes, whatever the number of variables
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    For ten variables here is one product with the Hessian; ten such products give the whole matrix.
#
#    .. notes::
#       The three lines of hvp: a recorded pass, one number, a plain pass.
#
# These are the three lines of ``hvp``. One pass, recorded, gives :math:`\nabla f`; the sum
# :math:`\nabla f \cdot v` is one number; and a second pass gives its gradient. (`Pearlmutter 1994
# <../../bibliography.md#pearlmutter-1994>`_ computes the same product in another way: he
# differentiates the backward pass *forward*, in the direction :math:`v`.) Here it is for Rosenbrock's
# valley in ten variables, and is compared with differences of gradients:


def valley(*xs):
    return sum(100 * (b - a ** 2) ** 2 + (1 - a) ** 2 for a, b in zip(xs, xs[1:]))


def variables(point):
    return tuple(Variable(np.array(p)) for p in point)


def gradient(point):
    xs = variables(point)
    return np.array(gradients(valley(*xs), xs))


rng = np.random.default_rng(0)
point, direction = rng.standard_normal(10), rng.standard_normal(10)
product = np.array(hvp(valley, variables(point), direction))
difference = (gradient(point + 1e-6 * direction) - gradient(point - 1e-6 * direction)) / 2e-6
H = np.array([hvp(valley, variables(point), e) for e in np.eye(10)])
print('product:', *[f'{p:.1f}' for p in product])
assert np.allclose(product, difference, rtol=1e-6, atol=1e-4)
assert np.allclose(H, H.T, rtol=1e-12) and np.allclose(H @ direction, product, rtol=1e-9)

# %%
# What does it cost?
# ~~~~~~~~~~~~~~~~~~
# .. internal:: functions_behind
#
# There are two passes, whatever the number of variables. But the second one goes through a larger graph: that
# of :math:`\nabla f \cdot v`, in which the function and the first pass are. It grows in proportion. How many times as
# large it is depends on the rules; for the valley it is two to three times:


def functions_behind(y):
    found, stack = set(), [y.creator]
    while stack:
        f = stack.pop()
        if isinstance(f, Function) and f not in found:
            found.add(f)
            stack += f.parents
    return found


for n in [2, 10, 40]:
    xs = variables(rng.standard_normal(n))
    y = valley(*xs)
    along = sum(g * 1.0 for g in gradients(y, xs, create_graph=True))
    counts = [len(functions_behind(v)) for v in (y, along)]
    print(f'{n:2} variables: {counts[0]} functions for the value, {counts[1]} for the second pass')
    assert 2 < counts[1] / counts[0] < 3

# %%
# .. slide:: A step that knows where it leads
#    :show: output
#    :minutes: 3
#
#    How does the value after a step depend on where the step began? Through the gradient, too.
#
#    .. notes::
#       Without create_graph the numbers are wrong, and nothing says so: 100 or 4 again.
#
# Where is it used?
# ~~~~~~~~~~~~~~~~~
# - *A penalty that keeps slopes near 1*: a term :math:`(|\nabla f| - 1)^2` is added to what is to be
#   made small, and one differentiates it (`Gulrajani et al. 2017
#   <../../bibliography.md#gulrajani-2017>`_).
# - *Learning to learn*: one looks for a start from which a step of descent leads far down (`Finn et
#   al. 2017 <../../bibliography.md#finn-2017>`_). The value after the step is :math:`f(x - \eta
#   \nabla f(x))`, a formula with a gradient in it.
# - *Second-order methods* that only need products with a matrix of second derivatives, where the
#   matrix would be too large to store (`Martens 2010 <../../bibliography.md#martens-2010>`_; `Schulman
#   et al. 2015 <../../bibliography.md#schulman-2015>`_, for the Hessian of a divergence).
#
# Here is the second of them, for Rosenbrock's function at (0, 2) and :math:`\eta = 0.001`. By the chain
# rule the derivative is :math:`(I - \eta H)\, \nabla f(x^+)`, with :math:`x^+` after the step. If
# the gradient is a constant, the matrix :math:`I - \eta H` is lost.

after = {}
for create_graph in [True, False]:
    xs = variables((0.0, 2.0))
    step = gradients(valley(*xs), xs, create_graph=create_graph)
    moved = [x - 0.001 * g for x, g in zip(xs, step)]
    after[create_graph] = np.array(gradients(valley(*moved), xs))
    print(f'create_graph={create_graph}:', *[f'{g:.4f}' for g in after[create_graph]])
H = np.diag([-400 * 2.0 + 2, 200])
assert np.allclose(after[True], (np.eye(2) - 0.001 * H) @ after[False], rtol=1e-13)
assert np.allclose([float(v.data) for v in moved], [0.002, 1.6])

# %%
# How large may a step be?
# ------------------------
# .. slide:: Two limits, and no matrix
#    :show: output
#    :minutes: 4
#    :meeting:
#
#    The limit of one step takes one product, and the limit of many takes thirty.
#
#    .. notes::
#       Multiply, scale to length 1, multiply again: the eigenvalue of largest absolute value wins.
#
# `Step 28 <step28.ipynb>`_ found two limits for the learning rate: :math:`2\, g \cdot g / g \cdot
# Hg` for one step, and :math:`2/\lambda` for many, :math:`\lambda` being the largest curvature. It had
# the matrix, from differences. Now we need none. The first limit takes one product with :math:`H`. The
# second takes some more: multiply a vector by :math:`H`, scale it to length 1, and do it again. This is
# **power iteration**. Each turn multiplies the components along the eigenvectors by the eigenvalues.
# If one eigenvalue is larger in absolute value than all others, its component outgrows the rest, unless
# it was 0 at the start. That is the largest curvature if it is positive, as it is in the valley below. At (0, 2), where
# step 28 begins, it is -798, and the largest curvature is 200. (Then multiply by :math:`H + 798\, I`, whose eigenvalues
# are larger by 798, and subtract 798 in the end.) Finding a learning rate this way is an idea of `LeCun, Simard and
# Pearlmutter 1993 <../../bibliography.md#lecun-1993>`_. Here are both limits for the valley in ten variables, at
# a start and after five hundred steps of descent, with a rate below 2/λ at both:


def curvature(f, point, turns=30):
    """The eigenvalue of the Hessian that is largest in absolute value."""
    v = np.ones(len(point))
    for _ in range(turns):
        v = v / np.linalg.norm(v)
        hv = np.array(hvp(f, variables(point), v))
        v, eigenvalue = hv, v @ hv
    return eigenvalue


assert np.isclose(curvature(valley, [0.0, 2.0]), -798) and H.diagonal().tolist() == [-798, 200]

here = np.linspace(0, 2, 10)
for steps in [0, 500]:
    for _ in range(steps):
        here = here - 0.0005 * gradient(here)
    g = gradient(here)
    many = 2 / curvature(valley, here)
    one = 2 * g @ g / (g @ np.array(hvp(valley, variables(here), g)))
    H = np.array([hvp(valley, variables(here), e) for e in np.eye(10)])
    print(f'after {steps:3} steps: 2/λ = {many:.5f}, 2 g·g/g·Hg = {one:8.5f}')
    assert np.isclose(many, 2 / np.linalg.eigvalsh(H)[-1], rtol=1e-6)
    assert many > 0.0005
    assert 1 < one / many < 2 if steps == 0 else one > 10_000 * many

# %%
# At the start the curvature along the gradient is more than half of the largest. After five hundred
# steps the gradient points along the floor of the valley, and by the formula the rate of a single step could be more
# than ten thousand times as large as that of many. The formula is exact for a quadratic function; step 28 has
# shown how far to trust it elsewhere.
#
# The graph
# ---------
# .. slide:: A path through y, a path through y′
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    The formula depends on x in two ways; detach y′, and one is lost.
#
#    .. notes::
#       Cover the upper path with a hand: that is the run without create_graph.
#
# This is the formula of the run at 2, where the derivative is 100. One path from :math:`x` to :math:`z` leads
# through ``y``, the other through ``y'``. (A circle is empty where no rule has kept the number.)
from dezero_lite import graph

x = Variable(np.array(2.0), name='x')
y = x ** 2
gx, = gradients(y, (x,), create_graph=True)
z = gx ** 3 + y
z.backward()
assert x.grad == 100
graph(z, names={'y': y, "y'": gx, 'z': z}, values=True, grads=True)

# %%
# Does everything from before still work?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# This is the test of `step 27 <step27.ipynb>`_ (formulas against differences, two passes, and what is
# kept), and the second-order check besides.

def slope(formula, point):
    x = Variable(point)
    for _ in range(2):
        formula(x).backward()
    return x.grad / 2


def second(formula, point):
    x = Variable(point)
    y = formula(x)
    with no_grad():
        y.backward(create_graph=True)  # records all the same
    first = x.grad
    x.cleargrad()
    first.backward()
    return x.grad


def by_differences(f, point, eps=1e-5):
    return (f(point + eps) - f(point - eps)) / (2 * eps)


def through_a(x):
    a = 2 - x ** 3
    return np.sin(a) + x - a * np.cos(a) / (3 - np.sin(a))


def right(slopes, differences):
    return np.allclose(slopes, differences, rtol=1e-7, atol=0)


point = np.array([0.7, 1.3])
formulas = [lambda x: (x * x - 3) / (1 + np.exp(-x)) - 2 / x, through_a,
            lambda x: x + x + x * np.tanh(x) + point / (point - 3 * x) - (x / 5) ** -2]
for formula in formulas:
    assert right(slope(formula, point), by_differences(formula, point))
    differences = by_differences(lambda p: slope(formula, p), point)
    assert right(second(formula, point), differences)

x = Variable(point)
a = x * x
a.retain_grad()
(a * 3).backward()
assert np.all(a.grad == 3) and np.all(x.grad == 6 * point)
factors = np.array([2.0, 3.0])
x.cleargrad()
y = x * factors
factors[:] = 0  # the call has kept them as they were
y.backward()
assert np.all(x.grad == [2, 3])

# %%
# .. internal::
#
# In a block of ``no_grad`` nothing is recorded. Outside of it, stretching is still refused.

with no_grad():
    assert (x * 2).creator is None
try:
    x + Variable(np.array(1.0))
    raise AssertionError('a number was stretched')
except ValueError as error:
    print(error)

# %%
# What is still wrong
# -------------------
# .. slide:: What the program still cannot do
#    :show: output
#    :minutes: 1
#    :meeting:
#    :recap:
#
#    It stretches no arrays, and has neither sums nor products of matrices.
#
#    .. notes::
#       What would the gradient of b be, in x + b, where b is a number and x an array of a hundred?
#
# .. flaw::
#
# Each variable has to have the shape of the result. There is no sum over an array, and no matrix
# product. What should the gradient of ``b`` be, where a number is added to each of three?

x, b = Variable(np.array([1.0, 2.0, 3.0])), Variable(np.array(10.0))
for attempt in [lambda: x + b, lambda: x @ x]:
    try:
        attempt()
        raise AssertionError('it can')
    except (ValueError, TypeError) as error:
        print(f'{type(error).__name__}: {error}')

# %%
# That is the question of the next stage: arrays, by one theorem.
#
# What can I do with it now?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# Three things to try with the program of this page: give it a logarithm, with ``@implements(np.log)``
# and a rule of one line, and put it to the second-order check; differentiate a loop of your own; find
# the lowest point of a function of your choice with the ``newton`` of step 33, and see by the distances
# whether the digits double.

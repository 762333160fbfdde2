"""
Step 37: a gradient in the shape of an array
============================================

A result with several elements has several gradients. The seed of a pass says which of them, or which mixture, is
wanted; and the whole Jacobian comes out row by row.

If y is an array, *whose* gradient is ``x.grad``?
"""

# %%
# Three numbers, nine derivatives
# -------------------------------
# .. slide:: Three numbers in, three numbers out
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    Each x can move each y. How many derivatives are there?
#
#    .. notes::
#       Nine. But x.grad has only three places. Let the group guess what stands there.
#
# Here are two functions of three numbers. ``kept`` hands its array back as it is, ``flipped`` hands it back in the
# opposite order. Let us move one number at a time, and write down how fast each result moves with it.

import numpy as np

functions = {'kept': lambda x: 1 * x, 'flipped': lambda x: x[::-1]}
x, h = np.array([2.0, 3.0, 5.0]), 0.25
tables = {}
for name, f in functions.items():
    tables[name] = np.stack([(f(x + h * e) - f(x)) / h for e in np.eye(3)], axis=1)
    print(name)
    print(tables[name])
assert tables['kept'].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
assert tables['flipped'].tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]

# %%
# Such a table is called the Jacobian: row :math:`i` tells how :math:`y_i` moves, column :math:`j` tells what
# :math:`x_j` moves. It has nine places, and a gradient, which has the shape of ``x``, has three. So what has ``x.grad``
# meant up to now, when ``y`` was an array? The passes of our program begin with ones:

for name, table in tables.items():
    print(f'{name:8} ones @ table = {np.ones(3) @ table}')
    assert (np.ones(3) @ table).tolist() == [1, 1, 1]

# %%
# That is the sum of the rows, the gradient of :math:`y_0 + y_1 + y_2`. It is the same for two functions that do quite
# different things.
#
# .. slide:: The same gradient, and different functions
#    :minutes: 2
#
#    The sum of the elements does not notice that they have changed places. Its gradient can't, either.
#
#    .. notes::
#       That is why "the gradient of y" is not a complete sentence if y is an array.
#
# So the gradient of the sum does not tell the two apart. For that we need the rows one by one, and the pass has to
# begin with something other than ones.

# %%
# .. ask::
#    If y has several elements, whose gradient is ``x.grad``? Let whoever makes a pass say so.
#
#    - ``y.backward(seed=u)`` and ``gradients(y, xs, seed)``: the pass begins with the *seed*, an array of the shape of
#      ``y``. Without one it begins with ones, as before.
#    - With ``create_graph=True`` the seed may be a variable. Then the gradients are variables that have a derivative
#      with respect to it, too.
#
# The program
# -----------
# .. slide:: What the pass begins with is an argument
#    :show: program
#    :pieces: backward_pass gradients
#    :minutes: 3
#    :meeting:
#
#    Its *seed*: ones, as before, if nobody says anything else.
#
#    .. notes::
#       Ask why a variable is turned into its array unless a graph is wanted.
#
# What the pass begins with is called its **seed**. The difference is small: what was ``np.ones_like(y.data)`` has
# become an argument. Without ``create_graph`` the pass computes with arrays, and so takes the data of the seed. With it
# the seed stays what it is.
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


def gradients(y, xs, seed=None, *, create_graph=False):
    with paused(-pauses.get() if create_graph else 0):
        found = backward_pass(y, seed, create_graph, {place_of(x) for x in xs})
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
# .. slide:: What a seed picks out
#    :show: predict output
#    :minutes: 4
#    :meeting:
#
#    The seed goes back through a function that flips.
#
#    .. notes::
#       Everybody writes the three numbers down. The usual wrong answer is the seed as it is, [1, 10, 100], because it
#       is 'the gradient'; but these are the weights of the results, and they go back to where the results came from.
#       Ask which x has become the last y, and the 100 has found its place.
#
# A seed can go through any function, so let us write one. ``Flip`` turns an array round; and what does its rule have to
# do with the ``gy`` that the pass hands it?
#
# .. predict:: y = flip(x), and the pass begins with the seed [1, 10, 100]. What is ``x.grad``?
#    :answer: [100.0, 10.0, 1.0] = x.grad.tolist()
#    :after:
#
#    - ``x.grad.tolist()``: the first element of x has become the last of y, and that one was given 100.
#    - ``[1.0, 10.0, 100.0]``: those are the weights of the elements of y. They have to go back to where these came
#      from.
#    - ``[111.0, 111.0, 111.0]``: as if each x had moved all three y. Each moves one.
#    - ``[1.0, 1.0, 1.0]``: that is what a pass without a seed gives.


class Flip(Function):
    keeps_xs = False

    def forward(self, x):
        return x[::-1]

    def backward(self, gy):
        return flip(gy)


def flip(x):
    return Flip()(x) if isinstance(x, Variable) else x[::-1]


x = Variable(np.array([2.0, 3.0, 5.0]))
flip(x).backward(seed=np.array([1.0, 10.0, 100.0]))
print('x.grad =', x.grad)
assert x.grad.tolist() == [100, 10, 1]

# %%
# The rule flips as well, since what arrives for the last element of ``y`` belongs to the first element of ``x``.
#
# Now take a seed that is 1 at one place and 0 at all others. It picks a row of the table.


def jacobian(f, x):
    x = Variable(x)
    y = f(x)
    return np.stack([gradients(y, (x,), seed)[0] for seed in np.eye(y.data.size)])


for name, f in {'kept': lambda x: x * 1.0, 'flipped': flip}.items():
    J = jacobian(f, np.array([2.0, 3.0, 5.0]))
    print(name, J.tolist())
    assert J.tolist() == tables[name].tolist()

# %%
# These are the tables from above, and nothing had to be moved by a small amount.
#
# .. slide:: Watch the Jacobian being filled
#    :show: picture
#    :minutes: 4
#    :meeting:
#
#    One pass for each row. For tanh on three numbers, what will stand beside the diagonal?
#
#    .. notes::
#       Run it in the page: the rows come one after the other.
#
# Watch it being filled
# ~~~~~~~~~~~~~~~~~~~~~
# Here is :math:`\tanh` on three numbers. The seed moves from one place to the next, and each pass fills a row. ``tanh``
# takes each number by itself, so only the diagonal is not zero, :math:`1 - \tanh^2 x_i`. The farther a number is from
# zero, the flatter ``tanh`` is there. In the page you can move the middle number.
from dezero_lite.pictures import control, heat, steps

middle = control('x₁', 0.5, -3.0, 3.0)
x = Variable(np.array([0.0, middle, -2.0]))
y = np.tanh(x)
J = np.full((3, 3), np.nan)
rows, columns = ['y₀', 'y₁', 'y₂'], ['x₀', 'x₁', 'x₂']
for i in steps(3, show=lambda: heat(J, rows, columns, most=1, title='Jacobian of tanh'), every=1):
    J[i], = gradients(y, (x,), seed=np.eye(3)[i])
assert np.allclose(J, np.diag(1 - np.tanh(x.data) ** 2), rtol=1e-14)

# %%
# In :math:`y = \tanh(x) \cdot \text{flip}(x)` the two numbers at the ends move two results each, and the one in the
# middle, which flip leaves where it is, moves one. Here is the table; each of its rows has come from a pass of its own:

x = Variable(np.array([0.5, 1.0, -2.0]))
J = jacobian(lambda x: np.tanh(x) * flip(x), x.data)
t = np.tanh(x.data)
assert np.allclose(J, np.diag((1 - t ** 2) * x.data[::-1]) + np.diag(t)[:, ::-1], rtol=1e-14)
heat(J, rows, columns, title='Jacobian of tanh(x) · flip(x)')

# %%
# .. slide:: Two ways from x to y
#    :show: picture
#    :minutes: 1
#    :below:
#
#    The seed (1, 0, 0) has asked for row 0.
#
#    .. notes::
#       For those who want to see the graph behind the table. Ask which two entries of row 0 are not zero: those of the
#       element itself and of the one that flip brings to its place. It hangs below, and nothing depends on it.
#
# This is its graph, after a pass that asked for row 0:
from dezero_lite import graph

x = Variable(np.array([0.5, 1.0, -2.0]), name='x')
y = np.tanh(x) * flip(x)
y.backward(seed=np.array([1.0, 0.0, 0.0]))
assert np.allclose(x.grad, J[0], rtol=1e-14)
graph(y, names={'y': y}, grads=True)

# %%
# .. slide:: A pass with the seed u
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    No Jacobian of y is formed on the way. What comes is its transpose times u.
#
#    .. notes::
#       This is the sentence of the evening, so read it twice. Ask where the Jacobian is stored. The answer 'in the
#       graph' comes quickly, and is wrong: it is stored nowhere, and only its transpose times u is formed. The
#       proof is one press down: it is that of step 18, with matrices in the place of numbers.
#
# What a seed is
# --------------
# Write :math:`\langle a, b \rangle = \sum_i a_i b_i` for the sum of the products of two arrays of one shape, whatever
# that is. And when is a rule right, if its function takes arrays? Let :math:`J_{g,p}` be the Jacobian of the output of
# a function :math:`g` with respect to its input :math:`p`. If ``gy[i]`` says how much the end result grows with output
# :math:`i`, then with :math:`p_j` it grows by the sum of ``gy[i]`` times entry :math:`ij`. So a right rule turns ``gy``
# into :math:`J_{g,p}^\top` ``gy``, for each input. (That of ``tanh`` has a diagonal matrix there, and multiplies place
# by place.)
#
# Theorem (a pass with a seed)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`y` be computed from :math:`x` by differentiable functions whose rules are right, each function object being
# called once, and let :math:`J` be the Jacobian of :math:`y` with respect to :math:`x`. Then a pass from :math:`y` with
# the seed :math:`u` gives at :math:`x`
#
# .. math::
#
#     J^\top u = \nabla_x \langle y, u \rangle ,
#
# up to rounding, where :math:`u` does not move with :math:`x`.
#
# .. slide:: The equations of step 18, with matrices
#    :show: proof
#    :below:
#    :minutes: 3
#
#    What arrives satisfies the equations that the derivative satisfies.
#
#    .. notes::
#       Nothing is new but the transposes. Ask what the matrices are if all arrays have one element: the numbers of
#       step 18.
#
# Proof
# ~~~~~
# Let :math:`S(p)` be the sum of all that the pass takes out of its table at the place :math:`p`. As in the proof of
# `step 18 <../stage2/step18.ipynb#proof-every-order>`_, now with arrays, :math:`S(y) = u`, and at every other place
#
# .. math::
#
#     S(p) = \sum_g J_{g,p}^\top\, S(g)
#
# over all uses of :math:`p` as an input. Now let :math:`D_p` be the Jacobian of :math:`y` with respect to :math:`p`. By
# the total derivative of `step 14 <../stage2/step14.ipynb#theorem-total-derivative>`_, for each entry,
# :math:`D_p = \sum_g D_g J_{g,p}`, and :math:`D_y` is the unit matrix. Transpose that and multiply by :math:`u`:
#
# .. math::
#
#     D_p^\top u = \sum_g J_{g,p}^\top\, D_g^\top u .
#
# The arrays :math:`D_p^\top u` satisfy the equations of :math:`S(p)`, and these determine them, from the larger
# generations down. So :math:`S(p) = D_p^\top u`, and at :math:`x` that is :math:`J^\top u`.
#
# Its entry :math:`j` is :math:`\sum_i u_i\, \partial y_i / \partial x_j`, the derivative of
# :math:`\langle y, u \rangle = \sum_i u_i y_i` with respect to :math:`x_j`. ∎
#
# So there are three ways to the same array, and here they are for :math:`y = \tanh(x) \cdot \text{flip}(x)`: a pass
# with the seed, a pass without one from the product of ``y`` and ``u``, and the table.

u = np.array([3.0, -1.0, 2.0])
y = np.tanh(x) * flip(x)
seeded, = gradients(y, (x,), seed=u)
weighted, = gradients(y * u, (x,))
print('a pass with the seed:', *[f'{g:.4f}' for g in seeded])
print('a pass from y * u:   ', *[f'{g:.4f}' for g in weighted])
print('the table, by u:     ', *[f'{g:.4f}' for g in J.T @ u])
assert np.allclose(seeded, weighted, rtol=1e-14) and np.allclose(seeded, J.T @ u, rtol=1e-13)

# %%
# The second way was open to us all the time: multiply ``y`` by the weights, and let the pass begin with ones, which
# gives the gradient of the sum.
#
# .. slide:: Three seeds that have a name
#    :minutes: 2
#
#    Ones: the gradient of the sum. One 1 among zeros: a row of the Jacobian. ``1/n`` everywhere: the gradient of the
#    mean.
#
#    .. notes::
#       Who writes .mean() before backward() has chosen the third.
#
# Three seeds have names of their own. Ones give the gradient of the *sum*. A single 1 gives *one row*. And :math:`1/n`
# at each of :math:`n` places gives the gradient of the *mean*:

n = y.data.size
mean, = gradients(y, (x,), seed=np.full(n, 1 / n))
ones, = gradients(y, (x,))
assert np.allclose(mean, ones / n, rtol=1e-14) and np.allclose(ones, J.sum(axis=0), rtol=1e-13)

# %%
# Why do others refuse?
# ~~~~~~~~~~~~~~~~~~~~~
# PyTorch says "grad can be implicitly created only for scalar outputs" when ``y`` has several elements. It wants you to
# say which mixture of the rows you mean, and it is right that there is a question. Many write ``y.mean().backward()``
# and go on. That is an answer, with the seed :math:`1/n`, but not the only one. Our program takes the sum if you say
# nothing, as the book's does. For most results there is nothing to choose: the loss of a network is one number, and its
# seed is 1.
#
# How many passes does a whole Jacobian take?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# One for each element of ``y``, however many elements ``x`` has. That is why training a network is affordable: one
# number at the end, one pass, and the derivatives with respect to all parameters are there. With as many results as
# inputs it is a pass for each, and a column of the Jacobian would be as cheap as a row if one could go *forward*. The
# column `once forward <forward.ipynb>`_ does.
#
# May the seed be a variable?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: The seed as a variable, and a column of the Jacobian
#    :show: output
#    :below:
#    :minutes: 3
#
#    :math:`J^\top u` is a function of :math:`u`, and a pass goes through it, too.
#
#    .. notes::
#       A surprise for whoever thinks that a pass gives rows and nothing else: two passes give a column. Ask what u has
#       to be. Zeros will do, since what matters is how the gradient depends on u. Leave it below if the room is still
#       busy with rows.
#
# Yes, with ``create_graph``. Then :math:`J^\top u` has been computed from :math:`u`, and can be differentiated with
# respect to it. It is linear in :math:`u`, so its Jacobian is :math:`J^\top`, and by the theorem a pass with the seed
# :math:`v` gives :math:`(J^\top)^\top v = J v`: how the results move when the inputs move along :math:`v`. For a
# :math:`v` with a single 1 that is a column of the table. It takes two passes, and what :math:`u` was does not matter:
# it may be zeros.

u = Variable(np.zeros(3))
back, = gradients(y, (x,), seed=u, create_graph=True)
column, = gradients(back, (u,), seed=np.array([0.0, 0.0, 1.0]))
print('column 2:', *[f'{c:.4f}' for c in column])
assert isinstance(back, Variable) and np.allclose(column, J[:, 2], rtol=1e-13)

plain, = gradients(y, (x,), seed=Variable(np.ones(3)))
assert isinstance(plain, np.ndarray) and np.allclose(plain, ones, rtol=1e-14)

# %%
# What if the seed has another shape?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Then it makes no sense, and our short program does not look. NumPy may complain in the middle of the pass, or stretch
# the seed and go on, as if the one number had been meant for every place:
#
# .. flaw::

x = Variable(np.array([2.0, 3.0, 5.0]))
stretched, = gradients(np.tanh(x), (x,), seed=np.array([1.0]))
print('one number for three:', np.array_equal(stretched, gradients(np.tanh(x), (x,))[0]))
try:
    gradients(np.tanh(x), (x,), seed=np.array([1.0, 2.0]))
    raise AssertionError('two numbers went through')
except ValueError as error:
    print('two for three: ValueError:', error)
assert np.array_equal(stretched, gradients(np.tanh(x), (x,), seed=np.ones(3))[0])

# %%
# ``dezero_lite`` compares the shapes where the mistake was made:

import dezero_lite

v = dezero_lite.Variable(np.array([2.0, 3.0, 5.0]))
try:
    np.tanh(v).backward(seed=np.array([1.0]))
    raise AssertionError('it took the seed')
except ValueError as error:
    print('ValueError:', error)

# %%
# Does everything from before still work?
# ---------------------------------------
# Formulas are compared with differences, and second derivatives as well. Then we look at what is retained, what is not
# recorded and what is refused, and at the memory of step 17; and a pass without a seed has to be a pass with ones,
# whichever way it is asked for.
#
# .. internal:: creator

import gc
import weakref


def by_differences(f, point, eps=1e-5):
    return (f(point + eps) - f(point - eps)) / (2 * eps)


def first(formula, point):
    x = Variable(point)
    for _ in range(2):
        formula(x).backward()
    return x.grad / 2


def second(formula, point):
    x = Variable(point)
    y = formula(x)
    with no_grad():
        slope, = gradients(y, (x,), create_graph=True)  # records all the same
    return gradients(slope, (x,))[0]


point = np.array([0.7, 1.3])
formulas = [lambda x: (x * x - 3) / (1 + np.exp(-x)) - 2 / x,
            lambda x: np.sin(2 - x ** 3) + x - np.cos(x) * x / 2,
            lambda x: x + x + x * np.tanh(x) + point / (point - 3 * x) - (x / 5) ** -2]
for formula in formulas:
    assert np.allclose(first(formula, point), by_differences(formula, point), rtol=1e-7)
    slopes = by_differences(lambda p: first(formula, p), point)
    assert np.allclose(second(formula, point), slopes, rtol=1e-7)

x = Variable(point)
a = x * x
a.retain_grad()
y = a * 3
y.backward(seed=np.array([1.0, 0.0]))
y.backward(seed=np.array([0.0, 1.0]))
assert a.grad.tolist() == [3, 3] and np.all(x.grad == 6 * point)  # row after row adds up to the sum
x.cleargrad()
y.backward()
assert np.all(x.grad == 6 * point) and np.all(gradients(y, (x,))[0] == 6 * point)
x.cleargrad()
x.backward(seed=np.array([7.0, 8.0]))  # a leaf, from itself
assert x.grad.tolist() == [7, 8]
unrelated = Variable(np.zeros(2))
assert gradients(y, (unrelated,), np.ones(2))[0].tolist() == [0, 0]
assert hvp(lambda x: x ** 3, (Variable(np.array(2.0)),), (1.0,)) == (12,)

gc.disable()
witness = weakref.ref(y.creator)
del y
assert witness() is None
gc.enable()
with no_grad():
    assert (x * 2).creator is None
try:
    x + Variable(np.array(1.0))
    raise AssertionError('a number was stretched')
except ValueError as error:
    assert 'stretched' in str(error)

# %%
# What is still wrong
# -------------------
# .. slide:: Next: functions that move elements
#    :show: output
#    :minutes: 1
#    :meeting:
#
#    ``Flip`` had a forward and a rule. A reshape, a sum, ``x[0]``: each will have both.
#
#    .. notes::
#       Ask what the rules of a sum and of ``x[0]`` might be, and take whatever comes without judging it. Most will find
#       that of the sum. The question to leave open is whether all these rules have something in common.
#
# .. flaw::
#
# For ``flip`` we had to write a class, and its rule looked much like its forward. There are many functions that only
# move elements or add them up, and the program does not know them:

x = Variable(np.array([2.0, 3.0, 5.0]))
for expression in ['x[0]', 'np.sum(x)']:
    try:
        eval(expression)
        raise AssertionError(expression)
    except TypeError as error:
        print(f'{expression:10} TypeError: {error}')

# %%
# Is there a rule for their rules? `Step 38 <step38.ipynb>`_ has one, and it needs a single class.

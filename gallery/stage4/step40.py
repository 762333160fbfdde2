"""
Step 40: stretched
==================

NumPy stretches a number to the shape of an array. The adjoint of that is a sum, and two lines of the pass undo
whatever was stretched. Then comes a mistake that raises no error and ruins the result.

A number is added to an array. What comes back to it?
"""

# %%
# Six places for one number
# -------------------------
# .. slide:: One knob for six lamps
#    :show: predict output
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       Let everybody write down a number. A library once shipped 7.
#
# Six lamps hang on one knob ``b``. Each of them is as bright as its own ``x`` and ``b`` together, and each unit of
# brightness costs 7.
#
# .. predict:: y = x + b, where x has six elements and b is one number. The gradient at each element of y is 7. What is the gradient of b?
#    :answer: 42 = 6 * 7
#    :type: number
#
#    - ``6 * 7``: b is used six times, and each use sends back 7.
#    - ``7``: that is what one lamp costs, or the mean of all six. But the knob turns up six at once.
#    - ``6``: so often b is used. Each use counts 7.
#
# We turn the knob up by one quarter, and look at the bill.

import numpy as np

x, b, price = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 10.0, 7.0
bill = lambda b: np.sum(price * (x + b))
print('the bill grows', (bill(b + 0.25) - bill(b)) / 0.25, 'times as fast as b')
assert (bill(b + 0.25) - bill(b)) / 0.25 == 42

# %%
# It is 42. By `step 14 <../stage2/step14.ipynb>`_ what comes back along several uses of one variable adds up; and to
# stretch a number over six places is to use it six times. `Step 38 <step38.ipynb>`_ says the same in another way.
# Stretching is a linear map, so its adjoint is what goes back. What is the adjoint?
#
# .. slide:: The adjoint of stretching is summing
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    One element, many places. Many gradients, one sum.
#
#    .. notes::
#       Say it both ways: one to many, and many to one. Ask over which axes one has to sum for a column that was
#       stretched to a matrix. The common mistake is the wrong axis, and with a square matrix it takes a second look at
#       the shape to see it. When late, the statement alone will do.
#
# Theorem (the adjoint of stretching is summing)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`S` stretch arrays of one shape to another as NumPy does: new axes come in front, and where an axis has
# length 1 its only element is repeated. Then :math:`S^* u` is :math:`u` summed over the new axes and over those that
# were repeated, in the shape of before.
#
# .. slide:: Collect the places of each element
#    :show: proof
#    :below:
#    :minutes: 2
#
#    .. notes::
#       It is the bill again: each place of the large array holds one element of the small one, and we collect by
#       element. Ask how many places belong to each. Leave it below unless somebody asks.
#
# Proof
# ~~~~~
# Each place :math:`i` of :math:`Sx` holds one element of :math:`x`, say that at :math:`s(i)`: drop the new axes from
# :math:`i`, and put 0 where the axis had length 1. Collect the places by what they hold:
#
# .. math::
#
#     \langle Sx, u \rangle = \sum_i x_{s(i)}\, u_i = \sum_j x_j \sum_{i\,:\,s(i) = j} u_i .
#
# The inner sum is element :math:`j` of :math:`S^* u`. Its places are those that agree with :math:`j` on the axes that
# were neither new nor repeated; so it runs over the others. ∎
#
# .. slide:: Undone in one place
#    :minutes: 2
#    :meeting:
#
#    A rule hands back a gradient in the shape of the *result*. The pass sums it down to the shape of the input.
#
#    .. notes::
#       Ask where else one could do it: in each rule of two inputs, as the book does.
#
# The operators of our program stretch first and then compute place by place: :math:`x + b` is :math:`x + Sb`. So the
# rule of an operator gives the gradient of :math:`Sb`, in the shape of the result, and what is left to do is the same
# for all of them, :math:`S^*`. No rule has to know about it.

# %%
# .. ask::
#    A number is added to an array. What comes back to it?
#
#    - ``+``, ``-``, ``*``, ``/`` and ``**``: a variable may be stretched as NumPy does it; nothing is refused any more.
#      Its gradient has its own shape.
#    - ``sum_to(x, shape)``: an array or a variable, summed down to a shape from which NumPy would stretch it.
#    - ``np.broadcast_to(x, shape)``, of a variable.
#
# The program
# -----------
# .. slide:: A refusal goes, two lines come
#    :show: program
#    :pieces: backward_pass broadcast_to sum_to
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       broadcast_to has sum_to for its adjoint; and sum_to is a sum and a reshape, which have theirs.
#
# ``sum_to`` finds the axes to be summed: the new ones, and those where the lengths differ. It is written with ``total``
# and ``reshape``, and so it works on variables as well, to every order. ``sum_to`` is looked up in the table and not by
# its name, so that the pass, which stands above all functions, knows none of them.
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
# .. slide:: Forty-two, and the rows of prices
#    :show: output picture
#    :minutes: 2
#
#    .. notes::
#       Ask for the gradients of the three knobs for a column before they appear, and remember that one price is 70.
#       Those who sum along the wrong axis get two numbers where three are wanted, so here the shape does help. When
#       late, show the first line alone.
#
# The lamps, with a knob for all, then with a knob for each column and one for each row:

x = Variable(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
price = np.array([[7.0, 7.0, 7.0], [7.0, 70.0, 7.0]])
for name, shape in [('one knob', ()), ('a knob a column', (3,)), ('a knob a row', (2, 1))]:
    b = Variable(np.ones(shape))
    found, = gradients(x + b, (b,), seed=price)
    print(f'{name:16}{found.tolist()}')
    assert found.shape == shape
    moves = [np.sum(price * (x.data + 1 + e.reshape(shape))) for e in np.eye(b.data.size)]
    assert np.allclose(found.ravel(), np.array(moves) - np.sum(price * (x.data + 1)), rtol=1e-12)

# %%
# In the graph ``b`` is a number, and has a number for its gradient:
from dezero_lite import graph

x, b = Variable(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), name='x'), Variable(np.array(10.0), name='b')
y = np.sum(7.0 * (x + b))
y.backward()
assert b.grad == 42 and b.grad.shape == () and x.grad.tolist() == [7] * 6
graph(y, names={'y': y}, grads=True)

# %%
# Now comes the check of step 38. Arrays of five shapes are multiplied, added and subtracted, each with each, and they
# are stretched to (4, 2, 3) and summed down from there. The gap has to be 0.


def gap(f, x, u):
    v = Variable(x)
    y = f(v)
    back, = gradients(y, (v,), u)
    return np.sum(y.data * u) - np.sum(x * back)


rng = np.random.default_rng(0)
whole = lambda shape: rng.integers(-9, 10, shape) * 1.0
other = {shape: whole(shape) for shape in [(), (3,), (2, 1), (2, 3), (4, 1, 3)]}
for shape in other:
    for constant in other.values():
        for f in [lambda x: x * constant, lambda x: constant * x + x, lambda x: 0 * constant - x]:
            v = whole(shape)
            u = whole(np.broadcast_shapes(shape, constant.shape))
            assert gap(f, v, u) == 0
    assert gap(lambda x: np.broadcast_to(x, (4, 2, 3)), whole(shape), whole((4, 2, 3))) == 0
    assert gap(lambda x: sum_to(x, shape), whole((4, 2, 3)), whole(shape)) == 0
print('no gap for', 3 * len(other) ** 2, 'products, sums and differences')

# %%
# .. slide:: The table of a stretching
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    Two numbers, stretched to six places. Read a row, then read a column.
#
#    .. notes::
#       A row has a single 1: each place holds one number. A column has three: so many gradients are summed.
#
# Here the Jacobian of ``np.broadcast_to(x, (2, 3))`` is filled row by row, for a column ``x`` of two numbers. Each row
# has a single 1, for every place holds one number. Each column has three: so many gradients come back to one number,
# and are summed.
#
# .. internal:: creator
from dezero_lite.pictures import heat, steps

x = Variable(np.zeros((2, 1)))
y = np.broadcast_to(x, (2, 3))
J = np.full((6, 2), np.nan)
rows = ['y₀₀', 'y₀₁', 'y₀₂', 'y₁₀', 'y₁₁', 'y₁₂']
for i in steps(6, show=lambda: heat(J, rows, ['x₀', 'x₁'], title='Stretching'), every=1):
    J[i] = gradients(y, (x,), seed=np.eye(6)[i].reshape(2, 3))[0].ravel()
assert J.sum(axis=1).tolist() == [1] * 6 and J.sum(axis=0).tolist() == [3, 3]
assert y.creator.backward(np.ones((2, 3))).tolist() == [[3], [3]]

# %%
# .. slide:: What is the shape of the difference?
#    :show: predict output
#    :minutes: 3
#    :meeting:
#
#    Predictions in a column, targets in a row.
#
#    .. notes::
#       Nobody gets an error message. Let somebody say what stands at place (i, j).
#
# A mistake without an error message
# ----------------------------------
# A hundred points lie on a line, up to some noise: :math:`t \approx 2x + 5`. A model has a weight and an intercept, and
# descent is to find them. Its predictions have the shape (100, 1), a column, as a matrix product gives them. The
# targets have the shape (100,), as if they had been read from a file.
#
# .. predict:: ``predictions - targets``, with the shapes (100, 1) and (100,). Which shape has the difference?
#    :answer: (100, 100) = shape
#    :after:
#
#    - ``shape``: the targets get a new axis in front, (1, 100), and then both are stretched. At place (i, j) stands
#      prediction i minus target j.
#    - ``(100, 1)``: as if the targets were a column. NumPy puts new axes in *front*.
#    - ``(100,)``: as if the predictions lost an axis. NumPy never takes one away.
#    - ``(1, 1)``: for that somebody would have to sum.

rng = np.random.default_rng(0)
points = rng.random((100, 1))
column = 2 * points + 5 + 0.1 * rng.standard_normal((100, 1))
row = column.reshape(100)
shape = (points - row).shape
print('the difference has the shape', shape)
assert shape == (100, 100)

# %%
# .. slide:: Trained on a hundred by a hundred
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    Same data, same descent. No error, no warning.
#
#    .. notes::
#       The wrong loss even comes down, and then it stays. That is what makes it expensive.
#
# We take three hundred steps of descent, first with the targets as a column, then with the same numbers as a row:


def train(targets, steps):
    w, b, losses = Variable(np.array(0.0)), Variable(np.array(0.0)), []
    for step in steps:
        difference = points * w + b - targets
        loss = np.sum(difference * difference) / difference.data.size
        gw, gb = gradients(loss, (w, b))
        w.data, b.data = w.data - 0.5 * gw, b.data - 0.5 * gb
        losses.append(float(loss.data))
    assert losses[-1] < losses[0]
    return float(w.data), float(b.data), losses[-1]


results = {'(100, 1)': train(column, range(300)), '(100,)': train(row, range(300))}
print('targets      weight  intercept     loss')
for name, (w, b, loss) in results.items():
    print(f'{name:10}{abs(w):9.3f}{b:11.3f}{loss:9.3f}')
print(f'the mean of the targets: {column.mean():.3f}')
exact = np.linalg.lstsq(np.hstack([points, np.ones((100, 1))]), column, rcond=None)[0].ravel()
assert np.allclose(results['(100, 1)'][:2], exact, atol=1e-4)
assert np.allclose(results['(100,)'], [0, column.mean(), column.var()], atol=1e-4)

# %%
# No error, no warning, and the loss falls before it settles down. But the weight is 0, and the intercept is the mean:
# the model looks at nothing, and answers the same for every point. Why exactly that?
#
# .. slide:: Why the answer is the mean
#    :show: statement
#    :below:
#    :minutes: 2
#
#    Each prediction is compared with *all* targets.
#
#    .. notes::
#       Why just the mean? Because each prediction is compared with *all* the targets, and the sum of squares is
#       smallest at their mean. Ask what this loss has to be then: the variance of the targets, and no training gets
#       below it. The proof is one square multiplied out.
#
# Proposition (the mean is the best answer to everything)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Among all predictions :math:`p_1, \dots, p_n` the sum :math:`\sum_{i,j} (p_i - t_j)^2` is smallest if and only if each
# :math:`p_i` is the mean :math:`\bar t` of the targets.
#
# Proof (the mean)
# ~~~~~~~~~~~~~~~~
# For each :math:`i`, since :math:`\sum_j (\bar t - t_j) = 0`,
#
# .. math::
#
#     \sum_j (p_i - t_j)^2 = \sum_j \bigl( (p_i - \bar t) + (\bar t - t_j) \bigr)^2 = n\,(p_i - \bar t)^2 + \sum_j (\bar
#     t - t_j)^2 ,
#
# and the last sum does not depend on the :math:`p_i`. ∎
#
# Weight 0 with the mean as the intercept makes all predictions :math:`\bar t`. If two points have different :math:`x`,
# no other weight and intercept do. The loss divides the sum by :math:`n^2`, so what is left of it is the variance of
# the targets.
#
# .. slide:: Two lines, trained before your eyes
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    One finds the slope. The other lies down.
#
#    .. notes::
#       Let it run once without a word, and ask what the second line does. It lies down, and nobody has been told that
#       anything is wrong. Then ask how one would notice with a thousand parameters and no picture. In the page the rate
#       can be changed; too large a rate is a matter for step 42.
#
# Watch both: the first finds the slope, the second lies down at the mean. In the page you can change the learning rate.
# (Which are too large? That is the question of `step 42 <../stage5/step42.ipynb>`_.)
from dezero_lite.pictures import control, curve

rate = control('learning rate', 0.3, 0.01, 0.7)
targets = {'column': column, 'row': row}
lines = {name: [Variable(np.array(0.0)), Variable(np.array(0.0))] for name in targets}


def drawn():
    ends = np.array([0.0, 1.0])
    fitted = {f'targets a {name}': (ends, w.data * ends + b.data) for name, (w, b) in lines.items()}
    return curve(fitted, points={'data': (points.ravel(), row)}, x='x', y='t')


for step in steps(100, show=drawn, every=10):
    for name, (w, b) in lines.items():
        difference = points * w + b - targets[name]
        gw, gb = gradients(np.sum(difference * difference) / difference.data.size, (w, b))
        w.data, b.data = w.data - rate * gw, b.data - rate * gb

# %%
# How does one not fall for it?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: One line that saves a day
#    :show: output
#    :below:
#    :minutes: 2
#
#    ``assert predictions.shape == targets.shape``
#
#    .. notes::
#       Ask who has lost a day to this, and let somebody tell the story. The assertion costs nothing and belongs above
#       every loss. A loss that refuses different shapes by itself is better still, and that is what the library does.
#
# Write ``assert predictions.shape == targets.shape`` above the loss. A loss has no reason to stretch anything. Those of
# ``dezero_lite`` refuse it:

import dezero_lite

try:
    dezero_lite.mean_squared_error(points, row)
    raise AssertionError('it was stretched')
except ValueError as error:
    print('ValueError:', error)

# %%
# Sum or mean?
# ~~~~~~~~~~~~
# It is a sum. Whoever averages over the places, because the places are the examples of a batch, gets 7 where 42
# belongs, as the forerunner of TensorFlow.js did until `somebody asked
# <https://github.com/tensorflow/tfjs-core/pull/398>`_ in November 2017. If a mean over the batch is wanted, that is for
# the *loss* to say: it divides by the number of examples, and then 1/n is in every gradient that arrives. If the pass
# divided as well, there would be two divisions.
#
# Who should undo it, the rule or the pass?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Either is right. In the book each rule of two inputs does it, at the end of its ``backward``; that is a line for every
# such function, and a wrong gradient where it is forgotten. In the pass it is written once, and a rule of your own, as
# ``Flip`` was in step 37, gets it for nothing. The price is that a rule with a mistake in its shapes may be "mended" by
# a sum in place of an error. Try it: let ``Add`` alone undo it, and let the check of this page tell you what you have
# forgotten.
#
# What if an axis had the length 1 before?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Then ``sum_to`` has to leave an axis of length 1 there, and not take it away. That is what the reshape at its end is
# for. From (4, 2, 3) to (2, 1) it sums over the axes 0 and 2, which leaves (2,), and gives that the shape (2, 1).

u = np.ones((4, 2, 3))
assert sum_to(u, (2, 1)).tolist() == [[12], [12]]
assert sum_to(u, ()) == 24 and sum_to(u, (4, 2, 3)).shape == (4, 2, 3)

# %%
# Does everything from before still work?
# ---------------------------------------
# Formulas are compared with differences, now with arrays of different shapes in them, and so are second derivatives
# through them. Then come seeds, what is retained and what is not recorded, and the memory of step 17.
#
# .. internal:: creator

import gc
import weakref


def by_differences(f, point, eps=1e-5):
    moves = [eps * e.reshape(point.shape) for e in np.eye(point.size)]
    return np.reshape([(f(point + m) - f(point - m)) / (2 * eps) for m in moves], point.shape)


def first_order(formula, point):
    x = Variable(point)
    for _ in range(2):
        formula(x).backward()
    return x.grad / 2


grid = np.array([[0.7, 1.3, 0.4], [0.9, 0.2, 1.1]])
formulas = [
    ((3,), lambda x: np.sum((x * grid - 3) / (1 + np.exp(-x)) - grid / x)),
    ((3, 1), lambda x: np.sum(np.transpose(np.sin(x)) * np.cos(x) + np.sum(x) ** 2 * grid[0])),
    ((1, 3), lambda x: np.sum((x - np.sum(x, axis=1, keepdims=True)) * np.tanh(x) * grid[:, :1])),
    ((1, 3), lambda x: np.sum(np.broadcast_to(x, (2, 3)) ** 3 * x[0] - sum_to(x * grid, (1,)) ** 2)),
    ((3, 1), lambda x: np.sum(x * grid[0] + x ** 2 - np.transpose(x) / x)),
]
for shape, formula in formulas:
    point, along = np.array([0.8, 1.2, 0.5]).reshape(shape), np.array([1.0, -1.0, 2.0]).reshape(shape)
    assert np.allclose(first_order(formula, point), by_differences(formula, point), rtol=1e-6)
    slopes = by_differences(lambda p: np.sum(first_order(formula, p) * along), point)
    assert np.allclose(hvp(formula, (Variable(point),), (along,))[0], slopes, rtol=1e-6, atol=1e-7)

x, b = Variable(grid), Variable(np.array(2.0))
a = b * 3
a.retain_grad()
y = a * x
y.backward(seed=np.eye(2, 3))
y.backward(seed=1 - np.eye(2, 3))
assert np.isclose(a.grad, grid.sum()) and np.isclose(b.grad, 3 * grid.sum())
assert np.allclose(x.grad, 6) and b.grad.shape == ()
gc.disable()
witness = weakref.ref(y.creator)
del y
assert witness() is None
gc.enable()
with no_grad():
    assert (x + b).creator is None
assert np.sum(x[:, ::-1] + np.reshape(x, (3, 2))[0][0]).data.shape == ()

# %%
# What is still wrong
# -------------------
# .. slide:: Next: a product of matrices
#    :show: output
#    :minutes: 1
#    :meeting:
#
#    Stretching can do it, with an axis more. But at what price?
#
#    .. notes::
#       It can be done with what we have, and that is the joke: stretch, multiply, sum. Ask how many numbers would have
#       to be written down for two matrices of a thousand by a thousand. Most people guess a million; it is a thousand
#       times as many.
#
# One thing is missing for a network: the product of matrices. Stretching can do it, by multiplying everything with
# everything and summing:

X, W = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
everything = np.reshape(Variable(X), (2, 3, 1)) * W
product = np.sum(everything, axis=1)
print(f'numbers in between: {everything.data.size}; for matrices of 1000 by 1000: {1000 ** 3:,}')
assert np.array_equal(product.data, X @ W) and everything.data.size == 2 * 3 * 4

# %%
# But this writes down all the products before it adds them up. `Step 41 <step41.ipynb>`_ gives ``@`` a rule, and
# asks where its transposes come from.

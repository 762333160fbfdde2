"""
Step 41: why the transposes?
============================

The rule of a matrix product, read off from one sum over three indices: why there are transposes in it, and why on that side.
With it the engine of the course is complete.

If Y = XW, and G is the gradient of Y, then that of X is GWᵀ. Where does the ᵀ come from, and why does it stand on the right?
"""

# %%
# Eight with the right shape
# --------------------------
# .. slide:: Eight products have the right shape
#    :show: predict output
#    :minutes: 3
#    :meeting:
#
#    G and W in either order, each transposed or not.
#
#    .. notes::
#       Many are told to look at the shapes. Ask how sure they are with square matrices.
#
# "Take the one whose shapes fit" is what many learn about the rule of a matrix product. Let us try. ``X``, ``W`` and
# the gradient ``G`` of ``Y = X @ W`` are all 3 by 3. The gradient of ``X`` is made of ``G`` and ``W``. They can stand
# in two orders, and each of them may be transposed or not: eight products, and the shapes of all of them fit.
#
# .. predict:: How many of these eight are the gradient of X?
#    :answer: 1 = len(right)
#    :type: number
#    :after:
#
#    - ``len(right)``: one. Shapes are no reason, and with square matrices they are not even a hint.
#    - ``8``: all have the right *shape*. Their values differ.
#    - ``2``: perhaps one of them and its transpose? The transpose of a right answer is wrong, unless it is symmetric.
#    - ``4``: as if only the order mattered.
#
# All entries are whole numbers, and :math:`\langle XW, G \rangle` is linear in :math:`X`. So if an entry of
# ``X`` moves by 1, this number moves by exactly the derivative.

import numpy as np

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])
W = np.array([[2.0, 0.0, 1.0], [-1.0, 3.0, 0.0], [5.0, 1.0, -2.0]])
G = np.array([[1.0, -1.0, 2.0], [0.0, 3.0, 1.0], [4.0, 0.0, -2.0]])
value = lambda X, W: np.sum(X @ W * G)
moved = np.array([[value(X + np.outer(a, b), W) - value(X, W) for b in np.eye(3)] for a in np.eye(3)])
candidates = {
    'G @ W': G @ W, 'G @ W.T': G @ W.T, 'G.T @ W': G.T @ W, 'G.T @ W.T': G.T @ W.T,
    'W @ G': W @ G, 'W @ G.T': W @ G.T, 'W.T @ G': W.T @ G, 'W.T @ G.T': W.T @ G.T,
}
right = [name for name, candidate in candidates.items() if np.array_equal(candidate, moved)]
for name, candidate in candidates.items():
    print(f'{name:10} shape {candidate.shape}  {"right" if name in right else "wrong"}')
assert right == ['G @ W.T'] and all(candidate.shape == X.shape for candidate in candidates.values())

# %%
# It is one in eight. How far does the advice reach? Let ``X`` be m by n and ``W`` be n by p, and count those of the
# eight that exist and have the shape of ``X``.


def fitting(m, n, p):
    G, W = np.zeros((m, p)), np.zeros((n, p))
    pairs = [(a, b) for g in (G, G.T) for w in (W, W.T) for a, b in ((g, w), (w, g))]
    return sum(a.shape[1] == b.shape[0] and (a @ b).shape == (m, n) for a, b in pairs)


for m, n, p in [(2, 3, 4), (3, 3, 4), (3, 4, 3), (4, 3, 3), (3, 3, 3)]:
    print(f'X {m} by {n}, W {n} by {p}: {fitting(m, n, p)} with the right shape')
assert [fitting(2, 3, 4), fitting(3, 3, 4), fitting(3, 4, 3), fitting(4, 3, 3), fitting(3, 3, 3)] == [1, 2, 2, 2, 8]

# %%
# If the three sizes are all different, only one fits, and the advice works. If two of them agree, it has to choose
# between two. And it never says why.
#
# .. slide:: Three letters, and each pair shares one
#    :show: statement
#    :minutes: 4
#    :meeting:
#
#    X has i and j, W has j and k, G has i and k.
#
#    .. notes::
#       Read the three products aloud with their letters, and ask which letter is missing in X: it is the one that the
#       gradient of X sums over. People look for the transposes first; keep those for the slide about the middle, the
#       letters are the reason. The proof hangs below, and fits on half a board.
#
# One sum, read three times
# -------------------------
# Theorem (the adjoints of a matrix product)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For matrices :math:`X`, :math:`W` and :math:`G` such that :math:`XW` has the shape of :math:`G`,
#
# .. math::
#
#     \langle XW, G \rangle = \langle X, G W^\top \rangle = \langle W, X^\top G \rangle .
#
# So the adjoint of :math:`X \mapsto XW` is :math:`G \mapsto G W^\top`, that of :math:`W \mapsto XW` is
# :math:`G \mapsto X^\top G`, and a pass through :math:`Y = XW` has to send these two.
#
# .. slide:: Collect what belongs to one entry
#    :show: proof
#    :below:
#    :minutes: 4
#
#    One sum over i, j and k. Whose factor do we want?
#
#    .. notes::
#       Write the triple sum on the board, cover X with a hand, and read what is left.
#
# Proof
# ~~~~~
# Since :math:`(XW)_{ik} = \sum_j X_{ij} W_{jk}`,
#
# .. math::
#
#     \langle XW, G \rangle = \sum_{i,j,k} X_{ij}\, W_{jk}\, G_{ik} .
#
# The three matrices play equal parts in it. Collect what belongs to :math:`X_{ij}`, and what belongs to :math:`W_{jk}`:
#
# .. math::
#
#     \sum_k G_{ik} W_{jk} = (G W^\top)_{ij} , \qquad \sum_i X_{ij} G_{ik} = (X^\top G)_{jk} .
#
# That is the formula. By `step 38 <step38.ipynb#theorem-the-backward-of-a-linear-map-is-its-adjoint>`_ each of the two
# maps has only one adjoint, and it is what goes back, the other matrix being held fixed. And what is sent to each input
# is a derivative with the other inputs held fixed. ∎
#
# .. slide:: The letter that is summed stands in the middle
#    :show: formula
#    :minutes: 3
#    :meeting:
#
#    A matrix product sums over the two letters that touch. The transpose turns a matrix so that they do.
#
#    .. notes::
#       Let somebody derive the gradient of W alone, with this picture only.
#
# How can one remember that?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# By the letters. :math:`X` has :math:`ij`. To get there from :math:`G`, which has :math:`ik`, and :math:`W`, which has
# :math:`jk`, sum over the one that they share, :math:`k`. A product of matrices sums over the two letters that touch in
# the middle. So :math:`W` is turned round, to :math:`kj`, and stands on the right, for :math:`i` has to come first.
#
# .. math::
#
#     X_{ij} \;\leftarrow\; G_{ik}\, (W^\top)_{kj} , \qquad W_{jk} \;\leftarrow\; (X^\top)_{ji}\, G_{ik} .
#
# That is all. ``np.einsum('ik,jk->ij', G, W)`` needs no transpose, since it names the letters.

assert np.array_equal(np.einsum('ik,jk->ij', G, W), moved)
assert np.array_equal(np.einsum('ij,ik->jk', X, G), X.T @ G)

# %%
# .. ask::
#    If Y = XW, and G is the gradient of Y, what are those of X and W?
#
#    - ``X @ W`` and ``np.matmul(X, W)``, if one of them is a variable, or both: of arrays with two axes or more, of
#      which the last two are multiplied and the others are stretched.
#
# The program
# -----------
# .. slide:: The rule, word for word
#    :show: program
#    :pieces: MatMul swapped
#    :minutes: 3
#    :meeting:
#
#    Two products back for one forward; one, if the other factor is a constant.
#
#    .. notes::
#       Put the theorem beside it and let somebody point: line for line the same. Ask what the two tests for None are
#       good for. The data of the first layer are a constant, and a product for their gradient would be computed for
#       nobody. When late, leave out ``swapped``.
#
# The rule is the theorem. ``None if parent0 is None`` leaves a product out if nobody will look at it: the first layer
# multiplies data, which are constants, and nobody asks for their gradient. ``swapped`` transposes the last two axes.
# That is a linear map, so it has a rule already, and second derivatives need nothing more.
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
# .. slide:: What one entry of Y looks at
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    X at the left, W above, Y where they meet. Which numbers does one entry of Y read?
#
#    .. notes::
#       Before you show it, ask how many numbers one entry of Y reads. The whole of X and W is a frequent guess; it
#       reads a row and a column. Choose another entry in the page and let the room say which lights go on.
#
# ``X`` is 2 by 3, ``W`` is 3 by 4. In the picture ``X`` stands at the left, ``W`` above, and ``Y`` where they meet. An
# entry of ``Y`` reads the row of ``X`` at its left and the column of ``W`` above it, and nothing else. In the page you
# can choose the entry.
from dezero_lite.pictures import control, heat

X = Variable(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
W = Variable(np.array([[1.0, 0.0, 2.0, -1.0], [3.0, 1.0, -2.0, 4.0], [-2.0, 2.0, 1.0, 1.0]]))
Y = X @ W


def meeting(left, above, corner):
    """Three matrices in one picture; nan is empty."""
    return np.block([[np.full((3, 3), np.nan), above], [left, corner]])


names = {'rows': ['j=0', 'j=1', 'j=2', 'i=0', 'i=1'],
         'columns': ['j=0', 'j=1', 'j=2', 'k=0', 'k=1', 'k=2', 'k=3']}
i, k = control('row i of Y', 0, 0, 1), control('column k of Y', 2, 0, 3)
rows, columns = np.arange(2)[:, None], np.arange(4)
lit = meeting(np.where(rows == i, X.data, np.nan), np.where(columns == k, W.data, np.nan),
              np.where((rows == i) & (columns == k), Y.data, np.nan))
assert Y.data[i, k] == np.sum(X.data[i] * W.data[:, k])
heat(lit, **names, title='One entry of Y = XW, and what it reads')

# %%
# .. slide:: What one entry of Y sends back
#    :show: predict
#    :minutes: 2
#    :meeting:
#
#    A pass whose seed has a single 1.
#
#    .. notes::
#       A vote by letter. Row 0 of X is what most choose, because that is what was read on the left; but it goes to the
#       other factor. In a product each factor is sent the other one. With those who choose the row of ones, go back to
#       the product of two numbers in step 21.
#
# Now back, from the same entry: a seed with a single 1. What arrives at ``X`` and ``W``?
#
# .. predict:: The seed is 1 at row 0, column 2 of Y, and 0 elsewhere. What does the pass leave in row 0 of the gradient of X?
#    :answer: [2.0, -2.0, 1.0] = W.data[:, 2].tolist()
#    :after:
#
#    - ``W.data[:, 2].tolist()``: column 2 of W, laid down into a row. Each x was multiplied by one of these.
#    - ``X.data[0].tolist()``: row 0 of X goes to the other side, into column 2 of the gradient of W.
#    - ``[1.0, 1.0, 1.0]``: that is what a sum would send back. Here each x had a factor.
#    - ``W.data[2].tolist()``: of row 2 of W only one number was read for this entry.
#
# .. slide:: The row and the column have changed places
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    What was read along a column is handed out along a row.
#
#    .. notes::
#       That is the transpose, seen.

i, k = control('row i of G', 0, 0, 1), control('column k of G', 2, 0, 3)
seed = np.zeros((2, 4))
seed[i, k] = 1
gX, gW = gradients(Y, (X, W), seed)
assert gX[i].tolist() == W.data[:, k].tolist() and gW[:, k].tolist() == X.data[i].tolist()
assert not np.any(np.delete(gX, i, 0)) and not np.any(np.delete(gW, k, 1))
heat(meeting(gX, gW, seed), **names, title='A 1 in G, and what it sends to X and W')

# %%
# The column of ``W`` lies in the row of the gradient of ``X``, and the row of ``X`` stands in the column of the
# gradient of ``W``. What was read along a column is handed out along a row: *that* is the transpose. A seed with other
# entries is a sum of such pictures.
#
# The check of step 38 now has two halves, since the product is linear in each factor as long as the other stays as it
# is.


def gap(f, x, u):
    v = Variable(x)
    y = f(v)
    back, = gradients(y, (v,), u)
    return np.sum(y.data * u) - np.sum(x * back)


rng = np.random.default_rng(0)
whole = lambda *shape: rng.integers(-9, 10, shape) * 1.0
cases = [((2, 3), (3, 4)), ((1, 3), (3, 1)), ((3, 3), (3, 3)), ((5, 2, 3), (3, 4)),
         ((5, 2, 3), (5, 3, 4)), ((2, 3), (5, 3, 4)), ((6, 1, 2, 3), (5, 3, 4))]
for left, above in cases:
    x, w = whole(*left), whole(*above)
    u = whole(*(x @ w).shape)
    assert gap(lambda x: x @ w, x, u) == 0 and gap(lambda w: x @ w, w, u) == 0
    print(f'{str(left):14}@ {str(above):11} = {str(u.shape):14} gap 0')

# %%
# With more than two axes there are many products at once, one for each place along the axes in front. Where one factor
# serves several of them, it has been stretched, and the pass of step 40 adds up what comes back.
#
# .. slide:: Every example sends an outer product
#    :show: output
#    :minutes: 2
#
#    The gradient of the weights is a sum over the batch.
#
#    .. notes::
#       Ask whether the gradient of a batch is a sum or a mean. 'A mean' is the usual answer, and it confuses the
#       product with the loss: what is divided, the loss has divided. The slide may be cut; step 50 comes back to it.
#
# What does XᵀG mean?
# ~~~~~~~~~~~~~~~~~~~
# If each row of ``X`` is an example, then :math:`X^\top G` is a sum over the examples: each of them sends the *outer
# product* of its inputs and its gradients, the matrix of all their products, and step 14 adds them up. So the gradient of a batch is a sum, not a mean,
# unless the loss has divided.

G = whole(2, 4)
assert np.array_equal(X.data.T @ G, sum(np.outer(x, g) for x, g in zip(X.data, G)))
print('XᵀG is the sum of', len(G), 'outer products')

# %%
# .. slide:: First the vector
#    :show: predict output
#    :minutes: 2
#    :meeting:
#
#    (AB)v or A(Bv): the result is the same.
#
#    .. notes::
#       This is reverse mode in one line: the seed is the vector.
#
# Why going back is cheap
# -----------------------
# The Jacobian of a composition is a product of Jacobians, and a pass multiplies its transpose by a vector, the seed. It
# begins with the vector, so no two Jacobians are multiplied with each other.
#
# .. predict:: A and B are 100 by 100, v has 100 numbers. (AB)v takes 1,010,000 multiplications. How many does A(Bv) take?
#    :answer: 20000 = vector_first
#    :type: number
#    :after:
#
#    - ``vector_first``: two products of a matrix and a vector, 100 times 100 each.
#    - ``1010000``: that is what the other order takes. The product of the two matrices alone takes a million.
#    - ``10000``: for one product with a vector. There are two.

multiplications = lambda a, b: a[0] * a[1] * b[1]
n = 100
A, B, v = (n, n), (n, n), (n, 1)
matrix_first = multiplications(A, B) + multiplications((n, n), v)
vector_first = multiplications(B, v) + multiplications(A, v)
print(f'(AB)v: {matrix_first:,}   A(Bv): {vector_first:,}')
assert (matrix_first, vector_first) == (n ** 3 + n ** 2, 2 * n ** 2) == (1_010_000, 20_000)

# %%
# .. slide:: Back costs twice as much as forward
#    :show: output
#    :below:
#    :minutes: 2
#
#    Two products for one, whatever the shapes are.
#
#    .. notes::
#       Ask how many products there are on the way back: one for each factor. So training takes three products for each
#       layer where using it takes one. If somebody objects that the first layer needs only one back, that is right, and
#       it is the line with None.
#
# Now count for a layer. Forward :math:`XW` takes :math:`mnp` multiplications for :math:`X` with :math:`m \times n` and
# :math:`W` with :math:`n \times p` entries, and so does each of the two products on the way back, :math:`GW^\top` and
# :math:`X^\top G`. So going back takes twice as many as going forward, whatever the shapes; in the first layer, where
# :math:`X` is a constant, as many.

for m, n, p in [(2, 3, 4), (100, 784, 10), (1, 5, 1)]:
    there = multiplications((m, n), (n, p))
    back = multiplications((m, p), (p, n)) + multiplications((n, m), (m, p))
    print(f'{m} x {n} @ {n} x {p}: forward {there:,}, back {back:,}')
    assert back == 2 * there

# %%
# A network, and its second derivatives
# -------------------------------------
# .. slide:: A network in one line
#    :show: output
#    :minutes: 2
#
#    Its gradients, and a product with its Hessian, against differences.
#
#    .. notes::
#       The line to look at is the last: nothing has been written for second derivatives, and a product with the Hessian
#       comes out. Ask how many rules that took. When late, say it and do not show it.
#
# A network of two layers is :math:`\tanh(XW_1 + b)\,W_2`, and we take the sum of the squares of what it gives. All
# gradients, and the product of the Hessian with a vector, are compared with differences. Nothing was written for the
# second derivatives.


def network(W1, b, W2):
    return np.sum((np.tanh(inputs @ W1 + b) @ W2) ** 2)


inputs = rng.standard_normal((6, 2))
start = [rng.standard_normal(shape) for shape in [(2, 5), (5,), (5, 3)]]
along = [rng.standard_normal(p.shape) for p in start]


def gradients_at(ps):
    variables = tuple(map(Variable, ps))
    return gradients(network(*variables), variables)


def shifted(t):
    return [p + t * v for p, v in zip(start, along)]


eps = 1e-5
for i, gradient in enumerate(gradients_at(start)):
    for place in np.ndindex(gradient.shape):
        high, low = [[p.copy() for p in start] for _ in range(2)]
        high[i][place] += eps
        low[i][place] -= eps
        assert np.isclose(gradient[place], (network(*high) - network(*low)) / (2 * eps), rtol=1e-6, atol=1e-6)
products = hvp(network, tuple(map(Variable, start)), along)
for product, high, low in zip(products, gradients_at(shifted(eps)), gradients_at(shifted(-eps))):
    assert np.allclose(product, (high - low) / (2 * eps), rtol=1e-6, atol=1e-6)
print('parameters:', sum(p.size for p in start), ' gradients and H v agree with differences')

# %%
# .. slide:: The graph of two layers
#    :show: picture
#    :minutes: 1
#    :below:
#
#    The inputs have no place in it.
#
#    .. notes::
#       Ask where the inputs are. They have no place, because nobody wants their gradient, and so the pass leaves one
#       product out. It hangs below, for those who like to see it.
#
# The graph
# ---------
# The inputs are constants, so they have no place, and no gradient is computed for them.
from dezero_lite import graph

W1, b, W2 = [Variable(p, name) for p, name in zip(start, ['W1', 'b', 'W2'])]
y = network(W1, b, W2)
y.backward()
assert all(v.grad.shape == v.shape for v in (W1, b, W2))
graph(y, names={'loss': y})

# %%
# What about vectors?
# ~~~~~~~~~~~~~~~~~~~
# .. flaw:: it has a rule
# .. flaw:: type(error)
#
# NumPy's ``@`` also takes vectors: one on the left counts as a row, one on the right as a column, and the new axis is
# taken away again. Our rule does not know that. Wherever it wants to transpose a vector, ``swapped`` has no two axes to
# exchange, and an exception is raised when the pass comes by.

x, w = Variable(np.array([1.0, 2.0])), Variable(np.array([3.0, 4.0]))
try:
    (x @ w).backward()
    raise AssertionError('it has a rule')
except ValueError as error:
    print(type(error).__name__ + ':', error)
x.cleargrad(), w.cleargrad()
y = np.reshape(np.reshape(x, (1, 2)) @ np.reshape(w, (2, 1)), ())
y.backward()
assert y.data == 11 and x.grad.tolist() == [3, 4] and w.grad.tolist() == [1, 2]

# %%
# .. flaw::
#
# A matrix that is a constant, times a vector, is right all the same, for then the rule transposes the matrix alone. But
# several constant matrices at once, times a vector, may give a wrong gradient *without* an exception: the rule takes
# the gradient, whose two axes are those of several vectors, for a matrix.

x, two = np.array([1.0, 2.0]), np.array([[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [5.0, -2.0]]])
assert gap(lambda x: two[0] @ x, x, np.array([3.0, -1.0])) == 0
silent = gap(lambda x: two @ x, x, np.array([[3.0, -1.0], [2.0, 1.0]]))
print('two matrices, one vector: the gap is', silent)
assert silent != 0
column = lambda x: np.reshape(two @ np.reshape(x, (2, 1)), (2, 2))
assert gap(column, x, np.array([[3.0, -1.0], [2.0, 1.0]])) == 0

# %%
# So write vectors as rows or columns, with ``reshape``, as the last lines of both cells do. Or let ``MatMul`` do
# it, and let ``gap`` judge. (``dezero_lite`` does it so.)
#
# Is the product not linear in both factors?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# In each, but not in both together: twice :math:`X` and twice :math:`W` make four times the product. If both move,
# :math:`(X + H)(W + K) = XW + HW + XK + HK`. The first two changes are the two linear maps of the theorem. The last is
# small of second order: half the movement makes a quarter of it. So it makes no difference for the derivative.
#
# Does everything from before still work?
# ---------------------------------------
# Formulas are compared with differences, with everything in them that stage 4 has brought, and so are second
# derivatives. Then come a seed, what is retained and what is not recorded, and the memory of step 17.
#
# .. internal:: creator

import gc
import weakref


def by_differences(f, point):
    moves = [1e-5 * e.reshape(point.shape) for e in np.eye(point.size)]
    return np.reshape([(f(point + m) - f(point - m)) / 2e-5 for m in moves], point.shape)


def first_order(formula, point):
    x = Variable(point)
    for _ in range(2):
        formula(x).backward()
    return x.grad / 2


point = np.array([[0.7, 1.3, 0.4], [0.9, 0.2, 1.1]])
along = np.array([[1.0, -1.0, 2.0], [0.5, 3.0, -2.0]])
formulas = [lambda x: np.sum((x * x - 3) / (1 + np.exp(-x)) - 2 / x),
            lambda x: np.sum(np.sin(x) @ np.transpose(np.cos(x)) @ x[:, ::2]),
            lambda x: np.sum((x - np.sum(x, axis=0)) ** 2 * x[0] - x[:, :1]),
            lambda x: np.sum(np.exp(np.broadcast_to(x, (4, 2, 3)) @ np.reshape(x, (3, 2))[[0, 0, 1]]))]
for formula in formulas:
    assert np.allclose(first_order(formula, point), by_differences(formula, point), rtol=1e-6)
    moved = by_differences(lambda p: np.sum(first_order(formula, p) * along), point)
    assert np.allclose(hvp(formula, (Variable(point),), (along,))[0], moved, rtol=1e-5)

x = Variable(np.array([[0.7, 1.3]]))
a = x * x
a.retain_grad()
y = a @ np.array([[2.0], [3.0]])
y.backward(seed=np.array([[10.0]]))
assert a.grad.tolist() == [[20, 30]] and np.allclose(x.grad, 2 * x.data * a.grad)
assert y.creator.backward(np.ones((1, 1)))[1] is None  # nobody wants the gradient of a constant
assert (np.ones((3, 1)) @ x).creator.backward(np.ones((3, 2)))[0] is None
gc.disable()
witness = weakref.ref(y.creator)
del y
assert witness() is None
gc.enable()
with no_grad():
    assert (x @ np.ones((2, 2))).creator is None

# %%
# What can I do with it now?
# --------------------------
# .. slide:: The engine is complete
#    :minutes: 1
#    :meeting:
#
#    What is missing is something to do with it: a line through points, and then a network.
#
#    .. notes::
#       Until next time: the puzzles.
#
# The engine is complete: what comes later, such as a logarithm or a rectifier, is one more function with a rule of a
# line or two. What can you do with it now? Ten linear maps wait for their adjoints in the `puzzles <puzzles.ipynb>`_.
# The column `once forward <forward.ipynb>`_ asks whether one could also go forward. And `step 42
# <../stage5/step42.ipynb>`_ fits a line through points, with all that this stage has brought, and asks how large a step
# may be.

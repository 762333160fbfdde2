"""
Step 35: derivatives of every order
===================================

Record each pass and go back once more: the eighth derivative of tanh comes out right. Its graph has
2571 functions, each order nearly triples them, and that is a theorem.

How fast does the graph of the n-th derivative grow?
"""

# %%
# .. slide:: Ever wilder
#    :show: picture
#    :minutes: 3
#
#    It looks harmless. The scale of its derivatives does not.
#
#    .. notes::
#       Ask for the sign of the eighth derivative at 1 before anyone computes it.
#
# `Step 33 <step33.ipynb>`_ went back twice. What if we go on? For ``tanh`` we can say beforehand
# what must come out, since :math:`\tanh' = 1 - \tanh^2`. So each derivative is a polynomial in
# :math:`y = \tanh x`: if the n-th one is :math:`p_n(y)`, the next one is :math:`p_n'(y)\,(1 -
# y^2)`. Here are some of them.

import matplotlib.pyplot as plt
import numpy as np
from numpy.polynomial import Polynomial

polynomials = [Polynomial([0, 1])]
for n in range(8):
    polynomials.append(polynomials[-1].deriv() * Polynomial([1, 0, -1]))

figure, axes = plt.subplots(1, 4, figsize=(10, 2.6))
grid = np.linspace(-4, 4, 401)
for ax, n in zip(axes, [0, 1, 4, 8]):
    ax.plot(grid, polynomials[n](np.tanh(grid)), color='C0')
    ax.set(title=f'order {n}', xlabel='x')
figure.tight_layout()
figure.set_label('Four curves: tanh itself rises smoothly from -1 to 1; its first derivative is one '
                 'hump of height 1; the fourth swings to both sides and crosses the axis four '
                 'times, reaching 4.1; the eighth crosses it eight times and reaches 1224.')
fourth, eighth = (polynomials[n](np.tanh(np.linspace(-4, 4, 4001))) for n in (4, 8))
assert round(fourth.max(), 1) == 4.1 and round(eighth.max()) == 1224
assert [(np.diff(np.sign(p)) != 0).sum() for p in (fourth, eighth)] == [4, 8]

# %%
# The program
# -----------
# .. slide:: Pass after pass, each recorded
#    :show: program
#    :pieces: Tanh derivatives
#    :minutes: 3
#
#    Clear, go back from the last derivative, and keep what has arrived. ``Tanh`` keeps its output.
#
# ``derivatives`` gives :math:`f(x)` and its first :math:`n` derivatives, all of them variables.
# ``Tanh`` is new; its rule reads the output, as the rule of ``Exp`` does.

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


def derivatives(f, x, n):
    ys = [f(x)]
    for _ in range(n):
        x.cleargrad()
        ys[-1].backward(create_graph=True)
        ys.append(x.grad)
    return ys


# %%
# The run
# -------
# .. slide:: How large is each graph?
#    :show: predict output
#    :meeting:
#    :minutes: 5
#
#    Values first, against the polynomials. Then the number of functions behind each.
#
# .. predict:: The graphs of the first four derivatives of tanh have 4, 9, 21 and 51 functions. How
#    many
#    has the eighth?
#    :answer: sizes[8]
#    :type: number
#    :after:
#
#    - ``3 * sizes[7]``: Nearly. Each order has a little less than three times as many as the last.
#    - ``8 * sizes[1]``: Each pass goes through the graph that the pass before has drawn; so the
#      graph is
#      multiplied, and nothing is merely added.
#
# At 1, each derivative with the number of functions behind it, and how many times as many as one
# order before.


def functions_behind(y):
    found, stack = set(), [y.creator]
    while stack:
        f = stack.pop()
        if isinstance(f, Function) and f not in found:
            found.add(f)
            stack += f.parents
    return found


from numpy.polynomial import Polynomial

polynomials = [Polynomial([0, 1])]
for n in range(8):
    polynomials.append(polynomials[-1].deriv() * Polynomial([1, 0, -1]))

ys = derivatives(np.tanh, Variable(np.array(1.0)), 8)
sizes = [len(functions_behind(y)) for y in ys]
for n, (y, size) in enumerate(zip(ys, sizes)):
    more = f'{size / sizes[n - 1]:.2f} times' if n > 1 else ''
    print(f'order {n}: {float(y.data):10.4f}  {size:4} functions  {more}')
    assert np.isclose(y.data, polynomials[n](np.tanh(1.0)), rtol=1e-11)
assert sizes == [1, 4, 9, 21, 51, 129, 339, 921, 2571]

# %%
# The values are right. And the ratios creep up: 2.25, 2.33, 2.43 and so on. To what?
#
# .. slide:: Not every function grows like this
#    :show: output
#    :minutes: 3
#
#    The exponential gains one function an order, the sine three in two.
#
# Must it be so?
# ~~~~~~~~~~~~~~
# No. The rule of ``Exp`` is one product with the output, and a pass through a chain of products
# draws one product more. For the sine it is nearly as cheap. It is the *square* in :math:`1 - y^2`
# that is responsible: each product has two factors to be differentiated.

for name, f, at_1 in [('exp', np.exp, [np.e] * 5),
                      ('sin', np.sin, [np.sin(1), np.cos(1), -np.sin(1), -np.cos(1), np.sin(1)])]:
    orders = derivatives(f, Variable(np.array(1.0)), 8)
    counts = [len(functions_behind(y)) for y in orders]
    print(f'{name}:', *counts)
    assert np.allclose([y.data for y in orders[:5]], at_1, rtol=1e-14)
    assert counts == [1 + (n if name == 'exp' else (3 * n) // 2) for n in range(9)]

# %%
# .. slide:: The law
#    :show: statement
#    :meeting:
#    :minutes: 3
#
#    Two powers. The larger one wins, and the ratio tends to 3.
#
# The law of growth
# -----------------
# The counts 4, 9, 21, ..., 2571 follow a simple law. To find it one only has to ask what the rule
# of each kind of function adds when a pass runs it.
#
# Theorem (the graphs of the derivatives of tanh)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`F_n` be the number of functions behind the n-th derivative, as this program computes
# it. For all :math:`n \ge 1`
#
# .. math::
#     F_n = 3^{n-1} + 3 \cdot 2^{n-1}, \qquad F_{n+2} = 5 F_{n+1} - 6 F_n .
#
# The ratio :math:`F_{n+1}/F_n` rises with :math:`n`, stays below 3, and tends to 3.
#
# .. slide:: What each rule adds
#    :show: proof
#    :below:
#    :meeting:
#    :minutes: 8
#
#    Sort the functions by kind, and let the pass run each of them once.
#
# Proof
# ~~~~~
# For :math:`n = 1` and 2 the run above has counted 4 and 9. Now let :math:`n \ge 2`, let :math:`G`
# be the graph behind the n-th derivative :math:`y_n`. Call a function *live* if there is a way from
# it to :math:`x`; the others, *dead*, combine only seeds and constants. Let :math:`G` have
# :math:`A` sums and :math:`P` products with both inputs live, :math:`M` products with one live
# input, :math:`N` live negations, :math:`S` differences :math:`1 - u` with :math:`u` live, the one
# ``Tanh``, and two dead functions. Let its last function be a product of two live inputs, :math:`t
# \cdot b`. For :math:`n = 2` this holds, with :math:`A = 1`, :math:`P = 2`, :math:`M = 2`, :math:`N
# = 0` and :math:`S = 1`: the check after this proof counts them.
#
# The pass runs every live function, and each time its gradient ``gy`` is complete. Entries of dead
# places flow to dead places only, so we may forget them. What the rules record for the rest is all
# behind :math:`y_{n+1}`, since every entry of a live place is used for the entries of its live
# inputs, until all have arrived at :math:`x`. The seed is dead. The last function has it as its
# ``gy``, and records :math:`\mathrm{seed} \cdot b` and :math:`\mathrm{seed} \cdot t`, two products
# with one live input. So from there on each ``gy`` is live, and
#
# - a sum records nothing, since both its inputs get ``gy`` itself;
# - each of the other :math:`P - 1` products with two live inputs records two of that kind;
# - a product with one live input records one of the same kind for it;
# - a negation records a negation, and a difference records one too;
# - ``Tanh`` records :math:`y \cdot y`, a difference, and a product of ``gy`` with that: the new
#   last function.
#
# Then there are sums at the places where several gradients arrive: one less than arrive. All live
# places but the last are used, so the number of these sums is the number of live inputs of the
# functions in :math:`G` (without the input :math:`x` of ``Tanh``) less the number of live functions
# but one:
#
# .. math::
#     (2A + 2P + M + N + S) - (A + P + M + N + S) = A + P .
#
# Of the old functions all but the last are behind :math:`y_{n+1}` too, since :math:`t` and
# :math:`b` are inputs of the two new products, and everything else in :math:`G` is behind these
# two. The last one is not: nothing that was recorded reads its output. Old and new together:
#
# .. math::
#     A' &= A + (A + P) \\
#     P' &= (P - 1) + 2(P - 1) + 2 = 3P - 1 \\
#     M' &= M + M + 2 \\
#     N' &= N + N + S \\
#     S' &= S + 1
#
# and again one ``Tanh``, two dead functions and a product of two live inputs at the end. So by
# induction, from the numbers for :math:`n = 2`,
#
# .. math::
#     A &= \tfrac{1}{2}(3^{n-1} - 1),\quad P = \tfrac{1}{2}(3^{n-1} + 1), \\
#     M &= 2^n - 2,\quad N = 2^{n-1} - n,\quad S = n - 1 .
#
# With the three others the sum is :math:`3^{n-1} + 2^n + 2^{n-1} = 3^{n-1} + 3 \cdot 2^{n-1}`,
# which for :math:`n = 1` is 4. A sum of multiples of :math:`3^n` and :math:`2^n` satisfies
# :math:`F_{n+2} = 5 F_{n+1} - 6 F_n`, since 3 and 2 are the roots of :math:`r^2 = 5r - 6`. Finally
# :math:`F_{n+1}/F_n = 3 - 3 \cdot 2^{n-1}/F_n`, and :math:`2^{n-1}/F_n = 1/((3/2)^{n-1} + 3)` falls
# to 0. ∎
#
# .. slide:: Counted by kind
#    :show: output
#    :minutes: 3
#
#    The five formulas of the proof, against the graphs.
#
# A proof about a program can be wrong about the program. So we count each kind in each graph.


def kinds(y):
    live, counts = {}, {'A': 0, 'P': 0, 'M': 0, 'N': 0, 'S': 0, 'Tanh': 0, 'dead': 0}
    for f in sorted(functions_behind(y), key=lambda f: f.generation):
        alive = sum(live[p] if isinstance(p, Function) else p is x for p in f.parents)
        live[f] = alive > 0
        kind = {Add: 'A', Mul: 'PM'[alive == 1], Neg: 'N', Sub: 'S', Tanh: 'Tanh'}[type(f)]
        counts[kind if alive else 'dead'] += 1
    return counts


x = Variable(np.array(1.0))
for n, y in enumerate(derivatives(np.tanh, x, 8)):
    if n >= 2:
        counts = kinds(y)
        print(f'order {n}:', *[f'{kind} {count:4} ' for kind, count in counts.items()])
        powers = 3 ** (n - 1), 2 ** (n - 1)
        assert counts == {'A': (powers[0] - 1) // 2, 'P': (powers[0] + 1) // 2,
                          'M': 2 * powers[1] - 2, 'N': powers[1] - n, 'S': n - 1,
                          'Tanh': 1, 'dead': 2}
assert sizes[1:] == [3 ** (n - 1) + 3 * 2 ** (n - 1) for n in range(1, 9)]
print('order 20 would have', 3 ** 19 + 3 * 2 ** 19, 'functions')

# %%
# More than a thousand million functions for order 20, while the polynomial :math:`p_{20}` has
# degree 21 and at most 22 coefficients. The engine cannot know that its many functions say so
# little: it never simplifies.
#
# .. slide:: All coefficients at once
#    :show: statement proof
#    :minutes: 5
#
#    Carry the Taylor series along, forward. One equation gives one coefficient after the other.
#
# How would one do better?
# ------------------------
# By going *forward*, with more than a number at each place: with the first coefficients of a Taylor
# series. This is **Taylor mode**. Each function gets a rule that makes the coefficients of its
# output from those of its input, and no graph is kept at all. Let :math:`y(t) = \tanh(x + t) = y_0
# + y_1 t + y_2 t^2 + \dots`; the n-th derivative is :math:`n!\, y_n`.
#
# Proposition (Taylor mode for tanh)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# :math:`y_0 = \tanh x`, :math:`y_1 = 1 - y_0^2`, and for :math:`k \ge 1`
#
# .. math::
#     (k + 1)\, y_{k+1} = -\sum_{i=0}^{k} y_i\, y_{k-i} .
#
# Proof
# ~~~~~
# Near each real :math:`x` the function is the sum of its series, since :math:`\tanh` is a quotient
# of two such functions and its denominator :math:`\cosh` has no real zero. It satisfies
# :math:`y'(t) = 1 - y(t)^2`. The coefficient of :math:`t^k` on the left is :math:`(k+1)\, y_{k+1}`;
# on the right it is that of the product, with a minus, and for :math:`k = 0` there is the 1 as
# well. ∎
#
# .. slide:: 36 products in place of 2571 functions
#    :show: output
#    :meeting:
#    :minutes: 3
#
#    The same eight derivatives, from eight short sums.


def taylor_of_tanh(x, n):
    y, products = [np.tanh(x)], 0
    for k in range(n):
        terms = [y[i] * y[k - i] for i in range(k + 1)]
        products += len(terms)
        y.append(((k == 0) - sum(terms)) / (k + 1))
    return y, products


series, products = taylor_of_tanh(1.0, 8)
factorial = np.cumprod([1, *range(1, 9)])
print('the eighth derivative:', round(series[8] * factorial[8], 4), 'with', products, 'products')
assert np.allclose(series * factorial, [y.data for y in ys], rtol=1e-11) and products == 8 * 9 // 2
assert taylor_of_tanh(1.0, 20)[1] == 210

# %%
# For order :math:`n` these are :math:`n(n+1)/2` products: 210 for order 20. The price is a second
# rule for each function. (JAX has such rules, under the name *jet*.) For a second derivative, or a
# gradient of a gradient, the way back is the better one as before, if there are many inputs.
#
# .. slide:: The second derivative
#    :show: picture
#    :minutes: 2
#
#    What two passes have recorded, as the package does it.
#
# The graph
# ---------
# The second derivative of ``tanh`` at 1, in ``dezero_lite``. (Not all of its rules are written as
# ours are, so the number of functions may differ.)
import dezero_lite
from dezero_lite import graph

v = dezero_lite.Variable(np.array(1.0), name='x')
y1, = dezero_lite.gradients(np.tanh(v), (v,), create_graph=True)
y2, = dezero_lite.gradients(y1, (v,), create_graph=True)
assert np.isclose(y2.data, ys[2].data)
graph(y2, names={"y''": y2})

# %%
# What is still wrong
# -------------------
# .. slide:: The derivative of a constant
#    :show: output
#    :minutes: 2
#
#    The third derivative of x·x is 0. The program has None.
#
# ``x.grad`` tells what has arrived at :math:`x`, and to a function that no longer depends on it
# nothing can say so. The third derivative of :math:`x \cdot x` is 0. But the second one is a
# constant, 2, whose graph does not reach :math:`x`; nothing arrives, and None is handed on as a
# derivative.

orders = derivatives(lambda x: x * x, Variable(np.array(3.0)), 3)
print(*orders)
assert [float(y.data) for y in orders[:3]] == [9, 6, 2] and orders[3] is None

# %%
# And all the while gradients travel by ``x.grad``, where each has to be cleared out of the way of
# the next. `Step 36 <step36.ipynb>`_ asks for a gradient as one asks for a value.

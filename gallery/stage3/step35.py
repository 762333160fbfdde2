"""
Step 35: derivatives of every order
===================================

Record each pass and go back once more: the eighth derivative of tanh comes out right. Its graph is
large, and how large the graph of each derivative is follows a law that can be proved.

How fast does the graph of the n-th derivative grow?
"""

# %%
# .. slide:: Ever wilder
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    The curve of tanh looks harmless. The scale of its derivatives does not.
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
grid = np.linspace(-4, 4, 120)
for ax, n in zip(axes, [0, 1, 4, 8]):
    ax.plot(grid, polynomials[n](np.tanh(grid)), color='C0')
    ax.set(title=f'order {n}', xlabel='x')
figure.tight_layout()
figure.set_label('Four curves: tanh itself rises smoothly from -1 to 1; its first derivative is one '
                 'hump of height 1; the fourth swings to both sides and crosses the axis three '
                 'times, reaching 4.1; the eighth crosses it seven times and reaches 1224.')
fine = np.tanh(np.linspace(-4, 4, 4000))
assert round(polynomials[4](fine).max(), 1) == 4.1 and round(polynomials[8](fine).max()) == 1224

# %%
# From the first derivative on, each one crosses the axis once more: the n-th has :math:`n - 1` zeros. For the
# degree of :math:`p_n` is :math:`n + 1`, two of its roots are :math:`\pm 1`, which ``tanh`` does not reach,
# and the others are real and lie between these. That is so for :math:`p_1 = 1 - y^2`; and between any two
# neighbouring roots of :math:`p_n` lies one of :math:`p_n'`, by Rolle's theorem, which makes :math:`n` for
# :math:`p_{n+1}`. We count them in two ways, as roots and as changes of sign along the curve:

for n, p in enumerate(polynomials[1:], 1):
    inside = [root for root in p.roots() if abs(root.imag) < 1e-6 and abs(root) < 1 - 1e-6]
    signs = np.sign(p(fine))
    assert len(inside) == (signs[1:] != signs[:-1]).sum() == n - 1 and np.all(signs != 0)
print('zeros of the derivatives of order 1 to 8:', *range(8))

# %%
# .. ask::
#    How does one get derivatives of every order, one pass after the other?
#
#    - ``derivatives(f, x, n)`` takes a function, a variable and an order. It returns a list of
#      :math:`n + 1` variables: the value of the function at ``x``, and its derivatives up to the
#      n-th.
#    - ``np.tanh(x)`` works on a variable.
#
# The program
# -----------
# .. slide:: Pass after pass, each recorded
#    :show: program
#    :pieces: Tanh derivatives
#    :minutes: 3
#    :meeting:
#
#    Clear, go back from the last derivative, and keep what has arrived. ``Tanh`` keeps its output.
#
#    .. notes::
#       Which step before had a rule that reads the output? Exp, in step 19.
#
# ``Tanh`` is new; its rule reads the output, as the rule of ``Exp`` does.
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


def backward_pass(y, create_graph=False):
    gradients = {place_of(y): np.ones_like(y.data)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place.retains:
            found[place] = gy
        if place.generation == 0:
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

# %%
# ``derivatives`` goes back from the last derivative that it has, and clears before each pass.

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
#    :minutes: 4
#    :meeting:
#
#    We compare the values with the polynomials first. Then we count the functions behind each.
#
#    .. notes::
#       Write 4, 7, 19, 49 on the board. Doubling? Tripling? Let each write down a number.
#
# .. predict:: The graphs of the first four derivatives of tanh have 4, 7, 19 and 49 functions. How
#    many has the eighth?
#    :answer: 2569 = sizes[8]
#    :type: number
#    :after:
#
#    - ``sizes[8]``: From 19 to 49 the graph grows by a factor of 2.6, and from there on the factor rises slowly and
#      stays below 3. Four more such factors lead from 49 to some two or three thousand.
#    - ``3 * sizes[7]``: That is three times as many as the seventh has, and nearly right. But the factor
#      stays below 3.
#    - ``8 * sizes[1]``: Each pass goes through the graph that the pass before has recorded; so the
#      graph is multiplied, and nothing is merely added.
#
# .. internal:: sizes
#
# Here are the derivatives at 1. Beside each stands the number of functions behind it, and how many times as
# many that is as one order before.

from numpy.polynomial import Polynomial


def functions_behind(y):
    found, stack = set(), [y.creator]
    while stack:
        f = stack.pop()
        if isinstance(f, Function) and f not in found:
            found.add(f)
            stack += f.parents
    return found


polynomials = [Polynomial([0, 1])]
for n in range(8):
    polynomials.append(polynomials[-1].deriv() * Polynomial([1, 0, -1]))

ys = derivatives(np.tanh, Variable(np.array(1.0)), 8)
sizes = [len(functions_behind(y)) for y in ys]
for n, (y, size) in enumerate(zip(ys, sizes)):
    more = f'{size / sizes[n - 1]:.2f} times' if n > 1 else ''
    print(f'order {n}: {float(y.data):10.4f}  {size:4} functions  {more}')
assert all(np.isclose(y.data, p(np.tanh(1.0)), rtol=1e-11) for y, p in zip(ys, polynomials))
assert sizes == [1, 4, 7, 19, 49, 127, 337, 919, 2569]

# %%
# At 1 the values are right. And from order 4 on the ratios creep up: 2.58, 2.59, 2.65 and so on. To
# what?
#
# Are the values right everywhere?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. flaw::
#
# As a formula, yes. In numbers, no: far out :math:`y` is nearly 1, and :math:`1 - y^2` loses digits. At
# 20 the computed ``y`` is exactly 1, so that all computed derivatives are 0, while the true first one is
# about :math:`1.7 \cdot 10^{-17}`. The formula :math:`1/\cosh^2 x` means the same number and keeps the
# digits, but it needs :math:`x`, and not the output. ``dezero_lite`` computes as this program does, and has the same 0
# there.

for point in [1.0, 10.0, 20.0]:
    first = derivatives(np.tanh, Variable(np.array(point)), 1)[1].data
    print(f'at {point:4}: 1 - y² = {first:.6g}, 1/cosh² = {1 / np.cosh(point) ** 2:.6g}')
    assert np.isclose(first, 1 / np.cosh(point) ** 2, rtol=1e-6, atol=0) == (point < 20)
assert first == 0 and np.isclose(1 / np.cosh(20) ** 2, 1.7e-17, rtol=0.01, atol=0)
assert not any(y.data for y in derivatives(np.tanh, Variable(np.array(20.0)), 8)[1:])

# %%
# What if the exponent reaches 0?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The derivatives of :math:`x^2` are :math:`2x`, 2, 0 and so on, at 0 as well. With each order the
# exponent falls by 1, and the rule for :math:`x^c` must not go on below 0: :math:`0 \cdot x^{-1}` is
# not a number at 0. This is what ``c - (c != 0)`` in the rule of ``Pow`` is for. An exponent of 0 stays
# 0.

x = Variable(np.array(0.0))
print(*[y.data for y in derivatives(lambda x: x ** 2, x, 4)])
assert [float(y.data) for y in derivatives(lambda x: x ** 2, x, 4)] == [0, 0, 2, 0, 0]
with np.errstate(all='ignore'):
    assert np.isnan(0 * np.float64(0) ** -1)

# %%
# .. slide:: Not every function grows like this
#    :show: output
#    :minutes: 2
#
#    The exponential and the sine stay at two functions.
#
#    .. notes::
#       What is in the graph of the third derivative of the exponential? The exponential, and a product
#       with a constant.
#
# Must it be so?
# ~~~~~~~~~~~~~~
# .. internal:: counts
#
# No. The rule of ``Exp`` is one product, of what arrives and the output. What arrives first is the
# seed, a constant. So the first derivative is a product with *one* input that depends on :math:`x`, the
# second pass goes back through it with a constant again, and each derivative has two functions. For
# the sine it is the same. Where a product has *two* inputs that depend on :math:`x`, its rule sends
# back two new ones; then the graph is multiplied.

for name, f, at_1 in [('exp', np.exp, [np.e] * 5),
                      ('sin', np.sin, [np.sin(1), np.cos(1), -np.sin(1), -np.cos(1), np.sin(1)]),
                      ('exp(sin)', lambda x: np.exp(np.sin(x)), []),
                      ('1/x', lambda x: 1 / x, [1, -1, 2, -6, 24])]:
    orders = derivatives(f, Variable(np.array(1.0)), 8)
    counts = [len(functions_behind(y)) for y in orders]
    print(f'{name}:', *counts)
    assert np.allclose([y.data for y in orders[:len(at_1)]], at_1, rtol=1e-12)
    assert (counts == [1] + [2] * 8) if name in ('exp', 'sin') else counts[8] > 2 * counts[7]

# %%
# The graph
# ---------
# .. slide:: The second derivative: seven functions
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    What will the next pass do with each kind of function?
#
#    .. notes::
#       Go from right to left. The last product has two live inputs, the two upper ones have one and a
#       constant, the lower one has y twice.
#
# Here is what two passes have recorded, the graph of the second derivative at 1. (Constants have no
# place in it, and a circle is empty where no rule has kept the number.) Set the order, and see it grow.
from dezero_lite import graph
from dezero_lite.pictures import control

order = control('order', 2, 1, 4)
x = Variable(np.array(1.0), name='x')
shown = derivatives(np.tanh, x, order)[order]
graph(shown, names={'y' + "'" * order: shown}, values=True)

# %%
# The graph of the second derivative has products of two kinds. Two of them have two inputs that depend on :math:`x`:
# the last one, and :math:`y \cdot y`. The other two have one, ``y``, beside a constant. There are one sum, one
# difference :math:`1 - y^2`, and the one ``Tanh``. What does the next pass record when it comes to each of these? That
# is the whole proof of the law.
#
# The law of growth
# -----------------
# .. slide:: The law
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    There are two powers in it. The larger one wins, and the ratio tends to 3.
#
#    .. notes::
#       Check it on the board for n = 2 and 3: 3 + 6 − 2 and 9 + 12 − 2.
#
# The counts 7, 19, 49, ..., 2569 follow a simple law.
#
# Theorem (the graphs of the derivatives of tanh)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`F_n` be the number of functions behind the n-th derivative, as this program computes
# it. For all :math:`n \ge 2`
#
# .. math::
#     F_n = 3^{n-1} + 3 \cdot 2^{n-1} - 2 .
#
# It follows that
#
# .. math::
#     F_{n+2} = 5 F_{n+1} - 6 F_n - 4 ,
#
# that the ratio :math:`F_{n+1}/F_n` is below 3, and that it tends to 3.
#
# .. slide:: What each rule adds
#    :show: proof
#    :below:
#    :minutes: 8
#
#    Sort the functions by kind, and let the pass run each of them once.
#
#    .. notes::
#       Only products of two live inputs multiply. Everything else is carried along.
#
# Proof
# ~~~~~
# Let :math:`n \ge 2`, and let :math:`G` be the graph behind the n-th derivative :math:`y_n`. Call an
# input *live* if it depends on :math:`x`; the others are constants. Every function of :math:`G` has a
# live input. Let there be :math:`A` sums (both inputs live), :math:`P` products with two live inputs,
# :math:`M` products with one, :math:`N` negations, :math:`S` differences :math:`1 - u`, and the one
# ``Tanh``. Let the last function be a product of two live inputs, :math:`t \cdot b`. For :math:`n = 2`
# the picture shows :math:`A = 1`, :math:`P = 2`, :math:`M = 2`, :math:`N = 0` and :math:`S = 1`.
#
# The pass runs every function of :math:`G` once, with its ``gy`` complete. What is recorded for a
# constant input is dropped, since a constant has no place. The seed is a constant, too, so the last
# function records :math:`\mathrm{seed} \cdot b` and :math:`\mathrm{seed} \cdot t`, two products with
# one live input.
#
# From there on each ``gy`` is live, and for their live inputs the functions record the following.
#
# - A sum records nothing, since both its inputs get ``gy`` itself.
# - Each of the other :math:`P - 1` products with two live inputs records two of that kind.
# - A product with one live input records one of the same kind.
# - A negation records a negation, and a difference records one too.
# - ``Tanh`` records :math:`y \cdot y`, a difference, and a product of ``gy`` with that: the new
#   last function.
#
# Then there are sums at the places where several gradients arrive: one less than arrive. All places
# but the last are used, so the number of these sums is the number of live inputs of the functions in
# :math:`G` (without the input :math:`x` of ``Tanh``) less the number of functions but one:
#
# .. math::
#     (2A + 2P + M + N + S) &- (A + P + M + N + S) \\
#     &= A + P .
#
# All of this is behind :math:`y_{n+1}`, since the entry of a place is used for the entries of its
# live inputs, until all have arrived at :math:`x`. Of the old functions all but the last are behind
# :math:`y_{n+1}` too: :math:`t` and :math:`b` are inputs of the two new products, and everything else
# in :math:`G` is behind these two. The last one is not, for nothing that was recorded reads its
# output.
#
# Old and new together make
#
# .. math::
#     A' &= A + (A + P) \\
#     P' &= (P - 1) + 2(P - 1) + 2 = 3P - 1 \\
#     M' &= M + M + 2 \\
#     N' &= N + N + S \\
#     S' &= S + 1
#
# and again one ``Tanh``, with a product of two live inputs at the end.
#
# So by induction, from the numbers for :math:`n = 2`,
#
# .. math::
#     A &= \tfrac{1}{2}(3^{n-1} - 1),\quad P = \tfrac{1}{2}(3^{n-1} + 1), \\
#     M &= 2^n - 2,\quad N = 2^{n-1} - n,\quad S = n - 1 .
#
# Their sum, with one for ``Tanh``, is :math:`3^{n-1} + 2^n + 2^{n-1} - 2`, the formula of the theorem.
#
# A sum of multiples of :math:`3^n` and :math:`2^n` satisfies :math:`s_{n+2} = 5 s_{n+1} - 6 s_n`,
# since 3 and 2 are the roots of :math:`r^2 = 5r - 6`; and :math:`F_n + 2` is one. Finally
# :math:`F_{n+1} = 3 F_n - (3 \cdot 2^{n-1} - 4)`. The bracket is positive for :math:`n \ge 2`, and
# divided by :math:`F_n` it tends to 0. ∎
#
# .. slide:: Counted by kind
#    :show: output
#    :minutes: 2
#
#    The five formulas of the proof are compared with the graphs.
#
#    .. notes::
#       A proof about a program can be wrong about the program.
#
# .. internal::
#
# A proof about a program can be wrong about the program. So we count each kind in each graph.


def kinds(y):
    counts = {'A': 0, 'P': 0, 'M': 0, 'N': 0, 'S': 0, 'Tanh': 0}
    for f in functions_behind(y):
        live = sum(parent is not None for parent in f.parents)
        assert live == 2 or type(f) is not Add
        counts[{Add: 'A', Mul: '-MP'[live], Neg: 'N', Sub: 'S', Tanh: 'Tanh'}[type(f)]] += 1
    return counts


for n, y in enumerate(derivatives(np.tanh, Variable(np.array(1.0)), 8)):
    if n >= 2:
        counts = kinds(y)
        print(f'order {n}:', *[f'{kind} {count:4} ' for kind, count in counts.items()])
        powers = 3 ** (n - 1), 2 ** (n - 1)
        assert counts == {'A': (powers[0] - 1) // 2, 'P': (powers[0] + 1) // 2,
                          'M': 2 * powers[1] - 2, 'N': powers[1] - n, 'S': n - 1, 'Tanh': 1}
assert sizes[2:] == [3 ** (n - 1) + 3 * 2 ** (n - 1) - 2 for n in range(2, 9)]
assert sizes[2:4] == [3 + 6 - 2, 9 + 12 - 2]
assert all(c == 5 * b - 6 * a - 4 and b < 3 * a for a, b, c in zip(sizes[2:], sizes[3:], sizes[4:]))
print('order 20 would have', 3 ** 19 + 3 * 2 ** 19 - 2, 'functions')
p = polynomials[8]
for _ in range(12):
    p = p.deriv() * Polynomial([1, 0, -1])
assert p.degree() == 21 and len(p.coef) == 22

# %%
# There would be more than a billion functions for order 20, while the polynomial :math:`p_{20}` has degree 21
# and at most 22 coefficients. The engine cannot know that so many functions say so little; it does not
# simplify.
#
# .. slide:: All coefficients at once
#    :show: statement proof
#    :minutes: 4
#
#    Carry the Taylor series along, forward. One equation gives one coefficient after the other.
#
#    .. notes::
#       Work out the first three coefficients at x = 0: 0, 1, 0.
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
# .. slide:: Thirty-six products
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    They give the same eight derivatives, from eight short sums.
#
#    .. notes::
#       Beside them stand 2569 functions. What is lost? The graph, and with it any gradient of the result.

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
assert np.allclose(series * factorial, [y.data for y in ys], rtol=1e-11) and products == 8 * 9 // 2 == 36
assert taylor_of_tanh(1.0, 20)[1] == 20 * 21 // 2 == 210

# %%
# For order :math:`n` these are :math:`n(n+1)/2` products: 210 for order 20. The price is a second rule for
# each function. The column `all derivatives at once <taylor.ipynb>`_ writes them. (JAX has such rules, under
# the name *jet*.) For a second derivative, or a gradient of a gradient, going back is still better when there
# are many inputs.

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
# .. slide:: The derivative of a constant
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    The third derivative of x·x is 0. The program has None.
#
#    .. notes::
#       Why does x² with a power give 0, and x·x None? The power still reads x, with the exponent 0.
#
# .. flaw:: None
#
# ``x.grad`` tells what has arrived at :math:`x`. From a function that does not depend on :math:`x`
# nothing arrives, and the program cannot tell that from "nobody asked". The third derivative of
# :math:`x \cdot x` is 0. But the second one is a constant, 2, whose graph does not reach :math:`x`;
# so None is handed on as a derivative. (For ``x ** 2`` it was 0 above. There the graph of the constant
# still has :math:`x` in it, with the exponent 0.)

orders = derivatives(lambda x: x * x, Variable(np.array(3.0)), 3)
print(*orders)
assert [float(y.data) for y in orders[:3]] == [9, 6, 2] and orders[3] is None

# %%
# And all the while gradients travel by ``x.grad``, where each has to be cleared out of the way of
# the next. `Step 36 <step36.ipynb>`_ asks for a gradient as one asks for a value.

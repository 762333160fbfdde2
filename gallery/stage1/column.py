"""
Column: three ways to differentiate
===================================

Numerical, symbolic and automatic differentiation of one and the same function: what each costs, how
exact it is, and what automatic differentiation is not.

We have seen a difference quotient agree with ``backward`` to nine digits. So why not always use it?
And why not let the computer do what we learnt at school, and differentiate formulas?
"""

# %%
# Theory
# ------
# Let :math:`f` be a function of :math:`n` numbers with one number as its result, given by a program
# of :math:`m` additions and multiplications. We want its gradient, all :math:`n` partial
# derivatives. Throughout this page it is
#
# .. math::
#
#     f(x_1, \dots, x_n) = (1 + x_1^2)(1 + x_2^2) \cdots (1 + x_n^2) .
#
# **Numerical.** Treat the program as a black box and evaluate it at nearby points:
# :math:`(f(x + \varepsilon e_i) - f(x - \varepsilon e_i)) / 2\varepsilon` for each direction
# :math:`e_i`. That takes :math:`2n` evaluations, and `step 10 <step10.ipynb>`_ shows that ten or eleven
# digits are about the best one can hope for.
#
# **Symbolic.** Turn the program into a formula, and the formula into that of the derivative, by the
# rules for sums and products. The result is exact, but it is a *formula*, and a formula has no
# names for what occurs in it more than once: by :math:`(uv)' = u'v + uv'` every product leaves two
# products, each with a full copy of :math:`u` or :math:`v`.
#
# **Automatic, forward.** Run the program on pairs: a value and its derivative in one fixed
# direction. Each operation computes both, with the same rules as above, but on *numbers*:
# :math:`(u, u')(v, v') = (uv,\; u'v + uv')`. One run gives the derivative in one direction, so the
# whole gradient takes :math:`n` runs. `Wengert (1964) <../../bibliography.md#wengert-1964>`_ needed two
# pages to say so.
#
# **Automatic, reverse.** Run the program once and remember it; then go back from the result and
# compute for each intermediate value the derivative of the *result* by it. One run back gives all
# :math:`n` partial derivatives at once. That is what ``backward`` does. The price is memory: all
# intermediate values are kept until the run back. `Linnainmaa (1970)
# <../../bibliography.md#linnainmaa-1970>`_ went back in this way to follow rounding errors;
# `Griewank (2012) <../../bibliography.md#griewank-2012>`_ tells who else found it, and when.
#
# Proposition (the cheap gradient)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For a program of :math:`m` additions and multiplications of two numbers, reverse mode computes the
# gradient with at most :math:`5m` additions and multiplications in all, whatever :math:`n` is.
#
# Proof
# ~~~~~
# The run forward costs :math:`m` operations. On the way back each operation :math:`y = u \circ v`
# is met once. It multiplies the gradient :math:`g` of its result by :math:`\partial y / \partial u`
# and by :math:`\partial y / \partial v`, and adds the two products to the gradients of :math:`u` and
# :math:`v`: two multiplications and two additions at most, since the partial derivatives themselves
# need no operation (they are 1 and 1 for a sum, :math:`v` and :math:`u` for a product). Together
# :math:`m + 4m = 5m`. ∎
#
# The number of inputs does not occur in the bound. (`Baur and Strassen
# <../../bibliography.md#baur-strassen-1983>`_ proved such a bound in 1983.) This is the reason why
# models with millions of parameters can be trained at all. (That what the run back adds up *is* the gradient, and in which
# order the operations have to be met, is proved in `step 15 <../stage2/step15.ipynb>`_.)

# %%
# The program
# -----------
# Numbers that count what is done with them, and three of the methods; formulas come further down.
# The function ``f`` is written once; what it computes depends on what it is given.

import numpy as np


class Number:
    """A number that counts the additions and multiplications made with numbers."""

    operations = 0

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        Number.operations += 1
        return Number(self.value + other.value)

    def __mul__(self, other):
        Number.operations += 1
        return Number(self.value * other.value)


def f(xs, one):
    product = one
    for x in xs:
        product = product * (one + x * x)
    return product


def numerical(point, eps=1e-5):
    def shifted(i, step):
        moved = list(point)
        moved[i] += step
        return f([Number(x) for x in moved], Number(1.0)).value

    return [(shifted(i, eps) - shifted(i, -eps)) / (2 * eps) for i in range(len(point))]


class Dual:
    """Forward mode: a value and its derivative in one direction."""

    def __init__(self, value, derivative):
        self.value, self.derivative = value, derivative

    def __add__(self, other):
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def __mul__(self, other):
        return Dual(self.value * other.value,
                    self.derivative * other.value + self.value * other.derivative)


def forward(point):
    def direction(i):
        xs = [Dual(Number(x), Number(float(i == j))) for j, x in enumerate(point)]
        return f(xs, Dual(Number(1.0), Number(0.0))).derivative.value

    return [direction(i) for i in range(len(point))]


class Node:
    """Reverse mode: a value that knows which values it was made of, with the partial derivatives."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, None

    def __add__(self, other):
        one = Number(1.0)
        return Node(self.value + other.value, [(self, one), (other, one)])

    def __mul__(self, other):
        return Node(self.value * other.value, [(self, other.value), (other, self.value)])


def reverse(point):
    xs = [Node(Number(x)) for x in point]
    y = f(xs, Node(Number(1.0)))
    y.grad = Number(1.0)
    for node in reversed(in_order(y)):
        for parent, partial in node.parents:
            gradient = node.grad * partial
            parent.grad = gradient if parent.grad is None else parent.grad + gradient
    return [x.grad.value for x in xs]


def in_order(y):
    """All nodes behind y, each after the ones it was made of."""
    order, seen, stack = [], set(), [(y, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.parents)
    return order


# %%
# The run
# -------
# These three at one point of four numbers. By the formula, :math:`\partial f / \partial x_i` is
# :math:`2 x_i f / (1 + x_i^2)`.

point = [0.5, -1.0, 2.0, 0.25]
exact = [2 * x / (1 + x * x) * np.prod([1 + z * z for z in point]) for x in point]
for method in (numerical, forward, reverse):
    error = max(abs(a - b) for a, b in zip(method(point), exact))
    print(f'{method.__name__:9} {np.round(method(point), 6)}, largest error {error:.0e}')
    assert 1e-11 < error < 1e-9 if method is numerical else error < 1e-14

# %%
# Both automatic ways are exact up to rounding; the numerical one stops at ten or eleven digits.
#
# How the cost grows
# ~~~~~~~~~~~~~~~~~~
# We count the additions and multiplications for more and more inputs, and divide by those of one
# evaluation of :math:`f`, which needs :math:`3n`.


def cost(method, n):
    Number.operations = 0
    method([1 / (i + 1) for i in range(n)])
    return Number.operations


def evaluate(point):
    return f([Number(x) for x in point], Number(1.0))


sizes = [1, 4, 16, 64, 256]
costs = {method.__name__: [cost(method, n) / cost(evaluate, n) for n in sizes]
         for method in (numerical, forward, reverse)}
print('evaluations of f for one gradient')
print('n         ', *(f'{n:7}' for n in sizes))
for name, row in costs.items():
    print(f'{name:10}', *(f'{c:7.2f}' for c in row))

assert cost(evaluate, 64) == 3 * 64
assert costs['numerical'] == [2 * n for n in sizes]
assert np.allclose(costs['forward'], [10 / 3 * n for n in sizes])
assert all(c <= 5 for c in costs['reverse'])

# %%
# The numerical gradient costs exactly :math:`2n` evaluations, forward mode :math:`10/3` for each of
# its :math:`n` runs (a product of pairs takes four operations, a sum two), and reverse mode less
# than five in all: the bound of the proposition.

import matplotlib.pyplot as plt

figure, axes = plt.subplots()
for (name, row), style in zip(costs.items(), ('o--', 's:', 'd-')):
    axes.loglog(sizes, row, style, label=name)
axes.set(xlabel='inputs n', ylabel='evaluations of f',
         title='Cost of one gradient')
axes.legend()
figure.tight_layout()

# %%
# What becomes of the formula
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Here is the school's way. A formula is a letter, a number, or a tuple of an operation and two
# formulas; ``derivative`` knows the rules for sums and products, and leaves out what is zero.


def derivative(e, letter):
    if isinstance(e, str):
        return 1 if e == letter else 0
    if isinstance(e, int):
        return 0
    op, u, v = e
    du, dv = derivative(u, letter), derivative(v, letter)
    if op == '+':
        return plus(du, dv)
    return plus(times(du, v), times(u, dv))


def plus(u, v):
    return v if u == 0 else u if v == 0 else ('+', u, v)


def times(u, v):
    return 0 if 0 in (u, v) else v if u == 1 else u if v == 1 else ('*', u, v)


def size(e):
    """How many operations a formula has when it is written out."""
    return 1 + size(e[1]) + size(e[2]) if isinstance(e, tuple) else 0


def text(e):
    return f'({text(e[1])} {e[0]} {text(e[2])})' if isinstance(e, tuple) else str(e)


print("(x * x) * x has the derivative", text(derivative(('*', ('*', 'x', 'x'), 'x'), 'x')))

# %%
# Is it exact? At the point of before the formulas have the same values as ``reverse``, up to
# rounding.


def formula(letters):
    product = 1
    for letter in letters:
        product = times(product, ('+', 1, ('*', letter, letter)))
    return product


def value(e, at):
    if not isinstance(e, tuple):
        return at.get(e, e)
    u, v = value(e[1], at), value(e[2], at)
    return u + v if e[0] == '+' else u * v


letters = [f'x{i}' for i in range(len(point))]
at = dict(zip(letters, point))
symbolic = [value(derivative(formula(letters), letter), at) for letter in letters]
print('symbolic ', np.round(symbolic, 6))
assert np.allclose(symbolic, exact, rtol=1e-14, atol=0)

# %%
# Each partial derivative of our product is a formula about as long as the product itself, and there
# are :math:`n` of them. Evaluated as they stand, they cost about :math:`n` evaluations of :math:`f`:

n = 8
letters = [f'x{i}' for i in range(n)]
product = formula(letters)
whole = sum(size(derivative(product, letter)) for letter in letters)
print(f'n = {n}: the product has {size(product)} operations, the formulas of its gradient {whole}')

assert size(product) == 3 * n - 1
assert n * (size(product) - 3) < whole < n * (size(product) + 3)

# %%
# It is worse when a program uses a value again. Take ``y = x``, and then ``y = y * y`` for
# :math:`k` times, :math:`k` operations: as a formula it has :math:`2^k - 1`, because a formula has to
# write each ``y`` out. And the derivative is larger still.

y, steps = 'x', []
for k in range(1, 9):
    y = ('*', y, y)
    steps.append((k, size(y), size(derivative(y, 'x'))))

print('squarings   operations of y   of its derivative')
for k, of_y, of_derivative in steps:
    print(f'{k:9} {of_y:17} {of_derivative:19}')

assert all(of_y == 2 ** k - 1 for k, of_y, _ in steps)
assert all(b > 2 * a for (_, _, a), (_, _, b) in zip(steps, steps[1:]))

# %%
# The derivative more than doubles with each squaring. ``backward`` needs three operations for each
# of them: two multiplications, and one addition, since ``y`` was used twice.

x = Node(Number(1.1))
y = x
for _ in range(8):
    y = y * y
Number.operations = 0
y.grad = Number(1.0)
for node in reversed(in_order(y)):
    for parent, partial in node.parents:
        gradient = node.grad * partial
        parent.grad = gradient if parent.grad is None else parent.grad + gradient
print('operations on the way back:', Number.operations)

assert Number.operations == 3 * 8
assert np.isclose(x.grad.value, 256 * 1.1 ** 255)

# %%
# What is automatic differentiation *not*?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# - It is **not numerical differentiation**. There is no :math:`\varepsilon`, and no error but
#   rounding.
# - It is **not symbolic differentiation**. It applies the same rules, but to the numbers of one run
#   rather than to formulas, so nothing is written out twice, and the result is a number for *this*
#   point rather than a formula for all points. `Baydin and others (2018)
#   <../../bibliography.md#baydin-2018>`_ sort out the same two confusions at length.
# - It does **not differentiate a function** in the mathematician's sense, but the sequence of
#   operations that one run has carried out. If the program has an ``if``, what it did not do leaves
#   no trace. A program may compute a differentiable function and answer, rightly, with a constant
#   at a single point; the derivative found there is then that of the constant:


def identity(x):
    """x itself; at 0 the answer is a constant."""
    return Node(Number(0.0)) if x.value.value == 0 else x * Node(Number(1.0))


x = Node(Number(0.0))
y = identity(x)
assert x not in in_order(y)
print('the derivative of the identity at 0, by its trace: no path from y back to x, so 0 and not 1')

# %%
# The graph
# ---------
# Our function for :math:`n = 2`, as ``dezero_lite`` records it, with the gradients of one run back.
# (The library numbers the columns; what for is the question of `step 15 <../stage2/step15.ipynb>`_.)

from dezero_lite import Variable, graph

one, x1, x2 = (Variable(np.array(value)) for value in (1.0, 0.5, 2.0))
s1, s2 = x1 * x1, x2 * x2
u1, u2 = s1 + one, one + s2
y = u1 * u2
y.backward()
assert (x1.grad, x2.grad) == (5.0, 5.0)

names = {'x1': x1, 'x2': x2, 'one': one, 's1': s1, 's2': s2, 'u1': u1, 'u2': u2, 'y': y}
graph(y, names=names, values=True, grads=True)

# %%
# Why the next step is needed
# ---------------------------
# Reverse mode pays off for functions of many inputs, and the engine that we have built in steps 06
# to 10 accepts one. `Step 11 <../stage2/step11.ipynb>`_ changes that.

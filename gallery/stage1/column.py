"""
Column: three ways to differentiate
===================================

Numerical, symbolic and automatic differentiation of one and the same function: what each costs, how
exact it is, and what automatic differentiation is not.

We have seen a difference quotient agree with ``backward`` to eight decimals. So why not always use it?
And why not let the computer do what we learnt at school, and differentiate formulas?
"""

# %%
# Three ways
# ----------
# .. slide:: What costs a gradient of a thousand numbers?
#    :show: formula
#    :minutes: 3
#
#    One function, three ways to differentiate it.
#
#    .. notes::
#       Collect guesses: how many evaluations of f for a gradient with n = 1000, by difference quotients? By backward?
#       Write them on the board.
#
# Let :math:`f` be a function of :math:`n` numbers with one number as its result, given by a program
# of additions and multiplications. We want its gradient, all :math:`n` partial derivatives. Throughout
# this page it is
#
# .. math::
#
#     f(x_1, \dots, x_n) = (1 + x_1^2)(1 + x_2^2) \cdots (1 + x_n^2) ,
#
# a cousin of the product of all inputs with which `Speelpenning (1980)
# <../../bibliography.md#speelpenning-1980>`_ tried his program, and many have tried theirs since.
#
# .. slide:: Numerical, symbolic, automatic
#    :minutes: 5
#
#    - **numerical**: evaluate nearby, :math:`2n` times;
#    - **symbolic**: turn formulas into formulas;
#    - **automatic**: apply the same rules to the numbers of one run, forward or in reverse.
#
#    .. notes::
#       What all three have in common: sums and products are all they know of f. Ask which of them sees a formula.
#
# **Numerical.** Treat the program as a black box and evaluate it at nearby points:
# :math:`(f(x + \varepsilon e_i) - f(x - \varepsilon e_i)) / 2\varepsilon` for each direction
# :math:`e_i`, in which only :math:`x_i` moves. That takes :math:`2n` evaluations, and by `step 10
# <step10.ipynb>`_ we may hope for ten or
# eleven digits.
#
# **Symbolic.** Turn the program into a formula, and the formula into that of the derivative, by the
# rules for sums and products. The result is exact, but it is a *formula*, and formulas get long: by
# :math:`(uv)' = u'v + uv'` every product becomes two, each with a full copy of :math:`u` or :math:`v`.
#
# **Automatic, forward.** Run the program on pairs: a value and its derivative in one fixed
# direction. Each operation computes both, with the same rules as above, but on *numbers*:
# :math:`(u, u')(v, v') = (uv,\; u'v + uv')`. One run gives the derivative in one direction, so the
# whole gradient takes :math:`n` runs. `Wengert (1964) <../../bibliography.md#wengert-1964>`_ needed two
# pages to say so.
#
# **Automatic, reverse.** Run the program once and write each operation on a list, the *tape*. Then go
# through the tape from its end, and compute for each intermediate value the derivative of the *result* with
# respect to it. One run back gives all :math:`n` partial derivatives at once. That is what ``backward``
# does. `Linnainmaa (1970) <../../bibliography.md#linnainmaa-1970>`_ went back in this way to follow rounding
# errors; `Griewank (2012) <../../bibliography.md#griewank-2012>`_ tells who else found it, and when.
#
# The program
# -----------
# .. slide:: One function, and three things to feed it
#    :show: program
#    :minutes: 6
#
#    .. notes::
#       f is written once. What it computes depends on what it is given: numbers, pairs, or numbers that write themselves on a
#       tape. Let the room read Node.
#
# Here are numbers that count what is done with them, and three of the four methods; the symbolic one comes
# further down. The function ``f`` is written once; what it computes depends on what it is given. Given
# numbers, it is evaluated, and can be differentiated by quotients:

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


def evaluate(point):
    return f([Number(x) for x in point], Number(1.0)).value


def numerical(point, eps=1e-5):
    def shifted(i, step):
        moved = list(point)
        moved[i] += step
        return evaluate(moved)

    return [(shifted(i, eps) - shifted(i, -eps)) / (2 * eps) for i in range(len(point))]


# %%
# Given pairs, it carries a derivative along. This is forward mode:

class Dual:
    """Forward mode: a value and its derivative in one direction."""

    def __init__(self, value, derivative):
        self.value, self.derivative = value, derivative

    def __add__(self, other):
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def __mul__(self, other):
        return Dual(self.value * other.value,
                    self.derivative * other.value + other.derivative * self.value)


def forward(point):
    def direction(i):
        xs = [Dual(Number(x), Number(float(i == j))) for j, x in enumerate(point)]
        return f(xs, Dual(Number(1.0), Number(0.0))).derivative.value

    return [direction(i) for i in range(len(point))]


# %%
# Given numbers that write themselves on a tape, it can be gone back through. This is reverse mode:

tape = []


class Node:
    """Reverse mode: a value, and what it was made of, each with its partial derivative."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, None
        tape.append(self)  # each after its parents

    def __add__(self, other):
        one = Number(1.0)
        return Node(self.value + other.value, [(self, one), (other, one)])

    def __mul__(self, other):
        return Node(self.value * other.value, [(self, other.value), (other, self.value)])


def go_back(y):
    y.grad = Number(1.0)
    for node in reversed(tape):
        for parent, partial in node.parents if node.grad else ():
            gradient = node.grad * partial
            parent.grad = parent.grad + gradient if parent.grad else gradient


def reverse(point):
    tape.clear()
    xs = [Node(Number(x)) for x in point]
    go_back(f(xs, Node(Number(1.0))))
    return [x.grad.value for x in xs]


# %%
# The run
# -------
# .. slide:: Two are exact, one stops at eleven digits
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Ask where the digits of the numerical gradient went. (All to round-off: in each input this f is a parabola,
#       and its third derivative is 0. So here a larger step would be better.)
#
# Let us try these three at one point, with four inputs. By the formula, :math:`\partial f / \partial x_i` is
# :math:`2 x_i f / (1 + x_i^2)`. How many digits of each gradient are right?

point = [0.3, -1.1, 1.7, 0.25]
exact = np.array([2 * x / (1 + x * x) * evaluate(point) for x in point])
for method in (numerical, forward, reverse):
    gradient = np.array(method(point))
    error = abs(gradient / exact - 1).max()
    print(f'{method.__name__:9} {gradient.round(5)}, {-np.log10(max(error, 2 ** -53)):.0f} digits')
    assert 1e-12 < error < 1e-10 if method is numerical else error < 1e-15
assert abs(np.array(numerical(point, 0.1)) / exact - 1).max() < 1e-14

# %%
# The numerical gradient has lost its digits to round-off alone: in each :math:`x_i` this :math:`f` is a parabola, whose
# third derivative is 0. So here a larger step would be better; other functions pay for it, as in `step 10
# <step10.ipynb#the-best-step>`_. Both automatic ways are exact up to rounding. (So is an imaginary step: the imaginary part of
# :math:`f(x + ih)` is :math:`h f'(x)`, but for a term in :math:`h^3`, and no two nearby numbers are
# subtracted. `Squire and Trapp (1998)
# <../../bibliography.md#squire-trapp-1998>`_ propose it; it is forward mode in disguise.)

steps = 1e-30j * np.eye(4)
imaginary = [evaluate(point + step).imag / 1e-30 for step in steps]
assert np.allclose(imaginary, exact, rtol=1e-15, atol=0)

# %%
# How the cost grows
# ~~~~~~~~~~~~~~~~~~
# .. slide:: What does the reverse gradient cost?
#    :show: predict
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       Let each of the four get its hands before you press. Most take one of the two that grow with n: a gradient of n
#       numbers "must" cost n of something.
#
# .. predict:: One evaluation of f takes 3n operations. How many evaluations does the reverse gradient cost for n = 128?
#    :answer: 3.67 = round(costs['reverse'][-1], 2)
#    :after:
#
#    - ``round(costs['reverse'][-1], 2)``: One run forward and one back, and n does not matter.
#    - ``round(costs['numerical'][-1], 2)``: That is the numerical gradient, two evaluations for each input.
#    - ``round(costs['forward'][-1], 2)``: That is forward mode: a run on pairs for each input.
#    - ``2.0``: As if the run back cost what the run forward costs. It does more: two products for each operation, and sums.
#
# .. slide:: Two lines rise, one stays
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Numerical :math:`2n`, forward :math:`\frac{10}{3} n`, reverse :math:`\frac{11}{3}`.
#
#    .. notes::
#       Both axes are logarithmic. For one input reverse is the most expensive of the three; from two inputs on it is the
#       cheapest. Ask what n is for a network. After this slide is the break.
#
# We count the additions and multiplications for more and more inputs, and divide by those of one
# evaluation of :math:`f`, which needs :math:`3n`.


def cost(method, n):
    Number.operations = 0
    method([1 / (i + 1) for i in range(n)])
    return Number.operations


sizes = [1, 2, 4, 16, 64, 128]
costs = {method.__name__: [cost(method, n) / cost(evaluate, n) for n in sizes]
         for method in (numerical, forward, reverse)}
print('evaluations of f for one gradient')
print('n         ', *(f'{n:7}' for n in sizes))
for name, row in costs.items():
    print(f'{name:10}', *(f'{c:7.2f}' for c in row))

assert cost(evaluate, 64) == 3 * 64
assert costs['numerical'] == [2 * n for n in sizes]
assert np.allclose(costs['forward'], [10 / 3 * n for n in sizes])
assert np.allclose(costs['reverse'], 11 / 3)
assert len(tape) == 4 * 128 + 1

# %%
# On logarithmic axes:
#
# .. only-draws::

import matplotlib.pyplot as plt

figure, axes = plt.subplots(layout='constrained')
for (name, row), style in zip(costs.items(), ('o--', 's:', 'd-')):
    axes.loglog(sizes, row, style, label=name)
axes.set(xlabel='inputs n', ylabel='evaluations of f', title='Cost of one gradient')
axes.legend()
figure.set_label('The cost of one gradient against the number of inputs, both logarithmic. ' + ' '.join(
    f'{name.capitalize()}: from {row[0]:.2f} evaluations for one input to {row[-1]:.2f} for 128.'
    for name, row in costs.items()))

# %%
# The numerical gradient costs exactly :math:`2n` evaluations and forward mode :math:`10/3` for each of
# its :math:`n` runs: a product of pairs takes four operations, a sum two. Forward mode is the more expensive
# of the two here, and yet worth having: it is exact. (One run can also carry all :math:`n` derivatives together
# and compute the values once. A product then costs :math:`1 + 3n` and a sum :math:`1 + n`: together
# :math:`1 + 7n/3` evaluations.)
#
# Reverse mode costs :math:`11/3`, however many inputs there are. In each factor there are two products and a
# sum, and going back there are eight operations for these three: six products, and two sums where a value was
# used twice, the input and the constant 1. For a single input it is the most expensive of the three; from two
# on it is the cheapest.
#
# The price is memory: the tape has four entries for each input and one for the constant, and all are kept
# until the run back. Forward mode has no tape.


class Many:
    """Derivatives in n directions: in the place of the one in Dual."""

    def __init__(self, values):
        self.values = values

    def __add__(self, other):
        Number.operations += len(self.values)
        return Many(self.values + other.values)

    def __mul__(self, number):
        Number.operations += len(self.values)
        return Many(self.values * number.value)


def together(point):
    xs = [Dual(Number(x), Many(direction)) for x, direction in zip(point, np.eye(len(point)))]
    return f(xs, Dual(Number(1.0), Many(np.zeros(len(point))))).derivative.values


assert np.allclose(together(point), exact, rtol=1e-15, atol=0)
assert np.allclose([cost(together, n) / cost(evaluate, n) for n in sizes], [1 + 7 / 3 * n for n in sizes])
assert costs['reverse'][0] > costs['forward'][0] > costs['numerical'][0]
assert all(costs['reverse'][i] < costs['numerical'][i] < costs['forward'][i] for i in range(1, len(sizes)))

# %%
# .. slide:: The cheap gradient: at most five times the work
#    :show: statement
#    :minutes: 3
#
#    .. notes::
#       Five times, whatever n is. Compare with a thousand inputs by difference quotients.
#
# Proposition (the cheap gradient)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For a program of :math:`p` additions and multiplications of two numbers, reverse mode computes the
# value and the gradient with at most :math:`5p` additions and multiplications in all, whatever :math:`n` is.
#
# .. slide:: Each operation is met once
#    :show: proof
#    :below:
#    :minutes: 2
#
#    .. notes::
#       Two products and two sums for each operation. Ask why the partial derivatives are free.
#
# Proof
# ~~~~~
# The run forward costs :math:`p` operations. On the way back each operation :math:`y = u \circ v`
# is met once. It multiplies the gradient :math:`g` of its result by :math:`\partial y / \partial u`
# and by :math:`\partial y / \partial v`, and adds the two products to the gradients of :math:`u` and
# :math:`v`: two multiplications and two additions at most, since the partial derivatives themselves
# need no operation (they are 1 and 1 for a sum, :math:`v` and :math:`u` for a product). Together
# :math:`p + 4p = 5p`. ∎
#
# For a function of one input such as :math:`e^u`, going back costs its derivative, one multiplication and at
# most one addition. The number of inputs does not occur in the bound. This is why models with millions of parameters
# can be trained at all. (`Baur and Strassen (1983) <../../bibliography.md#baur-strassen-1983>`_ proved it with 3 in
# place of 5, counting only multiplications and divisions; Linnainmaa and Speelpenning had the method. `Griewank
# and Walther (2008) <../../bibliography.md#griewank-walther-2008>`_ count everything, in chapters 3 and 4.
# `Step 15 <../stage2/step15.ipynb>`_ proves that what the run back adds up *is* the gradient, and asks what to
# do when there is no tape.)
#
# Many results
# ~~~~~~~~~~~~
# .. slide:: Many results: the mirror image
#    :show: formula
#    :minutes: 4
#
#    From the right, a column of numbers: **JVP**, forward mode. From the left, a row: **VJP**, reverse mode.
#
#    .. notes::
#       n inputs, m results. Ask which end for a camera with one knob and a million pixels, and which for a network and its loss.
#
# A program with :math:`n` inputs and :math:`m` results has a whole table of derivatives, :math:`m` rows of
# :math:`n`, its *Jacobian* :math:`J`. Here is one with two of each: the sum and the product of two numbers,
# at (2, 5). A run forward finds a column of the table, a run back finds a row.


def sum_and_product(x1, x2):
    return x1 + x2, x1 * x2


J = np.array([[1, 1], [5, 2]])  # on paper: 1 and 1 for the sum, x2 and x1 for the product
print(J)

column = sum_and_product(Dual(Number(2.0), Number(1.0)), Dual(Number(5.0), Number(0.0)))  # only x1 moves
print('first column, forward:', [y.derivative.value for y in column])
assert [y.derivative.value for y in column] == J[:, 0].tolist()

tape.clear()
inputs = Node(Number(2.0)), Node(Number(5.0))
go_back(sum_and_product(*inputs)[1])  # only the second result counts
print('second row, back:     ', [x.grad.value for x in inputs])
assert [x.grad.value for x in inputs] == J[1].tolist()

# %%
# If the program is a chain of parts, :math:`J` is the product of their
# Jacobians, and neither mode ever writes it down:
#
# .. math::
#
#     J v = J_k \,( \cdots (J_2\, (J_1 v))) , \qquad u^{\mathsf T} J = (((u^{\mathsf T} J_k)\, J_{k-1}) \cdots )\, J_1 .
#
# A forward run multiplies from the right and gives :math:`Jv`, the *Jacobian–vector product* or JVP, for
# one direction :math:`v` of the inputs. A run back multiplies from the left and gives
# :math:`u^{\mathsf T} J`, the *vector–Jacobian product* or VJP, for one weighting :math:`u` of the results,
# written as a row (that is what the raised T says). So all
# of :math:`J` takes :math:`n` runs forward or :math:`m` runs back. With many inputs and one result reverse mode wins,
# and with one input and many results forward mode does: here are :math:`x^2, x^3, \dots` up to :math:`m` powers of one number.


def powers(x, m):
    ys = [x]
    for _ in range(m):
        ys.append(ys[-1] * x)
    return ys[1:]


for m in (1, 16, 64):
    Number.operations = 0
    derivatives = [y.derivative.value for y in powers(Dual(Number(1.1), Number(1.0)), m)]
    by_forward, Number.operations, by_reverse = Number.operations, 0, []
    tape.clear()
    x = Node(Number(1.1))
    for y in powers(x, m):  # one run forward, and one back for each result
        for node in tape:
            node.grad = None
        go_back(y)
        by_reverse.append(x.grad.value)
    print(f'{m} result{"s" * (m > 1)}: forward {by_forward / m:.1f}, reverse {Number.operations / m:.1f} operations per result')
    assert np.allclose(derivatives, by_reverse) and by_forward == 4 * m <= Number.operations
    assert np.allclose(derivatives, [(k + 2) * 1.1 ** (k + 1) for k in range(m)])

# %%
# What becomes of the formula
# ---------------------------
# .. slide:: A formula writes out what a program names
#    :show: output
#    :minutes: 4
#
#    Eight squarings: eight operations for the program, 24 on the way back.
#
#    .. notes::
#       As a formula y has 255 operations, and its derivative more. Ask: and if a formula may name its parts? Then this is
#       automatic differentiation.
#
# Now for the way we learnt at school. A formula is a letter, a number, or a tuple of an operation and two
# formulas; ``derivative`` knows the rules for sums and products, and leaves out what is zero. At our point of
# four numbers it is exact as well. But take ``y = x``, and then ``y = y * y``, :math:`k` times: :math:`k`
# operations. As a formula it has :math:`2^k - 1`, because a formula has to write each ``y`` out; and from the
# second squaring on the derivative is longer still.


def derivative(e, letter):
    if not isinstance(e, tuple):
        return int(e == letter)
    op, u, v = e
    du, dv = derivative(u, letter), derivative(v, letter)
    return plus(du, dv) if op == '+' else plus(times(du, v), times(u, dv))


def plus(u, v):
    return v if u == 0 else u if v == 0 else ('+', u, v)


def times(u, v):
    return 0 if 0 in (u, v) else v if u == 1 else u if v == 1 else ('*', u, v)


def size(e):
    """How many operations a formula has when it is written out."""
    return 1 + size(e[1]) + size(e[2]) if isinstance(e, tuple) else 0


def value(e, at):
    if not isinstance(e, tuple):
        return at.get(e, e)
    u, v = value(e[1], at), value(e[2], at)
    return u + v if e[0] == '+' else u * v


letters = ['x1', 'x2', 'x3', 'x4']
product = 1
for letter in letters:
    product = times(product, ('+', 1, ('*', letter, letter)))
symbolic = [value(derivative(product, letter), dict(zip(letters, point))) for letter in letters]
assert np.allclose(symbolic, exact, rtol=1e-14, atol=0)

y, steps = 'x', []
for k in range(1, 9):
    y = ('*', y, y)
    steps.append((k, size(y), size(derivative(y, 'x'))))
    assert np.isclose(value(derivative(y, 'x'), {'x': 1.1}), 2 ** k * 1.1 ** (2 ** k - 1))  # exact

print('squarings   operations of y   of its derivative')
for row in steps:
    print('{:9} {:17} {:19}'.format(*row))
assert all(of_y == 2 ** k - 1 for k, of_y, _ in steps)
assert all(of_derivative > of_y for _, of_y, of_derivative in steps[1:])

tape.clear()
x = y = Node(Number(1.1))
for _ in range(8):
    y = y * y
Number.operations = 0
go_back(y)
print('operations on the way back:', Number.operations)
assert Number.operations == 3 * 8
assert np.isclose(x.grad.value, 256 * 1.1 ** 255)

# %%
# ``go_back`` needs three operations for each squaring: two multiplications, and one addition, since ``y``
# was used twice. Give the parts of a formula names, and the swelling is gone: what is left is automatic
# differentiation. (`Laue (2019) <../../bibliography.md#laue-2019>`_ proves that the two then do the same operations.)
#
# .. slide:: What automatic differentiation is not
#    :show: output
#    :minutes: 4
#
#    - not numerical: no :math:`\varepsilon`;
#    - not symbolic: numbers of one run, not formulas;
#    - not the derivative of *the function*, but of the operations that ran.
#
#    .. notes::
#       The program returns x, except at 0, where it returns the constant 0. The function is the identity and has derivative 1
#       everywhere. What did the run at 0 do?
#
# What is automatic differentiation *not*?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# - It is **not numerical differentiation**. There is no :math:`\varepsilon`, and no error but
#   rounding.
# - It is **not symbolic differentiation** as it is usually meant. It applies the same rules, but to the numbers of
#   one run, so the result is a number for *this* point rather than a formula for all points. `Baydin and others (2018)
#   <../../bibliography.md#baydin-2018>`_ clear up the same two confusions.
# - It does **not differentiate a function** in the mathematician's sense, but the sequence of
#   operations that one run has carried out. If the program has an ``if``, the lines that it
#   passes over are not on the tape. A program may compute a differentiable function and answer, rightly, with a constant
#   at a single point. Its run leads nowhere back to ``x``, and the derivative found is that of the constant:


def identity(x):
    """x itself; at 0 the answer is a constant."""
    return Node(Number(0.0)) if x.value.value == 0 else x * Node(Number(1.0))


x = Node(Number(0.0))
go_back(identity(x))
found = x.grad.value if x.grad else 0
left, right = identity(Node(Number(-1e-5))).value.value, identity(Node(Number(1e-5))).value.value
print('derivative of the identity at 0:', found, 'by the tape,', (right - left) / 2e-5, 'by a difference quotient')
assert found == 0 and np.isclose((right - left) / 2e-5, 1)

# %%
# The graph
# ---------
# .. slide:: One run back, all partial derivatives
#    :show: picture
#    :minutes: 2
#
#    .. notes::
#       Check one gradient by hand: 2 times 0.6 times 10.
#
# Our function for :math:`n = 2`, as ``dezero_lite`` records it, with the gradients that one run back leaves.
# (The library numbers the columns; `step 15 <../stage2/step15.ipynb>`_ will say why.)

from dezero_lite import Variable, graph

one, x1, x2 = (Variable(np.array(value)) for value in (1.0, 0.6, 3.0))
squares = x1 * x1, x2 * x2
y = (one + squares[0]) * (one + squares[1])
y.backward()
assert np.allclose([y.data, x1.grad, x2.grad], [13.6, 12, 8.16], rtol=1e-15)

names = {'x1': x1, 'x2': x2, 'x1²': squares[0], 'x2²': squares[1], 'one': one, 'y': y}
graph(y, names=names, values=True, grads=True)

# %%
# And here is the same run as a table, line by line, as you would write it by hand. Read it downwards for the
# values and for forward mode: how fast each value changes with :math:`x_1`. Read it upwards for reverse mode,
# the gradients: how fast :math:`y` changes with each value. Both modes arrive at the same 12, one in the last
# line and one in the second. (``f`` begins with a product by 1, which we have left out of the graph; so the
# gradient of the constant is different here.)
#
# `Olah <../../bibliography.md#olah-2015>`_ draws both modes on one graph; `autodidax
# <../../bibliography.md#johnson-2020>`_ builds forward mode first, and makes reverse mode from it.

tape.clear()
one, x1, x2 = (Node(Number(value)) for value in (1.0, 0.6, 3.0))
go_back(f([x1, x2], one))
names = ['one', 'x1', 'x2', 'x1²', '1 + x1²', '1 · (1 + x1²)', 'x2²', '1 + x2²', 'y']
moves = {x1: 1.0}
print(f'{"line":14} {"value":>6} {"moves with x1":>14} {"gradient":>9}')
for name, node in zip(names, tape):
    moves.setdefault(node, sum(partial.value * moves[parent] for parent, partial in node.parents))
    print(f'{name:14} {node.value.value:6.2f} {moves[node]:14.2f} {node.grad.value:9.2f}')

assert len(names) == len(tape) and np.isclose(moves[tape[-1]], 12) and np.isclose(x1.grad.value, 12)

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: Many inputs, and our engine takes one
#    :minutes: 1
#
#    Reverse mode pays off for functions of many inputs. Step 11 lets them in.
#
#    .. notes::
#       Ask what has to change for a function of two inputs. Step 11.
#
# Reverse mode pays off for functions of many inputs, and the engine that we have built in steps 06
# to 10 accepts one. `Step 11 <../stage2/step11.ipynb>`_ changes that.

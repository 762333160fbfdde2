"""
Column: once forward
====================

The same graph, walked the other way: how does the result move when the inputs do? Three kinds of functions are enough, and what
it costs says when to go forward and when to go back.

Could one go forward as well?
"""

# %%
# Ask the other question
# ----------------------
# .. slide:: How far does y move?
#    :show: output
#    :minutes: 3
#
#    The inputs move along :math:`v`. A nudge tells roughly how the results move.
#
#    .. notes::
#       Going back we fix one result and ask for all inputs. Now we fix one movement and ask for all results.
#
# A pass back asks: here is one result, what does each input do to it? One can ask the other way round. The inputs move
# all at once, along :math:`v`; how fast do the results move? If :math:`J` is the Jacobian, they move along :math:`Jv`.
# A nudge tells it roughly:

import numpy as np

W = np.array([[1.0, -2.0, 0.5, 0.0], [0.5, 1.0, 0.0, -1.0], [0.0, 0.5, 2.0, 1.0]])
f = lambda x: np.tanh(W @ x) * 2
point, v = np.array([0.3, 0.1, -0.2, 0.5]), np.array([1.0, 0.0, 2.0, -1.0])
nudged = (f(point + 1e-6 * v) - f(point - 1e-6 * v)) / 2e-6
print('y moves along', *[f'{n:.4f}' for n in nudged])

# %%
# `Step 37 <step37.ipynb>`_ gets :math:`J^\top u` from one pass, and never forms :math:`J`. Can we have :math:`Jv` as
# well, exactly, from the graph that has been recorded anyway? That would be `forward mode <../stage1/column.ipynb>`_,
# which the column on three ways to differentiate has for single numbers.
#
# .. slide:: Three kinds of functions
#    :show: statement
#    :minutes: 4
#
#    Everything in the engine of step 41 is of one of them.
#
#    .. notes::
#       Have the room sort: exponential, transpose, product of two arrays, product of two matrices, sum over an axis.
#       Many put the last one with the first kind, because it looks like arithmetic; it is linear. The point is that no
#       single function needs a rule of its own.
#
# Three kinds of functions
# ------------------------
# Proposition (forward through a function)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let the inputs of a function move along :math:`v`.
#
# - *Place by place* (``exp``, ``tanh``, ``*``): the output moves by what the rule of its ``backward`` makes of
#   :math:`v`, with one share from each input, and the shares are added.
# - *Linear*, :math:`y = Px`: it moves along :math:`Pv`.
# - *Linear in each factor*, :math:`y = AB`, as a product of matrices: along :math:`v_A B + A v_B`.
#
# .. slide:: A diagonal is its own transpose
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       There is one idea in it: the rule multiplies by the transpose of a diagonal, and that is the diagonal. Ask for
#       which of the three kinds this would be wrong, and you have the reason for the other two lines of the code.
#
# Proof
# ~~~~~
# A function that computes place by place has, for each input, a Jacobian that is zero outside of the diagonal. Its rule
# multiplies by the transpose of that, and a diagonal matrix is its own transpose. (A stretched input is stretched
# first, which is linear, and then it is place by place.) For a linear map the remainder in the definition of the
# derivative is zero: :math:`P(x + v) = Px + Pv`. For the product it is :math:`v_A v_B`, small of second order, by `step
# 41 <step41.ipynb>`_. ∎
#
# .. slide:: Twenty lines over the same graph
#    :show: code
#    :minutes: 4
#
#    No new rule for any function.
#
#    .. notes::
#       Which line is the chain rule? The last of the loop.
#
# So nothing has to be written for any single function. ``push`` knows the three kinds, and ``pushforward`` visits the
# functions in the order of their generations, from the inputs on. It uses ``between`` of `step 36
# <../stage3/step36.ipynb>`_, which finds those through which something moves. The engine is ``dezero_lite``, whose
# heart is the program of step 41.
from dezero_lite import Variable, gradients
from dezero_lite.arrays import Linear, MatMul
from dezero_lite.core import between, place_of


def push(function, moves):
    """How the output moves, if the inputs move along moves; None stands still."""
    if isinstance(function, Linear):
        return function.forward(moves[0])
    moving = [i for i, move in enumerate(moves) if move is not None]
    if isinstance(function, MatMul):
        x0, x1 = function.xs
        return sum(x0 @ moves[1] if i else moves[0] @ x1 for i in moving)
    shares = [function.backward(moves[i]) for i in moving]
    share = sum(share[i] if isinstance(share, tuple) else share for i, share in zip(moving, shares))
    return np.broadcast_to(share, np.broadcast_shapes(*function.shapes))


def pushforward(y, xs, vs):
    """How y moves, if each x moves along its v."""
    moves = {place_of(x): v for x, v in zip(xs, vs)}
    for function in sorted(between(y, set(moves)), key=lambda function: function.generation):
        moves[function] = push(function, [moves.get(parent) for parent in function.parents])
    return moves.get(place_of(y), np.zeros(y.shape))


x = Variable(point)
y = np.tanh(W @ x) * 2
moved = pushforward(y, (x,), (v,))
print('forward:', *[f'{m:.4f}' for m in moved])
assert np.allclose(moved, nudged, rtol=1e-7)

# %%
# The two agree as far as a nudge can tell. Here is the graph that both ways walk on, with what a pass back finds for
# the sum of the results:
from dezero_lite import graph

x = Variable(point, name='x')
y = np.tanh(W @ x) * 2
y.backward()
assert np.isclose(np.sum(x.grad * v), np.sum(moved), rtol=1e-13)
graph(y, names={'y': y}, grads=True)

# %%
# And is it the *same* derivative as that of the pass back? For every :math:`u`,
# :math:`\langle u, Jv \rangle = \langle J^\top u, v \rangle`: forward and back are adjoint to each other, and the check
# of `step 38 <step38.ipynb>`_ needs no ε here either.

rng = np.random.default_rng(0)


def network(x, A, b):
    hidden = np.tanh(x @ A + b)
    mixed = np.sum(np.exp(hidden) * hidden[:, ::-1], axis=0)
    return mixed / (1 + b ** 2) - np.reshape(x, (4, 2))[0, 0]


inputs = [Variable(rng.standard_normal(shape)) for shape in [(2, 4), (4, 3), (3,)]]
along = [rng.standard_normal(x.shape) for x in inputs]
y = network(*inputs)
u = rng.standard_normal(y.shape)
forward = np.sum(u * pushforward(y, inputs, along))
back = sum(np.sum(g * v) for g, v in zip(gradients(y, inputs, u), along))
print(f'<u, Jv> = {forward:.10f}')
print(f'<Jᵀu, v> = {back:.10f}')
assert np.isclose(forward, back, rtol=1e-12)

# %%
# .. slide:: A column at a time, a row at a time
#    :show: picture
#    :minutes: 3
#
#    Forward fills columns, back fills rows.
#
#    .. notes::
#       This Jacobian has three rows and four columns. Which way is cheaper?
#
# A column at a time
# ------------------
# With a :math:`v` that is 1 at one place, :math:`Jv` is a column. Watch how the Jacobian of :math:`2 \tanh(Wx)` is
# filled, with four runs forward. Back it would be three, a row each.
from dezero_lite.pictures import heat, steps

x = Variable(point)
y = np.tanh(W @ x) * 2
J = np.full((3, 4), np.nan)
names = ['y₀', 'y₁', 'y₂'], ['x₀', 'x₁', 'x₂', 'x₃']
for j in steps(4, show=lambda: heat(J, *names, title='Forward, a column at a time'), every=1):
    J[:, j] = pushforward(y, (x,), (np.eye(4)[j],))
assert np.allclose(J, [gradients(y, (x,), e)[0] for e in np.eye(3)], rtol=1e-13)

# %%
# .. slide:: How many runs?
#    :show: predict output
#    :minutes: 3
#
#    .. notes::
#       The asymmetry is the reason why networks are trained backwards.
#
# How many runs does it take?
# ---------------------------
# A run forward gives one column of a Jacobian, a run back gives one row, and each run visits each function once.
#
# .. predict:: A network has 1,000 parameters and one loss. All its derivatives take one pass back. How many runs would they take forward?
#    :answer: 1000 = runs['forward']
#    :type: number
#    :after:
#
#    - ``runs['forward']``: one for each parameter.
#    - ``1``: one run tells how the loss moves if all of them move together. That is one number.
#    - ``2``: two runs tell how the loss moves along two directions, and there are a thousand to be known.

n = 1000
parameters = Variable(np.linspace(-1, 1, n))
loss = np.sum(np.tanh(parameters) ** 2)
runs, slopes = {'forward': 0, 'back': 1}, np.zeros(n)
whole, = gradients(loss, (parameters,))
for e in np.eye(n):
    slopes[runs['forward']] = pushforward(loss, (parameters,), (e,))
    runs['forward'] += 1
print(runs)
assert runs == {'forward': 1000, 'back': 1} and np.allclose(slopes, whole, rtol=1e-13, atol=1e-300)

# %%
# A Jacobian with :math:`m` rows and :math:`n` columns takes :math:`n` runs forward or :math:`m` runs back. Could fewer
# than 1,000 runs forward do it? Each tells one number, :math:`\langle g, v \rangle` for the gradient
# :math:`g`. For fewer directions :math:`v` than parameters there is a :math:`w \ne 0` at right angles to all of them,
# and :math:`g + w` would have given the same numbers. So with fewer runs the gradient is not known.
#
# The other way round, with one input and a thousand results, it would be a thousand back and one forward. So training
# goes back. And forward is for few inputs, such as a slider, a time or an angle, or for a single direction.
#
# .. slide:: What has to stay in memory?
#    :show: predict output
#    :minutes: 3
#
#    A chain of 200 sines.
#
#    .. notes::
#       Forward can forget at once. Back has to wait for the end, and needs everything then.
#
# What has to stay in memory?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Going back begins at the end, when all has been computed, and then needs what each function has kept. Going forward
# needs nothing of what lies behind, so one can do it *while* computing, without any graph. Let us take a chain of 200
# sines, and count the arrays that are alive at the same time.
#
# .. predict:: Forward, while computing: how many arrays are alive at most?
#    :answer: 5 = most['forward']
#    :type: number
#    :after:
#
#    - ``most['forward']``: the value and how it moves, before and after, and the cosine in between.
#    - ``most['back']``: that is for going back. Forward, each sine can be forgotten once the next one is there.
#    - ``2``: between two functions, yes. But the next pair is computed before the last one goes.

import weakref

from dezero_lite import Function

witnesses, peak = [], 0


def counted(array):
    """The array; and peak is the largest number of those that were alive together."""
    global witnesses, peak
    witnesses = [witness for witness in witnesses if witness() is not None] + [weakref.ref(array)]
    peak = max(peak, len(witnesses))
    return array


class Sine(Function):
    def forward(self, x):
        return counted(np.sin(x))

    def backward(self, gy):
        x, = self.xs
        cosine = counted(np.cos(x))
        return counted(gy * cosine)


most = {}
value, move = counted(np.linspace(0, 3, 100)), counted(np.ones(100))
for _ in range(200):
    new_value, cosine = counted(np.sin(value)), counted(np.cos(value))
    new_move = counted(cosine * move)
    value, move = new_value, new_move
    del new_value, new_move, cosine
most['forward'] = peak

witnesses, peak = [], 0
x = Variable(counted(np.linspace(0, 3, 100)))
y = x
for _ in range(200):
    y = Sine()(y)
y.backward()
most['back'] = peak
print(most)
assert np.allclose(x.grad, move, rtol=1e-13) and most['forward'] == 5 and most['back'] > 200

# %%
# .. slide:: The adjoint of the adjoint
#    :show: statement
#    :minutes: 3
#
#    Two passes back make one forward.
#
#    .. notes::
#       Ask how an engine that can only go back might go forward. The trick is that the gradient is linear in the seed;
#       whoever has seen the column of step 37 knows it already. Ask then what it costs: a graph of the first pass,
#       where ``push`` needs none. When late, skip it, the three kinds are enough.
#
# Forward, by going back twice
# ----------------------------
# There is a way without ``push``, and the engine could do it since step 37.
#
# Theorem (twice back is forward)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let the rules be as in the `proposition of step 32 <../stage3/step32.ipynb#proposition-a-recorded-pass>`_, and let
# a pass from :math:`y` with a variable :math:`u` for its seed, and with ``create_graph``, give
# :math:`g = J^\top u`. A pass from :math:`g` with the seed :math:`v` gives :math:`Jv` as the gradient of :math:`u`,
# whatever the value of :math:`u`.
#
# .. slide:: The pass is linear in its seed
#    :show: proof
#    :below:
#    :minutes: 1
#
#    .. notes::
#       It takes two sentences: the pass is linear in u, and the adjoint of the adjoint is the map itself. Do not
#       press down for it, unless somebody doubts that the value of u plays no part.
#
# Proof
# ~~~~~
# By that proposition, with the leaf :math:`u` for its seed in place of ones, what is recorded computes
# :math:`J^\top u` for every :math:`u`, and :math:`u \mapsto J^\top u` is linear. Its adjoint, by the
# `corollary of step 38 <step38.ipynb#corollary-backwards-in-both-senses>`_, is :math:`J`; and what a pass
# sends back through a linear map is its adjoint, by the theorem there. ∎
#
# ``jvp`` of ``dezero_lite`` is these two passes. It also works for functions that are of none of the three kinds, as
# long as their rules can be differentiated. The price is a graph of the first pass.
from dezero_lite import jvp

twice = jvp(lambda x: np.tanh(W @ x) * 2, point, v)
print('twice back:', *[f'{m:.4f}' for m in twice])
assert np.allclose(twice, moved, rtol=1e-13)

# %%
# .. slide:: A derivative inside a derivative
#    :show: predict output
#    :minutes: 4
#
#    .. notes::
#       Do it by hand first: the inner derivative is 1, for every x.
#
# Two movements, mixed up
# -----------------------
# If forward is so simple, why does a package need care with it? Because movements have to be told apart. Let
# :math:`D(f)` be the derivative of a function of one number, and look at
#
# .. math::
#
#     D\bigl(x \mapsto x \cdot D(y \mapsto x + y)(1)\bigr)(1) .
#
# The inner derivative is by :math:`y`, so it is 1, whatever :math:`x`. So this is the derivative of :math:`x \cdot 1`.
#
# .. predict:: What do the dual numbers of the column in stage 1 answer?
#    :answer: 2.0 = confused
#    :type: number
#    :after:
#
#    - ``confused``: the inner derivative finds the movement of x in the sum as well, and takes it for that of y.
#    - ``1``: that would be right.
#    - ``0``: as if x stood still.


class Dual:
    def __init__(self, value, move):
        self.value, self.move = value, move

    def __add__(self, other):
        return Dual(self.value + other.value, self.move + other.move)

    def __mul__(self, other):
        return Dual(self.value * other.value, self.move * other.value + self.value * other.move)


def D(f):
    return lambda x: f(Dual(x, 1.0)).move


confused = D(lambda x: x * Dual(D(lambda y: x + y)(1.0), 0.0))(1.0)
print('without tags:', confused)
assert confused == 2

# %%
# This is called perturbation confusion (`Siskind and Pearlmutter 2008 <../../bibliography.md#siskind-2008>`_). The cure
# is a tag: each ``D`` has a number of its own, a movement carries the number of the ``D`` that it belongs to, and
# everything else stands still for it.

from itertools import count

tags = count()


class Tagged:
    def __init__(self, value, move, tag):
        self.value, self.move, self.tag = value, move, tag

    def __add__(self, other):
        (a, da), (b, db), tag = apart(self, other)
        return Tagged(a + b, da + db, tag)

    def __mul__(self, other):
        (a, da), (b, db), tag = apart(self, other)
        return Tagged(a * b, da * b + a * db, tag)

    __radd__, __rmul__ = __add__, __mul__


def apart(*numbers):
    """Value and movement of each for the innermost D; and its tag."""
    tag = max(number.tag for number in numbers if isinstance(number, Tagged))
    moving = [isinstance(number, Tagged) and number.tag == tag for number in numbers]
    split = [(n.value, n.move) if moves else (n, 0.0) for n, moves in zip(numbers, moving)]
    return *split, tag


def D(f):
    def derivative(x):
        tag = next(tags)
        y = f(Tagged(x, 1.0, tag))
        return y.move if isinstance(y, Tagged) and y.tag == tag else 0.0
    return derivative


told_apart = D(lambda x: x * D(lambda y: x + y)(1.0))(1.0)
print('with tags:   ', told_apart)
assert told_apart == 1 and D(D(lambda x: x * x * x))(2.0) == 12

# %%
# Can going back be confused like this?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Not in our engine. What a pass knows stands in a table of its own, by places, and the inner pass asks for the place of
# ``y`` only. The place is the tag.

from dezero_lite import grad

answer = grad(lambda x: x * grad(lambda y: x + y)(np.array(1.0)))(np.array(1.0))
print('grad of grad:', answer)
assert answer == 1

# %%
# Where does forward come first?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# It does in JAX. There a function has a rule forward, and going back is made from it: the linear part of a run is
# written down, and transposed, one linear map after the other, by their adjoints. `Autodidax
# <../../bibliography.md#johnson-2020>`_ builds that on one page. Its two halves are this column and step 38.

"""
Step 13: many inputs, backward
==============================

A function hands a gradient to each of its inputs, and the work list of step 08 earns its keep.

In a chain there was one way back. When a graph merges, a function has several inputs, and the way
back forks. What does each input get, and in which order does the loop visit the functions further
back?
"""

# %%
# How far each input moves the result
# -----------------------------------
# .. slide:: Move one input, and see how far the result moves
#    :show: output
#    :minutes: 2
#
#    :math:`z = x^2 + y^2` at (2, 3)
#
#    .. notes::
#       Ask before showing: by how much does z move if x moves by a thousandth?
#
# Let :math:`z = x^2 + y^2` at :math:`x = 2` and :math:`y = 3`. Move one of the two a little, leave the
# other where it is, and see how far :math:`z` moves:

import numpy as np


def z_of(x, y):
    return x ** 2 + y ** 2


nudge = 0.001
for name, z in [('x', z_of(2 + nudge, 3)), ('y', z_of(2, 3 + nudge))]:
    print(f'{name} moved by {nudge}: z moved by {z - z_of(2, 3):.6f}, '
          f'{(z - z_of(2, 3)) / nudge:.3f} times as far')

assert np.isclose((z_of(2 + nudge, 3) - z_of(2, 3)) / nudge, 4, atol=2 * nudge)
assert np.isclose((z_of(2, 3 + nudge) - z_of(2, 3)) / nudge, 6, atol=2 * nudge)

# %%
# .. slide:: Multiply along the path
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    From ``x``: :math:`2x \cdot 1 = 4`. From ``y``: :math:`2y \cdot 1 = 6`.
#
#    .. notes::
#       The derivative of each function stands beside the arrow of its input.
#
# About 4 times as far, and about 6 times. These are the numbers that ``x.grad`` and ``y.grad`` should
# hold. Here is the graph, with the derivative of each function beside the arrow of its input. Multiply
# along the path from ``x`` to ``z``, and you have :math:`2x \cdot 1 = 4`; along the path from ``y``
# it is :math:`2y \cdot 1 = 6`.
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

x, y, a, b, z = [Node(data=data) for data in (2, 3, 4, 9, 13)]
sq1, sq2, plus = Node(), Node(), Node()
graph(calls=[(sq1, [x], [a]), (sq2, [y], [b]), (plus, [a, b], [z])],
      names={'x': x, 'y': y, 'a': a, 'b': b, 'z': z, 'sq1': sq1, 'sq2': sq2, 'add': plus},
      values=True, local={'sq1': '2x', 'sq2': '2y', 'add': ('1', '1')})

# %%
# .. slide:: A sum passes the gradient on to both
#    :show: formula
#    :minutes: 2
#
#    .. notes::
#       Both partial derivatives are 1, everywhere. So Add returns gy, gy.
#
# Why 1 on both arrows into the sum? Because moving one of its inputs by :math:`t` moves
# :math:`f(x_0, x_1) = x_0 + x_1` by :math:`t`: for :math:`t \neq 0`
#
# .. math::
#
#     \frac{f(x_0 + t, x_1) - f(x_0, x_1)}{t} = \frac{t}{t} = 1
#     = \frac{f(x_0, x_1 + t) - f(x_0, x_1)}{t} .
#
# These limits, in which one input moves and the others stay, are the *partial derivatives*. Both are 1,
# everywhere. So whatever gradient ``gy`` arrives at the output of
# ``Add``, each input gets :math:`1 \cdot gy`, that is, ``gy`` itself.

# %%
# .. ask::
#    When a graph merges, what does each input of a function get on the way back?
#
#    - ``y.backward()``: leaves in the ``grad`` of each variable that it comes by its gradient, as long as
#      each is used once, in functions with one output.
#    - ``backward(gy)`` of a function: gets the gradient of each of its outputs as an argument, and
#      returns that of its input, or a tuple of them, one for each input.
#    - ``self.inputs``, the variables, which such a rule may read.
#
# The program
# -----------
# .. slide:: Gradients of all outputs in, of all inputs out
#    :show: program
#    :pieces: Variable.backward Add
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       gys, gxs, zip. Ask what zip does with a tuple that is too short.
#
# The loop collects the gradients of all outputs, ``gys``, asks the function for the gradients of
# all inputs, ``gxs``, and deals them out with ``zip``. ``Add`` passes ``gy`` to both sides.
import numpy as np


class Variable:
    def __init__(self, data):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.grad = None
        self.creator = None

    def set_creator(self, f):
        self.creator = f

    def backward(self):
        if self.grad is None:
            self.grad = np.ones_like(self.data)
        funcs = [self.creator]
        while funcs:
            f = funcs.pop()
            gys = [output.grad for output in f.outputs]
            gxs = f.backward(*gys)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(f.inputs, gxs):
                x.grad = gx
                if x.creator is not None:
                    funcs.append(x.creator)


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


class Function:
    def __call__(self, *inputs):
        xs = [x.data for x in inputs]
        ys = self.forward(*xs)
        if not isinstance(ys, tuple):
            ys = (ys,)
        outputs = tuple(Variable(as_array(y)) for y in ys)
        for output in outputs:
            output.set_creator(self)
        self.inputs = inputs
        self.outputs = outputs
        return outputs[0] if len(outputs) == 1 else outputs


class Square(Function):
    def forward(self, x):
        return x ** 2

    def backward(self, gy):
        return 2 * self.inputs[0].data * gy


class Add(Function):
    def forward(self, x0, x1):
        return x0 + x1

    def backward(self, gy):
        return gy, gy


def square(x):
    return Square()(x)


def add(x0, x1):
    return Add()(x0, x1)


# %%
# The run
# -------
# We run it twice, at the point of the picture and at another one:

for at in [(2.0, 3.0), (0.5, -1.0)]:
    x, y = Variable(np.array(at[0])), Variable(np.array(at[1]))
    a = square(x)
    b = square(y)
    z = add(a, b)
    z.backward()
    print('z =', z.data)
    print('x.grad =', x.grad)
    print('y.grad =', y.grad)

    assert (z.data, x.grad, y.grad) == (at[0] ** 2 + at[1] ** 2, 2 * at[0], 2 * at[1])

# %%
# .. slide:: With a difference a mix-up shows
#    :show: code
#    :minutes: 1
#
#    .. notes::
#       With Add one could not tell whether zip had mixed up the two.
#
# With a sum both inputs get the same, so a mix-up would not show. With a difference it does:
# :math:`x^2 - y^2` has the partial derivatives :math:`2x` and :math:`-2y`.


class Subtract(Function):
    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


x, y = Variable(np.array(2.0)), Variable(np.array(3.0))
z = Subtract()(square(x), square(y))
z.backward()
assert (z.data, x.grad, y.grad) == (-5, 4, -6)

# %%
# And a function with two outputs gets two gradients, ``gc`` and ``gs``, in the order of its outputs.
# The difference :math:`\cos\theta - \sin\theta` has the derivative
# :math:`-\sin\theta - \cos\theta`.


class CirclePoint(Function):
    def forward(self, theta):
        return np.cos(theta), np.sin(theta)

    def backward(self, gc, gs):
        theta = self.inputs[0].data
        return -np.sin(theta) * gc + np.cos(theta) * gs


for at in [0.5, 2.0]:
    theta = Variable(np.array(at))
    Subtract()(*CirclePoint()(theta)).backward()
    assert np.isclose(theta.grad, -np.sin(at) - np.cos(at))

# %%
# .. slide:: Two wait for the first time
#    :show: predict
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       Draw the graph again while they think: a from sq1, b from sq2, and z from both. The usual wrong answer is the
#       first, as in a queue. Ask whether it matters here. (Not yet.)
#
# .. predict:: The work list holds ``sq1`` and ``sq2``. Which one runs next?
#    :answer: sq2 = turns[1][-1]
#    :after:
#
#    - ``turns[1][-1]``: ``pop`` takes the last of the list, which joined last.
#    - ``turns[1][0]``: that would be ``pop(0)``, the oldest first.
#    - ``' and '.join(turns[1])``: one turn runs one function; the other has to wait, and that is
#      what the list is for.
#
# .. slide:: Now the list holds two
#    :show: output
#    :minutes: 2
#
#    Each line shows what waits at the start of a turn.
#
#    .. notes::
#       The answer to step 08: a list that grows where the way back forks.
#
# Now watch the work list. The function below is the loop of ``backward`` with the arithmetic left
# out; it yields the list at the start of each turn.
#
# .. internal::


def work_lists(y):
    funcs = [y.creator]
    while funcs:
        yield list(funcs)
        f = funcs.pop()
        for x in f.inputs:
            if x.creator is not None:
                funcs.append(x.creator)


x, y = Variable(np.array(2.0)), Variable(np.array(3.0))
a, b = square(x), square(y)
z = add(a, b)
name_of = {a.creator: 'sq1', b.creator: 'sq2', z.creator: 'add'}
turns = [[name_of[f] for f in funcs] for funcs in work_lists(z)]
for turn in turns:
    print(turn)

assert turns == [['add'], ['sq1', 'sq2'], ['sq1']]

# %%
# Does ``backward`` itself take ``sq2`` before ``sq1``? We let two squares record when they
# run, and it does.
#
# .. internal::

ran = []


class NotedSquare(Square):
    def backward(self, gy):
        ran.append(self)
        return super().backward(gy)


noted = NotedSquare()(x), NotedSquare()(y)
add(*noted).backward()
assert ran == [noted[1].creator, noted[0].creator]

# %%
# Watch it run
# ~~~~~~~~~~~~
# .. slide:: Watch it run
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       Play it turn by turn. Ask for each number before it appears.
#
# The pass of :math:`x^2 + y^2`, recorded line by line while it ran. The function that runs has a bold
# frame, those on the work list a dashed one; the variable that has just got a gradient has a thick
# ring. The buttons below the picture play and step; once the player has been clicked, the space bar
# and the arrow keys do, too.
from dezero_lite import play

x, y = Variable(np.array(2.0)), Variable(np.array(3.0))
a, b = square(x), square(y)
z = add(a, b)
play(z, names={'x': x, 'y': y, 'a': a, 'b': b, 'z': z})

# %%
# And now you do it: take a function from the list, and see what it sends on. On this graph there is a
# choice, and it does no harm.
#
# .. you-are-backward:: a = square(x); b = square(y); a + b
#    :x: 2
#    :y: 3
#
# Is there any point in the list now?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# `Step 08 <../stage1/step08.ipynb>`_ asked what a list is good for that always holds one function.
# In a chain, nothing. Here the second turn finds two functions waiting, and while one runs, the
# other must be kept somewhere. A list that grows where the way back forks, and shrinks where it ends,
# is just what is needed.
#
# .. internal::

assert max(len(turn) for turn in turns) == 2

# %%
# Does it matter which of the two runs first?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Not here. ``pop`` takes the newest, so ``sq2`` comes before ``sq1``; neither reads what the other
# writes, so both orders give the same:
#
# .. internal::

for order in ([z, a, b], [z, b, a]):
    x.grad = y.grad = a.grad = b.grad = None
    z.grad = np.array(1.0)
    for v in order:
        gxs = v.creator.backward(v.grad)
        for u, gx in zip(v.creator.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
            u.grad = gx
    assert (x.grad, y.grad) == (4, 6)

# %%
# Where each variable is used once, and functions have one output, a function is put on the list by the
# only function that uses its output; so the gradient that it needs is complete when its turn comes. Keep
# this sentence in mind: it fails as soon as a *computed* variable, one that a function made, is used
# twice, because then its creator is put on the list twice. (A leaf has no creator, so using a leaf twice
# puts nothing on the list twice.)
#
# .. internal::

a = square(x)
leaf_twice, computed_twice = add(square(x), square(x)), add(a, a)
assert [funcs[-1] for funcs in work_lists(leaf_twice)].count(leaf_twice.creator.inputs[0].creator) == 1
assert [funcs[-1] for funcs in work_lists(computed_twice)].count(a.creator) == 2

# %%
# It fails for functions with several outputs, too: ``CirclePoint`` is put on the list once for each output
# that is used. In the difference above both gradients were there when it ran. With
# :math:`\cos^2\theta + \sin\theta` only one is:
#
# .. flaw::

c, s = CirclePoint()(theta)
try:
    add(square(c), s).backward()
    raise AssertionError('both gradients were there')
except TypeError as error:
    print('TypeError:', error)

# %%
# Which function should wait for which is the subject of `step 15 <../stage2/step15.ipynb>`_. Until then our
# functions have one output.
#
# One path, one product
# ---------------------
# .. slide:: One path, one product
#    :minutes: 1
#
#    As long as each variable is used only once, the chain rule of step 06 is enough.
#
#    .. notes::
#       The proofs begin here. Ask whether a graph with merges needs new mathematics. Most say yes; let them look for a
#       variable that goes in twice. As long as there is none, each variable has one way to the result, and the rule of
#       step 06 does.
#
# We multiplied along the path from ``x`` to ``z`` and called the product a derivative. Does a graph
# with merges need new mathematics for that? Not as long as each variable is used only once: then the
# chain rule of `step 06 <../stage1/step06.ipynb>`_ is enough.
#
# .. slide:: Every variable used once
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       Read it with the picture in mind.
#
# Theorem (every variable used once)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# In a graph of functions with one output each, let every variable be an input of at most one function,
# and only once. Let :math:`z` be a variable that no function uses, and let :math:`x` be a leaf from
# which :math:`z` can be reached. Then exactly one path leads from :math:`x` to :math:`z`. If along it
# each function has, at the values computed, a partial derivative with respect to the input that lies on
# the path, then :math:`z` is differentiable as a function of :math:`x`, the other leaves held fixed,
# and :math:`\partial z / \partial x` is the product of these partial derivatives.
#
# .. slide:: The chain rule along the only path
#    :show: proof
#    :below:
#    :minutes: 4
#
#    .. notes::
#       Where is step 11 used? The walk never returns.
#
# Proof (every variable used once)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# From :math:`x` there is only one way on: the only function that uses it, then that function's only
# output, and so forth. By the proposition of `step 11 <../stage2/step11.ipynb>`_ this walk never
# returns to a variable, and it passes :math:`z`, which can be reached; there it ends, since no function
# uses :math:`z`. So there is exactly one path; let its variables be
# :math:`x = v_0, v_1, \dots, v_n = z`. (If :math:`x` is :math:`z` itself, then :math:`n = 0`, and the
# product below is empty, that is 1.)
#
# No other input of the functions on the path depends on :math:`x`, or is :math:`x`. If one did, a path
# from :math:`x` would arrive at :math:`z` through it, and that would be a second path.
#
# So with the other leaves held fixed, the other inputs are constants, and
# :math:`v_i = h_i(v_{i-1})`, where :math:`h_i` is the :math:`i`-th function of the path with all
# inputs but one frozen. Its derivative :math:`h_i'` at :math:`v_{i-1}` is the partial derivative of
# which the theorem speaks, and
#
# .. math::
#
#     z = (h_n \circ \dots \circ h_1)(x), \qquad
#     \frac{\partial z}{\partial x} = h_n'(v_{n-1}) \cdots h_1'(v_0)
#
# by the chain rule of step 06. ∎
#
# Is there just one path in our example? We look for all of them, each as a list of functions, and find one
# from each leaf.
#
# .. internal::


def paths(x, z):
    if z is x:
        return [[]]
    inputs = z.creator.inputs if z.creator else []
    return [path + [z.creator] for v in inputs for path in paths(x, v)]


a, b = z.creator.inputs
assert paths(x, z) == [[a.creator, z.creator]]
assert paths(y, z) == [[b.creator, z.creator]]

# %%
# At which point does backward differentiate?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Don't change data between forward and backward
#    :show: output
#    :minutes: 2
#
#    :math:`y = (x^2)^2` computed at 3, then ``x.data`` becomes 5. The derivative is 108 at 3 and 500 at 5.
#
#    .. notes::
#       180 = 18 times 10: half of it is from 3, half from 5. Square reads the data when backward
#       runs.
#
# At the values that the variables have *when backward runs*: ``Square`` reads ``self.inputs[0].data``
# then, and not before. So don't change data between the computation and its ``backward``. Here
# :math:`y = (x^2)^2` is computed at 3, and then ``x`` gets new data.
#
# .. flaw::

x = Variable(np.array(3.0))
a = square(x)
y = square(a)
x.data = np.array(5.0)
y.backward()
print('x.grad =', x.grad)

assert x.grad == (2 * 9) * (2 * 5) == 18 * 10 == 180
for at, derivative in [(3.0, 108), (5.0, 500)]:
    x = Variable(np.array(at))
    square(square(x)).backward()
    assert x.grad == derivative == 4 * at ** 3

# %%
# The derivative :math:`4x^3` is 108 at 3 and 500 at 5. We get 180, which is neither: ``a`` still holds the
# 9 that was computed at 3, and ``x`` holds 5.
#
# And if the variables hold arrays?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Then squares and sums work on each element for itself, and so does the way back: as long as all arrays
# have one shape, the theorem holds element by element. The pass begins with an array of ones, and what
# it computes is the gradient of the *sum* of the elements of the result.

x, y = Variable(np.array([2.0, 0.5])), Variable(np.array([3.0, -1.0]))
z = add(square(x), square(y))
z.backward()
print('x.grad =', x.grad)
print('y.grad =', y.grad)

assert (x.grad.tolist(), y.grad.tolist()) == ([4, 1], [6, -2])
for i in range(2):  # the sum, when element i of x is nudged
    above, below = x.data.copy(), x.data.copy()
    above[i] += 1e-4
    below[i] -= 1e-4
    quotient = ((above ** 2 + y.data ** 2).sum() - (below ** 2 + y.data ** 2).sum()) / 2e-4
    assert np.isclose(x.grad[i], quotient)

# %%
# What is still wrong
# -------------------
# .. slide:: Use a variable twice, and it is wrong
#    :show: code output
#    :minutes: 1
#    :meeting:
#
#    ``y = add(x, x)`` at 3: the value is right, the gradient is not.
#
#    .. notes::
#       Ask: where did the other 1 go? It was overwritten.
#
# The theorem spoke of graphs in which every variable is used once. Use one twice, in the simplest
# way there is:
#
# .. flaw:: x.grad == 1
# .. internal:: paths(

x = Variable(np.array(3.0))
y = add(x, x)
y.backward()
print('y =', y.data)
print('x.grad =', x.grad)

assert y.data == 6
assert x.grad == 1  # but y = 2x, so it should be 2
assert len(paths(x, y)) == 2

# %%
# The value is right and the gradient is wrong: :math:`y = 2x` has derivative 2. There are two paths
# now, and the second gradient to arrive has overwritten the first. What to do with the two is the
# subject of `step 14 <../stage2/step14.ipynb>`_.

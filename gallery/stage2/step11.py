"""
Step 11: many inputs, forward
=============================

Functions take a list of variables and give back a list, so that a graph may merge and branch.

A sum needs two numbers, and so far each of our functions takes one. What has to change so that a
function may have several inputs, and several outputs?
"""

# %%
# From a chain to a graph
# -----------------------
# .. slide:: Two plus three is not a chain
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    Two arrows run into one box: the graph **merges**.
#
#    .. notes::
#       So far each function had one input and one output. Ask: why can no chain of them make a sum?
#
# Until now a computation was a chain: a variable, a function, a variable, and so on. Two plus three
# does not fit into a chain, because two arrows run into one box:
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

x0, x1, y = Node(data=2), Node(data=3), Node(data=2 + 3)
plus = Node()
graph(calls=[(plus, [x0, x1], [y])], names={'x0': x0, 'x1': x1, 'y': y, 'Add': plus}, values=True)

# %%
# .. slide:: A graph merges, and it branches
#    :minutes: 2
#
#    - a **merge**: several inputs, :math:`y = x_0 + x_1`
#    - a **branch**: several outputs, or a variable that several functions use
#    - a function has a *list* of inputs and a list of outputs
#
#    .. notes::
#       A variable has at most one creator, but any number of functions may use it. Ask: why a list
#       of inputs and not a set? Order and repetition matter.
#
# From here on a computation is a **graph** with two kinds of nodes, variables and functions. A
# function has a list of inputs and a list of outputs. A variable has at most one creator (a variable
# without one is a *leaf*), but any number of functions may use it. Two shapes are new:
#
# - a **merge**: a function with several inputs, such as :math:`y = x_0 + x_1`;
# - a **branch**: a function with several outputs, such as
#   :math:`(c, s) = (\cos\theta, \sin\theta)`, or a variable that several functions use.
#
# The program needs very little for that. Where it had one array there is now a list of arrays, and
# where it made one variable it makes one for each array in the list that ``forward`` gives back.
#
# One piece of Python is new as well. In ``x, = xs`` the comma makes the left-hand side a tuple of one
# name, so the line takes the only element out of a list. If there are two, it raises an exception, where
# ``x = xs[0]`` would take the first without a word.

x, = [4]
assert x == 4
try:
    x, = [4, 5]
    raise AssertionError('two elements went into one name')
except ValueError:
    pass

# %%
# Why a list of inputs, and not a set?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A set forgets two things that matter: the order, without which :math:`x_0 - x_1` makes no sense,
# and repetition, without which :math:`x + x` would have one input.

x0, x1 = object(), object()
assert {x0, x1} == {x1, x0} and [x0, x1] != [x1, x0]
assert len({x0, x0}) == 1 and len([x0, x0]) == 2

# %%
# .. ask::
#    How can a function have several inputs and several outputs? Forward only: ``backward`` may stay as it
#    is.
#
#    - ``f([x0, x1])`` for a ``Function``: a list of variables goes in, a list of variables comes out.
#    - ``forward(xs)`` of a function gets a list of arrays and returns a list.
#    - ``f.inputs`` and ``f.outputs``: the variables, in their order; ``creator`` as before.
#    - ``Add()([x0, x1])``, and ``square(x)``, which takes and returns a single variable.
#
# The program
# -----------
# .. slide:: Where there was an array, there is a list
#    :show: program
#    :pieces: Function Add
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       Go through ``Function.__call__``: data out of the variables, forward, a variable for each
#       result. Exp and the tests have gone. Explain the comma in ``x, = xs``.
#
# ``Function`` works on lists, and ``Add`` is the first function with two inputs. We leave out ``Exp`` and
# the tests for some time: squares and sums are enough for the questions of the next steps, and each page
# checks its own claims.
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
            x, y = f.input, f.output
            x.grad = f.backward(y.grad)
            if x.creator is not None:
                funcs.append(x.creator)


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


class Function:
    def __call__(self, inputs):
        xs = [x.data for x in inputs]
        ys = self.forward(xs)
        outputs = [Variable(as_array(y)) for y in ys]
        for output in outputs:
            output.set_creator(self)
        self.inputs = inputs
        self.outputs = outputs
        return outputs


class Square(Function):
    def forward(self, xs):
        x, = xs
        return [x ** 2]

    def backward(self, gy):
        return 2 * self.input.data * gy


class Add(Function):
    def forward(self, xs):
        x0, x1 = xs
        return [x0 + x1]


def square(x):
    y, = Square()([x])
    return y


# %%
# The run
# -------
# .. slide:: A list goes in, a list comes out
#    :show: output
#    :minutes: 1
#
#    ``ys = Add()([x0, x1])``, and ``y = ys[0]``
#
#    .. notes::
#       Ask what y.creator.inputs holds: variables, not numbers.
#
# Two plus three: a list goes in, a list comes out.

x0 = Variable(np.array(2))
x1 = Variable(np.array(3))
ys = Add()([x0, x1])
y = ys[0]
print('y =', y.data)

assert ys == [y] and y.data == 5
assert y.creator is not None and list(y.creator.outputs) == [y]
assert list(y.creator.inputs) == [x0, x1]

# %%
# .. slide:: A difference tells its inputs apart
#    :show: output
#    :minutes: 1
#
#    With a sum, a mix-up would not show.
#
#    .. notes::
#       A test that cannot fail is worth nothing: choose examples that can reveal a mistake.
#
# A sum would not tell us if the two inputs came in the wrong order. A difference does.


class Subtract(Function):
    def forward(self, xs):
        x0, x1 = xs
        return [x0 - x1]


difference, = Subtract()([x0, x1])
print('x0 - x1 =', difference.data)

assert difference.data == -1
assert square(x1).data == 9 and square(difference).data == 1

# %%
# .. slide:: How many variables are in this graph?
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Let everybody draw it first. Then the picture on the next slide.
#
# .. predict:: One function computes the point of the unit circle at the angle θ, (cos θ, sin θ), both coordinates are
#    squared, and the squares are added. How many variables are in the graph?
#    :answer: 6 = len({theta, c, s, *r.creator.inputs, r})
#    :after:
#    :type: number
#
#    - ``len({theta, c, s, *r.creator.inputs, r})``: the angle, two coordinates, two squares and
#      their sum.
#    - ``len({v.creator for v in (c, *r.creator.inputs, r)})``: so many *functions* there are:
#      the point, two squares and the sum.
#    - ``len({c, s, *r.creator.inputs, r})``: the angle itself is a variable, too: a leaf.
#
# That is a function with one input and two outputs. The two coordinates are squared and added, so the graph branches and then merges, and
# the sum should be 1.


class CirclePoint(Function):
    def forward(self, xs):
        theta, = xs
        return [np.cos(theta), np.sin(theta)]


for angle in [0.5, 2.0]:
    theta = Variable(np.array(angle))
    c, s = CirclePoint()([theta])
    r, = Add()([square(c), square(s)])
    print(f'θ = {angle}: c = {c.data:.4f}, s = {s.data:.4f}, c^2 + s^2 = {r.data:.4f}')

    assert (c.data, s.data) == (np.cos(angle), np.sin(angle))
    assert np.isclose(r.data, 1)
    assert c.creator is s.creator is not None  # one call made both
    assert list(c.creator.outputs) == [c, s]

# %%
# .. slide:: One call can make two variables
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    Two arrows leave one box, and two run into another.
#
#    .. notes::
#       c and s have the same creator: one call made both. The sum of the squares is 1.
#
# This is the graph that the program recorded: two arrows leave one box, and two run into another.
from dezero_lite import graph

graph(r, names={'θ': theta, 'c': c, 's': s, 'r': r}, values=True)

# %%
# Can a graph run in a circle?
# ----------------------------
# .. slide:: Can a graph run in a circle?
#    :minutes: 1
#
#    A backward pass would never end there.
#
#    .. notes::
#       Let the room guess. What would have to happen for a path to come back?
#
# A chain has an end. Now that paths part and meet again, could one of them lead back to where it
# started? A backward pass would never end there. It can't happen, as long as three
# conditions hold.
#
# .. slide:: A graph has no cycle
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       Three conditions. Ask for each: what if it does not hold?
#
# Proposition (a graph has no cycle)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Suppose that each function object is called once, that its outputs are new variables, and that its
# inputs and outputs are never changed after the call. Then no path that follows the arrows, from
# inputs to function to outputs, comes back to where it started.
#
# .. slide:: Along a path the numbers grow
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       The proof is one idea: number the variables in the order in which they are made.
#
# Proof that a graph has no cycle
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Number the variables in the order in which they are made. Since each function object is called once,
# and its inputs and outputs are not changed afterwards, they are those of one call. A function can be
# called only on variables that exist, and its outputs are new: they are made during the call. So
# whenever a path goes from a variable through a function to another variable, the number grows.
# Variables and functions take turns along a path, so a cycle would contain a variable; following the
# arrows from it, we would come back to it with a number larger than the one we left with. ∎
#
# In numbers, on the graph above: we count the variables in the order in which they were made, and
# each function leads from smaller numbers to larger ones.
#
# .. internal::

made = [theta, c, s, *r.creator.inputs, r]
number = {v: k for k, v in enumerate(made)}
for f in dict.fromkeys(v.creator for v in made[1:]):
    before, after = ([number[v] for v in vs] for vs in (f.inputs, f.outputs))
    print(f'{type(f).__name__}: from {before} to {after}')
    assert max(before) < min(after)

# %%
# .. slide:: Three conditions, three accidents
#    :minutes: 2
#
#    - called twice: ``f([x0])``, then ``f([a])``
#    - an output that is not new
#    - a list that is changed after the call
#
#    Each makes a variable its own predecessor.
#
#    .. notes::
#       Step 12 cures the third: a tuple cannot be changed.
#
# All three conditions are needed. A ``Square`` that is called on its own output forgets its first input, as in
# `step 09 <../stage1/step09.ipynb>`_, and becomes its own predecessor. A function that hands out its
# input as its output closes a circle at once. And here is one made by changing a list after the call:
# this program keeps the very list that the caller gave it.
#
# .. flaw::


def is_own_predecessor(y):
    return y in y.creator.inputs


f = Square()
a, = f([x0])
f([a])
assert is_own_predecessor(a)  # called twice

f, x = Square(), Variable(np.array(2))
f([x])
f.outputs = [x]
x.set_creator(f)
assert is_own_predecessor(x)  # an output that is not new

xs = [x0]
y, = Square()(xs)
assert not is_own_predecessor(y)
xs[0] = y
assert is_own_predecessor(y)  # inputs changed after the call

# %%
# The third accident can't happen any more from `step 12 <../stage2/step12.ipynb>`_ on: there a function
# keeps a tuple, and nobody can change a tuple. The first two don't happen as long as we make a new
# function object for each call, as ``square`` does, and each result is a new variable, as in
# ``Function.__call__``. `Step 15 <../stage2/step15.ipynb>`_ will rest on the proposition.

# %%
# What is still wrong
# -------------------
# .. slide:: Everybody packs and unpacks
#    :minutes: 2
#
#    Callers write ``y = Square()([x])[0]``, and authors take lists apart and put them together again.
#
#    .. notes::
#       The lists are the business of Function alone. And backward still asks for *the* input.
#
# The program does what we asked, but it is not pleasant to use. To call a function you must pack
# the inputs into a list and unpack the list that comes back, even for a single number. To write a
# function you have the same chore on the other side: look at what has become of ``Square``. The
# lists are the business of ``Function`` alone, and `step 12 <../stage2/step12.ipynb>`_ will keep them
# there.
#
# Besides, ``backward`` is still that of `step 10 <../stage1/step10.ipynb>`_. It asks a function for
# *the* input and *the* output, and a function no longer has these.
#
# .. flaw::

y = square(x1)
try:
    y.backward()
    raise AssertionError('step 11 cannot go backward')
except AttributeError as error:
    print('AttributeError:', error)

# %%
# One thing at a time: `step 13 <../stage2/step13.ipynb>`_ repairs that.

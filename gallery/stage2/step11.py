"""
Step 11: many inputs, forward
=============================

Functions take a list of variables and give back a list, so a graph may merge and branch.

A sum needs two numbers, and so far each of our functions takes one. What has to change so that a
function may have several inputs, and several outputs?
"""

# %%
# Theory
# ------
# Until now a computation was a chain: one variable, one function, one variable, and so on. From
# here on it is a **graph** with two kinds of nodes, variables and functions. A function has a list
# of inputs and a list of outputs. A variable has at most one creator, but any number of functions
# may use it. Two shapes are new:
#
# - a **merge**: a function with several inputs, such as :math:`y = x_0 + x_1`;
# - a **branch**: a function with several outputs, such as
#   :math:`(c, s) = (\cos\theta, \sin\theta)`, or a variable that several functions use.
#
# However often a graph merges and branches, one thing stays as it was.
#
# Proposition (a graph has no cycle)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Suppose that each function object is called once, that its outputs are new variables, and that its
# inputs and outputs are never changed after the call. Then no path that follows the arrows, from
# inputs to function to outputs, comes back to where it started.
#
# Proof that a graph has no cycle
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Number the variables in the order in which they are made. A function can be called only on
# variables that exist, and its outputs are made during the call. So whenever a path goes from a
# variable through a function to another variable, the number grows. Variables and functions take
# turns along a path, so a cycle would contain a variable; following the arrows from it, we would
# come back to it with a number larger than the one we left with. ∎
#
# The run below checks this on a graph that branches and merges. Without the first assumption the
# proposition is false, as the one ``Square`` with two calls in `step 09 <../stage1/step09.ipynb>`_ has
# shown.
#
# This is what define-by-run gives for nothing. It is also why a backward pass can end at all, and
# `step 15 <../stage2/step15.ipynb>`_ will rest on it.
#
# Why a list of inputs, and not a set?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A set forgets two things that matter: the order, without which :math:`x_0 - x_1` makes no sense,
# and repetition, without which :math:`x + x` would have one input.

x = object()
assert len([x, x]) == 2
assert len({x, x}) == 1

# %%
# The program
# -----------
# ``Function`` now works on lists, and ``Add`` is the first function with two inputs. ``Exp`` and the
# tests are left out from here on: squares and sums are enough for the questions of this stage, and each
# page checks its own claims.
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
# Two plus three: a list goes in, a list comes out.

x0 = Variable(np.array(2))
x1 = Variable(np.array(3))
ys = Add()([x0, x1])
y = ys[0]
print('y =', y.data)

assert y.data == 5
assert ys == [y] and y.creator.inputs == [x0, x1]

# %%
# And a function with one input and two outputs: the point of the unit circle at the angle
# :math:`\theta`. The sum of the squares of its coordinates tells whether we got it right.


class CirclePoint(Function):
    def forward(self, xs):
        theta, = xs
        return [np.cos(theta), np.sin(theta)]


theta = Variable(np.array(0.5))
c, s = CirclePoint()([theta])
r, = Add()([square(c), square(s)])
print('c =', c.data)
print('s =', s.data)
print('c^2 + s^2 =', r.data)

assert np.isclose(r.data, 1)
assert c.creator is s.creator  # one call made both

# %%
# The proof above, in numbers: the variables are counted in the order in which they were made, and
# each function leads from smaller numbers to larger ones. A ``Square`` that is called twice is its own
# predecessor.

made = [theta, c, s, *r.creator.inputs, r]
number = {v: k for k, v in enumerate(made)}
for f in {v.creator for v in made} - {None}:
    assert max(number[v] for v in f.inputs) < min(number[v] for v in f.outputs)

f = Square()
a, = f([x0])
f([a])
assert a.creator is f and f.inputs == [a]  # a cycle: a, f, a

# %%
# The graph
# ---------
# A function with several inputs: two arrows run into one box.
from dezero_lite import graph

graph(y, names={'x0': x0, 'x1': x1, 'y': y}, values=True)

# %%
# A function with several outputs: two arrows leave one box, and the branches meet again in a merge.

graph(r, names={'θ': theta, 'c': c, 's': s, 'r': r})

# %%
# What is still wrong
# -------------------
# The program does what we asked, but it is not pleasant to use. Whoever calls a function must pack
# the inputs into a list and unpack the list that comes back, even for a single number. Whoever
# writes a function must do the same once more, on the other side: look at what has become of
# ``Square``. The lists are the business of ``Function`` alone, and
# `step 12 <../stage2/step12.ipynb>`_ will keep them there.
#
# Besides, ``backward`` is still that of `step 10 <../stage1/step10.ipynb>`_. It asks a function for
# *the* input and *the* output, and a function no longer has these.

try:
    y.backward()
    raise AssertionError('step 11 cannot go backward')
except AttributeError as error:
    print('AttributeError:', error)

# %%
# One thing at a time: `step 13 <../stage2/step13.ipynb>`_ repairs that.

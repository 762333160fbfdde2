"""
Step 12: many inputs, nicer
===========================

The lists move inside ``Function``: callers pass arguments, authors receive them.

Step 11 made everybody pack and unpack lists. Who really needs them, and how do we keep them from
everybody else?
"""

# %%
# Theory
# ------
# There is no mathematics in this step, only the design of an interface. It has two sides, and both
# should look like the formula :math:`y = f(x_0, x_1)`:
#
# - the **caller** wants ``y = f(x0, x1)`` instead of ``y = f([x0, x1])[0]``;
# - the **author** wants ``def forward(self, x0, x1): return x0 + x1`` instead of a list to take
#   apart and another one to put together.
#
# Python's star does the packing. In a definition it *gathers* the arguments into a tuple; in a call
# it *spreads* a tuple or list over the arguments. ``Function.__call__`` needs it once each way.


def gather(*xs):
    return xs


def plus(x0, x1):
    return x0 + x1


assert gather(2, 3) == (2, 3)
assert plus(*[2, 3]) == 5

# %%
# On the way out a result of one piece is different from the rest. ``forward`` may return it without
# a tuple around it, and ``__call__`` hands it on without a list around it.
#
# Is handing a lone output back bare a good idea?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For the caller who writes formulas, yes. Nearly all functions have one output, and
# ``add(square(x), y)`` can be read because none of them needs a ``[0]``. Mathematicians do the same
# when they take a 1-tuple and its entry for one thing.
#
# For the caller who writes general code, no. What comes back is a variable or a list, depending on
# a number, and code such as ``for output in f(*xs)`` must tell the two apart. The worst case is a
# function that decides from its data how many outputs it has: code that was tried with three pieces
# breaks on the day there is one. The run below has an example.
#
# So the rule is a good one as long as the number of outputs belongs to the function, as it does for
# all of ours. NumPy draws the same line. ``np.exp`` always has one result and returns it bare,
# ``np.modf`` always has two; but ``np.split``, which cuts an array into as many pieces as you ask
# for, returns a list even for one.

import numpy as np

assert isinstance(np.exp(1.5), float)
assert np.modf(1.5) == (0.5, 1.0)
for n in (3, 2, 1):
    pieces = np.split(np.arange(6), n)
    assert isinstance(pieces, list) and len(pieces) == n

# %%
# The program
# -----------
# Two stars, a tuple when ``forward`` gave none, and a bare result when there is just one.
# ``Square`` reads as it did before step 11.
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
        return 2 * self.input.data * gy


class Add(Function):
    def forward(self, x0, x1):
        return x0 + x1


def square(x):
    return Square()(x)


def add(x0, x1):
    return Add()(x0, x1)


# %%
# The run
# -------
# The same sum as before, written the way one would say it.

x0 = Variable(np.array(2))
x1 = Variable(np.array(3))
y = add(x0, x1)
print('y =', y.data)

assert y.data == 5
assert y.creator.inputs == (x0, x1) and y.creator.outputs == (y,)

# %%
# Calls can be nested now, and a function with several outputs still returns them all.


class CirclePoint(Function):
    def forward(self, theta):
        return np.cos(theta), np.sin(theta)


c, s = CirclePoint()(Variable(np.array(0.5)))
r = add(square(c), square(s))
print('c^2 + s^2 =', r.data)

assert np.isclose(r.data, 1)

# %%
# And here is the function for which bare results are a trap: it takes an array apart.


class Split(Function):
    def forward(self, x):
        return tuple(x)


several = Split()(Variable(np.array([1.0, 2.0, 3.0])))
print('three pieces:', [y.data.item() for y in several])
lone = Split()(Variable(np.array([1.0])))
try:
    [y.data.item() for y in lone]
    raise AssertionError('a bare variable was taken for a list')
except TypeError as error:
    print('one piece: TypeError:', error)

# %%
# The graph
# ---------
# Step 11 beside step 12, as the caller sees them. Above, a list ``xs`` goes in and a list ``ys``
# comes out; below, the function takes the variables themselves. What it records is the same in
# both: the inputs and the outputs, one by one.
from dezero_lite import graph

xs, ys = Variable(None), Variable(None)  # they stand for the two lists of step 11
graph(calls=[(Add(), [xs], [ys]), (y.creator, [x0, x1], [y])],
      names={'xs': xs, 'ys': ys, 'x0': x0, 'x1': x1, 'y': y})

# %%
# Why the next step is needed
# ---------------------------
# Forward is done: any number of inputs, any number of outputs, and calls that look like formulas.
# Backward still asks each function for its one input and its one output.

try:
    y.backward()
    raise AssertionError('step 12 cannot go backward')
except AttributeError as error:
    print('AttributeError:', error)

# %%
# What should flow back through a sum, and to whom? That is `step 13 <../stage2/step13.ipynb>`_.

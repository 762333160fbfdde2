"""
Step 09: nicer functions
========================

Three small changes that make the engine pleasant to use: functions that are functions, a gradient
that starts by itself, and data that are always arrays.

So far one has to write ``Square()(Exp()(Square()(x)))``. What would one like to write?
"""

# %%
# Theory
# ------
# There is no new mathematics in this step. It is about the *interface*: what a user has to know and
# to write. Three things are in the way.
#
# **One object for each call.** A ``Function`` remembers its input, so it can serve one call only.
# To make one ``Square`` and use it twice looks innocent, but the second call overwrites what the first
# has noted, as we shall see below. A plain function that makes a new object each time, ``square(x)``,
# rules that mistake out.
#
# **The first gradient.** Before ``backward`` one had to set ``w.grad = np.array(1.0)``. It is always
# the same: the derivative of :math:`w` by itself is 1. So ``backward`` can do it, with
# ``np.ones_like(self.data)``: the shape *and the type* of the data, so that the gradients of 32-bit
# data are 32-bit numbers as well.
#
# **What may be data.** The gradients are computed by NumPy, so the data should be NumPy arrays and
# nothing else. An error message at the place where somebody writes ``Variable(1.0)`` is worth more
# than a strange one three functions later. ``None`` is let through: a variable that has no data yet
# is a reasonable thing.
#
# What does ``x ** 2`` of a 0-d array return in NumPy?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Not an array. NumPy turns the result of arithmetic on 0-d arrays into a *scalar*, a ``float64``:

import numpy as np

x = np.array(0.5)
print(type(x), x.ndim)
print(type(x ** 2))
print(type(np.array([0.5]) ** 2))

assert isinstance(x, np.ndarray)
assert isinstance(x ** 2, np.float64) and not isinstance(x ** 2, np.ndarray)
assert isinstance(np.array([0.5]) ** 2, np.ndarray)

# %%
# It matters as soon as only arrays are accepted: ``square`` of a variable with 0-d data would make a
# variable out of a scalar, and be refused. So whatever ``forward`` returns goes through ``as_array``
# on its way into the output.

# %%
# The program
# -----------
# ``Variable`` checks its data and sets the first gradient, ``Function`` makes an array of its
# result, and two functions hide the two classes.

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
    def __call__(self, x):
        y = Variable(as_array(self.forward(x.data)))
        y.set_creator(self)
        self.input = x  # backward differentiates at this point
        self.output = y
        return y


class Square(Function):
    def forward(self, x):
        return x ** 2

    def backward(self, gy):
        return 2 * self.input.data * gy


class Exp(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return np.exp(self.input.data) * gy


def square(x):
    return Square()(x)


def exp(x):
    return Exp()(x)


# %%
# The run
# -------
# The whole computation is one line, and ``backward`` needs no preparation.

x = Variable(np.array(0.5))
y = square(exp(square(x)))
y.backward()
print(x.grad)

assert x.grad == 3.297442541400256
assert isinstance(y.data, np.ndarray) and y.data.ndim == 0
assert y.grad == 1.0

# %%
# A number that is no array is refused on the spot, and the message names its type. ``None`` is fine.

try:
    Variable(1.0)
    raise AssertionError('a float was accepted')
except TypeError as error:
    print('TypeError:', error)
    assert 'float' in str(error)

empty = Variable(None)
assert empty.data is None

# %%
# Without ``as_array`` the same would befall every function of 0-d data:

x = Variable(np.array(0.5))
try:
    Variable(Square().forward(x.data))
    raise AssertionError('a scalar was accepted')
except TypeError as error:
    print('TypeError:', error)
    assert 'float64' in str(error)

# %%
# The gradient takes over the type of the data, which it would not do if ``backward`` began with
# ``np.array(1.0)``:

x = Variable(np.array(0.5, dtype=np.float32))
y = square(x)
y.backward()
print(x.grad, x.grad.dtype)

assert x.grad.dtype == np.float32
assert y.creator.backward(np.array(1.0)).dtype == np.float64

# %%
# And here is the mistake that ``square`` rules out: one ``Square`` used for two calls. The true
# derivative of :math:`(x^2)^2 = x^4` at 3 is :math:`4 \cdot 27 = 108`.

f = Square()
x = Variable(np.array(3.0))
a = f(x)
y = f(a)

print('x.creator:', x.creator, '| the input that f remembers has the value', f.input.data)
assert f.input is a and a.creator is f and y.creator is f

# %%
# Both outputs name ``f`` as their creator, but ``f`` knows the second call only. Walking back from
# :math:`y` we get to :math:`a`, whose creator is again ``f``, whose input is again :math:`a`: the
# loop would go round for ever and never arrive at :math:`x`. Three turns of it:

y.grad = np.array(1.0)
variable = y
for _ in range(3):
    f = variable.creator
    f.input.grad = f.backward(f.output.grad)
    variable = f.input
    print('arrived at the variable with the value', variable.data)
    assert variable is a
assert x.grad is None

# %%
# With ``square`` the same computation is right.

x = Variable(np.array(3.0))
y = square(square(x))
y.backward()
print(x.grad)

assert x.grad == 108.0

# %%
# Is the shorter notation really better?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# ``square(x)`` is shorter, and it removes a way to go wrong; that is the stronger reason. It also has
# a price: the objects that make up the graph are out of sight. A reader who has only ever seen
# ``square(x)`` does not know that each call leaves a ``Square`` behind, which holds on to its input.
# This is the bargain of every such library, and it is worth remembering when memory runs short.
#
# The nested form has another price: ``square(exp(square(x)))`` is read from the inside out, and its
# intermediate values have no names. When they matter, write one line for each; the graph is the
# same.

y = square(x)
assert isinstance(y.creator, Square) and y.creator.input is x

# %%
# The graph
# ---------
# Three calls have left three functions and four variables. The two in the middle have no names in
# our program; the graph keeps them alive all the same.

from dezero_lite import graph

x = Variable(np.array(0.5))
y = square(exp(square(x)))
y.backward()
assert y.creator.input.creator.input.creator.input is x and x.creator is None

graph(y, names={'x': x, 'y': y}, values=True, grads=True)

# %%
# Why the next step is needed
# ---------------------------
# The engine has grown to a size where a change in one place can break another without anybody
# noticing: a wrong gradient looks like any other number. Before we go on, the computer should look
# for such mistakes by itself. `Step 10 <step10.ipynb>`_ is about how to test a derivative that one
# does not know.

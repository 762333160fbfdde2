"""
Step 09: nicer functions
========================

Three small changes that make the engine pleasant to use: functions that are functions, a gradient
that starts by itself, and data that are always arrays.

So far you have to write ``Square()(Exp()(Square()(x)))``. What would you like to write?
"""

# %%
# What is in the way?
# -------------------
# .. slide:: What you would like to write
#    :minutes: 3
#
#    .. code-block:: python
#
#       x = Variable(np.array(0.5))
#       y = square(exp(square(x)))
#       y.backward()
#
#    With step 08's program it takes seven lines, three function objects and a gradient set by hand.
#
#    .. notes::
#       Ask the room to write the same computation with step 08's program, and to count what is not about the problem.
#
# There is no new mathematics in this step. It is about the *interface*: what a user has to know and
# to write. You would like to write this:
#
# .. code-block:: python
#
#    x = Variable(np.array(0.5))
#    y = square(exp(square(x)))
#    y.backward()
#
# Three things are in the way.
#
# **One object for each call.** A ``Function`` remembers its input, so it can serve one call only.
# Making one ``Square`` and using it twice looks innocent, but the second call overwrites what the first
# has recorded, as we shall see below. A plain function that makes a new object each time, ``square(x)``,
# rules that mistake out.
#
# **The first gradient.** Before ``backward`` you had to set ``w.grad = np.array(1.0)``. On a chain of
# numbers it is the same each time: the derivative of :math:`w` with respect to itself is 1. So
# ``backward`` can do it, with ``np.ones_like(self.data)``: the shape *and the type* of the data, so that
# the gradients of 32-bit data (``float32``, half as long as Python's own) are 32-bit numbers as well.
# (What ones mean when the data are an array, we shall see.)
#
# **What counts as data.** The gradients are computed by NumPy, so the data should be NumPy arrays and
# nothing else. An error message at the place where somebody writes ``Variable(1.0)`` is worth more
# than a strange one somewhere else. ``None`` is let through, for a variable whose data come later: the
# book uses it for weights, which get their data when the first input shows how large they must be.
#
# What does ``x ** 2`` of a 0-d array return in NumPy?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: The square of a 0-d array is not an array
#    :show: code output
#    :minutes: 3
#
#    .. notes::
#       Ask what happens when Variable accepts arrays only, and square hands it this.
#
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
# .. ask::
#    How can you write ``square(exp(square(x)))`` and call ``backward`` at once, and be told at the right
#    place when the data are not an array?
#
#    - ``square(x)`` and ``exp(x)``: a new function object for each call.
#    - ``y.backward()``: where ``y.grad`` is None it begins with ones, in the shape and the type of the
#      data; a gradient that was set before is kept.
#    - ``Variable(data)``: None or a NumPy array; anything else raises ``TypeError``, and the message names
#      its type.
#    - The data of an output are an array too, even where NumPy makes a plain number.
#
# The program
# -----------
# .. slide:: A check, a first gradient, two functions
#    :show: program
#    :pieces: Variable.__init__ Variable.backward square exp
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       For each change, ask what goes wrong without it. (A list gets in; the first line of every pass has to be written by
#       hand; an object must be made for each call.)
#
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
# .. slide:: Three lines, and the same number
#    :show: code output
#    :minutes: 1
#
#    .. notes::
#       Compare with what the room wrote at the beginning.
#
# The whole computation is one line, and ``backward`` needs no preparation.

x = Variable(np.array(0.5))
y = square(exp(square(x)))
y.backward()
print(x.grad)

assert x.grad == 3.297442541400256
assert isinstance(y.data, np.ndarray) and y.data.ndim == 0
assert y.grad == 1.0

for value in (-1.2, 0.6, 3.0):  # and where 2x is not 1
    x = Variable(np.array(value))
    square(x).backward()
    assert x.grad == 2 * value

# %%
# .. slide:: Refused where it is written
#    :show: output
#    :minutes: 2
#
#    A message at the place of the mistake, with the type that came.
#
#    .. notes::
#       Ask where step 08 would have complained about a list.
#
# A number that is not an array is refused on the spot, and the message names its type. ``None`` is fine,
# until somebody computes with it.
#
# .. internal:: str(error)

try:
    Variable(1.0)
    raise AssertionError('a float was accepted')
except TypeError as error:
    print('TypeError:', error)
    assert 'float' in str(error)

empty = Variable(None)
assert empty.data is None
try:
    square(empty)
    raise AssertionError('nothing was squared')
except TypeError:
    pass

# %%
# Without ``as_array`` the same would happen to every function of 0-d data:
#
# .. internal:: str(error)

x = Variable(np.array(0.5))
try:
    Variable(Square().forward(x.data))
    raise AssertionError('a scalar was accepted')
except TypeError as error:
    print('TypeError:', error)
    assert 'float64' in str(error)

# %%
# The gradient inherits the type of the data, which it would not do if ``backward`` began with
# ``np.array(1.0)``:
#
# .. internal:: creator

x = Variable(np.array(0.6, dtype=np.float32))
y = square(x)
y.backward()
print(x.grad, x.grad.dtype)

assert x.grad.dtype == np.float32 and np.isclose(x.grad, 1.2)
assert y.creator.backward(np.array(1.0)).dtype == np.float64

# %%
# What does ``backward`` of an array mean?
# ----------------------------------------
# .. slide:: The gradient of three numbers at once?
#    :show: predict
#    :minutes: 3
#
#    .. notes::
#       Vote. Then ask: the derivative of which number is that?
#
# .. predict:: x holds [1, 2, 3], and y = square(x). What does y.backward() leave in x.grad?
#    :answer: [2. 4. 6.] = x.grad
#    :after:
#
#    - ``np.array([2.0, 4.0, 6.0])``: y begins with three ones, and each element is multiplied by its own 2x.
#    - ``12.0``: The gradient has the shape of x. 12 is the sum of its elements.
#    - ``np.array([1.0, 4.0, 9.0])``: Those are the data of y.
#    - ``np.array([1.0, 1.0, 1.0])``: That is y.grad, before the rule of square has been applied.
#
# So far each variable held one number. If :math:`y` holds three, then "the derivative of :math:`y`" could
# be many things, and ``backward`` has to choose. It begins with three ones. By the chain rule that is the
# first step back from the **sum** :math:`y_1 + y_2 + y_3`, whose derivative with respect to each
# :math:`y_i` is 1. So ``x.grad`` is the gradient of the sum of the elements of :math:`y`: for each element
# of :math:`x`, how fast that sum changes.

x = Variable(np.array([1.0, 2.0, 3.0]))
y = square(x)
y.backward()
print(x.grad)

assert np.array_equal(x.grad, [2, 4, 6]) and np.array_equal(y.grad, [1, 1, 1]) and x.grad.sum() == 12
for i in range(3):  # does the sum change that fast?
    nudge = 1e-6 * np.eye(3)[i]
    rise = square(Variable(x.data + nudge)).data.sum() - square(Variable(x.data - nudge)).data.sum()
    assert np.isclose(rise / 2e-6, x.grad[i])

# %%
# .. slide:: Ones mean the sum; other weights may be set by hand
#    :show: output
#    :minutes: 2
#
#    ``x.grad`` is the gradient of the sum of ``y.grad[i] * y[i]``.
#
#    .. notes::
#       The weights 1, 10, 100 give 2, 40, 600. Ask which weights give the derivative of the second element
#       alone.
#
# If you want something other than the sum, set ``y.grad`` first; ``backward`` keeps it. With the
# weights 1, 10 and 100 we get the gradient of :math:`y_1 + 10\, y_2 + 100\, y_3`:

x = Variable(np.array([1.0, 2.0, 3.0]))
y = square(x)
y.grad = np.array([1.0, 10.0, 100.0])
y.backward()
print(x.grad)

assert np.array_equal(x.grad, [2, 40, 600])

# %%
# One object, two calls
# ---------------------
# .. slide:: One ``Square`` for two calls forgets the first
#    :show: code output
#    :minutes: 4
#
#    .. notes::
#       Ask where a walk from y arrives. (At a, and then at a again, for ever.)
#
# And here is the mistake that ``square`` rules out: one ``Square`` used for two calls. The true
# derivative of :math:`(x^2)^2 = x^4` at 3 is :math:`4 \cdot 27 = 108`.
#
# .. flaw::

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
#
# .. flaw::

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

assert x.grad == 4 * 27 == 108

# %%
# Is the shorter notation really better?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Shorter, and with a price
#    :minutes: 3
#
#    - It removes a way to go wrong.
#    - The objects of the graph are out of sight, and they hold on to their inputs.
#    - ``square(exp(square(x)))`` is read from the inside out.
#
#    .. notes::
#       Let the room find the prices before you show them.
#
# ``square(x)`` is shorter, and it removes a way to go wrong; that is the stronger reason. It also has
# a price: the objects that make up the graph are out of sight. A reader who has only ever seen
# ``square(x)`` does not know that each call leaves a ``Square`` behind, which holds on to its input.
# Every such library strikes this bargain, and it is worth remembering when memory runs short.
#
# The nested form has another price: ``square(exp(square(x)))`` is read from the inside out, and its
# intermediate values have no names. When they matter, write one line for each; the graph is the
# same.
#
# .. internal::

y = square(x)
assert isinstance(y.creator, Square) and y.creator.input is x

# %%
# The graph
# ---------
# .. slide:: Two variables without a name
#    :show: picture
#    :minutes: 2
#
#    The graph keeps them alive, as long as somebody holds its end.
#
#    .. notes::
#       Ask who holds the two in the middle, and when they can go.
#
# Three calls have left three functions and four variables. The two in the middle have no names in
# our program. The graph keeps them alive all the same, as long as somebody holds its end; after that they
# can be freed.
#
# .. internal:: in_the_middle
# .. internal:: creator.input

import gc
import weakref

from dezero_lite import graph

x = Variable(np.array(0.6))
y = square(exp(square(x)))
y.backward()
assert y.creator.input.creator.input.creator.input is x and x.creator is None

in_the_middle = weakref.ref(y.creator.input)
picture = graph(y, names={'x': x, 'y': y}, values=True, grads=True)
assert in_the_middle() is not None
del y
gc.collect()
assert in_the_middle() is None

picture

# %%
# What is still wrong
# -------------------
# .. slide:: A gradient that starts by itself may not start at all
#    :show: output
#    :minutes: 4
#
#    ``if self.grad is None`` also keeps what another pass has left there.
#
#    .. notes::
#       1.72 is 1.4333 times 1.2: the second pass began with what the first one had left in y.grad. Step 14 needs
#       ``cleargrad``, and comes back to this.
#
# **A leftover gradient.** ``if self.grad is None`` keeps a gradient that the user has set,
# and also one that another pass has left. Steps 07 and 08 had the same trap, but there you wrote the first
# gradient by hand, as a habit; now that nobody writes it, you fall in. Here the second pass begins with the
# 1.4333 of the first one:
#
# .. flaw:: 1.72
# .. flaw:: x.grad == 1.2

x = Variable(np.array(0.6))
y = square(x)
z = exp(y)
z.backward()
y.backward()

print(f'x.grad = {x.grad:.4f}, but the derivative of y is {2 * 0.6}')
assert np.isclose(x.grad, np.exp(0.36) * 1.2) and round(float(x.grad), 2) == 1.72
assert round(float(y.grad), 4) == 1.4333

y.grad = None
y.backward()
assert x.grad == 1.2

# %%
# A second pass from the *same* variable does no harm here: it begins with the same 1, and writes the same
# gradients over the old ones.
#
# .. flaw::

y.backward()
assert x.grad == 1.2

# %%
# That changes with `step 14 <../stage2/step14.ipynb>`_, where a pass adds to the gradient that it finds.
#
# **Types.** Data are arrays now, but a gradient of 0-d data is still a NumPy scalar, so it cannot be made
# into a variable as it is. And integers are accepted, with the arithmetic of integers: in eight bits
# :math:`200^2` is 64, and its derivative 144.
#
# .. flaw::

try:
    Variable(x.grad)
    raise AssertionError('a scalar was accepted')
except TypeError as error:
    print('TypeError:', error)

x = Variable(np.array([200], dtype=np.uint8))
y = square(x)
y.backward()
print(y.data, x.grad)
assert (y.data, x.grad) == (64, 144)

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: A wrong gradient looks like any other number
#    :minutes: 1
#
#    How would you notice?
#
#    .. notes::
#       Collect answers. Step 10 has one that needs no derivation.
#
# The engine has grown to a size where a change in one place can break another without anybody
# noticing: a wrong gradient looks like any other number. Before we go on, let the computer look for such
# mistakes. `Step 10 <step10.ipynb>`_ is about how to test a derivative that you
# do not know.

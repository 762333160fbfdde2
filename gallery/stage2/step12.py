"""
Step 12: many inputs, nicer
===========================

The lists move inside ``Function``: callers pass arguments, authors receive them.

Step 11 made everybody pack and unpack lists. Who really needs them, and how do we spare everybody
else?
"""

# %%
# What we write, and what we want to write
# ----------------------------------------
# .. slide:: Lists, or the variables themselves?
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    Above is step 11, and below is what we want.
#
#    .. notes::
#       What the function records is the same in both.
#
# Here is the same sum twice, as its caller sees it. Above, in step 11, a list ``xs`` goes in and a list
# ``ys`` comes out; below, the function takes the variables themselves. What the function records is the
# same in both: the inputs and the outputs, one by one.
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

xs, ys, x0, x1, y = [Node(data=None) for _ in range(5)]
old, new = Node(), Node()
graph(calls=[(old, [xs], [ys]), (new, [x0, x1], [y])],
      names={'xs': xs, 'ys': ys, 'x0': x0, 'x1': x1, 'y': y, 'step 11': old, 'step 12': new})

# %%
# .. slide:: Two sides of one interface
#    :minutes: 2
#
#    - the caller: ``y = f(x0, x1)``
#    - the author: ``def forward(self, x0, x1): return x0 + x1``
#
#    Both look like :math:`y = f(x_0, x_1)`.
#
#    .. notes::
#       Ask which side is used more often.
#
# There is no mathematics in this step, only the design of an interface. It has two sides, and both
# should look like the formula :math:`y = f(x_0, x_1)`:
#
# - the **caller** wants ``y = f(x0, x1)`` instead of ``y = f([x0, x1])[0]``;
# - the **author** wants ``def forward(self, x0, x1): return x0 + x1`` instead of a list to take
#   apart and another one to put together.
#
# .. slide:: The star packs and unpacks
#    :show: code
#    :minutes: 2
#
#    In a definition it gathers, in a call it spreads.
#
#    .. notes::
#       Have somebody say what gather(2, 3) gives before you show it.
#
# Python's star does the packing. In a definition it *gathers* the arguments into a tuple; in a call
# it *spreads* a tuple or list over the arguments. ``Function.__call__`` needs it once each way.


def gather(*xs):
    return xs


def minus(x0, x1):
    return x0 - x1


assert gather(2, 3) == (2, 3)
assert minus(*[2, 3]) == minus(2, 3) == -1

# %%
# On the way out, a single result is a special case. ``forward`` may return it without a tuple around
# it, and ``__call__`` hands it on without a tuple around it.
#
# .. slide:: A tuple stays what it was
#    :minutes: 1
#
#    Which variables a function remembers can no longer be changed by those who get hold of them.
#
#    .. notes::
#       This closes the third accident of step 11.
#
# The tuples have a second use. A tuple can't be changed, so the variables that a function remembers stay
# those of its call, even if somebody else holds the same tuple. The list of
# `step 11 <../stage2/step11.ipynb>`_ could be changed afterwards, by the caller who had made it.
#
# .. ask::
#    How can callers and authors of functions be rid of the lists?
#
#    - ``f(x0, x1)`` for a ``Function``: a variable if there is one output, else a tuple of them.
#    - ``forward(x0, x1)`` gets arrays and returns an array, or a tuple of them.
#    - ``add(x0, x1)`` and ``square(x)``; ``f.inputs``, ``f.outputs`` and ``creator`` as before.
#
# The program
# -----------
# .. slide:: Two stars and a bare result
#    :show: program
#    :pieces: Function Add add
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       Ask what the star does in the call, and what it does in the definition. (It unpacks; it packs.) If you are late,
#       say that the lists are gone and go on.
#
# There are two stars now; where ``forward`` returns no tuple, one is made; and a lone result is handed
# back bare. The ``forward`` of ``Square`` reads as it did before step 11.
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
# .. slide:: Said the way one would say it
#    :show: output
#    :minutes: 1
#
#    ``y = add(x0, x1)``
#
#    .. notes::
#       The same 5.
#
# Here is the same sum as before, written as you would say it.

x0 = Variable(np.array(2))
x1 = Variable(np.array(3))
y = add(x0, x1)
print('y =', y.data)

assert y.data == 5 and square(x1).data == 9
assert y.creator is not None
assert tuple(y.creator.inputs) == (x0, x1) and tuple(y.creator.outputs) == (y,)

# %%
# .. slide:: Calls can be nested
#    :show: output
#    :minutes: 2
#
#    ``add(square(c), square(s))``
#
#    .. notes::
#       The difference of the squares is the cosine of twice the angle: it would notice if c and s
#       were swapped.
#
# Calls can be nested now, and a function with several outputs still returns them all, in order.


class CirclePoint(Function):
    def forward(self, theta):
        return np.cos(theta), np.sin(theta)


class Subtract(Function):
    def forward(self, x0, x1):
        return x0 - x1


for angle in [0.5, 2.0]:
    c, s = CirclePoint()(Variable(np.array(angle)))
    r = add(square(c), square(s))
    d = Subtract()(square(c), square(s))
    print(f'θ = {angle}: c^2 + s^2 = {r.data:.4f}, c^2 - s^2 = {d.data:.4f}')

    assert np.isclose(r.data, 1) and np.isclose(d.data, np.cos(2 * angle))
    assert tuple(c.creator.outputs) == (c, s) and tuple(d.creator.inputs[1].creator.inputs) == (s,)

# %%
# You cannot change which variables a function remembers by changing what it handed out. (Their data you
# can still change; `step 13 <../stage2/step13.ipynb>`_ does.)
#
# .. internal::

try:
    c.creator.outputs.reverse()
    raise AssertionError('the outputs could be reversed')
except AttributeError as error:
    print('AttributeError:', error)

# %%
# A function with as many outputs as its input has elements
# ----------------------------------------------------------
# .. slide:: A function with as many outputs as its input has elements
#    :show: code output
#    :minutes: 2
#
#    .. notes::
#       Split takes an array apart. Three pieces come back as three variables.
#
# So far the number of outputs belonged to the function. It may also depend on the data: this one takes
# an array apart. Three pieces come back as three variables. What comes back when there is one?


class Split(Function):
    def forward(self, x):
        return tuple(x)


several = Split()(Variable(np.array([1.0, 2.0, 3.0])))
print('three pieces:', [y.data.item() for y in several])

assert [y.data.item() for y in several] == [1, 2, 3]

# %%
# .. slide:: And if the array has one element?
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Vote first.
#
# .. predict:: ``Split`` gets an array with one element. What comes back?
#    :answer: Variable = type(lone).__name__
#    :after:
#
#    - ``type(lone).__name__``: a lone output is handed back bare, and the loop over the pieces
#      fails.
#    - ``type(several).__name__``: so it was with three pieces; but a tuple of one is unpacked.
#    - ``type(np.split(np.arange(2), 1)).__name__``: so does NumPy: ``np.split`` gives a list
#      even for one piece.
#
# What comes back is not a tuple of one variable but the variable itself, and the code that worked for
# three pieces breaks.

lone = Split()(Variable(np.array([1.0])))
try:
    [y.data.item() for y in lone]
    raise AssertionError('a bare variable was taken for several')
except TypeError as error:
    print('one piece: TypeError:', error)

assert isinstance(lone, Variable) and lone.data == 1

# %%
# Is handing a lone output back bare a good idea?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Is handing a lone output back bare a good idea?
#    :minutes: 3
#
#    Yes, as long as the number of outputs belongs to the *function*, and not to the data.
#
#    .. notes::
#       NumPy draws the same line: exp is bare, modf always two, split always a list. Ask for the
#       opinions in the room.
#
# For the caller who writes formulas, it is. ``add(square(x), y)`` can be read because neither function
# needs a ``[0]``. Mathematicians do the same when they take a 1-tuple and its entry for one thing.
#
# For the caller who writes general code, it is not. What comes back is a variable or a tuple, depending
# on a number, and code such as ``for output in f(*xs)`` must tell the two apart.
#
# So the rule is a good one as long as the number of outputs belongs to the function, as it does for
# ``Square``, ``Add`` and ``CirclePoint``. NumPy draws the same line. ``np.exp`` always has one result
# and returns it bare, and ``np.modf`` always has two; but ``np.split``, which cuts an array into as
# many pieces as you ask for, returns a list even for one.

assert isinstance(np.exp(1.5), float)
assert np.modf(1.5) == (0.5, 1.0)
for n in (3, 2, 1):
    pieces = np.split(np.arange(6), n)
    assert isinstance(pieces, list) and len(pieces) == n

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: Backward still asks for one input
#    :show: output
#    :minutes: 1
#
#    Forward is done.
#
#    .. notes::
#       What should flow back through a sum, and to whom?
#
# Forward is done: several inputs, several outputs, and calls that look like formulas. Backward still
# asks each function for its one input and its one output.
#
# .. flaw::

try:
    y.backward()
    raise AssertionError('step 12 cannot go backward')
except AttributeError as error:
    print('AttributeError:', error)

# %%
# What should flow back through a sum, and to whom? That is `step 13 <../stage2/step13.ipynb>`_.

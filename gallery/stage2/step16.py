"""
Step 16: complex graphs, code
=============================

Generations, a ``seen`` set and a heap: ``backward`` runs each function once, after all that use its
output.

Step 15 proved which order is right. To follow it, ``backward`` must find the largest generation
among the functions that wait, again and again, while others join them. How should it do that?
"""

# %%
# From right to left
# ------------------
# .. slide:: Take what stands furthest to the right
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    Step 14 gets 96, and the derivative is 64.
#
#    .. notes::
#       It cannot be too early for anything.
#
# On this graph step 14 arrives at 96, and the derivative is 64. The generations are the columns. If
# ``backward`` takes the function that waits in the column furthest to the right, it can't be too early:
# step 15 proved it.
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

x, a, b, c, y = [Node(data=data, generation=0) for data in (2, 4, 16, 16, 32)]
first, upper, lower, last = Node(), Node(), Node(), Node()
graph(calls=[(first, [x], [a]), (upper, [a], [b]), (lower, [a], [c]), (last, [b, c], [y])],
      names={'x': x, 'a': a, 'b': b, 'c': c, 'y': y,
             'a = x²': first, 'b = a²': upper, 'c = a²': lower, 'y = b + c': last}, values=True)

# %%
# .. slide:: A heap gives out its smallest first
#    :show: code output
#    :minutes: 3
#
#    With a minus sign before each number, that is the largest.
#
#    .. notes::
#       Before the output is shown, ask in which order the five numbers come out. Some say as they went in, which is a
#       queue; others think that the heap sorts its list, and it does so only as far as it has to. Heaps are a subject
#       of their own: all that we need is that the smallest entry is always in front. Whoever knows ``heapq`` can go
#       straight to the tie.
#
# It needs a work list that gives out its largest entry first, whatever joined when. Python has one for
# the smallest, in ``heapq``: a **heap**, a list that is kept half sorted, so that its smallest entry is
# always in front. With a minus sign the smallest becomes the largest.

import heapq

funcs = []
for generation in [0, 2, 1, 2, 0]:
    heapq.heappush(funcs, -generation)
out = [-heapq.heappop(funcs) for _ in range(5)]
print('out come the generations', out)

assert out == [2, 2, 1, 0, 0]

# %%
# .. slide:: Two of one generation tie
#    :show: output
#    :minutes: 2
#
#    Then Python compares the functions themselves.
#
#    .. notes::
#       What could one put between the two?
#
# Our entries are pairs of a generation and a function, and Python compares pairs by their first parts.
# But two functions of one generation tie, and then Python looks at the second parts:


class Square:
    pass


heapq.heappush(funcs, (-1, Square()))
try:
    heapq.heappush(funcs, (-1, Square()))
    raise AssertionError('two functions were compared')
except TypeError as error:
    print('TypeError:', error)

# %%
# .. slide:: Which function comes out?
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Give it half a minute, and let them vote by letter. The usual wrong answer is f, because 0 is the largest of the
#       first numbers: the minus sign turns that round. Those who say g have the generation right and forget that the
#       smaller second number wins. When late, leave the vote out and read one triple aloud at the program.
#
# .. predict:: In the heap are ``(0, 3, 'f')``, ``(-2, 4, 'g')`` and ``(-2, 2, 'h')``. Which function comes out?
#    :answer: h = min((0, 3, 'f'), (-2, 4, 'g'), (-2, 2, 'h'))[2]
#
#    - ``min((0, 3, 'f'), (-2, 4, 'g'), (-2, 2, 'h'))[2]``: the largest generation is 2, and of
#      the two that have it this one joined first.
#    - ``max((-2, 4, 'g'), (-2, 2, 'h'))[2]``: it has generation 2 as well, but it joined later:
#      4 is more than 2.
#    - ``max((0, 3, 'f'), (-2, 4, 'g'), (-2, 2, 'h'))[2]``: 0 is the largest number, but the
#      minus sign has turned the order round: this is the smallest generation.
#
# So a number goes between the two, different for each entry. We count the functions that have been put
# in. Python never gets to compare functions, and ties are broken in the same way in every run.
#
# The mathematics is in `step 15 <../stage2/step15.ipynb>`_, and it allows any choice among equals. What
# this queue costs, and what others would, has a `column of its own <../stage2/queue_cost.ipynb>`_.

# %%
# .. ask::
#    How can ``backward`` find, again and again, a function whose output has received everything that it will
#    get?
#
#    - ``y.backward()``: on every graph each function that ``y`` was computed from runs once, after all
#      that use its outputs.
#    - ``backward`` of a variable that nobody computed comes to an end as well.
#    - The page shows generations that begin with 0; whether you use any is your affair.
#
# The program
# -----------
# .. slide:: A set of those seen, and a heap
#    :show: program
#    :pieces: Variable.backward
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       Ask what happens at a leaf, and why that failed since step 08.
#
# ``add_func`` lets each function into the heap once. An entry is a triple: minus the generation, the number
# of functions seen so far, the function. A leaf has no creator, and ``add_func`` ignores None, so that
# ``backward`` of a leaf, which has failed since step 08, is no longer a special case.
import heapq

import numpy as np


class Variable:
    def __init__(self, data):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.grad = None
        self.creator = None
        self.generation = 0

    def set_creator(self, f):
        self.creator = f
        self.generation = f.generation + 1

    def cleargrad(self):
        self.grad = None

    def backward(self):
        if self.grad is None:
            self.grad = np.ones_like(self.data)
        funcs = []
        seen = set()

        def add_func(f):
            if f is not None and f not in seen:
                seen.add(f)
                # largest generation first; len(seen) breaks ties
                heapq.heappush(funcs, (-f.generation, len(seen), f))

        add_func(self.creator)
        while funcs:
            _, _, f = heapq.heappop(funcs)
            gys = [output.grad for output in f.outputs]
            gxs = f.backward(*gys)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(f.inputs, gxs):
                if x.grad is None:
                    x.grad = gx
                else:
                    x.grad = x.grad + gx  # not +=: the array may be shared
                add_func(x.creator)


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
        self.generation = max(x.generation for x in inputs)
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
# .. slide:: 64
#    :show: output
#    :minutes: 1
#    :meeting:
#    :recap:
#
#    :math:`y = 2x^4`, first at 3, then at 2
#
#    .. notes::
#       This is where the evening ends. Step 14 had 96. Ask which of the two changes, the set or the heap, would have
#       been enough by itself. (Neither: the page has one graph on which a function is met twice, and another on which
#       one runs too early.)
#
# Here is the example of the last pages, :math:`y = 2x^4` with the derivative :math:`8x^3`.
#
# .. internal:: generation


def diamond(at):
    x = Variable(np.array(at))
    a = square(x)
    b, c = square(a), square(a)
    return {'x': x, 'a': a, 'b': b, 'c': c, 'y': add(b, c)}


for at in [3.0, 2.0]:
    v = diamond(at)
    v['y'].backward()
    print('y =', v['y'].data)
    print('x.grad =', v['x'].grad)

    assert (v['y'].data, v['x'].grad) == (2 * at ** 4, 8 * at ** 3)
    assert [u.generation for u in v.values()] == [0, 1, 2, 2, 3]

assert (v['y'].data, v['x'].grad) == (32.0, 64.0)

# %%
# .. slide:: 96 in the old order
#    :show: code output
#    :minutes: 2
#
#    .. notes::
#       Newest first, and nothing remembered.
#
# For comparison we run the same graph in step 14's order, which takes the newest first and remembers
# nothing.
#
# .. flaw::


def backward_newest_first(y):
    y.grad = np.ones_like(y.data)
    funcs = [y.creator]
    while funcs:
        f = funcs.pop()
        gxs = f.backward(*[output.grad for output in f.outputs])
        for x, gx in zip(f.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
            x.grad = gx if x.grad is None else x.grad + gx
            if x.creator is not None:
                funcs.append(x.creator)


wrong = diamond(2.0)
backward_newest_first(wrong['y'])
print("in step 14's order: x.grad =", wrong['x'].grad)

assert wrong['x'].grad == 96.0

# %%
# Next come a ladder of 20 diamonds, on which you would have to walk down more than a million paths; a
# function with two outputs, of which both are used, :math:`y = c^2 + s` with :math:`c = \cos\theta` and
# :math:`s = \sin\theta`, at which step 13 failed; arrays, element by element; and a leaf, for which nothing
# has to be run.

x = Variable(np.array(0.5))
y = x
for _ in range(20):
    y = add(square(y), square(y))
y.backward()
print('20 diamonds:', x.grad)
assert x.grad == 2 ** 20 > 1_000_000


class CirclePoint(Function):
    def forward(self, theta):
        return np.cos(theta), np.sin(theta)

    def backward(self, gc, gs):
        theta = self.inputs[0].data
        return -np.sin(theta) * gc + np.cos(theta) * gs


for at in [0.5, 2.0]:
    theta = Variable(np.array(at))
    c, s = CirclePoint()(theta)
    add(square(c), s).backward()
    assert np.isclose(theta.grad, np.cos(at) - np.sin(2 * at))

v = diamond(np.array([2.0, 3.0, -0.5]))
v['y'].backward()
assert v['x'].grad.tolist() == [64, 216, -1]

x = Variable(np.array(2.0))
x.backward()
assert x.grad == 1

# %%
# And on graphs that nobody chose?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# We take two hundred of them, of eight squares, sums or differences of whatever is there already, and
# compute the derivative forward beside the values. All gradients are right.

from random import Random


class Subtract(Function):
    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


random = Random(0)
for _ in range(200):
    values, derivatives = [np.array(0.6)], [1.0]
    made = [Variable(values[0])]
    for _ in range(8):
        i, j = random.randrange(len(made)), random.randrange(len(made))
        u, v, du, dv = values[i], values[j], derivatives[i], derivatives[j]
        f, value, slope = random.choice([
            (Square(), u ** 2, 2 * u * du), (Add(), u + v, du + dv), (Subtract(), u - v, du - dv)])
        values.append(value)
        derivatives.append(slope)
        made.append(f(made[i]) if isinstance(f, Square) else f(made[i], made[j]))
    made[-1].backward()
    assert np.isclose(made[-1].data, values[-1])
    assert np.isclose(made[0].grad, derivatives[-1], rtol=1e-9, atol=1e-12)

# %%
# Wrong beside right, on the smallest graphs
# ------------------------------------------
# .. slide:: A function that is met twice runs twice
#    :show: picture
#    :minutes: 3
#
#    .. notes::
#       16 in place of 8.
#
# Step 14's order has two flaws, and the `column <../stage2/breaks14.ipynb>`_ finds the smallest graph
# for each. The first is that a function that is met twice runs twice. For that :math:`x^2 + x^2` with one
# square is enough. Click a player, then use the arrow keys.
#
# .. flaw::
from dezero_lite import SideBySide, play


def one_square():
    x = Variable(np.array(2.0))
    a = square(x)
    return {'x': x, 'a': a, 'y': add(a, a)}


def beside(make, wrong, title, text):
    left, right = make(), make()
    return SideBySide(play(left['y'], wrong, left), play(right['y'], names=right),
                      (title, 'Step 16: largest generation'), text), left['x'].grad, right['x'].grad


pair, *grads = beside(one_square, backward_newest_first, 'Step 14: the newest first',
                      'a is an input twice, so its function joins the list twice. Both times it sends '
                      'on all of a.grad, 2 · 4 = 8. x.grad ends at 16 in place of 8.')
assert grads == [16, 8]
pair

# %%
# Now it is your turn, with five functions. Can you find an order in which each of them runs once, and that
# ends at the derivative?
#
# .. you-are-backward:: a = square(x); b = square(a); c = square(b); d = a + c; b + d
#    :x: 1
#    :generations:
#
# Would the seen set alone be enough?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Seen, but too early
#    :show: picture
#    :minutes: 3
#
#    .. notes::
#       4 in place of 36: the 8 through b comes too late.
#
# No. With it nothing runs twice, but the second flaw remains: a function that runs too early misses what
# comes later. The smallest graph is :math:`x^4 + x^2`.
#
# .. flaw::


def backward_newest_first_once(y):
    y.grad = np.ones_like(y.data)
    funcs, seen = [y.creator], {y.creator}
    while funcs:
        f = funcs.pop()
        gxs = f.backward(*[output.grad for output in f.outputs])
        for x, gx in zip(f.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
            x.grad = gx if x.grad is None else x.grad + gx
            if x.creator is not None and x.creator not in seen:
                seen.add(x.creator)
                funcs.append(x.creator)


def square_and_fourth_power():
    x = Variable(np.array(2.0))
    a = square(x)
    b = square(a)
    return {'x': x, 'a': a, 'b': b, 'y': add(b, a)}


pair, *grads = beside(square_and_fourth_power, backward_newest_first_once, 'Newest first, but once',
                      'On the left the function of a runs when a.grad is 1; the 8 that comes through '
                      'b arrives too late and goes nowhere. x.grad ends at 4 in place of 36.')
assert grads == [4, 36]
pair

# %%
# Why ``max`` over a generator, and not over a list?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# ``max([x.generation for x in inputs])`` builds a list, reads it once and throws it away. Without
# the brackets there is a *generator*, which makes the numbers one at a time when ``max`` asks for them,
# and ``max`` keeps only the largest so far. With two inputs nobody will notice the difference; the
# generator just says what is meant. With many inputs the list grows and the generator does not.

import sys

few, many = range(10), range(10_000)
assert max(i for i in many) == max([i for i in many])
assert sys.getsizeof([i for i in many]) > 100 * sys.getsizeof([i for i in few])
assert sys.getsizeof(i for i in many) == sys.getsizeof(i for i in few)

# %%
# ``dezero_lite`` is the same design
# ----------------------------------
# .. slide:: The library is the same design
#    :show: output
#    :minutes: 2
#
#    It has variables that know their creators, generations, and a heap in which each function is seen once.
#
#    .. notes::
#       This is to say that nothing was a toy: the same graph, the same numbers, the same generations in the package
#       behind this site. Ask what a package would still need beyond it, which leads to the next slide. It is the first
#       slide to drop when you are late.
#
# It has variables that know their creators, generations, and a heap in which each function is seen
# once. The same graph gives the same numbers.
#
# .. internal:: generation

import dezero_lite

ours = diamond(2.0)
ours['y'].backward()

X = dezero_lite.Variable(np.array(2.0))
A = dezero_lite.square(X)
B, C = dezero_lite.square(A), dezero_lite.square(A)
library = {'x': X, 'a': A, 'b': B, 'c': C, 'y': B + C}
library['y'].backward()
print('         y     x.grad   generations')
for name, v in [('step 16', ours), ('library', library)]:
    print(f"{name}  {v['y'].data}  {v['x'].grad}     ", [u.generation for u in v.values()])

assert [u.data for u in ours.values()] == [u.data for u in library.values()]
assert [u.generation for u in ours.values()] == [u.generation for u in library.values()]
assert ours['x'].grad == library['x'].grad

# %%
# What is still wrong
# -------------------
# .. slide:: What is still wrong
#    :minutes: 2
#
#    - None is not 0
#    - shapes: a number gets three gradients
#    - a second ``backward`` sends stale gradients on
#    - memory: functions and outputs hold each other
#    - only squares and sums
#
#    .. notes::
#       Which one would you mend first?
#
# For variables of one shape, and functions of which each output leads to the result, the first ``backward``
# through a graph is now right. Beyond that some things are missing.
#
# .. slide:: None is not 0
#    :show: output
#    :below:
#    :minutes: 1
#
#    An output that nobody uses has no gradient.
#
#    .. notes::
#       For those who ask what the first line of the list means. Ask what the gradient of an output that nobody uses
#       ought to be. Many say None, because nobody computed it; but the result does not depend on it, so its derivative
#       is 0, and multiplying by None is an error.
#
# **None is not 0.** An output that does not lead to the result has None for its gradient, and a function with several
# outputs may get that. Step 15 says that it counts as 0; this program does not know that yet.
#
# .. flaw:: used


class Powers(Function):
    def forward(self, x):
        return x ** 2, x ** 3

    def backward(self, g2, g3):
        x = self.inputs[0].data
        return 2 * x * g2 + 3 * x ** 2 * g3


used, unused = Powers()(Variable(np.array(2.0)))
try:
    used.backward()
    raise AssertionError('None was multiplied')
except TypeError as error:
    print('TypeError:', error)


class LibraryPowers(dezero_lite.Function):
    forward = Powers.forward

    def backward(self, g2, g3):
        x, = self.xs
        return 2 * x * g2 + 3 * x ** 2 * g3


x = dezero_lite.Variable(np.array(2.0))
used, unused = LibraryPowers()(x)
used.backward()
assert x.grad == 4

# %%
# .. slide:: One number, three gradients
#    :show: output
#    :below:
#    :minutes: 1
#
#    NumPy repeated the number, so it was used three times: the three should be added.
#
#    .. notes::
#       Ask what shape the gradient of a single number must have, before you show what comes. People read the three ones
#       as harmless; the sum of the three is what the number should get, since it was used three times. The cure comes
#       in step 40, so don't let the discussion run.
#
# **Shapes.** NumPy adds a number to three by repeating it, which is called broadcasting. On the way back
# the number gets three gradients. It was used three times, so they should be added.
#
# .. flaw:: (3,)

number, three = Variable(np.array(1.0)), Variable(np.ones(3))
add(number, three).backward()
print('the gradient of a number:', number.grad)

assert number.data.shape == () and number.grad.shape == (3,)

number = dezero_lite.Variable(np.array(1.0))
(number + np.ones(3)).backward()
assert number.grad.shape == () and number.grad == 3

# %%
# **A second** ``backward`` sends stale gradients on, as in step 14, and still gets 324 in place of 216.
#
# **Memory**: a function holds its outputs, and they hold their creator. Such a cycle stays in memory after
# you have dropped it, until Python's garbage collector comes round. In ``dezero_lite`` there is no such
# cycle.
#
# .. flaw:: 324
# .. flaw:: left

import gc
import weakref

x = Variable(np.array(3.0))
a = square(x)
y = square(a)
y.backward()
y.backward()
assert x.grad == 324

for v in [x, a, y]:
    v.cleargrad()
y.backward()
assert x.grad == 108

gc.disable()  # so that the collector can't come to the rescue
y, Y = square(x), dezero_lite.square(X)
left, left_in_library = weakref.ref(y), weakref.ref(Y)
del y, Y
print('still in memory:', left() is not None)
print('in dezero_lite: ', left_in_library() is not None)

assert left() is not None
assert left_in_library() is None
gc.enable()

# %%
# And there are only two functions, square and add; you would like to write ``x ** 4 + y * 2`` and have
# it differentiated. The next steps get there from the program above, which is what the engine behind this
# site looked like when it was young.

"""
Step 17: memory
===============

A graph that nobody needs should be gone at once. With step 16 it stays, because a function and its
output hold each other; one weak reference frees them.

Each turn of a training loop makes a graph, goes back through it, and has no use for it afterwards.
When does its memory come back?
"""

# %%
# .. slide:: Two objects that hold each other are never freed by counting
#    :show: output
#    :minutes: 3
#
#    Python frees an object when its last reference goes. A circle keeps its own counts above zero.
#
#    .. notes::
#       Ask first: which of the three things is still there after ``del``?
#
# Python counts, for every object, the references to it, and frees an object at the moment when the
# count falls to zero. Nothing has to be searched for. That is why a variable that is not needed
# costs nothing. But two objects that refer to each other keep each other's count above zero, even
# when nobody else knows them:

import gc
import weakref

gc.disable()  # the collector, about which more below, shall not come to the rescue


class Thing:
    pass


alone, one, other = Thing(), Thing(), Thing()
one.friend, other.friend = other, one
watched = [weakref.ref(thing) for thing in (alone, one, other)]
del alone, one, other
print('still in memory:', [watch() is not None for watch in watched])
assert [watch() is not None for watch in watched] == [False, True, True]

# %%
# The ``weakref.ref`` in this cell is our witness, on this page and the next. It refers to an object
# and does not count. Call it, and it gives the object, or None once the object is gone.
#
# .. slide:: In step 16, an output and its creator hold each other
#    :minutes: 2
#
#    - ``y.creator`` is the function: without it there is no graph.
#    - ``f.outputs`` is the variable: ``backward`` fetches its gradient there.
#
#    One of the two may be weak. Which?
#
# Now look at what ``Function.__call__`` of `step 16 <step16.ipynb>`_ remembers. The output knows
# its creator, and the creator has a tuple of its outputs: a circle of two. So no graph of step 16
# ever falls to a count of zero. Which of the two references could be spared? ``backward`` follows
# both: from a variable to its creator, to find the way, and from a function to its outputs, to
# fetch their gradients. But the two are not needed in the same way. Without ``creator`` the graph
# would fall apart. The outputs, however, are always held by somebody else while they matter: by the
# function that takes them as input, or by you.
#
# So the function may hold them weakly.

# %%
# The program
# -----------
# .. slide:: The function holds its outputs weakly
#    :show: changes program
#    :minutes: 4
#
#    A weak reference is called to get the object, and does not keep it alive.
#
# Two lines change: a function keeps weak references to its outputs, and ``backward`` calls them to
# get the outputs themselves.
import heapq
import weakref

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
            gys = [output().grad for output in f.outputs]
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
        self.outputs = tuple(weakref.ref(output) for output in outputs)
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
# The derivative is what it was, :math:`4x^3 = 32` for :math:`y = x^4` at 2.

x = Variable(np.array(2.0))
y = square(square(x))
y.backward()
print('y =', y.data, ' x.grad =', x.grad)
assert (y.data, x.grad) == (16.0, 4 * 2.0 ** 3)

# %%
# .. slide:: Sixty objects wait for the collector, or none
#    :show: predict output
#    :minutes: 4
#
#    Ten turns of a loop, three squares each, and nobody wants the graphs any more.
#
# .. predict:: Ten turns, each with a graph of three squares that is dropped at once. How many
#    variables and functions are still in memory afterwards, if functions hold their outputs
#    strongly?
#    :answer: sum(watch() is not None for watch in found)
#    :type: number
#    :after:
#
#    - ``0``: That is this page's program. With strong references each pair keeps itself alive.
#    - ``6``: Those of the last turn? Those of the other nine are not freed either.
#    - ``30``: Count both: three functions and three variables a turn.
#
# For comparison we want step 16's strong references back. ``hold`` puts them into a graph: each
# weak reference is replaced by a function that does the same, and holds what it gives.


import gc

gc.disable()


def hold(y):
    f = y.creator
    while f is not None:
        f.outputs = tuple((lambda held=output(): held) for output in f.outputs)
        f = f.inputs[0].creator


def witnesses(y):
    """Weak references to all the variables and functions of a chain but its leaf."""
    found = []
    while y.creator is not None:
        found += [weakref.ref(y), weakref.ref(y.creator)]
        y = y.creator.inputs[0]
    return found


def alive(found):
    return sum(watch() is not None for watch in found)


def turn(strong):
    """One turn of a loop, after which nobody wants the graph any more."""
    y = square(square(square(x)))
    if strong:
        hold(y)
    y.backward()
    x.cleargrad()
    return witnesses(y)


for strong in [True, False]:
    found = [watch for _ in range(10) for watch in turn(strong)]
    print(f'step {16 if strong else 17}: {alive(found)} of {len(found)} objects wait')
    assert len(found) == 10 * 6 and alive(found) == (60 if strong else 0)

# %%
# .. slide:: The length of the graph does not matter
#    :show: output
#    :minutes: 1
#
#    Twenty thousand functions in a row go as quickly as three.
#
# Ten turns with three squares make thirty functions and thirty variables. In step 16's way all
# sixty are still there after the loop; in this page's way none is, though no collector has been at
# work. Nor does the length of the graph matter:

y = x
for _ in range(20_000):
    y = square(y)
    y.data = np.array(1.0)  # so that the numbers stay in range
found = witnesses(y)
assert alive(found) == 40_000
del y
print(alive(found), 'of', len(found), 'objects left')
assert alive(found) == 0

# %%
# The graph
# ---------
# .. slide:: All counted references lead backwards
#    :show: picture
#    :minutes: 2
#
#    ``inputs`` and ``creator`` point from right to left. What pointed to the right is weak now.
#
# An arrow into a function is one reference: the function's ``inputs``. An arrow out of a function
# was two in step 16, ``creator`` one way and ``outputs`` the other. Now only ``creator`` counts, so
# that all counted references lead from right to left, against the arrows.
from dezero_lite import graph

x = Variable(np.array(1.5))
a = square(x)
b = square(a)
y = add(b, a)
assert all(output() is v for v in (a, b, y) for output in v.creator.outputs)
graph(y, names={'x': x, 'a': a, 'b': b, 'y': y}, values=True)

# %%
# .. slide:: Without a cycle, counting is enough
#    :show: statement
#    :minutes: 2
#
#    Rank: :math:`2g + 1` for functions, :math:`2g` for variables. Each reference lowers it.
#
# Theorem (a graph without a cycle is freed at once)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# In the program of this page, let references to variables and functions of a graph be dropped. As
# soon as this is done, every variable and every function that can't be reached any more, along
# counted references, from something outside of the graph has been freed.
#
# .. slide:: The largest that is left has no one to hold it
#    :show: proof
#    :below:
#    :minutes: 4
#
#    Suppose that something was left over, and take what has the largest rank.
#
# Proof
# ~~~~~
# Give each function of generation :math:`g` the rank :math:`2g + 1`, and each variable of
# generation :math:`g` the rank :math:`2g`. A variable's creator has a generation one less, so its
# rank is smaller by one: :math:`2(g - 1) + 1 = 2g - 1`. An input of a function of generation
# :math:`g` has at most generation :math:`g`, so the rank falls from :math:`2g + 1` to :math:`2g` or
# less. The graph has no other counted references among its variables and functions. So each leads
# to a smaller rank.
#
# Let :math:`S` be the set of the objects that can't be reached from outside and are still there,
# and suppose that it is not empty. Being finite, it has an object :math:`p` of largest rank. The
# count of :math:`p` is not zero, or it would have been freed; so some object refers to it. That
# object is not outside and can't be reached from there, or :math:`p` could be reached too. It still
# exists, since an object that is freed drops its references. So it belongs to :math:`S`, and its
# rank is larger than that of :math:`p`: a contradiction. ∎
#
# Where the proof uses the weak reference is plain: with step 16's ``outputs`` a reference leads
# from a function of rank :math:`2g + 1` to an output of rank :math:`2g + 2`. That the ranks fall
# can be checked on the graph above:

for v in [a, b, y]:
    f = v.creator
    assert 2 * v.generation == 2 * f.generation + 2
    assert 2 * v.generation > 2 * f.generation + 1 > max(2 * i.generation for i in f.inputs)

# %%
# Why is the cycle harmless in theory and ruinous in a training loop?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: The collector finds the cycles, later
#    :show: output
#    :minutes: 2
#
#    So nothing is lost for ever. What then is wrong with waiting for it?
#
# Harmless, because Python has a second way to free memory, the *garbage collector*. It looks for
# groups of objects that refer to each other and to which nobody else refers, and it finds ours.
# Nothing is lost for ever:

found = turn(strong=True)
assert alive(found) == 6
gc.collect()
print('after the collector:', alive(found))
assert alive(found) == 0

# %%
# .. slide:: It counts objects, and not their size
#    :show: output
#    :minutes: 3
#
#    Ten turns, arrays of 80 kB. The peak of memory, in arrays.
#
#    .. notes::
#       Ask: what happens with arrays of 80 MB?
#
# Ruinous, because of when it comes. It does not know how much memory is short: it starts when the
# number of new objects has passed a threshold. Three squares of a million numbers are as few
# objects as three squares of one number. So the larger the arrays, the more of them pile up before
# it looks. Here is a loop of ten turns, with arrays of 10,000 numbers, 80 kB each. We measure the
# peak of the memory in use, in arrays.

import tracemalloc


def peak(strong):
    global x
    x = Variable(np.linspace(0.0, 1.0, 10_000))
    tracemalloc.start()
    for _ in range(10):
        turn(strong)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.collect()
    return round(most / x.data.nbytes)


peaks = {strong: peak(strong) for strong in [True, False]}
print('step 16: at the peak', peaks[True], 'arrays; step 17:', peaks[False])
assert peaks[True] - peaks[False] >= 10 * 5 and peaks[False] <= 10

# %%
# On this page's way a turn needs at most ten arrays: values, gradients, and what a rule makes on
# its way; the next turn finds the memory as the last one did. In step 16's way each turn adds at
# least five that stay, until the collector happens to come.
#
# What if nobody keeps an output?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Two failures that mean the same: its derivative is 0
#    :show: output
#    :minutes: 3
#
#    An output that nobody kept is gone. One that was kept, but not used, has no gradient.
#
# A variable that is input to a later function is held by that function. A function with several
# outputs, though, may have one that no function takes. Then two things can go wrong, and they look
# different. If nobody holds the output, it is gone, and its weak reference gives None. If somebody
# does, it is there, but no gradient has come to it.


class Powers(Function):
    def forward(self, x):
        return x ** 2, x ** 3

    def backward(self, g2, g3):
        x = self.inputs[0].data
        return 2 * x * g2 + 3 * x ** 2 * g3


x = Variable(np.array(2.0))
messages = []
for keep in [False, True]:
    outputs = Powers()(x)
    used = outputs[0]
    if not keep:
        del outputs
    try:
        used.backward()
    except (AttributeError, TypeError) as error:
        messages.append(f'{type(error).__name__}: {error}')
        print('kept:   ' if keep else 'dropped:', messages[-1])
assert [message.split(':')[0] for message in messages] == ['AttributeError', 'TypeError']

# %%
# The first is new on this page; the second step 16 had already, and only there could the loop not
# fail in the first way. Both mean the same: what does not influence the result has the derivative
# 0. (A variable without a creator, in contrast, is no trouble: ``backward`` of a leaf ends at
# once.)

x.cleargrad()
x.backward()
assert x.grad == 1

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: Next: what has to be kept at all?
#    :minutes: 1
#
#    While it lives, a graph keeps every value on the way, and after ``backward`` a gradient for
#    each.
#
# The graph goes when nobody holds the result. But while it is there, it keeps more than it needs:
# every value on the way, whether a rule reads it or not, and after ``backward`` a gradient for each
# of them. Nor can one say beforehand that no gradient will be asked for. And the two failures above
# want a cure. `Step 18 <step18.ipynb>`_ asks what has to be kept at all, and its answer needs no
# reference to the outputs, not even a weak one.

gc.enable()

"""
Step 18: what to keep
=====================

The way back needs some arrays and not others. Each function says what its rule will read, gradients
stay where they are asked for, and a block without recording keeps nothing at all.

A chain of a hundred functions on arrays of a megabyte each: must it fill a hundred megabytes? And
another hundred with gradients, when only one of them is wanted?
"""

# %%
# .. slide:: What does a rule read on its way back?
#    :show: output
#    :minutes: 4
#
#    The input, the output, or nothing. Anything else that the graph holds is ballast.
#
#    .. notes::
#       Let the group say it for each: square, exponential, sum, product, tanh.
#
# A graph is kept for one purpose: to go back through it. So let us ask the rules what they read.
#
# - ``Square`` multiplies by :math:`2x`. It needs its **input**.
# - ``Exp`` multiplies by :math:`e^x`, and that is its own **output**. (Many a reader expects
#   :math:`x` here, and computes the exponential a second time. If :math:`y = e^x` is kept, ``gy *
#   y`` is the whole rule.)
# - ``Add`` passes on what arrives. It needs **nothing**.
#
# One can see it without knowing any formula: change the input after the call, or the output, and
# see whether the rule notices. Here are three rules as plain functions of what they might read.

import numpy as np

rules = {
    'square': lambda x, y, gy: 2 * x * gy,
    'exp': lambda x, y, gy: y * gy,
    'add 1': lambda x, y, gy: gy,
}
reads = {}
for name, rule in rules.items():
    right = rule(3.0, 9.0, 1.0)
    reads[name] = [word for word, other in [('x', (4.0, 9.0)), ('y', (3.0, 8.0))]
                   if rule(*other, 1.0) != right]
    print(f'{name:7} reads', ' '.join(reads[name]) or 'nothing')
assert reads == {'square': ['x'], 'exp': ['y'], 'add 1': []}

# %%
# .. slide:: Three things to keep, and who decides
#    :minutes: 3
#
#    - **Values**: the function's rule, ``keeps_xs`` and ``keeps_y``.
#    - **Gradients**: you, with ``retain_grad()``.
#    - **The graph itself**: you, with ``no_grad()``.
#
# `Step 17 <step17.ipynb>`_ keeps everything: a function holds its input variables, each of them
# holds its value, and after ``backward`` its gradient too. There are three decisions to be made
# here, and they belong to three different people.
#
# - **Values.** Whoever writes a function knows what its rule reads, and says so: ``keeps_xs``,
#   ``keeps_y``. For the way back itself a function needs no variables, only the *places* that its
#   inputs came from: the functions that made them, and the leaves, which wait for gradients. They
#   are its ``parents``.
# - **Gradients.** The gradient of a value on the way is needed until its function has run, and then
#   no more. So gradients move into a table, which the pass makes and throws away. Only leaves get
#   theirs as ``grad``, and whoever wants another one asks for it beforehand: ``a.retain_grad()``.
# - **The graph.** Whoever only wants values, to test a trained network, say, or to make a step of
#   descent, can do without the graph: ``with no_grad(): ...``.

# %%
# The program
# -----------
# .. slide:: A table for the pass, parents for the function
#    :show: program
#    :pieces: no_grad backward_pass Function.keeps_xs Function.__call__
#    :minutes: 8
#
#    The table ``gradients`` belongs to the pass. A function keeps what its rule reads, and where
#    its inputs came from.
#
#    .. notes::
#       Three pieces: ``no_grad`` at the top, ``backward_pass`` in the middle, ``Function`` below.
#       In the pass,
#       ask why ``seen`` is gone.
#
# It is the largest change of the course, so here are its pieces one by one.
#
# ``backward_pass`` is the loop of step 16. Its table has one entry for each place that is owed a
# gradient: a function (which stands for its output) or a leaf. A function's entry is made when its
# first consumer has run, and that is the moment to put it on the heap; so the question whether it
# was seen is the question whether it is in the table. It is taken out when the function runs. By
# `step 15's theorem <step15.ipynb>`_ all consumers have run by then, so it never comes back.
#
# A function has **one output** from now on. It stands for it in the table, and needs no reference
# to it, weak or not. (No function of ours ever had two; the package can do it, at the price of a
# file of its own.)
#
# The rules read ``self.xs``, the arrays that ``forward`` was given, or ``self.y``, what it
# returned. ``Exp`` of step 09 is back to have one of each kind.
#
# ``recording`` is a switch, and ``no_grad`` turns it off for a block. It is a *context variable*:
# each thread has its own. ``finally`` puts it back however the block ends.
import heapq
import weakref
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

recording = ContextVar('recording', default=True)


@contextmanager
def no_grad():
    token = recording.set(False)
    try:
        yield
    finally:
        recording.reset(token)


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

    def retain_grad(self):
        if self.creator is not None:
            self.creator.retained = weakref.ref(self)

    def backward(self):
        seed = np.ones_like(self.data) if self.grad is None else self.grad
        for v, gradient in backward_pass(self, seed).items():
            if v is self or v.grad is None:
                v.grad = gradient
            else:
                v.grad = v.grad + gradient  # not +=: the array may be shared


def backward_pass(y, seed):
    gradients = {y.creator or y: seed}
    found = {}
    waiting = [(0, 0, y.creator)] if y.creator else []
    turn = 0
    while waiting:
        _, _, f = heapq.heappop(waiting)
        gy = gradients.pop(f)
        if f.retained is not None and f.retained() is not None:
            found[f.retained()] = gy
        gxs = f.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(f.parents, gxs):
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx
                continue
            gradients[parent] = gx
            if isinstance(parent, Function):
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found | gradients


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


class Function:
    keeps_xs = True
    keeps_y = False
    retained = None

    def __call__(self, *inputs):
        xs = tuple(x.data for x in inputs)
        y = as_array(self.forward(*xs))
        output = Variable(y)
        if recording.get():
            self.parents = tuple(x.creator or x for x in inputs)
            self.generation = max(x.generation for x in inputs)
            if self.keeps_xs:
                self.xs = xs
            if self.keeps_y:
                self.y = y
            output.set_creator(self)
        return output


class Square(Function):
    def forward(self, x):
        return x ** 2

    def backward(self, gy):
        x, = self.xs
        return 2 * x * gy


class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return self.y * gy


class Add(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 + x1

    def backward(self, gy):
        return gy, gy


def square(x):
    return Square()(x)


def exp(x):
    return Exp()(x)


def add(x0, x1):
    return Add()(x0, x1)


# %%
# The run
# -------
# .. slide:: Leaves have gradients, others on request
#    :show: output
#    :minutes: 3
#
#    :math:`y = (a + e^a)^2` with :math:`a = x^2`, at 1.5. The gradient of ``a`` was asked for.
#
# :math:`y = (a + e^a)^2` with :math:`a = x^2`, at :math:`x = 1.5`. Then
# :math:`\mathrm{d}y/\mathrm{d}a = 2\,(a + e^a)(1 + e^a)`, and :math:`\mathrm{d}y/\mathrm{d}x` is
# :math:`2x = 3` times that.

x = Variable(np.array(1.5))
a = square(x)
b = exp(a)
y = square(add(a, b))
a.retain_grad()
y.backward()
print('x.grad =', x.grad)
print('a.grad =', a.grad)
print('b.grad =', b.grad)

e = np.exp(2.25)
assert np.isclose(a.grad, 2 * (2.25 + e) * (1 + e), rtol=1e-15, atol=0)
assert np.isclose(x.grad, 3 * a.grad, rtol=1e-15, atol=0) and b.grad is None and y.grad is None
assert b.creator.y is b.data and not hasattr(b.creator, 'xs')  # exp keeps its output alone

# %%
# .. slide:: How many of a hundred arrays are alive?
#    :show: predict output
#    :minutes: 4
#
#    A chain of 100 functions, and only the result in hand.
#
# .. predict:: A chain of a hundred calls of ``add(x, x)`` is recorded, and only the last output is
#    in our hand. How many of the hundred arrays that were computed are still there?
#    :answer: counts['twice']
#    :type: number
#    :after:
#
#    - ``n``: That is right for squares, whose rules read their inputs. The rule of a sum reads
#      nothing.
#    - ``0``: Nearly: the graph keeps none, but the last output is ours.
#
# Now count the arrays that are alive, with weak references as witnesses, in a chain of 100
# functions of which we hold only the last output.


def chain(function, n, keep=False):
    """The last variable of a chain, witnesses of its values, and the variables, if they are kept."""
    y = Variable(np.array([0.25, 0.5]))
    values, variables = [], []
    for _ in range(n):
        y = function(y)
        values.append(weakref.ref(y.data))
        if keep:
            y.retain_grad()
            variables.append(y)
    return y, values, variables


def alive(witnesses):
    return sum(witness() is not None for witness in witnesses)


def twice(x):
    return add(x, x)


n = 100
counts = {}
for name, function in [('square', square), ('twice', twice)]:
    y, values, _ = chain(function, n)
    counts[name] = alive(values)
with no_grad():
    y, values, _ = chain(square, n)
    counts['square, no_grad'] = alive(values)
y, values, variables = chain(square, n, keep=True)
y.backward()
counts['square, all retained'] = alive(values) + sum(v.grad is not None for v in variables)
for name, count in counts.items():
    print(f'{name:21}{count:4}')
assert counts == {'square': n, 'twice': 1, 'square, no_grad': 1, 'square, all retained': 2 * n}

# %%
# A hundred squares keep their hundred values, because their rules will read them. A hundred sums
# keep none, though the graph is there and ``backward`` works: the one that is alive is the result
# in our hand. Without recording there is only that one as well. And gradients for all double the
# number.
#
# Proposition (what a chain keeps)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let a chain of :math:`n` functions of one input be called, and only its leaf and its last output
# be held. If each function keeps one array, :math:`n` arrays of the chain are kept by the graph.
# Without recording, no array is kept, and at no time is there more than the leaf's and the two of
# the function that runs.
#
# Proof
# ~~~~~
# With recording, the last output refers to the last function, each function to the one before it
# (its parent), and each to its array. So all are reached from what is held, and none is freed.
# Without recording an output has no creator, and no function outlives its call. When function
# :math:`k` is called, the variable from the call before is its input; when it has returned, the
# caller puts the output in its place, and the input, to which nobody refers any more, is freed by
# `counting <step17.ipynb>`_. So during the call there are the input and the output, and between
# calls one of them, besides the leaf. ∎
#
# Gradients too come and go. In the pass over a chain only the table holds them, one at a time. We
# watch a function at work: each time a rule runs, how many of the gradients that were sent so far
# are still there?

sent, most = [], 0


class Watched(Square):
    def backward(self, gy):
        global most
        most = max(most, alive(sent))
        gx = super().backward(gy)
        sent.append(weakref.ref(gx))
        return gx


y, _, _ = chain(lambda x: Watched()(x), n)
y.backward()
print('sent:', len(sent), ' at most there at once:', most)
assert len(sent) == n and most == 1

# %%
# .. slide:: An exception must not leave the switch off
#    :show: output
#    :minutes: 3
#
#    A context manager promises to put things back, whatever happens in the block: that is
#    ``finally``.
#
# What does ``with no_grad()`` promise?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# That the switch is as it was afterwards, whatever happens inside: also if blocks are nested, and
# if one ends by an exception. Without ``try`` and ``finally`` the lines after ``yield`` would never
# run.


@contextmanager
def forgetful():
    token = recording.set(False)
    yield
    recording.reset(token)


found = {}
for block in [no_grad, forgetful]:
    before = recording.set(True)
    try:
        with block():
            raise ValueError
    except ValueError:
        found[block.__name__] = recording.get()
    recording.reset(before)
print('recording after an exception:', found)
assert found == {'no_grad': True, 'forgetful': False} and recording.get()

with no_grad():
    with no_grad():
        pass
    assert not recording.get()

# %%
# .. slide:: Each thread has its own switch
#    :show: output
#    :minutes: 2
#
#    A global variable would switch recording off for a thread that is just training.
#
# Does another thread notice?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# It must not: it may be training while this one only evaluates. Let another thread compute while
# this one is inside of the block:

import threading

inside, done = threading.Event(), threading.Event()


def elsewhere():
    inside.wait()
    found['other thread'] = square(Variable(np.array(2.0))).creator is not None
    done.set()


thread = threading.Thread(target=elsewhere)
thread.start()
with no_grad():
    inside.set()
    done.wait()
    found['this thread'] = square(Variable(np.array(2.0))).creator is not None
thread.join()
print({name: found[name] for name in ['this thread', 'other thread']})
assert found['other thread'] and not found['this thread']

# %%
# .. slide:: A second backward: stale, added up, fresh
#    :show: predict output
#    :minutes: 4
#
#    :math:`y = x^4` at 2. The derivative is 32.
#
# What does a second ``backward`` do?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# People who write engines like this one ask each other whether it should be allowed. There are
# three answers. In steps 14 to 17 the gradients on the way were still there from the first pass,
# and the second sent them on once more: they were **stale**. Now the table is new in each pass, and
# what arrives at a leaf is **added up** there. If the leaf is cleared in between, the result is
# **fresh**.
#
# .. predict:: The derivative is 32, and backward runs twice without clearing. What does step 17's
#    way, with gradients kept on the way, leave in x?
#    :answer: results['stale']
#    :type: number
#    :after:
#
#    - ``results['fresh']``: That is the derivative. It would need clearing, everywhere.
#    - ``results['added up']``: Twice the derivative: that is this page's program.
#    - ``2 * results['stale']``: Too much: only what was left at ``a`` counts twice.

x = Variable(np.array(2.0))
a = square(x)
y = square(a)

results = {}
kept = {y.creator: np.array(1.0)}  # step 17's gradients: they outlive the pass
for _ in range(2):
    for f, place in [(y.creator, a.creator), (a.creator, x)]:
        kept[place] = kept.get(place, 0.0) + f.backward(kept[f])
results['stale'] = float(kept[x])
y.backward()
results['fresh'] = float(x.grad)
y.backward()
results['added up'] = float(x.grad)
print(results)
assert results == {'stale': 96.0, 'fresh': 32.0, 'added up': 64.0}

import dezero_lite

x = dezero_lite.Variable(np.array(2.0))
y = x ** 4
y.backward()
y.backward()
assert x.grad == results['added up']

# %%
# 96 again: 8 was left at ``a`` by the first pass, the second added 8, and sent :math:`16 \cdot 4 =
# 64` on to the 32 that ``x`` had. PyTorch's answer is ours, and so is ``dezero_lite``'s; the book's
# DeZero gives 96 if it is told to keep the gradients on the way.
#
# Why is the gradient of an intermediate variable None?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Because nobody asked for it before the pass. It was there, in the table, until its function ran.
# None says "no pass has left anything here", and that is not the same as 0, which would say that
# the result does not change with it.
#
# Are ``retain_grad``, ``retain_graph`` and ``create_graph`` the same?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# They are three different things, and readers who go on to PyTorch meet all of them.
#
# - ``retain_grad``: keep the *gradient* of a value on the way. This page.
# - ``retain_graph``: keep the *arrays that the rules read*, for another pass. PyTorch throws them
#   away in the pass unless told otherwise, hence its error "Trying to backward through the graph a
#   second time". Here they live as long as the graph, and the graph lives as long as someone holds
#   ``y``. There is nothing to ask for; ``y.backward()`` above ran twice.
# - ``create_graph``: let the pass itself be *recorded*, so that gradients can be differentiated.
#   That is step 32, and until then gradients are arrays:

assert type(x.grad) is not Variable

# %%
# What is a gradient of ``y`` itself for?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A pass starts from it, if one was set by hand: it says how much a change of ``y`` matters. And for
# a leaf it stays what the pass started from, however often ``backward`` is called on the leaf
# itself.

x = Variable(np.array(2.0))
y = square(x)
y.grad = np.array(3.0)
y.backward()
assert x.grad == 3 * 4

x.cleargrad()
for _ in range(3):
    x.backward()
assert x.grad == 1

# %%
# What if the data change before ``backward``?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# `Step 13 <step13.ipynb>`_ found that a variable which gets new data between the two directions
# spoils the derivative. That has changed, in one of two cases. A rule reads the array that
# ``forward`` was given; so a *new* array in ``x.data`` does no harm. But an array that is changed
# *in place* is the one that the rule will read.

for in_place in [False, True]:
    x = Variable(np.array([2.0]))
    y = square(square(x))
    if in_place:
        x.data[0] = 10.0
    else:
        x.data = np.array([10.0])
    y.backward()
    print('in place: ' if in_place else 'new array:', x.grad)
    # the outer square kept 4; the inner one reads 2, or what is in its place
    assert x.grad == (2 * 4) * (2 * 10 if in_place else 2 * 2)

# %%
# .. slide:: A graph that holds what its rules will read
#    :show: picture
#    :minutes: 2
#
#    Gradients stand at the leaf, and at ``a``, where one was asked for.
#
# The graph
# ---------
# The example of the run, with the gradients that the pass has left. (We tell the drawing who was
# called on what: a function of this program does not know its outputs, and of its inputs only the
# places.)
from dezero_lite import graph

x = Variable(np.array(1.5))
a = square(x)
b = exp(a)
c = add(a, b)
y = square(c)
a.retain_grad()
y.backward()
calls = [(a.creator, [x], [a]), (b.creator, [a], [b]), (c.creator, [a, b], [c]),
         (y.creator, [c], [y])]
graph(y, calls=calls, names={'x': x, 'a': a, 'b': b, 'c': c, 'y': y}, values=True, grads=True)

# %%
# What is still wrong
# -------------------
# .. slide:: Next: formulas that look like formulas
#    :minutes: 1
#
#    ``square(add(a, exp(a)))`` is not how one writes :math:`(a + e^a)^2`.
#
# The two failures of step 17 are gone: no output can be missing, and none be without a gradient.
# What the program can compute is still poor, and ``square(add(a, exp(a)))`` is not how one writes
# :math:`(a + e^a)^2`. `Step 20 <step20.ipynb>`_ gives it operators, and lets numbers and arrays
# take part.

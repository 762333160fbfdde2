"""
Step 16: complex graphs, code
=============================

Generations, a ``seen`` set and a heap: backward takes the right order on every graph. And what does
a queue cost?

Step 15 proved which order is right. To follow it, ``backward`` must find the largest generation
among the functions that wait, again and again, while others join them. How should it do that, and
how much work is it?
"""

# %%
# Theory
# ------
# The mathematics is done; what remains is the cost of the queue. We count comparisons, for they do
# not depend, as seconds do, on the machine. Let :math:`n` be the number of functions that are run,
# and :math:`m` the number waiting at some time. Three ways:
#
# - **Sort at each insert.** Keep a list, sort it whenever a function joins, take the last. The
#   `book <../../bibliography.md#saitoh-2020>`_ does this, because it is simple. An insert after which
#   :math:`m` functions wait costs at least :math:`m - 1` comparisons: ``sort`` does not know that
#   only one is new, so each pair of neighbours in the result must have been compared. That is
#   nothing in a chain, where :math:`m = 1`. In a graph as wide as it is large it adds up to the
#   order of :math:`n^2`.
# - **A heap.** Keep a binary tree in which no entry is larger than the two below it (Python's
#   ``heapq`` has the smallest on top, hence the minus sign in the program). The tree is about
#   :math:`\log_2 m` levels deep, and a push or a pop follows one path in it. So the comparisons are
#   at most of the order of :math:`n \log n`, on any graph.
# - **Count consumers.** The graph never changes once it is defined. So one pass can count the uses
#   of each function's outputs, before anything is run. Then run, and count down: a function whose
#   count reaches zero has no consumer left to wait for. Those that are ready may run in any order, so
#   no queue is needed, only one test for each edge while counting up and one while counting down.
#
# Proposition (the cost of a heap)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If at most :math:`m \ge 1` functions wait at any time, a run over :math:`n` functions with
# ``heapq`` takes at most :math:`3n \log_2 m` comparisons.
#
# *Proof.* A tree of :math:`m` entries, filled level by level, has a longest path of
# :math:`d = \lfloor \log_2 m \rfloor` edges. A push puts the new entry at the bottom and moves it
# up, with one comparison for each edge: at most :math:`d`. A pop takes the top, moves the smaller
# of two entries up into the gap until the gap is at the bottom, puts the last entry there, and
# moves it up: at most :math:`2d`. Each function is pushed once and popped once, so there are at most
# :math:`3nd` comparisons. ∎
#
# Proposition (counting works)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Counting consumers runs each function that can be reached from the result exactly once, after all
# its consumers that can be reached, and no other function.
#
# *Proof.* Only what can be reached is counted. The creator of the result, which no reachable function
# consumes, is ready at the start. Any other function becomes ready when its count reaches zero. That
# happens at most once, and only when each use by a reachable consumer has been counted down, by a
# consumer that ran. Suppose that
# nothing is ready any more, and that some reachable functions have not run. Take the one among them
# that was called last. Its consumers were called after it (as in the proposition of
# `step 11 <../stage2/step11.ipynb>`_), so all the reachable ones have run, and its count is zero.
# Then it was ready, and was run: a contradiction. ∎
#
# Let us count. A graph is a list here: ``before[f]`` names the functions that made the inputs of
# ``f``, and function 0 made the result. A *chain* has one function in each generation; a *ladder*
# of diamonds has one or two; a *tree* adds up :math:`n + 1` leaves in pairs, then the sums in
# pairs, and so on, and about half of its functions wait at the same time. The lines of the two proofs
# are checked at each push, pop and sort.

import heapq
from math import log2


def chain(n):
    return [(f + 1,) if f + 1 < n else () for f in range(n)]


def ladder(n):
    before = []
    for f in range(n):
        made_by = (f + 1, f + 2) if f % 3 == 0 else (f + 3 - f % 3,)
        before.append(tuple(g for g in made_by if g < n))
    return before


def tree(n):
    return [tuple(g for g in (2 * f + 1, 2 * f + 2) if g < n) for f in range(n)]


def generations(before):
    generation = [0] * len(before)
    for f in reversed(range(len(before))):
        if before[f]:
            generation[f] = max(generation[g] for g in before[f]) + 1
    return generation


class Waiting:
    """A function in the queue, with the key it is compared by; each comparison is counted."""

    def __init__(self, key, f):
        self.key = key
        self.f = f

    def __lt__(self, other):
        global comparisons
        comparisons += 1
        return self.key < other.key


def by_sorting(before, generation):
    global comparisons
    comparisons = 0
    funcs, seen, order = [Waiting(generation[0], 0)], {0}, []
    while funcs:
        f = funcs.pop().f
        order.append(f)
        for g in before[f]:
            if g not in seen:
                seen.add(g)
                funcs.append(Waiting(generation[g], g))
                so_far = comparisons
                funcs.sort()
                assert comparisons - so_far >= len(funcs) - 1
    return order, comparisons


def by_heap(before, generation):
    """Also how many waited at most, and the least that sorting costs if it keeps this order."""
    global comparisons
    comparisons = least = 0
    n, most = len(before), 0
    funcs, seen, order = [Waiting(0, 0)], {0}, []
    while funcs:
        so_far, m = comparisons, len(funcs)
        if m > most:
            most = m
        f = heapq.heappop(funcs).f
        assert comparisons - so_far <= 2 * (m.bit_length() - 1)  # log2, rounded down
        order.append(f)
        for g in before[f]:
            if g not in seen:
                seen.add(g)
                so_far = comparisons
                # one number for (-generation, len(seen)), since len(seen) is at most n
                heapq.heappush(funcs, Waiting(len(seen) - n * generation[g], g))
                assert comparisons - so_far <= len(funcs).bit_length() - 1
                least += len(funcs) - 1
    assert comparisons <= 3 * n * log2(most)
    return order, comparisons, most, least


def by_counting(before):
    tests, uses, found = 0, [0] * len(before), [0]
    for f in found:             # the list grows while we go through it
        for g in before[f]:
            uses[g] += 1
            tests += 1
            if uses[g] == 1:
                found.append(g)
    ready, order = [0], []
    while ready:
        f = ready.pop()
        order.append(f)
        for g in before[f]:
            uses[g] -= 1
            tests += 1
            if uses[g] == 0:
                ready.append(g)
    return order, tests


# %%
# First, all three give an order that is right: each function once, after its consumers.


def is_right(before, order):
    turn = {f: i for i, f in enumerate(order)}
    once = sorted(order) == list(range(len(before)))
    return once and all(turn[f] < turn[g] for f in turn for g in before[f])


for shape in [chain, ladder, tree]:
    before = shape(100)
    generation = generations(before)
    assert is_right(before, by_sorting(before, generation)[0])
    assert is_right(before, by_heap(before, generation)[0])
    assert is_right(before, by_counting(before)[0])

# %%
# Then the comparisons; for counting consumers, the tests of a count. Sorting the queue of a tree
# of more than 1,000 functions takes too long to be done here. There the table has, behind a ≥, the
# least that it would cost: :math:`m - 1` for each insert, added up while the heap runs.

assert by_sorting(chain(1_000), generations(chain(1_000)))[1] == 0
assert by_heap(chain(1_000), generations(chain(1_000)))[1] == 0

sizes = [100, 300, 1_000, 10_000, 100_000]
counts = {}
for shape in [ladder, tree]:
    for n in sizes:
        before = shape(n)
        generation = generations(before)
        if shape is not tree or n <= 1_000:
            counts[shape, 'sort', n] = by_sorting(before, generation)[1]
        _, counts[shape, 'heap', n], most, counts[shape, 'least', n] = by_heap(before, generation)
        counts[shape, 'counting', n] = by_counting(before)[1]
        assert counts[shape, 'counting', n] == 2 * sum(map(len, before))  # two for each edge
        assert {ladder: most == 2, tree: 0.45 * n < most < 0.55 * n}[shape]

print('graph   functions           sort       heap   counting')
for shape in [ladder, tree]:
    for n in sizes:
        sort = counts.get((shape, 'sort', n), f"≥ {counts[shape, 'least', n]}")
        cells = [f'{counts[shape, way, n]:10}' for way in ['heap', 'counting']]
        print(f'{shape.__name__:7} {n:9}  {sort:>13}', *cells)

for n in sizes:
    assert counts[ladder, 'sort', n] < n and counts[ladder, 'heap', n] < n
    assert counts[tree, 'least', n] <= counts.get((tree, 'sort', n), n ** 2)
for n in [100, 1_000, 10_000]:
    assert 90 < counts[tree, 'least', 10 * n] / counts[tree, 'least', n] < 110  # like n^2
assert 90 < counts[tree, 'sort', 1_000] / counts[tree, 'sort', 100] < 110  # like n^2
assert counts[tree, 'sort', 1_000] > 30 * counts[tree, 'heap', 1_000]

# %%
# In a chain nothing waits but the next function, and nothing is ever compared. On a ladder at most
# two functions wait, and both queues need less than one comparison for each function. In a tree,
# ten times as many functions make about a hundred times as many comparisons for the sorted list, all
# the way to 100,000 functions; with 1,000 they are already more than thirty times those of the heap.

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 4.5))
ways = [('sort', 'C1', 10), ('heap', 'C0', 6), ('counting', 'C2', 6)]
for way, colour, size in ways:
    for shape, style in [(tree, 'o-'), (ladder, 's:')]:
        points = [(n, counts[shape, way, n]) for n in sizes if (shape, way, n) in counts]
        ax.loglog(*zip(*points), style, color=colour, markersize=size,
                  label=f'{shape.__name__}: {way}')
ax.loglog(sizes, [counts[tree, 'least', n] for n in sizes], '--', color='C1',
          label='tree: sort, at least')
ax.set_xlabel('functions in the graph')
ax.set_ylabel('comparisons')
ax.set_title('Cost of the order: tree (wide) and ladder (narrow)')
ax.legend()
ax.grid(alpha=0.3)

# %%
# What does "the graph is fixed" buy?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# It buys the right to look ahead. A queue is for work that turns up by surprise; here every
# consumer is known before the first function runs. So one can count, and then neither a queue nor
# generations are needed: 2 tests for each edge of the graph, and no logarithm.
#
# What it saves is comparisons, and not necessarily time. The heap's comparisons are made in C
# inside ``heapq``, while the counting would be Python, in an extra pass over the whole graph with a
# table to hold the counts. So the program uses the heap, and visits the graph once.
#
# Why ``max`` over a generator, and not over a list?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# ``max([x.generation for x in inputs])`` builds a list, reads it once and throws it away. Without
# the brackets ``max`` gets the numbers one at a time and keeps only the largest so far. With two
# inputs nobody will notice the difference; the generator just says what is meant. With many inputs
# the list grows and the generator does not.

import sys

few, many = range(10), range(10_000)
assert max(i for i in many) == max([i for i in many])
assert sys.getsizeof([i for i in many]) > 100 * sys.getsizeof([i for i in few])
assert sys.getsizeof(i for i in many) == sys.getsizeof(i for i in few)

# %%
# The program
# -----------
# ``add_func`` lets each function into the heap once. An entry is a tuple: larger generations come
# first because of the minus sign, and ties are broken by the number of functions seen, which is
# different for each entry. So the order never depends on chance, and functions themselves are never
# compared. A leaf has no creator, and ``add_func`` lets None pass by, so that ``backward`` of a leaf,
# which failed since step 08, is no special case any more.
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
        outputs = [Variable(as_array(y)) for y in ys]
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
# The example of the last two pages, :math:`y = 2x^4` at 2, with derivative :math:`8x^3 = 64`.

x = Variable(np.array(2.0))
a = square(x)
b = square(a)
c = square(a)
y = add(b, c)
y.backward()
print('y =', y.data)
print('x.grad =', x.grad)

assert (y.data, x.grad) == (32.0, 8 * 2.0 ** 3) == (32.0, 64.0)

# %%
# The same graph in step 14's order, for comparison: newest first, and nothing remembered.


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


for v in [x, a, b, c, y]:
    v.cleargrad()
backward_newest_first(y)
print("in step 14's order: x.grad =", x.grad)

assert x.grad == 96.0

# %%
# The two smallest graphs that step 15 found, :math:`x^2 + x^2` with one square and
# :math:`x^4 + x^2`, come out right as well; and so does a ladder of 20 diamonds, on which plain
# recursion would walk down a million paths.

x = Variable(np.array(2.0))
a = square(x)
y = add(a, a)
y.backward()
print('2x^2:', x.grad)
assert x.grad == 4 * 2

x = Variable(np.array(2.0))
a = square(x)
y = add(square(a), a)
y.backward()
print('x^4 + x^2:', x.grad)
assert x.grad == 4 * 2 ** 3 + 2 * 2

x = Variable(np.array(0.5))
y = x
for _ in range(20):
    y = add(square(y), square(y))
y.backward()
print('20 diamonds:', x.grad)
assert x.grad == 2 ** 20 > 1_000_000

x = Variable(np.array(2.0))
x.backward()
assert x.grad == 1  # a leaf

# %%
# And on graphs that nobody chose: eight squares or sums of whatever is there already, with the
# derivative computed forward beside them.

from random import Random

random = Random(0)
for _ in range(200):
    made, derivatives = [Variable(np.array(0.5))], [1.0]
    for _ in range(8):
        i, j = random.randrange(len(made)), random.randrange(len(made))
        if random.random() < 0.5:
            derivatives.append(2 * made[i].data * derivatives[i])
            made.append(square(made[i]))
        else:
            derivatives.append(derivatives[i] + derivatives[j])
            made.append(add(made[i], made[j]))
    made[-1].backward()
    assert np.isclose(made[0].grad, derivatives[-1], rtol=1e-12, atol=0)

# %%
# The graph
# ---------
# Values, gradients and generations. At the merge the sum takes the max of its inputs' generations,
# 2, and its output is one further. The heap runs through the columns from right to left.
from dezero_lite import graph

x = Variable(np.array(2.0))
a = square(x)
b = square(a)
c = square(a)
y = add(b, c)
y.backward()
assert [v.generation for v in [x, a, b, c, y]] == [0, 1, 2, 2, 3]
assert y.creator.generation == max(b.generation, c.generation) == 2

graph(y, names={'x': x, 'a': a, 'b': b, 'c': c, 'y': y}, values=True, grads=True)

# %%
# Wrong beside right
# ~~~~~~~~~~~~~~~~~~
# Both orders on one clock, recorded line by line while they ran: step 14's and this page's. The
# function that runs has a bold frame, those on the work list a dashed one, and the variable whose
# gradient has just changed a thick ring. The space bar plays, the arrows step, Home and End jump.
from dezero_lite import SideBySide, play


def example():
    x = Variable(np.array(2.0))
    a = square(x)
    b, c = square(a), square(a)
    y = add(b, c)
    return y, {'x': x, 'a': a, 'b': b, 'c': c, 'y': y}


def beside(make, wrong, title, text):
    y, names = make()
    left = play(y, wrong, names)
    y, names = make()
    return SideBySide(left, play(y, names=names), (title, 'Step 16: largest generation'), text)


pair = beside(example, backward_newest_first, "Step 14: the newest first",
              'On the left the function of a runs while b still owes it a gradient; so it runs '
              'again later, and sends the first part on twice. x.grad ends at 96 in place of 64.')
assert [p.moments[-1].grads[0] for p in (pair.left, pair.right)] == ['96', '64']
pair

# %%
# The two smallest graphs that step 15 found. First :math:`x^2 + x^2` with one square: a function
# that is met twice runs twice.


def one_square():
    x = Variable(np.array(2.0))
    a = square(x)
    y = add(a, a)
    return y, {'x': x, 'a': a, 'y': y}


pair = beside(one_square, backward_newest_first, 'Step 14: the newest first',
              'a is an input twice, so its function joins the list twice. Both times it sends on '
              'all of a.grad, 2 · 4 = 8. x.grad ends at 16 in place of 8.')
assert [p.moments[-1].grads[0] for p in (pair.left, pair.right)] == ['16', '8']
pair

# %%
# Then :math:`x^4 + x^2` with ``seen`` in place, so that nothing runs twice: a function that runs
# too early does not hear what comes later.


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
    y = add(b, a)
    return y, {'x': x, 'a': a, 'b': b, 'y': y}


pair = beside(square_and_fourth_power, backward_newest_first_once, 'Newest first, but once',
              'On the left the function of a runs when a.grad is 1; the 8 that comes through b '
              'arrives too late and goes nowhere. x.grad ends at 4 in place of 36.')
assert [p.moments[-1].grads[0] for p in (pair.left, pair.right)] == ['4', '36']
pair

# %%
# ``dezero_lite`` is the same design
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# It has variables that know their creators, generations, and a heap in which each function is seen
# once. The same graph gives the same numbers.

import dezero_lite

X = dezero_lite.Variable(np.array(2.0))
A = dezero_lite.square(X)
B = dezero_lite.square(A)
C = dezero_lite.square(A)
Y = B + C
Y.backward()
print('         y     x.grad   generations')
for name, engine in [('step 16', [x, a, b, c, y]), ('library', [X, A, B, C, Y])]:
    first, *_, last = engine
    print(f'{name}  {last.data}  {first.grad}     ', [v.generation for v in engine])

for ours, library in zip([x, a, b, c, y], [X, A, B, C, Y]):
    assert ours.data == library.data
    assert ours.grad == library.grad
    assert ours.generation == library.generation
    if ours.creator is not None:
        assert ours.creator.generation == library.creator.generation

# %%
# What is still wrong
# -------------------
# Backward is right now, on every graph of functions with one output. Some things are not yet as one
# would like them:
#
# - an output that nobody uses has None for its gradient, and a function with several outputs may get
#   that; step 15 says that it counts as 0, and in ``dezero_lite`` it does;
# - a second ``backward`` sends stale gradients on, as step 14 showed; ``dezero_lite`` does not;
# - there are two functions; one would like to write ``x ** 4 + y * 2`` and have it differentiated;
# - a function holds its outputs, and they hold their creator. Such a cycle outlives its last user
#   until the garbage collector comes round. In ``dezero_lite`` a function knows its outputs only
#   weakly.

import gc
import weakref


class Powers(Function):
    def forward(self, x):
        return x ** 2, x ** 3

    def backward(self, g2, g3):
        x = self.inputs[0].data
        return 2 * x * g2 + 3 * x ** 2 * g3


class LibraryPowers(dezero_lite.Function):
    forward, backward = Powers.forward, Powers.backward


used, unused = Powers()(x)
try:
    used.backward()
    raise AssertionError('None was multiplied')
except TypeError as error:
    print('TypeError:', error)

start = dezero_lite.Variable(np.array(2.0))
used, unused = LibraryPowers()(start)
used.backward()
assert start.grad == 4

gc.disable()  # so that the collector can't come to the rescue
y = square(x)
Y = dezero_lite.square(X)
left, left_in_library = weakref.ref(y), weakref.ref(Y)
del y, Y
print('still in memory:', left() is not None)
print('in dezero_lite: ', left_in_library() is not None)

assert left() is not None
assert left_in_library() is None
gc.enable()

# %%
# The engine behind this site is this program, grown up in these directions. Its source is short,
# and after these steps it should read like an old acquaintance.

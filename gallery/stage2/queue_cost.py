"""
Column: what does a queue cost?
===============================

One can sort at each insert, use a heap, or count. Here are the comparisons on narrow and on wide graphs, of
up to 100,000 functions.

The program of `step 16 <../stage2/step16.ipynb>`_ finds the largest generation with a heap. The book
sorts a list, and one could also count. What does each of them cost, and on which graphs?
"""

# %%
# Narrow graphs and wide ones
# ---------------------------
# .. slide:: Narrow and wide
#    :show: picture
#    :minutes: 2
#
#    One graph is a ladder of diamonds, the other a tree.
#
#    .. notes::
#       How many functions wait at most in each?
#
# It depends on how many functions wait at the same time, so it depends on the shape of the graph. In the
# picture, the upper graph is a *ladder* of diamonds, the lower one a *tree*, which adds up numbers in pairs,
# then the sums in pairs, and so on. The numbers in the boxes name the functions; 0 makes the result.
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

ladder = [(1, 2), (3,), (3,), (4, 5), (6,), (6,)]         # which functions made the inputs of function
tree = [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14)]  # 0, 1, ...; the last are leaves


def calls(made_by):
    variables = {k: Node(data=None) for inputs in made_by for k in (0, *inputs)}
    for f in reversed(range(len(made_by))):
        yield Node(), [variables[k] for k in made_by[f]], [variables[f]]


above, below = list(calls(ladder)), list(calls(tree))
labels = {f'{f}': call[0] for f, call in enumerate(reversed(above))}
labels |= {f'{f} ': call[0] for f, call in enumerate(reversed(below))}
graph(calls=above + below, names=labels)

# %%
# Going back through a ladder, however long, one or two functions wait. Going back through a tree of
# :math:`n` sums, the number of those that wait grows to about half of them. In a *chain*, where each
# function uses the output of the one before it, only one waits.
#
# Three ways to find the next one
# -------------------------------
# .. slide:: Three ways to find the next one
#    :minutes: 3
#
#    - sort the list at each insert
#    - a heap
#    - count the consumers, once, before the pass
#
#    .. notes::
#       Comparisons, because they do not depend on the machine.
#
# We count comparisons because, unlike seconds, they don't depend on the machine. Let :math:`n` be the
# number of functions that are run, and :math:`m` the number waiting at some time.
#
# - **Sort at each insert.** Keep a list, sort it whenever a function joins, take the last. The
#   `book <../../bibliography.md#saitoh-2020>`_ does this, because it is simple. An insert after which
#   :math:`m` functions wait costs at least :math:`m - 1` comparisons, because ``sort`` does not know
#   that only one is new: after fewer comparisons the functions would still fall into two groups of which
#   no two members were compared. That is nothing in a chain, where :math:`m = 1`. In the tree, where up to
#   about half of all functions wait, it adds up to the order of :math:`n^2`.
# - **A heap.** Keep a binary tree in which no entry is larger than the two below it (Python's
#   ``heapq`` has the smallest on top, hence the minus sign in the program). The tree is about
#   :math:`\log_2 m` levels deep, and a push or a pop follows one path in it. So the comparisons are
#   at most of the order of :math:`n \log n`, on any graph.
# - **Count consumers**, as `Kahn (1962) <../../bibliography.md#kahn-1962>`_ does. The graph does not
#   change once it is defined. So one pass can count the uses of each function's outputs, before anything
#   is run. Then run, and count down: a function whose count reaches zero has no consumer left to wait
#   for. Those that are ready may run in any order, so a plain list holds them, and no *priority* queue is
#   needed: only one test for each edge while counting up, and one while counting down.
#
# .. slide:: A heap is never expensive
#    :show: statement
#    :minutes: 3
#
#    .. notes::
#       The proof is short: a push is one path up, a pop one down and one up.
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
# .. slide:: Counting works
#    :show: statement
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Take the one among the rest that was called last.
#
# Proposition (counting works)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Counting consumers runs each function that can be reached from the result exactly once, after all
# its consumers that can be reached, and no other function.
#
# *Proof.* Only what can be reached is counted. The creator of the result, which no reachable function
# consumes, is ready at the start. Any other function becomes ready when its count reaches zero. That
# happens at most once, and only when each use by a reachable consumer has been counted down, by a
# consumer that ran. Suppose that nothing is ready any more, and that some reachable functions have not
# run. Take the one among them that was called last. Its consumers were called after it (as in the
# proposition of `step 11 <../stage2/step11.ipynb>`_), so all the reachable ones have run, and its count
# is zero. Then it was ready, and was run: a contradiction. ∎
#
# The program
# -----------
# First come the shapes: for each function the list of those that made its inputs, where numbers from
# :math:`n` on are leaves. Then come the three ways, with each comparison counted. The lines of the proofs are
# checked at each push, pop and sort.

import heapq
from math import log2


def chain(n):
    return [(f + 1,) for f in range(n)]


def ladder(n):
    return [(f + 1, f + 2) if f % 3 == 0 else (f + 3 - f % 3,) for f in range(n)]


def tree(n):
    return [(2 * f + 1, 2 * f + 2) for f in range(n)]


def shaped(shape, n):
    """For each function those before it, and its generation."""
    made_by = shape(n)
    before = [gs if max(gs) < n else [g for g in gs if g < n] for gs in made_by]
    generation = [-1] * (max(made_by[-1]) + 1)  # of leaves; they come last
    for f in reversed(range(n)):
        generation[f] = max([generation[g] for g in made_by[f]]) + 1
    return before, generation


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
    n, most = len(before), 1
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
# The run
# -------
# All three give an order that is right: each function runs once, after its consumers.

for shape in [chain, ladder, tree]:
    before, generation = shaped(shape, 100)
    for order in (by_sorting(before, generation)[0], by_heap(before, generation)[0], by_counting(before)[0]):
        turn = {f: i for i, f in enumerate(order)}
        assert sorted(order) == list(range(100))
        assert all(turn[f] < turn[g] for f in turn for g in before[f])

# %%
# .. slide:: How many tests does counting make?
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Give them half a minute to count the edges of one diamond: four, for three functions. Two tests for each
#       *function* is the answer that usually comes, and it forgets that one function of three has two inputs. When
#       late, skip the vote and read the table.
#
# .. predict:: On a ladder of 10,000 functions the heap makes 6,666 comparisons. How many tests does counting make?
#    :answer: 26664 = counts[ladder, 'counting', 10_000]
#    :after:
#    :type: number
#
#    - ``counts[ladder, 'counting', 10_000]``: two for each edge, and a ladder has four edges for
#      three functions.
#    - ``counts[ladder, 'heap', 10_000]``: that would be a draw. But counting looks at every
#      edge, even where only one function waits.
#    - ``2 * 10_000``: two for each *function* would be right for a chain, nearly; a ladder has
#      more edges.
#
# .. slide:: What each of them costs
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Look at the ladder first: there counting loses. Then at the tree.
#
# Then we count the comparisons, and for counting the tests of a count. Sorting the queue of a tree of more
# than 1,000 functions takes too long to be done here. There the table has, behind a ≥, the least that it
# would cost: :math:`m - 1` for each insert, added up while the heap runs.

sizes = {chain: [100, 1_000], ladder: [100, 1_000, 10_000], tree: [100, 1_000, 10_000, 100_000]}
counts = {}
for shape in sizes:
    for n in sizes[shape]:
        before, generation = shaped(shape, n)
        if shape is not tree or n <= 1_000:
            counts[shape, 'sort', n] = by_sorting(before, generation)[1]
        _, counts[shape, 'heap', n], most, counts[shape, 'least', n] = by_heap(before, generation)
        counts[shape, 'counting', n] = by_counting(before)[1]
        assert counts[shape, 'counting', n] == 2 * sum(map(len, before))  # two for each edge
        assert {chain: most == 1, ladder: most == 2, tree: 0.45 * n < most < 0.55 * n}[shape]

print('graph   functions           sort       heap   counting')
for shape in sizes:
    for n in sizes[shape]:
        sort = counts.get((shape, 'sort', n), f"≥ {counts[shape, 'least', n]}")
        cells = [f'{counts[shape, way, n]:10}' for way in ['heap', 'counting']]
        print(f'{shape.__name__:7} {n:9}  {sort:>13}', *cells)

for n in sizes[chain]:
    assert counts[chain, 'sort', n] == counts[chain, 'heap', n] == 0
for n in sizes[ladder]:
    assert counts[ladder, 'sort', n] == counts[ladder, 'heap', n] < n
for n in sizes[tree]:
    assert counts[tree, 'least', n] <= counts.get((tree, 'sort', n), n ** 2)
for n in [100, 1_000, 10_000]:
    assert 90 < counts[tree, 'least', 10 * n] / counts[tree, 'least', n] < 110  # like n^2
assert 90 < counts[tree, 'sort', 1_000] / counts[tree, 'sort', 100] < 110  # like n^2
assert counts[tree, 'sort', 1_000] > 30 * counts[tree, 'heap', 1_000]

# %%
# .. slide:: Wide graphs are what a heap is for
#    :show: picture
#    :minutes: 3
#
#    .. notes::
#       Both axes are logarithmic. The dashed line is the least that sorting could cost.
#
# In a chain nothing waits but the next function, and nothing is ever compared. On a ladder both queues
# need less than one comparison for each function. In a tree, ten times as many functions make the least
# that sorting costs about a hundred times as large, all the way to 100,000 functions; with 1,000 the
# sorted list already needs more than thirty times the comparisons of the heap.
#
# .. only-draws::

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 4.5))
ways = [('sort', 'C1', 10), ('heap', 'C0', 6), ('counting', 'C2', 6)]
for way, colour, size in ways:
    for shape, style in [(tree, 'o-'), (ladder, 's:')]:
        points = [(n, counts[shape, way, n]) for n in sizes[shape] if (shape, way, n) in counts]
        ax.loglog(*zip(*points), style, color=colour, markersize=size,
                  label=f'{shape.__name__}: {way}')
ax.loglog(sizes[tree], [counts[tree, 'least', n] for n in sizes[tree]], '--', color='C1',
          label='tree: sort, at least')
ax.set_xlabel('functions in the graph')
ax.set_ylabel('comparisons')
ax.set_title('Cost of the order: tree (wide) and ladder (narrow)')
ax.legend()
ax.grid(alpha=0.3)
tallest = {way: counts[tree, way, 100_000] for way in ('least', 'heap', 'counting')}
lowest = {way: counts[ladder, way, 10_000] for way in ('heap', 'counting')}
fig.set_label(
    'Comparisons against the number of functions, from 100 to 100,000, on logarithmic axes. On the tree '
    f'sorting is the steepest line, with at least {tallest["least"]:,} at the right end; the heap reaches '
    f'{tallest["heap"]:,} and counting {tallest["counting"]:,}. On the ladder sorting and heap lie on one '
    f'line, which ends at {lowest["heap"]:,} for 10,000 functions, and counting lies above it, at '
    f'{lowest["counting"]:,}.')

# %%
# When does counting lose?
# ~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: When does counting lose?
#    :minutes: 2
#
#    On narrow graphs: on a ladder it makes four tests for each comparison of the heap, on a chain two for each edge
#    against none.
#
#    .. notes::
#       Ask for a graph on which counting is a waste. Whoever has understood the ladder says 'a chain', where there is
#       never a choice. The counter-question for those who like counting: on which graphs does it win? On the wide ones.
#
# It loses on narrow graphs. It looks at each edge twice, whatever the shape, while a queue in which few
# functions wait has little to compare. On a ladder it makes about four times as many tests as the heap
# makes comparisons, and on a chain two for each edge against none. On a tree it is the other way round:
# there the heap compares more than twice as often with 100 functions, and more than seven times as often
# with 100,000.

for n in sizes[chain]:
    assert counts[chain, 'counting', n] == 2 * (n - 1) > counts[chain, 'heap', n] == 0
for n in sizes[ladder]:
    assert 3.9 < counts[ladder, 'counting', n] / counts[ladder, 'heap', n] < 4.1
for n in sizes[tree]:
    assert counts[tree, 'heap', n] > 2 * counts[tree, 'counting', n]
assert counts[tree, 'heap', 100_000] > 7 * counts[tree, 'counting', 100_000]

# %%
# What does "the graph is fixed" buy?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: The graph is fixed, so one can look ahead
#    :minutes: 2
#
#    Every consumer is known before the first function runs. Then no priority queue is needed.
#
#    .. notes::
#       It costs another pass over the graph, and a table.
#
# It buys the right to look ahead. A queue is for work that turns up unannounced; here every consumer is
# known before the first function runs. So they can be counted, and then neither a priority queue nor
# generations are needed, and the cost has no logarithm in it.
#
# It is not free, though. Counting visits the whole graph once more, with a table to hold the counts, and
# in our program its tests would be made in Python, while the heap's comparisons are made in C, inside
# ``heapq``. Which of the two takes more seconds depends on all of that, and on the machine; counting
# comparisons does not settle it. Step 16 takes the heap because the program stays one loop, and the
# proposition bounds its cost on every graph.

# %%
# Where this leads
# ----------------
# The order of a pass is settled: it is right, and it is cheap. What a graph costs in *memory* is
# another question, and the next one.

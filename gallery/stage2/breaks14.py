"""
Column: which graphs break step 14?
===================================

Step 14's order is right if no computed variable is used twice. If one is, it is wrong wherever all partial
derivatives are positive. A theorem says so, and all graphs with up to four functions agree.

`Step 15 <../stage2/step15.ipynb>`_ began with one graph on which step 14 is wrong. Which others are
there, what do they have in common, and is ours the smallest?
"""

# %%
# How often does a function run?
# ------------------------------
# .. slide:: Two paths, so it runs twice
#    :show: picture
#    :minutes: 2
#
#    :math:`a = x^2`, :math:`y = a + a`; the numbers are turns.
#
#    .. notes::
#       Both times all of a.grad is sent on.
#
# This graph has two functions, :math:`a = x^2` and :math:`y = a + a`. Two paths lead from ``a`` to
# ``y``. Step 14 puts the creator of ``a`` on its list once for each of them. The numbers in the boxes are
# the turns in which the functions run: that of ``a`` runs in turn 2 and again in turn 3, and both times
# it sends on *all* of ``a.grad``.
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph as picture_of

x, a, y = [Node(data=None, generation=0) for _ in range(3)]
square, add = Node(), Node()
picture_of(calls=[(square, [x], [a]), (add, [a, a], [y])],
           names={'x': x, 'a': a, 'y': y, 'a: 2, 3': square, 'y: 1': add})

# %%
# The program
# -----------
# .. slide:: A graph is a list of tuples
#    :minutes: 1
#
#    ``[(0,), (1, 1)]``: function 1 squares variable 0, function 2 adds variable 1 to itself.
#
#    .. notes::
#       Write one more on the board and have it read aloud: a tuple of one is a square, of two a sum, and the last one
#       is the result. Ask for the list of :math:`x^2 + x`. The usual slip is to number the functions from 0, and 0 is
#       the leaf.
#
# So that we can try many graphs, a graph on this page is just a list of tuples. Variable 0 is ``x``;
# tuple number k, counted from 1, makes variable k, by function k. A tuple of one number is the square
# of that variable, and a tuple of two is a sum. The graph above is ``[(0,), (1, 1)]``, and the result
# is the last variable. (Further leaves have the numbers -1, -2 and so on.)

from collections import Counter
from itertools import product
from math import isclose


def order(graph, pick, once):
    """The functions in the order in which they run; pick says which place of the list is next."""
    waiting, seen, ran = [len(graph)], {len(graph)}, []
    while waiting:
        f = waiting.pop(pick(waiting))
        ran.append(f)
        for i in graph[f - 1]:
            if i > 0 and not (once and i in seen):
                seen.add(i)
                waiting.append(i)
    return ran


def newest(waiting):
    return -1


def oldest(waiting):
    return 0


def local(graph, values, f, i):
    """The derivative of function f with respect to its input i."""
    return 2 * values[i] if len(graph[f - 1]) == 1 else 1


def values_of(graph, leaf=2):
    values = {0: leaf, -1: leaf + 1, -2: leaf + 2}
    for k, inputs in enumerate(graph, 1):
        values[k] = values[inputs[0]] ** 2 if len(inputs) == 1 else sum(values[i] for i in inputs)
    return values


def gradients(graph, ran, leaf=2):
    """After the functions have run in this order, adding as in step 14."""
    values, grads = values_of(graph, leaf), Counter({len(graph): 1})
    for f in ran:
        for i in graph[f - 1]:
            grads[i] += local(graph, values, f, i) * grads[f]
    return grads


def path_sums(graph, weight):
    """For each variable the sum over all paths to the result of the product of weights on the path."""
    sums = Counter({len(graph): 1})
    for f in range(len(graph), 0, -1):
        for i in graph[f - 1]:
            sums[i] += weight(f, i) * sums[f]
    return sums


def is_right(graph, ran):
    """At every leaf? The derivative is the sum over paths of the products of local derivatives."""
    values, grads = values_of(graph), gradients(graph, ran)
    true = path_sums(graph, lambda f, i: local(graph, values, f, i))
    return all(grads[leaf] == true[leaf] for leaf in (0, -1, -2))


# %%
# A proof covers all graphs, a computer only some; so let it take all the small ones. ``graphs(n)`` lists
# every graph of n squares and sums in which each function can be reached from the result. The inputs
# are any earlier variables, and ``(1, 2)`` and ``(2, 1)`` count as different, because step 14 can tell
# them apart. ``orders`` lists every order that the rule of step 15 allows.


def graphs(n, leaves=1):
    choices = []
    for k in range(n):
        variables = range(1 - leaves, k + 1)
        choices.append([(i,) for i in variables] + [(i, j) for i in variables for j in variables])
    for graph in product(*choices):
        if {i for inputs in graph for i in inputs} >= set(range(1, n)):
            yield graph


def generations(graph, merge=max):
    """Of the functions, and 0 in front of them for x."""
    found = [0]
    for inputs in graph:
        found.append(merge(found[i] + (i > 0) if i > 0 else 0 for i in inputs))
    return found


def orders(graph, generation, ran=()):
    """All orders that the rule of step 15 allows: a largest generation first, any one among equals."""
    waiting = {i for f in ran for i in graph[f - 1] if i > 0} | {len(graph)}
    waiting -= set(ran)
    if not waiting:
        yield ran
    largest = max((generation[f] for f in waiting), default=0)
    for f in waiting:
        if generation[f] == largest:
            yield from orders(graph, generation, (*ran, f))


def consumers_first(graph, ran):
    return all(ran.index(g) < ran.index(f) for g in ran for f in graph[g - 1] if f > 0)


# %%
# The run
# -------
# .. slide:: How often does the first function run?
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Count paths.
#
# .. predict:: Three functions in a row: ``a = x²``, ``b = a + a``, ``c = b + b``. How often does the function of ``a``
#    run in step 14?
#    :answer: 4 = Counter(order([(0,), (1, 1), (2, 2)], newest, once=False))[1]
#    :type: number
#
#    - ``Counter(order([(0,), (1, 1), (2, 2)], newest, once=False))[1]``: the function of ``b``
#      runs twice, and each time it puts that of ``a`` on the list twice.
#    - ``Counter(order([(0,), (1, 1)], newest, once=False))[1]``: so it is without ``c``; but now
#      the function of ``b`` runs twice as well.
#    - ``Counter(order([(0,), (1, 1), (2, 2)], newest, once=True))[1]``: with a ``seen`` set, and
#      step 14 has none.
#
# First the graph above: 16 arrives where 8 is right.

step_14 = order([(0,), (1, 1)], newest, once=False)
assert step_14 == [2, 1, 1]
print('order', step_14, 'gradient', gradients([(0,), (1, 1)], step_14)[0])
assert gradients([(0,), (1, 1)], step_14)[0] == 16 and not is_right([(0,), (1, 1)], step_14)

# %%
# .. slide:: All graphs with up to four functions
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Three quarters of those with four functions are wrong in step 14. With generations none is,
#       whatever the ties.
#
# Then we take every graph with up to four functions, at :math:`x = 2`. The orders are that of step 14, the
# newest first; the same with a ``seen`` set, so that each function runs once; the oldest first, also once;
# and the rule of step 15, with every choice that it leaves. (The sum over paths is compared with a derivative
# that knows nothing of graphs, by the imaginary step of
# `Squire and Trapp (1998) <../../bibliography.md#squire-trapp-1998>`_.)

wrong = {'step 14': [], 'newest once': [], 'oldest once': [], 'generations': []}
print('functions  graphs  wrong:', *(f'{rule:>12}' for rule in wrong))
for n in range(1, 5):
    before, size = {rule: len(found) for rule, found in wrong.items()}, 0
    for graph in graphs(n):
        size += 1
        runs = {'step 14': order(graph, newest, once=False),
                'newest once': order(graph, newest, once=True),
                'oldest once': order(graph, oldest, once=True)}
        true = path_sums(graph, lambda f, i: local(graph, values_of(graph), f, i))[0]
        assert isclose(true, values_of(graph, 2 + 1e-20j)[n].imag / 1e-20)  # by an imaginary step
        paths = path_sums(graph, lambda f, i: 1)
        uses = Counter(i for inputs in graph for i in inputs)
        used_twice = any(uses[i] > 1 for i in range(1, n))
        assert all(Counter(runs['step 14'])[f] == paths[f] for f in range(1, n + 1))
        assert is_right(graph, runs['step 14']) != used_twice
        for rule in ('newest once', 'oldest once'):
            assert is_right(graph, runs[rule]) == consumers_first(graph, runs[rule])
        for rule, ran in runs.items():
            if not is_right(graph, ran):
                wrong[rule].append(graph)
        if not all(is_right(graph, ran) for ran in orders(graph, generations(graph))):
            wrong['generations'].append(graph)
    counts = [len(found) - before[rule] for rule, found in wrong.items()]
    print(f'{n:9} {size:7}        ', *(f'{count:12}' for count in counts))

assert wrong['generations'] == []

# %%
# The last column has every choice among equal generations, and all of them are right.

# %%
# Two theorems
# ------------
# .. slide:: Two patterns in the table
#    :minutes: 1
#
#    In all of them runs are paths, and step 14 is wrong exactly where a *computed* variable is used twice.
#
#    .. notes::
#       Ask what the wrong ones have in common, before you say it. 'A variable is used twice' is nearly right; it must
#       be a *computed* one, for a leaf may be used as often as one likes.
#
# The search has also checked two other things. How often a function runs in step 14 is the number of paths
# from its output to the result. And step 14 is wrong exactly where some *computed* variable, one that is
# not a leaf, is used twice. The first holds on every graph whose functions have one output each. The second
# holds on every graph of squares and sums at a positive :math:`x`; in general it needs a condition on signs.
#
# .. slide:: Runs are paths
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       The vote was a case of this theorem. Ask why the order does not matter for it: each entry of the list is one
#       run, whenever its turn comes. One sentence is enough when late.
#
# Theorem (runs are paths)
# ~~~~~~~~~~~~~~~~~~~~~~~~
# Let each function have one output and be called once. Without a ``seen`` set, and whichever function
# of the list is taken next, each function runs as often as there are paths from its output to
# :math:`y`.
#
# .. slide:: Both numbers follow one rule
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Two quantities that obey the same equation from the same start are equal; say that first, and the proof is half
#       done. Ask where the assumption of one output is used. With two outputs there would be paths from each of them,
#       and the function would be put on the list for either.
#
# Proof (runs are paths)
# ~~~~~~~~~~~~~~~~~~~~~~
# The creator of :math:`y` is put on the list once, at the start. Any other function :math:`f` is put
# there once for each run of a consumer and each input of it that is the output of :math:`f`. And each
# entry of the list is one run. So the number of runs of :math:`f` is the sum, over all uses of its
# output, of the numbers of runs of the functions that use it. (These numbers are finite, and the list is
# empty in the end. For, by the same count, at any time :math:`f` has run at most as often as there are
# paths, and each turn runs a function.)
#
# For paths the same holds: a path from the output of :math:`f` to :math:`y` begins with a use, and goes
# on as a path from the output of the function that uses it. From :math:`y` to :math:`y` there is one,
# the empty one. So both numbers agree for the creator of :math:`y`, and then for all other functions, in
# the reverse order of the calls. ∎
#
# .. slide:: Used twice, and it is too large
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       This is why add(x, x) is right in step 14 and add(a, a) is not.
#
# Theorem (which graphs break step 14)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let the assumptions of `step 15's corollary <step15.ipynb#corollary-the-gradients-are-right>`_ hold, and let each
# function have one output and be called once. If no computed variable is used twice by
# functions that can be reached from :math:`y`, step 14 leaves the right gradient in every leaf. If one
# is used twice, and all partial derivatives are positive, some leaf has too large a gradient.
#
# .. slide:: The last run has everything, the others add to it
#    :show: proof
#    :below:
#    :minutes: 4
#
#    .. notes::
#       It is long, and hangs below for that reason. The idea is the last run: it finds all that ever arrived, so alone
#       it would send the right amount, and every earlier run is surplus. Ask where positive derivatives are needed:
#       surplus could otherwise cancel.
#
# Proof (which graphs break step 14)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# **No computed variable is used twice.** Then from each of them only one path leads to :math:`y`, and
# each function runs once. It is put on the list by its only consumer, after that has sent its share, so
# its gradient is complete when it runs. Now the proof of the corollary of step 15 applies.
#
# **One is used twice.** Let :math:`S(v)` be the gradient of a variable :math:`v` at the end, and
# :math:`P(v)` the right one. Every gradient that is sent is positive, since a function is put on the
# list only after something positive has arrived at its output. Whatever arrives there puts the function
# on the list once more; so in its last run it finds the whole of :math:`S(v)` and sends that on, and
# each earlier run has sent something besides. Hence :math:`S(u) \ge \sum \frac{\partial w}{\partial u}
# S(w)`, over all uses of :math:`u`, where :math:`w` is the output of the function that uses it. From
# :math:`S(y) = P(y) = 1` and :math:`P(u) = \sum \frac{\partial w}{\partial u} P(w)` it follows, in the
# reverse order of the calls, that :math:`S \ge P` everywhere.
#
# From a variable that is used twice two paths lead to :math:`y`, so its creator runs twice or more, and
# sends *more* to its inputs than its last run alone: for them, :math:`S > P`. Then the same inequality
# gives :math:`S > P` for the inputs of *their* creators, and so on, down to a leaf. ∎
#
# The condition on the sign is needed. At :math:`x = 0` the graph above is right, because the gradient
# that is sent twice is 0, and so is the derivative of :math:`2x^2`.

assert gradients([(0,), (1, 1)], step_14, leaf=0)[0] == 2 * 2 * 0

# %%
# Would more leaves make a smaller graph fail?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# No: what counts is how often *computed* variables are used. With two or three leaves to choose from, the
# smallest wrong graphs have as many functions as before, and the theorem is confirmed there, too.

for leaves in (2, 3):
    smallest = dict.fromkeys(['step 14', 'newest once', 'oldest once'], None)
    for n in range(1, 4):
        for graph in graphs(n, leaves):
            uses = Counter(i for inputs in graph for i in inputs)
            ran = order(graph, newest, once=False)
            assert is_right(graph, ran) != any(uses[i] > 1 for i in range(1, n))
            for rule in smallest:
                pick = oldest if rule == 'oldest once' else newest
                if not is_right(graph, order(graph, pick, once=rule != 'step 14')):
                    smallest[rule] = smallest[rule] or n
    assert list(smallest.values()) == [2, 3, 3]

# %%
# The smallest of each kind
# -------------------------
# .. slide:: Once, but too early
#    :show: output picture
#    :minutes: 3
#
#    :math:`b = a^2`, :math:`y = b + a`: the newest is ``a``, and ``b`` still owes it 8.
#
#    .. notes::
#       A seen set cures the first flaw alone.
#
# Step 14 has two flaws. It can run one function *twice*, and the smallest graph for that is the one at
# the top of this page. A ``seen`` set cures it. But then a function can still run *too early*:

from types import SimpleNamespace as Node

from dezero_lite import graph as picture_of


def draw(graph, ran, names='xabcdy'):
    """A picture; in the box of a function its output's name and the turns in which it runs."""
    variables = [Node(data=None, generation=0) for _ in range(len(graph) + 1)]
    labels = dict(zip(names, variables))
    calls = []
    for k, inputs in enumerate(graph, 1):
        f = Node()
        turns = ', '.join(str(turn) for turn, g in enumerate(ran, 1) if g == k)
        labels[f'{names[k]}: {turns}'] = f
        calls.append((f, [variables[i] for i in inputs], [variables[k]]))
    return picture_of(calls=calls, names=labels)


twice, early = wrong['step 14'][0], wrong['newest once'][0]
ran = order(early, newest, once=True)
print('smallest, one function run twice:', twice)
print('smallest, one function too early:', early)
print('too early: x.grad =', gradients(early, ran)[0], ' true:', 4 * 2 ** 3 + 2 * 2)

assert twice == ((0,), (1, 1)) and early == ((0,), (1,), (2, 1))
assert gradients(early, ran)[0] == 4 != 36 == gradients(early, next(orders(early, generations(early))))[0]

draw(early, ran, 'xaby')

# %%
# Here :math:`a = x^2`, :math:`b = a^2` and :math:`y = b + a`. The newest entry is the creator of
# ``a``. It runs in turn 2, before the creator of ``b``, which still owes ``a`` a share; and since it has
# been seen, it never runs again.
#
# Builders of small engines keep meeting these graphs. In 2024 somebody proposed to `simplify micrograd
# <https://github.com/karpathy/micrograd/pull/64>`_ by going down from the result without sorting first.
# Its author answered that this fails where a variable that is not a leaf is used again, which is our
# theorem. The proposer then found an example himself: ``b = a + a; c = b + b``, our first graph with a sum
# in place of the square.

ran = order([(0, 0), (1, 1)], newest, once=False)
assert Counter(ran)[1] == 2 and not is_right([(0, 0), (1, 1)], ran)

# %%
# Is our example the smallest?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Is our example the smallest?
#    :show: output
#    :minutes: 2
#
#    No: two functions are enough for the first flaw, three for the second. But it is the first that no rewriting cures.
#
#    .. notes::
#       Before this slide comes, ask for a smaller graph on which step 14 is wrong; two functions are enough, and
#       somebody will find it. Then ask for what the book's example can be praised all the same: it can't be cured by
#       writing a sum the other way round.
#
# The example with 96 in place of 64 is that of `the book <../../bibliography.md#saitoh-2020>`_, whose program
# of step 16 ends with it. It has four functions. For neither flaw is it the smallest: two functions are
# enough for the first, three for the second.
#
# But there is something to be said for it. Write the three-function graph as :math:`a + b` in place of
# :math:`b + a`, and the newest-first order happens to be right. All graphs of three functions that fail
# with ``seen`` can be cured by writing sums the other way round. Among the graphs that cannot, none is
# smaller than our example, and in the order of our list it is the very first.


def rewritten(graph):
    """The graph with its sums written as i + j or as j + i."""
    return product(*({inputs, inputs[::-1]} for inputs in graph))


def incurable(graph, pick):
    return not any(is_right(g, order(g, pick, once=True)) for g in rewritten(graph))


example = ((0,), (1,), (1,), (2, 3))
first_incurable = next(graph for graph in wrong['newest once'] if incurable(graph, newest))
print('first that no rewriting cures:', list(first_incurable))
assert first_incurable == example
assert gradients(example, order(example, newest, once=False))[0] == 96

# %%
# Why not the oldest first?
# ~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Why not the oldest first?
#    :show: output picture
#    :minutes: 3
#
#    With a ``seen`` set, on our example it gives 64. On this graph it fails however the sum is written.
#
#    .. notes::
#       A good question for the room: what made the example lucky?
#
# With a queue in place of the stack and a ``seen`` set, our example comes out right: 64. So it does not
# show why generations are needed. On :math:`a = x^2`, :math:`b = a^2`,
# :math:`y = a + b` this order fails, and there it is the newest that is right. The second graph below
# defeats it however its sum is written, and is the first in our list that does: :math:`a = x^2`,
# :math:`b = a^2`, :math:`c = b^2`, :math:`y = a + c`. One graph of five functions defeats both orders,
# however it is written; the search says that none of four or fewer does.

first = wrong['oldest once'][0]
stubborn = next(graph for graph in wrong['oldest once'] if incurable(graph, oldest))
both = ((0,), (1,), (2,), (1, 3), (2, 4))
print('oldest first on our example:', gradients(example, order(example, oldest, once=True))[0])
for graph in (first, stubborn):
    true = path_sums(graph, lambda f, i: local(graph, values_of(graph), f, i))[0]
    print('oldest first on', graph, gradients(graph, order(graph, oldest, once=True))[0], 'in place of', true)

assert gradients(example, order(example, oldest, once=True))[0] == 64
assert first == ((0,), (1,), (1, 2)) and is_right(first, order(first, newest, once=True))
assert stubborn == ((0,), (1,), (2,), (1, 3))
assert incurable(both, newest) and incurable(both, oldest)
assert not any(incurable(graph, newest) and incurable(graph, oldest) for graph in wrong['oldest once'])

draw(stubborn, order(stubborn, oldest, once=True), 'xabcy')

# %%
# The min in place of the max
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: The min can fail, too
#    :show: output picture
#    :minutes: 2
#
#    .. notes::
#       It can fail on 8 of the 56 graphs of three functions, if the wrong one of two equals is taken.
#
# Step 15 shows a graph of three functions on which the min fails if the wrong one of two equals is
# taken. The smallest that no luck can save, neither in writing the sums nor among equals, has four:
# :math:`a = x^2`, :math:`b = a^2`, :math:`c = x + b`, :math:`y = b + c`.


def with_min(graph):
    """For each order that the min allows, whether it is right."""
    return [is_right(graph, ran) for ran in orders(graph, generations(graph, min))]


failing = [graph for graph in graphs(3) if not all(with_min(graph))]
assert all(all(with_min(graph)) for n in (1, 2) for graph in graphs(n))
hopeless = next(graph for n in range(1, 5) for graph in graphs(n)
                if not any(any(with_min(g)) for g in rewritten(graph)))
ran = next(orders(hopeless, generations(hopeless, min)))
print('with the min', len(failing), 'of', len(list(graphs(3))), 'graphs of three functions can fail')
print('with min:', gradients(hopeless, ran)[0], ' true:', 8 * 2 ** 3 + 1)

assert (len(failing), len(list(graphs(3)))) == (8, 56) and ((0,), (0, 1), (2, 1)) in failing
assert hopeless == ((0,), (1,), (0, 2), (2, 3)) and gradients(hopeless, ran)[0] == 33

draw(hopeless, ran, 'xabcy')

# %%
# Other orders that are right
# ---------------------------
# Step 15 names three topological orders that need no generations: the calls in reverse, depth-first
# search, and counting. Each has every consumer first, on all our graphs.


def by_calls(graph):
    return list(range(len(graph), 0, -1))


def by_depth(graph):
    listed = []

    def visit(f):
        if f > 0 and f not in listed:
            for i in graph[f - 1]:
                visit(i)
            listed.append(f)

    visit(len(graph))
    return listed[::-1]


def by_counting(graph):
    left, ready, ran = Counter(i for inputs in graph for i in inputs), [len(graph)], []
    while ready:
        f = ready.pop()
        ran.append(f)
        for i in graph[f - 1]:
            left[i] -= 1
            if i > 0 and left[i] == 0:
                ready.append(i)
    return ran


for n in range(1, 5):
    for graph in graphs(n):
        for ran in (by_calls(graph), by_depth(graph), by_counting(graph)):
            assert sorted(ran) == list(range(1, n + 1))
            assert consumers_first(graph, ran) and is_right(graph, ran)

# %%
# Why the next step is needed
# ---------------------------
# Now we know what goes wrong, when, and that it is not rare: of the graphs with four functions, step 14
# gets more than three out of four wrong. `Step 16 <../stage2/step16.ipynb>`_ puts the generations to work.

assert counts[0] / size > 0.75

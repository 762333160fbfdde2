"""
Step 15: complex graphs, theory
===============================

In which order should the functions run backward? Largest generation first: theorem, proof,
search.

Step 14 gets 96 where the derivative is 64. Its rule, to add up what arrives, is right; but a
function sometimes runs before everything has arrived. Which order is safe on *every* graph, and
what is the smallest graph on which step 14 goes wrong?
"""

# %%
# Theory
# ------
# Going backward, a function sends on the gradient of its output. It must not do so before that
# gradient is complete, that is, before every function that *uses* the output has run. Call a
# function :math:`g` a **consumer** of :math:`f` if one of the inputs of :math:`g` is an output of
# :math:`f`. We look for an order in which each function runs after all its consumers.
#
# So that we can try orders on many graphs, a graph on this page is just a list of tuples. Variable
# 0 is ``x``; tuple number k, counted from 1, makes variable k, by function k. A tuple of one number
# is the square of that variable, a tuple of two is a sum. The result is the last variable. Here is
# the graph that step 14 ended with: :math:`a = x^2`, then :math:`b = a^2` and :math:`c = a^2`, then
# :math:`y = b + c`.

example = [(0,), (1,), (1,), (2, 3)]

# %%
# Definition (generation)
# ~~~~~~~~~~~~~~~~~~~~~~~
# A leaf has generation 0. The generation of a function is the largest generation among its inputs, of
# which it has at least one. The generation of an output is that of its function, plus 1.
#
# All of it is known at the moment of the call, and it never changes.


def generations(graph, merge=max):
    """Of all variables; a function has its output's minus 1."""
    of_variable = [0]
    for inputs in graph:
        of_variable.append(merge(of_variable[i] for i in inputs) + 1)
    return of_variable


print('variables:', generations(example))
assert generations(example) == [0, 1, 2, 2, 3]

# %%
# Lemma (generations grow)
# ~~~~~~~~~~~~~~~~~~~~~~~~
# If :math:`g` is a consumer of :math:`f`, then
# :math:`\operatorname{gen}(g) > \operatorname{gen}(f)`.
#
# *Proof.* Some input :math:`v` of :math:`g` is an output of :math:`f`, so
# :math:`\operatorname{gen}(g) \ge \operatorname{gen}(v) = \operatorname{gen}(f) + 1`, because
# the generation of :math:`g` is a maximum over inputs of which :math:`v` is one. ∎
#
# The rule
# ~~~~~~~~
# .. slides: full
#
# Keep a list of waiting functions and a set of functions seen. At first both hold the creator of
# the result :math:`y`. As long as the list is not empty: take a function of largest generation from
# it, any one if there are several, and run it; then, for each of its inputs, if the input's creator
# has not been seen, add it to both. (If :math:`y` is a leaf, there is nothing to run.)
#
# Let :math:`R` be the set of functions that can be **reached** from :math:`y`: the creator of
# :math:`y`, and with each function the creators of its inputs. Other functions have no influence on
# :math:`y`.
#
# Theorem (generation order)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# The rule comes to an end. It runs each function of :math:`R` exactly once, and no other; and when
# a function runs, all its consumers in :math:`R` have already run.
#
# Proof of the generation order
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# **Line 1: once, and only in** :math:`R`. Every function added is the creator of :math:`y` or of an
# input of a function already added, hence in :math:`R`; and because of the set it is added only
# once. Each turn removes one function, so there are at most as many turns as :math:`R` has
# functions.
#
# **Line 2: all of** :math:`R`. Each function of :math:`R` is at the end of a path
# :math:`g_0, g_1, \dots, g_k` in which :math:`g_0` is the creator of :math:`y` and :math:`g_{i+1}`
# that of an input of :math:`g_i`. The function :math:`g_0` is added. If :math:`g_i` is added, it is
# run some time, since the rule stops only when nothing waits, and then :math:`g_{i+1}` is added if
# it was not before. So :math:`g_k` is added, and run.
#
# **Line 3: an invariant.** *At the start of each turn, for every function* :math:`g` *of* :math:`R`
# *that has not run, some* :math:`h` *is waiting with*
# :math:`\operatorname{gen}(h) \ge \operatorname{gen}(g)`. If :math:`g` is waiting, take
# :math:`h = g`. Otherwise :math:`g` has not been added. On a path as in line 2 with
# :math:`g_k = g`, let :math:`g_i` be the last function that has been added; there is one, since
# :math:`g_0` has, and :math:`i < k`. It has not run, or :math:`g_{i+1}` would have been added. So
# :math:`h = g_i` is waiting. From there on each function of the path is a consumer of the next one,
# so the lemma gives :math:`\operatorname{gen}(h) > \operatorname{gen}(g)`.
#
# **Line 4: consumers first.** Suppose that :math:`f` is taken while a consumer :math:`g` of it in
# :math:`R` has not run. By line 3 and the lemma, some :math:`h` is waiting with
# :math:`\operatorname{gen}(h) \ge \operatorname{gen}(g) > \operatorname{gen}(f)`. Then :math:`f`
# was not of largest generation. A contradiction. ∎
#
# Corollary (the gradients are right)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If every function in :math:`R` is differentiable at its inputs, then the rule, with the adding of
# step 14, all gradients cleared before, and 1 put into ``y.grad``, leaves :math:`dy/dx` in
# ``x.grad``, up to rounding, for each leaf ``x`` from which :math:`y` can be reached (the other
# leaves held fixed). Where a function has several outputs, one other than :math:`y` that no
# function in :math:`R` uses counts as having gradient 0.
#
# Proof of the corollary
# ~~~~~~~~~~~~~~~~~~~~~~
# By the theorem of `step 14 <../stage2/step14.ipynb>`_, applied to the variables in the order in
# which they were made, each variable :math:`w` is differentiable as a function of :math:`x`, and
# :math:`dw/dx` is the sum, over the inputs :math:`v` of its creator (one given twice counts twice),
# of :math:`\partial w/\partial v \cdot dv/dx`. For leaves it is 1 if :math:`w` is :math:`x`, else
# 0. Unrolled, :math:`dy/dx` is the sum, over all paths from :math:`x` to :math:`y`, of the product
# of the partial derivatives along the path.
#
# Let :math:`P(v)` be the same sum over all paths from a variable :math:`v` to :math:`y`; so
# :math:`P(y) = 1`, for no path leads from :math:`y` back to itself (step 11). If :math:`v` is not
# :math:`y`, we sort the paths by their first function:
#
# .. math::
#
#     P(v) = \sum_{g} \sum_{w} \frac{\partial w}{\partial v}\, P(w)
#
# over all uses of :math:`v` as an input of a function :math:`g` in :math:`R` (a function that takes
# it twice counts twice) and all outputs :math:`w` of that :math:`g`. The inner sum is just what
# :math:`g` adds to ``v.grad`` when it runs, if the gradients of its outputs are then :math:`P(w)`.
# And they are, by induction in the order in which functions run: when :math:`g` runs, all consumers
# of its outputs in :math:`R` have run, each once and with complete gradients, so the sum for
# :math:`P(w)` is complete; and to the 1 of :math:`y` nothing is added, for it has no consumer in
# :math:`R`. At the end the sum for ``x`` is complete too. ∎
#
# Line by line, on every graph with up to four functions
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A proof covers all graphs, a computer only some; so let it take all the small ones. ``graphs(n)``
# lists every graph of n functions in which each can be reached from the result. The inputs of a
# function are any earlier variables, and ``(1, 2)`` and ``(2, 1)`` count as different.

from itertools import product


def graphs(n):
    """All graphs of n functions, squares before sums, each function leading to the result."""
    choices = []
    for k in range(n):
        variables = range(k + 1)
        choices.append([(i,) for i in variables] + [(i, j) for i in variables for j in variables])
    for graph in product(*choices):
        used = {i for inputs in graph for i in inputs}
        if used >= set(range(1, n)):
            yield graph


def turns(graph, pick, once):
    """Yield (waiting, function that runs); pick chooses a place in the list of those waiting."""
    waiting, seen = [len(graph)], {len(graph)}
    while waiting:
        place = pick(waiting)
        yield list(waiting), waiting[place]
        f = waiting.pop(place)
        for i in graph[f - 1]:
            if i > 0 and not (once and i in seen):
                seen.add(i)
                waiting.append(i)


def largest_first(generation, tie=-1):
    """Pick the largest generation; among equals the oldest, or the newest if tie is 1."""
    return lambda waiting: max(range(len(waiting)), key=lambda i: (generation[waiting[i]], tie * i))


def consumers(graph, f):
    return {g for g, inputs in enumerate(graph, 1) if f in inputs}


checked = 0
for n, tie in product(range(1, 5), [-1, 1]):
    for graph in graphs(n):
        gen, all_functions, ran = generations(graph), set(range(1, n + 1)), []
        for f in all_functions:
            assert all(gen[g] > gen[f] for g in consumers(graph, f))  # the lemma
        for waiting, f in turns(graph, largest_first(gen, tie), once=True):
            for g in all_functions - set(ran):
                assert any(h == g or gen[h] > gen[g] for h in waiting)  # line 3
            assert consumers(graph, f) <= set(ran)  # line 4
            ran.append(f)
        assert sorted(ran) == sorted(all_functions)  # lines 1 and 2
        checked += 1
print(checked // 2, 'graphs checked')
assert checked == 2 * (2 + 8 + 56 + 608)

# %%
# The corollary needs values. Whole numbers are enough, at ``x`` = 2. The true derivative is
# computed forward, beside the values, and needs no order but that in which the graph was made. Every
# gradient has to be the sum over paths.


def forward(graph, x):
    """Values of all variables, and their derivatives with respect to x."""
    values, derivatives = [x], [1]
    for inputs in graph:
        vs, ds = [values[i] for i in inputs], [derivatives[i] for i in inputs]
        values.append(vs[0] ** 2 if len(inputs) == 1 else sum(vs))
        derivatives.append(2 * vs[0] * ds[0] if len(inputs) == 1 else sum(ds))
    return values, derivatives


def partial(values, inputs, i):
    return 2 * values[i] if len(inputs) == 1 else 1


def gradients(graph, x, order):
    """The grads of all variables after the functions in order have run, adding as in step 14."""
    values, _ = forward(graph, x)
    grads = [0] * len(graph) + [1]
    for f in order:
        for i in graph[f - 1]:
            grads[i] += partial(values, graph[f - 1], i) * grads[f]
    return grads


def path_sum(graph, values, v):
    return (v == len(graph)) + sum(
        inputs.count(v) * partial(values, inputs, v) * path_sum(graph, values, w)
        for w, inputs in enumerate(graph, 1) if v in inputs)


def is_right(graph, pick, once):
    order = [f for _, f in turns(graph, pick, once)]
    return gradients(graph, 2, order)[0] == forward(graph, 2)[1][-1]


for n, tie in product(range(1, 5), [-1, 1]):
    for graph in graphs(n):
        values, derivatives = forward(graph, 2)
        sums = [path_sum(graph, values, v) for v in range(n + 1)]
        order = [f for _, f in turns(graph, largest_first(generations(graph), tie), once=True)]
        assert sums == gradients(graph, 2, order) and sums[0] == derivatives[-1]

# %%
# At a merge, the max
# ~~~~~~~~~~~~~~~~~~~
# Why the max? Because the lemma needs it: a function has to be later than *all* its inputs. Take the
# min, and a consumer that also uses an old variable looks old itself. In
#
# .. math::
#
#     a = x^2, \quad b = a^2, \quad c = x + b, \quad y = b + c
#
# the min would give ``c``'s function generation 0, because of ``x``, and ``b``'s function 1. So
# ``b``'s runs first, although ``c`` uses ``b``, and the share that comes through ``c`` is lost: 33
# in place of 65, the derivative of :math:`2x^4 + x` at 2. No graph with fewer functions fails in
# this way however its sums are written and ties are broken.


def rewritten(graph):
    """The graph with its sums written as i + j or as j + i."""
    return product(*({inputs, inputs[::-1]} for inputs in graph))


def always_wrong(graph):
    return not any(is_right(g, largest_first(generations(g, merge=min), tie), once=True)
                   for g in rewritten(graph) for tie in [-1, 1])


mixed = ((0,), (1,), (0, 2), (2, 3))
assert next(graph for n in range(1, 5) for graph in graphs(n) if always_wrong(graph)) == mixed

gen = generations(mixed, merge=min)
order = [f for _, f in turns(mixed, largest_first(gen), once=True)]
print('with min:', gradients(mixed, 2, order)[0], ' true:', forward(mixed, 2)[1][-1])
assert (gen[3] - 1, gen[2] - 1) == (0, 1)  # the functions of c and b
assert (gradients(mixed, 2, order)[0], forward(mixed, 2)[1][-1]) == (33, 65)

# %%
# The program
# -----------
# Three lines record the generations. ``backward`` does not use them yet, so this is still step 14's
# order, on a graph that knows better.
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
        funcs = [self.creator]
        while funcs:
            f = funcs.pop()
            gys = [output.grad for output in f.outputs]
            gxs = f.backward(*gys)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(f.inputs, gxs):
                if x.grad is None:
                    x.grad = gx
                else:
                    x.grad = x.grad + gx  # not +=: the array may be shared
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

x = Variable(np.array(2.0))
a = square(x)
b = square(a)
c = square(a)
y = add(b, c)
print('generations of x, a, b, c, y:', [v.generation for v in [x, a, b, c, y]])

assert [v.generation for v in [x, a, b, c, y]] == generations(example)

# %%
# Both orders, turn by turn. A function goes by the name of the variable that it makes. First the
# order that step 14 executes: always the newest of the list. The function of ``a`` runs in turn
# 3, while that of ``b`` still waits, and so it sends 32 to ``x``, half of what is due. In turn 5 it
# runs again and sends 64, for ``a.grad`` is now complete. Together that makes 96.

names = 'xabcy'


def newest(waiting):
    return len(waiting) - 1


def show(graph, pick, once):
    print('turn  waiting  runs  a.grad  x.grad')
    order = []
    for turn, (waiting, f) in enumerate(turns(graph, pick, once), 1):
        order.append(f)
        x_grad, a_grad, *_ = gradients(graph, 2, order)
        waiting = ' '.join(names[g] for g in waiting)
        print(f'{turn:4}  {waiting:7}  {names[f]:4}  {a_grad:6}  {x_grad:6}')
    return order


executed = show(example, newest, once=False)

assert ''.join(names[f] for f in executed) == 'ycaba'
assert gradients(example, 2, executed[:3])[:2] == [32, 8]
assert gradients(example, 2, executed)[:2] == [96, 16]

# %%
# Then the order that was wanted: largest generation first, no function twice. The function of ``a``
# waits until both shares are there.

wanted = show(example, largest_first(generations(example)), once=True)

assert ''.join(names[f] for f in wanted) == 'ybca'
assert gradients(example, 2, wanted)[:2] == [64, 16]

# %%
# The program itself agrees with the first table.

y.backward()
print('y =', y.data)
print('x.grad =', x.grad)

assert (y.data, x.grad) == (32.0, 96.0)

# %%
# The cost of plain recursion
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# One can do without any order: go down *every path* from the result, carry the product along, and
# add up at the leaf. The proof of the corollary says that this sum is the derivative. But paths are
# many. On a ladder of k diamonds, each of them two squares and a sum, there are :math:`2^k` paths
# for :math:`3k` functions, and each path has to be walked. (At :math:`x = 1/2` the values stay 1/2,
# for :math:`2 \cdot (1/2)^2 = 1/2`, and the derivative of k diamonds is :math:`2^k`.)


def ladder(k):
    return [f for i in range(0, 3 * k, 3) for f in [(i,), (i,), (i + 1, i + 2)]]


def build(graph, x):
    """The graph's variables, in the program of this step."""
    variables = [Variable(np.array(x))]
    for inputs in graph:
        f = Square() if len(inputs) == 1 else Add()
        variables.append(f(*[variables[i] for i in inputs]))
    return variables


def down_every_path(v, gv, visits):
    """Carry gv from v down to the leaf; visits counts [runs of functions, arrivals]."""
    if v.creator is None:
        visits[1] += 1
        v.grad = gv if v.grad is None else v.grad + gv
        return
    visits[0] += 1
    gxs = v.creator.backward(gv)
    for x, gx in zip(v.creator.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
        down_every_path(x, gx, visits)


print(' k  functions   runs  arrivals  x.grad    step 14: runs    x.grad')
for k in range(1, 8):
    x, *_, y = build(ladder(k), 0.5)
    visits = [0, 0]
    down_every_path(y, np.array(1.0), visits)
    runs, arrivals, gradient = *visits, x.grad

    x.cleargrad()
    y.backward()
    runs_14 = sum(1 for _ in turns(ladder(k), newest, once=False))
    print(f'{k:2} {3 * k:10} {runs:6} {arrivals:9} {gradient:7.0f} {runs_14:16} {x.grad:9.0f}')

    assert arrivals == gradient == 2 ** k
    assert runs == runs_14 == 3 * (2 ** k - 1)
    assert (x.grad == 2 ** k) == (k == 1)
    assert len(list(turns(ladder(k), largest_first(generations(ladder(k))), once=True))) == 3 * k

# %%
# Step 14 pays the same price, since it runs a function again each time it is met; and from the
# second diamond on it gets a wrong result for it. In generation order there are :math:`3k` runs.
#
# The smallest graphs on which step 14 is wrong
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Step 14 has two flaws: it can run one function *twice*, and it can run one *too early*. A ``seen``
# set cures the first alone. So we search all graphs twice, in order of size: for step 14 as it is,
# and for step 14 with ``seen``.
#
# One point, :math:`x = 2`, is enough to tell right from wrong. All numbers are positive there, so
# nothing can cancel: a run too many only adds, a run too early only loses. (The search checks this
# too.) More leaves would not help: the first flaw needs a function and a consumer of it, the second
# a function and two consumers.

rules = {
    'step 14': lambda graph: is_right(graph, newest, once=False),
    'with seen': lambda graph: is_right(graph, newest, once=True),
    'generations': lambda graph: is_right(graph, largest_first(generations(graph)), once=True),
}
wrong = {rule: [] for rule in rules}


def runs_twice(graph):
    order = [f for _, f in turns(graph, newest, once=False)]
    return len(order) > len(set(order))


def runs_too_early(graph):
    order = [f for _, f in turns(graph, newest, once=True)]
    return any(consumers(graph, f) & set(order[place:]) for place, f in enumerate(order))


print('functions  graphs  wrong:', *(f'{rule:>12}' for rule in rules))
for n in range(1, 5):
    size, counts = 0, dict.fromkeys(rules, 0)
    for graph in graphs(n):
        size += 1
        assert rules['step 14'](graph) != runs_twice(graph)
        assert rules['with seen'](graph) != runs_too_early(graph)
        for rule, right in rules.items():
            if not right(graph):
                counts[rule] += 1
                wrong[rule].append(graph)
    print(f'{n:9} {size:7}        ', *(f'{count:12}' for count in counts.values()))

twice, early = wrong['step 14'][0], wrong['with seen'][0]
print('smallest, one function run twice:', twice)
print('smallest, one function too early:', early)

assert twice == ((0,), (1, 1))
assert early == ((0,), (1,), (2, 1))
assert wrong['generations'] == []

# %%
# **Twice**: two functions, :math:`a = x^2` and :math:`y = a + a`. The sum meets the creator of
# ``a`` once for each of its inputs, and puts it on the list each time.
#
# **Too early**: three functions, :math:`a = x^2`, :math:`b = a^2`, :math:`y = b + a`. The newest of
# the list is the creator of ``a``; it runs before the creator of ``b``, from which ``a`` has yet to
# get a share.
#
# The program confirms the first: 16 in place of 8. With ``seen`` the second loses what comes through
# ``b``: 4 in place of 36.

x, a, y = build(twice, 2.0)
y.backward()
early_order = [f for _, f in turns(early, newest, once=True)]
print('twice:', x.grad, ' true:', forward(twice, 2)[1][-1])
print('early:', gradients(early, 2, early_order)[0], ' true:', forward(early, 2)[1][-1])

assert (x.grad, forward(twice, 2)[1][-1]) == (16, 8)
assert early_order == [3, 1, 2]
assert (gradients(early, 2, early_order)[0], forward(early, 2)[1][-1]) == (4, 36)

# %%
# Is our example the smallest?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The example with 96 in place of 64 comes from the study group whose slides this course grew out
# of. It has four functions. For neither flaw is it the smallest: two functions are enough for the
# first, three for the second.
#
# But there is something to be said for it. Write the second of them as :math:`a + b` in place of
# :math:`b + a`, and the order happens to be right. All graphs of three functions that fail with
# ``seen`` can be cured by writing sums the other way round. Among the graphs that cannot, none is
# smaller than our example, and in the order of our list it is the very first.


def incurable(graph):
    return not any(rules['with seen'](g) for g in rewritten(graph))


assert rules['with seen'](((0,), (1,), (1, 2)))
first_incurable = next(graph for graph in wrong['with seen'] if incurable(graph))
print('first that no rewriting cures:', list(first_incurable))

assert list(first_incurable) == example

# %%
# The graph
# ---------
# Generations are columns, and their numbers stand above. The two middle functions have the same
# generation; at the merge the sum takes the max of its inputs, and the output is one further.
from dezero_lite import graph as draw

x, a, b, c, y = build(example, 2.0)
draw(y, names=dict(zip(names, [x, a, b, c, y])), values=True)

# %%
# The order that was wanted: behind each function stands the turn in which it runs.


def draw_order(graph, order, names):
    variables = build(graph, 2.0)
    labels = dict(zip(names, variables))
    for k, v in enumerate(variables[1:], 1):
        ran_at = ', '.join(str(turn) for turn, f in enumerate(order, 1) if f == k)
        labels[f'{type(v.creator).__name__}: {ran_at}'] = v.creator
    return draw(variables[-1], names=labels)


draw_order(example, wanted, names)

# %%
# And the order that step 14 executes: the function of ``a`` runs third, too early, and fifth, once
# more.

draw_order(example, executed, names)

# %%
# The smallest graph for the first flaw: :math:`y = a + a`, in step 14's order.

draw_order(twice, [f for _, f in turns(twice, newest, once=False)], 'xay')

# %%
# The smallest graph for the second: :math:`y = b + a`, in step 14's order with ``seen``.

draw_order(early, early_order, 'xaby')

# %%
# And the merge that the min gets wrong: ``c`` uses ``x`` and ``b``, and stands to the right of both.

x, a, b, c, y = build(mixed, 2.0)
assert [v.generation for v in [x, a, b, c, y]] == generations(mixed) == [0, 1, 2, 3, 4]

draw(y, names=dict(zip(names, [x, a, b, c, y])))

# %%
# Why the next step is needed
# ---------------------------
# We have an order that is right on every graph, and a proof. Each variable knows its generation;
# but ``backward`` does not ask for it. `Step 16 <../stage2/step16.ipynb>`_ puts it to work, and
# looks for the cheapest way to find the largest generation again and again.

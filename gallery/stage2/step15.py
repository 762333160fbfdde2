"""
Step 15: complex graphs, theory
===============================

In which order should the functions run backward? Largest generation first, with a proof.

Step 14 gets 96 where the derivative is 64. Its rule, to add up what arrives, is right; but a
function sometimes runs before everything has arrived. Which order is safe?
"""

# %%
# Wrong beside right
# ------------------
# .. slide:: The graph that step 14 gets wrong
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    :math:`y = 2x^4` at 2: the derivative is 64, and step 14 gets 96.
#
#    .. notes::
#       Each function's derivative stands beside its arrows.
#
# Here is the graph once more: :math:`a = x^2`, then :math:`b = a^2` and :math:`c = a^2`, then
# :math:`y = b + c`. At 2 the result is 32, and each function's derivative stands beside its arrows.
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

x, a, b, c, y = [Node(data=data) for data in (2, 4, 16, 16, 32)]
first, upper, lower, last = Node(), Node(), Node(), Node()
graph(calls=[(first, [x], [a]), (upper, [a], [b]), (lower, [a], [c]), (last, [b, c], [y])],
      names={'x': x, 'a': a, 'b': b, 'c': c, 'y': y,
             'a = x²': first, 'b = a²': upper, 'c = a²': lower, 'y = b + c': last},
      values=True, local={'a = x²': '4', 'b = a²': '8', 'c = a²': '8', 'y = b + c': ('1', '1')})

# %%
# .. slide:: Both b and a wait
#    :show: predict
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       Vote. The usual wrong answer takes a, since its output has a gradient already. Then the next slide plays both.
#
# .. predict:: The functions of ``y`` and ``c`` have run. Those of ``b`` and ``a`` wait. Which must run next?
#    :answer: b = right[2].split()[0]
#    :after:
#
#    - ``right[2].split()[0]``: it still owes ``a`` a share.
#    - ``wrong[2].split()[0]``: step 14 takes it, the newest. It sends on 8 times 4, half of what
#      is due, and has to run again.
#
# .. slide:: Too early, and in time
#    :show: player
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       Step turn by turn to turn 3 and ask what a.grad is at that moment, on both sides. On the left a runs too early;
#       in turn 5 it runs again, and sends the first part once more.
#
# We go back through it twice. A function goes by the name of the variable that it makes. On the left
# is what step 14 does: it takes the newest function of the work list, and does not remember which ones
# have run. On the right is the order that we want.

takes = {'a': 'x', 'b': 'a', 'c': 'a', 'y': 'bc'}  # the inputs of each function
derivative = {'a': 4, 'b': 8, 'c': 8, 'y': 1}      # with respect to each of them


def in_step_14():
    waiting = ['y']
    while waiting:
        f = waiting.pop()
        yield f
        waiting += [v for v in takes[f] if v != 'x']


def turns(order):
    """After each turn: the function that ran, a.grad and x.grad."""
    grads = dict.fromkeys('xabc', 0) | {'y': 1}
    for f in order:
        for v in takes[f]:
            grads[v] += derivative[f] * grads[f]
        yield f'{f:4} {grads["a"]:6} {grads["x"]:6}'


wrong, right = list(turns(in_step_14())), list(turns('ycba'))
print('         step 14                 wanted')
print('turn  runs a.grad x.grad     runs a.grad x.grad')
for turn, left in enumerate(wrong):
    print(f'{turn + 1:4}  {left}     {right[turn] if turn < len(right) else ""}'.rstrip())

assert [row.split()[0] for row in wrong] == list('ycaba')
assert (int(wrong[-1].split()[2]), int(right[-1].split()[2])) == (96, 8 * 2 ** 3)

# %%
# On the left the function of ``a`` runs in turn 3, when only ``c`` has sent its 8. So it passes 32 on
# to ``x``, half of what is due. In turn 5 it runs again, ``a.grad`` is complete now, and it passes on all
# of 16, that is 64 more. On the right it waits until both shares are there, and runs once.
#
# Now you choose. The functions that wait are the buttons; one that has run joins again when more arrives
# at its output. (The result is called z here.) Which orders end at 64, with each function running once?
#
# .. you-are-backward:: a = square(x); b = square(a); c = square(a); b + c
#    :x: 2
#
# .. slide:: Once, and after all its consumers
#    :minutes: 1
#    :meeting:
#
#    A **consumer** of :math:`f` uses an output of :math:`f`. Each function must run *once, after all its consumers*.
#
#    .. notes::
#       Ask how a function could know. A variable knows its creator, and not its consumers.
#
# So this is what we need. Call a function :math:`g` a **consumer** of :math:`f` if one of the inputs of
# :math:`g` is an output of :math:`f`. Going backward, a function multiplies the gradient of its output
# and sends the products to its inputs. It must not do so before that gradient is complete, and each
# consumer contributes to it. *Each function must run once, after all its consumers.*

# %%
# Generation
# ----------
# How does a function know that all its consumers have run? It can't look at them: a variable knows the
# function that made it, and not those that use it. But a number that is noted when a function is called
# is enough.
#
# .. slide:: A number that is noted at the call
#    :show: statement picture
#    :minutes: 2
#    :meeting:
#    :recap:
#
#    .. notes::
#       x has 0, a has 1, b and c have 2, y has 3: the generations are the columns of the picture. Ask what a function
#       would have to know to wait for its consumers, and how it could learn that. At the merge the sum takes the max of
#       its inputs.
#
# Definition (generation)
# ~~~~~~~~~~~~~~~~~~~~~~~
# A leaf has generation 0. The generation of a function is the largest generation among its inputs, of
# which it has at least one. The generation of an output is that of its function, plus 1.
#
# The rule
# ~~~~~~~~
# .. slide:: Largest generation first
#    :minutes: 1
#    :meeting:
#
#    Keep a list of those waiting and a set of those seen. Take one of largest generation, run it, and add the creators
#    of its inputs that have not been seen.
#
#    .. notes::
#       Any one if there are several: the proof allows it.
#
# In our graph ``x`` has generation 0, ``a`` has 1, ``b`` and ``c`` have 2, and ``y`` has 3. All of it
# is known at the moment of the call. And if each function object is called only once, as step 11
# assumes, it never changes. So this is the rule:
#
# Keep a list of waiting functions and a set of functions seen. At first both hold the creator of
# the result :math:`y`. As long as the list is not empty: take a function of largest generation from
# it, any one if there are several, and run it; then, for each of its inputs, if the input has a creator
# that has not been seen, add that to both. (If :math:`y` is a leaf, there is nothing to run. The programs
# of this page do not know that yet, and raise an exception; step 16 does.)

# %%
# .. ask::
#    In which order should the functions run on the way back? Each variable and each function is to know how
#    late it comes; ``backward`` may stay as it is.
#
#    - ``x.generation`` of a variable that nobody computed: the smallest there is.
#    - ``f.generation`` of a function: the largest of its inputs.
#    - ``y.generation`` of an output: larger than that of its function.
#
# The program
# -----------
# .. slide:: Three lines more
#    :show: program
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       backward does not use them yet.
#
# Three lines record the generations. ``backward`` does not use them yet, so this is still step 14's
# order, on a graph that has the numbers for a better one.
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
# .. slide:: Generations are columns
#    :show: picture
#    :minutes: 2
#
#    At the merge the sum takes the max of its inputs.
#
#    .. notes::
#       The numbers of the columns stand above. Ask where a further square of y would stand.
#
# First come the generations. In the picture they are the columns, and their numbers stand above. At the
# merge the sum takes the max of its inputs, 2, and its output is one further.
#
# .. internal:: [0, 1
# .. internal:: generation == 2
from dezero_lite import graph

x = Variable(np.array(2.0))
a = square(x)
b = square(a)
c = square(a)
y = add(b, c)
print('generations of x, a, b, c, y:', [v.generation for v in [x, a, b, c, y]])

assert [v.generation for v in [x, a, b, c, y]] == [0, 1, 2, 2, 3]
assert y.creator.generation == 2 and a.creator.generation == 0
late = min(add(x, y).generation, add(y, x).generation)  # it has the sum, too, on either side
assert late > y.generation > c.generation > a.generation > x.generation
for v in [a, b, c, y, add(x, y), add(y, x)]:
    assert v.creator.generation == max(u.generation for u in v.creator.inputs)
    assert v.generation > v.creator.generation

graph(y, names={'x': x, 'a': a, 'b': b, 'c': c, 'y': y}, values=True)

# %%
# .. slide:: Newest first, and largest generation first
#    :show: picture
#    :minutes: 4
#
#    .. notes::
#       Step turn by turn to turn 3. Ask what a.grad is at that moment, on both sides.
#
# Then comes the rule, as a program of its own with a list that is sorted in each turn, and a set. Beside it
# runs ``backward`` of this page, that is, step 14's. Click a player, then use the arrow keys.
#
# .. internal::
from dezero_lite import SideBySide, play


def largest_generation_first(y):
    y.grad = np.ones_like(y.data)
    funcs, seen = [y.creator], {y.creator}
    while funcs:
        funcs.sort(key=lambda f: f.generation)
        f = funcs.pop()
        gxs = f.backward(*[output.grad for output in f.outputs])
        for x, gx in zip(f.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
            x.grad = gx if x.grad is None else x.grad + gx
            if x.creator is not None and x.creator not in seen:
                seen.add(x.creator)
                funcs.append(x.creator)


def diamond(at):
    x = Variable(np.array(at))
    a = square(x)
    b, c = square(a), square(a)
    return {'x': x, 'a': a, 'b': b, 'c': c, 'y': add(b, c)}


for at in [2.0, 3.0]:
    left, right = diamond(at), diamond(at)
    left['y'].backward()
    largest_generation_first(right['y'])
    print(f'at {at}: x.grad = {left["x"].grad} in step 14, {right["x"].grad} by the rule')
    assert (left['x'].grad, right['x'].grad) == (12 * at ** 3, 8 * at ** 3)

left, right = diamond(2.0), diamond(2.0)
SideBySide(play(left['y'], names=left), play(right['y'], largest_generation_first, right),
           ('Step 14: the newest first', 'Largest generation first'),
           'On the left the function of a runs while b still owes it a gradient; so it runs again '
           'later, and sends the first part on twice. x.grad ends at 96 in place of 64.')

# %%
# Is the rule right on every graph?
# ---------------------------------
# .. slide:: Is it right on every graph?
#    :show: statement
#    :minutes: 1
#    :meeting:
#
#    Everything rests on one inequality.
#
#    .. notes::
#       A consumer has the larger generation: one of its inputs is an output of the other function, and has one more
#       than that. Theorem and proof hang below: press the down arrow if somebody asks. A clicker goes past them.
#
# It was right on one. As in `step 11 <../stage2/step11.ipynb>`_ we assume that each function object is
# called once, and that its outputs are new variables. Everything rests on this:
#
# Lemma (generations grow)
# ~~~~~~~~~~~~~~~~~~~~~~~~
# If :math:`g` is a consumer of :math:`f`, then
# :math:`\operatorname{gen}(g) > \operatorname{gen}(f)`.
#
# *Proof.* Some input :math:`v` of :math:`g` is an output of :math:`f`, so
# :math:`\operatorname{gen}(g) \ge \operatorname{gen}(v) = \operatorname{gen}(f) + 1`, because
# the generation of :math:`g` is a maximum over inputs of which :math:`v` is one. ∎
#
# Let :math:`R` be the set of functions that can be **reached** from :math:`y`: the creator of
# :math:`y`, and with each function the creators of its inputs. It is finite, because only finitely many
# calls have been made.
#
# .. slide:: Each function once, after its consumers
#    :show: statement
#    :below:
#    :minutes: 2
#    :meeting:
#
#    Here :math:`R` is the set of functions that can be **reached** from :math:`y`.
#
#    .. notes::
#       The theorem says nothing about derivatives, only about the order.
#
# Theorem (generation order)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# The rule comes to an end. It runs each function of :math:`R` exactly once, and no other; and when
# a function runs, all its consumers in :math:`R` have already run.
#
# .. slide:: An invariant: one at least as late is waiting
#    :show: proof
#    :below:
#    :minutes: 5
#    :meeting:
#
#    .. notes::
#       Line 3 is the heart: for each function that has not run, one at least as late is waiting.
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
# run at some point, since the rule stops only when nothing waits, and then :math:`g_{i+1}` is added if
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
# .. slide:: So the gradients are right
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       None says that nobody computed it.
#
# Corollary (the gradients are right)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let every variable hold one real number, which does not change after the computation. Let every function in
# :math:`R` be differentiable at its inputs, and let its rule multiply by the derivatives there. Clear all gradients, put 1 into ``y.grad``, and follow the rule, adding as in step 14. Then, up
# to rounding:
#
# - for each leaf ``x`` from which :math:`y` can be reached, ``x.grad`` is :math:`dy/dx`, the other
#   leaves held fixed;
# - a leaf from which :math:`y` can't be reached keeps None. Its derivative is 0, and None says that
#   nobody computed it.
#
# If a function in :math:`R` has several outputs, one other than :math:`y` that no function in :math:`R`
# uses counts as having gradient 0.
#
# .. slide:: Sorted by their first function
#    :show: proof
#    :below:
#    :minutes: 5
#
#    .. notes::
#       The sum over all paths, sorted by the first function of the path.
#
# Proof of the corollary
# ~~~~~~~~~~~~~~~~~~~~~~
# By the theorem of `step 14 <../stage2/step14.ipynb>`_, applied to the variables in the order in
# which they were made, each variable :math:`w` that a function of :math:`R` made is differentiable as a
# function of :math:`x`, and :math:`dw/dx` is the sum, over the inputs :math:`v` of its creator (one given
# twice counts twice), of :math:`\partial w/\partial v \cdot dv/dx`. For leaves it is 1 if :math:`w` is
# :math:`x`, else 0. Unrolled, :math:`dy/dx` is the sum, over all paths from :math:`x` to :math:`y`, of
# the product of the partial derivatives along the path.
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
#
# And they are, by induction in the order in which functions run: when :math:`g` runs, all consumers
# of its outputs in :math:`R` have run, each once and with complete gradients, so the sum for
# :math:`P(w)` is complete; and to the 1 of :math:`y` nothing is added, for it has no consumer in
# :math:`R`. At the end the sum for ``x`` is complete too. To a leaf from which :math:`y` can't be
# reached nobody sends anything, and the sum over no paths is 0. ∎
#
# Arrays of one shape need nothing new: squares and sums work element by element, and so does the
# corollary, with ones in ``y.grad`` (`step 13 <../stage2/step13.ipynb>`_).
#
# Both assumptions are needed. A ``Square`` that is called twice gets a new generation, and the one of
# its first output no longer fits: the lemma fails. And if an output is not new, but a variable that has been
# used already, its generation grows after its consumer has read it, and the lemma fails, too.
#
# .. internal::

f, x = Square(), Variable(np.array(2.0))
a = f(x)
f(a)
assert a.creator.generation == a.generation == 1

g, f, x = Square(), Square(), Variable(np.array(2.0))
g(x)
f(square(square(x)))
x.set_creator(f)  # as if x were an output of f; g is its consumer
assert g.generation < f.generation

# %%
# And the second claim of the corollary: a leaf that ``y`` does not use keeps None.
#
# .. internal::

x = Variable(np.array(2.0))
unused = Variable(np.array(1.0))
add(square(unused), x)
largest_generation_first(square(x))
assert x.grad == 4 and unused.grad is None

# %%
# And on graphs that nobody chose?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Here are the lines of the proof in numbers, on two hundred graphs of eight squares, sums or differences
# of whatever is there already. The true derivative is computed forward, beside the values. Step 14 is
# right where no computed variable is used twice; the `next column <../stage2/breaks14.ipynb>`_ proves that.
#
# .. internal::

from collections import Counter
from random import Random


class Subtract(Function):
    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


def random_graph(random):
    """Variables of a random graph, and the derivative of each with respect to the first."""
    values, derivatives = [np.array([0.6, -0.25])], [np.ones(2)]
    made = [Variable(values[0])]
    for _ in range(8):
        i, j = random.randrange(len(made)), random.randrange(len(made))
        u, v, du, dv = values[i], values[j], derivatives[i], derivatives[j]
        f, value, slope = random.choice([
            (Square(), u ** 2, 2 * u * du), (Add(), u + v, du + dv), (Subtract(), u - v, du - dv)])
        values.append(value)
        derivatives.append(slope)
        made.append(f(made[i]) if isinstance(f, Square) else f(made[i], made[j]))
    assert np.allclose(made[-1].data, values[-1])
    return made, derivatives


def check_the_lines(y):
    """Returns whether a computed variable is used twice."""
    reached, ran, waiting = [y.creator], [], [y.creator]
    for f in reached:  # the list grows while we go through it
        reached += {v.creator for v in f.inputs} - {None, *reached}
    consumers = {f: {g for g in reached if set(f.outputs) & set(g.inputs)} for f in reached}
    while waiting:
        for g in set(reached) - set(ran):
            assert any(h is g or h.generation > g.generation for h in waiting)   # line 3
        f = max(waiting, key=lambda f: f.generation)
        assert all(g.generation > f.generation for g in consumers[f])            # the lemma
        assert consumers[f] <= set(ran)                                          # line 4
        ran.append(f)
        waiting.remove(f)
        waiting += {v.creator for v in f.inputs} - {None, *ran, *waiting}
    assert len(ran) == len(reached) and set(ran) == set(reached)                 # lines 1 and 2
    uses = Counter(v for f in reached for v in f.inputs)
    return any(uses[v] > 1 for v in uses if v.creator is not None)


def same(x, derivative):
    """None is right for a leaf that was not reached."""
    return np.allclose(0 if x.grad is None else x.grad, derivative, rtol=1e-9, atol=1e-12)


random, wrong, wrong_in_step_14 = Random(0), 0, 0
for _ in range(200):
    made, derivatives = random_graph(random)
    x, y = made[0], made[-1]
    used_twice = check_the_lines(y)
    y.backward()
    right_in_step_14 = same(x, derivatives[-1])
    assert right_in_step_14 or used_twice
    wrong_in_step_14 += not right_in_step_14
    for v in made:
        v.cleargrad()
    largest_generation_first(y)
    wrong += not same(x, derivatives[-1])
print(f'of 200 random graphs, step 14 is wrong on {wrong_in_step_14}, the rule on {wrong}')

assert wrong == 0 and wrong_in_step_14 > 50

# %%
# At a merge, the max
# ~~~~~~~~~~~~~~~~~~~
# Why the max? Because the lemma needs it: a function has to be later than *all* its inputs. Take the
# min, and a consumer that also uses an old variable looks old itself. Three functions are enough:
#
# .. math::
#
#     a = x^2, \quad b = x + a, \quad y = b + a
#
# .. slide:: At a merge, the max
#    :show: output picture
#    :minutes: 2
#    :meeting:
#
#    :math:`a = x^2`, :math:`b = x + a`, :math:`y = b + a`. With the min, ``b`` looks as old as ``x``.
#
#    .. notes::
#       The min gives 5 in place of 9: the share of a that comes through b is lost. Ask first why one should not take
#       the min. If you are late, say that the smallest graph which no choice among equals can save is in the column
#       after this page.
#
# With the min, the function of ``b`` would have generation 0 because of ``x``, and so has that of
# ``a``. Nothing tells the rule any more that ``b`` uses ``a``. If it takes ``a``'s function first, the
# share of ``a`` that comes through ``b`` is lost: :math:`y = 2x^2 + x` has the derivative 9 at 2, and 5
# arrives. (To try it, we put ``min`` in the place of Python's ``max``.)
#
# .. internal::


def tangled(at):
    x = Variable(np.array(at))
    a = square(x)
    b = add(x, a)
    return {'x': x, 'a': a, 'b': b, 'y': add(b, a)}


for at in [2.0, 3.0]:
    max = min
    with_min = tangled(at)
    del max  # Python's own again
    with_max = tangled(at)
    for v in [with_min, with_max]:
        largest_generation_first(v['y'])
    print(f'at {at}: x.grad = {with_min["x"].grad} with the min, {with_max["x"].grad} with the max')

    assert [f['b'].creator.generation for f in (with_min, with_max)] == [0, 1]
    assert (with_min['x'].grad, with_max['x'].grad) == (2 * at + 1, 4 * at + 1)

graph(with_max['y'], names=with_max)

# %%
# Written as :math:`y = a + b` the same graph happens to be right with the min. The smallest graph that
# no way of writing it and no choice among equals can save has four functions; the
# `column after this page <../stage2/breaks14.ipynb>`_ finds it by trying all graphs.
#
# Isn't there a simpler order that is right?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: The name for it: topological order
#    :minutes: 3
#
#    - the calls in reverse
#    - depth-first search
#    - counting consumers (Kahn)
#
#    All are right. A generation is known at the call, before the pass.
#
#    .. notes::
#       Oldest first, with a set of those seen, gives 64 here and is wrong in general.
#
# An order in which everything comes after what it depends on is called a **topological order**, and
# there are well-known ways to find one.
#
# - **The reverse of the order of the calls** is one: a function can only be called when its inputs are
#   there. It needs a counter that all calls share, and it depends on which of two independent parts
#   was built first. A generation is known from the inputs alone, and says where a function stands and
#   not when it was called.
# - **Depth-first search**: go back from :math:`y`, list each function when all the functions that it
#   depends on have been listed, and reverse the list. This visits the graph once *before* the pass,
#   and written as a recursion it fails on long chains, as in step 07.
# - **Counting** (`Kahn, 1962 <../../bibliography.md#kahn-1962>`_): count the consumers of each function,
#   and run those for which none is left. This visits the graph once before the pass, too. PyTorch does it.
#
# All of them are right. With generations nothing has to be done before the pass, because the work was
# done when the functions were called. (Chainer kept generations, too, and called them ranks.) The column
# runs all of these orders, and the one after step 16 compares what they cost.
#
# *Oldest first*, each function once, looks like the simplest of all, and on our example it even gives 64. It is
# wrong in general; the column has the smallest graph for that, too.

# %%
# Why not simply go down every path?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Every path: twice as many for each diamond
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Runs grow as 3 times (2 to the k, minus 1). Step 14 pays the same, and is wrong from the
#       second diamond on.
#
# Then no order is needed at all: go down *every path* from the result, carry the product along, and
# add up at the leaf. The proof of the corollary says that this sum is the derivative. But there are too
# many paths. On a ladder of k diamonds, each of them two squares and a sum, there are :math:`2^k` paths
# for :math:`3k` functions, and each path has to be walked. (At :math:`x = 1/2` the values stay 1/2,
# for :math:`2 \cdot (1/2)^2 = 1/2`, and the derivative of k diamonds is :math:`2^k`.)
#
# .. flaw::


def ladder(k, at):
    x = y = Variable(np.array(at))
    slope = 1.0
    for _ in range(k):
        slope *= 4 * y.data
        y = add(square(y), square(y))
    return x, y, slope


def down_every_path(v, gv):
    """Carry gv from v down to the leaves; return the numbers of runs of functions and of arrivals."""
    if v.creator is None:
        v.grad = gv if v.grad is None else v.grad + gv
        return 0, 1
    gxs = v.creator.backward(gv)
    gxs = gxs if isinstance(gxs, tuple) else (gxs,)
    below = [down_every_path(x, gx) for x, gx in zip(v.creator.inputs, gxs)]
    return 1 + sum(runs for runs, _ in below), sum(arrivals for _, arrivals in below)


def runs_in_step_14(y):
    funcs, runs = [y.creator], 0
    while funcs:
        runs += 1
        funcs += [x.creator for x in funcs.pop().inputs if x.creator is not None]
    return runs


print(' k  functions  runs  arrivals  x.grad    step 14: runs    x.grad')
for k in range(1, 8):
    for at in [0.6, 0.5]:
        x, y, slope = ladder(k, at)
        runs, arrivals = down_every_path(y, np.array(1.0))
        gradient = x.grad
        x.cleargrad()
        y.backward()
        assert np.isclose(gradient, slope) and np.isclose(x.grad, slope) == (k == 1)
        assert arrivals == 2 ** k and runs == runs_in_step_14(y) == 3 * (2 ** k - 1)
    print(f'{k:2} {3 * k:10} {runs:5} {arrivals:9} {gradient:7.0f} {runs_in_step_14(y):16} {x.grad:9.0f}')
    assert gradient == 2 ** k

# %%
# Step 14 pays the same price, since it runs a function again each time it is met; and from the second
# diamond on it gets a wrong result for it. Its first diamond is right, because there only the *leaf* is
# used twice, and a leaf has no function that could run twice or too early. In generation order there
# are :math:`3k` runs.

# %%
# Why the next step is needed
# ---------------------------
# We have an order that is right, and a proof. Each variable knows its generation; but ``backward`` does
# not ask for it. `Step 16 <../stage2/step16.ipynb>`_ puts it to work. If you would first like to know
# exactly which graphs step 14 gets wrong, read the `column <../stage2/breaks14.ipynb>`_.

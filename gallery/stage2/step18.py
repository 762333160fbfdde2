"""
Step 18: a table for the pass
=============================

The gradients move out of the variables into a table that the pass makes and throws away. That changes what the order
of step 15 is good for.

A pass leaves a gradient in each variable that it comes by, and the next pass stumbles over it. Where should gradients
be while a pass is under way?
"""

# %%
# Two passes, and 96
# ------------------
# .. slide:: The first pass stands in the way of the second
#    :show: output
#    :minutes: 3
#
#    :math:`y = (x^2)^2` at 2: the derivative is 32, and two passes should give 64.
#
#    .. notes::
#       Ask where the other 32 come from before the two tables are shown.
#
# Let :math:`a = x^2` and :math:`y = a^2` at 2. The derivatives are :math:`dy/da = 2a = 8` and
# :math:`da/dx = 2x = 4`, so :math:`dy/dx = 32`. Up to `step 17 <step17.ipynb>`_ two passes left 96 in ``x``. Here
# are two passes by hand, with the gradients in a table: once in one that lasts, as the variables did, and once in a
# table that is new for each pass.

import numpy as np

slope = {'y': {'a': 8}, 'a': {'x': 4}}  # the derivative of each by what it was computed from


def two_passes(new_table_each_time):
    x_grad, table = 0, {}
    for _ in range(2):
        if new_table_each_time:
            table = {}
        table['y'] = 1
        for v in 'ya':
            for u, derivative in slope[v].items():
                table[u] = table.get(u, 0) + derivative * table[v]
        x_grad = x_grad + table['x'] if new_table_each_time else table['x']
        print(f'  a has {table["a"]:2}, x has {x_grad}')
    return x_grad


print('one table:')
stale = two_passes(False)
print('a new one each time, added up at x:')
fresh = two_passes(True)
assert (stale, fresh) == (96, 64)

# %%
# In the lasting table ``a`` has 16 in the second pass: the 8 of this pass, and the 8 that the first one left there.
# All of it goes on, :math:`16 \cdot 4 = 64`, to the 32 that ``x`` had. So the cure is a table that belongs to the
# pass. It is thrown away when the pass is through, and only what has arrived at the leaves is handed out.
#
# Places
# ------
# .. slide:: A place is a leaf, or a function
#    :minutes: 3
#    :recap:
#
#    The variable that a function made, and the function itself, have one gradient. So one entry will do for both.
#
#    .. notes::
#       What does it cost? A function with two outputs is two places. We give it up.
#
# Whose gradients are in the table? Each variable that the pass comes by is owed one. But look at it from the side of
# the pass: it finds an input ``x`` of some function, and what it needs to know is where to go on from there. If ``x``
# has a creator, that is the creator; if not, ``x`` is a leaf and the way ends. So the table gets an entry for each
# **place**, and a place is either a leaf or a function. ``place_of(x)`` says which one ``x`` is at.
#
# A function then stands for its output. That works if it has one. Functions with several outputs, such as
# ``CirclePoint`` and ``Powers``, *we give up* from here on: since step 11 only examples have needed them. A cosine and
# a sine are two functions now, and work that they could share is done twice. What we gain is that a function needs no
# reference to its output, weak or not; and both failures of step 17 are gone, since there is no output any more that
# could be missing or without a gradient.
#
# .. slide:: A function counts one more than in step 15
#    :show: statement
#    :minutes: 2
#
#    Leaves have 0, and functions at least 1. So leaves come last.
#
#    .. notes::
#       All that changes is that a function has the generation of its output, so it stands one higher than before. Ask
#       whether the order among functions changes by that. It does not, since all go up together; only the leaves stay
#       where they were. Why one wants that is shown at the end of the page, and can wait till then.
#
# Definition (generation of a place)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A place has the generation of its variable: a leaf has 0, and a function has 1 plus the largest generation among its
# inputs.
#
# A variable has the generation that it had since `step 15 <step15.ipynb>`_. A function had the largest of its inputs'
# there, and has one more now, since it stands for its output. In the order among functions nothing changes by that, and
# the lemma of step 15 holds as it is. But places are leaves, too, and wait with the functions. With 0 for leaves and at
# least 1 for functions, the leaves come last, and when a leaf has its turn, nothing can arrive there any more. With
# step 15's numbers a leaf and a function right above it would tie; what that does is shown below.
#
# .. ask::
#    A pass leaves a gradient in each variable that it comes by, and the next pass stumbles over it.
#    Where should gradients be while a pass is under way?
#
#    - ``y.backward()``: what arrives at a variable that nobody computed is added to its ``grad``.
#      No other variable gets one, and a second pass gives the same once more. Each gradient is an
#      array of its own.
#    - A pass begins with ones, whatever ``grad`` holds.
#    - ``backward_pass(y)`` returns the gradients of a pass in a dictionary, that of each leaf under
#      ``place_of(x)``. It touches no ``grad``.
#    - A function has one output from now on, and notes its ``inputs`` and its ``generation``.
#    - ``square``, ``add``, ``Square`` and ``Add`` as before.

# %%
# The program
# -----------
# .. slide:: The pass stands outside the class
#    :show: program
#    :pieces: backward_pass
#    :minutes: 5
#
#    .. notes::
#       Ask why seen is gone.
#
# .. slide:: What arrives at a leaf is added to its grad
#    :show: program
#    :pieces: Variable.backward place_of Function
#    :minutes: 3
#
#    .. notes::
#       Point at ``gradient = x.grad + gradient`` and ask why it says gradient on the left and is not an in-place
#       addition. Somebody will find the shared array of step 14. Then come to ``np.array``: it copies, so that what is
#       handed out belongs to the caller. ``Function`` no longer knows its output; let the room find the line that is
#       missing.
#
# ``backward_pass`` is the loop of step 16, as a function of its own. An entry of the table is made when the first
# gradient arrives at a place, and at that moment the place is put on the heap. So ``seen`` is not needed any more:
# the question whether a place is waiting is the question whether it is in the table. When its turn comes, its gradient
# is taken out; a function sends it on, a leaf keeps it.
#
# ``Variable.backward`` adds what the pass has found to the ``grad`` of each leaf, and copies it.
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
        self.generation = f.generation

    def cleargrad(self):
        self.grad = None

    def backward(self):
        for x, gradient in backward_pass(self).items():
            if x.grad is not None:
                gradient = x.grad + gradient
            x.grad = np.array(gradient)


def backward_pass(y):
    gradients = {place_of(y): np.ones_like(y.data)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place.generation == 0:
            found[place] = gy
            continue
        gxs = place.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for x, gx in zip(place.inputs, gxs):
            parent = place_of(x)
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def place_of(x):
    return x if x.creator is None else x.creator


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


class Function:
    def __call__(self, *inputs):
        xs = [x.data for x in inputs]
        y = self.forward(*xs)
        output = Variable(as_array(y))
        self.generation = 1 + max(x.generation for x in inputs)
        output.set_creator(self)
        self.inputs = inputs
        return output


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
# .. slide:: Two passes, twice the gradient
#    :show: output
#    :minutes: 2
#
#    .. notes::
#       a.grad is None: a is no leaf. The next step but one gives it back to those who ask.
#
# Two passes give twice the gradient now. ``a`` is no leaf and has none; if it is the result of a pass of its own, that
# starts afresh.

x = Variable(np.array(2.0))
a = square(x)
y = square(a)
for _ in range(2):
    y.backward()
    print('x.grad =', x.grad, ' a.grad =', a.grad)
assert x.grad == 64 and a.grad is None

x.cleargrad()
a.backward()
assert x.grad == 4

# %%
# Here is the pass through step 15's diamond, :math:`y = 2x^4` with the derivative :math:`8x^3 = 64`. Under each
# variable stands what the table has for its place, and what has been sent on from there. The line below the picture
# is the table. Watch how ``a`` gets its second 8 while the first is still there.
from dezero_lite import SideBySide, play


def diamond(at):
    x = Variable(np.array(at))
    a = square(x)
    b, c = square(a), square(a)
    return {'x': x, 'a': a, 'b': b, 'c': c, 'y': add(b, c)}


v = diamond(2.0)
v['y'].backward()
assert v['x'].grad == 64
play(v['y'], names=v)

# %%
# Does the order still matter?
# ----------------------------
# .. slide:: Step 14's order, on this table
#    :show: predict output
#    :minutes: 4
#
#    Newest first gave 96. With the table it is the same order, and each gradient is taken out when it is sent.
#
#    .. notes::
#       Let everybody write down a number: 96, 64, or something else.
#
# ``gradients.pop`` takes out what is sent on. That changes more than it seems. What if a function runs too early now?
#
# .. predict:: Step 14 takes the newest function first and gets 96 in place of 64. With this page's table, and the same
#    order, what does it get?
#    :answer: 64 = int(found['newest first'])
#    :type: number
#    :after:
#
#    - ``int(found['newest first'])``: the function of ``a`` runs twice, with 8 each time, and not with 8 and then 16.
#    - ``int(12 * 2.0 ** 3)``: that is step 14, where the second run sends all of ``a.grad`` once more.
#    - ``int(4 * 2.0 ** 3)``: as if what comes later had been lost. It gets an entry of its own.
#
# The loop below is this page's pass with the choice left open: ``choose`` picks one of the functions that wait. Only
# when none does are the leaves taken. It counts how often functions were run.
#
# .. internal::

from random import Random


def pass_with(choose):
    def run(y):
        gradients = {place_of(y): np.ones_like(y.data)}
        waiting, found, runs = [place_of(y)], {}, 0
        while waiting:
            place = choose([p for p in waiting if p.generation > 0] or waiting)
            waiting.remove(place)
            gy = gradients.pop(place)
            if place.generation == 0:
                found[place] = gy
                continue
            runs += 1
            gxs = place.backward(gy)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(place.inputs, gxs):
                parent = place_of(x)
                if parent in gradients:
                    gradients[parent] = gradients[parent] + gx
                else:
                    gradients[parent] = gx
                    waiting.append(parent)
        return found, runs
    return run


def ladder(k):
    x = y = Variable(np.array(0.5))
    for _ in range(k):
        y = add(square(y), square(y))
    return {'x': x, 'y': y}


orders = {
    'largest generation first': lambda waiting: max(waiting, key=lambda place: place.generation),
    'newest first': lambda waiting: waiting[-1],
    'oldest first': lambda waiting: waiting[0],
    'smallest generation first': lambda waiting: min(waiting, key=lambda place: place.generation),
    'by chance': Random(0).choice,
}
found, counts = {}, {}
print('                              diamond          ten diamonds')
print('order                      x.grad  runs        x.grad  runs')
for name, choose in orders.items():
    row = []
    for v in [diamond(2.0), ladder(10)]:
        gradients, runs = pass_with(choose)(v['y'])
        row += [float(gradients[v['x']]), runs]
    found[name], counts[name] = row[0], row[3]
    print(f'{name:25}{row[0]:8}{row[1]:6}{row[2]:14}{row[3]:6}')
    assert row[0] == 64 and row[2] == 2 ** 10
assert counts['largest generation first'] == 30 == min(counts.values())
assert counts['newest first'] == counts['smallest generation first'] == 3 * (2 ** 10 - 1)

# %%
# The gradients are all the same. For suppose that a function runs too early. It sends on what has arrived so far. When
# more arrives, it gets a new entry and runs once more, and then it sends on *the rest only*. Nothing is sent twice and
# nothing is lost. What the order decides is the price: 30 runs for thirty functions, or 3069.
#
# .. slide:: With the table every order is right
#    :show: statement
#    :minutes: 3
#
#    .. notes::
#       The theorem of step 15 is about order. This one says what the order is for.
#
# Theorem (with the table every order is right)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let all values be numbers, let each function object be called once and be differentiable at its inputs, and let its
# rule multiply ``gy`` by the derivatives. Run the pass with *any* choice among the functions that wait, and take leaves
# only when no function waits. Then it ends, and what it finds at each leaf is the derivative of :math:`y`, up to
# rounding. With the largest generation first, each function runs once.
#
# .. slide:: What was sent, and what is in the table
#    :show: proof
#    :below:
#    :minutes: 5
#
#    .. notes::
#       The invariant is bookkeeping: what has arrived is what was sent on plus what is still there.
#
# Proof (every order)
# ~~~~~~~~~~~~~~~~~~~
# **Line 1: it ends.** The place of :math:`y` has one turn, since no function that can be reached uses :math:`y` (step
# 11). Each run of a function sends one gradient along each of its inputs, and a place has a turn only if something has
# arrived since its last one. So a place has at most as many turns as its variable has uses, each use being counted as
# often as its function runs. By the same count as for `paths <breaks14.ipynb#proof-runs-are-paths>`_, these are at most
# as many as there are paths from the variable to :math:`y`, and paths are finitely many.
#
# **Line 2: an invariant.** For a place :math:`p`, let :math:`S(p)` be the sum of what was taken out of the table for
# it, and :math:`T(p)` what is there now, or 0. *At the start of each turn* :math:`S(p) + T(p)` *is the sum of all that
# has arrived at* :math:`p`, where the 1 of :math:`y` counts as arrived. For an arrival adds to :math:`T(p)`, and
# ``pop`` moves all of :math:`T(p)` to :math:`S(p)`.
#
# **Line 3: rules are linear.** A function :math:`g` has sent :math:`\partial g/\partial p` times each of its portions
# to the input :math:`p`, so in all :math:`\partial g/\partial p \cdot S(g)`. At the end the table is empty. So
#
# .. math::
#
#     S(p) = \sum_{g} \frac{\partial g}{\partial p}\, S(g)
#
# over all uses of :math:`p` as an input of a function that can be reached, for each place but that of :math:`y`; and
# there :math:`S = 1`, for nothing arrives at it later.
#
# **Line 4.** These are the equations for :math:`P` in the proof of `step 15's corollary
# <step15.ipynb#proof-of-the-corollary>`_. They give :math:`S` from the larger generations down, hence :math:`S = P`,
# the derivative of :math:`y`. A leaf is taken out once, because when no function waits nothing can be sent any more; so
# what is found there is all of :math:`S`.
#
# **Line 5: once.** A function sends only to places of smaller generation. So with the largest generation first, the
# generations that are taken never grow; and after a function has run, no function that runs later can send anything to
# it. It runs once. ∎
#
# .. slide:: Two orders on the table, and both end at 64
#    :show: picture
#    :minutes: 4
#
#    .. notes::
#       Ask for each entry before it appears. What is in the table is what waits.
#
# How does another order look?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The order is a matter of cost, then, *with this table*. Without it, in steps 14 to 17, it was a matter of right and
# wrong. Here are the two players of step 15 once more, both on the table. In turn 3 on the left ``a`` sends on its 8;
# in turn 4 it gets another 8, for which it runs again in turn 5.
#
# .. internal::

left, right = diamond(2.0), diamond(2.0)
newest_first = pass_with(orders['newest first'])
pair = SideBySide(play(left['y'], newest_first, left), play(right['y'], names=right),
                  ('Newest first, with the table', 'This page: largest generation first'),
                  'On the left the function of a runs while b still owes it a gradient. What it sends '
                  'on is taken out of the table; so it runs again for the rest alone, and both end at 64.')
assert pair.left.moments[-1].grads[0] == pair.right.moments[-1].grads[0] == 'found 64'
pair

# %%
# And on graphs that nobody chose?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# We take two hundred random graphs of eight squares, sums and differences, each with all five orders, and compute the
# derivative forward beside the values. No order is wrong on any of them, and on none has largest generation first more
# runs than another.
#
# .. internal::


class Subtract(Function):
    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


random, wrong, dearer = Random(1), 0, dict.fromkeys(orders, 0)
for _ in range(200):
    made, slopes = [Variable(np.array([0.6, -0.25]))], [np.ones(2)]
    for _ in range(8):
        i, j = random.randrange(len(made)), random.randrange(len(made))
        u, v, du, dv = made[i], made[j], slopes[i], slopes[j]
        w, slope = random.choice([
            (square(u), 2 * u.data * du), (add(u, v), du + dv), (Subtract()(u, v), du - dv)])
        made.append(w)
        slopes.append(slope)
    runs = {}
    for name, choose in orders.items():
        gradients, runs[name] = pass_with(choose)(made[-1])
        wrong += not np.allclose(gradients[made[0]], slopes[-1], rtol=1e-9, atol=1e-12)
    for name in orders:
        dearer[name] += runs[name] > runs['largest generation first']
        assert runs[name] >= runs['largest generation first']
print('wrong:', wrong, ' graphs on which an order runs more functions than needed:')
print(dearer)
assert wrong == 0 and dearer['newest first'] > 50

# %%
# One more than in step 15
# ------------------------
# .. slide:: With step 15's count, a leaf comes too early
#    :show: output
#    :minutes: 2
#
#    :math:`y = x + x^2` at 2. The derivative is 5.
#
#    .. notes::
#       Ask what could go wrong if a leaf and a function right above it had the same number. Many expect a gradient that
#       is counted twice; what comes is one that is lost, since the leaf has had its turn when the square sends its
#       share. These are two minutes that one can save: the program says it with ``1 +``.
#
# Why is a function's generation one more than before? Because the theorem wants the leaves to be taken last, and so
# each function has to count more than any leaf. In the graph of :math:`y = x + x^2`, with the generations as columns, a
# function stands in the column of its output now, and ``x`` has its column to itself:
from dezero_lite import graph

x = Variable(np.array(2.0))
y = add(x, square(x))
graph(y, names={'x': x, 'y': y}, values=True)

# %%
# What would step 15's count do?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# With it a function has the largest generation of its inputs. Then a function of leaves has 0, as the leaves have, and
# which of the two is taken depends on which came first. In :math:`y = x + x^2` the sum sends to ``x`` before it sends
# to the square. So the leaf is taken, the square sends it something after that, and what was found first is written
# over.
#
# .. internal:: pass_with_step_15_generations
# .. internal:: generation for v


def pass_with_step_15_generations(y):
    count = lambda place: place.generation - isinstance(place, Function)
    gradients, waiting, found = {place_of(y): np.ones_like(y.data)}, [place_of(y)], {}
    while waiting:
        place = max(waiting, key=count)  # of several the first
        waiting.remove(place)
        gy = gradients.pop(place)
        if isinstance(place, Variable):
            found[place] = gy
            continue
        gxs = place.backward(gy)
        for x, gx in zip(place.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
            parent = place_of(x)
            if parent not in gradients:
                waiting.append(parent)
            gradients[parent] = gradients.get(parent, 0) + gx
    return found


print("step 15's count:", pass_with_step_15_generations(y)[x], " this page's:", backward_pass(y)[x])
assert pass_with_step_15_generations(y)[x] == 2 * 2
assert backward_pass(y)[place_of(x)] == 1 + 2 * 2
assert [v.generation for v in (x, y.creator.inputs[1], y)] == [0, 1, 2]
assert [place_of(v).generation for v in (x, y.creator.inputs[1], y)] == [0, 1, 2]

# %%
# That a leaf has 0 and a function has not is used once more: ``place.generation == 0`` asks whether a place is a leaf.
#
# Why is the gradient copied at the end?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# ``Add`` returns ``gy, gy``, one array twice. Up to step 17 the two inputs of a sum then had one array as their
# gradient. If you wrote into one of them, the other changed, too. In the table sharing does no harm, because the
# program writes into none of its arrays; what is handed out is ``np.array(gradient)``, a copy.

u, w = Variable(np.array([2.0, 3.0])), Variable(np.array([5.0, 7.0]))
add(u, w).backward()
u.grad *= 100
print('u.grad =', u.grad, ' w.grad =', w.grad)
assert u.grad.tolist() == [100, 100] and w.grad.tolist() == [1, 1]

# %%
# And if y has a gradient, or is a leaf?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A pass starts from 1, whatever ``y.grad`` holds. In step 17 it started from ``y.grad`` if there was one, and so a pass
# from ``a`` after one from ``y`` started from what was left there. (A later step lets you start from something else.)
# And the derivative of a leaf by itself is 1; each pass adds it.

x = Variable(np.array(3.0))
a = square(x)
y = square(a)
y.backward()
x.cleargrad()
a.grad = np.array(18.0)  # what a pass of step 17 would have left
a.backward()
assert x.grad == 6

x.cleargrad()
for _ in range(3):
    x.backward()
assert x.grad == 3

# %%
# Does everything from before still work?
# ---------------------------------------
# Here are the graphs of steps 14 to 16 once more, with the number of runs, since by the theorem a wrong order may show
# in nothing else. And the memory of step 17 is looked at: after ``del`` the function that made the result is gone,
# though the collector has not been asked.
#
# .. internal:: creator

import gc
import weakref


class Noted(Square):
    runs = 0

    def backward(self, gy):
        Noted.runs += 1
        return super().backward(gy)


noted = lambda x: Noted()(x)
cases = {  # what is computed, its derivative at 2, and how many squares it has
    'x²': (lambda x: noted(x), 4, 1),
    'diamond': (lambda x: (lambda a: add(noted(a), noted(a)))(noted(x)), 64, 3),
    'a + a²': (lambda x: (lambda a: add(a, noted(a)))(noted(x)), 36, 2),
    'b + (x + b)': (lambda x: (lambda b: add(b, add(x, b)))(noted(x)), 9, 1),
    'a² + a': (lambda x: (lambda a: add(noted(a), a))(noted(x)), 36, 2),
    '(x + a) + a': (lambda x: (lambda a: add(add(x, a), a))(noted(x)), 9, 1),
    'ladder': (lambda x: (lambda a: add(noted(a), noted(a)))(add(noted(x), noted(x))), 256, 4),
    'x + x²': (lambda x: add(x, noted(x)), 5, 1),
    'x² + x': (lambda x: add(noted(x), x), 5, 1),
}
gc.disable()
for name, (compute, derivative, squares) in cases.items():
    x, Noted.runs = Variable(np.array(2.0)), 0
    y = compute(x)
    y.backward()
    assert (x.grad, Noted.runs) == (derivative, squares), name
    y.backward()
    assert x.grad == 2 * derivative, name
    witness = weakref.ref(y.creator)
    del y
    assert witness() is None, name
gc.enable()

x = Variable(np.array([2.0, -1.0]))
y = add(add(x, x), x)
y.backward()
assert x.grad.tolist() == [3, 3]  # with += in the table it would be 4
first = x.grad
y.backward()
assert first.tolist() == [3, 3] and x.grad.tolist() == [6, 6]

u, w = Variable(np.array(2.0)), Variable(np.array(5.0))
y = add(u, w)
y.backward()
y.backward()
assert (u.grad, w.grad) == (2, 2)

# %%
# What is still wrong
# -------------------
# .. slide:: Next: what does a function have to keep?
#    :show: output
#    :minutes: 1
#
#    A sum needs none of its inputs, and holds them all the same.
#
#    .. notes::
#       Ask which other rules could do with less than their inputs. A square can't, and most people stop looking there;
#       the exponential could do with its output. Leave it at that, it is the first slide of step 19.
#
# While a graph lives, each function holds its input variables, and they hold their arrays, whether its rule reads them
# or not. A sum reads nothing:
#
# .. flaw::

x = Variable(np.zeros(1000))
y = add(x, x)
z = add(y, x)
held = weakref.ref(y.data)
del y
print('the array between two sums is still there:', held() is not None)
assert held() is not None

# %%
# `Step 19 <step19.ipynb>`_ asks what a function has to keep. And sometimes one does want the gradient of ``a``, which
# this program throws away; that is `step 20 <step20.ipynb>`_.

"""
Step 20: which gradients stay, and no graph at all
==================================================

Gradients stay where they are asked for, and a block without recording keeps nothing. Both must hold whatever happens:
a second pass, an exception, another thread, blocks that end in another order.

The pass throws its table away. How does one ask for a gradient in the middle of a graph? And how does one say that
no graph is wanted?
"""

# %%
# A switch for recording
# ----------------------
# .. slide:: Two blocks and one switch
#    :show: predict
#    :minutes: 3
#
#    Each block puts back what it found.
#
#    .. notes::
#       On the board: what does A find, what does B find?
#
# To test a trained network one wants values and no graph. So there has to be a switch, ``recording``, and a block
# ``with ...:`` that turns it off and, at its end, puts it back. Here is the obvious way: the block remembers what it
# found. Blocks mostly end in the opposite order of their beginnings, the inner one first; but they need not.
#
# .. predict:: Two blocks A and B. A opens, B opens, A ends, B ends, and each puts back what it found. Is recording on
#    again at the end?
#    :answer: no, it stays off = said[recording]
#    :after:
#
#    - ``said[recording]``: B found it off, because A was open. So B turns it off when it ends, with no block open.
#    - ``said[not recording]``: if B ended first it would be. But B ends last, and it found the switch off.

recording = True
said = {True: 'yes, it is on', False: 'no, it stays off'}


class Block:
    def begin(self):
        global recording
        self.found, recording = recording, False

    def end(self):
        global recording
        recording = self.found


for order in ['A B, B A', 'A B, A B']:
    recording, blocks = True, {'A': Block(), 'B': Block()}
    for step, name in enumerate(order.replace(', ', ' ').split()):
        blocks[name].begin() if step < 2 else blocks[name].end()
        print(f'{name} {"begins" if step < 2 else "ends":7} recording: {recording}')
    print()
assert recording is False

# %%
# .. slide:: A number in place of a switch
#    :show: output
#    :minutes: 2
#
#    Count the blocks that are open.
#
#    .. notes::
#       Ask for a repair before you show it. Often somebody wants each block to remember *who* was open; a number is
#       enough, since nobody has to know which blocks are open, only whether any is. Go through the four steps of the
#       printed line with the finger: one, two, one, none.
#
# In the second half recording is on while B is still open, and off for good when none is: two mistakes, and no message.
# A *number* can do better than a switch: count the blocks that are open. A block adds 1, and takes 1 away at its end,
# in whatever order. Something is recorded if the number is 0.

pauses = 0
history = []
for by in [1, 1, -1, -1]:
    pauses += by
    history.append(pauses)
print('open blocks:', history, ' recording:', [count == 0 for count in history])
assert history == [1, 2, 1, 0]

# %%
# A gradient in the middle
# ------------------------
# .. slide:: The gradient stays at the place
#    :minutes: 3
#
#    ``a.retain_grad()`` notes at the place that its gradient is wanted. ``a.grad`` reads it there.
#
#    .. notes::
#       Why not in the variable? Nobody in the graph knows it.
#
# The pass of `step 19 <step19.ipynb>`_ has the gradient of each place in its table, until the place has its turn. To
# keep one, the pass must be told which, and it must know where to put it. In the variable? No function knows its
# output, and none should: that was the circle of step 17. But the pass knows the *place*. So a gradient lives at the
# place, for leaves and functions alike: ``a.retain_grad()`` sets a mark there, and ``a.grad`` looks there. A leaf is
# its own place and always has the mark.
#
# .. ask::
#    How does one ask for a gradient in the middle of a graph? And how does one say that no graph is
#    wanted?
#
#    - ``v.retain_grad()`` asks for the gradient of ``v`` in all passes from now on; ``v.grad``,
#      ``v.grad = ...`` and ``v.cleargrad()`` work for it as for a leaf.
#    - ``with no_grad():`` is a block in which nothing is recorded, in this thread. Several blocks may be
#      open, and end in any order, by an exception, too. When none is open, functions are recorded again.
#    - What is computed there has ``creator`` None.

# %%
# The program
# -----------
# .. slide:: How many blocks are open?
#    :show: program
#    :pieces: pauses paused no_grad
#    :minutes: 4
#
#    .. notes::
#       contextmanager: what is before yield is done at the beginning of the block, what is after it at the end.
#
# .. slide:: A gradient lives at its place
#    :show: program
#    :pieces: Variable.grad Variable.retain_grad Variable.backward
#    :minutes: 3
#
#    .. notes::
#       Ask what happens at ``v.grad = 3``, now that there is a property: it goes to the place. So a variable that is
#       made anew at the same place finds its gradient there. ``backward`` adds at the place as well, and no longer
#       needs the variable. When late, leave the property and show ``retain_grad``.
#
# ``pauses`` is the number of open blocks. It is a *context variable*: each thread has its own. ``@contextmanager``
# makes a block out of a function: what stands before ``yield`` is done when the block begins, what stands after it when
# the block ends. Because of ``finally`` it is done however the block ends.
#
# ``grad`` is a *property* now: reading or setting ``v.grad`` calls one of the two functions of that name. The pass
# keeps what it takes out for a place that ``retains``. In ``Function.__call__``, two lines return a variable without a
# past where a block is open; and what is the same for all variables at first stands in the class.
import heapq
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

pauses = ContextVar('pauses', default=0)  # how many blocks of no_grad are open


@contextmanager
def paused(by):
    pauses.set(pauses.get() + by)
    try:
        yield
    finally:
        pauses.set(pauses.get() - by)


def no_grad():
    return paused(1)


class Variable:
    creator = None
    generation = 0
    gradient = None
    retains = True

    def __init__(self, data):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data

    @property
    def grad(self):
        return place_of(self).gradient

    @grad.setter
    def grad(self, gradient):
        place_of(self).gradient = gradient

    def cleargrad(self):
        self.grad = None

    def retain_grad(self):
        place_of(self).retains = True

    def backward(self):
        for place, gradient in backward_pass(self).items():
            if place.gradient is not None:
                gradient = place.gradient + gradient
            place.gradient = np.array(gradient)


def backward_pass(y):
    gradients = {place_of(y): np.ones_like(y.data)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place.retains:
            found[place] = gy
        if place.generation == 0:
            continue
        gxs = place.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(place.parents, gxs):
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def place_of(x):
    return x if x.creator is None else x.creator


def variable_at(place, data):
    variable = Variable(np.asarray(data))
    variable.creator, variable.generation = place, place.generation
    return variable


class Function:
    gradient = None
    retains = False
    keeps_xs = True
    keeps_y = False

    def __call__(self, *inputs):
        xs = tuple([x.data for x in inputs])
        y = self.forward(*xs)
        if pauses.get():
            return Variable(np.asarray(y))
        self.parents = tuple(map(place_of, inputs))
        self.generation = 1 + max([place.generation for place in self.parents])
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = y
        return variable_at(self, y)


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
        return gy * self.y


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
#    .. notes::
#       Ask which of the three lines will say None. ``b`` is clear; ask about ``y`` as well, whose gradient is 1 and
#       which still keeps none, for nobody asked for it. PyTorch does the same, and warns those who read ``.grad`` of a
#       variable that is no leaf.
#
# We take :math:`y = (a + e^a)^2` with :math:`a = x^2`, at :math:`x = 1.5`. Then
# :math:`\mathrm{d}y/\mathrm{d}a = 2\,(a + e^a)(1 + e^a)`, and :math:`\mathrm{d}y/\mathrm{d}x` is
# :math:`2x = 3` times that.
#
# .. internal:: variable_at

x = Variable(np.array(1.5))
a = square(x)
b = exp(a)
c = add(a, b)
y = square(c)
a.retain_grad()
y.backward()
print(f'x.grad = {x.grad:.6f}\na.grad = {a.grad:.6f}\nb.grad = {b.grad}')

e = np.exp(2.25)
assert np.isclose(a.grad, 2 * (2.25 + e) * (1 + e), rtol=1e-14, atol=0)
assert np.isclose(x.grad, 3 * a.grad, rtol=1e-14, atol=0) and b.grad is None and y.grad is None
assert a.creator.gradient is a.grad and variable_at(a.creator, a.data).grad is a.grad

# %%
# .. slide:: Gradients where they were asked for
#    :show: picture
#    :minutes: 1
#
#    One is at the leaf, and one at ``a``, which was asked for it.
#
#    .. notes::
#       The same pass as a picture, for those who do not read printed lines. Ask why the result itself has no gradient.
#       It may be skipped if the output has been understood.
#
# In the picture of what this pass has left, gradients stand at the leaf and at ``a``:
from dezero_lite import graph

graph(y, names={'x': x, 'a': a, 'b': b, 'c': c, 'y': y}, values=True, grads=True)

# %%
# And in a block without recording no function keeps anything. What comes out is a leaf.
#
# .. internal:: generation

with no_grad():
    z = square(a)
assert z.creator is None and z.generation == 0 and z.data == 1.5 ** 4
assert square(a).creator is not None  # recorded again

# %%
# What a second backward does
# ---------------------------
# .. slide:: A second backward: stale, added up, or fresh
#    :show: output
#    :minutes: 4
#
#    :math:`y = (x^2)^2` at 2. The derivative is 32.
#
#    .. notes::
#       PyTorch asks for retain_graph=True, or it refuses.
#
# A second backward through the same graph can mean three things, and engines differ. The gradients that the first
# pass found in the middle can be sent on once more: they are **stale**. Or each pass computes its own, and what arrives
# at a leaf is **added up** there. Or nothing is added, and the answer of each pass is **fresh**. Here they are, for
# :math:`y = (x^2)^2` at 2, with the derivative 32:
#
# .. internal:: kept
# .. internal:: only_this_pass
# .. internal:: assert meanings

x = Variable(np.array(2.0))
a = square(x)
y = square(a)
meanings = {}

kept = {y.creator: np.array(1.0)}  # the gradients outlive the pass
for _ in range(2):
    for f in [y.creator, a.creator]:
        kept[f.parents[0]] = kept.get(f.parents[0], 0.0) + f.backward(kept[f])
meanings['stale'] = float(kept[x])

for _ in range(2):
    y.backward()
meanings['added up'] = float(x.grad)

for _ in range(2):
    only_this_pass = backward_pass(y)
meanings['fresh'] = float(only_this_pass[x])

who = {'stale': 'steps 14 to 17', 'added up': 'backward, from step 18 on', 'fresh': 'backward_pass'}
for meaning, value in meanings.items():
    print(f'{meaning:10}{value:5}  {who[meaning]}')
assert meanings == {'stale': 96, 'added up': 64, 'fresh': 32}

# %%
# PyTorch adds up as we do, if it is told ``retain_graph=True`` in the first pass; without it, it answers that one is
# "trying to backward through the graph a second time". ``dezero_lite`` adds up as well:

import dezero_lite

X = dezero_lite.Variable(np.array(2.0))
Y = X ** 4
Y.backward()
Y.backward()
assert X.grad == meanings['added up']

# %%
# A gradient that is retained does not make a pass stale, because no pass *reads* it. It is added to, like a leaf's. And
# a pass from ``a`` itself starts from 1, whatever has been retained there:

x.cleargrad()
a.retain_grad()
for passes in [1, 2]:
    y.backward()
    print(f'after {passes}: a.grad = {a.grad}, x.grad = {x.grad}')
    assert (a.grad, x.grad) == (8 * passes, 32 * passes)
x.cleargrad()
a.backward()
assert x.grad == 4

# %%
# Are ``retain_grad``, ``retain_graph`` and ``create_graph`` the same?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# They are three different things, and readers who go on to PyTorch meet all of them.
#
# - ``retain_grad``: keep the *gradient* of an intermediate variable. This page.
# - ``retain_graph``: keep the *arrays that the rules read*, for another pass. PyTorch throws them
#   away in the pass unless told otherwise; hence its message. Here they live as long as the graph, and the
#   graph lives as long as someone holds ``y``. There is nothing to ask for.
# - ``create_graph``: let the pass itself be *recorded*, so that gradients can be differentiated.
#   That is step 32. Until then gradients are NumPy's:

assert isinstance(x.grad, np.ndarray) and not isinstance(x.grad, Variable)

# %%
# Is None the same as 0?
# ~~~~~~~~~~~~~~~~~~~~~~
# No. 0 is a derivative: to first order, the result does not change with this variable. None says that no pass has left
# anything here: none has reached it, or nobody had asked for its gradient.

x, unused = Variable(np.array(0.0)), Variable(np.array(3.0))
a = square(x)
square(a).backward()
print(x.grad, unused.grad, a.grad)
assert x.grad == 0 and unused.grad is None and a.grad is None

# %%
# Why are gradients copied?
# ~~~~~~~~~~~~~~~~~~~~~~~~~
# A sum hands one array to both of its inputs. If both are retained, and each passes on to a leaf, four places could
# have one array between them. ``np.array(gradient)`` copies, so that whoever writes into one changes no other.

u, w = Variable(np.array([2.0, 3.0])), Variable(np.array([5.0, 7.0]))
a, b = add(u, w), add(u, w)
y = add(a, b)
for v in (a, b, y):
    v.retain_grad()
y.backward()
u.grad *= 100
a.grad *= 10
print('a:', a.grad, ' b:', b.grad, ' y:', y.grad, ' u:', u.grad, ' w:', w.grad)
assert (b.grad.tolist(), y.grad.tolist(), w.grad.tolist()) == ([1, 1], [1, 1], [2, 2])
assert (a.grad.tolist(), u.grad.tolist()) == ([10, 10], [200, 200])

# %%
# No graph
# --------
# .. slide:: What a chain of a hundred squares keeps
#    :show: output
#    :minutes: 2
#
#    It is recorded, then not recorded, then recorded with all gradients retained.
#
#    .. notes::
#       Guess the three numbers before the output. The middle one is where people hesitate: they know that no graph is
#       kept and still say none, forgetting the result. For the third ask what is added to what: a gradient at each
#       place, as many as there are values.
#
# How many arrays are alive after a hundred squares, if only the result is in our hand? Recorded, it is the
# hundred of `step 19 <step19.ipynb>`_; in a block of ``no_grad`` one, the result. And if all gradients are retained,
# a pass leaves a gradient at each place besides.
#
# .. internal:: all retained

import weakref

n = 100


def chain(n, retain=False):
    """The last variable of a chain of squares, witnesses of its values, and its places."""
    y, values, places = Variable(np.array([0.25, 0.5])), [], []
    for _ in range(n):
        y = square(y)
        values.append(weakref.ref(y.data))
        places.append(place_of(y))
        if retain:
            y.retain_grad()
    return y, values, places


def alive(witnesses):
    return sum(witness() is not None for witness in witnesses)


counts = {}
y, values, _ = chain(n)
counts['recorded'] = alive(values)
with no_grad():
    y, values, places = chain(n)
    del places  # without a graph these are the variables themselves
    counts['no_grad'] = alive(values)
y, values, places = chain(n, retain=True)
y.backward()
counts['recorded, all retained'] = alive(values) + sum(place.gradient is not None for place in places)
for name, count in counts.items():
    print(f'{name:24}{count:4}')
assert counts == {'recorded': n, 'no_grad': 1, 'recorded, all retained': 2 * n}

# %%
# .. slide:: Without a graph, three arrays at a time
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       Say it as a promise: however long the chain, three arrays. Ask which three, while a function runs. Most find the
#       input and the output; the leaf is forgotten, because nobody but the caller needs it. The proof is three lines of
#       counting references, and can be left to the page.
#
# Proposition (a chain without a graph)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let a chain of functions of one input, each of which returns a new array, be computed in a block of ``no_grad``, each result taking the place of the one
# before. Then at no time are there more than three arrays of it: the leaf's, and those of the input and the output of
# the function that runs.
#
# Proof (a chain without a graph)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# In the block ``__call__`` returns before the function notes anything, and the output has no creator. So the array of
# an output is held by its variable, and that by the caller alone. When the caller puts the next output in its place,
# nothing refers to it any more, and it is freed by `counting <step17.ipynb>`_. During a call there are the input and
# the output, between calls one of them, besides the leaf. ∎
#
# Is that so?
# ~~~~~~~~~~~
# A function that looks around while it runs sees one of the arrays computed before, its input:

values, most = [], 0


class Looking(Square):
    def forward(self, x):
        global most
        most = max(most, alive(values))
        y = super().forward(x)
        values.append(weakref.ref(y))
        return y


with no_grad():
    y = Variable(np.array([0.25, 0.5]))
    for _ in range(n):
        y = Looking()(y)
assert most == 1

# %%
# Whatever happens in the block
# -----------------------------
# .. slide:: An exception, another thread, another order
#    :show: output
#    :minutes: 3
#
#    When no block is open, functions are recorded again.
#
#    .. notes::
#       Three ways in which a switch is spoiled in practice. Ask the room for one more. For the exception, ask which
#       word of the program saves it: it is ``finally``. For the thread it is the context variable, for the order the
#       count. When late, show the exception alone, since everybody meets that one.
#
# When the last open block of a thread has ended there, functions are recorded again, whatever has happened in the
# blocks.
#
# And if there is an exception?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Without ``try`` and ``finally`` the line after ``yield`` would not run then:
#
# .. internal:: forgetful
# .. internal:: with block()
# .. internal:: pauses.set(0)

import threading
from contextlib import contextmanager


def is_recording():
    return square(Variable(np.array(2.0))).creator is not None


@contextmanager
def forgetful():
    pauses.set(pauses.get() + 1)
    yield
    pauses.set(pauses.get() - 1)


found = {}
for block in [no_grad, forgetful]:
    try:
        with block():
            assert not is_recording()
            raise ValueError
    except ValueError:
        found[block.__name__] = is_recording()
pauses.set(0)  # what forgetful forgot
print('recording after an exception:', found)
assert found['no_grad']
assert not found['forgetful']

# %%
# Blocks in another order
# ~~~~~~~~~~~~~~~~~~~~~~~
# Two blocks may end in another order. A function with ``yield`` waits in the middle of its block, and so does another
# one; and then the first one ends first, as A did above.


def without_a_graph(x):
    with no_grad():
        while True:
            x = square(x)
            yield x


A, B = without_a_graph(Variable(np.array(0.5))), without_a_graph(Variable(np.array(0.5)))
states = [is_recording()]
for happens in [lambda: next(A), lambda: next(B), A.close, B.close]:
    happens()
    states.append(is_recording())
print('A begins, B begins, A ends, B ends:', states)
assert states == [True, False, False, False, True]

# %%
# Does another thread notice?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# It must not: it may be in the middle of training while this one only evaluates.

recording = {}


def elsewhere():
    recording['other thread'] = is_recording()


with no_grad():
    recording['this thread'] = is_recording()
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
print(recording)
assert recording == {'this thread': False, 'other thread': True}

# %%
# (A block has to end in the thread in which it began: each thread counts its own.)
#
# Does everything from before still work?
# ---------------------------------------
# Here are the graphs of steps 14 to 16, with the number of runs, and this time with a gradient retained in the middle.
# There the order matters again: a function that ran too early would run once more, and its place would keep its last
# portion only. And after ``del`` nothing may hold ``a`` or the functions, though a gradient was retained.
#
# .. internal:: creator

import gc


class Noted(Square):
    runs = 0

    def backward(self, gy):
        Noted.runs += 1
        return super().backward(gy)


noted = lambda x: Noted()(x)
cases = {  # what is computed from a = x², its derivative by a at x = 2, and how many squares it has
    'diamond': (lambda x, a: add(noted(a), noted(a)), 16, 3),
    'a + a²': (lambda x, a: add(a, noted(a)), 9, 2),
    'b + (a + b)': (lambda x, a: (lambda b: add(b, add(a, b)))(noted(a)), 17, 2),
    'a² + a': (lambda x, a: add(noted(a), a), 9, 2),
    '(x + a) + a': (lambda x, a: add(add(x, a), a), 2, 1),
    'exp(a)': (lambda x, a: exp(a), np.exp(4), 1),
    'exp(a + a)²': (lambda x, a: noted(exp(add(a, a))), 4 * np.exp(16), 2),
    'a + exp(a)': (lambda x, a: add(a, exp(a)), 1 + np.exp(4), 1),
}
gc.disable()
for name, (compute, derivative, squares) in cases.items():
    x, Noted.runs = Variable(np.array(2.0)), 0
    a = noted(x)
    a.retain_grad()
    y = compute(x, a)
    y.backward()
    total = 4 * derivative + (name == '(x + a) + a')
    assert np.isclose(a.grad, derivative, rtol=1e-14, atol=0) and Noted.runs == squares, name
    assert np.isclose(x.grad, total, rtol=1e-14, atol=0), name
    y.backward()
    assert np.isclose(x.grad, 2 * total, rtol=1e-14, atol=0), name
    witnesses = [weakref.ref(thing) for thing in (a, a.creator, y.creator)]
    del a, y
    assert alive(witnesses) == 0, name
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
# .. slide:: Next: formulas that look like formulas
#    :show: output
#    :minutes: 1
#
#    .. notes::
#       Have somebody read ``square(add(a, exp(a)))`` aloud, and somebody else say what it computes. That is the reason
#       for the next page. Ask which method Python looks for when it sees a plus; whoever knows the answer may begin
#       next time.
#
# The pass and its memory are in order. But the program can still compute very little, and ``square(add(a, exp(a)))`` is
# not how one writes :math:`(a + e^a)^2`. Nor is this how one wants to see a variable:
#
# .. flaw::

text = repr(x).split('.')[-1].split(' at ')[0]
print(text)
for expression in ['x + x', 'x * x']:
    try:
        eval(expression)
        raise AssertionError(expression)
    except TypeError as error:
        print('TypeError:', error)

# %%
# The next steps give it a name and operators, beginning with `step 21 <step21.ipynb>`_.

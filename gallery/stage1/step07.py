"""
Step 07: backpropagation, automatic
===================================

Each variable remembers the function that made it, and the program finds its own way back.

In `step 06 <step06.ipynb>`_ we wrote the backward lines by hand, in the reverse order of the
forward ones. What must a variable know so that the program can find that order by itself?
"""

# %%
# What got lost
# -------------
# .. slide:: Three lines forward, four lines back
#    :minutes: 3
#
#    .. code-block:: python
#
#       y = f(x)
#       z = g(y)
#       w = h(z)
#
#       w.grad = np.array(1.0)
#       z.grad = h.backward(w.grad)
#       y.grad = g.backward(z.grad)
#       x.grad = f.backward(y.grad)
#
#    Who tells the program that ``h`` comes first?
#
#    .. notes::
#       Ask: somebody adds a function to the forward lines and forgets the backward one. What does the program say?
#       (Nothing. The number is wrong.)
#
# These were the last lines of step 06:
#
# .. code-block:: python
#
#    z.grad = h.backward(w.grad)
#    y.grad = g.backward(z.grad)
#    x.grad = f.backward(y.grad)
#
# They repeat what the forward lines have said already: :math:`h` made :math:`w` from :math:`z`,
# :math:`g` made :math:`z` from :math:`y`, and so on. If you add a function to the forward lines and forget
# its backward line, you get a wrong number and no warning.
#
# .. slide:: A variable knows its creator, a function its input
#    :show: picture
#    :minutes: 2
#    :meeting:
#
#    The **creator** of a variable is the function whose output it is.
#
#    .. notes::
#       Dashed arrows point back. The function has known its input since step 06; the link from a variable to its
#       creator is new. Follow them with a finger from w.
#
# So let each variable remember its **creator**: the function whose output it is. The function already
# knows its input. From the last variable we can then walk back: to its creator, to the creator's input,
# to *its* creator, until we meet a variable that has none, one that the user made. The data flow to the
# right; the links point to the left.
#
# .. only-draws::

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6.4, 1.1), layout='constrained')
for place, name in enumerate('xfygzhw'):
    link, shape = ('input', 'square') if name in 'fgh' else ('creator', 'circle')
    axes.text(place, 0, name, ha='center', va='center', bbox={'boxstyle': shape, 'facecolor': 'none'})
    if place > 0:
        axes.annotate('', (place - 0.8, 0), (place - 0.2, 0), arrowprops={'arrowstyle': '->', 'ls': '--'})
        axes.text(place - 0.5, 0.2, link, ha='center', fontsize='small')
axes.set(xlim=(-0.3, 6.3), ylim=(-0.4, 0.6))
axes.axis('off')
figure.set_label('Dashed arrows point from right to left: from w to its creator h, from h to its input '
                 'z, from z to its creator g, from g to its input y, from y to its creator f, from f '
                 'to its input x.')

# %%
# .. slide:: Define-by-run: the graph is what has run
#    :minutes: 3
#
#    - **define-by-run**: each call adds its own links while it runs;
#    - **define-and-run**: first describe the graph, with placeholders for the numbers, then run it.
#
#    There, an ``if`` or a loop has to be a node.
#
#    .. notes::
#       TensorFlow 1 was define-and-run, PyTorch and DeZero are define-by-run. Ask which of the two is easier to debug,
#       and which is easier to optimise before it runs.
#
# Variables and functions thus form a linked structure, the *computational graph*. Nobody declares it.
# Each call adds its own links while it runs, and so the graph is always the record of what has really
# been computed. This is called **define-by-run**. The other way, *define-and-run*, is to build the
# graph first, with placeholders for the numbers, and to run it afterwards; in such a system (TensorFlow
# began as one) an ``if`` or a ``while`` that depends on the numbers must itself be a node.
#
# Why a class for variables?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# A plain number cannot say where it came from: the 0.25 that :math:`f` returns equals any other
# 0.25. A variable is a box around the number, with room for two more things, ``grad`` and ``creator``.
# They belong to *this occurrence* of the value in *this* computation, and no number could carry them.
#
# .. ask::
#    What must a variable know so that the program finds the way back by itself?
#
#    - ``Variable(data)`` with ``data``, ``grad`` (None at first) and ``creator``: the function that made
#      it, or None.
#    - ``y.backward()``, after ``y.grad`` has been set by hand: it leaves the gradient of each variable on
#      the way in its ``grad``, and returns nothing.
#    - ``f(x)`` for ``f = Square()``, ``Exp()`` or another ``Function`` with the methods ``forward(x)``
#      and ``backward(gy)``: a new variable. Afterwards ``f.input`` is ``x``, the variable itself.
#
# The program
# -----------
# .. slide:: Two classes learn a little more
#    :show: program
#    :pieces: Variable.set_creator Variable.backward Function
#    :minutes: 4
#    :meeting:
#
#    .. notes::
#       Read the new ``backward`` of Variable aloud: ask your creator for its input, hand your gradient through, tell the
#       input to do the same. Ask what ends it.
#
# ``Variable`` gains a creator and a ``backward``. ``Function`` tells its output which function made it, and keeps
# a reference to it. (It does so through a method, ``set_creator``, because a later step will have more to do
# at that moment.) Nothing else changes.

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None

    def set_creator(self, f):
        self.creator = f

    def backward(self):
        f = self.creator
        if f is not None:
            x = f.input
            x.grad = f.backward(self.grad)
            x.backward()


class Function:
    def __call__(self, x):
        y = Variable(self.forward(x.data))
        y.set_creator(self)
        self.input = x  # backward differentiates at this point
        self.output = y
        return y


class Square(Function):
    def forward(self, x):
        return x ** 2

    def backward(self, gy):
        return 2 * self.input.data * gy


class Exp(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return np.exp(self.input.data) * gy


# %%
# The run
# -------
# .. slide:: One call does the work of three lines
#    :show: code output
#    :minutes: 2
#
#    .. notes::
#       The number is that of step 06, to the last digit.
#
# The forward lines are those of step 06, and so is the first line backward. Then one call does the work
# of the other three.

f, g, h = Square(), Exp(), Square()

x = Variable(np.array(0.5))
y = f(x)
z = g(y)
w = h(z)

w.grad = np.array(1.0)
w.backward()
print(x.grad)

assert x.grad == 3.297442541400256

# %%
# .. slide:: Follow the links
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Vote before you open the answer.
#
# .. predict:: Start at w, and follow creator, input, creator. Where do you arrive?
#    :answer: g = {f: 'f', g: 'g', h: 'h'}[w.creator.input.creator]
#
#    - ``'f'``: One pair of links too far: f made y.
#    - ``'g'``: The creator of w is h, its input is z, and z was made by g.
#    - ``'h'``: That is the first of the three links only.
#
# Is this the structure we described? It is, link by link:
#
# .. internal::

assert w.creator is h and h.input is z
assert z.creator is g and g.input is y
assert y.creator is f and f.input is x
assert x.creator is None

# %%
# A second point
# ~~~~~~~~~~~~~~
# At 0.5 the derivative of :math:`f` is 1, and could be left out without being missed. So we go back
# from a second point, 0.6, and compare each gradient with the partial product of step 06.

f, g, h = Square(), Exp(), Square()
x = Variable(np.array(0.6))
y = f(x)
z = g(y)
w = h(z)
w.grad = np.array(1.0)
w.backward()

dh, dg, df = 2 * z.data, np.exp(y.data), 2 * x.data
assert (w.grad, z.grad, y.grad, x.grad) == (1, dh, dh * dg, dh * dg * df)
assert np.isclose(x.grad, 4.9306, rtol=0, atol=5e-5)

# %%
# The graph
# ---------
# .. slide:: The graph can be drawn by walking back
#    :show: picture
#    :minutes: 2
#
#    .. notes::
#       In step 06 the drawing had to be told. Ask what it does now to find x.
#
# In step 06 we had to tell the drawing what was called on what. Now it walks back from ``w``. (The layout is
# that of `Sugiyama, Tagawa and Toda (1981) <../../bibliography.md#sugiyama-1981>`_.)

from dezero_lite import graph

graph(w, names={'x': x, 'y': y, 'z': z, 'w': w}, values=True, grads=True)

# %%
# Is the walk always right?
# -------------------------
# .. slide:: The walk back computes all the derivatives on its way
#    :show: statement
#    :minutes: 3
#
#    .. notes::
#       Let the room say which condition one could forget. (That nobody changes the data.)
#
# Proposition (the walk back is right)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`x_0` have no creator, and :math:`x_k = f_k(x_{k-1})` for :math:`k = 1, \dots, n`, where
# each :math:`f_k` is a function object of its own that is called only here, defined near :math:`x_{k-1}` and
# differentiable there; and let no data be changed in between. Give :math:`x_n` the gradient 1, and let ``backward`` of
# a variable do this: if it has a creator :math:`f`, multiply its gradient by the derivative of
# :math:`f` at the input, store the product as the input's gradient, and call ``backward`` of the input;
# otherwise do nothing. Then ``backward`` of :math:`x_n` ends, and afterwards, in exact arithmetic, for each
# :math:`k`
#
# .. math::
#     x_k\text{.grad} = \frac{\mathrm{d}x_n}{\mathrm{d}x_k}
#     = f_n'(x_{n-1}) \cdot f_{n-1}'(x_{n-2}) \cdots f_{k+1}'(x_k).
#
# .. slide:: By induction, from the end
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       One line: what is true at a variable becomes true at the one before it.
#
# Proof of the proposition
# ~~~~~~~~~~~~~~~~~~~~~~~~
# By induction on :math:`k`, downwards. For :math:`k = n` the product is empty, and the gradient is 1. If
# the gradient of :math:`x_k` is as claimed when its ``backward`` is called, and :math:`k \ge 1`, then the
# call stores at :math:`x_{k-1}` that product times :math:`f_k'(x_{k-1})`, which is the claim for
# :math:`k - 1`; by the chain rule of step 06, for any number of functions, it is the derivative. Then
# it calls ``backward`` of :math:`x_{k-1}`. At :math:`x_0` there is no creator, and it ends. No gradient
# was written twice, so none was lost. ∎
#
# .. slide:: Provided that nobody changes the data in between
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Ask who would do such a thing. (An optimiser: it assigns new data to the parameters. So: first backward, then
#       the step.)
#
# The case :math:`n = 0`, a variable without a creator, is included: nothing happens, and its gradient
# stays 1. The condition that no data change cannot be dropped. A function remembers its input *variable*, not the
# number that was in it, so a rule that runs later finds what is there later:
#
# .. flaw:: 2 * 3.0

v = Variable(np.array(0.5))
v.grad = np.array(1.0)
v.backward()
assert v.grad == 1

x = Variable(np.array(0.5))
z = Exp()(Square()(x))
x.data = np.array(3.0)  # too early: backward has not run yet
z.grad = np.array(1.0)
z.backward()
true = np.exp(0.25) * 2 * 0.5

print(f'x.grad = {x.grad:.3f}, but at 0.5 the derivative is {true:.3f}')
assert np.isclose(x.grad, np.exp(0.25) * 2 * 3.0) and round(true, 3) == 1.284

# %%
# So first go back, and only then change the data. (PyTorch counts the changes that are made *in* an array,
# and refuses to go back through one that has changed. But if ``x.data`` is given another array, as here,
# PyTorch does not notice either, and gives this wrong number.)
#
# What does define-by-run buy us?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: An ordinary while loop decides what the graph looks like
#    :show: code output
#    :minutes: 3
#
#    .. notes::
#       Ask how many squares it takes from 1.1 to reach 100, and what a system that draws its graph first
#       would have to do.
#
# Ordinary Python decides what the graph looks like. Here a ``while`` squares until the value reaches
# 100. How many functions that takes depends on the number we start from, and ``backward`` follows
# whatever happened: after :math:`k` squares the result is :math:`x^{2^k}`, with derivative
# :math:`2^k x^{2^k - 1}`.

for start in (3.0, 1.1):
    x = y = Variable(np.array(start))
    k = 0
    while y.data < 100:
        y = Square()(y)
        k += 1
    y.grad = np.array(1.0)
    y.backward()
    print(f'from {start}: {k} functions, derivative {x.grad:.6g}')
    assert k == {3.0: 3, 1.1: 6}[start]
    assert np.isclose(x.grad, 2 ** k * start ** (2 ** k - 1))

# %%
# How long a chain can it go back?
# --------------------------------
# .. slide:: Each function costs one waiting call
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    Each ``backward`` waits for the next one to return. We search for the longest chain that still works.
#
#    .. notes::
#       Ask what all those calls are waiting for. That is the question of step 08. The usual wrong answer is "for the
#       gradient": it was handed on before the call. If you are late, say the number and go on.
#
# Each ``backward`` waits for the next one to return, and Python limits the number of waiting calls: to
# 1000, unless it is told otherwise. One more raises ``RecursionError``. We search for the longest
# chain that still works, by bisection. The chain adds 1 at each function, so that no number gets out
# of hand. A fresh thread starts with an almost empty stack, and so the answer does not depend on
# what called our function.
#
# .. flaw::

import inspect
import sys
from concurrent.futures import ThreadPoolExecutor


class AddOne(Function):
    def forward(self, x):
        return x + 1

    def backward(self, gy):
        return gy


def works(n):
    """Whether backward gets through a chain of n functions."""
    x = y = Variable(np.array(0.0))
    for _ in range(n):
        y = AddOne()(y)
    y.grad = np.array(1.0)
    try:
        y.backward()
    except RecursionError:
        return False
    return x.grad == 1


def longest(limit):
    """The longest chain that works with limit waiting calls, and how many wait before the first backward."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        good, bad = 1, limit
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if works(middle) else (good, middle)
        return good, len(inspect.stack(0)) + 1  # those around us, and works
    finally:
        sys.setrecursionlimit(usual)


with ThreadPoolExecutor(1) as thread:
    n1000, waiting = thread.submit(longest, 1000).result()
    n2000, _ = thread.submit(longest, 2000).result()

print('limit 1000: the longest chain that works has', n1000, 'functions')
print('limit 2000: the longest chain that works has', n2000, 'functions')
assert n2000 - n1000 == 1000
assert n1000 + 1 + waiting == 1000

# %%
# One function costs one waiting call, exactly. What is missing from the full 1000 are the
# calls that were waiting before ours, and the last one, at ``x`` itself. A network that reads a
# thousand-word text word by word, with at least one function for each word, is already too long.
#
# Why the next step is needed
# ---------------------------
# The recursion breaks on long chains, and needlessly: when ``x.backward()`` returns, nothing is left
# to do, so there was no need to wait for it. `Step 08 <step08.ipynb>`_ replaces it with a loop.
#
# What can it not do yet?
# ~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: What it cannot do yet: a variable that is used twice
#    :show: output
#    :minutes: 3
#
#    - merge: a function takes one variable;
#    - branch: the second gradient to arrive overwrites the first;
#    - use a function object twice.
#
#    .. notes::
#       The derivative of y² + e^y at 1 is 2 + e. Ask where the 2 went.
#
# - **Merge.** A function takes one variable; even an addition is out of reach (`steps 11 to 13
#   <../stage2/step11.ipynb>`_).
# - **Branch.** If :math:`y` is used twice, the second gradient to arrive overwrites the first
#   (`step 14 <../stage2/step14.ipynb>`_), and everything before :math:`y` is walked twice
#   (`step 15 <../stage2/step15.ipynb>`_).
# - **Reuse a function object.** It remembers one input, that of its last call. `Step 09
#   <step09.ipynb>`_ shows what happens then.
#
# The second flaw can be seen at once. Two functions use :math:`y`, and each pass back forgets
# what the other one brought: the derivative of :math:`y^2 + e^y` at 1 is :math:`2 + e`, and we
# get :math:`e`. Before :math:`y` stands a function that counts how often the walk passes it.
#
# .. flaw:: runs


class Counted(AddOne):
    runs = 0

    def backward(self, gy):
        self.runs += 1
        return gy


before = Counted()
y = before(Variable(np.array(0.0)))
for end in (Square()(y), Exp()(y)):
    end.grad = np.array(1.0)
    end.backward()

print(f'2 + e = {2 + np.e:.4f}, but y.grad = {y.grad:.4f}')
print('walks through what is before y:', before.runs)
assert y.grad == np.exp(1.0) and before.runs == 2

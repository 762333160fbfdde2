"""
Step 07: backpropagation, automatic
===================================

Each variable remembers the function that made it, and the program finds its own way back.

In `step 06 <step06.ipynb>`_ we wrote the backward lines by hand, in the reverse order of the
forward ones. What must a variable know so that the program can find that order by itself?
"""

# %%
# Theory
# ------
# It must know its **creator**: the function whose output it is. The function already knows its
# input. From the last variable we can then walk back: to its creator, to the creator's input, to
# *its* creator, until we meet a variable that has none, one that the user made.
#
# Variables and functions so become a linked structure, the *computational graph*. Nobody declares
# it. Each call adds its own links while it runs, and so the graph is always the record of what has
# really been computed. This is called **define-by-run**.
#
# Proposition (the walk back is right)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`v_0` have no creator, and :math:`v_k = f_k(v_{k-1})` for :math:`k = 1, \dots, n`, where
# each :math:`f_k` is a function object of its own, defined near :math:`v_{k-1}` and differentiable
# there. Give :math:`v_n` the gradient 1, and let ``backward`` of a variable do this: if it
# has a creator :math:`f`, multiply its gradient by the derivative of :math:`f` at the input, store the
# product as the input's gradient, and call ``backward`` of the input; otherwise nothing. Then
# ``backward`` of :math:`v_n` ends, and afterwards, up to rounding, for each :math:`k`
#
# .. math::
#     v_k\text{.grad} = \frac{\mathrm{d}v_n}{\mathrm{d}v_k}
#     = f_n'(v_{n-1}) \cdot f_{n-1}'(v_{n-2}) \cdots f_{k+1}'(v_k).
#
# Proof of the proposition
# ~~~~~~~~~~~~~~~~~~~~~~~~
# By induction on :math:`k`, downwards. For :math:`k = n` the product is empty, and the gradient is 1. If
# the gradient of :math:`v_k` is as claimed when its ``backward`` is called, and :math:`k \ge 1`, then the
# call stores at :math:`v_{k-1}` that product times :math:`f_k'(v_{k-1})`, which is the claim for
# :math:`k - 1`; by the chain rule of step 06, for any number of functions, it is the derivative. Then
# it calls ``backward`` of :math:`v_{k-1}`. At :math:`v_0` there is no creator, and it ends. No gradient
# was written twice, so none was lost. ∎
#
# Why a class for variables?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# A plain number cannot say where it came from: the 0.25 that :math:`f` returns equals any other
# 0.25. A variable is a box around the number, with room for two more things, ``grad`` and ``creator``.
# They belong to *this occurrence* of the value in *this* computation, and no number could carry them.
#
# The program
# -----------
# ``Variable`` gains a creator and a ``backward``; ``Function`` introduces itself to its output, and keeps
# it. Nothing else changes.

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
# The forward lines are those of step 06, and so is the first line backward. Then one call does what
# took us the other three.

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
# Is the structure the one we described? We walk it ourselves, and check the proposition at every
# variable on the way.

assert w.creator is h and h.input is z
assert z.creator is g and g.input is y
assert y.creator is f and f.input is x
assert x.creator is None

dh, dg, df = 2 * z.data, np.exp(y.data), 2 * x.data
assert (w.grad, z.grad, y.grad, x.grad) == (1, dh, dh * dg, dh * dg * df)

# %%
# The case :math:`n = 0`, a variable that has no creator: nothing happens, and its gradient stays 1.

v = Variable(np.array(0.5))
v.grad = np.array(1.0)
v.backward()
assert v.grad == 1

# %%
# What does define-by-run buy?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Ordinary Python decides how the graph looks. Here a ``while`` squares until the value reaches 100.
# How many functions that takes depends on the number we start from, and ``backward`` follows
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
# How long a chain it can go back
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Each ``backward`` waits for the next one to return, and Python allows a limited number of waiting
# calls: 1000, if nobody changes it. One more raises ``RecursionError``. We search for the longest
# chain that still works, by bisection. The chain adds 1 at each function, so that no number grows out
# of hand. A thread of its own starts with an almost empty stack, and so the answer does not depend on
# who called us.

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
    """The longest chain that works when Python allows `limit` waiting calls."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        good, bad = 1, limit
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if works(middle) else (good, middle)
        return good
    finally:
        sys.setrecursionlimit(before)


with ThreadPoolExecutor(1) as thread:
    n1000 = thread.submit(longest, 1000).result()
    n2000 = thread.submit(longest, 2000).result()

print('limit 1000: the longest chain that works has', n1000, 'functions')
print('limit 2000: the longest chain that works has', n2000, 'functions')
assert 950 <= n1000 < 1000 and n2000 - n1000 == 1000

# %%
# One function costs one waiting call, exactly. The few that are missing from the full 1000 are the
# calls that were waiting before ours, and the last one, at ``x`` itself. A network that reads a text of
# a thousand words one after the other, at least one function for each, is already too long.
#
# The graph
# ---------
# First the new link alone: a variable and its creator, here :math:`y = f(x)`.

from dezero_lite import graph

f, g, h = Square(), Exp(), Square()
x = Variable(np.array(0.5))
y = f(x)

graph(y, names={'x': x, 'y': y})

# %%
# And the whole chain, drawn by walking back from ``w``. No list of calls is needed any more.

z = g(y)
w = h(z)
w.grad = np.array(1.0)
w.backward()

graph(w, names={'x': x, 'y': y, 'z': z, 'w': w}, values=True, grads=True)

# %%
# Why the next step is needed
# ---------------------------
# The recursion breaks on long chains, and for nothing: when ``x.backward()`` returns, nothing is left
# to do, so there was no need to wait for it. `Step 08 <step08.ipynb>`_ replaces it by a loop.
#
# What can it not do yet?
# ~~~~~~~~~~~~~~~~~~~~~~~
# - **Merge.** A function takes one variable; even an addition is out of reach (`steps 11 to 13
#   <../stage2/step11.ipynb>`_).
# - **Branch.** If :math:`y` is used twice, the second gradient to arrive overwrites the first
#   (`step 14 <../stage2/step14.ipynb>`_), and everything before :math:`y` is gone through twice
#   (`step 15 <../stage2/step15.ipynb>`_).
# - **Reuse a function object.** It remembers one input, that of its last call. `Step 09
#   <step09.ipynb>`_ shows what happens then.
#
# The second flaw can be seen at once. Two functions use :math:`y`, and each pass back forgets
# what the other one brought: the derivative of :math:`y^2 + e^y` at 1 is :math:`2 + e`, and we
# get :math:`e`.

y = Variable(np.array(1.0))
for end in (Square()(y), Exp()(y)):
    end.grad = np.array(1.0)
    end.backward()

print('2 + e =', 2 + np.e, 'but y.grad =', y.grad)
assert y.grad == np.exp(1.0)

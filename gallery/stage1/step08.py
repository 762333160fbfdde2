"""
Step 08: from recursion to a loop
=================================

The same walk from the result back to the input, with a work list in place of the call stack: it
goes back over a chain of any length.

Step 07 stops at a chain of about a thousand functions, because each ``backward`` waits for the next
one to return. What are they all waiting for?
"""

# %%
# Theory
# ------
# When a function calls another one, Python keeps a *frame* for the caller: the values of its local
# names and the place to go on from. The frames of all calls that have not returned yet make up the call
# stack. Recursion uses that stack as its memory.
#
# Look at what ``backward`` of step 07 does after the inner call comes back: nothing. The call is the
# last thing it does, so none of the waiting frames is ever used again. What has to be remembered at
# any moment is only **which function is next**. That fits in a list of our own:
#
# - put the creator of the result into the list;
# - as long as the list is not empty, take a function out, turn the gradient of its output into the
#   gradient of its input, and put the creator of that input into the list.
#
# Proposition (the loop does what the recursion did)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`x_0, x_1, \dots, x_n` with :math:`n \ge 1` be a chain as in step 07:
# :math:`x_k = f_k(x_{k-1})`, each :math:`f_k` an object of its own and differentiable at
# :math:`x_{k-1}`, and :math:`x_0` has no creator. Let the gradient of :math:`x_n` be 1. Then the loop
# takes :math:`n` turns. At the start of them the list is :math:`[f_n]`, :math:`[f_{n-1}]`, and so on to
# :math:`[f_1]`; when :math:`f_k` is taken out, :math:`x_k` has its gradient
# :math:`\mathrm{d} x_n / \mathrm{d} x_k`; and at the end :math:`x_0` has its own.
#
# Proof
# ~~~~~
# By induction over the turns of the loop.
#
# **First turn.** The list was filled with the creator of :math:`x_n`, which is :math:`f_n`, and the
# gradient of :math:`x_n` is 1, as :math:`\mathrm{d} x_n / \mathrm{d} x_n` should be.
#
# **From one turn to the next.** Let the list be :math:`[f_k]`, and let :math:`x_k` have the gradient
# :math:`\mathrm{d} x_n / \mathrm{d} x_k`. The loop takes :math:`f_k` out and sets the gradient of its
# input to
#
# .. math::
#
#     f_k'(x_{k-1}) \cdot \frac{\mathrm{d} x_n}{\mathrm{d} x_k}
#     = \frac{\mathrm{d} x_n}{\mathrm{d} x_{k-1}} ,
#
# by the chain rule of `step 06 <step06.ipynb>`_. Then it puts in the creator of :math:`x_{k-1}`,
# which is :math:`f_{k-1}`, unless :math:`k = 1`: then there is none, and the loop ends with an empty
# list after :math:`n` turns. ∎

# %%
# The program
# -----------
# Only ``backward`` changes.

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None

    def set_creator(self, f):
        self.creator = f

    def backward(self):
        funcs = [self.creator]
        while funcs:
            f = funcs.pop()
            x, y = f.input, f.output
            x.grad = f.backward(y.grad)
            if x.creator is not None:
                funcs.append(x.creator)


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
# The same value as before.

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
# The list at each turn
# ~~~~~~~~~~~~~~~~~~~~~
# We forget the gradients, run the loop once more outside of the class, and print its list at each
# turn. Does the function that is taken out find the gradient that the proposition promises?

name = {f: 'f', g: 'g', h: 'h'}
dh, dg, df = 2 * z.data, np.exp(y.data), 2 * x.data
promised = {h: 1, g: dh, f: dh * dg}
x.grad = y.grad = z.grad = None
lists = []

funcs = [w.creator]
while funcs:
    lists.append([name[f] for f in funcs])
    print(lists[-1])
    f = funcs.pop()
    assert f.output.grad == promised[f]
    f.input.grad = f.backward(f.output.grad)
    if f.input.creator is not None:
        funcs.append(f.input.creator)

assert lists == [['h'], ['g'], ['f']]
assert x.grad == dh * dg * df == 3.297442541400256

# %%
# The long chain again
# ~~~~~~~~~~~~~~~~~~~~
# Step 07 broke at a chain of fewer than 1000 functions. Here is one of ten thousand, many more than
# Python lets calls wait. At each function we count the calls that are waiting.

import sys


class AddOne(Function):
    def forward(self, x):
        return x + 1

    def backward(self, gy):
        waiting.add(len(calls()))
        return gy


def calls():
    """The frames of all calls that have not returned yet."""
    frames, frame = [], sys._getframe(1)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


waiting = set()
x = y = Variable(np.array(0.0))
for _ in range(10_000):
    y = AddOne()(y)
y.grad = np.array(1.0)
y.backward()

print('a chain of', int(y.data), 'functions: derivative', x.grad)
print('different depths of the call stack on the way:', len(waiting))
assert x.grad == 1.0 and y.data == 10_000
assert len(waiting) == 1
assert sys.getrecursionlimit() < 10_000

# %%
# From the first function to the ten thousandth the stack is equally deep. The length of the chain is
# limited by memory alone.
#
# Is there any point in a list that always holds one function?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Not yet. On a chain a single name would do: ``f = f.input.creator``, until it is None. The list is
# there for what comes: once a function has two inputs, two creators can wait at the same time, and
# `step 13 <../stage2/step13.ipynb>`_ prints a list with both. From then on there is also a choice
# to make, which of them to take first, and it turns out that the wrong choice gives wrong
# gradients. Most of stage 2 is about the order in this list.

f, visited = w.creator, []
while f is not None:
    visited.append([name[f]])
    f = f.input.creator
assert visited == lists

# %%
# The graph
# ---------
# The graph is that of step 07; only the way it is walked is new. The gradients were written from
# right to left.

from dezero_lite import graph

y = z.creator.input
x = y.creator.input
graph(w, names={'x': x, 'y': y, 'z': z, 'w': w}, values=True, grads=True)

# %%
# What is still wrong
# -------------------
# Nothing is wrong with the numbers. But to square, exponentiate and square again one has to write
# ``Square()(Exp()(Square()(x)))``, to set ``w.grad`` by hand before each ``backward``, and to know
# that data must be arrays: a list is let in without a word, and fails in the first function that
# meets it. `Step 09 <step09.ipynb>`_ makes the functions pleasant to use before more of them arrive.

careless = Variable([0.5])
try:
    Square()(careless)
    raise AssertionError('a list was squared')
except TypeError as error:
    print('TypeError:', error)

# %%
# There is also one thing that step 07 could and this loop cannot: the proposition begins with
# :math:`n = 1`. A variable that has no creator puts None into the list, and None has no input. It
# stays so until `step 16 <../stage2/step16.ipynb>`_, whose work list takes in no None.

try:
    Variable(np.array(0.5)).backward()
    raise AssertionError('there was nothing to go back to')
except AttributeError as error:
    print('AttributeError:', error)

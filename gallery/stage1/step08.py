"""
Step 08: from recursion to a loop
=================================

The same walk from the result back to the input, but with a list of our own in place of waiting calls:
it goes back over a chain of any length.

Step 07 stops at a chain of about a thousand functions, because each ``backward`` waits for the next
one to return. What are they all waiting for?
"""

# %%
# What are they waiting for?
# --------------------------
# .. slide:: The call stack fills up, for nothing
#    :show: code output
#    :minutes: 4
#
#    .. notes::
#       The recursive countdown does nothing after the inner call. Ask what each waiting call still has to do. The name to
#       look up is tail call. Some languages reuse the frame; Python does not.
#
# When a function calls another one, Python keeps a *frame* for the caller: the values of its local
# names and the place to go on from. The frames of all calls that have not returned yet make up the
# *call stack*, and its size is limited. Here are two ways to count down from 100,000. The first one calls
# itself; the second is a loop.


def count_down(n):
    if n > 0:
        count_down(n - 1)  # and then? Nothing.


def count_down_in_a_loop(n):
    while n > 0:
        n = n - 1
    return n


try:
    count_down(100_000)
    raise AssertionError('Python waited for 100,000 calls')
except RecursionError as error:
    print(type(error).__name__)
assert count_down_in_a_loop(100_000) == 0

# %%
# The call is the last thing that ``count_down`` does. Such a call is known as a *tail call*: none of the
# waiting frames is ever used again. (Some languages notice that, and reuse the frame. Python keeps it.)
# ``backward`` of step 07 is of the same kind: after ``x.backward()`` it does nothing.
#
# .. slide:: All there is to remember: which function is next
#    :minutes: 3
#
#    - put the creator of the result into a list;
#    - while the list is not empty, take a function out, turn the gradient of its output into that of its input,
#      and put the creator of the input in.
#
#    .. notes::
#       Ask how long the list can get on a chain.
#
# So all there is to remember at any moment is **which function comes next**. That fits in a list of our
# own, the *work list*:
#
# - put the creator of the result into the list;
# - as long as the list is not empty, take a function out, turn the gradient of its output into the
#   gradient of its input, and put the creator of that input into the list.
#
# This is why a function has kept its output since step 07: the loop needs the output's gradient.
#
# .. ask::
#    How can ``backward`` do the same without calling itself, so that a chain of ten thousand functions is
#    no problem?
#
#    - ``y.backward()``, after ``y.grad`` has been set by hand: the gradients are those of step 07, and no
#      call waits for another one.
#    - ``creator``, ``input`` and ``output`` as before: a function knows the variable that went in and the
#      one that came out.
#
# The program
# -----------
# .. slide:: Only ``backward`` changes
#    :show: program
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       Let the room find the three places where step 07's lines have gone.
#
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
# .. slide:: The same number as before
#    :show: code output
#    :minutes: 1
#
#    .. notes::
#       To the last digit. Go on.
#
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
# .. slide:: One function at a time
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Vote, and then play the pass on the next slide.
#
# .. predict:: The forward lines called f, then g, then h. What does the list hold when the second turn begins?
#    :answer: ['g'] = lists[1]
#    :after:
#
#    - ``['f']``: That is the list at the last turn. The walk begins at the other end.
#    - ``['g']``: h has been taken out and has put in the creator of its input, g.
#    - ``['h', 'g']``: pop takes h out of the list, so it is gone when g comes in.
#    - ``['g', 'f']``: f joins only when g is taken out: nobody knows of it before.
#
# .. slide:: The work list, played
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    .. notes::
#       Step through the turns. Say aloud which function waits, which one runs, and which gradient has just arrived.
#       Then ask what a list is for that holds one function. (Step 13 has two in it.) If you are late, two turns are enough.
#
# Here is the loop of our class at work, recorded line by line while it ran, at 0.6, where no derivative
# is 1. The function that runs has a bold frame, the one on the work list a dashed one. The space bar
# plays, and the arrows step.
#
# .. internal::

from dezero_lite import play

f, g, h = Square(), Exp(), Square()
x = Variable(np.array(0.6))
y = f(x)
z = g(y)
w = h(z)
w.grad = np.array(1.0)

player = play(w, names={'x': x, 'y': y, 'z': z, 'w': w, 'f': f, 'g': g, 'h': h})
moments, functions = player.moments, player.graph.functions
turns = [now for now, following in zip(moments, moments[1:]) if following.turn > now.turn]
lists = [[functions[i].label for i in now.waiting] for now in turns]
for functions_waiting in lists:
    print(functions_waiting)
player

# %%
# The function that is taken out always finds the gradient that it should, because the gradients are
# written from right to left. We check both, turn by turn.
#
# .. internal:: lists
# .. internal:: written

dh, dg, df = 2 * z.data, np.exp(y.data), 2 * x.data
products = [f'{product:.4g}' for product in (1, dh, dh * dg, dh * dg * df)]
written = [[gradient for gradient in reversed(now.grads) if gradient] for now in [*turns, moments[-1]]]

assert lists == [['h'], ['g'], ['f']]
assert written == [products[:1], products[:2], products[:3], products]
assert (w.grad, z.grad, y.grad, x.grad) == (1, dh, dh * dg, dh * dg * df)
assert np.isclose(x.grad, 4.9306, rtol=0, atol=5e-5)

# %%
# At the end the graph holds what it held in step 07; only the way it is walked is new.

from dezero_lite import graph

graph(w, names={'x': x, 'y': y, 'z': z, 'w': w}, values=True, grads=True)

# %%
# The long chain again
# ~~~~~~~~~~~~~~~~~~~~
# .. slide:: A chain of ten thousand, at one depth of the stack
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       At each function the script counts the calls that wait. There is one number, whatever the length.
#
# Step 07 broke at a chain of fewer than a thousand functions. Here is one of ten thousand, far more than Python
# allows to wait. At each function we count the calls that are waiting.

import inspect
import sys


class AddOne(Function):
    def forward(self, x):
        return x + 1

    def backward(self, gy):
        frame, depth = inspect.currentframe(), 0
        while frame is not None:
            frame, depth = frame.f_back, depth + 1
        depths.add(depth)
        return gy


depths = set()
x = y = Variable(np.array(0.0))
for _ in range(10_000):
    y = AddOne()(y)
y.grad = np.array(1.0)
y.backward()

print('a chain of', int(y.data), 'functions: derivative', x.grad)
print('different depths of the call stack on the way:', len(depths))
assert x.grad == 1.0 and y.data == 10_000
assert len(depths) == 1
assert sys.getrecursionlimit() < 10_000

# %%
# From the first function to the ten thousandth the stack stays at the same depth. What limits the length
# of a chain now is, in principle, memory alone.
#
# Does the loop do what the recursion did?
# ----------------------------------------
# .. slide:: The loop does what the recursion did
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       Ask why it begins with n = 1. (None would be put into the list.)
#
# Proposition (the loop does what the recursion did)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`x_0, x_1, \dots, x_n` with :math:`n \ge 1` be a chain as in step 07:
# :math:`x_k = f_k(x_{k-1})`, each :math:`f_k` an object of its own, called only here and differentiable at
# :math:`x_{k-1}`, :math:`x_0` has no creator, and no data are changed in between. Let the gradient of
# :math:`x_n` be 1. Then the loop takes :math:`n` turns. At the start of each turn the list is, in order,
# :math:`[f_n]`, :math:`[f_{n-1}]`, and so on to :math:`[f_1]`; in exact arithmetic, when :math:`f_k` is
# taken out, :math:`x_k` has its gradient :math:`\mathrm{d} x_n / \mathrm{d} x_k`; and at the end
# :math:`x_0` has its own.
#
# .. slide:: By induction over the turns
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       Say what is true at the start of each turn; the proof is that sentence.
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
#
# Is there any point in a list that always holds one function?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: A list for one function?
#    :minutes: 3
#
#    Not yet useful: on a chain, ``f = f.input.creator`` would do.
#
#    In step 13 a function has two inputs, and two functions wait. Which one first? Most of stage 2 is about that.
#
#    .. notes::
#       Ask before you show it. Let somebody draw y = a + b with a and b computed, and say what the list holds.
#
# Not yet. On a chain a single name would do: ``f = f.input.creator``, until it is None. The list is
# there for what comes: once a function has two inputs, two creators can wait at the same time, and
# `step 13 <../stage2/step13.ipynb>`_ prints a list with both. From then on there is also a choice
# to make, which of them to take first, and it turns out that the wrong choice gives wrong
# gradients. Most of stage 2 is about the order in this list.
#
# .. internal::

function, visited = w.creator, []
while function is not None:
    visited.append(function)
    function = function.input.creator
assert visited == [h, g, f]

# %%
# What is still wrong
# -------------------
# .. slide:: What is still wrong: it is no pleasure to use
#    :show: output
#    :minutes: 2
#
#    - ``Square()(Exp()(Square()(x)))`` for three functions;
#    - ``w.grad`` has to be set by hand;
#    - a list of numbers is let in, and fails later.
#
#    .. notes::
#       Collect complaints about the interface. Step 09 answers three of them.
#
# Nothing is wrong with the numbers. But to square, exponentiate and square again you have to write
# ``Square()(Exp()(Square()(x)))``, to set ``w.grad`` by hand before each ``backward``, and to know
# that data must be arrays. A list is let in without a word. Some functions then take it, and others do
# not, so you find out late. `Step 09 <step09.ipynb>`_ makes the functions pleasant to use before more of
# them arrive.
#
# .. flaw::

careless = Variable([0.5])
print('Exp takes it:', Exp()(careless).data)
try:
    Square()(careless)
    raise AssertionError('a list was squared')
except TypeError as error:
    print('Square does not: TypeError:', error)
assert np.isclose(Exp()(careless).data, np.exp(0.5))

# %%
# If you forget the first gradient, ``backward`` begins with what it finds. After another pass that is what
# this pass has left: here the 1.4333 of :math:`z`, in place of the 1 of :math:`y`.
#
# .. flaw::

x = Variable(np.array(0.6))
y = Square()(x)
z = Exp()(y)
z.grad = np.array(1.0)
z.backward()
y.backward()
print(f'y.grad = {y.grad:.4f}, x.grad = {x.grad:.4f}, but the derivative of y is {2 * 0.6}')
assert np.isclose(x.grad, np.exp(0.36) * 1.2) and round(float(y.grad), 4) == 1.4333

# %%
# There is also one thing that step 07 could do and this loop cannot: handle :math:`n = 0`. A variable
# that has no creator puts None into the list, and None has no input. That remains so until `step 16
# <../stage2/step16.ipynb>`_, which never puts None on its list.
#
# .. flaw::

try:
    Variable(np.array(0.5)).backward()
    raise AssertionError('there was nothing to go back to')
except AttributeError as error:
    print('AttributeError:', error)

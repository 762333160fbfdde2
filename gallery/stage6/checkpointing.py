"""
Forget, and compute again
=========================

A backward pass needs what the forward pass computed, and in a long chain that is a lot. Keep a little, forget the rest,
and compute it again when it is needed: 66 arrays in place of 1,026.

How much memory does a chain of 1,024 functions need, if one may compute everything twice?
"""

# %%
# A chain remembers each of its links
# -----------------------------------
# .. slide:: Most of what is kept only waits
#    :show: code output
#    :minutes: 2
#    :meeting:
#
#    Here is a chain of 1,024 sines, of a hundred numbers each.
#
#    .. notes::
#       Ask how many of these arrays the pass needs at a time: one for the rule, and the gradient. The others wait for
#       their turn.
#
# Take the sine of the sine of the sine, 1,024 times. Each function keeps its input for its rule (`step 19
# <../stage2/step19.ipynb>`_), so at the end of the chain all these arrays are still there. We note each array that a
# sine makes, on the way forward and on the way back, and count how many live at once.

import weakref

import numpy as np

from dezero_lite import Function, Variable, gradients, graph, no_grad

living, most = 0, 0


def note(array):
    global living, most
    living += 1
    most = max(most, living)
    weakref.finalize(array, gone)
    return array


def gone():
    global living
    living -= 1


class Sine(Function):
    def forward(self, x):
        return note(np.sin(x))

    def backward(self, gy):
        x, = self.xs
        return note(gy * np.cos(x))


def sines(n):
    def block(x):
        for _ in range(n):
            x = Sine()(x)
        return x
    return block


def measured(f):
    """The gradient, and how many arrays of ours lived at once."""
    global most
    most = 0
    x = Variable(np.linspace(0.1, 1, 100))
    return gradients(f(x), (x,))[0], most


true, number = measured(sines(1024))
print('alive at once:', number)

assert number == 1024 + 2 and living == 0

# %%
# Keep a little
# -------------
# .. slide:: A function that forgets what is inside
#    :show: code
#    :minutes: 3
#    :meeting:
#
#    Going forward, it keeps only its input. Going backward, it runs once more, is recorded this time, and goes back
#    through that.
#
#    .. notes::
#       Read backward aloud: a pass within a pass. Ask why the inner one must not send anything further.
#
# **Checkpointing** cuts the chain into blocks, and makes one function of each. Its forward records nothing of what
# happens within, and keeps its input. Its backward computes everything once more, recorded this time, goes back through
# it with the gradient that has arrived as a seed, and forgets it again.


class Checkpoint(Function):
    def __init__(self, block):
        self.block = block

    def forward(self, x):
        with no_grad():
            return self.block(Variable(x)).data

    def backward(self, gy):
        x = Variable(self.xs[0])
        return gradients(self.block(x), (x,), seed=gy)[0]


def in_blocks(n, k):
    def f(x):
        for _ in range(n // k):
            x = Checkpoint(sines(k))(x)
        return x
    return f


found = {}
for k in (1, 4, 16, 32, 64, 128, 1024):
    gradient, found[k] = measured(in_blocks(1024, k))
    print(f'blocks of {k:4}: {found[k]:4} alive at once')
    assert np.array_equal(gradient, true)

# %%
# The gradient is the same, to the last bit. To the engine, four blocks are a chain of four functions:

y = in_blocks(8, 2)(Variable(np.array([0.5]), name='x'))
assert y.creator.generation == 8 / 2 == 4
graph(y)

# %%
# How long should a block be?
# ---------------------------
# .. slide:: The root of n
#    :show: statement
#    :minutes: 3
#    :meeting:
#
#    What is there at once are the inputs of all blocks, and the inside of one.
#
#    .. notes::
#       Let them guess the best length for 1,024 first. Ask what becomes of it if a block is cut into blocks again: with
#       enough levels it is the logarithm, and each level computes once more.
#
# .. slide:: Their product is n
#    :show: proof
#    :below:
#
#    .. notes::
#       Two numbers whose product is fixed have the smallest sum when they are equal: that is the proof, and a rectangle
#       on the board shows it. Ask which two numbers. Some say the length of a block and the whole; it is the length and
#       the number of blocks.
#
# Theorem (the best block)
# ~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`k` divide :math:`n`. A chain of :math:`n` functions in blocks of :math:`k` needs :math:`n/k + k` arrays and
# at most two more, for gradients on their way. Among all :math:`k > 0` this is smallest at :math:`k = \sqrt n`, where
# it is :math:`2 \sqrt n`. Each function is computed at most twice.
#
# Proof
# ~~~~~
# Of each of the :math:`n/k` blocks the input is kept. While the pass is in one of them, the :math:`k` arrays within are
# there as well, and those of no other; besides these, the gradient that a rule takes and the one that it makes. And
# :math:`n/k + k = (\sqrt{n/k} - \sqrt k)^2 + 2 \sqrt n`, so it is at least :math:`2 \sqrt n`, and equal where the
# square is 0. A function is computed on the way forward, and once more when the pass reaches its block. ∎
#
# That is how :paper:`Chen and others <chen-2016>` train deep networks. If a block is cut into blocks again, and so on,
# still less is kept and more is computed; where to cut then is the subject of :paper:`griewank-walther-2000`.
#
# .. slide:: As it was measured
#    :show: picture
#    :minutes: 2
#
#    The dots were counted, and the line is the formula.
#
#    .. notes::
#       All dots lie on it, but for the first, which is one below. Ask what one pays at the bottom: one more forward
#       pass, whatever the length of the blocks.

from dezero_lite.pictures import curve

ks = np.geomspace(1, 1024, 60)
assert all(alive == 1024 // k + k + 2 - (k == 1) for k, alive in found.items())
assert min(found, key=found.get) == 32 and found[32] == 66
curve({'n / k + k + 2': (ks, 1024 / ks + ks + 2)}, {'counted': (list(found), list(found.values()))}, log='xy',
      x='length of a block', y='alive at once')

# %%
# What is still wrong
# -------------------
# .. slide:: A gradient that is lost in silence
#    :show: output
#    :minutes: 3
#    :meeting:
#
#    The block uses W, and nobody has said so.
#
#    .. notes::
#       Value and loss are right, so nothing looks wrong. Ask for a check: the gradient check of page 10, on all
#       parameters.
#
# A network has parameters, and a block will use some of them. What happens to their gradients?
#
# .. predict:: The block is :math:`W x^2`, at :math:`x = 2` and :math:`W = 3`, with W taken from outside. What is
#    ``W.grad`` after the pass?
#    :answer: None = W.grad
#    :after:
#
#    - ``W.grad``: the function has one input, x, and the outer graph knows nothing of W.
#    - ``4.0``: that is the derivative, :math:`x^2`. But it is computed in the inner pass, and nobody asks for it there.
#    - ``12.0``: that is the gradient of x.

W, x = Variable(np.array(3.0)), Variable(np.array(2.0))
y = Checkpoint(lambda x: W * x * x)(x)
y.backward()
print('y =', y.data, ' x.grad =', x.grad, ' W.grad =', W.grad)

assert (y.data, x.grad, W.grad) == (12.0, 12.0, None)

# %%
# There is no error and no warning, and the loss is right. Such a layer would just not learn. Whatever is to get a
# gradient from a checkpoint must be one of its *inputs*:


class CheckpointOfTwo(Checkpoint):
    def forward(self, x, w):
        with no_grad():
            return self.block(Variable(x), Variable(w)).data

    def backward(self, gy):
        x, w = map(Variable, self.xs)
        return gradients(self.block(x, w), (x, w), seed=gy)


x.cleargrad()
CheckpointOfTwo(lambda x, w: w * x * x)(x, W).backward()
print('as an input: x.grad =', x.grad, ' W.grad =', W.grad)

assert (x.grad, W.grad) == (12.0, 4.0)

# %%
# And a block must compute the same thing the second time. One that draws random numbers, as dropout does, draws others,
# and its gradient is that of another function than the one whose value it gave. Here the block multiplies by a random
# number, so that the gradient with respect to :math:`x` should be :math:`y / x`:

rng = np.random.default_rng(0)
x = Variable(np.array(2.0))
y = Checkpoint(lambda x: rng.normal() * x)(x)
y.backward()
print(f'y / x = {y.data / x.data:.3f}, x.grad = {x.grad:.3f}')

assert not np.isclose(x.grad, y.data / x.data)

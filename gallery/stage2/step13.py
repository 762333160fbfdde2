"""
Step 13: many inputs, backward
==============================

A function hands a gradient to each of its inputs, and the work list of step 08 earns its keep.

In a chain there was one way back. When a graph merges, a function has several inputs, and the way
back forks. What does each input get, and in which order does the loop visit what lies behind
them?
"""

# %%
# Theory
# ------
# Start with the sum, :math:`f(x_0, x_1) = x_0 + x_1`. Both partial derivatives are 1, everywhere:
# for each :math:`t \neq 0`
#
# .. math::
#
#     \frac{f(x_0 + t, x_1) - f(x_0, x_1)}{t} = \frac{t}{t} = 1
#     = \frac{f(x_0, x_1 + t) - f(x_0, x_1)}{t} .
#
# So whatever gradient ``gy`` arrives at the output of ``Add``, each input gets :math:`1 \cdot gy`,
# that is, ``gy`` itself.

import numpy as np


def f(x0, x1):
    return x0 + x1


for t in [1.0, 0.5, -0.25]:  # short in binary, so that no rounding gets in the way
    assert (f(2.0 + t, 3.0) - f(2.0, 3.0)) / t == 1
    assert (f(2.0, 3.0 + t) - f(2.0, 3.0)) / t == 1

# %%
# .. slides: skip
#
# Does a graph with merges need new mathematics? Not yet. As long as each variable is used only
# once, the chain rule of `step 06 <../stage1/step06.ipynb>`_ is enough.
#
# Theorem (one use each)
# ~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`z` be the result of a graph of functions with one output each, in which every variable
# is an input of at most one function, and only once. Let :math:`x` be a leaf from which :math:`z`
# can be reached. Then exactly one path leads from :math:`x` to :math:`z`. If along it each function
# has, at the values computed, a partial derivative with respect to the input that lies on the path,
# then :math:`z` is differentiable as a function of :math:`x`, the other leaves held fixed, and
# :math:`\partial z / \partial x` is the product of these partial derivatives.
#
# Proof (one use each)
# ~~~~~~~~~~~~~~~~~~~~
# From :math:`x` there is only one way on: the only function that uses it, then that function's only
# output, and so forth. So there is one path; let its variables be
# :math:`x = v_0, v_1, \dots, v_n = z`. (If :math:`x` is :math:`z` itself, then :math:`n = 0`, and the
# product below is empty, that is 1.)
#
# No other input of the functions on the path depends on :math:`x`, or is :math:`x`. If one did, a path
# from :math:`x` would arrive at :math:`z` through it, and that would be a second path.
#
# So with the other leaves held fixed, the other inputs are constants, and
# :math:`v_i = h_i(v_{i-1})`, where :math:`h_i` is the :math:`i`-th function of the path with all
# inputs but one frozen. Its derivative :math:`h_i'` at :math:`v_{i-1}` is the partial derivative of
# which the theorem speaks, and
#
# .. math::
#
#     z = (h_n \circ \dots \circ h_1)(x), \qquad
#     \frac{\partial z}{\partial x} = h_n'(v_{n-1}) \cdots h_1'(v_0)
#
# by the chain rule of step 06. ∎
#
# For :math:`z = x^2 + y^2` the path from :math:`x` runs through one square and the sum, so
# :math:`\partial z/\partial x = 1 \cdot 2x`, and likewise
# :math:`\partial z/\partial y = 1 \cdot 2y`. At (2, 3) this makes 4 and 6. A central difference,
# which knows nothing of the theorem, agrees.


def z_of(x, y):
    return x ** 2 + y ** 2


eps = 1e-4
dz_dx = (z_of(2 + eps, 3) - z_of(2 - eps, 3)) / (2 * eps)
dz_dy = (z_of(2, 3 + eps) - z_of(2, 3 - eps)) / (2 * eps)
print(f'central differences: {dz_dx:.6f} {dz_dy:.6f}')

assert np.isclose(dz_dx, 1 * 2 * 2)
assert np.isclose(dz_dy, 1 * 2 * 3)

# %%
# The program
# -----------
# The loop collects the gradients of all outputs, ``gys``, asks the function for the gradients of
# all inputs, ``gxs``, and deals them out with ``zip``. ``Add`` passes ``gy`` to both sides.
import numpy as np


class Variable:
    def __init__(self, data):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.grad = None
        self.creator = None

    def set_creator(self, f):
        self.creator = f

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
                x.grad = gx
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
y = Variable(np.array(3.0))
a = square(x)
b = square(y)
z = add(a, b)
z.backward()
print('z =', z.data)
print('x.grad =', x.grad)
print('y.grad =', y.grad)

assert (z.data, x.grad, y.grad) == (13.0, 4.0, 6.0)

# %%
# Is there just one path, as the proof says? We look for all of them, each as a list of functions.


def paths(x, z):
    if z is x:
        return [[]]
    inputs = z.creator.inputs if z.creator else []
    return [path + [z.creator] for v in inputs for path in paths(x, v)]


assert paths(x, z) == [[a.creator, z.creator]]
assert paths(y, z) == [[b.creator, z.creator]]

# %%
# Now watch the work list. The function below is the loop of ``backward`` with the arithmetic left
# out; it yields the list at the start of each turn.


def work_lists(y):
    funcs = [y.creator]
    while funcs:
        yield list(funcs)
        f = funcs.pop()
        for x in f.inputs:
            if x.creator is not None:
                funcs.append(x.creator)


sq1, sq2, last = a.creator, b.creator, z.creator
name_of = {sq1: 'sq1', sq2: 'sq2', last: 'add'}
turns = [[name_of[f] for f in funcs] for funcs in work_lists(z)]
for turn in turns:
    print(turn)

assert turns == [['add'], ['sq1', 'sq2'], ['sq1']]

# %%
# Is that what ``backward`` really does? We listen in: each function notes its name when its rule is
# called.

ran = []


def listen(f):
    rule = f.backward

    def noted(*gys):
        ran.append(name_of[f])
        return rule(*gys)

    f.backward = noted


for f in name_of:
    listen(f)
z.backward()
print('ran:', ran)

assert ran == [turn[-1] for turn in turns]

# %%
# Is there any point in the list now?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# `Step 08 <../stage1/step08.ipynb>`_ asked what a list is good for that always holds one function.
# In a chain, for nothing. Here the second turn finds two functions waiting, and while one runs, the
# other must be kept somewhere. A list that grows where the way back forks, and shrinks where it ends,
# is just what is needed.

longest = max(len(turn) for turn in turns)
assert longest == 2

# %%
# Does it matter which of the two runs first?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Not here. ``pop`` takes the newest, so ``sq2`` came before ``sq1``; neither reads what the other
# writes. Where each variable is used once, a function is put on the list by the one function that
# uses its output, so its gradient is ready when it gets there. Keep this in mind: the sentence
# fails as soon as a variable is used twice. Here are both orders:

for order in ([last, sq1, sq2], [last, sq2, sq1]):
    x.grad = y.grad = a.grad = b.grad = None
    for f in order:
        gxs = f.backward(f.outputs[0].grad)
        for v, gx in zip(f.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
            v.grad = gx
    assert (x.grad, y.grad) == (4.0, 6.0)

# %%
# The graph
# ---------
# The merge, with values and gradients. The local derivatives stand on the edges, where ``2x`` is
# twice the input of that square; multiply along the path from ``x`` to ``z``, and you have
# ``x.grad``.
from dezero_lite import graph

graph(z, names={'x': x, 'y': y, 'a': a, 'b': b, 'z': z}, values=True, grads=True,
      local={'Square': '2x', 'Add': ('1', '1')})

# %%
# Watch it run
# ~~~~~~~~~~~~
# The same pass, recorded line by line while it ran. The function that runs has a bold frame, those
# on the work list a dashed one; the variable that has just got a gradient has a thick ring. The space
# bar plays, the arrows step, Home and End jump.
from dezero_lite import play

x, y = Variable(np.array(2.0)), Variable(np.array(3.0))
a, b = square(x), square(y)
z = add(a, b)
play(z, names={'x': x, 'y': y, 'a': a, 'b': b, 'z': z})

# %%
# What is still wrong
# -------------------
# The theorem spoke of graphs in which every variable is used once. Use one twice, in the simplest
# way there is:

x = Variable(np.array(3.0))
y = add(x, x)
y.backward()
print('y =', y.data)
print('x.grad =', x.grad)

assert y.data == 6
assert x.grad == 1  # but y = 2x, so it should be 2
assert len(paths(x, y)) == 2

# %%
# The value is right and the gradient is wrong: :math:`y = 2x` has derivative 2. There are two paths
# now, and the second gradient to arrive has overwritten the first. What to do with the two is the
# subject of `step 14 <../stage2/step14.ipynb>`_.

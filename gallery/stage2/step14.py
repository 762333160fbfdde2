"""
Step 14: the same variable twice
================================

Where a graph branches and merges, gradients add up: the total derivative, and the line that does
it.

Step 13 says that the derivative of :math:`x + x` is 1. It is 2. What should happen when the same
variable reaches the result along two paths?
"""

# %%
# Two arrows from one variable
# ----------------------------
# .. slide:: Two arrows from one variable
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    The derivative with respect to each input is 1. What is :math:`dy/dx`?
#
#    .. notes::
#       Step 13 says 1. Ask what it should be, and why: y is 2x. Each use sends back its share, and the shares add up.
#
# This is the graph of :math:`y = x + x` at 3. Two arrows leave ``x``, and the derivative of the sum
# with respect to each of its inputs is 1.
#
# .. only-draws::

from types import SimpleNamespace as Node

from dezero_lite import graph

x, y, plus = Node(data=3), Node(data=6), Node()
graph(calls=[(plus, [x, x], [y])], names={'x': x, 'y': y, 'add': plus},
      values=True, local={'add': ('1', '1')})

# %%
# .. slide:: Both inputs move
#    :show: output
#    :minutes: 2
#
#    .. notes::
#       Each moves y as far as it would alone.
#
# Move ``x`` by 0.001, and *both* inputs of the sum move by 0.001. Each of them moves ``y`` as far as it
# would alone, and together they move it twice as far.

import numpy as np

x, t = 3, 0.001
one = (x + t) + x - (x + x)
both = (x + t) + (x + t) - (x + x)
print(f'one input moved: y moved by {one:.3f}; both moved: y moved by {both:.3f}')

assert np.isclose(one, t) and np.isclose(both, 2 * t)

# %%
# So ``x.grad`` has to be :math:`1 + 1`. Step 13 sent a 1 along each arrow, and the second one
# overwrote the first.
#
# Why a sum?
# ~~~~~~~~~~
# .. slide:: Two paths, so the gradients add up
#    :minutes: 2
#
#    A linear function of a sum is the sum of its values:
#
#    :math:`L(h_1, h_2) = L(h_1, 0) + L(0, h_2)`
#
#    .. notes::
#       The two shares are independent of each other.
#
# Because a small change of the inputs changes the result by a *linear* function of it, up to something
# negligible, and a linear function of a sum is the sum of its values:
# :math:`L(h_1, h_2) = L(h_1, 0) + L(0, h_2)`. The share that goes through one input and the share that
# goes through the other are independent of each other. In the language of the program: each use of ``x``
# sends back its share ``gx``, and ``x.grad`` is their sum. What "negligible" means here is what the
# theorem further down makes precise.

# %%
# .. ask::
#    What should happen when the same variable reaches the result along two paths, or is used in a second
#    computation?
#
#    - ``y.backward()``: what arrives at a variable is added to what has arrived there before. An array
#      that somebody else holds is not written into.
#    - ``x.cleargrad()``: from then on ``x.grad`` is None, as in a new variable.
#
# The program
# -----------
# .. slide:: Store the first, add the others
#    :show: program
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       Four lines for one, and cleargrad. Ask why not start every grad at 0.
#
# One line has become four: the first gradient is stored, every further one is added. And since
# ``backward`` now adds to what it finds, ``cleargrad`` lets a new computation start from nothing.
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
# Here is the sum that step 13 got wrong:

x = Variable(np.array(3.0))
y = add(x, x)
y.backward()
print('y = x + x =', y.data)
print('x.grad =', x.grad)

assert (y.data, x.grad) == (6.0, 2.0)

# %%
# .. slide:: Three uses, three
#    :show: output
#    :minutes: 1
#
#    ``add(add(x, x), x)`` after ``cleargrad``
#
#    .. notes::
#       The sum that step 13 got wrong is now right, and so is one with three uses. Ask what would come without
#       ``cleargrad``; whoever says three has forgotten what the first pass has left. Skip it when late.
#
# With ``cleargrad`` (in PyTorch ``zero_grad``) the same ``x`` can be used for a second computation.

x.cleargrad()
y = add(add(x, x), x)
y.backward()
print('x.grad =', x.grad)

assert x.grad == 3.0

# %%
# Now paths of different kinds. Let :math:`z = uv` with :math:`u = x^2` and :math:`v = x + x`. If
# :math:`v` is held fixed, :math:`z` moves :math:`v` times as far as :math:`u`; so the partial derivatives
# of the product are :math:`v` and :math:`u`. Multiply along each path and add over the paths:
# :math:`v \cdot 2x + u \cdot 1 + u \cdot 1`. At 3 this is :math:`36 + 9 + 9 = 54`. Indeed
# :math:`z = 2x^3`, and :math:`z' = 6x^2`.


class Mul(Function):
    def forward(self, u, v):
        return u * v

    def backward(self, gz):
        u, v = [x.data for x in self.inputs]
        return gz * v, gz * u


def product_of(x):
    u = square(x)
    v = add(x, x)
    return u, v, Mul()(u, v)


for at in [-0.5, 3.0]:
    x = Variable(np.array(at))
    u, v, z = product_of(x)
    z.backward()
    print(f'at {at}: z = {z.data}, x.grad = {x.grad}')

    assert z.data == 2 * at ** 3
    assert x.grad == v.data * 2 * at + u.data + u.data == 6 * at ** 2

assert (v.data * 2 * at, u.data, z.data) == (36, 9, 54)

# %%
# .. slide:: Three paths from x to z
#    :show: picture
#    :minutes: 1
#    :meeting:
#
#    :math:`z = uv` with :math:`u = x^2`, :math:`v = x + x`
#
#    .. notes::
#       Multiply along each path, add over the paths: 36 + 9 + 9.
#
# Here is the graph, with the derivatives beside the arrows:
from dezero_lite import graph

graph(z, names={'x': x, 'u': u, 'v': v, 'z': z}, values=True, grads=True,
      local={'Square': '2x', 'Add': ('1', '1'), 'Mul': ('v', 'u')})

# %%
# .. slide:: Watch the shares being added
#    :show: picture
#    :minutes: 3
#
#    .. notes::
#       Ask for each sum before it appears.
#
# Play the pass, and watch the three shares being added to ``x.grad``.
from dezero_lite import play

x = Variable(np.array(3.0))
u, v, z = product_of(x)
play(z, names={'x': x, 'u': u, 'v': v, 'z': z})

# %%
# Two leaves, of which one is used twice, and a function that can tell its inputs apart: the difference
# :math:`x_0^2 - (x_0 + x_1)` has the derivatives :math:`2x_0 - 1` and :math:`-1`.


class Subtract(Function):
    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


x0, x1 = Variable(np.array(2.0)), Variable(np.array(5.0))
y = Subtract()(square(x0), add(x0, x1))
y.backward()
print('y =', y.data, ' x0.grad =', x0.grad, ' x1.grad =', x1.grad)

assert (y.data, x0.grad, x1.grad) == (-3, 3, -1)

# %%
# Why ``x.grad = x.grad + gx``, and not ``+=``?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Because ``+=`` writes into the array that is there, and others may hold the same one. ``Add``
# returns ``gy, gy``, one array twice. So when ``backward`` of ``y = add(x, x)`` has stored the first of
# the two, ``y.grad`` and ``x.grad`` are the same object. Change one in place, and both have changed.
#
# .. slide:: Why not ``+=``?
#    :show: output
#    :minutes: 2
#    :meeting:
#
#    ``Add`` hands out one array twice. Change it in one place, and it has changed in the other.
#
#    .. notes::
#       Read the row of ``+=``: x + x is right by luck, with y.grad changed, and x + x + x is wrong. If you are late,
#       leave it out and send those who ask to the page.
#
# To see it happen, here is the loop once more, with the line in question as an argument: overwrite
# (step 13), add in place (``+=``), or make a new sum (this step).
#
# .. internal::

import operator


def backward(y, accumulate):
    y.grad = np.ones_like(y.data)
    funcs = [y.creator]
    while funcs:
        f = funcs.pop()
        gxs = f.backward(*[output.grad for output in f.outputs])
        for x, gx in zip(f.inputs, gxs):
            x.grad = gx if x.grad is None else accumulate(x.grad, gx)
            if x.creator is not None:
                funcs.append(x.creator)


rules = {'overwrite': lambda old, new: new, '+=': operator.iadd, '+': operator.add}
results = {}
for name, rule in rules.items():
    x = Variable(np.array(3.0))
    y = add(x, x)
    backward(y, rule)
    two = (x.grad.item(), y.grad.item())

    x = Variable(np.array(3.0))
    y = add(add(x, x), x)
    backward(y, rule)
    three = (x.grad.item(), y.grad.item())

    results[name] = two + three
    print(f'{name:9}  x + x: x.grad {two[0]}, y.grad {two[1]}'
          f'    x + x + x: x.grad {three[0]}, y.grad {three[1]}')

assert results['overwrite'] == (1.0, 1.0, 1.0, 1.0)
assert results['+='] == (2.0, 2.0, 4.0, 4.0)
assert results['+'] == (2.0, 1.0, 3.0, 1.0)

# %%
# Read the row of ``+=``. For :math:`x + x` the gradient of ``x`` comes out right, but that of ``y``
# has changed to 2 along the way, and :math:`dy/dy` is 1. For :math:`x + x + x` even ``x.grad`` is
# wrong, 4 in place of 3: one array serves as the gradient of everything, and it is added to itself
# twice. The cure, the row of ``+``, costs one new array for each addition.
#
# Note what it does not cure. The first gradient that arrives is stored as it is, so after
# :math:`y = x_0 + x_1` all three still share one array. That is harmless as long as nobody writes
# into a gradient in place, and this program never does.
#
# .. internal::

x0, x1 = Variable(np.array(2.0)), Variable(np.array(3.0))
y = add(x0, x1)
y.backward()
assert x0.grad is x1.grad is y.grad

# %%
# A second backward
# -----------------
# What if ``backward`` is called once more, and nothing has been cleared? On a leaf the gradients add
# up, as they should: the gradient of :math:`2y` is twice that of :math:`y`.

x = Variable(np.array(3.0))
y = add(x, x)
y.backward()
y.backward()
print('x + x, two passes: x.grad =', x.grad)

assert x.grad == 2 * 2.0

# %%
# .. slide:: Two passes, nothing cleared: what is in x.grad?
#    :show: predict
#    :minutes: 2
#
#    .. notes::
#       Let everybody write down a number.
#
# .. predict:: :math:`y = (x^2)^2` has the derivative 108 at 3. ``backward`` runs twice, and nothing is cleared in
#    between. What is ``x.grad``?
#    :answer: 324 = int(x.grad)
#    :after:
#    :type: number
#
#    - ``int(x.grad)``: the second pass adds to ``a.grad`` as well, and sends the sum on: 108 and
#      216.
#    - ``int(2 * once)``: that would be right, twice the gradient. It is what you get when there
#      is no computed variable in between.
#    - ``int(once)``: as if the second pass had written over the first.
#
# .. slide:: The first pass is counted twice
#    :show: output
#    :minutes: 2
#
#    ``a.grad`` still holds what the first pass put there, and the second sends the *sum* on.
#
#    .. notes::
#       108 + 216 = 324. Clearing the leaves alone does not help.
#
# But a computed variable between the result and the leaf keeps its gradient, too, and everything that it was
# computed from gets a wrong one. Let :math:`y = (x^2)^2`, so that :math:`y' = 4x^3 = 108` at 3, and
# :math:`a = x^2`. The second pass adds to ``a.grad``, which still holds what the first one put there,
# and sends the *sum* on to ``x``. The first pass is counted twice: 108 + 216 = 324, in place of 216.
#
# .. flaw:: 324

x = Variable(np.array(3.0))
a = square(x)
y = square(a)
y.backward()
once = float(x.grad)
y.backward()
print('one pass: x.grad =', once)
print('two passes: x.grad =', x.grad)

assert once == 4 * 3 ** 3 == 108
assert x.grad == 108 + 216 == 324

# %%
# Clearing the leaves alone does not help, because the stale gradient sits in the middle. In this
# program, compute the graph anew before you go backward again, or clear every variable in it.
#
# .. flaw:: 3 * 108

x.cleargrad()
y.backward()
print('leaf cleared, third pass: x.grad =', x.grad)

assert x.grad == 3 * 108

for v in [x, a, y]:
    v.cleargrad()
y.backward()
assert x.grad == 108

# %%
# A second backward in ``dezero_lite``
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# In the library a second backward is well defined. Every pass computes its gradients in a table of its
# own, and adds them to the ``grad`` of each leaf only when it has finished. A computed variable keeps
# no gradient, unless you ask for it. So nothing that an earlier pass has left behind is sent on: two
# passes give exactly twice the gradient, however deep the graph, and a pass from ``a`` after one from
# ``y`` gives the derivative of ``a``.
import dezero_lite

for depth in [2, 3, 5]:
    x = dezero_lite.Variable(np.array(1.5))
    y = x
    for _ in range(depth):
        y = dezero_lite.square(y)
    y.backward()
    once = x.grad
    y.backward()
    assert x.grad == 2 * once and np.isclose(once, 2 ** depth * 1.5 ** (2 ** depth - 1))

x = dezero_lite.Variable(np.array(3.0))
a = dezero_lite.square(x)
y = dezero_lite.square(a)
y.backward()
y.backward()
print('dezero_lite, two passes: x.grad =', x.grad)

assert x.grad == 2 * 108
assert a.grad is None and y.grad is None

x.cleargrad()
a.backward()
assert x.grad == 2 * 3

# %%
# The total derivative
# --------------------
# .. slide:: A theorem, with a condition
#    :minutes: 1
#    :meeting:
#
#    :math:`z = z(u, v)`, :math:`u = u(x)`, :math:`v = v(x)`. Partial derivatives are not enough.
#
#    .. notes::
#       That shares add up is a theorem. Definition, theorem and proof hang below this slide, for those who want to know
#       why: press the down arrow. A clicker goes past them.
#
# That shares add up is a theorem, and it has a condition that is easily overlooked. Let
# :math:`z = z(u, v)` with :math:`u = u(x)` and :math:`v = v(x)`. A change of :math:`x` moves :math:`u`
# and :math:`v` at once, and each of them moves :math:`z`. The chain rule of
# `step 06 <../stage1/step06.ipynb>`_ has nothing to say about that. What it takes is a notion of
# derivative that looks at :math:`u` and :math:`v` together.
#
# .. slide:: Differentiable: a small remainder
#    :show: statement
#    :below:
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       The remainder is small compared with the length of h.
#
# Definition (differentiable)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`z` be a real function defined near the point :math:`p = (u_0, v_0)` of the plane, and let
# :math:`|h| = \sqrt{h_1^2 + h_2^2}` be the length of :math:`h = (h_1, h_2)`. The function is
# *differentiable at* :math:`p` if there are numbers :math:`z_u, z_v` such that the remainder
# :math:`r` in
#
# .. math::
#
#     z(p + h) = z(p) + z_u h_1 + z_v h_2 + r(h)
#
# is small compared with :math:`h`, that is, :math:`r(h)/|h| \to 0` as :math:`h \to 0`,
# :math:`h \neq 0`. Putting :math:`h_2 = 0` or :math:`h_1 = 0` shows that :math:`z_u` and
# :math:`z_v` are then the partial derivatives of :math:`z` at :math:`p`. The converse is false, as
# we shall see.
#
# .. slide:: The total derivative
#    :show: statement
#    :below:
#    :minutes: 2
#    :meeting:
#
#    .. notes::
#       One product for each way, and their sum.
#
# Theorem (total derivative)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`u` and :math:`v` be real functions defined near :math:`x_0` and differentiable at
# :math:`x_0`, and let :math:`z` be differentiable at :math:`p = (u(x_0), v(x_0))`. Then
# :math:`x \mapsto z(u(x), v(x))` is differentiable at :math:`x_0`, and there
#
# .. math::
#
#     \frac{dz}{dx} = \frac{\partial z}{\partial u} \frac{du}{dx}
#     + \frac{\partial z}{\partial v} \frac{dv}{dx} .
#
# .. slide:: Five lines
#    :show: proof
#    :below:
#    :minutes: 5
#    :meeting:
#
#    .. notes::
#       Line 3 is the careful one: the increment can be zero although t is not.
#
# Proof of the total derivative
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# For small :math:`t \neq 0` let :math:`h_1(t) = u(x_0 + t) - u(x_0)`,
# :math:`h_2(t) = v(x_0 + t) - v(x_0)` and :math:`h(t) = (h_1(t), h_2(t))`. Since :math:`u` and
# :math:`v` are continuous at :math:`x_0`, we have :math:`h(t) \to 0` as :math:`t \to 0`; so for small
# :math:`t` the point :math:`p + h(t)` lies where :math:`z` is defined.
#
# **Line 1.** The definition, with :math:`h = h(t)`, divided by :math:`t`:
#
# .. math::
#
#     \frac{z(p + h(t)) - z(p)}{t}
#     = z_u \frac{h_1(t)}{t} + z_v \frac{h_2(t)}{t} + \frac{r(h(t))}{t} .
#
# **Line 2.** The first two terms converge, by the definition of :math:`u'` and :math:`v'`, to
# :math:`z_u u'(x_0) + z_v v'(x_0)`. It remains to show that the last one tends to 0.
#
# **Line 3.** We may not divide by :math:`|h(t)|`, which can be 0 although :math:`t` is not. So let
# :math:`\rho(h) = r(h)/|h|` for :math:`h \neq 0`, and :math:`\rho(0) = 0`. Since :math:`r(0) = 0`
# (put :math:`h = 0` in the definition), :math:`r(h) = \rho(h)\,|h|` holds for every :math:`h`, zero
# included, and :math:`\rho(h) \to 0 = \rho(0)` as :math:`h \to 0`. Hence
#
# .. math::
#
#     \left| \frac{r(h(t))}{t} \right| = |\rho(h(t))| \cdot \frac{|h(t)|}{|t|} .
#
# **Line 4.** The second factor converges, so it is bounded for small :math:`t`:
#
# .. math::
#
#     \frac{|h(t)|}{|t|} = \sqrt{\left(\frac{h_1(t)}{t}\right)^2 + \left(\frac{h_2(t)}{t}\right)^2}
#     \;\to\; \sqrt{u'(x_0)^2 + v'(x_0)^2} .
#
# **Line 5.** The first factor tends to 0, since :math:`h(t) \to 0` and :math:`\rho` is continuous
# at 0. So the product tends to 0, and with it the last term of line 1. ∎
#
# With :math:`n` functions :math:`u_1, \dots, u_n` in place of two the proof is the same, and the
# sum has :math:`n` terms.
#
# Now line by line in numbers, for :math:`z = uv`, :math:`u = x^2`, :math:`v = \sin x` at
# :math:`x_0 = 1`. Here :math:`z_u = v`, :math:`z_v = u`, and :math:`r(h) = h_1 h_2`.


def rho(h1, h2):
    return h1 * h2 / np.hypot(h1, h2) if (h1, h2) != (0, 0) else 0.0


x0 = 1.0
u0, v0 = x0 ** 2, np.sin(x0)
du, dv = 2 * x0, np.cos(x0)
total = v0 * du + u0 * dv

print('       t   quotient  remainder/t        rho    |h|/|t|')
for t in [1e-1, 1e-2, 1e-3, 1e-4]:
    h1, h2 = (x0 + t) ** 2 - u0, np.sin(x0 + t) - v0
    quotient = ((u0 + h1) * (v0 + h2) - u0 * v0) / t
    r, length = h1 * h2, np.hypot(h1, h2)
    print(f'{t:8.4f} {quotient:10.6f} {r / t:12.6f} {rho(h1, h2):10.6f} {length / t:10.6f}')

    assert np.isclose(quotient, v0 * h1 / t + u0 * h2 / t + r / t)             # line 1
    assert abs(h1 / t - du) < 2 * t and abs(h2 / t - dv) < 2 * t               # line 2
    assert np.isclose(abs(r / t), abs(rho(h1, h2)) * length / t)               # line 3
    assert abs(length / t - np.hypot(du, dv)) < 2 * t                          # line 4
    assert abs(rho(h1, h2)) < 2 * t and abs(quotient - total) < 5 * t          # line 5
print(f'dz/dx at 1: {total:.6f}')

# %%
# The case that line 3 is careful about is real. Let :math:`u = v = \max(x, 0)^2` at 0, which is
# differentiable there: for every :math:`t < 0` the increment :math:`h(t)` is zero.

for t in [-0.5, -0.25, 0.25, 0.5]:
    h = max(t, 0) ** 2 - 0
    assert (h == 0) == (t < 0)
    assert np.isclose(abs(h * h / t), abs(rho(h, h)) * np.hypot(h, h) / abs(t), atol=0)

# %%
# Partial derivatives alone are not enough
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Partial derivatives alone are not enough
#    :show: code
#    :below:
#    :minutes: 2
#
#    :math:`z = u^2 v / (u^2 + v^2)`: on both axes 0, on the diagonal :math:`t/2`.
#
#    .. notes::
#       The formula promises 0, the truth is 1/2. The function is not differentiable at the origin.
#
# The formula can fail although both partial derivatives exist. Let
# :math:`z(u, v) = u^2 v / (u^2 + v^2)` and :math:`z(0, 0) = 0`. On both axes :math:`z` is 0, so at the
# origin both partial derivatives exist and are 0. Along :math:`u = v = t` the formula promises
# :math:`0 \cdot 1 + 0 \cdot 1 = 0`. But :math:`z(t, t) = t/2`, whose derivative is 1/2.


def z(u, v):
    return u ** 2 * v / (u ** 2 + v ** 2) if (u, v) != (0, 0) else 0.0


for t in [1.0, 0.5, -0.25]:
    assert (z(t, 0) - z(0, 0)) / t == 0      # partial derivative in u: 0
    assert (z(0, t) - z(0, 0)) / t == 0      # partial derivative in v: 0
    assert (z(t, t) - z(0, 0)) / t == 1 / 2  # along u = v = t: not 0
    assert np.isclose(z(3 * t, -2 * t) / t, z(3, -2))  # along any other line, too, z is linear

# %%
# Even a derivative in every direction is not enough: this :math:`z` has one, since
# :math:`z(tu, tv) = t\,z(u, v)`. Nothing is wrong with the proof; :math:`z` is not differentiable at the
# origin. The numbers :math:`z_u, z_v` could only be the partial derivatives, 0 and 0, so the remainder
# is :math:`z` itself, and on the diagonal :math:`|r(h)|/|h|` stays at :math:`1/(2\sqrt 2)`, however
# small :math:`h` is.

for t in [1e-1, 1e-4, 1e-8]:
    assert np.isclose(z(t, t) / np.hypot(t, t), 1 / (2 * np.sqrt(2)))

# %%
# Our own functions are safe. The remainder of a sum is 0, that of a square is :math:`h^2`. So by
# the theorem, applied to one function after another, every variable in a graph of sums and squares
# is a differentiable function of the leaf :math:`x`, when the other leaves are held fixed.

for h in [0.5, -0.25]:  # short in binary, so that no rounding gets in the way
    assert (3 + h) ** 2 - (3 ** 2 + 2 * 3 * h) == h ** 2
    assert (3 + h) + (2 - h) - (3 + 2 + 1 * h + 1 * -h) == 0

# %%
# What is still wrong
# -------------------
# .. slide:: 96, and it should be 64
#    :show: output
#    :minutes: 1
#    :meeting:
#
#    :math:`a = x^2`, :math:`y = a^2 + a^2`: some function runs too early, and then once more.
#
#    .. notes::
#       The rule is right, the order is not. That is step 15.
#
# ``backward`` adds whatever arrives, whenever it arrives. But a function that runs before all the
# gradients of its output have been added sends on too little; and when the rest arrives, it runs
# again and sends the first part once more. Here is a graph of four functions: use :math:`a = x^2`
# twice, square it both times, and add. The result is :math:`y = 2x^4`, its derivative :math:`8x^3`.
#
# .. flaw:: 1.5

for at in [2.0, 3.0]:
    x = Variable(np.array(at))
    a = square(x)
    y = add(square(a), square(a))
    y.backward()
    print(f'at {at}: y = {y.data}, x.grad = {x.grad}, true: {8 * at ** 3}')

    assert y.data == 2 * at ** 4
    assert x.grad == 1.5 * 8 * at ** 3  # half as much again

# %%
# The rule of this step is right: gradients add up. What is wrong is when a function runs, and how
# often. `Step 15 <../stage2/step15.ipynb>`_ finds the right order and proves it.

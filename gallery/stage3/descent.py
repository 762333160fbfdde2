"""
With the engine: how long a step
================================

Fit a small network by gradient descent, and find the longest step that still goes down: by the
largest curvature, which backward computes without ever forming the Hessian.

A gradient says which way is down, and nothing about how far. Too short a step wastes time, too long
a one goes up the other side. Where is the limit?
"""

# %%
# Theory
# ------
# Let :math:`f` be a twice continuously differentiable function of :math:`n` numbers, with gradient
# :math:`\nabla f` and Hessian :math:`H`, the symmetric matrix of second derivatives. A step of
# *gradient descent* with length :math:`\eta > 0` leads from :math:`x` to :math:`x - \eta \nabla f(x)`.
#
# Theorem (a short step goes down)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`L > 0` be such that :math:`v \cdot H(p)\, v \le L\, |v|^2` for all vectors :math:`v` and
# all points :math:`p` of the segment from :math:`x` to :math:`x - \eta g`, where
# :math:`g = \nabla f(x)`. Then
#
# .. math::
#     f(x - \eta g) \le f(x) - \eta \left(1 - \frac{L \eta}{2}\right) |g|^2 .
#
# So if :math:`g \ne 0` and :math:`\eta < 2/L`, the step goes down.
#
# Proof
# ~~~~~
# Let :math:`\varphi(s) = f(x - s \eta g)` for :math:`0 \le s \le 1`. By the chain rule
# :math:`\varphi'(0) = -\eta\, |g|^2`, and :math:`\varphi''(s) = \eta^2\, g \cdot H(x - s \eta g)\, g`,
# which is at most :math:`\eta^2 L\, |g|^2`. By Taylor's theorem there is an :math:`s` in :math:`(0, 1)` with
# :math:`\varphi(1) = \varphi(0) + \varphi'(0) + \varphi''(s)/2`, and that is at most
# :math:`f(x) - \eta\, |g|^2 + \eta^2 L\, |g|^2 / 2`. ∎
#
# Proposition (a longer step does not)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`f(x) = f(m) + (x - m) \cdot A (x - m) / 2`, with a symmetric matrix :math:`A`. Let
# :math:`\lambda > 0` be an eigenvalue of :math:`A`, and :math:`u` its eigenvector of length 1. One
# step multiplies the component :math:`u \cdot (x - m)` by :math:`1 - \eta \lambda`. If
# :math:`\eta > 2/\lambda`, then the component grows without bound, unless it is 0 to begin with.
#
# Proof
# ~~~~~
# Here :math:`\nabla f(x) = A (x - m)`. After the step the component is
#
# .. math::
#     u \cdot (x - m) - \eta\, u \cdot A (x - m) = (1 - \eta \lambda)\, u \cdot (x - m),
#
# since :math:`u \cdot A w = (A u) \cdot w` for a symmetric :math:`A`, and :math:`A u = \lambda u`. If
# :math:`\eta \lambda > 2`, the factor :math:`1 - \eta \lambda` is below :math:`-1`. ∎
#
# So with the largest eigenvalue :math:`\lambda` of the Hessian, :math:`2/\lambda` is the limit: sharp
# for a quadratic function, and a good guess for any other near a minimum. How do we get
# :math:`\lambda`? The Hessian of :math:`n` parameters has :math:`n^2` entries. But its product with a
# vector is the gradient of a number, :math:`H v = \nabla (\nabla f \cdot v)` for a fixed :math:`v`, and
# costs one backward pass through a backward pass (`Pearlmutter 1994
# <../../bibliography.md#pearlmutter-1994>`_); in ``dezero_lite`` that is ``hvp``. And products are all
# that *power iteration* needs: multiply a vector by :math:`H` and scale it to length 1, again and
# again. Where one eigenvalue is larger in absolute value than all others, the vector turns towards its
# eigenvector, unless it was at right angles to it from the start.

# %%
# The program
# -----------
# The parameters are one long vector ``p``; ``model`` cuts it up. ``value_and_grad`` turns ``loss``
# into a function that gives both the loss and its gradient.
import numpy as np

import dezero_lite as dz

shapes = [(1, 12), (12,), (12, 1), (1,)]
ends = np.cumsum([0] + [int(np.prod(shape)) for shape in shapes])


def model(p, x):
    w1, b1, w2, b2 = [dz.reshape(p[i:j], s) for i, j, s in zip(ends, ends[1:], shapes)]
    return dz.tanh(x @ w1 + b1) @ w2 + b2


rng = np.random.default_rng(0)
x = np.linspace(-3, 3, 60).reshape(-1, 1)
t = np.sin(x) + 0.1 * rng.standard_normal(x.shape)


def loss(p):
    return dz.mean_squared_error(model(p, x), t)


def descend(p, eta, steps):
    """The points and losses on the way."""
    points, losses = [p], []
    for _ in range(steps):
        value, gradient = dz.value_and_grad(loss)(points[-1])
        losses.append(float(value))
        points.append(points[-1] - eta * gradient)
    return points, losses


def curvature(f, p, turns=60):
    """The eigenvalue of the Hessian of f at p that is largest in absolute value, and its vector."""
    v = np.ones_like(p)
    for _ in range(turns):
        v = v / np.linalg.norm(v)
        hv = dz.hvp(f, p, v)
        v, eigenvalue = hv, v @ hv
    return eigenvalue, v / np.linalg.norm(v)


# %%
# The run
# -------
# Is the gradient right? As in step 10, we ask differences, for the gradient and for the second
# derivatives too.

start = rng.standard_normal(ends[-1])
assert dz.gradcheck(loss, start)
assert dz.gradgradcheck(loss, start)
print('parameters:', start.size)

# %%
# First a function that *is* quadratic, to see the theory at work: fit the same points by a cubic
# polynomial. Its Hessian is the same everywhere, and small enough to be written down.

X = x ** np.arange(4)


def cubic(c):
    return dz.mean_squared_error(X @ c, t[:, 0])


A = 2 * X.T @ X / len(X)
largest, u = curvature(cubic, np.zeros(4))
print(f'largest curvature {largest:.4f}, limit 2/λ = {2 / largest:.6f}')
assert np.isclose(largest, np.linalg.eigvalsh(A)[-1])
assert all(np.allclose(dz.hvp(cubic, np.ones(4), e), A @ e) for e in np.eye(4))

minimum = np.linalg.lstsq(X, t[:, 0], rcond=None)[0]
for share in [0.9, 1.1]:
    eta = share * 2 / largest
    c = np.zeros(4)
    for _ in range(40):
        gradient = dz.grad(cubic)(c)
        after = c - eta * gradient
        assert np.isclose(u @ (after - minimum), (1 - eta * largest) * (u @ (c - minimum)))
        bound = cubic(dz.Variable(c)).data - eta * (1 - largest * eta / 2) * gradient @ gradient
        assert cubic(dz.Variable(after)).data <= bound + 1e-12 * abs(bound)  # the theorem, at each step
        c = after
    print(f'{share} × limit: after 40 steps {cubic(dz.Variable(c)).data:.4g}')
    assert (cubic(dz.Variable(c)).data < cubic(dz.Variable(np.zeros(4))).data) == (share < 1)

# %%
# Now the network. With a step that is short enough the loss goes down all the way.

points, losses = descend(start, eta=0.05, steps=2000)
for step in [0, 10, 100, 1999]:
    print(f'step {step:4}: loss {losses[step]:.5f}')
assert all(later < earlier for earlier, later in zip(losses, losses[1:]))

end = points[-1]
sharpest, direction = curvature(loss, end)
limit = 2 / sharpest
print(f'largest curvature {sharpest:.3f}, limit 2/λ = {limit:.4f}')
assert sharpest > 0

# %%
# From there we go on with steps below and above the limit, pushed a little in the direction of the
# largest curvature. Below, the push dies away. Above, it grows at first by the factor that the
# proposition says, until the loss is no longer like a quadratic function.

pushed = end + 1e-6 * direction
for share in [0.9, 1.1]:
    ways = [descend(p, share * limit, 10)[0] for p in (end, pushed)]
    apart = [direction @ (b - a) for a, b in zip(*ways)]
    factor = (apart[10] / apart[0]) ** 0.1
    print(f'{share} × limit: factor {factor:.3f} a step, 1 - ηλ = {1 - 2 * share:.1f}')
    assert abs(factor - abs(1 - 2 * share)) < 0.05

# %%
# What it has learnt, and how.

import matplotlib.pyplot as plt

with dz.no_grad():
    fitted = [model(dz.Variable(p), x).data for p in (start, end)]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.plot(x, t, '.', color='tab:gray', label='data')
left.plot(x, fitted[0], ':', color='tab:orange', label='before')
left.plot(x, fitted[1], color='tab:blue', label='after')
left.set(title='The curve', xlabel='x')
left.legend()
right.loglog(range(1, 2001), losses, color='tab:blue')
right.set(title='The loss', xlabel='step')
figure.tight_layout()

# %%
# Does a short step always go down?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# If :math:`f` is as smooth as the theorem asks, yes: near :math:`x` the second derivatives are
# bounded, so some :math:`L` serves for all steps that are short. Of a function like :math:`|x|`,
# whose slope jumps at 0, a step of any given length goes up, if it starts near enough to 0: from
# 0.01, a step of 0.1 leads to -0.09.

p = np.array(0.01)
after = p - 0.1 * dz.grad(dz.absolute)(p)
print(f'{after:.2f}')
assert abs(after) > abs(p)

# %%
# The graph
# ---------
# One evaluation of the loss. Four times ``GetItem`` cuts a piece out of ``p``; the piece is reshaped
# and used once.

p = dz.Variable(start, name='p')
picture = dz.graph(loss(p))
assert [f.label for f in picture.functions].count('GetItem') == 4
picture

# %%
# What comes next
# ---------------
# The limit depends on where one is, and the largest curvature is only one of many: along flat
# directions even the longest safe step is short. Momentum, adaptive steps and second-order methods
# answer to that; all they ask of an engine are gradients, and products with the Hessian.

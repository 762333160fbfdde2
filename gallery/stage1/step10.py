"""
Step 10: tests
==============

A derivative can be tested without knowing it: compare it with a difference quotient, and know how
large the difference may be.

How would we notice if the gradient in ``Exp`` were wrong? It would be a number like any other.
"""

# %%
# Theory
# ------
# The derivative is a limit of difference quotients, so a difference quotient with a small
# :math:`\varepsilon` comes close to it. The *central* one is better than the one-sided one, because
# errors on the two sides cancel.
#
# Theorem (central difference)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`f` be three times continuously differentiable on an interval that contains
# :math:`[x - \varepsilon, x + \varepsilon]`, with :math:`\varepsilon > 0`. Then there is a
# :math:`\xi` in :math:`(x - \varepsilon, x + \varepsilon)` with
#
# .. math::
#
#     \frac{f(x + \varepsilon) - f(x - \varepsilon)}{2 \varepsilon}
#     = f'(x) + \frac{\varepsilon^2}{6} f'''(\xi) .
#
# Proof of the central difference
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# **Line 1.** Taylor's theorem with Lagrange's remainder, to the right and to the left:
#
# .. math::
#
#     f(x \pm \varepsilon) = f(x) \pm \varepsilon f'(x) + \frac{\varepsilon^2}{2} f''(x)
#     \pm \frac{\varepsilon^3}{6} f'''(\xi_{\pm}) ,
#
# with :math:`\xi_+` between :math:`x` and :math:`x + \varepsilon`, and :math:`\xi_-` between
# :math:`x - \varepsilon` and :math:`x`.
#
# **Line 2.** Subtract the two and divide by :math:`2 \varepsilon`. The terms with even powers cancel:
#
# .. math::
#
#     \frac{f(x + \varepsilon) - f(x - \varepsilon)}{2 \varepsilon}
#     = f'(x) + \frac{\varepsilon^2}{6} \cdot \frac{f'''(\xi_+) + f'''(\xi_-)}{2} .
#
# **Line 3.** The last factor is the mean of two values of :math:`f'''`. A continuous function takes
# every value between two of its values, so there is a :math:`\xi` between :math:`\xi_-` and
# :math:`\xi_+`, the ends included, at which :math:`f'''` equals that mean. ∎
#
# The error of the formula is :math:`O(\varepsilon^2)`: a step ten times smaller, an error about a
# hundred times smaller. We check it on :math:`f = e^x` at 1, where all derivatives are :math:`e`, line
# by line: the remainders tell us :math:`f'''(\xi_+)` and :math:`f'''(\xi_-)`, and the logarithm of a
# value of :math:`f'''` is the place where it is taken. By the theorem the error lies between its
# values for the smallest and the largest :math:`f'''` of the interval. The one-sided quotient is far
# worse.

import numpy as np


def difference(f, x, eps):
    return (f(x + eps) - f(x - eps)) / (2 * eps)


def third(x, step):
    """The third derivative in the remainder of the exponential."""
    return (np.exp(x + step) - np.exp(x) * (1 + step + step ** 2 / 2)) * 6 / step ** 3


x = 1.0
for eps in (0.1, 0.01, 0.001):
    error = difference(np.exp, x, eps) - np.exp(x)
    low, high = eps ** 2 / 6 * np.exp(x - eps), eps ** 2 / 6 * np.exp(x + eps)
    print(f'eps = {eps:5}: error {error:.3e}, between {low:.3e} and {high:.3e}')

    left, right = third(x, -eps), third(x, eps)
    mean = (left + right) / 2
    assert x - eps < np.log(left) < x < np.log(right) < x + eps      # line 1
    assert np.isclose(error, eps ** 2 / 6 * mean, rtol=1e-4, atol=0)  # line 2
    assert np.log(left) <= np.log(mean) <= np.log(right)             # line 3
    assert low < error < high                                        # the theorem

    one_sided = (np.exp(x + eps) - np.exp(x)) / eps
    assert abs(one_sided - np.exp(x)) > 10 * error

# %%
# The best step
# ~~~~~~~~~~~~~
# The best step is not the smallest one. A computer rounds: instead of :math:`f(x)` we get
# :math:`f(x)(1 + \delta)`, where :math:`|\delta|` is at most about the unit roundoff
# :math:`u = 2^{-53} \approx 1.1 \cdot 10^{-16}`. For small :math:`\varepsilon` the two values are
# nearly equal, their difference is small, and the rounding errors, which do not get smaller, are
# divided by :math:`2 \varepsilon`. With both values rounded by up to :math:`u |f(x)|`, and
# :math:`f'''` nearly constant nearby, the whole error is at most about
#
# .. math::
#
#     E(\varepsilon) = \frac{\varepsilon^2}{6} |f'''(x)| + \frac{u}{\varepsilon} |f(x)| .
#
# The first term falls with :math:`\varepsilon`, the second one rises as :math:`\varepsilon` falls.
# The sum is smallest where its derivative
# :math:`\frac{\varepsilon}{3} |f'''(x)| - \frac{u}{\varepsilon^2} |f(x)|` is zero:
#
# .. math::
#
#     \varepsilon_{\mathrm{best}} = \left( 3 u \, \frac{|f(x)|}{|f'''(x)|} \right)^{1/3} .
#
# (Neither value may be zero.) For :math:`e^x` that is :math:`(3u)^{1/3}`, about
# :math:`7 \cdot 10^{-6}`. This is a model: it leaves out all rounding but that of :math:`f`, and it
# gives a bound, not the error itself. So we measure, at a hundred points between 0.4 and 0.6, and keep
# the largest error for each :math:`\varepsilon`.

points = np.linspace(0.4, 0.6, 100)
all_eps = np.array([float(f'1e-{k}') for k in range(1, 13)])
errors = np.array([np.abs(difference(np.exp, points, eps) - np.exp(points)).max()
                   for eps in all_eps])
for eps, error in zip(all_eps, errors):
    print(f'eps = {eps:.0e}: largest error {error:.0e}')

u = np.finfo(float).eps / 2
best = (3 * u) ** (1 / 3)
print(f'best in the model: {best:.0e}; best of those measured: {all_eps[errors.argmin()]:.0e}')

assert all_eps[errors.argmin()] == 1e-5
assert np.isclose(best, 7e-6, rtol=0.02)
assert np.allclose(errors[:3] / errors[1:4], 100, rtol=0.01)  # truncation: a hundredth each time
assert (np.diff(errors[5:]) > 0).all()                        # round-off: it rises again

# %%
# On logarithmic axes the two terms of the model are straight lines, of slope 2 and of slope -1, and
# the measured errors follow the larger one, within a factor of 3.

larger = np.maximum(all_eps ** 2 / 6, u / all_eps) * np.exp(0.6)
assert (larger / 3 < errors).all() and (errors < larger * 3).all()

import matplotlib.pyplot as plt

fine = np.logspace(-12, -1, 200)
figure, axes = plt.subplots()
axes.loglog(all_eps, errors, 'o-', label='measured')
axes.loglog(fine, fine ** 2 / 6 * np.exp(0.6), '--', label='truncation')
axes.loglog(fine, u / fine * np.exp(0.6), ':', label='round-off')
axes.set(xlabel='step ε', ylabel='error', ylim=(1e-13, 1e-1),
         title='Error of the central difference')
axes.legend()
figure.tight_layout()

# %%
# The program
# -----------
# The engine is that of step 09, to the letter. New are a difference quotient for it and tests in the
# form that pytest knows: functions whose names begin with ``test_``.

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
            x, y = f.input, f.output
            x.grad = f.backward(y.grad)
            if x.creator is not None:
                funcs.append(x.creator)


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


class Function:
    def __call__(self, x):
        y = Variable(as_array(self.forward(x.data)))
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


def square(x):
    return Square()(x)


def exp(x):
    return Exp()(x)


def numerical_diff(f, x, eps=1e-5):
    """The derivative of f at the variable x, by a central difference."""
    above = f(Variable(as_array(x.data + eps)))
    below = f(Variable(as_array(x.data - eps)))
    return (above.data - below.data) / (2 * eps)


def assert_gradient(f, x):
    """Gradient check: does backward agree with the difference quotient?"""
    x = Variable(x)
    f(x).backward()
    assert np.allclose(x.grad, numerical_diff(f, x), rtol=1e-6, atol=1e-8)


def test_square_forward():
    assert square(Variable(np.array(3.0))).data == 9.0


def test_square_backward():
    x = Variable(np.array(3.0))
    square(x).backward()
    assert x.grad == 6.0


def test_gradients_at_random_points():
    for x in np.random.default_rng(0).normal(size=20):
        for f in (square, exp, lambda x: exp(square(exp(x)))):
            assert_gradient(f, np.array(x / 2))


# %%
# The run
# -------
# ``pytest step10.py`` finds the tests by their names and runs them. Here we do the same by hand.

for name, test in list(globals().items()):
    if name.startswith('test_'):
        test()
        print(name, 'passed')

# %%
# The two values that the gradient check compares, for the function of steps 06 to 09:

x = Variable(np.array(0.5))
y = square(exp(square(x)))
y.backward()
numerical = numerical_diff(lambda x: square(exp(square(x))), x)
print('backward: ', x.grad)
print('numerical:', f'{numerical:.9f}')

assert x.grad == 3.297442541400256
assert abs(x.grad - numerical) < 1e-8

# %%
# Tests that can fail
# ~~~~~~~~~~~~~~~~~~~
# A test that cannot fail is worth nothing, so we break the engine on purpose, one rule after the
# other, and see whether some test notices. This is called *mutation testing*.

mutants = {
    'Square forgets the factor 2': (Square, lambda self, gy: self.input.data * gy),
    'Square forgets gy': (Square, lambda self, gy: 2 * self.input.data),
    'Exp with a wrong sign': (Exp, lambda self, gy: -np.exp(self.input.data) * gy),
    'Exp forgets the derivative': (Exp, lambda self, gy: gy),
}


def fails(test):
    try:
        test()
    except AssertionError:
        return True
    return False


tests = [test for name, test in globals().items() if name.startswith('test_')]
for mutant, (cls, wrong) in mutants.items():
    right, cls.backward = cls.backward, wrong
    noticed = [test.__name__ for test in tests if fails(test)]
    cls.backward = right
    print(f'{mutant}: {len(noticed)} of {len(tests)} tests fail')
    assert 'test_gradients_at_random_points' in noticed

assert not any(map(fails, tests))

# %%
# ``Square forgets gy`` is the interesting one: on its own ``square`` is still right, since there
# ``gy`` is 1. Only a *composition* brings the mistake to light. That is why the gradient check
# runs on a chain as well.

right, Square.backward = Square.backward, mutants['Square forgets gy'][1]
assert not fails(test_square_backward)
Square.backward = right

# %%
# Why are tests the part that matters most here?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Because a wrong gradient does not crash. Gradients are used to make something small, step by step;
# with a gradient that is off by a factor in one place the steps are merely worse, and the result is
# a model that learns a little less well than it could. Nobody looks at a million numbers. And
# because here a test costs next to nothing: the gradient check needs no derivation, and the same three
# lines serve every function that will ever be added.
#
# What a gradient check does *not* show: it looks at single points, so a mistake elsewhere (at a
# negative number, at zero, where two values tie) passes. It can complain about a right gradient, if
# the function has a kink or bends strongly within :math:`\varepsilon` of the point. And it is too
# slow to differentiate with: two evaluations *for each input*, as the `next page <column.ipynb>`_
# counts. Here are both, a mistake that passes and a complaint that is wrong.

right, Exp.backward = Exp.backward, lambda self, gy: np.exp(abs(self.input.data)) * gy
assert_gradient(exp, np.array(0.5))  # passes, although it is wrong at -0.5
assert fails(lambda: assert_gradient(exp, np.array(-0.5)))
Exp.backward = right


class Abs(Function):
    def forward(self, x):
        return np.abs(x)

    def backward(self, gy):
        return np.sign(self.input.data) * gy


assert_gradient(lambda x: Abs()(x), np.array(1e-3))
assert fails(lambda: assert_gradient(lambda x: Abs()(x), np.array(1e-6)))  # though it is right

# %%
# The graph
# ---------
# What the gradient check compares: at :math:`x` the gradient that came back through this graph, and
# a number that was found without it.

from dezero_lite import graph

graph(y, names={'x': x, 'y': y}, values=True, grads=True)

# %%
# Why the next step is needed
# ---------------------------
# Now that mistakes will be noticed, we can afford larger changes. So far every function has one
# input and one output. `Step 11 <../stage2/step11.ipynb>`_ begins the second stage with the first
# function that has two. Before that, a `column <column.ipynb>`_ looks at the three ways to get a
# derivative from a program, and at what each of them costs.

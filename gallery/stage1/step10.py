"""
Step 10: tests
==============

You can test a derivative without knowing it: compare it with a difference quotient, and know how large
the difference may be.

How would we notice if the gradient in ``Exp`` were wrong? It would be a number like any other.
"""

# %%
# Ask the function itself
# -----------------------
# .. slide:: You can check a derivative without knowing it
#    :show: picture
#    :minutes: 4
#
#    Move a step to the left and a step to the right, and see how much the function changes.
#
#    .. notes::
#       Two of the slopes are wrong by about the same amount, one too steep and one too flat. The line through
#       both ends is nearly parallel to the tangent. Ask why.
#
# ``backward`` claims to know how fast a function changes. We can ask the function: move its input by a
# small step :math:`\varepsilon`, and see how far the output moves. In step 06 we did this on one side only.
# Here are both sides, for :math:`e^x` at 0.5, with a step that is large enough to be seen.

import numpy as np

x, eps = 0.5, 0.5
left, here, right = np.exp([x - eps, x, x + eps])
slopes = {'to the left': (here - left) / eps, 'to the right': (right - here) / eps,
          'central': (right - left) / (2 * eps)}
print('true slope:', here.round(2))
for name, slope in slopes.items():
    print(f'{name}: {slope:.2f}')

assert 4 * abs(slopes['central'] - here) < min(here - slopes['to the left'], slopes['to the right'] - here)
small = np.exp([x - 0.001, x, x + 0.001])
assert np.allclose(np.diff(small) / 0.001 - here, [-0.0005 * here, 0.0005 * here], rtol=1e-3)

# %%
# The central one is the slope of the line through both ends, and nearly parallel to the tangent:
#
# .. only-draws::

import matplotlib.pyplot as plt

figure, axes = plt.subplots(layout='constrained')
fine = np.linspace(-0.25, 1.25, 100)
axes.plot(fine, np.exp(fine), color='gray', label='$e^x$')
axes.plot(fine, here + here * (fine - x), label=f'tangent, slope {here:.2f}')
for (name, slope), style, ends in zip(slopes.items(), (':', '-.', '--'), ([0, x], [x, 1], [0, 1])):
    axes.plot(ends, np.exp(ends), style + 'o', label=f'{name}, slope {slope:.2f}')
axes.set(xlabel='x', title='Three slopes and the tangent')
axes.legend()
figure.set_label(f'The curve of the exponential near 0.5 and its tangent, of slope {here:.2f}. '
                 + ' '.join(f'Slope {name}: {slope:.2f}.' for name, slope in slopes.items()))

# %%
# The two one-sided quotients are wrong in opposite directions, here and wherever the second derivative is not 0, and by
# nearly the same amount when the step is small. So their mean, the *central* difference quotient, is far better:
#
# .. math::
#
#     \frac{f(x + \varepsilon) - f(x - \varepsilon)}{2 \varepsilon} \approx f'(x) .
#
# It knows nothing of rules, and so it can judge them.
#
# .. ask::
#    How can a program test a derivative that nobody has worked out?
#
#    - ``numerical_diff(f, x, eps=1e-5)``: the derivative of ``f`` at the variable ``x`` by a central
#      difference, an array or a number.
#    - ``assert_gradient(f, x)``, for an array ``x``: raises ``AssertionError`` where ``backward`` and the
#      difference do not agree.
#    - Functions whose names begin with ``test``, without arguments: the page breaks the engine in six
#      ways, and one of them has to raise ``AssertionError`` each time.
#
# The program
# -----------
# .. slide:: A quotient, a comparison, and tests
#    :show: program
#    :minutes: 5
#
#    .. notes::
#       The engine is unchanged. Ask what ``assert_gradient`` would accept that is wrong (the end of the page has
#       answers).
#
# The engine is that of step 09, to the letter. What is new is a difference quotient and some tests in
# the form that pytest recognises: functions whose names begin with ``test``.

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


def test_first_gradient():
    x = Variable(np.array([1, 2], dtype=np.float32))
    y = square(x)
    y.backward()
    assert y.grad.shape == (2,) and y.grad.dtype == np.float32
    y.grad = np.array([1.0, 10.0])  # what was set is kept
    y.backward()
    assert x.grad[1] == 40.0


def test_only_arrays_are_data():
    try:
        Variable(1.0)
    except TypeError:
        return
    raise AssertionError('a float was accepted')


def test_gradients_at_random_points():
    for x in np.random.default_rng(0).normal(size=20):
        for f in (square, exp, lambda x: exp(square(exp(x)))):
            assert_gradient(f, np.array(x / 2))


# %%
# The run
# -------
# .. slide:: All tests pass. So what?
#    :show: code output
#    :minutes: 2
#
#    .. notes::
#       Ask what it would take to believe them. (That they fail when something is broken.)
#
# ``pytest step10.py`` finds the tests by their names and runs them. Here we do the same by hand.

checks = {name: value for name, value in globals().items() if name.startswith('test')}
for name, check in checks.items():
    check()
    print(name, 'passed')

# %%
# These are the two values that the gradient check compares, for the function of steps 06 to 09. The first
# one came back through the graph, the second was found without it.

from dezero_lite import graph

x = Variable(np.array(0.5))
y = square(exp(square(x)))
y.backward()
numerical = numerical_diff(lambda x: square(exp(square(x))), x)
print('backward: ', x.grad)
print('numerical:', f'{numerical:.9f}')

assert x.grad == 3.297442541400256
assert abs(x.grad - numerical) < 1e-8

graph(y, names={'x': x, 'y': y}, values=True, grads=True)

# %%
# Tests that can fail
# -------------------
# .. slide:: Break it on purpose
#    :show: predict
#    :minutes: 3
#
#    *Mutation testing*: a test that cannot fail is worth nothing.
#
#    .. notes::
#       Vote. Many will expect test_square_backward to notice, since it is about Square's rule.
#
# A test that cannot fail is worth nothing, so we break the engine on purpose, one piece at a time, and see
# whether some test notices. This is called *mutation testing*. And the converse: for each test, is there a
# broken engine that it catches?
#
# .. predict:: Square's rule forgets gy, and returns 2 * self.input.data. Does test_square_backward notice?
#    :answer: no = 'yes' if 'test_square_backward' in noticed['Square forgets gy'] else 'no'
#    :after:
#
#    - ``'yes'``: In that test gy is 1, and whether it is multiplied in can't be seen.
#    - ``'no'``: In that test nothing comes after square, so gy is 1. Only another gy brings the mistake to light.
#
# .. slide:: Every broken engine is noticed, and every test notices one
#    :show: output
#    :minutes: 3
#
#    .. notes::
#       Ask for another mutant, and run it.
#
# .. internal:: test_first_gradient
# .. internal:: set(checks)

backward = Variable.backward


def always_from_one(self):
    self.grad = np.array(1.0)
    backward(self)


mutants = {
    'Square forgets the factor 2': (Square, 'backward', lambda self, gy: self.input.data * gy),
    'Square forgets gy': (Square, 'backward', lambda self, gy: 2 * self.input.data),
    'Square cubes': (Square, 'forward', lambda self, x: x ** 3),
    'Exp with a wrong sign': (Exp, 'backward', lambda self, gy: -np.exp(self.input.data) * gy),
    'backward always starts with 1.0': (Variable, 'backward', always_from_one),
    'anything may be data': (Variable, '__init__', lambda self, data: vars(self).update(
        data=data, grad=None, creator=None)),
}


def fails(check):
    try:
        check()
    except AssertionError:
        return True
    return False


def failing(owner, name, wrong):
    """The tests that fail while one piece of the engine is replaced."""
    right = getattr(owner, name)
    setattr(owner, name, wrong)
    found = {name for name, check in checks.items() if fails(check)}
    setattr(owner, name, right)
    return found


noticed = {name: failing(*mutant) for name, mutant in mutants.items()}
for name, found in noticed.items():
    print(f'{name}: {len(found)} of {len(checks)} tests fail')

assert not any(map(fails, checks.values()))    # the engine is whole again
assert all(noticed.values())                   # each mutant is noticed
assert set.union(*noticed.values()) == set(checks)  # each test can fail
assert noticed['Square forgets gy'] == {'test_first_gradient', 'test_gradients_at_random_points'}

# %%
# ``Square forgets gy`` is the interesting one: where ``square`` comes last and nobody has set its gradient, ``gy`` is
# 1, and the rule still looks right. It takes another ``gy``: one set by hand, as in ``test_first_gradient``, or one
# from a function that comes after, in a *composition*. That is why the gradient check runs on a chain as well.
#
# How close must the two be?
# --------------------------
# .. slide:: The error of the central difference falls as ε²
#    :show: statement
#    :minutes: 3
#
#    .. notes::
#       Ask what happens to the error if the step is a tenth. The script prints it.
#
# ``assert_gradient`` allows a relative difference of :math:`10^{-6}`. Is that too much, or too little? A
# theorem says how wrong the quotient is when it is computed exactly.
#
# Theorem (central difference)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let :math:`f` be three times differentiable on an open interval that contains
# :math:`[x - \varepsilon, x + \varepsilon]`, with :math:`\varepsilon > 0`. Then there is a
# :math:`\xi` in :math:`(x - \varepsilon, x + \varepsilon)` with
#
# .. math::
#
#     \frac{f(x + \varepsilon) - f(x - \varepsilon)}{2 \varepsilon}
#     = f'(x) + \frac{\varepsilon^2}{6} f'''(\xi) .
#
# .. slide:: Even powers cancel
#    :show: proof
#    :below:
#    :minutes: 4
#
#    .. notes::
#       Write the two Taylor lines under each other and subtract.
#
# Proof of the central difference
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# **Line 1.** Taylor's theorem, to the right and to the left, with the remainder as a third derivative at
# some point in between (Lagrange's form):
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
# **Line 3.** The last factor is the mean of two values of :math:`f'''`. A derivative takes every value
# between two of its values, even if it is not continuous (Darboux); so :math:`f'''` equals that mean at
# some :math:`\xi` from :math:`\xi_-` to :math:`\xi_+`. ∎
#
# So where :math:`f'''` hardly changes and is not 0, a step ten times smaller makes the error about a
# hundred times smaller. We check it on :math:`f = e^x` at 1, where :math:`f'''` is the exponential as
# well: the error must lie between :math:`\varepsilon^2/6` times the smallest and :math:`\varepsilon^2/6`
# times the largest value of :math:`e^x` on the interval.


def difference(f, x, eps):
    return (f(x + eps) - f(x - eps)) / (2 * eps)


for eps in (0.1, 0.01, 0.001):
    error = difference(np.exp, 1.0, eps) - np.exp(1.0)
    low, high = eps ** 2 / 6 * np.exp(1 - eps), eps ** 2 / 6 * np.exp(1 + eps)
    print(f'eps = {eps:5}: error {error:.3e}, between {low:.3e} and {high:.3e}')
    assert low < error < high

# %%
# The best step
# ~~~~~~~~~~~~~
# .. slide:: The best step is not the smallest one
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Truncation falls with the step, round-off rises.
#
#    .. notes::
#       Read the plot from the right: slope 2, then the turn, then slope -1. Ask what is divided by what on the left
#       branch. The usual wrong answer to "which step is best?" is "the smallest". If you are late, show only the turn.
#
# Should the step be as small as possible, then? A computer rounds: instead of :math:`f(x)` we get
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
# The first term is the *truncation* error, what the formula leaves out; it falls with :math:`\varepsilon`. The second is
# *round-off*, and rises as :math:`\varepsilon` falls.
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
# the largest error for each :math:`\varepsilon`. On logarithmic axes the two terms are straight lines, of
# slope 2 and of slope −1, and the measured errors follow the larger one, within a factor of 3.

points = np.linspace(0.4, 0.6, 100)
all_eps = np.array([float(f'1e-{k}') for k in range(1, 13)])


def e_to(x):
    """By its series, in sums, products and quotients: these round alike on every machine, np.exp does not."""
    y = np.ones_like(x)
    for k in range(20, 0, -1):
        y = 1 + x * y / k
    return y


errors = np.array([np.abs(difference(e_to, points, eps) - e_to(points)).max() for eps in all_eps])
for i in (0, 2, 4, 8, 11):
    print(f'eps = {all_eps[i]:.0e}: largest error {errors[i]:.0e}')

u = np.finfo(float).eps / 2
assert u == 2.0 ** -53 and round(u, 17) == 1.1e-16
best = (3 * u) ** (1 / 3)
print(f'best in the model: {best:.0e}; best of those measured: {all_eps[errors.argmin()]:.0e}')

truncation, round_off = all_eps ** 2 / 6 * np.exp(0.6), u / all_eps * np.exp(0.6)
larger = np.maximum(truncation, round_off)
assert all_eps[errors.argmin()] == 1e-5 and np.isclose(best, 7e-6, rtol=0.02)
assert np.allclose(errors[:3] / errors[1:4], 100, rtol=0.01)  # truncation: a hundredth each time
assert (np.diff(errors[5:]) > 0).all()                        # round-off: it rises again
assert (larger / 3 < errors).all() and (errors < larger * 3).all()

# %%
# The same as a picture, with the two terms as lines:
#
# .. only-draws::

import matplotlib.pyplot as plt

figure, axes = plt.subplots(layout='constrained')
axes.loglog(all_eps, errors, 'o-', label='measured')
axes.loglog(all_eps, truncation, '--', label='truncation')
axes.loglog(all_eps, round_off, ':', label='round-off')
axes.set(xlabel='step ε', ylabel='error', ylim=(1e-13, 1e-1), title='Error of the central difference')
axes.legend()
figure.set_label(f'The error of the central difference against the step, both logarithmic. It falls from '
                 f'{errors[0]:.0e} at a step of 0.1 to {errors.min():.0e} at 1e-05, along the line of '
                 f'truncation, and rises to {errors[-1]:.0e} at 1e-12, along the line of round-off.')

# %%
# And the tolerance? With :math:`\varepsilon = 10^{-5}` the bound :math:`E` is about
# :math:`3 \cdot 10^{-11}`, for a function whose value and derivatives are 1. The test allows
# :math:`10^{-6}`. The room in between is for functions that are less tame: each term of :math:`E` stays
# below half of what is allowed as long as the third derivative is at most 30,000 times the first one, and
# the value at most 45,000 times. The price is that a rule which is wrong by a ten-millionth passes.
# People's mistakes are usually larger.
#
# ``np.allclose`` allows :math:`10^{-8}` besides, for gradients that are 0, of which no millionth could be
# allowed. That has a price as well: where the gradient itself is smaller, anything small passes. At
# :math:`-20` the derivative of :math:`e^x` is about :math:`2 \cdot 10^{-9}`, and there neither a wrong sign
# nor a 0 would be noticed.
#
# .. flaw:: assert not fails

assert round(0.5e-6 / (1e-5 ** 2 / 6)) == 30_000
assert 45_000 < 0.5e-6 / (u / 1e-5) < 46_000
assert np.isclose(1e-5 ** 2 / 6 + u / 1e-5, 3e-11, rtol=0.1)

right, Exp.backward = Exp.backward, lambda self, gy: np.exp(self.input.data) * gy * (1 + 1e-7)
assert not fails(lambda: assert_gradient(exp, np.array(0.5)))
assert np.isclose(np.exp(-20), 2e-9, rtol=0.05)
for factor in (-1, 0):
    Exp.backward = lambda self, gy: factor * np.exp(self.input.data) * gy
    assert not fails(lambda: assert_gradient(exp, np.array(-20.0)))
    assert fails(lambda: assert_gradient(exp, np.array(0.5)))
Exp.backward = right

# %%
# What a gradient check does not show
# -----------------------------------
# .. slide:: A right rule that fails, and a wrong one that passes
#    :show: output
#    :minutes: 5
#
#    Our check moves *all* elements at once.
#
#    .. notes::
#       The first sum is in all three outputs, the last element in one: the gradient is [3, 2, 1]. If you move all elements
#       at once, you see how far each sum moves: 1, 2, 3.
#
# ``numerical_diff`` moves all elements of an array at once. That is right for *elementwise* functions such
# as ``square`` and ``exp``, where each output depends on the one input at its place. It is not right for the sums so far,
# :math:`y_i = x_1 + \dots + x_i`: there it complains about the right rule, and accepts a wrong one.
#
# .. flaw:: cls is SumsSoFar


class SumsSoFar(Function):
    def forward(self, x):
        return np.cumsum(x)

    def backward(self, gy):
        return np.cumsum(gy[::-1])[::-1]  # x_i is in y_i and in all that follow


class Wrong(SumsSoFar):
    def backward(self, gy):
        return np.cumsum(gy)


def numerical_gradient(f, x, eps=1e-5):
    """The gradient of the sum of f's elements, by moving one element of x at a time."""
    return np.array([(f(Variable(x + step)).data - f(Variable(x - step)).data).sum() / (2 * eps)
                     for step in eps * np.eye(len(x))])


point = np.array([1.0, 2.0, 3.0])
for cls in (SumsSoFar, Wrong):
    def f(x):
        return cls()(x)

    x = Variable(point)
    f(x).backward()
    at_once, one_by_one = numerical_diff(f, x).round(6), numerical_gradient(f, point).round(6)
    print(f'{cls.__name__}: backward {x.grad}, all at once {at_once}, one by one {one_by_one}')
    assert fails(lambda: assert_gradient(f, point)) == (cls is SumsSoFar)
    assert np.array_equal(x.grad, one_by_one) == (cls is SumsSoFar)

# %%
# So move one element at a time, and compare with the gradient of the sum, as
# ``dezero_lite.gradcheck`` does. It takes two evaluations *for each input*, and the `next page
# <column.ipynb>`_ counts what that means.
#
# When does it accept a wrong gradient, or complain about a right one?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: False alarms: large numbers, few digits, kinks
#    :minutes: 3
#
#    - at :math:`10^6` round-off is too large, at :math:`10^{12}` the step disappears;
#    - 32-bit numbers have a larger :math:`u`;
#    - near a kink the quotient sees both sides.
#
#    .. notes::
#       The first two follow from E. Ask which step the model would choose for x = 10⁶, and for 32 bits.
#
# It looks at single points: a rule that is wrong for negative numbers passes at 0.5. And it raises false
# alarms. Two of them follow from :math:`E`. A large value has a large round-off; a step in proportion to
# :math:`|x|` cures that. 32-bit numbers have a larger :math:`u`; they need a step in proportion to
# :math:`u^{1/3}`, and a larger tolerance too: with the best step, :math:`E` is still of the order of
# :math:`u^{2/3}`, about :math:`1.5 \cdot 10^{-5}`. The third comes near a kink, where the quotient sees both
# sides.
#
# .. flaw::

right, Exp.backward = Exp.backward, lambda self, gy: np.exp(abs(self.input.data)) * gy
assert_gradient(exp, np.array(0.5))
assert fails(lambda: assert_gradient(exp, np.array(-0.5)))
Exp.backward = right

large, single = np.array(1e6), np.array(0.6, dtype=np.float32)
assert fails(lambda: assert_gradient(square, large))
assert np.isclose(numerical_diff(square, Variable(large), eps=1e-5 * 1e6), 2e6, rtol=1e-6)
assert numerical_diff(square, Variable(np.array(1e12))) == 0  # x + eps is x
assert fails(lambda: assert_gradient(square, single))
single_u = np.finfo(np.float32).eps / 2
single_step = (3 * single_u) ** (1 / 3)
error = abs(numerical_diff(square, Variable(single), single_step) / 1.2 - 1)
assert 1e-6 < error < 10 * single_u ** (2 / 3) and np.isclose(single_u ** (2 / 3), 1.5e-5, rtol=0.05)


class Abs(Function):
    def forward(self, x):
        return np.abs(x)

    def backward(self, gy):
        return np.sign(self.input.data) * gy


assert_gradient(lambda x: Abs()(x), np.array(1e-3))
assert fails(lambda: assert_gradient(lambda x: Abs()(x), np.array(1e-6)))  # nearer than eps

# %%
# Why are tests the part that matters most here?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: Why are tests the part that matters most here?
#    :minutes: 3
#
#    A wrong gradient does not crash. Steps are merely worse, and a model learns less well than it could.
#
#    And the check needs no derivation.
#
#    .. notes::
#       Ask who has ever looked at a million gradients.
#
# Because a wrong gradient does not crash. Gradients are used to make something small, step by step;
# with a gradient that is off by a factor in one place the steps are merely worse, and the result is
# a model that learns a little less well than it could. Nobody looks at a million numbers. And
# because here a test costs next to nothing: the gradient check needs no derivation, and its three lines
# serve elementwise functions with one input, within the limits that we have seen.
# (``dezero_lite.gradcheck`` serves the others. `MiniTorch <../../bibliography.md#rush-2020>`_ makes a course of
# tests: it gives them to you, and you write an engine that passes.)
#
# Why the next step is needed
# ---------------------------
# .. slide:: Now larger changes are possible
#    :minutes: 1
#
#    So far every function has one input and one output.
#
#    Next: what differentiating costs, and then functions of two inputs.
#
#    .. notes::
#       Ask what you would like to differentiate that this engine can't.
#
# Now that mistakes will be noticed, we can afford larger changes. So far every function has one
# input and one output. `Step 11 <../stage2/step11.ipynb>`_ begins the second stage with the first
# function that has two. Before that, a `column <column.ipynb>`_ looks at the three ways to get a
# derivative from a program, and at what each of them costs.

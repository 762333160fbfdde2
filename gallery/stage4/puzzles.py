"""
Puzzles: write the adjoint
==========================

Ten linear maps, from a flip to a convolution. You write what goes back, in a line or two; the page draws the matrix of your answer beside
that of the map, and knows the wrong answers that tempt.

Can you write the way back, when you see the way there?
"""

# %%
# How it works
# ------------
# .. slide:: Ten maps, and ten ways back
#    :minutes: 2
#
#    Each answer is a line or two of NumPy. The matrix of the right one is the transpose.
#
#    .. notes::
#       Everybody in the page; two people at one keyboard.
#
# Each puzzle has a linear map, and a function with ``...`` in the place of its adjoint. Write yours there, for arrays,
# with NumPy and without a loop, and press Run. You need no program of the course and no variable: only the theorem of
# `step 38 <step38.ipynb#theorem-the-backward-of-a-linear-map-is-its-adjoint>`_. On your own computer, edit this file
# and run it: it says the same in the terminal.
#
# .. math::
#
#     \langle P x, u \rangle = \langle x, P^* u \rangle
#
# The picture shows two tables. At the left is the matrix of the map: row :math:`i` says what :math:`y_i` is made of. At
# the right is the matrix of your answer, once there is one. It is right if it is the left one, mirrored in the
# diagonal. If you get stuck, three questions help. *To which y does this x go? With which factor? So what comes back to
# it?* (The form of this page is from Sasha Rush's `Autodiff puzzles <../../bibliography.md#rush-puzzles>`_.)
#
# The next cell judges. It tries your function on arrays that are 1 at one place and 0 elsewhere, which gives its
# matrix. Run it and go on; it contains no answers, but it does contain mistakes.

import numpy as np

from dezero_lite.pictures import heat

weights = np.array([1.0, 2.0, 4.0])
solved = set()
mistakes = {  # of each map some answers that tempt, and what is wrong with them
    'flip': [
        (lambda u: u,
         'You send back everything where it stands. But x[0] has gone to the other end: its '
         'price is there.'),
    ],
    'roll': [
        (lambda u: np.roll(u, 1),
         'That rolls on in the same direction. What has moved one place to the right has to '
         'come back one to the left.'),
    ],
    'pad': [
        (lambda u: u[:-2],
         'The length is right, but x[0] was put at place 1, after a zero, and not at place 0.'),
        (lambda u: u[2:],
         'The length is right, but x[0] was put at place 1 and not at place 2.'),
    ],
    'repeat': [
        (lambda u: u[::2],
         'Only the first of the two copies sends something back here. Each of them is a use '
         'of x, and uses add up.'),
        (lambda u: u.reshape(-1, 2).mean(1),
         'That is the mean of the two. Uses add up (42, not 7).'),
    ],
    'diff': [
        (lambda u: np.diff(np.pad(u, 1)),
         'All signs are turned round. x[j] is subtracted in y[j], and added in y[j - 1].'),
        (lambda u: np.pad(np.cumsum(u), (1, 0)),
         'That undoes the map: it is (up to a constant) an inverse. The adjoint is another '
         'thing; it only says who was used where.'),
    ],
    'running_sum': [
        (lambda u: np.cumsum(u),
         'That sums from the same side. x[0] is in every y, and the last x only in the last '
         'y: so who gets the most back?'),
        (lambda u: np.diff(u, prepend=0),
         'That undoes the map: it is the inverse. The adjoint does not give x back, but what '
         'each x is worth.'),
    ],
    'running_mean': [
        (lambda u: np.convolve(u, np.ones(3)),
         'The places are right, but each x enters a mean with the factor 1/3.'),
        (lambda u: np.convolve(u, np.ones(3)) / np.convolve(np.ones(len(u)), np.ones(3)),
         'That takes a mean once more, over those that came. The ends, which are in fewer '
         'windows, get less back: only the sum, with the factor 1/3.'),
    ],
    'outer': [
        (lambda u: u.sum(1),
         'You have summed over the right axis, but each x was multiplied by a weight on its '
         'way.'),
        (lambda u: u.sum(1) * weights.sum(),
         "The weights don't all belong to everything: u[i, j] goes with weights[j]."),
    ],
    'trace': [
        (lambda u: np.full((3, 3), u),
         'That is the way back of a sum over all elements. The trace has never looked at '
         'those off the diagonal.'),
        (lambda u: u * np.eye(3) / 3,
         'That shares one price among three. Each element of the diagonal entered with the '
         'factor 1.'),
    ],
    'convolution': [
        (lambda u: np.convolve(u, weights, 'valid'),
         'The places are right, but the weights are in the wrong order: x[0] met weights[0] '
         'in y[0], weights[1] in y[1], and so on. Convolving flips them; so flip them first.'),
    ],
}


def matrix(f, shape):
    """The matrix of a linear map: a column for each element of its input."""
    return np.stack([np.ravel(f(e.reshape(shape))) for e in np.eye(int(np.prod(shape)))], axis=1)


def verdict(forward, back, shape):
    """What to say of an answer; and its matrix if it has one."""
    there = matrix(forward, shape)
    outputs = np.shape(forward(np.zeros(shape)))
    u = np.random.default_rng(0).integers(1, 9, outputs) * 1.0
    try:
        came = back(u.copy())
        if came is ...:
            return 'nothing yet: write your line in place of ...', None
        if came is None:
            return 'it gives nothing back: is there a return?', None
        if np.shape(came) != shape:
            return f'it gives the shape {np.shape(came)}, and x has the shape {shape}: that is wanted', None
        mine = matrix(back, outputs)
    except Exception as error:
        return f'it stops: {type(error).__name__}: {error}', None
    if not all(np.allclose(mine @ np.ravel(w), np.ravel(back(w.copy()))) for w in (u, -u)):
        return 'it is not linear: of a sum it does not make the sum of what it makes of the parts', mine
    if np.allclose(mine, there.T):
        return 'right', mine
    for mistake, sentence in mistakes[forward.__name__]:
        if np.allclose(mine, matrix(mistake, outputs)):
            return sentence, mine
    j, i = np.argwhere(~np.isclose(mine, there.T))[0]
    return (f'not yet. In y number {i} element {j} of x has the factor {there[i, j]:g}; '
            f'coming back from there it gets {mine[j, i]:g}', mine)


def judge(forward, back, shape):
    """Say it, and draw both matrices beside each other."""
    said, mine = verdict(forward, back, shape)
    solved.discard(forward.__name__)
    if said == 'right':
        solved.add(forward.__name__)
    print(f'{forward.__name__}: {said}')
    there = matrix(forward, shape)
    (m, n), tall = there.shape, max(there.shape)
    table = np.full((tall, n + 1 + m), np.nan)
    table[:m, :n] = there
    if mine is not None:
        table[:n, n + 1:] = mine
    columns = [*(f'x{j}' for j in range(n)), '', *(f'u{i}' for i in range(m))]
    title = forward.__name__.replace('_', ' ') + ', and your way back' * (mine is not None)
    return heat(table, columns=columns, title=title)


# %%
# Moving
# ------
# .. slide:: A flip
#    :show: code picture
#    :minutes: 3
#
#    .. notes::
#       Its matrix is symmetric. What does that say of the way back?
#
# Each element of ``x`` comes to one place of the result.
#
# Flip
# ~~~~
# What stood first stands last.


def flip(x):
    return x[::-1]


def flip_back(u):
    return ...


judge(flip, flip_back, (4,))

# %%
# Roll
# ~~~~
# Everything moves one place on, and the last comes to the front.


def roll(x):
    return np.roll(x, 1)


def roll_back(u):
    return ...


judge(roll, roll_back, (4,))

# %%
# Pad
# ~~~
# A zero is put in front, and a zero behind. They have not come from ``x``: what can go back from their places?


def pad(x):
    return np.pad(x, 1)


def pad_back(u):
    return ...


judge(pad, pad_back, (3,))

# %%
# Using several times
# -------------------
# .. slide:: Each element twice
#    :show: code picture
#    :minutes: 3
#
#    .. notes::
#       Step 14 once more: uses add up.
#
# From here on an element may be in several results.
#
# Repeat
# ~~~~~~
# Each element stands there twice, side by side.


def repeat(x):
    return np.repeat(x, 2)


def repeat_back(u):
    return ...


judge(repeat, repeat_back, (3,))

# %%
# Differences
# ~~~~~~~~~~~
# From each element the one before is subtracted. There is one result fewer, so the way back has to find one more. (If
# you know integration by parts: this is the same for sums.)


def diff(x):
    return np.diff(x)


def diff_back(u):
    return ...


judge(diff, diff_back, (4,))

# %%
# Running sum
# ~~~~~~~~~~~
# .. slide:: A running sum
#    :show: code picture
#    :minutes: 4
#
#    The adjoint is not the inverse.
#
#    .. notes::
#       Many write differences, which undo the sum. Ask what the first x is worth.
#
# How much have I saved up to this day? What I save on one day is there on that day and on all that follow.


def running_sum(x):
    return np.cumsum(x)


def running_sum_back(u):
    return ...


judge(running_sum, running_sum_back, (4,))

# %%
# Running mean
# ~~~~~~~~~~~~
# Each result is the mean of three neighbours, wherever there are three.


def running_mean(x):
    return (x[:-2] + x[1:-1] + x[2:]) / 3


def running_mean_back(u):
    return ...


judge(running_mean, running_mean_back, (5,))

# %%
# With factors
# ------------
# Outer product
# ~~~~~~~~~~~~~
# A matrix holds every element times every weight. The weights, ``weights``, are 1, 2 and 4 and stay as they are. (In
# the picture, ``u`` is read row by row.)


def outer(x):
    return np.outer(x, weights)


def outer_back(u):
    return ...


judge(outer, outer_back, (2,))

# %%
# Trace
# ~~~~~
# The result is the sum of the diagonal of a matrix of 3 by 3. ``u`` is a single number, and what comes back has nine.
# (``x`` is read row by row.)


def trace(x):
    return np.trace(x)


def trace_back(u):
    return ...


judge(trace, trace_back, (3, 3))

# %%
# Convolution
# ~~~~~~~~~~~
# .. slide:: A convolution
#    :show: code picture
#    :minutes: 4
#
#    Each x goes to three places, with the weights 1, 2 and 4.
#
#    .. notes::
#       Read a column of the left table: 1, 2, 4 downwards. It has to become a row.
#
# Each element writes itself times 1, times 2 and times 4 into three places in a row, beginning with its own, and what
# falls on one place adds up. `Step 57 <../stage6/step57.ipynb>`_ builds a network on this map.


def convolution(x):
    return np.convolve(x, weights)


def convolution_back(u):
    return ...


judge(convolution, convolution_back, (4,))

# %%
# How far are you?
# ----------------
# Run this cell when you have solved some. Answers are folded under it, as the proof that all can be solved.

print(len(solved), 'of', len(mistakes), 'solved' + ': ' * bool(solved) + ', '.join(sorted(solved)))

# %%
# Proof that all ten can be solved
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Here are answers. They are not the only ones: what counts is the matrix. All of them have been judged while this page
# was built, and so have all mistakes.

answers = {
    'flip': (flip, lambda u: u[::-1], (4,)),
    'roll': (roll, lambda u: np.roll(u, -1), (4,)),
    'pad': (pad, lambda u: u[1:-1], (3,)),
    'repeat': (repeat, lambda u: u.reshape(-1, 2).sum(1), (3,)),
    'diff': (diff, lambda u: -np.diff(np.pad(u, 1)), (4,)),
    'running_sum': (running_sum, lambda u: np.cumsum(u[::-1])[::-1], (4,)),
    'running_mean': (running_mean, lambda u: np.convolve(u, np.ones(3)) / 3, (5,)),
    'outer': (outer, lambda u: u @ weights, (2,)),
    'trace': (trace, lambda u: u * np.eye(3), (3, 3)),
    'convolution': (convolution, lambda u: np.convolve(u, weights[::-1], 'valid'), (4,)),
}
for name, (forward, back, shape) in answers.items():
    assert verdict(forward, back, shape)[0] == 'right', name
    for mistake, sentence in mistakes[name]:
        assert verdict(forward, mistake, shape)[0] == sentence, name
    assert verdict(forward, lambda u: 2 * back(u), shape)[0].startswith('not yet'), name
    assert verdict(forward, lambda u: back(u) + 1, shape)[0].startswith('it is not linear'), name
    assert verdict(forward, lambda u: None, shape)[0].startswith('it gives nothing back'), name
    assert verdict(forward, lambda u: np.abs(back(u)), shape)[0].startswith('it is not linear'), name
    longer = lambda u: np.append(back(u), 0)
    assert verdict(forward, longer, shape)[0].startswith('it gives the shape'), name
    assert verdict(forward, lambda u: u[100], shape)[0].startswith('it stops'), name
assert set(answers) == set(mistakes)

# %%
# All of them are right. ∎
#
# What are they good for?
# ~~~~~~~~~~~~~~~~~~~~~~~
# Each pair makes a differentiable function: ``linear`` builds it, with derivatives of every order, as in `step 38
# <step38.ipynb>`_, and the package's check agrees:

from dezero_lite import adjointcheck, linear

rng = np.random.default_rng(0)
for name, (forward, back, shape) in answers.items():
    assert adjointcheck(lambda x: linear(forward, back, x), rng.standard_normal(shape))
print(len(answers), 'pairs have passed adjointcheck')

# %%
# Here a running sum is squared and added up, and the graph shows what goes back through your function, as through any
# other.
from dezero_lite import Variable, graph

forward, back, _ = answers['running_sum']
x = Variable(np.array([1.0, -2.0, 3.0]), name='x')
y = np.sum(linear(forward, back, x) ** 2)
y.backward()
assert y.data == 1 + 1 + 4 and x.grad.tolist() == [4, 2, 4]
graph(y, names={'y': y}, grads=True)

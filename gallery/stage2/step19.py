"""
Step 19: what a function keeps
==============================

The way back needs some arrays and not others. Each function says what its rule will read: its input, its output, or
nothing.

A chain of a hundred functions on arrays of a megabyte each: must it fill a hundred megabytes?
"""

# %%
# What does a rule read on its way back?
# --------------------------------------
# .. slide:: The input, the output, or nothing
#    :show: output
#    :minutes: 4
#
#    Anything else that the graph holds is ballast.
#
#    .. notes::
#       Let the group say it for each: square, exponential, sum, product, tanh.
#
# A graph is kept for one purpose: to go back through it. So let us ask the rules what they need for that. Here are
# three functions at two inputs each, with their derivatives.

import numpy as np

functions = {'square': (lambda x: x ** 2, lambda x: 2 * x), 'exp': (np.exp, np.exp),
             'x + 1': (lambda x: x + 1, lambda x: 1.0)}
print('function     x       y   derivative')
for name, (f, derivative) in functions.items():
    for x in [3.0, -3.0]:
        print(f'{name:8}{x:6}{f(x):8.3f}{derivative(x):13.3f}')
f, derivative = functions['square']
assert f(3.0) == f(-3.0) and derivative(3.0) != derivative(-3.0)

# %%
# - **square**: the inputs 3 and -3 have the same output and different derivatives. So no rule can find the derivative
#   from the output. It needs the **input**.
# - **exp**: the derivative *is* the **output**. In steps 06 to 10 we read ``x`` here, and computed the exponential
#   twice.
# - **x + 1**: the derivative is the same everywhere. A sum needs **nothing**.
#
# .. slide:: A function needs places, and not variables
#    :minutes: 3
#    :recap:
#
#    - To find the way: its ``parents``, the places of its inputs.
#    - To run its rule: ``xs`` if it says ``keeps_xs``, ``y`` if it says ``keeps_y``.
#
#    .. notes::
#       Two questions to the room: what does the pass ask an input for, and what does a rule ask for? The usual answer
#       to the first is 'its array'. The pass wants to know where to go on, and for that a place is enough. The two
#       words ``keeps_xs`` and ``keeps_y`` are promises of whoever writes a function; ask what happens if somebody
#       breaks them. (The rule finds no such attribute.)
#
# Up to `step 18 <step18.ipynb>`_ a function holds its input *variables*, and each of these holds its array. But to find
# the way, the pass needs only their *places*: it asks each input for its place, and for nothing else. So a function may
# keep the places alone. They are its ``parents``. And of the arrays it keeps what its rule reads. Whoever writes a
# function knows that, and says so in two words: ``keeps_xs`` and ``keeps_y``.
#
# .. ask::
#    A chain of a hundred functions on arrays of a megabyte each: must it fill a hundred megabytes?
#
#    - A class says what its rule reads: ``keeps_xs`` (True unless it says otherwise) and
#      ``keeps_y`` (False).
#    - A rule finds there ``self.xs``, a tuple of the arrays that ``forward`` was given, and
#      ``self.y``, what it returned. An array that no rule reads is not held.
#    - ``exp(x)`` is back, by a function ``Exp`` whose rule reads nothing but ``self.y``.

# %%
# The program
# -----------
# .. slide:: Parents to find the way, arrays for the rule
#    :show: program
#    :pieces: Function.keeps_xs Function.keeps_y Function.__call__ variable_at
#    :minutes: 5
#
#    .. notes::
#       Where is the input variable now? Nobody but its owner holds it.
#
# .. slide:: Each rule reads what its function keeps
#    :show: program
#    :pieces: Square Exp Add
#    :minutes: 3
#
#    .. notes::
#       Cover the two lines with ``keeps`` and ask for each class what has to stand there. With the exponential most say
#       its input, because that is how a table of derivatives has it; that works, and costs a second exponential and
#       another array. When late, show Exp alone.
#
# ``Function.__call__`` takes the arrays out of its inputs, and then lets go of the variables. The pass takes
# ``parents`` as they are. ``set_creator`` has become ``variable_at``: a variable at the function's place, with the
# function's generation.
import heapq

import numpy as np


class Variable:
    def __init__(self, data):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.grad = None
        self.creator = None
        self.generation = 0

    def cleargrad(self):
        self.grad = None

    def backward(self):
        for x, gradient in backward_pass(self).items():
            if x.grad is not None:
                gradient = x.grad + gradient
            x.grad = np.array(gradient)


def backward_pass(y):
    gradients = {place_of(y): np.ones_like(y.data)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place.generation == 0:
            found[place] = gy
            continue
        gxs = place.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(place.parents, gxs):
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def place_of(x):
    return x if x.creator is None else x.creator


def variable_at(place, data):
    variable = Variable(np.asarray(data))
    variable.creator, variable.generation = place, place.generation
    return variable


class Function:
    keeps_xs = True
    keeps_y = False

    def __call__(self, *inputs):
        xs = tuple([x.data for x in inputs])
        y = self.forward(*xs)
        self.parents = tuple(map(place_of, inputs))
        self.generation = 1 + max([place.generation for place in self.parents])
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = y
        return variable_at(self, y)


class Square(Function):
    def forward(self, x):
        return x ** 2

    def backward(self, gy):
        x, = self.xs
        return 2 * x * gy


class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.y


class Add(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 + x1

    def backward(self, gy):
        return gy, gy


def square(x):
    return Square()(x)


def exp(x):
    return Exp()(x)


def add(x0, x1):
    return Add()(x0, x1)


# %%
# The run
# -------
# .. slide:: Exp keeps its output alone
#    :show: output
#    :minutes: 2
#
#    :math:`y = (a + e^a)^2` with :math:`a = x^2`, at 1.5
#
#    .. notes::
#       Have them say for each of the four functions what it keeps, then show the output. The one that goes wrong most
#       often is the sum: it is used in between, and so people think that it must keep something. The number above is
#       checked against the formula, so nobody need do it by hand.
#
# We compute :math:`y = (a + e^a)^2` with :math:`a = x^2`, at :math:`x = 1.5`. Its derivative is
# :math:`2\,(a + e^a)(1 + e^a) \cdot 2x`.
#
# .. internal:: creator


def formula(x):
    a = square(x)
    b = exp(a)
    c = add(a, b)
    return {'a': a, 'b': b, 'c': c, 'y': square(c)}


x = Variable(np.array(1.5))
v = formula(x)
v['y'].backward()
print(f'x.grad = {x.grad:.6f}')
for name, variable in v.items():
    kept = {'xs', 'y'} & vars(variable.creator).keys()
    print(f'the function of {name} keeps', ' '.join(kept) or 'nothing')

e = np.exp(2.25)
assert np.isclose(x.grad, 2 * (2.25 + e) * (1 + e) * 3, rtol=1e-14, atol=0)
assert v['b'].creator.y == e and not hasattr(v['b'].creator, 'xs')

# %%
# Do the rules really read what is kept? We change it after the call, and see whether the gradient notices.
#
# .. internal::

for function, at in [(square, 3.0), (exp, 3.0), (lambda x: add(x, x), 3.0)]:
    reads = []
    for kept in ['xs', 'y']:
        x = Variable(np.array(at))
        y = function(x)
        before = backward_pass(y)[x]
        f = y.creator
        if hasattr(f, kept):
            setattr(f, kept, (np.array(5.0),) if kept == 'xs' else np.array(5.0))
            reads += [kept] if backward_pass(y)[x] != before else []
    print(type(f).__name__, 'reads', ' '.join(reads) or 'nothing')
    assert reads == {'Square': ['xs'], 'Exp': ['y'], 'Add': []}[type(f).__name__]

# %%
# The memory of a graph
# ---------------------
# .. slide:: What is left when only the result is held
#    :show: picture
#    :minutes: 3
#
#    Where a circle is blank, the array is gone, for no rule will read it.
#
#    .. notes::
#       Ask which function keeps c. It is the last square, which reads it.
#
# Here is the graph of the formula when only ``x`` and ``y`` are in our hands. The picture asks the functions what they
# have. Under a circle stands the number if something still holds its array.
#
# .. internal::
from dezero_lite import graph

x = Variable(np.array(1.5))
v = formula(x)
y = v['y']
boxes = {'a = x²': v['a'].creator, 'b = exp a': v['b'].creator,
         'c = a + b': v['c'].creator, 'y = c²': y.creator}
del v
picture = graph(y, names={'x': x, 'y': y} | boxes, values=True)
assert [node.data is None for node in picture.variables] == [False, True, False, False, False]
picture

# %%
# ``a`` is blank: ``exp`` reads its own output, and the sum reads nothing. ``b`` is kept by the ``exp`` that made it,
# and ``c`` by the square that reads it.
#
# .. slide:: How many of a hundred arrays are alive?
#    :show: predict output
#    :minutes: 4
#
#    A chain of 100 functions is computed, and we hold its result alone.
#
#    .. notes::
#       A vote with pencil and paper. Nearly everybody says a hundred, since each function keeps one array; but the
#       output that exp keeps and the input that the square keeps are one and the same. Those who say 50 have counted
#       what the graph keeps, and forgotten the result in our hand. This is the best slide of the page, so give it its
#       time and take it from the statement that follows.
#
# .. predict:: A chain of a hundred functions is computed, exp, square, exp, square, and so on, and only the last output
#    is in our hand. How many of the hundred arrays that were computed are still there?
#    :answer: 51 = alive['exp, square']
#    :type: number
#    :after:
#
#    - ``alive['exp, square']``: the output of each exp, which the square after it keeps as well, one array for both;
#      and the one in our hand.
#    - ``alive['square']``: that would be one array for each function. But two functions may keep the same array.
#    - ``kept['exp, square']``: nearly: the graph keeps these, and the last output is ours.
#
# Now count, in chains of 100 functions of which we hold only the last output: how many of the computed arrays are alive
# (weak references are our witnesses), and how many different arrays the functions of the graph keep, the leaf's among
# them.
#
# .. internal:: kept

import weakref


def chain(functions, n):
    """The last variable of a chain, and witnesses of the arrays that were computed."""
    y, values = Variable(np.array([0.25, 0.5])), []
    for i in range(n):
        y = functions[i % len(functions)](y)
        if i % 2 and len(functions) == 2:
            y.data /= y.data.max()  # so that the numbers stay in range
        values.append(weakref.ref(y.data))
    return y, values


def arrays_of(f):
    """The arrays that the functions of a chain keep, each once."""
    found = {}
    while isinstance(f, Function):
        kept = getattr(f, 'xs', ()) + ((f.y,) if hasattr(f, 'y') else ())
        found |= {id(array): array for array in kept}
        f = f.parents[0]
    return list(found.values())


n = 100
alive, kept = {}, {}
print('chain          alive  kept by the graph')
for name, functions in [('square', [square]), ('exp, square', [exp, square]),
                        ('twice', [lambda x: add(x, x)])]:
    y, values = chain(functions, n)
    alive[name] = sum(value() is not None for value in values)
    kept[name] = len(arrays_of(y.creator))
    print(f'{name:12}{alive[name]:8}{kept[name]:19}')
assert alive == {'square': n, 'exp, square': n // 2 + 1, 'twice': 1}
assert kept == {'square': n, 'exp, square': n // 2, 'twice': 0}

# %%
# A hundred squares keep a hundred arrays: the leaf's, and all that were computed but the last, which is in our hand. A
# hundred sums keep none, though the graph is there and ``backward`` works. And exp and square in turn keep fifty: the
# output that exp keeps is the input that the square keeps. That a function may choose between ``x`` and ``y`` has
# halved the memory. So the graph of a hundred functions, on arrays of a megabyte each, keeps a hundred megabytes if
# they are squares, fifty if exp and square take turns, and none if they are sums.
#
# .. slide:: At most n arrays
#    :show: statement
#    :minutes: 2
#
#    .. notes::
#       It says in general what was just counted. Ask for a chain that needs exactly as many arrays as it has functions,
#       and for one that needs none: squares and sums. When late, go past it, the table has shown it.
#
# Proposition (what a chain keeps)
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Let a chain of :math:`n` functions of one input be called, each of which returns a new array and keeps at most one, and
# let only its leaf and its last output be held. Then the graph keeps at most :math:`n` arrays; exactly :math:`n` if each function
# keeps one and no two keep the same, as with squares. Any other array that was computed, but the last, has been freed.
#
# .. slide:: Reached, or not
#    :show: proof
#    :below:
#    :minutes: 3
#
#    .. notes::
#       The proof is about what holds an array, in both directions: what a function keeps can be reached, and what none
#       keeps has just lost its last holder. Ask what that last holder was. It was the caller's name ``y``, and the loop
#       has put the next output there.
#
# Proof
# ~~~~~
# The last output refers to the last function, each function to the one before it (its parent), and each to the array
# that it keeps. So all that is kept is reached from what is held, and lives; these are at most :math:`n` arrays, and
# fewer if two are the same. An array that no function keeps was held, being new, by its variable and, during the call, by the
# function that ran. The call is over. The variable was held by the caller alone, since a function holds places, and the
# caller let go of it when the next output took its place. So both were freed, by `counting <step17.ipynb>`_. ∎
#
# Gradients come and go
# ~~~~~~~~~~~~~~~~~~~~~
# In the pass over a chain only the table holds gradients, one at a time. We watch a function at work: each time a
# rule runs, how many of the gradients that were sent so far are still there?
#
# .. internal::

sent, most = [], 0


class Watched(Square):
    def backward(self, gy):
        global most
        most = max(most, sum(gradient() is not None for gradient in sent))
        gx = super().backward(gy)
        sent.append(weakref.ref(gx))
        return gx


y, _ = chain([lambda x: Watched()(x)], n)
y.backward()
print('sent:', len(sent), ' at most there at once:', most)
assert len(sent) == n and most == 1

# %%
# What if the data change before ``backward``?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# .. slide:: A new array does no harm any more
#    :show: output
#    :minutes: 2
#
#    Written into in place, an array is still the one that the rule will read.
#
#    .. notes::
#       In step 13 both ways of changing the data spoiled the derivative. Ask what has changed since. The tempting
#       answer is that the pass copies the arrays, and it does not: a rule reads the very array that forward was given.
#       Put another one into the variable, and the old one is still there to be read; write *into* it, and the rule
#       reads what you wrote.
#
# `Step 13 <step13.ipynb#at-which-point-does-backward-differentiate>`_ found that the derivative is wrong if a variable
# gets new data between the computation and ``backward``. That has changed, in one of two cases. A rule reads the array
# that ``forward`` was given; so a *new* array in ``x.data`` does no harm. But an array that is changed *in place* is
# the one that the rule will read.
#
# .. internal::

for in_place in [False, True]:
    x = Variable(np.array([3.0]))
    y = square(square(x))
    if in_place:
        x.data[0] = 5.0
    else:
        x.data = np.array([5.0])
    y.backward()
    print('in place: ' if in_place else 'new array:', x.grad)
    # the outer square kept 9; the inner one reads 3, or what is in its place
    assert x.grad == (2 * 9) * (2 * 5 if in_place else 2 * 3)
    assert (x.grad == 4 * 3 ** 3) != in_place and x.grad != 4 * 5 ** 3

# %%
# 108 is the derivative at 3; 180 is right neither at 3 nor at 5, as in step 13.
#
# Does everything from before still work?
# ---------------------------------------
# Here are the graphs of steps 14 to 16, with the number of runs, two passes, and the memory of step 17. New among them
# are compositions with ``exp``, in which a rule that forgets ``gy`` would be noticed.
#
# .. internal:: creator

import gc


class Noted(Square):
    runs = 0

    def backward(self, gy):
        Noted.runs += 1
        return super().backward(gy)


noted = lambda x: Noted()(x)
cases = {  # what is computed, its derivative at 2, and how many squares it has
    'diamond': (lambda x: (lambda a: add(noted(a), noted(a)))(noted(x)), 64, 3),
    'a + a²': (lambda x: (lambda a: add(a, noted(a)))(noted(x)), 36, 2),
    'b + (x + b)': (lambda x: (lambda b: add(b, add(x, b)))(noted(x)), 9, 1),
    'a² + a': (lambda x: (lambda a: add(noted(a), a))(noted(x)), 36, 2),
    '(x + a) + a': (lambda x: (lambda a: add(add(x, a), a))(noted(x)), 9, 1),
    'ladder': (lambda x: (lambda a: add(noted(a), noted(a)))(add(noted(x), noted(x))), 256, 4),
    'x + x²': (lambda x: add(x, noted(x)), 5, 1),
    'exp(x)²': (lambda x: noted(exp(x)), 2 * np.exp(4), 1),
    'exp(x²)': (lambda x: exp(noted(x)), 4 * np.exp(4), 1),
    'exp(2 exp(x))': (lambda x: (lambda a: exp(add(a, a)))(exp(x)),
                      2 * np.exp(2) * np.exp(2 * np.exp(2)), 0),
}
gc.disable()
for name, (compute, derivative, squares) in cases.items():
    x, Noted.runs = Variable(np.array(2.0)), 0
    y = compute(x)
    y.backward()
    assert np.isclose(x.grad, derivative, rtol=1e-14, atol=0) and Noted.runs == squares, name
    y.backward()
    assert np.isclose(x.grad, 2 * derivative, rtol=1e-14, atol=0), name
    witness = weakref.ref(y.creator)
    del y
    assert witness() is None, name
gc.enable()

x = Variable(np.array([2.0, -1.0]))
y = add(add(x, x), x)
y.backward()
assert x.grad.tolist() == [3, 3]  # with += in the table it would be 4
u, w = Variable(np.array(2.0)), Variable(np.array(5.0))
y = add(u, w)
y.backward()
y.backward()
assert (u.grad, w.grad) == (2, 2)

# %%
# What is still wrong
# -------------------
# .. slide:: Next: which gradients, and whether a graph at all
#    :show: output
#    :minutes: 1
#
#    A hundred squares keep a hundred arrays even when nobody will ever go back.
#
#    .. notes::
#       Two wishes to take home. Ask who has ever wanted a gradient in the middle of a network, and what for. Then: what
#       should a program keep that will never go back? Nothing, and this one keeps a hundred arrays.
#
# Two wishes are open. You may want the gradient of ``a``, in the middle of a graph, to look at it. And you may want
# *only values*, to test a trained network, say. Then a hundred squares keep a hundred arrays for nothing.
#
# .. flaw::

x = Variable(np.array(2.0))
a = square(x)
square(a).backward()
print('a.grad =', a.grad)
assert a.grad is None and kept['square'] == 100

# %%
# ``keeps_xs`` is decided by those who write a function. These two are for those who use it to decide, and
# `step 20 <step20.ipynb>`_ lets them.

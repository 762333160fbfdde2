"""
Step 24: a package, and hard functions
======================================

The program becomes a package of four files, whose imports run one way. Then it meets functions that
nobody would like to differentiate by hand.

A program in one file can be read from top to bottom. A package can be imported, and each file of it
be read alone. Where should one cut?
"""

# %%
# .. slide:: Two files that need each other
#    :show: output
#    :minutes: 4
#
#    Whichever is imported first is only half there when the other asks for it.
#
#    .. notes::
#       Ask what happens, before running it. Who has met this message?
#
# Not everywhere. Here are two files of two lines each, which need each other, in a folder of their
# own.

import sys
import tempfile
from pathlib import Path

home = tempfile.TemporaryDirectory()
sys.path.insert(0, home.name)
sys.dont_write_bytecode = True
folder = Path(home.name)
(folder / 'hen.py').write_text('from egg import hatch\ndef lay(): return hatch\n')
(folder / 'egg.py').write_text('from hen import lay\ndef hatch(): return lay\n')
try:
    import hen
    raise AssertionError('it was imported')
except ImportError as error:
    circle = str(error).split(' from')[0]
    print('ImportError:', circle)
assert circle == "cannot import name 'lay'"
sys.path.remove(home.name)
home.cleanup()

# %%
# ``hen`` begins, and asks for ``egg``; ``egg`` begins, and asks ``hen`` for something that ``hen``
# has not got to yet. So imports must run one way: the files need an order in which each imports
# only earlier ones.
#
# Where does our program have such a circle? The operators of ``Variable`` make objects of ``Add``,
# ``Mul`` and the rest. These are kinds of ``Function``; and ``Function`` makes variables. In one
# file that does no harm. In two, one with the engine and one with the functions, each needs the
# other.
#
# .. slide:: A table between them
#    :minutes: 3
#
#    The engine looks functions up, under names that both know: NumPy's.
#    Functions register themselves. Neither the engine nor the table imports a function.
#
# The way out is a third thing that both know and that needs neither: a **table**. Functions are
# entered in it under a name, and the operators look them up there. Which names? NumPy has one for
# each already. So ``v + w`` calls ``np.add(v, w)``; NumPy sees that its arguments are no arrays,
# and hands the call to their method ``__array_ufunc__``, which is where we look into the table.
# What we get for it: ``np.exp(v)`` works, because it goes the same way. And ``array + v``, for
# which step 20 needed a line of its own, does as well.
#
# The program
# -----------
# .. slide:: Functions enter themselves, with implements(np.add)
#    :show: program
#    :pieces: implementations implements Variable.__array_ufunc__
#       Variable.__add__ Variable.__radd__ Add
#    :minutes: 5
#
#    Each function is entered under NumPy's name, each operator asks NumPy for it.
#
# ``implements(np.add)`` is a decorator: it enters the class below it, and ``__array_ufunc__`` makes
# an object of it and calls that. There is no ``exp`` of our own any more: it is ``np.exp``. What is
# not in the table is refused, and any use other than a plain call, such as ``np.add.reduce``.
import heapq
import weakref
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

recording = ContextVar('recording', default=True)


@contextmanager
def no_grad():
    token = recording.set(False)
    try:
        yield
    finally:
        recording.reset(token)


implementations = {}


def implements(ufunc):
    def register(kind):
        implementations[ufunc] = kind
        return kind
    return register


class Variable:
    def __init__(self, data, name=None):
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.grad = None
        self.name = name
        self.creator = None
        self.generation = 0

    def set_creator(self, f):
        self.creator = f
        self.generation = f.generation + 1

    def cleargrad(self):
        self.grad = None

    def retain_grad(self):
        if self.creator is not None:
            self.creator.retained = weakref.ref(self)

    def backward(self):
        seed = np.ones_like(self.data) if self.grad is None else self.grad
        for v, gradient in backward_pass(self, seed).items():
            if v is self or v.grad is None:
                v.grad = gradient
            else:
                v.grad = v.grad + gradient  # not +=: the array may be shared

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        name = '' if self.name is None else f', name={self.name!r}'
        return f'Variable({self.data}{name})'

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != '__call__' or options or ufunc not in implementations:
            raise TypeError(f'no derivative is known for this use of np.{ufunc.__name__}')
        return implementations[ufunc]()(*inputs)

    __add__ = lambda self, other: np.add(self, other)
    __radd__ = lambda self, other: np.add(other, self)
    __sub__ = lambda self, other: np.subtract(self, other)
    __rsub__ = lambda self, other: np.subtract(other, self)
    __mul__ = lambda self, other: np.multiply(self, other)
    __rmul__ = lambda self, other: np.multiply(other, self)
    __truediv__ = lambda self, other: np.divide(self, other)
    __rtruediv__ = lambda self, other: np.divide(other, self)
    __neg__ = lambda self: np.negative(self)
    __pow__ = lambda self, c: np.power(self, c)


def backward_pass(y, seed):
    gradients = {y.creator or y: seed}
    found = {}
    waiting = [(0, 0, y.creator)] if y.creator else []
    turn = 0
    while waiting:
        _, _, f = heapq.heappop(waiting)
        gy = gradients.pop(f)
        if f.retained is not None and f.retained() is not None:
            found[f.retained()] = gy
        gxs = f.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(f.parents, gxs):
            if parent is None:
                continue
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx
                continue
            gradients[parent] = gx
            if isinstance(parent, Function):
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found | gradients


def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x


def data_of(x):
    return x.data if isinstance(x, Variable) else x


def place_of(x):
    return x.creator or x if isinstance(x, Variable) else None  # a constant has none


class Function:
    keeps_xs = True
    keeps_y = False
    retained = None

    def __call__(self, *inputs):
        xs = tuple(data_of(x) for x in inputs)
        y = as_array(self.forward(*xs))
        output = Variable(y)
        variables = [x for x in inputs if isinstance(x, Variable)]
        for x in variables:
            if x.shape != y.shape:
                raise ValueError(f'{x.shape} was stretched to {y.shape}: not supported yet')
        if recording.get():
            self.parents = tuple(place_of(x) for x in inputs)
            self.generation = max(x.generation for x in variables)
            if self.keeps_xs:
                self.xs = xs
            if self.keeps_y:
                self.y = y
            output.set_creator(self)
        return output


@implements(np.power)
class Pow(Function):
    def __call__(self, x, c):
        if isinstance(c, Variable):
            raise TypeError('the exponent is a Variable: only numbers are supported')
        self.c = c
        return super().__call__(x)

    def forward(self, x):
        return x ** self.c

    def backward(self, gy):
        x, = self.xs
        return self.c * x ** (self.c - 1) * gy


@implements(np.exp)
class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return self.y * gy


@implements(np.add)
class Add(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 + x1

    def backward(self, gy):
        return gy, gy


@implements(np.subtract)
class Sub(Function):
    keeps_xs = False

    def forward(self, x0, x1):
        return x0 - x1

    def backward(self, gy):
        return gy, -gy


@implements(np.multiply)
class Mul(Function):
    def forward(self, x0, x1):
        return x0 * x1

    def backward(self, gy):
        x0, x1 = self.xs
        return gy * x1, gy * x0


@implements(np.divide)
class Div(Function):
    def forward(self, x0, x1):
        return x0 / x1

    def backward(self, gy):
        x0, x1 = self.xs
        return gy / x1, gy * (-x0 / x1 ** 2)


@implements(np.negative)
class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


# %%
# The run
# -------
# .. slide:: NumPy's own functions work on variables
#    :show: output
#    :minutes: 2
#
#    ``np.exp(v)`` goes the same way as ``v + w``: through the table.

v = Variable(np.array([0.5, 2.0]))
y = np.array([1.0, 2.0]) - 2.0 / (np.exp(v) + v)
y.backward()
print(y, v.grad)
e = np.exp(v.data)
assert np.allclose(y.data, [1, 2] - 2 / (e + v.data), rtol=1e-15, atol=0)
assert np.allclose(v.grad, 2 * (e + 1) / (e + v.data) ** 2, rtol=1e-15, atol=0)
y.backward()
assert np.allclose(v.grad, 4 * (e + 1) / (e + v.data) ** 2, rtol=1e-15, atol=0)

for text in ['np.tan(v)', 'np.add.reduce(v)', 'np.exp(v, out=np.zeros(2))', 'v ** v']:
    try:
        eval(text)
        raise AssertionError(text)
    except TypeError as error:
        assert 'np.' in str(error) or 'exponent' in str(error)
        print('TypeError:', error)

# %%
# .. slide:: Who imports whom
#    :show: output
#    :minutes: 4
#
#    Four files, each importing only from files above it. Computed from the program.
#
# The cut
# -------
# Now we cut, with the program of this page as the source. For each file we say which definitions it
# gets. What it has to import, the program below finds: which names occur in these definitions, and
# in which file they are at home.

import ast
import importlib
import linecache
import sys
import tempfile
from pathlib import Path

home = tempfile.TemporaryDirectory()
folder = Path(home.name)

FILES = {
    'scopes': ['recording', 'no_grad'],
    'table': ['implementations', 'implements'],
    'core': ['Variable', 'backward_pass', 'as_array', 'data_of', 'place_of', 'Function'],
    'functions': ['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Pow', 'Exp'],
}
program = ''.join(linecache.getlines(Variable.backward.__code__.co_filename))


def cut(program, files):
    """For each file its text, and what it imports from the others."""
    definitions, modules = {}, {}
    for node in ast.parse(program).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            definitions.setdefault(node.name, node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            definitions.setdefault(node.targets[0].id, node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            modules |= {alias.asname or alias.name: ast.unparse(node) for alias in node.names}
    at_home = {name: file for file, names in files.items() for name in names}
    texts, imports = {}, {}
    for file, names in files.items():
        parts = [definitions[name] for name in names]
        used = {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
        imports[file] = {other: sorted(name for name in used if at_home.get(name) == other)
                         for other in files if other != file}
        lines = [modules[name] for name in sorted(used & modules.keys())]
        lines += [f'from .{other} import {", ".join(needed)}'
                  for other, needed in imports[file].items() if needed]
        texts[file] = '\n\n'.join(lines + [ast.unparse(part) for part in parts])
    return texts, imports


def write(package, texts):
    (folder / package).mkdir()
    for file, text in texts.items():
        (folder / package / f'{file}.py').write_text(text)
    (folder / package / '__init__.py').write_text('from . import functions\n'
                                                  'from .core import Variable\n')


def imported(package):
    sys.path.insert(0, home.name)
    try:
        return importlib.import_module(package)
    finally:
        sys.path.remove(home.name)


texts, imports = cut(program, FILES)
before = set()
for file in FILES:
    for other, names in imports[file].items():
        if names:
            print(f'{file:9} imports from {other:6}: {", ".join(names)}')
            assert other in before  # one way
    before.add(file)
assert imports['core']['functions'] == []

write('small', texts)
small = imported('small')
v = small.Variable(np.array([0.5, 2.0]))
(np.exp(v) * v).backward()
assert np.allclose(v.grad, np.exp(v.data) * (1 + v.data), rtol=1e-15, atol=0)
print('imported; files:', ', '.join(sorted(path.name for path in (folder / 'small').iterdir())))

# %%
# Read it from the top: the table and the switch know nothing of variables, the engine knows no
# function, the functions know the engine. Whoever wants to add a function writes one more file, and
# changes none.
#
# Would the program of step 20 have done?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# No. With its operators, which name ``Add`` directly, the same cut goes in a circle:

direct = program
for ufunc, name in [('add', 'Add'), ('subtract', 'Sub'), ('multiply', 'Mul'), ('divide', 'Div'),
                    ('negative', 'Neg'), ('power', 'Pow')]:
    direct = direct.replace(f': np.{ufunc}(', f': {name}()(')
texts, imports = cut(direct, FILES)
print('core imports from functions:', ', '.join(imports['core']['functions']))
print('functions imports from core:', ', '.join(imports['functions']['core']))
write('circular', texts)
try:
    imported('circular')
    raise AssertionError('it was imported')
except ImportError as error:
    print('ImportError:', str(error).split(' from')[0])
home.cleanup()

# %%
# Could one not add the operators to the class afterwards?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# One can, with ``Variable.__add__ = ...`` in the file of the functions. The book does so, in a
# function that is called when the package is imported. Imports run one way then, too. But a reader
# of the class no longer sees what it can do, and whoever imports the engine alone gets variables
# that can't be added. A table says openly that something is looked up.
#
# .. slide:: How many functions are a formula?
#    :show: predict output
#    :minutes: 4
#
#    Matyas: :math:`0.26\,(x^2 + y^2) - 0.48\,xy`. Constants are not functions.
#
# Hard functions
# --------------
# Now to what it can do. Three functions on which methods of optimisation are tried, each at (1, 1):
# the *sphere*, the function of *Matyas*, and that of *Goldstein and Price*, a polynomial of degree
# 8 with very steep walls.
#
# .. predict:: How many functions has the graph of ``0.26 * (x ** 2 + y ** 2) - 0.48 * x * y``?
#    :answer: found['matyas']
#    :type: number
#    :after:
#
#    - ``found['matyas'] + 2``: Two too many. The two constants are no functions, and x and y are
#      not either.
#    - ``found['matyas'] - 1``: One too few. Between 0.48, x and y there are two products.


def sphere(x, y):
    return x ** 2 + y ** 2


def matyas(x, y):
    return 0.26 * (x ** 2 + y ** 2) - 0.48 * x * y


def goldstein_price(x, y):
    a = 19 - 14 * x + 3 * x ** 2 - 14 * y + 6 * x * y + 3 * y ** 2
    b = 18 - 32 * x + 12 * x ** 2 + 48 * y - 36 * x * y + 27 * y ** 2
    return (1 + (x + y + 1) ** 2 * a) * (30 + (2 * x - 3 * y) ** 2 * b)


def functions_behind(y):
    found, stack = set(), [y.creator]
    while stack:
        f = stack.pop()
        if isinstance(f, Function) and f not in found:
            found.add(f)
            stack += f.parents
    return found


found = {}
for f in [sphere, matyas, goldstein_price]:
    x, y = Variable(np.array(1.0)), Variable(np.array(1.0))
    z = f(x, y)
    z.backward()
    found[f.__name__] = len(functions_behind(z))
    print(f'{f.__name__:16}{found[f.__name__]:3} functions, value {z.data:.6g}, '
          f'gradient ({x.grad:.6g}, {y.grad:.6g})')
assert list(found.values()) == [3, 7, 38]
assert (z.data, x.grad, y.grad) == (1876, -5376, 8064)

# %%
# Thirty-eight functions, one call of ``backward``. Values and derivatives at (1, 1) are whole
# numbers, so rounding hides nothing.
#
# Are the gradients right?
# ~~~~~~~~~~~~~~~~~~~~~~~~
# `Step 10's checker <../stage1/step10.ipynb>`_ needs no derivatives: it moves one input at a time.
# Here and at two more points:


def check(f, *point, eps=1e-5):
    xs = [Variable(np.array(p)) for p in point]
    f(*xs).backward()
    with no_grad():
        for i, x in enumerate(xs):
            low, high = ([*point[:i], point[i] + s, *point[i + 1:]] for s in (-eps, eps))
            difference = (f(*map(np.array, high)) - f(*map(np.array, low))) / (2 * eps)
            assert np.isclose(x.grad, difference, rtol=1e-6, atol=1e-6), (f.__name__, point, i)


for f in [sphere, matyas, goldstein_price]:
    for point in [(1.0, 1.0), (0.4, -0.7), (-1.3, 0.2)]:
        check(f, *point)
print('all gradients agree with differences')

# %%
# Note that ``check`` calls the same functions with plain arrays: a formula does not know whether it
# computes with variables.

# %%
# .. slide:: Matyas, seven functions
#    :show: picture
#    :minutes: 2
#
#    Nobody drew this by hand. It is what one call of the formula has recorded.
#
# The graph
# ---------
# The package behind this site is cut in the same way, with more functions. It records as many
# functions for the last formula as ours; here is its graph of the second, which is small enough to
# be looked at.
import dezero_lite
from dezero_lite import graph

x = dezero_lite.Variable(np.array(1.0), name='x')
y = dezero_lite.Variable(np.array(1.0), name='y')
z = goldstein_price(x, y)
z.backward()
assert len(graph(z).functions) == found['goldstein_price']
assert (x.grad, y.grad) == (-5376, 8064)

z = matyas(x, y)
graph(z, names={'z': z}, values=True)

# %%
# Does everything from before still work?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A program that grows may lose something on the way. Two formulas that use all its operators, in
# both orders, against `differences <../stage1/step10.ipynb>`_, with gradients added up over two
# passes:

def still_right(formula, point, eps=1e-5):
    x = Variable(np.array(point))
    for _ in range(2):
        formula(x).backward()
    low, high = formula(np.array(point - eps)), formula(np.array(point + eps))
    return np.isclose(x.grad, 2 * (high - low) / (2 * eps), rtol=1e-8, atol=0)


mixed = [lambda x: (x * x - 3) / (1 + np.exp(-x)) - 2 / x,
         lambda x: (lambda a: np.exp(a) + x - a * x / 2)(2 - x ** 3)]
assert all(still_right(formula, point) for formula in mixed for point in [0.7, 1.3])

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: The second stage ends here
#    :minutes: 2
#
#    Any graph, written as formulas, in a package. What does it give us that a formula on paper does
#    not?
#
# The second stage ends here, with a package that differentiates what one writes. So far, though,
# everything differentiated was a formula, for which one could have had a rule on paper. A program
# can do more than a formula: it can decide, while it runs, how long it goes on. `Step 27
# <../stage3/step27.ipynb>`_ differentiates one that does.

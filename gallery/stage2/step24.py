"""
Step 24: a package
==================

The program becomes a package of a few files, and their imports run one way. NumPy's own functions work on variables
now. Then the package gets a new function, in a new file, and no other file is touched.

A program in one file can be read from top to bottom. A package can be imported, and each of its files can be read
alone. Where can we cut?
"""

# %%
# The hen and the egg
# -------------------
# .. slide:: Two files that need each other
#    :show: output
#    :minutes: 4
#
#    Whichever is imported first is only half there when the other asks for it.
#
#    .. notes::
#       Ask what happens, before running it, and who has met this message.
#
# We can't cut just anywhere. Here are two files of two lines each, which need each other, in a folder of
# their own.

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
# ``hen`` begins, and asks for ``egg``; ``egg`` begins, and asks ``hen`` for something that ``hen`` has not
# got to yet. If imports run one way, this can't happen: the files need an order in which each imports only
# earlier ones.
#
# Where does our program have such a circle? The operators of ``Variable`` make objects of ``Add``,
# ``Mul`` and the rest. These are kinds of ``Function``; and ``Function`` makes variables. In one
# file that does no harm. In two, one with the engine and one with the functions, each needs the
# other.
#
# A table between them
# --------------------
# .. slide:: A table between them
#    :show: output
#    :minutes: 3
#
#    Functions enter themselves, with NumPy's own functions as keys. The engine looks them up. It does not import them.
#
#    .. notes::
#       Ask how two people who must not call each other can still leave messages: with a third who knows neither. The
#       usual proposal is to put the import inside a function, which works, and hides the circle. NumPy's functions are
#       objects, so they can be keys; let somebody say what ``table[np.add]`` gives.
#
# The way out is a third thing that both know and that needs neither: a **table**. Functions are entered in it, and the
# operators look them up there. Under which keys? NumPy has an object for each operation already: ``np.add`` for plus,
# ``np.exp`` for the exponential. These objects are its *universal functions*, **ufuncs** for short, and they work
# element by element. One of them can be the key of a dictionary:

import numpy as np

print(type(np.add), type(np.exp))
table = {np.add: 'plus', np.exp: 'exponential'}
print(table[np.add])
assert table[np.add] == 'plus' and np.add(2, 3) == 5

# %%
# .. slide:: NumPy asks us
#    :show: output
#    :minutes: 3
#
#    An object with a method ``__array_ufunc__`` is asked before NumPy does anything.
#
#    .. notes::
#       Ask which of the four lines our engine can answer. It can answer the plain calls; a reduce or an ``out=`` would
#       be computed without a rule, so it is refused. Point out the second line: the array on the left now asks us as
#       well, and the line of step 22 is no longer needed.
#
# That these keys are NumPy's own has a reward. A ufunc that is called on an object with a method ``__array_ufunc__``
# does nothing itself: it hands over what it was asked to do, and that method answers.


class Asked:
    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return f'{ufunc.__name__}, {method}, {len(inputs)} inputs, options {list(options)}'


v, array = Asked(), np.array([2.0, 3.0])
for text in ['np.exp(v)', 'array * v', 'np.add.reduce(v)', 'np.exp(v, out=array)']:
    print(f'{text:22}', eval(text))
assert np.exp(v) == 'exp, __call__, 1 inputs, options []'

# %%
# So if ``__array_ufunc__`` looks into the table, then ``np.exp(v)`` works, and so does ``array * v``, for which step 22
# needed a line of its own. ``method`` says in which way the ufunc was used: ``__call__`` for a plain call,
# ``reduce`` for ``np.add.reduce``, the sum of an array. We answer plain calls without options, and refuse all else.
#
# How does a function get into the table?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# By a line above it, ``@implements(np.add)``. That is a *decorator*, and this one
# takes an argument, so there are two calls. ``implements(np.add)`` makes a function ``register``, which remembers the
# ``np.add``. And ``@`` calls that with the class that stands below: ``Add = register(Add)``. It enters the class, and
# gives it back as it was.


def under(key):
    def register(thing):
        table[key] = thing
        return thing
    return register


@under('greeting')
def hello():
    return 'hello'


assert table['greeting'] is hello and hello() == 'hello'

# %%
# .. ask::
#    How can a function of NumPy, such as ``np.exp``, be told to work on our variables?
#
#    - ``np.exp(v)``, ``np.add(v, w)`` and the other functions of NumPy for what the program can
#      compute give variables.
#    - ``@implements(numpy_function)`` above a class or a function enters it in ``implementations``,
#      a dictionary.
#    - What is not in there, and a use of a ufunc that is no plain call, such as
#      ``np.add.reduce(v)`` or ``out=``, is a TypeError that names it.

# %%
# The program
# -----------
# .. slide:: Functions enter themselves, with implements(np.add)
#    :show: program
#    :pieces: implementations implements Variable.__array_ufunc__
#       Variable.__add__ Variable.__radd__ Exp
#    :minutes: 5
#    :recap:
#
#    Each function is entered with NumPy's as its key, and each operator looks it up there.
#
#    .. notes::
#       A decorator with an argument is two calls, and that is where people get lost. Write ``Add =
#       implements(np.add)(Add)`` on the board. Then one operator: ``v + w`` looks in the table, finds a function that
#       makes an ``Add`` and calls it. Ask when the entry is made. It is made when the class is defined, and not when it
#       is used.
#
# The table has something to call for each key: for a class, a function that makes an object of it and calls that.
# There is no ``exp`` of our own any more: it is ``np.exp``.
import heapq
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

pauses = ContextVar('pauses', default=0)  # how many blocks of no_grad are open


@contextmanager
def paused(by):
    pauses.set(pauses.get() + by)
    try:
        yield
    finally:
        pauses.set(pauses.get() - by)


def no_grad():
    return paused(1)


implementations = {}


def implements(numpy_function):
    def register(f):
        implementations[numpy_function] = (lambda *inputs: f()(*inputs)) if isinstance(f, type) else f
        return f
    return register


class Variable:
    creator = None
    generation = 0
    gradient = None
    retains = True

    def __init__(self, data, name=None):
        if not isinstance(data, (np.ndarray, np.generic)):
            raise TypeError(f'{type(data)} is not supported')
        self.data = data
        self.name = name

    @property
    def grad(self):
        return place_of(self).gradient

    @grad.setter
    def grad(self, gradient):
        place_of(self).gradient = gradient

    def cleargrad(self):
        self.grad = None

    def retain_grad(self):
        place_of(self).retains = True

    def backward(self):
        for place, gradient in backward_pass(self).items():
            if place.gradient is not None:
                gradient = place.gradient + gradient
            place.gradient = np.array(gradient)

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    dtype = property(lambda self: self.data.dtype)

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        name = '' if self.name is None else f', name={self.name!r}'
        return f'Variable({self.data}{name})'

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != '__call__' or options or ufunc not in implementations:
            raise TypeError(f'no derivative is known for this use of np.{ufunc.__name__}')
        return implementations[ufunc](*inputs)

    __add__ = lambda self, other: implementations[np.add](self, other)
    __radd__ = lambda self, other: implementations[np.add](other, self)
    __sub__ = lambda self, other: implementations[np.subtract](self, other)
    __rsub__ = lambda self, other: implementations[np.subtract](other, self)
    __mul__ = lambda self, other: implementations[np.multiply](self, other)
    __rmul__ = lambda self, other: implementations[np.multiply](other, self)
    __truediv__ = lambda self, other: implementations[np.divide](self, other)
    __rtruediv__ = lambda self, other: implementations[np.divide](other, self)
    __pow__ = lambda self, c: implementations[np.power](self, c)
    __neg__ = lambda self: implementations[np.negative](self)


def backward_pass(y):
    gradients = {place_of(y): np.ones_like(y.data)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place.retains:
            found[place] = gy
        if place.generation == 0:
            continue
        gxs = place.backward(gy)
        if not isinstance(gxs, tuple):
            gxs = (gxs,)
        for parent, gx in zip(place.parents, gxs):
            if parent is None:
                continue
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def data_of(x):
    if isinstance(x, Variable):
        x = x.data
    elif isinstance(x, np.ndarray):
        x = x.copy()  # its owner may change it before the pass
    return x[()] if isinstance(x, np.ndarray) and x.ndim == 0 else x  # a number has no axes


def place_of(x):
    if isinstance(x, Variable):
        return x if x.creator is None else x.creator
    return None  # a constant has none


def variable_at(place, data):
    variable = Variable(np.asarray(data))
    variable.creator, variable.generation = place, place.generation
    return variable


class Function:
    gradient = None
    retains = False
    keeps_xs = True
    keeps_y = False

    def __call__(self, *inputs):
        xs = tuple(map(data_of, inputs))
        y = self.forward(*xs)
        if pauses.get():
            return Variable(np.asarray(y))
        for x in inputs:
            if isinstance(x, Variable) and x.shape != np.shape(y):
                raise ValueError(f'{x.shape} was stretched to {np.shape(y)}: not supported yet')
        self.parents = tuple(map(place_of, inputs))
        self.generation = 1 + max([place.generation for place in self.parents if place is not None], default=0)
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = y
        return variable_at(self, y)


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
        return gy / x1, -gy * (x0 / x1 / x1)


@implements(np.negative)
class Neg(Function):
    keeps_xs = False

    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


@implements(np.power)
class Pow(Function):
    def __call__(self, x, c):
        if isinstance(c, Variable):
            raise TypeError('the exponent is a Variable: only numbers are supported')
        return super().__call__(x, c)

    def forward(self, x, c):
        return x ** c

    def backward(self, gy):
        x, c = self.xs
        return gy * (c * x ** (c - (c != 0))), None


@implements(np.exp)
class Exp(Function):
    keeps_xs, keeps_y = False, True

    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        return gy * self.y


# %%
# The run
# -------
# .. slide:: NumPy's own functions work on variables
#    :show: output
#    :minutes: 2
#
#    ``np.exp(v)`` goes the same way as ``v + w``: through the table.
#
#    .. notes::
#       Let them guess which of the four refusals comes from where: three from ``__array_ufunc__``, one from ``Pow``.
#       The formula itself is checked by assertions and prints nothing. Skip the messages when late, and say only that a
#       refusal names the function.
#
# We compute :math:`y = c - 2 / (e^v + v)` with an array :math:`c` on the left. Then comes what is refused.
#
# .. internal:: 'exponent'

v = Variable(np.array([0.5, 2.0]))
y = np.array([1.0, 2.0]) - 2.0 / (np.exp(v) + v)
y.backward()
e = np.exp(v.data)
assert np.allclose(y.data, [1, 2] - 2 / (e + v.data), rtol=1e-15, atol=0)
assert np.allclose(v.grad, 2 * (e + 1) / (e + v.data) ** 2, rtol=1e-14, atol=0)
y.backward()
assert np.allclose(v.grad, 4 * (e + 1) / (e + v.data) ** 2, rtol=1e-14, atol=0)

for text in ['np.sin(v)', 'np.add.reduce(v)', 'np.exp(v, out=np.zeros(2))', 'v ** v']:
    try:
        eval(text)
        raise AssertionError(text)
    except TypeError as error:
        assert 'np.' in str(error) or 'exponent' in str(error)
        print(f'{text:28}TypeError: {error}')

# %%
# The cut
# -------
# .. slide:: Who imports whom
#    :show: output
#    :minutes: 4
#
#    Each of the four files imports only from files above it. The page computes that from the program.
#
#    .. notes::
#       Read the four lines from the top and ask after each whether it could stand alone. The one to stop at is core: it
#       makes every operator and imports no function. That is what the table has bought. How the page cuts its own
#       program is for reading at home.
#
# Now we cut. For each file we say which definitions of this page's program it gets:

FILES = {
    'scopes': ['pauses', 'paused', 'no_grad'],
    'table': ['implementations', 'implements'],
    'core': ['Variable', 'backward_pass', 'data_of', 'place_of', 'variable_at', 'Function'],
    'functions': ['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Pow', 'Exp'],
}

# %%
# How does the page cut its own program?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Python can read Python: ``ast.parse`` makes a tree of a program, in which each definition has its first and its last
# line and the names that occur in it. What a file has to import follows from these names: those that are defined in
# another of the files. (One could cut it by hand as well. So you need not read this to understand the package.)
#
# .. internal::

import ast
import linecache


def cut(program, files):
    """For each file its text, and what it imports from the others."""
    lines, definitions, modules = program.splitlines(), {}, {}
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
        head = [modules[name] for name in sorted(used & modules.keys())]
        head += [f'from .{other} import {", ".join(needed)}'
                 for other, needed in imports[file].items() if needed]
        texts[file] = '\n'.join(head)
        for part in parts:
            first = min([part.lineno, *(d.lineno for d in getattr(part, 'decorator_list', []))])
            gap = '\n\n' if isinstance(part, ast.Assign) else '\n\n\n'
            texts[file] += gap * bool(texts[file]) + '\n'.join(lines[first - 1:part.end_lineno])
        texts[file] += '\n'
    return texts, imports


program = ''.join(linecache.getlines(Variable.backward.__code__.co_filename))

# %%
# And this shows the files in a page, each to be opened, and their zip to be taken along:

import base64
import io
import zipfile
from html import escape


class Package:
    def __init__(self, name, texts):
        self.name, self.texts = name, texts

    def _repr_html_(self):
        shown, out = '', io.BytesIO()
        with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as zipped:
            for file, text in self.texts.items():
                path = f'{self.name}/{file}.py'
                zipped.writestr(zipfile.ZipInfo(path), text)  # dated 1980
                shown += (f'<details><summary><code>{path}</code></summary>'
                          f'<pre tabindex="0"><code>{escape(text)}</code></pre></details>')
        data = base64.b64encode(out.getvalue()).decode()
        link = f'<a download="{self.name}.zip" href="data:application/zip;base64,{data}">'
        return f'<div class="files">{shown}<p>{link}{self.name}.zip</a></p></div>'


# %%
# Who imports whom
# ~~~~~~~~~~~~~~~~
# These are the imports of each file. Read them from the top: the switch and the table know nothing of variables, the
# engine knows no function, the functions know the engine.
#
# .. internal::

texts, imports = cut(program, FILES)
before = set()
for file in FILES:
    needed = {other: names for other, names in imports[file].items() if names}
    said = [f'{", ".join(names)} from {other}' for other, names in needed.items()]
    print(f'{file + ".py":13} imports', '; '.join(said) or 'nothing of ours')
    assert needed.keys() <= before  # one way
    before.add(file)
assert imports['core']['functions'] == []

# %%
# .. slide:: The package, as files
#    :show: output
#    :minutes: 3
#
#    There is a zip to take along as well.
#
#    .. notes::
#       Show which of the files is the longest, and ask what ``__init__.py`` is for. 'To list the names' is half of it:
#       it also imports the functions, and without that none of them would ever have entered itself. Then hand out the
#       zip.
#
# A fifth file, ``__init__.py``, makes a package of a folder: Python runs it when the package is imported. Ours imports
# the functions, so that they enter themselves, and says what is offered.
#
# The files
# ~~~~~~~~~
# Here they are, to be read, and to be taken along: unpack the zip, start Python beside the folder ``small``, and
# ``import small``.
#
# .. internal::

texts['__init__'] = """from . import functions
from .core import Function, Variable
from .scopes import no_grad
"""

for file, text in texts.items():
    print(f'small/{file}.py'.ljust(20), text.count('\n'), 'lines')
assert texts['core'].count('\n') == max(text.count('\n') for text in texts.values())
Package('small', texts)

# %%
# Written into a folder, it can be imported, and works:
#
# .. internal::

import importlib
import sys
import tempfile
from pathlib import Path

home = tempfile.TemporaryDirectory()
folder = Path(home.name)


def write(package, texts):
    (folder / package).mkdir(exist_ok=True)
    for file, text in texts.items():
        (folder / package / f'{file}.py').write_text(text)


def imported(package):
    for name in [name for name in sys.modules if name.split('.')[0] == package.split('.')[0]]:
        del sys.modules[name]  # an earlier run of this page has imported its own
    sys.path.insert(0, home.name)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(package)
    finally:
        sys.path.remove(home.name)


write('small', texts)
small = imported('small')
v = small.Variable(np.array([0.5, 2.0]))
(np.exp(v) * v).backward()
assert np.allclose(v.grad, np.exp(v.data) * (1 + v.data), rtol=1e-15, atol=0)
with small.no_grad():
    assert (v * v).creator is None
print('imported; files:', ', '.join(sorted(path.name for path in (folder / 'small').glob('*.py'))))

# %%
# A function in a file of its own
# -------------------------------
# .. slide:: A new function, in a new file
#    :show: output
#    :minutes: 3
#
#    ``small/waves.py`` enters ``np.sin``. Which other file has to be changed?
#
#    .. notes::
#       None has to be changed. But the new one has to be imported.
#
# ``np.sin(v)`` is refused so far. Here is a file for it, with its rule: the derivative of the sine is the cosine.
#
# .. internal::

waves = """import numpy as np
from .core import Function
from .table import implements


@implements(np.sin)
class Sin(Function):
    def forward(self, x):
        return np.sin(x)

    def backward(self, gy):
        x, = self.xs
        return gy * np.cos(x)
"""
write('small', {'waves': waves})


def of_sin():
    v = small.Variable(np.array([0.5, 2.0]))
    try:
        (np.sin(v) * v).backward()
    except TypeError as error:
        return f'TypeError: {error}'
    assert np.allclose(v.grad, np.cos(v.data) * v.data + np.sin(v.data), rtol=1e-14, atol=0)
    return f'v.grad = {np.round(v.grad, 4)}'


without = of_sin()
print('the file is there:    ', without)
importlib.import_module('small.waves')
print('and it was imported:  ', of_sin())
assert without.startswith('TypeError') and of_sin().startswith('v.grad')

# %%
# No other file was changed. That is what the table is for: ``core.py`` can differentiate a sine without a line about
# it. But ``waves`` has to be imported, or its function never enters itself: by the user, as here, or by one more line
# in ``__init__.py``.
#
# .. slide:: Does step 23's program go in a circle?
#    :show: predict output
#    :minutes: 3
#
#    .. notes::
#       A good vote, because two answers can be defended. 'It works' has a point: the operators are used only later. But
#       the names are imported at the top. A RecursionError is what people expect of circles; Python remembers what it
#       has begun. When late, leave it out, since the hen and the egg have said it.
#
# .. predict:: The operators of step 23 name ``Add`` and the rest. Cut that program in the same way: what happens at the
#    import?
#    :answer: an ImportError = outcome
#    :after:
#
#    - ``outcome``: ``core`` asks for ``Add`` before ``functions`` has got to it, since ``functions`` waits for
#      ``core``.
#    - ``'it works'``: the operators are used only later, that is true. But the names are imported at the top of the
#      file.
#    - ``'a RecursionError'``: Python remembers which files it has begun, and does not begin them again.
#
# Would step 23's program have done as well?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# No. With its operators, which name ``Add`` directly, the same cut goes in a circle:
#
# .. internal::

direct = program
for ufunc, name in [('add', 'Add'), ('subtract', 'Sub'), ('multiply', 'Mul'), ('divide', 'Div'),
                    ('negative', 'Neg'), ('power', 'Pow')]:
    direct = direct.replace(f': implementations[np.{ufunc}](', f': {name}()(')
circular, imports = cut(direct, FILES)
print('core imports from functions:', ', '.join(imports['core']['functions']))
print('functions imports from core:', ', '.join(imports['functions']['core']))
write('circular', circular | {'__init__': texts['__init__']})
try:
    imported('circular')
    outcome = 'it works'
except ImportError as error:
    outcome = 'an ImportError'
    print('ImportError:', str(error).split(' from')[0])
assert outcome == 'an ImportError'

# %%
# Couldn't we add the operators to the class afterwards?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# We could, with ``Variable.__add__ = ...`` in the file of the functions. The book does so, in a
# function that is called when the package is imported. Imports run one way then, too. But a reader
# of the class no longer sees what it can do. With the table the operators stand in the class, and say openly that
# something is looked up. In both ways the engine alone, without the functions, can't add. Here is ours:
#
# .. internal::

write('engine', {file: texts[file] for file in ['scopes', 'table', 'core']} | {'__init__': ''})
engine = imported('engine.core')
v = engine.Variable(np.array(2.0))
try:
    v + v
    raise AssertionError('it was added')
except KeyError as error:
    print('KeyError:', error)
home.cleanup()

# %%
# .. slide:: The graph of a formula with np.exp
#    :show: picture
#    :minutes: 1
#
#    .. notes::
#       Nothing new in it, and that is the point: ``np.exp`` makes a function of the graph like any operator. Ask where
#       the 2 is. Skip it when late.
#
# The graph
# ---------
# :math:`y = 2\,e^{-x} x` at 1, recorded by this page's program:
from dezero_lite import graph

x = Variable(np.array(1.0), name='x')
y = 2 * np.exp(-x) * x
graph(y, names={'y': y}, values=True)

# %%
# Does everything from before still work?
# ---------------------------------------
# Here are the graphs of steps 14 to 16 in formulas, with the number of runs, a gradient in the middle, two passes, and
# the memory of step 17; then two formulas that use all operators, in both orders, against `differences
# <../stage1/step10.ipynb>`_.
#
# .. internal:: a.creator

import gc
import weakref


class Noted(Pow):
    runs = 0

    def backward(self, gy):
        Noted.runs += 1
        return super().backward(gy)


noted = lambda x: Noted()(x, 2)
cases = {  # what is computed from a = x², its derivative by a at x = 2, and the noted squares
    'diamond': (lambda x, a: noted(a) + noted(a), 16, 3),
    'a - a²': (lambda x, a: a - noted(a), -7, 2),
    'b + (a + b)': (lambda x, a: (lambda b: b + (a + b))(noted(a)), 17, 2),
    'a² - a': (lambda x, a: noted(a) - a, 7, 2),
    'a² / (a + 1)': (lambda x, a: noted(a) / (a + 1), (16 + 8) / 25, 2),
    'exp(1 - a) / a': (lambda x, a: np.exp(1 - a) / a, -np.exp(-3) * (1 / 4 + 1 / 16), 1),
    '(exp(a) + a)^2': (lambda x, a: noted(np.exp(a) + a), 2 * (np.exp(4) + 4) * (np.exp(4) + 1), 2),
}
gc.disable()
for name, (compute, derivative, squares) in cases.items():
    x, Noted.runs = Variable(np.array(2.0)), 0
    a = noted(x)
    a.retain_grad()
    y = compute(x, a)
    y.backward()
    assert y.grad is None, name
    assert np.isclose(a.grad, derivative, rtol=1e-13, atol=0) and Noted.runs == squares, name
    y.backward()
    assert np.isclose(x.grad, 2 * 4 * derivative, rtol=1e-13, atol=0), name
    witnesses = [weakref.ref(thing) for thing in (a, a.creator, y.creator)]
    del a, y
    assert all(witness() is None for witness in witnesses), name
gc.enable()

x = Variable(np.array([2.0, -1.0]))
y = x + x + x
y.backward()
y.backward()
assert x.grad.tolist() == [6, 6]  # with += in the table it would be more
u, w = Variable(np.array(2.0)), Variable(np.array(5.0))
y = u + w
y.backward()
y.backward()
assert (u.grad, w.grad) == (2, 2)


def still_right(formula, point, eps=1e-5):
    x = Variable(np.array(point))
    for _ in range(2):
        formula(x).backward()
    low, high = formula(np.array(point - eps)), formula(np.array(point + eps))
    return np.isclose(x.grad, 2 * (high - low) / (2 * eps), rtol=1e-8, atol=0)


mixed = [lambda x: (2 * x * x - 3) / (1 + np.exp(-x)) - 2 / x,
         lambda x: (lambda a: np.exp(a) + x - a * x / 2)(2 - x ** 3)]
assert all(still_right(formula, point) for formula in mixed for point in [0.7, 1.3])

# %%
# Why the next step is needed
# ---------------------------
# .. slide:: The second stage ends here
#    :minutes: 2
#
#    We can differentiate any graph of our functions, written as formulas, with a package. What does it give us that
#    a formula on paper does not?
#
#    .. notes::
#       A moment to look back. Ask what a program can do that a formula on paper can't. People say loops, but a loop of
#       fixed length is still a formula; what is more is a program that decides while it runs, as one in step 07 did, and
#       step 27 will.
#
# The second stage ends here, with a package that differentiates formulas of operators and exponentials. A `column
# <hard_functions.ipynb>`_ tries it on functions that nobody would like to differentiate by hand. So far, though,
# nearly everything that we differentiated was a formula, and one could have found its derivative on paper. A program
# can do more than a formula: like the loop of squares in `step 07 <../stage1/step07.ipynb>`_ it can decide, while it
# runs, how long it goes on. `Step 27 <../stage3/step27.ipynb>`_ differentiates one that adds up a series in this way.

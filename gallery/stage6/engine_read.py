"""
The engine, read
================

Your program beside the heart of ``dezero_lite``, line by line: the same classes, the same functions, in the same
order. The build counts the lines that they share, and each line that differs has its reason here.

You have written an engine. Is it the one that this site is about?
"""

# %%
# .. slide:: Your program is the heart of the package
#    :show: output
#    :meeting:
#    :minutes: 4
#
#    The build has counted, line by line.
#
#    .. notes::
#       Open ``core.py`` on one half of the screen and the program of step 41 on the other, and scroll both. Ask: where
#       is the first line that you have not written?
#
# The heart of your program is all that stands before ``class Linear`` in `step 41 <../stage4/step41.ipynb>`_: no step
# after it has changed a line there. The heart of the package is one file, `core.py
# <https://github.com/dezero-lite/dezero-lite/blob/main/dezero_lite/core.py>`_. To compare them, we leave out what a
# library must say and a program need not: docstrings, types, and lines that only refuse something. The block below does
# that leaving out, and need not be read: what counts is what it prints. (A reader of the notebook needs ``step41.py``
# beside it.)

import ast
import difflib
from pathlib import Path

import dezero_lite
from dezero_lite.pictures import beside


class Plain(ast.NodeTransformer):
    """Without docstrings, types, and what only refuses."""

    def body(self, node):
        self.generic_visit(node)
        for field in ('body', 'orelse', 'finalbody'):
            if kept := getattr(node, field, None):
                if isinstance(kept, list):
                    setattr(node, field, [s for s in kept if not self.refuses(s)] or [ast.Pass()])
        return node

    def refuses(self, s):
        if isinstance(s, ast.If) and not s.orelse:
            return all(isinstance(b, (ast.Raise, ast.Pass)) for b in s.body)
        if isinstance(s, ast.ImportFrom):
            return s.level or s.module in ('__future__', 'typing', 'collections.abc')
        if isinstance(s, ast.Expr):
            return isinstance(s.value, ast.Constant) or ast.unparse(s).startswith('errors.check')
        return isinstance(s, ast.Raise)

    def visit_FunctionDef(self, node):
        node.returns = None
        for arg in ast.walk(node.args):
            if isinstance(arg, ast.arg):
                arg.annotation = None
        return self.body(node)

    def visit_AnnAssign(self, node):
        return node.value and ast.Assign([node.target], node.value)

    visit_Module = visit_ClassDef = visit_If = visit_For = visit_While = visit_With = visit_Try = body


def plain(source):
    return ast.unparse(ast.fix_missing_locations(Plain().visit(ast.parse(source))))


def share(of, other):
    """How many of the lines of one stand in the other, in the same order."""
    pairs = difflib.SequenceMatcher(None, of, other, autojunk=False).get_matching_blocks()
    return sum(pair.size for pair in pairs)


here = Path(globals().get('__file__', 'here')).parent
step41 = (here / '../stage4/step41.py').read_text('utf-8')
program = step41[step41.index('import copy\nimport heapq'):]
yours = plain(program[:program.index('class Linear')])
package = Path(dezero_lite.__file__).parent
theirs = plain((package / 'core.py').read_text('utf-8'))
lines = {'yours': [line for line in yours.splitlines() if line.strip()],
         'core.py': [line for line in theirs.splitlines() if line.strip()]}
same = share(lines['yours'], lines['core.py'])
for name, own in lines.items():
    print(f'{name:8} {len(own)} lines, {same} of them in both: {same / len(own):.0%}')
defined = [[node.name for node in ast.parse(source).body if hasattr(node, 'name')] for source in (yours, theirs)]
assert defined[0] == defined[1]
assert same / len(lines['yours']) >= 0.95 and same / len(lines['core.py']) >= 0.90

# %%
# What differs?
# -------------
# .. slide:: Every line that differs
#    :show: output
#    :minutes: 4
#
#    A minus marks your line, and a plus the package's.
#
#    .. notes::
#       Take them one by one; each has its reason on the page.
#
# These lines, and no others:

differences = [line for line in difflib.unified_diff(lines['yours'], lines['core.py'], lineterm='', n=0)
               if not line.startswith(('---', '+++', '@@'))]
print(*differences, sep='\n')
assert len(differences) <= 20

# %%
# The reasons, from top to bottom:
#
# - ``ArrayLike`` has what one expects of something that looks like an array and that no derivative needs: ``v.sum()``
#   calls ``np.sum(v)``, ``v < 2`` compares the data.
# - ``retains``: a variable of integers keeps no gradient, since only a floating number can be nudged.
# - ``errors.adding`` is a lock: two threads that go back to one leaf at the same time must not lose a part.
# - ``__iter__`` takes all rows of a variable as the outputs of one function; ``for row in v`` works in your program,
#   too, by ``__getitem__``, but each row then sends back an array as large as v.
# - ``gx is None``: the rule of somebody else may say that an input has no gradient.
# - ``errors.unrecorded`` marks what was computed under ``no_grad``, so that ``backward`` on it is refused and not
#   silent.

# %%
# Side by side
# ------------
# Now read it once more, as a whole. On the left your lines, on the right the package's, in the order of both files.
# First the switch that stops recording, and the table in which functions enter themselves (pages 20 and 24).


def piece(source, *names):
    """Those functions and classes, as they stand after what a library says has been left out."""
    nodes = {node.name: node for node in ast.parse(source).body if hasattr(node, 'name')}
    return '\n\n'.join(ast.unparse(nodes[name]) for name in names)


def side_by_side(*names):
    return beside(piece(yours, *names), piece(theirs, *names), ('your program', 'dezero_lite/core.py'))


side_by_side('paused', 'no_grad', 'implements')

# %%
# Next comes the variable, an array with its place in a graph (pages 07, 18, 20). Its operators know no functions; they
# look them up (pages 21 to 24).

side_by_side('Variable')

# %%
# The pass is one loop with one table and one heap (pages 16, 18). Each thing that the course has met since then has its
# lines in it: constants (page 22), recording (page 32), what is wanted (page 36), a seed (page 37), stretching (page
# 40).
#
# .. slide:: One pass, line by line
#    :show: output
#    :minutes: 5
#
#    It is the same loop on both sides.
#
#    .. notes::
#       Let each line be explained by whoever remembers the page on which it came.

side_by_side('backward_pass')

# %%
# These are what the pass leans on: which functions have to run, what is handed out, and the three questions that are
# asked of a variable.

side_by_side('between', 'handed_out', 'data_of', 'place_of', 'variable_at')

# %%
# Last comes the function: what it notes, and how its rule is asked for a gradient (pages 19, 32). With it stands
# ``gradients``, which touches no ``grad`` (page 36).

side_by_side('Function', 'gradients')

# %%
# What a library needs besides
# ----------------------------
# The heart knows nothing of all this. Each file joins in one of the ways that you have seen: by a subclass, an entry in
# the table, or a method.

reasons = {
    'core': 'the heart: your program',
    'arraylike': 'methods, comparisons and texts of an array',
    'errors': 'what is said when something makes no sense',
    'arrays': 'linear maps with their adjoints, products of matrices: yours from step 38 on',
    'elementwise': 'functions of numbers with their rules',
    'reductions': 'extremes, products, softmax, losses',
    'plain': 'functions of NumPy that have no derivative',
    'authors': 'a Function for others to derive from: it checks what they return, and may have several outputs',
    'fast': 'a shorter way to call functions: the same graph in less time',
    'functional': 'grad of a function, Jacobians and Hessians',
    'numerical': 'checks by differences and by adjoints',
    'nn': 'layers and optimisers: yours from step 46 on',
    '__init__': 'the names that one imports',
}
files = {file.stem: len(file.read_text('utf-8').splitlines()) for file in package.glob('*.py')}
assert set(files) == set(reasons)
for name, reason in reasons.items():
    print(f'{name + ".py":15} {files[name]:4} lines: {reason}')
print(f'{"together":15} {sum(files.values()):4} lines, without the pictures')

# %%
# Does the package have the trap of step 32?
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# In your program, a rule that uses an array kept by ``forward`` gives a wrong second derivative without a word. The
# package's ``Function`` for authors looks at what ``forward`` has kept, and refuses a differentiable pass that would
# take it for a constant.

import numpy as np


class Careless(dezero_lite.Function):
    def forward(self, x):
        self.kept = 3 * x ** 2
        return x ** 3

    def backward(self, gy):
        return gy * self.kept


x = dezero_lite.Variable(np.array(2.0))
y = Careless()(x)
y.backward()
print('first derivative:', x.grad)
assert x.grad == 12
try:
    y.backward(create_graph=True)
except TypeError as error:
    print(error)
else:
    raise AssertionError('a silent constant')

# %%
# Now you: add a function
# ~~~~~~~~~~~~~~~~~~~~~~~
# The table is open to you as well. Enter a function that the package lacks, and let the checkers look at it. Here is
# the arctangent; change it into one of your own.


@dezero_lite.implements(np.arctan)
class ArcTan(dezero_lite.Elementwise):
    def forward(self, x):
        return np.arctan(x)

    def backward(self, gy):
        x, = self.xs
        return gy / (1 + x * x)


point = np.array([-2.0, 0.5, 3.0])
assert dezero_lite.gradcheck(np.arctan, point) and dezero_lite.gradgradcheck(np.arctan, point)
dezero_lite.graph(np.arctan(dezero_lite.Variable(point, name='x')))

# %%
# That is the end of the course. The program that began with :math:`x^2` on `page 06 <../stage1/step06.ipynb>`_ is an
# engine that one installs, and you know each line of its heart, since you have written it.

"""
The engine, read
================

Your last program beside the heart of ``dezero_lite``: which pieces are in both, where they differ,
and for each further piece a sentence that says what it is for. The build compares the two.

You have written an engine. What does the package have that yours has not, and why?
"""

# %%
# .. slide:: Two programs with the same pieces
#    :show: output
#    :meeting:
#    :minutes: 4
#
#    Both are cut into functions and methods, and compared name by name.
#
#    .. notes::
#       Open core.py on the screen before this slide, and let the group recognise what it can.
#
# The program of `step 36 <step36.ipynb>`_ and the package work in the same way. To see how far, we
# let Python read both: each is parsed, docstrings, comments and types are left out, since your
# program has none, and what remains is cut into pieces, a function or a method each. Some names
# differ: what is called ``f`` and ``parent`` in your pass is a ``place`` and an ``x`` in the
# package's, and ``f.parents`` is ``place.__inputs__``. So these are renamed first. (A reader of the
# notebook needs ``step36.py`` beside it.)

import ast
import difflib
from pathlib import Path

import dezero_lite


class Plain(ast.NodeTransformer):
    """Without docstrings and types, and with the package's names."""

    names: dict = {}

    def visit_FunctionDef(self, node):
        if ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node):
        return ast.arg(self.names.get(node.arg, node.arg))

    def visit_AnnAssign(self, node):
        return node.value and ast.Assign([self.visit(node.target)], self.visit(node.value))

    def visit_Name(self, node):
        return ast.Name(self.names.get(node.id, node.id))

    def visit_Attribute(self, node):
        return ast.Attribute(self.visit(node.value), self.names.get(node.attr, node.attr))


def pieces(source, renamed={}):
    """name -> the lines of that function or method; of a class without methods, of it."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = [node]
        elif isinstance(node, ast.ClassDef):
            inner = [m for n in node.body for m in (n.body if isinstance(n, ast.If) else [n])]
            methods = [n for n in inner if isinstance(n, ast.FunctionDef)]
            for n in methods:
                found.setdefault(f'{node.name}.{n.name}', []).append(n)
            if not methods:
                found[node.name] = [node]
    plain = Plain()
    return {name: [line for n in nodes for line in unparsed(plain, n, renamed.get(name, {}))]
            for name, nodes in found.items()}


def unparsed(plain, node, names):
    plain.names = names
    return ast.unparse(ast.fix_missing_locations(plain.visit(node))).split('\n')


of_the_pass = {'f': 'place', 'parent': 'x', 'parents': '__inputs__', 'retained': '__retains__'}
step36 = Path(globals().get('__file__', 'here')).with_name('step36.py').read_text('utf-8')
program = step36[step36.index('import copy'):step36.index('# The run')]
yours = pieces(program, {'backward_pass': of_the_pass})
package = Path(dezero_lite.__file__).parent
theirs = {file.stem: pieces(file.read_text('utf-8')) for file in sorted(package.glob('*.py'))}
core = theirs['core']
print('your program:', len(yours), 'pieces, ten rules among them;  core.py:', len(core))

# %%
# .. slide:: Where is each of your pieces?
#    :show: output
#    :meeting:
#    :minutes: 5
#
#    The file it is in, and how many of its lines are there to the letter.
#
# Where is each of your pieces?
# -----------------------------
# Some have moved: what makes a variable look like an array is a class of its own, ``ArrayLike``,
# and the copy with variables is made by a function. For each piece: the file, the number of lines
# in yours and in the package's, and how many lines are the same in both, to the letter and in the
# same order (``difflib``).

moved = {'Variable.__len__': 'ArrayLike.__len__',
         'Variable.__array_ufunc__': 'ArrayLike.__array_ufunc__',
         'Function.with_variables': 'with_variables'}
rules = 'Add Sub Mul Div Neg Pow Exp Sin Cos Tanh'.split()
pairs, alone = {}, []
for name, lines in yours.items():
    if name.split('.')[0] in rules:
        continue
    files = [file for file in theirs if moved.get(name, name) in theirs[file]]
    if not files:
        alone.append(name)
        continue
    other = theirs[files[0]][moved.get(name, name)]
    blocks = difflib.SequenceMatcher(None, lines, other, autojunk=False).get_matching_blocks()
    pairs[name] = files[0], len(lines), len(other), sum(block.size for block in blocks)
    print(f'{name:25} {files[0] + ".py":14} yours {len(lines):2}  theirs {len(other):2}  same',
          pairs[name][3])
print('only in yours:', *alone)
assert {'backward_pass', 'variable_at', 'Function.__call__', 'gradients', 'hvp'} <= set(pairs)

# %%
# What is different in a piece that both have, in a sentence each. (The build fails if a piece is
# missing here, or one too many.)

differs = {
    'no_grad': 'One case of recording(on), which can also be switched on, and decorate a function.',
    'implements': 'Registers functions where yours registers classes.',
    'Variable.__init__': 'Keeps one link, source, in place of creator and generation.',
    'Variable.set_creator': 'Not there: whoever makes an output writes its source.',
    'Variable.cleargrad': 'Clears the gradient at the place too, where retain_grad leaves it.',
    'Variable.retain_grad': 'Marks the place instead of keeping a weak reference to the variable.',
    'Variable.backward': 'Changes all gradients at once, under a lock, after the whole pass.',
    'Variable.__len__': 'Says in words that a single number has no length.',
    'Variable.__repr__': 'Shows arrays of several lines in order.',
    'Variable.__array_ufunc__': 'Its error says which use of which function has no derivative.',
    'backward_pass': 'Leaves are on the heap as well; shapes are summed back; it can be watched.',
    'as_array': 'Not there: NumPy has asarray.',
    'data_of': 'The same, for all that is like an array.',
    'place_of': 'Asked of variables alone, so that it needs no case for constants.',
    'variable_at': 'May also show an array that was dropped, for pictures.',
    'Function.__call__': 'Refuses to be called twice; the work is done in apply and __record__.',
    'Function.with_variables': 'Knows functions with several outputs.',
    'gradients': 'Takes a seed, gives variables if asked, and refuses what has no gradient.',
    'hvp': 'Takes one vector in place of several numbers.',
}
assert set(differs) == set(pairs) | set(alone), set(differs) ^ (set(pairs) | set(alone))
print(len(differs), 'pieces, each with a sentence')

# %%
# .. slide:: The pass, line beside line
#    :show: predict output
#    :meeting:
#    :minutes: 6
#
#    A minus: only in yours. A plus: only in the package's. The others stand in both.
#
# The pass
# --------
# .. predict:: How many lines of your backward_pass stand in the package's as well, to the letter,
#    after the renaming?
#    :answer: pairs['backward_pass'][3]
#    :type: number
#
#    - ``pairs['backward_pass'][1]``: That is all of yours. Some had to change.
#    - ``0``: The loop is the same loop.
#
# Here is the most important piece of both, as difference. A line with a minus stands in yours
# alone, one with a plus in the package's alone, and the others in both.

for line in difflib.ndiff(yours['backward_pass'], core['backward_pass']):
    if not line.startswith('?'):
        print(line[:98])
loop = ['    while waiting:', '        gy = gradients.pop(place)',
        '                gradients[x] = gradients[x] + gx', '    return found']
print(pairs['backward_pass'][3], 'lines in both')
assert all(line in core['backward_pass'] for line in loop[:3])
assert all(line in yours['backward_pass'] for line in loop[:2])

# %%
# Few lines are the same to the letter, and yet it is the same loop: the order by generation, the
# table, the sum of what meets, the turn that breaks ties. In the package leaves wait on the heap
# like everything else, and run no rule when their turn comes; so there is no question what kind of
# place it is.
#
# .. slide:: What the heart has besides
#    :show: code
#    :meeting:
#    :minutes: 6
#
#    For each further piece of core.py a sentence.
#
# What the heart has besides
# --------------------------
# The pieces of ``core.py`` that your program has not.

further = {
    'Variable.creator': 'The function, if the link leads to one of its several outputs.',
    'Variable.generation': 'Computed from the link, so that no variable stores it.',
    'Variable.name': 'Stays with the place, so that a variable made again for it has the same name.',
    'Variable.grad': 'Found at the variable or at its place; set by hand it is where a pass starts.',
    'Variable.detach': 'A leaf with the same array: the way to make a constant on purpose.',
    'Variable.__pull__': 'What a leaf does when its turn comes: nothing.',
    'Variable.__reduce_ex__': 'Copies leaves, and refuses to tear a variable out of its graph.',
    'Constant': 'An array of the engine itself in a differentiable pass: it gets no gradient.',
    'Function.forward': 'Says which class has not defined it.',
    'Function.backward': 'Says the same of the rule.',
    'Function.apply': 'The call without its check: takes arrays out of variables, and notes places.',
    'Function.__record__': 'Writes the call into the graph, if there is to be one.',
    'Function.__pull__': 'Runs the rule, and checks the number and kind of what it returned.',
}
wanted = set(core) - {moved.get(name, name) for name in pairs}
assert set(further) == wanted, set(further) ^ wanted
print(len(further), 'further pieces')

# %%
# .. slide:: And around it
#    :show: code
#    :minutes: 4
#
#    Every other file of the package, in a sentence.
#
# And around it
# -------------
# The other files of the package. Your ten rules are in ``elementwise.py``, where a short one is
# written as a function.

around = {
    '__init__': 'The names that one imports.',
    'arguments': 'What the functions take, and what is said of anything else.',
    'arraylike': 'Operators, methods and NumPy names of a variable: your step 20 and 24, complete.',
    'broadcasting': 'Sums the gradient of a stretched array back to its shape; yours refuses these.',
    'core': 'The heart, above.',
    'drawing': 'Lays out the pictures of graphs.',
    'elementwise': 'The functions computed element by element, with their rules.',
    'errors': 'What the engine says when something makes no sense, and what to do about it.',
    'fast': 'The same as Function in fewer steps, for the functions that are called most often.',
    'functional': 'Gradients of functions: grad, value_and_grad, and your gradients and hvp.',
    'grads': 'How a gradient starts, is checked, and is added to one that is there.',
    'graph': 'Reads a recorded graph, for pictures and players.',
    'losses': 'Squared error and cross entropy.',
    'nodes': 'What such a graph consists of, as data, and what it says in words.',
    'numerical': 'Checks by differences, of first and second order: step 10, for arrays.',
    'player': 'A pass recorded line by line, to be played in a page.',
    'products': 'Products of matrices.',
    'reductions': 'Sums, means, maxima and what is made of them.',
    'scopes': 'Where graphs are recorded: your no_grad, in any order of blocks.',
    'several': 'Functions with several outputs, which step 18 gave up.',
    'shown': 'Lets an author write names such as self.xs that the engine shows on a function.',
    'shapes': 'Reshaping, transposing, indexing, joining.',
    'sums': 'Sums that lose few digits, along any axis.',
}
assert set(around) == set(theirs), set(around) ^ set(theirs)

# %%
# .. slide:: The same numbers
#    :show: output
#    :minutes: 3
#
#    One formula, in both engines, to the second derivative.
#
# Do they agree?
# --------------
# One formula in both engines, with values, gradients and a product with the Hessian. For this your
# program is run from its file.

import numpy as np

engine = {}
exec(program, engine)


def formula(a, b):
    return np.exp(a * b) / (1 + a ** 2) - np.sin(b) ** 3 + np.tanh(a - b)


point, v = (0.7, -1.2), (1.5, 0.5)
a, b = (engine['Variable'](np.array(p)) for p in point)
your_product = engine['hvp'](formula, (a, b), v)
formula(a, b).backward()
vector = dezero_lite.Variable(np.array(point))
result = formula(vector[0], vector[1])
result.backward()
their_product = dezero_lite.hvp(lambda p: formula(p[0], p[1]), np.array(point), np.array(v))
print('gradients:', a.grad, b.grad, vector.grad)
print('products: ', *your_product, their_product)
assert np.allclose(vector.grad, [a.grad, b.grad], rtol=1e-13)
assert np.allclose(their_product, your_product, rtol=1e-12)

# %%
# And the graph of that formula, as the package recorded it:

dezero_lite.graph(result, names={'point': vector, 'y': result}, values=True)

# %%
# What comes next
# ---------------
# .. slide:: You have written it
#    :minutes: 1
#
#    What is left is arrays: one theorem, and then networks.
#
# What the package can do beyond your program is, for the most part, arrays: stretching, summing,
# reshaping and multiplying them. It rests on one theorem: the backward of a linear map is its
# adjoint. With it come networks. But the engine is the one that you have written.

"""Slips that are made in a program: each is a program with one small thing wrong."""

import ast
import copy

FUNCTIONS = {"min": "max", "max": "min"}
OPERATORS = {ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Add: ast.Sub, ast.Sub: ast.Add}


def of(program, only=None):
    """What was done, and the program with it.

    Args:
        only: lines (from 1) in which slips are made; all, if there are none.
    """
    tree = ast.parse(program)
    places = [node for node in ast.walk(tree) if hasattr(node, "lineno") and (only is None or node.lineno in only)]
    documented = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)))
    docstrings = {id(node.body[0]) for node in documented if ast.get_docstring(node)}
    seen = {ast.unparse(tree)}
    for place in places:
        for what, slip in _slips(place):
            if id(place) in docstrings:
                continue
            index = next(i for i, node in enumerate(ast.walk(tree)) if node is place)
            wrong = copy.deepcopy(tree)
            node = next(node for i, node in enumerate(ast.walk(wrong)) if i == index)
            _replace(wrong, node, slip(node))
            text = ast.unparse(ast.fix_missing_locations(wrong)) + "\n"
            if text not in seen:
                seen.add(text)
                yield f"{what}: {ast.unparse(place).splitlines()[0]}", text


def _replace(tree, old, new):
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(one is old for one in value):
                value[next(i for i, one in enumerate(value) if one is old)] = new


def _is(node, name):
    return isinstance(node, ast.Name) and node.id == name


def _swapped(name):
    def slip(node):
        values = getattr(node, name)
        values[0], values[1] = values[1], values[0]
        return node

    return slip


def _set(**fields):
    def slip(node):
        for name, value in fields.items():
            setattr(node, name, value)
        return node

    return slip


def _slips(node):
    """What can go wrong at a node: a name, and a function that makes what stands there then."""
    if isinstance(node, ast.BinOp):
        kind = type(node.op)
        if kind in OPERATORS:
            yield f"another operator than in {type(node.op).__name__}", _set(op=OPERATORS[kind]())
        if kind is ast.Mult and "gy" in (getattr(node.left, "id", ""), getattr(node.right, "id", "")):
            yield "gy left out", lambda node: node.left if _is(node.right, "gy") else node.right
        if kind is ast.Div and _is(node.left, "gy"):
            yield "gy left out", _set(left=ast.Constant(1))
    elif isinstance(node, ast.Return) and node.value:
        if any(_is(inner, "gy") for inner in ast.walk(node.value)) and not isinstance(node.value, ast.BinOp):
            yield "1 for gy", lambda node: _renamed(node)
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            yield "two results swapped", lambda node: (_swapped("elts")(node.value), node)[1]
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
        if ast.unparse(node.targets[0]) == ast.unparse(node.value.left):
            yield "+= for a sum", lambda node: ast.AugAssign(node.targets[0], ast.Add(), node.value.right)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            yield "the other end", lambda node: _set(func=ast.Name(FUNCTIONS[node.func.id], ast.Load()))(node)
        if len(node.args) == 2 and not any(isinstance(a, ast.Starred) for a in node.args) and getattr(node.func, "id", "") != "isinstance":
            yield "two arguments swapped", _swapped("args")
        if getattr(node.func, "attr", "") == "pop" and not node.args:
            yield "oldest first", _set(args=[ast.Constant(0)])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "a sign left out", lambda node: node.operand
        if ast.unparse(node.operand).endswith("generation"):
            yield "no order", lambda node: ast.Constant(0)
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Is, ast.IsNot)) and ast.unparse(node.comparators[0]) == "None":
        yield "true for not None", lambda node: node.left if isinstance(node.ops[0], ast.IsNot) else ast.UnaryOp(ast.Not(), node.left)
        yield "the other way round", lambda node: _set(ops=[ast.Is() if isinstance(node.ops[0], ast.IsNot) else ast.IsNot()])(node)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value:
        yield "another number", lambda node: ast.Constant(node.value + 1)
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.Return, ast.Raise)):
        yield "a statement left out", lambda node: ast.Pass()


def _renamed(node):
    for inner in list(ast.walk(node.value)):
        if _is(inner, "gy"):
            if node.value is inner:
                node.value = ast.Constant(1.0)
            else:
                _replace(node, inner, ast.Constant(1.0))
    return node

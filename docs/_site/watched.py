"""Programs that are watched: their assertions note the values of their parts, and their loops are counted.

So an assertion that fails can say what came and what was expected (nothing is evaluated a second time), and a program
that does not end is stopped in a loop, by the computing time that it has taken. Plain Python and NumPy: it runs in a
browser as well.
"""

from __future__ import annotations

import ast
import operator
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LONGEST = 160  # characters of a value
COMPARE: dict[type, tuple[Callable[[Any, Any], Any], str]] = {
    ast.Eq: (operator.eq, "{}"),
    ast.NotEq: (operator.ne, "anything but {}"),
    ast.Lt: (operator.lt, "less than {}"),
    ast.LtE: (operator.le, "at most {}"),
    ast.Gt: (operator.gt, "more than {}"),
    ast.GtE: (operator.ge, "at least {}"),
    ast.Is: (operator.is_, "the same object as {}"),
    ast.IsNot: (operator.is_not, "another object than {}"),
    ast.In: (lambda a, b: a in b, "one of {}"),
    ast.NotIn: (lambda a, b: a not in b, "none of {}"),
}
CLOSE = ("isclose", "allclose", "array_equal")


# ------------------------------------------------------------------ assertions that note their values


@dataclass
class Clue:
    """A part of an assertion: its source, and the parts that it is made of.

    Attributes:
        key: under which its value is noted.
        node: the part as Python parsed it.
    """

    key: int
    source: str
    node: ast.expr
    parts: list[Clue] = field(default_factory=list)

    def of(self, values: dict[int, Any]) -> Any:
        return values.get(self.key, MISSING)


MISSING = object()


class Endless(BaseException):
    """The computing time is over, and a loop is still running."""


class Notes(ast.NodeTransformer):
    """Rewrites programs: it holds what the parts of an assertion were when it failed, and stops loops.

    Args:
        seconds: of computing after which a loop is stopped.

    Attributes:
        turns: for each loop, by file and line, how many turns it has taken since it began.
    """

    def __init__(self, seconds: float) -> None:
        self.values: dict[int, Any] = {}
        self.clues: dict[tuple[str, int], list[Clue]] = {}  # by file and line
        self.count = 0
        self.false = -1  # the key of the last assertion that did not hold
        self.until = time.process_time() + seconds
        self.turns: dict[tuple[str, int], int] = {}
        self.names = {"__note__": self._note, "__held__": self._held, "__begins__": self._begins, "__turns__": self._turns}

    def noted(self, tree: ast.Module, text: str, name: str) -> ast.Module:
        """A program, with assertions that note."""
        self.lines, self.name = text.split("\n"), name
        return ast.fix_missing_locations(self.visit(tree))

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        first, lines = self.count, range(node.lineno, (node.end_lineno or node.lineno) + 1)
        test, clue = self._watched(node.test)
        for line in lines:
            self.clues.setdefault((self.name, line), []).append(clue)
        node.test = self._call("__held__", first, self.count, test)
        return node

    def visit_While(self, node: ast.While | ast.For) -> list[ast.stmt]:
        self.generic_visit(node)
        loop = [self.name, node.lineno]
        begins, turns = (ast.Expr(self._call(name, *loop)) for name in ("__begins__", "__turns__"))
        node.body.insert(0, ast.copy_location(turns, node.body[0]))  # on lines that run anyway: `play` looks at lines
        return [ast.copy_location(begins, node), node]

    visit_For = visit_While

    def _begins(self, file: str, line: int) -> None:
        self.turns[file, line] = 0

    def _turns(self, file: str, line: int) -> None:
        self.turns[file, line] += 1
        if time.process_time() > self.until:
            raise Endless

    def _note(self, key: int, value: Any) -> Any:
        self.values[key] = value
        return value

    def _held(self, first: int, last: int, value: Any) -> Any:
        if value:
            for key in range(first, last):  # or a note would keep alive what the page expects to die
                self.values.pop(key, None)
        else:
            self.false = first
        return value

    def false_at(self, file: str, line: int) -> Clue | None:
        """The assertion at a line that did not hold, if that is what an error there comes from."""
        return next((clue for clue in self.clues.get((file, line), []) if clue.key == self.false), None)

    def _call(self, name: str, *arguments: Any) -> ast.Call:
        made = [a if isinstance(a, ast.expr) else ast.Constant(a) for a in arguments]
        call = ast.Call(ast.Name(name, ast.Load()), made, [])
        return ast.copy_location(call, made[-1]) if hasattr(made[-1], "lineno") else call

    def _watched(self, node: ast.expr) -> tuple[ast.expr, Clue]:
        clue = Clue(self.count, segment(self.lines, node), node)
        self.count += 1
        return self._call("__note__", clue.key, self._inside(node, clue)), clue

    def _inside(self, node: ast.expr, clue: Clue) -> ast.expr:
        """The expression, with those of its parts watched that tell why it is false."""

        def watch(part: ast.expr) -> ast.expr:
            if isinstance(part, ast.Starred):
                return part
            if isinstance(part, ast.GeneratorExp):
                part.elt = watch(part.elt)
                return part
            watched, inner = self._watched(part)
            clue.parts.append(inner)
            return watched

        clue.node = type(node)(**dict(ast.iter_fields(node)))  # enough to know it by, before its parts are replaced
        if isinstance(node, ast.BoolOp):
            node.values = [watch(value) for value in node.values]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = watch(node.operand)
        elif isinstance(node, ast.Compare):
            node.left = watch(node.left)
            node.comparators = [watch(value) for value in node.comparators]
        elif isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Load):
            node.elts = [watch(part) for part in node.elts]
        elif isinstance(node, ast.Call) and _called(node) in (*CLOSE, "all", "any", "isinstance"):
            node.args = [watch(part) for part in node.args]
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Compare):  # (a == b).all()
                node.func.value = watch(node.func.value)
        return node


def segment(lines: list[str], node: ast.expr | ast.stmt) -> str:
    """The source of a node, as `ast.get_source_segment` has it, which splits the whole text for each."""
    text = "\n".join(lines[node.lineno - 1 : node.end_lineno]).encode()
    behind = len(lines[(node.end_lineno or 0) - 1].encode()) - (node.end_col_offset or 0)
    return text[node.col_offset : len(text) - behind].decode()


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", None) or getattr(node.func, "id", ""))


def explain(clue: Clue, values: dict[int, Any]) -> tuple[str, str, str]:
    """Why an assertion is false: the expression at fault, what came, and what was expected."""
    node, value = clue.node, clue.of(values)
    if isinstance(node, ast.BoolOp):
        false = [part for part in clue.parts if part.of(values) is not MISSING and not _true(part.of(values))]
        if false:
            return explain(false[0 if isinstance(node.op, ast.And) else -1], values)
    if isinstance(node, ast.UnaryOp) and clue.parts:
        part = clue.parts[0]
        return part.source, show(part.of(values)), "False"
    if isinstance(node, ast.Compare):
        for left, right, sign in zip(clue.parts, clue.parts[1:], node.ops):
            a, b = left.of(values), right.of(values)
            if a is MISSING or b is MISSING:
                break
            if not _true(COMPARE[type(sign)][0](a, b)):
                return _pair(left, right, sign, values)
    if isinstance(node, ast.Call):
        parts, name = clue.parts, _called(node)
        if name == "isinstance" and len(parts) == 2 and parts[0].of(values) is not MISSING:
            return parts[0].source, _a(type(parts[0].of(values)).__name__), _a(show(parts[1].of(values)))
        if name in CLOSE and len(parts) >= 2 and parts[1].of(values) is not MISSING:
            came, expected = _apart(parts[0].of(values), parts[1].of(values))
            return parts[0].source, came, f"about {expected}"
        if name == "all" and len(parts) == 1 and isinstance(parts[0].node, (ast.Compare, ast.GeneratorExp)):
            return explain(parts[0], values)
    return clue.source, show(value), "True" if isinstance(value, (bool, np.bool_)) else "something that counts as true"


def _pair(left: Clue, right: Clue, sign: ast.cmpop, values: dict[int, Any]) -> tuple[str, str, str]:
    """Two sides that do not compare as they should: which of them came, and which was expected."""
    a, b = left.of(values), right.of(values)
    if isinstance(sign, ast.Eq) and type(a) is type(b) and isinstance(a, (tuple, list)) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            if not _true(x == y):
                source = left.parts[i].source if i < len(left.parts) and len(left.parts) == len(a) else f"{left.source}[{i}]"
                return source, *_apart(x, y)
    if isinstance(sign, (ast.In, ast.NotIn)) and isinstance(left.node, ast.Constant):  # 'float' in str(error)
        return right.source, show(b), f"something {'with' if isinstance(sign, ast.In) else 'without'} {show(a)} in it"
    if isinstance(sign, ast.IsNot) and b is None:
        return left.source, show(a), "anything but None"
    if isinstance(sign, (ast.Is, ast.IsNot)) and b is not None and not isinstance(b, bool):
        return left.source, show(a), COMPARE[type(sign)][1].format(f"`{right.source}`")
    if isinstance(left.node, ast.Constant) and isinstance(sign, (ast.Eq, ast.NotEq, ast.Is)):
        left, right, a, b = right, left, b, a
    elif isinstance(left.node, ast.Constant) and type(sign) in TURNED:  # 0 < error
        left, right, a, b, sign = right, left, b, a, TURNED[type(sign)]()
    came, expected = _apart(a, b)
    plain = isinstance(sign, (ast.Is, ast.Eq)) and (b is None or isinstance(b, bool))
    return left.source, came, expected if plain else COMPARE[type(sign)][1].format(expected)


TURNED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeioAEIO' or name.startswith('nd') else 'a'} {name}"


def _true(value: Any) -> bool:
    try:
        return bool(np.all(value)) if isinstance(value, np.ndarray) else bool(value)
    except Exception:
        return False


def show(value: Any) -> str:
    """A value in a few characters, without the address where it lies."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, (np.generic, np.ndarray)) and value.ndim == 0 and value.dtype != object:
        text = repr(value.item())
    elif isinstance(value, (tuple, list, set)) and type(value) in (tuple, list, set) and len(value) <= 20:
        ends = {tuple: "()", list: "[]", set: "{}"}[type(value)]
        text = f"{ends[0]}{', '.join(map(show, value))}{',' * (isinstance(value, tuple) and len(value) == 1)}{ends[1]}"
    else:
        try:
            text = repr(value)
        except Exception as error:
            text = f"a {type(value).__name__} whose repr raises {type(error).__name__}"
        text = re.sub(r"<(?:__main__\.)?([\w.]+) object at 0x\w+>", r"a \1", text)
        text = re.sub(r" at 0x[0-9a-fA-F]+", "", text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _apart(a: Any, b: Any) -> tuple[str, str]:
    """Two values as texts that differ: with their types where they would not."""
    came, expected = show(a), show(b)
    if came != expected:
        return came, expected
    kinds = [f"{value.dtype} array" if isinstance(value, np.ndarray) else type(value).__name__ for value in (a, b)]
    if kinds[0] == kinds[1]:
        return (came, f"{expected}, but another one") if not isinstance(a, (int, float, str)) else (came, expected)
    return f"{came} ({kinds[0]})", f"{expected} ({kinds[1]})"

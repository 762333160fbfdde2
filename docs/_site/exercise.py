"""Check a learner's program with the page's own blocks: plain Python and NumPy, so it runs in a browser as well.

An exercise is data (see `exercises`). Its check runs the blocks that follow "The program" on the page, with the
learner's program in the place of the page's. What comes of it is one of four:

    passes   every block ran to its end
    stops    the learner's program does not run: it raises, or ends itself, at a line of its own
    missing  the page uses something that the program does not have yet
    wrong    something came out otherwise than the page says

So that an assertion can say what came and what was expected, it notes the values of its parts while it is
evaluated; nothing is evaluated a second time.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import linecache
import operator
import re
import symtable
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

PROGRAM = "your program"  # stands for its file where it has none
LONGEST = 160  # characters of a value
# What Python says of a call, or an operator, that an object has not learnt.
CALLED_OTHERWISE = re.compile(r"positional argument|keyword argument|missing \d+ required")
CANNOT = re.compile(r"unsupported operand|bad operand|not (?:subscriptable|iterable|callable|supported between)|has no len")

COMPARE: dict[type, tuple[Callable[[Any, Any], Any], str]] = {
    ast.Eq: (operator.eq, "{}"),
    ast.NotEq: (operator.ne, "anything but {}"),
    ast.Lt: (operator.lt, "less than {}"),
    ast.LtE: (operator.le, "at most {}"),
    ast.Gt: (operator.gt, "more than {}"),
    ast.GtE: (operator.ge, "at least {}"),
    ast.Is: (operator.is_, "{}, the same object"),
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


class Notes(ast.NodeTransformer):
    """Rewrites the assertions of programs, and holds what their parts were when one of them failed."""

    def __init__(self) -> None:
        self.values: dict[int, Any] = {}
        self.clues: dict[tuple[str, int], Clue] = {}  # by file and line
        self.count = 0
        self.names = {"__note__": self._note, "__held__": self._held}

    def compile(self, tree: ast.Module, text: str, name: str) -> Any:
        """The code of a program whose assertions note."""
        self.text, self.name = text, name
        return compile(ast.fix_missing_locations(self.visit(tree)), name, "exec")

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        first, lines = self.count, range(node.lineno, (node.end_lineno or node.lineno) + 1)
        test, clue = self._watched(node.test)
        for line in lines:
            self.clues[self.name, line] = clue
        node.test = self._call("__held__", first, self.count, test)
        return node

    def _note(self, key: int, value: Any) -> Any:
        self.values[key] = value
        return value

    def _held(self, first: int, last: int, value: Any) -> Any:
        if value:
            for key in range(first, last):  # or a note would keep alive what the page expects to die
                self.values.pop(key, None)
        return value

    def _call(self, name: str, *arguments: Any) -> ast.Call:
        made = [a if isinstance(a, ast.expr) else ast.Constant(a) for a in arguments]
        call = ast.Call(ast.Name(name, ast.Load()), made, [])
        return ast.copy_location(call, made[-1])

    def _watched(self, node: ast.expr) -> tuple[ast.expr, Clue]:
        clue = Clue(self.count, ast.get_source_segment(self.text, node) or ast.unparse(node), node)
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

        clue.node = _copy(node)
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
        return node


def _copy(node: ast.expr) -> ast.expr:
    """Enough of a node to know it by, before its parts are replaced."""
    return type(node)(**dict(ast.iter_fields(node)))


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
        if name == "all" and len(parts) == 1 and isinstance(node.args[0], ast.GeneratorExp):
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
    if isinstance(left.node, ast.Constant) and isinstance(sign, (ast.Eq, ast.NotEq, ast.Is)):
        left, right, a, b = right, left, b, a
    elif isinstance(left.node, ast.Constant) and type(sign) in TURNED:  # 0 < error
        left, right, a, b, sign = right, left, b, a, TURNED[type(sign)]()
    came, expected = _apart(a, b)
    plain = isinstance(sign, (ast.Is, ast.Eq)) and (b is None or isinstance(b, bool))
    return left.source, came, expected if plain else COMPARE[type(sign)][1].format(expected)


TURNED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


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


# ------------------------------------------------------------------------------------------ the check


def check(program: str | bytes, exercise: dict[str, Any], name: str = PROGRAM) -> dict[str, Any]:
    """Run the page's blocks with the program in place of the page's, and say what came of it.

    Args:
        program: the learner's, as text or as its file holds it.
        exercise: its data, of which `page`, `before` and `blocks` are used.
        name: the program's file.

    Returns:
        The feedback: ``kind`` (see above), ``message``; ``done`` of ``blocks`` blocks; where they are known, ``line``
        of the program, ``page_line``, ``what``, ``came``, ``expected``, ``given``, ``sentence``, ``printed``.
    """
    return _Check(exercise, name).run(program)


class _Check:
    def __init__(self, exercise: dict[str, Any], name: str) -> None:
        self.exercise, self.name, self.page = exercise, name, exercise["page"]
        self.notes = Notes()
        self.done = 0
        self.skipped = 0
        self.block: dict[str, Any] | None = None
        self.printed = io.StringIO()
        self.trees: dict[str, list[ast.Module]] = {self.name: [], self.page: []}
        lines: list[str] = []
        for block in [*exercise["before"], *exercise["blocks"]]:
            lines += ["\n"] * (block["line"] - 1 - len(lines)) + [f"{line}\n" for line in block["code"].split("\n")]
        linecache.cache[self.page] = (len(lines), None, lines, self.page)  # for `play`, which shows a function's source

    def run(self, program: str | bytes) -> dict[str, Any]:
        with contextlib.redirect_stdout(self.printed), contextlib.redirect_stderr(self.printed):
            feedback = self._run(program)
        feedback |= {"done": self.done, "blocks": len(self.exercise["blocks"]), "skipped": self.skipped}
        if self.block and feedback["kind"] != "passes":
            feedback |= {"sentence": self.block["sentence"], "heading": self.block["heading"]}
        if feedback["kind"] != "passes":
            feedback["printed"] = "\n".join(self.printed.getvalue().rstrip().split("\n")[-8:])
        return {key: value for key, value in feedback.items() if value not in (None, "")}

    def _run(self, program: str | bytes) -> dict[str, Any]:
        try:
            code, text = self._parsed(program)
        except SyntaxError as error:
            kind = "IndentationError" if isinstance(error, IndentationError) else "SyntaxError"
            return _feedback("stops", f"{kind}: {error.msg}", line=error.lineno or 1, error=kind)
        except (ValueError, RecursionError, MemoryError) as error:  # a null character, a million parentheses
            return _feedback("stops", f"Python can't read it: {error or type(error).__name__}", line=1, error="SyntaxError")
        alone = self._names()
        if failed := self._exec(code, alone):
            return failed
        both = self._names()
        for block in self.exercise["before"]:  # the page's theory, as far as its blocks build on it
            self._exec(self._block(block), both)
        if failed := self._exec(code, both):
            return failed
        for self.block in self.exercise["blocks"]:
            self.printed.seek(0), self.printed.truncate()
            try:
                failed = self._exec(self._block(self.block), both)
            except NoThreads:
                self.skipped += 1
                continue
            if failed:
                return failed
            self.done += 1
        self.block = None
        for borrowed, line in _borrowed(text, self.name, alone, both):
            return _feedback("stops", f"It uses `{borrowed}`, which it does not define: the page has lent it.", line=line, error="NameError")
        return _feedback("passes", "")

    def _parsed(self, program: str | bytes) -> tuple[Any, str]:
        """The code of the program and its text; its tracebacks find its lines even if it is in no file."""
        if isinstance(program, bytes):
            program = _decoded(program)
        tree = ast.parse(program, self.name)
        self.trees[self.name].append(ast.parse(program, self.name))
        code = self.notes.compile(tree, program, self.name)
        linecache.cache[self.name] = (len(program), None, [f"{line}\n" for line in program.split("\n")], self.name)
        return code, program

    def _block(self, block: dict[str, Any]) -> Any:
        """The code of a block of the page, at its lines, without what it plots."""
        text = "\n" * (block["line"] - 1) + block["code"]
        tree = ast.parse(text, self.page)
        plots = next((i for i, node in enumerate(tree.body) if _plots(node)), None)
        if plots is not None:
            tree.body = tree.body[:plots]
        self.trees[self.page].append(ast.parse(text, self.page))
        return self.notes.compile(tree, text, self.page)

    def _names(self) -> dict[str, Any]:
        return {"__name__": "__main__", "__builtins__": builtins, "__file__": self.name, "input": _no_input, **self.notes.names}

    def _exec(self, code: Any, names: dict[str, Any]) -> dict[str, Any] | None:
        """Run some code: None, or what is to be said if it did not get to its end."""
        try:
            exec(code, names)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            feedback = self._said(error)
            error.__traceback__ = None  # it would keep all that was computed
            return feedback
        return None

    # ---------------------------------------------------------------------------- what an error means

    def _said(self, error: BaseException) -> dict[str, Any]:
        frames = list(_frames(error, (self.name, self.page)))
        if isinstance(error, RuntimeError) and "start new thread" in str(error):
            raise NoThreads
        if not frames:
            return _feedback("stops", _words(error), line=getattr(error, "lineno", None), error=type(error).__name__)
        files = [frame[0] for frame in frames]
        page = next((frame for frame in frames if frame[0] == self.page), None)
        file, line, inside = frames[-1]
        at = {"page_line": page[1] if page else None}
        if isinstance(error, AssertionError):
            return self._asserted(error, file, line, inside, at)
        if self.name in files:  # the program was running, or what it called
            own = next(frame for frame in reversed(frames) if frame[0] == self.name)
            return _feedback("stops", _words(error), line=own[1], error=type(error).__name__, **at)
        return self._asked_too_much(error, line, inside)

    def _asserted(self, error: AssertionError, file: str, line: int, frame: Any, at: dict[str, Any]) -> dict[str, Any]:
        """An assertion failed, of the page or of the program."""
        if file == self.name:
            at = {"line": line, **at}
        clue = self.notes.clues.get((file, line))
        if clue is None or error.args and not self._is_assert(file, line):
            expected = self._awaited(file, line)
            return _feedback("wrong", str(error), came=f"nothing was raised: {error}" if expected else str(error),
                             expected=expected, **at)
        what, came, expected = explain(clue, self.notes.values)
        given = _given(clue, what, frame)
        self.notes.values.clear()
        return _feedback("wrong", str(error), what=what, came=came, expected=expected, given=given, **at)

    def _is_assert(self, file: str, line: int) -> bool:
        return any(isinstance(node, ast.Assert) for node in self._statements(file, line))

    def _awaited(self, file: str, line: int) -> str:
        """The errors that are awaited around a line; "" if none is."""
        for node in self._statements(file, line):
            if isinstance(node, ast.Try) and node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0):
                return " or ".join(ast.unparse(handler.type) for handler in node.handlers if handler.type)
        return ""

    def _statements(self, file: str, line: int) -> list[ast.stmt]:
        """Those around a line, the innermost first."""
        found = [
            node
            for tree in self.trees[file]
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        return sorted(found, key=lambda node: ((node.end_lineno or 0) - node.lineno, -node.lineno))

    def _asked_too_much(self, error: BaseException, line: int, frame: Any) -> dict[str, Any]:
        """A line of the page can't go on: because something is missing, or because of what came."""
        statement = next(iter(self._statements(self.page, line)), None)
        at = {"page_line": line, "error": type(error).__name__}
        if isinstance(error, NameError):
            calls = {node.func.id for node in ast.walk(statement) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)} if statement else set()
            verb = "calls" if error.name in calls else "uses"
            return _feedback("missing", f"The page {verb} `{error.name}`, which your program does not define yet.", **at)
        if isinstance(error, AttributeError) and error.obj is not None and not isinstance(error.obj, np.ndarray):
            of = error.obj.__name__ if isinstance(error.obj, type) else type(error.obj).__name__
            return _feedback("missing", f"The page uses `{error.name}` of a `{of}`, which your program does not give it yet.", **at)
        text = str(error)
        if isinstance(error, TypeError) and CALLED_OTHERWISE.search(text):
            return _feedback("missing", f"The page makes a call that your program can't answer yet: {text}.", **at)
        if isinstance(error, TypeError) and CANNOT.search(text) and any(made in text for made in self._made(frame)):
            return _feedback("missing", f"The page does something that your objects can't do yet: {text}.", **at)
        nothing = ", ".join(_nothing(statement, frame)) if statement else ""
        came = f"{nothing} is None, and so: {_words(error)}" if nothing else _words(error)
        return _feedback("wrong", "", came=came, **at)

    def _made(self, frame: Any) -> Iterator[str]:
        """The classes of the program, as messages name them."""
        for tree in self.trees[self.name]:
            yield from (f"'{node.name}'" for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


class NoThreads(Exception):
    """A block of the page needs threads, and a browser has none."""


def _feedback(kind: str, message: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "message": message, **more}


def _words(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "It ends itself (sys.exit), before the page is done with it."
    if isinstance(error, EOFError):
        return "It waits for something to be typed (input), and here nobody can."
    if isinstance(error, RecursionError):
        return "RecursionError: it calls itself more often than Python allows."
    if isinstance(error, MemoryError):
        return "MemoryError: it needs more memory than there is."
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _no_input(prompt: object = "") -> str:
    raise EOFError(prompt)


def _frames(error: BaseException, files: tuple[str, ...]) -> Iterator[tuple[str, int, Any]]:
    """Where the error passed through some files, from the outside in: file, line, frame."""
    found = error.__traceback__
    while found is not None:
        if found.tb_frame.f_code.co_filename in files:
            yield found.tb_frame.f_code.co_filename, found.tb_lineno, found.tb_frame
        found = found.tb_next


def _given(clue: Clue, what: str, frame: Any) -> str:
    """The numbers and words that an assertion names besides: where in a loop it failed, say."""
    found = {}
    for node in ast.walk(ast.parse(clue.source.strip(), mode="eval") if _is_expression(clue.source) else clue.node):
        if isinstance(node, ast.Name) and node.id != what:
            value = frame.f_locals.get(node.id, frame.f_globals.get(node.id, MISSING))
            if isinstance(value, (int, float, str, np.generic)):
                found[node.id] = show(value)
    return ", ".join(f"{name} = {value}" for name, value in found.items())


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source.strip(), mode="eval")
    except SyntaxError:  # it went over several lines
        return False
    return True


def _nothing(statement: ast.stmt, frame: Any) -> Iterator[str]:
    """Which names and attributes in a statement are None."""
    for node in ast.walk(statement):
        names, inner = [], node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if names and isinstance(inner, ast.Name):
            value = frame.f_locals.get(inner.id, frame.f_globals.get(inner.id, MISSING))
            for name in reversed(names):
                value = getattr(value, name, MISSING)
            if value is None:
                yield f"`{ast.unparse(node)}`"


def _decoded(program: bytes) -> str:
    """The text of a file of Python, in the encoding that it names.

    Raises:
        SyntaxError: it has another one.
    """
    from tokenize import detect_encoding

    encoding, _ = detect_encoding(io.BytesIO(program).readline)
    try:
        return io.TextIOWrapper(io.BytesIO(program), encoding).read()
    except UnicodeDecodeError as error:
        line = program[: error.start].count(b"\n") + 1
        raise SyntaxError(f"it is not saved as {encoding}", ("", line, 0, "")) from error


def _plots(node: ast.stmt) -> bool:
    """Whether a block begins to plot here: pictures prove nothing, and a browser has no Matplotlib."""
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    return any(name.split(".")[0] == "matplotlib" for name in names)


def _borrowed(text: str, name: str, alone: dict[str, Any], both: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The names that the program's functions found on the page only, each with the line of its first use."""
    wanted, tables = set(), [symtable.symtable(text, name, "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        if table.get_type() == "function":
            wanted |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Global):
            wanted -= set(node.names)
    lent = {n for n in wanted if n not in alone and n in both and not hasattr(builtins, n)}
    for node in sorted((n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)), key=lambda n: n.lineno):
        if node.id in lent:
            lent.remove(node.id)
            yield node.id, node.lineno


# ---------------------------------------------------------------------------- answers that many give


def recognise(feedback: dict[str, Any], exercise: dict[str, Any]) -> str:
    """The sentence for a wrong answer that many give, "" for any other.

    An answer is known by what it computes: at the same line of the page the same comes out as from the page's
    program with that mistake made in it.
    """
    if feedback["kind"] in ("passes", "missing") or "page_line" not in feedback:
        return ""
    for mistake in exercise["mistakes"]:
        if sign(check(mistake["program"], exercise)) == sign(feedback):
            return str(mistake["sentence"])
    return ""


def sign(feedback: dict[str, Any]) -> tuple[Any, ...]:
    """What an answer is known by."""
    return tuple(feedback.get(key) for key in ("kind", "page_line", "what", "came", "expected", "given", "error"))


# ------------------------------------------------------------------------------------------ in words


def tell(feedback: dict[str, Any], exercise: dict[str, Any], program: str | bytes = "", name: str = PROGRAM) -> str:
    """The feedback as text."""
    kind, page = feedback["kind"], exercise["page"]
    if kind == "passes":
        left = f" ({feedback['skipped']} of them could not be run here)" if feedback["skipped"] else ""
        return f"Right. All {feedback['blocks']} blocks of the page run with your program{left}."
    heads = {
        "stops": "Your program does not run yet.",
        "missing": "Something is missing.",
        "wrong": "What comes out is wrong.",
    }
    lines = [heads[kind], ""]
    if "line" in feedback:
        lines += [f"{name}, line {feedback['line']}:", *_quoted(program, feedback["line"])]
    if kind != "wrong":
        lines += [f"  {feedback['message']}"]
    if "page_line" in feedback:
        what = {"stops": "The page was at", "missing": "The page,", "wrong": "The page,"}[kind]
        lines += [f"{what} {page}, line {feedback['page_line']}:", *_page_line(exercise, feedback["page_line"])]
    if kind == "wrong":
        if "what" in feedback:
            lines += [f"  {feedback['what']}" + (f"   (with {feedback['given']})" if "given" in feedback else "")]
        lines += [f"    came:     {feedback['came']}"] if "came" in feedback else []
        lines += [f"    expected: {feedback['expected']}"] if "expected" in feedback else []
    if feedback.get("sentence") and "page_line" in feedback:
        lines += ["", f"What the page says there: {feedback['sentence']}"]
    if feedback.get("printed"):
        lines += ["", "Printed until then:", *(f"  {line}" for line in feedback["printed"].split("\n"))]
    if feedback.get("known"):
        lines += ["", feedback["known"]]
    if "page_line" in feedback:
        done = feedback["done"]
        lines += ["", f"{done} of the page's {feedback['blocks']} blocks {'runs' if done == 1 else 'run'} to the end so far."]
    return "\n".join(lines)


def _quoted(program: str | bytes, line: int) -> list[str]:
    text = program.decode("utf-8", "replace") if isinstance(program, bytes) else program
    lines = text.split("\n")
    return [f"  {lines[line - 1].strip()}"] if 0 < line <= len(lines) else []


def _page_line(exercise: dict[str, Any], line: int) -> list[str]:
    """A statement of the page, from its first line to its last."""
    for block in exercise["blocks"]:
        lines = block["code"].split("\n")
        if block["line"] <= line < block["line"] + len(lines):
            return [f"  {lines[line - block['line']].strip()}"]
    return []


# --------------------------------------------------------------------- in a process that may be stopped

if __name__ == "__main__":  # reads an exercise and a program, writes the feedback; see `practice`
    import faulthandler
    import json
    import os

    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    errors = os.fdopen(os.dup(2), "w", encoding="utf-8")
    asked = json.load(sys.stdin.buffer)
    with open(os.devnull) as null:
        os.dup2(null.fileno(), 0)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1), os.dup2(null.fileno(), 2)
    with contextlib.suppress(ImportError, ValueError, OSError):  # a list that only grows must not fill the machine's memory
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    faulthandler.dump_traceback_later(asked["seconds"], exit=True, file=errors)
    found = check(asked["program"].encode("latin-1"), asked["exercise"], asked["name"])
    print(json.dumps(found), file=out, flush=True)
    print(json.dumps(recognise(found, asked["exercise"])), file=out, flush=True)
    os._exit(0)  # whatever threads it has started

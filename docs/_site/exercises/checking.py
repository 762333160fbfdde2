"""Check a learner's program with the page's own blocks: plain Python and NumPy, so it runs in a browser as well.

An exercise is data (see `course`). Its check runs the blocks that follow "The program" on the page, with the
learner's program in the place of the page's, and then what is true of any right program (see `truths`). What comes of
it is one of four:

    passes   every block ran to its end
    stops    the learner's program does not run: it raises, or ends itself, at a line of its own
    missing  the page uses something that the program does not have yet
    wrong    something came out differently from what the page says

A block that shows a flaw of the page's program, or how it is built inside, may fail: a right program need not have that.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import io
import linecache
import re
import symtable
import sys
import time
import traceback
import types
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..watched import MISSING, Endless, Notes, explain, segment, show

PROGRAM = "your program"  # stands for its file where it has none
BESIDES = ("docs/_site/exercises/comparing.py", "docs/_site/exercises/truths.py")
SECONDS = 10.0  # of computing that a check may take
# What Python says of a call, or an operator, that an object has not learnt.
CALLED_OTHERWISE = re.compile(r"positional argument|keyword argument|missing \d+ required")
CANNOT = re.compile(r"unsupported operand|bad operand|not (?:subscriptable|iterable|callable|supported between)|has no len")
MARKS = {  # what may fail in a right program, and what is said then
    "flaw": "Your program does not have a flaw that the page's has at this point: well done.",
    "internal": "Your program is built differently from the page's at this point: that is fine.",
}
DRAWING = re.compile(r"(?<!\w)(graph|play|SideBySide)\(")  # look at how a program is built
SHOWN = {"passes": "✓", "wrong": "✗", "stops": "✗", "missing": "✗", "aside": "✓", "skipped": "·"}


# ------------------------------------------------------------------------------------------ the check


def check(
    program: str | bytes, exercise: dict[str, Any], name: str = PROGRAM, seconds: float = SECONDS, whole: bool = True
) -> dict[str, Any]:
    """Run the page's blocks with the program in place of the page's, and say what came of it.

    Args:
        program: the learner's, as text or as its file holds it.
        exercise: its data, of which `page`, `before`, `blocks` and `besides` are used.
        name: the program's file.
        seconds: of computing, after which a loop is stopped.
        whole: whether to go on after the first block that fails.

    Returns:
        The feedback: ``kind`` (see above), ``message``; ``done`` of ``blocks`` blocks, and each as heading, kind and what
        it is known by in ``row``; the ``asides``, that is what failed without counting; where they are known, ``line`` of
        the program, ``page_line`` in ``file``, ``what``, ``came``, ``expected``, ``given``, ``sentence``, ``printed``, ``clues``.
    """
    return _Check(exercise, name, seconds, whole).run(program)


class _Check:
    def __init__(self, exercise: dict[str, Any], name: str, seconds: float, whole: bool) -> None:
        self.exercise, self.name, self.page, self.seconds, self.whole = exercise, name, exercise["page"], seconds, whole
        self.notes = Notes(seconds)
        self.row: list[list[Any]] = []
        self.asides: list[dict[str, Any]] = []
        self.lost: set[str] = set()  # names that blocks would have made that failed without counting
        self.printed = io.StringIO()
        self.files = (self.name, self.page, *BESIDES)
        self.texts: dict[str, list[str]] = {file: [] for file in self.files}
        self.blocks = [*exercise["before"], *exercise["blocks"], *exercise["besides"]]
        for file in self.files[1:]:  # for `play`, which shows a function's source
            lines: list[str] = []
            for block in self.blocks:
                if block.get("file", self.page) == file:
                    lines += ["\n"] * (block["line"] - 1 - len(lines)) + [f"{line}\n" for line in block["code"].split("\n")]
            linecache.cache[file] = (len(lines), None, lines, file)

    def run(self, program: str | bytes) -> dict[str, Any]:
        limit, collects = sys.getrecursionlimit(), gc.isenabled()
        try:
            with contextlib.redirect_stdout(self.printed), contextlib.redirect_stderr(self.printed):
                feedback = self._run(program)
        finally:  # what a block that failed has left behind
            sys.setrecursionlimit(limit)
            gc.enable() if collects else gc.disable()
        kinds = [kind for _, kind, _ in self.row]
        feedback |= {"done": sum(kind in ("passes", "aside") for kind in kinds), "skipped": kinds.count("skipped"), "row": self.row}
        feedback |= {"blocks": len(self.exercise["blocks"]) + sum(bool(block["heading"]) for block in self.exercise["besides"])}
        if self.asides and feedback["kind"] == "passes":
            feedback["asides"] = self.asides
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
        itself = types.ModuleType(PROGRAM)
        vars(itself).update(alone)
        if failed := self._failed(both, self._names() | {"program": itself}):
            return failed
        for borrowed, line in _borrowed(text, self.name, alone, both):
            message = f"It uses `{borrowed}`, which it does not define: it comes from the page."
            return _feedback("stops", message, line=line, error="NameError")
        return _feedback("passes", "")

    def _failed(self, both: dict[str, Any], besides: dict[str, Any]) -> dict[str, Any] | None:
        """Run all blocks; the feedback of the first that fails, and counts."""
        first = None
        for block in [*self.exercise["blocks"], *self.exercise["besides"]]:
            self.printed.seek(0), self.printed.truncate()
            failed = self._tried(block, both if "file" not in block else besides)
            kind = failed["kind"] if failed else "passes"
            over = bool(failed and failed.get("error") == "Endless")
            if first and over:  # it has not failed: there was no time left for it
                kind = "skipped"
            if block["heading"] or "file" not in block:
                self.row.append([block["heading"], kind, _known_by(failed) if failed and kind != "skipped" else []])
            if kind in ("passes", "aside", "skipped") and not over:
                continue
            if first is None and failed:
                first = failed | {key: block[key] for key in ("sentence", "heading") if block[key]}
                self.notes.until = min(self.notes.until, time.process_time() + self.seconds / 5)  # the others are to be short
                first["printed"] = "\n".join(self.printed.getvalue().rstrip().split("\n")[-8:])
            if over or not self.whole:
                break
        return first

    def _tried(self, block: dict[str, Any], names: dict[str, Any]) -> dict[str, Any] | None:
        """Run a block; the feedback if it fails, of the kind `aside` if that does not count."""
        mark = next((kind for kind, words in block.get("marks", []) if not words), None)
        began, until, seen = time.process_time(), self.notes.until, len(self.asides)
        if mark:  # what does not count may not use up the time of the others
            self.notes.until = min(until, began + self.seconds / 4)
        try:
            failed = self._exec(self._block(block), names)
        except NoThreads:
            return _feedback("skipped", "")
        finally:
            if mark:
                self.notes.until = until + time.process_time() - began
        if failed and (mark or failed.get("name") in self.lost):
            self._stand_aside(mark or "internal", block, failed)
            self.lost |= bound(ast.parse(block["code"]))
            return failed | {"kind": "aside"}
        return failed or (_feedback("aside", "") if len(self.asides) > seen else None)

    def _stand_aside(self, mark: str, block: dict[str, Any], failed: dict[str, Any]) -> None:
        kept = {key: failed[key] for key in ("page_line", "what", "came", "expected", "given") if failed.get(key)}
        self.asides.append({"mark": mark, "heading": block["heading"], **kept})

    def _parsed(self, program: str | bytes) -> tuple[Any, str]:
        """The code of the program and its text; its tracebacks find its lines even if it is in no file."""
        if isinstance(program, bytes):
            program = _decoded(program)
        tree = ast.parse(program, self.name)
        self.texts[self.name].append(program)
        code = self._compiled(tree, program, self.name)
        linecache.cache[self.name] = (len(program), None, [f"{line}\n" for line in program.split("\n")], self.name)
        return code, program

    def _block(self, block: dict[str, Any]) -> Any:
        """The code of a block, at its lines, without what it plots; what is marked in it may fail."""
        file = block.get("file", self.page)
        text = "\n" * (block["line"] - 1) + block["code"]
        tree = ast.parse(text, file)
        plots = next((i for i, node in enumerate(tree.body) if _plots(node)), None)
        if plots is not None:
            tree.body = tree.body[:plots]
        self.texts[file].append(text)

        def aside(mark: str, lost: list[str]) -> None:
            self._stand_aside(mark, block, self._said(sys.exc_info()[1]))  # type: ignore[arg-type]
            self.lost.update(lost)

        self.notes.names["__aside__"] = aside
        marks = [mark for mark in block.get("marks", []) if mark[1]]
        tree = _Tried(text, marks, draws=file == self.page).visit(tree)
        return self._compiled(tree, text, file)

    def _compiled(self, tree: ast.Module, text: str, file: str) -> Any:
        return compile(self.notes.noted(tree, text, file), file, "exec", dont_inherit=True)

    def _names(self) -> dict[str, Any]:
        return {"__name__": "__main__", "__builtins__": builtins, "__file__": self.page, "input": _no_input, **self.notes.names}

    def _exec(self, code: Any, names: dict[str, Any]) -> dict[str, Any] | None:
        """Run some code: None, or what is to be said if it did not get to its end."""
        names |= self.notes.names
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
        frames = list(_frames(error, self.files))
        if isinstance(error, RuntimeError) and "start new thread" in str(error):
            raise NoThreads
        if not frames:
            return _feedback("stops", _words(error), line=getattr(error, "lineno", None), error=type(error).__name__)
        own = [frame for frame in frames if frame[0] == self.name]
        pages = [frame for frame in frames if frame[0] != self.name]
        file, line, inside = frames[-1]
        at = {"page_line": pages[-1][1], "file": pages[-1][0]} if pages else {}
        if isinstance(error, AssertionError):
            return self._asserted(error, frames, at)
        if isinstance(error, Endless):
            return _feedback("stops", f"It was still running after {self.seconds:g} seconds of computing: does this loop ever end?",
                             error="Endless", **self._loop(frames), **at)  # fmt: skip
        awaited = self._awaited(*pages[-1][:2]) if pages else ""
        if awaited and own and not isinstance(error, (RecursionError, MemoryError, SystemExit)):
            return _feedback("wrong", "", came=_words(error), expected=awaited, line=own[-1][1], **at)
        if own:  # the program was running, or what it called
            line = own[-1][1]
            if isinstance(error, RecursionError):  # the call that repeats, and not where there happened to be no room left
                line = Counter(frame[1] for frame in own).most_common(1)[0][0]
            clues = self._nothing_from(frames) if "NoneType" in str(error) else []
            return _feedback("stops", _words(error), line=line, error=type(error).__name__, clues=clues or None,
                             statement=type(next(iter(self._statements(self.name, line)), None)).__name__, **at)  # fmt: skip
        return self._asked_too_much(error, inside, at)

    def _loop(self, frames: list[tuple[str, int, Any]]) -> dict[str, int]:
        """The line of the loop that has turned most since it began, of those that are running: the program's if there is one."""
        for file in (self.name, *self.files[1:]):
            lines = {
                node.lineno: self.notes.turns.get((file, node.lineno), 0)
                for at, line, _ in frames if at == file
                for node in self._statements(file, line) if isinstance(node, (ast.While, ast.For))
            }  # fmt: skip
            if lines:
                return {"line": max(lines, key=lines.__getitem__)} if file == self.name else {}
        return {}

    def _asserted(self, error: AssertionError, frames: list[tuple[str, int, Any]], at: dict[str, Any]) -> dict[str, Any]:
        """An assertion failed, of the page or of the program."""
        file, line, frame = frames[-1]
        if file == self.name:
            at = {"line": line, **at}
        clue = self.notes.false_at(file, line)
        if clue is None or error.args and not any(isinstance(node, ast.Assert) for node in self._statements(file, line)):
            expected = self._awaited(file, line)
            return _feedback("wrong", str(error), came=f"nothing was raised: {error}" if expected else str(error),
                             expected=expected, **at)
        what, came, expected = explain(clue, self.notes.values)
        said = ast.parse(f"({clue.source})", mode="eval")  # it may go over several lines
        loops = [(node.target, inner) for file, line, inner in frames for node in self._statements(file, line) if isinstance(node, ast.For)]
        given = _given([(said, frame), *reversed(loops)], what)
        self.notes.values.clear()
        clues = self._suspects() if came == "None" else []
        return _feedback("wrong", str(error), what=what, came=came, expected=expected, given=given, clues=clues or None, **at)

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
            for text in self.texts[file] if len(text) - len(text.lstrip("\n")) < line <= text.count("\n") + 1
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]  # fmt: skip
        return sorted(found, key=lambda node: ((node.end_lineno or 0) - node.lineno, -node.lineno))

    def _asked_too_much(self, error: BaseException, frame: Any, at: dict[str, Any]) -> dict[str, Any]:
        """A line of the page can't go on: because something is missing, or because of what came."""
        statement = next(iter(self._statements(at["file"], at["page_line"])), None)
        at = {**at, "error": type(error).__name__}
        if isinstance(error, AttributeError) and isinstance(error.obj, types.ModuleType) and error.obj.__name__ == PROGRAM:
            return _feedback("missing", f"The check uses `{error.name}`, which your program does not define yet.", **at)
        if isinstance(error, NameError):
            calls = {node.func.id for node in ast.walk(statement) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)} if statement else set()
            verb = "calls" if error.name in calls else "uses"
            message = f"The page {verb} `{error.name}`, which your program does not define yet."
            return _feedback("missing", message, name=error.name, **at)
        if isinstance(error, AttributeError) and error.obj is not None and not isinstance(error.obj, np.ndarray):
            of = error.obj.__name__ if isinstance(error.obj, type) else type(error.obj).__name__
            return _feedback("missing", f"The page uses `{error.name}` of a `{of}`, which your program does not give it yet.", **at)
        text = str(error)
        if isinstance(error, TypeError) and CALLED_OTHERWISE.search(text):
            return _feedback("missing", f"The page makes a call that your program can't answer yet: {text}.", **at)
        nodes = [node for source in self.texts[self.name] for node in ast.walk(ast.parse(source))]
        if isinstance(error, TypeError) and CANNOT.search(text) and any(f"'{n.name}'" in text for n in nodes if isinstance(n, ast.ClassDef)):
            return _feedback("missing", f"The page does something that your objects can't do yet: {text}.", **at)
        nothing = ", ".join(f"`{name}`" for name, _ in _nothing(statement, frame)) if statement else ""
        came = f"{nothing} is None, and so: {_words(error)}" if nothing else _words(error)
        return _feedback("wrong", "", came=came, clues=self._suspects() or None if nothing else None, **at)

    # ------------------------------------------------------------------------------ where None comes from

    def _nothing_from(self, frames: list[tuple[str, int, Any]]) -> list[str]:
        """From whom a line of the program has its None, as far as it can be followed, and what may be the reason."""
        found: list[str] = []
        *callers, (file, line, frame) = frames
        statement = next(iter(self._statements(file, line)), None)
        nothing = list(_nothing(statement, frame)) if statement else []
        for name, node in nothing:
            found.append(f"`{name}` is None there.")
            while isinstance(node, ast.Name) and callers:  # an argument: what did the caller give?
                given = _argument(node.id, frame, callers[-1], self._statements)
                file, line, frame = callers.pop()
                if given is None:
                    break
                node = given
                found.append(f"{'Line' if file == self.name else 'The page, line'} {line} has passed it on: `{ast.unparse(node)}`.")
            break
        return found + self._suspects()

    def _suspects(self) -> list[str]:
        """Lines of the program that may leave a None behind."""
        tree, page = ast.parse(self.texts[self.name][-1]), ast.parse(self.exercise["solution"])
        returning = {name for name, node in functions(page) if _returns(node)}
        returning -= {name for name, node in functions(tree) if _returns(node)}  # the setter of a property returns nothing
        found = [
            f"`{name}` (line {node.lineno}) returns nothing."
            for name, node in functions(tree) if name in returning and not _returns(node)
        ]  # fmt: skip
        attributes = {n.attr for n in ast.walk(page) if isinstance(n, ast.Attribute)}
        attributes |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare):
                found.append(f"Line {node.lineno} compares two values and does nothing with the answer: was `=` meant?")
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr not in attributes:
                found.append(f"Line {node.lineno} sets `{node.attr}`, which nothing reads.")
        return found


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
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in files:
            yield frame.f_code.co_filename, line, frame


def _given(trees: list[tuple[ast.AST, Any]], what: str) -> str:
    """The numbers and words that an assertion names besides, and those of the loops around it: where it failed.

    trees: what names them, each with the frame that knows them.
    """
    found: dict[str, str] = {}
    for tree, node, frame in ((tree, node, frame) for tree, frame in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Name) and node.id not in (what, *found):
            value = frame.f_locals.get(node.id, frame.f_globals.get(node.id, MISSING))
            parts = value if isinstance(value, (tuple, list)) and tree is not trees[0][0] else [value]
            if all(isinstance(part, (int, float, str, np.generic)) for part in parts) and not isinstance(value, bool):
                found[node.id] = show(value)
    return ", ".join(f"{name} = {value}" for name, value in found.items())


def _nothing(statement: ast.stmt, frame: Any) -> Iterator[tuple[str, ast.expr]]:
    """Which names and attributes in a statement are None."""
    for node in ast.walk(statement):
        names, inner = [], node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            value = frame.f_locals.get(inner.id, frame.f_globals.get(inner.id, MISSING))
            for name in reversed(names):
                value = getattr(value, name, MISSING)
            if value is None:
                yield ast.unparse(node), node


def _argument(name: str, frame: Any, caller: tuple[str, int, Any], statements: Any) -> ast.expr | None:
    """What a caller has written for an argument."""
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount]
    statement = next(iter(statements(*caller[:2])), None)
    if statement is None or name not in names:
        return None
    for call in ast.walk(statement):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) == code.co_name:
            at = names.index(name) - (names[0] == "self")
            starred = [argument for argument in call.args if isinstance(argument, ast.Starred)]
            return starred[0].value if starred else call.args[at] if at < len(call.args) else None
    return None


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions and methods of a program, with their names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, ast.FunctionDef))


def _returns(node: ast.FunctionDef) -> bool:
    """Whether it ever returns something."""
    return any(isinstance(n, (ast.Return, ast.Yield)) and n.value is not None for n in ast.walk(node))


class _Tried(ast.NodeTransformer):
    """Statements that have the words of a mark in them may fail, and those that draw."""

    def __init__(self, text: str, marks: list[list[str]], draws: bool) -> None:
        self.lines = text.split("\n")
        self.marks = [(mark, re.compile(re.escape(words))) for mark, words in marks] + [("internal", DRAWING)] * draws

    def visit(self, node: ast.AST) -> Any:
        if self.marks and isinstance(node, (ast.Assert, ast.Expr, ast.Assign, ast.Try)):  # of a try only what it tries
            tried = node.body if isinstance(node, ast.Try) else [node]
            source = "\n".join(segment(self.lines, part) for part in tried)
            for mark, words in self.marks:
                if words.search(source):
                    told = ast.parse(f"__aside__({mark!r}, {sorted(bound(node))!r})").body
                    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, told)
                    return ast.copy_location(ast.Try([node], [handler], [], []), node)
        return self.generic_visit(node)


def bound(tree: ast.AST) -> set[str]:
    """What a program binds for those after it."""
    found: set[str] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        waiting += ast.iter_child_nodes(node)
    return found


def _decoded(program: bytes) -> str:
    """The text of a file of Python, in the encoding that it names.

    Raises:
        SyntaxError: it has another one.
    """
    from importlib.util import decode_source

    try:
        return decode_source(program)
    except UnicodeDecodeError as error:
        line = program[: error.start].count(b"\n") + 1
        raise SyntaxError(f"it is not saved as {error.encoding}", ("", line, 0, "")) from error


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


def recognise(feedback: dict[str, Any], exercise: dict[str, Any], name: str = PROGRAM) -> str:
    """The sentence for a wrong answer that many give, "" for any other.

    An answer is known by what it computes: every block fails, or does not, in the same way as with the page's program
    with that mistake made in it. What is still missing says nothing, nor does what there was no time for.
    """
    if feedback["kind"] == "passes" or "page_line" not in feedback:
        return ""
    row = feedback["row"]
    for mistake in exercise["mistakes"]:
        first = check(mistake["program"], exercise, name, whole=False)["row"]
        if first == row[: len(first)]:
            others = check(mistake["program"], exercise, name)["row"]
            pairs = list(zip(row, others))[len(first) :]
            if all(one == other or one[1] == "missing" or "skipped" in (one[1], other[1]) for one, other in pairs):
                return str(mistake["sentence"])
    return ""


def _known_by(failed: dict[str, Any]) -> list[Any]:
    """What a failure is known by; the classes of the program may have other names."""
    keys = ("kind", "page_line", "what", "came", "expected", "given", "error", "statement")
    message = re.sub(r"'[A-Z]\w*' and '[A-Z]\w*'|<class '__main__\.\w+'>", "…", failed["message"])
    return [*(failed.get(key) for key in keys), message]


# ------------------------------------------------------------------------------------------ in words


def tell(feedback: dict[str, Any], exercise: dict[str, Any], program: str | bytes = "", name: str = PROGRAM) -> str:
    """The feedback as text."""
    kind = feedback["kind"]
    if kind == "passes":
        left = f" ({feedback['skipped']} of them could not be run here)" if feedback["skipped"] else ""
        lines = [f"Right. All {feedback['blocks']} checks run with your program{left}."]
        for mark, said in MARKS.items():
            asides = {aside["page_line"]: aside for aside in feedback.get("asides", []) if aside["mark"] == mark}
            for line, aside in sorted(asides.items()):
                values = f": the page expects {aside['expected']}, and {aside['came']} came" if "expected" in aside else ""
                lines += ["", f"{said} ({exercise['page']}, line {line}{values})"]
        return "\n".join(lines)
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
        if feedback["file"] in BESIDES:
            what = f"Checked besides: {feedback['heading'][0].lower()}{feedback['heading'][1:]}"
        else:
            what = f"{what} {feedback['file']}, line {feedback['page_line']}:"
        lines += [what, *_page_line(exercise, feedback["file"], feedback["page_line"])]
    if kind == "wrong":
        if "what" in feedback:
            lines += [f"  {feedback['what']}" + (f"   (with {feedback['given']})" if "given" in feedback else "")]
        lines += [f"    came:     {feedback['came']}"] if "came" in feedback else []
        lines += [f"    expected: {feedback['expected']}"] if "expected" in feedback else []
    if feedback.get("clues"):
        lines += ["", *feedback["clues"]]
    if feedback.get("sentence") and "page_line" in feedback:
        lines += ["", f"What the page says there: {feedback['sentence']}"]
    if feedback.get("printed"):
        lines += ["", "Printed until then:", *(f"  {line}" for line in feedback["printed"].split("\n"))]
    if feedback.get("known"):
        lines += ["", feedback["known"]]
    if feedback.get("row"):
        lines += ["", *_row(feedback["row"])]
    return "\n".join(lines)


def _row(row: list[list[Any]]) -> list[str]:
    """A line for each heading: whether all of its blocks run."""
    kinds: dict[str, list[str]] = {}
    for heading, kind, _ in row:
        kinds.setdefault(heading, []).append(kind)
    worst = ("stops", "missing", "wrong", "skipped", "aside", "passes")
    return [f"  {SHOWN[min(found, key=worst.index)]} {heading}" for heading, found in kinds.items()]


def _quoted(program: str | bytes, line: int) -> list[str]:
    text = program.decode("utf-8", "replace") if isinstance(program, bytes) else program
    lines = text.split("\n")
    return [f"  {lines[line - 1].strip()}"] if 0 < line <= len(lines) else []


def _page_line(exercise: dict[str, Any], file: str, line: int) -> list[str]:
    """A line of the page, or of what is checked besides."""
    for block in (*exercise["blocks"], *exercise["besides"]):
        lines = block["code"].split("\n")
        if block.get("file", exercise["page"]) == file and block["line"] <= line < block["line"] + len(lines):
            return [f"  {lines[line - block['line']].strip()}"]
    return []

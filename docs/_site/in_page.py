"""What runs a page's blocks in the browser, as `execute` runs them in the build: the same outputs, the same lines.

Plain Python and NumPy: there is neither IPython nor Matplotlib.
"""

from __future__ import annotations

import ast
import concurrent.futures
import contextvars
import gc
import io
import json
import os
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import diffs, exercise

MOST = 200_000  # characters that a block may print
PRINT, ERRORS, LIMIT = np.get_printoptions(), np.geterr(), sys.getrecursionlimit()


class TooMuch(Exception):
    """A block printed more than a page can show."""

    __module__ = "builtins"  # what a traceback calls it


class Stream(io.TextIOBase):
    """Text for the page, sent on while it comes."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self.send, self.text, self.waiting, self.sent = send, "", "", 0.0

    def write(self, text: str) -> int:
        self.text += text
        self.waiting += text
        if len(self.text) > MOST:
            raise TooMuch(f"it printed more than {MOST:,} characters")
        if time.monotonic() - self.sent > 0.1:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self.waiting:
            self.send(self.waiting)
        self.waiting, self.sent = "", time.monotonic()


class Page:
    """A page's blocks, and what they have computed so far.

    Args:
        send: takes what a block prints, while it runs.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self.send = send
        self.name = self.look = ""
        self.blocks: list[tuple[int, str]] = []

    def set(self, name: str, blocks: str, fresh: bool, look: str = "") -> None:
        """Take the blocks as they are now.

        Args:
            name: of their script, for tracebacks.
            blocks: JSON of a list; of each block its first line, its source, and how many lines it had at first.
                Below a block that has grown, lines have larger numbers, as in a script.
            fresh: whether to begin again with nothing computed.
            look: "graph" or "play", to look at a variable in that way.
        """
        self.name, self.look, self.blocks, grown = name, look, [], 0
        for line, source, count in json.loads(blocks):
            self.blocks.append((line + grown, source))
            grown += max(0, source.count("\n") + 1 - count)
        # Who wants to see the source of a function, or the line of an error, reads it in the script.
        path = Path(self.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = ""
        for line, source in self.blocks:
            text += "\n" * (line - 1 - text.count("\n")) + source.rstrip("\n") + "\n"
        path.write_text(text, "utf-8")
        if fresh:
            self._forget()

    def _forget(self) -> None:
        """Begin anew, as a process would: an engine that a block has changed is imported again."""
        for name in [name for name in sys.modules if name.split(".")[0] == "dezero_lite"]:
            del sys.modules[name]
        self.module = types.ModuleType("__main__")
        self.module.__file__ = self.name
        sys.modules["__main__"] = self.module
        np.set_printoptions(**PRINT)
        np.seterr(**ERRORS)
        sys.setrecursionlimit(LIMIT)
        gc.collect()

    def run(self, number: int) -> str:
        """Run a block: JSON of its outputs, and of its error if it has one.

        A value on the last line is shown as HTML, as SVG, or as text, whichever it can first.
        """
        line, source = self.blocks[number]
        out, errors = Stream(self.send), Stream(self.send)
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out, errors
        Blank.drawn = False
        result: dict[str, Any] = {"shown": []}
        try:
            value = self._value("\n" * (line - 1) + source)
            if isinstance(value, Blank):
                Blank.drawn = True
            elif value is not None:
                result["shown"] += [_shown(value), *self._looked_at(value)]
        except BaseException as error:
            result["error"] = self._told(error)
        finally:
            sys.stdout, sys.stderr = before
        result["text"] = out.text + errors.text
        result["plot"] = Blank.drawn
        return json.dumps(result)

    def check(self, program: str, data: str) -> str:
        """Check a program against an exercise (see `exercise`): JSON of its kind, what to say, the line that it is
        about if any, and once it is solved how it differs from the page's."""
        asked = json.loads(data)
        found = exercise.check(program, asked)
        found["known"] = exercise.recognise(found, asked)
        result = {"kind": found["kind"], "text": exercise.tell(found, asked, program), "line": found.get("line")}
        if found["kind"] == "passes" and program.strip() != asked["solution"].strip():
            result["difference"] = diffs.to_html(program, asked["solution"], "yours", "the page's")
        return json.dumps(result)

    def _value(self, source: str) -> Any:
        tree = ast.parse(source, self.name)
        last = tree.body[-1] if tree.body else None
        if not isinstance(last, ast.Expr):
            return exec(compile(tree, self.name, "exec"), self.module.__dict__)
        tree.body.pop()
        exec(compile(tree, self.name, "exec"), self.module.__dict__)
        return eval(compile(ast.Expression(last.value), self.name, "eval"), self.module.__dict__)

    def _looked_at(self, value: Any) -> list[dict[str, str]]:
        """The graph that a variable was computed by, or its pass, with the names of the program."""
        import dezero_lite

        if not self.look or not isinstance(value, dezero_lite.Variable):
            return []
        names = {name: thing for name, thing in vars(self.module).items() if isinstance(thing, dezero_lite.Variable)}
        if self.look == "play" and value.creator is not None:
            return [_shown(dezero_lite.play(value, names=names))]
        return [_shown(dezero_lite.graph(value, names=names, values=True, grads=True))]

    def _told(self, error: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)
        inside = [i for i, frame in enumerate(frames) if frame.filename == self.name]
        line = error.lineno if isinstance(error, SyntaxError) and error.filename == self.name else None
        if inside:
            line = line or frames[inside[-1]].lineno
            frames = traceback.StackSummary.from_list(frames[inside[0] :])
        else:
            frames = traceback.StackSummary()
        shown = ["Traceback (most recent call last):\n", *frames.format()] if frames else []
        text = "".join([*shown, *traceback.format_exception_only(error)])
        block = max((i for i, (first, _) in enumerate(self.blocks) if line and first <= line), default=None)
        within = None if line is None or block is None else line - self.blocks[block][0] + 1
        return {"text": text, "block": block, "line": within}


def _shown(value: Any) -> dict[str, str]:
    for kind in ("html", "svg"):
        draw = getattr(value, f"_repr_{kind}_", None)
        if draw is not None and not isinstance(value, type):
            return {kind: draw()}
    return {"text": repr(value)}


# ------------------------------------------------------------------------------ what is not there


class Blank:
    """Stands for Matplotlib, which would weigh as much as all the rest: it takes everything, and draws nothing."""

    drawn = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        Blank.drawn = True
        return self

    def __getitem__(self, _: Any) -> Any:
        return self

    def subplots(self, rows: int = 1, columns: int = 1, *_: Any, nrows: int = 0, ncols: int = 0, **__: Any) -> Any:
        Blank.drawn = True
        axes = np.full((nrows or rows, ncols or columns), self, dtype=object)
        return self, self if axes.size == 1 else axes.squeeze()


class Module(types.ModuleType):
    """One of Matplotlib's modules."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(Blank(), name)


class Finder:
    """Finds Matplotlib's modules."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        from importlib.machinery import ModuleSpec

        loader: Any = cls
        return ModuleSpec(name, loader, is_package=True) if name.split(".")[0] == "matplotlib" else None

    @staticmethod
    def create_module(spec: Any) -> Any:
        return Module(spec.name)

    @staticmethod
    def exec_module(module: Any) -> None:
        pass


class AtOnce(concurrent.futures.Executor):
    """Runs at once what a pool of threads would: there are no threads in the page."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, function: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            future.set_result(function(*args, **options))
        except Exception as error:
            future.set_exception(error)
        return future


class Thread(threading.Thread):
    """A thread that runs when another waits: for its end, or for an event."""

    started: list[Thread] = []

    def start(self) -> None:
        self.started.append(self)

    def join(self, timeout: float | None = None) -> None:
        run_threads()


class Event(threading.Event):
    """An event that other threads may set while one waits for it."""

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            run_threads()
        if not self.is_set() and timeout is None:
            raise RuntimeError("nothing is left that could set this event: in the page, a thread runs only while another waits")
        return self.is_set()


def run_threads() -> None:
    while Thread.started:
        contextvars.Context().run(Thread.started.pop(0).run)  # a thread begins with a context of its own


def start(send: Callable[[str], None]) -> Page:
    """Get ready for a page's blocks."""
    sys.meta_path.append(Finder)
    concurrent.futures.ThreadPoolExecutor = AtOnce  # type: ignore
    threading.Thread, threading.Event = Thread, Event  # type: ignore
    os.makedirs("/page", exist_ok=True)
    os.chdir("/page")
    import dezero_lite  # noqa: F401  # compiled once

    return Page(send)

"""What runs a page's blocks in the browser, as `execute` runs them in the build (see `blocks`).

Plain Python and NumPy, and Matplotlib only once the reader has fetched it.

What a block shows is sent to the page while it comes, as JSON of pieces in their order:

    {"text": ...}                       what it prints, on either stream
    {"html": ..., "slot": ...}          or "svg": a picture, in the place of what the same slot showed before, if it has one
    {"claim": ..., "part": ..., "came": ..., "expected": ...}   an assertion that does not hold (see `Claims`)
    {"note": ...}                       a sentence to the reader
"""

from __future__ import annotations

import ast
import concurrent.futures
import contextvars
import gc
import io
import json
import logging
import math
import os
import re
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import blocks, diffs, figures, watched
from .exercises import checking

SECONDS = 25.0  # of computing that a check may take: slower than outside, and less than what the page waits
MOST = 200_000  # characters that a block may print, and that a value may have
AT_ONCE = 500  # pieces that are sent as they come; then some at a time
PRINT, ERRORS, LIMIT = np.get_printoptions(), np.geterr(), sys.getrecursionlimit()
NO_WARNINGS = (
    "On your computer NumPy warns where a nan or an infinity arises (“RuntimeWarning: divide by zero”). In the page it can't: "
    "WebAssembly does not report it, whatever np.seterr says."
)
NO_INPUT = "a page can't wait for an answer: write name = '…' in place of name = input()"
NO_MODULE = (
    "The page has Python's standard library (but for what needs an operating system), NumPy, Matplotlib and dezero_lite. "
    "A program with other packages runs on your own computer."
)
NO_PLOTS = "Matplotlib is not loaded: something that draws nothing stands in its place here, and can't do this."


class TooMuch(Exception):
    """A block printed more than a page can show."""

    __module__ = "builtins"  # what a traceback calls it


class Output:
    """What a block shows: pieces, sent on while they come.

    Args:
        send: takes JSON of a list of pieces.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self.send = send
        self.pieces: list[dict[str, Any]] = []
        self.count = self.length = self.dropped = 0
        self.sent = 0.0
        self.doubtful = False  # whether nan or inf is in it

    def add(self, piece: dict[str, Any]) -> None:
        self.count += 1
        if "text" in piece and self.pieces and "text" in self.pieces[-1]:
            self.pieces[-1]["text"] += piece["text"]
        else:
            self.pieces.append(piece)
        if self.count < AT_ONCE or time.monotonic() - self.sent > 0.05:
            self.flush()

    def text(self, text: str) -> None:
        shown = text[: MOST - self.length]
        self.length += len(shown)
        self.doubtful = self.doubtful or re.search(r"\b(nan|inf)\b", shown) is not None
        if shown:
            self.add({"text": shown})
        if len(shown) < len(text):
            self.dropped += len(text) - len(shown)
            self.count += 1
            if self.count > 2 * AT_ONCE:  # it goes on and on
                raise TooMuch(f"it printed more than {MOST:,} characters")

    def flush(self) -> None:
        if self.pieces:
            self.send(json.dumps(self.pieces))
        self.pieces, self.sent = [], time.monotonic()

    def end(self) -> None:
        if self.dropped:
            self.add({"note": f"It goes on: {self.dropped:,} more characters are not shown."})
        self.flush()


class Stream(io.TextIOBase):
    """A standard stream whose text goes to the page."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def write(self, text: str) -> int:
        self.output.text(text)
        return len(text)

    def flush(self) -> None:
        self.output.flush()


class NoInput(io.TextIOBase):
    """The standard input, which a page has not."""

    def readline(self, *_: Any) -> str:  # type: ignore[override]
        raise EOFError(NO_INPUT)

    read = readlines = readline  # type: ignore[assignment]


class Claims(watched.Notes):
    """Rewrites the assertions of a block so that one that does not hold is told to the reader, and the block goes on.

    Whoever changes a number wants to see what comes of it. What a function or a class asserts stays what it is, and so
    does what is asserted where an exception may be awaited.
    """

    def __init__(self, output: Output) -> None:
        super().__init__(math.inf)
        self.output = output
        self.claims: list[watched.Clue] = []
        self.told: set[int] = set()
        self.names |= {"__holds__": self._holds, "__fails__": self._fails}

    def visit_Assert(self, node: ast.Assert) -> Any:
        test, clue = self._watched(node.test)
        self.claims.append(clue)
        number = len(self.claims) - 1
        (told,) = ast.parse(f"try: __holds__({number}, ...)\nexcept Exception as __error__: __fails__({number}, __error__)").body
        for part in ast.walk(told):
            ast.copy_location(part, node)
        told.body[0].value.args[1] = test  # type: ignore
        return told

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = visit_Try = visit_TryStar = lambda _, node: node  # type: ignore[assignment]

    def _holds(self, number: int, test: Any) -> None:
        if not test:
            part, came, expected = watched.explain(self.claims[number], self.values)
            self._tell(number, part=" ".join(part.split()), came=came, expected=expected)
        self.values.clear()  # or a note would keep alive what the page expects to die

    def _fails(self, number: int, error: Exception) -> None:
        self.values.clear()
        self._tell(number, came=f"{type(error).__name__}: {error}"[:MOST])

    def _tell(self, number: int, **what: str) -> None:
        if number not in self.told:  # once, though it may stand in a loop
            self.told.add(number)
            self.output.add({"claim": " ".join(self.claims[number].source.split()), **what})


class Page:
    """A page's blocks, and what they have computed so far.

    Args:
        send: takes what a block shows, while it runs (see above).
        going: whether a run that shows itself is to go on.
    """

    def __init__(self, send: Callable[[str], None], going: Callable[[], bool]) -> None:
        self.send, self.going = send, going
        self.name = self.look = ""
        self.blocks: list[tuple[int, str]] = []
        self.warned = False

    def set(self, name: str, blocks: str, fresh: bool, look: str = "", values: str = "{}") -> None:
        """Take the blocks as they are now.

        Args:
            name: of their script, for tracebacks.
            blocks: JSON of a list; of each block its first line, its source, and how many lines it had at first.
                Below a block that has grown, lines have larger numbers, as in a script.
            fresh: whether to begin again with nothing computed.
            look: "graph" or "play", to look at a variable in that way.
            values: JSON of what the reader has set, by labels.
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
        if "dezero_lite.pictures" in text:
            from dezero_lite.pictures import live

            live.display, live.values = self.display, json.loads(values)

    def _forget(self) -> None:
        """Begin anew, as a process would: an engine that a block has changed is imported again."""
        for name in [name for name in sys.modules if name.split(".")[0] == "dezero_lite"]:
            del sys.modules[name]
        self.names = blocks.begin(self.name, self.name)
        os.chdir(PLACE)
        np.set_printoptions(**PRINT)
        np.seterr(**ERRORS)
        sys.setrecursionlimit(LIMIT)
        if _pyplot():
            figures.begin()
        gc.collect()

    def run(self, number: int) -> str:
        """Run a block, whose outputs are sent on: JSON of its error if it has one, and of whether it wanted to plot
        without Matplotlib.

        A value on the last line is shown as HTML, as SVG, or as text, whichever it can first.
        """
        line, source = self.blocks[number]
        self.output = Output(self.send)
        before, value = (sys.stdin, sys.stdout, sys.stderr), None
        sys.stdin, sys.stdout, sys.stderr = NoInput(), Stream(self.output), Stream(self.output)
        Blank.drawn = False
        result: dict[str, Any] = {}
        try:
            value = self._value(line, source)
            self._show(value)
        except SystemExit as error:
            if error.code:
                result["error"] = self._told(error)
            else:
                self.output.add({"note": "The program has ended itself here."})
        except BaseException as error:
            result["error"] = self._told(error)
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
        for svg in figures.drawn(value) if _pyplot() else []:
            self.output.add({"svg": svg})
        doubtful = self.output.doubtful or re.search(r"\b(seterr|errstate|RuntimeWarning)\b", source)
        if doubtful and not self.warned:
            self.warned = True
            self.output.add({"note": NO_WARNINGS})
        self.output.end()
        result["plot"] = Blank.drawn
        return json.dumps(result)

    def display(self, thing: Any, slot: Any = None) -> bool | None:
        """Show HTML or SVG (or what has it) now, in the place of what the slot showed before; True if the run is to stop."""
        if isinstance(thing, Blank):
            Blank.drawn = True
        else:
            self.output.add({**(blocks.markup(thing) if isinstance(thing, str) else blocks.shown(thing)), "slot": slot})
        return None if self.going() else True

    def check(self, program: str, data: str) -> str:
        """Check a program against an exercise (see `checking`): JSON of its kind, what to say, the line that it is
        about if any, and once it is solved how it differs from the page's."""
        asked = json.loads(data)
        found = checking.check(program, asked, seconds=SECONDS)
        found["known"] = checking.recognise(found, asked)
        result = {"kind": found["kind"], "text": checking.tell(found, asked, program), "line": found.get("line")}
        if found["kind"] == "passes" and program.strip() != asked["solution"].strip():
            result["difference"] = diffs.to_html(program, asked["solution"], "yours", "the page's")
        return json.dumps(result)

    def _value(self, line: int, source: str) -> Any:
        claims = Claims(self.output)
        self.names["display"] = self.display
        try:
            return blocks.run(source, line, self.name, self.names, claims)
        finally:
            for name in claims.names:
                self.names.pop(name, None)

    def _show(self, value: Any) -> None:
        if isinstance(value, Blank):
            Blank.drawn = True
        elif piece := blocks.shown(value):
            self.output.add(piece) if "text" not in piece else self.output.text(piece["text"])
            self._look_at(value)

    def _look_at(self, value: Any) -> None:
        """Show the graph that a variable was computed by, or its pass, with the names of the program."""
        if not self.look:
            return
        import dezero_lite

        if not isinstance(value, dezero_lite.Variable):
            return
        names = {name: thing for name, thing in self.names.items() if isinstance(thing, dezero_lite.Variable)}
        if self.look == "play" and value.creator is not None:
            self.output.add(blocks.shown(dezero_lite.play(value, names=names)))
        else:
            self.output.add(blocks.shown(dezero_lite.graph(value, names=names, values=True, grads=True)))

    def _told(self, error: BaseException) -> dict[str, Any]:
        if isinstance(error, ModuleNotFoundError):
            error.msg = f"No module named {error.name!r}"  # Pyodide's own words lead nowhere here
        line = blocks.line_of(error, self.name)
        text = blocks.told(error, self.name, __file__)
        said = text.strip().split("\n")[-1]
        if len(text) > MOST:
            text = f"{text[:MOST]} …\n"
        if isinstance(error, ModuleNotFoundError):
            text += f"\n{NO_MODULE}\n"
        elif Blank.drawn:
            text += f"\n{NO_PLOTS}\n"
        block = max((i for i, (first, _) in enumerate(self.blocks) if line and first <= line), default=None)
        within = None if line is None or block is None else line - self.blocks[block][0] + 1
        return {"text": text, "said": said[:300], "block": block, "line": within}


# ------------------------------------------------------------------------------ what is not there


class Blank:
    """Stands for Matplotlib until the reader fetches it, so that blocks which plot run: it takes what can be ignored, and
    draws nothing."""

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

    def __iter__(self) -> Any:
        Blank.drawn = True
        raise RuntimeError("there is nothing here to go through, or to take apart: Matplotlib is not loaded")

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


def _pyplot() -> bool:
    """Whether it is there, and not what stands for it."""
    return not isinstance(sys.modules.get("matplotlib.pyplot"), (Module, type(None)))


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


PLACE = "/page"  # the folder that stands for the repository


def start(send: Callable[[str], None], going: Callable[[], bool]) -> Page:
    """Get ready for a page's blocks: see `Page`."""
    sys.meta_path.append(Finder)
    concurrent.futures.ThreadPoolExecutor = AtOnce  # type: ignore
    threading.Thread, threading.Event = Thread, Event  # type: ignore
    os.makedirs(PLACE, exist_ok=True)
    os.chdir(PLACE)
    import dezero_lite  # noqa: F401  # compiled once

    return Page(send, going)


def plots_are_here() -> None:
    """Matplotlib has been loaded: nothing stands in its place any more."""
    sys.meta_path.remove(Finder)
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        del sys.modules[name]
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it tells that it looks for fonts
    import matplotlib.pyplot  # noqa: F401

"""Running scripts: a process for each, forked from a warm one, several at a time.

A script's process has neither the terminal nor the build's own input and output; its folder is empty and its own, and
its limit is of computing time, so that a busy machine stops no script.
"""

from __future__ import annotations

import ast
import faulthandler
import linecache
import math
import multiprocessing
import os
import re
import resource
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import Any

from . import blocks, figures, nodes, structure, watched
from .gallery import ROOT, Script

# What a script's process finds imported. Not dezero_lite: it may change while `make serve` runs.
WARM = ["numpy", "_site.execute"]
MOST = 200_000  # characters that a script may print, as in the page
PATIENCE = 10  # times the limit: so long, by the clock, a script may wait for something
WARM_FOR_PLOTS = ["matplotlib.pyplot", "matplotlib.backends.backend_svg"]
KINDS = {"html": "text/html", "svg": "image/svg+xml", "text": "text/plain"}


@dataclass
class Piece:
    """What runs in one go: a cell, or the expressions of a prediction."""

    line: int
    source: str = ""
    expressions: list[str] = field(default_factory=list)


@dataclass
class Run:
    """What came of a script: the outputs of each cell, the values of each prediction, and what went wrong if anything."""

    outputs: list[list[dict[str, Any]]] = field(default_factory=list)
    values: list[list[str]] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0  # of computing
    key: str = ""  # under which it is kept


def pieces(document: Any) -> list[Piece]:
    """The cells of a page in their order, and the predictions among them."""
    found: list[Piece] = []
    for node in structure.in_order(document):
        if isinstance(node, nodes.cell):
            found.append(Piece(node["line"], source=node["source"]))
        else:
            choices = [child["expression"] for child in node if isinstance(child, nodes.choice)]
            found.append(Piece(node.line, expressions=[node["answer"], *choices]))
    return found


# ------------------------------------------------------------------------------------ the build's side


@dataclass
class _Job:
    script: Script
    process: Any
    results: connection.Connection
    errors: Path
    pieces: list[Piece]
    run: Run


def run(programs: dict[Script, list[Piece]], limit: float) -> Iterator[tuple[Script, Run]]:
    """Run scripts; each comes back when it has ended, however it did.

    Args:
        programs: the pieces of each script.
        limit: seconds of computing after which a script is stopped.
    """
    _warm(programs)
    context = multiprocessing.get_context("forkserver")
    # Long scripts tend to run long: those first, so that none is left over at the end.
    waiting = sorted(programs, key=lambda script: len(script.text))
    jobs: list[_Job] = []
    times: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or jobs:
                while waiting and len(jobs) <= (os.cpu_count() or 1):  # one more, for whoever asks makes pages meanwhile
                    script = waiting.pop()
                    jobs.append(_start(context, script, programs[script], limit, Path(folder, str(len(waiting)))))
                for results in connection.wait([job.results for job in jobs]):
                    (job,) = (job for job in jobs if job.results is results)
                    if _receive(job, limit):
                        jobs.remove(job)
                        print(f"  ran {job.script.repository_path}", file=sys.stderr)
                        times[job.script.name] = job.run.seconds
                        yield job.script, job.run
        finally:
            for job in jobs:
                _end(job)
    slowest = sorted(times.items(), key=lambda item: -item[1])[:5]
    print("  the slowest: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in slowest), file=sys.stderr)


def _warm(scripts: Iterable[Script]) -> None:
    """Let the process that all others are forked from start."""
    plots = any("matplotlib" in script.text for script in scripts)
    multiprocessing.get_context("forkserver").set_forkserver_preload(WARM + (WARM_FOR_PLOTS if plots else []))
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which it inherits: Ctrl-C is for the build
    forkserver.ensure_running()
    signal.signal(signal.SIGINT, interrupt)


def _start(context: Any, script: Script, todo: list[Piece], limit: float, folder: Path) -> _Job:
    folder.mkdir()
    ours, theirs = context.Pipe(duplex=False)
    arguments = (script.repository_path, todo, limit, folder, theirs)
    process = context.Process(target=_work, args=arguments)
    process.start()
    theirs.close()
    return _Job(script, process, ours, folder / "faults", todo, Run())


def _receive(job: _Job, limit: float) -> bool:
    """Take one result; whether it was the last."""
    try:
        kind, result = job.results.recv()
    except EOFError:
        kind, result = "end", (_death(job, limit), 0.0)
    if kind == "end":
        job.run.error, job.run.seconds = result
        _show(job)
        _end(job)
    else:
        getattr(job.run, kind).append(result)
    return bool(kind == "end")


def _show(job: _Job) -> None:
    """Let the page say what ended the script, where no cell does."""
    outputs, done = job.run.outputs, len(job.run.outputs) + len(job.run.values)
    if job.run.error and not any(output["output_type"] == "error" for cell in outputs[-1:] for output in cell):
        if not outputs or done < len(job.pieces) and not job.pieces[done].expressions:
            outputs.append([])
        outputs[-1].append({"output_type": "error", "ename": "", "evalue": "", "traceback": job.run.error.split("\n")})


def _end(job: _Job) -> None:
    """End the script's process, and those that it started."""
    try:
        os.killpg(job.process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        job.process.kill()
    job.process.join()
    job.results.close()


def _death(job: _Job, limit: float) -> str:
    """What to say of a process that ended without a word: where it was, as far as it is known."""
    job.process.join()
    name, code = job.script.repository_path, job.process.exitcode
    faults = job.errors.read_text("utf-8", "replace") if job.errors.exists() else ""
    frames = re.findall(r'  File "(.*)", line (\d+) in .*', faults)
    inside = next((i for i, (file, _) in enumerate(frames) if file == name), None)
    done = len(job.run.outputs) + len(job.run.values)
    line = frames[inside][1] if inside is not None else job.pieces[min(done, len(job.pieces) - 1)].line
    if code == -signal.SIGXCPU:
        what = f"was still running after {limit:g} seconds of computing, and was stopped"
    elif "Timeout" in faults:
        what = f"was still waiting after {PATIENCE * limit:g} seconds, and was stopped"
    elif code is not None and code < 0:
        what = f"its process died of {signal.Signals(-code).name}"
    else:
        what = f"its process ended by itself, with exit code {code}"
    called = "".join(f", in {Path(file).name}:{at}" for file, at in reversed(frames[:inside])) if inside else ""
    printed = ""
    for number, kind in (("1", "stdout"), ("2", "stderr")):
        told = sum(len(output["text"]) for cell in job.run.outputs for output in cell if output.get("name") == kind)
        printed += job.errors.with_name(number).read_bytes().decode("utf-8", "replace")[told:]
    return f"{name}:{line}{called}: {what}\n\n{printed[-1000:]}".rstrip()


# ----------------------------------------------------------------------------------- the script's side


def _work(name: str, todo: list[Piece], limit: float, folder: Path, results: connection.Connection) -> None:
    """Run the pieces of one script, in its process, and send what each gives."""
    os.setsid()  # away from the terminal and its Ctrl-C
    faults = (folder / "faults").open("w")
    faulthandler.enable(faults)
    faulthandler.register(signal.SIGXCPU, faults, all_threads=False, chain=True)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit) + 1))
    faulthandler.dump_traceback_later(PATIENCE * limit, exit=True, file=faults)
    streams = [_redirected(number, folder / str(number)) for number in (1, 2)]
    sys.stdin = open(0, closefd=False)
    sys.stdout, sys.stderr = (open(number, "w", 1, "utf-8", closefd=False) for number in (1, 2))
    own, lines = folder / "own", (ROOT / name).open(encoding="utf-8").readlines()
    own.mkdir()
    os.chdir(own)
    linecache.cache[name] = (sum(map(len, lines)), None, lines, name)  # tracebacks, and a player, show them
    runner = _Runner(name, streams, "\n".join(piece.source for piece in todo))
    error, printed = "", 0
    result: Any
    for piece in todo:
        kind, result, error = runner.values(piece) if piece.expressions else runner.outputs(piece)
        results.send((kind, result))
        printed += sum(map(_length, result)) if kind == "outputs" else 0
        if printed > MOST:
            error = f"{name}:{piece.line}: the script has printed more than {MOST:,} characters"
        if error:
            break
    results.send(("end", (error, time.process_time())))
    results.close()
    time.sleep(limit)  # until the build ends this process, and all that it started


class _Notes(watched.Notes):
    """Assertions note their values, so that a failed one says what came, as it tells a learner; loops run as they are."""

    visit_While = visit_For = watched.Notes.generic_visit  # type: ignore[assignment]

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        if isinstance(node.test, ast.Tuple) and node.test.elts:  # of which Python would warn, had it seen it
            raise SyntaxError("this assertion is always true: take away the parentheses", (self.name, node.lineno, 0, None))
        return super().visit_Assert(node)

    def came(self, error: BaseException) -> str:
        """What came in an assertion that failed, after what it says itself."""
        *_, (frame, line) = [at for at in traceback.walk_tb(error.__traceback__) if at[0].f_code.co_filename != watched.__file__]
        clue = self.false_at(frame.f_code.co_filename, line)
        if not isinstance(error, AssertionError) or clue is None:
            return ""
        what, came, expected = watched.explain(clue, self.values)
        return ": ".join([*map(str, error.args), f"{what} is {came}, and should be {expected}"])


def _length(output: dict[str, Any]) -> int:
    return len(output.get("text", "") or output.get("data", {}).get("text/plain", ""))


def _redirected(number: int, path: Path) -> Any:
    """Send what goes to a standard stream to a file, child processes' output too; the file, to read."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(target, number)
    return path.open(encoding="utf-8", errors="replace", newline="")


class _Runner:
    """Runs the pieces of a script, one after the other. code: all of it."""

    def __init__(self, name: str, streams: list[Any], code: str) -> None:
        self.name, self.streams, self.notes = name, streams, _Notes(math.inf)
        self.names = blocks.begin(name, str(ROOT / name))  # what lies beside it is read by that
        sys.argv = [str(ROOT / name)]
        multiprocessing.set_start_method("fork", force=True)  # as it is where the script runs by itself
        self.shown: dict[Any, dict[str, str]] = {}  # by slots, where they have one: a picture that changes stays one
        self.plots = "matplotlib" in code
        self.late: list[Any] = []  # errors of threads
        threading.excepthook = lambda told: self.late.append(told.exc_value)
        if self.plots:
            figures.begin()
        if "dezero_lite.pictures" in code:
            from dezero_lite.pictures import live

            live.display = lambda text, slot: self.shown.update({slot: blocks.markup(text)})

    def outputs(self, piece: Piece) -> tuple[str, list[dict[str, Any]], str]:
        """Run a cell: its outputs as a notebook has them, and the error if any."""
        self.shown.clear()
        error = None
        try:
            value = blocks.run(piece.source, piece.line, self.name, self.names, self.notes)
            self.shown["value"] = blocks.shown(value)
            if self.plots:
                self.shown |= {("figure", i): {"svg": svg} for i, svg in enumerate(figures.drawn(value))}
            sys.stdout.flush(), sys.stderr.flush()
        except BaseException as raised:
            error = raised
        error = error or next(iter(self.late), None)
        texts = {kind: stream.read() for kind, stream in zip(("stdout", "stderr"), self.streams)}
        outputs: list[dict[str, Any]] = [{"output_type": "stream", "name": kind, "text": text} for kind, text in texts.items() if text]
        for picture in filter(None, self.shown.values()):
            data = {KINDS[kind]: text for kind, text in picture.items()}
            outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
        if error is None:
            return "outputs", outputs, ""
        if came := self.notes.came(error):
            error.args = (came,)
        told = blocks.told(error, self.name)
        said = f"{self.name}:{blocks.line_of(error, self.name) or piece.line}: {''.join(traceback.format_exception_only(error)[-1:]).strip()}"
        text = f"{said}\n\n{told}{texts['stderr']}"
        failed = {"ename": type(error).__name__, "evalue": said, "traceback": text.splitlines()}
        return "outputs", [*outputs, {"output_type": "error", **failed}], text

    def values(self, piece: Piece) -> tuple[str, list[str], str]:
        """Evaluate the expressions of a prediction: what they are as text, and the error if any."""
        values: list[str] = []
        for expression in piece.expressions:
            try:
                code = compile("\n" * (piece.line - 1) + f"({expression})", self.name, "eval", dont_inherit=True)
                values.append(str(eval(code, self.names)))
            except Exception as error:
                return "values", [], f"{self.name}:{piece.line}: {expression}: {type(error).__name__}: {error}"
        return "values", values, ""

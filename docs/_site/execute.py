"""Running notebooks: one process for each, all forked from a warm one, several at a time."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from multiprocessing import forkserver
from typing import Any

from mkdocs.exceptions import BuildError

from .gallery import ROOT, Script, keep

log = logging.getLogger("mkdocs.gallery")

# What a script's process finds imported. Not dezero_lite: it may change while `make serve` runs.
WARM = ["numpy", "IPython.core.interactiveshell", "IPython.utils.capture", "_site.execute"]
WARM_FOR_PLOTS = ["matplotlib.pyplot", "matplotlib_inline.backend_inline"]


class ScriptError(BuildError):
    """A script raised; the text has its name, the line and the traceback."""


def run(scripts: list[Script], plot: Callable[[], Any], stop_at_errors: bool) -> Iterator[Script]:
    """Start to run the scripts; each comes back when it has run and the cache keeps its outputs.

    plot draws for another page, and keeps what it drew: where Matplotlib is warm it takes half the time.
    With stop_at_errors a script that raises stops the build; without, its page shows the traceback
    (and it is not kept, so it runs again next time).
    """
    context = multiprocessing.get_context("forkserver")
    plots = any("matplotlib" in script.path.read_text("utf-8") for script in scripts)
    context.set_forkserver_preload(WARM + (WARM_FOR_PLOTS if plots else []))
    forkserver.ensure_running()  # it gets warm while the notebooks are parsed here
    # Long scripts tend to run long: those first, so that none is left over at the end.
    scripts = sorted(scripts, key=lambda script: -script.path.stat().st_size)
    programs = [_code_of(script) for script in scripts]
    workers = min(len(scripts), os.cpu_count() or 1)
    pool = ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1)
    jobs = {
        pool.submit(outputs_of, script.repository_path, cells): script
        for script, cells in zip(scripts, programs)
    }
    pool.submit(plot)
    return _finished(pool, jobs, stop_at_errors)


def _code_of(script: Script) -> list[tuple[str, int]]:
    return [
        ("".join(cell["source"]), cell["metadata"]["line"])
        for cell in script.notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def _finished(pool: Executor, jobs: dict[Future[Any], Script], stop_at_errors: bool) -> Iterator[Script]:
    failed = []
    with pool:
        for done, job in enumerate(as_completed(jobs), 1):
            script = jobs[job]
            outputs, error = job.result()
            print(f"  ran {script.repository_path} ({done}/{len(jobs)})", file=sys.stderr)
            script.executed = _with_outputs(script.notebook, outputs)
            if not error:
                keep(script.run_kept, script.executed)
                yield script
                continue
            log.error(error)
            failed.append(error)
            if not stop_at_errors:
                yield script
    if failed and stop_at_errors:
        raise ScriptError("\n".join(failed))


def _with_outputs(notebook: dict[str, Any], outputs: list[list[Any]]) -> dict[str, Any]:
    cells, number = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            ran = number < len(outputs)
            cell = {**cell, "outputs": outputs[number] if ran else [], "execution_count": None}
            number += 1
        cells.append(cell)
    return {**notebook, "cells": cells}


def outputs_of(name: str, cells: list[tuple[str, int]]) -> tuple[list[list[Any]], str | None]:
    """Run the cells of one script, in this process: the outputs of each, and the error if any."""
    profile = ROOT / ".cache" / "ipython"
    profile.mkdir(parents=True, exist_ok=True)
    os.environ["IPYTHONDIR"] = str(profile)
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    os.chdir(ROOT)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell.user_ns["__file__"] = name
    # Tracebacks name the script, and who wants to see the source of a function reads it there ...
    shell.compile.cache = lambda *_, **__: name
    shell.showtraceback = lambda *_, **__: None
    shell.display_trap.hook = lambda value: None if value is None else display(value)
    if any("matplotlib" in source for source, _ in cells):
        from . import figures

        figures.use_in(shell)
    outputs = []
    for source, line in cells:
        with capture_output() as captured:
            # ... and its lines: comments stand for what comes before the cell.
            result = shell.run_cell("#\n" * (line - 1) + source)
        outputs.append(_as_outputs(captured))
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            text = _traceback(error, name, captured.stderr)
            outputs[-1].append(
                {"output_type": "error", "ename": type(error).__name__, "evalue": str(error),
                 "traceback": text.splitlines()}
            )
            return outputs, text
    return outputs, None


def _traceback(error: BaseException, name: str, stderr: str) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    inside = [i for i, frame in enumerate(frames) if frame.filename == name]
    line = error.lineno if isinstance(error, SyntaxError) else None
    if inside:
        line = frames[inside[-1]].lineno
        frames = frames[inside[0] :]
    shown = ["Traceback (most recent call last):\n", *traceback.format_list(frames)]
    shown += traceback.format_exception_only(error)
    return f"{name}:{line}: {type(error).__name__}: {error}\n\n{''.join(shown)}{stderr}"


def _as_outputs(captured: Any) -> list[Any]:
    outputs: list[Any] = []
    if captured.stdout:
        outputs.append({"output_type": "stream", "name": "stdout", "text": captured.stdout})
    if captured.stderr:
        outputs.append({"output_type": "stream", "name": "stderr", "text": captured.stderr})
    for rich in captured.outputs:
        outputs.append({"output_type": "display_data", "data": rich.data, "metadata": {}})
    return outputs

"""Running notebooks: one process for each, all forked from a warm one, several at a time."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from .gallery import ROOT, Script

log = logging.getLogger("mkdocs.gallery")

# What a script's process finds imported. Not dezero_lite: it may change while `make serve` runs.
WARM = ["numpy", "IPython.core.interactiveshell", "IPython.utils.capture", "matplotlib.pyplot",
        "matplotlib_inline.backend_inline", "_site.execute"]


class ScriptError(Exception):
    """A script raised; the text has its name, the line and the traceback."""


def run(scripts: list[Script], stop_at_errors: bool) -> None:
    """Execute the scripts and keep their results in the cache.

    With stop_at_errors a script that raises stops the build; without, its page shows the traceback
    (and it is not kept, so it runs again next time).
    """
    from .notebooks import parse

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(WARM)
    workers = min(len(scripts), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1) as pool:
        jobs = {}
        # Long scripts tend to run long: those first, so that none is left over at the end.
        for script in sorted(scripts, key=lambda script: -script.path.stat().st_size):
            notebook = parse(script.path)
            cells = [
                ("".join(cell["source"]), cell["metadata"]["line"])
                for cell in notebook["cells"]
                if cell["cell_type"] == "code"
            ]
            jobs[pool.submit(outputs_of, script.repository_path, cells)] = script, notebook
        failed = []
        for done, job in enumerate(as_completed(jobs), 1):
            script, notebook = jobs[job]
            outputs, error = job.result()
            print(f"  ran {script.repository_path} ({done}/{len(jobs)})", file=sys.stderr)
            if error:
                failed.append(error)
                log.error(error)
            result = {"notebook": notebook, "executed": _with_outputs(notebook, outputs)}
            if error and not stop_at_errors:
                script.__dict__["result"] = result  # shown, but not kept
            elif not error:
                script.cached.parent.mkdir(parents=True, exist_ok=True)
                script.cached.write_text(json.dumps(result, indent=1, sort_keys=True), "utf-8")
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
    shell.compile.get_code_name = lambda *_: name  # tracebacks name the script ...
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

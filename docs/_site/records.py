"""What the build knows of each page of the gallery: kept from an earlier build, or made now."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

from mkdocs.exceptions import BuildError

from . import cache, gallery
from .gallery import Script, Site

log = logging.getLogger("mkdocs.gallery")

Record = dict[str, Any]


class ScriptError(BuildError):
    """A script raised, or did not end; the text has its name, the line and what there is to say."""


def collect(scripts: list[Script], site: Site, limit: float, stop_at_errors: bool) -> dict[Script, Record]:
    """The record of each script's page (see `pages.make`). A page is made while other scripts still run.

    Args:
        limit: seconds that a script may take.
        stop_at_errors: whether a script that raises stops the build; if not, its page shows the traceback.

    Raises:
        ScriptError: a script raised.
        BuildError: something on a page can't be shown.
    """
    common, code, known = gallery.run_key(), gallery.page_key(), json.dumps([site.pages, site.address, site.repository])
    keys = {script: cache.digest(common, script.text) for script in scripts}
    runs = {script: cache.read(f"runs/{script.name}", keys[script]) for script in scripts}
    trees, programs = _read([script for script, run in runs.items() if run is None], site)
    programs |= {script: run["program"] for script, run in runs.items() if run is not None}
    records: dict[Script, Record] = {}
    failed: dict[Script, str] = {}
    unfit: dict[Script, BuildError] = {}
    for script, run, error in _ended(runs, trees, programs, limit):
        if error:
            failed[script] = error
            if stop_at_errors:
                continue
        elif script in trees:
            cache.keep(f"runs/{script.name}", keys[script], run)
        before = programs[script.before] if script.before else ""
        key = None if error else cache.digest(keys[script], code, known, before)
        try:
            records[script] = _page(script, trees.get(script), run, before, site, key)
        except BuildError as fault:
            unfit[script] = fault
    errors = [failed[script] for script in scripts if script in failed]
    if errors and stop_at_errors:
        raise ScriptError("\n".join(errors))
    for error in errors:
        log.error(error)
    for fault in (unfit[script] for script in scripts if script in unfit):
        raise fault
    return {script: records[script] for script in scripts}


def _page(script: Script, tree: Any, run: dict[str, Any], before: str, site: Site, key: str | None) -> Record:
    """The record of a page, kept under that key; without one, of a script that did not end, it is not."""
    record: Record | None = cache.read(f"pages/{script.name}", key) if key else None
    if record is None:
        from . import pages, source  # slow imports, for a build that has a page to make

        record = pages.make(script, tree or source.parse(script, site), run, before, site, ended=key is not None)
        if key:
            cache.keep(f"pages/{script.name}", key, record)
    return record


def _read(scripts: list[Script], site: Site) -> tuple[dict[Script, Any], dict[Script, str]]:
    """The trees of scripts that are to run, and their programs."""
    if not scripts:
        return {}, {}
    from . import execute, source, structure

    execute.warm(scripts)
    trees = {script: source.parse(script, site) for script in scripts}
    return trees, {script: structure.program(tree) for script, tree in trees.items()}


def _ended(runs: dict[Script, Any], trees: dict[Script, Any], programs: dict[Script, str], limit: float) -> Iterator[tuple[Script, Any, str]]:
    """What came of each script, and the error that it ended in if any: as they end, and then what was kept."""
    if trees:
        from . import execute

        for script, run in execute.run({script: execute.pieces(tree) for script, tree in trees.items()}, limit):
            yield script, {"outputs": run.outputs, "values": run.values, "program": programs[script]}, run.error
    for script, run in runs.items():
        if run is not None:
            yield script, run, ""

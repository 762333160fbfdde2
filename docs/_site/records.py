"""What the build knows of each page of the gallery: kept from an earlier build, or made now."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

from mkdocs.exceptions import BuildError

from . import cache, gallery, glossary
from . import roles as references
from .gallery import Script, Site

log = logging.getLogger("mkdocs.gallery")

Record = dict[str, Any]


def collect(scripts: list[Script], site: Site, limit: float, stop_at_errors: bool, only: str = "") -> dict[Script, Record]:
    """The record of each script's page (see `pages.make`). A page is made while other scripts still run.

    Args:
        limit: seconds of computing that a script may take.
        stop_at_errors: whether a script that raises, or a text that can't be shown, stops the build; if not, its page
            says what is wrong.
        only: scripts whose names have this in them run; of the others, what earlier builds kept is shown.

    Raises:
        BuildError: what is wrong with all of them, each with its script and line.
    """
    common, known = gallery.run_key(), json.dumps([site.pages, site.address, site.engine])
    names = glossary.terms() | references.papers()
    keys = {script: cache.digest(common, gallery.script_key(script)) for script in scripts}
    runs = {script: cache.read(f"runs/{script.name}", keys[script]) for script in scripts}
    faults: dict[Script, str] = {}
    absent = [script for script, run in runs.items() if run is None]
    trees, programs = _read([script for script in absent if only in script.name], site, faults)
    programs |= {script: run["program"] for script, run in runs.items() if run is not None}
    records: dict[Script, Record] = {}
    for script, run, error in _ended(runs, trees, programs, limit):
        if error:
            faults[script] = error
            if stop_at_errors:
                continue
        elif script in trees:
            cache.keep(f"runs/{script.name}", keys[script], run)
        before = programs.get(script.before, "") if script.before else ""
        key = None if error else cache.digest(keys[script], gallery.page_key(script, names), known, before)
        try:
            records[script] = _page(script, trees.get(script), run, before, site, key)
        except BuildError as fault:
            faults[script] = str(fault)
    if faults and stop_at_errors:
        raise BuildError("\n".join(faults[script] for script in scripts if script in faults))
    for script in (script for script in scripts if script in faults):
        log.error(faults[script])
        if script not in records:
            records[script] = _stand_in(script, faults[script], site)
    for script in (script for script in scripts if script not in records):
        records[script] = _stand_in(script, f"It was left out, by ONLY={only}.", site)
    return {script: records[script] for script in scripts}


def _stand_in(script: Script, fault: str, site: Site) -> Record:
    """A page that says why there is none."""
    from . import pages, source

    run = {"outputs": [[{"output_type": "error", "ename": "", "evalue": "", "traceback": fault.split("\n")}]], "values": [], "program": ""}
    return pages.make(script, source.stand_in(script, site), run, "", site, ended=False)


def _page(script: Script, tree: Any, run: dict[str, Any], before: str, site: Site, key: str | None) -> Record:
    """The record of a page, kept under that key; without one, of a script that did not end, it is not."""
    record: Record | None = cache.read(f"pages/{script.name}", key) if key else None
    if record is None:
        from . import pages, source  # slow imports, for a build that has a page to make

        record = pages.make(script, tree or source.parse(script, site), run, before, site, ended=key is not None)
        if key:
            cache.keep(f"pages/{script.name}", key, record)
    return record


def _read(scripts: list[Script], site: Site, faults: dict[Script, str]) -> tuple[dict[Script, Any], dict[Script, str]]:
    """The trees of scripts that are to run, and their programs; what is wrong with a text goes to the faults."""
    if not scripts:
        return {}, {}
    from . import execute, source, structure

    execute.warm(scripts)
    trees = {}
    for script in scripts:
        try:
            trees[script] = source.parse(script, site)
        except BuildError as fault:
            faults[script] = str(fault)
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

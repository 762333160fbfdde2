"""What the build knows of each page of the gallery: kept from an earlier build, or made now."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from mkdocs.exceptions import BuildError

from . import cache, execute, gallery, glossary, structure
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
    records: dict[Script, Record] = {}
    programs: dict[Script | None, str] = {None: ""}
    trees: dict[Script, Any] = {}  # of the pages that are to be made
    keys: dict[Script, str] = {}
    faults: dict[Script, str] = {}
    for script in scripts:
        keys[script] = cache.digest(common, gallery.script_key(script), gallery.page_key(script, names), known, programs[script.before])
        if record := cache.read(f"pages/{script.name}", keys[script]):
            cache.still_needed(f"runs/{script.name}", record["run"])
            records[script], programs[script] = record, record["program"]
        else:
            programs[script] = _read(script, site, trees, faults)
    for script, run, key in _runs(trees, common, limit, only):
        if run.error:
            faults[script] = run.error
            if stop_at_errors:
                continue
        try:
            records[script] = {**_made(script, trees[script], run, programs[script.before], site), "run": key}
        except BuildError as fault:
            faults[script] = str(fault)
        if not run.error and script in records:
            cache.keep(f"pages/{script.name}", keys[script], records[script])
    if faults and stop_at_errors:
        raise BuildError("\n".join(faults[script] for script in scripts if script in faults))
    for script in (script for script in scripts if script in faults):
        log.error(faults[script])
    for script in (script for script in scripts if script not in records):
        records[script] = _stand_in(script, faults.get(script, f"It was left out, by ONLY={only}."), site)
    return {script: records[script] for script in scripts}


def _read(script: Script, site: Site, trees: dict[Script, Any], faults: dict[Script, str]) -> str:
    """The program of a script, whose tree goes to the trees, and what is wrong with its text to the faults."""
    from . import source  # slow imports, for a build that has a page to make

    try:
        trees[script] = source.parse(script, site)
    except BuildError as fault:
        faults[script] = str(fault)
        return ""
    return structure.program(trees[script])


def _runs(trees: dict[Script, Any], common: str, limit: float, only: str) -> Iterator[tuple[Script, execute.Run, str]]:
    """What came of each script, with the key of what it came from, which is the code alone: those that run as they end,
    and then what was kept."""
    todo, keys, kept = {}, {}, {}
    for script, tree in trees.items():
        pieces = execute.pieces(tree)
        keys[script] = cache.digest(common, gallery.script_key(script, json.dumps([asdict(piece) for piece in pieces])))
        if found := cache.read(f"runs/{script.name}", keys[script]):
            kept[script] = execute.Run(**found)
        elif only in script.name:
            todo[script] = pieces
    for script, run in execute.run(todo, limit) if todo else ():
        if not run.error:
            cache.keep(f"runs/{script.name}", keys[script], {"outputs": run.outputs, "values": run.values})
        yield script, run, keys[script]
    for script, run in kept.items():
        yield script, run, keys[script]


def _made(script: Script, tree: Any, run: execute.Run, before: str, site: Site) -> Record:
    from . import pages

    return pages.make(script, tree, run, before, site)


def _stand_in(script: Script, fault: str, site: Site) -> Record:
    """A page that says why there is none."""
    from . import source

    said = {"output_type": "error", "ename": "", "evalue": "", "traceback": fault.split("\n")}
    return _made(script, source.stand_in(script, site), execute.Run([[said]], error=fault), "", site)

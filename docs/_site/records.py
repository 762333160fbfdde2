"""What the build knows of each page of the gallery: kept from an earlier build, or made now."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from mkdocs.exceptions import BuildError

from . import cache, execute, gallery, glossary, structure
from . import roles as references
from .gallery import Script, Site

if TYPE_CHECKING:  # slow imports
    from .slides.dealer import Deck

log = logging.getLogger("mkdocs.gallery")


class Summary(TypedDict):
    html: str
    text: str


class Record(TypedDict):
    """All that the site says about a page, as JSON can keep it.

    Attributes:
        links: where in the script the page links to an anchor of the site, and which.
        names: the objects of the engine that its code names.
        run: the key under which its run is kept; "" if it did not get to its end.
    """

    content: str
    deck: Deck
    exercise: dict[str, Any] | None
    graph: str
    links: list[list[str]]
    names: list[str]
    notebook: dict[str, Any]
    program: str
    run: str
    search: list[dict[str, str]]
    summary: Summary
    title: str
    toc: list[dict[str, Any]]


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
    common, known = gallery.run_key(), json.dumps([site.address, site.engine])
    names = glossary.terms() | references.papers() | {Path(uri).stem: title for uri, title in site.pages.items()}
    records: dict[Script, Record] = {}
    programs: dict[Script | None, str] = {None: ""}
    trees: dict[Script, Any] = {}  # of the pages that are to be made
    keys: dict[Script, str] = {}
    faults: dict[Script, str] = {}
    for script in scripts:
        keys[script] = cache.digest(common, gallery.script_key(script), gallery.page_key(script, names), known, programs[script.before])
        record: Record | None = cache.read(f"pages/{script.name}", keys[script])
        if record:
            cache.still_needed(f"runs/{script.name}", record["run"])
            records[script], programs[script] = record, record["program"]
        elif only in script.name or cache.holds(f"runs/{script.name}"):
            programs[script] = _read(script, site, trees, faults)
        else:
            programs[script] = ""
    for script, run in _runs(trees, common, limit, only):
        if run.error:
            faults[script] = run.error
            if stop_at_errors:
                continue
        try:
            records[script] = _made(script, trees[script], run, programs[script.before], site)
        except Exception as fault:
            faults.setdefault(script, _said(script, fault))
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
    except Exception as fault:
        faults[script] = _said(script, fault)
        return ""
    return structure.program(trees[script])


def _said(script: Script, fault: Exception) -> str:
    """What is wrong with a script's text; of what nobody has thought of, where it came up."""
    if isinstance(fault, BuildError):
        return str(fault)
    return f"{script.repository_path}: this page can't be made.\n\n{''.join(traceback.format_exception(fault))}"


def _runs(trees: dict[Script, Any], common: str, limit: float, only: str) -> Iterator[tuple[Script, execute.Run]]:
    """What came of each script: of those that run as they end, and then what was kept of the others. It comes of their code
    alone."""
    todo, keys, kept = {}, {}, {}
    for script, tree in trees.items():
        pieces = execute.pieces(tree)
        code = script.text if "__file__" in script.text else json.dumps([asdict(piece) for piece in pieces])  # it may read itself
        keys[script] = cache.digest(common, gallery.script_key(script, code))
        if found := cache.read(f"runs/{script.name}", keys[script]):
            kept[script] = execute.Run(**found, key=keys[script])
        elif only in script.name:
            todo[script] = pieces
    for script, run in execute.run(todo, limit) if todo else ():
        if not run.error:
            run.key = keys[script]
            cache.keep(f"runs/{script.name}", run.key, {"outputs": run.outputs, "values": run.values})
        yield script, run
    yield from kept.items()


def _made(script: Script, tree: Any, run: execute.Run, before: str, site: Site) -> Record:
    from . import pages

    return pages.make(script, tree, run, before, site)


def _stand_in(script: Script, fault: str, site: Site) -> Record:
    """A page that says why there is none."""
    from . import source

    said = {"output_type": "error", "ename": "", "evalue": "", "traceback": fault.split("\n")}
    return _made(script, source.stand_in(script, site), execute.Run([[said]], error=fault), "", site)

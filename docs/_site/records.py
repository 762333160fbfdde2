"""What the build knows of each page of the gallery: kept from an earlier build, or made now."""

from __future__ import annotations

import json
import logging
from typing import Any

from mkdocs.exceptions import BuildError

from . import cache, gallery
from .gallery import Script, Site

log = logging.getLogger("mkdocs.gallery")

Record = dict[str, Any]


class ScriptError(BuildError):
    """A script raised, or did not end; the text has its name, the line and what there is to say."""


def collect(scripts: list[Script], site: Site, limit: float, stop_at_errors: bool) -> dict[Script, Record]:
    """The record of each script's page (see `pages.make`).

    Args:
        limit: seconds that a script may take.
        stop_at_errors: whether a script that raises stops the build; if not, its page shows the traceback, and
            is not kept.

    Raises:
        ScriptError: a script raised.
    """
    common = gallery.run_key()
    keys = {script: cache.digest(common, script.text) for script in scripts}
    runs = {script: cache.read(f"runs/{script.name}", keys[script]) for script in scripts}
    trees, failed = _run(runs, keys, site, limit)
    if failed and stop_at_errors:
        raise ScriptError("\n".join(failed.values()))
    for error in failed.values():
        log.error(error)
    code, known = gallery.page_key(), json.dumps([site.pages, site.address, site.repository])
    records = {}
    for script in scripts:
        before = runs[script.before]["program"] if script.before else ""
        key = cache.digest(keys[script], code, known, before)
        record = None if script in failed else cache.read(f"pages/{script.name}", key)
        if record is None:
            from . import pages, source  # slow imports, for a build that has a page to make

            tree = trees.get(script) or source.parse(script, site)
            record = pages.make(script, tree, runs[script], before, site, ended=script not in failed)
            if script not in failed:
                cache.keep(f"pages/{script.name}", key, record)
        records[script] = record
    return records


def _run(runs: dict[Script, Any], keys: dict[Script, str], site: Site, limit: float) -> tuple[dict[Script, Any], dict[Script, str]]:
    """Run what has not been run yet; the trees of those scripts, and the errors that some ended in."""
    stale = [script for script, run in runs.items() if run is None]
    if not stale:
        return {}, {}
    from . import execute, source, structure

    execute.warm(stale)
    trees = {script: source.parse(script, site) for script in stale}
    failed = {}
    for script, run in execute.run({script: execute.pieces(tree) for script, tree in trees.items()}, limit):
        program = structure.program(trees[script])
        runs[script] = {"outputs": run.outputs, "values": run.values, "program": program}
        if run.error:
            failed[script] = run.error
        else:
            cache.keep(f"runs/{script.name}", keys[script], runs[script])
    return trees, failed

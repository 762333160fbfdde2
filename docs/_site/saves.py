"""What a save changes, under `make serve`: only the pages that it touches are made again.

MkDocs' --dirty asks each file whether it is modified, and goes by dates. Here it is told by what a page is made of, and
what is read of other pages, titles and anchors, is as they had it at the last build.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from .cache import digest

_made: dict[str, str] = {}  # of each file of the site: a digest of what it was made of
_making: dict[str, str] = {}  # and of this build
_titles: dict[str, str] = {}
_anchors: dict[str, Any] = {}

# It warns of what is mended here.
logging.getLogger("mkdocs.commands.build").addFilter(lambda record: "'dirty' build" not in record.getMessage())


def mark(files: Iterable[Any], sources: dict[str, str], all: str, others: str) -> None:
    """Let MkDocs know which files are modified.

    Args:
        sources: what the pages of scripts are made of, by their source names.
        all: what every page depends on.
        others: what the pages of docs/ depend on besides.
    """
    _making.clear()
    for file in files:
        if file.is_documentation_page():
            parts = [all, file.content_string, sources.get(file.src_uri, others)]
        elif file.abs_src_path:
            parts = [file.abs_src_path, str(Path(file.abs_src_path).stat().st_mtime_ns)]
        else:
            parts = [file.content_bytes]
        found = digest(*parts)
        file.is_modified = partial(bool, _made.get(file.src_uri) != found)
        _making[file.src_uri] = found


def know_anchors(autorefs: Any) -> None:
    """Share the anchors that this plugin has found with the one of the next build, which finds only those of pages that it reads."""
    for name in ("_primary_url_map", "_secondary_url_map", "_title_map"):
        setattr(autorefs, name, _anchors.setdefault(name, getattr(autorefs, name)))


def forget_entries(search: Any, files: Iterable[Any]) -> None:
    """Leave in search's index of the last build those pages that are not made again."""
    kept = {file.url for file in files if file.is_documentation_page() and not file.is_modified()}
    if search.search_index_prev:
        search.search_index_prev.entries = [e for e in search.search_index_prev.entries if e["location"].partition("#")[0] in kept]


def entitle(pages: Iterable[Any]) -> None:
    """Give those pages that are not read again the titles that they had."""
    for page in pages:
        if not page.file.is_modified():
            page.title = _titles[page.file.src_uri]


def shown(page: Any) -> None:
    """A page has been read."""
    _titles[page.file.src_uri] = page.title


def ended(well: bool) -> None:
    """A build has ended; of one that failed nobody knows what it has made."""
    for name, found in _making.items():
        if well:
            _made[name] = found
        elif _made.get(name) != found:
            _made.pop(name, None)
    _making.clear()

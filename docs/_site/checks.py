"""Links and anchors of the built site: MkDocs does not look inside pages of the gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .html import address


def broken_links(site: Path, pages: dict[Path, Any], base: str, lines: dict[str, str]) -> Iterator[str]:
    """A message for each internal link of a page that leads nowhere.

    Args:
        site: the folder that the site was built into.
        pages: its pages, parsed.
        base: the path that the site is published under, such as "/dezero_lite/".
        lines: where a script has a link to an anchor, by the link's target.
    """
    anchors = {page.resolve(): set(tree.xpath("//@id | //a/@name")) for page, tree in pages.items()}
    written = {address(target, "index.html"): line for target, line in lines.items()}
    for page, tree in pages.items():
        for link in dict.fromkeys(tree.xpath("//@href | //@src")):  # each once
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = unquote(parts.path)
            if path.startswith(base):
                target = site / path.removeprefix(base)
            elif path.startswith("/"):
                target = site / path[1:]
            else:
                target = page.parent / path if path else page
            target = target.resolve()
            where = page.relative_to(site)
            if not target.is_file():
                yield f"{where}: the link {link!r} leads to no file"
            elif parts.fragment and unquote(parts.fragment) not in anchors.get(target, ()):
                place = target.relative_to(site.resolve()).as_posix()
                yield f"{written.get(f'{place}#{parts.fragment}', where)}: the link {link!r} leads to an anchor that does not exist"

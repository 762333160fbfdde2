"""Links and anchors of the built site: MkDocs does not look inside notebook pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html


def broken_links(site: Path, base: str) -> Iterator[str]:
    """A message for each internal link of a page that leads nowhere.

    Args:
        site: the folder that the site was built into.
        base: the path that the site is published under, such as "/dezero_lite/".
    """

    pages = {page: html.parse(str(page)) for page in sorted(site.rglob("*.html"))}
    anchors = {page.resolve(): set(tree.xpath("//@id | //a/@name")) for page, tree in pages.items()}
    for page, tree in pages.items():
        for attribute in dict.fromkeys(tree.xpath("//@href | //@src")):  # each once
            address = urlsplit(attribute)
            if address.scheme or address.netloc:
                continue
            path = unquote(address.path)
            if path.startswith(base):
                target = site / path.removeprefix(base)
            elif path.startswith("/"):
                target = site / path[1:]
            else:
                target = page.parent / path if path else page
            where = page.relative_to(site)
            if not target.is_file():
                yield f"{where}: the link {attribute!r} leads to no file"
            elif address.fragment and unquote(address.fragment) not in anchors.get(target.resolve(), ()):
                yield f"{where}: the link {attribute!r} leads to an anchor that does not exist"

"""The gallery's index: a card for each page, grouped by stage."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby

from .gallery import ROOT, SCRIPTS, Script


def index(scripts: list[Script]) -> str:
    """The index as Markdown, from the headers of the folders and the scripts' own words."""
    parts = [_header("")]
    for stage, members in groupby(scripts, key=lambda script: script.name.split("/")[0]):
        parts += [_header(stage), '<ul class="cards">', *map(_card, members), "</ul>\n"]
    return "\n".join(parts)


def decks(decks: dict[str, tuple[str, list[Script]]]) -> str:
    """The index of the slides as Markdown: a card for each deck."""
    cards = []
    for name, (title, members) in decks.items():
        steps = f"{len(members)} steps" if len(members) > 1 else _text(members[0].summary)
        cards.append(
            f'<li><a href="{name}/index.html"><div class="thumbnail" aria-hidden="true">'
            f"{thumbnail(members[-1])}</div><strong>{escape(title)}</strong><span>{steps}</span></a></li>"
        )
    text = (ROOT / "docs" / "_site" / "templates" / "slides.md").read_text("utf-8")
    return f'{text}\n<ul class="cards">{"".join(cards)}</ul>\n'


def _header(folder: str) -> str:
    """GALLERY_HEADER.rst as Markdown: a title, underlined, and plain paragraphs."""
    text = (SCRIPTS / folder / "GALLERY_HEADER.rst").read_text("utf-8")
    level = "##" if folder else "#"
    return re.sub(r"^(\S.*)\n[=-]+$", rf"{level} \1", text, count=1, flags=re.M)


def _card(script: Script) -> str:
    address = script.name + "/"
    return (
        f'<li><a href="{address}"><div class="thumbnail" aria-hidden="true">{thumbnail(script)}</div>'
        f"<strong>{escape(script.title)}</strong><span>{_text(script.summary)}</span></a></li>"
    )


def _text(markdown: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(markdown, quote=False)).replace("$", "")


def plain(markdown: str) -> str:
    """A summary without marks."""
    return re.sub(r"[`$*]", "", markdown)


def thumbnail(script: Script) -> str:
    """The first graph that the page draws, without its style, its size and its words."""
    svg = re.sub(r"<style>.*?</style>", "", graph(script))
    return re.sub(r' (role|aria-label|width|height)="[^"]*"', "", svg, count=4)


def graph(script: Script) -> str:
    """The SVG of that graph."""
    for cell in script.executed["cells"]:
        for output in cell.get("outputs", []):
            svg = output.get("data", {}).get("image/svg+xml", "")
            if "dzl-graph" in svg:
                return str(svg)
    raise ValueError(f"{script.repository_path}: the page draws no graph for its card")

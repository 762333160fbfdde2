"""The gallery's index: a card for each page, grouped by stage."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby

from mkdocs.exceptions import ConfigurationError

from .gallery import ROOT, SCRIPTS, Script


def index(scripts: list[Script], concepts: dict[str, list[str]]) -> str:
    """The index as Markdown, from the headers of the folders and the scripts' own words.

    concepts: names of scripts by the concept that they teach. Choosing one hides the other cards.

    Raises:
        ConfigurationError: a concept names a script that is not there.
    """
    for concept, names in concepts.items():
        for name in set(names) - {script.name for script in scripts}:
            raise ConfigurationError(f"mkdocs.yml: the concept {concept!r} has {name}, but the nav has no such page")
    parts = [_header(""), _filter(concepts)]
    for stage, members in by_stage(scripts):
        cards = [card(s, f"{s.name}.html", [c for c, names in concepts.items() if s.name in names]) for s in members]
        parts += [_header(stage), '<ul class="cards">', *cards, "</ul>\n"]
        parts.append(f"[All of it as a zip](../downloads/{stage}.zip): scripts, and notebooks without outputs.\n")
    parts.append("[The whole course as a zip](../downloads/gallery.zip)\n")
    return "\n".join(parts)


def by_stage(scripts: list[Script]) -> list[tuple[str, list[Script]]]:
    groups = groupby(scripts, key=lambda script: script.name.split("/")[0])
    return [(stage, list(members)) for stage, members in groups]


def _filter(concepts: dict[str, list[str]]) -> str:
    """One choice out of all concepts; style sheets do the rest (see `styles`)."""
    choices = [("all", "All", True)] + [(_slug(concept), concept, False) for concept in concepts]
    inputs = "".join(
        f'<label><input type="radio" name="concept" id="concept-{slug}"{" checked" * first}>{escape(text)}</label>'
        for slug, text, first in choices
    )
    return f'<fieldset class="concepts"><legend>Show what teaches</legend>{inputs}</fieldset>\n'


def styles(concepts: dict[str, list[str]]) -> str:
    """Rules that hide the cards without the chosen concept."""
    hidden = (f":has(#concept-{_slug(c)}:checked) ul.cards > li:not(.{_slug(c)})" for c in concepts)
    return ", ".join(f".md-content{rule}" for rule in hidden) + " { display: none; }\n"


def _slug(concept: str) -> str:
    return re.sub(r"\W+", "-", concept.lower())


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


def card(script: Script, address: str, concepts: Iterable[str] = ()) -> str:
    """A card that leads to a script's page; its classes are the concepts, for the filter."""
    return (
        f'<li class="{" ".join(map(_slug, concepts))}"><a href="{address}">'
        f'<div class="thumbnail" aria-hidden="true">{thumbnail(script)}</div>'
        f"<strong>{escape(script.title)}</strong><span>{_text(script.summary)}</span></a></li>"
    )


def _text(markdown: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(markdown, quote=False)).replace("$", "")


def plain(markdown: str) -> str:
    """A summary without marks."""
    return re.sub(r"[`$*]", "", markdown)


def thumbnail(script: Script) -> str:
    """The first graph that the page draws, without its style, its size and its words."""
    svg = re.sub(r"<style>.*?</style>", "", script.graph)
    return re.sub(r' (role|aria-label|width|height)="[^"]*"', "", svg, count=4)

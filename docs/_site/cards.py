"""The gallery's index and that of the slides: cards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby

from lxml import etree
from mkdocs.exceptions import ConfigurationError

from .gallery import SCRIPTS, SITE_CODE, Script
from .records import Record

Concepts = dict[str, list[str]]


def index(records: dict[Script, Record], concepts: Concepts) -> str:
    """The index as Markdown, from the headers of the folders and the scripts' own words.

    concepts: names of scripts by the concept that they teach. Choosing one hides the other cards.

    Raises:
        ConfigurationError: a concept names a script that is not there.
    """
    for concept, names in concepts.items():
        for name in set(names) - {script.name for script in records}:
            raise ConfigurationError(f"mkdocs.yml: the concept {concept!r} has {name}, but the nav has no such page")
    parts = [_header(""), _filter(concepts)]
    for stage, members in by_stage(records):
        cards = [
            card(s, records[s], f"{s.name}.html", [c for c, names in concepts.items() if s.name in names]) for s in members
        ]
        parts += [_header(stage), '<ul class="cards">', *cards, "</ul>\n"]
        parts.append(f"[All of it as a zip](../downloads/{stage}.zip): scripts, and notebooks without outputs.\n")
    parts.append("[The whole course as a zip](../downloads/gallery.zip)\n")
    return "\n".join(parts)


def by_stage(scripts: Iterable[Script]) -> list[tuple[str, list[Script]]]:
    groups = groupby(scripts, key=lambda script: script.name.split("/")[0])
    return [(stage, list(members)) for stage, members in groups]


def _filter(concepts: Concepts) -> str:
    """One choice out of all concepts; style sheets do the rest (see `styles`)."""
    choices = [("all", "All", True)] + [(_slug(concept), concept, False) for concept in concepts]
    inputs = "".join(
        f'<label><input type="radio" name="concept" id="concept-{slug}"{" checked" * first}>{escape(text)}</label>'
        for slug, text, first in choices
    )
    return f'<fieldset class="concepts"><legend>Show what teaches</legend>{inputs}</fieldset>\n'


def styles(concepts: Concepts) -> str:
    """Rules that hide the cards without the chosen concept."""
    hidden = (f":has(#concept-{_slug(c)}:checked) ul.cards > li:not(.{_slug(c)})" for c in concepts)
    return ", ".join(f".md-content{rule}" for rule in hidden) + " { display: none; }\n"


def _slug(concept: str) -> str:
    return re.sub(r"\W+", "-", concept.lower())


def decks(decks: dict[str, tuple[str, list[Script]]], records: dict[Script, Record]) -> str:
    """The index of the slides as Markdown: a card for each deck."""
    cards = []
    for name, (title, members) in decks.items():
        last = records[members[-1]]
        cards.append(_card(f"{name}/index.html", last, title, escape(about(members, last))))
    text = (SITE_CODE / "templates" / "slides.md").read_text("utf-8")
    return f'{text}\n<ul class="cards">{"".join(cards)}</ul>\n'


def about(members: list[Script], last: Record) -> str:
    """What a deck is about: of one page what it says, of a meeting how much it takes up."""
    if len(members) == 1:
        return str(last["summary"]["text"])
    return f"An evening's slides for {len(members)} pages of the course: pictures, votes and programs, with notes for the speaker."


def header(folder: str) -> tuple[str, str]:
    """Title and text of a folder's GALLERY_HEADER.rst."""
    title, _, text = (SCRIPTS / folder / "GALLERY_HEADER.rst").read_text("utf-8").split("\n", 2)
    return title, text


def _header(folder: str) -> str:
    """The same as Markdown: a title, underlined, and paragraphs with links."""
    title, text = header(folder)
    text = re.sub(r"`([^`<]+) <([^>]+)>`_", r"[\1](\2)", text)
    return f"{'##' if folder else '#'} {title}\n{text}"


def card(script: Script, record: Record, address: str, concepts: Iterable[str] = ()) -> str:
    """A card that leads to a script's page; its classes are the concepts, for the filter."""
    return _card(address, record, record["title"], record["summary"]["html"], " ".join(map(_slug, concepts)))


def _card(address: str, record: Record, title: str, text: str, classes: str = "") -> str:
    return (
        f'<li class="{classes}"><a href="{address}">'
        f'<div class="thumbnail" aria-hidden="true">{thumbnail(record["graph"])}</div>'
        f"<strong>{escape(title)}</strong><span>{text}</span></a></li>"
    )


def thumbnail(graph: str) -> str:
    """A graph without its style, its size and its words."""
    svg = etree.fromstring(graph.encode())
    etree.strip_elements(svg, "{*}style")
    for name in ("role", "aria-label", "width", "height"):
        svg.attrib.pop(name, None)
    for element in svg.iter(etree.Element):
        element.tag = etree.QName(element).localname
    etree.cleanup_namespaces(svg)
    return str(etree.tostring(svg, encoding="unicode", method="html"))

"""The glossary's terms: linked where a page first uses them, explained where one points at the link."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from .gallery import GLOSSARY

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

ENTRY = re.compile(r'^### ([^{\n]+?)(?: \{ data-also="([^"]*)" \})?\n(.+?)(?=\n\n|\Z)', re.M | re.S)
PLACES = ["p", "li", "div"]  # div: a paragraph with a formula of its own


@lru_cache
def terms() -> dict[str, str]:
    """Each form of each term -> the anchor of its entry."""
    found = {}
    for term, also, _ in ENTRY.findall(GLOSSARY.read_text("utf-8")):
        for form in (term, f"{term}s", *also.split(", ")):
            if form:
                found[form.lower()] = _anchor(term)
    return found


def mark(body: Tag, soup: BeautifulSoup) -> None:
    """Link the first use of each term in running text; one that the page itself sets off, it explains."""
    anchors, done = terms(), set()
    forms = "|".join(sorted(map(re.escape, anchors), key=len, reverse=True))
    pattern = re.compile(rf"\b(?:{forms})\b(?!-)", re.I)
    for node in list(body.find_all(string=pattern)):
        own = node.find_parent(["strong", "em", "a", "code", "pre", "h1", "h2", "h3", "summary", "svg", "details"])
        if own is not None and own.name in ("strong", "em"):
            done.update(anchors[found.lower()] for found in pattern.findall(node))
        if (own is not None and own.name != "details") or node.find_parent(PLACES) is None:
            continue
        parts, end = [], 0
        for found in pattern.finditer(node):
            anchor = anchors[found[0].lower()]
            if anchor in done:
                continue
            done.add(anchor)
            link = soup.new_tag("a", attrs={"class": "term", "href": f"../../glossary.md#{anchor}"})
            link.string = found[0]
            parts += [node[end : found.start()], link]
            end = found.end()
        if parts:
            node.replace_with(*parts, node[end:])


def styles() -> str:
    """Rules that show what a term means beside its link: there once, instead of on every page."""
    rules = []
    for term, _, meaning in ENTRY.findall(GLOSSARY.read_text("utf-8")):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)|[`*]", r"\1", " ".join(meaning.split()))
        content = json.dumps(text, ensure_ascii=False)
        rules.append(f'.term[href$="#{_anchor(term)}"]::after {{ content: {content}; }}\n')
    return "".join(rules)


def _anchor(term: str) -> str:
    return re.sub(r"\W+", "-", term.lower())

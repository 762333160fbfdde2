"""The glossary's terms, and what they mean where one points at a link to them."""

from __future__ import annotations

import json
import re

from markdown.extensions.toc import slugify

from .gallery import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
ENTRY = re.compile(r'^### ([^{\n]+?)(?: \{ data-also="([^"]*)" \})?\n(.+?)(?=\n\n|\Z)', re.M | re.S)


def terms() -> dict[str, str]:
    """Each form of each term -> the anchor of its entry."""
    found = {}
    for term, also, _ in ENTRY.findall(GLOSSARY.read_text("utf-8")):
        for form in (term, f"{term}s", *also.split(", ")):
            if form:
                found[form.lower()] = _anchor(term)
    return found


def styles() -> str:
    """Rules that show what a term means beside its link: there once, instead of on every page."""
    rules = []
    for term, _, meaning in ENTRY.findall(GLOSSARY.read_text("utf-8")):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)|[`*]", r"\1", " ".join(meaning.split()))
        content = json.dumps(text, ensure_ascii=False)
        rules.append(f'.term[href$="#{_anchor(term)}"]::after {{ content: {content}; }}\n')
    return "".join(rules)


def _anchor(term: str) -> str:
    return str(slugify(term, "-"))  # as MkDocs makes the anchors of its headings

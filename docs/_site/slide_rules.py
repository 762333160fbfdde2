"""What no slide of ours does: it stops the build, with the line."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes as rst

from . import nodes

WORDS = 50  # "about 40", beside a formula, a picture or a program
ANNOUNCES = re.compile(r"\b(below|here (?:is|are)|the following|as follows)\b", re.I)


def check(slides: list[Any]) -> None:
    """Refuse slides that were cut out of a text instead of being written.

    Raises:
        BuildError: a slide begins in lower case, ends in a colon, announces what it does not show, has too many
            words, or has the heading of another one without continuing it.
    """
    headings: dict[str, Any] = {}
    for slide in slides:
        heading = slide[0].astext()
        text = [node for node in slide[1:] if not isinstance(node, nodes.notes)]
        words = " ".join(node.astext() for node in text if not isinstance(node, (rst.literal_block, rst.math_block)))
        for part in [slide[0], *text[:1]]:
            if _torso(part):
                raise nodes.error(slide, f"the slide {heading!r} begins in lower case: {part.astext()[:30]!r}")
        last = text[-1] if text else slide[0]
        if not slide["show"] and last.astext().rstrip().endswith(":"):
            raise nodes.error(slide, f"the slide {heading!r} ends in a colon, and nothing follows")
        if not slide["show"] and (found := ANNOUNCES.search(words)):
            raise nodes.error(slide, f"the slide {heading!r} says {found[0]!r}, but shows nothing")
        if len(words.split()) > WORDS:
            raise nodes.error(slide, f"the slide {heading!r} has {len(words.split())} words: {WORDS} at most")
        if heading in headings and not slide["continues"]:
            raise nodes.error(slide, f"two slides are called {heading!r}: say :continues: if one goes on with the other")
        headings[heading] = slide


def _torso(node: Any) -> bool:
    """Whether a heading or paragraph begins in lower case; code and formulas may."""
    first = node.children[0] if node.children and isinstance(node, (rst.title, rst.paragraph)) else None
    return isinstance(first, rst.Text) and first.astext()[:1].islower()

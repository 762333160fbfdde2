"""Theorems, proofs, questions and long outputs as blocks of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from bs4 import BeautifulSoup, Tag

STATEMENT = re.compile(r"(Theorem|Lemma|Proposition|Corollary|Definition)\b")
PROOF = re.compile(r"Proof\b")
LONG = 24  # lines of output


def mark(soup: BeautifulSoup) -> None:
    """Put blocks around what third-level headings begin, as their words say.

    A statement ends at the first code, or at the ∎ of a proof inside of it, a proof at its ∎, an answer
    at the next heading. Proofs are open; answers are not, so that there is time to think.
    """
    for heading in soup.find_all("h3"):
        title = heading.get_text().removesuffix("¶")
        below = takewhile(lambda tag: tag.name not in ("h2", "h3"), heading.find_next_siblings())
        if STATEMENT.match(title):
            body = _proved(takewhile(lambda tag: "highlight" not in tag.get("class", []), below))
            _wrap(heading, soup.new_tag("section", attrs={"class": "statement"}), body)
        elif PROOF.match(title):
            _wrap(heading, soup.new_tag("details", attrs={"class": "proof", "open": ""}), _proved(below))
        elif title.endswith("?"):
            _wrap(heading, soup.new_tag("details", attrs={"class": "question"}), list(below))


def _proved(body: Iterable[Tag]) -> list[Tag]:
    """What there is up to the last ∎; all of it if there is none."""
    tags = list(body)
    ends = [i for i, tag in enumerate(tags, 1) if "∎" in tag.get_text()]
    return tags[: ends[-1]] if ends else tags


def _wrap(heading: Tag, block: Tag, body: list[Tag]) -> None:
    heading.insert_before(block)
    block.extend([heading, *body])
    if block.name == "details":
        summary = heading.wrap(Tag(name="summary"))
        link = heading.find("a")
        if link:  # a link must not be part of what folds
            summary.insert_after(link.extract())


def fold(soup: BeautifulSoup) -> None:
    """Of a long output, show the beginning."""
    for pre in soup.select(".output pre"):
        lines = pre.get_text().rstrip().split("\n")
        if len(lines) > LONG:
            half = LONG // 2
            pre.string = "\n".join(lines[:half])
            details, summary, rest = (soup.new_tag(name) for name in ("details", "summary", "pre"))
            summary.string = f"{len(lines) - half} more lines"
            rest.string = "\n".join(lines[half:])
            details.extend([summary, rest])
            pre.insert_after(details)

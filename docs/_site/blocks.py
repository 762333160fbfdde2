"""Theorems, proofs, questions and long outputs as blocks of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from bs4 import BeautifulSoup, PageElement, Tag

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
        below = takewhile(lambda node: node.name not in ("h2", "h3"), list(heading.next_siblings))
        if STATEMENT.match(title):
            body = _proved(takewhile(lambda node: not _is_code(node), below))
            _wrap(heading, soup.new_tag("section", attrs={"class": "statement"}), body)
        elif PROOF.match(title):
            _wrap(heading, soup.new_tag("details", attrs={"class": "proof", "open": ""}), _proved(below))
        elif title.endswith("?"):
            _wrap(heading, soup.new_tag("details", attrs={"class": "question"}), list(below))


def _is_code(node: PageElement) -> bool:
    return isinstance(node, Tag) and "highlight" in node.get("class", [])


def _proved(body: Iterable[PageElement]) -> list[PageElement]:
    """What there is up to the last ∎; all of it if there is none."""
    nodes = list(body)
    ends = [i for i, node in enumerate(nodes, 1) if "∎" in node.get_text()]
    return nodes[: ends[-1]] if ends else nodes


def _wrap(heading: Tag, block: Tag, body: list[PageElement]) -> None:
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

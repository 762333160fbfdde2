"""What headings and places in the text mean: statements, proofs, the program; numbers; terms."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

from docutils import nodes as rst

from . import glossary, nodes
from .gallery import Script

STATEMENT = re.compile(r"(Theorem|Lemma|Proposition|Corollary|Definition)\b")
PROOF = re.compile(r"Proof\b")
END = "∎"
PROGRAM = "The program"
EXPLAINED = (rst.strong, rst.emphasis)  # a term set off like this is being explained
UNMARKED = (*EXPLAINED, rst.literal, rst.literal_block, rst.title, rst.reference, rst.math, rst.math_block,
            rst.raw, *nodes.DECK)  # fmt: skip


def arrange(document: rst.document) -> None:
    """Give the tree the page's own structure."""
    for section in list(document.findall(rst.section)):
        if depth(section) == 3:
            _block(section)
    for section in document.findall(rst.section):
        if depth(section) == 2 and section[0].astext() == PROGRAM:
            for cell in section.findall(nodes.cell):
                cell["program"] = True
    for node in list(document.findall(nodes.only_draws)):
        cell = node.next_node(nodes.cell, descend=False, siblings=True, ascend=True)
        if cell is None:
            raise nodes.error(node, "no cell follows that could draw")
        cell["draws"] = True
        node.parent.remove(node)
    _number(document)
    _tie(document)
    _terms(document)


def program(document: rst.document) -> str:
    """The code under the heading "The program"; "" if there is none."""
    code = [cell["source"] for cell in nodes.seen(document, nodes.cell) if cell["program"]]
    return "\n\n\n".join(code) + "\n" if code else ""


def in_order(document: rst.document) -> list[nodes.cell | nodes.predict]:
    """Cells, and predictions where they are evaluated: before what follows, or if they say so after the next cell."""
    found: list[rst.Element] = []
    later: list[rst.Element] = []
    for node in nodes.seen(document, (nodes.cell, nodes.predict)):
        if isinstance(node, nodes.predict) and node["after"]:
            later.append(node)
            continue
        found.append(node)
        if isinstance(node, nodes.cell):
            found, later = found + later, []
    return found + later


def add_changes(document: rst.document, before: str, after: str, script: Script) -> None:
    """Put a section after the program that shows what changed in it since the step before."""
    assert script.before is not None
    (section,) = (s for s in document.findall(rst.section) if depth(s) == 2 and s[0].astext() == PROGRAM)
    title = f"What changed since step {script.before.path.stem.removeprefix('step')}"
    difference = nodes.changes(old=before, new=after, names=[script.before.path.name, script.path.name])
    added = rst.section("", rst.title("", title), difference, ids=[rst.make_id(title)], names=[])
    section.parent.insert(section.parent.index(section) + 1, added)


def add_exercise(document: rst.document, exercise: dict[str, Any]) -> None:
    """Say before the program how to write it oneself."""
    (section,) = (s for s in document.findall(rst.section) if depth(s) == 2 and s[0].astext() == PROGRAM)
    section.parent.insert(section.parent.index(section), nodes.exercise(exercise=exercise))


def depth(section: rst.Node) -> int:
    """1 for the page's own title."""
    found = 0
    while section.parent is not None:
        found += isinstance(section, nodes.HEADED)
        section = section.parent
    return found


def _block(section: rst.section) -> None:
    """What a third-level heading begins may be a block of its own, as its words say.

    A statement ends at the first code, or at the ∎ of a proof inside it, a proof at its ∎.
    """
    title, body = section[0].astext(), section[1:]
    if STATEMENT.match(title):
        kind, body = nodes.statement, _proved(list(takewhile(lambda node: not isinstance(node, nodes.cell), body)))
    elif PROOF.match(title):
        kind, body = nodes.proof, _proved(body)
    else:
        return
    rest = section[1 + len(body) :]
    block = kind("", section[0], *body, ids=section["ids"], names=section["names"])
    block.line = section.line
    section.replace_self([block, *rest])


def _proved(body: list[rst.Node]) -> list[rst.Node]:
    """What there is up to the last ∎; all of it if there is none."""
    ends = [i for i, node in enumerate(body, 1) if END in node.astext()]
    return body[: ends[-1]] if ends else body


def _number(document: rst.document) -> None:
    """Number the formulas that have a label, and show the numbers where they are referred to."""
    numbers = {}
    labelled = [node for node in document.findall(rst.math_block) if "label" in node]
    labelled.sort(key=lambda node: nodes.inside(node, nodes.DECK))  # those of slides are not counted on the page
    for number, formula in enumerate(labelled, 1):
        formula["number"] = numbers[formula["ids"][0]] = f"({number})"
    for reference in document.findall(rst.reference):
        if reference.get("equation"):
            reference[:] = [rst.Text(numbers.get(reference["refid"], "?"))]


def _tie(document: rst.document) -> None:
    """No line begins with the end of a proof."""
    for text in list(document.findall(rst.Text)):
        if f" {END}" in text and not isinstance(text.parent, UNMARKED):
            text.parent.replace(text, rst.Text(text.replace(f" {END}", f"\xa0{END}")))


def _terms(document: rst.document) -> None:
    """Link the first use of each term of the glossary in running text, unless the page itself explains it."""
    anchors = glossary.terms()
    forms = "|".join(sorted(map(re.escape, anchors), key=len, reverse=True))
    pattern = re.compile(rf"\b(?:{forms})\b(?!-)", re.I)
    done: set[str] = set()
    for text in list(document.findall(rst.Text)):
        found = [(m, anchors[" ".join(m[0].lower().split())]) for m in pattern.finditer(text)]
        if isinstance(text.parent, EXPLAINED) and not nodes.inside(text, nodes.DECK):
            done.update(anchor for _, anchor in found)
        if nodes.inside(text, UNMARKED) or not nodes.inside(text, rst.paragraph):
            continue
        parts, end = [], 0
        for match, anchor in found:
            if anchor not in done:
                done.add(anchor)
                link = rst.reference("", match[0], target=f"glossary.md#{anchor}", classes=["term"])
                parts += [rst.Text(text[end : match.start()]), link]
                end = match.end()
        if parts:
            text.parent.replace(text, [*parts, rst.Text(text[end:])])

"""What no slide of ours does: it stops the build, with the line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes as rst
from lxml import html as lxml_html
from mkdocs.exceptions import BuildError

from .. import glossary, nodes

WORDS = 50  # "about 40", beside a formula, a picture or a program
ANNOUNCES = re.compile(r"\b(below|here (?:is|are)|the following|as follows)\b", re.I)
LISTS = (rst.bullet_list, rst.enumerated_list, rst.definition_list, rst.literal_block)
NUMBERS = dict(zip("0 2 3 4 5 6 7 8 9 10 11 12 16 20 30 40 50 60 100 1000".split(),
                   "none two three four five six seven eight nine ten eleven twelve sixteen twenty thirty forty fifty sixty hundred thousand".split()))  # fmt: skip


def check(slides: list[Any]) -> None:
    """Refuse slides that were cut out of a text instead of being written.

    Raises:
        BuildError: a slide begins in lower case, ends in a colon, announces what it does not show, has too many
            words, shows a program twice or an output of nothing, or has the heading of another one without
            continuing it.
    """
    headings: dict[str, Any] = {}
    for slide in slides:
        heading, show = slide[0].astext(), slide["show"]
        text = [node for node in slide[1:] if not isinstance(node, nodes.notes)]
        words = " ".join(node.astext() for node in text if not isinstance(node, (rst.literal_block, rst.math_block)))
        for part in [slide[0], *text[:1]]:
            if not begins(part):
                raise nodes.error(slide, f"the slide {heading!r} begins in lower case: {part.astext()[:30]!r}")
        last = text[-1] if text else slide[0]
        if not show and last.astext().rstrip().endswith(":"):
            raise nodes.error(slide, f"the slide {heading!r} ends in a colon, and nothing follows")
        if not show and (found := ANNOUNCES.search(words)):
            raise nodes.error(slide, f"the slide {heading!r} says {found[0]!r}, but shows nothing")
        if len(words.split()) > WORDS:
            raise nodes.error(slide, f"the slide {heading!r} has {len(words.split())} words: {WORDS} at most")
        if {"changes", "program"} <= set(show):
            raise nodes.error(slide, f"the slide {heading!r} shows the changes twice: program marks them")
        if show == ["output"] and not text and slide["meeting"]:
            raise nodes.error(slide, f"the slide {heading!r} shows an output, and not of what: show the code, or say it")
        if heading in headings and not slide["continues"]:
            raise nodes.error(slide, f"two slides are called {heading!r}: say :continues: if one goes on with the other")
        headings[heading] = slide


def begins(node: Any) -> bool:
    """Whether a sentence may begin with a heading or paragraph: not in lower case; code and formulas may."""
    first = node.children[0] if node.children and isinstance(node, (rst.title, rst.paragraph)) else None
    return not (isinstance(first, rst.Text) and first.astext()[:1].islower())


def ends(node: Any) -> bool:
    """Whether a sentence ends with a part of a text."""
    return node.astext().rstrip(" \\\n)*”'").endswith((".", "?", "!", "∎", "…"))


# --------------------------------------------------------------------------------------------- questions


def check_votes(document: Any, made: dict[Any, list[str]], shows: dict[Any, list[Any]]) -> None:
    """Refuse a question whose answer stands in its own title or text, or on the page's slides before it.

    made, shows: the HTML of each slide, and the nodes that it shows.

    Raises:
        BuildError: the right answer is said, and not all that one may choose from.
    """
    summary = next(child for child in document[0] if isinstance(child, rst.paragraph))
    before = f"{document[0][0].astext()} {summary.astext()}"
    for slide, sections in made.items():
        words = [text for text in slide.findall(rst.Text) if not nodes.inside(text, (nodes.notes, rst.math, rst.math_block))]
        own = " ".join(text.astext() for text in words)
        for question in [node for node in shows.get(slide, []) if isinstance(node, nodes.predict)]:
            for said, where, digits in ((own, "in its own words", 1), (before, "on a slide before it", 3)):
                if _gives(said, question, digits):
                    raise nodes.error(slide, f"the slide {slide[0].astext()!r} asks for {question['value']}, which stands {where}")
        for section in map(lxml_html.fragment_fromstring, sections):
            before += " ".join(section.xpath(".//text()[not(ancestor::aside or ancestor::*[contains(@class, 'vote')])]"))


def _gives(said: str, question: Any, digits: int) -> bool:
    """Whether a text says the answer, but not each of the others. A number needs so many digits at least."""
    answer, *others = {question["value"]: 0, **{choice["value"]: 0 for choice in question if isinstance(choice, nodes.choice)}}
    number = re.fullmatch(r"-?(\d+)(?:\.0|\.(\d+))?", answer)
    if digits > 1 and not (number and len(number[1] + (number[2] or "")) >= digits):
        return False
    return _says(said, answer) and not (others and all(_says(said, other) for other in others))


def _says(text: str, value: str) -> bool:
    value = value.strip("'").removesuffix(".0")
    forms = filter(None, (re.escape(value), NUMBERS.get(value)))
    return re.search(rf"(?<![\w.])(?:{'|'.join(forms)})(?!\w|\.[1-9])", text, re.I) is not None


# ------------------------------------------------------------------------- what a meeting may speak about


def facts(document: Any, slides: list[Any], shows: dict[Any, list[Any]]) -> dict[str, Any]:
    """What `check_meeting` has to know of a page, as JSON can hold it.

    terms: each term that the page introduces, with the place: a definition's, a lemma's, or one of the glossary that
        the running text sets in bold type.
    slides: each slide's title and place, the terms that it introduces, and what it needs: for a statement or a proof
        the terms that occur in it, and for a proof its statement.
    """
    order = {id(node): i for i, node in enumerate(document.findall())}
    introduced = list(_introduced(document))
    told = []
    for slide in slides:
        taken = shows.get(slide, [])
        text = [node for node in slide if not isinstance(node, nodes.notes)]
        tells = [term for term, node, _ in introduced if any(node is t for t in taken) or any(_sets_off(part, term) for part in text)]
        proved = [node for node in taken if isinstance(node, (nodes.statement, nodes.proof))]
        needs = [
            term for term, node, form in introduced for t in proved
            if node is not t and order[id(node)] < order[id(t)] and re.search(form, t.astext(), re.I)
        ]  # fmt: skip
        needs += [term for node in proved if isinstance(node, nodes.proof) for term in _proved(document, node)]
        told.append({
            "title": slide[0].astext(), "place": nodes.place(slide), "continues": slide["continues"],
            "tells": [*tells, *(t[0].astext() for t in taken if isinstance(t, nodes.statement))],
            "needs": needs, "text": " ".join(t.astext() for t in proved),
        })  # fmt: skip
    return {"terms": {term: [nodes.place(node), form] for term, node, form in introduced}, "slides": told}


def _introduced(document: Any) -> Iterable[tuple[str, Any, str]]:
    """The terms of a page: each with the node that introduces it, and a pattern for its forms."""
    known = glossary.terms()
    for node in nodes.seen(document, (nodes.statement, rst.strong)):
        text = " ".join((node[0] if isinstance(node, nodes.statement) else node).astext().split())
        if isinstance(node, nodes.statement) and (found := re.match(r"Definition\W+(.+?)\)?$", text)):
            yield found[1], node, rf"\b{re.escape(found[1])}s?\b"
        elif isinstance(node, nodes.statement) and text.startswith("Lemma"):
            yield text, node, r"\blemma\b"
        elif text.lower() in known and not nodes.inside(node, (nodes.statement, nodes.proof)):
            yield text.lower(), node, rf"\b{re.escape(text)}s?\b"


def _sets_off(part: Any, term: str) -> bool:
    """Whether a part of a slide explains a term: it stands there in bold or italic type."""
    return any(re.fullmatch(rf"{re.escape(term)}s?", node.astext(), re.I) for node in part.findall(lambda n: isinstance(n, (rst.strong, rst.emphasis))))


def _proved(document: Any, proof: Any) -> list[str]:
    """The title of the statement that a proof is of: the last before it."""
    before: list[str] = []
    for node in nodes.seen(document, (nodes.statement, nodes.proof)):
        if node is proof:
            return before[-1:]
        before += [node[0].astext()] if isinstance(node, nodes.statement) else []
    return []


def check_meeting(name: str, pages: list[dict[str, Any]]) -> None:
    """Refuse a meeting that speaks of what it has not introduced, or has two slides of one title.

    pages: their `facts`, in the order of the meeting.

    Raises:
        BuildError: a statement or proof needs a term that a page of the meeting introduces and its slides leave out.
    """
    told: set[str] = set()
    terms: dict[str, list[str]] = {}  # of the pages before
    titles: set[str] = set()
    for page in pages:
        for slide in page["slides"]:
            told.update(slide["tells"])
            needed = [*slide["needs"], *(t for t, (_, form) in terms.items() if re.search(form, slide["text"], re.I) and form != r"\blemma\b")]
            for term in needed:
                if term not in told:
                    at = {**terms, **page["terms"]}.get(term, [""])[0]
                    where = f" ({at})" if at else ""
                    raise BuildError(
                        f"{slide['place']}: the meeting {name!r} shows {slide['title']!r}, which needs {term!r}{where}: "
                        "no slide before it introduces that"
                    )
            if slide["title"] in titles and not slide["continues"]:
                raise BuildError(f"{slide['place']}: two slides of the meeting {name!r} are called {slide['title']!r}")
            titles.add(slide["title"])
        terms |= page["terms"]

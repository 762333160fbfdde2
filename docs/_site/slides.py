"""Tree -> the slides of a page, for reveal.js: columns of slides, one below the other.

A deck begins with the page's title and its first sentences. Then each `slide` of the text is a slide: its title
and text, and what it takes with :show: from the page after it. What the page says from there to the next slide is
in the speaker's notes. A page without any has a slide for each section.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import ceil
from typing import Any

from docutils import nodes as rst
from lxml import html as lxml_html

from . import html, listing, nodes, slide_rules, structure
from .gallery import Script

PICTURES = "./*[contains(@class, 'picture') or starts-with(name(), 'dzl-')]"
KINDS: dict[str, type[rst.Node]] = {"formula": rst.math_block, "predict": nodes.predict}
PARTS = {"picture": PICTURES, "output": "./*[contains(@class, 'output')]", "code": "./*[@class='highlight']"}

FULL = ("program", "changes")  # what fills slides
LINES = 18  # of code that a slide has room for, below its heading
LETTERS = 74  # in a line of text, which takes the room of
TEXT_LINE = 1.9  # lines of code
FEW = 10  # lines, at most, that are shown larger


def deal(document: Any, cells: list[Any], script: Script, before: str, program: str) -> dict[str, str]:
    """The slides of a page for a deck of its own, and those that a meeting takes.

    Links start from slides/NAME/index.html, whatever the deck's name is. before and program: the programs of the
    step before, if there is one, and of this one.
    """
    dealer = Dealer(document, cells, f"slides/{script.path.stem}/index.html", before, program)
    slides = list(document.findall(nodes.slide))
    slide_rules.check(slides)
    chosen = [slide for slide in slides if slide["meeting"]]
    return {"own": dealer.deck(slides), "meeting": dealer.deck(chosen or slides)}


class Dealer:
    """Makes the slides of one page."""

    def __init__(self, document: Any, cells: list[Any], place: str, before: str, program: str) -> None:
        self.document, self.cells, self.place = document, cells, place
        self.before, self.program = before, program
        self.order = list(document.findall(rst.Element))

    def deck(self, slides: list[Any]) -> str:
        """The page's title, and these slides."""
        page = self.document[0]
        first = next(child for child in page if isinstance(child, rst.paragraph))
        columns = [[_section(f"<h1>{self.inside(page[0])}</h1>", self.html([first]))]]
        for slide in slides:
            made = self.slide(slide)
            columns[-1].extend(made) if slide["below"] else columns.append(made)
        if not slides:
            columns += [[self.section(node)] for node in self.document.findall(rst.section) if structure.depth(node) == 2]
        return "".join(f"<section>{''.join(column)}</section>" for column in columns)

    def html(self, found: list[Any]) -> str:
        return html.render(found, self.document, self.cells, self.place)

    def inside(self, title: Any) -> str:
        """A title without its element."""
        return self.html(list(title.children))

    def slide(self, slide: Any) -> list[str]:
        """A slide; several where a program or a difference needs them."""
        said = [node for node in slide if isinstance(node, nodes.notes)]
        text = [node for node in slide[1:] if node not in said]
        later = [node for node in self.after(slide) if isinstance(node, rst.paragraph)]
        minutes = slide["minutes"]
        notes = f"<p><strong>{minutes} min</strong></p>" if minutes else ""
        notes += "".join(self.html(list(node.children)) for node in said) + self.html(later)
        room = LINES - sum(map(_lines, text))
        shown, full = [""], False
        for kind in slide["show"]:
            first, *more = self.shown(kind, slide, int(room))
            if "predict" in slide["show"][: slide["show"].index(kind)]:  # it would give the answer away
                first = f'<div class="fragment">{first}</div>'
            if kind in FULL or full:  # it shares its slides with nothing else
                shown += [first, *more]
            else:
                shown = [*shown[:-1], shown[-1] + first, *more]
            full = kind in FULL
        shown = [part for part in shown if part] or shown
        title, kind = self.inside(slide[0]), _kind(slide)
        if slide["continues"]:
            title += _CONTINUED
        pages = []
        for number, part in enumerate(shown):
            heading = f"<h2{kind}>{title}{_CONTINUED if number else ''}</h2>"
            body = ("" if number else self.html(text)) + part
            pages.append(_section(heading, body, notes, 60 * (minutes or 0) // len(shown)))
        return pages

    def section(self, section: Any) -> str:
        """A section that has no slides: its heading, and its first formula or picture."""
        kinds = [kind for kind in ("formula", "picture") if any(self.candidates(kind, section.findall(), LINES))][:1]
        shown = "".join(next(self.candidates(kind, section.findall(), LINES))[0] for kind in kinds)
        return _section(f"<h2>{self.inside(section[0])}</h2>", shown)

    def after(self, slide: Any) -> list[Any]:
        """What the page has between a slide and the next."""
        found = []
        for node in self.order[self.order.index(slide) + 1 :]:
            if isinstance(node, nodes.slide):
                break
            if not nodes.inside(node, nodes.DECK):
                found.append(node)
        return found

    def shown(self, kind: str, slide: Any, room: int) -> list[str]:
        """The next thing of a kind that the page has after a slide: one piece for each slide that it takes."""
        if kind == "program" and self.program:
            return self.pieces(slide, room)
        found = next(self.candidates(kind, self.order[self.order.index(slide) + 1 :], room), None)
        if found is None:
            raise nodes.error(slide, f"the slide shows a {kind}, but the page has none after it")
        return found

    def pieces(self, slide: Any, room: int) -> list[str]:
        """The program, or those pieces of it that the slide names."""
        try:
            return [_code(part) for part in listing.program(self.program, self.before, room, slide["pieces"])]
        except KeyError as missing:
            raise nodes.error(slide, f"the slide shows {missing.args[0]}, but the program has no such piece") from None

    def candidates(self, kind: str, following: Any, room: int) -> Iterator[list[str]]:
        """The HTML of everything of a kind."""
        if kind == "changes" and self.before:
            yield [_code(part, " changes") for part in listing.changes(self.before, self.program, room)]
        for node in following:
            if nodes.inside(node, nodes.DECK):
                continue
            if kind in KINDS and isinstance(node, KINDS[kind]):
                yield [self.html([node])]
            elif kind == "statement" and isinstance(node, nodes.statement):
                yield [f'<p class="named">{self.inside(node[0])}</p>{self.html(node[1:])}']
            elif kind == "proof" and isinstance(node, nodes.proof):
                yield [self.paragraphs(part) for part in _dealt(node[1:], room)]
            elif kind in PARTS and isinstance(node, nodes.cell) and not (kind == "code" and node["program"]):
                found = self.cells[node["number"]].xpath(PARTS[kind])
                if found:
                    yield ["".join(lxml_html.tostring(part, encoding="unicode", with_tail=False) for part in found)]

    def paragraphs(self, parts: list[Any]) -> str:
        """The parts of a proof, one after the other."""
        first, *rest = parts
        later = "".join(f'<div class="fragment">{self.html([part])}</div>' for part in rest)
        return self.html([first]) + later


_CONTINUED = ' <span class="continued">continued</span>'


def _kind(slide: Any) -> str:
    """What a slide is: the style sheet shows it at its edge."""
    if {"statement", "proof"}.intersection(slide["show"]):
        return ' data-kind="statement"'
    return ' data-kind="question"' if "predict" in slide["show"] or slide[0].astext().endswith("?") else ""


def _dealt(parts: list[Any], room: int) -> list[list[Any]]:
    """The parts of a proof, as many on each slide as there is room for."""
    slides: list[list[Any]] = [[]]
    for part in parts:
        if slides[-1] and sum(map(_lines, [*slides[-1], part])) > room:
            slides.append([])
        slides[-1].append(part)
    return slides


def _lines(part: Any) -> float:
    """The room that a part of a text takes, in lines of code."""
    if isinstance(part, rst.math_block):
        return 3 + 2 * part.astext().count("\\\\")
    if isinstance(part, rst.literal_block):
        return part.astext().count("\n") + 2
    if isinstance(part, (rst.bullet_list, rst.enumerated_list)):
        return sum(map(_lines, part))
    return TEXT_LINE * ceil(len(part.astext()) / LETTERS) + 0.5


def _code(code: str, kind: str = "") -> str:
    return f'<div class="highlight{kind}"><pre><code>{code}</code></pre></div>'


def _section(heading: str, body: str, notes: str = "", seconds: int = 0) -> str:
    size = _size(body)
    timing = f' data-timing="{escape(str(seconds))}"' if seconds else ""
    aside = f'<aside class="notes">{notes}</aside>' if notes else ""
    return f'<section{timing}><div class="slide{size}">{heading}{body}</div>{aside}</section>'


def _size(body: str) -> str:
    """How large the type is: large for a few lines of text or code and nothing drawn, small for much code."""
    tree = lxml_html.fragment_fromstring(body, create_parent="div")
    code = [line for block in tree.iter("pre") for line in block.text_content().split("\n")]
    lines = sum(ceil(len(line) / LETTERS) for line in tree.text_content().split("\n"))
    drawn = [*tree.iter("svg", "table", "fieldset", "dzl-player", "dzl-pair"), *tree.xpath(".//math[@display]")]
    if len(code) + TEXT_LINE * len(tree.findall("p")) > LINES:
        return " small"
    return " large" if not drawn and lines <= FEW and all(len(line) <= LETTERS - 6 for line in code) else ""

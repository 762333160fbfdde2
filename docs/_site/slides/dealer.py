"""Tree -> the slides of a page, for reveal.js: one beside the other, and below one what may be left out.

Each `slide` of the text is a slide: its title and text, and what it takes with :show: from the page after it. What the
page says from there to the next slide is in the speaker's notes. A page without any has a slide for each section.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from functools import cache
from math import ceil
from typing import Any, TypedDict

import segno
from docutils import nodes as rst
from lxml import html as lxml_html

from .. import cards, html, nodes, structure
from ..gallery import Script
from . import listing, rules

PICTURES = "./*[contains(@class, 'picture') or starts-with(name(), 'dzl-')]"
KINDS: dict[str, type[rst.Node]] = {"formula": rst.math_block, "predict": nodes.predict, "statement": nodes.statement, "proof": nodes.proof}
PARTS = {"picture": PICTURES, "player": "./*[starts-with(name(), 'dzl-')]", "output": "./*[contains(@class, 'output')]"}
PROVED = (nodes.statement, nodes.proof)

# A slide in pixels: 1280 × 720, less its margins.
WIDTH, HEIGHT = 1180, 650
TEXT = (36, 32, 30, 28, 26, 24, 22)  # sizes of type for text, the first that fits
CODE = 32, 20  # and for code, the largest and the smallest
CODE_LINE, TEXT_LINE = 1.29, 1.5  # heights of lines, with some room for what formulas add
CODE_LETTER, TEXT_LETTER = 0.602, 0.5  # widths of letters
HIGH = ("mfrac", "msqrt", "munder", "munderover")  # what makes a formula higher than a line
DRAWN = 300  # pixels that a picture needs
CODE_LINES = 21  # that fit in the smallest type

TITLE = 10  # seconds for a title
MINUTE = 60  # what a slide takes that says nothing
CONTINUED = ' <span class="continued">continued</span>'


class Deck(TypedDict):
    """What a page gives to decks: the slides of its own, of a meeting, and of a recap in the next one.

    Attributes:
        seconds: how long those of the meeting take.
        facts: see `rules.facts`.
    """

    own: str
    meeting: str
    recap: str
    seconds: int
    facts: dict[str, Any]


def deal(document: Any, cells: list[Any], script: Script, before: str, program: str) -> Deck:
    """The slides of a page.

    Links start from slides/NAME/index.html, whatever the deck's name is. before and program: the programs of the
    step before, if there is one, and of this one.
    """
    dealer = Dealer(document, cells, f"slides/{script.path.stem}/index.html", before, program)
    slides = list(document.findall(nodes.slide))
    rules.check(slides)
    made = {slide: dealer.slide(slide) for slide in slides}
    rules.check_votes(document, made, dealer.shows)
    chosen = [slide for slide in slides if slide["meeting"]]
    facts = rules.facts(document, chosen or slides, dealer.shows)
    if chosen:
        rules.check_meeting(script.path.stem, [facts])
    first = dealer.title(script)
    return {
        "own": first + (_columns(made) or dealer.sections()),
        "meeting": first + (_columns({slide: made[slide] for slide in chosen or slides}) or dealer.sections()),
        "recap": _columns({slide: made[slide] for slide in slides if slide["recap"]}),
        "seconds": sum(_seconds(slide) for slide in chosen or slides if not slide["below"]),
        "facts": facts,
    }


def section(content: str, seconds: int, notes: str = "", kind: str = "") -> str:
    """One slide."""
    aside = f'<aside class="notes">{notes}</aside>' if notes else ""
    return f'<section data-timing="{seconds}"{kind}>{content}{aside}</section>'


def title(content: str) -> str:
    """A slide that is read in a moment."""
    return section(f'<div class="slide">{content}</div>', TITLE, kind=' data-slide="title"')


@cache
def way(address: str) -> str:
    """A QR code that leads a phone to an address, and the address."""
    if not address.startswith("http"):
        return ""
    drawn = segno.make(address, micro=False).svg_inline(border=2, dark="#1d2433", light="#fff", omitsize=True)
    return f'<figure class="way">{drawn}<figcaption>{escape(address)}</figcaption></figure>'


class Dealer:
    """Makes the slides of one page. shows: the nodes that each slide takes from the page."""

    def __init__(self, document: Any, cells: list[Any], place: str, before: str, program: str) -> None:
        self.document, self.cells, self.place = document, cells, place
        self.before, self.program = before, program
        self.order = list(document.findall(rst.Element))
        self.shows: dict[Any, list[Any]] = {}

    def html(self, found: list[Any]) -> str:
        return html.render(found, self.document, self.cells, self.place)

    def inside(self, title: Any) -> str:
        """A title without its element."""
        return self.html(list(title.children))

    def title(self, script: Script) -> str:
        """The page's title, first sentences and stage, and the way to it."""
        page = self.document[0]
        first = next(child for child in page if isinstance(child, rst.paragraph))
        stage = escape(cards.header(script.path.parent.name)[0])
        way_there = way(f"{self.document.site.address}{html.address(script.page, '')}")
        content = f'<p class="named">{stage}</p><h1>{self.inside(page[0])}</h1>{self.html([first])}{way_there}'
        return f"<section>{title(content)}</section>"

    def slide(self, slide: Any) -> list[str]:
        """A slide; several where a program or a proof needs them."""
        text = self.html([node for node in slide[1:] if not isinstance(node, nodes.notes)])
        heading = f"<h2{_kind(slide)}>{self.inside(slide[0])}{CONTINUED if slide['continues'] else ''}</h2>"
        shown, asked = [text], False
        for kind in slide["show"]:
            room = HEIGHT - _height(heading + text, 30)
            first, *more = self.shown(kind, slide, room)
            first = f'<div class="fragment answer" data-fragment-index="0">{first}</div>' if asked else first
            together = _fits(heading + shown[-1] + first, TEXT[-3] if asked else TEXT[-1])
            shown = [*shown[:-1], shown[-1] + first, *more] if together or not shown[-1] else [*shown, first, *more]
            asked = asked or kind == "predict"
        seconds = 0 if slide["below"] else _seconds(slide) // len(shown)  # who goes down there has the time
        again = heading if slide["continues"] else heading.replace("</h2>", f"{CONTINUED}</h2>")
        return [
            _section(again if number else heading, part, "" if number else self.notes(slide), seconds)
            for number, part in enumerate(shown)
        ]

    def notes(self, slide: Any) -> str:
        """What the speaker's window shows: minutes, the answer of a vote, what to say, and what the page says."""
        taken = self.shows.get(slide, [])
        votes = "".join(self.reasons(node) for node in taken if isinstance(node, nodes.predict))
        said = "".join(self.html(list(node.children)) for node in slide if isinstance(node, nodes.notes))
        later = [
            node for node in self.after(slide)
            if isinstance(node, rst.paragraph) and not nodes.inside(node, (nodes.predict, *PROVED))
        ]  # fmt: skip
        return f"<p><strong>{_seconds(slide) // 60} min</strong></p>{votes}{said}{self.html(later)}"

    def vote(self, question: Any) -> str:
        """A question, with its answers by letter; the first press marks the right one and says why it is right."""
        choices, typed = _lettered(question), question["type"] == "number"
        value = f"<code>{escape(question['value'])}</code>"
        offered = "".join(
            f'<li class="fragment custom {"right" if choice["right"] else "wrong"}" data-fragment-index="0">'
            f'<b>{letter}</b> <code>{escape(choice["value"])}</code></li>'
            for letter, choice in choices
        )
        right = [
            f'<p class="why"><strong>{value if typed else letter}</strong>: {self.inside(choice[0])}</p>{self.html(choice[1:])}'
            for letter, choice in choices if choice["right"]
        ]  # fmt: skip
        body = self.html([node for node in question[1:] if not isinstance(node, nodes.choice)])
        return (
            f'<div class="vote"><p class="question">{self.inside(question[0])}</p>{body}{"" if typed else f"<ul>{offered}</ul>"}'
            f'<div class="fragment" data-fragment-index="0">{"".join(right) or f"<p>{value}</p>"}</div></div>'
        )

    def reasons(self, question: Any) -> str:
        """For the speaker: which answer is right, and what each would mean."""
        choices = _lettered(question)
        typed = question["type"] == "number"
        right = "" if typed else next(f"{letter}, " for letter, choice in choices if choice["right"])
        meant = "".join(
            f"<li><strong>{'' if typed else letter}</strong> <code>{escape(choice['value'])}</code>: {self.inside(choice[0])}</li>"
            for letter, choice in choices
        )
        return f"<p><strong>Right: {right}<code>{escape(question['value'])}</code></strong></p><ul>{meant}</ul>"

    def sections(self) -> str:
        """Slides of a page that has none: for each section its heading, and its first formula or picture."""
        made = []
        for node in [node for node in self.document.findall(rst.section) if structure.depth(node) == 2]:
            shown = (self.candidates(kind, node.findall(), HEIGHT, {}) for kind in ("formula", "picture"))
            _, (first, *_) = next((found for kind in shown for found in kind), (None, [""]))
            made.append(f"<section>{_section(f'<h2>{self.inside(node[0])}</h2>', first, '', MINUTE)}</section>")
        return "".join(made)

    def after(self, slide: Any) -> list[Any]:
        """What the page has between a slide and the next."""
        found = []
        for node in self.order[self.order.index(slide) + 1 :]:
            if isinstance(node, nodes.slide):
                break
            if not nodes.inside(node, nodes.DECK):
                found.append(node)
        return found

    def shown(self, kind: str, slide: Any, room: float) -> list[str]:
        """The next thing of a kind that the page has after a slide: one piece for each slide that it takes."""
        lines = int(room / (HEIGHT - 70) * CODE_LINES)
        if kind in ("program", "changes") and self.program:
            return self.pieces(kind, slide, lines)
        following = self.order[self.order.index(slide) + 1 :]
        node, found = next(self.candidates(kind, following, room, slide), (None, []))
        if not found:
            raise nodes.error(slide, f"the slide shows a {kind}, but the page has none after it")
        self.shows.setdefault(slide, []).append(node)
        return found

    def pieces(self, kind: str, slide: Any, lines: int) -> list[str]:
        """The program, or those pieces of it that the slide names; or what has changed in it."""
        if kind == "changes" and self.before:
            return [code(part, " changes") for part in listing.changes(self.before, self.program, lines)]
        try:
            return [code(part) for part in listing.program(self.program, self.before, lines, slide["pieces"])]
        except KeyError as missing:
            raise nodes.error(slide, f"the slide shows {missing.args[0]}, but the program has no such piece") from None

    def candidates(self, kind: str, following: Any, room: float, slide: Any) -> Iterator[tuple[Any, list[str]]]:
        """Everything of a kind, and its HTML."""
        for node in following:
            if nodes.inside(node, nodes.DECK):
                continue
            if kind in KINDS and isinstance(node, KINDS[kind]):
                yield node, self.of_text(kind, node, room, slide)
            elif isinstance(node, nodes.cell) and kind in PARTS and (found := self.parts(kind, node)):
                yield node, [found]
            elif isinstance(node, nodes.cell) and kind == "code" and not node["program"]:
                wanted = [part for part in PARTS if part in slide["show"]]
                if not wanted or any(self.parts(part, node) for part in wanted):  # code stands with what it gives
                    lines = int(room / (HEIGHT - 70) * CODE_LINES)
                    yield node, [code(part) for part in listing.program(node["source"], "", lines)]

    def of_text(self, kind: str, node: Any, room: float, slide: Any) -> list[str]:
        if kind == "formula":
            return [self.html([node])]
        if kind == "predict":
            return [self.vote(node)]
        named = f'<p class="named">{self.inside(node[0])}</p>' if kind == "statement" else ""
        parts = [self.html([part]) for part in node[1:]]
        dealt = list(_dealt(node[1:], parts, room - 60))
        if worst := next((part for part in dealt if not _fits(part, TEXT[-1])), ""):
            words = len(lxml_html.fragment_fromstring(worst, create_parent="div").text_content().split())
            raise nodes.error(slide, f"the {kind} has {words} words that belong together: more than a slide has room for")
        return [named + dealt[0], *dealt[1:]]

    def parts(self, kind: str, cell: Any) -> str:
        """The outputs of a cell, or its pictures."""
        found = self.cells[cell["number"]].xpath(PARTS[kind])
        return "".join(_whole(part) for part in found)


def _lettered(question: Any) -> list[tuple[str, Any]]:
    """The answers that a question offers, each with its letter."""
    return list(zip("ABCDEFGH", html.choices(question)))


def _columns(made: dict[Any, list[str]]) -> str:
    """Slides side by side; what hangs below one, or is the rest of its proof, is below it."""
    columns: list[list[str]] = []
    for slide, sections in made.items():
        proved = {"statement", "proof"} & set(slide["show"])
        for number, one in enumerate(sections):
            if columns and (slide["below"] or number and proved):
                columns[-1].append(one)
            else:
                columns.append([one])
    return "".join(f"<section>{''.join(column)}</section>" for column in columns)


def _seconds(slide: Any) -> int:
    minutes = slide["minutes"]
    return MINUTE if minutes is None else 60 * int(minutes)


def _kind(slide: Any) -> str:
    """What a slide is: the style sheet shows it at its edge."""
    if {"statement", "proof"}.intersection(slide["show"]):
        return ' data-kind="statement"'
    return ' data-kind="question"' if "predict" in slide["show"] or slide[0].astext().endswith("?") else ""


def _whole(part: Any) -> str:
    """An output as it is on a slide: of a long one the beginning, and a player with its program below or beside it."""
    if part.tag == "dzl-player" and (program := part.find(".//pre")) is not None:
        part.set("class", "beside" if program.text_content().count("\n") > 9 else "above")
    for folded in part.iter("details"):
        if folded.getprevious() is not None and folded.getprevious().tag == "pre":
            pre = lxml_html.fragment_fromstring(lxml_html.tostring(part[0], encoding="unicode", with_tail=False))
            pre.text += "\n⋯"
            return f'<div class="output">{lxml_html.tostring(pre, encoding="unicode")}</div>'
    return str(lxml_html.tostring(part, encoding="unicode", with_tail=False))


def _dealt(parts: list[Any], rendered: list[str], room: float) -> Iterator[str]:
    """The parts of a proof, as many on each slide as there is room for; none begins or ends in a sentence."""
    slide = ""
    for group in _sentences(parts, rendered):
        if slide and _height(slide + group, TEXT[3]) > room:
            yield slide
            slide = ""
        slide += group if not slide else f'<div class="fragment">{group}</div>'
    yield slide


def _sentences(parts: list[Any], rendered: list[str]) -> Iterator[str]:
    """What belongs together: a sentence goes on in a formula or a list, and beyond it."""
    group, ended = "", True
    for part, made in zip(parts, rendered):
        goes_on = not ended or not rules.begins(part) or isinstance(part, (rst.math_block, *rules.LISTS))
        if group and not goes_on:
            yield group
            group = ""
        group += made
        ended = rules.ends(part)
    yield group


def code(code: str, kind: str = "") -> str:
    """Code that is HTML already, as a block."""
    return f'<div class="highlight{kind}"><pre><code>{code}</code></pre></div>'


# ------------------------------------------------------------------------------------- the size of type


def _section(heading: str, body: str, notes: str, seconds: int) -> str:
    text, letters = _sizes(heading + body)
    return section(f'<div class="slide" style="--text:{text}px;--code:{letters}px">{heading}{body}</div>', seconds, notes)


def _sizes(content: str) -> tuple[int, int]:
    """The type for text and for code: the largest that fits."""
    tree = lxml_html.fragment_fromstring(content, create_parent="div")
    blocks = [block.text_content().rstrip("\n").split("\n") for block in tree.iter("pre") if not _drawn(block)]
    lines, longest = sum(map(len, blocks)), max((len(line) for block in blocks for line in block), default=1)
    widest = int((WIDTH - 40) / CODE_LETTER / longest)
    for text in TEXT:
        rest = HEIGHT - _height(content, text, code=False) - 34 * len(blocks)
        code = min(CODE[0], text, widest, int(rest / CODE_LINE / max(lines, 1)))
        if rest >= 0 and (not blocks or code >= min(CODE[1], widest)):
            break
    return text, max(code, 14)


def _fits(content: str, text: int) -> bool:
    return _height(content, text) <= HEIGHT


def _height(content: str, text: int, code: bool = True) -> float:
    """The height of HTML in type of that size; of pictures, what they need."""
    tree = lxml_html.fragment_fromstring(content, create_parent="div")
    return sum(_blocks(tree, text, code))


def _blocks(tree: Any, text: int, code: bool) -> Iterator[float]:
    for block in tree:
        kind = block.get("class", "")
        if block.tag == "h2":
            yield 43.2 * _rows(block, 36, WIDTH) + 18
        elif block.tag == "pre":
            size = min(CODE[1], int((WIDTH - 40) / CODE_LETTER / max(len(line) for line in block.text_content().split("\n"))))
            yield (block.text_content().rstrip("\n").count("\n") + 1) * CODE_LINE * max(size, 14) + 34 if code else 0
        elif "picture" in kind or block.tag in ("img", "figure", "table", "dzl-player", "dzl-pair"):
            yield DRAWN
        elif "equation" in kind:
            yield (3 + 1.6 * _tall(block) + 1.8 * len(block.findall(".//mtr"))) * text
        elif "vote" in kind and (choices := block.find("ul")) is not None:
            rows = ceil(len(choices) / 2) if all(len(item.text_content()) < 30 for item in choices) else len(choices)
            yield rows * (1.4 * text + 24) + sum(_blocks([child for child in block if child is not choices], text, code))
        elif block.tag in ("ul", "ol", "dl", "div", "section", "blockquote"):
            yield from _blocks(block, text, code)
        else:
            width = WIDTH - (30 if block.tag == "li" else 0)
            rows = _rows(block, text, width)
            yield (TEXT_LINE * rows + 0.6 * min(rows, _tall(block)) + (0.2 if block.tag == "li" else 0.5)) * text


def _tall(block: Any) -> float:
    """How many times a formula is higher than a line: for fractions, roots and sums, and more where one is in the other."""
    return max((sum(parent.tag in HIGH for parent in [part, *part.iterancestors()]) for part in block.iter(*HIGH)), default=0)


def _rows(block: Any, size: int, width: float) -> int:
    return max(1, ceil(len(" ".join(block.text_content().split())) * TEXT_LETTER * size / width))


def _drawn(block: Any) -> bool:
    """Whether a block of code is part of a player."""
    return any(parent.tag.startswith("dzl-") for parent in block.iterancestors())

"""Decks: the content of pages dealt out to slides, and the files that reveal.js needs for them.

Sections stand side by side; what belongs to a section (proofs, questions, outputs, graphs) hangs
below its first slide. A slide has what is worth looking at while someone talks: theorems, formulas,
programs, outputs, graphs, and how a paragraph begins. All of it becomes the speaker's notes. A
proof comes paragraph by paragraph. Of a program there are the parts in which something changed
since the step before, and each key press marks the next change. Longer code besides is the page's.

A script can say otherwise in a comment of its text (one that sphinx-gallery does not show):
``.. slides: skip`` leaves out what follows up to the next heading, ``.. slides: full`` keeps the
text or the program that follows whole.
"""

from __future__ import annotations

import copy
import difflib
import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

from bs4 import Comment, NavigableString, Tag

from .gallery import Script

# Room on a slide below its heading, in lines of text; and what a line of code takes of it.
ROOM = 14.0
CODE_LINE = 27 / 42
CODE_LINES = 20
EXAMPLE = 14  # lines of code, at most, that are on a slide although they are not the program's
LETTERS = 74  # in a line of text
# Letters of a paragraph that are on the slide, unless its first sentence is longer; and where there is room.
OPENING, MORE = 180, 450
PICTURE = 1150, 430  # the largest, in pixels
LINE = 42  # of text, in pixels
PLAYER = 10.4

HEADINGS = ["h1", "h2", "h3"]
STATEMENTS = ("Theorem", "Lemma", "Proposition", "Corollary", "Definition", "Proof")


TEXT, CODE, RESULT = range(3)  # kinds of blocks: each leads up to those after it


@dataclass
class Block:
    """A piece of a slide and the room that it takes; of a text also more and all of it."""

    html: str
    lines: float
    kind: int
    waits: bool  # for a key press
    more: tuple[str, float] = ("", 0)
    note: str = ""


@dataclass
class Slide:
    heading: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def used(self) -> float:
        return sum(block.lines for block in self.blocks)

    def html(self) -> str:
        """There is more of a text where the slide has little else; what is not all of it is in the notes."""
        for block in self.blocks:
            if block.more[0] and self.used - block.lines + block.more[1] <= 0.6 * ROOM:
                block.html, block.lines = block.more
        first, *rest = self.blocks
        body = "".join(f'<div class="fragment">{b.html}</div>' if b.waits else b.html for b in rest)
        notes = "".join(block.note for block in self.blocks if block.note != block.html)
        aside = f'<aside class="notes">{notes}</aside>' if notes else ""
        return f"<section>{self.heading}{first.html}{body}{aside}</section>"


class Dealer:
    """Deals the blocks of one page out to slides: a list of columns."""

    def __init__(self, outside: list[str], script: Script) -> None:
        self.outside = outside
        self.columns: list[list[Slide]] = []
        self.section = self.title = self.heading = ""
        self.in_proof = self.in_full = self.skipping = False
        self.changed = _changed_lines(script)

    def add(self, html: str, lines: float, kind: int = RESULT, **text: Any) -> None:
        """Put a block on the slide at hand, or on a new one, along with what leads up to it."""
        slide = self.columns[-1][-1]
        waits = self.in_proof or any(block.waits for block in slide.blocks)
        blocks = [Block(html, lines, kind, waits, **text)]
        if slide.blocks and slide.used + lines > ROOM:
            while len(slide.blocks) > 1 and slide.blocks[-1].kind < blocks[0].kind:
                lines += slide.blocks[-1].lines
                if lines > ROOM:
                    break
                blocks.insert(0, slide.blocks.pop())
            slide = Slide(self.heading)
            self.columns[-1].append(slide)
        slide.blocks += blocks

    def deal(self, block: Tag | NavigableString) -> None:
        if isinstance(block, Comment):
            wish = block.removeprefix(" slides: ").strip()
            self.skipping, self.in_full = wish == "skip", wish == "full"
        elif self.skipping and not _has_heading(block):
            return
        elif isinstance(block, NavigableString):
            for place in re.findall("\ue000(\\d+)\ue001", block):
                self.deal_outside(self.outside[int(place)])
        elif block.name in HEADINGS:
            self.start(block)
        elif block.name in ("details", "section", "summary"):  # a statement, a proof, an answer
            for child in list(block.children):
                self.deal(child)
            if block.name != "summary":
                self.close()
        elif block.name in ("p", "ul", "ol"):
            self.deal_text(block)
        elif "text" in block.get("class", []):
            rows = sum(max(1, self.outside[int(n)].count("<mtr")) for n in _places(block))
            extra = len(re.sub("\ue000\\d+\ue001", "", block.get_text()).strip()) / LETTERS
            self.add(_clean(block), 2.4 * rows + extra)
        elif "highlight" in block.get("class", []):
            if not self.draws(block):
                self.deal_code(self.outside[_places(block)[0]])
        elif "output" in block.get("class", []):
            self.deal_output(block)
        elif "picture" in block.get("class", []):
            self.deal_picture(self.outside[_places(block)[0]])

    def close(self) -> None:
        """The end of a statement, a proof or an answer: back to the section."""
        self.in_proof = self.in_full = False
        self.heading = self.title

    def start(self, heading: Tag) -> None:
        """A heading: a new column for a section, a slide below for anything smaller."""
        plain = heading.get_text().removesuffix("¶")
        element = "h1" if heading.name == "h1" else "h2"
        kind = "statement" if plain.startswith(STATEMENTS) else "question" if plain.endswith("?") else "plain"
        self.heading = f'<{element} data-kind="{kind}">{_clean(heading, inner=True)}</{element}>'
        if heading.name in ("h1", "h2"):
            self.section, self.title = plain, self.heading
            self.columns.append([])
        self.skipping = False
        self.in_proof = plain.startswith("Proof")
        self.in_full = kind == "statement" or element == "h1"
        self.columns[-1].append(Slide(self.heading))

    def deal_text(self, block: Tag) -> None:
        self.in_proof |= block.get_text().startswith("Proof.")
        items = [block] if block.name == "p" else block.find_all("li", recursive=False)
        whole = [_clean(item, inner=True) for item in items]
        keeps = self.in_full or (block.name == "p" and block.find("strong"))  # a definition, say
        short, more = (
            self.text(block.name, [html if keeps else self.opening(html, letters // len(items)) for html in whole])
            for letters in (OPENING, MORE)
        )
        self.add(*short, TEXT, more=more, note=self.text(block.name, whole)[0])
        if "∎" in block.get_text():
            self.close()

    def text(self, name: str, items: list[str]) -> tuple[str, float]:
        """A paragraph or a list, and the room that it takes."""
        lines = sum(-(-self.letters(html) // LETTERS) + 0.2 for html in items) + 0.5
        inside = items[0] if name == "p" else "".join(f"<li>{html}</li>" for html in items)
        return f"<{name}>{inside}</{name}>", lines

    def opening(self, html: str, letters: int) -> str:
        """The first sentence, and those after it that end within a number of letters."""
        ends = _ends_of_sentences(html) or [len(html)]
        return html[: max([end for end in ends if self.letters(html[:end]) <= letters], default=ends[0])]

    def letters(self, html: str) -> int:
        """How many are seen."""
        filled = re.sub("\ue000(\\d+)\ue001", lambda found: self.outside[int(found[1])], html)
        return len(re.sub(r"<[^>]*>", "", filled))

    def draws(self, code: Tag) -> bool:
        """Whether what follows is a picture: then it is the picture that people should look at."""
        following = code.next_sibling
        while isinstance(following, NavigableString) and not following.strip():
            following = following.next_sibling
        if isinstance(following, Tag):
            return "picture" in following.get("class", [])
        places = re.findall("\ue000(\\d+)\ue001", following or "")
        return bool(places) and self.outside[int(places[0])].startswith("<dzl-")

    def deal_picture(self, svg: str) -> None:
        """A picture, up to twice as large as in the page."""
        size = re.search(r'<svg[^>]*? width="([\d.]+)(?:pt)?" height="([\d.]+)', svg)
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        found = box or size
        assert found is not None
        width, height = float(found[1]), float(found[2])
        scale = min(2, PICTURE[0] / width, PICTURE[1] / height)
        beside = ((ROOM - self.columns[-1][-1].used - 0.6) * LINE) / height  # what is there already
        scale = beside if 1.2 < beside < scale else scale
        svg = re.sub(r' (width|height)="[^"]*"', "", svg, count=2)
        svg = svg.replace("<svg", f'<svg width="{width * scale:.0f}" height="{height * scale:.0f}"', 1)
        self.add(f'<div class="picture">{svg}</div>', height * scale / LINE + 0.6)

    def deal_code(self, code: str) -> None:
        lines = lines_of(code)
        if self.section == "The program":
            lines = self.mark_changes(lines)
        elif len(lines) > EXAMPLE:
            return
        lines = [line for above, line in zip(["", *lines], lines) if _text(above) or _text(line)]
        marks = [i for i, line in enumerate(lines) if "mark" in line]
        if marks and not self.in_full:  # from the class or function of the first change
            lines = lines[max(i for i in range(marks[0] + 1) if i == 0 or _outer(lines[i])) :]
        room = int((ROOM - self.columns[-1][-1].used) / CODE_LINE) - 1
        parts = _parts(lines, room if len(lines) > CODE_LINES else CODE_LINES)
        marked = [part for part in parts if any("mark" in line for line in part)]
        for part in parts if self.in_full else marked or parts:
            html = "\n".join(part)
            block = f'<div class="highlight"><pre><code>{html}</code></pre></div>'
            self.add(block, CODE_LINE * (len(part) + 1), CODE)

    def mark_changes(self, lines: list[str]) -> list[str]:
        """Each run of lines that the step before did not have is marked by a key press."""
        marked, runs, before = [], 0, False
        for line in lines:
            new = self.changed.pop(0) if self.changed else False
            runs += new and not before
            before = new
            mark = f'<span class="fragment mark" data-fragment-index="{runs}">{line}</span>'
            marked.append(mark if new and _text(line) else line)
        return marked

    def deal_output(self, block: Tag) -> None:
        lines = escape("\n".join(pre.get_text().rstrip("\n") for pre in block("pre"))).split("\n")
        if len(lines) > CODE_LINES:
            lines = [*lines[: CODE_LINES - 1], "⋯"]
        html = f'<div class="output"><pre>{chr(10).join(lines)}</pre></div>'
        self.add(html, CODE_LINE * (len(lines) + 1))

    def deal_outside(self, html: str) -> None:
        if html.startswith('<details class="diff"'):
            runs = re.findall(r"<(span|del|ins|i)>(.*?)</\1>", html, re.S)
            lines = [f"<{kind}>{line}</{kind}>" for kind, text in runs for line in text.split("\n")]
            for part in _parts(lines, CODE_LINES):
                body = "\n".join(part)
                # What was only added is marked in the program already; what was only removed is gone.
                if "<ins>" in body and "<del>" in body:
                    self.add(f'<div class="highlight changes"><pre><code>{body}</code></pre></div>', ROOM)
        elif html.startswith("<dzl-"):
            self.add(html, PLAYER)


def deal(body: Tag, outside: list[str], script: Script) -> str:
    """The slides of a page; formulas and pictures still wait outside."""
    dealer = Dealer(outside, script)
    for block in list(body.children):
        if isinstance(block, (Tag, NavigableString)):
            dealer.deal(block)
    columns = ["".join(slide.html() for slide in column if slide.blocks) for column in dealer.columns]
    return "".join(f"<section>{column}</section>" for column in columns if column)


# ------------------------------------------------------------------------------------------ pieces


def _has_heading(block: Tag | NavigableString) -> bool:
    return isinstance(block, Tag) and (block.name in HEADINGS or block.find(HEADINGS) is not None)


def _places(block: Tag) -> list[int]:
    return [int(place) for place in re.findall("\ue000(\\d+)\ue001", block.get_text())]


def _clean(block: Tag, inner: bool = False) -> str:
    """The HTML of a block without what only a page needs: anchors and ids."""
    block = copy.copy(block)
    for anchor in block.select(".headerlink"):
        anchor.decompose()
    for element in [block, *block.find_all(id=True)]:
        element.attrs.pop("id", None)
    return str(block.decode_contents() if inner else block)


def _text(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html).strip()


def _ends_of_sentences(html: str) -> list[int]:
    """Where a full stop or a question mark ends a sentence outside of any element."""
    depth, ends = 0, []
    for found in re.finditer(r"<(/?)\w[^>]*>|[.?!](?=\s|$|<)", html):
        if found[1] is not None:
            depth += -1 if found[1] else 1
        elif depth == 0:
            ends.append(found.end())
    return ends


def lines_of(code: str) -> list[str]:
    """Highlighted code line by line: an element that spans several is closed and opened again."""
    lines, opened = [], ""
    for line in code.rstrip("\n").split("\n"):
        line = opened + line
        tags = re.findall(r"<(/?)(\w+)([^>]*)>", line)
        last = next(((name, rest) for end, name, rest in reversed(tags)), None)
        unclosed = last is not None and not tags[-1][0]
        opened = f"<{last[0]}{last[1]}>" if unclosed and last else ""
        lines.append(line + (f"</{last[0]}>" if unclosed and last else ""))
    return lines


def _parts(lines: list[str], room: int) -> list[list[str]]:
    """Code in the fewest pieces that fit: a slide has CODE_LINES, the first has room lines left.

    The best place to cut is where a difference leaves lines out, then between classes or functions, then
    at an empty line; anywhere else costs more than another piece. Else pieces should be of one size.
    """
    texts = [_text(line).lstrip("+- ") for line in lines]

    def cost(start: int, end: int) -> float:
        before = texts[start - 1] if start else None
        place = 0 if before in (None, "⋯") else 3 if before else 0.1 if _outer(lines[start]) else 0.5
        return 1 + place + (end - start) ** 2 / 1e5

    best: list[tuple[float, list[int]]] = [(0.0, [])]  # the cost of the first lines, and the cuts
    for end in range(1, len(lines) + 1):
        starts = [i for i in range(end) if end - i <= (CODE_LINES if i else room)]
        ways = [(best[i][0] + cost(i, end), [*best[i][1], i]) for i in starts]
        best.append(min(ways, default=(1e9, [])))
    cuts = [*best[-1][1], len(lines)]
    return [_trimmed(lines[i:j]) for i, j in zip(cuts, cuts[1:])]


def _outer(line: str) -> bool:
    return _text(line) != "" and not re.sub(r"<[^>]*>", "", line).startswith(" ")


def _trimmed(lines: list[str]) -> list[str]:
    while lines and _text(lines[-1]) in ("", "⋯"):
        lines = lines[:-1]
    while lines and not _text(lines[0]):
        lines = lines[1:]
    return lines


def _changed_lines(script: Script) -> list[bool]:
    """For each line of the script's program, whether the step before did not have it."""
    before = script.before.program if script.before else None
    if before is None or script.program is None:
        return []
    new = script.program.splitlines()
    changed = [False] * len(new)
    for kind, _, _, start, end in difflib.SequenceMatcher(None, before.splitlines(), new).get_opcodes():
        if kind in ("insert", "replace"):
            changed[start:end] = [True] * (end - start)
    return changed

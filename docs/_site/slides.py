"""Decks: the content of pages dealt out to slides, and the files that reveal.js needs for them.

Sections stand side by side; what belongs to a section (proofs, questions, outputs, graphs) hangs
below its first slide. A slide has what is worth looking at while someone talks: theorems, formulas,
programs, outputs, graphs, and the first sentence of a paragraph. The rest of it becomes the
speaker's notes. A proof comes paragraph by paragraph, and in a program each key press marks the
next lines that have changed since the step before. Long code is on slides only as the program.

A script can say otherwise in a comment of its text (one that sphinx-gallery does not show):
``.. slides: skip`` leaves out what follows up to the next heading, ``.. slides: full`` keeps the
text that follows whole.
"""

from __future__ import annotations

import copy
import difflib
import re
from dataclasses import dataclass, field
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bs4 import Comment, NavigableString, Tag
from mkdocs.exceptions import ConfigurationError

from .gallery import Script

# Room on a slide below its heading, in lines of text; and what a line of code takes of it.
ROOM = 13.0
CODE_LINE = 0.72
CODE_LINES = int(ROOM / CODE_LINE) - 1
LETTERS = 74  # in a line of text
PICTURE = 1150, 430  # the largest, in pixels; a line of text has 42

STATEMENTS = ("Theorem", "Lemma", "Proposition", "Corollary", "Definition", "Proof")
REVEAL = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js",
          "plugin/search/search.js", "plugin/zoom/zoom.js")  # fmt: skip


@dataclass
class Slide:
    """Its heading, its blocks with the room that they take, and what the speaker says besides."""

    heading: str
    blocks: list[str] = field(default_factory=list)
    used: float = 0.0
    notes: list[str] = field(default_factory=list)

    def html(self) -> str:
        notes = f'<aside class="notes">{"".join(self.notes)}</aside>' if self.notes else ""
        return f"<section>{self.heading}{''.join(self.blocks)}{notes}</section>"


class Dealer:
    """Deals the blocks of one page out to slides: a list of columns."""

    def __init__(self, outside: list[str], script: Script) -> None:
        self.outside = outside
        self.columns: list[list[Slide]] = []
        self.section = ""
        self.in_proof = self.in_full = self.skipping = False
        self.changed = _changed_lines(script)

    def add(self, html: str, lines: float, note: str = "") -> None:
        """Put a block on the slide at hand, or on a new one with the same heading."""
        slide = self.columns[-1][-1]
        if slide.blocks and slide.used + lines > ROOM:
            slide = Slide(slide.heading)
            self.columns[-1].append(slide)
        slide.blocks.append(html)
        slide.used += lines
        if note:
            slide.notes.append(note)

    def deal(self, block: Tag | NavigableString) -> None:
        if isinstance(block, Comment):
            wish = block.removeprefix(" slides: ").strip()
            self.skipping, self.in_full = wish == "skip", wish == "full"
        elif self.skipping and block.name not in ("h1", "h2", "h3"):
            return
        elif isinstance(block, NavigableString):
            for place in re.findall("\ue000(\\d+)\ue001", block):
                self.deal_outside(self.outside[int(place)])
        elif block.name in ("h1", "h2", "h3"):
            self.start(block)
        elif block.name in ("details", "section", "summary"):  # a statement, a proof, an answer
            for child in list(block.children):
                self.deal(child)
            if block.name != "summary":
                self.in_proof = self.in_full = False
        elif block.name in ("p", "ul", "ol"):
            self.deal_text(block)
        elif "text" in block.get("class", []):
            rows = sum(max(1, self.outside[int(n)].count("<mtr")) for n in _places(block))
            extra = len(re.sub("\ue000\\d+\ue001", "", block.get_text()).strip()) / LETTERS
            self.add(self.stepwise(block), 2.4 * rows + extra)
        elif "highlight" in block.get("class", []):
            if not self.draws(block):
                self.deal_code(self.outside[_places(block)[0]])
        elif "output" in block.get("class", []):
            self.deal_output(block)
        elif "picture" in block.get("class", []):
            self.deal_picture(self.outside[_places(block)[0]])

    def start(self, heading: Tag) -> None:
        """A heading: a new column for a section, a slide below for anything smaller."""
        text = _clean(heading, inner=True)
        plain = heading.get_text()
        if heading.name in ("h1", "h2"):
            self.section = plain.removesuffix("¶")
            self.columns.append([])
        self.skipping = False
        self.in_proof = plain.startswith("Proof")
        self.in_full = plain.startswith(STATEMENTS) or heading.name == "h1"
        element = "h1" if heading.name == "h1" else "h2"
        self.columns[-1].append(Slide(f"<{element}>{text}</{element}>"))

    def deal_text(self, block: Tag) -> None:
        items = block.find_all("li", recursive=False) if block.name in ("ul", "ol") else [block]
        kept, note, lines = [], "", 0.5
        for item in items:
            html = _clean(item, inner=True)
            whole = self.in_full or (item is block and item.find("strong") is not None)  # a definition
            short = html if whole else _first_sentence(html)
            if len(short) < len(html):
                note += f"<p>{html}</p>"
            lines += -(-self.letters(short) // LETTERS) + 0.2
            kept.append(f"<li>{short}</li>" if block.name != "p" else short)
        element = block.name + (' class="fragment"' if self.in_proof and len(self.columns[-1][-1].blocks) else "")
        self.add(f"<{element}>{''.join(kept)}</{block.name}>", lines, note)

    def letters(self, html: str) -> int:
        filled = re.sub("\ue000(\\d+)\ue001", lambda found: self.outside[int(found[1])], html)
        return len(re.sub(r"<[^>]*>", "", filled))

    def stepwise(self, block: Tag) -> str:
        html = _clean(block)
        return html.replace('class="text"', 'class="text fragment"') if self.in_proof else html

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
        """A picture, one and a half times as large as in the page if there is room."""
        size = re.search(r'<svg[^>]*? width="([\d.]+)(?:pt)?" height="([\d.]+)', svg)
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        found = box or size
        assert found is not None
        width, height = float(found[1]), float(found[2])
        scale = min(1.5, PICTURE[0] / width, PICTURE[1] / height)
        svg = re.sub(r' (width|height)="[^"]*"', "", svg, count=2)
        svg = svg.replace("<svg", f'<svg width="{width * scale:.0f}" height="{height * scale:.0f}"', 1)
        self.add(f'<div class="picture">{svg}</div>', height * scale / 42 + 0.6)

    def deal_code(self, code: str) -> None:
        lines = lines_of(code)
        if self.section == "The program":
            lines = self.mark_changes(lines)
        elif len(lines) > CODE_LINES:
            return
        for part in _parts(lines):
            html = "\n".join(part)
            self.add(f'<div class="highlight"><pre><code>{html}</code></pre></div>', CODE_LINE * len(part) + 0.9)

    def mark_changes(self, lines: list[str]) -> list[str]:
        """Each run of lines that the step before did not have is a fragment."""
        marked = []
        for line in lines:
            new = self.changed.pop(0) if self.changed else False
            marked.append(f'<span class="fragment mark">{line}</span>' if new and _text(line) else line)
        return marked

    def deal_output(self, block: Tag) -> None:
        lines = escape("\n".join(pre.get_text().rstrip("\n") for pre in block("pre"))).split("\n")
        if len(lines) > CODE_LINES:
            lines = [*lines[: CODE_LINES - 1], "⋯"]
        html = f'<div class="output"><pre>{chr(10).join(lines)}</pre></div>'
        self.add(html, CODE_LINE * len(lines) + 0.8)

    def deal_outside(self, html: str) -> None:
        if html.startswith('<details class="diff"'):
            runs = re.findall(r"<(span|del|ins|i)>(.*?)</\1>", html, re.S)
            lines = [f"<{kind}>{line}</{kind}>" for kind, text in runs for line in text.split("\n")]
            for part in _parts(lines):
                body = "\n".join(part)
                self.add(f'<div class="highlight changes"><pre><code>{body}</code></pre></div>', ROOM)
        elif html.startswith("<dzl-"):
            self.add(html, ROOM)


def deal(body: Tag, outside: list[str], script: Script) -> str:
    """The slides of a page; formulas and pictures still wait outside."""
    dealer = Dealer(outside, script)
    for block in list(body.children):
        if isinstance(block, (Tag, NavigableString)):
            dealer.deal(block)
    columns = ["".join(slide.html() for slide in column) for column in dealer.columns]
    return "".join(f"<section>{column}</section>" for column in columns)


def decks(meetings: dict[str, Any], scripts: list[Script]) -> dict[str, tuple[str, list[Script]]]:
    """The meetings and then a deck for each script: name -> (title, scripts).

    Raises:
        ConfigurationError: a meeting names a script that is not there.
    """
    by_name = {script.name: script for script in scripts}
    found = {}
    for name, meeting in meetings.items():
        missing = [step for step in meeting["steps"] if step not in by_name]
        if missing:
            raise ConfigurationError(f"mkdocs.yml: the meeting {name} has {missing[0]}, but the nav has no such page")
        found[name] = (meeting["title"], [by_name[step] for step in meeting["steps"]])
    return found | {script.path.stem: (script.title, [script]) for script in scripts}


def deck(title: str, parts: list[str], root: str) -> str:
    """A deck as a page of its own; root is the way from it to the site's root."""
    styles = "".join(
        f'<link rel="stylesheet" href="{root}assets/{name}.css">'
        for name in ("reveal/reset", "reveal/reveal", "style", "slides")
    )
    programs = "".join(
        f'<script src="{root}assets/{name}.js"></script>'
        for name in ("reveal/reveal", "reveal/notes", "reveal/search", "reveal/zoom", "player", "slides")
    )
    # The speaker's window, which reveal.js writes itself, has its scripts and styles inside.
    policy = "default-src 'self' 'unsafe-inline';img-src 'self' data:;object-src 'none';base-uri 'self'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="content-security-policy" content="{policy}">'
        f"<title>{escape(title)}: slides</title>"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="{root}assets/favicon.svg">{styles}</head>'
        '<body data-md-color-scheme="default"><main class="reveal"><div class="slides md-typeset">'
        f"{''.join(parts)}</div></main>{programs}</body></html>\n"
    )


def files() -> dict[str, bytes]:
    """What the decks load of reveal.js, by name: from the package that brings it."""
    package = find_spec("sphinx_revealjs")
    assert package is not None and package.origin is not None
    folder = Path(package.origin).parent / "_static" / "revealjs"
    return {f"assets/reveal/{Path(name).name}": (folder / name).read_bytes() for name in REVEAL}


# ------------------------------------------------------------------------------------------ pieces


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


def _first_sentence(html: str) -> str:
    """Up to the first full stop, question mark or colon that ends a sentence outside of any element."""
    depth = 0
    for found in re.finditer(r"<(/?)\w[^>]*>|([.?!])(?=\s|$|<)", html):
        if found[2] is None:
            depth += -1 if found[1] else 1
        elif depth == 0:
            return html[: found.end()]
    return html


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


def _parts(lines: list[str]) -> list[list[str]]:
    """Code in pieces that fit a slide, cut in front of a class or function if one is near."""
    parts = []
    while len(lines) > CODE_LINES:
        starts = [
            i
            for i in range(CODE_LINES // 3, min(CODE_LINES, len(lines) - 4) + 1)
            if not _text(lines[i - 1]) and _text(lines[i])
        ]
        top = [i for i in starts if not lines[i].startswith(" ")]
        cut = (top or starts or [CODE_LINES])[-1]
        parts.append(lines[:cut])
        lines = lines[cut:]
    parts.append(lines)
    return [_trimmed(part) for part in parts]


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not _text(lines[-1]):
        lines = lines[:-1]
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

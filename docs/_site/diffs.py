"""The difference between two programs as HTML."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from html import escape

CONTEXT = 3
ALIKE = 0.5  # below that, lines have been replaced and not changed


SIGNS = {"span": " ", "del": "-", "ins": "+"}

Run = tuple[str, list[str]]  # an element and the lines that stand in it, as HTML


def compared(old: str, new: str) -> SequenceMatcher[str]:
    """Two programs, compared line by line: for the page, its slides and its hints alike."""
    return SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)


def to_html(old: str, new: str, old_name: str, new_name: str) -> str:
    """A collapsible diff: what changed stands side by side, what is only there or only here runs across.

    Each line also says by its sign what it is; words that changed inside a line are marked.
    """
    found = hunks(old, new)
    added, removed = (sum(len(lines) for hunk in found for tag, lines in hunk if tag == kind) for kind in ("ins", "del"))
    body = "<i>⋯</i>".join("".join(_lines(*run) for run in hunk) for hunk in found)
    return (
        f'<details class="diff" open><summary>{old_name} → {new_name}: '
        f"{_count(added)} added, {_count(removed)} removed</summary>"
        f'<pre tabindex="0" data-search-exclude>{body}</pre></details>'
    )


def hunks(old: str, new: str) -> list[list[Run]]:
    """What changed, each place with the lines around it."""
    olds, news = old.splitlines(), new.splitlines()
    found = []
    for group in compared(old, new).get_grouped_opcodes(CONTEXT):
        hunk: list[Run] = []
        for kind, i, j, k, m in group:
            if kind == "equal":
                while i < j and not hunk and not olds[i]:  # nothing begins or ends with an empty line
                    i += 1
                while i < j and j == group[-1][2] and not olds[j - 1]:
                    j -= 1
                hunk += [("span", [escape(line) for line in olds[i:j]])] if j > i else []
                continue
            before, after = _marked("\n".join(olds[i:j]), "\n".join(news[k:m]))
            hunk += [("del", before.split("\n"))] if j > i else []
            hunk += [("ins", after.split("\n"))] if m > k else []
        found.append(hunk)
    return found


def _lines(tag: str, lines: list[str]) -> str:
    return f"<{tag}>" + "\n".join(f"{SIGNS[tag]} {line}" for line in lines) + f"</{tag}>"


def _marked(old: str, new: str) -> tuple[str, str]:
    """Both texts in HTML, with marks on the words in which they differ, if they are alike at all."""
    olds, news = (re.findall(r"\w+|\n *|.", text) for text in (old, new))
    words = SequenceMatcher(None, olds, news, autojunk=False)
    if not old or not new or words.ratio() < ALIKE:
        return escape(old), escape(new)
    before, after = "", ""
    for kind, i, j, k, m in words.get_opcodes():
        mark = kind != "equal"
        before += _mark(olds[i:j], mark)
        after += _mark(news[k:m], mark)
    return before, after


def _mark(words: list[str], changed: bool) -> str:
    text = escape("".join(words))
    if not changed:
        return text
    return re.sub(r"\S([^\n]*\S)?", r"<mark>\g<0></mark>", text)  # on each of its lines


def _count(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines} lines"

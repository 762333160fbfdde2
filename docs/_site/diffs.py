"""The difference between two programs as HTML."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from html import escape

CONTEXT = 3
ALIKE = 0.5  # below that, lines have been replaced and not changed


def to_html(old: str, new: str, old_name: str, new_name: str) -> str:
    """A collapsible diff: what changed stands side by side, what is only there or only here runs across.

    Each line also says by its sign what it is; words that changed inside of a line are marked.
    """
    olds, news = old.splitlines(), new.splitlines()
    groups, added, removed = [], 0, 0
    for group in SequenceMatcher(None, olds, news, autojunk=False).get_grouped_opcodes(CONTEXT):
        parts = []
        for kind, i, j, k, m in group:
            if kind == "equal":
                while i < j and not parts and not olds[i]:  # nothing begins or ends with an empty line
                    i += 1
                while i < j and j == group[-1][2] and not olds[j - 1]:
                    j -= 1
                parts += [_lines("span", " ", "\n".join(map(escape, olds[i:j])))] if j > i else []
                continue
            added, removed = added + m - k, removed + j - i
            before, after = _marked("\n".join(olds[i:j]), "\n".join(news[k:m]))
            parts += [_lines("del", "-", before)] if j > i else []
            parts += [_lines("ins", "+", after)] if m > k else []
        groups.append("".join(parts))
    body = "<i>⋯</i>".join(groups)
    return (
        f'<details class="diff" open><summary>{old_name} → {new_name}: '
        f"{_count(added)} added, {_count(removed)} removed</summary>"
        f'<pre tabindex="0" data-search-exclude>{body}</pre></details>'
    )


def _lines(tag: str, sign: str, text: str) -> str:
    return f"<{tag}>" + "\n".join(f"{sign} {line}" for line in text.split("\n")) + f"</{tag}>"


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

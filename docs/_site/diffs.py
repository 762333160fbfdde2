"""The difference between two programs as HTML."""

from __future__ import annotations

import difflib
from html import escape

CONTEXT = 3


def to_html(old: str, new: str, old_name: str, new_name: str) -> str:
    """A coloured, collapsible diff; each line also says by its sign what it is."""
    lines, added, removed = [], 0, 0
    diff = difflib.unified_diff(old.splitlines(), new.splitlines(), n=CONTEXT, lineterm="")
    for line in list(diff)[2:]:
        sign, text = line[0], escape(line[1:])
        if sign == "@":
            if lines:
                lines.append('<span class="gap">⋯</span>')
            continue
        kind = {"+": "gi", "-": "gd", " ": ""}[sign]
        added, removed = added + (sign == "+"), removed + (sign == "-")
        lines.append(f'<span class="{kind}">{sign} {text}</span>' if kind else f"  {text}")
    body = "\n".join(lines)
    return (
        f'<details class="diff" open><summary>{old_name} → {new_name}: '
        f"{_count(added)} added, {_count(removed)} removed</summary>"
        f'<div class="highlight"><pre><code>{body}</code></pre></div></details>'
    )


def _count(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines} lines"

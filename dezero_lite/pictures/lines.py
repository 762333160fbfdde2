"""Where the lines of a program come from: a stroke for each line, coloured by the step that brought it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher
from math import ceil

import numpy as np

from .drawn import COLOURS, Picture, text

COLUMNS, COLUMN, KEYS = 4, 175, 11  # how many, how broad; how many steps are named in a row below
ACROSS, DOWN = 1.3, 3.2  # how broad a letter is, and how high a line


def origins(scripts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each line of the last program that is not blank, and the step that brought it.

    Args:
        scripts: label -> the text of a step's script, from the first to the last. What has no program brings nothing.
    """
    found: list[tuple[str, str]] = []
    for label, script in scripts.items():
        new = _program(script)
        if new:
            same = SequenceMatcher(None, [line for line, _ in found], new, autojunk=False).get_matching_blocks()
            kept = {block.b + i: found[block.a + i] for block in same for i in range(block.size)}
            found = [kept.get(i, (line, label)) for i, line in enumerate(new)]
    return found


def _program(script: str) -> list[str]:
    """The lines of code below the heading "The program"."""
    for block in script.split("\n# %%"):
        if "\n# The program\n# ---" in block:
            return [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
    return []


def lines(scripts: Mapping[str, str], *, title: str = "", words: str = "") -> Picture:
    """The last program seen from afar: a stroke for each line, coloured by the step that brought it.

    Args:
        scripts: label -> the text of a step's script, from the first to the last.

    Raises:
        ValueError: none of them has a program.
    """
    found = origins(scripts)
    if not found:
        raise ValueError('lines: none of these scripts has a heading "The program"')
    counts = Counter(label for _, label in found)
    steps = [label for label in scripts if label in counts]
    colour = dict(zip(steps, _colours(len(steps))))
    top, rows = 8 + 22 * bool(title), ceil(len(found) / COLUMNS)
    parts = [text(8, 18, title, "t l")] if title else []
    for label in steps:
        d = ""
        for i, (line, step) in enumerate(found):
            if step == label:
                indent = len(line) - len(line.lstrip())
                x, y = 8 + i // rows * COLUMN + indent * ACROSS, top + (i % rows + 0.5) * DOWN
                d += f"M{x:.1f} {y:.1f}h{min(len(line) - indent, 120 - indent) * ACROSS:.1f}"
        parts.append(f'<path stroke="{colour[label]}" d="{d}"/>')
    below = top + rows * DOWN + 14
    width = COLUMNS * COLUMN
    for i, label in enumerate(steps):
        x, y = 8 + i % KEYS * (width - 16) / KEYS, below + i // KEYS * 20
        parts.append(f'<rect fill="{colour[label]}" x="{x:.1f}" y="{y - 5:.1f}" width="10" height="10"/>')
        parts.append(text(x + 14, y, label, "l"))
    told = ", ".join(f"{counts[label]} from {label}" for label in steps)
    height = below + ((len(steps) - 1) // KEYS + 1) * 20
    return Picture(tuple(parts), width, height, words or f"{title or 'A program'}: {len(found)} lines, {told}")


def _colours(number: int) -> list[str]:
    """So many colours in a row, from the first of the pictures' to the last."""
    at = np.linspace(0, len(COLOURS) - 1, number)
    channels = [[int(colour[i : i + 2], 16) for colour in COLOURS] for i in (1, 3, 5)]
    mixed = np.rint([np.interp(at, range(len(COLOURS)), channel) for channel in channels]).astype(int)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in mixed.T.tolist()]

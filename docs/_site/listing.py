"""Programs and differences cut into pieces that fit on slides: whole pieces or none, ⋯ for what is left out."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from difflib import SequenceMatcher
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from . import diffs

GAP = '<i class="gap">⋯</i>'
SMALLER = 1.3  # times as many lines have room in smaller type
REMOVED = 5  # lines that are only taken out, at most, that are shown one by one


def program(source: str, before: str, room: int, names: Collection[str] = ()) -> list[str]:
    """The code of a program for one slide or several, each of `room` lines at most if pieces allow.

    The pieces with these names (`Variable.backward`, `add`); without names those in which something changed since
    the program of the step before; without that, or where nothing changed, all. Each run of new lines is marked by
    a key press.

    Raises:
        KeyError: no piece has that name.
    """
    lines = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    runs = _runs(source, before) if before else []
    for number, run in enumerate(runs):
        for i in run:
            if lines[i]:
                lines[i] = f'<span class="fragment custom mark" data-fragment-index="{number}">{lines[i]}</span>'
    new = {i for run in runs for i in run}
    pieces = list(_pieces(source))
    for missing in set(names) - {name for name, _ in pieces}:
        raise KeyError(missing)
    if names:
        kept = [piece for name, piece in pieces if name in names]
    else:
        kept = [piece for _, piece in pieces if not new or new.intersection(piece)]
    return [_join(slide, lines) for slide in _dealt(kept, room)]


def _runs(source: str, before: str) -> list[range]:
    """The lines that the step before did not have, each run of them as its numbers."""
    matcher = SequenceMatcher(None, before.splitlines(), source.splitlines(), autojunk=False)
    return [range(k, m) for kind, _, _, k, m in matcher.get_opcodes() if kind in ("insert", "replace")]


def _pieces(source: str) -> Iterator[tuple[str, range]]:
    """The name and the line numbers of each statement of a program, and of each method where a class is long."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.end_lineno - node.lineno > 12:
            starts = [_first(part) for part in node.body]
            starts[0] = _first(node)
            for start, part in zip(starts, node.body):
                yield f"{node.name}.{_name(part)}", range(start, part.end_lineno or start)
        else:
            yield _name(node), range(_first(node), node.end_lineno or node.lineno)


def _name(node: ast.stmt) -> str:
    """What it defines, or else its line."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node
    return str(getattr(target, "name", None) or getattr(target, "id", None) or node.lineno)


def _first(node: ast.stmt) -> int:
    """Its first line, from 0, its decorators included."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1


def _dealt(pieces: Iterable[range], room: int) -> list[list[range]]:
    """The pieces dealt out, as many on each slide as there is room for."""
    slides: list[list[range]] = [[]]
    for piece in (part for whole in pieces for part in _cut(whole, room)):
        if slides[-1] and sum(len(p) + 1 for p in slides[-1]) + len(piece) > room:
            slides.append([])
        slides[-1].append(piece)
    return slides


def _cut(piece: Any, room: int) -> list[Any]:
    """A piece as it is, unless it is longer than smaller type has room for."""
    if len(piece) <= SMALLER * room:
        return [piece]
    return [piece[i : i + room] for i in range(0, len(piece), room)]


def _join(pieces: list[range], lines: list[str]) -> str:
    parts, end = [], None
    for piece in pieces:
        if end is not None:
            between = range(end, piece.start)
            parts.append("" if not any(lines[i] for i in between) else GAP)
        parts += [lines[i] for i in piece]
        end = piece.stop
    return "\n".join(parts)


def changes(old: str, new: str, room: int) -> list[str]:
    """The difference between two programs for one slide or several: each hunk is whole, long removals are one line."""
    hunks = [part for hunk in diffs.hunks(old, new) for part in _cut(_short(hunk), room)]
    slides: list[list[str]] = [[]]
    for hunk in hunks:
        if slides[-1] and len(slides[-1]) + 1 + len(hunk) > room:
            slides.append([])
        slides[-1] += ([GAP] if slides[-1] else []) + hunk
    return ["\n".join(slide) for slide in slides]


def _short(hunk: list[diffs.Run]) -> list[str]:
    lines = []
    for i, (tag, texts) in enumerate(hunk):
        alone = tag == "del" and hunk[i + 1 : i + 2] and hunk[i + 1][0] != "ins" or tag == "del" and i + 1 == len(hunk)
        if alone and len(texts) > REMOVED:
            lines.append(f"<del>- {texts[0].strip()} ⋯ ({len(texts)} lines)</del>")
        else:
            lines += [f"<{tag}>{diffs.SIGNS[tag]} {text}</{tag}>" for text in texts]
    return lines

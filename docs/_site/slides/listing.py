"""Programs and differences for slides: by ideas, with ⋯ for what is left out, and never a block without its head."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .. import diffs

GAP = '<i class="gap">⋯</i>'
CONTEXTS = (1000, 3, 2, 1, 0)  # lines around a changed one that are shown: all of a piece, or fewer where there is no room
REMOVED = 5  # lines that are only taken out, at most, that are shown one by one

Lines = set[int]


def program(source: str, before: str, room: int, names: Collection[str] = ()) -> list[str]:
    """The code of a program for one slide, or for several where it has more than `room` lines.

    The pieces with these names (`Variable`, `Variable.backward`, `add`); without names those in which something
    changed since the program of the step before; without that, or where nothing changed, all. Where
    there is no room, runs of lines that did not change become ⋯. Each run of changed lines is marked by a key press;
    a piece that is new as a whole is not.

    Raises:
        KeyError: no piece has that name.
    """
    text = source.split("\n")
    found = list(_pieces(source))
    for missing in [name for name in names if not any(_named(piece, name) for piece, _ in found)]:
        raise KeyError(missing)
    new = _new(source, before) if before else set()
    changed = [part for name, part in found if (any(_named(name, n) for n in names) if names else not new or new & part)]
    runs = [new & part for part in changed if not {i for i in part if text[i].strip()} <= new]
    statements = _simple(source)
    ways = [[_around(part, new, width, statements) for part in changed] for width in CONTEXTS]
    fullest = min(ways, key=lambda parts: len(_dealt(parts, source, room)))
    slides = _dealt(fullest, source, room)
    for less in range(room, 0, -1):  # not much here and little there
        even = _dealt(fullest, source, less)
        if len(even) > len(slides):
            break
        slides = even
    marked = _marked(source, set().union(*runs))
    return [_join(slide, text, marked) for slide in slides]


def _named(piece: str, name: str) -> bool:
    """Whether a piece is what has that name, or a method of it."""
    return f"{piece}.".startswith(f"{name}.")


def _new(source: str, before: str) -> Lines:
    """The lines that the step before did not have."""
    return {i for kind, _, _, k, m in diffs.compared(before, source).get_opcodes() if kind in ("insert", "replace") for i in range(k, m)}


def _pieces(source: str) -> Iterator[tuple[str, Lines]]:
    """The name and the lines of each statement of a program, and of each part of a class; no imports, no checks."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            starts = [_first(node), *map(_first, node.body[1:])]
            for start, part in zip(starts, node.body):
                yield f"{node.name}.{_name(part)}", set(range(start, part.end_lineno or start))
        elif not isinstance(node, (ast.Import, ast.ImportFrom, ast.Assert)):
            yield _name(node), set(range(_first(node), node.end_lineno or node.lineno))


def _name(node: ast.stmt) -> str:
    """What it defines, or else its line."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node
    return str(getattr(target, "name", None) or getattr(target, "id", None) or node.lineno)


def _first(node: ast.stmt) -> int:
    """Its first line, from 0, its decorators included."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1


def _simple(source: str) -> list[Lines]:
    """The lines of each statement that has no others in it."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt) and not hasattr(node, "body")]
    return [set(range(node.lineno - 1, node.end_lineno or node.lineno)) for node in found]


def _around(part: Lines, new: Lines, width: int, statements: list[Lines]) -> Lines:
    """The lines of a piece, or of a longer one those near changed lines, each statement whole."""
    near = {i for i in part if any(i - width <= j <= i + width for j in new & part)} or part
    return near.union(*(lines for lines in statements if lines & near))


def _dealt(pieces: list[Lines], source: str, room: int) -> list[Lines]:
    """The lines of each slide: as many pieces as there is room for, and of what is longer as many statements."""
    text = source.split("\n")
    slides: list[Lines] = [set()]
    for piece in pieces:
        parts = [piece] if _height(piece, text) <= room else _statements(piece, source, room)
        for part in parts:
            if slides[-1] and _height(slides[-1] | part, text) > room:
                slides.append(set())
            slides[-1] |= part
    return slides


def _statements(piece: Lines, source: str, room: int) -> list[Lines]:
    """A piece that has no room on a slide, statement by statement."""
    text = source.split("\n")

    def parts(nodes: list[Any], start: int) -> Iterator[Lines]:
        for node in nodes:
            lines = piece & set(range(start, node.end_lineno))
            inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.excepthandler))]
            if inner and _height(lines, text) > room:
                yield from parts(inner, start)
            elif lines:
                yield lines
            start = node.end_lineno

    return list(parts(ast.parse(source).body, 0))


def _height(lines: Lines, text: list[str]) -> int:
    """How many lines they take on a slide."""
    return _join(lines, text, text).count("\n") + 1


def _marked(source: str, changed: Lines) -> list[str]:
    """The lines in HTML; each run of changed ones waits for a key press."""
    lines = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    number = -1
    for i in sorted(changed):
        number += i - 1 not in changed
        if lines[i]:
            lines[i] = f'<span class="fragment custom mark" data-fragment-index="{number}">{lines[i]}</span>'
    return lines


def _join(wanted: Lines, text: list[str], shown: list[str]) -> str:
    """These lines, each below the heads of the blocks that it stands in."""
    lines = sorted(i for i in wanted | _heads(wanted, text) if text[i].strip())
    parts, end = [], lines[0] if lines else 0
    for i in lines:
        if any(text[j].strip() for j in range(end, i)):
            parts.append(" " * _indent(text[i]) + GAP)
        elif i > end:
            parts.append("")
        parts.append(shown[i])
        end = i + 1
    return "\n".join(parts)


def _heads(wanted: Lines, text: list[str]) -> Lines:
    heads = set()
    for i in (i for i in wanted if text[i].strip()):
        indent, j = _indent(text[i]), i
        while indent and j:
            j -= 1
            if text[j].strip() and _indent(text[j]) < indent:
                heads.add(j)
                indent = _indent(text[j])
    return heads


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def changes(old: str, new: str, room: int) -> list[str]:
    """The difference between two programs for one slide or several: each hunk is whole, long removals are one line."""
    slides: list[list[str]] = [[]]
    for hunk in map(_short, diffs.hunks(old, new)):
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

"""Curves: lines over an axis, and points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .drawn import Picture, array, short
from .plane import Plane, area_of


def curve(
    lines: Any,
    points: Mapping[str, Any] | None = None,
    *,
    log: str = "",
    x: str = "",
    y: str = "",
    title: str = "",
    words: str = "",
) -> Picture:
    """Lines over an axis, and points.

    Args:
        lines: numbers, or label -> numbers, or label -> (xs, ys). What is not finite is left out.
        points: label -> (xs, ys), drawn as dots.
        log: "x", "y" or "xy": the axes that are logarithmic. What is not above zero is left out there.
        x: what to write below.
        y: what to write at the left.

    Raises:
        TypeError, ValueError: the arguments are not lines, or nothing of them can be drawn.
    """
    drawn, dotted = _lines(lines, "curve: line"), _lines(points or {}, "curve: points")
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"curve: log is {log!r}: give 'x', 'y' or 'xy'")
    every = [*drawn.values(), *dotted.values()]
    if not every:
        raise ValueError("curve: there is nothing to draw: give numbers, or label -> numbers")
    keys = [*((label, False) for label in drawn), *((label, True) for label in dotted)]
    plane = Plane(area_of(np.concatenate(every), log), log, (x, y), title, keys if any(drawn) or dotted else ())
    for i, line in enumerate(every):
        if i < len(drawn):
            plane.line(line, i)
        if i >= len(drawn) or len(line) == 1:
            plane.dots(line, i)
    told = [*(_course(*item) for item in drawn.items()), *(f"{len(found)} points {label}" for label, found in dotted.items())]
    return plane.picture(words or f"{title or 'Curve'}: {'; '.join(told)}")


def _course(label: str, line: np.ndarray) -> str:
    """A line in words: where it begins and ends, and how far up and down it goes."""
    xs, ys = line[np.isfinite(line).all(axis=1)].T
    missing = len(line) - len(xs)
    if not len(xs):
        return f"{label} nowhere finite".strip()
    ends = {"from": 0, "to": -1, "smallest": ys.argmin(), "largest": ys.argmax()}
    told = [f"{name} {short(ys[i])} at {short(xs[i])}" for name, i in ends.items()]
    return f"{label} {told[0]} {', '.join(told[1:])}".strip() + (f", {missing} not finite" if missing else "")


def _lines(given: Any, what: str) -> dict[str, np.ndarray]:
    """What was given as lines: for each label its xs and ys, a row for each point."""
    found = {}
    for label, line in (given if isinstance(given, Mapping) else {"": given}).items():
        xs, ys = line if isinstance(line, tuple) and len(line) == 2 and np.ndim(line[0]) else (None, line)
        ys = array(ys, f"{what} {label!r}", 1)
        xs = np.arange(len(ys)) if xs is None else array(xs, f"{what} {label!r}: its x", 1)
        if len(xs) != len(ys):
            raise ValueError(f"{what} {label!r} has {len(xs)} x and {len(ys)} y")
        found[str(label)] = np.stack([xs, ys], axis=1)
    return found

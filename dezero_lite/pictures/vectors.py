"""Arrows and paths in the plane, over level lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from .drawn import Picture, array, number, path, short
from .plane import Area, Plane, area_of

CELLS, LEVELS = 48, 10  # along each side; how many level lines


def arrows(
    vectors: Mapping[str, Any] | None = None,
    paths: Mapping[str, Any] | None = None,
    *,
    level: Callable[[Any, Any], Any] | None = None,
    area: Area | None = None,
    x: str = "",
    y: str = "",
    title: str = "",
    words: str = "",
) -> Picture:
    """Arrows and paths in the plane, over the level lines of a function.

    Args:
        vectors: label -> (x, y, dx, dy), or rows of them.
        paths: label -> points, an array (n, 2).
        level: a function of two arrays. Between two of its level lines lies a tenth of its values.
        area: smallest x, largest x, smallest y, largest y; by default what is drawn fits in.
        x: what to write below.
        y: what to write at the left.

    Raises:
        TypeError, ValueError: a vector does not have four numbers, a point does not have two, or there is nothing to draw.
    """
    fields = {label: _rows(given, f"arrows: {label!r}", 4) for label, given in (vectors or {}).items()}
    walks = {label: _rows(given, f"arrows: {label!r}", 2) for label, given in (paths or {}).items()}
    ends = [*(end for field in fields.values() for end in (field[:, :2], field[:, :2] + field[:, 2:])), *walks.values()]
    if not ends and area is None:
        raise ValueError("arrows: there is nothing to draw: give vectors or paths, or an area for the level lines")
    keys = [(label, False) for label in (*fields, *walks)]
    plane = Plane(area or area_of(np.concatenate(ends)), "", (x, y), title, keys, equal=True)
    plane.parts += [path(d, "z", ' stroke-opacity=".6"') for d in (_level_lines(plane, level) if level else ())]
    told = []
    for i, (label, field) in enumerate(fields.items()):
        for vector in field:
            plane.arrow(vector[:2], vector[2:], i)
        start, by = (f"({short(a)}, {short(b)})" for a, b in (field[0, :2], field[0, 2:]))
        told.append(f"{label} from {start} by {by}" if len(field) == 1 else f"{len(field)} arrows {label}")
    for i, (label, walk) in enumerate(walks.items(), len(fields)):
        plane.line(walk, i)
        plane.dots(walk, i, 2)
        start, end = (f"({short(a)}, {short(b)})" for a, b in (walk[0], walk[-1]))
        told.append(f"{label} in {len(walk) - 1} step{'s' * (len(walk) != 2)} from {start} to {end}")
    told += ["level lines"] if level else []
    return plane.picture(words or f"{title or 'Arrows'}: {'; '.join(told)}")


def _level_lines(plane: Plane, level: Callable[[Any, Any], Any]) -> list[str]:
    """The lines along which a function is constant: through each cell that has larger and smaller corners."""
    at = np.linspace(0, 1, CELLS + 1)
    xs, ys = np.meshgrid(plane.low[0] + at * plane.size[0], plane.low[1] + at * plane.size[1])
    values = array(level(xs, ys), "arrows: what level gives", 2)
    if values.shape != xs.shape:
        raise ValueError(f"arrows: level gives the shape {values.shape} for {xs.shape}: it has to compute number by number")
    places = plane.place(np.stack([xs, ys], axis=-1).reshape(-1, 2)).reshape(*xs.shape, 2)

    def cut(a: Any, b: Any, height: float) -> str:
        part = (height - values[a]) / (values[b] - values[a])
        return " ".join(map(number, places[a] + part * (places[b] - places[a])))

    found = []
    for height in np.quantile(values[np.isfinite(values)], (np.arange(LEVELS) + 0.5) / LEVELS).tolist():
        above, d = values > height, ""
        corners = above[:-1, :-1].astype(int) + above[1:, :-1] + above[:-1, 1:] + above[1:, 1:]
        for i, j in np.argwhere(corners % 4).tolist():
            around = pairwise([(i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j), (i, j)])
            cuts = [cut(a, b, height) for a, b in around if above[a] != above[b]]
            d += "".join(f"M{a}L{b}" for a, b in zip(cuts[::2], cuts[1::2]))
        found.append(d)
    return found


def _rows(given: Any, what: str, count: int) -> np.ndarray:
    found = np.atleast_2d(array(given, what, 1, 2))
    if found.shape[1] != count:
        raise ValueError(f"{what} has the shape {found.shape}: {count} numbers in each row are wanted")
    return found

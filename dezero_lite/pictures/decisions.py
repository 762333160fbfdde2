"""What a classifier decides, as a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .drawn import Picture, array, number, path
from .grids import runs
from .plane import LEFT, RIGHT, Plane, area_of

CELLS = 48  # along each side


def regions(
    classify: Callable[[np.ndarray], Any],
    points: Any,
    classes: Any,
    *,
    names: Sequence[str] = (),
    title: str = "",
    words: str = "",
) -> Picture:
    """What a classifier decides everywhere around the points of the data.

    Args:
        classify: from points, an array (n, 2), to their classes 0, 1, …, or to a score for each class, (n, k).
        points: those of the data, an array (n, 2).
        classes: theirs.
        names: of the classes.

    Raises:
        TypeError, ValueError: a point does not have two coordinates, or not one class from 0 on.
    """
    data = array(points, "regions: points", 2)
    if data.shape[1] != 2:
        raise ValueError(f"regions: points have the shape {data.shape}: an array (n, 2) is wanted, a row for each")
    t = _classes(classes, data, "regions: classes")
    plane = Plane(area_of(data), title=title, keys=[(name, True) for name in names], equal=True)
    at = (np.arange(CELLS) + 0.5) / CELLS
    grid = np.stack(np.meshgrid(plane.low[0] + at * plane.size[0], plane.low[1] + at[::-1] * plane.size[1]), axis=-1).reshape(-1, 2)
    decided, found = (_classes(classify(p), p, "regions: what classify gives") for p in (grid, data))
    kinds = sorted({*t.tolist(), *decided.tolist()})
    size = (RIGHT - LEFT) / CELLS
    strokes = [path(runs(decided.reshape(CELLS, CELLS) == k), f"s c{k % 4}", ' stroke-opacity=".3"') for k in kinds]
    plane.parts.append(f'<g transform="matrix({size:g} 0 0 {size:g} {LEFT} {number(plane.top + size / 2)})">{"".join(strokes)}</g>')
    for k in kinds:
        plane.dots(data[t == k], k, 3)
    shares = ", ".join(f"{names[k] if names else f'class {k}'} has {100 * (decided == k).mean():.0f} %" for k in kinds)
    right = f"{(found == t).sum()} of {len(t)} points lie where their class is decided"
    return plane.picture(words or f"{title or 'Map of decisions'}: of the plane {shares}; {right}")


def _classes(given: Any, points: np.ndarray, what: str) -> np.ndarray:
    found = array(given, what, 1, 2)
    found = found.argmax(axis=1) if found.ndim == 2 and found.shape[1] > 1 else found.ravel()
    if len(found) != len(points) or (found < 0).any() or (found % 1).any():
        raise ValueError(f"{what}: {len(points)} classes are wanted, each 0, 1, 2 or so on")
    return found.astype(int)

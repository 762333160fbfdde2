"""Arrays as squares: heat maps, and images beside one another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import ceil, sqrt
from typing import Any

import numpy as np

from .drawn import Picture, array, number, path, short, text, widest

SHADES = 12


def runs(wanted: np.ndarray) -> str:
    """Where a matrix is true, as strokes along its rows; a cell is one by one."""
    found = []
    for y, row in enumerate(np.pad(wanted, ((0, 0), (1, 1)))):
        ends = np.flatnonzero(row[1:] != row[:-1]).tolist()
        found += [f"M{a} {y}h{b - a}" for a, b in zip(ends[::2], ends[1::2])]
    return "".join(found)


def shaded(values: np.ndarray, most: float, x: float, y: float, across: float, down: float, plus: str, full: float = 1) -> str:
    """A matrix from (x, y) on: the larger a value, the fuller its colour, `plus`, or orange below zero; nan has none."""
    levels = np.rint(np.nan_to_num(values / most, nan=0, posinf=1, neginf=-1).clip(-1, 1) * SHADES)
    paths = [
        path(runs(levels == level), f"s {plus if level > 0 else 'c1'}", f' stroke-opacity="{abs(level) / SHADES * full:.2g}"')
        for level in np.unique(levels[levels != 0]).tolist()
    ]
    return f'<g transform="matrix({across} 0 0 {down} {number(x)} {number(y + down / 2)})">{"".join(paths)}</g>'


def largest(values: np.ndarray) -> float:
    """The largest size of a value that is finite, or 1."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0)) or 1.0


def titled(parts: list[str], title: str, width: float, height: float, words: str) -> Picture:
    width = max(width, widest([title]) * 1.1 + 16)
    return Picture((*parts, *([text(width / 2, 16, title, "t")] if title else [])), width, height, words)


def heat(
    values: Any,
    rows: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    *,
    most: float | None = None,
    title: str = "",
    words: str = "",
) -> Picture:
    """A matrix as a heat map: blue above zero, orange below, in each cell its value if there is room; nan stays empty.

    Args:
        values: a matrix, or a vector, which is one row.
        rows: what to write beside them.
        columns: what to write above them.
        most: the value that has the full colour; else the largest there is, on either side of zero.

    Raises:
        TypeError, ValueError: values are not a matrix, or there are more or fewer labels than rows or columns.
    """
    values = np.atleast_2d(array(values, "heat: values", 1, 2))
    for labels, count, name in ((rows, len(values), "rows"), (columns, values.shape[1], "columns")):
        if labels is not None and len(labels) != count:
            raise ValueError(f"heat: {len(labels)} labels for {count} {name}")
    beside, above = ([] if labels is None else list(labels) for labels in (rows, columns))
    written = values.size <= 150 and values.shape[1] <= 12
    size = max(3, min(28, 400 // max(values.shape)))
    across, down = (max(42, widest(above) + 6), 30) if written else (size, size)
    left, top = 8 + widest(beside) + 6 * bool(beside), 8 + 22 * bool(title) + 20 * bool(above)
    width, height = across * values.shape[1], down * len(values)
    middles = [left + (j + 0.5) * across for j in range(values.shape[1])], [top + (i + 0.5) * down for i in range(len(values))]
    parts = [shaded(values, most or largest(values), left, top, across, down, "c0", 0.7 if written else 1)]
    parts.append(path(f"M{number(left)} {top}h{number(width)}v{height}h{number(-width)}z", "x"))
    parts += [text(left - 6, y, label, "r") for y, label in zip(middles[1], beside)]
    parts += [text(x, top - 11, label) for x, label in zip(middles[0], above)]
    if written:
        parts += [text(middles[0][j], middles[1][i], _inside(v)) for (i, j), v in np.ndenumerate(values) if not np.isnan(v)]
    told, empty = f"{title or 'Heat map'}: {len(values)} × {values.shape[1]} values", int(np.isnan(values).sum())
    for name, find in (("smallest", np.nanargmin), ("largest", np.nanargmax)) if empty < values.size else ():
        i, j = divmod(int(find(values)), values.shape[1])
        told += f", the {name} {short(values[i, j])} in row {beside[i] if beside else i}, column {above[j] if above else j}"
    told += f"; {empty} are not there yet" if empty else ""
    return titled(parts, title, left + width + 8, top + height + 8, words or told)


def _inside(value: float) -> str:
    """A value as it is written into a cell: two decimals where they say anything."""
    said = f"{value:.2f}".rstrip("0").rstrip(".") if 0.005 <= abs(value) < 100 else f"{value:.0e}" if value else "0"
    return said.replace("-", "−")


def images(
    arrays: Any,
    captions: Iterable[Any] | None = None,
    *,
    marked: Collection[int] = (),
    columns: int | None = None,
    title: str = "",
    words: str = "",
) -> Picture:
    """Small grey images beside one another; where any value is below zero, blue ones, with orange below zero.

    Args:
        arrays: one image, or several of the same size.
        captions: what to write below each.
        marked: the numbers of those that get a frame.
        columns: how many stand in a row.

    Raises:
        TypeError, ValueError: arrays are not images of one size, or there are more or fewer captions than images.
    """
    values = array(arrays, "images: arrays", 2, 3)
    values = values.reshape(-1, *values.shape[-2:])
    count, tall, broad = values.shape
    below = [] if captions is None else [str(caption) for caption in captions]
    if captions is not None and len(below) != count:
        raise ValueError(f"images: {len(below)} captions for {count} images")
    if missing := set(marked) - set(range(count)):
        raise ValueError(f"images: {min(missing)} is marked, but the images are 0 to {count - 1}")
    many = min(columns or min(10, ceil(sqrt(2 * count))), count)
    pixel = max(1, min(16, 400 // (many * (broad + 2))))
    width, height = broad * pixel, tall * pixel
    across, down = max(width + 12, widest(below) + 4), height + 12 + 16 * bool(below)
    kind, top, parts = "c0" if (values < 0).any() else "k", 4 + 22 * bool(title), []
    for n, image in enumerate(values):
        x, y = 4 + n % many * across + (across - width) / 2, top + n // many * down + 6
        frame = f"M{number(x - 1)} {number(y - 1)}h{width + 2}v{height + 2}h-{width + 2}z"
        parts += [path(frame, "m" if n in marked else "x"), shaded(image, largest(values), x, y, pixel, pixel, kind)]
        parts += [text(x + width / 2, y + height + 12, below[n])] if below else []
    told = f"{title or 'Images'}: {count} of {tall} × {broad}" + (f", captions {', '.join(below)}" if below else "")
    told += f"; marked: {', '.join(below[n] if below else str(n) for n in sorted(marked))}" if marked else ""
    return titled(parts, title, 8 + many * across, top + ceil(count / many) * down + 4, words or told)

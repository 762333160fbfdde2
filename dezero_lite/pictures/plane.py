"""The plane: axes with ticks, and lines, dots and arrows between them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isnan, log10
from typing import Any

import numpy as np

from .drawn import Picture, number, path, short, text, widest

WIDTH, LEFT, RIGHT, TALL = 420, 58, 406, 206
DASHES = ("", ' stroke-dasharray="7 4"', ' stroke-dasharray="2 3"', ' stroke-dasharray="8 3 2 3"')
DOTS = ("m-{0} 0a{0} {0} 0 1 0 {1} 0a{0} {0} 0 1 0-{1} 0z", "m-{0}-{0}h{1}v{1}h-{1}z",
        "m0-{1}l{1} {1}l-{1} {1}l-{1}-{1}z", "m0-{0}l{0} {1}h-{1}z")  # fmt: skip
Area = tuple[float, float, float, float]  # smallest x, largest x, smallest y, largest y


class Plane:
    """Axes with their ticks, and what is drawn between them.

    Args:
        area: what has to have room in it.
        log: the axes that are logarithmic.
        labels: what to write at the axes.
        keys: what lines and points mean, and which are points.
        equal: whether a circle is a circle.
    """

    def __init__(self, area: Area, log: str = "", labels: tuple[str, str] = ("", ""), title: str = "",
                 keys: Sequence[tuple[str, bool]] = (), equal: bool = False) -> None:  # fmt: skip
        self.log = log
        with np.errstate(all="ignore"):
            low, high = np.array([[area[0], area[2]], [area[1], area[3]]])
            low, high = (np.where(["x" in log, "y" in log], np.log10(ends), ends) for ends in (low, high))
        half, middle = (high - low) / 2, (high + low) / 2
        half = np.where(half > 1e-9 * abs(middle), 1.08 * half, np.where(middle != 0, abs(middle) / 2, 0.5))
        half = np.full(2, half.max()) if equal else half
        self.low, self.size = middle - half, 2 * half
        self.parts = [text(WIDTH / 2, 16, title, "t")] if title else []
        top = 10.0 + 22 * bool(title)
        self._key(keys, top)
        self.top = top + 20 * bool(keys) + 18 * self.rows
        self.bottom = self.top + (RIGHT - LEFT if equal else TALL)
        for tick, said in ticks(self.low[0], self.low[0] + self.size[0], "x" in log):
            x = LEFT + (tick - self.low[0]) / self.size[0] * (RIGHT - LEFT)
            self.parts += [path(f"M{number(x)} {number(self.top)}V{number(self.bottom)}", "x"), text(x, self.bottom + 13, said, "n")]
        for tick, said in ticks(self.low[1], self.low[1] + self.size[1], "y" in log):
            y = self.bottom - (tick - self.low[1]) / self.size[1] * (self.bottom - self.top)
            self.parts += [path(f"M{LEFT} {number(y)}H{RIGHT}", "x"), text(LEFT - 6, y, said, "n r")]
        self.parts.append(text((LEFT + RIGHT) / 2, self.bottom + 32, labels[0]) if labels[0] else "")
        turned = f'<g transform="translate(10 {number((self.top + self.bottom) / 2)})rotate(-90)">{text(0, 0, labels[1])}</g>'
        self.parts.append(turned if labels[1] else "")
        self.height = self.bottom + 26 + 20 * bool(labels[0])

    def _key(self, keys: Sequence[tuple[str, bool]], top: float) -> None:
        self.rows, x = 0, float(LEFT)
        for i, (label, dotted) in enumerate(keys):
            if x > LEFT and x + 30 + widest([label]) > WIDTH:
                self.rows, x = self.rows + 1, LEFT
            y = top + 6 + 18 * self.rows
            line, dot = f"M{number(x)} {number(y)}h20", f"M{number(x + 10)} {number(y)}{_dot(i, 3.5)}"
            self.parts.append(path(dot, f"o f{i % 4}") if dotted else path(line, f"c{i % 4}", DASHES[i % 4]))
            self.parts.append(text(x + 26, y, label, "l"))
            x += 42 + widest([label])

    def place(self, points: Any) -> np.ndarray:
        """Where points, an x and a y each, lie in the picture; nan for those that can't be drawn in it."""
        with np.errstate(all="ignore"):
            points = np.stack([np.log10(v) if axis in self.log else v for axis, v in zip("xy", np.asarray(points, dtype=float).T)])
            across, up = (points - self.low[:, None]) / self.size[:, None]
        places = np.stack([LEFT + across * (RIGHT - LEFT), self.bottom - up * (self.bottom - self.top)], axis=1)
        places[~((abs(across - 0.5) < 0.501) & (abs(up - 0.5) < 0.501))] = np.nan
        return places

    def line(self, points: Any, i: int) -> None:
        """A line, with a gap where a point can't be drawn."""
        d, pen = "", "M"
        for x, y in self.place(points).tolist():
            d += "" if isnan(x) else f"{pen}{number(x)} {number(y)}"
            pen = "M" if isnan(x) else "L"
        self.parts.append(path(d, f"c{i % 4}", DASHES[i % 4]))

    def dots(self, points: Any, i: int, radius: float = 3.5) -> None:
        """Points, of a shape and colour by their number."""
        there = [(x, y) for x, y in self.place(points).tolist() if not isnan(x)]
        self.parts.append(path("".join(f"M{number(x)} {number(y)}{_dot(i, radius)}" for x, y in there), f"o f{i % 4}"))

    def arrow(self, start: np.ndarray, by: np.ndarray, i: int) -> None:
        """An arrow, its head not longer than itself."""
        tail, tip = self.place([start, start + by])
        length = float(np.hypot(*(tip - tail)))
        if isnan(length) or length < 0.1:
            return
        u, v = min(9, length) * (tip - tail) / length
        sides = [tip + (-u + s * v / 2, -v - s * u / 2) for s in (1, -1)]
        a, b, c, d = (" ".join(map(number, point)) for point in (tail, tip, *sides))
        self.parts.append(path(f"M{a}L{b}M{c}L{b}L{d}", f"c{i % 4}"))

    def picture(self, words: str) -> Picture:
        frame = path(f"M{LEFT} {number(self.top)}V{number(self.bottom)}H{RIGHT}", "z")
        return Picture((*self.parts, frame), WIDTH, self.height, words)


def _dot(i: int, radius: float) -> str:
    return DOTS[i % 4].format(number(radius), number(2 * radius))


def ticks(low: float, high: float, log: bool = False) -> list[tuple[float, str]]:
    """Round numbers between low and high, at most seven, and how they are written."""
    if log and (powers := range(ceil(low), floor(high) + 1, 1 + floor((high - low) / 7))) and len(powers) > 1:
        raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        few = all(abs(n) < 4 for n in powers)
        return [(n, short(10.0**n) if few else f"10{str(n).translate(raised)}") for n in powers]
    if log:
        return [(log10(value), said) for value, said in ticks(10**low, 10**high) if value > 0]
    rough = (high - low) / 6
    unit = 10.0 ** floor(log10(rough))
    by = unit * next(m for m in (1, 2, 5, 10) if m * unit >= rough)
    return [(n * by, f"{n * by:.6g}".replace("-", "−")) for n in range(ceil(low / by), floor(high / by) + 1)]


def area_of(points: np.ndarray, log: str = "") -> Area:
    """The smallest and the largest x and y of points, an x and a y each, that can be drawn."""
    ends: list[float] = []
    for axis, values in zip("xy", points.T):
        values = values[np.isfinite(values) & ((values > 0) | (axis not in log))]
        if not values.size:
            raise ValueError(f"nothing can be drawn: no {axis} is finite" + " and above zero, as a log axis needs it" * (axis in log))
        ends += [float(values.min()), float(values.max())]
    return ends[0], ends[1], ends[2], ends[3]

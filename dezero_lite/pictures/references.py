"""Which object refers to which: objects in a row, and an arrow for each reference that one of them holds to another.

A full arrow is a counted reference, a dashed one a weak reference, which does not keep alive what it refers to.
The number in each box is how many full arrows lead to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from weakref import ref

from .drawing import STYLE, _Layout

BOX, GAP, MIDDLE = 44, 92, 92


@dataclass(frozen=True)
class References:
    """Objects by their labels, and (from, to, attribute, whether it counts) of each reference."""

    labels: tuple[str, ...]
    rounded: tuple[bool, ...]
    held: tuple[bool, ...]
    arrows: tuple[tuple[int, int, str, bool], ...]

    def count(self, i: int) -> int:
        """How many references keep an object alive."""
        return self.held[i] + sum(end == i and counts for _, end, _, counts in self.arrows)

    def describe(self) -> str:
        """What the picture says, in words."""
        said = [f"The name {label} refers to it." for label, held in zip(self.labels, self.held) if held]
        for start, end, attribute, counts in self.arrows:
            how = "refers" if counts else "refers weakly"
            said.append(f"{self.labels[start]} {how} to {self.labels[end]} ({attribute}).")
        numbers = ", ".join(f"{label} {self.count(i)}" for i, label in enumerate(self.labels))
        return " ".join([*said, f"Counts: {numbers}."])

    def _repr_svg_(self) -> str:
        widths = [max(60, _Layout.width_of(label, rounded)) for label, rounded in zip(self.labels, self.rounded)]
        lefts = [20 + sum(widths[:i]) + GAP * i for i in range(len(widths))]
        centres = [left + width / 2 for left, width in zip(lefts, widths)]
        parts = []
        for start, end, attribute, counts in self.arrows:
            back = end < start  # those that go back are above
            side = -1 if back else 1
            inward = -1 if back else 1
            x0, x1 = (centres[i] + s * inward * widths[i] / 2 * 0.55 for i, s in ((start, 1), (end, -1)))
            y = MIDDLE + side * BOX / 2
            top = y + side * 26
            dash = "" if counts else ' stroke-dasharray="5 4"'
            parts.append(f'<path class="e" d="M{x0:g} {y:g}C{x0:g} {top:g} {x1:g} {top:g} {x1:g} {y + side * 7:g}"{dash}/>')
            parts.append(f'<path class="a" d="M{x1:g} {y:g}l-4 {side * 8:g}h8z"/>')
            parts.append(f'<text class="n h" x="{(x0 + x1) / 2:g}" y="{top + side * 5:g}">{escape(attribute)}</text>')
        for i, label in enumerate(self.labels):
            x, w = centres[i], widths[i]
            shape = (
                f'<ellipse class="v" cx="{x:g}" cy="{MIDDLE}" rx="{w / 2:g}" ry="{BOX / 2}"/>'
                if self.rounded[i]
                else f'<rect class="f" x="{x - w / 2:g}" y="{MIDDLE - BOX / 2}" width="{w:g}" height="{BOX}" rx="6"/>'
            )
            parts.append(f'{shape}<text x="{x:g}" y="{MIDDLE - 7}">{escape(label)}</text>')
            parts.append(f'<text class="s" x="{x:g}" y="{MIDDLE + 10}">count {self.count(i)}</text>')
            if self.held[i]:
                parts.append(f'<path class="e" d="M{x:g} 26V{MIDDLE - BOX / 2 - 7}"/>')
                parts.append(f'<path class="a" d="M{x:g} {MIDDLE - BOX / 2}l-4 -8h8z"/>')
                parts.append(f'<text class="n h" x="{x:g}" y="16">the name {escape(label)}</text>')
        width, height = lefts[-1] + widths[-1] + 20, 2 * MIDDLE - 20
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="dzl-graph" role="img" aria-label="{escape(self.describe())}" '
            f'viewBox="0 0 {width:g} {height}" width="{width:g}" height="{height}"><style>{STYLE}</style>{"".join(parts)}</svg>'
        )


def references(objects: Mapping[str, Any], held: Collection[str] = ()) -> References:
    """The references among some objects, read from their attributes.

    Args:
        objects: label -> object, from left to right.
        held: the labels of those to which a name refers as well.
    """
    number = {id(thing): i for i, thing in enumerate(objects.values())}
    arrows = [
        (number[id(thing)], number[id(target)], attribute, counts)
        for thing in objects.values()
        for attribute, value in vars(thing).items()
        for target, counts in _referred(value)
        if id(target) in number
    ]
    rounded = tuple(hasattr(thing, "data") for thing in objects.values())
    return References(tuple(objects), rounded, tuple(label in held for label in objects), tuple(arrows))


def _referred(value: Any) -> Iterator[tuple[Any, bool]]:
    """What a value refers to, itself or by its elements, and whether that counts."""
    for one in value if isinstance(value, tuple) else (value,):
        yield (one(), False) if isinstance(one, ref) else (one, True)

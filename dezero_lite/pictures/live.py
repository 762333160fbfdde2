"""Runs that you can watch, and values that the reader sets.

A picture that changes stays one output: a notebook replaces it, the page is told by `display`, the build keeps the last.
A script that runs by itself shows how far it is, if someone sits at a terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import count
from typing import Any

import numpy as np

from .grids import images

# What the page sets: `display(html, slot)` shows HTML or SVG in a place of its own among a block's outputs, and gives
# True if the run is to stop; `values` has what the reader has set, by its label.
display: Callable[[str, int], bool | None] | None = None
values: dict[str, Any] = {}
_slots = count()


class Slot:
    """A place among the outputs, whose content may change."""

    def __init__(self) -> None:
        self.number, self.handle = next(_slots), None

    def show(self, thing: Any) -> bool:
        """Put it there, and return whether the reader has asked the run to stop."""
        if display is not None:
            draw = getattr(thing, "_repr_html_", None) or thing._repr_svg_
            return bool(display(draw(), self.number))
        if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
            from IPython.display import display as show

            if self.handle is None:
                self.handle = show(thing, display_id=True)  # type: ignore[no-untyped-call]
            else:
                self.handle.update(thing)
        return False


def steps(number: int, show: Callable[[], Any] | None = None, every: int = 50, more: bool = False) -> Iterator[int]:
    """range(number) for a loop that is watched: for step in steps(300, show=lambda: curve(losses)): …

    Args:
        number: how many steps.
        show: gives the picture as it is now.
        every: after how many steps it is asked, and at the end.
        more: whether the cell may be run again to go on, as one that trains what an earlier cell has made; the page
            offers it.

    Raises:
        ValueError: number or every is not above zero.
    """
    if number < 1 or every < 1:
        raise ValueError(f"steps: {number} steps, a picture every {every}: both have to be above zero")
    return _steps(number, show, every, more)


def _steps(number: int, show: Callable[[], Any] | None, every: int, more: bool) -> Iterator[int]:
    slot, told = Slot(), display is None and sys.stderr.isatty()
    try:
        for step in range(number):
            yield step
            if (step + 1) % every and step + 1 < number:
                continue
            if told:
                print(f"\rstep {step + 1} of {number}", end="", file=sys.stderr, flush=True)
            if show is not None and slot.show(show()):
                break
    finally:
        if told:
            print(file=sys.stderr)
    if more:
        Slot().show(Control({"kind": "more", "label": f"On with {number} more"}, "Run again to go on with it."))


@dataclass(frozen=True)
class Control:
    """What the reader can set, as the page needs it, and as it is without."""

    told: dict[str, Any]
    without: str

    def _repr_html_(self) -> str:
        return f'<div class="dzl-control" data-control="{escape(json.dumps(self.told))}">{self.without}</div>'


def control(label: str, value: Any, low: float | None = None, high: float | None = None) -> Any:
    """A value that the reader of the page can set, which runs the cell again; everywhere else it is `value`.

    A number has a slider from low to high, in whole steps if value is an int, by factors if high is 50 times low;
    text has a field; a matrix from 0 to high is drawn, pixel by pixel, with finger, mouse or keys.

    Raises:
        TypeError: value is none of these.
        ValueError: a number does not lie between low and high.
    """
    found = values.get(label, value)
    if isinstance(value, str):
        Slot().show(Control({"kind": "text", "label": label, "value": found}, f"{escape(label)}: {escape(found)}"))
        return str(found)
    if np.ndim(value) == 2:
        matrix = np.array(found, dtype=np.float64)
        told = {"kind": "pad", "label": label, "value": matrix.tolist(), "high": float(high or np.max(value))}
        Slot().show(Control(told, images(matrix, title=label)._repr_svg_()))
        return matrix
    if not isinstance(value, (int, float)):
        raise TypeError(f"control: {label!r} has a {type(value).__name__}: a number, text or a matrix can be set")
    if low is None or high is None or not low <= value <= high:
        raise ValueError(f"control: {label!r} is {value}, from low = {low} to high = {high}: give ends that it lies between")
    told = {"kind": "number", "label": label, "value": found, "low": low, "high": high, "whole": isinstance(value, int)}
    Slot().show(Control(told, f"{escape(label)} = {found}"))
    return type(value)(found)

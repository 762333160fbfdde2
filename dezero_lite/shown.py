"""What an author of functions sees of a call, without being in the way of what he writes himself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from .several import Output


class Shown:
    """An attribute that a Function shows unless its author writes his own: an instance's comes first."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read

    def __get__(self, f: Any, kind: Any = None) -> Any:
        return self if f is None else self.read(f)


def inputs_of(f: Any, variable_at: Callable[[Any, Any], Any]) -> tuple[Any, ...]:
    """The input variables of f; of those that are no leaves, with the arrays that f kept."""
    xs = f.__xs__ if f.keeps_xs else (None,) * len(f.__inputs__)
    return tuple(variable_at(place, x) for place, x in zip(f.__inputs__, xs))


def with_variables(f: Any, variable_at: Callable[[Any, Any], Any]) -> Any:
    """A copy of f for a differentiable pass, which has variables where f keeps arrays of the graph.

    That is in xs and y, and where its author kept one of these under a name of his own.
    """
    twin = copy.copy(f)
    arrays: list[tuple[Any, Any]] = []
    if f.keeps_xs:
        twin.__xs__ = tuple(x if p is None else variable_at(p, x) for p, x in zip(f.__inputs__, f.__xs__))
        arrays += zip(f.__xs__, twin.__xs__)
    if hasattr(f, "__y__"):
        several = isinstance(f.__y__, tuple)
        ys = f.__y__ if several else (f.__y__,)
        new = tuple(variable_at(Output(f, i) if several else f, y) for i, y in enumerate(ys))
        twin.__y__ = new if several else new[0]
        arrays += zip(ys, new)
    for name, value in getattr(f, "__dict__", {}).items():
        for array, variable in arrays:
            if value is array:
                setattr(twin, name, variable)
    return twin


def author_keeps(f: Any, y: Any) -> bool:
    """Whether the author of f keeps what forward returned himself: then f may keep it too, at no cost."""
    kept = getattr(f, "__dict__", {}).values()
    return bool(kept) and any(value is one for value in kept for one in (y if isinstance(y, tuple) else (y,)))

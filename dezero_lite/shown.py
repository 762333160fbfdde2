"""What an author of functions sees of a call, without being in the way of what he writes himself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .several import output


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
    if hasattr(f, "__xs__"):
        twin.__xs__ = tuple(x if p is None else variable_at(p, x) for p, x in zip(f.__inputs__, f.__xs__))
        arrays += zip(f.__xs__, twin.__xs__)
    if hasattr(f, "__y__"):
        several = isinstance(f.__y__, tuple)
        ys = f.__y__ if several else (f.__y__,)
        new = tuple(variable_at(output(f, i) if several else f, y) for i, y in enumerate(ys))
        twin.__y__ = new if several else new[0]
        arrays += zip(ys, new)
    for name, value in _written(f).items():
        for array, variable in arrays:
            if value is array:
                setattr(twin, name, variable)
    return twin


def author_keeps(f: Any, y: Any) -> bool:
    """Whether the author of f keeps y, or one of several, himself: then f may keep it too, at no cost."""
    kept = _written(f).values()
    return bool(kept) and any(value is one for value in kept for one in (y if isinstance(y, tuple) else (y,)))


def _written(f: Any) -> dict[str, Any]:
    """What stands on f under names of its author's: the engine's begin with two underscores."""
    return getattr(f, "__dict__", {}) | {name: getattr(f, name) for name in _slots(f.__class__) if hasattr(f, name)}


@cache
def _slots(kind: Any) -> tuple[str, ...]:
    found = [vars(base).get("__slots__", ()) for base in kind.__mro__]
    names = [name for slots in found for name in ([slots] if isinstance(slots, str) else slots)]
    return tuple(name for name in names if not name.startswith("__"))


def read_only(gy: Any) -> Any:
    """The array as its author may see it: a gradient is shared, and changed in place it would be wrong for others."""
    view = np.asarray(gy).view()
    view.flags.writeable = False
    return view

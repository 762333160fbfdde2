"""What an author of functions sees of a call, without being in the way of what he writes himself."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from functools import lru_cache
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
        new = _with(arrays, value)
        if new is not value:
            setattr(twin, name, new)
    return twin


def _with(arrays: list[tuple[Any, Any]], value: Any) -> Any:
    """The value, or what stands for it; of a tuple each part."""
    if type(value) is tuple:
        parts = tuple(_with(arrays, part) for part in value)
        return value if all(map(operator.is_, parts, value)) else parts
    return next((variable for array, variable in arrays if value is array), value)


def author_keeps(f: Any, y: Any) -> bool:
    """Whether the author of f keeps y, or one of several, himself: then f may keep it too, at no cost."""
    parts = [(one, None) for one in (y if isinstance(y, tuple) else (y,))]
    return any(_with(parts, value) is not value for value in _written(f).values())


def _written(f: Any) -> dict[str, Any]:
    """What stands on f under names of its author's: the engine's begin with two underscores."""
    return getattr(f, "__dict__", {}) | {name: getattr(f, name) for name in _slots(f.__class__) if hasattr(f, name)}


@lru_cache(maxsize=256)
def _slots(kind: Any) -> tuple[str, ...]:
    names = []
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if not name.startswith("__"):
                names.append(name)
            elif not name.endswith("__"):  # private: Python writes the class's name in front
                names.append(f"_{base.__name__.lstrip('_')}{name}")
    return tuple(names)


def read_only(gy: Any) -> Any:
    """The array as its author may see it: a gradient is shared, and changed in place it would be wrong for others."""
    view = np.asarray(gy).view()
    view.flags.writeable = False
    return view

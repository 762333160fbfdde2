"""What the engine says when something makes no sense: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from .arraylike import ArrayLike, data_of

# What counts as an array: an ndarray (no subclass: their operators mean something else) or a number.
ARRAYS = frozenset({np.ndarray, float, int, bool, complex, *np.sctypeDict.values()})


def not_an_array(data: Any) -> TypeError:
    return TypeError(
        f"Variable takes a NumPy array or None, not {type(data).__name__}: write Variable(np.array({data!r:.60}))"
    )


def array_in(variable: Any, user: Any) -> np.ndarray:
    """The data of a variable, which became a NumPy number by arithmetic, as an array; or TypeError."""
    if isinstance(variable.data, np.generic):
        array = variable.data = np.asarray(variable.data)  # x.data = x.data - rate * x.grad, of a 0-d x
        return array
    has = "without data" if variable.data is None else f"with {_a(variable.data)} as data"
    raise TypeError(f"{type(user).__name__} got a Variable {has}: set .data to an array first")


def check_fresh(f: Any) -> None:
    """Raise if a Function can't be called: it was called before, or is not itself to the engine's tables."""
    name = type(f).__name__
    if hasattr(f, "__inputs__"):
        raise RuntimeError(f"this {name} was called before: make a new one, {name}(...), for each call")
    if f.__class__.__hash__ is not object.__hash__:
        raise TypeError(f"two calls of {name} may count as equal: take its __eq__ away (@dataclass(eq=False))")


def returned(y: Any, f: Any, method: str) -> np.ndarray:
    """What a method of f returned, as an array; TypeError if it is neither an array nor a number."""
    if y.__class__ in ARRAYS:
        return np.asarray(y)
    raise TypeError(f"{type(f).__name__}.{method} returned {_a(y)}, not an array")


def arrays(ys: Any, f: Any) -> list[np.ndarray]:
    """What forward returned, if it is a tuple of arrays."""
    return [returned(y, f, "forward") for y in (ys if isinstance(ys, tuple) else [ys])]


def checked(gxs: Any, f: Any, create_graph: bool) -> list[Any]:
    """What backward returned, an array (or variable) or None for each input."""
    gxs = gxs if isinstance(gxs, tuple) else (gxs,)
    if len(gxs) != len(f.__inputs__):
        raise ValueError(
            f"{type(f).__name__}.backward returned {len(gxs)} gradients for {len(f.__inputs__)} inputs"
        )
    return [
        gx if gx is None or create_graph and isinstance(gx, ArrayLike) else returned(gx, f, "backward")
        for gx in gxs
    ]


def wrong_shape(f: Any, found: Any, wanted: Any) -> ValueError:
    return ValueError(
        f"{type(f).__name__}.backward returned a gradient of shape {found} for an input of shape {wanted}"
    )


def check_differentiable(variable: Any, name: str = "a gradient") -> None:
    """Raise TypeError if a gradient of the variable makes no sense."""
    if not isinstance(variable, ArrayLike):
        raise TypeError(f"{name} is asked of {_a(variable)}, not of a Variable: write Variable(np.array(...))")
    data = variable.data
    if not isinstance(data, (np.ndarray, np.generic)):
        has = "no data" if data is None else f"{_a(data)} as data"
        raise TypeError(f"{_label(variable)} has {has}: set .data to an array to differentiate")
    if data.dtype.kind != "f":
        raise TypeError(
            f"{name} is asked of {_label(variable)}, but its dtype is {data.dtype} and only floating "
            "dtypes have one: convert it with .astype(float), or use the bare array as a constant"
        )


def check_gradient(gradient: Any, variable: Any) -> None:
    """Raise if gradient can't be one of the variable, which has floating data."""
    array, data = data_of(gradient), variable.data
    what = f"the gradient given for {_label(variable)}"
    if not isinstance(array, (np.ndarray, np.generic)):
        raise TypeError(f"{what} is {_a(array)}, not an array: write np.array(...)")
    if not np.can_cast(array.dtype, data.dtype, "same_kind"):
        raise TypeError(f"{what} has the dtype {array.dtype}, but its data has {data.dtype}")
    if array.shape != data.shape:
        raise ValueError(
            f"{what} has shape {array.shape}, but its data has shape {data.shape}: "
            "give an array of that shape, or call cleargrad()"
        )


def check_not_lost(active: Collection[Any], found: Any, given: Any = None) -> None:
    """Raise if arrays that were found depend on what an enclosing `grad` differentiates by.

    They do if the pass came to it, or if what was given (the seed) is a variable that was made from it.
    """
    if any(place in found for place in active) or active and isinstance(given, ArrayLike) and _made_from(given, active):
        raise RuntimeError(
            "this gradient depends on the argument of a function that grad is differentiating, and would be "
            "taken for a constant: ask for it with create_graph=True, or of y.detach() if it is one"
        )


def _made_from(variable: Any, active: Collection[Any]) -> bool:
    waiting, seen = [variable if variable.source is None else variable.source], set()
    while waiting:
        place = waiting.pop()
        if place in active:
            return True
        if place is not None and place not in seen:
            seen.add(place)
            waiting.extend(place.__inputs__)
    return False


def check_real(gradient: Any) -> None:
    """Raise TypeError if a gradient is complex, because a complex variable was on the way."""
    if gradient.dtype.kind == "c":
        raise TypeError("a gradient came through complex numbers, for which there are no rules here: use real ones")


def in_a_graph() -> TypeError:
    return TypeError("a variable inside a graph can't be copied or pickled: take v.detach(), a leaf")


def _label(variable: Any) -> str:
    return "the variable" if variable.name is None else f"the variable {variable.name!r}"


def _a(thing: Any) -> str:
    return f"a {type(thing).__name__}"

"""What may be a gradient of a variable, and how it is added to its grad."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from threading import RLock
from typing import Any

import numpy as np

from . import errors
from .arraylike import ArrayLike, data_of
from .several import Parts


_adding = RLock()  # held while gradients are added, so that no thread's get lost


def seed_of(variable: Any) -> Any:
    """What a pass from the variable starts with: a grad set by hand on what is no leaf; or None."""
    return None if variable.source is None else variable.__grad__


def as_gradient(gradient: Any, variable: Any) -> Any:
    """The gradient, ones for None, as an array of the variable's dtype (or a variable); or it raises."""
    errors.check_differentiable(variable)
    if gradient is None:
        return np.ones(variable.shape, variable.dtype)
    errors.check_gradient(gradient, variable)
    return gradient if isinstance(gradient, ArrayLike) else np.asarray(gradient, variable.dtype)


def start(seed: Any, y: Any, as_variable: Any) -> Any:
    """What a pass from y starts with: a variable, made by as_variable; or a NumPy number if y has no axes."""
    seed = as_gradient(seed, y)
    if as_variable is None:
        array = data_of(seed)
        return array if array.shape else array[()]
    return seed if isinstance(seed, ArrayLike) else as_variable(seed)


def add(found: dict[Any, Any]) -> None:
    """Add the gradients that a pass has found to the grads at their places: to all or to none."""
    # fmt: off
    with _adding: _add(found)  # in one line: an interrupt between two would leave the lock closed
    # fmt: on


def _add(found: dict[Any, Any]) -> None:
    sums = {p: added(gradient, p) for p, gradient in found.items() if not isinstance(gradient, Parts)}
    deque(map(setattr, sums, repeat("__grad__"), sums.values()), maxlen=0)  # a loop in C, where no Ctrl-C is heard


def added(gradient: Any, place: Any) -> Any:
    """The grad at a place plus gradient: an array, or a variable, that no one else refers to."""
    if not isinstance(place, ArrayLike):
        total, dtype = gradient if place.__grad__ is None else place.__grad__ + gradient, gradient.dtype
    else:
        leaf: Any = place
        total, dtype = gradient, leaf.dtype
        if leaf.__grad__ is not None or dtype != gradient.dtype:
            errors.check_differentiable(leaf)
        if leaf.__grad__ is not None:
            errors.check_gradient(leaf.__grad__, leaf)
            total = leaf.__grad__ + gradient
    return of_its_own(total, dtype)


def of_its_own(gradient: Any, dtype: Any) -> Any:
    """The gradient in an array, or in a variable at the same place, that no one else refers to."""
    errors.check_real(gradient)
    if not isinstance(gradient, ArrayLike):
        return np.array(gradient, dtype)
    array = np.array(gradient.data, dtype)
    mine: Any = gradient.detach()  # type: ignore[attr-defined]
    mine.data, mine.source = array, gradient.source  # type: ignore[attr-defined]
    return mine

"""Broadcasting, undone: the gradient of an input that was stretched is summed over its copies."""

from __future__ import annotations

from typing import Any

from . import errors
from .sums import total


def summed_to(gx: Any, shape: tuple[int, ...], f: Any) -> Any:
    """gx summed down to the shape of its input, if f stretches its inputs to the shape of gx.

    Raises:
        ValueError: f does not broadcast, or not from this shape to that of gx.
    """
    extra = gx.ndim - len(shape)
    inner = gx.shape[max(extra, 0) :]
    stretched = [extra + i for i, (n, m) in enumerate(zip(shape, inner)) if n != m]
    if not f.broadcasts or extra < 0 or any(shape[i - extra] != 1 for i in stretched):
        raise errors.wrong_shape(f, gx.shape, shape)
    return total(gx, (*range(extra), *stretched), keepdims=True).reshape(shape)

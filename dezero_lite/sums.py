"""Sums that lose few digits, whatever the axis, the length and the dtype.

NumPy adds pairwise along the axis of memory and one by one along the others, so that of a million float32 numbers
0.1 in a column it makes 100,958. Here no number meets more than a few others at a time. (Higham, The accuracy
of floating point summation, SIAM Journal on Scientific Computing 14, 1993.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

FEW = 8  # so many are added one by one
BLOCK = 16  # and so many by BLAS, which is faster


def widened(x: Any) -> Any:
    """x, in float32 if it is an array of float16, whose range ends at 65,504: fewer than an array has elements."""
    return x.astype(np.float32) if isinstance(x, (np.ndarray, np.generic)) and x.dtype == np.float16 else x


def narrowed(y: Any, x: Any) -> Any:
    """y in the dtype of x, before it was widened."""
    return y if y.dtype == x.dtype else y.astype(x.dtype)


def total(x: Any, axis: tuple[int, ...] | None, keepdims: bool = False) -> Any:
    """What np.sum gives for an array, or a variable, with the digits that it loses. (axis counts from 0.)"""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        return np.sum(x, axis=axis, keepdims=keepdims)
    y = widened(x)
    if axis is None:
        y = y.ravel("K").sum(keepdims=keepdims)  # in the order of memory, where it is one axis
        y = y.reshape((1,) * x.ndim) if keepdims else y
    else:
        for i in sorted(axis, reverse=True):
            y = _along(y, i)
        y = y if keepdims else np.squeeze(y, axis)
    return y.astype(x.dtype, copy=False)


def _along(x: Any, axis: int) -> Any:
    """The sum along an axis, which stays: of blocks, of blocks of their sums, and so on."""
    shape, n = x.shape, x.shape[axis]
    if axis == len(shape) - 1:  # pairwise, if memory runs along it
        return np.add.reduce(np.ascontiguousarray(x), axis=axis, keepdims=True)
    if n <= FEW or not x.size:
        return np.add.reduce(x, axis=axis, keepdims=True)
    before, after = shape[:axis], math.prod(shape[axis + 1 :])
    rows, ones = x.reshape(*before, n, after), np.ones(BLOCK, x.dtype)
    while n > BLOCK:
        n, rest = divmod(n, BLOCK)
        whole = rows[..., : n * BLOCK, :] if rest else rows
        blocks = ones @ whole.reshape(*before, n, BLOCK, after)
        rows = np.concatenate([blocks, rows[..., n * BLOCK :, :]], -2) if rest else blocks
        n += rest
    return (ones[:n] @ rows).reshape(*before, 1, *shape[axis + 1 :])

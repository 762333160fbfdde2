"""Losses: one number that says how far a prediction is from what it should be."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import Operand, array_of, shape_of
from .arraylike import data_of
from .core import Variable
from .fast import Primitive
from .reductions import divided, log_softmax, mean
from .sums import narrowed, total, widened


class MeanSquaredError(Primitive):
    """y = sum of (x0 - x1)^2 / n; dy/dx0 = 2 (x0 - x1) / n, dy/dx1 = -dy/dx0."""

    __slots__ = ()

    def forward(self, x0: Any, x1: Any) -> Any:
        difference = x0 - x1
        wide = widened(difference)
        with np.errstate(over="ignore"):
            y = total(np.square(wide), None) / wide.size
        if not np.isfinite(y) and wide.size:  # a square overflowed, perhaps
            y = total(np.square(wide / wide.size**0.5), None)
        return narrowed(y, difference)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        difference = x0 - x1
        gx0 = narrowed(2 * divided(gy * widened(difference), max(difference.size, 1)), difference)
        return gx0, None if self.parents[1] is None else -gx0


def mean_squared_error(x0: Operand, x1: Operand) -> Variable:
    """The mean of (x0 - x1)^2 over all elements, with broadcasting; shape ().

    Raises:
        ValueError: the shapes don't broadcast.
        TypeError: neither argument is of a floating dtype.
    """
    name = "mean_squared_error"
    shapes = shape_of(name, x0, "x0"), shape_of(name, x1, "x1")
    if np.result_type(data_of(x0), data_of(x1)).kind not in "fc":
        raise TypeError(f"{name}: x0 and x1 are not of a floating dtype: convert one with .astype(float)")
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"{name}: x0 has the shape {shapes[0]} and x1 the shape {shapes[1]}: "
                         "give the same shape, or one that stretches to the other") from None  # fmt: skip
    return MeanSquaredError().apply(x0, x1)


def softmax_cross_entropy(x: Operand, labels: Any) -> Variable:
    """The mean of -ln softmax(x) at the labels; shape ().

    Args:
        x: scores, shape (n, classes).
        labels: n integers from 0 to classes - 1, in an array (or a variable: integers have no gradient).

    Raises:
        ValueError: x or labels have another shape, or labels lie outside the classes.
        TypeError: labels are no integers.
    """
    name = "softmax_cross_entropy"
    shape = shape_of(name, x)
    labels = np.asarray(array_of(name, labels, "labels"))
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{name}: labels must be integers, not {labels.dtype}: convert with .astype(int)")
    if len(shape) != 2:
        raise ValueError(f"{name}: scores must have the shape (n, classes), not {shape}: reshape x")
    n, classes = shape
    if labels.shape != (n,):
        raise ValueError(f"{name}: {n} rows of scores need labels of shape ({n},), not {labels.shape}")
    if n and not (0 <= labels.min() and labels.max() < classes):
        raise ValueError(f"{name}: labels must lie between 0 and {classes - 1}, the classes of x")
    return -mean(log_softmax(x)[np.arange(n), labels])

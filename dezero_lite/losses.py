"""Losses: one number that says how far a prediction is from what it should be."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arraylike import data_of
from .core import Function, Variable
from .reductions import log_softmax, mean
from .shapes import shape_of


class MeanSquaredError(Function):
    """y = sum of (x0 - x1)^2 / n; dy/dx0 = 2 (x0 - x1) / n, dy/dx1 = -dy/dx0."""

    __slots__ = ()
    broadcasts = True

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.square(x0 - x1).mean()

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        difference = x0 - x1
        gx0 = gy * (2 / difference.size) * difference
        return gx0, None if self.parents[1] is None else -gx0


def mean_squared_error(x0: Any, x1: Any) -> Variable:
    """The mean of (x0 - x1)^2 over all elements, with broadcasting; shape ().

    Raises:
        ValueError: the shapes don't broadcast.
    """
    return MeanSquaredError().apply(x0, x1)


def softmax_cross_entropy(x: Any, labels: np.ndarray) -> Variable:
    """The mean of -ln softmax(x) at the labels; shape ().

    Args:
        x: scores, shape (n, classes).
        labels: a plain array of n integers from 0 to classes - 1.

    Raises:
        ValueError: labels have another shape, or lie outside the classes.
        TypeError: labels are no integers.
    """
    labels = np.asarray(data_of(labels))
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, not {labels.dtype}")
    if len(shape_of(x)) != 2:
        raise ValueError(f"scores must have the shape (n, classes), not {shape_of(x)}")
    n, classes = shape_of(x)
    if labels.shape != (n,):
        raise ValueError(f"{n} rows of scores need labels of shape ({n},), not {labels.shape}")
    if n and not (0 <= labels.min() and labels.max() < classes):
        raise ValueError(f"labels must lie between 0 and {classes - 1}")
    return -mean(log_softmax(x)[np.arange(n), labels])

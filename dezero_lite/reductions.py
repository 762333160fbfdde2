"""Functions that combine the elements along axes and are not linear; and losses. Values are NumPy's.

An axis is an integer, a tuple of integers, or None for all; one that does not fit raises TypeError, ValueError or AxisError.
What is computed without overflow is shifted by the largest element (Blanchard, Higham and Higham, Accurately computing the
log-sum-exp and softmax functions, IMA Journal of Numerical Analysis 41, 2021).
"""

import math
from typing import Any

import numpy as np

from . import errors
from .arrays import expand_dims, mean, reshape, squeeze, total, transpose
from .core import Function, data_of, implements


class Reduction(Function):
    """A function that reduces an axis, or several, of its one input."""

    def __init__(self, axis: Any = None, keepdims: bool = False) -> None:
        self.axis, self.keepdims = axis, keepdims

    def aligned(self, y: Any) -> Any:
        """Something of the output's shape, with length 1 on the reduced axes."""
        return y if self.keepdims or self.axis is None else expand_dims(y, self.axis)


class Max(Reduction):
    """The largest element; equal ones share the gradient."""

    keeps_y = True
    chooses: Any = np.maximum

    def forward(self, x: Any) -> Any:
        return self.chooses.reduce(x, self.axis, keepdims=self.keepdims)

    def backward(self, gy: Any) -> Any:
        x, y = data_of(self.xs[0]), data_of(self.y)
        chosen = (x == self.aligned(y)) | (x != x)
        share = chosen / np.sum(chosen, self.axis, keepdims=True)
        return np.where(chosen, self.aligned(gy) * share.astype(gy.dtype), 0)


class Min(Max):
    """The smallest element; equal ones share the gradient."""

    chooses = np.minimum


class Prod(Reduction):
    """The product; the gradient of an element is the product of the others."""

    def forward(self, x: Any) -> Any:
        return np.prod(x, self.axis, keepdims=self.keepdims)

    def backward(self, gy: Any) -> Any:
        x = self.xs[0]
        axes = range(x.ndim) if self.axis is None else [i % x.ndim for i in np.atleast_1d(self.axis)]
        order = [i for i in range(x.ndim) if i not in axes] + list(axes)
        moved = transpose(x, order)
        rows = reshape(moved, (gy.size, math.prod([x.shape[i] for i in axes])))
        others = reshape(_others(rows), moved.shape)
        return self.aligned(gy) * transpose(others, np.argsort(order))


def _others(x: Any) -> Any:
    """Of each element the product of all others in its row: of each pair that of the other pairs, times its partner."""
    n = x.shape[-1]
    if n <= 1:
        return np.ones(x.shape, x.dtype)
    first, second, last = x[:, : n // 2], x[:, n // 2 : n - n % 2], x[:, n - n % 2 :]
    others = _others(np.concatenate([first * second, last], -1))
    of_pairs, rest = others[:, : n // 2], others[:, n // 2 :]
    return np.concatenate([of_pairs * second, of_pairs * first, rest], -1)


@implements(np.max)
@implements(np.amax)
def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element along axis; where several are equal they share the gradient."""
    return Max(errors.axis_of("max", axis, x), keepdims)(x)


@implements(np.min)
@implements(np.amin)
def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element along axis; where several are equal they share the gradient."""
    return Min(errors.axis_of("min", axis, x), keepdims)(x)


@implements(np.prod)
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product of the elements along axis."""
    return Prod(errors.axis_of("prod", axis, x), keepdims)(x)


def below_max(x: Any, axis: Any) -> tuple[Any, Any]:
    """x less its largest element along axis, so that e^x can't overflow, and that element: a constant, for it cancels."""
    x = x if x.dtype.kind == "f" else x * 1.0  # integers become floats
    largest = np.max(data_of(x), axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, largest.dtype.type(0))
    return x - largest, largest


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """ln of the sum of e^x along axis, computed without overflow."""
    below, largest = below_max(x, errors.axis_of("logsumexp", axis, x))
    y = np.log(total(np.exp(below), axis, True)) + largest
    return y if keepdims else squeeze(y, axis)


def softmax(x: Any, axis: Any = -1) -> Any:
    """e^x divided by its sum along axis, computed without overflow."""
    e = np.exp(below_max(x, errors.axis_of("softmax", axis, x))[0])
    return e / total(e, axis, True)


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """ln of the softmax along axis, computed without overflow."""
    below, _ = below_max(x, errors.axis_of("log_softmax", axis, x))
    return below - np.log(total(np.exp(below), axis, True))


def mean_squared_error(x0: Any, x1: Any) -> Any:
    """The mean of (x0 - x1)^2 over all elements. ValueError if both would stretch, as (100, 1) and (100,) do to (100, 100)."""
    difference = np.subtract(x0, x1)
    shapes = getattr(x0, "shape", ()), getattr(x1, "shape", ())
    if difference.shape not in shapes:
        raise ValueError(f"mean_squared_error: x0 has the shape {shapes[0]} and x1 the shape {shapes[1]}: reshape one of them")
    return mean(difference * difference)


def cross_entropy(x: Any, labels: Any) -> Any:
    """The mean of -ln softmax(x) at the labels; x has the shape (n, classes), labels are n integers from 0 to classes - 1.

    TypeError if labels are not integers, ValueError if the shapes or the labels do not fit.
    """
    errors.check_array("cross_entropy", x)
    errors.check_operands("cross_entropy", labels)
    labels = np.asarray(data_of(labels))
    if labels.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy: labels must be integers, not {labels.dtype}: convert with .astype(int)")
    if x.ndim != 2 or labels.shape != x.shape[:1]:
        raise ValueError(f"cross_entropy: scores must have the shape (n, classes) and labels (n,), not {x.shape} and {labels.shape}")
    if labels.size and not (0 <= labels.min() and labels.max() < x.shape[1]):
        raise ValueError(f"cross_entropy: labels must lie between 0 and {x.shape[1] - 1}, the classes of x")
    return -mean(log_softmax(x)[np.arange(len(labels)), labels])

"""Functions that combine the elements along axes: sums, products, extremes, softmax.

``axis`` is None (all axes), an integer or a tuple of integers, as in NumPy, and raises NumPy's AxisError
if there is no such axis; with ``keepdims`` the reduced axes stay with length 1. Floating dtypes stay.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arraylike import implements
from .core import Function, Variable
from .elementwise import exp, subtract
from .shapes import concatenate, reshape, shape_of, transpose


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return np.lib.array_utils.normalize_axis_tuple(axis, ndim)


class Reduction(Function):
    """A function that reduces ``axis`` of its one input."""

    __slots__ = ("axis", "keepdims")

    def __init__(self, axis: Any, keepdims: bool) -> None:
        self.axis, self.keepdims = axis, keepdims

    def aligned(self, y: Any) -> Any:
        """Something of the output's shape, with length 1 on the reduced axes: it broadcasts to x."""
        return y if self.keepdims or self.axis is None else np.expand_dims(y, self.axis)


class Sum(Reduction):
    """y = sum of x; dy/dx_i = 1."""

    __slots__ = ("x_shape",)
    takes_scalars = True
    keeps_xs = False

    def forward(self, x: Any) -> Any:
        self.x_shape = np.shape(x)
        return np.add.reduce(x, axis=self.axis, keepdims=self.keepdims)  # type: ignore[call-overload]

    def backward(self, gy: Any) -> Any:
        if isinstance(gy, np.generic):  # the sum of all, the usual case
            return np.full(self.x_shape, gy)
        return np.broadcast_to(self.aligned(gy), self.x_shape)


class Max(Reduction):
    """y = max of x; the largest elements share the gradient equally."""

    __slots__ = ()
    keeps_y = True

    def forward(self, x: Any) -> Any:
        return np.max(x, axis=self.axis, keepdims=self.keepdims)

    def backward(self, gy: Any) -> Any:
        largest = self.xs[0] == self.aligned(self.y)
        ties = np.sum(largest, axis=self.axis, keepdims=True)
        return self.aligned(gy) * largest / ties.astype(gy.dtype)


class LogSumExp(Reduction):
    """y = ln sum e^x; dy/dx_i = e^(x_i - y)."""

    __slots__ = ()
    keeps_y = True

    def forward(self, x: Any) -> Any:
        top = np.max(x, axis=self.axis, keepdims=True)
        top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
        y = np.log(np.sum(np.exp(x - top), axis=self.axis, keepdims=True)) + top
        return y if self.keepdims else np.squeeze(y, axis=self.axis)

    def backward(self, gy: Any) -> Any:
        return self.aligned(gy) * np.exp(self.xs[0] - self.aligned(self.y))


@implements(np.sum)
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The sum of the elements along axis."""
    return Sum(axis, keepdims).apply(x)


@implements(np.mean)
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The mean of the elements along axis."""
    shape = shape_of(x)
    count = math.prod(shape[i] for i in _axes(axis, len(shape)))
    return sum(x, axis, keepdims) / count


@implements(np.max)
def max(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The largest element along axis; where several are equal they share the gradient equally."""
    return Max(axis, keepdims).apply(x)


@implements(np.min)
def min(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The smallest element along axis; where several are equal they share the gradient equally."""
    return -max(-x, axis, keepdims)


@implements(np.prod)
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The product of the elements along axis.

    Computed as a balanced tree of multiplications, so that the gradient is right where elements
    are zero as well (dividing the product by an element would not be).
    """
    shape = shape_of(x)
    axes = _axes(axis, len(shape))
    rest = tuple(i for i in range(len(shape)) if i not in axes)
    if 0 in shape:
        return sum(x, axis, keepdims) + 1
    x = reshape(transpose(x, rest + axes), tuple(shape[i] for i in rest) + (-1,))
    while (n := x.shape[-1]) > 1:
        pairs = x[..., 0 : n - 1 : 2] * x[..., 1::2]
        x = concatenate([pairs, x[..., n - 1 :]], axis=-1) if n % 2 else pairs
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return reshape(x, kept if keepdims else tuple(shape[i] for i in rest))


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """ln of the sum of e^x along axis, computed without overflow."""
    return LogSumExp(axis, keepdims).apply(x)


def log_softmax(x: Any, axis: int = -1) -> Variable:
    """ln of the softmax along axis: x - logsumexp(x)."""
    return subtract(x, logsumexp(x, axis, keepdims=True))


def softmax(x: Any, axis: int = -1) -> Variable:
    """e^x divided by its sum along axis, computed without overflow as e^log_softmax(x)."""
    return exp(log_softmax(x, axis))

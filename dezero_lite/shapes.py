"""Functions that move elements without changing them: each gradient moves back.

All of these are linear: y = P x with a matrix P of zeros and ones, and the rule is gx = P^T gy. The
dtype stays; shapes and axes that do not fit raise NumPy's ValueError or IndexError.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .arraylike import data_of, implements
from .core import Function, Variable


class Reshape(Function):
    """y has the elements of x in the same order and a new shape."""

    __slots__ = ("shape_to", "x_shape")
    keeps_xs = False

    def __init__(self, shape: Any) -> None:
        self.shape_to = shape

    def forward(self, x: Any) -> Any:
        self.x_shape = x.shape
        return np.reshape(x, self.shape_to)

    def backward(self, gy: Any) -> Any:
        return np.reshape(gy, self.x_shape)


class Transpose(Function):
    """y has the axes of x in the order ``axes``, or reversed for None."""

    __slots__ = ("axes",)
    keeps_xs = False

    def __init__(self, axes: Any) -> None:
        self.axes = axes

    def forward(self, x: Any) -> Any:
        return np.transpose(x, self.axes)

    def backward(self, gy: Any) -> Any:
        if self.axes is None:
            return np.transpose(gy)
        return np.transpose(gy, tuple(np.argsort([axis % gy.ndim for axis in self.axes])))


class BroadcastTo(Function):
    """y repeats x along new or stretched axes; the pass sums its gradient back."""

    __slots__ = ("shape_to",)
    keeps_xs = False
    broadcasts = True

    def __init__(self, shape: Any) -> None:
        self.shape_to = shape

    def forward(self, x: Any) -> Any:
        return np.broadcast_to(x, self.shape_to)

    def backward(self, gy: Any) -> Any:
        return gy


class GetItem(Function):
    """y = x[index]."""

    __slots__ = ("index", "x_shape")
    keeps_xs = False

    def __init__(self, index: Any) -> None:
        self.index = index

    def forward(self, x: Any) -> Any:
        self.x_shape = x.shape
        return x[self.index]

    def backward(self, gy: Any) -> Any:
        put = PutItem(self.index, self.x_shape)
        return put(gy) if isinstance(gy, Variable) else put.forward(gy)


class PutItem(Function):
    """y = zeros of a shape, with x added at index: the transpose of `GetItem`."""

    __slots__ = ("index", "shape_to")
    keeps_xs = False

    def __init__(self, index: Any, shape: Any) -> None:
        self.index, self.shape_to = index, shape

    def forward(self, x: Any) -> Any:
        y = np.zeros(self.shape_to, x.dtype)
        np.add.at(y, self.index, x)  # adds where an index comes more than once
        return y

    def backward(self, gy: Any) -> Any:
        return gy[self.index]


class Concatenate(Function):
    """y = the inputs one after the other along an axis."""

    __slots__ = ("axis", "ends")
    keeps_xs = False

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def forward(self, *xs: Any) -> Any:
        self.ends = np.cumsum([x.shape[self.axis] for x in xs])
        return np.concatenate(xs, axis=self.axis)

    def backward(self, gy: Any) -> Any:
        before = (slice(None),) * (self.axis % gy.ndim)
        starts = [0, *self.ends[:-1]]
        return tuple(gy[(*before, slice(a, b))] for a, b in zip(starts, self.ends))


# ---------------------------------------------------------------------------- the public functions


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a variable, an array or a number."""
    return np.shape(data_of(x))


@implements(np.reshape)
def reshape(x: Any, shape: Any) -> Variable:
    """The elements of x in a new shape; one length may be -1."""
    return Reshape(shape).apply(x)


@implements(np.transpose)
def transpose(x: Any, axes: Sequence[int] | None = None) -> Variable:
    """x with its axes in the given order; reversed without one."""
    return Transpose(axes).apply(x)


@implements(np.swapaxes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Variable:
    """x with two axes exchanged."""
    order = list(range(len(shape_of(x))))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(x, order)


@implements(np.squeeze)
def squeeze(x: Any, axis: Any = None) -> Variable:
    """x without its axes of length 1, or without the given ones."""
    return reshape(x, np.squeeze(np.empty(shape_of(x)), axis).shape)


@implements(np.expand_dims)
def expand_dims(x: Any, axis: Any) -> Variable:
    """x with new axes of length 1 at the given places."""
    return reshape(x, np.expand_dims(np.empty(shape_of(x)), axis).shape)


@implements(np.broadcast_to)
def broadcast_to(x: Any, shape: Any) -> Variable:
    """x repeated to a shape, by NumPy's broadcasting rules."""
    return BroadcastTo(shape).apply(x)


@implements(operator.getitem)
def getitem(x: Any, index: Any) -> Variable:
    """x[index] with integers, slices, None, ..., integer and boolean arrays."""
    return GetItem(index).apply(x)


@implements(np.concatenate)
def concatenate(xs: Sequence[Any], axis: int = 0) -> Variable:
    """The inputs one after the other along an axis."""
    return Concatenate(axis).apply(*xs)


@implements(np.stack)
def stack(xs: Sequence[Any], axis: int = 0) -> Variable:
    """The inputs, of one shape, side by side along a new axis."""
    return concatenate([expand_dims(x, axis) for x in xs], axis)

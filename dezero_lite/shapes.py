"""Functions that move elements without changing them: each gradient moves back.

All of these are linear: y = P x with a matrix P of zeros and ones, and the rule is gx = P^T gy. The
dtype stays. An argument that is of no use raises TypeError, one that does not fit ValueError (an axis
that does not exist: NumPy's AxisError, which is a ValueError and an IndexError).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from .arguments import Operand, array_of, axes_of, integers, one_axis_of, several_of, shape_of
from .arraylike import implements
from .core import Function, Variable
from .elementwise import run
from .fast import Primitive


class Reshape(Primitive):
    """y has the elements of x in the same order and a new shape."""

    __slots__ = ("shape_to", "x_shape")
    keeps_xs = False

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape_to = shape

    def forward(self, x: Any) -> Any:
        self.x_shape = x.shape
        return np.reshape(x, self.shape_to)

    def backward(self, gy: Any) -> Any:
        return np.reshape(gy, self.x_shape)


class Transpose(Primitive):
    """y has the axes of x in the order ``axes``."""

    __slots__ = ("axes",)
    keeps_xs = False

    def __init__(self, axes: tuple[int, ...]) -> None:
        self.axes = axes

    def forward(self, x: Any) -> Any:
        return np.transpose(x, self.axes)

    def backward(self, gy: Any) -> Any:
        return np.transpose(gy, tuple(map(self.axes.index, range(gy.ndim))))


class BroadcastTo(Primitive):
    """y repeats x along new or stretched axes; the pass sums its gradient back."""

    __slots__ = ("shape_to",)
    keeps_xs = False

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape_to = shape

    def forward(self, x: Any) -> Any:
        return np.broadcast_to(x, self.shape_to)

    def backward(self, gy: Any) -> Any:
        return gy


class GetItem(Primitive):
    """y = x[index]."""

    __slots__ = ("index", "x_shape")
    keeps_xs = False

    def __init__(self, index: Any) -> None:
        self.index = index

    def forward(self, x: Any) -> Any:
        self.x_shape = x.shape
        return x[self.index]

    def backward(self, gy: Any) -> Any:
        return run(PutItem(self.index, self.x_shape), gy)


class PutItem(Primitive):
    """y = zeros of a shape, with x added at index: the transpose of `GetItem`."""

    __slots__ = ("index", "shape_to")
    keeps_xs = False

    def __init__(self, index: Any, shape: Any) -> None:
        self.index, self.shape_to = index, shape

    def forward(self, x: Any) -> Any:
        y = np.zeros(self.shape_to, np.result_type(x, np.float64) if x.dtype.kind == "f" else x.dtype)
        np.add.at(y, self.index, x)  # adds where an index comes more than once, one by one: in float64 at least
        return y.astype(x.dtype, copy=False)

    def backward(self, gy: Any) -> Any:
        return gy[self.index]


class Concatenate(Primitive):
    """y = the inputs one after the other along an axis."""

    __slots__ = ("axis", "ends")
    keeps_xs = False

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def forward(self, *xs: Any) -> Any:
        self.ends = np.cumsum([x.shape[self.axis] for x in xs])
        return np.concatenate(xs, self.axis)

    def backward(self, gy: Any) -> Any:
        return run(Split(self.axis, self.ends), gy)


class Split(Function):
    """The parts of x along an axis, as many as there are ends: the transpose of `Concatenate`."""

    __slots__ = ("axis", "ends")
    keeps_xs = False

    def __init__(self, axis: int, ends: Any) -> None:
        self.axis, self.ends = axis, ends

    def forward(self, x: Any) -> Any:
        return tuple(np.split(x, self.ends[:-1], self.axis))

    def backward(self, *gys: Any) -> Any:
        return np.concatenate(gys, self.axis)


class Stack(Primitive):
    """y = the inputs side by side along a new axis."""

    __slots__ = ("axis",)
    keeps_xs = False

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def forward(self, *xs: Any) -> Any:
        return np.stack(xs, self.axis)

    def backward(self, gy: Any) -> Any:
        return run(Unstack(self.axis), gy)


class Unstack(Function):
    """The parts of x along an axis, which they lose: the transpose of `Stack`."""

    __slots__ = ("axis",)
    keeps_xs = False

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        return tuple(np.moveaxis(x, self.axis, 0))

    def backward(self, *gys: Any) -> Any:
        return np.stack(gys, self.axis)


# ---------------------------------------------------------------------------- the public functions


@implements(np.reshape)
def reshape(x: Operand, shape: int | tuple[int, ...]) -> Variable:
    """The elements of x in a new shape; one length may be -1.

    Raises:
        ValueError: the shape has not as many elements as x.
    """
    old, new = shape_of("reshape", x), integers("reshape", shape, "shape")
    known, size = math.prod(n for n in new if n != -1), math.prod(old)
    if min(new, default=0) < -1 or new.count(-1) > 1:
        raise ValueError(f"reshape: shape is {shape}: give lengths from 0, of which one may be -1")
    if size != known if -1 not in new else known == 0 or size % known:
        raise ValueError(
            f"reshape: shape is {shape}, but the {size} elements of an array of shape {old} don't fit "
            f"into it: the product of the lengths must be {size}"
        )
    return Reshape(new).apply(x)


@implements(np.transpose)
def transpose(x: Operand, axes: int | tuple[int, ...] | None = None) -> Variable:
    """x with its axes in the given order; reversed without one.

    Raises:
        ValueError: axes does not name each axis once.
    """
    shape = shape_of("transpose", x)
    order = tuple(range(len(shape)))[::-1] if axes is None else axes_of("transpose", axes, shape, "axes")
    if len(order) != len(shape):
        raise ValueError(
            f"transpose: axes is {axes}, but an array of shape {shape} has {len(shape)} axes: "
            "name each of them once"
        )
    return Transpose(order).apply(x)


@implements(np.swapaxes)
def swapaxes(x: Operand, axis1: int, axis2: int) -> Variable:
    """x with two axes exchanged."""
    shape = shape_of("swapaxes", x)
    i, j = (one_axis_of("swapaxes", a, shape, name) for a, name in ((axis1, "axis1"), (axis2, "axis2")))
    order = list(range(len(shape)))
    order[i], order[j] = j, i
    return Transpose(tuple(order)).apply(x)


@implements(np.squeeze)
def squeeze(x: Operand, axis: int | tuple[int, ...] | None = None) -> Variable:
    """x without its axes of length 1, or without the given ones.

    Raises:
        ValueError: one of the given axes has another length.
    """
    shape = shape_of("squeeze", x)
    ones = tuple(i for i, n in enumerate(shape) if n == 1)
    axes = ones if axis is None else axes_of("squeeze", axis, shape)
    if not set(axes) <= set(ones):
        raise ValueError(f"squeeze: axis is {axis}, but only axes of length 1 can go: "
                         f"in an array of shape {shape} these are {ones}")  # fmt: skip
    return Reshape(tuple(n for i, n in enumerate(shape) if i not in axes)).apply(x)


@implements(np.expand_dims)
def expand_dims(x: Operand, axis: int | tuple[int, ...]) -> Variable:
    """x with new axes of length 1 at the given places, which are those in the result."""
    shape = shape_of("expand_dims", x)
    ndim = len(shape) + len(integers("expand_dims", axis, "axis"))
    axes, lengths = axes_of("expand_dims", axis, (1,) * ndim), iter(shape)
    return Reshape(tuple(1 if i in axes else next(lengths) for i in range(ndim))).apply(x)


@implements(np.broadcast_to)
def broadcast_to(x: Operand, shape: int | tuple[int, ...]) -> Variable:
    """x repeated to a shape, by NumPy's broadcasting rules.

    Raises:
        ValueError: x can't be stretched to that shape.
    """
    old, new = shape_of("broadcast_to", x), integers("broadcast_to", shape, "shape")
    fits = len(old) <= len(new) and all(n in (1, m) for n, m in zip(old[::-1], new[::-1]))
    if not fits or min(new, default=0) < 0:
        raise ValueError(
            f"broadcast_to: shape is {shape}, to which an array of shape {old} can't be stretched: "
            "only axes of length 1 stretch, and new ones come in front"
        )
    return BroadcastTo(new).apply(x)


@implements(operator.getitem)
def getitem(x: Operand, index: Any) -> Variable:
    """x[index] with integers, slices, None, ..., integer and boolean arrays, or a tuple of these.

    On the way back each use costs as much as x is long. To take all parts of x, iterate over it.

    Raises:
        IndexError: the index does not fit (NumPy's).
        TypeError: there is a Variable in it.
    """
    array_of("getitem", x)
    for i in index if isinstance(index, (tuple, list)) else (index,):
        if isinstance(i, Variable):
            raise TypeError("getitem: the index is, or holds, a Variable: give its array, v.data")
    return GetItem(index).apply(x)


@implements(np.concatenate)
def concatenate(xs: Iterable[Operand], axis: int = 0) -> Variable:
    """The inputs one after the other along an axis.

    Raises:
        ValueError: there are none, or their shapes differ in another axis.
    """
    inputs = several_of("concatenate", xs)
    shapes = [shape_of("concatenate", x) for x in inputs]
    if () in shapes:
        raise ValueError("concatenate: one of xs is a number, without axes: use stack, or expand_dims")
    i = one_axis_of("concatenate", axis, shapes[0])
    for shape in shapes:
        if shape[:i] + shape[i + 1 :] != shapes[0][:i] + shapes[0][i + 1 :] or len(shape) != len(shapes[0]):
            raise ValueError(f"concatenate: xs has the shapes {shapes[0]} and {shape}: "
                             f"they may differ in axis {axis} only")  # fmt: skip
    return Concatenate(i).apply(*inputs)


@implements(np.stack)
def stack(xs: Iterable[Operand], axis: int = 0) -> Variable:
    """The inputs, of one shape, side by side along a new axis; the place of that in the result.

    Raises:
        ValueError: there are no inputs, or their shapes differ.
    """
    inputs = several_of("stack", xs)
    shapes = {shape_of("stack", x): None for x in inputs}
    if len(shapes) > 1:
        first, other, *_ = shapes
        raise ValueError(f"stack: xs has the shapes {first} and {other}: they must be the same")
    return Stack(one_axis_of("stack", axis, (len(inputs), *next(iter(shapes))))).apply(*inputs)


@implements(iter)
def unstack(x: Variable) -> tuple[Variable, ...]:
    """The parts of x along its first axis, each of them once: what iterating over x gives.

    Raises:
        TypeError: x is a number, and has no parts.
    """
    if not shape_of("iter", x):
        raise TypeError("iter: x is a Variable of shape (), one number: there are no parts to go through")
    return Unstack(0)(x)  # type: ignore[no-any-return]

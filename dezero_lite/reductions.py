"""Functions that combine the elements along axes: sums, products, extremes, softmax.

``axis`` is None (all axes), an integer or a tuple of integers, as in NumPy, and raises NumPy's AxisError
if there is no such axis; a number has none. With ``keepdims`` the reduced axes stay with length 1.

Floating dtypes stay, in value and gradient; integers and booleans give what NumPy gives (`logsumexp`,
`softmax` and `log_softmax` take them as float64). A sum is right to a few units in the last place of
the sum of the absolute values: where large terms cancel, what is left has fewer digits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arguments import Axis, Operand, axes_of, shape_of
from .arraylike import data_of, implements
from .core import Variable
from .elementwise import run
from .fast import Primitive
from .sums import narrowed, total, widened


class Reduction(Primitive):
    """A function that reduces ``axis``, a tuple or None, of its one input."""

    __slots__ = ("axis", "keepdims")

    def __init__(self, axis: tuple[int, ...] | None, keepdims: bool) -> None:
        self.axis, self.keepdims = axis, keepdims

    def aligned(self, y: Any) -> Any:
        """Something of the output's shape, with length 1 on the reduced axes: it broadcasts to x."""
        return y if self.keepdims or self.axis is None else np.expand_dims(y, self.axis)

    def total(self, x: Any) -> Any:
        """The sum over the axes, which stay."""
        return total(x, self.axis, keepdims=True)


class Sum(Reduction):
    """y = sum of x; dy/dx_i = 1."""

    __slots__ = ("x_shape",)
    keeps_xs = False

    def forward(self, x: Any) -> Any:
        self.x_shape = np.shape(x)
        return total(x, self.axis, self.keepdims)

    def backward(self, gy: Any) -> Any:
        if isinstance(gy, np.generic):  # the sum of all, the usual case
            return np.full(self.x_shape, gy)
        return np.broadcast_to(self.aligned(gy), self.x_shape)


class Mean(Sum):
    """y = sum of x / n; dy/dx_i = 1 / n."""

    __slots__ = ("n",)

    def forward(self, x: Any) -> Any:
        self.x_shape = shape = np.shape(x)
        n = math.prod(shape if self.axis is None else (shape[i] for i in self.axis))
        self.n = n or 1  # of none the mean is nan, and there is no gradient
        if np.asarray(x).dtype.kind != "f":
            return np.mean(x, axis=self.axis, keepdims=self.keepdims)
        wide = widened(x)
        with np.errstate(over="ignore"):
            y = np.asarray(total(wide, self.axis, self.keepdims) / n)
        if not np.isfinite(y).all() and n:  # the sum overflowed, perhaps
            y = np.where(np.isfinite(y), y, total(wide / n, self.axis, self.keepdims))
        return y if wide is x else y.astype(x.dtype)

    def backward(self, gy: Any) -> Any:
        return super().backward(divided(gy, self.n))


class Max(Reduction):
    """y = max of x; the largest elements share the gradient equally."""

    __slots__ = ()
    keeps_y = True

    def forward(self, x: Any) -> Any:
        return np.max(x, axis=self.axis, keepdims=self.keepdims)

    def backward(self, gy: Any) -> Any:
        x = self.xs[0]
        chosen = (x == self.aligned(self.y)) | (x != x)  # nan is the largest, and the smallest
        return np.where(chosen, divided(self.aligned(gy), self.total(chosen)), 0)


class Min(Max):
    """y = min of x; the smallest elements share the gradient equally."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return np.min(x, axis=self.axis, keepdims=self.keepdims)


class Prod(Reduction):
    """y = product of x; dy/dx_i = product of the others."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return np.prod(x, axis=self.axis, keepdims=self.keepdims)

    def backward(self, gy: Any) -> Any:
        x = self.xs[0]
        axes = range(x.ndim) if self.axis is None else self.axis
        order = (*(i for i in range(x.ndim) if i not in axes), *axes)  # the axes of the product last
        moved = np.transpose(x, order)
        rest = moved.shape[: x.ndim - len(axes)]
        rows = np.reshape(moved, (math.prod(rest), math.prod(moved.shape[len(rest) :])))
        others = np.ldexp(*_others(*_scaled(rows, 0)))
        return self.aligned(gy) * np.transpose(np.reshape(others, moved.shape), np.argsort(order))


def _others(x: Any, e: Any) -> tuple[Any, Any]:
    """Of each x 2^e the product of all others in its row: not y / x, for x may be 0.

    Of each pair the product of the other pairs, times the other of the two: n log n steps would be
    n^2 without the pairs. (Blelloch, Prefix sums and their applications, CMU-CS-90-190, 1990.)
    Powers of 2 go apart, so that nothing over- or underflows on the way.
    """
    n = x.shape[-1]
    if n <= 1:
        return np.ones(x.shape, x.dtype), np.zeros(x.shape, int)
    first, second, last = slice(n // 2), slice(n // 2, n - n % 2), slice(n - n % 2, n)
    pairs, e_pairs = _scaled(x[:, first] * x[:, second], e[:, first] + e[:, second])
    others, e_others = _others(
        np.concatenate([pairs, x[:, last]], -1), np.concatenate([e_pairs, e[:, last]], -1)
    )
    of_pairs, e_pairs = others[:, first], e_others[:, first]
    return _scaled(
        np.concatenate([of_pairs * x[:, second], of_pairs * x[:, first], others[:, n // 2 :]], -1),
        np.concatenate([e_pairs + e[:, second], e_pairs + e[:, first], e_others[:, n // 2 :]], -1),
    )


def _scaled(x: Any, e: Any) -> tuple[Any, Any]:
    """x 2^e with an x between 1/2 and 1, if it is neither 0 nor infinite."""
    shift = np.frexp(data_of(x))[1]
    return np.ldexp(x, -shift), e + shift


def divided(x: Any, n: Any) -> Any:
    """x / n for counts n, which float16 need not hold: by a number from 1 to 2, then by a power of 2."""
    m, e = np.frexp(n)
    return np.ldexp(x / np.asarray(2 * m, x.dtype), 1 - e)


class Softmax(Reduction):
    """y_i = e^x_i / sum e^x; dy_i/dx_j = y_i (1 - y_i) if i = j, else -y_i y_j."""

    __slots__ = ()
    keeps_xs = False
    keeps_y = True

    def forward(self, x: Any) -> Any:
        below, _ = _below_the_largest(x, self.axis)
        e = np.exp(widened(below))
        return narrowed(e / self.total(e), below)

    def backward(self, gy: Any) -> Any:
        # Taking the same from all gy changes nothing. The gy of a y close to 1 is what 1 - y would lose.
        y = self.y
        gy = gy - self.total(np.where(y > 0.5, gy, 0))
        return y * (gy - self.total(gy * y))


class LogSoftmax(Reduction):
    """y = x - ln sum e^x; dy_i/dx_j = 1 - e^y_i if i = j, else -e^y_j."""

    __slots__ = ()
    keeps_xs = False
    keeps_y = True

    def forward(self, x: Any) -> Any:
        below, _ = _below_the_largest(x, self.axis)
        return narrowed(below - np.log1p(_sum_of_exp_less_1(widened(below), self.axis)), below)

    def backward(self, gy: Any) -> Any:
        given, gy, softmax = gy, widened(gy), np.exp(self.y)
        near_1 = softmax > 0.5  # there 1 - softmax would lose digits: it is the sum of the others
        others = self.total(gy) * self.total(np.where(near_1, 0, softmax)) - self.total(np.where(near_1, 0, gy))
        return narrowed(np.where(near_1, others, gy - softmax * self.total(gy)), given)


class LogSumExp(Reduction):
    """y = ln sum e^x; dy/dx_i = e^x_i / sum e^x."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        below, largest = _below_the_largest(x, self.axis)
        y = narrowed(largest + np.log1p(_sum_of_exp_less_1(widened(below), self.axis)), below)
        return y if self.keepdims else np.squeeze(y, axis=self.axis)

    def backward(self, gy: Any) -> Any:
        return self.aligned(gy) * run(Softmax(self.axis, True), self.xs[0])


def _below_the_largest(x: Any, axis: Any) -> tuple[Any, Any]:
    """x - max x, whose exponentials can't overflow, and max x (0 in its place where it is infinite)."""
    largest = np.max(x, axis=axis, keepdims=True) * 1.0  # integers become floats
    largest = np.where(np.isfinite(largest), largest, 0)
    return x - largest, largest


def _sum_of_exp_less_1(below: Any, axis: Any) -> Any:
    """sum e^x - 1, of x with the maximum 0: no digits are lost where the others are small."""
    top = below == 0
    e = np.where(top, 0, np.exp(below))
    return total(e, axis, keepdims=True) + (total(top, axis, keepdims=True) - 1).astype(e.dtype)


# ---------------------------------------------------------------------------- the public functions


def _axes(function: str, x: Any, axis: Any) -> tuple[int, ...] | None:
    shape = shape_of(function, x)
    return None if axis is None else axes_of(function, axis, shape)


def _some(function: str, x: Any, axis: Any) -> tuple[int, ...] | None:
    """The axes, if x has an element along them."""
    axes, shape = _axes(function, x, axis), shape_of(function, x)
    if 0 in (shape if axes is None else [shape[i] for i in axes]):
        raise ValueError(f"{function}: x has the shape {shape}, no elements along axis {axis}: give some")
    return axes


@implements(np.sum)
def sum(x: Operand, axis: Axis = None, *, keepdims: bool = False) -> Variable:
    """The sum of the elements along axis."""
    return Sum(_axes("sum", x, axis), keepdims).apply(x)


@implements(np.mean)
def mean(x: Operand, axis: Axis = None, *, keepdims: bool = False) -> Variable:
    """The mean of the elements along axis, right also where their sum would overflow; nan of none."""
    return Mean(_axes("mean", x, axis), keepdims).apply(x)


@implements(np.amax)
@implements(np.max)
def max(x: Operand, axis: Axis = None, *, keepdims: bool = False) -> Variable:
    """The largest element along axis; where several are equal they share the gradient equally.

    Where there is nan, y is nan, and what is nan gets the gradient.

    Raises:
        ValueError: there are no elements along axis.
    """
    return Max(_some("max", x, axis), keepdims).apply(x)


@implements(np.amin)
@implements(np.min)
def min(x: Operand, axis: Axis = None, *, keepdims: bool = False) -> Variable:
    """The smallest element along axis; where several are equal they share the gradient equally.

    Where there is nan, y is nan, and what is nan gets the gradient.

    Raises:
        ValueError: there are no elements along axis.
    """
    return Min(_some("min", x, axis), keepdims).apply(x)


@implements(np.prod)
def prod(x: Operand, axis: Axis = None, *, keepdims: bool = False) -> Variable:
    """The product of the elements along axis.

    The gradient of an element is the product of the others, right where elements are zero as well.
    A product that over- or underflows on the way from the first element to the last, as NumPy's does,
    is not mended.
    """
    return Prod(_axes("prod", x, axis), keepdims).apply(x)


def logsumexp(x: Operand, axis: Axis = None, *, keepdims: bool = False) -> Variable:
    """ln of the sum of e^x along axis, computed without overflow.

    y = m + ln(1 + the sum of e^(x - m) without one m), where m is the largest x. Where m is negative the
    two cancel, and y is right to a few units in the last place of m, not of y.

    Raises:
        ValueError: there are no elements along axis.
    """
    return LogSumExp(_some("logsumexp", x, axis), keepdims).apply(x)


def log_softmax(x: Operand, axis: Axis = -1) -> Variable:
    """ln of the softmax along axis: x - m - ln(1 + the sum of e^(x - m) without one m), m = max x.

    As in `softmax` the rounding of x - m is a relative error of e^(x - m).

    Raises:
        ValueError: there are no elements along axis.
    """
    return LogSoftmax(_some("log_softmax", x, axis), True).apply(x)


def softmax(x: Operand, axis: Axis = -1) -> Variable:
    """e^x divided by its sum along axis, computed without overflow as e^(x - m), m being the largest x.

    The rounding of x - m, up to half a unit in its last place, is a relative error of y.

    Raises:
        ValueError: there are no elements along axis.
    """
    return Softmax(_some("softmax", x, axis), True).apply(x)

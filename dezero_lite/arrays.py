"""Functions that move, repeat and add up elements: each a linear map, given with its adjoint; and products of matrices.

A linear map of one array is an array, of a variable a variable. Values are NumPy's, and so are most errors.
"""

import operator as op
from collections.abc import Callable
from typing import Any

import numpy as np

from . import authors, errors
from .core import Function, Variable, implements


class Linear(Function):
    """y = P x by a function P of arrays and its adjoint: ⟨P x, u⟩ = ⟨x, P* u⟩. Differentiable to every order.

    The functions must not hold x, only its shape, or they keep its array alive.
    """

    keeps_xs = False

    def __init__(self, forward: Callable[[Any], Any], adjoint: Callable[[Any], Any]) -> None:
        self.forward, self.adjoint = forward, adjoint

    def backward(self, gy: Any) -> Any:
        gx = linear(self.adjoint, self.forward, gy)
        if np.shape(gx) != self.shapes[0]:
            raise ValueError(f"linear: the adjoint gave the shape {np.shape(gx)} for an x of shape {self.shapes[0]}")
        return gx


def linear(forward: Callable[[Any], Any], adjoint: Callable[[Any], Any], x: Any) -> Any:
    """The linear map of a variable, or of an array, by a function of arrays and its adjoint."""
    return Linear(forward, adjoint)(x) if isinstance(x, Variable) else forward(x)


@implements(np.reshape)
def reshape(x: Any, shape: Any) -> Any:
    """The elements of x in a new shape."""
    errors.check_array("reshape", x)
    before, shape = x.shape, errors.shape_of(shape)
    return linear(lambda x: x.reshape(shape), lambda gy: gy.reshape(before), x)


@implements(np.transpose)
def transpose(x: Any, axes: Any = None) -> Any:
    """x with its axes in the given order; reversed without one."""
    errors.check_array("transpose", x)
    axes = None if axes is None else tuple(axes)  # a list may change before the pass
    back = None if axes is None else np.argsort([i % max(x.ndim, 1) for i in axes])
    return linear(lambda x: x.transpose(axes), lambda gy: gy.transpose(back), x)


@implements(np.sum)
def total(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum of the elements along axis, an integer or a tuple of integers; of all elements if it is None."""
    errors.axis_of("sum", axis, x)
    before, gone = x.shape, () if axis is None or keepdims else axis
    return linear(lambda x: x.sum(axis, keepdims=keepdims),
                  lambda gy: np.broadcast_to(np.expand_dims(gy, gone), before), x)  # fmt: skip


@implements(np.broadcast_to)
def broadcast_to(x: Any, shape: Any) -> Any:
    """x repeated, as NumPy stretches it, until it has the shape."""
    errors.check_array("broadcast_to", x)
    before, shape = x.shape, errors.shape_of(shape)
    return linear(lambda x: np.broadcast_to(x, shape), lambda gy: sum_to(gy, before), x)


@implements("sum_to")
def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """x summed down to a shape that stretches to its own: the adjoint of `broadcast_to`."""
    errors.check_array("sum_to", x)
    lead = x.ndim - len(shape)
    axes = tuple([i for i, n in enumerate(x.shape) if i < lead or shape[i - lead] != n])
    errors.check_stretched(x.shape, shape, axes)
    return reshape(total(x, axes), shape)


@implements("getitem")
def getitem(x: Any, index: Any) -> Any:
    """x[index], for any index that NumPy takes; TypeError if a Variable is in it."""
    errors.check_array("getitem", x)
    before, index = x.shape, errors.index_of(index)
    return linear(lambda x: x[index], lambda gy: put(gy, index, before), x)


def put(gy: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape, with gy added at index: the adjoint of `getitem`."""
    y = np.zeros(shape, gy.dtype)
    if all(isinstance(i, (int, np.integer, slice)) or i is None or i is Ellipsis for i in index):
        y[index] = gy  # there nothing comes twice, and this is many times as fast
    else:
        np.add.at(y, index, gy)  # not y[index] += gy: an index may come twice
    return y


@implements(np.swapaxes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """x with two axes exchanged."""
    errors.check_array("swapaxes", x)
    return linear(lambda x: x.swapaxes(axis1, axis2), lambda gy: gy.swapaxes(axis1, axis2), x)


class MatMul(Function):
    forward = op.matmul

    def backward(self, gy: Any) -> Any:
        (x0, x1), (parent0, parent1) = self.xs, self.parents
        return (None if parent0 is None else gy @ swapaxes(x1, -1, -2),
                None if parent1 is None else swapaxes(x0, -1, -2) @ gy)  # fmt: skip


# What follows is not in the course's program.


@implements(np.matmul)
def matmul(x0: Any, x1: Any) -> Any:
    """The matrix product x0 @ x1; a vector stands for a row on the left, for a column on the right. ValueError for a number."""
    errors.check_operands("matmul", x0, x1)
    ndims = getattr(x0, "ndim", 0), getattr(x1, "ndim", 0)
    if 0 in ndims:
        raise ValueError("matmul takes vectors and matrices: use * for numbers")
    if 1 not in ndims:
        return MatMul()(x0, x1)
    y = MatMul()(expand_dims(x0, 0) if ndims[0] == 1 else x0, expand_dims(x1, 1) if ndims[1] == 1 else x1)
    return squeeze(y, tuple([axis for axis, ndim in zip((-2, -1), ndims) if ndim == 1]))


@implements(np.dot)
def dot(x0: Any, x1: Any) -> Any:
    """The dot product of vectors and matrices, or the product with a number. ValueError for more than two axes."""
    ndims = getattr(x0, "ndim", 0), getattr(x1, "ndim", 0)
    if max(ndims) > 2:
        raise ValueError(f"dot takes at most two axes, not {max(ndims)}: use matmul")
    return np.multiply(x0, x1) if 0 in ndims else np.matmul(x0, x1)


@implements(np.mean)
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of the elements along axis, an integer or a tuple of integers; of all elements if it is None."""
    errors.axis_of("mean", axis, x)
    before, gone = x.shape, () if axis is None or keepdims else axis
    size = max(x.size, 1)  # not gy / n: in float16 70,000 is infinite
    return linear(lambda x: x.mean(axis, keepdims=keepdims),
                  lambda gy: np.broadcast_to(np.expand_dims(gy * (gy.size / size), gone), before), x)  # fmt: skip


@implements(np.expand_dims)
def expand_dims(x: Any, axis: Any) -> Any:
    """x with new axes of length 1."""
    errors.check_array("expand_dims", x)
    return reshape(x, np.expand_dims(np.empty(x.shape, bool), axis).shape)


@implements(np.squeeze)
def squeeze(x: Any, axis: Any = None) -> Any:
    """x without its axes of length 1, or without the given ones."""
    errors.check_array("squeeze", x)
    return reshape(x, np.squeeze(np.empty(x.shape, bool), axis).shape)


class Join(Function):
    """Arrays joined by a linear function of the list; the adjoint takes them out again."""

    keeps_xs = False

    def __init__(self, join: Callable[[Any], Any], indices: Any) -> None:
        self.join, self.indices = join, indices

    def forward(self, *xs: Any) -> Any:
        return self.join(xs)

    def backward(self, gy: Any) -> Any:
        return tuple([gy[index] for index in self.indices])


@implements(np.concatenate)
def concatenate(xs: Any, axis: int = 0) -> Any:
    """The inputs one after another along an axis; TypeError or ValueError if xs is not a list of them, or is empty."""
    xs = errors.several("concatenate", xs, axis)
    axis = errors.axis_of("concatenate", axis, xs[0])
    lengths = [x.shape[axis] if x.ndim == xs[0].ndim else 0 for x in xs]  # NumPy says what does not fit
    before, ends = (slice(None),) * (axis % xs[0].ndim), np.cumsum([0, *lengths])
    return Join(lambda xs: np.concatenate(xs, axis), [(*before, slice(i, j)) for i, j in zip(ends, ends[1:])])(*xs)


@implements(np.stack)
def stack(xs: Any, axis: int = 0) -> Any:
    """The inputs, of one shape, side by side along a new axis; TypeError or ValueError if xs is not a list of them, or is empty."""
    xs = errors.several("stack", xs, axis)
    before = (slice(None),) * (axis % (xs[0].ndim + 1))
    return Join(lambda xs: np.stack(xs, axis), [(*before, i) for i in range(len(xs))])(*xs)


class Unstack(authors.Function):
    """The parts along the first axis, as the outputs of one function."""

    forward, keeps_xs = tuple, False

    def backward(self, *gys: Any) -> Any:
        return np.stack(gys)


@implements(iter)
def parts(x: Any) -> Any:
    if x.ndim == 0:
        raise TypeError("iter: the variable is one number: there are no parts to go through")
    return iter(Unstack()(x) if len(x) else ())

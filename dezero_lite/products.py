"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arraylike import data_of, implements
from .core import Function, Variable
from .shapes import expand_dims, squeeze


class MatMul(Function):
    """Y = X0 X1 for matrices, or stacks of them; dX0: gX0 = gY X1^T, gX1 = X0^T gY."""

    __slots__ = ()
    takes_scalars = True  # it never sees one
    broadcasts = True  # stacks of matrices broadcast over their leading axes

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.matmul(x0, x1)

    def backward(self, gy: Any) -> Any:
        (x0, x1), (parent0, parent1) = self.xs, self.parents
        return (
            None if parent0 is None else gy @ x1.swapaxes(-1, -2),
            None if parent1 is None else x0.swapaxes(-1, -2) @ gy,
        )


@implements(np.matmul)
def matmul(x0: Any, x1: Any) -> Variable:
    """The matrix product ``x0 @ x1``.

    Args:
        x0: shape (..., n, k), or (k,) for a row.
        x1: shape (..., k, m), or (k,) for a column; leading axes broadcast.

    Returns:
        Shape (..., n, m), without n or m for a row or a column.

    Raises:
        ValueError: an argument is a number, or the shapes do not fit.
    """
    ndim0, ndim1 = np.ndim(data_of(x0)), np.ndim(data_of(x1))
    if ndim0 > 1 and ndim1 > 1:
        return MatMul().apply(x0, x1)
    if not ndim0 or not ndim1:
        raise ValueError("matmul takes vectors and matrices: use * for numbers")
    row, column = ndim0 == 1, ndim1 == 1
    y = MatMul().apply(expand_dims(x0, 0) if row else x0, expand_dims(x1, 1) if column else x1)
    return squeeze(y, axis=(-2,) * row + (-1,) * column)


@implements(np.dot)
def dot(x0: Any, x1: Any) -> Variable:
    """The dot product of vectors and matrices, or the product with a number.

    Raises:
        ValueError: an argument has more than two axes (`matmul` is clear there).
    """
    ndims = np.ndim(data_of(x0)), np.ndim(data_of(x1))
    if max(ndims) > 2:
        raise ValueError(f"dot takes at most two axes, not {max(ndims)}: use matmul")
    return x0 * x1 if min(ndims) == 0 else matmul(x0, x1)

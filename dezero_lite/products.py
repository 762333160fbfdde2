"""Matrix products.

An element of a product is a sum, right to a few units in the last place of the sum of the absolute
values of its terms: where large terms cancel, what is left has fewer digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import Operand, shape_of
from .arraylike import implements
from .core import Variable
from .elementwise import multiply
from .fast import Primitive
from .shapes import expand_dims, squeeze


class MatMul(Primitive):
    """Y = X0 X1 for matrices, or stacks of them; dX0: gX0 = gY X1^T, gX1 = X0^T gY."""

    __slots__ = ()

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.matmul(x0, x1)

    def backward(self, gy: Any) -> Any:
        (x0, x1), (parent0, parent1) = self.xs, self.parents
        return (
            None if parent0 is None else gy @ x1.swapaxes(-1, -2),
            None if parent1 is None else x0.swapaxes(-1, -2) @ gy,
        )


@implements(np.matmul)
def matmul(x0: Operand, x1: Operand) -> Variable:
    """The matrix product ``x0 @ x1``.

    Args:
        x0: shape (..., n, k), or (k,) for a row.
        x1: shape (..., k, m), or (k,) for a column; leading axes broadcast.

    Returns:
        Shape (..., n, m), without n or m for a row or a column.

    Raises:
        ValueError: an argument is a number, or the shapes do not fit.
    """
    shape0, shape1 = shape_of("matmul", x0, "x0"), shape_of("matmul", x1, "x1")
    if not shape0 or not shape1:
        raise ValueError("matmul takes vectors and matrices: use * for numbers")
    row, column = len(shape0) == 1, len(shape1) == 1
    if shape0[-1] != shape1[-1 if column else -2]:
        raise ValueError(
            f"matmul: x0 has the shape {shape0} and x1 the shape {shape1}: the last length of x0 must be "
            f"the {'last' if column else 'last but one'} of x1"
        )
    if not row and not column:
        return MatMul().apply(x0, x1)
    y = MatMul().apply(expand_dims(x0, 0) if row else x0, expand_dims(x1, 1) if column else x1)
    return squeeze(y, axis=(-2,) * row + (-1,) * column)


@implements(np.dot)
def dot(x0: Operand, x1: Operand) -> Variable:
    """The dot product of vectors and matrices, or the product with a number.

    Raises:
        ValueError: an argument has more than two axes (`matmul` is clear there), or the shapes do not fit.
    """
    ndims = len(shape_of("dot", x0, "x0")), len(shape_of("dot", x1, "x1"))
    if max(ndims) > 2:
        raise ValueError(f"dot takes at most two axes, not {max(ndims)}: use matmul")
    return multiply(x0, x1) if min(ndims) == 0 else matmul(x0, x1)

"""Functions computed element by element, each with its rule under it. Values are NumPy's, rules the textbook's.

Inputs are variables, arrays or numbers, which stretch as in NumPy; anything else raises TypeError. The derivatives of the
elementary functions are those of the NIST Digital Library of Mathematical Functions (https://dlmf.nist.gov), 4.7, 4.20 and 4.34.

Where a rule leaves the range of floating numbers before its value does, it gives 0, inf or nan, as PyTorch's does in the
same form. At a kink dy/dx is the mean of the slopes on both sides, unless the function says otherwise.
"""

import operator as op
from typing import Any

import numpy as np

from . import errors
from .core import Function, Variable, data_of, implementations, implements


@implements(np.add)
class Add(Function):
    """y = x0 + x1; dy/dx0 = dy/dx1 = 1."""
    forward, keeps_xs = op.add, False

    def backward(self, gy: Any) -> Any:
        return gy, gy


@implements(np.subtract)
class Sub(Function):
    """y = x0 - x1; dy/dx0 = 1, dy/dx1 = -1."""
    forward, keeps_xs = op.sub, False

    def backward(self, gy: Any) -> Any:
        return gy, None if self.parents[1] is None else -gy


@implements(np.multiply)
class Mul(Function):
    """y = x0 x1; dy/dx0 = x1, dy/dx1 = x0."""
    forward = op.mul

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        return gy * x1, gy * x0


@implements(np.divide)
class Div(Function):
    """y = x0 / x1; dy/dx0 = 1 / x1, dy/dx1 = -x0 / x1^2."""
    forward = op.truediv

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        return gy / x1, -gy * (x0 / x1 / x1)


@implements(np.negative)
class Neg(Function):
    """y = -x; dy/dx = -1."""
    forward, keeps_xs = op.neg, False

    def backward(self, gy: Any) -> Any:
        return -gy


@implements(np.power)
class Pow(Function):
    """y = x^c; dy/dx = c x^(c-1), 0 for c = 0; dy/dc = y ln x, 0 where y is 0."""
    forward, keeps_y = op.pow, True

    def backward(self, gy: Any) -> Any:
        x, c = self.xs
        if getattr(c, "dtype", self.y.dtype).kind != "f":
            c = np.asarray(data_of(c), self.y.dtype)  # in int8, -128 - 1 is 127
        if self.parents[1] is None:
            return gy * (c * x ** (c - (c != 0))), None
        x = x if isinstance(x, Variable) else np.asarray(x, self.y.dtype)
        zero, flat = c == 0, (self.y == 0) | (x == 0) & (c == 0)
        gx = gy * (c / np.where(zero & (x != 0), x, 1) * x ** (c - ~zero))  # c / x * x^c where c is 0
        return gx, gy * (self.y * np.log(np.where(flat, 1.0, x)))


@implements(np.exp)
class Exp(Function):
    """y = e^x; dy/dx = y."""
    forward = np.exp
    keeps_xs, keeps_y = False, True

    def backward(self, gy: Any) -> Any:
        return gy * self.y


@implements(np.sin)
class Sin(Function):
    """y = sin x; dy/dx = cos x."""
    forward = np.sin

    def backward(self, gy: Any) -> Any:
        return gy * np.cos(self.xs[0])


@implements(np.cos)
class Cos(Function):
    """y = cos x; dy/dx = -sin x."""
    forward = np.cos

    def backward(self, gy: Any) -> Any:
        return -gy * np.sin(self.xs[0])


@implements(np.tanh)
class Tanh(Function):
    """y = tanh x; dy/dx = 1 - y^2."""
    forward = np.tanh
    keeps_xs, keeps_y = False, True

    def backward(self, gy: Any) -> Any:
        return gy * (1 - self.y * self.y)


@implements(np.log)
class Log(Function):
    """y = ln x; dy/dx = 1 / x."""
    forward = np.log

    def backward(self, gy: Any) -> Any:
        return gy / self.xs[0]


class ReLU(Function):
    """y = max(x, 0); dy/dx = 1 for x > 0, else 0."""
    def forward(self, x: Any) -> Any:
        return np.maximum(x, 0)

    def backward(self, gy: Any) -> Any:
        return np.where(data_of(self.xs[0]) > 0, gy, 0)


# What follows is not in the course's program.


@implements(np.square)
class Square(Function):
    """y = x^2; dy/dx = 2x."""
    forward = np.square

    def backward(self, gy: Any) -> Any:
        return gy * (2 * self.xs[0])


@implements(np.sqrt)
class Sqrt(Function):
    """y = sqrt(x); dy/dx = 1 / (2y)."""
    forward = np.sqrt
    keeps_xs, keeps_y = False, True

    def backward(self, gy: Any) -> Any:
        return gy / (2 * self.y)


@implements(np.tan)
class Tan(Function):
    """y = tan x; dy/dx = 1 + y^2."""
    forward = np.tan
    keeps_xs, keeps_y = False, True

    def backward(self, gy: Any) -> Any:
        return gy * (1 + self.y * self.y)


class Sigmoid(Function):
    """y = 1 / (1 + e^-x), without overflow; dy/dx = y (1 - y)."""
    keeps_xs, keeps_y = False, True

    def forward(self, x: Any) -> Any:
        e = np.exp(-abs(x * 1.0))
        return np.where(x >= 0, 1, e) / (1 + e)

    def backward(self, gy: Any) -> Any:
        return gy * (self.y * (1 - self.y))


@implements(np.absolute)
class Abs(Function):
    """y = |x|; dy/dx = sign x, 0 at 0."""
    forward = op.abs

    def backward(self, gy: Any) -> Any:
        return gy * np.sign(data_of(self.xs[0]))


@implements(np.maximum)
class Maximum(Function):
    """y = max(x0, x1); at a tie each gets half."""
    forward: Any = np.maximum

    def backward(self, gy: Any) -> Any:
        x0, x1 = map(data_of, self.xs)
        y = self.forward(x0, x1)
        gx = gy * np.where(x0 == x1, 0.5, 1).astype(gy.dtype)
        return np.where((x0 == y) | (x1 != y), gx, 0), np.where((x1 == y) | (x0 != y), gx, 0)  # neither is y: nan


@implements(np.minimum)
class Minimum(Maximum):
    """y = min(x0, x1); at a tie each gets half."""
    forward = np.minimum


class Where(Function):
    """y = x0 where condition holds, x1 elsewhere."""
    keeps_xs = False

    def __init__(self, condition: Any) -> None:
        self.condition = condition

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.where(self.condition, x0, x1)

    def backward(self, gy: Any) -> Any:
        return np.where(self.condition, gy, 0), np.where(self.condition, 0, gy)


@implements(np.where)
def where(condition: Any, x0: Any, x1: Any) -> Any:
    """x0 where the boolean condition holds, else x1; the one that was taken gets the gradient. TypeError if it is not boolean."""
    errors.check_operands("where", condition)
    condition = np.array(data_of(condition))
    if condition.dtype != bool:
        raise TypeError(f"where: condition is {condition.dtype}, not boolean: compare, as in x > 0")
    return Where(condition)(x0, x1)


@implements(np.clip)
def clip(x: Any, min: Any = None, max: Any = None, *, a_min: Any = None, a_max: Any = None) -> Any:
    """x limited to [min, max]; dy/dx = 1 from min to max, both included, and 0 outside."""
    min, max = a_min if min is None else min, a_max if max is None else max
    if isinstance(min, Variable) or isinstance(max, Variable):
        raise TypeError("clip: a limit is a Variable: write minimum(maximum(x, min), max), which differentiates by it")
    errors.check_operands("clip", x)
    data = data_of(x)
    inside = np.asarray((True if min is None else data >= min) & (True if max is None else data <= max))
    return Where(inside)(x, np.clip(data, min, max))


add, subtract, multiply, divide, power, maximum, minimum, negative, square, exp, log, sin, cos, tan, tanh, sqrt, absolute = [
    implementations[f] for f in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.negative, np.square,
                                 np.exp, np.log, np.sin, np.cos, np.tan, np.tanh, np.sqrt, np.absolute)]  # fmt: skip


def relu(x: Any) -> Any:
    """`ReLU` of x."""
    return ReLU()(x)


def sigmoid(x: Any) -> Any:
    """`Sigmoid` of x."""
    return Sigmoid()(x)

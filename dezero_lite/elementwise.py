"""Functions computed element by element, each with its rule under its formula.

All of them broadcast as NumPy does. Derivatives: Abramowitz & Stegun, Handbook of Mathematical
Functions (1964), sections 3.3, 4.1 to 4.5.
"""

from __future__ import annotations

from numbers import Number
from operator import mul, truediv
from typing import Any

import numpy as np

from .core import Elementwise, Variable, constant, implements

# ------------------------------------------------------------------------------------ arithmetic


class Add(Elementwise):
    """y = x0 + x1; dy/dx0 = dy/dx1 = 1."""

    __slots__ = ()
    keeps_xs = False

    def forward(self, x0: Any, x1: Any) -> Any:
        return x0 + x1

    def backward(self, gy: Any) -> Any:
        return gy, gy


class Subtract(Elementwise):
    """y = x0 - x1; dy/dx0 = 1, dy/dx1 = -1."""

    __slots__ = ()
    keeps_xs = False

    def forward(self, x0: Any, x1: Any) -> Any:
        return x0 - x1

    def backward(self, gy: Any) -> Any:
        return gy, None if self.parents[1] is None else -gy


class Multiply(Elementwise):
    """y = x0 x1; dy/dx0 = x1, dy/dx1 = x0."""

    __slots__ = ()

    def forward(self, x0: Any, x1: Any) -> Any:
        return x0 * x1

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        return gy * x1, gy * x0


class Divide(Elementwise):
    """y = x0 / x1; dy/dx0 = 1 / x1, dy/dx1 = -x0 / x1^2 = -(1 / x1) (x0 / x1)."""

    __slots__ = ()

    def forward(self, x0: Any, x1: Any) -> Any:
        return x0 / x1

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        gx0 = gy / x1
        return gx0, -gx0 * (x0 / x1)


class Scale(Elementwise):
    """y = x c or y = x / c with a constant c: linear, so the gradient is scaled alike."""

    __slots__ = ("by", "c")
    keeps_xs = False

    def __init__(self, by: Any, c: Any) -> None:
        self.by, self.c = by, c

    def forward(self, x: Any) -> Any:
        return self.by(x, self.c)

    def backward(self, gy: Any) -> Any:
        return self.by(gy, self.c)


class Negative(Elementwise):
    """y = -x; dy/dx = -1."""

    __slots__ = ()
    keeps_xs = False

    def forward(self, x: Any) -> Any:
        return -x

    def backward(self, gy: Any) -> Any:
        return -gy


class Power(Elementwise):
    """y = x0 ^ x1; dy/dx0 = x1 x0^(x1 - 1), dy/dx1 = y ln x0 (0 where x0 = 0, nan where x0 < 0)."""

    __slots__ = ()
    keeps_y = True

    def forward(self, x0: Any, x1: Any) -> Any:
        return x0**x1

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        # x0^(x1 - 1) is infinite at x0 = 0 = x1, where y = 1 is flat: any finite power will do.
        gx0 = gy * x1 * x0 ** np.where(x1 == 0, 1, x1 - 1)
        if self.parents[1] is None:
            return gx0, None
        return gx0, gy * self.y * np.log(np.where(x0 == 0, 1, x0))


class PowerOf(Elementwise):
    """y = x^c with a number c; dy/dx = c x^(c - 1)."""

    __slots__ = ("c",)

    def __init__(self, c: Any) -> None:
        self.c = c

    def forward(self, x: Any) -> Any:
        return x**self.c

    def backward(self, gy: Any) -> Any:
        c = self.c
        return gy * (c * self.xs[0] ** (c - 1)) if c else gy * 0


# ----------------------------------------------------------------------------- functions of one x


class Square(Elementwise):
    """y = x^2; dy/dx = 2 x."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return x * x

    def backward(self, gy: Any) -> Any:
        return 2 * self.xs[0] * gy


class Exp(Elementwise):
    """y = e^x; dy/dx = y."""

    __slots__ = ()
    keeps_xs, keeps_y = False, True

    def forward(self, x: Any) -> Any:
        return np.exp(x)

    def backward(self, gy: Any) -> Any:
        return gy * self.y


class Log(Elementwise):
    """y = ln x; dy/dx = 1 / x."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return np.log(x)

    def backward(self, gy: Any) -> Any:
        return gy / self.xs[0]


class Sqrt(Elementwise):
    """y = sqrt(x); dy/dx = 1 / (2 y), infinite at 0."""

    __slots__ = ()
    keeps_xs, keeps_y = False, True

    def forward(self, x: Any) -> Any:
        return np.sqrt(x)

    def backward(self, gy: Any) -> Any:
        return gy / (2 * self.y)


class Sin(Elementwise):
    """y = sin x; dy/dx = cos x."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return np.sin(x)

    def backward(self, gy: Any) -> Any:
        return gy * np.cos(self.xs[0])


class Cos(Elementwise):
    """y = cos x; dy/dx = -sin x."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return np.cos(x)

    def backward(self, gy: Any) -> Any:
        return -gy * np.sin(self.xs[0])


class Tan(Elementwise):
    """y = tan x; dy/dx = 1 + y^2."""

    __slots__ = ()
    keeps_xs, keeps_y = False, True

    def forward(self, x: Any) -> Any:
        return np.tan(x)

    def backward(self, gy: Any) -> Any:
        return gy * (1 + self.y * self.y)


class Tanh(Elementwise):
    """y = tanh x; dy/dx = 1 - y^2."""

    __slots__ = ()
    keeps_xs, keeps_y = False, True

    def forward(self, x: Any) -> Any:
        return np.tanh(x)

    def backward(self, gy: Any) -> Any:
        return gy * (1 - self.y * self.y)


class Absolute(Elementwise):
    """y = |x|; dy/dx = sign x, taken as 0 at 0."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return abs(x)

    def backward(self, gy: Any) -> Any:
        return gy * (self.xs[0] > 0) - gy * (self.xs[0] < 0)


class ReLU(Elementwise):
    """y = max(x, 0); dy/dx = 1 where x > 0, else 0."""

    __slots__ = ()
    keeps_xs, keeps_y = False, True

    def forward(self, x: Any) -> Any:
        return np.maximum(x, 0)

    def backward(self, gy: Any) -> Any:
        return gy * (self.y > 0)


class Sigmoid(Elementwise):
    """y = 1 / (1 + e^-x); dy/dx = y (1 - y)."""

    __slots__ = ()
    keeps_xs, keeps_y = False, True

    def forward(self, x: Any) -> Any:
        return (np.tanh(x / 2) + 1) / 2

    def backward(self, gy: Any) -> Any:
        return gy * (self.y * (1 - self.y))


class Clip(Elementwise):
    """y = x limited to [low, high]; dy/dx = 1 where low <= x <= high, else 0."""

    __slots__ = ("low", "high")

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = low, high

    def forward(self, x: Any) -> Any:
        return np.clip(x, self.low, self.high)

    def backward(self, gy: Any) -> Any:
        x = self.xs[0]
        inside = np.asarray(True)
        if self.low is not None:
            inside = inside & (x >= self.low)
        if self.high is not None:
            inside = inside & (x <= self.high)
        return gy * inside


# -------------------------------------------------------------------------------------- selections


class Maximum(Elementwise):
    """y = max(x0, x1); the larger one gets the gradient, at a tie each gets half."""

    __slots__ = ()

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.maximum(x0, x1)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        half = gy * (x0 == x1) / 2
        return gy * (x0 > x1) + half, gy * (x0 < x1) + half


class Where(Elementwise):
    """y = x0 where condition, else x1; the one that was taken gets the gradient."""

    __slots__ = ("condition",)
    keeps_xs = False

    def __init__(self, condition: Any) -> None:
        self.condition = condition

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.where(self.condition, x0, x1)

    def backward(self, gy: Any) -> Any:
        return np.where(self.condition, gy, 0), np.where(self.condition, 0, gy)


# ---------------------------------------------------------------------------- the public functions


@implements(np.add)
def add(x0: Any, x1: Any) -> Variable:
    """x0 + x1, elementwise with broadcasting."""
    return Add().apply(x0, x1)


@implements(np.subtract)
def subtract(x0: Any, x1: Any) -> Variable:
    """x0 - x1, elementwise with broadcasting."""
    return Subtract().apply(x0, x1)


@implements(np.multiply)
def multiply(x0: Any, x1: Any) -> Variable:
    """x0 x1, elementwise with broadcasting."""
    if not isinstance(x1, Variable):
        return Scale(mul, constant(x1)).apply(x0)
    if not isinstance(x0, Variable):
        return Scale(mul, constant(x0)).apply(x1)
    return Multiply().apply(x0, x1)


@implements(np.divide)
def divide(x0: Any, x1: Any) -> Variable:
    """x0 / x1, elementwise with broadcasting."""
    if not isinstance(x1, Variable):
        return Scale(truediv, constant(x1)).apply(x0)
    return Divide().apply(x0, x1)


@implements(np.power)
def power(x0: Any, x1: Any) -> Variable:
    """x0 to the power x1, elementwise with broadcasting."""
    if isinstance(x1, Number):
        return PowerOf(x1).apply(x0)
    return Power().apply(x0, x1)


@implements(np.negative)
def negative(x: Any) -> Variable:
    """-x, elementwise."""
    return Negative().apply(x)


@implements(np.square)
def square(x: Any) -> Variable:
    """x^2, elementwise; derivative 2 x."""
    return Square().apply(x)


@implements(np.exp)
def exp(x: Any) -> Variable:
    """e^x, elementwise; derivative y."""
    return Exp().apply(x)


@implements(np.log)
def log(x: Any) -> Variable:
    """ln x, elementwise; derivative 1 / x."""
    return Log().apply(x)


@implements(np.sqrt)
def sqrt(x: Any) -> Variable:
    """sqrt(x), elementwise; derivative 1 / (2 y), infinite at 0."""
    return Sqrt().apply(x)


@implements(np.sin)
def sin(x: Any) -> Variable:
    """sin x, elementwise; derivative cos x."""
    return Sin().apply(x)


@implements(np.cos)
def cos(x: Any) -> Variable:
    """cos x, elementwise; derivative -sin x."""
    return Cos().apply(x)


@implements(np.tan)
def tan(x: Any) -> Variable:
    """tan x, elementwise; derivative 1 + y^2."""
    return Tan().apply(x)


@implements(np.tanh)
def tanh(x: Any) -> Variable:
    """tanh x, elementwise; derivative 1 - y^2."""
    return Tanh().apply(x)


@implements(np.absolute)
def absolute(x: Any) -> Variable:
    """|x|, elementwise; derivative sign x, taken as 0 at 0."""
    return Absolute().apply(x)


def relu(x: Any) -> Variable:
    """max(x, 0), elementwise; derivative 1 where x > 0, else 0."""
    return ReLU().apply(x)


def sigmoid(x: Any) -> Variable:
    """1 / (1 + e^-x), elementwise; derivative y (1 - y)."""
    return Sigmoid().apply(x)


@implements(np.maximum)
def maximum(x0: Any, x1: Any) -> Variable:
    """The larger of x0 and x1, elementwise with broadcasting; a tie splits the gradient in half."""
    return Maximum().apply(x0, x1)


@implements(np.minimum)
def minimum(x0: Any, x1: Any) -> Variable:
    """The smaller of x0 and x1, elementwise with broadcasting; a tie splits the gradient in half."""
    return -maximum(-x0, -x1)


@implements(np.where)
def where(condition: Any, x0: Any, x1: Any) -> Variable:
    """x0 where condition (a plain boolean array) holds, else x1, with broadcasting."""
    return Where(condition).apply(x0, x1)


@implements(np.clip)
def clip(x: Any, low: Any, high: Any) -> Variable:
    """x limited to the interval from low to high (numbers, arrays or None); derivative 1 inside
    and on the border, 0 outside."""
    return Clip(low, high).apply(x)

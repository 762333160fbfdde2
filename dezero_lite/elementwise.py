"""Functions computed element by element, each given by its formula and the rule of its gradient.

    @elementwise(np.exp)
    def exp(gy, y):
        return gy * y

makes `exp`, a function of variables that computes ``np.exp`` and whose `backward` is the body: the
gradient of the input from the gradient gy of the output. A rule names what else it needs, the input
x (or x0 and x1) or the output y; nothing else is kept alive. Rules with more to them are classes.

Arguments are variables, arrays or numbers; anything else raises TypeError. Shapes broadcast as NumPy's
do, and raise ValueError where they don't fit. Shape and dtype of the result are NumPy's.

Derivatives: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), sections 3.3, 4.1 to 4.5.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from .arraylike import constant, data_of, implements
from .core import Variable
from .fast import Elementwise


def elementwise(
    numpy_function: Callable[..., Any], forward: Callable[..., Any] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Variable]]:
    """elementwise(numpy_function, forward=None): make the decorated rule a function of variables.

    It computes numpy_function, or forward, if that does the same faster on single numbers, and is
    registered with `implements`.
    """

    def function_with(rule: Callable[..., Any]) -> Callable[..., Variable]:
        needs = list(signature(rule).parameters)[1:]
        keeps_y = needs == ["y"]
        backward: Any = staticmethod(rule)
        if keeps_y:
            backward = lambda self, gy: rule(gy, self.y)  # noqa: E731
        elif needs:
            backward = lambda self, gy: rule(gy, *self.xs)  # noqa: E731
        members = {
            "__slots__": (), "__module__": rule.__module__, "__doc__": rule.__doc__,
            "keeps_xs": bool(needs) and not keeps_y, "keeps_y": keeps_y,
            "forward": staticmethod(forward or numpy_function), "backward": backward,
        }  # fmt: skip
        kind: Any = type(rule.__name__.capitalize(), (Elementwise,), members)

        def one(x: Any) -> Any:
            return kind().apply(x)

        def two(x0: Any, x1: Any) -> Any:
            return kind().apply(x0, x1)

        function = two if getattr(numpy_function, "nin", 1) == 2 else one
        function.__name__ = function.__qualname__ = rule.__name__
        function.__doc__ = rule.__doc__
        return implements(numpy_function)(function)

    return function_with


# ------------------------------------------------------------------------------------ arithmetic


@elementwise(np.add, operator.add)
def add(gy: Any) -> Any:
    """y = x0 + x1; dy/dx0 = dy/dx1 = 1."""
    return gy, gy


@elementwise(np.negative, operator.neg)
def negative(gy: Any) -> Any:
    """y = -x; dy/dx = -1."""
    return -gy


class Subtract(Elementwise):
    __slots__ = ()
    keeps_xs = False
    forward = staticmethod(operator.sub)

    def backward(self, gy: Any) -> Any:
        return gy, None if self.parents[1] is None else -gy


@implements(np.subtract)
def subtract(x0: Any, x1: Any) -> Variable:
    """y = x0 - x1; dy/dx0 = 1, dy/dx1 = -1."""
    return Subtract().apply(x0, x1)


class Scale(Elementwise):
    """y = x c or y = x / c with a constant c: linear, so the gradient is scaled alike."""

    __slots__ = ("by", "c")
    keeps_xs = False

    def __init__(self, by: Callable[..., Any], c: Any) -> None:
        self.by, self.c = by, constant(c)

    def forward(self, x: Any) -> Any:
        return self.by(x, self.c)

    backward = forward


class Multiply(Elementwise):
    __slots__ = ()
    forward = staticmethod(operator.mul)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        return gy * x1, gy * x0


@implements(np.multiply)
def multiply(x0: Any, x1: Any) -> Variable:
    """y = x0 x1; dy/dx0 = x1, dy/dx1 = x0."""
    if not isinstance(x1, Variable):
        return Scale(operator.mul, x1).apply(x0)
    if not isinstance(x0, Variable):
        return Scale(operator.mul, x0).apply(x1)
    return Multiply().apply(x0, x1)


class Divide(Elementwise):
    __slots__ = ()
    forward = staticmethod(operator.truediv)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        gx0 = gy / x1
        return gx0, -gx0 * (x0 / x1)


@implements(np.divide)
def divide(x0: Any, x1: Any) -> Variable:
    """y = x0 / x1; dy/dx0 = 1 / x1, dy/dx1 = -x0 / x1^2 = -(1 / x1) (x0 / x1)."""
    if not isinstance(x1, Variable):
        return Scale(operator.truediv, x1).apply(x0)
    return Divide().apply(x0, x1)


class Power(Elementwise):
    __slots__ = ()
    keeps_y = True
    forward = staticmethod(operator.pow)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        # x0^(x1 - 1) is infinite at x0 = 0 = x1, where y = 1 is flat: there the power stays 0.
        if self.parents[1] is None:
            return gy * (x1 * x0 ** (x1 - (x1 != 0))), None
        gx0 = gy * (x1 * x0 ** (x1 - ((x0 != 0) | (x1 != 0))))
        return gx0, gy * self.y * np.log(np.where(x0 == 0, 1, x0))


@implements(np.power)
def power(x0: Any, x1: Any) -> Variable:
    """y = x0^x1; dy/dx0 = x1 x0^(x1 - 1), dy/dx1 = y ln x0 (0 where x0 = 0, nan where x0 < 0)."""
    if not isinstance(x0, Variable):
        x0 = np.asarray(x0, np.result_type(constant(x0), data_of(x1)))  # its logarithm has a dtype
    return Power().apply(x0, x1)


# ----------------------------------------------------------------------------- functions of one x


@elementwise(np.square, lambda x: x * x)
def square(gy: Any, x: Any) -> Any:
    """y = x^2; dy/dx = 2 x."""
    return gy * (2 * x)


@elementwise(np.exp)
def exp(gy: Any, y: Any) -> Any:
    """y = e^x; dy/dx = y."""
    return gy * y


@elementwise(np.log)
def log(gy: Any, x: Any) -> Any:
    """y = ln x; dy/dx = 1 / x."""
    return gy / x


@elementwise(np.sqrt)
def sqrt(gy: Any, y: Any) -> Any:
    """y = sqrt(x); dy/dx = 1 / (2 y), infinite at 0."""
    return gy / (2 * y)


@elementwise(np.sin)
def sin(gy: Any, x: Any) -> Any:
    """y = sin x; dy/dx = cos x."""
    return gy * np.cos(x)


@elementwise(np.cos)
def cos(gy: Any, x: Any) -> Any:
    """y = cos x; dy/dx = -sin x."""
    return -gy * np.sin(x)


@elementwise(np.tan)
def tan(gy: Any, y: Any) -> Any:
    """y = tan x; dy/dx = 1 + y^2."""
    return gy * (1 + y * y)


@elementwise(np.tanh)
def tanh(gy: Any, y: Any) -> Any:
    """y = tanh x; dy/dx = 1 - y^2."""
    return gy * (1 - y * y)


@elementwise(np.absolute, abs)
def absolute(gy: Any, x: Any) -> Any:
    """y = |x|; dy/dx = sign x, taken as 0 at 0."""
    return gy * (x > 0) - gy * (x < 0)


@elementwise(lambda x: np.maximum(x, 0))
def relu(gy: Any, y: Any) -> Any:
    """y = max(x, 0); dy/dx = 1 where x > 0, else 0."""
    return gy * (y > 0)


@elementwise(lambda x: (np.tanh(x / 2) + 1) / 2)  # unlike 1 / (1 + e^-x), it never overflows
def sigmoid(gy: Any, y: Any) -> Any:
    """y = 1 / (1 + e^-x); dy/dx = y (1 - y)."""
    return gy * (y * (1 - y))


# ------------------------------------------------------------------------------------- selections


@elementwise(np.maximum)
def maximum(gy: Any, x0: Any, x1: Any) -> Any:
    """y = the larger of x0 and x1; that one gets the gradient, at a tie each gets half."""
    half = gy * (x0 == x1) / 2
    return gy * (x0 > x1) + half, gy * (x0 < x1) + half


@implements(np.minimum)
def minimum(x0: Any, x1: Any) -> Variable:
    """y = the smaller of x0 and x1; that one gets the gradient, at a tie each gets half."""
    return negative(maximum(negative(x0), negative(x1)))


class Where(Elementwise):
    __slots__ = ("condition",)
    keeps_xs = False

    def __init__(self, condition: Any) -> None:
        self.condition = condition

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.where(self.condition, x0, x1)

    def backward(self, gy: Any) -> Any:
        return np.where(self.condition, gy, 0), np.where(self.condition, 0, gy)


@implements(np.where)
def where(condition: Any, x0: Any, x1: Any) -> Variable:
    """where(condition, x0, x1): x0 where the plain boolean array condition holds, else x1.

    The one that was taken gets the gradient.
    """
    return Where(data_of(condition)).apply(x0, x1)


@implements(np.clip)
def clip(x: Any, low: Any, high: Any) -> Variable:
    """clip(x, low, high): x limited to [low, high], numbers, arrays or None.

    dy/dx = 1 from low to high, 0 outside.
    """
    data = data_of(x)
    limited = np.clip(data, data_of(low), data_of(high))
    return where(limited == data, x, limited)

"""Functions computed element by element, each given by its formula and the rule of its gradient.

    @elementwise(np.exp)
    def exp(gy, y):
        return gy * y

makes `exp`, a function of variables that computes ``np.exp`` and whose `backward` is the body: the
gradient of the input x from the gradient gy of the output y. A rule names what else it needs, x or y;
nothing else is kept alive. Rules with more to them are classes.

Arguments are variables, arrays or numbers; anything else raises TypeError. Shapes broadcast as NumPy's
do, and raise ValueError where they don't fit. Shape and dtype of the result are NumPy's; a Python number
takes the dtype of what it meets.

Values and derivatives are right to a few units in the last place over the whole range of float64,
float32 and float16, as far as NumPy's own functions are; where they are not, it is said. At a kink the
slope is a choice between those of the two sides, and it is said which.

Derivatives: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), sections 3.3, 4.1 to 4.5.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from .arguments import Operand, array_of, shown
from .arraylike import constant, data_of, implements
from .core import Function, Variable
from .fast import Arithmetic, Primitive


class Elementwise(Function):
    """A function of one's own that is computed element by element: its inputs may stretch, as in NumPy."""

    broadcasts = True


def elementwise(
    numpy_function: Callable[..., Any], forward: Callable[..., Any] | None = None
) -> Callable[[Callable[..., Any]], Callable[[Operand], Variable]]:
    """elementwise(numpy_function, forward=None): make the decorated rule a function of a variable.

    It computes numpy_function, or forward, if that does the same faster on single numbers, and is
    registered with `implements`.
    """

    def function_with(rule: Callable[..., Any]) -> Callable[[Operand], Variable]:
        needs = list(signature(rule).parameters)[1:]
        backward: Any = staticmethod(rule)
        if needs == ["y"]:
            backward = lambda self, gy: rule(gy, self.y)  # noqa: E731
        elif needs:
            backward = lambda self, gy: rule(gy, *self.xs)  # noqa: E731
        members = {
            "__slots__": (), "__module__": rule.__module__, "__doc__": rule.__doc__,
            "keeps_xs": needs == ["x"], "keeps_y": needs == ["y"],
            "forward": staticmethod(forward or numpy_function), "backward": backward,
        }  # fmt: skip
        kind: Any = type(rule.__name__.capitalize(), (Primitive,), members)

        def function(x: Operand) -> Variable:
            return kind().apply(x)  # type: ignore[no-any-return]

        function.__name__ = function.__qualname__ = rule.__name__
        function.__doc__ = rule.__doc__
        return implements(numpy_function)(function)

    return function_with


def run(f: Function, x: Any) -> Any:
    """f of x inside of a rule, where x is an array, or a variable if the pass records what it does."""
    return f.apply(x) if isinstance(x, Variable) else f.forward(x)


# ------------------------------------------------------------------------------------ arithmetic


class Add(Arithmetic):
    __slots__ = ()
    keeps_xs = False
    forward = staticmethod(operator.add)

    def backward(self, gy: Any) -> Any:
        return gy, gy


@implements(np.add)
def add(x0: Operand, x1: Operand) -> Variable:
    """y = x0 + x1; dy/dx0 = dy/dx1 = 1."""
    return Add().apply(x0, x1)


@elementwise(np.negative, operator.neg)
def negative(gy: Any) -> Any:
    """y = -x; dy/dx = -1."""
    return -gy


class Subtract(Arithmetic):
    __slots__ = ()
    keeps_xs = False
    forward = staticmethod(operator.sub)

    def backward(self, gy: Any) -> Any:
        return gy, None if self.parents[1] is None else -gy


@implements(np.subtract)
def subtract(x0: Operand, x1: Operand) -> Variable:
    """y = x0 - x1; dy/dx0 = 1, dy/dx1 = -1."""
    return Subtract().apply(x0, x1)


class Scale(Primitive):
    """y = x c, y = x / c or y = x 2^c with a constant c: linear, so the gradient is scaled alike."""

    __slots__ = ("by", "c")
    keeps_xs = False

    def __init__(self, by: Callable[..., Any], c: Any) -> None:
        self.by, self.c = by, constant(c)

    def forward(self, x: Any) -> Any:
        return self.by(x, self.c)

    backward = forward


@implements(np.ldexp)
def ldexp(x: Operand, e: Any) -> Variable:
    """y = x 2^e with integers e; dy/dx = 2^e."""
    return Scale(np.ldexp, e).apply(x)


class Multiply(Arithmetic):
    __slots__ = ()
    forward = staticmethod(operator.mul)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        return gy * x1, gy * x0


@implements(np.multiply)
def multiply(x0: Operand, x1: Operand) -> Variable:
    """y = x0 x1; dy/dx0 = x1, dy/dx1 = x0."""
    if not isinstance(x1, Variable) and isinstance(x0, Variable):
        return Scale(operator.mul, x1).apply(x0)
    if not isinstance(x0, Variable) and isinstance(x1, Variable):
        return Scale(operator.mul, x0).apply(x1)
    return Multiply().apply(x0, x1)


class Divide(Arithmetic):
    __slots__ = ()
    keeps_y = True
    forward = staticmethod(operator.truediv)

    def backward(self, gy: Any) -> Any:
        x1 = self.xs[1]
        return gy / x1, -gy * (self.y / x1)


@implements(np.divide)
def divide(x0: Operand, x1: Operand) -> Variable:
    """y = x0 / x1; dy/dx0 = 1 / x1, dy/dx1 = -x0 / x1^2 = -y / x1.

    (x1^2 would overflow early. Where y is subnormal it has fewer digits, and so has dy/dx1.)
    """
    if not isinstance(x1, Variable) and isinstance(x0, Variable):
        return Scale(operator.truediv, x1).apply(x0)
    return Divide().apply(x0, x1)


class Power(Arithmetic):
    __slots__ = ()
    keeps_y = True
    forward = staticmethod(operator.pow)

    def backward(self, gy: Any) -> Any:
        (x0, x1), y = self.xs, self.y
        if getattr(x1, "dtype", y.dtype).kind != "f":
            x1 = np.asarray(data_of(x1), y.dtype)  # of the smallest integer, and of a boolean, one can't take 1
        # At 0^0 = 1 the formulas give 0 * inf and -inf; where y is 0 the one for x1 gives 0 * inf.
        if self.parents[1] is None:
            return gy * (x1 * x0 ** (x1 - (x1 != 0))), None
        flat = (y == 0) | (x0 == 0) & (x1 == 0)
        gx1 = gy * (y * np.log(np.where(flat, np.ones((), y.dtype), x0)))
        if self.parents[0] is None:
            return None, gx1
        # x1 x0^(x1 - 1), written as (x1 / x0) x0^x1 where x1 is 0: there x0^-1 may overflow.
        zero = x1 == 0
        return gy * (x1 / np.where(zero & (x0 != 0), x0, 1) * x0 ** (x1 - ~zero)), gx1


@implements(np.power)
def power(x0: Operand, x1: Operand) -> Variable:
    """y = x0^x1; dy/dx0 = x1 x0^(x1 - 1), dy/dx1 = y ln x0.

    dy/dx1 is 0 where y is 0, and at 0^0; it is nan where x0 < 0, for a negative number has powers with
    integers only; it overflows where y does. dy/dx0 has few digits where x0^(x1 - 1) is
    subnormal, and is inf where it overflows, unless x1 is 0.

    Where x1 < 1/2, x1 - 1 is rounded, by up to u = 2^-53 |x1 - 1| in float64, and dy/dx0 is off by the
    part u |ln x0| of it: some hundred units in the last place at the ends of the range, few elsewhere.
    """
    if not isinstance(x0, Variable):
        x0 = np.asarray(x0, np.result_type(constant(x0), data_of(x1)))  # its logarithm has a dtype
    return Power().apply(x0, x1)


# ----------------------------------------------------------------------------- functions of one x


@elementwise(np.square)
def square(gy: Any, x: Any) -> Any:
    """y = x^2; dy/dx = 2 x."""
    return gy * (2 * x)


@elementwise(np.exp)
def exp(gy: Any, y: Any) -> Any:
    """y = e^x; dy/dx = y."""
    return gy * y


@elementwise(np.log)
def log(gy: Any, x: Any) -> Any:
    """y = ln x; dy/dx = 1 / x, at 0 infinite with the sign of the zero."""
    return gy / x


@elementwise(np.sqrt)
def sqrt(gy: Any, y: Any) -> Any:
    """y = sqrt(x); dy/dx = 1 / (2 y), at 0 infinite with the sign of the zero."""
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


class Logistic(Primitive):
    """y = e^-|x| / (1 + e^-|x|)^2, the density of the logistic distribution; dy/dx = -y tanh(x / 2).

    It is the slope of the sigmoid, s (1 - s), without the digits that 1 - s loses where s is close to
    1. (Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 2, 1995, chapter 23.)
    """

    __slots__ = ()
    keeps_y = True

    def forward(self, x: Any) -> Any:
        e = np.exp(-abs(x))
        return e / ((1 + e) * (1 + e))

    def backward(self, gy: Any) -> Any:
        return gy * (-self.y * np.tanh(self.xs[0] / 2))


class SechSquared(Primitive):
    """y = 1 / cosh(x)^2, the slope of tanh without the digits that 1 - tanh^2 loses; dy/dx = -2 y tanh x."""

    __slots__ = ()
    keeps_y = True

    def forward(self, x: Any) -> Any:
        with np.errstate(over="ignore"):  # 1 / inf is 0, as it should be
            sech = 1 / np.cosh(x)
        return sech * sech

    def backward(self, gy: Any) -> Any:
        return gy * (-2 * self.y * np.tanh(self.xs[0]))


@elementwise(np.tanh)
def tanh(gy: Any, x: Any) -> Any:
    """y = tanh x; dy/dx = 1 - y^2 = 1 / cosh(x)^2."""
    return gy * run(SechSquared(), x)


def _sigmoid(x: Any) -> Any:
    x = x * 1.0  # an integer has no sign to change, perhaps
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-abs(x)))


@elementwise(_sigmoid)
def sigmoid(gy: Any, x: Any) -> Any:
    """y = 1 / (1 + e^-x) = e^min(x, 0) / (1 + e^-|x|); dy/dx = y (1 - y).

    Integers and booleans are taken as float64.
    """
    return gy * run(Logistic(), x)


# ------------------------------------------------------------------------------------ selections

# A mask chooses with np.where and does not multiply: a gradient may be infinite, and inf * 0 is nan.


@elementwise(np.absolute, abs)
def absolute(gy: Any, x: Any) -> Any:
    """y = |x|; dy/dx = sign x, taken as 0 at 0."""
    return np.where(x > 0, gy, np.where(x < 0, -gy, data_of(x)))  # where neither holds x is 0, or nan


@elementwise(lambda x: np.maximum(x, 0))
def relu(gy: Any, y: Any) -> Any:
    """y = max(x, 0); dy/dx = 1 where x > 0, else 0."""
    return np.where(y > 0, gy, data_of(y))  # where it does not hold y is 0, or nan


def _if_larger(gy: Any, x: Any, other: Any) -> Any:
    return np.where(x < other, 0, np.where(x == other, gy / 2, gy))


class Maximum(Primitive):
    __slots__ = ()

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.maximum(x0, x1)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        return _if_larger(gy, x0, x1), _if_larger(gy, x1, x0)


@implements(np.maximum)
def maximum(x0: Operand, x1: Operand) -> Variable:
    """y = the larger of x0 and x1; that one gets the gradient, at a tie each gets half.

    Where one is nan, y is nan and both get the gradient.
    """
    return Maximum().apply(x0, x1)


class Minimum(Primitive):
    __slots__ = ()

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.minimum(x0, x1)

    def backward(self, gy: Any) -> Any:
        x0, x1 = self.xs
        return _if_larger(gy, x1, x0), _if_larger(gy, x0, x1)


@implements(np.minimum)
def minimum(x0: Operand, x1: Operand) -> Variable:
    """y = the smaller of x0 and x1; that one gets the gradient, at a tie each gets half.

    Where one is nan, y is nan and both get the gradient.
    """
    return Minimum().apply(x0, x1)


class Where(Primitive):
    __slots__ = ("condition",)
    keeps_xs = False

    def __init__(self, condition: Any) -> None:
        self.condition = condition

    def forward(self, x0: Any, x1: Any) -> Any:
        return np.where(self.condition, x0, x1)

    def backward(self, gy: Any) -> Any:
        return np.where(self.condition, gy, 0), np.where(self.condition, 0, gy)


@implements(np.where)
def where(condition: Operand, x0: Operand, x1: Operand) -> Variable:
    """where(condition, x0, x1): x0 where the boolean condition holds, else x1.

    The one that was taken gets the gradient.

    Raises:
        TypeError: the condition is not boolean; it gets no gradient, so it must be a comparison.
    """
    mask = array_of("where", condition, "condition")
    if not isinstance(mask, bool) and getattr(mask, "dtype", None) != bool:
        raise TypeError(f"where: condition is {shown(condition)}, not boolean: compare, as in x > 0")
    return Where(mask).apply(x0, x1)


def clip(x: Operand, min: Any = None, max: Any = None) -> Variable:
    """clip(x, min, max): x limited to [min, max], numbers, plain arrays or None for no limit.

    dy/dx = 1 from min to max, 0 outside, and where x is nan.

    Raises:
        TypeError: a limit is a Variable: ``maximum`` and ``minimum`` differentiate by their limits.
    """
    data, inside = array_of("clip", x), np.True_
    for limit, name, compare in (min, "min", operator.ge), (max, "max", operator.le):
        if isinstance(limit, Variable):
            raise TypeError(f"clip: {name} is a Variable, and clip has no gradient for its limits: "
                            "write minimum(maximum(x, min), max), which has")  # fmt: skip
        if limit is not None:
            inside = inside & compare(data, array_of("clip", limit, name))
    return where(inside, x, np.clip(data, min, max))


@implements(np.clip)
def _np_clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Variable:
    """np.clip has two names for each limit."""
    return clip(a, a_min if min is None else min, a_max if max is None else max)

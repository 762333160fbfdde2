"""What the functions take, and what is said of anything else.

A check raises an error that begins with the function's name, names the argument and says what to
give instead, and it does so at the call, before anything is recorded.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from .arraylike import Operand as Operand
from .core import Variable

Axis: TypeAlias = int | tuple[int, ...] | None

_PYTHON = (int, float, bool)


def array_of(function: str, x: Any, name: str = "x") -> Any:
    """The array or number that x holds; TypeError if x is no operand."""
    if isinstance(x, Variable):
        if isinstance(x.data, np.generic):
            x.data = np.asarray(x.data)
        if not isinstance(x.data, np.ndarray):
            raise TypeError(f"{function}: {name} is a Variable without an array: set its .data to one")
        return x.data
    if isinstance(x, (np.ndarray, np.generic, float, int)):
        return x
    raise TypeError(
        f"{function}: {name} is a {type(x).__name__}, not a Variable, a NumPy array or a number: "
        "write np.array(...) or Variable(np.array(...))"
    )


def shape_of(function: str, x: Any, name: str = "x") -> tuple[int, ...]:
    """The shape of an operand."""
    return getattr(array_of(function, x, name), "shape", ())  # Python's numbers have none


def integer(function: str, value: Any, name: str) -> int:
    """value, if it is an integer; TypeError otherwise."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise TypeError(f"{function}: {name} is {shown(value)}, not an integer: give one, such as 0 or -1")
    return operator.index(value)


def integers(function: str, values: Any, name: str) -> tuple[int, ...]:
    """values, an integer or several of them, as a tuple."""
    if isinstance(values, (tuple, list)) or isinstance(values, np.ndarray) and values.ndim == 1:
        return tuple(integer(function, value, f"a part of {name}") for value in values)
    if isinstance(values, (bool, np.bool_)) or not hasattr(values, "__index__"):
        raise TypeError(
            f"{function}: {name} is {shown(values)}: give an integer or a tuple of integers, "
            f"such as {name}=0 or {name}=(0, 1)"
        )
    return (operator.index(values),)


def axes_of(function: str, axis: Any, shape: tuple[int, ...], name: str = "axis") -> tuple[int, ...]:
    """The axes that axis, an integer or a tuple of them, means, counted from 0.

    Raises:
        TypeError: axis is something else.
        numpy.exceptions.AxisError: there is no such axis (a ValueError and an IndexError).
        ValueError: an axis comes twice.
    """
    ndim = len(shape)
    given = integers(function, axis, name)
    for i in given:
        if not -ndim <= i < ndim:
            has = f"has the axes 0 to {ndim - 1}" if ndim > 1 else "has the axis 0 only"
            raise np.exceptions.AxisError(
                f"{function}: {name} is {axis}, but an array of shape {shape} "
                + (f"{has}: count from there, or from the end with negative numbers" if ndim
                   else f"has no axes: leave {name} out, or use expand_dims")
            )  # fmt: skip
    axes = tuple(i % ndim for i in given)
    if len(set(axes)) < len(axes):
        raise ValueError(f"{function}: {name} is {axis}, where an axis comes twice: name each once")
    return axes


def one_axis_of(function: str, axis: Any, shape: tuple[int, ...], name: str = "axis") -> int:
    """The axis that an integer means, counted from 0; it raises what `axes_of` raises."""
    return axes_of(function, integer(function, axis, name), shape, name)[0]


def several_of(function: str, xs: Any) -> list[Any]:
    """The operands of a list, those of them that are Python numbers in the dtype of the others.

    Raises:
        TypeError: xs is no list, or has something else in it.
        ValueError: xs is empty.
    """
    if not isinstance(xs, (list, tuple, Variable, np.ndarray)) and not isinstance(xs, Iterable):
        raise TypeError(f"{function}: xs is {shown(xs)}: give a list of variables, [x0, x1]")
    if isinstance(xs, (str, bytes, dict, set)):
        raise TypeError(f"{function}: xs is a {type(xs).__name__}: give a list of variables, [x0, x1]")
    if isinstance(xs, (Variable, np.ndarray)):
        shape_of(function, xs, "xs")
        if xs.ndim == 0:
            raise TypeError(f"{function}: xs is one number: give a list of variables, [x0, x1]")
    xs = list(xs)
    if not xs:
        raise ValueError(f"{function}: xs is empty: give at least one variable")
    arrays = [array_of(function, x, f"xs[{i}]") for i, x in enumerate(xs)]
    dtype = np.result_type(*{type(x)(0) if type(x) in _PYTHON else x.dtype for x in arrays})
    return [np.asarray(x, dtype) if type(x) in _PYTHON else x for x in xs]


def shown(value: Any) -> str:
    """A value, or what it is, short enough for a message."""
    if isinstance(value, (Variable, np.ndarray)):
        return f"a {type(value).__name__}"
    return f"{value!r:.40}, a {type(value).__name__}" if value is not None else "None"



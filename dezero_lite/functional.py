"""Derivatives of functions: from f to its gradient, again and again if you like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

import numpy as np

from .arraylike import Array
from .core import Variable, backward_pass, place_of
from .errors import check_differentiable, check_not_lost
from .grads import of_its_own
from .scopes import differentiating, is_recording, recording
from .shapes import reshape


@overload
def gradients(
    y: Variable, xs: tuple[Variable, ...], seed: Any = None, *, create_graph: Literal[False] = False
) -> tuple[Array, ...]: ...
@overload
def gradients(
    y: Variable, xs: tuple[Variable, ...], seed: Any = None, *, create_graph: Literal[True]
) -> tuple[Variable, ...]: ...
@overload
def gradients(
    y: Variable, xs: tuple[Variable, ...], seed: Any = None, *, create_graph: bool
) -> tuple[Any, ...]: ...
def gradients(
    y: Variable, xs: tuple[Variable, ...], seed: Any = None, *, create_graph: bool = False
) -> tuple[Any, ...]:
    """Gradients of ``sum(y * seed)`` with respect to xs; no variable's grad is touched.

    Args:
        y: a variable of a floating dtype.
        xs: a tuple (or list) of variables that y may have been made from, leaves or not.
        seed: an array (or variable) of y's shape; ones by default.
        create_graph: give variables, which can be differentiated again.

    Returns:
        One array (variable) an x, of its shape and dtype; zeros where y does not depend on x.

    Raises:
        TypeError: y or an x is no Variable, has no data, or not of a floating dtype; so the seed.
        ValueError: seed has another shape than y.
        RuntimeError: without create_graph, inside of a function that `grad` is differentiating, where y
            depends on its argument: the arrays would be taken for constants.
    """
    if not isinstance(xs, (tuple, list)):
        raise TypeError(f"gradients: xs is a {type(xs).__name__}, not a tuple of variables: write (x,)")
    check_differentiable(y)
    for i, x in enumerate(xs):
        check_differentiable(x, f"the gradient by xs[{i}]")
    places = [place_of(x) for x in xs]
    active = frozenset() if create_graph else differentiating()
    found = backward_pass(y, seed, create_graph=create_graph, wanted=active.union(places))
    check_not_lost(active, found, seed)
    return tuple(_of(x, found.get(place), create_graph) for x, place in zip(xs, places))


def _of(x: Variable, gradient: Any, create_graph: bool) -> Any:
    """The gradient by x, zeros for None, in an array of its own (or a variable)."""
    if gradient is None:
        gradient = np.zeros(x.shape, x.dtype)
    return of_its_own(gradient, x.dtype) if not create_graph or isinstance(gradient, Variable) else Variable(gradient)


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple[Any, Any]]:
    """The function that gives ``(f(...), gradient)``.

    Args:
        f: takes variables, gives a variable of shape ().
        argnums: the number of the argument to differentiate by, from the end if it is negative; or
            a tuple of several. Other arguments, and those given by keyword, are passed on as they are.

    Returns:
        A function of the same arguments. It gives arrays, if the gradient depends on arrays alone.
        If an argument of argnums is a Variable, or if f uses other variables, it gives variables, so
        that ``grad(grad(f))`` is the second derivative and the gradient can stand in a function that
        is differentiated itself. (Inside of ``with no_grad()`` the latter are constants.)
        The gradient is one of them, or a tuple if argnums is a tuple.

    Raises:
        ValueError: f's result does not have shape ().
        TypeError: f gives no variable, there is no argument of that number, or it is neither an array
            nor a Variable of a floating dtype.
    """
    if not callable(f):
        raise TypeError(f"f is a {type(f).__name__}, not a function: write grad(f)(x), not grad(f(x))")
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    if not all(isinstance(i, (int, np.integer)) and not isinstance(i, bool) for i in wanted):
        raise TypeError(f"argnums is {argnums!r}: give an integer or a tuple of integers")

    def value_and_gradient(*args: Any, **options: Any) -> tuple[Any, Any]:
        if not all(-len(args) <= i < len(args) for i in wanted):
            raise TypeError(f"argnums is {argnums!r}, but there are {len(args)} arguments without a keyword")
        inputs = {i % len(args): _input(i % len(args), args[i]) for i in wanted}
        xs = tuple(inputs[i % len(args)] for i in wanted)
        places = {place_of(x) for x in xs}
        nested = any(isinstance(args[i], Variable) for i in wanted)
        may_be_nested, active = is_recording(), differentiating()
        with recording(True):
            with differentiating.also(places):
                y = f(*(inputs.get(i, arg) for i, arg in enumerate(args)), **options)
            if not isinstance(y, Variable):
                raise TypeError(f"f must give a Variable, not a {type(y).__name__}")
            if y.shape != ():
                raise ValueError(f"f must give a variable of shape (), not {y.shape}: sum it")
            found = backward_pass(y, create_graph=nested, wanted=active | places)
            if not nested and may_be_nested and any(_varies(place, active) for place in found.keys() - places):
                nested, found = True, backward_pass(y, create_graph=True, wanted=places)
        result = tuple(_of(x, found.get(place_of(x)), nested) for x in xs)
        return (y if nested else y.data), result if isinstance(argnums, tuple) else result[0]

    return value_and_gradient


def _input(number: int, x: Any) -> Variable:
    """A variable of our own for an argument: the caller may pass the same one twice."""
    if not isinstance(x, (Variable, np.ndarray)):
        raise TypeError(f"argument {number} is a {type(x).__name__}, not an array: write np.array({x!r:.60})")
    check_differentiable(x if isinstance(x, Variable) else Variable(x), f"the gradient by argument {number}")
    with recording(True):
        return reshape(x, x.shape) if isinstance(x, Variable) else Argument(x)


class Argument(Variable):
    """A leaf that stands for an argument of a function while that is differentiated, and no longer."""

    __slots__ = ()


def _varies(place: Any, active: frozenset[Any]) -> bool:
    """Whether someone else may differentiate by a place: an enclosing call, or one that made a leaf."""
    leaf = isinstance(place, Variable) and not isinstance(place, Argument)
    return place in active or leaf and place.dtype.kind == "f"


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The gradient of f as a function: `value_and_grad` without the value."""
    both = value_and_grad(f, argnums)
    return lambda *args, **options: both(*args, **options)[1]


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The product of f's Hessian at x with v, the gradient of ``grad(f)(x) . v``.

    Two backward passes, whatever the size of x; the Hessian itself is never formed
    (Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6, 1994).

    Args:
        f: takes a variable, gives a variable of shape ().
        x: the point, a floating array (or variable).
        v: an array (or variable) of x's shape.

    Returns:
        An array of x's shape; a variable where `grad` would give one.

    Raises:
        ValueError: v has another shape than x, or f's result does not have shape ().
        TypeError: x or v is no floating array, or f gives no variable.
    """
    if not isinstance(v, (Variable, np.ndarray)):
        raise TypeError(f"v is a {type(v).__name__}, not an array: write np.array(...)")
    if isinstance(x, (Variable, np.ndarray)) and v.shape != x.shape:
        raise ValueError(f"v has shape {v.shape}, but x has shape {x.shape}")
    gradient = grad(f)
    return grad(lambda x: (gradient(x) * v).sum())(x)

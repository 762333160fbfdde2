"""Derivatives of functions: from f to its gradient, again and again if you like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .core import Variable, added, backward_pass, place_of
from .errors import check_differentiable
from .scopes import recording
from .shapes import reshape


def gradients(
    y: Variable, xs: tuple[Variable, ...], seed: Any = None, create_graph: bool = False
) -> tuple[Any, ...]:
    """Gradients of ``sum(y * seed)`` with respect to xs; no variable's grad is touched.

    Args:
        y: a variable of a floating dtype.
        xs: variables that y may have been made from.
        seed: an array (or variable) of y's shape; ones by default.
        create_graph: give variables, which can be differentiated again.

    Returns:
        One array (variable) an x, of its shape; zeros where y does not depend on x.

    Raises:
        TypeError: y or an x is no Variable, has no data, or not of a floating dtype; so the seed.
        ValueError: seed has another shape than y.
    """
    for x in xs:
        check_differentiable(x)
    places = [place_of(x) for x in xs]
    found = backward_pass(y, seed, create_graph=create_graph, wanted=set(places))
    if create_graph:
        return tuple(found[i] if i in found else Variable(np.zeros_like(x.data)) for i, x in zip(places, xs))
    return tuple(np.array(found[i] if i in found else np.zeros_like(x.data), x.dtype) for i, x in zip(places, xs))


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that gives ``(f(*args), gradient)``.

    Args:
        f: takes variables, gives a variable of shape ().
        argnums: the number of the argument to differentiate by, or a tuple of several.

    Returns:
        A function of the same arguments. Where those of argnums are arrays, it gives arrays; where
        one is a Variable, it gives variables, so that ``grad(grad(f))`` is the second derivative.
        The gradient is one of them, or a tuple if argnums is a tuple.

    Raises:
        ValueError: f's result does not have shape ().
        TypeError: f gives no variable, or an argument is neither an array nor a Variable.
    """

    @recording(True)
    def value_and_gradient(*args: Any) -> Any:
        places = argnums if isinstance(argnums, tuple) else (argnums,)
        nested = any(isinstance(args[i], Variable) for i in places)
        # A variable of our own for each argument: the caller may pass the same one twice.
        inputs = {
            i: reshape(args[i], args[i].shape) if isinstance(args[i], Variable) else Variable(args[i])
            for i in places
        }
        y = f(*(inputs.get(i, arg) for i, arg in enumerate(args)))
        if not isinstance(y, Variable):
            raise TypeError(f"f must give a Variable, not {type(y).__name__}")
        if y.shape != ():
            raise ValueError(f"f must give a variable of shape (), not {y.shape}: sum it")
        found = gradients(y, tuple(inputs.values()), create_graph=nested)
        result = found if isinstance(argnums, tuple) else found[0]
        return (y if nested else y.data), result

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The gradient of f as a function: `value_and_grad` without the value."""
    both = value_and_grad(f, argnums)
    return lambda *args: both(*args)[1]


def hvp(f: Callable[..., Any], x: Any, v: np.ndarray) -> np.ndarray:
    """The product of f's Hessian at x with v, the gradient of ``grad(f)(x) . v``.

    Two backward passes, whatever the size of x; the Hessian itself is never formed
    (Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6, 1994).

    Args:
        f: takes a variable, gives a variable of shape ().
        x: the point, a floating array.
        v: an array of x's shape.

    Returns:
        An array of x's shape.

    Raises:
        ValueError: v has another shape than x, or f's result does not have shape ().
        TypeError: x is no floating array, or f gives no variable.
    """
    if np.shape(v) != np.shape(x):
        raise ValueError(f"v has shape {np.shape(v)}, but x has shape {np.shape(x)}")
    result: np.ndarray = grad(lambda x: (grad(f)(x) * v).sum())(x)
    return result

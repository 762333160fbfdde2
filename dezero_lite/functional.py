"""Derivatives of functions, as functions.

Arrays in, arrays out; a variable in, variables out, which can be differentiated again. Inside a function that is being
differentiated, in its thread, all are variables. A variable from outside that f uses by its name is a constant to an array's
gradient: pass it as an argument to differentiate with respect to it as well.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from . import errors
from .arrays import reshape, stack
from .core import Variable, gradients, paused, pauses

inside = ContextVar("inside", default=False)  # whether a function that is being differentiated asks


@contextmanager
def differentiating() -> Iterator[None]:
    """What is computed in the block is recorded, and derivatives in it are variables."""
    outer = inside.set(True)
    try:
        with paused(-pauses.get()):
            yield
    finally:
        inside.reset(outer)


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple[Any, Any]]:
    """The function that gives ``(f(...), gradient)``: f's value, of shape (), and its gradient.

    The gradient is with respect to the argument number argnums; for a tuple argnums it is a tuple of gradients. TypeError if
    such an argument is not a floating array, or f does not give a variable; ValueError if f's value has axes.
    """
    _check_function(f)
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    if not all(isinstance(i, (int, np.integer)) and not isinstance(i, bool) for i in numbers):
        raise TypeError(f"argnums is {argnums!r}: give an integer or a tuple of integers")

    def value_and_gradient(*args: Any, **options: Any) -> tuple[Any, Any]:
        if not all(-len(args) <= i < len(args) for i in numbers):
            raise TypeError(f"argnums is {argnums!r}, but there are {len(args)} arguments without a keyword")
        create_graph = inside.get() or any(isinstance(x, Variable) for x in (*args, *options.values()))
        inputs = list(args)
        with differentiating():
            for i in numbers:
                inputs[i] = _input(i, args[i])
            y = _check_value(f(*inputs, **options))
        if y.shape != ():
            raise ValueError(f"f must give a variable of shape (), not {y.shape}: sum it")
        result = gradients(y, [inputs[i] for i in numbers], create_graph=create_graph)
        return (y if create_graph else y.data), result if isinstance(argnums, tuple) else result[0]

    return value_and_gradient


def _input(number: int, x: Any) -> Variable:
    """A variable of our own for an argument: the caller may pass the same one twice."""
    if not isinstance(x, Variable) and not errors.is_array(x):
        raise TypeError(f"argument {number} is {errors.a(x)}, not an array: write np.array({x!r:.60})")
    v = x if isinstance(x, Variable) else Variable(np.array(x))
    errors.check_differentiable(v, f"the gradient with respect to argument {number}")
    return reshape(v, v.shape) if isinstance(x, Variable) else v


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The gradient of f as a function: `value_and_grad` without the value."""
    both = value_and_grad(f, argnums)
    return lambda *args, **options: both(*args, **options)[1]


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The product of f's Hessian at x with v, an array of its shape: the gradient of ⟨grad f(x), v⟩.

    (Christianson, Automatic Hessians by reverse accumulation, IMA Journal of Numerical Analysis 12, 1992.) Errors are raised as
    by `grad`, and if v is not an array of x's shape.
    """
    _check_direction(x, v)
    gradient = grad(f)
    return grad(lambda x, v: (gradient(x) * v).sum())(x, v)


def jvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The product of f's Jacobian at x with v, the derivative along v: the adjoint, at v, of u -> Jᵀu, which is linear.

    (Townsend, A new trick for calculating Jacobian vector products, 2017.) Errors are raised as by `grad`, and if v is not an
    array of x's shape; f's value may have axes.
    """
    _check_function(f)
    _check_direction(x, v)
    create_graph = inside.get() or isinstance(x, Variable) or isinstance(v, Variable)
    with differentiating():
        y = _check_value(f(x := _input(0, x)))
        u = Variable(np.zeros(y.shape, y.dtype))
        along = (gradients(y, (x,), u, create_graph=True)[0] * v).sum()
    return gradients(along, (u,), create_graph=create_graph)[0]


def jacobian(f: Callable[..., Any], x: Any) -> Any:
    """The Jacobian of f at x, an array of shape y.shape + x.shape: a backward pass for each element of f's value y."""
    _check_function(f)
    create_graph = inside.get() or isinstance(x, Variable)
    with differentiating():
        y = _check_value(f(x := _input(0, x)))
        seeds = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
        rows = [gradients(y, (x,), seed, create_graph=create_graph)[0] for seed in seeds]
        many: Any = stack(rows) if create_graph and rows else np.array(rows, x.dtype)
        many = Variable(many) if create_graph and not rows else many
        return many.reshape(y.shape + x.shape)


def hessian(f: Callable[..., Any], x: Any) -> Any:
    """The Hessian of f at x, the Jacobian of its gradient: of shape x.shape + x.shape."""
    return jacobian(grad(f), x)


def _check_function(f: Any) -> None:
    if not callable(f):
        raise TypeError(f"f is {errors.shown(f)}, not a function: give f itself, not f(x)")


def _check_value(y: Any) -> Variable:
    if not isinstance(y, Variable):
        raise TypeError(f"f must give a Variable, not {errors.a(y)}")
    return y


def _check_direction(x: Any, v: Any) -> None:
    if not isinstance(v, Variable) and not errors.is_array(v):
        raise TypeError(f"v is {errors.a(v)}, not an array: write np.array(...)")
    if v.shape != np.shape(x):
        raise ValueError(f"v has shape {v.shape}, but x has shape {np.shape(x)}")

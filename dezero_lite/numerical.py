"""Derivatives by finite differences, to check the ones that backward gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arguments import array_of, shown
from .core import Variable
from .errors import check_not_lost
from .scopes import differentiating, recording
from .functional import gradients


def numerical_grad(f: Callable[..., Any], *xs: Any, eps: float = 1e-6) -> Any:
    """The gradient of ``sum(f(*xs))`` by central differences, (f(x + h) - f(x - h)) / 2h.

    The step h is eps, and eps |x| where |x| > 1, so that x + h is another number than x. f is run in
    float64, whatever the dtype of xs: in float32 a difference would have three digits. It costs two
    evaluations an element; the error is O(h^2) of truncation plus O(u |f| / h) of rounding, u being the
    unit roundoff. (Press et al., Numerical Recipes, 3rd edition, 2007, section 5.7.)

    Args:
        f: takes variables, gives a variable (or array).
        xs: the point, floating arrays (or variables).
        eps: the relative step.

    Returns:
        The gradient with respect to x, an ndarray of its shape and dtype; a tuple of them for several xs.

    Raises:
        TypeError: f is no function, gives something else, or an x is not of a floating dtype.
        ValueError: eps is not a positive number, or so small that x + h is x, or there is no x.
        RuntimeError: inside of a function that `grad` is differentiating, f uses its argument: the result
            would be taken for a constant.
    """
    points = _points("numerical_grad", f, xs, eps)
    arrays = [x.astype(float) for x in points]

    def total() -> Any:
        y = f(*(Variable(array.copy()) for array in arrays))
        check_not_lost(differentiating(), (), y)
        return np.sum(array_of("numerical_grad", y, "the result of f"))

    gxs = []
    for x in arrays:
        gx = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            middle = float(x[i])
            h = eps * max(1.0, abs(middle))
            x[i] = above = middle + h
            y = total()
            x[i] = below = middle - h
            if above == below:
                raise ValueError(f"numerical_grad: eps is {eps}, too small: {middle} + {h} is {above}. Give 1e-6, say")
            gx[i] = (y - total()) / (above - below)  # 2h, as it was rounded
            x[i] = middle
        gxs.append(gx)
    result = tuple(gx.astype(x.dtype) for gx, x in zip(gxs, points))
    return result[0] if len(result) == 1 else result


@recording(True)
def gradcheck(
    f: Callable[..., Any],
    *xs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> bool:
    """Compare the gradients of backward with central differences.

    The outputs of f are weighted with fixed random numbers v, and the gradients of the sum of all
    v y are compared, element by element: |backward - numerical| <= atol + rtol |numerical|. The
    tolerances are those of torch.autograd.gradcheck, and they are for float64: in float32 the rounding
    of f alone is beyond them.

    Args:
        f: takes variables, gives a variable or a tuple of variables.
        xs: the point, float64 arrays (or variables).
        eps: the step of `numerical_grad`.

    Returns:
        True.

    Raises:
        TypeError: f is no function, or gives no variable; an x is not a float64 array.
        ValueError: eps, atol or rtol is negative or no number, or there is no x.
        AssertionError: a gradient differs; the message shows both.
    """
    inputs = _float64_variables("gradcheck", f, xs, eps, atol, rtol)
    weights = _random_weights(f, inputs)

    def weighted(*xs: Variable) -> Any:
        return _weighted_sum(f(*xs), weights)

    computed = gradients(weighted(*inputs), inputs)
    expected = numerical_grad(weighted, *(x.data for x in inputs), eps=eps)
    for i, (x, gx, wanted) in enumerate(
        zip(inputs, computed, expected if len(inputs) > 1 else (expected,))
    ):
        if not np.allclose(gx, wanted, rtol=rtol, atol=atol):
            raise AssertionError(
                f"gradcheck: gradient {i} at x = {x.data} is\n{gx}\nby backward, but\n{wanted}\n"
                "by central differences"
            )
    return True


@recording(True)
def gradgradcheck(
    f: Callable[..., Any],
    *xs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> bool:
    """`gradcheck` of the gradients themselves: second derivatives against central differences.

    The function checked maps xs and the gradients of f's outputs to the gradients of xs. Arguments,
    result and errors are those of `gradcheck`.
    """
    inputs = _float64_variables("gradgradcheck", f, xs, eps, atol, rtol)
    weights = _random_weights(f, inputs)

    def gradient(*args: Variable) -> Any:
        ys, vs = args[: len(inputs)], args[len(inputs) :]
        return gradients(_weighted_sum(f(*ys), vs), ys, create_graph=True)

    points = [x.data for x in inputs]
    return gradcheck(gradient, *points, *weights, eps=eps, atol=atol, rtol=rtol)


def _points(function: str, f: Any, xs: tuple[Any, ...], eps: Any) -> list[np.ndarray]:
    """The arrays of xs, after a look at all arguments."""
    if not callable(f):
        raise TypeError(f"{function}: f is {shown(f)}: give a function of variables, and then the point")
    if not xs:
        raise ValueError(f"{function}: there is no point: give an array for each argument of f")
    if not isinstance(eps, (float, int, np.floating)) or not 0 < eps < np.inf:
        raise ValueError(f"{function}: eps is {shown(eps)}: give a positive number, such as 1e-6")
    points = [np.asarray(array_of(function, x, f"x{i}")) for i, x in enumerate(xs)]
    for i, x in enumerate(points):
        if x.dtype.kind != "f":
            raise TypeError(f"{function}: x{i} is of dtype {x.dtype}, not floating: use .astype(float)")
    return points


def _float64_variables(
    function: str, f: Any, xs: tuple[Any, ...], eps: Any, atol: Any, rtol: Any
) -> tuple[Variable, ...]:
    for name, tolerance in ("atol", atol), ("rtol", rtol):
        if not isinstance(tolerance, (float, int, np.floating)) or not tolerance >= 0:
            raise ValueError(f"{function}: {name} is {shown(tolerance)}: give a number from 0, such as 1e-5")
    points = _points(function, f, xs, eps)
    for i, x in enumerate(points):
        if x.dtype != np.float64:
            raise TypeError(f"{function}: x{i} is of dtype {x.dtype}, not float64: use .astype(float)")
    return tuple(Variable(np.array(x)) for x in points)


def _random_weights(f: Callable[..., Any], inputs: tuple[Variable, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    outputs = _several(f(*inputs))
    for y in outputs:
        if not isinstance(y, Variable):
            raise TypeError(f"gradcheck: f gives {shown(y)}: it must give a Variable, or a tuple of them")
    return [np.array(rng.standard_normal(y.shape)) for y in outputs]


def _weighted_sum(ys: Any, weights: Any) -> Variable:
    terms = [(y * v).sum() for y, v in zip(_several(ys), weights)]
    total: Variable = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _several(ys: Any) -> tuple[Any, ...]:
    return ys if isinstance(ys, tuple) else (ys,)

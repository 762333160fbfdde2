"""Derivatives by finite differences, to check the ones that backward gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arraylike import data_of
from .core import Variable
from .scopes import recording
from .functional import gradients


def numerical_grad(f: Callable[..., Any], *xs: np.ndarray, eps: float = 1e-6) -> Any:
    """The gradient of ``sum(f(*xs))`` by central differences, (f(x + eps) - f(x - eps)) / 2 eps.

    Costs two evaluations of f an element; the error is O(eps^2) of truncation plus O(u / eps) of
    rounding, u being the unit roundoff.

    Args:
        f: takes variables, gives a variable (or array).
        xs: the point, floating arrays (or variables).
        eps: the step.

    Returns:
        The gradient with respect to x, an ndarray of its shape; a tuple of them for several xs.

    Raises:
        TypeError: an x is not of a floating dtype.
    """
    arrays = [np.array(data_of(x)) for x in xs]
    if any(array.dtype.kind != "f" for array in arrays):
        raise TypeError("numerical_grad needs floating arrays: use .astype(float)")

    def total() -> Any:
        return np.sum(data_of(f(*(Variable(array.copy()) for array in arrays))))

    gxs = []
    for x in arrays:
        gx = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            middle = x[i]
            x[i] = middle + eps
            above = total()
            x[i] = middle - eps
            gx[i] = (above - total()) / (2 * eps)
            x[i] = middle
        gxs.append(gx)
    return gxs[0] if len(gxs) == 1 else tuple(gxs)


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
    tolerances are those of torch.autograd.gradcheck.

    Args:
        f: takes variables, gives a variable or a tuple of variables.
        xs: the point, float64 arrays (or variables).

    Returns:
        True.

    Raises:
        TypeError: an x is not a float64 array.
        AssertionError: a gradient differs; the message shows both.
    """
    inputs = _float64_variables(xs)
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
    inputs = _float64_variables(xs)
    weights = _random_weights(f, inputs)

    def gradient(*args: Variable) -> Any:
        ys, vs = args[: len(inputs)], args[len(inputs) :]
        return gradients(_weighted_sum(f(*ys), vs), ys, create_graph=True)

    points = [x.data for x in inputs]
    return gradcheck(gradient, *points, *weights, eps=eps, atol=atol, rtol=rtol)


def _float64_variables(xs: tuple[Any, ...]) -> tuple[Variable, ...]:
    for x in xs:
        if data_of(x).dtype != np.float64:
            raise TypeError(f"gradcheck needs float64, not {data_of(x).dtype}: use .astype(float)")
    return tuple(Variable(np.array(data_of(x))) for x in xs)


def _outputs(ys: Any) -> tuple[Variable, ...]:
    return ys if isinstance(ys, tuple) else (ys,)


def _random_weights(f: Callable[..., Any], inputs: tuple[Variable, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [np.array(rng.standard_normal(y.shape)) for y in _outputs(f(*inputs))]


def _weighted_sum(ys: Any, weights: Any) -> Variable:
    terms = [(y * v).sum() for y, v in zip(_outputs(ys), weights)]
    total: Variable = terms[0]
    for term in terms[1:]:
        total = total + term
    return total

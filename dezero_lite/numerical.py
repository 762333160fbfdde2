"""Checks of the gradients that backward gives: by finite differences, and for linear functions by their adjoint."""

from collections.abc import Callable
from typing import Any

import numpy as np

from . import errors
from .arraylike import bare
from .core import Variable, gradients
from .functional import differentiating


def numerical_grad(f: Callable[..., Any], *xs: Any, eps: float = 1e-6) -> Any:
    """The gradient of ``sum(f(*xs))`` by central differences, (f(x + h) - f(x - h)) / 2h.

    f takes variables and gives one, or an array; xs are floating arrays or variables; the result is an array of the shape and
    dtype of x, a tuple of them for several. The step h is eps, and eps |x| where |x| > 1, so that x + h is not x; f runs in
    float64. Two evaluations an element; the error is O(h^2) of truncation plus O(u |f| / h) of rounding, u being the unit
    roundoff (Press et al., Numerical Recipes, 3rd edition, 2007, section 5.7). TypeError if f is no function or gives
    something else, or an x is not floating; ValueError if eps is not positive, or there is no x.
    """
    points = _points("numerical_grad", f, xs, eps=eps)
    arrays = [x.astype(float) for x in points]

    def value() -> Any:
        y = f(*[Variable(array.copy()) for array in arrays])
        errors.check_operands("numerical_grad, of the result of f,", y)
        return np.sum(bare(y))

    gxs = []
    for point, x in zip(points, arrays):
        gx = np.zeros(x.shape, point.dtype)
        for i in np.ndindex(x.shape):
            middle, h = float(x[i]), eps * max(1.0, abs(float(x[i])))
            x[i] = above = middle + h
            y = value()
            x[i] = below = middle - h
            gx[i] = (y - value()) / (above - below)  # 2h, as it was rounded
            x[i] = middle
        gxs.append(gx)
    return gxs[0] if len(gxs) == 1 else tuple(gxs)


def gradcheck(f: Callable[..., Any], *xs: Any, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3) -> bool:
    """True if the gradients of backward are those of central differences; AssertionError, which shows both, if not.

    f takes variables and gives one, or a tuple of them; xs are float64 arrays or variables. The outputs of f are weighted with
    fixed random numbers, and the gradients of the sum compared: |backward - numerical| <= atol + rtol |numerical|, with the
    tolerances of torch.autograd.gradcheck. TypeError and ValueError as in `numerical_grad`, and if an x is not float64.
    """
    inputs, weights = _start("gradcheck", f, xs, eps=eps, atol=atol, rtol=rtol)
    with differentiating():
        computed = gradients(_weighted_sum(f(*inputs), weights), inputs)
        expected = _several(numerical_grad(lambda *xs: _weighted_sum(f(*xs), weights), *inputs, eps=eps))
    for i, (x, gx, wanted) in enumerate(zip(inputs, computed, expected)):
        if not np.allclose(gx, wanted, rtol=rtol, atol=atol):
            raise AssertionError(f"gradcheck: gradient {i} at x = {x.data} is\n{gx}\nby backward, but\n{wanted}\nby central differences")
    return True


def gradgradcheck(f: Callable[..., Any], *xs: Any, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3) -> bool:
    """`gradcheck` of the gradients themselves, as functions of xs and of the outputs' gradients: of second derivatives."""
    inputs, weights = _start("gradgradcheck", f, xs, eps=eps, atol=atol, rtol=rtol)

    def gradient(*args: Variable) -> Any:
        ys, vs = args[: len(inputs)], args[len(inputs) :]
        return gradients(_weighted_sum(f(*ys), vs), ys, create_graph=True)

    return gradcheck(gradient, *inputs, *weights, eps=eps, atol=atol, rtol=rtol)


def adjointcheck(f: Callable[..., Any], x: Any, *, rtol: float = 1e-12) -> bool:
    """True if f is linear and backward its adjoint: ⟨f(x), u⟩ = ⟨x, f*(u)⟩ for a random u; no step is needed.

    f takes a variable and gives one; x is a float64 array or variable. f* is the backward pass through f at another point,
    a random one, for the adjoint of a linear map is the same everywhere. The two sums may differ by rtol times the sum of the
    absolute values of their terms; AssertionError, which shows both, if they differ by more. Otherwise as `gradcheck`.
    """
    (x,), (u,) = _start("adjointcheck", f, (x,), rtol=rtol)
    elsewhere = Variable(np.array(np.random.default_rng(1).standard_normal(x.shape)))
    with differentiating():
        (back,) = gradients(f(elsewhere), (elsewhere,), u)
        forward, adjoint = f(x).data * u, x.data * back
    if not abs(forward.sum() - adjoint.sum()) <= rtol * (abs(forward).sum() + abs(adjoint).sum()):
        raise AssertionError(f"adjointcheck: ⟨f(x), u⟩ is {forward.sum()}, but ⟨x, f*(u)⟩ is {adjoint.sum()}")
    return True


def _points(function: str, f: Any, xs: tuple[Any, ...], kind: Any = np.floating, **numbers: Any) -> list[np.ndarray]:
    """The arrays of xs, after a look at all arguments."""
    if not callable(f):
        raise TypeError(f"{function}: f is {errors.shown(f)}: give a function of variables, and then the point")
    if not xs:
        raise ValueError(f"{function}: there is no point: give an array for each argument of f")
    for name, number in numbers.items():
        if not isinstance(number, (float, int, np.floating)) or not 0 <= number < np.inf or name == "eps" and number == 0:
            raise ValueError(f"{function}: {name} is {errors.shown(number)}: give a positive number, such as 1e-6")
    errors.check_operands(function, *xs)
    points = [np.asarray(bare(x)) for x in xs]
    for i, x in enumerate(points):
        if not np.issubdtype(x.dtype, kind):
            raise TypeError(f"{function}: x{i} is of dtype {x.dtype}, not {kind.__name__}: use .astype(float)")
    return points


def _start(function: str, f: Any, xs: tuple[Any, ...], **numbers: Any) -> tuple[tuple[Variable, ...], list[np.ndarray]]:
    """The point, as variables, and random weights for what f gives there."""
    inputs = tuple([Variable(np.array(x)) for x in _points(function, f, xs, np.float64, **numbers)])
    with differentiating():
        outputs, rng = _several(f(*inputs)), np.random.default_rng(0)
    for y in outputs:
        if not isinstance(y, Variable):
            raise TypeError(f"{function}: f gives {errors.shown(y)}: it must give a Variable, or a tuple of them")
    return inputs, [np.array(rng.standard_normal(y.shape)) for y in outputs]


def _weighted_sum(ys: Any, weights: Any) -> Any:
    return sum([(y * v).sum() for y, v in zip(_several(ys), weights)])


def _several(ys: Any) -> tuple[Any, ...]:
    return ys if isinstance(ys, tuple) else (ys,)

"""What the engine says when something makes no sense: what is wrong, and what to do. It knows nothing of the heart."""

from threading import RLock
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

adding = RLock()  # held while gradients are added to those that are there, so that no thread's get lost


def a(x: Any) -> str:
    return f"a {type(x).__name__}"


def shown(x: Any) -> str:
    """A value and what it is, short enough for a message."""
    return a(x) if isinstance(x, np.ndarray) or is_variable(x) else f"{x!r:.40}, {a(x)}" if x is not None else "None"


def label(x: Any) -> str:
    return "the variable" if x.name is None else f"the variable {x.name!r}"


def is_variable(x: Any) -> bool:
    return hasattr(type(x), "retain_grad")


def is_array(x: Any) -> bool:
    """Whether x is an array, no subclass (their operators mean something else), or one of NumPy's numbers."""
    return type(x) is np.ndarray or isinstance(x, np.generic)


def is_real_array(x: Any) -> bool:
    return is_array(x) and x.dtype.kind in "fiub"


def not_an_array(data: Any) -> TypeError:
    if is_array(data):
        return not_real("Variable takes", data)
    return TypeError(f"Variable takes a NumPy array, not {type(data).__name__}: write Variable(np.array({data!r:.60}))")


def not_real(start: str, x: Any) -> TypeError:
    return TypeError(f"{start} real numbers, not {x.dtype}: an array of floats, integers or booleans")


def check_differentiable(v: Any, name: str = "a gradient") -> None:
    if not is_variable(v):
        raise TypeError(f"{name} is asked of {a(v)}, not of a Variable: write Variable(np.array(...))")
    if not is_array(v.data):
        raise TypeError(f"{label(v)} has {a(v.data)} as data: set .data to an array to differentiate")
    if v.dtype.kind != "f":
        raise TypeError(f"{name} is asked of {label(v)}, but its dtype is {v.dtype}; floating dtypes have one: make a new Variable, with .astype(float)")


def check_implements(function: Any) -> None:
    if not callable(function) and function not in ("getitem", "sum_to"):
        raise TypeError(f"implements: got {a(function)}, not a function such as np.exp")


def no_derivative(function: Any, method: str = "__call__", options: Any = ()) -> TypeError:
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np")
    call = f".{method}" * (method != "__call__") + ",".join([f" with {name}=" for name in options])
    name = f"{module}.{function.__name__}{call}"
    return TypeError(f"dezero_lite has no derivative for {name}: compute with v.data, without a graph, or see dezero_lite.implements")


def check_block(left: int) -> None:
    if left < 0:
        raise RuntimeError("a block of no_grad ends in another thread, task or derivative than it began in: begin and end it in one")


def check_call(f: Any, inputs: tuple[Any, ...]) -> None:
    name = type(f).__name__
    if "parents" in vars(f):
        raise RuntimeError(f"this {name} was called before: make a new one, {name}(...), for each call")
    check_operands(name, *inputs)


def check_operands(function: str, *xs: Any) -> None:
    """TypeError if one is neither a variable with real numbers in it nor an array or number of them."""
    for x in xs:
        if is_variable(x):
            if not is_array(x := x.data):
                raise TypeError(f"{function} got a Variable with {a(x)} as data: set .data to an array first")
        elif not is_array(x) and type(x) not in (float, int, bool):
            raise TypeError(f"{function} expected a Variable, a NumPy array or a number, not {type(x).__name__}: write np.array(...)")
        if is_array(x) and not is_real_array(x):
            raise not_real(f"{function} expected", x)


def unrecorded(v: Any) -> Any:
    """The variable, marked as computed without a graph."""
    v.unrecorded = True
    return v


def check_start(y: Any, seed: Any) -> None:
    check_differentiable(y)
    if "unrecorded" in vars(y):
        raise RuntimeError(f"{label(y)} was computed in a block of no_grad, so there is no graph to go back through: compute it outside")
    if seed is not None:
        check_gradient(seed, y, label(y))


def check_wanted(xs: Any) -> None:
    if not isinstance(xs, (tuple, list)):
        raise TypeError(f"gradients: xs is {a(xs)}, not a tuple of variables: write (x,)")
    for i, x in enumerate(xs):
        check_differentiable(x, f"the gradient with respect to xs[{i}]")


def check_sums(found: dict[Any, Any]) -> None:
    """Raise if a gradient can't be left at its place, or added to the one that is there."""
    for place, gradient in found.items():
        if is_variable(place):
            check_differentiable(place)
        if place.gradient is not None:
            check_gradient(place.gradient, gradient, label(place) if is_variable(place) else "a variable")


def check_gradient(gradient: Any, like: Any, name: str) -> None:
    array, what = gradient.data if is_variable(gradient) else gradient, f"the gradient given for {name}"
    if not is_array(array):
        raise TypeError(f"{what} is {a(array)}, not an array: write np.array(...)")
    if array.dtype.kind != "f" or not np.can_cast(array.dtype, like.dtype, "same_kind"):  # True and True would make True
        raise TypeError(f"{what} has the dtype {array.dtype}, but its data has {like.dtype}: use .astype(float)")
    if array.shape != like.shape:
        raise ValueError(f"{what} has shape {array.shape}, but its data has shape {like.shape}: give one of that, or call cleargrad()")


def check_stretched(found: Any, wanted: Any, axes: Any) -> None:
    lead = len(found) - len(wanted)
    if lead < 0 or any([wanted[i - lead] != 1 for i in axes if i >= lead]):
        raise ValueError(f"the shape {found} can't be summed to {wanted}, which does not stretch to it: a rule of backward gave it, or sum_to got it")


def check_array(function: str, x: Any) -> None:
    """As `check_operands`, and TypeError for a Python number, which has no axes."""
    if type(x) in (float, int, bool):
        raise TypeError(f"{function} expected a Variable or a NumPy array, not {type(x).__name__}: write np.array({x!r})")
    check_operands(function, x)


def several(function: str, xs: Any, axis: Any) -> list[Any]:
    if not hasattr(axis, "__index__"):
        raise TypeError(f"{function}: axis is {shown(axis)}, not an integer: give an integer, as in axis=0, and reshape to flatten")
    if not isinstance(xs, (list, tuple)) and not getattr(xs, "shape", ()):
        raise TypeError(f"{function}: xs is {shown(xs)}: give a list of variables, [x0, x1]")
    if not (xs := list(xs)):
        raise ValueError(f"{function}: xs is empty: give at least one variable")
    check_operands(function, *xs)
    dtype = np.result_type(*{type(x)(0.5) if type(x) in (int, float, bool) else x.dtype for x in xs})  # 0, 0.5 and True: none equals another
    return [np.asarray(x, dtype) if type(x) in (int, float, bool) else x for x in xs]


def axis_of(function: str, axis: Any, x: Any) -> Any:
    """axis, None, an integer or a tuple of them; TypeError, ValueError or AxisError, NumPy's own, if it is anything else."""
    check_array(function, x)
    if axis is not None:
        normalize_axis_tuple(axis if isinstance(axis, tuple) else (axis,), x.ndim, function)
    return axis


def shape_of(shape: Any) -> Any:
    """A shape; a copy of a list or an array: its owner may change it before the pass."""
    return tuple(shape) if isinstance(shape, (list, np.ndarray)) else shape


def index_of(index: Any) -> tuple[Any, ...]:
    """An index as a tuple, its arrays copied: their owner may change them before the pass."""
    parts = index if isinstance(index, tuple) else (index,)
    if any([is_variable(part) or isinstance(part, list) and any(map(is_variable, part)) for part in parts]):
        raise TypeError("getitem: the index is, or holds, a Variable: give its array, v.data")
    return tuple([np.array(part) if isinstance(part, (list, np.ndarray)) and np.size(part) else part for part in parts])

"""What makes a variable look like an array: operators, methods, and NumPy's own functions.

Nothing is computed here. Each operator and method looks up the function that is registered with
`implements` under NumPy's name for it; the files with the functions import this one.
"""
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, Union

import numpy as np
from numpy import add, divide, matmul, multiply, power, subtract
from numpy.typing import NDArray

from .scopes import is_recording

Array: TypeAlias = NDArray[Any]
Operand: TypeAlias = Union["ArrayLike[Any]", Array, np.generic, float]  # an int is a float to Python's typing
V = TypeVar("V")  # what operators give: Variable
_F = TypeVar("_F", bound=Callable[..., Any])
_registered: dict[Callable[..., Any], Callable[..., Any]] = {}


def implements(numpy_function: Callable[..., Any]) -> Callable[[_F], _F]:
    """Register the decorated function as what ``numpy_function`` does with variables.

    This table is the one rule for everything NumPy: an operator, ``np.exp(v)``, ``np.sum(v)`` or
    ``array * v`` works on a variable if and only if a function is registered here for it, and
    raises TypeError otherwise. (NumPy's protocols: NEP 13 and NEP 18.)
    """
    if not callable(numpy_function):
        raise TypeError(f"implements: got a {type(numpy_function).__name__}, not a function such as np.exp")

    def register(function: _F) -> _F:
        _registered[numpy_function] = function
        return function

    return register


def data_of(x: Any) -> Any:
    """The array of a variable; anything else as it is."""
    return x.data if isinstance(x, ArrayLike) else x


def constant(x: Any) -> Any:
    """x, if it may stand where a variable is expected: a number or an array.

    Numbers stay Python numbers, so that they don't turn float32 into float64.

    Raises:
        TypeError: x is anything else.
    """
    if x.__class__ is np.ndarray or isinstance(x, np.generic):
        if x.dtype.kind in "fiub":
            return x
        raise TypeError(f"expected real numbers, not {x.dtype}: an array of floats, integers or booleans")
    if isinstance(x, (float, int)):
        return x
    raise TypeError(
        f"expected a Variable, a NumPy array or a number, not {type(x).__name__}: "
        f"write np.array(...) or Variable(np.array(...))"
    )


class ArrayLike(Generic[V]):
    """The array's side of a Variable: whatever one does with `data`, if it is an array."""

    __slots__ = ()
    data: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def size(self) -> int:
        return self.data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    @property
    def T(self) -> V:
        return _registered[np.transpose](self)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a variable without axes has no length: v.item() is its one element")
        return len(self.data)

    def __iter__(self) -> Iterator[V]:
        return iter(_registered[iter](self))

    def __bool__(self) -> bool:
        return bool(self.data)

    def item(self) -> Any:
        """The one element as a Python number, outside of any graph."""
        return self.data.item()

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def _number(self) -> Any:
        if is_recording():
            raise TypeError(
                "a Variable is not turned into a number silently, for the graph would be lost: use v.item() for "
                "the number, dezero_lite.sin(v) in place of math.sin(v), and build an array of variables with "
                "stack or concatenate in place of a[i] = v"
            )
        return self.item()

    def __format__(self, spec: str) -> str:
        return format(self.data if self.ndim else self.data[()], spec) if spec else str(self)

    def __repr__(self) -> str:
        data, name = np.asarray(self.data), getattr(self, "name", None)
        if self.data is None or data.ndim == 0 and data.dtype == np.float64:
            text = str(self.data)
        else:
            text = repr(data)[len("array(") : -1].replace("\n      ", "\n         ")
        return f"Variable({text})" if name is None else f"Variable({text}, name={name!r})"

    # Operators. (Of NumPy's names and not of our functions: this file knows none.)

    def __add__(self, other: Operand) -> V:
        return _registered[add](self, other)

    def __radd__(self, other: Operand) -> V:
        return _registered[add](other, self)

    def __sub__(self, other: Operand) -> V:
        return _registered[subtract](self, other)

    def __rsub__(self, other: Operand) -> V:
        return _registered[subtract](other, self)

    def __mul__(self, other: Operand) -> V:
        return _registered[multiply](self, other)

    def __rmul__(self, other: Operand) -> V:
        return _registered[multiply](other, self)

    def __truediv__(self, other: Operand) -> V:
        return _registered[divide](self, other)

    def __rtruediv__(self, other: Operand) -> V:
        return _registered[divide](other, self)

    def __pow__(self, other: Operand) -> V:
        return _registered[power](self, other)

    def __rpow__(self, other: Operand) -> V:
        return _registered[power](other, self)

    def __matmul__(self, other: Operand) -> V:
        return _registered[matmul](self, other)

    def __rmatmul__(self, other: Operand) -> V:
        return _registered[matmul](other, self)

    def __neg__(self) -> V:
        return _registered[np.negative](self)

    def __abs__(self) -> V:
        return _registered[np.absolute](self)

    def __getitem__(self, index: Any) -> V:
        return _registered[operator.getitem](self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "the elements of a Variable are not assigned to, for that would change what its graph was computed "
            "from: build a new one with where, stack or concatenate, or change v.data of a leaf"
        )

    # Comparisons are of data, on either side: no graph, so no function either.

    def __lt__(self, other: Operand) -> Array:
        return np.less(self.data, data_of(other))

    def __le__(self, other: Operand) -> Array:
        return np.less_equal(self.data, data_of(other))

    def __gt__(self, other: Operand) -> Array:
        return np.greater(self.data, data_of(other))

    def __ge__(self, other: Operand) -> Array:
        return np.greater_equal(self.data, data_of(other))

    def __eq__(self, other: Operand) -> Array:  # type: ignore[override]
        return np.equal(self.data, data_of(other))

    def __ne__(self, other: Operand) -> Array:  # type: ignore[override]
        return np.not_equal(self.data, data_of(other))

    __hash__ = object.__hash__

    # The functions of the same names.

    def sum(self, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> V:
        return _registered[np.sum](self, axis, keepdims=keepdims)

    def mean(self, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> V:
        return _registered[np.mean](self, axis, keepdims=keepdims)

    def prod(self, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> V:
        return _registered[np.prod](self, axis, keepdims=keepdims)

    def max(self, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> V:
        return _registered[np.max](self, axis, keepdims=keepdims)

    def min(self, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> V:
        return _registered[np.min](self, axis, keepdims=keepdims)

    def clip(self, *limits: Any, **options: Any) -> V:
        return _registered[np.clip](self, *limits, **options)

    def dot(self, other: Operand) -> V:
        return _registered[np.dot](self, other)

    def squeeze(self, axis: Any = None) -> V:
        return _registered[np.squeeze](self, axis)

    def swapaxes(self, axis1: int, axis2: int) -> V:
        return _registered[np.swapaxes](self, axis1, axis2)

    def reshape(self, *shape: Any) -> V:
        """``v.reshape(2, 3)`` or ``v.reshape((2, 3))``."""
        return _registered[np.reshape](self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> V:
        """``v.transpose()``, ``v.transpose(1, 0)`` or ``v.transpose((1, 0))``."""
        if len(axes) == 1 and not isinstance(axes[0], int):
            return _registered[np.transpose](self, axes[0])
        return _registered[np.transpose](self, axes or None)

    if not TYPE_CHECKING:  # to a type checker these would make a variable one of NumPy's own arrays

        def __getattr__(self, name: str) -> Any:
            """Called for a name that is not there, or not without an array."""
            if name in ("shape", "ndim", "size", "dtype", "__shape__"):
                has = "without data" if self.data is None else f"with a {type(self.data).__name__} as data"
                raise AttributeError(f"a Variable {has} has no {name.strip('_')}: set .data to an array first")
            about = f": dezero_lite has no such function; v.data.{name} computes without a graph"
            raise AttributeError(f"a {type(self).__name__} has no {name!r}" + about * hasattr(np.ndarray, name))

        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
            if method != "__call__" or options or ufunc not in _registered:
                wanted = [f" with {name}=" for name, value in options.items() if value is not None]
                call = f".{method}" * (method != "__call__")
                raise _no_derivative(f"{ufunc.__name__}{call}{','.join(wanted)}")
            return _registered[ufunc](*inputs)

        def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
            if function not in _registered:
                raise _no_derivative(function.__name__)
            return _call(function, args, options)

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
            raise TypeError(
                "a Variable is not converted to an array silently: use v.data, and build an array of "
                "variables with stack or concatenate"
            )


for _compare in (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal):
    # array < v, where NumPy asks first
    implements(_compare)(lambda x0, x1, compare=_compare: compare(data_of(x0), data_of(x1)))


def _call(numpy_function: Callable[..., Any], args: Any, options: Any) -> Any:
    """Call what is registered, if it takes these arguments."""
    function, name = _registered[numpy_function], numpy_function.__name__
    try:
        inspect.signature(function).bind(*args, **options)
    except TypeError as error:
        takes = ", ".join(inspect.signature(function).parameters)
        raise TypeError(f"np.{name} of a Variable: {error}. It takes {name}({takes})") from None
    return function(*args, **options)


def _no_derivative(call: str) -> TypeError:
    return TypeError(
        f"dezero_lite has no derivative for np.{call}: use v.data to compute without a graph, or "
        "register a function with dezero_lite.implements"
    )

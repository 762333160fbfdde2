"""The array's side of a variable: the methods, comparisons and texts that you know from NumPy.

Nothing is computed here and no function of ours is known: a method calls NumPy's function of the same name, and NumPy hands
that to the variable. What needs no derivative is computed from the data.
"""

import operator as op
from typing import Any

import numpy as np


def bare(x: Any) -> Any:
    """The array of a variable; anything else as it is."""
    return x.data if isinstance(x, ArrayLike) else x


def method(numpy_function: Any) -> Any:
    return lambda self, *args, **options: numpy_function(self, *args, **options)


def comparison(compare: Any) -> Any:
    return lambda self, other: compare(self.data, bare(other))


class ArrayLike:
    """What a variable can do because its data are an array."""

    data: Any
    name: Any = None
    ndim: Any
    creator: Any
    retains: Any

    T = property(lambda self: np.transpose(self))
    size = property(lambda self: self.data.size)
    sum, mean, prod, max, min = map(method, (np.sum, np.mean, np.prod, np.max, np.min))
    clip, dot, squeeze, swapaxes, __abs__ = map(method, (np.clip, np.dot, np.squeeze, np.swapaxes, np.absolute))
    argmax, argmin = map(method, (np.argmax, np.argmin))
    __rpow__ = lambda self, other: np.power(other, self)

    def reshape(self, *shape: Any) -> Any:
        """The elements in a new shape: ``v.reshape(2, 3)`` or ``v.reshape((2, 3))``."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order: ``v.transpose()``, which reverses it, ``v.transpose(1, 0)`` or ``v.transpose((1, 0))``."""
        return np.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)

    # Comparisons are of data, on either side: no graph, so no function either.
    __lt__, __le__, __gt__, __ge__, __eq__, __ne__ = map(comparison, (op.lt, op.le, op.gt, op.ge, op.eq, op.ne))
    __hash__ = object.__hash__

    def item(self) -> Any:
        """The one element as a Python number, outside any graph."""
        return self.data.item()

    def detach(self) -> Any:
        """A leaf with the same array."""
        leaf = type(self).__new__(type(self))
        leaf.data, leaf.name = np.asarray(self.data), self.name
        leaf.retains = leaf.data.dtype.kind == "f"  # integers keep no gradient
        return leaf

    def __bool__(self) -> bool:
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data if self.ndim else self.data[()], spec) if spec else str(self)

    # The graph is never lost in silence.

    def __float__(self) -> float:
        raise TypeError("a Variable is not turned into a number silently, for the graph would be lost: v.item() gives the number, "
                        "dezero_lite.sin(v) does what math.sin(v) would, and stack or concatenate what a[i] = v would")

    __int__ = __float__

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("a Variable is not converted to an array silently: use v.data, or stack or concatenate for variables in an array")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError("the elements of a Variable are not assigned to, for its graph was computed from them: "
                        "build a new one with where, stack or concatenate, or change v.data of a leaf")

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self.creator is not None:
            raise TypeError("a variable in a graph can't be copied or pickled: take v.detach(), a leaf, or v.data, for a plot or a table")
        return super().__reduce_ex__(max(protocol, 2))

    def __getattr__(self, name: str) -> Any:
        about = f": dezero_lite has no such function; v.data.{name} computes without a graph" * hasattr(np.ndarray, name)
        if hasattr(type(self), name):  # it has, but the data have none
            about = f": its data is a {type(self.data).__name__}: set .data to an array first"
        raise AttributeError(f"a Variable has no {name!r}{about}")

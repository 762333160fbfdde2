"""Functions with several outputs: each is a place of its own in the graph, in front of its function.

In the pass such a place waits like a function. It has the generation of its function and was there
before it, so it comes before it, and adds its part to the function's gradient.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np


NOTES = ("__grad__", "__label__", "__retains__")  # at each place: what a pass left, the name, whether to leave


class Shapes(list[Any]):
    """The shapes of all outputs, and their places as long as someone holds them.

    Equal to itself alone: to compare n shapes n times would take n^2.
    """

    def __init__(self, shapes: Iterable[Any]) -> None:
        super().__init__(shapes)
        self.places: WeakValueDictionary[int, Output] = WeakValueDictionary()

    def __reduce__(self) -> Any:
        return Shapes, (list(self),)

    __eq__ = object.__eq__
    __ne__ = object.__ne__


class Parts(dict[int, Any]):
    """The gradients of a function's outputs by their number; those that are not there are zero."""

    shape: Shapes

    def __add__(self, other: Parts) -> Parts:
        for i, part in other.items():
            self[i] = self[i] + part if i in self else part
        return self

    def all(self) -> tuple[Any, ...]:
        """The gradients of all outputs, in order."""
        dtype = next(iter(self.values())).dtype
        return tuple(self[i] if i in self else np.zeros(shape, dtype) for i, shape in enumerate(self.shape))


class Output:
    """The place of one of several outputs: between its function and those that use it."""

    __slots__ = ("number", "__inputs__", "__generation__", "__shape__", "__weakref__", *NOTES)

    def __init__(self, function: Any, number: int) -> None:
        self.number = number
        self.__inputs__ = (function,)
        self.__generation__ = function.__generation__
        self.__shape__ = function.__shape__[number]
        self.__grad__ = self.__label__ = self.__retains__ = None

    def __pull__(self, gy: Any, create_graph: bool) -> tuple[Parts]:
        part = Parts({self.number: gy})
        part.shape = self.__inputs__[0].__shape__
        return (part,)


def link(ys: tuple[Any, ...], f: Any, several: bool) -> None:
    """Note at the variables ys that f made them: one by f itself, several each by a place in front of f."""
    if several:
        f.__shape__ = Shapes(y.shape for y in ys)
        for i, y in enumerate(ys):
            y.source = Output(f, i)
            f.__shape__.places[i] = y.source
    else:
        f.__shape__, ys[0].source = ys[0].shape, f


def output(f: Any, number: int) -> Output:
    """The place of that output, the one that someone holds if there is one."""
    return f.__shape__.places.get(number) or Output(f, number)


def function_at(place: Any) -> Any:
    """The function at a place, or behind it."""
    return place.__inputs__[0] if isinstance(place, Output) else place

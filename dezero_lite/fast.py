"""A shorter way for the engine's own functions, which are called very often.

Nothing here is needed to understand the engine. A `Primitive` does what `Function` does, in fewer steps, and
gives the same graph and, up to rounding, the same numbers. (The page "How fast is it?" says what that buys.)
"""

from __future__ import annotations

from typing import Any

from numpy import asarray, ndarray

from . import errors
from .arraylike import constant
from .core import Function, Variable
from .scopes import is_recording

_new = Variable.__new__


class Primitive(Function):
    """A function with one output that gets and gives NumPy numbers in place of arrays without axes.

    Their arithmetic is faster. The rule is trusted: what it returns is not checked, and of another shape than the
    input it was stretched. Nobody writes names of his own on it, so xs, y and parents are looked up where they
    are kept.
    """

    __slots__ = ()
    broadcasts = True
    xs, y, parents = Function.__xs__, Function.__y__, Function.__inputs__  # type: ignore[misc]

    def apply(self, *inputs: Any) -> Variable:
        xs, places, generation = [], [], 0
        for x in inputs:
            if isinstance(x, Variable):
                data, place = x.data, x.source
                if data.__class__ is not ndarray:
                    data = errors.array_in(x, self)
                if place is None:
                    place = x
                elif place.__generation__ >= generation:
                    generation = place.__generation__ + 1
                xs.append(data if data.shape else data[()])
                places.append(place)
            else:
                xs.append(constant(x))
                places.append(None)
        if not generation and all(isinstance(x, (int, float)) for x in inputs):
            xs = [constant(asarray(x))[()] for x in xs]  # of NumPy, where Python would compute alone
        return self.__record__(tuple(places), tuple(xs), generation, self.forward(*xs))

    def __record__(self, places: tuple[Any, ...], xs: tuple[Any, ...], generation: int, y: Any) -> Variable:
        data = asarray(y) if y.__class__ in errors.ARRAYS else errors.returned(y, self, "forward")
        if not is_recording():
            self.__inputs__ = ()
            return Variable(data)
        self.__inputs__, self.__generation__, self.__shape__ = places, generation, data.shape
        self.__retains__ = self.__grad__ = self.__label__ = None
        if self.keeps_xs:
            self.__xs__ = xs
        if self.keeps_y:
            self.__y__ = y
        result = _new(Variable)  # without the checks of its constructor
        result.data, result.source, result.__grad__ = data, self, None
        return result

    def __pull__(self, gy: Any, create_graph: bool) -> tuple[Any, ...]:
        if create_graph:
            return super().__pull__(gy, True)
        gxs = self.backward(gy)
        return gxs if gxs.__class__ is tuple else (gxs,)


class Arithmetic(Primitive):
    """A function of two operands: two variables, the usual case, go without the loop."""

    __slots__ = ()

    def apply(self, *inputs: Any) -> Variable:
        x0, x1 = inputs
        if x0.__class__ is not Variable or x1.__class__ is not Variable:
            return Primitive.apply(self, x0, x1)
        data0, data1, place0, place1 = x0.data, x1.data, x0.source, x1.source
        if data0.__class__ is not ndarray or data1.__class__ is not ndarray:
            return Primitive.apply(self, x0, x1)
        generation = 0
        if place0 is None:
            place0 = x0
        else:
            generation = place0.__generation__ + 1
        if place1 is None:
            place1 = x1
        elif place1.__generation__ >= generation:
            generation = place1.__generation__ + 1
        xs = data0 if data0.shape else data0[()], data1 if data1.shape else data1[()]
        return self.__record__((place0, place1), xs, generation, self.forward(*xs))

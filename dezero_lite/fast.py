"""A shorter way to call functions, which is done very often: the same graph as by `Function.__call__`, in fewer steps.

Nothing here is needed to understand the engine, or for it to work: `make bench` shows what it gains.
"""

from typing import Any

from numpy import asarray, ndarray

from . import errors
from .core import Function, Variable, data_of, pauses, place_of
from .elementwise import Add, Div, Mul, Sub

slowly = Function.__call__
blocks = pauses.get
new = Variable.__new__


def call(self: Any, *inputs: Any) -> Any:
    """`Function.__call__` in one loop."""
    if blocks() or hasattr(self, "parents"):
        return slowly(self, *inputs)
    xs, parents, shapes, generation = [], [], [], 0
    for x in inputs:
        if x.__class__ is Variable and x.data.__class__ is ndarray and x.data.dtype.kind in "fiub":
            data, place = x.data, x.creator
            shape = data.shape
            xs.append(data if shape else data[()])
            parents.append(x if place is None else place)
            shapes.append(shape)
            if x.generation > generation:
                generation = x.generation
        else:
            errors.check_operands(type(self).__name__, x)
            xs.append(data_of(x))
            parents.append(place_of(x))
            shapes.append(getattr(x, "shape", ()))
            generation = max(generation, getattr(x, "generation", 0))
    y = self.forward(*xs)
    self.parents, self.shapes, self.generation = tuple(parents), tuple(shapes), generation + 1
    if self.keeps_xs:
        self.xs = tuple(xs)
    if self.keeps_y:
        self.y = y
    data = asarray(y)
    if data.dtype.kind not in "fiub":
        raise errors.not_an_array(data)
    output = new(Variable)
    output.data, output.creator, output.generation = data, self, self.generation
    return output


def of_two(kind: Any, x0: Any, x1: Any) -> Any:
    """A new function of the kind, called with two variables, without the loop."""
    self = kind()
    if (x0.__class__ is not Variable or (data0 := x0.data).__class__ is not ndarray
            or x1.__class__ is not Variable or (data1 := x1.data).__class__ is not ndarray or blocks()):  # fmt: skip
        return call(self, x0, x1)
    place0, place1, shape0, shape1 = x0.creator, x1.creator, data0.shape, data1.shape
    xs = data0 if shape0 else data0[()], data1 if shape1 else data1[()]
    y = self.forward(*xs)
    self.parents = x0 if place0 is None else place0, x1 if place1 is None else place1
    self.shapes = shape0, shape1
    generation, other = x0.generation, x1.generation
    self.generation = generation = 1 + (generation if generation > other else other)
    if self.keeps_xs:
        self.xs = xs
    output = new(Variable)
    output.data, output.creator, output.generation = asarray(y), self, generation
    return output


Function.__call__ = call  # type: ignore[method-assign]
for name, kind in dict(add=Add, sub=Sub, mul=Mul, truediv=Div).items():
    setattr(Variable, f"__{name}__", lambda x0, x1, kind=kind: of_two(kind, x0, x1))
    setattr(Variable, f"__r{name}__", lambda x1, x0, kind=kind: of_two(kind, x0, x1))

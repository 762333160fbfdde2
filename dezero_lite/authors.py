"""The Function for those who write their own: it checks what they return, guards their arrays, and may have several outputs.

It stands on the heart's `Function` by two of its places: the call, and `pull`. In a differentiable pass the rule finds
variables in ``self.xs`` and ``self.y``; whatever else ``forward`` kept would be a constant there, and is refused.
"""

import gc
from array import array
from numbers import Integral, Number
from types import FunctionType, MemberDescriptorType, ModuleType, SimpleNamespace
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from . import core, errors
from .arraylike import bare
from .core import Variable, data_of, pauses, place_of, variable_at

RESERVED = frozenset("parents shapes generation xs y gradient retains pull with_variables engine".split())


def read_only(x: Any) -> Any:
    """The array as an author may see it: changed in place, it would be wrong for others."""
    if isinstance(x, Variable):
        return x
    view = np.asarray(x).view()
    view.flags.writeable = False
    return view


class Function(core.Function):
    """A computation of your own, with a rule for its gradients; one instance records one call.

    ``forward(*xs)`` gets ndarrays and returns one, or a tuple of several, new at each call; ``backward(*gys)`` gets their
    gradients and returns those of the inputs, None where there is none. It finds what forward was given in ``self.xs`` and,
    with ``keeps_y = True``, what it returned in ``self.y``. All these arrays can only be read; in a differentiable pass
    what depends on a variable is one. Anything else on ``self`` is a constant. If forward has put real numbers there, a
    differentiable pass raises TypeError.

    The engine's own names can't be used: parents, shapes, generation, xs, y, gradient, retains, pull, with_variables, engine.

    Raises TypeError or ValueError if forward or backward returns what does not fit, RuntimeError if it is called after a
    call that was recorded.
    """

    stretches = False  # whether gradients may have the shape of the output: see `Elementwise`
    engine: Any = None  # what is kept here besides: names that forward wrote; places and shapes of several outputs

    def __init__(self, *arguments: Any) -> None:
        if arguments:
            name = type(self).__name__
            raise TypeError(f"{name}() takes no arguments: make an instance and call that, {name}()(x)")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if taken := sorted(RESERVED & vars(cls).keys()):
            raise TypeError(f"{cls.__name__} defines {taken[0]}, which is the engine's: give it another name")
        if cls.__hash__ is not object.__hash__:
            raise TypeError(f"two calls of {cls.__name__} may count as equal: take its __eq__ away (@dataclass(eq=False))")

    def __getattr__(self, name: str) -> Any:
        cure = {
            "xs": "self.xs is there after the call, unless keeps_xs is False",
            "y": "self.y is there after the call of a function with keeps_y = True",
            "forward": "write def forward(self, *xs), which gives an array from arrays",
            "backward": "write def backward(self, *gys), which gives the gradients of the inputs",
            "inputs": "the rule finds the arrays of its inputs in self.xs, variables if the pass is differentiable",
        }.get(name)
        raise AttributeError(f"{type(self).__name__} has no {name!r}" + (f": {cure}" if cure else ""))

    def __call__(self, *inputs: Any) -> Any:
        check_names(self)
        errors.check_call(self, inputs)
        before = kept_by(self)
        xs = tuple([read_only(data_of(x)) for x in inputs])
        y = self.forward(*xs)
        ys = tuple([checked(self, y, "forward") for y in (y if isinstance(y, tuple) else (y,))])
        check_names(self)
        kept = {name for i, (name, _, numbers) in kept_by(self).items() if i not in before or before[i][2] != numbers}
        self.engine = Notes(kept=kept, shapes=[y.shape for y in ys], places=WeakValueDictionary())
        if pauses.get():
            outputs = [errors.unrecorded(Variable(y)) for y in ys]
            return tuple(outputs) if isinstance(y, tuple) else outputs[0]
        self.parents = tuple(map(place_of, inputs))
        self.shapes = tuple([x.shape for x in xs])
        self.generation = 1 + max([place.generation for place in self.parents if place is not None], default=0)
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = tuple(map(read_only, ys)) if isinstance(y, tuple) else read_only(ys[0])
        if isinstance(y, tuple):
            return tuple([variable_at(part(self, i), y) for i, y in enumerate(ys)])
        return variable_at(self, ys[0])

    def pull(self, gy: Any, create_graph: bool) -> tuple[Any, ...]:
        name, gys = type(self).__name__, gy.all(self.engine.shapes) if isinstance(gy, Parts) else (gy,)
        rule = self.with_variables() if create_graph else self
        gxs = rule.backward(*map(read_only, gys))
        gxs = gxs if isinstance(gxs, tuple) else (gxs,)
        if len(gxs) != len(self.parents):
            raise ValueError(f"{name}.backward returned {len(gxs)} gradients for {len(self.parents)} inputs: give a tuple of one for each")
        gxs = tuple([gx if gx is None or create_graph and isinstance(gx, Variable) else checked(self, gx, "backward") for gx in gxs])
        for parent, shape, gx in zip(self.parents, self.shapes, gxs):
            if parent is not None and gx is not None and gx.shape != shape and not self.stretches:
                raise ValueError(f"{name}.backward returned a gradient of shape {gx.shape} for an input of shape {shape}")
        return gxs

    def with_variables(self) -> Any:
        if self.engine.kept:
            raise TypeError(
                f"{type(self).__name__}.forward kept real numbers in self.{min(self.engine.kept)}: they would be constants to a second "
                "derivative. Let backward compute them from self.xs and self.y, or make them in __init__"
            )
        twin = super().with_variables()
        if self.keeps_y and isinstance(self.y, tuple):
            twin.y = tuple([variable_at(part(self, i), y) for i, y in enumerate(self.y)])
        return twin


class Elementwise(Function):
    """A `Function` of your own that is computed element by element: its inputs may stretch, as in NumPy."""

    stretches = True


def check_names(f: Any) -> None:
    if not isinstance(f.engine, Notes) and (taken := sorted(RESERVED & vars(f).keys())):
        raise TypeError(f"{type(f).__name__} writes self.{taken[0]}, which is the engine's: give it another name")


def checked(f: Any, y: Any, method: str) -> Any:
    """What a method returned, as an array: of floating numbers, if it is a gradient, for True and True add up to True."""
    if errors.is_real_array(y) or type(y) in (float, int, bool):
        y = np.asarray(y)
        return y if method == "forward" or y.dtype.kind == "f" else y.astype(float)
    cure = ": pass it to the call, as an input" if isinstance(y, Variable) else ": several go in a tuple" if isinstance(y, list) else ""
    raise TypeError(f"{type(f).__name__}.{method} returned {errors.a(y)}, not an array of real numbers{cure}")


def kept_by(f: Any) -> dict[int, tuple[str, Any, bytes]]:
    """The real numbers that somebody has kept on f or its class, in whatever they are: under which attribute, and their bytes."""
    waiting = list(vars(f).items())
    for kind in set(type(f).__mro__) - set(Function.__mro__):
        for name, value in vars(kind).items():
            if isinstance(value, FunctionType) or not callable(value) and name[:2] != "__":
                waiting.append((name, getattr(f, name, None) if isinstance(value, MemberDescriptorType) else value))  # a slot's
    seen, found = {id(f)}, {}
    while waiting:
        name, value = waiting.pop()
        if id(value) in seen or isinstance(value, (type, ModuleType)):
            continue
        seen.add(id(value))
        if is_real(value):
            found[id(value)] = name, value, np.asarray(bare(value)).tobytes()
        elif isinstance(value, FunctionType):  # not its globals, the whole module
            waiting += [(name, part) for part in (value.__closure__, value.__defaults__)]
        else:
            waiting += [(name, part) for part in gc.get_referents(value)]
    return found


def is_real(x: Any) -> bool:
    numpys = isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind not in "biuUS"
    return numpys or isinstance(x, Number) and not isinstance(x, Integral) or isinstance(x, (Variable, bytes, bytearray, memoryview, array))


class Notes(SimpleNamespace):
    """What the engine keeps of an author's call: the names under which forward kept reals, and its outputs' shapes and places."""


def part(f: Any, i: int) -> Any:
    """The place of output i of f, one as long as somebody has it."""
    place = f.engine.places.get(i)
    if place is None:
        place = f.engine.places[i] = Part(f, i)
    return place


class Part(core.Function):
    """Takes one of several outputs out of the function's tuple; its gradient goes back in a table by numbers."""

    def __init__(self, f: Any, i: int) -> None:
        self.i, self.parents, self.shapes, self.generation = i, (f,), (None,), f.generation + 1

    def pull(self, gy: Any, create_graph: bool) -> tuple[Any, ...]:
        return (Parts({self.i: gy}),)


class Parts(dict):  # type: ignore[type-arg]
    """The gradients of a function's outputs by their numbers; those that are not there are zero."""

    shape = None

    def __add__(self, other: Any) -> Any:
        return Parts(self | {i: self[i] + part if i in self else part for i, part in other.items()})

    def all(self, shapes: Any) -> tuple[Any, ...]:
        dtype = next(iter(self.values())).dtype
        return tuple([self[i] if i in self else np.zeros(shape, dtype) for i, shape in enumerate(shapes)])

"""The heart of the engine: variables, the functions between them, and the pass that goes back.

This is the program that the course writes. A `Variable` holds an array. A `Function` computes an array from arrays and notes
where its inputs came from, their *places*: each a leaf or the function that made it. It never refers to its own output.
"""

from __future__ import annotations

import copy
import heapq
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from . import errors
from .arraylike import ArrayLike

pauses = ContextVar("pauses", default=0)  # how many blocks of no_grad are open


@contextmanager
def paused(by: int) -> Iterator[None]:
    pauses.set(pauses.get() + by)
    try:
        yield
    finally:
        errors.check_block(pauses.get() - by)
        pauses.set(pauses.get() - by)


def no_grad() -> Any:
    """Record no graph in a block, ``with no_grad(): ...``, or in the calls of a function, ``@no_grad()``."""
    return paused(1)


implementations: dict[Any, Callable[..., Any]] = {}


def implements(numpy_function: Any) -> Callable[[Any], Any]:
    """Register the decorated function, or class of functions, as what ``numpy_function`` does with variables."""
    errors.check_implements(numpy_function)

    def register(f: Any) -> Any:
        implementations[numpy_function] = (lambda *inputs: f()(*inputs)) if isinstance(f, type) else f
        return f

    return register


class Variable(ArrayLike):
    """An array and its place in the graph. Raises TypeError if data is not a NumPy array, or NumPy number, of real numbers.

    The array is not copied: leave it as it is until `backward` is through, and give a leaf new data by ``v.data = ...``.
    """

    creator: Any = None  # the function that made it; None for a leaf
    generation = 0
    gradient: Any = None
    retains = True

    def __init__(self, data: Any, name: str | None = None) -> None:
        if not errors.is_real_array(data):
            raise errors.not_an_array(data)
        self.data = data
        self.name = name
        if data.dtype.kind != "f":
            self.retains = False  # only a floating number can be nudged

    @property
    def grad(self) -> Any:
        """The sum of the gradients that passes left here, if this is a leaf or `retain_grad` was called; None otherwise."""
        return place_of(self).gradient

    @grad.setter
    def grad(self, gradient: Any) -> None:
        place_of(self).gradient = gradient

    def cleargrad(self) -> None:
        """Set grad to None, so that the next pass does not add to it."""
        self.grad = None

    def retain_grad(self) -> None:
        """Make later passes leave a gradient here too, although this is not a leaf."""
        place_of(self).retains = True

    def backward(self, *, seed: Any = None, create_graph: bool = False) -> None:
        """Add to the grad of each leaf the gradient of ``sum(self * seed)``: to all, or to none if a rule raises.

        The seed has the variable's shape, and is ones by default; with create_graph the gradients are variables. TypeError or
        ValueError if a rule, a seed or a grad set by hand does not fit, RuntimeError if no graph was recorded.
        """
        with paused(-pauses.get() if create_graph else 0):
            found = backward_pass(self, seed, create_graph)
            with errors.adding:
                errors.check_sums(found)
                for place, gradient in found.items():
                    if place.gradient is not None:
                        gradient = place.gradient + gradient
                    place.gradient = handed_out(gradient, place, create_graph)

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    dtype = property(lambda self: self.data.dtype)

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        return f"Variable({self.data}{name})"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc not in implementations:
            raise errors.no_derivative(ufunc, method, options)
        return implementations[ufunc](*inputs)

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        if function not in implementations:
            raise errors.no_derivative(function)
        return implementations[function](*inputs, **options)

    __add__ = lambda self, other: implementations[np.add](self, other)
    __radd__ = lambda self, other: implementations[np.add](other, self)
    __sub__ = lambda self, other: implementations[np.subtract](self, other)
    __rsub__ = lambda self, other: implementations[np.subtract](other, self)
    __mul__ = lambda self, other: implementations[np.multiply](self, other)
    __rmul__ = lambda self, other: implementations[np.multiply](other, self)
    __truediv__ = lambda self, other: implementations[np.divide](self, other)
    __rtruediv__ = lambda self, other: implementations[np.divide](other, self)
    __matmul__ = lambda self, other: implementations[np.matmul](self, other)
    __rmatmul__ = lambda self, other: implementations[np.matmul](other, self)
    __pow__ = lambda self, c: implementations[np.power](self, c)
    __neg__ = lambda self: implementations[np.negative](self)
    __getitem__ = lambda self, index: implementations["getitem"](self, index)
    __iter__ = lambda self: implementations[iter](self)


def backward_pass(y: Variable, seed: Any = None, create_graph: bool = False, wanted: Collection[Any] = ()) -> dict[Any, Any]:
    """The gradients of ``sum(y * seed)`` at leaves and retaining places, and at those wanted; no grad is touched.

    A function runs when its gradient is complete: after all that use its output, whose generations are larger. If places
    are wanted, only what leads to one of them runs.
    """
    errors.check_start(y, seed)
    seed = np.ones(y.shape, y.dtype) if seed is None else seed
    gradients = {place_of(y): seed if create_graph else data_of(seed)}
    waiting = [(-y.generation, 0, place_of(y))]
    turn = 0
    running = wanted and between(y, wanted)
    found = {}
    while waiting:
        _, _, place = heapq.heappop(waiting)
        gy = gradients.pop(place)
        if place in wanted or place.retains:
            found[place] = gy
        if place.generation == 0 or wanted and place not in running:
            continue
        for parent, shape, gx in zip(place.parents, place.shapes, place.pull(gy, create_graph)):
            if parent is None or gx is None:
                continue
            if gx.shape != shape:
                gx = implementations["sum_to"](gx, shape)
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx  # not +=: the array may be shared
            else:
                gradients[parent] = gx
                turn += 1  # largest generation first; turn breaks ties
                heapq.heappush(waiting, (-parent.generation, turn, parent))
    return found


def between(y: Variable, wanted: Collection[Any]) -> Collection[Any]:
    """The functions that lead from y to a wanted place."""
    functions, stack = set(), [place_of(y)]
    while stack:
        place = stack.pop()
        if place is not None and place.generation > 0 and place not in functions:
            functions.add(place)
            stack.extend(place.parents)
    running = set()
    for f in sorted(functions, key=lambda f: f.generation):
        if any(parent in wanted or parent in running for parent in f.parents):
            running.add(f)
    return running


def handed_out(gradient: Any, place: Any, create_graph: bool) -> Any:
    """A gradient in an array of its own, of its leaf's dtype; or as a variable."""
    if isinstance(gradient, Variable):
        return gradient
    gradient = np.array(gradient, place.dtype if isinstance(place, Variable) else gradient.dtype)
    return Variable(gradient) if create_graph else gradient


def data_of(x: Any) -> Any:
    """The array of a variable, or a copy of a constant; NumPy's number, which is faster, for an array without axes."""
    if isinstance(x, Variable):
        x = x.data
    elif isinstance(x, np.ndarray):
        x = x.copy()  # its owner may change it before the pass
    return x[()] if isinstance(x, np.ndarray) and x.ndim == 0 else x  # a number has no axes


def place_of(x: Any) -> Any:
    """The function that made a variable, or the leaf itself."""
    if isinstance(x, Variable):
        return x if x.creator is None else x.creator
    return None  # a constant has none


def variable_at(place: Any, data: Any) -> Variable:
    """A variable with that data, as if it came from that place."""
    variable = Variable(np.asarray(data))
    variable.creator, variable.generation = place, place.generation
    return variable


class Function:
    """A computation on arrays with a rule for its gradients; one instance records one call."""

    forward: Any  # the subclass has them, as methods
    backward: Any
    gradient: Any = None
    retains = False
    keeps_xs = True
    keeps_y = False

    def __call__(self, *inputs: Any) -> Any:
        errors.check_call(self, inputs)
        xs = tuple(map(data_of, inputs))
        y = self.forward(*xs)
        if pauses.get():
            return errors.unrecorded(Variable(np.asarray(y)))
        self.parents = tuple(map(place_of, inputs))
        self.shapes = tuple([np.shape(x) for x in xs])
        self.generation = 1 + max([place.generation for place in self.parents if place is not None], default=0)
        if self.keeps_xs:
            self.xs = xs
        if self.keeps_y:
            self.y = y
        return variable_at(self, y)

    def pull(self, gy: Any, create_graph: bool) -> tuple[Any, ...]:
        """The gradients of the inputs from that of the output."""
        rule = self.with_variables() if create_graph else self
        gxs = rule.backward(gy)
        return gxs if isinstance(gxs, tuple) else (gxs,)

    def with_variables(self) -> Any:
        """A copy for a differentiable pass: it has variables where this one keeps arrays."""
        twin = copy.copy(self)
        if self.keeps_xs:
            twin.xs = tuple([x if place is None else variable_at(place, x) for place, x in zip(self.parents, self.xs)])
        if self.keeps_y:
            twin.y = variable_at(self, self.y)
        return twin


def gradients(y: Variable, xs: Any, seed: Any = None, *, create_graph: bool = False) -> tuple[Any, ...]:
    """The gradients of ``sum(y * seed)`` with respect to xs, a tuple of variables: a tuple of arrays, or of variables with
    create_graph; zeros where y does not depend on an x. No grad is touched. Errors are raised as in `backward`."""
    errors.check_wanted(xs)
    with paused(-pauses.get() if create_graph else 0):
        found = backward_pass(y, seed, create_graph, {place_of(x) for x in xs})
    zeros = [np.zeros(x.shape, x.dtype) for x in xs]
    return tuple([handed_out(found.get(place_of(x), zero), x, create_graph) for x, zero in zip(xs, zeros)])

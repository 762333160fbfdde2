"""The engine: variables, the functions that link them into a graph, and the backward pass.

A `Variable` holds an array. A `Function` computes arrays from arrays and, while it does so, notes
where its inputs came from: the graph is defined by running. `Variable.backward` walks that graph
from the result to the leaves, largest generation first, and adds up gradients on the way.

What refers to what decides when memory is freed:

    Variable --source--> Function --parents--> Function --parents--> Variable (a leaf)

A function refers to the functions before it and to leaf variables, and only weakly to its own
outputs. So there are no cycles, and an array lives on only while you hold its variable or the
backward rule of some function needs it.
"""

from __future__ import annotations

import copy
import operator
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from heapq import heappop, heappush, heappushpop
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar
from weakref import ref

import numpy as np

_ndarray = np.ndarray
_asarray = np.asarray
_NUMBERS = frozenset({float, int, bool, complex, *np.sctypeDict.values()})  # as types

_recording: ContextVar[bool] = ContextVar("recording", default=True)
_is_recording = _recording.get


@contextmanager
def recording(on: bool) -> Iterator[None]:
    """Record a graph in a block, or don't."""
    token = _recording.set(on)
    try:
        yield
    finally:
        _recording.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Run a block without recording a graph: ``with no_grad(): ...``, or as a decorator.

    Holds for the current thread and the current async task only. (Of an ``async def`` or a generator
    function it would decorate the call, which is over before the body runs: use ``with`` inside.)
    Derivatives that are asked for inside of the block are computed all the same: `grad` and the
    like, and ``backward(create_graph=True)``, record what they need.
    """
    with recording(False):
        yield


# ---------------------------------------------------------------- NumPy's names for our functions

_F = TypeVar("_F", bound=Callable[..., Any])
_implementations: dict[Callable[..., Any], Callable[..., Variable]] = {}


def implements(numpy_function: Callable[..., Any]) -> Callable[[_F], _F]:
    """Register the decorated function as what ``numpy_function`` does with variables.

    This table is the one rule for everything NumPy: an operator, ``np.exp(v)``, ``np.sum(v)`` or
    ``array * v`` works on a variable if and only if a function is registered here for it, and
    raises TypeError otherwise. (NumPy's protocols: NEP 13 and NEP 18.)
    """

    def register(function: _F) -> _F:
        _implementations[numpy_function] = function
        return function

    return register


# Methods of Variable look their function up when they run: core knows no functions.


def _method(numpy_function: Callable[..., Any]) -> Callable[..., Variable]:
    return lambda self, *args, **options: _implementations[numpy_function](self, *args, **options)


def _operator(numpy_function: Callable[..., Any], table: Any = _implementations) -> Callable[..., Variable]:
    return lambda self, other: table[numpy_function](self, other)


def _swapped(numpy_function: Callable[..., Any], table: Any = _implementations) -> Callable[..., Variable]:
    return lambda self, other: table[numpy_function](other, self)


def _comparison(ufunc: np.ufunc) -> Any:
    """Of data, on either side: no graph, so no function either."""
    return implements(ufunc)(lambda x0, x1: ufunc(data_of(x0), data_of(x1)))


def _no_derivative(call: str) -> TypeError:
    return TypeError(
        f"dezero_lite has no derivative for np.{call}: use v.data to compute without a graph, or "
        "register a function with dezero_lite.implements"
    )


# ------------------------------------------------------------------------------------- variables


class Variable:
    """An array and its place in the graph.

    Args:
        data: an ndarray, or None for a variable that gets its data later. (Not a masked array or a
            matrix: the operators of NumPy's subclasses mean something else.)
        name: a label for pictures and messages.

    Attributes:
        data: the array. It is not copied, neither here nor by the functions that will need it for
            their gradients: don't change it in place between a computation and its `backward`.
        grad: None, or the gradient of the last `backward` passes, an ndarray of the shape and
            dtype of `data` (a Variable after ``backward(create_graph=True)``).
        name: the label.
        creator: the Function that made this variable; None for a leaf.
        generation: 0 for a leaf, otherwise the creator's generation + 1.

    Raises:
        TypeError: data is neither an ndarray nor None.
    """

    __slots__ = ("data", "grad", "name", "source", "__weakref__")

    def __init__(self, data: np.ndarray | None, name: str | None = None) -> None:
        if data is not None and data.__class__ is not _ndarray:
            raise TypeError(
                f"Variable takes a NumPy array or None, not {type(data).__name__}: "
                f"write Variable(np.array({data!r:.60}))"
            )
        self.data: Any = data
        self.grad: Any = None
        self.name = name
        # Where the data came from: None (a leaf), a Function, or one Output of a Function.
        self.source: Function | Output | None = None

    @property
    def creator(self) -> Function | None:
        source = self.source
        return source.function if isinstance(source, Output) else source

    @property
    def generation(self) -> int:
        return 0 if self.source is None else self.source.generation + 1

    shape = property(attrgetter("data.shape"))
    ndim = property(attrgetter("data.ndim"))
    size = property(attrgetter("data.size"))
    dtype = property(attrgetter("data.dtype"))

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Variable]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.data)

    def __repr__(self) -> str:
        if self.data is None:
            text = "None"
        elif self.data.ndim == 0 and self.data.dtype == np.float64:
            text = str(self.data)
        else:
            text = repr(self.data)[len("array(") : -1].replace("\n      ", "\n         ")
        return f"Variable({text})" if self.name is None else f"Variable({text}, name={self.name!r})"

    def cleargrad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def detach(self) -> Variable:
        """A leaf that shares this variable's data and name but not its graph."""
        return Variable(self.data, self.name)

    def backward(self, create_graph: bool = False) -> None:
        """Compute the gradient of this variable with respect to everything it was made from.

        The pass starts from ``self.grad`` if that is set, otherwise from ones. It visits each
        function once, largest generation first, and keeps its gradients in a table of its own.
        When it is through, each variable that is still in someone's hands gets
        ``grad = grad + (gradient of this pass)``; ``self.grad`` stays what the pass started from.
        So a second call without `cleargrad` adds the same gradients once more, and an exception
        on the way leaves every grad as it was.

        Args:
            create_graph: compute with variables, so that the gradients can be differentiated
                again. A leaf's grad then refers to the leaf: `cleargrad` ends that cycle.

        Raises:
            TypeError: a gradient is asked of data that is None or not of a floating dtype, a grad
                is no floating array, or a function's `backward` returns something else.
            ValueError: a grad has a shape that is not the data's, or a function's `backward`
                returns the wrong number of gradients or a wrong shape.
        """
        gradients = backward_pass(self, self.grad, create_graph)
        seed = gradients.pop(self)
        taken = {id(seed)}
        grads = {v: _added_to_grad(v, gradient, taken) for v, gradient in gradients.items()}
        grads[self] = seed
        # All or none: this loop runs in C, where no Ctrl-C is heard.
        deque(map(_set_grad, grads, grads.values()), maxlen=0)

    __add__ = __radd__ = _operator(np.add)
    __sub__, __rsub__ = _operator(np.subtract), _swapped(np.subtract)
    __mul__ = __rmul__ = _operator(np.multiply)
    __truediv__, __rtruediv__ = _operator(np.divide), _swapped(np.divide)
    __pow__, __rpow__ = _operator(np.power), _swapped(np.power)
    __matmul__, __rmatmul__ = _operator(np.matmul), _swapped(np.matmul)
    __neg__, __abs__ = _method(np.negative), _method(np.absolute)
    __getitem__ = _operator(operator.getitem)
    __lt__, __le__ = _comparison(np.less), _comparison(np.less_equal)
    __gt__, __ge__ = _comparison(np.greater), _comparison(np.greater_equal)
    __eq__, __ne__ = _comparison(np.equal), _comparison(np.not_equal)
    __hash__ = object.__hash__

    # The functions of the same names.
    sum, mean, swapaxes = _method(np.sum), _method(np.mean), _method(np.swapaxes)
    T = property(_method(np.transpose))

    def reshape(self, *shape: Any) -> Variable:
        """`dezero_lite.reshape` of this variable, ``v.reshape(2, 3)`` or ``v.reshape((2, 3))``."""
        return _implementations[np.reshape](self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Variable:
        """`dezero_lite.transpose` of this variable."""
        return _implementations[np.transpose](self, axes[0] if len(axes) == 1 else axes or None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc not in _implementations:
            wanted = [f" with {name}=" for name, value in options.items() if value is not None]
            call = f".{method}" * (method != "__call__")
            raise _no_derivative(f"{ufunc.__name__}{call}{','.join(wanted)}")
        return _implementations[ufunc](*inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function not in _implementations:
            raise _no_derivative(function.__name__)
        return _implementations[function](*args, **options)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError("a Variable is not converted to an array silently: use v.data")

    def __reduce__(self) -> Any:
        """Copying and pickling: a leaf with its grad; a variable inside a graph raises TypeError."""
        if self.source is not None:
            raise TypeError(
                "a variable inside a graph can't be copied or pickled: take v.detach(), a leaf"
            )
        return _rebuild_leaf, (type(self), self.data, self.name, self.grad)


def _rebuild_leaf(cls: type[Variable], data: Any, name: str | None, grad: Any) -> Variable:
    variable = cls(data, name)
    variable.grad = grad
    return variable


_set_grad: Any = vars(Variable)["grad"].__set__


# ------------------------------------------------------------------------------------- functions


class Output(NamedTuple):
    """One of several outputs of a function, as its consumers refer to it."""

    function: Function
    number: int

    @property
    def generation(self) -> int:
        return self.function.generation

    @property
    def shape(self) -> Any:
        return self.function.shape[self.number]


class Function:
    """A computation on arrays with a rule for its gradients; one instance records one call.

    Subclasses define

    ``forward(*xs)``
        from ndarrays, one an input, the result: one array, or a tuple of several.
    ``backward(*gys)``
        from the gradients of the outputs the gradients of the inputs: one array, or a tuple of as
        many as there are inputs, each of its input's shape (None for an input without gradient).
        It finds what forward was given in ``self.xs`` and what it returned in ``self.y``.

    Calling an instance on variables, arrays or numbers gives one Variable, or a tuple where
    forward returned a tuple. Arrays and numbers are constants: they get no gradient.

    With ``backward(create_graph=True)`` the same rule is run on variables in place of arrays, so
    it should use operators, NumPy ufuncs and this package's functions.

    Attributes:
        keeps_xs, keeps_y: what the rule needs; anything else is not kept alive.
        generation: the largest generation among the inputs.
        inputs: the input variables; outputs: weak references to the outputs.

    Raises:
        TypeError: an input is no variable, array or number, or has no data.
        RuntimeError: the instance was called before.
    """

    __slots__ = ("parents", "xs", "y", "generation", "shape", "output")

    parents: tuple[Any, ...]  # of each input its source, or the leaf itself; None for a constant
    xs: Any
    y: Any
    generation: int
    shape: Any  # of the output, a tuple of shapes for several
    output: Any  # a weak reference to it, a tuple of them for several
    keeps_xs = True
    keeps_y = False
    # True: 0-d arrays come as NumPy scalars, whose arithmetic is several times faster, ...
    takes_scalars = False
    # ... and inputs may broadcast: their gradients are summed back to their shapes.
    broadcasts = False

    def forward(self, *xs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.forward is not defined")

    def backward(self, *gys: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.backward is not defined")

    def __call__(self, *inputs: Any) -> Any:
        if hasattr(self, "generation"):
            raise RuntimeError(
                f"this {type(self).__name__} has recorded a call already: make a new one, "
                f"{type(self).__name__}(), for each call"
            )
        return self.apply(*inputs)

    def apply(self, *inputs: Any) -> Variable:
        """Call a fresh instance with one output: `__call__` without its check, which costs time."""
        scalars = self.takes_scalars
        xs: tuple[Any, ...] = ()
        parents: tuple[Any, ...] = ()
        generation = 0
        for x in inputs:
            if x.__class__ is Variable or isinstance(x, Variable):
                data = x.data
                if data.__class__ is not _ndarray:
                    has = "without data" if data is None else f"whose data is a {type(data).__name__}"
                    raise TypeError(f"{type(self).__name__} got a Variable {has}: set .data to an array")
                source: Any = x.source
                if source is None:
                    source = x
                elif source.generation >= generation:
                    generation = source.generation + 1
                xs += (data if data.shape or not scalars else data[()],)
                parents += (source,)
            else:
                x = constant(x)
                xs += (x if scalars else _asarray(x),)
                parents += (None,)
        result: Variable = self._record(parents, xs, generation, self.forward(*xs))
        return result

    def _record(self, parents: Any, xs: Any, generation: int, y: Any) -> Any:
        """Make the outputs, and let them and this function know each other."""
        recorded = _is_recording()
        if recorded:
            self.parents = parents
            self.generation = generation
            if self.keeps_xs:
                self.xs = xs
            if self.keeps_y:
                self.y = y
        if y.__class__ is _ndarray or y.__class__ in _NUMBERS:
            result = _new_variable(Variable)
            result.data = data = _asarray(y)
            result.grad = result.name = result.source = None
            if recorded:
                result.source = self
                self.shape = data.shape
                self.output = ref(result)
            return result
        parts = y if isinstance(y, tuple) and not self.takes_scalars else [y]
        results = tuple(Variable(_returned(part, self, "forward")) for part in parts)
        if recorded:
            for i, result in enumerate(results):
                result.source = Output(self, i)
            self.shape = tuple(result.data.shape for result in results)
            self.output = tuple(map(ref, results))
        return results

    @property
    def inputs(self) -> tuple[Variable, ...]:
        """The input variables; constants, and what was dropped meanwhile, are made of what was kept."""
        xs = self.xs if self.keeps_xs else (None,) * len(self.parents)
        return tuple(_variable_at(parent, x) for parent, x in zip(self.parents, xs))

    @property
    def outputs(self) -> tuple[Any, ...]:
        return self.output if isinstance(self.output, tuple) else (self.output,)


class Elementwise(Function):
    """A function computed element by element, with NumPy's broadcasting and one output."""

    __slots__ = ()
    takes_scalars = True
    broadcasts = True

    def apply(self, *inputs: Any) -> Variable:
        if len(inputs) != 2:
            return Function.apply(self, *inputs)
        x0, x1 = inputs
        if x0.__class__ is not Variable or x1.__class__ is not Variable:
            return Function.apply(self, x0, x1)
        # Two variables, the usual case, without the loop: it would double the time of `x * y`.
        data0, data1 = x0.data, x1.data
        if data0.__class__ is not _ndarray or data1.__class__ is not _ndarray:
            return Function.apply(self, x0, x1)
        if not data0.shape:
            data0 = data0[()]
        if not data1.shape:
            data1 = data1[()]
        generation = 0
        parent0: Any = x0.source
        parent1: Any = x1.source
        if parent0 is None:
            parent0 = x0
        else:
            generation = parent0.generation + 1
        if parent1 is None:
            parent1 = x1
        elif parent1.generation >= generation:
            generation = parent1.generation + 1
        y = self.forward(data0, data1)
        result: Variable = self._record((parent0, parent1), (data0, data1), generation, y)
        return result


_new_variable = Variable.__new__


def data_of(x: Any) -> Any:
    """The array of a variable; anything else as it is."""
    return x.data if isinstance(x, Variable) else x


def constant(x: Any) -> Any:
    """x, if it may stand where a variable is expected: a number or an array.

    Numbers stay Python numbers, so that they don't turn float32 into float64.

    Raises:
        TypeError: x is anything else.
    """
    if x.__class__ is _ndarray or isinstance(x, (float, int, np.generic)):
        return x
    raise TypeError(
        f"expected a Variable, a NumPy array or a number, not {type(x).__name__}: "
        f"write np.array(...) or Variable(np.array(...))"
    )


def _returned(y: Any, f: Function, method: str) -> Any:
    """What a method of f returned, as an array; TypeError if it is neither an array nor a number."""
    if y.__class__ is _ndarray or y.__class__ in _NUMBERS:
        return _asarray(y)
    raise TypeError(f"{type(f).__name__}.{method} returned a {type(y).__name__}, not an array")


def _variable_at(parent: Any, x: Any) -> Variable:
    """The variable at a place in the graph, with data x if no one holds it any more."""
    if isinstance(parent, Variable):
        return parent
    if isinstance(parent, Output):
        alive = parent.function.output[parent.number]()
    else:
        alive = None if parent is None else parent.output()
    if alive is None:
        alive = Variable(None if x is None else np.asarray(x), "const" if parent is None else None)
        alive.source = parent
    return alive  # type: ignore[no-any-return]


# --------------------------------------------------------------------------------- backward pass


def backward_pass(
    y: Variable,
    seed: Any = None,
    create_graph: bool = False,
    watch: Callable[..., None] | None = None,
) -> dict[Variable, Any]:
    """Gradients of ``sum(y * seed)`` with respect to all that y was made from.

    The order is the whole point: a function may run only when the gradients of its outputs are
    complete, that is after every function that consumes them. A consumer has a larger generation,
    so taking the largest generation first is enough; the heap holds the functions that wait, and
    the newest of them is kept in hand, so that along a chain nothing goes through the heap.

    Args:
        y: where to start.
        seed: the gradient of y, an array or Variable; ones by default.
        create_graph: run the rules on variables instead of arrays, and record what they do.
        watch: called as ``watch(function, waiting, gy, gxs)`` after each function; gy is a tuple if
            the function has several outputs, waiting starts with the function that is next.

    Returns:
        The gradients of the leaves and of the other variables that someone still holds, y with its
        seed the last of them. None of them has been touched. Arrays may be shared.
    """
    if create_graph and not _is_recording():
        with recording(True):
            return backward_pass(y, seed, create_graph, watch)
    seed = _seed(y, seed, create_graph)
    if y.source is None:
        return {y: seed}
    waiting: list[tuple[int, int, Function]] = []
    turn = 0  # breaks ties between equal generations, so that functions are never compared
    gradients: dict[Any, Any] = {y.source: seed if create_graph or y.shape else seed[()]}
    found: dict[Variable, Any] = {}
    f: Any = y.creator
    while f is not None:
        if f.takes_scalars and not create_graph:
            gy = gradients.pop(f)
            held = f.output()
            if held is not None:
                found[held] = gy
            gxs = f.backward(gy)
        else:
            gy = _gradients_of_outputs(f, gradients, found, create_graph)
            gxs = _gradients_of_inputs(f, gy, create_graph)
        if gxs.__class__ is not tuple:
            gxs = (gxs,)
        if len(gxs) != len(f.parents):
            raise ValueError(
                f"{type(f).__name__}.backward returned {len(gxs)} gradients "
                f"for {len(f.parents)} inputs"
            )
        done, f = f, None
        for parent, gx in zip(done.parents, gxs):
            if parent is None or gx is None:
                continue
            try:
                fits = gx.shape == parent.shape
            except AttributeError:  # one of them is no array
                gx, fits = _array_for(gx, parent, done), False
            if not fits:
                gx = summed_to(gx, parent.shape, done)
            if parent in gradients:
                gradients[parent] = gradients[parent] + gx
                continue
            gradients[parent] = gx
            if parent.__class__ is Output:
                if any(Output(parent.function, i) in gradients for i in _others(parent)):
                    continue
                parent = parent.function
            elif isinstance(parent, Variable):
                continue
            if f is not None:
                turn += 1
                heappush(waiting, (-f.generation, turn, f))
            f = parent
        if waiting:
            if f is None:
                f = heappop(waiting)[2]
            else:
                turn += 1
                f = heappushpop(waiting, (-f.generation, turn, f))[2]
        if watch is not None:
            queue = [entry[2] for entry in sorted(waiting)]
            watch(done, queue if f is None else [f, *queue], gy, gxs)
    found |= gradients
    found[y] = seed
    return found


def _seed(y: Variable, seed: Any, create_graph: bool) -> Any:
    """What a pass from y starts with: seed, or ones, as a Variable if create_graph."""
    check_dtype(y)
    if seed is None:
        seed = np.empty(y.data.shape, y.data.dtype)
        seed.fill(1)  # np.ones would take three times as long
    else:
        _check_gradient(seed, y)
    if create_graph and isinstance(seed, Variable):
        return seed
    array = _asarray(data_of(seed), y.data.dtype)
    return Variable(array) if create_graph else array


def _others(output: Output) -> Iterator[int]:
    return (i for i in range(len(output.function.output)) if i != output.number)


def _gradients_of_outputs(
    f: Function, gradients: dict[Any, Any], found: dict[Variable, Any], create_graph: bool
) -> tuple[Any, ...]:
    """Take the gradients of all outputs of f from the table; an unused output's is zero."""
    places: list[Any] = [f] if isinstance(f.output, ref) else [Output(f, i) for i in range(len(f.output))]
    gys = [gradients.pop(place, None) for place in places]
    dtype = next(gy.dtype for gy in gys if gy is not None)
    for i, (place, output) in enumerate(zip(places, f.outputs)):
        held = output()
        if gys[i] is None:
            zeros = np.zeros(place.shape, dtype)
            gys[i] = Variable(zeros) if create_graph else zeros
        elif held is not None:
            found[held] = gys[i]
    return tuple(gys)


def _gradients_of_inputs(f: Function, gys: tuple[Any, ...], create_graph: bool) -> tuple[Any, ...]:
    """Run the rule of f, on variables if create_graph and on arrays otherwise."""
    if create_graph:
        f = _with_variables(f)
    else:
        gys = tuple(map(_asarray, gys))
    gxs = f.backward(*gys)
    return tuple(
        gx if gx is None or create_graph and isinstance(gx, Variable)
        # A view, because the rule may keep the array: what is a view is copied for its variable.
        else Variable(_returned(gx, f, "backward")) if create_graph
        else _returned(gx, f, "backward").view()
        for gx in (gxs if isinstance(gxs, tuple) else (gxs,))
    )  # fmt: skip


def _with_variables(f: Function) -> Function:
    """A copy of f whose `xs` and `y` are variables at their places in the graph."""
    twin = copy.copy(f)
    if f.keeps_xs:
        parents_and_xs = zip(f.parents, f.xs)
        twin.xs = tuple(x if p is None else _variable_at(p, x) for p, x in parents_and_xs)
    if f.keeps_y and isinstance(f.output, tuple):
        twin.y = tuple(_variable_at(Output(f, i), y) for i, y in enumerate(f.y))
    elif f.keeps_y:
        twin.y = _variable_at(f, f.y)
    return twin


def _array_for(gx: Any, parent: Any, f: Function) -> Any:
    """What the rule of f returned for parent, as an array, if both are what they should be."""
    if isinstance(parent, Variable):
        check_dtype(parent)
    return gx if isinstance(gx, Variable) else _returned(gx, f, "backward")


def summed_to(gx: Any, shape: tuple[int, ...], f: Function) -> Any:
    """Undo broadcasting: sum gx down to shape, if f stretched an input of that shape to gx's."""
    if f.broadcasts and gx.ndim == 2 and gx.shape[1:] == shape and gx.__class__ is _ndarray:
        return _ones(len(gx), gx.dtype) @ gx  # a row, the usual case: BLAS sums faster
    extra = gx.ndim - len(shape)
    inner = gx.shape[max(extra, 0) :]
    stretched = [extra + i for i, (n, m) in enumerate(zip(shape, inner)) if n != m]
    if extra == 0 and not stretched:
        return gx
    if (
        not f.broadcasts
        or extra < 0
        or any(shape[i - extra] != 1 for i in stretched)
        or isinstance(f, Elementwise) and gx.shape != f.shape
    ):  # fmt: skip
        raise ValueError(
            f"{type(f).__name__}.backward returned a gradient of shape {gx.shape} "
            f"for an input of shape {shape}"
        )
    return gx.sum(axis=(*range(extra), *stretched), keepdims=True).reshape(shape)


_ones = lru_cache(maxsize=8)(np.ones)


def check_dtype(variable: Any) -> None:
    """Raise TypeError if a gradient of the variable makes no sense."""
    if not isinstance(variable, Variable):
        raise TypeError(f"a gradient is asked of a {type(variable).__name__}, not of a Variable")
    data = variable.data
    if data.__class__ is not _ndarray:
        has = "no data" if data is None else f"a {type(data).__name__} as data"
        raise TypeError(f"{_label(variable)} has {has}: set .data to an array to differentiate")
    if data.dtype.kind != "f":
        raise TypeError(
            f"a gradient is asked of {_label(variable)}, but its dtype is {data.dtype} and only "
            "floating dtypes have one: convert it with .astype(float), or use the bare array as "
            "a constant"
        )


def _check_gradient(gradient: Any, variable: Variable) -> None:
    """Raise if gradient can't be one of the variable, which has floating data."""
    array, data = data_of(gradient), variable.data
    what = f"the gradient given for {_label(variable)}"
    if not isinstance(array, (np.ndarray, np.generic)):
        raise TypeError(f"{what} is a {type(array).__name__}, not an array")
    if not np.can_cast(array.dtype, data.dtype, "same_kind"):
        raise TypeError(f"{what} has the dtype {array.dtype}, but its data has {data.dtype}")
    if array.shape != data.shape:
        raise ValueError(
            f"{what} has shape {array.shape}, but its data has shape {data.shape}: "
            "give an array of that shape, or call cleargrad()"
        )


def _label(variable: Variable) -> str:
    return "the variable" if variable.name is None else f"the variable {variable.name!r}"


def own(gradient: Any, variable: Variable) -> Any:
    """The variable's gradient as an array, or Variable, that no one else refers to, in its dtype."""
    _check_gradient(gradient, variable)
    array = np.array(data_of(gradient), variable.data.dtype)
    if not isinstance(gradient, Variable):
        return array
    twin = Variable(array)
    twin.source = gradient.source
    return twin


def _added_to_grad(variable: Variable, gradient: Any, taken: set[int]) -> Any:
    """The variable's grad plus gradient: an array, or Variable, that no one else refers to.

    taken: the ids of those already given to other variables in this pass.
    """
    if not (
        variable.grad is None
        and gradient.__class__ is _ndarray
        and gradient.dtype == variable.data.dtype
        and gradient.base is None  # not a view of another array
        and id(gradient) not in taken
    ):
        check_dtype(variable)
        if variable.grad is not None:
            _check_gradient(variable.grad, variable)
            gradient = variable.grad + gradient
        gradient = own(gradient, variable)
    taken.add(id(gradient))
    return gradient

"""The heart of the engine: variables, the functions between them, and the pass that goes back.

A `Variable` holds an array. A `Function` computes arrays from arrays and, while it does so, notes
where its inputs came from: the graph is defined by running. `Variable.backward` goes from the
result to the leaves, largest generation first, and adds up gradients on the way.

    y  --source-->  Function  --inputs-->  Function  --inputs-->  x, a leaf

Every arrow is a reference. A function refers to the *places* that its inputs came from, each a leaf
or the function that made it, and never to its own output. So there are no cycles, and an array
lives only while someone holds its variable or the rule of some function needs it.
"""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable, Collection
from heapq import heappop, heappush
from itertools import count, repeat
from typing import Any

import numpy as np

from . import errors
from .arraylike import Array, ArrayLike, Operand, constant, data_of
from .broadcasting import summed_to
from .scopes import differentiating, is_recording, recording
from .several import Output, Parts, Shapes

_adding = threading.RLock()  # held while gradients are added to grads, so that no thread's get lost


class Variable(ArrayLike["Variable"]):
    """An array and its place in the graph.

    Args:
        data: an ndarray, or None for a variable that gets its data later. (Not a masked array or a
            matrix: the operators of NumPy's subclasses mean something else.)
        name: a label for pictures and messages.

    Attributes:
        data: the array. It is not copied, neither here nor by the functions that will need it for
            their gradients: don't change it in place between a computation and its `backward`.
        source: None (a leaf), or where it came from: a Function, or one Output of a Function.

    Raises:
        TypeError: data is neither an ndarray nor None.
    """

    __slots__ = ("data", "source", "__grad__", "__label__", "__weakref__")
    __inputs__ = ()
    __generation__ = -1
    __retains__ = True
    __shape__: Any = ArrayLike.shape

    def __init__(self, data: Array | None, name: str | None = None) -> None:
        if data.__class__ is not np.ndarray and data is not None:
            raise errors.not_an_array(data)
        self.data: Array = data  # type: ignore[assignment]
        self.source: Any = None
        self.__grad__: Any = None
        self.__label__ = name

    @property
    def creator(self) -> Function | None:
        """The Function that made this variable; None for a leaf."""
        return self.source.__inputs__[0] if isinstance(self.source, Output) else self.source  # type: ignore[no-any-return]

    @property
    def generation(self) -> int:
        """0 for a leaf, otherwise the creator's generation + 1."""
        return place_of(self).__generation__ + 1  # type: ignore[no-any-return]

    @property
    def name(self) -> str | None:
        """The label."""
        return place_of(self).__label__  # type: ignore[no-any-return]

    @name.setter
    def name(self, name: str | None) -> None:
        place_of(self).__label__ = name

    @property
    def grad(self) -> Array | None:
        """The sum of the gradients that passes have left here: an array of the shape and dtype of data.

        Passes leave them in leaves, and elsewhere where `retain_grad` asked for it; None before. After
        ``backward(create_graph=True)`` it is a Variable.
        """
        return self.__grad__ if self.__grad__ is not None else place_of(self).__grad__  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, gradient: Array | None) -> None:
        self.cleargrad()
        self.__grad__ = gradient

    def cleargrad(self) -> None:
        """Forget the gradient."""
        self.__grad__ = place_of(self).__grad__ = None

    def retain_grad(self) -> None:
        """Let passes from now on leave a gradient here, though this is no leaf."""
        if self.source is not None:
            self.source.__retains__ = True

    def detach(self) -> Variable:
        """A leaf that shares this variable's data and name but not its graph."""
        return Variable(self.data, self.name)

    def backward(self, *, retain_grad: bool = False, create_graph: bool = False) -> None:
        """Add to the grad of each leaf its gradient: the derivative of the sum of this variable.

        Each call adds the gradients of one fresh pass, which starts from ones; or, if this is no leaf,
        from the grad that was set here by hand, if one was. When the pass is through, all grads change at
        once; an exception on the way leaves every one as it was. Threads may go back to shared leaves.

        Args:
            retain_grad: leave gradients in all variables on the way as well.
            create_graph: compute with variables, so that the gradients can be differentiated again. A
                leaf's grad then refers to the leaf, a cycle that `cleargrad` ends and `gradients`, which
                touches no grad, does not make.

        Raises:
            TypeError: a gradient is asked of data that is None or not of a floating dtype, a grad
                is no floating array, or a function's `backward` returns something else.
            ValueError: a grad has a shape that is not the data's, or a function's `backward`
                returns the wrong number of gradients or a wrong shape.
        """
        active = frozenset() if create_graph else differentiating()
        found = backward_pass(
            self, seed_of(self), create_graph=create_graph, retain_grad=retain_grad, wanted=active
        )
        check_not_lost(active, found)
        with _adding:
            sums = [added(gradient, place) for place, gradient in found.items()]
            # All or none: this loop runs in C, where no Ctrl-C is heard.
            deque(map(setattr, found, repeat("__grad__"), sums), maxlen=0)

    def __pull__(self, gy: Any, create_graph: bool) -> tuple[()]:
        return ()

    def __repr__(self) -> str:
        data = np.asarray(self.data)
        if self.data is None or data.ndim == 0 and data.dtype == np.float64:
            text = str(self.data)
        else:
            text = repr(data)[len("array(") : -1].replace("\n      ", "\n         ")
        return f"Variable({text})" if self.name is None else f"Variable({text}, name={self.name!r})"

    def __reduce__(self) -> Any:
        """Copying and pickling: a leaf with its grad; a variable inside a graph raises TypeError."""
        if self.source is not None:
            raise errors.in_a_graph()
        return type(self), (self.data, self.name), (None, {"grad": self.grad})


def place_of(variable: Variable) -> Any:
    """The variable's place in the graph: what made it, or the leaf itself."""
    return variable if variable.source is None else variable.source


def seed_of(variable: Variable) -> Any:
    """What a pass from the variable starts with: the grad set by hand, if this is no leaf; or None."""
    return None if variable.source is None else variable.__grad__


# ------------------------------------------------------------------------------ the backward pass


def backward_pass(
    y: Variable,
    seed: Any = None,
    *,
    create_graph: bool = False,
    retain_grad: bool = False,
    wanted: Collection[Any] = (),
    watch: Callable[..., None] | None = None,
) -> dict[Any, Any]:
    """The gradients of ``sum(y * seed)``, seed being ones if there is none. No grad is touched.

    A function may run only when its gradient is complete: after all functions that use its output.
    Those have larger generations. So the largest generation comes first, and nothing runs twice.

    Args:
        create_graph: run the rules on variables instead of arrays, and record what they do.
        retain_grad: keep the gradients of all places; otherwise of leaves, of those where it was
            asked for, and of those in wanted.
        watch: called as ``watch(place, waiting, gy, gxs)`` after each turn.

    Returns:
        place -> its gradient. Arrays may be shared.
    """
    if create_graph and not is_recording():
        with recording(True):
            return backward_pass(y, seed, create_graph=True, retain_grad=retain_grad, wanted=wanted, watch=watch)
    seed = as_gradient(seed, y, create_graph)
    place = place_of(y)
    gradients = {place: seed if create_graph or seed.shape else seed[()]}
    waiting = [(-place.__generation__, 0, place)]
    turn = count(1)  # among equal generations, who came first is first
    found: dict[Any, Any] = {}
    while waiting:
        place = heappop(waiting)[2]
        gy = gradients.pop(place)
        if place.__retains__ or retain_grad or place in wanted:
            found[place] = gy
        gxs = place.__pull__(gy, create_graph)
        for x, gx in zip(place.__inputs__, gxs):
            if x is None or gx is None:  # a constant, or an input without gradient
                continue
            if gx.shape != x.__shape__:
                gx = summed_to(gx, x.__shape__, place)
            if x in gradients:
                gradients[x] = gradients[x] + gx  # not +=: the array may be shared
            else:
                gradients[x] = gx
                heappush(waiting, (-x.__generation__, next(turn), x))
        if watch is not None:
            watch(place, waiting, gy, gxs)
    return found


def check_not_lost(active: Collection[Any], found: dict[Any, Any]) -> None:
    """Raise if gradients that were found as arrays depend on what an enclosing `grad` differentiates by."""
    if any(place in found for place in active):
        raise errors.derivative_lost()


def as_gradient(gradient: Any, variable: Variable, create_graph: bool = False) -> Any:
    """The gradient, ones for None, as an array (or variable) of the variable's dtype; or it raises."""
    errors.check_differentiable(variable)
    if gradient is None:
        gradient = np.ones(variable.shape, variable.dtype)
    else:
        errors.check_gradient(gradient, variable)
    if create_graph and isinstance(gradient, Variable):
        return gradient
    array = np.asarray(data_of(gradient), variable.dtype)
    return Variable(array) if create_graph else array


def added(gradient: Any, place: Any) -> Any:
    """The grad at a place plus gradient: an array, or a Variable, that no one else refers to."""
    if isinstance(place, Variable):
        errors.check_differentiable(place)
        if place.__grad__ is not None:
            errors.check_gradient(place.__grad__, place)
    dtype = place.dtype if isinstance(place, Variable) else gradient.dtype
    if place.__grad__ is not None:
        gradient = place.__grad__ + gradient
    array = np.array(data_of(gradient), dtype)
    if not isinstance(gradient, Variable):
        return array
    mine = Variable(array)
    mine.source = place_of(gradient)
    return mine


# ------------------------------------------------------------------------------------- functions


class Shown:
    """An attribute that the engine shows on a Function, unless the function's author writes his own."""

    def __init__(self, of: Callable[[Any], Any]) -> None:
        self.of = of

    def __get__(self, f: Any, kind: Any = None) -> Any:
        return self if f is None else self.of(f)


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
    it should use operators, NumPy ufuncs and this package's functions, on ``self.xs`` and ``self.y``.
    Any other array that forward computed and kept is a constant to the second derivative.

    Attributes, which are the author's to write over (what the engine needs it keeps elsewhere):
        xs, y: what forward was given and returned, if the next two say so.
        inputs: the input variables; of a dropped one, a new one at its place.
        generation: the largest generation among the inputs.
        parents: of each input its place in the graph; None for a constant.

    Class attributes:
        keeps_xs, keeps_y: what the rule needs; anything else is not kept alive.
        takes_scalars: an array without axes comes as a NumPy number, whose arithmetic is faster.
        broadcasts: inputs may stretch to the shape of the output; the pass sums their gradients back.

    Raises:
        TypeError: an input is no variable, array or number, or has no data.
        RuntimeError: the instance was called before.
    """

    __slots__ = (
        "__inputs__", "__generation__", "__shape__", "__xs__", "__y__", "__grad__", "__label__", "__retains__",
    )  # fmt: skip
    keeps_xs = True
    keeps_y = False
    takes_scalars = False
    broadcasts = False

    xs = Shown(lambda f: f.__xs__)
    y = Shown(lambda f: f.__y__)
    inputs = Shown(lambda f: inputs_of(f))
    generation = Shown(lambda f: f.__generation__)
    parents = Shown(lambda f: f.__inputs__)

    def forward(self, *xs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.forward is not defined")

    def backward(self, *gys: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.backward is not defined")

    def __call__(self, *inputs: Operand) -> Any:
        if hasattr(self, "__inputs__"):
            raise errors.called_before(self)
        if type(self).__hash__ is not object.__hash__:
            raise errors.compared_by_value(self)
        return Function.apply(self, *inputs)

    def apply(self, *inputs: Any) -> Variable:
        """Call a fresh instance: `__call__` without its checks, for functions of one output."""
        scalars = self.takes_scalars
        xs, places, generation = [], [], 0
        for x in inputs:
            if isinstance(x, Variable):
                data, place = x.data, x.source
                if data.__class__ is not np.ndarray:
                    data = errors.array_in(x, self)
                if place is None:
                    place = x
                elif place.__generation__ >= generation:
                    generation = place.__generation__ + 1
                xs.append(data if data.shape or not scalars else data[()])
                places.append(place)
            else:
                x = constant(x)
                xs.append(x if scalars else np.asarray(x))
                places.append(None)
        result: Variable = self.__record__(tuple(places), tuple(xs), generation, self.forward(*xs))
        return result

    def __record__(self, places: tuple[Any, ...], xs: tuple[Any, ...], generation: int, y: Any) -> Any:
        """The output of a call as a variable, and the call in the graph."""
        recorded = is_recording()
        self.__inputs__ = places if recorded else ()
        if recorded:
            self.__generation__ = generation
            self.__grad__ = self.__label__ = None
            self.__retains__ = False
            if self.keeps_xs:
                self.__xs__ = xs
            if self.keeps_y:
                self.__y__ = y
        if y.__class__ is tuple:
            return self.__several__(y, recorded)
        result = _new(Variable)  # without the checks of its constructor
        result.data = y = np.asarray(y) if y.__class__ in errors.ARRAYS else errors.returned(y, self, "forward")
        result.source = result.__grad__ = result.__label__ = None
        if recorded:
            result.source = self
            self.__shape__ = y.shape
        return result

    def __several__(self, ys: tuple[Any, ...], recorded: bool) -> tuple[Variable, ...]:
        """The variables of a call that gave several arrays."""
        results = tuple(Variable(errors.returned(y, self, "forward")) for y in ys)
        if recorded:
            self.__shape__ = Shapes(result.shape for result in results)
            for i, result in enumerate(results):
                result.source = Output(self, i)
        return results

    def __pull__(self, gy: Any, create_graph: bool) -> tuple[Any, ...]:
        """The gradients of the inputs from that of the output: `backward`, and checks."""
        if self.takes_scalars and not create_graph:  # trusted: what it returns is not checked
            gxs = self.backward(gy)
            return gxs if gxs.__class__ is tuple else (gxs,)
        gys = gy.all() if gy.__class__ is Parts else (gy,)
        if create_graph:
            gxs = with_variables(self).backward(*(g if isinstance(g, Variable) else Variable(g) for g in gys))
        else:
            gxs = self.backward(*map(np.asarray, gys))
        gxs = gxs if isinstance(gxs, tuple) else (gxs,)
        if len(gxs) != len(self.__inputs__):
            raise errors.wrong_number(self, len(gxs), len(self.__inputs__))
        return tuple(checked(gx, self, create_graph) for gx in gxs)


_new = Variable.__new__


def checked(gx: Any, f: Function, create_graph: bool) -> Any:
    """What the rule of f returned for an input, if it is an array, a number, a variable or None."""
    if gx is None or create_graph and isinstance(gx, Variable):
        return gx
    array = errors.returned(gx, f, "backward")
    return Variable(array) if create_graph else array


def inputs_of(f: Function) -> tuple[Variable, ...]:
    """The input variables of f; of the arrays of those that are no leaves, those that are still there."""
    xs = f.__xs__ if f.keeps_xs else (None,) * len(f.__inputs__)
    return tuple(variable_at(place, x) for place, x in zip(f.__inputs__, xs))


def variable_at(place: Any, x: Any) -> Variable:
    """The leaf at a place in the graph, or a variable there with data x."""
    if isinstance(place, Variable):
        return place
    variable = Variable(None if x is None else np.asarray(x), "const" if place is None else None)
    variable.source = place
    return variable


def with_variables(f: Function) -> Function:
    """A copy of f that has variables, at their places in the graph, where f keeps arrays."""
    twin = copy.copy(f)
    if f.keeps_xs:
        twin.__xs__ = tuple(x if p is None else variable_at(p, x) for p, x in zip(f.__inputs__, f.__xs__))
    if f.keeps_y and f.__y__.__class__ is tuple:
        twin.__y__ = tuple(variable_at(Output(f, i), y) for i, y in enumerate(f.__y__))
    elif f.keeps_y:
        twin.__y__ = variable_at(f, f.__y__)
    return twin

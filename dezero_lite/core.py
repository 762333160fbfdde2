"""The heart of the engine: variables, the functions between them, and the pass that goes back.

A `Variable` holds an array. A `Function` computes arrays from arrays and, while it does so, notes
where its inputs came from: the graph is defined by running. `Variable.backward` goes from the
result to the leaves, largest generation first, and adds up gradients on the way.

    y  --source-->  Function  --inputs-->  Function  --inputs-->  x, a leaf

Every arrow is a reference. A function refers to the *places* that its inputs came from, each a leaf or
the function that made it, and never to its own output. So there are no cycles, and an array lives
only while someone holds its variable or the rule of some function needs it. What the engine notes at a
place has a name like ``__generation__``: all plain names are left to those who write functions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from heapq import heappop, heappush
from itertools import count
from operator import attrgetter
from typing import Any

from numpy import asarray, ndarray

from . import errors, grads, several
from .arraylike import Array, ArrayLike, Operand, constant
from .broadcasting import summed_to
from .scopes import differentiating, is_recording, recording
from .shown import Shown, author_keeps, inputs_of, read_only, with_variables


class Variable(ArrayLike["Variable"]):
    """An array and its place in the graph.

    Args:
        data: an ndarray, or None for a variable that gets its data later; anything else, NumPy's
            masked arrays and matrices too, raises TypeError. It is not copied, neither here nor by the
            functions that need it for their gradients: leave it as it is until `backward` is through.
        name: a label for pictures and messages.

    Attributes:
        source: None for a leaf, otherwise the place that it came from: a Function, or one Output of it.
    """

    __slots__ = ("data", "source", "__grad__", "__label__", "__weakref__")
    __inputs__, __generation__, __retains__ = (), -1, True  # as a leaf
    __shape__ = property(attrgetter("data.shape"))

    def __init__(self, data: Array | None, name: str | None = None) -> None:
        if data.__class__ is not ndarray and data is not None:
            raise errors.not_an_array(data)
        self.data: Array = data  # type: ignore[assignment]
        self.source: Any = None
        self.__grad__: Any = None
        self.__label__ = name

    @property
    def creator(self) -> Function | None:
        """The Function that made this variable; None for a leaf."""
        return several.function_at(self.source)  # type: ignore[no-any-return]

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
        """None, or the sum of the gradients that passes have left here, an array like `data`.

        They leave them in leaves, and where `retain_grad` asks for it. (With create_graph, a Variable.)
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
        return Variable(None if self.data is None else asarray(self.data), self.name)

    def backward(self, *, retain_grad: bool = False, create_graph: bool = False) -> None:
        """Add to the grad of each leaf its gradient: the derivative of the sum of this variable.

        Each call adds the gradients of one fresh pass, which starts from ones or, if this is no leaf,
        from the grad that was set here by hand. When the pass is through, all grads change at once;
        an exception on the way leaves every one as it was. Threads may go back to shared leaves.

        Args:
            retain_grad: leave gradients in all variables on the way as well.
            create_graph: compute with variables, so that the gradients can be differentiated again. A
                leaf's grad then refers to the leaf, a cycle that `cleargrad` ends; `gradients`, which
                touches no grad, makes none.

        Raises:
            TypeError, ValueError: a gradient makes no sense, by its type, dtype, number or shape.
            RuntimeError: without create_graph, inside of a function that `grad` is differentiating.
        """
        active = frozenset() if create_graph else differentiating()
        seed = grads.seed_of(self)
        found = backward_pass(self, seed, create_graph, retain_grad, active)
        errors.check_not_lost(active, found, seed)
        grads.add(found)

    def __pull__(self, gy: Any, create_graph: bool) -> tuple[()]:
        return ()

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Copying and pickling: a leaf with its grad; a variable inside a graph raises TypeError."""
        if self.source is not None:
            raise errors.in_a_graph()
        return super().__reduce_ex__(max(protocol, 2))


class Constant(Variable):
    """An array of the engine's own in a differentiable pass, by which nobody differentiates."""

    __slots__, __retains__ = (), False


def place_of(variable: Variable) -> Any:
    """The variable's place in the graph: what made it, or the leaf itself."""
    return variable if variable.source is None else variable.source


def variable_at(place: Any, data: Any) -> Variable:
    """The variable at a place: the leaf itself, or a new one with that data."""
    if isinstance(place, Variable):
        return place
    variable = Variable(None if data is None else asarray(data))
    variable.source = place
    return variable


def backward_pass(
    y: Variable, seed: Any = None, create_graph: bool = False, retain_grad: bool = False,
    wanted: Collection[Any] = (), watch: Callable[..., None] | None = None,
) -> dict[Any, Any]:  # fmt: skip
    """The gradients of ``sum(y * seed)``, seed being ones if it is None. No grad is touched.

    A function may run only when its gradient is complete: after all functions that use its output.
    Those have larger generations. So the largest generation comes first, and nothing runs twice.

    Args:
        create_graph: run the rules on variables instead of arrays, and record what they do.
        retain_grad: give the gradients of all places, not only of leaves, those that retain, and wanted.
        watch: called as ``watch(place, waiting, gy, gxs)`` after each turn.

    Returns:
        place -> gradient. Arrays may be shared.
    """
    if create_graph and not is_recording():
        with recording(True):
            return backward_pass(y, seed, create_graph, retain_grad, wanted, watch)
    seed = grads.start(seed, y, Constant if create_graph else None)  # first: it says if y is no variable
    place = place_of(y)
    gradients = {place: seed}
    waiting = [(-place.__generation__, 0, place)]
    turn = count(1)  # among equal generations, who came first is first
    found = {}
    while waiting:
        place = heappop(waiting)[2]
        gy = gradients.pop(place)
        if retain_grad or place.__retains__ or place in wanted:
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


class Function:
    """A computation on arrays with a rule for its gradients; one instance records one call.

    Subclasses define

    ``forward(*xs)``
        from ndarrays, one an input, the result: one array, or a tuple of several.
    ``backward(*gys)``
        from the gradients of the outputs those of the inputs: one array, or a tuple of as many as
        there are inputs, each of its input's shape (None for an input without gradient). It finds
        what forward was given in ``self.xs`` and what it returned in ``self.y``.

    Calling an instance on variables gives one Variable, or a tuple where forward returned a tuple.
    Arrays and numbers are constants, without gradient; anything else raises TypeError. With
    ``backward(create_graph=True)`` the rule is run on variables in place of arrays, so it should use
    operators, NumPy ufuncs and this package's functions. What forward computed and kept besides xs
    and y is a constant to the second derivative: let backward compute it from xs, and keep nothing itself.

    Attributes, shown to the rule unless its author writes his own:
        xs, y: what forward was given and returned, if the next two say so.
        inputs, parents: the input variables (of one that was no leaf, a new one) and their places.
        generation: the largest generation among the inputs.

    Class attributes:
        keeps_xs, keeps_y: what the rule needs; anything else is not kept alive.
        broadcasts: inputs may stretch to the shape of the output; the pass sums their gradients back.
    """

    __slots__ = ("__inputs__", "__generation__", "__shape__", "__xs__", "__y__", *several.NOTES)
    keeps_xs = True
    keeps_y = broadcasts = False
    xs, y = Shown(attrgetter("__xs__")), Shown(attrgetter("__y__"))
    parents, generation = Shown(attrgetter("__inputs__")), Shown(attrgetter("__generation__"))
    inputs = Shown(lambda f: inputs_of(f, variable_at))

    def forward(self, *xs: Any, **_: Any) -> Any:  # (with **_, type checkers let a subclass take what it likes)
        raise NotImplementedError(f"{type(self).__name__}.forward is not defined")

    def backward(self, *gys: Any, **_: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.backward is not defined")

    def __call__(self, *inputs: Operand) -> Any:
        errors.check_fresh(self)
        return Function.apply(self, *inputs)

    def apply(self, *inputs: Any) -> Variable:
        """Call a fresh instance: `__call__` without its checks."""
        xs, places, generation = [], [], 0
        for x in inputs:
            if isinstance(x, Variable):
                place = place_of(x)
                generation = max(generation, place.__generation__ + 1)
                xs.append(x.data if x.data.__class__ is ndarray else errors.array_in(x, self))
            else:
                place = None
                xs.append(asarray(constant(x)))
            places.append(place)
        return self.__record__(tuple(places), tuple(xs), generation, self.forward(*xs))  # type: ignore[no-any-return]

    def __record__(self, places: tuple[Any, ...], xs: tuple[Any, ...], generation: int, y: Any) -> Any:
        """The result of a call as a variable, and the call in the graph, if one is recorded."""
        results = tuple(map(Variable, errors.arrays(y, self)))
        self.__inputs__ = places if is_recording() else ()
        if is_recording():
            self.__generation__ = generation
            self.__retains__ = self.__grad__ = self.__label__ = None
            if self.keeps_xs or author_keeps(self, xs):
                self.__xs__ = xs
            if self.keeps_y or author_keeps(self, y):
                self.__y__ = y
            several.link(results, self, isinstance(y, tuple))
        return results if isinstance(y, tuple) else results[0]

    def __pull__(self, gy: Any, create_graph: bool) -> tuple[Any, ...]:
        """The gradients of the inputs from that of the output: `backward`, and checks."""
        gys = gy.all() if isinstance(gy, several.Parts) else (gy,)
        if create_graph:
            gys = tuple(gy if isinstance(gy, Variable) else Constant(gy) for gy in gys)
            gxs = with_variables(self, variable_at).backward(*gys)
        else:
            gxs = self.backward(*map(read_only, gys))
        gxs = errors.checked(gxs, self, create_graph)
        return tuple(Constant(gx) if create_graph and isinstance(gx, ndarray) else gx for gx in gxs)

"""The graph behind a variable, and its backward pass, as plain data.

`graph` reads what the engine recorded. Of other define-by-run engines it shows the graphs as well: it
goes by attribute names there (``creator`` of a variable, ``inputs`` and ``outputs`` of a function, or
``input`` and ``output``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from weakref import ref

import numpy as np

from . import drawing
from .core import Function, Variable, backward_pass, place_of, variable_at
from .errors import check_differentiable
from .grads import seed_of
from .nodes import FunctionNode, Nodes, VariableNode
from .several import Parts, function_at
from .shown import inputs_of


@dataclass(frozen=True)
class Graph(Nodes):
    """Variables and functions, both in an order of computation; shown as a picture in notebooks.

    Generations are written into it if they are counted, that is, if the engine records them too.
    """

    def to_dot(self) -> str:
        """The graph in Graphviz' language."""
        return drawing.dot(self)

    def _repr_svg_(self) -> str:
        return drawing.svg(self)


def graph(
    *outputs: Any,
    calls: Iterable[tuple[Any, Iterable[Any], Iterable[Any]]] | None = None,
    names: Mapping[str, Any] | None = None,
    values: bool = False,
    grads: bool = False,
    local: Mapping[str, str | tuple[str, ...]] | None = None,
) -> Graph:
    """The graph that the outputs were computed by.

    Args:
        outputs: variables whose history is wanted.
        calls: (function, inputs, outputs) of each call, for engines that record less.
        names: label -> variable or function. Others are labelled by their ``name`` or class.
        values: write data into the picture.
        grads: write gradients into the picture.
        local: label or class name of a function -> label for its input edges, one for all or one each.
    """
    _check_arguments(outputs, calls, names, local)
    found = [(f, tuple(xs), tuple(ys)) for f, xs, ys in (calls_behind(outputs) if calls is None else calls)]
    named = {key_of(thing): (label, thing) for label, thing in (names or {}).items()}
    gradients = gradients_of(outputs) if grads else {}
    place: dict[Any, int] = {}
    variables: list[VariableNode] = []
    functions: list[FunctionNode] = []
    counted = all(hasattr(v, "generation") for _, *ends in found for v in chain(*ends))

    def add(variable: Any, generation: int) -> int:
        key = key_of(variable)
        if key not in place:
            place[key] = len(variables)
            label, variable = named.get(key, (getattr(variable, "name", None) or "", variable))
            grad = gradients.get(key) if isinstance(variable, Variable) else getattr(variable, "grad", None)
            variables.append(VariableNode(label, generation, variable.data, grad))
        return place[key]

    for f, inputs, results in found:
        ins = tuple(add(x, 0) for x in inputs)
        generation = max((variables[i].generation for i in ins), default=0)
        outs = tuple(add(y, generation + 1) for y in results)
        kind = type(f).__name__
        label = named.get(key_of(f), (kind,))[0]
        wanted = local.get(label, local.get(kind, "")) if local else ""
        each = (wanted,) * len(ins) if isinstance(wanted, str) else wanted
        functions.append(FunctionNode(label, generation, ins, outs, each))
    for y in outputs:
        add(y, 0)
    return Graph(tuple(variables), tuple(functions), values, grads, counted)


def _check_arguments(outputs: Any, calls: Any, names: Any, local: Any) -> None:
    if not outputs and calls is None:
        raise TypeError("graph: give the variables whose graph is wanted, graph(y)")
    for y in outputs:
        check_drawable(y, "graph: an output", () if calls is not None else ("creator",))
    for name, given in (("names", names), ("local", local)):
        if given is not None and not isinstance(given, Mapping):
            raise TypeError(f"graph: {name} is a {type(given).__name__}: give a dict whose keys are labels or names")
        if given is not None and not all(isinstance(label, str) for label in given):
            raise TypeError(f"graph: {name} has a key that is no str: " + "names is label -> variable" * (name == "names"))


def check_drawable(y: Any, what: str, needed: tuple[str, ...] = ("creator",)) -> None:
    """Raise TypeError if y is no variable, of this engine or another."""
    if isinstance(y, np.ndarray) or not all(hasattr(y, name) for name in ("data", *needed)):
        raise TypeError(f"{what} is a {type(y).__name__}, not a variable: give the result itself, such as y")


def gradients_of(outputs: Iterable[Any]) -> dict[Any, Any]:
    """The gradients that a pass from the outputs finds everywhere, by the keys of their variables."""
    found: dict[Any, Any] = {}
    for y in outputs:
        if isinstance(y, Variable) and y.dtype.kind == "f":
            for place, gradient in backward_pass(y, seed_of(y), retain_grad=True).items():
                key = id(place) if isinstance(place, Variable) else place
                found[key] = found[key] + gradient if key in found else gradient
    return found


def key_of(thing: Any) -> Any:
    """What identifies a variable: its place in the graph, as several objects may stand for it."""
    source = getattr(thing, "source", None) if isinstance(thing, Variable) else None
    return id(thing) if source is None else source


def inputs_and_outputs(f: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What f knows of them. A function of this engine knows its inputs alone, with the arrays that it kept."""
    if isinstance(f, Function):
        return inputs_of(f, variable_at), ()
    return several(f, "input"), several(f, "output")


def several(thing: Any, name: str) -> tuple[Any, ...]:
    """thing.inputs, or (thing.input,); weak references followed, dead ones left out."""
    found = getattr(thing, name + "s", None)
    if found is None:
        found = (getattr(thing, name),)
    found = (x() if isinstance(x, ref) else x for x in found)
    return tuple(x for x in found if x is not None)


def calls_behind(outputs: Iterable[Any]) -> Iterator[tuple[Any, tuple[Any, ...], tuple[Any, ...]]]:
    """The calls that made the outputs, each after the calls that made its inputs."""
    done: set[int] = set()
    taken: dict[int, tuple[Any, ...]] = {}
    made: dict[int, dict[Any, Any]] = {}  # outputs are known by their consumers, or only by them
    order = []
    stack = [(y.creator, False) for y in reversed(outputs) if y.creator is not None]  # type: ignore[call-overload]
    for y in outputs:
        if y.creator is not None:
            made.setdefault(id(y.creator), {})[key_of(y)] = y
    while stack:
        f, inputs_done = stack.pop()
        if inputs_done:
            order.append(f)
        elif id(f) not in done:
            done.add(id(f))
            stack.append((f, True))
            taken[id(f)], known = inputs_and_outputs(f)
            made.setdefault(id(f), {}).update((key_of(y), y) for y in known)
            for x in reversed(taken[id(f)]):
                if x.creator is not None:
                    made.setdefault(id(x.creator), {})[key_of(x)] = x
                    stack.append((x.creator, False))
    for f in order:
        yield f, taken[id(f)], tuple(made[id(f)].values())


@dataclass(frozen=True)
class Turn:
    """One turn of the backward pass."""

    function: Function
    gys: tuple[np.ndarray, ...]
    gxs: tuple[np.ndarray | None, ...]
    ready: tuple[Function, ...]


def trace(y: Variable) -> list[Turn]:
    """Run the backward pass from y, without touching any grad, and return its turns.

    Each turn has the function that ran, the gradients it was given (gys) and gave (gxs), and the
    functions that were ready when it was taken, itself first, the next one second. It is for graphs that one
    looks at: where n functions wait at each of n turns, it takes n^2.

    Raises:
        TypeError, ValueError: what `Variable.backward` would raise.
    """
    turns: list[Turn] = []
    check_differentiable(y)
    ready = functions([place_of(y)])

    def arrays(gradients: Any) -> Any:
        return tuple(None if g is None else np.array(g) for g in gradients)

    def watch(place: Any, waiting: list[Any], gy: Any, gxs: Any) -> None:
        nonlocal ready
        if isinstance(place, Function):
            gys = gy.all() if isinstance(gy, Parts) else (gy,)
            turns.append(Turn(place, arrays(gys), arrays(gxs), ready))
        ready = functions([entry[2] for entry in sorted(waiting)])

    backward_pass(y, seed_of(y), watch=watch)
    return turns


def functions(places: Iterable[Any]) -> tuple[Function, ...]:
    """The functions among the places of a graph, an output standing for its function."""
    return tuple(dict.fromkeys(f for f in map(function_at, places) if isinstance(f, Function)))

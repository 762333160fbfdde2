"""The graph behind a variable, as plain data.

`graph` reads what an engine recorded, this one or another, by attribute names: ``creator`` of a variable; of
a function ``parents``, the places that its inputs came from, or ``inputs`` and ``outputs`` (``input`` and
``output``), as the steps of the course have them one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from types import SimpleNamespace
from typing import Any
from weakref import ref

import numpy as np

from . import drawing
from ..authors import Part
from ..core import Variable, backward_pass
from .nodes import IN_FULL, FunctionNode, Nodes, VariableNode


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
    labels = {key_of(thing): label for label, thing in (names or {}).items()}
    known = [thing for thing in (names or {}).values() if hasattr(thing, "data")]
    found = list(calls_behind(outputs, known)) if calls is None else [(f, tuple(xs), tuple(ys)) for f, xs, ys in calls]
    gradients = gradients_of(outputs) if grads else {}
    place: dict[Any, int] = {}
    variables: list[VariableNode] = []
    functions: list[FunctionNode] = []
    counted = all(hasattr(v, "generation") for _, *ends in found for v in chain(*ends))

    def add(variable: Any, generation: int) -> int:
        key = key_of(variable)
        if key not in place:
            place[key] = len(variables)
            label = labels.get(key) or getattr(variable, "name", None) or ""
            variables.append(VariableNode(label, generation, variable.data, gradients.get(key, getattr(variable, "grad", None))))
        return place[key]

    for f, inputs, results in found:
        ins = tuple(add(x, 0) for x in inputs)
        generation = max((variables[i].generation for i in ins), default=0)
        outs = tuple(add(y, generation + 1 + isinstance(getattr(y, "creator", None), Part)) for y in results)
        kind = IN_FULL.get(type(f).__name__, type(f).__name__)
        label = labels.get(id(f), kind)
        wanted = local.get(label, local.get(kind, "")) if local else ""
        each = (wanted,) * len(ins) if isinstance(wanted, str) else wanted
        functions.append(FunctionNode(label, generation, ins, outs, each))
    for y in outputs:
        add(y, 0)
    ahead = any(is_place(f) for f, *_ in found)
    return Graph(tuple(variables), tuple(functions), values, grads, counted, ahead)


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
    """The gradients that a pass from the outputs finds everywhere, by the keys of their variables.

    Only for variables of this engine: of another it shows those that passes have left.
    """
    found: dict[Any, Any] = {}
    for y in outputs:
        if isinstance(y, Variable) and y.data.dtype.kind == "f":
            everywhere = {place_of(v) for _, *ends in calls_behind([y]) for v in chain(*ends)} | {place_of(y)}
            for place, gradient in backward_pass(y, wanted=everywhere).items():
                key = key_of(variable_at(place, None))
                found[key] = found[key] + gradient if key in found else gradient
    return found


def is_place(thing: Any) -> bool:
    """Whether a function stands for its output, as it does where it knows its parents and no outputs."""
    return not hasattr(thing, "outputs") and not hasattr(thing, "output")


def place_of(variable: Any) -> Any:
    """Where the variable stands in the graph: at its function, if that stands for it."""
    f = getattr(variable, "creator", None)
    return variable if f is None or not is_place(f) else f


def key_of(thing: Any) -> Any:
    """What identifies a variable, as several objects may stand for one place; or a function."""
    place = place_of(thing)
    return id(thing) if place is thing else ("output", id(place))


def variable_at(place: Any, data: Any) -> Any:
    """The leaf itself, or what is known of the variable that the function at that place made."""
    if hasattr(place, "data"):
        return place
    data = getattr(place, "y", None) if data is None else data
    return SimpleNamespace(data=data, creator=place, grad=getattr(place, "gradient", None), generation=place.generation)


def inputs_of(f: Any) -> tuple[Any, ...]:
    """The input variables of f; of places what f knows, with the arrays that it kept. Constants are left out."""
    if not hasattr(f, "parents"):
        return several(f, "input")
    xs = getattr(f, "xs", (None,) * len(f.parents))
    return tuple(variable_at(place, x) for place, x in zip(f.parents, xs) if place is not None)


def outputs_of(f: Any) -> tuple[Any, ...]:
    return (variable_at(f, None),) if is_place(f) else several(f, "output")


def several(thing: Any, name: str) -> tuple[Any, ...]:
    """thing.inputs, or (thing.input,); weak references followed, dead ones left out."""
    found = getattr(thing, name + "s", None)
    if found is None:
        found = (getattr(thing, name),)
    found = (x() if isinstance(x, ref) else x for x in found)
    return tuple(x for x in found if x is not None)


def calls_behind(outputs: Iterable[Any], known: Iterable[Any] = ()) -> Iterator[tuple[Any, tuple[Any, ...], tuple[Any, ...]]]:
    """The calls that made the outputs, each after the calls that made its inputs.

    Of each place a variable is taken that has its data: one of those given, or what a function has kept.
    """
    outputs = tuple(outputs)
    order = _order(outputs)
    inputs = {id(f): inputs_of(f) for f in order}
    made: dict[int, dict[Any, Any]] = {id(f): {} for f in order}  # outputs are known by their consumers, or only by them
    seen: dict[Any, Any] = {}
    for v in chain(outputs, *inputs.values(), *map(outputs_of, order), known):
        if v.creator is not None and id(v.creator) in made:
            made[id(v.creator)][key_of(v)] = v
        if seen.setdefault(key_of(v), v).data is None:
            seen[key_of(v)] = v
    parts = sorted([f for f in order if isinstance(f, Part)], key=lambda part: part.i)
    for part in parts:  # a function with several outputs has these, and not the tuple that it gave
        made[id(part.parents[0])] = {}
    for part in parts:
        made[id(part.parents[0])] |= made[id(part)]
    for f in order:
        if not isinstance(f, Part):
            yield f, tuple(seen[key_of(x)] for x in inputs[id(f)]), tuple(seen[key] for key in made[id(f)])


def _order(outputs: Iterable[Any]) -> list[Any]:
    """The functions behind the outputs, each after those behind its inputs; without recursion."""
    order, done = [], set()
    stack = [(y.creator, False) for y in reversed(list(outputs)) if y.creator is not None]
    while stack:
        f, inputs_done = stack.pop()
        if inputs_done:
            order.append(f)
        elif id(f) not in done:
            done.add(id(f))
            stack.append((f, True))
            stack += [(x.creator, False) for x in reversed(inputs_of(f)) if x.creator is not None]
    return order

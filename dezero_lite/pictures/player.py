"""A backward pass, recorded while it runs and played in the page.

`play` watches a program line by line, through Python's own tracing hook, the one that debuggers use, and
shows what really happened. It goes by the names of the course: the work list is ``funcs`` and the function that
runs ``f``, or the table is ``gradients`` and the place that it serves ``place``, as in the engine's own pass.

In a page with the site's script a `Playback` is a player; anywhere else, a picture, the program and
a table of the turns.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from itertools import zip_longest
from types import FrameType
from typing import Any

import numpy as np

from ..core import backward_pass
from .drawing import short
from .graph import Graph, calls_behind, check_drawable, graph, key_of, variable_at


HELD = re.compile(r"^\S+$|\+ ")  # of what stands at a variable, what the table has is alone or last: "8", "sent 8 + 8"


@dataclass(frozen=True)
class Moment:
    """What one line of the program changed.

    Attributes:
        line: the number of the line in `Playback.code`, from 0; None before the first, or without code.
        turn: how many functions have been taken from the work list, or places from the table.
        running: the function that runs, as a position in the graph; None before the first one.
        waiting: the work list, the next function last.
        grads: the gradients of the graph's variables, as text; "" for those without one. With a table: what it
            has for them, what has been sent on ("sent 8"), what the pass has found ("found 8").
        text: what happened, in words.
    """

    line: int | None
    turn: int
    running: int | None
    waiting: tuple[int, ...]
    grads: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Playback:
    """A recorded backward pass: the graph, the program (none for the engine's own), a moment for each change."""

    graph: Graph
    code: tuple[str, ...]
    moments: tuple[Moment, ...]
    tabled: bool = False

    def turns(self) -> list[list[Moment]]:
        """The moments of each turn, what comes before the first turn first."""
        found: list[list[Moment]] = [[] for _ in range(self.moments[-1].turn + 1)]
        for moment in self.moments:
            found[moment.turn].append(moment)
        return found

    def table(self) -> str:
        """The turns as an HTML table."""
        names, rows = self.graph.function_names(), []
        for number, (before, turn) in enumerate(zip(self.turns(), self.turns()[1:]), 1):
            running = "" if turn[0].running is None else names[turn[0].running]
            text = " ".join(moment.text for moment in turn[1:])
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in (", ".join(self.waits(before[-1])), running, text))
            rows.append(f'<tr><th scope="row">{number}</th>{cells}</tr>')
        head = ("turn", "table" if self.tabled else "work list", "runs", "gradients")
        heads = "".join(f'<th scope="col">{h}</th>' for h in head)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def waits(self, moment: Moment) -> list[str]:
        """What waits at a moment: the functions of the work list, or what the table has."""
        if not self.tabled:
            return [self.graph.function_names()[f] for f in moment.waiting]
        return [f"{name}: {text.split(' + ')[-1]}" for name, text in zip(self.graph.names(), moment.grads) if HELD.search(text)]

    def to_json(self) -> str:
        """What the player needs to know, as JSON; of the gradients, what each moment changed."""
        before = ("",) * len(self.graph.variables)
        moments = []
        for m in self.moments:
            changed = {i: g for i, (g, old) in enumerate(zip(m.grads, before)) if g != old}
            moments.append([m.line, m.turn, m.running, m.waiting, changed, m.text])
            before = m.grads
        edges = [len(f.inputs) + len(f.outputs) for f in self.graph.functions]
        content = {"names": self.graph.function_names(), "edges": edges, "moments": moments}
        if self.tabled:
            content["table"] = self.graph.names()
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")

    def _repr_html_(self) -> str:
        lines = "\n".join(f"<span>{escape(line)}</span>" for line in self.code)
        program = (
            f'<details class="code" open><summary>The program</summary><div class="highlight">'
            f"<pre><code>{lines}</code></pre></div></details>"
        )
        return (
            f'<dzl-player><div class="picture" tabindex="0">{self.graph._repr_svg_()}</div>'
            f'{program * bool(self.code)}<details class="turns" open><summary>All turns as a table</summary>{self.table()}'
            f'</details><script type="application/json">{self.to_json()}</script></dzl-player>'
        )


@dataclass(frozen=True)
class SideBySide:
    """Two recordings of the same graph on one clock, with what to say where they part."""

    left: Playback
    right: Playback
    titles: tuple[str, str]
    text: str

    @property
    def parting(self) -> int:
        """The first turn in which they run functions of different generations."""
        orders = ([self.generation(t[0]) for t in p.turns()] for p in (self.left, self.right))
        pairs = zip_longest(*orders)
        return next((n for n, (left, right) in enumerate(pairs) if left != right), 0)

    def generation(self, moment: Moment) -> int | None:
        f = moment.running
        return None if f is None else self.left.graph.functions[f].generation

    def _repr_html_(self) -> str:
        players = "".join(
            f'<div><p class="side">{escape(title)}</p>{player._repr_html_()}</div>'
            for title, player in zip(self.titles, (self.left, self.right))
        )
        return (
            f'<dzl-pair data-parting="{self.parting}"><p class="parting"><strong>They part at turn '
            f"{self.parting}.</strong> {escape(self.text)}</p>{players}</dzl-pair>"
        )


def play(
    y: Any, backward: Callable[[Any], Any] | None = None, names: Mapping[str, Any] | None = None
) -> Playback:
    """Run the backward pass from y and record it.

    Args:
        y: the result to go backward from. If it is a `Variable` of this package, no grad is touched.
        backward: a program that goes backward from y, to be watched; by default y's own.
        names: label -> variable or function, as for `graph`.

    Raises:
        ValueError: the program never ran, or changed nothing that could be shown.
    """
    check_drawable(y, "play: y")
    if backward is not None and not inspect.isfunction(backward):
        raise TypeError(f"play: backward is a {type(backward).__name__}, not a function of y written in Python")
    drawn = graph(y, names=names, values=True)
    bare = tuple(replace(v, grad=None) for v in drawn.variables)  # the player writes gradients
    run = pass_of(y) if backward is None else backward
    code: tuple[str, ...] = ()
    if run is not backward_pass:  # this engine's own is played without its program
        source, _ = inspect.getsourcelines(run)
        indent = min(len(line) - len(line.lstrip()) for line in source if line.strip())
        code = tuple(line[indent:].rstrip() for line in source)
    tabled = "gradients" in run.__code__.co_varnames
    recorder = (_TableRecorder if tabled else _Recorder)(y, replace(drawn, variables=bare, grads=True), run)
    tracer = sys.gettrace()
    sys.settrace(recorder.enter)
    try:
        run(y)
    finally:
        sys.settrace(tracer)
    if not recorder.moments:
        raise ValueError(f"nothing to play: {run.__qualname__} changed no gradient and no work list")
    moments = recorder.moments if code else [replace(moment, line=None) for moment in recorder.moments]
    return Playback(recorder.graph, code, tuple(moments), tabled)


def pass_of(y: Any) -> Callable[[Any], Any]:
    """What goes backward from y in its engine: the function backward_pass if there is one, which touches no grad."""
    method = type(y).backward
    found: Callable[[Any], Any] = method.__globals__.get("backward_pass", method)
    return found


class _Recorder:
    """Compares the state after each line of a program with the one before."""

    def __init__(self, y: Any, graph: Graph, run: Callable[[Any], Any]) -> None:
        self.graph = graph
        self.code = run.__code__
        self.functions: dict[int, int] = {}  # id -> position in the graph
        variables: dict[Any, Any] = {}
        for f, inputs, outputs in calls_behind((y,)):  # in the order of the graph's positions
            self.functions[id(f)] = len(self.functions)
            for v in (*inputs, *outputs):
                variables.setdefault(key_of(v), v)
        variables.setdefault(key_of(y), y)
        self.variables = list(variables.values())
        self.number = {key: i for i, key in enumerate(variables)}
        self.grads: list[Any] = [None] * len(variables)
        self.waiting: tuple[int, ...] = ()
        self.line: int | None = None
        self.turn = 0
        self.running: int | None = None
        self.old_gxs: Any = None  # of the function before; then that of the one that runs
        self.moments: list[Moment] = []

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        return self.step if frame.f_code is self.code else None

    def step(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Called before each line of the program, and when it returns."""
        texts = list(self.changes(frame.f_locals))
        if texts:
            moment = Moment(self.line, self.turn, self.running, self.waiting, self.texts(), " ".join(texts))
            self.moments.append(moment)
        self.line = frame.f_lineno - self.code.co_firstlineno
        return self.step

    def texts(self) -> tuple[str, ...]:
        """What stands at each variable."""
        return tuple(map(short, self.grads))

    def changes(self, found: Mapping[str, Any]) -> Iterator[str]:
        """What the program's variables say that has changed, in words."""
        names = self.graph.function_names()
        before, self.waiting = self.waiting, self.work_list(found.get("funcs", []))
        if len(self.waiting) < len(before):
            self.turn += 1
            self.running = running = self.functions[id(found["f"])]
            self.old_gxs = found.get("gxs")
            yield f"Turn {self.turn}: {names[running]} is taken from the work list."
        elif len(self.waiting) > len(before):
            joining = Counter(self.waiting) - Counter(before)
            yield f"{' and '.join(names[f] for f in joining)} join{'s' * (len(joining) == 1)} the work list."
        yield from self.sent(found)
        for i, (v, old) in enumerate(zip(self.variables, self.grads)):
            if v.grad is not old:
                self.grads[i] = v.grad
                yield sum_of(f"{self.graph.names()[i]}.grad", old, found.get("gx"), v.grad)

    def work_list(self, entries: list[Any]) -> tuple[int, ...]:
        """The functions in it, the next one last."""
        if entries and isinstance(entries[0], tuple):  # a heap: the smallest is next
            entries = [entry[-1] for entry in sorted(entries, reverse=True)]
        return tuple(self.functions[id(f)] for f in entries if id(f) in self.functions)

    def sent(self, found: Mapping[str, Any]) -> Iterator[str]:
        """What the function that runs gives its inputs."""
        gxs = found.get("gxs")
        if self.running is not None and gxs is not None and gxs is not self.old_gxs:
            if not (isinstance(gxs, tuple) and gxs[0] is self.old_gxs):  # put into a tuple: no news
                given = gxs if isinstance(gxs, tuple) else (gxs,)
                yield f"Its backward gives {' and '.join(short(gx) for gx in given if gx is not None)}."
            self.old_gxs = gxs


class _TableRecorder(_Recorder):
    """Of a program that keeps its gradients in a table, a place each, and takes them out in turn."""

    def __init__(self, y: Any, graph: Graph, run: Callable[[Any], Any]) -> None:
        super().__init__(y, graph, run)
        self.taken: dict[int, Any] = {}  # the sum of what was taken out
        self.found: set[int] = set()
        self.several: set[Any] = set()  # functions with several outputs, of which the table has gradients

    def texts(self) -> tuple[str, ...]:
        parts: list[list[str]] = [[] for _ in self.grads]
        for i, total in self.taken.items():
            parts[i].append(f"{'found' if i in self.found else 'sent'} {short(total)}")
        for i, gradient in enumerate(self.grads):
            if gradient is not None:
                parts[i].append(short(gradient))
        return tuple(map(" + ".join, parts))

    def changes(self, found: Mapping[str, Any]) -> Iterator[str]:
        names = self.graph.names()
        table = {self.at(place): gradient for place, gradient in found.get("gradients", {}).items()}
        self.waiting = self.work_list(found.get("waiting", []))
        several = {place for place in found.get("gradients", {}) if self.at(place) is None}
        for f in self.several - several:
            self.turn += 1
            self.running = number = self.functions[id(f)]
            yield f"Turn {self.turn}: {self.graph.function_names()[number]} runs, with the gradients of its outputs."
        self.several = several
        yield from self.sent(found)
        for i, old in enumerate(self.grads):
            self.grads[i] = now = table.get(i)
            if now is None and old is not None:
                self.turn += 1
                self.running = self.functions.get(id(found["place"]))
                self.old_gxs = found.get("gxs")
                self.taken[i] = self.taken[i] + old if i in self.taken else old
                yield f"Turn {self.turn}: {names[i]} is taken out of the table, with {short(old)}."
            elif now is not old:
                yield sum_of(f"The table has for {names[i]}:", old, found.get("gx"), now).replace(": =", ":")
        for at in map(self.at, found.get("found", {})):
            if at is not None and at not in self.found:
                self.found.add(at)
                yield f"The pass has found {short(self.taken[at])} for {names[at]}."

    def at(self, place: Any) -> int | None:
        """The position of the variable at a place; a function with several outputs is the place of none."""
        return self.number.get(key_of(variable_at(place, None)))


def sum_of(name: str, old: Any, gx: Any, new: Any) -> str:
    """How the new value came out of the old one."""
    if old is None:
        return f"{name} = {short(new)}."
    if gx is not None and np.array_equal(old + gx, new):
        return f"{name} = {short(old)} + {short(gx)} = {short(new)}."
    return f"{name} = {short(new)}, in place of {short(old)}."

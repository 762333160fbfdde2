"""A backward pass, recorded while it runs and played in the page.

The engine's own passes are recorded by `trace`. Of any other define-by-run engine that keeps its
work list in ``funcs`` and the function that runs in ``f``, as the steps of the course do, `play`
watches the program line by line, through Python's own tracing hook, the one that debuggers use, and
shows what really happened.

In a page with the site's script a `Playback` is a player; anywhere else, a picture, the program and
a table of the turns.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from itertools import zip_longest
from types import FrameType, SimpleNamespace
from typing import Any

import numpy as np

from .arraylike import data_of
from .broadcasting import summed_to
from .core import Variable
from .drawing import short
from .grads import as_gradient, seed_of
from .graph import Graph, calls_behind, check_drawable, graph, key_of, trace


@dataclass(frozen=True)
class Moment:
    """What one line of the program changed.

    Attributes:
        line: the number of the line in `Playback.code`, from 0; None before the first, or without code.
        turn: how many functions have been taken from the work list.
        running: the function that runs, as a position in the graph; None before the first one.
        waiting: the work list, the next function last.
        grads: the gradients of the graph's variables, as text; "" for those without one.
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
            waiting = ", ".join(names[f] for f in before[-1].waiting)
            running = "" if turn[0].running is None else names[turn[0].running]
            text = " ".join(moment.text for moment in turn[1:])
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in (waiting, running, text))
            rows.append(f'<tr><th scope="row">{number}</th>{cells}</tr>')
        heads = "".join(f'<th scope="col">{h}</th>' for h in ("turn", "work list", "runs", "gradients"))
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

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
            f'<dzl-pair data-parting="{self.parting}"><p class="parting"><strong>They part in turn '
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
    recorder = _Recorder(y, replace(drawn, variables=bare, grads=True))
    if backward is None and isinstance(y, Variable):
        return recorder.play_turns(y)
    run = type(y).backward if backward is None else backward
    recorder.code = run.__code__
    tracer = sys.gettrace()
    sys.settrace(recorder.enter)
    try:
        run(y)
    finally:
        sys.settrace(tracer)
    if not recorder.moments:
        raise ValueError(f"nothing to play: {run.__qualname__} changed no gradient and no work list")
    source, _ = inspect.getsourcelines(run)
    indent = min(len(line) - len(line.lstrip()) for line in source if line.strip())
    code = tuple(line[indent:].rstrip() for line in source)
    return Playback(recorder.graph, code, tuple(recorder.moments))


class _Recorder:
    """Compares the state after each line of a program with the one before."""

    code: Any = None  # the program's

    def __init__(self, y: Any, graph: Graph) -> None:
        self.graph = graph
        self.functions: dict[int, int] = {}  # id -> position in the graph
        variables: dict[Any, Any] = {}
        for f, inputs, outputs in calls_behind((y,)):  # in the order of the graph's positions
            self.functions[id(f)] = len(self.functions)
            for v in (*inputs, *outputs):
                variables.setdefault(key_of(v), v)
        variables.setdefault(key_of(y), y)
        self.variables = list(variables.values())
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
        self.note(frame.f_locals)
        self.line = frame.f_lineno - self.code.co_firstlineno
        return self.step

    def play_turns(self, y: Variable) -> Playback:
        """The recording of this engine's own pass from y, which keeps its gradients in a table."""
        number = {key_of(v): i for i, v in enumerate(self.variables)}
        self.variables = [SimpleNamespace(grad=None) for _ in number]  # what the table has
        self.variables[number[key_of(y)]].grad = data_of(as_gradient(seed_of(y), y))
        turns = trace(y)
        ready = [list(turn.ready[::-1]) for turn in turns]
        self.note({"funcs": ready[:1] and ready[0]})
        for turn, waiting, after in zip(turns, ready, [*ready[1:], []]):
            f = turn.function
            found = {"funcs": waiting[:-1], "f": f}
            given = [
                (x, gx if gx.shape == x.__shape__ else summed_to(gx, x.__shape__, f))
                for x, gx in zip(f.__inputs__, turn.gxs)
                if not (x is None or gx is None)  # a constant, or an input without gradient
            ]
            self.note(found)
            self.note(found | {"gxs": tuple(gx for _, gx in given)})
            for x, gx in given:
                v = self.variables[number[id(x) if isinstance(x, Variable) else x]]
                v.grad = gx if v.grad is None else v.grad + gx
                self.note(found | {"gx": gx})
            self.note(found | {"funcs": after})
        return Playback(self.graph, (), tuple(self.moments))

    def note(self, found: Mapping[str, Any]) -> None:
        """Add a moment, if the program's variables say that something has changed."""
        texts = [*self.new_in_the_work_list(found), *self.new_gradients(found)]
        if texts:
            grads = tuple("" if g is None else short(g) for g in self.grads)
            self.moments.append(
                Moment(self.line, self.turn, self.running, self.waiting, grads, " ".join(texts))
            )

    def new_in_the_work_list(self, found: Mapping[str, Any]) -> Iterator[str]:
        names = self.graph.function_names()
        entries = found.get("funcs", [])
        if entries and isinstance(entries[0], tuple):  # a heap: the smallest is next
            entries = [entry[-1] for entry in sorted(entries, reverse=True)]
        before, self.waiting = self.waiting, tuple(self.functions[id(f)] for f in entries if f is not None)
        if len(self.waiting) < len(before):
            self.turn += 1
            self.running = running = self.functions[id(found["f"])]
            self.old_gxs = found.get("gxs")
            yield f"Turn {self.turn}: {names[running]} is taken from the work list."
        elif len(self.waiting) > len(before):
            joining = Counter(self.waiting) - Counter(before)
            yield f"{' and '.join(names[f] for f in joining)} join{'s' * (len(joining) == 1)} the work list."

    def new_gradients(self, found: Mapping[str, Any]) -> Iterator[str]:
        gxs = found.get("gxs")
        if self.turn and gxs is not None and gxs is not self.old_gxs:
            if not (isinstance(gxs, tuple) and gxs[0] is self.old_gxs):  # put into a tuple: no news
                yield f"Its backward gives {' and '.join(map(short, several_of(gxs)))}."
            self.old_gxs = gxs
        for i, (v, before) in enumerate(zip(self.variables, self.grads)):
            if v.grad is not before:
                self.grads[i] = v.grad
                name, now, gx = f"{self.graph.names()[i]}.grad", short(v.grad), found.get("gx")
                if before is None:
                    yield f"{name} = {now}."
                elif gx is not None and np.array_equal(before + gx, v.grad):
                    yield f"{name} = {short(before)} + {short(gx)} = {now}."
                else:
                    yield f"{name} = {now}, in place of {short(before)}."


def several_of(gxs: Any) -> tuple[Any, ...]:
    return gxs if isinstance(gxs, tuple) else (gxs,)

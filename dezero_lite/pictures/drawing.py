"""Pictures of graphs, as SVG and DOT.

Variables are round, functions are boxes, generations are the columns; their numbers stand above if the
engine counts them. The order inside the columns follows Sugiyama, Tagawa & Toda (1981): edges that
span several columns get a bend in each of them, and every column is sorted by the mean position of its
neighbours, there and back, a few times.

Colours are CSS variables with light defaults (``--dzl-ink`` and so on), so that a page can give
its own for light and dark.
"""

from __future__ import annotations

from html import escape
from math import hypot
from typing import Any

from .nodes import MOST_FUNCTIONS, Nodes
from .nodes import short as short

COLUMN, ROW, RADIUS, BOX = 84, 64, 19, 32
TOP, MARGIN = 34, 16

STYLE = """
.dzl-graph{background:var(--dzl-paper,#fff);color:var(--dzl-ink,#1d2433);
font:13px system-ui,sans-serif;max-width:none}
.dzl-graph text{fill:currentColor;text-anchor:middle;dominant-baseline:central}
.dzl-graph .e{fill:none;stroke:var(--dzl-line,#6b7488);stroke-width:1.5}
.dzl-graph .a{fill:var(--dzl-line,#6b7488)}
.dzl-graph .v{fill:var(--dzl-variable,#fdeccf);stroke:var(--dzl-variable-line,#b26a00);stroke-width:1.5}
.dzl-graph .f{fill:var(--dzl-function,#dbe7fb);stroke:var(--dzl-function-line,#2f5fb3);stroke-width:1.5}
.dzl-graph .b{fill:var(--dzl-band,#f4f6fa)}
.dzl-graph .n,.dzl-graph .s{fill:var(--dzl-muted,#596275);font-size:11px}
.dzl-graph .g,.dzl-graph .d{fill:var(--dzl-gradient,#a3195b);font-size:11px}
.dzl-graph .i{font-style:italic;font-family:Georgia,serif;font-size:15px}
.dzl-graph .h{stroke:var(--dzl-paper,#fff);stroke-width:4;paint-order:stroke}
""".replace("\n", "")


def dot(graph: Nodes) -> str:
    """The graph in Graphviz' language."""
    lines = ["digraph {", "  rankdir=LR"]
    for i, name in enumerate(graph.names()):
        lines.append(f'  v{i} [label="{_quoted(name)}", shape=circle]')
    for j, f in enumerate(graph.functions):
        lines.append(f'  f{j} [label="{_quoted(f.label)}", shape=box]')
        for i, derivative in zip(f.inputs, f.local):
            lines.append(f"  v{i} -> f{j}" + (f' [label="{_quoted(derivative)}"]' if derivative else ""))
        lines += [f"  f{j} -> v{i}" for i in f.outputs]
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def svg(graph: Nodes) -> str:
    """The picture, with what it says in words as its label."""
    if len(graph.functions) > MOST_FUNCTIONS:
        return _summary(graph.describe())
    layout = _Layout(graph)
    noted = any(graph.value(v) or graph.gradient(v) for v in graph.variables)
    xs, ys = layout.xs, layout.ys
    height = max(ys.values()) + ROW / 2 + (22 if noted else 4)
    width = layout.width
    parts = []
    bands = max(v.generation for v in graph.variables) + 1
    for g in range(bands if graph.counted else 0):
        left = layout.band(g, graph.ahead)
        right = layout.band(g + 1, graph.ahead) if g + 1 < bands else width
        if g % 2 == 0:
            parts.append(f'<rect class="b" x="{left:g}" width="{right - left:g}" height="{height:g}"/>')
        text = f"generation {g}" if right - left > 86 else f"gen. {g}"
        parts.append(f'<text class="n" x="{(left + right) / 2:g}" y="14">{text}</text>')
    for path in layout.paths(graph):
        parts.append(path)
    for i, v in enumerate(graph.variables):
        x, y = xs["v", i], ys["v", i]
        rx = layout.width_of(v.label, True) / 2
        parts.append(f'<ellipse class="v" cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{RADIUS}"/>')
        parts.append(f'<text class="i" x="{x:g}" y="{y:g}">{escape(v.label)}</text>')
        for row, (kind, text) in enumerate((("s", graph.value(v)), ("g", graph.gradient(v)))):
            if text:
                below = y + RADIUS + 10 + 13 * row * bool(graph.values)
                parts.append(f'<text class="{kind} h" x="{x:g}" y="{below:g}">{escape(text)}</text>')
    for j, f in enumerate(graph.functions):
        x, y = xs["f", j], ys["f", j]
        w = layout.width_of(f.label)
        parts.append(
            f'<rect class="f" x="{x - w / 2:g}" y="{y - BOX / 2:g}" width="{w:g}" height="{BOX}" rx="6"/>'
            f'<text x="{x:g}" y="{y:g}">{escape(f.label)}</text>'
        )
    words = escape(graph.describe())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dzl-graph" role="img" aria-label="{words}" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">'
        f"<style>{STYLE}</style>{''.join(parts)}</svg>"
    )


def _summary(words: str) -> str:
    words = escape(words)
    width = 7 * len(words) + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dzl-graph" role="img" aria-label="{words}" '
        f'viewBox="0 0 {width} 48" width="{width}" height="48"><style>{STYLE}</style>'
        f'<text x="{width / 2:g}" y="24">{words}</text></svg>'
    )


class _Layout:
    """Where each node of a graph goes: nodes are ("v", i), ("f", j) and ("bend", node, column).

    Edges from one variable share their bends, so that one used often leaves one line that branches.
    """

    def __init__(self, graph: Nodes) -> None:
        self.row = ROW + (14 if graph.values and graph.grads else 0)  # room for two notes
        self.columns: list[list[Any]] = []
        self.neighbours: dict[Any, tuple[list[Any], list[Any]]] = {}
        self.routes: list[tuple[list[Any], int, int, str]] = []
        for j, f in enumerate(graph.functions):
            for port, (i, label) in enumerate(zip(f.inputs, f.local or ("",) * len(f.inputs))):
                self._route(("v", i), 2 * graph.variables[i].generation,
                            ("f", j), 2 * f.generation + 1, port, len(f.inputs), label)
            for i in f.outputs:
                self._route(("f", j), 2 * f.generation + 1, ("v", i), 2 * graph.variables[i].generation, 0, 1, "")
        for i, v in enumerate(graph.variables):
            self._add(("v", i), 2 * v.generation)
        self._sort()
        self.ys = self._heights(TOP if graph.counted else 0)
        # A column is as wide as what is written in it, and the gap as what is written on edges.
        widths = [max((self._room(node, graph) for node in column), default=0.0) for column in self.columns]
        longest = max((len(label) for *_, label in self.routes), default=0)
        gap = max(COLUMN - BOX, 6.5 * longest + 24) if longest else COLUMN - BOX - 14
        self.centres: list[float] = []
        x: float = MARGIN
        for w in widths:
            self.centres.append(x + w / 2)
            x += w + gap
        self.width = x - gap + MARGIN
        self.xs = {n: self.centres[c] for c, column in enumerate(self.columns) for n in column}

    @staticmethod
    def width_of(label: str, rounded: bool = False) -> float:
        """Of a box, or of an ellipse."""
        return max(2 * RADIUS, 8.2 * len(label) + 16) if rounded else max(BOX + 12, 8.2 * len(label) + 18)

    def _room(self, node: Any, graph: Nodes) -> float:
        """The width of a node with what is written below it."""
        if node[0] == "bend":
            return 0
        if node[0] == "f":
            return self.width_of(graph.functions[node[1]].label)
        v = graph.variables[node[1]]
        return max(self.width_of(v.label, True), 6.5 * max(len(graph.value(v)), len(graph.gradient(v))))

    def band(self, generation: int, ahead: bool) -> float:
        """The left border of a generation's band, behind the functions that made its variables or ahead of them."""
        at = 2 * generation - ahead
        return 0 if generation == 0 else (self.centres[at - 1] + self.centres[at]) / 2 + 12

    def _add(self, node: Any, column: int) -> None:
        if node not in self.neighbours:
            self.neighbours[node] = ([], [])
            while len(self.columns) <= column:
                self.columns.append([])
            self.columns[column].append(node)

    def _route(self, a: Any, start: int, b: Any, end: int, port: int, ports: int, label: str) -> None:
        self._add(a, start)
        self._add(b, end)
        bends = [("bend", a, column) for column in range(start + 1, end)]
        for column, bend in enumerate(bends, start + 1):
            self._add(bend, column)
        route = [a, *bends, b]
        for before, after in zip(route, route[1:]):
            if after not in self.neighbours[before][1]:
                self.neighbours[before][1].append(after)
                self.neighbours[after][0].append(before)
        self.routes.append((route, port, ports, label))

    def _sort(self) -> None:
        best, fewest = [list(column) for column in self.columns], self._crossings()
        for sweep in range(8):
            side = sweep % 2
            for column in self.columns if side == 0 else self.columns[::-1]:
                place = {n: p for c in self.columns for p, n in enumerate(c)}

                def mean(n: Any) -> float:
                    near = self.neighbours[n][side]
                    return sum(place[m] for m in near) / len(near) if near else place[n]

                column.sort(key=mean)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(column) for column in self.columns], crossings
        self.columns = best

    def _crossings(self) -> int:
        total = 0
        place = {n: p for c in self.columns for p, n in enumerate(c)}
        for column in self.columns:
            edges = sorted((place[n], place[m]) for n in column for m in self.neighbours[n][1])
            ends = [end for _, end in edges]
            total += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
        return total

    def _heights(self, above: float) -> dict[Any, float]:
        """Every node at the mean height of its inputs, a row from the next, below what stands above.

        An input from far away counts only if there is no other: so what is computed in one line is drawn
        in one line, and what comes in from the side comes in along a line of its own.
        """
        ys: dict[Any, float] = {}
        for column in self.columns:
            wanted = []
            for place, n in enumerate(column):
                near = self.neighbours[n][0]
                near = [m for m in near if m[0] != "bend"] or near
                wanted.append(sum(ys[m] for m in near) / len(near) if near else place * self.row)
            ys.update(zip(column, _spaced(wanted, self.row)))
        top = min(ys.values(), default=0)
        return {n: above + round(y - top) + RADIUS + 6 for n, y in ys.items()}

    def paths(self, graph: Nodes) -> list[str]:
        lines, labels = [], []
        for route, port, ports, label in self.routes:
            points = [(self.xs[n], self.ys[n]) for n in route]
            (x0, y0), (x1, y1) = points[0], points[-1]
            points[0] = (x0 + self._half(route[0], graph), y0)
            y1 += (port - (ports - 1) / 2) * min(12, BOX / ports)
            points[-1] = (x1 - self._half(route[-1], graph) - 7, y1)
            d = f"M{points[0][0]:g} {points[0][1]:g}"
            for (xa, ya), (xb, yb) in zip(points, points[1:]):
                middle = (xa + xb) / 2
                d += f"C{middle:g} {ya:g} {middle:g} {yb:g} {xb:g} {yb:g}" if ya != yb else f"H{xb:g}"
            tip = points[-1]
            lines.append(
                f'<path class="e" d="{d}"/>'
                f'<path class="a" d="M{tip[0] + 7:g} {tip[1]:g}l-8-4v8z"/>'
            )
            if label:
                # Beside the middle of the curve: above it, or below it for the lower inputs.
                (xa, ya), (xb, yb) = points[-2], points[-1]
                side = -1 if port < ports / 2 else 1
                across, along = 2 * (ya - yb), xb - xa  # the curve is twice as steep as its chord there
                length = hypot(across, along)
                x = (xa + xb) / 2 + side * across / length * (4 + 3.5 * len(label))
                y = (ya + yb) / 2 + side * along / length * 9
                labels.append(f'<text class="d h" x="{x:.4g}" y="{y:.4g}">{escape(label)}</text>')
        return lines + labels

    def _half(self, node: Any, graph: Nodes) -> float:
        nodes = graph.variables if node[0] == "v" else graph.functions
        return self.width_of(nodes[node[1]].label, node[0] == "v") / 2


def _spaced(wanted: list[float], row: float) -> list[float]:
    """Heights at least a row apart, as near as possible to the wanted ones (least squares).

    Pool adjacent violators: neighbours that are too close become one block around their mean.
    """
    blocks: list[list[float]] = []  # [sum of wanted starts, count]
    for i, y in enumerate(wanted):
        blocks.append([y - i * row, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    starts = [total / count for total, count in blocks for _ in range(int(count))]
    return [start + i * row for i, start in enumerate(starts)]

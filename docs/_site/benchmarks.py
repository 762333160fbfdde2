"""The tables and the plot of the page "How fast is it?", from what `make bench` measured."""

from __future__ import annotations

import io
import json
from html import escape
from pathlib import Path
from typing import Any

from . import figures, pictures
from .cache import once
from .gallery import ROOT

RESULTS: dict[str, Any] = json.loads((ROOT / "tests/benchmarks/results.json").read_text("utf-8"))
PAGE: dict[str, Any] = json.loads((ROOT / "tests/benchmarks/page.json").read_text("utf-8"))

# What the engine is to reach: part of the results, the reference in it, at most this ratio to it.
TARGETS = [
    ("A chain of small functions", "chain", "torch", 0.44),
    ("One step of a network", "mlp", "by hand", 1.4),
    ("One step of a network", "mlp", "torch", 1),
    ("One step of the digits' network", "digits", "by hand", 1.4),
    ("One step of the digits' network", "digits", "torch", 1),
    ("Memory", "memory", "dezero", 0.5),
]


def targets() -> str:
    """A table of the targets and of what was reached."""
    rows = []
    for title, part, reference, most in TARGETS:
        ratio = RESULTS[part]["dezero_lite"] / RESULTS[part][reference]
        mark = "reached" if ratio <= most else "<strong>missed</strong>"
        rows.append([f"{title}, × {reference}", f"{most:.2f}", f"{ratio:.2f}", mark])
    return table(["", "at most", "measured", ""], rows)


def bars(part: str, unit: str, reference: str, decimals: int) -> str:
    """A table of one part of the results, shortest first: value, ratio to reference, bar."""
    values = sorted(RESULTS[part].items(), key=lambda item: item[1])
    longest = max(value for _, value in values)
    rows = [
        [
            escape(name),
            f"{value:.{decimals}f}",
            f"{value / RESULTS[part][reference]:.2f}",
            '<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect width="{100 * value / longest:.1f}" height="1"></rect></svg>',
        ]
        for name, value in values
    ]
    return table(["engine", unit, f"× {reference}", ""], rows, "bars")


def page() -> str:
    """What `make bench-page` measured: a line for each browser."""
    outside = PAGE["outside"]["chain"]
    rows = [
        [name, f"{found['first']:.1f}", f"{found['again']:.2f}", f"{found['chain'] / outside:.0f}"]
        for name, found in PAGE.items()
        if isinstance(found, dict) and name != "outside"
    ]
    return table(["", "first result, s", "again, s", "chain, × outside"], rows)


def table(heads: list[str], rows: list[list[str]], kind: str = "") -> str:
    """Rows of HTML, the first cell of each its name; ours stands out."""
    head = "".join(f'<th scope="col">{text}</th>' if text else "<td></td>" for text in heads)
    body = "".join(
        f'<tr{" class=ours" if name == "dezero_lite" else ""}><th scope="row">{name}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return f'<table class="numbers {kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _lines() -> list[tuple[str, list[int], list[float]]]:
    return [
        (f"{engine}, {shape}", *map(list, zip(*points)))  # type: ignore[misc]
        for shape, engines in RESULTS["growth"].items()
        for engine, points in engines.items()
    ]


def growth_table() -> str:
    """Time a function, a line each for the graphs and a column each for the sizes."""
    sizes = max((sizes for _, sizes, _ in _lines()), key=len)
    rows = [
        [name, *(f"{t:.3g}" for t in times), *[""] * (len(sizes) - len(times))]
        for name, _, times in _lines()
    ]
    return table(["µs per function", *(f"10<sup>{len(str(n)) - 1}</sup>" for n in sizes)], rows)


def many_table() -> str:
    """Time for each of n, a line each for the kinds and engines and a column each for the n."""
    rows = []
    for kind, engines in RESULTS["many"].items():
        for engine, points in engines.items():
            rows.append([f"{kind}, {engine}", *(f"{t:.3g}" for _, t in points)])
    sizes = [n for n, _ in points]
    return table(["µs for each", *(f"10<sup>{len(str(n)) - 1}</sup>" for n in sizes)], rows)


def growth() -> str:
    """The same as a plot with logarithmic axes."""
    code = Path(__file__).read_bytes() + Path(figures.__file__).read_bytes() + Path(pictures.__file__).read_bytes()
    return once("growth.svg", lambda: _growth().encode(), code, json.dumps(RESULTS)).decode()


def _growth() -> str:
    import matplotlib

    with matplotlib.rc_context(figures.SETTINGS):
        from matplotlib.figure import Figure

        figure = Figure((4.6, 3.6), layout="constrained")  # to be read on a phone as well
        axes = figure.subplots()
        for (name, sizes, times), style in zip(_lines(), ("o-", "o--", "s-", "s--")):
            axes.loglog(sizes, times, style, label=name)
        axes.set(xlabel="functions in the graph", ylabel="µs per function")
        figure.legend(loc="outside upper center", ncols=2)
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return pictures.plot(svg.getvalue(), "growth")


def machine() -> str:
    """The machine that it was measured on, as a sentence."""
    found = dict(RESULTS["machine"])
    where = f"{found.pop('processor')}, {found.pop('cores')} cores, {found.pop('system')}"
    names = {"python": "Python", "numpy": "NumPy", "torch": "PyTorch"}
    versions = ", ".join(f"{names.get(name, name)} {version}" for name, version in found.items())
    return f"Measured on {where}, one thread, with {versions}."

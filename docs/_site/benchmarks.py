"""The tables and the plot of the page "How fast is it?", from what `make bench` measured."""

from __future__ import annotations

import io
import json
from html import escape
from pathlib import Path
from typing import Any

from . import figures
from .gallery import ROOT, once

RESULTS: dict[str, Any] = json.loads((ROOT / "tests/benchmarks/results.json").read_text("utf-8"))


def bars(part: str, unit: str, reference: str, decimals: int) -> str:
    """A table of one part of the results, shortest first: value, ratio to reference, bar."""
    values = sorted(RESULTS[part].items(), key=lambda item: item[1])
    longest = max(value for _, value in values)
    rows = "".join(
        f'<tr{" class=ours" if name == "dezero_lite" else ""}><th scope="row">{escape(name)}</th>'
        f"<td>{value:.{decimals}f}</td><td>{value / RESULTS[part][reference]:.2f}</td>"
        f'<td><svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{100 * value / longest:.1f}" height="1"></rect></svg></td></tr>'
        for name, value in values
    )
    heads = "".join(f'<th scope="col">{text}</th>' for text in ("engine", unit, f"× {reference}"))
    return f'<table class="bars"><thead><tr>{heads}<td></td></tr></thead><tbody>{rows}</tbody></table>'


def growth() -> str:
    """Time a function against the size of the graph, as a plot with logarithmic axes."""
    code = Path(__file__).read_bytes() + Path(figures.__file__).read_bytes()
    return once("growth.svg", lambda: _growth().encode(), code, json.dumps(RESULTS)).decode()


def _growth() -> str:
    import matplotlib

    with matplotlib.rc_context(figures.SETTINGS):
        from matplotlib.figure import Figure

        figure = Figure()
        axes = figure.subplots()
        found = RESULTS["growth"]
        lines = [(f"backward, {kind}", found["sizes"], found[kind]) for kind in ("deep", "wide")]
        lines += [(f"queue alone: {n}", q["sizes"], q["times"]) for n, q in found["queues"].items()]
        for (label, sizes, times), style in zip(lines, ("o-", "s-", "^--", "v--")):
            axes.loglog(sizes, times, style, label=label)
        axes.set(xlabel="functions in the graph", ylabel="µs per function")
        axes.legend()
        figure.tight_layout()
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return figures.for_the_page(svg.getvalue(), 1)


def machine() -> str:
    """The machine that it was measured on, as a sentence."""
    found = dict(RESULTS["machine"])
    where = f"{found.pop('processor')}, {found.pop('system')}"
    names = {"python": "Python", "numpy": "NumPy", "torch": "PyTorch"}
    versions = ", ".join(f"{names.get(name, name)} {version}" for name, version in found.items())
    return f"Measured on {where}, one thread, with {versions}."

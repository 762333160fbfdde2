"""How Matplotlib draws for a page, in the build and in the page: SVG that takes the page's colours, and no dates."""

from __future__ import annotations

import io
from typing import Any

SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "dezero_lite",  # the same ids in each build
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.framealpha": 0,
    "figure.figsize": (6.4, 3.6),
    # Blue, orange, green, pink: three to one at least against white and against dark grey.
    "axes.prop_cycle": "cycler('color', ['#3f7fd4', '#c96a10', '#2f9160', '#c9528f'])",
}


def begin() -> None:
    """As a process would begin."""
    import matplotlib
    from matplotlib import pyplot

    pyplot.close("all")
    matplotlib.rcdefaults()
    matplotlib.use("svg")
    pyplot.show = lambda *_, **__: None  # all open figures are shown where the block ends
    matplotlib.rcParams.update(SETTINGS)


def drawn(value: Any = None) -> list[str]:
    """The figures that are open, and the value if it is one, as SVG; then none is open."""
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    found, figures = [], [pyplot.figure(number) for number in pyplot.get_fignums()]
    for figure in figures + [value] * (isinstance(value, Figure) and value not in figures):
        text = io.StringIO()
        about = {"Date": None, "Creator": None, "Description": figure.get_label() or None}
        figure.savefig(text, format="svg", bbox_inches="tight", metadata=about)
        found.append(text.getvalue())
    pyplot.close("all")
    return found

"""How Matplotlib draws inside gallery scripts: SVG that takes the page's colours, and no dates."""

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


def use_in(shell: Any) -> None:
    """Make open figures outputs of the cell that drew them."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib_inline.backend_inline import configure_inline_support
    from matplotlib_inline.config import InlineBackend

    backend = InlineBackend.instance(parent=shell)
    backend.rc = {}
    backend.figure_formats = {"svg"}
    matplotlib.use("module://matplotlib_inline.backend_inline")
    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, _svg)
    matplotlib.rcParams.update(SETTINGS)
    matplotlib.interactive(True)  # the inline backend shows the figures of interactive sessions only


def _svg(figure: Any) -> Any:
    """The figure as SVG; `figure.set_label("...")` in the script says in words what it shows."""
    from IPython.core.pylabtools import print_figure

    about = {"Date": None, "Creator": None, "Description": figure.get_label() or None}
    return print_figure(figure, fmt="svg", metadata=about)


# ------------------------------------------------------------ in a reader's browser, where there is no IPython


def begin() -> None:
    """As a process would begin."""
    import matplotlib
    from matplotlib import pyplot

    pyplot.close("all")
    matplotlib.rcdefaults()
    matplotlib.use("svg")
    matplotlib.rcParams.update(SETTINGS)


def drawn() -> list[str]:
    """The figures that are open, as SVG; then none is."""
    from matplotlib import pyplot

    found = []
    for number in pyplot.get_fignums():
        figure, text = pyplot.figure(number), io.StringIO()
        about = {"Date": None, "Creator": None, "Description": figure.get_label() or None}
        figure.savefig(text, format="svg", bbox_inches="tight", metadata=about)
        found.append(text.getvalue())
    pyplot.close("all")
    return found


def is_part(value: Any) -> bool:
    """Whether a value is a part of a figure, which is shown with it."""
    if isinstance(value, (list, tuple)) and value:
        return all(map(is_part, value))
    return type(value).__module__.startswith(("matplotlib.", "mpl_toolkits."))

"""How Matplotlib draws inside gallery scripts: SVG that takes the page's colours, and no dates."""

from __future__ import annotations

from typing import Any

SETTINGS = {
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

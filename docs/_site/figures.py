"""How Matplotlib draws inside gallery scripts: SVG that takes the page's colours, and no dates."""

from __future__ import annotations

import re
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
    from matplotlib_inline.backend_inline import configure_inline_support
    from matplotlib_inline.config import InlineBackend

    backend = InlineBackend.instance(parent=shell)
    backend.rc = {}
    backend.figure_formats = {"svg"}
    backend.print_figure_kwargs = {"metadata": {"Date": None, "Creator": None}}
    matplotlib.use("module://matplotlib_inline.backend_inline")
    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    matplotlib.rcParams.update(SETTINGS)
    matplotlib.interactive(True)  # the inline backend shows the figures of interactive sessions only


def for_the_page(svg: str, name: str) -> str:
    """A Matplotlib SVG that can stand in a page.

    It has currentColor for black, ids that start with name, and attributes in place of styles, which the
    page's policy does not allow.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*|<style.*?</style>\s*", "", svg, flags=re.S)
    label = " – ".join(re.findall(r"<!-- (.*?) -->", svg))
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    svg = re.sub(r' style="([^"]*)"', _attributes, svg)
    svg = re.sub(r"#000000|(?<=\")black(?=\")", "currentColor", svg)
    svg = svg.replace("xlink:href", "href")
    used = set(re.findall(r"#([\w-]+)", svg))
    svg = re.sub(
        r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", svg
    )
    svg = re.sub(r'(href="|url\()#', rf"\1#{name}-", svg)
    # What the style sheet said that was taken out:
    start = '<svg class="plot" role="img" stroke-linejoin="round" stroke-linecap="butt" '
    return svg.replace("<svg ", f'{start}aria-label="Plot: {label}" ', 1)


def _attributes(style: re.Match[str]) -> str:
    """SVG has an attribute for each property but the shorthand for fonts; their family is the page's."""
    text = re.sub(r"font: ([\w.]+) [^;]*", r"font-size: \1", style[1])
    pairs = [pair.split(": ") for pair in text.split("; ") if not pair.startswith("font-family")]
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs)

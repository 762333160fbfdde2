"""What all pictures have in common: a frame, a description, numbers of a fixed length, colours by classes.

Blue, orange, green and pink have three to one at least against white and against dark grey; lines and points
differ by their dashes and shapes too.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

COLOURS = ("#3f7fd4", "#c96a10", "#2f9160", "#c9528f")
STYLE = """
.dzl-picture{background:var(--dzl-paper,#fff);color:var(--dzl-ink,#1d2433);font:13px system-ui,sans-serif}
.dzl-picture text{fill:currentColor;text-anchor:middle;dominant-baseline:central}
.dzl-picture .l{text-anchor:start}
.dzl-picture .r{text-anchor:end}
.dzl-picture .n{fill:var(--dzl-muted,#596275);font-size:11px}
.dzl-picture .t{font-weight:700}
.dzl-picture path{fill:none;stroke-width:2;stroke-linejoin:round}
.dzl-picture .x{stroke:var(--dzl-frame,#d5dae4);stroke-width:1}
.dzl-picture .z{stroke:var(--dzl-line,#6b7488);stroke-width:1}
.dzl-picture .k{stroke:currentColor}
.dzl-picture .s{stroke-width:1;shape-rendering:crispEdges}
.dzl-picture .m{stroke:var(--dzl-gradient,#a3195b);stroke-width:3}
.dzl-picture .o{stroke:var(--dzl-paper,#fff);stroke-width:1}
""".replace("\n", "") + "".join(
    f".dzl-picture .c{i}{{stroke:{colour}}}.dzl-picture .f{i}{{fill:{colour}}}" for i, colour in enumerate(COLOURS)
)


@dataclass(frozen=True, repr=False)
class Picture:
    """A picture, and what it shows in words."""

    parts: tuple[str, ...]
    width: float
    height: float
    words: str

    def _repr_svg_(self) -> str:
        width, height = number(self.width), number(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="dzl-picture" role="img" aria-label="{escape(self.words)}" '
            f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"><style>{STYLE}</style>{"".join(self.parts)}</svg>'
        )

    def __repr__(self) -> str:
        return f"<{self.words}>"


def number(x: float) -> str:
    """A place in a picture, to a tenth."""
    return f"{round(float(x), 1) + 0.0:g}"


def short(x: float) -> str:
    """A value, for people to read."""
    return f"{float(x) + 0.0:.3g}".replace("-", "−")


def text(x: float, y: float, said: Any, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{number(x)}" y="{number(y)}">{escape(str(said))}</text>'


def path(d: str, kind: str, more: str = "") -> str:
    return f'<path class="{kind}"{more} d="{d}"/>'


def widest(said: Any) -> float:
    """The room that the longest of some texts may take."""
    return max((7.2 * len(str(one)) for one in said), default=0)


def array(given: Any, what: str, *dimensions: int) -> np.ndarray:
    """Numbers, or a variable's, as an array of so many dimensions.

    Raises:
        TypeError: they are not real numbers.
        ValueError: there are none, or they have other dimensions.
    """
    given = given.data if hasattr(given, "creator") else given
    try:
        found = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what}: real numbers are wanted, in rows of one length, not {given!r:.60}") from error
    if found.ndim not in dimensions or not found.size:
        wanted = " or ".join(map(str, dimensions))
        raise ValueError(f"{what} has the shape {found.shape}: numbers in {wanted} dimensions are wanted, one at least")
    return found

"""The picture that stands for a page where others link to it: its title and a graph."""

from __future__ import annotations

import io
import re
import textwrap
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path

from .cache import once

STYLE = """
svg { font-family: 'DejaVu Sans' } .name { fill: #8fb6ff; font-size: 30px } .about { fill: #c8d5f0; font-size: 30px }
.title { fill: #fff; font-size: 58px; font-weight: bold } .graph text { fill: #fff; text-anchor: middle; dominant-baseline: central; font-size: 13px }
.graph .e { fill: none; stroke: #c8d5f0; stroke-width: 1.8 } .graph .a { fill: #c8d5f0 } .graph .b { fill: #1f3a70 }
.graph .f { fill: #24448a; stroke: #8fb6ff; stroke-width: 1.8 } .graph .v { fill: #4a3512; stroke: #e3a343; stroke-width: 1.8 }
.graph .i { font-style: italic } .graph .n, .graph .s, .graph .g, .graph .d { fill: #c8d5f0; font-size: 11px }
"""
PLACE = """<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630"><rect width="1200" height="630" fill="#172d58"/>
<rect width="1200" height="10" fill="#e3a343"/>{}<svg class="graph" x="64" y="{}" width="{}" height="{}" preserveAspectRatio="xMinYMid" viewBox="{}">{}</svg></svg>"""


def png(name: str, title: str, description: str, graph: str) -> bytes:
    """The picture for the page of that name; title and description as in HTML, the graph as its SVG."""
    code = Path(__file__).read_bytes()
    return once(f"{name}.png", lambda: _draw(unescape(title), unescape(description), graph), title, description, graph, code)


def _draw(title: str, description: str, graph: str) -> bytes:
    import resvg_py  # slow imports, for a build that has a cover to make
    from PIL import Image

    y, written = 56.0, ""
    short = textwrap.shorten(description, 150, placeholder=" …")
    for kind, text, size, width in (("name", "dezero_lite", 30, 40), ("title", title, 58, 32), ("about", short, 30, 64)):
        for line in textwrap.wrap(text, width):
            y += 1.25 * size
            written += f'<text class="{kind}" x="64" y="{y - 0.33 * size}">{escape(line)}</text>'
        y += 16
    root = re.search(r'viewBox="(\S+ \S+ (\S+) (\S+))"[^>]*>(.*)</svg>', re.sub("<style>.*?</style>", "", graph), re.S)
    assert root is not None
    wide, high = min(1072, 2.2 * float(root[2])), 590 - y - 14
    svg = PLACE.format(written, y + 14, wide, high, root[1], root[4])
    fonts = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"  # type: ignore[union-attr, arg-type]
    drawn = resvg_py.svg_to_bytes(svg_string=svg, style_sheet=STYLE, skip_system_fonts=True, font_dirs=[str(fonts)])
    small = Image.open(io.BytesIO(bytes(drawn))).convert("RGB").quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()

"""The picture that stands for a page where others link to it: its title and a graph."""

from __future__ import annotations

import io
import re
import textwrap
from functools import lru_cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from .cache import once

if TYPE_CHECKING:  # imported when there is something to draw
    from PIL import ImageDraw, ImageFont

SIZE = 1200, 630
MARGIN = 64
SCALE = 2  # drawn larger and made smaller, so that lines are smooth
NIGHT, BLUE, WHITE, PALE, ORANGE = "#172d58", "#8fb6ff", "#ffffff", "#c8d5f0", "#e3a343"


def png(name: str, title: str, description: str, graph: str) -> bytes:
    """The picture for the page of that name; title and description as in HTML, the graph as its SVG."""
    title, description = unescape(title), unescape(description)
    code = Path(__file__).read_bytes()
    return once(f"{name}.png", lambda: _draw(title, description, graph), title, description, graph, code)


def _draw(title: str, description: str, graph: str) -> bytes:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), NIGHT)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, image.width, 10 * SCALE), ORANGE)
    y = _text(draw, 56, "dezero_lite", 30, BLUE, 40)
    y = _text(draw, y + 16, title, 58, WHITE, 32, bold=True)
    y = _text(draw, y + 16, textwrap.shorten(description, 150, placeholder=" …"), 30, PALE, 64)
    _graph(draw, graph, MARGIN, y + 30, SIZE[0] - MARGIN, SIZE[1] - 40)
    small = image.reduce(SCALE).quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def _text(draw: ImageDraw.ImageDraw, y: float, text: str, size: int, colour: str, width: int, bold: bool = False) -> float:
    """Write lines of so many characters at most; where the next may begin."""
    font = _font("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf", size)
    for line in textwrap.wrap(text, width):
        draw.text((MARGIN * SCALE, y * SCALE), line, colour, font)
        y += 1.25 * size
    return y


@lru_cache
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    matplotlib = find_spec("matplotlib")
    assert matplotlib is not None and matplotlib.origin is not None
    path = Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return ImageFont.truetype(path, size * SCALE)


def _graph(draw: ImageDraw.ImageDraw, svg: str, left: float, top: float, right: float, bottom: float) -> None:
    """Draw the few kinds of shapes that a graph is made of, as large as the place allows."""
    root = ElementTree.fromstring(svg)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    scale = min((right - left) / width, (bottom - top) / height, 2.2) * SCALE
    x0, y0 = left * SCALE, (top + bottom) / 2 * SCALE - height * scale / 2
    line = max(1, round(1.8 * scale))

    def at(x: float, y: float) -> tuple[float, float]:
        return x0 + x * scale, y0 + y * scale

    for shape in root:
        get = {key: float(value) for key, value in shape.items() if re.fullmatch(r"-?[\d.]+", value)}
        kind = shape.get("class", "").split(" ")[0]
        name = shape.tag.rpartition("}")[2]
        if kind == "f":
            box = *at(get["x"], get["y"]), *at(get["x"] + get["width"], get["y"] + get["height"])
            draw.rounded_rectangle(box, 6 * scale, "#24448a", BLUE, line)
        elif kind == "v":
            x, y, rx, ry = get["cx"], get["cy"], get["rx"], get["ry"]
            draw.ellipse((*at(x - rx, y - ry), *at(x + rx, y + ry)), "#4a3512", ORANGE, line)
        elif kind == "e":
            draw.line([at(*point) for point in _curve(shape.attrib["d"])], PALE, line)
        elif kind == "a":
            x, y = map(float, re.findall(r"-?[\d.]+", shape.attrib["d"])[:2])
            draw.polygon([at(x, y), at(x - 8, y - 4), at(x - 8, y + 4)], PALE)
        elif name == "text" and kind in ("", "i"):
            font = _font("DejaVuSans-Oblique.ttf" if kind else "DejaVuSans.ttf", round(13 * scale / SCALE))
            draw.text(at(get["x"], get["y"]), shape.text or "", WHITE, font, anchor="mm")


def _curve(path: str) -> list[tuple[float, float]]:
    """Points on a chain of cubic Bézier curves and level lines."""
    points: list[tuple[float, float]] = []
    for command, rest in re.findall(r"([MCH])([^A-Z]*)", path):
        numbers = [float(number) for number in rest.split()]
        if command == "H":
            points.append((numbers[0], points[-1][1]))
            continue
        ends = [*points[-1:], *zip(numbers[::2], numbers[1::2])]
        for t in (step / 16 for step in range(17)) if command == "C" else [0]:
            u = 1 - t
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            x, y = (sum(w * end[k] for w, end in zip(weights, ends)) for k in (0, 1))
            points.append((x, y))
    return points

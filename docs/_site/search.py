"""Tree -> what Material's search knows of a page: an entry for each heading."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes as rst

from . import formulas, nodes


def entries(document: Any, outputs: list[list[dict[str, Any]]]) -> list[dict[str, str]]:
    """The anchor ("" for the page's own), title and text (as Material wants it, in paragraphs) of each part of a page."""
    found: list[dict[str, str]] = []

    def walk(node: Any) -> None:
        for child in node.children:
            if isinstance(child, nodes.HEADED):
                anchor = child["ids"][0] if found else ""
                found.append({"anchor": anchor, "title": escape(text(child[0])), "text": ""})
                walk(child)
            elif isinstance(child, nodes.cell):
                shown = outputs[child["number"]] if child["number"] < len(outputs) else []
                texts = [output["text"] for output in shown if output["output_type"] == "stream"]
                found[-1]["text"] += "".join(f"<pre>{escape(text.strip())}</pre>" for text in [child["source"], *texts])
            elif isinstance(child, rst.Element) and not isinstance(child, (rst.title, rst.Invisible, nodes.slide, nodes.mark, nodes.ask)):
                found[-1]["text"] += f"<p>{escape(text(child))}</p>"

    walk(document)
    return found


def text(node: Any, code: str = "") -> str:
    """What one reads there: formulas by their letters and signs. code: what stands on both sides of code."""
    if isinstance(node, (rst.math, rst.math_block)):
        try:
            return formulas.to_text(node.astext())
        except ValueError:
            return ""  # the page says what is wrong
    if isinstance(node, rst.Text):
        return node.astext().replace("\n", " ")
    if isinstance(node, (rst.raw, rst.Invisible)):
        return ""
    if isinstance(node, rst.literal):
        return f"{code}{node.astext()}{code}"
    return (" " if isinstance(node, (rst.row, rst.list_item, rst.tbody)) else "").join(text(child, code) for child in node.children)

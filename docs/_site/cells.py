"""Cells and their outputs -> HTML, by mkdocs-jupyter. templates/ says how each kind of output looks."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("NBCONVERT_DISABLE_CONFIG_EXPORTERS", "1")  # or it would import each of its exporters

from lxml import html  # noqa: E402
from mkdocs_jupyter import nbconvert2  # noqa: E402
from mkdocs_jupyter.config import settings  # noqa: E402
from nbconvert.exporters.html import HTMLExporter  # noqa: E402
from nbconvert.exporters.templateexporter import TemplateExporter  # noqa: E402

from . import nodes, pictures  # noqa: E402

logging.getLogger("mkdocs.mkdocs-jupyter").setLevel(logging.WARNING)  # not a line for each page
settings.templates_dir = str(Path(__file__).parent / "templates")


class Exporter(HTMLExporter):  # type: ignore[misc]
    """Without nbconvert's second look at all of the HTML, which takes most of the time and mends nothing of ours."""

    from_notebook_node = TemplateExporter.from_notebook_node


nbconvert2.HTMLExporter = Exporter


def render(document: Any, outputs: list[list[dict[str, Any]]], name: str) -> list[html.HtmlElement]:
    """Each cell with its outputs as an element: the code in .highlight, and what it gave.

    name: begins the ids in pictures.
    """
    cells = []
    for cell in document.findall(nodes.cell):
        number = cell["number"]
        given = outputs[number] if number < len(outputs) else []  # a script that raised has not come to the rest
        metadata = {"number": number, "line": cell["line"], "program": cell["program"]}
        cells.append({
            "cell_type": "code", "source": cell["source"], "metadata": metadata, "execution_count": None,
            "outputs": [pictures.for_the_page(output, f"{name}-{number}-{i}") for i, output in enumerate(given)],
        })  # fmt: skip
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cells.ipynb")
        path.write_text(json.dumps(notebook), "utf-8")
        text = nbconvert2.nb2html(str(path))
    return html.fragment_fromstring(text, create_parent="div").find_class("cell")

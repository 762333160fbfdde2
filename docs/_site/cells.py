"""Cells and their outputs -> HTML, by mkdocs-jupyter. templates/ says how each kind of output looks."""

from __future__ import annotations

import ast
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("NBCONVERT_DISABLE_CONFIG_EXPORTERS", "1")  # or it would import each of its exporters

from lxml import html  # noqa: E402
from mkdocs_jupyter import nbconvert2  # noqa: E402
from nbconvert.exporters.html import HTMLExporter  # noqa: E402
from nbconvert.exporters.templateexporter import TemplateExporter  # noqa: E402

from . import nodes, pictures  # noqa: E402

logging.getLogger("mkdocs.mkdocs-jupyter").setLevel(logging.WARNING)  # not a line for each page


TEMPLATES = str(Path(__file__).parent / "templates")


class Exporter(HTMLExporter):
    """With our templates before mkdocs-jupyter's, and without nbconvert's second look at all of the HTML, which takes
    most of the time and mends nothing of ours."""

    def __init__(self, *arguments: Any, extra_template_paths: list[str], **options: Any) -> None:
        super().__init__(*arguments, extra_template_paths=[TEMPLATES, *extra_template_paths], **options)

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
        metadata = {"number": number, "line": cell["line"], "program": cell["program"], "draws": cell["draws"]}
        cells.append({
            "cell_type": "code", "source": cell["source"], "metadata": metadata, "execution_count": None,
            "outputs": [pictures.for_the_page(output, f"{name}-{number}-{i}") for i, output in enumerate(given)],
        })  # fmt: skip
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cells.ipynb")
        path.write_text(json.dumps(notebook), "utf-8")
        text = nbconvert2.nb2html(str(path))
    found = html.fragment_fromstring(text, create_parent="div").find_class("cell")
    for cell, element in zip(document.findall(nodes.cell), found):
        _quieten(element.find(".//code"), cell["source"])
    return found


def _quieten(code: Any, source: str) -> None:
    """Mark what a cell asserts, which is for the author, and for readers who want to know."""
    quiet = {line for claim in _claims(ast.parse(source).body) for line in range(claim.lineno, claim.end_lineno + 1)}
    line = 1 + (code.text or "").count("\n")
    for token in code:
        if line in quiet:
            token.set("class", f"{token.get('class')} quiet")
        line += (token.text_content() + (token.tail or "")).count("\n")


def _claims(statements: list[Any]) -> Iterator[Any]:
    for statement in statements:
        if isinstance(statement, ast.Assert):
            yield statement
        elif isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
            yield from _claims([*statement.body, *getattr(statement, "orelse", [])])

"""A page's content: its notebook in HTML by mkdocs-jupyter, and finished.

Importing this module takes half a second; only a build that has a page to make does.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag
from markdown.extensions.toc import nest_toc_tokens
from mkdocs_jupyter import nbconvert2
from mkdocs_jupyter.config import settings
from mkdocs_jupyter.convert import nb2html
from nbconvert.exporters.html import HTMLExporter

from dezero_lite.drawing import STYLE

from . import blocks, diffs, figures, glossary, maths, notebooks, references, slides
from .gallery import CACHE, Script, keep, sections, templates

logging.getLogger("mkdocs.mkdocs-jupyter").setLevel(logging.WARNING)  # not a line for each page
settings.templates_dir = str(Path(__file__).parent / "templates")


class Exporter(HTMLExporter):  # type: ignore[misc]
    """Compiles its templates once, and not for each page."""

    def _create_environment(self) -> Any:
        environment = super()._create_environment()
        environment.bytecode_cache = templates()
        return environment


nbconvert2.HTMLExporter = Exporter


class Outside(list[str]):
    """HTML that waits outside of the page while the rest is edited: parsing it would take long."""

    def put(self, html: str) -> str:
        """Take it, and give what holds its place."""
        self.append(html)
        return f"\ue000{len(self) - 1}\ue001"

    def fill(self, html: str) -> str:
        """Put all of it in its place; no line begins with the mark that follows a formula."""

        def put(found: re.Match[str]) -> str:
            piece, marks = self[int(found[1])], found[2]
            if marks and piece.startswith("<math>"):
                return f"{piece.removesuffix('</math>')}<mi>{marks}</mi></math>"
            return piece + marks

        return re.sub("\ue000(\\d+)\ue001([,.;:?)]*)", put, html)


def make(script: Script) -> None:
    """Make the content of an executed script's page and its table of contents, and keep them.

    Raises:
        FormulaError: a formula can't be converted.
    """
    outside = Outside()
    notebook = {**script.executed, "cells": _cells(script, outside)}
    path = CACHE / "notebook.ipynb"
    keep(path, notebook)
    html = nb2html(str(path))
    html = html[: html.rindex("<style>")]  # mkdocs-jupyter appends Pygments' styles
    html = html.replace(" ∎", "\xa0∎")  # not on a line of its own
    names = notebooks.names(script.path)
    html = re.sub("<!--code:(.*?)-->", lambda code: outside.put(_coloured(code[1], names)), html, flags=re.S)
    soup = BeautifulSoup(html, "lxml")
    blocks.mark(soup)
    blocks.fold(soup)
    body = soup.body
    assert body is not None
    _finish(body, script, outside)
    headings = [
        {"level": int(h.name[1]), "id": h["id"], "name": escape(h.get_text().removesuffix("¶"))}
        for h in body.find_all(["h1", "h2", "h3"])
        if not h.find_parent(class_="proof")  # it stands below its theorem
    ]
    dealt = outside.fill(slides.deal(body, outside, script))
    glossary.mark(body, soup)
    kept = {
        "content": outside.fill(body.decode_contents()),
        "toc": nest_toc_tokens(headings),
        "names": sorted(set(names.values())),
        "slides": references.unlinked(dealt),
    }
    keep(script.page_kept, kept)


# Pygments' spans weigh as much as the code. Four kinds have a colour here, and a short element each:
# keywords, strings, comments, and names where they are defined.
ELEMENTS = {"k": "b", "kc": "b", "kn": "b", "ow": "b", "s1": "u", "s2": "u", "sd": "u",
            "c1": "i", "nf": "dfn", "nc": "dfn"}


def _coloured(code: str, names: dict[str, str]) -> str:
    def shorter(span: re.Match[str]) -> str:
        element = ELEMENTS.get(span[1])
        return f"<{element}>{span[2]}</{element}>" if element else span[2]

    return re.sub(r'<span class="(\w+)">([^<]*)</span>', shorter, references.link(code.replace("<span></span>", ""), names))


def _cells(script: Script, outside: Outside) -> list[dict[str, Any]]:
    """The notebook's cells and what the page has besides: the difference, and pictures in its style."""
    cells: list[dict[str, Any]] = []
    plots, inside = 0, False
    for cell in script.executed["cells"]:
        headings = sections(cell)
        if headings and inside and script.before:
            cells += _difference(script, script.before, outside)
        if headings:
            inside = headings[-1] == "The program"
        if cell["cell_type"] == "code":
            outputs = []
            for output in cell["outputs"]:
                for kind in ("image/svg+xml", "text/html"):
                    picture = output.get("data", {}).get(kind)
                    if not picture:
                        continue
                    if "dzl-graph" in picture:
                        picture = picture.replace(f"<style>{STYLE}</style>", "")
                    elif kind == "image/svg+xml":
                        plots += 1
                        picture = figures.for_the_page(picture, f"{script.path.stem}-{plots}")
                    output = {**output, "data": {kind: outside.put(picture)}}
                    break
                outputs.append(output)
            cell = {**cell, "outputs": outputs}
        cells.append(cell)
    return cells


def _difference(script: Script, before: Script, outside: Outside) -> list[dict[str, Any]]:
    old, new = before.program, script.program
    if old is None or new is None:
        return []
    html = diffs.to_html(old, new, before.path.name, script.path.name)
    number = before.path.stem.removeprefix("step")
    output = {"output_type": "display_data", "data": {"text/html": outside.put(html)}, "metadata": {}}
    heading = {"cell_type": "markdown", "metadata": {}, "source": f"## What changed since step {number}"}
    code = {"cell_type": "code", "metadata": {}, "source": "", "outputs": [output], "execution_count": None}
    return [heading, code]


def _finish(body: Tag, script: Script, outside: Outside) -> None:
    """Typeset the formulas; anchors and downloads the way the rest of the site has them."""
    for node in body.find_all(string=re.compile(r"\$|\\begin")):
        if not node.find_parent(["code", "pre"]):
            _typeset(node, script, outside)
    seen: Counter[str] = Counter()
    for anchor in body.select("a.anchor-link"):
        name = anchor["href"].removeprefix("#")
        seen[name] += 1
        if seen[name] > 1:  # a second Proof, say
            anchor["href"] += f"-{seen[name]}"
            anchor.find_previous(id=name)["id"] += f"-{seen[name]}"
        anchor["class"] = "headerlink"
    title = body.find("h1")
    if isinstance(title, Tag):
        title.insert_after(outside.put(_take_away(script)))


def _take_away(script: Script) -> str:
    files = f"../../downloads/{script.name}"
    return (
        '<div class="take-away" data-search-exclude>'
        f"<code>python {script.repository_path}</code>"
        f'<span><a href="{files}.py" download>Script</a> · '
        f'<a href="{files}.ipynb" download>Notebook</a> · '
        f'<a href="../../slides/{script.path.stem}/index.html">Slides</a></span></div>'
    )


FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$|(\\begin\{(align\*?|equation\*?)\}.*?\\end\{\4\})", re.S)


def _typeset(node: NavigableString, script: Script, outside: Outside) -> None:
    """Convert the formulas in a piece of text."""

    def convert(found: re.Match[str]) -> str:
        latex = found[1] or found[2] or found[3].replace("{align}", "{align*}")
        try:
            formula = maths.to_mathml(latex, display=found[2] is None)
        except maths.FormulaError as error:
            line = _line_of(latex, script.path)
            raise maths.FormulaError(f"{script.repository_path}:{line}: {error}") from error
        if found[2] is None and paragraph:  # a formula of its own is no part of a paragraph
            paragraph.name, paragraph["class"] = "div", "text"
        return outside.put(formula)

    paragraph = node.find_parent("p")
    node.replace_with(FORMULA.sub(convert, str(node)))


def _line_of(latex: str, path: Path) -> int:
    first = latex.replace("\\begin{align*}", "").strip().splitlines()[0].strip()
    lines = path.read_text("utf-8").splitlines()
    return next((i for i, line in enumerate(lines, 1) if first in line), 1)

"""Notebook pages: what goes into them besides the script's cells, and their HTML finished."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag

from dezero_lite.drawing import STYLE

from . import diffs, figures, maths
from .gallery import CACHE, Script, sections

PAGES = CACHE / "pages"

# Keywords, strings, comments and definitions have a colour; a span around anything else is weight.
UNCOLOURED = re.compile(r'<span class="(?!k"|s1|s2|sd|c|nf|g)\w+">([^<]*)</span>')


def write_notebook(script: Script, before: Script | None) -> None:
    """Write the notebook that mkdocs-jupyter makes the page from, if it has changed.

    Args:
        script: an executed script.
        before: the step before, against which this one's program is compared.
    """
    cells, plots = [], 0
    inside = False
    for cell in script.result["executed"]["cells"]:
        headings = sections(cell)
        if headings and inside and before:
            cells += _difference(script, before)
        if headings:
            inside = headings[-1] == "The program"
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            svg = data.get("image/svg+xml")
            if svg and "dzl-graph" in svg:
                data["image/svg+xml"] = svg.replace(f"<style>{STYLE}</style>", "")
            elif svg:
                plots += 1
                data["image/svg+xml"] = figures.for_the_page(svg, plots)
        cells.append(cell)
    # nbconvert wants no metadata of ours, and a number for the format it writes.
    notebook = {**script.result["executed"], "cells": cells}
    text = json.dumps(notebook, indent=1, sort_keys=True)
    path = PAGES / script.page
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _difference(script: Script, before: Script) -> list[dict[str, Any]]:
    old, new = before.program, script.program
    if old is None or new is None:
        return []
    html = diffs.to_html(old, new, before.path.name, script.path.name)
    number = before.path.stem.removeprefix("step")
    output = {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}
    heading = {"cell_type": "markdown", "metadata": {}, "source": f"## What changed since step {number}"}
    code = {"cell_type": "code", "metadata": {}, "source": "", "outputs": [output], "execution_count": None}
    return [heading, code]


def finish(html: str, script: Script, link_to: Callable[[str], str | None], warn: Callable[[str], None]) -> str:
    """The page's content from what mkdocs-jupyter's template gave.

    Args:
        link_to: the address of another page, from its source name relative to this one.
        warn: called with a message for each link that leads nowhere.
    """
    html = html[: html.rindex("<style>")]  # mkdocs-jupyter appends Pygments' styles
    html = UNCOLOURED.sub(r"\1", html.replace("<span></span>", ""))
    soup = BeautifulSoup(html, "lxml")
    body = soup.body or soup
    formulas: list[str] = []
    for node in body.find_all(string=re.compile(r"\$|\\begin")):
        if not node.find_parent(["code", "pre", "svg"]):
            _typeset(node, script, formulas)
    for link in body.find_all("a", href=True):
        target, _, anchor = link["href"].partition("#")
        if target.endswith((".ipynb", ".md", ".py")) and "://" not in target:
            address = link_to(target)
            if address is None:
                warn(f"{script.repository_path}: the link to {link['href']!r} leads to no page")
            else:
                link["href"] = address + (f"#{anchor}" if anchor else "")
    for anchor in body.select("a.anchor-link"):
        anchor["class"] = "headerlink"
    title = body.find("h1")
    if isinstance(title, Tag):
        title.insert_after(BeautifulSoup(_take_away(script, link_to), "lxml").body.div)  # type: ignore[union-attr,arg-type]
    return PLACE.sub(lambda found: formulas[int(found[1])], body.decode_contents())


def _take_away(script: Script, link_to: Callable[[str], str | None]) -> str:
    up = link_to("") or ""
    files = f"{up}downloads/{script.name}"
    return (
        '<div class="take-away">'
        f'<code>python {script.repository_path}</code>'
        f'<span><a href="{files}.py" download>Script</a> · '
        f'<a href="{files}.ipynb" download>Notebook</a></span></div>'
    )


FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$|(\\begin\{(align\*?|equation\*?)\}.*?\\end\{\4\})", re.S)


# Where a formula goes, until the page is text again: parsing MathML into the page takes long.
PLACE = re.compile("\ue000(\\d+)\ue001")


def _typeset(node: NavigableString, script: Script, formulas: list[str]) -> None:
    """Take the formulas out of a piece of text, converted, and leave places for them."""

    def convert(found: re.Match[str]) -> str:
        latex = found[1] or found[2] or found[3].replace("{align}", "{align*}")
        try:
            formulas.append(maths.to_mathml(latex, display=found[2] is None))
        except maths.FormulaError as error:
            line = _line_of(latex, script.path)
            raise maths.FormulaError(f"{script.repository_path}:{line}: {error}") from error
        if found[2] is None and paragraph:  # a formula of its own is no part of a paragraph
            paragraph.name, paragraph["class"] = "div", "text"
        return f"\ue000{len(formulas) - 1}\ue001"

    paragraph = node.find_parent("p")
    node.replace_with(FORMULA.sub(convert, str(node)))


def _line_of(latex: str, path: Path) -> int:
    first = latex.replace("\\begin{align*}", "").strip().splitlines()[0].strip()
    lines = path.read_text("utf-8").splitlines()
    return next((i for i, line in enumerate(lines, 1) if first in line), 1)

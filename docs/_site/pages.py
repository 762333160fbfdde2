"""A script's tree and what came of its run -> all that the site says about it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes as rst

from . import cells, html, nodes, notebooks, search, source, structure
from .execute import Run
from .exercises import course
from .gallery import Script, Site
from .slides import dealer

if TYPE_CHECKING:
    from .records import Record


def make(script: Script, document: Any, run: Run, before: str, site: Site) -> Record:
    """The record of a page.

    Args:
        document: its tree.
        run: what came of it. If that is an error, what its slides show may be missing: it has none.
        before: the program of the step before, if any.

    Raises:
        BuildError: something on the page can't be shown.
    """
    program = structure.program(document)
    exercise = _complete(script, document, run, program, before)
    if run.error:
        for slide in list(document.findall(nodes.slide)):
            slide.parent.remove(slide)
    shown = cells.render(document, run.outputs, script.path.stem)
    names = source.names(script) if not run.error else {}  # its code may not even parse
    place = script.page.removesuffix("ipynb") + "html"

    def render(found: list[rst.Node]) -> str:
        return html.render(found, document, shown, place, names=names)

    page = document[0]
    title, summary = page[0], next(child for child in page if isinstance(child, rst.paragraph))
    content = render(document.children)
    at = content.index("</h1>") + len("</h1>")
    return {
        "content": f"{content[:at]}\n{_take_away(script)}{content[at:]}",
        "deck": dealer.deal(document, shown, script, before, program),
        "exercise": exercise,
        "graph": _graph(run.outputs),
        "links": _links(document),
        "names": sorted({*names.values(), *(node["identifier"] for node in nodes.seen(document, nodes.api))}),
        "notebook": notebooks.make(script, document, site),
        "program": program,
        "run": run.key,
        "search": search.entries(document, run.outputs),
        "summary": {"html": render(_plain(summary)), "text": " ".join(summary.astext().split())},
        "title": title.astext(),
        "toc": _toc(document),
    }


def _complete(script: Script, document: Any, run: Run, program: str, before: str) -> dict[str, Any] | None:
    """Put into the tree what is known since the script has run; its exercise, if it has one."""
    _fill_in(document, run.values)
    exercise = course.exercise(script, document, before)
    if exercise:
        structure.add_exercise(document, exercise)
    if before and program:
        structure.add_changes(document, before, program, script)
    return exercise


def _fill_in(document: Any, values: list[list[str]]) -> None:
    """Put the values of the predictions into their nodes; none where the script did not get there."""
    values = [*filter(None, values)]  # of one that raised there are none
    order = [node for node in structure.in_order(document) if isinstance(node, nodes.predict)]
    for node, (answer, *offered) in zip(order, values):
        node["value"] = answer
        if node["said"] != answer:
            raise nodes.error(node, f"the answer is said to be {node['said']}, but {node['answer']} is {answer}")
        if answer not in offered:
            raise nodes.error(node, f"no choice says why {answer} is right: - ``{node['answer']}``: because …")
        if len({*offered}) < len(offered):
            raise nodes.error(node, f"two choices of {', '.join(offered)} are equal")
        for choice, value in zip([child for child in node if isinstance(child, nodes.choice)], offered):
            choice["value"], choice["right"] = value, value == answer
    for node in order[len(values) :]:
        node.parent.remove(node)


def _plain(summary: rst.paragraph) -> list[rst.Node]:
    """A summary for a card, which is a link itself: without links."""
    copy = summary.deepcopy()
    for link in list(copy.findall(rst.reference)):
        link.parent.replace(link, link.children)
    return list(copy.children)


def _toc(document: Any) -> list[dict[str, Any]]:
    """The headings for the table of contents, without those of proofs, which stand below their theorems."""
    return [
        {"level": structure.depth(node), "id": node["ids"][0], "name": escape(node[0].astext(), quote=False)}
        for node in document.findall(lambda node: isinstance(node, nodes.HEADED))
        if not isinstance(node, nodes.proof)
    ]


def _links(document: Any) -> list[list[str]]:
    """Where in the script the page links to an anchor of the site, and which: for `checks`."""
    links = document.findall(lambda node: "#" in getattr(node, "attributes", {}).get("target", ""))
    return [[nodes.place(node), node["target"]] for node in links if "term" not in node["classes"]]


def _graph(outputs: list[list[dict[str, Any]]]) -> str:
    """The first graph that the page draws."""
    pictures = (out.get("data", {}).get("image/svg+xml", "") for cell in outputs for out in cell)
    return next((picture for picture in pictures if "dzl-graph" in picture), "")


def _take_away(script: Script) -> str:
    files = f"../../downloads/{script.name}"
    return (
        f'<div class="take-away"><code>python {script.repository_path}</code>'
        f'<span><a href="{files}.py" download>Script</a> · '
        f'<a href="{files}.ipynb" download>Notebook</a> · '
        f'<a href="../../slides/{script.path.stem}/index.html">Slides</a></span></div>'
    )

"""Tree -> the slides of a page, for reveal.js: columns of slides, one below the other.

A deck begins with the page's title and its first sentences. Then each `slide` of the text is a slide: its title
and text, and what it takes with :show: from the page after it. A page without any has a slide for each section.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes as rst
from lxml import html as lxml_html

from . import html, nodes, structure
from .gallery import Script

PICTURES = "./*[contains(@class, 'picture') or starts-with(name(), 'dzl-')]"
KINDS: dict[str, type[rst.Node]] = {
    "formula": rst.math_block, "statement": nodes.statement, "proof": nodes.proof, "predict": nodes.predict,
    "changes": nodes.changes,
}  # fmt: skip


def deal(document: Any, cells: list[Any], script: Script) -> str:
    """The slides of a page; links start from slides/NAME/index.html, whatever the deck's name is."""
    return Dealer(document, cells, f"slides/{script.path.stem}/index.html").deck()


class Dealer:
    """Makes the slides of one page."""

    def __init__(self, document: Any, cells: list[Any], place: str) -> None:
        self.document, self.cells, self.place = document, cells, place
        self.order = list(document.findall(rst.Element))

    def deck(self) -> str:
        """All slides of the page."""
        page = self.document[0]
        first = [next(child for child in page if isinstance(child, rst.paragraph))]
        columns = [[f"<section><h1>{self.inside(page[0])}</h1>{self.html(first)}</section>"]]
        slides = list(self.document.findall(nodes.slide))
        for slide in slides:
            made = self.slide(slide)
            columns[-1].append(made) if slide["below"] else columns.append([made])
        if not slides:
            columns += [[self.section(node)] for node in self.document.findall(rst.section) if structure.depth(node) == 2]
        return "".join(f"<section>{''.join(column)}</section>" for column in columns)

    def html(self, found: list[Any]) -> str:
        return html.render(found, self.document, self.cells, self.place)

    def inside(self, title: Any) -> str:
        """A title without its element."""
        return self.html(list(title.children))

    def slide(self, slide: Any) -> str:
        said = [node for node in slide if isinstance(node, nodes.notes)]
        text = [node for node in slide[1:] if node not in said]
        shown = "".join(self.shown(kind, slide) for kind in slide["show"])
        later = [node for node in self.after(slide) if isinstance(node, rst.paragraph)]
        notes = "".join(self.html(list(node.children)) for node in said) + self.html(later)
        return (
            f"<section><h2>{self.inside(slide[0])}</h2>{self.html(text)}{shown}"
            f'<aside class="notes">{notes}</aside></section>'
        )

    def section(self, section: Any) -> str:
        """A section that has no slides: its heading, and its first formula or picture."""
        kinds = [kind for kind in ("formula", "picture") if any(self.candidates(kind, section.findall()))][:1]
        shown = "".join(next(self.candidates(kind, section.findall())) for kind in kinds)
        return f"<section><h2>{self.inside(section[0])}</h2>{shown}</section>"

    def after(self, slide: Any) -> list[Any]:
        """What the page has between a slide and the next."""
        found = []
        for node in self.order[self.order.index(slide) + 1 :]:
            if isinstance(node, nodes.slide):
                break
            if not nodes.inside(node, nodes.DECK):
                found.append(node)
        return found

    def shown(self, kind: str, slide: Any) -> str:
        """The next thing of a kind that the page has after a slide."""
        found = next(self.candidates(kind, self.order[self.order.index(slide) + 1 :]), None)
        if found is None:
            raise nodes.error(slide, f"the slide shows a {kind}, but the page has none after it")
        return found

    def candidates(self, kind: str, following: Any) -> Iterator[str]:
        """The HTML of everything of a kind."""
        for node in following:
            if kind in KINDS and isinstance(node, KINDS[kind]) and not nodes.inside(node, nodes.DECK):
                yield self.html([node])
            elif isinstance(node, nodes.cell):
                cell = self.cells[node["number"]]
                program = kind == "program"
                path = {"picture": PICTURES, "output": "./*[@class='output']"}.get(kind, "./*[@class='highlight']")
                if kind in ("code", "program") and node["program"] is not program or kind in KINDS:
                    continue
                found = "".join(lxml_html.tostring(part, encoding="unicode") for part in cell.xpath(path))
                if found:
                    yield found

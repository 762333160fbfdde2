"""Tree -> HTML, for pages and for slides."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from docutils import nodes as rst
from docutils.writers.html5_polyglot import HTMLTranslator
from lxml import html as lxml_html

from . import diffs, formulas, nodes, references

LIST_TYPES = {"loweralpha": "a", "upperalpha": "A", "lowerroman": "i", "upperroman": "I"}
PERCENT = re.compile(r"width: (\d+)(?:\.\d+)?%;?$")


def render(found: Sequence[rst.Node], document: rst.document, cells: list[Any], place: str, **options: Any) -> str:
    """The HTML of some nodes.

    Args:
        cells: the document's cells in HTML (see `cells`).
        place: where it is to stand, as gallery/stage1/step06.html; links start from there.
        options: see `Html`.
    """
    return write(found, Html(document, cells, place, **options))


def write(found: Sequence[rst.Node], writer: HTMLTranslator) -> str:
    """What a writer makes of copies of some nodes: docutils' changes what it visits."""
    for node in rst.container("", *(node.deepcopy() for node in found)):
        node.walkabout(writer)
    return "".join(writer.body)


def address(target: str, place: str) -> str:
    """The link from a place of the site to a target, such as glossary.md#leaf."""
    path, _, anchor = target.partition("#")
    root, ending = posixpath.splitext(path)
    path = f"{root}.html" if ending in (".md", ".ipynb") else path
    path = "" if path == place and anchor else posixpath.relpath(path, posixpath.dirname(place))
    return f"{path}#{anchor}" if anchor else path


def styles() -> str:
    """Rules for the sizes that a text can give in percent (see `Html.starttag`)."""
    return "".join(f".width-{size} {{ width: {size}%; }}\n" for size in range(1, 101))


def _with_code(text: str) -> str:
    """A text in which `code` stands between backticks."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text, quote=False))


def choices(question: Any) -> list[Any]:
    """What a question offers to choose from, in an order that does not tell which is right."""
    return sorted((child for child in question if isinstance(child, nodes.choice)), key=_by_value)


def _by_value(choice: Any) -> tuple[float, str]:
    try:
        return float(choice["value"]), ""
    except ValueError:
        return float("inf"), choice["value"]


class Html(HTMLTranslator):
    """docutils' own, with the page's elements, and without what the policy of our pages forbids.

    names: what in the code leads to the reference, if anything; on slides nothing does.
    """

    def __init__(self, document: rst.document, cells: list[Any], place: str, names: dict[str, str] | None = None) -> None:
        super().__init__(document)
        self.cells, self.place, self.names = cells, place, names
        self.page = document["page"]
        self.of_slides = {name for name, node in document.ids.items() if nodes.inside(node, nodes.DECK)}
        self.section_level = 0 if names is not None else 2  # a statement on a slide has the slide's heading above it
        self.keeps_ids = names is not None
        self.taken = 0  # characters of a text that stand with the formula before it

    def starttag(self, node: Any, tagname: str, suffix: str = "\n", empty: bool = False, **attributes: Any) -> str:
        """Sizes are classes: the policy allows no styles. What slides take from a page has no ids: several may take it."""
        if not self.keeps_ids and isinstance(node, rst.Element):
            node["ids"] = [name for name in node["ids"] if name in self.of_slides]
        if style := attributes.pop("style", None):
            size = PERCENT.match(style)
            if size is None:
                raise nodes.error(node, f"a size of {style!r} can't be given: take pixels for an image, or percent")
            attributes.setdefault("classes", []).append(f"width-{size[1]}")
        return str(super().starttag(node, tagname, suffix, empty, **attributes))

    # ---------------------------------------------------------------------------------------- headings

    def visit_section(self, node: Any) -> None:
        self.section_level += 1

    def depart_section(self, node: Any) -> None:
        self.section_level -= 1

    def visit_title(self, node: Any) -> None:
        if isinstance(node.parent, nodes.predict):
            self.body.append('<p class="predict-question">')
            self.context.append("</p>\n")
            return
        if not isinstance(node.parent, nodes.HEADED):
            super().visit_title(node)
            return
        level = f"h{min(self.section_level, 6)}"
        ids = node.parent["ids"] if self.names is not None else []  # a deck may have pieces of several pages
        self.body.append(self.starttag(node, level, "", ids=[*ids]))
        self.context.append(level)

    def depart_title(self, node: Any) -> None:
        if not isinstance(node.parent, nodes.HEADED):
            super().depart_title(node)
            return
        link = f'<a class="headerlink" href="#{node.parent["ids"][0]}" title="Permanent link">¶</a>'
        link = link if self.names is not None else ""
        folds = isinstance(node.parent, nodes.proof)  # a link must not be part of what folds
        end = f"</{self.context.pop()}>"
        self.body.append(f"{end}</summary>{link}" if folds else f"{link}{end}\n")

    def visit_statement(self, node: Any) -> None:
        self.section_level += 1
        self.body.append('<section class="statement">')

    def depart_statement(self, node: Any) -> None:
        self.section_level -= 1
        self.body.append("</section>\n")

    def visit_proof(self, node: Any) -> None:
        self.section_level += 1
        self.body.append('<details class="proof"><summary>')

    def depart_proof(self, node: Any) -> None:
        self.section_level -= 1
        self.body.append("</details>\n")

    # ---------------------------------------------------------------------------- cells, and what acts

    def visit_cell(self, node: Any) -> None:
        cell = self.cells[node["number"]]
        self.body.append(lxml_html.tostring(references.link(cell, self.names or {}), encoding="unicode"))
        raise rst.SkipNode

    def visit_changes(self, node: Any) -> None:
        self.body.append(diffs.to_html(node["old"], node["new"], *node["names"]))
        raise rst.SkipNode

    def visit_exercise(self, node: Any) -> None:
        """How to start, and the first hint."""
        exercise = node["exercise"]
        step, name = exercise["step"], exercise["page"].removesuffix(".py")
        lines = sum(bool(line.strip()) for piece in exercise["pieces"] for line in piece["new"])
        files = [f"exercises/step{step}.json", f"downloads/{name.removeprefix('gallery/')}-exercise.ipynb"]
        data, file = (posixpath.relpath(path, posixpath.dirname(self.place)) for path in files)
        calls = "".join(f"<li>{_with_code(call)}</li>" for call in exercise["calls"])
        besides = "".join(f"<li>{_with_code(block['heading'])}</li>" for block in exercise["besides"][1:])
        self.body.append(
            f'<section class="now-you" data-exercise="{data}"><p class="now-you-title">Now you</p><p>Before you read on, write this '
            f"step's program yourself: {lines} new or changed lines.</p>"
            + (f'<div class="now-you-calls"><p>What will be called:</p><ul>{calls}</ul></div>' if calls else "")
            + f"<p><code>make try STEP={step}</code> puts the last step's program into a file of yours, and checks it. Or "
            f'take the exercise with you <a href="{file}" download>as an .ipynb file</a>.</p>'
            f"<details><summary>What is checked</summary><p>The blocks of this page that follow the program, except where they "
            f"show a flaw of its own, and besides:</p><ul>{besides}</ul></details>"
            f"<details><summary>The first hint</summary><p>{_with_code(exercise['hints'][0]['text'])}</p><p>The next one: "
            f"<code>make try STEP={step} HINT=2</code></p></details></section>\n"
        )
        raise rst.SkipNode

    def visit_game(self, node: Any) -> None:
        own = address("your-own-graph.md", self.place)
        shown = " data-generations" * node["generations"]
        self.body.append(
            f'<div class="own-game" data-program="{escape(node["program"])}" data-x="{node["x"]:g}" data-y="{node["y"]:g}"{shown}>'
            f'<p>Here you choose which function of <code>{escape(node["program"])}</code> runs next; that needs JavaScript. '
            f'More graphs are on the page <a href="{own}">Your own graph</a>.</p></div>\n'
        )
        raise rst.SkipNode

    def visit_slide(self, node: Any) -> None:
        raise rst.SkipNode

    visit_notes = visit_comment = visit_mark = visit_ask = visit_slide

    def visit_predict(self, node: Any) -> None:
        """A question, what there is to choose from, and the answer, folded: it reads well without a script."""
        offered = choices(node)
        key, answer = rst.make_id(node[0].astext())[:60], escape(node["value"])
        self.body.append(f'<div class="predict" data-key="{key}" data-answer="{answer}">')
        for child in node:
            if not isinstance(child, nodes.choice):
                child.walkabout(self)
        values = "".join(f"<li><code>{escape(choice['value'])}</code></li>" for choice in offered)
        self.body.append(f"<ul>{values}</ul>" if node["type"] == "choice" else "")
        self.body.append(f"<details><summary>The answer</summary><p><code>{escape(node['value'])}</code></p><dl>")
        for choice in offered:
            self.body.append(f"<dt><code>{escape(choice['value'])}</code></dt><dd>")
            for child in choice:
                child.walkabout(self)
            self.body.append("</dd>")
        self.body.append("</dl></details></div>\n")
        raise rst.SkipNode

    # ---------------------------------------------------------------------------------- inside text

    def visit_reference(self, node: Any) -> None:
        if "refid" in node and node["refid"] not in self.of_slides:
            node["target"] = f"{self.page}#{node['refid']}"
        if "target" in node:
            node["refuri"] = address(node["target"], self.place)
            self.body.append(self.starttag(node, "a", "", href=node["refuri"]))
        else:
            super().visit_reference(node)

    def depart_reference(self, node: Any) -> None:
        self.body.append("</a>") if "target" in node else super().depart_reference(node)

    def visit_api(self, node: Any) -> None:
        if self.names is not None:
            self.body.append(f'<autoref identifier="{node["identifier"]}">')

    def depart_api(self, node: Any) -> None:
        if self.names is not None:
            self.body.append("</autoref>")

    def visit_abbreviation(self, node: Any) -> None:
        self.body.append(self.starttag(node, "abbr", "", **({"title": node["explanation"]} if "explanation" in node else {})))

    def visit_literal(self, node: Any) -> None:
        self.body.append(self.starttag(node, "code", "") + escape(node.astext(), quote=False) + "</code>")
        raise rst.SkipNode

    def visit_Text(self, node: Any) -> None:
        self.body.append(self.encode(node.astext()[self.taken :]))
        self.taken = 0

    def visit_math(self, node: Any) -> None:
        """A formula, and what stands beside it without a space: punctuation, brackets, as in n-th."""
        siblings, at = node.parent.children, node.parent.index(node)
        before, after = "", ""
        if at and isinstance(siblings[at - 1], rst.Text):
            before = re.split(r"\s", siblings[at - 1].astext())[-1]
            if before:
                self.body[-1] = self.body[-1].removesuffix(self.encode(before))
        if at + 1 < len(siblings) and isinstance(siblings[at + 1], rst.Text):
            after = re.split(r"\s", siblings[at + 1].astext())[0]
            self.taken = len(after)
        formula = self._formula(node, False)
        self.body.append(f'<span class="formula">{self.encode(before)}{formula}{self.encode(after)}</span>')
        raise rst.SkipNode

    def visit_math_block(self, node: Any) -> None:
        number = f'<span class="number">{node["number"]}</span>' if "number" in node else ""
        tag = self.starttag(node, "div", "", classes=["equation"], tabindex="0")
        self.body.append(f"{tag}{self._formula(node, True)}{number}</div>\n")
        raise rst.SkipNode

    def _formula(self, node: Any, display: bool) -> str:
        try:
            return formulas.to_mathml(node.astext(), display)
        except ValueError as error:
            raise nodes.error(node, str(error)) from error

    # ----------------------------------------------------- where docutils' HTML is not what Material's is

    def visit_literal_block(self, node: Any) -> None:
        self.body.append('<div class="highlight"><pre><code>')

    def depart_literal_block(self, node: Any) -> None:
        self.body.append("</code></pre></div>\n")

    visit_doctest_block, depart_doctest_block = visit_literal_block, depart_literal_block

    def visit_enumerated_list(self, node: Any) -> None:
        attributes: dict[str, Any] = {"start": node["start"]} if "start" in node else {}
        if node.get("enumtype") in LIST_TYPES:
            attributes["type"] = LIST_TYPES[node["enumtype"]]
        self.body.append(self.starttag(node, "ol", **attributes))

    def visit_image(self, node: Any) -> None:
        if node.get("alt") is None:
            raise nodes.error(node, f"the image {node['uri']} needs an :alt:, for those who can't see it")
        node["uri"] = self.picture(posixpath.join(posixpath.dirname(self.page), node["uri"]))
        super().visit_image(node)

    def picture(self, path: str) -> str:
        """The address of a picture of the site."""
        return posixpath.relpath(path, posixpath.dirname(self.place))


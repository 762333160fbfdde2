"""Tree -> notebook without outputs, its text in Markdown; what Markdown has no words for is HTML in it."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from docutils import nodes as rst

from . import nodes
from .gallery import Script, Site
from .html import Html, address, write

# Only where it is missing: it must not replace the engine that someone is working on.
INSTALL = """\
# Where the engine is missing, as on Colab, this gets it.
try:
    import dezero_lite
except ImportError:
    %pip install --quiet {}"""
# What lies beside a script, it reads by its own place, which a notebook does not know.
FETCH = """

from pathlib import Path
from urllib.request import urlretrieve

__file__ = Path("notebook").resolve()
for name in {}:
    if not Path(name).exists():
        urlretrieve("{}" + name, name)"""
SPECIAL = re.compile(r"[\\`*_$<\[\]#|~]")


def make(script: Script, document: Any, site: Site) -> dict[str, Any]:
    """The notebook of a script's page, which needs neither its folder nor the site beside it."""
    needs = site.engine + (" matplotlib" if "import matplotlib" in script.text else "")
    writer = Markdown(document, urljoin(site.address, address(script.page, "index.html")), site)
    cells = writer.cells(document)
    first = next((i for i, cell in enumerate(cells) if cell["cell_type"] == "code"), len(cells))
    start = INSTALL.format(needs)
    if script.beside:
        start += FETCH.format([path.name for path in script.beside], urljoin(site.address, f"{posixpath.dirname(script.page)}/"))
    cells.insert(min(first, 1), code(start))
    return of(cells)


def of(cells: list[dict[str, Any]]) -> dict[str, Any]:
    language = {"name": "python"}  # its version depends on the machine, and a notebook should not
    return {"cells": cells, "metadata": {"language_info": language}, "nbformat": 4, "nbformat_minor": 4}


def code(source: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": source}


def markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def as_json(notebook: dict[str, Any]) -> str:
    """A notebook as a file."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)


class Markdown:
    """Writes the nodes of a page in Markdown.

    page: the address of the published page, from which links start.
    """

    def __init__(self, document: Any, page: str, site: Site) -> None:
        self.document, self.page, self.site = document, page, site
        self.inline: dict[str, Callable[[Any], str]] = {
            "Text": lambda node: SPECIAL.sub(r"\\\g<0>", node.astext()).replace("\n", " "),
            "emphasis": lambda node: f"*{self.text(node)}*",
            "strong": lambda node: f"**{self.text(node)}**",
            "math": lambda node: f"${node.astext()}$",
            "literal": self.literal,
            "reference": self.reference,
            "api": self.text,
            "problematic": self.text,
        }
        self.block: dict[str, Callable[[Any], str]] = {
            "paragraph": self.text,
            "math_block": self.formula,
            "literal_block": self.code,
            "doctest_block": self.code,
            "bullet_list": lambda node: self.items(node, lambda _: "- "),
            "enumerated_list": lambda node: self.items(node, lambda i: f"{i + node.get('start', 1)}. "),
            "block_quote": lambda node: self.blocks(node).replace("\n", "\n> ").join(("> ", "")),
            "transition": lambda node: "---",
            "predict": self.predict,
            **dict.fromkeys(("slide", "comment", "substitution_definition", "changes", "exercise", "game", "mark", "ask"), lambda node: ""),
        }

    def cells(self, document: Any) -> list[dict[str, Any]]:
        """All of the page's cells."""
        found: list[dict[str, Any]] = []
        texts: list[str] = []

        def flush() -> None:
            text = "\n\n".join(filter(None, texts))
            texts.clear()
            if text:
                found.append(markdown(text))

        def walk(node: Any, level: int) -> None:
            for child in node.children:
                if isinstance(child, nodes.HEADED):
                    anchors = "".join(f'<a id="{name}"></a>' for name in child["ids"])
                    texts.append(f"{anchors}\n\n{'#' * (level + 1)} {self.text(child[0])}")
                    walk(child, level + 1)
                elif isinstance(child, nodes.cell):
                    flush()
                    found.append(code(child["source"]))
                elif not isinstance(child, rst.title):
                    texts.append(self.one(child))

        walk(document, 0)
        flush()
        return found

    def one(self, node: Any) -> str:
        """A block."""
        write = self.block.get(type(node).__name__)
        return write(node) if write and not node.get("names") else self.html(node)

    def blocks(self, node: Any) -> str:
        """The blocks inside a node."""
        return "\n\n".join(filter(None, map(self.one, node.children)))

    def text(self, node: Any) -> str:
        """What is inside a block of text."""
        writers = [(child, self.inline.get(type(child).__name__)) for child in node.children]
        return "".join(write(child) if write else self.html(child) for child, write in writers)

    def html(self, node: Any) -> str:
        text = write([node], _Html(self.document, self.page, self.link)).strip()
        return re.sub(r"\n\s*\n", "\n", text)  # an empty line would end the HTML

    def link(self, node: Any) -> str:
        if "target" in node:
            return urljoin(self.site.address, address(node["target"], "index.html"))
        return str(node["refuri"] if "refuri" in node else f"#{node['refid']}")

    def reference(self, node: Any) -> str:
        return f"[{self.text(node)}]({self.link(node)})"

    def literal(self, node: Any) -> str:
        text = node.astext().replace("\n", " ")
        return f"`` {text} ``" if "`" in text else f"`{text}`"

    def code(self, node: Any) -> str:
        if any(isinstance(child, rst.Element) and not isinstance(child, rst.inline) for child in node):
            return self.html(node)  # a parsed literal
        text = "".join(child.astext() for child in node if "ln" not in getattr(child, "attributes", {}).get("classes", []))
        return f"```{' '.join(node['classes'][1:2])}\n{text}\n```"

    def formula(self, node: Any) -> str:
        latex = node.astext()
        many = "\\\\" in latex and "\\begin" not in latex
        inside = f"\\begin{{align*}}\n{latex}\n\\end{{align*}}" if many else latex
        return f"$${inside}$$"

    def items(self, node: Any, mark: Callable[[int], str]) -> str:
        found = []
        for i, item in enumerate(node):
            indent = " " * len(mark(i))
            found.append(mark(i) + self.blocks(item).replace("\n", f"\n{indent}"))
        return ("\n" if all(len(item) == 1 for item in node) else "\n\n").join(found)

    def predict(self, node: Any) -> str:
        """The question, what it says besides, and what to choose from; the answer is what the cells show."""
        offered = "\n".join(f"- `{child['value']}`" for child in node if isinstance(child, nodes.choice))
        said = [self.one(child) for child in node[1:] if not isinstance(child, nodes.choice)]
        return "\n\n".join(filter(None, [f"**{self.text(node[0])}**", *said, offered if node["type"] == "choice" else ""]))


class _Html(Html):
    """HTML inside Markdown: formulas stay LaTeX, which notebooks typeset."""

    def __init__(self, document: Any, page: str, link: Callable[[Any], str]) -> None:
        super().__init__(document, [], page)
        self.link, self.keeps_ids = link, True

    def visit_math(self, node: Any) -> None:
        self.body.append(f"${self.encode(node.astext())}$")
        raise rst.SkipNode

    def visit_math_block(self, node: Any) -> None:
        number = rf" \tag{{{node['number'].strip('()')}}}" if "number" in node else ""
        self.body.append(f"{self.starttag(node, 'div', '')}$${self.encode(node.astext())}{number}$$</div>")
        raise rst.SkipNode

    def visit_reference(self, node: Any) -> None:
        self.body.append(self.starttag(node, "a", "", href=self.link(node)))

    def depart_reference(self, node: Any) -> None:
        self.body.append("</a>")

    def picture(self, path: str) -> str:
        return urljoin(self.place, posixpath.relpath(path, posixpath.dirname(self.page)))

"""Cross references: the roles of the course, and links as rST writes them. Each must lead somewhere.

    :page:`stage2/step14`              another page of the gallery, or one in docs/ such as :page:`glossary`
    :api:`Variable.backward`           the reference, by the name under which one imports it from the engine
    :term:`generation`                 the glossary
    :paper:`wengert-1964`              the bibliography
    :eq:`euler`                        a formula with that :label:

Each of them takes other words to show, as in :page:`the last step <stage2/step14#why-a-sum>`.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from docutils import nodes as rst
from docutils.parsers.rst import roles

from . import glossary, nodes
from .gallery import IMAGES, ROOT, Site

WORDS = re.compile(r"(.+?)\s*<([^<>]+)>$", re.S)
ENTRY = re.compile(r"\{ #([\w-]+)-(\d+\w?) \}")  # of the bibliography


def _role(make: Any) -> Any:
    """A role from a function of the words to show (if any), the target and the site; ValueError says what is wrong."""

    def role(name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any) -> Any:
        found = WORDS.match(rst.unescape(text))
        words, target = (found[1], found[2]) if found else ("", rst.unescape(text))
        try:
            return [make(words, target.strip(), inliner.document)], []
        except ValueError as error:
            message = inliner.reporter.error(f"{rawtext}: {error}", line=lineno)
            return [inliner.problematic(rawtext, rawtext, message)], [message]

    return role


def link(words: str, target: str, **attributes: Any) -> rst.reference:
    """A reference to a place of the site, such as gallery/stage1/step06.ipynb#theory."""
    return rst.reference(words, words, target=target, **attributes)


def page(words: str, target: str, document: Any) -> rst.Node:
    name, _, anchor = target.partition("#")
    site: Site = document.site
    for uri in (f"gallery/{name}.ipynb", f"{name}.md", f"{name}/index.md"):
        if uri in site.pages:
            return link(words or site.pages[uri] or name, f"{uri}#{anchor}".rstrip("#"))
    raise ValueError(f"there is no page {name!r}")


def described(thing: Any) -> str:
    """Where the reference describes it: a function that makes objects of a class and calls them stands with the class."""
    made = [cell.cell_contents for cell in getattr(thing, "__closure__", None) or ()]
    thing = made[0] if "<locals>" in thing.__qualname__ and made and isinstance(made[0], type) else thing
    return f"{thing.__module__}.{thing.__qualname__}"


def api(words: str, target: str, document: Any) -> rst.Node:
    import dezero_lite

    thing: Any = dezero_lite
    for part in target.removeprefix("dezero_lite.").split("."):
        if not hasattr(thing, part):
            raise ValueError(f"the engine has no {target!r}")
        owner, thing = thing, getattr(thing, part)
    if owner is dezero_lite:
        identifier = described(thing)
    else:
        identifier = f"{owner.__module__}.{owner.__qualname__}.{part}" if isinstance(owner, type) else target
    shown = rst.literal("", words or target)
    return nodes.api("", "", shown, identifier=identifier)


def term(words: str, target: str, document: Any) -> rst.Node:
    anchor = glossary.terms().get(" ".join(target.lower().split()))
    if anchor is None:
        raise ValueError(f"the glossary has no {target!r}")
    return link(words or target, f"glossary.md#{anchor}", classes=["term"])


def papers() -> dict[str, str]:
    """Each entry of the bibliography by its anchor, such as wengert-1964 -> Wengert (1964)."""
    text = (ROOT / "docs" / "bibliography.md").read_text("utf-8")
    return {
        f"{names}-{year}": f"{' and '.join(name.title() for name in names.split('-'))} ({year})"
        for names, year in ENTRY.findall(text)
    }


def paper(words: str, target: str, document: Any) -> rst.Node:
    if target not in papers():
        raise ValueError(f"the bibliography has no {target!r}")
    return link(words or papers()[target], f"bibliography.md#{target}")


def equation(words: str, target: str, document: Any) -> rst.Node:
    node = rst.reference("", words or target, refname=rst.fully_normalize_name(f"equation-{target}"))
    node["equation"] = not words
    document.note_refname(node)
    return node


def abbreviation(words: str, target: str, document: Any) -> rst.Node:
    """:abbr:`AD (automatic differentiation)`, as Sphinx has it."""
    short, _, long = target.removesuffix(")").partition(" (")
    return rst.abbreviation("", short, **({"explanation": long} if long else {}))


def key(words: str, target: str, document: Any) -> rst.Node:
    """:kbd:`Enter`."""
    return rst.inline("", target, classes=["kbd"])


def resolve(document: Any, uri: str) -> None:
    """Make links as rST writes them, relative to the page of that uri, links to places of the site.

    Raises:
        BuildError: one leads to no page, or an image is not there.
    """
    for image in document.findall(rst.image):
        if not Path(document["path"]).parent.joinpath(image["uri"]).is_file() or not image["uri"].endswith(IMAGES):
            raise nodes.error(image, f"there is no {image['uri']} beside the script, or it is no image")
        if "scale" in image or not re.fullmatch(r"\d*%?", image.get("width", "")):
            raise nodes.error(image, "an image has a :width: in pixels, such as 200, or in percent, such as 50%")
    for node in list(document.findall(rst.reference)):
        address = node.get("refuri", "")
        if not address or re.match(r"[a-z][a-z+.-]*:|//|#", address):
            continue
        path, _, anchor = address.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(uri), path))
        if target not in document.site.pages:
            raise nodes.error(node, f"the link to {address!r} leads to no page")
        del node["refuri"]
        node["target"] = f"{target}#{anchor}".rstrip("#")


def default(words: str, target: str, document: Any) -> rst.Node:
    """`x`, everybody's first slip."""
    raise ValueError("code has two backticks on each side, and a role has its name before the first")


OURS = {"page": page, "api": api, "term": term, "paper": paper, "eq": equation, "abbr": abbreviation, "kbd": key}
KNOWN = [*OURS, "math", "code", "sub", "sup"]
OF_SPHINX = {**dict.fromkeys(("ref", "doc"), ":page:"), **dict.fromkeys(("func", "class", "meth", "attr", "mod", "obj"), ":api:")}


def register() -> None:
    """Tell docutils about all of these."""
    for name, make in {**OURS, "": default}.items():
        roles.register_local_role(name, _role(make))

"""Pictures as they can stand in a page: its policy allows no styles but those of its style sheets."""

from __future__ import annotations

from typing import Any

from lxml import etree

from dezero_lite import pictures
from dezero_lite.pictures import drawing
from dezero_lite.pictures.beside import STYLE as BESIDE

STYLES = drawing.STYLE, pictures.STYLE, BESIDE  # they are in the site's style sheet


def for_the_page(output: dict[str, Any], name: str) -> dict[str, Any]:
    """An output of a cell with its picture, if it is one, as a page can have it.

    name: begins the ids in it.
    """
    data = output.get("data", {})
    for kind in ("image/svg+xml", "text/html"):
        picture = data.get(kind)
        if picture:
            if "dzl-" in picture:
                for style in STYLES:
                    picture = picture.replace(f"<style>{style}</style>", "")
            elif kind == "image/svg+xml":
                picture = plot(picture, name)
            return {**output, "data": {kind: picture}}
    return output


def plot(svg: str, name: str) -> str:
    """A Matplotlib SVG with attributes in place of styles, currentColor for black, and ids that begin with name."""
    root = etree.fromstring(svg.encode(), etree.XMLParser(remove_blank_text=True))
    written = " – ".join(comment.text.strip() for comment in root.iter(etree.Comment))
    label = root.findtext(".//{*}description") or f"Plot: {written}"
    etree.strip_elements(root, etree.Comment, "{*}metadata", "{*}style", with_tail=False)
    for element in root.iter():
        element.tag = etree.QName(element).localname
        for declaration in filter(None, element.attrib.pop("style", "").split(";")):
            property, value = (part.strip() for part in declaration.split(":", 1))
            if property == "font":  # a shorthand, which has no attribute; the family is the page's
                property, value = "font-size", value.split()[0]
            if property != "font-family":
                element.set(property, value)
        for attribute, value in element.attrib.items():
            if value in ("#000000", "black"):
                element.set(attribute, "currentColor")
        if target := element.attrib.pop("{http://www.w3.org/1999/xlink}href", None):
            element.set("href", target)
    for empty in root.xpath("//path[not(@d)]"):  # a level that no line reaches
        empty.getparent().remove(empty)
    _rename_ids(root, name)
    root.attrib.update({"class": "plot", "role": "img", "aria-label": label,
                        "stroke-linejoin": "round", "stroke-linecap": "butt"})  # fmt: skip
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode"))


def _rename_ids(root: Any, name: str) -> None:
    """Let the ids that something refers to be name and a number, and drop the others."""
    referring = [
        (element, attribute, value)
        for element in root.iter()
        for attribute, value in element.attrib.items()
        if attribute == "href" or value.startswith("url(#")
    ]
    names: dict[str, str] = {}  # counted: Matplotlib's own depend on the last digits of coordinates
    for element, attribute, value in referring:
        old = value.removeprefix("url(").strip("#)")
        element.set(attribute, value.replace(f"#{old}", "#" + names.setdefault(old, f"{name}-{len(names)}")))
    for element in root.xpath("//*[@id]"):
        old = element.attrib.pop("id")
        if old in names:
            element.set("id", names[old])

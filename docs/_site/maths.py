"""Formulas: LaTeX in, MathML out, and a font that has what the formulas need.

MathML is part of HTML: every current browser shows it without a script.
"""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from latex2mathml.converter import convert
from lxml import etree
from mkdocs.exceptions import BuildError

from .gallery import once

TIGHT = {"|", "‖", "/", "…"}
LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}  # of a sum in a formula of its own
PRIMES = {"′", "″", "‴"}
SIGNS, BEFORE_A_SIGN = {"±", "∓", "−"}, {"(", ",", "=", "<", ">", "≤", "≥", "≈"}


class FormulaError(BuildError):
    """A formula that can't be converted."""


@lru_cache(maxsize=None)
def to_mathml(latex: str, display: bool) -> str:
    """The formula as a <math> element.

    Raises:
        FormulaError: the formula is broken, or has a command that latex2mathml does not know.
    """
    try:
        root = etree.fromstring(convert(latex))
    except Exception as error:
        raise FormulaError(f"can't convert the formula {latex!r}: {error!r}") from error
    for element in list(root.iter()):
        element.tag = etree.QName(element).localname
        for name in [name for name, value in element.attrib.items() if not value]:
            del element.attrib[name]
        if element.text and "\\" in element.text:
            raise FormulaError(f"unknown command {element.text} in the formula {latex!r}")
        if element.tag == "mo" and element.text in TIGHT:
            # A bar without a partner in sight, a slash and dots would get the space of an operator.
            element.set("lspace", "0")
            element.set("rspace", "0")
        if element.text == "∂":
            element.tag = "mi"  # a letter, and not a sign with space before it
        if element.text in SIGNS:
            element.tag = "mo"
            before = element.getprevious()
            if before is not None and before.text in BEFORE_A_SIGN:
                element.set("form", "prefix")  # as in = −1: no space behind it
        if element.tag == "mo" and len(element.text or "") > 1 and (element.text or "").isalpha():
            element.tag = "mi"  # a function with a name of its own, such as gen
        if element.tag == "mi" and len(element.text or "") > 1:
            whole = element.getparent() if element.getparent().tag in ("msub", "msup") else element
            following = whole.getnext()
            if following is not None and following.text not in ("(", "⁡"):
                whole.addnext(etree.fromstring('<mspace width="0.17em"/>'))  # sin x, not sinx
        if element.tag in ("msup", "msubsup") and (element[-1].text or "") in PRIMES:
            # The prime glyph is raised already: beside its base it stands right, above it too high.
            base, *index, prime = element
            prime.tag = "mo"
            prime.set("lspace", "0")
            prime.set("rspace", "0")
            if index:
                primed = etree.Element("mrow")
                primed[:] = [base, prime]
                element.tag, element[:] = "msub", [primed, *index]
            else:
                element.tag = "mrow"
        if element.tag in LIMITS and display and element[0].text == "∑":
            element.tag = LIMITS[element.tag]
    for row in root.xpath("//mrow[count(*) = 1]"):
        row.getparent().replace(row, row[0])
    if len(root) == 1 and root[0].tag == "mrow":
        root[:] = root[0][:]  # <math> is a row by itself
    etree.cleanup_namespaces(root)
    del root.attrib["display"]  # inline is the default
    if display:
        root.set("display", "block")
    return str(etree.tostring(root, encoding="unicode", method="html"))


def font(text: str) -> bytes:
    """STIX Two Math (SIL Open Font License) as WOFF2, cut down to the characters of text."""
    characters = "".join(sorted(set(text) | set("0123456789()[]{}|+-=.,√¯")))
    return once("math.woff2", lambda: _subset(characters), characters)


def _subset(characters: str) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    package = find_spec("ziamath")
    assert package is not None and package.origin is not None
    source = Path(package.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    stix = TTFont(source, recalcTimestamp=False)
    options = Options(flavor="woff2", layout_features=["ssty", "dtls"], notdef_outline=True)
    subsetter = Subsetter(options)
    # A letter in <mi> is shown as its italic character of the mathematical alphabets.
    subsetter.populate(text=characters + "".join(map(_italic, characters)))
    subsetter.subset(stix)
    stix.flavor = "woff2"
    out = io.BytesIO()
    stix.save(out)
    return out.getvalue()


def _italic(letter: str) -> str:
    if letter == "h":
        return "\u210e"  # Planck's constant stands in for the italic h
    if "a" <= letter <= "z":
        return chr(0x1D44E + ord(letter) - ord("a"))
    if "A" <= letter <= "Z":
        return chr(0x1D434 + ord(letter) - ord("A"))
    if "α" <= letter <= "ω":
        return chr(0x1D6FC + ord(letter) - ord("α"))
    return {"∂": "\U0001d715", "ϵ": "\U0001d716", "φ": "\U0001d711", "ϕ": "\U0001d719"}.get(letter, letter)

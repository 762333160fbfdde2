"""Formulas: LaTeX in, MathML out, by docutils; and a font that has what they need.

MathML is part of HTML: every current browser shows it without a script.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils.utils.math import MathError, latex2mathml, unichar2tex

from .cache import once

COPYRIGHT, LICENCE, LICENCE_ADDRESS = 0, 13, 14  # kinds of names in a font
TIGHT = {"|", "‖", "/", "…"}
PRIMES = {"'": "′", "''": "″", "'''": "‴"}
LIMITS = {"msub": "munder", "msup": "mover"}
# Those around a formula of its own that say no more than that it is one.
ENVIRONMENT = re.compile(r"\\begin\{(align|equation|gather)(\*?)\}(.*)\\end\{\1\2\}", re.S)


@lru_cache(maxsize=None)
def to_mathml(latex: str, display: bool) -> str:
    """The formula as a <math> element.

    Raises:
        ValueError: the formula is broken, or has a command that docutils does not know.
    """
    latex2mathml.letters.setdefault("dots", "…")
    wrapped = ENVIRONMENT.fullmatch(latex.strip())
    try:
        tex = (wrapped[3] if wrapped else latex).replace("∎", r"\text{∎}").translate(unichar2tex.uni2tex_table)
        if "&" in tex and "\\\\" not in tex:  # docutils aligns several lines only
            tex = f"\\begin{{aligned}}{tex}\\end{{aligned}}"
        text = latex2mathml.tex2mathml(tex, as_block=display)
    except (MathError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"can't convert the formula {latex!r}: {error}") from error
    root = ElementTree.fromstring(text.replace("&ApplyFunction;", "\u2061"))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.text, element.tail = "" if len(element) else element.text, ""  # without docutils' indentation
        if element.tag == "mo":
            _space(element)
        if element.tag in LIMITS and element[0].tag[-6:] in ("munder", "}mover"):  # what a brace below is called
            element.tag = LIMITS[element.tag]
        if element.tag == "mfrac" and "displaystyle" in element.attrib:  # which is for mstyle, says the standard
            inner = ElementTree.Element("mfrac")
            inner[:], element[:] = element[:], [inner]
            element.tag = "mstyle"
        for i, (operator, following) in enumerate(zip(element, [*element][1:])):
            if operator.text == "\u2061" and following.text != "(":
                operator.set("rspace", "0.17em")  # sin x, not sinx
    return ElementTree.tostring(root, encoding="unicode", method="html")


def _space(operator: ElementTree.Element) -> None:
    """Around a bar without a partner in sight, a slash and dots there is no room as around an operator."""
    if operator.text in PRIMES:
        operator.text = PRIMES[operator.text]
    elif operator.text not in TIGHT:
        return
    operator.set("lspace", "0")
    operator.set("rspace", "0")


def to_text(latex: str) -> str:
    """The formula's letters and signs, for search."""
    return "".join(ElementTree.fromstring(to_mathml(latex, False).replace("\u2061", "")).itertext())


def font(pages: Iterable[Any]) -> bytes:
    """STIX Two Math (SIL Open Font License) as WOFF2, cut down to the characters of all formulas of some pages."""
    found = {letter for page in pages for formula in page.iter("math") for letter in formula.text_content()}
    characters = "".join(sorted(found | set("0123456789()[]{}|+-=.,√¯")))
    return once("math.woff2", lambda: _subset(characters), characters)


def font_licence() -> str:
    """What the font says of its authors and its licence."""

    def read() -> bytes:
        names = _stix()["name"]
        return "\n".join(str(names.getDebugName(kind)) for kind in (COPYRIGHT, LICENCE, LICENCE_ADDRESS)).encode()

    return once("font-licence", read, version("ziamath")).decode()


def _stix() -> Any:
    from fontTools.ttLib import TTFont

    package = find_spec("ziamath")
    assert package is not None and package.origin is not None
    return TTFont(Path(package.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf", recalcTimestamp=False)


def _subset(characters: str) -> bytes:
    from fontTools.subset import Options, Subsetter

    stix = _stix()
    options = Options(flavor="woff2", layout_features=["ssty", "dtls"], notdef_outline=True)
    options.name_IDs += [LICENCE, LICENCE_ADDRESS]  # the font carries its licence along
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

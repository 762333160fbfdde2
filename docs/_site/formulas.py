"""Formulas: LaTeX in, MathML out, by math-core; and a font that has what they need.

MathML is part of HTML: every current browser shows it without a script.
"""

from __future__ import annotations

import io
import re
import unicodedata
from functools import lru_cache
from html import unescape
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import html
from math_core import LatexError, LatexToMathML

from .cache import once

COPYRIGHT, LICENCE, LICENCE_ADDRESS = 0, 13, 14  # kinds of names in a font
RAISED, LOWERED = (str.maketrans("0123456789", digits) for digits in ("⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"))
PRIMES = ("′", "″", "‴", "⁗")
# By the code of the plain letter; Planck's constant stands in for the italic h.
ITALIC = {unicodedata.decomposition(c)[7:]: c for c in map(chr, [*range(0x1D434, 0x1D468), *range(0x1D6FC, 0x1D71C), 0x210E])}
# What math-core does not know by these names; environments that stand for themselves become parts of a formula.
MACROS = {
    "substack": r"\begin{gathered}#1\end{gathered}", "dotsb": r"\cdots", "dotsc": r"\ldots", "dotsm": r"\cdots",
    "dotsi": r"\cdots", "dotso": r"\ldots", "smash": "#1", "nonumber": "", "notag": "",
}  # fmt: skip
ENVIRONMENTS = {
    "align": "aligned", "split": "aligned", "eqnarray": "aligned", "gather": "gathered", "multline": "gathered",
    "equation": "gathered", "smallmatrix": "matrix",
}  # fmt: skip
ENVIRONMENT = re.compile(rf"\\(begin|end)\{{({'|'.join(ENVIRONMENTS)})\*?\}}")
# The page's policy allows no styles: those of a cell are classes of the style sheet.
STYLES = {"text-align: right": "right", "text-align: left": "left", "padding-left:1em": "apart",
          "border-right": "ruled-right", "border-left": "ruled-left", "border-top": "ruled-above",
          "border-bottom": "ruled-below", "margin-left:-": "back"}  # fmt: skip


@lru_cache(maxsize=None)
def to_mathml(latex: str, display: bool) -> str:
    """The formula as a <math> element.

    Raises:
        ValueError: the formula is broken, or has a command that math-core does not know.
    """
    if found := re.search(r"(?<!\\)%|\\(?:eq)?ref\b", latex):
        wanted = "\\%, for a % begins a comment" if found[0] == "%" else "the role :eq: outside of it"
        raise ValueError(f"the formula {latex.strip()} can't be shown: write {wanted}")
    begun = re.findall(r"\\begin\{([^}]*)\}", latex)
    if sorted(begun) != sorted(re.findall(r"\\end\{([^}]*)\}", latex)):
        raise ValueError(f"the formula {latex.strip()} can't be shown: not each \\begin has its \\end")
    tex = ENVIRONMENT.sub(lambda found: rf"\{found[1]}{{{ENVIRONMENTS[found[2]]}}}", latex.strip())
    if display and ("&" in tex or r"\\" in tex):
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    try:
        text = LatexToMathML(macros=MACROS, fancy_error=False).convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        raise ValueError(f"the formula {latex.strip()} can't be shown: {str(error).partition(': ')[2]}") from None
    math = html.fragment_fromstring(text.replace("&ApplyFunction;", "\u2061"))
    for element in list(math.iter()):
        element.attrib.pop("scriptlevel", None)  # of a table, and displaystyle of a fraction: the standard has no such
        if element.tag == "mfrac" and "displaystyle" in element.attrib:
            inner = html.Element("mfrac")
            inner[:], element[:] = element[:], [inner]
            element.tag = "mstyle"
        style = element.attrib.pop("style", "")
        if "color" in style.replace("solid currentcolor", ""):
            raise ValueError(f"the formula {latex.strip()} can't be shown: colours are the page's")
        element.attrib.pop("maxsize", None)  # with which Chromium leaves a bracket as small as it was
        if element.tag == "msup" and element[1].tag == "mo" and element[1].text in PRIMES:
            element.tag = "mrow"  # the font's primes stand where they should as they are
            element[1].attrib.update({"lspace": "0", "rspace": "0"})
        if classes := [name for rule, name in STYLES.items() if rule in style]:
            element.set("class", " ".join(classes))
    return html.tostring(math, encoding="unicode")


def typeset(page: str) -> str:
    """HTML in which formulas stand between dollar signs, as in a notebook, with MathML in their place."""

    def typeset(found: re.Match[str]) -> str:
        return to_mathml(unescape(found[2]), len(found[1]) == 2)

    parts = re.split(r"(<pre\b.*?</pre>|<code\b.*?</code>)", page, flags=re.S)
    parts[::2] = [re.sub(r"(\$\$?)(?=\S)([^$]*[^$\s])\1(?!\d)", typeset, part) for part in parts[::2]]
    return "".join(parts)


def to_text(latex: str) -> str:
    """The formula on one line of letters and signs, for search and for plain text."""
    return _line(html.fragment_fromstring(to_mathml(latex, True)))


def _line(element: Any) -> str:
    def below(index: str) -> str:
        return index.translate(LOWERED) if index.isdigit() else index if len(index) == 1 else f"_({index})"

    def above(exponent: str) -> str:
        return exponent.translate(RAISED) if exponent.isdigit() else f"^({exponent})"

    parts = [_line(child) for child in element]
    match element.tag, parts:
        case "msup", [base, exponent]:
            return base + above(exponent)
        case "msub" | "munder", [base, index]:
            return base + below(index)
        case "msubsup" | "munderover", [base, index, exponent]:
            return base + below(index) + above(exponent)
        case "mfrac", _:
            return "/".join(part if part.isalnum() else f"({part})" for part in parts)
        case "msqrt", _:
            return f"√({''.join(parts)})"
        case "mtable", _:
            return ", ".join(parts)
        case "mtr", _:
            return " ".join(filter(None, parts))
        case _:
            return (element.text or "").strip("\u2061") + "".join(parts)


def font(shown: str) -> bytes:
    """STIX Two Math (SIL Open Font License) as WOFF2, cut down to the characters of all formulas in some HTML."""
    formulas = "".join(re.findall(r"<math\b.*?</math>", shown, re.S))
    found = set(unescape(re.sub(r"<[^>]*>", "", formulas)))
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
    subsetter.populate(text=characters + "".join(ITALIC.get(f"{ord(letter):04X}", "") for letter in characters))
    subsetter.subset(stix)
    stix.flavor = "woff2"
    out = io.BytesIO()
    stix.save(out)
    return out.getvalue()

"""Material's files: those that no page asks for stay out of the site; and the licences of what others wrote."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution

from . import formulas

# Package -> what the site carries of it.
CARRIED = {
    "mkdocs-material": "the pages' design, its scripts, its style sheets and icons",
    "sphinx-revealjs": "reveal.js, which shows the slides (by Hakim El Hattab and contributors)",
    "ziamath": "the font of the formulas, STIX Two Math (by the STIX Font Project Authors), cut down to what they need",
    "mkdocstrings-python": "the design of the reference",
}


def unused(uri: str) -> bool:
    """Whether a file of the theme serves no reader: source maps, and word endings of other languages."""
    return uri.endswith(".map") or uri.startswith("assets/javascripts/lunr/")


@cache
def licences() -> str:
    """A page with the licences of what the site carries that others wrote, from the packages that brought it."""
    parts = ["---\nsearch: {exclude: true}\ndescription: Under which terms the site and what it carries may be used.\n---\n# Licences\n\nThe site itself is under the MIT licence. It carries, under their own licences:\n"]
    for name, what in CARRIED.items():
        package = distribution(name)
        files = [f for f in package.files or [] if f.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "OFL"))]
        texts = [f.read_text("utf-8").strip() for f in files]
        parts.append(f"## {name} {package.version}\n\n{what[0].upper() + what[1:]}.\n")
        parts += [f"```text\n{text}\n```\n" for text in dict.fromkeys(texts)]
        if name == "ziamath":
            parts.append(f"The font says of itself:\n\n```text\n{formulas.font_licence()}\n```\n")
    return "\n".join(parts)

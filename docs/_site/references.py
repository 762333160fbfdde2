"""Names of the engine in a script's code: links to their entries in the reference, and back from there."""

from __future__ import annotations

import re

from lxml import html

DOT = '<span class="o">.</span>'


def link(code: str, names: dict[str, str]) -> str:
    """Highlighted code with its names as references, which mkdocs-autorefs resolves."""
    for written, full in names.items():
        tokens = re.escape(DOT).join(rf'<span class="n[nc]?">{part}</span>' for part in written.split("."))
        # Neither the attribute of something else nor the name of an argument.
        alone = rf'(?<!{re.escape(DOT)}){tokens}(?!<span class="o">[.=]</span>)'
        code = re.sub(alone, f'<autoref identifier="{full}">{written}</autoref>', code)
    return code


def unlinked(text: str) -> str:
    """Slides have no links in their code."""
    return re.sub(r"</?autoref[^>]*>", "", text)


def with_pages(reference: str, cards: dict[str, list[str]]) -> str:
    """A page of the reference, each entry with the cards of the pages that use it (full name -> cards)."""
    page = html.fragment_fromstring(reference, create_parent="div")
    for entry in page.find_class("doc-object"):
        found = cards.get(entry[0].get("id"), [])
        if found:
            pages = "1 page" if len(found) == 1 else f"{len(found)} pages"
            entry[-1].append(
                html.fragment_fromstring(
                    f'<details class="used"><summary>Used on {pages} of the course</summary>'
                    f'<ul class="cards">{"".join(found)}</ul></details>'
                )
            )
    return "".join(html.tostring(part, encoding="unicode") for part in page)

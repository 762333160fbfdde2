"""Names of the engine in a script's code: links to their entries in the reference, and back from there."""

from __future__ import annotations

from copy import deepcopy
from itertools import takewhile

from lxml import html


def link(cell: html.HtmlElement, names: dict[str, str]) -> html.HtmlElement:
    """A copy of a cell in which names of the engine are references, which mkdocs-autorefs resolves.

    names: what the script calls them, such as np.exp -> their full names.
    """
    cell = deepcopy(cell)
    for code in cell.xpath(".//pre/code"):
        spans = list(code)
        for i, span in enumerate(spans):
            if span.get("class", "")[:1] != "n" or (i and spans[i - 1].text == "." and not spans[i - 1].tail):
                continue  # no name, or the attribute of something else
            tokens = [span, *takewhile(lambda s: s.text == "." or s.get("class", "")[:1] == "n", spans[i + 1 :])]
            length = next((n for n in range(len(tokens), 0, -1) if _written(tokens[:n]) in names), 0)
            following = spans[i + length : i + length + 1]
            touches = length and not tokens[length - 1].tail
            if length and not (touches and following and following[0].text in (".", "=")):  # nor an argument's name
                _refer(tokens[:length], names[_written(tokens[:length])])
    return cell


def _written(tokens: list[html.HtmlElement]) -> str:
    """The tokens as one name; nothing if there is space between them."""
    return "" if any(token.tail for token in tokens[:-1]) else "".join(token.text or "" for token in tokens)


def _refer(tokens: list[html.HtmlElement], full: str) -> None:
    """Put one reference in place of the tokens."""
    reference = html.Element("autoref", identifier=full)
    reference.text, reference.tail = _written(tokens), tokens[-1].tail
    tokens[0].addprevious(reference)
    for token in tokens:
        token.tail = None
        token.getparent().remove(token)


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

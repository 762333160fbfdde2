"""Two texts side by side: the lines that both have stand opposite each other, the others are marked."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest

STYLE = (
    ".dzl-beside{overflow-x:auto}.dzl-beside table{border-collapse:collapse;table-layout:fixed;width:100%;min-width:34rem;"
    "font:.6rem/1.5 var(--md-code-font-family,monospace)}.dzl-beside td{white-space:pre-wrap;overflow-wrap:anywhere;padding:0 .6em;"
    "vertical-align:top}.dzl-beside td+td{border-left:1px solid var(--md-default-fg-color--lighter,#ccc)}"
    ".dzl-beside mark{background:#f9a82540;color:inherit}.dzl-beside th{text-align:left;padding:0 .6em}"
)


@dataclass(frozen=True)
class Beside:
    """Two texts with their names."""

    left: str
    right: str
    names: tuple[str, str]

    def rows(self) -> list[tuple[str, str, bool]]:
        """Line beside line, and whether they are the same."""
        lefts, rights = self.left.splitlines(), self.right.splitlines()
        found = []
        for kind, i, j, k, m in SequenceMatcher(None, lefts, rights, autojunk=False).get_opcodes():
            found += [(a, b, kind == "equal") for a, b in zip_longest(lefts[i:j], rights[k:m], fillvalue="")]
        return found

    def _repr_html_(self) -> str:
        def cell(line: str, same: bool) -> str:
            return f"<td>{escape(line) if same or not line else f'<mark>{escape(line)}</mark>'}</td>"

        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.names)
        body = "".join(f"<tr>{cell(a, same)}{cell(b, same)}</tr>" for a, b, same in self.rows())
        return f'<style>{STYLE}</style><div class="dzl-beside" tabindex="0"><table class="dzl-lines"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def beside(left: str, right: str, names: tuple[str, str] = ("left", "right")) -> Beside:
    """Two texts side by side, shown as a table in notebooks; what is not in both is marked."""
    return Beside(left, right, names)

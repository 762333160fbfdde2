"""What authors write by mistake, most of it from Markdown, and docutils would publish as it is: each slip has its line.

sphinx-lint knows the slips with backticks, colons and directives.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes as rst
from docutils.parsers.rst.languages import en
from docutils.statemachine import StringList
from sphinxlint.checkers import all_checkers
from sphinxlint.sphinxlint import check_text

from . import directives, nodes

# Those of sphinx-lint that are no mistakes here, or that are told better below.
LEFT_OUT = {"bad-dedent", "carriage-return", "dangling-hyphen", "default-role", "horizontal-tab", "line-too-long",
            "missing-final-newline", "python-syntax", "trailing-whitespace"}  # fmt: skip
CHECKERS = {checker for name, checker in all_checkers.items() if name not in LEFT_OUT}
UNDERLINE = re.compile(r"([!-/:-@[-`{-~])\1{2,}$")
LEVELS = "= under the page's title, - under a section's, ~ under that of a part of one"
# In running text: what it looks like, and what to write.
WORDS = {
    r"(?<![\w$])\$\$?(?=[^\s$])[^$]*[^\s$]\$\$?(?![\w$])": "a formula is :math:`x^2`, or stands below `.. math::`",
    r"(?<!\w)!?\[[^\]]+\]\([^)\s]+\)": "a link is `its words <address>`_, a page :page:`stage2/step14`, an image `.. image::`",
    r"\A#{1,6} \S": "a heading has a line of - below it",
    r"</?(?:a|b|br|code|div|em|i|img|p|span|strong|sub|sup|table)\b[^>]*>": "HTML shows as it is written: *emphasis*, **strong**, ``code``",
    r"\0[(\[](?=.*\0[)\]])": "a formula is :math:`x^2`, or stands below `.. math::`",
    "\0[A-Za-z]+": "a backslash is lost outside a formula: :math:`\\alpha`, ``\\n``",
    r"\n\s*(?:[-+*•] \S|1[.)] .*\n\s*2[.)] \S)": "a list has an empty line before it, and before what is inside of its items",
    r"(?<!\w)(?:__|~~)\w.*?\w(?:__|~~)(?!\w)": "write *emphasis* or **strong**",
    r"\[\^\w+\]|\A\[[^\]]+\]: |\[[^\]]+\]\[[^\]]*\]": "a footnote is [#name]_ and .. [#name], a link `its words <address>`_",
    r"\A(?:> |!!! |\[[ x]\] )": "this is Markdown: a quotation is indented, a note stands below `.. note::`",
    r"<!--|&(?:#\d+|[a-z]+);": "HTML shows as it is written: use the character itself, and `..` for a comment",
    r"(?<![\0\w*])\*{1,2}(?=\w)|(?<=\w)\*{1,2}(?![\w*])": "an asterisk is left over: markup can't stand inside other markup",
    r"\A([-=~_*#+])\1+\Z": "a line across the page has four signs: ----",
    "`": "a backtick is left over: markup can't stand inside other markup, and nothing else may touch it",
}
BY_THEMSELVES = (nodes.slide, nodes.notes, nodes.predict, nodes.ask, nodes.mark, nodes.only_draws, nodes.game)
VERBATIM = (rst.literal, rst.literal_block, rst.doctest_block, rst.math, rst.math_block, rst.raw, rst.comment, rst.problematic,
            rst.substitution_definition)  # fmt: skip


def in_markers(script_lines: list[str]) -> Iterator[tuple[int, str]]:
    """Words beside the sign that begins a text, which sphinx-gallery leaves out."""
    for number, line in enumerate(script_lines, 1):
        if re.match(r"# ?%%\s*[^\s%]", line):
            yield number, "a text begins on the line below # %%"


def in_comments(script_lines: list[str], start: int) -> Iterator[tuple[int, str]]:
    """Slips in how a block of text, which begins at that line, is written as comments: a line and what is wrong."""
    for number, line in enumerate(script_lines[start - 1 :], start):
        if not line.startswith("#"):
            return
        if "\t" in line:
            yield number, "a line of text has a tab in it: write spaces"
        elif line[1:2] not in ("", " ", "%") and set(line) != {"#"}:
            yield number, f'a line of text begins with "# ", and not with {line[:8]!r}'


def in_lines(lines: StringList) -> Iterator[tuple[int, str]]:
    """Slips that show in a line of rST."""
    signs = ""
    for before, above, (_, at, line) in zip(["", "", *lines], ["", *lines], lines.xitems()):
        sign = line[:1]
        if sign != "`" and UNDERLINE.match(line) and above.strip() and not above.startswith((" ", ".. ")) and not UNDERLINE.match(above):
            if sign != "="[: not signs] and (sign not in "-~" or (sign == "~" and "-" not in signs)):
                yield at + 1, f"the heading {above!r} is underlined with {sign}: the signs are {LEVELS}"
            if before.strip() and not UNDERLINE.match(before):
                yield at, f"the heading {above!r} has no empty line above it"
            signs += sign
        elif line.startswith("```"):
            yield at + 1, "code stands in the script's own cells, or below `.. code-block:: python`"
        elif (word := re.match(r"\s*\.\.(?! [\w-]+::(?: |$)) ?([\w-]+)", line)) and word[1] in {*directives.OURS, *en.directives}:
            yield at + 1, f"a directive has a space before it, two colons and a space behind it: .. {word[1]}:: "
        elif re.match(r"\|[-:| ]*-[-:| ]*\|$", line):
            yield at + 1, "a table is written as in `.. list-table::`, or with lines of = above and below"
    for slip in check_text("text.rst", "\n".join(lines) + "\n", CHECKERS):
        yield lines.info(slip.line_no - 1)[1] + 1, slip.msg


def _is_code(text: str) -> bool:
    try:
        return any(isinstance(node, (ast.Assign, ast.Import, ast.ImportFrom, ast.FunctionDef)) for node in ast.parse(text).body)
    except SyntaxError:
        return False


def in_tree(document: Any) -> Iterator[str]:
    """Slips that show in the tree, most of them in running text."""
    there = {cell["number"] for cell in document.findall(nodes.cell)}
    written = Path(document["path"]).read_text("utf-8").split("\n")
    for line in (line for number, (line, _) in enumerate(document.cells) if number not in there):
        above = max(n for n, text in enumerate(written[: line - 1], 1) if text.strip("# "))
        yield f"{document['source']}:{above}: the cell below is taken for a part of this text: one colon before a cell, not two"
    for node in document.findall(lambda node: isinstance(node, BY_THEMSELVES)):
        place = node.parent
        while isinstance(place, rst.section):
            place = place.parent
        if not isinstance(place, nodes.slide if isinstance(node, nodes.notes) else rst.document):
            where = "in a slide" if isinstance(node, nodes.notes) else "by itself, not inside of a list, a slide or the like"
            yield f"{nodes.place(node)}: `{type(node).__name__}` stands {where}"
    for items in document.findall(rst.enumerated_list):
        if len(items) == 1 and items["enumtype"] != "arabic" or len(items) == 1 and items.get("start", 1) != 1:
            yield f"{nodes.place(items)}: the beginning of this text is taken for the number of a list: write it with a backslash, as in A\\. Turing"
    for quote in document.findall(rst.block_quote):
        if _is_code(quote[0].rawsource):
            yield f"{nodes.place(quote[0])}: code stands in a cell, or below `::`: {quote[0].astext()[:40]!r}"
    for text in document.findall(rst.Text):
        if isinstance(text.parent, VERBATIM) or nodes.inside(text, VERBATIM):
            continue
        for pattern, advice in WORDS.items():
            if found := re.search(pattern, text):
                words = found[0].replace("\0", "\\")
                yield f"{nodes.place(text, words)}: {words.strip()!s}: {advice}"

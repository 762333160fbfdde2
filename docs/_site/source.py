"""Script -> tree: sphinx-gallery splits the script into blocks, docutils parses their text, all of it as one document.

So footnotes, labels, references and sections reach across blocks. Each line of text knows its line of the
script, and a directive holds the place of each cell of code.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from docutils import frontend, utils
from docutils import nodes as rst
from docutils.parsers.rst import Parser, roles, states
from docutils.readers.standalone import Reader
from docutils.statemachine import StringList, string2lines
from docutils.writers.html5_polyglot import Writer
from mkdocs.exceptions import BuildError
from sphinx_gallery.backreferences import identify_names
from sphinx_gallery.py_source_parser import remove_config_comments, split_code_and_text_blocks

from . import directives, slips, structure
from . import roles as references
from .gallery import Script, Site

SETTINGS = {
    "report_level": 2,  # warnings; each of them stops the build
    "halt_level": 5,
    "warning_stream": False,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "file_insertion_enabled": False,
    "syntax_highlight": "short",
    "table_style": "colwidths-auto",
    "footnote_references": "superscript",
    "initial_header_level": "1",
    "toc_backlinks": False,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "math_output": ("mathml", ""),
}


def parse(script: Script, site: Site) -> rst.document:
    """The tree of a script's page.

    Raises:
        BuildError: the text is not as rST wants it, or a link leads nowhere; with the line.
    """
    _stop([script.fault])
    document = _document(script, site)
    _stop(f"{script.repository_path}:{line}: {what}" for line, what in slips.in_markers(script.text.split("\n")))
    lines, document.cells = _lines(script)
    _stop(_torn(script, line, code) for line, code in document.cells)
    _stop(f"{script.repository_path}:{line}: {what}" for line, what in slips.in_lines(lines))
    complaints: list[str] = []
    document.reporter.attach_observer(lambda message: complaints.append(_complaint(message)))
    _run(lines, document)
    _stop(complaints)
    document.reporter.attach_observer(lambda message: _stop([_complaint(message)]))  # of those who write the page
    _stop(slips.in_tree(document))
    if not any(isinstance(child, rst.paragraph) for child in document[0]):
        _stop([f"{script.repository_path}:1: the first text has no paragraph, which would be the page's summary"])
    references.resolve(document, script.page)
    structure.arrange(document)
    return document


def stand_in(script: Script, site: Site) -> rst.document:
    """The tree of a page with the script's title and one cell, whose output is to say what is wrong with its text."""
    text = f"{script.title}\n{'=' * len(script.title)}\n\nThis page can't be shown:\n\n.. cell:: 0"
    document = _document(script, site)
    document.cells = [(1, f"# {script.repository_path}")]
    _run(StringList(text.split("\n"), script.repository_path), document)
    structure.arrange(document)
    return document


def _document(script: Script, site: Site) -> rst.document:
    document = utils.new_document(script.repository_path, _settings())
    document["path"], document["page"], document.site = str(script.path), script.page, site
    return document


def _stop(complaints: Iterable[str]) -> None:
    if found := list(dict.fromkeys(filter(None, complaints))):
        raise BuildError("\n".join(found))


@cache
def _settings() -> Any:
    directives.register()
    references.register()
    settings = frontend.get_default_settings(Reader, Parser, Writer)
    for name, value in SETTINGS.items():
        setattr(settings, name, value)
    return settings


def _run(lines: StringList, document: rst.document) -> None:
    """What docutils' own parser does, with lines that know where they are from."""
    parser, known = Parser(), dict(roles._roles)
    machine = states.RSTStateMachine(parser.state_classes, parser.initial_state)
    try:
        machine.run(lines, document, inliner=parser.inliner)
    finally:
        roles._roles.clear()  # those that this text defined are its own
        roles._roles.update(known)
    document.transformer.populate_from_components((Reader(parser), parser, Writer()))
    document.transformer.apply_transforms()


def _complaint(message: rst.system_message) -> str:
    text = message[0].astext()
    # docutils takes a heading with too short a line for text, and only whispers.
    if message["level"] < SETTINGS["report_level"] and not text.startswith(("Possible ", "Unexpected possible ")):
        return ""
    return f"{message['source']}:{message.get('line', 1)}: {text}{_advice(text, message.astext())}"


def _advice(text: str, whole: str) -> str:
    """What to write, where docutils only says what it does not know."""
    if found := re.match(r'Unknown (interpreted text role|directive type) "(.+?)"', text):
        if found[2] in references.OF_SPHINX:
            return f" Here it is {references.OF_SPHINX[found[2]]}."
        known = references.KNOWN if "role" in found[1] else directives.KNOWN
        near = difflib.get_close_matches(found[2], known)
        return f" Did you mean {' or '.join(near)}?" if near else f" There are: {', '.join(sorted(known))}."
    if found := re.match(r'Error in "(\S+)" directive:\nunknown option', text):
        options = directives.options(found[1])
        return f" It has: {', '.join(sorted(options)) or 'none'}."
    if "0 supplied" in text:
        return " The words that the directive is about follow its two colons, on the same line."
    if "start-string without end-string" in text:
        return f" Its end is missing, or touches a letter: {whole.rpartition(text)[2].strip()}".rstrip(": ") + "."
    return ""


def _lines(script: Script) -> tuple[StringList, list[tuple[int, str]]]:
    """The text of a script, each line with its number, and its cells with the line at which each begins."""
    cells: list[tuple[int, str]] = []
    lines, after, written = StringList(), 0, script.text.split("\n")
    for kind, content, start in split_code_and_text_blocks(str(script.path))[1]:
        content = (content if kind == "text" else remove_config_comments(content)).strip("\n")
        _stop(f"{script.repository_path}:{line}: {what}" for line, what in slips.in_comments(written, start) if kind == "text")
        after, first = max(after, start - 1), content.split("\n")[0]
        after = next((i for i in range(after, len(written)) if first in written[i]), after)
        if kind == "code":
            lines.append(f".. cell:: {len(cells)}", script.repository_path, after)
            cells.append((after + 1, content.rstrip()))
        else:
            for number, line in enumerate(string2lines(content, 4, convert_whitespace=True)):
                lines.append(line, script.repository_path, after + number)
        lines.append("", script.repository_path, after)
    return lines, cells


def _torn(script: Script, line: int, code: str) -> str:
    """What is wrong with a cell that is no code by itself, though the script is."""
    try:
        ast.parse(code)
    except SyntaxError as error:
        return f"{script.repository_path}:{line + (error.lineno or 1) - 1}: {error.msg}: does a line `# %%` stand inside of this?"
    return ""


def names(script: Script) -> dict[str, str]:
    """What the script calls objects of the engine -> their full names.

    sphinx-gallery's finder goes by imports: a `Variable` that a page defines itself is none of the engine's.
    """
    import dezero_lite

    found = {}
    for written, (first, *_) in identify_names(split_code_and_text_blocks(str(script.path))[1], ref_regex="(?!)").items():
        if first["module"] == dezero_lite.__name__:
            thing = getattr(dezero_lite, first["name"])
            if hasattr(thing, "__qualname__"):  # not so dezero_lite.__file__
                found[written] = references.described(thing)
    return found

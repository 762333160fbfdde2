"""Script -> tree: sphinx-gallery splits the script into blocks, docutils parses their text, all of it as one document.

So footnotes, labels, references and sections reach across blocks. Each line of text knows its line of the
script, and a directive holds the place of each cell of code.
"""

from __future__ import annotations

from collections.abc import Iterator
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

from . import directives, structure
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
    document = utils.new_document(script.repository_path, _settings())
    document["path"], document.site = str(script.path), site
    complaints: list[str] = []
    document.reporter.attach_observer(lambda message: complaints.append(_complaint(message)))
    lines, document.cells = _lines(script)
    _run(lines, document)
    if complaints := [complaint for complaint in complaints if complaint]:
        raise BuildError("\n".join(complaints))
    references.resolve(document, script.page)
    structure.arrange(document)
    return document


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
    return f"{message['source']}:{message.get('line', 1)}: {text}"


def _lines(script: Script) -> tuple[StringList, list[tuple[int, str]]]:
    """The text of a script, each line with its number, and its cells with the line at which each begins."""
    lines, cells, after = StringList(), [], 0
    for kind, content, start in _blocks(script):
        content = (content if kind == "text" else remove_config_comments(content)).strip("\n")
        after = _find(script.text.split("\n"), content.split("\n")[0], max(after, start - 1))
        if kind == "code":
            lines.append(f".. cell:: {len(cells)}", script.repository_path, after)
            cells.append((after + 1, content.rstrip()))
        else:
            for number, line in enumerate(string2lines(content, 4, convert_whitespace=True)):
                lines.append(line, script.repository_path, after + number)
        lines.append("", script.repository_path, after)
    return lines, cells


def _blocks(script: Script) -> Iterator[tuple[str, str, int]]:
    _, blocks = split_code_and_text_blocks(str(script.path))
    yield from blocks


def _find(lines: list[str], words: str, start: int) -> int:
    return next((i for i in range(start, len(lines)) if words in lines[i]), start)


def names(script: Script) -> dict[str, str]:
    """What the script calls objects of the engine -> their full names.

    sphinx-gallery's finder goes by imports: a `Variable` that a page defines itself is none of the engine's.
    """
    import dezero_lite

    found = {}
    for written, (first, *_) in identify_names(list(_blocks(script)), ref_regex="(?!)").items():
        if first["module"] == dezero_lite.__name__:
            thing = getattr(dezero_lite, first["name"])
            if hasattr(thing, "__qualname__"):  # not so dezero_lite.__file__
                found[written] = f"{thing.__module__}.{thing.__qualname__}"
    return found

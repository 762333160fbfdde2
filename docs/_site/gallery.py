"""The scripts of the gallery, in the order of the nav, and what is known of each before it runs."""

from __future__ import annotations

import ast
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mkdocs.exceptions import ConfigurationError

from .cache import digest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "gallery"
SITE_CODE = Path(__file__).parent
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")  # beside a script, for its text
# What the outputs of a script depend on, of the site's code; everything else only pages depend on.
RUNS = ["execute.py", "figures.py", "nodes.py", "directives.py", "source.py", "structure.py"]
MADE = ["gallery/index.md", "slides/index.md", "licences.md"]  # pages that are neither scripts nor in docs/


@dataclass(frozen=True)
class Site:
    """What the pages have to know of each other.

    Attributes:
        pages: the title of each page of the gallery; "" for the others.
        address: where the site is published.
        repository: where its sources are.
    """

    pages: dict[str, str]
    address: str
    repository: str


@dataclass(eq=False)
class Script:
    """A script of the gallery.

    Attributes:
        path: where it is.
        before: for a step, the step whose program its own continues.
    """

    path: Path
    before: Script | None = None

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

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def title(self) -> str:
        """The first line of its text."""
        try:
            text = ast.get_docstring(ast.parse(self.text)) or ""
        except SyntaxError as error:
            raise ConfigurationError(f"{self.repository_path}:{error.lineno}: SyntaxError: {error.msg}") from error
        lines = text.strip().split("\n")
        if len(lines) < 4 or not lines[1].strip("=") == "" or not lines[3].strip():
            raise ConfigurationError(f"{self.repository_path}:1: needs a title and a summary")
        return lines[0].strip()


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
    found, step = [], None
    for path in paths:
        is_step = path.stem.startswith("step")
        found.append(Script(path, step if is_step else None))
        step = found[-1] if is_step else step
    return found


def _pages(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
        return
    for part in nav.values() if isinstance(nav, dict) else nav:
        yield from _pages(part)


def site(scripts: list[Script], config: Any) -> Site:
    """What the pages have to know of each other and of the configuration."""
    docs = ROOT / "docs"
    written = [path.relative_to(docs).as_posix() for path in docs.rglob("*.md") if SITE_CODE not in path.parents]
    pages = {script.page: script.title for script in scripts} | dict.fromkeys([*written, *MADE], "")
    return Site(pages, config.site_url or "", config.extra["repository"])


def run_key() -> str:
    """What the outputs of every script depend on besides the script."""
    engine = sorted((ROOT / "dezero_lite").rglob("*.py"))
    lock = ROOT / ".ci" / "requirements.lock"
    return digest(platform.python_version(), RUN_CODE, *_contents([*engine, lock]))


def page_key() -> str:
    """What every page depends on besides its script and its run."""
    docs = ROOT / "docs"
    return digest(CODE, *_contents([docs / "glossary.md", docs / "bibliography.md"]))


def code_key() -> str:
    """Changes when the site's code does."""
    return digest(*_contents(sorted(p for p in SITE_CODE.rglob("*.*") if p.suffix in (".py", ".j2", ".json"))))


def _contents(paths: Iterable[Path]) -> Iterator[bytes | str]:
    for path in paths:
        yield path.name
        yield path.read_bytes()


# Of the code that runs, whatever becomes of the files under `make serve`.
CODE = code_key()
RUN_CODE = digest(*_contents(SITE_CODE / name for name in RUNS))

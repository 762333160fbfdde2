"""The scripts of the gallery, in the order of the nav, and what is known of each before it runs."""

from __future__ import annotations

import ast
import json
import platform
import re
import unicodedata
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
FIRST = re.compile(r"(?:\s*#[^\n]*\n)*\s*([rR]?)(\"\"\"|''')(.*?)(?:\2|\Z)", re.S)  # the text that a script begins with
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")  # beside a script, for its text
# What the outputs of a script depend on, of the site's code; everything else only pages depend on.
RUNS = ["blocks.py", "execute.py", "figures.py", "nodes.py", "directives.py", "source.py", "structure.py", "watched.py"]
MADE = ["gallery/index.md", "slides/index.md", "licences.md", "changes.md"]  # pages that are neither scripts nor in docs/


@dataclass(frozen=True)
class Site:
    """What the pages have to know of each other.

    Attributes:
        pages: the title of each page of the gallery; "" for the others.
        address: where the site is published.
        engine: what pip installs the engine from, as it was when the site was built.
    """

    pages: dict[str, str]
    address: str
    engine: str


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
        try:
            return self.path.read_text("utf-8")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise ConfigurationError(f"{self.repository_path}:{line}: it is not saved as UTF-8") from None

    @cached_property
    def beside(self) -> list[Path]:
        """The files that it names by their places beside it, such as 'digits.png': it reads them, in the page as well."""
        named = re.findall(r"""(?<=['"])(?:\.\./)?(?:[\w-]+/)*[\w-]+(?:\.\w+)+(?=['"])""", self.text)
        paths = {(self.path.parent / name).resolve() for name in named}
        return sorted(path for path in paths if path.is_file())

    @property
    def title(self) -> str:
        """The first line of its text, or its name where it has none."""
        found = FIRST.match(self.text)
        line = found[3].strip().partition("\n")[0].strip() if found else ""
        return line if re.search(r"\w", line) else self.path.name

    @property
    def fault(self) -> str:
        """What keeps it from being a page at all; "" if nothing does."""
        if hidden := re.search("[\0\ufeff]", self.text):
            line = self.text.count("\n", 0, hidden.start()) + 1
            return f"{self.repository_path}:{line}: there is a {unicodedata.name(hidden[0], 'NUL')} character: take it away"
        if (found := FIRST.match(self.text)) and "\\" in found[3] and not found[1]:
            line = self.text.count("\n", 0, self.text.index("\\")) + 1
            return f"{self.repository_path}:{line}: there is a backslash, which Python takes away: begin this text with " + 'r"""'
        try:
            text = ast.get_docstring(ast.parse(self.text)) or ""
        except SyntaxError as error:
            return f"{self.repository_path}:{error.lineno}: SyntaxError: {error.msg}"
        lines = [*text.strip().split("\n"), "", "", "", ""]
        if not re.fullmatch("=+", lines[1]) or not lines[3].strip():
            wanted = "a title, a line of = below it, an empty line, and a summary"
            return f"{self.repository_path}:1: a script begins with its text: {wanted}"
        return ""


def files(folder: Path, *endings: str) -> list[Path]:
    """The files of a folder with these endings, without the hidden ones that editors leave there."""
    found = (path for path in folder.rglob("*") if path.suffix in endings)
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def scripts(nav: Any, meetings: Iterable[str] = ()) -> list[Script]:
    """The scripts that the nav names, in its order.

    Raises:
        ConfigurationError: a page of the nav has no script, a script has no page in the nav, or its folder no header;
            or two of them, or a meeting, have one name.
    """
    pages = re.findall(r'"(gallery/[^"]*)\.ipynb"', json.dumps(nav, ensure_ascii=False))
    paths = [ROOT / f"{page}.py" for page in pages]
    for path in paths:
        if not path.is_file():
            raise ConfigurationError(f"mkdocs.yml: nav names {path.relative_to(ROOT)}: no such script")
    for path in files(SCRIPTS, ".py"):
        if path not in paths:
            raise ConfigurationError(f"{path.relative_to(ROOT)} is not in the nav of mkdocs.yml")
    for path in paths:
        _check(path, [*(other for other in paths if other != path), *meetings])
    found, step = [], None
    for path in paths:
        is_step = path.stem.startswith("step")
        found.append(Script(path, step if is_step else None))
        step = found[-1] if is_step else step
    return found


def _check(path: Path, others: Iterable[Path | str]) -> None:
    """A script's deck and exercise are called by its name alone; its folder has a title in the index."""
    header, name = path.with_name("GALLERY_HEADER.rst"), path.relative_to(ROOT)
    if not header.is_file():
        wanted = "a title, a line of - below it, an empty line, and a sentence on the stage"
        raise ConfigurationError(f"{header.relative_to(ROOT)} is missing, for {path.name}: {wanted}")
    for other in others:
        if Path(other).stem == path.stem:
            what = other.relative_to(ROOT) if isinstance(other, Path) else f"the meeting {other} of mkdocs.yml"
            raise ConfigurationError(f"{name} has the name of {what}, and so their decks have the same address: rename one")


def site(scripts: list[Script], config: Any) -> Site:
    """What the pages have to know of each other and of the configuration."""
    pages = {script.page: script.title for script in scripts} | others()
    address = (config.extra["published"] or "").rstrip("/")
    return Site(pages, address and f"{address}/", engine(config))


def others() -> dict[str, str]:
    """The pages that are not of scripts, without titles."""
    docs = ROOT / "docs"
    return dict.fromkeys([*(p.relative_to(docs).as_posix() for p in files(docs, ".md") if SITE_CODE not in p.parents), *MADE], "")


def engine(config: Any) -> str:
    """What pip installs the engine from."""
    return f"git+{config.extra['repository']}@{config.extra['revision']}"


def run_key() -> str:
    """What the outputs of every script depend on besides the script."""
    engine = files(ROOT / "dezero_lite", ".py")
    lock = ROOT / ".ci" / "requirements.lock"
    return digest(platform.python_version(), RUN_CODE, *_contents([*engine, lock]))


def page_key(script: Script, names: dict[str, str]) -> str:
    """What a page depends on besides its script and its run: the site's code, and those of the names of other pages, and of
    glossary and bibliography, that stand in its text."""
    text = re.sub(r"\s*\n#?\s*", " ", script.text.lower())
    return digest(CODE, *(f"{name} {meaning}" for name, meaning in names.items() if name in text))


def code_key() -> str:
    """Changes when the site's code does."""
    return digest(*_contents(files(SITE_CODE, ".py", ".j2", ".json")))


def script_key(script: Script, text: str = "") -> str:
    """The script, or a text that says as much of it, and the files that it reads: any beside it, if it asks where it is."""
    there = {path for path in script.path.parent.glob("[!.]*") if path.is_file() and path.suffix not in (".py", ".rst")}
    return digest(text or script.text, *_contents(sorted({*script.beside, *(there if "__file__" in script.text else ())})))


def _contents(paths: Iterable[Path]) -> Iterator[bytes | str]:
    for path in paths:
        yield path.name
        yield path.read_bytes()


# Of the code that runs, whatever becomes of the files under `make serve`.
CODE = code_key()
RUN_CODE = digest(*_contents(SITE_CODE / name for name in RUNS))

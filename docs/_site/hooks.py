"""What MkDocs calls while it builds the site."""

from __future__ import annotations

import gc
import json
import logging
import os
import posixpath
import re
import sys
from collections.abc import Iterable
from html import escape, unescape
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.toc import get_toc

DOCS = str(Path(__file__).parents[1])
sys.path.insert(0, DOCS)

import minify  # noqa: E402

from dezero_lite.drawing import STYLE  # noqa: E402

from _site import cards, checks, covers, decks, document, downloads, gallery, glossary, maths  # noqa: E402
from _site import references, theme  # noqa: E402

log = logging.getLogger("mkdocs.gallery")

BLOCKS = re.compile(
    r"</?(?:details|summary|section)\b[^>]*>|<a class=\"headerlink[^>]*>¶</a>"
    r"|<dzl-(pair|player).*?</dzl-\1>|<svg.*?</svg>",
    re.S,
)
FINE = re.compile(r"<(pre|math)\b.*?</\1>", re.S)  # of code and formulas search needs the text alone
INSIDE = re.compile(r"</?(?!pre|code|math)\w[^>]*>")
RELATIVE = re.compile(r'href="([^"#:]+)')

_serving = False
_scripts: list[gallery.Script] = []


class NotebookPage(File):
    """The page of a script: MkDocs makes pages of Markdown files only."""

    def is_documentation_page(self) -> bool:
        return True


def on_startup(command: str, dirty: bool) -> None:
    global _serving
    _serving = command == "serve"
    if not _serving:
        gc.disable()  # a build is over before garbage matters
    sys.path.insert(0, DOCS)  # MkDocs took it off again, but the processes of execute need it


def on_config(config: Any) -> Any:
    """Run what has to be run, before MkDocs touches the site that is there."""
    for name in [name for name in sys.modules if name.split(".")[0] == "dezero_lite"]:
        del sys.modules[name]  # `make serve` may have imported an older engine for the home page
    _scripts[:] = gallery.scripts(config.nav)
    _make_pages()
    return config


def _make_pages() -> None:
    ran = [script for script in _scripts if script.run_kept.exists()]
    stale = [script for script in _scripts if script not in ran]
    waiting = [script for script in ran if not script.page_kept.exists()]
    running: Iterable[gallery.Script] = []
    if stale:
        from _site import benchmarks, execute

        running = execute.run(stale, benchmarks.growth, stop_at_errors=not _serving)
    if stale or waiting:
        os.environ.setdefault("NBCONVERT_DISABLE_CONFIG_EXPORTERS", "1")  # or it would try each of its exporters
        from _site import pages  # a slow import, while scripts run

        for script in chain(waiting, running):
            pages.make(script)


def on_files(files: Files, config: Any) -> Files:
    def add(uri: str, content: str, kind: type[File] = File) -> None:
        files.append(kind.generated(config, uri, content=content))

    for script in _scripts:
        add(script.page, _meta(script, config.extra["concepts"]), NotebookPage)
        add(f"downloads/{script.name}.ipynb", downloads.notebook(script, config))
        add(f"downloads/{script.name}.py", script.path.read_text("utf-8"))
    config.plugins["mkdocstrings"].get_handler("python").env.bytecode_cache = gallery.templates()
    for file in [file for file in files if re.fullmatch(r"assets/\w+\.(css|js)", file.src_uri)]:
        files.remove(file)
        text = file.content_string
        if file.src_uri == "assets/style.css":  # the style of graphs stands here once, instead of in each
            text += cards.styles(config.extra["concepts"]) + glossary.styles() + STYLE
        add(file.src_uri, text if file.is_css() else _smaller(text))
    add("gallery/index.md", cards.index(_scripts, config.extra["concepts"]))
    for name, members in [("gallery", _scripts), *cards.by_stage(_scripts)]:
        files.append(File.generated(config, f"downloads/{name}.zip", content=downloads.archive(members, config)))
    for name, content in decks.files().items():
        files.append(File.generated(config, name, content=content))
    found = decks.of(config.extra["meetings"], _scripts)
    for name, (title, members) in found.items():
        place = File.generated(config, f"slides/{name}/index.html", content="")
        parts = [_with_links(_kept(script)["slides"], script, place, files) for script in members]
        add(place.src_uri, decks.page(title, parts, root="../../"))
    add("slides/index.md", cards.decks(found))
    return files


def _smaller(script: str) -> str:
    """A script in short: in a function of its own, so that all of its names can be letters."""
    return str(minify.string("text/javascript", f"(()=>{{{script}}})()"))


def _meta(script: gallery.Script, concepts: dict[str, list[str]]) -> str:
    """The page as MkDocs reads it: what is said about it; its content comes later."""
    meta = {
        "title": escape(script.title),
        "description": escape(cards.plain(script.summary)),
        "tags": [concept for concept, names in concepts.items() if script.name in names],
    }
    return f"---\n{json.dumps(meta)}\n---\n"


def on_env(env: Any, config: Any, files: Files) -> Any:
    env.bytecode_cache = gallery.templates()
    return env


def on_pre_page(page: Any, config: Any, files: Files) -> Any:
    page.update_date = "1980-01-01"  # nothing on the site has a date
    script = _script_of(page)
    if script or page.file.src_uri == "gallery/index.md":
        path = script.repository_path if script else "gallery"
        page.edit_url = f"{config.extra['repository']}/edit/main/{path}"
    return page


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Give a script's page its content, with links to where pages are on this site."""
    script = _script_of(page)
    if script is None:
        page.meta.setdefault("description", document.description(html))
        if page.file.src_uri.startswith("reference/"):
            html = references.with_pages(html, _cards_by_name(page.file, files))
        return html.replace(f"<style>{STYLE}</style>", "")
    kept = _kept(script)
    page.toc = get_toc(kept["toc"])
    return _with_links(kept["content"], script, page.file, files)


@event_priority(100)
def _unfold(context: Any, page: Any, config: Any, nav: Any) -> None:
    """Show search a page without pictures, and without blocks, for it would not see where one starts."""
    page.folded = page.content
    page.content = FINE.sub(lambda found: INSIDE.sub("", found[0]), BLOCKS.sub("", page.content))


@event_priority(-100)
def _fold(context: Any, page: Any, config: Any, nav: Any) -> None:
    page.content = page.folded


on_page_context = CombinedEvent(_unfold, _fold)


def _cards_by_name(place: File, files: Files) -> dict[str, list[str]]:
    """For each object of the engine, cards of the pages whose code names it."""
    found: dict[str, list[str]] = {}
    for script in _scripts:
        file = files.get_file_from_path(script.page)
        assert file is not None
        for name in _kept(script)["names"]:
            found.setdefault(name, []).append(cards.card(script, file.url_relative_to(place)))
    return found


def _kept(script: gallery.Script) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(script.page_kept.read_text("utf-8"))
    return kept


def _with_links(html: str, script: gallery.Script, place: File, files: Files) -> str:
    """HTML made of a script, with its links as they are from a place of this site."""

    def resolve(link: re.Match[str]) -> str:
        uri = posixpath.normpath(posixpath.join(posixpath.dirname(script.page), link[1]))
        file = files.get_file_from_path(uri)
        if file is None:
            log.warning(f"{script.repository_path}: the link to {link[1]!r} leads to no page")
            return link[0]
        return f'href="{file.url_relative_to(place)}'

    return RELATIVE.sub(resolve, html)


def on_post_page(output: str, page: Any, config: Any) -> str:
    title = next(iter(page.toc)).title
    script = _script_of(page) or _scripts[-1]  # the course's last graph stands for the other pages
    name = page.url.removesuffix(".html").replace("/", "-")
    cover = Path(config.site_dir, "assets", "covers", f"{name}.png")
    cover.parent.mkdir(parents=True, exist_ok=True)
    cover.write_bytes(covers.png(name, title, page.meta["description"], script.graph))
    tags = document.open_graph(title, page.canonical_url, f"{config.site_url}assets/covers/{name}.png")
    return document.finish(output, tags, sealed=not _serving)


def on_post_template(output: str, template_name: str, config: Any) -> str:
    """Such as 404.html and sitemap.xml."""
    if template_name.endswith(".html"):
        return document.finish(output, sealed=not _serving)
    return re.sub(r"\s*<lastmod>.*</lastmod>", "", output)


def on_post_build(config: Any) -> None:
    site = Path(config.site_dir)
    formulas = [
        formula
        for path in sorted(site.rglob("*.html"))
        for formula in re.findall(r"<math.*?</math>", path.read_text("utf-8"), re.S)
    ]
    letters = unescape(re.sub(r"<[^>]*>", "", "".join(formulas)))
    (site / "assets" / "math.woff2").write_bytes(maths.font(letters))
    # Where there is no server, Material's search asks for its index as a script.
    index = (site / "search" / "search_index.json").read_text("utf-8")
    (site / "search" / "search_index.js").write_text(f"var __index={index}", "utf-8")
    theme.fit(site)
    gallery.forget(_scripts)
    base = urlsplit(config.site_url or "/").path or "/"
    for message in checks.broken_links(site, base):
        log.warning(message)


def _script_of(page: Any) -> gallery.Script | None:
    return next((s for s in _scripts if s.page == page.file.src_uri), None)


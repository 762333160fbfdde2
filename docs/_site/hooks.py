"""What MkDocs calls while it builds the site."""

from __future__ import annotations

import json
import logging
import posixpath
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.exceptions import BuildError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files, InclusionLevel

DOCS = str(Path(__file__).parents[1])
sys.path.insert(0, DOCS)

import minify_html  # noqa: E402
from mkdocs_jupyter.config import settings  # noqa: E402

from dezero_lite.drawing import STYLE  # noqa: E402

from _site import cards, checks, gallery, maths, pages  # noqa: E402

log = logging.getLogger("mkdocs.gallery")

_serving = False
_scripts: list[gallery.Script] = []
_finished: set[Path] = set()


def on_startup(command: str, dirty: bool) -> None:
    global _serving
    _serving = command == "serve"
    sys.path.insert(0, DOCS)  # MkDocs took it off again, but the processes of execute need it


def on_config(config: Any) -> Any:
    """Run what has to be run, before MkDocs touches the site that is there."""
    for name in [name for name in sys.modules if name.split(".")[0] == "dezero_lite"]:
        del sys.modules[name]  # `make serve` may have imported an older engine for the home page
    settings.templates_dir = str(Path(__file__).parent / "templates")
    # mkdocs-jupyter's own cache knows the notebooks, but not our templates: a new folder for new ones.
    folder = gallery.CACHE / f"mkdocs-jupyter-{gallery.common_key()}"
    config.plugins["mkdocs-jupyter"].config["cache_dir"] = str(folder)
    for old in gallery.CACHE.glob("mkdocs-jupyter-*"):
        if old != folder:
            shutil.rmtree(old)
    _scripts[:] = gallery.scripts(config.nav)
    stale = [script for script in _scripts if not script.cached.exists()]
    if stale:
        from _site import execute

        try:
            execute.run(stale, stop_at_errors=not _serving)
        except execute.ScriptError as error:
            raise BuildError(str(error)) from None
    gallery.forget(gallery.RUNS.rglob("*.json"), {script.cached for script in _scripts})
    step = None
    for script in _scripts:
        pages.write_notebook(script, step if script.is_step else None)
        step = script if script.is_step else step
    return config


@event_priority(100)  # before mkdocs-jupyter, which looks for notebooks
def on_files(files: Files, config: Any) -> Files:
    places = {"dest_dir": config.site_dir, "use_directory_urls": config.use_directory_urls}
    for script in _scripts:
        page = File(script.page, src_dir=str(pages.PAGES), **places)
        page.inclusion = InclusionLevel.INCLUDED
        files.append(page)
        notebook = json.dumps(script.result["notebook"], indent=1, sort_keys=True)
        source = script.path.read_text("utf-8")
        for ending, content in ((".ipynb", notebook), (".py", source)):
            files.append(File.generated(config, f"downloads/{script.name}{ending}", content=content))
    style = files.get_file_from_path("assets/style.css")
    files.remove(style)
    # The style of graphs stands once, here, instead of in each of them.
    content = style.content_string + STYLE
    files.append(File.generated(config, "assets/style.css", content=content))
    files.append(File.generated(config, "gallery/index.md", content=cards.index(_scripts)))
    return files


def on_pre_page(page: Any, config: Any, files: Files) -> Any:
    script = _script_of(page)
    if script or page.file.src_uri == "gallery/index.md":
        path = script.repository_path if script else "gallery"
        page.edit_url = f"{config.extra['repository']}/edit/main/{path}"
    return page


@event_priority(-100)
def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    script = _script_of(page)
    if script is None:
        return html

    def link_to(target: str) -> str | None:
        """Relative to this page; "" stands for the root of the site."""
        if not target:
            return "../" * page.url.count("/")
        uri = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), target))
        if uri.endswith(".py"):
            uri = uri.removesuffix(".py") + ".ipynb"
        file = files.get_file_from_path(uri)
        return file.url_relative_to(page.file) if file else None

    # Finishing takes a while, and depends on the page, the site code (in key) and where links may lead.
    kept = gallery.CACHE / "html" / gallery.digest(script.key, html, *sorted(files.src_uris))
    _finished.add(kept)
    if kept.exists():
        return kept.read_text("utf-8")
    warnings: list[str] = []
    try:
        html = pages.finish(html, script, link_to, warnings.append)
    except maths.FormulaError as error:
        raise BuildError(str(error)) from None
    for warning in warnings:
        log.warning(warning)
    if not warnings:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(html, "utf-8")
    return html


def on_post_page(output: str, page: Any, config: Any) -> str:
    return str(minify_html.minify(output, keep_closing_tags=True, keep_html_and_head_opening_tags=True))


def on_post_build(config: Any) -> None:
    site = Path(config.site_dir)
    used = "".join(
        _text_of_formulas(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))
    )
    (site / "assets" / "math.woff2").write_bytes(maths.font(used))
    gallery.forget((gallery.CACHE / "html").glob("*"), _finished)
    base = urlsplit(config.site_url or "/").path or "/"
    for message in checks.broken_links(site, base):
        log.warning(message)


def _text_of_formulas(html: str) -> str:
    from lxml import html as parser

    return "".join(parser.fromstring(html).xpath("//math//text()")) if "<math" in html else ""


def _script_of(page: Any) -> gallery.Script | None:
    return next((s for s in _scripts if s.page == page.file.src_uri), None)


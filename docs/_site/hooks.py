"""What MkDocs calls while it builds the site.

The pages of the gallery are made here and not by mkdocs-jupyter's plugin: it takes a notebook for a page, and ours
have a tree with more in it than a notebook can say. What it is for, cells and outputs in HTML, it does (see `cells`).
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import FileSystemBytecodeCache
from lxml import html as lxml_html
from markdown.extensions.toc import nest_toc_tokens
from mkdocs.exceptions import BuildError, ConfigurationError
from mkdocs.structure.files import File, Files
from mkdocs.structure.toc import get_toc

DOCS = str(Path(__file__).parents[1])
sys.path.insert(0, DOCS)

from _site import cache, cards, checks, covers, downloads, formulas, gallery, glossary, html, notebooks  # noqa: E402
from _site import pictures, policy, records, references, runtime, saves, theme  # noqa: E402
from _site.exercises import course  # noqa: E402
from _site.slides import decks  # noqa: E402

log = logging.getLogger("mkdocs.gallery")

ONLY = os.environ.get("ONLY", "")  # of a build while one writes: what the names of scripts that run have in them
_serving = _dirty = False
_records: dict[gallery.Script, records.Record] = {}


class NotebookPage(File):
    """The page of a script: MkDocs makes pages of Markdown files only."""

    def is_documentation_page(self) -> bool:
        return True


def on_startup(command: str, dirty: bool) -> None:
    global _serving, _dirty
    _serving, _dirty = command == "serve", dirty
    sys.path.insert(0, DOCS)  # MkDocs took it off again, but the processes of execute need it


def on_config(config: Any) -> Any:
    """Run what has to be run, before MkDocs touches the site that is there."""
    cache.lock()
    if gallery.code_key() != gallery.CODE:
        log.warning("The site's code has changed: stop `make serve` and start it again to see what it does now.")
    for name in [name for name in sys.modules if name.split(".")[0] == "dezero_lite"]:
        del sys.modules[name]  # `make serve` may have imported an older engine
    config.extra["sealed"] = not _serving
    try:
        scripts = gallery.scripts(config.nav, config.extra["meetings"])
    except ConfigurationError as error:  # of which `make serve` would show where it came up
        raise BuildError(str(error)) from error
    found = records.collect(scripts, gallery.site(scripts, config), config.extra["seconds"], not _serving, ONLY)
    for script, record in found.items():
        if not record["graph"]:
            if not ONLY and record["run"]:
                log.warning(f"{script.repository_path}: the page draws no graph for its card")
            record["graph"] = '<svg viewBox="0 0 1 1"></svg>'
    _records.clear()
    _records.update(found)
    return config


def on_files(files: Files, config: Any) -> Files:
    def add(uri: str, content: str | bytes, kind: type[File] = File) -> None:
        files.append(kind.generated(config, uri, content=content))

    if any(file.src_uri.endswith(".ipynb") for file in files):  # which mkdocs-jupyter makes: with our templates
        import _site.cells  # noqa: F401
    for file in [file for file in files if theme.unused(file.src_uri)]:
        files.remove(file)
    for script, record in _records.items():
        add(script.page, _meta(script, config.extra["concepts"]), NotebookPage)
        add(f"downloads/{script.name}.ipynb", notebooks.as_json(record["notebook"]))
        add(f"downloads/{script.name}.py", script.text)
        if exercise := record["exercise"]:
            add(f"downloads/{script.name}-exercise.ipynb", course.notebook(exercise, gallery.engine(config).removeprefix("git+")))
            add(f"exercises/{script.path.stem}.json", course.as_json(exercise))
    for name, members in [("gallery", list(_records)), *cards.by_stage(_records)]:
        add(f"downloads/{name}.zip", downloads.archive(members, _records))
    carried = {path for script in _records for path in script.beside}
    for path in sorted(carried.union(gallery.files(gallery.SCRIPTS, *gallery.IMAGES))):
        add(path.relative_to(gallery.ROOT).as_posix(), path.read_bytes())
    for name, content in decks.files().items():
        add(name, content)
    meetings, address = config.extra["meetings"], config.site_url or ""
    found = decks.of(meetings, _records)
    for name, (title, members) in found.items():
        record = _records[members[-1]]
        way = f"{address}slides/{name}/index.html"
        parts = decks.meeting(name, meetings, _records, way, not (_serving or ONLY)) if name in meetings else [record["deck"]["own"]]
        description = cards.about(members, record)
        add(f"slides/{name}/index.html", decks.page(title, description, parts, name, address))
        add(decks.cover(name), covers.png(f"slides-{name}", title, escape(description), record["graph"]))
    config.extra["decks"] = [f"{address}slides/{name}/index.html" for name in found]
    add("slides/index.md", cards.decks(found, _records))
    add("gallery/index.md", cards.index(_records, config.extra["concepts"]))
    python = runtime.files()
    for name, content in python.items():
        add(f"{'assets' if name in runtime.EDITOR else 'python'}/{name}", content)
    for name in [] if python else runtime.SCRIPTS:
        files.remove(files.src_uris[f"assets/{name}.js"])
    config.extra["python"] = {"scripts": runtime.SCRIPTS, **runtime.totals(python)} if python else None
    changes = (gallery.ROOT / "CHANGELOG.md").read_text("utf-8")
    add("changes.md", f"---\ndescription: What is new in the course and its engine, version by version.\n---\n{changes}")
    add("licences.md", theme.licences() + (runtime.licences() if python else ""))
    made = [html.styles(), cards.styles(config.extra["concepts"]), glossary.styles(), *pictures.STYLES]
    style = files.get_file_from_path("assets/style.css")
    assert style is not None
    files.remove(style)
    add(style.src_uri, style.content_string + "".join(made))
    if _dirty:
        contents = {script.page: record["content"] for script, record in _records.items()}
        saves.mark(files, {**contents, "tags.md": ""}, *_common(files, config))  # that one lists what is read in this build
    return files


def _common(files: Files, config: Any) -> tuple[str, str]:
    """What every page depends on, and what those of docs/ do besides."""
    headings = [re.findall("^# .*", file.content_string, re.M)[:1] for file in files.documentation_pages() if file.src_uri.endswith(".md")]
    titles = json.dumps([headings, *(record["title"] for record in _records.values())])
    used = json.dumps([[record[key] for key in ("title", "summary", "names")] for record in _records.values()])
    texts = [Path(config.config_file_path), *sorted(Path(DOCS, "_site", "theme").iterdir())]
    return titles + "".join(path.read_text("utf-8") for path in texts), used + gallery.run_key()


def on_nav(nav: Any, config: Any, files: Files) -> Any:
    if _dirty:
        saves.entitle(nav.pages)
        saves.know_anchors(config.plugins["autorefs"])
        saves.forget_entries(config.plugins["material/search"], files)
    return nav


def on_env(env: Any, config: Any, files: Files) -> Any:
    compiled = cache.FOLDER.with_name("templates")
    compiled.mkdir(exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    return env


def _meta(script: gallery.Script, concepts: dict[str, list[str]]) -> str:
    """The page as MkDocs reads it: what is said about it; its content comes later."""
    record = _records[script]
    meta = {
        "title": escape(record["title"], quote=False),
        "description": escape(record["summary"]["text"]),
        "tags": [concept for concept, names in concepts.items() if script.name in names],
        "beside": [path.relative_to(gallery.ROOT).as_posix() for path in script.beside],
        "search": {"exclude": True},  # `on_page_context` says what search knows of it
    }
    return f"---\n{json.dumps(meta)}\n---\n"


def on_pre_page(page: Any, config: Any, files: Files) -> Any:
    page.update_date = "1980-01-01"  # two builds are the same on two days
    script = _script_of(page)
    if script or page.file.src_uri == "gallery/index.md":
        path = script.repository_path if script else "gallery"
        page.edit_url = config.edit_uri.removesuffix("docs/") + path
    return page


def on_page_content(content: str, page: Any, config: Any, files: Files) -> str:
    """Give a script's page its content; a page of the reference knows which pages use what it describes."""
    saves.shown(page)
    page.meta["cover"] = f"assets/covers/{page.url.removesuffix('.html').replace('/', '-')}.png"
    script = _script_of(page)
    if script:
        page.toc = get_toc(nest_toc_tokens(_records[script]["toc"]))
        page.meta["heading"] = page.title
        return str(_records[script]["content"])
    page.meta["heading"] = next((heading.title for heading in page.toc), page.title)
    page.meta.setdefault("description", _first_sentences(content))
    if page.file.src_uri.startswith("reference/"):
        content = references.with_pages(content, _cards_by_name(page.url))
    if page.file.src_uri.endswith(".ipynb"):
        content = formulas.typeset(content).replace('class="anchor-link"', 'class="headerlink"')
    return re.sub("<style>.*?</style>", "", content, flags=re.S)  # those of ours are in the style sheet; the policy allows no others


def _first_sentences(content: str) -> str:
    paragraph = lxml_html.fragment_fromstring(content, create_parent="div").find(".//p")
    return escape(" ".join(paragraph.text_content().split())) if paragraph is not None else ""


def _cards_by_name(place: str) -> dict[str, list[str]]:
    """For each object of the engine, cards of the pages whose code names it."""
    found: dict[str, list[str]] = {}
    for script, record in _records.items():
        for name in record["names"]:
            found.setdefault(name, []).append(cards.card(script, record, html.address(script.page, place)))
    return found


def on_page_context(context: Any, page: Any, config: Any, nav: Any) -> None:
    """Tell search what the page says, from its tree."""
    script = _script_of(page)
    for entry in _records[script]["search"] if script else []:
        location = f"{page.url}#{entry['anchor']}".rstrip("#")
        found = {"location": location, "title": entry["title"], "text": entry["text"], "tags": page.meta["tags"]}
        config.plugins["material/search"].search_index.entries.append(found)


def on_post_page(output: str, page: Any, config: Any) -> str:
    script = _script_of(page) or list(_records)[-1]  # the course's last graph stands for the other pages
    cover = Path(config.site_dir, page.meta["cover"])
    if _serving:  # who writes shows covers to nobody
        return output
    cover.parent.mkdir(parents=True, exist_ok=True)
    cover.write_bytes(covers.png(cover.name, page.meta["heading"], page.meta["description"], _records[script]["graph"]))
    return policy.seal(output)


def on_post_template(output: str, template_name: str, config: Any) -> str:
    """Such as 404.html and sitemap.xml."""
    return policy.seal(output) if template_name.endswith(".html") and not _serving else output


def on_post_build(config: Any) -> None:
    site = Path(config.site_dir)
    shown = "".join(record["content"] + record["deck"]["own"] for record in _records.values())
    (site / "assets" / "math.woff2").write_bytes(formulas.font(shown))
    # Where there is no server, Material's search asks for its index as a script.
    index = (site / "search" / "search_index.json").read_text("utf-8")
    (site / "search" / "search_index.js").write_text(f"var __index={index}", "utf-8")
    if not _serving and not ONLY:
        pages = {path: lxml_html.parse(str(path)) for path in sorted(site.rglob("*.html"))}
        lines = {target: line for record in _records.values() for line, target in record["links"]}
        for message in checks.broken_links(site, pages, urlsplit(config.site_url or "/").path or "/", lines):
            log.warning(message)
    saves.ended(well=True)
    cache.still_needed("exercises", cache.digest(course.key()))
    if not _serving:  # which makes no covers, and would forget them
        cache.forget()
    cache.unlock()


def on_build_error(error: Exception) -> None:
    saves.ended(well=False)
    cache.unlock()


def _script_of(page: Any) -> gallery.Script | None:
    return next((script for script in _records if script.page == page.file.src_uri), None)

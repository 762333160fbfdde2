"""Decks of slides as pages of their own, by reveal.js."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mkdocs.exceptions import ConfigurationError

from . import cards
from .gallery import Script
from .records import Record

REVEAL = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js",
          "plugin/search/search.js", "plugin/zoom/zoom.js")  # fmt: skip


def of(meetings: dict[str, Any], scripts: Iterable[Script]) -> dict[str, tuple[str, list[Script]]]:
    """The meetings and then a deck for each script: name -> (title, scripts).

    Raises:
        ConfigurationError: a meeting names a script that is not there.
    """
    by_name = {script.name: script for script in scripts}
    found = {}
    for name, meeting in meetings.items():
        missing = [step for step in meeting["steps"] if step not in by_name]
        if missing:
            raise ConfigurationError(f"mkdocs.yml: the meeting {name} has {missing[0]}, but the nav has no such page")
        found[name] = (meeting["title"], [by_name[step] for step in meeting["steps"]])
    return found | {script.path.stem: (script.title, [script]) for script in scripts}


def meeting(configured: dict[str, Any], scripts: list[Script], records: dict[Script, Record]) -> list[str]:
    """The slides of a meeting: a title, its contents, a divider for each stage, what each page gives, an end."""
    when = " · ".join(str(configured[key]) for key in ("number", "date") if key in configured)
    stages = [(cards.header(stage)[0], members) for stage, members in cards.by_stage(scripts)]
    listed = "".join(f"<h3>{escape(name)}</h3>{_titles(members, records)}" for name, members in stages)
    parts = [_slide(f"<h1>{escape(configured['title'])}</h1>" + (f"<p>{escape(when)}</p>" if when else ""), "title")]
    parts.append(_slide(f'<h2>Tonight</h2><div class="contents">{listed}</div>'))
    for name, members in stages:
        if len(stages) > 1:
            parts.append(_slide(f"<h1>{escape(name)}</h1>", "title"))
        parts += [records[script]["deck"]["meeting"] for script in members]
    end = configured.get("end", "Which of your questions is still open?")
    return [*parts, _slide(f"<h1>{escape(end)}</h1>", "title")]


def _titles(scripts: list[Script], records: dict[Script, Record]) -> str:
    items = (f"<li>{escape(records[script]['title'])}</li>" for script in scripts)
    return f"<ul>{''.join(items)}</ul>"


def _slide(content: str, kind: str = "plain") -> str:
    return f'<section><section data-slide="{kind}"><div class="slide">{content}</div></section></section>'


def page(title: str, parts: list[str], root: str) -> str:
    """A deck as a page of its own; root is the way from it to the site's root."""
    styles = "".join(
        f'<link rel="stylesheet" href="{root}assets/{name}.css">'
        for name in ("reveal/reset", "reveal/reveal", "style", "act", "slides")
    )
    programs = "".join(
        f'<script src="{root}assets/{name}.js"></script>'
        for name in ("reveal/reveal", "reveal/notes", "reveal/search", "reveal/zoom", "player", "slides")
    )
    # The speaker's window, which reveal.js writes itself, has its scripts and styles inside.
    policy = "default-src 'self' 'unsafe-inline';img-src 'self' data:;object-src 'none';base-uri 'self'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="content-security-policy" content="{policy}">'
        f"<title>{escape(title)}: slides</title>"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="{root}assets/favicon.svg">{styles}</head>'
        '<body data-md-color-scheme="default"><main class="reveal"><div class="slides md-typeset">'
        f"{''.join(parts)}</div></main>{programs}</body></html>\n"
    )


def files() -> dict[str, bytes]:
    """What the decks load of reveal.js, by name: from the package that brings it."""
    package = find_spec("sphinx_revealjs")
    assert package is not None and package.origin is not None
    folder = Path(package.origin).parent / "_static" / "revealjs"
    return {f"assets/reveal/{Path(name).name}": (folder / name).read_bytes() for name in REVEAL}

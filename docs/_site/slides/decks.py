"""Decks of slides as pages of their own, by reveal.js."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterable
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mkdocs.exceptions import BuildError, ConfigurationError

from .. import cards
from ..gallery import Script
from ..records import Record
from . import dealer, rules

REVEAL = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js",
          "plugin/search/search.js", "plugin/zoom/zoom.js")  # fmt: skip
KEYS = {"title", "number", "date", "group", "minutes", "steps", "break", "end"}  # of a meeting in mkdocs.yml
LIST, END = 60, 120  # seconds for a list of steps, and the questions at the end

log = logging.getLogger("mkdocs.gallery")


def of(meetings: dict[str, Any], scripts: Iterable[Script]) -> dict[str, tuple[str, list[Script]]]:
    """The meetings and then a deck for each script: name -> (title, scripts).

    Raises:
        ConfigurationError: a meeting names a script that is not there, or says what no meeting has.
    """
    by_name = {script.name: script for script in scripts}
    found = {}
    for name, meeting in meetings.items():
        if unknown := set(meeting) - KEYS:
            raise ConfigurationError(f"mkdocs.yml: the meeting {name} has {min(unknown)!r}: it may have {', '.join(sorted(KEYS))}")
        pause = meeting.get("break", {})
        missing = [step for step in [*meeting["steps"], *pause.get("now you", [])] if step not in by_name]
        if missing:
            raise ConfigurationError(f"mkdocs.yml: the meeting {name} has {missing[0]}, but the nav has no such page")
        if pause and pause["after"] not in meeting["steps"]:
            raise ConfigurationError(f"mkdocs.yml: the meeting {name} has a break after {pause['after']}, which is not one of its steps")
        found[name] = (meeting["title"], [by_name[step] for step in meeting["steps"]])
    return found | {script.path.stem: (script.title, [script]) for script in scripts}


def meeting(name: str, meetings: dict[str, Any], records: dict[Script, Record], address: str, strict: bool) -> list[str]:
    """The slides of a meeting: a title, the last one, its contents, what each page gives, a break, an end.

    Warns where they take longer than the meeting has.

    Raises:
        BuildError: it speaks of what it has not introduced (see `rules.check_meeting`), or its break has an exercise that
            there is not; if not strict, as where pages are left out, that is only said.
    """
    configured, by_name = meetings[name], {script.name: script for script in records}
    scripts, pause = [by_name[step] for step in configured["steps"]], configured.get("break", {})
    now_you = {step: records[by_name[step]]["exercise"] for step in pause.get("now you", [])}
    try:
        rules.check_meeting(name, [records[script]["deck"]["facts"] for script in scripts])
        for step in [step for step, exercise in now_you.items() if not exercise and records[by_name[step]]["run"]]:
            raise BuildError(f"mkdocs.yml: the break of the meeting {name} has {step}, which has no exercise")
    except BuildError as error:
        if strict:
            raise
        log.info(error)
    when = " · ".join(str(configured[key]) for key in ("number", "date", "group") if key in configured)
    said = f"<p>{escape(when)}</p>" if when else ""
    first = f"<h1>{escape(configured['title'])}</h1>{said}{dealer.way(address)}"
    parts = [f"<section>{dealer.title(first)}</section>"]
    names = list(meetings)
    recaps = [by_name[step] for step in meetings[names[names.index(name) - 1]]["steps"]] if name != names[0] else []
    if recaps:
        parts.append(_slide(f"<h2>Last time</h2>{_contents(recaps, records, lambda script: '')}", LIST))
        parts += [records[script]["deck"]["recap"] for script in recaps]
    parts.append(_slide(f"<h2>Today</h2>{_contents(scripts, records, lambda script: f' · {_minutes(records[script])} min')}", LIST))
    for script in scripts:
        parts.append(records[script]["deck"]["meeting"])
        if pause.get("after") == script.name:
            parts.append(_pause(pause["minutes"], list(filter(None, now_you.values()))))
    end = configured.get("end", "Which of your questions is still open?")
    parts.append(_slide(f"<h1>{escape(end)}</h1>", END, "title"))
    if all(records[script]["run"] for script in scripts):
        _add_up(name, configured, parts, {script.path.stem: _minutes(records[script]) for script in scripts})
    return parts


def _add_up(name: str, configured: dict[str, Any], parts: list[str], steps: dict[str, int]) -> None:
    """Warn where a meeting is longer than it may be."""
    minutes = sum(map(int, re.findall(r'data-timing="(\d+)"', "".join(parts)))) / 60
    if minutes > configured.get("minutes", math.inf):
        each = ", ".join(f"{step} {number}" for step, number in steps.items())
        log.warning(f"mkdocs.yml: the meeting {name} takes {math.ceil(minutes)} minutes, and has {configured['minutes']}: {each}")


def _minutes(record: Record) -> int:
    return round(record["deck"]["seconds"] / 60)


def _contents(scripts: list[Script], records: dict[Script, Record], more: Callable[[Script], str]) -> str:
    """The pages of a meeting, by stage."""
    parts = []
    for stage, members in cards.by_stage(scripts):
        items = "".join(
            f'<li><a href="../../gallery/{script.name}.html">{escape(records[script]["title"])}</a>{more(script)}</li>'
            for script in members
        )
        parts.append(f"<div><h3>{escape(cards.header(stage)[0])}</h3><ul>{items}</ul></div>")
    return f'<div class="evening">{"".join(parts)}</div>'


def _pause(minutes: int, exercises: list[dict[str, Any]]) -> str:
    """A break, and exercises for those who like one: the largest piece of what changes in that step."""
    content = f"<h2>{minutes} minutes’ break</h2>"
    for exercise in exercises:
        largest = max(exercise["pieces"], key=lambda piece: len(piece["new"]))
        where, old = largest["where"].replace("in `", "<code>").replace("`", "</code>"), "\n".join(largest["old"])
        asked = " ".join(re.split(r"(?<=[.?]) ", exercise["question"])[:2])
        content += (
            f"<p><strong>Now you: {escape(exercise['title'])}</strong></p><p>{escape(asked)}</p>"
            f"<p>{len(largest['new'])} lines in {where}"
            + (f" take the place of these:</p>{dealer.code(escape(old))}" if old else " are new.</p>")
        )
    return _slide(content, 60 * minutes)


def _slide(content: str, seconds: int, kind: str = "plain") -> str:
    shown = dealer.section(f'<div class="slide">{content}</div>', seconds, kind=f' data-slide="{kind}"')
    return f"<section>{shown}</section>"


def page(title: str, description: str, parts: list[str], name: str, site: str) -> str:
    """A deck as a page of its own; site is where the site is published."""
    root = "../../"
    shown = {"title": f"{title}: slides", "description": description, "type": "article", "url": f"{site}slides/{name}/index.html",
             "image": f"{site}{cover(name)}", "image:width": "1200", "image:height": "630"}  # fmt: skip
    told = "".join(f'<meta property="og:{key}" content="{escape(value)}">' for key, value in shown.items())
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
        f'<title>{escape(title)}: slides</title><meta name="description" content="{escape(description)}">'
        f'{told}<meta name="twitter:card" content="summary_large_image"><link rel="canonical" href="{shown["url"]}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="{root}assets/favicon.svg">{styles}</head>'
        '<body data-md-color-scheme="default"><main class="reveal"><div class="slides md-typeset">'
        f"{''.join(parts)}</div></main>{programs}</body></html>\n"
    )


def cover(name: str) -> str:
    """Where the picture is that stands for a deck elsewhere."""
    return f"assets/covers/slides-{name}.png"


def files() -> dict[str, bytes]:
    """What the decks load of reveal.js, by name: from the package that brings it."""
    package = find_spec("sphinx_revealjs")
    assert package is not None and package.origin is not None
    folder = Path(package.origin).parent / "_static" / "revealjs"
    return {f"assets/reveal/{Path(name).name}": (folder / name).read_bytes() for name in REVEAL}

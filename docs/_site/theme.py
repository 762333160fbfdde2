"""Material's own files: style sheets without rules for what no page has, and a script mended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import tinycss2

from .gallery import once


def fit(site: Path) -> None:
    """Take out of the theme's style sheets what neither a page nor a script of the site names."""
    for path in (site / "assets" / "javascripts").glob("bundle.*.js"):
        # Each box of code would be a landmark without a name.
        text = path.read_text("utf-8")
        mended = text.replace('("nav",{class:"md-code__nav"})', '("div",{class:"md-code__nav"})')
        assert mended != text
        path.write_text(mended, "utf-8")
    words: set[str] = set()
    for path in sorted([*site.rglob("*.html"), *site.rglob("*.js")]):
        words.update(re.findall(r"[\w-]+", path.read_text("utf-8")))
    for path in sorted((site / "assets" / "stylesheets").glob("*.css")):
        css = path.read_text("utf-8")
        used = words & set(re.findall(r"[\w-]+", css))
        code = Path(__file__).read_bytes()
        path.write_bytes(once(path.name, lambda: _trimmed(css, used).encode(), css, code, *sorted(used)))


def _trimmed(css: str, used: set[str]) -> str:
    return "".join(_rule(rule, used) for rule in tinycss2.parse_stylesheet(css, True, True))


def _rule(rule: Any, used: set[str]) -> str:
    if rule.type == "qualified-rule":
        selectors = [selector for selector in _selectors(rule.prelude) if _applies(selector, used)]
        return f"{','.join(selectors)}{{{tinycss2.serialize(rule.content)}}}" if selectors else ""
    if rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
        rules = tinycss2.parse_rule_list(rule.content, True, True)
        inside = "".join(_rule(rule, used) for rule in rules)
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inside}}}" if inside else ""
    return str(rule.serialize())


def _selectors(prelude: list[Any]) -> list[str]:
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part) for part in parts]


def _applies(selector: str, used: set[str]) -> bool:
    """Whether all classes, ids and values that the selector asks for are there."""
    asked = re.findall(r"[.#=]([\w-]+)", re.sub(r":not\([^)]*\)", "", selector))
    return used.issuperset(asked)

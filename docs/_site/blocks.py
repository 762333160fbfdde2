"""Running the blocks of a script, and what they show: the same in the build and in the page, whose reader changes them.

Plain Python and NumPy, and Matplotlib where it is there: it runs in a browser as well.
"""

from __future__ import annotations

import __future__
import ast
import sys
import traceback
import types
from typing import Any

from . import watched


def begin(name: str, file: str) -> dict[str, Any]:
    """The names of a script that begins, as Python would run it: of the module ``__main__``."""
    module = types.ModuleType("__main__")
    module.__file__ = file
    sys.modules["__main__"] = module
    return vars(module)


def run(source: str, line: int, name: str, names: dict[str, Any], notes: watched.Notes) -> Any:
    """Run a block: the value of its last line, None if that is no expression.

    Args:
        line: of the script, at which it begins.
        name: of the script.
        names: what it knows and may change.
        notes: what its assertions tell.
    """
    text = "\n" * (line - 1) + source
    tree = ast.parse(text, name)
    flags = names["__flags__"] = names.get("__flags__", 0) | _flags(tree)
    tree = notes.noted(tree, text, name)
    names.update(notes.names)
    last: Any = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec", flags, dont_inherit=True), names)
    return last and eval(compile(ast.Expression(last.value), name, "eval", flags, dont_inherit=True), names)


def _flags(tree: ast.Module) -> int:
    """What a block imports from __future__: it holds for the later ones, too."""
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            flags |= sum(getattr(__future__, alias.name, __future__.division).compiler_flag for alias in node.names)
    return flags


def shown(value: Any) -> dict[str, str]:
    """A value as HTML, as SVG, or as text, whichever it can first; what is a part of a figure is shown with the figure."""
    for kind in ("html", "svg"):
        draw = getattr(value, f"_repr_{kind}_", None)
        if draw is not None and not isinstance(value, type) and (drawn := draw()) is not None:
            return {kind: drawn}
    return {} if value is None or _is_part(value) else {"text": f"{value!r}\n"}


def markup(text: str) -> dict[str, str]:
    """HTML or SVG, as `shown` gives it."""
    return {"svg" if text.lstrip().startswith("<svg") else "html": text}


def _is_part(value: Any) -> bool:
    """Whether a value is a part of a figure."""
    if isinstance(value, (list, tuple)) and value:
        return all(map(_is_part, value))
    return type(value).__module__.startswith(("matplotlib.", "mpl_toolkits."))


def line_of(error: BaseException, name: str) -> int | None:
    """The line of the script at which an error came up."""
    if isinstance(error, SyntaxError) and error.filename == name:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return lines[-1] if lines else None


def told(error: BaseException, name: str, *hidden: str) -> str:
    """The traceback as Python tells it, from the first line of the script on, without what watches it or the hidden files."""
    told = traceback.TracebackException.from_exception(error)
    part: Any = told
    while part is not None:
        frames = [frame for frame in part.stack if frame.filename not in (watched.__file__, *hidden)]
        first = next((i for i, frame in enumerate(frames) if frame.filename == name), len(frames))
        part.stack = traceback.StackSummary.from_list(frames[first:]) if first < len(frames) else None
        part = part.__cause__ or (None if part.__suppress_context__ else part.__context__)
    return "".join(told.format())

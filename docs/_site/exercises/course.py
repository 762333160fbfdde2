"""The exercises of the course: each step's program, from that of the step before.

Little is written for the exercise. The start is the last step's program, the check is the page's own blocks after
"The program" and what is true of any right program (see `truths`), the hints are the page's question and the
difference, the solution is the page's program.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import types
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes as rst

from .. import diffs, nodes, notebooks, search, source, structure, watched
from ..gallery import CODE, SCRIPTS, Script, Site, files, others
from . import checking, comparing, mistakes, truths

CALLED = "What will be called:"
LONGEST = 260  # letters of what is quoted of a page


def steps() -> list[Path]:
    return [path for path in files(SCRIPTS, ".py") if path.stem.startswith("step")]


def key() -> str:
    """What all exercises depend on."""
    return "".join(path.read_text("utf-8") for path in steps()) + CODE


def scripts() -> list[Script]:
    """The steps, each with the one before."""
    found: list[Script] = []
    for path in sorted(steps(), key=lambda path: path.stem):
        found.append(Script(path, found[-1] if found else None))
    return found


def known() -> Site:
    """What the text of a step may link to, without the configuration of the site."""
    return Site(dict.fromkeys((Script(path).page for path in files(SCRIPTS, ".py")), "") | others(), "", "")


def all() -> dict[str, dict[str, Any]]:
    """The exercises, by the number of their step."""
    site, programs, found = known(), {}, {}
    for script in scripts():
        tree = source.parse(script, site)
        programs[script] = structure.program(tree)
        made = exercise(script, tree, programs[script.before]) if script.before else None
        if made:
            found[made["step"]] = made
    return found


def exercise(script: Script, tree: Any, before: str) -> dict[str, Any] | None:
    """The exercise of a step: data that JSON can hold; None where the program stays as it was.

    Args:
        tree: its page's.
        before: the program of the step before.
    """
    program = structure.program(tree)
    if not before or not program or not pieces(before, program):
        return None
    theory, after = _blocks(tree)
    step = script.path.stem.removeprefix("step")
    question, calls = _asked(tree)
    return {
        "step": step,
        "page": script.repository_path,
        "title": script.title,
        "question": question,
        "calls": calls,
        "start": before,
        "solution": program,
        "pieces": pieces(before, program),
        "before": _needed(theory, after),
        "blocks": after,
        "besides": besides(program),
        "hints": hints(question, before, program),
        "mistakes": [
            {"sentence": sentence, "program": wrong}
            for sentence, *changes in mistakes.MISTAKES.get(step, [])
            if (wrong := mistakes.made(program, changes))
        ],
    }


# ------------------------------------------------------------------------------------- what is checked


def _blocks(tree: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The cells before the program and those after it, each with its heading and the words above it."""
    theory: list[dict[str, Any]] = []
    after: list[dict[str, Any]] = []
    heading, words, passed, marks = "", "", False, []
    for node in tree.findall(lambda n: isinstance(n, (rst.title, rst.paragraph, rst.math_block, nodes.cell, nodes.mark))):
        if nodes.inside(node, (*nodes.DECK, nodes.predict)):
            continue
        if isinstance(node, rst.title) and isinstance(node.parent, rst.section):
            heading = node.astext()
        elif isinstance(node, rst.math_block):
            words = f"{words} {_text(node)}"
        elif isinstance(node, rst.paragraph):
            words = _text(node)
        elif isinstance(node, nodes.mark):
            marks.append(node)
        elif isinstance(node, nodes.cell) and node["program"]:
            passed = True
        elif isinstance(node, nodes.cell):
            block = {"code": node["source"], "line": node["line"], "heading": heading, "sentence": _last(words)}
            if marks:
                block["marks"] = [[mark["kind"], mark["of"]] for mark in marks]
            for mark in marks:
                if mark["of"] not in node["source"]:
                    raise nodes.error(mark, f"the cell below has no {mark['of']!r}")
            (after if passed else theory).append(block)
            marks = []
    return theory, after


def _text(node: rst.Node, code: str = "") -> str:
    return " ".join(search.text(node, code).split())


def _last(words: str) -> str:
    """The last sentences of a paragraph."""
    *earlier, kept = re.split(r"(?<=[.?!:]) (?=[A-Z`])", words)
    while earlier and len(earlier[-1]) + len(kept) < LONGEST:
        kept = f"{earlier.pop()} {kept}"
    return kept


def _needed(theory: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those blocks of the theory that bind names which later blocks use."""
    wanted = set().union(*(_loaded(block["code"]) for block in after)) if after else set()
    kept = []
    for block in reversed(theory):
        if wanted & checking.bound(ast.parse(block["code"])):
            kept.append(block)
            wanted |= _loaded(block["code"])
    return kept[::-1]


def _loaded(code: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


@cache
def besides(program: str) -> list[dict[str, Any]]:
    """The truths that the page's program passes, as blocks; the first holds what they have in common.

    Raises:
        BuildError: there is none, so that nothing but the page would check a learner's program.
    """
    itself = types.ModuleType(checking.PROGRAM)
    exec(compile(program, "the page's program", "exec", dont_inherit=True), vars(itself))

    def passes(truth: Any, *formulas: list[str]) -> bool:
        try:
            with np.errstate(all="ignore"):
                truth(itself, *formulas)
        except Exception:
            return False
        return True

    common, file = checking.BESIDES
    found = [{"code": inspect.getsource(comparing).rstrip(), "line": 1, "heading": "", "sentence": "", "file": common}]
    for name, truth in vars(truths).items():
        if not inspect.isfunction(truth) or truth.__module__ != truths.__name__:
            continue
        many = "formulas" in inspect.signature(truth).parameters
        formulas = [[formula for formula in comparing.FORMULAS if passes(truth, [formula])]] if many else []
        if formulas[0] if many else passes(truth):
            lines, line = inspect.getsourcelines(truth)
            call = f"{name}({', '.join(['program', *map(repr, formulas)])})"
            heading = (truth.__doc__ or "").strip().removesuffix(".")
            code = f"{''.join(lines)}\n\n{call}"
            found.append({"code": code, "line": line, "heading": heading, "sentence": "", "file": file})
    return found


# ---------------------------------------------------------------------------------------------- hints


def _asked(tree: Any) -> tuple[str, list[str]]:
    """What the page asks, and what will be called: as the author says, or what stands before its first heading or cell.

    Of that no sentence is taken that leads up to a formula or to a cell.
    """
    asked = next(iter(tree.findall(nodes.ask)), None)
    calls = [_text(item, "`") for item in asked.findall(rst.list_item)] if asked else []
    told = [_text(child, "`") for child in asked if isinstance(child, rst.paragraph)] if asked else []
    words: list[str] = []
    for node in tree[0].children[1:] if not told else []:
        if isinstance(node, (nodes.HEADED, nodes.cell)):
            words[-1:] = [_without_the_last(words[-1])] if isinstance(node, nodes.cell) else words[-1:]
            break
        if isinstance(node, rst.paragraph):
            words.append(_text(node, "`"))
        elif isinstance(node, (rst.math_block, rst.literal_block, nodes.cell)):
            words[-1] = _without_the_last(words[-1])
    return " ".join(told or filter(None, words[1:] or words)), calls


def _without_the_last(words: str) -> str:
    """A text without its last sentence, unless that is a question."""
    return words if words.endswith("?") else re.sub(r"(^|(?<=[.?!]) )[^.?!]*[.:,]?$", "", words)


def hints(question: str, before: str, program: str) -> list[dict[str, str]]:
    """From the question of the page to the whole of its program, each with a title and what it shows."""
    found = [{"title": "The question", "text": question, "code": ""}]
    found.append({"title": "What it touches", "text": touched(before, program), "code": ""})
    cut = pieces(before, program)
    for number, piece in enumerate(cut, 1):
        code = "\n".join([f"- {line}" for line in piece["old"]] + [f"+ {line}" for line in piece["new"]])
        found.append({"title": f"Piece {number} of {len(cut)}, {piece['where']}", "text": "", "code": code})
    found.append({"title": "The whole program", "text": "", "code": program.rstrip()})
    return found


def touched(before: str, program: str) -> str:
    """The names that the difference touches, without what is in them."""
    old, new = _parts(before), _parts(program)
    groups = {
        "New": [name for name in new if name not in old],
        "Changed": [name for name in new if name in old and new[name] != old[name]],
        "Gone": [name for name in old if name not in new],
    }
    return " ".join(f"{head}: {', '.join(f'`{name}`' for name in names)}." for head, names in groups.items() if names)


def _parts(program: str) -> dict[str, str]:
    """The imports, functions, classes and methods of a program, with what they say."""
    found = {}

    def add(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                rest = [child for child in node.body if not isinstance(child, ast.FunctionDef)]
                found[prefix + node.name] = "\n".join(map(ast.unparse, [*node.bases, *node.decorator_list, *rest]))
                add(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                found[prefix + node.name] = ast.unparse(node)
            elif isinstance(node, (ast.Import, ast.ImportFrom)) and not prefix:
                found[ast.unparse(node)] = ""
            elif isinstance(node, ast.Assign) and not prefix:
                found[ast.unparse(node.targets[0])] = ast.unparse(node)

    add(ast.parse(program).body, "")
    return found


def pieces(before: str, program: str) -> list[dict[str, Any]]:
    """The difference piece by piece: old and new lines, where they begin in either program, and in what they are.

    New lines that hold several definitions are a piece for each.
    """
    olds, news = before.splitlines(), program.splitlines()
    found = []
    for kind, i, j, k, m in diffs.compared(before, program).get_opcodes():
        if kind == "equal":
            continue
        cuts = [k, *_definitions(news, k, m), m] if i == j else [k, m]
        for start, end in zip(cuts, cuts[1:]):
            old, new = olds[i:j], news[start:end]
            if any(line.strip() for line in (*old, *new)):
                where = _where(program, start, end) if new else _where(before, i, j)
                found.append({"old": old, "new": new, "at": (i, j, start, end), "where": where})
    return found


def _definitions(lines: list[str], start: int, end: int) -> list[int]:
    """Where in a range of lines definitions begin, but for the first."""
    cuts = [n for n in range(start + 1, end) if re.match(r"\s*(def|class|@)\b", lines[n]) and not lines[n - 1].strip()]
    return [n for n in cuts if any(line.strip() for line in lines[start:n])]


def _where(program: str, start: int, end: int) -> str:
    """The function or class that some lines (from 0) are in or begin with."""
    lines = [n for n in range(start, end) if program.splitlines()[n].strip()]
    first = (lines or [start])[0] + 1
    names, body = [], ast.parse(program).body
    while True:
        inner = [n for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.lineno <= first <= (n.end_lineno or 0)]
        if not inner:
            break
        names.append(inner[0].name)
        body = inner[0].body
    return f"in `{'.'.join(names)}`" if names else "at the top" if first <= _head(program) else "outside of classes and functions"


def _head(program: str) -> int:
    return next((node.lineno for node in ast.parse(program).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))), 1)


def notebook(exercise: dict[str, Any], repository: str) -> str:
    """The exercise as a notebook: a cell for the program, which checks itself when it is run; hints, folded."""
    below, above = (inspect.getsource(module).rstrip() for module in (watched, checking))
    source = below + "\n\n\n" + re.sub(r"^from (\.\.watched|__future__) import .*\n", "", above, flags=re.M)
    data = as_json(exercise)
    calls = "".join(f"- {call}\n" for call in exercise["calls"])
    cells = [
        notebooks.markdown(
            f"# {exercise['title']}\n\n{exercise['question']}\n\n{CALLED}\n\n{calls}\n"
            "Run the cells in their order. The long one below holds the program of the step before. Change it, and run it: it is "
            f"checked with the blocks that follow the program on [the page]({repository}/blob/main/{exercise['page']}), and with "
            "what is true of any right program. (The cell before it is the checker.)"
        ),
        notebooks.code(notebooks.INSTALL.format(f"git+{repository}")),
        notebooks.code(f"{source}\n\nEXERCISE = {data!r}\n{MAGIC}", collapsed=True, jupyter={"source_hidden": True}),
        notebooks.code(f"%%check\n{exercise['start']}"),
        *(
            notebooks.markdown(f"<details><summary>Hint {number}: {hint['title']}</summary>\n\n{hint['text']}{fenced}\n\n</details>")
            for number, hint in enumerate(exercise["hints"], 1)
            for fenced in [f"\n\n```diff\n{hint['code']}\n```" if hint["code"] else ""]
        ),
    ]
    return notebooks.as_json(notebooks.of(cells))


MAGIC = """
import json

from IPython.core.magic import register_cell_magic


@register_cell_magic("check")
def check_cell(line, cell):
    exercise = json.loads(EXERCISE)
    program = f"\\n{cell}"  # the line above is line 1
    feedback = check(program, exercise)
    print(tell(feedback | {"known": recognise(feedback, exercise)}, exercise, program))"""


def shown(exercise: dict[str, Any]) -> str:
    """What is checked, without the solution: the blocks of the page, and what is true of any right program."""
    found = [f"# {'-' * 20} {exercise['page']}, after the program"]
    for block in [*exercise["blocks"], *exercise["besides"]]:
        if "file" in block and not block["heading"]:
            found.append(f"# {'-' * 20} {block['file']}: what is true of any right program")
        marks = {kind for kind, _ in block.get("marks", [])}
        notes = [f"# {MARKED[mark]}" for mark in MARKED if mark in marks]
        found.append("\n".join([f"# {block['heading']} (line {block['line']})", *notes, block["code"].strip()]))
    return "\n\n\n".join(found)


MARKED = {
    "flaw": "It shows a flaw of the page's program: yours need not have it.",
    "internal": "It looks at how the page's program is built: yours may be built differently.",
}


def as_json(exercise: dict[str, Any]) -> str:
    """What the page needs to check the exercise by itself."""
    return json.dumps(exercise, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

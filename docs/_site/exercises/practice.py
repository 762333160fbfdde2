"""`make try`: the exercises of the course in files of the learner's own.

    python -m _site.exercises.practice [STEP] [--hint N] [--watch] [--reset] [--show] [--mine]

The file of step 14 is try/step14.py. It begins as the program of step 13 (the page's or, if asked for, one's own), and
from then on it is the learner's: nothing writes to it but a reset, which asks first. A check runs in a process of its own,
with a limit of computing time.
Exits with 0 if the exercise is solved, with 1 if it is open, with 2 if something was asked for that does not exist.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .. import cache
from ..gallery import ROOT
from . import checking, course

FOLDER = ROOT / "try"
LOOK = 0.1  # seconds between two looks at a file that is being watched


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make try", description="The exercises of the course.")
    parser.add_argument("step", nargs="?", default="")
    parser.add_argument("--hint", default="")
    parser.add_argument("--watch", action="store_true")
    for option in ("--reset", "--show", "--mine"):
        parser.add_argument(option, action="store_true")
    asked = parser.parse_args(arguments)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may have no ✗
    found = known()
    try:
        step = _step(asked.step, found) if asked.step else _open(found)
        if not step:
            return 0
        if asked.hint:
            return _hint(found[step], asked.hint)
        if asked.show:
            print(course.shown(found[step]))
            return 0
        start = _start(found[step], found, asked.mine)
        if asked.reset:
            return _reset(found[step], start)
        if asked.mine and path(found[step]).exists():
            print(f"{_name(found[step])} is there already. {_command(found[step], 'RESET=1 FROM=mine')} begins it again with your program.\n")
        _begin(found[step], start)
        return _watch(found[step], found) if asked.watch else _report(found[step], found)
    except Asked as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
        return 1
    except BrokenPipeError:  # `make try | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def known() -> dict[str, dict[str, Any]]:
    """The exercises, read from the scripts once and kept until one of them, or the site's code, changes."""
    found: dict[str, dict[str, Any]] = json.loads(cache.once("exercises", lambda: json.dumps(course.all()).encode(), course.key()))
    return found


class Asked(Exception):
    """Something was asked for that does not exist."""


def _step(text: str, found: dict[str, Any]) -> str:
    """The step that was asked for.

    Raises:
        Asked: it has no exercise.
    """
    number = re.sub(r"^\s*(step)?\s*|(\.py)?\s*$", "", text).zfill(2)
    if number not in found:
        raise Asked(f"There is no exercise for step {text!r}. There is one for each of {', '.join(found)}.")
    return number


def path(exercise: dict[str, Any]) -> Path:
    """The learner's file."""
    return FOLDER / f"step{exercise['step']}.py"


def _name(exercise: dict[str, Any]) -> str:
    return f"try/step{exercise['step']}.py"


# ------------------------------------------------------------------------------------- where one stands


def _open(found: dict[str, Any]) -> str:
    """Show where one stands, and choose what to go on with: what has been begun, then the first that is open."""
    begun = [e for e in found.values() if path(e).exists()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = dict(zip((e["step"] for e in begun), pool.map(lambda e: check(_read(e), e, _name(e)), begun)))
    for step, exercise in found.items():
        print(f"  {_state(results.get(step)):16} {exercise['title']}")
    print()
    unsolved = [step for step in found if step not in results or results[step]["kind"] != "passes"]
    chosen = next((step for step in unsolved if step in results), next(iter(unsolved), ""))
    if not chosen:
        print("All of them are solved.")
    return chosen


def _state(feedback: dict[str, Any] | None) -> str:
    if feedback is None:
        return "not begun"
    if feedback["kind"] == "passes":
        return _coloured("solved", 32)
    return f"{feedback['done']} of {feedback['blocks']} blocks"


def _start(exercise: dict[str, Any], found: dict[str, Any], mine: bool) -> str:
    """With what a learner's file begins: the task, and the program of the step before.

    Args:
        mine: whether that is the learner's own.

    Raises:
        Asked: there is none.
    """
    program = exercise["start"]
    if mine:
        steps = list(found)
        earlier = [step for step in steps[: steps.index(exercise["step"])] if path(found[step]).exists()]
        if not earlier:
            raise Asked(f"You have no program yet from a step before {exercise['step']}.")
        program = re.sub(r"\A(#.*\n)+\n+", "", path(found[earlier[-1]]).read_text("utf-8", "replace"))
    task = [exercise["title"], *textwrap.wrap(exercise["question"], 110)]
    if exercise["calls"]:
        task.append(course.CALLED)
        task += [textwrap.fill(call, 110, initial_indent="- ", subsequent_indent="  ") for call in exercise["calls"]]
    return "".join(f"# {line}\n" for line in "\n".join(task).split("\n")) + f"\n{program}"


def _begin(exercise: dict[str, Any], start: str) -> None:
    """Make the learner's file if there is none, and say what to reach."""
    if path(exercise).exists():
        return
    try:
        FOLDER.mkdir(exist_ok=True)
        with path(exercise).open("x", encoding="utf-8") as file:
            file.write(start)
    except OSError as error:
        raise Asked(f"{_name(exercise)} can't be written: {error.strerror}.") from error
    print(_coloured(exercise["title"], 1))
    print(textwrap.fill(exercise["question"], 90))
    if exercise["calls"]:
        print(f"\n{course.CALLED}")
        for call in exercise["calls"]:
            print(textwrap.fill(call, 90, initial_indent="- ", subsequent_indent="  "))
    print(
        f"\n{_name(exercise)} is yours now: it holds the program of the step before. Change it until the blocks of\n"
        f"{exercise['page']} that follow the program run with it.\n"
        f"{_command(exercise)} checks it. With SHOW=1 it shows the checks, with HINT=1 it gives\n"
        f"a hint, and with WATCH=1 it checks the file at each save.\n"
    )


def _command(exercise: dict[str, Any], more: str = "") -> str:
    return f"make try STEP={exercise['step']} {more}".rstrip()


# --------------------------------------------------------------------------------------------- checking


def _read(exercise: dict[str, Any]) -> bytes:
    """The learner's file, which an editor may be replacing just now.

    Raises:
        Asked: it can't be read.
    """
    for patience in range(5):
        try:
            return path(exercise).read_bytes()
        except FileNotFoundError:
            time.sleep(LOOK)
        except OSError as error:
            raise Asked(f"{_name(exercise)} can't be read: {error.strerror}.") from error
    raise Asked(f"{_name(exercise)} is gone. {_command(exercise)} begins it again.")


def check(program: bytes, exercise: dict[str, Any], name: str, seconds: float = checking.SECONDS) -> dict[str, Any]:
    """The feedback on a program that may do anything: it runs in a process of its own, which is stopped in time.

    Its `known` is what there is to say if many give this answer.
    """
    asked = {"program": program.decode("latin-1"), "exercise": exercise, "name": name, "seconds": seconds}
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "docs"), "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "_site.exercises.apart"], cwd=ROOT, env=variables,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, errors = process.communicate(json.dumps(asked).encode())
    lines = out.decode("utf-8", "replace").split("\n")
    if len(lines) < 2:
        return _ended(errors.decode("utf-8", "replace"), exercise, name, process.returncode, seconds)
    feedback: dict[str, Any] = json.loads(lines[0])
    if len(lines) > 2:
        feedback["known"] = json.loads(lines[1])
    return feedback


def _ended(errors: str, exercise: dict[str, Any], name: str, code: int, seconds: float) -> dict[str, Any]:
    """What to say of a process that was stopped, or has ended itself: where it was."""
    where = {file: re.findall(rf'File "{re.escape(file)}", line (\d+)', errors) for file in (name, exercise["page"])}
    feedback = {"kind": "stops", "done": 0, "blocks": len(exercise["blocks"]) + len(exercise["besides"]) - 1, "skipped": 0, "row": []}
    if code == -getattr(signal, "SIGPROF", 0) or "Timeout" in errors:
        feedback["message"] = f"It was still running after {2 * seconds:g} seconds of computing: does this ever end?"
    elif "most recent call first" in errors:
        feedback["message"] = "It waits for something that never comes."
    else:
        feedback["message"] = f"It ended Python itself (exit code {code})."
    if where[name]:
        feedback["line"] = int(where[name][0])
    if where[exercise["page"]]:
        line = feedback["page_line"] = int(where[exercise["page"]][-1])
        feedback["file"] = exercise["page"]
        feedback["done"] = sum(block["line"] + block["code"].count("\n") < line for block in exercise["blocks"])
    return feedback


def _report(exercise: dict[str, Any], found: dict[str, Any]) -> int:
    """Check the learner's file, and say what came of it."""
    program = _read(exercise)
    feedback = check(program, exercise, _name(exercise))
    head, _, rest = checking.tell(feedback, exercise, program, _name(exercise)).partition("\n")
    solved = feedback["kind"] == "passes"
    print(_coloured(head, 32 if solved else 31), *([rest] if rest else []), sep="\n")
    if not solved:
        return 1
    print(_beside(program.decode("utf-8", "replace"), exercise))
    steps = list(found)
    later = steps[steps.index(exercise["step"]) + 1 :]
    print(f"\nNext: make try STEP={later[0]}. With FROM=mine it begins with this program of yours." if later else "\nThat was the last one.")
    return 0


def _beside(program: str, exercise: dict[str, Any]) -> str:
    """The learner's program and the page's, as a difference."""
    page = f"{exercise['page']}, its program"
    lines = list(
        difflib.unified_diff(program.split("\n"), exercise["solution"].split("\n"), _name(exercise), page, "", "", 2, "")
    )
    if not lines:
        return "\nIt is the page's program to the letter."
    coloured = [_coloured(line, {"+": 32, "-": 31}.get(line[:1], 0)) for line in lines]
    return "\n".join(["", "Any program that passes is right. The page's differs from yours like this:", "", *coloured])


def _watch(exercise: dict[str, Any], found: dict[str, Any]) -> int:
    """Check the file now, and whenever it is saved."""
    before = None
    while True:
        state = _state_of_file(exercise)
        if state != before:
            before = state
            print(f"\n{'-' * 30} {_name(exercise)}\n" if state else f"\n{_name(exercise)} is gone.", flush=True)
            if state:
                _report(exercise, found)
                print("\nWaiting for the next save (Ctrl-C ends).", flush=True)
        time.sleep(LOOK)


def _state_of_file(exercise: dict[str, Any]) -> tuple[int, int] | None:
    try:
        found = path(exercise).stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


# -------------------------------------------------------------------------------------- hints, and reset


def _hint(exercise: dict[str, Any], text: str) -> int:
    hints = exercise["hints"]
    if not text.isdigit() or not 1 <= int(text) <= len(hints):
        raise Asked(f"There is no hint {text!r} for step {exercise['step']}: they are numbered from 1 to {len(hints)}.")
    hint = hints[int(text) - 1]
    print(_coloured(f"Hint {text} of {len(hints)}: {hint['title']}", 1))
    print("\n".join(filter(None, (textwrap.fill(hint["text"], 90), hint["code"]))))
    if int(text) < len(hints):
        print(f"\nThe next one: {_command(exercise, f'HINT={int(text) + 1}')}")
    return 0


def _reset(exercise: dict[str, Any], start: str) -> int:
    """Put the start into the learner's file, if that is really wanted."""
    if path(exercise).is_dir():
        raise Asked(f"{_name(exercise)} can't be reset: it is a directory.")
    if path(exercise).exists():
        print(f"Put the program of the step before into {_name(exercise)} again? What is in it now will be lost. [y/N] ", end="")
        try:
            answer = input()
        except EOFError:
            answer = ""
            print()
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing has been changed.")
            return 1
        path(exercise).unlink()
    _begin(exercise, start)
    return 0


# --------------------------------------------------------------------------------------------- terminal


def _coloured(text: str, colour: int) -> str:
    if not colour or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{colour}m{text}\033[0m"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

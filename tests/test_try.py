"""The exercises: what the course itself has to fulfil, and what a learner is told."""

import ast
import contextlib
import gc
import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import ROOT

from _site import exercise as checking
from _site import exercises, mistakes, practice

EXERCISES = exercises.all()
# Pieces of the differences that no block of the page misses, each by its step and first line, and why that is so.
HARMLESS = {
    ("10", "def test_square_forward():"): "a test left out makes no other fail; what it tests, the page needs nowhere else",
    ("10", "def test_square_backward():"): "likewise: the page's own broken engines are caught by the other tests",
    # What a step takes away does no harm if it stays.
    ("18", "def add_func(f):"): "the table of the pass does what it did",
    ("20", "def add(x0, x1):"): "the operator does what it did",
    ("24", "__array_ufunc__ = None  # an array on the left leaves the operator to us"): "the method below takes its place",
    ("24", "def exp(x):"): "np.exp does what it did",
    ("28", "import itertools"): "for the example of the page before",
}


@pytest.fixture(autouse=True)
def limited():
    """A program that does not end is stopped, and what a page has switched off is on again."""

    def stop(*_):
        raise TimeoutError("it did not end")

    before, limit = signal.signal(signal.SIGALRM, stop), sys.getrecursionlimit()
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    sys.setrecursionlimit(limit)
    gc.enable()


def check(program, exercise, name=checking.PROGRAM):
    signal.alarm(10)
    try:
        return checking.check(program, exercise, name)
    finally:
        signal.alarm(0)
        gc.enable()


def answer(step, *changes):
    """The page's program of a step with some changes."""
    program = EXERCISES[step]["solution"]
    for old, new in changes:
        assert old in program, (step, old)
        program = program.replace(old, new)
    return program


# ---------------------------------------------------------------------------------------- the course


def test_each_step_from_the_second_on_has_an_exercise():
    steps = [script.path.stem.removeprefix("step") for script in exercises.scripts()]
    assert set(EXERCISES) <= set(steps[1:])
    assert {"07", "08", "09", "10", "11", "12", "13", "14", "15", "16"} <= set(EXERCISES)


@pytest.mark.parametrize("step", EXERCISES)
def test_the_last_program_is_not_enough_and_the_pages_is(step):
    exercise = EXERCISES[step]
    assert exercise["blocks"] and "?" in exercise["question"]
    assert check(exercise["start"], exercise)["kind"] in ("stops", "missing", "wrong")
    found = check(exercise["solution"], exercise)
    assert found == {"kind": "passes", "done": len(exercise["blocks"]), "blocks": len(exercise["blocks"]), "skipped": 0}
    assert checking.tell(found, exercise).startswith(f"Right. All {len(exercise['blocks'])} blocks")


@pytest.mark.parametrize("step", EXERCISES)
def test_each_piece_of_the_difference_matters(step):
    exercise = EXERCISES[step]
    start, solution = exercise["start"], exercise["solution"]
    assert exercises.pieces(start, solution)
    for piece in exercises.pieces(start, solution):
        left = exercises.without(piece, start, solution)
        with contextlib.suppress(SyntaxError):
            if ast.dump(ast.parse(left)) == ast.dump(ast.parse(solution)):
                continue  # a comment, or empty lines
        first = next(line for line in [*piece["new"], *piece["old"]] if line.strip()).strip()
        found = check(left, exercise)
        if (step, first) in HARMLESS:
            assert found["kind"] == "passes", f"{first!r} is noticed: it need not be listed"
        else:
            assert found["kind"] != "passes", f"step {step} does without {first!r} {piece['where']}"


def test_what_is_listed_as_harmless_is_a_piece_of_a_difference():
    firsts = {
        (step, line.strip())
        for step, e in EXERCISES.items()
        for piece in exercises.pieces(e["start"], e["solution"])
        for line in [*piece["new"], *piece["old"]]
    }
    assert set(HARMLESS) <= firsts


@pytest.mark.parametrize("step", EXERCISES)
def test_all_hints_together_are_the_whole_difference(step):
    exercise = EXERCISES[step]
    question, touched, *pieces, whole = exercise["hints"]
    assert question["text"] == exercise["question"] and touched["text"] and whole["code"] + "\n" == exercise["solution"]
    lines = exercise["start"].splitlines()
    shown = [line for piece in pieces for line in piece["code"].split("\n")]
    assert [line[2:] for line in shown if line[0] == "+"] == [
        line for piece in exercises.pieces(exercise["start"], exercise["solution"]) for line in piece["new"]
    ]
    assert all(line[2:] in lines for line in shown if line[0] == "-")
    names = re.findall(r"`([\w.]+)`", touched["text"])
    assert names and all(name.split(".")[-1] in exercise["solution"] + exercise["start"] for name in names)


@pytest.mark.parametrize("step", mistakes.MISTAKES)
def test_a_wrong_answer_that_many_give_is_recognised(step):
    exercise = EXERCISES[step]
    assert len(exercise["mistakes"]) == len(mistakes.MISTAKES[step]), "one of them can't be made in the page's program"
    signs = []
    for mistake in exercise["mistakes"]:
        program = f"# with a line more\n{mistake['program']}"
        found = check(program, exercise, "try/it.py")
        assert checking.recognise(found, exercise) == mistake["sentence"]
        signs.append(checking.sign(found))
    assert len(set(signs)) == len(signs), "two of them compute the same"


def test_another_wrong_answer_is_not_taken_for_one_of_them():
    exercise = EXERCISES["14"]
    found = check(answer("14", ("x.grad = x.grad + gx", "x.grad = x.grad + gx + 0.25")), exercise)
    assert found["came"] == "2.25" and checking.recognise(found, exercise) == ""


# ------------------------------------------------------------------------------------ what is said


SAID = {
    # a program: its kind, and what is in the feedback
    "no syntax": ("def f(:\n", "stops", {"line": 1}),
    "indented": (answer("14", ("    def cleargrad", "      def cleargrad")), "stops", {"error": "IndentationError"}),
    "no encoding": (b"# \xff\n", "stops", {"line": 1}),
    "another encoding": ("# -*- coding: latin-1 -*-\n# \xfc\n".encode("latin-1"), "missing", {}),
    "a mark before it": (b"\xef\xbb\xbf" + answer("14").encode(), "passes", {}),
    "a null": ("x = 1\0\n", "stops", {"line": 1}),
    "deep": ("(" * 5000, "stops", {"line": 1}),
    "it raises": (answer("14") + "\n1 / 0\n", "stops", {"error": "ZeroDivisionError"}),
    "it leaves": ("import sys\n\nsys.exit()\n", "stops", {"line": 3, "error": "SystemExit"}),
    "it leaves later": (answer("14", ("    def cleargrad(self):\n", "    def cleargrad(self):\n        raise SystemExit\n")), "stops", {"error": "SystemExit"}),
    "it asks": ("x = 1\ninput('a number, please')\n", "stops", {"line": 2, "error": "EOFError"}),
    "for ever deeper": (answer("14", ("        self.grad = None\n\n    def backward", "        self.cleargrad()\n\n    def backward")), "stops", {"error": "RecursionError"}),
    "nothing": ("", "missing", {"error": "NameError"}),
    "a name misspelt": (answer("14", ("def square", "def sqare")), "missing", {"error": "NameError"}),
    "a method missing": (answer("14", ("cleargrad", "clear")), "missing", {"error": "AttributeError"}),
    "an argument missing": (answer("14", ("def add(x0, x1):\n    return Add()(x0, x1)", "def add(x0):\n    return Add()(x0, x0)")), "missing", {"error": "TypeError"}),
    "a wrong number": (answer("14", ("return gy, gy", "return gy, 3 * gy")), "wrong", {"what": "x.grad", "came": "4.0", "expected": "2.0"}),
    "forward raises": (answer("14", ("return x0 + x1", "raise KeyError('a')")), "stops", {"error": "KeyError"}),
    "it prints": (answer("14", ("        self.grad = None\n\n    def backward", "        print('cleared')\n        self.grad = None\n\n    def backward")), "passes", {}),
    "numpy borrowed": (answer("14", ("import numpy as np\n", "")), "stops", {"error": "NameError"}),
    "nothing given back": (answer("14", ("    return Add()(x0, x1)", "    Add()(x0, x1)")), "wrong", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_each_program_gets_one_of_three_kinds_of_feedback(case):
    program, kind, expected = SAID[case]
    found = check(program, EXERCISES["14"], "try/step14.py")
    text = checking.tell(found, EXERCISES["14"], program, "try/step14.py")
    assert found["kind"] == kind, text
    assert {key: found.get(key) for key in expected} == expected, text
    heads = {"stops": "Your program does not run", "missing": "Something is missing", "wrong": "What comes out is wrong"}
    assert [head for head in heads if heads[head] in text] == ([kind] if kind != "passes" else [])
    assert "0x" not in text and "Traceback" not in text
    if kind == "stops":
        assert f"try/step14.py, line {found['line']}:" in text


def test_the_line_at_fault_is_the_learners_and_the_pages_line_and_words_stand_beside_it():
    program = answer("14", ("        gys = [output.grad", "    gys = [output.grad"))
    found = check(program, EXERCISES["14"], "try/step14.py")
    assert found["error"] == "IndentationError" and program.split("\n")[found["line"] - 1].strip().startswith("gxs")
    program = answer("14", ("return gy, gy", "return gy + None"))
    found = check(program, EXERCISES["14"], "try/step14.py")
    assert program.split("\n")[found["line"] - 1] == "        return gy + None"
    page = (ROOT / EXERCISES["14"]["page"]).read_text("utf-8").split("\n")
    assert page[found["page_line"] - 1] == "y.backward()"
    found = check(EXERCISES["14"]["start"], EXERCISES["14"])
    assert (found["what"], found["came"], found["expected"]) == ("x.grad", "1.0", "2.0")
    assert found["what"] in page[found["page_line"] - 1] and found["sentence"].split()[0] in "\n".join(page)


def page(*blocks, program="x = 1\n"):
    """An exercise with a page of these blocks."""
    made = [{"code": code, "line": 10 * i, "heading": "", "sentence": ""} for i, code in enumerate(blocks, 1)]
    return {"page": "gallery/page.py", "before": [], "blocks": made, "mistakes": [], "start": "", "solution": program}


@pytest.mark.parametrize(
    "assertion, program, what, came, expected, given",
    [
        ("assert x == 2", "x = 1", "x", "1", "2", None),
        ("assert 2 == x", "x = 1", "x", "1", "2", None),
        ("assert 0 < x < 5", "x = 7", "x", "7", "less than 5", None),
        ("assert 0 < x", "x = -1", "x", "-1", "more than 0", None),
        ("assert (1, x, 3) == (1, 2, 3)", "x = 9", "x", "9", "2", None),
        ("assert x[1:] == [2, 3]", "x = [1, 2, 4]", "x[1:][1]", "4", "3", None),
        ("assert x is None", "x = 5", "x", "5", "None", None),
        ("assert x and y", "x, y = 1, 0", "y", "0", "something that counts as true", "x = 1"),
        ("assert x == 1 and y == 2", "x, y = 1, 3", "y", "3", "2", "x = 1"),
        ("assert not x", "x = 5", "x", "5", "False", None),
        ("import numpy as np\nassert np.isclose(x, 2.0)", "x = 1.0", "x", "1.0", "about 2.0", None),
        ("assert all(v == 1 for v in x)", "x = [1, 1, 4]", "v", "4", "1", None),
        ("assert isinstance(x, float)", "x = 1", "x", "an int", "a float", None),
        ("for k in range(9):\n    assert x * k < 6", "x = 2", "x * k", "6", "less than 6", "x = 2, k = 3"),
        ("assert x() == 2", "n = 0\ndef x():\n    global n\n    n += 1\n    return n", "x()", "1", "2", None),  # called once
    ],
)
def test_an_assertion_says_what_came_and_what_was_expected(assertion, program, what, came, expected, given):
    found = check(program, page(assertion))
    assert (found["kind"], found["what"], found["came"], found["expected"], found.get("given")) == ("wrong", what, came, expected, given)


def test_an_error_that_the_page_awaits_and_does_not_get_is_named():
    block = "try:\n    f(1.0)\n    raise AssertionError('a float was accepted')\nexcept TypeError:\n    pass"
    found = check("def f(x):\n    pass", page(block))
    assert (found["kind"], found["expected"]) == ("wrong", "TypeError") and "a float was accepted" in found["came"]


def test_a_note_keeps_nothing_alive():
    block = "import weakref\nx = C()\nassert x.it is not None\nseen = weakref.ref(x.it)\ndel x\nassert seen() is None"
    assert check("class It:\n    pass\n\nclass C:\n    def __init__(self):\n        self.it = It()", page(block))["kind"] == "passes"


def test_another_program_that_passes_is_right():
    program = answer(
        "14",
        ("                if x.grad is None:\n                    x.grad = gx\n                else:\n", ""),
        ("                    x.grad = x.grad + gx  # not +=: the array may be shared\n",
         "                x.grad = gx if x.grad is None else np.add(x.grad, gx)\n"),
    )  # fmt: skip
    assert check(program, EXERCISES["14"])["kind"] == "passes"


def test_what_a_page_plots_is_left_out():
    assert check("x = 1", page("assert x == 1\nimport matplotlib.pyplot as plt\nplt.nonsense()"))["kind"] == "passes"


# --------------------------------------------------------------------------------- in its own process


@pytest.mark.parametrize(
    "program, line, words",
    [
        ("x = 1\nwhile True:\n    x += 1\n", (2, 3), "still running after 2 seconds"),
        ("while True:\n    try:\n        x = 1\n    except BaseException:\n        pass\n", (1, 2, 3), "still running"),
        ("import os\nos._exit(3)\n", None, "ended Python itself (exit code 3)"),
        ("x = []\nwhile True:\n    x.append([0] * 10_000_000)\n", (3,), "memory"),
    ],
)
def test_a_program_that_does_not_end_is_stopped(program, line, words):
    found = practice.check(program.encode(), EXERCISES["14"], "try/step14.py", seconds=2 if "memory" not in words else 20)
    assert found["kind"] == "stops" and words in found["message"]
    assert line is None or found["line"] in line


def test_an_endless_loop_in_backward_names_its_line_and_the_pages():
    program = answer("14", ("f = funcs.pop()", "f = funcs[-1]"))
    found = practice.check(program.encode(), EXERCISES["14"], "try/step14.py", seconds=2)
    text = checking.tell(found, EXERCISES["14"], program, "try/step14.py")
    assert "still running after 2 seconds" in text and "y.backward()" in text
    # It is stopped in the loop, or in the rule that the loop was just calling.
    inside = [node for node in ast.walk(ast.parse(program)) if getattr(node, "name", "") == "backward"]
    assert any(node.lineno < found["line"] <= node.end_lineno for node in inside)


# --------------------------------------------------------------------------------------- make try


@pytest.fixture
def try_(tmp_path, monkeypatch, capsys):
    """Run the command with a folder of its own: what it returned, and what it wrote."""
    monkeypatch.setattr(practice, "FOLDER", tmp_path / "try")
    monkeypatch.setattr(exercises, "all", lambda: EXERCISES)

    def run(*arguments, typed=""):
        monkeypatch.setattr("builtins.input", lambda: typed if typed else (_ for _ in ()).throw(EOFError))
        code = practice.main(list(arguments))
        return code, "".join(capsys.readouterr())

    run.file = lambda step: tmp_path / "try" / f"step{step}.py"
    return run


def test_it_begins_with_the_last_program_and_then_leaves_the_file_alone(try_):
    code, text = try_("14")
    assert code == 1 and "Step 14" in text and EXERCISES["14"]["question"].split()[0] in text
    assert try_.file("14").read_text("utf-8") == EXERCISES["14"]["start"]
    assert "expected: 2.0" in text and "A variable that is used twice" in text
    try_.file("14").write_text("x = 1\n", "utf-8")
    code, text = try_("14")
    assert code == 1 and try_.file("14").read_text("utf-8") == "x = 1\n" and "does not define yet" in text


def test_a_solved_one_is_shown_beside_the_pages(try_):
    try_("14")
    try_.file("14").write_text(EXERCISES["14"]["solution"], "utf-8")
    code, text = try_("14")
    assert code == 0 and "Right." in text and "to the letter" in text and "make try STEP=15" in text
    try_.file("14").write_text(answer("14", ("  # not +=: the array may be shared", "")), "utf-8")
    code, text = try_("14")
    assert code == 0 and "\n+                    x.grad = x.grad + gx  # not +=" in text


def test_without_a_step_it_says_where_one_stands_and_goes_on(try_):
    code, text = try_()
    first, *_ = EXERCISES
    assert code == 1 and f"make try STEP={first}" in text and try_.file(first).exists()
    assert text.count("not begun") == len(EXERCISES)
    try_.file(first).write_text(EXERCISES[first]["solution"], "utf-8")
    code, text = try_()
    assert code == 1 and text.count("solved ") == 1 and try_.file("08").exists()
    for step, exercise in EXERCISES.items():
        try_.file(step).write_text(exercise["solution"], "utf-8")
    code, text = try_()
    assert code == 0 and text.count("solved ") == len(EXERCISES) and "All of them are solved." in text


def test_hints_come_one_at_a_time(try_):
    number = len(EXERCISES["14"]["hints"])
    code, text = try_("14", "--hint", "1")
    assert code == 0 and EXERCISES["14"]["question"].split()[0] in text and "HINT=2" in text and "+=" not in text
    code, text = try_("14", "--hint", str(number))
    assert code == 0 and EXERCISES["14"]["solution"] in text and "HINT" not in text
    assert not try_.file("14").exists()
    for wrong in (str(number + 1), "0", "x", "-1"):
        code, text = try_("14", f"--hint={wrong}")
        assert code == 2 and f"from 1 to {number}" in text


def test_a_reset_asks(try_):
    try_("14")
    try_.file("14").write_text("x = 1\n", "utf-8")
    for typed in ("", "n", "no"):
        code, text = try_("14", "--reset", typed=typed)
        assert code == 1 and "will be lost" in text and try_.file("14").read_text("utf-8") == "x = 1\n"
    code, _ = try_("14", "--reset", typed="y")
    assert code == 0 and try_.file("14").read_text("utf-8") == EXERCISES["14"]["start"]


@pytest.mark.parametrize("step", ["14", "step14", "step14.py", " 14 "])
def test_a_step_may_be_written_in_several_ways(try_, step):
    assert "Step 14" in try_(step)[1]


def test_a_step_that_is_none_is_refused_in_a_sentence(try_):
    for step in ("5", "99", "x", "14; ls"):
        code, text = try_(step)
        assert code == 2 and "There is no exercise" in text and not try_.file("14").parent.exists()


def test_a_file_that_can_not_be_read_is_named(try_):
    try_.file("14").mkdir(parents=True)
    code, text = try_("14")
    assert code == 2 and "try/step14.py can't be read" in text


def test_a_save_is_checked_at_once(tmp_path):
    program = f"from _site import practice; practice.FOLDER = practice.Path({str(tmp_path)!r}); practice.main(['7', '--watch'])"
    process = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT / "docs")}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip

    def read_until(words):
        for line in process.stdout:
            if words in line:
                return
        raise AssertionError(f"{words!r} was never said")

    try:
        read_until("Something is missing")
        read_until("Waiting for the next save")
        file = tmp_path / "step07.py"
        file.unlink()
        read_until("is gone")
        file.write_text(EXERCISES["07"]["solution"], "utf-8")
        read_until("Right.")
        read_until("Waiting for the next save")
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.stdout.read()
    finally:
        process.kill()
        process.wait()


def test_make_try_passes_on_what_it_is_asked():
    def make(*arguments):
        return subprocess.run(["make", "-n", "try", *arguments], cwd=ROOT, capture_output=True, text=True).stdout

    assert "_site.practice 14 --hint '2'" in " ".join(make("STEP=14", "HINT=2").split())
    assert "--watch" in make("WATCH=1") and "--reset" not in make("WATCH=1") and "--reset" in make("RESET=1")
    assert "/try/" in (ROOT / ".gitignore").read_text("utf-8").split("\n")

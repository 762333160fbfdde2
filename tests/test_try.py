"""The exercises: what the course itself has to fulfil, and what a learner is told."""

import ast
import contextlib
import os
import re
import signal
import subprocess
import sys

import pytest
import slips
from conftest import ROOT
from designs import DESIGNS, WRONG

from _site.exercises import checking, course, mistakes, practice

EXERCISES = practice.known()
# Pieces of the differences that no block of the page misses, each by its step and first line, and why that is so.
HARMLESS = {
    ("07", "self.output = y"): "step 08 needs it, and not yet step 07",
    ("10", "def test_square_forward():"): "a test left out makes no other fail; what it tests, the page needs nowhere else",
    ("10", "def test_square_backward():"): "likewise: the page's own broken engines are caught by the other tests",
    # What a step takes away does no harm if it stays.
    ("18", "import weakref"): "nothing refers weakly any more",
    ("18", "def add_func(f):"): "the table of the pass does what it did",
    ("18", "self.generation = f.generation"): "with one more for each variable the order is the same",
    ("19", "def set_creator(self, f):"): "variable_at does what it did",
    ("19", "xs = tuple([x.data for x in inputs])"): "a list of arrays does as well",
    ("20", "found[place] = gy"): "a leaf retains its gradient and would note it twice",
    ("21", "def add(x0, x1):"): "the operator does what it did",
    ("23", "class Square(Function):"): "the power does what it did",
    ("24", "__array_ufunc__ = None  # an array on the left leaves the operator to us"): "the method below takes its place",
    ("24", "def exp(x):"): "np.exp does what it did",
}


# Slips that no check can notice, each with its reason.
EQUAL = {
    # Nothing comes out otherwise.
    "two results swapped: return (gy, gy)": "they are the same",
    "two arguments swapped: np.maximum(x, 0)": "the larger of two is the same in either order",
    "two arguments swapped: np.allclose(x.grad, numerical_diff(f, x), rtol=1e-06, atol=1e-08)": "they differ by less than a millionth",
    **dict.fromkeys(
        [f"two arguments swapped: {kind}({order})"
         for kind in ("Add()", "Mul()", "np.add", "np.multiply", "implementations[np.add]", "implementations[np.multiply]")
         for order in ("x0, x1", "self, other", "other, self")],
        "sums and products are symmetric",
    ),
    **dict.fromkeys(
        [f"+= for a sum: {s}" for s in ("y = y + t", "x = x + self.look_back(x)[0]", "x = x + self.down(relu(self.up(normed(x))))")],
        "the `+=` of a variable makes a new one",
    ),
    **dict.fromkeys(
        [f"true for not None: {name} is not None" for name in ("f", "x.creator", "self.creator", "f.retained", "f.retained()")],
        "functions and references count as true",
    ),
    "oldest first: funcs.pop()": "in steps 08 and 09 one function waits at a time, and in 13 and 14 any order is as good",
    **dict.fromkeys(
        ["a statement left out: __rmatmul__ = lambda self, other: implementations[np.matmul](other, self)",
         "two arguments swapped: implementations[np.matmul](other, self)"],
        "what stands on the left of a matrix product is an array, and NumPy asks the table itself",
    ),
    "two arguments swapped: x.swapaxes(-1, -2)": "two axes are exchanged either way",
    "two arguments swapped: gy.swapaxes(-1, -2)": "two axes are exchanged either way",
    "two arguments swapped: zip(first, vs)": "a product is symmetric",
    **dict.fromkeys([f"true for not None: parent{i} is None" for i in (0, 1)], "matrices that have rows count as true"),
    "true for not None: axes is None": "an order of axes counts as true, but for that of none",
    "true for not None: axis is None": "where the first axis is gone, stretching puts it there again",
    "true for not None: x.creator is None": "functions count as true",
    **dict.fromkeys(["a sign left out: -y.generation", "no order: -y.generation"], "the first entry of the heap is taken before another comes"),
    "a statement left out: return None": "a function returns None without it as well",
    "oldest first: stack.pop()": "all that lie behind are found, in whatever order",
    "another number: 1": "generations need only grow; of a random generator any start will do",
    # Something does, and the page does not ask for it.
    **dict.fromkeys(["another number: 1.0", "another number: 20", "another number: 2"], "a test of step 10 with other numbers is as good"),
    "a statement left out: self.output = y": "step 08 needs it, and not yet step 07",
    "a statement left out: keeps_xs = False": "more is kept than is needed: the gradients are right",
    "true for not None: self.grad is None": "a seed set by hand is asked for in step 09",
    "true for not None: self.name is None": "how a variable without a name is shown is the program's own affair",
    "the other way round: self.name is None": "likewise",
}  # fmt: skip


check = checking.check


def without(piece, before, program):
    """The program with one piece of the difference left out."""
    _, _, k, m = piece["at"]
    news = program.splitlines()
    return "\n".join([*news[:k], *piece["old"], *news[m:]]) + "\n"


def passes(program, exercise):
    """What is true of any right program is looked at first, where the page's blocks are not about something else: that is fast."""
    truths = [(exercise | {"blocks": []}, 2)] if exercise["step"] < "42" else []
    return all(check(program, asked, seconds=seconds, whole=False)["kind"] == "passes" for asked, seconds in [*truths, (exercise, 4)])


def answer(step, *changes):
    """The page's program of a step with some changes."""
    program = EXERCISES[step]["solution"]
    for old, new in changes:
        assert old in program, (step, old)
        program = program.replace(old, new)
    return program


# ---------------------------------------------------------------------------------------- the course


def test_each_step_from_the_second_on_has_an_exercise():
    steps = [script.path.stem.removeprefix("step") for script in course.scripts()]
    assert set(EXERCISES) <= set(steps[1:])
    assert {"07", "08", "09", "10", "11", "12", "13", "14", "15", "16"} <= set(EXERCISES)


@pytest.mark.parametrize("step", EXERCISES)
def test_the_last_program_is_not_enough_and_the_pages_is(step):
    exercise = EXERCISES[step]
    assert exercise["blocks"] and "?" in exercise["question"]
    assert check(exercise["start"], exercise, whole=False)["kind"] in ("stops", "missing", "wrong")
    found = check(exercise["solution"], exercise)
    checks = len(exercise["blocks"]) + len(exercise["besides"]) - 1
    assert (found["kind"], found["done"], found["blocks"], found["skipped"]) == ("passes", checks, checks, 0)
    assert "asides" not in found, "the page's own program has the flaws that it shows"
    assert checking.tell(found, exercise) == f"Right. All {checks} checks run with your program."


@pytest.mark.parametrize("step, design", [(step, design) for step in DESIGNS for design in DESIGNS[step]])
def test_a_right_program_passes_whatever_its_design(step, design):
    program = answer(step, *DESIGNS[step][design])
    found = check(program, EXERCISES[step], "try/it.py")
    assert found["kind"] == "passes", checking.tell(found, EXERCISES[step], program, "try/it.py")


@pytest.mark.parametrize("step, wrong", [(step, wrong) for step in WRONG for wrong in WRONG[step]])
def test_a_wrong_program_does_not_pass(step, wrong):
    assert not passes(answer(step, *WRONG[step][wrong]), EXERCISES[step])


def test_a_block_that_draws_is_known_by_what_it_calls():
    exercise = page("def graph(n):\n    assert n\n\n\nno_graph = graph\nno_graph(x)")
    assert check("x = 0", exercise)["kind"] == "wrong" and check("x = 1", exercise)["kind"] == "passes"
    assert check("x = 0", page("def graph(n):\n    assert n\n\n\ngraph(x)"))["kind"] == "passes"


@pytest.mark.parametrize("step", EXERCISES)
def test_a_small_slip_is_noticed(step):
    """In what the step has written anew."""
    exercise = EXERCISES[step]
    new = {line + 1 for piece in exercise["pieces"] for line in range(*piece["at"][2:])}
    for what, program in slips.of(exercise["solution"], new):
        assert what in EQUAL or not passes(program, exercise), what


def test_what_a_program_was_right_about_stays_true():
    """From step 13 on, but for what needs names that are gone, as chains do, and for what a step gives up, or does instead."""
    instead = {"18": "A function has as many inputs", "40": "What would stretch a variable"}
    before = {}
    for step, exercise in EXERCISES.items():
        truths = {block["heading"]: block["code"] for block in exercise["besides"][1:]}
        assert truths
        if step >= "13":
            for heading in before.keys() - truths.keys():
                names = re.findall(r"program\.(\w+)", before[heading])
                gone = [name for name in names if not re.search(rf"(def|class) {name}\b", exercise["solution"])]
                assert gone or heading.startswith(("Chains", instead.get(step, "Chains"))), (step, heading)
            before = truths


@pytest.mark.parametrize("step", EXERCISES)
def test_each_piece_of_the_difference_matters(step):
    exercise = EXERCISES[step]
    start, solution = exercise["start"], exercise["solution"]
    assert course.pieces(start, solution)
    for piece in course.pieces(start, solution):
        left = without(piece, start, solution)
        with contextlib.suppress(SyntaxError):
            if ast.dump(ast.parse(left)) == ast.dump(ast.parse(solution)):
                continue  # a comment, or empty lines
        first = next(line for line in [*piece["new"], *piece["old"]] if line.strip()).strip()
        if (step, first) in HARMLESS:
            assert passes(left, exercise), f"{first!r} is noticed: it need not be listed"
        else:
            assert not passes(left, exercise), f"step {step} does without {first!r} {piece['where']}"


def test_what_is_listed_as_harmless_is_a_piece_of_a_difference():
    firsts = {
        (step, next(line for line in [*piece["new"], *piece["old"]] if line.strip()).strip())
        for step, e in EXERCISES.items()
        for piece in course.pieces(e["start"], e["solution"])
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
        line for piece in course.pieces(exercise["start"], exercise["solution"]) for line in piece["new"]
    ]
    assert all(line[2:] in lines for line in shown if line[0] == "-")
    names = re.findall(r"`([\w.]+)`", touched["text"])
    assert names and all(name.split(".")[-1] in exercise["solution"] + exercise["start"] for name in names)


@pytest.mark.parametrize("step", mistakes.MISTAKES)
def test_a_wrong_answer_that_many_give_is_recognised(step, monkeypatch):
    exercise, known = EXERCISES[step], {}

    def once(program, exercise, name, whole=True):
        if (program, whole) not in known:
            known[program, whole] = check(program, exercise, name, whole=whole)
        return known[program, whole]

    monkeypatch.setattr(checking, "check", once)  # each mistake is compared with all the others
    assert len(exercise["mistakes"]) == len(mistakes.MISTAKES[step]), "one of them can't be made in the page's program"
    signs = []
    for mistake in exercise["mistakes"]:
        program = f"# with a line more\n{mistake['program']}"
        found = check(program, exercise, "try/it.py")
        assert checking.recognise(found, exercise) == mistake["sentence"]
        signs.append(str([known for _, _, known in found["row"]]))
    assert len(set(signs)) == len(signs), "two of them compute the same"


TYPOS = [
    ("07", ("self.creator = f\n", "self.creater = f\n")),
    ("07", ("        y.set_creator(self)\n", "")),
    ("07", ("x.grad = f.backward", "x.gard = f.backward")),
    ("08", ("f.backward(y.grad)", "f.backward(y.gard)")),
    ("08", ("x, y = f.input, f.output", "x, y = f.inptu, f.output")),
    ("08", ("x, y = f.input, f.output", "x, y = f.input, f.outputs")),
    ("09", ("return Square()(x)", "return Square(x)")),
    ("09", ("return np.array(x)\n", "return np.array(x, dtype=float)\n    return np.array(x, dtype=float)\n")),
    ("09", ("as_array(self.forward(x.data))", "as_array(self.forward(x))")),
    ("13", ("return gy, gy", "return gy")),
    ("14", ("x.grad = x.grad + gx", "x.grad = x.grad + gx + 0.25")),
    ("14", ("x.grad = x.grad + gx", "x.grad = x.grad + x")),
    ("16", ("[output.grad for output in f.outputs]", "[output.grad for output in f.outputs] + 1")),
    ("16", ("_, _, f = heapq", "_, f, _ = heapq")),
    ("16", ("(-f.generation, len(seen), f)", "(-f.generations, len(seen), f)")),
]  # fmt: skip


@pytest.mark.parametrize("step, change", TYPOS)
def test_a_typing_error_is_not_taken_for_one_of_them(step, change):
    found = check(answer(step, change), EXERCISES[step], seconds=2)
    assert found["kind"] != "passes" and checking.recognise(found, EXERCISES[step]) == ""


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
    return {"page": "gallery/page.py", "before": [], "blocks": made, "besides": [], "mistakes": [], "start": "", "solution": program}


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


LED_ON = [
    # what is done: a step, a change, and what has to be said
    ("07", ("        if f is not None:", "        while f is not None:"), "line 15:\n  while f is not None:"),
    ("07", ("            x.backward()\n", "            self.backward()\n"), "line 18:\n  self.backward()"),
    ("07", ("x.grad = f.backward", "x.grad == f.backward"), "Line 17 compares two values and does nothing with the answer"),
    ("07", ("x.grad = f.backward", "x.gard = f.backward"), "Line 17 sets `gard`, which nothing reads."),
    ("07", ("return np.exp(self.input.data) * gy", "np.exp(self.input.data) * gy"), "`Exp.backward` (line 42) returns nothing."),
    ("09", ("square(x):\n    return Square()(x)", "square(x):\n    return one(x)\n\n\none = Square()"), "while funcs:"),
    ("09", ("raise TypeError", "raise ValueError"), "expected: TypeError"),
    ("14", ("f = funcs.pop()", "f = funcs[-1]"), "while funcs:"),
    ("13", ("return gy, gy", "return 1, 1"), "with formula = 'add(x, y)'"),
]  # fmt: skip


@pytest.mark.parametrize("step, change, words", LED_ON)
def test_what_is_said_leads_to_the_mistake(step, change, words):
    program = answer(step, change)
    text = checking.tell(check(program, EXERCISES[step], seconds=4), EXERCISES[step], program)
    assert words in text, text


@pytest.mark.parametrize(
    "assertion, what, expected",
    [
        ("assert 'float' in x", "x", "something with 'float' in it"),
        ("assert x is not None", "x", "anything but None"),
        ("assert x is y", "x", "the same object as `y`"),
    ],
)
def test_no_side_of_a_comparison_is_taken_for_the_other(assertion, what, expected):
    found = check("x = None if 'not None' in '%s' else 'one'\ny = 'o' + str('ne')[:2]" % assertion.replace("'", ""), page(assertion))
    assert (found["what"], found["expected"]) == (what, expected)


def test_a_block_that_is_marked_does_not_count():
    def marked(*marks):
        made = page("y = x + 1\nassert y == 1\nz = y", "assert z == 1", program="x = 0")
        made["blocks"][0]["marks"] = [list(mark) for mark in marks]
        return made

    assert check("x = 1", marked())["kind"] == "wrong"
    for mark, words in [("flaw", "does not have a flaw"), ("internal", "built differently")]:
        found = check("x = 1", marked((mark, "")))
        assert found["kind"] == "passes" and words in checking.tell(found, marked())
    assert check("x = 1", marked(("flaw", "y == 1")))["kind"] == "wrong", "the second block holds as well"
    assert check("x = 0", marked(("flaw", "y == 1")))["kind"] == "passes"


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
    monkeypatch.setattr(practice, "known", lambda: EXERCISES)

    def run(*arguments, typed=""):
        monkeypatch.setattr("builtins.input", lambda: typed if typed else (_ for _ in ()).throw(EOFError))
        code = practice.main(list(arguments))
        return code, "".join(capsys.readouterr())

    run.file = lambda step: tmp_path / "try" / f"step{step}.py"
    return run


def test_it_begins_with_the_last_program_and_then_leaves_the_file_alone(try_):
    code, text = try_("14")
    assert code == 1 and "Step 14" in text and EXERCISES["14"]["question"].split()[0] in text
    task, _, program = try_.file("14").read_text("utf-8").partition("\n\n")
    assert program == EXERCISES["14"]["start"] and "`x.cleargrad()`" in task and all(line.startswith("# ") for line in task.split("\n"))
    assert "What will be called:" in text and "expected: 2.0" in text and "A variable that is used twice" in text
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
    assert code == 0 and try_.file("14").read_text("utf-8").endswith(f"\n\n{EXERCISES['14']['start']}")


def test_one_may_go_on_from_ones_own_program(try_):
    code, text = try_("15", "--mine")
    assert code == 2 and "no program yet" in text
    try_("14")
    own = f"{try_.file('14').read_text('utf-8')}\nmine = 1\n"
    try_.file("14").write_text(own, "utf-8")
    try_("16", "--mine")
    began = try_.file("16").read_text("utf-8")
    assert began.startswith("# Step 16") and "Step 14" not in began and began.endswith("\nmine = 1\n")


def test_the_checks_are_shown_without_the_solution(try_):
    code, text = try_("14", "--show")
    assert code == 0 and "assert once == 4 * 3 ** 3 == 108" in text and "a_sum_of_three(program)" in text
    assert "yours need not have it" in text and "not +=: the array may be shared" not in text and not try_.file("14").exists()


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
    program = f"from _site.exercises import practice; practice.FOLDER = practice.Path({str(tmp_path)!r}); practice.main(['7', '--watch'])"
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

    assert "_site.exercises.practice 14 --hint '2'" in " ".join(make("STEP=14", "HINT=2").split())
    assert "--show" in make("SHOW=1") and "--mine" in make("FROM=mine")
    assert "--watch" in make("WATCH=1") and "--reset" not in make("WATCH=1") and "--reset" in make("RESET=1")
    assert "/try/" in (ROOT / ".gitignore").read_text("utf-8").split("\n")

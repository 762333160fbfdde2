"""Pictures of numbers: each is well formed, described, the same each time, and inside its frame; and runs that are watched."""

import io
import re
import sys

import numpy as np
import pytest
from lxml import etree
from test_run_in_page import wait_for

from dezero_lite import Variable, matmul, tanh
from dezero_lite.pictures import arrows, control, curve, heat, images, live, regions, steps

RANDOM = np.random.default_rng(0)
W = RANDOM.normal(size=(30, 60))
LOSSES = 3.4 * np.exp(-np.arange(100) / 30)
POINTS = RANDOM.normal(size=(30, 2))
CLASSES = (POINTS[:, 0] > 0).astype(int)
J = np.array([[1, -0.5, 0.02], [0, 0.25, -3.1], [np.nan] * 3])


def right(points):
    return points[:, 0] > 0


def bowl(x, y):
    return x**2 + 4 * y**2


# What is drawn, what is said of it, and how many elements of a class it has.
PICTURES = {
    "a curve": (lambda: curve(LOSSES), "Curve: from 3.4 at 0 to 0.125 at 99, smallest 0.125 at 99, largest 3.4 at 0", {"c0": 1}),
    "a list, and a title": (lambda: curve([1, 3, 2], title="Loss"), "Loss: from 1 at 0 to 2 at 2, smallest 1 at 0, largest 3 at 1", {"t": 1}),
    "one value": (lambda: curve([5.0]), "Curve: from 5 at 0 to 5 at 0, smallest 5 at 0, largest 5 at 0", {"f0": 1}),
    "curves, with a key": (lambda: curve({"a": LOSSES, "b": 2 * LOSSES}, log="y"), "Curve: a from 3.4 at 0", {"c0": 2, "c1": 2}),
    "what explodes": (lambda: curve([1, np.inf, 4, np.nan]), "Curve: from 1 at 0 to 4 at 2, smallest 1 at 0, largest 4 at 2, 2 not finite", {}),
    "huge, and below zero": (lambda: curve([-1e300, 1e300]), "Curve: from −1e+300 at 0 to 1e+300 at 1", {}),
    "points": (lambda: curve({"line": ([0, 2], [1, 5])}, {"data": (POINTS[:, 0], POINTS[:, 1])}), "Curve: line from 1 at 0 to 5 at 2", {"f1": 2}),
    "a Jacobian": (lambda: heat(J, ["y₀", "y₁", "y₂"], ["x₀", "x₁", "x₂"]), "Heat map: 3 × 3 values, the smallest −3.1 in row y₁, column x₂, "
                   "the largest 1 in row y₀, column x₀; 3 are not there yet", {"c0": 2, "c1": 2}),
    "nothing yet": (lambda: heat(np.full((2, 2), np.nan)), "Heat map: 2 × 2 values; 4 are not there yet", {"s": 0}),
    "zeros": (lambda: heat(np.zeros((1, 4))), "Heat map: 1 × 4 values, the smallest 0 in row 0, column 0", {"s": 0}),
    "a large matrix": (lambda: heat(W, title="W"), "W: 30 × 60 values", {}),
    "images": (lambda: images(np.arange(192.0).reshape(3, 8, 8), "abc", marked=[1]), "Images: 3 of 8 × 8, captions a, b, c; marked: b", {"m": 1, "x": 2}),
    "weights": (lambda: images(W[:2, :5]), "Images: 1 of 2 × 5", {"k": 0}),
    "a map": (lambda: regions(right, POINTS, CLASSES), "30 of 30 points lie where their class is decided", {"f0": 1, "f1": 1}),
    "a map by scores": (lambda: regions(lambda p: p @ [[-1, 1], [0, 0]], POINTS, 1 - CLASSES, names=["l", "r"]), "0 of 30 points lie", {"o": 4}),
    "arrows": (lambda: arrows({"∇f": (1, 1, 2, -8)}), "Arrows: ∇f from (1, 1) by (2, −8)", {"c0": 2}),
    "a field": (lambda: arrows({"v": np.ones((5, 4))}, x="x", y="y"), "Arrows: 5 arrows v", {"c0": 6}),
    "a path": (lambda: arrows({}, {"down": [[3, 1], [1, 0.5], [0, 0]]}, level=bowl), "Arrows: down in 2 steps from (3, 1) to (0, 0); level lines", {"z": 11}),
    "a path that leaves": (lambda: arrows({}, {"up": [[0, 0], [1e9, 0]]}, area=(-1, 1, -1, 1)), "Arrows: up in 1 step from", {"f0": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("draw", "said", "classes"), PICTURES.values(), ids=PICTURES)
def test_a_picture_draws_and_describes_itself(draw, said, classes):
    picture = draw()
    svg = picture._repr_svg_()
    root = etree.fromstring(svg)
    assert svg == draw()._repr_svg_()
    assert root.get("role") == "img" and said in root.get("aria-label") == picture.words == repr(picture)[1:-1]
    _, _, width, height = map(float, root.get("viewBox").split())
    found = [name for element in root.iter() for name in (element.get("class") or "").split()]
    assert {name: found.count(name) for name in classes} == classes
    assert not root.xpath("//*[@style or @fill or @stroke]")  # colours come by classes
    for text in root.iterfind(".//{*}text"):
        if text.getparent() is root:
            assert 0 < float(text.get("x")) < width and 0 < float(text.get("y")) < height
    for d in root.xpath("./*[local-name() = 'path']/@d"):
        assert not re.search("nan|inf|e", d)
        for x, y in re.findall(r"[ML](\S+?) ([-.\d]+)", d):
            assert -1 <= float(x) <= width + 1 and -1 <= float(y) <= height + 1


WRONG = {
    "no numbers": (lambda: curve("abc"), TypeError, "real numbers"),
    "nothing": (lambda: curve({}), ValueError, "nothing to draw"),
    "no values": (lambda: curve([]), ValueError, r"shape \(0,\)"),
    "other lengths": (lambda: curve({"a": ([1, 2], [1, 2, 3])}), ValueError, "'a' has 2 x and 3 y"),
    "nothing finite": (lambda: curve([np.nan]), ValueError, "no y is finite"),
    "nothing above zero": (lambda: curve([-1, 0], log="y"), ValueError, "above zero"),
    "no axis": (lambda: curve([1], log="z"), ValueError, "'x', 'y' or 'xy'"),
    "labels": (lambda: heat(J, rows=["a"]), ValueError, "1 labels for 3 rows"),
    "a cube": (lambda: heat(np.zeros((2, 2, 2))), ValueError, "1 or 2 dimensions"),
    "captions": (lambda: images(np.zeros((2, 3, 3)), "a"), ValueError, "1 captions for 2 images"),
    "a mark": (lambda: images(np.zeros((2, 3, 3)), marked=[2]), ValueError, "2 is marked"),
    "points in space": (lambda: regions(right, np.zeros((2, 3)), [0, 1]), ValueError, r"\(n, 2\)"),
    "classes": (lambda: regions(right, POINTS, CLASSES[1:]), ValueError, "30 classes"),
    "probabilities": (lambda: regions(lambda p: p[:, 0], POINTS, CLASSES), ValueError, "what classify gives"),
    "a vector": (lambda: arrows({"a": (1, 2)}), ValueError, "4 numbers"),
    "a level": (lambda: arrows(level=lambda x, y: 1.0, area=(0, 1, 0, 1)), ValueError, "dimensions"),
    "no steps": (lambda: steps(0), ValueError, "above zero"),
    "an end": (lambda: control("lr", 2.0, 0, 1), ValueError, "'lr' is 2.0"),
    "a control": (lambda: control("lr", None), TypeError, "NoneType"),
}


@pytest.mark.parametrize(("call", "kind", "said"), WRONG.values(), ids=WRONG)
def test_what_can_not_be_drawn_is_named(call, kind, said):
    with pytest.raises(kind, match=said):
        call()


def test_variables_are_drawn_as_their_data():
    assert curve(Variable(LOSSES)) == curve(LOSSES)
    assert heat(Variable(J[:2])) == heat(J[:2])


@pytest.fixture
def shown(monkeypatch):
    """What the page is shown, by its place, in order."""
    shown = []
    monkeypatch.setattr(live, "display", lambda html, slot: shown.append((slot, html)))
    return shown


def test_backward_passes_fill_a_Jacobian_row_by_row(shown):
    x = Variable(np.array([0.1, 0.5, -1.0]))
    y = tanh(matmul(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]]), x))
    J = np.full((2, 3), np.nan)
    for i in steps(2, show=lambda: heat(J, title="J"), every=1):
        x.cleargrad()
        y[i].backward()
        J[i] = x.grad
    assert len({slot for slot, _ in shown}) == 1
    said = [etree.fromstring(svg).get("aria-label") for _, svg in shown]
    assert ["3 are not there yet" in words for words in said] == [True, False]
    assert shown[-1][1] == heat(J, title="J")._repr_svg_()


def test_the_picture_follows_and_stop_ends_the_loop(monkeypatch):
    seen, losses = [], []
    monkeypatch.setattr(live, "display", lambda html, slot: seen.append(len(losses)) or len(losses) >= 20)
    for step in steps(100, show=lambda: curve(losses), every=5):
        losses.append(1 / (step + 1))
    assert seen == [5, 10, 15, 20] and len(losses) == 20  # and the code after the loop runs


def test_a_page_offers_to_go_on(shown):
    assert list(steps(3, show=lambda: curve([1]), every=2, more=True)) == [0, 1, 2]
    assert ["svg" in html for _, html in shown] == [True, True, False]  # the picture twice, in one place
    assert [slot - shown[0][0] for slot, _ in shown] == [0, 0, 1] and "On with 3 more" in shown[2][1]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "said"), [(Terminal(), "\rstep 2 of 5\rstep 4 of 5\rstep 5 of 5\n"), (io.StringIO(), "")])
def test_a_terminal_is_told_how_far_it_is_and_nothing_else_is(monkeypatch, stream, said):
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(steps(5, every=2)) == [0, 1, 2, 3, 4]
    assert stream.getvalue() == said


CONTROLS = [
    (("rate", 0.1, 0.01, 1), 0.5, 0.5),
    (("rate", 0.1, 0.01, 1), 1, 1.0),
    (("seed", 3, 0, 9), 4, 4),
    (("name", "anna"), "o'<b>", "o'<b>"),
    (("digit", np.eye(2), None, 16), [[0, 16], [8, 0]], np.array([[0.0, 16], [8, 0]])),
]


@pytest.mark.parametrize(("given", "set", "found"), CONTROLS)
def test_a_control_is_its_default_until_the_reader_sets_it(monkeypatch, shown, given, set, found):
    assert np.array_equal(control(*given), given[1]) and type(control(*given)) is type(given[1])
    monkeypatch.setattr(live, "values", {given[0]: set})
    now = control(*given)
    assert np.array_equal(now, found) and type(now) is type(given[1])
    told = etree.fromstring(shown[-1][1]).get("data-control")
    assert f'"label": "{given[0]}"' in told


def test_what_a_block_imports_from_the_future_holds_for_those_below(monkeypatch):
    from _site import blocks, watched

    monkeypatch.setitem(sys.modules, "__main__", None)
    names, notes = blocks.begin("page.py", "page.py"), watched.Notes(1)
    blocks.run("from __future__ import annotations", 1, "page.py", names, notes)
    assert blocks.run("def f(x: Nowhere): ...\nf.__annotations__", 2, "page.py", names, notes) == {"x": "Nowhere"}


# --------------------------------------------------------------------------------------------- in the page

PROGRAM = """\
from dezero_lite.pictures import control, curve, images, steps
rate = control('rate', 0.5, 0, 1)
word = control('word', 'ab')
drawn = control('draw', [[0.0] * 8] * 8, high=16)
if 'losses' not in globals():
    losses = [1.0]
for step in steps(400, show=lambda: curve(losses, title=f'{rate} {word} {sum(map(sum, drawn)):g}'), every=40, more=True):
    losses.append(losses[-1] * rate)
len(losses)
"""


CHANGED = """(program) => {
    const first = document.querySelector("[data-cell] code").textContent.replace(/\\n$/, "");
    remember("run gallery/stage1/step06.py", [{ number: 0, first, source: program }]);
}"""
WATCHED = """() => {
    window.said = [];
    const block = document.querySelector("[data-cell]");
    new MutationObserver(() => {
        const words = block.querySelector(".picture svg")?.ariaLabel;
        if (words && words !== said.at(-1)) said.push(words);
    }).observe(block, { childList: true, subtree: true });
}"""


@pytest.fixture
def block(site, open_page):
    """Gives a block of a page that the reader has changed to a program."""
    if not (site / "python").exists():
        pytest.skip("needs Python for the pages, which could not be fetched")

    def block(program):
        page = open_page("gallery/stage1/step06.html")
        page.evaluate(CHANGED, program)
        page.reload()
        page.evaluate(WATCHED)
        return page.locator("[data-cell]").first

    return block


def press(block, name):
    block.get_by_role("button", name=name).click()


def run(block, act):
    """What the pictures say that come of an act, until its run has ended."""
    block.page.evaluate("said.length = 0")
    act()
    ended = "said.length > 0 && document.querySelector('[data-cell] .state').textContent.startsWith('Ran in')"
    wait_for(lambda: block.page.evaluate(ended), 300)
    return block.page.evaluate("said")


def losses(block):
    return int(block.locator(".output").last.inner_text())


def test_in_the_page_a_curve_moves_and_what_the_reader_sets_runs_the_block_again(block):
    block = block(PROGRAM)
    said = run(block, lambda: press(block, "Run block 1"))
    assert len(said) > 2 and said[-1].startswith("0.5 ab 0: from 1 at 0") and losses(block) == 401
    slider = block.get_by_role("slider", name="rate")
    slider.focus()
    assert run(block, lambda: slider.press("ArrowRight"))[-1].startswith("0.51 ab 0:")
    assert losses(block) == 801  # it went on from what was there
    assert slider.evaluate("slider => slider === document.activeElement")
    assert run(block, lambda: block.get_by_role("textbox", name="word").fill("xyz"))[-1].startswith("0.51 xyz 0:")
    pad = block.get_by_role("application", name="draw")
    pad.focus()
    pad.press("ArrowDown")
    assert run(block, lambda: pad.press(" "))[-1].startswith("0.51 xyz 16:")
    x, y, width, height = pad.bounding_box().values()
    block.page.mouse.move(x + width / 16 * 9, y + height / 16 * 9)
    drawn = run(block, lambda: (block.page.mouse.down(), block.page.mouse.up()))
    assert drawn[-1].startswith("0.51 xyz 64:")  # 16 more, and half of it on each of four sides
    before = losses(block)
    run(block, lambda: press(block, "On with 400 more"))
    assert losses(block) == before + 400


def test_a_run_that_shows_itself_is_stopped_and_keeps_what_it_has(block):
    block = block(PROGRAM.replace("400", "400000"))

    def stop():
        press(block, "Run block 1")
        wait_for(lambda: block.page.evaluate("said.length > 3"), 300)
        press(block, "Stop")

    run(block, stop)
    assert 1 < losses(block) < 400000

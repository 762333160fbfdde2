"""Python in the page: each block of each page gives what it gave in the build; what is edited, wrong or endless; the
exercises; a program of one's own."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time

import pytest
from browsers import Firefox
from conftest import PAGES, ROOT, build
from lxml import html
from test_browser import barriers

# Blocks that print other numbers in the page than in the build, by page and a word of what they print, and why. The
# page has Python 3.12 and NumPy 2.0 for WebAssembly, with another library of elementary functions.
OTHERS = {
    ("stage1/step07", "longest"): "how many calls wait before the first of ours depends on who calls it",
}

# Runs the blocks of all pages in one worker, one page after the other, and keeps what came.
RUN_ALL = """
window.came = {};
const pages = ASKED, worker = new Worker(new URL("python-worker.js", new URL("assets/", location)), { type: "module" });
let name;
const pieces = [];
const next = () => {
  const page = pages.shift();
  if (!page) return (window.all = true);
  name = page[0];
  came[name] = [];
  const [, blocks, files] = page;
  worker.postMessage({ name, blocks, files, root: location.href, going: "none", from: 0, to: blocks.length - 1, fresh: true });
};
worker.onerror = (event) => (window.broken = event.message ?? "no worker");
worker.onmessage = ({ data }) => {
  if (data.failed) window.broken = data.failed;
  if (data.ready || data.done) next();
  if (data.pieces) pieces.push(...data.pieces);
  if (data.result) came[name].push({ ...data.result, pieces: pieces.splice(0) });
};
"""
# Of the blocks on a page, and of what each shows.
BLOCKS = "//div[@data-cell]"
TEXTS = ".//div[contains(@class, 'output')]//pre"
PICTURES = ".//dzl-pair | .//dzl-player[not(ancestor::dzl-pair)] | ./div[@class='picture']/*[local-name() = 'svg'][not(contains(@class, 'plot'))] | ./div[@class='files'] | .//div[@class='dzl-control' or @class='dzl-beside']"


@pytest.fixture(scope="module", autouse=True)
def python_is_there(site):
    if not (site / "python").exists():
        if os.environ.get("REQUIRE_TOOLS"):
            pytest.fail("REQUIRE_TOOLS is set, but the site was built without Python for its pages")
        pytest.skip("needs Python for the pages, which could not be fetched")


def wait_for(found, seconds=60):
    """What `found` gives, as soon as it is something."""
    for _ in range(seconds * 20):
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("it never came")


def blocks_of(site, name):
    return html.parse(str(site / "gallery" / f"{name}.html")).xpath(BLOCKS)


def as_asked(site, name):
    """What the worker is told of a page."""
    sources = [(int(block.get("data-line")), block.find(".//code").text_content()) for block in blocks_of(site, name)]
    files = html.parse(str(site / "gallery" / f"{name}.html")).xpath("string(//script[contains(@src, '/run.js')]/@data-files)")
    return [f"gallery/{name}.py", [[line, source, source.count("\n") + 1] for line, source in sources], files.split()]


def bare(text):
    """Without spaces: long outputs are folded."""
    return "".join(text.split())


def words(picture):
    return " ".join(" ".join(picture.itertext()).split())


def as_built(block):
    """What the page shows of a block: its text, and its pictures (not its plots)."""
    return bare("".join(pre.text_content() for pre in block.xpath(TEXTS))), [words(p) for p in block.xpath(PICTURES)]


def as_run(result):
    """The same of what the worker gave."""
    text, pictures = "", {}
    for number, piece in enumerate(result["pieces"]):
        text += piece.get("text", "") + piece.get("claim", "")
        if drawn := piece.get("html") or piece.get("svg"):
            picture = html.fragment_fromstring(drawn, create_parent=True)
            for style in picture.xpath(".//style"):
                style.drop_tree()
            slot = piece.get("slot")
            pictures[f"piece {number}" if slot is None else slot] = words(picture)  # the last of what moves
    return bare(text), list(pictures.values())


class Chromium:
    def __init__(self, browser):
        self.page = browser.new_page()

    def open(self, address):
        self.page.goto(address)

    def run(self, script):
        return self.page.evaluate(f"() => {{ {script} }}")

    def close(self):
        self.page.close()


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def either(request, tmp_path_factory):
    if request.param == "chromium":
        found = Chromium(request.getfixturevalue("browser"))
    elif Firefox.missing:
        if os.environ.get("REQUIRE_TOOLS"):
            pytest.fail(f"REQUIRE_TOOLS is set, but this test {Firefox.missing}")
        pytest.skip(Firefox.missing)
    else:
        found = Firefox(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


def test_every_block_gives_in_the_page_what_it_gave_in_the_build(either, site, address):
    either.open(address)
    either.run(RUN_ALL.replace("ASKED", json.dumps([as_asked(site, name) for name in PAGES])))
    wait_for(lambda: either.run("return window.all || window.broken"), 900)
    assert not either.run("return window.broken ?? ''")
    came, wrong, compared = either.run("return came"), [], 0
    for name in PAGES:
        blocks, results = blocks_of(site, name), came[f"gallery/{name}.py"]
        for number, (block, result) in enumerate(zip(blocks, results)):
            if "error" in result:
                wrong.append((name, number, result["error"]["text"]))
                continue
            ours, theirs = as_built(block), as_run(result)
            if any(page == name and bare(word) in ours[0] for page, word in OTHERS):
                ours, theirs = ((re.sub(r"\d", "0", text), pictures) for text, pictures in (ours, theirs))
            compared += bool(ours[0]) + len(ours[1])
            if ours != theirs:
                wrong.append((name, number, ours, theirs))
        assert "error" in results[-1] or len(results) == len(blocks)
    assert wrong == []
    assert compared > 5 * len(PAGES)
    asked = either.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [found for found in asked if not found.startswith(address)] == []


# Checks programs against exercises, and keeps the kinds of feedback.
CHECK_ALL = """
window.kinds = [];
const asked = ASKED, worker = new Worker(new URL("python-worker.js", new URL("assets/", location)), { type: "module" });
const next = () => (asked.length ? worker.postMessage({ ...asked.shift(), going: "none" }) : (window.all = true));
worker.onmessage = ({ data }) => {
  if (data.failed) window.broken = data.failed;
  if (data.ready || data.done) next();
  if (data.feedback) kinds.push(data.feedback.kind);
};
"""


def test_an_exercise_is_answered_in_the_page_as_outside(browser, site, address):
    """The last step's program and the page's, for every third exercise: the same kind of feedback from the same code in both places."""
    from _site.exercises.checking import check

    exercises = [json.loads(path.read_text("utf-8")) for path in sorted((site / "exercises").glob("*.json"))[::3]]
    asked = [{"exercise": exercise, "program": exercise[key]} for exercise in exercises for key in ("start", "solution")]
    with contextlib.closing(Chromium(browser)) as chromium:
        chromium.open(address)
        chromium.run(CHECK_ALL.replace("ASKED", json.dumps(asked)))
        wait_for(lambda: chromium.run("return window.all || window.broken"), 900)
        kinds = chromium.run("return kinds")
    assert kinds == [check(one["program"], one["exercise"])["kind"] for one in asked]
    assert kinds.count("passes") >= 10


def test_a_block_runs_where_it_stands(either, address):
    """In either browser, by its button; the blocks that it needs run first."""
    either.open(f"{address}gallery/stage1/step07.html")
    block = "const block = [...document.querySelectorAll('.cell[data-program] ~ .cell')].find((cell) => cell.querySelector('.output'));"
    either.run(f"{block} block.querySelector('.run button[aria-label^=Run]').click()")
    state = wait_for(lambda: either.run(f"{block} return block.querySelector('.state').textContent.match(/^Ran.*/)?.[0]"))
    assert re.fullmatch(r"Ran in \d+\.\d s", state)
    assert "3.297442541400256" in either.run(f"{block} return block.querySelector('.output').textContent")
    assert either.run("return document.querySelectorAll('.cell.open').length") == 1


# ----------------------------------------------------------------------------------- what a reader does


class Block:
    """A block of a page, as a reader has it before them."""

    def __init__(self, cell):
        self.cell = cell
        self.area = cell.locator(".cm-content")

    def press(self, name):
        self.cell.get_by_role("button", name=name).first.evaluate("button => button.click()")

    def edit(self):
        self.press("Edit")
        self.area.wait_for()

    def write(self, text):
        self.area.wait_for()
        self.cell.locator(".editor").evaluate("(element, text) => element.editor.write(text)", text)

    @property
    def text(self):
        self.area.wait_for()
        return self.cell.locator(".editor").evaluate("element => element.editor.text")

    def said(self, pattern):
        return wait_for(lambda: (found := re.search(pattern, self.cell.locator(".state").first.text_content() or "")) and found[0])

    def run(self, pattern="^Ran"):
        self.press("Run")
        self.said(f"Waiting|Running|Fetching|Preparing|Starting|^Ran|Line|Stopped|{pattern}")  # it may be over before one looks
        return self.said(pattern)

    def printed(self):
        return "".join(self.cell.locator(".output").all_text_contents()).strip()


@pytest.fixture
def step07(open_page):
    """The page, its program, and the first block after it that prints."""
    page = open_page("gallery/stage1/step07.html")
    cells = page.locator(".cell").all()
    at = next(i for i, cell in enumerate(cells) if cell.get_attribute("data-program") is not None)
    return page, Block(cells[at]), next(Block(cell) for cell in cells[at + 1 :] if cell.locator(".output").count())


def test_nothing_is_fetched_before_someone_asks_and_editing_does_not(step07):
    page, _, run = step07
    asked = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert [name for name in page.evaluate(asked) if "python/" in name or "worker" in name and "search" not in name or "codemirror" in name] == []
    assert "10 MB" in page.locator(".run").last.text_content()
    run.cell.locator("pre code").click(position={"x": 80, "y": 10})
    run.area.wait_for()
    page.keyboard.type("#")
    assert "#" in run.text.split("\n")[0]
    assert [name for name in page.evaluate(asked) if "python/" in name] == []


def test_a_changed_number_is_an_experiment(step07):
    """What the page claims is told beside what came; what is below is old until it runs."""
    page, program, run = step07
    run.edit()
    run.write(run.text.replace("0.5", "0.7"))
    page.keyboard.press("Shift+Enter")
    run.said("^Ran")
    assert run.printed() == "7.4604774774023666" and run.cell.locator(".failed").count() == 0
    claim = "The code claims x.grad == 3.297442541400256. Now x.grad is 7.4604774774023666."
    assert run.cell.locator(".claims li").all_text_contents() == [claim]
    assert run.area.evaluate("area => area.getRootNode().activeElement === area")  # focus has stayed
    graph = page.locator(".cell:has(.picture svg.dzl-graph)").first
    assert "old" in graph.get_attribute("class") and "before your change" in graph.text_content()
    assert "old" not in run.cell.get_attribute("class")
    run.press("Run all below")
    run.said("^Ran to the end")
    assert page.locator(".cell.old").count() == 0
    # The built page, where nothing asserts in vain, keeps its assertions quiet.
    assert page.locator(".highlight .quiet", has_text="assert").count() > 5


def test_an_edit_is_kept_until_it_is_undone(step07):
    page, program, run = step07
    run.edit()
    built = run.printed()
    run.write(run.text.replace("0.5", "0.25"))
    program.edit()
    program.write(program.text.replace("return x ** 2", "return 2 * x ** 2"))
    run.run()
    edited = run.printed()
    assert edited != built
    page.reload()
    assert run.text.count("0.25") == 1
    run.run()
    assert run.printed() == edited
    program.press("Reset")
    run.press("Reset")
    assert run.printed() == built
    run.run()
    assert run.printed() == built
    page.reload()
    assert page.locator(".editor").count() == 0


def test_two_tabs_lose_nothing_and_neither_does_a_page_that_changed(step07):
    page, program, run = step07
    other = page.context.new_page()
    other.goto(page.url)
    run.edit()
    run.write("x = 1")
    there = Block(other.locator(".cell").nth(3))
    there.edit()
    there.write("y = 2")
    wait_for(lambda: page.evaluate("document.querySelectorAll('.cell')[3].querySelector('.editor')?.editor.text") == "y = 2")
    page.reload()
    assert run.text == "x = 1" and other.evaluate("[...document.querySelectorAll('.editor')].map((e) => e.editor.text).sort().join()") == "x = 1,y = 2"
    page.evaluate("for (const key of Object.keys(localStorage)) localStorage[key] = localStorage[key].replace('x = Variable(np.array(0.5))', 'before')")
    page.reload()
    page.get_by_role("button", name="Show what I wrote").click()
    assert run.text == "x = 1"


def test_what_is_wrong_is_shown_at_its_line(step07):
    page, program, run = step07
    run.edit()
    run.write("x = 1\ny = (1,\n     2 3)\n")
    run.run("Line 3 of this block: SyntaxError")
    line = int(run.cell.get_attribute("data-line")) + 2
    assert f'File "gallery/stage1/step07.py", line {line}' in run.printed()
    assert run.cell.locator(".wrong").all_text_contents() == ["     2 3)"] and run.area.get_attribute("aria-invalid") == "true"
    # An error in a function of the program is marked there.
    program.edit()
    program.write(program.text.replace("return x ** 2", "return x.nothing"))
    run.press("Reset")
    run.run("Line|AttributeError")
    wrong = program.text[: program.text.index("x.nothing")].count("\n") + 1
    assert program.said("Line .*").startswith(f"Line {wrong} of this block: AttributeError")
    assert run.printed().count("step07.py") == 3


def test_what_does_not_end_is_stopped_with_all_that_waits(step07):
    page, program, run = step07
    after = Block(page.locator(".cell:has(.picture svg.dzl-graph)").first)
    run.edit()
    run.write("print('so far', flush=True)\nwhile True:\n    pass\n")
    run.press("Run")
    after.press("Run")
    wait_for(lambda: run.printed() == "so far")
    run.press("Stop")
    assert run.said("Stopped") and after.said("Stopped") and run.printed() == "so far"
    page.clock.install()  # and by itself
    run.write("while True:\n    pass\n")
    run.press("Run")
    run.said("^Running$")
    page.clock.fast_forward(30_000)
    assert run.said("Stopped after 30 seconds")
    assert run.printed() == ""  # nothing of the run before
    run.press("Reset")
    run.run()


def test_the_editor_knows_tab_enter_undo_brackets_and_comments(step07):
    page, _, run = step07
    run.edit()
    run.write("")
    run.area.focus()
    for key in "if True:":
        page.keyboard.press(key)
    for key in ("Enter", "x", "Enter", "Tab", "y"):
        page.keyboard.press(key)
    assert run.text == "if True:\n    x\n        y"
    page.wait_for_timeout(600)  # what comes within half a second is undone together
    page.keyboard.press("Shift+Tab")
    assert run.text == "if True:\n    x\n    y"
    page.keyboard.press("Control+z")
    assert run.text == "if True:\n    x\n        y"
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+/")
    assert run.text == "# if True:\n#     x\n#         y"
    assert run.cell.locator(".cm-gutterElement").last.text_content() == "3"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("e => e.tagName") == "BUTTON"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_block_excludes_no_one(open_page, scheme):
    page = open_page("gallery/stage1/step07.html", scheme=scheme)
    block = Block(page.locator(".cell[data-program]").first)
    block.edit()
    block.write("assert 1 == 2\n1 / 0")
    block.run("ZeroDivisionError")
    assert barriers(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_exercise_is_done_in_the_page(open_page):
    page = open_page("gallery/stage1/step07.html")
    now = page.locator(".now-you")
    now.get_by_role("button", name="Do it here").click()
    block = Block(now)

    def checked(answer):
        block.press("Check")
        block.said("Waiting|Checking|Right|missing|wrong|does not run")
        return block.said(answer)

    start = block.text
    checked("Something is missing")
    assert "`backward`" in now.locator(".feedback").text_content()
    for number in (1, 2, 3):
        block.press("Hint")
        assert now.locator(".hints summary").last.text_content().startswith(f"Hint {number}: ")
    block.write(f"x = (\n{start}")
    checked("does not run")
    block.press("Solution")
    checked("Right")
    solution = block.text
    block.write(solution.replace("x.grad = f.backward", "x.grad = 2 * f.backward"))
    checked("wrong")
    assert "expected" in now.locator(".feedback").text_content()
    block.write(f"{solution}# mine\n")
    checked("Right")
    assert "# mine" in now.locator(".diff del").text_content()
    page.reload()
    now.get_by_role("button", name="Go on here").click()
    assert block.text == f"{solution}# mine\n" and now.locator(".hints summary").count() == 3


def test_a_program_of_ones_own(open_page):
    page = open_page("your-own-program.html")
    own = Block(page.locator(".your-program"))
    own.area.wait_for()
    own.run()  # from then on, an example runs at once
    for example in page.locator(".example").all():
        example.get_by_role("button", name="Start from this").click()
        own.said("Waiting|Running|Fetching|Starting|^Ran|Line")
        own.said("^Ran")
        built = example.locator(".highlight").all_text_contents()[1:]
        wait_for(lambda: own.printed() == built[0].strip() if built else own.cell.locator("svg.dzl-graph").count() == 1)
    own.write("from dezero_lite import *\nimport numpy as np\nx = Variable(np.array(3.0))\ny = x * x\ny.backward()\ny")
    own.run()
    assert "grad 6" in own.cell.locator("svg").text_content()
    own.cell.get_by_role("combobox").select_option("played")
    own.cell.locator(".player-controls").wait_for()
    page.reload()
    assert own.text.endswith("y.backward()\ny")


def test_a_program_can_be_sent_and_mine_is_kept(step07, open_page):
    """From a block to a page of its own, from there in a link to somebody who has written something else."""
    page, _, run = step07
    run.edit()
    run.write(run.text.replace("0.5", "0.7").replace("print", "print('sent: π', end=''); print"))
    run.press("Open as a program")
    page.wait_for_url("**/your-own-program.html#code=*")
    program = Block(page.locator(".your-program"))
    wait_for(lambda: "class Exp(Function)" in program.text and "sent: π" in program.text)
    link, sent = page.url, program.text
    assert "#code=" in link
    friend = open_page("your-own-program.html")
    own = Block(friend.locator(".your-program"))
    own.write("mine")
    friend.goto(link)
    wait_for(lambda: own.text == sent)
    own.press("Bring back mine")
    assert own.text == "mine"
    friend.goto(link[:-20])
    friend.reload()
    own.said("can't be read")


def test_plots_are_drawn_by_matplotlib_once_it_is_fetched(open_page):
    page = open_page("your-own-program.html")
    own = Block(page.locator(".your-program"))
    own.write("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nfor s in axes.spines.values(): s.set_visible(False)\n(line,) = axes.plot([1, 4, 9])\naxes.set_title('squares')")
    own.run("^Line 3: RuntimeError.*Matplotlib is not loaded")
    own.cell.get_by_role("button", name="Fetch Matplotlib, about 8 MB, once").click()
    own.said("^Ran")
    assert "squares" in own.cell.locator("svg.plot").text_content() and own.printed() == ""


def test_from_disk_the_button_says_why_it_can_not(browser, site):
    page = browser.new_page()
    page.goto((site / "gallery" / "stage1" / "step07.html").as_uri())
    block = Block(page.locator(".cell[data-program]").first)
    block.press("Run")
    assert block.said("only in one from a server")
    block.area.wait_for()  # but it can be edited
    page.close()


# ------------------------------------------------------------------------------ what is said of a block

# What runs blocks in the page, run here: pieces that come, as JSON.
DRIVER = """
import json, sys, tempfile
from _site import in_page
in_page.PLACE = tempfile.mkdtemp()
came = []
page = in_page.start(lambda pieces: came.extend(json.loads(pieces)), lambda: True)
sys.meta_path.insert(0, in_page.Finder)
for source in json.load(sys.stdin):
    page.warned = False
    page.set("page.py", json.dumps([[1, source, 1]]), True)
    came.clear()
    result = json.loads(page.run(0))
    print(json.dumps([came, result.get("error", {}).get("text", "")]), file=sys.__stdout__)
"""
TOLD = [  # source, and what of it has to be told: text, claims, notes, or the error's words
    ("x = 3\nassert x == 2\nprint('on')", ["x == 2", "x", "3", "2", "on"]),
    ("import numpy as np\nassert np.allclose([1.0, 2.0], [1.0, 3.0])", ["allclose", "[1.0, 2.0]", "about [1.0, 3.0]"]),
    ("for i in range(9):\n    assert i < 5", ["i < 5", "5", "less than 5"]),
    ("assert x.grad == 1, 'words'\nprint('on')", ["NameError", "on"]),
    ("assert (y := 3) == 4\nprint(y)", ["3"]),
    ("assert not [1]", ["not [1]"]),
    ("def f():\n    assert False\nf()", ["Error: AssertionError"]),
    ("try:\n    assert False\nexcept AssertionError:\n    print('awaited')", ["awaited"]),
    ("import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out2')", ["out\nerr\nout2\n"]),
    ("print(list(range(3 * 10**6)))\nprint('x')", ["25,688,8"]),
    ("'x' * 10**6", ["800,00"]),
    ("while True:\n    print('on and on')", ["Error: TooMuch: it printed more than 200,000 characters"]),
    ("input('name? ')", ["name? ", "Error: EOFError: a page can't wait for an answer"]),
    ("import sys\nsys.stdin.readline()", ["Error: EOFError: a page can't wait for an answer"]),
    ("import pandas", ["Error: ModuleNotFoundError: No module named 'pandas'", "NumPy, Matplotlib and dezero_lite"]),
    ("from torch import nn", ["No module named 'torch'", "your own computer"]),
    ("import numpy as np\nwith np.errstate(all='ignore'): print(np.log(np.array([0.0])))", ["-inf", "WebAssembly does not report it"]),
    ("import numpy as np\nnp.seterr(all='raise')", ["WebAssembly does not report it"]),
    ("exit()", ["ended itself"]),
    ("import sys\nsys.exit('bad')", ["Error: SystemExit: bad"]),
    ("import matplotlib.pyplot as plt\nline, = plt.plot([1, 2])", ["Error: RuntimeError", "Matplotlib is not loaded"]),
    ("import matplotlib.pyplot as plt\nfor s in plt.gca().spines.values(): pass", ["Error: RuntimeError", "Matplotlib is not loaded"]),
    ("import matplotlib.pyplot as plt\nwith plt.style.context('x'): pass", ["Error: TypeError", "Matplotlib is not loaded"]),
    ("import matplotlib.pyplot as plt\nplt.plot([1])[0].get_lw() + 1", ["Error: TypeError", "Matplotlib is not loaded"]),
    ("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('x') from error", ["ZeroDivisionError", "direct cause", "Error: ValueError: x"]),
    ("display('<svg>a</svg>', 1)\ndisplay('<svg>b</svg>', 1)", ["<svg>b</svg>"]),
    ("from pathlib import Path\nprint(Path(__file__).with_name('digits.png'))", ["digits.png"]),
]  # fmt: skip


def test_what_comes_of_a_block_is_told_in_words():
    sources = json.dumps([source for source, _ in TOLD])
    path = os.pathsep.join([str(ROOT / "docs"), str(ROOT)])
    done = subprocess.run([sys.executable, "-c", DRIVER], input=sources, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for (source, expected), line in zip(TOLD, done.stdout.splitlines(), strict=True):
        pieces, error = json.loads(line)
        last = [line for line in error.splitlines() if line and line[0] != " "]
        told = "".join(value for piece in pieces for value in piece.values() if isinstance(value, str)) + "".join(f"\nError: {line}" for line in last)
        assert [words for words in expected if words not in told] == [], (source, told[-500:])
        assert bool(error) == any("Error" in words and "Name" not in words for words in expected) or "torch" in source, source
        assert len(told) < 250_000 and "in_page" not in told, source


def test_files_beside_a_script_are_named_by_its_code(tmp_path):
    from _site import gallery

    for name in ("digits.png", "names.txt", "other.txt"):
        (tmp_path / name).write_text("")
    script = tmp_path / "step.py"
    script.write_text("from pathlib import Path\nhere = Path(__file__).parent\nhere / 'digits.png'\nopen(here / 'names.txt'), '/etc/passwd', '..', 'none.txt'\n")
    assert [path.name for path in gallery.Script(script).beside] == ["digits.png", "names.txt"]


# ------------------------------------------------------------------------------------------ the build


def test_without_it_the_site_is_built_without_buttons(checkout, alone, tmp_path, monkeypatch):
    """Nothing to fetch it from: one line says so; where it is asked for, that stops the build."""
    (checkout / ".cache" / "python").unlink()
    code = checkout / "docs" / "_site" / "runtime.py"
    code.write_text(re.sub(r"PLACES(.*) = \[.*\]", r"PLACES\1 = []", code.read_text("utf-8")), "utf-8")
    alone("step07")
    monkeypatch.delenv("REQUIRE_TOOLS", raising=False)
    done = build(checkout, tmp_path)
    assert done.returncode == 0, done.stdout
    assert len(re.findall("^Pages are built without Run.*pyodide.asm.wasm.*", done.stdout, re.M)) == 1
    assert not (tmp_path / "python").exists() and not (tmp_path / "assets" / "run.js").exists()
    assert "run.js" not in (tmp_path / "gallery" / "stage1" / "step07.html").read_text("utf-8")
    monkeypatch.setenv("REQUIRE_TOOLS", "1")
    done = build(checkout, tmp_path)
    assert done.returncode != 0 and "could not be fetched" in done.stdout


def test_only_what_has_the_right_digest_is_taken(tmp_path, monkeypatch):
    from _site import runtime

    monkeypatch.setattr(runtime, "FOLDER", tmp_path)
    name, known = next(iter(runtime.FILES.items()))
    assert runtime._keep(b"another") == [] and list(tmp_path.iterdir()) == []
    monkeypatch.setitem(runtime.FILES, name, runtime.hashlib.sha256(b"this one").hexdigest())
    assert runtime._keep(b"this one") == [name] and (tmp_path / name).read_bytes() == b"this one"
    (tmp_path / name).write_bytes(b"spoilt")
    assert not runtime._is(name, tmp_path / name)


def test_the_site_says_under_which_licences(site):
    text = (site / "licences.html").read_text("utf-8")
    for words in ("Mozilla Public License", "PYTHON SOFTWARE FOUNDATION LICENSE", "NumPy Developers"):
        assert words in text

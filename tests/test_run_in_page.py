"""Python in the page: each block of each page gives what it gave in the build; what is edited, wrong or endless; the
exercises; a program of one's own."""

import json
import os
import re
import shutil
import time

import pytest
from browsers import Firefox
from conftest import PAGES, build
from lxml import html
from test_browser import barriers

# Blocks that print other numbers in the page than in the build, by page and a word of what they print, and why. The
# page has Python 3.12 and NumPy 2.0 for WebAssembly, with another library of elementary functions.
OTHERS = {
    ("stage1/step07", "longest"): "how many calls wait before the first of ours depends on who calls it",
    ("stage1/step10", "largest error"): "the errors are rounding errors: the last digit of sin, exp and log",
}

# What needs more than a page has: it reads the script of step 36 from the folder of scripts.
ALONE = [name for name in PAGES if name != "stage3/engine_read"]

# Runs the blocks of all pages in one worker, one page after the other, and keeps what came.
RUN_ALL = """
window.came = {};
const pages = PAGES, worker = new Worker(new URL("python-worker.js", new URL("assets/", location)), { type: "module" });
let name;
const next = () => {
  const page = pages.shift();
  if (!page) return (window.all = true);
  name = page[0];
  came[name] = [];
  worker.postMessage({ name, blocks: page[1], from: 0, to: page[1].length - 1, fresh: true });
};
worker.onerror = (event) => (window.broken = event.message ?? "no worker");
worker.onmessage = ({ data }) => {
  if (data.failed) window.broken = data.failed;
  if (data.ready || data.done) next();
  if (data.result) came[name].push(data.result);
};
"""
# Of the blocks on a page, and of what each shows.
BLOCKS = "//div[@data-cell]"
TEXTS = ".//div[contains(@class, 'output')]//pre"
PICTURES = ".//dzl-pair | .//dzl-player[not(ancestor::dzl-pair)] | ./div[@class='picture']/*[local-name() = 'svg'][not(contains(@class, 'plot'))]"


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
    return [f"gallery/{name}.py", [[line, source, source.count("\n") + 1] for line, source in sources]]


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
    text, pictures = result["text"], []
    for shown in result["shown"]:
        if "text" in shown:
            text += shown["text"]
            continue
        picture = html.fragment_fromstring(shown.get("html") or shown["svg"])
        for style in picture.xpath(".//style"):
            style.drop_tree()
        pictures.append(words(picture))
    return bare(text), pictures


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
    either.run(RUN_ALL.replace("PAGES", json.dumps([as_asked(site, name) for name in ALONE])))
    wait_for(lambda: either.run("return window.all || window.broken"), 300)
    assert not either.run("return window.broken ?? ''")
    came, wrong, compared = either.run("return came"), [], 0
    for name in ALONE:
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
    assert compared > 5 * len(ALONE)
    asked = either.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [found for found in asked if not found.startswith(address)] == []


# Checks programs against exercises, and keeps the kinds of feedback.
CHECK_ALL = """
window.kinds = [];
const asked = ASKED, worker = new Worker(new URL("python-worker.js", new URL("assets/", location)), { type: "module" });
const next = () => (asked.length ? worker.postMessage(asked.shift()) : (window.all = true));
worker.onmessage = ({ data }) => {
  if (data.failed) window.broken = data.failed;
  if (data.ready || data.done) next();
  if (data.feedback) kinds.push(data.feedback.kind);
};
"""


def test_an_exercise_is_answered_in_the_page_as_outside(browser, site, address):
    """The last step's program and the page's: the same kind of feedback from the same code in both places."""
    from _site.exercise import check

    exercises = [json.loads(path.read_text("utf-8")) for path in sorted((site / "exercises").glob("*.json"))]
    asked = [{"exercise": exercise, "program": exercise[key]} for exercise in exercises for key in ("start", "solution")]
    chromium = Chromium(browser)
    chromium.open(address)
    chromium.run(CHECK_ALL.replace("ASKED", json.dumps(asked)))
    wait_for(lambda: chromium.run("return window.all || window.broken"), 300)
    kinds = chromium.run("return kinds")
    chromium.close()
    assert kinds == [check(one["program"], one["exercise"])["kind"] for one in asked]
    assert kinds.count("passes") >= 10


def test_a_block_runs_where_it_stands(either, address):
    """In either browser, by its button; the blocks that it needs run first."""
    either.open(f"{address}gallery/stage1/step07.html")
    block = "const block = [...document.querySelectorAll('.cell[data-program] ~ .cell')].find((cell) => cell.querySelector('.output'));"
    either.run(f"{block} block.querySelector('.run button').click()")
    state = wait_for(lambda: either.run(f"{block} return block.querySelector('.state').textContent.match(/^Ran.*/)?.[0]"))
    assert re.fullmatch(r"Ran in \d+\.\d s", state)
    assert "3.297442541400256" in either.run(f"{block} return block.querySelector('.output').textContent")
    assert either.run("return document.querySelectorAll('.cell.open').length") == 1


# ----------------------------------------------------------------------------------- what a reader does


class Block:
    """A block of a page, as a reader has it before them."""

    def __init__(self, cell):
        self.cell = cell
        self.area = cell.locator("textarea")

    def press(self, name):
        self.cell.get_by_role("button", name=name).first.evaluate("button => button.click()")

    def write(self, text):
        self.area.fill(text)

    def said(self, pattern):
        return wait_for(lambda: (found := re.search(pattern, self.cell.locator(".state").text_content() or "")) and found[0])

    def run(self, pattern="^Ran"):
        self.press("Run")
        self.said(f"Waiting|Running|Fetching|Starting|^Ran|Line|Stopped|{pattern}")  # it may be over before one looks
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


def test_nothing_is_fetched_before_someone_asks(open_page):
    page = open_page("gallery/stage1/step07.html")
    asked = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [name for name in asked if "python/" in name or "worker" in name and "search" not in name] == []
    assert "10 MB" in page.locator(".run").last.text_content()


def test_an_edit_changes_the_result_and_is_kept_until_it_is_undone(step07):
    page, program, run = step07
    run.run()
    built = run.printed()
    run.write(run.area.input_value().replace("0.5", "0.25").replace("assert", "# assert"))
    run.run()
    assert run.printed() != built
    # The program doubled: blocks below use it.
    program.run()
    program.write(program.area.input_value().replace("return x ** 2", "return 2 * x ** 2"))
    run.run()
    edited = run.printed()
    page.reload()
    assert run.area.input_value().count("0.25") == 1
    run.run()
    assert run.printed() == edited
    program.press("Reset")
    run.press("Reset")
    assert run.printed() == built
    run.run()
    assert run.printed() == built
    page.reload()
    assert page.locator("textarea").count() == 0


def test_what_is_wrong_is_shown_at_its_line(step07):
    page, program, run = step07
    run.run()
    run.write("x = 1\ny = (1,\n     2 3)\n")
    run.run("Line 3 of this block: SyntaxError")
    line = int(run.cell.get_attribute("data-line")) + 2
    assert f'File "gallery/stage1/step07.py", line {line}' in run.printed()
    assert run.area.evaluate("area => area.matches('.wrong') && area.style.getPropertyValue('--line')") == "2"
    # An error in a function of the program is marked there.
    program.run()
    program.write(program.area.input_value().replace("return x ** 2", "return x.nothing"))
    run.press("Reset")
    run.run("Line|AttributeError")
    wrong = program.area.input_value()[: program.area.input_value().index("x.nothing")].count("\n") + 1
    assert program.said("Line .*").startswith(f"Line {wrong} of this block: AttributeError")
    assert run.printed().count("step07.py") == 3


def test_what_does_not_end_is_stopped(step07):
    page, _, run = step07
    run.run()
    run.write("print('so far', flush=True)\nwhile True:\n    pass\n")
    run.press("Run")
    wait_for(lambda: run.printed() == "so far")
    run.press("Stop")
    assert run.said("Stopped")
    page.clock.install()  # and by itself
    run.write("print('and now', flush=True)\nwhile True:\n    pass\n")
    run.press("Run")
    wait_for(lambda: run.printed() == "and now")
    page.clock.fast_forward(30_000)
    assert run.said("Stopped after 30 seconds")
    run.write("while True:\n    print('on and on')\n")
    run.run("it printed more than 200,000 characters")
    run.press("Reset")
    run.run()


def test_the_editor_knows_tab_enter_and_undo(step07):
    page, _, run = step07
    run.press("Run")
    run.write("if True:")
    run.area.focus()
    page.keyboard.press("Control+End")
    for key in ("Enter", "x", "Enter", "Tab", "y"):
        page.keyboard.press(key)
    assert run.area.input_value() == "if True:\n    x\n        y"
    page.keyboard.press("Shift+Tab")
    assert run.area.input_value() == "if True:\n    x\n    y"
    page.keyboard.press("Control+z")
    assert run.area.input_value() == "if True:\n    x\n        y"
    page.keyboard.press("Control+a")
    page.keyboard.press("Tab")
    assert run.area.input_value() == "    if True:\n        x\n            y"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("e => e.tagName") == "BUTTON"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_block_excludes_no_one(open_page, scheme):
    page = open_page("gallery/stage1/step07.html", scheme=scheme)
    block = Block(page.locator(".cell").first)
    block.run()
    block.write("1 / 0")
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

    block.area.wait_for()
    start = block.area.input_value()
    checked("Something is missing")
    assert "`backward`" in now.locator(".feedback").text_content()
    for number in (1, 2, 3):
        block.press("Hint")
        assert now.locator(".hints summary").last.text_content().startswith(f"Hint {number}: ")
    block.write(f"x = (\n{start}")
    checked("does not run")
    block.press("Solution")
    checked("Right")
    solution = block.area.input_value()
    block.write(solution.replace("x.grad = f.backward", "x.grad = 2 * f.backward"))
    checked("wrong")
    assert "expected" in now.locator(".feedback").text_content()
    block.write(f"{solution}# mine\n")
    checked("Right")
    assert "# mine" in now.locator(".diff del").text_content()
    page.reload()
    now.get_by_role("button", name="Go on here").click()
    block.area.wait_for()
    assert block.area.input_value() == f"{solution}# mine\n" and now.locator(".hints summary").count() == 3


def test_a_program_of_ones_own(open_page):
    page = open_page("your-own-program.html")
    own = Block(page.locator(".your-program"))
    for example in page.locator(".example").all():
        own.write("")
        example.get_by_role("button", name="Start from this").click()
        own.said("Waiting|Running|Fetching|Starting|^Ran|Line")
        own.said("^Ran")
        built = example.locator(".highlight").all_text_contents()[1:]
        assert own.printed() == built[0].strip() if built else own.cell.locator("svg.dzl-graph").count() == 1
    own.write("from dezero_lite import *\nimport numpy as np\nx = Variable(np.array(3.0))\ny = x * x\ny.backward()\ny")
    own.run()
    assert "grad 6" in own.cell.locator("svg").text_content()
    own.cell.get_by_role("combobox").select_option("played")
    own.cell.locator(".player-controls").wait_for()
    page.reload()
    assert own.area.input_value().endswith("y.backward()\ny")


def test_from_disk_the_button_says_why_it_can_not(browser, site):
    page = browser.new_page()
    page.goto((site / "gallery" / "stage1" / "step07.html").as_uri())
    block = Block(page.locator(".cell").first)
    block.press("Run")
    assert block.said("from a server they do")
    page.close()


# ------------------------------------------------------------------------------------------ the build


def test_without_it_the_site_is_built_without_buttons(checkout, site, tmp_path, monkeypatch):
    """Nothing to fetch it from: one line says so; where it is asked for, that stops the build."""
    copy = tmp_path / "copy"
    shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns("python"), symlinks=True)
    code = copy / "docs" / "_site" / "runtime.py"
    code.write_text(re.sub(r"PLACES(.*) = \[.*\]", r"PLACES\1 = []", code.read_text("utf-8")), "utf-8")
    monkeypatch.delenv("REQUIRE_TOOLS", raising=False)
    done = build(copy, tmp_path / "site")
    assert done.returncode == 0, done.stdout
    assert len(re.findall("^Pages are built without Run.*pyodide.asm.wasm.*", done.stdout, re.M)) == 1
    assert not (tmp_path / "site" / "python").exists() and not (tmp_path / "site" / "assets" / "run.js").exists()
    assert "run.js" not in (tmp_path / "site" / "gallery" / "stage1" / "step07.html").read_text("utf-8")
    monkeypatch.setenv("REQUIRE_TOOLS", "1")
    done = build(copy, tmp_path / "site")
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

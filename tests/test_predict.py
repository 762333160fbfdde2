"""Predictions and exercises as the pages of the site have them."""

import json
import re

import pytest
from conftest import ROOT

from _site.exercises import checking, practice

PAGES = sorted(  # those with a prediction
    path.relative_to(ROOT).with_suffix(".html").as_posix()
    for path in (ROOT / "gallery").rglob("*.py")
    if re.search(r"^# \.\. predict::", path.read_text("utf-8"), re.M)
)


def choices(prediction):
    return prediction.locator("input[type=radio]")


def answer(prediction, value):
    if choices(prediction).count():
        choices(prediction).and_(prediction.page.locator(f"input[value={json.dumps(value)}]")).check()
    else:
        prediction.locator("input").fill(value)
    prediction.get_by_role("button", name="Check").click()
    return prediction.get_by_role("status").inner_text()


def test_every_step_asks_before_it_tells():
    steps = {path.with_suffix(".html").relative_to(ROOT).as_posix() for path in (ROOT / "gallery").rglob("step*.py")}
    assert steps <= set(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_the_right_answer_is_told_from_the_wrong_ones_and_each_is_explained(open_page, path):
    page = open_page(path)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    for prediction in page.locator(".predict").all():
        right = prediction.get_attribute("data-answer")
        meanings = dict(zip(prediction.locator("dt").all_text_contents(), prediction.locator("dd").all_text_contents()))
        offered = [choice.get_attribute("value") for choice in choices(prediction).all()]
        assert len(set(offered)) == len(offered) and (not offered or right in offered and len(offered) > 1)
        for value in offered or [right, *meanings]:
            said = answer(prediction, value)
            assert said.startswith("Right." if value == right else "No."), (path, value)
            assert " ".join(meanings.get(value, "").split()) in " ".join(said.replace("\n", " ").split()) or "<math" in prediction.inner_html()


def test_an_answer_stays_in_the_browser_and_is_shown_again(open_page):
    page = open_page(PAGES[0])
    prediction = page.locator(".predict").first
    assert prediction.get_by_role("status").inner_text() == ""
    prediction.get_by_role("button", name="Check").click()
    assert "first" in prediction.get_by_role("status").inner_text()
    said = answer(prediction, prediction.get_attribute("data-answer"))
    page.reload()
    assert page.locator(".predict").first.get_by_role("status").inner_text() == said


@pytest.mark.parametrize(
    "given, said",
    [("26,664", "Right."), ("26 664", "Right."), ("26000", "Close"), ("3", "much more"), ("many", "in digits"), ("20,000", "No."), ("90000", "much less")],
)
def test_a_number_is_read_as_people_write_it(open_page, given, said):
    assert said in answer(open_page("gallery/stage2/queue_cost.html").locator(".predict").first, given)


def test_it_can_be_asked_again(open_page):
    page = open_page("gallery/stage2/queue_cost.html")
    prediction = page.locator(".predict").first
    again = prediction.get_by_role("button", name="Ask me again")
    assert not again.is_visible()
    answer(prediction, "1")
    again.click()
    assert prediction.get_by_role("status").inner_text() == prediction.locator("input").input_value() == "" and not again.is_visible()
    page.reload()
    assert page.locator(".predict").first.get_by_role("status").inner_text() == ""


def test_what_is_solved_has_a_tick(open_page):
    for place in ("gallery/index.html", "gallery/stage2/step15.html"):
        page = open_page(place)
        page.evaluate("localStorage.setItem('solved', '[\"14\"]')")
        page.reload()
        assert page.locator("a[href*=step14]").get_by_role("img", name="solved").count() >= 1
        assert page.locator("a[href*=step13]").get_by_role("img", name="solved").count() == 0


def test_milestones_are_ticked_and_say_what_is_next(open_page):
    page = open_page("milestones.html")
    start = page.locator("[data-next]").inner_text()
    assert start.startswith("Begin with step 06") and page.get_by_role("img", name="solved").count() == 0
    page.evaluate("localStorage.setItem('solved', '[\"08\", \"41\"]')")
    page.reload()
    ticked = page.locator("[data-milestone]", has=page.get_by_role("img", name="solved"))
    assert ticked.evaluate_all("all => all.map(li => li.dataset.milestone)") == ["08", "41", "41"]
    said = page.locator("[data-next]")
    assert "the 3 of " in said.inner_text() and "Next: differentiate any graph" in said.inner_text()
    said.get_by_role("link", name="step 16").click()
    page.wait_for_url("**/gallery/stage2/step16.html")


def test_keyboard_and_screen_reader_have_a_group_with_the_question_as_its_name(open_page):
    page = open_page("gallery/stage2/step15.html")
    prediction = page.locator(".predict").first
    question = prediction.locator("legend").inner_text()
    group = page.get_by_role("group", name=question)
    assert group.get_by_role("radio").count() == 2
    group.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert prediction.get_by_role("status").inner_text()


def test_it_reads_as_well_without_a_script(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "gallery/stage2/step15.html")
    prediction = page.locator(".predict").first
    assert prediction.locator("ul li").count() == 2 and prediction.locator("form").count() == 0
    assert not prediction.locator("dt").first.is_visible()
    prediction.locator("summary").click()
    assert prediction.locator("dt").first.is_visible()
    assert "JavaScript" in page.locator(".own-game").inner_text()
    context.close()


def test_the_right_answer_does_not_stand_in_the_same_place_each_time(site):
    first = []
    for path in PAGES:
        for answer, offered in re.findall(r'data-answer="([^"]*)">(.*?)<details>', (site / path).read_text("utf-8"), re.S):
            items = re.findall(r"<li><code>(.*?)</code></li>", offered)
            first += [items[0] == answer] if items else []
    assert first and not all(first)


# ----------------------------------------------------------------------------------- exercises


def test_a_step_says_how_to_start_and_folds_its_first_hint(open_page):
    page = open_page("gallery/stage2/step14.html")
    block = page.locator(".now-you")
    assert "make try STEP=14" in block.inner_text()
    assert "x.cleargrad()" in block.locator(".now-you-calls").inner_text()
    hint = block.locator("details").last.locator("p").first
    assert not hint.is_visible()
    block.locator("summary").last.focus()
    page.keyboard.press("Enter")
    assert hint.is_visible() and hint.inner_text().endswith("?")
    program = page.locator("#the-program")
    assert block.bounding_box()["y"] < program.bounding_box()["y"]
    with page.expect_download() as download:
        block.get_by_role("link", name="as an .ipynb file").click()
    assert download.value.suggested_filename == "step14-exercise.ipynb"


def test_the_pages_data_are_the_exercise(site):
    for step, exercise in practice.known().items():
        published = json.loads((site / "exercises" / f"step{step}.json").read_text("utf-8"))
        assert published == exercise


@pytest.mark.parametrize("case, words", [("start", "A variable that is used twice"), ("solution", "Right."), ("def f(", "does not run yet")])
def test_the_notebook_checks_its_own_cell(site, case, words):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    exercise = practice.known()["14"]
    notebook = json.loads((site / "downloads" / "stage2" / "step14-exercise.ipynb").read_text("utf-8"))
    _, _, checker, program = [cell["source"] for cell in notebook["cells"][:4]]
    assert program == f"%%check\n{exercise['start']}"
    shell = InteractiveShell()
    with capture_output() as captured:
        assert shell.run_cell(checker).success
        shell.run_cell(f"%%check\n{exercise.get(case, case)}")
    assert words in captured.stdout
    assert exercise["solution"].strip() in notebook["cells"][-1]["source"] and checking.PROGRAM in checker


# -------------------------------------------------------------------------------- you are backward


def test_the_reader_goes_back_on_the_graph_of_the_page(open_page):
    page = open_page("gallery/stage2/step15.html")
    game = page.locator(".own-game")
    game.scroll_into_view_if_needed()
    for name in ("Add → z", "Square → c", "Square → b", "Square → a"):
        game.locator(".own-choose").get_by_role("button", name=name, exact=True).click()
    assert "You have won: the derivative is right, and each of the 4 functions ran once." in game.locator(".own-choose [role=status]").inner_text()
    game.get_by_role("button", name="Start over").click()
    game.locator("svg rect.f").last.dispatch_event("click")
    assert "Turn 1" in game.locator(".own-choose [role=status]").inner_text()


@pytest.mark.parametrize("step", ["13", "15", "16"])
def test_each_of_these_pages_has_a_game_that_can_be_won(open_page, step):
    page = open_page(f"gallery/stage2/step{step}.html")
    for game in page.locator(".own-game").all():
        game.scroll_into_view_if_needed()
        game.locator(".own-choose").wait_for()
        won = game.evaluate(
            """host => {
                const graph = graphOf(host.dataset.program, +host.dataset.x, +host.dataset.y);
                const choices = backward(graph, "generation").ran.map((f) => f.index);
                const right = reverse(graph).gradients;
                const { grads, ran } = backward(graph, "own", choices);
                return ran.length === graph.functions.length && graph.leaves.every((v) => grads.get(v) === right.get(v));
            }"""
        )
        assert won

"""Recorded backward passes, and the players that show them in the page."""

import json

import numpy as np
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from dezero_lite import Variable, play

# ------------------------------------------------------------------------------- the recording


def newest_first(y):
    """Step 14's loop, with an engine of the least that it needs."""
    y.grad = np.ones_like(y.data)
    funcs = [y.creator]
    while funcs:
        f = funcs.pop()
        gxs = f.backward(f.output.grad)
        for x, gx in zip(f.inputs, gxs):
            x.grad = gx if x.grad is None else x.grad + gx
            if x.creator is not None:
                funcs.append(x.creator)


class V:
    def __init__(self, data, creator=None, generation=0):
        self.data, self.creator, self.generation, self.grad = np.asarray(data), creator, generation, None


class F:
    def __init__(self, *inputs):
        self.inputs = inputs
        self.output = V(self.forward(*(x.data for x in inputs)), self, max(x.generation for x in inputs) + 1)


class Square(F):
    def forward(self, x):
        return x * x

    def backward(self, gy):
        return (2 * self.inputs[0].data * gy,)


class Add(F):
    def forward(self, x, y):
        return x + y

    def backward(self, gy):
        return gy, gy


def deck():
    x = V(2.0)
    a = Square(x).output
    b, c = Square(a).output, Square(a).output
    return Add(b, c).output, {"x": x, "a": a, "b": b, "c": c}


def test_a_recording_is_what_the_program_did():
    y, names = deck()
    recording = play(y, newest_first, names)
    label = recording.graph.function_names()
    taken = [label[turn[0].running] for turn in recording.turns()[1:]]
    assert taken == ["Add", "Square → c", "Square → a", "Square → b", "Square → a"]
    assert recording.moments[-1].grads[0] == "96"
    assert recording.moments[-1].text == "x.grad = 32 + 64 = 96."
    lines = [recording.code[moment.line].strip() for moment in recording.turns()[1]]
    assert lines[:3] == ["f = funcs.pop()", "gxs = f.backward(f.output.grad)", "x.grad = gx if x.grad is None else x.grad + gx"]
    assert float(names["a"].grad) == 16  # the pass really ran


def test_an_overwritten_gradient_is_told_from_an_added_one():
    def overwrite(y):
        y.grad = np.ones_like(y.data)
        funcs = [y.creator]
        while funcs:
            f = funcs.pop()
            for x in f.parents:
                x.grad = np.array(5.0)

    x = Variable(np.array(3.0), name="x")
    recording = play(x * x, overwrite)
    assert recording.moments[-1].text == "x.grad = 5, in place of 5."


def test_a_program_that_changes_nothing_can_not_be_played():
    x = Variable(np.array(3.0))
    with pytest.raises(ValueError, match="nothing to play"):
        play(x * x, lambda y: None)


def test_without_the_script_there_is_a_table():
    y, names = deck()
    html = BeautifulSoup(play(y, newest_first, names)._repr_html_(), "lxml")
    rows = [[cell.text for cell in row("td")] for row in html.select("tbody tr")]
    assert [row[1] for row in rows] == ["Add", "Square → c", "Square → a", "Square → b", "Square → a"]
    assert rows[-1][2] == "Its backward gives 64. x.grad = 32 + 64 = 96."


# ------------------------------------------------------------------------------------ the player

PAGES = {
    "gallery/stage2/step13.html": 1,
    "gallery/stage2/step14.html": 1,
    "gallery/stage2/step15.html": 1,
    "gallery/stage2/step16.html": 2,
}


def shown(player):
    """What a player shows: gradients, the function that runs, the work list, the line, the text."""
    return player.evaluate(
        """p => ({
            grads: p.gradients.map(t => t.textContent.replace("grad ", "")),
            running: p.boxes.findIndex(b => b.classList.contains("running")),
            waiting: [...p.querySelectorAll(".worklist span")].map(s => s.textContent),
            line: [...p.querySelectorAll("pre span")].findIndex(s => s.classList.contains("at")),
            text: p.querySelector(".moment").textContent,
        })"""
    )


def recorded(player):
    """The same, moment by moment, from the recording in the page."""
    data = json.loads(player.locator("script").text_content())
    count = player.locator(".v").count()
    grads = [""] * count
    for line, _, running, waiting, changed, text in data["moments"]:
        for i, grad in changed.items():
            grads[int(i)] = grad
        yield {
            "grads": list(grads), "running": -1 if running is None else running,
            "waiting": [data["names"][f] for f in waiting],
            "line": -1 if line is None else line, "text": text,
        }  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_moment_is_shown_as_recorded(open_page, path):
    page = open_page(path)
    hosts = page.locator(":is(dzl-pair, dzl-player:not(dzl-pair *)):not(.own-game *)")
    assert hosts.count() == PAGES[path]
    for host in hosts.all():
        if host.evaluate("h => h.localName") == "dzl-player":
            for moment in recorded(host):
                assert shown(host) == moment
                host.get_by_title("Forth").click()
            continue
        left, right = (list(recorded(p)) for p in host.locator("dzl-player").all())
        host.get_by_title("Last moment").click()
        assert [shown(p) for p in host.locator("dzl-player").all()] == [left[-1], right[-1]]
        parting = host.locator(".parting")
        assert "now" in parting.get_attribute("class")
        host.get_by_title("First moment").click()
        assert "now" not in parting.get_attribute("class")


def test_step_15_parts_at_the_third_turn_with_96_against_64(open_page):
    page = open_page("gallery/stage2/step15.html#turn=3")
    pair = page.locator("dzl-pair").first
    left, right = pair.locator("dzl-player").all()
    assert shown(left)["text"].startswith("Turn 3: Square → a")
    assert shown(right)["text"].startswith("Turn 3: Square → b")
    page.keyboard.press("Tab")
    pair.focus()
    page.keyboard.press("End")
    assert (shown(left)["grads"][0], shown(right)["grads"][0]) == ("96", "64")
    assert page.evaluate("location.hash") == "#turn=5"


def test_keys_buttons_scrubber_and_link(open_page):
    page = open_page("gallery/stage2/step13.html")
    player = page.locator("dzl-player:not(.own-game *)")
    moments = list(recorded(player))
    player.focus()
    for key, expected in [
        ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", -1), ("ArrowRight", -1),
        ("Home", 0), ("ArrowLeft", 0),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert shown(player) == moments[expected]
    for title, expected in [("Forth", 1), ("Back", 0), ("Last moment", -1), ("First moment", 0)]:
        player.get_by_title(title, exact=True).click()
        assert shown(player) == moments[expected]
    scrubber = player.get_by_label("Moment", exact=True)
    scrubber.fill("4")
    assert shown(player) == moments[4]
    scrubber.focus()
    page.keyboard.press("ArrowRight")
    assert shown(player) == moments[5]
    page.evaluate("location.hash = '#turn=2'")
    expect(player.locator(".counter")).to_have_text("turn 2 of 3")
    assert shown(player)["text"].startswith("Turn 2:")


def test_it_plays_to_the_end_and_pauses(open_page):
    page = open_page("gallery/stage2/step14.html")
    player = page.locator("dzl-player:not(.own-game *)")
    moments = list(recorded(player))
    player.get_by_label("Speed").select_option("4")
    player.focus()
    page.keyboard.press("Space")
    expect(player.locator(".moment")).to_have_text(moments[-1]["text"], timeout=20_000)
    assert shown(player) == moments[-1]
    player.get_by_title("Play", exact=True).wait_for()
    page.keyboard.press("Space")  # again, from the start
    player.get_by_title("Pause").click()
    assert shown(player) != moments[-1]


def test_what_happens_is_spoken_and_the_player_has_a_name(open_page):
    page = open_page("gallery/stage2/step13.html")
    assert page.get_by_role("group", name="Player of a backward pass").count() == 1
    player = page.locator("dzl-player:not(.own-game *)")
    player.get_by_title("Forth").click()
    assert player.get_by_role("status").first.inner_text() == list(recorded(player))[1]["text"]


def test_players_work_by_touch_and_fit_a_phone(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address + "gallery/stage2/step16.html#turn=1")
    pair = page.locator("dzl-pair").first
    pair.get_by_title("Forth").tap()
    assert shown(pair.locator("dzl-player").first)["text"] == "Its backward gives 1 and 1."
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert min(box["height"] for box in (b.bounding_box() for b in pair.locator(".player-controls button").all()) if box) >= 40
    context.close()

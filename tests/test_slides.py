"""The decks: every slide opens, fits, and says what the page says."""

import re

import pytest
from _site import decks, listing
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import PAGES, ROOT
from mkdocs.exceptions import BuildError, ConfigurationError

OWN = [name.split("/")[1] for name in PAGES]
MEETINGS = re.findall(r"^    (meeting[\w-]*):$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
DECKS = OWN + MEETINGS

# The lowest and the rightmost edge of what stands on each slide, in the slide's own pixels.
EDGES = """() => Reveal.getSlides().map(slide => {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    const box = slide.getBoundingClientRect(), scale = Reveal.getScale();
    const seen = [...slide.querySelectorAll("*")].filter(e => !e.closest("aside, select, .spoken") && e.checkVisibility());
    const edges = seen.map(e => e.getBoundingClientRect());
    return {
        slide: `${h}.${v} ${slide.querySelector("h1, h2").textContent}`,
        bottom: Math.max(...edges.map(e => (e.bottom - box.top) / scale)),
        right: Math.max(...edges.map(e => (e.right - box.left) / scale)),
    };
})"""


@pytest.mark.parametrize("deck", DECKS)
def test_every_slide_fits(open_page, deck):
    page = open_page(f"slides/{deck}/index.html", width=1280, height=720)
    slides = page.evaluate(EDGES)
    assert len(slides) >= 4
    assert [s for s in slides if s["bottom"] > 720 or s["right"] > 1281] == []


def test_the_arrows_walk_through_all_of_a_deck(open_page):
    page = open_page("slides/step13/index.html", width=1280, height=720)
    columns = page.evaluate("Reveal.getHorizontalSlides().length")
    for column in range(1, columns):
        while page.evaluate("Reveal.getIndices().h") < column:  # past what waits for a key
            assert page.evaluate("Reveal.availableRoutes().right")
            page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == column
    page.keyboard.press("Home")
    seen = set()
    for _ in range(500):
        seen.add(page.evaluate("JSON.stringify([Reveal.getIndices().h, Reveal.getIndices().v])"))
        page.keyboard.press("Space")
    assert len(seen) == page.evaluate("Reveal.getTotalSlides()")
    assert page.evaluate("Reveal.isLastSlide()")


@pytest.mark.parametrize("deck", OWN)
def test_every_output_on_slides_stands_on_the_page(site, deck):
    (path,) = site.glob(f"gallery/*/{deck}.html")
    page, slides = (
        BeautifulSoup(p.read_text("utf-8"), "lxml") for p in (path, site / "slides" / deck / "index.html")
    )
    shown = [pre.get_text().strip() for pre in slides.select(".output pre")]
    on_page = [pre.get_text() for pre in page.select(".output pre")]
    assert shown
    for text in shown:
        assert any(text.removesuffix("⋯").strip() in output for output in on_page), text
    assert slides.select(".highlight, svg")


@pytest.mark.parametrize(
    "slides, complaint",
    {
        "lower-case heading": (".. slide:: the run\n\n   Words.", "begins in lower case: 'the run'"),
        "lower-case text": (".. slide:: The run\n\n   over all uses.", "begins in lower case: 'over all uses.'"),
        "colon": (".. slide:: The run\n\n   It prints:", "ends in a colon"),
        "announced": (".. slide:: The run\n\n   Here are both.", "says 'Here are', but shows nothing"),
        "below": (".. slide:: The run\n\n   The function below is a sum.", "says 'below'"),
        "wall": (".. slide:: The run\n\n   " + "Word " * 60, "has 60 words"),
        "twice": (".. slide:: The run\n\n   One.\n\n.. slide:: The run\n\n   Two.", "two slides are called 'The run'"),
    }.values(),
)
def test_a_slide_that_nobody_composed_is_refused_with_its_line(written, slides, complaint):
    with pytest.raises(BuildError, match=rf"page\.py:\d+: .*{re.escape(complaint)}"):
        written(slides)


def test_a_slide_may_go_on_with_another_and_lead_to_what_it_shows(written):
    deck = written(
        ".. slide:: The run\n   :show: formula\n\n   It gives:\n\n"
        ".. slide:: The run\n   :continues:\n   :below:\n   :minutes: 2\n\n   ``x`` is next.\n\n   .. notes::\n      Ask why.\n\n"
        ".. math:: a = b",
    )["deck"]
    soup = BeautifulSoup(deck["own"], "lxml")
    assert [h.get_text() for h in soup("h2")] == ["The run", "The run continued"]
    assert soup.find("section", attrs={"data-timing": "120"}).aside.get_text(" ").split() == "2 min Ask why.".split()
    assert len(soup.select("section > section")) == 3 and len(soup.select("math")) == 1
    assert deck["own"] == deck["meeting"]  # where no slide is chosen for meetings, all are


def test_a_meeting_takes_the_slides_that_are_chosen_for_it(written):
    deck = written(".. slide:: One\n   :meeting:\n\n   Words.\n\n.. slide:: Two\n\n   Words.")["deck"]
    assert "One" in deck["meeting"] and "Two" not in deck["meeting"] and "Two" in deck["own"]


def test_a_program_is_cut_between_its_definitions_and_changed_ones_are_marked():
    before = "class A:\n    def f(self):\n        return 1\n\n\ndef g():\n    return 2\n\n\ndef h():\n    return 3\n"
    after = before.replace("return 1", "x = 1\n        return x").replace("return 3", "return 4")
    (slide,) = listing.program(after, before, 20)
    text = BeautifulSoup(slide, "lxml")
    assert "def g" not in text.get_text() and "⋯" in text.get_text()
    assert {mark["data-fragment-index"] for mark in text.select(".fragment.custom.mark")} == {"0", "1"}
    assert len(listing.program(after, before, 5)) == 2
    (chosen,) = listing.program(after, before, 20, ["g"])
    assert BeautifulSoup(chosen, "lxml").get_text().split() == ["def", "g():", "return", "2"]
    with pytest.raises(KeyError, match="nothing"):
        listing.program(after, before, 20, ["nothing"])
    (whole,) = listing.program(after, "", 20)
    assert BeautifulSoup(whole, "lxml").get_text().split() == after.split()


def test_no_slide_gives_the_answer_to_its_question_away(site):
    asked = 0
    for path in (site / "slides").glob("*/index.html"):
        for slide in BeautifulSoup(path.read_text("utf-8"), "lxml").select(".slide:has(.predict)"):
            later = slide.select_one(".predict").find_all_next(class_=["output", "picture"])
            shown = [part for part in later if slide in part.parents]
            assert all(part.find_parent(class_="fragment") for part in shown), (path, slide.h2)
            asked += bool(shown)
    assert asked > 10


def test_a_difference_keeps_its_pieces_whole_and_folds_long_removals():
    before = "\n".join(f"line {i}" for i in range(40))
    after = "\n".join(f"line {i}" if i != 30 else "another" for i in range(40) if not 5 <= i < 15)
    (slide,) = listing.changes(before, after, 30)
    assert "line 5 ⋯ (10 lines)" in slide and "line 6" not in slide
    assert BeautifulSoup(slide, "lxml").select("ins")[0].get_text() == "+ another"
    assert len(listing.changes(before, after, 10)) == 2


@pytest.mark.parametrize("deck", DECKS)
def test_changed_lines_are_there_when_a_slide_opens(open_page, deck):
    page = open_page(f"slides/{deck}/index.html", width=1280, height=720)
    hidden = page.evaluate("""() => Reveal.getSlides().flatMap(slide => {
        const { h, v } = Reveal.getIndices(slide);
        Reveal.slide(h, v, -1);
        const seen = (e) => getComputedStyle(e).visibility === "visible" && getComputedStyle(e).opacity === "1";
        return [...slide.querySelectorAll(".mark")].filter((e) => !seen(e)).map((e) => e.textContent);
    })""")
    assert hidden == []


def test_the_meeting_is_one_evening(site):
    deck = BeautifulSoup((site / "slides/meeting/index.html").read_text("utf-8"), "lxml")
    slides = deck.select(".slides section:not(:has(section))")
    assert 60 <= len(slides) <= 70
    assert "Meeting" in slides[0].p.get_text() and slides[0].h1 and slides[-1].h1
    assert len(slides[1].select("li")) == 12  # its contents
    titles = [heading.get_text() for heading in deck.select("h1")]
    steps = [re.match(r"Step (\d\d)", title)[1] for title in titles if title.startswith("Step ")]
    assert steps == [f"{n:02}" for n in range(6, 17)]
    assert sum(title.startswith("Stage") for title in titles) == 2
    assert any("ways to differentiate" in title for title in titles)


def test_decks_load_nothing_but_their_own(site):
    for name in DECKS:
        html = (site / "slides" / name / "index.html").read_text("utf-8")
        assert "default-src 'self'" in html
        assert not re.search(r"""(src=|<link[^>]*href=)["']?(https?:)?//""", html)  # links may lead elsewhere
    for path in site.glob("assets/reveal/*.css"):
        assert "http" not in re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_deck_excludes_anyone(open_page, scheme):
    """axe-core finds nothing wrong with a slide of each kind."""
    page = open_page("slides/step14/index.html", width=1280, height=720, scheme=scheme)
    for slide in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(
            "i => { const { h, v } = Reveal.getIndices(Reveal.getSlides()[i]); Reveal.slide(h, v, 99); }", slide
        )
        found = Axe().run(page, "section.present:not(.stack)").response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


def test_links_between_page_deck_and_index(open_page):
    page = open_page("gallery/stage2/step14.html")
    page.locator(".take-away").get_by_role("link", name="Slides").click()
    assert "Step 14" in page.locator("h1").first.inner_text()
    page = open_page("slides/index.html")
    assert page.locator("ul.cards li").count() == len(DECKS)


def test_light_dark_and_the_speakers_window(open_page):
    page = open_page("slides/step14/index.html", scheme="dark")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    page.keyboard.press("d")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "default"
    page.keyboard.press("ArrowRight")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    popup.value.locator(".speaker-controls-notes").wait_for(state="attached")


def test_deep_links_overview_and_search(open_page):
    page = open_page("slides/step14/index.html#/2")
    assert page.evaluate("Reveal.getIndices().h") == 2
    page.keyboard.press("o")
    assert page.evaluate("Reveal.isOverview()")


def test_printed_every_slide_is_a_page(open_page):
    page = open_page("slides/step12/index.html?print-pdf", width=1280, height=720)
    page.locator(".pdf-page").first.wait_for()
    assert page.locator(".pdf-page").count() >= page.evaluate("Reveal.getTotalSlides()")
    first = page.locator(".pdf-page h2").first.bounding_box()
    assert first["x"] >= 40  # a margin
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == page.locator(".pdf-page").count()


@pytest.mark.parametrize("step", [13, 14, 15, 16])
def test_printed_a_player_shows_how_it_ended_and_its_table_on_one_page(open_page, step):
    page = open_page(f"slides/step{step}/index.html?print-pdf", width=1280, height=720)
    page.locator(".pdf-page").first.wait_for()
    assert page.locator(".pdf-page").count() == page.evaluate("Reveal.getTotalSlides()")
    page.emulate_media(media="print")
    players = page.locator("dzl-player").all()
    assert players
    for player in players:
        turns = player.locator(".turns tbody tr")
        assert turns.last.is_visible() and player.locator(".picture svg").is_visible()
        bottom = turns.last.evaluate("row => row.getBoundingClientRect().bottom - row.closest('.pdf-page').getBoundingClientRect().top")
        assert bottom < 700


def test_a_meeting_with_a_step_that_is_not_there_stops_the_build():
    with pytest.raises(ConfigurationError, match="meeting x has stage9/step99"):
        decks.of({"x": {"title": "X", "steps": ["stage9/step99"]}}, [])

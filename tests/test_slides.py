"""The decks: every slide opens, fits, and says what the page says."""

import re

import pytest
from _site import decks
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import PAGES
from mkdocs.exceptions import ConfigurationError

DECKS = [name.split("/")[1] for name in PAGES] + ["meeting"]

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


def test_the_meeting_has_every_step(site):
    deck = BeautifulSoup((site / "slides/meeting/index.html").read_text("utf-8"), "lxml")
    titles = [heading.get_text() for heading in deck.select("h1")]
    assert [re.match(r"Step (\d\d)", title)[1] for title in titles] == [f"{n:02}" for n in range(6, 17)]


def test_decks_load_nothing_but_their_own(site):
    for name in DECKS:
        html = (site / "slides" / name / "index.html").read_text("utf-8")
        assert "default-src 'self'" in html
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", html)
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


def test_a_meeting_with_a_step_that_is_not_there_stops_the_build():
    with pytest.raises(ConfigurationError, match="meeting x has stage9/step99"):
        decks.of({"x": {"title": "X", "steps": ["stage9/step99"]}}, [])

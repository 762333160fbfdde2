"""The decks: every slide opens, fits, and says what the page says."""

import re

import pytest
from _site.gallery import SCRIPTS, Script
from _site.slides import decks, listing, rules
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import PAGES, ROOT, soup
from mkdocs.exceptions import BuildError, ConfigurationError

OWN = [name.split("/")[1] for name in PAGES]
MEETINGS = re.findall(r"^    (meeting[\w-]*):$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
DECKS = OWN + MEETINGS

# The lowest and the rightmost edge of what stands on each slide, in the slide's own pixels.
EDGES = """() => Reveal.getSlides().map(slide => {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    for (const folded of slide.querySelectorAll("details:not(.turns, .code)")) folded.open = true;
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


def test_a_clicker_passes_by_what_hangs_below(open_page):
    page = open_page("slides/step13/index.html", width=1280, height=720)
    columns, seen = page.evaluate("Reveal.getHorizontalSlides().length"), []
    for _ in range(100):
        seen.append(tuple(page.evaluate("(({ h, v }) => [h, v])(Reveal.getIndices())")))
        page.keyboard.press("PageDown" if len(seen) % 2 else "Space")
    assert list(dict.fromkeys(seen)) == [(column, 0) for column in range(columns)]
    proof = page.evaluate("Reveal.getHorizontalSlides().findIndex((column) => column.children.length > 1)")
    page.evaluate("(h) => Reveal.slide(h, 0, 99)", proof)
    page.keyboard.press("ArrowDown")
    assert page.evaluate("Reveal.getIndices().v") == 1


def test_the_next_press_at_a_vote_tells_which_is_right_and_why(open_page):
    page = open_page("slides/meeting/index.html", width=1280, height=720)
    votes = page.evaluate("Reveal.getHorizontalSlides().flatMap((column, h) => column.querySelector('.vote') ? [h] : [])")
    assert len(votes) >= 3
    for vote in votes:
        page.evaluate("(h) => Reveal.slide(h, 0, -1)", vote)
        right, why = page.locator("section.present .vote .right"), page.locator("section.present .vote .why")
        assert right.evaluate("e => !e.matches('.visible')") and not why.is_visible()
        page.keyboard.press("PageDown")
        letter = right.inner_text()[0]
        assert right.evaluate("e => e.matches('.visible')") and why.is_visible() and why.inner_text().startswith(f"{letter}: ")
        notes = page.locator("section.present > aside.notes").last.text_content()
        assert f"Right: {letter}, " in notes and "A " in notes and "B " in notes
        page.keyboard.press("PageDown")
        assert page.evaluate("Reveal.getIndices().h") == vote + 1


@pytest.mark.parametrize("deck", OWN)
def test_every_output_on_slides_stands_on_the_page(site, deck):
    (path,) = site.glob(f"gallery/*/{deck}.html")
    page, slides = soup(path), soup(site / "slides" / deck / "index.html")
    shown = [pre.get_text().strip() for pre in slides.select(".output pre")]
    on_page = [pre.get_text() for pre in page.select(".output pre")]
    assert shown or slides.select('.picture svg')
    for text in shown:
        assert any(text.removesuffix("⋯").strip() in output for output in on_page), text


@pytest.mark.parametrize(
    "slides, complaint",
    {
        "lower-case heading": (".. slide:: the run\n\n   Words.", "begins in lower case: 'the run'"),
        "lower-case text": (".. slide:: The run\n\n   over all uses.", "begins in lower case: 'over all uses.'"),
        "colon": (".. slide:: The run\n\n   It prints:", "ends in a colon"),
        "announced": (".. slide:: The run\n\n   Here are both.", "says 'Here are', but shows nothing"),
        "below": (".. slide:: The run\n\n   The function below is a sum.", "says 'below'"),
        "wall": (".. slide:: The run\n\n   " + "Word " * 60, "has 60 words"),
        "changes twice": (".. slide:: The run\n   :show: changes program\n\n   Words.", "shows the changes twice"),
        "output of nothing": (".. slide:: The run\n   :show: output\n   :meeting:", "shows an output, and not of what"),
        "twice": (".. slide:: The run\n\n   One.\n\n.. slide:: The run\n\n   Two.", "two slides are called 'The run'"),
    }.values(),
)
def test_a_slide_that_nobody_composed_is_refused_with_its_line(written, slides, complaint):
    with pytest.raises(BuildError, match=rf"page\.py:\d+: .*{re.escape(complaint)}"):
        written(slides)


VOTE = """.. slide:: {title}
   :show: predict

   {text}

.. predict:: How many?
   :answer: {answer} = n

   - ``n``: that many.
   - ``m``: one more.
"""


@pytest.mark.parametrize(
    "title, text, answer, refused",
    [
        ("Sixty wait", "For whom?", "60", "in its own words"),
        ("Who waits?", "There are 60 of them.", "60", "in its own words"),
        ("Who waits?", "Are there 60, or 61?", "60", ""),
        ("Who waits?", "There are 600 of them.", "60", ""),
        ("Who waits?", "In :math:`x^{60}`?", "60", ""),
        ("Who waits?", "Guess.", "2571", "on a slide before it"),
        ("Who waits?", "Guess.", "25", ""),  # such numbers are everywhere
    ],
)
def test_a_vote_does_not_give_its_answer_away(written, title, text, answer, refused):
    page = ".. slide:: Before\n\n   The whole has 2571 functions, and 25 of them run.\n\n" + VOTE.format(title=title, text=text, answer=answer)
    values = [[answer, answer, str(int(answer) + 1)]]
    if refused:
        with pytest.raises(BuildError, match=rf"page\.py:\d+: .* asks for {answer}, which stands {refused}"):
            written(page, values)
    else:
        notes = BeautifulSoup(written(page, values)["deck"]["own"], "lxml").select("aside")[1].get_text()
        assert f"Right: A, {answer}" in notes and "that many" in notes and "one more" in notes


THEORY = """.. slide:: What a word means
   :show: statement
   {definition}

Words
-----
Definition (sparse)
~~~~~~~~~~~~~~~~~~~
A graph is sparse if it has few arrows.

After
~~~~~
A **leaf** has no creator.

.. slide:: What holds
   :show: statement
   {theorem}

   {text}

Theorem (sparse graphs)
~~~~~~~~~~~~~~~~~~~~~~~
A sparse graph has a {thing}.

.. slide:: Why it holds
   :show: proof
   {proof}

Proof of the theorem
~~~~~~~~~~~~~~~~~~~~
Count. ∎
"""


@pytest.mark.parametrize(
    "chosen, thing, text, missing",
    [
        ("definition theorem proof", "root", "Words.", ""),
        ("theorem", "root", "Words.", "sparse"),
        ("definition theorem", "leaf", "Words.", "leaf"),
        ("definition theorem", "leaf", "A **leaf** has no creator.", ""),
        ("definition proof", "root", "Words.", "Theorem (sparse graphs)"),
    ],
)
def test_a_meeting_does_not_speak_of_what_it_has_not_introduced(written, chosen, thing, text, missing):
    flags = {name: ":meeting:" if name in chosen else ":minutes: 1" for name in ("definition", "theorem", "proof")}
    page = THEORY.format(thing=thing, text=text, **flags)
    if missing:
        with pytest.raises(BuildError, match=rf"page\.py:\d+: .* needs {re.escape(repr(missing))}"):
            written(page)
    else:
        assert written(page)["deck"]["meeting"].count("<h2") == len(chosen.split())


def test_a_meeting_knows_what_its_pages_leave_out_and_repeats_no_heading():
    def slide(title, tells=(), text=""):
        return {"title": title, "place": "page.py:1", "continues": False, "tells": tells, "needs": [], "text": text}

    first = {"terms": {"sparse": ["first.py:3", r"\bsparse\b"]}, "slides": [slide("One", ["sparse"]), slide("Two")]}
    second = {"terms": {}, "slides": [slide("Three", text="A sparse graph")]}
    rules.check_meeting("x", [first, second])
    with pytest.raises(BuildError, match=r"needs 'sparse' \(first.py:3\)"):
        rules.check_meeting("x", [{**first, "slides": [slide("Two")]}, second])
    with pytest.raises(BuildError, match="two slides of the meeting 'x' are called 'Two'"):
        rules.check_meeting("x", [first, {"terms": {}, "slides": [slide("Two")]}])


def test_a_slide_may_go_on_with_another_and_lead_to_what_it_shows(written):
    deck = written(
        ".. slide:: The run\n   :show: formula\n   :minutes: 2\n\n   It gives:\n\n   .. notes::\n      Ask why.\n\n"
        ".. slide:: The run\n   :continues:\n   :below:\n   :minutes: 5\n\n   ``x`` is next.\n\n"
        ".. math:: a = b",
    )["deck"]
    slides = BeautifulSoup(deck["own"], "lxml")
    assert [h.get_text() for h in slides("h2")] == ["The run", "The run continued"]
    _, above, below = slides.select("section > section")
    assert above["data-timing"] == "120" and above.aside.get_text(" ").split() == "2 min Ask why.".split()
    assert below["data-timing"] == "0" and below.aside.get_text() == "5 min" and deck["seconds"] == 120
    assert len(slides.select("math")) == 1
    assert deck["own"] == deck["meeting"]  # where no slide is chosen for meetings, all are


def test_images_and_numbers_of_formulas_are_found_from_a_slide(written):
    page = (
        ".. math:: a = b\n   :label: first\n\n"
        ".. slide:: A picture\n   :show: formula\n\n   By :eq:`first` and :eq:`other`.\n\n   .. image:: dot.png\n      :alt: A dot.\n\n"
        "   .. math:: c = d\n      :label: other\n\n"
        ".. math:: e = f\n   :label: last"
    )
    record = written(page)
    slide = BeautifulSoup(record["deck"]["own"], "lxml")
    assert slide.img["src"] == "../../gallery/stage1/dot.png"
    assert [a.get_text() for a in slide("a")] == ["(1)", "(3)"] and slide.a["href"] == "../../gallery/stage1/page.html#equation-first"
    assert [n.get_text() for n in slide.select(".number")] == ["(3)", "(2)"] and [e["id"] for e in slide.select("[id]")] == ["equation-other"]
    assert [n.get_text() for n in BeautifulSoup(record["content"], "lxml").select(".number")] == ["(1)", "(2)"]


@pytest.mark.parametrize(
    "parts, slides",
    [(["One holds. " * 50, "Two holds. " * 50], 2), (["One holds. " * 30 + "So", ".. math:: x = 1", "and it is. " * 30], 1)],
)
def test_a_proof_is_cut_between_sentences(written, parts, slides):
    proof = "\n\n".join(part.strip() for part in parts)
    deck = written(f".. slide:: Why\n   :show: proof\n\nA heading\n---------\nProof\n~~~~~\n{proof} ∎")["deck"]["own"]
    texts = [div.get_text().strip("∎\xa0\n ") for div in BeautifulSoup(deck, "lxml").select(".slide")[1:]]
    assert len(texts) == slides and all(text.endswith(".") for text in texts)


def test_a_meeting_takes_the_slides_that_are_chosen_for_it(written):
    deck = written(".. slide:: One\n   :meeting:\n\n   Words.\n\n.. slide:: Two\n\n   Words.")["deck"]
    assert "One" in deck["meeting"] and "Two" not in deck["meeting"] and "Two" in deck["own"]


def test_a_program_is_shown_by_its_pieces_and_changed_lines_are_marked():
    before = "class A:\n    def f(self):\n        return 1\n\n\ndef g():\n    return 2\n\n\ndef h():\n    return 3\n"
    after = before.replace("return 1", "x = 1\n        return x").replace("return 3", "return 4")
    after = f"import heapq\n\n\n{after}\n\ndef k():\n    pass\n"
    (slide,) = listing.program(after, before, 20)
    text = BeautifulSoup(slide, "lxml")
    assert "def g" not in text.get_text() and "⋯" in text.get_text() and "import" not in text.get_text()
    marks = [(mark["data-fragment-index"], mark.get_text().strip()) for mark in text.select(".fragment.custom.mark")]
    assert marks == [("0", "x = 1"), ("0", "return x"), ("1", "return 4")]  # and not k, which is new as a whole
    assert len(listing.program(after, before, 5)) > 1
    (chosen,) = listing.program(after, before, 20, ["g"])
    assert BeautifulSoup(chosen, "lxml").get_text().split() == ["def", "g():", "return", "2"]
    assert listing.program(after, before, 20, ["A"]) == listing.program(after, before, 20, ["A.f"])
    with pytest.raises(KeyError, match="nothing"):
        listing.program(after, before, 20, ["nothing"])
    (whole,) = listing.program(after, "", 40)
    assert BeautifulSoup(whole, "lxml").get_text().split() == after.split()[2:]


def test_no_piece_of_a_program_stands_without_the_heads_above_it():
    body = "".join(f"        if x > {i}:\n            x = g(x,\n                  {i})\n" for i in range(20))
    source = f"class A:\n    @staticmethod\n    def f(x):\n{body}        return x\n"
    slides = [BeautifulSoup(f"<pre>{slide}</pre>", "lxml").get_text() for slide in listing.program(source, "", 15)]
    assert len(slides) > 3
    for lines in [slide.split("\n") for slide in slides]:
        assert lines[0] == "class A:" and "    def f(x):" in lines and len(lines) <= 15
        assert [line.strip()[:4] for line in lines].count("x = ") == [line.strip()[:4] for line in lines].count("if x")
    (changed,) = listing.program(source.replace("17)", "18)"), source, 15)
    kept = BeautifulSoup(f"<pre>{changed}</pre>", "lxml").get_text().split("\n")
    assert {"        if x > 17:", "            x = g(x,", "                  18)"} <= set(kept)


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


@pytest.mark.parametrize("name", MEETINGS)
def test_a_meeting_is_one_evening(site, name):
    deck = soup(site / "slides" / name / "index.html")
    slides = deck.select(".slides > section > section")
    assert 30 < sum(int(slide["data-timing"]) for slide in slides) / 60 <= 90
    assert "Meeting" in slides[0].p.get_text() and slides[-1].h1
    assert slides[0].select("figure.way svg") and slides[0].figcaption.get_text().endswith(f"/slides/{name}/index.html")
    headings = [slide.select_one("h1, h2").get_text() for slide in slides]
    assert ("Last time" in headings) == (name != MEETINGS[0])
    today = slides[headings.index("Today")].select("li")
    assert today and all(item.a and re.search(r" · \d+ min$", item.get_text()) for item in today)


def test_the_first_meeting_goes_from_a_nudge_to_64(site):
    deck = soup(site / "slides/meeting/index.html")
    tops = [column.section for column in deck.select(".slides > section")]
    headings = [slide.select_one("h1, h2").get_text() for slide in tops]
    steps = [re.match(r"(?:Step )?(\w+)", heading)[1] for heading in headings if re.match("Step |Column", heading)]
    assert steps == ["06", "07", "08", "09", "10", "Column", "11", "12", "13", "14", "15", "16"]
    assert headings[-2] == "64"
    (pause,) = [slide for slide in tops if "break" in slide.select_one("h1, h2").get_text()]
    assert "Now you: Step 08" in pause.get_text()
    assert sum(bool(slide.select(".slide svg")) for slide in tops) > 15  # pictures
    assert not [slide for slide in tops if "Line 1" in slide.div.get_text()]  # proofs hang below


def test_a_meeting_that_is_too_long_says_which_step_takes_what(caplog):
    decks._add_up("x", {"minutes": 2}, ['data-timing="100"', 'data-timing="80"'], {"step06": 2, "step07": 1})
    assert "the meeting x takes 3 minutes, and has 2: step06 2, step07 1" in caplog.text


def test_a_deck_is_found(site):
    listed = (site / "sitemap.xml").read_text("utf-8")
    for name in DECKS:
        head = soup(site / "slides" / name / "index.html").head
        told = {meta.get("property") or meta.get("name"): meta.get("content") for meta in head("meta")}
        assert told["description"] == told["og:description"] and len(told["description"]) > 40
        assert (site / decks.cover(name)).is_file() and told["og:image"].endswith(decks.cover(name))
        assert f"<loc>{told['og:url']}</loc>" in listed


def test_decks_load_nothing_but_their_own(site):
    for name in DECKS:
        html = (site / "slides" / name / "index.html").read_text("utf-8")
        assert "default-src 'self'" in html
        assert not re.search(r"""(src=|<link(?! rel="canonical")[^>]*href=)["']?(https?:)?//""", html)  # links may lead elsewhere
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


@pytest.mark.parametrize("deck", ["step12", *MEETINGS])
def test_printed_every_slide_is_a_page(open_page, deck):
    page = open_page(f"slides/{deck}/index.html?print-pdf", width=1280, height=720)
    page.locator(".pdf-page").first.wait_for()
    slides = page.evaluate("Reveal.getTotalSlides()")
    assert page.locator(".pdf-page").count() == slides
    assert page.locator(".pdf-page h2").first.bounding_box()["x"] >= 40  # a margin
    assert page.locator(".vote .right:not(.visible)").count() == 0
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == slides


@pytest.mark.parametrize("slide", [9, 30])
def test_a_phone_scrolls_to_the_slide_that_the_address_names(open_page, site, slide):
    page = open_page(f"slides/meeting/index.html#/{slide}", width=390, height=844)
    page.wait_for_function("Reveal.isScrollView() && Math.abs(wanted.closest('.scroll-page').getBoundingClientRect().top) < 2")
    title = soup(site / "slides" / "meeting" / "index.html").select(".slides > section")[slide].select_one("h2").get_text()
    assert page.evaluate("wanted.closest('.scroll-page').querySelector('h2').textContent") == title
    assert page.evaluate("document.querySelector('.reveal-viewport').scrollHeight") < 45_000


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


def test_a_break_with_an_exercise_that_there_is_not_stops_the_build():
    script, facts = Script(SCRIPTS / "stage1" / "step06.py"), {"terms": {}, "slides": []}
    meetings = {"x": {"title": "X", "steps": [script.name], "break": {"after": script.name, "minutes": 5, "now you": [script.name]}}}
    with pytest.raises(BuildError, match="break of the meeting x has stage1/step06"):
        decks.meeting("x", meetings, {script: {"exercise": None, "run": "key", "deck": {"facts": facts}}}, "", strict=True)

"""What a reader does, in headless Chromium."""

import gzip

import pytest
from test_site import pages_with_a_place


WIDTHS = (320, 360, 412, 480, 600, 768, 900, 1024, 1152, 1220, 1280, 1366, 1440, 1536, 1680, 1920, 2560)


def paths(site):
    return [path.relative_to(site).as_posix() for path in pages_with_a_place(site)]


# Material's search is a dialog without a name, its boxes of code are landmarks without one, and a section of the
# navigation with an index is named after a label that is not there.
MATERIALS = ('class="md-search"', 'class="md-code__nav"', 'class="md-nav" data-md-level')


PARTS = 6  # of the pages, so that several processes can share them

# Of the words of each block of code that look alike the first is enough: there are thousands, and axe measures each.
ALIKE = """() => {
    for (const block of document.querySelectorAll("pre")) {
        const seen = new Set();
        for (const word of block.querySelectorAll("span")) {
            const kind = `${word.parentElement.tagName} ${word.parentElement.className} ${word.className}`;
            if (seen.has(kind)) word.replaceWith(...word.childNodes);
            seen.add(kind);
        }
    }
}"""


# How things look, by the classes around them: colours that were measured on one page need not be on the next.
NEW = """(seen) => {
    const known = new Set(seen), found = [];
    for (const element of document.querySelectorAll("body *:not(svg *, math *)")) {
        const around = [];
        for (let e = element; e && around.length < 4; e = e.parentElement) around.push(`${e.tagName}.${e.className}`);
        const look = around.join(" in ");
        if (!known.has(look)) { known.add(look); found.push(look); element.dataset.unseen = ""; }
    }
    return found;
}"""


def barriers(page, **options):
    """What axe-core finds wrong, but for what Material's own markup brings with it."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(ALIKE)
    violations = Axe().run(page, **options).response["violations"]
    found = [(violation["id"], node["html"]) for violation in violations for node in violation["nodes"]]
    return [(kind, html) for kind, html in found if not any(part in html for part in MATERIALS)]


STRUCTURE = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}
COLOURS = {"context": {"include": [["[data-unseen]"]]}, "options": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}}


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_fits_every_width_ends_and_excludes_no_one(open_page, site, part):
    """From the smallest phone to the widest screen, the boxes that explain terms included; in light and in dark."""
    wrong, seen = [], set()
    for path in paths(site)[part::PARTS]:
        page = open_page(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append((path, f"is wider than {width} pixels"))
            if width == 1280 and path.startswith("gallery/stage") and page.evaluate("document.documentElement.scrollHeight") > 17_000:
                wrong.append((path, "is too long"))
        page.set_viewport_size({"width": 1440, "height": 900})
        wrong += [(path, *barrier) for barrier in barriers(page, options=STRUCTURE)]
        if new := page.evaluate(NEW, sorted(seen)):
            wrong += [(path, *barrier) for barrier in barriers(page, **COLOURS)]
        page.close()
        if new:
            page = open_page(path, scheme="dark")
            assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
            page.evaluate(NEW, sorted(seen))
            wrong += [(path, *barrier) for barrier in barriers(page, **COLOURS)]
            page.close()
        seen.update(new)
    assert wrong == []


def test_a_long_program_is_whole_when_it_is_asked_for(open_page):
    page = open_page("gallery/stage2/step16.html")
    code, summary = page.locator(".cell[data-program] pre").first, page.locator(".whole summary").first
    lines = code.text_content().count("\n")
    assert summary.text_content() == f"All {lines + (not code.text_content().endswith(chr(10)))} lines"
    assert code.evaluate("code => code.scrollHeight > code.clientHeight")
    summary.press("Enter")
    assert code.evaluate("code => code.scrollHeight <= code.clientHeight")


def test_a_page_can_be_skipped_into_by_keyboard(open_page):
    page = open_page("gallery/stage1/step07.html")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href") == "#step-07-backpropagation-automatic"
    page.keyboard.press("Enter")
    assert page.url.endswith("#step-07-backpropagation-automatic")


def test_a_first_visit_is_light_and_nothing_moves(browser, address):
    for path in ("gallery/stage2/step15.html", "gallery/stage2/step16.html", ""):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sizes = []
        page.on("response", lambda response: sizes.append(len(gzip.compress(response.body()))))  # as servers send it
        page.add_init_script(
            "window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((e) => (moved += e.value)))"
            ".observe({ type: 'layout-shift', buffered: true })"
        )
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        assert sum(sizes) <= 250_000, path
        assert page.evaluate("moved") == 0, path
        page.close()


def test_the_first_paint_waits_for_no_script(browser, address):
    page = browser.new_page()
    page.route("**/*.js", lambda route: None)  # no script ever arrives
    page.goto(address + "gallery/stage2/step15.html", wait_until="commit")
    page.evaluate("new Promise((seen) => new PerformanceObserver(seen).observe({ type: 'paint', buffered: true }))")
    assert page.locator("h1").is_visible()
    page.close()


def test_a_page_that_is_tampered_with_runs_no_script_and_calls_no_one(browser, address):
    page = browser.new_page()
    stopped = []
    page.on("requestfailed", lambda request: stopped.append((request.url, request.failure)))
    page.route(
        "**/step06.html",
        lambda route: route.fulfill(
            body=route.fetch().text().replace(
                "<h1", "<script>var called = 1</script><img src=http://127.0.0.9/x.png><h1", 1
            ),
            content_type="text/html",
        ),
    )
    page.goto(address + "gallery/stage1/step06.html")
    page.wait_for_load_state("networkidle")
    assert page.locator("img").count() == 1
    assert page.evaluate("typeof called") == "undefined"
    assert stopped == [("http://127.0.0.9/x.png", "csp")]
    page.close()


def test_the_scheme_can_be_switched(open_page):
    page = open_page("gallery/stage1/step07.html")
    page.get_by_title("Switch to dark").click()
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_search_finds_text_on_a_notebook_page(open_page):
    page = open_page("")
    page.locator("input.md-search__input").click()
    page.keyboard.type("Carathéodory")
    result = page.locator(".md-search-result__link").first
    result.wait_for()
    assert "stage1/step06" in result.get_attribute("href")


def test_formulas_are_typeset_in_our_font(open_page):
    page = open_page("gallery/stage1/step06.html")
    left, right = (page.locator("math mtd").nth(i).bounding_box() for i in (0, 1))
    assert left["x"] < right["x"]
    page = open_page("gallery/stage2/step14.html")
    fraction = page.locator("math mfrac").first.bounding_box()
    assert fraction["height"] > 20
    assert page.evaluate("[...document.fonts].some(f => f.family.includes('STIX') && f.status == 'loaded')")


def test_from_one_step_to_the_next_and_to_the_index(open_page):
    page = open_page("gallery/index.html")
    page.get_by_role("link", name="Step 06").first.click()
    assert page.url.endswith("stage1/step06.html")
    page.locator("a.md-footer__link--next").click()
    assert page.url.endswith("stage1/step07.html")


def test_the_diff_folds_by_keyboard(open_page):
    page = open_page("gallery/stage2/step16.html")
    diff = page.locator("details.diff")
    assert diff.evaluate("e => e.open")
    diff.locator("summary").focus()
    page.keyboard.press("Enter")
    assert not diff.evaluate("e => e.open")


def test_downloads_arrive(open_page):
    page = open_page("gallery/stage1/step07.html")
    for name in ("Script", "Notebook"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename.startswith("step07.")


def test_code_can_be_copied(open_page):
    page = open_page("gallery/stage1/step07.html")
    assert page.locator("[data-clipboard-target]").count() == page.locator(".highlight pre").count() > 5


def test_proofs_are_folded_until_asked_for(open_page):
    page = open_page("gallery/stage2/step14.html")
    proof = page.locator("details.proof").first
    assert not proof.evaluate("e => e.open")
    proof.locator("summary").click()
    assert proof.evaluate("e => e.open")
    page = open_page("gallery/stage2/step14.html#proof-of-the-total-derivative")
    assert page.locator("details.proof").first.evaluate("e => e.open")


def test_code_that_only_draws_is_hidden_until_asked_for(open_page):
    page = open_page("gallery/stage1/step06.html")
    cell = page.locator(".cell:has(> .drawn)").first
    code = cell.locator(".highlight")
    assert cell.locator(".picture").is_visible() and not code.is_visible()
    cell.locator(".drawn > summary").click()
    assert code.is_visible() and "matplotlib" in code.inner_text()


def test_paper_shows_every_proof(open_page):
    page = open_page("gallery/stage2/step14.html")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.proof:not([open])").count() > 0


def test_changes_stand_side_by_side_where_there_is_room(open_page):
    def sides(width):
        page = open_page("gallery/stage2/step14.html", width=width)
        before, after = (page.locator(f".diff {tag}").last.bounding_box() for tag in ("del", "ins"))
        return before, after

    before, after = sides(1440)
    assert before["y"] == after["y"] and before["x"] + before["width"] <= after["x"]
    before, after = sides(1200)
    assert before["x"] == after["x"] and before["y"] + before["height"] <= after["y"]


def test_the_folder_can_be_opened_from_disk(browser, site):
    """Where there is no server: links, formulas and search work, and nothing else is asked for."""
    page = browser.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda r: None if r.url.startswith(site.as_uri()) else complaints.append(r.url))
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="Start with step 06").click()
    page.locator("math").first.wait_for()
    assert page.evaluate("""document.fonts.load('1em "STIX Two Math"').then(found => found.length)""") == 1
    page.locator("input.md-search__input").click()
    page.keyboard.type("generation order")
    theorem = page.locator(".md-search-result__link", has_text="Theorem (generation order)")
    page.locator(".md-search-result__item", has=theorem).locator("summary").click()  # more on this page
    theorem.click()
    page.wait_for_url("**/step15.html*#theorem-generation-order")
    assert complaints == []
    page.close()

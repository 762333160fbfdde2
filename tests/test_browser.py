"""What a reader does, in headless Chromium."""

import pytest

PAGES = ["", "gallery/", "gallery/stage1/step06/", "gallery/stage1/step10/", "gallery/stage2/step15/", "reference/engine/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_open_in_both_schemes_and_fit_a_phone(open_page, path, scheme):
    page = open_page(path, width=360, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("body").get_attribute("data-md-color-scheme") == {"light": "default", "dark": "slate"}[scheme]


def test_the_scheme_can_be_switched(open_page):
    page = open_page("gallery/stage1/step07/")
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
    page = open_page("gallery/stage2/step14/")
    fraction = page.locator("math mfrac").first.bounding_box()
    assert fraction["height"] > 20
    assert page.evaluate("[...document.fonts].some(f => f.family.includes('STIX') && f.status == 'loaded')")
    left, right = (page.locator("math mtd").nth(i).bounding_box() for i in (0, 1))
    assert left["x"] < right["x"]


def test_from_one_step_to_the_next_and_to_the_index(open_page):
    page = open_page("gallery/")
    page.get_by_role("link", name="Step 06").first.click()
    assert page.url.endswith("stage1/step06/")
    page.locator("a.md-footer__link--next").click()
    assert page.url.endswith("stage1/step07/")


def test_the_diff_folds_by_keyboard(open_page):
    page = open_page("gallery/stage2/step16/")
    diff = page.locator("details.diff")
    assert diff.evaluate("e => e.open")
    diff.locator("summary").focus()
    page.keyboard.press("Enter")
    assert not diff.evaluate("e => e.open")


def test_downloads_arrive(open_page):
    page = open_page("gallery/stage1/step07/")
    for name in ("Script", "Notebook"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename.startswith("step07.")


def test_code_can_be_copied(open_page):
    page = open_page("gallery/stage1/step07/")
    assert page.locator("[data-clipboard-target]").count() == page.locator(".highlight pre").count() > 5

"""Finding and looking things up: terms, concepts, names of the engine, papers, search."""

import re

import pytest
import yaml
from conftest import PAGES, ROOT, soup
from playwright.sync_api import expect
from sphinx_gallery.py_source_parser import split_code_and_text_blocks
from test_site import page

from _site.exercises import practice


def entries(site, name):
    """The ids of a page."""
    return {element["id"] for element in soup(site / name).find_all(id=True)}


def concepts():
    text = (ROOT / "mkdocs.yml").read_text("utf-8").split("  concepts:\n")[1].split("  #")[0]
    return yaml.safe_load(text)


def test_the_first_use_of_a_term_leads_to_the_glossary(site):
    known = entries(site, "glossary.html")
    for name in PAGES:
        terms = [a["href"] for a in page(site, name).select("a.term")]
        assert len(terms) == len(set(terms)) >= name.count("step")
        assert {href.split("#")[1] for href in terms} <= known


def test_a_term_is_explained_where_the_pointer_or_the_keyboard_is(open_page):
    opened = open_page("gallery/stage2/step15.html")
    term = opened.locator("a.term").first
    style = "e => { const s = getComputedStyle(e, '::after'); return [s.visibility, s.content]; }"
    assert term.evaluate(style)[0] == "hidden"
    term.hover()
    assert term.evaluate(style)[0] == "visible"
    opened.mouse.move(0, 0)
    opened.locator(".take-away a").last.focus()
    opened.keyboard.press("Tab")
    assert term.evaluate("e => e === document.activeElement")
    visibility, meaning = term.evaluate(style)
    assert visibility == "visible"
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/glossary.html#*")
    entry = opened.locator(":target + p").inner_text()
    assert " ".join(entry.split()) == " ".join(meaning.strip('"').split())


def test_each_concept_lists_its_pages_and_each_page_its_concepts(site):
    listed = soup(site / "tags.html")
    for concept, names in concepts().items():
        heading = listed.find(id=f"tag:{concept.lower().replace(' ', '-')}")
        links = heading.find_next("ul").find_all("a")
        assert {a["href"] for a in links} == {f"gallery/{name}.html" for name in names}
    for name in PAGES:
        tags = {tag.get_text() for tag in page(site, name).select("a.md-tag")}
        assert tags == {concept for concept, names in concepts().items() if name in names}


def test_the_index_shows_what_teaches_a_concept(open_page):
    opened = open_page("gallery/index.html")
    assert opened.locator("ul.cards > li:visible").count() == len(PAGES)
    opened.get_by_text("total derivative", exact=True).click()
    assert opened.locator("ul.cards > li:visible strong").all_inner_texts() == ["Step 14: the same variable twice"]


def test_a_name_in_code_leads_to_its_entry_and_the_entry_back(open_page):
    opened = open_page("gallery/stage4/puzzles.html")
    opened.locator(".highlight a", has_text="linear").first.click()
    opened.wait_for_url("**/reference/arrays.html#dezero_lite.arrays.linear")
    uses = opened.locator(".doc-object", has=opened.locator("[id='dezero_lite.arrays.linear']")).locator("details.used").last
    uses.locator("summary").click()
    card = uses.locator("a[href*='puzzles']")
    expect(card.locator("svg")).to_be_visible()
    card.click()
    opened.wait_for_url("**/gallery/stage4/puzzles.html")


def test_papers_that_are_cited_stand_in_the_bibliography(site):
    known = entries(site, "bibliography.html")
    cited = {
        a["href"].split("#")[1] for name in PAGES for a in page(site, name).select('.md-content a[href*="bibliography"]')
    }
    assert {"linnainmaa-1970", "baydin-2018", "kuhn-1991"} <= cited <= known


def test_each_paper_of_the_bibliography_is_cited_where_it_is_used():
    papers, others = (ROOT / "docs" / "bibliography.md").read_text("utf-8").split("## Other ways in")
    anchor = re.compile(r"bibliography\.md#([\w-]+)|:paper:`(?:[^`<]*<)?([\w-]+)")
    sources = [*(ROOT / "gallery").rglob("*.py"), *(ROOT / "docs").glob("*.md")]
    cited = {a or b for path in sources for a, b in anchor.findall(path.read_text("utf-8"))}
    assert set(re.findall(r"\{ #([\w-]+) \}", papers)) <= cited
    assert re.findall(r"\{ #([\w-]+) \}", others)


def test_a_milestone_names_the_exercise_that_writes_the_program_of_its_page():
    known = practice.known()
    programs = {step: exercise["solution"].strip() for step, exercise in known.items()}
    text = (ROOT / "docs" / "milestones.md").read_text("utf-8")
    milestones = re.findall(r"\]\((gallery/stage\d/\w+)\.ipynb\)[^{]*\{ data-milestone=\"(\d+)\" \}", text)
    assert len(milestones) == text.count("data-milestone") > 15
    for page, step in milestones:
        cells = split_code_and_text_blocks(str(ROOT / f"{page}.py"))[1]
        heading = next(i for i, (_, content, _) in enumerate(cells) if "The program\n---" in content)
        assert programs[step].startswith(cells[heading + 1][1].strip()), page  # some write a function more


@pytest.mark.parametrize(
    "query, section",
    [("lone output bare", "step12.html#is-handing-a-lone-output-back-bare-a-good-idea"), ("runs are paths proof induction", "step15.html#proof-of-the-corollary")],
)
def test_search_lands_on_the_section_and_opens_it(open_page, query, section):
    opened, (path, anchor) = open_page(""), section.split("#")
    opened.locator("input.md-search__input").click()
    opened.keyboard.type(query)
    found = opened.locator(f".md-search-result__link[href*='{path}'][href*='#{anchor}']")
    found.first.wait_for(state="attached")
    more = opened.locator(".md-search-result__item", has=found.first).locator("summary")
    if not found.first.is_visible():
        more.first.click()
    found.first.click()
    opened.wait_for_url(re.compile(rf"{path}.*#{anchor}"))
    target = opened.locator(":target")
    expect(target).to_be_visible()
    if anchor.startswith("proof"):  # which is folded
        assert target.evaluate("e => e.closest('details').open")


# What a reader types, and where the first page found, or its first section, should be.
QUERIES = {
    "np.exp": "functions.html#dezero_lite.elementwise.Exp",  # a dot
    "__array_ufunc__": "step24.html",  # underscores
    "retain_grad": "engine.html#dezero_lite.core.Variable.retain_grad",
    "caratheodory": "step06.html#lemma-caratheodory",  # without its accent
    "genration": "step15.html",  # a typing error
    "jacobain": "glossary.html#jacobian",
    "topological sort": "glossary.html#topological-order",  # said otherwise than here
    "chain rule": "step06.html#the-chain-rule",
    "x.grad": "step14.html#why-x-grad-x-grad-gx-and-not",
}


@pytest.mark.parametrize("query", QUERIES)
def test_search_knows_what_is_meant(open_page, query):
    opened = open_page("")
    opened.locator("input.md-search__input").click()
    opened.keyboard.type(query)
    opened.locator(".md-search-result__link").first.wait_for(state="attached")
    found = opened.locator(".md-search-result__item").evaluate_all(
        "items => items.slice(0, 4).flatMap(item => [...item.querySelectorAll('a')].slice(0, 2).map(link => link.href.replace(/[?].*?(?=#|$)/, '')))"
    )
    assert any(address.endswith("/" + QUERIES[query]) for address in found), found

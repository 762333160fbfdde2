"""What matters most, in Firefox and in WebKit: nothing runs out of the page, formulas are whole, players play, and
no page complains or asks another host for anything."""

import os
import shutil
import time

import pytest
from browsers import Firefox, WebKit
from conftest import served
from test_browser import WIDTHS, paths

# Loaded before anything else: it notes what goes wrong.
WATCH = """
window.complaints = [];
for (const kind of ["error", "securitypolicyviolation"])
  addEventListener(kind, (e) => complaints.push(e.message ?? e.violatedDirective ?? `no ${e.target.src ?? e.target.href}`), true);
addEventListener("unhandledrejection", (e) => complaints.push(String(e.reason)));
for (const kind of ["error", "warn"]) console[kind] = (...words) => complaints.push(words.join(" "));
"""
WIDER = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
# A formula that goes on in a new line has parts to the left of its first.
BROKEN = """return [...document.querySelectorAll(".md-content .formula")].filter((formula) => {
    const parts = [...formula.querySelectorAll(":is(mi, mo, mn, mfrac):not(mfrac *)")].map((part) => part.getBoundingClientRect());
    return parts.length && parts.some((part) => part.width && part.left < parts[0].left - 2);
}).map((formula) => formula.textContent)"""


def soon(true, seconds=10):
    """Whether it comes true."""
    for _ in range(seconds * 10):
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def watched(site, tmp_path_factory):
    """The site, with WATCH in front of each page."""
    copy = tmp_path_factory.mktemp("watched") / "site"
    shutil.copytree(site, copy)
    (copy / "watch.js").write_text(WATCH, "utf-8")
    for page in copy.rglob("*.html"):
        text = page.read_text("utf-8").replace("<title>", '<script src="/watch.js"></script><title>', 1)
        page.write_text(text, "utf-8")
    with served(copy) as address:
        yield address


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=["firefox", "webkit"])
def other(request, tmp_path_factory):
    if request.param.missing:
        if os.environ.get("REQUIRE_TOOLS"):
            pytest.fail(f"REQUIRE_TOOLS is set, but this test {request.param.missing}")
        pytest.skip(request.param.missing)
    browser = request.param(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


def test_no_page_complains_calls_others_or_runs_out_of_the_window(other, watched, site):
    wrong = []
    for path in paths(site):
        other.open(watched + path)
        wrong += [(path, complaint) for complaint in other.run("return complaints")]
        loaded = other.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        wrong += [(path, address) for address in loaded if not address.startswith((watched, "data:", "blob:"))]
        for width in (WIDTHS[1], 768, 1024, 1280, 1920):
            other.resize(width, 900)
            if not soon(lambda: not other.run(WIDER)):  # when nothing moves any more
                wrong.append((path, f"is wider than {width} pixels"))
            wrong += [(path, f"{formula} is broken at {width}") for formula in other.run(BROKEN)]
    assert wrong == []


def test_formulas_are_in_our_font(other, watched):
    other.open(watched + "gallery/stage2/step14.html")
    assert other.run("return [...document.fonts].some((f) => f.family.includes('STIX') && f.status == 'loaded')")
    assert other.run("return document.querySelector('mfrac').getBoundingClientRect().height") > 20


def test_a_player_plays(other, watched):
    other.open(watched + "gallery/stage2/step13.html")
    moments = "return document.querySelector('dzl-player .moment')?.textContent"
    assert soon(lambda: other.run(moments))
    first = other.run(moments)
    other.run("document.querySelector('.player-controls [title=Play]').click()")
    assert soon(lambda: other.run(moments) != first)


def test_terms_are_underlined_and_explained(other, watched):
    other.open(watched + "gallery/stage2/step15.html")
    line = "return getComputedStyle(document.querySelector('a.term')).textDecorationLine"
    assert other.run(line) == "underline"
    assert other.run("return getComputedStyle(document.querySelector('a.term'), '::after').content.length") > 20

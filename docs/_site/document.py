"""What every page of the site gets last: a policy, a card for those who link to it, and less weight."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape, unescape

import minify_html

# A page may load what lies beside it, and nothing else. Scripts inside of it are Material's (the
# colour scheme has to be there before the first paint), and each is allowed by its digest.
# Material's style sheet has its icons as data.
POLICY = (
    "default-src 'self';script-src 'self'{digests};img-src 'self' data:;"
    "object-src 'none';base-uri 'self';form-action 'self'"
)
# Before Material's script: what it puts off.
THEME_SCRIPT = re.compile(r'(?=<script src="([^"]*)assets/javascripts/bundle)')
# What a validator and axe find in Material's markup: check boxes have no autocomplete, a dialog has a
# name, and so has a part of the navigation. And what no page needs.
REPAIRS = [
    (r"<input autocomplete=off( [^>]*type=checkbox)", r"<input\1"),
    (r"<script>var target=document.getElementById[^<]*</script>", ""),  # for tabs, and there are none
    (r'(class=md-search data-md-component=search) role=dialog', r"\1 role=dialog aria-label=Search"),
    (r'aria-labelledby=(__nav_[\d_]+)_label( class=md-nav [^>]*><label class=md-nav__title for=\1>'
     r'<span class="md-nav__icon md-icon"></span> ([^<]*)<)', r'aria-label="\3"\2'),
]
# By script, because from disk browsers refuse it, and complain.
PRELOAD = (
    '<script>location.protocol=="file:"||document.head.append(Object.assign(document.createElement("link"),'
    '{{rel:"preload",href:"{}assets/math.woff2",as:"font",type:"font/woff2",crossOrigin:""}}))</script>'
)
INLINE = re.compile(r"<script>(.*?)</script>", re.S)


def finish(html: str, tags: str = "", sealed: bool = True) -> str:
    """The page as it is published.

    Args:
        html: the page as the theme made it.
        tags: more for its head.
        sealed: whether it gets the policy.
    """
    if "<math" in html and (found := THEME_SCRIPT.search(html)):
        # Known of before the style sheet has come, it is there for the first paint: nothing moves.
        tags += PRELOAD.format(found[1])
    html = html.replace("</title>", f"</title>{tags}", 1)
    html = html.replace('<meta name="description"', '<meta property="og:description" name="description"')
    html = THEME_SCRIPT.sub(r'<script src="\1assets/later.js"></script>', html)
    html = re.sub(r'<meta name="generator"[^>]*>', "", html)
    html = html.replace(' xmlns="http://www.w3.org/2000/svg"', "")  # in HTML it goes without saying
    html = re.sub(r'<a class="autorefs autorefs-internal"(?: title="[^"]*")?', "<a", html)
    if "doc-object" not in html:
        html = re.sub(r'<link rel="stylesheet" href="[^"]*_mkdocstrings\.css">', "", html)
    html = minify_html.minify(html, keep_closing_tags=True, keep_html_and_head_opening_tags=True)
    html = re.sub(r"(<a [^>]*>) <span class=md-ellipsis> ([^<]*) </span> </a>", r"\1<span class=md-ellipsis>\2</span></a>", html)
    for wrong, right in REPAIRS:
        html = re.sub(wrong, right, html)
    if sealed:
        digests = "".join(f" 'sha256-{_digest(script)}'" for script in sorted(set(INLINE.findall(html))))
        policy = POLICY.format(digests=digests)
        meta = f'<meta http-equiv=content-security-policy content="{policy}">'
        html = html.replace("<meta charset=utf-8>", f"<meta charset=utf-8>{meta}", 1)
    return html


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def description(html: str) -> str | None:
    """The first paragraph of a page's content, as text for an attribute."""
    found = re.search(r"<p>(.*?)</p>", html, re.S)
    return escape(" ".join(unescape(re.sub(r"<[^>]*>", "", found[1])).split())) if found else None


def open_graph(title: str, address: str, image: str) -> str:
    """Tags by which others show a link to the page (title is escaped already).

    They take the description from where it stands.
    """
    properties = {
        "title": title, "type": "article", "url": address,
        "image": image, "image:width": "1200", "image:height": "630",
    }
    tags = [f'<meta property="og:{name}" content="{content}">' for name, content in properties.items()]
    return "".join([*tags, '<meta name="twitter:card" content="summary_large_image">'])

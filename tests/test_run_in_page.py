"""Python in the page: every block of every page gives what it gave in the build; what is edited, wrong or endless."""

import json
import os
import time

import pytest
from browsers import Firefox
from bs4 import BeautifulSoup
from conftest import PAGES
from lxml import html

# Blocks whose output is another in the page, and why.
OTHERS = {
    ("stage1/step07", "longest chain"): "how many calls wait before the first of ours depends on who calls",
}

# Runs all blocks of some pages in one worker, and keeps what came.
RUN_ALL = """
window.came = {};
const pages = PAGES, worker = new Worker(new URL("WORKER", location), { type: "module" });
const next = () => {
  const [name, blocks] = pages.shift() ?? [];
  window.now = name;
  if (name) worker.postMessage({ name, blocks, from: 0, to: blocks.length - 1, fresh: true, begun: (came[name] = []) && 0 });
  else window.all = true;
};
worker.onerror = (event) => (window.broken = event.message ?? "no worker");
worker.onmessage = ({ data }) => {
  if (data.failed) window.broken = data.failed;
  if (data.ready || data.done) next();
  if (data.result) came[now].push(data.result);
};
"""


def blocks_of(site, name):
    """The code cells of a page, as elements."""
    page = html.parse(str(site / "gallery" / f"{name}.html"))
    return page.xpath("//div[@data-cell]")


def asked(site, name):
    """What the worker is told about a page."""
    sources = [(int(cell.get("data-line")), cell.find(".//code").text_content()) for cell in blocks_of(site, name)]
    return [f"gallery/{name}.py", [[line, source, source.count("\n") + 1] for line, source in sources]]


def built(cell):
    """What the build shows of a block: its text, and its pictures (plots apart)."""
    text = "".join(pre.text_content() for pre in cell.xpath(".//div[contains(@class, 'output')]//pre"))
    found = cell.xpath(".//dzl-pair | .//dzl-player[not(ancestor::dzl-pair)] | .//div[@class='picture']/svg[not(contains(@class, 'plot'))]")
    found = [picture for picture in found if picture.tag != "svg" or not picture.xpath("ancestor::dzl-player")]
    return "".join(text.split()), [words(picture) for picture in found]


def words(picture):
    return " ".join(" ".join(picture.itertext()).split())


def shown(result):
    """The same of what came from the worker."""
    text, pictures = result["text"], []
    for item in result["shown"]:
        if "text" in item:
            text += item["text"]
            continue
        (picture,) = html.fragments_fromstring(item.get("html") or item["svg"])
        for style in picture.xpath("//style"):
            style.drop_tree()
        pictures.append(words(picture))
    return "".join(text.split()), pictures

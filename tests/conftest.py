"""The built site, and a browser, for the tests that look at it; and what is told at the end."""

import contextlib
import functools
import gc
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import graphs
import pytest
from bs4 import BeautifulSoup
from filelock import FileLock

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))  # the site's code, as _site

signal.signal(signal.SIGINT, signal.default_int_handler)  # or what tests in the background start would ignore Ctrl-C

PAGES = re.findall(r"- gallery/(\w+/\w+)\.ipynb", (ROOT / "mkdocs.yml").read_text("utf-8"))  # as in the nav
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
if not CHROMIUM and os.environ.get("REQUIRE_TOOLS"):
    raise RuntimeError("REQUIRE_TOOLS is set, but there is no Chromium: apt-get install chromium-headless-shell")


@functools.cache
def soup(path):
    """A page as a tree, which many tests look at: none changes it."""
    tree = BeautifulSoup(path.read_text("utf-8"), "lxml")
    gc.freeze()  # or whenever a test collects garbage it would go through all trees
    return tree


def mkdocs(source, *arguments, **options):
    """Start MkDocs in the checkout `source`."""
    return subprocess.Popen(
        [sys.executable, "-m", "mkdocs", *arguments],
        cwd=source,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(source)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def build(source, site):
    """Build the site of the checkout `source` strictly; the finished process, with its output."""
    process = mkdocs(source, "build", "--strict", "--site-dir", site)
    output, _ = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output)


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """A copy of the sources, without anything that was built from them; Python for the pages is fetched once for all."""
    target = tmp_path_factory.mktemp("original") / "copy"
    skipped = shutil.ignore_patterns(".git", ".venv", ".cache", "site", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, target, ignore=skipped)
    ours = ROOT / ".cache" / "python"
    ours.mkdir(parents=True, exist_ok=True)
    (target / ".cache").mkdir()
    (target / ".cache" / "python").symlink_to(ours)
    return target


@pytest.fixture(scope="session")
def site(original, tmp_path_factory):
    """The site of that copy; those who run tests side by side build it once."""
    shared = tmp_path_factory.getbasetemp()
    shared = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "site"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            folder = tmp_path_factory.mktemp("site")
            done = build(original, folder)
            assert done.returncode == 0, done.stdout
            shutil.copytree(original / ".cache", f"{shared}.cache", symlinks=True)
            shutil.copytree(folder, f"{shared}.new")
            os.rename(f"{shared}.new", shared)
        elif not (original / ".cache" / "gallery").exists():
            shutil.copytree(f"{shared}.cache", original / ".cache", ignore=lambda *_: ["python"], dirs_exist_ok=True)
    return shared


@pytest.fixture
def checkout(original, site, tmp_path_factory):
    """A copy that a test may change, with what the build of the site has kept."""
    target = tmp_path_factory.mktemp("checkout") / "copy"
    shutil.copytree(original, target, symlinks=True)
    return target


@pytest.fixture
def alone(checkout, monkeypatch):
    """Forget what was kept, and run only the scripts whose names have this in them: for what concerns no other page."""

    def alone(part):
        shutil.rmtree(checkout / ".cache" / "gallery")
        monkeypatch.setenv("ONLY", part)

    return alone


@contextlib.contextmanager
def served(folder):
    """Where a server of the folder answers, a process of its own: as threads it would be in what a test measures."""
    command = [sys.executable, "-u", "-m", "http.server", "--directory", folder, "--bind", "127.0.0.1", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield re.search(r"http://\S+/", server.stdout.readline())[0]
        finally:
            server.kill()


@pytest.fixture(scope="session")
def address(site):
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium-headless-shell, or the like on your system")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, address):
    """Open a page; what it logs or asks of other hosts fails the test at its end."""
    contexts, complaints = [], []

    def open_page(path, width=1440, scheme="light", height=900):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda r: None if r.url.startswith((address, "data:", "blob:")) else complaints.append(r.url),
        )
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def pytest_collection_finish():
    """What is there now stays: or each collection, and each search for what refers to something, goes through all tests."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session):
    """One of several processes tells what it has compared."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["compared"] = dict(graphs.compared)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node):
    """And the first hears it."""
    graphs.compared.update(getattr(node, "workeroutput", {}).get("compared", {}))


def pytest_terminal_summary(terminalreporter):
    """How many random graphs were compared."""
    if graphs.compared:
        terminalreporter.write_line(f"{graphs.compared.total()} random graphs:")
    for test, number in graphs.compared.items():
        terminalreporter.write_line(f"  {number:6} {test}")


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The record of a page with that text."""
    from _site import execute, gallery, pages, source

    monkeypatch.setattr(gallery, "SCRIPTS", tmp_path / "gallery")
    monkeypatch.setattr(gallery, "ROOT", tmp_path)
    folder = tmp_path / "gallery" / "stage1"
    folder.mkdir(parents=True)
    (folder / "dot.png").write_bytes(b"")

    def written(text, values=(), prefix="# "):
        script = gallery.Script(folder / "page.py")
        lines = "\n".join(f"{prefix}{line}".rstrip() for line in text.split("\n"))
        script.path.write_text(f'"""\nA title\n=======\n\nA summary.\n"""\n\n# %%\n{lines}\n\nx = 1\n', "utf-8")
        site = gallery.Site({"glossary.md": "", "bibliography.md": "", script.page: ""}, "https://x.example/", "git+https://r.example@main")
        return pages.make(script, source.parse(script, site), execute.Run([[]], values), "", site)

    return written

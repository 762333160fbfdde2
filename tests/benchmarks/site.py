"""How long does the site take to build? Beside Sphinx + sphinx-gallery on the same scripts.

    make bench-site

Three builds of each: cold (nothing kept), warm (nothing changed), edited (one script changed). They
take turns, and the shortest of a few rounds counts. Sphinx makes less: no diffs, no API pages, no
checks of links; formulas are left to a script in the browser.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 3
EDITED = "stage2/step14.py"

CONF = """
project = "The same scripts"
extensions = ["sphinx_gallery.gen_gallery", "sphinx.ext.mathjax"]
sphinx_gallery_conf = {
    "examples_dirs": "../gallery", "gallery_dirs": "auto", "filename_pattern": r"\\.py$", "abort_on_example_error": True
}
"""
INDEX = """
The same scripts
================

.. toctree::

   auto/index
"""


class Ours:
    def __init__(self, folder):
        skipped = shutil.ignore_patterns(".git", ".venv", ".cache", "site", "__pycache__")
        shutil.copytree(ROOT, folder, ignore=skipped)
        self.folder, self.gallery = folder, folder / "gallery"

    def forget(self):
        shutil.rmtree(self.folder / ".cache", ignore_errors=True)
        (self.folder / ".cache").mkdir()  # with what is fetched once for all builds
        (self.folder / ".cache" / "python").symlink_to(ROOT / ".cache" / "python")

    def build(self):
        run("mkdocs", "build", "--quiet", "--strict", "--site-dir", ".cache/site", cwd=self.folder)


class Sphinx:
    def __init__(self, folder):
        self.folder, self.gallery = folder / "docs", folder / "gallery"
        self.folder.mkdir(parents=True)
        shutil.copytree(ROOT / "gallery", self.gallery)

    def forget(self):
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        (self.folder / "conf.py").write_text(CONF, "utf-8")
        (self.folder / "index.rst").write_text(INDEX, "utf-8")

    def build(self):
        run("sphinx", "-q", "-b", "html", ".", "out", cwd=self.folder)


def run(*command, cwd):
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(cwd)}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def builds(maker):
    """Seconds of the three builds."""

    def timed():
        start = time.perf_counter()
        maker.build()
        return time.perf_counter() - start

    maker.forget()
    cold, warm = timed(), timed()
    with (maker.gallery / EDITED).open("a") as script:
        script.write("# One more line.\n")
    return {"cold": cold, "warm": warm, "edited": timed()}


def main():
    with tempfile.TemporaryDirectory() as temporary:
        makers = {"ours": Ours(Path(temporary, "ours")), "sphinx": Sphinx(Path(temporary, "sphinx"))}
        rounds = [{name: builds(maker) for name, maker in makers.items()} for _ in range(ROUNDS)]
    best = {
        name: {kind: min(r[name][kind] for r in rounds) for kind in ("cold", "warm", "edited")} for name in makers
    }
    print(f"{'':24} {'cold':>7} {'warm':>7} {'edited':>7}")
    for name, times in best.items():
        print(f"{name + ', seconds':24}", *(f"{seconds:7.2f}" for seconds in times.values()))
    for against in ("each", "cold"):
        ratios = [t / best["sphinx"][kind if against == "each" else "cold"] for kind, t in best["ours"].items()]
        label = "ours / sphinx" if against == "each" else "ours / sphinx, cold"
        print(f"{label:24}", *(f"{ratio:7.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()

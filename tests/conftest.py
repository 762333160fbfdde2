"""The built site, for the tests that look at it, and what is told at the end."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import graphs
import pytest

ROOT = Path(__file__).parents[1]


def build(source, site):
    """Build the site of the checkout `source` strictly; the finished process, with its output."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site],
        cwd=source,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(source)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A copy of the sources that a test may change, without anything that was built from them."""
    target = tmp_path_factory.mktemp("checkout") / "copy"
    skipped = shutil.ignore_patterns(".git", ".venv", ".cache", "site", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, target, ignore=skipped)
    return target


@pytest.fixture(scope="session")
def site(checkout, tmp_path_factory):
    """The site of that copy."""
    folder = tmp_path_factory.mktemp("site")
    done = build(checkout, folder)
    assert done.returncode == 0, done.stdout
    return folder


def pytest_terminal_summary(terminalreporter):
    """How many random graphs were compared."""
    if graphs.compared:
        terminalreporter.write_line(f"{graphs.compared.total()} random graphs:")
    for test, number in graphs.compared.items():
        terminalreporter.write_line(f"  {number:6} {test}")

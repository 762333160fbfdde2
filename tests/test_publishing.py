"""What publishes the site and makes a release: the workflows, what they run, and what a release carries."""

import re
import shutil
import subprocess
import sys
import tarfile
from email import message_from_string
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT, build

WORKFLOWS = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / ".github" / "workflows").glob("*.yml")}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_ends_in_time_alone_and_runs_what_was_pinned(name):
    flow = WORKFLOWS[name]
    assert flow["concurrency"]["group"] and flow["permissions"] == {"contents": "read"}
    for job in flow["jobs"].values():
        assert job["timeout-minutes"] <= 60 and "latest" not in job["runs-on"]
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert not [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)]


def test_the_environment_of_a_build_is_what_the_configuration_asks_for():
    asked = set(re.findall(r"!ENV \[(\w+)", (ROOT / "mkdocs.yml").read_text("utf-8")))
    gitlab = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text("utf-8"))
    assert set(WORKFLOWS["site.yml"]["jobs"]["build"]["env"]) == set(gitlab["site"]["variables"]) == asked
    assert asked <= set(re.findall(r"`(\w+)`", (ROOT / "README.md").read_text("utf-8")))


# The commands that a machine has, the packages that its distribution has, and what is installed, or said.
EVERYTHING = "chromium-headless-shell chromium firefox-esr webkit2gtk-driver xvfb default-jre-headless"
MACHINES = {
    "Debian, bare": ("", EVERYTHING, "chromium-headless-shell firefox-esr webkit2gtk-driver xvfb default-jre-headless"),
    "Debian without security": ("java Xvfb firefox-esr", EVERYTHING.split(" ", 1)[1], "chromium webkit2gtk-driver"),
    "Ubuntu for workflows": ("google-chrome firefox java Xvfb", "webkit2gtk-driver xvfb", "webkit2gtk-driver"),
    "Ubuntu, bare": ("", "webkit2gtk-driver xvfb default-jre-headless", "no such package"),
    "complete": ("chromium firefox java Xvfb WebKitWebDriver", "", ""),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_what_the_tests_need_is_installed_by_the_names_of_the_distribution(tmp_path, machine):
    commands, packages, expected = MACHINES[machine]
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "bin").mkdir()
    scripts = {**dict.fromkeys(commands.split(), "true"), "make": "true", "sudo": '"$@"'}
    scripts["apt-cache"] = f'case " {packages} " in *" $2 "*) ;; *) exit 100 ;; esac'
    scripts["apt-get"] = 'echo "$@" >>log'
    for name, script in scripts.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    for name in ("bash", "sh", "id", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    done = subprocess.run([tmp_path / ".ci" / "run"], env={"PATH": str(tmp_path / "bin")}, capture_output=True, text=True)
    assert (done.returncode != 0) == (expected == "no such package"), done.stderr
    log = (tmp_path / "log").read_text() if (tmp_path / "log").exists() else ""
    assert expected in done.stderr + log and (expected or not log)


RELEASED = {
    "dezero_lite/__init__.py": '__version__ = "1.2.3"\n',
    "CITATION.cff": "version: 1.2.3\ndate-released: 2027-01-31\n",
    "CHANGELOG.md": "# Changelog\n\n## 1.2.3, 2027-01-31\n\n- New.\n\n## 1.2.2, 2026-12-31\n\n- Old.\n",
}


@pytest.mark.parametrize(
    "file, old, new, message",
    [
        ("CHANGELOG.md", "", "", None),
        ("CHANGELOG.md", "2027-01-31", "not released yet", "needs a heading"),
        ("CHANGELOG.md", "2027-01-31", "2027-02-01", "date-released: 2027-02-01"),
        ("CITATION.cff", "1.2.3", "1.2.4", "CITATION.cff has another version"),
        ("dezero_lite/__init__.py", "1.2.3", "1x2.3", "another __version__"),
    ],
)
def test_a_release_is_dated_agrees_with_itself_and_has_its_section_as_notes(tmp_path, file, old, new, message):
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "dezero_lite").mkdir()
    for name, text in RELEASED.items():
        (tmp_path / name).write_text(text.replace(old, new) if name == file else text)
    done = subprocess.run([tmp_path / ".ci" / "release", "v1.2.3"], capture_output=True, text=True)
    assert (done.returncode != 0 and message in done.stderr) if message else done.stdout.strip() == "- New."


def test_the_source_distribution_has_the_engine_and_says_whose_it_is(tmp_path):
    copied = tmp_path / "checkout"
    shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".*", "site", "docs", "gallery", "__pycache__", "*.egg-info"))
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path, copied]
    subprocess.run(command, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sources:
        names = [Path(*Path(name).parts[1:]).as_posix() for name in sources.getnames()]
        about = message_from_string(sources.extractfile(next(n for n in sources.getnames() if n.endswith("/PKG-INFO"))).read().decode())
    assert "dezero_lite/core.py" in names and not [name for name in names if name.startswith("tests")]
    version = re.search(r'__version__ = "(.*)"', (ROOT / "dezero_lite" / "__init__.py").read_text("utf-8"))[1]
    assert about["Version"] == version and "authors" in about["Author"]
    assert {"Course", "Source", "Changelog"} == {url.split(",")[0] for url in about.get_all("Project-URL")}


def test_a_site_at_the_root_of_another_host(checkout, alone, tmp_path, monkeypatch):
    places = {"SITE_URL": "https://our.example/", "REPOSITORY_URL": "https://our.example/git", "REVISION": "v9"}
    for name, value in {**places, "EDIT_URI": "https://our.example/git/-/edit/trunk/docs/"}.items():
        monkeypatch.setenv(name, value)
    alone("step0")
    done = build(checkout, tmp_path)
    assert done.returncode == 0, done.stdout
    page = BeautifulSoup((tmp_path / "gallery" / "stage1" / "step07.html").read_text("utf-8"), "lxml")
    assert page.find("link", rel="canonical")["href"] == "https://our.example/gallery/stage1/step07.html"
    assert page.select_one('a[href$="/edit/trunk/gallery/stage1/step07.py"]')["href"].startswith("https://our.example/git/-/")
    missing = BeautifulSoup((tmp_path / "404.html").read_text("utf-8"), "lxml")
    assert {link["href"].split("/")[0] for link in missing.find_all("link", rel="stylesheet")} == {""}
    assert not [link for link in missing.select("[href^='/']") if not (tmp_path / link["href"].strip("/").split("#")[0]).exists()]
    for name in ("step07.ipynb", "step07-exercise.ipynb"):
        text = (tmp_path / "downloads" / "stage1" / name).read_text("utf-8")
        assert "git+https://our.example/git@v9" in text and "dezero-lite.github" not in text

"""How long does a reader wait who runs a block in the page? And how fast is the engine there?

    make bench-page

Of the site in site/, from a server on this machine: the first result of a browser that has nothing of it yet, from
the press of the button, the same block again, and a chain of functions in the page beside the same chain outside.
Takes turns, and the shortest of a few rounds counts.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from browsers import Firefox  # noqa: E402
from conftest import CHROMIUM, FLAGS, served  # noqa: E402

ROUNDS = 3
RESULTS = Path(__file__).with_name("page.json")
PRESS = """
const [press, state] = [PRESSED];
window.took = null;
const begin = performance.now();
const look = (changes, observer) => {
  if (!/^Ran/.test(state()?.textContent)) return;
  window.took = (performance.now() - begin) / 1000;
  observer.disconnect();
};
new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
press.click();
"""
BLOCK = "document.querySelector('.cell .run button'), () => document.querySelector('.cell .state')"
OWN = "document.querySelector('.your-program .run button'), () => document.querySelector('.your-program .state')"
CHAIN = """
import time
import numpy as np
from dezero_lite import Variable

def seconds():
    begin = time.perf_counter()
    y = x = Variable(np.array(1.5))
    for i in range(1000):
        y = y * x if i % 2 else y + x
    y.backward()
    return time.perf_counter() - begin

print(min(seconds() for _ in range(20)) / 1000 * 1e6)
"""


class Chromium:
    def __init__(self, folder):
        from playwright.sync_api import sync_playwright

        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        self.page = self.browser.new_page()
        self.open = self.page.goto

    def run(self, script):
        return self.page.evaluate(f"() => {{ {script} }}")

    def close(self):
        self.browser.close()
        self.playwright.stop()


def measured(browser, address):
    """Seconds to the first result and to the next; microseconds of a function in the page."""

    def pressed(what):
        browser.run(PRESS.replace("PRESSED", what))
        while not (took := browser.run("return window.took")):
            time.sleep(0.05)
        return took

    browser.open(f"{address}gallery/stage1/step07.html")
    first = pressed(BLOCK)
    browser.run("document.querySelector('.cell .state').textContent = ''")
    again = pressed(BLOCK)
    browser.open(f"{address}your-own-program.html")
    write = "const area = document.querySelector('.your-program textarea'); area.value = PROGRAM; area.dispatchEvent(new Event('input'));"
    browser.run(write.replace("PROGRAM", json.dumps(CHAIN)))
    pressed(OWN)
    chain = float(browser.run("return document.querySelector('.your-program .output').textContent"))
    return {"first": first, "again": again, "chain": chain}


def main():
    with served(ROOT / "site") as address:
        measure(address)


def measure(address):
    rounds = {"Chromium": [], "Firefox": [], "outside": []}
    for _ in range(ROUNDS):
        for kind in (Chromium, Firefox):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                browser = kind(Path(folder))
                try:
                    rounds[kind.__name__].append(measured(browser, address))
                finally:
                    browser.close()
        done = subprocess.run([sys.executable, "-c", CHAIN], capture_output=True, text=True, check=True)
        rounds["outside"].append({"chain": float(done.stdout)})
    best = {name: {part: round(min(r[part] for r in found), 3) for part in found[0]} for name, found in rounds.items()}
    RESULTS.write_text(json.dumps({"cores": os.cpu_count(), **best}, indent=1) + "\n", "utf-8")
    print(RESULTS.read_text("utf-8"))


if __name__ == "__main__":
    main()

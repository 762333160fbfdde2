"""Run the public tests of DeZero's basic functions against dezero_lite.

    git clone https://github.com/oreilly-japan/deep-learning-from-scratch-3 CHECKOUT
    .venv/bin/python tests/dezero_suite.py CHECKOUT

A thin map of names stands in for the package dezero; a test of a function that dezero_lite does not
have, or that compares with Chainer, is skipped. The exit code is 1 if a test fails.
"""

import os
import sys
import unittest
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np

import dezero_lite as dz

FILES = """basic_math broadcast getitem loss matmul max relu sigmoid softmax softmax_cross_entropy sum
transpose""".split()
OTHER_NAMES = {"get_item": dz.getitem}


class Map(ModuleType):
    """A module that finds its names through a function."""

    def __init__(self, name, find):
        super().__init__(name)
        self.find = find

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.find(name)


def function(name):
    found = OTHER_NAMES.get(name) or getattr(dz, name, None)
    if found is None:
        raise unittest.SkipTest(f"dezero_lite has no {name}")
    return found


def chainer(name):
    raise unittest.SkipTest("compares with Chainer")


def gradient_check(f, x, *args):
    """Theirs looks at the first argument only, as float64; the tolerances are theirs."""
    return dz.gradcheck(lambda x: f(x, *args), np.asarray(data(x), dtype=float), rtol=1e-4, atol=1e-5)


def data(x):
    return x.data if isinstance(x, dz.Variable) else x


UTILITIES = {
    "gradient_check": gradient_check,
    "array_equal": lambda a, b: np.array_equal(data(a), data(b)),
    "array_allclose": lambda a, b: np.allclose(data(a), data(b), rtol=1e-4, atol=1e-5),
}


def pretend_to_be_dezero():
    for package, find in (("dezero", function), ("chainer", chainer)):
        functions = Map(f"{package}.functions", find)
        sys.modules[f"{package}.functions"] = functions
        sys.modules[package] = Map(package, find)
        sys.modules[package].functions = functions
    sys.modules["dezero.utils"] = Map("dezero.utils", UTILITIES.__getitem__)


def main(checkout):
    pretend_to_be_dezero()
    sys.path.insert(0, str(checkout / "tests"))
    totals = np.zeros(3, int)
    reasons = Counter()
    print(f"{'passed':>27} failed skipped")
    for name in FILES:
        suite = unittest.defaultTestLoader.loadTestsFromName(f"test_{name}")
        result = unittest.TextTestRunner(open(os.devnull, "w")).run(suite)
        for test, text in result.failures + result.errors:
            print(f"{test}\n{text}")
        failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
        counts = [result.testsRun - failed - skipped, failed, skipped]
        print(f"{name:21}{counts[0]:6} {counts[1]:6} {counts[2]:7}")
        totals += counts
        reasons.update(reason for _, reason in result.skipped)
    print(f"{'together':21}{totals[0]:6} {totals[1]:6} {totals[2]:7}")
    for reason, number in reasons.items():
        print(f"{number} skipped: {reason}")
    sys.exit(bool(totals[1]))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1], "tests").is_dir():
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

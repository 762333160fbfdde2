"""Run the public tests of DeZero's basic functions against dezero_lite.

    python tests/dezero_suite.py PATH

PATH is the folder ``tests`` of a checkout of github.com/oreilly-japan/deep-learning-from-scratch-3.
A thin map of names stands in for the package dezero; a test of a function that dezero_lite does not
have, or that compares with Chainer, is skipped.
"""

import sys
import unittest
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
    """Theirs looks at the first argument only, and turns it into float64."""
    return dz.gradcheck(lambda x: f(x, *args), np.asarray(getattr(x, "data", x), dtype=float))


def data(x):
    return x.data if isinstance(x, dz.Variable) else x


UTILITIES = {
    "gradient_check": gradient_check,
    "array_equal": lambda a, b: np.array_equal(data(a), data(b)),
    "array_allclose": lambda a, b: np.allclose(data(a), data(b), rtol=1e-4, atol=1e-5),
}


def main(folder):
    modules = {
        "dezero": Map("dezero", function),
        "dezero.functions": Map("dezero.functions", function),
        "dezero.utils": Map("dezero.utils", UTILITIES.__getitem__),
        "chainer": Map("chainer", chainer),
        "chainer.functions": Map("chainer.functions", chainer),
    }
    modules["dezero"].functions = modules["dezero.functions"]
    modules["chainer"].functions = modules["chainer.functions"]
    sys.modules.update(modules)
    sys.path.insert(0, str(folder))
    suite = unittest.defaultTestLoader.loadTestsFromNames([f"test_{name}" for name in FILES])
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    reasons = sorted({reason for _, reason in result.skipped})
    for reason in reasons:
        print(f"{sum(r == reason for _, r in result.skipped):3} skipped: {reason}")
    wrong = len(result.failures) + len(result.errors)
    passed = result.testsRun - wrong - len(result.skipped)
    print(f"{passed} passed, {wrong} failed, {len(result.skipped)} skipped")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

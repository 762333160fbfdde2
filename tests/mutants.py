"""Break every rule of differentiation, one gradient at a time: does some test notice?

    make mutants

For each Function of the engine, and each gradient that its backward returns, the sign is flipped
and the value is changed by a factor: in the pass over arrays and in the differentiable one
separately. Then the tests of the functions run until the first failure. Mutants that no test
notices, and functions that no test runs, are listed as survivors; with any the exit code is 1.
"""

import contextlib
import io
import multiprocessing
import os
import sys
from pathlib import Path

import pytest

import dezero_lite
from dezero_lite import Function, Variable, core

TESTS = str(Path(__file__).with_name("test_functions.py"))
CHANGES = {"sign": -1, "factor 2": 2, "factor 1.01": 1.01}


def rules(kind=Function):
    """The classes below kind in the engine that have a backward of their own."""
    for below in kind.__subclasses__():
        if below.__module__.startswith(dezero_lite.__name__) and "backward" in vars(below):
            yield below
        yield from rules(below)


def replace_backward(kind, change):
    """Let kind.backward return ``change(gradients, differentiable)``."""
    original = vars(kind)["backward"]

    def backward(self, *gys):
        gxs = original.__get__(self, kind)(*gys)
        gxs = gxs if isinstance(gxs, tuple) else (gxs,)
        return change(gxs, isinstance(gys[0], Variable))

    kind.backward = backward


def tests_pass():
    with contextlib.redirect_stdout(io.StringIO()):
        return pytest.main(["-x", "-q", "-p", "no:cacheprovider", TESTS]) == 0


def observe():
    """How many gradients each rule was seen to return, on each path, when nothing is broken."""
    seen = {}
    for kind in rules():

        def note(gxs, differentiable, kind=kind):
            for i, gx in enumerate(gxs):
                if gx is not None:
                    seen[kind.__name__, i, differentiable] = True
            return gxs

        replace_backward(kind, note)
    assert tests_pass(), "the tests must pass before anything is broken"
    return list(seen)


def killed(mutant):
    """Whether the tests notice the mutant."""
    name, place, differentiable, factor = mutant

    def change(gxs, path):
        if path is not differentiable:
            return gxs
        return tuple(
            gx * factor if i == place and gx is not None else gx for i, gx in enumerate(gxs)
        )

    if name == "undoing broadcasting":
        fit = core._fit
        core._fit = lambda gx, *rest: fit(gx, *rest) * (
            factor if isinstance(gx, Variable) is differentiable else 1
        )
    else:
        replace_backward(next(kind for kind in rules() if kind.__name__ == name), change)
    return not tests_pass()


def main():
    context = multiprocessing.get_context("fork")
    # One task a process: whatever a mutant breaks ends with it.
    with context.Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        seen = pool.apply(observe) + [("undoing broadcasting", 0, path) for path in (False, True)]
        mutants = [(*place, factor) for place in seen for factor in CHANGES.values()]
        noticed = pool.map(killed, mutants, chunksize=1)
    survivors = [mutant for mutant, dead in zip(mutants, noticed) if not dead]
    names = {factor: name for name, factor in CHANGES.items()}
    for name, place, differentiable, factor in survivors:
        path = "differentiable pass" if differentiable else "pass over arrays"
        print(f"survived: {name}, gradient {place}, {names[factor]}, {path}")
    idle = {kind.__name__ for kind in rules()} - {name for name, *_ in seen}
    for name in sorted(idle):
        print(f"never run: {name}.backward")
    print(f"{len(mutants)} mutants of {len(set(name for name, *_ in seen))} rules, ", end="")
    print(f"{sum(noticed)} noticed; survivors: {len(survivors) + len(idle) or 'none'}")
    sys.exit(bool(survivors or idle))


if __name__ == "__main__":
    main()

"""Break every rule of differentiation, one gradient at a time: does some test notice?

    make mutants

A mutant is the engine with one gradient of one rule changed: its sign flipped, multiplied by a
factor, or cut from the graph, in the pass over arrays or in the differentiable one. Those of
test_functions.py that run the rule are run until one fails, in a process of its own. The mutants
that no test notices, and the rules that no test runs, are the survivors; with any the exit code
is 1.
"""

import multiprocessing
import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import dezero_lite
from dezero_lite import Variable, core

CHANGES = {
    "sign flipped": lambda gx: -gx,
    "times 2": lambda gx: gx * 2,
    "times 1.01": lambda gx: gx * 1.01,
    "cut from the graph": lambda gx: gx.detach() if isinstance(gx, Variable) else gx,
}
PASSES = {False: "pass over arrays", True: "differentiable pass"}
BROADCASTING = "sum_to"  # what undoes broadcasting, for all rules
tests = []  # pytest's, known to every process because it is forked


def rules(kind=core.Function):
    """The classes below kind in the engine that have a backward of their own."""
    for below in kind.__subclasses__():
        if below.__module__.startswith(dezero_lite.__name__) and "backward" in vars(below):
            yield below
        yield from rules(below)


def intercept(change):
    """Let ``change(rule, place, differentiable, gx)`` be each gradient gx that a rule returns."""
    differentiable = False  # which pass it is: the gradient may be an array in both

    def note_the_pass(kind):
        pull = kind.pull

        def noting(self, gy, create_graph):
            nonlocal differentiable
            differentiable = create_graph
            return pull(self, gy, create_graph)

        kind.pull = noting

    note_the_pass(core.Function), note_the_pass(dezero_lite.Function)

    def replace(kind):
        rule = vars(kind)["backward"]

        def backward(self, *gys):
            gxs = rule.__get__(self, kind)(*gys)
            gxs = gxs if isinstance(gxs, tuple) else (gxs,)
            return tuple(
                gx if gx is None else change(kind.__name__, i, differentiable, gx)
                for i, gx in enumerate(gxs)
            )

        kind.backward = backward

    for kind in rules():
        replace(kind)
    fit = core.implementations[BROADCASTING]
    core.implementations[BROADCASTING] = lambda gx, shape: change(BROADCASTING, 0, isinstance(gx, Variable), fit(gx, shape))


def run(test):
    test.obj(**(test.callspec.params if hasattr(test, "callspec") else {}))


def tests_by_gradient():
    """For each (rule, place, differentiable) the positions of the tests that compute it."""
    seen = defaultdict(list)
    number = None

    def note(*gradient):
        *key, gx = gradient
        if number not in seen[tuple(key)][-1:]:
            seen[tuple(key)].append(number)
        return gx

    intercept(note)
    for number, test in enumerate(tests):
        run(test)
    return dict(seen)


def noticed(mutant):
    """Whether one of the tests fails when the mutant is at work."""
    gradient, change, numbers = mutant
    intercept(lambda *at: CHANGES[change](at[-1]) if at[:-1] == gradient else at[-1])
    np.seterr(all="ignore")
    for number in numbers:
        try:
            run(tests[number])
        except (Exception, pytest.fail.Exception):
            return True
    return False


class Collect:
    """A plugin that takes the tests from pytest instead of letting it run them."""

    def pytest_runtestloop(self, session):
        tests.extend(test for test in session.items if not test.get_closest_marker("xfail"))
        return True


def main():
    path = str(Path(__file__).with_name("test_functions.py"))
    pytest.main(["-qq", "-p", "no:cacheprovider", path], plugins=[Collect()])

    context = multiprocessing.get_context("fork")
    # One task a process: whatever a mutant breaks ends with it.
    with context.Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        seen = pool.apply(tests_by_gradient)
        mutants = [
            (gradient, change, numbers)
            for gradient, numbers in sorted(seen.items())
            for change in CHANGES
            if change != "cut from the graph" or gradient[-1]  # only there is a graph
        ]
        dead = pool.map(noticed, mutants, chunksize=1)

    broken = {rule for rule, *_ in seen}
    idle = sorted({kind.__name__ for kind in rules()} - broken)
    survivors = [mutant for mutant, found in zip(mutants, dead) if not found]
    for (rule, place, differentiable), change, _ in survivors:
        print(f"survived: {rule}, gradient {place}, {change}, {PASSES[differentiable]}")
    for rule in idle:
        print(f"never run: {rule}.backward")
    print(f"{len(mutants)} mutants of {len(broken)} rules, {sum(dead)} noticed by {len(tests)} tests")
    print(f"survivors: {len(survivors) + len(idle) or 'none'}")
    sys.exit(bool(survivors or idle))


if __name__ == "__main__":
    main()

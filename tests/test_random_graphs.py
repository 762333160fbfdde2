"""Gradients of random graphs, against complex-step differentiation (graphs.py)."""

import os

import numpy as np
from graphs import programs
from hypothesis import given, settings

import dezero_lite as dz
from dezero_lite import Variable

settings.register_profile("quick", max_examples=150, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@given(programs())
def test_gradients_equal_complex_step(program):
    leaves = [Variable(x.copy()) for x in program.leaves]
    program.run(leaves, True)[0].backward()
    for leaf, expected in zip(leaves, program.oracle()):
        found = np.zeros_like(leaf.data) if leaf.grad is None else leaf.grad
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


@given(programs())
def test_the_order_is_by_generation_and_each_function_runs_once(program):
    total, _ = program.run([Variable(x) for x in program.leaves], True)
    turns = dz.trace(total)
    generations = [turn.function.generation for turn in turns]
    assert generations == sorted(generations, reverse=True)
    assert len({id(turn.function) for turn in turns}) == len(turns)


@given(programs())
def test_every_variable_has_the_gradient_that_the_total_has_by_it(program):
    """Cutting the graph at a variable gives the same gradient by it as passing through."""
    leaves = [Variable(x.copy()) for x in program.leaves]
    total, values = program.run(leaves, True)
    total.backward()
    found = dz.gradients(total, tuple(values))
    for value, gradient in zip(values, found):
        grad = np.zeros_like(value.data) if value.grad is None else value.grad
        np.testing.assert_array_equal(grad, gradient)


@given(programs(most_steps=4))
def test_second_derivatives_equal_differences_of_first(program):
    rng = np.random.default_rng(0)
    directions = [rng.standard_normal(x.shape) for x in program.leaves]

    def directional(leaves):
        """The first derivative along the directions, as a variable."""
        total, _ = program.run(leaves, True)
        firsts = dz.gradients(total, tuple(leaves), create_graph=True)
        return sum(((g * d).sum() for g, d in zip(firsts, directions)), Variable(np.zeros(())))

    leaves = [Variable(x.copy()) for x in program.leaves]
    directional(leaves).backward()
    second = sum(
        float(np.sum(leaf.grad * d)) for leaf, d in zip(leaves, directions) if leaf.grad is not None
    )
    eps = 1e-5
    above, below = (
        directional([Variable(np.array(x + s * d)) for x, d in zip(program.leaves, directions)]).data
        for s in (eps, -eps)
    )
    expected = (above - below) / (2 * eps)
    assert abs(second - expected) <= 1e-4 * max(1, abs(expected))

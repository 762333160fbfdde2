"""Gradients of random graphs, against complex-step differentiation (graphs.py) and PyTorch."""

import os

import numpy as np
import pytest
from graphs import on_random_graphs
from hypothesis import settings

import dezero_lite as dz
from dezero_lite import Variable

try:
    import torch
except ImportError:
    torch = None

settings.register_profile("quick", max_examples=150, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@on_random_graphs()
def test_gradients_equal_complex_step(program):
    leaves = [Variable(x.copy()) for x in program.leaves]
    program.run(leaves, dz)[0].backward()
    for leaf, expected in zip(leaves, program.oracle()):
        found = np.zeros_like(leaf.data) if leaf.grad is None else leaf.grad
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


@on_random_graphs()
def test_the_order_is_by_generation_and_each_function_runs_once(program):
    total, _ = program.run([Variable(x) for x in program.leaves], dz)
    turns = dz.trace(total)
    generations = [turn.function.generation for turn in turns]
    assert generations == sorted(generations, reverse=True)
    assert len({id(turn.function) for turn in turns}) == len(turns)


@on_random_graphs()
def test_every_variable_has_the_gradient_that_the_total_has_by_it(program):
    """Cutting the graph at a variable gives the same gradient by it as passing through."""
    leaves = [Variable(x.copy()) for x in program.leaves]
    total, values = program.run(leaves, dz)
    total.backward()
    found = dz.gradients(total, tuple(values))
    for value, gradient in zip(values, found):
        grad = np.zeros_like(value.data) if value.grad is None else value.grad
        np.testing.assert_array_equal(grad, gradient)


@on_random_graphs(most_steps=4)
def test_second_derivatives_equal_differences_of_first(program):
    rng = np.random.default_rng(0)
    directions = [rng.standard_normal(x.shape) for x in program.leaves]

    def directional(leaves):
        """The first derivative along the directions, as a variable."""
        total, _ = program.run(leaves, dz)
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


@pytest.mark.skipif(torch is None, reason="PyTorch is not installed: pip install torch")
@on_random_graphs()
def test_first_and_second_derivatives_equal_those_of_pytorch(program):
    rng = np.random.default_rng(0)
    directions = [rng.standard_normal(x.shape) for x in program.leaves]

    ours = [Variable(x.copy()) for x in program.leaves]
    firsts = dz.gradients(program.run(ours, dz)[0], tuple(ours), create_graph=True)
    along = sum(((g * d).sum() for g, d in zip(firsts, directions)), Variable(np.zeros(())))
    seconds = dz.gradients(along, tuple(ours))

    theirs = [torch.tensor(x, requires_grad=True) for x in program.leaves]
    options = {"create_graph": True, "allow_unused": True, "materialize_grads": True}
    expected = torch.autograd.grad(program.run(theirs, torch)[0], theirs, **options)
    along = sum((g * torch.tensor(d)).sum() for g, d in zip(expected, directions))
    twice = [torch.zeros_like(x) for x in theirs]  # a linear graph has no second derivatives
    if along.requires_grad:
        twice = torch.autograd.grad(along, theirs, **options)

    for found, wanted in zip(firsts, expected):
        np.testing.assert_allclose(found.data, wanted.detach().numpy(), rtol=1e-9, atol=1e-10)
    for found, wanted in zip(seconds, twice):
        np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-8, atol=1e-9)

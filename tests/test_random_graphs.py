"""Derivatives of random graphs, against dual and complex numbers (graphs.py)."""

import os
from collections import Counter

import numpy as np
import pytest
from graphs import FEATURES, on_random_graphs, programs
from hypothesis import given, settings

import dezero_lite as dz
from dezero_lite import Variable, authors, core, fast


settings.register_profile("quick", max_examples=300, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def test_the_programs_have_in_them_what_is_hard():
    found = Counter()

    @settings(max_examples=1000, derandomize=True)
    @given(programs())
    def look(program):
        found.update(program.features())

    look()
    assert {feature for feature, number in found.items() if number >= 5} == FEATURES


def directions_for(program):
    """A fixed direction for each leaf, along which the second derivatives are taken."""
    rng = np.random.default_rng(0)
    return [np.array(rng.standard_normal(leaf.shape)) for leaf in program.leaves]


def assert_equal(found, expected, rtol=1e-9):
    for gradient, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(gradient, wanted, rtol=rtol, atol=rtol, strict=True)


def first_and_second(program):
    """By the differentiable pass: the gradient, and the Hessian times the directions."""
    leaves = tuple(Variable(x.copy()) for x in program.leaves)
    firsts = dz.gradients(program.run(leaves, dz)[0], leaves, create_graph=True)
    along = Variable(np.zeros(()))
    for g, d in zip(firsts, directions_for(program)):
        along = along + (g * d).sum()
    return [g.data for g in firsts], dz.gradients(along, leaves)


@on_random_graphs
def test_gradients_equal_the_oracle(program):
    leaves = [Variable(x.copy()) for x in program.leaves]
    program.run(leaves, dz)[0].backward()
    grads = [np.zeros_like(leaf.data) if leaf.grad is None else leaf.grad for leaf in leaves]
    assert_equal(grads, program.oracle(directions_for(program))[0])


@on_random_graphs
def test_first_and_second_derivatives_equal_the_oracle(program):
    firsts, seconds = first_and_second(program)
    expected = program.oracle(directions_for(program))
    assert_equal(firsts, expected[0])
    assert_equal(seconds, expected[1], rtol=1e-8)


@on_random_graphs
def test_the_order_is_by_generation_and_each_function_runs_once(program):
    ran = []
    with pytest.MonkeyPatch.context() as patch:
        for kind in (core.Function, dz.Function, authors.Part):
            pull = vars(kind)["pull"]
            patch.setattr(kind, "pull", lambda f, *gradient, pull=pull: ran.append(f) or pull(f, *gradient))
        program.run([Variable(x) for x in program.leaves], dz)[0].backward()
    generations = [f.generation for f in ran]
    assert generations == sorted(generations, reverse=True)
    assert len(set(ran)) == len(ran) > 0


@on_random_graphs
def test_backward_and_gradients_agree_on_every_variable(program):
    leaves = [Variable(x.copy()) for x in program.leaves]
    total, values = program.run(leaves, dz)
    for value in values:
        value.retain_grad()
    total.backward()
    found = dz.gradients(total, tuple(values))
    for value, gradient in zip(values, found):
        grad = np.zeros_like(value.data) if value.grad is None else value.grad
        np.testing.assert_array_equal(grad, gradient)


@on_random_graphs
def test_the_short_way_gives_the_same_graph_and_the_same_derivatives(program):
    """fast.py does what the heart does: with the heart's own call and operators in its place all is as it was."""

    def results():
        leaves = [Variable(x.copy()) for x in program.leaves]
        total, values = program.run(leaves, dz)
        graph = [(f.label, f.generation, f.inputs) for f in dz.graph(total).functions]
        return graph, [*(v.data for v in values), *dz.gradients(total, leaves)]

    graph, arrays = results()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.Function, "__call__", fast.slowly)
        for name, f in dict(add=np.add, sub=np.subtract, mul=np.multiply, truediv=np.divide).items():
            patch.setattr(Variable, f"__{name}__", lambda v, other, f=f: core.implementations[f](v, other))
            patch.setattr(Variable, f"__r{name}__", lambda v, other, f=f: core.implementations[f](other, v))
        other_graph, others = results()
    assert graph == other_graph
    assert_equal(arrays, others, rtol=1e-12)  # not to the last bit: NumPy has other loops for numbers

"""The same random graphs beside PyTorch. `make nightly` runs this, where PyTorch is installed."""

import torch
from graphs import on_random_graphs
from test_random_graphs import assert_equal, directions_for, first_and_second


@on_random_graphs
def test_first_and_second_derivatives_equal_those_of_pytorch(program):
    leaves = [torch.tensor(x, requires_grad=True) for x in program.leaves]
    options = {"create_graph": True, "allow_unused": True, "materialize_grads": True}
    expected = torch.autograd.grad(program.run(leaves, torch)[0], leaves, **options)
    along = sum((g * torch.tensor(d)).sum() for g, d in zip(expected, directions_for(program)))
    twice = [torch.zeros_like(x) for x in leaves]  # a linear graph has no second derivatives
    if along.requires_grad:
        twice = torch.autograd.grad(along, leaves, **options)

    firsts, seconds = first_and_second(program)
    assert_equal(firsts, [g.detach().numpy() for g in expected])
    assert_equal(seconds, [g.detach().numpy() for g in twice], rtol=1e-8)

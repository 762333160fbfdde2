"""Graphs and backward passes as data, and their pictures."""

import numpy as np
from lxml import etree

import dezero_lite as dz
from dezero_lite import Variable, graph, square, trace


def example():
    x = Variable(np.array(2.0), name="x")
    a = square(x)
    return x, a, square(a) + square(a)


def test_nodes_edges_and_generations():
    x, a, y = example()
    g = graph(y, names={"a": a, "y": y})
    assert [(f.label, f.generation) for f in g.functions] == [
        ("Square", 0), ("Square", 1), ("Square", 1), ("Add", 2),
    ]  # fmt: skip
    assert sorted((v.label, v.generation) for v in g.variables) == [
        ("", 2), ("", 2), ("a", 1), ("x", 0), ("y", 3),
    ]  # fmt: skip
    assert len(g.edges) == 5 + 4
    assert g.describe().startswith("Square, generation 0, takes x, gives a.")


def test_the_trace_is_the_backward_pass():
    x, a, y = example()
    turns = trace(y)
    assert [(type(t.function).__name__, len(t.ready)) for t in turns] == [
        ("Add", 1), ("Square", 2), ("Square", 2), ("Square", 1),
    ]  # fmt: skip
    assert all(t.ready[0] is t.function for t in turns)
    assert [g.item() for t in turns for g in t.gys] == [1, 1, 1, 16]
    assert [g.item() for t in turns for g in t.gxs] == [1, 1, 8, 8, 64]
    assert x.grad is a.grad is y.grad is None


def test_other_engines_are_drawn_by_their_attribute_names():
    class V:
        def __init__(self, data, creator=None):
            self.data, self.creator = data, creator

    class F:
        def __init__(self, input):
            self.input, self.output = input, V(input.data * 2, self)

    x = V(np.array(1.0))
    y = F(F(x).output).output
    g = graph(y, names={"x": x, "y": y}, values=True)
    assert [(f.label, f.generation) for f in g.functions] == [("F", 0), ("F", 1)]
    assert "y: 4" in g.describe()
    # Generations are no word of an engine that does not count them.
    assert "generation" not in g.describe() + g._repr_svg_()


def texts(svg):
    return [element.text for element in etree.fromstring(svg).iter("{*}text")]


def test_the_picture_says_what_the_graph_says():
    x, a, y = example()
    g = graph(y, names={"a": a, "y": y}, values=True, grads=True, local={"Square": "2x", "Add": ("1", "1")})
    svg = g._repr_svg_()
    for word in ("x", "a", "y", "Square", "Add", "2x", "grad 64", "grad 16", "32", "generation 0"):
        assert word in texts(svg)
    assert etree.fromstring(svg).get("aria-label") == g.describe()
    assert svg == g._repr_svg_()
    assert 'v0 -> f0 [label="2x"]' in g.to_dot()


def test_several_outputs_constants_and_a_leaf():
    class Split(dz.Function):
        def forward(self, x):
            return x + 1, x * 2

        def backward(self, gy0, gy1):
            return gy0 + 2 * gy1

    x = Variable(np.array(2.0), name="<x>")
    a, b = Split()(x)
    g = graph(a, b, names={"a": a, "b": b})
    assert [len(f.outputs) for f in g.functions] == [2]
    assert "&lt;x&gt;" in g._repr_svg_()
    assert graph(x).functions == ()
    assert "The variable" in graph(x)._repr_svg_()
    assert len(graph(a + np.ones(3)).functions) == 2


def test_a_large_graph_is_summed_up():
    y = Variable(np.array(0.0))
    for _ in range(5000):
        y = y + 1
    svg = graph(y)._repr_svg_()
    assert "A graph of 5000 functions (5000 Add)" in svg
    assert len(svg) < 4000


def test_the_engines_own_pass_is_played_without_touching_a_grad():
    x, a, y = example()
    played = dz.play(y, names={"a": a, "y": y})
    assert x.grad is a.grad is y.grad is None
    order = [played.graph.functions[turn[0].running].generation for turn in played.turns()[1:]]
    assert order == [2, 1, 1, 0]
    names = played.graph.names()
    assert dict(zip(names, played.moments[-1].grads)) == {"x": "64", "a": "16", "v2": "1", "v3": "1", "y": "1"}
    assert "a.grad = 8 + 8 = 16." in [m.text for m in played.moments]
    assert 'class="code"' not in played._repr_html_()


def test_any_pass_of_the_engine_can_be_played():
    w, b = Variable(np.ones((2, 3)), "w"), Variable(np.arange(3.0), "b")
    y = (dz.tanh(w[0] * 2 + b) @ np.ones((3, 1)) + dz.concatenate([b, w[1]]).mean()).sum()
    played = dz.play(y)
    y.backward()
    for v in (w, b):
        found = played.moments[-1].grads[played.graph.names().index(v.name)]
        assert found == dz.drawing.short(v.grad)
    assert len(played.turns()) - 1 == len(played.graph.functions)
    leaf = Variable(np.array(2.0))
    assert [m.text for m in dz.play(leaf).moments] == ["v0.grad = 1."]

"""Graphs and backward passes as data, and their pictures."""

import numpy as np
from lxml import etree

import dezero_lite as dz
from dezero_lite import Variable, graph, square


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
    assert g.describe().startswith("Square, generation 1, takes x, gives a.")


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


def test_constants_and_a_leaf():
    x = Variable(np.array(2.0), name="<x>")
    assert "&lt;x&gt;" in graph(x * 2)._repr_svg_()
    assert graph(x).functions == ()
    assert "The variable" in graph(x)._repr_svg_()
    assert len(graph(x + np.ones(3)).functions) == 1


PROGRAM = """
class Variable:
    creator = None
    generation = 0

    def __init__(self, data):
        self.data = np.asarray(data)

    def backward(self):
        return backward_pass(self)


class Square:
    def __init__(self, x):
        self.parents = (x if x.creator is None else x.creator, None)  # and a constant
        self.generation = 1 + x.generation
        self.xs = x.data, 2

    def forward(self, x, two):
        return x ** two

    def backward(self, gy):
        return 2 * self.xs[0] * gy, None


def square(x):
    f = Square(x)
    y = Variable(f.forward(*f.xs))
    y.creator, y.generation = f, f.generation
    return y


def backward_pass(y):
    gradients, waiting, found = {y.creator: np.array(1.0)}, [y.creator], {}
    while waiting:
        place = waiting.pop()
        gy = gradients.pop(place)
        if place.generation == 0:
            found[place] = gy
            continue
        gxs = place.backward(gy)
        parent = place.parents[0]
        gradients[parent] = gxs[0]
        waiting.append(parent)
    return found
"""


def test_of_functions_that_know_only_places_all_is_shown_that_some_function_kept(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    its = {"np": np, "__name__": "program"}
    exec(compile(PROGRAM, str(file), "exec"), its)
    x = its["Variable"](3.0)
    y = its["square"](its["square"](x))
    g = graph(y, names={"x": x, "y": y}, values=True)
    assert g.describe() == (
        "Square, generation 1, takes x, gives v1. Square, generation 2, takes v1, gives y. x: 3. v1: 9. y: 81."
    )
    played = dz.play(y, names={"x": x, "y": y})
    assert [m.text for m in played.turns()[-1]] == [
        "Turn 3: x is taken out of the table, with 108.", "The pass has found 108 for x.",
    ]  # fmt: skip
    assert [played.waits(turn[-1]) for turn in played.turns()] == [["y: 1"], ["v1: 18"], ["x: 108"], []]
    assert played.code[0] == "def backward_pass(y):" and not hasattr(x, "grad")


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
    order = [played.graph.functions[turn[0].running].generation for turn in played.turns()[1:-1]]
    assert order == [2, 1, 1, 0]
    names = played.graph.names()
    assert dict(zip(names, played.moments[-1].grads)) == {"x": "found 64", "a": "sent 16", "v2": "sent 1", "v3": "sent 1", "y": "sent 1"}
    assert "The table has for a: 8 + 8 = 16." in [m.text for m in played.moments]
    assert 'class="code"' not in played._repr_html_()


class Powers(dz.Function):
    def forward(self, x):
        return x, x * x, x**3

    def backward(self, *gys):
        (x,) = self.xs
        return gys[0] + gys[1] * 2 * x + gys[2] * 3 * x * x


def test_a_function_with_several_outputs_is_one_function():
    x = Variable(np.array(2.0), name="x")
    a, b, _ = Powers()(x)
    y = b * a + b
    g = graph(y, names={"a": a, "b": b}, grads=True)
    assert [(f.label, [g.names()[i] for i in f.outputs]) for f in g.functions][0] == ("Powers", ["a", "b"])
    assert [f.label for f in g.functions] == ["Powers", "Multiply", "Add"]
    assert [(v.label, v.generation, v.grad) for v in g.variables[:3]] == [("x", 0, 16), ("a", 2, 4), ("b", 2, 3)]
    assert a.generation == b.generation == 2
    text = " ".join(moment.text for moment in dz.play(y).moments)
    assert "Powers runs, with the gradients of its outputs. The table has for x: 16." in text


def test_any_pass_of_the_engine_can_be_played():
    w, b = Variable(np.ones((2, 3)), "w"), Variable(np.arange(3.0), "b")
    y = (dz.tanh(w[0] * 2 + b) @ np.ones((3, 1)) + dz.concatenate([b, w[1]]).mean()).sum()
    played = dz.play(y)
    y.backward()
    for v in (w, b):
        found = played.moments[-1].grads[played.graph.names().index(v.name)]
        assert found == "found " + dz.pictures.drawing.short(v.grad)
    assert len(played.turns()) - 1 == len(played.graph.functions) + 2
    leaf = Variable(np.array(2.0))
    assert dz.play(leaf).moments[-1].text == "The pass has found 1 for v0."

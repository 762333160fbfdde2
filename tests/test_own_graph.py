""""Your own graph" in a browser: against the engine, and against the programs of the steps in right and wrong orders."""

import math
import random
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from conftest import ROOT
from playwright.sync_api import expect

import dezero_lite as dz
from _site.exercises import practice

PROGRAMS = {step: exercise["solution"] for step, exercise in practice.known().items()}
CODE = {step: compile(PROGRAMS[step], step, "exec") for step in ("14", "16")}
NUMBERS = 1000  # random programs
NAMED = ["sin", "cos", "tan", "tanh", "exp", "log", "sqrt", "abs", "relu", "sigmoid"]
ORDERS = ["newest", "newest-once", "oldest-once", "generation"]

# --------------------------------------------------------------------------------- random programs
# A program is a list of calls (kind, inputs): an input is a name, or a number. As text it is what a
# reader would type; each of its values has a name.


def random_program(rng):
    names, calls = ["x", "y"], []
    for i in range(rng.randrange(1, 8)):
        near = names[-3:] if rng.random() < 0.7 else names
        a, b = rng.choice(near), rng.choice(near)
        kind = rng.choice("+-*/^+*+*±" if rng.random() < 0.5 else ["square", "square", *NAMED])
        if kind == "^":
            inputs = [a, rng.choice([2, 3, 0.5, -1])]
        elif kind in "+-*/" and rng.random() < 0.15:
            inputs = rng.sample([a, rng.choice([2, 0.5, 3])], 2)
        else:
            inputs = [a, b] if kind in "+-*/" else [a]
        calls.append((kind, inputs))
        names.append(f"n{i}")
    return calls


def as_text(calls, rng):
    def written(kind, inputs):
        if kind == "±":
            return f"-{inputs[0]}"
        return f"{inputs[0]} {kind} {inputs[1]}" if len(inputs) == 2 else f"{kind}({inputs[0]})"

    lines = [f"n{i} = {written(*call)}" for i, call in enumerate(calls)]
    if rng.random() < 0.5:
        lines[-1] = lines[-1].split(" = ")[1]  # the result needs no name
    return rng.choice(["; ", "\n", " ;\n"]).join(lines)


VALUES = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power, "±": np.negative,
    **{name: getattr(np, name) for name in ("square", *NAMED) if hasattr(np, name)},
    "relu": lambda u: np.maximum(u, 0), "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
}  # fmt: skip


def partials(kind, values, y):
    """The derivatives by the inputs; written down here once more, to have something to compare with."""
    u, v = (*values, None)[:2]
    return {
        "+": lambda: (1.0, 1.0), "-": lambda: (1.0, -1.0), "*": lambda: (v, u), "/": lambda: (1 / v, -u / v**2),
        "^": lambda: (v * u ** (v - 1), math.nan), "±": lambda: (-1.0,), "square": lambda: (2 * u,), "sin": lambda: (np.cos(u),),
        "cos": lambda: (-np.sin(u),), "tanh": lambda: (1 - y * y,), "exp": lambda: (y,), "log": lambda: (1 / u,), "sqrt": lambda: (0.5 / y,),
        "tan": lambda: (1 + y * y,), "abs": lambda: (np.sign(u),), "relu": lambda: (float(u > 0),), "sigmoid": lambda: (y * (1 - y),),
    }[kind]()  # fmt: skip


def behind(calls):
    """The calls that the last one was made from, in their order."""
    wanted = {f"n{len(calls) - 1}"}
    for i in reversed(range(len(calls))):
        if f"n{i}" in wanted:
            wanted |= {name for name in calls[i][1] if isinstance(name, str)}
    return [i for i in range(len(calls)) if f"n{i}" in wanted]


def in_the_course(step, calls, x, y):
    """The graph of a program, made with the classes of a step: variables by name, functions, and who has run."""
    names, ran = {}, []
    exec(CODE[step], names)
    Variable, Function = names["Variable"], names["Function"]

    class Call(Function):
        def __init__(self, kind, inputs):
            self.kind, self.given = kind, inputs

        def whole(self, xs):
            xs = iter(xs)
            return [next(xs) if isinstance(part, str) else np.float64(part) for part in self.given]

        def forward(self, *xs):
            return VALUES[self.kind](*self.whole(xs))

        def backward(self, gy):
            ran.append(self)
            values = self.whole([v.data[()] for v in self.inputs])
            y = VALUES[self.kind](*values)
            found = zip(self.given, partials(self.kind, values, y))
            return tuple(np.asarray(gy * d) for part, d in found if isinstance(part, str))

    variables = {"x": Variable(np.array(x)), "y": Variable(np.array(y))}
    for i, (kind, inputs) in enumerate(calls):
        f = Call(kind, inputs)
        variables[f"n{i}"] = f(*(variables[name] for name in inputs if isinstance(name, str)))
    return variables, ran


def once(result, place):
    """Step 14's loop with a `seen` set, taking functions from a place of the list."""
    result.grad = np.ones_like(result.data)
    funcs, seen = [result.creator], {result.creator}
    while funcs:
        f = funcs.pop(place)
        for v, gx in zip(f.inputs, f.backward(f.outputs[0].grad)):
            v.grad = gx if v.grad is None else v.grad + gx
            if v.creator is not None and v.creator not in seen:
                seen.add(v.creator)
                funcs.append(v.creator)


def chosen(result, rng, functions, most=30):
    """A reader's pass: functions wait at most once, and whoever plays takes one; which, and what came of it."""
    result.grad = np.ones_like(result.data)
    funcs, choices = [result.creator], []
    while funcs and len(choices) < most:
        f = funcs.pop(rng.randrange(len(funcs)))
        choices.append(functions.index(f))
        for v, gx in zip(f.inputs, f.backward(f.outputs[0].grad)):
            v.grad = gx if v.grad is None else v.grad + gx
            if v.creator is not None and v.creator not in funcs:
                funcs.append(v.creator)
    return choices


def ends(variables, ran):
    return [None if variables[name].grad is None else float(variables[name].grad) for name in "xy"] + [len(ran)]


def expected_of(calls, x, y, rng):
    """What the page should find: value, generation, gradients; x.grad, y.grad and the runs in each order."""
    X, Y = dz.Variable(np.array(x)), dz.Variable(np.array(y))
    engine = {"x": X, "y": Y}
    of = {"+": dz.add, "-": dz.subtract, "*": dz.multiply, "/": dz.divide, "^": dz.power, "±": lambda v: -v}
    for i, (kind, inputs) in enumerate(calls):
        f = of.get(kind) or getattr(dz, "absolute" if kind == "abs" else kind)
        engine[f"n{i}"] = f(*(engine[part] if isinstance(part, str) else part for part in inputs))
    result = engine[f"n{len(calls) - 1}"]
    result.backward()
    found = {"value": float(result.data), "generation": result.generation}
    found["derivatives"] = [None if v.grad is None else float(v.grad) for v in (X, Y)]
    last = f"n{len(calls) - 1}"
    for order in ORDERS:
        variables, ran = in_the_course("16" if order == "generation" else "14", calls, x, y)
        if order.endswith("once"):
            once(variables[last], 0 if order == "oldest-once" else -1)
        else:
            variables[last].backward()
        found[order] = ends(variables, ran)
    variables, ran = in_the_course("14", calls, x, y)
    functions = [variables[f"n{i}"].creator for i in behind(calls)]
    found["choices"] = chosen(variables[last], rng, functions)
    found["own"] = ends(variables, ran)
    return found


IN_THE_PAGE = """programs => programs.map(([text, x, y, choices]) => {
    const graph = graphOf(text, x, y);
    const of = (gradients) => ["x", "y"].map((name) => gradients.get(graph.leaves.find((v) => v.label === name)) ?? null);
    const found = { value: graph.result.value, generation: graph.result.generation };
    found.derivatives = of(reverse(graph).gradients);
    found.forward = ["x", "y"].map((name) => graph.leaves.find((v) => v.label === name)).map((v) => (v ? forward(graph, v).derivative : null));
    for (const order of ["newest", "newest-once", "oldest-once", "generation", "own"]) {
        const { grads, ran } = backward(graph, order, choices);
        found[order] = [...of(grads), ran.length];
    }
    return found;
})"""


@pytest.mark.filterwarnings("ignore")
def test_a_thousand_random_programs_end_as_in_the_engine_and_in_the_steps(open_page):
    rng = random.Random(0)
    programs, expected, wrong = [], [], dict.fromkeys(ORDERS, 0)
    with np.errstate(all="ignore"):
        while len(programs) < NUMBERS:
            calls = random_program(rng)
            used = {part for i in behind(calls) for part in calls[i][1]}
            x, y = round(rng.uniform(-1.5, 2), 3), round(rng.uniform(0.2, 2), 3)
            if not {"x", "y"} & used or any(v == 0 for v in (x, y)):
                continue
            found = expected_of(calls, x, y, rng)
            nan = any(g is not None and math.isnan(g) for g in found["generation"][:2])
            if nan and {kind for kind, _ in calls} & {"relu", "abs"}:
                continue  # where they choose, the engine sends 0 on, and a product of 0 and infinity is none
            programs.append([as_text(calls, rng), x, y, found["choices"]])
            expected.append(found)
            for order in ORDERS:
                wrong[order] += found[order][:2] != found["derivatives"]
    assert max(e["newest"][2] for e in expected) < 400  # where the page stops
    page = open_page("your-own-graph.html")
    for (text, x, y, choices), right, found in zip(programs, expected, page.evaluate(IN_THE_PAGE, programs)):
        for key in ["value", "generation", "derivatives", *ORDERS, "own"]:
            assert near(found[key], right[key]), (text, x, y, choices, key, found[key], right[key])
        finite = all(g is None or math.isfinite(g) for g in right["derivatives"])
        assert not finite or near(found["forward"], right["derivatives"]), (text, x, y)
    finite = sum(all(g is None or math.isfinite(g) for g in e["derivatives"]) for e in expected)
    assert finite > 0.8 * NUMBERS
    assert all(wrong[order] > 100 for order in ORDERS if order != "generation"), wrong


def near(a, b):
    if isinstance(a, list):
        return len(a) == len(b) and all(map(near, a, b))
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or math.isnan(a) and math.isnan(b)


# ------------------------------------------------------------------------------------ the page


@pytest.fixture
def own(open_page):
    page = open_page("your-own-graph.html")

    def show(program, x=None, left=None, right=None):
        page.get_by_role("textbox", name="program").fill(program)
        for label, value in (("order on the left", left), ("on the right", right)):
            if value:
                page.get_by_label(label).select_option(value)
        if x is not None:
            page.get_by_label("x", exact=True).fill(str(x))
        page.get_by_role("button", name="Show").click()
        return page.locator(".own-message").inner_text()

    page.show = show
    return page


def table(page, caption):
    rows = page.locator(".own-table", has_text=caption).locator("tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows}


def test_it_begins_with_the_diamond_and_something_on_the_work_list(own):
    assert own.locator(".own-message").inner_text() == "Value 32, ∂/∂x = 64."
    assert [text.split(": ")[1] for text in own.locator(".worklist").all_inner_texts()] == ["Add → z"] * 2
    assert table(own, "How it ended") == {
        "Newest first (step 14)": ["96", "5 runs of 4 functions; Square → a ran 2 times"],
        "Largest generation (step 16)": ["64", "4 runs of 4 functions"],
        "The derivative": ["64", ""],
    }


def test_a_program_is_shown_and_played_from_its_values_on(own):
    assert own.show("x·x + sin(y)", 3, right="none") == "Value ≈ 9.841, ∂/∂x = 6, ∂/∂y ≈ 0.5403."
    player = own.locator("dzl-player")
    assert "x.grad = 3 + 3 = 6." in [m[5] for m in player.evaluate("p => p.moments")]
    player.focus()
    own.keyboard.press("Home")
    assert own.locator(".moment").inner_text() == "Given: x = 3, y = 1."
    assert player.locator("svg text.s:not(.gone)").count() == 2
    own.keyboard.press("ArrowRight")
    assert own.locator(".moment").inner_text() == "Forward: v1 = 3 · 3 = 9."
    assert player.locator("svg text.s:not(.gone)").count() == 3
    own.keyboard.press("End")
    assert player.locator("svg text.s.gone").count() == 0


def test_numbers_live_while_a_value_slides(own):
    slide = own.get_by_label("x, to slide")
    slide.focus()
    for _ in range(10):
        own.keyboard.press("ArrowRight")
    assert own.get_by_label("x", exact=True).input_value() == "3"
    assert own.locator(".own-message").inner_text() == "Value 162, ∂/∂x = 216."
    assert slide.evaluate("s => s === document.activeElement")
    assert "x=3" in own.url


def test_what_is_shown_stands_in_the_address(own, open_page):
    own.show("a = x*x; a + a", 3, "newest", "generation")
    query = own.url.split("/")[-1]
    again = open_page(query)
    assert again.locator(".own-message").inner_text() == own.locator(".own-message").inner_text() == "Value 18, ∂/∂x = 12."
    assert table(again, "How it ended")["Newest first (step 14)"][0] == "24"
    old = open_page("your-own-graph.html?expression=(x*x+%2B+y)+*+exp(x)&x=0&y=2")  # as links were before
    assert old.locator(".own-message").inner_text() == "Value 2, ∂/∂x = 2, ∂/∂y = 1."


def test_each_example_shows_what_it_promises(own):
    links = own.locator(".own-examples a").all()
    right = {}
    for link in links:
        link.click()
        rows = table(own, "How it ended")
        truth = rows.pop("The derivative")[:-1]
        right[link.inner_text()] = {name: cells[:-1] == truth for name, cells in rows.items()}
        assert own.locator(".own-message").inner_text().startswith(link.get_attribute("title"))
        asked = parse_qs(urlsplit(link.get_attribute("href")).query)
        assert all(parse_qs(urlsplit(own.url).query)[key] == value for key, value in asked.items() if key != "expression")
    newest, newest_once, oldest_once, generation = (
        "Newest first (step 14)", "Newest first, each once", "Oldest first, each once", "Largest generation (step 16)",
    )  # fmt: skip
    assert right == {
        "the diamond": {newest: False, generation: True},
        "x + x": {newest: True, generation: True},
        "a + a": {newest: False, generation: True},
        "x⁴ + x²": {newest_once: False, generation: True},
        "x² + x⁴": {oldest_once: False, newest_once: True},
        "five functions": {newest_once: False, oldest_once: False},
        "a ladder": {newest: False, generation: True},
        "x and y": {newest: True, generation: True},
    }


def test_what_is_looked_at_shows_its_rule_and_the_sum_over_its_uses(own):
    look = own.locator(".own-look")
    own.show("a = square(x); b = square(a); c = a * y; b + c", 2)
    look.get_by_label("Look at").select_option("a")
    assert look.locator("li").all_inner_texts() == ["b.grad · ∂b/∂a = 1 · 8 = 8", "c.grad · ∂c/∂a = 1 · 1 = 1"]
    assert "Together 9." in look.inner_text() and "∂/∂x = 36" in own.locator(".own-message").inner_text()
    look.get_by_label("Look at").select_option("Multiply → c")
    assert "y = u · v with u = a = 4 and v = y = 1" in look.inner_text()
    assert look.locator("li").all_inner_texts() == [
        "to a: c.grad · ∂c/∂a = 1 · 1 = 1, by the rule ∂y/∂u = v",
        "to y: c.grad · ∂c/∂y = 1 · 4 = 4, by the rule ∂y/∂v = u",
    ]
    own.locator("dzl-player").first.locator("svg text.i").first.click()
    assert look.get_by_label("Look at").input_value() == "x" and "look=x" in own.url


def test_forward_mode_stands_beside_reverse_mode(own):
    own.show("(x*x + y) * exp(x)", 0)
    assert table(own, "Forward mode beside reverse mode") == {
        "forward, along x": ["∂/∂x = 1", "10"],
        "forward, along y": ["∂/∂y = 1", "10"],
        "forward, all of them": ["both", "20"],
        "reverse, once": ["∂/∂x = 1 and ∂/∂y = 1", "9"],
    }


UNDERSTOOD = [  # beside what it is for Python, at x = 2 and y = −3
    ("x²", "x**2"), ("x⁻¹² + x³", "x**-12 + x**3"), ("2x", "2*x"), ("3x²", "3*x**2"), ("2(x + 1)", "2*(x + 1)"), ("(x + 1)(y - 1)", "(x + 1)*(y - 1)"),
    ("x(y)", "x*y"), ("x y", "x*y"), ("√x", "x**0.5"), ("2√(x + 2)", "2*(x + 2)**0.5"), ("2πx", "2*pi*x"), ("pi x", "pi*x"), ("e^x", "exp(x)"), ("e x", "e*x"),
    ("ln(x)", "log(x)"), ("abs(y)", "-y"), ("relu(x) + relu(y)", "x"), ("sigmoid(x)", "1/(1 + exp(-x))"), ("x × y ÷ 4 − 1", "x*y/4 - 1"), ("x**3", "x**3"),
    ("1_000*x", "1000*x"), ("x*x  # a square", "x*x"), ("# first\na = x*x\na + a", "2*x*x"), ("-x^2", "-x**2"), ("x^-1", "1/x"), ("2^x", "2**x"),
    ("e^(2x)", "exp(2*x)"), ("1/(2x)", "1/(2*x)"), ("√√(x + 14)", "2"),
]  # fmt: skip


def test_what_others_write_is_understood(open_page):
    page = open_page("your-own-graph.html")
    came = page.evaluate("texts => texts.map((text) => graphOf(text, 2, -3).result.value)", [text for text, _ in UNDERSTOOD])
    names = {"x": 2.0, "y": -3.0, **{name: getattr(math, name) for name in ("exp", "log", "pi", "e")}}
    for (text, python), value in zip(UNDERSTOOD, came):
        assert near(value, eval(python, names)), text


TRUE = [  # what is told of one call
    ("square(x)", -2, "z = (−2)² = 4"), ("x^2", -2, "z = (−2)^2 = 4"), ("-x", -3, "z = −(−3) = 3"), ("y + x", -2, "z = 1 + (−2) = −1"),
    ("x - y", -2, "z = −2 − 1 = −3"), ("2x", -2, "z = 2 · (−2) = −4"), ("abs(x)", -2, "z = |−2| = 2"), ("x^-1", 2, "z = 2^(−1) = 0.5"),
    ("exp(x)", -1, "z = exp(−1) ≈ 0.3679"), ("x/3", 1, "z = 1 / 3 ≈ 0.3333"), ("x*1", 12345, "z = 12345 · 1 = 12345"),
    ("x*1", 123456.789, "z = 123456.789 · 1 = 123456.789"), ("0.1 + x", 0.2, "z = 0.1 + 0.2 = 0.3"), ("√x", 2, "z = √2 ≈ 1.414"), ("relu(x)", -2, "z = max(0, −2) = 0"),
]  # fmt: skip


def test_the_arithmetic_that_is_told_is_true(open_page):
    page = open_page("your-own-graph.html")
    told = page.evaluate("cases => cases.map(([text, x]) => backward(graphOf(text, x, 1)).moments[1][5])", [case[:2] for case in TRUE])
    assert told == [f"Forward: {words}." for _, _, words in TRUE]


REFUSED = [
    ("x + ", "expected a number, a name or a function, found the end, at character 4", 3),
    ("x + q", "“q” is not known; there are x, y, π, e, and exp", 4),
    ("a = x; b", "“b” is not known; there are x, y, a, π, e, and exp", 7),
    ("(x + y", "expected “)” to close the parenthesis, found the end", 6),
    ("x $ y", "“$” has no meaning here, at character 3", 2),
    ("x + 🙂", "“🙂” has no meaning here, at character 5", 4),
    ("exp x", "expected “(” after exp, found “x”", 4),
    ("xy", "write x*y", 0),
    ("1/2x", "below the line, or beside it?", 3),
    ("x 2", "expected an operator, found “2”", 2),
    ("2 3", "a sign is missing between two numbers", 2),
    ("sin²(x)", "write sin(…)²", 3),
    ("X + 1", "did you mean x?", 0),
    ("SIN(x)", "did you mean sin?", 0),
    ("max(x, y)", "there is no max here", 0),
    ("sin(x, y)", "expected “)” to close sin(, found “,”", 5),
    ("1,5x", "write . in decimal numbers", 1),
    ("x, y", "statements end with ;", 1),
    ("x // y", "write / for a quotient", 2),
    ("x % y", "there is no remainder here", 2),
    ("x == y", "write = to name a value", 2),
    ("x = 2", "x is given: take another name", 0),
    ("a = x; a = a*a", "a has a value already: take another name", 7),
    ("exp = x", "exp is a function: take another name", 0),
    ("ln = x", "ln is a function: take another name", 0),
    ("x + y = z", "only a name may stand before =", 6),
    ("x; 2 + 3", "the result has neither x nor y in it", 3),
    ("1e400*x", "1e400 is too large", 0),
    ("0/0*x", "0 / 0 is no number", 2),
    ("+".join(["x"] * 300), "the program has more than 200 functions", 403),
    ("", "expected a number", 0),
]


def test_a_program_that_is_none_gets_a_message_that_points_at_the_character(own):
    for text, message, place in REFUSED:
        assert message in own.show(text), text
        pointer = own.locator(".own-message pre").text_content().split("\n")[-1]
        assert pointer.index("↑") == place, text
        assert own.get_by_role("textbox", name="program").get_attribute("aria-invalid") == "true"


def test_the_arrow_stands_below_the_line_that_it_is_about(own):
    own.show("a = x*x\nb = a +\nb")
    assert own.locator(".own-message pre").text_content() == "b = a +\n       ↑"


DOUBTFUL = [
    ("log(x)", -1, "Log → z: log u at u = −1 is no real number (NaN), and so is what depends on it. Its rule gives −1"),
    ("a = sqrt(x); a + y", -4, "Sqrt → a: √u at u = −4 is no real number"),
    ("1 / (x - x)", 2, "Divide 1 → z: u / v at u = 1 and v = 0 is infinite"),
    ("x ^ 0.5", -2, "Power 0.5 → z: u^v at u = −2 and v = 0.5 is no real number"),
    ("exp(exp(exp(x)))", 3, "is infinite"),
]


def test_what_is_no_number_is_said_in_a_sentence(own):
    for program, x, words in DOUBTFUL:
        assert words in own.show(program, x), program


def test_nothing_that_is_typed_becomes_markup(own):
    for text in ("<img src=x onerror=alert(1)>", "constructor(x)", "__proto__ = x; __proto__ + x", "toString(x)"):
        own.show(text)
    assert own.locator("img[src=x]").count() == 0


# ------------------------------------------------------------------------------ you are backward


def choose(page, *names):
    for name in names:
        page.locator(".own-choose").get_by_role("button", name=name, exact=True).click()
    return page.locator(".own-choose [role=status]").inner_text()


def test_the_reader_is_backward(own):
    own.show("a = square(x); b = square(a); c = square(a); b + c", 2, "own", "generation")
    waiting = own.locator(".own-choose fieldset button")
    assert own.locator(".own-message").inner_text() == "Value 32." and "64" not in own.locator(".md-content").inner_text()
    assert waiting.first.inner_text() == "Add → z" and waiting.nth(1).is_disabled()
    said = choose(own, "Add → z", "Square → c", "Square → a")
    assert "a.grad is 8, incomplete: Square → b has not sent its part yet" in said
    said = choose(own, "Square → b", "Square → a")
    assert "x.grad is 96, and the derivative is 64: 32 too much." in said
    assert "Turn 3 is where it went wrong for good: Square → a ran before Square → b had sent its part." in said
    assert own.locator(".squares i").evaluate_all("all => all.map((i) => i.className)") == ["whole", "whole", "early", "whole", "again"]
    assert table(own, "How it ended")["Your own"] == ["96", "5 runs of 4 functions; Square → a ran 2 times"]
    assert "own=3.2.0.1.0" in own.url
    assert choose(own, "Back to turn 3").startswith("Turn 2")
    said = choose(own, "Square → b", "Square → a")
    assert "You have won: the derivative is right, and each of the 4 functions ran once. Always taking the newest goes wrong" in said


def test_it_can_be_played_by_keyboard_and_taken_back(own):
    own.show("a = square(x); a + a", 2, "own", "none")
    own.locator(".own-choose button").first.focus()
    own.keyboard.press("Enter")
    assert own.evaluate("document.activeElement.textContent") == "Square → a"
    own.keyboard.press("Enter")
    assert own.evaluate("document.activeElement.textContent") == "Send the challenge"
    choose(own, "Back one")
    assert own.locator(".own-choose button").first.inner_text() == "Square → a"


def test_an_address_that_someone_has_changed_does_no_harm(open_page):
    page = open_page("your-own-graph.html?expression=x*x&x=2&left=own&right=none&own=7.0.x")
    assert page.locator(".own-choose button").first.inner_text() == "Multiply → z"
    page = open_page("your-own-graph.html?left=nonsense&x=two&right=%3Cb%3E")
    assert page.locator(".own-message").inner_text()


def test_graphs_to_play_can_be_won_and_sent_and_left_again(open_page):
    page = open_page("your-own-graph.html")
    levels = page.locator(".own-levels a")
    levels.nth(4).click()
    assert page.url.endswith("?level=5") and page.locator(".own-message").inner_text() == "Value 3."
    said = choose(page, "Add → z", "Add → d", "Square → c", "Square → b", "Square → a")
    assert "You have won" in said and "Always taking the newest, or always the oldest goes wrong" in said
    assert levels.nth(4).inner_text() == "5 ✓"
    choose(page, "Send the challenge")
    page.locator("form.own [role=status]", has_text=re.compile("^Copied|level=5")).wait_for()
    choose(page, "Play graph 6")
    assert "level=6" in page.url
    page.go_back()
    assert "level=5" in page.url and "You have won" in page.locator(".own-choose").inner_text()
    # Each of the graphs can be won, and from the eighth on neither rule wins.
    graphs = page.evaluate("""[...Array(30).keys()].map((i) => {
        const { expression, x, y } = levelOf(i + 1), graph = graphOf(expression, x, y);
        return ["generation", "newest-once", "oldest-once"].map((order) => isRight(graph, order));
    })""")
    assert all(found[0] for found in graphs) and not any(found[1] or found[2] for found in graphs[7:])


@pytest.mark.parametrize("width", [390, 1280])
def test_pictures_can_be_read(open_page, width):
    page = open_page("your-own-graph.html", width=width)
    for query in ("", "?level=5", "?level=7", *(link.get_attribute("href") for link in page.locator(".own-examples a").all())):
        page.goto(page.url.split("?")[0] + query)
        found = page.locator(".own-stage .picture svg").evaluate_all(
            "all => all.map((svg) => [svg.getBoundingClientRect().width / svg.width.baseVal.value, svg.getBoundingClientRect().top + scrollY])"
        )
        assert min(scale for scale, _ in found) >= 0.75 and found[0][1] < 700, query  # letters of 13 px, at 10 at least
        # The result, which has the only gradient, is in sight.
        assert page.locator(".own-stage .picture").first.evaluate("p => p.scrollLeft + p.clientWidth >= p.scrollWidth - 2"), query


def test_the_scripts_are_read_in_an_order_that_works_and_the_page_has_no_other_source():
    page = (ROOT / "docs" / "_site" / "theme" / "main.html").read_text("utf-8")
    listed = re.findall(r'"(own[\w-]*)"', page)
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "docs" / "assets").glob("own*.js"))


def test_it_fits_a_phone(open_page):
    page = open_page("your-own-graph.html", width=360)
    expect(page.locator(".own-stage dzl-pair")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

"""Each page's own assertions notice when its program is broken.

`BREAKS` says how: in the program of a page (the blocks under the heading "The program"), or in what it
runs by hand after it, a text that stands there once is replaced by another, and the rest of the page
must not pass. What comes before the program is left out; a page that needs it would fail unbroken, which
is tested as well.
"""

import gc
import warnings
from pathlib import Path

import pytest
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

GALLERY = Path(__file__).parents[1] / "gallery"

SQUARE = "return 2 * self.input.data * gy"
EXP = "return np.exp(self.input.data) * gy"

# What each rule may get wrong, whatever page it stands on.
RULES = {
    "Square forgets its own derivative": (SQUARE, "return gy"),
    "Square forgets gy": (SQUARE, "return 2 * self.input.data"),
    "Square forgets the factor 2": (SQUARE, "return self.input.data * gy"),
    "Square with a wrong sign": (SQUARE, "return -2 * self.input.data * gy"),
    "Square takes its output for its input": (SQUARE, "return 2 * self.forward(self.input.data) * gy"),
    "Square cubes": ("return x ** 2", "return x ** 3"),
    "Exp forgets its own derivative": (EXP, "return gy"),
    "Exp forgets gy": (EXP, "return np.exp(self.input.data)"),
    "Exp with a wrong sign": (EXP, "return -np.exp(self.input.data) * gy"),
    "Exp takes its input for its output": (EXP, "return self.input.data * gy"),
    "Exp is something else": ("return np.exp(x)", "return 1 + x"),
}

RECURSION = {
    "the gradient is copied": ("x.grad = f.backward(self.grad)", "x.grad = self.grad"),
    "the rule next to the leaf is left out": (
        "x.grad = f.backward(self.grad)",
        "x.grad = f.backward(self.grad) if x.creator else self.grad",
    ),
    "the rule next to the result is left out": (
        "x.grad = f.backward(self.grad)",
        "x.grad = self.grad if self.grad == 1 else f.backward(self.grad)",
    ),
    "the first gradient is sent everywhere": (
        "x.grad = f.backward(self.grad)",
        "x.grad = f.backward(np.array(1.0))",
    ),
    "None is passed": ("x.grad = f.backward(self.grad)", "x.grad = f.backward(x.grad)", TypeError),
    "nobody goes on": ("            x.backward()\n", ""),
    "no creator": ("y.set_creator(self)", "pass"),
}

LOOP = {
    "the gradient is copied": ("x.grad = f.backward(y.grad)", "x.grad = y.grad"),
    "the rule next to the leaf is left out": (
        "x.grad = f.backward(y.grad)",
        "x.grad = f.backward(y.grad) if x.creator else y.grad",
    ),
    "the rule next to the result is left out": (
        "x.grad = f.backward(y.grad)",
        "x.grad = y.grad if y is self else f.backward(y.grad)",
    ),
    "the first gradient is sent everywhere": (
        "x.grad = f.backward(y.grad)",
        "x.grad = f.backward(self.grad)",
    ),
    "None is passed": ("x.grad = f.backward(y.grad)", "x.grad = f.backward(x.grad)", TypeError),
    "nobody goes on": ("funcs.append(x.creator)", "pass"),
    "no creator": ("y.set_creator(self)", "pass", AttributeError),
}

NICER = {
    "backward does not start": ("self.grad = np.ones_like(self.data)", "pass", TypeError),
    "backward starts at 2": ("np.ones_like(self.data)", "2 * np.ones_like(self.data)"),
    "the first gradient is always a float64": ("np.ones_like(self.data)", "np.array(1.0)"),
    "the first gradient has the shape of a number": (
        "np.ones_like(self.data)",
        "np.array(1, dtype=self.data.dtype)",
    ),
    "the first gradient is written over": ("if self.grad is None:", "if True:"),
    "anything may be data": ("if not isinstance(data, np.ndarray):", "if False:"),
}

# page -> what breaks -> (text, replacement), and the error if it is not an AssertionError.
BREAKS = {
    "stage1/step06": RULES
    | {
        "a function remembers a copy": ("self.input = x  #", "self.input = Variable(x.data + 1)  #"),
        "a function remembers its output": ("self.input = x  #", "self.input = y  #"),
        "data are rounded": ("self.data = data", "self.data = np.round(data, 1)"),
        "the gradient is copied": ("    x.grad = f.backward(y.grad)", "    x.grad = y.grad"),
        "the first gradient goes to h, g and f": ("    x.grad = f.backward(y.grad)", "    x.grad = f.backward(w.grad)"),
        "two rules are swapped": ("    z.grad = h.backward(w.grad)", "    z.grad = g.backward(w.grad)"),
        "a sum is overwritten": ("g.backward(1.0) + h.backward(1.0)", "h.backward(1.0)"),
        "a path is forgotten": (" + f.backward(h.backward(1.0))", ""),
    },
    "stage1/step07": RULES | RECURSION,
    "stage1/step08": RULES | LOOP,
    "stage1/step09": RULES | LOOP | NICER,
    "stage1/step10": RULES
    | LOOP
    | NICER
    | {
        "nobody goes on": ("funcs.append(x.creator)", "pass", TypeError),  # x.grad stays None
        "the step goes to one side only": ("x.data - eps", "x.data"),
        "the step is not halved": ("/ (2 * eps)", "/ eps"),
        "the gradient check accepts anything": ("atol=1e-8", "atol=1e9"),
        "the gradient check forgets to go backward": ("f(x).backward()", "f(x)", TypeError),
        "a test does not test": ("assert x.grad == 6.0", "assert x.grad"),
    },
    "stage1/column": {
        "only one side moves": ("shifted(i, -eps)", "shifted(i, 0)"),
        "the wrong number moves": ("moved[i] += step", "moved[0] += step"),
        "forward forgets a product": (
            "self.derivative * other.value + self.value * other.derivative",
            "self.derivative * other.value",
        ),
        "forward mixes the two products up": (
            "self.derivative * other.value + self.value * other.derivative",
            "self.derivative * self.value + other.value * other.derivative",
        ),
        "forward starts with 1 for the constant": ("Dual(Number(1.0), Number(0.0))", "Dual(Number(1.0), Number(1.0))"),
        "the tape keeps half": ("        tape.append(self)", "        len(tape) % 2 or tape.append(self)", AttributeError),
        "forward goes in all directions at once": ("Number(float(i == j))", "Number(1.0)"),
        "reverse swaps the partial derivatives": (
            "[(self, other.value), (other, self.value)]",
            "[(self, self.value), (other, other.value)]",
        ),
        "reverse forgets an input": (
            "[(self, other.value), (other, self.value)]",
            "[(self, other.value)]",
            AttributeError,  # x.grad stays None
        ),
        "reverse overwrites": ("parent.grad + gradient if parent.grad else gradient", "gradient"),
        "reverse goes forward": ("in reversed(tape)", "in tape", AttributeError),
        "products are not counted": (
            "Number.operations += 1\n        return Number(self.value * other.value)",
            "return Number(self.value * other.value)",
        ),
    },
}

CASES = [(page, name) for page, breaks in BREAKS.items() for name in breaks]


def from_the_program_on(page):
    """The code blocks of a page from its program on, each with its first line, and whether it is of the program."""
    _, blocks = split_code_and_text_blocks(str(GALLERY / f"{page}.py"))
    heading, found = "", []
    for kind, content, line in blocks:
        if kind == "text":
            above, below = content.split("\n"), content.split("\n")[1:]
            headings = [text for text, under in zip(above, below) if text and set(under) == {"-"}]
            heading = headings[-1] if headings else heading
        elif found or heading == "The program":
            found.append((content, line, heading == "The program"))
    return found


def run(page, old="", new=""):
    """Run the page from its program on, with new in place of old."""
    blocks = from_the_program_on(page)
    if old:
        in_program = any(old in content for content, _, is_program in blocks if is_program)
        blocks_to_break = [block for block in blocks if block[2] >= in_program]
        count = sum(content.count(old) for content, *_ in blocks_to_break)
        assert count == 1, f"{old!r} stands {count} times in {page}, and not once"
    file = str(GALLERY / f"{page}.py")
    names = {"__name__": page, "__file__": file}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for block in blocks:
                content, line, _ = block
                source = content.replace(old, new) if old and block in blocks_to_break else content
                exec(compile("\n" * (line - 1) + source, file, "exec"), names)
    finally:
        gc.enable()  # a page that stops before its end may have left it off
        if "plt" in names:
            names["plt"].close("all")


@pytest.fixture(autouse=True)
def plots_without_windows(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.mark.parametrize("page", BREAKS)
def test_page_passes_from_its_program_on(page):
    assert from_the_program_on(page)
    run(page)


@pytest.mark.parametrize("page, name", CASES, ids=[f"{page.split('/')[1]}: {name}" for page, name in CASES])
def test_page_notices_when_its_program_is_broken(page, name):
    old, new, *error = BREAKS[page][name]
    with pytest.raises(error[0] if error else AssertionError):
        run(page, old, new)

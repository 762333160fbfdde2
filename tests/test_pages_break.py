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

# The stage of graphs: what a function passes and remembers.
MANY = {
    "creator not set": ("            output.set_creator(self)\n", "            pass\n", Exception),
    "inputs kept the wrong way round": ("self.inputs = inputs", "self.inputs = inputs[::-1]"),
    "inputs not kept": ("self.inputs = inputs", "self.inputs = None", Exception),
    "forward gets the inputs the wrong way round": ("xs = [x.data for x in inputs]", "xs = [x.data for x in inputs[::-1]]"),
    "square doubles": ("x ** 2", "2 * x"),
    "add takes the first input twice": ("x0 + x1", "x0 + x0"),
}
RULES_OF_MANY = {
    "the pass does not start": ("self.grad = np.ones_like(self.data)", "self.grad = np.zeros_like(self.data)"),
    "square forgets the 2": ("return 2 * self.inputs[0].data * gy", "return self.inputs[0].data * gy"),
    "square forgets its input": ("return 2 * self.inputs[0].data * gy", "return 2 * gy"),
    "square forgets gy": ("return 2 * self.inputs[0].data * gy", "return 2 * self.inputs[0].data"),
    "square squares": ("return 2 * self.inputs[0].data * gy", "return self.inputs[0].data ** 2 * gy"),
    "None is passed": ("return gy, gy", "return gy, None", TypeError),
    "add subtracts": ("return gy, gy", "return gy, -gy"),
    "gradients dealt out the wrong way round": ("in zip(f.inputs, gxs):", "in zip(f.inputs, gxs[::-1]):"),
}
ACCUMULATE = {
    "overwrites": ("x.grad = x.grad + gx", "x.grad = gx"),
    "adds in place": ("x.grad = x.grad + gx", "x.grad += gx"),
    "keeps the first": ("x.grad = x.grad + gx", "pass"),
    "cleargrad does nothing": ("    def cleargrad(self):\n        self.grad = None", "    def cleargrad(self):\n        pass"),
}
GENERATIONS = {
    "min in place of max": ("max(x.generation for x in inputs)", "min(x.generation for x in inputs)"),
    "outputs not one further": ("self.generation = f.generation + 1", "self.generation = f.generation"),
    "a leaf is not 0": ("        self.generation = 0\n", "        self.generation = 1\n"),
}
ONE_USE = {
    "gradient not stored": ("                x.grad = gx\n", "                x.grad = None\n", TypeError),
    "goes no further": ("                    funcs.append(x.creator)\n", "                    pass\n"),
    "oldest first": ("f = funcs.pop()", "f = funcs.pop(0)"),
}
MORE_USES = {
    "goes no further": ("                    funcs.append(x.creator)\n", "                    pass\n"),
    "the first is not stored": ("                    x.grad = gx\n", "                    pass\n", Exception),
}
HEAP = {
    "seen by nobody": (" and f not in seen", ""),
    "nothing is seen": ("                seen.add(f)\n", "", TypeError),
    "smallest generation first": ("(-f.generation, len(seen), f)", "(f.generation, len(seen), f)"),
    "no generations": ("(-f.generation, len(seen), f)", "(0, len(seen), f)"),
    "ties not broken": ("(-f.generation, len(seen), f)", "(-f.generation, 0, f)", TypeError),
    "a list, not a heap": ("_, _, f = heapq.heappop(funcs)", "_, _, f = funcs.pop()"),
    "goes no further": ("                add_func(x.creator)\n", "                pass\n"),
    "None is not ignored": ("f is not None and ", "", AttributeError),
    "the first is not stored": ("                    x.grad = gx\n", "                    pass\n", Exception),
}
OUTPUTS = {
    "outputs kept the wrong way round": ("self.outputs = outputs", "self.outputs = outputs[::-1]"),
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
    "stage2/step11": MANY | OUTPUTS,
    "stage2/step12": MANY
    | OUTPUTS
    | {
        "a lone output is not bare": (
            "outputs[0] if len(outputs) == 1 else outputs",
            "outputs",
            AttributeError,
        ),
        "outputs can be changed": (
            "outputs = tuple(Variable(as_array(y)) for y in ys)",
            "outputs = [Variable(as_array(y)) for y in ys]",
        ),
    },
    "stage2/step13": MANY | OUTPUTS | RULES_OF_MANY | ONE_USE,
    "stage2/step14": MANY | RULES_OF_MANY | ACCUMULATE | MORE_USES,
    "stage2/step15": MANY | RULES_OF_MANY | ACCUMULATE | MORE_USES | GENERATIONS,
    "stage2/step16": MANY | OUTPUTS | RULES_OF_MANY | ACCUMULATE | GENERATIONS | HEAP,
    "stage2/breaks14": {
        "one pass forgets the result": ("Counter({len(graph): 1})\n    for f in ran", "Counter()\n    for f in ran"),
        "squares have derivative x": ("return 2 * values[i] if", "return values[i] if"),
        "sums are products": ("else sum(values[i] for i in inputs)", "else values[inputs[0]] * values[inputs[1]]"),
        "the oldest is the newest": ("    return 0\n", "    return -1\n"),
        "once is twice": ("not (once and i in seen)", "True"),
        "paths are counted once": ("sums[i] += weight(f, i) * sums[f]", "sums[i] = weight(f, i) * sums[f]"),
        "graphs with loose ends": (">= set(range(1, n))", ">= set()"),
        "sums come in one order": ("(i, j) for i in variables for j in variables", "(i, j) for i in variables for j in variables if i <= j"),
        "generations ignore the function": ("found[i] + (i > 0) if i > 0", "found[i] if i > 0"),
        "the rule takes any function": ("if generation[f] == largest:", "if True:"),
    },
    "stage2/queue_cost": {
        "the heap turns round": ("Waiting(len(seen) - n * generation[g], g)", "Waiting(len(seen) + n * generation[g], g)"),
        "the list turns round": ("f = funcs.pop().f", "f = funcs.pop(0).f"),
        "counting starts late": ("ready, order = [0], []", "ready, order = [1], []"),
        "comparisons are not counted": ("        comparisons += 1\n", ""),
        "tests are counted on the way up only": ("            uses[g] -= 1\n            tests += 1\n", "            uses[g] -= 1\n"),
        "a ladder without rungs": ("if f % 3 == 0 else", "if f == 0 else"),
        "a tree of one branch": ("(2 * f + 1, 2 * f + 2)", "(f + 1, f + 2)"),
    },
}

# From step 18 on gradients are in a table, which has a place for each leaf and each function.
PASS = {
    "a path is overwritten": ("gradients[parent] = gradients[parent] + gx", "gradients[parent] = gx"),
    "the table is added to in place": ("gradients[parent] = gradients[parent] + gx", "gradients[parent] += gx"),
    "the oldest comes first": ("(-parent.generation, turn, parent)", "(0, turn, parent)", Exception),
    "the smallest generation comes first": ("(-parent.generation, turn, parent)", "(parent.generation, turn, parent)", Exception),
    "ties not broken": ("turn += 1", "pass", TypeError),
    "a leaf sends on": ("            continue\n        gxs", "            pass\n        gxs", TypeError),
}
VARIABLE_GRADS = {
    "a second pass overwrites": ("gradient = x.grad + gradient", "pass"),
    "a second pass adds in place": ("gradient = x.grad + gradient", "x.grad += gradient"),
}
PLACE_GRADS = {
    "a second pass overwrites": ("gradient = place.gradient + gradient", "pass"),
    "leaves alone have gradients": ("if place.retains:", "if place.generation == 0:", Exception),
    "everything has a gradient": ("if place.retains:", "if True:"),
}
KEEPING = {
    "min in place of max": ("max([place.generation", "min([place.generation", Exception),
    "functions count as in step 15": ("1 + max([place.generation", "max([place.generation", Exception),
    "a function holds its output": ("return variable_at(self, y)", "self.out = variable_at(self, y); return self.out"),
    "exp forgets gy": ("return gy * self.y", "return self.y"),
    "exp forgets itself": ("return gy * self.y", "return gy"),
}
SQUARES = {
    "square forgets gy": ("return 2 * x * gy", "return 2 * x"),
    "square forgets x": ("return 2 * x * gy", "return 2 * gy"),
}
PRODUCT = {
    "the inputs of a product are swapped": ("return gy * x1, gy * x0", "return gy * x0, gy * x1"),
    "a product forgets gy": ("return gy * x1, gy * x0", "return x1, x0"),
    "a minus has none": ("return -gy", "return gy"),
}
BESIDE = {
    "a difference is a sum": ("return gy, -gy", "return gy, gy"),
    "constants have places": ("            if parent is None:\n                continue\n", "", Exception),
}
QUOTIENT = {
    "a quotient multiplies": ("return gy / x1,", "return gy * x1,"),
    "a quotient has the wrong sign": ("-gy * (x0 / x1 / x1)", "gy * (x0 / x1 / x1)"),
    "a power forgets its factor": ("gy * (c * x ** (c - (c != 0)))", "gy * x ** (c - (c != 0))"),
    "a power keeps its exponent": ("x ** (c - (c != 0))", "x ** c"),
    "a power forgets gy": ("gy * (c * x", "(c * x"),
}
OPERATORS = KEEPING | PRODUCT | BESIDE | QUOTIENT
BREAKS |= {
    "stage2/step17": MANY | RULES_OF_MANY | ACCUMULATE | GENERATIONS | HEAP
    | {
        "outputs are held strongly": ("weakref.ref(output) for", "(lambda y=output: y) for"),
        "outputs kept the wrong way round": ("weakref.ref(output) for output in outputs", "weakref.ref(output) for output in outputs[::-1]"),
    },
    "stage2/step18": PASS
    | VARIABLE_GRADS
    | {
        "square forgets gy": ("return 2 * self.inputs[0].data * gy", "return 2 * self.inputs[0].data"),
        "min in place of max": ("1 + max(x.generation", "1 + min(x.generation", Exception),
        "functions count as in step 15": ("1 + max(x.generation", "max(x.generation", Exception),
        "a function holds its output": ("        return output\n", "        self.out = output\n        return output\n"),
        "gradients are shared": ("x.grad = np.array(gradient)", "x.grad = gradient"),
    },
    "stage2/step19": PASS
    | VARIABLE_GRADS
    | SQUARES
    | KEEPING
    | {
        "nothing is taken out": ("gy = gradients.pop(place)", "gy = gradients[place]"),
        "exp keeps its input": ("keeps_xs, keeps_y = False, True", "keeps_xs, keeps_y = True, True"),
        "sums keep their inputs": ("if self.keeps_xs:", "if True:"),
        "a function holds its inputs": ("if self.keeps_xs:", "self.inputs = inputs\n        if self.keeps_xs:"),
    },
    "stage2/step20": PASS
    | PLACE_GRADS
    | SQUARES
    | KEEPING
    | {
        "gradients are shared": ("place.gradient = np.array(gradient)", "place.gradient = gradient"),
        "everything is recorded": ("return paused(1)", "return paused(0)"),
        "an exception leaves a block open": ("    finally:\n", "    except StopIteration:\n"),
        "a block that ends ends all": ("pauses.set(pauses.get() - by)", "pauses.set(0)"),
        "a block puts back what it found": (
            "    pauses.set(pauses.get() + by)\n    try:\n        yield\n    finally:\n        pauses.set(pauses.get() - by)",
            "    found = pauses.get()\n    pauses.set(1)\n    try:\n        yield\n    finally:\n        pauses.set(found)",
        ),
    },
    "stage2/step21": PASS | PLACE_GRADS | SQUARES | KEEPING | PRODUCT,
    "stage2/step22": PASS
    | PLACE_GRADS
    | SQUARES
    | KEEPING
    | PRODUCT
    | BESIDE
    | {
        "a swapped difference is not": ("Sub()(other, self)", "Sub()(self, other)"),
        "arrays are stretched": ("if isinstance(x, Variable) and x.shape != np.shape(y):", "if False:"),
        "constants are not copied": ("x = x.copy()", "pass"),
        "an array on the left is not stopped": ("__array_ufunc__ = None", "__array_priority__ = 200", AttributeError),
    },
    "stage2/step23": PASS
    | PLACE_GRADS
    | OPERATORS
    | {
        "a swapped difference is not": ("Sub()(other, self)", "Sub()(self, other)", Exception),
        "a swapped quotient is not": ("Div()(other, self)", "Div()(self, other)"),
        "x ** 0 is nan at 0": ("(c - (c != 0))", "(c - 1)", Exception),
        "a quotient squares": ("(x0 / x1 / x1)", "(x0 / x1 ** 2)"),
    },
    "stage2/step24": PASS
    | PLACE_GRADS
    | OPERATORS
    | {
        "a swapped difference is not": ("[np.subtract](other, self)", "[np.subtract](self, other)"),
        "a swapped quotient is not": ("[np.divide](other, self)", "[np.divide](self, other)"),
        "a swapped product is missing": ("__rmul__ = lambda", "_rmul_ = lambda", TypeError),
        "anything is taken": ("if method != '__call__' or options or ufunc", "if ufunc", Exception),
        "a power takes a variable": ("if isinstance(c, Variable)", "if False", Exception),
    },
}

# From step 27 on the program is the package's heart: each page puts it to the same test, and adds what is new in it.
HEART = {
    "a path is overwritten": ("gradients[parent] = gradients[parent] + gx", "gradients[parent] = gx"),
    "a path is added in place": ("gradients[parent] = gradients[parent] + gx", "gradients[parent] += gx", Exception),
    "a second pass overwrites": ("gradient = place.gradient + gradient", "pass"),
    "the smallest generation comes first": ("(-parent.generation, turn, parent)", "(parent.generation, turn, parent)"),
    "no generations": ("(-parent.generation, turn, parent)", "(0, turn, parent)"),
    "ties are not broken": ("turn += 1", "pass", TypeError),
    "a function is as old as its inputs": ("self.generation = 1 + max(", "self.generation = max(", Exception),
    "nothing is retained": ("place_of(self).retains = True", "pass"),
    "everything is recorded": ("if pauses.get():\n            return Variable", "if False:\n            return Variable"),
    "numbers are stretched": ("x.shape != np.shape(y)", "False"),
    "constants are not copied": ("x = x.copy()", "pass"),
    "a sum is a difference": ("return gy, gy", "return gy, -gy"),
    "a difference is a sum": ("return gy, -gy", "return gy, gy"),
    "the inputs of a product are swapped": ("return gy * x1, gy * x0", "return gy * x0, gy * x1"),
    "a product forgets gy": ("return gy * x1, gy * x0", "return x1, x0"),
    "a quotient multiplies": ("return gy / x1,", "return gy * x1,"),
    "a quotient has the wrong sign": ("-gy * (x0 / x1 / x1)", "gy * (x0 / x1 / x1)"),
    "a quotient divides once": ("-gy * (x0 / x1 / x1)", "-gy * (x0 / x1)"),
    "a power forgets its factor": ("gy * (c * x **", "gy * (x **"),
    "a power keeps its exponent": ("x ** (c - (c != 0))", "x ** c"),
    "a power forgets gy": ("return gy * (c * x ** (c - (c != 0))), None", "return c * x ** (c - (c != 0)), None"),
    "a minus has none": ("return -gy\n", "return gy\n"),
    "exp forgets gy": ("return gy * self.y\n", "return self.y\n"),
    "exp forgets itself": ("return gy * self.y\n", "return gy\n"),
    "sin is its own derivative": ("return gy * np.cos(x)", "return gy * np.sin(x)"),
    "a swapped difference is not": ("implementations[np.subtract](other, self)", "implementations[np.subtract](self, other)"),
    "a swapped quotient is not": ("implementations[np.divide](other, self)", "implementations[np.divide](self, other)"),
}
TWICE = {
    "the pass records with arrays": ("rule = self.with_variables() if create_graph else self", "rule = self", Exception),
    "a variable is made without its past": ("variable.creator, variable.generation = place, place.generation", "pass", Exception),
    "inputs stay arrays": ("x if place is None else variable_at(place, x)", "x", Exception),
    "outputs stay arrays": ("twin.y = variable_at(self, self.y)", "pass", Exception),
    "the function itself is changed": ("twin = copy.copy(self)", "twin = self", Exception),
    "nothing is recorded under no_grad": ("if create_graph and pauses.get():", "if False:", Exception),
    "a power reaches its exponent -1": ("(c - (c != 0))", "(c - 1)"),
    "cos has no sign": ("return -gy * np.sin(x)", "return gy * np.sin(x)"),
}
BREAKS |= {
    "stage3/step27": HEART | {"the loop stops early": ("< threshold", "< 100 * threshold")},
    "stage3/step28": HEART
    | {
        # What goes up goes up fast.
        "the rate is forgotten": ("rate * x.grad", "x.grad", OverflowError),
        "nothing is cleared": ("x.cleargrad()", "pass", OverflowError),
        "it goes up": ("x.data - rate * x.grad", "x.data + rate * x.grad", OverflowError),
        "a difference is a sum": (*HEART["a difference is a sum"], OverflowError),
        "a power keeps its exponent": (*HEART["a power keeps its exponent"], OverflowError),
    },
    "stage3/step29": HEART
    | {
        "the curvature is forgotten": ("x.grad / second(x.data)", "0.1 * x.grad"),
        "nothing is cleared": ("x.cleargrad()", "pass"),
    },
    "stage3/step32": HEART | TWICE | {"exp forgets itself": (*HEART["exp forgets itself"], AttributeError)},
    "stage3/step33": HEART
    | {name: case for name, case in TWICE.items() if name != "a power reaches its exponent -1"}
    | {"the gradient is not cleared between the passes": ("        x.cleargrad()\n        first.backward()\n", "        first.backward()\n", Exception)},
    "stage3/step35": HEART
    | TWICE
    | {
        "tanh has 1 + y²": ("gy * (1 - self.y * self.y)", "gy * (1 + self.y * self.y)"),
        "tanh forgets gy": ("gy * (1 - self.y * self.y)", "1 - self.y * self.y"),
        "exp forgets itself": (*HEART["exp forgets itself"], AttributeError),
        "a swapped quotient is not": (*HEART["a swapped quotient is not"], AttributeError),
    },
    "stage3/step36": HEART
    | TWICE
    | {
        "tanh has 1 + y²": ("gy * (1 - self.y * self.y)", "gy * (1 + self.y * self.y)"),
        "the pass goes everywhere": ("or wanted and place not in running", ""),
        "the pass goes one function far": ("if any(parent in wanted or parent in running", "if any(parent in wanted"),
        "the pass looks from the wrong end": ("key=lambda f: f.generation)", "key=lambda f: -f.generation)"),
        "everything is kept": ("if place in wanted or place.retains:", "if True:", Exception),
        "only leaves are found": ("if place in wanted or place.retains:", "if place.retains:"),
        "nothing is wanted": ("{place_of(x) for x in xs}", "set()"),
        "zeros are arrays": ("found.get(place_of(x), zero), x, create_graph)", "found.get(place_of(x), zero), x, False)", Exception),
        "hvp goes back from arrays": ("gradients(f(*xs), xs, create_graph=True)", "gradients(f(*xs), xs)", Exception),
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

"""Right programs of other designs, which have to pass, and wrong ones that once did: each is made from the page's program.

A design is a list of changes (what stands in the page's program, and what in its place).
"""

BACKWARD_07 = """\
        f = self.creator
        if f is not None:
            x = f.input
            x.grad = f.backward(self.grad)
            x.backward()
"""
LOOP_08 = """\
        funcs = [self.creator]
        while funcs:
            f = funcs.pop()
            x, y = f.input, f.output
            x.grad = f.backward(y.grad)
            if x.creator is not None:
                funcs.append(x.creator)
"""
PLAIN_LOOP = """\
        v = self
        while v.creator is not None:
            f = v.creator
            f.input.grad = f.backward(v.grad)
            v = f.input
"""
WITHOUT_SET_CREATOR = [
    ("    def set_creator(self, f):\n        self.creator = f\n\n", ""),
    ("y.set_creator(self)", "y.creator = self"),
]
OTHER_NAMES = [("funcs", "todo"), ("gxs", "results"), ("gys", "arrived"), ("set_creator", "made_by")]
CHECK = """\
        if data is not None:
            if not isinstance(data, np.ndarray):
                raise TypeError(f'{type(data)} is not supported')
"""
AS_ARRAY = """\
def as_array(x):
    if np.isscalar(x):
        return np.array(x)
    return x
"""
NUMPYS_AS_ARRAY = [(AS_ARRAY, "def as_array(x):\n    return np.asarray(x)\n")]
IN_THE_OPEN = [(CHECK, "        if data is not None and not isinstance(data, np.ndarray):\n            raise TypeError('only arrays of NumPy, please')\n")]

# --------------------------------------------------------------- steps 13 to 16

OVERWRITE = "                x.grad = gx\n"
ADD_UP = """\
                if x.grad is None:
                    x.grad = gx
                else:
                    x.grad = x.grad + gx  # not +=: the array may be shared
"""
LOOP_13 = """\
        funcs = [self.creator]
        while funcs:
            f = funcs.pop()
            gys = [output.grad for output in f.outputs]
            gxs = f.backward(*gys)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(f.inputs, gxs):
"""
PUT_13 = """\
                if x.creator is not None:
                    funcs.append(x.creator)
"""
TOPOLOGICAL = """\
        order, met = [], set()

        def visit(f):
            if f is None or f in met:
                return
            met.add(f)
            for x in f.inputs:
                visit(x.creator)
            order.append(f)

        visit(self.creator)
        for f in reversed(order):
            gys = [output.grad for output in f.outputs]
            gxs = f.backward(*gys)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(f.inputs, gxs):
"""
COUNTED = """\
        owed, reached = {}, [self.creator] if self.creator else []
        for f in reached:
            for g in {x.creator for x in f.inputs if x.creator is not None}:
                owed[g] = owed.get(g, 0) + 1
                if owed[g] == 1:
                    reached.append(g)
        ready = reached[:1]
        while ready:
            f = ready.pop()
            gys = [output.grad for output in f.outputs]
            gxs = f.backward(*gys)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(f.inputs, gxs):
"""
PUT_COUNTED = """\
            for g in {x.creator for x in f.inputs if x.creator is not None}:
                owed[g] -= 1
                if owed[g] == 0:
                    ready.append(g)
"""
TABLE = """\
        gradients = {self: self.grad}
        order, met = [], set()

        def visit(f):
            if f is not None and f not in met:
                met.add(f)
                for x in f.inputs:
                    visit(x.creator)
                order.append(f)

        visit(self.creator)
        for f in reversed(order):
            gxs = f.backward(*[gradients.get(output) for output in f.outputs])
            for x, gx in zip(f.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
                gradients[x] = gradients[x] + gx if x in gradients else gx
        for v, gradient in gradients.items():
            if v is not self:
                v.grad = gradient if v.grad is None else v.grad + gradient
"""
ADDED = {
    "np.add": [(ADD_UP, "                x.grad = gx if x.grad is None else np.add(x.grad, gx)\n")],
    "a copy first, then +=": [
        ("x.grad = gx\n                else:", "x.grad = np.array(gx)\n                else:"),
        ("x.grad = x.grad + gx", "x.grad += gx"),
    ],
    "from 0": [(ADD_UP, "                x.grad = (0 if x.grad is None else x.grad) + gx\n")],
}
WEAK = [
    ("self.outputs = outputs", "self._outputs = [weakref.ref(output) for output in outputs]"),
    ("class Function:\n", "class Function:\n    outputs = property(lambda self: tuple(output() for output in self._outputs))\n\n"),
    ("import numpy as np\n", "import weakref\n\nimport numpy as np\n"),
]
WEAK_IN_THE_OPEN = [
    ("self.outputs = outputs", "self.outputs = tuple(weakref.ref(output) for output in outputs)"),
    ("output.grad for output", "output().grad for output"),
    ("import numpy as np\n", "import weakref\n\nimport numpy as np\n"),
]
LISTS = [("return gy, gy", "return [gy, gy]"), ("if not isinstance(gxs, tuple)", "if not isinstance(gxs, (tuple, list))")]
OUTPUTS_IN_A_LIST = [("outputs = tuple(Variable(as_array(y)) for y in ys)", "outputs = [Variable(as_array(y)) for y in ys]")]
NOTHING_IS_ZERO = [("[output.grad for output in f.outputs]", "[0 if output.grad is None else output.grad for output in f.outputs]")]
STRETCHED = """\
def sum_to(gx, shape):
    while np.ndim(gx) > len(shape):
        gx = gx.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            gx = gx.sum(axis=axis, keepdims=True)
    return gx


class Function:
"""
SUMMED = [("for x, gx in zip(f.inputs, gxs):\n", "for x, gx in zip(f.inputs, gxs):\n                gx = sum_to(gx, x.data.shape)\n"),
          ("class Function:\n", STRETCHED)]  # fmt: skip
CONSTANTS = [
    ("        xs = [x.data for x in inputs]\n", "        inputs = tuple(x if isinstance(x, Variable) else Variable(np.asarray(x)) for x in inputs)\n        xs = [x.data for x in inputs]\n"),
]
FROM_13 = {
    "other names inside": OTHER_NAMES,
    "weak references to the outputs": WEAK,
    "weak references in the open": WEAK_IN_THE_OPEN,
    "lists for tuples": LISTS,
    "outputs in a list": OUTPUTS_IN_A_LIST,
    "None counts as 0": NOTHING_IS_ZERO,
    "what was stretched is summed": SUMMED,
    "constants become variables": CONSTANTS,
    "NumPy's as_array": NUMPYS_AS_ARRAY,
    "another message": IN_THE_OPEN,
}
LOOP_16 = """\
        funcs = []
        seen = set()

        def add_func(f):
            if f is not None and f not in seen:
                seen.add(f)
                # largest generation first; len(seen) breaks ties
                heapq.heappush(funcs, (-f.generation, len(seen), f))

        add_func(self.creator)
        while funcs:
            _, _, f = heapq.heappop(funcs)
            gys = [output.grad for output in f.outputs]
            gxs = f.backward(*gys)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(f.inputs, gxs):
"""
PUT_16 = "                add_func(x.creator)\n"
SORTED = [
    ("                heapq.heappush(funcs, (-f.generation, len(seen), f))\n", "                funcs.append(f)\n                funcs.sort(key=lambda f: f.generation)\n"),
    ("_, _, f = heapq.heappop(funcs)", "f = funcs.pop()"),
]
LARGEST = [
    ("heapq.heappush(funcs, (-f.generation, len(seen), f))", "funcs.append(f)"),
    ("            _, _, f = heapq.heappop(funcs)\n", "            f = max(funcs, key=lambda f: f.generation)\n            funcs.remove(f)\n"),
]
COMPARABLE = [
    ("(-f.generation, len(seen), f)", "f"),
    ("_, _, f = heapq", "f = heapq"),
    ("class Function:\n", "class Function:\n    def __lt__(self, other):\n        return self.generation > other.generation\n\n"),
]
NO_GENERATIONS = [
    (LOOP_16, TOPOLOGICAL), (PUT_16, ""), ("        self.generation = 0\n", ""), ("        self.generation = f.generation + 1\n", ""),
    ("        self.generation = max(x.generation for x in inputs)\n", ""), ("import heapq\n\n", ""),
]  # fmt: skip
GENERATIONS = {
    "generations from 1": [("        self.generation = 0\n", "        self.generation = 1\n")],
    "generations with gaps": [("f.generation + 1", "f.generation + 2")],
    "the largest of a list": [("max(x.generation for x in inputs)", "max([x.generation for x in inputs])")],
    "generations by sorting": [("max(x.generation for x in inputs)", "sorted(x.generation for x in inputs)[-1]")],
}


# --------------------------------------------------------------- from 17 on

WEAKLY = "self.outputs = tuple(weakref.ref(output) for output in outputs)"
PROXIES = [("weakref.ref(output) for", "weakref.proxy(output) for"), ("output().grad for output", "output.grad for output")]
COUNTED_17 = [(LOOP_16.replace("output.grad", "output().grad"), COUNTED.replace("output.grad", "output().grad")), (PUT_16, PUT_COUNTED)]
SORTED_18 = [
    ("_, _, place = heapq.heappop(waiting)", "waiting.sort(reverse=True, key=lambda entry: entry[:2])\n        _, _, place = waiting.pop()"),
    ("heapq.heappush(waiting, (-parent.generation, turn, parent))", "waiting.append((-parent.generation, turn, parent))"),
]
IN_ORDER = """\
def in_order(place):
    order, met, waiting = [], set(), [(place, False)]
    while waiting:
        place, done = waiting.pop()
        if done:
            order.append(place)
        elif place is not None and place not in met:
            met.add(place)
            waiting.append((place, True))
            waiting += [(parent, False) for parent in PARENTS]
    return order


def backward_pass("""


def topological(parents="getattr(place, 'parents', ())"):
    return [
        ("waiting = [(-y.generation, 0, place_of(y))]", "waiting = in_order(place_of(y))"),
        ("        _, _, place = heapq.heappop(waiting)\n", "        place = waiting.pop()\n        if place not in gradients:\n            continue\n"),
        ("                heapq.heappush(waiting, (-parent.generation, turn, parent))\n", ""),
        ("def backward_pass(", IN_ORDER.replace("PARENTS", parents)),
    ]


TOPOLOGICAL_18 = topological("[place_of(x) for x in getattr(place, 'inputs', ())]")
NO_GENERATIONS_18 = [
    *TOPOLOGICAL_18, ("if place.generation == 0:", "if isinstance(place, Variable):"), ("        self.generation = 0\n", ""),
    ("        self.generation = f.generation\n", ""), ("        self.generation = 1 + max(x.generation for x in inputs)\n", ""),
]  # fmt: skip
BY_ID = [
    ("gradients = {place_of(y): ", "gradients = {id(place_of(y)): "), ("gradients.pop(place)", "gradients.pop(id(place))"),
    ("if parent in gradients:\n", "if id(parent) in gradients:\n"), ("gradients[parent]", "gradients[id(parent)]"),
]  # fmt: skip
LEAVES_BY_KIND = [("if place.generation == 0:", "if isinstance(place, Variable):")]
OF_THE_THREAD = [
    ("pauses = ContextVar('pauses', default=0)  # how many blocks of no_grad are open\n", "class Pauses(threading.local):\n    number = 0\n\n\npauses = Pauses()\n"),
    ("pauses.set(pauses.get() + by)", "pauses.number += by"), ("pauses.set(pauses.get() - by)", "pauses.number -= by"),
    ("pauses.get()", "pauses.number"), ("import numpy as np\n", "import threading\n\nimport numpy as np\n"),
]  # fmt: skip
A_CLASS = [(
    "def no_grad():\n    return paused(1)\n",
    "class no_grad:\n    def __enter__(self):\n        pauses.set(pauses.get() + 1)\n\n"
    "    def __exit__(self, *error):\n        pauses.set(pauses.get() - 1)\n",
)]  # fmt: skip
PRIORITY = [("    __array_ufunc__ = None  # an array on the left leaves the operator to us\n", "    __array_priority__ = 200\n")]
CONSTANTS_22 = [("tuple(map(place_of, inputs))", "tuple([place_of(x if isinstance(x, Variable) else Variable(np.array(x))) for x in inputs])")]
ARRAYS_ONLY = [("        self.data = data\n", "        self.data = np.asarray(data)\n")]
POWERS = {
    "an exponent of 0 apart": [("c * x ** (c - (c != 0))", "np.where(c == 0, 0, c * x ** np.where(c == 0, 1, c - 1))")],
    "a square in the quotient": [("-gy * (x0 / x1 / x1)", "-gy * x0 / x1 ** 2")],
}
NOT_IMPLEMENTED = [("            raise TypeError(f'no derivative is known for this use of np.{ufunc.__name__}')\n", "            return NotImplemented\n")]
SHIFTED = [("gy * np.cos(x)", "gy * np.sin(x + np.pi / 2)"), ("-gy * np.sin(x)", "gy * np.cos(x + np.pi / 2)")]
TEXTBOOK_TANH = [(
    "@implements(np.tanh)\nclass Tanh(Function):\n    keeps_xs, keeps_y = False, True\n", "@implements(np.tanh)\nclass Tanh(Function):\n"),
    ("        return gy * (1 - self.y * self.y)\n", "        x, = self.xs\n        return gy * (4 / (np.exp(x) + np.exp(-x)) ** 2)\n"),
]  # fmt: skip
LINEAR = {
    "a reshape of what is flat": [("gy.reshape(before)", "gy.ravel().reshape(before)")],
    "axes looked up": [("np.argsort(axes)", "[list(axes).index(i) for i in range(len(axes))]")],
    "a sum by ones": [("np.broadcast_to(np.expand_dims(gy, gone), before)", "np.expand_dims(gy, gone) * np.ones(before)")],
}
EINSUM = [("return x0 @ x1", "return np.einsum('...ij,...jk->...ik', x0, x1)")]
RELATIVE_ERROR = [(
    "    assert np.allclose(x.grad, numerical_diff(f, x), rtol=1e-6, atol=1e-8)\n",
    "    expected = numerical_diff(f, x)\n    error = np.max(np.abs(x.grad - expected) / (np.abs(expected) + 1e-7))\n    if not error < 1e-5:\n"
    "        raise AssertionError(f'the gradient is off by {error}')\n",
)]  # fmt: skip
LOOP_17 = LOOP_16.replace("output.grad", "output().grad")
BY_ARRIVAL = [(LOOP_17 + ADD_UP + PUT_16, """\
        arriving, waiting = {}, []

        def arrives(v, gradient):
            f = v.creator
            if f is None:
                return
            if f not in arriving:
                arriving[f] = [None] * f.number
                waiting.append(f)
            before = arriving[f][v.place]
            arriving[f][v.place] = gradient if before is None else before + gradient

        arrives(self, self.grad)
        while waiting:
            f = max(waiting, key=lambda f: f.generation)
            waiting.remove(f)
            gxs = f.backward(*arriving.pop(f))
            for x, gx in zip(f.inputs, gxs if isinstance(gxs, tuple) else (gxs,)):
                x.grad = gx if x.grad is None else x.grad + gx
                arrives(x, gx)
"""), (f"        {WEAKLY}\n", "        self.number = len(outputs)\n        for i, output in enumerate(outputs):\n            output.place = i\n")]  # fmt: skip
SLOTS_18 = [
    ("class Variable:\n", "class Variable:\n    __slots__ = ('data', 'grad', 'creator', 'generation')\n\n"),
    ("class Function:\n", "class Function:\n    __slots__ = ('inputs', 'generation')\n\n"),
]  # fmt: skip
SLOTS_20 = [
    ("    creator = None\n    generation = 0\n    gradient = None\n    retains = True\n", "    __slots__ = ('data', 'creator', 'generation', 'gradient', 'retains')\n"),
    ("        self.data = data\n", "        self.data = data\n        self.creator, self.generation, self.gradient, self.retains = None, 0, None, True\n"),
]  # fmt: skip
BY_NUMBERS = [
    ("    gradients = {place_of(y): np.ones_like(y.data)}\n    waiting = [(-y.generation, 0, place_of(y))]\n", "    gradients = {place_of(y): np.ones_like(y.data)}\n    waiting = [(-y.generation, 0, y)]\n"),
    ("_, _, place = heapq.heappop(waiting)\n        gy = gradients.pop(place)\n        if place.generation == 0:\n            found[place] = gy\n",
     "_, _, v = heapq.heappop(waiting)\n        gy, place = gradients.pop(place_of(v)), v.creator\n        if place is None:\n            found[place_of(v)] = LEAVES[place_of(v)], gy\n"),
    ("heapq.heappush(waiting, (-parent.generation, turn, parent))", "heapq.heappush(waiting, (-x.generation, turn, x))"),
    ("def backward_pass(y):\n", "def backward_pass(y):\n    return {place: gradient for place, (_, gradient) in the_pass(y).items()}\n\n\ndef the_pass(y):\n"),
    ("for x, gradient in backward_pass(self).items()", "for x, gradient in the_pass(self).values()"),
    ("LEAVES[place_of(v)]", "v"), ("return x if x.creator is None else x.creator", "return id(x.creator or x)"),
]  # fmt: skip
TERMS_27 = "    y = 0\n    for i in itertools.count():\n        t = (-1) ** i / math.factorial(2 * i + 1) * x ** (2 * i + 1)\n        y = y + t\n        if abs(t.data) < threshold:\n            return y\n"
FROM_THE_LAST = [(TERMS_27, "    term, total, n = x, x, 1\n    while abs(term.data) >= threshold:\n        term = term * x * x * (-1 / ((n + 1) * (n + 2)))\n        total = total + term\n        n += 2\n    return total\n")]
STRETCHED_41 = [("class MatMul(Function):\n", "def matmul(x0, x1):\n    right = np.reshape(x1, (*x1.shape[:-2], 1, *x1.shape[-2:]))\n"
                 "    return np.sum(np.reshape(x0, (*x0.shape, 1)) * right, axis=max(x0.ndim, x1.ndim) - 1)\n\n\nclass MatMul(Function):\n")]  # fmt: skip
FROM_19 = {"a sorted list": SORTED_18, "topological order": topological(), "leaves by their kind": LEAVES_BY_KIND}


def _with(*designs):
    return [change for design in designs for change in design]


DESIGNS = {
    "07": {
        "a loop": [(BACKWARD_07, PLAIN_LOOP)],
        "a work list": [(BACKWARD_07, "        funcs = [self.creator] if self.creator else []\n        while funcs:\n            f = funcs.pop()\n            f.input.grad = f.backward(f.output.grad)\n            funcs += [f.input.creator] if f.input.creator else []\n")],
        "a second method": [(BACKWARD_07, "        if self.creator is not None:\n            self.creator.go_back(self.grad)\n"), ("class Function:\n", "class Function:\n    def go_back(self, gy):\n        self.input.grad = self.backward(gy)\n        self.input.backward()\n\n")],
        "a function of its own": [(BACKWARD_07, "        go_back(self)\n"), ("class Function:\n", "def go_back(v):\n    if v.creator:\n        v.creator.input.grad = v.creator.backward(v.grad)\n        go_back(v.creator.input)\n\n\nclass Function:\n")],
        "gradients are added": [("x.grad = f.backward(self.grad)\n", "gx = f.backward(self.grad)\n            x.grad = gx if x.grad is None else x.grad + gx\n")],
        "no output": [("        self.output = y\n", "")],
        "no set_creator": WITHOUT_SET_CREATOR,
        "gradients as arrays": [("x.grad = f.backward(self.grad)", "x.grad = np.asarray(f.backward(self.grad))")],
        "another rule for exp": [("np.exp(self.input.data) * gy", "gy * self.output.data")],
        "data kept": [("        self.input = x ", "        self.x = x.data\n        self.input = x "), ("self.input.data", "self.x")],
        "early return": [(BACKWARD_07, "        if self.creator is None:\n            return\n        self.creator.input.grad = self.creator.backward(self.grad)\n        self.creator.input.backward()\n")],
    },
    "08": {
        "no list": [(LOOP_08, PLAIN_LOOP)],
        "the path first": [(LOOP_08, "        path, v = [], self\n        while v.creator is not None:\n            path.append(v.creator)\n            v = v.creator.input\n        for f in path:\n            f.input.grad = f.backward(f.output.grad)\n")],
        "a deque": [("funcs = [self.creator]", "funcs = deque([self.creator])"), ("import numpy as np\n", "from collections import deque\n\nimport numpy as np\n")],
        "a leaf": [("funcs = [self.creator]", "funcs = [self.creator] if self.creator else []")],
        "None is left out later": [("            x, y = f.input, f.output\n", "            if f is None:\n                continue\n            x, y = f.input, f.output\n"), ("            if x.creator is not None:\n                funcs.append(x.creator)\n", "            funcs.append(x.creator)\n")],
        "variables wait": [(LOOP_08, "        waiting = [self]\n        while waiting:\n            v = waiting.pop()\n            if v.creator is None:\n                continue\n            v.creator.input.grad = v.creator.backward(v.grad)\n            waiting.append(v.creator.input)\n")],
        "gradients are added": [("x.grad = f.backward(y.grad)\n", "gx = f.backward(y.grad)\n            x.grad = gx if x.grad is None else x.grad + gx\n")],
        "lists are made arrays": [("        self.data = data\n", "        self.data = np.asarray(data)\n")],
        "no set_creator": WITHOUT_SET_CREATOR,
    },
    "09": {
        "no list": [(LOOP_08, PLAIN_LOOP)],
        "a leaf": [("funcs = [self.creator]", "funcs = [self.creator] if self.creator else []")],
        "gradients as arrays": [("x.grad = f.backward(y.grad)", "x.grad = as_array(f.backward(y.grad))")],
        "gradients are added": [("x.grad = f.backward(y.grad)\n", "gx = f.backward(y.grad)\n            x.grad = gx if x.grad is None else x.grad + gx\n")],
        "another message": IN_THE_OPEN,
        "one condition": [(CHECK, "        if not isinstance(data, (np.ndarray, type(None))):\n            raise TypeError(f'an array of NumPy is needed, and not a {type(data).__name__}')\n")],
        "NumPy's as_array": NUMPYS_AS_ARRAY,
        "another seed": [("np.ones_like(self.data)", "np.ones(self.data.shape, self.data.dtype)")],
        "a seed of full_like": [("np.ones_like(self.data)", "np.full_like(self.data, 1)")],
        "no integers": [("        self.data = data\n", "        self.data = data.astype(float) if data is not None and data.dtype.kind in 'iu' else data\n")],
        "functions without classes' names": [("def square(x):\n    return Square()(x)\n", "square = lambda x: Square()(x)\n")],
        "another rule for exp": [("np.exp(self.input.data) * gy", "gy * self.output.data")],
        "a seed that is not kept": [("        if self.grad is None:\n            self.grad = np.ones_like(self.data)\n", "        seed = np.ones_like(self.data) if self.grad is None else self.grad\n"), (LOOP_08, "        f, gradient = self.creator, seed\n        while f is not None:\n            gradient = f.backward(gradient)\n            f.input.grad, f = gradient, f.input.creator\n        self.grad = seed\n")],
    },
    "10": {
        "NumPy's as_array": NUMPYS_AS_ARRAY,
        "another message": IN_THE_OPEN,
        "no list": [(LOOP_08, PLAIN_LOOP)],
        "each test has another name": [("def test_square_backward", "def test_square_derivative"), ("def test_gradients_at_random_points", "def test_many_points")],
        "isclose": [("np.allclose(x.grad, numerical_diff(f, x), rtol=1e-6, atol=1e-8)", "np.isclose(x.grad, numerical_diff(f, x), rtol=1e-5, atol=1e-7).all()")],
        "a step in proportion": [("def numerical_diff(f, x, eps=1e-5):", "def numerical_diff(f, x, eps=None):\n    if eps is None:\n        eps = 1e-5 * max(1.0, np.abs(x.data).max())\n"), ('    """The derivative of f at the variable x, by a central difference."""\n', "")],
        "pytest is used": [("    try:\n        Variable(1.0)\n    except TypeError:\n        return\n    raise AssertionError('a float was accepted')\n", "    refused = False\n    try:\n        Variable(1.0)\n    except TypeError:\n        refused = True\n    assert refused\n")],
        "gradients as arrays": [("x.grad = f.backward(y.grad)", "x.grad = as_array(f.backward(y.grad))")],
        "one more test": [("def test_first_gradient", "def test_exp():\n    assert exp(Variable(np.array(0.0))).data == 1.0\n\n\ndef test_first_gradient")],
        "a relative error": RELATIVE_ERROR,
        "other points": [("default_rng(0).normal(size=20)", "default_rng(1).normal(size=30)")],
    },
    "11": {
        "tuples are kept": [("self.inputs = inputs", "self.inputs = tuple(inputs)"), ("self.outputs = outputs", "self.outputs = tuple(outputs)")],
        "a copy is kept": [("self.inputs = inputs", "self.inputs = list(inputs)")],
        "forward gets no list": [("class Square(Function):\n    def forward(self, xs):\n        x, = xs\n", "class Square(Function):\n    def forward(self, xs):\n        x = xs[0]\n")],
        "no set_creator": [("    def set_creator(self, f):\n        self.creator = f\n\n", ""), ("output.set_creator(self)", "output.creator = self")],
        "a loop for each output": [("        outputs = [Variable(as_array(y)) for y in ys]\n        for output in outputs:\n            output.set_creator(self)\n", "        outputs = []\n        for y in ys:\n            outputs.append(Variable(as_array(y)))\n            outputs[-1].creator = self\n")],
        "NumPy's as_array": NUMPYS_AS_ARRAY,
        "another message": IN_THE_OPEN,
        "square unpacks otherwise": [("    y, = Square()([x])\n    return y\n", "    return Square()([x])[0]\n")],
        "nothing kept for backward's old loop": [("        return 2 * self.input.data * gy\n", "        x, = self.inputs\n        return [2 * x.data * gy[0]]\n")],
    },
    "12": {
        "outputs in a list": OUTPUTS_IN_A_LIST,
        "no set_creator": [("    def set_creator(self, f):\n        self.creator = f\n\n", ""), ("output.set_creator(self)", "output.creator = self")],
        "constants become variables": CONSTANTS,
        "NumPy's as_array": NUMPYS_AS_ARRAY,
        "another message": IN_THE_OPEN,
        "the lone output is unpacked": [("        return outputs[0] if len(outputs) == 1 else outputs\n", "        if len(outputs) > 1:\n            return outputs\n        output, = outputs\n        return output\n")],
        "lists as well": [("if not isinstance(ys, tuple)", "if not isinstance(ys, (tuple, list))")],
        "inputs in a list": [("        self.inputs = inputs\n", "        self.inputs = list(inputs)\n")],
        "functions by lambda": [("def add(x0, x1):\n    return Add()(x0, x1)\n", "add = lambda x0, x1: Add()(x0, x1)\n")],
    },
    "13": {
        **FROM_13,
        "oldest first": [("funcs.pop()", "funcs.pop(0)")],
        "topological order": [(LOOP_13, TOPOLOGICAL), (PUT_13, "")],
        "counted": [(LOOP_13, COUNTED), (PUT_13, PUT_COUNTED)],
        "gradients are added, in a topological order": [(OVERWRITE, ADD_UP), (LOOP_13, TOPOLOGICAL), (PUT_13, "")],
        "a leaf": [("funcs = [self.creator]", "funcs = [self.creator] if self.creator else []")],
    },
    "14": {
        **FROM_13, **ADDED,
        "oldest first": [("funcs.pop()", "funcs.pop(0)")],
        "topological order": [(LOOP_13, TOPOLOGICAL), (PUT_13, "")],
        "topological, copies and +=": [(LOOP_13, TOPOLOGICAL), (PUT_13, ""), *ADDED["a copy first, then +="]],
        "counted": [(LOOP_13, COUNTED), (PUT_13, PUT_COUNTED)],
        "a table": [(LOOP_13 + ADD_UP + PUT_13, TABLE)],
        "a sum gives copies": [("return gy, gy", "return gy.copy(), gy.copy()")],
    },
    "15": {
        **FROM_13, **ADDED, **GENERATIONS,
        "topological order already": [(LOOP_13, TOPOLOGICAL), (PUT_13, "")],
        "no set_creator": [("    def set_creator(self, f):\n        self.creator = f\n        self.generation = f.generation + 1\n\n", ""), ("output.set_creator(self)", "output.creator, output.generation = self, self.generation + 1")],
        "a table": [(LOOP_13 + ADD_UP + PUT_13, TABLE)],
    },
    "16": {
        **FROM_13, **ADDED, **GENERATIONS,
        "a sorted list": SORTED,
        "the largest of the list": LARGEST,
        "functions can be compared": COMPARABLE,
        "no generations, depth first": NO_GENERATIONS,
        "topological order": [(LOOP_16, TOPOLOGICAL), (PUT_16, "")],
        "counted": [(LOOP_16, COUNTED), (PUT_16, PUT_COUNTED)],
        "a table": [(LOOP_16 + ADD_UP + PUT_16, TABLE)],
        "ids in the entries": [("len(seen), f)", "id(f), f)")],
        "a counter in the entries": [("len(seen), f)", "next(count), f)"), ("import heapq\n", "import heapq\nimport itertools\n"), ("        seen = set()\n", "        seen = set()\n        count = itertools.count()\n")],
        "no cycle, table and all": _with([(LOOP_16 + ADD_UP + PUT_16, TABLE)], WEAK[:1], WEAK[1:]),
        "everything at once": _with(WEAK, NOTHING_IS_ZERO, SUMMED, SORTED, GENERATIONS["generations from 1"]),
    },
    "17": {
        **ADDED, **GENERATIONS,
        "proxies": PROXIES,
        "counted": COUNTED_17,
        "what arrives at a function": BY_ARRIVAL,
        "a list of weak references": [(WEAKLY, "self.outputs = [weakref.ref(output) for output in outputs]")],
        "NumPy's as_array": NUMPYS_AS_ARRAY,
        "another message": IN_THE_OPEN,
    },
    "18": {
        "slots": SLOTS_18,
        "places are numbers": BY_NUMBERS,
        "a sorted list": SORTED_18,
        "topological order": TOPOLOGICAL_18,
        "no generations": NO_GENERATIONS_18,
        "gradients by id": BY_ID,
        "leaves by their kind": LEAVES_BY_KIND,
        "NumPy's as_array": NUMPYS_AS_ARRAY,
        "another message": IN_THE_OPEN,
    },
    "19": {**FROM_19, "gradients by id": BY_ID, "another message": IN_THE_OPEN},
    "20": {**FROM_19, "gradients by id": BY_ID, "another message": IN_THE_OPEN, "of the thread": OF_THE_THREAD, "a class": A_CLASS, "slots": SLOTS_20},
    "21": {**FROM_19, "of the thread": OF_THE_THREAD, "no f-string": [("f'Variable({self.data}{name})'", "'Variable(' + str(self.data) + name + ')'")]},
    "22": {**FROM_19, "array priority": PRIORITY, "constants are variables": CONSTANTS_22, "arrays only": ARRAYS_ONLY},
    "23": {**FROM_19, **POWERS, "array priority": PRIORITY},
    "24": {**FROM_19, **POWERS, "NumPy says it": NOT_IMPLEMENTED},
    "27": {**FROM_19, "each term from the last": FROM_THE_LAST},
    "32": {
        **FROM_19, "shifted by a quarter": SHIFTED, "of the thread": OF_THE_THREAD,
        "arrays wherever it is not asked": [("    if isinstance(gradient, Variable):\n", "    if not create_graph:\n        return np.array(data_of(gradient))\n    if isinstance(gradient, Variable):\n")],
    },
    "35": {"the rule of the textbook": TEXTBOOK_TANH},
    "36": {"a sorted list": SORTED_18, "topological order": topological(), "the rule of the textbook": TEXTBOOK_TANH},
    "38": {**LINEAR, "topological order": topological()},
    "40": {**LINEAR, "topological order": topological()},
    "41": {**LINEAR, "by einsum": EINSUM, "stretched, and summed": STRETCHED_41},
    "46": {"last layer first": [("in vars(self).values():", "in reversed(vars(self).values()):")]},
    "61": {
        "drawn in another order": [("        self.letter = Variable(rng.normal(size=(letters, width)))\n", ""), ("        self.heads = heads\n", "        self.letter = Variable(rng.normal(size=(letters, width)))\n        self.heads = heads\n")],
        "small at the start": [("rng.normal(size=(letters, width))", "0.02 * rng.normal(size=(letters, width))"), ("rng.normal(size=(window, width))", "0.02 * rng.normal(size=(window, width))")],
    },
}  # fmt: skip

# Wrong programs that have passed once.
WRONG = {
    "10": {
        "its own step": [("x.data + eps", "x.data + 1e-5"), ("x.data - eps", "x.data - 1e-5"), ("(2 * eps)", "2e-5")],
        "the mean of the errors": [("assert np.allclose(x.grad, numerical_diff(f, x), rtol=1e-6, atol=1e-8)", "assert abs(np.mean(x.grad - numerical_diff(f, x))) < 1e-6")],
    },
    "12": {"each input once": [("self.inputs = inputs", "self.inputs = tuple(dict.fromkeys(inputs))")]},
    "13": {"two inputs": [("zip(f.inputs, gxs)", "zip(f.inputs[:2], gxs)")]},
    "15": {
        "the sum": [("max(x.generation for x in inputs)", "sum(x.generation for x in inputs)")],
        "one more": [("max(x.generation for x in inputs)", "1 + max(x.generation for x in inputs)")],
    },
    "19": {"variables for the rule": [("xs = tuple([x.data for x in inputs])\n        y = self.forward(*xs)", "xs = inputs\n        y = self.forward(*[x.data for x in inputs])"), ("2 * x * gy", "2 * x.data * gy")]},
    "20": {
        "two blocks at most": [("pauses.set(pauses.get() + by)", "pauses.set(min(pauses.get() + by, 2))"), ("pauses.set(pauses.get() - by)", "pauses.set(max(pauses.get() - by, 0))")],
        "cleared for ever": [("        self.grad = None\n", "        self.grad = None\n        place_of(self).retains = place_of(self) is self\n")],
        "leaves only are cleared": [("        self.grad = None\n", "        if self.creator is None:\n            self.grad = None\n")],
        "a leaf with a generation": [("        if pauses.get():\n            return Variable(np.asarray(y))\n", ""), ("        return variable_at(self, y)\n", "        v = variable_at(self, y)\n        if pauses.get():\n            v.creator = None\n        return v\n")],
    },
    "22": {"texts are numbers": [("def data_of(x):\n", "def data_of(x):\n    if isinstance(x, str):\n        x = float(x)\n")]},
    "24": {"any use of a ufunc": [("method != '__call__' or ", "")]},
    "27": {
        "too early": [("< threshold", "< 2 * threshold")],
        "its share": [("abs(t.data) < threshold", "abs(t.data) < threshold * abs(y.data)")],
    },
    "28": {
        "cleared once": [("    for _ in range(steps):\n        for x in xs:\n            x.cleargrad()\n", "    for x in xs:\n        x.cleargrad()\n    for _ in range(steps):\n")],
        "in place": [("x.data = x.data - rate * x.grad", "x.data -= rate * x.grad")],
        "one step": [("range(steps)", "range(1)")],
        "cleared late": [("        for x in xs:\n            x.cleargrad()\n        f(*xs)", "        f(*xs)"), ("rate * x.grad\n", "rate * x.grad\n            x.cleargrad()\n")],
        "two variables": [("        f(*xs)", "        f(xs[0], xs[-1])")],
        "no arrays": [("    return 100 * (x1 - x0 ** 2) ** 2 + (1 - x0) ** 2", "    if not isinstance(x0, Variable):\n        x0, x1 = float(x0), float(x1)\n    return 100 * (x1 - x0 ** 2) ** 2 + (1 - x0) ** 2")],
    },
    "29": {"another variable is moved": [("    points = [", "    x = Variable(np.array(x.data))\n    points = [")]},
    "32": {
        "no finally": [("        with paused(-pauses.get() if create_graph else 0):\n", "        before = pauses.get()\n        pauses.set(0 if create_graph else before)\n        if True:\n"), ("handed_out(gradient, place, create_graph)\n\n", "handed_out(gradient, place, create_graph)\n        pauses.set(before)\n\n")],
        "the sum of two passes is not recorded": [("                if place.gradient is not None:\n                    gradient = place.gradient + gradient\n", "                with paused(pauses.get() + 1):\n                    if place.gradient is not None:\n                        gradient = place.gradient + gradient\n")],
    },
    "33": {
        "another variable is moved": [("x.data = x.data - first.data / x.grad", "x = Variable(x.data - first.data / x.grad)")],
        "cleared late": [("        x.cleargrad()\n        f(x)", "        f(x)"), ("first.data / x.grad\n", "first.data / x.grad\n        x.cleargrad()\n")],
        "always down": [("first.data / x.grad", "first.data / abs(x.grad)")],
        "in place": [("x.data = x.data - first", "x.data -= first")],
    },
    "35": {
        "cleared late": [("        x.cleargrad()\n        ys[-1]", "        ys[-1]"), ("        ys.append(x.grad)\n", "        ys.append(x.grad)\n        x.cleargrad()\n")],
        "two exponentials": [("        return np.tanh(x)\n", "        a, b = np.exp(x), np.exp(-x)\n        return (a - b) / (a + b)\n")],
    },
    "36": {
        "each once": [("found.get(place_of(x), zero)", "found.pop(place_of(x), zero)")],
        "not y itself": [("if place in wanted or place.retains", "if place is not place_of(y) and place in wanted or place.retains")],
    },
    "37": {"the seed is lost in a recorded pass": [("        found = backward_pass(y, seed, create_graph, {", "        found = backward_pass(y, None if create_graph else seed, create_graph, {")]},
    "43": {
        "the gradient in place": [("        return gy * (data_of(x) > 0)\n", "        gy *= data_of(x) > 0\n        return gy\n")],
        "the input in place": [("        return np.maximum(x, 0)\n", "        x[x < 0] = 0\n        return x\n")],
    },
    "46": {
        "once in what lies below": [("        found = {}\n        for value in vars(self).values():\n", "        found = []\n        for value in vars(self).values():\n"), ("found |= dict.fromkeys(part.parameters())", "found += [p for p in part.parameters() if p not in found]"), ("found[part] = None", "found.append(part)")],
        "no list": [("return list(found)", "return found")],
        "another order": [("beta1=0.9, beta2=0.999, eps=1e-8", "eps=1e-8, beta1=0.9, beta2=0.999")],
        "no large steps": [("p.data = p.data - self.rate * p.grad\n", "p.data = p.data - self.rate * np.clip(p.grad, -5, 5)\n")],
    },
    "48": {
        "the largest of all rows": [(".max(-1, keepdims=True)", ".max()")],
        "at least 0": [("data_of(x).max(-1, keepdims=True)", "np.maximum(data_of(x).max(-1, keepdims=True), 0)")],
        "an axis": [("-total(log_softmax(x)[np.arange(len(labels)), labels])", "-total(log_softmax(x)[np.arange(len(labels)), labels], 0, keepdims=True)")],
    },
    "61": {
        "the mask is divided": [("log_softmax(q @ swapped(k) / np.sqrt(q.shape[-1]) + mask)", "log_softmax((q @ swapped(k) + mask) / np.sqrt(q.shape[-1]))")],
        "four heads": [("self.heads, width // self.heads", "4, width // 4")],
        "64 units": [("Affine(rng, width, 4 * width), Affine(rng, 4 * width, width)", "Affine(rng, width, 64), Affine(rng, 64, width)")],
    },
}  # fmt: skip

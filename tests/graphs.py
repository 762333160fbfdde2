"""Random graphs, and an oracle for their derivatives that knows nothing of backward.

A program is a list of steps on a growing list of arrays. It runs on variables and, with the same
text, on PyTorch's tensors and on dual numbers with complex parts, which give two derivatives at
once: the imaginary part of f(x + ih) / h is f'(x), exact to rounding for small h (Squire & Trapp,
Using complex variables to estimate derivatives of real functions, 1998), and the ε part of
f(x + ε) is f'(x). Steps are analytic functions; kinks and ties are for test_functions.py.
"""

from collections import Counter
from dataclasses import dataclass
from functools import wraps

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import dezero_lite as dz

# ------------------------------------------------------------------------------------ programs

SHAPES = [(), (1,), (3,), (2, 1), (2, 3), (1, 3), (0, 3)]
ONE = "exp log sqrt sin cos tanh square sum sum_0 mean reshape transpose item pick broadcast".split()
TWO = {  # the shapes that a step takes
    **dict.fromkeys(["add", "subtract", "multiply", "divide", "power"], lambda a, b: _broadcast(a, b)),
    **dict.fromkeys(["two outputs", "stack"], lambda a, b: a == b),
    "concatenate": lambda a, b: a == b != (),
    "matmul": lambda a, b: len(a) == len(b) == 2 and a[1] == b[1],
}


def _broadcast(a, b):
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


class SumAndProduct(dz.Function):
    """A function with two outputs."""

    def forward(self, x0, x1):
        return x0 + x1, x0 * x1

    def backward(self, gy0, gy1):
        x0, x1 = self.xs
        return gy0 + gy1 * x1, gy0 + gy1 * x0


def transposed(x, m):
    return m.permute(x, tuple(range(x.ndim))[::-1]) if hasattr(m, "permute") else m.transpose(x)


def step(op, xs, m):
    """Run one step with the functions of m, a module: dezero_lite, NumPy or PyTorch."""
    x = xs[0]
    empty = 0 in x.shape
    match op:
        case "two outputs":
            return SumAndProduct()(*xs) if m is dz else (x + xs[1], x * xs[1])
        case "exp":
            return m.exp(m.tanh(x))
        case "log" | "sqrt":
            return getattr(m, op)(1 + m.square(m.tanh(x)))
        case "square":
            return m.square(m.sin(x))
        case "divide":
            return m.divide(x, 2 + m.square(m.tanh(xs[1])))
        case "power":
            base, exponent = 1 + m.square(m.tanh(x)), m.tanh(xs[1])
            # PyTorch takes d(p x^(p - 1))/dp for 0 where p = 0; it is 1/x.
            return m.exp(exponent * m.log(base)) if hasattr(m, "permute") else base**exponent
        case "mean" if empty:
            return m.sum(x)
        case "sum_0":
            return m.sum(x, axis=0, keepdims=True) if x.ndim else x * x
        case "reshape":
            return m.reshape(x, (0,) if empty else (-1,))
        case "transpose":
            return transposed(x, m)
        case "item":
            return x[0] if x.ndim and not empty else -x
        case "pick":
            return x[[0, -1, 0]] if x.ndim and not empty else x + 1
        case "broadcast":
            return m.broadcast_to(x, (2, *x.shape))
        case "stack" | "concatenate":
            return getattr(m, op)((*xs, x))
        case "matmul":
            return x @ transposed(xs[1], m)
    return getattr(m, op)(*xs)


@dataclass
class Program:
    leaves: list  # arrays
    steps: list  # (op, positions)

    def run(self, leaves, m):
        values = list(leaves)
        for op, positions in self.steps:
            result = step(op, [values[i] for i in positions], m)
            values += result if isinstance(result, tuple) else (result,)
        total = values[-1].sum()
        for value in values[-4:-1]:
            total = total + value.sum()
        return total, values

    def oracle(self, directions, h=1e-30):
        """Of the total, by each leaf: the gradient, and the Hessian times the directions."""
        firsts, seconds = ([np.zeros_like(leaf) for leaf in self.leaves] for _ in range(2))
        for k, leaf in enumerate(self.leaves):
            for i in np.ndindex(leaf.shape):
                shifted = [Dual(x.astype(complex), d) for x, d in zip(self.leaves, directions)]
                shifted[k].value[i] += 1j * h
                total, _ = self.run(shifted, np)
                firsts[k][i] = np.imag(total.value) / h
                seconds[k][i] = np.imag(total.slope) / h
        return firsts, seconds

    def features(self):
        """What the program has in it, in words."""
        shapes = [value.shape for value in self.run(self.leaves, np)[1]]
        uses = Counter(i for _, positions in self.steps for i in positions)
        yield from {op for op, _ in self.steps}
        if max(uses.values()) > 1:
            yield "shared variables"
        if any(shapes[a] != shapes[b] for op, (a, *bs) in self.steps if op != "matmul" for b in bs):
            yield "broadcasting"
        if () in shapes[: len(self.leaves)]:
            yield "leaves without axes"
        if any(0 in shape for shape in shapes):
            yield "empty arrays"
        if any(1 in shape for shape in shapes):
            yield "axes of length 1"


FEATURES = {*ONE, *TWO} | {
    "shared variables", "broadcasting", "leaves without axes", "empty arrays", "axes of length 1"
}  # fmt: skip


@st.composite
def programs(draw):
    numbers = st.floats(-2, 2, allow_nan=False).map(lambda value: round(value, 3))
    leaves = []
    for _ in range(draw(st.integers(1, 3))):
        shape = draw(st.sampled_from(SHAPES))
        size = int(np.prod(shape))
        data = draw(st.lists(numbers, min_size=size, max_size=size))
        leaves.append(np.array(data, dtype=float).reshape(shape))
    program = Program(leaves, [])
    for _ in range(draw(st.integers(1, 8))):
        shapes = [value.shape for value in program.run(leaves, np)[1]]
        first = draw(st.integers(0, len(shapes) - 1))
        shape = shapes[first]
        pairs = [op for op, fit in TWO.items() if fit(shape, shape)]
        op = draw(st.sampled_from(ONE) | st.sampled_from(pairs))
        positions = [first]
        if op in TWO:
            fitting = [i for i, other in enumerate(shapes) if TWO[op](shape, other)]
            positions.append(draw(st.sampled_from(fitting)))
        program.steps.append((op, positions))
    return program


compared = Counter()  # how many graphs each test has seen; conftest.py tells at the end


def on_random_graphs(test):
    """Run a test on many programs, and count them."""

    @given(programs())
    @wraps(test)
    def run(program):
        test(program)
        compared[test.__name__] += 1

    return run


# -------------------------------------------------------------------------------- dual numbers

SLOPES = {  # from the slopes of the inputs, the inputs and the output
    np.add: lambda s, t, *_: s + t,
    np.subtract: lambda s, t, *_: s - t,
    np.negative: lambda s, *_: -s,
    np.multiply: lambda s, t, a, b, y: s * b + a * t,
    np.matmul: lambda s, t, a, b, y: s @ b + a @ t,
    np.divide: lambda s, t, a, b, y: (s - y * t) / b,
    np.power: lambda s, t, a, b, y: y * (b * s / a + t * np.log(a)),
    np.exp: lambda s, a, y: s * y,
    np.log: lambda s, a, y: s / a,
    np.sqrt: lambda s, a, y: s / (2 * y),
    np.sin: lambda s, a, y: s * np.cos(a),
    np.cos: lambda s, a, y: -s * np.sin(a),
    np.tanh: lambda s, a, y: s * (1 - y * y),
    np.square: lambda s, a, y: 2 * s * a,
}


@dataclass
class Dual(np.lib.mixins.NDArrayOperatorsMixin):
    """value + slope ε with ε² = 0, on which NumPy's functions work."""

    value: np.ndarray
    slope: np.ndarray

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)

    def sum(self):
        return np.sum(self)

    def __getitem__(self, index):
        return Dual(self.value[index], self.slope[index])

    def __array_ufunc__(self, ufunc, method, *inputs):
        values = [x.value if isinstance(x, Dual) else x for x in inputs]
        slopes = [x.slope if isinstance(x, Dual) else 0 for x in inputs]
        y = ufunc(*values)
        return Dual(y, SLOPES[ufunc](*slopes, *values, y))

    def __array_function__(self, function, types, args, options):
        """All that are used here are linear."""

        def of(part):
            first, *rest = args
            many = isinstance(first, tuple)
            first = tuple(getattr(x, part) for x in first) if many else getattr(first, part)
            return function(first, *rest, **options)

        return Dual(of("value"), of("slope"))

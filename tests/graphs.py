"""Random graphs, and an oracle for their gradients that knows nothing of backward.

A program is a list of steps on a growing list of arrays. It runs on variables and, with the same
text, on complex arrays: the imaginary part of f(x + ih) / h is f'(x), exact to rounding for small h
(Squire & Trapp, Using complex variables to estimate derivatives of real functions, 1998). It runs
on PyTorch's tensors too.
"""

from collections import Counter
from dataclasses import dataclass
from functools import wraps

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import dezero_lite as dz

SHAPES = [(), (1,), (3,), (2, 1), (2, 3), (1, 3), (0, 3)]
UNARY = ["exp", "sin", "cos", "tanh", "square", "sum", "mean", "reshape", "transpose", "item"]
BINARY = ["add", "subtract", "multiply", "divide"]


class SumAndProduct(dz.Function):
    """A function with two outputs."""

    def forward(self, x0, x1):
        return x0 + x1, x0 * x1

    def backward(self, gy0, gy1):
        x0, x1 = self.xs
        return gy0 + gy1 * x1, gy0 + gy1 * x0


def step(op, xs, m):
    """Run one step with the functions of m, a module: dezero_lite, NumPy or PyTorch."""
    if op == "two":
        return SumAndProduct()(*xs) if m is dz else (xs[0] + xs[1], xs[0] * xs[1])
    if op == "divide":
        return m.divide(xs[0], 2 + m.square(m.tanh(xs[1])))
    if op == "exp":
        return m.exp(m.tanh(xs[0]))
    if op == "square":
        return m.square(m.sin(xs[0]))
    if op == "reshape":
        return m.reshape(xs[0], (-1,)) if 0 not in xs[0].shape else m.reshape(xs[0], (0,))
    if op == "transpose":
        return m.permute(xs[0], tuple(range(xs[0].ndim))[::-1]) if hasattr(m, "permute") else xs[0].T
    if op == "item":
        return xs[0][0] if xs[0].shape and xs[0].shape[0] else xs[0]
    if op in ("sum", "mean") and 0 in xs[0].shape:
        return m.sum(xs[0])
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
        # Everything that was computed counts, so that nothing is dead code.
        total = values[-1].sum()
        for value in values[-4:-1]:
            total = total + value.sum()
        return total, values

    def oracle(self, h=1e-30):
        """The gradient of the total by each leaf, one element at a time."""
        gradients = []
        for k, leaf in enumerate(self.leaves):
            gradient = np.zeros_like(leaf)
            for i in np.ndindex(leaf.shape):
                shifted = [x.astype(complex) for x in self.leaves]
                shifted[k][i] += 1j * h
                gradient[i] = np.imag(self.run(shifted, np)[0]) / h
            gradients.append(gradient)
        return gradients


@st.composite
def programs(draw, most_steps=8):
    """Programs with shared inputs, several outputs, broadcasting, 0-d and empty arrays."""
    numbers = st.floats(-2, 2, allow_nan=False).map(lambda value: round(value, 3))
    leaves = []
    for _ in range(draw(st.integers(1, 3))):
        shape = draw(st.sampled_from(SHAPES))
        size = int(np.prod(shape))
        data = draw(st.lists(numbers, min_size=size, max_size=size))
        leaves.append(np.array(data, dtype=float).reshape(shape))
    program = Program(leaves, [])
    for _ in range(draw(st.integers(1, most_steps))):
        shapes = [value.shape for value in program.run(leaves, np)[1]]
        op = draw(st.sampled_from([*UNARY, *BINARY, "two"]))
        first = draw(st.integers(0, len(shapes) - 1))
        positions = [first]
        if op in BINARY or op == "two":
            fitting = [i for i, s in enumerate(shapes) if op != "two" and _broadcast(s, shapes[first])]
            same = [i for i, s in enumerate(shapes) if s == shapes[first]]
            positions.append(draw(st.sampled_from(fitting or same)))
        program.steps.append((op, positions))
    return program


def _broadcast(a, b):
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


compared = Counter()  # how many graphs each test has seen; conftest.py tells at the end


def on_random_graphs(**options):
    """Run a test on many programs, and count them."""

    def decorate(test):
        @given(programs(**options))
        @wraps(test)
        def run(program):
            test(program)
            compared[test.__name__] += 1

        return run

    return decorate

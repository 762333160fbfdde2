"""Each public function: values against NumPy, first and second derivatives against differences."""

import numpy as np
import pytest

import dezero_lite as dz
from dezero_lite import gradcheck, gradgradcheck, gradients

rng = np.random.default_rng(0)
A, B = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
ROW, NUMBER, EMPTY = rng.standard_normal(3), np.array(0.7), np.zeros((0, 3))
POSITIVE = np.abs(A) + 0.5
STACK, MATRIX = rng.standard_normal((4, 1, 2, 3)), rng.standard_normal((5, 3, 2))
LABELS = np.array([0, 2])



def check(f, *xs):
    """First and second derivatives are right, and both passes give the same first ones."""
    assert gradcheck(f, *xs)
    assert gradgradcheck(f, *xs)
    inputs = tuple(map(dz.Variable, xs))
    y = f(*inputs)
    seed = np.cos(np.arange(y.size, dtype=float)).reshape(y.shape)
    for fast, differentiable in zip(
        gradients(y, inputs, seed), gradients(y, inputs, seed, create_graph=True)
    ):
        np.testing.assert_allclose(differentiable.data, fast, rtol=1e-12, atol=1e-12)


UNARY = {
    "square": (dz.square, np.square, A),
    "exp": (dz.exp, np.exp, A),
    "log": (dz.log, np.log, POSITIVE),
    "sqrt": (dz.sqrt, np.sqrt, POSITIVE),
    "sin": (dz.sin, np.sin, A),
    "cos": (dz.cos, np.cos, A),
    "tan": (dz.tan, np.tan, A),
    "tanh": (dz.tanh, np.tanh, A),
    "abs": (dz.abs, np.abs, A),
    "neg": (dz.neg, np.negative, A),
    "relu": (dz.relu, lambda x: np.maximum(x, 0), A),
    "sigmoid": (dz.sigmoid, lambda x: 1 / (1 + np.exp(-x)), A),
    "clip": (lambda x: dz.clip(x, -0.5, 0.5), lambda x: np.clip(x, -0.5, 0.5), A),
    "cube": (lambda x: x**3, lambda x: x**3, A),
    "power 2.5": (lambda x: x**2.5, lambda x: x**2.5, POSITIVE),
    "power -1": (lambda x: x**-1, lambda x: x**-1.0, POSITIVE),
    "power of 2": (lambda x: 2.0**x, lambda x: 2.0**x, A),
    "power, array": (lambda x: x ** np.array([2.0, 0.0, 3.0]), lambda x: x ** [2.0, 0, 3], POSITIVE),
    "times 3": (lambda x: 3 * x * 2.0, lambda x: 6 * x, A),
    "over 3": (lambda x: x / 3, lambda x: x / 3, A),
    "3 over": (lambda x: 3 / x, lambda x: 3 / x, POSITIVE),
    "minus, array": (lambda x: B - x - ROW, lambda x: B - x - ROW, A),
    "where": (lambda x: dz.where(B > 0, x, x * x), lambda x: np.where(B > 0, x, x * x), A),
    "sum": (dz.sum, np.sum, A),
    "sum axis": (lambda x: dz.sum(x, axis=1), lambda x: x.sum(1), A),
    "sum axes": (
        lambda x: dz.sum(x, axis=(0, -1), keepdims=True),
        lambda x: x.sum((0, 1), keepdims=True),
        A,
    ),
    "mean": (lambda x: dz.mean(x, axis=0), lambda x: x.mean(0), A),
    "max": (lambda x: dz.max(x, axis=1), lambda x: x.max(1), A),
    "min": (lambda x: dz.min(x, axis=0, keepdims=True), lambda x: x.min(0, keepdims=True), A),
    "prod": (dz.prod, np.prod, A),
    "prod axis": (lambda x: dz.prod(x, axis=1, keepdims=True), lambda x: x.prod(1, keepdims=True), A),
    "reshape": (lambda x: x.reshape(3, -1), lambda x: x.reshape(3, -1), A),
    "transpose": (lambda x: x.transpose(1, 0), np.transpose, A),
    "T": (lambda x: x.T, np.transpose, A),
    "transpose axes": (lambda x: x.transpose((2, 0, -3, 1)) if x.ndim == 4 else x, lambda x: x, A),
    "swapaxes": (lambda x: dz.swapaxes(x, 0, -1), lambda x: np.swapaxes(x, 0, -1), A),
    "expand_dims": (lambda x: dz.expand_dims(x, 1), lambda x: np.expand_dims(x, 1), A),
    "squeeze": (dz.squeeze, np.squeeze, STACK),
    "broadcast_to": (
        lambda x: dz.broadcast_to(x, (4, 2, 3)),
        lambda x: np.broadcast_to(x, (4, 2, 3)),
        A,
    ),
    "concatenate": (lambda x: dz.concatenate([x, x * 2], 1), lambda x: np.concatenate([x, 2 * x], 1), A),
    "stack": (lambda x: dz.stack([x, x * x], -1), lambda x: np.stack([x, x * x], -1), A),
    "item": (lambda x: x[1], lambda x: x[1], A),
    "slice": (lambda x: x[:, ::-2], lambda x: x[:, ::-2], A),
    "integers": (lambda x: x[:, [0, 0, 2]], lambda x: x[:, [0, 0, 2]], A),
    "booleans": (lambda x: x[B > 0], lambda x: x[B > 0], A),
    "newaxis": (lambda x: x[None, ..., 1], lambda x: x[None, ..., 1], A),
    "softmax": (dz.softmax, lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True), A),
    "log_softmax": (dz.log_softmax, lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True)), A),
    "logsumexp": (dz.logsumexp, lambda x: np.log(np.exp(x).sum()), A),
    "logsumexp axis": (lambda x: dz.logsumexp(x, 0), lambda x: np.log(np.exp(x).sum(0)), A),
    "cross entropy": (
        lambda x: dz.softmax_cross_entropy(x, LABELS),
        lambda x: -np.mean((x - np.log(np.exp(x).sum(-1, keepdims=True)))[[0, 1], LABELS]),
        A,
    ),
    "np.exp": (np.exp, np.exp, A),
    "np.sum": (lambda x: np.sum(x, axis=0), lambda x: np.sum(x, axis=0), A),
}


@pytest.mark.parametrize("f, in_numpy, x", UNARY.values(), ids=UNARY)
def test_one_input(f, in_numpy, x):
    np.testing.assert_allclose(f(dz.Variable(x)).data, in_numpy(x), rtol=1e-14)
    check(f, x)


BINARY = {
    "add": (dz.add, np.add),
    "subtract": (dz.subtract, np.subtract),
    "multiply": (dz.multiply, np.multiply),
    "divide": (dz.divide, np.divide),
    "maximum": (dz.maximum, np.maximum),
    "minimum": (dz.minimum, np.minimum),
    "where": (lambda x, y: dz.where(True, x, y) + dz.where(False, x, y), np.add),
}


@pytest.mark.parametrize("f, in_numpy", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize(
    "x0, x1",
    [(A, B), (A, ROW), (ROW, A), (NUMBER, A), (A, NUMBER), (NUMBER, np.array(1.7)), (A[:, :1], ROW), (EMPTY, ROW)],
    ids=str,
)
def test_two_inputs_broadcast(f, in_numpy, x0, x1):
    np.testing.assert_array_equal(f(dz.Variable(x0), dz.Variable(x1)).data, in_numpy(x0, x1))
    check(f, x0, x1)


@pytest.mark.parametrize("x1", [A, ROW, NUMBER])
def test_power_of_two_variables(x1):
    check(dz.power, POSITIVE, x1)


def test_mean_squared_error():
    assert dz.mean_squared_error(dz.Variable(A), B).data == np.mean((A - B) ** 2)
    check(dz.mean_squared_error, A, B)
    check(dz.mean_squared_error, A, ROW)


@pytest.mark.parametrize(
    "x0, x1",
    [(A, MATRIX[0]), (ROW, MATRIX[0]), (A, ROW), (ROW, ROW), (STACK, MATRIX), (ROW, MATRIX), (MATRIX, ROW[:2])],
    ids=lambda x: str(x.shape),
)
def test_matmul(x0, x1):
    np.testing.assert_allclose((dz.Variable(x0) @ dz.Variable(x1)).data, x0 @ x1, rtol=1e-13)
    check(dz.matmul, x0, x1)


def test_dot():
    assert dz.dot(dz.Variable(ROW), ROW).data == ROW @ ROW
    check(dz.dot, NUMBER, A)
    with pytest.raises(ValueError, match="use matmul"):
        dz.dot(STACK, ROW)


# Awkward points: what the documentation promises there.


def gradient(f, *xs):
    variables = [dz.Variable(np.array(x, dtype=float)) for x in xs]
    f(*variables).sum().backward()
    return [v.grad.tolist() for v in variables]


def test_ties_share_the_gradient():
    assert gradient(dz.maximum, 2, 2) == [0.5, 0.5]
    assert gradient(dz.minimum, 2, 2) == [0.5, 0.5]
    assert gradient(dz.max, [1, 3, 3]) == [[0, 0.5, 0.5]]
    assert gradient(dz.min, [1, 1, 3]) == [[0.5, 0.5, 0]]


def test_kinks_and_borders():
    assert gradient(dz.abs, [0, -1]) == [[0, -1]]
    assert gradient(dz.relu, [0, 1]) == [[0, 1]]
    assert gradient(lambda x: dz.clip(x, 0, 1), [0, 1, 2]) == [[1, 1, 0]]
    with np.errstate(divide="ignore"):
        assert gradient(dz.sqrt, [0]) == [[np.inf]]


def test_products_with_zeros():
    assert gradient(dz.prod, [0, 2, 3]) == [[6, 0, 0]]
    assert gradient(dz.prod, [0, 0, 3]) == [[0, 0, 0]]
    assert gradient(dz.prod, np.ones((0,))) == [[]]


def test_powers_at_zero():
    assert gradient(lambda x: x**2, 0) == [0]
    assert gradient(lambda x: x**1, 0) == [1]
    assert gradient(lambda x: x**0, 0) == [0]
    assert gradient(dz.power, 0, 0) == [0, 0]
    assert gradient(dz.power, 0, 2) == [0, 0]


def test_no_overflow():
    big = np.array([1000.0, 0.0])
    assert dz.logsumexp(dz.Variable(big)).data == 1000
    assert dz.softmax(dz.Variable(big)).data.tolist() == [1, 0]
    assert gradient(dz.logsumexp, big) == [[1, 0]]
    assert dz.sigmoid(dz.Variable(-big)).data.tolist() == [0, 0.5]


@pytest.mark.parametrize("f, in_numpy, x", UNARY.values(), ids=UNARY)
def test_float32_stays_float32(f, in_numpy, x):
    v = dz.Variable(x.astype(np.float32))
    y = f(v)
    if "array" not in str(f):
        y.sum().backward()
        assert v.grad.dtype == np.float32

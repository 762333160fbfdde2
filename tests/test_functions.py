"""Each public function: values against NumPy, first and second derivatives against differences."""

import inspect
import operator
from types import SimpleNamespace

import numpy as np
import pytest

import dezero_lite as dz
from dezero_lite import Variable, gradients

# What differentiates, shows or records, and needs no derivative itself.
TOOLS = set(
    "adjointcheck grad gradcheck gradgradcheck gradients graph hessian hvp implements jacobian jvp no_grad numerical_grad play "
    "references value_and_grad".split()
)
FUNCTIONS = {name for name, f in vars(dz).items() if inspect.isfunction(f) and name[0] != "_"} - TOOLS - {"softmax_cross_entropy"}

# The functions that NumPy lacks, and the same calls once more with NumPy's own on variables.
IN_NUMPY = SimpleNamespace(
    **vars(np),
    neg=np.negative,
    getitem=operator.getitem,
    relu=lambda x: np.maximum(x, 0),
    sigmoid=lambda x: 1 / (1 + np.exp(-x)),
    logsumexp=lambda x, axis=None, keepdims=False: np.log(np.exp(x).sum(axis, keepdims=keepdims)),
    softmax=lambda x, axis=-1: np.exp(x) / np.exp(x).sum(axis, keepdims=True),
    log_softmax=lambda x, axis=-1: x - np.log(np.exp(x).sum(axis, keepdims=True)),
    mean_squared_error=lambda x, t: np.mean((x - t) ** 2),
    cross_entropy=lambda x, t: -np.mean((x - np.log(np.exp(x).sum(1, keepdims=True)))[np.arange(len(t)), t]),
    linear=lambda forward, adjoint, x: forward(x),
    sum_to=lambda x, shape: x.sum(0, keepdims=len(shape) == 2),
)
THROUGH_NUMPY = SimpleNamespace(**{n: getattr(np, n, None) or getattr(dz, n) for n in FUNCTIONS})

rng = np.random.default_rng(0)
A, B = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
ROW, COLUMN, NUMBER = rng.standard_normal(3), rng.standard_normal((2, 1)), np.array(0.7)
EMPTY, ONE = np.zeros((0, 3)), np.array([[0.4]])
STACK, MATRIX = rng.standard_normal((4, 1, 2, 3)), rng.standard_normal((5, 3, 2))
TIES = np.array([[2.0, -1.0, 2.0], [0.5, 0.5, 0.0]])
LABELS, ROW32 = np.array([0, 2]), ROW.astype(np.float32)
MASK, INT8 = B > 0, np.array([-128, 0, 1], np.int8)


def call(name, **options):
    return lambda m, *xs: getattr(m, name)(*xs, **options)


# "function" or "function, what is special": (a call of it in the module m, inputs)
CASES = {
    "sum": (call("sum"), A),
    "sum, axis": (call("sum", axis=1), A),
    "sum, axes": (call("sum", axis=(0, -1), keepdims=True), A),
    "sum, no axis": (call("sum", axis=()), A),
    "sum, one number": (call("sum"), NUMBER),
    "sum, nothing": (call("sum", axis=0), EMPTY),
    "sum, lengths of 1": (call("sum", axis=(1, 3)), STACK),
    "mean": (call("mean"), A),
    "mean, axis": (call("mean", axis=0), A),
    "mean, axes": (call("mean", axis=(-1, 0), keepdims=True), STACK),
    "max": (call("max"), A),
    "max, axis": (call("max", axis=1), A),
    "max, axes": (call("max", axis=(0, 2), keepdims=True), STACK),
    "max, one number": (call("max"), NUMBER),
    "min": (call("min"), A),
    "min, axis": (call("min", axis=0, keepdims=True), A),
    "prod": (call("prod"), A),
    "prod, axis": (call("prod", axis=1, keepdims=True), A),
    "prod, axes": (call("prod", axis=(0, 2)), STACK),
    "prod, a zero": (call("prod"), A * [1, 0, 1] + [0, 0, 1]),
    "prod, zeros": (call("prod", axis=1), A * [0, 0, 1]),
    "prod, nothing": (call("prod", axis=0), EMPTY),
    "prod, one number": (call("prod"), NUMBER),
    "logsumexp": (call("logsumexp"), A),
    "logsumexp, axis": (call("logsumexp", axis=0), A),
    "logsumexp, axes": (call("logsumexp", axis=(0, 1), keepdims=True), A),
    "logsumexp, one number": (call("logsumexp"), NUMBER),
    "logsumexp, ties": (call("logsumexp", axis=1), TIES),
    "softmax": (call("softmax"), A),
    "softmax, axis": (call("softmax", axis=0), A),
    "softmax, length 1": (call("softmax"), COLUMN),
    "log_softmax": (call("log_softmax"), A),
    "log_softmax, axis": (call("log_softmax", axis=-2), A),
    "reshape": (lambda m, x: m.reshape(x, (3, -1)), A),
    "reshape, method": (lambda m, x: x.reshape(3, -1), A),
    "reshape, to a number": (lambda m, x: m.reshape(x, ()), ONE),
    "reshape, nothing": (lambda m, x: m.reshape(x, (3, 0)), EMPTY),
    "transpose": (call("transpose"), A),
    "transpose, method": (lambda m, x: x.transpose(1, 0), A),
    "transpose, T": (lambda m, x: x.T, STACK),
    "transpose, axes": (lambda m, x: m.transpose(x, (2, 0, -1, 1)), STACK),
    "swapaxes": (lambda m, x: m.swapaxes(x, 0, -1), A),
    "swapaxes, method": (lambda m, x: x.swapaxes(1, 2), STACK),
    "expand_dims": (lambda m, x: m.expand_dims(x, 1), A),
    "expand_dims, twice": (lambda m, x: m.expand_dims(x, (0, -1)), A),
    "expand_dims, a list": (lambda m, x: m.expand_dims(x, [0, 2]), A),
    "squeeze": (call("squeeze"), STACK),
    "squeeze, axis": (call("squeeze", axis=-3), STACK),
    "sum_to": (lambda m, x: m.sum_to(x, (3,)), A),
    "sum_to, length 1": (lambda m, x: m.sum_to(x, (1, 3)), A),
    "linear": (lambda m, x: m.linear(lambda x: np.cumsum(x, 1), lambda gy: np.cumsum(gy[:, ::-1], 1)[:, ::-1], x), A),
    "broadcast_to": (lambda m, x: m.broadcast_to(x, (4, 2, 3)), A),
    "broadcast_to, length 1": (lambda m, x: m.broadcast_to(x, (2, 3)), COLUMN),
    "broadcast_to, from a number": (lambda m, x: m.broadcast_to(x, (2, 3)), NUMBER),
    "broadcast_to, nothing": (lambda m, x: m.broadcast_to(x, (0, 3)), ROW),
    "concatenate": (lambda m, x, y: m.concatenate([x, y, x]), A, B),
    "concatenate, axis": (lambda m, x, y: m.concatenate([x, y], axis=-1), A, COLUMN),
    "concatenate, nothing": (lambda m, x, y: m.concatenate([x, y]), EMPTY, A),
    "concatenate, an array": (lambda m, x: m.concatenate([MASK.astype("f4"), x]), A),
    "stack": (lambda m, x, y: m.stack([x, y]), A, B),
    "stack, axis": (lambda m, x, y: m.stack([x, y], axis=-1), A, B),
    "stack, numbers": (lambda m, x: m.stack([x, x]), NUMBER),
    "stack, parts": (lambda m, x: m.stack([2 * part for part in reversed([*x])]), A),
    "getitem": (lambda m, x: m.getitem(x, 1), A),
    "getitem, element": (lambda m, x: x[1, -1], A),
    "getitem, slice": (lambda m, x: x[:, ::-2], A),
    "getitem, nothing": (lambda m, x: x[2:], A),
    "getitem, integers": (lambda m, x: x[:, [0, 0, 2]], A),
    "getitem, pairs of integers": (lambda m, x: x[[0, 1, 1, 1], [2, 0, 0, 1]], A),
    "getitem, booleans": (lambda m, x: x[MASK], A),
    "getitem, new axis": (lambda m, x: x[None, ..., 1], A),
    "getitem, number": (lambda m, x: x[...], NUMBER),
    "clip": (lambda m, x: m.clip(x, -0.5, 0.5), A),
    "clip, one side": (lambda m, x: m.clip(x, None, 0.5), A),
    "where": (lambda m, x, y: m.where(MASK, x, y), A, B),
    "where, stretched": (lambda m, x, y: m.where(MASK, x, y), ROW, COLUMN),
    "where, a number": (lambda m, x: m.where(MASK, x * x, 2.0), A),
    "add, numbers": (lambda m, x: 1 + x + 2.0 + ROW32, A),
    "subtract, numbers": (lambda m, x: 1 - x - 2.0 - ROW32, A),
    "subtract, from an array": (lambda m, x: ROW32 - x, A),
    "multiply, numbers": (lambda m, x: 3 * x * 2.0 * ROW32, A),
    "divide, numbers": (lambda m, x: x / 3 / np.exp(ROW32), A),
    "divide, a number": (lambda m, x: 3 / x, A),
    "power, 3": (lambda m, x: x**3, A),
    "power, 2.5": (lambda m, x: x**2.5, np.exp(A)),
    "power, -1": (lambda m, x: x**-1.0, A),
    "power, array": (lambda m, x: x ** np.array([2, 0, 3], np.float32), A),
    "power, to the end of int8": (lambda m, x: x**INT8, np.exp(A)),
    "power, to a variable of integers": (lambda m, x: x ** (INT8 if m is IN_NUMPY else Variable(INT8)), np.exp(A)),
    "power, of booleans": (lambda m, x: x**MASK, np.exp(A)),
    "power, of 2": (lambda m, x: np.float32(2) ** x, A),
    "power, of an array": (lambda m, x: np.exp(ROW32) ** x, A),
    "power, zeros": (lambda m, x: x**2.0, A * [0, 1, 0]),
    "mean_squared_error": (call("mean_squared_error"), A, B),
    "mean_squared_error, stretched": (call("mean_squared_error"), A, ROW),
    "mean_squared_error, an array": (lambda m, x: m.mean_squared_error(x, ROW32), A),
    "cross_entropy": (lambda m, x: m.cross_entropy(x, LABELS), A),
    "dot": (call("dot"), ROW, ROW),
    "dot, matrices": (call("dot"), A, MATRIX[0]),
    "dot, a number": (call("dot"), NUMBER, A),
    "matmul, arrays": (lambda m, x: ROW32[:2] @ x @ ROW32, A),
}
for name in "square exp sin cos tan tanh abs absolute neg negative relu sigmoid log sqrt".split():
    for x in (A, NUMBER, ONE, EMPTY, STACK[..., ::-2]):
        CASES[f"{name}, {x.shape}"] = (call(name), np.exp(x) if name in ("log", "sqrt") else x)
for name in "add subtract multiply divide power maximum minimum".split():
    for x0, x1 in [
        (A, B), (A, ROW), (ROW, A), (COLUMN, ROW), (NUMBER, A), (A, NUMBER), (NUMBER, NUMBER + 1),
        (ONE, A), (EMPTY, ROW), (STACK, MATRIX[:, :2, :1].reshape(5, 2, 1)),
    ]:  # fmt: skip
        base = np.exp(x0) if name == "power" else x0
        CASES[f"{name}, {x0.shape} {x1.shape}"] = (call(name), base, x1)
for x0, x1 in [
    (A, MATRIX[0]), (ROW, MATRIX[0]), (A, ROW), (ROW, ROW), (STACK, MATRIX), (ROW, MATRIX),
    (MATRIX, ROW[:2]), (EMPTY, MATRIX[0]), (EMPTY.T, EMPTY),
]:  # fmt: skip
    CASES[f"matmul, {x0.shape} {x1.shape}"] = (lambda m, x0, x1: x0 @ x1, x0, x1)

cases = pytest.mark.parametrize(
    "f, xs", [(f, tuple(map(np.asarray, xs))) for f, *xs in CASES.values()], ids=CASES
)


@cases
def test_value(f, xs):
    y = f(dz, *map(Variable, xs))
    assert isinstance(y, Variable)
    np.testing.assert_allclose(y.data, f(IN_NUMPY, *xs), rtol=1e-14, strict=True)


@cases
def test_numpy_called_on_variables_gives_the_same(f, xs):
    y, through_numpy = (f(m, *map(Variable, xs)) for m in (dz, THROUGH_NUMPY))
    assert isinstance(through_numpy, Variable)
    np.testing.assert_array_equal(through_numpy.data, y.data, strict=True)


NUMPYS = [name for name in CASES if hasattr(np, name.split(",")[0])]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("layout", [lambda x: x, np.transpose, lambda x: x[..., ::-1].copy()[..., ::-1] if x.ndim else x])
@pytest.mark.parametrize("name", NUMPYS)
def test_values_are_numpys_bit_for_bit(name, layout, dtype):
    f, *xs = CASES[name]
    arrays = [layout(layout(np.asarray(x).astype(dtype)).copy()) for x in xs]  # the same numbers, laid out otherwise
    with np.errstate(all="ignore"):
        y = f(dz, *map(Variable, arrays)).data
        np.testing.assert_array_equal(y, f(IN_NUMPY, *arrays), strict=True)


@cases
def test_first_and_second_derivatives(f, xs):
    assert dz.gradcheck(lambda *xs: f(dz, *xs), *xs)
    assert dz.gradgradcheck(lambda *xs: f(dz, *xs), *xs)


@cases
def test_both_passes_give_the_same(f, xs):
    inputs = tuple(map(Variable, xs))
    y = f(dz, *inputs)
    seed = np.cos(np.arange(y.size, dtype=float)).reshape(y.shape)
    over_arrays, differentiable = (gradients(y, inputs, seed, create_graph=c) for c in (False, True))
    for x, fast, slow in zip(xs, over_arrays, differentiable):
        assert type(fast) is np.ndarray and fast.shape == x.shape
        np.testing.assert_allclose(slow.data, fast, rtol=1e-12, atol=1e-12, strict=True)


@cases
def test_float32_stays_float32(f, xs):
    inputs = tuple(Variable(x.astype(np.float32)) for x in xs)
    y = f(dz, *inputs)
    assert y.dtype == np.float32
    for g in gradients(y, inputs, create_graph=True):
        assert g.dtype == np.float32


def test_power_with_exponent_0():
    assert dz.gradgradcheck(dz.power, np.exp(A), A * 0)


# The table is complete.


def test_each_public_function_has_a_case():
    assert {name.split(",")[0] for name in CASES} == FUNCTIONS


def below(kind):
    for subclass in kind.__subclasses__():
        if subclass.__module__.startswith(dz.__name__):
            yield subclass
            yield from below(subclass)


def test_each_function_of_the_engine_is_run_by_a_case():
    run = set()
    with pytest.MonkeyPatch.context() as patch:
        for kind in below(dz.core.Function):
            if "forward" in vars(kind):
                forward = vars(kind)["forward"]
                bind = getattr(forward, "__get__", lambda *_, forward=forward: forward)  # NumPy's own need no self
                patch.setattr(kind, "forward", lambda f, *xs, bind=bind: run.add(type(f)) or bind(f, type(f))(*xs))
        for f, *xs in CASES.values():
            f(dz, *(Variable(np.asarray(x)) for x in xs))
    assert run == {kind for kind in below(dz.core.Function) if hasattr(kind, "forward")}


LINEAR = "sum mean broadcast_to sum_to reshape transpose swapaxes squeeze expand_dims getitem neg linear".split()


@pytest.mark.parametrize("f, xs", [(f, xs) for name, (f, *xs) in CASES.items() if name.split(",")[0] in LINEAR])
def test_what_is_linear_has_its_adjoint_as_its_rule(f, xs):
    assert dz.adjointcheck(lambda x: f(dz, x), np.asarray(*xs) * 1.0)


def test_what_is_not_linear_or_has_another_adjoint_is_found():
    for f in (dz.square, lambda x: x + 1, lambda x: dz.linear(np.cumsum, np.cumsum, x), lambda x: dz.relu(x)):
        with pytest.raises(AssertionError, match="adjointcheck: ⟨f"):
            dz.adjointcheck(f, ROW)


def test_derivatives_of_functions_with_axes():
    f, x, v = lambda x: dz.tanh(x) * x[0], ROW, ROW[::-1].copy()  # noqa: E731
    t = np.tanh(x)
    jacobian = np.diag(1 - t**2) * x[0]
    jacobian[:, 0] += t
    np.testing.assert_allclose(dz.jacobian(f, x), jacobian)
    np.testing.assert_allclose(dz.jvp(f, x, v), jacobian @ v)
    np.testing.assert_allclose(dz.hessian(lambda x: (x**3).sum(), x), np.diag(6 * x))
    assert dz.jacobian(lambda x: x[:0], x).shape == (0, 3)


# Awkward points: what the documentation promises there.


def gradient(f, *xs):
    variables = [Variable(np.array(x, dtype=float)) for x in xs]
    f(*variables).sum().backward()
    return [v.grad.tolist() for v in variables]


@pytest.mark.parametrize(
    "f, xs",
    [
        (lambda x: dz.max(x, axis=1), [TIES]), (lambda x: dz.min(x, axis=1), [-TIES]),
        (dz.maximum, [TIES, TIES]), (dz.minimum, [TIES, TIES]), (dz.abs, [TIES * 0]),
    ],
    ids=["max", "min", "maximum", "minimum", "abs"],
)  # fmt: skip
def test_at_a_kink_the_slope_is_the_mean_of_both_sides(f, xs):
    """Which is what central differences give; of the second derivative they can say nothing."""
    assert dz.gradcheck(f, *xs)


def test_ties_share_the_gradient():
    assert gradient(dz.maximum, 2, 2) == [0.5, 0.5]
    assert gradient(dz.minimum, 2, 2) == [0.5, 0.5]
    assert gradient(dz.max, [1, 3, 3]) == [[0, 0.5, 0.5]]
    assert gradient(dz.min, [1, 1, 3]) == [[0.5, 0.5, 0]]
    assert gradient(dz.max, [2, 2, 2, 2]) == [[0.25] * 4]


def test_kinks_and_borders():
    assert gradient(dz.abs, [0, -1]) == [[0, -1]]
    assert gradient(dz.relu, [0, 1]) == [[0, 1]]
    assert gradient(lambda x: dz.clip(x, 0, 1), [0, 1, 2]) == [[1, 1, 0]]
    with np.errstate(divide="ignore"):
        assert gradient(dz.sqrt, [0]) == [[np.inf]]
        assert gradient(dz.log, [0]) == [[np.inf]]


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
    assert gradient(dz.power, 5e-324, 0)[0] == 0  # though 1 / 5e-324 overflows


def test_a_negative_base_has_no_gradient_by_its_exponent():
    with np.errstate(invalid="ignore"):
        base, exponent = gradient(dz.power, -2, 2)
    assert base == -4 and np.isnan(exponent)


def test_no_overflow():
    big = np.array([1000.0, 0.0])
    assert dz.logsumexp(Variable(big)).data == 1000
    assert dz.softmax(Variable(big)).data.tolist() == [1, 0]
    assert dz.log_softmax(Variable(big)).data.tolist() == [0, -1000]
    assert dz.cross_entropy(Variable(big[None]), np.array([1])).data == 1000
    assert gradient(dz.logsumexp, big) == [[1, 0]]
    assert dz.sigmoid(Variable(-big)).data.tolist() == [0, 0.5]
    assert gradient(dz.sigmoid, [1000, -1000]) == gradient(dz.tanh, [1000, -1000]) == [[0, 0]]


def test_minus_infinity_adds_nothing_to_logsumexp():
    assert dz.logsumexp(Variable(np.array([-np.inf, 1]))).data == 1
    assert gradient(dz.logsumexp, [-np.inf, 1]) == [[0, 1]]


def test_the_largest_of_nothing_is_an_error():
    for f in (dz.max, dz.min):
        with pytest.raises(ValueError, match="zero-size array"):
            f(Variable(EMPTY))

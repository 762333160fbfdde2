"""Values and derivatives of each public function, in units in the last place, against mpmath.

Points lie all over the range of float64, float32 and float16: zeros, subnormals, the ends, inf and nan
for functions of one number; far apart, equal and large entries for functions over an axis. The
reference has 60 digits and formulas of its own for the derivatives.
"""

import itertools

import mpmath as mp
import numpy as np
import pytest
from mpmath import mpf
from test_functions import FUNCTIONS

import dezero_lite as dz
from dezero_lite import Variable

mp.mp.dps = 60
DTYPES = [np.float64, np.float32, np.float16]
UNITS = 8  # "a few"; NumPy's own functions take up to 4 of them

dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def distance(computed, exact, dtype, slack=0):
    """In units in the last place of exact; slack is an absolute error that is allowed besides."""
    info = np.finfo(dtype)
    computed = mpf(float(computed))
    if mp.isnan(exact) or mp.isnan(computed):
        return mpf(0 if mp.isnan(exact) and mp.isnan(computed) else "inf")
    unit = mpf(float(info.smallest_subnormal))
    if exact and not mp.isinf(exact):
        unit = max(unit, mpf(2) ** (mp.frexp(exact)[1] - 1 - info.nmant))
    top = mpf(float(info.max))
    computed, exact = (x if abs(x) <= top else mp.sign(x) * mp.inf for x in (computed, exact))
    if computed == exact:
        return mpf(0)
    if mp.isinf(computed) or mp.isinf(exact):  # at the end of the range either is right
        computed, exact = (mp.sign(x) * top if mp.isinf(x) else x for x in (computed, exact))
    return max(abs(computed - exact) - slack, mpf(0)) / unit


def numbers(dtype, each):
    """Zeros, subnormals, the ends, round numbers, and `each` numbers of each sign in between."""
    info, rng = np.finfo(dtype), np.random.default_rng(1)
    low, high = np.log2(float(info.smallest_subnormal)), np.log2(float(info.max))
    magnitudes = [
        0, info.smallest_subnormal, info.tiny / 2, info.tiny, info.eps, 0.5, 1, 1.5, 2, 3, 10, 50, 88, 100,
        info.max, *2 ** rng.uniform(low, high, each), *rng.uniform(0, 20, each), *rng.uniform(0, 2, each),
    ]  # fmt: skip
    positive = np.array(magnitudes).astype(dtype)
    return np.concatenate([positive, -positive])


# ------------------------------------------------------------------------- functions of one number


def sign(x):
    return x if mp.isnan(x) else mp.sign(x)


def step(x):
    return x if mp.isnan(x) else mpf(x > 0)


ONE = {  # name: (call, value, derivative)
    "square": (dz.square, lambda x: x * x, lambda x: 2 * x),
    "negative": (dz.negative, lambda x: -x, lambda x: mpf(-1)),
    "neg": (dz.neg, lambda x: -x, lambda x: mpf(-1)),
    "exp": (dz.exp, mp.exp, mp.exp),
    "log": (dz.log, mp.log, lambda x: 1 / x),
    "sqrt": (dz.sqrt, mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    "sin": (dz.sin, mp.sin, mp.cos),
    "cos": (dz.cos, mp.cos, lambda x: -mp.sin(x)),
    "tan": (dz.tan, mp.tan, lambda x: mp.sec(x) ** 2),
    "tanh": (dz.tanh, mp.tanh, lambda x: 1 / mp.cosh(x) ** 2),
    "sigmoid": (dz.sigmoid, lambda x: 1 / (1 + mp.exp(-x)), lambda x: 1 / (2 * mp.cosh(x / 2)) ** 2),
    "absolute": (dz.absolute, abs, sign),
    "abs": (dz.abs, abs, sign),
    "relu": (dz.relu, lambda x: x * step(x) if x else x, step),
    "clip": (lambda x: dz.clip(x, -0.5, 2), lambda x: x if mp.isnan(x) else min(max(x, mpf(-0.5)), mpf(2)),
             lambda x: mpf(-0.5 <= x <= 2)),
    "power": (lambda x: x**3, lambda x: x**3, lambda x: 3 * x**2),
    "power, 2.5": (lambda x: x**2.5, lambda x: mp.sqrt(x**5), lambda x: mpf(2.5) * mp.sqrt(x**3)),
    "power, 0.5": (lambda x: x**0.5, mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    "power, -1": (lambda x: x**-1, lambda x: 1 / x, lambda x: -1 / x**2),
    "power, 0": (lambda x: x**0, lambda x: mpf(1), lambda x: mpf(0)),
    "power, of 2": (lambda x: 2**x, lambda x: mpf(2) ** x, lambda x: mpf(2) ** x * mp.log(2)),
    "multiply": (lambda x: 3 * x, lambda x: 3 * x, lambda x: mpf(3)),
    "divide": (lambda x: x / 3, lambda x: x / 3, lambda x: 1 / mpf(3)),
    "divide, a number": (lambda x: 3 / x, lambda x: 3 / x, lambda x: -3 / x**2),
    "dot": (lambda x: dz.dot(x, 3), lambda x: 3 * x, lambda x: mpf(3)),
}  # fmt: skip
POSITIVE = {"log", "sqrt", "power, 2.5", "power, 0.5"}


def slope(f, x):
    return dz.gradients(f, (x,))[0]


@dtypes
@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_number(name, dtype):
    f, value, derivative = ONE[name]
    points = numbers(dtype, 40)
    if name in POSITIVE:
        points = points[: len(points) // 2]
    x = Variable(points)
    y = f(x)
    for p, computed, computed_slope in zip(points, y.data, slope(y, x)):
        exact = mpf(float(p))
        try:
            wanted = value(exact), derivative(exact)
        except (ZeroDivisionError, ValueError):  # a pole; mpmath has one zero, floating numbers have two
            assert p == 0 and not np.isfinite([float(computed), float(computed_slope)]).all()
            continue
        assert distance(computed, wanted[0], dtype) <= UNITS, f"{name}({p!r})"
        if name == "power, of 2" and np.isinf(computed):
            continue  # as its docstring says
        assert distance(computed_slope, wanted[1], dtype) <= UNITS, f"the derivative of {name} at {p!r}"


@dtypes
@pytest.mark.parametrize("name", ONE)
def test_one_number_alone_is_computed_as_in_an_array(name, dtype):
    for p in np.array([0.7, 3, 9, 0.01], dtype):
        for create_graph in (False, True):
            both = []
            for x in (Variable(np.array(p)), Variable(np.array([p]))):
                y = ONE[name][0](x)
                gx = dz.gradients(y, (x,), create_graph=create_graph)[0]
                both.append((y.data.item(), np.ravel(gx.data if create_graph else gx)[0].item()))
            for alone, among in zip(*both):
                assert distance(alone, mpf(among), dtype) <= UNITS


AT_INFINITY = {  # value and derivative at inf and at -inf; of what is not here nan is right
    "square": ((np.inf, np.inf), (np.inf, -np.inf)), "negative": ((-np.inf, -1), (np.inf, -1)),
    "exp": ((np.inf, np.inf), (0, 0)), "log": ((np.inf, 0), None), "sqrt": ((np.inf, 0), None),
    "tanh": ((1, 0), (-1, 0)), "sigmoid": ((1, 0), (0, 0)), "abs": ((np.inf, 1), (np.inf, -1)),
    "relu": ((np.inf, 1), (0, 0)), "clip": ((2, 0), (-0.5, 0)), "power": ((np.inf, np.inf), (-np.inf, np.inf)),
    "power, -1": ((0, 0), (0, 0)), "power, 0": ((1, 0), (1, 0)), "power, of 2": ((np.inf, np.inf), (0, 0)),
    "divide, a number": ((0, 0), (0, 0)), "sin": (None, None), "cos": (None, None), "tan": (None, None),
}  # fmt: skip


@dtypes
@pytest.mark.parametrize("name", AT_INFINITY)
def test_infinity(name, dtype):
    for p, wanted in zip((np.inf, -np.inf), AT_INFINITY[name]):
        x = Variable(np.array([p], dtype))
        y = ONE[name][0](x)
        if wanted is None:
            assert np.isnan(y.data[0])
        else:
            assert (y.data[0], slope(y, x)[0]) == wanted


@dtypes
@pytest.mark.parametrize("name", [name for name in ONE if name not in ("power, 0", "clip")])
def test_nan_stays_nan(name, dtype):
    """In the value; in the derivative too, unless it is the same number everywhere."""
    x = Variable(np.array([np.nan], dtype))
    y = ONE[name][0](x)
    assert np.isnan(y.data[0])
    constant = name in ("negative", "neg", "multiply", "divide", "dot")
    assert np.isnan(slope(y, x)[0]) != constant


# ------------------------------------------------------------------------- functions of two numbers


def half(larger, equal):
    return mpf(1) if larger else mpf(0.5) if equal else mpf(0)


def log_part(x, p):
    return mpf(0) if not x and p >= 0 else x**p * mp.log(x)


TWO = {  # name: (call, value, derivative by x0, derivative by x1)
    "add": (dz.add, lambda a, b: a + b, lambda a, b: mpf(1), lambda a, b: mpf(1)),
    "subtract": (dz.subtract, lambda a, b: a - b, lambda a, b: mpf(1), lambda a, b: mpf(-1)),
    "multiply": (dz.multiply, lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "divide": (dz.divide, lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "maximum": (dz.maximum, max, lambda a, b: half(a > b, a == b), lambda a, b: half(a < b, a == b)),
    "minimum": (dz.minimum, min, lambda a, b: half(a < b, a == b), lambda a, b: half(a > b, a == b)),
    "where": (lambda a, b: dz.where(a.data > b.data, a, b), max, lambda a, b: mpf(a > b),
              lambda a, b: mpf(a <= b)),
    "power": (dz.power, lambda a, b: a**b, lambda a, b: b * a ** (b - 1), log_part),
}  # fmt: skip


@dtypes
@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_numbers(name, dtype):
    f, *exact = TWO[name]
    points = numbers(dtype, 1)
    bases = points[points >= 0] if name == "power" else points
    x0, x1 = (Variable(np.array(p, dtype)) for p in zip(*itertools.product(bases, points)))
    y = f(x0, x1)
    computed = y.data, *dz.gradients(y, (x0, x1))
    for i, (a, b) in enumerate(zip(x0.data, x1.data)):
        exact_a, exact_b = mpf(float(a)), mpf(float(b))
        for what, array, reference in zip(("value", "by x0", "by x1"), computed, exact):
            if name == "power" and (abs(exact_b) > 1000 or not a and (b < 1 or what == "by x1")):
                continue  # mpmath would take long; zeros have a test of their own
            try:
                wanted = reference(exact_a, exact_b)
            except ZeroDivisionError:
                assert not np.isfinite(array[i])
                continue
            slack = 0
            if name == "divide" and what == "by x1" and abs(a / b) < np.finfo(dtype).tiny:
                continue  # as its docstring says
            if name == "power" and what == "by x0" and b and not np.finfo(dtype).tiny <= a ** (b - 1) < np.inf:
                continue  # as its docstring says
            if name == "power" and what == "by x0" and b < 0.5 and a:  # as its docstring says
                slack = abs(wanted * mp.log(exact_a)) * mpf(float(np.finfo(dtype).eps)) * max(1, abs(exact_b))
            assert distance(array[i], wanted, dtype, slack) <= UNITS, f"{name}({a!r}, {b!r}), {what}"


@dtypes
def test_quotients_whose_square_is_out_of_range(dtype):
    """x0 / x1^2 is in range, but neither x1^2 nor 1 / x1 need be."""
    info = np.finfo(dtype)
    big, small = dtype(2) ** (info.maxexp - 2), info.smallest_subnormal
    for a, b, wanted in [(big, big, -1 / float(big)), (small, small, -1 / float(small)), (0, small, 0)]:
        x0, x1 = Variable(np.array([a], dtype)), Variable(np.array([b], dtype))
        assert distance(slope(dz.divide(x0, x1), x1)[0], mpf(wanted), dtype) <= UNITS


# ---------------------------------------------------------------------------- functions over an axis


def rows(dtype):
    top = float(np.finfo(dtype).max)
    small = float(np.finfo(dtype).smallest_subnormal)
    return [
        [0, -40], [-40, 0, 1], [1000, 1000.5], [-1000, -1000.5, -1003], [30, -30, 0], [5, 5, 5], [-0.7, -0.7],
        [top, top], [top, -top], [top / 2, top / 2, top / 4, -3], [-top, -top / 2], [small, small], [0, small],
        [0, 0, 3], [2], [0, -0.0], [50, 0, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.5], [-9, -9, 0], [1e-3, 200, 0.5],
    ]  # fmt: skip


def exact_softmax(x):
    e = [mp.exp(v - max(x)) for v in x]
    return [v / mp.fsum(e) for v in e]


def exact_logsumexp_less_largest(x):
    """ln(1 + the others), without the digits that 1 + the others would lose."""
    others = [v - max(x) for v in x]
    others.remove(0)
    return mp.log1p(mp.fsum(map(mp.exp, others)))


def jacobian_of_softmax(x):
    # 1 - y as the sum of the others: no digit of the reference is lost either
    y = exact_softmax(x)
    return [[y[i] * (mp.fsum(y[:i] + y[i + 1 :]) if i == j else -y[j]) for j in range(len(y))]
            for i in range(len(y))]  # fmt: skip


def jacobian_of_log_softmax(x):
    y = exact_softmax(x)
    return [[mp.fsum(y[:i] + y[i + 1 :]) if i == j else -y[j] for j in range(len(y))] for i in range(len(y))]


def of_extremes(best):
    return lambda x: [[mpf(v == best(x)) / x.count(best(x)) for v in x]]


def no_slack(x):
    return 0


def rounding_below_the_largest(x):
    """What softmax says: x - m is rounded."""
    return max(min(abs(v - max(x)), mpf(1100)) for v in x)


AXIS = {  # name: (call, values, their Jacobian, what is allowed besides, in eps: of value, of the Jacobian)
    "sum": (dz.sum, lambda x: [mp.fsum(x)], lambda x: [[mpf(1)] * len(x)],
            lambda x: 4 * mp.fsum(map(abs, x)), no_slack),
    "mean": (dz.mean, lambda x: [mp.fsum(x) / len(x)], lambda x: [[1 / mpf(len(x))] * len(x)],
             lambda x: 4 * mp.fsum(map(abs, x)) / len(x), no_slack),
    "max": (dz.max, lambda x: [max(x)], of_extremes(max), no_slack, no_slack),
    "min": (dz.min, lambda x: [min(x)], of_extremes(min), no_slack, no_slack),
    "prod": (dz.prod, lambda x: [mp.fprod(x)],
             lambda x: [[mp.fprod(x[:i] + x[i + 1 :]) for i in range(len(x))]], no_slack, no_slack),
    "logsumexp": (dz.logsumexp, lambda x: [max(x) + exact_logsumexp_less_largest(x)],
                  lambda x: [exact_softmax(x)], lambda x: max(abs(max(x)), 1) if max(x) < 0 else 0,
                  rounding_below_the_largest),
    "softmax": (dz.softmax, exact_softmax, jacobian_of_softmax, rounding_below_the_largest,
                rounding_below_the_largest),
    "log_softmax": (dz.log_softmax, lambda x: [v - max(x) - exact_logsumexp_less_largest(x)
                                               for v in x],
                    jacobian_of_log_softmax, rounding_below_the_largest, rounding_below_the_largest),
    "softmax_cross_entropy": (
        lambda x: dz.softmax_cross_entropy(dz.reshape(x, (1, -1)), np.array([0])),
        lambda x: [max(x) - x[0] + exact_logsumexp_less_largest(x)],
        lambda x: [[-v for v in jacobian_of_log_softmax(x)[0]]], rounding_below_the_largest,
        rounding_below_the_largest),
    "mean_squared_error": (
        lambda x: dz.mean_squared_error(x, 0.5), lambda x: [mp.fsum((v - mpf(0.5)) ** 2 for v in x) / len(x)],
        lambda x: [[2 * (v - mpf(0.5)) / len(x) for v in x]], no_slack, no_slack),
    "dot": (lambda x: dz.dot(x, x[::-1]), lambda x: [mp.fsum(a * b for a, b in zip(x, x[::-1]))],
            lambda x: [[2 * v for v in x[::-1]]], lambda x: 4 * mp.fsum(abs(a * b) for a, b in zip(x, x[::-1])),
            no_slack),
    "matmul": (lambda x: (dz.reshape(x, (1, -1)) @ np.ones((x.size, 1), x.dtype)).reshape(1),
               lambda x: [mp.fsum(x)], lambda x: [[mpf(1)] * len(x)], lambda x: 4 * mp.fsum(map(abs, x)),
               no_slack),
}  # fmt: skip


@dtypes
@pytest.mark.parametrize("name", AXIS)
def test_functions_over_an_axis(name, dtype):
    f, values, jacobian, slack_of_value, slack_of_jacobian = AXIS[name]
    eps = mpf(float(np.finfo(dtype).eps))
    for row in rows(dtype):
        x = Variable(np.array(row, dtype))
        exact = [mpf(float(v)) for v in x.data]
        y = f(x)
        if name in ("sum", "dot", "matmul", "prod") and not np.isfinite(y.data) or np.isinf(x.data).any():
            continue  # a sum or product on the way was out of range, as NumPy's
        wanted, wanted_rows = values(exact), jacobian(exact)
        for i, (computed, expected) in enumerate(zip(np.atleast_1d(y.data), wanted)):
            allowed = eps * slack_of_value(exact) * (abs(expected) if "softmax" in name else 1)
            assert distance(computed, expected, dtype, allowed) <= UNITS, f"{name}({row})[{i}]"
            seed = np.zeros(y.shape, dtype)
            seed[(i,) * y.ndim] = 1
            computed_row = dz.gradients(y, (x,), seed)[0]
            for j, (g, d) in enumerate(zip(computed_row, wanted_rows[i])):
                allowed = eps * slack_of_jacobian(exact) * abs(d)
                assert distance(g, d, dtype, allowed) <= UNITS, f"d {name}({row})[{i}] / dx[{j}]"


@dtypes
def test_many_equal_entries(dtype):
    n = 70_000  # more than the largest number of float16
    x = Variable(np.full(n, 0.5, dtype))
    for f, slope_of_one in (dz.mean, 1 / n), (dz.max, 1 / n), (dz.min, 1 / n):
        y = f(x)
        assert y.data == 0.5
        assert distance(slope(y, x)[0], mpf(slope_of_one), dtype) <= UNITS


def test_the_largest_and_smallest_are_right_with_minus_infinity():
    x = Variable(np.array([-np.inf, 1.0]))
    assert dz.softmax(x).data.tolist() == [0, 1] and dz.log_softmax(x).data.tolist() == [-np.inf, 0]
    assert slope(dz.softmax(x)[1], x).tolist() == [0, 0]


# These move numbers about; test_functions.py compares them with NumPy exactly.
MOVE = set("broadcast_to concatenate expand_dims getitem reshape squeeze stack swapaxes transpose".split())


def test_each_public_function_is_in_a_table():
    assert {name.split(",")[0] for name in ONE | TWO | AXIS} | MOVE == FUNCTIONS


# ------------------------------------------------------------------------- many elements, narrow dtypes


@dtypes
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, lambda x: np.broadcast_to(x[:1, :1], x.shape)])
def test_sums_of_many_equal_elements(axis, layout, dtype):
    """NumPy's own sum along the first axis has no digit left in float16, and two in float32."""
    x = Variable(layout(np.full((20_000, 2) if axis == 0 else (2, 20_000), 0.1, dtype)))
    n = x.size if axis is None else 20_000
    for y, wanted in [
        (dz.sum(x, axis=axis), n * mpf(float(x.data[0, 0]))),
        (dz.mean(x, axis=axis), mpf(float(x.data[0, 0]))),
        (dz.logsumexp(x, axis=axis), mpf(float(x.data[0, 0])) + mp.log(n)),
        (dz.softmax(x, axis=axis), mpf(1) / n),
        (dz.log_softmax(x, axis=axis), -mp.log(n)),
    ]:
        for element in y.data.ravel()[:3]:
            assert distance(element, wanted, dtype, 0) <= UNITS


@dtypes
@pytest.mark.parametrize("shape", [(2,), (1, 2), ()])
def test_the_gradient_of_a_stretched_input_is_a_sum_of_many(shape, dtype):
    n = 20_000
    x, c = Variable(np.zeros(shape, dtype)), np.full((n, 2), 0.1, dtype)
    (g,) = dz.gradients(x * c, (x,))
    wanted = n * mpf(float(c[0, 0])) * (1 if shape else 2)
    assert all(distance(element, wanted, dtype, 0) <= UNITS for element in g.ravel())


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_the_gradient_of_an_element_that_is_used_often(dtype):
    x = Variable(np.zeros(2, dtype))
    (g,) = dz.gradients(x[np.zeros(20_000, int)] * dtype(0.1), (x,))
    assert g.dtype == dtype and g[1] == 0
    assert distance(g[0], 20_000 * mpf(float(dtype(0.1))), dtype, 0) <= UNITS


def test_float16_has_more_elements_than_its_range():
    n = 70_000  # the range ends at 65,504
    x = Variable(np.ones(n, np.float16))
    scaled = np.float16(1000)  # as losses are scaled, to keep small gradients in range
    for y, wanted in [
        (dz.mean(x), 1 / mpf(n)), (dz.mean_squared_error(x, np.zeros(n, np.float16)), 2 / mpf(n)),
        (dz.max(x), 1 / mpf(n)), (dz.logsumexp(x), 1 / mpf(n)),
    ]:  # fmt: skip
        assert distance(dz.gradients(y * scaled, (x,))[0][0], 1000 * wanted, np.float16, 0) <= UNITS
    assert dz.mean(Variable(np.append(x.data, np.float16(np.inf)))).data == np.inf
    g, *_ = dz.gradients(dz.log_softmax(x), (x,), seed=np.full(n, scaled))
    assert np.isfinite(g).all()


@dtypes
@pytest.mark.parametrize("exponents", [(-1, 0, 1, 1, -1, 0), (1.5, -0.9, -0.9, -0.9), (-1.5, 1, 1, 1, 0), (1, 1, 1, -1, -1, -1, 0, 1)])
def test_a_product_in_range_has_a_gradient_in_range(exponents, dtype):
    x = Variable((float(np.finfo(dtype).max) ** (0.6 * np.array(exponents)) * 1.25).astype(dtype))
    with np.errstate(over="ignore"):
        (g,) = dz.gradients(dz.prod(x), (x,))
    for i, element in enumerate(g):
        others = mp.fprod(mpf(float(v)) for j, v in enumerate(x.data) if j != i)
        if np.finfo(dtype).tiny < abs(others) < np.finfo(dtype).max:
            assert distance(element, others, dtype, 0) <= UNITS


@dtypes
@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.int64])
def test_exponents_at_the_end_of_the_integers(kind, dtype):
    smallest = np.iinfo(kind).min
    for p in (kind(smallest), np.array([smallest], kind), Variable(np.array([smallest], kind))):
        x = Variable(np.ones(1, dtype))
        with np.errstate(over="ignore"):
            assert dz.gradients((x**p).sum(), (x,))[0] == np.float64(smallest).astype(dtype)


def test_the_logarithm_of_a_small_integer_base_has_the_dtype_of_the_result():
    w = Variable(np.array([1.5]))
    for kind in (np.uint8, np.int8, np.int16):
        (g,) = dz.gradients(dz.power(np.array([3], kind), w).sum(), (w,))
        assert g[0] == pytest.approx(3**1.5 * np.log(3), rel=1e-15)

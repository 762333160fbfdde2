"""What is given to the public functions: dtypes, numbers, infinite gradients, and what makes no sense."""

import operator

import numpy as np
import pytest
from test_functions import CASES, FUNCTIONS, LABELS

import dezero_lite as dz
from dezero_lite import Variable, gradients

INTEGERS = [np.dtype(code) for code in "?bBhHiIlLqQ"]
SMALL = [np.float32, np.float16]


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


# ------------------------------------------------------------------------------- integers, booleans


def ends(dtype):
    if dtype == bool:
        return np.array([[False, True], [True, True]])
    info = np.iinfo(dtype)
    return np.array([[info.min, info.max], [2, 3]], dtype)


def log_softmax(x):
    x = x.astype(float)
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


IN_NUMPY = {  # what NumPy has not, in float64
    "neg": np.negative,
    "power": operator.pow,  # np.power gives an int64 for True and 2, the operator an int8
    "getitem": lambda x, i: x[i],
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x.astype(float))),
    "softmax": lambda x: np.exp(log_softmax(x)),
    "log_softmax": log_softmax,
    "logsumexp": lambda x: np.log(np.exp(x - float(x.max())).sum()) + float(x.max()),
    "cross_entropy": lambda x, t: -log_softmax(x)[np.arange(2), t].mean(),
    "mean_squared_error": lambda x, t: np.mean((x - t) * (x - t)),
    "linear": lambda x, *_: x,
    "sum_to": lambda x, shape: x.sum(0),
    "where": lambda c, x, y: np.where(c, x, y),
}
MORE = {
    "getitem": (0,), "sum_to": ((2,),), "reshape": (4,), "expand_dims": (0,), "broadcast_to": ((3, 2, 2),), "swapaxes": (0, 1),
    "clip": (1, 2), "cross_entropy": (np.array([0, 1]),),
}  # fmt: skip
TWO = "add subtract multiply divide power maximum minimum dot matmul mean_squared_error".split()


@pytest.mark.parametrize("dtype", INTEGERS, ids=lambda dtype: dtype.name + dtype.char)
@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"linear"}))
def test_integers_and_booleans_give_what_numpy_gives_or_a_type_error(name, dtype):
    x = ends(dtype)
    f, in_numpy = getattr(dz, name), IN_NUMPY.get(name, getattr(np, name, None))
    if name in ("concatenate", "stack"):
        calls = [([x, x],), ([Variable(x), x],)]
    elif name == "where":
        calls = [(x > 1, Variable(x), x[::-1])]
    elif name in TWO:
        calls = [(Variable(x), Variable(x[::-1].copy())), (Variable(x), x), (x, Variable(x)), (Variable(x), 2)]
    else:
        calls = [(Variable(x), *MORE.get(name, ())), (x, *MORE.get(name, ()))]
    if name in ("dot", "matmul"):
        calls.pop()
    for arguments in calls:
        plain = [a.data if isinstance(a, Variable) else a for a in arguments]
        if isinstance(plain[0], list):
            plain = [[a.data if isinstance(a, Variable) else a for a in plain[0]]]
        try:
            wanted = in_numpy(*plain)
        except (TypeError, ValueError) as error:  # NumPy refuses it: so do we
            with pytest.raises(TypeError if in_numpy is None else type(error)):
                f(*arguments)
            continue
        y = f(*arguments)
        y = y.data if isinstance(y, Variable) else y
        assert y.dtype == wanted.dtype
        np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-100, strict=True)


@pytest.mark.parametrize("dtype", INTEGERS, ids=lambda dtype: dtype.name + dtype.char)
def test_integers_get_no_gradient(dtype):
    x = Variable(ends(dtype))
    with pytest.raises(TypeError, match="floating dtypes"):
        gradients(dz.mean(x), (x,))


# ---------------------------------------------------------------------- Python numbers on either side

WITH_NUMBERS = {
    "add": [lambda x: x + 2, lambda x: 2.5 + x, lambda x: dz.add(True, x)],
    "subtract": [lambda x: x - 2, lambda x: 2.5 - x],
    "multiply": [lambda x: x * 2, lambda x: 2.5 * x],
    "divide": [lambda x: x / 2, lambda x: 2.5 / x],
    "power": [lambda x: x**2, lambda x: x**2.5, lambda x: 2**x, lambda x: 2.5**x, lambda x: x**0],
    "maximum": [lambda x: dz.maximum(x, 6), lambda x: dz.maximum(0.5, x), lambda x: np.maximum(x, 1.0)],
    "minimum": [lambda x: dz.minimum(x, 6), lambda x: dz.minimum(0.5, x), lambda x: np.minimum(1, x)],
    "where": [lambda x: dz.where(True, x, 2.0), lambda x: np.where(x.data > 1, 2, x)],
    "clip": [lambda x: dz.clip(x, 0, 1.25), lambda x: np.clip(x, 0.5, None), lambda x: np.clip(x, min=0, max=2)],
    "stack": [lambda x: dz.stack([x, x]), lambda x: dz.stack([dz.sum(x), 2.0, 3])],
    "dot": [lambda x: dz.dot(x, 2.5), lambda x: dz.dot(2, x)],
    "mean_squared_error": [lambda x: dz.mean_squared_error(x, 0.5), lambda x: dz.mean_squared_error(1, x)],
}
calls = pytest.mark.parametrize(
    "f", [f for fs in WITH_NUMBERS.values() for f in fs],
    ids=[f"{name} {i}" for name, fs in WITH_NUMBERS.items() for i in range(len(fs))],
)  # fmt: skip


@pytest.mark.parametrize("dtype", SMALL)
@pytest.mark.parametrize("data", [1.5, [1.5, 0.75]], ids=["0-d", "1-d"])
@calls
def test_a_python_number_takes_the_dtype_of_what_it_meets(f, data, dtype):
    x = Variable(np.array(data, dtype))
    y = f(x)
    assert y.dtype == dtype
    assert gradients(y, (x,))[0].dtype == dtype
    for c in (True, False):
        g = gradients(y, (x,), create_graph=True)[0]
        assert g.dtype == dtype
        assert getattr(gradients(g * x, (x,), create_graph=c)[0], "dtype", None) == dtype


@pytest.mark.parametrize("f, xs", [(f, xs) for f, *xs in CASES.values()], ids=CASES)
def test_float16_stays_float16_to_the_second_order(f, xs):
    inputs = tuple(Variable(np.asarray(x, np.float16)) for x in xs)
    y = f(dz, *inputs)
    if y.dtype == np.float32:
        return  # there is a float32 constant in it
    assert y.dtype == np.float16
    first = gradients(y, inputs, create_graph=True)
    second = gradients(sum((g * g).sum() for g in first), inputs, create_graph=True)
    assert {g.dtype for g in first + second} == {np.dtype(np.float16)}


def test_many_halfs_share_a_gradient():
    for f in (dz.mean, dz.max):
        x = Variable(np.ones(70_000, np.float16))
        f(x).backward()
        assert (x.grad == np.float16(1 / 70_000)).all()


# ----------------------------------------------------------------- infinite gradients meet a mask


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    "f, x, wanted",
    [
        (lambda x: dz.log(abs(x) - 1), 1.0, np.inf),
        (lambda x: dz.log(abs(x) - 1), -1.0, -np.inf),
        (lambda x: dz.sqrt(dz.relu(x)), -1.0, 0),
        (lambda x: dz.sqrt(dz.relu(x) - 1), 1.0, np.inf),
        (lambda x: dz.sqrt(dz.maximum(x, 0)), -1.0, 0),
        (lambda x: dz.sqrt(dz.maximum(x, 1.0) - 1), 2.0, 0.5),
        (lambda x: dz.sqrt(dz.minimum(x, 0)), 3.0, 0),
        (lambda x: dz.sqrt(dz.clip(x, 0, 1)), -3.0, 0),
        (lambda x: dz.sqrt(dz.where(x.data > 0, x, 0.0)), -3.0, 0),
        (lambda x: dz.log(dz.max(x) - 2), [1.0, 2.0], [0, np.inf]),
        (lambda x: dz.log(dz.min(x) - 1), [1.0, 2.0], [np.inf, 0]),
        (lambda x: dz.log(dz.max(x, 1) - 2), [[1.0, 2.0], [5.0, 3.0]], [[0, np.inf], [1 / 3, 0]]),
    ],
)
def test_a_mask_lets_an_infinite_gradient_through_or_drops_it(f, x, wanted, create_graph):
    x = Variable(np.array(x))
    g = gradients(f(x), (x,), create_graph=create_graph)[0]
    np.testing.assert_array_equal(g.data if create_graph else g, wanted)


# ---------------------------------------------------------------------------- limits that are crossed


def test_clip():
    x = Variable(np.array([-1.0, 0, 0.5, 1, 2, np.nan]))
    assert gradients(dz.clip(x, 0, 1), (x,))[0].tolist() == [0, 1, 1, 1, 0, 0]
    assert gradients(dz.clip(x, 1, 0), (x,))[0].tolist() == [0] * 6  # the limits in the wrong order: 0 everywhere
    for call in (
        lambda: np.clip(x, 0, 1), lambda: np.clip(x, min=0, max=1), lambda: np.clip(x, a_min=0, a_max=1),
        lambda: dz.clip(x, min=0, max=1),
    ):  # fmt: skip
        np.testing.assert_array_equal(call().data, dz.clip(x, 0, 1).data)
    np.testing.assert_array_equal(dz.clip(x).data, x.data)


def test_transposing_a_vector_works_both_ways():
    x = Variable(np.arange(3.0))
    for axes in ((-1,), (0,), None):
        y = dz.transpose(x, axes)
        for create_graph in (False, True):
            g = gradients(y * y, (x,), create_graph=create_graph)[0]
            assert np.array_equal(g.data if create_graph else g, [0, 2, 4])


# ------------------------------------------------------------------------------------- in our words

V = Variable(np.array([[1.0, 2, 3], [4, 5, 6]]))
N = Variable(np.array(2.0))
HOLLOW = Variable(np.ones(2))
HOLLOW.data = None


@pytest.mark.parametrize("wrong", [[1.0, 2], "text", None, {}, HOLLOW, object()], ids=lambda w: type(w).__name__)
@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"linear"}))
def test_an_operand_of_the_wrong_type(name, wrong):
    f = getattr(dz, name)
    more = {**MORE, "where": (V, V), "cross_entropy": (LABELS,)}.get(name, ())
    if name in TWO:
        places = [(wrong, V), (V, wrong)]
    elif name == "where":
        places = [(wrong, V, V), (V.data > 0, wrong, V), (V.data > 0, V, wrong)]
    elif name in ("concatenate", "stack"):
        places = [([V, wrong],), ([wrong],)] + ([] if isinstance(wrong, list) else [(wrong,)])
    else:
        places = [(wrong, *more)]
    for arguments in places:
        with pytest.raises((TypeError, ValueError, AttributeError), match=r"Variable|not boolean|give|expected"):
            f(*arguments)


@pytest.mark.parametrize("axis", [1.5, "0", None, (0, "1"), [[0]], 2, -3, (0, 5), (0, 0), (1, -1), V, {}])
@pytest.mark.parametrize(
    "name", "sum mean max min prod logsumexp softmax log_softmax squeeze expand_dims concatenate stack".split()
)
def test_an_axis_that_is_none(name, axis):
    f = getattr(dz, name)
    x = [V, V] if name in ("concatenate", "stack") else V
    if axis is None and name not in ("expand_dims", "concatenate", "stack"):
        assert isinstance(f(x, None), Variable)
    elif (name, str(axis)) in {("expand_dims", "(1, -1)")} | {(n, i) for n in ("expand_dims", "stack") for i in ("2", "-3")}:
        assert f(x, axis).ndim >= 3  # it names an axis of the result
    else:
        with pytest.raises((TypeError, ValueError)):
            f(x, axis=axis)


NUMPYS = [  # what NumPy itself refuses, in its own words
    lambda: dz.sum(N, 0),
    lambda: dz.sum(V, 0, np.float32),
    lambda: dz.max(Variable(np.zeros((0, 3))), 0),
    lambda: dz.transpose(V, 1),
    lambda: dz.transpose(V, (0, 0)),
    lambda: dz.transpose(V, (0, 2)),
    lambda: dz.transpose(V, (0.0, 1)),
    lambda: dz.swapaxes(V, 0, 2),
    lambda: dz.swapaxes(V, None, 1),
    lambda: dz.swapaxes(V, (0,), 1),
    lambda: dz.squeeze(V, 0),
    lambda: dz.reshape(V, (4, 2)),
    lambda: dz.reshape(V, (-1, -1)),
    lambda: dz.reshape(V, (4, -1)),
    lambda: dz.reshape(V, 6.0),
    lambda: dz.reshape(V, "6"),
    lambda: V.reshape(2, 3.0),
    lambda: dz.broadcast_to(V, (2, 4)),
    lambda: dz.broadcast_to(V, 3),
    lambda: dz.broadcast_to(V, (-1, 3)),
    lambda: dz.broadcast_to(V, None),
    lambda: dz.concatenate([N, N]),
    lambda: dz.concatenate([V, V[0]]),
    lambda: dz.concatenate([V, V[:, 1:]]),
    lambda: dz.concatenate(V, V),
    lambda: dz.stack([V, V[0]]),
    lambda: dz.stack(V, V),
    lambda: dz.where(V, V, V),
    lambda: dz.where([True], V, V),
    lambda: dz.clip(V, N, None),
    lambda: dz.clip(V, 0, N),
    lambda: np.clip(V, a_max=N),
    lambda: dz.matmul(V, V),
    lambda: dz.matmul(V, V[0][:2]),
    lambda: dz.mean_squared_error(V, V[:, :2]),
    lambda: dz.cross_entropy(V, [0, 1]),
    lambda: dz.cross_entropy(V, np.array([0])),
    lambda: dz.cross_entropy(V[0], np.array([0])),
    lambda: dz.numerical_grad(dz.sin, [1.0]),
    lambda: dz.numerical_grad(lambda x: None, V),
    lambda: dz.gradcheck(dz.sin, [1.0]),
]


@pytest.mark.parametrize("call", NUMPYS)
def test_what_numpy_refuses_is_refused(call):
    with pytest.raises((TypeError, ValueError)):
        call()


@pytest.mark.parametrize(
    "call, kind, words",
    [
        (lambda: dz.concatenate([]), ValueError, "concatenate: xs is empty"),
        (lambda: dz.stack([]), ValueError, "stack: xs is empty"),
        (lambda: V[Variable(np.array([0]))], TypeError, "getitem: .* v.data"),
        (lambda: V[0, Variable(np.array([0]))], TypeError, "getitem: .* v.data"),
        (lambda: dz.matmul(V, 2), ValueError, "use \\* for numbers"),
        (lambda: dz.dot(np.zeros((2, 2, 2)), V), ValueError, "use matmul"),
        (lambda: dz.cross_entropy(V, V), TypeError, "labels must be integers"),
        (lambda: dz.cross_entropy(V, np.array([0.0, 1])), TypeError, "labels must be integers"),
        (lambda: dz.cross_entropy(V, np.array([0, 3])), ValueError, "between 0 and 2"),
        (lambda: dz.numerical_grad(dz.sin, np.array([1])), TypeError, "numerical_grad: x0 is of dtype int"),
        (lambda: dz.numerical_grad(V, V), TypeError, "numerical_grad: f is a Variable"),
        (lambda: dz.numerical_grad(dz.sin), ValueError, "numerical_grad: there is no point"),
        (lambda: dz.numerical_grad(dz.sin, V, eps=0), ValueError, "numerical_grad: eps is 0"),
        (lambda: dz.numerical_grad(dz.sin, V, eps="1"), ValueError, "numerical_grad: eps is '1'"),
        (lambda: dz.gradcheck(dz.sin, V.data.astype("f4")), TypeError, "gradcheck: x0 is of dtype float32"),
        (lambda: dz.gradcheck(V, dz.sin), TypeError, "gradcheck: f is a Variable"),
        (lambda: dz.gradcheck(dz.sin), ValueError, "gradcheck: there is no point"),
        (lambda: dz.gradcheck(dz.sin, V, rtol=-1), ValueError, "gradcheck: rtol is -1"),
        (lambda: dz.gradcheck(dz.sin, V, atol=None), ValueError, "gradcheck: atol is None"),
        (lambda: dz.gradcheck(lambda x: x.data, V), TypeError, "f gives a ndarray"),
        (lambda: dz.gradgradcheck(dz.sin, 1), TypeError, "gradgradcheck: x0 is of dtype int"),
        (lambda: dz.gradgradcheck(None, V), TypeError, "gradgradcheck: f is None"),
    ],
)
def test_what_does_not_fit_is_refused_with_words(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


# --------------------------------------------------------------------------------- finite differences


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("x", [0, 1e-3, 1, 100, 3e4])
def test_numerical_grad_in_each_dtype(x, dtype):
    x = np.array([x, -x], dtype)
    g = dz.numerical_grad(lambda x: x * x / 2, x)
    assert g.dtype == dtype
    np.testing.assert_allclose(g, x, rtol=max(1e-6, np.finfo(dtype).eps), atol=1e-6)


def test_numerical_grad_where_a_fixed_step_would_vanish():
    assert np.allclose(dz.numerical_grad(lambda x: x * x, np.array([1e15])), 2e15)


# ------------------------------------------------------------------------------------------ growth


def test_thousands_of_inputs_in_a_call():
    """In no time; minutes, where each of them took as many steps as there are others."""
    xs = [Variable(np.array([float(i)])) for i in range(20_000)]
    for f in (dz.concatenate, dz.stack):
        y = f(xs)
        for create_graph in (False, True):
            found = gradients(y * y, tuple(xs), create_graph=create_graph)
            assert [g[0].item() for g in found[:3]] == [0, 2, 4] and len(found) == len(xs)


def test_going_through_a_long_variable():
    x = Variable(np.arange(20_000.0))
    total = sum(v for v in x)
    for create_graph in (False, True):
        g = gradients(total * total, (x,), create_graph=create_graph)[0]
        assert g[-1].item() == 2 * x.data.sum()

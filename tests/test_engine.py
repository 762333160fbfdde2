"""What the engine promises, one statement a test."""

import asyncio
import copy
import doctest
import gc
import pickle
import shutil
import subprocess
import sys
import threading
import weakref
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import dezero_lite as dz
from dezero_lite import Function, Variable, no_grad, square
from dezero_lite.pictures import lines

ENGINE = str(Path(dz.__file__).parent)


def variable(value, **options):
    return Variable(np.array(value, dtype=float), **options)


class Split(Function):
    """Two outputs: x + 1 and 2x."""

    def forward(self, x):
        return x + 1, 2 * x

    def backward(self, gy0, gy1):
        return gy0 + 2 * gy1


# ---------------------------------------------------------------------------------- variables


@pytest.mark.parametrize("data", [1.0, 1, [1.0], "1", None])
def test_data_that_is_no_array_is_refused_with_its_type_and_the_remedy(data):
    with pytest.raises(TypeError, match=rf"not {type(data).__name__}: write Variable\(np.array"):
        Variable(data)


def test_a_variable_looks_like_its_array():
    v = variable([[1, 2, 3]], name="v")
    assert (v.shape, v.ndim, v.size, v.dtype, len(v)) == ((1, 3), 2, 3, np.float64, 1)
    assert repr(v) == "Variable([[1. 2. 3.]], name='v')"
    assert repr(variable(2)) == "Variable(2.0)"
    assert repr(Variable(np.float64(1))) == "Variable(1.0)"
    assert [x.item() for x in v[0]] == [1, 2, 3]


def test_comparisons_give_plain_arrays():
    v = variable([1, 2])
    assert type(v < 2) is np.ndarray
    assert (v < 2).tolist() == [True, False] and (v == variable([1, 3])).tolist() == [True, False]


def test_plain_arrays_on_either_side_of_a_comparison():
    v, a = variable([1, 2]), np.array([1.0, 3.0])
    for found, expected in [(a == v, [True, False]), (a > v, [False, True]), (v >= a, [True, False])]:
        assert type(found) is np.ndarray and found.tolist() == expected


def test_a_number_can_not_be_gone_through():
    with pytest.raises(TypeError):
        list(variable(1))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda v: v @ 2, "use \\* for numbers"),
        (lambda v: dz.gradients(v.sum(), (Variable(np.array([1, 2])),)), "its dtype is int64"),
        (lambda v: dz.grad(lambda x: x * x)(np.array(3)), "its dtype is int64"),
        (lambda v: dz.gradients(v, (v,), np.ones(3)), "gradient given .* has shape \\(3,\\)"),
        (lambda v: dz.gradients(v, (v,), np.array([1, 1j])), "gradient given .* has the dtype complex"),
        (lambda v: dz.gradients(v, (v,), [1, 1]), "gradient given .* is a list"),
        (lambda v: dz.gradients(v.sum(), (v.data,)), "asked of a ndarray"),
        (lambda v: dz.gradients(v.data, (v,)), "asked of a ndarray"),
        (lambda v: Variable(np.ma.array([1.0])), "not MaskedArray"),
        (lambda v: v * np.ma.array([1.0]), "not MaskedArray"),
        (lambda v: dz.softmax_cross_entropy(v, np.array([0, 1])), "scores must have the shape"),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(variable([1, 2]))


def test_a_condition_may_be_a_variable():
    x = variable([-1, 0.5, 3])
    assert dz.where(Variable(np.array([True, False, True])), x, 0).data.tolist() == [-1, 0, 3]


def test_numbers_and_arrays_on_either_side():
    x = variable([1, 2])
    a = np.array([3.0, 4.0])
    for y, expected in [
        (a + x, [4, 6]), (x + a, [4, 6]), (a - x, [2, 2]), (1 - x, [0, -1]), (a * x, [3, 8]),
        (a / x, [3, 2]), (2 / x, [2, 1]), (a**x, [3, 16]), (2**x, [2, 4]), (x**2, [1, 4]),
        (-x, [-1, -2]), (abs(-x), [1, 2]), (a @ x, 11), (x @ a, 11), (np.float64(2) * x, [2, 4]),
    ]:  # fmt: skip
        assert type(y) is Variable
        assert y.data.tolist() == expected


def test_numpy_functions_work_if_one_of_ours_is_registered_and_raise_otherwise():
    v = variable([1, 2])
    assert isinstance(np.exp(v), Variable) and isinstance(np.concatenate([v, v]), Variable)
    for call in (
        lambda: np.cbrt(v), lambda: np.linalg.norm(v), lambda: np.add(v, 1, out=np.zeros(2)),
        lambda: np.add.reduce(v),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="no derivative for np."):
            call()
    with pytest.raises(TypeError, match=r"use v\.data"):
        np.asarray(v)
    with pytest.raises(TypeError, match="not str"):
        v * "2"
    with pytest.raises(TypeError, match="not list"):
        v + [1, 2]


def test_a_function_can_be_registered():
    @dz.implements(np.cbrt)
    def cbrt(x):
        return x ** (1 / 3)

    assert np.cbrt(variable(8)).data == pytest.approx(2)


# ----------------------------------------------------------------------------------- functions


def test_generation_is_the_largest_of_the_inputs():
    x = variable(2)
    a = square(x)
    y = a + x
    assert (x.generation, a.generation, y.generation) == (0, 1, 2)
    assert (x.creator, a.creator.generation, y.creator.generation) == (None, 1, 2)
    assert y.creator.parents == (a.creator, x)


def test_several_outputs_come_as_a_tuple_and_a_lone_one_bare():
    a, b = Split()(variable(3))
    assert (a.data, b.data) == (4, 6)
    assert a.creator.parents == b.creator.parents
    assert isinstance(square(a), Variable)


def test_unused_and_dropped_outputs_count_as_zero():
    x = variable(3)
    a, b = Split()(x)
    a.backward()
    assert (x.grad, b.grad) == (1, None)
    x.cleargrad()
    b = Split()(x)[1]
    b.backward()
    assert x.grad == 2


class OwnSquare(Function):

    def forward(self, x):
        assert type(x) is np.ndarray
        return x**2

    def backward(self, gy):
        assert type(gy) is np.ndarray
        return 2 * self.xs[0] * gy


def test_a_function_of_ones_own_gets_arrays():
    x = variable(3)
    OwnSquare()(OwnSquare()(x)).backward()
    assert x.grad == 108


# ------------------------------------------------------------------------------------ backward


def test_the_deck_example():
    x = variable(2)
    a = square(x)
    y = square(a) + square(a)
    y.backward()
    assert (y.data, x.grad, a.grad, y.grad) == (32, 64, None, None)


def test_reused_variable_gradients_add_up():
    x = variable(3)
    (x + x + x).backward()
    assert x.grad == 3


def test_a_second_backward_adds_the_same_gradients_however_deep():
    x = variable(3)
    a = square(x)
    y = square(a)
    y.backward()
    y.backward()
    assert (x.grad, a.grad, y.grad) == (2 * 108, None, None)


def test_gradients_stay_where_they_are_asked_for():
    x = variable(3)
    a = square(x)
    b = square(a)
    y = 2 * b
    a.retain_grad()
    y.backward()
    assert (x.grad, a.grad, b.grad, y.grad) == (216, 36, None, None)
    y.backward()
    assert (x.grad, a.grad, b.grad, y.grad) == (432, 72, None, None)
    a.cleargrad()
    assert a.grad is None
    y.backward()
    assert a.grad == 36  # still asked for


@pytest.mark.parametrize("retain", [True, False])
def test_what_a_pass_left_is_no_seed_of_the_next(retain):
    x = variable(2)
    loss = x * x
    if retain:
        loss.retain_grad()
    loss.backward()
    (3 * loss).backward()
    assert x.grad == 4 + 12
    x.cleargrad()
    loss.backward()
    assert x.grad == 4


def test_a_pass_goes_only_where_something_is_wanted():
    class NoRule(Function):
        def forward(self, x):
            return x

    x = variable(2)
    a = NoRule()(x)
    y = square(a) + NoRule()(x)
    assert dz.gradients(y, (a,)) == (4,)
    assert a.grad is None
    with pytest.raises(AttributeError, match="NoRule has no 'backward': write def backward"):
        y.backward()


def test_a_leaf_may_get_new_data_before_the_pass():
    x = variable([1, 2, 3])
    y = (x * 2 * x).sum()
    x.data = np.zeros(1)
    y.backward()
    assert x.grad.tolist() == [4, 8, 12]
    x = variable(2)
    y = x**3
    x.data = np.array(5.0)
    y.backward(create_graph=True)
    assert x.grad.data == 12


def test_constants_masks_and_indices_may_change_before_the_pass():
    x, w, index, mask = variable([1, 2]), np.array([1.0, 1.0]), np.array([0, 0]), np.array([True, False])
    y = (x * w).sum() + x[index].sum() + dz.where(mask, x, 0).sum()
    w *= 0.5
    index += 1
    mask[:] = False
    y.backward()
    assert x.grad.tolist() == [1 + 2 + 1, 1]


def test_what_was_computed_under_no_grad_has_nothing_to_go_back_through():
    with no_grad():
        y = variable(2) * 3
    with pytest.raises(RuntimeError, match="no_grad"):
        y.backward()
    (y * y).backward()  # as a leaf it is as good as any
    assert y.grad == 12


def test_two_losses_of_one_graph_and_a_leaf_as_loss():
    x = variable(2)
    a = x * x
    (a + x).backward()
    (3 * a).backward()
    assert x.grad == 5 + 12
    x.backward()
    assert x.grad == 18


def test_outputs_among_several_retain_each_their_own():
    x = variable(3)
    a, b = Split()(x)
    b.retain_grad()
    y = a * b
    y.backward()
    assert (x.grad, a.grad, b.grad) == (6 + 2 * 4, None, 4)


def test_a_pass_starts_from_its_seed():
    x = variable([1, 2])
    y = x * 3
    y.backward(seed=np.array([1.0, 10.0]))
    assert x.grad.tolist() == [3, 30]


def test_backward_on_a_leaf_adds_ones():
    x = variable([1, 2])
    x.backward()
    x.backward()
    assert x.grad.tolist() == [2, 2]


def test_no_two_variables_share_a_gradient():
    x, y = variable([1, 2]), variable([3, 4])
    z = x + y
    w = z.reshape(2, 1)
    for v in (z, w):
        v.retain_grad()
    w.backward()
    grads = [v.grad for v in (x, y, z, w)]
    for i, a in enumerate(grads):
        for b in grads[:i]:
            assert not np.shares_memory(a, b)
    before = x.grad
    w.backward()
    assert before.tolist() == [1, 1]  # a grad once handed out is not written to again


def test_broadcasting_is_undone():
    x, row, number = variable(np.ones((2, 3))), variable(np.ones(3)), variable(2)
    (x * row + number).backward()
    assert (x.grad.shape, row.grad.tolist(), number.grad) == ((2, 3), [2, 2, 2], 6)
    assert type(number.grad) is np.ndarray


def test_grads_have_the_dtype_of_the_data():
    x = Variable(np.ones(3, np.float32))
    w = Variable(np.ones(3))
    (x * w).backward()
    assert (x.grad.dtype, w.grad.dtype) == (np.float32, np.float64)
    assert (2.0 * x + 1 / x).dtype == np.float32


@pytest.mark.parametrize("data, error", [(3, "dtype is int"), (True, "bool")])
def test_backward_on_what_has_no_gradient(data, error):
    v = Variable(np.array(data), name="n")
    with pytest.raises(TypeError, match=f"the variable 'n'.*{error}"):
        v.backward()
    assert v.grad is None


def test_integers_get_no_gradient():
    x, n = variable(2), Variable(np.array(3))
    for integer in (n, n.detach(), (n * 1).detach(), copy.copy(n), copy.deepcopy(n.detach())):
        x.cleargrad()
        (x * integer).backward()
        assert x.grad == 3 and integer.grad is None
    with pytest.raises(TypeError, match="int64"):
        dz.gradients(x * n, (n,))


def test_a_grad_of_a_wrong_shape_is_refused_and_nothing_changes():
    x, z = variable(2), variable(3)
    y = x * z * x
    x.grad = np.ones(3)
    with pytest.raises(ValueError, match=r"shape \(3,\), but its data has shape \(\)"):
        y.backward()
    assert x.grad.tolist() == [1, 1, 1] and z.grad is None


def broken(gradients):
    class Broken(Function):
        def forward(self, *xs):
            return xs[0] * 2

        def backward(self, gy):
            return gradients

    return Broken


@pytest.mark.parametrize(
    "gradients, error",
    [
        ((1.0, 2.0), "Broken.backward returned 2 gradients for 1 inputs"),
        (np.ones(5), r"Broken.backward returned a gradient of shape \(5,\) for an input of shape \(3,\)"),
        (np.ones((2, 3)), r"shape \(2, 3\)"),
        (1.0, r"shape \(\)"),
        ("one", "Broken.backward returned a str, not an array"),
        ([1.0, 1.0, 1.0], "Broken.backward returned a list, not an array"),
    ],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_wrong_rule_is_named_and_nothing_changes(gradients, error, create_graph):
    x = variable([1, 2, 3])
    y = x * broken(gradients)()(x)
    with pytest.raises((TypeError, ValueError), match=error):
        y.backward(create_graph=create_graph)
    assert x.grad is y.grad is None


@pytest.mark.parametrize("result", [None, "one", [1.0], (np.ones(1), [1.0])])
def test_a_wrong_forward_is_named(result):
    class Broken(Function):
        def forward(self, x):
            return result

    with pytest.raises(TypeError, match="Broken.forward returned a (NoneType|str|list), not an array"):
        Broken()(variable(1))


def test_data_that_was_set_to_no_array_is_named():
    x = variable(1)
    x.data = [1.0]
    for use in (lambda: x * x, lambda: dz.exp(x), x.backward):
        with pytest.raises(TypeError, match="a list"):
            use()


def test_a_rule_may_keep_and_change_the_array_it_returned():
    class Keeps(Function):
        def forward(self, x):
            return x * 2

        def backward(self, gy):
            Keeps.gx = gy * 2
            return Keeps.gx

    x = variable([1, 2])
    Keeps()(x).backward()
    Keeps.gx += 1
    assert x.grad.tolist() == [2, 2]


def test_derivatives_asked_for_inside_of_no_grad_are_computed():
    x = variable(3)
    with dz.no_grad():
        assert dz.grad(lambda v: v**3)(np.array(2.0)) == 12
        assert dz.grad(dz.grad(lambda v: v**3))(np.array(2.0)) == 12
        assert dz.gradcheck(lambda v: v**3, np.array(2.0)) and dz.gradgradcheck(lambda v: v**3, np.array(2.0))
    y = x**3
    with dz.no_grad():
        y.backward(create_graph=True)
        y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    gx.backward()
    assert x.grad == 36


@pytest.mark.parametrize("exception", [ZeroDivisionError, KeyboardInterrupt])
def test_an_exception_on_the_way_leaves_all_grads_and_the_graph(exception):
    class Once(Function):
        raised = False

        def forward(self, x):
            return x * 2

        def backward(self, gy):
            if not Once.raised:
                Once.raised = True
                raise exception
            return gy * 2

    x = variable(1)
    a = x * x
    y = Once()(a) + a
    with pytest.raises(exception):
        y.backward()
    assert x.grad is a.grad is y.grad is None
    y.backward()
    assert x.grad == 6


# -------------------------------------------------------------------------------- size and life


def test_a_million_functions_deep_neither_backward_nor_freeing_overflows():
    x = y = variable(0)
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert x.grad == 1_000_001  # once as the start, and once for each function
    del y


def test_a_fan_out_of_a_hundred_thousand():
    x = variable(1)
    ys = [x * x for _ in range(100_000)]
    while len(ys) > 1:
        ys = [a + b for a, b in zip(ys[::2], ys[1::2])] + ys[len(ys) // 2 * 2 :]
    ys[0].backward()
    assert x.grad == 200_000


def test_graphs_are_freed_by_reference_counting_alone():
    gc.disable()
    try:
        x = variable([1, 2])
        y = dz.exp(x * x).sum() + Split()(x)[0].sum()
        y.backward()
        parts = [weakref.ref(y), weakref.ref(y.data)]
        del y
        assert [part() for part in parts] == [None, None]
    finally:
        gc.enable()


def test_arrays_that_no_rule_needs_are_not_kept_alive():
    x = variable([1, 2])
    for f, kept in [
        (lambda a: a + x, False), (lambda a: a - x, False), (lambda a: -a, False),
        (dz.exp, False), (dz.sqrt, False),
        (dz.sum, False), (lambda a: a[0], False), (lambda a: a * x, True), (dz.sin, True),
    ]:  # fmt: skip
        a = x * 1
        array = weakref.ref(a.data)
        y = f(a)
        del a
        assert (array() is not None) == kept
        y.backward()


def test_no_grad_records_nothing_and_ends_with_its_block():
    x = variable(2)
    with no_grad():
        y = x * x
        with no_grad():
            pass
        assert (x * x).creator is None
    assert y.creator is None and (x * x).creator is not None
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert (x * x).creator is not None


def test_no_grad_holds_for_its_thread_only_and_threads_run_at_once():
    results = {}

    def work(i):
        x = y = variable(1 + i)
        for _ in range(200):
            y = y + x * x
        y.backward()
        results[i] = float(x.grad)

    with no_grad():
        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == {i: 1 + 400 * (1 + i) for i in range(4)}


def test_no_grad_holds_for_its_async_task_only():
    x = variable(2)

    async def recorded(pause):
        await asyncio.sleep(pause)
        return (x * x).creator is not None

    async def without():
        with no_grad():
            return [await recorded(0.001) for _ in range(3)]

    async def both():
        return await asyncio.gather(without(), recorded(0.002), recorded(0))

    with ThreadPoolExecutor() as pool:  # the browser tests have a loop of their own in this thread
        assert pool.submit(asyncio.run, both()).result() == [[False] * 3, True, True]


def test_leaves_can_be_copied_and_pickled_and_variables_inside_a_graph_not():
    x = variable([1, 2], name="x")
    (x * x).backward()
    for twin in (copy.deepcopy(x), copy.copy(x), pickle.loads(pickle.dumps(x))):
        assert (twin.name, twin.data.tolist(), twin.grad.tolist()) == ("x", [1, 2], [2, 4])
    assert not np.shares_memory(copy.deepcopy(x).data, x.data)
    for attempt in (copy.deepcopy, copy.copy, pickle.dumps):
        with pytest.raises(TypeError, match=r"take v\.detach\(\)"):
            attempt(x * x)
    assert copy.deepcopy((x * x).detach()).data.tolist() == [1, 4]


def test_detach_cuts_the_graph():
    x = variable(3)
    y = x * (x * x).detach()
    y.backward()
    assert x.grad == 9


# -------------------------------------------------------------------------- higher derivatives


def test_backward_twice_with_create_graph():
    x = variable(2)
    y = x**4 + x**4
    y.backward(create_graph=True)
    first = x.grad
    x.cleargrad()
    first.backward()
    assert (first.data, x.grad) == (64, 96)


def test_grad_of_grad_of_grad():
    f = lambda x: dz.sin(x)  # noqa: E731
    for wanted in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)):
        f = dz.grad(f)
        assert f(np.array(0.3)) == pytest.approx(wanted(0.3), rel=1e-14)


def test_grad_inside_of_grad_keeps_its_variables_apart():
    inner = lambda x: dz.grad(lambda y: x * y)(x)  # noqa: E731
    assert dz.grad(inner)(np.array(3.0)) == 1


def test_value_and_grad_of_several_arguments():
    f = lambda x, y: (x * y).sum()  # noqa: E731
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, (gx, gy) = dz.value_and_grad(f, argnums=(0, 1))(x, y)
    assert (value, gx.tolist(), gy.tolist()) == (11, [3, 4], [1, 2])
    with pytest.raises(ValueError, match="sum it"):
        dz.grad(lambda x: x * x)(x)
    with pytest.raises(TypeError, match="must give a Variable"):
        dz.grad(lambda x: 3.0)(x)


def test_hessian_vector_product():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((4, 4))
    x, v = rng.standard_normal(4), rng.standard_normal(4)
    f = lambda x: (x @ a @ x) ** 2  # noqa: E731
    hessian = np.array([dz.hvp(f, x, e) for e in np.eye(4)])
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12)
    np.testing.assert_allclose(dz.hvp(f, x, v), hessian @ v, rtol=1e-12)


# -------------------------------------------------------------------------------------- checks


def test_gradcheck_notices_a_wrong_rule():
    class Wrong(Function):
        def forward(self, x):
            return x * x

        def backward(self, gy):
            return gy * self.xs[0]

    assert dz.gradcheck(dz.square, np.array([1.0, 2.0]))
    with pytest.raises(AssertionError, match="by central differences"):
        dz.gradcheck(lambda x: Wrong()(x), np.array([1.0, 2.0]))
    with pytest.raises(TypeError, match="float64"):
        dz.gradcheck(dz.square, np.ones(2, np.float32))


def test_gradgradcheck_notices_a_rule_that_forgets_the_graph():
    class FirstOnly(Function):
        def forward(self, x):
            return x**3

        def backward(self, gy):
            return gy * 3 * np.asarray(getattr(self.xs[0], 'data', self.xs[0])) ** 2

    cube = lambda x: FirstOnly()(x)  # noqa: E731
    assert dz.gradcheck(cube, np.array([1.0, 2.0]))
    with pytest.raises(AssertionError):
        dz.gradgradcheck(cube, np.array([1.0, 2.0]))


def test_numerical_grad():
    x, y = np.array([1.0, 2.0]), np.array(3.0)
    gx, gy = dz.numerical_grad(lambda x, y: x * x * y, x, y)
    np.testing.assert_allclose(gx, [6, 12], rtol=1e-6)
    np.testing.assert_allclose(gy, 5, rtol=1e-6)
    assert x.tolist() == [1, 2]


# --------------------------------------------------------------------------------------- types


def test_the_engine_and_the_code_of_the_site_are_typed():
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=Path(ENGINE).parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# ------------------------------------------------------------------------------------ examples


def test_the_session_in_the_readme_goes_as_written_and_has_its_picture():
    root = Path(ENGINE).parent
    shown = (root / "README.md").read_text("utf-8").split("```pycon\n")[1].split("```")[0]
    session = doctest.DocTestParser().get_doctest(shown, {}, "README", None, 0)
    assert len(session.examples) > 5
    assert doctest.DocTestRunner().run(session, clear_globs=False).failed == 0
    assert session.globs["picture"]._repr_svg_() == (root / "docs" / "assets" / "graph.svg").read_text("utf-8")
    steps = sorted((root / "gallery").rglob("step*.py"), key=lambda path: path.stem)
    drawn = lines({path.stem.removeprefix("step"): path.read_text("utf-8") for path in steps})._repr_svg_()
    assert drawn == (root / "docs" / "assets" / "lines.svg").read_text("utf-8"), "draw it anew: a program has changed"


def test_the_example_of_the_package_goes_as_written():
    found = doctest.testmod(dz)
    assert found.attempted and not found.failed


# --------------------------------------------------------------------------------------- wheel

USE = """
import sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import dezero_lite, numpy
assert dezero_lite.__file__.startswith(sys.argv[1])
x = dezero_lite.Variable(numpy.array(3.0))
(x**2).backward()
brought = {name.split(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names
print(x.grad, *sorted(brought))
"""


def test_the_wheel_has_the_engine_and_asks_for_numpy_alone(tmp_path):
    root, copied = Path(ENGINE).parent, tmp_path / "checkout"
    for name in ("dezero_lite", "docs", "gallery", "tests"):
        shutil.copytree(root / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copied)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, copied]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        files = [name for name in wheel.namelist() if ".dist-info/" not in name]
        (metadata,) = [wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/METADATA")]
        wheel.extractall(tmp_path / "unpacked")
    expected = {path.relative_to(root).as_posix() for path in Path(ENGINE).rglob("*.py")} | {"dezero_lite/py.typed"}
    assert set(files) == expected
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert needed == ["Requires-Dist: numpy>=2"]
    done = subprocess.run([sys.executable, "-I", "-c", USE, tmp_path / "unpacked"], capture_output=True, text=True)
    assert done.stdout == "6.0 dezero_lite numpy\n", done.stderr

"""Run the public tests of other engines against dezero_lite.

    git clone https://github.com/HIPS/autograd CHECKOUT
    .cache/bench/bin/python tests/peer_suites.py autograd CHECKOUT

and so for oreilly-japan/deep-learning-from-scratch-3 (dezero), rsokl/mygrad, karpathy/micrograd and
tinygrad/tinygrad; the environment is that of `make bench`, for some of these tests compare with PyTorch.
A thin map of names stands in for the peer. A test that needs a name, an option or a kind of number
that dezero_lite does not have is skipped, and the run says which. The exit code is 1 if a test fails.
"""

import contextlib
import functools
import os
import re
import sys
import unittest
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import dezero_lite as dz
from dezero_lite import Variable
from dezero_lite.core import Function

OTHER_NAMES = {"get_item": "getitem", "logsoftmax": "log_softmax", "astensor": "Variable"}
# What says that something is not there, and not that something there is wrong.
MISSING = ("has no derivative", "dezero_lite has no", "It takes", "unexpected keyword", "positional", "no attribute", "not supported", "complex",
           "unsupported operand", "converted to an array silently", "is a list, not a", "is a tuple, not a")


def missing(what):
    raise unittest.SkipTest(f"dezero_lite has no {what}")


class Map(ModuleType):
    """A module that finds its names through a function."""

    __path__ = ()

    def __init__(self, name, find):
        super().__init__(name)
        self.find = find
        sys.modules[name] = self
        parent, _, last = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], last, self)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.find(name)


def ours(name):
    """The function of that name; one that skips the test when it is called, if there is none."""
    found = getattr(dz, OTHER_NAMES.get(name, name), None)
    return found or (lambda *args, **options: missing(name))


def plain(x):
    return x.data if isinstance(x, Variable) else x


def variables_in(x):
    return isinstance(x, Variable) or isinstance(x, (list, tuple)) and any(map(variables_in, x))


def as_variable(x):
    if isinstance(x, (Variable, type(None))):
        return x
    if isinstance(x, (list, tuple, dict)) and any(np.ndim(part) for part in x):
        missing("gradient for a list of arrays")
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        missing(f"gradient for {array.dtype} data" if array.dtype.kind == "c" else f"gradient for a {type(x).__name__}")
    return Variable(array)


# --------------------------------------------------------------------------------------- the peers


def dezero(checkout):
    for package in ("dezero", "chainer"):
        find = ours if package == "dezero" else lambda name: missing("Chainer, which the test compares with")
        Map(package, find), Map(f"{package}.functions", find)

    def gradient_check(f, x, *args):
        """Theirs looks at the first argument only, as float64; the tolerances are theirs."""
        return dz.gradcheck(lambda x: f(x, *args), np.asarray(plain(x), dtype=float), rtol=1e-4, atol=1e-5)

    Map("dezero.utils", {
        "gradient_check": gradient_check,
        "array_equal": lambda a, b: np.array_equal(plain(a), plain(b)),
        "array_allclose": lambda a, b: np.allclose(plain(a), plain(b), rtol=1e-4, atol=1e-5),
    }.__getitem__)  # fmt: skip
    names = """basic_math broadcast getitem loss matmul max relu sigmoid softmax softmax_cross_entropy sum
    transpose"""
    return [f"tests/test_{name}.py" for name in names.split()]


def micrograd(checkout):
    Variable.relu = lambda self: dz.relu(self)
    Map("micrograd", missing)
    Map("micrograd.engine", {"Value": lambda number: Variable(np.array(number))}.__getitem__)
    return ["test/test_engine.py"]


def autograd(checkout):
    def check_grads(f, argnum=0, modes=None, order=2):
        """Theirs checks along one random direction; this one each element, at tolerances like theirs."""

        def check(*args, **options):
            places = argnum if isinstance(argnum, (tuple, list)) else (argnum,)
            if modes == ["fwd"]:
                missing("forward mode")

            def of_places(*xs):
                changed = dict(zip(places, xs))
                return f(*(changed.get(i, arg) for i, arg in enumerate(args)), **options)

            point = [np.array(as_variable(args[i]).data, float) for i in places]
            if isinstance(y := of_places(*map(Variable, point)), Variable) and y.dtype.kind == "f":
                dz.gradcheck(of_places, *point, rtol=1e-5, atol=1e-5)
                if order > 1:
                    dz.gradgradcheck(of_places, *point, rtol=1e-5, atol=1e-5)
            else:
                missing("gradient check of what is no variable")

        return check

    def combo_check(f, *args, **options):
        from itertools import product

        def check(*points, **choices):
            for point in product(*points):
                for chosen in product(*choices.values()):
                    check_grads(f, *args, **options)(*point, **dict(zip(choices, chosen)))

        return check

    def of_numbers(transform):
        def transformed(f, argnum=0):
            return lambda *args, **more: transform(f, argnum)(
                *(np.array(x) if isinstance(x, float) else x for x in args), **more
            )

        return transformed

    def numpys(name):
        if name == "array":
            return lambda x, *args, **more: missing("np.array of variables") if variables_in(x) else np.array(x, *args, **more)
        found = getattr(np, name, None)
        if not isinstance(found, np.ufunc) and (isinstance(found, type) or not callable(found)):
            return found if found is not None else lambda *args, **options: missing(name)
        return found

    transforms = {"grad": of_numbers(dz.grad), "value_and_grad": of_numbers(dz.value_and_grad)}
    skip = lambda name: transforms.get(name, lambda *args, **options: missing(name))  # noqa: E731
    for name in ("autograd", "autograd.core", "autograd.tracer", "autograd.extend", "autograd.builtins",
                 "autograd.util", "autograd.misc", "autograd.wrap_util", "autograd.differential_operators",
                 "autograd.misc.optimizers", "autograd.misc.tracers", "autograd.scipy"):  # fmt: skip
        Map(name, skip)
    Map("autograd.numpy", numpys).__version__ = np.__version__
    Map("autograd.numpy.random", functools.partial(getattr, np.random))
    Map("autograd.numpy.linalg", lambda name: lambda *args, **options: missing(f"linalg.{name}"))
    Map("autograd.numpy.fft", lambda name: lambda *args, **options: missing(f"fft.{name}"))
    Map("autograd.test_util", {"check_grads": check_grads, "combo_check": combo_check}.get)
    names = """binary_ops graphs jacobian logic numpy scalar_ops systematic truediv ufunc_dispatch"""
    return [f"tests/test_{name}.py" for name in names.split() if (checkout / f"tests/test_{name}.py").is_file()]


def mygrad(checkout):
    """Theirs is the graph; the operations in it compute with our functions, and go back by our rules."""
    import mygrad
    import mygrad.nnet.activations
    import mygrad.nnet.losses
    from mygrad.operation_base import Operation

    def below(kind):
        for subclass in kind.__subclasses__():
            yield subclass
            yield from below(subclass)

    def of(kind, name):
        forward, backward = kind.__call__, kind.backward_var
        f, many = getattr(dz, name), name in ("concatenate", "stack")

        def call(self, *args, **options):
            more = [a for a in args if not isinstance(a, mygrad.Tensor)]
            out, where = options.pop("out", None), options.pop("where", True)
            options = {option: value for option, value in options.items() if (option, value) != ("dtype", None)}
            if issubclass(kind, mygrad.operation_base.Ufunc) and (more and more.pop(0) is not None or options):
                out = True
            if out is not None or where is not True:
                missing("argument out=, where= or dtype=")
            Suite.about_ours = True
            self.variables = tuple(a for a in args if isinstance(a, mygrad.Tensor))
            self.inputs = tuple(Variable(np.asarray(tensor.data)) for tensor in self.variables)
            self.output = f(list(self.inputs), *more, **options) if many else f(*self.inputs, *more, **options)
            return self.output.data

        def backward_var(self, grad, index, **_):
            return dz.gradients(self.output, (self.inputs[index],), np.asarray(grad))[0]

        kind.__call__, kind.backward_var = call, backward_var

    names = {"abs": "absolute", "matmul": "matmul", "getitem": "getitem", "swapaxes": "swapaxes",
             "broadcastto": "broadcast_to", "logsoftmax": "log_softmax", "expanddims": "expand_dims"}  # fmt: skip
    ours_by_name = {name: name for name in dz.__all__} | names | dict.fromkeys(("max", "min", "sum"), None)
    for kind in list(below(Operation)):
        name = kind.__name__.lower()
        name = ours_by_name.get(name) or (name if name in ("max", "min", "sum") else None)
        if name and name not in ("where", "dot", "graph"):
            of(kind, name)
    files = """math/unary/test_abs.py math/binary math/sequence linalg/test_matmul.py
    nnet/activations/test_relu.py nnet/activations/test_sigmoid.py nnet/activations/test_softmax.py nnet/losses/test_softmaxcrossentropy.py test_tensor_manip.py test_tensor_joining.py
    ufuncs/test_fwd_prop_and_backprop.py tensor_ops/test_getitem.py tensor_ops/test_reshape.py
    tensor_base/test_operator_override.py tensor_base/test_chainrule.py tensor_base/test_pow_special_cases.py
    tensor_base/test_backprop_through_non_scalar.py"""
    Suite.only_ours = True
    return [f"tests/{file}" for file in files.split()]


def tinygrad(checkout):
    """Their functions are methods, and so they become methods of Variable here."""
    names = {"cat": "concatenate", "permute": "transpose", "transpose": "swapaxes", "expand": "broadcast_to",
             "unsqueeze": "expand_dims", "sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power"}
    lists = ("cat", "stack")

    def method(name):
        f = getattr(dz, names.get(name, name), None)
        if f is None or isinstance(f, type):
            return lambda *args, **options: missing(f"Tensor.{name}")

        def call(*args, **options):
            options = {{"keepdim": "keepdims", "dim": "axis"}.get(o, o): value for o, value in options.items()}
            if name in lists:
                return f([a for a in args if isinstance(a, Variable)], *(a for a in args if isinstance(a, int)), **options)
            if name in ("permute", "reshape", "expand") and len(args) > 2:
                args = args[0], args[1:]
            return f(*args, **options)

        return call

    class Names(type):
        def __getattr__(cls, name):
            return method(name)

    class Tensor(metaclass=Names):
        def __new__(cls, data, *_, **__):
            data = as_variable(data).data
            return Variable(data.astype(np.float32) if data.dtype == float else data)

        realize = staticmethod(lambda *tensors: None)

    def attribute(variable, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(method(name), variable)

    Variable.__getattr__ = attribute
    for name in ("sum", "mean", "max", "min", "prod", "reshape", "transpose", "squeeze"):
        setattr(Variable, name, functools.partialmethod(lambda self, f, *args, **options: f(self, *args, **options), method(name)))
    Variable.realize = lambda self: self
    Variable.numpy = lambda self: self.data
    Variable.gradient = lambda self, *xs: tuple(map(Variable, dz.gradients(self, xs)))
    Map("tinygrad", {"Tensor": Tensor, "Device": Device(), "dtypes": Dtypes()}.__getitem__)
    flag = type("Flag", (str,), {"interface": "", "renderer": "", "device": ""})("")
    Map("tinygrad.helpers", {"getenv": lambda name, default=0: default, "DEBUG": 0, "DEV": flag, "IMAGE": 0,
                             "Context": lambda **_: contextlib.nullcontext()}.__getitem__)  # fmt: skip
    Map("tinygrad.tensor", {"_to_np_dtype": lambda dtype: dtype}.__getitem__)
    Map("tinygrad.renderer", missing)
    Map("tinygrad.renderer.nir", {"NIRRenderer": type("NIRRenderer", (), {})}.__getitem__)
    return ["test/backend/test_ops.py"]


class Device:
    DEFAULT = "CPU"

    def __getitem__(self, name):
        return self

    @property
    def renderer(self):
        return self

    def supported_dtypes(self):
        return ()


class Dtypes:
    default_float = np.float32

    def __getattr__(self, name):
        return getattr(np, name, None) or missing(f"dtypes.{name}")


# ---------------------------------------------------------------------------------------- counting


# Where the two mean something else. What an error says, or the test's name, and why it is so here:
DIFFERENCES = {
    "test_enclosing_scope_ref": "a variable by its name inside of grad: a constant, arrays in and arrays out",
    "for an input of shape \\(10,\\)": "sum_to a shape that does not stretch: an error",
    "dot takes at most two axes": "dot of stacks: matmul says which axes it sums over",
    "the index is, or holds, a Variable": "a variable as an index: an index gets no gradient",
    "must give a Variable, not": "the gradient of a constant: f that gives no variable is a mistake, more often",
    "must give a variable of shape \\(\\)": "grad of an array with one element: only a number has a gradient",
    "out of bounds for array of dimension 0": "an axis of a number: it has none",
    "one of xs is a number": "concatenating numbers: stack does",
    "axis is None, not an integer": "concatenate(axis=None): reshape says that it flattens",
    "xs is empty": "stacking nothing: there is no shape",
    "labels must be integers": "cross_entropy with probabilities, or floats, for labels: labels are integers",
    "zero-size array to reduction": "softmax of nothing: refused, as max is",
    "Integers to negative integer powers": "integers: NumPy's answer, an error",
    "cannot select an axis to squeeze out": "squeezing a longer axis: NumPy's answer, an error",
    "axes don't match array|'NoneType' object cannot be interpreted as an integer": "permute and reshape of a part of the axes",
    "and   dtype\\('float32'\\)": "the dtype of a bare number: float64, as in NumPy",
    "nan != 0.0": "e^x / (1 + e^x) at 300: computed as it is written, inf / inf",
    "RuntimeError not raised": "clip without a limit: NumPy's answer, x",
    "'numpy.ndarray' object has no attribute|'tuple' object has no": "comparisons: they give arrays",
    "output.base|can_return_view|has no attribute 'base'|(?m:^input-\\d)|writeability is not restored|assert None is Tensor":
        "whether the output is a view; of an array without axes it is none here",
}


class Suite:
    """A plugin of pytest that counts, and takes what is missing for a reason to skip."""

    only_ours = False  # skip a test in which none of our functions was called
    about_ours = False

    def __init__(self):
        self.counts, self.reasons, self.failures = Counter(), Counter(), []

    def pytest_collection_modifyitems(self, items):
        """MyGrad's tests of all its ufuncs take minutes: those of ours are enough."""
        items[:] = [item for item in items if "ufunc" not in getattr(item, "fixturenames", ()) or not self.only_ours
                    or hasattr(dz, item.callspec.params["ufunc"].__name__)]  # fmt: skip

    def pytest_runtest_setup(self, item):
        Suite.about_ours = False

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = (yield).get_result()
        reason = None
        if call.when == "call" and report.outcome != "skipped" and self.only_ours and not Suite.about_ours:
            reason = "none of our functions is in it"
        elif call.when == "call" and report.failed:
            error = call.excinfo.value
            lost = isinstance(error, (TypeError, AttributeError)) and any(words in str(error) for words in MISSING)
            text = "\n".join(map(str, [item.name, *getattr(error, "exceptions", [error])]))  # Hypothesis may find several
            first = (why for words, why in DIFFERENCES.items() if re.search(words, text))
            reason = next((f"differs: {why}" for why in first), "dezero_lite has no such option" if lost else None)
        if call.excinfo:
            report.error = str(call.excinfo.value)
        if reason:
            report.outcome, report.longrepr = "skipped", (str(item.path), 0, reason)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome == "skipped" or report.when == "setup" and report.failed:
            reason = report.longrepr[2].removeprefix("Skipped: ") if report.outcome == "skipped" else ""
            self.counts["different" if reason.startswith("differs") else report.outcome] += 1
            # All functions that are missing together: their names are of no interest.
            self.reasons[re.sub("^dezero_lite has no .*", "dezero_lite does not have the function or option", reason)] += 1
        if report.failed:
            self.failures.append(f"{report.nodeid}\n    {getattr(report, 'error', report.longreprtext):.300}")


def main(peer, checkout):
    assert Function.pull  # ours, and not an installed one of the same name
    os.chdir(checkout)
    sys.path[:0] = [str(checkout), str(checkout / "tests")]
    os.environ["HYPOTHESIS_PROFILE"] = "dev"
    suite = Suite()
    files = PEERS[peer](checkout)
    with open(os.environ.get("OUT", os.devnull), "w") as nowhere, contextlib.redirect_stdout(nowhere):
        pytest.main(["-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "--hypothesis-seed=0", *files], [suite])
    for failure in suite.failures:
        print("failed:", failure)
    for reason, number in suite.reasons.most_common():
        if reason:
            print(f"{number:4} {reason if reason.startswith('differs') else 'skipped: ' + reason}")
    print(f"{peer}: " + ", ".join(f"{suite.counts[o]} {o}" for o in ("passed", "different", "failed", "skipped")))
    sys.exit(bool(suite.failures))


PEERS = {"dezero": dezero, "autograd": autograd, "mygrad": mygrad, "micrograd": micrograd, "tinygrad": tinygrad}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in PEERS or not Path(sys.argv[2]).is_dir():
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]).resolve())

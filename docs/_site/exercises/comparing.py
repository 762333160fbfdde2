"""What the truths have in common: variables of any program, formulas, random graphs, and differences beside them.

Plain Python and NumPy: it runs in a browser as well.
"""

import contextlib
import gc
import operator
import weakref
from random import Random

import numpy as np

FORMULAS = """
    square(x)   exp(x)   add(x, y)   add(add(x, y), x)   (x - x) ** 2
    x + y   x - y   x * y   x / y   -x   x ** 3   x ** -1.5   x ** 2 * y
    x + 2.5   2.5 + x   x - 2.5   2.5 - x   x * 2.5   2.5 * x   x / 2.5   2.5 / x
    A + x   A - x   A * x   A / x   x + A   x - A   x * A   x / A
    np.exp(x)   np.sin(x)   np.cos(x)   np.log(x)   np.tanh(x)   np.sqrt(x)   np.maximum(x, y)   relu(x)
    sin(x)   cos(x)   log(x)   tanh(x)   sqrt(x)   maximum(x, y)
    x[0]   x[[1, 0, 1]]   np.sum(x, axis=0)   np.sum(np.reshape(x, (2, 1)))   np.reshape(x, (2, 1))   np.transpose(np.reshape(x, (1, 2)))
    np.sum(np.reshape(x, (1, 2)), axis=0)   np.sum(np.reshape(x, (1, 2)), axis=1, keepdims=True)
    np.transpose(np.reshape(x[[0, 1, 0, 1, 1, 1]], (1, 2, 3)), (1, 2, 0))
    x + np.ones((3, 2))   np.ones((3, 2)) * x   np.reshape(x, (2, 1)) - y   x / x[0]   np.broadcast_to(x, (3, 2))
    x / np.array(2)   np.sum(np.reshape(x[[0, 1, 0, 1, 1, 1]], (2, 3)), axis=-1)   np.sum(np.reshape(x[[0, 1, 0, 1, 1, 1]], (1, 2, 3)), axis=(0, 2))
    x[np.array([1, 0, 1])]   np.reshape(x, (2, 1))[[1, 0, 1], [0, 0, 0]]   x[0] ** np.array([1.0, 2.0])
    np.reshape(np.reshape(x[[0, 1, 0, 1, 1, 1]], (2, 3)), (6,))   (lambda v: v @ v)(np.reshape(x[[0, 1, 1, 0]], (2, 2)))
    M @ np.reshape(x, (2, 1))   np.reshape(x, (1, 2)) @ M   np.reshape(x, (2, 1)) @ np.reshape(y, (1, 2))
""".split("  ")
FORMULAS = [formula.strip() for formula in FORMULAS if formula.strip()]
POINTS = [([0.7, 1.6], [1.3, 0.4]), ([-0.8, 1.2], [0.5, -1.5])]  # x and y
CONSTANTS = {"A": np.array([3.0, -0.5]), "M": np.array([[1.0, 2.0], [-3.0, 0.5]]), "np": np}


def made(program, value):
    return program.Variable(np.array(value))


def plus(program):
    return vars(program).get("add") or operator.add


def squared(program):
    return vars(program).get("square") or (lambda v: v**2)


def plain(grad):
    """A gradient as NumPy has it; from some step on it is a variable."""
    return np.asarray(getattr(grad, "data", grad) if not isinstance(grad, (np.ndarray, np.generic)) else grad)


def raises(kind, use):
    """Whether it is refused with that kind of error."""
    try:
        use()
    except kind:
        return True
    return False


def by_differences(program, f, points):
    """The gradient of the sum of f's elements for each of its variables: each element is moved by itself."""
    found = []
    for which, point in enumerate(points):
        slopes = np.zeros(np.shape(point))
        for at in np.ndindex(slopes.shape):
            sums = []
            for step in (1e-5, -1e-5):
                moved = [np.array(p) for p in points]
                moved[which][at] += step
                sums.append(np.sum(f(*(program.Variable(m) for m in moved)).data))
            slopes[at] = (sums[0] - sums[1]) / 2e-5
        found.append(slopes)
    return found


@contextlib.contextmanager
def uncollected():
    """Without the collector."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def alive(program):
    """How many variables and functions there are: they refer to their classes, and not every class allows weak references."""
    kinds = [program.Variable, program.Function]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return sum(type(thing) in kinds for thing in gc.get_referrers(*kinds))


def backward_agrees(program, f, points):
    """What backward leaves in the variables of f, beside difference quotients."""
    variables = [made(program, point) for point in points]
    f(*variables).backward()
    for variable, slopes in zip(variables, by_differences(program, f, points)):
        if not np.isfinite(slopes).all() or variable.grad is None and not slopes.any():
            continue
        gradient = plain(variable.grad)
        assert np.allclose(gradient, slopes, rtol=1e-4, atol=1e-6)
        assert gradient.shape == slopes.shape


def as_function(program, formula):
    return eval(f"lambda x, y: {formula}", vars(program) | CONSTANTS)


def of_numpy(formula):
    return eval(f"lambda x, y: {formula}", vars(np) | CONSTANTS)


def random_graph(program, random, reuse, variables):
    """The last of some sums and squares of what is there already.

    Args:
        reuse: which variables may be used again: "none", "leaves", or "all".
    """
    add, square = plus(program), squared(program)
    leaves, free = set(map(id, variables)), list(variables)

    def take():
        v = random.choice(free)
        if reuse == "none" or reuse == "leaves" and id(v) not in leaves:
            free.remove(v)
        return v

    for _ in range(7):
        last = add(take(), take()) if random.random() < 0.6 and len(free) > 1 else square(take())
        free.append(last)
    return last


def random_graphs_agree(program, reuse):
    random = Random(0)
    points = [[0.6, -0.25], [-0.3, 0.4], [0.2, 0.5], [0.7, -0.1]]
    for number in range(20):
        state = random.getstate()

        def f(*variables):
            random.setstate(state)
            return random_graph(program, random, reuse, variables)

        backward_agrees(program, f, points)

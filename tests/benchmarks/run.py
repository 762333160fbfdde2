"""How fast is it? Side by side with its peers, in one run, on one thread: ratios, not times.

    make bench

prints the tables and writes results.json, from which the page "How fast is it?" is made.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import gc  # noqa: E402
import importlib.metadata  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

import dezero_lite as dz  # noqa: E402
from dezero_lite import core, fast  # noqa: E402

RESULTS = Path(__file__).with_name("results.json")
PEERS = ["torch", "dezero", "autograd", "mygrad", "micrograd"]


def best(*actions, rounds=30, in_a_row=1):
    """The shortest time of each action, in seconds; they take turns, so that noise hits all.

    in_a_row: how often an action runs in its turn; the later ones find warm caches, as in a loop.
    """
    times = [float("inf")] * len(actions)
    for _ in range(rounds):
        for i, action in enumerate(actions):
            for _ in range(in_a_row):
                start = time.perf_counter()
                action()
                times[i] = min(times[i], time.perf_counter() - start)
    return times


# ---------------------------------------------------------------- a chain of 2,000 small functions


def chain(x, n):
    y = x
    for _ in range(n // 2):
        y = y * x
        y = y + x
    return y


def with_other(parts, action):
    """The action while other parts are in the engine: {(where, name): part}."""
    own = {(where, name): vars(where)[name] for where, name in parts}

    def put(parts):
        for (where, name), part in parts.items():
            setattr(where, name, part)

    def with_them():
        put(parts)
        action()
        put(own)

    return with_them


def looked_up(f, swapped=False):
    return lambda v, other: core.implementations[f](*((other, v) if swapped else (v, other)))


HEART_ALONE = {(core.Function, "__call__"): fast.slowly}  # without fast.py: the program of the course
for operator, f in dict(add=np.add, sub=np.subtract, mul=np.multiply, truediv=np.divide).items():
    HEART_ALONE |= {(dz.Variable, f"__{operator}__"): looked_up(f), (dz.Variable, f"__r{operator}__"): looked_up(f, swapped=True)}


def chains(n=2000):
    """Microseconds per function, forward and backward, on 0-d float64."""
    import autograd
    import dezero
    import micrograd.engine
    import mygrad
    import torch

    torch.set_num_threads(1)
    few = 400  # micrograd sorts by recursion, which goes no deeper

    def bare():
        x = y = np.array(0.5)
        for _ in range(n // 2):  # the ufuncs that any engine has to call: three for y * x, ...
            for _ in range(3):
                y = np.multiply(y, x, out=...)
            for _ in range(2):  # ... and for each of the n functions one sum of gradients
                y = np.add(y, x, out=...)
            y = np.add(x, x, out=...)

    def through(variable):
        return lambda: chain(variable(), n).backward()

    actions = {
        "dezero_lite": through(lambda: dz.Variable(np.array(0.5))),
        "its heart alone": with_other(HEART_ALONE, through(lambda: dz.Variable(np.array(0.5)))),
        "torch": through(lambda: torch.tensor(0.5, dtype=torch.float64, requires_grad=True)),
        "dezero": through(lambda: dezero.Variable(np.array(0.5))),
        "mygrad": through(lambda: mygrad.tensor(0.5)),
        "autograd": lambda: autograd.grad(lambda x: chain(x, n))(0.5),
        "bare ufuncs": bare,
    }
    times = dict(zip(actions, best(*actions.values(), rounds=60)))
    result = {name: seconds / n * 1e6 for name, seconds in times.items()}
    (seconds,) = best(lambda: chain(micrograd.engine.Value(0.5), few).backward())
    result["micrograd"] = seconds / few * 1e6
    return result


# ----------------------------------------------------------------------------- one step of an MLP


def mlp():
    """Microseconds for one step: 128 rows, 64 -> tanh 128 -> 10, squared error."""
    import dezero
    import dezero.functions
    import torch

    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((128, 64)), rng.standard_normal((128, 10))
    shapes = [(64, 128), (128,), (128, 10), (10,)]
    weights = [rng.standard_normal(shape) / 10 for shape in shapes]

    def by_hand():
        w1, b1, w2, b2 = weights
        h = np.tanh(x @ w1 + b1)
        d = h @ w2 + b2 - t
        gy = 2 * d
        ga = gy @ w2.T * (1 - h * h)
        return (d * d).sum(), x.T @ ga, ga.sum(0), h.T @ gy, gy.sum(0)

    def stepper(parameters, x, t, tanh):
        def step():
            for p in parameters:
                p.grad = None
            w1, b1, w2, b2 = parameters
            d = tanh(x @ w1 + b1) @ w2 + b2 - t
            (d * d).sum().backward()

        return step

    ours = [dz.Variable(w) for w in weights]
    theirs = [torch.tensor(w, requires_grad=True) for w in weights]

    deck = [dezero.Variable(w) for w in weights]

    def dezero_step():
        for p in deck:
            p.cleargrad()
        w1, b1, w2, b2 = deck
        f = dezero.functions
        d = f.linear(f.tanh(f.linear(x, w1, b1)), w2, b2) - t
        f.sum(d * d).backward()

    actions = {
        "by hand": by_hand,
        "dezero_lite": stepper(ours, x, t, dz.tanh),
        "torch": stepper(theirs, torch.tensor(x), torch.tensor(t), torch.tanh),
        "dezero": dezero_step,
    }
    times = best(*actions.values(), rounds=200, in_a_row=5)
    for mine, its, exact in zip(ours, theirs, by_hand()[1:]):
        np.testing.assert_allclose(mine.grad, exact, rtol=1e-10)
        np.testing.assert_allclose(its.grad.numpy(), exact, rtol=1e-10)
    return {name: seconds * 1e6 for name, seconds in zip(actions, times)}


# --------------------------------------------------------------------- one step of the digits' network


def digits():
    """Microseconds for one step of page 51: 30 rows, 64 -> ReLU 32 -> 10, cross entropy, descent."""
    import torch

    rng = np.random.default_rng(0)
    x, labels = rng.uniform(size=(30, 64)), rng.integers(10, size=30)
    shapes, rate = [(64, 32), (32,), (32, 10), (10,)], 0.01
    first = [rng.standard_normal(shape) / 10 for shape in shapes]
    weights = [w.copy() for w in first]

    def by_hand():
        w1, b1, w2, b2 = weights
        h = np.maximum(x @ w1 + b1, 0)
        z = h @ w2 + b2
        z = z - z.max(1, keepdims=True)
        e = np.exp(z)
        total = e.sum(1, keepdims=True)
        loss = (np.log(total[:, 0]) - z[np.arange(30), labels]).mean()
        gz = e / total
        gz[np.arange(30), labels] -= 1
        gz /= 30
        ga = gz @ w2.T * (h > 0)
        for w, g in zip(weights, (x.T @ ga, ga.sum(0), h.T @ gz, gz.sum(0))):
            w -= rate * g
        return loss

    net = dz.nn.Layer()
    net.layers = [dz.nn.Affine(rng, 64, 32), dz.nn.Affine(rng, 32, 10)]
    for p, w in zip(net.parameters(), first):
        p.data = w.copy()
    descent = dz.nn.SGD(net.parameters(), rate)

    def ours():
        one, two = net.layers
        loss = dz.cross_entropy(two(dz.relu(one(dz.Variable(x)))), labels)
        loss.backward()
        descent.step()
        return loss.data

    theirs = [torch.tensor(w, requires_grad=True) for w in first]
    its_x, its_labels, sgd = torch.tensor(x), torch.tensor(labels), torch.optim.SGD(theirs, rate)

    def its():
        w1, b1, w2, b2 = theirs
        loss = torch.nn.functional.cross_entropy(torch.relu(its_x @ w1 + b1) @ w2 + b2, its_labels)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        return loss.item()

    for _ in range(3):  # the same losses on the same way
        np.testing.assert_allclose([ours(), its()], by_hand(), rtol=1e-10)
    actions = {"by hand": by_hand, "dezero_lite": ours, "torch": its}
    times = best(*actions.values(), rounds=400, in_a_row=5)
    return {name: seconds * 1e6 for name, seconds in zip(actions, times)}


# ------------------------------------------------------------------------------ growth with size


def wide(x, n):
    """n/2 functions that all use x, and a tree that adds them up."""
    ys = [x * x for _ in range(n // 2)]
    while len(ys) > 1:
        ys = [a + b for a, b in zip(ys[::2], ys[1::2])] + ys[len(ys) // 2 * 2 :]
    return ys[0]


def growth():
    """[size, microseconds of backward per function] for larger and larger graphs.

    dezero keeps its functions as the book does, in a list that is sorted at each insert.
    """
    import dezero

    result = {}
    for shape, make, most in (("deep", chain, 10**5), ("wide", wide, 10**4)):
        result[shape] = {}
        for engine, largest in ((dz, 10**6), (dezero, most)):
            rows = result[shape][engine.__name__] = []
            for n in (10**3, 10**4, 10**5, 10**6):
                if n <= largest:
                    y = make(engine.Variable(np.array(0.5)), n)
                    (seconds,) = best(y.backward, rounds=3 if n > 10**4 else 10)
                    rows.append([n, seconds / n * 1e6])
                    del y
    return result


MANY = {  # one graph each, of n small parts, from a vector x of n numbers; m: our module or PyTorch
    "n inputs in one call": lambda m, x, parts: m.stack(leaves(m, len(x))).sum(),
    "n outputs of one call": lambda m, x, parts: total(parts(x)),
    "n uses in one call": lambda m, x, parts: m.stack([x[0]] * len(x)).sum(),
    "n uses in n calls": lambda m, x, parts: chain(x[0], len(x)),
}


def leaves(m, n):
    if m is dz:
        return [dz.Variable(np.ones(())) for _ in range(n)]
    return [m.ones((), dtype=m.float64, requires_grad=True) for _ in range(n)]


def total(variables):
    first, *rest = variables
    for variable in rest:
        first = first + variable
    return first


def many():
    """For each kind of many: [n, microseconds for each of the n, forward and backward]."""
    import torch

    result = {}
    for kind, make in MANY.items():
        for name, m, parts in (("dezero_lite", dz, list), ("torch", torch, torch.unbind)):
            rows = result.setdefault(kind, {})[name] = []
            for n in (10**3, 10**4, 10**5):
                x = dz.Variable(np.full(n, 0.5)) if m is dz else torch.full((n,), 0.5, dtype=torch.float64, requires_grad=True)
                (seconds,) = best(lambda: make(m, x, parts).backward(), rounds=3 if n > 10**4 else 10)
                rows.append([n, seconds / n * 1e6])
    return result


# ---------------------------------------------------------------------------------------- memory

MEMORY = """
import gc, sys
import numpy as np
np.int = int
gc.disable()
if {name!r} == "torch":
    import torch
    x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
else:
    module = __import__({name!r})
    x = module.Variable(np.array(0.5))
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
y, before = x, resident()
for _ in range({n} // 2):
    y = y * x
    y = y + x
print((resident() - before) / {n})
"""


def memory(n=300_000):
    """Bytes per function of a chain, by the growth of the process (Linux)."""
    if not Path("/proc/self/statm").exists():
        return {}
    return {
        name: float(subprocess.check_output([sys.executable, "-c", MEMORY.format(name=name, n=n)]))
        for name in ("dezero_lite", "dezero", "torch")
    }


def machine():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{name: importlib.metadata.version(name) for name in PEERS},
    }


def show(title, table, one):
    print(f"\n{title}")
    for name, value in sorted(table.items(), key=lambda item: item[1]):
        print(f"  {name:18} {value:9.2f}   {value / table[one]:6.2f} x {one}")


def main():
    gc.freeze()  # what the peers' imports left behind is not looked through again and again
    np.int = int  # dezero 0.0.13 was written for an older NumPy
    measures = {"machine": machine, "chain": chains, "mlp": mlp, "digits": digits, "growth": growth, "many": many, "memory": memory}
    results = {name: measure() for name, measure in measures.items()}
    show("Chain of 2,000 functions, µs per function", results["chain"], "torch")
    show("Step of an MLP, µs", results["mlp"], "by hand")
    show("Step of the digits' network, µs", results["digits"], "by hand")
    if results["memory"]:
        show("Memory, bytes per function", results["memory"], "dezero")
    print("\nBackward, µs per function")
    for shape, engines in results["growth"].items():
        for name, rows in engines.items():
            print(f"  {shape}, {name:12}", "  ".join(f"{n:9,}: {t:6.2f}" for n, t in rows))
    print("\nMany of something, forward and backward, µs for each")
    for kind, engines in results["many"].items():
        for name, rows in engines.items():
            print(f"  {kind:22} {name:12}", "  ".join(f"{n:8,}: {t:6.2f}" for n, t in rows))
    rounded = json.loads(json.dumps(results), parse_float=lambda text: round(float(text), 3))
    RESULTS.write_text(json.dumps(rounded, indent=1) + "\n", "utf-8")
    print(f"\nwritten to {os.path.relpath(RESULTS)}: `make docs` draws the page from it")


if __name__ == "__main__":
    main()

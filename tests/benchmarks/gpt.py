"""The GPT of page 61 beside what else could learn names: tables, a recurrent network of its size, and itself on single numbers.

    python tests/benchmarks/gpt.py [steps]

Nine names of ten are learnt from, the tenth is asked: the mean surprise per letter. Seconds are computing time.
"""

import math
import sys
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "gallery/stage6/step61.py").read_text("utf-8")
exec(PAGE[PAGE.index("import copy\n") : PAGE.index("# The run\n")] + "\n" + PAGE[PAGE.index("def coded") : PAGE.index("def write")])

names = (ROOT / "gallery/stage6/names.txt").read_text().split()
letters, ids = coded(names)
aside, ours = ids[::10], np.delete(ids, np.s_[::10], axis=0)


class RNN(Layer):
    """A state handed on from letter to letter, h = tanh(x W + h U)."""

    def __init__(self, rng, letters, width=16, size=43):
        self.letter = Variable(rng.normal(size=(letters, width)))
        self.into, self.on, self.read = Affine(rng, width, size), Affine(rng, size, size), Affine(rng, size, letters)
        self.size = size

    def __call__(self, ids):
        h, said = np.zeros((len(ids), self.size)), []
        for t in range(ids.shape[1]):
            h = np.tanh(self.into(self.letter[ids[:, t]]) + self.on(h))
            said.append(self.read(h))
        return Stacked(said)


class Stacked:
    """Scores (n, letters) for each place, asked at those that are there."""

    def __init__(self, said):
        self.said = said

    def __getitem__(self, there):
        rows, places = np.nonzero(there)
        found = np.zeros((len(rows), self.said[0].shape[1]))
        for t, scores in enumerate(self.said):
            at = np.flatnonzero(places == t)
            found = found + _put(scores[rows[at]], at, found.shape)
        return found


def _put(x, at, shape):
    return linear(lambda x: put(x, at, shape), lambda gy: gy[at], x)


def train(model, number, rate=0.02):
    rng, adam, start = np.random.default_rng(0), Adam(model.parameters(), rate), process_time()
    for step in range(number):
        loss_of(model, ours[rng.integers(len(ours), size=8)]).backward()
        adam.rate = rate * (1 - step / number)
        adam.step()
    seconds = process_time() - start
    with no_grad():
        return loss_of(model, aside).data.item(), seconds


class Number:
    """A single number in a graph of single numbers: a value, and the slope towards each number that it was made of."""

    def __init__(self, value, made_of=()):
        self.value, self.made_of, self.grad = value, made_of, 0.0

    def __add__(self, other):
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def times(self, c):
        return Number(self.value * c, ((self, c),))

    def power(self, c):
        return Number(self.value**c, ((self, c * self.value ** (c - 1)),))

    def exp(self):
        y = math.exp(self.value)
        return Number(y, ((self, y),))

    def log(self):
        return Number(math.log(self.value), ((self, 1 / self.value),))

    def relu(self):
        return Number(max(self.value, 0.0), ((self, float(self.value > 0)),))

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            number, done = stack.pop()
            if done:
                order.append(number)
            elif id(number) not in seen:
                seen.add(id(number))
                stack += [(number, True), *((part, False) for part, _ in number.made_of)]
        self.grad = 1.0
        for number in reversed(order):
            for part, slope in number.made_of:
                part.grad += slope * number.grad
        return len(order)


def total_of(numbers):
    first, *others = numbers
    for one in others:
        first = first + one
    return first


def singly(model, word):
    """The loss of one word by the same model, a `Number` for each number, and its parameters."""
    kept = {p: np.vectorize(Number, otypes=[object])(p.data) for p in model.parameters()}
    affine = lambda part, x: [total_of([a * b for a, b in zip(x, column)]) + c for column, c in zip(kept[part.W].T, kept[part.b])]

    def norm(x):
        scale = (total_of([a * a for a in x]).times(1 / len(x)) + Number(1e-5)).power(-0.5)
        return [a * scale for a in x]

    def softmax(scores):
        parts = [s.exp() for s in scores]
        below = total_of(parts).power(-1)
        return [part * below for part in parts]

    keys, values, losses, heads = [], [], [], model.heads
    for t, (now, then) in enumerate(zip(word[:-1], word[1:])):
        x = [a + b for a, b in zip(kept[model.letter][now], kept[model.place][t])]
        n = norm(x)
        q = affine(model.query, n)
        keys.append(affine(model.key, n))
        values.append(affine(model.value, n))
        found, d = [], len(x) // heads
        for part in [slice(i * d, i * d + d) for i in range(heads)]:
            weights = softmax([total_of([a * b for a, b in zip(q[part], k[part])]).times(d**-0.5) for k in keys])
            found += [total_of([w * v[i] for w, v in zip(weights, values)]) for i in range(part.start, part.stop)]
        x = [a + b for a, b in zip(x, affine(model.mix, found))]
        x = [a + b for a, b in zip(x, affine(model.down, [a.relu() for a in affine(model.up, norm(x))]))]
        losses.append(softmax(affine(model.read, norm(x)))[then].log().times(-1))
    return total_of(losses).times(1 / len(losses)), kept


if __name__ == "__main__":
    for back in (1, 2):
        padded = [np.hstack([np.zeros((len(part), back - 1), int), part]) for part in (ours, aside)]
        runs = []
        for part in padded:
            columns = [part[:, i : part.shape[1] - back + i] for i in range(back + 1)]
            there = columns[-2] > 0
            there[:, 0] = True
            runs.append([column[there] for column in columns])
        counts = np.ones((27,) * (back + 1))
        np.add.at(counts, tuple(runs[0]), 1)
        lost = -np.log((counts / counts.sum(-1, keepdims=True))[tuple(runs[1])]).mean()
        print(f"table of {back} back   {counts.size:6} numbers, {lost:.3f}", flush=True)
    triples = lost
    for number in map(int, sys.argv[1:] or (300, 1000, 3000)):
        measured = {}
        for kind in (lambda rng: RNN(rng, 27), lambda rng: GPT(rng, 27, 12)):
            model = kind(np.random.default_rng(0))
            size = sum(p.data.size for p in model.parameters())
            lost, seconds = train(model, number)
            measured[type(model)] = lost, size
            print(f"{type(model).__name__} {number:5} steps  {size:6} numbers, {lost:.3f}, {seconds:.1f} s", flush=True)
        (recurrent, its), (ours_lost, own) = measured[RNN], measured[GPT]
        assert 0 < ours_lost - recurrent < 0.1 and abs(its / own - 1) < 0.02, "page 61 says that it is a little ahead"
        assert (ours_lost < triples) == (number >= 1000), "page 61 says when it passes the table"
    model = GPT(np.random.default_rng(0), 27, 12)
    times, objects = {"arrays": 0.0, "single numbers": 0.0}, 0
    for row in ours[:5]:
        word = row[: np.flatnonzero(row)[-1] + 2]
        start = process_time()
        loss = loss_of(model, word[None])
        loss.backward()
        times["arrays"] += process_time() - start
        start = process_time()
        alone, kept = singly(model, word.tolist())
        objects += alone.backward()
        times["single numbers"] += process_time() - start
        assert np.isclose(loss.data, alone.value)
        for p, numbers in kept.items():
            assert np.allclose(p.grad, np.vectorize(lambda one: one.grad)(numbers))
            p.cleargrad()
    told = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in times.items())
    print(f"five names, forward and back, with the same gradients: {told}, for {objects} objects")

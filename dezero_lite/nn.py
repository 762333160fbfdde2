"""Layers, which know their parameters, and optimisers, which change them: the course's own, from step 46 on."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .arraylike import bare
from .core import Variable


class Layer:
    """Something with parameters: the variables among its attributes, those of its layers, and those in lists, tuples and dicts of either."""

    def parameters(self) -> list[Variable]:
        """The parameters, each once, even where layers share one."""
        return list(dict.fromkeys(variables_in(vars(self))))


def variables_in(x: Any) -> Iterator[Variable]:
    if isinstance(x, Variable):
        yield x
    elif isinstance(x, Layer):
        yield from x.parameters()
    elif isinstance(x, (list, tuple, dict)):
        for part in x.values() if isinstance(x, dict) else x:
            yield from variables_in(part)


class Affine(Layer):
    """y = x W + b, with x of shape (..., n_in) and y of shape (..., n_out). At the start b is 0, and the elements of W, of shape
    (n_in, n_out), are normal numbers from the random generator rng with the standard deviation gain / sqrt(n_in).

    (Glorot and Bengio 2010 for gain 1; He et al. 2015 for the square root of 2, before a `relu`.)
    """

    def __init__(self, rng: "np.random.Generator", n_in: int, n_out: int, gain: float = 1.0) -> None:
        self.W = Variable(rng.normal(size=(n_in, n_out)) * gain / np.sqrt(n_in))
        self.b = Variable(np.zeros(n_out))

    def __call__(self, x: Any) -> Any:
        return x @ self.W + self.b


class SGD:
    """p <- p - rate p.grad for each of the parameters, whose grads are then cleared. TypeError, and no step, if a grad is None."""

    def __init__(self, parameters: Iterable[Variable], rate: float) -> None:
        self.parameters, self.rate = list(parameters), rate

    def grads(self) -> list[Any]:
        """The arrays of all grads. TypeError if one is None."""
        for i, p in enumerate(self.parameters):
            if p.grad is None:
                raise TypeError(f"parameter {i}, of shape {p.shape}, has no grad: call backward on a loss that depends on it")
        return [bare(p.grad) for p in self.parameters]

    def step(self) -> None:
        for p, g in zip(self.parameters, self.grads()):
            p.data = p.data - self.rate * g
            p.cleargrad()


class Momentum(SGD):
    """v <- beta v - rate p.grad, p <- p + v, with v = 0 at first; otherwise as `SGD`. (Polyak 1964.)"""

    def __init__(self, parameters: Iterable[Variable], rate: float, beta: float = 0.9) -> None:
        super().__init__(parameters, rate)
        self.beta, self.vs = beta, [np.zeros_like(p.data) for p in self.parameters]

    def step(self) -> None:
        for i, (p, g) in enumerate(zip(self.parameters, self.grads())):
            self.vs[i] = self.beta * self.vs[i] - self.rate * g
            p.data = p.data + self.vs[i]
            p.cleargrad()


class Adam(SGD):
    """p <- p - rate m / (sqrt(v) + eps), with m and v the running means of the gradients and of their squares, corrected for
    their start at 0; otherwise as `SGD`. (Kingma and Ba 2014.)"""

    def __init__(self, parameters: Iterable[Variable], rate: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        super().__init__(parameters, rate)
        self.beta1, self.beta2, self.eps, self.t = beta1, beta2, eps, 0
        self.ms, self.vs = ([np.zeros_like(p.data) for p in self.parameters] for _ in range(2))

    def step(self) -> None:
        grads = self.grads()
        self.t += 1
        for i, (p, g) in enumerate(zip(self.parameters, grads)):
            self.ms[i] = self.beta1 * self.ms[i] + (1 - self.beta1) * g
            self.vs[i] = self.beta2 * self.vs[i] + (1 - self.beta2) * g**2
            m, v = self.ms[i] / (1 - self.beta1**self.t), self.vs[i] / (1 - self.beta2**self.t)
            p.data = p.data - self.rate * m / (np.sqrt(v) + self.eps)
            p.cleargrad()

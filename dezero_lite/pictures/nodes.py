"""What a graph consists of, as plain data, and what it says in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

IN_FULL = {"Sub": "Subtract", "Mul": "Multiply", "Div": "Divide", "Neg": "Negative", "Pow": "Power"}
MOST_FUNCTIONS = 200  # above that, a graph is summed up


def short(data: Any) -> str:
    """A few characters that stand for an array: its number, its few numbers, or its shape; none for no array."""
    if data is None:
        return ""
    data = np.asarray(getattr(data, "data", data) if not isinstance(data, np.ndarray) else data)
    if data.dtype == object:
        return ""
    if data.size > 3:
        return "×".join(map(str, data.shape)) if data.ndim > 1 else f"{data.size} numbers"
    numbers = ", ".join(f"{number:.4g}" for number in data.ravel().tolist())
    return numbers if data.ndim == 0 else f"[{numbers}]"


@dataclass(frozen=True)
class VariableNode:
    """A variable of the graph: its label ("" if it has none), its generation and its data."""

    label: str
    generation: int
    data: Any
    grad: Any


@dataclass(frozen=True)
class FunctionNode:
    """A function of the graph; inputs and outputs are positions in `Graph.variables`.

    ``local`` labels the edge from each input with the local derivative.
    """

    label: str
    generation: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    local: tuple[str, ...]


@dataclass(frozen=True)
class Nodes:
    """Variables and functions, both in an order of computation.

    Generations are written into it if they are counted, that is, if the engine records them too. A function
    counts as its inputs do, or one ahead of them, as its output, if it stands for that.
    """

    variables: tuple[VariableNode, ...]
    functions: tuple[FunctionNode, ...]
    values: bool = False
    grads: bool = False
    counted: bool = True
    ahead: bool = False

    @property
    def edges(self) -> list[tuple[str, int, str, int]]:
        """All arrows, as ("variable", i, "function", j) or ("function", j, "variable", i)."""
        return [
            edge
            for j, f in enumerate(self.functions)
            for edge in [
                *(("variable", i, "function", j) for i in f.inputs),
                *(("function", j, "variable", i) for i in f.outputs),
            ]
        ]

    def describe(self) -> str:
        """What the picture says, in words."""
        if len(self.functions) > MOST_FUNCTIONS:
            counts = Counter(f.label for f in self.functions)
            kinds = ", ".join(f"{n} {label}" for label, n in counts.most_common())
            last = max(v.generation for v in self.variables)
            generations = f", generations 0 to {last}" if self.counted else ""
            return (
                f"A graph of {len(self.functions)} functions ({kinds}) and "
                f"{len(self.variables)} variables{generations}."
            )
        names = self.names()
        said = []
        for f in self.functions:
            inputs = " and ".join(
                names[i] + (f" (derivative {d})" if d else "") for i, d in zip(f.inputs, f.local)
            )
            outputs = " and ".join(names[i] for i in f.outputs)
            generation = f", generation {f.generation + self.ahead}," if self.counted else ""
            said.append(f"{f.label}{generation} takes {inputs}, gives {outputs}.")
        for name, v in zip(names, self.variables):
            notes = [text for text in (self.value(v), self.gradient(v)) if text]
            if notes:
                said.append(f"{name}: {', '.join(notes)}.")
        return " ".join(said) or f"The variable {names[0]}."

    def names(self) -> list[str]:
        """A name for each variable: its label, or v1, v2, ... for those without."""
        return [v.label or f"v{i}" for i, v in enumerate(self.variables)]

    def function_names(self) -> list[str]:
        """A name for each function: its label, and its output's where that has one."""
        outputs = [self.variables[f.outputs[0]].label for f in self.functions]
        return [f.label + (f" → {y}" if y else "") for f, y in zip(self.functions, outputs)]

    def value(self, v: VariableNode) -> str:
        """The text of a variable's data in the picture."""
        return short(v.data) if self.values else ""

    def gradient(self, v: VariableNode) -> str:
        """The text of a variable's gradient in the picture."""
        return f"grad {short(v.grad)}" if self.grads and v.grad is not None else ""

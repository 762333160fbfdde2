"""Wrong answers that many give: how each is made from the page's program, and what to say of it.

What such an answer computes is never written down: it is found by running the program with the mistake in it. The
tests see to it that each can still be made, is noticed by the page, and is told from the others of its step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


def made(program: str, changes: Iterable[tuple[str, str]]) -> str:
    """The program with a mistake; "" if there is no place for it."""
    for pattern, instead in changes:
        program, number = re.subn(pattern, instead, program, flags=re.M)
        if not number:
            return ""
    return program


# By step: the sentence, and what stands in the page's program, as a regular expression, with what in the wrong one; in turn.
MISTAKES: dict[str, list[tuple[Any, ...]]] = {
    "07": [
        ("This is what you get when each function starts anew from 1: its derivative has to be multiplied by the "
         "gradient that has arrived at its output, which is what the argument of `backward` is for.",
         (r"f\.backward\(self\.grad\)", "f.backward(np.array(1.0))")),
        ("This is what you get when one function has run and its input is not told to go on. The walk has to continue from there.",
         (r"^ *x\.backward\(\)\n", "")),
    ],
    "08": [
        ("Only one function has run: what made its input has to get onto the list, and the list has to be looked at again and again, until it is empty.",
         (r"while funcs:", "if funcs:")),
        ("The first variable has no creator. Its None must not get into the list, or the loop will ask None for an input.",
         (r"if x\.creator is not None:", "if True:")),
    ],
    "09": [
        ("This gradient began as a float64, whatever the type of the data. `np.ones_like` takes over their type.",
         (r"np\.ones_like\(self\.data\)", "np.array(1.0)")),
        ("NumPy returns a plain number when it computes with an array without axes. Outputs have to be made into arrays "
         "again before a `Variable` takes them.",
         (r"Variable\(as_array\((self\.forward\(x\.data\))\)\)", r"Variable(\1)")),
    ],
    "10": [
        ("This is a one-sided difference: its error shrinks like ε, that of a central one like ε².",
         (r"\(above\.data - below\.data\) / \(2 \* eps\)", "(above.data - f(x).data) / eps")),
        ("The two points are 2ε apart, so that is what to divide by.",
         (r"/ \(2 \* eps\)", "/ eps")),
    ],
    "11": [
        ("From now on `forward` returns a list, even of one result: without the brackets there is nothing to go through.",
         (r"return \[x0 \+ x1\]", "return x0 + x1")),
        ("Each output has to be told which function made it, and here none has been.",
         (r"^ *for output in outputs:\n.*\n", "")),
    ],
    "12": [
        ("Without the star `forward` gets all of its inputs as one list.",
         (r"self\.forward\(\*xs\)", "self.forward(xs)")),
        ("A `forward` with one result returns it bare. It has to become a tuple before anyone goes through it.",
         (r"^ *if not isinstance\(ys, tuple\):\n.*\n", "")),
        ("A lone output has to be handed back bare: here the caller gets a tuple of one.",
         (r"return outputs\[0\] if len\(outputs\) == 1 else outputs", "return outputs")),
    ],
    "13": [
        ("A sum hands the gradient of its output to each of its inputs, whole: both partial derivatives are 1, not 1/2.",
         (r"return gy, gy", "return gy / 2, gy / 2")),
        ("The partial derivatives of a sum are 1 and 1, and each has to be multiplied by the gradient that has arrived.",
         (r"return gy, gy", "return 1.0, 1.0")),
    ],
    "14": [
        ("This is what `+=` gives. It writes into the array that is there, and others hold the same array: after "
         "`Add` has returned `gy, gy`, it is the gradient of the output as well.",
         (r"x\.grad = x\.grad \+ gx.*$", "x.grad += gx")),
        ("The second gradient has replaced the first one. A variable that is used twice gets one from each use, and "
         "needs their sum.",
         (r"x\.grad = x\.grad \+ gx.*$", "x.grad = gx")),
        ("This is what you get when `cleargrad` does not clear: the gradient of the computation before is still in it.",
         (r"(def cleargrad\(self\):\n( *)).*\n", r"\1pass\n")),
        ("This is what you get when `cleargrad` writes 0. `backward` then begins with that 0, since it is not None: None says that "
         "nothing has come yet, and 0 that what came was 0.",
         (r"(def cleargrad\(self\):\n( *)).*\n", r"\1self.grad = 0.0\n")),
    ],
    "15": [
        ("This is what `min` gives. A function has to come after all that its inputs were made from, so the "
         "largest of their generations counts.",
         (r"\bmax\(", "min(")),
        ("Every generation is the same here: the output of a function is one further than the function.",
         (r"f\.generation \+ 1", "f.generation")),
    ],
    "16": [
        ("This is what you get without a `seen` set: a function that is met twice runs twice, and the second time it "
         "sends on again what it has sent already.",
         (r" and f not in seen", "")),
        ("The smallest generation has come first here, and the largest has to. (`heapq` gives out the smallest entry: with it "
         "the generation needs a minus sign.)",
         (r"\(-f\.generation", "(f.generation")),
        ("This is what `min` gives in place of `max`: at a merge the sum counts as an early function, and runs too late.",
         (r"\bmax\(", "min(")),
        ("Two functions of the same generation are compared here, and functions can't be. Something that stands before "
         "them in the entry has to be different each time.",
         (r"len\(seen\), ", ""), (r"_, _, f", "_, f")),
    ],
    "17": [
        ("A weak reference has no gradient itself: it has to be called to get the output.",
         (r"output\(\)\.grad", "output.grad")),
        ("A function and its output still hold each other, so neither is freed by counting. One of the two has to hold weakly.",
         (r"weakref\.ref\(output\) for", "output for"), (r"output\(\)\.grad", "output.grad")),
        ("This is what you get when the variable holds its creator weakly. Then nobody holds the function, and it is gone at once: "
         "of the two the output is the one that others hold.",
         (r"self\.creator = f$", "self.creator = weakref.ref(f)"), (r"(self|x)\.creator\)$", r"\1.creator and \1.creator())")),
    ],
    "18": [
        ("This is what `+=` gives. It writes into the array that is in the table, and the same array may be there for another place: "
         "after `Add` has returned `gy, gy`, it is.",
         (r"gradients\[parent\] = gradients\[parent\] \+ gx.*$", "gradients[parent] += gx")),
        ("What arrives at a place has replaced what had arrived there before. It has to be added.",
         (r"gradients\[parent\] = gradients\[parent\] \+ gx.*$", "gradients[parent] = gx")),
        ("A second pass has replaced the gradients of the first one. What a pass finds is added to what is there.",
         (r"^ *if x\.grad is not None:\n.*\n", "")),
    ],
    "20": [
        ("After an exception in the block nothing is recorded any more: what puts recording back has not run. It has to, "
         "however the block ends: in a `finally`, or in an `__exit__` that does not ask.",
         (r"    try:\n        yield\n    finally:\n        pauses", "    yield\n    pauses")),
        ("This is what you get when each block puts back what it found. The block that ends last may have found "
         "recording off. Count the open blocks.",
         (r"pauses\.set\(pauses\.get\(\) \+ by\)", "before = pauses.get()\n    pauses.set(before + by)"),
         (r"pauses\.set\(pauses\.get\(\) - by\)", "pauses.set(before)")),
    ],
    "22": [
        ("For `2 - x` Python calls `x.__rsub__(2)`: self stands on the right of the minus, so the two have to change places.",
         (r"(__rsub__ = .*)\(other, self\)", r"\1(self, other)")),
        ("Unless the class tells NumPy not to, an array on the left takes the operator: it goes through its numbers, and makes an array of variables.",
         (r"^    __array_ufunc__ = None.*\n", "")),
        ("A constant array was changed after the call, and the rule has read what is in it now. The array has to be copied at the call.",
         (r"x = x\.copy\(\)", "pass")),
    ],
    "28": [
        ("The gradient points to where the function grows. To come down, the step has to go against it.",
         (r"x\.data - rate \* x\.grad", "x.data + rate * x.grad")),
        ("Each gradient was added to those of the steps before. It has to be cleared before each pass.",
         (r"^        for x in xs:\n            x\.cleargrad\(\)\n", "")),
    ],
    "32": [
        ("The rules have computed with arrays, so what they computed was not recorded. They need variables for their inputs, "
         "at the places of the graph.",
         (r"variable_at\(place, x\)", "x")),
        ("A pass with `create_graph=True` in a block of `no_grad` has recorded nothing. It has to open recording for itself.",
         (r"with paused\(-pauses\.get\(\) if create_graph else 0\):", "with paused(0):")),
    ],
    "33": [
        ("The second derivative was added to the first, which was still there. Keep the first under a name of its own, and clear x "
         "before the second pass.",
         (r"first = x\.grad\n        x\.cleargrad\(\)\n", "first = x.grad\n")),
    ],
    "35": [
        ("Each derivative was added to those before it. Keep it in the list, and clear x before the next pass.",
         (r"^        x\.cleargrad\(\)\n        ys", "        ys")),
    ],
    "37": [
        ("The pass has begun with ones, whatever it was given. The seed has to get into the table, at the place of y.",
         (r"(np\.ones\(y\.shape, y\.dtype\)) if seed is None else seed", r"\1")),
    ],
    "38": [
        ("The axes were moved once more in the same order. They have to be moved back, which takes the inverse order: "
         "`np.argsort(axes)`.",
         (r"np\.argsort\(axes\)", "axes")),
        ("Where an index comes twice, one of the two gradients is lost: `=` writes the second over the first, and `+=` as well, "
         "since it reads all old values first. `np.add.at` adds one after the other.",
         (r"np\.add\.at\(y, index, gy\).*$", "y[index] += gy")),
    ],
    "40": [
        ("This is the mean over the places to which a variable was stretched. Each of them is a use of it, and uses add up.",
         (r"gx = implementations\['sum_to'\]\(gx, shape\)", "gx = implementations['sum_to'](gx, shape) * (int(np.prod(shape)) / int(np.prod(gx.shape)))")),
    ],
    "41": [
        ("The factors are the right ones, on the right sides, but not transposed: the letter that is summed over has to "
         "stand in the middle.",
         (r"gy @ swapped\(x1\)", "gy @ x1"), (r"swapped\(x0\) @ gy", "x0 @ gy")),
        ("The factors are transposed, but stand on the wrong side: X has i first and G has i first, so the gradient of X "
         "begins with G.",
         (r"gy @ swapped\(x1\)", "swapped(x1) @ gy"), (r"swapped\(x0\) @ gy", "gy @ swapped(x0)")),
    ],
    "43": [
        ("Where x is 0 its derivative is to be 0. `>=` lets the gradient through there.",
         (r"\(data_of\(x\) > 0\)", "(data_of(x) >= 0)")),
    ],
    "46": [
        ("The gradient is still there after the step, so the next pass adds to it. The step has to clear it.",
         (r"^ *p\.cleargrad\(\)\n", "")),
    ],
    "48": [
        ("The exponential of 800 is larger than any number. Take off the largest score of each row first, as a constant.",
         (r"below = x - data_of\(x\)\.max\(-1, keepdims=True\)", "below = x")),
    ],
    "61": [
        ("Each letter sees those that come after it, so the answer is on the table. The mask has to add minus infinity to their scores.",
         (r"np\.full\(\(length, length\), -np\.inf\)", "np.zeros((length, length))")),
    ],
}

"""Wrong answers that many give: how each is made from the page's program, and what to say of it.

What such an answer computes is never written down: it is found by running the program with the mistake in it. The
tests see to it that each can still be made, is noticed by the page, and is told from the others of its step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A change to the page's program.

    Attributes:
        sentence: what to say of the answer.
        changes: what stands in the page's program, as a regular expression, and what in the wrong one; in turn.
    """

    sentence: str
    changes: tuple[tuple[str, str], ...]

    def made_in(self, program: str) -> str:
        """The program with the mistake; "" if there is no place for it."""
        wrong = program
        for pattern, instead in self.changes:
            wrong, number = re.subn(pattern, instead, wrong, flags=re.M)
            if not number:
                return ""
        return wrong


MISTAKES = {
    "07": [
        Mistake(
            "This is what comes when each function starts anew from 1: its derivative has to be multiplied by the "
            "gradient that has arrived at its output, which is what the argument of `backward` is for.",
            ((r"f\.backward\(self\.grad\)", "f.backward(np.array(1.0))"),),
        ),
        Mistake(
            "One function has run, and nobody has told its input to go on: the walk has to continue from there.",
            ((r"^ *x\.backward\(\)\n", ""),),
        ),
    ],
    "08": [
        Mistake(
            "Only one function has run: the list has to be looked at again and again, until it is empty.",
            ((r"while funcs:", "if funcs:"),),
        ),
        Mistake(
            "The first variable has no creator. Its None must not get into the list, or the loop asks None for an input.",
            ((r"if x\.creator is not None:", "if True:"),),
        ),
    ],
    "09": [
        Mistake(
            "This gradient has started as a float64, whatever the data are. `np.ones_like` takes over their type.",
            ((r"np\.ones_like\(self\.data\)", "np.array(1.0)"),),
        ),
        Mistake(
            "NumPy gives a plain number back when it computes with an array of no axes. Outputs have to be made arrays "
            "again before a `Variable` takes them.",
            ((r"Variable\(as_array\((self\.forward\(x\.data\))\)\)", r"Variable(\1)"),),
        ),
    ],
    "10": [
        Mistake(
            "This is a one-sided difference: its error shrinks with ε, that of a central one with ε².",
            ((r"\(above\.data - below\.data\) / \(2 \* eps\)", "(above.data - f(x).data) / eps"),),
        ),
        Mistake(
            "The two points are 2ε apart, so that is what to divide by.",
            ((r"/ \(2 \* eps\)", "/ eps"),),
        ),
    ],
    "13": [
        Mistake(
            "A sum hands the gradient of its output to each of its inputs, whole: both partial derivatives are 1, not 1/2.",
            ((r"return gy, gy", "return gy / 2, gy / 2"),),
        ),
    ],
    "14": [
        Mistake(
            "This is what `+=` gives. It writes into the array that is there, and others hold the same array: after "
            "`Add` has returned `gy, gy`, it is the gradient of the output as well.",
            ((r"x\.grad = x\.grad \+ gx.*$", "x.grad += gx"),),
        ),
        Mistake(
            "The second gradient has replaced the first one. A variable that is used twice gets one from each use, and "
            "needs their sum.",
            ((r"x\.grad = x\.grad \+ gx.*$", "x.grad = gx"),),
        ),
        Mistake(
            "This is what comes when `cleargrad` does not clear: the gradient of the computation before is still in it.",
            ((r"(def cleargrad\(self\):\n( *)).*\n", r"\1pass\n"),),
        ),
    ],
    "15": [
        Mistake(
            "This is what `min` gives. A function has to come after all that its inputs were made from, so the "
            "largest of their generations counts.",
            ((r"\bmax\(", "min("),),
        ),
        Mistake(
            "Every generation is the same here: the output of a function is one further than the function.",
            ((r"f\.generation \+ 1", "f.generation"),),
        ),
    ],
    "16": [
        Mistake(
            "This is what comes without a `seen` set: a function that is met twice runs twice, and the second time it "
            "sends on again what it has sent already.",
            ((r" and f not in seen", ""),),
        ),
        Mistake(
            "The smallest generation has come first here. A heap of Python gives the smallest entry, so the generation "
            "needs a minus sign.",
            ((r"\(-f\.generation", "(f.generation"),),
        ),
        Mistake(
            "This is what `min` gives in place of `max`: at a merge the sum is taken for an early function, and runs too late.",
            ((r"\bmax\(", "min("),),
        ),
        Mistake(
            "Two functions of one generation are compared here, and functions can't be. Something in the entry before "
            "them has to be different each time.",
            ((r"len\(seen\), ", ""), (r"_, _, f", "_, f")),
        ),
    ],
}

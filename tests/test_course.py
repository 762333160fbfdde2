"""Each script runs alone, in time, and prints the numbers of the course."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# How lines that a script prints must begin, in this order; runs of spaces count as one.
PRINTED = {
    "stage1/step06": [
        "x = 0.5, nudge 0.001: 1.0010 · 1.2847 · 2.5693 = 3.3040",
        "y = 0.25",
        "z = 1.2840254166877414",
        "3.297442541400256",
        "x.grad = 4.9306",  # at 0.6
        "a nudge of 1/250 moves b by 0",
    ],
    "stage1/step07": [
        "3.297442541400256",
        "x.grad = 7.704, but at 0.5 the derivative is 1.284",  # data changed in between
        "limit 1000: the longest chain that works has",
    ],
    "stage1/step08": [
        "3.297442541400256",
        "['h']",
        "['g']",
        "['f']",
        "a chain of 10000 functions: derivative 1.0",
    ],
    "stage1/step09": [
        "<class 'numpy.float64'>",  # x ** 2 of a 0-d array
        "3.297442541400256",
        "TypeError: <class 'float'> is not supported",
        "[2. 4. 6.]",  # of the sum
        "x.grad = 1.7200, but the derivative of y is 1.2",  # a gradient that was left there
    ],
    "stage1/step10": [
        "test_gradients_at_random_points passed",
        "backward: 3.297442541400256",
        "Square forgets gy: 2 of 5 tests fail",
        "eps = 1e-01: largest error 3e-03",
        "best in the model: 7e-06; best of those measured: 1e-05",
        "Wrong: backward [1. 2. 3.], all at once [1. 2. 3.], one by one [3. 2. 1.]",
    ],
    "stage1/column": [
        "numerical 2.00 4.00 8.00 32.00 128.00 256.00",
        "forward 3.33 6.67 13.33 53.33 213.33 426.67",
        "reverse 3.67 3.67 3.67 3.67 3.67 3.67",
        "64 results: forward 4.0, reverse 98.5 operations per result",
        "8 255 2047",  # squarings, operations of y and of its derivative
        "operations on the way back: 24",
        "derivative of the identity at 0: 0 by the tape, 1.0 by a difference quotient",
    ],
    "stage2/step11": ["y = 5", "x0 - x1 = -1"],
    "stage2/step12": ["y = 5", "three pieces: [1.0, 2.0, 3.0]"],
    "stage2/step13": [
        "x moved by 0.001: z moved by 0.004001, 4.001 times as far",
        "z = 13.0",
        "x.grad = 4.0",
        "y.grad = 6.0",
        "['add']",
        "['sq1', 'sq2']",
        "['sq1']",
        "x.grad = 180.0",  # data changed between forward and backward
        "x.grad = 1.0",  # x + x before step 14
    ],
    "stage2/step14": [
        "y = x + x = 6.0",
        "x.grad = 2.0",
        "x.grad = 3.0",
        "at 3.0: z = 54.0, x.grad = 54.0",
        "overwrite x + x: x.grad 1.0, y.grad 1.0 x + x + x: x.grad 1.0, y.grad 1.0",
        "+= x + x: x.grad 2.0, y.grad 2.0 x + x + x: x.grad 4.0, y.grad 4.0",
        "+ x + x: x.grad 2.0, y.grad 1.0 x + x + x: x.grad 3.0, y.grad 1.0",
        "x + x, two passes: x.grad = 4.0",
        "one pass: x.grad = 108.0",
        "two passes: x.grad = 324.0",
        "dezero_lite, two passes: x.grad = 216.0",
        "at 2.0: y = 32.0, x.grad = 96.0, true: 64.0",
    ],
    "stage2/step15": [
        "3 a 8 32 b 16 0",  # too early, beside the order wanted
        "4 b 16 32 a 16 64",
        "5 a 16 96",  # and again
        "generations of x, a, b, c, y: [0, 1, 2, 2, 3]",
        "at 2.0: x.grad = 96.0 in step 14, 64.0 by the rule",
        "of 200 random graphs, step 14 is wrong on 62, the rule on 0",
        "at 2.0: x.grad = 5.0 with the min, 9.0 with the max",
        *(
            # 2^k paths: functions, runs, arrivals, gradient
            f"{k} {3 * k} {3 * (2**k - 1)} {2**k} {2**k}"
            for k in range(1, 8)
        ),
    ],
    "stage2/breaks14": [
        "2 8 2 0 0 0",  # functions, graphs, wrong: step 14, newest once, oldest once, generations
        "3 56 30 8 8 0",
        "4 608 458 224 192 0",
        "smallest, one function run twice: ((0,), (1, 1))",
        "smallest, one function too early: ((0,), (1,), (2, 1))",
        "too early: x.grad = 4 true: 36",
        "first that no rewriting cures: [(0,), (1,), (1,), (2, 3)]",
        "oldest first on our example: 64",
        "oldest first on ((0,), (1,), (2,), (1, 3)) 4 in place of 1028",
        "with the min 8 of 56 graphs of three functions can fail",
        "with min: 33 true: 65",
    ],
    "stage2/step16": [
        "y = 32.0",
        "x.grad = 64.0",
        "in step 14's order: x.grad = 96.0",
        "step 16 32.0 64.0 [0, 1, 2, 2, 3]",
        "library 32.0 64.0 [0, 1, 2, 2, 3]",
        "the gradient of a number: [1. 1. 1.]",
        "still in memory: True",
        "in dezero_lite: False",
    ],
    "stage2/queue_cost": [
        "ladder 10000 6666 6666 26664",
        "tree 100 2833 521 198",
        "tree 100000 ≥",  # sorting is too slow, but not less than this
    ],
    "stage2/step17": [
        "still in memory: [False, True, True]",
        "y = 16.0 x.grad = 32.0",
        "step 16: 60 of 60 objects wait",
        "step 17: 0 of 60 objects wait",
        "0 of 40000 objects left",
        "dropped: AttributeError: 'NoneType' object has no attribute 'grad'",
        "kept: TypeError: unsupported operand type(s)",
        "x.grad = 96.0 a.grad = 16.0",
    ],
    "stage2/step18": [
        "x.grad = 64.0 a.grad = None",
        "largest generation first 64.0 4 1024.0 30",
        "newest first 64.0 5 1024.0 3069",
        "step 15's count: 4.0 this page's: 5.0",
    ],
    "stage2/step19": ["the function of c keeps nothing", "square 100 100", "exp, square 51 50", "twice 1 0", "in place: [180.]"],
    "stage2/step20": [
        "b.grad = None",
        "stale 96.0",
        "added up 64.0",
        "fresh 32.0",
        "no_grad 1",
        "recorded, all retained 200",
        "recording after an exception: {'no_grad': True, 'forgetful': False}",
        "A begins, B begins, A ends, B ends: [True, False, False, False, True]",
    ],
    "stage2/step21": ["Variable(7.0) 2.0 3.0 1.0", "[('Mul', -6.0), ('Neg', -6.0)]"],
    "stage2/step22": [
        "array * v [Box([ 2. 20.]) Box([ 3. 30.])]",
        "2.0 - x 0.00 derivative -1.00 difference -1.0000",
        "{'copied': 1.75, 'shared': 0.375}",
        "array + v an array of 2 variables",
    ],
    "stage2/step23": ["{2.0: 0.0, 0.0: nan}", "x ** 3 8.0000 12.0000 12.0000", "x0 / x1 ** 2 = inf x0 / x1 / x1 = 1.0e+160"],
    "stage2/step24": [
        "ImportError: cannot import name",
        "functions.py imports implements from table; Function, Variable from core",
        "the file is there: TypeError: no derivative is known for this use of np.sin",
        "and it was imported: v.grad = [0.9182 0.077 ]",
    ],
    "stage2/hard_functions": ["goldstein_price 38 1876 (-5376, 8064)", "by hand: -5376"],
    "stage3/step27": [
        "value 0.7071064695751781",
        "derivative 0.7071032148228457",
        "0.0001 4 3.1e-07 3.6e-06 12",
        "1e-08 6 6.9e-12 1.1e-10 18",
        "1e-12 8",
        "1e-150 47",
    ],
    "stage3/step28": [
        "step 1000: (0.68371, 0.46595), value 0.10027",
        "value: 50.000005, 31.205,",
        "limit of one step 1.99998, of many 0.2",
        "-0.09",
    ],
    "stage3/step29": [
        "1: 1.4545454545454546",
        "2: 1.1510467893775467",
        "3: 1.0253259289766978",
        "4: 1.0009084519430513",
        "5: 1.0000012353089454",
        "6: 1.000000000002289",
        "7: 1.0",
        "to a thousandth: 70 steps with 0.01; 33 steps with 0.02; 20 steps with 0.03; 11 steps with 0.04; Newton 4",
    ],
    "stage3/step32": [
        "order 1: 24,",
        "order 2: 44,",
        "Variable(68.0)",
        "second derivative: 32.0",
        "by differences: 48.0",
    ],
}


def run(step):
    """What the script prints, one line each, and the seconds of processor time that it took."""
    done = subprocess.run(
        [sys.executable, ROOT / "gallery" / f"{step}.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    return lines


@pytest.mark.parametrize("step", PRINTED)
def test_script_prints_the_numbers_of_the_course(step):
    lines = run(step)
    rest = iter(lines)
    for words in PRINTED[step]:
        found = any(f"{line} ".startswith(f"{words} ") for line in rest)
        assert found, f"{words!r} is not printed, or not in its place, in:\n" + "\n".join(lines)

"""dezero_lite: a small define-by-run engine for reverse-mode automatic differentiation.

    >>> import numpy as np
    >>> from dezero_lite import Variable
    >>> x = Variable(np.array(2.0))
    >>> y = x**4 + x**4
    >>> y.backward()
    >>> y, x.grad
    (Variable(32.0), array(64.))

Begin with `core`, the heart: variables, functions, the backward pass. Around it stand `arraylike` (what makes
a variable look like an array), `scopes` (recording or not), `broadcasting` (and how it is undone), `sums`
(that lose few digits), `several` (functions of several outputs), `grads` (what may be a gradient), `shown` (what
a function shows to its author), `errors` (what is said), `fast` (a shorter way for our own). With it are written
`elementwise`, `shapes`, `reductions`, `products`, `losses` (functions with their rules, and `arguments`, what they take),
`functional` (grad of a function), `numerical` (checks by finite differences), `graph` (the graph and the
backward pass, as data, which are `nodes`), `drawing` (pictures of them), `player` (a pass to be played).
"""

from .arraylike import implements
from .core import Function, Variable
from .elementwise import Elementwise, absolute, add, clip, cos, divide, exp, log, maximum, minimum, multiply
from .elementwise import negative, power, relu, sigmoid, sin, sqrt, square, subtract, tan, tanh, where
from .functional import grad, gradients, hvp, value_and_grad
from .graph import Graph, graph, trace
from .losses import mean_squared_error, softmax_cross_entropy
from .numerical import gradcheck, gradgradcheck, numerical_grad
from .player import Playback, SideBySide, play
from .products import dot, matmul
from .reductions import log_softmax, logsumexp, mean, prod, softmax
from .reductions import max as max, min as min, sum as sum
from .shapes import broadcast_to, concatenate, expand_dims, getitem, reshape, squeeze, stack
from .scopes import no_grad
from .shapes import swapaxes, transpose

abs = absolute
neg = negative

# Not abs, max, min and sum: `from dezero_lite import *` leaves Python's own alone.
__all__ = [  # fmt: skip
    "Elementwise", "Function", "Graph", "Playback", "SideBySide", "Variable", "absolute", "add", "broadcast_to", "clip",
    "concatenate", "cos", "divide", "dot", "exp", "expand_dims", "getitem", "grad", "gradcheck",
    "gradgradcheck", "gradients", "graph", "hvp", "implements", "log", "log_softmax", "logsumexp",
    "matmul", "maximum", "mean", "mean_squared_error", "minimum", "multiply", "neg", "negative",
    "no_grad", "numerical_grad", "play", "power", "prod", "relu", "reshape", "sigmoid", "sin", "softmax",
    "softmax_cross_entropy", "sqrt", "square", "squeeze", "stack", "subtract", "swapaxes", "tan",
    "tanh", "trace", "transpose", "value_and_grad", "where",
]

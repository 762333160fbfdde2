"""dezero_lite: a small define-by-run engine for reverse-mode automatic differentiation.

    >>> import numpy as np
    >>> from dezero_lite import Variable
    >>> x = Variable(np.array(2.0))
    >>> y = x**4 + x**4
    >>> y.backward()
    >>> y, x.grad
    (Variable(32.0), array(64.))

The ground floor is `core`, the heart, which is the program that the course writes: variables, functions, the pass that goes
back. It knows `arraylike` (what you can do with an array) and `errors` (the messages), and nothing else. Above it:

- `arrays` (linear maps with their adjoints), `elementwise`, `reductions` (and losses): functions, each with its rule;
  `plain`: those that have no derivative;
- `authors`: the class for functions of your own, with checks and several outputs; `fast`: a shorter way of calling;
- `functional` (grad of a function), `numerical` (checks), `nn` (layers and optimisers);
- `pictures`: graphs, passes and plots as SVG. No derivative needs them.
"""

from .arrays import broadcast_to, concatenate, dot, expand_dims, getitem, linear, matmul, mean, reshape, squeeze, stack
from .arrays import sum_to, swapaxes, transpose
from .arrays import total as sum
from .authors import Elementwise, Function
from .core import Variable, gradients, implements, no_grad
from .elementwise import absolute, add, clip, cos, divide, exp, log, maximum, minimum, multiply, negative, power, relu
from .elementwise import sigmoid, sin, sqrt, square, subtract, tan, tanh, where
from .functional import grad, hessian, hvp, jacobian, jvp, value_and_grad
from .pictures.graph import Graph, graph
from .nn import SGD, Adam, Affine, Layer, Momentum
from .numerical import adjointcheck, gradcheck, gradgradcheck, numerical_grad
from .pictures.player import Playback, SideBySide, play
from .pictures.references import references
from .reductions import cross_entropy, log_softmax, logsumexp, mean_squared_error, prod, softmax
from .reductions import max as max, min as min
from . import fast as fast, plain as plain

__version__ = "0.1.0"

abs, neg, softmax_cross_entropy = absolute, negative, cross_entropy

# Not abs, max, min and sum: `from dezero_lite import *` leaves Python's own alone.
__all__ = [  # fmt: skip
    "Adam", "Affine", "Elementwise", "Function", "Graph", "Layer", "Momentum", "Playback", "SGD", "SideBySide", "Variable", "absolute", "add", "adjointcheck",
    "broadcast_to", "clip", "concatenate", "cos", "cross_entropy", "divide", "dot", "exp", "expand_dims", "getitem", "grad",
    "gradcheck", "gradgradcheck", "gradients", "graph", "hessian", "hvp", "implements", "jacobian", "jvp", "linear", "log",
    "log_softmax", "logsumexp", "matmul", "maximum", "mean", "mean_squared_error", "minimum", "multiply", "neg", "negative",
    "no_grad", "numerical_grad", "play", "power", "prod", "references", "relu", "reshape", "sigmoid", "sin", "softmax", "softmax_cross_entropy",
    "sqrt", "square", "squeeze", "stack", "subtract", "sum_to", "swapaxes", "tan", "tanh", "transpose", "value_and_grad", "where",
]

"""NumPy's functions that have no derivative, or whose derivative is 0: of a variable they give what they give of its array."""

from typing import Any

import numpy as np

from .arraylike import bare
from .core import implements

FUNCTIONS = (
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.isnan, np.isfinite, np.isinf,
    np.signbit, np.sign, np.floor, np.ceil, np.rint, np.trunc, np.floor_divide, np.logical_and, np.logical_or, np.logical_xor,
    np.logical_not, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert,
    np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.argmax, np.argmin, np.argsort,
    np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.allclose, np.isclose,
    np.array_equal, np.all, np.any, np.save, np.result_type, np.iscomplexobj, np.isrealobj, np.array2string, np.array_repr,
    np.array_str, np.round, np.around, np.fix, np.may_share_memory, np.shares_memory, np.isneginf, np.isposinf, np.isreal,
    np.iscomplex, np.isin, np.array_equiv, np.nanargmax, np.nanargmin, np.argpartition, np.digitize,
)  # fmt: skip


def of_arrays(function: Any) -> Any:
    return lambda *inputs, **options: function(*map(bare, inputs), **{name: bare(x) for name, x in options.items()})


for function in FUNCTIONS:
    implements(function)(of_arrays(function))

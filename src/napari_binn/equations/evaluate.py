"""The values of a formula."""

from __future__ import annotations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .grammar import U, parse

Array = NDArray[np.float64]
#: What an empty place counts as: growth like log(1/u) has no value at zero itself.
NEARLY_EMPTY = 1e-6


def evaluate(text: str, u: Array) -> Array:
    """Evaluate a formula of the grammar on densities ``u``; none is below ``NEARLY_EMPTY``."""
    compiled = sp.lambdify([U], parse(text), modules="numpy")
    with np.errstate(all="ignore"):
        return np.asarray(compiled(np.maximum(u, NEARLY_EMPTY)), dtype=np.float64) + 0.0 * u

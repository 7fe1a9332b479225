"""The values of a formula."""

from __future__ import annotations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .grammar import U, parse

Array = NDArray[np.float64]


def evaluate(text: str, u: Array) -> Array:
    """Evaluate a formula of the grammar on densities ``u``; empty places count as nearly empty."""
    compiled = sp.lambdify([U], parse(text), modules="numpy")
    with np.errstate(all="ignore"):
        return np.asarray(compiled(np.maximum(u, 1e-6)), dtype=np.float64) + 0.0 * u

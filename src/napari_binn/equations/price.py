"""What the constants of a pair of formulas cost when it is compared with others.

Minus twice the log evidence of a law is its misfit plus log |1 + P^-1 I|, where I is what the movie
says about the constants and P what was known beforehand (Laplace's approximation). The BIC takes P
to be what one of n observations says: log n for each constant. An observation is a bin of a frame,
though, and tens of thousands of them may say next to nothing about how D depends on the density;
a unit of information has to be one look at what the constants describe (Kass & Wasserman, J. Am.
Stat. Assoc. 90, 1995; Berger, Bayarri & Pericchi, Econometric Reviews 33, 2014, on the effective
sample size). Here one look tells each curve as a whole to within its own size, where densities were
observed. That does not depend on how a formula is written.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..inference.terms import Terms
from .candidates import Candidate

Array = NDArray[np.float64]
#: Relative step of the derivatives by constants.
_STEP = 1e-5
#: What keeps constants apart that do the same; relative change of a curve that nobody could see.
_RIDGE, _UNSEEN = 1e-9, 1e-6


def price(information: Array, known: Array, constants: Array) -> float:
    """Return log |1 + P^-1 I|, by which constants raise the misfit of their formulas.

    Parameters
    ----------
    information
        I, what the movie says about the constants, (K, K).
    known
        P, what one look at the curves says about them, (K, K).
    constants
        Their values, or typical sizes, (K,).
    """
    c = np.maximum(np.abs(constants), 1e-6)
    seen = np.diag(known) * c**2 > _UNSEEN**2
    if not seen.any():
        return 0.0
    size = np.diag(known)[seen] ** -0.5
    told = np.nan_to_num(information[np.ix_(seen, seen)]) * np.outer(size, size)
    before = known[np.ix_(seen, seen)] * np.outer(size, size) + _RIDGE * np.eye(len(size))
    root = np.linalg.inv(np.linalg.cholesky(before))
    looks = np.linalg.eigvalsh(root @ told @ root.T)
    return float(np.log1p(np.maximum(looks, 0.0)).sum())


def one_look(candidate: Candidate, constants: Array, terms: Terms) -> Array:
    """Return what one look at a curve says about the constants of its formula, (P, P)."""
    often = terms.weight > 0
    u, share = np.maximum(terms.u[often], 1e-6), terms.weight[often] / terms.weight[often].sum()
    slopes, values = _slopes(candidate.function(), u, constants)
    size = float(share @ values**2)
    return np.asarray((slopes * share) @ slopes.T / max(size, 1e-300))


def both(D: Array, G: Array) -> Array:
    """Return what is known about the constants of D and of G as that about all of them."""
    known = np.zeros((len(D) + len(G),) * 2)
    known[: len(D), : len(D)], known[len(D) :, len(D) :] = D, G
    return known


def _slopes(
    function: Callable[[Array, Array], Array], u: Array, constants: Array
) -> tuple[Array, Array]:
    """Return the derivatives (P, M) of a formula by its constants, and its values (M,)."""
    slopes = np.zeros((len(constants), len(u)))
    with np.errstate(all="ignore"):
        for k, constant in enumerate(constants):
            step = np.zeros_like(constants)
            step[k] = _STEP * max(abs(float(constant)), 1e-6)
            change = function(u, constants + step) - function(u, constants - step)
            slopes[k] = change / (2 * step[k])
        values = np.asarray(function(u, constants), dtype=np.float64)
    return np.nan_to_num(slopes, posinf=0.0, neginf=0.0), np.nan_to_num(values)

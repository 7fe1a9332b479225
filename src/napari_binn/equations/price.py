"""What the constants of a pair of formulas cost when it is compared with others.

Minus twice the log evidence of a law is its misfit plus log |1 + P^-1 I|, where I is what the movie
says about the constants and P what was known beforehand (Laplace's approximation). The BIC takes P
to be what one of n observations says: log n for each constant. An observation is a bin of a frame,
though, and tens of thousands of them may say next to nothing about how D depends on the density;
a unit of information has to be one look at what the constants describe (Kass & Wasserman, J. Am.
Stat. Assoc. 90, 1995; Berger, Bayarri & Pericchi, Econometric Reviews 33, 2014, on the effective
sample size). Here one look tells the curves as a whole: D to within a factor e, G to within its own
size, where densities were observed. That does not depend on how a formula is written.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..inference.terms import Terms
from .refit import Pair

Array = NDArray[np.float64]
#: Relative step of the derivatives by constants; share of D's height that counts as no diffusion.
_STEP, _NOTHING = 1e-5, 1e-3
#: What keeps constants apart that do the same; relative change of a curve that nobody could see.
_RIDGE, _UNSEEN = 1e-9, 1e-6


def price(pair: Pair, information: Array, terms: Terms) -> float:
    """Return log |1 + P^-1 I| of the constants of a pair, which its misfit is raised by.

    Parameters
    ----------
    information
        What the movie says about the constants, (K, K).
    terms
        The estimated curves, for how often each density was observed.
    """
    known, c = one_look(pair, terms), np.maximum(np.abs(pair.constants), 1e-6)
    seen = np.diag(known) * c**2 > _UNSEEN**2
    if not seen.any():
        return 0.0
    size = np.diag(known)[seen] ** -0.5
    told = np.nan_to_num(information[np.ix_(seen, seen)]) * np.outer(size, size)
    before = known[np.ix_(seen, seen)] * np.outer(size, size) + _RIDGE * np.eye(len(size))
    root = np.linalg.inv(np.linalg.cholesky(before))
    looks = np.linalg.eigvalsh(root @ told @ root.T)
    return float(np.log1p(np.maximum(looks, 0.0)).sum())


def one_look(pair: Pair, terms: Terms) -> Array:
    """Return what one look at the curves says about the constants of a pair, (K, K)."""
    often = terms.weight > 0
    u, share = np.maximum(terms.u[often], 1e-6), terms.weight[often] / terms.weight[often].sum()
    D, G = np.split(pair.constants, [pair.split])
    by_D, diffusivity = _slopes(pair.D.function(), u, D)
    by_G, growth = _slopes(pair.G.function(), u, G)
    least = _NOTHING * max(float(np.abs(diffusivity).max()), 1e-300)
    by_D /= np.maximum(diffusivity, least)
    by_G /= max(float(np.sqrt(share @ growth**2)), 1e-300)
    known = np.zeros((len(pair.constants),) * 2)
    known[: pair.split, : pair.split] = (by_D * share) @ by_D.T
    known[pair.split :, pair.split :] = (by_G * share) @ by_G.T
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

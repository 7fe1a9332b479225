"""The peer of bench_recovery.py: weak-form SINDy of pysindy, on the same movies.

Messenger & Bortz, J. Comput. Phys. 443 (2021); Kaptanoglu et al., J. Open Source Softw. 7 (2022).
Its library holds D and G as polynomials: u, u², u³ and their Laplacians, integrated against smooth
test functions. STLSQ with each of several thresholds; the sparsest of the best BIC counts. The size
of the test functions is the best of three, chosen with the truth in sight, which favours it.
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_binn.density.model import Density

Array = NDArray[np.float64]
#: Sizes of the test functions: half widths in bins and in frames.
SIZES = ((2.0, 4.0), (3.0, 6.0), (4.0, 7.0))
#: Test functions, their order, and thresholds relative to the largest scaled coefficient.
COUNT, ORDER = 400, 4
THRESHOLDS = np.geomspace(1e-3, 0.5, 25)
POWERS = 3


@dataclass(frozen=True)
class Found:
    """Coefficients of u⁰ to u² in D and in G; zero where a term was left out."""

    D: Array
    G: Array


def available() -> bool:
    """Whether pysindy is installed (the extra "bench")."""
    return importlib.util.find_spec("pysindy") is not None


def weak_sindy(density: Density, seed: int = 0) -> list[Found]:
    """Return what it finds with each size of the test functions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [_found(density, size, seed) for size in SIZES]


def _found(density: Density, size: tuple[float, float], seed: int) -> Found:
    terms, rate = _weak_form(density, size, seed)
    norms = np.linalg.norm(terms, axis=0)
    scaled = terms / norms
    best: tuple[float, Array] | None = None
    for threshold in THRESHOLDS:
        coefficients = _stlsq(scaled, rate, float(threshold))
        left = float(np.sum((rate - scaled @ coefficients) ** 2))
        count = int(np.count_nonzero(coefficients))
        bic = len(rate) * np.log(left / len(rate)) + count * np.log(len(rate))
        if best is None or bic < best[0]:
            best = float(bic), coefficients / norms
    assert best is not None
    coefficients = best[1]
    # The Laplacian of u^(k+1)/(k+1) is div(u^k grad u).
    return Found(coefficients[POWERS:] * np.arange(1, POWERS + 1), coefficients[:POWERS])


def _stlsq(terms: Array, rate: Array, threshold: float) -> Array:
    import pysindy

    full = np.linalg.lstsq(terms, rate, rcond=None)[0]
    optimizer = pysindy.STLSQ(threshold=threshold * float(np.abs(full).max()), alpha=0.0)
    optimizer.fit(terms, rate[:, None])
    return np.asarray(optimizer.coef_[0])


def _weak_form(density: Density, size: tuple[float, float], seed: int) -> tuple[Array, Array]:
    """Return the integrated terms u, u², u³ and their Laplacians (N, 6), and u_t (N,)."""
    import pysindy

    u = np.moveaxis(density.values, 0, -1)
    channels = np.stack([u ** (k + 1) for k in range(POWERS)], axis=-1)
    grid = np.stack(np.meshgrid(density.y, density.x, density.t, indexing="ij"), axis=-1)
    hy, hx = density.spacing
    widths = [size[0] * hy, size[0] * hx, size[1] * float(np.diff(density.t).mean())]
    np.random.seed(seed)  # noqa: NPY002 (the library draws its test functions from it)
    library = pysindy.WeakPDELibrary(
        function_library=pysindy.PolynomialLibrary(degree=1, include_bias=False),
        derivative_order=2,
        spatiotemporal_grid=grid,
        K=COUNT,
        H_xt=widths,
        p=ORDER,
        include_interaction=False,
    )
    library.fit(channels)
    columns = np.asarray(library.transform(channels))
    names = library.get_feature_names()
    place = {name: k for k, name in enumerate(names)}
    plain = [columns[:, place[f"x{k}"]] for k in range(POWERS)]
    bent = [columns[:, place[f"x{k}_11"]] + columns[:, place[f"x{k}_22"]] for k in range(POWERS)]
    rate = np.asarray(library.convert_u_dot_integral(channels))[:, 0]
    return np.stack([*plain, *bent], axis=1), rate

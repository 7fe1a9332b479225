"""What an estimate found out, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .terms import Boundary

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
#: Odds beyond which a probability is called certain.
SURE = 1000.0


def curves_in_words(u: Array, known: Mask, sd_D: Array, sd_G: Array, G: Array) -> str:
    """Say how well the frames determine the curves."""
    if not known.any():
        return "These frames do not determine D(u) at any density to within a factor of four."
    D_percent = 100 * float(np.median(sd_D[known]))
    G_percent = 100 * float(np.median(sd_G[known])) / max(float(np.abs(G[known]).max()), 1e-300)
    return (
        f"Between u = {u[known][0]:.2g} and {u[known][-1]:.2g} these frames determine D(u) to "
        f"about {D_percent:.2g} % and G(u) to about {G_percent:.2g} % of its highest value (one "
        "standard deviation)."
    )


def boundary_in_words(boundary: Boundary) -> str:
    """Say what was taken for the border of the region, and why."""
    effect = (
        "cells cross it"
        if boundary.kind == "open"
        else "no cells cross it"
    )  # fmt: skip
    opening = f"The border of the region is taken as {boundary.kind} ({effect})"
    if boundary.exact:
        return f"{opening}: so the movie is explained to within the error of the solver."
    if boundary.large:
        return f"{opening}: a field as large as this one determines the curves without its border."
    if boundary.unsolved:
        return f"{opening}: an open one could not be simulated on this movie."
    if boundary.log_odds_open is None:
        return f"{opening}, as the setting 'inference.boundary' says."
    odds = float(np.exp(min(abs(boundary.log_odds_open), 700.0)))
    if odds < 3:
        return f"{opening}, but the movie hardly tells: the curves allow for both."
    times = "far" if odds > SURE else f"{odds:.2g} times"
    other = "closed" if boundary.kind == "open" else "open"
    return f"{opening}: that is {times} more probable than {other}, given the movie."

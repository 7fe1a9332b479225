"""Do the network and the estimate by simulation tell the same about the law?

Both see the same movie. Where the network's mean curve leaves the 90 % band of the estimate over
much of the range that the data support, one of them is wrong, and the user should know.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..binn.result import BinnResult
from .terms import Terms

Array = NDArray[np.float64]
#: Largest share of the supported range in which a curve that agrees may lie outside of the band.
TOLERATED = 0.2


@dataclass(frozen=True)
class Agreement:
    """Where the network's mean curves lie outside of the estimate's 90 % bands.

    Attributes
    ----------
    outside_D, outside_G
        Share of the supported range; 0 if no range is supported.
    sentence
        In words.
    """

    outside_D: float
    outside_G: float
    sentence: str

    @property
    def agree(self) -> bool:
        """Whether both curves lie within the bands, as far as that can be asked for."""
        return max(self.outside_D, self.outside_G) <= TOLERATED

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers and texts."""
        return {"agree": self.agree, **asdict(self)}


def agreement(terms: Terms, binn: BinnResult) -> Agreement:
    """Compare the networks' mean curves with the bands of the estimate."""
    D = _outside(terms, _mean(terms, binn, binn.D), terms.D_low, terms.D_high)
    G = _outside(terms, _mean(terms, binn, binn.G), terms.G_low, terms.G_high)
    return Agreement(D, G, _in_words(D, G, bool(terms.supported.any())))


def _mean(terms: Terms, binn: BinnResult, members: Array) -> Array:
    return np.asarray(np.interp(terms.u, binn.u, members.mean(axis=0)))


def _outside(terms: Terms, curve: Array, low: Array, high: Array) -> float:
    known = terms.supported
    if not known.any():
        return 0.0
    return float(np.mean(((curve < low) | (curve > high))[known]))


def _in_words(D: float, G: float, supported: bool) -> str:
    if not supported:
        return "The data support the curves nowhere, so that network and estimate cannot disagree."
    off = [
        f"{name}(u) over {100 * share:.0f} %"
        for name, share in (("D", D), ("G", G))
        if share > TOLERATED
    ]
    if not off:
        return "The networks and the estimate by simulation agree within the 90 % bands."
    return (
        "The networks and the estimate by simulation disagree: the networks' mean lies outside of "
        f"the 90 % band for {' and '.join(off)} of the supported range. The estimate holds the "
        "curves for which the simulated equation itself fits the movie."
    )

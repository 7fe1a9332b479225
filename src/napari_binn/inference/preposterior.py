"""How well the law would be known after an experiment that was not made.

Preposterior analysis (Raiffa & Schlaifer, Applied Statistical Decision Theory, 1961, part 1): laws
are drawn from what is known today, the data that the experiment would give from each of those laws,
and the posterior of these data is computed as that of the real ones is, over roughness too. So the
roughness adapts to what the experiment tells: of four times the data, a curve is not known twice as
well where today's prior does a part of the work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..settings import InferenceSettings
from .estimate import family_of
from .roughness import Posteriors
from .terms import Terms

Array = NDArray[np.float64]
#: Laws that are drawn.
DRAWS = 24


@dataclass(frozen=True)
class Outlook:
    """What the coefficients (K,) of both curves and data of them may be.

    Attributes
    ----------
    centre
        The prior's mean (K,).
    laws, scatter
        Coefficients drawn from today's posterior, and standard normal numbers, (S, K) each: the
        same for all experiments, so that only what differs shows.
    """

    centre: Array
    laws: Array
    scatter: Array

    @classmethod
    def make(cls, information: Array, coefficients: Array, centre: Array) -> Outlook:
        """Draw laws that today's data allow: their information (K, K) and the estimate (K,)."""
        rng = np.random.default_rng(0)
        today = Posteriors.of(information, (information @ coefficients)[None], centre)
        scatter = rng.standard_normal((DRAWS, len(centre)))
        return cls(centre, today.draw(rng, DRAWS), scatter)

    def sd(self, information: Array, basis: Array) -> Array:
        """Return the standard deviations (M,) of ``basis`` (M, K) times the coefficients.

        Those that are expected of an experiment, as a root mean square over laws and data.
        """
        slopes = self._data(information)
        variance = Posteriors.of(information, slopes, self.centre).variance(basis)
        return np.asarray(np.sqrt(variance.mean(axis=0)))

    def _data(self, information: Array) -> Array:
        """Return slopes (S, K) of the log likelihood that an experiment would give."""
        values, vectors = np.linalg.eigh(information)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return np.asarray(self.laws @ information + self.scatter @ root.T)


@dataclass(frozen=True)
class Prospect:
    """What experiments would leave of today's uncertainty.

    Attributes
    ----------
    outlook
        What the coefficients may be.
    information
        Of today's movie about them (2 K, 2 K).
    units
        (2 K,) derivatives of coefficients whose G is in units of its largest value by the own ones.
    basis
        Splines of log D and then of G at the M supported densities, (2 M, 2 K).
    """

    outlook: Outlook
    information: Array
    units: Array
    basis: Array

    @classmethod
    def of(
        cls, density: Density, terms: Terms, settings: InferenceSettings, information: Array
    ) -> Prospect:
        """Return the prospect of an estimate.

        ``information`` (2 K, 2 K) is what a movie like that of the estimate holds about log D and
        G, the latter in units of its largest value.
        """
        k, supported = settings.knots, terms.u[terms.supported]
        found = family_of(density, terms.density_scale, k)
        family = replace(found, high=float(terms.u[-1]))
        highest = max(float(np.abs(terms.G).max()), 1e-300)
        units = np.concatenate([np.ones(k), np.full(k, family.rate / highest)])
        hy, hx = density.spacing
        typical = float(np.log(hy * hx / (density.t[-1] - density.t[0])))
        own = np.asarray(information * np.outer(units, units))
        outlook = Outlook.make(
            own,
            family.project(terms.u, terms.D, terms.G),
            np.concatenate([np.full(k, typical), np.zeros(k)]),
        )
        splines = np.asarray(np.kron(np.eye(2), family.basis(supported)), dtype=np.float64)
        return cls(outlook, own, units, splines)

    def left_by(self, information: Array) -> tuple[float, float]:
        """Return the share of the sd of D and of G that a movie would leave.

        Compared with another movie like today's: what of today's own bands is luck does not count.
        """
        own = information * np.outer(self.units, self.units)
        share = self.outlook.sd(own, self.basis) / self._like_today
        by_D, by_G = (float(np.median(part)) for part in np.split(share, 2))
        return by_D, by_G

    @cached_property
    def _like_today(self) -> Array:
        return self.outlook.sd(self.information, self.basis)

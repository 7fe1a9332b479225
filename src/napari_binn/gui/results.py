"""What a run has found so far, read from its folder when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..binn.result import BinnResult
from ..density.model import Density
from ..equations.model import Equation, Equations, Simulation
from ..events import STAGES, StageName
from ..inference.agreement import Agreement, agreement
from ..inference.bootstrap_model import Bootstrap
from ..inference.design_model import Design
from ..inference.diagnostics_model import Diagnosis
from ..inference.terms import Terms
from ..run.folder import RunFolder
from ..run.layout import CHECKPOINT

Array = NDArray[np.float64]


class Results:
    """The results of a run; what it does not have yet is None.

    Reading a damaged file raises :class:`~napari_binn.errors.UserError`.
    """

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    def stages(self) -> frozenset[StageName]:
        """Return the stages that are finished."""
        return frozenset(stage for stage in STAGES if self.run.has(stage))

    @property
    def begun(self) -> bool:
        """Whether the learning was stopped midway and can go on from there."""
        kept = (self.run.path / CHECKPOINT).is_file() or self.run.has("binn")
        return kept and not self.run.has("learn")

    @cached_property
    def density(self) -> Density | None:
        """The measured density."""
        return self.run.load_density() if self.run.has("density") else None

    @cached_property
    def binn(self) -> BinnResult | None:
        """What the network learned."""
        return self.run.load_binn() if self.run.has("binn") else None

    @cached_property
    def terms(self) -> Terms | None:
        """The estimate of D(u) and G(u)."""
        return self.run.load_terms() if self.run.has("terms") else None

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        """Whether reaction-diffusion can explain the movie."""
        return self.run.load_diagnosis() if self.run.has("diagnosis") else None

    @cached_property
    def design(self) -> Design | None:
        """How well the curves are known, and what would help."""
        return self.run.load_design() if self.run.has("design") else None

    @cached_property
    def bootstrap(self) -> Bootstrap | None:
        """How the bands stood up to simulated movies."""
        return self.run.load_bootstrap() if self.run.has("bootstrap") else None

    @cached_property
    def agreement(self) -> Agreement | None:
        """Whether the networks and the estimate tell the same."""
        if self.terms is None or self.binn is None:
            return None
        return agreement(self.terms, self.binn)

    @cached_property
    def equations(self) -> Equations | None:
        """The formulas that were found."""
        return self.run.load_equations() if self.run.has("equations") else None

    @property
    def own(self) -> tuple[Equation, ...]:
        """The equations that the user typed or edited and kept."""
        return self.run.load_own_equations()

    @cached_property
    def simulation(self) -> Simulation | None:
        """The chosen equation solved forward."""
        return self.run.load_simulation() if self.run.has("simulation") else None

    @cached_property
    def truth(self) -> dict[str, Any] | None:
        """The law of a phantom."""
        return self.run.load_truth() if self.run.has("truth") else None

    def histogram(self, bins: int = 40) -> tuple[Array, Array] | None:
        """Return edges in u and the share of the observations in each bin between them."""
        density = self.density
        if density is None:
            return None
        shares = density.observed() / density.scale
        counts, edges = np.histogram(shares, bins=bins, range=(0.0, 1.0))
        return edges, counts / max(int(counts.sum()), 1)

    def true_curves(self, u: Array) -> tuple[Array, Array] | None:
        """Return D(u) and G(u) of a phantom's law in the units of this run, where they agree."""
        truth, density = self.truth, self.density
        if truth is None or density is None:
            return None
        units = (density.length_unit, density.time_unit, density.density_unit)
        names = ("length_unit", "time_unit", "density_unit")
        if any(truth.get(name, unit) != unit for name, unit in zip(names, units, strict=True)):
            return None
        from ..equations.evaluate import evaluate

        there = u * (density.scale / float(truth["density_scale"]))
        return evaluate(str(truth["D"]), there), evaluate(str(truth["G"]), there)

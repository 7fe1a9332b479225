"""What a run has to tell, as far as it got."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_binn.binn.result import BinnResult
from napari_binn.density.model import Density
from napari_binn.equations.grammar import parse
from napari_binn.equations.model import Equation, Equations, Simulation
from napari_binn.errors import UserError
from napari_binn.inference.bootstrap_model import Bootstrap
from napari_binn.inference.design_model import Design
from napari_binn.inference.diagnostics_model import Diagnosis
from napari_binn.inference.terms import Terms
from napari_binn.quality.model import Quality
from napari_binn.run.files import damaged
from napari_binn.run.fingerprints import Fingerprint
from napari_binn.run.folder import RunFolder
from napari_binn.run.info import RunInfo
from napari_binn.run.layout import LOSSES
from napari_binn.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class Contents:
    """Everything that could be read from a run; None where it is missing.

    Attributes
    ----------
    problems
        One sentence for each file that is there but cannot be read.
    """

    name: str
    info: RunInfo
    settings: Settings | None
    inputs: tuple[Fingerprint, ...]
    quality: Quality | None
    density: Density | None
    losses: dict[str, NDArray[np.float64]] | None
    binn: BinnResult | None
    terms: Terms | None
    diagnosis: Diagnosis | None
    design: Design | None
    bootstrap: Bootstrap | None
    equations: Equations | None
    own: tuple[Equation, ...]
    simulation: Simulation | None
    truth: dict[str, Any] | None
    summary: dict[str, Any] | None
    problems: tuple[str, ...]

    @property
    def density_scale(self) -> float:
        """Density of u = 1, as the latest stage that is there used it [density unit]."""
        for stage in (self.equations, self.terms):
            if stage is not None:
                return stage.density_scale
        return 1.0 if self.density is None else self.density.scale


def read_contents(run: RunFolder) -> Contents:
    """Read all parts of ``run`` that are there.

    Raises
    ------
    UserError
        run.json itself is missing or damaged; other damage goes to ``problems``.
    """
    problems: list[str] = []

    def load(present: bool, read: Callable[[], T]) -> T | None:
        if not present:
            return None
        try:
            return read()
        except UserError as error:
            problems.append(str(error))
            return None

    density = load(run.has("density"), run.load_density)
    return Contents(
        name=run.path.resolve().name,
        info=run.info(),
        settings=load(run.has("settings"), run.load_settings),
        inputs=load(run.has("inputs"), run.load_inputs) or (),
        quality=load(run.has("quality"), run.load_quality),
        density=density,
        losses=load((run.path / LOSSES).is_file(), run.load_losses),
        binn=load(run.has("binn"), run.load_binn),
        terms=load(run.has("terms"), run.load_terms),
        diagnosis=load(run.has("diagnosis"), run.load_diagnosis),
        design=load(run.has("design"), run.load_design),
        bootstrap=load(run.has("bootstrap"), run.load_bootstrap),
        equations=load(run.has("equations"), lambda: _readable(run)),
        own=load(run.has("own"), run.load_own_equations) or (),
        simulation=load(run.has("simulation"), lambda: _of_this(run, density)),
        truth=load(run.has("truth"), run.load_truth),
        summary=load(run.has("summary"), run.load_summary),
        problems=tuple(problems),
    )


def _readable(run: RunFolder) -> Equations:
    """Load the equations; the answer's formulas must be formulas."""
    equations = run.load_equations()
    for formula in (equations.best.D, equations.best.G):
        try:
            parse(formula.text)
        except UserError as error:
            raise damaged(run.file("equations"), error) from None
    return equations


def _of_this(run: RunFolder, density: Density | None) -> Simulation:
    """Load the simulation; it must belong to the density that is there."""
    simulation = run.load_simulation()
    if density is not None and simulation.values.shape != density.shape:
        raise damaged(run.file("simulation"), "it belongs to another density")
    return simulation

"""A run as a biologist would get it, made from an exact solution.

A front of cells invades an empty field: the travelling wave of u_t = D u_xx + r (1 - u / K) u with
speed 5 sqrt(r D / 6) (Ablowitz and Zeppetella, Bull Math Biol 41, 1979), counted in bins with
Poisson noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_binn.binn.result import BinnResult
from napari_binn.density.model import Density
from napari_binn.equations.model import Equation, Equations, Formula, FrontPoint, Simulation
from napari_binn.inference.bootstrap_model import Bootstrap
from napari_binn.inference.design_model import Design, Option
from napari_binn.inference.diagnostics_model import (
    Check,
    CheckName,
    Diagnosis,
    Finding,
    Picture,
)
from napari_binn.inference.terms import Noise, Terms
from napari_binn.prepare.model import Flag
from napari_binn.quality.model import Quality, Remark, Shot
from napari_binn.run.folder import RunFolder
from napari_binn.run.summary import build_summary
from napari_binn.settings import Settings

Array = NDArray[np.float64]
DIFFUSIVITY, GROWTH, CAPACITY = 0.004, 1.2, 2000.0  # mm²/day, 1/day, cells/mm²
FORECAST_FROM = 8


@dataclass(frozen=True)
class Example:
    """All results of one run."""

    settings: Settings
    density: Density
    binn: BinnResult
    terms: Terms
    diagnosis: Diagnosis
    design: Design
    equations: Equations
    simulation: Simulation
    truth: dict[str, Any]


def exact_wave(t: Array, x: Array) -> Array:
    """Return the density of the front, shape (T, X) [cells/mm²]."""
    z = x[None] - 0.45 - 5 * np.sqrt(GROWTH * DIFFUSIVITY / 6) * t[:, None]
    wave: Array = CAPACITY * (1 + np.exp(z * np.sqrt(GROWTH / (6 * DIFFUSIVITY)))) ** -2
    return wave


def make_example(seed: int = 0) -> Example:
    """Return settings and results of the four stages."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 3, 13)
    x = np.asarray((np.arange(15) + 0.5) * 0.094, dtype=np.float64)
    y = np.asarray((np.arange(11) + 0.5) * 0.0955, dtype=np.float64)
    truth = np.repeat(exact_wave(t, x)[:, None], len(y), axis=1)
    counts_per_unit = 0.094 * 0.0955
    density = Density(
        values=rng.poisson(truth * counts_per_unit) / counts_per_unit,
        t=t,
        y=y,
        x=x,
        length_unit="mm",
        time_unit="day",
        density_unit="cells/mm²",
        counts_per_unit=counts_per_unit,
        source="movies/wound <edge> & rim.tif",
        assumptions=("The field is the smallest rectangle that holds all positions.",),
    )
    scale = density.scale
    return Example(
        settings=Settings.build({"binn": {"members": 5}, "density": {"bins": [15, 11]}, "seed": 3}),
        density=density,
        binn=_binn(rng, truth, scale),
        terms=_terms(density, truth, scale),
        diagnosis=_diagnosis(rng, density),
        design=_design(),
        equations=_equations(scale),
        simulation=Simulation(
            values=truth,
            metrics={
                "count_error_percent": 2.31,
                "relative_l2": 0.284,
                "deviance_per_bin": 0.97,
                "forecast_count_error_percent": 3.4,
                "forecast_deviance_per_bin": 1.08,
                "forecast_count_error_percent_last_frame": 21.7,
                "forecast_deviance_per_bin_last_frame": 4.9,
                "forecast_count_error_percent_logistic": 2.9,
                "forecast_deviance_per_bin_logistic": 3.3,
                "forecast_count_error_percent_smoothed_logistic": 3.1,
                "forecast_deviance_per_bin_smoothed_logistic": 2.8,
            },
            forecast=truth[FORECAST_FROM:] * 1.03,
            forecast_from=FORECAST_FROM,
            seconds=1.5,
        ),
        truth={
            "D": str(DIFFUSIVITY),
            "G": f"{GROWTH} - {GROWTH}*u",
            "density_scale": CAPACITY,
        },
    )


def example_quality() -> Quality:
    """Return what is kept of the measurement of the example: 13 frames over 3 days."""
    rng = np.random.default_rng(1)
    box = (0.0, 0.0, 1.41, 1.0505)
    image = rng.integers(0, 255, (75, 100)).astype(np.uint8)
    hidden = np.zeros(image.shape, dtype=np.bool_)
    hidden[:10, :30] = True
    cells = rng.uniform(0.1, 1.0, (41, 2)).astype(np.float32)
    return Quality(
        times=np.linspace(0, 3, 13),
        remarks=(
            Remark("Nuclei: diameter 12 µm (estimated)."),
            Remark("1 frame is out of focus: frame 3 (12 hours).", "warning"),
        ),
        flags=(Flag(2, "blurred", 0.41),),
        left_out=(4,),
        kept=np.delete(np.arange(13), 4),
        drift=np.outer(np.linspace(0, 1, 12), (0.03, -0.04)),
        drift_error=np.linspace(0, 0.002, 12),
        moved=True,
        shots=(
            Shot(0, 0.0, box, image, cells[:40], 40),
            Shot(12, 3.0, box, image, cells, 41, hidden=hidden),
        ),
    )


def save_example(
    folder: Path, example: Example, parts: tuple[str, ...] = ("learn", "discover", "simulate")
) -> RunFolder:
    """Save an example as a run that got through the density and the given further stages."""
    run = RunFolder.create(
        folder,
        input="movies/wound <edge> & rim.tif",
        argv=["run", "movies/wound <edge> & rim.tif", "--out", "RUN"],
    )
    run.save_settings(example.settings)
    run.save_density(example.density)
    run.save_truth(example.truth)
    if "learn" in parts:
        run.save_binn(example.binn)
        run.save_terms(example.terms)
        run.save_diagnosis(example.diagnosis)
        run.save_design(example.design)
    if "discover" in parts:
        run.save_equations(example.equations)
    if "simulate" in parts:
        run.save_simulation(example.simulation)
        run.save_summary(
            build_summary(
                settings=example.settings,
                density=example.density,
                binn=example.binn,
                terms=example.terms,
                diagnosis=example.diagnosis,
                design=example.design,
                equations=example.equations,
                simulation=example.simulation,
                truth=example.truth,
                seconds={"density": 0.4, "learn": 21.0, "discover": 9.5, "simulate": 1.5},
            )
        )
    run.set_state("done" if "simulate" in parts else "stopped")
    return run


def _binn(rng: np.random.Generator, truth: Array, scale: float) -> BinnResult:
    u = np.linspace(0, 1, 81)
    wiggle = 1 + 0.25 * rng.standard_normal((5, 1)) * np.cos(np.pi * u)
    tilt = 0.15 * rng.standard_normal((5, 1)) * (u - 0.4)
    step = np.arange(0.0, 1500.0, 10.0)
    return BinnResult(
        u=u,
        D=DIFFUSIVITY * np.abs(wiggle),
        G=GROWTH * (1 - u * scale / CAPACITY) + tilt,
        surface=truth,
        losses={
            "step": step,
            "data": 0.01 + 0.2 * np.exp(-step / 90),
            "residual": 0.002 + 0.3 * np.exp(-step / 200),
            "validation": np.where(step % 50 == 0, 0.013 + 0.2 * np.exp(-step / 90), np.nan),
        },
        steps=1500,
        seconds=12.5,
        device="cpu",
        weights={
            "u.0.weight": rng.standard_normal((5, 32, 3)).astype(np.float32),
            "u.0.bias": rng.standard_normal((5, 32)),
            "D.scale": np.full(5, 0.7, dtype=np.float32),
        },
    )


def _terms(density: Density, truth: Array, scale: float) -> Terms:
    u = np.linspace(0, 1, 101)
    top = CAPACITY / scale
    supported = (u > 0.03) & (u < 1.1 * top)
    lack = np.where(supported, 0.0, np.abs(u - np.clip(u, 0.03, 1.1 * top)))
    D = DIFFUSIVITY * (1 + 0.12 * np.sin(5 * u))
    G = GROWTH * (1 - u / top) + 0.03 * np.cos(6 * u)
    weight = np.histogram(density.values / scale, bins=101, range=(0, 1))[0] / density.values.size
    return Terms(
        u=u,
        D=D,
        D_low=D / (1.3 + 12 * lack),
        D_high=D * (1.3 + 12 * lack),
        G=G,
        G_low=G - 0.08 - 9 * lack,
        G_high=G + 0.08 + 9 * lack,
        supported=supported,
        weight=weight,
        coefficients=np.linspace(-1, 1, 14),
        precision=np.eye(14),
        initial=truth[0] / scale,
        surface=truth / scale,
        noise=Noise("counts", 1.02),
        density_scale=scale,
        seconds=6.5,
        sentences=("The fit was repeated from a constant D and found the same curves.",),
    )


def example_check(
    name: CheckName, finding: Finding, field: Array, p: float, places: int = 13
) -> Check:
    """Return a check with a picture; its map has a hole."""
    field = field.copy()
    field[0, 0] = np.nan
    course = np.linspace(-0.01, 0.02, places)
    picture = Picture(
        4, field, 0.5 * field, "time [day]", np.linspace(0, 3, places), course, 0.8 * course
    )
    sentence = f"What was found about {name}."
    return Check(name, finding, sentence, 1.5, 1.1, 2.0, "times", p, picture)


def _diagnosis(rng: np.random.Generator, density: Density) -> Diagnosis:
    def check(name: CheckName, finding: Finding, p: float, places: int = 13) -> Check:
        field = 0.02 * rng.standard_normal(density.shape[1:])
        return example_check(name, finding, field, p, places)

    return Diagnosis(
        "doubtful",
        "Reaction–diffusion may not be the whole story: growth changes in time.",
        (
            check("drift", "absent", 0.4),
            check("growth", "present", 0.02),
            check("spreading", "unknown", 1.0),
            check("direction", "negligible", 0.03),
            check("patches", "absent", 0.6, 4),
            check("persistence", "absent", 0.9, 4),
        ),
        (0.01, -0.02),
    )


def _design() -> Design:
    return Design(
        sd_D=0.12,
        sd_G=0.015,
        known=((0.03, 0.63),),
        options=(
            Option("field", "a field four times as large", 0.06, 0.008),
            Option("frames", "twice as many frames in the same time", 0.11, 0.014),
        ),
        sentences=(
            "These frames determine G(u) to 1.5 % of its highest value and D(u) to 12 %.",
            "Most would be gained by a field four times as large: D(u) to about 6 %.",
            "Less would be gained by: twice as many frames in the same time, 11 %.",
        ),
    )


def example_bootstrap(terms: Terms) -> Bootstrap:
    """Return a check of the bands that found them right."""
    ones = np.ones_like(terms.u)
    return Bootstrap(
        terms.u, terms.D_low, terms.D_high, terms.G_low, terms.G_high, 0.9 * ones, 1.1 * ones, 20,
        "Estimates from 20 simulated movies are off by 0.90 (D) and 1.10 (G) times what the bands "
        "say: the bands are as wide as they should be, or wider.",
    )  # fmt: skip


def _equations(scale: float) -> Equations:
    slope = GROWTH * scale / CAPACITY
    constant = Formula("0.00413", 1, "constant")
    linear = Formula("0.0038 + 0.0007*u", 5, "linear")
    found = Formula("0.0029*exp(0.61*u) + 0.00087", 7, "", "operon")
    logistic = Formula(f"1.21 - {1.01 * slope:.6g}*u", 5, "logistic")
    power = Formula(f"1.19 - {slope:.6g}*u**1.1", 7, "", "operon")
    refitted = Formula("0.00407", 1, "constant")
    pairs = (
        Equation(
            refitted,
            logistic,
            (("D1", 0.00407, 0.0006), ("G1", 1.21, 0.04), ("G2", 1.01 * slope, float("nan"))),
            {"bic": 2143.2, "deviance_per_bin": 0.981, "parameters": 3.0, "complexity": 6.0},
        ),
        Equation(linear, logistic, (("D1", 0.0038, 0.001),), {"bic": 2142.0, "parameters": 4.0}),
        Equation(found, power, (), {"bic": 2158.9, "parameters": 5.0, "complexity": 14.0}),
    )
    return Equations(
        equations=pairs,
        front_D=(FrontPoint(constant, 0.12), FrontPoint(linear, 0.08), FrontPoint(found, 0.07)),
        front_G=(FrontPoint(logistic, 0.02), FrontPoint(power, float("nan"))),
        u_range=(0.0, 1.0),
        density_scale=scale,
        rule="Of the pairs whose BIC lies within 2 of the lowest, the simplest is chosen.",
        seconds=9.5,
    )

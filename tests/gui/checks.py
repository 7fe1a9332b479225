"""A diagnosis as a user would get it: one effect is clearly there, the others are not."""

from __future__ import annotations

import numpy as np

from napari_binn.inference.design_model import Design
from napari_binn.inference.diagnostics_model import (
    Check,
    CheckName,
    Diagnosis,
    Finding,
    Level,
    Picture,
)

NAMES: tuple[CheckName, ...] = (
    "drift", "growth", "spreading", "direction", "patches", "persistence",
)  # fmt: skip
SENTENCES: dict[CheckName, str] = {
    "drift": "The whole pattern drifts by 4.4 µm/h to the right (90 %: 3.8 to 4.9).",
    "growth": "No change of growth in time.",
    "spreading": "Whether spreading changes in time cannot be told from these frames.",
    "direction": "Cells spread alike in all directions.",
    "patches": "What the simulation misses has no pattern in space: it is scatter.",
    "persistence": "What the simulation misses has no pattern in time: it is scatter.",
}
DESIGN = Design(
    sd_D=0.12,
    sd_G=0.04,
    known=((0.1, 0.6),),
    options=(),
    sentences=(
        "These frames determine G(u) to 4 % of its highest value and D(u) to 12 %.",
        "Most would be gained by a field four times as large: D(u) to about 6 %.",
        "Of little use for D(u): bins half as wide.",
    ),
)


def make_diagnosis(
    level: Level = "contradicted", found: CheckName = "drift", finding: Finding = "strong"
) -> Diagnosis:
    """Return a diagnosis in which one check, ``found``, has found something."""
    others: dict[CheckName, Finding] = {"spreading": "unknown"}
    if level != "consistent":
        others[found] = finding
    checks = tuple(_check(name, others.get(name, "absent")) for name in NAMES)
    words = {
        "consistent": "The movie is consistent with reaction–diffusion.",
        "doubtful": "Reaction–diffusion may not be the whole story.",
        "contradicted": "The movie is not reaction–diffusion alone: the whole pattern drifts.",
    }
    return Diagnosis(level, words[level], checks, (0.1, 0.0))


def _check(name: CheckName, finding: Finding) -> Check:
    return Check(name, finding, SENTENCES[name], 4.4, 3.8, 4.9, "µm/h", 0.2, _picture(name))


def _picture(name: CheckName) -> Picture:
    """Return more cells than expected on the right half, and a bin that was left out."""
    deviation = np.where(np.arange(15) < 7, -0.1, 0.1) * np.ones((11, 1))
    deviation[0, 0] = np.nan
    pattern = name in ("patches", "persistence")
    label = "distance [mm]" if name == "patches" else "time [day]"
    position = np.arange(1.0, 5.0) if pattern else np.linspace(0, 3, 13)
    return Picture(
        frame=4,
        deviation=deviation,
        expected=np.zeros((11, 15)) if pattern else 0.5 * deviation,
        label=label,
        position=position,
        course=0.02 * np.cos(position),
        course_expected=np.full_like(position, 0.03 if pattern else 0.01),
    )

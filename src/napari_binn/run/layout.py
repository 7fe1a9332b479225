"""Which file of a run holds what, and which stage writes it."""

from __future__ import annotations

from typing import Literal, cast

from napari_binn.events import StageName

Part = Literal[
    "settings", "inputs", "quality", "density", "binn", "terms", "diagnosis", "design", "bootstrap",
    "equations", "own", "simulation", "truth", "summary", "report",
]  # fmt: skip

FILES: dict[Part, str] = {
    "settings": "settings.toml",
    "inputs": "inputs.json",
    "quality": "quality.npz",
    "density": "density.npz",
    "binn": "binn.npz",
    "terms": "terms.npz",
    "diagnosis": "diagnosis.json",
    "design": "design.json",
    "bootstrap": "bootstrap.json",
    "equations": "equations.json",
    "own": "own_equations.json",
    "simulation": "simulation.npz",
    "truth": "truth.json",
    "summary": "summary.json",
    "report": "report.html",
}
LOSSES, WEIGHTS = "losses.csv", "binn.safetensors"
#: The state of a training that is not finished.
CHECKPOINT = "checkpoint.safetensors"
#: What the frames gave of a measurement that is not finished.
FRAMES = "frames.partial"

# The last file that a stage writes: it is there when the stage is done.
RESULT: dict[StageName, Part] = {
    "density": "density",
    "learn": "terms",
    "discover": "equations",
    "simulate": "simulation",
}
# What each stage writes, in the order of the stages. The checks of an estimate may be missing.
WRITTEN: dict[StageName, tuple[str, ...]] = {
    "density": (FILES["density"], FILES["quality"], FRAMES),
    "learn": (
        FILES["bootstrap"],
        FILES["design"],
        FILES["diagnosis"],
        FILES["terms"],
        FILES["binn"],
        WEIGHTS,
        LOSSES,
        CHECKPOINT,
    ),
    "discover": (FILES["own"], FILES["equations"]),
    "simulate": (FILES["report"], FILES["summary"], FILES["simulation"]),
}
RESULTS = frozenset(name for names in WRITTEN.values() for name in names)
# Latest first, the order to delete them in: a kill in between leaves a run that makes sense.
KNOWN_FILES = (*reversed(FILES.values()), LOSSES, WEIGHTS, CHECKPOINT, FRAMES)


def part_of(what: StageName | Part) -> Part:
    """Return the part that stands for a finished stage; parts stand for themselves."""
    return RESULT[what] if what in RESULT else cast(Part, what)

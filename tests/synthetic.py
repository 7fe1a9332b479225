"""Small densities whose law is known: the systems of the benchmarks under telling names."""

from __future__ import annotations

from dataclasses import replace

from benchmarks import systems

from napari_binn.density.model import Density

NAMES = {"fisher": "a", "porous": "b", "allee": "c"}
LAWS = {law: (systems.SYSTEMS[name].D, systems.SYSTEMS[name].G) for law, name in NAMES.items()}
START = systems.Start(low=0.05, high=0.55, length=1.0, seed=42)


def density(
    law: str,
    *,
    noise: float = 0.0,
    counts: float | None = None,
    seed: int = 0,
    frames: int = 7,
    bins: tuple[int, int] = (9, 12),
    size: float = 0.094,
    days: float = 2.0,
    window: bool = False,
    violation: systems.Violation | None = None,
) -> Density:
    """Return a movie of one of :data:`LAWS`, with relative or counting noise.

    The first frame is a smooth random field between 0.05 and 0.55, the bins are no squares.
    """
    made = systems.make(
        NAMES[law], noise, seed, frames, bins, (size, 0.9 * size), counts, window, days, START,
        violation,
    )  # fmt: skip
    return replace(made, density_unit="cells/bin", source=law)

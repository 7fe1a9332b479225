"""The lattice gas: cells that hop, exclude each other, and divide where there is room.

Each short step tau
  * picks one of six families of bonds (a bond joins two neighbouring sites; a family holds every
    third bond along x or along y) and exchanges the contents of each of its bonds, independently,
    with probability p0 + p1/2 (n_before + n_after), where n_before and n_after are 0 or 1: whether
    the sites next to the bond, on its line, are taken;
  * lets each cell try to divide with probability exp(r tau) - 1: it picks one of its eight
    neighbouring sites, and the daughter goes there if that is free.

Why the density obeys the law of :class:`~napari_binn.phantom.rules.Phantom`:
  * p1 = 0 is a stirring process: a site's mean changes by the mean difference across its bonds and
    by nothing else, so that the one-site mean solves the discrete heat equation exactly, with
    D = p0 a²/(6 tau), exclusion and all (Liggett, Interacting Particle Systems, 1985, ch. VIII).
  * The mean flux across a bond (x, x+1) for p1 > 0 is the difference h(x) - h(x+1) of one local
    function, h(x) = p0 n(x) + p1/2 [n(x-1)n(x) + n(x)n(x+1) - n(x-1)n(x+1)]: a gradient system
    (Gonçalves, Landim and Toninelli, Ann. Inst. H. Poincaré 45, 2009, sec. 2). The sites of every
    third bond and the sites next to them do not overlap, so a step is symmetric between any two
    configurations and product measures stay invariant exactly; there <h> = p0 u + p1 u²/2, hence
    D(u) = (p0 + p1 u) a²/(6 tau).
  * A try at a random neighbouring site succeeds with probability 1 - u where neighbours are
    independent. Relatives are born beside each other, which makes a cell's surroundings a little
    denser than the mean, the less the faster cells hop: by an order of r a²/(2 pi D), below 1/100
    of the sites here. ``benchmarks/bench_phantom.py`` measures what that and the distance between
    mother and daughter do to D and r.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rules import HOURS_PER_DAY, UM_PER_MM, Phantom

Ids = NDArray[np.int32]
Indices = NDArray[np.intp]

FAMILIES = 6
_MOST_EXCHANGES = 0.5
_NEIGHBOURS = np.array(
    [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)], dtype=np.intp
)


@dataclass(frozen=True)
class Bonds:
    """One family of bonds: flat indices of each bond's two sites and of the sites around it."""

    first: Indices
    second: Indices
    before: Indices
    after: Indices


@dataclass(frozen=True)
class Steps:
    """A phantom's rules per step: steps a frame, and the probabilities of the module docstring."""

    per_frame: int
    p0: float
    p1: float
    try_division: float

    @classmethod
    def of(cls, phantom: Phantom) -> Steps:
        """Choose the step so that no bond is exchanged with a probability above one half."""
        interval = phantom.hours / HOURS_PER_DAY / (phantom.frames - 1)
        hops_per_day = FAMILIES / (phantom.spacing / UM_PER_MM) ** 2
        per_frame = int(np.ceil(interval * hops_per_day * phantom.fastest / _MOST_EXCHANGES))
        tau = interval / per_frame
        return cls(
            per_frame=per_frame,
            p0=tau * hops_per_day * phantom.diffusivity,
            p1=tau * hops_per_day * phantom.diffusivity_slope,
            try_division=float(np.expm1(phantom.division_rate * tau)),
        )


def bond_families(sites: tuple[int, int]) -> tuple[Bonds, ...]:
    """Return the six families, which together hold every bond of the lattice once.

    A bond at the wall has one site beside it only; that one counts twice, which keeps the exchange
    independent of the bond's own contents and lets nothing through the wall.
    """
    index = np.arange(sites[0] * sites[1], dtype=np.intp).reshape(sites)
    return tuple(
        _family(lines, offset) for lines in (index, index.T) for offset in range(FAMILIES // 2)
    )


def _family(lines: Indices, offset: int) -> Bonds:
    length = lines.shape[1]
    start = np.arange(offset, length - 1, FAMILIES // 2)
    before, after = start - 1, start + 2
    at_left, at_right = before < 0, after >= length
    before[at_left], after[at_right] = after[at_left], before[at_right]
    return Bonds(*(lines[:, at].ravel() for at in (start, start + 1, before, after)))


def simulate_lattice(phantom: Phantom, rng: np.random.Generator) -> Ids:
    """Run the rules once.

    Returns
    -------
    Shape (T, Y, X): the number of the cell on each site at each frame, 0 where there is none. A
    cell keeps its number as it moves; a daughter gets a new one.
    """
    steps, families = Steps.of(phantom), bond_families(phantom.sites)
    seeded = rng.random(phantom.sites) < phantom.initial_occupancy()
    cells: Ids = (np.cumsum(seeded).reshape(phantom.sites) * seeded).astype(np.int32)
    movie = np.empty((phantom.frames, *phantom.sites), dtype=np.int32)
    movie[0] = cells
    flat, newest = cells.reshape(-1), int(cells.max())
    for frame in range(1, phantom.frames):
        for family in rng.integers(FAMILIES, size=steps.per_frame):
            _exchange(flat, families[family], steps, rng)
            newest = _divide(flat, phantom.sites, steps.try_division, newest, rng)
        movie[frame] = cells
    return movie


def _exchange(cells: Ids, bonds: Bonds, steps: Steps, rng: np.random.Generator) -> None:
    chance: float | NDArray[np.float64] = steps.p0
    if steps.p1:
        beside = (cells[bonds.before] > 0).astype(np.float64) + (cells[bonds.after] > 0)
        chance = steps.p0 + steps.p1 / 2 * beside
    chosen = rng.random(len(bonds.first)) < chance
    first, second = bonds.first[chosen], bonds.second[chosen]
    cells[first], cells[second] = cells[second], cells[first]


def _divide(
    cells: Ids, sites: tuple[int, int], chance: float, newest: int, rng: np.random.Generator
) -> int:
    """Place the daughters of one step; return the number of the newest cell."""
    taken = np.flatnonzero(cells)
    mothers = taken[rng.random(len(taken)) < chance]
    targets = _neighbours(mothers, sites, rng)
    # Two daughters that were given the same site: one is born.
    targets = np.unique(targets[cells[targets] == 0])
    cells[targets] = np.arange(newest + 1, newest + 1 + len(targets))
    return newest + len(targets)


def _neighbours(at: Indices, sites: tuple[int, int], rng: np.random.Generator) -> Indices:
    """Return a random neighbour of each site; steps across the wall are reflected."""
    y, x = np.divmod(at, sites[1])
    dy, dx = _NEIGHBOURS[rng.integers(len(_NEIGHBOURS), size=len(at))].T
    target: Indices = _reflected(y + dy, sites[0]) * sites[1] + _reflected(x + dx, sites[1])
    return target


def _reflected(index: Indices, length: int) -> Indices:
    index = np.abs(index)
    return np.where(index >= length, 2 * (length - 1) - index, index)

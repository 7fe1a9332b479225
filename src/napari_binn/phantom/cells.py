"""Where the cells are: positions in micrometres from the sites of the lattice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lattice import Ids, simulate_lattice
from .rules import Phantom

Array = NDArray[np.float64]

CLOSEST = 0.7  # of the spacing of the sites
_STREAM = 0
_MOST_ROUNDS, _PUSHES = 100, 15


@dataclass(frozen=True)
class CellTracks:
    """The true cells of a phantom movie.

    Attributes
    ----------
    times
        Time of each frame, (T,) [hour].
    positions
        One array (N, 2) of x, y a frame [µm]; no two nuclei are closer than ``CLOSEST`` spacings.
    cells
        One array (N,) a frame: the numbers (from 1) by which a cell is known in all frames.
    """

    times: Array
    positions: tuple[Array, ...]
    cells: tuple[NDArray[np.int32], ...]

    def __len__(self) -> int:
        return len(self.times)


def simulate_cells(phantom: Phantom, seed: int) -> CellTracks:
    """Run the rules of ``phantom`` once; the same seed gives the same cells."""
    rng = np.random.default_rng((seed, _STREAM))
    movie = simulate_lattice(phantom, rng)
    return CellTracks(
        times=phantom.times,
        positions=tuple(place(frame, phantom, rng) for frame in movie),
        cells=tuple(frame[frame > 0] for frame in movie),
    )


def place(lattice: Ids, phantom: Phantom, rng: np.random.Generator) -> Array:
    """Scatter each cell uniformly over its site, then push apart those that overlap.

    Uniform positions keep counts right in bins of any size, to about 1 % even on a full field:
    jittered less, the rows of sites would show as stripes where bins and sites do not line up.

    Returns
    -------
    Positions x, y of shape (N, 2) [µm], in the order of the occupied sites.
    """
    from scipy.spatial import cKDTree

    y, x = np.nonzero(lattice)
    at: Array = (np.stack([x, y], axis=1) + rng.random((len(x), 2))) * phantom.spacing
    closest = CLOSEST * phantom.spacing
    for _ in range(_MOST_ROUNDS):
        near = cKDTree(at).query_pairs(1.5 * closest, output_type="ndarray")
        if not _overlapping(at, near, closest).any():
            return at
        for _ in range(_PUSHES):
            pairs = near[_overlapping(at, near, closest)]
            if not len(pairs):
                break
            at = np.clip(at + _push(at, pairs, closest), 0.0, phantom.extent)
    raise RuntimeError(f"the cells of {phantom.name} do not come apart")


def _overlapping(at: Array, pairs: NDArray[np.intp], closest: float) -> NDArray[np.bool_]:
    apart = at[pairs[:, 1]] - at[pairs[:, 0]]
    overlap: NDArray[np.bool_] = np.einsum("ij,ij->i", apart, apart) < closest**2
    return overlap


def _push(at: Array, pairs: NDArray[np.intp], closest: float) -> Array:
    """Return the displacement (N, 2) that moves each overlapping pair just apart."""
    apart = at[pairs[:, 1]] - at[pairs[:, 0]]
    distance = np.hypot(apart[:, 0], apart[:, 1])[:, None]
    # A little more than half the overlap each, or the pairs would meet the limit only at infinity.
    half = apart / np.maximum(distance, 1e-9) * (0.51 * (closest - distance) + 1e-3 * closest)
    both, push = pairs.T.ravel(), np.concatenate([-half, half])
    return np.stack([np.bincount(both, push[:, k], minlength=len(at)) for k in (0, 1)], axis=1)

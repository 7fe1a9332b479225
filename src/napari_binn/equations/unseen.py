"""First frames of large fields with bins that no frame shows, such as those around an open window.

Conjugate gradients take a hundred steps there, because a preconditioner that is diagonal in cosines
believes that every bin is observed. What it gets wrong concerns those bins alone, so that solving
for them directly leaves as few steps as there are for a field seen everywhere (deflation; Tang,
Nabben, Vuik & Erlangga, J. Sci. Comput. 39, 2009: the method A-DEF2 there).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from ..inference.large import System
from ..inference.waves import scaled

Array = NDArray[np.float64]
#: Unknowns that are solved for directly, at most; of more bins, neighbours are taken together.
MOST_DIRECT = 1500
#: Columns of the curvature that are computed at once.
AT_ONCE = 64
#: Energy norm of what is left at which a system counts as solved, relative to its right-hand side,
#: and steps at most.
SOLVED, MOST = 1e-3, 60


@dataclass(frozen=True)
class Unseen:
    """The curvature H in the first frame, with its unseen bins solved for directly.

    Attributes
    ----------
    system
        H as products.
    group
        (Y X,) number of the unknown that a bin belongs to; -1 where it was seen.
    columns
        (m, Y X) H times each unknown.
    factor
        Cholesky factor of H among the unknowns, (m, m).
    """

    system: System
    group: NDArray[np.intp]
    columns: Array
    factor: tuple[Array, bool]

    @classmethod
    def make(cls, system: System, seen: NDArray[np.bool_]) -> Unseen:
        """Prepare it; ``seen`` (Y, X) is True where some frame shows the bin."""
        group = _groups(~seen)
        count = int(group.max()) + 1
        columns = np.empty((count, group.size))
        for start in range(0, count, AT_ONCE):
            some = np.arange(start, min(start + AT_ONCE, count))
            units = (group[None] == some[:, None]).astype(np.float64)
            times = system.times(units.reshape(len(some), *seen.shape))
            columns[some] = times.reshape(len(some), -1)
        among = _gathered(columns, group, count)
        among = 0.5 * (among + among.T)
        among[np.diag_indices(count)] *= 1 + 1e-6  # the products are of single precision
        return cls(system, group, columns, cho_factor(among))

    def solve(self, right: Array) -> Array:
        """Return H^-1 times right-hand sides (B, Y, X)."""
        solution = self._directly(right)
        rest = right - self.system.times(solution)
        ahead = self._preconditioned(rest)
        along, power = ahead, _dot(rest, ahead)
        aim = SOLVED**2 * np.maximum(_dot(right, self._preconditioned(right)), power)
        for _ in range(MOST):
            if bool((power <= aim).all()):
                break
            product = self.system.times(along)
            share = power / np.maximum(_dot(along, product), 1e-300)
            solution = solution + share * along
            rest = rest - share * product
            ahead = self._preconditioned(rest)
            power, last = _dot(rest, ahead), power
            along = ahead + power / np.maximum(last, 1e-300) * along
        return solution

    def _preconditioned(self, rest: Array) -> Array:
        ahead = scaled(rest, self.system.inverse)
        known = ahead.reshape(len(ahead), -1) @ self.columns.T
        return ahead - self._spread(known, rest.shape) + self._directly(rest)

    def _directly(self, right: Array) -> Array:
        """Solve for the unseen bins alone."""
        rows = right.reshape(len(right), -1)
        return self._spread(_gathered(rows, self.group, len(self.columns)), right.shape)

    def _spread(self, pull: Array, shape: tuple[int, ...]) -> Array:
        """Return what the unseen bins answer to a pull (B, m) on them, as frames."""
        answer = cho_solve(self.factor, pull.T).T
        out = np.zeros((len(answer), self.group.size))
        unseen = self.group >= 0
        out[:, unseen] = answer[:, self.group[unseen]]
        return out.reshape(shape)


def _groups(unseen: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number squares of unseen bins, as small as :data:`MOST_DIRECT` allows."""
    ny, nx = unseen.shape
    side = 1
    while True:
        squares = np.arange(ny)[:, None] // side * nx + np.arange(nx)[None] // side
        names, numbers = np.unique(squares[unseen], return_inverse=True)
        if len(names) <= MOST_DIRECT:
            break
        side += 1
    group = np.full((ny, nx), -1, dtype=np.intp)
    group[unseen] = numbers
    return group.ravel()


def _gathered(rows: Array, group: NDArray[np.intp], count: int) -> Array:
    """Sum the bins of each group, (B, Y X) to (B, m)."""
    unseen = group >= 0
    out = np.zeros((len(rows), count))
    np.add.at(out.T, group[unseen], rows[:, unseen].T)
    return out


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("byx,byx->b", a, b))[:, None, None]

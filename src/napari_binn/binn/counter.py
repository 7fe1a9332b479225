"""Random numbers by address: number k of a sequence without the numbers before it.

A training may ask for any step of any member of an ensemble, and a movie may have more
observations than one wants to keep a list of. So what is random about them is a function of a key
and a counter: nothing is stored, nothing has to be drawn in order. The bits are those of SplitMix64
(Steele, Lea, Flood 2014, OOPSLA, "Fast splittable pseudorandom number generators"). Sizes are below
2^32, so that half of the bits of a number are enough to choose from them.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch.quasirandom import SobolEngine

Array = NDArray[np.float64]
Bits = NDArray[np.uint64]
Index = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)
_DIGITS = SobolEngine.MAXBIT
#: Keys of a permutation: rounds of its Feistel network.
ROUNDS = 6


def bits(key: Bits, counter: Index) -> Bits:
    """Return 64 random bits each; ``key`` broadcasts with ``counter``."""
    return _mixed(key + _GOLDEN * counter.astype(np.uint64))


def permuted(size: int, keys: Bits, positions: Index) -> Index:
    """Return where a random permutation of 0 … size - 1 sends some of these numbers.

    A Feistel network over pairs of digits to the base ceil(sqrt(size)), applied again where it
    leaves the range (Black, Rogaway 2002, CT-RSA, "Ciphers with arbitrary finite domains").

    Parameters
    ----------
    keys
        (..., ROUNDS), random bits; another permutation for each leading index.
    positions
        (..., n) numbers below ``size``; the leading indices broadcast.
    """
    rounds = [keys[..., number, None] for number in range(ROUNDS)]
    side = math.isqrt(max(size - 1, 0)) + 1
    found = _feistel(side, rounds, positions.astype(np.uint64))
    while (outside := found >= np.uint64(size)).any():
        again = [np.broadcast_to(key, found.shape)[outside] for key in rounds]
        found[outside] = _feistel(side, again, found[outside])
    return found.astype(np.int64)


def spread(dimensions: int, count: int, shift: Bits) -> Array:
    """Return ``count`` points that fill the unit cube evenly, (..., dimensions, count).

    The beginning of Sobol's sequence, shifted digitally: its evenness stays, and a mean over the
    points is that over the cube on average (Lemieux 2009, "Monte Carlo and quasi-Monte Carlo
    sampling", section 6.2).

    Parameters
    ----------
    shift
        (..., dimensions) random bits.
    """
    moved = _sobol(dimensions, count) ^ (shift >> np.uint64(64 - _DIGITS))[..., None]
    return np.asarray((moved + 0.5) * 2.0**-_DIGITS)


@lru_cache(maxsize=8)
def _sobol(dimensions: int, count: int) -> Bits:
    engine = SobolEngine(dimensions)  # type: ignore[no-untyped-call]
    points = engine.draw(max(count, 1), dtype=torch.float64)[:count] * 2.0**_DIGITS
    return np.asarray(points.numpy().T.astype(np.uint64))


def _feistel(side: int, rounds: list[Bits], numbers: Bits) -> Bits:
    base = np.uint64(side)
    left, right = np.divmod(numbers, base)
    for key in rounds:
        moved = left + _scaled(_mixed(right + key), side)
        left, right = right, np.where(moved >= base, moved - base, moved)
    return np.asarray(left * base + right)


def _mixed(bits: Bits) -> Bits:
    bits = (bits ^ (bits >> np.uint64(30))) * _FACTORS[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _FACTORS[1]
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def _scaled(bits: Bits, size: int) -> Bits:
    return np.asarray(((bits >> _HALF) * np.uint64(size)) >> _HALF)

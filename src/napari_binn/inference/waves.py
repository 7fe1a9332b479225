"""The prior of a large first frame, as independent amplitudes of cosines.

The Gaussian field of :mod:`napari_binn.inference.first_frame`, between mirrors: its covariance is
diagonal in cosines, so that its evidence (Whittle's likelihood) and its products cost no more than
a transform, for grids of any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from .first_frame import AMPLITUDES, KERNELS, LENGTHS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WavePrior:
    """Mean of a first frame and precision (Y, X) of the amplitude of each cosine."""

    mean: float
    precision: Array

    def times(self, fields: Array) -> Array:
        """Multiply fields (..., Y, X) by the precision of the first frame."""
        return scaled(fields, self.precision)


def scaled(fields: Array, factors: Array) -> Array:
    """Multiply the amplitude of each cosine of fields (..., Y, X) by ``factors`` (Y, X)."""
    waves = dctn(fields, axes=(-2, -1), norm="ortho")
    return np.asarray(idctn(waves * factors, axes=(-2, -1), norm="ortho"))


def wave_prior(frame: Array, variance: float, shape: tuple[int, int]) -> WavePrior:
    """Estimate the prior from an observed frame without gaps.

    Parameters
    ----------
    frame
        Observed densities (Y, X) [u].
    variance
        Their mean noise variance.
    shape
        Bins (Y, X) of the first frame that the prior is for: at least those observed.
    """
    mean = float(frame.mean())
    power = dctn(frame - mean, norm="ortho") ** 2
    spread = max(float(np.var(frame)) - variance, 0.05 * float(np.var(frame)), 1e-12)
    best: tuple[float, Array] | None = None
    for length in LENGTHS:
        for kernel in KERNELS:
            unit = _spectrum(kernel(_distances(frame.shape) / length))
            wanted = _spectrum(kernel(_distances(shape) / length))
            for amplitude in AMPLITUDES:
                total = spread * amplitude**2 * unit + variance
                score = -0.5 * float((power / total + np.log(total)).sum())
                if best is None or score > best[0]:
                    best = score, spread * amplitude**2 * wanted
    assert best is not None
    # The jitter is far below the noise, and bounds the precision.
    return WavePrior(mean, 1 / (best[1] + 1e-6 * spread + 1e-3 * variance))


def _distances(shape: tuple[int, ...]) -> Array:
    """Return distances (2 Y, 2 X) from the first bin on a torus of mirror images [bins]."""
    around = [np.minimum(np.arange(2 * n), 2 * n - np.arange(2 * n)) for n in shape]
    return np.hypot(around[0][:, None], around[1][None])


def _spectrum(covariance: Array) -> Array:
    """Return the variances (Y, X) of cosines for a covariance (2 Y, 2 X) on the torus."""
    ny, nx = covariance.shape
    values = np.fft.fft2(covariance).real[: ny // 2, : nx // 2]
    return np.asarray(np.maximum(values, 1e-9 * values.max()))

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_binn.inference.first_frame import field_prior

ALL = np.ones((12, 15), bool)


def posterior_mean(frame, variance, prior):
    precision = prior.precision + np.diag(1 / variance.ravel())
    right = prior.precision @ prior.mean + frame.ravel() / variance.ravel()
    return np.linalg.solve(precision, right).reshape(frame.shape)


def test_noise_is_taken_out_of_a_smooth_frame():
    rng = np.random.default_rng(0)
    truth = 1 + 2 * gaussian_filter(rng.standard_normal((12, 15)), 2)
    variance = np.full((12, 15), 0.2**2)
    frame = truth + 0.2 * rng.standard_normal((12, 15))
    clean = posterior_mean(frame, variance, field_prior(frame, variance, ALL))
    assert np.std(clean - truth) < 0.6 * np.std(frame - truth)


def test_a_frame_without_noise_is_believed():
    rng = np.random.default_rng(1)
    frame = 1 + rng.uniform(size=(12, 15))
    variance = np.full((12, 15), 1e-4**2)
    clean = posterior_mean(frame, variance, field_prior(frame, variance, ALL))
    assert np.abs(clean - frame).max() < 1e-3


def test_pure_noise_becomes_its_mean():
    rng = np.random.default_rng(2)
    frame = 1 + 0.3 * rng.standard_normal((12, 15))
    variance = np.full((12, 15), 0.3**2)
    clean = posterior_mean(frame, variance, field_prior(frame, variance, ALL))
    assert np.std(clean) < 0.35 * np.std(frame)

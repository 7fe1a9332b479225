"""The tests behind the diagnosis find what is there, and chance no more often than they say."""

from __future__ import annotations

import numpy as np

from napari_binn.inference.diagnostics_statistics import (
    Leftover,
    correlation,
    effect,
    neighbourhoods,
)  # fmt: skip

FRAMES, ROWS, COLUMNS = 9, 12, 12
PLACES = np.argwhere(np.ones((ROWS, COLUMNS), bool))
GROUPS = np.tile(neighbourhoods(PLACES), FRAMES)
BINS = len(PLACES)


def movie(rng, correlation_in_time=0.0):
    """Residuals (N,) that follow each other in every bin."""
    noise = rng.standard_normal((FRAMES, BINS))
    for frame in range(1, FRAMES):
        noise[frame] *= np.sqrt(1 - correlation_in_time**2)
        noise[frame] += correlation_in_time * noise[frame - 1]
    return noise.ravel()


def design(rng):
    """What a fit could have used: each bin's own level, and a few smooth columns."""
    own = np.tile(np.eye(BINS), (FRAMES, 1))
    return np.concatenate([own, rng.standard_normal((FRAMES * BINS, 10))], axis=1)


def test_an_effect_is_measured_beside_what_is_known():
    rng = np.random.default_rng(0)
    known, column = design(rng), rng.standard_normal((FRAMES * BINS, 2))
    column[:, 0] += known[:, 3]
    residual = movie(rng) + column @ [0.5, 0.0] + known @ rng.standard_normal(known.shape[1])
    found = effect(Leftover.of(residual, known), column, GROUPS)
    assert np.all(np.abs(found.size - [0.5, 0.0]) < 3 * np.sqrt(np.diag(found.covariance)))
    assert found.p < 1e-8


def test_chance_is_not_called_an_effect_even_where_noise_is_inherited():
    rng = np.random.default_rng(1)
    known = design(rng)
    # Slow in time and smooth in space, as the effects are.
    slow = np.linspace(-1, 1, FRAMES)[:, None] * np.sin(PLACES[:, 0] / 3)
    p = [
        effect(Leftover.of(movie(rng, 0.8), known), slow.reshape(-1, 1), GROUPS).p
        for _ in range(150)
    ]
    assert np.mean(np.array(p) < 0.05) < 0.1


def test_what_the_law_could_do_itself_is_no_effect():
    rng = np.random.default_rng(2)
    known = design(rng)
    found = effect(Leftover.of(movie(rng), known), known[:, 5:6], GROUPS)
    assert found.p == 1.0
    assert found.covariance[0, 0] > 1e6


def test_correlations_that_the_fit_causes_are_taken_out():
    rng = np.random.default_rng(3)
    known = design(rng)
    pairs = np.arange((FRAMES - 1) * BINS), np.arange(BINS, FRAMES * BINS)
    found = [correlation(Leftover.of(movie(rng), known), pairs) for _ in range(60)]
    scores = np.array([one.r / one.sd for one in found])
    assert abs(scores.mean()) < 0.45
    assert 0.75 < scores.std() < 1.3
    alike = correlation(Leftover.of(movie(rng, 0.4), known), pairs)
    assert alike.p < 1e-6


def test_groups_are_neighbours_of_about_equal_number():
    groups = neighbourhoods(PLACES)
    assert set(np.bincount(groups)) == {4}
    spans = [np.ptp(PLACES[groups == number], axis=0).max() for number in range(groups.max() + 1)]
    assert max(spans) == 1

"""What scatters more counts less, and the movie itself tells what does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_binn.binn.scatter import Scatter, scatter_of
from napari_binn.density.model import Density
from tests.synthetic import density

MEAN, VARIANCE = 0.5, 0.04


@pytest.fixture(scope="module")
def clean() -> Density:
    return density("fisher")


def scattered(clean: Density, kind: str, seed: int) -> Density:
    noise = np.random.default_rng(seed).standard_normal(clean.shape)
    size = clean.values if kind == "proportional" else np.full(clean.shape, clean.values.mean())
    return replace(clean, values=np.maximum(clean.values + 0.05 * size * noise, 0.0))


@pytest.mark.parametrize("kind", ["proportional", "additive"])
def test_the_movie_tells_how_it_scatters(clean: Density, kind: str) -> None:
    for seed in range(5):
        assert scatter_of(scattered(clean, kind, seed), "auto", MEAN, VARIANCE).kind == kind


def test_counts_scatter_like_counts(clean: Density) -> None:
    counted = replace(clean, counts_per_unit=50.0)
    scatter = scatter_of(counted, "auto", MEAN, VARIANCE)
    assert scatter.kind == "counts"
    assert scatter.least == pytest.approx(2 / (50 * clean.scale))
    assert scatter_of(counted, "additive", MEAN, VARIANCE).kind == "additive"


def test_covered_shares_scatter_most_where_half_is_covered(clean: Density) -> None:
    """Weights are smallest at u = 0.25 where all is covered at u = 0.5."""
    covered = replace(clean, values=2 * clean.values / clean.scale / 2, patches_per_bin=10.0)
    scatter = scatter_of(covered, "auto", MEAN, VARIANCE)
    assert scatter.kind == "fraction"
    assert scatter.full == pytest.approx(1 / covered.scale)
    weights = scatter.weight(torch.linspace(0.0, 1.0, 5))
    assert weights is not None
    assert weights.argmin() == 2
    assert torch.isfinite(weights).all()
    assert weights[0] == pytest.approx(float(weights[4]))
    assert scatter_of(covered, "counts", MEAN, VARIANCE).kind == "fraction"
    assert scatter_of(clean, "fraction", MEAN, VARIANCE).kind in ("proportional", "additive")


def test_what_the_user_states_is_taken_where_it_can_be(clean: Density) -> None:
    movie = scattered(clean, "additive", 0)
    assert scatter_of(movie, "proportional", MEAN, VARIANCE).kind == "proportional"
    assert scatter_of(movie, "counts", MEAN, VARIANCE).kind == "additive"


def test_two_frames_tell_nothing(clean: Density) -> None:
    assert scatter_of(clean.first_frames(2), "auto", MEAN, VARIANCE).kind == "additive"


def test_bins_that_were_not_observed_do_not_matter(clean: Density) -> None:
    movie, mask = scattered(clean, "proportional", 0), np.ones(clean.shape[1:], dtype=bool)
    mask[2:4, 1:] = False
    hidden = replace(movie, values=np.where(mask, movie.values, np.nan), mask=mask)
    assert scatter_of(hidden, "auto", MEAN, VARIANCE).kind == "proportional"


def test_weights_are_inverse_variances_and_are_not_fitted() -> None:
    u = torch.tensor([0.01, 0.2, 0.8], requires_grad=True)
    counts, relative = (Scatter(kind, 0.4, 0.05) for kind in ("counts", "proportional"))
    weight = counts.weight(u)
    assert weight is not None
    assert not weight.requires_grad
    assert weight.tolist() == pytest.approx([8.0, 2.0, 0.5])
    weight = relative.weight(u)
    assert weight is not None
    assert weight.tolist() == pytest.approx([160.0, 10.0, 0.625])
    assert Scatter("additive", 0.4, 0.05).weight(u) is None

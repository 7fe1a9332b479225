"""The estimate against laws that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.binn.result import BinnResult
from napari_binn.errors import UserError
from napari_binn.inference.estimate import estimate
from napari_binn.settings import InferenceSettings
from tests.synthetic import LAWS, density

#: The border has tests of its own; trying it as open takes most of the time.
CLOSED = InferenceSettings(boundary="closed")


def errors(terms, law):
    """Relative L2 errors of D and G over the supported range."""
    known = terms.supported
    assert known.mean() > 0.4
    D, G = (f(terms.u[known] * terms.density_scale) for f in LAWS[law])
    return (
        np.linalg.norm(terms.D[known] - D) / np.linalg.norm(D),
        np.linalg.norm(terms.G[known] - G) / np.linalg.norm(G),
    )


@pytest.mark.parametrize("law", list(LAWS))
def test_without_noise_both_curves_are_found(law):
    D, G = errors(estimate(density(law), InferenceSettings()), law)
    assert D < 0.03
    assert G < 0.01


def test_the_start_does_not_matter():
    seen = density("porous", frames=5)
    one = estimate(seen, InferenceSettings())
    known = one.supported
    other = estimate(seen, InferenceSettings(), scale=1.7 * seen.scale)
    D = np.interp(one.u[known] / 1.7, other.u, other.D)
    assert np.linalg.norm(D - one.D[known]) < 0.03 * np.linalg.norm(one.D[known])


def test_bands_hold_the_truth_under_noise():
    inside = []
    for seed in range(4):
        terms = estimate(density("fisher", noise=0.05, seed=seed), CLOSED)
        known = terms.supported
        D, G = (f(terms.u[known] * terms.density_scale) for f in LAWS["fisher"])
        inside.append(np.mean((terms.D_low[known] <= D) & (terms.D_high[known] >= D)))
        inside.append(np.mean((terms.G_low[known] <= G) & (terms.G_high[known] >= G)))
        assert terms.noise.kind == "proportional"
        assert terms.noise.level == pytest.approx(0.05, rel=0.15)
    assert np.mean(inside) > 0.7


def test_counting_noise_is_measured():
    terms = estimate(density("fisher", counts=30.0, frames=9), CLOSED)
    assert terms.noise.kind == "counts"
    assert terms.noise.level == pytest.approx(1.0, abs=0.2)
    assert np.all(terms.D_low <= terms.D)
    assert np.all(terms.D_high >= terms.D)


def test_a_movie_without_gradients_says_nothing_about_diffusion():
    seen = density("fisher", noise=0.02, frames=6)
    flat = np.broadcast_to(seen.values.mean(axis=(1, 2), keepdims=True), seen.values.shape)
    rng = np.random.default_rng(0)
    terms = estimate(
        replace(seen, values=flat * (1 + 0.02 * rng.standard_normal(flat.shape))),
        CLOSED,
    )
    assert not terms.supported.any()
    assert np.median(terms.D_high / terms.D_low) > 10


def test_a_region_that_is_no_rectangle_is_fitted_where_it_was_observed():
    seen = density("fisher")
    mask = np.ones(seen.shape[1:], bool)
    values = seen.values.copy()
    mask[:, -1] = False
    values[:, ~mask] = 123.0
    terms = estimate(replace(seen, values=values, mask=mask), CLOSED)
    assert terms.density_scale < 2
    assert terms.surface[:, mask].max() < 1.3


def test_an_empty_movie_is_refused():
    seen = density("fisher", frames=4)
    with pytest.raises(UserError, match="zero everywhere"):
        estimate(replace(seen, values=0 * seen.values), InferenceSettings(), scale=1.0)


def test_count_noise_needs_counts():
    with pytest.raises(UserError, match=r"inference\.noise"):
        estimate(density("fisher", frames=4), InferenceSettings(noise="counts"))


def test_a_network_without_diffusion_does_not_mislead():
    """A false minimum at D = 0 is left, since a constant D is started from as well."""
    seen = density("fisher", frames=5)
    u = np.linspace(0, 1, 50)
    none, growth = np.full((2, 50), 1e-9), np.tile(1 - u, (2, 1))
    network = BinnResult(
        u=u, D=none, G=growth, surface=seen.values / seen.scale, losses={}, weights={},
        steps=1, seconds=0.0, device="cpu",
    )  # fmt: skip
    D, G = errors(estimate(seen, CLOSED, network), "fisher")
    assert D < 0.03
    assert G < 0.01


def test_the_units_of_length_and_time_only_change_the_units_of_the_curves():
    seen = density("fisher", noise=0.03, frames=5)
    scaled = replace(seen, t=24 * seen.t, y=1000 * seen.y, x=1000 * seen.x)
    one, two = estimate(seen, CLOSED), estimate(scaled, CLOSED)
    assert pytest.approx(one.D * 1e6 / 24, rel=1e-2) == two.D
    assert pytest.approx(one.G / 24, rel=1e-2, abs=1e-3) == two.G

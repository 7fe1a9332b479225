"""Large fields: the same answer without the matrix of sensitivities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_binn.inference.boundary import region_grid
from napari_binn.inference.chain import Chain
from napari_binn.inference.estimate import estimate
from napari_binn.inference.families import SplineFamily
from napari_binn.inference.field import window
from napari_binn.inference.first_frame import field_prior
from napari_binn.inference.forward import Forward
from napari_binn.inference.waves import wave_prior
from napari_binn.settings import InferenceSettings
from tests.synthetic import LAWS, density


def chain(gain=0.0):
    seen = density("porous", frames=9)
    hy, hx = seen.spacing
    u = seen.values.copy()
    family = SplineFamily.make(1.0, 6, 1.0, -0.2, 1.6)
    grid = np.linspace(0.05, 1, 50)
    parameters = family.project(grid, LAWS["porous"][0](grid), LAWS["porous"][1](grid))
    forward = Forward(
        family, seen.t, region_grid(hy, hx, None, 0), u.shape[1:], gain=gain, observed=u
    )
    return Chain.make(forward, parameters, u), forward, parameters, u


@pytest.mark.parametrize("gain", [0.0, 0.4])
def test_disturbances_travel_as_the_sensitivities_say(gain):
    made, forward, parameters, u = chain(gain)
    exact = forward.jacobian(parameters, u[0])[..., len(parameters) :]
    smooth = np.cos(np.arange(9.0))[:, None] * np.cos(0.5 * np.arange(12.0))
    found = made.forward(torch.as_tensor(smooth[None], dtype=torch.float32))[:, 0].numpy()
    assert np.abs(found - exact @ smooth.ravel()).max() < 0.05


def test_backward_is_the_transpose_of_forward():
    made, _, _, u = chain(0.4)
    rng = np.random.default_rng(0)
    v, w = rng.standard_normal((2, 9, 12)), rng.standard_normal((len(u), 2, 9, 12))
    forth = made.forward(torch.as_tensor(v, dtype=torch.float32)).numpy()
    back = made.backward(torch.as_tensor(w, dtype=torch.float32)).numpy()
    assert (forth * w).sum() == pytest.approx((back * v).sum(), rel=1e-4)


def test_the_prior_in_waves_is_that_of_the_bins():
    rng = np.random.default_rng(0)
    frame = density("fisher").values[0] + 0.02 * rng.standard_normal((9, 12))
    waves = wave_prior(frame, 0.02**2, frame.shape)
    bins = field_prior(frame, np.full(frame.shape, 0.02**2), np.ones(frame.shape, bool))
    for field in (frame, rng.standard_normal(frame.shape)):
        off = field - field.mean()
        one = float((off * waves.times(off)).sum())
        assert one == pytest.approx(float(off.ravel() @ bins.precision @ off.ravel()), rel=0.6)


def test_a_window_lies_where_most_was_observed():
    seen = density("fisher", frames=4, bins=(20, 24))
    mask = np.ones((20, 24), bool)
    mask[:, 12:] = False
    part = window(replace(seen, mask=mask), 100)
    assert part.shape[1] * part.shape[2] <= 100
    assert part.mask is not None
    assert part.mask.all()
    assert np.array_equal(part.values[0, 0], seen.values[0, np.argmin(abs(seen.y - part.y[0]))][
        np.searchsorted(seen.x, part.x[0]) :][: part.shape[2]])  # fmt: skip


@pytest.mark.parametrize("window", [False, True])
def test_a_large_field_is_not_averaged(window):
    seen = density("fisher", noise=0.05, bins=(20, 26), window=window)
    terms = estimate(seen, InferenceSettings(max_bins=120))
    known = terms.supported
    D, G = (law(terms.u[known] * terms.density_scale) for law in LAWS["fisher"])
    inside = (terms.D_low[known] <= D) & (terms.D_high[known] >= D)
    assert inside.mean() > 0.5
    # Averaged to 120 bins the movie determines D to about 25 %.
    assert np.linalg.norm(terms.D[known] - D) < 0.2 * np.linalg.norm(D)
    assert np.linalg.norm(terms.G[known] - G) < 0.05 * np.linalg.norm(G)
    assert terms.boundary.kind == "open"
    assert "as large as this one" in terms.sentences[1]
    assert terms.surface.shape[1] * terms.surface.shape[2] <= 120


def test_the_border_of_a_large_field_can_be_closed():
    seen = density("fisher", noise=0.05, bins=(14, 18), frames=5)
    terms = estimate(seen, InferenceSettings(max_bins=80, boundary="closed"))
    assert terms.boundary.kind == "closed"
    assert terms.supported.any()

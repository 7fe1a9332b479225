"""What lies around the region, and how an estimate finds out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_binn.inference.boundary import margin_for, narrow, region_grid, surround, widen
from napari_binn.inference.estimate import estimate
from napari_binn.pde.law import LawTable
from napari_binn.pde.solver import solve
from napari_binn.settings import InferenceSettings
from tests.synthetic import LAWS, density


def diffusivity_error(terms, law):
    known = terms.supported
    D = LAWS[law][0](terms.u[known] * terms.density_scale)
    return np.linalg.norm(terms.D[known] - D) / np.linalg.norm(D)


def test_surroundings_hold_no_observation_and_keep_the_region_in_place():
    seen = density("fisher", frames=4)
    wide = surround(seen, 3)
    assert wide.mask is not None
    assert wide.mask.sum() == seen.values[0].size
    assert np.array_equal(narrow(wide.values, 3), seen.values)
    assert wide.x[3] == pytest.approx(seen.x[0])
    assert wide.y[-4] == pytest.approx(seen.y[-1])
    assert surround(seen, 0) is seen


def test_a_mirrored_field_is_that_of_a_closed_region():
    seen = density("fisher", frames=4, days=0.5)
    hy, hx = seen.spacing
    law = LawTable.from_functions(lambda u: 0.01 + 0 * u, lambda u: 1 - u, -0.2, 1.5)
    start = seen.values[0].copy()
    closed = solve(law, torch.as_tensor(start), seen.t, region_grid(hy, hx, None, 0))
    wide = widen(start, 4)
    mask = np.pad(np.ones(start.shape, bool), 4)
    opened = solve(law, torch.as_tensor(wide), seen.t, region_grid(hy, hx, mask, 4))
    assert np.abs(narrow(opened.numpy(), 4) - closed.numpy()).max() < 2e-3


def test_only_a_strip_around_the_region_is_open():
    mask = np.zeros((12, 12), bool)
    mask[:4, :4] = True
    grid = region_grid(1.0, 1.0, mask, 2)
    assert grid.open_x is not None
    assert grid.open_x[0].tolist() == [1] * 5 + [0] * 6


def test_the_surroundings_are_as_wide_as_cells_move():
    assert margin_for(0.01, 2.0, 0.1, (11, 15)) == 4
    assert margin_for(1e-6, 2.0, 0.1, (11, 15)) == 3
    assert margin_for(10.0, 2.0, 0.1, (20, 15)) == 5


@pytest.mark.parametrize("law", list(LAWS))
def test_a_window_of_a_larger_field_is_recognised_and_costs_nothing(law):
    seen = density(law, window=True)
    terms = estimate(seen, InferenceSettings())
    assert terms.boundary.kind == "open"
    assert diffusivity_error(terms, law) < 0.03
    assert any("cells cross it" in sentence for sentence in terms.sentences)


def test_the_surroundings_carry_the_flux_through_the_border():
    seen = density("fisher", window=True)
    terms = estimate(seen, InferenceSettings())
    assert terms.surroundings is not None
    margin = terms.boundary.margin
    hy, hx = seen.spacing
    law = LawTable.from_values(terms.u, terms.D, terms.G)
    grid = region_grid(hy, hx, None, 0)
    again = solve(law, torch.as_tensor(terms.surroundings), seen.t, grid, 2).numpy()
    assert np.abs(narrow(again, margin) - terms.surface).max() < 5e-3
    assert terms.surface.shape == seen.shape
    assert np.array_equal(narrow(terms.surroundings, margin), terms.initial)


def test_a_closed_field_without_noise_is_explained_by_its_walls():
    terms = estimate(density("fisher", frames=5), InferenceSettings())
    assert terms.boundary.kind == "closed"
    assert terms.boundary.exact
    assert terms.surroundings is None
    assert "no cells cross it" in terms.sentences[1]


@pytest.mark.parametrize("window", [False, True])
def test_the_border_is_told_under_noise(window):
    seen = density("fisher", noise=0.05, frames=9, bins=(11, 15), window=window)
    boundary = estimate(seen, InferenceSettings()).boundary
    assert boundary.kind == ("open" if window else "closed")
    assert boundary.log_odds_open is not None
    assert abs(boundary.log_odds_open) > 3


def test_the_setting_overrides_the_evidence():
    seen = density("fisher", window=True, frames=5)
    closed = estimate(seen, InferenceSettings(boundary="closed"))
    opened = estimate(density("fisher", frames=5), InferenceSettings(boundary="open"))
    assert closed.boundary.kind == "closed"
    assert opened.boundary.kind == "open"
    assert opened.boundary.log_odds_open is None
    assert diffusivity_error(opened, "fisher") < 0.05
    assert "inference.boundary" in closed.sentences[1]


def test_an_open_region_may_have_a_hole():
    seen = density("fisher", window=True)
    mask = np.ones(seen.shape[1:], bool)
    mask[3:5, 5:7] = False
    values = seen.values.copy()
    values[:, ~mask] = 50.0
    terms = estimate(replace(seen, values=values, mask=mask), InferenceSettings(boundary="open"))
    assert terms.density_scale < 2
    assert diffusivity_error(terms, "fisher") < 0.05

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_binn.pde.grid import Grid, prolong, restrict


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_refinement_keeps_every_bin_mean(factor):
    u = torch.rand(5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    u[2, 3] = 0.0
    fine = prolong(u, factor)
    assert fine.shape == (5 * factor, 7 * factor)
    assert torch.allclose(restrict(fine, factor), u, atol=1e-14)
    assert float(fine.min()) >= -1e-15


def test_refinement_follows_smooth_fields():
    x = np.linspace(0, 1, 33)
    coarse = np.diff(np.sin(np.pi * x) / np.pi) * 32  # means of cos(pi x)
    exact = np.diff(np.sin(np.pi * np.linspace(0, 1, 65)) / np.pi) * 64
    fine = prolong(torch.as_tensor(2 + np.repeat(coarse[None], 4, 0)), 2)[0] - 2
    assert np.abs(fine.numpy() - exact).max() < 5e-5


def test_the_laplacian_sums_to_zero_and_is_exact_on_parabolas():
    grid = Grid(0.1, 0.3)
    y, x = np.meshgrid(np.arange(6) * 0.1, np.arange(9) * 0.3, indexing="ij")
    w = torch.as_tensor(3 * y**2 - 2 * x**2 + x)
    out = grid.laplacian(w)
    assert abs(float(out.sum())) < 1e-10
    assert torch.allclose(out[1:-1, 1:-1], torch.full((4, 7), 2.0, dtype=torch.float64))


def test_refined_masks_keep_closed_faces_closed():
    mask = torch.tensor([[True, True, False], [True, False, False], [True, True, True]])
    fine = Grid.masked(1.0, 1.0, mask).refined(2)
    w = torch.zeros(6, 6, dtype=torch.float64)
    w[0, 4:] = 1.0  # outside: nothing may leave it
    assert float(fine.laplacian(w).abs().max()) > 0
    inside = mask.repeat_interleave(2, 0).repeat_interleave(2, 1)
    assert float(fine.laplacian(w)[inside].abs().max()) == 0

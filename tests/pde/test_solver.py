"""The solver against exact solutions, on grids with nx != ny and hx != hy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_binn.pde.grid import Grid, restrict
from napari_binn.pde.law import LawTable
from napari_binn.pde.solver import SolverError, solve

LY, LX = 1.0, 1.7


def cell_means(antiderivative, length, count):
    """Exact means over ``count`` cells of [0, length] of the derivative of ``antiderivative``."""
    return np.diff(antiderivative(np.linspace(0, length, count + 1))) * count / length


def mode(k, length, count):
    """Cell means of cos(k pi x / length)."""
    return cell_means(
        lambda x: np.sin(k * np.pi * x / length) * length / (k * np.pi), length, count
    )


def heat_error(ny, nx, ky=2, kx=3, D=0.05, end=0.5):
    pattern = 0.5 * np.outer(mode(ky, LY, ny), mode(kx, LX, nx))
    law = LawTable.from_functions(lambda u: D, lambda u: 0.0, 0, 2)
    grid = Grid(LY / ny, LX / nx)
    u = solve(law, torch.as_tensor(1 + pattern), np.linspace(0, end, 4), grid, tolerance=1e-8)
    exact = pattern * np.exp(-D * np.pi**2 * ((ky / LY) ** 2 + (kx / LX) ** 2) * end)
    return float(np.abs(u[-1].numpy() - 1 - exact).max() / np.abs(exact).max())


@pytest.mark.parametrize(("ky", "kx"), [(2, 3), (3, 1), (1, 4)])
def test_heat_modes_decay_at_their_rate_with_second_order(ky, kx):
    coarse, fine = heat_error(24, 35, ky, kx), heat_error(48, 70, ky, kx)
    assert np.log2(coarse / fine) >= 1.8
    assert fine < 0.01


def test_axes_are_not_confused():
    # A mode along x alone must not decay at the rate of one along y.
    assert heat_error(20, 60, ky=1, kx=5) < 0.02


def barenblatt(r2, t, D1):
    """Barenblatt's solution of u_t = div(D1 u grad u) = D1 / 2 laplacian(u²) in two dimensions."""
    s = t * D1 / 2
    return np.maximum(0.25 - r2 / (16 * np.sqrt(s)), 0.0) / np.sqrt(s)


def barenblatt_error(n):
    """L1 error of the spreading of a porous-medium droplet, on a grid of 2n x 3n cells."""
    D1, start, end, width, height = 0.5, 1.0, 3.0, 6.0, 5.0
    ny, nx, sub = 2 * n, 3 * n, 8
    y = (np.arange(ny * sub) + 0.5) * height / (ny * sub) - height / 2
    x = (np.arange(nx * sub) + 0.5) * width / (nx * sub) - width / 2
    r2 = y[:, None] ** 2 + x[None] ** 2

    def means(t):
        return restrict(torch.as_tensor(barenblatt(r2, t, D1)), sub).numpy()

    law = LawTable.from_functions(lambda u: D1 * np.maximum(u, 0), lambda u: 0.0, -0.1, 1)
    u = solve(
        law, torch.as_tensor(means(start)), [start, end], Grid(height / ny, width / nx),
        tolerance=1e-6,
    )  # fmt: skip
    exact = means(end)
    return float(np.abs(u[-1].numpy() - exact).sum() / exact.sum())


def test_barenblatt_droplet_spreads_as_it_should():
    coarse, fine = barenblatt_error(12), barenblatt_error(24)
    assert fine < 0.01
    assert np.log2(coarse / fine) > 1.2  # the front has a kink, where no scheme is second order


def test_fisher_kpp_wave_travels_at_its_speed():
    # Ablowitz & Zeppetella (1979): the wave of speed 5 sqrt(r D / 6) is known in closed form.
    D, r, length, n = 0.02, 1.5, 6.0, 240
    speed = 5 * np.sqrt(r * D / 6)
    x = (np.arange(n) + 0.5) * length / n

    def wave(t):
        return (1 + np.exp(np.sqrt(r / (6 * D)) * (x - 2.5 - speed * t))) ** -2

    law = LawTable.from_functions(lambda u: D, lambda u: r * (1 - u), -0.1, 1.5)
    start = torch.as_tensor(np.repeat(wave(0.0)[None], 5, axis=0))
    times = np.linspace(0, 2, 5)
    u = solve(law, start, times, Grid(0.1, length / n), tolerance=1e-6).numpy()
    for frame, t in zip(u, times, strict=True):
        assert np.abs(frame - wave(t)).max() < 2e-3


def test_mass_is_conserved_without_growth():
    rng = np.random.default_rng(0)
    start = torch.as_tensor(rng.uniform(0, 1, (9, 14)))
    law = LawTable.from_functions(lambda u: 0.01 + 0.2 * u**2, lambda u: 0.0, -0.2, 1.5)
    u = solve(law, start, np.linspace(0, 3, 6), Grid(0.1, 0.07), refine=2)
    totals = u.sum(dim=(1, 2)).numpy()
    assert np.abs(totals / totals[0] - 1).max() < 1e-10


def test_uniform_logistic_growth_is_exact():
    law = LawTable.from_functions(lambda u: 0.01, lambda u: 2 * (1 - u / 0.8), -0.2, 1.5)
    times = np.linspace(0, 3, 7)
    u = solve(law, torch.full((4, 6), 0.1, dtype=torch.float64), times, Grid(0.1, 0.2), 1, 1e-7)
    exact = 0.8 / (1 + 7 * np.exp(-2 * times))
    assert np.abs(u[:, 2, 3].numpy() - exact).max() < 1e-5


def test_density_stays_between_its_bounds():
    rng = np.random.default_rng(1)
    start = torch.as_tensor((rng.uniform(size=(12, 17)) > 0.5).astype(float))
    law = LawTable.from_functions(lambda u: 0.1 * u**3, lambda u: 0.0, -0.2, 1.5)
    u = solve(law, start, np.linspace(0, 1, 5), Grid(0.05, 0.08))
    assert float(u.min()) > -1e-6
    assert float(u.max()) < 1 + 1e-6


def test_a_batch_of_laws_gives_what_each_gives_alone():
    rng = np.random.default_rng(2)
    start = torch.as_tensor(rng.uniform(0.1, 0.9, (8, 11)))
    u = np.linspace(-0.2, 1.5, 500)
    D = np.stack([0.01 + 0 * u, 0.02 * np.maximum(u, 0)])
    G = np.stack([1 - u, 0.5 - u**2])
    grid, times = Grid(0.1, 0.08), np.linspace(0, 1, 3)
    together = solve(LawTable.from_values(u, D, G), start, times, grid, tolerance=1e-8)
    for k in range(2):
        alone = solve(LawTable.from_values(u, D[k], G[k]), start, times, grid, tolerance=1e-8)
        assert torch.allclose(together[k], alone, atol=1e-6)


def test_nothing_crosses_the_border_of_a_region():
    mask = torch.ones(6, 8, dtype=torch.bool)
    mask[:, 4] = False
    start = torch.zeros(6, 8, dtype=torch.float64)
    start[:, :4] = 0.5
    law = LawTable.from_functions(lambda u: 0.5, lambda u: 0.0, -0.2, 1.5)
    for refine in (1, 3):
        u = solve(law, start, [0, 5], Grid.masked(0.1, 0.1, mask), refine=refine)[-1]
        assert float(u[:, 4:].abs().max()) == 0
        assert torch.allclose(u[:, :4], start[:, :4], atol=1e-9)


def test_an_explosion_is_said_not_returned():
    law = LawTable.from_functions(lambda u: 0.01, lambda u: 500 * u, -0.2, 1e6)
    with pytest.raises(SolverError, match="without bound"):
        solve(law, torch.ones(4, 5, dtype=torch.float64), [0, 100], Grid(0.1, 0.1))

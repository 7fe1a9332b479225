"""A movie with an exact solution, as small as training allows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from napari_binn.density.model import Density

DIFFUSIVITY, GROWTH_RATE = 0.02, 0.4
WIDTH, HEIGHT, DAYS = 1.5, 1.1, 2.0


def exact_movie(frames: int = 6, ny: int = 8, nx: int = 11) -> Density:
    """Return averages over the bins of an exact solution of u_t = D lap u + G u without flux.

    Two cosines of different wave numbers along x and y on a constant, all times exp(G t).
    """
    t = np.linspace(0, DAYS, frames)
    values = np.full((frames, ny, nx), 0.3)
    for amplitude, kx, ky in ((0.08, 2, 1), (0.06, 1, 2)):
        decay = DIFFUSIVITY * np.pi**2 * ((kx / WIDTH) ** 2 + (ky / HEIGHT) ** 2)
        field = np.outer(_mode(ky, ny), _mode(kx, nx))
        values = values + amplitude * np.exp(-decay * t)[:, None, None] * field
    return Density(
        values=values * np.exp(GROWTH_RATE * t)[:, None, None],
        t=t,
        y=(np.arange(ny) + 0.5) * HEIGHT / ny,
        x=(np.arange(nx) + 0.5) * WIDTH / nx,
        length_unit="mm",
        time_unit="day",
        density_unit="cells/mm²",
        source="exact solution",
    )


def _mode(k: int, bins: int) -> np.ndarray:
    """Return the averages of cos(k pi s) over equal bins of 0 < s < 1."""
    edges = np.sin(k * np.pi * np.linspace(0, 1, bins + 1)) / (k * np.pi)
    return np.diff(edges) * bins


@pytest.fixture
def movie() -> Density:
    return exact_movie()


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

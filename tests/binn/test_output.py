"""The result can be checked, and the networks used elsewhere, with nothing but its weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_binn.binn.output import joined, preview, surface
from napari_binn.binn.result import BinnResult
from napari_binn.binn.standard import init, prepare
from napari_binn.binn.train import train
from napari_binn.density.model import Density
from napari_binn.settings import BinnSettings
from tests.synthetic import density

Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def movie() -> Density:
    return density("porous")


@pytest.fixture(scope="module")
def result(movie: Density) -> BinnResult:
    return train(movie, BinnSettings(members=2, steps=40, dtype="float64"), 0, "cpu")


def evaluate(result: BinnResult, name: str, member: int, inputs: Array) -> Array:
    h = inputs
    for layer in range(4):
        weight, bias = (result.weights[f"{name}.{layer}.{part}"] for part in ("weight", "bias"))
        h = h @ weight[member].T + bias[member]
        h = h / (1 + np.exp(-h)) if layer < 3 else h
    return np.log1p(np.exp(h[:, 0])) if name in "uD" else h[:, 0]


def test_the_weights_give_the_curves(result: BinnResult) -> None:
    for member in range(2):
        for name, curves in (("D", result.D), ("G", result.G)):
            scale = result.weights[f"{name}.scale"][member]
            found = scale * evaluate(result, name, member, 6 * result.u[:, None] - 3)
            np.testing.assert_allclose(found, curves[member], rtol=1e-10)


def test_the_weights_give_the_surface(result: BinnResult, movie: Density) -> None:
    t, y, x = np.meshgrid(movie.t, movie.y, movie.x, indexing="ij")
    txy = np.stack([t.ravel(), x.ravel(), y.ravel()], axis=-1)
    each = []
    for member in range(2):
        inputs = (txy - result.weights["centre"][member]) / result.weights["units"][member]
        density_scale = result.weights["density"][member]
        each.append(density_scale * evaluate(result, "u", member, inputs))
    np.testing.assert_allclose(np.mean(each, axis=0).reshape(movie.shape), result.surface)


def test_a_large_surface_is_interpolated(movie: Density) -> None:
    settings = BinnSettings(members=2, steps=40)
    fine = np.linspace(movie.t[0], movie.t[-1], 45)
    values = np.repeat(np.repeat(movie.values, 3, axis=1), 3, axis=2)[np.arange(45) * 6 // 44]
    y, x = (np.repeat(axis, 3) + np.tile([-1, 0, 1], len(axis)) * (axis[1] - axis[0]) / 3
            for axis in (movie.y, movie.x))  # fmt: skip
    problem = prepare(replace(movie, values=values, t=fine, y=y, x=x), settings, 0, "cpu")
    state = init(problem)
    exact, coarse = surface(problem, state), surface(problem, state, values.size // 30)
    assert coarse.shape == exact.shape == values.shape
    assert not np.array_equal(coarse, exact)
    assert np.abs(coarse - exact).max() < 0.05 * np.ptp(exact)
    np.testing.assert_allclose(coarse[[0, -1], 0, 0], exact[[0, -1], 0, 0])
    np.testing.assert_array_equal(preview(problem, state), exact)


def test_parts_of_an_ensemble_make_a_whole(movie: Density) -> None:
    settings = BinnSettings(members=3, steps=20, dtype="float64")
    whole = train(movie, settings, 0, "cpu")
    parts = [train(movie, settings, 0, "cpu", members=some) for some in ([0, 1], [2])]
    one = joined(parts)
    assert one.members == 3
    assert one.seconds == sum(part.seconds for part in parts)
    np.testing.assert_allclose(one.D, whole.D)
    np.testing.assert_allclose(one.G, whole.G)
    np.testing.assert_allclose(one.surface, whole.surface)
    for name, values in whole.losses.items():
        np.testing.assert_allclose(one.losses[name], values)
    for name, weights in whole.weights.items():
        np.testing.assert_allclose(one.weights[name], weights, atol=1e-12)


def test_every_weight_has_the_member_first(result: BinnResult) -> None:
    assert all(len(values) == 2 for values in result.weights.values())


def test_losses_are_recorded_at_the_same_steps_and_end_with_the_last(result: BinnResult) -> None:
    assert set(result.losses) == {"step", "data", "residual", "validation"}
    np.testing.assert_array_equal(result.losses["step"], np.arange(1, 41))
    assert all(np.isfinite(column).all() for column in result.losses.values())


def test_the_grid_is_the_normalised_density(result: BinnResult) -> None:
    np.testing.assert_array_equal(result.u, np.linspace(0, 1, 201))
    assert result.D.shape == result.G.shape == (2, 201)
    assert result.steps == 40
    assert result.device == "cpu"

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_binn.inference.families import FormulaFamily, SplineFamily
from napari_binn.inference.forward import Forward
from napari_binn.pde.grid import Grid

TIMES = np.array([0.0, 0.4, 1.0])


def spline():
    family = SplineFamily.make(1.0, 5, 1.2, -0.2, 1.6)
    return family, np.array([-5.0, -4.5, -4.2, -4.0, -3.0, 0.9, 0.6, 0.3, 0.2, -0.4])


def formula():
    u = np.linspace(-0.2, 1.6, 1025)
    family = FormulaFamily(
        u, lambda u, p: p[0] + p[1] * u**2, lambda u, q: q[0] * (1 - u / q[1]), 2,
        np.array([0.01, 0.02, 1.0, 0.9]),
    )  # fmt: skip
    return family, np.array([1.0, 1.1, 0.9, 1.2])


@pytest.mark.parametrize("make", [spline, formula])
@pytest.mark.parametrize("masked", [False, True])
def test_sensitivities_are_the_derivatives_of_the_simulation(make, masked):
    family, parameters = make()
    mask = None
    if masked:
        mask = torch.ones(4, 5, dtype=torch.bool)
        mask[0, :2] = False
    forward = Forward(
        family, TIMES, Grid.masked(0.1, 0.13, mask), (4, 5), 1, 1e-8, tangent_dtype=torch.float64
    )
    initial = np.random.default_rng(0).uniform(0.1, 0.9, (4, 5))
    jacobian = forward.jacobian(parameters, initial)
    k = len(parameters)
    for column in (0, 2, k - 1, k + 3, k + 19):
        step = np.zeros(k + 20)
        step[column] = 1e-5
        up = forward.predict(parameters + step[:k], initial + step[k:].reshape(4, 5))
        down = forward.predict(parameters - step[:k], initial - step[k:].reshape(4, 5))
        numeric = (up - down) / 2e-5
        assert np.abs(jacobian[..., column] - numeric).max() < 1e-4 * np.abs(numeric).max() + 1e-9


def test_parameters_alone_give_the_same_sensitivities():
    family, parameters = spline()
    forward = Forward(family, TIMES, Grid(0.1, 0.13), (4, 5), 1, 1e-8, tangent_dtype=torch.float64)
    initial = np.random.default_rng(0).uniform(0.1, 0.9, (4, 5))
    full = forward.jacobian(parameters, initial)
    alone = forward.jacobian(parameters, initial, with_initial=False)
    assert np.allclose(full[..., : len(parameters)], alone, atol=1e-10)

"""The share of the first frame in the posterior of the law."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_binn.inference.boundary import region_grid
from napari_binn.inference.families import SplineFamily
from napari_binn.inference.first_frame import field_prior
from napari_binn.inference.forward import Forward
from napari_binn.inference.gauss_newton import Problem, weights
from napari_binn.inference.noise import NoiseModel
from napari_binn.inference.volume import Volume, cosine_diagonal
from tests.synthetic import density

LEVEL = 0.05**2


def setting(gain=0.0):
    seen = density("fisher", frames=6)
    hy, hx = seen.spacing
    u = seen.values.copy()
    family = SplineFamily.make(1.0, 6, 1.0, -0.2, 1.6)
    parameters = family.project(
        np.linspace(0, 1, 50), np.linspace(0.006, 0.02, 50), 1 - np.linspace(0, 1, 50)
    )
    forward = Forward(
        family, seen.t, region_grid(hy, hx, None, 0), u.shape[1:], gain=gain, observed=u,
        tangent_dtype=torch.float64,
    )  # fmt: skip
    noise = NoiseModel.make("proportional", None, u)
    problem = Problem(u, np.ones(u.shape, bool), noise, forward)
    field = field_prior(u[0], LEVEL * noise.shape(u[0]), np.ones(u.shape[1:], bool)).precision
    return problem, parameters, field


def exact(problem, parameters, field, predicted, initial):
    by_initial = problem.forward.jacobian(parameters, initial)[..., len(parameters) :]
    flat = by_initial.reshape(-1, initial.size)
    weight = weights(problem, predicted).reshape(-1, 1) / LEVEL
    return np.linalg.slogdet((flat * weight).T @ flat + field)[1]


@pytest.mark.parametrize("gain", [0.0, 0.5])
def test_it_is_the_log_determinant_of_the_first_frames_curvature(gain):
    problem, parameters, field = setting(gain)
    initial = problem.observed[0]
    predicted = problem.forward.predict(parameters, initial)
    volume = Volume.make(problem, predicted, LEVEL, cosine_diagonal(field, (9, 12)))
    more = parameters + np.r_[np.full(6, 0.7), np.zeros(6)]
    values = [volume.value(p, predicted) for p in (parameters, more)]
    truth = [exact(problem, p, field, predicted, initial) for p in (parameters, more)]
    assert values[0] == pytest.approx(truth[0], rel=0.01)
    assert values[1] - values[0] == pytest.approx(truth[1] - truth[0], rel=0.15)
    assert values[1] < values[0]


def test_its_gradient_is_its_derivative_by_the_law_and_by_the_course_of_the_densities():
    problem, parameters, field = setting()
    initial = problem.observed[0]
    trace = problem.forward.trace(parameters, initial)
    volume = Volume.make(problem, trace.predicted, LEVEL, cosine_diagonal(field, (9, 12)))
    by_law, by_course = volume.gradient(parameters, trace.predicted)
    total = trace.pull(by_course)
    for k in (1, 3, 7, 9):
        step = np.zeros(len(parameters))
        step[k] = 1e-4

        def change(predicted, step=step):
            up, down = (volume.value(parameters + s * step, predicted(s * step)) for s in (1, -1))
            return (up - down) / 2e-4

        still = change(lambda _: trace.predicted)
        assert by_law[k] == pytest.approx(still, rel=0.01, abs=1e-3)
        moving = change(lambda by: problem.forward.predict(parameters + by, initial))
        assert by_law[k] + total[k] == pytest.approx(moving, rel=0.05, abs=0.02)

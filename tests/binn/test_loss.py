"""The residual is that of the equation; noise is weighted, and its level drops out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from napari_binn.binn import data, loss, networks
from napari_binn.binn.scatter import Scatter
from tests.synthetic import density

EVEN = Scatter("additive", 0.2, 0.01)
SCALES = data.Scales.of(density("porous"))


def parameters() -> networks.Parameters:
    random = [data.generator((0, member), "weights") for member in range(2)]
    each = [networks.initial_parameters(r, 5, 0.4) for r in random]
    return {name: torch.as_tensor(np.stack([p[name] for p in each])) for name in each[0]}


def points(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 3, count, generator=generator, dtype=torch.float64)


def gradient(values: Tensor, at: Tensor) -> Tensor:
    return torch.autograd.grad(values.sum(), at, create_graph=True)[0]


def test_the_residual_is_that_of_the_equation_in_flux_form() -> None:
    nets, where = parameters(), points(6).requires_grad_()
    u = networks.surface(nets, where)
    # The layers' own backward pass is not differentiable twice: slopes from finite differences.
    _, jet = networks.surface_jet(nets, where.detach(), 6)

    def flux(shift: Tensor) -> tuple[Tensor, Tensor]:
        _, moved = networks.surface_jet(nets, where.detach() + shift, 6)
        D = SCALES.D * networks.terms(nets, moved.u)[0]
        return D * moved.u_x, D * moved.u_y

    h, divergence = 1e-5, torch.zeros_like(u)
    for axis in (1, 2):
        shift = torch.zeros(3, 1, dtype=torch.float64)
        shift[axis] = h
        divergence = divergence + (flux(shift)[axis - 1] - flux(-shift)[axis - 1]) / (2 * h)
    G = SCALES.G * networks.terms(nets, jet.u)[2]
    expected = 6 * (jet.u_t - divergence - G * jet.u)
    torch.testing.assert_close(loss.residual(nets, jet, SCALES), expected, rtol=1e-6, atol=1e-7)


def test_terms_are_means_over_their_own_points() -> None:
    nets, where = parameters(), points(10)
    observed = torch.full((2, 7), 0.3, dtype=torch.float64)
    terms = loss.evaluate(nets, where, observed, SCALES, EVEN)
    u = networks.surface(nets, where[..., :7])
    _, jet = networks.surface_jet(nets, where[..., 7:], 3)
    torch.testing.assert_close(terms.misfit, (u - observed).square().mean(-1))
    torch.testing.assert_close(terms.data, terms.misfit)
    torch.testing.assert_close(terms.residual, loss.residual(nets, jet, SCALES).square().mean(-1))
    root = terms.data.sqrt().sum() + 3 * terms.residual.sum()
    assert float(terms.total(3.0)) == pytest.approx(float(root))


def test_weighted_terms_are_weighted_by_the_fitted_mean() -> None:
    nets, where = parameters(), points(10)
    observed = torch.full((2, 7), 0.3, dtype=torch.float64)
    terms = loss.evaluate(nets, where, observed, SCALES, Scatter("counts", 0.4, 0.05))
    u = networks.surface(nets, where[..., :7])
    torch.testing.assert_close(terms.data, ((u - observed).square() * 0.4 / u).mean(-1))
    torch.testing.assert_close(terms.misfit, (u - observed).square().mean(-1))


def test_the_pull_of_the_data_does_not_depend_on_how_noisy_they_are() -> None:
    """d sqrt(mean e²) has the same size whatever the size of e."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, 500, generator=generator, dtype=torch.float64)
    pulls = []
    for level in (1e-3, 1e-1):
        u = torch.zeros(1, 500, dtype=torch.float64, requires_grad=True)
        misfit = (u - level * noise).square().mean(-1)
        terms = loss.LossTerms(misfit, misfit, torch.zeros(1, dtype=torch.float64))
        pulls.append(float(torch.autograd.grad(terms.total(1.0), u)[0].norm()))
    assert pulls[0] == pytest.approx(pulls[1], rel=1e-5)

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import silu, softplus

from napari_binn.binn import data, networks


def parameters(members=2, width=6):
    each = [
        networks.initial_parameters(data.generator((seed, 0), "weights"), width, 0.4)
        for seed in range(members)
    ]
    return {
        name: torch.as_tensor(np.stack([p[name] for p in each]), dtype=torch.float64)
        for name in each[0]
    }


def plain_surface(nets, points):
    """The network of u without any jets, differentiable as often as one likes."""
    layers = [nets["u.first"], *nets["u.hidden"].unbind(1), nets["u.last"]]
    h = points
    for number, matrix in enumerate(layers):
        z = matrix[..., :-1] @ h + matrix[..., -1:]
        h = softplus(z) if number == len(layers) - 1 else silu(z)
    return h[:, 0]


def test_jets_are_what_automatic_differentiation_gives():
    nets = parameters()
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(2, 3, 7, generator=generator, dtype=torch.float64, requires_grad=True)
    u = plain_surface(nets, points)
    assert torch.allclose(networks.surface(nets, points.detach()), u, atol=1e-12)
    (gradient,) = torch.autograd.grad(u.sum(), points, create_graph=True)
    laplacian = sum(
        torch.autograd.grad(gradient[:, axis].sum(), points, create_graph=True)[0][:, axis]
        for axis in (1, 2)
    )
    values, jet = networks.surface_jet(nets, points.detach(), 7)
    assert values.shape == (2, 0)
    assert torch.allclose(jet.u, u, atol=1e-12)
    assert torch.allclose(jet.u_t, gradient[:, 0], atol=1e-10)
    assert torch.allclose(jet.u_x, gradient[:, 1], atol=1e-10)
    assert torch.allclose(jet.u_y, gradient[:, 2], atol=1e-10)
    assert torch.allclose(jet.laplacian, laplacian, atol=1e-10)


def test_the_slope_of_the_diffusivity_is_its_derivative():
    nets = parameters()
    u = torch.linspace(0.1, 0.9, 9, dtype=torch.float64).expand(2, 9).clone()
    up, down = (networks.terms(nets, u + step)[0] for step in (1e-6, -1e-6))
    D, slope, _ = networks.terms(nets, u)
    assert torch.allclose(slope, (up - down) / 2e-6, atol=1e-7)
    assert float(D.min()) > 0


def test_gradients_of_the_residual_are_those_of_finite_differences():
    nets = parameters(members=1, width=4)
    points = torch.randn(1, 3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def loss(changed):
        _, jet = networks.surface_jet(changed, points, 5)
        return (jet.u_t**2 + jet.u_x * jet.laplacian + jet.u_y**2).sum()

    leaves = {name: value.clone().requires_grad_() for name, value in nets.items()}
    loss(leaves).backward()
    for name, leaf in leaves.items():
        if leaf.grad is None:
            continue
        for index in (0, leaf.numel() // 2, leaf.numel() - 1):
            shift = torch.zeros(leaf.numel(), dtype=torch.float64)
            shift[index] = 1e-6
            shift = shift.reshape(leaf.shape)
            up = loss({**nets, name: nets[name] + shift})
            down = loss({**nets, name: nets[name] - shift})
            numeric = float(up - down) / 2e-6
            assert abs(numeric - float(leaf.grad.reshape(-1)[index])) < 1e-6 * (1 + abs(numeric))

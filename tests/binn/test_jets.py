"""The closed-form derivatives are those of automatic differentiation."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn.functional import silu, softplus

from napari_binn.binn.jets import network

MEMBERS, PLAIN, JETS = 3, 4, 5


def random_layers(*sizes: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [
        torch.randn(MEMBERS, n, m + 1, generator=generator, dtype=torch.float64).requires_grad_()
        for m, n in pairwise(sizes)
    ]


def plain_network(h: Tensor, layers: list[Tensor], output: str) -> Tensor:
    for number, matrix in enumerate(layers, start=1):
        h = matrix[..., :-1] @ h + matrix[..., -1:]
        if number < len(layers):
            h = silu(h)
    return softplus(h) if output == "softplus" else h


def gradient(values: Tensor, points: Tensor) -> Tensor:
    return torch.autograd.grad(values.sum(), points, create_graph=True)[0]


@pytest.fixture
def points() -> Tensor:
    generator = torch.Generator().manual_seed(2)
    shape = (MEMBERS, 3, PLAIN + JETS)
    return torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()


def jet_of_three_inputs(points: Tensor, layers: list[Tensor], output: str) -> list[Tensor]:
    seeds = torch.zeros(3, 4, JETS, dtype=torch.float64)
    for axis in range(3):
        seeds[axis, axis] = 1
    h = torch.cat([points, seeds.flatten(1).expand(MEMBERS, -1, -1)], dim=-1)
    out = network(h, tuple(layers), PLAIN + JETS, JETS, output)
    return [out[..., : PLAIN + JETS], *out[..., PLAIN + JETS :].split(JETS, dim=-1)]


def nested_jet(points: Tensor, layers: list[Tensor], output: str) -> list[Tensor]:
    value = plain_network(points, layers, output)
    first = gradient(value, points)
    laplacian = sum(gradient(first[:, axis], points)[:, axis] for axis in (1, 2))
    columns = [first[:, axis] for axis in range(3)] + [laplacian]
    return [value, *(column[:, None, PLAIN:] for column in columns)]


@pytest.mark.parametrize("output", ["softplus", "linear"])
def test_value_gradient_and_laplacian_equal_nested_autograd(points: Tensor, output: str) -> None:
    layers = random_layers(3, 6, 6, 1)
    ours = jet_of_three_inputs(points.detach(), layers, output)
    theirs = nested_jet(points, layers, output)
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("output", ["softplus", "linear"])
def test_gradient_of_a_loss_of_jets_equals_nested_autograd(points: Tensor, output: str) -> None:
    layers = random_layers(3, 6, 6, 1)

    def loss(jet: list[Tensor]) -> Tensor:
        value, t, x, y, laplacian = jet
        carried = value[..., PLAIN:]
        return value.square().sum() + (t - carried * x * y + carried.sin() * laplacian).exp().mean()

    ours = torch.autograd.grad(loss(jet_of_three_inputs(points.detach(), layers, output)), layers)
    theirs = torch.autograd.grad(loss(nested_jet(points, layers, output)), layers)
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-10, atol=1e-10)


def test_derivative_by_a_single_input_and_its_gradients_equal_nested_autograd() -> None:
    layers = random_layers(1, 4, 4, 1)
    u = torch.linspace(-3, 3, JETS, dtype=torch.float64).expand(MEMBERS, 1, JETS).clone()
    u.requires_grad_()
    jet = network(torch.cat([u, torch.ones_like(u)], dim=-1), tuple(layers), JETS, JETS, "linear")
    value = plain_network(u, layers, "linear")
    slope = gradient(value, u)
    torch.testing.assert_close(jet[..., :JETS], value, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(jet[..., JETS:], slope, rtol=1e-10, atol=1e-10)
    ours = torch.autograd.grad((jet[..., :JETS] * jet[..., JETS:].sin()).sum(), [u, *layers])
    theirs = torch.autograd.grad((value * slope.sin()).sum(), [u, *layers])
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-10, atol=1e-10)


def test_values_alone_need_no_derivatives(points: Tensor) -> None:
    layers = random_layers(3, 6, 1)
    alone = network(points.detach(), tuple(layers), PLAIN + JETS, 0, "softplus")
    torch.testing.assert_close(alone, plain_network(points, layers, "softplus"))

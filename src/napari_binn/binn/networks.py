"""The three networks.

u(t, x, y): 3-W-W-W-1 with a softplus output; D(u): 1-4-4-4-1 with a softplus output;
G(u): 1-4-4-4-1, linear; SiLU between the layers (Lavery et al. 2026, arXiv:2604.18548).

An ensemble of E members is one model: every parameter has the member as its first axis, and every
product is a batched one. A parameter of a layer with m inputs and n outputs is one matrix
(n, m + 1): the weights and, in the last column, the bias. Points are columns
(see :mod:`napari_binn.binn.jets`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from .data import HALF_RANGE
from .jets import LAPLACIAN_BLOCKS, network

Parameters = dict[str, Tensor]
TERM_WIDTH = 4
FREQUENCY = 2.0


@dataclass(frozen=True)
class Jet:
    """Value, first derivatives and Laplacian of u, each of shape (E, N)."""

    u: Tensor
    u_t: Tensor
    u_x: Tensor
    u_y: Tensor
    laplacian: Tensor


def initial_parameters(
    random: np.random.Generator, width: int, mean: float
) -> dict[str, NDArray[np.float64]]:
    """Return the initial parameters of one member.

    Weights and biases are Glorot-normal and zero, but the first weights of u are FREQUENCY times
    as large, so that u resolves structures of a tenth of the field soon, each neuron of its first
    layer bends at a random place of the movie, and its last bias lets it start near ``mean``.
    Layers of equal shape are stacked, "u.hidden" (2, W, W + 1), and the terms hold D and G in this
    order: "terms.first" (2, 4, 2), "terms.hidden" (2, 2, 4, 5), "terms.last" (2, 1, 5).
    """

    def layers(*shape: int) -> NDArray[np.float64]:
        *stack, outputs, inputs = shape
        sd = np.sqrt(2.0 / (inputs + outputs))
        weights = random.standard_normal((*stack, outputs, inputs)) * sd
        return np.concatenate([weights, np.zeros((*stack, outputs, 1))], axis=-1)

    k = TERM_WIDTH
    parameters = {
        "u.first": layers(width, 3),
        "u.hidden": layers(2, width, width),
        "u.last": layers(1, width),
        "terms.first": layers(2, k, 1),
        "terms.hidden": layers(2, 2, k, k),
        "terms.last": layers(2, 1, k),
    }
    first = parameters["u.first"]
    first *= FREQUENCY
    first[:, -1] = -(first[:, :-1] * random.uniform(-HALF_RANGE, HALF_RANGE, (width, 3))).sum(1)
    parameters["u.last"][0, -1] = np.log(np.expm1(max(mean, 1e-3)))
    return parameters


def members(parameters: Parameters) -> int:
    """Return the number of members."""
    return len(parameters["u.first"])


def surface(parameters: Parameters, points: Tensor) -> Tensor:
    """Return u (E, N) at ``points`` (t, x, y) in input units, shape (E, 3, N)."""
    return network(points, _surface_layers(parameters), points.shape[-1], 0, "softplus")[:, 0]


def surface_jet(parameters: Parameters, points: Tensor, jets: int) -> tuple[Tensor, Jet]:
    """Return u at the first points and the jet of u at the last ``jets`` ones.

    Parameters
    ----------
    points
        (E, 3, N + jets): t, x, y in input units; the derivatives are by these.
    """
    _, _, n = points.shape
    seeds = points.new_zeros(3, LAPLACIAN_BLOCKS, jets)
    for axis in range(3):
        seeds[axis, axis] = 1.0
    seeds = seeds.flatten(1).expand(len(points), -1, -1)
    h = torch.cat([points, seeds], dim=-1)
    out = network(h, _surface_layers(parameters), n, jets, "softplus")[:, 0]
    u, at, t, x, y, laplacian = out.split_with_sizes([n - jets, *[jets] * 5], dim=-1)
    return u, Jet(at, t, x, y, laplacian)


def terms(parameters: Parameters, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return D(u), D'(u) and G(u) in units of their scales, each (E, N), at u (E, N)."""
    n = u.shape[-1]
    h = torch.cat([6.0 * u - 3.0, torch.full_like(u, 6.0)], dim=-1)
    h = h[:, None, None].expand(len(u), 2, 1, 2 * n)
    hidden = parameters["terms.hidden"].unbind(1)
    layers = (parameters["terms.first"], *hidden, parameters["terms.last"])
    D, G = network(h, layers, n, n, "linear")[:, :, 0].unbind(1)
    D, slope = D.split_with_sizes([n, n], dim=-1)
    return softplus(D), torch.sigmoid(D) * slope, G[:, :n]


def _surface_layers(parameters: Parameters) -> tuple[Tensor, ...]:
    return parameters["u.first"], *parameters["u.hidden"].unbind(1), parameters["u.last"]


def by_layer(parameters: Parameters) -> dict[str, Tensor]:
    """Return weights and biases under the names "u.0.weight" (E, W, 3), "u.0.bias" (E, W), …

    The layers of D and G are "D.0.weight" (E, 4, 1) and so on.
    """
    term_layers = [
        parameters["terms.first"],
        *parameters["terms.hidden"].unbind(1),
        parameters["terms.last"],
    ]
    stacks = {
        "u": list(_surface_layers(parameters)),
        "D": [layer[:, 0] for layer in term_layers],
        "G": [layer[:, 1] for layer in term_layers],
    }
    named = {}
    for network_name, layers in stacks.items():
        for number, matrix in enumerate(layers):
            named[f"{network_name}.{number}.weight"] = matrix[..., :-1]
            named[f"{network_name}.{number}.bias"] = matrix[..., -1]
    return named

"""The SOAP optimiser over an ensemble.

Vyas, Morwani, Zhao, Shapira, Brandfonbrener, Janson, Kakade, "SOAP: Improving and Stabilizing
Shampoo using Adam" (2024), arXiv:2409.11321: Adam in the slowly rotating eigenbasis of Shampoo's
preconditioners. For a matrix W (m, n) with gradient G,

    L <- b L + (1 - b) G G',      R <- b R + (1 - b) G' G,
    Adam on G~ = Q_L' G Q_R,      step = Q_L (Adam step) Q_R',

with Q_L, Q_R the eigenvectors of L and R, refreshed now and then by one power iteration and a QR
decomposition. Leading axes (members, stacked layers) are batched; members never mix.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BETA1, BETA2, EPSILON = 0.95, 0.95, 1e-8
REFRESH = 10
FIRST_ITERATIONS = 3
NEGLIGIBLE = 1e-4


@dataclass(frozen=True)
class Moments:
    """State of the optimiser for one parameter (..., m, n).

    Attributes
    ----------
    mean, square
        Running means of the gradient and of its square, in the eigenbasis, (..., m, n).
    left, right, left_basis, right_basis
        L and Q_L (..., m, m), R and Q_R (..., n, n); None for a side of length 1.
    """

    mean: Tensor
    square: Tensor
    left: Tensor | None
    right: Tensor | None
    left_basis: Tensor | None
    right_basis: Tensor | None


def init(gradient: Tensor) -> Moments:
    """Return the state before the first step, its bases taken from a first gradient."""
    left = gradient @ gradient.mT if gradient.shape[-2] > 1 else None
    right = gradient.mT @ gradient if gradient.shape[-1] > 1 else None
    return Moments(
        mean=torch.zeros_like(gradient),
        square=torch.zeros_like(gradient),
        left=left,
        right=right,
        left_basis=_first_basis(left),
        right_basis=_first_basis(right),
    )


def update(gradient: Tensor, state: Moments, step: int) -> tuple[Tensor, Moments]:
    """Return the direction to subtract (times the learning rate) and the next state.

    ``step`` counts from 0.
    """
    left, right = state.left, state.right
    if left is not None:
        left = torch.lerp(left, gradient @ gradient.mT, 1 - BETA2)
    if right is not None:
        right = torch.lerp(right, gradient.mT @ gradient, 1 - BETA2)
    turned = _to_basis(gradient, state.left_basis, state.right_basis)
    mean = torch.lerp(state.mean, turned, 1 - BETA1)
    square = torch.lerp(state.square, turned * turned, 1 - BETA2)
    scale = (square / (1 - BETA2 ** (step + 1))).sqrt_().add_(EPSILON)
    direction = mean / scale.mul_(1 - BETA1 ** (step + 1))
    direction = _from_basis(direction, state.left_basis, state.right_basis)
    new = Moments(mean, square, left, right, state.left_basis, state.right_basis)
    if (step + 1) % REFRESH == 0:
        new = _refreshed(new)
    return direction, new


def _to_basis(a: Tensor, left: Tensor | None, right: Tensor | None) -> Tensor:
    a = a if left is None else left.mT @ a
    return a if right is None else a @ right


def _from_basis(a: Tensor, left: Tensor | None, right: Tensor | None) -> Tensor:
    a = a if left is None else left @ a
    return a if right is None else a @ right.mT


def _refreshed(state: Moments) -> Moments:
    """Return the state in bases that follow the preconditioners by one power iteration."""
    mean = _from_basis(state.mean, state.left_basis, state.right_basis)
    square = state.square
    left_basis, right_basis = state.left_basis, state.right_basis
    if state.left is not None and left_basis is not None:
        order = _order(state.left, left_basis)
        square = square.take_along_dim(order[..., :, None], dim=-2)
        left_basis = _turned(state.left, left_basis, order)
    if state.right is not None and right_basis is not None:
        order = _order(state.right, right_basis)
        square = square.take_along_dim(order[..., None, :], dim=-1)
        right_basis = _turned(state.right, right_basis, order)
    mean = _to_basis(mean, left_basis, right_basis)
    return Moments(mean, square, state.left, state.right, left_basis, right_basis)


def _order(matrix: Tensor, basis: Tensor) -> Tensor:
    """Return the order of the columns of a basis by falling eigenvalue estimates."""
    estimates = (basis * (matrix @ basis)).sum(-2)
    return estimates.argsort(dim=-1, descending=True)


def _turned(matrix: Tensor, basis: Tensor, order: Tensor) -> Tensor:
    """Return a basis after one power iteration and orthonormalisation."""
    basis = basis.take_along_dim(order[..., None, :], dim=-1)
    # Where the preconditioner says nothing (its null space) the basis stays as it is: without this
    # little multiple of it, rounding would choose the directions.
    trace = matrix.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
    return _orthonormal(matrix @ basis + NEGLIGIBLE * trace * basis)


def _orthonormal(matrix: Tensor) -> Tensor:
    # Not every PyTorch has a QR decomposition for Apple GPUs.
    place = torch.device("cpu") if matrix.device.type == "mps" else matrix.device
    basis: Tensor = torch.linalg.qr(matrix.to(place))[0].to(matrix.device)
    # Products round by the order of the memory: a stored state has this one.
    return basis.contiguous()


def _first_basis(matrix: Tensor | None) -> Tensor | None:
    """Return a first basis: a few power iterations from the parameter's own axes."""
    if matrix is None:
        return None
    size = matrix.shape[-1]
    basis = torch.eye(size, dtype=matrix.dtype, device=matrix.device).expand_as(matrix)
    for _ in range(FIRST_ITERATIONS):
        basis = _turned(matrix, basis, _order(matrix, basis))
    return basis

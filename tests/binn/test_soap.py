"""The optimiser: rotations do not matter, members do not mix, hard quadratics are solved."""

from collections.abc import Callable

import torch
from torch import Tensor

from napari_binn.binn import soap


def rotation(size: int, generator: torch.Generator) -> Tensor:
    random = torch.randn(size, size, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(random)[0]


def directions(gradients: list[Tensor]) -> list[Tensor]:
    state, found = soap.init(gradients[0]), []
    for step, gradient in enumerate(gradients):
        direction, state = soap.update(gradient, state, step)
        found.append(direction)
    return found


def random_gradients(*shape: int, count: int = 25) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(*shape, generator=generator, dtype=torch.float64) for _ in range(count)]


def test_a_problem_in_rotated_coordinates_is_solved_as_fast() -> None:
    """Once the basis is found, a quadratic along its axes and one across them are the same."""
    generator = torch.Generator().manual_seed(0)
    left, right = rotation(5, generator), rotation(5, generator)
    scales = torch.logspace(0, -3, 5, dtype=torch.float64)
    curvature = scales[:, None] * scales

    def loss_after(turn: Callable[[Tensor], Tensor], back: Callable[[Tensor], Tensor]) -> float:
        w = turn(torch.ones(5, 5, dtype=torch.float64))
        state = None
        for step in range(300):
            gradient = turn(curvature * back(w))
            state = soap.init(gradient) if state is None else state
            direction, state = soap.update(gradient, state, step)
            w = w - 0.05 * (1 - step / 300) * direction
        return float((curvature * back(w).square()).sum())

    straight = loss_after(lambda w: w, lambda w: w)
    turned = loss_after(lambda w: left @ w @ right, lambda w: left.T @ w @ right.T)
    assert straight < 1e-4
    assert turned < 1e-4


def test_the_bases_stay_orthonormal_and_come_to_diagonalise_the_preconditioners() -> None:
    generator = torch.Generator().manual_seed(0)
    u, v = rotation(4, generator), rotation(6, generator)[:4]
    sizes = torch.tensor([1.0, 0.3, 0.1, 0.03], dtype=torch.float64)
    gradients = [u @ (sizes * g * v.T).T for g in random_gradients(1, count=300)]
    state = soap.init(gradients[0])
    for step, gradient in enumerate(gradients):
        _, state = soap.update(gradient, state, step)
    for matrix, basis in ((state.left, state.left_basis), (state.right, state.right_basis)):
        assert matrix is not None
        assert basis is not None
        eye = torch.eye(len(basis), dtype=torch.float64)
        torch.testing.assert_close(basis.T @ basis, eye, rtol=0, atol=1e-12)
        turned = basis.T @ matrix @ basis
        off = turned - torch.diag(turned.diagonal())
        assert off.abs().max() < 1e-3 * turned.diagonal().max()


def test_rounding_does_not_choose_the_directions_of_a_null_space() -> None:
    gradients = [g @ h for g, h in zip(random_gradients(8, 2), random_gradients(2, 3), strict=True)]
    shaken = [
        g * (1 + 1e-13 * noise) for g, noise in zip(gradients, random_gradients(8, 3), strict=True)
    ]
    for one, other in zip(directions(gradients), directions(shaken), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-4)


def test_members_do_not_mix() -> None:
    gradients = random_gradients(3, 2, 4, 6)
    together = directions(gradients)
    for member in range(3):
        alone = directions([g[member] for g in gradients])
        for one, all_ in zip(alone, together, strict=True):
            torch.testing.assert_close(one, all_[member], rtol=1e-9, atol=1e-12)


def test_rows_and_columns_are_preconditioned_on_their_long_side_alone() -> None:
    for shape in ((1, 5), (5, 1)):
        state = soap.init(random_gradients(*shape)[0])
        assert (state.left is None) == (shape[0] == 1)
        assert (state.right is None) == (shape[1] == 1)


def test_ill_conditioned_quadratic_is_solved() -> None:
    """|A W B - C|² with condition numbers 100 on both sides, in a rotated basis."""
    generator = torch.Generator().manual_seed(5)
    scales = torch.logspace(0, -2, 6, dtype=torch.float64)
    a = rotation(6, generator) * scales @ rotation(6, generator)
    b = rotation(6, generator) * scales @ rotation(6, generator)
    target = a @ torch.randn(6, 6, generator=generator, dtype=torch.float64) @ b
    w = torch.zeros(6, 6, dtype=torch.float64)
    state = None
    for step in range(400):
        misfit = a @ w @ b - target
        gradient = a.T @ misfit @ b.T
        state = soap.init(gradient) if state is None else state
        direction, state = soap.update(gradient, state, step)
        w = w - 0.1 * (1 - step / 400) * direction
    assert misfit.square().sum() < 1e-6 * target.square().sum()

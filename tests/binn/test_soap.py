"""The optimiser: rotations do not matter, members do not mix, hard quadratics are solved."""

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


def test_a_rotated_problem_gets_the_rotated_steps() -> None:
    generator = torch.Generator().manual_seed(0)
    left, right = rotation(5, generator), rotation(5, generator)
    gradients = random_gradients(5, 5)
    plain = directions(gradients)
    turned = directions([left @ g @ right for g in gradients])
    for before, after in zip(plain, turned, strict=True):
        torch.testing.assert_close(left @ before @ right, after, rtol=1e-6, atol=1e-8)


def test_first_step_is_the_sign_in_the_eigenbasis() -> None:
    """Adam's first step is a sign; in the singular basis of G that is U V'."""
    gradient = random_gradients(4, 4)[0]
    u, _, v = torch.linalg.svd(gradient)
    torch.testing.assert_close(directions([gradient])[0], u @ v, rtol=1e-5, atol=1e-5)


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

"""Derivatives of a network by its inputs in closed form: no differentiation of derivatives.

Each layer carries a *jet*: beside the value of every neuron its first derivatives and, for
(t, x, y), the Laplacian by x and y. For z = W h + b and an activation s,

    v = s(z),   v_i = s'(z) z_i,   lap v = s'(z) lap z + s''(z) (z_x² + z_y²),

where z_i and lap z pass through the linear map W alone. One forward pass gives all of them, and one
backward pass, written out below with s''', gives the gradient of any loss made from them.

A jet is one array (..., neurons, columns). Its first columns are values at all points; then follow
blocks of derivatives, each as long as the number of points that carry them, the last of the points:
one block (the derivative by a single input) or four (by t, x, y, and the Laplacian).
A layer with m inputs and n neurons is one matrix (..., n, m + 1) whose last column is the bias.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

Output = Literal["linear", "softplus"]
LAPLACIAN_BLOCKS = 4


def network(
    h: Tensor, layers: tuple[Tensor, ...], points: int, jets: int, output: Output
) -> Tensor:
    """Apply all layers to a jet, SiLU between them.

    Parameters
    ----------
    h
        (..., inputs, points + blocks * jets): the inputs and their own derivatives.
    points, jets
        Number of points, and how many of them, the last ones, carry derivatives.
    output
        Activation of the last layer.
    """
    out: Tensor = _Network.apply(h, points, jets, output, *layers)  # type: ignore[no-untyped-call]
    return out


class _Network(torch.autograd.Function):
    """All layers in one differentiable operation.

    At these sizes a step is elementwise work and the overhead of small operations, so each
    derivative of an activation is computed once, and only on the columns that need it.
    """

    @staticmethod
    def forward(
        ctx: Any, h: Tensor, points: int, jets: int, output: Output, *layers: Tensor
    ) -> Tensor:
        saved: list[Tensor | None] = []
        for number, matrix in enumerate(layers, start=1):
            inputs, z = h, _linear(matrix, h, points)
            kind = output if number == len(layers) else "silu"
            h, slopes = _activate(z, points, jets, kind)
            saved += [inputs, matrix, z, *slopes]
        ctx.save_for_backward(*saved)
        ctx.sizes = points, jets
        return h

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (g,) = gradients
        points, jets = ctx.sizes
        saved, back = ctx.saved_tensors, []
        for first in range(len(saved) - 6, -1, -6):
            inputs, matrix, z, *slopes = saved[first : first + 6]
            g = _activate_backward(g, z, points, jets, slopes, own=first < len(saved) - 6)
            wanted = first > 0 or ctx.needs_input_grad[0]
            g, g_matrix = _linear_backward(g, matrix, inputs, points, wanted)
            back.append(g_matrix)
        return g, None, None, None, *reversed(back)


def _linear(matrix: Tensor, h: Tensor, points: int) -> Tensor:
    """Return W h, plus the bias at the values."""
    z = matrix[..., :-1] @ h
    z[..., :points] += matrix[..., -1:]
    return z


def _linear_backward(
    g: Tensor, matrix: Tensor, inputs: Tensor, points: int, wanted: bool
) -> tuple[Tensor, Tensor]:
    """Return the gradients by the inputs (only if wanted) and by the matrix."""
    weights = matrix[..., :-1]
    g_matrix = torch.empty_like(matrix)
    g_matrix[..., -1] = g[..., :points].sum(-1)
    g_matrix[..., :-1] = g @ inputs.mT
    if not wanted:
        return g, g_matrix
    # What a single output passes back is faster so than as a batched product of matrices.
    return (weights.mT * g if weights.shape[-2] == 1 else weights.mT @ g), g_matrix


def _activate(
    z: Tensor, points: int, jets: int, kind: Output | Literal["silu"]
) -> tuple[Tensor, tuple[Tensor | None, Tensor | None, Tensor | None]]:
    """Return the activated jet, and s', s'' and s''' where the backward pass needs them."""
    if kind == "linear":
        return z, (None, None, None)
    out = torch.empty_like(z)
    value, carrying = z[..., :points], z[..., points - jets : points]
    slopes = _silu if kind == "silu" else _softplus
    f1, f2, f3 = slopes(value, carrying, out[..., :points])
    if jets:
        blocks, out_blocks = _blocks(z, points, jets), _blocks(out, points, jets)
        torch.mul(blocks, f1[..., None, points - jets :], out=out_blocks)
        if blocks.shape[-2] == LAPLACIAN_BLOCKS:
            out_blocks[..., 3, :].addcmul_(f2, _squared_gradient(blocks))
    return out, (f1, f2, f3)


def _activate_backward(
    g: Tensor, z: Tensor, points: int, jets: int, slopes: list[Tensor | None], own: bool
) -> Tensor:
    """Return the gradient by z, written over ``g`` if that is our own."""
    f1, f2, f3 = slopes
    if f1 is None or f2 is None or f3 is None:
        return g
    if not own:
        g = g.clone()
    if not jets:
        return g.mul_(f1)
    g_blocks, blocks = _blocks(g, points, jets), _blocks(z, points, jets)
    by_value = f2 * _inner(g_blocks, blocks)
    along = None
    if blocks.shape[-2] == LAPLACIAN_BLOCKS:
        g_laplacian = g_blocks[..., 3, :]
        by_value.addcmul_(f3 * g_laplacian, _squared_gradient(blocks))
        along = (f2 * g_laplacian)[..., None, :]
    g_blocks *= f1[..., None, points - jets :]
    if along is not None:
        g_blocks[..., 1:3, :].addcmul_(blocks[..., 1:3, :], along, value=2.0)
    g[..., :points] *= f1
    g[..., points - jets : points] += by_value
    return g


def _silu(z: Tensor, carrying: Tensor, out: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Write z sigmoid(z) to ``out``; return its derivative, and the next two where carried."""
    s = torch.sigmoid(z)
    torch.mul(z, s, out=out)
    f1 = torch.lerp(out, s.new_ones(()), s)
    s = s[..., s.shape[-1] - carrying.shape[-1] :]
    p, q = torch.addcmul(s, s, s, value=-1.0), torch.rsub(s, 1, alpha=2)
    f2 = p * torch.add(carrying * q, 2.0)
    f3 = torch.addcmul(q * (f2 + p), p * p, carrying, value=-2.0)
    return f1, f2, f3


def _softplus(z: Tensor, carrying: Tensor, out: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Write log(1 + exp z) to ``out``; return its derivative, and the next two where carried."""
    f1 = torch.sigmoid(z)
    out.copy_(torch.nn.functional.softplus(z))
    s = f1[..., f1.shape[-1] - carrying.shape[-1] :]
    f2 = torch.addcmul(s, s, s, value=-1.0)
    return f1, f2, f2 * torch.rsub(s, 1, alpha=2)


def _blocks(a: Tensor, points: int, jets: int) -> Tensor:
    """View the derivatives of a jet as (..., neurons, blocks, jets)."""
    derivatives = a[..., points:]
    return derivatives.view(*derivatives.shape[:-1], -1, jets)


def _inner(one: Tensor, other: Tensor) -> Tensor:
    """Return the sum over the blocks of their products."""
    total = one[..., 0, :] * other[..., 0, :]
    for number in range(1, one.shape[-2]):
        total.addcmul_(one[..., number, :], other[..., number, :])
    return total


def _squared_gradient(blocks: Tensor) -> Tensor:
    x, y = blocks[..., 1, :], blocks[..., 2, :]
    return torch.addcmul(x * x, y, y)

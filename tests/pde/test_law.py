from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_binn.pde.law import LawTable


def test_tables_reproduce_functions_and_their_integral():
    law = LawTable.from_functions(
        lambda u: 0.3 * np.exp(2 * u), lambda u: 1.5 * (1 - u) * (u - 0.2), 0.0, 1.2
    )
    u = torch.linspace(0, 1.2, 777, dtype=torch.float64)[None]
    phi, D, f, df = law.evaluate(u)
    exact = 0.15 * (torch.exp(2 * u) - 1)
    assert torch.allclose(phi - phi[0, 0], exact, atol=1e-9)
    assert torch.allclose(D, 0.3 * torch.exp(2 * u), rtol=1e-6)
    assert torch.allclose(f, 1.5 * (1 - u) * (u - 0.2) * u, atol=1e-8)
    assert torch.allclose(df, 1.5 * (-3 * u**2 + 2.4 * u - 0.2), atol=1e-4)


def test_beyond_the_table_curves_continue_straight():
    law = LawTable.from_functions(lambda u: 0.5, lambda u: 2.0, 0.0, 1.0)
    phi, _, f, df = law.evaluate(torch.tensor([[-1.0, 0.0, 1.0, 3.0]], dtype=torch.float64))
    assert torch.allclose(phi - phi[0, 1], torch.tensor([[-0.5, 0, 0.5, 1.5]]).double())
    assert torch.allclose(f, torch.tensor([[-2.0, 0, 2, 6]]).double())
    assert torch.allclose(df, torch.full((1, 4), 2.0).double())


def test_a_law_that_is_not_finite_is_refused():
    with np.errstate(divide="ignore"), pytest.raises(ValueError, match="not finite"):
        LawTable.from_functions(lambda u: 1 / u, lambda u: 0.0, 0.0, 1.0)

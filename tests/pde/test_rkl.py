from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_binn.pde import rkl


@pytest.mark.parametrize("stages", [3, 7, 15, 31])
def test_every_stage_number_is_stable_up_to_its_limit(stages):
    rates = torch.linspace(0, 0.999 * rkl.stable_limit(stages), 400, dtype=torch.float64)
    y = torch.ones_like(rates)
    new = rkl.step(lambda v: -rates * v, y, -rates * y, 1.0, stages)
    assert float(new.abs().max()) <= 1 + 1e-12


@pytest.mark.parametrize("stages", [3, 9])
def test_second_order_in_time(stages):
    def error(steps):
        y, dt = torch.tensor([1.0], dtype=torch.float64), 1.0 / steps
        for _ in range(steps):
            y = rkl.step(lambda v: -(v**2), y, -(y**2), dt, stages)
        return abs(float(y) - 0.5)

    assert np.log2(error(20) / error(40)) > 1.9


def test_enough_stages_are_chosen():
    for stiffness in (0.1, 3.0, 40.0, 400.0):
        assert rkl.stable_limit(rkl.stages_for(stiffness)) >= stiffness

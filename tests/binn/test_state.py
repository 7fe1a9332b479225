"""A training can be put on disk and taken up again, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_binn.binn.standard import init, prepare, state_from_arrays, step
from napari_binn.settings import BinnSettings
from tests.synthetic import density


def test_a_state_from_a_file_goes_on_bit_for_bit(tmp_path: Path) -> None:
    problem = prepare(density("fisher"), BinnSettings(members=2, steps=100), 0, "cpu")
    state = init(problem)
    for _ in range(45):
        state = step(problem, state)
    np.savez(tmp_path / "state.npz", **state.to_arrays())
    with np.load(tmp_path / "state.npz", allow_pickle=False) as stored:
        again = state_from_arrays(problem, dict(stored))
    for _ in range(25):
        state, again = step(problem, state), step(problem, again)
    before, after = state.to_arrays(), again.to_arrays()
    assert before.keys() == after.keys()
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)


def test_a_step_leaves_the_state_before_it_alone() -> None:
    problem = prepare(density("fisher"), BinnSettings(members=1, steps=100), 0, "cpu")
    state = init(problem)
    copy = {name: values.copy() for name, values in state.to_arrays().items()}
    step(problem, state)
    for name, values in state.to_arrays().items():
        np.testing.assert_array_equal(values, copy[name], err_msg=name)

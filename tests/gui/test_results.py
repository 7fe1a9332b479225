"""What a run has found, as the window reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.gui.results import Results
from napari_binn.run.layout import CHECKPOINT
from tests.example_run import make_example, save_example


def test_what_a_run_does_not_have_is_none(tmp_path: Path) -> None:
    results = Results(save_example(tmp_path / "run", make_example(), parts=()))
    assert results.stages() == {"density"}
    assert results.density is not None
    nothing = (results.binn, results.terms, results.equations, results.simulation, results.own)
    assert nothing == (None, None, None, None, ())
    checks = (results.diagnosis, results.design, results.bootstrap, results.agreement)
    assert checks == (None, None, None, None)


def test_a_run_that_is_finished_has_everything(tmp_path: Path) -> None:
    results = Results(save_example(tmp_path / "run", make_example()))
    assert results.stages() == {"density", "learn", "discover", "simulate"}
    assert results.terms is not None
    assert results.equations is not None
    assert results.diagnosis is not None
    assert results.design is not None
    assert results.agreement is not None
    assert not results.begun


def test_a_training_that_was_stopped_midway_is_known_as_such(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example(), parts=())
    assert not Results(run).begun
    (run.path / CHECKPOINT).write_bytes(b"state")
    assert Results(run).begun


def test_the_histogram_counts_observed_bins_only(tmp_path: Path) -> None:
    example = make_example()
    mask = np.ones(example.density.shape[1:], dtype=bool)
    mask[:, 8:] = False
    run = save_example(
        tmp_path / "run", replace(example, density=replace(example.density, mask=mask))
    )
    edges, share = Results(run).histogram() or (np.empty(0), np.empty(0))
    assert share.sum() == pytest.approx(1.0)
    assert (edges[0], edges[-1]) == (0.0, 1.0)


def test_the_true_law_is_drawn_over_the_density_of_the_run(tmp_path: Path) -> None:
    example = make_example()
    run = save_example(tmp_path / "run", example)
    u = np.array([0.0, 0.5])
    D, G = Results(run).true_curves(u) or (u, u)
    there = u * example.density.scale / example.truth["density_scale"]
    growth = float(example.truth["G"].partition(" ")[0])
    np.testing.assert_allclose(D, float(example.truth["D"]))
    np.testing.assert_allclose(G, growth * (1 - there), rtol=1e-4)


def test_a_true_law_in_other_units_is_not_drawn(tmp_path: Path) -> None:
    example = make_example()
    example.truth["length_unit"] = "um"
    assert Results(save_example(tmp_path / "run", example)).true_curves(np.zeros(1)) is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example())
    (run.path / "terms.npz").write_bytes(b"no")
    with pytest.raises(UserError, match=r"terms\.npz"):
        _ = Results(run).terms

"""What is kept of a measurement comes back from its run as it was."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.quality.model import Quality, Shot
from napari_binn.run.folder import RunFolder
from tests.example_run import example_quality


def same(first: object, second: object) -> bool:
    if isinstance(first, np.ndarray):
        return isinstance(second, np.ndarray) and np.array_equal(first, second)
    if isinstance(first, Shot | Quality):
        return all(
            same(getattr(first, item.name), getattr(second, item.name)) for item in fields(first)
        )
    if isinstance(first, tuple) and first and isinstance(first[0], Shot):
        return all(map(same, first, second))  # type: ignore[arg-type]
    return first == second


@pytest.mark.parametrize("quality", [example_quality(), Quality(np.arange(3.0))])
def test_it_is_read_as_it_was_written(tmp_path: Path, quality: Quality) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.save_quality(quality)
    assert run.has("quality")
    assert same(run.load_quality(), quality)


def test_it_goes_with_the_density(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.save_quality(example_quality())
    run.discard_from("density")
    assert not run.has("quality")


def test_damage_is_told_in_a_sentence(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.save_quality(example_quality())
    path = run.file("quality")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match=r"quality\.npz is damaged"):
        run.load_quality()

"""A measurement that was stopped or killed goes on with the next frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_binn import pipeline
from napari_binn.density import nuclei_method
from napari_binn.errors import Stopped
from napari_binn.events import Event, Progress, silent
from napari_binn.run.folder import RunFolder
from napari_binn.run.layout import FRAMES
from napari_binn.settings import Settings
from tests.density.cells import fluorescence, scattered

SHAPE, FRAME_COUNT = (120, 160), 8
SETTINGS = Settings.build(
    {"movie": {"pixel_size": (1.0, 1.0), "length_unit": "um", "time_unit": "frame"}}
)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    rng = np.random.default_rng(0)
    cells = [scattered(20 + 5 * k, SHAPE, 12, rng) for k in range(FRAME_COUNT)]
    return np.stack([fluorescence(positions, SHAPE, 9, rng) for positions in cells])


@pytest.fixture
def run(tmp_path: Path, frames: np.ndarray) -> RunFolder:
    movie = tmp_path / "cells.tif"
    tifffile.imwrite(movie, frames, metadata={"axes": "TYX"}, photometric="minisblack")
    made = RunFolder.create(tmp_path / "run", input=str(movie))
    made.save_settings(SETTINGS)
    return made


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the frames that are measured from now on."""
    numbers: list[int] = []
    honest = nuclei_method._positions

    def noting(*arguments: object) -> object:
        numbers.append(arguments[-1])  # type: ignore[arg-type]
        return honest(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(nuclei_method, "_positions", noting)
    return numbers


def stop_after(count: int) -> Callable[[Event], None]:
    done = 0

    def report(event: Event) -> None:
        nonlocal done
        # The frames are checked before they are measured; what was found in one tells them apart.
        done += isinstance(event, Progress) and event.text.endswith("cells")
        if done >= count:
            raise Stopped

    return report


def test_the_measurement_goes_on_where_it_was_stopped(
    run: RunFolder, tmp_path: Path, measured: list[int]
) -> None:
    with pytest.raises(Stopped):
        pipeline.resume(run, stop_after(3), "density")
    assert (run.path / FRAMES).is_file()
    assert not run.has("density")
    measured.clear()
    pipeline.resume(run, until="density")
    assert sorted(measured) == list(range(3, FRAME_COUNT))
    assert not (run.path / FRAMES).exists()

    other = RunFolder.create(tmp_path / "other", input=run.info().input)
    other.save_settings(SETTINGS)
    pipeline.resume(other, until="density")
    np.testing.assert_array_equal(run.load_density().values, other.load_density().values)


@pytest.mark.parametrize("change", ["settings", "movie"])
def test_nothing_stale_is_used(
    run: RunFolder, frames: np.ndarray, measured: list[int], change: str
) -> None:
    with pytest.raises(Stopped):
        pipeline.resume(run, stop_after(3), "density")
    if change == "settings":
        density = SETTINGS.density.model_copy(update={"threshold": 20.0})
        run.save_settings(SETTINGS.model_copy(update={"density": density}))
    else:
        tifffile.imwrite(
            run.info().input, frames[::-1], metadata={"axes": "TYX"}, photometric="minisblack"
        )
    measured.clear()
    pipeline.resume(run, silent, "density")
    assert sorted(measured) == list(range(FRAME_COUNT))

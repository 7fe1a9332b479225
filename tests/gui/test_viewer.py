"""Runs and samples in a real napari window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from napari_binn.cli import main
from napari_binn.gui.viewer import show_run
from tests.example_run import make_example, save_example

if TYPE_CHECKING:
    import napari

pytestmark = pytest.mark.gui


def test_a_run_opens_side_by_side_with_a_scale_bar(
    make_napari_viewer: Callable[[], napari.Viewer], tmp_path: Path
) -> None:
    viewer = make_napari_viewer()
    show_run(viewer, save_example(tmp_path / "run", make_example()))
    assert [layer.name for layer in viewer.layers] == ["observed", "simulated", "residual"]
    assert viewer.canvas.grid.enabled
    assert viewer.canvas.overlays.scale_bar.visible
    assert "(1.21 − 2.09 u) u" in viewer.canvas.overlays.text.text
    assert viewer.dims.point[0] == 0.0
    assert viewer.layers.extent.world[1][0] == pytest.approx(3.0, abs=0.13)


@pytest.mark.parametrize("sample", ["growth", "crowd"])
def test_the_samples_open_from_naparis_menu(
    make_napari_viewer: Callable[[], napari.Viewer], sample: str
) -> None:
    viewer = make_napari_viewer()
    (layer,) = viewer.open_sample("napari-binn", sample)
    assert layer.data.ndim == 3
    assert layer.axis_labels == ("t", "y", "x")
    assert str(layer.units[0]) == "hour"
    assert str(layer.units[1]) == "micrometer"
    assert layer.metadata["phantom"] == sample


def test_a_run_that_cannot_be_read_opens_no_window(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = save_example(tmp_path / "run", make_example(), parts=())
    run.file("density").write_bytes(b"not a density")
    assert main(["open", str(run.path)]) == 2
    assert "density.npz" in capsys.readouterr().err

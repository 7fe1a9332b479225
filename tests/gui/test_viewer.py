"""Runs and samples in a real napari window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from napari_binn.cli import main
from napari_binn.gui import viewer as viewer_module
from napari_binn.gui.commands import CURVES, DISCOVER, TITLE
from napari_binn.gui.sessions import session_of
from napari_binn.gui.sources import LayerSource
from napari_binn.gui.viewer import fill
from tests.example_run import make_example, save_example

if TYPE_CHECKING:
    import napari

pytestmark = pytest.mark.gui


def test_a_run_opens_side_by_side_with_a_scale_bar(
    make_napari_viewer: Callable[[], napari.Viewer], tmp_path: Path
) -> None:
    viewer = make_napari_viewer()
    run = save_example(tmp_path / "run", make_example())
    fill(viewer, run)
    assert session_of(viewer).run == run
    assert_docks_are_open(viewer)
    assert [layer.name for layer in viewer.layers] == ["observed", "simulated", "residual"]
    assert viewer.canvas.grid.enabled
    assert viewer.canvas.overlays.scale_bar.visible
    assert "(1.21 − 2.09 u) u" in viewer.canvas.overlays.text.text
    assert viewer.dims.point[0] == 0.0
    assert viewer.layers.extent.world[1][0] == pytest.approx(3.0, abs=0.13)


def test_without_a_run_the_docks_wait(make_napari_viewer: Callable[[], napari.Viewer]) -> None:
    viewer = make_napari_viewer()
    fill(viewer)
    assert_docks_are_open(viewer)
    assert len(viewer.layers) == 0


def test_a_sample_is_what_the_docks_work_on(
    make_napari_viewer: Callable[[], napari.Viewer],
) -> None:
    viewer = make_napari_viewer()
    fill(viewer, sample="crowd")
    assert_docks_are_open(viewer)
    source = session_of(viewer).source
    assert isinstance(source, LayerSource)
    assert source.layer is viewer.layers[0]


def assert_docks_are_open(viewer: napari.Viewer) -> None:
    assert {f"{name} ({TITLE})" for name in (DISCOVER, CURVES)} <= set(viewer.window.dock_widgets)


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


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere"], "nowhere"),
        (["--sample", "grows"], "growth"),
        (["nowhere", "--sample", "a"], "together"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_sentence(
    args: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open", *args]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_without_a_display_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(viewer_module, "display", str)
    assert main(["open"]) == 2
    assert "no display" in capsys.readouterr().err

"""Cellpose works in a process of its own; a stand-in takes its place up to that boundary."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_binn.density import cellpose
from napari_binn.density.cellpose import CellposeProcess
from napari_binn.density.measure import measure_density
from napari_binn.errors import UserError
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.settings import DensitySettings

# Every bright pixel is a cell; a bright corner makes it fail, in one of two ways.
_MODELS = """
import os
import numpy as np
class CellposeModel:
    def __init__(self, gpu):
        print("loading a model, gpu", gpu)
    def eval(self, image, diameter=None):
        if image[0, 0] == 1:
            raise RuntimeError("out of memory")
        if image[0, 0] == 2:
            os._exit(3)
        labels = np.zeros(image.shape, np.uint16)
        labels[image > 10] = np.arange(1, int((image > 10).sum()) + 1)
        if diameter:
            labels[:, : int(diameter)] = 0
        return labels, None, None
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "cellpose"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "core.py").write_text("def use_gpu():\n    return False\n")
    (package / "models.py").write_text(_MODELS)
    monkeypatch.syspath_prepend(str(tmp_path))
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def movie(corner: float = 0.0) -> Movie:
    frames = np.zeros((3, 40, 60))
    frames[:, 2::4, 1::3] = 150.0
    frames[:, 0, 0] = corner
    return Movie(
        "image", MemoryFrames(frames), np.arange(3.0), "hour", "um", (2.0, 2.0),
        (10.0, 0.0, 130.0, 80.0), "cells.tif",
    )  # fmt: skip


@pytest.mark.usefixtures("stand_in")
def test_its_labels_are_cells() -> None:
    density = measure_density(movie(), DensitySettings(method="cellpose", bins=(6, 4)))
    np.testing.assert_allclose(density.totals(), 200)
    assert "cellpose" not in sys.modules
    told = measure_density(
        movie(), DensitySettings(method="cellpose", bins=(6, 4), cell_diameter=20.0)
    )
    np.testing.assert_allclose(told.totals(), 170)  # the stand-in leaves out ten columns


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("corner", "sentence"),
    [(1.0, "Cellpose could not segment a frame: RuntimeError: out of memory"), (2.0, "loading a")],
)
def test_what_goes_wrong_is_a_sentence(corner: float, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        measure_density(movie(corner), DensitySettings(method="cellpose", bins=(6, 4)))


def test_without_it_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cellpose.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'napari-binn\[cellpose\]'"):
        measure_density(movie(), DensitySettings(method="cellpose", bins=(6, 4)))


@pytest.mark.usefixtures("stand_in")
def test_the_child_ends_and_leaves_nothing() -> None:
    process = CellposeProcess()
    assert process.labels(np.zeros((5, 6), np.float32), None).shape == (5, 6)
    child, folder = process._process, Path(process._folder.name)
    assert isinstance(child, subprocess.Popen)
    process.close()
    assert child.returncode == 0
    assert not folder.exists()
    process.close()


@pytest.mark.usefixtures("stand_in")
def test_a_child_at_work_is_not_waited_for() -> None:
    process = CellposeProcess()
    process.labels(np.zeros((5, 6), np.float32), None)
    child = process._process
    assert child is not None
    with process._lock:  # as while a frame is segmented
        process.close()
    assert child.returncode != 0

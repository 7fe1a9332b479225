"""Tables of positions and run folders open as calibrated layers; other tables are left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari.layers import Layer

from napari_binn.errors import UserError
from napari_binn.gui.calibration import problems, suggest
from napari_binn.gui.inputs import to_movie, write_input
from napari_binn.gui.layers import LayerData
from napari_binn.gui.readers import read_folder, read_positions
from napari_binn.movie.read import open_input
from napari_binn.run.folder import RunFolder
from napari_binn.settings import MovieSettings
from tests.example_run import make_example, save_example

if TYPE_CHECKING:
    import napari

STATED = "t_hour,x_um,y_um\n1,2,3\n1,20,30\n4,5,6\n"


def a_table(folder: Path, text: str, name: str = "cells.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path) -> LayerData:
    reader = read_positions(str(path))
    assert reader is not None
    (layer,) = reader(str(path))
    return layer


def test_a_table_becomes_points_with_times_and_units(tmp_path: Path) -> None:
    path = a_table(tmp_path, STATED)
    layer = Layer.create(*read(path))
    assert layer.name == "cells"
    np.testing.assert_array_equal(layer.data, [[0, 3, 2], [0, 30, 20], [1, 6, 5]])
    assert [str(unit) for unit in layer.units] == ["hour", "micrometer", "micrometer"]
    calibration = suggest(layer)
    assert problems(calibration) == {}
    assert calibration.times == (1.0, 4.0)
    movie, filed = to_movie(layer, calibration), open_input(path, MovieSettings())
    assert movie.extent == filed.extent  # type: ignore[union-attr]
    np.testing.assert_array_equal(movie.frames[0], [[2, 3], [20, 30]])


def test_an_unchanged_table_is_analysed_as_it_is(tmp_path: Path) -> None:
    from napari.layers._source import layer_source

    path = a_table(tmp_path, STATED)
    with layer_source(path=str(path)):
        layer = Layer.create(*read(path))
    calibration = suggest(layer)
    assert write_input(layer, calibration, tmp_path)[0] == path
    layer.data = layer.data[1:]
    assert write_input(layer, calibration, tmp_path)[0] == tmp_path / "input.csv"


def test_what_the_table_does_not_state_is_asked(tmp_path: Path) -> None:
    calibration = suggest(Layer.create(*read(a_table(tmp_path, "t,x,y\n0,2,3\n2,5,6\n7,6,7\n"))))
    assert set(problems(calibration)) == {"time_unit"}
    assert calibration.times == (0.0, 2.0, 7.0)
    assert "taken as µm" in calibration.warnings[0]
    counted = suggest(Layer.create(*read(a_table(tmp_path, "frame,x_px,y_px\n0,2,3\n1,5,6\n"))))
    assert set(problems(counted)) == {
        "pixel_size", "length_unit", "frame_interval", "time_unit",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "name,age\na,3\n",
        "x,y\n1,2\n",
        "index,axis-0,axis-1,axis-2\n0,0,1,2\n",
        "label,area,mean\n1,20,3.5\n",
        "1,2\n3,4\n",
        "",
    ],
)
def test_other_tables_are_left_to_others(tmp_path: Path, text: str) -> None:
    assert read_positions(str(a_table(tmp_path, text))) is None


def test_tables_without_header_and_with_tabs_are_read(tmp_path: Path) -> None:
    data, _, _ = read(a_table(tmp_path, "0\t1\t2\n1\t3\t4\n1\t5\t7\n", "cells.tsv"))
    np.testing.assert_array_equal(data, [[0, 2, 1], [1, 4, 3], [1, 7, 5]])


def test_a_broken_table_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Line 3"):
        read(a_table(tmp_path, "t_hour,x_um,y_um\n1,2,3\n1,oops,30\n4,5,6\n"))


def test_a_folder_of_tables_is_one_movie(tmp_path: Path) -> None:
    for hour in (0, 12, 36):
        a_table(tmp_path, f"x_um,y_um\n1,2\n{hour},4\n", f"hours_{hour}.csv")
    reader = read_folder(str(tmp_path))
    assert reader is not None
    (layer,) = reader(str(tmp_path))
    calibration = suggest(Layer.create(*layer))
    assert problems(calibration) == {}
    assert calibration.times == (0.0, 12.0, 36.0)


def test_other_folders_are_left_to_others(tmp_path: Path) -> None:
    assert read_folder(str(tmp_path)) is None
    a_table(tmp_path, "name,age\na,3\n")
    assert read_folder(str(tmp_path)) is None
    assert read_folder(str(tmp_path / "cells.csv")) is None


def test_a_run_without_density_is_said_in_a_sentence(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    reader = read_folder(str(run.path))
    assert reader is not None
    with pytest.raises(UserError, match="density"):
        reader(str(run.path))


@pytest.mark.gui
def test_runs_and_tables_open_in_a_window(
    make_napari_viewer: Callable[[], napari.Viewer], tmp_path: Path
) -> None:
    viewer = make_napari_viewer()
    run = save_example(tmp_path / "run", make_example())
    viewer.open(str(run.path), plugin="napari-binn")
    assert [layer.name for layer in viewer.layers] == ["observed", "simulated", "residual"]
    viewer.layers.clear()
    (cells,) = viewer.open(str(a_table(tmp_path, STATED)), plugin="napari-binn")
    assert cells.source.path == str(tmp_path / "cells.csv")
    assert suggest(cells).times == (1.0, 4.0)

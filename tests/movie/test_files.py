"""A folder is read as a user sorts it: the right files, in the order of time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.files import list_frames, natural_key, order_by_time, uneven_numbers


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("1,2\n")


def test_numbers_sort_as_numbers() -> None:
    paths = [Path(name) for name in ("tick10.png", "tick9.png", "tick009b.png", "Tick1.png")]
    ordered = [path.name for path in sorted(paths, key=natural_key)]
    assert ordered == ["Tick1.png", "tick9.png", "tick009b.png", "tick10.png"]


def test_other_files_in_the_folder_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a2.csv", "a1.csv", "README.md", "notes.txt", ".hidden.csv")
    (tmp_path / "sub").mkdir()
    assert [path.name for path in list_frames(tmp_path, "*")] == ["a1.csv", "a2.csv"]


def test_text_files_are_tables_where_there_is_nothing_else(tmp_path: Path) -> None:
    touch(tmp_path, "a1.txt", "a2.txt")
    assert len(list_frames(tmp_path, "*")) == 2


def test_an_empty_folder_and_a_pattern_without_match_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no table"):
        list_frames(tmp_path, "*")
    touch(tmp_path, "a1.csv")
    with pytest.raises(UserError, match=r"matches 'b\*'"):
        list_frames(tmp_path, "b*")
    with pytest.raises(UserError, match="pattern ''"):
        list_frames(tmp_path, "")
    with pytest.raises(UserError, match="pattern '/tmp"):
        list_frames(tmp_path, "/tmp/*")


def test_tables_beside_images_need_a_pattern(tmp_path: Path) -> None:
    touch(tmp_path, "a1.csv", "a1.png")
    with pytest.raises(UserError, match=r"both tables .* and images .*'movie.pattern'"):
        list_frames(tmp_path, "*")
    assert [path.name for path in list_frames(tmp_path, "*.png")] == ["a1.png"]


def test_hours_in_the_names_are_times() -> None:
    names = ["x_hours_24_plate_1.csv", "x_hours_8_plate_1.csv", "x_hours_12p5_plate_1.csv"]
    ordered, hours = order_by_time([Path(name) for name in names])
    assert [path.name for path in ordered] == [names[1], names[2], names[0]]
    np.testing.assert_array_equal(hours, [8, 12.5, 24])


def test_names_without_hours_keep_their_order() -> None:
    paths = [Path("a2.csv"), Path("a1.csv")]
    assert order_by_time(paths) == (paths, None)


def test_two_frames_with_the_same_time_are_refused() -> None:
    with pytest.raises(UserError, match=r"a_hours_4.csv and b_hours_4.csv .* same time, 4 hours"):
        order_by_time([Path("a_hours_4.csv"), Path("b_hours_4.csv"), Path("a_hours_8.csv")])


def test_hours_in_some_names_only_are_refused() -> None:
    with pytest.raises(UserError, match=r"but b\.csv does not"):
        order_by_time([Path("a_hours_4.csv"), Path("b.csv")])


@pytest.mark.parametrize(
    "names",
    [
        ["t0.png", "t1.png", "t2.png"],
        ["tick00.png", "tick03.png", "tick06.png"],
        ["well3_t8.png", "well3_t9.png", "well3_t10.png"],
        ["a.png", "b.png", "d.png"],
        ["p1_t1.png", "p2_t2.png", "p4_t4.png"],
        ["t1.png", "t5.png"],
    ],
)
def test_evenly_numbered_frames_and_other_names_raise_no_doubt(names: list[str]) -> None:
    assert uneven_numbers([Path(name) for name in names]) == ""


def test_a_number_that_is_left_out_is_pointed_at() -> None:
    paths = [Path(f"2024_t{t:03}.tif") for t in (0, 5, 10, 20, 25)]
    assert "from 2024_t010.tif to 2024_t020.tif" in uneven_numbers(paths)

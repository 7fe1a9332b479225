"""Tables are read as people write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.tables import X_NAMES, Column, Table, read_table


def table(folder: Path, text: str | bytes, name: str = "cells.csv") -> Table:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path)


def first_two(read: Table) -> np.ndarray:
    return np.stack([read.numbers(Column(i, "", None)) for i in range(2)], axis=1)


@pytest.mark.parametrize(
    "text",
    [
        "1.5,2\n-3e1,4\n",
        "x,y\n1.5,2\n-3e1,4\n",
        "x;y\r\n1,5;2\r\n-30,0;4\r\n",
        "x\ty\n1.5\t2\n-30\t4\n",
        "x  y\n 1.5   2\n -30 4\n",
        "# x,y\n1.5,2\n# a comment\n\n-30,4\n",
        '"x","y"\n"1.5","2"\n"-30","4"\n',
        "x, y, name\n1.5, 2, cell a\n-30, 4, cell b\n",
        "\ufeffx,y\n1.5,2\n-30,4\n",
        "x [µm],y [µm]\n1.5,2\n-30,4\n".encode("latin-1"),
        "x,y\n1.5,2\n-30,4\n".encode("utf-16"),
    ],
)
def test_delimiters_headers_and_encodings(tmp_path: Path, text: str | bytes) -> None:
    np.testing.assert_array_equal(first_two(table(tmp_path, text)), [[1.5, 2], [-30, 4]])


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("x,y", None),
        ("x_um,y_um", "um"),
        ("X [µm],Y [µm]", "µm"),
        ("x (px),y (px)", "px"),
        ("x/mm,y/mm", "mm"),
        ("POSITION_X,POSITION_Y", None),
        ("centroid_x_mm,centroid_y_mm", "mm"),
    ],
)
def test_columns_and_their_units_are_recognised(
    tmp_path: Path, header: str, unit: str | None
) -> None:
    column = table(tmp_path, f"id,{header}\n7,1,2\n").find(X_NAMES)
    assert column is not None
    assert (column.index, column.unit) == (1, unit)


def test_units_in_a_table_separated_by_blanks(tmp_path: Path) -> None:
    read = table(tmp_path, "x [um]  y [um]\n1 2\n")
    assert read.header == ("x[um]", "y[um]")
    assert [column.unit for column in read.columns()] == ["um", "um"]


def test_a_header_alone_is_a_frame_without_cells(tmp_path: Path) -> None:
    assert table(tmp_path, "x,y\n").rows == ()


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_not_taken_for_an_empty_frame(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="is empty: a frame without cells needs a header"):
        table(tmp_path, text)


@pytest.mark.parametrize("cell", ["nan", "inf", "", "abc", "1.2.3"])
def test_what_is_not_a_number_is_found_by_its_line(tmp_path: Path, cell: str) -> None:
    read = table(tmp_path, f"x,y\n\n1,2\n{cell},4\n")
    with pytest.raises(UserError, match=r"Line 4 of .*cells\.csv: .*is not a finite number"):
        first_two(read)


def test_a_row_that_ends_early_is_found(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Line 3"):
        first_two(table(tmp_path, "x,y\n1,2\n3\n"))


def test_files_that_are_not_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a text table"):
        table(tmp_path, b"\x89PNG\0\0\0")
    with pytest.raises(UserError, match="cannot be read"):
        read_table(tmp_path)

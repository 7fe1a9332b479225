"""A library that is not installed is named with the command that installs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from napari_binn.errors import UserError
from napari_binn.movie.extras import library
from napari_binn.movie.read import open_input
from napari_binn.settings import MovieSettings


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("movie.nd2", "nd2", "nd2"), ("movie.czi", "pylibCZIrw.czi", "pylibCZIrw")],
)
def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(
        UserError,
        match=rf"{name} is read by the package {package}, which .*'pip install {package}'",
    ):
        open_input(path, MovieSettings())


def test_a_library_that_is_there_is_returned() -> None:
    assert library("json", Path("a.json")).loads("1") == 1

"""A table of movies: mistakes in the table are found first, mistakes in a row cost that row."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_binn.cli import main
from napari_binn.cli.batch import Outcome, print_outcomes, read_rows
from napari_binn.errors import UserError
from napari_binn.settings import Settings


def table(folder: Path, text: str, name: str = "wells.csv") -> Path:
    """Write a table and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_rows_have_their_own_settings_over_the_common_ones(tmp_path: Path, separator: str) -> None:
    lines = [
        ["input", "out", "density.bins", "movie.pixel_size", "seed"],
        ["a.tif", "runs/a", "15x11", "0.65", "4"],
        ["/data/b.tif", "runs/b", "", "", ""],
    ]
    path = table(tmp_path, "\n".join(separator.join(line) for line in lines) + "\n\n")
    first, second = read_rows(path, Settings(seed=7, binn={"members": 3}))
    assert (first.source, first.out) == (tmp_path / "a.tif", tmp_path / "runs/a")
    assert first.settings.density.bins == (15, 11)
    assert first.settings.movie.pixel_size == (0.65, 0.65)
    assert (first.settings.seed, second.settings.seed) == (4, 7)
    assert first.settings.binn.members == second.settings.binn.members == 3
    assert second.source == Path("/data/b.tif")
    assert second.settings.density.bins is None


def test_quoted_cells_hold_lists(tmp_path: Path) -> None:
    path = table(tmp_path, 'input,out,density.region\na.tif,a,"0,0,1.5,2"\n')
    assert read_rows(path, Settings())[0].settings.density.region == (0, 0, 1.5, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("input,out\n", "has no rows"),
        ("input,folder\na,b\n", "no column named 'out'"),
        ("input,out,out\na,b,c\n", "two columns"),
        ("input,out\na\n", "line 2"),
        ("input,out\na,b\n,c\n", "line 3"),
        ("input,out\na,b,c\n", "more cells"),
        ("input,out\na,same\nb,same\n", "same folder"),
        ("input,out,binn.stepz\na,b,9\n", "did you mean 'binn.steps'"),
        ("input,out,binn.steps\na,b,many\n", "line 2"),
        ('input,out\n"a,b\n', "cannot be read"),
    ],
)
def test_a_mistake_in_the_table_stops_before_the_first_run(
    tmp_path: Path, text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path, text)
    assert main(["batch", str(path)]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wells.xlsx"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00")
    with pytest.raises(UserError, match="save it as CSV"):
        read_rows(path, Settings())


def test_into_a_pipe_results_are_separated_by_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcomes(
        [
            Outcome(Path("a"), 0, "done", "0.01*u", "1 - u", 2.345),
            Outcome(Path("b"), 2, "There is no file b.tif."),
        ]
    )
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["run", "D(u)", "G(u)", "count error", "state"]
    assert rows[1] == ["a", "0.01*u", "1 - u", "2.35 %", "done"]
    assert rows[2] == ["b", "", "", "", "There is no file b.tif."]

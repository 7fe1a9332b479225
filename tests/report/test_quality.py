"""The report shows how well the density was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from napari_binn.prepare.model import Flag
from napari_binn.quality.model import Quality
from napari_binn.report.build import render
from napari_binn.report.contents import Contents, read_contents
from napari_binn.report.methods import methods_paragraph
from napari_binn.report.quality import MOST_ROWS, quality_part
from napari_binn.settings import Settings
from tests.example_run import example_quality, make_example, save_example


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    run = save_example(tmp_path / "run", make_example(), ())
    run.save_quality(example_quality())
    return read_contents(run)


def changed(contents: Contents, **changes: object) -> Contents:
    assert contents.quality is not None
    return replace(contents, quality=replace(contents.quality, **changes))


def test_it_has_pictures_warnings_and_a_table_of_bad_frames(contents: Contents) -> None:
    page = render(contents)
    assert "Was the density measured well?" in page
    assert "Frames of the movie with what was found in them" in page
    assert "1 frame is out of focus" in page
    part = quality_part(contents)
    assert part is not None
    assert part.warnings == ["1 frame is out of focus: frame 3 (12 hours)."]
    assert [(row.frame, row.used) for row in part.flags] == [("3", "used"), ("5", "left out")]
    assert part.flags[0].fault == "out of focus (41 % of the sharpness around it)"
    assert part.checked == ""
    assert "each ring is a cell that was counted (40, 41)" in part.caption
    assert "was taken out, by whole pixels" in part.drift


def test_a_flawless_movie_is_said_to_be_so(contents: Contents) -> None:
    part = quality_part(changed(contents, flags=(), left_out=(), remarks=()))
    assert part is not None
    assert part.checked.startswith("No frame is blank")
    assert not part.warnings


def test_very_many_bad_frames_are_not_all_listed(contents: Contents) -> None:
    assert contents.quality is not None
    long = replace(contents.quality, times=contents.quality.times.repeat(20))
    many = tuple(Flag(k, "blank") for k in range(MOST_ROWS + 7))
    part = quality_part(replace(contents, quality=replace(long, flags=many, left_out=())))
    assert part is not None
    assert len(part.flags) == MOST_ROWS
    assert part.more == "7 more are not listed."


def test_runs_of_which_nothing_was_kept_have_no_such_part(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example(), ())
    assert "Was the density measured well?" not in render(read_contents(run))


def test_only_what_was_kept_is_drawn(contents: Contents) -> None:
    assert contents.quality is not None
    bare = Quality(contents.quality.times)
    page = render(replace(contents, quality=bare))
    assert "Was the density measured well?" in page
    assert "Frames of the movie with" not in page


def test_each_correction_is_a_clause_of_the_methods(contents: Contents) -> None:
    choices = {
        "drift": "on", "illumination": "on", "dark_level": 100, "mask": "m.tif",
        "leave_out": "5", "ignore": [[0, 0, 1, 1]],
    }  # fmt: skip
    text = methods_paragraph(replace(contents, settings=Settings.build({"prepare": choices})))
    assert "Before the measurement, 1 frame of 13 (number 5) was left out; frames were" in text
    assert "above a dark level of 100" in text
    assert "drift of up to 50 µm, found by phase correlation between frames" in text
    assert "what a mask of the tissue left out and parts of the field" in text


def test_without_corrections_the_methods_say_nothing_of_them(contents: Contents) -> None:
    plain = changed(contents, drift=None, drift_error=None, kept=None, left_out=(), moved=False)
    assert "Before the measurement" not in methods_paragraph(plain)

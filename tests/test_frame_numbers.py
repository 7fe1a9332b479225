"""Frame numbers are read and written as people do."""

from __future__ import annotations

import pytest

from napari_binn.errors import UserError
from napari_binn.frame_numbers import numbers_text, parse_frames
from napari_binn.settings import Settings, parse_assignment


def test_numbers_and_ranges_are_read() -> None:
    assert parse_frames("3, 7-9; 12 to 14") == [(3, 3), (7, 9), (12, 14)]
    assert parse_frames(" ") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("x", "no frame number"), ("0", "from 1"), ("9-7", "ends before"), ("-3", "no frame number")],
)
def test_a_mistake_is_told_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_frames(text)
    with pytest.raises(UserError, match=said):
        Settings.build({"prepare": {"leave_out": text}})


@pytest.mark.parametrize(
    "assignment",
    ["prepare.leave_out=3,7-9", "prepare.leave_out=[3,[7,9]]", 'prepare.leave_out="3, 7-9"'],
)
def test_they_can_be_given_as_text_or_as_a_list(assignment: str) -> None:
    settings = Settings.build(parse_assignment(assignment))
    assert parse_frames(settings.prepare.leave_out) == [(3, 3), (7, 9)]
    assert Settings.build(parse_assignment("prepare.leave_out=3")).prepare.leave_out == "3"


def test_indices_are_written_as_numbers_from_1() -> None:
    assert numbers_text([2, 0, 7, 8, 9, 11, 12]) == "1, 3, 8–10, 12, 13"
    assert numbers_text([]) == ""

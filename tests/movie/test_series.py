"""Of several positions one is chosen by the user, from a list."""

from __future__ import annotations

import pytest

from napari_binn.errors import UserError
from napari_binn.movie.series import Contents, choose_position


def test_a_single_position_needs_no_choice() -> None:
    assert choose_position([""], None, "a.nd2") == 0
    assert choose_position([], None, "a.nd2") == 0
    assert choose_position(["A1"], 0, "a.nd2") == 0


def test_several_are_listed_by_number_and_name() -> None:
    with pytest.raises(
        UserError,
        match=r"a\.nd2 holds 3 positions and one is needed, 'movie\.position': "
        r"0 \(A1\), 1 or 2 \(B2\)\.",
    ):
        choose_position(["A1", "", "B2"], None, "a.nd2")
    assert choose_position(["A1", "", "B2"], 2, "a.nd2") == 2


def test_a_long_list_is_cut() -> None:
    names = [f"W{i}" for i in range(96)]
    with pytest.raises(UserError, match=r"6 \(W6\), …, 95 \(W95\)\.$"):
        choose_position(names, None, "plate.zarr")


def test_a_position_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match=r"no position 2: 'movie\.position' is 0 or 1"):
        choose_position(["", ""], 2, "a.nd2")
    with pytest.raises(UserError, match=r"one position only: leave out 'movie\.position'"):
        choose_position([""], 1, "a.nd2")


def test_channels_are_counted_by_their_axis() -> None:
    assert Contents(("",), "TCYX", (5, 3, 8, 9)).channels == 3
    assert Contents(("",), "TYXS", (5, 8, 9, 3)).channels == 1

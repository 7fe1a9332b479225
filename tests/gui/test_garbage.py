"""While the engine computes, collections leave alone what lived before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from napari_binn.gui import garbage


@pytest.fixture(autouse=True)
def nothing_left_frozen() -> Iterator[None]:
    assert gc.get_freeze_count() == 0
    yield
    assert gc.get_freeze_count() == 0


def test_objects_are_spared_until_it_is_over() -> None:
    holder = object()
    garbage.spare(holder)
    assert gc.get_freeze_count() > 0
    garbage.collect_again(holder)


def test_the_last_of_several_ends_it() -> None:
    first, second = object(), object()
    garbage.spare(first)
    garbage.spare(second)
    garbage.spare(second)
    garbage.collect_again(second)
    assert gc.get_freeze_count() > 0
    garbage.collect_again(first)


def test_ending_what_did_not_begin_is_nothing() -> None:
    garbage.collect_again(object())

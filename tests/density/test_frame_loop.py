"""Frames are measured in order, once, and the measurement can be stopped in the middle of one."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from napari_binn.density.frame_loop import (
    Array,
    Halted,
    Store,
    awaited,
    check_halted,
    measured_frames,
    side_by_side,
)
from napari_binn.errors import Stopped

FRAMES = [3, 5, 8, 9, 20]


def square(frame: int) -> Array:
    return np.full((frame, 2), float(frame**2))


@pytest.mark.parametrize("parallel", [False, True])
def test_frames_come_in_order_and_are_kept(parallel: bool) -> None:
    store: Store = {}

    def uneven(frame: int) -> Array:
        time.sleep(0.02 * (frame % 3))
        return square(frame)

    found = list(measured_frames(FRAMES, uneven, store, parallel=parallel))
    assert [len(values) for values in found] == FRAMES
    assert list(store) == FRAMES


@pytest.mark.parametrize("parallel", [False, True])
def test_what_is_known_is_not_measured_again(parallel: bool) -> None:
    asked: list[int] = []

    def work(frame: int) -> Array:
        asked.append(frame)
        return square(frame)

    store: Store = {frame: square(frame) for frame in (3, 8)}
    found = list(measured_frames(FRAMES, work, store, parallel=parallel))
    assert sorted(asked) == [5, 9, 20]
    assert [len(values) for values in found] == FRAMES


def test_no_more_frames_are_held_than_are_worked_on() -> None:
    begun: list[int] = []

    def work(frame: int) -> Array:
        begun.append(frame)
        return square(frame)

    for done, _ in enumerate(measured_frames(range(50), work, {}, parallel=True), 1):
        assert len(begun) <= done + 2


@pytest.mark.parametrize("parallel", [False, True])
def test_stopping_does_not_wait_for_the_frame(parallel: bool) -> None:
    """Who is asked whether to go on says no while a frame takes for ever; the frame is given up."""
    given_up = threading.Event()

    def endless(frame: int) -> Array:
        if frame == FRAMES[0]:
            return square(frame)
        try:
            while True:
                check_halted()
                time.sleep(0.005)
        except Halted:
            given_up.set()
            raise

    def no_more(done: int) -> None:
        assert done == 1
        raise Stopped

    store: Store = {}
    with pytest.raises(Stopped):
        list(measured_frames(FRAMES, endless, store, parallel=parallel, beat=no_more))
    assert given_up.wait(10)
    assert list(store) == FRAMES[:1]


@pytest.mark.parametrize("error", [ValueError, TimeoutError])
def test_what_goes_wrong_in_a_frame_is_raised(error: type[Exception]) -> None:
    def broken(frame: int) -> Array:
        if frame == 8:
            raise error("frame 8")
        return square(frame)

    store: Store = {}
    with pytest.raises(error, match="frame 8"):
        list(measured_frames(FRAMES, broken, store, parallel=True))
    assert list(store) == [3, 5]


def test_outside_of_the_loop_nothing_is_halted() -> None:
    check_halted()


def test_what_comes_before_the_frames_can_be_stopped_too() -> None:
    """Also where it works in threads of its own."""
    given_up: list[int] = []
    all_gave_up = threading.Barrier(3)

    def endless(item: int) -> None:
        try:
            while True:
                check_halted()
                time.sleep(0.005)
        except Halted:
            given_up.append(item)
            all_gave_up.wait(10)
            raise

    def no_more() -> None:
        raise Stopped

    assert awaited(lambda: side_by_side(lambda item: 2 * item, range(5)), no_more) == [
        0,
        2,
        4,
        6,
        8,
    ]
    with pytest.raises(Stopped):
        awaited(lambda: side_by_side(endless, range(2)), no_more)
    all_gave_up.wait(10)
    assert sorted(given_up) == [0, 1]

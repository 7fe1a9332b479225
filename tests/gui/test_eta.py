"""The remaining time that a user reads beside a progress bar."""

from __future__ import annotations

from itertools import pairwise

import pytest

from napari_binn.gui.eta import Eta, remaining_words


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def run(eta: Eta, clock: Clock, start: float, step: float, seconds: float, count: int) -> float:
    """Report ``count`` further steps; return the last fraction."""
    fraction = start
    for _ in range(count):
        clock.now += seconds
        fraction += step
        eta.add(fraction)
    return fraction


def test_nothing_is_said_until_it_is_known() -> None:
    clock = Clock()
    eta = Eta(clock)
    assert eta.remaining() is None
    eta.add(0.0)
    run(eta, clock, 0.0, 0.01, 0.2, 3)
    assert eta.remaining() is None  # three reports, but only 0.6 s were seen
    run(eta, clock, 0.03, 0.01, 0.2, 3)
    assert eta.remaining() == pytest.approx(0.94 / 0.05, rel=0.01)


def test_it_counts_down_between_reports_and_ends_at_zero() -> None:
    clock = Clock()
    eta = Eta(clock)
    eta.add(0.0)
    fraction = run(eta, clock, 0.0, 0.1, 1.0, 5)
    assert eta.remaining() == pytest.approx(5.0)
    clock.now += 2.0
    assert eta.remaining() == pytest.approx(3.0)
    clock.now += 60.0
    assert eta.remaining() == 0.0
    eta.reset()
    eta.add(0.9)
    run(eta, clock, fraction, 0.5, 1.0, 1)
    assert eta.remaining() == 0.0


def test_one_slow_step_does_not_move_it() -> None:
    clock = Clock()
    eta = Eta(clock)
    eta.add(0.0)
    fraction = run(eta, clock, 0.0, 0.01, 0.1, 20)
    before = eta.remaining()
    assert before is not None
    run(eta, clock, fraction, 0.01, 3.0, 1)
    after = eta.remaining()
    assert after is not None
    assert abs(after - before) < 3.5  # the time that passed, not thirty times the speed


def test_it_follows_a_lasting_change_of_speed_without_jumps() -> None:
    clock = Clock()
    eta = Eta(clock, window=10)
    eta.add(0.0)
    fraction = run(eta, clock, 0.0, 0.01, 0.1, 20)
    said = []
    for _ in range(40):
        fraction = run(eta, clock, fraction, 0.005, 0.1, 1)
        said.append(eta.remaining() or 0.0)
    assert said[-1] == pytest.approx((1 - fraction) / 0.05, rel=0.1)
    assert max(abs(b - a) for a, b in pairwise(said)) < 0.35 * max(said)


def test_a_pause_is_left_out() -> None:
    clock = Clock()
    eta = Eta(clock)
    eta.add(0.0)
    fraction = run(eta, clock, 0.0, 0.05, 0.5, 10)
    before = eta.remaining()
    eta.pause()
    clock.now += 3600.0
    assert eta.remaining() == before
    eta.add(fraction)
    assert eta.remaining() == before


def test_an_end_that_moves_away_is_told_at_once() -> None:
    """Half of the work was done, then it turns out to be twice as much."""
    clock = Clock()
    eta = Eta(clock)
    eta.add(0.0)
    run(eta, clock, 0.0, 0.05, 1.0, 10)
    assert eta.remaining() == pytest.approx(10.0)
    clock.now += 1.0
    eta.add(0.275)
    eta.revise(2.0)
    assert eta.remaining() == pytest.approx(29.0)
    run(eta, clock, 0.275, 0.025, 1.0, 9)
    assert eta.remaining() == pytest.approx(20.0)


def test_an_end_that_comes_nearer_is_told_at_once() -> None:
    clock = Clock()
    eta = Eta(clock)
    eta.add(0.0)
    run(eta, clock, 0.0, 0.01, 1.0, 20)
    assert eta.remaining() == pytest.approx(80.0)
    clock.now += 1.0
    eta.add(0.42)  # 21 of 50 instead of 100
    eta.revise(0.5)
    assert eta.remaining() == pytest.approx(29.0)


def test_steps_that_are_done_again_count_again() -> None:
    clock = Clock()
    eta = Eta(clock)
    eta.add(0.0)
    run(eta, clock, 0.0, 0.01, 1.0, 50)
    clock.now += 1.0
    eta.add(0.4)
    run(eta, clock, 0.4, 0.01, 1.0, 30)
    assert eta.remaining() == pytest.approx(30.0, abs=1.0)


def test_an_end_that_moves_before_anything_is_known_says_nothing() -> None:
    eta = Eta(Clock())
    eta.revise(2.0)
    eta.add(0.0)
    eta.revise(0.5)
    assert eta.remaining() is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.2, "a moment left"),
        (12.4, "about 0:12 left"),
        (62.0, "about 1:00 left"),
        (754.0, "about 12:30 left"),
        (3725.0, "about 1:02:00 left"),
    ],
)
def test_it_is_said_no_finer_than_it_is_known(seconds: float | None, words: str) -> None:
    assert remaining_words(seconds) == words

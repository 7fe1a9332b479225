"""Losses are kept evenly, and never more of them than can be drawn quickly."""

from __future__ import annotations

import numpy as np

from napari_binn.gui.plots.history import MOST_POINTS, History


def test_short_records_are_kept_whole() -> None:
    history = History()
    for step in range(5):
        history.append(step, {"data": 1 / (step + 1)})
    np.testing.assert_array_equal(history.steps, range(5))
    np.testing.assert_allclose(history.values("data"), 1 / np.arange(1, 6))


def test_long_records_are_thinned_evenly_and_hold_the_newest() -> None:
    history = History()
    for step in range(9001):
        history.append(step, {"data": float(step)})
        assert len(history.steps) <= MOST_POINTS
        assert history.steps[-1] == step
    assert history.steps[0] == 0
    gaps = np.diff(history.steps)[:-1]
    assert gaps.min() == gaps.max() == 8
    np.testing.assert_array_equal(history.values("data"), history.steps)


def test_whole_arrays_are_thinned_too() -> None:
    history = History()
    steps = np.arange(5003.0)
    history.load(steps, {"data": 2 * steps})
    assert len(history.steps) <= MOST_POINTS
    assert (history.steps[0], history.steps[-1]) == (0, 5002)
    np.testing.assert_array_equal(history.values("data"), 2 * history.steps)
    history.append(5003, {"data": 0.0})
    assert history.steps[-1] == 5003


def test_lengths_just_at_the_limit_keep_the_first_step() -> None:
    for length in (MOST_POINTS, MOST_POINTS + 1, 2 * MOST_POINTS, 2 * MOST_POINTS + 1):
        history = History()
        history.load(np.arange(float(length)), {})
        assert len(history.steps) <= MOST_POINTS
        assert (history.steps[0], history.steps[-1]) == (0, length - 1)


def test_a_term_that_comes_later_is_missing_before() -> None:
    history = History()
    history.append(0, {"data": 1.0})
    history.append(1, {"data": 1.0, "extra": 2.0})
    assert history.names == ["data", "extra"]
    np.testing.assert_array_equal(history.values("extra"), [np.nan, 2.0])


def test_a_training_that_goes_back_keeps_what_was_before() -> None:
    history = History()
    for step in (0, 50, 100, 150):
        history.append(step, {"data": float(step)})
    history.append(100, {"data": 7.0})
    np.testing.assert_array_equal(history.steps, [0, 50, 100])
    np.testing.assert_array_equal(history.values("data"), [0, 50, 7])


def test_a_long_training_that_goes_back_stays_in_order() -> None:
    history = History()
    for step in range(5001):
        history.append(step, {"data": float(step)})
    for step in range(2500, 9000):
        history.append(step, {"data": float(step)})
    assert len(history.steps) <= MOST_POINTS
    assert np.diff(history.steps).min() > 0
    assert (history.steps[0], history.steps[-1]) == (0, 8999)
    np.testing.assert_array_equal(history.values("data"), history.steps)


def test_losses_that_are_reported_again_take_no_room() -> None:
    history = History()
    for step in (0, 10, 10, 10, 20):
        history.append(step, {"data": 1.0})
    np.testing.assert_array_equal(history.steps, [0, 10, 20])


def test_another_training_begins_anew() -> None:
    history = History()
    history.append(500, {"data": 1.0})
    history.append(10, {"data": 3.0})
    np.testing.assert_array_equal(history.steps, [10])

"""How long a training will be is said as far as it is known."""

from __future__ import annotations

import pytest

from napari_binn.gui.length import Bound, bound_of, step_words
from napari_binn.settings import BinnSettings


def test_the_steps_of_the_settings_are_the_most_until_the_curves_stand_still() -> None:
    settings = BinnSettings(steps=1000)
    assert bound_of(settings, 1000) == "most"
    assert bound_of(settings, 640) == "exact"


def test_the_paper_ends_when_nothing_improves() -> None:
    assert bound_of(BinnSettings(recipe="paper"), 12_000) == "least"


def test_without_a_run_a_total_is_taken_as_it_is() -> None:
    assert bound_of(None, 2000) == "exact"


@pytest.mark.parametrize(
    ("total", "bound", "words"),
    [
        (2000, "exact", "1,100 of 2,000"),
        (2000, "most", "1,100 of at most 2,000"),
        (2000, "least", "1,100 of at least 2,000"),
        (0, "most", "1,100"),
    ],
)
def test_steps_in_words(total: int, bound: Bound, words: str) -> None:
    assert step_words(1100, total, bound) == words

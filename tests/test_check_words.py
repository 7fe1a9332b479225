"""What the checks say in words."""

from __future__ import annotations

import math

import pytest

from napari_binn.check_words import forecast_in_words, worst_first
from napari_binn.metric_words import GUESSES
from tests.example_run import make_example


def numbers(**changes: float | None) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for metric, own in (("count_error_percent", 2.0), ("deviance_per_bin", 1.1)):
        found[f"forecast_{metric}"] = own
        for guess in GUESSES:
            found[f"forecast_{metric}_{guess}"] = 5.0
    return found | changes


def test_checks_that_speak_against_the_law_lead() -> None:
    names = [check.name for check in worst_first(make_example().diagnosis)]
    assert names[:2] == ["growth", "direction"]
    assert names[-1] == "spreading"  # which cannot be told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "better than every guess"),
        (
            {"forecast_deviance_per_bin_logistic": 1.0},
            "knows no law: “each bin fills up by itself”",
        ),
        (
            {
                "forecast_deviance_per_bin_last_frame": 1.0,
                "forecast_deviance_per_bin_logistic": 1.0,
                "forecast_count_error_percent_exponential": 1.0,
            },
            "“all grows on at the same rate”, “nothing changes” and “each bin fills up by itself”.",
        ),
        (
            {"forecast_deviance_per_bin_smoothed_exponential": 1.0},
            "“the smoothed mean of three frames grows on at the same rate”",
        ),
        ({"forecast_count_error_percent": 9.0, "forecast_deviance_per_bin": 5.0}, "no better"),
        ({"forecast_count_error_percent": math.nan, "forecast_deviance_per_bin": None}, ""),
    ],
)
def test_a_forecast_is_judged_by_the_naive_guesses(
    changes: dict[str, float | None], said: str
) -> None:
    sentence = forecast_in_words(numbers(**changes))
    assert said in sentence
    assert bool(sentence) == bool(said)


def test_a_run_without_a_forecast_is_not_judged() -> None:
    assert forecast_in_words({"count_error_percent": 2.0}) == ""

"""Tables say which numbers are whose."""

from __future__ import annotations

from dataclasses import replace

from napari_binn.equations.model import Equation, Formula, FrontPoint
from napari_binn.quantities import MISSING
from napari_binn.report.tables import (
    LAW,
    equation_rows,
    forecast_table,
    front_rows,
    metric_rows,
    settings_rows,
)
from napari_binn.settings import Settings

from ..example_run import make_example


def test_forecast_stands_beside_naive_guesses_and_the_best_is_marked() -> None:
    table = forecast_table(make_example().simulation)
    assert table is not None
    assert table.columns == ["Mean error of the total", "Deviance per bin (noise = 1)"]
    assert table.rows == [
        (LAW, [("3.4 %", False), ("1.08", True)]),
        ("“nothing changes”", [("21.7 %", False), ("4.9", False)]),
        ("“each bin fills up by itself”", [("2.9 %", True), ("3.3", False)]),
        (
            "“each bin of the smoothed mean of three frames fills up by itself”",
            [("3.1 %", False), ("2.8", False)],
        ),
    ]


def test_guess_that_is_not_known_by_name_is_shown() -> None:
    metrics = {
        "forecast_count_error_percent": float("nan"),
        "forecast_count_error_percent_moving_mean": 3.0,
    }
    table = forecast_table(replace(make_example().simulation, metrics=metrics))
    assert table is not None
    assert table.rows == [(LAW, [("–", False)]), ("moving mean", [("3 %", True)])]


def test_no_forecast_no_table() -> None:
    simulation = make_example().simulation
    assert forecast_table(replace(simulation, metrics={"relative_l2": 0.1})) is None
    metrics = {"forecast_count_error_percent": float("nan")}
    assert forecast_table(replace(simulation, forecast=None, metrics=metrics)) is None


def test_metrics_carry_their_units() -> None:
    simulation = replace(
        make_example().simulation, metrics={"count_error_percent": 2.314, "other_score": 0.5}
    )
    assert [(row.name, row.value) for row in metric_rows(simulation)] == [
        ("Mean error of the total", "2.31 %"),
        ("Other score", "0.5"),
    ]


def test_chosen_form_is_marked_on_the_front_although_its_constants_were_refitted() -> None:
    equations = make_example().equations
    assert [row.chosen for row in front_rows(equations.front_D, "0.00407")] == [True, False, False]
    assert [row.chosen for row in front_rows(equations.front_D, "0.004 + 0.001*u")] == [
        False,
        True,
        False,
    ]
    broken = (FrontPoint(Formula("u +", 2), 0.1),)
    assert front_rows(broken, "0.1")[0].picture == "<code>u +</code>"


def test_scores_count_from_the_lowest_and_what_is_not_excluded_is_marked() -> None:
    own = Equation(Formula("0.01", 1, "", "user"), Formula("1 - u", 3, "", "user"), ())
    rows = equation_rows(make_example().equations, [own])
    assert [row.bic for row in rows] == ["1.2", "0", "16.9", MISSING]
    assert [row.mark for row in rows] == ["chosen", "possible", "", ""]
    assert [row.names for row in rows][-1] == "your own"
    assert rows[-1].weight == MISSING
    assert all("%" in row.weight for row in rows[:-1])


def test_settings_that_differ_from_the_default_are_marked() -> None:
    rows = {row.name: row for row in settings_rows(Settings.build({"binn": {"members": 9}}))}
    assert (rows["binn.members"].value, rows["binn.members"].changed) == ("9", True)
    assert (rows["seed"].value, rows["seed"].changed) == ("0", False)
    assert rows["movie.pixel_size"].value == "not given"
    assert all(row.title for row in rows.values())

"""What a list of runs says in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from napari_binn.gui.runs import words
from napari_binn.gui.runs.actions import missing
from napari_binn.run.row import RunRow

NOW = datetime(2026, 11, 21, 14, 32).astimezone()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.02*u + 0.001", "0.02 u + 0.001"),
        ("1.21 - 1.01234*u**2", "1.21 − 1.01 u²"),
        ("0.0029*exp(0.61*u)", "0.0029 exp(0.61 u)"),
        ("1.1*(1 - u/0.9)", "1.1 (1 − u/0.9)"),
        ("u**1.15*2.0", "u^1.15·2"),
        ("0.00000123*u", "1.23·10⁻⁶ u"),
        ("3", "3"),
    ],
)
def test_formulas_read_as_people_write_them(text: str, shown: str) -> None:
    assert words.formula(text) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "–"), (0.4, "0:00"), (52.3, "0:52"), (59.7, "1:00"), (3850.0, "1:04:10")],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert words.duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (0.314, "0.31 %"), (3.14, "3.1 %"), (31.4, "31 %")]
)
def test_errors_in_per_cent(value: float | None, shown: str) -> None:
    assert words.percent(value).replace("\N{NO-BREAK SPACE}", " ") == shown


def test_days_are_named_where_they_are_near() -> None:
    assert words.when(NOW, NOW) == "Today 14:32"
    assert words.when(NOW - timedelta(days=1), NOW) == "Yesterday 14:32"
    assert words.when(NOW - timedelta(days=2), NOW) == "2026-11-19"


def row(name: str = "a", **values: object) -> RunRow:
    return RunRow(Path("/runs") / name, name, values.pop("state", "done"), NOW, **values)  # type: ignore[arg-type]


def test_an_action_that_cannot_be_done_says_why() -> None:
    assert missing("folder", []) == "Select a run first."
    assert missing("report", [row()]) == "This run has no report yet."
    assert not missing("report", [row(has_report=True)])
    assert "two runs" in missing("compare", [row()])
    assert not missing("compare", [row(), row("b")])
    assert missing("copy", [row(), row("b")]) == "Select a single run."
    assert "stop it" in missing("delete", [row(), row("b", state="running")])
    assert "stop it" in missing("rename", [row()], busy=Path("/runs/a"))
    assert "damaged" in missing("copy", [row(state="unreadable")])
    assert not missing("forget", [row(elsewhere=True)])

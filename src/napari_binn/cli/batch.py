"""Many movies, one after the other, from a table."""

from __future__ import annotations

import csv
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import Stopped, UserError
from ..settings import Settings, merge_all
from . import BAD_INPUT, DONE, FAILED
from .execute import analyse
from .options import assigned
from .outcome import rescaled
from .progress import reporting
from .stop import stoppable

_NEEDED = ("input", "out")


@dataclass(frozen=True)
class Row:
    """One movie of the table: where it is, where its run goes, and its own settings."""

    source: Path
    out: Path
    settings: Settings


@dataclass(frozen=True)
class Outcome:
    """What became of one row; ``code`` is the exit code that it alone would have had."""

    out: Path
    code: int
    state: str
    D: str = ""
    G: str = ""
    count_error: float | None = None


def run_batch(table: Path, settings: Settings, *, overwrite: bool, argv: Sequence[str]) -> int:
    """Run every row of ``table`` and print what was found.

    Parameters
    ----------
    settings
        Those of all rows; a row's own columns win over them.

    Returns
    -------
    int
        0 if all rows went well, 2 if any had bad input, 1 if any failed for another reason.

    Raises
    ------
    UserError
        The table itself is wrong: then nothing is run.
    """
    rows = read_rows(table, settings)
    outcomes = []
    for number, row in enumerate(rows, start=1):
        print(f"{number} of {len(rows)}: {row.source} → {row.out}", file=sys.stderr)
        outcomes.append(_run_row(row, overwrite=overwrite, argv=argv))
    print_outcomes(outcomes)
    codes = {outcome.code for outcome in outcomes}
    return next((code for code in (BAD_INPUT, FAILED) if code in codes), DONE)


def read_rows(table: Path, settings: Settings) -> list[Row]:
    """Return the rows of a CSV or TSV table; relative paths start from its folder.

    Raises
    ------
    UserError
        The table cannot be read, lacks a column, repeats an ``out``, or holds a wrong setting.
    """
    lines = _read_table(table)
    header = [name.strip() for name in lines[0]]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise UserError(f"The table {table} has no column named {missing[0]!r}.")
    if len(set(header)) < len(header):
        raise UserError(f"The table {table} has two columns of the same name.")
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], start=2):
        place = f"line {number} of {table}"
        if len(line) > len(header):
            raise UserError(f"There are more cells than columns in {place}.")
        cells = dict(zip(header, (cell.strip() for cell in line), strict=False))
        if not cells.get("input") or not cells.get("out"):
            raise UserError(f"The input or out cell is empty in {place}.")
        row = Row(
            table.parent / cells.pop("input"),
            table.parent / cells.pop("out"),
            _row_settings(settings, cells, place),
        )
        if any(row.out == other.out for other in rows):
            raise UserError(f"Two rows of {table} go to the same folder {row.out}.")
        rows.append(row)
    if not rows:
        raise UserError(f"The table {table} has no rows.")
    return rows


def _read_table(table: Path) -> list[list[str]]:
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"The table {table} is not a UTF-8 text file: save it as CSV.") from None
    except OSError as error:
        raise UserError(f"The table {table} cannot be read: {error.strerror or error}.") from None
    first = text.partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    try:
        lines = list(csv.reader(text.splitlines(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UserError(f"The table {table} cannot be read: {error}.") from None
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    if not lines:
        raise UserError(f"The table {table} is empty.")
    return lines


def _row_settings(settings: Settings, cells: dict[str, str], place: str) -> Settings:
    changes = [assigned(f"{name}={value}") for name, value in cells.items() if value]
    return settings.changed(merge_all(*changes), place)


def _run_row(row: Row, *, overwrite: bool, argv: Sequence[str]) -> Outcome:
    sentence = f"Stopped; what was finished is kept in {row.out}."
    try:
        with reporting() as shown, stoppable(shown, sentence) as report:
            _, summary = analyse(
                row.source, row.out, row.settings, report, overwrite=overwrite, argv=argv
            )
    except UserError as error:
        print(error, file=sys.stderr)
        return Outcome(row.out, BAD_INPUT, str(error))
    except Stopped:
        raise
    except Exception as error:  # a defect that one movie brings out must not cost the others
        traceback.print_exc()
        return Outcome(row.out, FAILED, f"failed: {type(error).__name__}: {error}")
    equation = summary["equation"]
    return Outcome(
        row.out,
        DONE,
        "done",
        rescaled(equation["D"]),
        rescaled(equation["G"]),
        summary["metrics"]["count_error_percent"],
    )


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Print a table on a terminal, tab-separated lines into a pipe."""
    console = Console()
    names = ("run", "D(u)", "G(u)", "count error", "state")
    rows = [_cells(outcome) for outcome in outcomes]
    if not console.is_terminal:
        for cells in (names, *rows):
            print("\t".join(cells))
        return
    table = Table(*names)
    for cells in rows:
        # As Text: a path may hold brackets, which rich would take for markup.
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    error = "" if outcome.count_error is None else f"{outcome.count_error:.2f} %"
    return str(outcome.out), outcome.D, outcome.G, error, outcome.state

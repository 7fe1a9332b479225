"""Text tables: delimiter, header, named columns with their units, numbers."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..units import LENGTHS_MM, PIXEL, TIMES_DAY, parse_length_unit, parse_time_unit

X_NAMES = ("x", "xposition", "positionx", "xpos", "posx", "xcentroid", "centroidx", "xcenter",
           "centerx", "xcentre", "centrex", "locationcenterx")  # fmt: skip
Y_NAMES = tuple(re.sub("x", "y", name) for name in X_NAMES)
TIME_NAMES = ("t", "time", "times", "positiont")
FRAME_NAMES = ("frame", "frames", "framenumber", "timepoint", "timeindex")

_BRACKETED = re.compile(r"^(.*?)\s*[\[(/]\s*([^\])]*?)\s*[\])]?$")


@dataclass(frozen=True)
class Column:
    """A column: its place, what it is called without its unit, and the unit or None."""

    index: int
    name: str
    unit: str | None


@dataclass(frozen=True)
class Table:
    """A text table.

    Attributes
    ----------
    path
        The file.
    header
        Names as written, or None if the first row already holds numbers.
    rows
        The cells of each row.
    lines
        Line number of each row in the file, from 1.
    """

    path: Path
    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.header or (self.rows[0] if self.rows else ()))

    def columns(self) -> list[Column]:
        """Return the columns that the header names."""
        return [_column(index, text) for index, text in enumerate(self.header or ())]

    def find(self, names: Iterable[str]) -> Column | None:
        """Return the column with the first of ``names`` that occurs, or None."""
        columns = self.columns()
        for name in names:
            for column in columns:
                if column.name == name:
                    return column
        return None

    def numbers(self, column: Column) -> NDArray[np.float64]:
        """Return the values of a column, shape (N,).

        Raises
        ------
        UserError
            A cell is missing, not a number, or not finite; the sentence names the line.
        """
        values = np.empty(len(self.rows))
        for i, (row, line) in enumerate(zip(self.rows, self.lines, strict=True)):
            text = row[column.index] if column.index < len(row) else ""
            try:
                values[i] = float(text)
            except ValueError:
                values[i] = math.nan
            if not math.isfinite(values[i]):
                raise UserError(f"Line {line} of {self.path}: {text!r} is not a finite number.")
        return values


def read_table(path: Path) -> Table:
    """Read a table separated by commas, semicolons, tabs or blanks, with or without a header.

    Decimal commas are understood where semicolons or tabs separate the columns. Lines that begin
    with ``#`` are comments, but the first one may be the header.

    Raises
    ------
    UserError
        The file cannot be read, is not text, or is empty.
    """
    lines = _text(path).splitlines()
    content = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not content:
        raise UserError(f"The table {path} is empty: a frame without cells needs a header line.")
    first = content[0][1].lstrip("# ")
    separator = next((mark for mark in "\t;," if mark in first), None)
    content[0] = (content[0][0], first)
    content = [(number, line) for number, line in content if not line.startswith("#")]
    cells = [_split(line, separator) for _, line in content]
    numbers = [number for number, _ in content]
    header = None
    if not all(_is_number(text) for text in cells[0]):
        header = cells.pop(0)
        numbers.pop(0)
    return Table(path, header, tuple(cells), tuple(numbers))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise UserError(f"{path} is not a text table.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _split(line: str, separator: str | None) -> tuple[str, ...]:
    if separator is None:
        return tuple(re.sub(r"\s+(?=[\[(])", "", line).split())
    row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    cells = tuple(cell.strip() for cell in row)
    if separator == ",":
        return cells
    return tuple(re.sub(r"^(-?\d*),(\d+)", r"\1.\2", cell) for cell in cells)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _column(index: int, text: str) -> Column:
    """Split ``x [µm]``, ``x (px)``, ``x/mm`` or ``x_um`` into name and unit."""
    text = text.strip().strip("\"'")
    unit = None
    bracketed = _BRACKETED.match(text)
    stem, _, suffix = text.rpartition("_")
    if bracketed and bracketed[2]:
        text, unit = bracketed[1], bracketed[2]
    elif stem and _is_unit(suffix):
        text, unit = stem, suffix
    return Column(index, re.sub(r"[^a-z0-9]", "", text.lower()), unit)


def _is_unit(text: str) -> bool:
    for parse, known in ((parse_length_unit, LENGTHS_MM), (parse_time_unit, TIMES_DAY)):
        try:
            if parse(text) in (*known, PIXEL, "frame"):
                return True
        except UserError:
            continue
    return False

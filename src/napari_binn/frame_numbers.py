"""Frame numbers as people write them: 3, 7-9."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

_PART = re.compile(r"(\d+)(?:\s*(?:-|–|to)\s*(\d+))?")


def parse_frames(text: str) -> list[tuple[int, int]]:
    """Return ranges (first, last) of frame numbers, counted from 1, as they are written.

    Raises
    ------
    ValueError
        With a sentence on what is wrong.
    """
    ranges = []
    for part in filter(None, (item.strip() for item in re.split(r"[,;]", text))):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is no frame number and no range such as 7-9")
        first, last = int(found[1]), int(found[2] or found[1])
        if first < 1:
            raise ValueError("frames are counted from 1")
        if last < first:
            raise ValueError(f"the range {first}-{last} ends before it begins")
        ranges.append((first, last))
    return ranges


def frames_text(value: Any) -> Any:
    """Return a number, or a list of numbers and of ranges, as text; all else is returned as it is.

    So that ``leave_out = [3, [7, 9]]`` of a TOML file and ``leave_out=3`` of a command are
    understood.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(
            "-".join(map(str, item)) if isinstance(item, list | tuple) else str(item)
            for item in value
        )
    return value


def numbers_text(indices: Iterable[int]) -> str:
    """Return indices, counted from 0, as frame numbers, counted from 1: 3, 7–9."""
    numbers = sorted({index + 1 for index in indices})
    if not numbers:
        return ""
    breaks = [k + 1 for k, (a, b) in enumerate(pairwise(numbers)) if b != a + 1]
    parts = []
    for start, stop in pairwise([0, *breaks, len(numbers)]):
        first, last = numbers[start], numbers[stop - 1]
        if last - first > 1:
            parts.append(f"{first}–{last}")
        else:
            parts += [str(number) for number in numbers[start:stop]]
    return ", ".join(parts)

"""What a row of the list says, in words."""

from __future__ import annotations

import re
from datetime import datetime

from ...run.row import RowState, RunRow

MISSING = "–"
STATE_WORDS: dict[RowState, str] = {
    "new": "New",
    "running": "Running",
    "stopped": "Stopped",
    "failed": "Failed",
    "done": "Done",
    "unreadable": "Damaged",
}
_STATE_SENTENCES: dict[RowState, str] = {
    "new": "Nothing has been computed yet.",
    "running": "This run is being worked on.",
    "stopped": "This run was stopped: it can be resumed.",
    "failed": "This run failed.",
    "done": "This run is complete.",
    "unreadable": "This run cannot be read.",
}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_FLOAT = re.compile(r"\d*\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+")


def state_sentence(row: RunRow) -> str:
    """Return what there is to say about the state of a run, with the reason where it failed."""
    return row.unreadable or row.message or _STATE_SENTENCES[row.state]


def when(created: datetime, now: datetime) -> str:
    """Return when a run was made: the time for today, else the day."""
    if created.date() == now.date():
        return f"Today {created:%H:%M}"
    if (now.date() - created.date()).days == 1:
        return f"Yesterday {created:%H:%M}"
    return f"{created:%Y-%m-%d}"


def duration(seconds: float | None) -> str:
    """Return a computing time as minutes and seconds, or with hours: 0:52, 1:04:10."""
    if seconds is None:
        return MISSING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(value: float | None) -> str:
    """Return an error in per cent: 0.31 %, 3.1 %, 31 %."""
    if value is None:
        return MISSING
    digits = 0 if value >= 10 else 1 if value >= 1 else 2
    return f"{value:,.{digits}f}\N{NO-BREAK SPACE}%"


def formula(text: str, digits: int = 3) -> str:
    """Return a formula of the grammar on one line, as people write it: 0.02 u² + 0.001."""
    text = _FLOAT.sub(lambda match: _rounded(match.group(), digits), text)
    text = re.sub(r"\*\*(\d+)(?![\d.])", lambda match: match.group(1).translate(_SUPERSCRIPT), text)
    text = text.replace("**", "^")
    text = re.sub(r"(?<=[\d⁰¹²³⁴-⁹])\s*\*\s*(?=[A-Za-z(])", " ", text)
    text = re.sub(r"\s*\*\s*", "·", text)
    return text.replace("-", "−")


def law(row: RunRow, digits: int = 3) -> str:
    """Return both formulas of a run on one line; nothing where there are none."""
    if row.D_text is None or row.G_text is None:
        return ""
    return f"D = {formula(row.D_text, digits)},  G = {formula(row.G_text, digits)}"


def details(row: RunRow, count_error: bool = True) -> str:
    """Return what the columns say that a narrow list has no room for."""
    parts = [f"Made {row.created:%Y-%m-%d %H:%M}"]
    if row.seconds is not None:
        parts.append(f"computed in {duration(row.seconds)}")
    if count_error and row.count_error_percent is not None:
        parts.append(f"count error {percent(row.count_error_percent)}")
    return "\n".join([part for part in (law(row), ", ".join(parts) + ".") if part])


def _rounded(number: str, digits: int) -> str:
    text = f"{float(number):.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    power = str(int(exponent)).replace("-", "⁻").translate(_SUPERSCRIPT)
    return f"{mantissa}·10{power}"

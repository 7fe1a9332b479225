"""Was the density measured well? The words and tables of that part of the report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_binn.prepare.words import WORDS
from napari_binn.quality.model import Quality
from napari_binn.quantities import length, moment, number, plural
from napari_binn.units import FRAME

from .contents import Contents

MOST_ROWS = 60


@dataclass(frozen=True)
class FlagRow:
    """A frame in which something is wrong."""

    frame: str
    time: str
    fault: str
    used: str


@dataclass(frozen=True)
class QualityPart:
    """What the report says about the measurement.

    Attributes
    ----------
    warnings, remarks
        What was said while it was measured.
    flags, more
        Frames in which something is wrong, and a sentence if they are more than are listed.
    checked
        A sentence where nothing is wrong with any frame, or "".
    caption
        What the pictures of frames show.
    drift
        A sentence on the picture of the drift, or "".
    """

    warnings: list[str]
    remarks: list[str]
    flags: list[FlagRow]
    more: str
    checked: str
    caption: str
    drift: str


def quality_part(contents: Contents) -> QualityPart | None:
    """Return what can be said; None where nothing was kept of the measurement."""
    quality, density = contents.quality, contents.density
    if quality is None or density is None:
        return None
    rows = _flag_rows(quality, density.time_unit)
    frames = any(shot.image is not None for shot in quality.shots)
    return QualityPart(
        warnings=[remark.text for remark in quality.remarks if remark.level == "warning"],
        remarks=[remark.text for remark in quality.remarks if remark.level == "info"],
        flags=rows[:MOST_ROWS],
        more=f"{len(rows) - MOST_ROWS} more are not listed." if len(rows) > MOST_ROWS else "",
        checked=""
        if rows or not frames
        else "No frame is blank, out of focus, saturated or a "
        "copy of the one before, as far as its neighbours tell.",
        caption=_caption(quality),
        drift=_drift(quality, density.length_unit),
    )


def _flag_rows(quality: Quality, unit: str) -> list[FlagRow]:
    faults: dict[int, list[str]] = {}
    for flag in quality.flags:
        text = WORDS[flag.fault]
        if flag.fault == "saturated":
            text += f" ({number(100 * flag.value, 2)} % of the pixels)"
        elif flag.fault == "blurred":
            text += f" ({number(100 * flag.value, 2)} % of the sharpness around it)"
        faults.setdefault(flag.index, []).append(text)
    for index in quality.left_out:
        faults.setdefault(index, ["–"])
    return [
        FlagRow(
            frame=str(index + 1),
            time="–" if unit == FRAME else moment(float(quality.times[index]), unit),
            fault=", ".join(faults[index]),
            used="left out" if index in quality.left_out else "used",
        )
        for index in sorted(faults)
    ]


def _caption(quality: Quality) -> str:
    shots = quality.shots
    if not shots:
        return ""
    first = shots[0]
    shown = "First, middle and last frame that were measured"
    found = "as they were measured"
    if first.positions is not None:
        counts = ", ".join(f"{shot.count:,}" for shot in shots)
        found = f"each ring is a cell that was counted ({counts})"
    elif first.covered is not None:
        found = "the line surrounds what is covered by cells"
    hidden = any(shot.hidden is not None for shot in shots)
    grey = " Hatched: not measured, because it shows no specimen." if hidden else ""
    return f"{shown}: {found}.{grey} Look whether you would have said the same."


def _drift(quality: Quality, unit: str) -> str:
    if quality.drift is None or quality.drift_error is None:
        return ""
    far = float(np.hypot(*quality.drift.T).max())
    error = float(np.sqrt(2) * quality.drift_error[-1])
    text = (
        f"Drift of the stage: {length(far, unit, 2)} at most, ± {length(error, unit, 2)} at the "
        f"end, found in {plural(len(quality.drift), 'frame')}. The band is one standard error, "
        "from how much parts of the field disagree."
    )
    if quality.moved:
        return f"{text} It was taken out, by whole pixels."
    return f"{text} That is no more than moving cells make it seem: nothing was moved."

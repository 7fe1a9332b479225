"""What was done to the frames, in the past tense of a methods section."""

from __future__ import annotations

import numpy as np

from napari_binn.frame_numbers import numbers_text
from napari_binn.prepare.words import METHOD_WORDS
from napari_binn.quality.model import Quality
from napari_binn.quantities import length, plural
from napari_binn.settings import PrepareSettings

from .contents import Contents


def corrections(contents: Contents) -> str:
    """Return a sentence with a clause for each correction that was applied; "" without any."""
    settings, density, quality = contents.settings, contents.density, contents.quality
    if settings is None or density is None or quality is None:
        return ""
    clauses = [
        *_left_out(settings.prepare, quality),
        *_light(settings.prepare),
        *_drift(quality, density.length_unit),
        *_masks(settings.prepare),
    ]
    if not clauses:
        return ""
    listed = clauses[0] if len(clauses) == 1 else f"{'; '.join(clauses[:-1])}; and {clauses[-1]}"
    return f"Before the measurement, {listed}."


def _left_out(settings: PrepareSettings, quality: Quality) -> list[str]:
    gone = quality.left_out
    if not gone:
        return []
    why = ""
    if settings.auto_leave_out:
        faults = {flag.fault for flag in quality.flags if flag.index in set(gone)}
        words = [METHOD_WORDS[fault] for fault in METHOD_WORDS if fault in faults]
        why = f"{', '.join(words)}: " if words else ""
    verb, noun = ("was", "number") if len(gone) == 1 else ("were", "numbers")
    return [
        f"{plural(len(gone), 'frame')} of {len(quality.times)} ({why}{noun} {numbers_text(gone)}) "
        f"{verb} left out"
    ]


def _light(settings: PrepareSettings) -> list[str]:
    if settings.illumination == "off":
        return []
    dark = f" above a dark level of {settings.dark_level:g}" if settings.dark_level else ""
    return [
        "frames were divided by the illumination of the field, a low-order surface fitted to the "
        f"background of the movie{dark}"
    ]


def _drift(quality: Quality, unit: str) -> list[str]:
    if quality.drift is None:
        return []
    if not quality.moved:
        return ["drift was looked for by phase correlation and none was found"]
    far = length(float(np.hypot(*quality.drift.T).max()), unit, 2)
    return [
        f"drift of up to {far}, found by phase correlation between frames, was taken out by whole "
        "pixels"
    ]


def _masks(settings: PrepareSettings) -> list[str]:
    parts = []
    if settings.mask is not None:
        parts.append("what a mask of the tissue left out")
    if settings.ignore:
        parts.append("parts of the field that show no specimen")
    return [f"{' and '.join(parts)} was not measured"] if parts else []

"""What was done to the frames, in sentences for people who know cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..frame_numbers import numbers_text
from ..movie.model import Movie
from ..quantities import length, moment, number, plural
from .model import Drift, Fault, Flag

WORDS: dict[Fault, str] = {
    "blank": "blank (almost nothing is seen)",
    "blurred": "out of focus",
    "saturated": "saturated",
    "duplicate": "a copy of the frame before",
}
#: The same for a methods section.
METHOD_WORDS: dict[Fault, str] = {
    "blank": "blank",
    "blurred": "out of focus",
    "saturated": "saturated",
    "duplicate": "duplicates",
}
#: A drift from one frame to the next by more than this share of the field is hard to believe.
JUMP = 0.1
#: Light that varies by more than this factor is hard to believe.
STEEP = 5.0
_MOST_TIMES = 6
_MOST_TEXT = 160


def flag_sentences(
    flags: Iterable[Flag], movie: Movie, left_out: Sequence[int], *, automatic: bool
) -> list[str]:
    """Return a warning for each kind of fault, with frame numbers and times.

    Parameters
    ----------
    movie
        As it was recorded.
    left_out
        Indices of the frames that are not used.
    automatic
        Whether faulty frames are left out by themselves.
    """
    listed, gone = list(flags), set(left_out)
    sentences = []
    for fault in WORDS:
        found = [flag for flag in listed if flag.fault == fault]
        if found:
            count, verb = plural(len(found), "frame"), "is" if len(found) == 1 else "are"
            indices = [flag.index for flag in found]
            absent = sum(index in gone for index in indices)
            then = "" if not absent else "; left out" if absent == len(found) else "; some left out"
            sentences.append(f"{count} {verb} {_fault(found)}: {_named(indices, movie)}{then}.")
    if sentences and not automatic:
        sentences.append(
            "Look at these frames: 'prepare.leave_out' leaves out the ones you name, "
            "'prepare.auto_leave_out' all of them."
        )
    return sentences


def _fault(found: Sequence[Flag]) -> str:
    fault = found[0].fault
    if fault == "saturated":
        most = number(100 * max(flag.value for flag in found), 2)
        return f"saturated (up to {most} % of the pixels are as bright as can be)"
    if fault == "duplicate" and len(found) > 1:
        return "copies of the frames before"
    return WORDS[fault]


def _named(indices: list[int], movie: Movie) -> str:
    """Return frames by number, and by time if they are few."""
    if len(indices) > _MOST_TIMES:
        text = numbers_text(indices)
        return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT].rpartition(',')[0]}, …"
    return ", ".join(f"frame {index + 1} ({_time(movie, index)})" for index in indices)


def _time(movie: Movie, index: int) -> str:
    return moment(float(movie.times[index]), movie.time_unit)


def left_out_sentence(left_out: Sequence[int], count: int) -> str:
    """Return which frames are not used."""
    frames = "frame" if len(left_out) == 1 else "frames"
    return f"Left out: {frames} {numbers_text(left_out)} of {count}."


def hidden_sentence(overlay: float, ignored: float) -> str:
    """Return how much of the field is not measured.

    Parameters
    ----------
    overlay, ignored
        Shares of the field under texts that were found, and under the user's shapes.
    """
    parts = []
    if overlay:
        parts.append(
            f"a text or scale bar that never changes ({number(100 * overlay, 2)} % of the field; "
            "'prepare.overlays' at keep measures it)"
        )
    if ignored:
        parts.append(f"the shapes of 'prepare.ignore' ({number(100 * ignored, 2)} %)")
    return f"Not measured, because it is no specimen: {' and '.join(parts)}." if parts else ""


def mask_sentence(path: str, shares: tuple[float, float], *, moving: bool) -> str:
    """Return how much of the field the mask calls tissue, in the first and the last frame."""
    first, last = (number(100 * share, 2) for share in shares)
    if not moving or first == last:
        return f"Tissue mask {path}: {first} % of the field is tissue."
    return (
        f"Tissue mask {path}: {first} % of the field is tissue in the first frame, {last} % in "
        "the last."
    )


def light_sentences(light: NDArray[np.float32]) -> list[tuple[str, bool]]:
    """Return what uneven light was divided out, and whether each sentence is a warning."""
    ratio = float(light.max() / light.min())
    lost = number(100 * (1 - 1 / ratio), 2)
    sentences = [
        (f"Uneven light was divided out: its darkest place had {lost} % less than its brightest.",
         False),
    ]  # fmt: skip
    if ratio > STEEP:
        sentences.append(
            (
                "So uneven a light is hard to believe: look whether the correction took something "
                "of the cells for light, and set 'prepare.illumination' to off if so.",
                True,
            )
        )
    return sentences


def drift_sentences(
    drift: Drift, recorded: Movie, kept: NDArray[np.intp], side: int
) -> list[tuple[str, bool]]:
    """Return how far the stage drifted, and whether each sentence is a warning.

    Parameters
    ----------
    recorded, kept
        The movie as it was recorded, and the frames of it that the path belongs to.
    side
        Shorter side of the field [pixels].
    """
    away = drift.path * recorded.pixel_size
    distance = np.hypot(away[:, 0], away[:, 1])
    farthest = int(distance.argmax())

    def far(value: float) -> str:
        return length(value, recorded.length_unit, 2)

    error = far(float(np.sqrt(2) * drift.error[-1] * max(recorded.pixel_size)))
    if not drift.seen:
        text = (
            f"No drift was seen, beyond what the cells' own movement makes it seem (± {error} at "
            "the end): the frames stay as they are."
        )
        return [(text, False)]
    text = (
        f"Drift was taken out: {far(float(distance[-1]))} ± {error} from the first frame to the "
        f"last, {far(float(distance[farthest]))} at most (frame {kept[farthest] + 1})."
    )
    sentences = [(text, False)]
    lost = [int(index) for index in kept[~drift.followed]]
    if lost:
        text = f"No drift could be seen in {plural(len(lost), 'frame')}, so it was taken from the"
        sentences.append((f"{text} frames around: {_named(lost, recorded)}.", True))
    steps = np.linalg.norm(np.diff(drift.path, axis=0), axis=1)
    jumps = np.flatnonzero(steps > JUMP * side) + 1
    if len(jumps):
        worst = int(np.argmax(steps)) + 1
        more = "" if len(jumps) == 1 else f", and there are {len(jumps) - 1} more such jumps"
        jump = far(float(np.hypot(*(away[worst] - away[worst - 1]))))
        sentences.append(
            (
                f"The drift that was found is hard to believe: it jumps by {jump} at frame "
                f"{kept[worst] + 1}{more}. Look at the frames there.",
                True,
            )
        )
    return sentences

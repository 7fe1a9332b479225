"""Is it reaction-diffusion at all? What the diagnosis of a fit holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: What is looked for. drift: the whole pattern moves; growth, spreading: G or D change in time;
#: direction: D differs along x and y; patches, persistence: what the simulation misses is alike
#: around a bin, in the same frame or in the next.
CheckName = Literal["drift", "growth", "spreading", "direction", "patches", "persistence"]
#: unknown: the frames cannot tell. absent: not seen. negligible: there, and too small to matter.
#: present, strong: there, and large enough to matter a little or a lot.
Finding = Literal["unknown", "absent", "negligible", "present", "strong"]
Level = Literal["consistent", "doubtful", "contradicted"]

#: How a level is called in front of a user.
LEVEL_WORDS: dict[Level, str] = {
    "consistent": "consistent with reaction–diffusion",
    "doubtful": "doubtful",
    "contradicted": "not reaction–diffusion alone",
}


@dataclass(frozen=True)
class Picture:
    """What shows a finding: a map of one frame, and a course.

    Attributes
    ----------
    frame
        Index of the frame in which the effect shows best.
    deviation
        Observed minus simulated density in that frame, (Y, X) [u], averaged over neighbouring
        bins; NaN outside the region.
    expected
        What the effect would leave there, (Y, X) [u]; zero for patches and persistence.
    label, position
        What the course is drawn over: frame times, or distances in space or time, (M,).
    course
        Mean deviation of each frame [u], or correlation at each distance, (M,).
    course_expected
        What the effect would leave, or the standard deviation of a correlation where there is
        none, (M,).
    """

    frame: int
    deviation: Array
    expected: Array
    label: str
    position: Array
    course: Array
    course_expected: Array


@dataclass(frozen=True)
class Check:
    """One departure from reaction-diffusion that was looked for.

    Attributes
    ----------
    name, finding, sentence
        What was looked for, what was found, and both in words.
    size, low, high
        The effect in ``unit`` and its 90 % interval, or, where it is not found, the wider one of
        all that the movie does not exclude: speed of the drift; growth or spreading at
        the end of the movie over that at its start; spreading along x over that along y; part of
        the density that is missed in a pattern [%].
    p
        Probability of such an effect where there is none, corrected for the number of checks.
    """

    name: CheckName
    finding: Finding
    sentence: str
    size: float
    low: float
    high: float
    unit: str
    p: float
    picture: Picture


@dataclass(frozen=True)
class Diagnosis:
    """Whether the movie is one that reaction-diffusion can explain.

    Attributes
    ----------
    level
        The verdict.
    sentence
        The verdict in words.
    checks
        What was looked for, in a fixed order.
    velocity
        Estimated drift along x and y [length/time].
    """

    level: Level
    sentence: str
    checks: tuple[Check, ...]
    velocity: tuple[float, float]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict, then what each check found."""
        return (self.sentence, *(check.sentence for check in self.checks))

    def check(self, name: CheckName) -> Check:
        """Return one check by its name."""
        return next(check for check in self.checks if check.name == name)

    def as_dict(self, pictures: bool = True) -> dict[str, Any]:
        """Return plain lists, numbers and texts, with or without the arrays of the pictures."""
        result: dict[str, Any] = _plain(asdict(self))
        result["words"] = LEVEL_WORDS[self.level]
        if not pictures:
            for check in result["checks"]:
                del check["picture"]
        return result


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; what is not finite becomes None."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value

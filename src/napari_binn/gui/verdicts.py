"""How a verdict and what was checked look: a mark, a tone and a few words."""

from __future__ import annotations

from ..inference.diagnostics_model import CheckName, Finding, Level
from .labels import Tone

#: Mark and tone of each level.
LEVELS: dict[Level, tuple[str, Tone]] = {
    "consistent": ("●", "good"),
    "doubtful": ("◐", "warning"),
    "contradicted": ("✕", "bad"),
}
#: Mark, tone and words of each finding.
FINDINGS: dict[Finding, tuple[str, Tone, str]] = {
    "unknown": ("?", "muted", "cannot be told"),
    "absent": ("✓", "good", "not seen"),
    "negligible": ("✓", "good", "too small to matter"),
    "present": ("◐", "warning", "seen"),
    "strong": ("✕", "bad", "seen clearly"),
}
#: What each check looks for.
TITLES: dict[CheckName, str] = {
    "drift": "Drift of the pattern",
    "growth": "Growth changes in time",
    "spreading": "Spreading changes in time",
    "direction": "Spreading by direction",
    "patches": "Misfit in patches",
    "persistence": "Misfit that stays",
}

"""Can the curves be trusted? What the checks of the estimate found, in words and rows."""

from __future__ import annotations

from dataclasses import dataclass

from napari_binn.check_words import CHECKS, FINDINGS, worst_first
from napari_binn.inference.agreement import agreement
from napari_binn.inference.diagnostics_model import LEVEL_WORDS
from napari_binn.inference.words import boundary_in_words
from napari_binn.quantities import MISSING, number, quantity, span
from napari_binn.run.summary import identifiability

from .contents import Contents


@dataclass(frozen=True)
class CheckRow:
    """One departure from reaction-diffusion that was looked for."""

    title: str
    finding: str
    sentence: str
    against: bool


@dataclass(frozen=True)
class OptionRow:
    """Another experiment and how well the curves would be known from it."""

    label: str
    D: str
    G: str


@dataclass(frozen=True)
class Trust:
    """What the section of the report shows.

    Attributes
    ----------
    level
        "consistent", "doubtful", "contradicted", or "" where it was not checked.
    facts
        (name, text) on range, noise, border and bands.
    disagreement
        A sentence where the networks and the estimate disagree, else nothing.
    """

    level: str
    words: str
    sentence: str
    checks: tuple[CheckRow, ...]
    facts: tuple[tuple[str, str], ...]
    known: tuple[str, ...]
    options: tuple[OptionRow, ...]
    disagreement: str


def trust(contents: Contents) -> Trust | None:
    """Return what the checks found; None where there is no estimate yet."""
    if contents.terms is None:
        return None
    diagnosis, design = contents.diagnosis, contents.design
    return Trust(
        level="" if diagnosis is None else diagnosis.level,
        words="" if diagnosis is None else _opening(LEVEL_WORDS[diagnosis.level]),
        sentence="" if diagnosis is None else diagnosis.sentence,
        checks=_checks(contents),
        facts=tuple(_facts(contents)),
        known=tuple(identifiability(contents.terms, design)),
        options=() if design is None else _options(contents),
        disagreement=_disagreement(contents),
    )


def _checks(contents: Contents) -> tuple[CheckRow, ...]:
    if contents.diagnosis is None:
        return ()
    return tuple(
        CheckRow(
            CHECKS[check.name],
            FINDINGS[check.finding],
            check.sentence,
            check.finding in ("present", "strong"),
        )
        for check in worst_first(contents.diagnosis)
    )


def _facts(contents: Contents) -> list[tuple[str, str]]:
    terms, density = contents.terms, contents.density
    assert terms is not None
    ranges = [
        f"u = {span(low, high, digits=2)}"
        + (
            ""
            if density is None
            else f" ({span(low * terms.density_scale, high * terms.density_scale)} "
            f"{density.density_unit})"
        )
        for low, high in terms.supported_ranges()
    ]
    bootstrap = contents.bootstrap
    return [
        ("Range that the data support", " and ".join(ranges) or "none"),
        ("Noise", terms.noise.describe()),
        ("Border", boundary_in_words(terms.boundary)),
        *_networks(contents),
        (
            "Bands",
            "They follow from the curvature of the posterior and were not checked on simulated "
            f"movies; “napari-binn bootstrap {contents.name}” does that."
            if bootstrap is None
            else bootstrap.sentence,
        ),
    ]


def _options(contents: Contents) -> tuple[OptionRow, ...]:
    design = contents.design
    assert design is not None
    if not design.options:
        return ()
    now = OptionRow("this movie", _percent(design.sd_D), _percent(design.sd_G))
    others = (
        OptionRow(option.label, _percent(option.sd_D), _percent(option.sd_G))
        for option in design.options
    )
    return (now, *others)


def _percent(share: float) -> str:
    text = number(100 * share, 2)
    return text if text == MISSING else quantity(100 * share, "%", 2)


def _networks(contents: Contents) -> list[tuple[str, str]]:
    if contents.binn is None or contents.terms is None:
        return []
    return [("Networks", agreement(contents.terms, contents.binn).sentence)]


def _disagreement(contents: Contents) -> str:
    if contents.binn is None or contents.terms is None:
        return ""
    found = agreement(contents.terms, contents.binn)
    return "" if found.agree else found.sentence


def _opening(words: str) -> str:
    return words[:1].upper() + words[1:]

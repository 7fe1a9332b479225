"""What is to be said about D(u) and G(u) once they are learned."""

from __future__ import annotations

from dataclasses import dataclass

from ...inference.diagnostics_model import CheckName, Finding, Level
from ...inference.words import boundary_in_words
from ..results import Results


@dataclass(frozen=True)
class Findings:
    """The sentences of step ③; what is not known is empty.

    Attributes
    ----------
    level, verdict
        Whether reaction-diffusion explains the movie, and that in a sentence.
    checks
        What was looked for: its name, what was found, and that in a sentence.
    known
        How well the frames determine the curves.
    agree, agreement
        Whether networks and estimate tell the same, and that in a sentence.
    others
        What was taken for the border of the region, how the measurement scatters, and how the
        bands were tested.
    advice
        What would determine the curves better.
    """

    level: Level | None = None
    verdict: str = ""
    checks: tuple[tuple[CheckName, Finding, str], ...] = ()
    known: str = ""
    agree: bool = True
    agreement: str = ""
    others: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def findings_of(results: Results | None) -> Findings | None:
    """Return what is to be said about the results of a run; None before the curves are learned.

    Raises
    ------
    UserError
        A file of the run is damaged.
    """
    if results is None or results.terms is None:
        return None
    terms, design, agreement = results.terms, results.design, results.agreement
    diagnosis, bootstrap = results.diagnosis, results.bootstrap
    said = terms.sentences if design is None else design.sentences
    checks = () if diagnosis is None else diagnosis.checks
    return Findings(
        level=None if diagnosis is None else diagnosis.level,
        verdict="" if diagnosis is None else diagnosis.sentence,
        checks=tuple((check.name, check.finding, check.sentence) for check in checks),
        known="".join(said[:1]),
        agree=agreement is None or agreement.agree,
        agreement="" if agreement is None else agreement.sentence,
        others=(
            boundary_in_words(terms.boundary),
            terms.noise.describe(),
            *([] if bootstrap is None else [bootstrap.sentence]),
        ),
        advice=() if design is None else design.sentences[1:],
    )

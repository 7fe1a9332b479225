"""A formula of the user's, fitted to the movie of a run and ranked beside those that were found."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .equations.model import Equation
from .equations.ranking import unsupported_in_words, verdict
from .errors import UserError
from .run.folder import RunFolder
from .threads import one_thread


@dataclass(frozen=True)
class Tested:
    """What came of testing a formula.

    Attributes
    ----------
    equation
        The formula with its constants and scores, as it is kept with the run.
    index
        Its place among the run's own equations.
    sentence
        Whether the data exclude it.
    """

    equation: Equation
    index: int
    sentence: str


def try_formula(run: RunFolder, D: str = "", G: str = "", *, as_typed: bool = False) -> Tested:
    """Fit a formula to the movie of a run, rank it beside those found, and keep it with the run.

    Parameters
    ----------
    D, G
        The formulas; one that is left empty is the one that was chosen, its constants fitted anew.
    as_typed
        Whether the numbers typed are kept; else they are starting values.

    Raises
    ------
    UserError
        If the run has no formulas yet, what was typed is no formula, or it cannot be fitted.
    """
    if not run.has("discover"):
        raise UserError(
            f"The run {run.path} has no formulas to compare yours with: resume it until formulas "
            "are found."
        )
    run.check_idle()
    found = run.load_equations()
    chosen = found.best
    law = D.strip() or chosen.D.text, G.strip() or chosen.G.text
    equation = _fitted(run, *law, as_typed=as_typed)
    run.add_own_equation(equation)
    refresh(run)
    words = (verdict(equation, found.equations), unsupported_in_words(equation))
    return Tested(equation, len(run.load_own_equations()) - 1, " ".join(filter(None, words)))


def remove_formula(run: RunFolder, index: int) -> None:
    """Remove one of the user's own formulas from a run, its summary and its report.

    Raises
    ------
    IndexError
        If there is none of that number.
    """
    run.remove_own_equation(index)
    refresh(run)


def rescore(run: RunFolder) -> None:
    """Fit the user's own formulas of a run to its movie again, since its estimate is a new one.

    One that can no longer be fitted is kept without scores.
    """
    own = run.load_own_equations()
    if not own:
        return
    renewed = []
    for equation in own:
        try:
            renewed.append(_fitted(run, equation.D.text, equation.G.text))
        except UserError:
            renewed.append(replace(equation, scores={}))
    run.replace_own_equations(renewed)


def _fitted(run: RunFolder, D: str, G: str, *, as_typed: bool = False) -> Equation:
    from .equations.hypothesis import fit_typed

    settings = run.load_settings()
    with one_thread():
        return fit_typed(
            run.load_density(),
            run.load_terms(),
            D,
            G,
            as_typed=as_typed,
            refine=settings.simulation.refine,
            max_bins=settings.inference.max_bins,
            forecast_fraction=settings.simulation.forecast_fraction,
            seed=settings.seed,
        )


def refresh(run: RunFolder) -> None:
    """Bring the summary and the report of a run up to date with the user's own formulas."""
    from .run.summary import formulas_summary

    if run.has("summary"):
        listed = formulas_summary(
            run.load_equations(), run.load_own_equations(), run.load_density()
        )
        run.save_summary({**run.load_summary(), "formulas": listed})
    if run.has("report"):
        from .report import write_report

        write_report(run)

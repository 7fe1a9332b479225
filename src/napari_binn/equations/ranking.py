"""The order of equations by what the movie says about them, and that in words.

Scores are BIC: minus twice the log likelihood of a simulation of the movie, its first frame
integrated out, plus log n for each constant. Half a difference is the log of how much more probable
one of two equations is (Kass & Raftery, J. Am. Stat. Assoc. 90, 1995): 2 units are odds of 3 to 1,
not worth more than a bare mention; 6 are odds of 20 to 1.

The price of a constant, log n, says that nothing spoke for it beforehand. A formula that explains
the movie as well as the best one with a constant more is worse by that price, but not contradicted
by the movie. So the data speak against a formula only if it is also worse by AIC, whose price is 2
(Burnham & Anderson, Model Selection and Multimodel Inference, 2002, sections 2.2 and 6.4). That
holds for mechanisms and hypotheses, which were there before the movie; a formula that was picked
from thousands has bent its constants to the noise, and BIC alone judges it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .model import Equation

#: Units of BIC within which the simplest equation is preferred, and units, both of BIC and of AIC,
#: beyond which the data speak against one.
INDISTINGUISHABLE, EXCLUDED = 2.0, 6.0
RULE = (
    "Each pair's constants are refitted to the movie by simulation; of the pairs whose BIC lies "
    "within 2 of the lowest, the one with the fewest constants is chosen, then one of mechanistic "
    "forms, then the one with the lowest BIC."
)


@dataclass(frozen=True)
class Standing:
    """An equation's place among all that are known of a movie.

    Attributes
    ----------
    key
        Its place in the list of those that were found; the user's own are counted on from there.
    delta
        How many units of BIC worse it is than the best; NaN if it was not scored.
    weight
        Probability of it, were one of those that were found true (for one of the user's own: or it
        itself); NaN if it was not scored.
    chosen
        Whether it is the answer of the search.
    possible
        Whether the data do not speak against it.
    own
        Whether the user made it.
    """

    equation: Equation
    key: int
    delta: float
    weight: float
    chosen: bool = False
    possible: bool = False
    own: bool = False


def choose(equations: Iterable[Equation]) -> tuple[Equation, ...]:
    """Return the equations, the answer first (see :data:`RULE`), the others by their BIC."""
    ranked = sorted(equations, key=lambda e: e.scores["bic"])
    near = [e for e in ranked if e.scores["bic"] <= ranked[0].scores["bic"] + INDISTINGUISHABLE]
    best = min(near, key=lambda e: (e.scores["parameters"], _unnamed(e), e.scores["bic"]))
    return (best, *(e for e in ranked if e is not best))


def standings(found: Sequence[Equation], own: Sequence[Equation] = ()) -> tuple[Standing, ...]:
    """Return the standing of each equation, those that were found first, in the order given."""
    scores = [_bic(equation) for equation in (*found, *own)]
    best = _least(scores)
    fits = [math.nan if _unnamed(one) else _aic(one) for one in found] + [_aic(one) for one in own]
    fittest = _least(fits)
    shares = [math.exp(0.5 * (best - score)) if math.isfinite(score) else 0.0 for score in scores]
    total = sum(shares[: len(found)])
    result = []
    for key, (equation, score, fit, share) in enumerate(
        zip((*found, *own), scores, fits, shares, strict=True)
    ):
        mine = key >= len(found)
        whole = total + share * mine
        scored = math.isfinite(score) and whole > 0
        result.append(
            Standing(
                equation,
                key,
                score - best,
                share / whole if scored else math.nan,
                chosen=key == 0 and not mine,
                possible=scored and (score - best <= EXCLUDED or fit - fittest <= EXCLUDED),
                own=mine,
            )
        )
    return tuple(result)


def possible(standing: Sequence[Standing]) -> tuple[Standing, ...]:
    """Return those of the equations found that the data do not speak against, best first."""
    kept = [one for one in standing if one.possible and not one.own]
    return tuple(sorted(kept, key=lambda one: one.delta))


def in_words(found: Sequence[Equation]) -> str:
    """Return in a sentence how many of the equations found the data can tell apart."""
    some = standings(found)
    kept = possible(some)
    if len(some) < 2 or not kept:
        return ""
    if len(kept) == 1:
        return f"The data speak against the other {len(some) - 1} pairs of formulas."
    return (
        f"The data do not exclude {len(kept)} of {len(some)} pairs of formulas; the chosen one is "
        f"the simplest of the best, with a weight of {percent(some[0].weight)}."
    )


def verdict(equation: Equation, others: Sequence[Equation]) -> str:
    """Return in a sentence what the data say about an equation of the user's."""
    score = _bic(equation)
    worse = score - _least(map(_bic, others))
    if not math.isfinite(worse):
        return ""
    if worse < -INDISTINGUISHABLE:
        return f"Your formula explains the movie best: the next one is {-worse:.1f} units worse."
    if worse <= INDISTINGUISHABLE:
        return "Your formula cannot be told apart from the best one: both explain the movie."
    if worse <= EXCLUDED:
        return (
            f"Your formula is {worse:.1f} units worse than the best one: the data lean against it, "
            "but do not exclude it."
        )
    fittest = _least(_aic(one) for one in others if not _unnamed(one))
    if _aic(equation) - fittest <= EXCLUDED:
        return (
            f"Your formula is {_units(worse)} units worse than the best one, because it has more "
            "constants than the data need: they do not speak for it, but do not exclude it."
        )
    return (
        f"Your formula is {_units(worse)} units worse than the best one: the data speak against it."
    )


def unsupported(equation: Equation) -> tuple[str, ...]:
    """Return the names of the constants whose 90 % interval contains zero, or that have none."""
    return tuple(
        name for name, value, half in equation.constants if not abs(value) > half
    )  # not a number: the data do not determine it


def unsupported_in_words(equation: Equation) -> str:
    """Return which terms of an equation the data do not support; empty if there are none."""
    names = unsupported(equation)
    if not names:
        return ""
    if len(names) == 1:
        return f"The data do not support the term with {names[0]}: its constant may be zero."
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"The data do not support the terms with {listed}: their constants may be zero."


def percent(share: float) -> str:
    """Write a weight."""
    return "< 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _unnamed(equation: Equation) -> int:
    """Count the forms of an equation that are no mechanism but were picked from very many."""
    return sum(not formula.name for formula in (equation.D, equation.G))


def _units(worse: float) -> str:
    return f"{worse:.1f}" if worse < 10 else f"{worse:,.0f}"


def _least(scores: Iterable[float]) -> float:
    """Return the lowest score that is known, NaN if none is."""
    return min(filter(math.isfinite, scores), default=math.nan)


def _aic(equation: Equation) -> float:
    """Return the score with a price of 2 for each constant; NaN where n is not known."""
    observations = equation.scores.get("observations", math.nan)
    if not observations > 1:
        return math.nan
    return _bic(equation) - equation.scores["parameters"] * (math.log(observations) - 2)


def _bic(equation: Equation) -> float:
    return equation.scores.get("bic", math.nan)

"""The order of equations, their weights, and what is said about one's own."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from napari_binn.equations.model import Equation, Formula
from napari_binn.equations.ranking import (
    choose,
    in_words,
    percent,
    possible,
    standings,
    unsupported,
    unsupported_in_words,
    verdict,
)


def equation(bic: float, parameters: int = 3, name: str = "logistic") -> Equation:
    scores = {"bic": bic, "parameters": float(parameters), "complexity": 9.0}
    return Equation(Formula("0.01", 1, name), Formula("1 - u", 3, name), (), scores)


BEST, CLOSE, NEAR, POOR = equation(100.0, 4), equation(101.5, 3), equation(105.0), equation(120.0)


def test_the_simplest_of_the_equally_good_is_chosen() -> None:
    assert choose([POOR, BEST, NEAR, CLOSE]) == (CLOSE, BEST, NEAR, POOR)


def test_a_mechanism_comes_before_a_formula_that_was_picked_from_many() -> None:
    found = equation(100.0, name="")
    assert choose([found, equation(101.0)])[0].D.name == "logistic"
    assert choose([found, equation(102.5)])[0] is found


def test_weights_are_probabilities_and_tell_what_is_possible() -> None:
    listed = standings(choose([BEST, CLOSE, NEAR, POOR]))
    assert sum(one.weight for one in listed) == pytest.approx(1.0)
    assert listed[1].weight / listed[0].weight == pytest.approx(math.exp(0.75))
    assert [one.delta for one in listed] == [1.5, 0.0, 5.0, 20.0]
    assert [one.possible for one in listed] == [True, True, True, False]
    assert [one.chosen for one in listed] == [True, False, False, False]
    assert [one.delta for one in possible(listed)] == [0.0, 1.5, 5.0]


def test_a_constant_that_nothing_speaks_for_does_not_exclude_a_formula() -> None:
    # 1,000 observations: a constant costs 6.9 units of BIC, and 2 of AIC.
    def fitted(misfit: float, parameters: int) -> Equation:
        one = equation(misfit + parameters * math.log(1000), parameters)
        return replace(one, scores={**one.scores, "observations": 1000.0})

    simple, richer, far = fitted(100, 3), fitted(99.9, 4), fitted(106, 4)
    listed = standings([simple, richer, far])
    assert listed[1].delta == pytest.approx(6.81, abs=0.01)
    assert [one.possible for one in listed] == [True, True, False]
    assert listed[1].weight < 0.04
    picked = replace(richer, D=replace(richer.D, name=""))  # one of thousands
    assert not standings([simple, picked])[1].possible
    assert "do not exclude it" in verdict(richer, [simple])
    assert "speak against it" in verdict(far, [simple])


def test_ones_own_formula_takes_its_place_without_moving_the_others() -> None:
    alone = standings([BEST, NEAR])
    with_own = standings([BEST, NEAR], [CLOSE, equation(math.nan)])
    assert [one.weight for one in with_own[:2]] == [one.weight for one in alone]
    assert with_own[2].own
    assert with_own[2].possible
    assert 0 < with_own[2].weight < 0.5
    assert math.isnan(with_own[3].delta)
    assert math.isnan(with_own[3].weight)


@pytest.mark.parametrize(
    ("bic", "said"),
    [(96.0, "best: the next one is 4.0 units worse"), (99.0, "cannot be told apart"),
     (101.0, "cannot be told apart"), (104.0, "lean against it"),
     (114.0, "14 units worse than the best one: the data speak against it")],
)  # fmt: skip
def test_whether_a_hypothesis_is_excluded_is_said_in_a_sentence(bic: float, said: str) -> None:
    assert said in verdict(equation(bic), [BEST, POOR])


def test_what_has_no_score_gets_no_verdict() -> None:
    assert verdict(Equation(BEST.D, BEST.G), [BEST]) == ""


def test_terms_whose_interval_holds_zero_are_named() -> None:
    law = Equation(BEST.D, BEST.G, (("D1", 0.01, 0.002), ("D2", -0.1, 0.3), ("G1", 1, math.nan)))
    assert unsupported(law) == ("D2", "G1")
    assert "terms with D2 and G1" in unsupported_in_words(law)
    assert unsupported_in_words(BEST) == ""


def test_the_set_is_told_in_words() -> None:
    assert "do not exclude 3 of 4" in in_words([BEST, CLOSE, NEAR, POOR])
    assert "against the other 1" not in in_words([BEST])
    assert in_words([BEST, POOR]).startswith("The data speak against")
    assert percent(0.004) == "< 1 %"

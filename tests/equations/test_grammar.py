from __future__ import annotations

import math

import pytest

from napari_binn.equations.grammar import U, complexity, parse, to_latex, to_text
from napari_binn.errors import UserError


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("0.02*u + 0.001", 0.5, 0.011),
        ("1.1*(1 - u/0.9)", 0.45, 0.55),
        ("-u^2", 3.0, -9.0),
        ("2^-1*u", 4.0, 2.0),
        ("u**1.5", 4.0, 8.0),
        ("exp(-u)*ln(u) + sqrt(u)", 1.0, 1.0),
        ("3 × u ÷ 2 − 1e-3", 1.0, 1.499),
        ("2^3^2", 0.0, 512.0),
        ("--u", 2.0, 2.0),
        (".5u".replace("u", "*u"), 2.0, 1.0),
    ],
)
def test_formulas_mean_what_they_say(text, at, value):
    assert math.isclose(float(parse(text).subs(U, at)), value, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("__import__('os').system('true')", "not part of a formula"),
        ("u.real", "not part of a formula"),
        ("lambda u: u", "not known|not part"),
        ("eval(u)", "'eval' is not known"),
        ("u u", "not expected"),
        ("(u", "parenthesis is missing"),
        ("exp u", "needs parentheses"),
        ("u +", "ends too early"),
        ("1/0", "no finite real value"),
        ("log(-1)", "no finite real value"),
        ("u^1000", "larger than 100"),
        ("(" * 200 + "u" + ")" * 200, "nested too deeply"),
        ("-" * 500 + "u", "nested too deeply"),
        ("u+" * 1500 + "u", "longer than"),
        ("a*u", "'a' is not known"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(text, why):
    with pytest.raises(UserError, match=why):
        parse(text)


def test_towers_of_powers_do_not_hang():
    expression = parse("((9^99)^99)^9 * u")
    assert expression.has(U)


def test_allowed_constants_stay_symbols():
    assert str(parse("a*u + b", ["a", "b"])) == "a*u + b"


def test_text_round_trips():
    for text in ("0.02*u + 0.001", "1.5*(1 - u/0.8)", "0.3*exp(-2.5*u)", "u**2 - 0.1*sqrt(u)"):
        expression = parse(text)
        assert float((parse(to_text(expression)) - expression).subs(U, 0.37)) == pytest.approx(0)


def test_latex_has_few_digits():
    assert to_latex(parse("0.0123456789*u^2")) == "0.01235 u^{2}"


def test_complexity_counts_symbols():
    assert complexity(parse("0.5")) == 1
    assert complexity(parse("0.02*u + 0.001")) == 5
    assert complexity(parse("exp(u)")) == 2

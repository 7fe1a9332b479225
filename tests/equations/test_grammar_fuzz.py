"""Whatever is typed: a formula or one sentence, soon, and nothing is ever run."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_binn.equations.evaluate import evaluate
from napari_binn.equations.grammar import parse, to_latex, to_text
from napari_binn.errors import UserError

fuzz = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
DENSITIES = np.linspace(0.05, 1.5, 23)

PIECES = st.sampled_from(
    ["u", "1", "2", "9", "0", "0.5", "1e9", "1e999", "1e-400", "999999999999999", "+", "-", "*",
     "/", "^", "**", "(", ")", "exp(", "log(", "sqrt(", "ln(", "x", "exp", "u.real", "__class__",
     "import", "eval(", "[", "]", ",", ";", "=", "'", '"', "\\", "\n", " ", "\x00", "²", "٣", "π",
     "𝑢", "−", "×", "÷", "·", "é", "∞", "j", "1j", "lambda", "%", "@", "!"]
)  # fmt: skip


def formulas(depth: int) -> st.SearchStrategy[str]:
    """Texts that are formulas of the grammar, sane or not."""
    numbers = st.one_of(
        st.integers(0, 12).map(str),
        st.floats(1e-6, 1e6).map(lambda value: f"{value:.5g}"),
        st.sampled_from(["1e9", "1e90", "999999999999999", "1e-90"]),
    )
    leaf = st.one_of(st.just("u"), st.just("u"), numbers)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds("({}){}({})".format, inner, st.sampled_from("+-*/^"), inner),
            st.builds("{}({})".format, st.sampled_from(["exp", "log", "sqrt", "-"]), inner),
        ),
        max_leaves=depth,
    )  # fmt: skip


def read(text: str) -> object | None:
    """Return the expression, or None for a refusal in one sentence."""
    try:
        return parse(text)
    except UserError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert len(sentence) < 300
        return None


@fuzz
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_row_of_pieces_is_a_formula_or_a_sentence(text: str) -> None:
    read(text)


@fuzz
@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_a_sentence(text: str) -> None:
    read(text)


@fuzz
@given(formulas(14))
def test_what_is_read_can_be_evaluated_and_written(text: str) -> None:
    if read(text) is not None:
        values = evaluate(text, DENSITIES)
        assert values.shape == DENSITIES.shape
        assert to_latex(parse(text))


@fuzz
@given(formulas(8))
def test_what_is_written_means_what_was_read(text: str) -> None:
    if read(text) is None:
        return
    written = to_text(parse(text), 15)
    once, again = evaluate(text, DENSITIES), evaluate(written, DENSITIES)
    both = np.isfinite(once) & np.isfinite(again)
    # Rounding of the constants is magnified by what they are raised to.
    close = np.isclose(once[both], again[both], rtol=1e-6, atol=1e-6 * (1 + np.abs(once[both])))
    assert close.all() or not math.isfinite(float(np.abs(once[both]).max()) * 1e15)


@pytest.mark.parametrize(
    "text",
    [
        "u" * 1_000_000,
        "(" * 10_000 + "u" + ")" * 10_000,
        "exp(" * 400 + "u" + ")" * 400,
        "-" * 1_900 + "u",
        "u^" * 900 + "u",
        "2^" * 900 + "2",
        "u.__class__.__base__",
        "().__class__",
        "exp(u).args",
        "__import__('os')",
        "open('x')",
        "exp",
        "exp()",
        "u(2)",
        "2(u)",
        "u²",
        "٣*u",
        "\ud800",
    ],
)
def test_attacks_are_refused_in_a_sentence(text: str) -> None:
    assert read(text) is None


def test_the_longest_formula_is_read() -> None:
    assert parse("+".join(["0.5*u^2"] * 250)) == parse("125.0*u^2")
    assert read("*".join(["(u+1)"] * 330)) is None

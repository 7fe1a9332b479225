"""A formula that makes no sense on the densities of a movie says so, a sound one says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.equations.checks import check, severe
from napari_binn.equations.evaluate import evaluate
from napari_binn.errors import UserError

#: The formulas of Lavery et al., arXiv:2604.18548, Table 2: (D, G) of three replicates.
PAPER = {
    1: ("0.001159*exp(6.274*u) + 0.0001714", "1.504 - 1.024*u - u^1.5"),
    2: ("0.0002699*exp(6.126*u) - 0.0001016", "1.484 - 1.983*u"),
    3: ("0.1527*u^2*exp(u) + 0.004755", "1.130 - 0.9744*u"),
}


@pytest.mark.parametrize("replicate", PAPER)
def test_the_laws_of_the_paper_are_sound_on_the_densities_observed(replicate: int) -> None:
    D, G = PAPER[replicate]
    assert check("D", D, 0.0, 1.0) == ()
    assert check("G", G, 0.0, 1.0) == ()


def test_the_paper_subtracts_more_than_the_sparse_limit_of_the_exponential_below_zero() -> None:
    """Its D of replicate 2 is a difference: negative left of u = ln(0.1016/0.2699)/6.126."""
    D = PAPER[2][0]
    root = np.log(0.0001016 / 0.0002699) / 6.126
    assert root < 0
    assert evaluate(D, np.array([0.0]))[0] == pytest.approx(0.0002699 - 0.0001016, rel=1e-4)
    # With a tenfold offset it is negative near u = 0 in earnest, and that is said with the place.
    (flaw,) = check("D", "0.0002699*exp(6.126*u) - 0.001016", 0.0, 1.0)
    assert flaw.kind == "negative"
    assert flaw.u[0] == 0.0
    assert flaw.u[1] == pytest.approx(np.log(0.001016 / 0.0002699) / 6.126, abs=1e-3)
    assert "at u = 0 to 0.22" in flaw.sentence


@pytest.mark.parametrize(
    ("which", "text", "kind", "at"),
    [
        ("D", "0.01/(u - 0.3)", "pole", 0.3),
        ("D", "0.01/(u - 0.123456)^2", "pole", 0.123456),
        ("G", "1/(u^2 - 0.5*u + 0.0625)", "pole", 0.25),
        ("G", "1/u", "pole", 0.0),
        ("G", "1/u^0.7", "pole", 0.0),
        ("G", "1/(1.4 - u)", "pole", 1.4),
        ("G", "1/log(u + 0.5)", "pole", 0.5),
        ("G", "log(u - 0.5)", "undefined", 0.0),
        ("D", "0.01*sqrt(1.2 - u)", "undefined", 1.2),
        ("D", "0.01 - 0.05*u", "negative", 0.2),
        ("G", "u^2", "runaway", 1.0),
        ("G", "1 - u + 0.8*u^3", "runaway", 1.0),
    ],
)
def test_flaws_are_found_where_they_are(which, text, kind, at) -> None:
    (flaw,) = check(which, text, 0.0, 1.0)
    assert flaw.kind == kind
    assert flaw.u[0] == pytest.approx(at, abs=2e-3)
    assert flaw.severe == (kind != "runaway")
    assert flaw.sentence.startswith(f"{which} = {text} ")
    assert flaw.sentence.endswith(".")


@pytest.mark.parametrize(
    ("which", "text"),
    [
        ("G", "1.1*(1 - u/0.9)"),
        ("G", "0.7*log(1.04/u)"),
        ("G", "1.2"),
        ("G", "0"),
        ("G", "u/(u + 0.3)"),
        ("G", "3*(1 - u)*(u/0.2 - 1)"),
        ("G", "1/(1 + (u/0.5)^2) - 0.1"),
        ("D", "0.01/(1 + u/0.001)"),
        ("D", "0.01*u^0.5"),
        ("D", "0"),
        ("D", "0.02*exp(9*u)"),
    ],
)
def test_sound_formulas_are_not_doubted(which, text) -> None:
    assert check(which, text, 0.0, 1.0) == ()


def test_a_dip_within_the_errors_is_said_but_no_obstacle() -> None:
    (flaw,) = check("D", "0.02*u - 0.00005", 0.0, 1.0)
    assert flaw.kind == "negative"
    assert not flaw.severe


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(UserError, match="cannot be read"):
        check("D", "u.real", 0.0, 1.0)


@pytest.mark.parametrize(
    ("which", "text", "kind"),
    [
        ("D", "0.006*u**(-0.5)", ""),  # explodes where no density was seen
        ("D", "0.02*(u - 0.04)", ""),  # negative there
        ("D", "0.02*(u - 0.06)", "negative"),
        ("D", "0.01/(u - 0.5)", "pole"),
        ("D", "0.02*(0.95 - u)", "negative"),
        ("G", "1 + 0.06/u", "pole"),  # cells out of nothing
        ("G", "0.8*log(1/u)", ""),
        ("G", "1 + u**3", ""),  # doubtful, but it can be simulated
    ],
)
def test_what_keeps_a_formula_from_being_simulated(which: str, text: str, kind: str) -> None:
    flaw = severe(which, text, low=0.05, highest=1.0)  # type: ignore[arg-type]
    assert ("" if flaw is None else flaw.kind) == kind

"""Formulas as plain text on the canvas."""

from __future__ import annotations

import pytest
from napari.components import ViewerModel

from napari_binn.gui.overlay import canvas_text, hide_formula, show_formula, unicode_formula


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.02*u**2 + 0.001", "0.02 u² + 0.001"),
        ("0.02*u**2+0.001", "0.02 u² + 0.001"),
        ("1.2188 - 1.4012*u", "1.22 − 1.4 u"),
        ("-1.5*(1 - u/0.9)", "−1.5 (1 − u/0.9)"),
        ("1.5e-05*u**1.1", "1.5×10⁻⁵ u^1.1"),
        ("0.00001234*u**(-2)", "1.23×10⁻⁵ u⁻²"),
        ("0.0029*exp(0.61*u) + 0.00087", "0.0029 exp(0.61 u) + 0.00087"),
        ("sqrt(u)*2", "√(u) 2"),
        ("(u + 0.1)**2", "(u + 0.1)²"),
        ("exp(-2.0*u)", "exp(−2 u)"),
        ("0", "0"),
    ],
)
def test_formulas_are_written_as_on_paper(text: str, shown: str) -> None:
    assert unicode_formula(text) == shown


def test_the_canvas_says_what_u_is_and_in_which_units() -> None:
    text = canvas_text("0.015", "1.2188 - 1.4012*u", 1838.4, "cells/mm²")
    assert text.splitlines() == [
        "∂u/∂t = ∇·(0.015 ∇u) + (1.22 − 1.4 u) u",
        "u = density / (1,840 cells/mm²)",
        "lengths in mm, times in days",
    ]


def test_terms_that_are_zero_are_left_out() -> None:
    assert canvas_text("0.015", "0", 1.0, "a.u.").startswith("∂u/∂t = ∇·(0.015 ∇u)\n")
    assert canvas_text("0", "0", 1.0, "a.u.").startswith("∂u/∂t = 0\n")


def test_long_formulas_take_one_line_more() -> None:
    long = "0.0029*exp(0.61*u) + 0.00087*u**2 + 0.002"
    text = canvas_text(long, long, 0.02, "cells/pixel²", "pixel", "frame")
    assert len(text.splitlines()) == 4
    assert text.endswith("lengths in pixels, times in frames")


def test_the_formula_comes_and_goes() -> None:
    viewer = ViewerModel()
    show_formula(viewer, "∂u/∂t = 0")
    overlay = viewer.canvas.overlays.text
    assert overlay.visible
    assert overlay.box
    assert overlay.text.strip() == "∂u/∂t = 0"
    hide_formula(viewer)
    assert not overlay.visible

"""Formulas become pictures, or stay readable text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from napari_binn.report.typeset import formula_svg, formula_text, mathtext_svg
from napari_binn.run.latex import equation_latex


def coordinates(svg: str) -> np.ndarray:
    path = ET.fromstring(svg).find("path")
    assert path is not None
    values = [float(v) for v in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
    return np.array(values).reshape(-1, 2)


@pytest.mark.parametrize(
    ("D", "G"),
    [
        ("0.004", "1.2 - 1.2*u"),
        ("0.001159*exp(6.274*u) + 0.0001714", "1.504 - 1.024*u - u**1.5"),
        ("0.1527*u**2*exp(u)/(1 + u) + 0.004755", "log(u)*sqrt(u) - 1.2e-9"),
    ],
)
def test_equation_is_one_picture_inside_its_frame(D: str, G: str) -> None:
    svg = mathtext_svg(equation_latex(D, G), "in words")
    picture = ET.fromstring(svg)
    assert picture.attrib["aria-label"] == "in words"
    left, top, width, height = (float(v) for v in picture.attrib["viewBox"].split())
    points = coordinates(svg)
    assert left <= points[:, 0].min() <= points[:, 0].max() <= left + width
    assert top <= points[:, 1].min() <= points[:, 1].max() <= top + height
    assert width > 5 * height


def test_longer_formula_is_wider() -> None:
    short, long = (coordinates(formula_svg(text)) for text in ("u", "u + 0.5*exp(u)"))
    assert np.ptp(long[:, 0]) > 3 * np.ptp(short[:, 0])


def test_formula_is_upright() -> None:
    """In u², the exponent stands above: SVG's y axis points down."""
    alone, squared = coordinates(formula_svg("u")), coordinates(formula_svg("u**2"))
    assert squared[:, 1].min() < alone[:, 1].min()
    assert squared[:, 1].max() == pytest.approx(alone[:, 1].max(), abs=1)


def test_formula_in_prose() -> None:
    assert formula_text("21.97421*u**6.99891 - 1.25e-05*u") == "21.97·u^6.999 − 1.25e−05·u"


def test_what_mathtext_cannot_draw_stays_text() -> None:
    drawn = mathtext_svg(r"\begin{cases} u & <0 \end{cases}", "u if u < 0")
    assert drawn == "<code>u if u &lt; 0</code>"
    assert mathtext_svg(" ") == "<code> </code>"


def test_what_is_no_formula_stays_text() -> None:
    assert formula_svg("__import__('os')") == "<code>__import__(&#x27;os&#x27;)</code>"

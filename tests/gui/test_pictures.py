"""Formulas are drawn without TeX, at any resolution, in any colour."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtGui import QColor, QImage, QPixmap

from napari_binn.gui.formula_label import FormulaLabel
from napari_binn.gui.formulas import latex_or_text
from napari_binn.gui.pictures import formula_path, formula_pixmap, formula_size, warm_up

pytestmark = pytest.mark.gui


def ink(pixmap: QPixmap, color: str) -> int:
    """Return how many pixels are fully of a colour."""
    image, wanted = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32), QColor(color)
    return sum(
        image.pixelColor(x, y) == wanted
        for x in range(image.width())
        for y in range(image.height())
    )


@pytest.mark.parametrize(
    "text",
    [
        "0.004", "0.00087 + 0.0029*exp(0.61*u)", "1.2*(1 - (u/0.9)**2.3)", "0.2*log(0.9/u)",
        "0.001 + 0.02*u**2/(0.3**2 + u**2)", "sqrt(u)*0.1", "1e-07*u",
    ],
)  # fmt: skip
def test_all_forms_can_be_drawn(qtbot: QtBot, text: str) -> None:
    path = formula_path(latex_or_text(text))
    assert path is not None
    assert path.boundingRect().height() > 40


def test_a_picture_has_the_colour_of_the_text_and_the_pixels_of_the_screen(qtbot: QtBot) -> None:
    latex = latex_or_text("0.02*u**2 + 0.001")
    one = formula_pixmap(latex, "#ff0000", 20.0, 1.0)
    two = formula_pixmap(latex, "#ff0000", 20.0, 2.0)
    assert ink(one, "#ff0000") > 30
    assert abs(two.width() - 2 * one.width()) <= 2
    assert two.deviceIndependentSize().width() == pytest.approx(one.width(), abs=1)
    assert ink(two, "#ff0000") > 3 * ink(one, "#ff0000")
    assert formula_pixmap(latex, "#ff0000", 20.0, 1.0) is one


def test_what_is_not_latex_is_drawn_as_text(qtbot: QtBot) -> None:
    assert formula_path(r"\nosuchcommand{u}") is None
    assert ink(formula_pixmap(r"\nosuchcommand{u}", "#0000ff", 20.0, 1.0), "#0000ff") > 30


def test_formulas_are_loaded_in_the_background(qtbot: QtBot) -> None:
    thread = warm_up()
    thread.join(60)
    assert not thread.is_alive()
    assert "matplotlib.textpath" in sys.modules


def test_importing_the_views_loads_neither_matplotlib_nor_sympy() -> None:
    code = (
        "import sys, napari_binn.gui.discover.equation_step, napari_binn.gui.discover.compare_step;"
        "print([m for m in ('matplotlib', 'sympy', 'torch', 'napari') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_long_formula_shrinks_to_the_width(qtbot: QtBot) -> None:
    label = FormulaLabel()
    qtbot.addWidget(label)
    latex = latex_or_text("0.00123 + 0.0345*u**2/(0.412**2 + u**2)")
    label.set_theme("#00ff00")
    label.set_lines([latex], "D = …")
    assert label.lines == (latex,)
    assert label.toolTip() == "D = …"
    natural = formula_size(latex, 16.0)[0]
    label.resize(int(0.75 * natural), label.sizeHint().height())
    image = label.grab().toImage()
    right = [
        x
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).green() > image.pixelColor(x, y).red() + 60
    ]
    assert 0.5 * label.width() < max(right) < label.width() - 1

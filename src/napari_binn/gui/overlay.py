"""The formula on the canvas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..units import PIXEL

if TYPE_CHECKING:
    from napari.components import ViewerModel

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)")
_FONT_SIZE = 11  # points
_MARGIN = "\N{NO-BREAK SPACE}" * 3
_WIDEST = 50  # characters in a line


def show_formula(viewer: ViewerModel, text: str) -> None:
    """Draw plain text at the top of the canvas, in a box of the canvas' own colour."""
    overlay = viewer.canvas.overlays.text
    # The box is a little narrower than the text.
    overlay.text = "\n".join(f"{line}{_MARGIN}" for line in text.splitlines())
    overlay.font_size = _FONT_SIZE
    overlay.position = "top_left"
    # Neither is set: napari then takes the colour of the canvas, and for the text its contrast.
    overlay.color = None
    overlay.box_color = None
    overlay.box = True
    overlay.gridded = False
    overlay.visible = True


def hide_formula(viewer: ViewerModel) -> None:
    """Take the formula off the canvas."""
    viewer.canvas.overlays.text.visible = False
    viewer.canvas.overlays.text.text = ""


def canvas_text(
    D: str,
    G: str,
    density_scale: float,
    density_unit: str,
    length_unit: str = "mm",
    time_unit: str = "day",
) -> str:
    """Return the equation as plain text, and what its u and its units are.

    Parameters
    ----------
    D, G
        Formulas in the grammar of :mod:`napari_binn.equations.grammar`.
    density_scale
        Density of u = 1 [``density_unit``].
    """
    diffusivity, growth = unicode_formula(D), unicode_formula(G)
    spread = f"∇·({_factor(diffusivity)} ∇u)" if diffusivity != "0" else ""
    grown = f"{_factor(growth)} u" if growth != "0" else ""
    right = [part for part in (spread, grown) if part] or ["0"]
    law = "∂u/∂t = " + " + ".join(right)
    if len(law) > _WIDEST and len(right) == 2:
        law = f"∂u/∂t = {right[0]}\n          + {right[1]}"
    one = _scale_text(density_scale)
    plural = "s" if length_unit == PIXEL else ""
    return (
        f"{law}\nu = density / ({one} {density_unit})"
        f"\nlengths in {length_unit}{plural}, times in {time_unit}s"
    )


def unicode_formula(text: str, digits: int = 3) -> str:
    """Return a formula of the grammar as one would write it: ``0.02*u**2`` as ``0.02 u²``.

    Constants are rounded to ``digits`` significant digits.
    """
    text = re.sub(r"\s+", "", text)
    # Signs of exponents of ten are no signs of the formula.
    text = re.sub(r"\*\*\(?(-?\d+)\)?(?![\d.])", lambda m: "^" + m[1], text)
    text = _NUMBER.sub(lambda match: _rounded(match, digits), text)
    text = re.sub(r"\^(-?\d+)(?![\d.])", lambda m: m[1].translate(_SUPERSCRIPTS), text)
    text = text.replace("**", "^")
    text = re.sub(r"(?<=[\w)⁰¹²³⁴⁵⁶⁷⁸⁹])([+-])", r" \1 ", text)
    text = text.replace("-", "−").replace("*", " ")
    return re.sub(r"sqrt(?=\()", "√", text)


def _rounded(match: re.Match[str], digits: int) -> str:
    before = match.string[: match.start()]
    if before.endswith(("^", "^-")):
        return match[0]
    value = f"{float(match[0]):.{digits}g}"
    mantissa, _, exponent = value.partition("e")
    if not exponent:
        return value
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def _factor(formula: str) -> str:
    """Put a sum in brackets, so that it can be a factor."""
    depth = 0
    for place, mark in enumerate(formula):
        depth += (mark == "(") - (mark == ")")
        if depth == 0 and mark in "+−" and (place == 0 or formula[place - 1] == " "):
            return f"({formula})"
    return formula


def _scale_text(scale: float) -> str:
    return f"{float(f'{scale:.3g}'):,.0f}" if scale >= 100 else f"{scale:.3g}"

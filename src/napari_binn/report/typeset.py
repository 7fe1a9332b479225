"""Formulas as pictures that need neither TeX nor a font on the reader's side."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

import numpy as np
from matplotlib import rc_context
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray

from napari_binn.errors import UserError
from napari_binn.run.latex import formula_latex

_FLOAT = re.compile(r"\d*\.\d+(?:[eE][-+]?\d+)?")
_UNITS = 100.0  # font size of the path, in the units of the picture
_PEN = {Path.MOVETO: ("M", 1), Path.LINETO: ("L", 1), Path.CURVE3: ("Q", 2), Path.CURVE4: ("C", 3)}


@lru_cache(maxsize=256)
def mathtext_svg(latex: str, label: str = "") -> str:
    """Draw a formula as one inline SVG path in the colour of the text around it.

    Parameters
    ----------
    latex
        In the subset of LaTeX that matplotlib's mathtext draws.
    label
        The formula in words or plain text, for readers of the page who cannot see it and for
        formulas that mathtext does not know; ``latex`` itself if not given.

    Returns
    -------
    An ``<svg>`` element whose height is in em, or the label in ``<code>``.
    """
    label = label or latex
    try:
        with rc_context({"mathtext.fontset": "cm"}):
            vertices, codes = text_to_path.get_text_path(
                FontProperties(size=_UNITS), f"${latex}$", ismath=True
            )
    except (ValueError, RuntimeError):
        return f"<code>{escape(label)}</code>"
    points = np.asarray(vertices, dtype=np.float64).reshape(-1, 2) * (1.0, -1.0)
    if not len(points):
        return f"<code>{escape(label)}</code>"
    margin = 4.0
    left, top = points.min(axis=0) - margin
    width, height = np.ptp(points, axis=0) + 2 * margin
    return (
        f'<svg class="math" role="img" aria-label="{escape(label)}" '
        f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" '
        f'style="height:{height / _UNITS:.2f}em;vertical-align:{-(top + height) / _UNITS:.2f}em">'
        f'<path fill="currentColor" d="{_path_data(points, np.asarray(codes))}"/></svg>'
    )


def formula_svg(text: str, digits: int = 4) -> str:
    """Draw a formula of the grammar; what cannot be drawn stays text."""
    try:
        latex = formula_latex(text, digits)
    except UserError:
        return f"<code>{escape(text)}</code>"
    return mathtext_svg(latex, text)


def formula_text(text: str) -> str:
    """Write a formula of the grammar in a line of prose: 0.02·u^2 + 0.001, four digits."""
    rounded = _FLOAT.sub(lambda match: f"{float(match.group()):.4g}", text)
    return rounded.replace("**", "^").replace("*", "·").replace("-", "−")


def _path_data(points: NDArray[np.float64], codes: NDArray[np.uint8]) -> str:
    """Write matplotlib's vertices and codes in SVG's language."""
    parts, at = [], 0
    while at < len(codes):
        if codes[at] == Path.CLOSEPOLY:
            parts.append("Z")
            at += 1
            continue
        letter, count = _PEN[codes[at]]
        numbers = (f"{value:.1f}".removesuffix(".0") for value in points[at : at + count].ravel())
        parts.append(letter + " ".join(numbers))
        at += count
    return "".join(parts)

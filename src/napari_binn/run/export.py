"""What a run found, in the forms that other programs read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..density.npz import density_arrays
from ..equations.grammar import U, parse, to_latex, to_text
from ..equations.naming import LawUnits
from ..errors import UserError
from . import files
from .folder import RunFolder
from .formats import FormatKind, physical_law, write_law
from .law_summary import law_summary

Array = NDArray[np.float64]

_DIGITS = 12


def export_run(run: RunFolder, path: Path) -> None:
    """Write ``path``, whose suffix says what and how.

    ``.tex``, ``.mml`` (MathML), ``.txt`` (sympy strings), ``.py`` and ``.c`` (functions) and
    ``.json`` hold the equation, ``.csv`` the curves D(u) and G(u), ``.npz`` and ``.tif`` (ImageJ
    hyperstack) the observed and the simulated density.

    Raises
    ------
    UserError
        Another suffix, a run that is not that far, or a folder that cannot be written.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(_WRITERS)
        raise UserError(f"{path} cannot be exported: its name has to end in one of {known}.")
    data = writer(run)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(files.write_sentence(path, error)) from None
    files.write_bytes(path, data)


def _equation(run: RunFolder) -> tuple[dict[str, sp.Expr], dict[str, Any]]:
    """Return the formulas "D" and "G", and the summary they are part of."""
    summary = run.load_summary()
    equation = summary.get("equation")
    if not equation:
        raise UserError(f"The run {run.path} has no equation yet: resume it.")
    return {name: parse(equation[name]) for name in ("D", "G")}, summary


def _latex(run: RunFolder) -> bytes:
    law, summary = _equation(run)
    length, time, density = (_tex(summary["units"][n]) for n in ("length", "time", "density"))
    scale = sp.latex(_short(summary["density_scale"]), full_prec=False)
    return (
        "% needs \\usepackage{amsmath}\n"
        "\\begin{align}\n"
        "  \\frac{\\partial u}{\\partial t}"
        " &= \\nabla\\cdot\\bigl(D(u)\\,\\nabla u\\bigr) + G(u)\\,u,\\\\\n"
        f"  D(u) &= {to_latex(law['D'])} \\quad [\\text{{{length}}}^2/\\text{{{time}}}],\\\\\n"
        f"  G(u) &= {to_latex(law['G'])} \\quad [1/\\text{{{time}}}],\\\\\n"
        f"  u &= \\text{{density}} / ({scale}\\ \\text{{{density}}}).\n"
        "\\end{align}\n"
    ).encode()


def _short(value: float) -> sp.Number:
    """Return four digits of a number, without a point where it needs none."""
    rounded = float(f"{value:.4g}")
    return sp.Integer(int(rounded)) if rounded.is_integer() else sp.Float(rounded, 4)


def _tex(text: str) -> str:
    """Return text with the characters that TeX gives a meaning escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {character: "\\" + character for character in "&%$#_{}"}
    return "".join(special.get(character, character) for character in text)


def _text(run: RunFolder) -> bytes:
    law, summary = _equation(run)
    units = summary["units"]
    return (
        f"D = {to_text(law['D'], _DIGITS)}\n"
        f"G = {to_text(law['G'], _DIGITS)}\n"
        f"# u_t = div(D grad u) + G u with u = density / density_scale\n"
        f"# density_scale = {summary['density_scale']!r} {units['density']}, "
        f"D in {units['length']}^2/{units['time']}, G in 1/{units['time']}\n"
    ).encode()


def _python(run: RunFolder) -> bytes:
    law, summary = _equation(run)
    units = summary["units"]
    # Names from files go through repr: they stay text, whatever they contain.
    return f'''"""The law that napari-binn found: u_t = div(D(u) grad u) + G(u) u.

u is the density divided by DENSITY_SCALE [DENSITY_UNIT]; D is in LENGTH_UNIT**2 / TIME_UNIT and G
in 1 / TIME_UNIT. Both take numbers or arrays.
"""

from numpy import asarray, exp, log, sqrt  # noqa: F401

SOURCE = {run.info().input!r}
DENSITY_SCALE = {summary["density_scale"]!r}
DENSITY_UNIT = {units["density"]!r}
LENGTH_UNIT = {units["length"]!r}
TIME_UNIT = {units["time"]!r}


def D(u):
    """Diffusivity at the normalised density u."""
    u = asarray(u, dtype=float)
    return {to_text(law["D"], _DIGITS)} + 0.0 * u


def G(u):
    """Growth rate at the normalised density u."""
    u = asarray(u, dtype=float)
    return {to_text(law["G"], _DIGITS)} + 0.0 * u
'''.encode()


def _as(kind: FormatKind) -> Callable[[RunFolder], bytes]:
    """Return a writer of the forms that need nothing but the formulas and their units."""

    def write(run: RunFolder) -> bytes:
        _, summary = _equation(run)
        equation = summary["equation"]
        return write_law(equation["D"], equation["G"], kind, _units(summary)).encode()

    return write


def _units(summary: dict[str, Any]) -> LawUnits:
    units = summary["units"]
    return LawUnits(units["length"], units["time"], units["density"], summary["density_scale"])


def _json(run: RunFolder) -> bytes:
    _, summary = _equation(run)
    best, units = run.load_equations().best, _units(summary)
    values = {name: summary[name] for name in ("equation", "units", "density_scale", "metrics")}
    values["constants"] = [
        {"name": name, "value": value, "half_width_90": half}
        for name, value, half in best.constants
    ]
    values["law"] = law_summary(best, units, run.load_equations().u_range)
    values["physical"] = physical_law(best.D.text, best.G.text, units)
    values["source"] = run.info().input
    return (json.dumps(files.plain(values), indent=1, ensure_ascii=False) + "\n").encode()


def _curves(run: RunFolder) -> bytes:
    law, summary = _equation(run)
    terms, units = run.load_terms(), summary["units"]
    per_time = f"[1/{units['time']}]"
    spread = f"[{units['length']}²/{units['time']}]"
    columns: dict[str, NDArray[Any]] = {
        "u": terms.u,
        f"density [{units['density']}]": terms.u * terms.density_scale,
        "supported": terms.supported.astype(int),
    }
    # The formulas may be scaled to another density than the curves.
    u = terms.u * (terms.density_scale / summary["density_scale"])
    for name, unit in (("D", spread), ("G", per_time)):
        columns |= {
            f"{part} {unit}": getattr(terms, part) for part in (name, f"{name}_low", f"{name}_high")
        }
        columns[f"{name}_formula {unit}"] = _evaluate(law[name], u)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return buffer.getvalue().encode()


def _evaluate(formula: sp.Expr, u: Array) -> Array:
    with np.errstate(all="ignore"):
        values: Array = np.asarray(sp.lambdify([U], formula, "numpy")(u), dtype=np.float64) + 0 * u
    return values


def _npz(run: RunFolder) -> bytes:
    arrays = density_arrays(run.load_density())
    arrays["simulated"] = run.load_simulation().values
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _tiff(run: RunFolder) -> bytes:
    import tifffile

    density, observed = run.load_density(), run.load_density().values
    simulated = run.load_simulation().values
    channels = {"observed": observed, "simulated": simulated, "residual": observed - simulated}
    hy, hx = density.spacing
    labels = [f"{name}, {t:g} {density.time_unit}" for t in density.t for name in channels]
    metadata: dict[str, Any] = {"axes": "TCYX", "Labels": labels}
    # ImageJ keeps its header in ASCII and knows one interval for all frames.
    metadata["unit"] = density.length_unit.encode("ascii", "replace").decode()
    steps = np.diff(density.t)
    if np.ptp(steps) <= 1e-6 * steps.mean():
        metadata |= {"finterval": float(steps.mean()), "tunit": density.time_unit}
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        np.stack(list(channels.values()), axis=1).astype(np.float32),
        imagej=True,
        resolution=(1 / hx, 1 / hy),
        metadata=metadata,
    )
    return buffer.getvalue()


_WRITERS: dict[str, Callable[[RunFolder], bytes]] = {
    ".tex": _latex,
    ".mml": _as("mathml"),
    ".txt": _text,
    ".py": _python,
    ".c": _as("c"),
    ".json": _json,
    ".csv": _curves,
    ".npz": _npz,
    ".tif": _tiff,
    ".tiff": _tiff,
}

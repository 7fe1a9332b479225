"""The laws of bench_recovery.py as formulas, and whether a found formula is the right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

import systems
from napari_binn.equations.candidates import Candidate, from_expression
from napari_binn.equations.evaluate import evaluate
from napari_binn.equations.grammar import parse
from napari_binn.equations.library import form_of
from napari_binn.equations.model import Equation, Formula

Array = NDArray[np.float64]
#: Relative distance below which two curves are one.
SAME = 1e-4


@dataclass(frozen=True)
class Truth:
    """A true curve: its form in u and p0, p1, …, and their values."""

    form: str
    constants: tuple[float, ...]

    def curve(self, u: Array) -> Array:
        """Return its values."""
        return evaluate(_filled(self.form, self.constants), u)


_CONSTANT, _LINE = "p0", "p0*(1 - u/p1)"
LAWS: dict[str, tuple[Truth, Truth]] = {
    "a": (Truth(_CONSTANT, (0.01,)), Truth(_LINE, (1.0, 1.0))),
    "b": (Truth("p0*u", (0.02,)), Truth(_LINE, (1.0, 1.0))),
    "c": (Truth("p0 + p1*u^2", (0.004, 0.02)), Truth("p0 + p1*u + p2*u^2", (-0.6, 4.6, -4.0))),
    "gompertz": (Truth("p0*u", (0.03,)), Truth("p0*log(p1/u)", (0.8, 1.0))),
    "crowding": (Truth("p0*exp(p1*u)", (0.03, -3.0)), Truth(_LINE, (1.2, 1.0))),
    "allee": (Truth(_CONSTANT, (0.008,)), Truth("p0 + p1*u + p2*u^2", (-1.8, 7.8, -6.0))),
    "fast": (Truth("p0*u^p1", (0.006, -0.5)), Truth("p0*(1 - (u/p1)^p2)", (1.0, 1.0, 2.0))),
    "spread": (Truth(_CONSTANT, (0.015,)), Truth(_CONSTANT, (0.5,))),
    "porous": (Truth("p0*u^p1", (0.05, 2.0)), Truth(_LINE, (1.0, 1.0))),
    "richards": (Truth(_CONSTANT, (0.01,)), Truth("p0*(1 - (u/p1)^p2)", (0.8, 1.0, 3.0))),
    "hill": (Truth("p0 + p1*u^2/(p2^2 + u^2)", (0.004, 0.03, 0.4)), Truth(_LINE, (1.1, 1.0))),
    "late": (Truth(_CONSTANT, (0.012,)), Truth("p0*(1 - (u/p1)^p2)", (0.9, 1.0, 1.5))),
    "offset": (Truth("p0 + p1*u", (0.005, 0.02)), Truth("p0*log(p1/u)", (0.7, 1.0))),
}
#: Laws that nothing was tuned on: they were written down after the search was.
FRESH = ("hill", "late", "offset")


def _filled(form: str, constants: tuple[float, ...] | Array) -> str:
    for k, value in enumerate(constants):
        form = form.replace(f"p{k}", f"({float(value):.15e})")
    return form


def is_right(text: str, truth: Truth, scale: float, u: Array) -> bool:
    """Whether a formula, with other constants, is the true curve, and has no more of them.

    Parameters
    ----------
    text
        A formula in density / ``scale``.
    u
        Densities (M,) at which the curves are compared.
    """
    candidate = from_expression(parse(text), "found")
    if len(candidate.symbols) > len(truth.constants):
        return False
    exact, function = truth.curve(u), candidate.function()
    return nearest(lambda p: function(u / scale, p), candidate.start, exact)[0] < SAME


def constants_off(text: str, truth: Truth, scale: float, u: Array) -> float:
    """Return the largest relative error of the true form's constants in a right formula."""
    found = evaluate(text, u / scale)

    def curve(p: Array) -> Array:
        return evaluate(_filled(truth.form, p), u)

    _, constants = nearest(curve, truth.constants, found)
    return float(np.abs(constants / np.array(truth.constants) - 1).max())


def nearest(
    curve: Callable[[Array], Array], start: tuple[float, ...], aim: Array
) -> tuple[float, Array]:
    """Return the least relative distance of a family from a curve, and where it is."""
    begin = np.asarray(start, dtype=np.float64)
    size = float(np.sqrt(np.mean(aim**2)))
    scales = np.maximum(np.abs(begin), 1e-3 * float(np.abs(begin).max(initial=1e-9)))

    def residual(p: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.nan_to_num((curve(p * scales) - aim) / size, nan=1e3, posinf=1e3, neginf=-1e3)

    if not len(begin):
        return float(np.sqrt(np.mean(residual(begin) ** 2))), begin
    fitted = least_squares(residual, begin / scales, method="lm", xtol=1e-14, ftol=1e-14)
    return float(np.sqrt(np.mean(fitted.fun**2))), fitted.x * scales


def law(name: str) -> systems.System:
    """Return the system of a name."""
    return systems.SYSTEMS.get(name) or systems.MORE[name]


def uncertainty(
    equation: Equation, truth: tuple[Truth, Truth], scale: float, u: Array
) -> tuple[Array, Array]:
    """Return error and covariance of the logarithms of the true forms' constants, D's first.

    A right formula may be written with other constants than the true one. Theirs follow from the
    found ones to first order (the delta method); NaN where the equation states no covariance.
    """
    split = sum(name.startswith("D") for name, _, _ in equation.constants)
    values = np.array([value for _, value, _ in equation.constants])
    errors: list[Array] = []
    slopes = np.zeros((sum(len(one.constants) for one in truth), len(values)))
    row = 0
    for which, formula, true, own in (
        ("D", equation.D, truth[0], slice(0, split)),
        ("G", equation.G, truth[1], slice(split, None)),
    ):
        exact = np.array(true.constants)
        candidate = candidate_of(which, formula)

        def translated(c: Array, true: Truth = true, one: Candidate = candidate) -> Array:
            aim = one.function()(u / scale, c)
            family = lambda p: evaluate(_filled(true.form, p), u)  # noqa: E731
            return nearest(family, true.constants, aim)[1]

        here = translated(values[own])
        errors.append(here / exact - 1)
        for k in range(len(values[own])):
            step = np.zeros(len(values[own]))
            step[k] = 1e-4 * values[own][k]
            moved = (translated(values[own] + step) - translated(values[own] - step)) / 2
            slopes[row : row + len(exact), (own.start or 0) + k] = moved / step[k] / exact
        row += len(exact)
    covariance = np.array(equation.covariance)
    if covariance.shape != (len(values),) * 2:
        covariance = np.full((len(values),) * 2, np.nan)
    return np.concatenate(errors), slopes @ covariance @ slopes.T


def candidate_of(which: str, formula: Formula) -> Candidate:
    """Return the candidate that a formula was made from, its constants in the same order."""
    form = form_of("D" if which == "D" else "G", formula.name) if formula.name else None
    if form is not None:
        return form.candidate(tuple(1.0 for _ in form.constants))
    return from_expression(parse(formula.text), formula.source)

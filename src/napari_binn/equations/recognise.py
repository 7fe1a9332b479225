"""Which mechanistic form a formula is, however it is written: 1.1 - 1.2*u is logistic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from .candidates import from_expression
from .grammar import parse
from .library import Form, Which, form_of, forms
from .model import Formula

Array = NDArray[np.float64]
_POINTS = 60
#: Formulas are written with six digits: what agrees so well is the same curve.
_SAME = 1e-4


@dataclass(frozen=True)
class Recognised:
    """A formula as a form of the library.

    Attributes
    ----------
    form
        The form.
    values
        Its constants (P,), lengths and times in the units of the formula, densities in u.
    covariance
        Of the constants (P, P); NaN where the formula's constants have no intervals.
    """

    form: Form
    values: Array
    covariance: Array


def recognise(
    which: Which, formula: Formula, constants: Array, covariance: Array, high: float = 1.0
) -> Recognised | None:
    """Return the form that a formula is, None if it is none of the library.

    Parameters
    ----------
    constants, covariance
        The fitted constants of the formula (C,) and their covariance (C, C); empty if unknown.
    high
        The highest density that the formula is used at [u].
    """
    named = form_of(which, formula.name) if formula.source == "library" else None
    if named is not None and len(constants) == len(named.constants):
        return _ordered(Recognised(named, constants, covariance))
    u = np.linspace(0.02 * high, high, _POINTS)
    found = from_expression(parse(formula.text), formula.source)
    own = np.array(found.start)
    with np.errstate(all="ignore"):
        curve = found.function()(u, own)
    if not np.isfinite(curve).all():
        return None
    known = sorted(
        (form for form in forms(which) if form.source == "library"), key=lambda f: len(f.constants)
    )
    for form in known:
        values = _fitted(form, u, curve)
        if values is not None:
            jacobian = _adapted(form, values, found.function(), own, u)
            return _ordered(
                Recognised(form, values, _propagated(jacobian, own, constants, covariance))
            )
    return None


def _ordered(found: Recognised) -> Recognised:
    """Call the lower of the two roots of a strong Allee effect its threshold."""
    if found.form.name != "strong Allee" or found.values[1] >= found.values[2]:
        return found
    order = [0, 2, 1]
    return Recognised(found.form, found.values[order], found.covariance[np.ix_(order, order)])


def _fitted(form: Form, u: Array, curve: Array) -> Array | None:
    """Return the constants with which a form is this curve, None if there are none."""
    size = float(np.abs(curve).max()) or 1.0
    low, high = form.bounds
    for candidate in form(u, curve):
        function = candidate.function()
        start = np.asarray(candidate.start)
        with np.errstate(all="ignore"):
            if not np.isfinite(function(u, start)).all():
                continue
            found = least_squares(
                lambda c, function=function: (function(u, c) - curve) / size,
                start,
                bounds=(low, high),
                x_scale=np.maximum(np.abs(start), 1e-3 * max(float(np.abs(start).max()), 1e-9)),
                xtol=1e-12,
                ftol=1e-12,
                gtol=1e-12,
                max_nfev=500,
            )
        if np.abs(found.fun).max() < _SAME:
            return np.asarray(found.x)
    return None


def _slopes(function: object, values: Array, u: Array) -> Array:
    """Return the derivatives of a curve by its constants, (M, P)."""
    assert callable(function)
    columns = []
    for k, value in enumerate(values):
        step = np.zeros_like(values)
        step[k] = 1e-5 * max(abs(float(value)), 1e-6)
        columns.append((function(u, values + step) - function(u, values - step)) / (2 * step[k]))
    return np.array(columns).T.reshape(len(u), len(values))


def _adapted(form: Form, values: Array, function: object, own: Array, u: Array) -> Array:
    """Return how the form's constants follow those of the formula, (P, C)."""
    by_form = _slopes(form.candidate(tuple(values)).function(), values, u)
    return np.asarray(np.linalg.pinv(by_form) @ _slopes(function, own, u))


def _propagated(jacobian: Array, own: Array, constants: Array, covariance: Array) -> Array:
    """Carry the covariance of the fitted constants over to the form's constants.

    What depends on a constant without an interval has none.
    """
    places: list[int | None] = []
    for value in own:
        # The text holds six digits of each constant, in its own order.
        near = [k for k in range(len(constants)) if k not in places
                and np.isclose(constants[k], value, rtol=1e-5)]  # fmt: skip
        places.append(near[0] if near else None)
    full = np.full((len(own), len(own)), np.nan)
    known = [k for k, place in enumerate(places) if place is not None]
    origin = [place for place in places if place is not None]
    full[np.ix_(known, known)] = covariance[np.ix_(origin, origin)]
    effect = np.abs(jacobian * own)
    used = effect > _SAME * effect.max(axis=1, initial=1e-300, keepdims=True)
    result = np.full((len(jacobian), len(jacobian)), np.nan)
    for i, j in np.ndindex(result.shape):
        if used[i].any() and used[j].any():
            block = full[np.ix_(used[i], used[j])]
            result[i, j] = jacobian[i, used[i]] @ block @ jacobian[j, used[j]]
    return result

"""Mechanistic forms of the growth rate per cell G(u): how density changes division and death."""

from __future__ import annotations

import numpy as np

from .form import Constant, Form
from .starts import crossing, cubic, gompertz, line, parabola

_RATE = Constant("r", "growth rate of sparse cells", "rate")
_POSITIVE_RATE = Constant("r", "growth rate of sparse cells", "rate", 0.0)
_CARRYING = Constant("K", "carrying density", "density", 1e-3, 100.0)
_ALLEE = "Allee effect: Courchamp, Berec & Gascoigne, Allee Effects in Ecology (2008)"
_DEATH = Constant("d", "death rate", "rate", 0.0)


def _coefficient(order: int) -> Constant:
    meaning = "growth rate of sparse cells" if order == 0 else f"coefficient of u^{order}"
    return Constant(f"g{order}", meaning, "rate")


GROWTH_RATES: tuple[Form, ...] = (
    Form(
        "G",
        "exponential growth",
        "r",
        "Malthus (1798); Murray, Mathematical Biology I (2002), ch. 1",
        (Constant("r", "growth rate at every density", "rate"),),
        lambda u, y: [(float(np.mean(y)),)],
    ),
    Form(
        "G",
        "logistic",
        "r*(1 - u/K)",
        "Verhulst (1838); Fisher, Ann. Eugenics 7 (1937)",
        (_RATE, _CARRYING),
        lambda u, y: [(line(u, y)[0], crossing(u, y))],
    ),
    Form(
        "G",
        "Richards",
        "r*(1 - (u/K)^theta)",
        "Richards, J. Exp. Bot. 10 (1959); Gilpin & Ayala, PNAS 70 (1973)",
        (
            _RATE,
            _CARRYING,
            Constant("theta", "how late crowding slows growth", "number", 0.05, 20.0),
        ),
        lambda u, y: [(float(y.max()), crossing(u, y), shape) for shape in (0.5, 2.0)],
    ),
    Form(
        "G",
        "Gompertz",
        "r*log(K/u)",
        "Gompertz (1825); Laird, Br. J. Cancer 18 (1964)",
        (Constant("r", "rate at which growth slows", "rate", 0.0), _CARRYING),
        lambda u, y: [gompertz(u, y)],
    ),
    Form(
        "G",
        "strong Allee",
        "r*(1 - u/K)*(u/A - 1)",
        _ALLEE,
        (
            Constant("r", "rate at which sparse cells decline", "rate", 0.0),
            _CARRYING,
            Constant("A", "density below which cells decline", "density", 1e-3, 20.0),
        ),
        lambda u, y: [(float(np.ptp(y)), float(u.max()), float(u.min()) + 1e-3)],
    ),
    Form(
        "G",
        "weak Allee",
        "r*(1 - u/K)*(1 + u/A)",
        _ALLEE,
        (
            _POSITIVE_RATE,
            _CARRYING,
            Constant("A", "density at which company doubles growth", "density", 1e-3, 20.0),
        ),
        lambda u, y: [(max(float(y[0]), 1e-3), crossing(u, y), 0.5 * float(u.max()))],
    ),
    Form(
        "G",
        "saturating",
        "r/(1 + u/h)",
        "Beverton & Holt (1957); Tsoularis & Wallace, Math. Biosci. 179 (2002)",
        (
            _POSITIVE_RATE,
            Constant("h", "density that halves growth", "density", 1e-3, 100.0),
        ),
        lambda u, y: [(max(float(y.max()), 1e-3), float(np.median(u)))],
    ),
    Form(
        "G",
        "Hill",
        "r/(1 + (u/h)^2) - d",
        "Maynard Smith & Slatkin, Ecology 54 (1973)",
        (
            Constant("r", "division rate of sparse cells", "rate", 0.0),
            Constant("h", "density that halves division", "density", 1e-3, 100.0),
            _DEATH,
        ),
        lambda u, y: [
            (float(np.ptp(y)) + 1e-3, float(np.median(u)), max(-float(y.min()), 1e-3)),
        ],
    ),
    Form(
        "G",
        "quadratic",
        "g0 + g1*u + g2*u^2",
        "the simplest curved growth rate: Tsoularis & Wallace, Math. Biosci. 179 (2002)",
        tuple(map(_coefficient, range(3))),
        lambda u, y: [parabola(u, y)],
    ),
    Form(
        "G",
        "cubic",
        "g0 + g1*u + g2*u^2 + g3*u^3",
        "Tsoularis & Wallace, Math. Biosci. 179 (2002)",
        tuple(map(_coefficient, range(4))),
        lambda u, y: [cubic(u, y)],
    ),
)

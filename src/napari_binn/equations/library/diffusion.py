"""Mechanistic forms of the diffusivity D(u): how density changes the way cells spread."""

from __future__ import annotations

import numpy as np

from .form import Constant, Form
from .starts import crossing, exponential, falling_power, line, power

_POROUS = "porous medium: Gurney & Nisbet, J. Theor. Biol. 52 (1975); Gurtin & MacCamy (1977)"
_SPARSE = Constant("D0", "diffusivity of sparse cells", "diffusivity", 0.0)
_HALF = Constant("h", "density at which half of the change is done", "density", 1e-3, 20.0)


def _exponent(meaning: str = "how steeply movement rises with density") -> Constant:
    return Constant("m", meaning, "number", 0.05, 10.0)


DIFFUSIVITIES: tuple[Form, ...] = (
    Form(
        "D",
        "constant",
        "D0",
        "random walk: Skellam, Biometrika 38 (1951)",
        (Constant("D0", "diffusivity at every density", "diffusivity", 0.0),),
        lambda u, y: [(float(np.mean(y)),)],
    ),
    Form(
        "D",
        "linear through zero",
        "D1*u",
        _POROUS,
        (Constant("D1", "diffusivity at the density of u = 1", "diffusivity", 0.0),),
        lambda u, y: [(float(np.mean(y) / np.mean(u)),)],
    ),
    Form(
        "D",
        "linear",
        "D0 + D1*u",
        "population pressure: Shigesada, Kawasaki & Teramoto, J. Theor. Biol. 79 (1979)",
        (_SPARSE, Constant("D1", "change of the diffusivity up to u = 1", "diffusivity")),
        lambda u, y: [line(u, y)],
    ),
    Form(
        "D",
        "power",
        "D1*u^m",
        _POROUS,
        (Constant("D1", "diffusivity at the density of u = 1", "diffusivity", 0.0), _exponent()),
        lambda u, y: [power(u, y)],
    ),
    Form(
        "D",
        "fast diffusion",
        "D1/u^m",
        "fast diffusion: Daskalopoulos & Kenig, Degenerate Diffusions (2007)",
        (
            Constant("D1", "diffusivity at the density of u = 1", "diffusivity", 0.0),
            Constant("m", "how steeply movement falls with density", "number", 0.05, 3.0),
        ),
        lambda u, y: [falling_power(u, y)],
    ),
    Form(
        "D",
        "quadratic",
        "D0 + D2*u^2",
        "Crank, The Mathematics of Diffusion (1975), ch. 7",
        (_SPARSE, Constant("D2", "change of the diffusivity up to u = 1", "diffusivity")),
        lambda u, y: [line(u**2, y)],
    ),
    Form(
        "D",
        "exponential",
        "D0*exp(a*u)",
        "Crank, The Mathematics of Diffusion (1975), ch. 7",
        (_SPARSE, Constant("a", "rise (or fall, if negative) with density", "number", -30, 30)),
        lambda u, y: [exponential(u, y)],
    ),
    Form(
        "D",
        "constant plus exponential",
        "D0 + D1*exp(a*u)",
        "found in lung cancer cells: Lavery et al., arXiv:2604.18548 (2026)",
        (
            Constant("D0", "what does not depend on density", "diffusivity", 0.0),
            Constant("D1", "what does, at density zero", "diffusivity", 0.0),
            Constant("a", "rise with density", "number", 0.05, 30.0),
        ),
        lambda u, y: [(0.5 * float(y.min()), *exponential(u, np.maximum(y - 0.5 * y.min(), 0)))],
    ),
    Form(
        "D",
        "constant plus power",
        "D0 + D1*u^m",
        _POROUS,
        (
            _SPARSE,
            Constant("D1", "change of the diffusivity up to u = 1", "diffusivity", 0.0),
            _exponent(),
        ),
        lambda u, y: [(float(y.min()), *power(u, y))],
    ),
    Form(
        "D",
        "crowded",
        "D0*(1 - u/K)",
        "volume filling: Painter & Hillen, Can. Appl. Math. Q. 10 (2002)",
        (_SPARSE, Constant("K", "density at which cells are jammed", "density", 1e-3, 100.0)),
        lambda u, y: [(float(y.max()), max(crossing(u, y), 1.1 * float(u.max())))],
    ),
    Form(
        "D",
        "decreasing",
        "D0/(1 + u/h)",
        "contact inhibition of movement: Cai, Landman & Hughes, J. Theor. Biol. 245 (2007)",
        (_SPARSE, Constant("h", "density that halves the diffusivity", "density", 1e-3, 100.0)),
        lambda u, y: [(float(y.max()), float(np.median(u)))],
    ),
    Form(
        "D",
        "falling Hill",
        "D0/(1 + (u/h)^2)",
        "a switch at a density: Murray, Mathematical Biology I (2002), ch. 6",
        (_SPARSE, Constant("h", "density that halves the diffusivity", "density", 1e-3, 100.0)),
        lambda u, y: [(float(y.max()), float(np.median(u)))],
    ),
    Form(
        "D",
        "Hill",
        "D0 + D1*u^2/(h^2 + u^2)",
        "a switch at a density: Murray, Mathematical Biology I (2002), ch. 6",
        (_SPARSE, Constant("D1", "rise of the diffusivity", "diffusivity", 0.0), _HALF),
        lambda u, y: [(float(y.min()), float(np.ptp(y)), float(np.median(u)))],
    ),
    Form(
        "D",
        "adhesion",
        "D0*(1 - 4*a*u/K + 3*a*(u/K)^2)",
        "volume filling and adhesion: Anguige & Schmeiser, J. Math. Biol. 58 (2009)",
        (
            _SPARSE,
            Constant("a", "how strongly cells hold on to each other", "number", 0.0, 0.75),
            Constant("K", "density of close packing", "density", 1e-2, 100.0),
        ),
        lambda u, y: [(float(y.max()), 0.5, 1.2 * float(u.max()))],
    ),
)

"""A finished equation as a law that can be simulated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..density.model import Density
from ..equations.evaluate import evaluate
from ..equations.model import Equation
from ..errors import UserError
from ..inference.families import NODES, FixedLaw

Array = NDArray[np.float64]


def law_of(equation: Equation, density: Density, scale: float) -> FixedLaw:
    """Tabulate an equation over all densities that a simulation of this movie may reach.

    Raises
    ------
    UserError
        If a formula has a pole or no real value there.
    """
    top = 1.5 * max(density.scale / scale, 1.0)
    u = np.linspace(-0.2, top, NODES)
    D, G = evaluate(equation.D.text, u), evaluate(equation.G.text, u)
    if not (np.isfinite(D).all() and np.isfinite(G).all()):
        raise UserError(
            f"The equation D = {equation.D.text}, G = {equation.G.text} cannot be simulated: it "
            f"has no finite value somewhere between u = 0 and u = {top:.2g}."
        )
    return FixedLaw(D, G, u)

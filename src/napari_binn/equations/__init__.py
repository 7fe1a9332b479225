"""Stage 3: formulas for D(u) and G(u)."""

from .model import Equation, Equations, Formula, FrontPoint, Simulation

__all__ = ["Equation", "Equations", "Formula", "FrontPoint", "Simulation"]

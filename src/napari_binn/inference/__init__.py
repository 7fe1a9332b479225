"""Stage 2: the simulation-constrained estimate of D(u) and G(u), with its uncertainty."""

from .terms import Noise, Terms

__all__ = ["Noise", "Terms"]

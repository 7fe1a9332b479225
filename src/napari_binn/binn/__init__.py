"""Stage 2: the biologically-informed neural network."""

from .result import BinnResult

__all__ = ["BinnResult"]

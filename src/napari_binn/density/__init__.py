"""Stage 1, second half: from frames to the density field u(x, y, t)."""

from .model import Density

__all__ = ["Density"]

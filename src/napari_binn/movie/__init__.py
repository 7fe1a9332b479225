"""Stage 1, first half: what was observed, as it comes from files."""

from .model import Frames, Movie

__all__ = ["Frames", "Movie"]

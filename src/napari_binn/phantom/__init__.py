"""Synthetic movies of individual cells whose law is known: samples, teaching, test bed.

:mod:`.rules` says what the cells of each phantom do and which law follows, :mod:`.lattice` moves
and divides them, :mod:`.cells` gives them positions, :mod:`.render` a microscope, :mod:`.files`
writes movies and :mod:`.truth` keeps the law beside them.
"""

from .cells import CellTracks, simulate_cells
from .files import make_movie, write
from .rules import Patches, Phantom, Wound, get, names
from .truth import Truth, read_truth

__all__ = [
    "CellTracks",
    "Patches",
    "Phantom",
    "Truth",
    "Wound",
    "get",
    "make_movie",
    "names",
    "read_truth",
    "simulate_cells",
    "write",
]

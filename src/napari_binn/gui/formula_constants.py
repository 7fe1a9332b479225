"""The numbers in a formula's text; see :mod:`napari_binn.equations.constants`."""

from ..equations.constants import ConstantRow, constants_of, replaced

__all__ = ["ConstantRow", "constants_of", "replaced"]

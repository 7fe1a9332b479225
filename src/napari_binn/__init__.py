"""napari-binn: from a microscopy movie to an equation.

The four stages, in reading order, are in :mod:`napari_binn.pipeline`. Importing this package loads
neither Qt, napari nor torch.
"""

__version__ = "0.1.0"

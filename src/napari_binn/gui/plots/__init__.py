"""The plots of the Curves dock: plain Qt widgets that know neither napari nor a run.

Every plot obeys its ``set_*`` methods and, where something can be chosen in it, emits a signal.
"""

# pyqtgraph takes whichever Qt binding is loaded already: the one that napari uses, by way of qtpy.
import qtpy.QtCore  # noqa: F401

"""The Curves dock: all plots on four tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike
from qtpy.QtCore import QSize
from qtpy.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from ..labels import ElidedLabel, Tone
from .checks import ChecksPage
from .limits import Range
from .losses import LossPlot
from .pareto import ParetoPlot
from .profile import ProfilePlot
from .terms import Compared, TermPlot
from .theme import PlotTheme
from .totals import TotalsPlot

TabName = Literal["Learning", "Checks", "Equation", "Compare"]
_PREFERRED_HEIGHT, _LEAST_HEIGHT = 260, 150


class CurvesPanel(QWidget):
    """Learning (losses, D, G), Checks, Equation (trade-off, D, G) and Compare (profile, totals).

    D and G are on two tabs: what the networks learned beside the estimate, and the formulas beside
    it. The feeding methods here keep both alike.

    Attributes
    ----------
    losses, D, G
        Plots of the tab Learning.
    note
        A line below them, for what the user has to know about the curves.
    checks
        The tab Checks.
    pareto, formula_D, formula_G
        Plots of the tab Equation.
    profile, totals
        Plots of the tab Compare.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.losses, self.D, self.G = LossPlot(), TermPlot("D"), TermPlot("G")
        self.note = ElidedLabel()
        self.note.setContentsMargins(6, 0, 0, 0)
        self.checks = ChecksPage()
        self.pareto = ParetoPlot()
        self.formula_D, self.formula_G = TermPlot("D"), TermPlot("G")
        self.profile, self.totals = ProfilePlot(), TotalsPlot()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        bar = self.tabs.tabBar()
        assert bar is not None
        bar.setDrawBase(False)
        self._add_tab("Learning", self.losses, self.D, self.G, note=self.note)
        self.tabs.addTab(self.checks, "Checks")
        self._add_tab("Equation", self.pareto, self.formula_D, self.formula_G)
        self._add_tab("Compare", self.profile, self.totals)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)

    @property
    def plots(self) -> tuple[LossPlot | TermPlot | ParetoPlot | ProfilePlot | TotalsPlot, ...]:
        """All plots, tab by tab."""
        equation = (self.pareto, self.formula_D, self.formula_G)
        return (self.losses, self.D, self.G, *equation, self.profile, self.totals)

    def sizeHint(self) -> QSize:
        """Return a size that leaves most of a window to the images."""
        return QSize(900, _PREFERRED_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which curves can be read."""
        return QSize(300, _LEAST_HEIGHT)

    def show_tab(self, name: TabName) -> None:
        """Bring a tab to the front."""
        names = [self.tabs.tabText(k) for k in range(self.tabs.count())]
        self.tabs.setCurrentIndex(names.index(name))

    def set_theme(self, theme: PlotTheme) -> None:
        """Recolour all plots."""
        for plot in (*self.plots, self.checks):
            plot.set_theme(theme)

    def set_units(
        self, length: str, time: str, density_scale: float = 1.0, density_unit: str = ""
    ) -> None:
        """Say what D and G are measured in."""
        for plot in self._terms():
            plot.set_units(length, time, density_scale, density_unit)

    def set_histogram(self, u_edges: ArrayLike, weight: ArrayLike) -> None:
        """Show how often each density was observed."""
        for plot in self._terms():
            plot.set_histogram(u_edges, weight)

    def set_members(
        self, u: ArrayLike, D: ArrayLike, G: ArrayLike, supported: Range | None = None
    ) -> None:
        """Show what the networks have learned so far: u (N,), D and G (M, N)."""
        for plot_D, plot_G in self._pairs():
            plot_D.set_members(u, D, supported)
            plot_G.set_members(u, G, supported)

    def set_estimate(self, terms: Any) -> None:
        """Show the final estimate, a :class:`napari_binn.inference.terms.Terms`."""
        for plot_D, plot_G in self._pairs():
            plot_D.set_estimate(terms.u, terms.D, terms.D_low, terms.D_high, terms.supported)
            plot_G.set_estimate(terms.u, terms.G, terms.G_low, terms.G_high, terms.supported)

    def set_checked_bands(self, bootstrap: Any) -> None:
        """Show the bands of a :class:`napari_binn.inference.bootstrap_model.Bootstrap`, or none."""
        none: tuple[ArrayLike, ArrayLike, ArrayLike] = ([], [], [])
        D = none if bootstrap is None else (bootstrap.u, bootstrap.D_low, bootstrap.D_high)
        G = none if bootstrap is None else (bootstrap.u, bootstrap.G_low, bootstrap.G_high)
        for plot_D, plot_G in self._pairs():
            plot_D.set_checked_band(*D)
            plot_G.set_checked_band(*G)

    def set_formula(self, u: ArrayLike, D: ArrayLike, G: ArrayLike, label: str = "formula") -> None:
        """Draw a pair of formulas over the estimate, on the tab Equation."""
        self.formula_D.set_formula(u, D, label)
        self.formula_G.set_formula(u, G, label)

    def set_note(self, text: str, tone: Tone = "plain") -> None:
        """Say something about the learned curves below them, or nothing."""
        self.note.set_text(text)
        self.note.set_tone(tone)
        self.note.setToolTip(text)
        self.note.setVisible(bool(text))

    def clear_formula(self) -> None:
        """Take the formulas away."""
        self.set_formula([], [], [])

    def set_truth(self, u: ArrayLike, D: ArrayLike, G: ArrayLike) -> None:
        """Draw the law that a phantom was made from; empty lists take it away."""
        for plot_D, plot_G in self._pairs():
            plot_D.set_truth(u, D)
            plot_G.set_truth(u, G)

    def set_comparison(self, D: Sequence[Compared], G: Sequence[Compared]) -> None:
        """Draw the estimates of several runs; empty lists end the comparison."""
        for plot_D, plot_G in self._pairs():
            plot_D.set_comparison(D)
            plot_G.set_comparison(G)

    def clear_learning(self) -> None:
        """Make room for another training: losses, curves and formulas go, the histogram stays."""
        self.losses.clear()
        self.pareto.clear()
        self.checks.clear()
        self.set_note("")
        for plot in self._terms():
            plot.clear_learning()

    def clear(self) -> None:
        """Take everything away."""
        for plot in (*self.plots, self.checks):
            plot.clear()
        self.set_note("")

    def _terms(self) -> tuple[TermPlot, ...]:
        return self.D, self.G, self.formula_D, self.formula_G

    def _pairs(self) -> tuple[tuple[TermPlot, TermPlot], ...]:
        return (self.D, self.G), (self.formula_D, self.formula_G)

    def _add_tab(self, name: TabName, *plots: QWidget, note: QWidget | None = None) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(8)
        for plot in plots:
            row.addWidget(plot, 1)
        column.addLayout(row, 1)
        if note is not None:
            column.addWidget(note)
            note.hide()
        self.tabs.addTab(page, name)

"""The bands are checked in napari with the mouse, by the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_binn.inference.estimate import estimate
from napari_binn.run.folder import RunFolder
from napari_binn.settings import Settings
from tests.example_run import make_example
from tests.gui.workflow import Workbench
from tests.synthetic import density

if TYPE_CHECKING:
    from napari_binn.gui.plots.band_strip import BandDialog

pytestmark = [pytest.mark.gui, pytest.mark.usefixtures("nothing_left")]
SETTINGS = Settings.build({"inference": {"boundary": "closed"}, "simulation": {"refine": 1}})


def learned(folder: Path) -> RunFolder:
    """Return a run that has learned its curves."""
    run = RunFolder.create(folder, input="cells.npz")
    seen = density("fisher", frames=5, bins=(6, 6), noise=0.03, seed=4)
    run.save_settings(SETTINGS)
    run.save_density(seen)
    run.save_binn(make_example().binn)
    run.save_terms(estimate(seen, SETTINGS.inference, refine=1))
    run.set_state("stopped")
    return run


def ask(bench: Workbench, movies: int) -> None:
    """Press the button, type a number of movies and begin."""
    from qtpy.QtCore import Qt

    from napari_binn.gui.plots.band_strip import BandDialog

    strip = bench.curves.panel.checks.bands
    bench.click(strip.check)
    found: list[BandDialog] = []
    bench.until(lambda: found.extend(strip.findChildren(BandDialog)) or found)
    dialog = found[0]
    bench.until(dialog.isVisible)
    bench.qtbot.keyClick(dialog.count, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    bench.qtbot.keyClicks(dialog.count, str(movies))
    bench.click(dialog.begin)


def test_a_check_is_stopped_and_done_again(bench: Workbench, tmp_path: Path) -> None:
    run = learned(tmp_path / "runs" / "one")
    session = bench.open()
    session.show_run(run.path)
    panel = bench.curves.panel
    panel.show_tab("Checks")
    strip = panel.checks.bands
    kept = sorted(path.name for path in run.path.iterdir())

    ask(bench, 200)
    bench.until(lambda: (strip.fraction or 0.0) > 0)
    assert strip.text().startswith("movie")
    assert "bands are being checked" in session.obstacle("find")
    bench.click(strip.stop)
    bench.until(lambda: not session.bands.busy)
    assert not session.room.forced
    assert sorted(path.name for path in run.path.iterdir()) == kept

    ask(bench, 4)
    bench.until(lambda: strip.text().startswith("Estimates from 4 simulated movies"))
    found = run.load_bootstrap()
    assert strip.text() == found.sentence
    assert found.sentence in bench.discover.learn.result_text()
    panel.show_tab("Learning")
    bench.settle()
    _, ends = panel.D.curves["checked"].getData()
    np.testing.assert_allclose(ends[: len(found.u)], found.D_low)
    assert not bench.problems

"""A napari of its own that begins a training and then, as it is told, closes or goes on.

Usage: napari_that_learns.py RUNS close|go-on
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def main(runs: Path, end: str) -> None:
    """Open napari, learn, say so in a line, and close the window or wait to be killed."""
    import napari
    from qtpy.QtCore import QTimer

    from napari_binn.gui import preferences
    from napari_binn.gui.commands import DISCOVER, open_dock
    from napari_binn.gui.sessions import session_of
    from napari_binn.settings import merge_all
    from tests.gui.workflow import QUICK, add_cells

    chosen = preferences.Preferences(runs_folder=runs, threads=1)
    preferences.load_preferences = lambda read=None: chosen
    viewer = napari.Viewer()
    add_cells(viewer)
    dock = open_dock(viewer, DISCOVER)
    session = session_of(viewer)
    session.choose(merge_all(QUICK, {"binn": {"steps": 100_000}}), told=True)
    QTimer.singleShot(0, dock.discover.click)

    def look() -> None:
        if session.facts().running == "learn" and session.progress is not None:
            timer.stop()
            print("learning", flush=True)
            if end == "close":
                viewer.window._qt_window.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    napari.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

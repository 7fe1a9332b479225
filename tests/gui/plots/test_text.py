"""Labels of axes read as people write them."""

from __future__ import annotations

from napari_binn.gui.plots.text import with_unit


def test_labels_with_and_without_a_unit() -> None:
    assert with_unit("time", "day") == "time [day]"
    assert with_unit("time", "") == "time"

"""The fitted surface is written while someone looks, and never costs much."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_binn.engine import live
from napari_binn.engine.control import Control
from napari_binn.engine.live import LiveSurface
from napari_binn.engine.protocol import Surface
from napari_binn.events import Event


class Bench:
    """A live surface with a clock that moves only when told to, and a count of computations."""

    def __init__(self, folder: Path) -> None:
        self.now, self.cost, self.delay, self.computed = 0.0, 0.01, 0.0, 0
        self.spent = 0.0
        self.control, self.events = Control(), list[Event]()
        self.live = LiveSurface(
            folder, self.control, self.events.append, lambda: self.now, lambda: self.spent
        )

    def surface(self) -> np.ndarray:  # type: ignore[type-arg]
        self.now += self.cost + self.delay
        self.spent += self.cost
        self.computed += 1
        return np.full((2, 3, 4), float(self.computed))

    def train(self, seconds: float) -> int:
        """Look every 0.1 s for so long and return how often the surface was computed."""
        before, end = self.computed, self.now + seconds
        while self.now < end:
            self.live(7, self.surface)
            self.now += 0.1
        return self.computed - before


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_nothing_is_computed_when_nobody_looks(bench: Bench, tmp_path: Path) -> None:
    assert bench.train(5) == 0
    assert list(tmp_path.iterdir()) == []


def test_who_looks_gets_the_surface_twice_a_second(bench: Bench, tmp_path: Path) -> None:
    bench.control.obey("watch")
    assert 7 <= bench.train(4) <= 8
    event = bench.events[-1]
    assert isinstance(event, Surface)
    values = np.load(event.path, allow_pickle=False)
    assert (values.dtype, values.shape) == (np.float32, (2, 3, 4))
    assert values[0, 0, 0] == bench.computed
    assert [path.name for path in (tmp_path / "live").iterdir()] == ["surface.npy"]
    bench.live.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_costly_surface_comes_seldom(bench: Bench) -> None:
    bench.control.obey("watch")
    bench.cost = 1.0
    assert bench.train(41) == 3


def test_waiting_for_the_processor_is_no_cost(bench: Bench) -> None:
    bench.control.obey("watch")
    bench.delay = 0.3
    assert bench.train(9.9) >= 14


def test_a_large_surface_comes_seldom(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LARGE", 10)
    bench.control.obey("watch")
    assert bench.train(10) == 2


def test_a_disk_that_refuses_does_not_stop_the_training(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "live").write_text("a file in the way", encoding="utf-8")
    bench.control.obey("watch")
    assert bench.train(1) == 2
    assert bench.events == []

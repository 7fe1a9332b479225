"""Where the network trains."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from napari_binn.binn import device
from napari_binn.binn.device import resolve_device, seconds_per_step
from napari_binn.errors import UserError
from napari_binn.events import Event


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU seems to be there."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Model X")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)


class Clock:
    """Goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, seconds: dict[str, float], first: float = 0.0) -> device.Work:
        """Return work whose steps take as long as is said for each device, the first longer."""

        def ready(name: str) -> Callable[[], object]:
            each = iter([first] + [seconds[name]] * 1000)

            def step() -> None:
                self.now += next(each)

            return step

        return ready


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(device, "perf_counter", clock)
    return clock


def test_cpu_is_always_there() -> None:
    assert resolve_device("cpu") == "cpu"


def test_auto_takes_a_gpu_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert resolve_device("auto") == expected


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("here", "there", "chosen", "called"),
    [(1e-3, 4e-3, "cpu", "CPU"), (0.04, 4e-3, "cuda", "Model X")],
)
def test_auto_takes_what_does_the_work_faster(
    clock: Clock, here: float, there: float, chosen: str, called: str
) -> None:
    told: list[Event] = []
    work = clock.work({"cpu": here, "cuda": there}, first=9.0)
    assert resolve_device("auto", work, told.append) == chosen
    assert [event.text for event in told] == [
        f"The networks train on the {called}, which is faster for them: a step took "
        f"{1000 * here:g} ms on the CPU and 4 ms on the Model X."
    ]


def test_without_a_gpu_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    def work(_: str) -> Callable[[], object]:
        raise AssertionError

    assert resolve_device("auto", work) == "cpu"
    assert resolve_device("cpu", work) == "cpu"


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("error", "why"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "its memory is too small"),
        (RuntimeError("no kernel image is available"), "it failed in a short test"),
    ],
)
def test_a_gpu_that_cannot_do_the_work_is_left_alone(error: Exception, why: str) -> None:
    def work(name: str) -> Callable[[], object]:
        if name == "cuda":
            raise error
        return lambda: None

    told: list[Event] = []
    assert resolve_device("auto", work, told.append) == "cpu"
    assert [event.text for event in told] == [f"The GPU Model X is not used, because {why}."]


def test_slow_steps_are_tried_for_a_moment_only(clock: Clock) -> None:
    assert seconds_per_step("cpu", clock.work({"cpu": 0.4}, first=30.0)) == pytest.approx(0.4)
    assert clock.now < 30 + 0.4 * device.WARM_UP + device.SECONDS + 0.4


def test_a_device_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match="device = cuda needs an NVIDIA GPU"):
        resolve_device("cuda")
    with pytest.raises(UserError, match="device = mps needs a Mac"):
        resolve_device("mps")

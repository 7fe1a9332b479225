"""Where the networks train: on the processor or on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import torch

from ..errors import UserError
from ..events import Notice, Report, silent
from ..settings import Device
from .memory import is_out_of_memory

#: Gets ready on a device and returns what does one step of the work there.
Work = Callable[[str], Callable[[], object]]
#: Steps before the clock runs, and how long it runs: steps and seconds [s], at most.
WARM_UP, STEPS, SECONDS = 3, 20, 0.5


def resolve_device(wanted: Device, work: Work | None = None, report: Report = silent) -> str:
    """Return the torch device that a setting stands for: "cpu", "cuda" or "mps".

    "auto" takes the CPU where there is no CUDA GPU. Where there is one, it takes what does the
    ``work`` faster: a step of a small ensemble is a few hundred operations of microseconds each,
    about what it takes merely to start them on a GPU, so that the CPU may be as fast; many members,
    wide networks and large batches are faster on the GPU. A Mac's GPU (mps) is used only where it
    is asked for.

    Parameters
    ----------
    work
        Tried for a moment on both, if there is a choice; without it, "auto" takes the GPU.
    report
        Told what was measured.

    Raises
    ------
    UserError
        If the device asked for is not there.
    """
    if wanted == "auto":
        if not torch.cuda.is_available():
            return "cpu"
        return "cuda" if work is None else _faster("cpu", "cuda", work, report)
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError(
            "The setting device = cuda needs an NVIDIA GPU and a CUDA build of PyTorch, and none "
            "was found here: use device = auto or cpu, or run `napari-binn doctor`."
        )
    if wanted == "mps" and not torch.backends.mps.is_available():
        raise UserError(
            "The setting device = mps needs a Mac with an Apple GPU, and none was found here: "
            "use device = auto or cpu."
        )
    return wanted


def name(device: str) -> str:
    """Return how a device is called: "CPU", or the product name of the GPU."""
    if device == "cuda":
        return str(torch.cuda.get_device_name())
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(device, device)


def synchronize(device: str) -> None:
    """Wait until a device has done what it was given; a GPU answers before it has."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def seconds_per_step(device: str, work: Work) -> float:
    """Return how long one step of some work takes on a device [s], after a few to warm up."""
    step = work(device)
    for _ in range(WARM_UP):
        step()
    synchronize(device)
    began, done = perf_counter(), 0
    while done < STEPS and perf_counter() - began < SECONDS:
        step()
        done += 1
    synchronize(device)
    return (perf_counter() - began) / done


def _faster(cpu: str, gpu: str, work: Work, report: Report) -> str:
    """Try both; a GPU that fails, or whose memory does not suffice, is not chosen."""
    try:
        there = seconds_per_step(gpu, work)
    except (RuntimeError, MemoryError) as error:
        why = "its memory is too small" if is_out_of_memory(error) else "it failed in a short test"
        report(Notice(f"The GPU {name(gpu)} is not used, because {why}.", "warning"))
        return cpu
    here = seconds_per_step(cpu, work)
    chosen = gpu if there < here else cpu
    report(
        Notice(
            f"The networks train on the {name(chosen)}, which is faster for them: a step took "
            f"{1000 * here:.2g} ms on the CPU and {1000 * there:.2g} ms on the {name(gpu)}."
        )
    )
    return chosen

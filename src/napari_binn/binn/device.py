"""Where the network trains."""

from __future__ import annotations

import torch

from ..errors import UserError
from ..settings import Device


def resolve_device(wanted: Device) -> str:
    """Return the torch device that a setting stands for: "cpu", "cuda" or "mps".

    "auto" takes a CUDA GPU where there is one and else the CPU. An accelerator pays when a step has
    much to compute: many members, wide networks, large batches. A step of the default ensemble is
    a few hundred operations of microseconds each, about what it takes merely to start them on a
    GPU, so that "cpu" may be as fast there. A Mac's GPU (mps) is used only where it is asked for.

    Raises
    ------
    UserError
        If the device asked for is not there.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
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

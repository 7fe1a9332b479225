"""Where the network trains."""

import pytest
import torch

from napari_binn.binn.device import resolve_device
from napari_binn.errors import UserError


def test_cpu_is_always_there() -> None:
    assert resolve_device("cpu") == "cpu"


def test_auto_takes_a_gpu_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert resolve_device("auto") == expected


def test_a_device_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match="device = cuda needs an NVIDIA GPU"):
        resolve_device("cuda")
    with pytest.raises(UserError, match="device = mps needs a Mac"):
        resolve_device("mps")

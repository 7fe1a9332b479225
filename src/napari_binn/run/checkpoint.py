"""The state of a training as bytes that say whether they are whole and whose they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from napari_binn import __version__
from napari_binn.density.model import Density
from napari_binn.settings import Settings

Arrays = dict[str, NDArray[Any]]


def fit_of(density: Density, settings: Settings) -> str:
    """Return a name of a training: the same only if it would take the same steps."""
    digest = hashlib.sha256(__version__.encode())
    digest.update(settings.binn.model_dump_json().encode())
    held = [density.counts_per_unit, density.patches_per_bin]
    others = [settings.inference.noise, settings.seed, *held]
    digest.update(json.dumps(others).encode())
    for array in (density.values, density.t, density.y, density.x, density.mask):
        if array is not None:
            _update(digest, array)
    return digest.hexdigest()


def packed(arrays: Mapping[str, NDArray[Any]], fit: str) -> bytes:
    """Return ``arrays`` in the safetensors format, marked as those of the training ``fit``."""
    whole = {name: np.array(value, order="C", copy=None) for name, value in arrays.items()}
    marks = {"fit": fit, "sha256": _digest(whole)}
    data: bytes = safetensors.numpy.save(whole, metadata=marks)
    return data


def unpacked(data: bytes, fit: str) -> Arrays:
    """Return the arrays of :func:`packed`.

    Raises
    ------
    ValueError
        With the end of a sentence: it is damaged, or of another training.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        marks = json.loads(data[8 : 8 + length])["__metadata__"]
        arrays: Arrays = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError):
        raise ValueError("is damaged") from None
    if marks.get("fit") != fit:
        raise ValueError("belongs to other settings, another density or another version")
    if marks.get("sha256") != _digest(arrays):
        raise ValueError("is damaged")
    return arrays


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode())
        _update(digest, arrays[name])
    return digest.hexdigest()


def _update(digest: Any, array: NDArray[Any]) -> None:
    digest.update(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8))

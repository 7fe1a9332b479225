"""How a measurement's quality is kept in its run: one npz file, without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from numpy.typing import NDArray

from napari_binn.prepare.model import Flag
from napari_binn.quality.model import Quality, Remark, Shot

Arrays = dict[str, NDArray[Any]]

_COURSES = ("times", "kept", "drift", "drift_error")
_PICTURES = ("image", "positions", "covered", "hidden")


def quality_record(quality: Quality) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and small plain data that hold everything."""
    arrays = {name: value for name in _COURSES if (value := getattr(quality, name)) is not None}
    for number, shot in enumerate(quality.shots):
        for name in _PICTURES:
            value = getattr(shot, name)
            if value is not None:
                arrays[f"{name}_{number}"] = value
    facts = ("frame", "time", "box", "count")
    meta = {
        "remarks": [asdict(remark) for remark in quality.remarks],
        "flags": [asdict(flag) for flag in quality.flags],
        "left_out": list(quality.left_out),
        "moved": quality.moved,
        "shots": [{name: getattr(shot, name) for name in facts} for shot in quality.shots],
    }
    return arrays, meta


def quality_from(record: tuple[Mapping[str, NDArray[Any]], Mapping[str, Any]]) -> Quality:
    """Return what :func:`quality_record` described.

    Raises
    ------
    KeyError, TypeError, ValueError
        Something lacks or is of another kind.
    """
    arrays, meta = record
    return Quality(
        **{name: arrays.get(name) for name in _COURSES if name != "times"},
        times=arrays["times"],
        remarks=tuple(Remark(**remark) for remark in meta["remarks"]),
        flags=tuple(Flag(**flag) for flag in meta["flags"]),
        left_out=tuple(int(index) for index in meta["left_out"]),
        moved=bool(meta["moved"]),
        shots=tuple(_shot(arrays, number, facts) for number, facts in enumerate(meta["shots"])),
    )


def _shot(arrays: Mapping[str, NDArray[Any]], number: int, facts: Mapping[str, Any]) -> Shot:
    x0, y0, x1, y1 = (float(value) for value in facts["box"])
    pictures = {name: arrays.get(f"{name}_{number}") for name in _PICTURES}
    frame, count = int(facts["frame"]), int(facts["count"])
    return Shot(frame, float(facts["time"]), (x0, y0, x1, y1), count=count, **pictures)

"""What a user chooses once for all runs, on the plugin's page of napari's Preferences."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

from ..settings import Device

PLUGIN = "napari-binn"
#: Where the manifest keeps them: ``contributions.configurations.<GROUP>.properties``.
GROUP = "computation"

T = TypeVar("T")


@dataclass(frozen=True)
class Preferences:
    """Choices that hold for all runs.

    Attributes
    ----------
    device
        Where networks are trained unless a run says otherwise.
    runs_folder
        The folder that new runs are made in.
    threads
        Threads that a computation may use; 0: all physical cores but one.
    plot_rate
        How often the curves are drawn while a network learns [1/s], 1 to 10.
    """

    device: Device = "auto"
    runs_folder: Path = field(default_factory=lambda: Path.home() / "napari-binn-runs")
    threads: int = 0
    plot_rate: float = 5.0


def load_preferences(read: Callable[[], Any] | None = None) -> Preferences:
    """Return the preferences; what is not there, or makes no sense, has its default.

    A value that makes no sense is told in a warning, once.

    Parameters
    ----------
    read
        Returns an object with the preferences as attributes; it may lack any.
    """
    stored = (read or _stored_by_napari)()
    default = Preferences()
    return Preferences(
        device=_read(stored, "device", _device, default.device),
        runs_folder=_read(stored, "runs_folder", _folder, default.runs_folder),
        threads=_read(stored, "threads", _threads, default.threads),
        plot_rate=_read(stored, "plot_rate", _rate, default.plot_rate),
    )


def _stored_by_napari() -> Any:
    """Return what the page holds, None where this napari has no such page."""
    try:
        from napari.settings import get_plugin_settings

        return getattr(get_plugin_settings(PLUGIN), GROUP)
    except (ImportError, KeyError, AttributeError):
        return None


def _read(stored: Any, name: str, understand: Callable[[Any], T], default: T) -> T:
    value = getattr(stored, name, None)
    if value is None:
        return default
    try:
        return understand(value)
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        warnings.warn(
            f"The preference '{name}' of napari-binn cannot be used ({error}): "
            f"{default} is used instead.",
            stacklevel=3,
        )
        return default


def _device(value: Any) -> Device:
    for device in get_args(Device):
        if value == device:
            found: Device = device
            return found
    raise ValueError(f"{value!r} is none of {', '.join(get_args(Device))}")


def _folder(value: Any) -> Path:
    if not str(value).strip():
        raise ValueError("no folder is named")
    folder = Path(str(value).strip()).expanduser()
    if not folder.is_absolute():
        raise ValueError(f"{value} is not a full path")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file")
    return folder


def _threads(value: Any) -> int:
    if int(value) != value or value < 0:
        raise ValueError(f"{value} is not 0 or a number of threads")
    return int(value)


def _rate(value: Any) -> float:
    rate = float(value)
    if not (math.isfinite(rate) and 1 <= rate <= 10):
        raise ValueError(f"{value} is not between 1 and 10")
    return rate

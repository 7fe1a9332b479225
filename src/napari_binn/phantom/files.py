"""Phantoms as movies in memory and as files."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..movie.model import MemoryFrames, Movie
from .cells import CellTracks, simulate_cells
from .rules import Phantom, get
from .truth import Truth, truth_path

_TABLE, _MOVIES = ".csv", (".tif", ".tiff")
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "napari-binn/phantom")


def make_movie(name: str, seed: int = 0, kind: Literal["image", "points"] = "image") -> Movie:
    """Return a phantom in memory: its rendered frames, or the true positions of its cells.

    Raises
    ------
    UserError
        If there is no phantom of that name, or the seed is negative.
    """
    phantom = get(name)
    tracks = simulate_cells(phantom, _checked(seed))
    side = phantom.pixel_size if kind == "image" else 1.0
    return Movie(
        kind=kind,
        frames=MemoryFrames(
            _rendered(phantom, tracks, seed) if kind == "image" else tracks.positions
        ),
        times=phantom.times,
        time_unit="hour",
        length_unit="um",
        pixel_size=(side, side),
        extent=(0.0, 0.0, *phantom.extent),
        source=f"phantom {name} (seed {seed})",
    )


def write(name: str, path: str | Path, seed: int = 0) -> Truth:
    """Write a phantom and, beside it, its law as ``<stem>.truth.json``.

    Parameters
    ----------
    name
        One of :func:`~napari_binn.phantom.names`.
    path
        ``*.tif`` or ``*.tiff``: the rendered movie, compressed OME-TIFF with its calibration;
        ``*.csv``: a table of the true positions with columns t_hour, x_um, y_um. An earlier
        phantom there is replaced, any other file is not.
    seed
        Not negative; the same seed gives the same file.

    Returns
    -------
    The law that was stored. Both files are whole, or neither is there.

    Raises
    ------
    UserError
        If name, path or seed are not usable, or the disk refuses.
    """
    path = Path(path)
    phantom, suffix = get(name), path.suffix.lower()
    _checked(seed)
    if suffix not in (_TABLE, *_MOVIES):
        raise UserError(
            f"A phantom cannot be written to {path}: the name must end in .tif or .csv."
        )
    law = truth_path(path)
    if path.exists() and not (path.is_file() and law.is_file()):
        raise UserError(f"{path} exists and is not a phantom: choose another name or delete it.")
    with _pair(path, law) as (movie_file, law_file):
        tracks = simulate_cells(phantom, seed)
        if suffix == _TABLE:
            movie_file.write_text(_table(tracks), encoding="utf-8", newline="\n")
        else:
            _write_tiff(movie_file, phantom, tracks, seed)
        truth = Truth.of(phantom, seed)
        law_file.write_text(truth.to_json(), encoding="utf-8", newline="\n")
    return truth


@contextlib.contextmanager
def _pair(path: Path, law: Path) -> Iterator[tuple[Path, Path]]:
    """Yield two temporary files that take the places of ``path`` and ``law`` together."""
    token = secrets.token_hex(4)
    temporary = [p.with_name(f".{p.stem}.{token}.partial{p.suffix}") for p in (path, law)]
    try:
        # Made before the work, so that a folder that refuses says so at once.
        for each in temporary:
            each.touch(exist_ok=False)
        yield temporary[0], temporary[1]
        # The movie first: where it is open elsewhere and cannot be replaced, nothing changes.
        os.replace(temporary[0], path)
        os.replace(temporary[1], law)
    except OSError as error:
        raise UserError(_sentence(path, error)) from None
    finally:
        for each in temporary:
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)


def _sentence(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so {path} was not written: free some space and try again."
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"{path} cannot be written: the folder {path.parent} does not exist, make it first."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"There is no permission to write {path}: choose another folder."
    return f"{path} cannot be written: {error.strerror or error}."


def _checked(seed: int) -> int:
    if seed < 0:
        raise UserError(f"The seed of a phantom must not be negative (it is {seed}).")
    return seed


def _rendered(phantom: Phantom, tracks: CellTracks, seed: int) -> NDArray[np.uint16]:
    # scipy.ndimage takes a while to import; positions do without it.
    if phantom.look == "phase contrast":
        from .phase import render_phase

        return render_phase(phantom, tracks, seed)
    from .render import render

    return render(phantom, tracks, seed)


def _table(tracks: CellTracks) -> str:
    text = io.StringIO()
    text.write("t_hour,x_um,y_um\n")
    for time, positions in zip(tracks.times, tracks.positions, strict=True):
        rows = np.column_stack([np.full(len(positions), time), positions])
        np.savetxt(text, rows, fmt=["%.6g", "%.2f", "%.2f"], delimiter=",")
    return text.getvalue()


def _write_tiff(path: Path, phantom: Phantom, tracks: CellTracks, seed: int) -> None:
    import tifffile

    pixels_per_cm = 1e4 / phantom.pixel_size
    tifffile.imwrite(
        path,
        _rendered(phantom, tracks, seed),
        ome=True,
        photometric="minisblack",
        compression="zlib",
        # The noise of the camera does not shrink further at higher levels, which take far longer.
        compressionargs={"level": 1},
        resolution=(pixels_per_cm, pixels_per_cm),
        resolutionunit="CENTIMETER",
        metadata={
            "axes": "TYX",
            "Name": f"phantom {phantom.name}",
            "Description": f"{phantom.title} (seed {seed}). {phantom.description}",
            "PhysicalSizeX": phantom.pixel_size,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": phantom.pixel_size,
            "PhysicalSizeYUnit": "µm",
            "TimeIncrement": phantom.hours / (phantom.frames - 1),
            "TimeIncrementUnit": "h",
            # Named after its content, not drawn, so that equal seeds give equal bytes.
            "UUID": str(uuid.uuid5(_NAMESPACE, f"{phantom}{seed}")),
            "Creator": "napari-binn",
        },
    )

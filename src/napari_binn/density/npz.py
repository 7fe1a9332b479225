"""The density as an npz file: a ready-made input, and how a run keeps its own.

Arrays: ``density`` (T, Y, X), ``t`` (T,), ``y`` (Y,), ``x`` (X,); optional strings
``length_unit``, ``time_unit``, ``density_unit``, ``source``; optional ``counts_per_bin``, so that
counts = density × counts_per_bin; of a density that is the covered share of the area (0 to 1)
optional ``patches_per_bin``, the pieces of a bin that tell something of their own; optional
``mask`` (Y, X), True where the bin was observed; optional list of strings ``assumptions``. Nothing
in the file is a pickle.

A large density is written without compression and is not read but mapped into memory: the system
brings in the parts of it that are looked at.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..units import FRAME, PIXEL, parse_length_unit, parse_time_unit
from .mapped import LARGE, map_array
from .model import Density

_NEEDED = ("density", "t", "y", "x")
_OPTIONAL = (
    "length_unit", "time_unit", "density_unit", "source", "counts_per_bin", "patches_per_bin",
    "mask", "assumptions",
)  # fmt: skip
_SMALLEST = 4


def save_density(path: Path, density: Density) -> None:
    """Write a density to ``path``; :func:`load_density` gives the same one back.

    Raises
    ------
    OSError
        The disk refuses.
    """
    save = np.savez if density.values.nbytes >= LARGE else np.savez_compressed
    with path.open("wb") as handle:
        save(handle, allow_pickle=False, **density_arrays(density))


def density_arrays(density: Density) -> dict[str, Any]:
    """Return what a file of a density holds, by name."""
    arrays: dict[str, Any] = {
        "density": density.values,
        "t": density.t,
        "y": density.y,
        "x": density.x,
        "length_unit": np.array(density.length_unit),
        "time_unit": np.array(density.time_unit),
        "density_unit": np.array(density.density_unit),
        "source": np.array(density.source),
        "assumptions": np.array(density.assumptions, dtype=np.str_),
    }
    if density.counts_per_unit is not None:
        arrays["counts_per_bin"] = np.array(density.counts_per_unit)
    if density.patches_per_bin is not None:
        arrays["patches_per_bin"] = np.array(density.patches_per_bin)
    if density.mask is not None:
        arrays["mask"] = density.mask
    return arrays


def load_density(
    path: Path, *, length_unit: str | None = None, time_unit: str | None = None
) -> Density:
    """Read a density; lengths and times stay in the units that the file states.

    Parameters
    ----------
    path
        The npz file.
    length_unit, time_unit
        Units of a file that does not state them; without, it counts in pixels and frames. A file
        may also state units of its own, such as those of a dimensionless model.

    Raises
    ------
    UserError
        The file cannot be read, lacks an array, or holds something that is not a density.
    """
    arrays = _read(path)
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        found = ", ".join(sorted(arrays)) or "none"
        raise UserError(
            f"{path} lacks {' and '.join(missing)}; needed are {', '.join(_NEEDED)}, found: "
            f"{found}."
        )
    values, t, y, x = (_numbers(arrays[name], name, path) for name in _NEEDED)
    _check_axes(values, t, y, x, path)
    mask = _mask(arrays.get("mask"), values, path)
    values = _check_values(values, mask, path)
    length, said_length = _unit(arrays, "length_unit", length_unit, path)
    time, said_time = _unit(arrays, "time_unit", time_unit, path)
    notes = arrays.get("assumptions", np.array([], dtype=np.str_))
    kept = tuple(str(note) for note in notes.ravel()) if notes.dtype.kind == "U" else ()
    return Density(
        values=values,
        t=t,
        y=y,
        x=x,
        length_unit=length,
        time_unit=time,
        density_unit=_text(arrays, "density_unit", path) or "a.u.",
        counts_per_unit=_positive(arrays, "counts_per_bin", path),
        patches_per_bin=_patches(arrays, values, path),
        mask=mask,
        source=_text(arrays, "source", path) or str(path),
        assumptions=kept + said_length + said_time,
    )


def _read(path: Path) -> dict[str, NDArray[Any]]:
    if not path.exists():
        raise UserError(f"There is no file {path}.")
    try:
        if not zipfile.is_zipfile(path):
            raise UserError(f"{path} is not an npz file, or is incomplete: save it again.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Opened here: numpy leaves a damaged file open.
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
                names = [name for name in (*_NEEDED, *_OPTIONAL) if name in file.files]
                mapped = map_array(path, "density") if "density" in names else None
                found = {} if mapped is None else {"density": mapped}
                return found | {name: file[name] for name in names if name not in found}
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    except Exception as error:  # zip, zlib and numpy each have their own kinds of complaint
        if "Object arrays" in str(error):
            raise UserError(
                f"{path} holds Python objects, which are not read: save plain arrays of numbers."
            ) from None
        raise UserError(f"{path} is damaged or not an npz file: save it again.") from None


def _numbers(array: NDArray[Any], name: str, path: Path) -> NDArray[np.float64]:
    if array.dtype.kind not in "iuf":
        raise UserError(f"The array {name!r} in {path} does not hold real numbers.")
    return np.ascontiguousarray(array, dtype=np.float64)


def _check_axes(
    values: NDArray[np.float64],
    t: NDArray[np.float64],
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    path: Path,
) -> None:
    shape = tuple(axis.size for axis in (t, y, x))
    if any(axis.ndim != 1 for axis in (t, y, x)) or values.shape != shape:
        raise UserError(
            f"The density in {path} has the shape {values.shape}, but t, y, x have the sizes "
            f"{shape}: it must be (T, Y, X)."
        )
    if len(t) < 2:
        raise UserError(f"{path} holds one frame only: a law of change needs at least two.")
    if min(len(y), len(x)) < _SMALLEST:
        raise UserError(f"{path} has {len(x)} × {len(y)} bins: at least 4 × 4 are needed.")
    for name, axis in (("t", t), ("y", y), ("x", x)):
        steps = np.diff(axis)
        if not np.isfinite(axis).all():
            raise UserError(f"The coordinate {name!r} in {path} holds a value that is not finite.")
        if (steps == 0).any():
            raise UserError(f"The coordinate {name!r} in {path} has the same value twice.")
        if (steps < 0).any():
            raise UserError(f"The coordinate {name!r} in {path} does not increase.")
        if name != "t" and np.ptp(steps) > 1e-3 * steps.mean():
            raise UserError(f"The bins along {name} in {path} are not evenly spaced.")


def _mask(
    mask: NDArray[Any] | None, values: NDArray[np.float64], path: Path
) -> NDArray[np.bool_] | None:
    if mask is None:
        return None
    if mask.shape != values.shape[1:] or mask.dtype.kind not in "biu":
        raise UserError(f"The mask in {path} must be True or False for each bin, shape (Y, X).")
    observed = mask.astype(np.bool_)
    if not observed.any():
        raise UserError(f"The mask in {path} leaves no bin.")
    return observed


def _check_values(
    values: NDArray[np.float64], mask: NDArray[np.bool_] | None, path: Path
) -> NDArray[np.float64]:
    if mask is not None and any(frame[~mask].any() for frame in values):
        values = np.where(mask, values, 0.0)
    for number, frame in enumerate(values):
        if not np.isfinite(frame).all():
            row, column = np.argwhere(~np.isfinite(frame))[0]
            raise UserError(
                f"The density in {path} is {frame[row, column]} at [{number}, {row}, {column}]: it "
                "must be finite, or masked where it was not observed."
            )
    lowest = np.array([frame.min() for frame in values])
    if lowest.min() < 0:
        number = int(lowest.argmin())
        row, column = np.unravel_index(int(values[number].argmin()), values.shape[1:])
        raise UserError(
            f"The density in {path} is negative ({lowest.min():g} at [{number}, {row}, {column}])."
        )
    if max(frame.max() for frame in values) == 0:
        raise UserError(f"The density in {path} is zero everywhere.")
    return values


def _patches(
    arrays: Mapping[str, NDArray[Any]], values: NDArray[np.float64], path: Path
) -> float | None:
    patches = _positive(arrays, "patches_per_bin", path)
    if patches is None:
        return None
    if "counts_per_bin" in arrays:
        raise UserError(
            f"{path} holds both 'counts_per_bin' and 'patches_per_bin': a density is counted, or "
            "it is a covered share."
        )
    highest = max(float(frame.max()) for frame in values)
    if highest > 1 + 1e-9:
        raise UserError(
            f"The density in {path} is up to {highest:g}, but with 'patches_per_bin' it is a "
            "covered share, from 0 to 1."
        )
    return patches


def _positive(arrays: Mapping[str, NDArray[Any]], name: str, path: Path) -> float | None:
    array = arrays.get(name)
    if array is None:
        return None
    if array.size == 1 and array.dtype.kind in "iuf":
        value = float(array.ravel()[0])
        if np.isfinite(value) and value > 0:
            return value
    raise UserError(f"The array {name!r} in {path} must be one positive number.")


def _text(arrays: Mapping[str, NDArray[Any]], name: str, path: Path) -> str:
    array = arrays.get(name)
    if array is None:
        return ""
    if array.size == 1 and array.dtype.kind in "US":
        item = array.ravel()[0]
        text = item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)
        return text.strip()
    raise UserError(f"The entry {name!r} in {path} must be a piece of text.")


def _unit(
    arrays: Mapping[str, NDArray[Any]], name: str, given: str | None, path: Path
) -> tuple[str, tuple[str, ...]]:
    """Return the unit, and a sentence if it was assumed."""
    parse = parse_length_unit if name == "length_unit" else parse_time_unit
    stated = _text(arrays, name, path)
    if stated:
        try:
            stated = parse(stated)
        except UserError as error:
            if len(stated) > 24 or not stated.isprintable():
                raise UserError(f"{path}: {error}") from None
    if given is not None:
        asked = parse(given)
        if stated and asked != stated:
            raise UserError(
                f"{path} states its {name} as {stated!r}: leave out the setting 'movie.{name}'."
            )
        return asked, ()
    if stated:
        return stated, ()
    unit = PIXEL if name == "length_unit" else FRAME
    return unit, (f"{path} does not state its {name}: it is taken as {unit}.",)

"""Files that are either whole or not there: atomic writes and careful reads.

Every write goes to a temporary file in the same folder, is flushed to the disk and then takes the
place of the old file in one step (`os.replace`), so a kill at any moment leaves the old or the new
content, never half of it. No format used here can carry code: npz is read without pickle.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import math
import os
import secrets
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_binn.errors import UserError

_PARTIAL = ".partial"
_META = "meta"
#: Arrays of so many bytes, together, are written as they are.
LARGE = 1 << 28


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the block ends well.

    The temporary file keeps the suffix of ``path``; whatever happens, it does not stay behind.

    Raises
    ------
    UserError
        The disk is full, the folder is read-only or gone, …
    """
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{_PARTIAL}{path.suffix}")
    try:
        yield temporary
        _sync(temporary)
        _replace(temporary, path)
    except OSError as error:
        raise UserError(write_sentence(path, error)) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def leftovers(folder: Path) -> list[Path]:
    """Return the temporary files that a killed process left in ``folder``."""
    return [path for path in folder.glob(f".*{_PARTIAL}*") if path.is_file()]


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` atomically; raises :class:`UserError` where the disk refuses."""
    with replacing(path) as temporary, _open_new(temporary) as handle:
        handle.write(data)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, atomically."""
    write_bytes(path, text.encode("utf-8"))


def json_text(value: Any) -> str:
    """Return ``value`` as strict JSON: NaN and infinities become null."""
    return json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write strict JSON (see :func:`json_text`), atomically."""
    write_text(path, json_text(value))


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises :class:`UserError` where it is missing or damaged."""
    try:
        value = json.loads(_read(path).decode("utf-8"))
    except ValueError as error:
        raise damaged(path, error) from None
    if not isinstance(value, dict):
        raise damaged(path, "it holds no JSON object")
    return value


def write_npz(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    meta: Mapping[str, Any],
    *,
    compressed: bool = True,
) -> None:
    """Write ``arrays`` and small plain data ``meta`` into one npz file, atomically.

    ``meta`` travels as a JSON string under the key "meta", so that one file holds one result.
    Large arrays are never compressed: that would take longer than what made them.
    """
    text = json.dumps(plain(meta), ensure_ascii=False, allow_nan=False)
    large = sum(array.nbytes for array in arrays.values()) >= LARGE
    save = np.savez_compressed if compressed and not large else np.savez
    with replacing(path) as temporary, _open_new(temporary) as handle:
        save(handle, allow_pickle=False, **{_META: np.array(text)}, **arrays)


def read_npz(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read (arrays, meta) as :func:`write_npz` wrote them.

    Raises
    ------
    UserError
        The file is missing, cut off or not of this kind.
    """
    with _open(path) as handle:
        try:
            with np.load(handle, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            meta = json.loads(str(arrays.pop(_META)))
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
            raise damaged(path, error) from None
    return arrays, meta


def write_table(path: Path, columns: Mapping[str, NDArray[np.float64]]) -> None:
    """Write named columns of equal length as CSV with a header, atomically and without rounding."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [repr(float(value)) for value in row] for row in zip(*columns.values(), strict=True)
    )
    write_text(path, buffer.getvalue())


def read_table(path: Path) -> dict[str, NDArray[np.float64]]:
    """Read the columns that :func:`write_table` wrote; damage raises :class:`UserError`."""
    try:
        header, *rows = list(csv.reader(io.StringIO(_read(path).decode("utf-8")), strict=True))
        if any(len(row) != len(header) for row in rows):
            raise ValueError("its rows have different lengths")
        values = np.array(rows, dtype=np.float64).reshape(len(rows), len(header))
    except (ValueError, csv.Error) as error:
        raise damaged(path, error) from None
    return {name: values[:, column].copy() for column, name in enumerate(header)}


def read_bytes(path: Path) -> bytes:
    """Return the content of a file; raises :class:`UserError` where it cannot be read."""
    return _read(path)


def plain(value: Any) -> Any:
    """Return ``value`` as strict JSON knows it: lists, dicts, numbers (NaN is None), strings."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    return value


def damaged(path: Path, reason: object) -> UserError:
    """Return the error that says that a file of a run cannot be used, and what to do."""
    why = str(reason).strip().rstrip(".") or type(reason).__name__
    return UserError(
        f"{path} is damaged ({why}): delete it and resume the run, or start a new run."
    )


def write_sentence(path: Path, error: OSError) -> str:
    """Return one sentence on why ``path`` could not be written and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so {path} was not written: free some space and resume the run."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"There is no permission to write {path}: choose another folder for the run."
    return f"{path} cannot be written: {error.strerror or error}."


def _read(path: Path) -> bytes:
    with _open(path) as handle:
        return handle.read()


@contextlib.contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as handle:
            yield handle
    except FileNotFoundError:
        raise UserError(f"{path} is missing: resume the run to make it again.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def _open_new(path: Path) -> BinaryIO:
    return path.open("xb")


def _sync(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _replace(temporary: Path, path: Path) -> None:
    # Windows refuses while another process (the GUI) has the old file open: that lasts moments.
    for pause in (0.02, 0.05, 0.1):
        try:
            os.replace(temporary, path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(temporary, path)

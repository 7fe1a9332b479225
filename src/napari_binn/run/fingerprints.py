"""Fingerprints of the input files, so that a resumed run knows whether they are still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from napari_binn.errors import UserError

MEGABYTE = 1 << 20
WHOLE_BELOW = 64 * MEGABYTE

Extent = Literal["whole file", "size, first and last MB"]


@dataclass(frozen=True)
class Fingerprint:
    """What identifies an input file.

    Attributes
    ----------
    path
        As the user gave it.
    size
        Bytes.
    modified
        Time of the last change [s since 1970].
    sha256
        Hexadecimal digest of what ``hashed`` says: large movies are not read twice.
    hashed
        "whole file", or "size, first and last MB" for files of 64 MB and more.
    """

    path: str
    size: int
    modified: float
    sha256: str
    hashed: Extent

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, for JSON."""
        return asdict(self)


def fingerprint(path: str | Path) -> Fingerprint:
    """Return the fingerprint of one file; raises :class:`UserError` where it cannot be read."""
    try:
        stat = Path(path).stat()
        whole = stat.st_size < WHOLE_BELOW
        digest = _whole(Path(path)) if whole else _ends(Path(path), stat.st_size)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    hashed: Extent = "whole file" if whole else "size, first and last MB"
    return Fingerprint(str(path), stat.st_size, stat.st_mtime, digest, hashed)


def fingerprints(paths: Iterable[str | Path]) -> tuple[Fingerprint, ...]:
    """Return the fingerprint of each file, in the order given."""
    return tuple(fingerprint(path) for path in paths)


def from_dict(values: Mapping[str, Any]) -> Fingerprint:
    """Return the fingerprint that :meth:`Fingerprint.to_dict` described."""
    return Fingerprint(
        path=str(values["path"]),
        size=int(values["size"]),
        modified=float(values["modified"]),
        sha256=str(values["sha256"]),
        hashed=values["hashed"],
    )


def what_changed(known: Iterable[Fingerprint]) -> list[str]:
    """Return one sentence for each file that is gone or whose content is another one now.

    A file that was only touched or copied (another time of change, same content) is the same.
    """
    sentences = []
    for old in known:
        try:
            new = fingerprint(old.path)
        except UserError:
            sentences.append(f"{old.path} cannot be read any more.")
            continue
        if (new.size, new.sha256) != (old.size, old.sha256):
            sentences.append(f"{old.path} has changed since the run began.")
    return sentences


def _whole(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _ends(path: Path, size: int) -> str:
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as handle:
        digest.update(handle.read(MEGABYTE))
        handle.seek(size - MEGABYTE)
        digest.update(handle.read(MEGABYTE))
    return digest.hexdigest()

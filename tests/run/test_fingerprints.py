"""A resumed run knows whether its input is still the same."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from napari_binn.errors import UserError
from napari_binn.run import fingerprints as module
from napari_binn.run.fingerprints import fingerprint, fingerprints, from_dict, what_changed


def test_small_files_are_hashed_whole(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    path.write_bytes(b"cells")
    found = fingerprint(path)
    assert found.sha256 == hashlib.sha256(b"cells").hexdigest()
    assert (found.path, found.size, found.hashed) == (str(path), 5, "whole file")
    assert found.modified == path.stat().st_mtime


def test_large_files_are_hashed_at_their_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WHOLE_BELOW", 3 * module.MEGABYTE)
    path = tmp_path / "movie.tif"
    content = bytearray(4 * module.MEGABYTE)

    def digest(at: int | None) -> str:
        changed = bytearray(content)
        if at is not None:
            changed[at] = 1
        path.write_bytes(changed)
        found = fingerprint(path)
        assert found.hashed == "size, first and last MB"
        return found.sha256

    same = digest(None)
    assert digest(0) != same
    assert digest(len(content) - 1) != same
    assert digest(2 * module.MEGABYTE) == same
    path.write_bytes(bytes(len(content) + 1))
    assert fingerprint(path).sha256 != same


def test_fingerprints_survive_json(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n", encoding="utf-8")
    (found,) = fingerprints([path])
    assert from_dict(found.to_dict()) == found


def test_changed_and_missing_files_are_named_touched_ones_are_not(tmp_path: Path) -> None:
    touched, changed, gone = (tmp_path / name for name in ("touched", "changed", "gone"))
    for path in (touched, changed, gone):
        path.write_text("before", encoding="utf-8")
    known = fingerprints([touched, changed, gone])
    assert what_changed(known) == []
    os.utime(touched, (1, 1))
    changed.write_text("later!", encoding="utf-8")
    gone.unlink()
    assert what_changed(known) == [
        f"{changed} has changed since the run began.",
        f"{gone} cannot be read any more.",
    ]


def test_missing_input_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"movie\.tif cannot be read: No such file"):
        fingerprint(tmp_path / "movie.tif")

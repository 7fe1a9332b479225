"""A file of a run is whole or not there, and damage is named."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.run import files


def test_json_is_strict_and_round_trips(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"n": float("nan"), "a": np.array([1.0, np.inf]), "µ": (1, Path("x"))})
    assert "NaN" not in path.read_text(encoding="utf-8")
    assert files.read_json(path) == {"n": None, "a": [1.0, None], "µ": [1, "x"]}


def test_npz_round_trips_arrays_and_plain_data(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([True, False])}
    files.write_npz(tmp_path / "a.npz", arrays, {"text": "mm²", "none": None, "nan": np.nan})
    back, meta = files.read_npz(tmp_path / "a.npz")
    assert meta == {"text": "mm²", "none": None, "nan": None}
    assert back.keys() == arrays.keys()
    for name in arrays:
        assert back[name].dtype == arrays[name].dtype
        np.testing.assert_array_equal(back[name], arrays[name])


def test_large_arrays_are_written_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {"a": np.zeros(5000), "b": np.ones(3)}
    files.write_npz(tmp_path / "small.npz", arrays, {"text": "mm²"})
    monkeypatch.setattr(files, "LARGE", 5000 * 8)
    files.write_npz(tmp_path / "large.npz", arrays, {"text": "mm²"})
    assert (tmp_path / "small.npz").stat().st_size < 5000
    assert (tmp_path / "large.npz").stat().st_size > 5000 * 8
    back, meta = files.read_npz(tmp_path / "large.npz")
    assert meta == {"text": "mm²"}
    for name, values in arrays.items():
        np.testing.assert_array_equal(back[name], values)


def test_npz_with_objects_inside_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, meta=np.array("{}"), bad=np.array([{"code": 1}], dtype=object))
    with pytest.raises(UserError, match=r"a\.npz is damaged"):
        files.read_npz(path)


def test_table_round_trips_without_rounding(tmp_path: Path) -> None:
    columns = {"step": np.array([0.0, 1.0]), "data": np.array([0.1 + 0.2, np.nan])}
    files.write_table(tmp_path / "a.csv", columns)
    back = files.read_table(tmp_path / "a.csv")
    assert list(back) == ["step", "data"]
    for name in columns:
        np.testing.assert_array_equal(back[name], columns[name])


def test_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    files.write_table(tmp_path / "a.csv", {"step": np.empty(0), "data": np.empty(0)})
    assert {name: len(c) for name, c in files.read_table(tmp_path / "a.csv").items()} == {
        "step": 0,
        "data": 0,
    }


@pytest.mark.parametrize("content", ["", "step,data\n1\n", "step,data\n1,x\n", '"step\n'])
def test_damaged_table_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "losses.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"losses\.csv is damaged"):
        files.read_table(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_damaged_json_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.json is damaged"):
        files.read_json(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_truncated_npz_is_named(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.npz"
    files.write_npz(path, {"a": np.random.default_rng(0).random(500)}, {})
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UserError, match=r"a\.npz is damaged"):
        files.read_npz(path)


def test_flipped_byte_in_npz_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    files.write_npz(path, {"a": np.random.default_rng(0).random(500)}, {})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"a\.npz is damaged"):
        files.read_npz(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"terms\.npz is missing"):
        files.read_npz(tmp_path / "terms.npz")


def test_failed_replacement_keeps_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"old": 1})

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UserError, match=r"a\.json cannot be written: Input/output error"):
        files.write_json(path, {"new": 2})
    monkeypatch.undo()
    assert files.read_json(path) == {"old": 1}
    assert os.listdir(tmp_path) == ["a.json"]


def test_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    files.write_text(path, "old")

    def stop_half_way() -> None:
        with files.replacing(path) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_half_way()
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_file_held_by_a_reader_is_replaced_when_it_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to replace an open file; the GUI holds it for moments only."""
    real, refusals = os.replace, iter([True, True])

    def busy(source: Path, target: Path) -> None:
        if next(refusals, False):
            raise PermissionError(errno.EACCES, "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", busy)
    files.write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel itself refuses here: /dev/full has no space left, ever."""
    path = tmp_path / "terms.npz"
    monkeypatch.setattr(files, "_open_new", lambda _: Path("/dev/full").open("wb"))  # noqa: SIM115
    with pytest.raises(UserError, match=r"^The disk is full, so .*terms\.npz was not written"):
        files.write_npz(path, {"a": np.zeros(10)}, {})
    assert os.listdir(tmp_path) == []


def test_full_disk_while_flushing_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(UserError, match=r"^The disk is full, so .*free some space"):
        files.write_text(tmp_path / "a.txt", "text")
    assert os.listdir(tmp_path) == []


_LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from napari_binn.errors import UserError
from napari_binn.run import files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
files.write_npz(path, {"a": np.arange(3.0)}, {})
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    files.write_npz(path, {"a": np.random.default_rng(0).random(5000)}, {})
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file sizes")
def test_refusal_in_the_middle_of_a_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    assert "a.npz cannot be written: File too large" in done.stdout
    np.testing.assert_array_equal(files.read_npz(path)[0]["a"], [0.0, 1.0, 2.0])
    assert os.listdir(tmp_path) == ["a.npz"]


def test_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written: No such file or directory"):
        files.write_text(tmp_path / "gone" / "a.txt", "text")


def test_missing_permission_is_one_sentence() -> None:
    error = PermissionError(errno.EACCES, "Permission denied")
    assert files.write_sentence(Path("RUN/a.npz"), error) == (
        "There is no permission to write RUN/a.npz: choose another folder for the run."
    )


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_files_can_be_shared_as_the_umask_says(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        files.write_text(tmp_path / "a.txt", "text")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


_WRITER = """
import sys
from pathlib import Path
import numpy as np
from napari_binn.run import files
path = Path(sys.argv[1])
k = 0
while True:
    files.write_npz(path, {"a": np.full(20000, float(k)), "b": np.full(20000, float(k))}, {"k": k})
    k += 1
    if k == 3:
        print("ready", flush=True)
"""


def test_killed_process_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
    arrays, meta = files.read_npz(path)
    np.testing.assert_array_equal(arrays["a"], meta["k"])
    np.testing.assert_array_equal(arrays["b"], meta["k"])
    others = [file for file in tmp_path.iterdir() if file != path]
    assert others == files.leftovers(tmp_path)

"""PySR up to the border of Julia: what it is asked, how its table is read, how it is interrupted.

Beyond that border a module of the same name stands in for it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_binn.equations import pysr
from napari_binn.equations.grammar import U as U_SYMBOL
from napari_binn.equations.grammar import to_text
from napari_binn.equations.julia import PysrState, pysr_state, require
from napari_binn.equations.pysr import PysrOptions, PysrProcess, search
from napari_binn.equations.pysr_table import read_front, read_table
from napari_binn.errors import Stopped, UserError

FAKE = Path(__file__).parent / "fake_pysr"
U = np.linspace(0.1, 1.0, 30)
CURVE = 0.6 * U + 0.01
WEIGHTS = np.linspace(1.0, 3.0, 30)
OPTIONS = PysrOptions(max_length=12, seconds=8.0, repeats=2, seed=5, parsimony=1e-4)


def environment(mode: str = "") -> dict[str, str]:
    path = os.pathsep.join([str(FAKE), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "FAKE_PYSR": mode}


@pytest.fixture
def process() -> Iterator[PysrProcess]:
    one = PysrProcess(env=environment())
    yield one
    one.close()


class Recorder:
    """Interrupts a search, or keeps what it was asked before its folder goes."""

    def __init__(self, folder: Path, stop_at_table: bool = False) -> None:
        self.folder, self.stop_at_table = folder, stop_at_table
        self.asked: list[dict[str, Any]] = []

    def tick(self) -> None:
        self.asked = [
            json.loads(path.read_text()) for path in sorted(self.folder.rglob("asked.json"))
        ]

    def alive(self) -> None:
        if self.stop_at_table and list(self.folder.rglob("hall_of_fame.csv")):
            raise Stopped("Stopped.")


def test_what_pysr_is_asked_for(tmp_path: Path, process: PysrProcess) -> None:
    recorder = Recorder(tmp_path)
    search(U, CURVE, WEIGHTS, OPTIONS, recorder.tick, kept=tmp_path, process=process)
    first, second = recorder.asked
    options = first["options"]
    assert (options["maxsize"], options["parsimony"]) == (12, 1e-4)
    assert options["timeout_in_seconds"] == 4.0
    assert set(options["binary_operators"]) == {"+", "-", "*", "/", "^"}
    assert set(options["unary_operators"]) == {"exp", "log", "sqrt"}
    assert options["constraints"] == {"^": [-1, 1]}
    assert options["nested_constraints"]["exp"] == {"exp": 0, "log": 0, "sqrt": 0}
    assert [one["options"]["random_state"] for one in (first, second)] == [5, 6]
    assert options["deterministic"]
    assert options["parallelism"] == "serial"
    assert first["shape"] == [30, 1]
    assert first["names"] == ["u"]
    np.testing.assert_allclose(first["weights"], WEIGHTS / WEIGHTS.mean())


def test_it_is_asked_in_a_warm_process_without_torch_that_downloads_nothing(
    tmp_path: Path, process: PysrProcess
) -> None:
    recorder = Recorder(tmp_path)
    search(U, CURVE, WEIGHTS, OPTIONS, recorder.tick, kept=tmp_path, process=process)
    assert len({one["pid"] for one in recorder.asked} - {os.getpid()}) == 1
    assert not any(one["torch"] for one in recorder.asked)
    assert {one["offline"] for one in recorder.asked} == {"yes"}
    assert process.alive


@pytest.mark.parametrize("name", PysrOptions(12, 8.0, 2, 5).arguments(0, Path("/tmp")))
def test_the_installed_pysr_knows_every_option(name: str) -> None:
    """By its source: importing PySR would download Julia."""
    found = importlib.util.find_spec("pysr")
    if found is None or not found.submodule_search_locations:
        pytest.skip("PySR is not installed here")
    source = Path(next(iter(found.submodule_search_locations)), "sr.py").read_text("utf-8")
    assert f"        {name}: " in source.partition("def __init__(")[2].partition("):")[0]


def test_the_front_comes_back_in_the_units_of_the_curve(
    tmp_path: Path, process: PysrProcess
) -> None:
    found = search(U, CURVE, WEIGHTS, OPTIONS, kept=tmp_path, process=process)
    size = float(np.sqrt(np.mean(CURVE**2)))
    assert len(found) == 4  # those that our grammar reads, each once
    assert float(found[0]) == pytest.approx(0.31 * size)
    assert float(found[1].subs(U_SYMBOL, 1)) == pytest.approx(0.62 * size)
    assert not list(tmp_path.iterdir())  # a search that is done leaves nothing behind


def test_a_table_is_read_by_the_grammar_and_what_is_broken_is_left_out() -> None:
    text = 'Complexity,Loss,Equation\n3,0.1,"u * 0.5"\n1,0.5,0.2\n5,0.01,"__import__(u)"\n7,0.0'
    assert [to_text(one) for one in read_table(text)] == ["0.2", "0.5*u"]
    assert read_table("") == []
    assert read_table('a,b\n1,2\n"unclosed') == []
    assert read_table("Complexity,Loss,Equation\n1,inf,u\nx,1,u\n") == []


def test_the_copy_is_read_where_the_table_is_being_written(tmp_path: Path) -> None:
    (tmp_path / "hall_of_fame.csv").write_text("Compl")
    (tmp_path / "hall_of_fame.csv.bak").write_text("Complexity,Loss,Equation\n1,0.5,u\n")
    assert [to_text(one) for one in read_front(tmp_path)] == ["u"]
    assert read_front(tmp_path / "none") == []


@pytest.mark.parametrize("mode", ["slow", "deaf"])
def test_an_interrupted_search_keeps_its_front_for_the_next_one(
    tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pysr, "GRACE", 0.5)
    process = PysrProcess(env=environment(mode))
    recorder = Recorder(tmp_path, stop_at_table=True)
    try:
        with pytest.raises(Stopped):
            search(U, CURVE, WEIGHTS, OPTIONS, alive=recorder.alive, kept=tmp_path, process=process)
        # One that obeys stays warm, one that does not is gone.
        assert process.alive == (mode == "slow")
    finally:
        process.close()
    (kept,) = tmp_path.iterdir()
    assert len(read_front(kept / "0")) == 4
    assert not (kept / "stop").exists()
    # The table that was kept is part of what the same search gives the next time.
    (kept / "0" / "hall_of_fame.csv").write_text("Complexity,Loss,Equation\n9,0.001,u^3\n")
    other = PysrProcess(env=environment())
    try:
        found = search(U, CURVE, WEIGHTS, OPTIONS, kept=tmp_path, process=other)
    finally:
        other.close()
    assert any("u**3" in str(one) for one in found)


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("fails", "PySR could not search: JuliaError: no method matching fit"),
        ("dies", "PySR ended unexpectedly .*Segmentation fault"),
    ],
)
def test_a_search_that_fails_is_one_sentence(tmp_path: Path, mode: str, sentence: str) -> None:
    process = PysrProcess(env=environment(mode))
    try:
        with pytest.raises(UserError, match=sentence) as caught:
            search(U, CURVE, WEIGHTS, OPTIONS, kept=tmp_path, process=process)
    finally:
        process.close()
    assert "\n" not in str(caught.value)


def test_a_module_that_is_not_there_is_said(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pysr'] = None; "
        "from napari_binn.equations.pysr_child import main; main()"
    )
    process = PysrProcess([sys.executable, "-P", "-c", code])
    try:
        with pytest.raises(UserError, match=r"PySR could not search: .*pysr"):
            search(U, CURVE, WEIGHTS, OPTIONS, kept=tmp_path, process=process)
    finally:
        process.close()


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (PysrState(None), "pip install pysr"),
        (PysrState("1.5", "missing"), "doctor --set-up-julia"),
        (PysrState("1.5", "unknown", "x"), "doctor --set-up-julia"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_started(
    state: PysrState, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=sentence):
        require(state)
    monkeypatch.setattr(pysr, "pysr_state", lambda: state)
    with pytest.raises(UserError, match=sentence):
        search(U, CURVE, WEIGHTS, OPTIONS)


def test_the_state_is_known_without_importing_pysr() -> None:
    before = set(sys.modules)
    pysr_state()
    assert not (set(sys.modules) - before) & {"pysr", "juliacall"}


@pytest.mark.skipif(not pysr_state().ready, reason="Julia and PySR's packages are not set up here")
def test_the_real_pysr_finds_a_line(tmp_path: Path) -> None:
    options = PysrOptions(max_length=7, seconds=20.0, repeats=1, seed=0)
    found = search(U, CURVE, WEIGHTS, options, kept=tmp_path)
    errors = [abs(float(one.subs(one.free_symbols.pop(), 0.5)) - 0.31) for one in found
              if one.free_symbols]  # fmt: skip
    assert min(errors) < 1e-3

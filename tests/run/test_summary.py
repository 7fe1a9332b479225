"""summary.json keeps its contract: other programs build on it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_binn.equations.grammar import U, parse
from napari_binn.run import files
from napari_binn.run.summary import build_summary
from napari_binn.run.versions import versions

from ..example_run import Example, example_bootstrap, make_example


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


def summarise(example: Example, **changes: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "settings": example.settings,
        "density": example.density,
        "binn": example.binn,
        "terms": example.terms,
        "equations": example.equations,
        "simulation": example.simulation,
        "truth": example.truth,
        "seconds": {"density": 0.4, "learn": 21.0, "discover": 9.5, "simulate": 1.5},
    }
    return build_summary(**{**parts, **changes})


def test_contract(example: Example) -> None:
    summary = summarise(example)
    assert summary["equation"]["D"] == "0.00407"
    assert parse(summary["equation"]["G"]).free_symbols == {U}
    assert summary["units"] == {"length": "mm", "time": "day", "density": "cells/mm²"}
    assert summary["density_scale"] == example.density.scale
    names = {"u", "D", "D_low", "D_high", "G", "G_low", "G_high", "supported"}
    assert summary["terms"].keys() == names
    assert {len(summary["terms"][name]) for name in names} == {101}
    assert all(isinstance(value, bool) for value in summary["terms"]["supported"])
    assert summary["binn"].keys() == {"members", "steps", "seconds", "D", "G"}
    assert summary["metrics"]["count_error_percent"] == 2.31
    assert summary["seconds"] == {
        "density": 0.4, "learn": 21.0, "discover": 9.5, "simulate": 1.5, "total": 32.4,
    }  # fmt: skip
    assert summary["versions"]["python"] == sys.version.split()[0]
    assert (summary["seed"], summary["device"]) == (3, "cpu")
    assert summary["assumptions"] == list(example.density.assumptions)
    assert summary["truth"] == example.truth
    assert summary["noise"]["kind"] == "counts"
    assert "independent cells" in summary["noise"]["text"]


def test_what_the_checks_found_is_part_of_it(example: Example) -> None:
    bootstrap = example_bootstrap(example.terms)
    summary = summarise(
        example, diagnosis=example.diagnosis, design=example.design, bootstrap=bootstrap
    )
    verdict = summary["verdict"]
    assert (verdict["level"], verdict["words"]) == ("doubtful", "doubtful")
    assert verdict["sentence"] == example.diagnosis.sentence
    assert [check["finding"] for check in verdict["checks"]][:2] == ["absent", "present"]
    assert not any("picture" in check for check in verdict["checks"])
    assert summary["boundary"]["kind"] == "closed"
    assert "no cells cross it" in summary["boundary"]["text"]
    (low, high), *more = summary["supported_range"]
    assert (low, high, more) == (pytest.approx(0.04), pytest.approx(0.63), [])
    assert summary["identifiability"] == list(example.design.sentences)
    assert summary["design"]["options"][0]["name"] == "field"
    assert summary["agreement"]["agree"] in (True, False)
    assert summary["bootstrap"]["replicates"] == 20
    json.dumps(summary, allow_nan=False)


def test_the_forecast_stands_beside_the_guesses(example: Example) -> None:
    forecast = summarise(example)["forecast"]
    assert forecast["first_frame"] == 8
    assert forecast["count_error_percent"] == {
        "law": 3.4, "last_frame": 21.7, "exponential": None, "logistic": 2.9,
        "smoothed_exponential": None, "smoothed_logistic": 3.1,
    }  # fmt: skip
    assert forecast["deviance_per_bin"]["last_frame"] == 4.9
    assert "“each bin fills up by itself”" in forecast["text"]
    none = replace(example.simulation, forecast=None, forecast_from=None)
    assert summarise(example, simulation=none)["forecast"] is None


def test_a_run_that_was_not_checked_has_a_summary(example: Example) -> None:
    summary = summarise(example)
    assert summary["verdict"] is summary["design"] is summary["bootstrap"] is None
    assert summary["identifiability"] == list(example.terms.sentences)


def test_gaps_of_the_supported_range_are_kept(example: Example) -> None:
    u = example.terms.u
    for supported, ranges in (
        (np.abs(u - 0.5) > 0.1, [[0.0, 0.39], [0.61, 1.0]]),
        (np.zeros_like(u, bool), []),
    ):
        summary = summarise(example, terms=replace(example.terms, supported=supported))
        np.testing.assert_allclose(summary["supported_range"], ranges)


def test_curves_of_the_network_are_on_the_grid_of_the_terms(example: Example) -> None:
    summary = summarise(example)
    u = np.array(summary["terms"]["u"])
    assert len(u) != len(example.binn.u)
    expected = np.interp(u, example.binn.u, example.binn.G.mean(axis=0))
    np.testing.assert_allclose(summary["binn"]["G"], expected)


def test_what_is_not_a_number_becomes_null(example: Example, tmp_path: Path) -> None:
    terms = replace(example.terms, D_high=np.full_like(example.terms.D, np.inf))
    simulation = replace(example.simulation, metrics={"relative_l2": float("nan")})
    summary = summarise(example, terms=terms, simulation=simulation)
    assert set(summary["terms"]["D_high"]) == {None}
    assert summary["metrics"] == dict.fromkeys(
        ("count_error_percent", "relative_l2", "deviance_per_bin", "forecast_count_error_percent")
    )
    json.dumps(summary, allow_nan=False)
    files.write_json(tmp_path / "summary.json", summary)
    assert files.read_json(tmp_path / "summary.json") == summary


def test_stopped_run_has_a_summary_of_what_is_there(example: Example) -> None:
    summary = summarise(
        example, terms=None, equations=None, simulation=None, truth=None, seconds=None
    )
    assert summary["equation"] is summary["terms"] is summary["metrics"] is None
    assert len(summary["binn"]["D"]) == len(example.binn.u)
    assert summary["density_scale"] == example.density.scale
    assert "truth" not in summary
    assert "noise" not in summary


def test_versions_are_read_without_importing() -> None:
    assert {"napari-binn", "python", "torch", "numpy", "scipy", "sympy"} <= versions().keys()
    code = (
        "import sys; from napari_binn.run.versions import versions; assert versions()['torch'];"
        "print(sorted({'torch', 'scipy', 'pysr', 'pyoperon'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_covered_share_tells_the_bare_area(example: Example) -> None:
    """Such as the area of a wound, in each frame."""
    assert "bare_area" not in summarise(example)
    density = example.density
    shares = replace(
        density, values=density.values / density.scale, counts_per_unit=None, patches_per_bin=9.0
    )
    told = build_summary(settings=example.settings, density=shares)["bare_area"]
    assert told["unit"] == "mm²"
    assert told["t"] == density.t.tolist()
    hy, hx = density.spacing
    np.testing.assert_allclose(told["area"], (1 - shares.values).sum(axis=(1, 2)) * hy * hx)

"""Movies of one law are said to agree, those of different laws are said to differ."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from benchmarks import systems

from napari_binn.inference.consistency import SURE, consistency
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Terms
from napari_binn.settings import InferenceSettings

SETTINGS = InferenceSettings(boundary="closed", noise="proportional")


@lru_cache(maxsize=64)
def learned(system: str, seed: int) -> Terms:
    """Estimate a movie of its own first frame and noise."""
    start = systems.Start(seed=seed)
    seen = systems.make(system, 0.05, seed, 6, (8, 9), start=start)
    return estimate(seen, SETTINGS, refine=1)


def test_replicates_of_one_law_agree_as_often_as_chance_says() -> None:
    found = [consistency([learned("a", k), learned("a", k + 1)]) for k in range(5)]
    chances = [curve.p for one in found for curve in (one.D, one.G) if curve is not None]
    assert len(chances) == 10
    assert sum(p < SURE for p in chances) <= 2
    assert 0.25 < np.mean(chances) < 0.75
    assert min(chances) < 0.35  # a test that finds everything equal would be none


@pytest.mark.parametrize("other", ["c", "crowding"])
def test_different_laws_differ(other: str) -> None:
    found = consistency([learned("a", 0), learned(other, 0)], "cells/mm²")
    assert found.G is not None
    assert found.G.p < 0.001
    assert "G curves of both runs differ by more than their uncertainty" in found.sentence
    assert "p < 0.001" in found.sentence


def test_three_runs_are_compared_at_once() -> None:
    same = consistency([learned("a", k) for k in range(3)])
    assert same.sentence.startswith("The D and G curves of these 3 runs agree")
    odd = consistency([learned("a", 0), learned("a", 1), learned("c", 0)])
    assert odd.G is not None
    assert not odd.G.agree


def test_a_run_agrees_with_itself_whatever_its_unit_of_u() -> None:
    terms = learned("a", 0)
    half = replace(terms, u=2 * terms.u, density_scale=0.5 * terms.density_scale)
    found = consistency([terms, half])
    assert found.D is not None
    assert found.G is not None
    assert found.D.p == pytest.approx(1)
    assert found.G.p == pytest.approx(1)
    assert found.low == pytest.approx(terms.u[terms.supported][0] * terms.density_scale)


def test_where_curves_differ_is_said() -> None:
    terms = learned("a", 0)
    k = len(terms.coefficients) // 2
    steeper = terms.coefficients.copy()
    steeper[k:] -= np.linspace(0, 1, k) ** 4
    u = terms.u / terms.u[-1]
    found = consistency([terms, replace(terms, coefficients=steeper, G=terms.G - u**4)], "cells")
    assert found.D is not None
    assert found.G is not None
    assert found.D.agree
    (range_,) = found.G.differs
    assert range_[0] > found.low
    assert range_[1] == pytest.approx(found.high)
    assert f"above {range_[0]:.2g} cells" in found.sentence


def test_runs_without_a_common_range_cannot_be_compared() -> None:
    terms = learned("a", 0)
    none = replace(terms, supported=np.zeros_like(terms.supported))
    found = consistency([terms, none])
    assert found.D is None
    assert "No density is supported by all 2 runs" in found.sentence

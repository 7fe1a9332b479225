"""From a movie whose law is known back to its formula."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from napari_binn.equations import operon
from napari_binn.equations.screening import CurveTarget
from napari_binn.equations.search import discover
from napari_binn.errors import UserError
from napari_binn.inference.estimate import estimate
from napari_binn.settings import EquationSettings, InferenceSettings
from napari_binn.simulation.law import evaluate
from tests.synthetic import LAWS, density

needs_operon = pytest.mark.skipif(
    not operon.available(), reason="Operon is not installed for this platform"
)
SETTINGS = EquationSettings(refits=5, repeats=1)


@lru_cache(maxsize=4)
def found(law, noise, engine="operon"):
    movie = density(law, noise=noise, seed=3)
    terms = estimate(movie, InferenceSettings())
    return movie, terms, discover(movie, terms, SETTINGS.model_copy(update={"engine": engine}))


def curve(formula, u):
    return evaluate(formula.text, u)


@needs_operon
@pytest.mark.parametrize(
    ("law", "D_name", "G_name"),
    [("fisher", "constant", "logistic"), ("porous", "linear through zero", "logistic")],
)
def test_the_law_of_a_movie_with_a_little_noise_is_found_again(law, D_name, G_name):
    movie, _, equations = found(law, 0.01)
    best = equations.best
    assert (best.D.name, best.G.name) == (D_name, G_name)
    u = np.linspace(0.3, 0.9, 30)
    D, G = (f(u * movie.scale) for f in LAWS[law])
    assert np.linalg.norm(curve(best.D, u) - D) < 0.06 * np.linalg.norm(D)
    assert np.linalg.norm(curve(best.G, u) - G) < 0.03 * np.linalg.norm(G)
    # Constants carry intervals that are neither empty nor arbitrary.
    for _, value, half in best.constants:
        assert 0 < half < 0.5 * abs(value)


@needs_operon
def test_the_same_seed_gives_the_same_answer():
    movie, terms, equations = found("fisher", 0.01)
    again = discover(movie, terms, SETTINGS)
    assert [e.D.text for e in again.equations] == [e.D.text for e in equations.equations]
    assert again.best == equations.best


@needs_operon
def test_fronts_trade_complexity_for_error():
    _, _, equations = found("porous", 0.01)
    for front in (equations.front_D, equations.front_G):
        sizes = [point.formula.complexity for point in front]
        losses = [point.error for point in front]
        assert sizes == sorted(sizes)
        assert losses == sorted(losses, reverse=True)
        assert len(front) >= 2


def test_the_library_alone_finds_an_allee_effect():
    movie, _, equations = found("allee", 0.01, "library")
    assert equations.best.G.name in ("strong Allee", "weak Allee", "quadratic")
    u = np.linspace(0.3, 0.9, 20)
    G = LAWS["allee"][1](u * movie.scale)
    assert np.linalg.norm(curve(equations.best.G, u) - G) < 0.05 * np.linalg.norm(G)


def test_an_engine_that_is_not_there_is_said():
    movie, terms, _ = found("allee", 0.01, "library")
    with pytest.raises(UserError, match=r"PySR needs Julia|PySR is not installed"):
        discover(movie, terms, EquationSettings(engine="pysr"))


def test_a_formula_close_to_the_curve_loses_nothing():
    _, terms, _ = found("fisher", 0.01)
    for which, scale in (("D", 1.0), ("G", 1.0)):
        target = CurveTarget.of(terms, which)
        assert np.sum(target.residual(scale * target.curve) ** 2) < 1.0
        assert np.sum(target.residual(1.5 * target.curve) ** 2) > 10

"""Planted violations of reaction-diffusion are found and named; where there is none, none is."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.systems import SYSTEMS, Violation, make

from napari_binn.inference.diagnostics import diagnose
from napari_binn.inference.estimate import estimate
from napari_binn.inference.terms import Noise, Terms
from napari_binn.settings import InferenceSettings

CELLS = 20.0
SETTINGS = InferenceSettings()


def known_law(seen, system, clean, noise):
    """An estimate that has found the law and the movie without its noise."""
    law, scale = SYSTEMS[system], seen.scale
    u = np.linspace(0, 1.02 * float(clean.values.max()) / scale, 201)
    D, G = law.D(u * scale), law.G(u * scale)
    return Terms(
        u, D, D, D, G, G, G, u > 0, u, np.zeros(14), np.eye(14), clean.values[0] / scale,
        clean.values / scale, noise, scale,
    )  # fmt: skip


def diagnosis(system="a", noise=0.05, counted=False, violation=None, seed=0, **options):
    """Diagnose a movie with 5 % noise, or of counted cells, against its law."""
    clean = make(system, **options)
    counts = CELLS / float(clean.values.mean()) if counted else None
    seen = make(
        system, 0.0 if counted else noise, seed, counts=counts, violation=violation, **options
    )
    scatter = Noise("counts", 1.0) if counted else Noise("proportional", noise)
    return diagnose(seen, known_law(seen, system, clean, scatter), SETTINGS)


PLANTED = {
    "drift": Violation(velocity=(0.0, 0.12)),
    "growth": Violation(growth_change=-0.5),
    "direction": Violation(anisotropy=4.0),
}


@pytest.mark.parametrize("name", list(PLANTED))
@pytest.mark.parametrize("system", ["a", "crowding"])
def test_a_planted_violation_is_found_and_named(name, system):
    found = diagnosis(system, violation=PLANTED[name], window=True)
    assert found.level == "contradicted"
    assert found.check(name).finding == "strong"
    # Beside it, nothing else is called strong.
    assert [check.name for check in found.checks if check.finding == "strong"] == [name]


def test_spreading_that_changes_in_time_is_found():
    found = diagnosis(
        "a", noise=0.02, frames=16, violation=Violation(diffusion_change=0.8), window=True
    )
    assert found.level == "contradicted"
    assert found.check("spreading").size > 2


def test_the_size_of_an_effect_is_measured():
    drift = diagnosis("a", violation=PLANTED["drift"], window=True).check("drift")
    assert drift.unit == "µm/h"
    assert drift.size == pytest.approx(5.0, rel=0.25)
    assert "to the right" in drift.sentence
    down = diagnosis("a", violation=Violation(velocity=(0.15, 0.0)), window=True).check("drift")
    assert " down " in down.sentence
    growth = diagnosis("a", violation=PLANTED["growth"], window=True).check("growth")
    assert growth.low < np.exp(-1.0) * 1.1
    assert growth.high > np.exp(-1.0) * 0.9
    direction = diagnosis("a", violation=Violation(anisotropy=0.25), window=True).check("direction")
    assert direction.size < 0.5
    assert "along y as along x" in direction.sentence


def test_a_large_drift_is_found_among_counted_cells():
    found = diagnosis("a", counted=True, violation=Violation(velocity=(0.0, -0.25)), window=True)
    assert found.check("drift").finding in ("present", "strong")
    assert "to the left" in found.check("drift").sentence


def test_nothing_is_found_where_there_is_nothing():
    systems = ("a", "b", "c", "gompertz", "crowding", "allee", "fast")
    levels = [
        diagnosis(system, counted=k < 7, seed=k, window=bool(k % 2)).level
        for k, system in enumerate(systems * 2)
    ]
    # With one false alarm in ten, more than four in 14 come once in a hundred times.
    assert sum(level != "consistent" for level in levels) <= 4


def test_errors_of_discretisation_are_no_violation():
    for window in (False, True):
        seen = make("c", window=window)
        terms = known_law(seen, "c", make("c", window=window), Noise("proportional", 1e-4))
        ripple = 1 + 2e-3 * np.sin(np.arange(15) / 2)
        found = diagnose(
            seen, Terms(**{**vars(terms), "surface": terms.surface * ripple}), SETTINGS
        )
        assert found.level == "consistent"
        assert found.check("patches").finding == "negligible"


def test_growth_that_differs_by_place_leaves_a_pattern():
    found = diagnosis("a", violation=Violation(place=0.6))
    assert found.level == "contradicted"
    patches = found.check("patches")
    assert patches.finding in ("present", "strong")
    # Alike nearby, and less so further away.
    assert np.all(np.diff(patches.picture.course[:3]) < 0)


def test_the_estimate_of_a_drifting_movie_is_doubted_and_of_a_sound_one_is_not():
    for violation, level in ((None, "consistent"), (PLANTED["drift"], "contradicted")):
        seen = make("a", 0.05, 3, 6, (8, 11), violation=violation, window=True)
        found = diagnose(seen, estimate(seen, SETTINGS), SETTINGS)
        assert found.level == level


def test_a_diagnosis_is_plain_text_and_numbers():
    found = diagnosis("a", violation=PLANTED["drift"], window=True)
    plain = found.as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert "picture" not in found.as_dict(pictures=False)["checks"][0]
    assert len(found.sentences) == 1 + len(found.checks)
    assert found.velocity[0] == pytest.approx(0.12, rel=0.25)


def test_the_picture_shows_what_the_effect_left():
    check = diagnosis("a", violation=PLANTED["drift"], window=True).check("drift")
    picture = check.picture
    assert picture.deviation.shape == picture.expected.shape == (11, 15)
    alike = np.corrcoef(picture.deviation.ravel(), picture.expected.ravel())[0, 1]
    assert alike > 0.4
    assert len(picture.position) == len(picture.course) == 9


def test_a_region_with_a_gap_is_diagnosed():
    clean = make("a")
    seen = make("a", 0.05)
    mask = np.ones((11, 15), bool)
    mask[4:7, :3] = False
    terms = known_law(seen, "a", clean, Noise("proportional", 0.05))
    found = diagnose(replace(seen, mask=mask), terms, SETTINGS)
    assert found.level == "consistent"
    assert np.isnan(found.check("drift").picture.deviation[5, 1])


@pytest.mark.parametrize(("frames", "shape"), [(2, (11, 15)), (3, (4, 5)), (9, (4, 4))])
def test_a_movie_too_small_to_tell_is_not_judged(frames, shape):
    found = diagnosis("a", frames=frames, shape=shape)
    assert found.level == "consistent"
    assert found.check("spreading").finding == "unknown"
    assert "as far as these frames can tell" in found.sentence
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_movie_without_gradients_shows_no_drift_and_says_so():
    seen = make("a", 0.05)
    flat = np.broadcast_to(seen.values.mean(axis=(1, 2), keepdims=True), seen.values.shape)
    noise = 1 + 0.05 * np.random.default_rng(0).standard_normal(flat.shape)
    terms = replace(
        known_law(seen, "a", seen, Noise("proportional", 0.05)), surface=flat / seen.scale
    )
    found = diagnose(replace(seen, values=flat * noise), terms, SETTINGS)
    assert found.check("drift").finding == "unknown"
    assert found.check("direction").finding == "unknown"
    assert found.level == "consistent"


def test_a_fine_density_is_diagnosed_as_it_was_fitted():
    settings = InferenceSettings(max_bins=64)
    seen = make("a", 0.05)
    terms = estimate(seen, settings)
    assert terms.surface[0].size <= 64
    assert diagnose(seen, terms, settings).level == "consistent"

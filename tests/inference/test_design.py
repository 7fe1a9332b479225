"""What another movie would tell is predicted as that movie, once made, tells it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.systems import SYSTEMS, make

from napari_binn.inference.design import Experiment, design, twice_as_long, twice_as_many
from napari_binn.inference.terms import Noise, Terms
from napari_binn.settings import InferenceSettings

SETTINGS = InferenceSettings()
SCATTER = Noise("proportional", 0.05)


def known_law(seen, system="a", noise=SCATTER, width=0.15, scale=0.9):
    """An estimate whose bands are ``width`` wide (one sd of log D)."""
    law = SYSTEMS[system]
    u = np.linspace(0, 1.02, 201)
    D, G = law.D(u * scale), law.G(u * scale)
    supported = (u > 0.2) & (u < 0.95)
    band = np.exp(1.645 * width)
    return Terms(
        u, D, D / band, D * band, G, G - 0.05, G + 0.05, supported, u, np.zeros(14), np.eye(14),
        seen.values[0] / scale, seen.values / scale, noise, scale,
    )  # fmt: skip


def expected(seen, noise=SCATTER):
    return Experiment.of(seen, known_law(seen, noise=noise), SETTINGS)


def median_sd(experiment):
    return np.median(experiment.spread()[0])


def test_more_frames_tell_what_was_predicted():
    few, many = expected(make("a")), expected(make("a", frames=17))
    assert median_sd(twice_as_many(few)) == pytest.approx(median_sd(many), rel=0.1)
    assert median_sd(many) < 0.9 * median_sd(few)


def test_a_longer_movie_tells_what_was_predicted():
    short, long = expected(make("a", frames=5, days=1.0)), expected(make("a"))
    more = twice_as_long(short)
    assert more is not None
    assert more.times == pytest.approx(long.times)
    assert more.movie == pytest.approx(long.movie, rel=0.05)
    assert median_sd(more) == pytest.approx(median_sd(long), rel=0.15)


def test_frames_in_between_say_little_about_cells_that_are_counted_without_error():
    exact = Noise("counts", 0.02, gain=0.95)
    movie = expected(replace(make("a"), counts_per_unit=50.0), exact)
    assert median_sd(twice_as_many(movie)) > 0.9 * median_sd(movie)
    # The scatter that is added between two frames of today comes in two steps.
    denser = twice_as_many(movie)
    step = denser.level * denser.gain**2
    assert step == pytest.approx(0.5 * movie.level * movie.gain**2)


def test_the_bands_are_what_the_sentences_say():
    seen = make("a", 0.05)
    found = design(seen, known_law(seen), SETTINGS)
    assert found.sd_D == pytest.approx(0.15, rel=1e-3)
    (low, high) = found.known[0]
    assert (low, high) == pytest.approx((0.2, 0.95), abs=0.01)
    assert "between u = 0.2 and 0.95 to 15 %" in found.sentences[0]
    assert "below 0.2 and above 0.95" in found.sentences[0]


def test_what_helps_most_comes_first_and_is_said():
    seen = make("a", 0.05)
    found = design(seen, known_law(seen), SETTINGS)
    by_name = {option.name: option for option in found.options}
    assert set(by_name) == {"frames", "longer", "field", "wells", "bins"}
    assert found.options[0].sd_D == min(option.sd_D for option in found.options)
    assert by_name["field"].sd_D == pytest.approx(0.5 * found.sd_D, rel=0.15)
    assert by_name["field"].sd_D < by_name["wells"].sd_D < found.sd_D
    assert found.options[0].label in found.sentences[1]
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["sd_D"] == found.sd_D


def test_frames_that_determine_nothing_are_said_to():
    seen = make("a", 0.05)
    terms = known_law(seen)
    found = design(seen, replace(terms, supported=np.zeros_like(terms.supported)), SETTINGS)
    assert not found.options
    assert "do not determine D(u)" in found.sentences[0]
    json.dumps(found.as_dict(), allow_nan=False)

"""What another movie would tell is predicted as that movie, once made, tells it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.systems import SYSTEMS, make

from napari_binn.inference.design import (
    Experiment,
    design,
    hidden_by_border,
    twice_as_long,
    twice_as_many,
)
from napari_binn.inference.estimate import estimate
from napari_binn.inference.preposterior import Prospect
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


def left_by(experiment, now, seen):
    """The share of the uncertainty of D that an experiment leaves."""
    prospect = Prospect.of(seen, known_law(seen), SETTINGS, now.information())
    return prospect.left_by(experiment.information())[0]


def test_more_frames_tell_what_was_predicted():
    seen = make("a")
    few, many = expected(seen), expected(make("a", frames=17))
    real = left_by(many, few, seen)
    assert left_by(twice_as_many(few), few, seen) == pytest.approx(real, rel=0.1)
    assert real < 0.9 * left_by(few, few, seen)


def test_a_longer_movie_tells_what_was_predicted():
    seen = make("a", frames=5, days=1.0)
    short, long = expected(seen), expected(make("a"))
    more = twice_as_long(short)
    assert more is not None
    assert more.times == pytest.approx(long.times)
    assert more.movie == pytest.approx(long.movie, rel=0.05)
    assert left_by(more, short, seen) == pytest.approx(left_by(long, short, seen), rel=0.15)


def test_frames_in_between_say_little_about_cells_that_are_counted_without_error():
    exact = Noise("counts", 0.02, gain=0.95)
    seen = replace(make("a"), counts_per_unit=50.0)
    movie = expected(seen, exact)
    assert left_by(twice_as_many(movie), movie, seen) > 0.9 * left_by(movie, movie, seen)
    # The scatter that is added between two frames of today comes in two steps.
    denser = twice_as_many(movie)
    step = denser.level * denser.gain**2
    assert step == pytest.approx(0.5 * movie.level * movie.gain**2)


def test_a_larger_field_has_a_longer_border_too():
    seen = make("a")
    now = expected(seen)
    assert np.allclose(now.of_larger_field(), 4 * now.information())
    window = replace(expected(seen), open=True)
    gain = np.linalg.eigvals(np.linalg.solve(window.information(), window.of_larger_field())).real
    assert (gain > 4 * (1 - 1e-6)).all()
    assert gain.max() > 4.1  # what the border hides of a small field is more than of a large one


@pytest.mark.parametrize("hidden", [0.3, 1.0])
def test_how_much_a_border_hides_is_read_from_the_estimate(hidden):
    seen = make("a")
    window = replace(expected(seen), open=True)
    terms = known_law(seen)
    highest = np.abs(terms.G).max()
    units = np.repeat([1.0, 1 / highest], len(terms.precision) // 2)
    known = replace(terms, precision=window.information(hidden) * np.outer(units, units))
    assert hidden_by_border(window, known) == pytest.approx(hidden)


def noisy(clean, seed):
    scatter = 1 + 0.05 * np.random.default_rng(seed).standard_normal(clean.values.shape)
    return replace(clean, values=clean.values * scatter)


def four_times(clean):
    """The field beside its mirror images: more of the same, which grows and spreads as it does."""
    values = np.concatenate([clean.values, clean.values[:, ::-1]], axis=1)
    values = np.concatenate([values, values[:, :, ::-1]], axis=2)
    hy, hx = clean.spacing
    _, ny, nx = values.shape
    return replace(clean, values=values, y=(np.arange(ny) + 0.5) * hy, x=(np.arange(nx) + 0.5) * hx)


@pytest.mark.parametrize("system", ["a", "c"])
def test_bands_of_a_larger_field_become_as_narrow_as_was_predicted(system):
    settings = InferenceSettings(boundary="closed", noise="proportional", max_bins=256)
    clean = make(system, shape=(8, 8), frames=5)
    predicted, found = [], []
    for seed in range(2):
        seen = noisy(clean, seed)
        small = estimate(seen, settings, refine=1)
        large = estimate(noisy(four_times(clean), 100 + seed), settings, refine=1)
        hint = design(seen, small, settings)
        (field,) = (option for option in hint.options if option.name == "field")
        predicted.append((field.sd_D / hint.sd_D, field.sd_G / hint.sd_G))
        found.append(narrowed(small, large))
    assert np.median(predicted, axis=0) == pytest.approx(np.median(found, axis=0), rel=0.2)


def narrowed(small, large):
    """How wide the bands of D and G are, compared with those of a smaller movie."""
    u, known = large.u * large.density_scale, small.supported
    at = small.u[known] * small.density_scale
    widths = [
        (np.log(terms.D_high / terms.D_low), terms.G_high - terms.G_low) for terms in (small, large)
    ]
    return [
        np.median(np.interp(at, u, wide) / narrow[known])
        for narrow, wide in zip(*widths, strict=True)
    ]


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
    assert 0.5 * found.sd_D < by_name["field"].sd_D < 0.7 * found.sd_D
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

"""The catalogue: names, laws and starting patterns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.equations.grammar import U, parse
from napari_binn.errors import UserError
from napari_binn.phantom import Phantom, get, names


def test_the_default_sample_comes_first_and_all_are_found_by_name() -> None:
    assert names()[:2] == ("growth", "scratch")
    assert [get(name).name for name in names()] == list(names())


@pytest.mark.parametrize(("asked", "meant"), [("grwth", "growth"), ("Scratches", "scratch")])
def test_a_misspelt_name_is_answered_with_the_nearest(asked: str, meant: str) -> None:
    with pytest.raises(UserError, match=f"{asked}.*did you mean '{meant}'"):
        get(asked)


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with pytest.raises(UserError, match="choose one of growth, scratch"):
        get("qqqq")


@pytest.mark.parametrize("name", names())
def test_the_law_is_a_formula_of_the_grammar_with_the_rules_numbers(name: str) -> None:
    phantom = get(name)
    for u in (0.0, 0.3, 1.0):
        D, G = (float(parse(text).subs(U, u)) for text in (phantom.D, phantom.G))
        assert pytest.approx(D) == phantom.diffusivity + phantom.diffusivity_slope * u
        assert pytest.approx(G) == phantom.division_rate * (1 - u)


def test_a_phantom_without_division_states_no_growth(small: Phantom) -> None:
    assert replace(small, division_rate=0.0).G == "0"


@pytest.mark.parametrize("name", names())
def test_movies_start_with_dense_and_with_thin_regions(name: str) -> None:
    start = get(name).initial_occupancy()
    assert start.shape == get(name).sites
    assert np.quantile(start, 0.15) < get(name).background + 0.01 < 0.2
    assert 0.8 < start.max() <= get(name).occupancy


def test_a_wound_is_where_it_is_said_to_be(small: Phantom) -> None:
    start = small.initial_occupancy()
    x = (np.arange(45) + 0.5) * small.spacing / 1000
    empty = np.abs(x - small.pattern.middle) < small.pattern.width / 2  # type: ignore[union-attr]
    np.testing.assert_array_equal(start[7] < small.occupancy / 2, empty)


def test_capacity_and_extent_follow_from_the_spacing(small: Phantom) -> None:
    assert small.capacity == pytest.approx(1 / 0.016**2)
    assert small.extent == (45 * 16.0, 30 * 16.0)


@pytest.mark.parametrize(
    "change", [{"diffusivity_slope": -0.02}, {"diffusivity": 0.0}, {"occupancy": 1.2}]
)
def test_rules_that_no_cell_can_follow_are_refused(small: Phantom, change: dict) -> None:
    with pytest.raises(ValueError, match="small"):
        replace(small, **change)

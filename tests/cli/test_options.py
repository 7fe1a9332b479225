"""The text of options becomes the settings that a user meant, or one sentence."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from napari_binn.cli import app, options
from napari_binn.errors import UserError
from napari_binn.settings import known_names


@pytest.mark.parametrize("text", ["15x11", "15×11", " 15 X 11 ", "15,11"])
def test_bins_are_given_along_x_and_y(text: str) -> None:
    settings = options.build_settings(None, {"density.bins": text}, None)
    assert settings.density.bins == (15, 11)


def test_a_single_pixel_size_is_that_of_both_sides() -> None:
    settings = options.build_settings(None, {"movie.pixel_size": "0.65"}, None)
    assert settings.movie.pixel_size == (0.65, 0.65)


def test_pixels_need_not_be_square() -> None:
    settings = options.build_settings(None, {"movie.pixel_size": "0.65,0.7"}, None)
    assert settings.movie.pixel_size == (0.65, 0.7)


def test_region_and_time_range() -> None:
    flags = {"density.region": "0,-1.5,2,3", "density.t_range": "4,48"}
    density = options.build_settings(None, flags, None).density
    assert (density.region, density.t_range) == ((0, -1.5, 2, 3), (4, 48))


def test_times_are_listed_or_stand_in_a_file(tmp_path: Path) -> None:
    listed = tmp_path / "times.txt"
    listed.write_text("0\n4\n 8.5\n")
    for text in ("0,4,8.5", str(listed)):
        assert options.build_settings(None, {"movie.times": text}, None).movie.times == (0, 4, 8.5)


def test_set_wins_over_options_and_they_win_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("seed = 1\ndevice = 'cpu'\n[binn]\nmembers = 3\nsteps = 700\n")
    settings = options.build_settings(config, {"seed": 2}, ["binn.members=9", "seed=3"])
    assert (settings.seed, settings.device) == (3, "cpu")
    assert (settings.binn.members, settings.binn.steps) == (9, 700)


@pytest.mark.parametrize(
    "text", ["density.bins=15x11", "density.bins=[15, 11]", "density.bins = 15,11"]
)
def test_set_understands_toml_and_the_short_forms(text: str) -> None:
    assert options.build_settings(None, {}, [text]).density.bins == (15, 11)


def test_set_takes_words_without_quotes() -> None:
    assert options.build_settings(None, {}, ["density.method=nuclei"]).density.method == "nuclei"


@pytest.mark.parametrize(
    ("flags", "assignments", "words"),
    [
        ({"density.bins": "15"}, [], "--bins '15' is not of the form NXxNY"),
        ({"density.region": "0,1,2"}, [], "--region '0,1,2' is not of the form x0,y0,x1,y1"),
        ({"density.t_range": "a,b"}, [], "--t-range 'a,b' is not of the form a,b"),
        ({"movie.pixel_size": "small"}, [], "--pixel-size 'small'"),
        ({"movie.times": "0,four"}, [], "'four' is not a number"),
        ({"density.bins": "2x11"}, [], "density.bins"),
        ({"density.bins": "9x9", "density.bin_size": 0.1}, [], "either bins or bin_size"),
        ({"device": "gpu"}, [], "device"),
        ({}, ["binn.member=3"], "did you mean 'binn.members'?"),
        ({}, ["members"], "not of the form section.key=value"),
        ({}, ["density.bins=many"], "density.bins 'many' is not of the form NXxNY"),
    ],
)
def test_a_mistake_is_named(flags: dict[str, object], assignments: list[str], words: str) -> None:
    with pytest.raises(UserError) as caught:
        options.build_settings(None, flags, assignments)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mistake_in_the_file_names_the_file(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[binn]\nstep = 5\n")
    with pytest.raises(UserError, match=r"mine\.toml.*did you mean 'binn\.steps'"):
        options.build_settings(config, {}, None)


def test_every_option_of_run_sets_a_setting_that_exists() -> None:
    source = inspect.getsource(app.run)
    named = [name for name in known_names() if f'"{name}": ' in source]
    assert len(named) == source.count('": ')

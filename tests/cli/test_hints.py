"""A sentence names a setting; on the command line it also says how to set it."""

from __future__ import annotations

import inspect

import pytest

from napari_binn.cli.app import run
from napari_binn.cli.hints import WITH_OPTION, hinted
from napari_binn.settings import known_names


def test_a_setting_is_followed_by_its_option() -> None:
    assert hinted("Give 'movie.pixel_size' and 'movie.length_unit'.") == (
        "Give 'movie.pixel_size' and 'movie.length_unit' "
        "(on the command line: --pixel-size --length-unit)."
    )
    assert "--set density.background=…" in hinted("Lower the setting 'density.background'.")


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no cell.",
        "Unknown setting 'binn.stepz' in the command line: did you mean 'binn.steps'?",
        "The setting 'density.bins' in the file a.toml is wrong: too small.",
        "--bins 'nine' is not of the form NXxNY, such as 15x11.",
    ],
)
def test_other_sentences_stay_as_they_are(sentence: str) -> None:
    assert hinted(sentence) == sentence


def test_every_option_is_a_setting_and_a_parameter_of_run() -> None:
    assert set(WITH_OPTION) <= set(known_names())
    parameters = inspect.signature(run).parameters
    assert [name for name in WITH_OPTION if name.rpartition(".")[2] not in parameters] == []

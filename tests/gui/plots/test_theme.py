"""Colours follow napari's theme, can be read, and can be told apart."""

from __future__ import annotations

from itertools import combinations

import pytest

from napari_binn.gui.plots.theme import TEXT_CONTRAST, PlotTheme, contrast, mix

CURVES = ("D", "G", "accent", "truth", "residual")


@pytest.mark.parametrize("name", ["dark", "light", "system"])
def test_text_can_be_read_and_curves_be_seen(name: str) -> None:
    theme = PlotTheme.of(name)
    for role in ("foreground", "muted"):
        assert contrast(theme.background, theme.colour(role)) >= TEXT_CONTRAST
    for role in (*CURVES, "observed", "simulated", *(f"series{k}" for k in range(5))):
        assert contrast(theme.background, theme.colour(role)) >= 3
    assert contrast(theme.unsupported, theme.muted) >= 3


@pytest.mark.parametrize("name", ["dark", "light"])
def test_no_two_curves_share_a_colour(name: str) -> None:
    theme = PlotTheme.of(name)
    for first, second in combinations(CURVES, 2):
        assert theme.colour(first) != theme.colour(second)
    assert len(set(theme.series)) == len(theme.series)


def test_a_theme_may_be_given_by_itself() -> None:
    from napari.utils.theme import get_theme

    assert PlotTheme.of(get_theme("light")) == PlotTheme.of("light")


def test_a_theme_whose_text_cannot_be_read_is_corrected() -> None:
    assert PlotTheme.on("#808080", "#888888").foreground == "#000000"
    assert PlotTheme.on("#202020", "#303030").foreground == "#FFFFFF"


def test_more_runs_than_colours_begin_again() -> None:
    theme = PlotTheme.of("dark")
    assert theme.colour("series5") == theme.colour("series0")


def test_colours_mix() -> None:
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)

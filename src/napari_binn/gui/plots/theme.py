"""Colours of the plots, which follow napari's theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RGB = tuple[int, int, int]
TEXT_CONTRAST = 4.5  # the least that the Web Content Accessibility Guidelines ask of text

# Okabe and Ito's hues, distinct for colour-blind readers too; lighter on dark, darker on light.
_ON_DARK: dict[str, Any] = {
    "D": "#56B4E9",
    "G": "#2CC79A",
    "accent": "#F5A038",
    "observed": "#D5D9DF",
    "simulated": "#F5A038",
    "residual": "#DD8FB8",
    "truth": "#F0E442",
    "series": ("#56B4E9", "#F5A038", "#2CC79A", "#DD8FB8", "#F0E442"),
}
_ON_LIGHT: dict[str, Any] = {
    "D": "#0068A6",
    "G": "#00704F",
    "accent": "#C04A00",
    "observed": "#40454D",
    "simulated": "#C04A00",
    "residual": "#A03A74",
    "truth": "#6A35A0",
    "series": ("#0068A6", "#C04A00", "#00704F", "#A03A74", "#6B5B00"),
}


@dataclass(frozen=True)
class PlotTheme:
    """Colours of all plots, each as "#RRGGBB".

    Attributes
    ----------
    background, foreground, muted
        Paper, text, and text that stands back; both texts can be read on the paper.
    accent
        The formula, and what is chosen.
    D, G
        Diffusivity and growth rate.
    observed, simulated, residual, truth
        What was measured, computed, their difference, and the law of a phantom.
    unsupported
        Where the data say nothing.
    series
        Colours of runs that are compared, in this order.
    """

    background: str
    foreground: str
    muted: str
    accent: str
    D: str
    G: str
    observed: str
    simulated: str
    residual: str
    truth: str
    unsupported: str
    series: tuple[str, ...]

    @classmethod
    def of(cls, theme: Any) -> PlotTheme:
        """Return the colours that go with a theme of napari, given by its name or itself."""
        if isinstance(theme, str):
            from napari.utils.theme import get_theme

            theme = get_theme(theme)
        return cls.on(_hex(theme.background), _hex(theme.text))

    @classmethod
    def on(cls, background: str, text: str) -> PlotTheme:
        """Return the colours for a background and a colour of text; illegible text is replaced."""
        if contrast(background, text) < TEXT_CONTRAST:
            text = max("#000000", "#FFFFFF", key=lambda colour: contrast(background, colour))
        hues = _ON_DARK if contrast(background, "#FFFFFF") > contrast(background, "#000000") else (
            _ON_LIGHT
        )  # fmt: skip
        return cls(
            background=background,
            foreground=text,
            muted=_muted(background, text),
            unsupported=mix(background, text, 0.14),
            **hues,
        )

    def colour(self, role: str) -> str:
        """Return the colour of a field such as "D", or of a compared run such as "series1"."""
        if role.startswith("series"):
            return self.series[int(role.removeprefix("series")) % len(self.series)]
        return str(getattr(self, role))


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 (the same) to 21 (WCAG 2, relative luminance)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def mix(first: str, second: str, share: float) -> str:
    """Return ``first`` with this share of ``second``."""
    pairs = zip(_rgb(first), _rgb(second), strict=True)
    return _to_hex((round(a + share * (b - a)) for a, b in pairs))


def _muted(background: str, text: str) -> str:
    """Return the faintest text that is still easily read."""
    for percent in range(60, 100, 4):
        colour = mix(background, text, percent / 100)
        if contrast(background, colour) >= TEXT_CONTRAST + 0.5:
            return colour
    return text


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> RGB:
    digits = colour.removeprefix("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _hex(colour: Any) -> str:
    return _to_hex(colour.as_rgb_tuple(alpha=False))


def _to_hex(channels: Any) -> str:
    return "#" + "".join(f"{channel:02X}" for channel in channels)


DARK = PlotTheme.on("#23242B", "#F0F1F2")

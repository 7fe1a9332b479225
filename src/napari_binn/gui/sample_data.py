"""The sample movies of napari's menu File > Open Sample."""

from __future__ import annotations

from ..phantom import get, make_movie
from .layers import LayerData, movie_layer


def growth() -> list[LayerData]:
    """Return cells that grow to confluence."""
    return _sample("growth")


def scratch() -> list[LayerData]:
    """Return cells that close a scratch."""
    return _sample("scratch")


def crowd() -> list[LayerData]:
    """Return cells that are slowed by their neighbours."""
    return _sample("crowd")


def wound() -> list[LayerData]:
    """Return cells that close a scratch, in phase contrast."""
    return _sample("wound")


def _sample(name: str) -> list[LayerData]:
    return [movie_layer(make_movie(name, seed=0), get(name).title, phantom=name, seed=0)]

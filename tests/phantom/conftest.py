"""A phantom small enough to be simulated many times."""

from __future__ import annotations

import pytest

from napari_binn.phantom import Phantom, Wound, rules


@pytest.fixture
def small() -> Phantom:
    """Return a field of 30 x 45 sites, empty in the middle, over one day."""
    return Phantom(
        name="small",
        title="Small",
        description="A small field.",
        diffusivity=0.01,
        diffusivity_slope=0.0,
        division_rate=1.5,
        pattern=Wound(middle=0.36, width=0.3),
        sites=(30, 45),
        frames=4,
        hours=24.0,
    )


@pytest.fixture
def catalogue(small: Phantom, monkeypatch: pytest.MonkeyPatch) -> Phantom:
    """Put the small phantom into the catalogue, alone."""
    monkeypatch.setattr(rules, "_CATALOGUE", (small,))
    return small

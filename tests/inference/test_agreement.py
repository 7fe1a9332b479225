"""The user is told where the networks and the estimate by simulation disagree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_binn.inference.agreement import agreement
from tests.example_run import Example, make_example


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


def test_networks_within_the_bands_agree(example: Example) -> None:
    terms, u = example.terms, example.terms.u
    same = replace(example.binn, u=u, D=np.stack([terms.D] * 2), G=np.stack([terms.G] * 2))
    found = agreement(terms, same)
    assert (found.outside_D, found.outside_G, found.agree) == (0.0, 0.0, True)
    assert "agree within the 90 % bands" in found.sentence


def test_it_is_the_mean_of_the_networks_that_counts(example: Example) -> None:
    terms, u = example.terms, example.terms.u
    apart = replace(
        example.binn, u=u, D=np.stack([terms.D] * 2), G=np.stack([terms.G - 9, terms.G + 9])
    )
    assert agreement(terms, apart).agree


def test_a_fifth_of_the_supported_range_is_forgiven(example: Example) -> None:
    terms, u = example.terms, example.terms.u
    known = u[terms.supported]
    for share, agree in ((0.15, True), (0.4, False)):
        off = np.where(u <= known[0] + share * (known[-1] - known[0]), 10.0, 0.0)
        found = agreement(terms, replace(example.binn, u=u, D=terms.D[None], G=terms.G[None] + off))
        assert found.agree == agree
        assert found.outside_G == pytest.approx(share, abs=0.03)
        assert ("G(u) over 4" in found.sentence) == (not agree)


def test_outside_of_the_supported_range_nothing_is_compared(example: Example) -> None:
    terms, u = example.terms, example.terms.u
    wild = np.where(terms.supported, 0.0, 100.0)
    binn = replace(example.binn, u=u, D=terms.D[None], G=terms.G[None] + wild)
    assert agreement(terms, binn).agree
    nothing = replace(terms, supported=np.zeros_like(terms.supported))
    found = agreement(nothing, replace(binn, G=binn.G + 100))
    assert found.agree
    assert "support the curves nowhere" in found.sentence

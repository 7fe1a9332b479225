from __future__ import annotations

import numpy as np
import pytest

from napari_binn.inference.posterior import Likelihood, Marginals, mixed, over_roughness
from napari_binn.inference.roughness import law_precision

K = 7
CENTRE = np.zeros(2 * K)


def test_quantiles_of_one_normal_are_its_own():
    one = Marginals(np.ones(1), np.array([[2.0, -1.0]]), np.array([[0.5, 3.0]]))
    assert one.quantile(0.95) == pytest.approx([2 + 0.5 * 1.64485, -1 + 3 * 1.64485], abs=1e-4)
    assert one.sd == pytest.approx([0.5, 3.0])


def test_a_mixture_is_wider_than_its_parts():
    two = Marginals(np.array([0.5, 0.5]), np.array([[0.0], [2.0]]), np.ones((2, 1)))
    assert two.mean == pytest.approx([1.0])
    assert two.sd == pytest.approx([np.sqrt(2)])
    assert two.quantile(0.95)[0] - two.quantile(0.05)[0] > 2 * 1.645


def test_precise_data_decide_alone():
    truth = np.sin(np.arange(2 * K))
    information = 1e8 * np.eye(2 * K)
    found = over_roughness(Likelihood(information, information @ truth), CENTRE)
    assert found.share @ found.mean == pytest.approx(truth, abs=1e-3)
    assert found.share.sum() == pytest.approx(1)


def test_curves_that_the_data_show_straight_are_taken_as_straight():
    straight = np.concatenate([np.linspace(-5, -4, K), np.linspace(1, 0, K)])
    bent = straight + np.tile([0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0], 2)
    information = 100 * np.eye(2 * K)
    rough = [
        over_roughness(Likelihood(information, information @ c), CENTRE).typical_roughness()
        for c in (straight, bent)
    ]
    assert rough[0][0] > 10 * rough[1][0]
    assert rough[0][1] > 10 * rough[1][1]


def test_without_data_the_prior_is_left():
    none = Likelihood(np.zeros((2 * K, 2 * K)), np.zeros(2 * K))
    found = over_roughness(none, CENTRE)
    level = np.concatenate([np.full(K, 1 / K), np.zeros(K)])
    assert found.along(level[None]).sd[0] == pytest.approx(3.0, rel=0.01)
    assert np.linalg.eigvalsh(law_precision(K, 1.0, 1.0)).min() > 0


def test_models_are_mixed_by_their_probability():
    information = 1e4 * np.eye(2 * K)
    parts = [
        over_roughness(Likelihood(information, information @ np.full(2 * K, c)), CENTRE)
        for c in (0.0, 1.0)
    ]
    both = mixed([(1.0, parts[0]), (3.0, parts[1])])
    assert both.share @ both.mean == pytest.approx(np.full(2 * K, 0.75), abs=0.02)

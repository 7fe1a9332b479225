"""What an estimate ends with, however its first frame was fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .gauss_newton import Problem
from .hyper import Hyper
from .posterior import Mixture

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """The fitted movie and the posterior of the law.

    Attributes
    ----------
    problem, hyper
        What was fitted, and what the evidence determined.
    initial, predicted
        Fitted first frame (Y, X) and movie (T, Y, X), surroundings included.
    information
        The data's information (K, K) about the coefficients.
    posterior
        The coefficients.
    """

    problem: Problem
    hyper: Hyper
    initial: Array
    predicted: Array
    information: Array
    posterior: Mixture

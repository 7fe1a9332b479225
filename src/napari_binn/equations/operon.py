"""Symbolic regression with Operon: the default engine."""

from __future__ import annotations

import importlib.util

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..errors import UserError
from ..progress import Tick
from .grammar import parse

Array = NDArray[np.float64]
SYMBOLS = "add,sub,mul,div,exp,log,sqrt,square,constant,variable"


def available() -> bool:
    """Return whether Operon is installed (it has no wheels for some platforms)."""
    return importlib.util.find_spec("pyoperon") is not None


def search(
    u: Array,
    curve: Array,
    max_length: int,
    seconds: float,
    repeats: int,
    seed: int,
    tick: Tick = lambda: None,
) -> list[sp.Expr]:
    """Return the formulas on the Pareto fronts of several searches, in any order.

    Parameters
    ----------
    u, curve
        Samples of the curve (M,). Their density along u is their weight: Operon takes none.
    max_length
        Most symbols of a formula, as Operon counts them.
    seconds
        Longest time of all searches together [s].
    repeats
        Searches with different seeds.
    seed
        The first seed.
    tick
        Called after each search.
    """
    from pyoperon.sklearn import SymbolicRegressor

    size = float(np.sqrt(np.mean(curve**2))) or 1.0
    found: list[sp.Expr] = []
    for repeat in range(repeats):
        regressor = SymbolicRegressor(
            allowed_symbols=SYMBOLS,
            objectives=["mse", "length"],
            max_length=max_length,
            max_depth=6,
            population_size=500,
            generations=500,
            max_evaluations=150_000,
            optimizer_iterations=5,
            # A whole number of seconds: only a safety net, the evaluations end the search first,
            # so that the same seed gives the same front on a slow machine.
            max_time=max(1, round(seconds / repeats)),
            n_threads=1,
            random_state=seed + repeat,
        )
        regressor.fit(u[:, None], curve / size)
        tick()
        for point in regressor.pareto_front_:
            text = regressor.get_model_string(point["tree"], precision=17)
            expression = _read(text)
            if expression is not None:
                found.append(sp.Float(size, 17) * expression)
    return found


def _read(text: str) -> sp.Expr | None:
    """Parse a model string; a formula without a finite real value is dropped."""
    try:
        return parse(text.replace("X1", "u"))
    except UserError:
        return None

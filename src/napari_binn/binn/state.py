"""A training as values: what stays the same, and what a step changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from ..settings import BinnSettings
from . import data, networks, soap
from .memory import Chunks
from .samples import Batches, Samples
from .scatter import Scatter

LOSS_COLUMNS = ("step", "data", "residual", "validation")
Array = NDArray[np.float64]
Arrays = dict[str, NDArray[np.generic]]


class ProblemLike(Protocol):
    """What any recipe trains on, as far as its result needs to know."""

    @property
    def density(self) -> Density:
        """The movie."""

    @property
    def scales(self) -> data.Scales:
        """How inputs and outputs of the networks become physical."""

    @property
    def device(self) -> torch.device:
        """Where it trains."""

    def tensor(self, values: NDArray[np.generic]) -> Tensor:
        """Return an array as a tensor where and how the training computes."""


class StateLike(Protocol):
    """A training after ``step`` steps, by any recipe."""

    @property
    def step(self) -> int:
        """Number of steps."""

    @property
    def parameters(self) -> networks.Parameters:
        """The networks, as they are if the training ends now."""

    @property
    def losses(self) -> Tensor:
        """(R, 4) step, data, residual and validation loss so far, means over the members."""

    @property
    def seconds(self) -> float:
        """Time spent."""

    def to_arrays(self) -> Arrays:
        """Return the state as named arrays, to be stored."""


@dataclass(frozen=True)
class Problem:
    """What is trained on what: everything that stays the same from step to step.

    ``batches`` are those of the settings and ``parts`` the smaller ones of most steps. ``chunks``
    says how many members are computed at once, as far as the memory suffices.
    """

    density: Density
    settings: BinnSettings
    scales: data.Scales
    samples: Samples
    parts: Batches
    batches: Batches
    scatter: Scatter
    chunks: Chunks
    device: torch.device
    dtype: torch.dtype

    def tensor(self, values: NDArray[np.generic]) -> Tensor:
        """Return an array as a tensor where and how the training computes."""
        return torch.tensor(values, dtype=self.dtype, device=self.device)


@dataclass(frozen=True)
class TrainState:
    """A training after ``step`` steps.

    Attributes
    ----------
    parameters, moments
        The networks and the optimiser's state, by the same names.
    misfit
        (E,) mean squared misfit of the last batch.
    restarts
        How often each member diverged.
    pace
        (E,) factor of each member's learning rate, smaller after it diverged.
    losses
        (R, 4) step, data, residual and validation loss so far, means over the members.
    history
        (R, 2, M) the members' median D and G, as the networks give them, every so many steps.
    settled
        The step at which the curves were found to stand still, or None.
    seconds
        Time spent.
    """

    step: int
    parameters: networks.Parameters
    moments: dict[str, soap.Moments]
    misfit: Tensor
    restarts: tuple[int, ...]
    pace: Tensor
    losses: Tensor
    history: Array
    settled: int | None = None
    seconds: float = 0.0

    def to_arrays(self) -> Arrays:
        """Return the state as named arrays, to be stored."""
        arrays: Arrays = {
            "step": np.array(self.step),
            "restarts": np.array(self.restarts),
            "settled": np.array(-1 if self.settled is None else self.settled),
            "seconds": np.array(self.seconds),
            "history": self.history,
            "misfit": self.misfit.cpu().numpy(),
            "pace": self.pace.cpu().numpy(),
            "losses": self.losses.cpu().numpy(),
        }
        for name, parameter in self.parameters.items():
            arrays[f"parameters/{name}"] = parameter.cpu().numpy()
            for field in fields(soap.Moments):
                moment = getattr(self.moments[name], field.name)
                if moment is not None:
                    arrays[f"moments/{field.name}/{name}"] = moment.cpu().numpy()
        return arrays


def state_from_arrays(problem: Problem, arrays: Mapping[str, NDArray[np.generic]]) -> TrainState:
    """Return the state that :meth:`TrainState.to_arrays` stored."""

    def moments(name: str) -> soap.Moments:
        stored = {f.name: arrays.get(f"moments/{f.name}/{name}") for f in fields(soap.Moments)}
        return soap.Moments(
            **{key: None if a is None else problem.tensor(a) for key, a in stored.items()}  # type: ignore[arg-type]
        )

    prefix = "parameters/"
    names = [key.removeprefix(prefix) for key in arrays if key.startswith(prefix)]
    settled = int(arrays["settled"])
    return TrainState(
        step=int(arrays["step"]),
        parameters={name: problem.tensor(arrays[prefix + name]) for name in names},
        moments={name: moments(name) for name in names},
        misfit=problem.tensor(arrays["misfit"]),
        restarts=tuple(int(number) for number in arrays["restarts"]),
        pace=problem.tensor(arrays["pace"]),
        losses=problem.tensor(arrays["losses"]),
        history=np.array(arrays["history"], dtype=np.float64),
        settled=None if settled < 0 else settled,
        seconds=float(arrays["seconds"]),
    )

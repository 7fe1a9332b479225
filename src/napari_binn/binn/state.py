"""A training as values: what stays the same, and what a step changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..density.model import Density
from ..settings import BinnSettings
from . import data, networks, soap
from .loss import Counting

LOSS_COLUMNS = ("step", "data", "residual", "validation")


@dataclass(frozen=True)
class Problem:
    """What is trained on what: everything that stays the same from step to step."""

    density: Density
    settings: BinnSettings
    scales: data.Scales
    samples: data.Samples
    batches: data.Batches
    counting: Counting | None
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
    seconds: float = 0.0


def state_to_arrays(state: TrainState) -> dict[str, NDArray[np.generic]]:
    """Return a state as named arrays, to be stored."""
    arrays: dict[str, NDArray[np.generic]] = {
        "step": np.array(state.step),
        "restarts": np.array(state.restarts),
        "seconds": np.array(state.seconds),
        "misfit": state.misfit.cpu().numpy(),
        "pace": state.pace.cpu().numpy(),
        "losses": state.losses.cpu().numpy(),
    }
    for name, parameter in state.parameters.items():
        arrays[f"parameters/{name}"] = parameter.cpu().numpy()
        for field in fields(soap.Moments):
            moment = getattr(state.moments[name], field.name)
            if moment is not None:
                arrays[f"moments/{field.name}/{name}"] = moment.cpu().numpy()
    return arrays


def state_from_arrays(problem: Problem, arrays: Mapping[str, NDArray[np.generic]]) -> TrainState:
    """Return the state that :func:`state_to_arrays` stored."""

    def moments(name: str) -> soap.Moments:
        stored = {f.name: arrays.get(f"moments/{f.name}/{name}") for f in fields(soap.Moments)}
        return soap.Moments(
            **{key: None if a is None else problem.tensor(a) for key, a in stored.items()}  # type: ignore[arg-type]
        )

    prefix = "parameters/"
    names = [key.removeprefix(prefix) for key in arrays if key.startswith(prefix)]
    return TrainState(
        step=int(arrays["step"]),
        parameters={name: problem.tensor(arrays[prefix + name]) for name in names},
        moments={name: moments(name) for name in names},
        misfit=problem.tensor(arrays["misfit"]),
        restarts=tuple(int(count) for count in arrays["restarts"]),
        pace=problem.tensor(arrays["pace"]),
        losses=problem.tensor(arrays["losses"]),
        seconds=float(arrays["seconds"]),
    )

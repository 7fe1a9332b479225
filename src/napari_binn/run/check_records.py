"""The checks of an estimate as plain data, and back: diagnosis, design and bootstrap.

Their own ``as_dict`` describes them; the functions here put them together again and raise
``ValueError``, ``KeyError`` or ``TypeError`` where the pieces do not fit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ..inference.bootstrap_model import Bootstrap
from ..inference.design_model import Design, Option, OptionName
from ..inference.diagnostics_model import Check, CheckName, Diagnosis, Finding, Level, Picture


def diagnosis_from(values: Mapping[str, Any]) -> Diagnosis:
    """Return the diagnosis that :meth:`Diagnosis.as_dict` described."""
    right, down = values["velocity"]
    return Diagnosis(
        level=_one_of(Level, values["level"]),
        sentence=str(values["sentence"]),
        checks=tuple(_check(item) for item in values["checks"]),
        velocity=(_number(right), _number(down)),
    )


def design_from(values: Mapping[str, Any]) -> Design:
    """Return the design that :meth:`Design.as_dict` described."""
    return Design(
        sd_D=_number(values["sd_D"]),
        sd_G=_number(values["sd_G"]),
        known=tuple((float(low), float(high)) for low, high in values["known"]),
        options=tuple(
            Option(
                _one_of(OptionName, item["name"]),
                str(item["label"]),
                _number(item["sd_D"]),
                _number(item["sd_G"]),
            )
            for item in values["options"]
        ),
        sentences=tuple(str(sentence) for sentence in values["sentences"]),
    )


def bootstrap_from(values: Mapping[str, Any]) -> Bootstrap:
    """Return the bootstrap that :meth:`Bootstrap.as_dict` described."""
    names = ("u", "D_low", "D_high", "G_low", "G_high", "ratio_D", "ratio_G")
    arrays = {name: _array(values[name], 1) for name in names}
    if len({len(array) for array in arrays.values()}) != 1:
        raise ValueError("its curves have different lengths")
    return Bootstrap(
        **arrays, replicates=int(values["replicates"]), sentence=str(values["sentence"])
    )


def _check(values: Mapping[str, Any]) -> Check:
    return Check(
        name=_one_of(CheckName, values["name"]),
        finding=_one_of(Finding, values["finding"]),
        sentence=str(values["sentence"]),
        size=_number(values["size"]),
        low=_number(values["low"]),
        high=_number(values["high"]),
        unit=str(values["unit"]),
        p=_number(values["p"]),
        picture=_picture(values["picture"]),
    )


def _picture(values: Mapping[str, Any]) -> Picture:
    return Picture(
        frame=int(values["frame"]),
        deviation=_array(values["deviation"], 2),
        expected=_array(values["expected"], 2),
        label=str(values["label"]),
        position=_array(values["position"], 1),
        course=_array(values["course"], 1),
        course_expected=_array(values["course_expected"], 1),
    )


def _array(values: Any, axes: int) -> NDArray[np.float64]:
    """Return an array; null stands for NaN."""
    array = np.array(values, dtype=np.float64)
    if array.ndim != axes:
        raise ValueError(f"an array has {array.ndim} axes, not {axes}")
    return array


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _one_of(names: Any, value: Any) -> Any:
    """Return ``value`` if it is one of the texts of a literal type."""
    if value not in get_args(names):
        raise ValueError(f"{value!r} is not known")
    return value

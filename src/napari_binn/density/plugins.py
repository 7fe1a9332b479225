"""Methods that other packages bring.

A package offers a method by an entry point of the group ``napari_binn.density_methods``, in its
``pyproject.toml``::

    [project.entry-points."napari_binn.density_methods"]
    actin = "my_package.actin:ActinMethod"

The name (``actin``) is the value of ``density.method``; the object is a
:class:`~napari_binn.density.method.Method`, or a class or function that makes one without being
told anything. What users can choose in it, they put into ``density.options``.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..settings import METHODS, DensitySettings
from .method import Looked, Measure, Method, MethodInfo
from .sight import Sight

GROUP = "napari_binn.density_methods"


def offered() -> dict[str, EntryPoint]:
    """Return the entry points of methods that are installed, by name; nothing is imported.

    Names that methods of our own have are left out.
    """
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return {point.name: point for point in found if point.name not in METHODS}


def load(name: str) -> Method:
    """Return the method of another package.

    Raises
    ------
    UserError
        There is none of this name, or it cannot be used: one sentence says why.
    """
    point = offered().get(name)
    if point is None:
        known = ["auto", *METHODS, *offered()]
        near = difflib.get_close_matches(name, known, n=1)
        raise UserError(
            f"There is no density method {name!r}"
            + (f" (did you mean {near[0]!r}?)" if near else "")
            + f": choose one of {', '.join(known)}."
        )
    return _loaded(point)


@lru_cache(maxsize=64)
def _loaded(point: EntryPoint) -> Method:
    try:
        found = point.load()
        method = found if isinstance(found, Method) and not isinstance(found, type) else found()
        if not (isinstance(method, Method) and isinstance(method.info, MethodInfo)):
            raise TypeError("it is not a density method")
        info = replace(method.info, key=point.name)
    except Exception as error:  # whatever the other package does wrong
        raise UserError(_broken(point, error)) from None
    return _Guarded(method, info, point)


def _broken(point: EntryPoint, error: Exception) -> str:
    package = point.dist.name if point.dist is not None else point.module
    said = " ".join(str(error).split()) or "no reason given"
    return (
        f"The density method {point.name!r} of the package {package} does not work "
        f"({type(error).__name__}: {said}): update or remove that package, or choose another "
        "method."
    )


class _Guarded:
    """A method of another package, whose mistakes are told in a sentence."""

    def __init__(self, method: Method, info: MethodInfo, point: EntryPoint) -> None:
        self._method, self._info, self._point = method, info, point

    @property
    def info(self) -> MethodInfo:
        return self._info

    def look(self, sight: Sight, indices: NDArray[np.intp], settings: DensitySettings) -> Looked:
        try:
            looked = self._method.look(sight, indices, settings)
            if not isinstance(looked, Looked):
                raise TypeError(f"look() returned {type(looked).__name__}, not Looked")
        except UserError:
            raise
        except Exception as error:
            raise UserError(_broken(self._point, error)) from None
        return replace(looked, measure=self._checked(looked.measure, sight))

    def _checked(self, measure: Measure, sight: Sight) -> Measure:
        counts = self._info.counts

        def measured(index: int) -> NDArray[np.float64]:
            try:
                result = np.asarray(measure(index), dtype=np.float64)
                if counts:
                    _check_positions(result)
                else:
                    _check_map(result, sight.movie.frames[index].shape)
            except UserError:
                raise
            except Exception as error:
                raise UserError(_broken(self._point, error)) from None
            return result

        return measured


def _check_positions(result: NDArray[np.float64]) -> None:
    if result.ndim != 2 or result.shape[1] != 2 or not np.isfinite(result).all():
        raise ValueError(
            f"positions must be finite numbers of shape (N, 2), but have the shape {result.shape}"
        )


def _check_map(result: NDArray[np.float64], shape: tuple[int, ...]) -> None:
    if result.shape != shape:
        raise ValueError(f"a map must have the shape of the frame {shape}, not {result.shape}")
    if np.isinf(result).any():
        raise ValueError("a map must not hold infinite values")

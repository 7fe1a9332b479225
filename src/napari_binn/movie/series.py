"""What a file holds: its positions (series, scenes, wells), and which of them is the movie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import UserError

_LISTED = 8


@dataclass(frozen=True)
class Contents:
    """What a file holds, before anything is chosen.

    Attributes
    ----------
    positions
        What the file calls its positions, "" where it does not.
    axes, shape
        One letter an axis of the first position, as the file states them, and the sizes.
    levels
        In how many resolutions it is held.
    """

    positions: tuple[str, ...]
    axes: str
    shape: tuple[int, ...]
    levels: int = 1

    @property
    def channels(self) -> int:
        """Number of channels; the samples of a colour image are one."""
        return self.shape[self.axes.index("C")] if "C" in self.axes else 1


def choose_position(names: Sequence[str], wanted: int | None, name: str) -> int:
    """Return the index of the position to read.

    Parameters
    ----------
    names
        What the file calls its positions, "" where it does not.
    wanted
        The user's choice, from 0.
    name
        What the user calls the file.

    Raises
    ------
    UserError
        There are several and none was chosen, or the one chosen is not there.
    """
    count = len(names)
    if wanted is None:
        if count <= 1:
            return 0
        raise UserError(
            f"{name} holds {count} positions and one is needed, 'movie.position': {_list(names)}."
        )
    if wanted >= count:
        if count <= 1:
            raise UserError(f"{name} has one position only: leave out 'movie.position'.")
        raise UserError(f"{name} has no position {wanted}: 'movie.position' is {_list(names)}.")
    return wanted


def _list(names: Sequence[str]) -> str:
    shown = [f"{index} ({name})" if name else str(index) for index, name in enumerate(names)]
    if len(shown) > _LISTED:
        shown = [*shown[: _LISTED - 1], "…", shown[-1]]
        return ", ".join(shown)
    return f"{', '.join(shown[:-1])} or {shown[-1]}"

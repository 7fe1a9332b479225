"""Which pixels of a file with several axes make up frame t."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

_COLOURS = {3: "0 (red), 1 (green) or 2 (blue)", 4: "0 (red), 1 (green), 2 (blue) or 3 (alpha)"}


@dataclass(frozen=True)
class Layout:
    """Where the frames are in an array of planes.

    Attributes
    ----------
    axes, shape
        One letter an axis and the sizes, time as T, channel as C; the last ``page_ndim`` axes lie
        within a page.
    channel
        The channel that is read.
    page_ndim
        Number of axes of a page.
    assumption
        A sentence on what the file did not state, or "".
    """

    axes: str
    shape: tuple[int, ...]
    channel: int
    page_ndim: int
    assumption: str = ""

    @property
    def frames(self) -> int:
        """Number of time points."""
        return self.shape[self.axes.index("T")] if "T" in self.axes else 1

    @property
    def height(self) -> int:
        """Pixels along y."""
        return self.shape[self.axes.index("Y")]

    @property
    def width(self) -> int:
        """Pixels along x."""
        return self.shape[self.axes.index("X")]

    def page(self, frame: int) -> int:
        """Return the index of the page that holds the frame."""
        split = len(self.axes) - self.page_ndim
        if split == 0:
            return 0
        index = [self._position(axis, frame) for axis in self.axes[:split]]
        return int(np.ravel_multi_index(index, self.shape[:split]))

    def cut(self, page: NDArray[np.generic], frame: int) -> NDArray[np.generic]:
        """Return the frame (Y, X) out of its page."""
        axes = self.axes[len(self.axes) - self.page_ndim :]
        index = tuple(slice(None) if a in "YX" else self._position(a, frame) for a in axes)
        image = page[index]
        return image.T if axes.index("X") < axes.index("Y") else image

    def _position(self, axis: str, frame: int) -> int:
        return {"T": frame, "C": self.channel}.get(axis, 0)


def lay_out(
    axes: str,
    shape: tuple[int, ...],
    page_ndim: int,
    name: str,
    *,
    channel: int | None = None,
    override: str | None = None,
) -> Layout:
    """Find time, channel, y and x among the axes of a file.

    Parameters
    ----------
    axes, shape
        As the file states them: T, Z, C, Y, X, S for the samples of a colour image; any other
        letter is an axis of unknown meaning.
    page_ndim
        How many of the last axes lie within a page; y and x must be among them.
    name
        What the user calls the file.
    channel
        The user's choice of a channel.
    override
        The user's order of the axes.

    Raises
    ------
    UserError
        The axes are ambiguous or three-dimensional, or a channel has to be chosen.
    """
    axes = _override(axes, shape, override, name) if override else axes
    axes, shape, page_ndim = _without_trivial_z(axes, shape, page_ndim)
    axes, assumption = _name_pages(axes, shape, name)
    axes, chosen = _choose_channel(axes, shape, channel, name)
    if not {"Y", "X"} <= set(axes[len(axes) - page_ndim :]):
        raise UserError(
            f"The axes of {name}, {_sizes(axes, shape)}, do not end in y and x: save it with time "
            "first, as TYX."
        )
    return Layout(axes, shape, chosen, page_ndim, assumption)


def _override(axes: str, shape: tuple[int, ...], override: str, name: str) -> str:
    wanted = override.upper()
    if len(wanted) != len(shape):
        raise UserError(
            f"The setting 'movie.axes' names {len(wanted)} axes ({wanted}), but {name} has "
            f"{len(shape)}: {_sizes(axes, shape)}."
        )
    if max(Counter(wanted).values()) > 1 or not {"Y", "X"} <= set(wanted):
        raise UserError(
            f"The setting 'movie.axes' ({wanted}) must name Y and X, and no axis twice."
        )
    return wanted


def _without_trivial_z(
    axes: str, shape: tuple[int, ...], page_ndim: int
) -> tuple[str, tuple[int, ...], int]:
    """Drop axes of size 1 other than y and x: they carry no choice."""
    split = len(axes) - page_ndim
    kept = [i for i, axis in enumerate(axes) if axis in "YX" or shape[i] > 1]
    return (
        "".join(axes[i] for i in kept),
        tuple(shape[i] for i in kept),
        sum(i >= split for i in kept),
    )


def _name_pages(axes: str, shape: tuple[int, ...], name: str) -> tuple[str, str]:
    unknown = [axis for axis in axes if axis not in "TZCYXS"]
    sizes = _sizes(axes, shape)
    if "Z" in axes:
        count = shape[axes.index("Z")]
        if "T" in axes or unknown:
            raise UserError(
                f"{name} is three-dimensional ({sizes}): project it along z first, or give the "
                "order of its axes with the setting 'movie.axes'."
            )
        raise UserError(
            f"{name} states {count} planes in depth and a single time point ({sizes}): if its "
            f"planes are time points, set 'movie.axes' to {axes.replace('Z', 'T')}."
        )
    if not unknown:
        return axes, ""
    if len(unknown) > 1 or "T" in axes:
        raise UserError(
            f"{name} does not say what its axes {sizes} are: set 'movie.axes', with the "
            "letters T, C, Y and X."
        )
    assumption = f"{name} does not say what its pages are: they are taken as time points."
    return axes.replace(unknown[0], "T"), assumption


def _choose_channel(
    axes: str, shape: tuple[int, ...], channel: int | None, name: str
) -> tuple[str, int]:
    if "S" in axes and "C" in axes:
        raise UserError(
            f"{name} holds several channels of colour images: save one of them as grey."
        )
    colour = "S" in axes
    axes = axes.replace("S", "C")
    if "C" not in axes:
        if channel:
            raise UserError(f"{name} has one channel only: leave out 'movie.channel'.")
        return axes, 0
    count = shape[axes.index("C")]
    choices = _COLOURS.get(count) if colour else None
    choices = choices or f"0 to {count - 1}"
    if channel is None:
        kind = "is a colour image" if colour else f"has {count} channels"
        raise UserError(f"{name} {kind} and one channel is needed, 'movie.channel': {choices}.")
    if channel >= count:
        raise UserError(f"{name} has no channel {channel}: 'movie.channel' is {choices}.")
    return axes, channel


def _sizes(axes: str, shape: tuple[int, ...]) -> str:
    return " × ".join(f"{axis} {size}" for axis, size in zip(axes, shape, strict=True))

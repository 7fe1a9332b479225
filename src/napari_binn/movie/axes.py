"""Which pixels of a file with several axes make up frame t."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

Index = int | slice

ALL = slice(None)
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
        The channel that is read; None for all samples of a colour image.
    page_ndim
        Number of axes of a page.
    kept, stored
        Places of ``axes`` among the axes as stored, of which there are ``stored``: those of size 1
        were dropped.
    assumption
        A sentence on what the file did not state, or "".
    """

    axes: str
    shape: tuple[int, ...]
    channel: int | None
    page_ndim: int
    kept: tuple[int, ...]
    stored: int
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

    @property
    def in_order(self) -> bool:
        """Whether the axes that are read are time, y and x in this order."""
        return [axis for axis in self.axes if axis in "TYX"] in (["T", "Y", "X"], ["Y", "X"])

    def page(self, frame: int) -> int:
        """Return the index of the page that holds the frame."""
        split = len(self.axes) - self.page_ndim
        if split == 0:
            return 0
        index = [self._position(axis, frame) for axis in self.axes[:split]]
        return int(np.ravel_multi_index(index, self.shape[:split]))

    def cut(
        self, page: NDArray[np.generic], frame: int, rows: slice = ALL, columns: slice = ALL
    ) -> NDArray[np.generic]:
        """Return the frame (Y, X), or a window of it, out of its page; colours come last."""
        axes = self.axes[len(self.axes) - self.page_ndim :]
        return self.orient(page[tuple(self._index(axis, frame, rows, columns) for axis in axes)])

    def select(self, frame: Index, rows: slice = ALL, columns: slice = ALL) -> tuple[Index, ...]:
        """Return the index of the frame, or of a window of it, in the array as it is stored.

        Give what lies there to :meth:`orient`.
        """
        index: list[Index] = [0] * self.stored
        for place, axis in zip(self.kept, self.axes, strict=True):
            index[place] = self._index(axis, frame, rows, columns)
        return tuple(index)

    def orient(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """Turn an image so that y comes first, then x, then the samples of a colour image."""
        left = [axis for axis in self.axes if axis in "YX" or (axis, self.channel) == ("C", None)]
        return image.transpose([left.index(axis) for axis in "YXC" if axis in left])

    def _index(self, axis: str, frame: Index, rows: slice, columns: slice) -> Index:
        places: dict[str, Index] = {"T": frame, "Y": rows, "X": columns}
        places["C"] = ALL if self.channel is None else self.channel
        return places.get(axis, 0)

    def _position(self, axis: str, frame: int) -> int:
        return {"T": frame, "C": self.channel or 0}.get(axis, 0)


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
    if any(size == 0 for axis, size in zip(axes, shape, strict=True) if axis != "T"):
        raise UserError(f"{name} holds no pixel ({_sizes(axes, shape)}): export it again.")
    stored = len(axes)
    kept, page_ndim = _without_trivial(axes, shape, page_ndim)
    axes, shape = "".join(axes[i] for i in kept), tuple(shape[i] for i in kept)
    axes, assumption = _name_pages(axes, shape, name)
    axes, chosen = _choose_channel(axes, shape, channel, name)
    if not {"Y", "X"} <= set(axes[len(axes) - page_ndim :]):
        raise UserError(
            f"The axes of {name}, {_sizes(axes, shape)}, do not end in y and x: save it with time "
            "first, as TYX."
        )
    return Layout(axes, shape, chosen, page_ndim, kept, stored, assumption)


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


def _without_trivial(
    axes: str, shape: tuple[int, ...], page_ndim: int
) -> tuple[tuple[int, ...], int]:
    """Drop axes of size 1 other than y and x: they carry no choice.

    Returns the places of the others, and how many of them lie within a page.
    """
    split = len(axes) - page_ndim
    kept = tuple(i for i, axis in enumerate(axes) if axis in "YX" or shape[i] > 1)
    return kept, sum(i >= split for i in kept)


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
) -> tuple[str, int | None]:
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
    if channel is None and colour:
        # Grey with alpha is grey; what has three colours or more may still be grey.
        return axes, 0 if count == 2 else None
    choices = _choices(count, colour=colour)
    if channel is None:
        raise UserError(
            f"{name} has {count} channels and one channel is needed, 'movie.channel': {choices}."
        )
    if channel >= count:
        raise UserError(f"{name} has no channel {channel}: 'movie.channel' is {choices}.")
    return axes, channel


def needs_channel(name: str, samples: int) -> UserError:
    """Return the error of a colour image none of whose channels was chosen."""
    return UserError(
        f"{name} is a colour image and one channel is needed, 'movie.channel': "
        f"{_choices(samples, colour=True)}."
    )


def _choices(count: int, *, colour: bool) -> str:
    return (_COLOURS.get(count) if colour else None) or f"0 to {count - 1}"


def _sizes(axes: str, shape: tuple[int, ...]) -> str:
    return " × ".join(f"{axis} {size}" for axis, size in zip(axes, shape, strict=True))

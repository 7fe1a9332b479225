"""Colour images that are grey: equal channels, perhaps with coloured annotations burned in.

A contour or a text drawn in colour hides what lies beneath it, so its pixels are not valid. Its
edge reaches further than its colour: smoothed letters, a black or white shadow or outline, and the
blocks of 8 × 8 pixels over which JPEG spreads what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import UserError
from .axes import needs_channel
from .model import Frames

Mask = NDArray[np.bool_]

# Channels that differ by less than this share of the brightest value are equal: JPEG rounds.
_TOLERANCE = 0.03
# What is darker than this share of the brightest value says nothing about colour.
_LIT = 0.1
# A grey image shows colour in no more than this share of its lit pixels.
_MOST = 0.25
_SHADOW = 6  # pixels: how far beyond the colour black or white may belong to a drawing
_FRINGE = 2  # pixels: smoothed edges
_BLOCK = 8  # pixels: side of a block of JPEG
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601, as JPEG weighs them


@dataclass(frozen=True)
class Grey:
    """A colour movie read as grey.

    Attributes
    ----------
    frames
        The brightness, shape (Y, X) each.
    valid
        Where no annotation hides the specimen, (Y, X) each.
    notice
        A sentence on what was seen, or "".
    """

    frames: Frames
    valid: Frames
    notice: str


def as_grey(pages: Frames, name: str, *, blocks: bool = False) -> Grey:
    """Read a movie of colour images as grey if that is what it shows.

    The first, the middle and the last frame are looked at.

    Parameters
    ----------
    pages
        Images (Y, X, S) with red, green, blue and perhaps alpha, which is ignored.
    name
        What the user calls the movie.
    blocks
        Whether JPEG has spread the colours over its blocks.

    Raises
    ------
    UserError
        The movie is truly coloured, so the user has to choose a channel.
    """
    source = _Pages(pages, name, blocks)
    looked_at = sorted({0, len(pages) // 2, len(pages) - 1})
    shares = [float(annotated(source(index), blocks=blocks).mean()) for index in looked_at]
    notice = (
        f"{name} shows grey images with coloured annotations ({100 * max(shares):.2g} % of the "
        "pixels): they are read as grey, and the annotated pixels count as not observed. "
        "('movie.channel' reads one colour as it is instead.)"
    )
    return Grey(_GreyFrames(source), _ValidFrames(source), notice if max(shares) > 0 else "")


def is_grey(page: NDArray[np.generic]) -> bool:
    """Return whether a colour image (Y, X, S) is grey in most of its pixels that are not black."""
    brightest, difference = _spread(page)
    lit = brightest > _LIT * max(float(brightest.max(initial=0)), 1e-30)
    coloured = difference > _tolerance(brightest)
    return not coloured.any() or float(coloured[lit].mean()) <= _MOST


def annotated(page: NDArray[np.generic], *, blocks: bool = False) -> Mask:
    """Return which pixels of a grey image (Y, X, S) belong to coloured annotations, (Y, X)."""
    brightest, difference = _spread(page)
    mask: Mask = difference > _tolerance(brightest)
    if not mask.any():
        return mask
    if blocks:
        mask = _whole_blocks(mask)
    # A shadow or outline in black or white is part of the drawing, as far as it is near.
    extreme = (brightest <= 0) | (brightest >= brightest.max())
    mask = _widen(mask, 1)
    mask = mask | ndimage.binary_dilation(mask, iterations=_SHADOW, mask=extreme)
    return _widen(mask, _FRINGE)


def fill_hidden(image: NDArray[np.generic], valid: Mask) -> NDArray[np.float32]:
    """Return an image whose pixels that are not valid hold what their neighbours do, float32.

    A filter that runs over the image then sees no edge of the annotation. Holes are filled with
    the mean of the valid pixels in the smallest square around them of side 2, 4, 8, … (pull-push:
    Gortler et al., SIGGRAPH 1996, doi:10.1145/237170.237200, section 3.4).
    """
    filled = np.where(valid, image, 0).astype(np.float32)
    if valid.all() or not valid.any():
        return filled
    return _pulled(filled, valid.astype(np.float32))


def _pulled(total: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return total / weight, where the weight is zero that of ever larger squares."""
    missing = weight == 0
    mean = np.divide(total, weight, out=np.zeros_like(total), where=~missing)
    if missing.any():
        coarse = _pulled(_squares(total), _squares(weight))
        rows, columns = np.nonzero(missing)
        mean[rows, columns] = coarse[rows // 2, columns // 2]
    return mean


def _squares(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sums over squares of 2 × 2."""
    height, width = values.shape
    values = np.pad(values, ((0, height % 2), (0, width % 2)))
    rows = values[::2] + values[1::2]
    return rows[:, ::2] + rows[:, 1::2]


class _Pages:
    """Colour pages, the last one kept: its brightness and its mask are asked for together."""

    def __init__(self, pages: Frames, name: str, blocks: bool) -> None:
        self.count, self.blocks = len(pages), blocks
        self._pages, self._name = pages, name
        self._last = lru_cache(maxsize=1)(self._read)

    def __call__(self, index: int) -> NDArray[np.generic]:
        return self._last(range(self.count)[index])

    def _read(self, index: int) -> NDArray[np.generic]:
        page = self._pages[index]
        if page.ndim == 2:
            page = page[..., None]
        if not is_grey(page):
            raise needs_channel(f"Frame {index + 1} of {self._name}", page.shape[2])
        return page


@dataclass(frozen=True)
class _GreyFrames:
    pages: _Pages

    def __len__(self) -> int:
        return self.pages.count

    def __getitem__(self, index: int) -> NDArray[np.generic]:
        page = self.pages(index)
        if page.shape[2] < 3:
            return page[..., 0]
        colours = page[..., :3]
        first = colours[..., 0]
        if (first == colours[..., 1]).all() and (first == colours[..., 2]).all():
            return np.ascontiguousarray(first)
        luma = colours.astype(np.float32) @ _LUMA
        return luma if page.dtype.kind == "f" else np.rint(luma).astype(page.dtype)


@dataclass(frozen=True)
class _ValidFrames:
    pages: _Pages

    def __len__(self) -> int:
        return self.pages.count

    def __getitem__(self, index: int) -> Mask:
        return ~annotated(self.pages(index), blocks=self.pages.blocks)


def _spread(page: NDArray[np.generic]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the brightest channel of each pixel and how far the others are from it."""
    if page.dtype.kind not in "biuf":
        raise UserError("A colour image does not hold real numbers.")
    first, *others = (np.ascontiguousarray(page[..., i]) for i in range(min(page.shape[2], 3)))
    brightest, darkest = first, first
    for channel in others:
        brightest, darkest = np.maximum(brightest, channel), np.minimum(darkest, channel)
    top = brightest.astype(np.float32)
    difference = top - darkest
    if page.dtype.kind == "f":
        return np.nan_to_num(top), np.nan_to_num(difference)
    return top, difference


def _tolerance(brightest: NDArray[np.float32]) -> float:
    return _TOLERANCE * float(brightest.max(initial=0))


def _widen(mask: Mask, pixels: int) -> Mask:
    wide: Mask = ndimage.maximum_filter(mask, 2 * pixels + 1, mode="constant")
    return wide


def _whole_blocks(mask: Mask) -> Mask:
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % _BLOCK), (0, -width % _BLOCK)))
    tall, wide = padded.shape
    blocks = padded.reshape(tall // _BLOCK, _BLOCK, wide // _BLOCK, _BLOCK).any(axis=(1, 3))
    whole: Mask = np.repeat(np.repeat(blocks, _BLOCK, 0), _BLOCK, 1)[:height, :width]
    return whole

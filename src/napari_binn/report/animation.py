"""The observed and the simulated movie side by side, as an animation."""

from __future__ import annotations

import base64
import io

import numpy as np
from matplotlib import colormaps, get_data_path
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from napari_binn.density.model import Density
from napari_binn.quantities import moment

from .frames import Extent, shared_maximum

Array = NDArray[np.float64]

LARGEST = 400_000  # bytes; a movie of fine grain is drawn smaller until it fits
SIZES = ((300, 40), (220, 30), (150, 20), (100, 14))  # longer side of a panel, most frames
GAP, HEADER, CAPTION = 12, 24, 170  # between the panels, above them, least width [pixel]
_COLOURS, _GREYS = 200, 56  # of the palette of 256
_UNSEEN = _COLOURS + 46


def animation(density: Density, simulated: Array) -> str:
    """Return observed and simulated frames side by side as an animated GIF (data URI).

    Bins are drawn as they are, without smoothing, in the colours of
    :func:`napari_binn.report.frames.frames_plot`.

    Parameters
    ----------
    simulated
        Shape (T, Y, X) [density unit].
    """
    top = shared_maximum(density, simulated)
    for longer_side, most_frames in SIZES:
        data = _gif(density, simulated, top, longer_side, most_frames)
        if len(data) <= LARGEST:
            break
    return f"data:image/gif;base64,{base64.b64encode(data).decode()}"


def _gif(
    density: Density, simulated: Array, top: float, longer_side: int, most_frames: int
) -> bytes:
    count = min(len(density.t), most_frames)
    size = _panel_size(density, longer_side)
    pictures = []
    for frame in np.unique(np.linspace(0, len(density.t) - 1, count).round().astype(int)):
        left = _indexed(density.values[frame], density.mask, top, size)
        right = _indexed(simulated[frame], density.mask, top, size)
        time = moment(density.t[frame], density.time_unit)
        pictures.append(_compose(left, right, f"observed · {time}", f"simulated · {time}"))
    buffer = io.BytesIO()
    pause = int(np.clip(8000 / len(pictures), 150, 700))
    pictures[0].save(
        buffer, format="GIF", save_all=True, append_images=pictures[1:], loop=0, optimize=False,
        duration=[pause] * (len(pictures) - 1) + [1200],
    )  # fmt: skip
    return buffer.getvalue()


def _panel_size(density: Density, longer_side: int) -> tuple[int, int]:
    """Return width and height of a panel [pixel] with the field's proportions."""
    aspect = Extent.of(density).aspect
    if aspect <= 1:
        return longer_side, max(round(longer_side * aspect), 24)
    return max(round(longer_side / aspect), 24), longer_side


def _indexed(
    values: Array, mask: NDArray[np.bool_] | None, top: float, size: tuple[int, int]
) -> Image.Image:
    """Return one frame as palette indices, enlarged bin by bin."""
    share = np.clip(np.nan_to_num(values) / top, 0.0, 1.0)
    index = np.round(share * (_COLOURS - 1)).astype(np.uint8)
    if mask is not None:
        index[~mask] = _UNSEEN
    return Image.fromarray(index).resize(size, Image.Resampling.NEAREST)


def _compose(left: Image.Image, right: Image.Image, caption: str, other: str) -> Image.Image:
    """Put both panels under their captions, each in a cell that has room for its caption."""
    width, height = left.size
    cell = max(width, CAPTION) + GAP
    # Captions are drawn in grey levels first, so that the palette keeps their edges smooth.
    grey = Image.new("L", (2 * cell - GAP, height + HEADER), 255)
    pen = ImageDraw.Draw(grey)
    font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", 13)
    pen.text((2, 4), caption, fill=30, font=font)
    pen.text((cell + 2, 4), other, fill=30, font=font)
    levels = np.asarray(grey, dtype=np.uint16) * (_GREYS - 1) // 255 + _COLOURS
    picture = Image.fromarray(levels.astype(np.uint8))
    picture.paste(left, (0, HEADER))
    picture.paste(right, (cell, HEADER))
    picture.putpalette(_palette())
    return picture


def _palette() -> bytes:
    colours = (colormaps["viridis"](np.linspace(0, 1, _COLOURS))[:, :3] * 255).round()
    greys = np.repeat(np.linspace(0, 255, _GREYS).round()[:, None], 3, axis=1)
    return np.concatenate([colours, greys]).astype(np.uint8).tobytes()

"""What ``bench_density.py`` measures: phantom frames of known density, and very large movies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.phantom import Phantom, get
from napari_binn.phantom.cells import CellTracks, place
from napari_binn.phantom.render import Microscope, render

Array = NDArray[np.float64]
#: Cells per site of the frames; 1 is confluence.
SHARES = (0.02, 0.1, 0.25, 0.5, 0.75, 1.0)
_FIELD = replace(get("growth"), sites=(60, 80))
#: Pixels along a side, frames and nucleus diameter [pixels] of the large movie.
LARGE, LARGE_FRAMES, LARGE_DIAMETER = 2048, 200, 10.0
#: Pixels along a side, frames, and side of a chunk of the virtual movie: 100 GB of 16 bits.
HUGE, HUGE_FRAMES, CHUNK = 32768, 48, 512
#: The part of the virtual movie that is there, in chunks along a side.
PART = 4


@dataclass(frozen=True)
class Scene:
    """A field of cells under a microscope."""

    title: str
    scope: Microscope
    phantom: Phantom = _FIELD


SCENES = {
    "usual": Scene("as the samples", Microscope()),
    "dim": Scene("dim: 40 photons over 40", Microscope(nucleus=40.0, haze=40.0)),
    "faint": Scene("faint: 25 photons over 60", Microscope(nucleus=25, haze=60, read_noise=4)),
    "uneven": Scene("light falls by 70 %", Microscope(vignetting=0.7, haze=150.0)),
    "camera": Scene("offset 2,000, read noise 8", Microscope(offset=2000.0, read_noise=8.0)),
    "varied": Scene(
        "brightness varies by 45 %", Microscope(brightness_spread=0.45, size_spread=0.12)
    ),
    "blurred": Scene("out of focus by 2.5 µm", Microscope(psf=2.5)),
    "long": Scene("axes up to 1.8 : 1", Microscope(elongation=1.8)),
    "small": Scene("nuclei of 7 µm", Microscope(), replace(_FIELD, nucleus_diameter=7.0)),
    "large": Scene(
        "nuclei of 12 µm, overlapping", Microscope(), replace(_FIELD, nucleus_diameter=12.0)
    ),
    "coarse": Scene("pixels of 3 µm", Microscope(), replace(_FIELD, pixel_size=3.0)),
    "fine": Scene(
        "pixels of 0.7 µm", Microscope(), replace(_FIELD, pixel_size=0.7, sites=(40, 56))
    ),
}


def still(
    scene: Scene, shares: Sequence[float], seed: int
) -> tuple[tuple[Array, ...], NDArray[np.uint16]]:
    """Return the positions [µm] and the frame (Y, X) for each share of taken sites."""
    rng = np.random.default_rng((seed, 7))
    phantom, positions, cells = scene.phantom, [], []
    for share in shares:
        taken = rng.random(phantom.sites) < share
        lattice = (np.cumsum(taken).reshape(phantom.sites) * taken).astype(np.int32)
        positions.append(place(lattice, phantom, rng))
        cells.append(lattice[taken])
    tracks = CellTracks(np.arange(float(len(shares))), tuple(positions), tuple(cells))
    return tracks.positions, render(phantom, tracks, seed, scene.scope)


def movie_of(scene: Scene, frames: NDArray[np.uint16]) -> Movie:
    """Return a movie of these frames."""
    side = scene.phantom.pixel_size
    return Movie(
        kind="image",
        frames=MemoryFrames(frames),
        times=np.arange(float(len(frames))),
        time_unit="hour",
        length_unit="um",
        pixel_size=(side, side),
        extent=(0.0, 0.0, *scene.phantom.extent),
        source=scene.title,
    )


def write_large(path: Path) -> int:
    """Write 200 frames of 2,048 x 2,048 pixels; return the cells of the densest frame."""
    # Ten frames of a field that fills up, over and over, moved along.
    views = [_tiled(LARGE, share) for share in np.linspace(0.05, 0.9, 10)]
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        for k in range(LARGE_FRAMES):
            view = np.roll(views[k * len(views) // LARGE_FRAMES], 7 * k, axis=1)
            file.write(view, photometric="minisblack", contiguous=True)
    return int(0.9 * (LARGE / 16.0) ** 2)


def write_huge(folder: Path) -> int:
    """Write an OME-Zarr of 100 GB, of which 4 x 4 chunks a frame are there; return its bytes."""
    import zarr

    chunks = (1, CHUNK, CHUNK)
    root = zarr.create_group(folder, zarr_format=2)
    array = root.create_array(
        "0",
        shape=(HUGE_FRAMES, HUGE, HUGE),
        chunks=chunks,
        dtype="uint16",
        compressors=None,
        fill_value=100,
        chunk_key_encoding={"name": "v2", "separator": "/"},
    )
    axes: list[dict[str, str]] = [{"name": "t", "type": "time", "unit": "hour"}]
    axes += [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    scale = {"type": "scale", "scale": [1.0, 1.0, 1.0]}
    datasets = [{"path": "0", "coordinateTransformations": [scale]}]
    described: Any = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    root.attrs["multiscales"] = described
    side = PART * CHUNK
    views = [_tiled(side, share) for share in np.linspace(0.05, 0.9, 6)]
    for k in range(HUGE_FRAMES):
        array[k, :side, :side] = np.roll(views[k * len(views) // HUGE_FRAMES], 7 * k, axis=1)
    return int(np.prod(array.shape)) * 2


def _tiled(side: int, share: float) -> NDArray[np.uint16]:
    """Return a square frame of pixels of 1 µm, with noise of its own everywhere."""
    sites = 64
    scene = Scene("", Microscope(), replace(_FIELD, pixel_size=1.0, sites=(sites, sites)))
    _, (frame,) = still(scene, (share,), seed=int(1000 * share))
    copies = -(-side // frame.shape[0])
    view = np.tile(frame, (copies, copies))[:side, :side].astype(np.float32)
    rng = np.random.default_rng(0)
    view += rng.standard_normal(view.shape, dtype=np.float32) * 3
    return np.clip(view, 0, 65535).astype(np.uint16)


def wound_areas(folder: Path) -> list[float]:
    """Return the areas inside the contours that are drawn into the scratch movie [pixel²].

    The border is the middle of the line. The first is 0.1 % off what is printed into the frame.
    """
    areas = []
    for path in sorted(folder.glob("*.png")):
        colours = np.asarray(Image.open(path).convert("RGB")).astype(np.int16)
        green = colours[..., 1] - np.maximum(colours[..., 0], colours[..., 2]) > 60
        pieces, count = ndimage.label(green, structure=np.ones((3, 3)))
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        # Letters are of the same colour, but smaller.
        lines = [k for k in range(1, count + 1) if sizes[k] > 1000]
        filled = [int(ndimage.binary_fill_holes(pieces == k).sum()) for k in lines]
        areas.append(float(sum(filled) - sizes[lines].sum() / 2))
    return areas

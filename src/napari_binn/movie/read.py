"""Open any input: a movie file, a folder of frames or of tables, a table, a ready density."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..density.model import Density
from ..errors import UserError
from ..settings import MovieSettings
from .files import IMAGES, MICROSCOPES, TABLES, ZARR, is_zarr, list_frames
from .model import Movie


def open_input(path: Path, settings: MovieSettings) -> Movie | Density:
    """Open what the user wants analysed; pixels are read later, frame by frame.

    Parameters
    ----------
    path
        A movie file (TIFF, OME-TIFF, ImageJ, ND2, CZI), an OME-Zarr folder, a folder of image
        frames or of tables of positions (one a frame), one table with columns t, x, y, or an npz
        file with a density (see :mod:`napari_binn.density.npz`).
    settings
        What the file does not state, or states wrongly.

    Returns
    -------
    Movie or Density
        The density if the file holds one already, in the units it states.

    Raises
    ------
    UserError
        The file is missing, unreadable or incomplete, or needs the user's word on something.
    """
    if not path.exists():
        raise UserError(f"There is no file or folder {path}.")
    # Image libraries are slow to load, and most other inputs do not need them.
    if is_zarr(path):
        from .images import movie_from_file

        return movie_from_file(path, settings)
    if path.is_dir():
        if path.suffix.lower() == ZARR:
            raise UserError(
                f"{path} has the name of an OME-Zarr, but lacks the files that describe it: copy "
                "or export it again."
            )
        frames = list_frames(path, settings.pattern)
        if frames[0].suffix.lower() in TABLES:
            from .positions import movie_from_tables

            return movie_from_tables(frames, settings, path)
        from .images import movie_from_frames

        return movie_from_frames(frames, settings, path)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return _open_density(path, settings)
    if suffix in TABLES:
        from .positions import movie_from_table

        return movie_from_table(path, settings)
    if suffix in IMAGES + MICROSCOPES:
        from .images import movie_from_file

        return movie_from_file(path, settings)
    kinds = ", ".join((*IMAGES, *MICROSCOPES, ZARR, *TABLES, ".npz"))
    raise UserError(f"{path} is not a kind of file that can be read: {kinds}.")


def _open_density(path: Path, settings: MovieSettings) -> Density:
    from ..density.npz import load_density

    fixed = ("times", "frame_interval", "pixel_size", "field", "channel", "axes", "position")
    given = [name for name in fixed if getattr(settings, name) is not None]
    if given:
        raise UserError(
            f"{path} holds a density with its own coordinates: leave out the setting "
            f"'movie.{given[0]}'."
        )
    density = load_density(path, length_unit=settings.length_unit, time_unit=settings.time_unit)
    return replace(density, source=str(path))

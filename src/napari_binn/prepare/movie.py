"""A movie made ready to be measured: the corrections in their order, each done frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..events import Notice, Report, silent
from ..frame_numbers import parse_frames
from ..movie.model import Frames, Movie
from ..movie.window import Region, crop_movie
from ..progress import part
from ..quantities import plural
from ..settings import PrepareSettings
from . import words
from .drift import find_drift
from .flags import find_flags
from .illumination import find_light
from .lazy import ChosenFrames, EvenFrames, MaskFrames, MovedFrames
from .masks import TissueMask, check_polygons, open_mask, outside_of
from .model import Flag, Prepared
from .overlays import find_overlays
from .survey import survey

Mask = NDArray[np.bool_]
Value = TypeVar("Value", bound=np.generic)

#: Fewer frames show no change.
FEWEST_FRAMES = 2
#: Pixels are looked at around a region, as a share of its longer side: what drifts into it.
MARGIN = 0.25


def prepare_movie(movie: Movie, settings: PrepareSettings, report: Report = silent) -> Movie:
    """Return a movie whose frames are corrected when they are asked for.

    If there is nothing to correct, it is the movie itself. See :func:`prepare`.
    """
    return prepare(movie, settings, report, inspect=False).movie


def prepare(
    movie: Movie,
    settings: PrepareSettings,
    report: Report = silent,
    *,
    region: Region | None = None,
    inspect: bool = True,
) -> Prepared:
    """Take out drift and uneven light, mask what is no specimen, find and leave out bad frames.

    Frames are read one at a time. Light, texts and the user's shapes belong to the camera and are
    applied to the frames as recorded; then the frames are moved back by the drift. A mask for each
    frame moves with its frame; a single one stays where it is on the specimen.

    Parameters
    ----------
    movie
        Pixels, labels or positions. Positions can only be left out by frame.
    settings
        What is to be done.
    report
        Receives the progress, and a notice for each thing that was done or looks wrong.
    region
        The part that will be measured [length unit]; only it and its surroundings are looked at.
    inspect
        Whether every frame is looked at for faults; if not, only for the sake of
        ``auto_leave_out``.

    Raises
    ------
    UserError
        Something that was asked for cannot be done with this movie; see :func:`check_prepare`.
    """
    check_prepare(movie, settings)
    work = _Work(movie, settings, report, region)
    work.choose(_asked(settings, len(movie)))
    if movie.kind == "points":
        return work.prepared()
    mask = None if settings.mask is None else open_mask(settings.mask, movie)
    work.hide(mask)
    if movie.kind == "image" and (inspect or settings.auto_leave_out):
        work.inspect()
    work.tell_left_out()
    if settings.illumination == "on":
        work.even()
    if settings.drift == "on":
        work.follow()
    work.fix(mask)
    return work.prepared()


def check_prepare(movie: Movie, settings: PrepareSettings) -> None:
    """Raise a UserError for what cannot be done, as far as that shows without reading frames.

    That is a correction that does not suit the kind of movie, frames that are not there or none
    that are left, shapes outside of the field, or a mask of another size.
    """
    if settings.illumination == "on" and movie.kind != "image":
        raise UserError(
            f"Uneven light can be corrected in images only, but {movie.source} holds "
            f"{_held(movie)}: set 'prepare.illumination' to off."
        )
    if movie.kind == "points":
        for name, given in (
            ("drift", settings.drift == "on"),
            ("ignore", bool(settings.ignore)),
            ("mask", settings.mask is not None),
        ):
            if given:
                raise UserError(
                    f"The setting 'prepare.{name}' is for images and labels, but {movie.source} "
                    "holds cell positions: leave it out."
                )
    _asked(settings, len(movie))
    check_polygons(settings.ignore, movie)
    if settings.mask is not None:
        open_mask(settings.mask, movie)


def input_files(movie: Movie, settings: PrepareSettings) -> tuple[str, ...]:
    """Return the files from which a movie and its mask are read."""
    if settings.mask is None:
        return movie.files
    return (*movie.files, *open_mask(settings.mask, movie).files)


def _held(movie: Movie) -> str:
    return {"labels": "labels", "points": "cell positions", "image": "images"}[movie.kind]


def _asked(settings: PrepareSettings, count: int) -> tuple[int, ...]:
    """Return the indices of the frames that the user leaves out.

    Raises
    ------
    UserError
        There is no such frame, or too few are left.
    """
    left: set[int] = set()
    for first, last in parse_frames(settings.leave_out):
        if last > count:
            raise UserError(
                f"There is no frame {last}: the movie has {plural(count, 'frame')}, so correct "
                "'prepare.leave_out'."
            )
        left.update(range(first - 1, last))
    if count - len(left) < FEWEST_FRAMES:
        raise UserError(
            f"'prepare.leave_out' leaves {count - len(left)} of {plural(count, 'frame')}: at least "
            f"{FEWEST_FRAMES} are needed."
        )
    return tuple(sorted(left))


class _Work:
    """The movie as far as it is prepared."""

    def __init__(
        self, movie: Movie, settings: PrepareSettings, report: Report, region: Region | None
    ) -> None:
        self.recorded, self.movie, self.settings, self.report = movie, movie, settings, report
        self.region = None if movie.kind == "points" else region
        self.done = Prepared(movie, np.arange(len(movie)))
        drift, looks = settings.drift == "on", movie.kind == "image"
        self._share = 0.5 if drift and looks else 1.0

    def prepared(self) -> Prepared:
        """Return what was made."""
        return replace(self.done, movie=self.movie)

    def choose(self, left_out: Sequence[int]) -> None:
        """Use the other frames only."""
        if not left_out:
            return
        gone = set(self.done.left_out) | set(left_out)
        stays = np.array([k for k, index in enumerate(self.done.kept) if int(index) not in gone])
        kept = self.done.kept[stays]
        recorded, movie = self.recorded, self.movie
        valid = None if movie.valid is None else ChosenFrames(movie.valid, stays)
        name = "" if movie.kind == "points" else recorded.source
        self.movie = replace(
            movie,
            frames=ChosenFrames(recorded.frames, kept, name),
            times=recorded.times[kept],
            valid=valid,
        )
        self.done = replace(self.done, kept=kept, left_out=tuple(sorted(gone)))

    def hide(self, mask: TissueMask | None) -> None:
        """Exclude what is no specimen in the frames as they were recorded."""
        movie, settings = self.movie, self.settings
        shape = self._shape()
        masks: list[Frames | Mask] = [] if movie.valid is None else [movie.valid]
        before = len(masks)
        overlay = ignored = 0.0
        if settings.overlays == "find":
            found = find_overlays(self._window())
            if found is not None:
                written = self._whole(found, fill=False)
                overlay = float(written.mean())
                masks.append(~written)
        if settings.ignore:
            shown = outside_of(settings.ignore, movie, shape)
            ignored = 1 - float(shown.mean())
            masks.append(shown)
        if mask is not None and mask.moving:
            masks.append(ChosenFrames(mask.frames, self.done.kept))
        if mask is not None:
            self._tell_mask(mask)
        sentence = words.hidden_sentence(overlay, ignored)
        if sentence:
            self.report(Notice(sentence))
        if len(masks) > before:
            self.movie = replace(movie, valid=MaskFrames(tuple(masks), shape, len(movie)))
            self.done = replace(self.done, hidden=overlay + ignored)

    def inspect(self) -> None:
        """Find what is wrong with frames, and leave those out if the user wants it so."""
        window = self._window()
        looked = survey(window, part(self.report, 0.0, self._share))
        kind = np.asarray(window.frames[0]).dtype
        top = float(np.iinfo(kind).max) if kind.kind in "ui" else None
        kept = self.done.kept
        flags = tuple(
            Flag(int(kept[flag.index]), flag.fault, flag.value) for flag in find_flags(looked, top)
        )
        self.done = replace(self.done, flags=flags)
        automatic = self.settings.auto_leave_out
        bad = sorted({flag.index for flag in flags}) if automatic else []
        if len(kept) - len(bad) < FEWEST_FRAMES:
            raise UserError(
                f"Of {plural(len(kept), 'frame')} of {self.recorded.source} {len(kept) - len(bad)} "
                "would be left, because all others are blank, out of focus, saturated or copies: "
                "set 'prepare.auto_leave_out' to false and look at them."
            )
        self.choose(bad)
        gone = self.done.left_out
        for sentence in words.flag_sentences(flags, self.recorded, gone, automatic=automatic):
            self.report(Notice(sentence, "warning"))

    def tell_left_out(self) -> None:
        """Say which frames are not used."""
        if self.done.left_out:
            sentence = words.left_out_sentence(self.done.left_out, len(self.recorded))
            self.report(Notice(sentence))

    def even(self) -> None:
        """Divide by the light that fell on the field."""
        dark = self.settings.dark_level
        # The few frames take no time to speak of, but whoever stops need not wait for them.
        found = find_light(self._window(), dark, part(self.report, self._share, self._share))
        light = self._whole(found, fill=1.0)
        self.movie = replace(self.movie, frames=EvenFrames(self.movie.frames, light, dark))
        self.done = replace(self.done, light=light)
        for sentence, warns in words.light_sentences(light):
            self.report(Notice(sentence, "warning" if warns else "info"))

    def follow(self) -> None:
        """Move each frame back by the drift of the stage."""
        kept, movie, shape = self.done.kept, self.movie, self._shape()
        blank = {flag.index for flag in self.done.flags if flag.fault == "blank"}
        skipped = [k for k, index in enumerate(kept) if int(index) in blank]
        start = self._share if self._share < 1 else 0.0
        drift = find_drift(self._window(), skipped, part(self.report, start, 1.0))
        self.done = replace(self.done, drift=drift)
        side = min(self._shape())
        for sentence, warns in words.drift_sentences(drift, self.recorded, kept, side):
            self.report(Notice(sentence, "warning" if warns else "info"))
        if not drift.offsets.any():
            return
        everywhere = MaskFrames((), shape, len(movie))
        valid = movie.valid if movie.valid is not None else everywhere
        self.movie = replace(
            movie,
            frames=MovedFrames(movie.frames, drift.offsets, shape),
            valid=MovedFrames(valid, drift.offsets, shape, outside=False),
        )

    def fix(self, mask: TissueMask | None) -> None:
        """Exclude what a single mask does not call tissue, where the specimen now is."""
        if mask is None:
            return
        movie = self.movie
        files = (*movie.files, *mask.files)
        if not mask.moving:
            masks: list[Frames | Mask] = [np.asarray(mask.frames[0]).astype(np.bool_)]
            if movie.valid is not None:
                masks.append(movie.valid)
            valid: Frames = MaskFrames(tuple(masks), self._shape(), len(movie))
            movie = replace(movie, valid=valid)
        self.movie = replace(movie, files=files)

    def _tell_mask(self, mask: TissueMask) -> None:
        ends = (0, len(mask.frames) - 1)
        first, last = (float(np.mean(np.asarray(mask.frames[k]) != 0)) for k in ends)
        path = self.settings.mask or ""
        if max(first, last) == 0:
            raise UserError(
                f"The mask {path} is zero everywhere, so nothing would be measured: what is not "
                "zero is tissue."
            )
        self.report(Notice(words.mask_sentence(path, (first, last), moving=mask.moving)))

    def _shape(self) -> tuple[int, int]:
        x0, y0, x1, y1 = self.movie.extent
        dy, dx = self.movie.pixel_size
        return round((y1 - y0) / dy), round((x1 - x0) / dx)

    def _window(self) -> Movie:
        """Return the part of the movie that is looked at."""
        if self.region is None:
            return self.movie
        x0, y0, x1, y1 = self.region
        return crop_movie(self.movie, self.region, MARGIN * max(x1 - x0, y1 - y0))

    def _whole(self, found: NDArray[Value], *, fill: float | bool) -> NDArray[Value]:
        """Return what was found in the window as a part of the field."""
        shape = self._shape()
        if found.shape == shape:
            return found
        window, (dy, dx) = self._window(), self.movie.pixel_size
        top = round((window.extent[1] - self.movie.extent[1]) / dy)
        left = round((window.extent[0] - self.movie.extent[0]) / dx)
        whole = np.full(shape, fill, dtype=found.dtype)
        whole[top : top + found.shape[0], left : left + found.shape[1]] = found
        return whole

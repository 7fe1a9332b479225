"""A new run that begins where another one stands: "edit a copy"."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from ..errors import UserError
from ..events import STAGES, StageName
from . import files
from .folder import RunFolder
from .layout import FILES, WRITTEN

DENSITY: tuple[StageName, ...] = ("density",)
_ALWAYS = (FILES["settings"], FILES["inputs"], FILES["truth"])


def copy_settings(
    run_path: Path, new_path: Path, keep: Collection[StageName] = DENSITY
) -> RunFolder:
    """Make a new run with the settings and the input of another one.

    Parameters
    ----------
    run_path, new_path
        Folders of the two runs; the new one must not exist.
    keep
        Stages whose results the copy takes over, where the run has them. A stage is kept only with
        all stages before it.

    Returns
    -------
    The new run: "stopped" if it has a result, else "new".

    Raises
    ------
    UserError
        The settings of the run cannot be read, there is something in ``new_path``, or the disk
        refuses; then nothing is left in ``new_path``.
    """
    source = RunFolder.open(run_path)
    source.load_settings()
    if new_path.exists():
        raise UserError(f"{new_path} exists already: choose another name for the copy.")
    kept = _kept(source, keep)
    copy = RunFolder.create(new_path, input=_input_of_copy(source, new_path), argv=())
    try:
        _fill(source, copy, kept)
    except (OSError, UserError) as error:
        shutil.rmtree(new_path, ignore_errors=True)
        if isinstance(error, OSError):
            raise UserError(files.write_sentence(new_path, error)) from None
        raise
    return copy


def _kept(source: RunFolder, keep: Collection[StageName]) -> list[StageName]:
    kept: list[StageName] = []
    for stage in STAGES:
        if stage not in keep or not source.has(stage):
            break
        kept.append(stage)
    return kept


def _fill(source: RunFolder, copy: RunFolder, kept: list[StageName]) -> None:
    own = _own_input(source)
    if own is not None:
        _place(own, copy.path / own.relative_to(source.path))
    # Latest first is the order to delete in; a result is written when all it needs is there.
    results = [name for stage in kept for name in reversed(WRITTEN[stage])]
    for name in (*_ALWAYS, *results):
        if (source.path / name).is_file():
            _place(source.path / name, copy.path / name)
    if kept:
        copy.set_state("stopped")


def _own_input(source: RunFolder) -> Path | None:
    """Return the input if it lies inside the run, such as a layer that was saved there."""
    given = source.info().input
    path = Path(given)
    inside = bool(given) and path.is_absolute() and path.is_relative_to(source.path)
    return path if inside and path != source.path and path.exists() else None


def _input_of_copy(source: RunFolder, new_path: Path) -> str:
    own = _own_input(source)
    return source.info().input if own is None else str(new_path / own.relative_to(source.path))


def _place(source: Path, target: Path) -> None:
    """Copy a file or folder.

    Files of a run are replaced, never changed in place, so two runs may share one on the disk.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link_or_copy)
    else:
        _link_or_copy(source, target)


def _link_or_copy(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)

"""All runs of a user: the folder that holds them, and runs that lie elsewhere."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ..errors import UserError
from ..events import StageName
from . import files
from .copying import DENSITY, copy_settings
from .folder import RunFolder
from .info import MARKER_FILE, read_info, write_info
from .naming import check_name, free_path
from .row import RunRow, Stamp, live_state, read_row, stamp

#: Where a store remembers runs outside of its folder.
ELSEWHERE = "runs-elsewhere.json"


class RunStore:
    """The runs of a user, for a list of them.

    Rows are read from small files, and read again only where those changed.

    Parameters
    ----------
    folder
        Holds one folder a run; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[Path, tuple[Stamp, RunRow]] = {}
        self._listed: tuple[RunRow, ...] | None = None

    def rows(self) -> list[RunRow]:
        """Return all runs, newest first; what is damaged says so in its row."""
        fresh: dict[Path, tuple[Stamp, RunRow]] = {}
        for path, elsewhere in self._paths():
            now = stamp(path)
            old = self._known.get(path)
            row = old[1] if old and old[0] == now else read_row(path, elsewhere=elsewhere)
            fresh[path] = (now, row)
        self._known = fresh
        rows = [replace(row, state=live_state(row.path, row.state)) for _, row in fresh.values()]
        rows.sort(key=lambda row: (row.created.timestamp(), row.name), reverse=True)
        self._listed = tuple(rows)
        return rows

    def changed(self) -> bool:
        """Return whether :meth:`rows` would give something else than it did last; cheap."""
        if self._listed is None:
            return True
        found = {path: stamp(path) for path, _ in self._paths()}
        if found != {path: known for path, (known, _) in self._known.items()}:
            return True
        return any(
            live_state(row.path, self._known[row.path][1].state) != row.state
            for row in self._listed
        )

    def new_path(self, stem: str, now: datetime) -> Path:
        """Return a path for a new run that is not taken, such as growth-2026-11-21-1432.

        Parameters
        ----------
        stem
            What it is about, such as the name of the movie; made safe for any file system.
        """
        return free_path(self.folder, stem, now)

    def rename(self, path: Path, new_name: str) -> Path:
        """Give a run another name and return its new path.

        Raises
        ------
        UserError
            The name cannot be used or is taken, the run is being worked on, or the disk refuses.
        """
        name = check_name(new_name)
        target = path.with_name(name)
        if target == path:
            return path
        # A change of case alone is the same folder on many systems.
        if target.exists() and not target.samefile(path):
            raise UserError(f"There is already a run or file named {name}: choose another name.")
        if live_state(path, read_row(path).state) == "running":
            raise UserError("This run is being worked on: stop it before you rename it.")
        try:
            path.rename(target)
        except OSError as error:
            raise UserError(
                f"The run {path.name} cannot be renamed: {error.strerror or error}."
            ) from None
        _follow_input(path, target)
        others = self._elsewhere()
        if path in others:
            self._remember([target if other == path else other for other in others])
        return target

    def copy_settings(
        self, run_path: Path, new_path: Path, keep: Collection[StageName] = DENSITY
    ) -> RunFolder:
        """Make a new run that begins where another one stands (:mod:`napari_binn.run.copying`)."""
        return copy_settings(run_path, new_path, keep)

    def add(self, path: Path) -> None:
        """Remember a run that lies elsewhere; :class:`UserError` where there is none."""
        path = _absolute(path)
        if path.parent == _absolute(self.folder):
            return
        RunFolder.open(path)
        others = self._elsewhere()
        if path not in others:
            self._remember([*others, path])

    def forget(self, path: Path) -> None:
        """Take a run that lies elsewhere off the list; its folder stays as it is."""
        path = _absolute(path)
        others = self._elsewhere()
        if path in others:
            self._remember([other for other in others if other != path])

    def _paths(self) -> Iterator[tuple[Path, bool]]:
        """Yield each run's folder and whether it lies elsewhere."""
        seen = set()
        for path in self._inside():
            seen.add(path)
            yield path, False
        for path in self._elsewhere():
            if path not in seen:
                yield path, True

    def _inside(self) -> list[Path]:
        try:
            with os.scandir(self.folder) as entries:
                names = sorted(entry.name for entry in entries if entry.is_dir())
        except OSError:
            return []
        folders = (self.folder / name for name in names if not name.startswith("."))
        return [folder for folder in folders if (folder / MARKER_FILE).is_file()]

    def _elsewhere(self) -> list[Path]:
        try:
            listed = files.read_json(self.folder / ELSEWHERE).get("runs")
        except UserError:
            return []
        return [Path(item) for item in listed or () if isinstance(item, str)]

    def _remember(self, paths: list[Path]) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(files.write_sentence(self.folder, error)) from None
        files.write_json(self.folder / ELSEWHERE, {"runs": [str(path) for path in paths]})


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _follow_input(old: Path, new: Path) -> None:
    """Correct the input of a renamed run where it lies inside the run."""
    try:
        info = read_info(new)
        source = Path(info.input)
        if info.input and source.is_absolute() and source.is_relative_to(old):
            write_info(new, replace(info, input=str(new / source.relative_to(old))))
    except UserError:
        return  # a damaged run keeps its sentence under the new name

"""Deleting that can be undone: to the trash of the desktop."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QDir, QFile, QStandardPaths


def move_to_trash(path: Path) -> Path | None:
    """Move a folder or file to the trash and return where it is now.

    Returns
    -------
    The path in the trash (``path`` itself where the system does not tell it), or None where there
    is no trash for it: then nothing was deleted.
    """
    # On Linux Qt makes a trash only within a folder that exists; a new account may lack it.
    QDir().mkpath(
        QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    )
    # The method of an instance: the static one returns other things in PySide6 than in PyQt6.
    file = QFile(str(path))
    if not file.moveToTrash():
        return None
    return Path(file.fileName() or path)

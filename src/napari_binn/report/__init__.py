"""The report: what a run found, in one file that a biologist can mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_binn.run.folder import RunFolder

__all__ = ["write_report"]


def write_report(run: RunFolder) -> Path:
    """Write ``report.html`` (and ``movie.gif``) of a run; see :func:`.build.write_report`."""
    # What draws it is imported only when a report is written: nobody waits for matplotlib before.
    from .build import write_report as write

    return write(run)

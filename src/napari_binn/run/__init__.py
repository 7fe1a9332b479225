"""The run folder: saving, resuming, comparing and sharing what a movie became."""

from .folder import RunFolder
from .info import RunInfo

__all__ = ["RunFolder", "RunInfo"]

"""The report: what a run found, in one file that a biologist can mail."""

from .build import write_report

__all__ = ["write_report"]

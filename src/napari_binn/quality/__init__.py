"""How well the density was measured: what a person looks at before trusting it."""

from __future__ import annotations

from .model import Quality, Remark, Shot

__all__ = ["Quality", "Remark", "Shot"]

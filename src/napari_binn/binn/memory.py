"""An ensemble in parts, where memory does not suffice for all of it at once.

The members of an ensemble share nothing, so computing some after the others gives the same.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from ..errors import UserError
from ..events import Notice, Report, silent

Result = TypeVar("Result")
#: Bytes just below the largest block that moves the C library's thresholds (32 MiB).
_LARGE = 31 << 20
# Not every part of torch has a type of its own for this error: what they say in its place.
_WORDS = ("out of memory", "can't allocate memory", "alloc_failed", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that the memory of the computer or the GPU did not suffice."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _WORDS)


def keep_freed() -> None:
    """Let the C library keep what one step frees for the next.

    glibc gives freed blocks of some size back to the system, which zeroes every page anew when the
    next step asks for them: up to a tenth of a step. Once a large mapped block was freed it keeps
    all that are smaller (mallopt(3), ``M_MMAP_THRESHOLD``). The block itself is never touched, so
    it takes no memory; elsewhere nothing happens.
    """
    torch.empty(_LARGE, dtype=torch.uint8)


class Chunks:
    """How many members are computed at once: all, until the memory does not suffice.

    Then half as many, and again half, also from then on.

    Parameters
    ----------
    members
        Number of members.
    report
        Told when there are fewer.
    """

    def __init__(self, members: int, report: Report = silent) -> None:
        self.size = self._members = members
        self._report = report

    def run(self, compute: Callable[[slice], Result]) -> list[Result]:
        """Return what ``compute`` gives for consecutive slices of the members.

        Raises
        ------
        UserError
            If the memory does not suffice for one.
        """
        results: list[Result] = []
        first = 0
        while first < self._members:
            part = slice(first, min(first + self.size, self._members))
            try:
                results.append(compute(part))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            else:
                first = part.stop
                continue
            # Outside of the handler: the error held on to all that was computed.
            self._halve(part.stop - part.start)
        return results

    def _halve(self, failed: int) -> None:
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if failed == 1:
            raise UserError(
                "The memory does not suffice for one network: lower binn.data_batch, "
                "binn.collocation or binn.width, or use device = cpu if it trains on a GPU."
            )
        self.size = failed // 2
        self._report(
            Notice(
                f"The memory does not suffice for {failed} networks at once: {self.size} are "
                "trained at a time, which takes longer and gives the same.",
                "warning",
            )
        )


def in_chunks(
    members: Sequence[int], run: Callable[[Sequence[int]], Result], report: Report = silent
) -> list[Result]:
    """Return what ``run`` gives for all ``members``, or for parts of them; see :class:`Chunks`."""
    return Chunks(len(members), report).run(lambda part: run(members[part]))

"""An ensemble that does not fit into memory is computed in parts, and the user is told."""

from __future__ import annotations

import platform
import subprocess
import sys

import numpy as np
import pytest
import torch

from napari_binn.binn.memory import Chunks, in_chunks, is_out_of_memory
from napari_binn.errors import UserError
from napari_binn.events import Event, Notice


class Memory:
    """Has room for so many members at once."""

    def __init__(self, room: int) -> None:
        self.room, self.tried = room, list[int]()

    def square(self, members: list[int]) -> list[int]:
        self.tried.append(len(members))
        if len(members) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return [member**2 for member in members]


@pytest.mark.parametrize("room", [1, 2, 3, 7, 8, 100])
def test_parts_give_what_all_at_once_would(room: int) -> None:
    memory, members = Memory(room), list(range(3, 11))
    parts = in_chunks(members, memory.square)
    assert [square for part in parts for square in part] == [member**2 for member in members]
    assert all(len(part) <= room for part in parts)


def test_the_user_is_told_each_time_that_there_is_less_room() -> None:
    told: list[Event] = []
    memory = Memory(3)
    in_chunks(range(16), memory.square, told.append)
    assert memory.tried == [16, 8, 4, 2, 2, 2, 2, 2, 2, 2, 2]
    assert [type(event) for event in told] == [Notice] * 3
    assert "not suffice for 16 networks at once: 8 are" in told[0].text
    in_chunks(range(3), memory.square, told.append)
    assert len(told) == 3


def test_what_was_computed_before_memory_ran_out_is_kept() -> None:
    memory = Memory(4)
    chunks = Chunks(4)
    assert len(chunks.run(lambda part: memory.square([0] * (part.stop - part.start)))) == 1
    memory.room = 2
    chunks = Chunks(8)
    chunks.size = 4
    parts = chunks.run(lambda part: memory.square(list(range(8))[part]))
    assert parts == [[0, 1], [4, 9], [16, 25], [36, 49]]
    assert chunks.size == 2


def test_no_room_for_one_network_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"for one network: lower binn\.data_batch"):
        in_chunks(range(4), Memory(0).square)


def test_other_errors_pass() -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the matrices do not fit together")

    with pytest.raises(RuntimeError, match="do not fit together"):
        in_chunks(range(4), broken)


def test_the_processor_says_it_in_its_own_words() -> None:
    assert is_out_of_memory(MemoryError())
    with pytest.raises(RuntimeError) as torch_says:
        torch.empty(1 << 58)
    assert is_out_of_memory(torch_says.value)
    with pytest.raises(MemoryError) as numpy_says:
        np.empty(1 << 58)
    assert is_out_of_memory(numpy_says.value)
    assert not is_out_of_memory(ValueError("out of memory"))


FAULTS = """
import resource, torch
from napari_binn.binn.memory import keep_freed

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(4 << 20, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

first = faults()
keep_freed()
faults()
print(first, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have other rules")
def test_what_a_step_frees_is_used_again_by_the_next() -> None:
    """In a process of its own, in which nothing else has changed how memory is given back."""
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True)
    first, later = map(int, done.stdout.split())
    assert later < first / 4

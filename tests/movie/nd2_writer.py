"""Writes small ND2 files (version 3.0) as NIS-Elements lays them out, which no library does.

Chunks are named pieces of the file with a map of them at its end; metadata are trees of typed and
named values ("CLX lite").
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_MAGIC = 0x0ABECEDA
_FILE, _MAP, _END = (
    b"ND2 FILE SIGNATURE CHUNK NAME01!",
    b"ND2 FILEMAP SIGNATURE NAME 0001!",
    b"ND2 CHUNK MAP SIGNATURE 0000001!",
)
_IMAGE_NAME = 4072  # bytes: images begin at a page of 4096


def write_nd2(
    path: Path,
    images: np.ndarray,
    *,
    positions: Sequence[str] = (),
    times_ms: Sequence[float] | None = None,
    pixel_um: float = 0.65,
    period_ms: float = 60_000.0,
    slices: int = 1,
    samples: int = 1,
    lost: int = 0,
) -> None:
    """Write a movie.

    Parameters
    ----------
    images
        Shape (T × P × Z, C, Y, X): time is the outermost loop, then positions, then depth.
    positions
        Names of the stage positions.
    times_ms
        When each image was taken, in the order of ``images``.
    samples
        3 for colour images: the channels are those of one.
    lost
        How many of the images at the end are left out, as when an acquisition is stopped.
    """
    count, channels, height, width = images.shape
    frames = count // max(len(positions), 1) // slices
    chunks: dict[bytes, bytes] = {}
    bits = 8 * images.dtype.itemsize
    chunks[b"ImageAttributesLV!"] = _value(
        "SLxImageAttributes",
        {
            "uiWidth": width, "uiWidthBytes": width * channels * images.dtype.itemsize,
            "uiHeight": height, "uiComp": channels, "uiBpcInMemory": bits,
            "uiBpcSignificant": bits, "uiSequenceCount": count - lost, "eCompression": 2,
        },
    )  # fmt: skip
    planes = channels // samples
    chunks[b"ImageMetadataSeqLV|0!"] = _value(
        "SLxPictureMetadata",
        {
            "bCalibrated": pixel_um > 0,
            "dCalibration": float(pixel_um),
            "sPicturePlanes": {
                "uiCount": planes,
                "sPlaneNew": {
                    f"a{i}": {
                        "uiCompCount": samples,
                        "sDescription": f"channel {i}",
                        "pFluorescentProbe": {"m_sName": "GFP"},
                    }
                    for i in range(planes)
                },
            },
        },
    )
    chunks[b"ImageMetadataLV!"] = _value(
        "SLxExperiment", _loops(frames, positions, slices, period_ms)
    )
    if times_ms is not None:
        chunks[b"CustomData|AcqTimesCache!"] = np.asarray(times_ms, dtype="<f8").tobytes()
    for index, image in enumerate(images[: count - lost]):
        pixels = np.moveaxis(image, 0, -1).tobytes()
        chunks[f"ImageDataSeq|{index}!".encode()] = struct.pack("<d", 0.0) + pixels
    _write_chunks(path, chunks)


def _loops(frames: int, positions: Sequence[str], slices: int, period_ms: float) -> dict[str, Any]:
    loops: list[dict[str, Any]] = []
    if frames > 1:
        pars = {"uiCount": frames, "dStart": 0.0, "dPeriod": period_ms, "dDuration": 0.0}
        loops.append({"eType": 1, "uLoopPars": pars})
    if positions:
        points = {
            f"i{i:010}": {"dPosX": float(i), "dPosY": 0.0, "dPosZ": 0.0, "dPosName": name}
            for i, name in enumerate(positions)
        }
        loops.append({"eType": 2, "uLoopPars": {"uiCount": len(positions), "Points": points}})
    if slices > 1:
        pars = {"uiCount": slices, "dZLow": 0.0, "dZHigh": 4.0, "dZStep": 1.0}
        loops.append({"eType": 4, "uLoopPars": pars})
    tree: dict[str, Any] = {}
    for loop in reversed(loops):
        tree = {**loop, **({"ppNextLevelEx": {"i0000000000": tree}} if tree else {})}
    return tree


def _value(name: str, value: Any) -> bytes:
    def headed(kind: int, data: bytes) -> bytes:
        return bytes([kind, len(name) + 1]) + (name + "\0").encode("utf-16-le") + data

    if isinstance(value, Mapping):
        body = b"".join(_value(key, item) for key, item in value.items())
        length = 2 + 2 * (len(name) + 1) + 12 + len(body)
        return headed(11, struct.pack("<IQ", len(value), length) + body + bytes(8 * len(value)))
    if isinstance(value, bool):
        return headed(1, struct.pack("<B", value))
    if isinstance(value, int):
        return headed(3, struct.pack("<I", value))
    if isinstance(value, float):
        return headed(6, struct.pack("<d", value))
    return headed(8, (value + "\0").encode("utf-16-le"))


def _write_chunks(path: Path, chunks: Mapping[bytes, bytes]) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<IIQ32s64s", _MAGIC, 32, 64, _FILE, b"Ver3.0"))
        file.write(bytes(4096 - file.tell()))
        places = b""
        for name, data in chunks.items():
            places += name + struct.pack("<QQ", file.tell(), len(data))
            reserved = _IMAGE_NAME if name.startswith(b"ImageDataSeq|") else len(name) + 20
            file.write(struct.pack("<IIQ", _MAGIC, reserved, len(data)))
            file.write(name.ljust(reserved, b"\0") + data)
        start = file.tell()
        table = places + _END + struct.pack("<Q", start)
        file.write(struct.pack("<IIQ", _MAGIC, len(_MAP), len(table)) + _MAP + table)

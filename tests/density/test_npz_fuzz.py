"""Whatever an npz file holds, it is a density that can be trusted or answered with one sentence."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_binn.density.npz import load_density
from napari_binn.errors import UserError

MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name) / "density.npz"


def good() -> dict[str, Any]:
    return {
        "density": np.random.default_rng(0).random((3, 4, 5)),
        "t": np.arange(3.0),
        "y": np.arange(4.0),
        "x": np.arange(5.0),
    }


def saved(arrays: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def one_sentence(error: UserError, path: Path) -> None:
    """What the user is told names the file, on one line."""
    assert path.name in str(error)
    assert "\n" not in str(error)


def check(path: Path) -> None:
    try:
        density = load_density(path)
    except UserError as error:
        one_sentence(error, path)
        return
    assert density.values.shape == (len(density.t), len(density.y), len(density.x))
    assert np.isfinite(density.values).all()
    assert (density.values >= 0).all()
    assert density.values.max() > 0
    for axis in (density.t, density.y, density.x):
        assert np.isfinite(axis).all()
        assert (np.diff(axis) > 0).all()
    assert density.counts_per_unit is None or density.counts_per_unit > 0
    assert density.mask is None or density.mask.any()


NAMES = st.sampled_from(
    ["density", "t", "y", "x", "mask", "counts_per_bin", "length_unit", "time_unit", "source"]
)
ARRAYS = st.one_of(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.int16, np.bool_, np.complex128]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    ),
    hnp.arrays(np.float64, (3, 4, 5)),
    hnp.arrays(np.float64, st.sampled_from([(3,), (4,), (5,)])),
    hnp.arrays(np.bool_, (4, 5)),
    st.text(max_size=30).map(np.array),
    st.binary(max_size=8).map(np.array),
)


@MANY
@given(changes=st.dictionaries(NAMES, ARRAYS, max_size=4))
@example(changes={"counts_per_bin": np.array(np.nan)})
@example(changes={"density": np.full((3, 4, 5), 1e308)})
@example(changes={"t": np.array([0.0, 5e-324, 1.0])})
def test_any_arrays(path: Path, changes: dict[str, np.ndarray]) -> None:
    path.write_bytes(saved(good() | changes))
    check(path)


@MANY
@given(data=st.data())
def test_damaged_bytes(path: Path, data: st.DataObject) -> None:
    whole = bytearray(saved(good()))
    places = st.integers(0, len(whole) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=6)):
        whole[place] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)) | st.just(len(whole)))])
    check(path)


@MANY
@given(content=st.binary(max_size=300))
def test_any_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    check(path)

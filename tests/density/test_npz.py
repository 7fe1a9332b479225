"""A density in an npz file is read back as it was, and nothing else passes for one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_binn.density.model import Density
from napari_binn.density.npz import load_density, save_density
from napari_binn.errors import UserError

T, Y, X = 3, 5, 6


def arrays(**changes: Any) -> dict[str, Any]:
    values = np.random.default_rng(0).uniform(0, 2, (T, Y, X))
    axes = {"t": np.arange(T) * 0.5, "y": np.arange(Y) * 2.0, "x": np.arange(X) * 3.0}
    changed = {"density": values, **axes, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "density.npz"
    np.savez(path, **arrays(**changes))
    return path


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    mask = np.ones((Y, X), dtype=bool)
    mask[0, :2] = False
    values = np.where(mask, arrays()["density"], 0)
    axes = {name: arrays()[name] for name in "tyx"}
    density = Density(
        values, **axes, length_unit="mm", time_unit="day", density_unit="cells/mm²",
        counts_per_unit=0.009, mask=mask, source="cells.tif", assumptions=("One.", "Two."),
    )  # fmt: skip
    path = tmp_path / "density"
    save_density(path, density)
    loaded = load_density(path)
    for field in dataclasses.fields(Density):
        np.testing.assert_array_equal(getattr(loaded, field.name), getattr(density, field.name))
    plain = dataclasses.replace(density, mask=None, counts_per_unit=None, assumptions=())
    save_density(path, plain)
    assert load_density(path).mask is None
    assert load_density(path).counts_per_unit is None
    assert load_density(path).assumptions == ()


def test_a_covered_share_keeps_its_noise(tmp_path: Path) -> None:
    path = written(
        tmp_path, density=arrays()["density"] / arrays()["density"].max(), patches_per_bin=7.5
    )
    density = load_density(path)
    assert density.patches_per_bin == 7.5
    assert density.counts_per_unit is None
    save_density(tmp_path / "again", density)
    assert load_density(tmp_path / "again").patches_per_bin == 7.5
    bare = density.bare_areas()
    assert bare is not None
    hy, hx = density.spacing
    np.testing.assert_allclose(bare, (1 - density.values).sum(axis=(1, 2)) * hy * hx)
    high = written(tmp_path, density=3 + arrays()["density"], patches_per_bin=7.5)
    with pytest.raises(UserError, match=r"a covered share, from 0 to 1"):
        load_density(high)
    both = written(tmp_path, counts_per_bin=2.0, patches_per_bin=7.5)
    with pytest.raises(UserError, match="both 'counts_per_bin' and 'patches_per_bin'"):
        load_density(both)


def test_the_least_that_a_file_must_hold(tmp_path: Path) -> None:
    density = load_density(written(tmp_path))
    assert (density.length_unit, density.time_unit) == ("pixel", "frame")
    assert (density.density_unit, density.counts_per_unit) == ("a.u.", None)
    assert "does not state its length_unit: it is taken as pixel" in density.assumptions[0]
    assert density.values.dtype == np.float64


def test_units_stay_as_stated(tmp_path: Path) -> None:
    path = written(tmp_path, length_unit="µm", time_unit=np.array(["hours"]), counts_per_bin=[2.5])
    density = load_density(path)
    assert (density.length_unit, density.time_unit) == ("um", "hour")
    assert density.counts_per_unit == 2.5
    assert load_density(path, length_unit="um").length_unit == "um"
    with pytest.raises(UserError, match="length_unit as 'um': leave out the setting"):
        load_density(path, length_unit="mm")


def test_a_model_may_have_units_of_its_own(tmp_path: Path) -> None:
    density = load_density(written(tmp_path, length_unit="L", time_unit=b"tau"))
    assert (density.length_unit, density.time_unit) == ("L", "tau")
    with pytest.raises(UserError, match="is not known"):
        load_density(written(tmp_path, length_unit="a\nlong\nstory"))


def test_units_of_a_silent_file_can_be_given(tmp_path: Path) -> None:
    density = load_density(written(tmp_path), length_unit="mm", time_unit="h")
    assert (density.length_unit, density.time_unit) == ("mm", "hour")
    assert density.assumptions == ()


def test_bins_that_were_not_observed_may_hold_anything(tmp_path: Path) -> None:
    mask = np.ones((Y, X), dtype=np.uint8)
    mask[2, 3] = 0
    values = arrays()["density"]
    values[:, 2, 3] = np.nan
    density = load_density(written(tmp_path, density=values, mask=mask))
    assert density.mask is not None
    assert not density.mask[2, 3]
    assert np.isfinite(density.values).all()


def changed(where: tuple[int, int, int], value: float) -> np.ndarray:
    values = np.ones((T, Y, X))
    values[where] = value
    return values


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"density": changed((1, 2, 3), np.nan)}, r"is nan at \[1, 2, 3\]: it must be finite"),
        ({"density": changed((0, 0, 0), np.inf)}, r"is inf at \[0, 0, 0\]"),
        ({"density": changed((2, 4, 5), -0.5)}, r"is negative \(-0\.5 at \[2, 4, 5\]\)"),
        ({"density": np.zeros((T, Y, X))}, "zero everywhere"),
        ({"density": np.ones((Y, X))}, r"shape \(5, 6\), but t, y, x have the sizes \(3, 5, 6\)"),
        ({"density": np.ones((T, X, Y))}, r"it must be \(T, Y, X\)"),
        ({"density": np.ones((T, Y, X), dtype=complex)}, "'density' .* real numbers"),
        ({"density": np.full((T, Y, X), "a")}, "'density' .* real numbers"),
        ({"density": np.full((T, Y, X), None)}, "Python objects, which are not read"),
        ({"t": None}, "lacks t; needed are density, t, y, x"),
        ({"t": None, "density": None}, "lacks density and t"),
        ({"t": [0, 1, 1]}, "'t' .* has the same value twice"),
        ({"t": [0, 2, 1]}, "'t' .* does not increase"),
        ({"t": [0, 1, np.nan]}, "'t' .* not finite"),
        ({"t": [0.0], "density": np.ones((1, Y, X))}, "one frame only"),
        ({"x": np.arange(X)[::-1]}, "'x' .* does not increase"),
        ({"x": np.arange(X) ** 2}, "along x .* not evenly spaced"),
        ({"y": [0, 1, 2], "density": np.ones((T, 3, X))}, "6 × 3 bins: at least 4 × 4"),
        ({"y": np.ones((Y, X))}, "sizes"),
        ({"counts_per_bin": 0.0}, "'counts_per_bin' .* one positive number"),
        ({"counts_per_bin": [1.0, 2.0]}, "'counts_per_bin' .* one positive number"),
        ({"counts_per_bin": "ten"}, "'counts_per_bin' .* one positive number"),
        ({"mask": np.ones((X, Y), dtype=bool)}, r"mask .* shape \(Y, X\)"),
        ({"mask": np.zeros((Y, X), dtype=bool)}, "leaves no bin"),
        ({"length_unit": 3}, "'length_unit' .* must be a piece of text"),
        ({"length_unit": ["mm", "um"]}, "'length_unit' .* must be a piece of text"),
    ],
)
def test_what_is_not_a_density_is_told(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        load_density(written(tmp_path, **changes))


def test_files_that_are_damaged_or_something_else(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="is not an npz file, or is incomplete"):
        load_density(path)
    path.write_bytes(data[:200] + bytes(100) + data[300:])
    with pytest.raises(UserError, match="is damaged or not an npz file"):
        load_density(path)
    np.save(path.with_suffix(".npy"), np.ones(3))
    with pytest.raises(UserError, match="not an npz file"):
        load_density(path.with_suffix(".npy"))
    with pytest.raises(UserError, match="There is no file"):
        load_density(tmp_path / "nothing.npz")


def test_a_large_density_stays_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = load_density(written(tmp_path))
    monkeypatch.setattr("napari_binn.density.npz.LARGE", small.values.nbytes)
    monkeypatch.setattr("napari_binn.density.mapped.LARGE", small.values.nbytes)
    path = tmp_path / "large.npz"
    save_density(path, small)
    large = load_density(path)
    assert isinstance(large.values.base, np.memmap)
    assert not large.values.flags.writeable
    np.testing.assert_array_equal(large.values, small.values)
    np.savez_compressed(path, **arrays())
    assert not isinstance(load_density(path).values.base, np.memmap)
    np.savez(path, **arrays(density=np.asfortranarray(small.values)))
    np.testing.assert_array_equal(load_density(path).values, small.values)
    np.savez(path, **arrays(density=np.full((T, Y, X), None)))
    with pytest.raises(UserError, match="Python objects, which are not read"):
        load_density(path)


def test_a_large_density_is_checked_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_binn.density.mapped.LARGE", 1)
    values = changed((2, 1, 0), -1.0)
    with pytest.raises(UserError, match=r"is negative \(-1 at \[2, 1, 0\]\)"):
        load_density(written(tmp_path, density=values))
    mask = values[0] > 0
    mask[1, 0] = False
    masked = load_density(written(tmp_path, density=values, mask=mask))
    assert masked.values.min() == 0


def test_a_failed_write_is_for_the_caller_to_explain(tmp_path: Path) -> None:
    density = load_density(written(tmp_path))
    with pytest.raises(OSError, match="No such file"):
        save_density(tmp_path / "nowhere" / "density.npz", density)

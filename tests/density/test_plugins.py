"""Another package's method is a method like ours; what is wrong with it is said in a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from napari_binn.density import plugins
from napari_binn.density.measure import measure_density
from napari_binn.density.methods import methods_for
from napari_binn.density.preview import Previewer
from napari_binn.errors import UserError
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.settings import DensitySettings

_CODE = '''
"""Methods of another package."""
import numpy as np
from napari_binn.density.method import Looked, MethodInfo


class Bright:
    info = MethodInfo("any", "Bright pixels", "Each bright pixel is a cell.", ("image",), "cells")

    def look(self, sight, indices, settings):
        least = settings.options.get("least", 100)
        def measure(index):
            rows, columns = np.nonzero(sight.pixels(index) > least)
            return np.stack([columns + 0.5, rows + 0.5], axis=1)
        return Looked(measure, notes=(f"Pixels above {least}.",))


class Share:
    info = MethodInfo("any", "Share", "The share of bright pixels.", ("image",), "fraction")

    def look(self, sight, indices, settings):
        return Looked(lambda index: sight.pixels(index) > 100.0, patch=16.0)


class Clumsy(Bright):
    def look(self, sight, indices, settings):
        return Looked(lambda index: np.zeros((3, 3)))


class Failing(Bright):
    def look(self, sight, indices, settings):
        raise RuntimeError("no\\nidea")


nothing = 3
'''
_NAMES = {
    "bright": "Bright",
    "share": "Share",
    "clumsy": "Clumsy",
    "failing": "Failing",
    "nothing": "nothing",
    "absent": "Absent",
    "nuclei": "Bright",
}


_DOCS = Path(__file__).parents[2] / "docs" / "methods.md"
_EXAMPLE = _DOCS.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package, as pip leaves it: a module and the metadata of a distribution."""
    (tmp_path / "other_methods.py").write_text(_CODE)
    (tmp_path / "docs_example.py").write_text(_EXAMPLE)
    info = tmp_path / "other_methods-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-methods\nVersion: 1.0\n")
    lines = [f"{name} = other_methods:{thing}" for name, thing in _NAMES.items()]
    lines.append("missing = no_such_module:Thing")
    lines.append("example = docs_example:BrightPixels")
    (info / "entry_points.txt").write_text("\n".join([f"[{plugins.GROUP}]", *lines, ""]))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "other_methods", raising=False)
    plugins._loaded.cache_clear()


@pytest.fixture
def movie() -> Movie:
    frames = np.zeros((3, 40, 60))
    frames[:, ::4, ::3] = 150.0
    frames[:, 20, 31] = 90.0
    return Movie(
        "image", MemoryFrames(frames), np.arange(3.0), "hour", "um", (1.0, 1.0),
        (0.0, 0.0, 60.0, 40.0), "cells.tif",
    )  # fmt: skip


def test_a_method_of_another_package_counts(movie: Movie) -> None:
    settings = DensitySettings(method="bright", bins=(6, 4))
    density = measure_density(movie, settings)
    np.testing.assert_allclose(density.totals(), 200)
    assert "Pixels above 100." in density.assumptions
    shown = Previewer(movie).preview(settings, 1)
    np.testing.assert_array_equal(shown.values, density.values[1])
    assert shown.method == "bright"


def test_it_is_told_its_own_options(movie: Movie) -> None:
    settings = DensitySettings(method="bright", bins=(6, 4), options={"least": 80})
    np.testing.assert_allclose(measure_density(movie, settings).totals(), 201)


def test_a_covered_share_of_another_package(movie: Movie) -> None:
    density = measure_density(movie, DensitySettings(method="share", bins=(6, 4)))
    assert density.density_unit == "area fraction"
    assert density.values[0].mean() == pytest.approx(200 / 2400)
    assert density.patches_per_bin == pytest.approx(100 / 16)


def test_the_example_of_the_documentation_works(movie: Movie) -> None:
    settings = DensitySettings(method="example", bins=(6, 4), options={"level": 80})
    density = measure_density(movie, settings)
    assert density.values[0].mean() == pytest.approx(201 / 2400)
    assert "Bright: above 80." in density.assumptions


def test_it_is_offered_after_ours() -> None:
    keys = [info.key for info in methods_for("image")]
    assert keys[:2] == ["nuclei", "confluence"]
    assert {"bright", "share"} <= set(keys[4:])
    assert not {"nothing", "absent", "missing"} & set(keys)
    assert keys.count("nuclei") == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("clumsy", r"'clumsy' of the package other-methods .* shape \(N, 2\)"),
        ("failing", r"RuntimeError: no idea"),
        ("nothing", r"'nothing' of the package other-methods does not work \(TypeError"),
        ("absent", r"AttributeError"),
        ("missing", r"ModuleNotFoundError: No module named 'no_such_module'"),
        ("brigth", r"no density method 'brigth' \(did you mean 'bright'\?\)"),
    ],
)
def test_what_is_wrong_is_a_sentence(movie: Movie, name: str, sentence: str) -> None:
    settings = DensitySettings(method=name, bins=(6, 4))
    for act in (
        lambda: measure_density(movie, settings),
        lambda: Previewer(movie).preview(settings, 0),
    ):
        with pytest.raises(UserError, match=sentence) as told:
            act()
        assert "\n" not in str(told.value)


def test_settings_know_a_method_that_is_not_installed() -> None:
    """A run of it can be looked at; only measuring needs the package."""
    assert DensitySettings(method="gone").method == "gone"

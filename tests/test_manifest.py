"""What napari is told about the plugin is true."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from npe2 import PluginManifest

import napari_binn

FILE = Path(napari_binn.__file__).with_name("napari.yaml")


@pytest.fixture
def manifest() -> PluginManifest:
    return PluginManifest.from_file(FILE)


def test_napari_finds_the_manifest_through_the_entry_point() -> None:
    (entry,) = [e for e in entry_points(group="napari.manifest") if e.name == "napari-binn"]
    package, _, name = entry.value.partition(":")
    assert Path(__import__(package).__file__ or "").with_name(name) == FILE


def test_every_command_can_be_imported(manifest: PluginManifest) -> None:
    manifest.validate_imports()


def test_every_phantom_is_a_sample(manifest: PluginManifest) -> None:
    from napari_binn import phantom

    samples = {s.key: s.display_name for s in manifest.contributions.sample_data or ()}
    assert samples == {name: phantom.get(name).title for name in phantom.names()}


def test_the_manifest_at_the_top_of_the_repository_is_the_same() -> None:
    top = Path(__file__).parents[1] / "napari.yaml"
    if not top.exists():
        pytest.skip("not in a checkout of the repository")
    assert top.resolve() == FILE.resolve()

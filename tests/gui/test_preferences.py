"""Preferences: those of napari's page, else the defaults, and never a crash over a typing error."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from npe2 import PluginManifest

import napari_binn
from napari_binn.gui.preferences import GROUP, PLUGIN, Preferences, load_preferences

if TYPE_CHECKING:
    import napari

MANIFEST = PluginManifest.from_file(Path(napari_binn.__file__).with_name("napari.yaml"))


@pytest.fixture
def page(npe2pm: Any, plugin_settings: None) -> Iterator[Any]:
    """What napari keeps for the page of the plugin; a file in a temporary folder."""
    from napari.settings import get_plugin_settings

    with npe2pm.tmp_plugin(manifest=MANIFEST):
        yield getattr(get_plugin_settings(PLUGIN), GROUP)


def test_without_napari_or_its_page_there_are_defaults() -> None:
    assert load_preferences(lambda: None) == Preferences()
    assert Preferences().runs_folder == Path.home() / "napari-binn-runs"


@pytest.mark.usefixtures("npe2pm", "plugin_settings")
def test_without_the_plugin_in_napari_there_are_defaults() -> None:
    assert load_preferences() == Preferences()


def test_the_page_has_the_same_defaults(page: Any) -> None:
    assert load_preferences() == Preferences()


def test_what_is_chosen_on_the_page_counts(page: Any, tmp_path: Path) -> None:
    page.device = "cpu"
    page.threads = 3
    page.runs_folder = str(tmp_path)
    page.plot_rate = 2.5
    assert load_preferences() == Preferences("cpu", tmp_path, 3, 2.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("device", "gpu"), ("threads", -1), ("plot_rate", 0.5), ("plot_rate", 11.0)],
)
def test_the_page_refuses_what_makes_no_sense(page: Any, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        setattr(page, name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("device", "gpu"),
        ("threads", -2),
        ("threads", "many"),
        ("plot_rate", float("nan")),
        ("plot_rate", 100.0),
        ("runs_folder", " "),
        ("runs_folder", "runs"),
        ("runs_folder", __file__),
    ],
)
def test_a_bad_value_is_told_and_the_default_is_used(name: str, value: Any) -> None:
    with pytest.warns(UserWarning, match=f"'{name}' of napari-binn cannot be used"):
        assert load_preferences(lambda: SimpleNamespace(**{name: value})) == Preferences()


def test_the_folder_may_be_below_the_users_own_and_need_not_exist(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mine = load_preferences(lambda: SimpleNamespace(runs_folder="~/movies/runs"))
        new = load_preferences(lambda: SimpleNamespace(runs_folder=tmp_path / "new"))
    assert mine.runs_folder == Path.home() / "movies" / "runs"
    assert new.runs_folder == tmp_path / "new"


@pytest.mark.gui
def test_naparis_preferences_have_a_page(
    make_napari_viewer: Callable[[], napari.Viewer], page: Any
) -> None:
    from napari._qt.dialogs.preferences_dialog import PreferencesDialog
    from qtpy.QtWidgets import QLabel

    viewer = make_napari_viewer()
    dialog = PreferencesDialog(viewer.window._qt_window)
    pages = [dialog._list.item(row).text() for row in range(dialog._list.count())]
    row = pages.index(MANIFEST.display_name)
    labels = {label.text() for label in dialog._stack.widget(row).findChildren(QLabel)}
    assert "Folder of runs" in labels
    dialog.close()

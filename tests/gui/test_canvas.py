"""What a session shows among the viewer's layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_binn.engine.protocol import Finished, Simulate, Surface
from napari_binn.gui.replays import DRAFT, Replay
from napari_binn.gui.session import Session
from napari_binn.run.folder import RunFolder
from tests.example_run import make_example, save_example
from tests.gui.rooms import ScriptedRoom

pytestmark = pytest.mark.gui


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return save_example(tmp_path / "one", make_example())


def layer(session: Session, role: str) -> object:
    found = [x for x in session.viewer.layers if x.metadata.get("role") == role]
    assert len(found) == 1, role
    return found[0]


def test_a_finished_run_is_shown_side_by_side_with_its_formula(
    session: Session, run: RunFolder
) -> None:
    session.show_run(run.path)
    assert [x.name for x in session.viewer.layers] == ["observed", "simulated", "residual"]
    assert session.canvas.mode == "grid"
    assert session.viewer.canvas.grid.enabled
    assert "∂u/∂t" in session.viewer.canvas.overlays.text.text


def test_observed_and_simulated_can_be_blended_and_put_back(
    session: Session, run: RunFolder
) -> None:
    session.show_run(run.path)
    before = layer(session, "observed").colormap.name
    session.canvas.set_mode("blended")
    assert layer(session, "observed").blending == "additive"
    assert not layer(session, "residual").visible
    session.canvas.set_mode("single")
    assert layer(session, "observed").colormap.name == before
    assert not session.viewer.canvas.grid.enabled


def test_the_formula_can_be_taken_off_the_canvas(session: Session, run: RunFolder) -> None:
    session.show_run(run.path)
    session.canvas.show_formula(False)
    assert not session.viewer.canvas.overlays.text.visible
    session.canvas.show_formula(True)
    assert session.viewer.canvas.overlays.text.visible


def test_another_run_takes_the_layers_over(
    session: Session, run: RunFolder, tmp_path: Path
) -> None:
    other = save_example(tmp_path / "two", make_example(seed=1))
    session.show_run(run.path)
    layer(session, "observed").name = "my favourite"
    session.show_run(other.path)
    assert len(session.viewer.layers) == 3
    shown = layer(session, "observed")
    assert shown.name == "my favourite"
    np.testing.assert_allclose(shown.data, other.load_density().values, rtol=1e-5)


def test_what_another_run_does_not_have_is_not_left_standing(
    session: Session, run: RunFolder, tmp_path: Path
) -> None:
    unfinished = save_example(tmp_path / "two", make_example(seed=1), parts=("learn",))
    session.show_run(run.path)
    session.show_run(unfinished.path)
    assert layer(session, "observed").visible
    assert not layer(session, "simulated").visible
    assert session.canvas.mode == "single"
    assert not session.viewer.canvas.overlays.text.visible
    session.show_run(run.path)
    assert layer(session, "simulated").visible


def test_an_edited_formula_changes_the_simulated_layer(
    session: Session, room: ScriptedRoom, run: RunFolder
) -> None:
    session.show_run(run.path)
    before = np.array(layer(session, "simulated").data)
    session.replays.ask(Replay(DRAFT, "0.02", "1.0*(1 - u)"))
    (request,) = room.requests
    assert isinstance(request, Simulate)
    assert (request.D, request.G) == ("0.02", "1.0*(1 - u)")
    np.savez(request.out, values=run.load_density().values * 0.5)
    room.say(Finished({"metrics": {"count_error_percent": 50.0}}))
    after = layer(session, "simulated").data
    np.testing.assert_allclose(after, run.load_density().values * 0.5, rtol=1e-5)
    assert not np.allclose(before, after)
    assert not Path(request.out).exists()


def test_the_fitted_surface_comes_while_it_is_learned_and_goes_afterwards(
    session: Session, room: ScriptedRoom, run: RunFolder, tmp_path: Path
) -> None:
    session.show_run(run.path)
    path = tmp_path / "surface.npy"
    np.save(path, np.ones(run.load_density().shape, dtype=np.float32))
    room.say(Surface(10, str(path)))
    assert layer(session, "fitted").visible
    room.say(Surface(20, str(tmp_path / "gone.npy")))  # the training has just ended
    session.stage_done.emit("learn")
    assert not layer(session, "fitted").visible


def test_a_layer_that_the_user_removed_comes_back_with_new_data_only(
    session: Session, run: RunFolder
) -> None:
    session.show_run(run.path)
    session.canvas.set_mode("single")
    session.viewer.layers.remove(layer(session, "observed"))
    assert session.canvas.frame() is None
    assert session.canvas.along_line(run.load_density().values[0]) is None
    session.canvas.draw_line()  # nothing to draw on: nothing happens
    session.show_run(run.path)
    assert layer(session, "observed").visible


def test_the_slider_says_which_frame_is_compared(session: Session, run: RunFolder) -> None:
    session.show_run(run.path)
    session.viewer.dims.set_current_step(0, 3)
    assert session.canvas.frame() == 3


def test_the_density_along_a_drawn_line(session: Session, run: RunFolder) -> None:
    session.show_run(run.path)
    density = run.load_density()
    assert session.canvas.along_line(density.values[0]) is None
    told = []
    session.canvas.line_changed.connect(lambda: told.append(True))
    session.canvas.draw_line()
    line = session.viewer.layers.selection.active
    assert line.mode == "add_line"
    nx = density.shape[2]
    line.add_lines([[0, 0], [0, nx - 1]])
    assert told
    distance, values = session.canvas.along_line(density.values[0])
    assert distance[-1] == pytest.approx((nx - 1) * density.spacing[1])
    assert values[0] == pytest.approx(density.values[0, 0, 0])
    assert values[-1] == pytest.approx(density.values[0, 0, -1])


def test_a_damaged_run_is_said_and_shows_what_it_can(session: Session, run: RunFolder) -> None:
    said: list[str] = []
    session.problem.connect(lambda sentence, _: said.append(sentence))
    (run.path / "equations.json").write_text("{")
    session.show_run(run.path)
    assert any("equations.json" in sentence for sentence in said)
    assert layer(session, "observed").visible


def test_a_run_of_another_movie_is_shown_in_the_units_of_the_viewer(
    session: Session, run: RunFolder
) -> None:
    session.viewer.open_sample("napari-binn", "growth")
    session.show_run(run.path)
    shown = layer(session, "observed")
    assert [str(unit) for unit in shown.units] == ["hour", "micrometer", "micrometer"]
    hy, hx = run.load_density().spacing
    np.testing.assert_allclose(shown.scale[1:], (1e3 * hy, 1e3 * hx))
    np.testing.assert_allclose(shown.scale[0], 24 * np.diff(run.load_density().t)[0])

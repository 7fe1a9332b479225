"""What a user does inside napari, from a movie to a formula and back another day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.example_run import make_example, save_example
from tests.gui.workflow import (
    ENDLESS,
    QUICK,
    Workbench,
    add_cells,
    counted_inside,
    edges,
)

pytestmark = [pytest.mark.gui, pytest.mark.usefixtures("nothing_left")]
PLUGIN_TITLE = "BINN"


def test_six_clicks_lead_from_the_menu_to_a_formula_on_the_sample(bench: Workbench) -> None:
    bench.click_menu("Plugins", PLUGIN_TITLE, f"Discover equation ({PLUGIN_TITLE})")
    menu_clicks = bench.clicks
    session = bench.open()
    bench.click(bench.discover.movie.sample)
    bench.click(bench.discover.discover)
    assert bench.clicks == menu_clicks + 2 <= 6
    bench.until(lambda: session.facts().busy)
    bench.until_idle()

    assert not bench.problems
    assert {kind for kind, _ in bench.statuses.values()} == {"ready"}, bench.statuses
    assert bench.discover.equation.table.model().rowCount() > 0
    movie = bench.viewer.layers[0]
    for role in ("observed", "simulated", "residual"):
        layer = bench.layer(role)
        assert layer is not None
        np.testing.assert_allclose(edges(layer), edges(movie), atol=1e-6)
    formula = bench.viewer.canvas.overlays.text
    assert formula.visible
    assert "∂u/∂t" in formula.text
    panel = bench.curves.panel
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == "Equation"
    assert panel.pareto.key == 0
    (row,) = session.store.rows()
    assert row.state == "done"
    assert [shown.path for shown in bench.runs.panel.table.model().sourceModel().runs] == [row.path]


def test_every_menu_opens_the_same_dock(bench: Workbench) -> None:
    from napari_binn.gui.commands import discover_equation, show_runs

    for name in ("Discover equation", "Runs"):
        bench.click_menu("Plugins", PLUGIN_TITLE, f"{name} ({PLUGIN_TITLE})")
    layer = add_cells(bench.viewer)
    discover_equation(bench.viewer)
    show_runs(bench.viewer)
    bench.settle()
    names = [name.partition(" (")[0] for name in bench.viewer.window.dock_widgets]
    assert sorted(names) == ["Curves", "Discover equation", "Runs"]
    assert bench.session.source is not None
    assert bench.session.source.name == layer.name


def test_learning_pauses_resumes_and_stops_and_goes_on_from_there(bench: Workbench) -> None:
    add_cells(bench.viewer)
    session = bench.open(binn={"steps": 800})
    learn = bench.discover.learn
    bench.learn()
    bench.click(learn.pause)
    bench.until(lambda: session.room.paused)
    assert bench.statuses["learn"][0] == "running"
    assert bench.statuses["learn"][1].startswith("paused")
    stood_at = bench.progress
    bench.settle(600)
    assert bench.progress == stood_at

    bench.click(learn.resume)
    bench.until_learning(beyond=max(stood_at, 0.06))  # states worth being kept: every 50 steps
    bench.click(learn.stop)
    bench.until_idle()
    assert not session.room.forced
    run = session.run
    assert run is not None
    assert run.state() == "stopped"
    assert bench.statuses["learn"] == ("todo", "stopped midway: resume it")
    assert bench.discover.learn.learn.isEnabled()

    begins: list[float] = []
    session.reported.connect(
        lambda event: begins.append(bench.progress) if session.progress is event else None
    )
    bench.click(learn.resume)
    bench.until_idle()
    assert begins[0] > 0.03
    assert session.run == run
    assert bench.statuses["learn"][0] == "ready"
    assert len(session.store.rows()) == 1
    assert not bench.problems


def test_the_recipe_of_the_paper_learns_and_is_judged_like_any_other(bench: Workbench) -> None:
    add_cells(bench.viewer)
    session = bench.open(binn={"patience": 5})
    bench.step("learn")
    learn = bench.discover.learn
    bench.choose(learn.recipe, "paper")
    assert session.settings().binn.recipe == "paper"
    labels: list[str] = []
    session.reported.connect(lambda _: labels.append(bench.curves.panel.losses.canvas.label))
    bench.click(learn.learn)
    bench.until(lambda: session.busy)
    bench.until_idle()

    assert session.facts().done == {"density", "learn"}
    assert any("of at least" in label for label in labels)
    assert learn.recipe.currentText() == "As in the paper"
    assert {"estimate", "networks"} <= set(bench.curves.panel.D.canvas.legend.labels)
    assert learn.findings.rows()
    assert bench.curves.panel.checks.message == ""
    assert not bench.problems


def test_stopping_keeps_the_stages_that_are_finished(bench: Workbench) -> None:
    add_cells(bench.viewer)
    session = bench.open(equations={"engine": "operon", "seconds": 60.0})
    bench.click(bench.discover.discover)
    bench.click(bench.discover.stop)  # the density has not been measured yet
    bench.until_idle()
    assert "learn" not in session.facts().done

    bench.click(bench.discover.discover)
    bench.until(lambda: session.facts().running == "discover")
    bench.settle(300)
    bench.click(bench.discover.equation.stop_button)
    bench.until_idle()
    run = session.run
    assert run is not None
    assert run.state() == "stopped"
    assert session.facts().done == {"density", "learn"}
    assert bench.statuses["learn"][0] == "ready"
    assert bench.statuses["equation"][0] == "todo"

    session.choose({"equations": {"engine": "library"}}, told=True)
    bench.click(bench.discover.equation.find_button)
    bench.until_idle()
    assert session.run == run
    assert session.facts().done == {"density", "learn", "discover"}
    # Formulas that were searched alone are simulated all the same.
    assert session.replays.selected is not None
    assert session.replays.selected.values is not None
    assert not bench.problems


def test_the_movie_may_be_renamed_and_removed_while_the_network_learns(bench: Workbench) -> None:
    movie = add_cells(bench.viewer)
    session = bench.open(binn={"steps": 400})
    bench.learn()
    movie.name = "wound"
    chooser = bench.discover.movie.layer
    bench.until(lambda: chooser.currentData() == "wound")
    bench.remove(movie)
    bench.until(lambda: session.source is None)
    assert bench.statuses["movie"] == ("todo", "choose a layer, or try the sample")
    assert session.facts().running == "learn"
    bench.until_idle()
    run = session.run
    assert run is not None
    assert run.has("learn")
    assert bench.layer("observed") is not None

    # The run is what is left of the movie: opened again, it can be worked with.
    bench.click_row(bench.runs.panel.table, 0)
    bench.until(lambda: session.source is not None)
    assert bench.statuses["movie"] == ("ready", f"that of the run {run.path.name}")
    assert session.facts().done == {"density", "learn"}
    assert bench.layer("observed") is not None
    assert not bench.problems


def test_a_dock_may_be_closed_and_opened_again_while_the_network_learns(bench: Workbench) -> None:
    movie = add_cells(bench.viewer)
    session = bench.open(binn={"steps": 400})
    bench.learn()
    for dock in (bench.discover, bench.curves):
        bench.viewer.window.remove_dock_widget(dock)
        dock.deleteLater()
        del dock
    bench.settle(300)
    movie.name = "wound"
    assert bench.discover.session is session
    bench.until(lambda: bench.statuses["learn"][0] == "running")
    bench.until_idle()
    assert session.facts().done == {"density", "learn"}
    assert bench.statuses["learn"][0] == "ready"
    assert not bench.problems


def test_another_movie_chosen_meanwhile_gets_a_run_of_its_own(bench: Workbench) -> None:
    add_cells(bench.viewer, "second", seed=1)
    add_cells(bench.viewer, "first")
    session = bench.open(binn={"steps": 400})
    assert session.source is not None
    assert session.source.name == "first"
    bench.learn()
    first = session.run
    bench.step("movie")
    bench.choose(bench.discover.movie.layer, "second")
    assert session.source.name == "second"
    assert session.facts().running == "learn"
    bench.until_idle()
    assert first is not None
    assert session.run == first
    assert first.has("learn")
    # What is shown belongs to the movie before, and says so.
    assert bench.statuses["density"][0] == "todo"
    assert "of other settings" in bench.statuses["density"][1]
    assert bench.layer("observed") is not None
    before = first.load_density()

    bench.learn()
    bench.click(bench.discover.learn.stop)
    bench.until_idle()
    second = session.run
    assert second is not None
    assert {path.name.partition("-")[0] for path in (first.path, second.path)} == {
        "first",
        "second",
    }
    assert not np.array_equal(before.values, second.load_density().values)
    np.testing.assert_array_equal(before.values, first.load_density().values)
    assert not bench.problems


@pytest.mark.parametrize("own_layer", [False, True], ids=["our layer", "a layer of the user's"])
def test_the_region_is_where_it_was_drawn(bench: Workbench, own_layer: bool) -> None:
    """A turned and shifted movie of 2 µm pixels; the rectangle is drawn in the world."""
    movie = add_cells(bench.viewer)
    movie.data = movie.data * (1, 0.5, 0.5)
    movie.scale = (*movie.scale[:1], 2.0, 2.0)
    movie.rotate = turned = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    movie.translate = (*movie.translate[:1], 300.0, -200.0)
    session = bench.open()
    corners = np.array([[40, 60], [40, 300], [200, 300], [200, 60]])  # 2 × 2 µm pixels, y and x
    drawn = corners * 2 @ turned[1:, 1:].T + (300.0, -200.0)
    if own_layer:
        shapes = bench.viewer.add_shapes(
            [drawn / (0.1, 0.2)], shape_type="polygon", scale=(0.1, 0.2), units=("um", "um")
        )
        bench.step("density")
        bench.choose(bench.discover.density.regions.layers, shapes.name)
    else:
        bench.step("density")
        bench.click(bench.discover.density.regions.tools["rectangle"])
        (shapes,) = session.region_layers.values()
        assert bench.viewer.layers.selection.active is shapes
        shapes.add_polygons([[shapes.world_to_data(corner) for corner in drawn]])
    bench.until(lambda: bench.discover.density.regions.text() == "1 region")
    bench.step("density")
    bench.click(bench.discover.density.measure)
    bench.until(lambda: session.facts().busy)
    bench.until_idle()

    density = session.results and session.results.density
    assert density is not None, bench.problems
    assert density.shape[1:] == (4, 6)
    world = np.array([movie.data_to_world(point) for point in movie.data])
    inside = counted_inside(world[:, 1:], drawn)
    frames = np.rint(movie.data[:, 0]).astype(int)
    counted = np.bincount(frames[inside], minlength=7)
    assert counted.min() > 10
    np.testing.assert_allclose(density.totals(), counted, rtol=1e-9)
    observed = bench.layer("observed")
    assert observed is not None
    centre = np.array(observed.data_to_world((0, 1.5, 2.5)))[1:]
    np.testing.assert_allclose(centre, drawn.mean(axis=0), atol=1e-3)

    bench.remove(shapes)
    bench.until(lambda: bench.discover.density.regions.text() == "whole field")
    assert not session.choices()["density"].get("include")
    assert not bench.problems


def test_the_formula_can_be_changed_and_the_simulation_follows(
    bench: Workbench, tmp_path: Path
) -> None:
    run = save_example(tmp_path / "runs" / "front", make_example())
    session = bench.open()
    bench.click_row(bench.runs.panel.table, 0)
    bench.until(lambda: session.run == run)
    step = bench.discover.equation
    simulated = bench.layer("simulated")
    assert simulated is not None
    pictures = [np.array(simulated.data)]

    def simulate_by(act: Callable[[], None]) -> None:
        act()
        bench.until(lambda: session.replays.busy, timeout=5000)
        bench.until_idle()
        assert session.replays.selected is not None
        assert not session.replays.selected.problem
        assert all(not np.array_equal(simulated.data, other) for other in pictures)
        pictures.append(np.array(simulated.data))

    bench.step("equation")
    observed = bench.layer("observed")
    assert observed is not None
    rows = step.table.model().rowCount()
    assert rows == 3
    simulate_by(lambda: bench.click_equation(1))
    assert "%" in step.status.text()
    bench.remove(observed)

    spin = step.equation.constants._spins[0]
    simulate_by(lambda: bench.type(spin, f"{2 * spin.value():.6g}", enter=True))
    assert session.replays.selected is not None
    assert session.replays.selected.key == -1
    bench.click(step.equation.keep_button)
    bench.until(lambda: step.table.model().rowCount() == rows + 1)
    kept = session.replays.selected.D

    bench.type(step.own.D, "0.004 + ")
    assert step.own.problem_label.isVisible()
    assert step.own.problem_label.text()
    assert not step.own.button.isEnabled()
    bench.type(step.own.D, "0.02")
    bench.type(step.own.G, "0.3*(1 - u)")
    assert not step.own.problem_label.isVisible()
    simulate_by(lambda: bench.click(step.own.button))
    assert bench.layer("observed") is None  # a layer that was removed stays away
    # A formula that reads well and cannot be simulated gets a sentence, too.
    bench.type(step.own.G, "1/(u - 0.5)")
    assert "pole" in step.own.problem_label.text()
    assert not step.own.button.isEnabled()
    # Letters are unknown and would be fitted, but no law can make this movie of an example.
    bench.type(step.own.D, "D0")
    bench.type(step.own.G, "r*(1 - u)")
    bench.click(step.own.fit_button)
    bench.until(lambda: "cannot be fitted" in step.status.text(), timeout=60_000)
    assert step.table.model().rowCount() == rows + 1
    assert not bench.problems

    another = bench.restarted()
    session = another.open()
    another.click_row(another.runs.panel.table, 0)
    another.until(lambda: another.discover.equation.table.model().rowCount() == rows + 1)
    own = session.replays.candidates()[-1]
    assert own.D.text == kept
    assert own.D.source == "user"

    another.step("equation")
    mine = another.discover.equation
    another.click_equation(rows)
    another.until_idle()
    another.until(mine.equation.remove_button.isVisible)
    another.click(mine.equation.remove_button)
    another.until(lambda: mine.table.model().rowCount() == rows, timeout=60_000)
    another.until_idle()
    assert not run.load_own_equations()
    assert not another.problems


def test_a_run_is_found_again_copied_and_never_overwritten(
    bench: Workbench, tmp_path: Path
) -> None:
    run = save_example(tmp_path / "runs" / "front", make_example())
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    session = bench.open()
    bench.click_row(bench.runs.panel.table, 0)
    bench.until(lambda: session.run == run)
    for role in ("observed", "simulated", "residual"):
        assert bench.layer(role) is not None
    assert bench.curves.panel.pareto.key == 0
    assert bench.viewer.canvas.overlays.text.visible
    assert {kind for kind, _ in bench.statuses.values()} == {"ready"}
    assert not bench.discover.discover.isEnabled()

    bench.step("equation")
    bench.click_equation(2)
    bench.until(lambda: session.replays.busy, timeout=5000)  # it gives way to the learning
    # Other settings for the learning: another run, which takes over the density.
    session.choose({key: QUICK[key] for key in QUICK if key != "density"} | ENDLESS, told=True)
    assert session.facts().done == {"density"}
    bench.learn()
    bench.click(bench.discover.learn.stop)
    bench.until_idle()
    another = session.run
    assert another is not None
    assert another.path != run.path
    np.testing.assert_array_equal(another.load_density().values, run.load_density().values)
    assert not another.has("learn")

    bench.runs.panel.select([run.path])
    bench.click(bench.runs.panel.buttons["copy"])
    bench.until(lambda: session.run != another)
    assert session.run is not None
    assert [row.path for row in bench.runs.panel.selected()] == [session.run.path]
    assert session.facts().done == {"density"}
    assert session.settings().binn.steps == run.load_settings().binn.steps
    assert len(session.store.rows()) == 3
    assert {path: path.read_bytes() for path in before} == before
    assert not bench.problems

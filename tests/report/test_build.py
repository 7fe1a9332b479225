"""The report is one readable, self-contained file, whatever the run got to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.report import write_report
from napari_binn.report.methods import REFERENCES
from napari_binn.run.folder import RunFolder
from napari_binn.run.layout import Part

from ..example_run import Example, make_example, save_example

SECTIONS = [
    "equation", "measured", "learning", "terms", "trust", "comparison", "totals", "numbers",
    "formulas", "methods", "provenance",
]  # fmt: skip
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Checks that tags nest, and collects what a test asks for."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.sections: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        assert tag != "script"
        assert not [name for name in values if name.startswith("on")]
        if tag == "section":
            self.sections.append(values["id"])
        if "href" in values:
            assert tag == "a"
            self.links.append(values["href"])
        if "src" in values:
            assert values["alt"]
            self.sources.append(values["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "path"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def page_of(run: RunFolder) -> Page:
    path = write_report(run)
    assert path == run.path / "report.html"
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, example: Example) -> Page:
    run = save_example(tmp_path_factory.mktemp("report") / "run", example)
    movie = run.path.parent / "movie.tif"
    movie.write_bytes(b"frames")
    run.save_inputs([movie])
    return page_of(run)


def test_page_tells_the_story_in_order(full: Page) -> None:
    assert full.sections == SECTIONS
    assert "missing" not in full.text.replace("would mean that something is missing", "")


def test_page_loads_nothing_from_elsewhere(full: Page) -> None:
    assert len(full.sources) == 6
    assert {source.partition(";")[0] for source in full.sources} == {
        "data:image/svg+xml", "data:image/png", "data:image/gif",
    }  # fmt: skip
    assert full.links == [link for _, link in REFERENCES]


def test_page_can_be_mailed(tmp_path: Path, example: Example) -> None:
    path = write_report(save_example(tmp_path / "run", example))
    assert path.stat().st_size < 2_000_000
    html = path.read_text(encoding="utf-8")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


def test_page_shows_numbers_with_units_and_no_nan(full: Page) -> None:
    for piece in (
        "Sparse cells double every 13.7 hours", "u = density / (3,453 cells/mm²)",
        "D in mm²/day", "2.31 %", "21.7 %", "± 0.0006", "not determined by the data",
        "Assumed, because no file says so", "smallest rectangle", "as independent cells would",
        "The true law of this sample is known", "napari-binn run",
        "arXiv:2604.18548", "e1008462", "Seed 3, device cpu.", "total 32.4 s", "movie.tif",
    ):  # fmt: skip
        assert piece in full.text
    assert not re.search(r"\b(nan|NaN|inf|None|Undefined)\b", full.text)


def test_what_comes_from_outside_cannot_write_markup(full: Page) -> None:
    assert "wound <edge> & rim.tif" in full.text
    assert "edge" not in full.open


def test_chosen_equation_is_first_and_scores_count_from_the_lowest(full: Page) -> None:
    assert "this law 3.4 % 1.08 “nothing changes” 21.7 % 4.9" in full.text
    table = full.text[full.text.index("BIC above the lowest") :]
    assert table.index("constant · logistic 3 1.2 35") < table.index("linear · logistic 4 0 65")


@pytest.mark.parametrize(
    ("parts", "missing", "there"),
    [
        ((), ["The equation is", "The losses are", "The curves D(u)", "The simulation is"], []),
        (("learn",), ["The equation is", "The simulation is"], ["lowest density that the data"]),
        (("learn", "discover"), ["The simulation is"], ["Sparse cells double"]),
    ],
)
def test_stopped_run_has_a_report_of_what_is_there(
    tmp_path: Path, example: Example, parts: tuple[str, ...], missing: list[str], there: list[str]
) -> None:
    page = page_of(save_example(tmp_path / "run", example, parts))
    assert page.sections == SECTIONS
    assert "This run was stopped" in page.text
    for piece in missing:
        assert f"{piece}" in page.text
    assert page.text.count("did not get to this step") >= len(missing)
    for piece in there:
        assert piece in page.text


def test_run_that_did_nothing_yet_has_a_report(tmp_path: Path) -> None:
    page = page_of(RunFolder.create(tmp_path / "run", input="movie.tif"))
    assert "nothing was computed yet" in page.text
    assert page.sources == []


def test_run_stopped_while_training_shows_its_losses(tmp_path: Path, example: Example) -> None:
    run = save_example(tmp_path / "run", example, ())
    run.save_losses({name: column[:30] for name, column in example.binn.losses.items()})
    assert len(page_of(run).sources) == 3
    run.save_losses({name: column[:0] for name, column in example.binn.losses.items()})
    assert len(page_of(run).sources) == 2


def test_run_about_to_be_done_is_not_called_unfinished(tmp_path: Path, example: Example) -> None:
    run = save_example(tmp_path / "run", example)
    run.set_state("running")
    assert "This run is not finished" not in page_of(run).text
    run.file("simulation").unlink()
    assert "This run is not finished" in page_of(run).text


def test_failed_run_says_why(tmp_path: Path, example: Example) -> None:
    run = save_example(tmp_path / "run", example, ())
    run.set_state("failed", "The density is zero everywhere.")
    assert "This run failed" in page_of(run).text
    assert "The density is zero everywhere." in page_of(run).text


@pytest.mark.parametrize(
    "parts", [("binn", "equations", "summary"), ("settings", "density", "terms", "truth")]
)
def test_damaged_parts_are_named_and_the_rest_is_shown(
    tmp_path: Path, example: Example, parts: tuple[Part, ...]
) -> None:
    run = save_example(tmp_path / "run", example)
    for part in parts:
        path = run.file(part)
        path.write_bytes(path.read_bytes()[:40])
    page = page_of(run)
    assert "Some files of the run could not be read" in page.text
    for part in parts:
        assert run.file(part).name in page.text
    assert page.sections == SECTIONS


def test_formula_that_is_none_and_simulation_of_another_movie_are_named(
    tmp_path: Path, example: Example
) -> None:
    run = save_example(tmp_path / "run", example)
    path = run.file("equations")
    content = path.read_text(encoding="utf-8").replace('"0.00407"', '"0.00407 +"')
    path.write_text(content, encoding="utf-8")
    other = replace(example.simulation, values=example.simulation.values[:, :-1], forecast=None)
    run.save_simulation(other)
    text = page_of(run).text
    assert "equations.json is damaged (The formula '0.00407 +' cannot be read" in text
    assert "simulation.npz is damaged (it belongs to another density)" in text


def test_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run\.json is missing"):
        write_report(RunFolder(tmp_path))


def uncalibrated(example: Example) -> Example:
    density = replace(
        example.density, length_unit="pixel", time_unit="frame", density_unit="a.u.",
        counts_per_unit=None, assumptions=(),
    )  # fmt: skip
    return replace(example, density=density)


def masked(example: Example) -> Example:
    mask = np.ones(example.density.shape[1:], dtype=bool)
    mask[2:5, 2:5] = False
    values = np.where(mask, example.density.values, 0.0)
    return replace(example, density=replace(example.density, values=values, mask=mask))


def unsupported(example: Example) -> Example:
    terms = replace(example.terms, supported=np.zeros_like(example.terms.supported))
    return replace(example, terms=terms)


def without_numbers(example: Example) -> Example:
    terms = replace(
        example.terms,
        D_high=np.full_like(example.terms.D, np.nan),
        G_low=np.full_like(example.terms.D, -np.inf),
    )
    metrics = dict.fromkeys(example.simulation.metrics, float("nan"))
    simulation = replace(example.simulation, metrics=metrics, forecast=None, forecast_from=None)
    return replace(example, terms=terms, simulation=simulation)


@pytest.mark.parametrize(
    "changes", [(uncalibrated, masked), (unsupported, without_numbers)], ids=["data", "results"]
)
def test_unusual_runs_have_a_report(
    tmp_path: Path, example: Example, changes: tuple[Callable[[Example], Example], ...]
) -> None:
    for change in changes:
        example = change(example)
    page = page_of(save_example(tmp_path / "run", example))
    assert len(page.sources) == 6
    assert not re.search(r"\b(nan|NaN|inf|None)\b", page.text)


def test_report_without_a_command_line_says_how_to_repeat_the_run(
    tmp_path: Path, example: Example
) -> None:
    run = RunFolder.create(tmp_path / "run", input="my movie.tif")
    run.save_settings(example.settings)
    command = "napari-binn run 'my movie.tif' --config settings.toml --out NEW_RUN"
    assert command in page_of(run).text

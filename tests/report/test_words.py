"""The sentences say what the numbers mean, and where they mean nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_binn.equations.model import Equation, Formula
from napari_binn.inference.terms import Boundary, Noise
from napari_binn.report.contents import Contents, read_contents
from napari_binn.report.methods import methods_paragraph
from napari_binn.report.words import base_name, measured, named, reading, support

from ..example_run import example_bootstrap, make_example, save_example


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    return read_contents(save_example(tmp_path_factory.mktemp("run") / "run", make_example()))


def with_law(contents: Contents, D: str, G: str) -> Contents:
    assert contents.equations is not None
    best = Equation(Formula(D, 1), Formula(G, 1))
    return replace(contents, equations=replace(contents.equations, equations=(best,)))


def test_logistic_law_in_words(contents: Contents) -> None:
    division, crowding, spreading = reading(contents)
    assert division.startswith("Sparse cells double every 13.7 hours (growth rate 1.21 per day).")
    assert "the doubling time is 14.8 hours" in division
    assert crowding.startswith("The population stops growing at 2,000 cells/mm², its carrying")
    assert spreading.startswith(
        "Cells spread about equally fast at all densities: D = 0.00407 mm²/day (90 % band 0.0032"
    )
    assert spreading.endswith(". That carries a cell about 130 µm in one day (√4Dt).")


def test_crowding_that_speeds_cells_up(contents: Contents) -> None:
    spreading = reading(with_law(contents, "0.001 + 0.02*u", "1 - u"))[-1]
    assert "at low density (138 cells/mm²)" in spreading
    assert "at high density (2,180 cells/mm²): 7.6 times faster in the crowd." in spreading
    slower = reading(with_law(contents, "0.021 - 0.02*u", "1 - u"))[-1]
    assert "times slower in the crowd" in slower
    hump = reading(with_law(contents, "0.01 + 0.1*(u - 0.04)*(0.63 - u)", "1 - u"))[-1]
    assert "not in one direction: D lies between 0.01 and 0.0187 mm²/day" in hump
    negative = reading(with_law(contents, "u - 0.3", "1 - u"))
    assert not [sentence for sentence in negative if "spread" in sentence]


def test_carrying_density_beyond_the_data_is_called_an_extrapolation(contents: Contents) -> None:
    crowding = reading(with_law(contents, "0.01", "1 - 1.3*u"))[1]
    assert crowding.endswith("the formula puts the stop at 2,660 cells/mm²: an extrapolation.")
    assert "says nothing about a carrying density" in reading(with_law(contents, "0.01", "1"))[1]


def test_allee_effect_in_words(contents: Contents) -> None:
    division, threshold, *_ = reading(with_law(contents, "0.01", "4*(0.6 - u)*(u - 0.15)"))
    assert "do not multiply by themselves" in division
    assert threshold.startswith("Below 518 cells/mm² the population shrinks")


def test_curves_without_a_formula_are_read_where_the_data_begin(contents: Contents) -> None:
    division = reading(replace(contents, equations=None))[0]
    assert division.startswith("At 138 cells/mm², the lowest density that the data support, the")


def test_support_is_stated_in_the_unit_of_the_density(contents: Contents) -> None:
    assert support(contents).startswith("The data support the curves from 138 to 2,180 cells/mm².")
    assert contents.terms is not None
    terms = contents.terms
    gap = replace(terms, supported=terms.supported & (np.abs(terms.u - 0.3) > 0.05))
    assert "gaps inside" in support(replace(contents, terms=gap))
    none = replace(terms, supported=np.zeros_like(terms.supported))
    assert "at no density" in support(replace(contents, terms=none))


def test_what_was_measured(contents: Contents) -> None:
    assert contents.density is not None
    rows = dict(measured(contents.density))
    assert rows["Source"] == "wound <edge> & rim.tif"
    assert rows["Field"] == "1.41 × 1.05 mm, 15 × 11 bins of 94 µm × 95.5 µm"
    assert rows["Frames"] == "13 frames, one every 6 hours"
    assert rows["Time"] == "0 to 3 days"
    totals = contents.density.totals()
    assert rows["Cells in the field"] == (
        f"{totals[0]:.0f} in the first frame, {totals[-1]:,.0f} in the last"
    )


def test_uneven_times_masks_and_missing_calibration_are_told(contents: Contents) -> None:
    assert contents.density is not None
    density = contents.density
    mask = np.ones(density.shape[1:], dtype=bool)
    mask[:, :3] = False
    other = replace(
        density, t=density.t**2, mask=mask, counts_per_unit=None, length_unit="pixel",
        time_unit="frame", density_unit="a.u.",
    )  # fmt: skip
    rows = dict(measured(other))
    assert rows["Frames"] == "13 frames, 0.0625 frames to 1.44 frames from one to the next"
    assert rows["Field"].endswith("pixels, 80 % of them observed")
    assert "Density summed over the field" in rows


def test_paths_of_all_systems_are_cut_to_their_last_part() -> None:
    assert base_name("a/b.tif") == base_name(r"C:\a\b.tif") == base_name("x/b.tif/") == "b.tif"
    assert base_name("") == ""


def test_methods_paragraph_tells_what_was_done(contents: Contents) -> None:
    text = methods_paragraph(contents)
    for piece in (
        "15 × 11 bins", "13 frames over 3 days", "5 networks", "1,500 steps", "20 % of the data",
        "Lagergren et al. 2020", "symbolic regression (Operon)", "D = 0.00407 mm²/day",
        "2 cells across each bin", "is 2.31 %", "3.4 % for the frames",
    ):  # fmt: skip
        assert piece in text
    assert "  " not in text


def test_methods_paragraph_tells_how_the_networks_were_trained(contents: Contents) -> None:
    assert contents.settings is not None
    most = contents.settings.changed({"binn": {"steps": 2000}})
    text = methods_paragraph(replace(contents, settings=most))
    assert "until their curves, or their misfit of what they had left out, stood still" in text
    assert "(1,500 steps of at most 2,000)" in text
    assert "grows with the density as that of counts does" in text
    changed = contents.settings.changed(
        {"binn": {"steps": 1500}, "inference": {"noise": "additive"}}
    )
    text = methods_paragraph(replace(contents, settings=changed))
    assert "trained for 1,500 steps" in text
    assert "weighted" not in text
    paper = contents.settings.changed({"binn": {"recipe": "paper", "patience": 1000}})
    text = methods_paragraph(replace(contents, settings=paper))
    assert "exactly as by Lavery et al. (2026), by Adam" in text
    assert "for 1,000 epochs (1,500 steps)" in text


def test_methods_paragraph_tells_noise_border_bands_and_verdict(contents: Contents) -> None:
    assert contents.terms is not None
    text = methods_paragraph(contents)
    for piece in (
        "a variance of 1 times the mean count", "No cells were assumed to cross the border",
        "the first frame and the smoothness being integrated out", "doubtful as reaction–diffusion",
        "without flux through the border",
    ):  # fmt: skip
        assert piece in text
    terms = replace(
        contents.terms,
        noise=Noise("counts", 0.8, 1.7, 0.4),
        boundary=Boundary("open", 3, 12.0),
    )
    checked = replace(contents, terms=terms, bootstrap=example_bootstrap(terms))
    text = methods_paragraph(checked)
    for piece in (
        "40 % of a frame's deviation from the law was taken as real", "1.7 observations",
        "surroundings, 3 bins wide, by the evidence of both", "checked on 20 simulated movies",
        "on the region and its surroundings",
    ):  # fmt: skip
        assert piece in text


def test_methods_paragraph_of_a_stopped_run_claims_no_more_than_was_done(
    contents: Contents,
) -> None:
    stopped = replace(
        contents, binn=None, terms=None, diagnosis=None, equations=None, simulation=None
    )
    text = methods_paragraph(stopped)
    assert "bins" in text
    for piece in ("network", "formula", "Formula", "solved", "spline"):
        assert piece not in text
    assert methods_paragraph(replace(contents, density=None)) == ""


def test_broken_run_has_no_sentences(tmp_path: Path) -> None:
    run = save_example(tmp_path / "run", make_example(), ())
    run.file("density").write_bytes(b"")
    found = read_contents(run)
    assert reading(found) == []
    assert support(found) == ""
    assert len(found.problems) == 1


def test_a_known_law_is_called_by_its_name(contents: Contents) -> None:
    (sentence,) = named(with_law(contents, "0.01", "1.5 - 1.5*u/0.8"))
    assert sentence.startswith("Fisher–KPP: r = 1.5 /day")
    assert "minimal wave speed" in sentence
    assert named(with_law(contents, "0.01*u*exp(2*u) + 0.003*u^3", "1.5 - u")) == []
    assert named(replace(contents, equations=None)) == []

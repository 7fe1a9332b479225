"""Nuclei are counted right, without the user giving a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

from napari_binn.density.background import without_background
from napari_binn.density.calibrate import guess_diameter, guess_threshold
from napari_binn.density.measure import measure_density
from napari_binn.density.model import Density
from napari_binn.density.nuclei_method import Nuclei
from napari_binn.density.sight import Sight
from napari_binn.density.spots import SpotFilter, pixel_noise
from napari_binn.errors import UserError
from napari_binn.events import Event, Notice
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.settings import DensitySettings

from .cells import fluorescence, inside, scattered

SHAPE = (300, 400)
DIAMETER = 10.0
# Cells at confluence: hexagonally packed, a cell being half as wide again as its nucleus.
CONFLUENT = SHAPE[0] * SHAPE[1] / ((1.5 * DIAMETER) ** 2 * np.sqrt(3) / 2)


def movie(frames: list[np.ndarray], pixel_size: tuple[float, float] = (1.0, 1.0)) -> Movie:
    height, width = frames[0].shape
    return Movie(
        kind="image",
        frames=MemoryFrames(frames),
        times=np.arange(len(frames), dtype=float),
        time_unit="hour",
        length_unit="um",
        pixel_size=pixel_size,
        extent=(0, 0, width * pixel_size[1], height * pixel_size[0]),
        source="cells.tif",
    )


@pytest.fixture(scope="module")
def growing() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames from a twentieth to three quarters of confluence, and the true positions."""
    rng = np.random.default_rng(7)
    positions = [
        scattered(round(share * CONFLUENT), SHAPE, DIAMETER, rng, margin=20)
        for share in (0.05, 0.25, 0.5, 0.75)
    ]
    frames = [fluorescence(xy, SHAPE, DIAMETER, rng) for xy in positions]
    return frames, [inside(xy, SHAPE) for xy in positions]


def measured(frames: list[np.ndarray], **settings: Any) -> Density:
    return measure_density(movie(frames), DensitySettings(**settings))


@pytest.mark.parametrize("detector", ["log", "dog"])
def test_counts_of_growing_cells(
    growing: tuple[list[np.ndarray], list[np.ndarray]], detector: Literal["log", "dog"]
) -> None:
    frames, truth = growing
    expected = np.array([len(xy) for xy in truth])
    error = measured(frames, detector=detector).totals() / expected - 1
    assert np.abs(error[:3]).max() < 0.03
    assert abs(error[3]) < 0.05


def test_each_nucleus_is_found_where_it_is(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    """Touching nuclei are two: positions match one to one within a quarter of a diameter."""
    frames, truth = growing
    found = Nuclei().look(Sight(movie(frames)), np.arange(4), DensitySettings()).measure(2)
    distance, _ = cKDTree(found).query(truth[2])
    assert np.mean(distance < 0.25 * DIAMETER) > 0.97
    assert np.median(distance) < 0.5


def test_the_edge_of_the_image_adds_and_loses_no_cells() -> None:
    """Nuclei cut off by the edge count if their centre is inside: here all are near an edge."""
    rng = np.random.default_rng(3)
    shape = (60, 1500)
    positions = scattered(350, shape, 11, rng, margin=20)
    expected = len(inside(positions, shape))
    found = measured([fluorescence(positions, shape, DIAMETER, rng)] * 2).totals()[0]
    assert found == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: np.clip(frame / 4, 0, 255).astype(np.uint8),
        lambda frame: ndimage.gaussian_filter(frame.astype(float), 1.0),
        lambda frame: frame / 65535.0,
        lambda frame: frame.astype(float) + np.linspace(0, 300, SHAPE[1]),
    ],
    ids=["8 bit", "smoothed, so that noise is correlated", "floats", "background rises"],
)
def test_counts_whatever_the_camera_and_the_software(
    growing: tuple[list[np.ndarray], list[np.ndarray]], change: Any
) -> None:
    frames, truth = growing
    totals = measured([change(frame) for frame in frames[:3]]).totals()
    np.testing.assert_allclose(totals, [len(xy) for xy in truth[:3]], rtol=0.03)


def test_dim_nuclei_among_noise_and_bright_debris() -> None:
    rng = np.random.default_rng(5)
    positions = scattered(200, SHAPE, 1.2 * DIAMETER, rng, margin=20)
    dim = fluorescence(positions, SHAPE, DIAMETER, rng, brightness=40, read_noise=5)
    assert measured([dim, dim]).totals()[0] == pytest.approx(
        len(inside(positions, SHAPE)), rel=0.03
    )
    debris = fluorescence(positions[:10], SHAPE, DIAMETER, rng, brightness=4000, background=0)
    both = fluorescence(positions, SHAPE, DIAMETER, rng) + debris
    assert measured([both] * 2).totals()[0] == pytest.approx(
        len(inside(positions, SHAPE)), rel=0.03
    )


def test_a_frame_without_cells_has_none(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    frames, truth = growing
    empty = fluorescence(np.zeros((0, 2)), SHAPE, DIAMETER, np.random.default_rng(0))
    totals = measured([empty, frames[1], frames[2]]).totals()
    assert totals[0] == 0
    assert totals[1] == pytest.approx(len(truth[1]), rel=0.03)


def test_the_threshold_is_the_same_for_all_frames() -> None:
    """A frame that fades loses its cells instead of being stretched until noise is counted."""
    rng = np.random.default_rng(2)
    positions = scattered(150, SHAPE, 15, rng)
    bright = fluorescence(positions, SHAPE, DIAMETER, rng)
    faded = fluorescence(positions, SHAPE, DIAMETER, rng, brightness=20)
    totals = measured([bright, faded, bright]).totals()
    assert totals[1] < 0.2 * totals[0]


def test_given_size_and_threshold_are_used(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    frames, truth = growing
    given = measured(frames[:3], nucleus_diameter=10.0, threshold=15.0)
    np.testing.assert_allclose(given.totals(), [len(xy) for xy in truth[:3]], rtol=0.03)
    assert "diameter 10 µm, threshold 15 times the noise." in given.assumptions[0]
    strict = measured(frames[:3], threshold=150.0, bins=(4, 4))
    assert strict.totals()[2] < 0.5 * len(truth[2])


def test_pixels_that_are_not_square() -> None:
    rng = np.random.default_rng(8)
    positions = scattered(250, SHAPE, 1.3 * DIAMETER, rng, margin=20)
    frame = fluorescence(positions, SHAPE, DIAMETER, rng)
    flat = frame.reshape(SHAPE[0] // 2, 2, SHAPE[1]).mean(axis=1)
    found = measure_density(movie([flat, flat], pixel_size=(2.0, 1.0)), DensitySettings())
    assert found.totals()[0] == pytest.approx(len(inside(positions, SHAPE)), rel=0.03)


@pytest.mark.parametrize("diameter", [6.0, 10.0, 16.0, 30.0])
def test_the_size_of_the_nuclei_is_guessed(diameter: float) -> None:
    rng = np.random.default_rng(4)
    positions = scattered(60, SHAPE, 1.2 * diameter, rng)
    frame = fluorescence(positions, SHAPE, diameter, rng).astype(np.float32)
    # Blurred by 1.2 pixels, it has the variance of a larger disc.
    seen = np.sqrt(diameter**2 + 16 * 1.2**2)
    assert guess_diameter([frame]) == pytest.approx(seen, rel=0.15)


def test_noise_alone_has_no_nuclei() -> None:
    rng = np.random.default_rng(1)
    noise = [rng.normal(100, 5, SHAPE) for _ in range(3)]
    with pytest.raises(UserError, match=r"No bright spots .*another 'density\.method'"):
        measured(noise)


def test_uniform_frames_are_told() -> None:
    with pytest.raises(UserError, match=r"uniform \(all pixels are 0\)"):
        measured([np.zeros(SHAPE, dtype=np.uint8)] * 3)


def test_pixels_that_are_not_numbers_are_told(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    frames = [frame.astype(float) for frame in growing[0][:3]]
    frames[1][5, 7] = np.nan
    with pytest.raises(UserError, match=r"Frame 2 of cells\.tif has pixels that are not finite"):
        measured(frames)


def test_what_was_estimated_is_said(growing: tuple[list[np.ndarray], list[np.ndarray]]) -> None:
    said: list[Event] = []
    measure_density(movie(growing[0]), DensitySettings(), said.append)
    texts = [event.text for event in said if isinstance(event, Notice)]
    assert any(text.startswith("Nuclei: diameter") and "(estimated)" in text for text in texts)


@pytest.mark.parametrize("detector", ["log", "dog"])
def test_the_response_is_strongest_at_the_size_of_the_spot(
    detector: Literal["log", "dog"],
) -> None:
    y, x = np.mgrid[-60:61, -60:61]
    disc = (np.hypot(y, x) < 15).astype(np.float32)
    scores = {d: SpotFilter((d, d), detector)(disc)[60, 60] for d in (20.0, 24.0, 30.0, 36.0, 42.0)}
    assert max(scores, key=scores.__getitem__) == 30.0


@pytest.mark.parametrize("detector", ["log", "dog"])
def test_both_detectors_change_sign_at_the_rim(detector: Literal["log", "dog"]) -> None:
    impulse = np.zeros((121, 121), dtype=np.float32)
    impulse[60, 60] = 1
    along = SpotFilter((30.0, 30.0), detector)(impulse)[60, 60:]
    rim = np.flatnonzero(np.diff(np.sign(along)))[0]
    assert along[rim] / (along[rim] - along[rim + 1]) + rim == pytest.approx(15, abs=0.1)


@pytest.mark.parametrize("detector", ["log", "dog"])
def test_the_noise_of_the_response_is_known(detector: Literal["log", "dog"]) -> None:
    noise = np.random.default_rng(0).normal(0, 7, (400, 400)).astype(np.float32)
    spots = SpotFilter((8.0, 12.0), detector)
    assert pixel_noise(noise) == pytest.approx(7, rel=0.02)
    assert spots(noise, mode="reflect").std() == pytest.approx(7 * spots.gain, rel=0.02)


def test_equal_neighbours_are_one_maximum() -> None:
    image = np.zeros((40, 40), dtype=np.float32)
    image[20, 20:22] = 1
    response = SpotFilter((6.0, 6.0))(image)
    response[20, 20] = response[20, 21]
    centres, _ = SpotFilter((6.0, 6.0)).maxima(response, 0.01)
    np.testing.assert_allclose(centres, [[20, 20.5]], atol=0.1)


def test_the_background_is_removed_under_the_nuclei(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    ramp = np.linspace(0, 500, SHAPE[1])[None, :] + np.linspace(0, 300, SHAPE[0])[:, None]
    frame = growing[0][1].astype(np.float32) + ramp.astype(np.float32)
    flat = without_background(frame, (DIAMETER, DIAMETER))
    corners = [flat[:60, :60], flat[:60, -60:], flat[-60:, :60], flat[-60:, -60:]]
    assert np.ptp([np.percentile(corner, 20) for corner in corners]) < 15


def test_the_threshold_lies_between_noise_and_nuclei(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    images = [frame.astype(np.float32) for frame in growing[0]]
    spots = SpotFilter((DIAMETER, DIAMETER))
    threshold = guess_threshold(images, spots)
    assert threshold is not None
    heights = spots.maxima(spots(without_background(images[0], spots.diameter)), 0.0)[1]
    above = heights[heights > threshold.level]
    assert heights[heights < threshold.level].max() < 0.7 * threshold.level
    assert above.min() > 1.3 * threshold.level


@pytest.fixture(scope="module")
def packed() -> tuple[np.ndarray, np.ndarray]:
    """A frame without any empty place, whose nuclei differ widely in brightness."""
    rng = np.random.default_rng(11)
    rows, columns = np.mgrid[-1:31, -1:41]
    grid = np.stack([columns, rows], axis=-1).reshape(-1, 2) * 1.35 * DIAMETER
    positions = grid + rng.uniform(-1.2, 1.2, grid.shape)
    return fluorescence(positions, SHAPE, DIAMETER, rng, variation=0.5), inside(positions, SHAPE)


def test_a_packed_field_is_counted_without_any_empty_place(
    packed: tuple[np.ndarray, np.ndarray],
) -> None:
    """Neither the gaps between nuclei nor the dimmest of them pass for noise."""
    frame, truth = packed
    assert measured([frame] * 2).totals()[0] == pytest.approx(len(truth), rel=0.03)


def test_the_texture_of_nuclei_is_not_taken_for_nuclei() -> None:
    """Large nuclei with chromatin and nucleoli: a few maxima in each, but one cell."""
    rng = np.random.default_rng(12)
    diameter = 24.0
    positions = scattered(80, SHAPE, 1.3 * diameter, rng, margin=25)
    frame = fluorescence(positions, SHAPE, diameter, rng, brightness=800).astype(float)
    texture = ndimage.gaussian_filter(rng.standard_normal(SHAPE), diameter / 10)
    nucleoli = ndimage.gaussian_filter((rng.random(SHAPE) < 0.004).astype(float), diameter / 10)
    factor = 1 + 0.3 * texture / texture.std() - 0.5 * np.minimum(nucleoli / nucleoli.max(), 1)
    floor = np.percentile(frame, 5)
    frame = floor + (frame - floor) * np.maximum(factor, 0.1)
    guess = guess_diameter([frame.astype(np.float32)])
    assert guess == pytest.approx(diameter, rel=0.2)
    expected = len(inside(positions, SHAPE))
    assert measured([frame] * 2).totals()[0] == pytest.approx(expected, rel=0.05)


def test_nuclei_that_are_lost_in_the_noise_are_told() -> None:
    rng = np.random.default_rng(13)
    positions = scattered(250, SHAPE, 1.2 * DIAMETER, rng, margin=20)
    said: list[list[str]] = []
    for brightness in (9.0, 60.0):
        frame = fluorescence(positions, SHAPE, DIAMETER, rng, brightness=brightness, read_noise=2)
        events: list[Event] = []
        measure_density(movie([frame] * 2), DensitySettings(), events.append)
        notices = [event for event in events if isinstance(event, Notice)]
        said.append([event.text for event in notices if event.level == "warning"])
    assert any("hardly brighter than the noise" in text for text in said[0])
    assert not any("hardly brighter" in text for text in said[1])


def test_pixels_that_are_not_valid_hold_no_cells(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    """Bright letters as large as nuclei, a black border and a glaring edge change nothing."""
    frames, truth = growing
    valid = np.ones(SHAPE, np.bool_)
    valid[:40, :150] = valid[-30:] = valid[:, -50:] = False
    spoilt = []
    for frame in frames[:3]:
        odd = frame.astype(float)
        odd[-30:], odd[:, -50:] = 0, 60_000
        odd[:40, :150] = np.where(np.indices((40, 150)).sum(axis=0) % 12 < 6, 3000, 0)
        spoilt.append(odd)
    masked = replace(movie(spoilt), valid=MemoryFrames([valid] * 3))
    find = Nuclei().look(Sight(masked), np.arange(3), DensitySettings()).measure
    for index, positions in enumerate(truth[:3]):
        column, row = np.floor(find(index)).astype(int).T
        assert valid[row, column].all()
        expected = valid[tuple(np.floor(positions[:, ::-1]).astype(int).T)].sum()
        assert len(column) == pytest.approx(expected, rel=0.05, abs=3)


def test_a_part_of_a_movie_says_where_its_cells_lie(
    growing: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    whole = movie(growing[0][:3])
    cut = [frame[100:, 50:] for frame in growing[0][:3]]
    part = replace(whole, frames=MemoryFrames(cut), extent=(50, 100, SHAPE[1], SHAPE[0]))
    settings = DensitySettings(nucleus_diameter=10, threshold=20)
    found = Nuclei().look(Sight(part), np.arange(3), settings).measure(1)
    distance, _ = cKDTree(growing[1][1]).query(found)
    assert np.median(distance) < 0.5


def test_two_threads_find_what_one_does(
    growing: tuple[list[np.ndarray], list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = measured(growing[0]).values
    monkeypatch.setattr("napari_binn.density.frame_loop._WORKERS", 1)
    np.testing.assert_array_equal(measured(growing[0]).values, together)

"""Grey images saved in colour are read as grey; what is drawn over them in colour is not valid."""

from __future__ import annotations

import io
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from scipy import ndimage

from napari_binn.errors import UserError
from napari_binn.movie.colour import annotated, as_grey, fill_hidden, is_grey
from napari_binn.movie.model import MemoryFrames, Movie
from napari_binn.movie.read import open_input
from napari_binn.settings import MovieSettings

RNG = np.random.default_rng(0)
GREY = ndimage.gaussian_filter(RNG.normal(100, 200, (120, 160)), 2).clip(1, 250).astype(np.uint8)
LINE = (slice(50, 54), slice(20, 140))


def coloured(colour: tuple[int, int, int] = (0, 255, 0)) -> np.ndarray:
    page = np.stack([GREY] * 3, axis=-1)
    page[LINE] = colour
    return page


def test_equal_channels_are_grey_without_a_question() -> None:
    grey = as_grey(MemoryFrames([np.stack([GREY] * 3, axis=-1)] * 2), "movie")
    np.testing.assert_array_equal(grey.frames[1], GREY)
    assert grey.frames[1].dtype == np.uint8
    assert grey.valid[1].all()
    assert grey.notice == ""


def test_alpha_is_ignored() -> None:
    alpha = RNG.integers(0, 255, GREY.shape).astype(np.uint8)
    grey = as_grey(MemoryFrames([np.stack([GREY, GREY, GREY, alpha], axis=-1)] * 2), "movie")
    np.testing.assert_array_equal(grey.frames[0], GREY)


@pytest.mark.parametrize("colour", [(0, 255, 0), (255, 0, 0), (255, 255, 0)])
def test_a_line_in_colour_is_not_valid_and_all_else_is(colour: tuple[int, int, int]) -> None:
    grey = as_grey(MemoryFrames([coloured(colour)] * 3), "movie")
    hidden = ~grey.valid[0]
    assert hidden[LINE].all()
    assert "coloured annotations" in grey.notice
    assert "'movie.channel'" in grey.notice
    near = ndimage.binary_dilation(
        np.isin(np.arange(120), [50, 53])[:, None] & hidden, iterations=4
    )
    assert not (hidden & ~near & ~ndimage.binary_dilation(_line(), iterations=4)).any()
    np.testing.assert_array_equal(grey.frames[0][~hidden], GREY[~hidden])


def _line() -> np.ndarray:
    mask = np.zeros(GREY.shape, dtype=bool)
    mask[LINE] = True
    return mask


def test_the_black_shadow_of_a_text_goes_with_it_but_dark_cells_stay() -> None:
    page = coloured()
    page[54:57, 22:142] = 0
    page[100:104, 20:60] = 0
    hidden = annotated(page)
    assert hidden[54:57, 22:142].all()
    assert not hidden[100:104, 20:60].any()


def test_the_smear_of_jpeg_around_a_drawing_is_not_valid_either() -> None:
    """What is left differs from the picture without drawing by no more than JPEG does anyway."""

    def through_jpeg(page: np.ndarray) -> np.ndarray:
        file = io.BytesIO()
        iio.imwrite(file, page, extension=".jpg", quality=80)
        return np.asarray(iio.imread(file.getvalue(), extension=".jpg"))

    plain = through_jpeg(np.stack([GREY] * 3, axis=-1)).astype(float).mean(axis=-1)
    page = through_jpeg(coloured())
    assert is_grey(page)
    grey = as_grey(MemoryFrames([page] * 2), "movie", blocks=True)
    valid = grey.valid[0]
    assert 0.6 < valid.mean() < 0.9
    assert np.abs(grey.frames[0].astype(float) - plain)[valid].max() <= 3


def test_floats_and_deep_integers_are_read_in_their_own_type() -> None:
    for page in (coloured().astype(np.float32) / 255, coloured().astype(np.uint16) * 16):
        grey = as_grey(MemoryFrames([page] * 2), "movie")
        assert grey.frames[0].dtype == page.dtype
        assert not grey.valid[0][LINE].any()
        outside = grey.valid[0]
        np.testing.assert_allclose(grey.frames[0][outside], page[..., 0][outside], rtol=1e-6)


def test_truly_coloured_movies_need_a_channel() -> None:
    stained = RNG.integers(0, 255, (60, 70, 3)).astype(np.uint8)
    with pytest.raises(UserError, match=r"movie is a colour image .*'movie\.channel': 0 \(red\)"):
        as_grey(MemoryFrames([stained] * 2), "movie")


def test_fluorescence_shown_in_green_is_no_annotation() -> None:
    """Nuclei on black: most pixels are grey (black), and yet the picture is green."""
    spots = ndimage.gaussian_filter((RNG.random((120, 160)) < 0.002) * 255.0, 3)
    page = np.zeros((120, 160, 3), np.uint8)
    page[..., 1] = 250 * spots / spots.max()
    assert (page == 0).mean() > 0.7
    with pytest.raises(UserError, match="is a colour image and one channel is needed"):
        as_grey(MemoryFrames([page] * 2), "movie")


def test_a_coloured_frame_among_grey_ones_is_found_when_it_is_read() -> None:
    pages = [np.stack([GREY] * 3, axis=-1)] * 7
    pages[1] = RNG.integers(0, 255, pages[1].shape).astype(np.uint8)
    grey = as_grey(MemoryFrames(pages), "movie")
    with pytest.raises(UserError, match="Frame 2 of movie is a colour image"):
        grey.frames[1]


def test_hidden_pixels_are_filled_from_around_them() -> None:
    ramp = np.tile(np.arange(160, dtype=np.float32), (120, 1))
    valid = ~_line()
    filled = fill_hidden(np.where(valid, ramp, 1e6), valid)
    np.testing.assert_array_equal(filled[valid], ramp[valid])
    assert np.abs(filled - ramp).max() <= 8
    everything = fill_hidden(ramp, np.zeros(ramp.shape, bool))
    assert not everything.any()


def test_the_scratch_movie_is_read_as_grey_without_its_contour_and_text(shared_data: Path) -> None:
    given = MovieSettings(time_unit="frame", length_unit="pixel")
    movie = open_input(shared_data / "scratch_assay", given)
    assert isinstance(movie, Movie)
    assert movie.valid is not None
    (notice,) = movie.assumptions
    assert "scratch_assay shows grey images with coloured annotations" in notice
    for index in (0, 6, 12):
        page = iio.imread(movie.files[index]).astype(int)
        colour = np.ptp(page, axis=-1) > 0
        valid = movie.valid[index]
        assert not (colour & valid).any()
        assert 0.004 < colour.mean() < (~valid).mean() < 0.035
        np.testing.assert_array_equal(movie.frames[index][valid], page[..., 0][valid])
        # The letters have a black shadow, and nothing else here is black.
        assert (movie.frames[index][:130, :500][valid[:130, :500]] > 0).all()


def test_the_scratch_movie_can_be_read_in_one_colour_as_it_is(shared_data: Path) -> None:
    given = MovieSettings(time_unit="frame", length_unit="pixel", channel=1)
    movie = open_input(shared_data / "scratch_assay", given)
    assert isinstance(movie, Movie)
    assert movie.valid is None
    assert movie.frames[0].max() == 255

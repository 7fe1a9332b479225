"""The right pixels make up a frame, and what is ambiguous is asked."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.axes import lay_out, needs_channel


@pytest.mark.parametrize(
    ("axes", "shape", "page_ndim"),
    [
        ("TYX", (5, 4, 3), 2),
        ("QYX", (5, 4, 3), 2),
        ("TCYX", (5, 2, 4, 3), 2),
        ("CTYX", (2, 5, 4, 3), 2),
        ("TZCYXS", (5, 1, 2, 4, 3, 1), 3),
        ("TYXS", (5, 4, 3, 2), 3),
        ("TSYX", (5, 2, 4, 3), 3),
        ("TXY", (5, 3, 4), 2),
        ("CTYX", (2, 5, 4, 3), 4),
    ],
)
def test_each_order_of_axes_gives_the_same_frames(
    axes: str, shape: tuple[int, ...], page_ndim: int
) -> None:
    """Each pixel holds a number that tells its own t, c, y and x."""
    grids = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
    value = {"T": 1000, "Q": 1000, "C": 100, "S": 100, "Y": 10, "X": 1}
    data = sum(grid * value.get(axis, 0) for axis, grid in zip(axes, grids, strict=True))
    pages = np.asarray(data).reshape(-1, *shape[len(shape) - page_ndim :])
    channels = any(a in "CS" and n > 1 for a, n in zip(axes, shape, strict=True))
    layout = lay_out(axes, shape, page_ndim, "a.tif", channel=1 if channels else None)
    assert (layout.frames, layout.height, layout.width) == (5, 4, 3)
    expected = np.arange(4)[:, None] * 10 + np.arange(3) + 100 * channels
    for t in range(5):
        page = pages[layout.page(t)].reshape(layout.shape[len(layout.shape) - layout.page_ndim :])
        np.testing.assert_array_equal(layout.cut(page, t), expected + 1000 * t)


def test_pages_of_unknown_meaning_are_time_and_it_is_said() -> None:
    assert "taken as time points" in lay_out("QYX", (5, 4, 3), 2, "a.tif").assumption
    assert lay_out("TYX", (5, 4, 3), 2, "a.tif").assumption == ""


def test_depth_is_never_taken_for_time() -> None:
    with pytest.raises(UserError, match=r"5 planes in depth .*set 'movie\.axes' to TYX"):
        lay_out("ZYX", (5, 4, 3), 2, "a.tif")
    assert lay_out("ZYX", (5, 4, 3), 2, "a.tif", override="tyx").frames == 5


def test_three_dimensional_movies_are_not_for_us() -> None:
    with pytest.raises(UserError, match=r"three-dimensional \(T 5 × Z 7 × Y 4 × X 3\): project"):
        lay_out("TZYX", (5, 7, 4, 3), 2, "a.tif")


def test_several_unknown_axes_are_asked_for() -> None:
    with pytest.raises(UserError, match=r"does not say what its axes Q 5 × R 7"):
        lay_out("QRYX", (5, 7, 4, 3), 2, "a.tif")


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("YX", "names 2 axes"),
        ("TTX", "no axis twice"),
        ("TCX", "must name Y and X"),
        ("XYT", "do not end in y and x"),
    ],
)
def test_an_order_of_axes_that_cannot_be_is_refused(override: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        lay_out("QYX", (5, 4, 3), 2, "a.tif", override=override)


def test_channels_are_offered() -> None:
    with pytest.raises(UserError, match=r"a\.tif has 2 channels .*'movie\.channel': 0 to 1"):
        lay_out("TCYX", (5, 2, 4, 3), 2, "a.tif")


def test_colour_images_offer_their_channels_by_name() -> None:
    sentence = str(needs_channel("a.png", 3))
    assert "'movie.channel': 0 (red), 1 (green) or 2 (blue)" in sentence
    assert "3 (alpha)" in str(needs_channel("a.png", 4))


@pytest.mark.parametrize(("axes", "shape"), [("YXS", (4, 6, 3)), ("SYX", (3, 4, 6))])
def test_colour_images_are_read_with_all_their_colours(axes: str, shape: tuple[int, ...]) -> None:
    layout = lay_out(axes, shape, 3, "a.png")
    assert layout.channel is None
    page = np.arange(72).reshape(shape)
    assert layout.cut(page, 0).shape == (4, 6, 3)
    assert layout.cut(page, 0, slice(1, 3), slice(2, 6)).shape == (2, 4, 3)


def test_grey_with_alpha_is_grey() -> None:
    assert lay_out("YXS", (4, 6, 2), 3, "a.png").channel == 0


def test_a_window_is_selected_in_the_array_as_it_is_stored() -> None:
    """Axes of size 1 are part of it."""
    data = np.arange(5 * 2 * 4 * 6).reshape(5, 1, 2, 4, 6)
    layout = lay_out("TZCYX", data.shape, 5, "a.zarr", channel=1)
    where = layout.select(3, slice(1, 3), slice(2, 5))
    assert where == (3, 0, 1, slice(1, 3), slice(2, 5))
    np.testing.assert_array_equal(layout.orient(data[where]), data[3, 0, 1, 1:3, 2:5])
    turned = lay_out("TXY", (5, 6, 4), 3, "a.zarr")
    assert turned.orient(np.zeros((6, 4))[turned.select(0)[1:]]).shape == (4, 6)
    assert not turned.in_order
    assert layout.in_order


def test_a_channel_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match=r"no channel 2: 'movie\.channel' is 0 to 1"):
        lay_out("TCYX", (5, 2, 4, 3), 2, "a.tif", channel=2)
    with pytest.raises(UserError, match=r"one channel only: leave out 'movie\.channel'"):
        lay_out("TYX", (5, 4, 3), 2, "a.tif", channel=1)
    with pytest.raises(UserError, match="several channels of colour images"):
        lay_out("CYXS", (2, 4, 3, 3), 3, "a.tif", channel=1)


def test_images_without_a_pixel_are_refused() -> None:
    with pytest.raises(UserError, match=r"a\.zarr holds no pixel \(T 5 × Y 0 × X 3\)"):
        lay_out("TYX", (5, 0, 3), 2, "a.zarr")

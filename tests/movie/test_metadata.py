"""Calibration is read from OME-XML and ImageJ's description as their programs write it."""

from __future__ import annotations

import numpy as np
import pytest

from napari_binn.errors import UserError
from napari_binn.movie.metadata import from_imagej, from_ome


def ome(attributes: str, planes: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" {attributes}>{planes}</Pixels></Image></OME>'
    )


def planes(times: list[float], unit: str = "s", channel: int = 0) -> str:
    return "".join(
        f'<Plane TheT="{t}" TheC="{channel}" TheZ="0" DeltaT="{time}" DeltaTUnit="{unit}"/>'
        for t, time in enumerate(times)
    )


SIZE = 'PhysicalSizeX="0.65" PhysicalSizeY="0.7"'


def test_the_units_of_the_ome_model_are_micrometres_and_seconds() -> None:
    stated = from_ome(ome(f'{SIZE} TimeIncrement="600"'), 3, 0, "a.tif")
    assert (stated.pixel_size, stated.length_unit) == ((0.65, 0.7), "µm")
    np.testing.assert_array_equal(stated.times, [0, 600, 1200])
    assert stated.time_unit == "s"


def test_ome_units_are_kept_as_stated() -> None:
    text = ome(
        f'{SIZE} PhysicalSizeXUnit="nm" PhysicalSizeYUnit="nm" '
        'TimeIncrement="10" TimeIncrementUnit="min"'
    )
    stated = from_ome(text, 2, 0, "a.tif")
    assert (stated.length_unit, stated.time_unit) == ("nm", "min")


def test_irregular_times_of_the_planes_are_kept() -> None:
    text = ome('TimeIncrement="10" TimeIncrementUnit="min"', planes([3, 600, 1230, 5000]))
    stated = from_ome(text, 4, 0, "a.tif")
    np.testing.assert_array_equal(stated.times, [3, 600, 1230, 5000])
    assert stated.time_unit == "s"


def test_the_times_are_those_of_the_channel_that_is_read() -> None:
    text = ome("", planes([0, 10, 20]) + planes([1, 11, 22], channel=1))
    np.testing.assert_array_equal(from_ome(text, 3, 1, "a.tif").times, [1, 11, 22])


@pytest.mark.parametrize("bogus", [[0.0, 0.0, 0.0], [0.0, 600.0]])
def test_planes_without_usable_times_leave_the_interval(bogus: list[float]) -> None:
    stated = from_ome(ome('TimeIncrement="600"', planes(bogus)), 3, 0, "a.tif")
    np.testing.assert_array_equal(stated.times, [0, 600, 1200])


def test_an_interval_that_contradicts_the_planes_is_not_guessed_away() -> None:
    text = ome('TimeIncrement="10" TimeIncrementUnit="min"', planes([0, 10, 20]))
    with pytest.raises(UserError, match="interval of 10 min, but its planes are 10 s apart"):
        from_ome(text, 3, 0, "a.tif")
    assert from_ome(text, 3, 0, "a.tif", need_times=False).times is None


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'PhysicalSizeX="0" PhysicalSizeY="0"',
        f'{SIZE} PhysicalSizeXUnit="pixel" PhysicalSizeYUnit="pixel"',
        f'{SIZE} PhysicalSizeXUnit="nm"',
        'PhysicalSizeX="nan" PhysicalSizeY="inf"',
    ],
)
def test_no_usable_size_is_no_size(attributes: str) -> None:
    assert from_ome(ome(attributes), 3, 0, "a.tif").pixel_size is None


def test_documents_that_could_do_harm_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><OME>&b;</OME>'
    with pytest.raises(UserError, match="declares a document type, which is refused"):
        from_ome(bomb, 3, 0, "a.tif")


def test_broken_xml_is_told() -> None:
    with pytest.raises(UserError, match=r"OME-XML in a\.tif cannot be read"):
        from_ome("<OME><Image></OME>", 3, 0, "a.tif")


@pytest.mark.parametrize("unit", ["micron", "um", "µm", "\\u00B5m"])
def test_imagej_states_pixels_per_unit(unit: str) -> None:
    stated = from_imagej({"unit": unit, "finterval": 600.0}, (2.0, 4.0), 3)
    assert stated.pixel_size == (0.5, 0.25)
    assert stated.length_unit in ("micron", "um", "µm")
    np.testing.assert_array_equal(stated.times, [0, 600, 1200])
    assert stated.time_unit == "s"


@pytest.mark.parametrize("unit", ["", "pixel", "inch"])
def test_imagej_without_calibration_states_nothing(unit: str) -> None:
    stated = from_imagej({"unit": unit, "finterval": 0}, (72.0, 72.0), 3)
    assert stated.pixel_size is None
    assert stated.times is None


def test_imagej_names_the_unit_of_its_interval() -> None:
    stated = from_imagej({"finterval": 10, "tunit": "min"}, (0.0, 0.0), 2)
    assert stated.time_unit == "min"
    assert stated.pixel_size is None

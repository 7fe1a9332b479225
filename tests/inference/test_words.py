from __future__ import annotations

import pytest

from napari_binn.inference.terms import Boundary
from napari_binn.inference.words import boundary_in_words


@pytest.mark.parametrize(
    ("boundary", "said"),
    [
        (Boundary(), "closed (no cells cross it), as the setting 'inference.boundary' says"),
        (Boundary("open", 3), "open (cells cross it), as the setting 'inference.boundary' says"),
        (Boundary("open", 3, 4.0), "55 times more probable than closed"),
        (Boundary("closed", 0, -30.0), "far more probable than open"),
        (Boundary("closed", 0, -0.5), "the curves allow for both"),
        (Boundary(exact=True), "within the error of the solver"),
        (Boundary("open", 3, large=True), "as large as this one"),
        (Boundary(unsolved=True), "closed (no cells cross it): an open one could not be simulated"),
    ],
)
def test_what_was_taken_for_the_border_is_said_with_its_reason(boundary, said):
    assert said in boundary_in_words(boundary)

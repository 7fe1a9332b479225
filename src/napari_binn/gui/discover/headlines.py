"""What each step has, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import UserError
from ...inference.diagnostics_model import LEVEL_WORDS
from ...quantities import plural
from ...units import symbol
from ..calibration_model import Calibration, frame_times
from ..geometry import pixel_size
from ..results import Results
from ..sources import LayerSource
from ..state import STEP_OF, Facts, Step

if TYPE_CHECKING:
    from ..session import Session


def line(step: Step, session: Session, facts: Facts) -> str:
    """Return how far a running step is, or what the step has, in one line."""
    if facts.running is not None and STEP_OF[facts.running] == step:
        return session.pace.words()
    return headline(step, session)


def headline(step: Step, session: Session) -> str:
    """Return what the step has, in one line; "" if it has nothing or it cannot be read."""
    if step == "movie":
        source = session.source
        if source is None:
            return ""
        if isinstance(source, LayerSource):
            return "" if source.problem() else f"{source.name}: {movie_words(source.calibration)}"
        return f"that of the run {source.path.name}"
    if session.results is None:
        return ""
    try:
        return _of_results(step, session.results)
    except UserError:
        return ""


def _of_results(step: Step, results: Results) -> str:
    density, terms = results.density, results.terms
    if step == "density" and density is not None:
        frames, ny, nx = density.shape
        return f"{nx} × {ny} bins, {frames} frames, {density.density_unit}"
    if step == "learn" and terms is not None and results.binn is not None:
        seconds = results.binn.seconds + terms.seconds
        said = f"D(u) and G(u) from {plural(results.binn.members, 'network')} in {seconds:.0f} s"
        verdict = results.diagnosis
        return said if verdict is None else f"{said}; {LEVEL_WORDS[verdict.level]}"
    if step == "equation" and results.equations is not None:
        best = results.equations.best
        from ..overlay import unicode_formula

        return f"D = {unicode_formula(best.D.text)}, G = {unicode_formula(best.G.text)}"
    if step == "compare" and results.simulation is not None:
        error = results.simulation.metrics.get("count_error_percent")
        return "" if error is None else f"mean error of the total {error:.1f} %"
    return ""


def movie_words(calibration: Calibration) -> str:
    """Return size of the field and duration of a calibrated movie in words."""
    height, width = (
        axis.size * side
        for axis, side in zip(calibration.axes[-2:], pixel_size(calibration), strict=True)
    )
    times = frame_times(calibration)
    length, time = symbol(calibration.length_unit), symbol(calibration.time_unit)
    span = f"{times[0]:.4g} to {times[-1]:.4g} {time}"
    return f"{width:.4g} × {height:.4g} {length}, {len(times)} frames, {span}"

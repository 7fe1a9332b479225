"""What the numbers that compare a simulation with the observation are called, everywhere."""

from __future__ import annotations

from typing import NamedTuple


class MetricWords(NamedTuple):
    """The name of a number and what it means."""

    name: str
    meaning: str


COUNT = MetricWords(
    "Mean error of the total",
    "By how much the simulated number of cells (or their covered area, or brightness) is off, "
    "averaged over the frames.",
)
DEVIANCE = MetricWords(
    "Deviance per bin (noise = 1)",
    "Misfit in units of the noise (for counts: that of independent cells): about 1 where nothing "
    "but noise is left.",
)
#: The metrics of a simulation by their keys in :attr:`.Simulation.metrics`, in reading order.
METRICS = {
    "count_error_percent": COUNT,
    "relative_l2": MetricWords(
        "Relative L2 distance",
        "How far the simulated density is from the observed one, bin by bin: the root mean "
        "square of the difference, as a share of the density itself. The noise is part of it.",
    ),
    "deviance_per_bin": DEVIANCE,
}
#: Metrics of a forecast of the last frames from the first ones.
FORECASTS = {
    "forecast_count_error_percent": MetricWords(
        "Forecast: error of the total",
        "The law was found anew on the first frames alone and then predicted the others: by how "
        "much the predicted number of cells (or covered area, or brightness) is off.",
    ),
    "forecast_deviance_per_bin": MetricWords(
        "Forecast: deviance per bin",
        "Misfit of the predicted frames in units of the noise: 1 is noise only.",
    ),
}
#: Forecasts without a law; their keys follow that of the metric, behind an underscore.
GUESSES = {
    "last_frame": "nothing changes",
    "exponential": "all grows on at the same rate",
    "logistic": "each bin fills up by itself",
    "smoothed_exponential": "the smoothed mean of three frames grows on at the same rate",
    "smoothed_logistic": "each bin of the smoothed mean of three frames fills up by itself",
}

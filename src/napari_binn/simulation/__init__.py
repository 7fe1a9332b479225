"""Stage 4: the law solved forward beside the observation, and the forecast."""

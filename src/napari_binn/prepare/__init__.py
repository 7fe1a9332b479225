"""Before the measurement: drift, uneven light, what is no specimen, frames that show nothing."""

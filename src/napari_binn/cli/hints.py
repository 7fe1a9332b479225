"""How a setting that a sentence names is set on the command line."""

from __future__ import annotations

import re

#: The settings that have an option of their own, called like the last part of their names.
WITH_OPTION = (
    "movie.pattern",
    "movie.times",
    "movie.frame_interval",
    "movie.time_unit",
    "movie.pixel_size",
    "movie.length_unit",
    "movie.channel",
    "movie.field",
    "density.region",
    "density.t_range",
    "density.bins",
    "density.bin_size",
    "seed",
    "device",
)
_SETTING = re.compile(r"'((?:movie|density|binn|inference|equations|simulation)\.[a-z_]+)'")
# What is said about the words of a command line or a file, and what names options itself.
_PLACED = re.compile(
    r"^Unknown setting| in the (file|command line|option|settings)\b|(^|\s)--[a-z]"
)


def option(setting: str) -> str:
    """Return the option for a setting that has one: "--bin-size" for "density.bin_size"."""
    return "--" + setting.rpartition(".")[2].replace("_", "-")


def hinted(sentence: str) -> str:
    """Return ``sentence`` with the options behind the settings that it names in quotes."""
    names = dict.fromkeys(_SETTING.findall(sentence))
    if not names or not sentence.endswith(".") or _PLACED.search(sentence):
        return sentence
    options = " ".join(option(name) if name in WITH_OPTION else f"--set {name}=…" for name in names)
    return f"{sentence.removesuffix('.')} (on the command line: {options})."

"""How much of the computer the engine may take."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping

#: Variables that tell the numerical libraries how many threads to use.
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def physical_cores() -> int:
    """Return the number of cores without hyper-threading, or the next best number."""
    try:
        cores = importlib.import_module("psutil").cpu_count(logical=False)
    except ImportError:
        cores = None
    return int(cores or os.cpu_count() or 1)


def thread_limits(threads: int, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that holds the libraries to ``threads`` threads.

    With 0 they get all physical cores but one, unless ``env`` says otherwise.
    """
    if threads > 0:
        return dict.fromkeys(VARIABLES, str(threads))
    automatic = str(max(1, physical_cores() - 1))
    return {name: env.get(name) or automatic for name in VARIABLES}

"""Stands in for PySR where there is no Julia: keeps a table like PySR's, and what it was asked."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

TABLE = """Complexity,Loss,Equation
1,0.25,0.31
3,0.011,"u * 0.62"
5,0.002,"(u * 0.6) + 0.01"
6,0.0019,"square(u) + 0.1"
7,nan,"u / 0.0"
8,0.0012,"0.01 + ((u ^ 1.2) * 0.6)"
"""
print("what Julia prints must not be taken for an answer")


class PySRRegressor:
    def __init__(self, **options: Any) -> None:
        self.options = options

    def fit(self, X: Any, y: Any, weights: Any, variable_names: list[str]) -> None:
        options = self.options
        folder = Path(options["output_directory"]) / options["run_id"]
        folder.mkdir(parents=True, exist_ok=True)
        asked = {"options": options, "shape": X.shape, "weights": weights.tolist(),
                 "names": variable_names, "torch": "torch" in sys.modules,
                 "pid": os.getpid(), "offline": os.environ["PYTHON_JULIAPKG_OFFLINE"]}  # fmt: skip
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        mode = os.environ.get("FAKE_PYSR", "")
        if mode == "fails":
            raise RuntimeError("JuliaError: no method matching\nfit(::Nothing)")
        if mode == "dies":
            print("Segmentation fault in Julia", file=sys.stderr, flush=True)
            os._exit(3)
        (folder / "hall_of_fame.csv").write_text(TABLE, encoding="utf-8")
        if mode in ("slow", "deaf"):
            stop = re.findall(r'isfile\("(.*)"\)', options["early_stop_condition"])[0]
            end = time.monotonic() + 60
            while time.monotonic() < end and (mode == "deaf" or not Path(stop).exists()):
                time.sleep(0.02)

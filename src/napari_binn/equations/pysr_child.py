"""The process that PySR runs in: Julia on its main thread, no torch, one search after the other.

A request is a line of JSON on stdin: ``options`` of PySRRegressor, ``u``, ``curve`` and
``weights``. The answer is a line of JSON on stdout: ``{"done": true}``, or ``failed`` with a reason
and ``details``. The formulas are in PySR's own table, in the folder that the options name: there
they are also when the search is interrupted.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any


def main() -> int:
    """Answer requests until there are no more."""
    # What Julia and PySR print must not disturb the answers.
    answers = os.dup(1)
    os.dup2(2, 1)
    for line in sys.stdin:
        if line.strip():
            os.write(answers, json.dumps(_answer(line)).encode() + b"\n")
    return 0


def _answer(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
        search(request["options"], request["u"], request["curve"], request["weights"])
    except Exception as error:  # whatever fails inside Julia has a type of its own
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        return {"failed": reason, "details": traceback.format_exc()[-4000:]}
    return {"done": True}


def search(
    options: dict[str, Any], u: list[float], curve: list[float], weights: list[float]
) -> None:
    """Search formulas of a curve; PySR keeps its table up to date meanwhile."""
    import numpy as np
    from pysr import PySRRegressor

    # JSON knows no tuples, in which PySR wants the sizes of an operator's arguments.
    limits = options.pop("constraints", {})
    options["constraints"] = {
        name: tuple(limit) if isinstance(limit, list) else limit for name, limit in limits.items()
    }
    regressor = PySRRegressor(**options)
    regressor.fit(
        np.asarray(u)[:, None],
        np.asarray(curve),
        weights=np.asarray(weights),
        variable_names=["u"],
    )


if __name__ == "__main__":
    raise SystemExit(main())

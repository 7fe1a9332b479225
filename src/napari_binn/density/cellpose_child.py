"""The child process that holds a Cellpose model: ``python -m ... FOLDER``.

For each line on its standard input, the diameter of a cell [pixels] or 0, it segments
``FOLDER/frame.npy`` (Y, X) into ``FOLDER/labels.npy`` (Y, X) and answers ``done``, or ``failed``
and why. It ends when its input does.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np


def main(folder: Path) -> None:
    """Serve until the standard input ends."""
    # What libraries print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    model: Any = None
    for line in sys.stdin:
        try:
            model = _model() if model is None else model
            image = np.load(folder / "frame.npy", allow_pickle=False)
            diameter = float(line) or None
            labels = model.eval(image, diameter=diameter)[0]
            np.save(folder / "labels.npy", np.asarray(labels, dtype=np.int32))
        except Exception as error:  # told to the parent, whatever it is
            text = " ".join(str(error).split())
            answers.write(f"failed {type(error).__name__}: {text}\n")
        else:
            answers.write("done\n")


def _model() -> Any:
    core, models = (import_module(f"cellpose.{name}") for name in ("core", "models"))
    return models.CellposeModel(gpu=core.use_gpu())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The law that a phantom movie obeys, stored beside the movie."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import UserError
from .rules import Phantom


@dataclass(frozen=True)
class Truth:
    """A known law u_t = div(D(u) grad u) + G(u) u, u = density / ``density_scale``.

    Attributes
    ----------
    name
        Name of the phantom.
    D, G
        Formulas in u [``length_unit``²/``time_unit``], [1/``time_unit``].
    density_scale, density_unit
        Density of u = 1, and its unit.
    seed
        Seed of the movie.
    rules
        The phantom's own fields, for the record.
    """

    name: str
    D: str
    G: str
    length_unit: str
    time_unit: str
    density_scale: float
    density_unit: str
    seed: int
    rules: dict[str, Any]

    @classmethod
    def of(cls, phantom: Phantom, seed: int) -> Truth:
        """Return the law of ``phantom``."""
        return cls(
            name=phantom.name,
            D=phantom.D,
            G=phantom.G,
            length_unit="mm",
            time_unit="day",
            density_scale=phantom.capacity,
            density_unit="cells/mm²",
            seed=seed,
            # Through JSON once, so that what is read back equals what was written.
            rules=json.loads(json.dumps(asdict(phantom))),
        )

    def to_json(self) -> str:
        """Return the law as readable JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Truth:
        """Read what :meth:`to_json` wrote; anything else raises ``ValueError``."""
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("it holds no JSON object")
        missing = [field.name for field in fields(cls) if field.name not in values]
        if missing:
            raise ValueError(f"{missing[0]!r} is missing")
        for name in ("name", "D", "G", "length_unit", "time_unit", "density_unit"):
            if not isinstance(values[name], str):
                raise ValueError(f"{name!r} is not a text")
        scale = values["density_scale"]
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not scale > 0:
            raise ValueError("'density_scale' is not a positive number")
        return cls(**{field.name: values[field.name] for field in fields(cls)})


def truth_path(movie: Path) -> Path:
    """Return where the law of ``movie`` is stored: ``<stem>.truth.json`` beside it."""
    return movie.with_name(f"{movie.stem}.truth.json")


def read_truth(movie: str | Path) -> Truth | None:
    """Return the law stored beside ``movie``, or None where there is none.

    Raises
    ------
    UserError
        If the file is there and cannot be read.
    """
    path = truth_path(Path(movie))
    try:
        return Truth.from_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"{path} does not hold the law of a phantom ({reason}): delete it or write the "
            "phantom again."
        ) from None

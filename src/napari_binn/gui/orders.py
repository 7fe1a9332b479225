"""From the choices in the window to a run folder that the engine can go on with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..events import StageName
from ..run.folder import RunFolder
from ..run.store import RunStore
from ..settings import Settings, merge_all
from .plan import Plan
from .sources import LayerSource, Source


@dataclass(frozen=True)
class Order:
    """What the user asked for, as it was when the button was pressed.

    Attributes
    ----------
    choices
        Nested settings: all but those of the movie, which the source states.
    plan, present
        Where to compute, and the run that is shown now.
    until
        The last stage to do; None for all.
    """

    source: Source
    choices: dict[str, Any]
    plan: Plan
    present: RunFolder | None
    until: StageName | None
    store: RunStore = field(compare=False)


def prepare_run(order: Order) -> RunFolder:
    """Return the run that the engine shall go on with, its settings and input written.

    Runs in a thread: handing over a large layer takes a while.

    Raises
    ------
    UserError
        The layer cannot be analysed, or the disk refuses.
    """
    Settings.build(order.choices)  # before anything is written
    if order.plan.where == "new" or order.present is None:
        return _new_run(order)
    run = order.present
    settings = run.load_settings()
    movie = {"movie": settings.movie.model_dump(exclude_unset=True)}
    if order.plan.where == "replace":
        run.discard_from("density")
    run.save_settings(Settings.build(merge_all(order.choices, movie)))
    return run


def _new_run(order: Order) -> RunFolder:
    source, present = order.source, order.present
    path = order.store.new_path(_stem(source.name), datetime.now().astimezone())
    if order.plan.keep and present is not None:
        run = order.store.copy_settings(present.path, path, keep=order.plan.keep)
        movie: dict[str, Any] = {"movie": run.load_settings().movie.model_dump(exclude_unset=True)}
    elif isinstance(source, LayerSource):
        run, movie = _from_layer(source, path)
    else:
        run = RunFolder.create(path, input=source.input)
        movie = {"movie": source.movie}
        origin = RunFolder(source.path)
        if origin.has("truth"):
            run.save_truth(origin.load_truth())
    run.save_settings(Settings.build(merge_all(order.choices, movie)))
    return run


def _from_layer(source: LayerSource, path: Path) -> tuple[RunFolder, dict[str, Any]]:
    from .inputs import truth_of, write_input

    run = RunFolder.create(path)
    try:
        input_path, movie = write_input(source.layer, source.calibration, path)
    except BaseException:
        _remove(path)
        raise
    run = RunFolder.create(path, input=str(input_path))
    truth = truth_of(source.layer)
    if truth is not None:
        run.save_truth(truth if isinstance(truth, dict) else asdict(truth))
    run.save_inputs([input_path] if input_path.is_file() else sorted(input_path.glob("*")))
    return run, movie


def _remove(path: Path) -> None:
    """Take away a run whose input could not be written."""
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def _stem(name: str) -> str:
    return Path(name).stem if "." in name else name

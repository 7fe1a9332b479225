"""A run: a folder that holds everything between a movie and its equation.

The unit of saving, resuming, comparing and sharing. Each file is written atomically, so a run that
was killed at any moment can be read; what is not finished is not there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import safetensors
import safetensors.numpy
import tomli_w
from numpy.typing import NDArray

from napari_binn.binn.result import BinnResult
from napari_binn.density.model import Density
from napari_binn.density.npz import load_density, save_density
from napari_binn.equations.model import Equation, Equations, Simulation
from napari_binn.errors import UserError
from napari_binn.events import StageName
from napari_binn.inference.bootstrap_model import Bootstrap
from napari_binn.inference.design_model import Design
from napari_binn.inference.diagnostics_model import Diagnosis
from napari_binn.inference.terms import Terms
from napari_binn.quality.model import Quality
from napari_binn.settings import Settings

from . import check_records, checkpoint, files, records
from .fingerprints import Fingerprint, fingerprints, from_dict
from .frame_store import FrameStore
from .info import MARKER_FILE, RunInfo, State, is_run, read_info, write_info
from .layout import (
    CHECKPOINT,
    FILES,
    FRAMES,
    KNOWN_FILES,
    LOSSES,
    RESULTS,
    WEIGHTS,
    WRITTEN,
    Part,
    part_of,
)
from .process import Process
from .quality_record import quality_from, quality_record
from .versions import versions

T = TypeVar("T")


@dataclass(frozen=True)
class RunFolder:
    """The folder of a run: made by :meth:`create`, read by :meth:`open`.

    Loading what is missing or damaged raises :class:`~napari_binn.errors.UserError` with the name
    of the file; so does saving where the disk refuses.
    """

    path: Path

    @classmethod
    def check_free(cls, path: Path, *, overwrite: bool = False) -> None:
        """Raise :class:`UserError` if :meth:`create` would refuse ``path``; writes nothing."""
        try:
            if not path.exists():
                return
            if not path.is_dir():
                raise UserError(f"{path} is a file: choose another name for the run's folder.")
            partial = set(files.leftovers(path))
            content = {item.name for item in path.iterdir() if item not in partial}
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
        if not content:
            return
        if not is_run(path):
            raise UserError(
                f"The folder {path} exists, is not empty and is not a run of napari-binn: "
                "choose another folder."
            )
        if content & RESULTS and not overwrite:
            raise UserError(f"The run {path} exists already: resume it, or choose another folder.")
        cls(path).check_idle()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        input: str = "",
        argv: Sequence[str] | None = None,
        overwrite: bool = False,
    ) -> RunFolder:
        """Make a new run in ``path``, with the folders above it.

        Parameters
        ----------
        path
            A folder that does not exist, is empty, or holds a run without any result.
        input, argv
            What is analysed and the command line, kept in run.json.
        overwrite
            Whether a run that is there already is replaced: its own files are deleted, others in
            the folder stay.

        Raises
        ------
        UserError
            ``path`` is a file, another folder with content, a run (without ``overwrite``), or the
            disk refuses.
        """
        cls.check_free(path, overwrite=overwrite)
        run = cls(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(files.write_sentence(path, error)) from None
        # The marker goes last: a kill in between leaves a folder that is still ours.
        run._delete(KNOWN_FILES)
        run.tidy()
        now = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        write_info(path, RunInfo("new", now, input, tuple(argv or ()), versions=versions()))
        return run

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open the run in ``path``; :class:`UserError` where there is none or it is unreadable."""
        if not path.exists():
            raise UserError(f"There is no run {path}: check the name of the folder.")
        if not path.is_dir() or not (path / MARKER_FILE).exists():
            raise UserError(f"{path} is not a run of napari-binn: it has no {MARKER_FILE}.")
        run = cls(path)
        run.info()
        return run

    def info(self) -> RunInfo:
        """Return what run.json says."""
        return read_info(self.path)

    def state(self) -> State:
        """Return how far the run is; one that runs no longer because it was killed is stopped."""
        info = self.info()
        dead = info.process is None or not info.process.lives()
        return "stopped" if info.state == "running" and dead else info.state

    def set_state(self, state: State, message: str = "") -> None:
        """Write how far the run is, with a sentence on why it failed or what it waits for."""
        process = Process.this() if state == "running" else None
        write_info(self.path, replace(self.info(), state=state, message=message, process=process))

    def check_idle(self) -> None:
        """Raise :class:`UserError` if another process of this computer works on the run."""
        process = self.info().process
        if process is None or process.elsewhere() or process.is_this() or not process.lives():
            return
        raise UserError(
            f"Another napari-binn (process {process.pid}) is working on the run {self.path}: "
            "wait until it is done, or stop it there."
        )

    def note_seconds(self, stage: StageName, seconds: float) -> None:
        """Write the time that a stage took into run.json."""
        info = self.info()
        write_info(self.path, replace(info, seconds={**info.seconds, stage: seconds}))

    def file(self, part: Part) -> Path:
        """Return the path of a part of the run, whether it exists or not."""
        return self.path / FILES[part]

    def has(self, what: StageName | Part) -> bool:
        """Return whether a stage ("learn", …) is done or a part ("binn", …) is there."""
        return self.file(part_of(what)).is_file()

    def discard_from(self, stage: StageName) -> None:
        """Delete the results of ``stage`` and of the later ones, latest first."""
        stages = list(WRITTEN)
        for later in reversed(stages[stages.index(stage) :]):
            self._delete(WRITTEN[later])

    def tidy(self) -> None:
        """Delete temporary files that a killed process left; not while one is writing."""
        self._delete([path.name for path in files.leftovers(self.path)])

    def save_settings(self, settings: Settings) -> None:
        """Write all settings, defaults included, as TOML."""
        text = tomli_w.dumps(settings.model_dump(mode="json", exclude_none=True))
        files.write_text(self.file("settings"), text)

    def load_settings(self) -> Settings:
        """Return the settings of the run."""
        path = self.file("settings")
        try:
            values = tomllib.loads(files.read_bytes(path).decode("utf-8"))
        except ValueError as error:
            raise files.damaged(path, error) from None
        return Settings.build(values, where=f"settings file {path}")

    def save_inputs(self, paths: Iterable[str | Path]) -> None:
        """Write the fingerprint of each input file."""
        found = [item.to_dict() for item in fingerprints(paths)]
        files.write_json(self.file("inputs"), {"files": found})

    def load_inputs(self) -> tuple[Fingerprint, ...]:
        """Return the fingerprints of the input files, as they were when the run began."""
        path = self.file("inputs")
        values = files.read_json(path)
        return _decoded(path, lambda: tuple(from_dict(item) for item in values["files"]))

    def save_density(self, density: Density) -> None:
        """Write the density; the file is also a valid input of another run."""
        with files.replacing(self.file("density")) as temporary:
            save_density(temporary, density)

    def load_density(self) -> Density:
        """Return the density."""
        return load_density(self.file("density"))

    def save_quality(self, quality: Quality) -> None:
        """Write how well the density was measured."""
        files.write_npz(self.file("quality"), *quality_record(quality))

    def load_quality(self) -> Quality:
        """Return how well the density was measured."""
        path = self.file("quality")
        record = files.read_npz(path)
        return _decoded(path, lambda: quality_from(record))

    def frame_store(self, measurement: str, refused: Callable[[str], None]) -> FrameStore:
        """Return what frames gave of a measurement; see :class:`.frame_store.FrameStore`."""
        return FrameStore(self.path / FRAMES, measurement, refused)

    def drop_frames(self) -> None:
        """Delete what single frames gave, of a measurement that is finished."""
        self._delete([FRAMES])

    def save_checkpoint(self, arrays: dict[str, NDArray[Any]], fit: str) -> None:
        """Write the state of a training; ``fit`` names what it is the training of."""
        files.write_bytes(self.path / CHECKPOINT, checkpoint.packed(arrays, fit))

    def load_checkpoint(self, fit: str) -> dict[str, NDArray[Any]] | None:
        """Return the state of the training ``fit`` that was not finished; None if there is none.

        Raises
        ------
        UserError
            It is damaged, or that of another training; the message is worth a notice, no more.
        """
        path = self.path / CHECKPOINT
        if not path.is_file():
            return None
        try:
            return checkpoint.unpacked(files.read_bytes(path), fit)
        except ValueError as error:
            raise UserError(
                f"The training begins anew, because what was kept of it in {path} {error}."
            ) from None

    def drop_checkpoint(self) -> None:
        """Delete the state of a training that is finished."""
        self._delete([CHECKPOINT])

    def save_losses(self, losses: dict[str, NDArray[np.float64]]) -> None:
        """Write the losses so far, columns of equal length, as CSV."""
        files.write_table(self.path / LOSSES, losses)

    def load_losses(self) -> dict[str, NDArray[np.float64]]:
        """Return the losses by name; they are there before the training is done."""
        return files.read_table(self.path / LOSSES)

    def save_binn(self, result: BinnResult) -> None:
        """Write curves (npz), weights (safetensors) and losses (CSV) of the network.

        The npz file goes first and comes last, so that it never stands beside another training's
        weights.
        """
        self._delete([FILES["binn"]])
        self.save_losses(result.losses)
        weights = {
            name: np.array(value, order="C", copy=None) for name, value in result.weights.items()
        }
        files.write_bytes(self.path / WEIGHTS, safetensors.numpy.save(weights))
        files.write_npz(self.file("binn"), *records.binn_record(result))

    def load_binn(self) -> BinnResult:
        """Return what the network learned."""
        record = files.read_npz(self.file("binn"))
        path = self.path / WEIGHTS
        data = files.read_bytes(path)
        try:
            weights = safetensors.numpy.load(data)
        except safetensors.SafetensorError as error:
            raise files.damaged(path, error) from None
        losses = self.load_losses()
        return _decoded(self.file("binn"), lambda: records.binn_from(record, losses, weights))

    def save_terms(self, terms: Terms) -> None:
        """Write the estimate of D(u) and G(u)."""
        files.write_npz(self.file("terms"), *records.terms_record(terms))

    def load_terms(self) -> Terms:
        """Return the estimate of D(u) and G(u)."""
        path = self.file("terms")
        record = files.read_npz(path)
        return _decoded(path, lambda: records.terms_from(record))

    def save_diagnosis(self, diagnosis: Diagnosis) -> None:
        """Write whether the movie is one that reaction-diffusion can explain."""
        files.write_json(self.file("diagnosis"), diagnosis.as_dict())

    def load_diagnosis(self) -> Diagnosis:
        """Return whether the movie is one that reaction-diffusion can explain."""
        return self._load_json("diagnosis", check_records.diagnosis_from)

    def save_design(self, design: Design) -> None:
        """Write how well the curves are known, and what would help."""
        files.write_json(self.file("design"), design.as_dict())

    def load_design(self) -> Design:
        """Return how well the curves are known, and what would help."""
        return self._load_json("design", check_records.design_from)

    def save_bootstrap(self, bootstrap: Bootstrap) -> None:
        """Write how the bands stood up to simulated movies."""
        files.write_json(self.file("bootstrap"), bootstrap.as_dict())

    def load_bootstrap(self) -> Bootstrap:
        """Return how the bands stood up to simulated movies."""
        return self._load_json("bootstrap", check_records.bootstrap_from)

    def save_equations(self, equations: Equations) -> None:
        """Write all formulas that were found."""
        files.write_json(self.file("equations"), records.equations_record(equations))

    def load_equations(self) -> Equations:
        """Return all formulas that were found."""
        return self._load_json("equations", records.equations_from)

    def load_own_equations(self) -> tuple[Equation, ...]:
        """Return the equations that the user added, oldest first."""
        path = self.file("own")
        if not path.is_file():
            return ()
        values = files.read_json(path)
        return _decoded(path, lambda: tuple(records.equation_from(e) for e in values["equations"]))

    def add_own_equation(self, equation: Equation) -> None:
        """Keep an equation of the user's with the run."""
        own = replace(
            equation,
            D=replace(equation.D, source="user"),
            G=replace(equation.G, source="user"),
        )
        self._save_own_equations((*self.load_own_equations(), own))

    def remove_own_equation(self, index: int) -> None:
        """Remove one of the user's equations; IndexError if there is none of that number."""
        own = list(self.load_own_equations())
        del own[index]
        self._save_own_equations(own)

    def replace_own_equations(self, equations: Iterable[Equation]) -> None:
        """Keep these equations of the user's instead of those that are there."""
        self._save_own_equations(equations)

    def _save_own_equations(self, own: Iterable[Equation]) -> None:
        files.write_json(self.file("own"), {"equations": [asdict(item) for item in own]})

    def save_simulation(self, simulation: Simulation) -> None:
        """Write the simulated movie and its metrics."""
        files.write_npz(self.file("simulation"), *records.simulation_record(simulation))

    def load_simulation(self) -> Simulation:
        """Return the simulated movie and its metrics."""
        path = self.file("simulation")
        record = files.read_npz(path)
        return _decoded(path, lambda: records.simulation_from(record))

    def save_truth(self, truth: dict[str, Any]) -> None:
        """Write the known law of a phantom: "D", "G" and "density_scale"."""
        files.write_json(self.file("truth"), truth)

    def load_truth(self) -> dict[str, Any]:
        """Return the known law of a phantom."""
        return files.read_json(self.file("truth"))

    def save_summary(self, summary: dict[str, Any]) -> None:
        """Write summary.json (see :func:`napari_binn.run.summary.build_summary`)."""
        files.write_json(self.file("summary"), summary)

    def load_summary(self) -> dict[str, Any]:
        """Return summary.json."""
        return files.read_json(self.file("summary"))

    def save_report(self, html: str) -> Path:
        """Write report.html and return its path."""
        files.write_text(self.file("report"), html)
        return self.file("report")

    def _load_json(self, part: Part, decode: Callable[[dict[str, Any]], T]) -> T:
        path = self.file(part)
        values = files.read_json(path)
        return _decoded(path, lambda: decode(values))

    def _delete(self, names: Iterable[str]) -> None:
        for name in names:
            path = self.path / name
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise UserError(files.write_sentence(path, error)) from None


def _decoded(path: Path, decode: Callable[[], T]) -> T:
    """Return what ``decode`` makes of the content of ``path``; misfits are damage."""
    try:
        return decode()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise files.damaged(path, f"{type(error).__name__}: {error}") from None

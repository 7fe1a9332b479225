"""The run that a viewer shows: its folder, what it has, and what it would take to complete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import StageName
from ..run.folder import RunFolder
from ..settings import Settings
from .plan import Plan, make_plan, valid_stages
from .results import Results

if TYPE_CHECKING:
    from .sources import Source


class ShownRun:
    """A run folder, or none, beside what it was measured on.

    Attributes
    ----------
    folder, source
        The run and what it was measured on; None if no run is shown.
    results
        What the run has.
    settings
        Those it was made with; None if they cannot be read.
    """

    def __init__(self) -> None:
        self.folder: RunFolder | None = None
        self.source: Source | None = None
        self.results: Results | None = None
        self.settings: Settings | None = None

    def take(self, folder: RunFolder, source: Source) -> bool:
        """Show another run; return whether it is another one."""
        other = self.folder is None or self.folder.path != folder.path
        self.folder, self.source = folder, source
        return other

    def forget(self) -> None:
        """Show no run."""
        self.folder = self.source = self.results = self.settings = None

    def reload(self) -> None:
        """Read again what the run has.

        Raises
        ------
        UserError
            Its settings cannot be read.
        """
        if self.folder is None:
            return
        self.results = Results(self.folder)
        self.settings = None
        self.settings = self.folder.load_settings()

    def measured_on(self, source: Source | None) -> bool:
        """Whether it was measured on what is analysed now."""
        return source is not None and source.same_as(self.source)

    def settings_as(self, chosen: Settings, source: Source | None) -> Settings:
        """Return what is chosen as it would be for this run, whose input tells of the movie."""
        if self.settings is None or not self.measured_on(source):
            return chosen
        return chosen.model_copy(update={"movie": self.settings.movie})

    def valid(self, now: Settings | None, source: Source | None) -> tuple[StageName, ...]:
        """Return the stages whose results stand with the settings and the source of now."""
        if self.results is None or self.settings is None or now is None:
            return ()
        same = self.measured_on(source)
        return valid_stages(self.results.stages(), self.settings, now, same_input=same)

    def plan(self, now: Settings | None, source: Source | None) -> Plan | None:
        """Return what has to be done for the settings and the source of now."""
        if now is None:
            return None
        stages = () if self.results is None else self.results.stages()
        same = self.measured_on(source)
        return make_plan(stages, self._begun, self.settings, now, same_input=same)

    def interrupted(self, now: Settings | None, source: Source | None) -> bool:
        """Whether it was begun and can be continued as it is."""
        return self._begun and self.plan(now, source) == Plan("continue")

    @property
    def _begun(self) -> bool:
        return self.folder is not None and self.results is not None and self.results.begun

"""Whether PySR's Julia is there, and a button that fetches it."""

from __future__ import annotations

import threading

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ...errors import Stopped, UserError
from ..labels import WrapLabel

_LINES = 6


class JuliaSetup(QObject):
    """Fetches Julia in a thread of its own, so that the window stays alive."""

    #: A line of the installers.
    said = Signal(str)
    #: It is over: "" if Julia is there now, else why not.
    ended = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it is being fetched."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin; nothing happens where it has begun."""
        if not self.running:
            self._cancelled.clear()
            self._thread = threading.Thread(target=self._run, name="julia set-up", daemon=True)
            self._thread.start()

    def cancel(self) -> None:
        """End the download; what is there by then is used the next time."""
        self._cancelled.set()

    def _run(self) -> None:
        from ...equations import julia

        try:
            julia.set_up(self.said.emit, alive=self._check)
            problem = ""
        except Stopped:
            problem = "Cancelled: the next attempt goes on from there."
        except (UserError, OSError) as error:
            problem = str(error)
        self.ended.emit(problem)

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Stopped("Cancelled.")


class JuliaBox(QWidget):
    """The state of Julia in a sentence, the button, and the end of the installers' log."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setup = JuliaSetup(self)
        self.state_label = WrapLabel()
        self.log_label = WrapLabel(tone="muted")
        self.button = QPushButton("Set up Julia")
        self.cancel_button = QPushButton("Cancel")
        self._log: list[str] = []
        buttons = QHBoxLayout()
        buttons.addWidget(self.button)
        buttons.addWidget(self.cancel_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.state_label)
        layout.addLayout(buttons)
        layout.addWidget(self.log_label)
        self.button.clicked.connect(self._start)
        self.cancel_button.clicked.connect(self.setup.cancel)
        self.setup.said.connect(self._on_said)
        self.setup.ended.connect(self._on_ended)
        self.destroyed.connect(self.setup.cancel)
        self._show(running=False)

    def refresh(self) -> None:
        """Look whether Julia is there; PySR itself is not loaded for that."""
        if self.setup.running:
            return
        from ...equations.julia import SIZE_GB, pysr_state

        state = pysr_state()
        self._show(running=False)
        self.button.setVisible(state.version is not None and not state.ready)
        if state.version is None:
            self._say("PySR is not installed: run 'pip install pysr'.", bad=True)
        elif state.ready:
            self._say("Julia is there.")
        else:
            self._say(
                f"PySR needs Julia, which is not installed: a download of {SIZE_GB} GB that takes "
                "several minutes.",
                bad=True,
            )
        self.button.setToolTip(f"Download Julia and PySR's packages for it ({SIZE_GB} GB).")

    def _start(self) -> None:
        self._log = []
        self.log_label.setText("")
        self._show(running=True)
        self._say("Julia is being set up…")
        self.setup.start()

    def _on_said(self, line: str) -> None:
        self._log = [*self._log, line][-_LINES:]
        self.log_label.setText("\n".join(self._log))

    def _on_ended(self, problem: str) -> None:
        self._show(running=False)
        if problem:
            self._say(problem, bad=True)
        else:
            self.log_label.setText("")
            self.button.hide()
            self._say("Julia is there.")

    def _show(self, *, running: bool) -> None:
        self.button.setVisible(not running)
        self.cancel_button.setVisible(running)

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.state_label.set_tone("warning" if bad else "plain")
        self.state_label.setText(text)

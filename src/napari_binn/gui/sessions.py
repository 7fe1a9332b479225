"""The session of each viewer, made when its first dock opens."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMainWindow, QWidget

from .session import Session

if TYPE_CHECKING:
    import napari

_sessions: WeakKeyDictionary[napari.Viewer, Session] = WeakKeyDictionary()


def session_of(viewer: napari.Viewer) -> Session:
    """Return the session of a viewer; see :func:`tie` for its end."""
    session = _sessions.get(viewer)
    if session is None:
        from .engine_room import EngineRoom
        from .preferences import load_preferences

        preferences = load_preferences()
        room = EngineRoom(threads=preferences.threads, rate=preferences.plot_rate)
        session = _sessions[viewer] = Session(viewer, room, preferences)
        room.setParent(session)  # the engine ends with the room
    return session


def attach(session: Session, dock: QWidget) -> None:
    """Let the session end with the main window of ``dock``, as soon as it is in one."""
    window = dock.window()
    if isinstance(window, QMainWindow) and session.parent() is None:
        session.setParent(window)


def tie(session: Session, dock: QWidget) -> None:
    """Let the session end together with the main window that ``dock`` is shown in."""
    _Tie(session, dock)


class _Tie(QObject):
    """Waits until a dock is in its window, which is after its making."""

    def __init__(self, session: Session, dock: QWidget) -> None:
        super().__init__(dock)
        self._session, self._dock = session, dock
        dock.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Look for the main window when the dock is shown."""
        if event is not None and event.type() == QEvent.Type.Show:
            attach(self._session, self._dock)
        return False

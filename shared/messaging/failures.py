"""What may go wrong in a handler: how long to wait, when to give up, and what may be told of it."""

import traceback as tracebacks
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from shared.messaging.envelope import Envelope

PAUSES = [timedelta(seconds=s) for s in (1, 5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)]
"""Between attempts, +-20 %; after the last the event is dead: parked, shown, and retried only by a person."""
DEADLY = 3
"""An event that has taken its worker with it this many times is parked."""

_ROOT = Path(__file__).resolve().parents[2]
_PLUMBING = _ROOT / "shared" / "database.py"
"""Everybody's statements pass here: it is nobody's place."""
_CONFLICTS = {"40001", "40P01"}
"""Serialization failure, deadlock: nobody's fault, and over in a moment."""
_LOCKED = "55P03"
"""A lock has not been free for five seconds."""
_AWAY = ("08", "53", "57P", "58")
"""SQLSTATE classes of a database that is away, full, going down or broken: connection, resources, operator, system."""

F = TypeVar("F", bound=Callable[..., None])


class UnknownEvent(Exception):
    """No code for this event here (yet): it is kept, and handled after the next deployment."""


class KilledItsWorker(Exception):
    """Handling this event has ended the worker's process too many times; it is parked so that others get on."""


class Misnumbered(Exception):
    """The event's number is another event's: its producer's database was restored from a backup, and says numbers anew."""

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(envelope.name)
        self.envelope = envelope


class HandlingFailed(Exception):
    """A handler raised `error`; its effects are rolled back."""

    def __init__(self, envelope: Envelope, error: Exception) -> None:
        super().__init__(envelope.name)
        self.envelope, self.error = envelope, error


def passable(handler: F) -> F:
    """Decorate a handler: when it fails, later events of the key go on, and this one is retried out of its turn."""
    handler.__dict__["passable"] = True
    return handler


def may_be_passed(handlers: Any) -> bool:
    """Whether every handler of an event has said that later events need not wait for it."""
    return all(getattr(handler, "passable", False) for handler in handlers)


def is_known(error: Exception) -> bool:
    """The event is here already, under another number."""
    diagnostic = getattr(getattr(error, "orig", None), "diag", None)
    return isinstance(error, IntegrityError) and getattr(diagnostic, "constraint_name", None) == "uq_inbox_event_id"


def is_conflict(error: Exception) -> bool:
    """Two transactions were in each other's way: to be tried again at once."""
    return isinstance(error, DBAPIError) and _sqlstate(error) in _CONFLICTS


def is_locked(error: Exception) -> bool:
    """Somebody else has had the lock for too long: a process that is frozen, or a slow handler."""
    return isinstance(error, DBAPIError) and _sqlstate(error) == _LOCKED


def is_away(error: Exception) -> bool:
    """The database does not answer: says nothing about the event."""
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    state = _sqlstate(error)
    return (
        error.connection_invalidated
        or state.startswith(_AWAY)
        or (not state and isinstance(error, OperationalError | InterfaceError))
    )


def place_of(error: Exception) -> str:
    """The error's class and our own innermost function: failures that share it have most likely one cause."""
    name = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
    for frame, _line in reversed(list(tracebacks.walk_tb(error.__traceback__))):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_ROOT) and ".venv" not in file.parts and file != _PLUMBING:
            return f"{name} · {file.relative_to(_ROOT)} · {frame.f_code.co_name}"
    return name


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""

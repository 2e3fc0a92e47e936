"""One service as its processes see it: its name, settings, handlers, queues, and the work its relay looks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import Session, sessionmaker

from shared.events import Event
from shared.operations.hooks import Hooks
from shared.settings import KernelSettings

Handler = Callable[[Session, Any], None]
Handlers = Mapping[type[Event], Sequence[Handler]]


@dataclass(frozen=True)
class Look:
    """Work that waits in the service's own tables: while `when` answers true, the relay keeps `task` queued on `queue`.

    The task carries nothing: it claims its rows from the database, so a lost or doubled message costs nothing.
    """

    task: str
    queue: str
    when: str
    """SQL that answers one boolean; must be answered by an index."""


@dataclass(frozen=True)
class Service:
    """What `python -m services.<name>` runs. One instance a service, in its `service.py`."""

    name: str
    settings_class: type[KernelSettings]
    metadata: MetaData
    """Its own tables; the kernel's stand beside them in the same database."""
    handlers: Handlers
    looks: Sequence[Look] = ()
    misdated: Sequence[str] = ()
    """SQL that makes due what only a clock that was set back can have put off so far; done every minute."""
    extra_queues: Sequence[str] = field(default=())
    """Queues that its worker consumes beside its own, for tasks of `looks`."""
    register_tasks: Callable[[Any, Callable[[], sessionmaker[Session]]], None] | None = None
    """Registers the tasks of `looks` on the worker's Celery app; gets the app and a function that gives sessions."""
    demo: Callable[[sessionmaker[Session]], None] | None = None
    """Loads this service's part of the demonstration, and waits by itself for the facts it needs. Idempotent."""

    hooks: Hooks = field(default_factory=Hooks)
    """What it tells the operations console beside what the kernel knows."""

    @cached_property
    def settings(self) -> KernelSettings:
        """Read once, at first use; raises `pydantic.ValidationError` that names what is missing."""
        return self.settings_class()

    @property
    def queue(self) -> str:
        """The Redis list that carries events to this service."""
        return self.name


_current: list[Service] = []


def use(service: Service) -> None:
    """Say which service this process is. Tests that hold several in one process say it per test."""
    _current[:] = [service]


def current_settings() -> KernelSettings:
    """The settings of this process's service."""
    if not _current:
        raise RuntimeError("no service is in use: call shared.service.use(SERVICE) first")
    return _current[0].settings

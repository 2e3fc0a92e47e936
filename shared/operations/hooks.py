"""What a service tells the console beside what the kernel knows: its part of a timeline, figures, switches, expectations.

A service gives one `Hooks` to its `Service`. Everything here reads the service's own database and nothing else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

Level = Literal["neutral", "info", "success", "warning", "danger"]


@dataclass(frozen=True)
class Clues:
    """What a timeline is asked for. An id may be anybody's: a correlation, a registration, a person, an activity, a mail."""

    address: str = ""
    """An e-mail address in lower case: never in an address bar, a log or an audit row."""
    ids: frozenset[UUID] = frozenset()
    keys: frozenset[str] = frozenset()
    """Keys of events and due work, beside those that are made of the ids."""

    def and_also(self, ids: Iterable[UUID] = (), keys: Iterable[str] = ()) -> "Clues":
        """With what a service knows to belong to it."""
        return replace(self, ids=self.ids | frozenset(ids), keys=self.keys | frozenset(keys))


@dataclass(frozen=True)
class Step:
    """One thing that happened, or that is to happen."""

    at: datetime
    what: str
    detail: str = ""
    level: Level = "neutral"
    correlation: UUID | None = None
    link: str = ""
    """A page of the service that shows more."""
    stuck: bool = False
    """It has stopped here: said on top of the timeline."""


@dataclass(frozen=True)
class Figure:
    """A number that the console shows, samples every minute, and gives to Prometheus under its name."""

    name: str
    """In snake case, as in "mail_queued"."""
    text: str
    """Swedish, marked with N_."""
    value: int
    level: Level = "neutral"
    """"danger": something is wrong as long as the value is not 0; it is said on top, and people are alarmed."""
    advice: str = ""
    """What to do about it then. Swedish, marked with N_."""
    see: str = ""
    """The page that shows more."""
    counted: bool = True
    """False: it is 1 or 0, and says yes or no."""


@dataclass(frozen=True)
class Switch:
    """Something that can be stopped and started again: what would happen waits."""

    name: str
    text: str
    """Swedish, marked with N_."""
    about: str = ""
    """Which one, if there are many."""
    stopped: bool = False
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Switches:
    """A service's own "stop the line"."""

    every: Callable[[Session], Sequence[Switch]]
    stop: Callable[[Session, str, str], None]
    """Gets the switch's name and the reason."""
    start: Callable[[Session, str], None]


@dataclass(frozen=True)
class Overdue:
    """One thing that should have happened and has not."""

    id: UUID
    """To follow in the timeline."""
    since: datetime


@dataclass(frozen=True)
class Expectation:
    """What should have happened a while after something else."""

    name: str
    text: str
    """Swedish, marked with N_: what is missing."""
    overdue: Callable[[Session, datetime, int], Sequence[Overdue]]
    """Given the moment and how many at most: the oldest first. Answered by an index."""


@dataclass(frozen=True)
class Hooks:
    """All of a service's, each of which it may leave out."""

    follow: Callable[[Session, Clues], Clues] | None = None
    """Adds the ids that belong to those given: an address's registrations, a registration's correlations."""
    steps: Callable[[Session, Clues], Sequence[Step]] | None = None
    figures: Callable[[Session], Sequence[Figure]] | None = None
    switches: Switches | None = None
    expectations: Sequence[Expectation] = ()

"""What staff write about a project and an activity: plain values, on their way from a form (or a file) to an action."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.catalog.rules.programme import Point
from shared.events.catalog import ActivityKind, Mode


@dataclass(frozen=True)
class Leader:
    """Who leads a project: an organisation, and a person's name if it is to be shown."""

    organisation_id: UUID
    person: str = ""


@dataclass(frozen=True)
class ProjectDetails:
    """All that staff write about a project."""

    kind: str
    title: str
    purpose: str = ""
    audience: str = ""
    obligations: str = ""
    continuation: str = ""
    outcomes: tuple[str, ...] = ()
    focus_areas: tuple[str, ...] = ()
    organisers: tuple[UUID, ...] = ()
    leaders: tuple[Leader, ...] = ()
    slug: str = ""
    """Empty: made of the title. Ignored once the project is published."""


@dataclass(frozen=True)
class Speakers:
    """How many spoke, by gender, as the organiser states it."""

    women: int = 0
    men: int = 0
    other: int = 0
    not_stated: int = 0


@dataclass(frozen=True)
class ActivityDetails:
    """All that staff write about an activity."""

    kind: ActivityKind
    title: str
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    last_day: datetime
    """The moment after which registration is closed."""
    number: int | None = None
    theme: str = ""
    description: str = ""
    venue: str = ""
    address: str = ""
    town: str = ""
    join_url: str = ""
    host_id: UUID | None = None
    region_code: str | None = None
    capacity: int | None = None
    seats_per_organisation: int | None = None
    waiting_list: bool = True
    opens_at: datetime | None = None
    choice_group_id: UUID | None = None
    programme: tuple[Point, ...] = ()
    speakers: Speakers = field(default_factory=Speakers)

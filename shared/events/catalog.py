"""What the catalogue publishes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.base import Event, Part

OrganisationStatus = Literal["active", "pending", "merged"]
ActivityKind = Literal["workshop", "study_visit", "meeting", "seminar"]
Mode = Literal["on_site", "online", "hybrid"]


class OrganisationChanged(Event, name="organisation.changed"):
    """An organisation was added to the register, renamed, accepted, or merged into another. Key: the organisation."""

    organisation_id: UUID
    title: str
    kind: str
    """region, agency, municipality, county_board, business, academia, civil_society or other."""
    status: OrganisationStatus
    merged_into: UUID | None = None
    region_code: str | None = None
    """Statistics Sweden's two-digit county code, for regions."""
    aliases: tuple[str, ...] = ()


class ProjectPublished(Event, name="project.published"):
    """A learning project became public, or its public facts changed after that. Key: the project."""

    project_id: UUID
    slug: str
    title: str
    kind: str
    purpose: str
    organiser: str
    """Names of the organisations that run it, as people read them."""
    revision: int


class ProgrammeEntry(Part):
    starts: str
    """Clock time in the activity's own time zone, "09:30"."""
    title: str
    speaker: str = ""


class ActivityReleased(Event, name="activity.released"):
    """An activity of a published project was released, first or in a new revision: all that others need. Key: the activity."""

    activity_id: UUID
    revision: int
    project_id: UUID
    project_slug: str
    project_title: str
    kind: ActivityKind
    title: str
    theme: str = ""
    number: int | None = None
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    timezone: str = "Europe/Stockholm"
    place: str = ""
    """Venue, address and town, as one line; empty for digital activities."""
    join_url: str = ""
    """Only for those who have a seat: never on a public page."""
    host_organisation_id: UUID | None = None
    host: str = ""
    region_code: str | None = None
    choice_group_id: UUID | None = None
    choice_group_title: str = ""
    choice_group_single: bool = False
    """True: choose one of the group; False: one or several."""
    capacity: int | None = None
    seats_per_organisation: int | None = None
    waiting_list: bool = True
    opens_at: datetime | None = None
    last_day: datetime
    """The moment after which registration is closed."""
    programme: tuple[ProgrammeEntry, ...] = ()
    calendar_uid: str
    calendar_sequence: int = 0


class SignInRequested(Event, name="sign_in.requested"):
    """A member of staff asked for a link to sign in. Key: the member of staff."""

    staff_id: UUID
    email: str
    person_name: str
    language: str
    sealed_link: str
    """The address to open, sealed (shared.secrets.unseal): nobody who reads a table or a console can use it."""
    expires_at: datetime


class StaffChanged(Event, name="staff.changed"):
    """A member of staff was added, changed roles, or was shut out. Key: the member of staff."""

    staff_id: UUID
    email: str
    person_name: str
    roles: tuple[str, ...]
    """organiser, host, operator, administrator."""
    organisation_id: UUID | None = None
    active: bool
    sessions_valid_from: datetime
    """Sessions signed before this moment are over."""

"""Activities and choice groups."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from services.catalog.forms.matching import pick_organisation
from services.catalog.models import Activity
from services.catalog.rules.details import ActivityDetails, Speakers
from services.catalog.rules.planning import contradictions
from services.catalog.rules.programme import Point, Unreadable, read_programme, write_programme
from shared.events.catalog import ActivityKind, Mode
from shared.i18n import N_, STOCKHOLM, _, local
from shared.web import LocalDateTime, Parsed, Says
from shared.web.forms import Text200, Text5000

Count = Annotated[int, Field(ge=0, le=1000)]
Seats = Annotated[int, Field(ge=1, le=100_000)]


class ReleasedActivityForm(BaseModel):
    """What may be changed of a released activity too."""

    title: Annotated[Text200, Says(N_("rubriken"))]
    number: Annotated[Annotated[int, Field(ge=1, le=999)] | None, Says(N_("numret"))] = None
    theme: Annotated[Text200, Says(N_("temat"))] = ""
    description: Annotated[str, Field(max_length=20_000), Says(N_("beskrivningen"))] = ""
    join_url: Annotated[
        str,
        Field(max_length=2000, pattern=r"^https://\S+$"),
        Says(any=N_("Ange möteslänken i sin helhet, den börjar med https://")),
    ] = ""
    host: Annotated[Text200, Says(N_("värden"))] = ""
    capacity: Annotated[Seats | None, Says(N_("antalet platser"))] = None
    seats_per_organisation: Annotated[Seats | None, Says(N_("antalet platser per organisation"))] = None
    waiting_list: bool = False
    opens_at: Annotated[LocalDateTime | None, Says(N_("när anmälan öppnar"))] = None
    last_day: Annotated[date, Says(N_("sista anmälningsdag"))]
    programme: Annotated[Text5000, Says(N_("programmet"))] = ""
    speakers_women: Annotated[Count, Says(N_("antalet kvinnor"))] = 0
    speakers_men: Annotated[Count, Says(N_("antalet män"))] = 0
    speakers_other: Annotated[Count, Says(N_("antalet"))] = 0
    speakers_not_stated: Annotated[Count, Says(N_("antalet"))] = 0
    version: int = 0


class ActivityForm(ReleasedActivityForm):
    """All that is written about an activity before it is released."""

    kind: Annotated[ActivityKind, Says(N_("vilken typ av aktivitet det är"))]
    mode: Annotated[Mode, Says(N_("hur man deltar"))]
    starts_at: Annotated[LocalDateTime, Says(N_("när aktiviteten börjar"))]
    ends_at: Annotated[LocalDateTime, Says(N_("när aktiviteten slutar"))]
    venue: Annotated[Text200, Says(N_("lokalen"))] = ""
    address: Annotated[Text200, Says(N_("gatuadressen"))] = ""
    town: Annotated[Text200, Says(N_("orten"))] = ""
    region_code: Annotated[str, Field(pattern=r"^\d\d$"), Says(any=N_("Välj ett av länen"))] = ""
    choice_group_id: UUID | None = None


class ChoiceGroupForm(BaseModel):
    """Parallel activities to choose from."""

    group_title: Annotated[Text200, Says(N_("valgruppens namn"))]
    choose: Annotated[Literal["one", "several"], Says(any=N_("Välj hur många man får anmäla sig till"))]


def activity_details(
    session: Session, parsed: Parsed[ActivityForm] | Parsed[ReleasedActivityForm], released: Activity | None = None
) -> ActivityDetails | None:
    """What the form says, its rules checked; None when it has errors. What a released activity keeps comes from itself."""
    form = parsed.value
    if form is None:
        return None
    host = pick_organisation(session, parsed, "host", form.host)
    programme = _programme(parsed, form.programme)
    fixed = _fixed(form) if isinstance(form, ActivityForm) else _kept(released)
    details = ActivityDetails(
        title=form.title,
        number=form.number,
        theme=form.theme,
        description=form.description,
        join_url=form.join_url,
        host_id=host.id if host else None,
        capacity=form.capacity,
        seats_per_organisation=form.seats_per_organisation,
        waiting_list=form.waiting_list,
        opens_at=form.opens_at,
        last_day=_end_of(form.last_day),
        programme=tuple(programme),
        speakers=Speakers(form.speakers_women, form.speakers_men, form.speakers_other, form.speakers_not_stated),
        **fixed,
    )
    for field, message in contradictions(details).items():
        parsed.add_error(field if field in parsed.raw else "", _(message))
    return details if parsed.value is not None else None


def activity_as_typed(activity: Activity) -> dict[str, Any]:
    """The activity as its form shows it."""
    names = {*ActivityForm.model_fields} - {"host", "last_day", "programme"}
    points = (Point(item.starts, item.title, item.speaker) for item in activity.programme)
    return {
        **{name: getattr(activity, name) for name in names},
        "host": activity.host.title if activity.host else "",
        "last_day": (local(activity.last_day) - timedelta(microseconds=1)).date(),
        "programme": write_programme(points),
    }


def _fixed(form: ActivityForm) -> dict[str, Any]:
    on_site = form.mode != "online"
    return {
        "kind": form.kind,
        "mode": form.mode,
        "starts_at": form.starts_at,
        "ends_at": form.ends_at,
        "venue": form.venue if on_site else "",
        "address": form.address if on_site else "",
        "town": form.town if on_site else "",
        "region_code": (form.region_code or None) if on_site else None,
        "choice_group_id": form.choice_group_id,
    }


def _kept(activity: Activity | None) -> dict[str, Any]:
    names = ("kind", "mode", "starts_at", "ends_at", "venue", "address", "town", "region_code", "choice_group_id")
    return {name: getattr(activity, name) for name in names}


def _programme(parsed: Parsed[Any], text: str) -> list[Point]:
    try:
        return read_programme(text)
    except Unreadable as bad:
        parsed.add_error(
            "programme",
            _("Rad {number} börjar inte med ett klockslag: ”{line}”. Skriv till exempel 09.30 Kaffe och registrering.").format(
                number=bad.number, line=bad.line[:60]
            ),
        )
        return []


def _end_of(day: date) -> datetime:
    """The midnight that ends the day, on Stockholm's clocks."""
    return datetime.combine(day + timedelta(days=1), time(), STOCKHOLM)

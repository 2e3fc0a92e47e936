"""Attendance: at the door with a phone, or afterwards with a keyboard; closing it, and correcting."""

from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.registration import queries
from services.registration.actions.attendance import close_attendance, mark, mark_rest_present, reopen_attendance
from services.registration.actions.audit import note
from services.registration.actions.organisations import Known, find_organisation, propose_organisation
from services.registration.actions.register import Application, Wish, register
from services.registration.errors import FormAlreadyReceived, WishesRefused
from services.registration.forms import DoorForm, form_key_in, marks_in
from services.registration.models import ATTENDANCE, Offering
from services.registration.pages.access import activity_for
from services.registration.settings import current
from services.registration.wording import ATTENDANCE as WORDS
from services.registration.wording import refusal_text
from shared.clock import now
from shared.i18n import _, language
from shared.secrets import new_token
from shared.web import FormDep, HostDep, Parsed, SessionDep, blank_form, parse_form, redirect, render
from shared.web.searching import searched, to_what_is_searched

router = APIRouter(prefix="/anmalan/arbeta/aktivitet/{activity_id}/narvaro")


@router.get("")
def show_attendance(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID) -> Response:
    """Everybody with a seat, and their mark, narrowed by name or organisation."""
    offering = activity_for(session, staff, activity_id)
    marked = queries.marked_seats(session, activity_id)
    search = searched(request, staff)
    words = search.casefold().split()
    shown = [row for row in marked if all(word in f"{row.name} {row.organisation}".casefold() for word in words)]
    note(session, staff.staff_id, "attendance.read", f"activity:{activity_id}", rows=len(shown))
    template = (
        "registration/work/_attendance_rows.html" if request.headers.get("hx-request") else "registration/work/attendance.html"
    )
    return render(
        request,
        template,
        offering=offering,
        rows=shown,
        search=search,
        counts=queries.marks_counted(marked),
        sheet=queries.sheet_of(session, activity_id),
        states=[(state, _(WORDS[state])) for state in ATTENDANCE],
        now=now(),
    )


@router.post("/sok")
def search_attendance(request: Request, staff: HostDep, form: FormDep) -> Response:
    """Search without a name in the address."""
    return to_what_is_searched(request, staff, form)


@router.post("")
def save_attendance(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID, form: FormDep) -> Response:
    """Save all marks of the page; with its other button also everybody else as present."""
    activity_for(session, staff, activity_id)
    everybody = form.get("gor") == "alla"
    mark(session, activity_id, marks_in(form), staff_id=staff.staff_id, now=now())
    if everybody:
        mark_rest_present(session, activity_id, staff_id=staff.staff_id, now=now())
    said = _("Alla som saknade markering är närvarande.") if everybody else _("Närvaron är sparad.")
    return redirect(request, f"/anmalan/arbeta/aktivitet/{activity_id}/narvaro", flash=said)


@router.post("/plats/{seat_id}")
def save_one(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID, seat_id: UUID, form: FormDep) -> Response:
    """Save one mark at once, as htmx asks; the answer is the new counts."""
    offering = activity_for(session, staff, activity_id)
    state = marks_in(form).get(seat_id)
    if state is not None:
        mark(session, activity_id, {seat_id: state}, staff_id=staff.staff_id, now=now())
    counts = queries.marks_counted(queries.marked_seats(session, activity_id))
    return render(request, "registration/work/_attendance_counts.html", offering=offering, counts=counts)


@router.get("/stang")
def ask_to_close(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID) -> Response:
    """The step before closing: who gets the survey, and who counts as absent."""
    offering = activity_for(session, staff, activity_id)
    return render(
        request,
        "registration/work/close.html",
        offering=offering,
        counts=queries.marks_counted(queries.marked_seats(session, activity_id)),
        sheet=queries.sheet_of(session, activity_id),
        now=now(),
    )


@router.post("/stang")
def close(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID) -> Response:
    """Close the attendance: the figures are told, and those present get the survey."""
    activity_for(session, staff, activity_id)
    closed = close_attendance(session, activity_id, staff_id=staff.staff_id, now=now())
    note(session, staff.staff_id, "attendance.closed", f"activity:{activity_id}", revision=closed.revision)
    return redirect(request, f"/anmalan/arbeta/aktivitet/{activity_id}/narvaro", flash=_("Närvaron är stängd."))


@router.post("/oppna")
def reopen(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID) -> Response:
    """Open the attendance again, to correct it."""
    activity_for(session, staff, activity_id)
    reopen_attendance(session, activity_id)
    note(session, staff.staff_id, "attendance.reopened", f"activity:{activity_id}")
    return redirect(request, f"/anmalan/arbeta/aktivitet/{activity_id}/narvaro", flash=_("Närvaron är öppen för rättelser."))


@router.get("/vid-dorren")
def show_door(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID) -> Response:
    """A short form for somebody who comes without having registered."""
    offering = activity_for(session, staff, activity_id)
    return _door(request, session, offering, blank_form(DoorForm), new_token())


@router.post("/vid-dorren")
def register_at_the_door(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID, form: FormDep) -> Response:
    """Register and mark as present; dates do not count here, seats do."""
    offering = activity_for(session, staff, activity_id)
    parsed = parse_form(DoorForm, form)
    key = form_key_in(form) or new_token()
    organisation = _organisation(session, parsed)
    if parsed.value is None or organisation is None:
        return _door(request, session, offering, parsed, key, status=422)
    application = Application(
        project_id=offering.project_id,
        full_name=parsed.value.full_name,
        email=parsed.value.email,
        organisation_id=organisation.id,
        organisation=organisation.title,
        wishes=[Wish(activity_id, "online" if offering.mode == "online" else "on_site")],
        language=language(),
        form_key=key,
        source="door",
    )
    try:
        register(session, application, public_url=current().public_url, now=now())
    except WishesRefused as refused:
        session.rollback()
        parsed.add_error("", refusal_text(offering, organisation.title, refused.refusals[0].because))
        return _door(request, session, offering, parsed, key, status=409)
    except FormAlreadyReceived:
        session.rollback()
        return redirect(request, f"/anmalan/arbeta/aktivitet/{activity_id}/narvaro")
    seat_id = queries.confirmed_seat(session, activity_id, parsed.value.email)
    if seat_id is not None:
        mark(session, activity_id, {seat_id: "present"}, staff_id=staff.staff_id, now=now())
    said = _("{name} är anmäld och närvarande.").format(name=parsed.value.full_name)
    return redirect(request, f"/anmalan/arbeta/aktivitet/{activity_id}/narvaro", flash=said)


def _organisation(session: Session, parsed: Parsed[DoorForm]) -> Known | None:
    written = " ".join(str(parsed.raw["organisation"]).split())
    found = find_organisation(session, written) if written else None
    if found is None and written and not parsed.raw["organisation_missing"]:
        parsed.add_error(
            "organisation", _("Organisationen finns inte i registret. Välj en i listan, eller kryssa för att den saknas")
        )
    if found is None and parsed.value is not None:
        return propose_organisation(session, written)
    return found


def _door(
    request: Request, session: Session, offering: Offering, form: Parsed[DoorForm], key: str, *, status: int = 200
) -> Response:
    names = queries.names_to_pick(session)
    return render(request, "registration/work/door.html", status=status, offering=offering, form=form, form_key=key, names=names)

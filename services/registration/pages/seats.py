"""Acting for somebody: one registration as staff see it, cancelling on behalf, and organisations' own seats."""

from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.registration import queries
from services.registration.actions.allotments import allot, withdraw_allotment
from services.registration.actions.audit import note
from services.registration.actions.organisations import find_organisation
from services.registration.actions.seats import cancel_seats
from services.registration.actions.telling import queue_places
from services.registration.errors import NoSuchRegistration
from services.registration.forms import AllotmentForm, as_uuid, ids_in
from services.registration.models import Organisation, Project, Registration
from services.registration.pages.lists import activity_page
from services.registration.settings import current
from shared.clock import now
from shared.i18n import _, ngettext
from shared.web import FormDep, OrganiserDep, Parsed, SessionDep, Staff, parse_form, redirect, render

router = APIRouter(prefix="/anmalan/arbeta")


@router.get("/anmalan/{registration_id}")
def show_registration(request: Request, session: SessionDep, staff: OrganiserDep, registration_id: UUID) -> Response:
    """One person's registration: its seats, and which of them to cancel."""
    return _page(request, session, staff, _registration(session, registration_id))


@router.post("/anmalan/{registration_id}/avboka")
def cancel(request: Request, session: SessionDep, staff: OrganiserDep, registration_id: UUID, form: FormDep) -> Response:
    """Cancel the ticked seats on behalf of the person, who is told by mail."""
    registration = _registration(session, registration_id)
    own = {seat.id for seat in registration.seats}
    chosen = [seat_id for seat_id in ids_in(form, "seats") if seat_id in own]
    if not chosen:
        problem: Parsed[AllotmentForm] = Parsed(None, {"seats": _("Välj minst en plats att avboka")}, {"seats": []})
        return _page(request, session, staff, registration, status=422, form=problem)
    cancelled = cancel_seats(session, chosen, reason="cancelled_by_staff", now=now(), offer_hours=current().offer_hours)
    note(session, staff.staff_id, "seats.cancelled", f"registration:{registration_id}", seats=len(cancelled))
    said = ngettext("%(num)d plats är avbokad.", "%(num)d platser är avbokade.", len(cancelled)) % {"num": len(cancelled)}
    return redirect(request, f"/anmalan/arbeta/anmalan/{registration_id}", flash=said)


@router.post("/aktivitet/{activity_id}/platser")
def give_own_seats(request: Request, session: SessionDep, staff: OrganiserDep, activity_id: UUID, form: FormDep) -> Response:
    """Let an organisation have other seats in an activity than the usual."""
    offering = queries.offering_by_id(session, activity_id)
    parsed = parse_form(AllotmentForm, form)
    found = find_organisation(session, str(parsed.raw["organisation"]))
    if parsed.raw["organisation"] and found is None:
        parsed.add_error("organisation", _("Organisationen finns inte i registret. Välj en i listan som visas när du skriver"))
    if parsed.value and parsed.value.guaranteed > parsed.value.max_seats:
        parsed.add_error("guaranteed", _("Det kan inte vara fler garanterade platser än högsta antalet"))
    if parsed.value is None or found is None:
        return activity_page(request, session, staff, offering, status=422, form=parsed)
    own = {"max_seats": parsed.value.max_seats, "guaranteed": parsed.value.guaranteed}
    allot(session, activity_id, found.id, **own, now=now(), offer_hours=current().offer_hours)
    note(session, staff.staff_id, "allotment.set", f"activity:{activity_id}", organisation=str(found.id), **own)
    return redirect(request, f"/anmalan/arbeta/aktivitet/{activity_id}", flash=_("Platserna är sparade."))


@router.post("/aktivitet/{activity_id}/platser/ta-bort")
def take_back_own_seats(request: Request, session: SessionDep, staff: OrganiserDep, activity_id: UUID, form: FormDep) -> Response:
    """Let an organisation have the activity's usual seats again."""
    organisation_id = as_uuid(str(form.get("organisation", "")))
    if organisation_id is not None:
        withdraw_allotment(session, activity_id, organisation_id, now=now(), offer_hours=current().offer_hours)
        note(session, staff.staff_id, "allotment.withdrawn", f"activity:{activity_id}", organisation=str(organisation_id))
    return redirect(request, f"/anmalan/arbeta/aktivitet/{activity_id}", flash=_("Organisationen har de vanliga platserna igen."))


def _registration(session: Session, registration_id: UUID) -> Registration:
    registration = queries.registration_by_id(session, registration_id)
    if registration is None:
        raise NoSuchRegistration
    return registration


def _page(
    request: Request,
    session: Session,
    staff: Staff,
    registration: Registration,
    *,
    status: int = 200,
    form: Parsed[AllotmentForm] | None = None,
) -> Response:
    note(session, staff.staff_id, "registration.read", f"registration:{registration.id}")
    seats = sorted(registration.seats, key=lambda seat: (not seat.is_active, seat.offering.starts_at))
    return render(
        request,
        "registration/work/registration.html",
        status=status,
        registration=registration,
        project=session.get(Project, registration.project_id),
        organisation=session.get(Organisation, registration.organisation_id),
        seats=seats,
        cancellable=[seat for seat in seats if seat.is_active and seat.offering.starts_at > now()],
        places=queue_places(session, seats),
        form=form or Parsed(None, {}, {"seats": []}),
    )

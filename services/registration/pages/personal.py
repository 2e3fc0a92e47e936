"""The personal page, opened by the link in the confirmation: see everything, cancel, answer an offer, change needs."""

from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.registration import queries
from services.registration.actions.needs import forget_needs, keep_needs, needs_of, seal_needs
from services.registration.actions.seats import accept_offer, cancel_seats, decline_offer
from services.registration.actions.telling import queue_places
from services.registration.errors import LinkIsWrong, NothingToCancel
from services.registration.forms import NeedsForm, as_uuid, ids_in
from services.registration.models import Organisation, Project, Registration, Seat
from services.registration.settings import current
from services.registration.wording import DIETS
from shared.clock import now
from shared.i18n import N_, _
from shared.web import FormDep, Parsed, SessionDep, blank_form, limit_misses, parse_form, redirect, render

router = APIRouter(prefix="/anmalan/min/{token}", dependencies=[limit_misses()])

DONE = {
    "avbokad": N_("Platsen är avbokad. Du får en bekräftelse med mejl."),
    "alla-avbokade": N_("Alla platser är avbokade. Du får en bekräftelse med mejl."),
    "ja": N_("Platsen är din. Du får en bekräftelse med en kalenderinbjudan med mejl."),
    "nej": N_("Du har tackat nej, och platsen går vidare. Tack för att du svarade."),
    "behov": N_("Uppgifterna om kost och behov är sparade."),
}


@router.get("")
def show_registration(request: Request, session: SessionDep, token: str, klart: str = "") -> Response:
    """Everything that is registered, and what can be done about it."""
    registration = queries.registration_by_token(session, token)
    wants = needs_of(session, registration.id, current().needs_key)
    form = blank_form(NeedsForm, {"diets": wants.diets, "needs": wants.words})
    return _page(request, session, token, registration, form, done=DONE.get(klart, ""))


@router.get("/avboka")
def ask_to_cancel(request: Request, session: SessionDep, token: str, plats: str = "") -> Response:
    """The step before: which seats, and what it means. Mail scanners that open links change nothing."""
    registration = queries.registration_by_token(session, token)
    chosen = as_uuid(plats)
    seats = [seat for seat in _cancellable(registration) if chosen in (None, seat.id)]
    if not seats:
        raise NothingToCancel
    return render(request, "registration/cancel.html", token=token, registration=registration, seats=seats, all=chosen is None)


@router.post("/avboka")
def cancel(request: Request, session: SessionDep, token: str, form: FormDep) -> Response:
    """Cancel the seats that the step before showed."""
    registration = queries.registration_by_token(session, token)
    posted = set(ids_in(form, "seats"))
    chosen = [seat.id for seat in _cancellable(registration) if seat.id in posted]
    everything = len(chosen) == len(_cancellable(registration)) > 1
    cancel_seats(session, chosen, reason="cancelled_by_person", now=now(), offer_hours=current().offer_hours)
    return redirect(request, f"/anmalan/min/{token}?klart={'alla-avbokade' if everything else 'avbokad'}")


@router.post("/erbjudande")
def answer_offer(request: Request, session: SessionDep, token: str, form: FormDep) -> Response:
    """Take the offered seat, or let it go to the next."""
    registration = queries.registration_by_token(session, token)
    seat_id = _own_seat(registration, form.get("seat"))
    accepts = form.get("answer") == "ja"
    answer = accept_offer if accepts else decline_offer
    answer(session, seat_id, now=now(), offer_hours=current().offer_hours)
    return redirect(request, f"/anmalan/min/{token}?klart={'ja' if accepts else 'nej'}")


@router.post("/behov")
def change_needs(request: Request, session: SessionDep, token: str, form: FormDep) -> Response:
    """Keep what the person tells now, and nothing of what was told before."""
    registration = queries.registration_by_token(session, token)
    parsed = parse_form(NeedsForm, form)
    if parsed.value is None:
        return _page(request, session, token, registration, parsed, status=422)
    wants = parsed.value.wants()
    if wants and any(seat.is_active for seat in registration.seats):
        keep_needs(session, registration.id, seal_needs(wants, current().needs_key))
    else:
        forget_needs(session, registration.id)
    return redirect(request, f"/anmalan/min/{token}?klart=behov")


def _page(
    request: Request,
    session: Session,
    token: str,
    registration: Registration,
    form: Parsed[NeedsForm],
    *,
    status: int = 200,
    done: str = "",
) -> Response:
    # Somebody who left and came back has two seats at an activity: the later one is how it stands.
    latest = {seat.activity_id: seat for seat in registration.seats}.values()
    seats = sorted(latest, key=lambda seat: (seat.state != "offered", not seat.is_active, seat.offering.starts_at))
    organisation = session.get(Organisation, registration.organisation_id)
    return render(
        request,
        "registration/personal.html",
        status=status,
        token=token,
        registration=registration,
        project=session.get(Project, registration.project_id),
        organisation=organisation,
        seats=seats,
        places=queue_places(session, seats),
        cancellable=_cancellable(registration),
        now=now(),
        form=form,
        done=_(done) if done else "",
        diets=[(diet, _(said)) for diet, said in DIETS.items()],
        offer_hours=current().offer_hours,
        needs_days=current().needs_days,
    )


def _cancellable(registration: Registration) -> list[Seat]:
    """Seats that can be given up by the person: active ones, until the activity begins."""
    return [seat for seat in registration.seats if seat.is_active and seat.offering.starts_at > now()]


def _own_seat(registration: Registration, posted: object) -> UUID:
    """The posted seat, if it is this registration's. Raises `LinkIsWrong`."""
    seat_id = as_uuid(str(posted))
    if seat_id is None or seat_id not in {seat.id for seat in registration.seats}:
        raise LinkIsWrong
    return seat_id

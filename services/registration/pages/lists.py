"""Lists for staff: projects and activities with their figures, who is registered, and the same as CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.registration import queries
from services.registration.actions.audit import note
from services.registration.actions.ledger import what_is_left
from services.registration.actions.needs import summary_of_needs
from services.registration.errors import NoSuchProject
from services.registration.forms import AllotmentForm, as_uuid
from services.registration.models import SEAT_STATES, Offering, Project
from services.registration.pages.access import activity_for, host_limit
from services.registration.queries import Listed, Search
from services.registration.settings import current
from services.registration.wording import DIETS, MODES, STATES, full_title
from shared.clock import now
from shared.i18n import _, local
from shared.web import FormDep, HostDep, OrganiserDep, Pagination, Parsed, SessionDep, Staff, blank_form, render
from shared.web.searching import searched, to_what_is_searched

router = APIRouter(prefix="/anmalan/arbeta")


@router.get("")
def show_start(request: Request, session: SessionDep, staff: HostDep) -> Response:
    """Activities that are coming, and those of late, by project; for a host those of the own organisation."""
    offerings = queries.offerings_for_staff(session, host=host_limit(session, staff), now=now())
    counts = queries.counts_by_state(session, [offering.id for offering in offerings])
    projects = queries.projects_of(session, offerings)
    return render(request, "registration/work/start.html", projects=projects, offerings=offerings, counts=counts, now=now())


@router.get("/projekt/{project_id}")
def show_project(request: Request, session: SessionDep, staff: OrganiserDep, project_id: UUID) -> Response:
    """A project's activities with figures, and everybody's seats, searched and filtered."""
    project = session.get(Project, project_id)
    if project is None:
        raise NoSuchProject
    offerings = queries.offerings_of_project(session, project_id)
    search = _search(request, staff, project_id=project_id)
    return _list_page(
        request, session, staff, "registration/work/project.html", search, offerings, f"project:{project_id}", project=project
    )


@router.get("/aktivitet/{activity_id}")
def show_activity(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID) -> Response:
    """Who is registered for an activity, why others wait, and how many need what."""
    return activity_page(request, session, staff, activity_for(session, staff, activity_id))


@router.post("/projekt/{project_id}/sok")
def search_project(request: Request, staff: OrganiserDep, form: FormDep) -> Response:
    """Search without a name in the address."""
    return to_what_is_searched(request, staff, form)


@router.post("/aktivitet/{activity_id}/sok")
def search_activity(request: Request, staff: HostDep, form: FormDep) -> Response:
    """Search without a name in the address."""
    return to_what_is_searched(request, staff, form)


@router.get("/projekt/{project_id}/lista.csv")
def download_project(request: Request, session: SessionDep, staff: OrganiserDep, project_id: UUID) -> Response:
    """The project's list as it is narrowed, for a spreadsheet."""
    return _csv(session, staff, _search(request, staff, project_id=project_id), f"project:{project_id}")


@router.get("/aktivitet/{activity_id}/lista.csv")
def download_activity(request: Request, session: SessionDep, staff: HostDep, activity_id: UUID) -> Response:
    """The activity's list as it is narrowed, for a spreadsheet."""
    activity_for(session, staff, activity_id)
    return _csv(session, staff, _search(request, staff, activity_id=activity_id), f"activity:{activity_id}")


def activity_page(
    request: Request,
    session: Session,
    staff: Staff,
    offering: Offering,
    *,
    status: int = 200,
    form: Parsed[AllotmentForm] | None = None,
) -> Response:
    """The activity's page, also with what was wrong in its form of allotments."""
    search = _search(request, staff, activity_id=offering.id)
    return _list_page(
        request,
        session,
        staff,
        "registration/work/activity.html",
        search,
        [offering],
        f"activity:{offering.id}",
        status=status,
        offering=offering,
        needs=summary_of_needs(session, offering.id, current().needs_key),
        diets={diet: _(said) for diet, said in DIETS.items()},
        allotments=queries.allotments_of(session, offering.id),
        names=queries.names_to_pick(session) if staff.may("organiser") else [],
        form=form or blank_form(AllotmentForm, {"max_seats": offering.seats_per_organisation, "guaranteed": 0}),
    )


def _list_page(
    request: Request,
    session: Session,
    staff: Staff,
    template: str,
    search: Search,
    offerings: Iterable[Offering],
    target: str,
    *,
    status: int = 200,
    **context: object,
) -> Response:
    listed = list(offerings)
    ids = [offering.id for offering in listed]
    pages = Pagination.of(request, queries.how_many_seats_like(session, search), size=50)
    rows = queries.seats_like(session, search, limit=pages.size, offset=pages.offset)
    note(session, staff.staff_id, "registrations.read", target, rows=len(rows))
    everything = replace(search, text="", state="", organisation_id=None)
    return render(
        request,
        template,
        status=status,
        search=search,
        pages=pages,
        rows=rows,
        offerings=listed,
        counts=queries.counts_by_state(session, ids),
        organisations=queries.organisations_in(session, everything),
        states=[(state, _(STATES[state])) for state in SEAT_STATES],
        full=what_is_left(session, listed, None) if listed else {},
        now=now(),
        **context,
    )


def _search(request: Request, staff: Staff, *, project_id: UUID | None = None, activity_id: UUID | None = None) -> Search:
    """What the address narrows the list to; what it does not understand is passed over."""
    query = request.query_params
    state = query.get("lage", "")
    return Search(
        text=searched(request, staff),
        state=state if state in SEAT_STATES else "",
        organisation_id=as_uuid(query.get("organisation", "")),
        activity_id=activity_id or as_uuid(query.get("aktivitet", "")),
        project_id=project_id,
    )


def _csv(session: Session, staff: Staff, search: Search, target: str) -> Response:
    rows = queries.seats_like(session, search)
    note(session, staff.staff_id, "registrations.exported", target, rows=len(rows))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Aktivitet"), _("Namn"), _("E-post"), _("Organisation"), _("Läge"), _("Deltar"), _("Anmäld")])
    writer.writerows([_safe(cell) for cell in _cells(row)] for row in rows)
    # The byte order mark tells Excel that it is UTF-8; the semicolon is what Swedish Excel splits at.
    headers = {"content-disposition": 'attachment; filename="anmalda.csv"'}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _cells(row: Listed) -> list[str]:
    seat = row.seat
    return [
        full_title(seat.offering),
        row.registration.full_name,
        row.email,
        row.organisation,
        _(STATES[seat.state]),
        _(MODES[seat.mode]),
        f"{local(seat.since):%Y-%m-%d %H:%M}",
    ]


def _safe(cell: str) -> str:
    """A spreadsheet must not take what somebody wrote in a form for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

"""A mailing's way out: confirm, watch, pause, see how it went for each."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications import queries
from services.notifications.actions.mailings import audience, find_mailing, launch_mailing, pause_mailing, resume_mailing
from services.notifications.actions.messages import note
from services.notifications.errors import NobodyToWriteTo, RecipientsChanged
from services.notifications.forms import LaunchForm
from services.notifications.models import Mailing
from services.notifications.pages.mailings import show_draft
from services.notifications.pages.overview import MAILING_STATES
from services.notifications.rules.reasons import REASONS, STATES
from shared.clock import now
from shared.i18n import _
from shared.web import FormDep, OrganiserDep, Pagination, SessionDep, parse_form, redirect, render

router = APIRouter(prefix="/utskick", include_in_schema=False)


@router.get("/{mailing_id}")
def show(request: Request, session: SessionDep, staff: OrganiserDep, mailing_id: UUID) -> Response:
    """A draft, or how far the mailing has come."""
    mailing = find_mailing(session, mailing_id)
    if mailing.state == "draft":
        return show_draft(request, session, staff, mailing)
    return _progress(request, session, mailing, "notifications/mailing.html")


@router.get("/{mailing_id}/lage")
def show_progress(request: Request, session: SessionDep, _staff: OrganiserDep, mailing_id: UUID) -> Response:
    """Only the part of the page that changes, asked for every other second while it is sent."""
    return _progress(request, session, find_mailing(session, mailing_id), "notifications/progress.html")


@router.get("/{mailing_id}/skicka")
def confirm(request: Request, session: SessionDep, _staff: OrganiserDep, mailing_id: UUID) -> Response:
    """How many get it, and who not: the last look."""
    mailing = find_mailing(session, mailing_id)
    mailing.require_draft()
    return _confirm(request, session, mailing)


@router.post("/{mailing_id}/skicka")
def launch(request: Request, session: SessionDep, form: FormDep, staff: OrganiserDep, mailing_id: UUID) -> Response:
    """Off it goes, to exactly as many as were shown."""
    mailing = find_mailing(session, mailing_id, for_change=True)
    parsed = parse_form(LaunchForm, form)
    expected = parsed.value.expected if parsed.value else -1
    try:
        launch_mailing(session, mailing, expected=expected, by=staff.staff_id, now=now())
    except (NobodyToWriteTo, RecipientsChanged) as changed:
        return _confirm(request, session, mailing, str(changed), HTTPStatus.CONFLICT)
    return redirect(request, f"/utskick/{mailing_id}", flash=_("Utskicket är på väg."))


@router.post("/{mailing_id}/pausa")
def pause(request: Request, session: SessionDep, staff: OrganiserDep, mailing_id: UUID) -> Response:
    pause_mailing(session, find_mailing(session, mailing_id, for_change=True), by=staff.staff_id)
    return redirect(request, f"/utskick/{mailing_id}", flash=_("Utskicket är pausat."))


@router.post("/{mailing_id}/fortsatt")
def resume(request: Request, session: SessionDep, staff: OrganiserDep, mailing_id: UUID) -> Response:
    resume_mailing(session, find_mailing(session, mailing_id, for_change=True), by=staff.staff_id)
    return redirect(request, f"/utskick/{mailing_id}", flash=_("Utskicket fortsätter."))


@router.get("/{mailing_id}/mottagare")
def show_recipients(request: Request, session: SessionDep, staff: OrganiserDep, mailing_id: UUID) -> Response:
    """Each recipient, with what became of the mail and whether they have registered."""
    mailing = find_mailing(session, mailing_id)
    note(session, staff.staff_id, "recipients.read", f"mailing:{mailing_id}")
    progress = queries.progress_of(session, mailing_id)
    pages = Pagination.of(request, progress.total, size=50)
    return render(
        request,
        "notifications/recipients.html",
        mailing=mailing,
        subject=queries.subject_of(*queries.names(session, mailing), mailing),
        recipients=queries.recipients_of(session, mailing_id, limit=pages.size, offset=pages.offset),
        pages=pages,
        states=STATES,
        reasons=REASONS,
    )


def _progress(request: Request, session: SessionDep, mailing: Mailing, template: str) -> Response:
    project, activity = queries.names(session, mailing)
    return render(
        request,
        template,
        mailing=mailing,
        subject=queries.subject_of(project, activity, mailing),
        project=project,
        activity=activity,
        progress=queries.progress_of(session, mailing.id),
        states=STATES,
        mailing_states=MAILING_STATES,
        away=queries.server_pause(session, now=now()),
    )


def _confirm(request: Request, session: SessionDep, mailing: Mailing, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    return render(
        request,
        "notifications/confirm.html",
        status=status,
        mailing=mailing,
        audience=audience(session, mailing),
        lists=queries.chosen_lists(session, mailing.id),
        problem=problem,
    )

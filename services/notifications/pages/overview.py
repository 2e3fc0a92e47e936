"""/utskick: the mailings, and the way to lists and to the log."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications import queries
from services.notifications.rules.placeholders import headline
from shared.clock import now
from shared.i18n import N_
from shared.web import OrganiserDep, SessionDep, render

router = APIRouter(include_in_schema=False)

MAILING_STATES = {
    "draft": (N_("Utkast"), "neutral"),
    "sending": (N_("Skickas"), "info"),
    "paused": (N_("Pausat"), "warning"),
    "completed": (N_("Skickat"), "success"),
}


@router.get("/utskick")
def show_mailings(request: Request, session: SessionDep, _staff: OrganiserDep) -> Response:
    """Every mailing, the newest first."""
    return render(
        request,
        "notifications/overview.html",
        mailings=queries.mailings(session),
        states=MAILING_STATES,
        headline=headline,
        away=queries.server_pause(session, now=now()),
    )

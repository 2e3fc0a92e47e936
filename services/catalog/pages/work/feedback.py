"""What visitors have written on the contact page."""

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from services.catalog.pages.work import guarded
from services.catalog.queries import staff as queries
from shared.clock import now
from shared.i18n import _
from shared.web import OrganiserDep, SessionDep, redirect, render

router = guarded(OrganiserDep)


@router.get("/arbeta/synpunkter")
def list_feedback(request: Request, session: SessionDep) -> Response:
    """What waits for an answer, the oldest first."""
    return render(request, "catalog/work/feedback.html", waiting=queries.waiting_feedback(session))


@router.post("/arbeta/synpunkter/{feedback_id}/klar")
def handle(request: Request, session: SessionDep, feedback_id: UUID) -> Response:
    """It has been seen to, and what was written is erased."""
    queries.feedback(session, feedback_id).handle(now())
    return redirect(request, "/arbeta/synpunkter", flash=_("Synpunkten är klar, och det som skrevs är raderat."))

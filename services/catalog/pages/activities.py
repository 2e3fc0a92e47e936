"""An activity, as everybody sees it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.catalog.models import Activity
from services.catalog.queries.public import parallel_activities, public_activity
from shared.clock import now
from shared.web import SessionDep, public, render

router = APIRouter(include_in_schema=False)


@router.get("/aktivitet/{activity_id}")
def show_activity(request: Request, session: SessionDep, activity_id: UUID) -> Response:
    """What, when, where, with whom; and how to register."""
    return public(request, activity_page(request, session, public_activity(session, activity_id), now()))


def activity_page(request: Request, session: Session, activity: Activity, moment: datetime, *, preview: bool = False) -> Response:
    """The page, as visitors see it; or as they will, when staff look at it before it is released."""
    return render(
        request,
        "catalog/activity.html",
        activity=activity,
        project=activity.project,
        window=activity.window(moment),
        parallel=parallel_activities(session, activity),
        now=moment,
        preview=preview,
    )

"""The staff's start: my projects, what my organisation hosts, and what waits for somebody."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.catalog.queries.staff import all_projects, hosted_activities, waiting
from shared.clock import now
from shared.web import SessionDep, StaffDep, render

router = APIRouter(include_in_schema=False)


@router.get("/arbeta")
def show_start(request: Request, session: SessionDep, staff: StaffDep) -> Response:
    """What to do next, by what the member of staff may do."""
    moment = now()
    projects = all_projects(session) if staff.may("organiser") else []
    return render(
        request,
        "catalog/work/start.html",
        now=moment,
        mine=[project for project in projects if project.responsible_id == staff.staff_id],
        others=[project for project in projects if project.responsible_id != staff.staff_id],
        hosted=hosted_activities(session, staff.staff_id, moment),
        waiting=waiting(session) if staff.may("organiser") else None,
    )

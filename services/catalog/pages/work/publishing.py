"""Publishing a project: see it as it will be, read what happens, do it."""

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from services.catalog.actions.projects import lacks_of, publish_project
from services.catalog.pages.projects import project_page
from services.catalog.pages.work import guarded
from services.catalog.queries import staff as queries
from shared.clock import now
from shared.i18n import _
from shared.web import OrganiserDep, SessionDep, redirect, render

router = guarded(OrganiserDep)


@router.get("/arbeta/projekt/{project_id}/forhandsvisa")
def preview(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """The page exactly as visitors will see it."""
    return project_page(request, session, queries.project(session, project_id), now(), preview=True)


@router.get("/arbeta/projekt/{project_id}/publicera")
def show_publish(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """What happens, and what is missing."""
    project = queries.project(session, project_id)
    moment = now()
    return render(
        request,
        "catalog/work/publish.html",
        project=project,
        lacks=lacks_of(project),
        open_now=[activity for activity in project.activities if activity.window(moment) == "open"],
        over=[activity for activity in project.activities if activity.window(moment) in {"closed", "over"}],
        now=moment,
    )


@router.post("/arbeta/projekt/{project_id}/publicera")
def publish(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """Publish the project and release its activities."""
    project = queries.project(session, project_id, lock=True)
    publish_project(session, project, now=now())
    return redirect(
        request, f"/arbeta/projekt/{project_id}", flash=_("Projektet är publicerat och aktiviteterna är öppna för alla att se.")
    )

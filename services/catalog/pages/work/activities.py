"""Planning activities, and changing what may be changed of those that are released."""

from datetime import timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.catalog import labels
from services.catalog.actions.activities import change_activity, delete_activity, plan_activity, release_activity
from services.catalog.errors import ChangedMeanwhile
from services.catalog.forms.activities import ActivityForm, ReleasedActivityForm, activity_as_typed, activity_details
from services.catalog.models import Activity, Project
from services.catalog.pages.activities import activity_page
from services.catalog.pages.work import guarded
from services.catalog.queries import staff as queries
from services.catalog.queries.public import regions
from services.catalog.queries.register import active_titles
from shared.clock import now
from shared.i18n import _, local
from shared.web import FormDep, OrganiserDep, Parsed, SessionDep, blank_form, parse_form, redirect, render

router = guarded(OrganiserDep)


@router.get("/arbeta/projekt/{project_id}/aktiviteter/ny")
def show_new(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """A form with the usual answers: a workshop, on site, six weeks from now, registration until two weeks before."""
    project = queries.project(session, project_id)
    start = (local(now()) + timedelta(weeks=6)).replace(hour=9, minute=30, second=0, microsecond=0)
    workshops = [activity.number or 0 for activity in project.activities if activity.kind == "workshop"]
    usual = {
        "kind": "workshop",
        "number": max(workshops, default=0) + 1,
        "mode": "on_site",
        "starts_at": start,
        "ends_at": start.replace(hour=16),
        "last_day": (start - timedelta(weeks=2)).date(),
        "waiting_list": True,
        "host": project.organisers[0].organisation.title if project.organisers else "",
    }
    return _form_page(request, session, project, blank_form(ActivityForm, usual))


@router.post("/arbeta/projekt/{project_id}/aktiviteter/ny")
def create(request: Request, session: SessionDep, form: FormDep, project_id: UUID) -> Response:
    """Save a draft."""
    project = queries.project(session, project_id, lock=True)
    parsed = parse_form(ActivityForm, form)
    _refuse_foreign_group(parsed, project)
    details = activity_details(session, parsed)
    if details is None:
        return _form_page(request, session, project, parsed, status=422)
    activity = plan_activity(session, project, details)
    said = (
        _("Aktiviteten är sparad som utkast. Publicera den när den är klar.")
        if project.is_public
        else _("Aktiviteten är sparad. Den publiceras tillsammans med projektet.")
    )
    return redirect(
        request, f"/arbeta/aktivitet/{activity.id}" if project.is_public else f"/arbeta/projekt/{project_id}", flash=said
    )


@router.get("/arbeta/aktivitet/{activity_id}")
def show_edit(request: Request, session: SessionDep, activity_id: UUID) -> Response:
    """The form with what stands; of a released activity, what may be changed."""
    activity = queries.activity(session, activity_id)
    model = ReleasedActivityForm if activity.is_released else ActivityForm
    return _form_page(request, session, activity.project, blank_form(model, activity_as_typed(activity)), activity)


@router.post("/arbeta/aktivitet/{activity_id}")
def save(request: Request, session: SessionDep, form: FormDep, activity_id: UUID) -> Response:
    """Save; what is released is released anew."""
    activity = queries.activity(session, activity_id, lock=True)
    parsed: Parsed[ActivityForm] | Parsed[ReleasedActivityForm]
    if activity.is_released:
        parsed = parse_form(ReleasedActivityForm, form)
        details = activity_details(session, parsed, activity)
    else:
        parsed = parse_form(ActivityForm, form)
        _refuse_foreign_group(parsed, activity.project)
        details = activity_details(session, parsed)
    if details is not None and parsed.value is not None:
        try:
            change_activity(session, activity, details, version=parsed.value.version)
        except ChangedMeanwhile as changed:
            parsed.add_error("", str(changed))
        else:
            said = _("Ändringarna är sparade och publicerade.") if activity.is_released else _("Aktiviteten är sparad.")
            return redirect(request, f"/arbeta/projekt/{activity.project_id}", flash=said)
    return _form_page(request, session, activity.project, parsed, activity, status=422)


@router.get("/arbeta/aktivitet/{activity_id}/forhandsvisa")
def preview(request: Request, session: SessionDep, activity_id: UUID) -> Response:
    """The page exactly as visitors will see it."""
    return activity_page(request, session, queries.activity(session, activity_id), now(), preview=True)


@router.get("/arbeta/aktivitet/{activity_id}/publicera")
def show_release(request: Request, session: SessionDep, activity_id: UUID) -> Response:
    """What happens when it is released."""
    activity = queries.activity(session, activity_id)
    return render(request, "catalog/work/activity_release.html", activity=activity, project=activity.project, now=now())


@router.post("/arbeta/aktivitet/{activity_id}/publicera")
def release(request: Request, session: SessionDep, activity_id: UUID) -> Response:
    """Release an activity of a public project."""
    activity = queries.activity(session, activity_id, lock=True)
    release_activity(session, activity)
    return redirect(request, f"/arbeta/projekt/{activity.project_id}", flash=_("Aktiviteten är publicerad."))


@router.post("/arbeta/aktivitet/{activity_id}/ta-bort")
def delete(request: Request, session: SessionDep, activity_id: UUID) -> Response:
    """Throw a draft away."""
    activity = queries.activity(session, activity_id, lock=True)
    delete_activity(session, activity)
    return redirect(request, f"/arbeta/projekt/{activity.project_id}", flash=_("Aktiviteten är borttagen."))


def _refuse_foreign_group(parsed: Parsed[ActivityForm], project: Project) -> None:
    if parsed.value and parsed.value.choice_group_id not in {None, *(group.id for group in project.choice_groups)}:
        parsed.add_error("choice_group_id", _("Välj en av projektets valgrupper."))


def _form_page(
    request: Request,
    session: Session,
    project: Project,
    form: Parsed[ActivityForm] | Parsed[ReleasedActivityForm],
    activity: Activity | None = None,
    *,
    status: int = 200,
) -> Response:
    return render(
        request,
        "catalog/work/activity_form.html",
        status=status,
        form=form,
        project=project,
        activity=activity,
        kinds=[(kind, _(name)) for kind, name in labels.ACTIVITY_KINDS.items()],
        modes=[(mode, _(name)) for mode, name in labels.MODES.items()],
        regions=[(region.region_code, region.title) for region in regions(session)],
        groups=[(str(group.id), group.title) for group in project.choice_groups],
        organisations=active_titles(session),
    )

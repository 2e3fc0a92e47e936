"""Planning projects: drafts, their texts and choice groups."""

from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.catalog import labels
from services.catalog.actions.activities import add_choice_group, change_choice_group
from services.catalog.actions.projects import change_project, delete_project, lacks_of, plan_project
from services.catalog.errors import ChangedMeanwhile, SlugTaken
from services.catalog.forms.activities import ChoiceGroupForm
from services.catalog.forms.projects import ProjectForm, project_as_typed, project_details
from services.catalog.models import ChoiceGroup, Project
from services.catalog.pages.agenda import entries
from services.catalog.pages.work import guarded
from services.catalog.queries import staff as queries
from services.catalog.queries.figures import attendances, mailings
from services.catalog.queries.register import active_titles
from shared.clock import now
from shared.errors import NotFound
from shared.i18n import _
from shared.web import FormDep, OrganiserDep, Parsed, SessionDep, blank_form, parse_form, redirect, render

router = guarded(OrganiserDep)


@router.get("/arbeta/projekt/nytt")
def show_new(request: Request, session: SessionDep) -> Response:
    """An empty form."""
    return _form_page(request, session, blank_form(ProjectForm, {"kind": "learning_project"}))


@router.post("/arbeta/projekt/nytt")
def create(request: Request, session: SessionDep, form: FormDep, staff: OrganiserDep) -> Response:
    """Save a draft."""
    parsed = parse_form(ProjectForm, form)
    details = project_details(session, parsed)
    if details is not None:
        try:
            project = plan_project(session, details, responsible_id=queries.known(session, staff.staff_id), now=now())
        except SlugTaken as taken:
            parsed.add_error("slug", str(taken))
        else:
            return redirect(request, f"/arbeta/projekt/{project.id}", flash=_("Utkastet är sparat. Lägg nu till aktiviteter."))
    return _form_page(request, session, parsed, status=422)


@router.get("/arbeta/projekt/{project_id}")
def show(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """The project, and what can be done with it."""
    return _project_page(request, session, queries.project(session, project_id), blank_form(ChoiceGroupForm))


@router.get("/arbeta/projekt/{project_id}/redigera")
def show_edit(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """The form with what stands."""
    project = queries.project(session, project_id)
    return _form_page(request, session, blank_form(ProjectForm, project_as_typed(project)), project)


@router.post("/arbeta/projekt/{project_id}/redigera")
def save(request: Request, session: SessionDep, form: FormDep, project_id: UUID) -> Response:
    """Save; what is public is announced anew."""
    project = queries.project(session, project_id, lock=True)
    parsed = parse_form(ProjectForm, form)
    details = project_details(session, parsed)
    if details is not None and parsed.value is not None:
        try:
            change_project(session, project, details, version=parsed.value.version)
        except SlugTaken as taken:
            parsed.add_error("slug", str(taken))
        except ChangedMeanwhile as changed:
            parsed.add_error("", str(changed))
        else:
            said = _("Ändringarna är sparade och publicerade.") if project.is_public else _("Utkastet är sparat.")
            return redirect(request, f"/arbeta/projekt/{project_id}", flash=said)
    return _form_page(request, session, parsed, project, status=422)


@router.post("/arbeta/projekt/{project_id}/ta-bort")
def delete(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """Throw a draft away."""
    delete_project(session, queries.project(session, project_id, lock=True))
    return redirect(request, "/arbeta", flash=_("Utkastet är borttaget."))


@router.post("/arbeta/projekt/{project_id}/valgrupper")
def create_group(request: Request, session: SessionDep, form: FormDep, project_id: UUID) -> Response:
    """A new choice group."""
    project = queries.project(session, project_id, lock=True)
    parsed = parse_form(ChoiceGroupForm, form)
    if parsed.value is None:
        return _project_page(request, session, project, parsed, status=422)
    add_choice_group(session, project, title=parsed.value.group_title, single=parsed.value.choose == "one")
    return redirect(
        request, f"/arbeta/projekt/{project_id}", flash=_("Valgruppen finns. Välj den på de aktiviteter som hör till den.")
    )


@router.get("/arbeta/projekt/{project_id}/valgrupper/{group_id}")
def show_group(request: Request, session: SessionDep, project_id: UUID, group_id: UUID) -> Response:
    """A choice group's form."""
    project = queries.project(session, project_id)
    group = _group(project, group_id)
    form = blank_form(ChoiceGroupForm, {"group_title": group.title, "choose": "one" if group.single else "several"})
    return render(request, "catalog/work/choice_group.html", project=project, group=group, form=form)


@router.post("/arbeta/projekt/{project_id}/valgrupper/{group_id}")
def save_group(request: Request, session: SessionDep, form: FormDep, project_id: UUID, group_id: UUID) -> Response:
    """Save a choice group."""
    project = queries.project(session, project_id, lock=True)
    group = _group(project, group_id)
    parsed = parse_form(ChoiceGroupForm, form)
    if parsed.value is None:
        return render(request, "catalog/work/choice_group.html", status=422, project=project, group=group, form=parsed)
    change_choice_group(session, project, group, title=parsed.value.group_title, single=parsed.value.choose == "one")
    return redirect(request, f"/arbeta/projekt/{project_id}", flash=_("Valgruppen är sparad."))


def _group(project: Project, group_id: UUID) -> ChoiceGroup:
    for group in project.choice_groups:
        if group.id == group_id:
            return group
    raise NotFound


def _project_page(
    request: Request, session: Session, project: Project, form: Parsed[ChoiceGroupForm], *, status: int = 200
) -> Response:
    return render(
        request,
        "catalog/work/project.html",
        status=status,
        project=project,
        entries=entries(project.activities),
        attendances=attendances(session, project.id),
        mailings=mailings(session, project.id),
        lacks=lacks_of(project) if not project.is_public else [],
        form=form,
        now=now(),
    )


def _form_page(
    request: Request, session: Session, form: Parsed[ProjectForm], project: Project | None = None, *, status: int = 200
) -> Response:
    return render(
        request,
        "catalog/work/project_form.html",
        status=status,
        form=form,
        project=project,
        kinds=[(kind, _(name)) for kind, name in labels.PROJECT_KINDS.items()],
        organisations=active_titles(session),
    )

"""Staff: who works here, with which roles; for administrators."""

from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.catalog import labels
from services.catalog.actions.staff import add_staff, change_staff, let_in, shut_out
from services.catalog.errors import LastAdministrator, StaffExists
from services.catalog.forms.matching import pick_organisation
from services.catalog.forms.staff import NewStaffForm, StaffForm
from services.catalog.models import StaffMember
from services.catalog.pages.work import guarded
from services.catalog.queries import staff as queries
from services.catalog.queries.register import active_titles
from shared.clock import now
from shared.i18n import _
from shared.web import AdministratorDep, FormDep, Parsed, SessionDep, blank_form, parse_form, redirect, render

router = guarded(AdministratorDep)


@router.get("/arbeta/personal")
def list_staff(request: Request, session: SessionDep) -> Response:
    """Everybody."""
    return render(request, "catalog/work/people.html", people=queries.everybody(session))


@router.get("/arbeta/personal/ny")
def show_new(request: Request, session: SessionDep) -> Response:
    """An empty form."""
    return _page(request, session, None, blank_form(NewStaffForm))


@router.post("/arbeta/personal/ny")
def create(request: Request, session: SessionDep, form: FormDep) -> Response:
    """Add somebody, who can sign in at once."""
    parsed = parse_form(NewStaffForm, form)
    said = parsed.value
    organisation = pick_organisation(session, parsed, "organisation", said.organisation) if said else None
    if said is not None and parsed.value is not None:
        try:
            add_staff(
                session,
                name=said.name,
                email=said.email,
                roles=said.roles,
                organisation_id=organisation.id if organisation else None,
                now=now(),
            )
        except StaffExists as exists:
            parsed.add_error("email", str(exists))
        else:
            flash = _("{name} kan nu logga in. Be personen gå till Logga in och ange {email}.").format(
                name=said.name, email=said.email
            )
            return redirect(request, "/arbeta/personal", flash=flash)
    return _page(request, session, None, parsed, status=422)


@router.get("/arbeta/personal/{staff_id}")
def show(request: Request, session: SessionDep, staff_id: UUID) -> Response:
    """Somebody's name, organisation and roles."""
    member = queries.member(session, staff_id)
    typed = {
        "name": member.name,
        "roles": member.roles,
        "organisation": member.organisation.title if member.organisation else "",
    }
    return _page(request, session, member, blank_form(StaffForm, typed))


@router.post("/arbeta/personal/{staff_id}")
def save(request: Request, session: SessionDep, form: FormDep, staff_id: UUID) -> Response:
    """Change them; in force with the person's next click."""
    member = queries.member(session, staff_id, lock=True)
    parsed = parse_form(StaffForm, form)
    said = parsed.value
    organisation = pick_organisation(session, parsed, "organisation", said.organisation) if said else None
    if said is not None and parsed.value is not None:
        try:
            change_staff(
                session, member, name=said.name, roles=said.roles, organisation_id=organisation.id if organisation else None
            )
        except LastAdministrator as last:
            parsed.add_error("roles", str(last))
        else:
            return redirect(request, "/arbeta/personal", flash=_("{name} är sparad.").format(name=said.name))
    return _page(request, session, member, parsed, status=422)


@router.post("/arbeta/personal/{staff_id}/stang-av")
def close(request: Request, session: SessionDep, staff_id: UUID) -> Response:
    """Shut somebody out."""
    member = queries.member(session, staff_id, lock=True)
    shut_out(session, member, now=now())
    return redirect(request, "/arbeta/personal", flash=_("{name} är avstängd.").format(name=member.name))


@router.post("/arbeta/personal/{staff_id}/slapp-in")
def reopen(request: Request, session: SessionDep, staff_id: UUID) -> Response:
    """Let somebody in again."""
    member = queries.member(session, staff_id, lock=True)
    let_in(session, member)
    return redirect(request, "/arbeta/personal", flash=_("{name} kan logga in igen.").format(name=member.name))


def _page(
    request: Request,
    session: Session,
    member: StaffMember | None,
    form: Parsed[NewStaffForm] | Parsed[StaffForm],
    *,
    status: int = 200,
) -> Response:
    roles = [{"value": role, "text": _(name), "hint": _(labels.ROLE_HINTS[role])} for role, name in labels.ROLES.items()]
    return render(
        request,
        "catalog/work/person.html",
        status=status,
        member=member,
        form=form,
        roles=roles,
        organisations=active_titles(session),
    )

"""The register of organisations: those that wait, search, add, change, merge."""

from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.catalog import labels
from services.catalog.actions.organisations import add_organisation, change_organisation, merge_organisation
from services.catalog.errors import CannotMerge, OrganisationTaken, RegionTaken
from services.catalog.forms.matching import pick_organisation
from services.catalog.forms.organisations import MergeForm, OrganisationForm
from services.catalog.models import Organisation
from services.catalog.pages.work import guarded
from services.catalog.queries import staff as queries
from services.catalog.queries.register import (
    active_titles,
    count_organisations,
    match_organisations,
    pending_organisations,
    search_organisations,
)
from shared.i18n import _
from shared.web import FormDep, OrganiserDep, Pagination, Parsed, SessionDep, blank_form, parse_form, redirect, render

router = guarded(OrganiserDep)
PAGE = 25


@router.get("/arbeta/organisationer")
def list_organisations(request: Request, session: SessionDep, sok: str = "") -> Response:
    """Those that wait for staff first, then all, or those that the search finds."""
    asked = sok.strip()[:200]
    pages = Pagination.of(request, count_organisations(session, asked), PAGE)
    found = search_organisations(session, asked, limit=pages.size, offset=pages.offset)
    return render(
        request, "catalog/work/organisations.html", pending=pending_organisations(session), found=found, pages=pages, search=asked
    )


@router.get("/arbeta/organisationer/ny")
def show_new(request: Request, session: SessionDep) -> Response:
    """An empty form."""
    return _page(request, session, None, blank_form(OrganisationForm))


@router.post("/arbeta/organisationer/ny")
def create(request: Request, session: SessionDep, form: FormDep) -> Response:
    """Add an organisation."""
    parsed = parse_form(OrganisationForm, form)
    if parsed.value is not None:
        said = parsed.value
        try:
            add_organisation(
                session, title=said.title, kind=said.kind, region_code=said.region_code or None, aliases=said.alias_list
            )
        except (OrganisationTaken, RegionTaken) as taken:
            parsed.add_error("region_code" if isinstance(taken, RegionTaken) else "title", str(taken))
        else:
            return redirect(request, "/arbeta/organisationer", flash=_("{title} finns nu i registret.").format(title=said.title))
    return _page(request, session, None, parsed, status=422)


@router.get("/arbeta/organisationer/{organisation_id}")
def show(request: Request, session: SessionDep, organisation_id: UUID) -> Response:
    """An organisation: change it, accept it, or merge it."""
    organisation = queries.organisation(session, organisation_id)
    typed = {
        "title": organisation.title,
        "kind": organisation.kind if organisation.status != "pending" else "",
        "region_code": organisation.region_code,
        "aliases": "\n".join(alias.alias for alias in organisation.aliases),
    }
    return _page(request, session, organisation, blank_form(OrganisationForm, typed))


@router.post("/arbeta/organisationer/{organisation_id}")
def save(request: Request, session: SessionDep, form: FormDep, organisation_id: UUID) -> Response:
    """Change it; one that waited is accepted."""
    organisation = queries.organisation(session, organisation_id, lock=True)
    parsed = parse_form(OrganisationForm, form)
    if parsed.value is not None:
        said = parsed.value
        try:
            change_organisation(
                session,
                organisation,
                title=said.title,
                kind=said.kind,
                region_code=said.region_code or None,
                aliases=said.alias_list,
            )
        except (OrganisationTaken, RegionTaken) as taken:
            parsed.add_error("region_code" if isinstance(taken, RegionTaken) else "title", str(taken))
        else:
            return redirect(request, "/arbeta/organisationer", flash=_("{title} är sparad.").format(title=said.title))
    return _page(request, session, organisation, parsed, status=422)


@router.post("/arbeta/organisationer/{organisation_id}/sla-ihop")
def merge(request: Request, session: SessionDep, form: FormDep, organisation_id: UUID) -> Response:
    """Make it a part of another."""
    organisation = queries.organisation(session, organisation_id, lock=True)
    parsed = parse_form(MergeForm, form)
    into = pick_organisation(session, parsed, "into", parsed.value.into) if parsed.value else None
    if into is not None:
        try:
            merge_organisation(session, organisation, into)
        except CannotMerge as cannot:
            parsed.add_error("into", str(cannot))
        else:
            said = _("{old} är nu en del av {new}.").format(old=organisation.title, new=into.title)
            return redirect(request, "/arbeta/organisationer", flash=said)
    typed = {"title": organisation.title, "kind": organisation.kind, "region_code": organisation.region_code}
    aliases = "\n".join(alias.alias for alias in organisation.aliases)
    form_again: Parsed[OrganisationForm] = blank_form(OrganisationForm, typed | {"aliases": aliases})
    return _page(request, session, organisation, form_again, parsed, status=422)


def _page(
    request: Request,
    session: Session,
    organisation: Organisation | None,
    form: Parsed[OrganisationForm],
    merging: Parsed[MergeForm] | None = None,
    *,
    status: int = 200,
) -> Response:
    waits = organisation is not None and organisation.status == "pending"
    alike = match_organisations(session, [organisation.title]).unknown if organisation is not None and waits else {}
    return render(
        request,
        "catalog/work/organisation.html",
        status=status,
        organisation=organisation,
        form=form,
        merging=merging or blank_form(MergeForm),
        alike=[title for titles in alike.values() for title in titles],
        into=queries.merged_into(session, organisation),
        kinds=[(kind, _(name)) for kind, name in labels.ORGANISATION_KINDS.items()],
        organisations=active_titles(session),
    )

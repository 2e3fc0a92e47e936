"""/utskick/listor: contact lists."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications import queries
from services.notifications.actions.contacts import create_list, delete_list, find_list, rename_list
from services.notifications.actions.messages import note
from services.notifications.errors import ListInUse, TitleTaken
from services.notifications.forms import ListForm, PasteForm
from services.notifications.models import ContactList
from shared.i18n import _
from shared.web import FormDep, OrganiserDep, Pagination, Parsed, SessionDep, blank_form, parse_form, redirect, render

router = APIRouter(prefix="/utskick/listor", include_in_schema=False)


@router.get("")
def show_lists(request: Request, session: SessionDep, _staff: OrganiserDep) -> Response:
    """All lists, with how many are on each."""
    return render(request, "notifications/lists.html", lists=queries.lists_with_counts(session))


@router.get("/ny")
def new_list(request: Request, _staff: OrganiserDep) -> Response:
    return render(request, "notifications/list_form.html", form=blank_form(ListForm), contact_list=None)


@router.post("/ny")
def create(request: Request, session: SessionDep, form: FormDep, _staff: OrganiserDep) -> Response:
    parsed = parse_form(ListForm, form)
    if parsed.value is not None:
        try:
            made = create_list(session, parsed.value.title, parsed.value.description)
        except TitleTaken as taken:
            parsed.add_error("title", str(taken))
        else:
            return redirect(request, f"/utskick/listor/{made.id}", flash=_("Listan är skapad. Lägg till kontakter."))
    return _form(request, parsed, None)


@router.get("/{list_id}")
def show_list(request: Request, session: SessionDep, staff: OrganiserDep, list_id: UUID) -> Response:
    """Its contacts, and the box to paste more."""
    return show(request, session, staff.staff_id, find_list(session, list_id), blank_form(PasteForm))


@router.get("/{list_id}/redigera")
def edit_list(request: Request, session: SessionDep, _staff: OrganiserDep, list_id: UUID) -> Response:
    contact_list = find_list(session, list_id)
    return render(request, "notifications/list_form.html", form=blank_form(ListForm, contact_list), contact_list=contact_list)


@router.post("/{list_id}/redigera")
def rename(request: Request, session: SessionDep, form: FormDep, _staff: OrganiserDep, list_id: UUID) -> Response:
    contact_list = find_list(session, list_id)
    parsed = parse_form(ListForm, form)
    if parsed.value is not None:
        try:
            rename_list(session, contact_list, parsed.value.title, parsed.value.description)
        except TitleTaken as taken:
            parsed.add_error("title", str(taken))
        else:
            return redirect(request, f"/utskick/listor/{list_id}", flash=_("Listan är sparad."))
    return _form(request, parsed, contact_list)


@router.get("/{list_id}/ta-bort")
def ask_to_delete(request: Request, session: SessionDep, _staff: OrganiserDep, list_id: UUID) -> Response:
    """Sure? It says how many would go."""
    contact_list = find_list(session, list_id)
    count = queries.count_contacts(session, list_id)
    return render(request, "notifications/list_delete.html", contact_list=contact_list, count=count)


@router.post("/{list_id}/ta-bort")
def delete(request: Request, session: SessionDep, staff: OrganiserDep, list_id: UUID) -> Response:
    contact_list = find_list(session, list_id)
    try:
        delete_list(session, contact_list)
    except ListInUse as used:
        return redirect(request, f"/utskick/listor/{list_id}", flash=str(used))
    note(session, staff.staff_id, "list.delete", f"list:{list_id}", detail={"title": contact_list.title})
    return redirect(request, "/utskick/listor", flash=_("Listan är borttagen."))


def show(
    request: Request,
    session: SessionDep,
    reader: UUID,
    contact_list: ContactList,
    form: Parsed[PasteForm],
    status: int = HTTPStatus.OK,
) -> Response:
    """The page of a list. That it was read is noted: it is full of people."""
    note(session, reader, "contacts.read", f"list:{contact_list.id}")
    pages = Pagination.of(request, queries.count_contacts(session, contact_list.id), size=50)
    return render(
        request,
        "notifications/list.html",
        status=status,
        contact_list=contact_list,
        contacts=queries.contacts_of(session, contact_list.id, limit=pages.size, offset=pages.offset),
        rejected=queries.rejected_lines(session, contact_list.id),
        pages=pages,
        form=form,
    )


def _form(request: Request, parsed: Parsed[ListForm], contact_list: ContactList | None) -> Response:
    return render(
        request, "notifications/list_form.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, form=parsed, contact_list=contact_list
    )

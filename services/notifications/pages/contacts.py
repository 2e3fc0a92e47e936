"""The people on a list: paste, correct, change, remove."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from services.notifications import queries
from services.notifications.actions.contacts import (
    Imported,
    drop_rejected,
    edit_contact,
    find_contact,
    find_list,
    import_contacts,
)
from services.notifications.errors import AddressTaken
from services.notifications.forms import MAX_PASTED, ContactForm, PasteForm
from services.notifications.models import Contact
from services.notifications.pages.lists import show
from services.notifications.rules.contacts import as_text
from shared.i18n import _, ngettext
from shared.web import FormDep, OrganiserDep, Parsed, SessionDep, blank_form, parse_form, redirect, render

router = APIRouter(prefix="/utskick/listor/{list_id}", include_in_schema=False)


@router.post("/kontakter")
def paste(request: Request, session: SessionDep, form: FormDep, staff: OrganiserDep, list_id: UUID) -> Response:
    """Take in what was pasted, or the file. Lines that cannot be read are kept, and shown."""
    contact_list = find_list(session, list_id)
    pasted = _with_file(form)
    parsed = parse_form(PasteForm, pasted)
    if parsed.value is None:
        return show(request, session, staff.staff_id, contact_list, parsed, HTTPStatus.UNPROCESSABLE_ENTITY)
    imported = import_contacts(session, list_id, parsed.value.contacts)
    return redirect(request, f"/utskick/listor/{list_id}", flash=_sentence(imported))


@router.get("/ratta")
def correct(request: Request, session: SessionDep, _staff: OrganiserDep, list_id: UUID) -> Response:
    """The lines that could not be read, to be corrected in place."""
    rejected = queries.rejected_lines(session, list_id)
    form = blank_form(PasteForm, {"contacts": as_text(line.text for line in rejected)})
    contact_list = find_list(session, list_id)
    return render(request, "notifications/rejected.html", contact_list=contact_list, rejected=rejected, form=form)


@router.post("/ratta")
def take_corrected(request: Request, session: SessionDep, form: FormDep, _staff: OrganiserDep, list_id: UUID) -> Response:
    """What is still wrong stays to be corrected; an empty box forgets the lines."""
    find_list(session, list_id)
    parsed = parse_form(PasteForm, form)
    if parsed.value is None:
        drop_rejected(session, list_id)
        return redirect(request, f"/utskick/listor/{list_id}", flash=_("Raderna är borttagna."))
    imported = import_contacts(session, list_id, parsed.value.contacts, instead_of_rejected=True)
    to = f"/utskick/listor/{list_id}{'/ratta' if imported.rejected else ''}"
    return redirect(request, to, flash=_sentence(imported))


@router.get("/kontakter/{contact_id}")
def edit(request: Request, session: SessionDep, _staff: OrganiserDep, list_id: UUID, contact_id: UUID) -> Response:
    contact = find_contact(session, list_id, contact_id)
    return _form(request, session, contact, blank_form(ContactForm, contact))


@router.post("/kontakter/{contact_id}")
def save(request: Request, session: SessionDep, form: FormDep, _staff: OrganiserDep, list_id: UUID, contact_id: UUID) -> Response:
    contact = find_contact(session, list_id, contact_id)
    parsed = parse_form(ContactForm, form)
    if parsed.value is not None:
        value = parsed.value
        try:
            edit_contact(session, contact, name=value.name, address=value.address, organisation=value.organisation)
        except AddressTaken as taken:
            parsed.add_error("address", str(taken))
        else:
            return redirect(request, f"/utskick/listor/{list_id}", flash=_("Kontakten är sparad."))
    return _form(request, session, contact, parsed, HTTPStatus.UNPROCESSABLE_ENTITY)


@router.post("/kontakter/{contact_id}/ta-bort")
def remove(request: Request, session: SessionDep, _staff: OrganiserDep, list_id: UUID, contact_id: UUID) -> Response:
    contact = find_contact(session, list_id, contact_id)
    session.delete(contact)
    told = _("{name} är borttagen från listan.").format(name=contact.name or contact.address)
    return redirect(request, f"/utskick/listor/{list_id}", flash=told)


def _form(
    request: Request, session: SessionDep, contact: Contact, form: Parsed[ContactForm], status: int = HTTPStatus.OK
) -> Response:
    contact_list = find_list(session, contact.list_id)
    return render(
        request, "notifications/contact_form.html", status=status, contact=contact, contact_list=contact_list, form=form
    )


def _with_file(form: FormData) -> FormData:
    """A file counts as if its text had been pasted below what was typed."""
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return form
    content = upload.file.read(4 * MAX_PASTED)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what a Swedish spreadsheet saves as CSV
    typed = str(form.get("contacts") or "")
    return FormData([("contacts", f"{typed}\n{text}" if typed.strip() else text)])


def _sentence(imported: Imported) -> str:
    said = [ngettext("%(num)d ny kontakt.", "%(num)d nya kontakter.", imported.added) % {"num": imported.added}]
    if imported.updated:
        said.append(ngettext("%(num)d uppdaterad.", "%(num)d uppdaterade.", imported.updated) % {"num": imported.updated})
    if imported.known:
        said.append(ngettext("%(num)d fanns redan.", "%(num)d fanns redan.", imported.known) % {"num": imported.known})
    if imported.rejected:
        said.append(
            ngettext("%(num)d rad att rätta.", "%(num)d rader att rätta.", imported.rejected) % {"num": imported.rejected}
        )
    return " ".join(said)

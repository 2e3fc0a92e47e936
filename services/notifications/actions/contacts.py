"""Contact lists: make, fill, correct, empty."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notifications.errors import AddressTaken, ListInUse, TitleTaken
from services.notifications.models import Contact, ContactList, Mailing, MailingList, RejectedLine
from services.notifications.rules.contacts import Line, Rejected, read_contacts
from shared.errors import NotFound
from shared.i18n import sort_key


@dataclass(frozen=True)
class Imported:
    """What became of pasted lines."""

    added: int
    updated: int
    """Known addresses whose name or organisation was news."""
    known: int
    """Known addresses, nothing new."""
    rejected: int


def create_list(session: Session, title: str, description: str = "") -> ContactList:
    """A new, empty list. Raises `TitleTaken`."""
    _require_free_title(session, title)
    contact_list = ContactList(title=title, sort_key=sort_key(title), description=description)
    session.add(contact_list)
    session.flush()
    return contact_list


def rename_list(session: Session, contact_list: ContactList, title: str, description: str) -> None:
    """Raises `TitleTaken`."""
    if title != contact_list.title:
        _require_free_title(session, title)
    contact_list.title, contact_list.sort_key, contact_list.description = title, sort_key(title), description


def delete_list(session: Session, contact_list: ContactList) -> None:
    """With its contacts. Mailings that were sent keep their recipients. Raises `ListInUse`."""
    drafts = (
        select(MailingList)
        .join(Mailing, Mailing.id == MailingList.mailing_id)
        .where(MailingList.list_id == contact_list.id, Mailing.state == "draft")
    )
    if session.scalar(drafts.limit(1)) is not None:
        raise ListInUse
    session.delete(contact_list)


def import_contacts(session: Session, list_id: UUID, text: str, *, instead_of_rejected: bool = False) -> Imported:
    """Put what was pasted on the list. What cannot be read is kept beside it, to be corrected (`instead_of_rejected`).

    An address that is there already is not added again: a name or an organisation that it lacked or that differs is taken over.
    """
    lines, rejected = read_contacts(text)
    if instead_of_rejected:
        session.execute(delete(RejectedLine).where(RejectedLine.list_id == list_id))
    session.add_all(RejectedLine(list_id=list_id, line=r.number, text=r.text, problem=r.problem) for r in rejected)
    return _merge(session, list_id, lines, rejected)


def edit_contact(session: Session, contact: Contact, *, name: str, address: str, organisation: str) -> None:
    """Raises `AddressTaken`. `address` is normal (`rules.contacts.normal_address`)."""
    others = select(Contact.id).where(
        Contact.list_id == contact.list_id, Contact.address_key == address.lower(), Contact.id != contact.id
    )
    if session.scalar(others) is not None:
        raise AddressTaken
    contact.name, contact.address, contact.organisation = name, address, organisation
    contact.sort_key = sort_key(name or address)


def drop_rejected(session: Session, list_id: UUID) -> None:
    """Forget the lines that could not be read."""
    session.execute(delete(RejectedLine).where(RejectedLine.list_id == list_id))


def find_contact(session: Session, list_id: UUID, contact_id: UUID) -> Contact:
    """Raises `NotFound`."""
    contact = session.get(Contact, contact_id)
    if contact is None or contact.list_id != list_id:
        raise NotFound
    return contact


def find_list(session: Session, list_id: UUID) -> ContactList:
    """Raises `NotFound`."""
    contact_list = session.get(ContactList, list_id)
    if contact_list is None:
        raise NotFound
    return contact_list


def _merge(session: Session, list_id: UUID, lines: Sequence[Line], rejected: Sequence[Rejected]) -> Imported:
    known = _known(session, list_id, (line.address.lower() for line in lines))
    new = [line for line in lines if line.address.lower() not in known]
    changed = 0
    for line in lines:
        contact = known.get(line.address.lower())
        if contact is not None and _take_over(contact, line):
            changed += 1
    if new:
        rows = [
            {
                "list_id": list_id,
                "name": line.name,
                "sort_key": sort_key(line.name or line.address),
                "address": line.address,
                "organisation": line.organisation,
            }
            for line in new
        ]
        # Somebody else may be pasting the same at this moment.
        session.execute(insert(Contact).on_conflict_do_nothing(index_elements=["list_id", "address_key"]), rows)
    return Imported(len(new), changed, len(lines) - len(new) - changed, len(rejected))


def _known(session: Session, list_id: UUID, keys: Iterable[str]) -> dict[str, Contact]:
    query = select(Contact).where(Contact.list_id == list_id, Contact.address_key.in_(list(keys)))
    return {contact.address_key: contact for contact in session.scalars(query)}


def _take_over(contact: Contact, line: Line) -> bool:
    name, organisation = line.name or contact.name, line.organisation or contact.organisation
    if (name, organisation) == (contact.name, contact.organisation):
        return False
    contact.name, contact.organisation, contact.sort_key = name, organisation, sort_key(name or contact.address)
    return True


def _require_free_title(session: Session, title: str) -> None:
    if session.scalar(select(ContactList.id).where(func.lower(ContactList.title) == title.lower())) is not None:
        raise TitleTaken

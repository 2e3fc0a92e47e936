"""Which line is a contact: what people paste from an address book, a spreadsheet or a mail's list of recipients.

    Åsa Lind <asa.lind@region.example>; Region Gävleborg
    Åsa Lind; asa.lind@region.example; Region Gävleborg          (or with tabs, or with commas)
    asa.lind@region.example

A first line of headings ("Namn;E-post;Organisation") decides the order of the columns, and is no contact.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from shared.i18n import N_

NO_ADDRESS = N_("Raden saknar e-postadress")
BAD_ADDRESS = N_("E-postadressen är inte rätt skriven")
TWO_ADDRESSES = N_("Raden har flera e-postadresser: skriv en person per rad")
TOO_LONG = N_("Raden är för lång")
LONGEST = 500

_HEADINGS = {
    "name": {"namn", "name", "fullständigt namn", "full name", "kontakt"},
    "first": {"förnamn", "first name", "firstname"},
    "last": {"efternamn", "last name", "lastname", "surname"},
    "address": {"e-post", "epost", "e-postadress", "epostadress", "mejl", "mejladress", "mail", "email", "e-mail", "adress"},
    "organisation": {"organisation", "organization", "arbetsplats", "företag", "company", "myndighet", "region"},
}
_ANGLED = re.compile(r"^(?P<name>[^<>]*)<(?P<address>[^<>]*)>\s*(?:[;,\t]\s*(?P<organisation>.*))?$")


@dataclass(frozen=True)
class Line:
    """A line that was understood."""

    name: str
    address: str
    organisation: str = ""


@dataclass(frozen=True)
class Rejected:
    """A line that was not, and why."""

    number: int
    text: str
    problem: str


def read_contacts(text: str) -> tuple[list[Line], list[Rejected]]:
    """The contacts in `text`, and the lines that could not be read. Empty lines do not count.

    The same address twice is one contact: what the later line knows fills what the earlier one lacks.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1) if line.strip()]
    columns: Sequence[str] | None = None
    if lines and (columns := _headings(lines[0][1])) is not None:
        lines = lines[1:]
    found: dict[str, Line] = {}
    rejected = []
    for number, line in lines:
        try:
            contact = _contact(line, columns)
        except ValueError as problem:
            rejected.append(Rejected(number, line[:LONGEST], str(problem)))
        else:
            key = contact.address.lower()
            found[key] = _merged(found[key], contact) if key in found else contact
    return list(found.values()), rejected


def normal_address(written: str) -> str:
    """The address as mail servers take it (host in lower case and ASCII). Raises ValueError with what is wrong."""
    try:
        valid = validate_email(written.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError(BAD_ADDRESS) from None
    return valid.ascii_email or valid.normalized


def _contact(line: str, columns: Sequence[str] | None) -> Line:
    if len(line) > LONGEST:
        raise ValueError(TOO_LONG)
    if angled := _ANGLED.match(line):
        return _line(angled["name"], angled["address"], angled["organisation"] or "")
    cells = _cells(line)
    if columns is not None:
        return _by_headings(dict(zip(columns, cells, strict=False)))
    addresses = [cell for cell in cells if "@" in cell]
    if not addresses:
        raise ValueError(NO_ADDRESS)
    if len(addresses) > 1:
        raise ValueError(TWO_ADDRESSES)
    others = [cell for cell in cells if "@" not in cell]
    return _line(others[0] if others else "", addresses[0], ", ".join(other for other in others[1:] if other))


def _by_headings(cells: dict[str, str]) -> Line:
    if not cells.get("address"):
        raise ValueError(NO_ADDRESS)
    name = cells.get("name") or " ".join(part for part in (cells.get("first", ""), cells.get("last", "")) if part)
    return _line(name, cells["address"], cells.get("organisation", ""))


def _line(name: str, address: str, organisation: str) -> Line:
    if not address.strip():
        raise ValueError(NO_ADDRESS)
    return Line(_clean(name), normal_address(address), _clean(organisation))


def _cells(line: str) -> list[str]:
    separator = next((mark for mark in ("\t", ";", ",") if mark in line), ",")
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=separator, skipinitialspace=True))]


def _headings(line: str) -> list[str] | None:
    if "@" in line:
        return None
    names = [_heading(cell) for cell in _cells(line)]
    return names if "address" in names else None


def _heading(cell: str) -> str:
    written = cell.strip().lower()
    return next((name for name, words in _HEADINGS.items() if written in words), "")


def _merged(first: Line, second: Line) -> Line:
    return Line(second.name or first.name, first.address, second.organisation or first.organisation)


def _clean(words: str) -> str:
    return " ".join(words.replace('"', " ").split())


def as_text(lines: Iterable[str]) -> str:
    """The lines as they were, to be corrected."""
    return "\n".join(lines)

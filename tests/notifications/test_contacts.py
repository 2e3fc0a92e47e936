"""Which pasted line is a contact, and what becomes of it on a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.actions.contacts import Imported, create_list, edit_contact, import_contacts
from services.notifications.errors import AddressTaken, TitleTaken
from services.notifications.models import Contact, RejectedLine
from services.notifications.rules.contacts import BAD_ADDRESS, NO_ADDRESS, TOO_LONG, TWO_ADDRESSES, Line, read_contacts

ASA = Line("Åsa Lind", "asa.lind@region.example", "Region Gävleborg")


@pytest.mark.parametrize(
    "line",
    [
        "Åsa Lind <asa.lind@region.example>; Region Gävleborg",
        "Åsa Lind <asa.lind@region.example>, Region Gävleborg",
        "  Åsa   Lind<asa.lind@region.example> ;Region Gävleborg  ",
        '"Åsa Lind" <asa.lind@region.example>; Region Gävleborg',
        "Åsa Lind; asa.lind@region.example; Region Gävleborg",
        "Åsa Lind\tasa.lind@region.example\tRegion Gävleborg",
        "Åsa Lind,asa.lind@REGION.example,Region Gävleborg",
        "asa.lind@region.example; Åsa Lind; Region Gävleborg",
        '"Åsa Lind";"asa.lind@region.example";"Region Gävleborg"',
    ],
)
def test_a_line_as_people_paste_it(line: str) -> None:
    assert read_contacts(line) == ([ASA], [])


def test_an_address_alone_will_do() -> None:
    assert read_contacts("asa@region.example") == ([Line("", "asa@region.example")], [])
    assert read_contacts("<asa@region.example>") == ([Line("", "asa@region.example")], [])


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        ("Organisation;E-post;Namn", "Region Gävleborg;asa.lind@region.example;Åsa Lind"),
        ("Förnamn\tEfternamn\tE-postadress\tTelefon\tOrganisation", "Åsa\tLind\tasa.lind@region.example\t070\tRegion Gävleborg"),
        ("\ufeffEmail,Name,Company", "asa.lind@region.example,Åsa Lind,Region Gävleborg"),
    ],
)
def test_headings_decide_the_order(heading: str, line: str) -> None:
    assert read_contacts(f"{heading}\n{line}\n") == ([ASA], [])


def test_what_cannot_be_read_is_told_by_line() -> None:
    text = "Åsa Lind <asa.lind@region.example>; Region Gävleborg\n\nOlle Berg\nEva <eva@>\na@x.example; b@x.example\n" + "x" * 501
    lines, rejected = read_contacts(text)
    assert lines == [ASA]
    assert [(r.number, r.problem) for r in rejected] == [(3, NO_ADDRESS), (4, BAD_ADDRESS), (5, TWO_ADDRESSES), (6, TOO_LONG)]
    assert rejected[0].text == "Olle Berg"


def test_doubles_are_one_and_complete_each_other() -> None:
    lines, _ = read_contacts(
        "asa.lind@region.example\nÅsa Lind <ASA.LIND@region.example>\nasa.lind@region.example; ; Region Gävleborg"
    )
    assert lines == [ASA]


@given(st.text(max_size=400))
def test_every_line_is_read_or_rejected(text: str) -> None:
    lines, rejected = read_contacts(text)
    assert all("@" in line.address and "\n" not in line.name for line in lines)
    assert len(lines) + len(rejected) <= len([line for line in text.splitlines() if line.strip()])


def test_an_import_merges_and_keeps_what_it_could_not_read(session: Session) -> None:
    contacts = create_list(session, "RUS-nätverket")
    assert import_contacts(session, contacts.id, "Åsa <asa@x.example>\nOlle <olle@x.example>; Region Skåne\nfel") == Imported(
        2, 0, 0, 1
    )
    again = "Åsa Lind <ASA@x.example>; Region Gävleborg\nolle@x.example\nEva <eva@x.example>"
    assert import_contacts(session, contacts.id, again) == Imported(1, 1, 1, 0)
    session.expire_all()
    found = session.scalars(select(Contact).order_by(Contact.sort_key)).all()
    assert [(c.name, c.address, c.organisation) for c in found] == [
        ("Eva", "eva@x.example", ""),
        ("Olle", "olle@x.example", "Region Skåne"),
        ("Åsa Lind", "asa@x.example", "Region Gävleborg"),
    ]
    assert [line.text for line in session.scalars(select(RejectedLine))] == ["fel"]
    assert import_contacts(session, contacts.id, "rätt@x.example", instead_of_rejected=True).added == 1
    assert session.scalars(select(RejectedLine)).all() == []


def test_an_address_stands_once_on_a_list(session: Session) -> None:
    contacts = create_list(session, "RUS-nätverket")
    import_contacts(session, contacts.id, "asa@x.example\nolle@x.example")
    olle = session.scalars(select(Contact).where(Contact.address == "olle@x.example")).one()
    with pytest.raises(AddressTaken):
        edit_contact(session, olle, name="Olle", address="ASA@x.example", organisation="")
    edit_contact(session, olle, name="Olle", address="OLLE@x.example", organisation="")


def test_a_title_stands_once(session: Session) -> None:
    create_list(session, "RUS-nätverket")
    with pytest.raises(TitleTaken):
        create_list(session, "rus-nätverket")

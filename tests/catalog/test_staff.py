"""The staff: added, changed, shut out, by administrators; there is always one left."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.actions.staff import add_staff, change_staff, let_in, shut_out
from services.catalog.errors import LastAdministrator, StaffExists
from services.catalog.models import StaffMember
from shared.events.catalog import StaffChanged
from shared.staff import find_staff_state
from shared.testing import Client, recorded, signed_in
from tests.catalog.cast import AMINA, KARIN, TODAY, Cast


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    cast.session.commit()
    signed_in(client, "administrator", staff_id=AMINA, name="Amina Strand")
    return client


def test_every_change_is_told_and_kept_here_too(session: Session, cast: Cast) -> None:
    karin = session.get_one(StaffMember, KARIN)
    change_staff(session, karin, name="Karin Ek", roles=["host", "organiser"], organisation_id=cast.skane.id)
    shut_out(session, karin, now=TODAY)
    let_in(session, karin)
    told = [event for event in recorded(session, StaffChanged, subscriber="surveys") if event.staff_id == KARIN]
    assert [(event.roles, event.active) for event in told] == [
        (("organiser",), True),
        (("host", "organiser"), True),
        (("host", "organiser"), False),
        (("host", "organiser"), True),
    ]
    assert told[-1].sessions_valid_from == TODAY
    state = find_staff_state(session, KARIN)
    assert state is not None
    assert (state.active, state.roles, state.sessions_valid_from) == (True, ["host", "organiser"], TODAY)


def test_an_address_is_one_persons(session: Session, cast: Cast) -> None:
    with pytest.raises(StaffExists, match=r"karin\.ek@traffpunkt\.example finns redan"):
        add_staff(session, name="Någon", email="KARIN.EK@traffpunkt.example", roles=["host"], organisation_id=None, now=TODAY)


def test_the_last_administrator_stays(session: Session, cast: Cast) -> None:
    amina = session.get_one(StaffMember, AMINA)
    with pytest.raises(LastAdministrator):
        shut_out(session, amina, now=TODAY)
    with pytest.raises(LastAdministrator):
        change_staff(session, amina, name="Amina", roles=["organiser"], organisation_id=None)
    change_staff(session, session.get_one(StaffMember, KARIN), name="Karin", roles=["administrator"], organisation_id=None)
    shut_out(session, amina, now=TODAY)
    assert not amina.active


def test_adding_somebody_by_the_form(administrator: Client, session: Session) -> None:
    given = {
        "name": "Lars Ö",
        "email": "lars@region.example",
        "roles": ["host", "operator"],
        "organisation": "rg",
    }
    answer = administrator.post("/arbeta/personal/ny", data=given)
    assert (answer.status_code, answer.headers["location"]) == (303, "/arbeta/personal")
    lars = session.scalars(select(StaffMember).where(StaffMember.email == "lars@region.example")).one()
    assert lars.organisation is not None
    assert (lars.name, lars.roles, lars.organisation.title) == ("Lars Ö", ["host", "operator"], "Region Gävleborg")
    listed = administrator.get("/arbeta/personal").text
    assert "Lars Ö kan nu logga in" in listed
    assert "lars@region.example" in listed


def test_a_bad_form_says_what_to_do_and_keeps_what_was_typed(administrator: Client) -> None:
    answer = administrator.post(
        "/arbeta/personal/ny", data={"name": "Lars", "email": "karin.ek@traffpunkt.example", "organisation": "Region Skane"}
    )
    assert answer.status_code == 422
    assert "Välj minst en roll" in answer.text
    assert 'value="Region Skane"' in answer.text

    answer = administrator.post(
        "/arbeta/personal/ny",
        data={"name": "L", "email": "karin.ek@traffpunkt.example", "roles": "host", "organisation": "Region Skane"},
    )
    assert "Region Skane finns inte i registret. Menade du Region Skåne?" in answer.text

    answer = administrator.post(
        "/arbeta/personal/ny", data={"name": "L", "email": "karin.ek@traffpunkt.example", "roles": "host"}
    )
    assert answer.status_code == 422
    assert "finns redan bland personalen" in answer.text


def test_changing_and_shutting_out_by_the_pages(administrator: Client, session: Session) -> None:
    page = administrator.get(f"/arbeta/personal/{KARIN}").text
    assert 'value="organiser" checked' in page
    assert 'value="Reglab"' in page
    answer = administrator.post(f"/arbeta/personal/{KARIN}", data={"name": "Karin Ek", "roles": ["organiser", "operator"]})
    assert answer.status_code == 303
    assert session.get_one(StaffMember, KARIN).roles == ["operator", "organiser"]
    assert administrator.post(f"/arbeta/personal/{KARIN}/stang-av").status_code == 303
    assert "Avstängd" in administrator.get("/arbeta/personal").text
    assert administrator.post(f"/arbeta/personal/{KARIN}/slapp-in").status_code == 303
    assert "Avstängd" not in administrator.get(f"/arbeta/personal/{KARIN}").text


def test_the_last_administrator_is_told_so_on_the_page(administrator: Client) -> None:
    answer = administrator.post(f"/arbeta/personal/{AMINA}", data={"name": "Amina", "roles": "host"})
    assert answer.status_code == 422
    assert "Det måste finnas minst en administratör" in answer.text
    assert administrator.post(f"/arbeta/personal/{AMINA}/stang-av").status_code == 409


@pytest.mark.parametrize("more", [1, 3])
def test_the_list_asks_the_database_as_little_for_three_as_for_one(administrator: Client, session: Session, more: int) -> None:
    for number in range(more):
        add_staff(session, name=f"Ny {number}", email=f"ny{number}@x.example", roles=["host"], organisation_id=None, now=TODAY)
    session.commit()
    with administrator.counting():
        administrator.get("/arbeta/personal")
    assert administrator.statements == 2

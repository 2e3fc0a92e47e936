"""Signing in by a link: the same answer to all, one use, a quarter of an hour, no way out of the site."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from services.catalog.actions.sign_in import LINK_LIVES, LINKS_AT_ONCE, ask_for_link, use_link
from services.catalog.actions.staff import shut_out
from services.catalog.errors import LinkIsUsedUp
from services.catalog.models import SignInLink, StaffMember
from shared.clock import now
from shared.events.catalog import SignInRequested, StaffChanged
from shared.secrets import unseal
from shared.testing import Client, recorded, signed_in
from shared.web import Staff
from tests.catalog.cast import AMINA, KARIN, OLLE, TODAY, Cast

EMAIL = "karin.ek@traffpunkt.example"


def ask(
    session: Session, email: str = EMAIL, *, next_path: str = "", language: str = "sv", administrator_email: str = ""
) -> None:
    ask_for_link(
        session,
        email,
        next_path=next_path,
        language=language,
        public_url="https://traffpunkt.example",
        administrator_email=administrator_email,
        now=TODAY,
    )


def token(session: Session) -> str:
    return unseal(recorded(session, SignInRequested)[-1].sealed_link).rpartition("/")[2]


def test_a_link_is_mailed_to_the_address_that_asked(session: Session, cast: Cast) -> None:
    ask(session, "Karin.Ek@Traffpunkt.example")
    [event] = recorded(session, SignInRequested)
    assert (event.staff_id, event.email, event.person_name, event.language) == (KARIN, EMAIL, "Karin Ek", "sv")
    assert event.expires_at == TODAY + LINK_LIVES
    link = unseal(event.sealed_link)
    assert link.startswith("https://traffpunkt.example/logga-in/")
    stored = session.scalars(select(SignInLink)).one()
    assert link.rpartition("/")[2] not in repr(vars(stored)) + event.sealed_link


def test_an_english_reader_gets_an_english_link(session: Session, cast: Cast) -> None:
    ask(session, language="en")
    assert "/en/logga-in/" in unseal(recorded(session, SignInRequested)[0].sealed_link)


def test_nothing_is_sent_to_strangers_nor_to_those_who_are_shut_out(session: Session, cast: Cast) -> None:
    shut_out(session, session.get_one(StaffMember, OLLE), now=TODAY)
    ask(session, "nagon@annan.example")
    ask(session, "olle.berg@traffpunkt.example")
    assert recorded(session, SignInRequested) == []


def test_nobody_can_fill_anothers_mailbox(session: Session, cast: Cast) -> None:
    for _again in range(LINKS_AT_ONCE + 3):
        ask(session)
    assert len(recorded(session, SignInRequested)) == LINKS_AT_ONCE


def test_the_first_administrator_comes_from_the_settings_once(session: Session) -> None:
    for _again in range(2):
        ask(session, "chef@myndighet.example", administrator_email="Chef@myndighet.example")
    [event] = recorded(session, StaffChanged)
    assert (event.email, event.roles, event.active) == ("chef@myndighet.example", ("administrator",), True)
    assert session.scalar(select(func.count()).select_from(StaffMember)) == 1
    assert len(recorded(session, SignInRequested)) == 2


def test_a_link_signs_in_once(session: Session, cast: Cast) -> None:
    ask(session, next_path="/arbeta/projekt")
    one = token(session)
    member, then = use_link(session, one, now=TODAY + timedelta(minutes=14))
    assert (member.id, then) == (KARIN, "/arbeta/projekt")
    with pytest.raises(LinkIsUsedUp):
        use_link(session, one, now=TODAY + timedelta(minutes=14))


def test_a_link_lives_a_quarter_of_an_hour(session: Session, cast: Cast) -> None:
    ask(session)
    with pytest.raises(LinkIsUsedUp):
        use_link(session, token(session), now=TODAY + LINK_LIVES)


def test_a_link_of_somebody_shut_out_is_worth_nothing(session: Session, cast: Cast) -> None:
    ask(session)
    shut_out(session, session.get_one(StaffMember, KARIN), now=TODAY)
    with pytest.raises(LinkIsUsedUp):
        use_link(session, token(session), now=TODAY)


def test_old_links_are_cleared_away(session: Session, cast: Cast) -> None:
    ask(session)
    ask_for_link(
        session, EMAIL, next_path="", language="sv", public_url="", administrator_email="", now=TODAY + timedelta(hours=1)
    )
    assert session.scalar(select(func.count()).select_from(SignInLink)) == 1


def test_of_ten_clicks_at_once_one_signs_in(committing: sessionmaker[Session]) -> None:
    with committing.begin() as session:
        Cast(session)
        ask(session)
        one = token(session)
    together = Barrier(10)

    def click(_number: int) -> bool:
        with committing() as session:
            together.wait(10)
            try:
                use_link(session, one, now=TODAY)
            except LinkIsUsedUp:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(click, range(10))) == [False] * 9 + [True]


def test_the_answer_is_the_same_whoever_asks(client: Client, cast: Cast, session: Session) -> None:
    session.commit()
    known = client.post("/logga-in", data={"email": EMAIL})
    unknown = client.post("/logga-in", data={"email": "nagon@annan.example"})
    assert (
        (known.status_code, known.headers["location"])
        == (unknown.status_code, unknown.headers["location"])
        == (303, "/logga-in/skickad")
    )
    assert known.headers.keys() == unknown.headers.keys()
    assert "Om adressen finns hos oss har vi skickat en länk" in client.get("/logga-in/skickad").text


def test_an_address_that_is_none_is_said_by_its_field(client: Client) -> None:
    answer = client.post("/logga-in", data={"email": "karin", "next": "/arbeta/projekt"})
    assert answer.status_code == 422
    assert "Ange din e-postadress i rätt format" in answer.text
    assert 'value="karin"' in answer.text
    assert 'value="/arbeta/projekt"' in answer.text


def test_from_the_form_to_the_page_that_was_asked_for(client: Client, cast: Cast, session: Session, app: FastAPI) -> None:
    session.commit()
    away = client.get("/en/arbeta/organisationer?sok=reg")
    assert away.status_code == 303
    assert urlsplit(away.headers["location"]).path == "/en/logga-in"
    form = client.get(away.headers["location"])
    assert 'name="next" value="/en/arbeta/organisationer?sok=reg"' in form.text
    client.post("/en/logga-in", data={"email": EMAIL, "next": "/en/arbeta/organisationer?sok=reg"})
    address = f"/en/logga-in/{token(session)}"

    for _looked_at_by_a_scanner in range(2):
        opened = client.get(address)
        assert opened.status_code == 200
        assert "session" not in client.cookies
        assert f'action="{address}"' in opened.text
    entered = client.post(address)
    assert (entered.status_code, entered.headers["location"]) == (303, "/en/arbeta/organisationer?sok=reg")
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert client.get("/en/arbeta/organisationer?sok=reg").status_code == 200

    again = client.post(address)
    assert again.status_code == 410
    assert "Ask for a new link" in again.text
    assert client.get(address).status_code == 410


def test_a_link_that_was_never_made_says_what_to_do(client: Client) -> None:
    answer = client.get(f"/logga-in/{'x' * 43}")
    assert answer.status_code == 410
    assert 'href="/logga-in"' in answer.text


@pytest.mark.parametrize("next_path", ["https://elak.example", "//elak.example", ""])
def test_signing_in_never_leads_away(client: Client, cast: Cast, session: Session, next_path: str) -> None:
    session.commit()
    client.post("/logga-in", data={"email": EMAIL, "next": next_path})
    assert client.post(f"/logga-in/{token(session)}").headers["location"] == "/arbeta"


def test_who_is_signed_in_goes_on(organiser: Client) -> None:
    assert organiser.get("/logga-in?next=/arbeta/projekt/nytt").headers["location"] == "/arbeta/projekt/nytt"
    assert organiser.get("/en/logga-in?next=//elak.example").headers["location"] == "/en/arbeta"


def test_signing_out(organiser: Client) -> None:
    answer = organiser.post("/logga-ut")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert 'session=""; ' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_who_is_shut_out_is_out_with_the_next_click(organiser: Client, session: Session) -> None:
    assert organiser.get("/arbeta").status_code == 200
    shut_out(session, session.get_one(StaffMember, KARIN), now=now() + timedelta(seconds=1))
    session.commit()
    assert organiser.get("/arbeta").status_code == 303


def test_a_new_role_is_in_force_with_the_next_click(client: Client, cast: Cast, session: Session) -> None:
    session.commit()
    staff: Staff = signed_in(client, "organiser", staff_id=AMINA)  # the session says less than what the catalogue knows
    assert staff.roles == {"organiser"}
    assert client.get("/arbeta/personal").status_code == 200

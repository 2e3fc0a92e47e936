"""Wanting no more invitations: a page by hand, one click from the mail program, and nothing by opening a link."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.models import Suppression
from shared.testing import Client
from tests.notifications.cast import SITE, activity, hear, project
from tests.notifications.test_letters import invite
from tests.notifications.writing import written


@pytest.fixture
def address(session: Session) -> str:
    """The address in the header of an invitation that was sent, as the mail program sees it."""
    hear(session, project(), activity())
    invite(session)
    mail, _parts = written(session, "invitation")
    session.commit()
    return str(mail["List-Unsubscribe"]).strip("<>").removeprefix(SITE)


def unsubscribed(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    return [(s.address_key, s.reason) for s in session.scalars(select(Suppression))]


def test_opening_the_link_changes_nothing(client: Client, session: Session, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert "Vill du inte ha fler inbjudningar?" in page.text
    assert "asa.lind@region-gavleborg.example" in page.text
    assert unsubscribed(session) == []


def test_the_button_and_its_undoing(client: Client, session: Session, address: str) -> None:
    assert client.post(address).headers["location"] == address
    assert unsubscribed(session) == [("asa.lind@region-gavleborg.example", "unsubscribed")]
    assert "Du är avregistrerad" in client.get(address).text
    client.post(address)
    assert len(unsubscribed(session)) == 1
    client.post(address, data={"angra": "ja"})
    assert unsubscribed(session) == []


def test_one_click_from_a_mail_program(client: Client, session: Session, address: str) -> None:
    """RFC 8058: a POST from anywhere, without cookies, with this very body."""
    answer = client.post(
        address,
        data={"List-Unsubscribe": "One-Click"},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"},
    )
    assert (answer.status_code, answer.text) == (200, "")
    assert len(unsubscribed(session)) == 1


def test_in_english(client: Client, address: str) -> None:
    assert "Would you like no more invitations?" in client.get(f"/en{address}").text


@pytest.mark.parametrize(
    "token", ["x", "ImFiYyI.AAAA", "%00", "IjAxYTIwM2UzMjFlYjc1MWI4MjgwZDE0OTZlNDc2YjVhIg.YUxlLav0OHxkJE4HgYYYDpgYdE4"]
)
def test_a_made_up_link_says_what_to_do(client: Client, session: Session, token: str) -> None:
    for answer in (client.get(f"/utskick/avanmal/{token}"), client.post(f"/utskick/avanmal/{token}")):
        assert answer.status_code == 404
        assert "Öppna den igen från mejlet" in answer.text
    assert unsubscribed(session) == []


def test_no_other_page_takes_posts_from_elsewhere(client: Client) -> None:
    assert client.post("/utskick/nytt", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403

"""Who is signed in, what they may do, and how soon a change takes effect."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from joserfc.jwk import OKPKey
from sqlalchemy.orm import Session, sessionmaker
from starlette.responses import Response
from starlette.testclient import TestClient

from shared.clock import now
from shared.events.catalog import StaffChanged
from shared.settings import DEVELOPMENT_PRIVATE_KEY
from shared.staff import keep_staff_state
from shared.testing import Client, signed_in
from shared.web import Staff, clear_session_cookie, set_session_cookie, sign_session
from tests.shared.web.guide import Settings

KARIN = Staff(uuid4(), "Karin Ek", "karin.ek@traffpunkt.example", frozenset({"organiser"}))


def changed(staff: Staff, *roles: str, active: bool = True, valid_for: timedelta = timedelta(days=1)) -> StaffChanged:
    return StaffChanged(
        staff_id=staff.staff_id,
        email=staff.email,
        person_name=staff.name,
        roles=roles,
        active=active,
        sessions_valid_from=now() - valid_for,
    )


def keep(sessions: sessionmaker[Session], *events: StaffChanged) -> None:
    with sessions() as session:
        for event in events:
            keep_staff_state(session, event)
        session.commit()


def test_the_header_shows_who_is_signed_in_and_what_they_may(site: TestClient) -> None:
    assert "Logga in" in site.get("/").text
    site.cookies.set("session", sign_session(DEVELOPMENT_PRIVATE_KEY, KARIN, now()))
    page = site.get("/")
    assert "Karin Ek" in page.text
    assert '<form method="post" action="/logga-ut">' in page.text
    assert 'href="/drift"' not in page.text
    assert page.headers["cache-control"] == "no-store"


def forged() -> str:
    other = json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True))
    return sign_session(other, KARIN, now())


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        forged(),
        sign_session(DEVELOPMENT_PRIVATE_KEY, KARIN, now() - timedelta(hours=11)),
        sign_session(DEVELOPMENT_PRIVATE_KEY, KARIN, now())[:-4] + "AAAA",
        # alg "none": {"alg":"none"} . claims . no signature
        "eyJhbGciOiJub25lIn0." + sign_session(DEVELOPMENT_PRIVATE_KEY, KARIN, now()).split(".")[1] + ".",
    ],
)
def test_a_token_that_is_not_ours_or_too_old_is_nobody(site: TestClient, token: str) -> None:
    site.cookies.set("session", token)
    assert "Karin Ek" not in site.get("/").text


def test_who_is_not_signed_in_is_sent_to_the_sign_in_and_back(client: Client) -> None:
    assert client.get("/arbeta?vy=alla").headers["location"] == "/logga-in?next=/arbeta%3Fvy%3Dalla"
    assert client.get("/en/arbeta").headers["location"] == "/en/logga-in?next=/en/arbeta"
    posted = client.post("/arbeta", headers={"Referer": "http://127.0.0.1:8000/arbeta/projekt/7?x=1"})
    assert (posted.status_code, posted.headers["location"]) == (303, "/logga-in?next=/arbeta/projekt/7")


@pytest.mark.parametrize(
    ("role", "work", "operations"),
    [("organiser", 200, 403), ("host", 403, 403), ("operator", 403, 200), ("administrator", 200, 200)],
)
def test_roles_open_their_doors_only(client: Client, role: str, work: int, operations: int) -> None:
    signed_in(client, role)
    assert client.get("/arbeta").status_code == work
    assert client.get("/drift").status_code == operations


def test_a_changed_role_counts_at_once(client: Client, sessions: sessionmaker[Session]) -> None:
    karin = signed_in(client, "organiser")
    keep(sessions, changed(karin, "organiser"), changed(karin, "host"))
    assert client.get("/arbeta").status_code == 403


def test_whoever_is_shut_out_is_out_at_once(client: Client, sessions: sessionmaker[Session]) -> None:
    karin = signed_in(client, "organiser")
    keep(sessions, changed(karin, "organiser", active=False))
    assert client.get("/arbeta").status_code == 303


def test_sessions_from_before_the_limit_are_over(client: Client, sessions: sessionmaker[Session]) -> None:
    karin = signed_in(client, "organiser")
    keep(sessions, changed(karin, "organiser", valid_for=timedelta(minutes=-1)))
    assert client.get("/arbeta").status_code == 303


def test_the_check_is_one_query(client: Client) -> None:
    signed_in(client, "organiser")
    with client.counting():
        client.get("/arbeta")
    assert client.statements == 1
    with client.counting():
        client.get("/")
    assert client.statements == 0


def test_a_message_is_said_once_on_the_next_page(client: Client) -> None:
    signed_in(client, "organiser")
    assert client.post("/arbeta").headers["location"] == "/arbeta"
    assert "Ändringarna är sparade." in client.get("/arbeta").text
    assert "Ändringarna är sparade." not in client.get("/arbeta").text


def test_a_message_of_somebody_elses_making_is_not_said(client: Client) -> None:
    signed_in(client, "organiser")
    client.cookies.set("flash", "IlNrcml2IGRpdHQgbMO2c2Vub3JkIGjDpHIi.aaaaaa.bbbbbbbb")
    assert 'role="status"' not in client.get("/arbeta").text


@pytest.mark.parametrize(
    ("public_url", "cookie"),
    [
        ("http://127.0.0.1:8000", "session=token; HttpOnly; Path=/; SameSite=lax"),
        ("https://traffpunkt.example", "__Host-session=token; HttpOnly; Path=/; SameSite=lax; Secure"),
    ],
)
def test_the_cookie_is_bound_as_tightly_as_the_scheme_allows(public_url: str, cookie: str) -> None:
    settings = Settings(PUBLIC_URL=public_url)
    response = Response()
    set_session_cookie(response, "token", settings)
    assert response.headers["set-cookie"] == cookie
    gone = Response()
    clear_session_cookie(gone, settings)
    assert gone.headers["set-cookie"].startswith(cookie.split("=", maxsplit=1)[0] + '="";')
    assert "Max-Age=0" in gone.headers["set-cookie"]

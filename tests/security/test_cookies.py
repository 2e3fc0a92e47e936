"""The cookies that staff get, and the two that nobody else does."""

from http.cookies import Morsel, SimpleCookie

import httpx2
import pytest
from sqlalchemy.orm import Session

from services.catalog.actions.sign_in import ask_for_link
from services.catalog.actions.staff import add_staff
from shared.clock import now
from shared.events.catalog import SignInRequested
from shared.secrets import unseal
from shared.testing import Client, recorded

pytestmark = pytest.mark.parametrize("service", ["catalog"], indirect=True)
ADDRESS = "karin.ek@traffpunkt.example"


def cookies(answer: httpx2.Response) -> dict[str, Morsel[str]]:
    jar: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        jar.load(header)
    return dict(jar)


def sign_in(client: Client, session: Session) -> httpx2.Response:
    """By the link that is mailed."""
    add_staff(session, name="Karin Ek", email=ADDRESS, roles=["organiser"], organisation_id=None, now=now())
    ask_for_link(
        session, ADDRESS, next_path="", language="sv", public_url=str(client.base_url), administrator_email="", now=now()
    )
    session.commit()
    [event] = recorded(session, SignInRequested)
    return client.post(unseal(event.sealed_link))


def test_over_https_the_session_is_bound_to_this_very_host_and_hidden_from_scripts(https: Client, session: Session) -> None:
    jar = cookies(sign_in(https, session))
    assert set(jar) == {"__Host-session"}
    cookie = jar["__Host-session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"].lower()) == (True, True, "lax")
    assert (cookie["path"], cookie["domain"], cookie["expires"]) == ("/", "", "")


def test_over_plain_http_it_is_called_otherwise_and_still_hidden_from_scripts(client: Client, session: Session) -> None:
    cookie = cookies(sign_in(client, session))["session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"].lower(), cookie["domain"]) == ("", True, "lax", "")


def test_a_cookie_of_plain_http_is_no_session_over_https(https: Client, session: Session) -> None:
    token = cookies(sign_in(https, session))["__Host-session"].value
    https.cookies.clear()
    https.cookies.set("session", token)
    assert https.get("/arbeta").headers["location"].startswith("/logga-in")
    https.cookies.set("__Host-session", token)
    assert https.get("/arbeta").status_code == 200


def test_signing_out_takes_the_session_away(https: Client, session: Session) -> None:
    sign_in(https, session)
    cookie = cookies(https.post("/logga-ut"))["__Host-session"]
    assert (cookie.value, cookie["max-age"], cookie["path"], cookie["secure"]) == ("", "0", "/", True)
    assert https.get("/arbeta").headers["location"].startswith("/logga-in")


def test_what_the_next_page_says_travels_bound_to_this_host_too(https: Client, session: Session) -> None:
    sign_in(https, session)
    said = cookies(https.post("/arbeta/projekt/nytt", data={"title": "Ett utkast", "kind": "learning_project"}))
    assert set(said) == {"__Host-flash"}
    assert (said["__Host-flash"]["secure"], said["__Host-flash"]["httponly"]) == (True, True)
    cleared = cookies(https.get("/arbeta"))
    assert (cleared["__Host-flash"].value, cleared["__Host-flash"]["secure"]) == ("", True)


def test_a_link_signs_in_once(client: Client, session: Session) -> None:
    first = sign_in(client, session)
    assert first.status_code == 303
    [event] = recorded(session, SignInRequested)
    again = client.post(unseal(event.sealed_link))
    assert again.status_code == 410
    assert "set-cookie" not in again.headers

"""No other site can make a visitor's or a member of staff's browser do anything here (cross-site request forgery)."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from shared.testing import Client, signed_in
from tests.security.routes import UNSAFE, Route, routes_of

ONE_CLICK = "/utskick/avanmal/{token}"
"""Mail programs post here by themselves (RFC 8058); the address's token is the proof."""


def unsafe_routes(client: Client) -> list[Route]:
    found = [route for route in routes_of(client.app) if route.method in UNSAFE]
    assert found
    return found


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {},
    ],
)
def test_a_signed_in_browser_is_refused_whatever_another_site_posts(client: Client, headers: dict[str, str]) -> None:
    signed_in(client, "administrator")
    del client.headers["sec-fetch-site"]
    for route in unsafe_routes(client):
        for method in sorted(UNSAFE):
            answer = client.request(method, route.address, headers=headers)
            assert (answer.status_code == 403) == (route.template != ONE_CLICK), (
                f"{method} {route.template}: {answer.status_code}"
            )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_visitor_s_form_is_refused_from_another_site(client: Client, site: str) -> None:
    for route in unsafe_routes(client):
        answer = client.request(route.method, route.address, headers={"sec-fetch-site": site})
        assert (answer.status_code == 403) == (route.template != ONE_CLICK), route


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://127.0.0.1:8000"}])
def test_our_own_forms_are_let_through(client: Client, headers: dict[str, str]) -> None:
    signed_in(client, "administrator")
    del client.headers["sec-fetch-site"]
    for route in unsafe_routes(client):
        assert client.request(route.method, route.address, headers=headers).status_code != 403, route


def test_no_get_changes_anything_for_a_mail_scanner(client: Client, session: Session) -> None:
    """Every GET leaves the tables as they were, but for the note of who read what."""
    signed_in(client, "administrator")
    written: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith(("INSERT", "UPDATE", "DELETE", "WITH")) and "audit" not in statement:
            written.append(statement)

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", listen)
    for route in routes_of(client.app):
        if route.method == "GET":
            client.get(route.address)
    event.remove(bind, "before_cursor_execute", listen)
    assert written == []

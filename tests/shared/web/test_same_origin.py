"""Another site cannot make a browser post here."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.shared.web.conftest import SITE


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 422),
        ({"Sec-Fetch-Site": "none"}, 422),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": SITE}, 403),
        ({"Origin": SITE}, 422),
        ({"Origin": "https://annan.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 422),
        ({"Cookie": "session=abc"}, 403),
        ({"Cookie": "session=abc", "Origin": SITE}, 422),
        ({"Cookie": "annan=abc"}, 422),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(app: FastAPI, headers: dict[str, str], status: int) -> None:
    assert TestClient(app, base_url=SITE).post("/anmalan", headers=headers).status_code == status


def test_the_gateway_may_be_called_something_else_than_the_site(app: FastAPI) -> None:
    """Behind a gateway the Host can be an inner name, while Origin is the site's public address."""
    assert TestClient(app, base_url="http://catalog:8001").post("/anmalan", headers={"Origin": SITE}).status_code == 422


def test_reading_is_free_for_all(app: FastAPI) -> None:
    assert TestClient(app, base_url=SITE).get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_mail_services_may_unsubscribe(app: FastAPI) -> None:
    """One-click unsubscribe (RFC 8058) is posted by the mail service, from anywhere."""
    answer = TestClient(app, base_url=SITE).post("/avanmal/abc", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.text) == (200, "abc")

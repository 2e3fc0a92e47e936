"""What every answer of every route says to browsers and caches, whoever asks and whatever comes of it."""

import httpx2
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from shared.testing import Client, signed_in
from tests.security.routes import routes_of

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def directives(policy: str) -> dict[str, str]:
    pairs = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value for name, _, value in pairs}


def faults(answer: httpx2.Response, *, https: bool) -> list[str]:
    """What is missing or wrong in the headers."""
    headers = answer.headers
    policy = directives(headers.get("content-security-policy", ""))
    expected = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    found = [f"{name}: {headers.get(name)}" for name, value in expected.items() if headers.get(name) != value]
    found += [f"policy {name}: {policy.get(name)}" for name, value in POLICY.items() if policy.get(name) != value]
    if "unsafe" in headers.get("content-security-policy", "") or "*" in headers.get("content-security-policy", ""):
        found.append("the policy lets anything in")
    for feature in ("camera", "geolocation", "microphone"):
        if f"{feature}=()" not in headers.get("permissions-policy", ""):
            found.append(f"permissions: {feature}")
    if "cache-control" not in headers:
        found.append("no cache-control")
    if https != headers.get("strict-transport-security", "").startswith("max-age=63072000"):
        found.append(f"strict-transport-security: {headers.get('strict-transport-security')}")
    if {"server", "x-powered-by"} & set(headers):
        found.append("tells its software")
    return found


def test_every_route_answers_a_visitor_with_every_security_header_and_no_cookie(client: Client) -> None:
    wrong = {}
    for route in routes_of(client.app):
        answer = client.request(route.method, route.address)
        found = faults(answer, https=False)
        if answer.status_code >= 500 and route.template != "/healthz":
            found.append(f"fails: {answer.status_code}")
        if route.template != "/logga-ut" and "set-cookie" in answer.headers:
            found.append("sets a cookie")
        if found:
            wrong[str(route)] = found
    assert wrong == {}


def test_every_route_answers_staff_with_every_security_header_and_lets_no_cache_keep_it(client: Client) -> None:
    signed_in(client, "administrator")
    wrong = {}
    for route in routes_of(client.app):
        answer = client.request(route.method, f"/en{route.address}")
        found = faults(answer, https=False)
        if (
            route.method == "GET"
            and not route.template.startswith(("/static/", "/api/"))
            and "public" in answer.headers["cache-control"]
        ):
            found.append("caches may keep it")
        if found:
            wrong[str(route)] = found
    assert wrong == {}


def test_every_route_asks_for_https_from_now_on_when_the_site_is_https(https: Client) -> None:
    wrong = {}
    for route in routes_of(https.app):
        answer = https.request(route.method, route.address)
        found = faults(answer, https=True)
        if "upgrade-insecure-requests" not in answer.headers["content-security-policy"]:
            found.append("no upgrade")
        if found:
            wrong[str(route)] = found
    assert wrong == {}


@pytest.mark.parametrize("address", ["/no/such/page", "/static/none.css", "/en/no/such/page", "/%00", "/anmalan/%ff"])
def test_what_does_not_exist_has_them_too(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code in {404, 422}
    assert faults(answer, https=False) == []


def test_a_page_that_fails_has_them_too(app: FastAPI, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("unknown")

    monkeypatch.setattr(app.state, "sessions", fail)
    with capture_logs():
        answer = client.get("/healthz")
    assert answer.status_code == 500
    assert faults(answer, https=False) == []

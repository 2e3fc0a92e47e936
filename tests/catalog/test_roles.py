"""Every staff route asks who is there: signed out to the sign-in, lacking the role 403, for each route that exists."""

import pytest
from fastapi import FastAPI

from shared.testing import Client, signed_in
from tests.catalog.cast import OLLE, Cast
from tests.security.routes import routes_of

ADMINISTRATORS_ONLY = "/arbeta/personal"


def staff_routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and address of every route under /arbeta, with ids that nothing has in place of parameters."""
    found = [(route.method, route.address) for route in routes_of(app) if route.template.startswith("/arbeta")]
    assert len(found) > 30
    return found


def test_nobody_signed_out_gets_in(app: FastAPI, client: Client) -> None:
    for method, address in staff_routes(app):
        answer = client.request(method, address)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/logga-in"), (method, address)


@pytest.mark.parametrize("role", ["host", "operator"])
def test_hosts_and_operators_get_to_the_start_only(app: FastAPI, client: Client, role: str) -> None:
    signed_in(client, role)
    for method, address in staff_routes(app):
        expected = 200 if address == "/arbeta" else 403
        assert client.request(method, address).status_code == expected, (method, address)


def test_organisers_get_everywhere_but_to_the_staff(app: FastAPI, client: Client) -> None:
    signed_in(client, "organiser")
    for method, address in staff_routes(app):
        refused = client.request(method, address).status_code == 403
        assert refused == address.startswith(ADMINISTRATORS_ONLY), (method, address)


def test_administrators_get_everywhere(app: FastAPI, client: Client) -> None:
    signed_in(client, "administrator")
    for method, address in staff_routes(app):
        assert client.request(method, address).status_code in {200, 404, 422}, (method, address)


def test_a_host_sees_what_the_own_organisation_hosts(client: Client, cast: Cast) -> None:
    cast.published("Projekt", {"title": "Hos oss", "host_id": cast.skane.id}, {"title": "Hos andra"})
    cast.session.commit()
    signed_in(client, "host", staff_id=OLLE)
    page = client.get("/arbeta").text
    assert "Hos oss" in page
    assert "Hos andra" not in page
    assert "/arbeta/projekt/nytt" not in page


def test_other_sites_cannot_post_for_the_staff(app: FastAPI, client: Client) -> None:
    signed_in(client, "administrator")
    for method, address in staff_routes(app):
        if method == "POST":
            assert client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403

"""Nobody can fill memory or disk with one request."""

from collections.abc import Iterator

from shared.testing import Client, signed_in
from shared.web.app import MAX_BODY
from tests.security.routes import UNSAFE, routes_of

LARGER = ("/utskick/listor",)
"""Where contacts are pasted or uploaded."""


def test_every_route_refuses_a_body_that_is_too_large_before_it_is_read(client: Client) -> None:
    for route in routes_of(client.app):
        if route.method in UNSAFE and not route.address.startswith(LARGER):
            answer = client.request(route.method, route.address, headers={"content-length": str(MAX_BODY + 1)})
            assert answer.status_code == 413, route


def test_a_body_that_does_not_tell_its_length_is_cut_off(client: Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 65536 + 2):
            yield b"name=" + b"x" * 65531

    signed_in(client, "administrator")
    [route] = [route for route in routes_of(client.app) if route.method == "POST" and route.template.endswith("/kasta")]
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(route.address, content=endless(), headers=headers).status_code == 413

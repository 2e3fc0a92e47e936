"""How often one address may try: counted for all webs of a service together, and not for those who have a link."""

import hmac
from collections.abc import Callable
from itertools import cycle, islice

import pytest
from redis import Redis as RedisClient
from structlog.testing import capture_logs

from deploy.local.redis import Redis
from shared.testing import Client
from tests.security.routes import UNSAFE, Route, routes_of
from tests.security.test_access import is_open

ENOUGH = 130
"""Tries within a minute: more than any limit lets through."""


@pytest.fixture
def webs(web: Callable[..., Client], redis: Redis) -> list[Client]:
    """Two processes of the service, with Redis between them."""
    with RedisClient.from_url(redis.url) as wiped:
        wiped.flushall()
    return [web(REDIS_URL=redis.url) for _ in range(2)]


def needs_limit(route: Route) -> bool:
    """What a stranger could try out or fill up: every open form, and every page behind a link."""
    return is_open(route) and (
        (route.method in UNSAFE and route.template != "/logga-ut") or "{token}" in route.template or "{key}" in route.template
    )


def tries_until_refused(webs: list[Client], route: Route) -> int:
    for number, client in enumerate(islice(cycle(webs), ENOUGH), start=1):
        answer = client.request(route.method, route.address)
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["retry-after"]) <= 3600
            return number
    return ENOUGH + 1


def test_every_open_form_and_every_page_behind_a_link_has_a_limit_that_processes_share(webs: list[Client]) -> None:
    unlimited = []
    for route in filter(needs_limit, routes_of(webs[0].app)):
        if tries_until_refused(webs, route) > ENOUGH:
            unlimited.append(str(route))
        else:
            assert [client.request(route.method, route.address).status_code for client in webs] == [429, 429], route
    assert unlimited == []


def test_another_address_is_not_stopped_by_the_first(webs: list[Client]) -> None:
    route = next(filter(needs_limit, routes_of(webs[0].app)))
    tries_until_refused(webs, route)
    elsewhere = webs[0]
    elsewhere._transport.client = ("192.0.2.7", 1)  # type: ignore[attr-defined]
    assert elsewhere.request(route.method, route.address).status_code != 429


def test_redis_keeps_no_address(webs: list[Client], redis: Redis) -> None:
    route = next(filter(needs_limit, routes_of(webs[0].app)))
    webs[0].request(route.method, route.address)
    with RedisClient.from_url(redis.url) as client:
        keys = [key.decode() for key in client.scan_iter("*LIMITS*")]
        assert keys
        assert all(0 < client.ttl(key) <= 7200 for key in keys)
    assert not [key for key in keys if "testclient" in key or "x" * 20 in key]
    plain = hmac.new(b"", b"testclient", "sha256").hexdigest()[:24]
    assert not [key for key in keys if plain in key]


def test_without_redis_nobody_is_stopped(client: Client) -> None:
    route = next(filter(needs_limit, routes_of(client.app)))
    with capture_logs() as log:
        assert 429 not in {client.request(route.method, route.address).status_code for _ in range(15)}
    assert {entry["event"] for entry in log} == {"rate_limit_unavailable"}

"""Limits on how often, counted in Redis; without Redis nobody is stopped."""

import pytest
from starlette.testclient import TestClient

from deploy.local.redis import Redis
from tests.shared.web.conftest import SITE
from tests.shared.web.guide import make_app, make_service


@pytest.fixture
def limited(redis: Redis) -> TestClient:
    return TestClient(make_app(make_service(redis_url=redis.url)), base_url=SITE, headers={"Sec-Fetch-Site": "same-origin"})


def test_the_third_within_a_minute_is_asked_to_wait(limited: TestClient) -> None:
    assert [limited.post("/ofta").status_code for _ in range(2)] == [200, 200]
    refused = limited.post("/ofta")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert f"Vänta {refused.headers['retry-after']} sekunder och försök sedan igen." in refused.text


def test_nobody_is_stopped_when_redis_is_away() -> None:
    site = TestClient(
        make_app(make_service(redis_url="redis://127.0.0.1:1/0")), base_url=SITE, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert [site.post("/ofta").status_code for _ in range(4)] == [200] * 4

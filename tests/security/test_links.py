"""Who has a link is neither stopped nor counted, however many share an address."""

from collections.abc import Callable

import pytest
from redis import Redis as RedisClient
from sqlalchemy.orm import Session

from deploy.local.redis import Redis
from services.catalog.actions.sign_in import ask_for_link
from services.catalog.actions.staff import add_staff
from shared.clock import now
from shared.events.catalog import SignInRequested
from shared.secrets import unseal
from shared.testing import Client, recorded

pytestmark = pytest.mark.parametrize("service", ["catalog"], indirect=True)


def test_a_link_that_works_is_not_counted(web: Callable[..., Client], redis: Redis, session: Session) -> None:
    client = web(REDIS_URL=redis.url)
    add_staff(session, name="Karin Ek", email="karin@traffpunkt.example", roles=["host"], organisation_id=None, now=now())
    address = {"next_path": "", "language": "sv", "public_url": "http://127.0.0.1:8000", "administrator_email": ""}
    ask_for_link(session, "karin@traffpunkt.example", **address, now=now())
    session.commit()
    link = unseal(recorded(session, SignInRequested)[0].sealed_link)
    with RedisClient.from_url(redis.url) as counts:
        counts.flushall()
        assert {client.get(link).status_code for _ in range(70)} == {200}
        assert [key for key in counts.scan_iter() if b"LIMITS" in key] == []
        assert client.get("/logga-in/" + "x" * 43).status_code == 410
        assert [key for key in counts.scan_iter() if b"LIMITS" in key] != []

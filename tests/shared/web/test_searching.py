"""A search for a person stands sealed in the address, for who made it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.service import Service, use
from shared.web.searching import SearchIsOver, open_search, seal_search
from tests.services import SERVICES

NOW = datetime(2027, 5, 3, 12, tzinfo=UTC)


@pytest.fixture
def service() -> Service:
    return SERVICES["catalog"]


def test_a_sealed_search_opens_for_who_made_it_for_an_hour(service: Service) -> None:
    use(service)
    me = uuid4()
    sealed = seal_search("asa@x.example", me, NOW)
    assert "asa" not in sealed
    assert open_search(sealed, me, NOW + timedelta(minutes=59)) == "asa@x.example"
    for by, at, what in ((uuid4(), NOW, sealed), (me, NOW + timedelta(minutes=61), sealed), (me, NOW, sealed[:-4] + "abcd")):
        with pytest.raises(SearchIsOver):
            open_search(what, by, at)

"""A wire that doubles, shuffles and drops, and strange things on it."""

import json
from uuid import UUID, uuid4

from celery import Celery

from deploy.local.program import python
from shared.clock import now
from shared.events.catalog import OrganisationChanged
from shared.messaging import repair
from shared.messaging.wire import send
from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import Site
from tests.services import NAMES


def test_an_adversary_doubles_shuffles_and_drops(site: Site, load: Load) -> None:
    """All that any relay publishes."""
    for name in NAMES:
        site.replace(name, "relay", python("tests.faults.adversary", name, "relay"))
        site.restart(name, "relay")
    site.well()
    load.start()
    load.finish()
    load.check(within=90)


def test_what_is_no_message_is_put_aside_and_those_behind_it_flow(site: Site, load: Load) -> None:
    """Not JSON, not ours, a megabyte; an event of the future is kept; fields of the future are passed over."""
    app = Celery(broker=site.redis.url, set_as_current=False)
    said = OrganisationChanged(organisation_id=uuid4(), title="Region Nyland", kind="region", status="active")
    known = {**said.model_dump(mode="json"), "field_from_the_future": {"a": 1}}
    events = [(said.name, known), ("planet.discovered", {"title": "Nyland"})]
    envelopes = [
        {
            "n": 1, "id": str(uuid4()), "source": "catalog", "stream": str(uuid4()), "key": name, "seq": 1, "name": name,
            "at": now().isoformat(), "correlation": str(uuid4()), "data": data, "of_the_future": True,
        } for name, data in events
    ]  # fmt: skip
    for name in NAMES:
        site.wire.lpush(name, "not JSON", json.dumps({"body": "?"}), b"\xff\x00", json.dumps({"x": "y" * 1_000_000}))
        send(app, f"{name}.planets", [3], queue=name)
        send(app, f"{name}.receive", [["no envelope", {"id": 3}]], queue=name)
    send(app, "registration.receive", [envelopes], queue="registration")
    load.start(over=2)
    load.finish()
    until(lambda: all(site.ask(name, "SELECT count(*) FROM aside") >= 7 for name in NAMES), within=30)
    until(lambda: site.ask("registration", "SELECT count(*) FROM organisation WHERE title = 'Region Nyland'") == 1)
    with site.sessions("registration").begin() as session:
        assert repair.discard(session, UUID(str(envelopes[1]["id"])))
    load.check()
    app.close()

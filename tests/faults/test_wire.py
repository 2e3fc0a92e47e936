"""A wire that doubles, shuffles and drops, and strange things on it."""

import json
import threading
from random import Random
from typing import Any
from uuid import UUID, uuid4

from celery import Celery

from shared.clock import now
from shared.events.catalog import OrganisationChanged
from shared.messaging import repair
from shared.messaging.wire import send
from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import Site
from tests.services import NAMES


def test_an_adversary_doubles_shuffles_and_drops(site: Site, load: Load) -> None:
    """Until it stops it takes what lies on the queues, drops a tenth, doubles a third, and puts the rest back in any order."""
    random, over = Random(1), threading.Event()

    def meddle() -> None:
        wire = site.wire
        kept: dict[str, list[Any]] = {name: [] for name in NAMES}
        while not over.wait(0.01):
            for name in NAMES:
                kept[name] += wire.lrange(name, 0, -1)
                wire.delete(name)
                random.shuffle(kept[name])
                for message in [kept[name].pop() for _ in range(min(3, len(kept[name])))]:
                    if random.random() > 0.1:
                        wire.lpush(name, *[message] * random.choice([1, 1, 2]))
                        if random.random() > 0.7:
                            kept[name].append(message)
        wire.close()

    adversary = threading.Thread(target=meddle)
    adversary.start()
    load.start(over=6)
    load.finish()
    over.set()
    adversary.join()
    load.check()


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

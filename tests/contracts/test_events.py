"""The contracts between the services: each event has a sample, which its producer could write and each consumer can read.

A sample is what is on the wire and in the outboxes of running installations: samples stay, also when an event gets new fields
(the older form is then kept as `<name>.<date>.json`).
"""

import inspect
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shared.events import SUBSCRIPTIONS, Event
from shared.messaging.outbox import LARGEST
from shared.service import Service, use
from shared.testing import Databases
from tests.services import SERVICES

SAMPLES = Path(__file__).with_name("samples")
CONTRACTS = [event for event in SUBSCRIPTIONS if event.__module__.startswith("shared.events.")]
BY_NAME = {event.name: event for event in CONTRACTS}
SUBSCRIBERS = [(service, event) for event in CONTRACTS for service in SUBSCRIPTIONS[event]]


def sample(name: str) -> dict[str, Any]:
    """What is on the wire."""
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return found


def from_the_future(value: Any) -> Any:
    """The same with a field more in every object."""
    if isinstance(value, dict):
        return {name: from_the_future(inner) for name, inner in value.items()} | {"field_from_the_future": {"a": 1}}
    return [from_the_future(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("event", CONTRACTS, ids=lambda event: event.name)
def test_the_producer_writes_what_the_sample_says(event: type[Event]) -> None:
    written = sample(event.name)
    assert json.loads(event.model_validate(written).model_dump_json()) == written


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_every_sample_ever_written_can_be_read_also_with_fields_from_the_future(file: Path) -> None:
    event = BY_NAME[".".join(file.stem.split(".")[:2])]
    written = json.loads(file.read_text())
    assert event.model_validate(from_the_future(written)) == event.model_validate(written)


@pytest.mark.parametrize("event", CONTRACTS, ids=lambda event: event.name)
def test_an_event_says_when_it_is_published_and_in_what_order(event: type[Event]) -> None:
    assert "Key: " in inspect.cleandoc(event.__doc__ or "")
    assert event.name == event.name.lower()
    assert event.model_config["frozen"]


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
def test_a_service_handles_what_it_subscribes_to_and_its_own_due_work_and_nothing_else(service: Service) -> None:
    subscribed = {event for event in CONTRACTS if service.name in SUBSCRIPTIONS[event]}
    own = {event for event in service.handlers if event.__module__.startswith(f"services.{service.name}.")}
    assert set(service.handlers) == subscribed | own


@pytest.mark.parametrize(("name", "event"), SUBSCRIBERS, ids=lambda value: getattr(value, "name", value))
def test_a_subscriber_takes_the_sample_though_it_has_heard_nothing_before(
    name: str, event: type[Event], databases: Databases
) -> None:
    service = SERVICES[name]
    use(service)
    with databases.rolled_back(service) as sessions, sessions.begin() as session:
        for handle in service.handlers[event]:
            handle(session, event.model_validate(sample(event.name)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
def test_a_subscriber_takes_its_samples_in_any_order(service: Service, seed: int, databases: Databases) -> None:
    use(service)
    heard = [event for event in CONTRACTS if event in service.handlers]
    Random(seed).shuffle(heard)
    with databases.rolled_back(service) as sessions:
        for event in heard:
            with sessions.begin() as session:
                for handle in service.handlers[event]:
                    handle(session, event.model_validate(sample(event.name)))


def test_an_event_of_the_largest_activity_fits() -> None:
    """Five hundred people at one activity are more than any has had."""
    closed = sample("attendance.closed")
    closed["attendees"] = [closed["attendees"][0]] * 500
    assert len(json.dumps(closed)) < LARGEST

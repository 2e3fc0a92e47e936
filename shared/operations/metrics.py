"""How a service stands, for Prometheus: read from its database and from Redis at each scrape, by its relay on METRICS_PORT."""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from shared.operations.state import State, connect, read_state
from shared.service import Service


class StateCollector(Collector):
    """One look at each scrape; when the database is away only that is told."""

    def __init__(self, service: Service, sessions: sessionmaker[Session]) -> None:
        self._service, self._sessions = service, sessions
        self._redis = connect(service.settings.redis_url)

    def collect(self) -> Iterator[Metric]:
        name = self._service.name
        try:
            with self._sessions() as session:
                state = read_state(session, self._service, self._redis)
        except SQLAlchemyError:
            yield _gauge("traffpunkt_up", "Whether the database answers.", [], {(name,): 0})
            return
        yield _gauge("traffpunkt_up", "Whether the database answers.", [], {(name,): 1})
        yield from measurements(state)


def measurements(state: State) -> Iterator[Metric]:
    """What is told of a state."""
    name = state.service
    queues = [queue for queue in state.queues if queue.depth is not None]
    yield _gauge("traffpunkt_redis_up", "Whether Redis answers.", [], {(name,): int(state.redis_answers)})
    yield _gauge(
        "traffpunkt_queue_depth", "Messages in Redis.", ["queue"], {(name, queue.name): queue.depth or 0 for queue in queues}
    )
    yield _gauge(
        "traffpunkt_queue_oldest_seconds",
        "Age of the oldest event in the queue.",
        ["queue"],
        {(name, queue.name): queue.oldest.total_seconds() if queue.oldest else 0 for queue in queues},
    )
    yield _gauge(
        "traffpunkt_queue_halted",
        "Whether people have stopped the queue.",
        ["queue"],
        {(name, queue.name): int(queue.halted_at is not None) for queue in queues},
    )
    for measure, text in (("unsent", "Events to be sent."), ("unacknowledged", "Events sent and not acknowledged.")):
        values = {(name, each.subscriber): getattr(each, measure) for each in state.outgoing}
        yield _gauge(f"traffpunkt_outbox_{measure}", text, ["subscriber"], values)
    yield _gauge(
        "traffpunkt_outbox_oldest_seconds",
        "Age of the oldest event that is not acknowledged.",
        ["subscriber"],
        {(name, each.subscriber): each.oldest.total_seconds() for each in state.outgoing},
    )
    yield _gauge(
        "traffpunkt_outbox_halted",
        "Whether people have stopped the stream.",
        ["subscriber"],
        {(name, each.subscriber): int(each.halted_at is not None) for each in state.outgoing},
    )
    inbox = {"failed": state.failed, "dead": state.dead, "waiting": state.waiting, "begun": state.in_hand}
    values = {(name, each): number for each, number in inbox.items()}
    yield _gauge("traffpunkt_inbox", "Events that are kept and not settled.", ["state"], values)
    due = {(name, "scheduled"): state.scheduled, (name, "missed"): state.missed}
    yield _gauge("traffpunkt_due", "Planned work.", ["state"], due)
    alive = {(name, kind): len(state.alive(kind)) for kind in ("worker", "relay")}
    yield _gauge("traffpunkt_processes", "Processes that answer.", ["kind"], alive)
    for figure in state.figures:
        yield _gauge(f"traffpunkt_{figure.name}", figure.name, [], {(name,): figure.value})


def expose(service: Service, sessions: sessionmaker[Session]) -> None:
    """Answer at /metrics on METRICS_PORT, if there is one."""
    if service.settings.metrics_port:
        registry = CollectorRegistry()
        registry.register(StateCollector(service, sessions))
        start_http_server(service.settings.metrics_port, service.settings.web_host, registry)


def _gauge(name: str, text: str, labels: list[str], values: Mapping[Any, float]) -> Metric:
    gauge = GaugeMetricFamily(name, text, labels=["service", *labels])
    for key, value in values.items():
        gauge.add_metric(list(key), value)
    return gauge

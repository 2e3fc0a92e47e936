"""Prometheus is told how a service stands, and how long events took."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session, sessionmaker

from shared.operations.hooks import Figure
from shared.operations.metrics import StateCollector, measurements
from shared.operations.state import Outgoing, Queue
from shared.service import Service
from tests.shared.operations.test_verdict import WELL


def text_of(collector: Collector) -> str:
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry).decode()


def test_a_state_as_prometheus_reads_it() -> None:
    class Known(Collector):
        def collect(self):  # type: ignore[no-untyped-def]
            return measurements(
                replace(
                    WELL,
                    dead=2,
                    queues=[Queue("catalog", 7, 1, timedelta(seconds=3))],
                    outgoing=[Outgoing("surveys", 1, 4, timedelta(seconds=9))],
                    figures=[Figure("mail_queued", "Mejl", 5)],
                )
            )

    lines = text_of(Known()).splitlines()
    for line in (
        'traffpunkt_queue_depth{queue="catalog",service="catalog"} 7.0',
        'traffpunkt_queue_oldest_seconds{queue="catalog",service="catalog"} 3.0',
        'traffpunkt_outbox_unacknowledged{service="catalog",subscriber="surveys"} 4.0',
        'traffpunkt_inbox{service="catalog",state="dead"} 2.0',
        'traffpunkt_processes{kind="worker",service="catalog"} 1.0',
        'traffpunkt_mail_queued{service="catalog"} 5.0',
    ):
        assert line in lines


def test_a_scrape_reads_the_database(service: Service, sessions: sessionmaker[Session]) -> None:
    told = text_of(StateCollector(service, sessions))
    assert 'traffpunkt_up{service="catalog"} 1.0' in told
    assert 'traffpunkt_redis_up{service="catalog"} 0.0' in told


def test_a_worker_adds_up_what_its_children_have_measured() -> None:
    script = """
import os, urllib.request
from datetime import datetime, timedelta, UTC
from uuid import uuid4
from deploy.local.program import free_port
from shared.messaging import measuring
from shared.messaging.envelope import Envelope
envelope = Envelope(n=1, id=uuid4(), source="a", stream=uuid4(), key="k", seq=1, name="seat.taken",
                    at=datetime.now(UTC) - timedelta(seconds=0.2), correlation=uuid4(), data={})
measuring.handled("catalog", [envelope])  # nothing is measured yet
port = free_port()
measuring.expose("127.0.0.1", port)
for _ in range(2):
    if (child := os.fork()) == 0:
        measuring.handled("catalog", [envelope])
        measuring.failed("catalog", envelope)
        os._exit(0)
    os.waitpid(child, 0)
print(urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
"""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    lines = told.splitlines()
    assert 'traffpunkt_event_seconds_count{event="seat.taken",service="catalog"} 2.0' in lines
    assert 'traffpunkt_event_seconds_bucket{event="seat.taken",le="0.1",service="catalog"} 0.0' in lines
    assert 'traffpunkt_event_failures_total{event="seat.taken",service="catalog"} 2.0' in lines

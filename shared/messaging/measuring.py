"""What workers measure for Prometheus: events handled and failed by name, and how long each took from commit to effect.

Nothing is measured, and nothing is paid for, unless METRICS_PORT is set. A worker's children each keep a file of their own
(prometheus_client's multi-process mode), which the worker's main process adds up when it is asked.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.messaging.envelope import Envelope

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


@dataclass
class Measures:
    """The instruments of this process and its children."""

    seconds: Any
    failed: Any


_measures: list[Measures] = []


def handled(service: str, envelopes: Sequence[Envelope]) -> None:
    """Their effects are committed."""
    for measures in _measures:
        now = time.time()
        for envelope in envelopes:
            measures.seconds.labels(service, envelope.name).observe(max(0.0, now - envelope.at.timestamp()))


def failed(service: str, envelope: Envelope) -> None:
    """A handler has failed; it will be tried again, or is parked."""
    for measures in _measures:
        measures.failed.labels(service, envelope.name).inc()


def expose(host: str, port: int) -> None:
    """Begin to measure, and answer at /metrics on `port`. Before the children are made; once a process."""
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="metrics-"))
    from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    labels = ["service", "event"]
    name = "traffpunkt_event_seconds"
    seconds = Histogram(name, "From an event's commit to its effect's.", labels, buckets=BUCKETS, registry=None)
    failures = Counter("traffpunkt_event_failures", "Attempts to handle an event that failed.", labels, registry=None)
    _measures[:] = [Measures(seconds, failures)]
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, host, registry)

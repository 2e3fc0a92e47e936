"""How a service is doing: read from its database and from its queues in Redis, in a few statements."""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events import SUBSCRIPTIONS
from shared.messaging.doing import doing_key
from shared.operations.hooks import Figure
from shared.service import Service

SILENT_RELAY = timedelta(seconds=15)
SILENT_WORKER = timedelta(seconds=40)
"""A worker is heard of when its canary comes through, every ten seconds: a long handler may delay it."""

_OUTBOX = text("""
    SELECT subscriber, coalesce(unsent, 0) AS unsent, coalesce(unacknowledged, 0) AS unacknowledged, oldest,
        halt.since AS halted_at, halt.reason
    FROM (
        SELECT subscriber, count(*) FILTER (WHERE sent_at IS NULL) AS unsent,
            count(*) FILTER (WHERE sent_at IS NOT NULL) AS unacknowledged,
            extract(epoch FROM now() - min(occurred_at)) AS oldest
        FROM outbox WHERE acked_at IS NULL GROUP BY subscriber) AS pending
    FULL JOIN (SELECT * FROM halt WHERE subscriber <> 'inbox') AS halt USING (subscriber)
""")
_INBOX = text("""
    SELECT state, count(*) AS number, extract(epoch FROM now() - min(received_at)) AS oldest,
        count(*) FILTER (WHERE received_at > now() - interval '1 minute') AS received
    FROM inbox WHERE state IN ('failed', 'waiting', 'dead', 'begun') GROUP BY state
""")
_COUNTS = text("""
    SELECT count(*) FILTER (WHERE state = 'scheduled') AS scheduled, min(due_at) FILTER (WHERE state = 'scheduled') AS next_at,
        count(*) FILTER (WHERE state = 'missed') AS missed,
        max(done.handled) AS handled, max(done.received) AS received,
        (SELECT count(*) FROM outbox WHERE acked_at > now() - interval '1 minute') AS delivered,
        max(halt.since) AS halted_at, max(halt.reason) AS reason
    FROM (
        SELECT count(*) AS handled, count(*) FILTER (WHERE received_at > now() - interval '1 minute') AS received
        FROM inbox WHERE state = 'done' AND handled_at > now() - interval '1 minute') AS done
    LEFT JOIN due ON state IN ('scheduled', 'missed')
    LEFT JOIN halt ON subscriber = 'inbox'
""")
_PROCESSES = text("""
    SELECT name, kind, started_at, leaving, extract(epoch FROM now() - seen_at) AS silent
    FROM process WHERE kind IN ('worker', 'relay') AND seen_at > now() - interval '10 minutes' ORDER BY kind, name
""")


@dataclass(frozen=True)
class Queue:
    """A list in Redis. `depth` None: Redis does not answer."""

    name: str
    depth: int | None
    in_hand: int = 0
    """Taken by a worker and not yet acknowledged to Redis."""
    oldest: timedelta | None = None
    halted_at: datetime | None = None
    """Nothing that comes through it is handled since then: a person has stopped it."""
    reason: str = ""


@dataclass(frozen=True)
class Outgoing:
    """What the service has said and one subscriber has not yet acknowledged."""

    subscriber: str
    unsent: int
    unacknowledged: int
    oldest: timedelta
    halted_at: datetime | None = None
    """A person has stopped it since then."""
    reason: str = ""


@dataclass(frozen=True)
class Doing:
    """What a worker's child has in hand."""

    what: str
    """The task, or the events that it carries, each with how many."""
    time: timedelta
    pid: int


@dataclass(frozen=True)
class Process:
    name: str
    kind: str
    started_at: datetime
    silent: timedelta
    leaving: bool = False
    doing: "list[Doing]" = field(default_factory=list)

    @property
    def answers(self) -> bool:
        """Whether it has been heard of lately. A worker that has its hands full comes to no canary, but tells what it does."""
        return bool(self.doing) or self.silent < (SILENT_WORKER if self.kind == "worker" else SILENT_RELAY)


@dataclass(frozen=True)
class State:
    """One service, now."""

    service: str
    queues: list[Queue]
    outgoing: list[Outgoing]
    processes: list[Process]
    failed: int = 0
    waiting: int = 0
    dead: int = 0
    oldest_failed: timedelta | None = None
    scheduled: int = 0
    next_due_at: datetime | None = None
    missed: int = 0
    in_hand: int = 0
    """Events that were begun and are not concluded."""
    received: int = 0
    """Heard for the first time in the last minute."""
    handled: int = 0
    """In the last minute."""
    delivered: int = 0
    """Acknowledged by subscribers in the last minute."""
    figures: Sequence[Figure] = ()
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def oldest_pending(self) -> timedelta:
        """The age of what has waited longest for a subscriber, those apart that people have stopped."""
        return max((outgoing.oldest for outgoing in self.outgoing if outgoing.halted_at is None), default=timedelta())

    @property
    def redis_answers(self) -> bool:
        return all(queue.depth is not None for queue in self.queues)

    def alive(self, kind: str) -> list[Process]:
        """The processes of a kind that answer."""
        return [process for process in self.processes if process.kind == kind and process.answers]


def connect(redis_url: str) -> Redis:
    """A client for looking only: it gives up at once, so that a page is never slow because Redis is away."""
    return Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


def subscribers_of(service: str) -> list[str]:
    """To whom a service speaks: those who listen to its events and its alarms, and itself (due work)."""
    modules = {f"shared.events.{service}", "shared.events.operations"}
    mine = (names for event, names in SUBSCRIPTIONS.items() if event.__module__ in modules)
    return sorted({service, *(name for names in mine for name in names)})


def read_state(session: Session, service: Service, redis: Redis) -> State:
    """Four statements, the service's own figures, one round trip to Redis. Raises what the database raises; Redis may be away."""
    inbox = {row.state: row for row in session.execute(_INBOX)}
    counts = session.execute(_COUNTS).one()
    of_state = {state: row.number for state, row in inbox.items()}
    processes = session.execute(_PROCESSES).all()
    queues, doing = _look_at_redis(service, redis, [row.name for row in processes if row.kind == "worker"])
    queues[0] = replace(queues[0], halted_at=counts.halted_at, reason=counts.reason or "")
    return State(
        service=service.name,
        queues=queues,
        outgoing=_outgoing(session, service.name),
        processes=[
            Process(row.name, row.kind, row.started_at, _seconds(row.silent), row.leaving, doing.get(row.name, []))
            for row in processes
        ],
        failed=of_state.get("failed", 0),
        waiting=of_state.get("waiting", 0),
        dead=of_state.get("dead", 0),
        in_hand=of_state.get("begun", 0),
        oldest_failed=max((_seconds(inbox[state].oldest) for state in ("failed", "dead") if state in inbox), default=None),
        scheduled=counts.scheduled,
        next_due_at=counts.next_at,
        missed=counts.missed,
        received=counts.received + sum(row.received for row in inbox.values()),
        handled=counts.handled,
        delivered=counts.delivered,
        figures=service.hooks.figures(session) if service.hooks.figures else (),
    )


def _outgoing(session: Session, service: str) -> list[Outgoing]:
    rows = {row.subscriber: row for row in session.execute(_OUTBOX)}
    nothing = timedelta()
    return [
        Outgoing(name, row.unsent, row.unacknowledged, _seconds(row.oldest), row.halted_at, row.reason or "")
        if (row := rows.get(name))
        else Outgoing(name, 0, 0, nothing)
        for name in sorted({*rows, *subscribers_of(service)})
    ]


def _look_at_redis(service: Service, redis: Redis, workers: list[str]) -> tuple[list[Queue], dict[str, list[Doing]]]:
    names = [service.queue, *service.extra_queues]
    try:
        with redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.llen(name)
                pipe.lindex(name, -1)
            pipe.hlen(f"{service.name}.unacked")
            for worker in workers:
                pipe.get(doing_key(worker))
            answers = pipe.execute()
    except RedisError:
        return [Queue(name, None) for name in names], {}
    lists, in_hand, told = answers[: 2 * len(names)], answers[2 * len(names)], answers[2 * len(names) + 1 :]
    queues = [
        Queue(name, depth, in_hand if name == service.queue else 0, age_of(oldest))
        for name, depth, oldest in zip(names, lists[::2], lists[1::2], strict=True)
    ]
    return queues, {worker: _doing(each) for worker, each in zip(workers, told, strict=True) if each}


def _doing(told: bytes) -> list[Doing]:
    return [
        Doing(
            ", ".join(f"{count} {name}" for name, count in each["events"].items()) or each["task"],
            timedelta(seconds=max(0.0, time.time() - each["since"])),
            each["pid"],
        )
        for each in json.loads(told)
    ]


def age_of(message: bytes | None) -> timedelta | None:
    """How long ago the oldest event in a Celery message occurred, or when it was sent if it carries none; None if unknown."""
    if message is None:
        return None
    try:
        told = json.loads(message)
        since = told["headers"].get("at")
        if told["headers"].get("task", "").endswith(".receive"):
            (envelopes, *_), *_ = json.loads(base64.b64decode(told["body"]))
            since = min(datetime.fromisoformat(envelope["at"]) for envelope in envelopes).timestamp()
        return timedelta(seconds=max(0.0, time.time() - since))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _seconds(number: Any) -> timedelta:
    return timedelta(seconds=max(0.0, float(number or 0)))

"""The relay: publishes the outbox until it is acknowledged, fires due work, asks for retries, prunes. No business code.

Any number may run: rows are claimed with SKIP LOCKED, and whatever is done twice the consumer's inbox makes one.
An idle relay costs its database one statement a poll, and another two a second.
"""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import Celery
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared.alive import beat
from shared.database import Asked, at_once
from shared.events import SUBSCRIPTIONS
from shared.messaging import delivery
from shared.messaging.aside import bring_in
from shared.messaging.due import fire_due
from shared.messaging.pruning import prune
from shared.messaging.publisher import Publisher
from shared.messaging.reconciling import reconcile
from shared.messaging.waking import GAP, lone_list, wake_list
from shared.messaging.wire import send
from shared.observability import log
from shared.service import Service

_log = log(__name__)

POLL = 0.25
"""Seconds between looks when nobody wakes the relay: what a lost wake-up costs."""
PROBE = 0.5
"""Seconds between looks for a wiped Redis and for queues that are empty though events are unacknowledged."""
GATHERING = 2.0
GATHER_AT_LEAST, GATHER_AT_MOST = 0.03, 0.05
"""A relay that has sent something rests for twice the seconds that it took, within these bounds, if its subscriber is busy.
The busier the machine, the larger the messages."""
BACKLOG = 100
"""Messages that wait in the own queue: from there on acknowledgements are more likely to be among them than to be lost."""
HEARTBEAT = 2.0
PRUNE = 60.0
LONGEST_PAUSE = 1.0
"""Seconds between attempts while Redis or PostgreSQL is away."""

_LOOK = """
    SELECT EXISTS (SELECT 1 FROM due WHERE state = 'scheduled' AND due_at <= now()) AS due,
        EXISTS (SELECT 1 FROM inbox WHERE state IN ('failed', 'waiting', 'begun') AND next_at <= now())
            AND NOT EXISTS (SELECT 1 FROM halt WHERE subscriber = 'inbox') AS retries,
        ARRAY[{looks}]::boolean[] AS looks
"""
_ASK = text("""
    UPDATE inbox SET next_at = now() + interval '20 seconds'
    WHERE (source, stream, key, key_seq) IN (
        SELECT source, stream, key, key_seq FROM inbox WHERE state IN ('failed', 'waiting', 'begun') AND next_at <= now()
        ORDER BY next_at LIMIT :retries FOR UPDATE SKIP LOCKED)
    RETURNING source, stream, key, key_seq
""")
RETRIES = 20
"""Kept events that are asked for in one message: a worker has each handled, with what waits behind it."""
_SEEN = text(f"""
    INSERT INTO process (name, kind) SELECT :name, 'relay' FROM {delivery.UNHURRIED}
    ON CONFLICT (name) DO UPDATE SET seen_at = now()
""")  # noqa: S608 (a constant)
_WIPED = text("""
    INSERT INTO audit (id, actor, action, target, detail)
    VALUES (gen_random_uuid(), :name, 'redis.wiped', 'redis', jsonb_build_object('events', CAST(:events AS integer)))
""")
_GONE = text("DELETE FROM process WHERE name = :name")


class _Stop(BaseException):
    """SIGTERM came while there was nothing to finish."""


@dataclass
class Relay:
    """One relay process of `service`. `run` until told to stop; `turn` is one round, for tests."""

    service: Service
    sessions: sessionmaker[Session]
    app: Celery
    name: str = field(default_factory=lambda: f"relay@{socket.gethostname()}:{os.getpid()}")
    _stopping: bool = False
    _idle: bool = False
    _woken: bool = False
    _next: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A relay that waits for Redis does nothing else: no retries inside the client, and short time-outs.
        self._redis: Redis = Redis.from_url(
            self.service.settings.redis_url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        self._lists = lone_list(self.service.name), wake_list(self.service.name)
        self._publisher = Publisher(self.app, self.service.name, self.sessions)
        self._subscribers = sorted({self.service.name, *(name for names in SUBSCRIPTIONS.values() for name in names)})
        self._look = Asked(_LOOK.format(looks=", ".join(f"({look.when})" for look in self.service.looks)), {})

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Outages of Redis or PostgreSQL are waited out, and count as no attempt."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        pause = 0.1
        try:
            while not self._stopping:
                beat()
                try:
                    started = time.monotonic()
                    if not self.turn():
                        self._rest(time.monotonic() - started)
                    pause = 0.1
                except _Stop:
                    break
                except Exception as error:  # the database, Redis, or what kombu makes of it
                    _log.warning("relay_waits", error=type(error).__name__, reason=str(error.__cause__ or "")[:200])
                    self._publisher.hang_up()
                    self._sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
        except _Stop:
            pass
        self._say_goodbye()

    def turn(self) -> bool:
        """One round; True if there is likely to be more to do at once."""
        if self._is_time("heartbeat", HEARTBEAT):
            self._execute(_SEEN, name=self.name)
        claimed, found = self._publisher.claim(self._subscribers, self._look)
        more = self._publisher.publish(claimed)
        if found.due:
            with self.sessions.begin() as session:
                more |= fire_due(session) > 0
        if self._is_time("probe", PROBE):
            more |= self._probe()
        if found.retries:
            more |= self._ask_for_retries()
        for look, waiting in zip(self.service.looks, found.looks, strict=True):
            if waiting and self._redis.llen(look.queue) == 0:
                send(self.app, look.task, [], queue=look.queue, producer=self._publisher.producer)
        if self._is_time("prune", PRUNE):
            prune(self.sessions)
            for mend in self.service.misdated:
                self._execute(text(mend))
        return more

    def _execute(self, statement: TextClause, **values: Any) -> Any:
        """One statement; its only row, if it gives any."""
        with at_once(self.sessions) as session:
            result: Any = session.execute(statement, values)
            return result.one_or_none() if result.returns_rows else None

    def _probe(self) -> bool:
        """Have sent again what Redis has lost, if anything: all, if it was wiped; a silent subscriber's, if nothing is on the way
        between us, or if its queue is empty and it has been silent for long.

        Not while our own worker is behind, or down: each resending would only add an acknowledgement to those that wait for it.
        """
        queues = (self.service.queue, *self.service.extra_queues, *self._lists)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(f"{self.service.name}.epoch", self.name, nx=True)
            for queue in queues:
                pipe.type(queue)
            wiped, *kinds = pipe.execute()
        for queue, kind in zip(queues, kinds, strict=True):
            if kind not in {b"list", b"none"}:
                _log.error("queue_is_no_list", queue=queue, kind=kind.decode())
                self._redis.delete(queue)
        again = bool(wiped) and self._send_again()
        silent = self._execute(delivery.SILENT, subscribers=self._subscribers).silent
        own = self._on_the_way(self.service.name) if silent else (0, 0)
        for subscriber, long in silent.items():
            waiting, at_hand = self._on_the_way(subscriber)
            if own[0] < BACKLOG and not waiting and (long or not any((at_hand, *own))):
                again |= self._send_again(subscriber)
        if self._is_time("repair", 10 * PROBE):
            with self.sessions.begin() as session:
                delivery.send_misdated_again(session)
            bring_in(self._redis, self.service.name, self.sessions)
            reconcile(self.app, self.service, self.sessions, self._publisher.producer)
        return again

    def _on_the_way(self, service: str) -> tuple[int, int]:
        """Messages that wait for a service's workers, and that are in their hands."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.llen(service)
            pipe.hlen(f"{service}.unacked")
            waiting, at_hand = pipe.execute()
        return waiting, at_hand

    def _send_again(self, subscriber: str | None = None) -> bool:
        with self.sessions.begin() as session:
            again = delivery.send_again(session, subscriber)
            if again and subscriber is None:
                session.execute(_WIPED, {"name": self.name, "events": again})
        if again:
            _log.warning("sent_again", subscriber=subscriber or "all: redis was wiped", events=again)
        return again > 0

    def _ask_for_retries(self) -> bool:
        """Whether there are likely to be more, and workers that keep up with them."""
        with self.sessions.begin() as session:
            asked = session.execute(_ASK, {"retries": RETRIES})
            heads = [[row.source, str(row.stream), row.key, row.key_seq] for row in asked]
        if heads:
            send(self.app, f"{self.service.name}.retry", [heads], queue=self.service.queue, producer=self._publisher.producer)
        return len(heads) == RETRIES and self._redis.llen(self.service.queue) < BACKLOG

    def _rest(self, took: float) -> None:
        """After a turn that took so many seconds. While a subscriber is busy, for what comes meanwhile to be one message; when we
        have been woken, since who commits right after it does not wake us again. Else until somebody does, or for `POLL` seconds.
        """
        if self._publisher.under_way >= delivery.FEW:
            self._sleep(min(max(GATHERING * took, GATHER_AT_LEAST), GATHER_AT_MOST))
        elif self._woken:
            self._sleep(GAP)
        else:
            self._wait()
            return
        self._woken = False

    def _wait(self) -> None:
        """What is handed over is published at once."""
        _lone, wake = self._lists
        with self._interruptible():
            popped: Any = self._redis.blpop(self._lists, timeout=POLL)
        self._woken = popped is not None and popped[0] == wake.encode()
        if popped and not self._woken:
            self._publisher.publish_lone(popped[1])

    def _sleep(self, seconds: float) -> None:
        with self._interruptible():
            time.sleep(seconds)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Nothing needs to be finished here: a signal to stop takes effect at once."""
        self._idle = True
        try:
            if self._stopping:
                raise _Stop
            yield
        finally:
            self._idle = False

    def _say_goodbye(self) -> None:
        self._publisher.hang_up()
        try:
            self._publisher.claim((), self._look)  # nothing more, but what was published is written down
            self._execute(_GONE, name=self.name)
        except DBAPIError:
            return

    def _is_time(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + every
        return True

    def _stop(self, *_: Any) -> None:
        self._stopping = True
        if self._idle:
            raise _Stop

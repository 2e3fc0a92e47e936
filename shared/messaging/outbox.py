"""Recording: an event's rows are written in the transaction of the change that it tells of."""

import threading
import time
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import event as orm_event
from sqlalchemy.orm import Session

from shared.database import Asked, ask, new_id
from shared.events import SUBSCRIPTIONS, Event
from shared.observability import causation_id, correlation_id

LARGEST = 200_000
"""Bytes of one event: on the wire it may be four times as long, and what is larger than a message may be is put aside."""

_RECORD = """
    WITH numbered AS (
        INSERT INTO outbox_key (subscriber, key, last_seq)
        SELECT unnest(%(subscribers)s::text[]), %(key)s::text, 1
        ON CONFLICT (subscriber, key) DO UPDATE SET last_seq = outbox_key.last_seq + 1
        RETURNING subscriber, last_seq
    )
    INSERT INTO outbox (stream, event_id, subscriber, key, key_seq, name, payload, correlation, causation)
    SELECT stream.id, %(event_id)s::uuid, subscriber, %(key)s::text, last_seq, %(name)s::text, %(payload)s::jsonb,
        %(correlation)s::uuid, %(causation)s::uuid
    FROM numbered, stream
"""


class EventTooLarge(ValueError):
    """An event tells what happened; it does not carry files or long lists. Publish several, or say where to look."""


def record(session: Session, event: Event, *, key: str) -> None:
    """Say `event` to all who subscribe to it, if and only if the session's transaction commits.

    `key` names the aggregate whose events must stay in order, for example ``registration:<id>``: never something hot,
    since the transaction holds the key's counter until it ends. Raises EventTooLarge.
    """
    payload = event.model_dump_json()
    if len(payload.encode()) > LARGEST:
        raise EventTooLarge(f"{event.name} of {key} is larger than {LARGEST} bytes")
    if subscribers := SUBSCRIPTIONS[type(event)]:
        _write(session, event.name, payload, subscribers, key)


def record_own(session: Session, name: str, payload: str, *, key: str) -> None:
    """Say an event to the recording service itself: how due work is fired."""
    _write(session, name, payload, (session.info["service"],), key)


def _write(session: Session, name: str, payload: str, subscribers: Collection[str], key: str) -> None:
    values = {
        # An array as text: names of services need no quoting. Sorted: the order in which the counters are locked.
        "subscribers": f"{{{','.join(sorted(subscribers))}}}",
        "key": key,
        "event_id": new_id(),
        "name": name,
        "payload": payload,
        "correlation": correlation_id(),
        "causation": causation_id(),
    }
    ask(session, Asked(_RECORD, values))
    wake_after_commit(session)


def wake_after_commit(session: Session) -> None:
    """Let the relay look at once when this transaction has committed, instead of at its next poll."""
    session.info["wake"] = True


def look_after_commit(session: Session, queue: str) -> None:
    """Have the task of the service's `Look` on `queue` run at once when this transaction has committed.

    A worker asks for it itself; where there is none, the relay is woken to look.
    """
    session.info.setdefault("looks", set()).add(queue)


class Waker:
    """Pushes on the Redis list that the relay blocks on. A wake-up lost costs a poll (250 ms), so Redis may be away.

    It asks Redis not to answer, and waits for nothing: every request that changes anything pays for this.
    `ask`: how this process itself asks for the task of a look on a queue, if it can; never raises.
    """

    PAUSE = 2.0
    """Seconds without trying after a failure: a request must not pay for a broker that is away."""

    def __init__(self, redis_url: str, *, ask: Callable[[str], None] | None = None) -> None:
        self.ask = ask
        # redis-py retries ten times by default: here a lost wake-up is cheaper than a slow request.
        self._pool = ConnectionPool.from_url(
            redis_url, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0)
        )
        self._connection: Any = None
        self._lock = threading.Lock()
        self._quiet_until = 0.0

    def wake(self, service: str) -> None:
        """Never raises."""
        if time.monotonic() < self._quiet_until:
            return
        with self._lock:
            try:
                self._send(service)
            except (RedisError, OSError):
                self._hang_up()
                self._quiet_until = time.monotonic() + self.PAUSE

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def _send(self, service: str) -> None:
        if self._connection is not None:
            try:
                self._connection.send_packed_command([_wake_up(service)], check_health=False)
                return
            except (RedisError, OSError):  # Redis has been started anew, perhaps
                self._hang_up()
        self._connection = self._pool.make_connection()
        self._connection.connect()
        self._connection.send_command("CLIENT", "REPLY", "OFF", check_health=False)
        self._connection.send_packed_command([_wake_up(service)], check_health=False)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None


@lru_cache(maxsize=8)
def _wake_up(service: str) -> bytes:
    """Push, and keep only the newest: what stands there says no more than that there is something."""
    commands = (b"LPUSH", wake_list(service).encode(), b"1"), (b"LTRIM", wake_list(service).encode(), b"0", b"0")
    return b"".join(
        b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts) for parts in commands
    )


def wake_list(service: str) -> str:
    """The Redis list by which a service's relay is woken."""
    return f"{service}.wake"


@orm_event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    wake, looks = session.info.pop("wake", False), session.info.pop("looks", ())
    waker: Waker | None = session.info.get("waker")
    if waker is None:
        return
    if wake or (looks and waker.ask is None):
        waker.wake(session.info["service"])
    if waker.ask is not None:
        for queue in looks:
            waker.ask(queue)


@orm_event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("wake", None)
    session.info.pop("looks", None)

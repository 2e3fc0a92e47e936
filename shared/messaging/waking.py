"""After a commit the relay is woken, and a worker's own tasks are asked for. What is lost here costs a moment, never an event."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import orjson
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import event as orm_event
from sqlalchemy.orm import Session

GAP = 0.01
"""Seconds in which a process wakes the relay once: the relay looks again when they have passed since it was woken."""
MOST_LONE = 100
"""How many hand-overs Redis keeps for a relay that does not come. Those before are sent when their leases have ended."""


def wake_after_commit(session: Session) -> None:
    """Let the relay look at once when this transaction has committed, instead of at its next poll."""
    session.info["wake"] = True


def hand_over_after_commit(session: Session, subscriber: str, envelope: dict[str, Any]) -> None:
    """Give the relay a lone event with the wake-up, when this transaction has committed: it is lent to it."""
    session.info.setdefault("lone", []).append((subscriber, envelope))


def look_after_commit(session: Session, queue: str) -> None:
    """Have the task of the service's `Look` on `queue` run at once when this transaction has committed.

    A worker asks for it itself; where there is none, the relay is woken to look.
    """
    session.info.setdefault("looks", set()).add(queue)


class Waker:
    """Pushes on the Redis lists that the relay blocks on. A wake-up lost costs a poll (250 ms), a lone event lost costs the lease
    under which it was lent, so Redis may be away.

    It asks Redis not to answer, and waits for nothing: every request that changes anything pays for this.
    `ask`: how this process itself asks for the task of a look on a queue, if it can; never raises.
    """

    PAUSE = 2.0
    """Seconds without trying after a failure: a request must not pay for a broker that is away."""
    RUSH = 0.02
    """Seconds without lone events after one that was none: in a rush nobody looks for them."""

    def __init__(self, redis_url: str, *, ask: Callable[[str], None] | None = None) -> None:
        self.ask = ask
        # redis-py retries ten times by default: here a lost wake-up is cheaper than a slow request.
        self._pool = ConnectionPool.from_url(
            redis_url, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0)
        )
        self._connection: Any = None
        self._lock = threading.Lock()
        self._quiet_until = 0.0
        self._rests_until = 0.0
        self._woke_at = 0.0

    @property
    def wants_lone(self) -> bool:
        """Whether lone events may be handed over now: there is no rush, and Redis is not away."""
        return time.monotonic() > max(self._quiet_until, self._rests_until)

    def rest(self) -> None:
        """An event was not lone."""
        self._rests_until = time.monotonic() + self.RUSH

    def wake(self, service: str, lone: Sequence[tuple[str, dict[str, Any]]] = (), *, look: bool = True) -> None:
        """Hand over the lone events (subscriber, envelope), and have the relay `look` whether there is more. Never raises."""
        now = time.monotonic()
        if now < self._quiet_until or (not lone and now < self._woke_at + GAP):
            return
        if look:
            self._woke_at = now
        pushed = (_handing_over(service, lone) if lone else b"") + (_wake_up(service) if look else b"")
        with self._lock:
            try:
                if lone and self._is_cut_off():
                    self._hang_up()
                self._send(pushed)
            except (RedisError, OSError):
                self._hang_up()
                self._quiet_until = now + self.PAUSE

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def _is_cut_off(self) -> bool:
        """Whether the connection has ended, which sending would not tell the first time: nothing else is ever read there."""
        try:
            return self._connection is not None and bool(self._connection.can_read(timeout=0))
        except (RedisError, OSError):
            return True

    def _send(self, pushed: bytes) -> None:
        if self._connection is not None:
            try:
                self._connection.send_packed_command([pushed], check_health=False)
                return
            except (RedisError, OSError):  # Redis has been started anew, perhaps
                self._hang_up()
        self._connection = self._pool.make_connection()
        self._connection.connect()
        self._connection.send_command("CLIENT", "REPLY", "OFF", check_health=False)
        self._connection.send_packed_command([pushed], check_health=False)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None


@cache
def _wake_up(service: str) -> bytes:
    """Push, and keep only the newest: what stands there says no more than that there is something."""
    key = wake_list(service).encode()
    return _packed(b"LPUSH", key, b"1") + _packed(b"LTRIM", key, b"0", b"0")


def _handing_over(service: str, lone: Sequence[tuple[str, dict[str, Any]]]) -> bytes:
    key = lone_list(service).encode()
    return _packed(b"RPUSH", key, orjson.dumps(lone)) + _packed(b"LTRIM", key, b"-%d" % MOST_LONE, b"-1")


def _packed(*parts: bytes) -> bytes:
    """A Redis command (RESP)."""
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def wake_list(service: str) -> str:
    """The Redis list by which a service's relay is woken."""
    return f"{service}.wake"


def lone_list(service: str) -> str:
    """The Redis list by which a service's relay is handed lone events."""
    return f"{service}.lone"


@orm_event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    wake, looks, lone = session.info.pop("wake", False), session.info.pop("looks", ()), session.info.pop("lone", ())
    waker: Waker | None = session.info.get("waker")
    if waker is None:
        return
    look = wake or bool(looks and waker.ask is None)
    if look or lone:
        waker.wake(session.info["service"], lone, look=look)
    if waker.ask is not None:
        for queue in looks:
            waker.ask(queue)


@orm_event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("wake", None)
    session.info.pop("looks", None)

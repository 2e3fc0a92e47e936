"""Whether a service can do its whole work: its database, Redis, a worker and a relay answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.messaging.doing import doing_key
from shared.operations.state import SILENT_RELAY, SILENT_WORKER

_ALIVE = text("""
    SELECT count(*) FILTER (WHERE kind = 'worker' AND seen_at > now() - :worker) AS workers,
           COALESCE(array_agg(name) FILTER (WHERE kind = 'worker' AND seen_at <= now() - :worker), '{}') AS silent,
           count(*) FILTER (WHERE kind = 'relay' AND seen_at > now() - :relay) AS relays
    FROM process
""")


@dataclass(frozen=True)
class Health:
    """What `/healthz` of one service answers: 200 when `reasons` is empty, else 503."""

    workers: int
    relays: int
    reasons: list[str]

    @property
    def well(self) -> bool:
        return not self.reasons


def check_health(session: Session, redis: Redis) -> Health:
    """One statement and one ping. A database that is away raises, which the error pages answer with 503.

    A worker that has its hands full comes to no canary, but tells what it does.
    """
    alive = session.execute(_ALIVE, {"worker": SILENT_WORKER, "relay": SILENT_RELAY}).one()
    workers = alive.workers + _busy(redis, alive.silent)
    reasons = [
        reason
        for reason, is_so in (
            ("no worker answers", workers == 0),
            ("no relay answers", alive.relays == 0),
            ("redis does not answer", not _answers(redis)),
        )
        if is_so
    ]
    return Health(workers, alive.relays, reasons)


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False


def _busy(redis: Redis, workers: Sequence[str]) -> int:
    try:
        return int(redis.exists(*map(doing_key, workers))) if workers else 0
    except RedisError:
        return 0

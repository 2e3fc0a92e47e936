"""Messages that are not ours to understand: not JSON, not of our shape, too large, of an unknown task.

They are put aside in Redis by whoever meets them, so that those behind them flow; the relay brings them to the table, where the
console shows them. Real events are never lost this way: their producer still has them, unacknowledged.
"""

import base64
import hashlib
from typing import Any

import orjson
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.observability import log

_log = log(__name__)

LARGEST = 1_000_000
"""Bytes of one message: what the relay sends is smaller."""
BEGINNING = 4096
"""Bytes of it that are kept."""
MOST = 1000
"""That wait in Redis for the relay."""

_WRITE = text("""
    INSERT INTO aside (digest, queue, reason, size, body) VALUES (:digest, :queue, :reason, :size, :body)
    ON CONFLICT (digest) DO UPDATE SET times = aside.times + 1, last_at = now(), reason = EXCLUDED.reason
""")


def aside_list(service: str) -> str:
    """The Redis list on which they wait for the relay."""
    return f"{service}.aside"


def put_aside(redis: Redis, service: str, queue: str, reason: str, message: bytes) -> None:
    """Keep a message that cannot be handled. Never raises: then only the log has it."""
    _log.error("message_put_aside", queue=queue, reason=reason, size=len(message))
    kept = {
        "digest": hashlib.sha256(message).hexdigest(),
        "queue": queue,
        "reason": reason,
        "size": len(message),
        "body": base64.b64encode(message[:BEGINNING]).decode(),
    }
    try:
        with redis.pipeline(transaction=False) as pipe:
            pipe.lpush(aside_list(service), orjson.dumps(kept))
            pipe.ltrim(aside_list(service), 0, MOST - 1)
            pipe.execute()
    except RedisError as error:
        _log.warning("not_put_aside", error=type(error).__name__)


def bring_in(redis: Redis, service: str, sessions: sessionmaker[Session]) -> int:
    """Write those that wait to the table; how many. The relay's work."""
    kept: Any = redis.lrange(aside_list(service), -100, -1)
    if not kept:
        return 0
    with sessions.begin() as session:
        for each in reversed(kept):
            values = orjson.loads(each)
            values |= {"digest": bytes.fromhex(values["digest"]), "body": base64.b64decode(values["body"])}
            session.execute(_WRITE, values)
    redis.ltrim(aside_list(service), 0, -len(kept) - 1)
    return len(kept)


def why_not_a_message(message: bytes) -> str | None:
    """What is wrong with something found on a queue, if it is not a Celery message at all."""
    if len(message) > LARGEST:
        return f"larger than {LARGEST} bytes"
    try:
        parts = orjson.loads(message)
    except orjson.JSONDecodeError:
        return "not JSON"
    try:
        base64.b64decode(parts["body"], validate=True)
        headers, properties = parts["headers"], parts["properties"]
        found = headers["id"], headers["task"], properties["delivery_tag"], properties["delivery_info"]["routing_key"]
    except (TypeError, KeyError, ValueError):
        return "not a Celery message"
    return None if all(isinstance(part, str) for part in found) else "not a Celery message"

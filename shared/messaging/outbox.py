"""Recording: an event's rows are written in the transaction of the change that it tells of."""

from functools import cache
from types import SimpleNamespace

import orjson
from sqlalchemy.orm import Session

from shared.database import Asked, ask, new_id
from shared.events import SUBSCRIPTIONS, Event
from shared.messaging.delivery import FEW, LENT, envelope_of
from shared.messaging.waking import hand_over_after_commit, wake_after_commit
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
    INSERT INTO outbox (stream, event_id, subscriber, key, key_seq, name, payload, correlation, causation, next_at)
    SELECT stream.id, %(event_id)s::uuid, subscriber, %(key)s::text, last_seq, %(name)s::text, %(payload)s::jsonb,
        %(correlation)s::uuid, %(causation)s::uuid, now()
    FROM numbered, stream
"""
# A lone event, whose subscriber has acknowledged nearly all before it, is lent to the relay as if it had claimed it: it is handed
# over with the wake-up, and there is no need to look. Whatever becomes of that, it is sent when its lease has ended.
_LEND = """now() + CASE
            WHEN (SELECT count(*) FROM (SELECT FROM outbox AS other
                WHERE other.subscriber = numbered.subscriber AND acked_at IS NULL LIMIT %(few)s) AS under_way) < %(few)s
                AND NOT EXISTS (SELECT FROM halt WHERE halt.subscriber = numbered.subscriber)
            THEN %(lease)s ELSE interval '0' END"""
_RECORD_AND_LEND = f"""
    {_RECORD.replace("now()", _LEND)}
    RETURNING id, stream, subscriber, key_seq, occurred_at, sends, next_at > now() AS lone
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


@cache
def _array(subscribers: tuple[str, ...]) -> str:
    """As text: names of services need no quoting. Sorted: the order in which the counters are locked."""
    return f"{{{','.join(sorted(subscribers))}}}"


def _write(session: Session, name: str, payload: str, subscribers: tuple[str, ...], key: str) -> None:
    values = {
        "subscribers": _array(subscribers),
        "key": key,
        "event_id": new_id(),
        "name": name,
        "payload": payload,
        "correlation": correlation_id(),
        "causation": causation_id(),
    }
    waker = session.info.get("waker")
    if waker is None or not waker.wants_lone:
        ask(session, Asked(_RECORD, values))
        wake_after_commit(session)
        return
    [rows] = ask(session, Asked(_RECORD_AND_LEND, values | {"few": FEW, "lease": LENT}))
    for row in rows:
        if row.lone:
            envelope = envelope_of(SimpleNamespace(**values, **row._asdict()), session.info["service"])
            hand_over_after_commit(session, row.subscriber, envelope | {"data": orjson.Fragment(payload)})
        else:
            waker.rest()
            wake_after_commit(session)

"""Recording: an event's rows are written in the transaction of the change that it tells of."""

from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import orjson
from sqlalchemy import event as orm_event
from sqlalchemy.orm import Session, SessionTransaction

from shared.database import Call, call, new_id
from shared.events import SUBSCRIPTIONS, Event
from shared.messaging.delivery import LENT, envelope_of
from shared.messaging.waking import hand_over_after_commit, wake_after_commit
from shared.observability import causation_id, correlation_id

LARGEST = 200_000
"""Bytes of one event: on the wire it may be four times as long, and what is larger than a message may be is put aside."""

_RECORD = "SELECT record_event(said) FROM jsonb_array_elements(%b::jsonb) AS said"
# A lone event, whose subscriber has acknowledged nearly all before it, is lent to the relay as if it had claimed it: it is handed
# over with the wake-up, and there is no need to look. Whatever becomes of that, it is sent when its lease has ended.
_RECORD_AND_LEND = f"""
    SELECT lend_event(said, interval '{LENT.total_seconds()} s') FROM jsonb_array_elements(%b::jsonb) AS said
"""  # noqa: S608 (a constant)


class EventTooLarge(ValueError):
    """An event tells what happened; it does not carry files or long lists. Publish several, or say where to look."""


class Recorded(NamedTuple):
    """An event that is to be written when its transaction commits."""

    said: dict[str, Any]
    """The argument of the database's `record_event`."""
    savepoint: SessionTransaction | None
    """Within which it was recorded, if any."""

    def is_within(self, savepoint: SessionTransaction) -> bool:
        """Whether it is undone with this one."""
        at = self.savepoint
        while at is not None and at is not savepoint:
            at = at.parent
        return at is savepoint


def record(session: Session, event: Event, *, key: str) -> None:
    """Say `event` to all who subscribe to it, if and only if the session's transaction commits.

    `key` names the aggregate whose events must stay in order, for example ``registration:<id>``. It is written with the COMMIT,
    in one message; the key's counter is locked from then until the transaction has ended. Raises EventTooLarge.
    """
    payload = event.model_dump_json()
    if len(payload.encode()) > LARGEST:
        raise EventTooLarge(f"{event.name} of {key} is larger than {LARGEST} bytes")
    if subscribers := SUBSCRIPTIONS[type(event)]:
        _note(session, event.name, payload, subscribers, key)


def record_own(session: Session, name: str, payload: str, *, key: str) -> None:
    """Say an event to the recording service itself: how due work is fired."""
    _note(session, name, payload, (session.info["service"],), key)


def _note(session: Session, name: str, payload: str, subscribers: tuple[str, ...], key: str) -> None:
    said = {
        "subscribers": _in_order(subscribers),
        "key": key,
        "event_id": new_id(),
        "name": name,
        "payload": orjson.Fragment(payload),
        "correlation": correlation_id(),
        "causation": causation_id(),
    }
    if not session.in_transaction():
        session.begin()
    session.info.setdefault("recorded", []).append(Recorded(said, session.get_nested_transaction()))


@cache
def _in_order(subscribers: tuple[str, ...]) -> list[str]:
    """Sorted: the order in which the counters are locked."""
    return sorted(subscribers)


def commit_with(session: Session, last: Call) -> list[bytes | None]:
    """Commit, with a last query in the same message: what it answers. Raises what SQLAlchemy does."""
    [answer] = _write(session, last)
    session.commit()
    return answer


@orm_event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if session.info.get("recorded") and not session.in_nested_transaction():
        _write(session)


def _write(session: Session, *last: Call) -> list[list[bytes | None]]:
    """Write what was recorded, after the `last` queries, and COMMIT: their answers."""
    session.flush()
    recorded = session.info.pop("recorded", [])
    if not recorded:
        return call(session, *last, commit=True)
    waker: Any = session.info.get("waker")
    lends = waker is not None and waker.wants_lone
    recording = Call(_RECORD_AND_LEND if lends else _RECORD, orjson.dumps([each.said for each in recorded]))
    *answers, written = call(session, *last, recording, commit=True)
    for (said, _), answer in zip(recorded, written, strict=True):
        lone = orjson.loads(answer) if answer else ()
        for row in lone:
            row["occurred_at"] = datetime.fromisoformat(row["occurred_at"])
            hand_over_after_commit(
                session, row["subscriber"], envelope_of(SimpleNamespace(**said, **row), session.info["service"])
            )
        if len(lone) < len(said["subscribers"]):
            wake_after_commit(session)
            if lends:
                waker.rest()
    return answers


@orm_event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, undone: SessionTransaction) -> None:
    if undone.nested and (recorded := session.info.get("recorded")):
        session.info["recorded"] = [each for each in recorded if not each.is_within(undone)]


@orm_event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop("recorded", None)

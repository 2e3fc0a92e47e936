"""The consumer's books in SQL: each key's watermark, and what is kept of each event. Decides nothing.

Whoever changes a key's books has locked its row first: that is what serialises the key, and what proves that nobody else
is at work on it just now. Past SQLAlchemy's compilation, since every event pays for it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from shared.database import Asked, Call, ask, call
from shared.messaging.envelope import Envelope, Key
from shared.messaging.outbox import commit_with
from shared.messaging.placing import Mark

LEASE = timedelta(seconds=3)
"""How long the relay leaves alone what somebody has begun, or is about to. One that takes longer has the key's lock."""

# The functions are made by shared/migrations. They and the statements take keys and events as rows of the books' own tables.
_LOCK = "SELECT lock_keys(%b)"
_SETTLE = f"SELECT settle_events(%b, interval '{LEASE.total_seconds()} s')"

_KEYS = "jsonb_populate_recordset(NULL::inbox_key, %(keys)s)"
_EVENTS = "jsonb_populate_recordset(NULL::inbox, %(events)s)"
_COLUMNS = "source, stream, key, key_seq, event_id, name, payload, correlation, causation, occurred_at, state"

_BEGIN = f"""
    INSERT INTO inbox ({_COLUMNS}, attempts, deaths, begun_at, next_at)
    SELECT {_COLUMNS}, CASE WHEN state = 'begun' THEN 1 ELSE 0 END, CASE WHEN state = 'begun' THEN %(deaths)s ELSE 0 END,
        CASE WHEN state = 'begun' THEN now() END, CASE WHEN state = 'begun' THEN now() + %(lease)s END
    FROM {_EVENTS}
    ON CONFLICT DO NOTHING
"""  # noqa: S608

_HOLD = f"""
    UPDATE inbox_key AS k SET held = true FROM {_KEYS} AS key
    WHERE (k.source, k.stream, k.key) = (key.source, key.stream, key.key)
"""  # noqa: S608

_KEEP = f"""
    INSERT INTO inbox ({_COLUMNS}, next_at)
    SELECT {_COLUMNS}, CASE WHEN %(is_next)s THEN now() + %(lease)s END FROM {_EVENTS}
    ON CONFLICT DO NOTHING
"""  # noqa: S608

_OTHERS = f"""
    SELECT arrived.event_id FROM {_EVENTS} AS arrived
    JOIN inbox USING (source, stream, key, key_seq) WHERE inbox.event_id <> arrived.event_id
"""  # noqa: S608

_FIND = """
    SELECT *, state = 'begun' AND begun_at BETWEEN now() - interval '1 second' AND now() + interval '1 second' AS just_begun
    FROM inbox WHERE source = %(source)s AND stream = %(stream)s AND key = %(key)s AND key_seq = %(seq)s
"""

_BEGIN_AGAIN = """
    UPDATE inbox SET state = 'begun', attempts = attempts + 1, deaths = deaths + 1,
        begun_at = now(), next_at = now() + %(lease)s
    WHERE source = %(source)s AND stream = %(stream)s AND key = %(key)s AND key_seq = %(seq)s
"""

_LIVED = """
    UPDATE inbox SET deaths = deaths - 1
    WHERE source = %(source)s AND stream = %(stream)s AND key = %(key)s AND key_seq = %(seq)s AND deaths > 0
"""

_FAIL = f"""
    INSERT INTO inbox AS i ({_COLUMNS}, attempts, next_at, error, traceback, place, passed)
    SELECT {_COLUMNS}, 1, now() + %(spread)s::float * (%(pauses)s::interval[])[1], %(error)s::text, %(traceback)s::text,
        %(place)s::text, %(passed)s::boolean
    FROM {_EVENTS}
    ON CONFLICT (source, stream, key, key_seq) DO UPDATE SET
        attempts = i.attempts + %(more)s, deaths = 0, error = EXCLUDED.error, traceback = EXCLUDED.traceback,
        place = EXCLUDED.place, passed = %(passed)s,
        state = CASE WHEN %(for_ever)s OR i.attempts + %(more)s <= cardinality(%(pauses)s::interval[])
            THEN 'failed' ELSE 'dead' END,
        next_at = now() + %(spread)s::float
            * (%(pauses)s::interval[])[LEAST(i.attempts + %(more)s, cardinality(%(pauses)s::interval[]))]
    RETURNING state, attempts
"""  # noqa: S608

# We have the key's lock: nobody is at those behind. They were begun together with the one that stops the key.
_THOSE_BEHIND_WAIT = """
    UPDATE inbox SET state = 'waiting', next_at = NULL
    WHERE source = %(source)s AND stream = %(stream)s AND key = %(key)s AND key_seq > %(seq)s AND state = 'begun'
"""

_PARK = """
    UPDATE inbox SET state = 'dead', deaths = 0, error = %(error)s::text, place = split_part(%(error)s::text, ':', 1),
        traceback = NULL, next_at = NULL
    WHERE source = %(source)s AND stream = %(stream)s AND key = %(key)s AND key_seq = %(seq)s
"""


def lock(session: Session, keys: Iterable[Key]) -> dict[Key, Mark]:
    """Each key's watermark, and the key itself until the transaction ends."""
    [[answer]] = call(session, Call(_LOCK, orjson.dumps(_keys(set(keys)))))
    said = orjson.loads(answer or b"{}")
    return {
        Key(mark["source"], UUID(mark["stream"]), mark["key"]): Mark(mark["last_seq"], mark["held"], said["halted"])
        for mark in said["marks"]
    }


def settle_and_commit(
    session: Session, done: Sequence[Envelope], ahead: Sequence[Envelope], marks: Mapping[Key, Mark]
) -> list[Key]:
    """Write down what has been handled and what is kept until its turn, the watermarks with it, in one message with the COMMIT.

    Returns the keys beyond whose watermark something is kept.
    """
    last = {e.place: marks[e.place].last_seq for e in (*done, *ahead)}
    for envelope in done:
        last[envelope.place] = max(last[envelope.place], envelope.seq)
    with_gap = {e.place for e in ahead}
    moved = [key._asdict() | {"last_seq": seq, "held": key in with_gap} for key, seq in last.items()]
    [answer] = commit_with(session, _settling(_events(done, "done") + _events(ahead, "waiting"), moved))
    return [Key(source, UUID(stream), key) for source, stream, key in orjson.loads(answer or b"[]")]


def move(session: Session, key: Key, last_seq: int) -> None:
    """Set a key's watermark, and find out anew whether anything is kept beyond it."""
    call(session, _settling([], [key._asdict() | {"last_seq": last_seq, "held": False}]))


def begin(session: Session, envelopes: Sequence[Envelope], ahead: Sequence[Envelope], *, deaths: int) -> None:
    """Leave a trace of those that are about to be handled for the first time, in case it ends the process."""
    events = _json(_events(envelopes, "begun") + _events(ahead, "waiting"))
    ask(session, Asked(_BEGIN, {"events": events, "deaths": deaths, "lease": LEASE}), _holding(*envelopes, *ahead))


def keep(session: Session, envelope: Envelope, *, is_next: bool) -> None:
    """Keep one until its turn. If its turn is now, the relay asks for it unless it is handled at once."""
    events = _json(_events([envelope], "waiting"))
    ask(session, Asked(_KEEP, {"events": events, "is_next": is_next, "lease": LEASE}), _holding(envelope))


def misnumbered(session: Session, settled: Sequence[Envelope]) -> set[UUID]:
    """Those of the settled ones whose number is another event's: their producer's database has been restored from a backup."""
    [rows] = ask(session, Asked(_OTHERS, {"events": _json(_events(settled, "done"))}))
    return {row.event_id for row in rows}


def find(session: Session, key: Key, seq: int) -> Any | None:
    """What is kept of an event. `just_begun`: somebody has put an attempt in the books, and may be about to take the lock."""
    [rows] = ask(session, Asked(_FIND, key._asdict() | {"seq": seq}))
    return next(iter(rows), None)


def begin_again(session: Session, key: Key, seq: int) -> None:
    """The same trace for one that is kept already."""
    ask(session, Asked(_BEGIN_AGAIN, key._asdict() | {"seq": seq, "lease": LEASE}))


def lived(session: Session, key: Key, seq: int) -> None:
    """The attempt came to nothing, but not because its process died."""
    ask(session, Asked(_LIVED, key._asdict() | {"seq": seq}))


def park(session: Session, key: Key, seq: int, error: str) -> None:
    """No more attempts, until a person says so."""
    place = key._asdict() | {"seq": seq}
    ask(session, Asked(_PARK, place | {"error": error}), Asked(_THOSE_BEHIND_WAIT, place))


def fail(
    session: Session,
    envelope: Envelope,
    *,
    counted: bool,
    error: str,
    traceback: str,
    place: str,
    pauses: Sequence[timedelta],
    spread: float,
    for_ever: bool,
    passed: bool,
) -> Any:
    """Keep one whose handler has failed: state (failed, or dead when the pauses are used up) and attempts."""
    values = {
        "events": _json(_events([envelope], "failed")),
        "more": 0 if counted else 1,
        "error": error,
        "traceback": traceback,
        "place": place,
        "pauses": list(pauses),
        "spread": spread,
        "for_ever": for_ever,
        "passed": passed,
    }
    [row], *_ = ask(
        session,
        Asked(_FAIL, values),
        _holding(envelope),
        Asked(_THOSE_BEHIND_WAIT, envelope.place._asdict() | {"seq": envelope.seq}),
    )
    return row


def envelope_of(row: Any) -> Envelope:
    """The event of a row, as it once arrived."""
    return Envelope(
        n=0, id=row.event_id, source=row.source, stream=row.stream, key=row.key, seq=row.key_seq, name=row.name,
        at=row.occurred_at, correlation=row.correlation, causation=row.causation, data=row.payload,
    )  # fmt: skip


def _settling(events: list[dict[str, Any]], keys: list[dict[str, Any]]) -> Call:
    return Call(_SETTLE, orjson.dumps({"events": events, "keys": keys}))


def _holding(*envelopes: Envelope) -> Asked:
    return Asked(_HOLD, {"keys": _json(_keys({e.place for e in envelopes}))})


def _keys(keys: Collection[Key]) -> list[dict[str, Any]]:
    """As rows of inbox_key."""
    return [key._asdict() for key in keys]


def _events(envelopes: Sequence[Envelope], state: str) -> list[dict[str, Any]]:
    """As rows of inbox."""
    return [
        {
            "source": e.source, "stream": e.stream, "key": e.key, "key_seq": e.seq, "event_id": e.id, "name": e.name,
            "payload": e.data, "correlation": e.correlation, "causation": e.causation, "occurred_at": e.at, "state": state,
        }
        for e in envelopes
    ]  # fmt: skip


def _json(rows: list[dict[str, Any]]) -> Jsonb:
    return Jsonb(rows, dumps=orjson.dumps)

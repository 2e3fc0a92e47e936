"""The consumer's books in SQL: each key's watermark, and what is kept of each event. Decides nothing.

Whoever changes a key's books has locked its row first: that is what serialises the key, and what proves that nobody else
is at work on it just now. Past SQLAlchemy's compilation, since every event pays for it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from shared.database import Asked, ask
from shared.messaging.envelope import Envelope, Key
from shared.messaging.placing import Mark

LEASE = timedelta(seconds=3)
"""How long the relay leaves alone what somebody has begun, or is about to. One that takes longer has the key's lock."""

# In order of key, so that two batches cannot wait for each other.
_LOCK = """
    INSERT INTO inbox_key AS k (source, stream, key, last_seq, held)
    SELECT source, stream, key, 0, false
    FROM unnest(%(sources)s::text[], %(streams)s::uuid[], %(keys)s::text[]) AS arrived (source, stream, key)
    ORDER BY source, stream, key
    ON CONFLICT (source, stream, key) DO UPDATE SET last_seq = k.last_seq
    RETURNING source, stream, key, last_seq, held, EXISTS (SELECT 1 FROM halt WHERE subscriber = 'inbox') AS halted
"""

_EVENTS = """
    SELECT * FROM unnest(
        %(sources)s::text[], %(streams)s::uuid[], %(keys)s::text[], %(seqs)s::bigint[], %(ids)s::uuid[],
        %(names)s::text[], %(payloads)s::text[], %(correlations)s::uuid[], %(causations)s::uuid[],
        %(occurred)s::timestamptz[], %(states)s::text[]
    ) AS event (source, stream, key, key_seq, event_id, name, payload, correlation, causation, occurred_at, state)
"""
_COLUMNS = "source, stream, key, key_seq, event_id, name, payload, correlation, causation, occurred_at, state"
_VALUES = "source, stream, key, key_seq, event_id, name, payload::jsonb, correlation, causation, occurred_at, state"

_SETTLE = f"""
    WITH mark AS (
        SELECT * FROM unnest(
            %(mark_sources)s::text[], %(mark_streams)s::uuid[], %(mark_keys)s::text[],
            %(last_seqs)s::bigint[], %(aheads)s::boolean[]
        ) AS mark (source, stream, key, last_seq, ahead)
    ), kept AS (
        INSERT INTO inbox ({_COLUMNS}, handled_at, next_at)
        SELECT {_VALUES}, CASE WHEN state = 'done' THEN now() END, CASE WHEN state = 'waiting' AND EXISTS (
            SELECT 1 FROM mark WHERE (mark.source, mark.stream, mark.key, mark.last_seq + 1) = (
                event.source, event.stream, event.key, event.key_seq)) THEN now() + %(lease)s END
        FROM ({_EVENTS}) AS event
        ON CONFLICT (source, stream, key, key_seq) DO UPDATE
            SET state = EXCLUDED.state, handled_at = EXCLUDED.handled_at, next_at = NULL, traceback = NULL, deaths = 0
            WHERE EXCLUDED.state = 'done' AND inbox.state <> 'done'
               OR EXCLUDED.state = 'waiting' AND inbox.state = 'begun' AND inbox.deaths = 0
    ), next_one AS (
        UPDATE inbox SET next_at = now() + %(lease)s FROM mark
        WHERE (inbox.source, inbox.stream, inbox.key, inbox.key_seq) = (mark.source, mark.stream, mark.key, mark.last_seq + 1)
          AND inbox.state = 'waiting'
    )
    UPDATE inbox_key AS k SET last_seq = mark.last_seq, held = mark.ahead OR EXISTS (
        SELECT 1 FROM inbox AS i
        WHERE (i.source, i.stream, i.key) = (mark.source, mark.stream, mark.key) AND i.key_seq > mark.last_seq)
    FROM mark WHERE (k.source, k.stream, k.key) = (mark.source, mark.stream, mark.key)
    RETURNING k.source, k.stream, k.key, k.held
"""  # noqa: S608 (put together from constants)

_BEGIN = f"""
    INSERT INTO inbox ({_COLUMNS}, attempts, deaths, begun_at, next_at)
    SELECT {_VALUES}, CASE WHEN state = 'begun' THEN 1 ELSE 0 END, CASE WHEN state = 'begun' THEN %(deaths)s ELSE 0 END,
        CASE WHEN state = 'begun' THEN now() END, CASE WHEN state = 'begun' THEN now() + %(lease)s END
    FROM ({_EVENTS}) AS event
    ON CONFLICT DO NOTHING
"""  # noqa: S608

_HOLD = """
    UPDATE inbox_key AS k SET held = true
    FROM unnest(%(sources)s::text[], %(streams)s::uuid[], %(keys)s::text[]) AS key (source, stream, key)
    WHERE (k.source, k.stream, k.key) = (key.source, key.stream, key.key)
"""

_KEEP = f"""
    INSERT INTO inbox ({_COLUMNS}, next_at)
    SELECT {_VALUES}, CASE WHEN %(is_next)s THEN now() + %(lease)s END FROM ({_EVENTS}) AS event
    ON CONFLICT DO NOTHING
"""  # noqa: S608

_OTHERS = """
    SELECT arrived.id FROM unnest(
        %(sources)s::text[], %(streams)s::uuid[], %(keys)s::text[], %(seqs)s::bigint[], %(ids)s::uuid[]
    ) AS arrived (source, stream, key, key_seq, id)
    JOIN inbox USING (source, stream, key, key_seq) WHERE inbox.event_id <> arrived.id
"""

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
    SELECT {_VALUES}, 1, now() + %(spread)s::float * (%(pauses)s::interval[])[1], %(error)s::text, %(traceback)s::text,
        %(place)s::text, %(passed)s::boolean
    FROM ({_EVENTS}) AS event
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
    [rows] = ask(session, Asked(_LOCK, _keys(set(keys))))
    return {Key(row.source, row.stream, row.key): Mark(row.last_seq, row.held, row.halted) for row in rows}


def settle(session: Session, done: Sequence[Envelope], ahead: Sequence[Envelope], marks: Mapping[Key, Mark]) -> list[Key]:
    """Write down what has been handled and what is kept until its turn; the watermarks move with it.

    Returns the keys beyond whose watermark something is kept.
    """
    last = {e.place: marks[e.place].last_seq for e in (*done, *ahead)}
    for envelope in done:
        last[envelope.place] = max(last[envelope.place], envelope.seq)
    with_gap = {e.place for e in ahead}
    values = _events(done, "done", ahead, "waiting")
    values |= {f"mark_{name}": value for name, value in _keys(last).items()}
    values |= {"last_seqs": list(last.values()), "aheads": [key in with_gap for key in last], "lease": LEASE}
    [rows] = ask(session, Asked(_SETTLE, values))
    return [Key(row.source, row.stream, row.key) for row in rows if row.held]


def move(session: Session, key: Key, last_seq: int) -> None:
    """Set a key's watermark, and find out anew whether anything is kept beyond it."""
    values = _events([], "done", [], "waiting") | {f"mark_{name}": value for name, value in _keys([key]).items()}
    ask(session, Asked(_SETTLE, values | {"last_seqs": [last_seq], "aheads": [False], "lease": LEASE}))


def begin(session: Session, envelopes: Sequence[Envelope], ahead: Sequence[Envelope], *, deaths: int) -> None:
    """Leave a trace of those that are about to be handled for the first time, in case it ends the process."""
    begun = Asked(_BEGIN, _events(envelopes, "begun", ahead, "waiting") | {"deaths": deaths, "lease": LEASE})
    ask(session, begun, Asked(_HOLD, _keys({e.place for e in (*envelopes, *ahead)})))


def keep(session: Session, envelope: Envelope, *, is_next: bool) -> None:
    """Keep one until its turn. If its turn is now, the relay asks for it unless it is handled at once."""
    kept = Asked(_KEEP, _events([envelope], "waiting", [], "") | {"is_next": is_next, "lease": LEASE})
    ask(session, kept, Asked(_HOLD, _keys([envelope.place])))


def misnumbered(session: Session, settled: Sequence[Envelope]) -> set[UUID]:
    """Those of the settled ones whose number is another event's: their producer's database has been restored from a backup."""
    events = _events(settled, "", [], "")
    [rows] = ask(session, Asked(_OTHERS, {name: events[name] for name in ("sources", "streams", "keys", "seqs", "ids")}))
    return {row.id for row in rows}


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
    values = _events([envelope], "failed", [], "") | {
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
        Asked(_HOLD, _keys([envelope.place])),
        Asked(_THOSE_BEHIND_WAIT, envelope.place._asdict() | {"seq": envelope.seq}),
    )
    return row


def envelope_of(row: Any) -> Envelope:
    """The event of a row, as it once arrived."""
    return Envelope(
        n=0, id=row.event_id, source=row.source, stream=row.stream, key=row.key, seq=row.key_seq, name=row.name,
        at=row.occurred_at, correlation=row.correlation, causation=row.causation, data=row.payload,
    )  # fmt: skip


def _keys(keys: Collection[Key]) -> dict[str, Any]:
    return {"sources": [k.source for k in keys], "streams": [k.stream for k in keys], "keys": [k.key for k in keys]}


def _events(some: Sequence[Envelope], state: str, others: Sequence[Envelope], other_state: str) -> dict[str, Any]:
    every = [*some, *others]
    return {
        **_keys([e.place for e in every]),
        "seqs": [e.seq for e in every],
        "ids": [e.id for e in every],
        "names": [e.name for e in every],
        "payloads": [orjson.dumps(e.data).decode() for e in every],
        "correlations": [e.correlation for e in every],
        "causations": [e.causation for e in every],
        "occurred": [e.at for e in every],
        "states": [state] * len(some) + [other_state] * len(others),
    }

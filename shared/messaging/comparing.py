"""The listener's side of reconciliation: what it lacks of what a teller says it has told, and what it waits for in vain."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import new_id
from shared.messaging import ledger
from shared.messaging.envelope import Key
from shared.messaging.streams import Span
from shared.observability import log

_log = log(__name__)

_COMPARE = text("""
    SELECT said.key, said.last_seq, said.known, COALESCE(k.last_seq, 0) AS mine,
        (SELECT array_agg(n ORDER BY n) FROM generate_series(COALESCE(k.last_seq, 0) + 1, said.known) AS n
         WHERE NOT EXISTS (
            SELECT 1 FROM inbox AS i
            WHERE i.source = :source AND i.stream = :stream AND i.key = said.key AND i.key_seq = n)) AS missing
    FROM unnest(CAST(:keys AS text[]), CAST(:knowns AS bigint[]), CAST(:lasts AS bigint[])) AS said (key, known, last_seq)
    LEFT JOIN inbox_key AS k ON k.source = :source AND k.stream = :stream AND k.key = said.key
    WHERE COALESCE(k.last_seq, 0) < said.known OR k.last_seq > said.last_seq
""")
_HOLES = text("""
    WITH hole AS (
        SELECT k.source, k.stream, k.key, k.last_seq + 1 AS first, min(i.key_seq) - 1 AS last
        FROM inbox_key AS k JOIN inbox AS i USING (source, stream, key)
        WHERE k.held AND (k.asked_at IS NULL OR k.asked_at NOT BETWEEN now() - interval '1 minute' AND now())
          AND i.key_seq > k.last_seq AND i.received_at NOT BETWEEN now() - interval '20 seconds' AND now()
        GROUP BY k.source, k.stream, k.key HAVING min(i.key_seq) > k.last_seq + 1
        LIMIT 500
    )
    UPDATE inbox_key AS k SET asked_at = now() FROM hole
    WHERE (k.source, k.stream, k.key) = (hole.source, hole.stream, hole.key)
    RETURNING hole.*
""")
_FIRST_KEPT = text("""
    SELECT min(key_seq) FROM inbox WHERE source = :source AND stream = :stream AND key = :key AND key_seq > :seq
""")
_NOTE = text("""
    INSERT INTO audit (id, actor, action, target, detail) VALUES (:id, 'messaging', 'events.gone', :target,
        jsonb_build_object('key', CAST(:key AS text), 'from', CAST(:first AS bigint), 'to', CAST(:last AS bigint)))
""")
NOTE_COMPARISON = text("""
    INSERT INTO comparison AS c (peer, role, run, keys, missing, beyond) VALUES (:peer, :role, :run, :keys, :missing, :beyond)
    ON CONFLICT (peer, role) DO UPDATE SET at = now(), run = EXCLUDED.run,
        keys = EXCLUDED.keys + CASE WHEN c.run = EXCLUDED.run THEN c.keys ELSE 0 END,
        missing = EXCLUDED.missing + CASE WHEN c.run = EXCLUDED.run THEN c.missing ELSE 0 END,
        beyond = EXCLUDED.beyond + CASE WHEN c.run = EXCLUDED.run THEN c.beyond ELSE 0 END
""")


class Differences(NamedTuple):
    """Between what a teller says and what is here."""

    missing: list[Span]
    """Acknowledged, and not here."""
    beyond: list[tuple[str, int]]
    """Keys of which more is here than the teller says it has told, and how much."""


def compare(session: Session, source: str, stream: UUID, said: Sequence[tuple[str, int, int]]) -> Differences:
    """`said`: key, how far it has been acknowledged, how far it has been numbered."""
    values = {"keys": [s[0] for s in said], "knowns": [s[1] for s in said], "lasts": [s[2] for s in said]}
    missing: list[Span] = []
    beyond: list[tuple[str, int]] = []
    for row in session.execute(_COMPARE, values | {"source": source, "stream": stream}):
        missing += [(row.key, first, last) for first, last in runs(row.missing or [])]
        if row.mine > row.last_seq:
            beyond.append((row.key, row.mine))
    return Differences(missing, beyond)


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as unbroken runs: first, last."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def holes(session: Session) -> dict[tuple[str, UUID], list[Span]]:
    """What is waited for since longer than any sending takes, by producer and stream; each is asked for once a minute."""
    found: defaultdict[tuple[str, UUID], list[Span]] = defaultdict(list)
    for row in session.execute(_HOLES):
        found[row.source, row.stream].append((row.key, row.first, row.last))
    return dict(found)


def give_up(session: Session, key: Key, first: int, last: int) -> bool:
    """Go on without events that their teller has not got any more; it stands in the audit log. False: their turn is not now."""
    mark = ledger.lock(session, [key])[key]
    kept = session.execute(_FIRST_KEPT, key._asdict() | {"seq": mark.last_seq}).scalar_one()
    last = min(last, kept - 1) if kept is not None else last
    if not first <= mark.last_seq + 1 <= last:
        return False
    ledger.move(session, key, last)
    session.execute(_NOTE, {"id": new_id(), "target": key.source, "key": key.key, "first": mark.last_seq + 1, "last": last})
    _log.error("events_gone", source=key.source, key=key.key, first=mark.last_seq + 1, last=last)
    return True

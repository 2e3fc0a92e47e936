"""Claiming mails and writing down what became of them: the sender's side of the ledger, in as few statements as it takes.

Every statement that concludes something names the lease: a sender that has lost it (it hung, and another took over) concludes
nothing, but says that the mail may be doubled.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.orm import Session

from services.notifications.mail.letters.letter import Entry
from services.notifications.models import Message, Pause
from services.notifications.models.copies import columns, copy_of
from services.notifications.rules.answers import Answer, Verdict, away_for
from shared.database import Asked, ask
from shared.messaging.delivery import UNHURRIED

SERVER = "server"
WAIT_FOR_FACTS = timedelta(seconds=30)
"""Between looks for facts that have not arrived; their arrival wakes the mail at once."""

_DUE = """
    m.lane = :lane AND m.state IN ('queued', 'inflight', 'retry') AND NOT m.paused AND m.next_at <= now()
    AND NOT EXISTS (SELECT 1 FROM message AS earlier WHERE earlier.order_key = m.order_key AND earlier.order_no < m.order_no
                    AND earlier.state IN ('queued', 'inflight', 'retry'))
    AND NOT EXISTS (SELECT 1 FROM pause WHERE scope IN ('server', 'domain:' || m.domain, 'kind:' || m.kind) AND until > now())
    AND (m.state <> 'inflight' OR pg_postmaster_start_time() < now() - interval '10 seconds')
"""
"""No lease ends while the database is away: nobody could renew it."""
# A claim that is lost in a crash of the database claims nothing: no mail begins without its lease.
_CLAIM = f"""
    UPDATE message SET state = 'inflight', lease_token = %(token)s, next_at = now() + %(lease)s
    FROM {UNHURRIED}, (SELECT m.id, m.state FROM message AS m WHERE {_DUE.replace(":lane", "%(lane)s")}
                       ORDER BY m.priority, m.next_at, m.id LIMIT %(limit)s FOR UPDATE OF m SKIP LOCKED) AS due
    WHERE message.id = due.id
    RETURNING due.state
"""  # noqa: S608 (constants)
_CLAIMED = f"""
    SELECT {columns(Message)} FROM message WHERE lease_token = %(token)s ORDER BY priority, created_at, id
"""  # noqa: S608 (constants)
MISDATED = (
    """UPDATE message SET next_at = now() WHERE next_at > now() + interval '1 minute'
        AND (state = 'inflight' OR state = 'queued' AND queued_at > now() + interval '1 minute')""",
    f"DELETE FROM pause WHERE scope = '{SERVER}' AND until > now() + interval '10 minutes'",  # noqa: S608 (constants)
)
"""No lease is as long, and nothing is queued in the future: the clock was set back."""
_COUNT_DUE = text(f"SELECT count(*) FROM (SELECT FROM message AS m WHERE {_DUE} LIMIT :limit) AS due")  # noqa: S608 (constants)
_FORSAKEN = text("""
    WITH forsaken AS (
        UPDATE message_attempt AS a SET phase = 'dot', response = 'the sender ended before the answer came'
        FROM message AS m WHERE m.id = a.message_id AND m.lease_token = :token AND a.phase = 'begun' RETURNING a.message_id)
    UPDATE message SET possibly_doubled = true, attempts = attempts + 1 WHERE id IN (SELECT message_id FROM forsaken)
""")
_EXTEND = text("UPDATE message SET next_at = now() + :lease WHERE lease_token = :token")
_RELEASE = text("""
    UPDATE message SET state = CASE WHEN attempts = 0 THEN 'queued' ELSE 'retry' END, lease_token = NULL, next_at = now()
    WHERE lease_token = :token
""")
_PAUSED_AGAIN = """
    ON CONFLICT (scope) DO UPDATE SET until = EXCLUDED.until, reason = EXCLUDED.reason,
        failures = CASE WHEN pause.until < now() - interval '10 minutes' THEN 1 ELSE pause.failures + 1 END,
        since = CASE WHEN pause.until < now() - interval '10 minutes' THEN now() ELSE pause.since END
"""
TURN = f"""
    WITH said AS (
        SELECT * FROM jsonb_to_record(%(said)s::jsonb) AS s(
            token uuid, id uuid, n smallint, phase text, code smallint, enhanced text, response text, duration integer,
            state text, reason text, pause float, counts integer, undecided boolean, suppress boolean, slow_down float,
            recipient text, subject text, entries jsonb, next uuid)
    ), concluded AS (
        UPDATE message SET state = CASE WHEN said.state = 'queued' AND attempts > 0 THEN 'retry' ELSE said.state END,
            reason = said.reason, lease_token = NULL, next_at = now() + make_interval(secs => said.pause),
            attempts = attempts + said.counts, possibly_doubled = possibly_doubled OR said.undecided,
            recipient = said.recipient, subject = said.subject,
            sent_at = CASE WHEN said.state = 'sent' THEN now() END
        FROM said WHERE message.id = said.id AND lease_token = said.token
        RETURNING message.id
    ), doubled AS (
        UPDATE message SET possibly_doubled = true FROM said
        WHERE message.id = said.id AND NOT EXISTS (SELECT FROM concluded) AND NOT EXISTS (
            SELECT FROM message_attempt AS a WHERE a.message_id = said.id AND a.n = said.n AND a.phase <> 'begun')
    ), answered AS (
        UPDATE message_attempt AS a
        SET phase = said.phase, code = said.code, enhanced = said.enhanced, response = said.response, duration_ms = said.duration
        FROM said WHERE a.message_id = said.id AND a.n = said.n
    ), suppressed AS (
        INSERT INTO suppression (address_key, reason, message_id, detail)
        SELECT lower(recipient), 'bounced', id, response FROM said WHERE suppress
        ON CONFLICT (address_key, reason) DO NOTHING
    ), slowed_down AS (
        INSERT INTO pause (scope, until, reason)
        SELECT 'domain:' || lower(split_part(recipient, '@', 2)), now() + make_interval(secs => slow_down), response
        FROM said WHERE slow_down IS NOT NULL
        {_PAUSED_AGAIN}
    ), told AS (
        INSERT INTO calendar_copy (person_id, activity_id, uid, method, sequence, fingerprint, message_id, at)
        SELECT person_id, activity_id, uid, method, sequence, fingerprint, said.id, now()
        FROM said, jsonb_to_recordset(said.entries)
            AS e(person_id uuid, activity_id uuid, uid text, method text, sequence int, fingerprint text)
        ON CONFLICT (person_id, activity_id) DO UPDATE SET
            uid = EXCLUDED.uid, method = EXCLUDED.method, sequence = EXCLUDED.sequence, fingerprint = EXCLUDED.fingerprint,
            message_id = EXCLUDED.message_id, at = EXCLUDED.at
    ), begun AS (
        INSERT INTO message_attempt (message_id, n)
        SELECT message.id, (SELECT count(*) + 1 FROM message_attempt AS a WHERE a.message_id = message.id)
        FROM said JOIN message ON message.id = said.next AND lease_token = said.token AND NOT paused
        RETURNING n
    )
    SELECT (SELECT n FROM begun) AS n
"""  # noqa: S608 (a constant)
"""Concludes the last mail with all that its answer means, and begins the next: one statement, and so one round trip and one
commit a mail. A lease that was lost concludes nothing, and says that the mail may be doubled; a turn that is written twice does
not.

Its only parameter is a `Turn.said`. Past SQLAlchemy's compilation, since every mail pays for it.
"""
_PUT_OFF = text("""
    UPDATE message
    SET state = CASE WHEN CAST(:state AS text) <> 'queued' THEN :state WHEN attempts = 0 THEN 'queued' ELSE 'retry' END,
        reason = :reason, lease_token = NULL, next_at = now() + :pause
    WHERE id = :message_id AND lease_token = :token
""")
_PAUSE = text(f"INSERT INTO pause (scope, until, reason) VALUES (:scope, now() + :pause, :reason) {_PAUSED_AGAIN}")  # noqa: S608


@dataclass(frozen=True)
class Attempt:
    """A mail that is being handed over."""

    message_id: UUID
    n: int
    recipient: str
    subject: str
    person_id: UUID | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class PutOff:
    """A mail that is not sent now: "withheld" or "failed" for good, or "queued" to be looked at again after `pause`."""

    message_id: UUID
    state: str
    reason: str
    pause: timedelta = timedelta()


@dataclass(frozen=True)
class Conclusion:
    """An attempt with its answer and what follows from it."""

    attempt: Attempt
    answer: Answer
    verdict: Verdict
    duration_ms: int


@dataclass(frozen=True)
class Turn:
    """From one mail to the next: how the last went, and which begins. Either may be missing."""

    token: UUID
    last: Conclusion | None = None
    begin: Message | None = None

    @property
    def said(self) -> bytes:
        """What `TURN` is told, as JSON."""
        return orjson.dumps({"token": self.token, "next": self.begin and self.begin.id, **_said_of(self.last)})


def claim(session: Session, lane: str, token: UUID, *, limit: int, lease: timedelta) -> list[Message]:
    """Up to `limit` due mails of `lane`, by priority, leased under `token`: nobody else takes them until the lease has ended.

    Of an order key only the first is due; a mail whose last sender ended without an answer is marked as possibly doubled.
    What is returned are copies: the session knows nothing of them.
    """
    claiming = Asked(_CLAIM, {"lane": lane, "token": token, "limit": limit, "lease": lease})
    claimed = Asked(_CLAIMED, {"token": token})
    before, rows = ask(session, claiming, claimed)
    if any(row.state == "inflight" for row in before):
        session.execute(_FORSAKEN, {"token": token})
        [rows] = ask(session, claimed)
    return [copy_of(Message, row) for row in rows]


def extend(session: Session, token: UUID, *, lease: timedelta) -> None:
    """The sender is alive: what it holds stays its own."""
    session.execute(_EXTEND, {"token": token, "lease": lease})


def release(session: Session, token: UUID) -> None:
    """Give back what was claimed and not begun."""
    session.execute(_RELEASE, {"token": token})


def write_turn(connection: Connection, turn: Turn) -> int | None:
    """Write down how the last mail went, and that the next begins, before it does; the number of its attempt.

    None when nothing is to begin, the lease is lost, or the mailing paused. On a connection that commits by itself.
    """
    return connection.exec_driver_sql(TURN, {"said": turn.said.decode()}).scalar_one()  # type: ignore[no-any-return]


def put_off(session: Session, those: Sequence[PutOff], token: UUID) -> None:
    """Nothing is sent of these now."""
    session.execute(_PUT_OFF, [{**asdict(each), "token": token} for each in those])


def server_is_away(session: Session, reason: str, detail: str) -> None:
    """Leave the mail server alone for a while, longer each time in a row."""
    recently = func.now() - timedelta(minutes=10)
    failures = session.scalar(select(Pause.failures).where(Pause.scope == SERVER, Pause.until > recently)) or 0
    session.execute(_PAUSE, {"scope": SERVER, "pause": away_for(failures + 1), "reason": f"{reason}: {detail}"})


def server_is_back(session: Session) -> None:
    """It has taken a mail, or refused one properly."""
    session.execute(delete(Pause).where(Pause.scope == SERVER))


def _said_of(conclusion: Conclusion | None) -> dict[str, Any]:
    if conclusion is None:
        return {}
    attempt, answer, verdict = conclusion.attempt, conclusion.answer, conclusion.verdict
    return {
        "id": attempt.message_id,
        "n": attempt.n,
        "phase": answer.phase,
        "code": answer.code,
        "enhanced": answer.enhanced,
        "response": answer.text,
        "duration": conclusion.duration_ms,
        "state": _STATES[verdict.outcome],
        "reason": verdict.reason,
        "pause": verdict.pause.total_seconds(),
        "counts": int(verdict.counts),
        "undecided": verdict.undecided,
        "suppress": verdict.suppress,
        "slow_down": verdict.slow_down and verdict.slow_down.total_seconds(),
        "recipient": attempt.recipient,
        "subject": attempt.subject,
        "entries": [_entry(attempt, e) for e in attempt.entries if verdict.outcome == "sent"],
    }


_STATES = {"sent": "sent", "retry": "retry", "failed": "failed", "server_away": "queued"}


def _entry(attempt: Attempt, entry: Entry) -> dict[str, Any]:
    change = entry.change
    return {
        "person_id": attempt.person_id,
        "activity_id": entry.activity.id,
        "uid": change.uid,
        "method": change.method,
        "sequence": change.sequence,
        "fingerprint": change.fingerprint,
    }


def count_due(session: Session, lane: str, *, at_most: int) -> int:
    """How many mails are due in `lane`, if not more than `at_most`."""
    return session.execute(_COUNT_DUE, {"lane": lane, "limit": at_most}).scalar_one()  # type: ignore[no-any-return]


def due_sql(lane: str) -> str:
    """SQL that answers whether there is something to send in `lane`: for the relay's look."""
    return f"SELECT EXISTS (SELECT 1 FROM message AS m WHERE {_DUE.replace(':lane', repr(lane))})"  # noqa: S608 (constants)
